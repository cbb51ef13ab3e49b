//! Where things stand in a drawn figure, read from its SVG.

use crate::figure::svg::{COLOURS, DARK, GREY, LETTERS, lines};
use crate::figure::ticks::Ticks;
use crate::figure::tiles::tiles;
use crate::figure::{Axis, Contours, Figure, Panel, Role, Scale, Series};
use plotters::coord::ranged1d::{Ranged, ValueFormatter};
use plotters::prelude::*;

/// Attributes of the elements of one kind, and for a text its words.
pub(super) fn elements<'a>(svg: &'a str, tag: &str) -> Vec<&'a str> {
    svg.split(&format!("<{tag} ")).skip(1).map(|rest| rest.split('<').next().unwrap_or("")).collect()
}

pub(super) fn attribute<'a>(element: &'a str, name: &str) -> &'a str {
    let name = format!("{name}=\"");
    let starts = element.match_indices(&name).map(|(at, found)| (at, at + found.len()));
    // Not `cx` for `x`, nor `stroke-width` for `width`.
    let mut whole = starts.filter(|(at, _)| *at == 0 || element[..*at].ends_with(' '));
    let (_, from) = whole.next().unwrap_or_else(|| panic!("no {name}...\" in {element}"));
    element[from..].split('"').next().unwrap_or("")
}

pub(super) fn numbers<const COUNT: usize>(element: &str, names: [&str; COUNT]) -> [i32; COUNT] {
    names.map(|name| attribute(element, name).parse().expect("a whole number"))
}

pub(super) fn corners(element: &str) -> Vec<(i32, i32)> {
    let pair = |pair: &str| pair.split_once(',').map(|(x, y)| (x.parse().expect("x"), y.parse().expect("y")));
    attribute(element, "points").split_whitespace().filter_map(pair).collect()
}

/// Polylines of one colour and width.
pub(super) fn paths(svg: &str, colour: &str, width: &str) -> Vec<Vec<(i32, i32)>> {
    let like = |path: &&str| attribute(path, "stroke") == colour && attribute(path, "stroke-width") == width;
    elements(svg, "polyline").into_iter().filter(like).map(corners).collect()
}

/// Left, top, width and height of the filled rectangles of one colour.
pub(super) fn filled(svg: &str, colour: &str) -> Vec<[i32; 4]> {
    let rects = elements(svg, "rect").into_iter().filter(|rect| attribute(rect, "fill") == colour);
    rects.map(|rect| numbers(rect, ["x", "y", "width", "height"])).collect()
}

/// Pixels of the two ends of the axes of the first panel: x from left to right, y from bottom to
/// top. The axes are drawn one pixel outside.
pub(super) fn frame(svg: &str) -> ([i32; 2], [i32; 2]) {
    let axes = paths(svg, "#000000", "2");
    let [vertical, horizontal] = [0, 1].map(|at| {
        axes.iter().find(|axis| {
            if at == 0 { axis[0].0 == axis[1].0 } else { axis[0].1 == axis[1].1 && axis[1].0 - axis[0].0 > 100 }
        })
    });
    let (vertical, horizontal) = (vertical.expect("y axis"), horizontal.expect("x axis"));
    assert_eq!((vertical[0].0 + 1, vertical[1].1 + 1), (horizontal[0].0, horizontal[0].1), "axes meet");
    ([horizontal[0].0, horizontal[1].0], [vertical[1].1, vertical[0].1])
}

/// The pixel of a place, given as its part of the way along both axes.
pub(super) fn pixel((x, y): ([i32; 2], [i32; 2]), (right, up): (f64, f64)) -> (i32, i32) {
    let along = |ends: [i32; 2], part: f64| ends[0] + (part * f64::from(ends[1] - ends[0])).round() as i32;
    (along(x, right), along(y, up))
}

pub(super) fn with(x: Axis, y: Axis, series: Vec<Series>) -> Figure {
    let panels = vec![Panel::new("panel", x, y).with(series)];
    Figure { name: "T00_test", title: "title".into(), caption: "caption".into(), panels }
}

pub(super) fn linear(series: Vec<Series>) -> Figure {
    with(Axis::linear("x"), Axis::linear("y"), series)
}

#[test]
fn measurements_predictions_guides_and_bars_stand_where_their_numbers_say() {
    let measured = vec![(0.0, 2.0), (5.0, 3.0), (10.0, 4.0)];
    let figure = linear(vec![
        Series { errors: vec![1.0, 0.0, 9.0], ..Series::points("seen", Role::Measurement, measured) },
        Series::line("law", Role::Prediction, vec![(0.0, 1.0), (10.0, 5.0)]),
        Series::line("guide", Role::Guide, vec![(0.0, 1.0), (10.0, 1.0)]),
        Series::bars("bars", Role::Falsifier, vec![(1.0, 1.0), (3.0, 2.0)]),
    ]);
    let svg = figure.to_svg().expect("can be drawn");
    // by hand: 200 of labels to the left, 64 to the right; 20 and a line of 64 for the title of the
    // figure, 12, 64, 57 and 14 for the title of the panel and of its axis, then 600
    let frame = frame(&svg);
    assert_eq!(frame, ([200, 1215], [830, 231]));
    // Ranges by hand: x from 0, where a marker stands, to 10 and 4 % beyond both; y from 4 − 9 to
    // 4 + 9 and 4 % of 18 on both sides.
    let place = |x: f64, y: f64| pixel(frame, ((x + 0.4) / 10.8, (y + 5.72) / 19.44));
    let circles = elements(&svg, "circle").into_iter().map(|circle| {
        assert_eq!((attribute(circle, "r"), attribute(circle, "fill")), ("9", "#0072B2"));
        numbers(circle, ["cx", "cy"]).into()
    });
    // The legend is below 76 of numbers, a line of 57 and 10; its first row is at 30 in it, its
    // entries start at 24.
    let circles: Vec<(i32, i32)> = circles.collect();
    assert_eq!(circles, [place(0.0, 2.0), place(5.0, 3.0), place(10.0, 4.0), (50, 1004)]);
    let bars = elements(&svg, "line").into_iter().filter(|line| attribute(line, "stroke") == "#0072B2");
    let bars: Vec<[i32; 4]> = bars.map(|line| numbers(line, ["x1", "y1", "x2", "y2"])).collect();
    let bar = |x: f64, ends: [f64; 2]| {
        let [(x, low), (_, high)] = ends.map(|y| place(x, y));
        [[x, low, x, high], [x - 9, low, x + 9, low], [x - 9, high, x + 9, high]]
    };
    assert_eq!(bars, [bar(0.0, [1.0, 3.0]), bar(10.0, [-5.0, 13.0])].concat(), "an error of zero has no bar");
    // Entries are 102 and 48 · 0.56 per letter wide, whole pixels: 209, 182 and 236.
    assert_eq!(paths(&svg, "#000000", "5"), [[place(0.0, 1.0), place(10.0, 5.0)], [(233, 1004), (285, 1004)]]);
    let mut dashes = paths(&svg, "#3C3C3C", "4");
    assert_eq!(dashes.split_off(dashes.len() - 2), [[(415, 1004), (431, 1004)], [(441, 1004), (457, 1004)]]);
    let ((from, y), (to, _)) = (place(0.0, 1.0), place(10.0, 1.0));
    for (at, dash) in dashes.iter().enumerate() {
        let start = from + 26 * at as i32;
        assert_eq!(*dash, [(start, y), (to.min(start + 16), y)]);
    }
    assert_eq!(dashes.len() as i32, (to - from) / 26 + 1);
    let rectangle = |[x0, x1, y1]: [f64; 3]| {
        let [(left, bottom), (right, top)] = [place(x0, 0.0), place(x1, y1)];
        [left, top, right - left, bottom - top]
    };
    let bars = [rectangle([0.0, 2.0, 1.0]), rectangle([2.0, 4.0, 2.0]), [651, 992, 52, 24]];
    // 45 of 100 parts of grey on white: 255 − 0.45 · 115.
    assert_eq!(filled(&svg, "#CBCBCB"), bars);
    let words = |text: &&str| (numbers(text, ["x", "y"]), text.lines().nth(1).unwrap_or("").to_string());
    let words: Vec<([i32; 2], String)> = elements(&svg, "text").iter().map(words).collect();
    assert_eq!(words[0], ([640, 16], "title".into()));
    assert_eq!(words[1].1, "panel");
    let legend = [(90, "seen"), (299, "law"), (481, "guide"), (717, "bars")];
    assert_eq!(words[words.len() - 4..], legend.map(|(x, word)| ([x, 1004], word.to_string())));
    // Round numbers by hand: at most 7 in 19.44 are 5 apart, at most 6 in 10.8 are 2 apart.
    let ticks: Vec<&str> = words[4..words.len() - 4].iter().map(|word| &*word.1).collect();
    assert_eq!(ticks, ["−5", "0", "5", "10", "0", "2", "4", "6", "8", "10"]);
    assert_eq!(words[4].0[1], place(0.0, -5.0).1);
    assert_eq!(words[9].0[0], place(2.0, 0.0).0);
    assert!(svg.contains("opacity=\"0.12\"") && !svg.contains("crispEdges"), "a grid, and no picture");
}

/// 45 of 100 parts of the first colour on white: 255 less 0.45 times 255, 141 and 77.
const PALE: &str = "#8CC0DC";

#[test]
fn bars_reach_half_a_step_beyond_their_centres_and_down_to_zero() {
    let svg = linear(vec![Series::bars("b", Role::Measurement, vec![(3.0, 2.0), (5.0, 3.0), (7.0, f64::NAN)])]);
    let svg = svg.to_svg().expect("can be drawn");
    // by hand: x from 2 to 8 and 4 % of 6 beyond, y from 0 (kept) to 3 and 4 % of 3
    let frame = frame(&svg);
    let place = |x: f64, y: f64| pixel(frame, ((x - 1.76) / 6.48, y / 3.12));
    let [(left, bottom), (middle, low), (right, high)] = [place(2.0, 0.0), place(4.0, 2.0), place(6.0, 3.0)];
    let bars = [[left, low, middle - left, bottom - low], [middle, high, right - middle, bottom - high]];
    assert_eq!(filled(&svg, PALE)[..2], bars);
    assert_eq!((bottom, filled(&svg, PALE).len()), (830, 3), "one in the legend");
    // A single bar has no width to go by.
    let one = linear(vec![Series::bars("b", Role::Measurement, vec![(3.0, 2.0)])]).to_svg().expect("can be drawn");
    assert_eq!(filled(&one, PALE)[0][2], 0);
}

#[test]
fn logarithmic_axes_leave_out_what_is_not_positive_and_are_not_stretched_by_errors() {
    let points =
        vec![(1.0, 3.0), (10.0, 9.0), (100.0, 0.0), (0.0, 5.0), (-1.0, 5.0), (1.0, f64::INFINITY), (f64::NAN, 5.0)];
    let errors = vec![2.9, 1.0, 0.0, 0.5, 0.5, 0.5, 0.5];
    let series = Series { errors, ..Series::points("seen", Role::Measurement, points) };
    let svg = with(Axis::log("x"), Axis::log("y"), vec![series]).to_svg().expect("can be drawn");
    // Ranges by hand: x from 1/1.25 to 125; y from 1/1.25, as an error bar counts down to a third
    // of its value, to 12.5.
    let frame = frame(&svg);
    let part = |z: f64, low: f64, high: f64| (z / low).ln() / (high / low).ln();
    let place = |x: f64, y: f64| pixel(frame, (part(x, 0.8, 125.0), part(y, 0.8, 12.5)));
    let circles: Vec<(i32, i32)> =
        elements(&svg, "circle").iter().map(|circle| numbers(circle, ["cx", "cy"]).into()).collect();
    assert_eq!(circles, [place(1.0, 3.0), place(10.0, 9.0), (50, 1004)]);
    let bars = elements(&svg, "line").into_iter().filter(|line| attribute(line, "stroke") == "#0072B2");
    let ends: Vec<[i32; 2]> = bars.step_by(3).map(|line| numbers(line, ["y1", "y2"])).collect();
    // 3 − 2.9 lies below the panel.
    assert_eq!(ends, [[830, place(1.0, 5.9).1], [place(1.0, 8.0).1, place(1.0, 10.0).1]]);
    let ticks: Vec<&str> = elements(&svg, "text").iter().map(|text| text.lines().nth(1).unwrap_or("")).collect();
    // by hand: 1, 2, 5 in every decade are four, and seven, which are more than six
    assert_eq!(ticks[4..13], ["1", "2", "5", "10", "1", "3", "10", "30", "100"]);
}

#[test]
fn lines_and_markers_go_by_the_role_and_by_what_is_joined() {
    // Lines of data and legend, and markers of both: references are dashed without markers, what is
    // not joined has markers, measurements always; predictions that are not joined are rings.
    let cases = [
        (Role::Measurement, false, 2, (0, 0, 3)),
        (Role::Measurement, true, 2, (1, 1, 3)),
        (Role::Prediction, false, 2, (0, 0, 3)),
        (Role::Prediction, false, 1, (0, 0, 2)),
        (Role::Prediction, true, 2, (1, 1, 0)),
        (Role::Falsifier, false, 2, (0, 0, 3)),
        (Role::Falsifier, true, 2, (1, 1, 0)),
        (Role::Guide, false, 2, (1, 2, 0)),
        (Role::Guide, false, 1, (0, 2, 0)),
        (Role::Guide, true, 2, (1, 2, 0)),
    ];
    for (role, connect, count, expected) in cases {
        // 5 of 1040 in 1015 pixels: shorter than the first dash.
        let points: Vec<(f64, f64)> = [(1000.0, 1.0), (995.0, 1.0)].into_iter().take(count).collect();
        let mut series = vec![Series { connect, ..Series::points("a", role, points) }];
        series.push(Series::bars("far", Role::Measurement, vec![(0.0, 1.0)]));
        let svg = linear(series).to_svg().expect("can be drawn");
        let wide = elements(&svg, "polyline").into_iter().filter(|path| attribute(path, "stroke-width") != "2");
        let (legend, data): (Vec<_>, Vec<_>) = wide.map(corners).partition(|path| path[0].1 == 1004);
        let markers = elements(&svg, "circle").len();
        assert_eq!((data.len(), legend.len(), markers), expected, "{role:?} {connect} {count}");
    }
}

#[test]
fn colours_and_markers_go_by_the_place_among_those_of_a_role() {
    let looks = |roles: &[Role]| -> Vec<(RGBColor, usize, u32, bool)> {
        let series = roles.iter().enumerate().map(|(at, role)| Series::points(&at.to_string(), *role, Vec::new()));
        let series = series.collect();
        let looks = linear(series).panels[0].looks();
        looks.iter().map(|look| (look.colour, look.marker, look.width, look.dashed)).collect()
    };
    use Role::{Falsifier, Guide, Measurement, Prediction};
    // One of each: black, the first colour, grey, dark grey; published by Okabe and Ito: blue,
    // vermilion, bluish green.
    let (blue, vermilion) = (RGBColor(0, 114, 178), RGBColor(213, 94, 0));
    assert_eq!(
        looks(&[Prediction, Measurement, Falsifier, Guide]),
        [(BLACK, 0, 5, false), (blue, 0, 4, false), (GREY, 0, 4, false), (DARK, 0, 4, true)]
    );
    assert_eq!(
        looks(&[Guide, Prediction, Guide, Falsifier, Prediction, Falsifier]),
        [
            (blue, 0, 4, true),
            (blue, 0, 5, false),
            (vermilion, 1, 4, true),
            (GREY, 0, 4, false),
            (vermilion, 1, 5, false),
            (GREY, 1, 4, false)
        ]
    );
    // Six colours, then again from the first.
    let eight = looks(&[Measurement; 8]);
    let colours: Vec<RGBColor> = eight.iter().map(|look| look.0).collect();
    assert_eq!(colours[..6], COLOURS);
    assert_eq!(colours[6..], COLOURS[..2]);
    assert!(eight.iter().enumerate().all(|(at, look)| look.1 == at));
}

#[test]
fn markers_have_four_shapes_around_their_place() {
    let one = |at: usize| Series::points(&at.to_string(), Role::Measurement, vec![(1.0, 1.0)]);
    let svg = linear((0..6).map(one).collect()).to_svg().expect("can be drawn");
    let (x, y) = pixel(frame(&svg), (0.5, 0.5));
    let circles: Vec<[i32; 2]> = elements(&svg, "circle").iter().map(|at| numbers(at, ["cx", "cy"])).collect();
    // Labels of one letter take 102 + 26: the fifth entry starts at 24 + 4 · 128.
    assert_eq!(circles, [[x, y], [x, y], [50, 1004], [562, 1004]], "the first and the fifth");
    let polygons: Vec<Vec<(i32, i32)>> = elements(&svg, "polygon").into_iter().map(corners).collect();
    // Square, triangle and diamond, by hand; the sixth is a square again.
    let shapes = [
        vec![(-8, -8), (8, -8), (8, 8), (-8, 8)],
        vec![(0, -12), (10, 8), (-10, 8)],
        vec![(0, -12), (12, 0), (0, 12), (-12, 0)],
    ];
    let around = |x: i32, y: i32, shape: usize| -> Vec<(i32, i32)> {
        shapes[shape].iter().map(|(dx, dy)| (x + dx, y + dy)).collect()
    };
    let expected = [
        around(x, y, 0),
        around(x, y, 1),
        around(x, y, 2),
        around(x, y, 0),
        around(178, 1004, 0),
        around(306, 1004, 1),
        around(434, 1004, 2),
        around(690, 1004, 0),
    ];
    assert_eq!(polygons, expected);
}

#[test]
fn pixels_are_unit_squares_on_white_without_a_grid() {
    let pixels = [(0.0, 0.0, 0.0), (1.0, 1.0, 0.2), (4.0, 8.0, 2.0), (10.0, 20.0, -1.0)];
    let svg = linear(vec![Series::pixels("image", Role::Measurement, &pixels)]).to_svg().expect("can be drawn");
    // Ranges by hand: half a square beyond 0 and 10, 0 and 20, and 4 % of 11 and 21 beyond that.
    let frame = frame(&svg);
    // As high as wide: 600 · 11.88/22.68 = 314.3 of 1016 pixels, in their middle.
    assert_eq!(frame.0, [551, 864]);
    let place = |x: f64, y: f64| pixel(frame, ((x + 0.94) / 11.88, (y + 1.34) / 22.68));
    let square = |x: f64, y: f64| {
        let [(left, bottom), (right, top)] = [place(x - 0.5, y - 0.5), place(x + 0.5, y + 0.5)];
        [left, top, right - left, bottom - top]
    };
    // 0.2 of black is 255 · 0.8 = 204, by hand; more than black is black, as in the legend.
    assert_eq!(filled(&svg, "#CCCCCC"), [square(1.0, 1.0)]);
    assert_eq!(filled(&svg, "#000000"), [square(4.0, 8.0), [38, 992, 24, 24]]);
    assert_eq!(filled(&svg, "#FFFFFF").len(), 3, "less than white is white; the ground of the figure");
    assert!(!svg.contains("opacity=\"0.12\"") && svg.contains("crispEdges"));
    assert!(elements(&svg, "circle").is_empty() && paths(&svg, "#0072B2", "2").is_empty());
}

#[test]
fn what_has_to_be_visible_fixes_the_ends_of_an_axis() {
    let shown = |axis: Axis, series: Series, cells: Option<&[f64]>| {
        let mut panel = with(axis, Axis::linear(""), vec![series]).panels.remove(0);
        panel.contours = cells.map(|x| Contours {
            label: String::new(),
            x: x.to_vec(),
            y: vec![0.0, 1.0],
            z: vec![0.0; 2 * x.len()],
            pixels: false,
        });
        panel.extent(&panel.x, panel.ends().0, |point| point.0)
    };
    let extent = |axis: Axis, values: &[f64], cells: Option<&[f64]>| {
        shown(axis, Series::points("a", Role::Guide, values.iter().map(|z| (*z, 0.0)).collect()), cells)
    };
    let close = |found: (f64, f64), low: f64, high: f64| {
        assert!((found.0 - low).abs() < 1e-12 && (found.1 - high).abs() < 1e-12, "{found:?}");
    };
    // by hand: 4 % of the width on both sides, but zero stays
    close(extent(Axis::linear(""), &[4.0, 2.0, f64::NAN, f64::INFINITY], None), 1.92, 4.08);
    close(extent(Axis::linear(""), &[-3.0, -1.0], None), -3.08, -0.92);
    assert_eq!(extent(Axis::linear(""), &[0.0, 1.0], None).0, 0.0);
    // A marker there would be cut in two.
    let points = |role: Role| Series::points("a", role, vec![(0.0, 0.0), (1.0, 0.0)]);
    close(shown(Axis::linear(""), points(Role::Measurement), None), -0.04, 1.04);
    // What panels that compare show is shown here too.
    let beside = Axis { beside: Some((-1.0, 3.0)), ..Axis::linear("") };
    close(extent(beside.clone(), &[1.0], None), -1.16, 3.16);
    close(extent(beside, &[], None), -1.16, 3.16);
    // One value: half of it on both sides, at least one half.
    close(extent(Axis::linear(""), &[-4.0], None), -6.0, -2.0);
    close(extent(Axis::linear(""), &[0.2], None), -0.3, 0.7);
    close(extent(Axis::log(""), &[-1.0, 0.0, 5.0, 80.0], None), 4.0, 100.0);
    close(extent(Axis::log(""), &[-1.0], None), 0.1, 1.0);
    // Contours fill the panel, whatever the series are; one line of them is one wide.
    assert_eq!(extent(Axis::linear(""), &[9.0], Some(&[1.0, 2.0, 5.0])), (1.0, 5.0));
    assert_eq!(extent(Axis::linear(""), &[9.0], Some(&[3.0])), (2.5, 3.5));
}

#[test]
fn panels_are_in_two_columns_and_a_last_one_alone_is_as_wide_as_both() {
    // by hand: 1280 per column; 84 for the title, and per row 147 of titles, 600, 143 below it and
    // 14
    let sizes = [(1, 1280, 1), (2, 2560, 1), (3, 2560, 2), (4, 2560, 2), (5, 2560, 3), (6, 2560, 3)];
    for (count, width, rows) in sizes {
        let mut many = linear(Vec::new());
        many.panels = vec![many.panels[0].clone(); count];
        let svg = many.to_svg().expect("can be drawn");
        let height = 84 + 904 * rows;
        let start = format!("<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" ");
        assert!(svg.starts_with(&start), "{}", &svg[..80]);
        assert!(svg.contains("org/2000/svg\"><title>title</title><desc>caption</desc>"), "right after the start");
        assert_eq!(numbers(elements(&svg, "text")[0], ["x", "y"]), [width / 2, 16]);
        // Both ends of horizontal axes: 200 into their panels, and 65 before their right ends.
        let axes = paths(&svg, "#000000", "2").into_iter().filter(|axis| axis[1].0 - axis[0].0 > 100);
        let found: Vec<(i32, i32, i32)> = axes.map(|axis| (axis[0].0, axis[1].0, axis[0].1)).collect();
        let place = |at: i32| {
            let alone = at + 1 == count as i32 && at % 2 == 0;
            let left = if alone { 0 } else { 1280 * (at % 2) };
            let right = if alone { width } else { left + 1280 };
            (left + 200, right - 65, 831 + 904 * (at / 2))
        };
        assert_eq!(found, (0..count as i32).map(place).collect::<Vec<_>>(), "{count}");
        let letters = |svg: &str| ["(a) panel", "(b) panel"].map(|title| svg.contains(title));
        assert_eq!(letters(&svg), [count > 1; 2]);
        // Each by itself, with the title of both.
        let panels = many.to_svgs().expect("can be drawn");
        assert_eq!(panels.len(), count);
        for (at, panel) in panels.iter().enumerate() {
            assert!(panel.starts_with("<svg width=\"1280\" height=\"904\""), "{}", &panel[..80]);
            assert!(panel.contains("<title>title: panel</title><desc>caption</desc>"));
            assert_eq!(letters(panel), [at == 0 && count > 1, at == 1]);
        }
    }
}

#[test]
fn long_titles_and_labels_go_on_in_another_line() {
    // by hand: 1232 pixels hold 45 letters of 48 · 0.56 pixels, and 40 of 54 · 0.56
    assert_eq!(lines(&"a".repeat(45), LETTERS, 1232).len(), 1);
    let (long, words) = ("b ".repeat(29), "c ".repeat(29));
    assert_eq!(lines(&words, LETTERS, 1232), [words[..45].trim_end(), words[46..].trim_end()].map(String::from));
    assert!(lines("", LETTERS, 1232).is_empty());
    let mut figure = linear(Vec::new());
    figure.panels[0].title = long;
    figure.panels[0].y.label = words.clone();
    figure.panels[0].x.label = words;
    let svg = figure.to_svg().expect("can be drawn");
    // A line of 64 and one of 57 more above the plot, one of 57 more below it.
    assert_eq!(frame(&svg).1, [830 + 121, 231 + 121]);
    assert!(svg.starts_with(&format!("<svg width=\"1280\" height=\"{}\"", 988 + 178)), "{}", &svg[..80]);
    // The smallest letters are 11 pixels high where a panel of 1280 is shown 370 wide.
    let sizes =
        elements(&svg, "text").into_iter().map(|text| attribute(text, "font-size").parse::<f64>().expect("a size"));
    let smallest = sizes.fold(f64::INFINITY, libm::fmin);
    assert!(smallest * 370.0 / 1280.0 > 11.0, "{smallest}");
}

#[test]
fn places_go_by_the_difference_or_the_ratio_and_stop_far_outside() {
    let linear = Ticks::new(&Axis::linear(""), (2.0, 6.0));
    let log = Ticks::new(&Axis::log(""), (0.1, 1000.0));
    // by hand
    assert_eq!([3.0, 8.0].map(|z| linear.place(z)), [0.25, 1.5]);
    for (z, place) in [(0.1, 0.0), (1.0, 0.25), (100.0, 0.75), (1000.0, 1.0)] {
        assert!((log.place(z) - place).abs() < 1e-15);
    }
    let pixels = [3.0, 1e9, -1e9].map(|z| linear.map(&z, (400, 100)));
    assert_eq!(pixels, [325, 400 - 3000, 400 + 3000]);
    assert_eq!(Ranged::range(&linear), 2.0..6.0);
}

#[test]
fn ticks_are_at_most_as_many_as_asked_for() {
    let of = |scale: Scale, ends: (f64, f64), count: usize| {
        Ticks::new(&Axis { scale, ..Axis::linear("") }, ends).round_numbers(count)
    };
    // by hand: 360/5 = 72, of 10, 20, 50, 100 the first above; 700/2 = 350; both ends count
    assert_eq!(of(Scale::Linear, (120.0, 480.0), 5), [200.0, 300.0, 400.0]);
    assert_eq!(of(Scale::Linear, (-200.0, 500.0), 2), [0.0, 500.0]);
    assert_eq!(of(Scale::Linear, (-4.0, 4.0), 5), [-4.0, -2.0, 0.0, 2.0, 4.0]);
    assert_eq!(of(Scale::Linear, (0.0, 1.0), 5).len(), 6);
    assert_eq!(Ticks::new(&Axis::count(""), (0.0, 1.0)).round_numbers(5), [0.0, 1.0], "nothing between");
    // by hand: 1, 2, 5 a decade are ten, 1 and 3 are seven
    let three = of(Scale::Log, (1.0, 1000.0), 7);
    let hand = [1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0];
    assert!(three.len() == 7 && three.iter().zip(hand).all(|(a, b)| (a / b - 1.0).abs() < 1e-15), "{three:?}");
    assert_eq!(of(Scale::Log, (1.0, 1000.0), 10).len(), 10);
    assert_eq!(of(Scale::Log, (1.0, 1000.0), 6), [1.0, 10.0, 100.0, 1000.0]);
    // 21 decades for seven: every fourth.
    let far = of(Scale::Log, (1e-10, 1e10), 7);
    let hand = [1e-10, 1e-6, 1e-2, 1e2, 1e6, 1e10];
    assert!(far.len() == 6 && far.iter().zip(hand).all(|(a, b)| (a / b - 1.0).abs() < 1e-14), "{far:?}");
}

#[test]
fn tick_labels_are_plain_or_powers_of_ten() {
    // by hand; what is below 1e-12 of the length of the axis, 6e-12 here, is zero
    let ticks = Ticks::new(&Axis::linear(""), (2.0, 8.0));
    let cases = [
        (5e-12, "0"),
        (8e-12, "8·10⁻¹²"),
        (3.0, "3"),
        (-0.001, "−0.001"),
        (0.00025, "2.5·10⁻⁴"),
        (99_999.0, "99999"),
        (1e5, "10⁵"),
        (-3e6, "−3·10⁶"),
    ];
    for (value, label) in cases {
        assert_eq!(ticks.format_ext(&value), label);
    }
    assert_eq!(Ticks::new(&Axis::linear(""), (0.0, 1.0)).format_ext(&1e-12), "10⁻¹²", "just not zero");
}

#[test]
fn tiles_are_ten_a_row_with_two_pixels_between() {
    let mut images = vec![vec![false; 9]; 13];
    images[0][8] = true;
    images[12] = vec![false, true];
    let svg = tiles(&images, 3, "of a < b");
    // by hand: 3 x 3 pixels and 2 between: 10 · 5 + 2 by 2 · 5 + 2 units; 1280 · 12/52 = 295.4; one
    // line of 57 with 24
    assert!(svg.starts_with("<svg width=\"1280\" height=\"377\" viewBox=\"0 0 1280 377\""), "{}", &svg[..80]);
    assert!(svg.contains("<title>13 samples</title><desc>of a &lt; b</desc>"));
    assert!(svg.contains(&format!("scale({})", 1280.0 / 52.0)));
    assert_eq!(numbers(elements(&svg, "text")[0], ["x", "y"]), [24, 344]);
    let pictures: Vec<&str> = elements(&svg, "path").into_iter().map(|path| attribute(path, "d")).collect();
    let frame = |at: usize| format!("M{} {}h3v3h-3z", 2 + 5 * (at % 10), if at < 10 { 2 } else { 7 });
    assert_eq!(pictures[0], (0..13).map(frame).collect::<String>());
    // Pixel 8 of the first image is in column 2 of line 2, pixel 1 of the last, which starts at
    // (12, 7), in column 1 of line 0.
    assert_eq!(pictures[1], "M4 4h1v1h-1zM13 7h1v1h-1z");
    let one = tiles(&[vec![true]], 0, "");
    assert!(one.contains("scale(256)") && one.contains("M2 2h1v1h-1z"), "a width of zero is one");
    assert!(tiles(&[], 4, "").contains("<rect width=\"8\" height=\"4\""));
}
