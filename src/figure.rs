//! Figures: CSV first, SVG from it. The only place that imports plotters.

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

/// A figure: one to four panels and what a reader should see in them.
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
