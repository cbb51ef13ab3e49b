//! Goodness of fit of independent values: Kolmogorov-Smirnov, Anderson-Darling, chi-square, and the band of
//! Dvoretzky, Kiefer and Wolfowitz.

use super::{StatError, Test, usable};
use statrs::distribution::{ChiSquared, ContinuousCDF};
use std::f64::consts::PI;

fn sorted(sample: &[f64]) -> Vec<f64> {
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// D = sup |F_n − F| of values in ascending order against a continuous law; 0 of none.
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
        (f - i as f64 / n).max((i + 1) as f64 / n - f)
    };
    ascending.iter().enumerate().map(step).fold(0.0, f64::max)
}

/// One-sample Kolmogorov-Smirnov test of independent values against a fully specified continuous law; statistic
/// D = sup |F_n − F|.
///
/// Exact for n <= 140 and, for every n, in the tail p < 0.001 (relative error below 1e-9), where alpha lies; between, the
/// relative error is below 0.06/n.
///
/// # Errors
/// An empty sample, or a value that is not finite.
///
/// # Source
/// G. Marsaglia, W. W. Tsang, J. Wang, J. Stat. Softw. 8 (2003) 18; tail: Z. W. Birnbaum, F. H. Tingey, Ann. Math. Statist.
/// 22 (1951) 592; R. Simard, P. L'Ecuyer, J. Stat. Softw. 39 (2011) 11.
///
/// # Example
/// ```
/// // by hand: one value at the median has D = 1/2, its smallest: p = 1
/// let ks = rbm_landscape::stat::goodness::ks_one_sample(&[0.5], |x| x).unwrap();
/// assert_eq!((ks.statistic, ks.p_value), (0.5, 1.0));
/// ```
pub fn ks_one_sample(sample: &[f64], cdf: impl Fn(f64) -> f64) -> Result<Test, StatError> {
    usable("Kolmogorov-Smirnov", sample, 1)?;
    let statistic = sup_distance(&sorted(sample), cdf);
    Ok(Test { statistic, p_value: kolmogorov(sample.len(), statistic) })
}

/// P(D >= d) for n independent values.
fn kolmogorov(n: usize, d: f64) -> f64 {
    if d <= 0.5 / n as f64 {
        return 1.0;
    }
    if d >= 1.0 {
        return 0.0;
    }
    let one_sided = smirnov(n, d);
    if one_sided < 5e-4 || n > 140 {
        // Kolmogorov's series 2 Σ (−1)^(k−1) exp(−2k²x²) with the exact one-sided probability for exp(−2x²): what it
        // gets wrong is only the part where both sides are crossed.
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
        let rest = if j == n { 0.0 } else { (n - j) as f64 * libm::log(left.max(0.0)) };
        sum += libm::exp(log_choose + (j as f64 - 1.0) * libm::log(at) + rest);
    }
    (d * sum).min(1.0)
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
        let top = a.iter().fold(0.0f64, |top, x| top.max(x.abs()));
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

/// Two-sample Kolmogorov-Smirnov test of independent samples from one continuous law; statistic D = sup |F_n − G_m|.
///
/// Exact (all paths of the merged ranks, ties counted as the larger distance) while n m <= 10⁷; else the one-sample law at the size
/// n m/(n + m), rounded, which is asymptotic.
///
/// # Errors
/// An empty sample, or a value that is not finite.
///
/// # Source
/// J. L. Hodges, Ark. Mat. 3 (1958) 469.
///
/// # Example
/// ```
/// // by hand: of the 6 orders of two and two values, 2 separate the samples
/// let ks = rbm_landscape::stat::goodness::ks_two_sample(&[0.0, 1.0], &[2.0, 3.0]).unwrap();
/// assert!(ks.statistic == 1.0 && (ks.p_value - 1.0 / 3.0).abs() < 1e-15);
/// ```
pub fn ks_two_sample(a: &[f64], b: &[f64]) -> Result<Test, StatError> {
    let (statistic, gap) = two_sample_gap(a, b)?;
    let (n, m) = (a.len(), b.len());
    let p_value =
        if n * m <= 10_000_000 { two_sample_exact(n, m, gap) } else { two_sample_asymptotic(n, m, statistic) };
    Ok(Test { statistic, p_value })
}

/// The exact P(D >= d) and P(D > d) of two samples, d the observed distance: a p-value between them, at random, is uniform under
/// the null law.
///
/// # Errors
/// As [`ks_two_sample`].
pub fn ks_two_sample_levels(a: &[f64], b: &[f64]) -> Result<(f64, f64), StatError> {
    let (_, gap) = two_sample_gap(a, b)?;
    Ok((two_sample_exact(a.len(), b.len(), gap), two_sample_exact(a.len(), b.len(), gap + 1)))
}

/// D, and n m D as a whole number.
fn two_sample_gap(a: &[f64], b: &[f64]) -> Result<(f64, u64), StatError> {
    let test = "two-sample Kolmogorov-Smirnov";
    usable(test, a, 1)?;
    usable(test, b, 1)?;
    let (a, b) = (sorted(a), sorted(b));
    let (n, m) = (a.len(), b.len());
    let (mut i, mut j, mut gap) = (0, 0, 0u64);
    while i < n && j < m {
        let x = a[i].min(b[j]);
        while i < n && a[i] <= x {
            i += 1;
        }
        while j < m && b[j] <= x {
            j += 1;
        }
        gap = gap.max((i as u64 * m as u64).abs_diff(j as u64 * n as u64));
    }
    Ok((gap as f64 / (n as f64 * m as f64), gap))
}

/// Probability that a random path from (0, 0) to (n, m) reaches |i m − j n| >= gap.
fn two_sample_exact(n: usize, m: usize, gap: u64) -> f64 {
    let out = |i: usize, j: usize| (i as u64 * m as u64).abs_diff(j as u64 * n as u64) >= gap;
    let mut row: Vec<f64> = Vec::with_capacity(m + 1);
    for j in 0..=m {
        let before = row.last().copied().unwrap_or(0.0);
        row.push(if out(0, j) { 1.0 } else { before });
    }
    for i in 1..=n {
        row[0] = if out(i, 0) { 1.0 } else { row[0] };
        for j in 1..=m {
            let (up, left) = (row[j], row[j - 1]);
            row[j] = if out(i, j) { 1.0 } else { (i as f64 * up + j as f64 * left) / (i + j) as f64 };
        }
    }
    row[m]
}

fn two_sample_asymptotic(n: usize, m: usize, d: f64) -> f64 {
    let size = n as f64 * m as f64 / (n + m) as f64;
    kolmogorov((size.round() as usize).max(1), d)
}

/// Half-width of the Dvoretzky-Kiefer-Wolfowitz band: sup |F_n − F| exceeds it with probability at most `alpha`.
///
/// # Source
/// P. Massart, Ann. Probab. 18 (1990) 1269.
pub fn dkw_half_width(n: usize, alpha: f64) -> f64 {
    ((2.0 / alpha).ln() / (2.0 * n as f64)).sqrt()
}

/// Anderson-Darling test of independent values against a fully specified continuous law, given by F and 1 − F; statistic
/// A² = −n − (1/n) Σ (2i − 1)[ln F(x_i) + ln(1 − F(x_(n+1−i)))]. Sees the tails, where Kolmogorov-Smirnov is blind.
///
/// The p-value is the limit law's, to 1e-12 absolute: asymptotic, but for n >= 8 its size is right within a few per cent of itself
/// (`docs/calibration.md`).
///
/// # Errors
/// An empty sample, or a value that is not finite or where F or 1 − F is NaN. A value where one of them is 0 is outside the support: A² is
/// infinite and p = 0.
///
/// # Source
/// T. W. Anderson, D. A. Darling, Ann. Math. Statist. 23 (1952) 193.
pub fn anderson_darling(
    sample: &[f64],
    cdf: impl Fn(f64) -> f64,
    survival: impl Fn(f64) -> f64,
) -> Result<Test, StatError> {
    let test = "Anderson-Darling";
    usable(test, sample, 1)?;
    let ordered = sorted(sample);
    let n = ordered.len();
    let mut sum = 0.0;
    for (i, &x) in ordered.iter().enumerate() {
        let (below, above) = (cdf(x), survival(ordered[n - 1 - i]));
        if below.is_nan() || above.is_nan() {
            return Err(StatError::Range { test, at: i, value: x, range: "a value where the law is defined" });
        }
        sum += (2 * i + 1) as f64 * (libm::log(below) + libm::log(above));
    }
    let statistic = -(n as f64) - sum / n as f64;
    if statistic == f64::INFINITY {
        return Ok(Test { statistic, p_value: 0.0 });
    }
    Ok(Test { statistic, p_value: anderson_darling_survival(statistic) })
}

/// 1 − F of the limit law: an alternating series of integrals, by the trapezoidal rule after w = sinh t.
fn anderson_darling_survival(z: f64) -> f64 {
    if z < 0.05 {
        return 1.0; // F(0.05) < 1e-9
    }
    let (mut sum, mut coefficient) = (0.0, 1.0); // C(−1/2, j)
    for j in 0..60 {
        let odd = f64::from(4 * j + 1);
        let c = odd * odd * PI * PI / (8.0 * z);
        if c > 745.0 {
            break;
        }
        let step = 1.0 / 64.0;
        let integrand = |t: f64| {
            let (w, slope) = (libm::sinh(t), libm::cosh(t));
            slope * libm::exp(z / (8.0 * (w * w + 1.0)) - c * (w * w + 1.0))
        };
        let integral = step * (0.5 * integrand(0.0) + (1..640).map(|i| integrand(step * f64::from(i))).sum::<f64>());
        sum += coefficient * odd * integral;
        coefficient *= -(0.5 + f64::from(j)) / f64::from(j + 1);
    }
    (1.0 - (2.0 * PI).sqrt() / z * sum).clamp(0.0, 1.0)
}

/// Fewest expected counts in a cell of [`chi_square`].
const FEWEST: f64 = 10.0;

/// Pearson's chi-square test of independent counts against expected ones (scaled to the same total); statistic
/// Σ (O − E)²/E over cells, neighbours merged until each expects at least 10. Degrees of freedom: cells − 1 − `fitted`
/// parameters. Asymptotic.
///
/// # Errors
/// Fewer than two cells after merging (more if parameters were fitted), or an expectation that is not positive.
pub fn chi_square(observed: &[u64], expected: &[f64], fitted: usize) -> Result<Test, StatError> {
    let test = "chi-square";
    usable(test, expected, observed.len().max(2))?;
    if let Some(at) = expected.iter().position(|&e| e <= 0.0) {
        return Err(StatError::Range { test, at, value: expected[at], range: "a positive expectation" });
    }
    let total = observed.iter().sum::<u64>() as f64;
    let scale = total / expected.iter().sum::<f64>();
    let mut cells: Vec<(f64, f64)> = Vec::new();
    let (mut o, mut e) = (0.0, 0.0);
    for (&observed, expected) in observed.iter().zip(expected) {
        (o, e) = (o + observed as f64, e + scale * expected);
        if e >= FEWEST {
            cells.push((o, e));
            (o, e) = (0.0, 0.0);
        }
    }
    // What is left over goes to the last cell.
    if let Some(last) = cells.last_mut() {
        *last = (last.0 + o, last.1 + e);
    }
    let needed = 2 + fitted;
    if cells.len() < needed {
        return Err(StatError::TooFew { test, needed: needed * FEWEST as usize, got: total as usize });
    }
    let statistic: f64 = cells.iter().map(|(o, e)| (o - e) * (o - e) / e).sum();
    Ok(Test { statistic, p_value: chi_square_survival(statistic, (cells.len() - 1 - fitted) as f64) })
}

/// [`chi_square`] of a sample against a fully specified continuous law, in about 2 n^(2/5) cells of equal probability.
///
/// # Errors
/// Fewer than 20 values, or one that is not finite.
///
/// # Source
/// Number of cells: H. B. Mann, A. Wald, Ann. Math. Statist. 13 (1942) 306.
pub fn chi_square_of_law(sample: &[f64], cdf: impl Fn(f64) -> f64) -> Result<Test, StatError> {
    usable("chi-square", sample, 20)?;
    let n = sample.len() as f64;
    let cells = ((2.0 * n.powf(0.4)) as usize).min((n / FEWEST) as usize).max(2);
    let mut counts = vec![0u64; cells];
    for &x in sample {
        counts[((cdf(x) * cells as f64) as usize).min(cells - 1)] += 1;
    }
    chi_square(&counts, &vec![1.0; cells], 0)
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
        reference::agrees("ks_two_sample", |a, b| ks_two_sample(a, b).expect("finite"));
        reference::agrees("anderson_darling", |a, _| anderson_darling(a, normal, |x| normal(-x)).expect("finite"));
        reference::agrees("ks_two_sample_asymptotic", |a, b| {
            let (statistic, _) = two_sample_gap(a, b).expect("finite");
            Test { statistic, p_value: two_sample_asymptotic(a.len(), b.len(), statistic) }
        });
        for set in reference::SETS {
            // Four cells, as there; the smallest set expects 4.25 in each, which the test itself would merge.
            let mut counts = [0u64; 4];
            for x in reference::samples(set).0 {
                counts[(4.0 * normal(x)) as usize] += 1;
            }
            let (statistic, p) = reference::of("chi_square", set);
            assert!((chi_square_survival(statistic, 3.0) / p - 1.0).abs() < 1e-6);
            if set != "small" {
                let ours = chi_square(&counts, &[1.0; 4], 0).expect("enough");
                assert!((ours.statistic / statistic - 1.0).abs() < 1e-6 && (ours.p_value / p - 1.0).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn laws_agree_with_scipy_and_mpmath_in_their_tails() {
        for (n, d, p) in reference::law("kolmogorov") {
            let exact = n <= 140 || p < 1e-3;
            // scipy's own expansion between n = 140 and its tail is right to about 1e-7.
            let bound = if exact { 1e-6 } else { 0.06 / n as f64 + 1e-6 };
            assert!((kolmogorov(n, d) / p - 1.0).abs() < bound, "{n} {d}: {} {p}", kolmogorov(n, d));
        }
        for (_, z, p) in reference::law("anderson_darling") {
            assert!(
                (anderson_darling_survival(z) - p).abs() < 1e-12
                    && (anderson_darling_survival(z) / p - 1.0).abs() < 1e-6,
                "{z}"
            );
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
    fn chi_square_merges_sparse_cells() {
        // Cells expecting 4, 4, 4, 20 of 32 become 12 and 20: statistic (15 − 12)²/12 + (17 − 20)²/20 = 1.2.
        let found = chi_square(&[4, 5, 6, 17], &[4.0, 4.0, 4.0, 20.0], 0).expect("enough");
        assert!((found.statistic - 1.2).abs() < 1e-12);
        assert!(chi_square(&[1, 1], &[1.0, 1.0], 0).is_err());
        assert!(matches!(chi_square(&[50, 50], &[1.0, 0.0], 0), Err(StatError::Range { at: 1, .. })));
        assert!(matches!(chi_square(&[50, 50], &[1.0, f64::NAN], 0), Err(StatError::NotFinite { at: 1, .. })));
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
        assert!(matches!(ks_two_sample(&[0.1], &[f64::INFINITY]), Err(StatError::NotFinite { at: 0, .. })));
        assert!(matches!(anderson_darling(&[2.0], |_| 1.0, |_| f64::NAN), Err(StatError::Range { .. })));
        assert_eq!(anderson_darling(&[2.0], |_| 1.0, |_| 0.0).expect("defined").p_value, 0.0);
        assert!(chi_square_of_law(&[0.5; 19], |x| x).is_err());
        assert_eq!(ks_two_sample(&[1.0; 5], &[1.0; 4]).expect("ties").p_value, 1.0);
    }
}
