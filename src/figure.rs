//! Figures: CSV and SVG from the same data. The only place that imports plotters.
//!
//! One look for all: predictions are lines, measurements points with error bars, falsifiers grey, references dashed.
//! Colours are those of Okabe and Ito, told apart by colour-blind readers too; markers differ in shape as well.

use crate::file;
use plotters::coord::Shift;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::element::{Drawable, PointCollection};
use plotters::prelude::*;
use plotters_backend::DrawingErrorKind;
use std::path::{Path, PathBuf};

/// The role of a series, which fixes its look in every figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// What the theory says: a line.
    Prediction,
    /// What was measured: points with error bars (a line through them when `connect`).
    Measurement,
    /// A falsifier, drawn in grey, so that the reader sees what wrong looks like.
    Falsifier,
    /// A reference value: a thin dashed line.
    Guide,
}

/// One series of points.
#[derive(Clone, Debug)]
pub struct Series {
    /// Legend text.
    pub label: String,
    /// Its look.
    pub role: Role,
    /// Joins the points of a measurement by a thin line.
    pub connect: bool,
    /// Draws bars from zero (histograms; points are bin centres, equally spaced) instead of markers.
    pub bars: bool,
    /// Points (x, y).
    pub points: Vec<(f64, f64)>,
    /// Half-widths of the error bars in y; empty, or as long as `points`.
    pub errors: Vec<f64>,
    /// Shades, 0 white to 1 black, of unit squares around `points` instead of markers (images; left-out points are white); empty,
    /// or as long as `points`.
    pub shades: Vec<f64>,
}

/// Linear or logarithmic scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Linear.
    Linear,
    /// Base-10 logarithmic; points that are not positive are left out of the picture and kept in the CSV.
    Log,
}

/// An axis: symbol, name and unit in one label.
#[derive(Clone, Debug)]
pub struct Axis {
    /// For example `λ, singular value (energy unit)`.
    pub label: String,
    /// Its scale.
    pub scale: Scale,
}

/// One panel of a figure.
#[derive(Clone, Debug)]
pub struct Panel {
    /// Panel title, one short line.
    pub title: String,
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
    /// Series, drawn in this order.
    pub series: Vec<Series>,
    /// Filled contours of z on a rectangular grid, drawn below the series.
    pub contours: Option<Contours>,
}

/// A function on a rectangular grid, shown as filled levels with contour lines.
#[derive(Clone, Debug)]
pub struct Contours {
    /// Name, symbol and unit of z.
    pub label: String,
    /// Grid positions along x, ascending.
    pub x: Vec<f64>,
    /// Grid positions along y, ascending.
    pub y: Vec<f64>,
    /// Values, `z[iy * x.len() + ix]`.
    pub z: Vec<f64>,
}

/// A figure: one to six panels and what a reader should see in them.
#[derive(Clone, Debug)]
pub struct Figure {
    /// File name without extension, `T02_density` and so on.
    pub name: &'static str,
    /// Title, one line.
    pub title: String,
    /// What it shows, one or two sentences: caption and alternative text.
    pub caption: String,
    /// Panels, left to right, then top to bottom.
    pub panels: Vec<Panel>,
}

/// A figure that could not be drawn or written.
#[derive(Debug, thiserror::Error)]
pub enum FigureError {
    /// The drawing library refused.
    #[error("figure {figure} cannot be drawn: {message}")]
    Draw {
        /// Its name.
        figure: &'static str,
        /// What the library said.
        message: String,
    },
    /// The file cannot be written.
    #[error("{path}: {source}: give a folder with --out that can be written and has space left")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: std::io::Error,
    },
}

impl Series {
    fn new(label: &str, role: Role, points: Vec<(f64, f64)>) -> Self {
        Self {
            label: label.to_string(),
            role,
            connect: false,
            bars: false,
            points,
            errors: Vec::new(),
            shades: Vec::new(),
        }
    }

    /// A line through the points.
    pub fn line(label: &str, role: Role, points: Vec<(f64, f64)>) -> Self {
        Self { connect: true, ..Self::new(label, role, points) }
    }

    /// Markers.
    pub fn points(label: &str, role: Role, points: Vec<(f64, f64)>) -> Self {
        Self::new(label, role, points)
    }

    /// Pixels (x, y, shade) of an image.
    pub fn pixels(label: &str, role: Role, pixels: &[(f64, f64, f64)]) -> Self {
        let points = pixels.iter().map(|&(x, y, _)| (x, y)).collect();
        Self { shades: pixels.iter().map(|&(.., shade)| shade).collect(), ..Self::new(label, role, points) }
    }

    /// Bars from zero around equally spaced centres.
    pub fn bars(label: &str, role: Role, points: Vec<(f64, f64)>) -> Self {
        Self { bars: true, ..Self::new(label, role, points) }
    }
}

impl Axis {
    /// A linear axis with its label.
    pub fn linear(label: &str) -> Self {
        Self { label: label.to_string(), scale: Scale::Linear }
    }

    /// A logarithmic axis with its label.
    pub fn log(label: &str) -> Self {
        Self { label: label.to_string(), scale: Scale::Log }
    }
}

/// `steps + 1` equally spaced points from `low` to `high`.
pub fn grid(low: f64, high: f64, steps: usize) -> impl Iterator<Item = f64> {
    (0..=steps).map(move |i| low + (high - low) * i as f64 / steps as f64)
}

/// (centre, density) of equal bins on [low, high); the density is normalised by the whole sample, also by what lies
/// outside, so that a law with more mass elsewhere shows as less here.
///
/// # Example
/// ```
/// // by hand: half of the sample lies in a bin of width 2, a quarter beyond the range
/// let bars = rbm_landscape::figure::histogram(&[0.5, 1.0, 3.0, 9.0], 0.0, 4.0, 2);
/// assert_eq!(bars, [(1.0, 0.25), (3.0, 0.125)]);
/// ```
pub fn histogram(sample: &[f64], low: f64, high: f64, bins: usize) -> Vec<(f64, f64)> {
    let width = (high - low) / bins as f64;
    let mut counts = vec![0usize; bins];
    for z in sample.iter().filter(|z| (low..high).contains(*z)) {
        counts[(((z - low) / width) as usize).min(bins - 1)] += 1;
    }
    let density = |count: usize| count as f64 / (sample.len().max(1) as f64 * width);
    counts.iter().enumerate().map(|(i, &count)| (low + (i as f64 + 0.5) * width, density(count))).collect()
}

impl Figure {
    /// All numbers of the figure: one row a point, 6 significant digits.
    pub fn to_csv(&self) -> String {
        let mut rows = csv::Writer::from_writer(Vec::new());
        // Writing to memory fails only when memory does.
        let mut push = |row: [&str; 7]| rows.write_record(row).unwrap_or(());
        push(["panel", "series", "role", "x", "y", "error", "z"]);
        for panel in &self.panels {
            if let Some(contours) = &panel.contours {
                for (at, z) in contours.z.iter().enumerate() {
                    let (x, y) = (contours.x[at % contours.x.len()], contours.y[at / contours.x.len()]);
                    let [x, y, z] = [x, y, *z].map(digits);
                    push([&panel.title, &contours.label, "contours", &x, &y, "", &z]);
                }
            }
            for series in &panel.series {
                let role = match series.role {
                    Role::Prediction => "prediction",
                    Role::Measurement => "measurement",
                    Role::Falsifier => "falsifier",
                    Role::Guide => "guide",
                };
                for (at, &(x, y)) in series.points.iter().enumerate() {
                    let error = series.errors.get(at).map_or(String::new(), |&e| digits(e));
                    let shade = series.shades.get(at).map_or(String::new(), |&z| digits(z));
                    push([&panel.title, &series.label, role, &digits(x), &digits(y), &error, &shade]);
                }
            }
        }
        rows.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
    }

    /// The picture, with its title and caption as alternative text.
    ///
    /// # Errors
    /// When the drawing library refuses.
    pub fn to_svg(&self) -> Result<String, FigureError> {
        let columns = if self.panels.len() == 4 { 2 } else { self.panels.len().clamp(1, 3) };
        let rows = self.panels.len().div_ceil(columns).max(1);
        // At least 1280 pixels wide: coordinates are whole pixels, and stairs would show below.
        let width = if columns == 1 { 1280 } else { 760 * columns as u32 };
        let size = (width, 60 + 640 * rows as u32);
        let mut svg = String::new();
        let drawn = {
            let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
            self.draw(&root, (rows, columns))
        };
        drawn.map_err(|message| FigureError::Draw { figure: self.name, message })?;
        let (title, caption) = (escape(&self.title), escape(&self.caption));
        // Cells of a picture would show seams where they meet between two pixels of the screen.
        let cells = |panel: &Panel| panel.contours.is_some() || panel.series.iter().any(|s| !s.shades.is_empty());
        let crisp = if self.panels.iter().any(cells) { "<style>rect{shape-rendering:crispEdges}</style>" } else { "" };
        let words = format!("<title>{title}</title><desc>{caption}</desc>{crisp}");
        let at = svg.find("<svg").and_then(|start| Some(start + svg[start..].find('>')? + 1)).unwrap_or(0);
        svg.insert_str(at, &words);
        Ok(svg)
    }

    /// Writes `<name>.csv` and `<name>.svg` into `dir`.
    ///
    /// # Errors
    /// When it cannot be drawn or written.
    pub fn write(&self, dir: &Path) -> Result<[PathBuf; 2], FigureError> {
        let paths = ["csv", "svg"].map(|ending| dir.join(format!("{}.{ending}", self.name)));
        for (path, text) in paths.iter().zip([self.to_csv(), self.to_svg()?]) {
            file::replace(path, text.as_bytes()).map_err(|source| FigureError::Write { path: path.clone(), source })?;
        }
        Ok(paths)
    }

    fn draw(&self, root: &Area<'_>, shape: (usize, usize)) -> Result<(), String> {
        root.fill(&WHITE).map_err(text)?;
        let (head, body) = root.split_vertically(60);
        let middle = (head.dim_in_pixel().0 as i32 / 2, 34);
        let style = TextStyle::from(("sans-serif", 30).into_font()).pos(plotters::style::text_anchor::Pos::new(
            plotters::style::text_anchor::HPos::Center,
            plotters::style::text_anchor::VPos::Center,
        ));
        head.draw(&Text::new(self.title.clone(), middle, style)).map_err(text)?;
        for (panel, area) in self.panels.iter().zip(body.split_evenly(shape)) {
            panel.draw(&area)?;
        }
        root.present().map_err(text)
    }
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn escape(words: &str) -> String {
    words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A number with 6 significant digits, in its shortest form.
fn digits(x: f64) -> String {
    format!("{x:.5e}").parse::<f64>().map_or_else(|_| x.to_string(), |short| short.to_string())
}

/// Okabe and Ito's colours, the strongest first.
const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
];
const GREY: RGBColor = RGBColor(140, 140, 140);
const DARK: RGBColor = RGBColor(60, 60, 60);

/// How one series looks.
#[derive(Clone, Copy)]
struct Look {
    colour: RGBColor,
    marker: usize,
    width: u32,
    dashed: bool,
}

impl Panel {
    /// Colours go by the place of a series among those of its role; one prediction is black, one guide dark grey.
    fn looks(&self) -> Vec<Look> {
        let of = |role: Role| self.series.iter().filter(move |series| series.role == role).count();
        let alone = |role: Role| of(role) == 1;
        let mut seen = [0usize; 4];
        self.series
            .iter()
            .map(|series| {
                let place = seen[series.role as usize];
                seen[series.role as usize] += 1;
                let cycle = COLOURS[place % COLOURS.len()];
                let (colour, width, dashed) = match series.role {
                    Role::Prediction if alone(Role::Prediction) => (BLACK, 3, false),
                    Role::Prediction => (cycle, 3, false),
                    Role::Measurement => (cycle, 2, false),
                    Role::Falsifier => (GREY, 2, false),
                    Role::Guide if alone(Role::Guide) => (DARK, 2, true),
                    Role::Guide => (cycle, 2, true),
                };
                Look { colour, marker: place, width, dashed }
            })
            .collect()
    }

    /// What has to be visible along one axis.
    fn extent(&self, axis: &Axis, pick: impl Fn(&Series) -> Vec<f64>, cells: Option<&[f64]>) -> (f64, f64) {
        let values = self.series.iter().flat_map(&pick);
        let shown = |z: &f64| z.is_finite() && (axis.scale == Scale::Linear || *z > 0.0);
        let fold = |(low, high): (f64, f64), z: f64| (low.min(z), high.max(z));
        let start = (f64::INFINITY, f64::NEG_INFINITY);
        let (low, high) = match cells {
            // Contours fill the panel.
            Some(cells) => return cells.iter().copied().fold(start, fold),
            None => values.filter(shown).fold(start, fold),
        };
        if low > high {
            return (0.1, 1.0);
        }
        match axis.scale {
            Scale::Log => (low / 1.25, high * 1.25),
            Scale::Linear => {
                let pad = if high > low { 0.04 * (high - low) } else { 0.5 * high.abs().max(1.0) };
                (if low == 0.0 { 0.0 } else { low - pad }, high + pad)
            }
        }
    }

    fn draw(&self, area: &Area<'_>) -> Result<(), String> {
        let looks = self.looks();
        let entries = legend_rows(&self.series, area.dim_in_pixel().0 as i32);
        let lines = entries.last().map_or(0, |&(_, row, _)| row + 1);
        let (plot, legend) = area.split_vertically(area.dim_in_pixel().1 as i32 - 26 * lines as i32 - 12);
        let (plot, bar) = match self.contours {
            Some(_) => {
                let (left, right) = plot.split_horizontally(plot.dim_in_pixel().0 as i32 - 150);
                (left, Some(right))
            }
            None => (plot, None),
        };
        let width_of = |series: &Series| match (series.bars, &series.points[..]) {
            (true, [a, b, ..]) => 0.5 * (b.0 - a.0),
            _ => 0.0,
        };
        let xs = |series: &Series| -> Vec<f64> {
            let half = width_of(series);
            series.points.iter().flat_map(|p| [p.0 - half, p.0 + half]).collect()
        };
        let ys = |series: &Series| -> Vec<f64> {
            let error = |at: usize| series.errors.get(at).copied().unwrap_or(0.0);
            // An error bar that reaches zero must not stretch a logarithmic axis.
            let least = |y: f64| if self.y.scale == Scale::Log { y / 3.0 } else { f64::NEG_INFINITY };
            let low = |at: usize, y: f64| (y - error(at)).max(least(y));
            let points = series.points.iter().enumerate();
            let mut all: Vec<f64> = points.flat_map(|(at, p)| [low(at, p.1), p.1 + error(at)]).collect();
            all.extend(series.bars.then_some(0.0));
            all
        };
        let cells = self.contours.as_ref();
        let x = Ticks::new(self.x.scale, self.extent(&self.x, xs, cells.map(|c| &c.x[..])));
        let y = Ticks::new(self.y.scale, self.extent(&self.y, ys, cells.map(|c| &c.y[..])));
        let bottom = y.low;
        let mut chart = ChartBuilder::on(&plot)
            .caption(&self.title, ("sans-serif", 24))
            .margin_right(24)
            .margin_left(8)
            .x_label_area_size(56)
            .y_label_area_size(86)
            .build_cartesian_2d(x, y)
            .map_err(text)?;
        if let Some(contours) = &self.contours {
            for (corners, level) in contours.cells() {
                chart.draw_series([Rectangle::new(corners, level_colour(level).filled())]).map_err(text)?;
            }
        }
        let picture = self.contours.is_some() || self.series.iter().any(|series| !series.shades.is_empty());
        let mut mesh = chart.configure_mesh();
        mesh.x_desc(&self.x.label).y_desc(&self.y.label).axis_desc_style(("sans-serif", 21));
        mesh.label_style(("sans-serif", 18)).x_labels(7).y_labels(8).max_light_lines(0);
        mesh.bold_line_style(BLACK.mix(if picture { 0.0 } else { 0.12 }));
        mesh.draw().map_err(text)?;

        let visible = |p: &&(f64, f64)| {
            let shown = |z: f64, axis: &Axis| z.is_finite() && (axis.scale == Scale::Linear || z > 0.0);
            shown(p.0, &self.x) && shown(p.1, &self.y)
        };
        for (series, look) in self.series.iter().zip(&looks) {
            if !series.shades.is_empty() {
                let square = |(&(x, y), &shade): (&(f64, f64), &f64)| {
                    let grey = (255.0 * (1.0 - shade.clamp(0.0, 1.0))) as u8;
                    Rectangle::new([(x - 0.5, y - 0.5), (x + 0.5, y + 0.5)], RGBColor(grey, grey, grey).filled())
                };
                chart.draw_series(series.points.iter().zip(&series.shades).map(square)).map_err(text)?;
                continue;
            }
            let points: Vec<(f64, f64)> = series.points.iter().filter(visible).copied().collect();
            if series.bars {
                let half = width_of(series);
                let bar = |&(x, y): &(f64, f64)| {
                    Rectangle::new([(x - half, 0.0), (x + half, y)], look.colour.mix(0.45).filled())
                };
                chart.draw_series(points.iter().map(bar)).map_err(text)?;
                continue;
            }
            if series.connect || matches!(series.role, Role::Prediction | Role::Guide) && points.len() > 1 {
                let style = look.colour.stroke_width(look.width);
                if look.dashed {
                    chart.draw_series(DashedLineSeries::new(points.clone(), 9, 6, style)).map_err(text)?;
                } else {
                    chart.draw_series(LineSeries::new(points.clone(), style)).map_err(text)?;
                }
            }
            let error_bars = series.points.iter().zip(&series.errors).filter(|(p, e)| visible(p) && **e > 0.0);
            let bar = |(&(x, y), &e): (&(f64, f64), &f64)| ErrorBar {
                ends: [(x, (y - e).max(bottom)), (x, y + e)],
                look: *look,
            };
            chart.draw_series(error_bars.map(bar)).map_err(text)?;
            if series.role == Role::Measurement || !series.connect && series.role != Role::Guide {
                chart.draw_series(points.iter().map(|&at| Marker { at, look: *look })).map_err(text)?;
            }
        }
        for &(at, row, left) in &entries {
            let (series, look) = (&self.series[at], &looks[at]);
            let y = 13 + 26 * row as i32;
            if !series.shades.is_empty() {
                let frame = Rectangle::new([(left + 8, y - 7), (left + 22, y + 7)], BLACK.filled());
                legend.draw(&frame).map_err(text)?;
            } else if series.bars {
                let sample = Rectangle::new([(left, y - 7), (left + 30, y + 7)], look.colour.mix(0.45).filled());
                legend.draw(&sample).map_err(text)?;
            } else if series.connect || series.role == Role::Guide {
                let dashes: &[(i32, i32)] = if look.dashed { &[(0, 9), (15, 30)] } else { &[(0, 30)] };
                for (from, to) in dashes {
                    let style = look.colour.stroke_width(look.width);
                    legend.draw(&PathElement::new([(left + from, y), (left + to, y)], style)).map_err(text)?;
                }
            }
            let marked = series.shades.is_empty() && !series.bars;
            if marked && (series.role == Role::Measurement || !series.connect && series.role != Role::Guide) {
                legend.draw(&Marker { at: (left + 15, y), look: *look }).map_err(text)?;
            }
            let words = Text::new(series.label.clone(), (left + 40, y - 10), ("sans-serif", LEGEND_FONT));
            legend.draw(&words).map_err(text)?;
        }
        match (&self.contours, bar) {
            (Some(contours), Some(bar)) => contours.draw_bar(&bar),
            _ => Ok(()),
        }
    }
}

const LEGEND_FONT: u32 = 18;

/// (series, row, left edge) of every legend entry, filling rows from the left.
fn legend_rows(series: &[Series], width: i32) -> Vec<(usize, usize, i32)> {
    let (mut row, mut left) = (0, 40);
    series
        .iter()
        .enumerate()
        .map(|(at, series)| {
            // Letters of a sans-serif font are a little wider than half their height.
            let needed = 40 + 24 + series.label.chars().count() as i32 * LEGEND_FONT as i32 * 56 / 100;
            if left > 40 && left + needed > width {
                (row, left) = (row + 1, 40);
            }
            let entry = (at, row, left);
            left += needed;
            entry
        })
        .collect()
}

/// A marker of one of four shapes, about 6 pixels around its place.
struct Marker<C> {
    at: C,
    look: Look,
}

impl<'a, C> PointCollection<'a, C> for &'a Marker<C> {
    type Point = &'a C;
    type IntoIter = std::iter::Once<&'a C>;

    fn point_iter(self) -> Self::IntoIter {
        std::iter::once(&self.at)
    }
}

impl<C, DB: DrawingBackend> Drawable<DB> for Marker<C> {
    fn draw<I: Iterator<Item = (i32, i32)>>(
        &self,
        mut places: I,
        backend: &mut DB,
        _: (u32, u32),
    ) -> Result<(), DrawingErrorKind<DB::ErrorType>> {
        let Some((x, y)) = places.next() else { return Ok(()) };
        let corners: &[(i32, i32)] = match self.look.marker % 4 {
            0 => return backend.draw_circle((x, y), 5, &self.look.colour, true),
            1 => &[(-5, -5), (5, -5), (5, 5), (-5, 5)],
            2 => &[(0, -7), (6, 5), (-6, 5)],
            _ => &[(0, -7), (7, 0), (0, 7), (-7, 0)],
        };
        backend.fill_polygon(corners.iter().map(|(dx, dy)| (x + dx, y + dy)), &self.look.colour)
    }
}

/// An error bar with caps. That of plotters draws a circle in its middle, over the marker.
struct ErrorBar<C> {
    ends: [C; 2],
    look: Look,
}

impl<'a, C> PointCollection<'a, C> for &'a ErrorBar<C> {
    type Point = &'a C;
    type IntoIter = std::slice::Iter<'a, C>;

    fn point_iter(self) -> Self::IntoIter {
        self.ends.iter()
    }
}

impl<C, DB: DrawingBackend> Drawable<DB> for ErrorBar<C> {
    fn draw<I: Iterator<Item = (i32, i32)>>(
        &self,
        mut places: I,
        backend: &mut DB,
        _: (u32, u32),
    ) -> Result<(), DrawingErrorKind<DB::ErrorType>> {
        let (Some(low), Some(high)) = (places.next(), places.next()) else { return Ok(()) };
        let style = self.look.colour.stroke_width(2);
        backend.draw_line(low, high, &style)?;
        [low, high].into_iter().try_for_each(|(x, y)| backend.draw_line((x - 5, y), (x + 5, y), &style))
    }
}

/// Levels of filled contours.
const LEVELS: usize = 14;

/// Colour of a level, dark for low: the map viridis, ordered in brightness too.
fn level_colour(level: usize) -> RGBColor {
    ViridisRGB.get_color((level as f64 + 0.5) / LEVELS as f64)
}

type Corners = [(f64, f64); 2];

impl Contours {
    fn range(&self) -> (f64, f64) {
        self.z.iter().copied().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), z| (low.min(z), high.max(z)))
    }

    /// Rectangles of one level each, neighbours of a row joined, on a grid made finer by bilinear interpolation.
    fn cells(&self) -> Vec<(Corners, usize)> {
        const FINER: usize = 4;
        let (low, high) = self.range();
        let (width, height) = (self.x.len(), self.y.len());
        if width < 2 || height < 2 || high <= low {
            return Vec::new();
        }
        let fine = |z: &[f64], at: usize| {
            let i = (at / FINER).min(z.len() - 2);
            z[i] + (at as f64 / FINER as f64 - i as f64) * (z[i + 1] - z[i])
        };
        // Level at the middle of fine cell (column, row): half steps of the fine grid.
        let level = |column: usize, row: usize| {
            let middle = |at: usize| (at as f64 + 0.5) / FINER as f64;
            let (ix, iy) = (column / FINER, row / FINER);
            let (tx, ty) = (middle(column) - ix as f64, middle(row) - iy as f64);
            let z = |dx: usize, dy: usize| self.z[(iy + dy) * width + ix + dx];
            let bottom = z(0, 0) + tx * (z(1, 0) - z(0, 0));
            let top = z(0, 1) + tx * (z(1, 1) - z(0, 1));
            (((bottom + ty * (top - bottom) - low) / (high - low) * LEVELS as f64) as usize).min(LEVELS - 1)
        };
        let mut cells = Vec::new();
        for row in 0..(height - 1) * FINER {
            let columns: Vec<usize> = (0..(width - 1) * FINER).collect();
            for run in columns.chunk_by(|&a, &b| level(a, row) == level(b, row)) {
                let (first, last) = (run[0], run[run.len() - 1] + 1);
                let corner = |column: usize, row: usize| (fine(&self.x, column), fine(&self.y, row));
                cells.push(([corner(first, row), corner(last, row + 1)], level(first, row)));
            }
        }
        cells
    }

    /// The scale of the colours, in an area of its own.
    fn draw_bar(&self, area: &Area<'_>) -> Result<(), String> {
        let (low, high) = self.range();
        let ticks = Ticks::new(Scale::Linear, (low, high));
        let mut chart = ChartBuilder::on(area)
            .caption(&self.label, ("sans-serif", 18))
            .margin_bottom(56)
            .margin_top(4)
            .margin_right(70)
            .y_label_area_size(60)
            .build_cartesian_2d(0.0..1.0, ticks)
            .map_err(text)?;
        let step = (high - low) / LEVELS as f64;
        let cell = |level: usize| {
            let at = |level: usize| low + step * level as f64;
            Rectangle::new([(0.0, at(level)), (1.0, at(level + 1))], level_colour(level).filled())
        };
        chart.draw_series((0..LEVELS).map(cell)).map_err(text)?;
        let mut mesh = chart.configure_mesh();
        mesh.disable_mesh().disable_x_axis().y_labels(7).label_style(("sans-serif", 18));
        mesh.set_tick_mark_size(LabelAreaPosition::Left, 8);
        mesh.draw().map_err(text)
    }
}

/// A linear or logarithmic coordinate with ticks at round numbers.
#[derive(Clone)]
struct Ticks {
    scale: Scale,
    low: f64,
    high: f64,
}

impl Ticks {
    fn new(scale: Scale, (low, high): (f64, f64)) -> Self {
        Self { scale, low, high }
    }

    fn place(&self, z: f64) -> f64 {
        match self.scale {
            Scale::Linear => (z - self.low) / (self.high - self.low),
            Scale::Log => (z / self.low).ln() / (self.high / self.low).ln(),
        }
    }

    /// At most `count` round numbers inside the range.
    fn round_numbers(&self, count: usize) -> Vec<f64> {
        let inside = |z: &f64| (self.low..=self.high).contains(z);
        if self.scale == Scale::Log {
            let decades = (self.low.log10().floor() as i32)..=(self.high.log10().ceil() as i32);
            for steps in [&[1.0, 2.0, 5.0][..], &[1.0, 3.0], &[1.0]] {
                let ticks = decades.clone().flat_map(|k| steps.iter().map(move |m| m * 10f64.powi(k)));
                let ticks: Vec<f64> = ticks.filter(inside).collect();
                if ticks.len() <= count {
                    return ticks;
                }
            }
            let every = (decades.clone().count() / count.max(1)).max(1) + 1;
            return decades.step_by(every).map(|k| 10f64.powi(k)).filter(inside).collect();
        }
        let rough = (self.high - self.low) / count.max(1) as f64;
        let unit = 10f64.powi(rough.log10().floor() as i32);
        let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * unit).into_iter().find(|&step| step >= rough).unwrap_or(rough);
        let first = (self.low / step).ceil() as i64;
        (first..).map(|i| i as f64 * step).take_while(|z| *z <= self.high).take(100).collect()
    }
}

impl Ranged for Ticks {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        // Far beyond the panel is as good as infinitely far.
        let place = self.place(*value).clamp(-10.0, 10.0);
        limit.0 + (place * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        self.round_numbers(hint.bold_points())
    }

    fn range(&self) -> std::ops::Range<f64> {
        self.low..self.high
    }
}

impl ValueFormatter<f64> for Ticks {
    fn format_ext(&self, value: &f64) -> String {
        let size = value.abs();
        if size < 1e-12 * (self.high - self.low) {
            return "0".into();
        }
        if (1e-3..1e5).contains(&size) {
            return digits(*value);
        }
        let exponent = size.log10().floor() as i32;
        let raised: String = exponent.to_string().chars().map(superscript).collect();
        let factor = digits(value / 10f64.powi(exponent));
        let factor = if factor == "1" { String::new() } else { format!("{factor}·") };
        format!("{factor}10{raised}")
    }
}

fn superscript(c: char) -> char {
    match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        c => char::from_u32(c as u32 - '0' as u32 + '⁰' as u32).unwrap_or(c),
    }
}

/// A picture of binary images, `width` pixels a line, ten images a row; a pixel that is on is dark.
pub fn tiles(images: &[Vec<bool>], width: usize) -> String {
    let width = width.max(1);
    let height = images.iter().map(|image| image.len().div_ceil(width)).max().unwrap_or(0);
    let (across, down) = (images.len().clamp(1, 10), images.len().div_ceil(10).max(1));
    let (total_x, total_y) = (across * (width + 2) + 2, down * (height + 2) + 2);
    let mut on = String::new();
    for (at, image) in images.iter().enumerate() {
        let (left, top) = (2 + at % 10 * (width + 2), 2 + at / 10 * (height + 2));
        for pixel in (0..image.len()).filter(|&pixel| image[pixel]) {
            on += &format!("M{} {}h1v1h-1z", left + pixel % width, top + pixel / width);
        }
    }
    let frame = |at: usize| {
        let (left, top) = (2 + at % 10 * (width + 2), 2 + at / 10 * (height + 2));
        format!("M{left} {top}h{width}v{height}h-{width}z")
    };
    let frames: String = (0..images.len()).map(frame).collect();
    let size = (1280 * total_y).div_ceil(total_x);
    format!(
        "<svg width=\"1280\" height=\"{size}\" viewBox=\"0 0 {total_x} {total_y}\" xmlns=\"http://www.w3.org/2000/svg\" \
         shape-rendering=\"crispEdges\"><title>{} samples</title><rect width=\"100%\" height=\"100%\" fill=\"#d0d0d0\"/>\
         <path fill=\"#ffffff\" d=\"{frames}\"/><path fill=\"#000000\" d=\"{on}\"/></svg>\n",
        images.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure() -> Figure {
        Figure {
            name: "T00_test",
            title: "a < b & c".into(),
            caption: "What it shows".into(),
            panels: vec![Panel {
                title: "left".into(),
                x: Axis::log("t"),
                y: Axis::linear("λ, \"value\""),
                series: vec![
                    Series {
                        errors: vec![0.25; 2],
                        ..Series::points("one, two", Role::Measurement, vec![(1.0, 2.0), (-1.0, 3.0)])
                    },
                    Series::line("law", Role::Prediction, vec![(1.0, 1.0 / 3.0), (100.0, 4.0)]),
                ],
                contours: None,
            }],
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
            Ticks::new(Scale::Linear, (0.0, 1.0)).round_numbers(5),
            [0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]
        );
        assert_eq!(Ticks::new(Scale::Log, (0.5, 150.0)).round_numbers(9).len(), 8);
        assert_eq!(Ticks::new(Scale::Log, (1e-3, 1e3)).round_numbers(7).len(), 7);
        assert_eq!(Ticks::new(Scale::Linear, (0.0, 1.0)).format_ext(&2.5e-7), "2.5·10⁻⁷");
    }
}
