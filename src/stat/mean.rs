//! Means of independent values: z test, Student's interval, share of variance between classes.
#![deny(clippy::disallowed_methods)]

use super::{StatError, Test, moments, normal_two_sided, usable};
use crate::math::larger;
use crate::stat::interval::Interval;
use statrs::distribution::{ContinuousCDF, StudentsT};
use std::borrow::Borrow;

/// z = (observed − mean)/√variance and its two-sided normal p-value; exact for a normal observation
/// of known variance.
///
/// # Example
/// ```
/// let z = rbm_landscape::stat::mean::z_test(1.959963984540054, 0.0, 1.0);
/// assert!((z.p_value - 0.05).abs() < 1e-15 && z.statistic > 1.95); // normal tables
/// ```
pub fn z_test(observed: f64, mean: f64, variance: f64) -> Test {
    let statistic = (observed - mean) / variance.sqrt();
    Test { statistic, p_value: normal_two_sided(statistic) }
}

fn student(degrees: f64) -> Option<StudentsT> {
    StudentsT::new(0.0, 1.0, degrees).ok() // refuses only degrees <= 0, which the callers exclude
}

/// P(T >= t); NaN for NaN, where statrs would panic.
pub(super) fn student_survival(t: f64, degrees: f64) -> f64 {
    if !t.is_finite() {
        return if t.is_nan() { t } else { f64::from(u8::from(t < 0.0)) };
    }
    student(degrees).map_or(f64::NAN, |law| law.sf(t))
}

/// Two-sided quantile: P(|T| <= t) = confidence.
pub(crate) fn student_quantile(degrees: f64, confidence: f64) -> f64 {
    student(degrees).map_or(f64::INFINITY, |law| law.inverse_cdf(0.5 + confidence / 2.0))
}

/// Student's interval for the mean of independent, nearly normal values.
///
/// # Errors
/// Fewer than two values, or one that is not finite.
pub fn mean_interval(sample: &[f64], confidence: f64) -> Result<Interval, StatError> {
    usable("mean interval", sample, 2)?;
    let n = sample.len() as f64;
    let (mean, variance) = moments(sample);
    let half = student_quantile(n - 1.0, confidence) * (variance / n).sqrt();
    Ok(Interval::confidence(mean - half, mean + half, confidence))
}

/// Mean of values, added in their order; NaN of none.
///
/// # Example
/// ```
/// assert_eq!(rbm_landscape::stat::mean::mean([1.0, 2.0, 6.0]), 3.0);
/// ```
pub fn mean<T: Borrow<f64>>(values: impl IntoIterator<Item = T>) -> f64 {
    let mut count = 0usize;
    let counted = values.into_iter().inspect(|_| count += 1);
    counted.map(|value| *value.borrow()).sum::<f64>() / count as f64
}

/// Mean and its standard error, √(Σ(x − mean)²/(n(n − 1))); the error of a single value is 0, of
/// none NaN: for error bars, not for verdicts.
///
/// # Example
/// ```
/// // by hand: Σ(x − 3)² = 8, n = 3
/// let (mean, error) = rbm_landscape::stat::mean::mean_and_error(&[1.0, 3.0, 5.0]);
/// assert!(mean == 3.0 && (error - (8.0_f64 / 6.0).sqrt()).abs() < 1e-15);
/// ```
pub fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let (count, mean) = (values.len() as f64, mean(values));
    let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    (mean, (squares / (count * larger(count - 1.0, 1.0))).sqrt())
}

/// Share of the variance of `values` that lies between the classes of `labels` (eta squared), in
/// [0, 1].
///
/// With labels that mean nothing its mean is (K − 1)/(n − 1) for K classes.
///
/// # Errors
/// Fewer than two values, one that is not finite, or all equal.
///
/// # Example
/// ```
/// // by hand: classes {0, 0} and {2, 2} explain everything, {0, 2} twice nothing
/// use rbm_landscape::stat::mean::class_share;
/// assert_eq!(class_share(&[0.0, 0.0, 2.0, 2.0], &[1, 1, 7, 7]).unwrap(), 1.0);
/// assert_eq!(class_share(&[0.0, 2.0, 0.0, 2.0], &[1, 1, 7, 7]).unwrap(), 0.0);
/// ```
pub fn class_share(values: &[f64], labels: &[u8]) -> Result<f64, StatError> {
    let test = "class share";
    usable(test, values, 2)?;
    if labels.len() < values.len() {
        return Err(StatError::TooFew { test, needed: values.len(), got: labels.len() });
    }
    let mean = mean(values);
    let (mut sums, mut counts) = ([0.0; 256], [0.0; 256]);
    for (value, &label) in values.iter().zip(labels) {
        sums[usize::from(label)] += value - mean;
        counts[usize::from(label)] += 1.0;
    }
    let total: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    if total == 0.0 {
        return Err(StatError::Constant { test });
    }
    let between: f64 = sums.iter().zip(counts).filter(|(_, n)| *n > 0.0).map(|(sum, n)| sum * sum / n).sum();
    Ok(between / total)
}

#[cfg(test)]
mod tests {
    use super::super::reference;
    use super::*;

    #[test]
    fn the_z_test_agrees_with_scipy() {
        reference::agrees("z_test", |a, _| {
            let n = a.len() as f64;
            z_test(a.iter().sum::<f64>() / n, 0.1, 1.3 * 1.3 / n)
        });
    }

    #[test]
    fn student_quantiles_agree_with_scipy() {
        // scipy.stats.t.ppf, scipy 1.17.1
        for (degrees, confidence, expected) in [
            (1.0, 0.95, 12.706204736174694),
            (3.0, 0.99, 5.840909309733355),
            (39.0, 0.999999, 5.794287382959299),
            (199.0, 0.999, 3.3400865561614634),
        ] {
            assert!((student_quantile(degrees, confidence) / expected - 1.0).abs() < 1e-9, "{degrees} {confidence}");
        }
    }

    #[test]
    fn means_and_their_errors_are_those_by_hand() {
        let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        // 1, 3, 5: Σ(x − 3)² = 8.
        let (mean, error) = mean_and_error(&[1.0, 3.0, 5.0]);
        assert_eq!((mean, mean_and_error(&[7.0])), (3.0, (7.0, 0.0)));
        near(error, (8.0f64 / 6.0).sqrt());
        assert!(mean_and_error(&[]).0.is_nan());
        // Two values have one degree of freedom, and half of Cauchy's law lies within 1: 3 ±
        // √(2/2).
        let half = mean_interval(&[2.0, 4.0], 0.5).expect("two values");
        assert!((half.low - 2.0).abs() < 1e-9 && (half.high - 4.0).abs() < 1e-9, "{half:?}");
        // Classes {0, 1} and {5}: mean 2, Σ = 4 + 1 + 9, between 2·1.5² + 9.
        near(class_share(&[0.0, 5.0, 1.0], &[3, 255, 3]).expect("varies"), 13.5 / 14.0);
        assert_eq!(class_share(&[0.0, 2.0, 0.0, 2.0], &[1, 1, 7, 7]), Ok(0.0));
        // z = (5 − 2)/√4; both sides.
        let z = z_test(5.0, 2.0, 4.0);
        assert_eq!((z.statistic, z_test(-1.0, 2.0, 4.0).p_value), (1.5, z.p_value));
        near(z.p_value, 0.133_614_402_537_716_1); // normal tables, 2 (1 − Φ(1.5))
        // Cauchy's law: P(T >= 1) = 1/4.
        near(student_survival(1.0, 1.0), 0.25);
        near(student_survival(-1.0, 1.0), 0.75);
        assert_eq!((student_survival(f64::INFINITY, 3.0), student_survival(f64::NEG_INFINITY, 3.0)), (0.0, 1.0));
        assert!(student_survival(f64::NAN, 3.0).is_nan());
        // Where there is no law.
        assert!(student_survival(1.0, 0.0).is_nan() && student_quantile(0.0, 0.9) == f64::INFINITY);
    }

    #[test]
    fn unusable_input_is_named() {
        assert!(matches!(mean_interval(&[1.0], 0.9), Err(StatError::TooFew { needed: 2, .. })));
        assert!(matches!(mean_interval(&[1.0, f64::NAN], 0.9), Err(StatError::NotFinite { at: 1, .. })));
        assert!(matches!(class_share(&[2.0; 3], &[1, 2, 3]), Err(StatError::Constant { .. })));
        assert!(matches!(class_share(&[1.0, 2.0], &[1]), Err(StatError::TooFew { .. })));
    }
}
