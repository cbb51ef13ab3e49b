//! Filled contours and images.

use super::geometry::{elements, filled, frame, linear, numbers, pixel};
use crate::figure::contours::{LEVELS, Ring, level_colour};
use crate::figure::{Contours, Role, Series};
use plotters::prelude::*;

fn of(x: &[f64], y: &[f64], z: &[f64], pixels: bool) -> Contours {
    Contours { label: "energy".into(), x: x.to_vec(), y: y.to_vec(), z: z.to_vec(), pixels }
}

/// Twice the area inside a ring, positive against the clock.
fn twice_area(ring: &Ring) -> f64 {
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum()
}

fn colour(level: usize) -> String {
    // The middle of a level: (level + 1/2)/14.
    let RGBColor(red, green, blue) = ViridisRGB.get_color((2 * level + 1) as f64 / 28.0);
    format!("#{red:02X}{green:02X}{blue:02X}")
}

#[test]
fn regions_of_a_plane_end_on_straight_lines() {
    // z = x on unequal steps: the region from level k on is x ≥ 3k/14, of the height 3.5.
    let (x, y) = ([0.0, 1.0, 3.0], [-1.0, 1.0, 2.0, 2.5]);
    let z: Vec<f64> = y.iter().flat_map(|_| x).collect();
    let regions = of(&x, &y, &z, false).regions();
    assert_eq!(regions.len(), 13);
    for (level, rings) in &regions {
        let from = 3.0 * *level as f64 / 14.0;
        let [ring] = &rings.concat()[..] else { panic!("one region without holes: {rings:?}") };
        assert!((0.5 * twice_area(ring).abs() - 3.5 * (3.0 - from)).abs() < 1e-12, "{level}: {ring:?}");
        assert!(ring.iter().all(|(x, y)| (*x - from > -1e-12) && (-1.0..=2.5).contains(y)));
    }
    // Nothing to draw: no width, no height, no difference.
    assert!(of(&[0.0], &[0.0, 1.0], &[0.0, 1.0], false).regions().is_empty());
    assert!(of(&[0.0, 1.0], &[0.0], &[0.0, 1.0], false).regions().is_empty());
    assert!(of(&[0.0, 1.0], &[0.0, 1.0], &[2.0; 4], false).regions().is_empty());
}

#[test]
fn a_hollow_is_a_hole_of_the_regions_around_it() {
    // 0 in the middle of ones: the levels are squares on their corners around it.
    let mut z = [1.0; 25];
    z[12] = 0.0;
    let grid = [0.0, 1.0, 2.0, 3.0, 4.0];
    let contours = of(&grid, &grid, &z, false);
    for (level, regions) in contours.regions() {
        let [rings] = &regions[..] else { panic!("one region: {regions:?}") };
        // by hand: a square of the diagonal 2k/14 around (2, 2)
        let reach = level as f64 / 14.0;
        assert_eq!(rings.len(), 2, "{rings:?}");
        let area = |ring: &Ring| 0.5 * twice_area(ring).abs();
        assert!((area(&rings[0]) - 16.0).abs() < 1e-12 && (area(&rings[1]) - 2.0 * reach * reach).abs() < 1e-12);
        assert!(twice_area(&rings[0]) * twice_area(&rings[1]) < 0.0, "filled between them");
    }
    // In the picture the ways to the hole and back have no area.
    let mut figure = linear(Vec::new());
    figure.panels[0].contours = Some(contours);
    let svg = figure.to_svg().expect("can be drawn");
    let polygons = elements(&svg, "polygon");
    assert_eq!(polygons.len(), 13);
    for polygon in polygons {
        let ring: Ring =
            super::geometry::corners(polygon).into_iter().map(|(x, y)| (f64::from(x), f64::from(y))).collect();
        let whole = 755.0 * 599.0;
        let hole = 1.0 - 0.5 * twice_area(&ring).abs() / whole;
        let level = (1..14).find(|level| polygon.contains(&colour(*level))).expect("a level");
        // A square of 2 (k/14)² of 16, in pixels that are whole.
        assert!((hole - 2.0 * (level as f64 / 14.0).powi(2) / 16.0).abs() < 0.01, "{level}: {hole}");
    }
}

#[test]
fn images_are_cells_around_their_pixels() {
    // by hand: of 2 and 3 the levels 0 and 13; neighbours of a row are one
    let image = of(&[0.0, 1.0, 2.0], &[0.0, 4.0], &[2.0, 3.0, 3.0, 2.0, 2.0, 2.5], true);
    let expected = [
        ([(-0.5, -2.0), (0.5, 2.0)], 0),
        ([(0.5, -2.0), (2.5, 2.0)], 13),
        ([(-0.5, 2.0), (1.5, 6.0)], 0),
        ([(1.5, 2.0), (2.5, 6.0)], 7),
    ];
    assert_eq!(image.cells(), expected);
    assert_eq!(image.ends(), [(-0.5, 2.5), (-2.0, 6.0)]);
    assert!(of(&[0.0, 1.0], &[0.0], &[2.0; 2], true).cells().is_empty());
    assert_eq!(of(&[3.0], &[0.0, 1.0], &[0.0; 2], false).ends(), [(2.5, 3.5), (0.0, 1.0)]);
    let mut figure = linear(Vec::new());
    figure.panels[0].contours = Some(of(&[0.0, 1.0], &[0.0, 1.0], &[0.0, 1.0, 2.0, 3.0], true));
    let svg = figure.to_svg().expect("can be drawn");
    // As high as wide: 600 of 756 pixels, in their middle.
    assert_eq!(frame(&svg).0, [278, 877]);
    assert!(svg.contains("crispEdges") && svg.contains("class=\"cells\""), "its own rectangles alone are meant");
}

#[test]
fn a_contour_panel_has_its_regions_names_values_and_a_scale_of_fourteen_levels() {
    let mut figure = linear(vec![Series {
        values: vec![-7.0, 7.0, f64::NAN],
        ..Series::points("seen", Role::Measurement, vec![(10.0, 1.0), (11.0, 2.0), (11.5, 2.0)])
    }]);
    figure.panels[0].contours = Some(of(&[10.0, 12.0], &[1.0, 3.0], &[-7.0, 0.0, 0.0, 7.0], false));
    figure.panels[0].regions = vec![((11.0, 2.0), "here".into())];
    let svg = figure.to_svg().expect("can be drawn");
    // by hand: 260 pixels go to the scale; the grid fills the panel
    let frame = frame(&svg);
    assert_eq!(frame, ([200, 955], [830, 231]));
    // The axis title is below the middle of its axis: 200 + 756/2.
    let texts = elements(&svg, "text");
    let of_words = |words: &str| texts.iter().find(|text| text.lines().nth(1) == Some(words)).expect("a text");
    assert_eq!(numbers(of_words("x"), ["x", "y"]), [578, 907]);
    let (x, y) = pixel(frame, (0.5, 0.5));
    assert_eq!(numbers(of_words("here"), ["x", "y"]), [x, y]);
    // The lowest level is the ground, all others are regions above each other.
    assert_eq!(filled(&svg, &colour(0))[0], [200, 231, 755, 599]);
    assert_eq!(elements(&svg, "polygon").len(), 13);
    // Values: the lowest and the highest level inside; of one that is none the marker alone.
    let circle = |place: (f64, f64)| {
        let (x, y) = pixel(frame, place);
        let here = |circle: &&&str| numbers(circle, ["cx", "cy"]) == [x, y];
        let circles = elements(&svg, "circle");
        let fills: Vec<String> =
            circles.iter().filter(here).map(|at| super::geometry::attribute(at, "fill").to_string()).collect();
        fills
    };
    let ringed = |level: usize| ["#FFFFFF", "#000000", &colour(level)].map(String::from).to_vec();
    assert_eq!(circle((0.0, 0.0)), ringed(0));
    assert_eq!(circle((0.5, 0.5)), ringed(13));
    assert_eq!(circle((0.75, 0.5)), ["#0072B2"]);
    assert!(figure.to_csv().ends_with("panel,seen,measurement,11,2,,7\npanel,seen,measurement,11.5,2,,NaN\n"));
    // The scale: 60 of margin to the right, 160 of labels to the left of 260 − 220.
    let levels: Vec<[i32; 4]> = (0..14).map(|level| *filled(&svg, &colour(level)).last().expect("a level")).collect();
    let (top, bottom) = (levels[13][1], levels[0][1] + levels[0][3]);
    assert_eq!((top, bottom), (231, 830));
    for (level, rect) in levels.iter().enumerate() {
        let at = |level: usize| bottom - (level as f64 / 14.0 * f64::from(bottom - top)).round() as i32;
        assert_eq!(*rect, [1180, at(level + 1), 39, at(level) - at(level + 1)]);
    }
    // At most 7 round numbers from −7 to 7 are 2 apart: the lowest is −6, one fourteenth above the
    // end.
    let ticks: Vec<([i32; 2], &str)> =
        texts.iter().map(|text| (numbers(text, ["x", "y"]), text.lines().nth(1).unwrap_or(""))).collect();
    let scale = &ticks[ticks.len() - 7..];
    assert_eq!(scale.iter().map(|tick| tick.1).collect::<Vec<_>>(), ["−6", "−4", "−2", "0", "2", "4", "6"]);
    assert_eq!((scale[0].0[1], scale[3].0[1]), (levels[0][1], levels[6][1]));
    assert!(ticks.iter().any(|text| text.1 == "colours: energy"), "{ticks:?}");
    assert!(!svg.contains("opacity=\"0.12\""), "no grid over colours");
}

#[test]
fn colours_of_levels_are_at_their_middles_and_ordered_in_brightness() {
    assert_eq!(level_colour(0), ViridisRGB.get_color(1.0 / 28.0));
    assert_eq!(level_colour(13), ViridisRGB.get_color(27.0 / 28.0));
    // Brightness as in ITU-R BT.601.
    let bright = |level: usize| {
        let RGBColor(red, green, blue) = level_colour(level);
        0.299 * f64::from(red) + 0.587 * f64::from(green) + 0.114 * f64::from(blue)
    };
    assert!((1..LEVELS).all(|level| bright(level) > bright(level - 1)));
}
