//! Figures as SVG.

use super::contours::level_colour;
use super::marks::{ErrorBar, Marker};
use super::ticks::Ticks;
use super::{Axis, Figure, FigureError, Panel, Role, Scale, Series};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

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

/// Width of a panel in pixels. Coordinates are whole pixels: curves of a smaller one would show
/// stairs.
pub(super) const WIDTH: u32 = 1280;

/// Height of the plot alone.
pub(super) const PLOT: u32 = 600;

/// Sizes of letters. Plotters writes a font of 1/1.24 of these: the smallest is 11 pixels high
/// where a panel is shown 370 wide.
pub(super) const LETTERS: u32 = 48;
pub(super) const TITLE: u32 = 54;

/// Distance of two lines of text of a size.
fn line(size: u32) -> u32 {
    size * 6 / 5
}

/// Width of so many letters of a sans-serif font: a little more than half their height each.
fn width_of(letters: usize, size: u32) -> i32 {
    letters as i32 * size as i32 * 56 / 100
}

/// A text in lines that fit into a width.
pub(super) fn lines(words: &str, size: u32, width: u32) -> Vec<String> {
    if words.is_empty() {
        return Vec::new();
    }
    let letters = (width as usize * 100 / (size as usize * 56)).max(1);
    textwrap::wrap(words, letters).into_iter().map(|line| line.into_owned()).collect()
}

/// Writes lines below each other from `top` on.
fn write(area: &Area<'_>, words: &[String], (x, top): (i32, u32), size: u32, h_pos: HPos) -> Result<(), String> {
    for (at, words) in words.iter().enumerate() {
        let style = TextStyle::from(("sans-serif", size).into_font()).pos(Pos::new(h_pos, VPos::Top));
        let y = top + at as u32 * line(size);
        area.draw(&Text::new(words.clone(), (x, y as i32), style)).map_err(text)?;
    }
    Ok(())
}

impl Figure {
    /// The whole picture: its title, and panels in at most two columns.
    ///
    /// # Errors
    /// When the drawing library refuses.
    pub fn to_svg(&self) -> Result<String, FigureError> {
        let columns = self.panels.len().clamp(1, 2) as u32;
        let title = lines(&self.title, TITLE, WIDTH * columns - 2 * SIDE);
        let head = 20 + line(TITLE) * title.len() as u32;
        // The last of an odd number of panels is as wide as all columns.
        let rows: Vec<(u32, &[Panel])> = self
            .panels
            .chunks(columns as usize)
            .map(|row| {
                let width = WIDTH * columns / row.len() as u32;
                (row.iter().map(|panel| panel.height(width)).max().unwrap_or(0), row)
            })
            .collect();
        let size = (WIDTH * columns, head + rows.iter().map(|(height, _)| height).sum::<u32>());
        self.svg(size, &self.title, |root| {
            write(root, &title, (size.0 as i32 / 2, 16), TITLE, HPos::Center)?;
            let mut top = head;
            let mut letters = 'a'..='z';
            for (height, row) in rows {
                let (_, below) = root.split_vertically(top);
                let (area, _) = below.split_vertically(height);
                for (panel, area) in row.iter().zip(area.split_evenly((1, row.len()))) {
                    let letter = letters.next().filter(|_| self.panels.len() > 1);
                    panel.draw(&area, letter)?;
                }
                top += height;
            }
            Ok(())
        })
    }

    /// Every panel as a picture of its own, for a page that lays them out.
    ///
    /// # Errors
    /// As [`Self::to_svg`].
    pub fn to_svgs(&self) -> Result<Vec<String>, FigureError> {
        let one = |(panel, letter): (&Panel, char)| {
            let letter = Some(letter).filter(|_| self.panels.len() > 1);
            let title = match &panel.title {
                none if none.is_empty() => self.title.clone(),
                own => format!("{}: {own}", self.title),
            };
            self.svg((WIDTH, panel.height(WIDTH)), &title, |root| panel.draw(root, letter))
        };
        self.panels.iter().zip('a'..='z').map(one).collect()
    }

    fn svg(
        &self,
        size: (u32, u32),
        title: &str,
        draw: impl FnOnce(&Area<'_>) -> Result<(), String>,
    ) -> Result<String, FigureError> {
        let mut svg = String::new();
        let drawn = {
            let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
            root.fill(&WHITE).map_err(text).and_then(|()| draw(&root)).and_then(|()| root.present().map_err(text))
        };
        drawn.map_err(|message| FigureError::Draw { figure: self.name, message })?;
        let (title, caption) = (escape(title), escape(&self.caption));
        // Cells of a picture would show seams where they meet between two pixels of the screen.
        let cells = |panel: &Panel| panel.contours.is_some() || panel.series.iter().any(|s| !s.shades.is_empty());
        let crisp =
            if self.panels.iter().any(cells) { "<style>.cells rect{shape-rendering:crispEdges}</style>" } else { "" };
        let words = format!("<title>{title}</title><desc>{caption}</desc>{crisp}");
        let at = svg.find("<svg").and_then(|start| Some(start + svg[start..].find('>')? + 1)).unwrap_or(0);
        svg.insert_str(at, &words);
        if !crisp.is_empty() {
            svg = svg.replacen("<svg ", "<svg class=\"cells\" ", 1);
        }
        Ok(svg)
    }
}

/// Room on both sides of texts.
const SIDE: u32 = 24;

/// Room for the numbers of the vertical axis, and right of the plot for half of the last number
/// below it.
pub(super) const NUMBERS: u32 = 200;
pub(super) const RIGHT: u32 = 64;

/// Room for the numbers of the horizontal axis, and that of the scale of colours.
pub(super) const BELOW: u32 = 76;
pub(super) const SCALE_OF_COLOURS: u32 = 260;

/// Texts of a panel that is so wide, in lines.
struct Texts {
    title: Vec<String>,
    y: Vec<String>,
    x: Vec<String>,
    colours: Vec<String>,
}

impl Texts {
    fn of(panel: &Panel, letter: Option<char>, width: u32) -> Self {
        let letter = letter.map_or_else(String::new, |letter| format!("({letter}) "));
        let of = |words: &str, size: u32| lines(words, size, width - 2 * SIDE);
        let colours = panel.contours.as_ref().map(|contours| format!("colours: {}", contours.label));
        Self {
            title: of(&format!("{letter}{}", panel.title), TITLE),
            y: of(&panel.y.label, LETTERS),
            x: of(&panel.x.label, LETTERS),
            colours: colours.map_or_else(Vec::new, |words| of(&words, LETTERS)),
        }
    }

    /// Heights above the plot, and below it without the legend.
    fn heights(&self) -> (u32, u32) {
        let above = 12 + line(TITLE) * self.title.len() as u32 + line(LETTERS) * self.y.len() as u32 + 14;
        (above, BELOW + line(LETTERS) * (self.x.len() + self.colours.len()) as u32 + 10)
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
                    Role::Prediction if alone(Role::Prediction) => (BLACK, 5, false),
                    Role::Prediction => (cycle, 5, false),
                    Role::Measurement => (cycle, 4, false),
                    Role::Falsifier => (GREY, 4, false),
                    Role::Guide if alone(Role::Guide) => (DARK, 4, true),
                    Role::Guide => (cycle, 4, true),
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
            Some(cells) => match cells.iter().copied().fold(start, fold) {
                // One line of cells is as wide as one step.
                (low, high) if low == high => return (low - 0.5, high + 0.5),
                ends => return ends,
            },
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

    /// Whether both axes count pixels.
    fn is_picture(&self) -> bool {
        let pixels = self.contours.as_ref().is_some_and(|contours| contours.pixels);
        pixels || self.series.iter().any(|series| !series.shades.is_empty())
    }

    /// Height that the panel needs at a width.
    fn height(&self, width: u32) -> u32 {
        let (above, below) = Texts::of(self, Some('a'), width).heights();
        let rows = legend_rows(&self.series, width as i32).last().map_or(0, |&(_, row, _)| row as u32 + 1);
        above + PLOT + below + LEGEND_ROW * rows + 14
    }

    pub(super) fn draw(&self, area: &Area<'_>, letter: Option<char>) -> Result<(), String> {
        let looks = self.looks();
        let width = area.dim_in_pixel().0;
        let texts = Texts::of(self, letter, width);
        let (above, below) = texts.heights();
        write(area, &texts.title, (SIDE as i32, 12), TITLE, HPos::Left)?;
        let under = 12 + line(TITLE) * texts.title.len() as u32;
        write(area, &texts.y, (SIDE as i32, under), LETTERS, HPos::Left)?;
        let (head, legend) = area.split_vertically(above + PLOT + below);
        let (_, plot) = head.split_vertically(above);
        let words = PLOT + BELOW;
        let colours = if self.contours.is_some() { SCALE_OF_COLOURS } else { 0 };
        let middle = (NUMBERS + (width - colours - NUMBERS - RIGHT) / 2) as i32;
        write(&plot, &texts.x, (middle, words), LETTERS, HPos::Center)?;
        let words = words + line(LETTERS) * texts.x.len() as u32;
        write(&plot, &texts.colours, (SIDE as i32, words), LETTERS, HPos::Left)?;
        let (plot, _) = plot.split_vertically(PLOT + BELOW);
        let (plot, bar) = match self.contours {
            Some(_) => {
                let (left, right) = plot.split_horizontally(width - SCALE_OF_COLOURS);
                (left, Some(right))
            }
            None => (plot, None),
        };
        self.draw_plot(&plot, &looks)?;
        self.draw_legend(&legend, &looks)?;
        match (&self.contours, bar) {
            (Some(contours), Some(bar)) => contours.draw_bar(&bar),
            _ => Ok(()),
        }
    }

    fn draw_plot(&self, plot: &Area<'_>, looks: &[Look]) -> Result<(), String> {
        let half_width = |series: &Series| match (series.bars, &series.points[..]) {
            (true, [a, b, ..]) => 0.5 * (b.0 - a.0),
            // Squares around their points.
            _ if !series.shades.is_empty() => 0.5,
            _ => 0.0,
        };
        let xs = |series: &Series| -> Vec<f64> {
            let half = half_width(series);
            series.points.iter().flat_map(|p| [p.0 - half, p.0 + half]).collect()
        };
        let ys = |series: &Series| -> Vec<f64> {
            let square = if series.shades.is_empty() { 0.0 } else { 0.5 };
            let error = |at: usize| series.errors.get(at).copied().unwrap_or(square);
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
        // Pixels are as high as wide: the plot is as narrow as they are.
        let (room, height) = (plot.dim_in_pixel().0 - NUMBERS - RIGHT, f64::from(PLOT));
        let wanted = (height * (x.high - x.low) / (y.high - y.low)).round() as u32;
        let spare = if self.is_picture() { room.saturating_sub(wanted) } else { 0 };
        let mut chart = ChartBuilder::on(plot)
            .margin_left(spare / 2)
            .margin_right(RIGHT + spare - spare / 2)
            .x_label_area_size(BELOW)
            .y_label_area_size(NUMBERS)
            .build_cartesian_2d(x, y)
            .map_err(text)?;
        if let Some(contours) = &self.contours {
            for (corners, level) in contours.cells() {
                chart.draw_series([Rectangle::new(corners, level_colour(level).filled())]).map_err(text)?;
            }
        }
        let picture = self.contours.is_some() || self.series.iter().any(|series| !series.shades.is_empty());
        let mut mesh = chart.configure_mesh();
        mesh.label_style(("sans-serif", LETTERS)).x_labels(6).y_labels(7).max_light_lines(0);
        mesh.axis_style(BLACK.stroke_width(2)).set_all_tick_mark_size(9);
        mesh.bold_line_style(BLACK.mix(if picture { 0.0 } else { 0.12 }).stroke_width(2));
        mesh.draw().map_err(text)?;

        let visible = |p: &&(f64, f64)| {
            let shown = |z: f64, axis: &Axis| z.is_finite() && (axis.scale == Scale::Linear || z > 0.0);
            shown(p.0, &self.x) && shown(p.1, &self.y)
        };
        for (series, look) in self.series.iter().zip(looks) {
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
                let half = half_width(series);
                let bar = |&(x, y): &(f64, f64)| {
                    Rectangle::new([(x - half, 0.0), (x + half, y)], look.colour.mix(0.45).filled())
                };
                chart.draw_series(points.iter().map(bar)).map_err(text)?;
                continue;
            }
            if series.connect || matches!(series.role, Role::Prediction | Role::Guide) && points.len() > 1 {
                let style = look.colour.stroke_width(look.width);
                if look.dashed {
                    chart.draw_series(DashedLineSeries::new(points.clone(), 16, 10, style)).map_err(text)?;
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
        Ok(())
    }

    fn draw_legend(&self, legend: &Area<'_>, looks: &[Look]) -> Result<(), String> {
        for (at, row, left) in legend_rows(&self.series, legend.dim_in_pixel().0 as i32) {
            let (series, look) = (&self.series[at], &looks[at]);
            let y = 30 + LEGEND_ROW as i32 * row as i32;
            if !series.shades.is_empty() {
                let frame = Rectangle::new([(left + 14, y - 12), (left + 38, y + 12)], BLACK.filled());
                legend.draw(&frame).map_err(text)?;
            } else if series.bars {
                let sample = Rectangle::new([(left, y - 12), (left + 52, y + 12)], look.colour.mix(0.45).filled());
                legend.draw(&sample).map_err(text)?;
            } else if series.connect || series.role == Role::Guide {
                let dashes: &[(i32, i32)] = if look.dashed { &[(0, 16), (26, 42)] } else { &[(0, 52)] };
                for (from, to) in dashes {
                    let style = look.colour.stroke_width(look.width);
                    legend.draw(&PathElement::new([(left + from, y), (left + to, y)], style)).map_err(text)?;
                }
            }
            let marked = series.shades.is_empty() && !series.bars;
            if marked && (series.role == Role::Measurement || !series.connect && series.role != Role::Guide) {
                legend.draw(&Marker { at: (left + 26, y), look: *look }).map_err(text)?;
            }
            let style = TextStyle::from(("sans-serif", LETTERS).into_font()).pos(Pos::new(HPos::Left, VPos::Center));
            legend.draw(&Text::new(series.label.clone(), (left + SAMPLE, y), style)).map_err(text)?;
        }
        Ok(())
    }
}

/// Height of a row of the legend, and the place of an entry's words behind its sample.
pub(super) const LEGEND_ROW: u32 = 62;
pub(super) const SAMPLE: i32 = 66;

/// (series, row, left edge) of every legend entry, filling rows from the left.
pub(super) fn legend_rows(series: &[Series], width: i32) -> Vec<(usize, usize, i32)> {
    let start = SIDE as i32;
    let (mut row, mut left) = (0, start);
    series
        .iter()
        .enumerate()
        .map(|(at, series)| {
            let needed = SAMPLE + 36 + width_of(series.label.chars().count(), LETTERS);
            if left > start && left + needed > width {
                (row, left) = (row + 1, start);
            }
            let entry = (at, row, left);
            left += needed;
            entry
        })
        .collect()
}
