//! Figures as SVG.

use super::contours::{Ring, level_colour};
use super::legend::{self, Entry};
use super::marks::{ErrorBar, Marker};
use super::packed::packed;
use super::ticks::Ticks;
use super::{Axis, Figure, FigureError, Panel, Role, Scale, Series};
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

pub(super) fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

pub(super) fn escape(words: &str) -> String {
    // Control characters are none of XML, however they are written.
    let words: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
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

/// A colour on white paper, hiding what is behind it.
pub(super) fn pale(colour: RGBColor, share: f64) -> RGBColor {
    let part = |z: u8| (255.0 + share * (f64::from(z) - 255.0)).round() as u8;
    RGBColor(part(colour.0), part(colour.1), part(colour.2))
}

/// Share of its colour that a band has.
pub(super) const BAND: f64 = 0.16;

/// How one series looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Look {
    pub(super) colour: RGBColor,
    pub(super) marker: usize,
    pub(super) width: u32,
    pub(super) dashed: bool,
    /// Markers around those of measurements, not over them.
    pub(super) hollow: bool,
    /// Markers of a cloud.
    pub(super) small: bool,
}

/// End of the title of a picture that is the legend of others.
const LEGEND: &str = ": legend";

/// Points of a series from which on its markers are small.
const CLOUD: usize = 150;

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
pub(super) fn line(size: u32) -> u32 {
    size * 6 / 5
}

/// Width of so many letters of a sans-serif font: a little more than half their height each.
pub(super) fn width_of(letters: usize, size: u32) -> i32 {
    letters as i32 * size as i32 * 56 / 100
}

/// A text in lines that fit into a width.
pub(super) fn lines(words: &str, size: u32, width: u32) -> Vec<String> {
    if words.is_empty() {
        return Vec::new();
    }
    let letters = (width as usize * 100 / (size as usize * 56)).max(1);
    // An equation stays in one line.
    let kept = [" = ", " x ", " > ", " < "]
        .iter()
        .fold(words.to_string(), |words, sign| words.replace(sign, &sign.replace(' ', "\u{a0}")));
    textwrap::wrap(&kept, letters).into_iter().map(|line| line.replace('\u{a0}', " ")).collect()
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
        let shared = self.shared_legend();
        // The last of an odd number of panels is as wide as all columns.
        let rows: Vec<(u32, &[Panel])> = self
            .panels
            .chunks(columns as usize)
            .map(|row| {
                let width = WIDTH * columns / row.len() as u32;
                (row.iter().map(|panel| panel.height(width, shared.is_none())).max().unwrap_or(0), row)
            })
            .collect();
        let foot = shared.as_ref().map_or(0, |entries| legend::height(entries, WIDTH * columns) + 14);
        let size = (WIDTH * columns, head + rows.iter().map(|(height, _)| height).sum::<u32>() + foot);
        self.svg(size, &self.title, |root| {
            write(root, &title, (size.0 as i32 / 2, 16), TITLE, HPos::Center)?;
            let mut top = head;
            let mut letters = 'a'..='z';
            for (height, row) in rows {
                let (_, below) = root.split_vertically(top);
                let (area, _) = below.split_vertically(height);
                for (panel, area) in row.iter().zip(area.split_evenly((1, row.len()))) {
                    let letter = letters.next().filter(|_| self.panels.len() > 1);
                    panel.draw(&area, letter, shared.is_none())?;
                }
                top += height;
            }
            match &shared {
                Some(entries) => legend::draw(entries, &root.split_vertically(top).1),
                None => Ok(()),
            }
        })
    }

    /// Every panel as a picture of its own, for a page that lays them out, and the legend of all
    /// where they share it.
    ///
    /// # Errors
    /// As [`Self::to_svg`].
    pub fn to_svgs(&self) -> Result<Vec<String>, FigureError> {
        let shared = self.shared_legend();
        let one = |(panel, letter): (&Panel, char)| {
            let letter = Some(letter).filter(|_| self.panels.len() > 1);
            let title = match &panel.title {
                none if none.is_empty() => self.title.clone(),
                own => format!("{}: {own}", self.title),
            };
            let own = shared.is_none();
            let size = (WIDTH, panel.height(WIDTH, own));
            self.svg(size, &title, |root| panel.draw(root, letter, own)).map(|svg| packed(&svg))
        };
        let mut pictures = self.panels.iter().zip('a'..='z').map(one).collect::<Result<Vec<_>, _>>()?;
        if let Some(entries) = &shared {
            let title = format!("{}{LEGEND}", self.title);
            let size = (WIDTH, legend::height(entries, WIDTH) + 14);
            pictures.push(self.svg(size, &title, |root| legend::draw(entries, root))?);
        }
        Ok(pictures)
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
        let crisp = if self.panels.iter().any(Panel::is_picture) {
            "<style>.cells :is(rect,path){shape-rendering:crispEdges}</style>"
        } else {
            ""
        };
        let words = format!("<title>{title}</title><desc>{caption}</desc>{crisp}");
        let at = svg.find("<svg").and_then(|start| Some(start + svg[start..].find('>')? + 1)).unwrap_or(0);
        svg.insert_str(at, &words);
        let class = match title.ends_with(LEGEND) {
            true => " class=\"legend\"",
            false if crisp.is_empty() => "",
            false => " class=\"cells\"",
        };
        Ok(compact(svg).replacen(" xmlns=", &format!("{class} role=\"img\" font-family=\"sans-serif\" xmlns="), 1))
    }
}

/// A picture without what is so by itself.
fn compact(svg: String) -> String {
    let font = format!("font-size=\"{}\"", f64::from(LETTERS) / 1.24);
    let title = format!("font-size=\"{}\"", f64::from(TITLE) / 1.24);
    let gone =
        [" opacity=\"1\"", " stroke=\"none\" stroke-width=\"1\"", " stroke=\"none\"", " font-family=\"sans-serif\""];
    let short = gone.iter().fold(svg, |svg, words| svg.replace(words, ""));
    short.replace(&font, "font-size=\"38.7\"").replace(&title, "font-size=\"43.5\"").replace(" \"/>", "\"/>")
}

/// Room on both sides of texts.
pub(super) const SIDE: u32 = 24;

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
        let places: Vec<usize> = self
            .series
            .iter()
            .map(|series| {
                let place = seen[series.role as usize];
                seen[series.role as usize] += 1;
                place
            })
            .collect();
        let chosen = |series: &Series, place: usize| COLOURS[series.colour.unwrap_or(place) % COLOURS.len()];
        // A prediction has the colour of what was measured of it.
        let measured = |series: &Series| {
            let same = |(other, _): &(&Series, &usize)| other.role == Role::Measurement && other.label == series.label;
            self.series.iter().zip(&places).find(same).map(|(other, place)| chosen(other, *place))
        };
        let look = |(series, &place): (&Series, &usize)| {
            let (own, line) = (series.colour.is_some(), measured(series));
            let cycle = chosen(series, place);
            let (colour, width, dashed) = match series.role {
                Role::Prediction => match line {
                    Some(colour) => (colour, 5, false),
                    None if alone(Role::Prediction) && !own => (BLACK, 5, false),
                    None => (cycle, 5, false),
                },
                Role::Measurement => (cycle, 4, false),
                Role::Falsifier => (GREY, 4, false),
                Role::Guide if alone(Role::Guide) && !own => (DARK, 4, true),
                Role::Guide => (cycle, 4, true),
            };
            let hollow = series.role == Role::Prediction && !series.connect;
            let small = series.small || series.points.len() >= CLOUD && !series.connect;
            Look { colour, marker: place, width, dashed, hollow, small }
        };
        self.series.iter().zip(&places).map(look).collect()
    }

    /// Lowest and highest number that has to be visible along x and along y, if there is any.
    pub(super) fn ends(&self) -> (Option<Ends>, Option<Ends>) {
        if let Some(contours) = &self.contours {
            let [x, y] = contours.ends();
            return (Some(x), Some(y));
        }
        let of = |axis: &Axis, values: &mut dyn Iterator<Item = f64>| {
            let shown = |z: &f64| z.is_finite() && (axis.scale == Scale::Linear || *z > 0.0);
            let start = (f64::INFINITY, f64::NEG_INFINITY);
            let (low, high) = values.filter(shown).fold(start, |(low, high), z| (low.min(z), high.max(z)));
            (low <= high).then_some((low, high))
        };
        let xs = |series: &Series| -> Vec<f64> {
            let half = series.half_width();
            series.points.iter().flat_map(|p| [p.0 - half, p.0 + half]).collect()
        };
        let ys = |series: &Series| -> Vec<f64> {
            let square = if series.shades.is_empty() { 0.0 } else { 0.5 };
            let error = |at: usize| series.errors.get(at).copied().unwrap_or(square);
            // An error bar that reaches zero must not stretch a logarithmic axis.
            let least = |y: f64| if self.y.scale == Scale::Log && !series.band { y / 3.0 } else { f64::NEG_INFINITY };
            let low = |at: usize, y: f64| (y - error(at)).max(least(y));
            let points = series.points.iter().enumerate();
            let mut all: Vec<f64> = points.flat_map(|(at, p)| [low(at, p.1), p.1 + error(at)]).collect();
            all.extend(series.bars.then_some(0.0));
            all
        };
        let (x, y) = (self.series.iter().flat_map(xs), self.series.iter().flat_map(ys));
        (of(&self.x, &mut { x }), of(&self.y, &mut { y }))
    }

    /// What an axis shows, of these numbers and of those beside them.
    pub(super) fn extent(&self, axis: &Axis, own: Option<(f64, f64)>, along: fn(&(f64, f64)) -> f64) -> (f64, f64) {
        let marked = self.series.iter().filter(|series| series.marked());
        let marked_at_zero = marked.flat_map(|series| &series.points).any(|point| along(point) == 0.0);
        let (low, high) = match (own, axis.beside) {
            (Some((a, b)), Some((c, d))) => (a.min(c), b.max(d)),
            (Some(ends), None) | (None, Some(ends)) => ends,
            (None, None) => return (0.1, 1.0),
        };
        match axis.scale {
            // Contours fill the panel.
            _ if self.contours.is_some() => (low, high),
            Scale::Log => (low / 1.25, high * 1.25),
            Scale::Linear => {
                let pad = if high > low { 0.04 * (high - low) } else { 0.5 * high.abs().max(1.0) };
                // Lines and bars begin on the axis; of markers there it would hide a half.
                (if low == 0.0 && !marked_at_zero { 0.0 } else { low - pad }, high + pad)
            }
        }
    }

    /// Whether both axes count pixels.
    fn is_picture(&self) -> bool {
        let pixels = self.contours.as_ref().is_some_and(|contours| contours.pixels);
        pixels || self.series.iter().any(|series| !series.shades.is_empty())
    }

    /// Height that the panel needs at a width, with a legend of its own or without.
    fn height(&self, width: u32, own: bool) -> u32 {
        let (above, below) = Texts::of(self, Some('a'), width).heights();
        let entries: Vec<Entry> = if own { self.legend() } else { Vec::new() };
        above + PLOT + below + legend::height(&entries, width) + 14
    }

    fn draw(&self, area: &Area<'_>, letter: Option<char>, own: bool) -> Result<(), String> {
        let width = area.dim_in_pixel().0;
        let texts = Texts::of(self, letter, width);
        let (above, below) = texts.heights();
        write(area, &texts.title, (SIDE as i32, 12), TITLE, HPos::Left)?;
        let under = 12 + line(TITLE) * texts.title.len() as u32;
        write(area, &texts.y, (SIDE as i32, under), LETTERS, HPos::Left)?;
        let (head, foot) = area.split_vertically(above + PLOT + below);
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
        self.draw_plot(&plot)?;
        if own {
            legend::draw(&self.legend(), &foot)?;
        }
        match (&self.contours, bar) {
            (Some(contours), Some(bar)) => contours.draw_bar(&bar),
            _ => Ok(()),
        }
    }

    fn draw_plot(&self, plot: &Area<'_>) -> Result<(), String> {
        let (x, y) = self.ends();
        let x = Ticks::new(&self.x, self.extent(&self.x, x, |point| point.0));
        let y = Ticks::new(&self.y, self.extent(&self.y, y, |point| point.1));
        let ends = [(x.low, y.low), (x.high, y.high)];
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
        self.draw_contours(&mut chart, ends)?;
        let picture = self.contours.is_some() || self.is_picture();
        let mut mesh = chart.configure_mesh();
        mesh.label_style(("sans-serif", LETTERS)).x_labels(6).y_labels(7).max_light_lines(0);
        mesh.axis_style(BLACK.stroke_width(2)).set_all_tick_mark_size(9);
        mesh.bold_line_style(BLACK.mix(if picture { 0.0 } else { 0.12 }).stroke_width(2));
        mesh.draw().map_err(text)?;
        for (series, look) in self.series.iter().zip(self.looks()) {
            self.draw_series(&mut chart, series, look, ends)?;
        }
        for (at, name) in &self.regions {
            let wide = width_of(name.chars().count(), LETTERS) / 2 + 8;
            let style = TextStyle::from(("sans-serif", LETTERS).into_font()).pos(Pos::new(HPos::Center, VPos::Center));
            let paper = Rectangle::new([(-wide, -30), (wide, 30)], WHITE.mix(0.85).filled());
            let named = EmptyElement::at(*at) + paper + Text::new(name.clone(), (0, 0), style);
            chart.draw_series([named]).map_err(text)?;
        }
        Ok(())
    }

    fn draw_contours(&self, chart: &mut Chart<'_, '_>, ends: [(f64, f64); 2]) -> Result<(), String> {
        let Some(contours) = &self.contours else { return Ok(()) };
        if contours.pixels {
            let cell = |(corners, level)| Rectangle::new(corners, level_colour(level).filled());
            return chart.draw_series(contours.cells().into_iter().map(cell)).map(drop).map_err(text);
        }
        chart.draw_series([Rectangle::new(ends, level_colour(0).filled())]).map_err(text)?;
        for (level, regions) in contours.regions() {
            let filled = |rings: &Vec<Ring>| Polygon::new(through(rings), level_colour(level).filled());
            chart.draw_series(regions.iter().map(filled)).map_err(text)?;
            let lines = regions.iter().flatten().flat_map(|ring| {
                let closed: Ring = ring.iter().chain(ring.first()).copied().collect();
                // The edge of the panel is no contour.
                let edge = |a: f64, b: f64, low: f64, high: f64| a == b && (a == low || a == high);
                let [(left, bottom), (right, top)] = ends;
                let inside =
                    |a: &(f64, f64), b: &(f64, f64)| !edge(a.0, b.0, left, right) && !edge(a.1, b.1, bottom, top);
                closed.chunk_by(inside).filter(|run| run.len() > 1).map(<[_]>::to_vec).collect::<Vec<Ring>>()
            });
            let line = |run: Ring| PathElement::new(run, BLACK.mix(0.3).stroke_width(2));
            chart.draw_series(lines.map(line)).map_err(text)?;
        }
        Ok(())
    }

    fn draw_series(
        &self,
        chart: &mut Chart<'_, '_>,
        series: &Series,
        look: Look,
        ends: [(f64, f64); 2],
    ) -> Result<(), String> {
        let bottom = ends[0].1;
        if !series.shades.is_empty() {
            let grey = |shade: f64| (255.0 * (1.0 - shade.clamp(0.0, 1.0))) as u8;
            let pixels: Vec<((f64, f64), u8)> =
                series.points.iter().copied().zip(series.shades.iter().map(|&shade| grey(shade))).collect();
            // Neighbours of one shade are one rectangle.
            let joined = |a: &((f64, f64), u8), b: &((f64, f64), u8)| a.1 == b.1 && b.0 == (a.0.0 + 1.0, a.0.1);
            let row = |run: &[((f64, f64), u8)]| {
                let ((x, y), grey) = run[0];
                let right = x + run.len() as f64 - 0.5;
                Rectangle::new([(x - 0.5, y - 0.5), (right, y + 0.5)], RGBColor(grey, grey, grey).filled())
            };
            return chart.draw_series(pixels.chunk_by(joined).map(row)).map(drop).map_err(text);
        }
        let visible = |p: &(f64, f64)| {
            let shown = |z: f64, axis: &Axis| z.is_finite() && (axis.scale == Scale::Linear || z > 0.0);
            shown(p.0, &self.x) && shown(p.1, &self.y)
        };
        let points: Vec<(f64, f64)> = series.points.iter().filter(|p| visible(p)).copied().collect();
        if series.bars {
            let half = series.half_width();
            let style = pale(look.colour, 0.45).filled();
            let bar = |&(x, y): &(f64, f64)| Rectangle::new([(x - half, 0.0), (x + half, y)], style);
            return chart.draw_series(points.iter().map(bar)).map(drop).map_err(text);
        }
        let errors: Vec<((f64, f64), f64)> =
            series.points.iter().copied().zip(series.errors.iter().copied()).filter(|(p, _)| visible(p)).collect();
        if series.band {
            let low = errors.iter().map(|&((x, y), e)| (x, (y - e).max(bottom)));
            let high = errors.iter().rev().map(|&((x, y), e)| (x, y + e));
            let around: Vec<(f64, f64)> = low.chain(high).collect();
            let area = Polygon::new(around, pale(look.colour, BAND).filled());
            return chart.draw_series([area]).map(drop).map_err(text);
        }
        if series.connect || series.role == Role::Guide && points.len() > 1 {
            let style = look.colour.stroke_width(look.width);
            if look.dashed {
                chart.draw_series(DashedLineSeries::new(points.clone(), 16, 10, style)).map_err(text)?;
            } else {
                chart.draw_series(LineSeries::new(points.clone(), style)).map_err(text)?;
            }
        }
        let bar = |((x, y), e): ((f64, f64), f64)| ErrorBar { ends: [(x, (y - e).max(bottom)), (x, y + e)], look };
        chart.draw_series(errors.into_iter().filter(|(_, e)| *e > 0.0).map(bar)).map_err(text)?;
        if series.marked() {
            let inside = |at: usize| {
                let value = series.values.get(at).copied().filter(|value| value.is_finite());
                value.zip(self.contours.as_ref()).map(|(value, contours)| level_colour(contours.level(value)))
            };
            let shown = series.points.iter().enumerate().filter(|(_, p)| visible(p));
            let marker = |(at, &place): (usize, &(f64, f64))| Marker::new(place, look).filled(inside(at));
            chart.draw_series(shown.map(marker)).map_err(text)?;
        }
        Ok(())
    }
}

/// Lowest and highest number.
type Ends = (f64, f64);

type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<Ticks, Ticks>>;

/// One line through the rings of a region and back: what lies between them is filled, and the ways
/// from ring to ring have no width.
fn through(rings: &[Ring]) -> Ring {
    let closed = |ring: &Ring| ring.iter().chain(ring.first()).copied().collect::<Ring>();
    let back = rings.iter().rev().skip(1).filter_map(|ring| ring.first()).copied();
    rings.iter().flat_map(closed).chain(back).collect()
}

impl Series {
    /// Half of what a point covers along x: bars of histograms, and squares.
    fn half_width(&self) -> f64 {
        match (self.bars, &self.points[..]) {
            (true, [a, b, ..]) => 0.5 * (b.0 - a.0),
            _ if !self.shades.is_empty() => 0.5,
            _ => 0.0,
        }
    }

    /// Whether its points have markers.
    pub(super) fn marked(&self) -> bool {
        let others = self.bars || self.band || !self.shades.is_empty();
        !others && (self.role == Role::Measurement || !self.connect && self.role != Role::Guide)
    }
}
