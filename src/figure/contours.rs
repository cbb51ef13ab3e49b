//! Filled contours of a function on a grid, and images.

use super::svg::{Area, BELOW, LETTERS, text};
use super::ticks::Ticks;
use super::{Axis, Contours};
use contour::ContourBuilder;
use plotters::prelude::*;

/// Levels of colours.
pub(super) const LEVELS: usize = 14;

/// Colour of a level, dark for low: the map viridis, ordered in brightness too.
pub(super) fn level_colour(level: usize) -> RGBColor {
    ViridisRGB.get_color((level as f64 + 0.5) / LEVELS as f64)
}

type Corners = [(f64, f64); 2];

/// A line around a region, without its end, which is its beginning.
pub(super) type Ring = Vec<(f64, f64)>;

impl Contours {
    pub(super) fn range(&self) -> (f64, f64) {
        self.z.iter().copied().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), z| (low.min(z), high.max(z)))
    }

    /// Level of a value, that of the nearest end where it is beyond.
    pub(super) fn level(&self, z: f64) -> usize {
        let (low, high) = self.range();
        (((z - low) / (high - low) * LEVELS as f64) as usize).min(LEVELS - 1)
    }

    /// Ends of what is shown along x and y: of pixels their outer edges.
    pub(super) fn ends(&self) -> [(f64, f64); 2] {
        [&self.x, &self.y].map(|grid| match grid[..] {
            [only] => (only - 0.5, only + 0.5),
            [first, second, ..] if self.pixels => {
                let half = 0.5 * (second - first);
                (first - half, grid[grid.len() - 1] + half)
            }
            [first, .., last] => (first, last),
            [] => (0.0, 1.0),
        })
    }

    /// Rectangles of one level each around the places of pixels, neighbours of a row joined.
    pub(super) fn cells(&self) -> Vec<(Corners, usize)> {
        let ((low, high), [x_ends, y_ends]) = (self.range(), self.ends());
        let (width, height) = (self.x.len(), self.y.len());
        if width == 0 || height == 0 || high <= low {
            return Vec::new();
        }
        let edge =
            |(first, last): (f64, f64), count: usize, at: usize| first + (last - first) * at as f64 / count as f64;
        let mut cells = Vec::new();
        for row in 0..height {
            let level = |column: usize| self.level(self.z[row * width + column]);
            let columns: Vec<usize> = (0..width).collect();
            for run in columns.chunk_by(|&a, &b| level(a) == level(b)) {
                let corner = |column: usize, row: usize| (edge(x_ends, width, column), edge(y_ends, height, row));
                cells.push(([corner(run[0], row), corner(run[0] + run.len(), row + 1)], level(run[0])));
            }
        }
        cells
    }

    /// For every level the regions where the function is at least as high, each as the ring around
    /// it and those around its holes. Between points of the grid the function is interpolated.
    pub(super) fn regions(&self) -> Vec<(usize, Vec<Vec<Ring>>)> {
        let (low, high) = self.range();
        let (width, height) = (self.x.len(), self.y.len());
        if width < 2 || height < 2 || high <= low {
            return Vec::new();
        }
        // The outermost points once more, half a cell outside: lines end at the edge of the grid.
        let inner = |at: usize, count: usize| at.clamp(1, count) - 1;
        let padded: Vec<f64> = (0..height + 2)
            .flat_map(|row| (0..width + 2).map(move |column| (row, column)))
            .map(|(row, column)| self.z[inner(row, height) * width + inner(column, width)])
            .collect();
        let thresholds: Vec<f64> = (1..LEVELS).map(|level| low + (high - low) * level as f64 / LEVELS as f64).collect();
        let along = |grid: &[f64], place: f64| {
            // A value stands in the middle of its cell, the first of the grid in the second cell.
            let place = (place - 1.5).clamp(0.0, (grid.len() - 1) as f64);
            let at = (place as usize).min(grid.len() - 2);
            grid[at] + (place - at as f64) * (grid[at + 1] - grid[at])
        };
        let ring = |ring: &geo_types::LineString<f64>| -> Ring {
            let mut places: Ring = ring.0.iter().map(|c| (along(&self.x, c.x), along(&self.y, c.y))).collect();
            places.dedup();
            if places.len() > 1 && places.first() == places.last() {
                places.pop();
            }
            places
        };
        // The one error is a number of values other than that of the grid.
        let found = ContourBuilder::new(width + 2, height + 2, true).contours(&padded, &thresholds).unwrap_or_default();
        found
            .iter()
            .zip(1..)
            .map(|(contour, level)| {
                let rings = contour
                    .geometry()
                    .iter()
                    .map(|one| std::iter::once(one.exterior()).chain(one.interiors()).map(ring).collect())
                    .collect();
                (level, rings)
            })
            .collect()
    }

    /// The scale of the colours, in an area of its own.
    pub(super) fn draw_bar(&self, area: &Area<'_>) -> Result<(), String> {
        let (low, high) = self.range();
        let ticks = Ticks::new(&Axis::linear(""), (low, high));
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
