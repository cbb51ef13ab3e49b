//! One measured number and how it is judged.
#![deny(clippy::disallowed_methods)]

use super::Text;
use crate::math::larger;
use crate::stat::interval::Interval;
use serde::{Deserialize, Serialize};

/// The default level of a statistical check: the chance that a true claim is rejected by it.
pub const ALPHA: f64 = 1e-6;

/// The normal quantile of [`ALPHA`], two-sided, to three digits (scipy 1.17: `norm.ppf(1 - 5e-7)`
/// is 4.8916).
pub const Z_ALPHA: f64 = 4.892;

/// Which statistical test produced a p-value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Largest of several normal values, by Bonferroni's inequality.
    Bonferroni,
}

/// How a measurement is judged. There is no bare tolerance: every bound says where it comes from.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Criterion {
    /// Passes when |observed - predicted| <= factor * eps * sqrt(n) * scale, eps = 2^-52.
    Rounding {
        /// Dimensionless allowance.
        factor: f64,
        /// Number of terms that were summed.
        n: usize,
        /// Size of the terms, in the unit of the observation.
        scale: f64,
        /// Why this factor.
        #[serde(rename = "because", deserialize_with = "super::text")]
        rationale: Text,
    },
    /// Passes when |observed - predicted| <= bound and the measured order of convergence lies above
    /// `order` - 1/2, so that the next lower order is excluded.
    Truncation {
        /// Order that the theory gives.
        order: f64,
        /// Order that was measured.
        measured_order: f64,
        /// Largest allowed discrepancy, in the unit of the observation.
        bound: f64,
        /// Where the bound comes from.
        #[serde(rename = "because", deserialize_with = "super::text")]
        rationale: Text,
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
    /// Passes when the upper confidence limit of the discrepancy lies below the bound, fails when
    /// the lower one lies above it, and is undecided between.
    Equivalence {
        /// Confidence interval of the discrepancy.
        discrepancy: Interval,
        /// Largest discrepancy that the theory allows.
        bound: f64,
        /// Where the bound comes from.
        #[serde(rename = "because", deserialize_with = "super::text")]
        rationale: Text,
    },
    /// The mirror image of `Equivalence`, for claims that something *changes*: passes when the
    /// lower confidence limit of the effect lies above `at_least`, fails when the upper one lies
    /// below it, and is undecided between.
    Effect {
        /// Confidence interval of the effect.
        effect: Interval,
        /// Smallest effect that the claim asserts.
        at_least: f64,
        /// Where that size comes from.
        #[serde(rename = "because", deserialize_with = "super::text")]
        rationale: Text,
    },
}

impl Criterion {
    /// The name of the criterion in machine-readable output.
    pub fn kind(&self) -> &'static str {
        match self {
            Criterion::Rounding { .. } => "rounding",
            Criterion::Truncation { .. } => "truncation",
            Criterion::Statistical { .. } => "statistical",
            Criterion::Equivalence { .. } => "equivalence",
            Criterion::Effect { .. } => "effect",
        }
    }
}

/// What one measurement says about the claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Agrees with the claim.
    Pass,
    /// Contradicts the claim.
    Fail,
    /// Decides nothing: the interval straddles the bound.
    Undecided,
    /// Not-a-number where a number must be: the check did not work, and says nothing about the
    /// claim.
    Invalid,
}

/// What a measurement looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// Machines, matrices, states or data.
    Model,
    /// Formulas alone, compared with one another: can refute a claim, and cannot support it.
    Formula,
}

/// On which side of its prediction an observation lies that carries a refutation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Larger than predicted.
    Above,
    /// Smaller than predicted.
    Below,
    /// Larger or smaller: theory does not say, or the sign is a matter of convention.
    Either,
}

/// One comparison of an observation with a prediction.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Measurement {
    /// Short identifier, unique within one piece of evidence.
    pub id: String,
    /// What is compared, as a short sentence.
    pub name: String,
    /// Observed value.
    pub observed: f64,
    /// Predicted value.
    pub predicted: f64,
    /// How it is judged.
    pub criterion: Criterion,
    /// What it looks at.
    pub basis: Basis,
    /// The outcome that theory expects of the claim as stated: `Pass`, or `Fail` for what carries
    /// the refutation of a claim.
    pub expected: Outcome,
    /// Where it must fail: on which side.
    pub side: Side,
}

impl Measurement {
    /// A comparison that theory expects to pass, of machines, matrices, states or data.
    pub fn new(id: &str, name: impl Into<String>, observed: f64, predicted: f64, criterion: Criterion) -> Self {
        let (basis, expected, side) = (Basis::Model, Outcome::Pass, Side::Either);
        Self { id: id.into(), name: name.into(), observed, predicted, criterion, basis, expected, side }
    }

    /// The same comparison of formulas alone.
    pub fn of_formulas(self) -> Self {
        Self { basis: Basis::Formula, ..self }
    }

    /// The same comparison where theory expects it to fail, with an observation on this side of the
    /// prediction: it carries the refutation of the claim in this regime.
    pub fn refuting(self, side: Side) -> Self {
        Self { expected: Outcome::Fail, side, ..self }
    }

    /// Whether the outcome is what theory expects, on the side that it expects.
    ///
    /// # Example
    /// ```
    /// use rbm_landscape::evidence::{Criterion, Measurement, Side};
    /// let criterion = Criterion::Rounding { factor: 4.0, n: 9, scale: 1.0, rationale: "nine unit terms" };
    /// let of = |observed: f64| Measurement::new("sum", "sum", observed, 1.0, criterion.clone()).refuting(Side::Above);
    /// assert_eq!([1.5, 1.0, 0.5].map(|observed| of(observed).as_expected()), [true, false, false]);
    /// ```
    pub fn as_expected(&self) -> bool {
        let side = match self.side {
            Side::Above => self.observed > self.predicted,
            Side::Below => self.observed < self.predicted,
            Side::Either => true,
        };
        self.outcome() == self.expected && side
    }

    /// Judges the measurement. What is not a number is no evidence, neither for the claim nor
    /// against it.
    ///
    /// # Example
    /// ```
    /// use rbm_landscape::evidence::{Criterion, Measurement, Outcome};
    /// let criterion = Criterion::Rounding { factor: 4.0, n: 9, scale: 1.0, rationale: "nine unit terms" };
    /// let of = |observed: f64| Measurement::new("sum", "sum", observed, 1.1, criterion.clone()).outcome();
    /// assert_eq!((of(1.0), of(f64::NAN)), (Outcome::Fail, Outcome::Invalid));
    /// ```
    pub fn outcome(&self) -> Outcome {
        if !self.is_valid() {
            return Outcome::Invalid;
        }
        let difference = (self.observed - self.predicted).abs();
        let decide = |pass: bool| if pass { Outcome::Pass } else { Outcome::Fail };
        match &self.criterion {
            Criterion::Rounding { .. } => decide(difference <= self.bound()),
            Criterion::Truncation { order, measured_order, bound, .. } => {
                decide(difference <= *bound && *measured_order > order - 0.5)
            }
            Criterion::Statistical { p_value, alpha, .. } => decide(*p_value >= *alpha),
            Criterion::Equivalence { discrepancy, bound, .. } if discrepancy.high < *bound => Outcome::Pass,
            Criterion::Equivalence { discrepancy, bound, .. } if discrepancy.low > *bound => Outcome::Fail,
            Criterion::Effect { effect, at_least, .. } if effect.low > *at_least => Outcome::Pass,
            Criterion::Effect { effect, at_least, .. } if effect.high < *at_least => Outcome::Fail,
            Criterion::Equivalence { .. } | Criterion::Effect { .. } => Outcome::Undecided,
        }
    }

    /// Whether everything that the criterion looks at is a number. Infinite are only limits of what
    /// has none on that side (a time that was not reached), and the value that belongs to them.
    fn is_valid(&self) -> bool {
        let finite = self.observed.is_finite() && self.predicted.is_finite();
        let bounded = self.bound().is_finite();
        match &self.criterion {
            Criterion::Rounding { .. } => finite && bounded,
            Criterion::Truncation { order, measured_order, .. } => {
                finite && bounded && order.is_finite() && !measured_order.is_nan()
            }
            Criterion::Statistical { statistic, p_value, alpha, .. } => {
                !self.observed.is_nan()
                    && !self.predicted.is_nan()
                    && !statistic.is_nan()
                    && (0.0..=1.0).contains(p_value)
                    && (0.0..=1.0).contains(alpha)
            }
            Criterion::Equivalence { discrepancy: interval, .. } | Criterion::Effect { effect: interval, .. } => {
                !self.observed.is_nan() && !self.predicted.is_nan() && bounded && interval.is_valid()
            }
        }
    }

    /// The number that decides: largest allowed difference, alpha, or smallest asserted effect.
    pub fn bound(&self) -> f64 {
        match &self.criterion {
            Criterion::Rounding { factor, n, scale, .. } => factor * f64::EPSILON * (*n as f64).sqrt() * scale,
            Criterion::Truncation { bound, .. } | Criterion::Equivalence { bound, .. } => *bound,
            Criterion::Statistical { alpha, .. } => *alpha,
            Criterion::Effect { at_least, .. } => *at_least,
        }
    }

    /// Fraction of the tolerance that the check uses, seen from the decision `side`: it passes
    /// below 1 and fails above. A p-value uses ln p over ln α; an interval is compared by its far
    /// limit where the check must pass and by its near one where it must fail; an asserted effect a
    /// uses |a|/(limit − a + |a|), which is a/limit for positive ones (the width of the interval
    /// for |a| where a is 0).
    pub fn used(&self, side: Outcome) -> f64 {
        let share = |off: f64, tolerance: f64| if off <= 0.0 { 0.0 } else { off / tolerance };
        let off = (self.observed - self.predicted).abs();
        match &self.criterion {
            Criterion::Rounding { .. } => share(off, self.bound()),
            Criterion::Truncation { order, measured_order, bound, .. } => {
                // The order alone can fail a check.
                larger(share(off, *bound), share(order - 0.5, larger(*measured_order, 0.0)))
            }
            Criterion::Statistical { p_value, alpha, .. } => p_value.ln() / alpha.ln() + 0.0, // no negative zero
            Criterion::Equivalence { discrepancy, bound, .. } => {
                share(if side == Outcome::Pass { discrepancy.high } else { discrepancy.low }, *bound)
            }
            Criterion::Effect { effect, at_least, .. } => {
                let width = effect.high - effect.low;
                let scale = match at_least.abs() {
                    0.0 if width > 0.0 && width.is_finite() => width,
                    0.0 => 1.0,
                    asserted => asserted,
                };
                let beyond = if side == Outcome::Pass { effect.low } else { effect.high } - at_least + scale;
                if beyond > 0.0 { scale / beyond } else { f64::INFINITY }
            }
        }
    }

    /// The interval that is compared with the bound, where there is one.
    pub fn interval(&self) -> Option<&Interval> {
        match &self.criterion {
            Criterion::Equivalence { discrepancy: interval, .. } | Criterion::Effect { effect: interval, .. } => {
                Some(interval)
            }
            _ => None,
        }
    }

    /// Probability that chance alone makes a true value fail: the level of a test, or that an
    /// interval misses. None where the limits are no statement of probability.
    pub fn false_alarm(&self) -> Option<f64> {
        match &self.criterion {
            Criterion::Statistical { alpha, .. } => Some(*alpha),
            Criterion::Rounding { .. } => Some(0.0),
            // The order is measured on machines that may be drawn.
            Criterion::Truncation { .. } => (self.basis == Basis::Formula).then_some(0.0),
            Criterion::Equivalence { discrepancy: interval, .. } | Criterion::Effect { effect: interval, .. } => {
                interval.miss()
            }
        }
    }

    /// The p-value, where there is one.
    pub fn p_value(&self) -> Option<f64> {
        match &self.criterion {
            Criterion::Statistical { p_value, .. } => Some(*p_value),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judges_decide_at_their_bounds() {
        // by hand: 4 eps √9 2 = 24 eps
        let of = |observed: f64, criterion: Criterion| Measurement::new("", "", observed, 0.0, criterion);
        let rounding = |times: f64| {
            let criterion = Criterion::Rounding { factor: 4.0, n: 9, scale: 2.0, rationale: "by hand" };
            of(times * f64::EPSILON, criterion).outcome()
        };
        assert_eq!((rounding(24.0), rounding(25.0)), (Outcome::Pass, Outcome::Fail));
        let interval = |low: f64, high: f64| Interval::confidence(low, high, 0.9);
        let effect = |low: f64, high: f64| {
            of(1.0, Criterion::Effect { effect: interval(low, high), at_least: 1.0, rationale: "by hand" }).outcome()
        };
        let equal = |low: f64, high: f64| {
            of(1.0, Criterion::Equivalence { discrepancy: interval(low, high), bound: 1.0, rationale: "by hand" })
                .outcome()
        };
        let cases = [(1.1, 2.0), (0.5, 2.0), (0.5, 0.9), (0.5, f64::NAN)];
        assert_eq!(
            cases.map(|(low, high)| (effect(low, high), equal(low, high))),
            [
                (Outcome::Pass, Outcome::Fail),
                (Outcome::Undecided, Outcome::Undecided),
                (Outcome::Fail, Outcome::Pass),
                (Outcome::Invalid, Outcome::Invalid)
            ]
        );
    }

    #[test]
    fn what_is_not_a_number_is_no_evidence_for_any_judge() {
        let nan = f64::NAN;
        let rounding = |scale: f64| Criterion::Rounding { factor: 1.0, n: 1, scale, rationale: "by hand" };
        let truncation = |measured_order: f64, bound: f64| Criterion::Truncation {
            order: 1.0,
            measured_order,
            bound,
            rationale: "by hand",
        };
        let test = |statistic: f64, p_value: f64, alpha: f64| Criterion::Statistical {
            test: TestKind::Z,
            statistic,
            p_value,
            alpha,
            detects: String::new(),
        };
        let between = |low: f64, high: f64| Interval::confidence(low, high, 0.9);
        let equal = |low: f64, high: f64, bound: f64| Criterion::Equivalence {
            discrepancy: between(low, high),
            bound,
            rationale: "by hand",
        };
        let effect = |low: f64, high: f64, at_least: f64| Criterion::Effect {
            effect: between(low, high),
            at_least,
            rationale: "by hand",
        };
        let good =
            [rounding(1.0), truncation(1.0, 1.0), test(0.0, 0.5, 1e-6), equal(0.0, 0.5, 1.0), effect(2.0, 3.0, 1.0)];
        for criterion in good {
            for (observed, predicted) in [(nan, 0.0), (0.0, nan)] {
                assert_eq!(
                    Measurement::new("", "", observed, predicted, criterion.clone()).outcome(),
                    Outcome::Invalid
                );
            }
            assert_eq!(Measurement::new("", "", 0.0, 0.0, criterion).outcome(), Outcome::Pass);
        }
        let bad = [
            rounding(nan),
            rounding(f64::INFINITY),
            truncation(nan, 1.0),
            truncation(1.0, nan),
            test(nan, 0.5, 1e-6),
            test(0.0, nan, 1e-6),
            test(0.0, 1.5, 1e-6),
            test(0.0, 0.5, nan),
            equal(nan, 0.5, 1.0),
            equal(0.0, nan, 1.0),
            equal(0.0, 0.5, nan),
            effect(nan, 3.0, 1.0),
            effect(2.0, nan, 1.0),
            effect(2.0, 3.0, nan),
        ];
        for criterion in bad {
            assert_eq!(
                Measurement::new("", "", 0.0, 0.0, criterion.clone()).outcome(),
                Outcome::Invalid,
                "{criterion:?}"
            );
        }
        // A time that was not reached has a lower limit only: that is a number on one side of the
        // line, or of neither.
        let reached =
            |low: f64| Measurement::new("", "", f64::INFINITY, 0.0, effect(low, f64::INFINITY, 1.0)).outcome();
        assert_eq!((reached(2.0), reached(0.5), reached(nan)), (Outcome::Pass, Outcome::Undecided, Outcome::Invalid));
    }

    #[test]
    fn chance_that_a_true_value_fails_is_known_but_for_envelopes() {
        let of = |effect: Interval| {
            Measurement::new("", "", 0.0, 0.0, Criterion::Effect { effect, at_least: -1.0, rationale: "by hand" })
                .false_alarm()
        };
        assert!(of(Interval::confidence(0.0, 1.0, 0.99)).is_some_and(|miss| (miss - 0.01).abs() < 1e-12)); // by hand
        assert_eq!((of(Interval::point(0.0)), of(Interval::envelope([0.0, 1.0]))), (Some(0.0), None));
        let level = Criterion::Statistical {
            test: TestKind::Z,
            statistic: 0.0,
            p_value: 0.5,
            alpha: 1e-4,
            detects: String::new(),
        };
        assert_eq!(Measurement::new("", "", 0.0, 0.0, level).false_alarm(), Some(1e-4));
    }

    fn judges() -> [Criterion; 5] {
        let interval = Interval::confidence(0.5, 2.0, 0.9);
        [
            Criterion::Rounding { factor: 3.0, n: 4, scale: 0.5, rationale: "by hand" },
            Criterion::Truncation { order: 2.0, measured_order: 2.0, bound: 0.25, rationale: "by hand" },
            Criterion::Statistical {
                test: TestKind::Z,
                statistic: 1.0,
                p_value: 0.375,
                alpha: 0.125,
                detects: String::new(),
            },
            Criterion::Equivalence { discrepancy: interval, bound: 7.0, rationale: "by hand" },
            Criterion::Effect { effect: interval, at_least: 0.75, rationale: "by hand" },
        ]
    }

    #[test]
    fn every_judge_tells_its_bound_interval_and_p_value_where_it_has_one() {
        let all = judges().map(|criterion| Measurement::new("id", "name", 0.0, 0.0, criterion));
        // by hand: 3 eps √4 / 2
        assert_eq!(all.each_ref().map(Measurement::bound), [3.0 * f64::EPSILON, 0.25, 0.125, 7.0, 0.75]);
        assert_eq!(all.each_ref().map(Measurement::p_value), [None, None, Some(0.375), None, None]);
        let interval = Some(Interval::confidence(0.5, 2.0, 0.9));
        assert_eq!(all.each_ref().map(|m| m.interval().copied()), [None, None, None, interval, interval]);
        for m in &all {
            // The name is the tag of the serialised criterion.
            let json = serde_json::to_value(&m.criterion).expect("serialises");
            assert_eq!(json["kind"], m.criterion.kind());
        }
    }

    #[test]
    fn orders_and_levels_decide_at_their_limits() {
        let truncation = |observed: f64, measured_order: f64| {
            let criterion = Criterion::Truncation { order: 2.0, measured_order, bound: 0.25, rationale: "by hand" };
            Measurement::new("", "", observed, 1.0, criterion).outcome()
        };
        // A difference of the bound passes, on both sides; the order has to lie above 2 − 1/2.
        assert_eq!(
            [0.75, 1.25, 1.26, 0.74].map(|z| truncation(z, 2.0)),
            [Outcome::Pass, Outcome::Pass, Outcome::Fail, Outcome::Fail]
        );
        assert_eq!(
            [1.51, 1.5, 1.4, 9.0].map(|p| truncation(1.0, p)),
            [Outcome::Pass, Outcome::Fail, Outcome::Fail, Outcome::Pass]
        );
        // Values that agree to the last bit have an infinite order; a theory has a finite one.
        assert_eq!(truncation(1.0, f64::INFINITY), Outcome::Pass);
        for order in [f64::INFINITY, f64::NAN] {
            let criterion = Criterion::Truncation { order, measured_order: 2.0, bound: 0.25, rationale: "by hand" };
            assert_eq!(Measurement::new("", "", 1.0, 1.0, criterion).outcome(), Outcome::Invalid);
        }
        let level = |p_value: f64, alpha: f64| {
            let criterion =
                Criterion::Statistical { test: TestKind::Z, statistic: 0.0, p_value, alpha, detects: String::new() };
            Measurement::new("", "", 1.0, 1.0, criterion).outcome()
        };
        assert_eq!([0.25, 0.125, 0.124].map(|p| level(p, 0.125)), [Outcome::Pass, Outcome::Pass, Outcome::Fail]);
        assert_eq!(
            (level(1.0, 1.0), level(0.0, 0.0), level(0.5, 1.1)),
            (Outcome::Pass, Outcome::Pass, Outcome::Invalid)
        );
        // An interval that ends at the bound decides nothing.
        let interval = |low: f64, high: f64| Interval::confidence(low, high, 0.9);
        let equal = |low: f64, high: f64| Criterion::Equivalence {
            discrepancy: interval(low, high),
            bound: 1.0,
            rationale: "by hand",
        };
        let effect = |low: f64, high: f64| Criterion::Effect {
            effect: interval(low, high),
            at_least: 1.0,
            rationale: "by hand",
        };
        for criterion in
            [equal(0.5, 1.0), equal(1.0, 2.0), equal(1.0, 1.0), effect(1.0, 2.0), effect(0.5, 1.0), effect(1.0, 1.0)]
        {
            assert_eq!(
                Measurement::new("", "", 1.0, 1.0, criterion.clone()).outcome(),
                Outcome::Undecided,
                "{criterion:?}"
            );
        }
    }

    #[test]
    fn infinite_values_are_numbers_only_where_a_limit_may_be_missing() {
        let of = |criterion: Criterion| Measurement::new("", "", f64::INFINITY, 0.0, criterion).outcome();
        let [rounding, truncation, test, equal, effect] = judges();
        assert_eq!((of(rounding), of(truncation)), (Outcome::Invalid, Outcome::Invalid));
        assert_eq!((of(test), of(equal), of(effect)), (Outcome::Pass, Outcome::Pass, Outcome::Undecided));
    }

    #[test]
    fn a_check_is_as_expected_by_its_outcome_and_its_side() {
        let of = |observed: f64| {
            let criterion = Criterion::Rounding { factor: 4.0, n: 1, scale: 1.0, rationale: "by hand" };
            Measurement::new("id", "name", observed, 1.0, criterion)
        };
        let as_expected = |made: fn(Measurement) -> Measurement| [0.5, 1.0, 1.5].map(|z| made(of(z)).as_expected());
        assert_eq!(as_expected(|m| m), [false, true, false]);
        assert_eq!(as_expected(|m| m.refuting(Side::Above)), [false, false, true]);
        assert_eq!(as_expected(|m| m.refuting(Side::Below)), [true, false, false]);
        assert_eq!(as_expected(|m| m.refuting(Side::Either)), [true, false, true]);
        // The side of a value that is exactly predicted is neither, even where it passes.
        for side in [Side::Above, Side::Below] {
            assert!(!Measurement { side, ..of(1.0) }.as_expected());
        }
        let formula = of(1.0).of_formulas();
        assert_eq!((of(1.0).basis, formula.basis), (Basis::Model, Basis::Formula));
        assert_eq!(
            (&*formula.id, &*formula.name, formula.expected, formula.side),
            ("id", "name", Outcome::Pass, Side::Either)
        );
    }

    #[test]
    fn every_judge_knows_its_false_alarms() {
        let all = judges().map(|criterion| Measurement::new("", "", 0.0, 0.0, criterion));
        let alarms = all.clone().map(|m| m.false_alarm());
        assert_eq!(alarms[..3], [Some(0.0), None, Some(0.125)]);
        // by hand: 1 − 0.9
        assert!(alarms[3..].iter().all(|alarm| alarm.is_some_and(|miss| (miss - 0.1).abs() < 1e-15)));
        // Formulas are not drawn.
        assert_eq!(all.map(|m| m.of_formulas().false_alarm())[1], Some(0.0));
    }
}
