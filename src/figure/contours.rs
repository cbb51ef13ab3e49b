//! Contour lines of a function on a grid.

use super::svg::{Area, BELOW, LETTERS, text};
use super::ticks::Ticks;
use super::{Contours, Scale};
use plotters::prelude::*;

/// Levels of filled contours.
pub(super) const LEVELS: usize = 14;

/// Colour of a level, dark for low: the map viridis, ordered in brightness too.
pub(super) fn level_colour(level: usize) -> RGBColor {
    ViridisRGB.get_color((level as f64 + 0.5) / LEVELS as f64)
}

type Corners = [(f64, f64); 2];

impl Contours {
    pub(super) fn range(&self) -> (f64, f64) {
        self.z.iter().copied().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), z| (low.min(z), high.max(z)))
    }

    /// Rectangles of one level each, neighbours of a row joined, on a grid made finer by bilinear
    /// interpolation.
    pub(super) fn cells(&self) -> Vec<(Corners, usize)> {
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
    pub(super) fn draw_bar(&self, area: &Area<'_>) -> Result<(), String> {
        let (low, high) = self.range();
        let ticks = Ticks::new(Scale::Linear, (low, high));
        let mut chart = ChartBuilder::on(area)
            .margin_bottom(BELOW)
            .margin_right(60)
            .y_label_area_size(160)
            .build_cartesian_2d(0.0..1.0, ticks)
            .map_err(text)?;
        let step = (high - low) / LEVELS as f64;
        let cell = |level: usize| {
            let at = |level: usize| low + step * level as f64;
            Rectangle::new([(0.0, at(level)), (1.0, at(level + 1))], level_colour(level).filled())
        };
        chart.draw_series((0..LEVELS).map(cell)).map_err(text)?;
        let mut mesh = chart.configure_mesh();
        mesh.disable_mesh().disable_x_axis().y_labels(7).label_style(("sans-serif", LETTERS));
        mesh.set_tick_mark_size(LabelAreaPosition::Left, 9);
        mesh.draw().map_err(text)
    }
}
