//! What a legend says: one entry per label, for a panel or for a whole figure.

use super::contours::{LEVELS, level_colour};
use super::marks::Marker;
use super::svg::{Area, BAND, LETTERS, Look, SIDE, pale, text, width_of};
use super::{Figure, Panel, Role};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Height of a row, and the place of an entry's words behind its sample.
pub(super) const ROW: u32 = 62;
pub(super) const SAMPLE: i32 = 66;

/// How one series is drawn beside its words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sample {
    Line(Look),
    Marker(Look),
    Bar(Look),
    Band(Look),
    Value(Look),
    Pixel,
}

/// A label with the samples of all series of that label.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) label: String,
    pub(super) samples: Vec<Sample>,
}

impl Panel {
    /// Series of one label share an entry: a prediction and what was measured of it.
    pub(super) fn legend(&self) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        for (series, look) in self.series.iter().zip(self.looks()) {
            let mut samples = Vec::new();
            match series {
                _ if !series.shades.is_empty() => samples.push(Sample::Pixel),
                _ if series.band => samples.push(Sample::Band(look)),
                _ if series.bars => samples.push(Sample::Bar(look)),
                _ => {
                    samples.extend((series.connect || series.role == Role::Guide).then_some(Sample::Line(look)));
                    let marker = if series.values.is_empty() { Sample::Marker } else { Sample::Value };
                    samples.extend(series.marked().then_some(marker(look)));
                }
            }
            match entries.iter_mut().find(|entry| entry.label == series.label) {
                Some(entry) => entry.samples.extend(samples),
                None => entries.push(Entry { label: series.label.clone(), samples }),
            }
        }
        entries
    }
}

impl Figure {
    /// The legend of all panels, where none says anything else than the fullest one.
    pub(super) fn shared_legend(&self) -> Option<Vec<Entry>> {
        let legends: Vec<Vec<Entry>> = self.panels.iter().map(Panel::legend).collect();
        let fullest = legends.iter().rev().max_by_key(|legend| legend.len())?;
        let shared = legends.iter().all(|legend| {
            !legend.is_empty()
                && legend.iter().all(|entry| {
                    // A panel without a series of the label is no contradiction, another look is.
                    let same = |other: &&Entry| other.label == entry.label;
                    let full = fullest.iter().find(same);
                    full.is_some_and(|full| entry.samples.iter().all(|sample| full.samples.contains(sample)))
                })
        });
        (legends.len() > 1 && shared).then(|| fullest.clone())
    }
}

/// Height of these entries in a width.
pub(super) fn height(entries: &[Entry], width: u32) -> u32 {
    rows(entries, width as i32).last().map_or(0, |&(_, row, _)| ROW * (row as u32 + 1))
}

/// Draws entries from the top of an area on.
pub(super) fn draw(entries: &[Entry], area: &Area<'_>) -> Result<(), String> {
    for (at, row, left) in rows(entries, area.dim_in_pixel().0 as i32) {
        let y = 30 + ROW as i32 * row as i32;
        let filled = |half: i32, right: i32, style: ShapeStyle| {
            area.draw(&Rectangle::new([(left + half, y - 12), (left + right, y + 12)], style)).map_err(text)
        };
        for sample in &entries[at].samples {
            match *sample {
                Sample::Pixel => filled(14, 38, BLACK.filled())?,
                Sample::Bar(look) => filled(0, 52, pale(look.colour, 0.45).filled())?,
                Sample::Band(look) => filled(0, 52, pale(look.colour, BAND).filled())?,
                Sample::Line(look) => {
                    let dashes: &[(i32, i32)] = if look.dashed { &[(0, 16), (26, 42)] } else { &[(0, 52)] };
                    for (from, to) in dashes {
                        let style = look.colour.stroke_width(look.width);
                        area.draw(&PathElement::new([(left + from, y), (left + to, y)], style)).map_err(text)?;
                    }
                }
                Sample::Value(look) => {
                    let middle = Some(level_colour(LEVELS / 2));
                    area.draw(&Marker::new((left + 26, y), look).filled(middle)).map_err(text)?;
                }
                Sample::Marker(look) => area.draw(&Marker::new((left + 26, y), look)).map_err(text)?,
            }
        }
        let style = TextStyle::from(("sans-serif", LETTERS).into_font()).pos(Pos::new(HPos::Left, VPos::Center));
        area.draw(&Text::new(entries[at].label.clone(), (left + SAMPLE, y), style)).map_err(text)?;
    }
    Ok(())
}

/// (entry, row, left edge) of every entry, filling rows from the left.
pub(super) fn rows(entries: &[Entry], width: i32) -> Vec<(usize, usize, i32)> {
    let start = SIDE as i32;
    let (mut row, mut left) = (0, start);
    entries
        .iter()
        .enumerate()
        .map(|(at, entry)| {
            let needed = SAMPLE + 36 + width_of(entry.label.chars().count(), LETTERS);
            if left > start && left + needed > width {
                (row, left) = (row + 1, start);
            }
            let place = (at, row, left);
            left += needed;
            place
        })
        .collect()
}
