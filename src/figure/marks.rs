//! Markers and error bars.

use super::svg::Look;
use plotters::element::{Drawable, PointCollection};
use plotters::prelude::*;
use plotters_backend::DrawingErrorKind;

/// A marker of one of four shapes, about 10 pixels around its place.
pub(super) struct Marker<C> {
    pub(super) at: C,
    pub(super) look: Look,
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
            0 => return backend.draw_circle((x, y), 9, &self.look.colour, true),
            1 => &[(-8, -8), (8, -8), (8, 8), (-8, 8)],
            2 => &[(0, -12), (10, 8), (-10, 8)],
            _ => &[(0, -12), (12, 0), (0, 12), (-12, 0)],
        };
        backend.fill_polygon(corners.iter().map(|(dx, dy)| (x + dx, y + dy)), &self.look.colour)
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
        let style = self.look.colour.stroke_width(4);
        backend.draw_line(low, high, &style)?;
        [low, high].into_iter().try_for_each(|(x, y)| backend.draw_line((x - 9, y), (x + 9, y), &style))
    }
}
