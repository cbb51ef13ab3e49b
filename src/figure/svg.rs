//! Figures as SVG.

use super::contours::level_colour;
use super::marks::{ErrorBar, Marker};
use super::ticks::Ticks;
use super::{Axis, Figure, FigureError, Panel, Role, Scale, Series};
use plotters::coord::Shift;
use plotters::prelude::*;

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

pub(super) fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

pub(super) fn escape(words: &str) -> String {
    words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A number with 6 significant digits, in its shortest form.
pub(super) fn digits(x: f64) -> String {
    format!("{x:.5e}").parse::<f64>().map_or_else(|_| x.to_string(), |short| short.to_string())
}

/// Okabe and Ito's colours, the strongest first.
pub(super) const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
];

pub(super) const GREY: RGBColor = RGBColor(140, 140, 140);

pub(super) const DARK: RGBColor = RGBColor(60, 60, 60);

/// How one series looks.
#[derive(Clone, Copy)]
pub(super) struct Look {
    pub(super) colour: RGBColor,
    pub(super) marker: usize,
    pub(super) width: u32,
    pub(super) dashed: bool,
}

impl Figure {
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

impl Panel {
    /// Colours go by the place of a series among those of its role; one prediction is black, one
    /// guide dark grey.
    pub(super) fn looks(&self) -> Vec<Look> {
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
    pub(super) fn extent(&self, axis: &Axis, pick: impl Fn(&Series) -> Vec<f64>, cells: Option<&[f64]>) -> (f64, f64) {
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

    pub(super) fn draw(&self, area: &Area<'_>) -> Result<(), String> {
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
pub(super) fn legend_rows(series: &[Series], width: i32) -> Vec<(usize, usize, i32)> {
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
