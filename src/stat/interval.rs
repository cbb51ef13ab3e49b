//! Intervals, and what stands behind their limits.
#![deny(clippy::disallowed_methods)]

use crate::math::{larger, largest, smaller};
use serde::{Deserialize, Serialize};

/// What stands behind the limits of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Coverage {
    /// The limits hold with certainty, up to rounding: a bound, or a value that no chance enters.
    Exact,
    /// The limits cover the true value with this probability, by the law of an estimator.
    Confidence {
        /// In (0, 1).
        confidence: f64,
    },
    /// Smallest and largest of so many results that are not draws of one law: a statement about
    /// these, and no probability.
    Envelope {
        /// Number of results.
        of: usize,
    },
}

/// Lower and upper limit of a value; infinite where there is none on that side.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower limit.
    pub low: f64,
    /// Upper limit.
    pub high: f64,
    /// What stands behind the limits.
    #[serde(flatten)]
    pub coverage: Coverage,
}

impl Interval {
    /// Covers the true value with probability `confidence`, in (0, 1).
    pub fn confidence(low: f64, high: f64, confidence: f64) -> Self {
        Self { low, high, coverage: Coverage::Confidence { confidence } }
    }

    /// Holds with certainty.
    pub fn exact(low: f64, high: f64) -> Self {
        Self { low, high, coverage: Coverage::Exact }
    }

    /// A value that no chance enters.
    pub fn point(value: f64) -> Self {
        Self::exact(value, value)
    }

    /// Smallest to largest of several results; not-a-number when one of them is, or when there is
    /// none.
    pub fn envelope(values: impl IntoIterator<Item = f64>) -> Self {
        let values: Vec<f64> = values.into_iter().collect();
        let high = largest(values.iter().copied());
        let low = -largest(values.iter().map(|value| -value));
        Self { low, high, coverage: Coverage::Envelope { of: values.len() } }
    }

    /// The interval of |value − target|.
    pub fn away_from(self, target: f64) -> Self {
        let (low, high) = (self.low - target, self.high - target);
        let least = if low <= 0.0 && high >= 0.0 { 0.0 } else { smaller(low.abs(), high.abs()) };
        Self { low: least, high: larger(low.abs(), high.abs()), ..self }
    }

    /// Probability that the limits miss the true value; none where the limits are no statement of
    /// probability.
    pub fn miss(&self) -> Option<f64> {
        match self.coverage {
            Coverage::Exact => Some(0.0),
            Coverage::Confidence { confidence } => Some(1.0 - confidence),
            Coverage::Envelope { .. } => None,
        }
    }

    /// True when neither limit is not-a-number.
    pub(crate) fn is_valid(&self) -> bool {
        !self.low.is_nan() && !self.high.is_nan()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_from_a_target_is_least_and_largest_over_the_interval() {
        let interval = Interval::confidence(1.0, 4.0, 0.9);
        // by hand
        for (target, least, most) in [(0.0, 1.0, 4.0), (2.0, 0.0, 2.0), (6.0, 2.0, 5.0)] {
            let away = interval.away_from(target);
            assert_eq!(away, Interval::confidence(least, most, 0.9));
        }
    }

    #[test]
    fn an_envelope_is_smallest_to_largest_and_keeps_what_is_not_a_number() {
        let of = Interval::envelope([2.0, -1.0, 3.0]);
        assert_eq!((of.low, of.high, of.coverage), (-1.0, 3.0, Coverage::Envelope { of: 3 }));
        for values in [vec![], vec![1.0, f64::NAN], vec![f64::NAN, 1.0]] {
            let of = Interval::envelope(values);
            assert!(of.low.is_nan() && of.high.is_nan());
        }
    }
}
