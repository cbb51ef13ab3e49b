//! Tests.

mod contours;
mod geometry;
mod legend;

use super::svg::{escape, text};
use super::ticks::Ticks;
use super::{Axis, Contours, Figure, Panel, Role, Scale, Series};
use plotters::coord::ranged1d::ValueFormatter;
use sha2::Digest;

fn figure() -> Figure {
    Figure {
        name: "T00_test",
        title: "a < b & c".into(),
        caption: "What it shows".into(),
        panels: vec![Panel::new("left", Axis::log("t"), Axis::linear("λ, \"value\"")).with([
            Series {
                errors: vec![0.25; 2],
                ..Series::points("one, two", Role::Measurement, vec![(1.0, 2.0), (-1.0, 3.0)])
            },
            Series::line("law", Role::Prediction, vec![(1.0, 1.0 / 3.0), (100.0, 4.0)]),
        ])],
    }
}

#[test]
fn csv_holds_every_point_and_quotes_what_needs_it() {
    let csv = figure().to_csv();
    let rows: Vec<&str> = csv.lines().collect();
    assert_eq!(rows[0], "panel,series,role,x,y,error,z");
    assert_eq!(rows[1], "left,\"one, two\",measurement,1,2,0.25,");
    assert_eq!(rows[3], "left,law,prediction,1,0.333333,,");
    assert_eq!(rows.len(), 5);
}

#[test]
fn svg_is_at_least_1280_wide_and_carries_its_words() {
    let svg = figure().to_svg().expect("can be drawn");
    assert!(svg.starts_with("<svg width=\"1280\""), "{}", &svg[..80]);
    assert!(svg.contains("<title>a &lt; b &amp; c</title><desc>What it shows</desc>"));
    // One of the two points lies off a logarithmic axis.
    assert_eq!(svg.matches("<circle").count(), 2, "marker, legend sample");
}

#[test]
fn pixels_are_squares_of_their_shade_in_the_picture_and_in_the_table() {
    let mut image = figure();
    let pixels = [(0.0, 0.0, 1.0), (1.0, 0.0, 0.2)];
    image.panels[0].x.scale = Scale::Linear;
    image.panels[0].series = vec![Series::pixels("image", Role::Measurement, &pixels)];
    assert!(image.to_csv().ends_with("left,image,measurement,0,0,,1\nleft,image,measurement,1,0,,0.2\n"));
    let svg = image.to_svg().expect("can be drawn");
    assert!(svg.contains("#CCCCCC") && !svg.contains("<circle"), "0.2 of black, by hand");
    assert!(svg.contains("crispEdges"), "no seams between cells");
}

#[test]
fn empty_and_constant_panels_can_be_drawn() {
    let mut empty = figure();
    empty.panels[0].series.clear();
    assert!(empty.to_svg().is_ok());
    let mut constant = figure();
    constant.panels[0].series[0].points = vec![(2.0, 0.0), (2.0, f64::NAN)];
    constant.panels[0].series.truncate(1);
    assert!(constant.to_svg().is_ok());
}

#[test]
fn ticks_are_round_numbers_inside_the_range() {
    // by hand
    assert_eq!(
        Ticks::new(&Axis::linear(""), (0.0, 1.0)).round_numbers(5),
        [0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]
    );
    assert_eq!(Ticks::new(&Axis::log(""), (0.5, 150.0)).round_numbers(9).len(), 8);
    assert_eq!(Ticks::new(&Axis::log(""), (1e-3, 1e3)).round_numbers(7).len(), 7);
    assert_eq!(Ticks::new(&Axis::linear(""), (0.0, 1.0)).format_ext(&2.5e-7), "2.5·10⁻⁷");
}

#[test]
fn words_of_a_figure_are_changed_wherever_they_stand() {
    let mut named = figure();
    named.title = "on MNIST".into();
    named.caption = "MNIST, and MNIST".into();
    named.panels[0].title = "MNIST".into();
    named.panels[0].x.label = "x of MNIST".into();
    named.panels[0].series[1].label = "MNIST law".into();
    named.panels[0].regions = vec![((1.0, 1.0), "MNIST region".into())];
    let renamed = named.clone().renamed("MNIST", "these images");
    assert_eq!((&*renamed.title, &*renamed.caption), ("on these images", "these images, and these images"));
    let texts = [renamed.to_svg().expect("can be drawn"), renamed.to_csv()];
    assert!(texts.iter().all(|text| !text.contains("MNIST") && text.contains("these images law")));
    assert!(texts[0].contains("these images region"));
    assert!(named.to_svg().expect("can be drawn").contains("x of MNIST"));
}

#[test]
fn every_kind_of_series_and_axis_is_what_its_name_says() {
    let of = |series: Series| (series.connect, series.bars, series.errors.len() + series.shades.len());
    let points = vec![(1.0, 2.0)];
    assert_eq!(of(Series::points("a", Role::Guide, points.clone())), (false, false, 0));
    assert_eq!(of(Series::line("a", Role::Guide, points.clone())), (true, false, 0));
    let bars = Series::bars("a", Role::Guide, points.clone());
    assert_eq!((&*bars.label, bars.role, &bars.points), ("a", Role::Guide, &points));
    assert_eq!(of(bars), (false, true, 0));
    let pixels = Series::pixels("a", Role::Guide, &[(1.0, 2.0, 0.3)]);
    assert_eq!((&pixels.points, &pixels.shades[..]), (&points, &[0.3][..]));
    let [linear, log] = [Axis::linear("x"), Axis::log("y")];
    assert_eq!((&*linear.label, linear.scale, &*log.label, log.scale), ("x", Scale::Linear, "y", Scale::Log));
}

#[test]
fn a_table_has_the_contours_with_the_places_of_their_grid_before_the_series() {
    let mut with = figure();
    let z = vec![0.0, 1.0, 2.0, 3.0, 4.0, 1e7 / 3.0];
    with.panels[0].contours =
        Some(Contours { label: "E".into(), x: vec![7.0, 8.0, 9.5], y: vec![-1.0, 2.0], z, pixels: false });
    with.panels[0].series[1].role = Role::Falsifier;
    let csv = with.to_csv();
    let rows: Vec<&str> = csv.lines().collect();
    // by hand: six significant digits
    let grid = ["7,-1,,0", "8,-1,,1", "9.5,-1,,2", "7,2,,3", "8,2,,4", "9.5,2,,3333330"];
    for (row, end) in rows[1..].iter().zip(grid) {
        assert_eq!(*row, format!("left,E,contours,{end}"));
    }
    assert_eq!(rows[7], "left,\"one, two\",measurement,1,2,0.25,");
    assert_eq!((rows[10], rows.len()), ("left,law,falsifier,100,4,,", 11));
    with.panels[0].series[1].role = Role::Guide;
    assert!(with.to_csv().ends_with("left,law,guide,100,4,,\n"));
}

#[test]
fn a_figure_is_written_beside_its_table_or_says_where_it_cannot_be() {
    let folder = tempfile::tempdir().expect("folder");
    let made = figure().write(&folder.path().join("figures"), "seed 7 & quick").expect("writes");
    assert_eq!(made, ["csv", "svg"].map(|ending| folder.path().join(format!("figures/T00_test.{ending}"))));
    let read = made.map(|path| std::fs::read_to_string(path).expect("reads"));
    let sum = crate::file::hex(&sha2::Sha256::digest(read[0].as_bytes()));
    let version = env!("CARGO_PKG_VERSION");
    let made = format!(
        "<metadata>rbm-landscape {version}; T00_test; seed 7 &amp; quick; sha256 of its table: {sum}</metadata>"
    );
    assert!(read[1].contains(&made), "{made}");
    assert_eq!(
        [read[0].clone(), read[1].replace(&made, "")],
        [figure().to_csv(), figure().to_svg().expect("can be drawn")]
    );
    std::fs::write(folder.path().join("file"), "").expect("writes");
    let refused = figure().write(&folder.path().join("file"), "").expect_err("a file is no folder").to_string();
    assert!(refused.contains("file/T00_test.csv") && refused.contains("--out"), "{refused}");
    assert_eq!((text("no ink"), escape("a<b>&c")), ("no ink".into(), "a&lt;b&gt;&amp;c".into()));
}
