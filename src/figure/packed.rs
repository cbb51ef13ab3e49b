//! The same picture in fewer letters, for pages that hold many.

use std::fmt::Write;

/// Joins neighbouring shapes of one look into one path each: rectangles, lines, polygons, and
/// discs, which are points of a round pen. Shapes keep their order.
pub(super) fn packed(svg: &str) -> String {
    let mut out = String::with_capacity(svg.len());
    let mut open: Option<(String, String)> = None;
    let close = |out: &mut String, open: &mut Option<(String, String)>| {
        if let Some((look, path)) = open.take() {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "<path{look} d=\"{path}\"/>");
        }
    };
    for line in svg.lines() {
        match shape(line) {
            Some((look, path)) => match &mut open {
                Some((same, all)) if *same == look => *all += &path,
                _ => {
                    close(&mut out, &mut open);
                    open = Some((look, path));
                }
            },
            None => {
                close(&mut out, &mut open);
                out += line;
                out.push('\n');
            }
        }
    }
    close(&mut out, &mut open);
    out
}

/// Look and path of a shape that stands alone in a line.
fn shape(line: &str) -> Option<(String, String)> {
    let (name, rest) = line.strip_prefix('<')?.strip_suffix("/>")?.split_once(' ')?;
    let mut attributes = Vec::new();
    let mut rest = rest.trim();
    while let Some((key, after)) = rest.split_once("=\"") {
        let (value, after) = after.split_once('"')?;
        attributes.push((key, value));
        rest = after.trim_start();
    }
    let of = |name: &str| attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    let look = |places: &[&str]| -> String {
        let others = attributes.iter().filter(|(key, _)| !places.contains(key));
        others.map(|(key, value)| format!(" {key}=\"{value}\"")).collect()
    };
    match name {
        "rect" => {
            let (x, y, w, h) = (of("x")?, of("y")?, of("width")?, of("height")?);
            Some((look(&["x", "y", "width", "height"]), format!("M{x} {y}h{w}v{h}h-{w}z")))
        }
        "line" => {
            let (x1, y1, x2, y2) = (of("x1")?, of("y1")?, of("x2")?, of("y2")?);
            Some((look(&["x1", "y1", "x2", "y2"]), format!("M{x1} {y1}L{x2} {y2}")))
        }
        "polygon" => Some((look(&["points"]), format!("M{}z", of("points")?.trim_end()))),
        "circle" if of("stroke").is_none() => {
            let pen = 2 * of("r")?.parse::<u32>().ok()?;
            let look = format!(" stroke=\"{}\" stroke-width=\"{pen}\" stroke-linecap=\"round\"", of("fill")?);
            Some((look, format!("M{} {}h0", of("cx")?, of("cy")?)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_of_one_look_are_one_path() {
        let svg = "<svg>\n<rect x=\"1\" y=\"2\" width=\"3\" height=\"4\" fill=\"#000000\"/>\n\
                   <rect x=\"5\" y=\"2\" width=\"3\" height=\"4\" fill=\"#000000\"/>\n\
                   <rect x=\"5\" y=\"2\" width=\"3\" height=\"4\" fill=\"#FFFFFF\"/>\n\
                   <line stroke=\"#000000\" x1=\"1\" y1=\"2\" x2=\"3\" y2=\"4\"/>\n\
                   <line stroke=\"#000000\" x1=\"5\" y1=\"6\" x2=\"7\" y2=\"8\"/>\n\
                   <circle cx=\"1\" cy=\"2\" r=\"9\" fill=\"#0072B2\"/>\n<circle cx=\"3\" cy=\"4\" r=\"9\" fill=\"#0072B2\"/>\n\
                   <circle cx=\"1\" cy=\"2\" r=\"9\" fill=\"none\" stroke=\"#000000\"/>\n\
                   <polygon fill=\"#0072B2\" points=\"1,2 3,4 5,6 \"/>\n<text x=\"1\">\nwords\n</text>\n</svg>\n";
        // by hand
        let expected = "<svg>\n<path fill=\"#000000\" d=\"M1 2h3v4h-3zM5 2h3v4h-3z\"/>\n\
                        <path fill=\"#FFFFFF\" d=\"M5 2h3v4h-3z\"/>\n<path stroke=\"#000000\" d=\"M1 2L3 4M5 6L7 8\"/>\n\
                        <path stroke=\"#0072B2\" stroke-width=\"18\" stroke-linecap=\"round\" d=\"M1 2h0M3 4h0\"/>\n\
                        <circle cx=\"1\" cy=\"2\" r=\"9\" fill=\"none\" stroke=\"#000000\"/>\n\
                        <path fill=\"#0072B2\" d=\"M1,2 3,4 5,6z\"/>\n<text x=\"1\">\nwords\n</text>\n</svg>\n";
        assert_eq!(packed(svg), expected);
        assert_eq!(packed(""), "");
    }
}
