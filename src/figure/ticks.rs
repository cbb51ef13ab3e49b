//! Ticks and their labels on linear and logarithmic axes.

use super::svg::digits;
use super::{Axis, Scale};
use crate::math::typeset;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

/// A linear or logarithmic coordinate with ticks at round numbers.
#[derive(Clone)]
pub(super) struct Ticks {
    pub(super) scale: Scale,
    whole: bool,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Ticks {
    pub(super) fn new(axis: &Axis, (low, high): (f64, f64)) -> Self {
        Self { scale: axis.scale, whole: axis.whole, low, high }
    }

    pub(super) fn place(&self, z: f64) -> f64 {
        match self.scale {
            Scale::Linear => (z - self.low) / (self.high - self.low),
            Scale::Log => (z / self.low).ln() / (self.high / self.low).ln(),
        }
    }

    /// At most `count` round numbers inside the range.
    pub(super) fn round_numbers(&self, count: usize) -> Vec<f64> {
        let inside = |z: &f64| (self.low..=self.high).contains(z);
        if self.scale == Scale::Log {
            let decades = (self.low.log10().floor() as i32)..=(self.high.log10().ceil() as i32);
            for steps in [&[1.0, 2.0, 5.0][..], &[1.0, 3.0], &[1.0]] {
                let ticks = decades.clone().flat_map(|k| steps.iter().map(move |m| m * 10f64.powi(k)));
                let ticks: Vec<f64> = ticks.filter(inside).collect();
                // Less than a decade may have too few of 1, 2, 5.
                if ticks.len() <= count && (ticks.len() >= 3 || self.high / self.low >= 10.0) {
                    return ticks;
                }
                if ticks.len() < 3 {
                    return self.evenly(count);
                }
            }
            let every = (decades.clone().count() / count.max(1)).max(1) + 1;
            return decades.step_by(every).map(|k| 10f64.powi(k)).filter(inside).collect();
        }
        self.evenly(count)
    }

    fn evenly(&self, count: usize) -> Vec<f64> {
        let rough = (self.high - self.low) / count.max(1) as f64;
        let unit = 10f64.powi(rough.log10().floor() as i32);
        let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * unit).into_iter().find(|&step| step >= rough).unwrap_or(rough);
        let step = if self.whole { step.max(1.0) } else { step };
        let first = (self.low / step).ceil() as i64;
        (first..).map(|i| i as f64 * step).take_while(|z| *z <= self.high).take(100).collect()
    }
}

impl Ranged for Ticks {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        // Far beyond the panel is as good as infinitely far.
        let place = self.place(*value).clamp(-10.0, 10.0);
        limit.0 + (place * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        self.round_numbers(hint.bold_points())
    }

    fn range(&self) -> std::ops::Range<f64> {
        self.low..self.high
    }
}

impl ValueFormatter<f64> for Ticks {
    fn format_ext(&self, value: &f64) -> String {
        let size = value.abs();
        if size < 1e-12 * (self.high - self.low) {
            return "0".into();
        }
        if (1e-3..1e5).contains(&size) {
            return typeset(&digits(*value));
        }
        let exponent = size.log10().floor() as i32;
        typeset(&format!("{}e{exponent}", digits(value / 10f64.powi(exponent))))
    }
}
