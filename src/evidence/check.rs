//! Measurements in the forms that claims share.
#![deny(clippy::disallowed_methods)]

use crate::evidence::{ALPHA, Criterion, Measurement, Outcome, TestKind, Z_ALPHA};
use crate::stat::goodness::{dkw_half_width, ks_one_sample};
use crate::stat::interval::Interval;
use crate::stat::mean::z_test;
use crate::stat::{StatError, Test};

/// The shift, in standard deviations, that a z test at [`ALPHA`] finds with a power of 99 %: the
/// sum of both normal quantiles.
pub(crate) const FOUND: f64 = Z_ALPHA + 2.326;

/// A value of known variance against its prediction, two-sided z test at [`ALPHA`].
pub fn z(id: &str, name: impl Into<String>, observed: f64, predicted: f64, variance: f64) -> Measurement {
    let Test { statistic, p_value } = z_test(observed, predicted, variance);
    let detects = format!("shift {:.2e}", FOUND * variance.sqrt());
    let criterion = Criterion::Statistical { test: TestKind::Z, statistic, p_value, alpha: ALPHA, detects };
    Measurement::new(id, name, observed, predicted, criterion)
}

/// Independent values against a continuous law, Kolmogorov-Smirnov test at [`ALPHA`].
///
/// # Errors
/// An empty sample, or a value or probability that is not a number.
pub fn kolmogorov(
    id: &str,
    name: impl Into<String>,
    sample: &[f64],
    cdf: impl Fn(f64) -> f64,
) -> Result<Measurement, StatError> {
    let Test { statistic, p_value } = ks_one_sample(sample, cdf)?;
    // The DKW band at the level plus the one that 99 % of samples stay in.
    let band = |alpha: f64| dkw_half_width(sample.len(), alpha);
    let detects = format!("sup-distance {:.2}", band(ALPHA) + band(0.02));
    let criterion =
        Criterion::Statistical { test: TestKind::KolmogorovSmirnov, statistic, p_value, alpha: ALPHA, detects };
    Ok(Measurement::new(id, name, statistic, 0.0, criterion))
}

/// A confidence interval against a target, which it may miss by `bound` at most.
pub fn near(
    id: &str,
    name: impl Into<String>,
    observed: f64,
    interval: Interval,
    predicted: f64,
    bound: f64,
    rationale: &'static str,
) -> Measurement {
    let criterion = Criterion::Equivalence { discrepancy: interval.away_from(predicted), bound, rationale };
    Measurement::new(id, name, observed, predicted, criterion)
}

/// A value that no chance enters, against a prediction that it may miss by `bound` at most.
pub fn exactly(
    id: &str,
    name: impl Into<String>,
    observed: f64,
    predicted: f64,
    bound: f64,
    rationale: &'static str,
) -> Measurement {
    near(id, name, observed, Interval::point(observed), predicted, bound, rationale)
}

/// The test with `factor` times its p-value, 1 at most: where the law is known in the limit only,
/// and its size was measured to be at most `factor` times the level.
pub fn stricter(mut m: Measurement, factor: f64) -> Measurement {
    if let Criterion::Statistical { p_value, .. } = &mut m.criterion {
        let larger = *p_value * factor;
        // Not by f64::min, which would make 1 of what is not a number.
        *p_value = if larger > 1.0 { 1.0 } else { larger };
    }
    m
}

/// A confidence interval that must lie above `at_least`: an effect, and how large it is.
pub fn effect(
    id: &str,
    name: impl Into<String>,
    observed: f64,
    interval: Interval,
    predicted: f64,
    at_least: f64,
    rationale: &'static str,
) -> Measurement {
    let criterion = Criterion::Effect { effect: interval, at_least, rationale };
    Measurement::new(id, name, observed, predicted, criterion)
}

/// Of like measurements the one that says most against the claim: one without a number, else a
/// failing one, else an undecided one; of several the one furthest off in units of its bound, tests
/// by their p-values. Its name says of how many.
pub fn worst(of: Vec<Measurement>) -> Option<Measurement> {
    let count = of.len();
    let far = |m: &Measurement| match m.criterion {
        Criterion::Statistical { p_value, alpha, .. } => alpha / p_value,
        _ => (m.observed - m.predicted).abs() / m.bound(),
    };
    let rank = |m: &Measurement| match m.outcome() {
        Outcome::Pass => 0,
        Outcome::Undecided => 1,
        Outcome::Fail => 2,
        Outcome::Invalid => 3,
    };
    let off = |m: &Measurement| (rank(m), far(m));
    let key = |a: &Measurement, b: &Measurement| off(a).0.cmp(&off(b).0).then(off(a).1.total_cmp(&off(b).1));
    let mut m = of.into_iter().max_by(key)?;
    m.name = format!("worst of {count}: {}", m.name);
    // Bonferroni: the same decision, and as much of the false-alarm rate as all of them spend.
    let mut m = stricter(m, count as f64);
    if let Criterion::Statistical { alpha, .. } = &mut m.criterion {
        *alpha *= count as f64;
    }
    Some(m)
}

/// Limit of a series in powers of size^(−order) from its values at sizes `factor` times one
/// another, by Richardson's scheme, and an estimate of its error from above: the difference of the
/// two values of which the last step makes one (its power of `factor`, less one, times what it
/// moves the value), and the last difference of the step before, over that power (a single
/// coefficient may vanish by chance). NaN of fewer than three values.
///
/// The bound comes from the values that are judged, so it says how far the extrapolation has
/// converged and not what the theory allows: a prediction is told from a wrong one as far as that
/// goes. [`tends_to`] asks in addition that the values approach the prediction.
pub fn limit(values: &[f64], factor: f64, order: f64) -> (f64, f64) {
    let (mut column, mut apart) = (values.to_vec(), [f64::NAN; 2]);
    let mut power = 1.0;
    for step in 1..values.len() {
        power = factor.powf(order * step as f64);
        apart = [apart[1], (column[column.len() - 1] - column[column.len() - 2]).abs()];
        column = column.windows(2).map(|pair| (power * pair[1] - pair[0]) / (power - 1.0)).collect();
    }
    (column.last().copied().unwrap_or(f64::NAN), apart[1] + apart[0] / power)
}

/// Where the bound of [`limit`] comes from.
pub(crate) const CONVERGED: &str = "differences of neighbours in the last two columns of the extrapolation, the earlier over the power of the last \
     step: how far these values have converged";

/// [`limit`] against its prediction; the distance of the last two values from it must fall as the
/// first power.
pub fn tends_to(id: &str, name: String, values: &[f64], (factor, order): (f64, f64), predicted: f64) -> Measurement {
    let (observed, bound) = limit(values, factor, order);
    let gap = |back: usize| values.iter().rev().nth(back).map_or(f64::NAN, |value| (value - predicted).abs());
    let criterion = Criterion::Truncation {
        order: 1.0,
        measured_order: (gap(1) / gap(0)).ln() / (order * factor.ln()),
        bound,
        rationale: CONVERGED,
    };
    Measurement::new(id, name, observed, predicted, criterion)
}

/// A count, equal to its prediction or not.
pub fn count(id: &str, name: impl Into<String>, observed: usize, predicted: usize) -> Measurement {
    let criterion = Criterion::Rounding { factor: 0.0, n: 1, scale: 1.0, rationale: "counts are equal or not" };
    Measurement::new(id, name, observed as f64, predicted as f64, criterion)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_measurement_is_the_worst_however_near() {
        let of = |name: &str, observed: f64, measured_order: f64| {
            let criterion = Criterion::Truncation { order: 2.0, measured_order, bound: 1.0, rationale: "by hand" };
            Measurement::new("?", name, observed, 0.0, criterion)
        };
        let picked = |of: Vec<Measurement>| worst(of).map(|m| m.name);
        assert_eq!(picked(vec![of("a", 0.9, 2.0), of("b", 0.1, 2.0)]), Some("worst of 2: a".into()));
        assert_eq!(picked(vec![of("a", 0.9, 2.0), of("b", 0.1, 1.0)]), Some("worst of 2: b".into()));
        assert_eq!(picked(vec![of("a", 0.9, 2.0), of("b", f64::NAN, 2.0)]), Some("worst of 2: b".into()));
        assert_eq!(picked(Vec::new()), None);
    }

    #[test]
    fn the_worst_is_the_one_without_a_number() {
        let of = |name: &str, observed: f64| near("?", name, observed, Interval::point(observed), 0.0, 1.0, "by hand");
        let picked = worst(vec![of("a", 9.0), of("b", f64::NAN), of("c", 0.0)]).map(|m| (m.outcome(), m.name));
        assert_eq!(picked, Some((Outcome::Invalid, "worst of 3: b".into())));
    }

    #[test]
    fn the_worst_is_the_furthest_off_in_units_of_its_own_bound() {
        let of = |name: &str, observed: f64, bound: f64| {
            let discrepancy = Interval::point(observed);
            let criterion = Criterion::Equivalence { discrepancy, bound, rationale: "by hand" };
            Measurement::new("?", name, observed, 0.0, criterion)
        };
        let picked = worst(vec![of("a", 0.9, 1.0), of("b", 2.0, 10.0)]).map(|m| m.name);
        assert_eq!(picked, Some("worst of 2: a".into()));
        // One that fails just so and one that is far off and decides nothing.
        let open = |name: &str| {
            let criterion = Criterion::Equivalence {
                discrepancy: Interval::confidence(0.0, 9.0, 0.9),
                bound: 1.0,
                rationale: "by hand",
            };
            Measurement::new("?", name, 8.0, 0.0, criterion)
        };
        let picked = worst(vec![of("a", 1.1, 1.0), open("b")]).map(|m| m.name);
        assert_eq!(picked, Some("worst of 2: a".into()));
    }

    #[test]
    fn the_limit_of_a_series_of_two_terms_is_exact() {
        // 2 + 3/√n − 5/n at n = 1, 4, 16: 0, 2.25, 2.4375. By hand: first column 2f₁ − f₀ = 4.5 and
        // 2.625, 1.875 apart, 0.1875 apart before, over 4^(1/2 · 2).
        let values = [1.0, 4.0, 16.0].map(|n: f64| 2.0 + 3.0 / n.sqrt() - 5.0 / n);
        let (found, bound) = limit(&values, 4.0, 0.5);
        assert!((found - 2.0).abs() < 1e-12 && (bound - 1.875 - 0.1875 / 4.0).abs() < 1e-12, "{found} {bound}");
        assert!(limit(&values[..2], 4.0, 0.5).1.is_nan());
        // 0, 2.25, 2.4375: its distances from 2 grow.
        let to = |values: &[f64], limit: f64| tends_to("?", "limit".into(), values, (4.0, 0.5), limit).outcome();
        assert_eq!((to(&values, 2.0), to(&[1.0; 2], 1.0)), (Outcome::Fail, Outcome::Invalid));
        let late = [16.0, 64.0, 256.0].map(|n: f64| 2.0 + 3.0 / n.sqrt() - 0.5 / n);
        assert_eq!((to(&late, 2.0), to(&late, 2.1)), (Outcome::Pass, Outcome::Fail));
    }

    #[test]
    fn the_worst_of_tests_has_the_smallest_p_value() {
        let picked = worst(vec![z("?", "a", 3.0, 0.0, 1.0), z("?", "b", 4.0, 0.0, 100.0)]).map(|m| m.name);
        assert_eq!(picked, Some("worst of 2: a".into()));
        let spent = worst(vec![z("?", "a", 3.0, 0.0, 1.0), z("?", "b", 0.0, 0.0, 1.0)]).map(|m| m.criterion);
        let Some(Criterion::Statistical { p_value, alpha, .. }) = spent else { panic!("not a z test") };
        // A variance that is not a number gives no p-value: that is invalid, alone and beside one
        // that fails by its value.
        let [none, off] = [z("?", "none", 1.0, 1.0, f64::NAN), z("?", "off", 90.0, 0.0, 1.0)];
        let outcome = |of: Vec<Measurement>| worst(of).map(|m| m.outcome());
        assert_eq!(outcome(vec![none.clone(), z("?", "b", 0.0, 0.0, 1.0)]), Some(Outcome::Invalid));
        assert_eq!(outcome(vec![none, off]), Some(Outcome::Invalid));
        assert!((alpha - 2.0 * ALPHA).abs() < 1e-20 && (p_value - 2.0 * 0.002_699_796).abs() < 1e-8); // 2Φ(−3), tables
    }

    #[test]
    fn a_stricter_test_has_so_many_times_the_p_value_and_the_same_level() {
        let of = |observed: f64, variance: f64| stricter(z("?", "z", observed, 0.0, variance), 4.0);
        // 2Φ(−3), tables; 1 at most, and not-a-number stays.
        let p = |m: Measurement| m.p_value().expect("a test");
        assert!((p(of(3.0, 1.0)) - 4.0 * 0.002_699_796).abs() < 1e-8 && p(of(0.1, 1.0)) == 1.0);
        let level = of(3.0, 1.0).false_alarm();
        assert_eq!((of(1.0, f64::NAN).outcome(), level), (Outcome::Invalid, Some(ALPHA)));
        // 2Φ(−5) = 5.7e-7, tables: refuted without the factor.
        assert_eq!((z("?", "z", 5.0, 0.0, 1.0).outcome(), of(5.0, 1.0).outcome()), (Outcome::Fail, Outcome::Pass));
        assert_eq!(stricter(exactly("?", "exactly", 2.0, 0.5, 1.0, "by hand"), 4.0).p_value(), None);
    }

    #[test]
    fn a_z_test_says_in_units_of_the_value_what_it_detects() {
        // by hand: (4.892 + 2.326) √4
        let Criterion::Statistical { detects, .. } = z("?", "z", 1.0, 1.0, 4.0).criterion else {
            panic!("not a z test")
        };
        assert_eq!(detects, "shift 1.44e1");
    }

    #[test]
    fn an_exact_value_has_no_width() {
        // by hand: 2 is 1.5 away from 1/2
        let of = |bound: f64| exactly("?", "exactly", 2.0, 0.5, bound, "by hand");
        assert_eq!((of(1.6).outcome(), of(1.4).outcome()), (Outcome::Pass, Outcome::Fail));
        assert_eq!(of(1.6).false_alarm(), Some(0.0));
    }

    #[test]
    fn an_effect_passes_above_its_least_value_and_fails_below() {
        let of = |low: f64, high: f64| {
            let m = effect("?", "e", 2.0, Interval::confidence(low, high, 0.9), 3.0, 1.0, "by hand");
            assert_eq!((m.observed, m.predicted, m.bound()), (2.0, 3.0, 1.0));
            m.outcome()
        };
        assert_eq!([of(1.5, 2.5), of(0.5, 2.5), of(-2.5, 0.5)], [Outcome::Pass, Outcome::Undecided, Outcome::Fail]);
    }

    #[test]
    fn near_is_the_distance_from_the_prediction() {
        // by hand: (1, 2) is 1 to 2 away from 0 and 0 to 1/2 away from 1.5
        let of = |predicted: f64, bound: f64| {
            let interval = Interval::confidence(1.0, 2.0, 0.9);
            near("?", "near", 1.5, interval, predicted, bound, "by hand").outcome()
        };
        assert_eq!((of(0.0, 0.9), of(0.0, 1.5), of(0.0, 2.1)), (Outcome::Fail, Outcome::Undecided, Outcome::Pass));
        assert_eq!(of(1.5, 0.6), Outcome::Pass);
    }

    #[test]
    fn the_worst_is_furthest_from_its_prediction_not_from_zero() {
        let of = |name: &str, observed: f64, predicted: f64| exactly("?", name, observed, predicted, 10.0, "by hand");
        // by hand: 2 and 0 away
        let picked = worst(vec![of("a", 1.0, 3.0), of("b", 5.0, 5.0)]).map(|m| m.name);
        assert_eq!(picked, Some("worst of 2: a".into()));
        // Twice a p-value of 1 is 1.
        let sure = worst(vec![z("?", "a", 0.0, 0.0, 1.0), z("?", "b", 0.0, 0.0, 1.0)]);
        assert_eq!(sure.map(|m| (m.p_value(), m.outcome())), Some((Some(1.0), Outcome::Pass)));
    }

    #[test]
    fn the_limit_of_a_series_of_three_terms_goes_by_its_last_two_columns() {
        // 1 + 8x + 8x² + 64x³ at x = 1, 1/2, 1/4, 1/8. By hand: 81, 15, 4.5, 2.25; then −51, −6, 0;
        // 9, 2; 1. The last step moves by 7 and has the power 8, the one before by 6.
        let values = [81.0, 15.0, 4.5, 2.25];
        assert_eq!(limit(&values, 2.0, 1.0), (1.0, 7.75));
        assert_eq!(limit(&[3.0], 2.0, 1.0).0, 3.0);
        assert!(limit(&[], 2.0, 1.0).0.is_nan());
    }

    #[test]
    fn values_that_tend_to_a_prediction_have_the_first_order_in_its_power() {
        // 2 + 3/√n at n = 16, 64, 256: 3/4, 3/8 and 3/16 from the limit, halved at every step as √4
        // says.
        let of = |predicted: f64| tends_to("?", "limit".into(), &[2.75, 2.375, 2.1875], (4.0, 0.5), predicted);
        let order = |m: &Measurement| match m.criterion {
            Criterion::Truncation { order, measured_order, .. } => (order, measured_order),
            _ => panic!("no truncation"),
        };
        let found = order(&of(2.0));
        assert!(found.0 == 1.0 && (found.1 - 1.0).abs() < 1e-15, "{found:?}");
        assert_eq!((of(2.0).observed, of(2.0).predicted, of(2.0).outcome()), (2.0, 2.0, Outcome::Pass));
        // by hand, from 2.125: 1/4 and 1/16 are ln 4/ln 2 = 2 powers apart
        assert!((order(&of(2.125)).1 - 2.0).abs() < 1e-15);
    }

    #[test]
    fn one_uniform_value_has_a_kolmogorov_distance_known_by_hand() {
        // P(D ≥ 0.9) of one value is that of its first and last tenth.
        let found = kolmogorov("ks", "one", &[0.9], |z| z).expect("a sample");
        assert_eq!((&*found.id, &*found.name, found.observed, found.predicted), ("ks", "one", 0.9, 0.0));
        assert!(found.p_value().is_some_and(|p| (p - 0.2).abs() < 1e-12), "{found:?}");
        let Criterion::Statistical { test, statistic, alpha, detects, .. } = found.criterion else {
            panic!("not a test")
        };
        assert_eq!((test, statistic, alpha), (TestKind::KolmogorovSmirnov, 0.9, ALPHA));
        // by hand: √(ln(2e6)/2) + √(ln(100)/2) = 2.693 + 1.517
        assert_eq!(detects, "sup-distance 4.21");
        assert!(kolmogorov("ks", "none", &[], |z| z).is_err());
    }

    #[test]
    fn counts_are_equal_or_not() {
        let of = |observed: usize| count("n", "count", observed, 3);
        assert_eq!([2, 3, 4].map(|n| of(n).outcome()), [Outcome::Fail, Outcome::Pass, Outcome::Fail]);
        assert_eq!((of(4).observed, of(4).predicted, of(4).bound()), (4.0, 3.0, 0.0));
    }
}
