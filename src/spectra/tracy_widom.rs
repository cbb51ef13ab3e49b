//! The Tracy-Widom law (beta = 1) of the largest singular value of a random matrix.
#![deny(clippy::disallowed_methods)]

use crate::linalg::determinant;
use crate::math::larger;
use faer::Mat;
use spec_math::cephes64::airy;
use std::sync::LazyLock;

/// Mean of the law.
///
/// # Source
/// F. Bornemann, Markov Processes Relat. Fields 16 (2010) 803, table 10.
pub const MEAN: f64 = -1.206_533_574_582_0;

/// Variance of the law. Source as for [`MEAN`].
pub const VARIANCE: f64 = 1.607_781_034_581_0;

/// Largest singular value, the upper edge of the bulk, in the units of the law:
/// `(lambda_1^2 / s^2 - m) / sigma` with `m = (n + k)^2`, `sigma = (n + k)(1/n + 1/k)^(1/3)`,
/// `n = sqrt(N - 1/2)`, `k = sqrt(M - 1/2)`.
///
/// `largest` (`lambda_1`) of an `N x M` matrix (`visible`, `hidden`, both at least 1) of i.i.d.
/// normal entries of standard deviation `s`. The halves make the distance to the law `O(r^(-2/3))`,
/// `r = min(N, M)`.
///
/// # Source
/// Z. Ma, Bernoulli 18 (2012) 322.
pub fn edge_statistic(largest: f64, visible: usize, hidden: usize, s: f64) -> f64 {
    let (n, k) = ((visible as f64 - 0.5).sqrt(), (hidden as f64 - 0.5).sqrt());
    let sum = n + k;
    ((largest / s).powi(2) - sum * sum) / (sum * libm::cbrt(1.0 / n + 1.0 / k))
}

/// How far entries of fourth cumulant `kappa4` (over s⁴; 0 for normal ones) move the largest
/// singular value, in the units of [`edge_statistic`]: lambda_+^2 moves by
/// `kappa4 s^2 (sqrt N + sqrt M)^2 / sqrt(NM)`, which is O(r^(-1/3)) of those units. Derived in
/// claim T02; the next order is O(r^(-2/3)).
pub fn cumulant_shift(kappa4: f64, visible: usize, hidden: usize) -> f64 {
    let (n, k) = ((visible as f64).sqrt(), (hidden as f64).sqrt());
    kappa4 * (n + k) / (n * k * libm::cbrt(1.0 / n + 1.0 / k))
}

/// `F_1(t)`, the probability of a value below `t`; 1e-10 absolute.
///
/// `F_1(t) = det(1 - K)` on `(t, infinity)` with `K(x, y) = Ai((x + y)/2)/2`, the determinant by
/// Gauss-Legendre quadrature.
///
/// # Source
/// P. L. Ferrari & H. Spohn, J. Phys. A 38 (2005) L557; F. Bornemann, Math. Comp. 79 (2010) 871.
pub fn cdf(t: f64) -> f64 {
    if t.is_nan() {
        return f64::NAN;
    }
    if t > TAIL {
        return 1.0 - survival(t);
    }
    // F_1(-13) < exp(-13^3 / 24) = 2e-40.
    if t < -13.0 {
        return 0.0;
    }
    let length = 16.0 + 2.0 * larger(-t, 0.0);
    let points: Vec<(f64, f64)> =
        LEGENDRE.iter().map(|&(x, w)| (t + 0.5 * length * (1.0 + x), (0.5 * length * w).sqrt())).collect();
    let mut kernel = Mat::zeros(points.len(), points.len());
    for (i, &(x, p)) in points.iter().enumerate() {
        for (j, &(y, q)) in points[..=i].iter().enumerate() {
            let entry = f64::from(u8::from(i == j)) - p * q * 0.5 * airy(0.5 * (x + y)).0;
            (kernel[(i, j)], kernel[(j, i)]) = (entry, entry);
        }
    }
    determinant(kernel.as_ref()).clamp(0.0, 1.0)
}

/// Above it the determinant is expanded: `F_1` differs from 1 by less than 2e-9.
const TAIL: f64 = 8.0;

/// `1 - F_1(t)`, relative accuracy 1e-6 for `t` above -3; 0 where it underflows.
///
/// Above 8 the determinant is `1 - tr K` up to a relative `tr K < 2e-9`, and `tr K` is the integral
/// of `Ai(x)/2`.
pub fn survival(t: f64) -> f64 {
    if t <= TAIL || t.is_nan() {
        return 1.0 - cdf(t);
    }
    // Ai falls by e in 1/sqrt(t): 40 of these lengths reach beyond rounding.
    let length = 40.0 / t.sqrt();
    LEGENDRE.iter().map(|&(x, w)| 0.25 * length * w * airy(t + 0.5 * length * (1.0 + x)).0).sum()
}

/// The t with F_1(t) = p, by bisection as far as doubles go; |F_1(t) − p| <= 1e-9 for p in [1e-6, 1
/// − 1e-6]. Infinite for p = 0 and 1.
///
/// # Example
/// ```
/// // Bornemann (2010), table 10: the median
/// assert!((rbm_landscape::spectra::tracy_widom::quantile(0.5) + 1.268_7).abs() < 1e-3);
/// ```
pub fn quantile(p: f64) -> f64 {
    if !(p > 0.0 && p < 1.0) {
        return if p == 0.0 {
            f64::NEG_INFINITY
        } else if p == 1.0 {
            f64::INFINITY
        } else {
            f64::NAN
        };
    }
    let (mut low, mut high) = (-13.0, 40.0);
    for _ in 0..56 {
        let middle = 0.5 * (low + high);
        // The side that does not cancel.
        let below = if p < 0.5 { cdf(middle) < p } else { survival(middle) > 1.0 - p };
        if below {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// Nodes and weights of Gauss-Legendre quadrature on (-1, 1). From 28 nodes on, the determinant
/// differs from that of 120 by rounding alone, 2e-14, everywhere above -13.
static LEGENDRE: LazyLock<Vec<(f64, f64)>> = LazyLock::new(|| gauss_legendre(40));

/// Newton's method on the Legendre polynomial, from the customary first guess.
fn gauss_legendre(n: usize) -> Vec<(f64, f64)> {
    let size = n as f64;
    (0..n)
        .map(|i| {
            let mut x = libm::cos(std::f64::consts::PI * (i as f64 + 0.75) / (size + 0.5));
            let mut slope = 1.0;
            for _ in 0..20 {
                // (k + 1) P_(k+1) = (2k + 1) x P_k - k P_(k-1)
                let (mut below, mut value) = (1.0, x);
                for k in 1..n {
                    let k = k as f64;
                    (below, value) = (value, ((2.0 * k + 1.0) * x * value - k * below) / (k + 1.0));
                }
                slope = size * (x * value - below) / (x * x - 1.0);
                x -= value / slope;
            }
            (x, 2.0 / ((1.0 - x * x) * slope * slope))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quadrature_is_exact_for_polynomials() {
        // by hand: the integral of x^(2k) over (-1, 1) is 2/(2k + 1)
        for (n, power) in [(5, 8), (40, 2), (40, 78), (80, 2), (80, 158)] {
            let sum: f64 = gauss_legendre(n).iter().map(|(x, w)| w * x.powi(power)).sum();
            assert!((sum * f64::from(power + 1) / 2.0 - 1.0).abs() < 1e-12, "{n} {power} {sum}");
        }
    }

    #[test]
    fn painleve_gives_the_same_cdf() {
        // mpmath 1.3, 40 digits: q'' = t q + 2 q^3 from q = Ai at t = 12, F1 = exp(-(1/2) int (q +
        // (x - t) q^2) dx). Those at halves from -8 to 6 come with tests/reference.
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/laws.csv");
        let rows = csv::Reader::from_path(path).unwrap().into_deserialize::<(String, usize, f64, f64)>();
        let more: Vec<_> = rows.map(Result::unwrap).filter(|row| row.0 == "tracy_widom").collect();
        assert_eq!(more.len(), 29);
        for (t, expected) in PAINLEVE.into_iter().chain(more.into_iter().map(|(_, _, t, value)| (t, value))) {
            assert!((cdf(t) - expected).abs() < 1e-10, "{t}: {} {expected}", cdf(t));
        }
        // 1 - F1 from the same integration.
        for (t, expected) in [(10.0, 1.708_215_869_53e-11), (6.0, 1.940_814_072_65e-6), (-2.0, 0.725_679_802_091)] {
            assert!((survival(t) / expected - 1.0).abs() < 1e-6, "{t}: {} {expected}", survival(t));
        }
    }

    #[test]
    fn moments_are_the_published_ones() {
        // E t = integral of t dF by parts over (-12, 12), trapezoidal.
        let step = 0.05;
        let (mut mean, mut second) = (0.0, 0.0);
        for i in 0..=480 {
            let t = -12.0 + step * f64::from(i);
            if t < 0.0 {
                mean -= step * cdf(t);
                second -= 2.0 * step * t * cdf(t);
            } else {
                // The jump at t = 0 of both integrands is shared.
                let share = if t < 1e-9 { 0.5 } else { 1.0 };
                let low = if t < 1e-9 { 0.5 * cdf(t) } else { 0.0 };
                mean += step * (share * survival(t) - low);
                second += 2.0 * step * t * survival(t);
            }
        }
        // Trapezoidal error at the jump: step^2/12 times the jump of the derivative, below 1e-3.
        assert!((mean - MEAN).abs() < 1e-3 && (second - mean * mean - VARIANCE).abs() < 2e-3, "{mean} {second}");
    }

    #[test]
    fn quantiles_undo_the_cdf() {
        for p in [1e-6, 1e-5, 1e-3, 0.02, 0.3, 0.5, 0.7, 0.95, 0.999, 1.0 - 1e-5, 1.0 - 1e-6] {
            assert!((cdf(quantile(p)) - p).abs() <= 1e-9, "{p}: {}", quantile(p));
        }
        assert_eq!((quantile(0.0), quantile(1.0)), (f64::NEG_INFINITY, f64::INFINITY));
        assert!(quantile(-0.1).is_nan() && quantile(f64::NAN).is_nan());
    }

    #[test]
    fn the_upper_tail_joins_and_ends_at_zero() {
        assert!((survival(TAIL + 1e-9) / survival(TAIL) - 1.0).abs() < 1e-5);
        assert_eq!((survival(1e6), cdf(1e6), cdf(-40.0)), (0.0, 1.0, 0.0));
        assert!(cdf(f64::NAN).is_nan() && survival(f64::NAN).is_nan());
    }

    #[test]
    fn the_largest_singular_value_of_normal_matrices_has_the_mean_of_the_law() {
        use crate::spectra::ensemble::normal;
        use rand::{SeedableRng, rngs::ChaCha8Rng};
        // 300 draws of 101 x 67: standard error sqrt(1.6/300) = 0.073, bias O(r^(-2/3)) = 0.06
        // times a constant below 1.
        let rng = &mut ChaCha8Rng::seed_from_u64(3);
        let draws = (0..300).map(|_| {
            let w = normal(101, 67, 0.3, rng);
            edge_statistic(crate::linalg::singular_values(w.as_ref()).unwrap()[0], 101, 67, 0.3)
        });
        let mean = draws.sum::<f64>() / 300.0;
        assert!((mean - MEAN).abs() < 4.0 * 0.073 + 0.06, "{mean}");
    }

    const PAINLEVE: [(f64, f64); 12] = [
        (10.0, 0.999_999_999_982_917_8),
        (6.0, 0.999_998_059_185_927_4),
        (4.0, 0.999_779_655_512_567),
        (2.0, 0.989_597_571_084_827),
        (1.0, 0.951_421_236_911_550_7),
        (0.0, 0.831_908_066_202_951_9), // published: 0.83190806620295
        (-1.0, 0.583_789_895_519_732_3),
        (-2.0, 0.274_320_197_909_217_9),
        (-3.0, 0.069_600_118_867_369_89),
        (-4.0, 0.007_567_678_598_796_401),
        (-6.0, 2.707_319_325_304_773e-6),
        (-8.0, 1.806_827_921_185_417e-12),
    ];

    #[test]
    fn units_of_the_law_and_shifts_in_them_are_those_by_hand() {
        // 1 x 1: n = k = 1/√2, n + k = √2, 1/n + 1/k = 2√2, whose cube root is √2: ((4/2)² − 2)/2.
        assert!((edge_statistic(4.0, 1, 1, 2.0) - 1.0).abs() < 1e-14);
        // 64 x 64: 2 (8 + 8)/(8·8·(1/4)^(1/3)) = 2^(−1/3). 64 x 1: (9/8)/(9/8)^(1/3).
        assert!((cumulant_shift(2.0, 64, 64) - 0.5f64.cbrt()).abs() < 1e-14);
        assert!((cumulant_shift(-1.0, 64, 1) + 1.125f64.powf(2.0 / 3.0)).abs() < 1e-14);
    }

    #[test]
    fn the_edge_treats_both_layers_alike() {
        // by hand: zero at √(N − 1/2) + √(M − 1/2), and a matrix has the singular values of its
        // transpose
        assert!(edge_statistic(8.5f64.sqrt() + 4.5f64.sqrt(), 9, 5, 1.0).abs() < 1e-14);
        assert_eq!(edge_statistic(5.5, 9, 5, 1.0), edge_statistic(5.5, 5, 9, 1.0));
    }
}
