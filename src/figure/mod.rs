//! Figures: CSV and SVG from the same data. The only place that imports plotters.
//!
//! One look for all: predictions are lines, or rings at single places, measurements points with
//! error bars, falsifiers grey, references dashed. Colours are those of Okabe and Ito, told apart
//! by colour-blind readers too; markers differ in shape as well.

mod contours;
mod csv;
mod legend;
mod marks;
mod packed;
mod svg;
#[cfg(test)]
mod tests;
mod ticks;
mod tiles;

use crate::{file, math};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
pub(crate) use tiles::tiles;

/// The role of a series, which fixes its look in every figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// What the theory says: a line, or hollow markers where it has a value at single places only.
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
    /// Draws bars from zero (histograms; points are bin centres, equally spaced) instead of
    /// markers.
    pub bars: bool,
    /// Fills what lies within `errors` of the line instead of drawing error bars.
    pub band: bool,
    /// Place among the colours; by default that among the series of the role.
    pub colour: Option<usize>,
    /// Whether its markers are small, as those of many points are.
    pub small: bool,
    /// Points (x, y).
    pub points: Vec<(f64, f64)>,
    /// Half-widths in y, of error bars one standard error, of a band half of it; empty, or as long
    /// as `points`.
    pub errors: Vec<f64>,
    /// Values on the scale of the panel's contours, whose colours fill the markers; empty, or as
    /// long as `points`.
    pub values: Vec<f64>,
    /// Shades, 0 white to 1 black, of unit squares around `points` instead of markers (images;
    /// left-out points are white); empty, or as long as `points`.
    pub shades: Vec<f64>,
}

/// Linear or logarithmic scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Linear.
    Linear,
    /// Base-10 logarithmic; points that are not positive are left out of the picture and kept in
    /// the CSV.
    Log,
}

/// An axis: symbol, name and unit in one label.
#[derive(Clone, Debug)]
pub struct Axis {
    /// For example `λ, singular value (energy unit)`.
    pub label: String,
    /// Its scale.
    pub scale: Scale,
    /// Whether it counts: ticks at whole numbers only.
    pub whole: bool,
    /// Ends of what is shown beside the numbers of the panel itself, for panels that compare.
    pub beside: Option<(f64, f64)>,
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
    /// Names of regions, written around places (x, y).
    pub regions: Vec<((f64, f64), String)>,
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
    /// Whether the grid is that of an image, whose pixels are as high as wide.
    pub pixels: bool,
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
            band: false,
            colour: None,
            small: false,
            points,
            errors: Vec::new(),
            values: Vec::new(),
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

    /// The area between two values (low, high) of y over two ends of x.
    pub fn band(label: &str, role: Role, ends: [f64; 2], (low, high): (f64, f64)) -> Self {
        let points = ends.map(|x| (x, 0.5 * (low + high))).to_vec();
        Self { band: true, errors: vec![0.5 * (high - low); 2], ..Self::new(label, role, points) }
    }

    /// The same series with small markers, which leave visible what lies below them.
    pub fn small(self) -> Self {
        Self { small: true, ..self }
    }

    /// The same series with this place among the colours.
    pub fn coloured(self, place: usize) -> Self {
        Self { colour: Some(place), ..self }
    }
}

impl Axis {
    /// A linear axis with its label.
    pub fn linear(label: &str) -> Self {
        Self { label: label.to_string(), scale: Scale::Linear, whole: false, beside: None }
    }

    /// A linear axis of numbers that count something.
    pub fn count(label: &str) -> Self {
        Self { whole: true, ..Self::linear(label) }
    }

    /// A logarithmic axis with its label.
    pub fn log(label: &str) -> Self {
        Self { scale: Scale::Log, ..Self::linear(label) }
    }
}

impl Panel {
    /// A panel without series.
    pub fn new(title: impl Into<String>, x: Axis, y: Axis) -> Self {
        Self { title: title.into(), x, y, series: Vec::new(), contours: None, regions: Vec::new() }
    }

    /// The same panel with these series, drawn in this order.
    pub fn with(self, series: impl IntoIterator<Item = Series>) -> Self {
        Self { series: series.into_iter().collect(), ..self }
    }

    /// The same panel over these contours.
    pub fn over(self, contours: Contours) -> Self {
        Self { contours: Some(contours), ..self }
    }
}

impl Figure {
    /// The same figure with one vertical axis for all of its panels.
    pub fn sharing_y(mut self) -> Self {
        let fold = |ends: Option<(f64, f64)>, (low, high): (f64, f64)| match ends {
            Some((least, most)) => Some((math::smaller(least, low), math::larger(most, high))),
            None => Some((low, high)),
        };
        let all = self.panels.iter().filter_map(|panel| panel.ends().1).fold(None, fold);
        self.panels.iter_mut().for_each(|panel| panel.y.beside = all);
        self
    }

    /// The same figure, whose words name `to` where they named `from`.
    pub fn renamed(mut self, from: &str, to: &str) -> Self {
        let of = |words: &mut String| *words = words.replace(from, to);
        of(&mut self.title);
        of(&mut self.caption);
        for panel in &mut self.panels {
            [&mut panel.title, &mut panel.x.label, &mut panel.y.label].into_iter().for_each(of);
            panel.series.iter_mut().for_each(|series| of(&mut series.label));
            panel.regions.iter_mut().for_each(|(_, name)| of(name));
        }
        self
    }

    /// Writes `<name>.csv` and `<name>.svg` into `dir`. The picture says what it was made of:
    /// version, name, `of` (seed and sizes in words) and the checksum of its table.
    ///
    /// # Errors
    /// When it cannot be drawn or written.
    pub fn write(&self, dir: &Path, of: &str) -> Result<[PathBuf; 2], FigureError> {
        let paths = ["csv", "svg"].map(|ending| dir.join(format!("{}.{ending}", self.name)));
        let (csv, mut svg) = (self.to_csv(), self.to_svg()?);
        let made = format!(
            "<metadata>rbm-landscape {}; {}; {}; sha256 of its table: {}</metadata>",
            env!("CARGO_PKG_VERSION"),
            self.name,
            svg::escape(of),
            file::hex(&Sha256::digest(&csv))
        );
        if let Some(at) = svg.find("<desc>") {
            svg.insert_str(at, &made);
        }
        for (path, text) in paths.iter().zip([csv, svg]) {
            file::replace(path, text.as_bytes()).map_err(|source| FigureError::Write { path: path.clone(), source })?;
        }
        Ok(paths)
    }
}
