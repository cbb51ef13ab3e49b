//! Statistical tests and intervals that a claim uses, each with a calibration and a power test of its own.

pub mod series;

use crate::evidence::Interval;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// Input that a test cannot use.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum StatError {
    /// Too few values.
    #[error("{test} needs at least {needed} values, got {got}")]
    TooFew {
        /// Which test.
        test: &'static str,
        /// How many it needs.
        needed: usize,
        /// How many there are.
        got: usize,
    },
    /// A value is NaN or infinite.
    #[error("{test}: value number {at} is not finite")]
    NotFinite {
        /// Which test.
        test: &'static str,
        /// Index of the value.
        at: usize,
    },
    /// All values are equal where they have to vary.
    #[error("{test}: all values are equal")]
    Constant {
        /// Which test.
        test: &'static str,
    },
}

fn usable(test: &'static str, sample: &[f64], needed: usize) -> Result<(), StatError> {
    if sample.len() < needed {
        return Err(StatError::TooFew { test, needed, got: sample.len() });
    }
    match sample.iter().position(|x| !x.is_finite()) {
        Some(at) => Err(StatError::NotFinite { test, at }),
        None => Ok(()),
    }
}

/// Result of a Kolmogorov-Smirnov test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ks {
    /// D = sup |F_n − F|, in [0, 1].
    pub statistic: f64,
    /// Asymptotic p-value with Stephens' finite-size correction.
    pub p_value: f64,
}

/// One-sample Kolmogorov-Smirnov test of independent values against a fully specified continuous law.
///
/// p = Q((√n + 0.12 + 0.11/√n) D), Q the Kolmogorov survival function; right to a few parts in a thousand for n >= 20.
///
/// # Errors
/// An empty sample, or a value that is not finite.
///
/// # Source
/// M. A. Stephens, J. R. Statist. Soc. B 32 (1970) 115.
///
/// # Example
/// ```
/// // by hand: one value at the median is 1/2 away from either step
/// let ks = rbm_landscape::stat::ks_one_sample(&[0.5], |x| x).unwrap();
/// assert_eq!(ks.statistic, 0.5);
/// ```
pub fn ks_one_sample(sample: &[f64], cdf: impl Fn(f64) -> f64) -> Result<Ks, StatError> {
    usable("Kolmogorov-Smirnov", sample, 1)?;
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let statistic = sorted
        .iter()
        .enumerate()
        .map(|(i, &x)| {
            let f = cdf(x);
            (f - i as f64 / n).max((i + 1) as f64 / n - f)
        })
        .fold(0.0, f64::max);
    let root = n.sqrt();
    Ok(Ks { statistic, p_value: kolmogorov_survival((root + 0.12 + 0.11 / root) * statistic) })
}

/// Q(x) = 2 Σ (−1)^(k−1) exp(−2k²x²), by its theta-function dual below 1 where the series is slow.
fn kolmogorov_survival(x: f64) -> f64 {
    use std::f64::consts::PI;
    if x < 0.2 {
        return 1.0; // 1 − Q < 1e-12
    }
    if x < 1.0 {
        let term = |k: i32| (-f64::from((2 * k - 1).pow(2)) * PI * PI / (8.0 * x * x)).exp();
        return 1.0 - (2.0 * PI).sqrt() / x * (1..=4).map(term).sum::<f64>();
    }
    let term = |k: i32| (if k % 2 == 1 { 2.0 } else { -2.0 }) * (-2.0 * f64::from(k * k) * x * x).exp();
    (1..=10).map(term).sum()
}

/// Half-width of the Dvoretzky-Kiefer-Wolfowitz band: sup |F_n − F| exceeds it with probability at most `alpha`.
///
/// # Source
/// P. Massart, Ann. Probab. 18 (1990) 1269.
pub fn dkw_half_width(n: usize, alpha: f64) -> f64 {
    ((2.0 / alpha).ln() / (2.0 * n as f64)).sqrt()
}

/// z = (observed − mean)/√variance and its two-sided normal p-value.
///
/// # Example
/// ```
/// let (z, p) = rbm_landscape::stat::z_test(1.959963984540054, 0.0, 1.0);
/// assert!((p - 0.05).abs() < 1e-15 && z > 1.95); // normal tables
/// ```
pub fn z_test(observed: f64, mean: f64, variance: f64) -> (f64, f64) {
    let z = (observed - mean) / variance.sqrt();
    (z, libm::erfc(z.abs() / std::f64::consts::SQRT_2))
}

/// Student's interval for the mean of independent, nearly normal values.
///
/// # Errors
/// Fewer than two values, or one that is not finite.
pub fn mean_interval(sample: &[f64], confidence: f64) -> Result<Interval, StatError> {
    usable("mean interval", sample, 2)?;
    let n = sample.len() as f64;
    let mean = sample.iter().sum::<f64>() / n;
    let variance = sample.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let half = student_quantile(n - 1.0, confidence) * (variance / n).sqrt();
    Ok(Interval { low: mean - half, high: mean + half, confidence })
}

/// Two-sided quantile: P(|T| <= t) = confidence.
fn student_quantile(degrees: f64, confidence: f64) -> f64 {
    // The constructor refuses only degrees <= 0, which the callers exclude.
    StudentsT::new(0.0, 1.0, degrees).map_or(f64::INFINITY, |t| t.inverse_cdf(0.5 + confidence / 2.0))
}

/// A straight line fitted by least squares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinearFit {
    /// Slope b of y = a + b x.
    pub slope: f64,
    /// Intercept a.
    pub intercept: f64,
    /// Confidence interval of the slope.
    pub slope_interval: Interval,
}

/// Least-squares line through points of equal, independent normal errors, with Student's interval for its slope.
///
/// # Errors
/// Fewer than three points, a value that is not finite, or all x equal.
pub fn linear_fit(x: &[f64], y: &[f64], confidence: f64) -> Result<LinearFit, StatError> {
    let test = "linear fit";
    usable(test, x, 3)?;
    usable(test, y, x.len())?;
    let n = x.len() as f64;
    let (mean_x, mean_y) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let sxx: f64 = x.iter().map(|x| (x - mean_x).powi(2)).sum();
    if sxx == 0.0 {
        return Err(StatError::Constant { test });
    }
    let slope = x.iter().zip(y).map(|(x, y)| (x - mean_x) * (y - mean_y)).sum::<f64>() / sxx;
    let intercept = mean_y - slope * mean_x;
    let residual: f64 = x.iter().zip(y).map(|(x, y)| (y - intercept - slope * x).powi(2)).sum();
    let half = student_quantile(n - 2.0, confidence) * (residual / (n - 2.0) / sxx).sqrt();
    let slope_interval = Interval { low: slope - half, high: slope + half, confidence };
    Ok(LinearFit { slope, intercept, slope_interval })
}

/// Share of the variance of `values` that lies between the classes of `labels` (eta squared), in [0, 1].
///
/// With labels that mean nothing its mean is (K − 1)/(n − 1) for K classes.
///
/// # Errors
/// Fewer than two values, one that is not finite, or all equal.
///
/// # Example
/// ```
/// // by hand: classes {0, 0} and {2, 2} explain everything, {0, 2} twice nothing
/// use rbm_landscape::stat::class_share;
/// assert_eq!(class_share(&[0.0, 0.0, 2.0, 2.0], &[1, 1, 7, 7]).unwrap(), 1.0);
/// assert_eq!(class_share(&[0.0, 2.0, 0.0, 2.0], &[1, 1, 7, 7]).unwrap(), 0.0);
/// ```
pub fn class_share(values: &[f64], labels: &[u8]) -> Result<f64, StatError> {
    let test = "class share";
    usable(test, values, 2)?;
    if labels.len() < values.len() {
        return Err(StatError::TooFew { test, needed: values.len(), got: labels.len() });
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
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
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
    use rand_distr::{Distribution, StandardNormal};

    /// Counts of p < 0.05 in `runs` runs lie in the binomial interval that a right test leaves once in 10,000 suites:
    /// mean ± 3.9 standard deviations.
    fn rejects_at_its_level(runs: usize, mut p: impl FnMut(&mut ChaCha8Rng) -> f64) {
        let rejected = (0..runs).filter(|&seed| p(&mut ChaCha8Rng::seed_from_u64(seed as u64)) < 0.05).count() as f64;
        let (mean, spread) = (0.05 * runs as f64, (0.05 * 0.95 * runs as f64).sqrt());
        assert!((rejected - mean).abs() < 3.9 * spread, "{rejected} of {runs}");
    }

    #[test]
    fn kolmogorov_smirnov_rejects_a_true_law_at_its_level() {
        for n in [23, 211] {
            rejects_at_its_level(2000, |rng| {
                let sample: Vec<f64> = (0..n).map(|_| rng.random()).collect();
                ks_one_sample(&sample, |x| x).expect("finite").p_value
            });
        }
    }

    #[test]
    fn kolmogorov_smirnov_finds_a_standard_deviation_wrong_by_a_tenth() {
        let cdf = |z: f64| 0.5 * libm::erfc(-z / 2f64.sqrt());
        // n = 20,000, as the saddle-point claim uses: sup|Φ(z) − Φ(z/1.1)| = 0.0231,
        // 3.27/√n against the critical 2.69/√n at 1e-6; the fluctuation of √n D is about 0.3.
        for seed in 0..20 {
            let rng = &mut ChaCha8Rng::seed_from_u64(seed);
            let normal = |rng: &mut ChaCha8Rng| -> f64 { StandardNormal.sample(rng) };
            let wrong: Vec<f64> = (0..20_000).map(|_| 1.1 * normal(rng)).collect();
            assert!(ks_one_sample(&wrong, cdf).expect("finite").p_value < 1e-6, "seed {seed}");
        }
    }

    #[test]
    fn kolmogorov_survival_agrees_with_scipy() {
        // scipy.special.kolmogorov, scipy 1.17.1
        for (x, expected) in KOLMOGOROV {
            assert!((kolmogorov_survival(x) / expected - 1.0).abs() < 1e-10, "Q({x})");
        }
    }

    #[test]
    fn mean_interval_covers_at_its_level() {
        // Coverage of a 95 % interval: a miss counts as a rejection at 5 %.
        rejects_at_its_level(2000, |rng| {
            let sample: Vec<f64> = (0..7)
                .map(|_| 3.0 + 2.0 * <StandardNormal as Distribution<f64>>::sample(&StandardNormal, rng))
                .collect();
            let interval = mean_interval(&sample, 0.95).expect("finite");
            if interval.low <= 3.0 && 3.0 <= interval.high { 1.0 } else { 0.0 }
        });
    }

    #[test]
    fn slope_interval_covers_at_its_level() {
        rejects_at_its_level(2000, |rng| {
            let x: Vec<f64> = (0..11).map(f64::from).collect();
            let y: Vec<f64> = x
                .iter()
                .map(|x| 1.0 - 0.3 * x + <StandardNormal as Distribution<f64>>::sample(&StandardNormal, rng))
                .collect();
            let interval = linear_fit(&x, &y, 0.95).expect("finite").slope_interval;
            if interval.low <= -0.3 && -0.3 <= interval.high { 1.0 } else { 0.0 }
        });
    }

    #[test]
    fn student_quantiles_agree_with_scipy() {
        // scipy.stats.t.ppf, scipy 1.17.1
        for (degrees, confidence, expected) in STUDENT {
            assert!(
                (student_quantile(degrees, confidence) / expected - 1.0).abs() < 1e-9,
                "t({degrees}, {confidence})"
            );
        }
    }

    #[test]
    fn unusable_input_is_named() {
        assert!(matches!(ks_one_sample(&[], |x| x), Err(StatError::TooFew { got: 0, .. })));
        assert!(matches!(ks_one_sample(&[0.1, f64::NAN], |x| x), Err(StatError::NotFinite { at: 1, .. })));
        assert!(matches!(mean_interval(&[1.0], 0.9), Err(StatError::TooFew { needed: 2, .. })));
        assert!(matches!(linear_fit(&[1.0; 3], &[1.0, 2.0, 3.0], 0.9), Err(StatError::Constant { .. })));
        assert!(matches!(class_share(&[2.0; 3], &[1, 2, 3]), Err(StatError::Constant { .. })));
        assert!(matches!(class_share(&[1.0, 2.0], &[1]), Err(StatError::TooFew { .. })));
    }

    const KOLMOGOROV: [(f64, f64); 5] = [
        (0.4, 0.9971923267772983),
        (0.8, 0.5441424115741981),
        (1.0, 0.26999967167735456),
        (1.5, 0.022217962616525127),
        (3.0, 3.045995948942526e-08),
    ];
    const STUDENT: [(f64, f64, f64); 4] = [
        (1.0, 0.95, 12.706204736174694),
        (3.0, 0.99, 5.840909309733355),
        (39.0, 0.999999, 5.794287382959299),
        (199.0, 0.999, 3.3400865561614634),
    ];
}
