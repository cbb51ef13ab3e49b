//! Goodness of fit of independent values: Kolmogorov-Smirnov, the chi-square law, and the band of
//! Dvoretzky, Kiefer and Wolfowitz.
#![deny(clippy::disallowed_methods)]

use super::{StatError, Test, usable};
use crate::math::larger;
use crate::math::largest;
use crate::math::smaller;
use statrs::distribution::{ChiSquared, ContinuousCDF};

fn sorted(sample: &[f64]) -> Vec<f64> {
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// D = sup |F_n − F| of values in ascending order against a continuous law; not-a-number of none,
/// and where the law gives none.
///
/// # Example
/// ```
/// // by hand: one value at the median is 1/2 away from either step
/// assert_eq!(rbm_landscape::stat::goodness::sup_distance(&[0.5], |x| x), 0.5);
/// ```
pub fn sup_distance(ascending: &[f64], cdf: impl Fn(f64) -> f64) -> f64 {
    let n = ascending.len() as f64;
    let step = |(i, &x): (usize, &f64)| {
        let f = cdf(x);
        larger(f - i as f64 / n, (i + 1) as f64 / n - f)
    };
    largest(ascending.iter().enumerate().map(step))
}

/// One-sample Kolmogorov-Smirnov test of independent values against a fully specified continuous
/// law; statistic D = sup |F_n − F|.
///
/// Exact for n <= 140 and, for every n, in the tail p < 0.001 (relative error below 1e-9), where
/// alpha lies; between, the relative error is below 0.06/n.
///
/// # Errors
/// An empty sample, a value that is not finite, or a law that is not a probability in [0, 1] there:
/// `at` counts the values in ascending order.
///
/// # Source
/// G. Marsaglia, W. W. Tsang, J. Wang, J. Stat. Softw. 8 (2003) 18; tail: Z. W. Birnbaum, F. H.
/// Tingey, Ann. Math. Statist. 22 (1951) 592; R. Simard, P. L'Ecuyer, J. Stat. Softw. 39 (2011) 11.
///
/// # Example
/// ```
/// // by hand: one value at the median has D = 1/2, its smallest: p = 1
/// let ks = rbm_landscape::stat::goodness::ks_one_sample(&[0.5], |x| x).unwrap();
/// assert_eq!((ks.statistic, ks.p_value), (0.5, 1.0));
/// ```
pub fn ks_one_sample(sample: &[f64], cdf: impl Fn(f64) -> f64) -> Result<Test, StatError> {
    let test = "Kolmogorov-Smirnov";
    usable(test, sample, 1)?;
    let probabilities: Vec<f64> = sorted(sample).into_iter().map(cdf).collect();
    if let Some(at) = probabilities.iter().position(|p| !(0.0..=1.0).contains(p)) {
        return Err(StatError::Range {
            test,
            at,
            value: probabilities[at],
            range: "a probability in [0, 1] from the law",
        });
    }
    let statistic = sup_distance(&probabilities, |p| p);
    Ok(Test { statistic, p_value: kolmogorov(sample.len(), statistic) })
}

/// P(D >= d) for n independent values.
pub(crate) fn kolmogorov(n: usize, d: f64) -> f64 {
    if d <= 0.5 / n as f64 {
        return 1.0;
    }
    if d >= 1.0 {
        return 0.0;
    }
    let one_sided = smirnov(n, d);
    if one_sided < 5e-4 || n > 140 {
        // Kolmogorov's series 2 Σ (−1)^(k−1) exp(−2k²x²) with the exact one-sided probability for
        // exp(−2x²): what it gets wrong is only the part where both sides are crossed.
        let term = |k: i32| (if k % 2 == 1 { 2.0 } else { -2.0 }) * one_sided.powi(k * k);
        let series: f64 = (1..=60).map(term).sum();
        return series.clamp(0.0, 1.0);
    }
    (1.0 - marsaglia(n, d)).clamp(0.0, 1.0)
}

/// P(sup (F_n − F) >= d), a sum of positive terms.
fn smirnov(n: usize, d: f64) -> f64 {
    let size = n as f64;
    let mut log_choose = 0.0; // ln C(n, j)
    let mut sum = 0.0;
    for j in 0..=((size * (1.0 - d)) as usize).min(n) {
        let (at, left) = (d + j as f64 / size, 1.0 - d - j as f64 / size);
        if j > 0 {
            log_choose += libm::log((n - j + 1) as f64 / j as f64);
        }
        let rest = if j == n { 0.0 } else { (n - j) as f64 * libm::log(larger(left, 0.0)) };
        sum += libm::exp(log_choose + (j as f64 - 1.0) * libm::log(at) + rest);
    }
    smaller(d * sum, 1.0)
}

/// P(D < d): n!/nⁿ times the middle entry of the n-th power of a banded matrix.
fn marsaglia(n: usize, d: f64) -> f64 {
    let size = n as f64;
    let k = (size * d) as usize + 1;
    let m = 2 * k - 1;
    let h = k as f64 - size * d;
    let mut matrix = vec![0.0; m * m];
    for i in 0..m {
        for j in 0..m.min(i + 2) {
            matrix[i * m + j] = 1.0;
        }
    }
    for i in 0..m {
        matrix[i * m] -= h.powi(i as i32 + 1);
        matrix[(m - 1) * m + i] -= h.powi((m - i) as i32);
    }
    if h > 0.5 {
        matrix[(m - 1) * m] += (2.0 * h - 1.0).powi(m as i32);
    }
    for i in 0..m {
        for j in 0..m.min(i + 1) {
            matrix[i * m + j] /= (1..=i + 1 - j).map(|g| g as f64).product::<f64>();
        }
    }
    // Entries grow like nⁿ/n!; the power of two is kept apart.
    let times = |a: &[f64], b: &[f64]| -> Vec<f64> {
        let mut c = vec![0.0; m * m];
        for i in 0..m {
            for l in 0..m {
                for j in 0..m {
                    c[i * m + j] += a[i * m + l] * b[l * m + j];
                }
            }
        }
        c
    };
    let scaled = |mut a: Vec<f64>, exponent: &mut i64| {
        let top = a.iter().fold(0.0, |top, x| larger(top, x.abs()));
        if top > 1e100 {
            a.iter_mut().for_each(|x| *x *= 1e-100);
            *exponent += 100;
        }
        a
    };
    let mut power: Vec<f64> = (0..m * m).map(|at| f64::from(u8::from(at / m == at % m))).collect();
    let (mut exponent, mut square, mut square_exponent) = (0i64, matrix, 0i64);
    let mut left = n;
    while left > 0 {
        if left % 2 == 1 {
            exponent += square_exponent;
            power = scaled(times(&power, &square), &mut exponent);
        }
        square_exponent *= 2;
        square = scaled(times(&square, &square), &mut square_exponent);
        left /= 2;
    }
    let mut value = power[(k - 1) * m + k - 1];
    for i in 1..=n {
        value *= i as f64 / size;
        if value < 1e-100 {
            value *= 1e100;
            exponent -= 100;
        }
    }
    value * 10f64.powi(exponent as i32)
}

/// Half-width of the Dvoretzky-Kiefer-Wolfowitz band: sup |F_n − F| exceeds it with probability at
/// most `alpha`.
///
/// # Source
/// P. Massart, Ann. Probab. 18 (1990) 1269.
pub fn dkw_half_width(n: usize, alpha: f64) -> f64 {
    ((2.0 / alpha).ln() / (2.0 * n as f64)).sqrt()
}

/// P(χ² >= x) for so many degrees of freedom (positive); NaN for NaN.
pub fn chi_square_survival(x: f64, degrees: f64) -> f64 {
    if !x.is_finite() {
        return if x.is_nan() { x } else { 0.0 };
    }
    // The constructor refuses only degrees <= 0.
    ChiSquared::new(degrees).map_or(f64::NAN, |law| law.sf(x))
}

#[cfg(test)]
mod tests {
    use super::super::reference;
    use super::*;

    fn normal(x: f64) -> f64 {
        0.5 * libm::erfc(-x / 2f64.sqrt())
    }

    #[test]
    fn tests_agree_with_scipy() {
        reference::agrees("ks_one_sample", |a, _| ks_one_sample(a, normal).expect("finite"));
        for set in reference::SETS {
            let (statistic, p) = reference::of("chi_square", set);
            assert!((chi_square_survival(statistic, 3.0) / p - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn the_law_agrees_with_scipy_in_its_tail() {
        for (n, d, p) in reference::law("kolmogorov") {
            let exact = n <= 140 || p < 1e-3;
            // scipy's own expansion between n = 140 and its tail is off by 1.5e-6 at n = 150.
            let bound = if exact { 1e-6 } else { 0.06 / n as f64 + 1e-6 };
            assert!((kolmogorov(n, d) / p - 1.0).abs() < bound, "{n} {d}: {} {p}", kolmogorov(n, d));
        }
    }

    #[test]
    fn the_exact_law_of_one_and_two_values_is_the_hand_computed_one() {
        // n = 1: D = max(u, 1 − u), P(D >= d) = 2(1 − d). n = 2, d in (1/2, 1): P = 2(1 − d)².
        assert!((kolmogorov(1, 0.7) - 0.6).abs() < 1e-14);
        assert!((kolmogorov(2, 0.8) - 0.08).abs() < 1e-14);
        assert_eq!((kolmogorov(3, 1.0), kolmogorov(3, 0.1)), (0.0, 1.0));
    }

    #[test]
    fn powers_beyond_the_range_of_doubles_are_kept_apart() {
        // Entries of the power grow like nⁿ/n!, 1e868 for n = 2000. scipy's expansion there has
        // five digits (Simard & L'Ecuyer 2011).
        let mut tried = 0;
        for (n, d, p) in reference::law("kolmogorov").into_iter().filter(|(n, d, _)| *n > 140 && *n as f64 * d < 56.0) {
            assert!((1.0 - marsaglia(n, d) - p).abs() < 1e-5, "{n} {d}: {} {p}", 1.0 - marsaglia(n, d));
            tried += 1;
        }
        assert!(tried >= 12, "{tried}");
    }

    #[test]
    fn both_sides_of_the_exact_law_are_those_by_hand() {
        // One value: P(sup (F_1 − F) >= d) = 1 − d. Two, d = 0.3: d (0.7²/0.3 + 2·0.2) = 0.49 +
        // 0.12.
        assert!((smirnov(1, 0.3) - 0.7).abs() < 1e-15 && (smirnov(2, 0.3) - 0.61).abs() < 1e-15);
        // Two values, d = 0.4: both steps within 0.4 of either side, u₁ < 0.4, u₁ > 0.1, 0.6 < u₂ <
        // 0.9: 2·0.3² = 0.18.
        assert!((marsaglia(2, 0.4) - 0.18).abs() < 1e-15);
        // One value at d from either side: 2d − 1.
        assert!((marsaglia(1, 0.75) - 0.5).abs() < 1e-15);
        assert_eq!((kolmogorov(2, 0.25), kolmogorov(2, 1.5)), (1.0, 0.0));
        // Two degrees of freedom: e^(−x/2).
        assert!((chi_square_survival(3.0, 2.0) - (-1.5f64).exp()).abs() < 1e-15);
        assert_eq!((chi_square_survival(f64::INFINITY, 2.0), chi_square_survival(0.0, 2.0)), (0.0, 1.0));
        assert!(chi_square_survival(f64::NAN, 2.0).is_nan() && chi_square_survival(1.0, 0.0).is_nan());
        // √(ln(2/α)/(2n)) at α = 2e^-2.
        let alpha = 2.0 * (-2f64).exp();
        assert!((dkw_half_width(1, alpha) - 1.0).abs() < 1e-15 && (dkw_half_width(4, alpha) - 0.5).abs() < 1e-15);
        // The largest of 0.3 − 0, 1/2 − 0.3, 0.4 − 1/2, 1 − 0.4.
        assert_eq!(sup_distance(&[0.3, 0.4], |x| x), 0.6);
        assert!(sup_distance(&[], |x| x).is_nan());
        // The order of the sample does not matter.
        assert_eq!(ks_one_sample(&[0.4, 0.3], |x| x).expect("a law").statistic, 0.6);
    }

    #[test]
    fn kolmogorov_smirnov_finds_a_standard_deviation_wrong_by_a_tenth() {
        use rand::{SeedableRng, rngs::ChaCha8Rng};
        use rand_distr::{Distribution, StandardNormal};
        // n = 20,000, as the saddle-point claim uses: sup|Φ(z) − Φ(z/1.1)| = 0.0231,
        // 3.27/√n against the critical 2.69/√n at 1e-6; the fluctuation of √n D is about 0.3.
        for seed in 0..20 {
            let rng = &mut ChaCha8Rng::seed_from_u64(seed);
            let draw = |rng: &mut ChaCha8Rng| -> f64 { StandardNormal.sample(rng) };
            let wrong: Vec<f64> = (0..20_000).map(|_| 1.1 * draw(rng)).collect();
            assert!(ks_one_sample(&wrong, normal).expect("finite").p_value < 1e-6, "seed {seed}");
        }
    }

    #[test]
    fn unusable_input_is_named() {
        assert!(matches!(ks_one_sample(&[], |x| x), Err(StatError::TooFew { got: 0, .. })));
        assert!(matches!(ks_one_sample(&[0.1, f64::NAN], |x| x), Err(StatError::NotFinite { at: 1, .. })));
    }

    #[test]
    fn a_law_that_is_no_probability_is_refused() {
        // An error where the statistic would be 0 and the p-value 1.
        for value in [f64::NAN, -0.1, 1.1, f64::INFINITY] {
            let found = ks_one_sample(&[0.1, 0.2], |x| if x > 0.15 { value } else { x });
            assert!(matches!(found, Err(StatError::Range { at: 1, .. })), "{value}: {found:?}");
        }
        assert!(sup_distance(&[0.1, 0.2], |_| f64::NAN).is_nan());
        assert!(sup_distance(&[0.1, 0.2], |x| if x > 0.15 { x } else { f64::NAN }).is_nan());
        assert!(ks_one_sample(&[0.0, 1.0], |x| x).is_ok());
    }
}
