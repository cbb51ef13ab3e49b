//! Legends, of a panel and of a figure, and what series of one label share.

use super::geometry::{attribute, corners, elements, frame, linear, numbers, pixel};
use crate::figure::legend::{Entry, Sample, rows};
use crate::figure::svg::COLOURS;
use crate::figure::{Axis, Figure, Panel, Role, Series};
use plotters::style::RGBColor;

fn words(svg: &str) -> Vec<&str> {
    elements(svg, "text").iter().map(|text| text.lines().nth(1).unwrap_or("")).collect()
}

#[test]
fn entries_fill_rows_from_the_left() {
    let entry = |letters: usize| Entry { label: "m".repeat(letters), samples: Vec::new() };
    // by hand: 102 and 10 · 48 · 0.56 = 268.8, cut: 370; the second ends at 24 + 2 · 370
    let of =
        |letters: &[usize], width: i32| rows(&letters.iter().map(|letters| entry(*letters)).collect::<Vec<_>>(), width);
    assert_eq!(of(&[10, 10, 10], 764), [(0, 0, 24), (1, 0, 394), (2, 1, 24)]);
    assert_eq!(of(&[10, 10, 10], 763), [(0, 0, 24), (1, 1, 24), (2, 2, 24)]);
    // One that is wider than the row stands alone, and none is left empty.
    assert_eq!(of(&[90, 1, 1], 300), [(0, 0, 24), (1, 1, 24), (2, 1, 152)]);
    let line = |letters: usize| Series::line(&"m".repeat(letters), Role::Guide, Vec::new());
    let svg = linear(vec![line(90), line(40)]).to_svg().expect("can be drawn");
    // Two rows, 62 apart; the plot is as high as ever.
    assert_eq!(frame(&svg).1[0], 830);
    let texts = elements(&svg, "text");
    let legend = texts[texts.len() - 2..].iter().map(|text| numbers(text, ["x", "y"])).collect::<Vec<_>>();
    assert_eq!(legend, [[90, 1004], [90, 1066]]);
}

#[test]
fn a_prediction_and_what_was_measured_of_it_are_one_entry_of_one_colour() {
    let points = vec![(1.0, 2.0), (3.0, 4.0)];
    let panel = Panel::new("", Axis::linear("x"), Axis::linear("y")).with([
        Series::points("a", Role::Measurement, points.clone()),
        Series::line("b", Role::Prediction, points.clone()),
        Series::points("b", Role::Measurement, points.clone()),
        Series::line("c", Role::Prediction, points.clone()).coloured(4),
        Series::points("d", Role::Measurement, points).coloured(0),
    ]);
    let looks = panel.looks();
    // by hand: b is the second measurement; c and d have the colours that were asked for
    assert_eq!(looks.iter().map(|look| look.colour).collect::<Vec<_>>(), [0, 1, 1, 4, 0].map(|at| COLOURS[at]));
    let legend = panel.legend();
    assert_eq!(legend.iter().map(|entry| &*entry.label).collect::<Vec<_>>(), ["a", "b", "c", "d"]);
    assert_eq!(legend[1].samples, [Sample::Line(looks[1]), Sample::Marker(looks[2])]);
    assert_eq!((looks[2].marker, looks[4].marker), (1, 2), "shapes go on");
}

#[test]
fn a_legend_that_says_all_stands_once_under_the_figure() {
    let panel = |series: Vec<Series>| Panel::new("panel", Axis::linear("x"), Axis::linear("y")).with(series);
    let line = |label: &str, role: Role| Series::line(label, role, vec![(0.0, 1.0), (1.0, 2.0)]);
    let figure =
        |panels: Vec<Panel>| Figure { name: "T00_test", title: "title".into(), caption: "caption".into(), panels };
    let full = || panel(vec![line("law", Role::Prediction), line("wrong", Role::Falsifier)]);
    let shared = figure(vec![full(), panel(vec![line("law", Role::Prediction)])]);
    let svg = shared.to_svg().expect("can be drawn");
    let count = |svg: &str, word: &str| words(svg).iter().filter(|found| **found == word).count();
    assert_eq!([count(&svg, "law"), count(&svg, "wrong")], [1, 1]);
    // by hand: 84, a row of 147 + 600 + 143 + 14, and a row of 62 with 14
    assert!(svg.starts_with("<svg width=\"2560\" height=\"1064\""), "{}", &svg[..80]);
    let alone = shared.to_svgs().expect("can be drawn");
    assert_eq!(alone.len(), 3);
    assert!(alone[2].starts_with("<svg width=\"1280\" height=\"76\"") && count(&alone[2], "wrong") == 1);
    assert!(alone[..2].iter().all(|svg| count(svg, "law") == 0));
    // Of another look, or where a panel says more, every panel has its own.
    for other in [vec![line("law", Role::Guide)], vec![line("more", Role::Guide)], Vec::new()] {
        let own = figure(vec![full(), panel(other)]);
        assert_eq!(count(&own.to_svg().expect("can be drawn"), "wrong"), 1);
        assert_eq!(own.to_svgs().expect("can be drawn").len(), 2, "no legend of its own");
    }
    assert_eq!(figure(vec![full()]).to_svgs().expect("can be drawn").len(), 1);
}

#[test]
fn panels_that_compare_show_the_same_numbers() {
    let of = |high: f64| {
        let points = vec![(0.0, 1.0), (1.0, high)];
        Panel::new("panel", Axis::linear("x"), Axis::log("y")).with([Series::line("a", Role::Prediction, points)])
    };
    let panels = vec![of(2.0), of(100.0), Panel::new("", Axis::linear("x"), Axis::log("y"))];
    let figure = Figure { name: "T00_test", title: String::new(), caption: String::new(), panels }.sharing_y();
    assert!(figure.panels.iter().all(|panel| panel.y.beside == Some((1.0, 100.0))));
}

#[test]
fn a_band_fills_what_lies_between_two_values() {
    let svg = linear(vec![Series::band("band", Role::Measurement, [2.0, 6.0], (1.0, 3.0))]);
    let csv = svg.to_csv();
    let svg = svg.to_svg().expect("can be drawn");
    // by hand: 4 % of 4 and of 2 beyond
    let place = |x: f64, y: f64| pixel(frame(&svg), ((x - 1.84) / 4.32, (y - 0.92) / 2.16));
    let [area] = elements(&svg, "polygon")[..] else { panic!("one polygon") };
    assert_eq!(corners(area), [place(2.0, 1.0), place(6.0, 1.0), place(6.0, 3.0), place(2.0, 3.0)]);
    // by hand: 16 of 100 parts of the first colour on white
    assert_eq!(attribute(area, "fill"), "#D6E8F3");
    assert!(elements(&svg, "circle").is_empty(), "no markers");
    assert!(csv.ends_with("panel,band,measurement,2,2,1,\npanel,band,measurement,6,2,1,\n"));
    // On a logarithmic axis it ends with the panel.
    let mut low = linear(vec![Series::band("band", Role::Measurement, [2.0, 6.0], (-1.0, 3.0))]);
    low.panels[0].y = Axis::log("y");
    assert!(low.to_svg().is_ok());
}

#[test]
fn clouds_have_small_markers_and_predictions_at_places_are_rings() {
    let cloud = |count: usize| (0..count).map(|at| (at as f64, 1.0)).collect();
    let panel = |series: Vec<Series>| Panel::new("", Axis::linear("x"), Axis::linear("y")).with(series).looks();
    let looks = panel(vec![
        Series::points("many", Role::Measurement, cloud(150)),
        Series::points("few", Role::Measurement, cloud(149)),
        Series::points("predicted", Role::Prediction, cloud(2)),
        Series::line("line", Role::Prediction, cloud(150)),
    ]);
    let kinds: Vec<(bool, bool)> = looks.iter().map(|look| (look.small, look.hollow)).collect();
    assert_eq!(kinds, [(true, false), (false, false), (false, true), (false, false)]);
    let svg = linear(vec![Series::points("predicted", Role::Prediction, vec![(1.0, 1.0)])]).to_svg().expect("drawn");
    let rings = elements(&svg, "circle");
    assert!(rings.len() == 2 && rings.iter().all(|ring| attribute(ring, "fill") == "none"));
    assert_eq!(attribute(rings[0], "stroke"), "#000000");
    assert_eq!(looks[1].colour, RGBColor(213, 94, 0));
}

#[test]
fn an_equation_is_not_broken() {
    use crate::figure::svg::{TITLE, lines};
    // by hand: 1232 pixels hold 40 letters of 54 · 0.56
    let words = format!("{} s = 0.01, N > M", "a".repeat(37));
    assert_eq!(lines(&words, TITLE, 1232), ["a".repeat(37), "s = 0.01, N > M".into()]);
}
