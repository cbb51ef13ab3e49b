//! Markers and error bars.

use super::svg::Look;
use plotters::element::{Drawable, PointCollection};
use plotters::prelude::*;
use plotters_backend::DrawingErrorKind;

/// A marker of one of four shapes, about 10 pixels around its place.
pub(super) struct Marker<C> {
    at: C,
    look: Look,
    /// Another colour inside, for values on a scale of colours.
    value: Option<RGBColor>,
}

impl<C> Marker<C> {
    pub(super) fn new(at: C, look: Look) -> Self {
        Self { at, look, value: None }
    }

    pub(super) fn filled(self, value: Option<RGBColor>) -> Self {
        Self { value, ..self }
    }
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
        let Look { colour, marker, hollow, small, .. } = self.look;
        if let Some(value) = self.value {
            for (radius, colour) in [(18, WHITE), (16, BLACK), (13, value)] {
                backend.draw_circle((x, y), radius, &colour, true)?;
            }
            return Ok(());
        }
        if hollow {
            // Rings of several predictions of one thing lie within each other.
            return backend.draw_circle((x, y), 15 + 5 * (marker as u32 % 4), &colour.stroke_width(5), false);
        }
        let corners: &[(i32, i32)] = match (marker % 4, small) {
            (0, false) => return backend.draw_circle((x, y), 9, &colour, true),
            (0, true) => return backend.draw_circle((x, y), 6, &colour, true),
            (1, false) => &[(-8, -8), (8, -8), (8, 8), (-8, 8)],
            (1, true) => &[(-4, -4), (5, -4), (5, 5), (-4, 5)],
            (2, false) => &[(0, -12), (10, 8), (-10, 8)],
            (2, true) => &[(0, -7), (6, 5), (-6, 5)],
            (_, false) => &[(0, -12), (12, 0), (0, 12), (-12, 0)],
            (_, true) => &[(0, -7), (7, 0), (0, 7), (-7, 0)],
        };
        backend.fill_polygon(corners.iter().map(|(dx, dy)| (x + dx, y + dy)), &colour)
    }
}

/// An error bar with caps. That of plotters draws a circle in its middle, over the marker.
pub(super) struct ErrorBar<C> {
    pub(super) ends: [C; 2],
    pub(super) look: Look,
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
        // One that its marker hides would make it look like another marker.
        if (low.1 - high.1).abs() <= if self.look.small { 12 } else { 18 } {
            return Ok(());
        }
        let style = self.look.colour.stroke_width(4);
        backend.draw_line(low, high, &style)?;
        [low, high].into_iter().try_for_each(|(x, y)| backend.draw_line((x - 9, y), (x + 9, y), &style))
    }
}
