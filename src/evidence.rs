//! What a check saw and how it is judged: measurements, judges, tables. Imports nothing of ours.

use serde::Serialize;

/// The default level of a statistical check: the chance that a true claim is rejected by it.
pub const ALPHA: f64 = 1e-6;

/// A two-sided confidence interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// Lower confidence limit.
    pub low: f64,
    /// Upper confidence limit.
    pub high: f64,
    /// Probability that the interval covers the true value, in (0, 1).
    pub confidence: f64,
}

impl Interval {
    /// The interval of |value − target|.
    pub fn away_from(self, target: f64) -> Self {
        let (low, high) = (self.low - target, self.high - target);
        let least = if low <= 0.0 && high >= 0.0 { 0.0 } else { low.abs().min(high.abs()) };
        Self { low: least, high: low.abs().max(high.abs()), ..self }
    }
}

/// Which statistical test produced a p-value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TestKind {
    /// Normal statistic with known variance, two-sided.
    Z,
    /// Chi-square statistic.
    ChiSquare,
    /// One-sample Kolmogorov-Smirnov.
    KolmogorovSmirnov,
    /// Upper tail of the Tracy-Widom law (beta = 1).
    TracyWidom,
}

/// How a measurement is judged. There is no bare tolerance: every bound says where it comes from.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Judge {
    /// Passes when |observed - predicted| <= factor * eps * sqrt(n) * scale, eps = 2^-52.
    Rounding {
        /// Dimensionless allowance.
        factor: f64,
        /// Number of terms that were summed.
        n: usize,
        /// Size of the terms, in the unit of the observation.
        scale: f64,
        /// Why this factor.
        because: &'static str,
    },
    /// Passes when |observed - predicted| <= bound and the measured order of convergence lies above `order` - 1/2,
    /// so that the next lower order is excluded.
    Truncation {
        /// Order that the theory gives.
        order: f64,
        /// Order that was measured.
        measured_order: f64,
        /// Largest allowed discrepancy, in the unit of the observation.
        bound: f64,
        /// Where the bound comes from.
        because: &'static str,
    },
    /// Fails when p_value < alpha; can only refute.
    Statistical {
        /// The test.
        test: TestKind,
        /// Its statistic.
        statistic: f64,
        /// Its p-value, in [0, 1].
        p_value: f64,
        /// Level of the test.
        alpha: f64,
        /// Smallest effect found with 99 % power, in words with a number.
        detects: String,
    },
    /// Passes when the upper confidence limit of the discrepancy lies below the bound, fails when the lower one
    /// lies above it, and is undecided between.
    Equivalence {
        /// Confidence interval of the discrepancy.
        discrepancy: Interval,
        /// Largest discrepancy that the theory allows.
        bound: f64,
        /// Where the bound comes from.
        because: &'static str,
    },
    /// The mirror image of `Equivalence`, for claims that something *changes*: passes when the lower confidence
    /// limit of the effect lies above `at_least`, fails when the upper one lies below it, and is undecided between.
    Effect {
        /// Confidence interval of the effect.
        effect: Interval,
        /// Smallest effect that the claim asserts.
        at_least: f64,
        /// Where that size comes from.
        because: &'static str,
    },
}

impl Judge {
    /// The judge's name in machine-readable output.
    pub fn kind(&self) -> &'static str {
        match self {
            Judge::Rounding { .. } => "rounding",
            Judge::Truncation { .. } => "truncation",
            Judge::Statistical { .. } => "statistical",
            Judge::Equivalence { .. } => "equivalence",
            Judge::Effect { .. } => "effect",
        }
    }
}

/// What one measurement says about the claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Agrees with the claim.
    Pass,
    /// Contradicts the claim.
    Fail,
    /// Decides nothing: the interval straddles the bound.
    Undecided,
}

/// One comparison of an observation with a prediction.
#[derive(Clone, Debug, Serialize)]
pub struct Measurement {
    /// What is compared, as a short sentence.
    pub name: String,
    /// Observed value.
    pub observed: f64,
    /// Predicted value.
    pub predicted: f64,
    /// How it is judged.
    pub judge: Judge,
}

impl Measurement {
    /// Judges the measurement; anything that is not finite fails.
    ///
    /// # Example
    /// ```
    /// use rbm_landscape::evidence::{Judge, Measurement, Outcome};
    /// let judge = Judge::Rounding { factor: 4.0, n: 9, scale: 1.0, because: "nine unit terms" };
    /// let m = Measurement { name: "sum".into(), observed: 1.0, predicted: 1.1, judge };
    /// assert_eq!(m.outcome(), Outcome::Fail);
    /// ```
    pub fn outcome(&self) -> Outcome {
        let difference = (self.observed - self.predicted).abs();
        if !difference.is_finite() {
            return Outcome::Fail;
        }
        let decide = |pass: bool| if pass { Outcome::Pass } else { Outcome::Fail };
        match &self.judge {
            Judge::Rounding { .. } => decide(difference <= self.bound()),
            Judge::Truncation { order, measured_order, bound, .. } => {
                decide(difference <= *bound && *measured_order > order - 0.5)
            }
            Judge::Statistical { p_value, alpha, .. } => decide(*p_value >= *alpha),
            Judge::Equivalence { discrepancy, bound, .. } => {
                if discrepancy.high < *bound {
                    Outcome::Pass
                } else if discrepancy.low > *bound {
                    Outcome::Fail
                } else if discrepancy.low <= *bound {
                    Outcome::Undecided
                } else {
                    Outcome::Fail // a limit is NaN
                }
            }
            Judge::Effect { effect, at_least, .. } => {
                if effect.low > *at_least {
                    Outcome::Pass
                } else if effect.high < *at_least {
                    Outcome::Fail
                } else if effect.high >= *at_least {
                    Outcome::Undecided
                } else {
                    Outcome::Fail // a limit is NaN
                }
            }
        }
    }

    /// The number that decides: largest allowed difference, alpha, or smallest asserted effect.
    pub fn bound(&self) -> f64 {
        match &self.judge {
            Judge::Rounding { factor, n, scale, .. } => factor * f64::EPSILON * (*n as f64).sqrt() * scale,
            Judge::Truncation { bound, .. } | Judge::Equivalence { bound, .. } => *bound,
            Judge::Statistical { alpha, .. } => *alpha,
            Judge::Effect { at_least, .. } => *at_least,
        }
    }

    /// The p-value, where there is one.
    pub fn p_value(&self) -> Option<f64> {
        match &self.judge {
            Judge::Statistical { p_value, .. } => Some(*p_value),
            _ => None,
        }
    }
}

/// A named table of numbers: the data behind a figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Name, unique within one piece of evidence.
    pub name: &'static str,
    /// Column names.
    pub columns: Vec<&'static str>,
    /// Rows, each as long as `columns`.
    pub rows: Vec<Vec<f64>>,
}

impl Table {
    /// An empty table.
    pub fn new(name: &'static str, columns: &[&'static str]) -> Self {
        Self { name, columns: columns.to_vec(), rows: Vec::new() }
    }

    /// All values of one column, in row order; empty when there is no such column.
    pub fn column(&self, name: &str) -> Vec<f64> {
        match self.columns.iter().position(|&c| c == name) {
            Some(at) => self.rows.iter().map(|row| row[at]).collect(),
            None => Vec::new(),
        }
    }
}

/// All that one run of a claim's measurement gave.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// Judged comparisons.
    pub measurements: Vec<Measurement>,
    /// Numbers worth reporting that no judge looks at: (name, value).
    pub observations: Vec<(String, f64)>,
    /// Data for figures.
    pub tables: Vec<Table>,
    /// A falsifier that only all of its measurements together refute, each of them failing; else one suffices.
    pub all_must_fail: bool,
}

impl Evidence {
    /// The same checks for each of several shapes, by visible x hidden units. Where there are more than one, names say which; tables
    /// are those of the first.
    ///
    /// # Errors
    /// The first that `measure` gives.
    pub fn of_shapes<E>(
        shapes: &[(usize, usize)],
        measure: impl Fn(usize, (usize, usize)) -> Result<Evidence, E>,
    ) -> Result<Self, E> {
        let mut whole = Self::default();
        for (at, &(n, m)) in shapes.iter().enumerate() {
            let mut part = measure(at, (n, m))?;
            if shapes.len() > 1 {
                part.measurements.iter_mut().for_each(|one| one.name += &format!(", {n} x {m}"));
                part.observations.iter_mut().for_each(|one| one.0 += &format!(", {n} x {m}"));
            }
            whole.measurements.append(&mut part.measurements);
            whole.observations.append(&mut part.observations);
            if at == 0 {
                whole.tables = part.tables;
            }
        }
        Ok(whole)
    }

    /// The table with that name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_from_a_target_is_least_and_largest_over_the_interval() {
        let interval = Interval { low: 1.0, high: 4.0, confidence: 0.9 };
        // by hand
        for (target, least, most) in [(0.0, 1.0, 4.0), (2.0, 0.0, 2.0), (6.0, 2.0, 5.0)] {
            let away = interval.away_from(target);
            assert_eq!((away.low, away.high, away.confidence), (least, most, 0.9));
        }
    }

    #[test]
    fn judges_decide_at_their_bounds() {
        // by hand: 4 eps √9 2 = 24 eps
        let of = |observed: f64, judge: Judge| Measurement { name: String::new(), observed, predicted: 0.0, judge };
        let rounding = |times: f64| {
            let judge = Judge::Rounding { factor: 4.0, n: 9, scale: 2.0, because: "by hand" };
            of(times * f64::EPSILON, judge).outcome()
        };
        assert_eq!((rounding(24.0), rounding(25.0)), (Outcome::Pass, Outcome::Fail));
        let interval = |low: f64, high: f64| Interval { low, high, confidence: 0.9 };
        let effect = |low: f64, high: f64| {
            of(1.0, Judge::Effect { effect: interval(low, high), at_least: 1.0, because: "by hand" }).outcome()
        };
        let equal = |low: f64, high: f64| {
            of(1.0, Judge::Equivalence { discrepancy: interval(low, high), bound: 1.0, because: "by hand" }).outcome()
        };
        let cases = [(1.1, 2.0), (0.5, 2.0), (0.5, 0.9), (0.5, f64::NAN)];
        assert_eq!(
            cases.map(|(low, high)| (effect(low, high), equal(low, high))),
            [
                (Outcome::Pass, Outcome::Fail),
                (Outcome::Undecided, Outcome::Undecided),
                (Outcome::Fail, Outcome::Pass),
                (Outcome::Fail, Outcome::Undecided)
            ]
        );
    }
}
