//! Are the entries of a matrix distributed as those of the same matrix between random rotations?
#![deny(clippy::disallowed_methods)]

use crate::evidence::{larger, smaller};
use crate::linalg::product;
use crate::linalg::thin_qr;
use faer::{Mat, MatRef};
use rand::Rng;
use thiserror::Error;

/// Why two samples cannot be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RotationError {
    /// The samples differ in size, or are empty.
    #[error("samples of {0} and {1} values: they must be of the same size, and not empty")]
    Sizes(usize, usize),
    /// A value, or the range of the values, is not finite.
    #[error("a value, or the range of the values, is not finite")]
    NotFinite,
    /// Fewer than two bins.
    #[error("{0} bins: at least 2 are needed")]
    Bins(usize),
    /// All values are equal: they span no range.
    #[error("all values are equal: they span no range to divide into bins")]
    OneValue,
}

/// A Jensen-Shannon divergence between two histograms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JsDivergence {
    /// The divergence in nats, in `[0, ln 2]`.
    pub value: f64,
    /// Number `k` of bins that hold a value of either sample.
    pub occupied_bins: usize,
}

/// `JS = (KL(p | m) + KL(q | m)) / 2`, `m = (p + q) / 2`, in nats, between the histograms `p` of `a` and `q` of `b` (`n`
/// values each) in `bins` equal bins of their common range `[min, max]`; the last bin is closed. 1e-14 absolute.
///
/// # Errors
/// Samples of different sizes, empty or not finite; fewer than 2 bins; all values equal.
///
/// # Source
/// Lin, IEEE Trans. Inf. Theory 37 (1991) 145.
pub fn js_divergence(a: &[f64], b: &[f64], bins: usize) -> Result<JsDivergence, RotationError> {
    if a.len() != b.len() || a.is_empty() {
        return Err(RotationError::Sizes(a.len(), b.len()));
    }
    if bins < 2 {
        return Err(RotationError::Bins(bins));
    }
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for &x in a.iter().chain(b) {
        if !x.is_finite() {
            return Err(RotationError::NotFinite);
        }
        (low, high) = (smaller(low, x), larger(high, x));
    }
    let range = high - low;
    if range == 0.0 {
        return Err(RotationError::OneValue);
    }
    if !range.is_finite() {
        return Err(RotationError::NotFinite);
    }
    let mut counts = vec![[0u64; 2]; bins];
    for (side, sample) in [a, b].into_iter().enumerate() {
        for &x in sample {
            counts[(((x - low) / range * bins as f64) as usize).min(bins - 1)][side] += 1;
        }
    }
    let term = |x: u64, sum: u64| if x == 0 { 0.0 } else { x as f64 * libm::log(2.0 * x as f64 / sum as f64) };
    let total: f64 = counts.iter().map(|&[p, q]| term(p, p + q) + term(q, p + q)).sum();
    let occupied_bins = counts.iter().filter(|c| c[0] + c[1] > 0).count();
    Ok(JsDivergence { value: larger(total / (2.0 * a.len() as f64), 0.0), occupied_bins })
}

/// Mean of [`js_divergence`] when both samples, of `n = N M` independent values each, follow one law:
/// `(k - 1) / (4 N M)` nats for `occupied_bins` (`k`), `visible` (`N`) rows and `hidden` (`M`) columns.
///
/// With `d = p - q` small, `JS = sum d^2 / (8 m)`, and `d` has the covariance `2/n` of one multinomial draw, so
/// `sum d^2 / m = (2/n) chi^2_(k-1)` and `JS = chi^2_(k-1) / (4 n)`. Holds for well filled bins; a bin that holds one
/// single value adds `ln 2 / (2 n)`, not `1 / (4 n)`, so sparse tails put the mean higher: for normal
/// samples and `n = 10^4`, by 2 % at 20 bins and 6 % at 60 (a third of [`js_null_std`]).
///
/// # Source
/// Derived above; Grosse et al., Phys. Rev. E 65 (2002) 041905.
pub fn js_floor(occupied_bins: usize, visible: usize, hidden: usize) -> f64 {
    occupied_bins.saturating_sub(1) as f64 / (4.0 * visible as f64 * hidden as f64)
}

/// Standard deviation that goes with [`js_floor`], `sqrt(2 (k - 1)) / (4 N M)` nats: `chi^2_(k-1)` has variance
/// `2 (k - 1)`. Arguments, source and limits as there.
pub fn js_null_std(occupied_bins: usize, visible: usize, hidden: usize) -> f64 {
    (2.0 * occupied_bins.saturating_sub(1) as f64).sqrt() / (4.0 * visible as f64 * hidden as f64)
}

/// Uniform (Haar) random orthogonal `n x n` matrix: `Q` of the QR decomposition of a Gaussian matrix, column `i` times
/// the sign of `R_ii`. Orthogonal to rounding, about `1e-15 n`.
///
/// # Source
/// Mezzadri, Notices of the AMS 54 (2007) 592.
pub fn haar_orthogonal(n: usize, rng: &mut impl Rng) -> Mat<f64> {
    let (q, r) = thin_qr(super::ensemble::normal(n, n, 1.0, rng).as_ref());
    Mat::from_fn(n, n, |i, j| if r[j] < 0.0 { -q[(i, j)] } else { q[(i, j)] })
}

/// Entries of `Q1 W Q2`, column by column, for `w` (`W`, `N x M`), `q1` (`N x N`) and `q2` (`M x M`); sequential, to
/// rounding.
///
/// # Panics
/// If the shapes do not fit.
pub fn rotate(w: MatRef<'_, f64>, q1: MatRef<'_, f64>, q2: MatRef<'_, f64>) -> Vec<f64> {
    let full = product(product(q1, w).as_ref(), q2);
    full.col_iter().flat_map(|column| column.iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::ChaCha12Rng};
    use rand_distr::StandardNormal;

    #[test]
    fn divergences_have_their_hand_computed_values() {
        // Disjoint samples, in bins 0, 1 and twice 9: ln 2. p = (1/2, 1/2), q = (0, 1): m = (1/4, 3/4), JS = (ln 2 / 2 + ln(2/3) / 2 + ln(4/3)) / 2.
        let disjoint = js_divergence(&[0.0, 0.1], &[0.9, 1.0], 10).unwrap();
        assert!((disjoint.value - 2f64.ln()).abs() < 1e-15);
        assert_eq!(disjoint.occupied_bins, 3);
        let half = js_divergence(&[0.0, 1.0], &[0.5, 1.0], 2).unwrap();
        let expected = (2f64.ln() / 2.0 + (2.0 / 3f64).ln() / 2.0 + (4.0 / 3f64).ln()) / 2.0;
        assert!((half.value - expected).abs() < 1e-15);
        assert_eq!((js_floor(5, 10, 10), js_null_std(3, 10, 10)), (0.01, 0.005));
    }

    #[test]
    fn floors_and_bins_are_those_by_hand() {
        // Unlike sides: (5 − 1)/(4·2·25) and √(2·8)/200; a single bin has no divergence.
        assert_eq!((js_floor(5, 2, 25), js_null_std(9, 2, 25)), (0.02, 0.02));
        assert_eq!((js_floor(1, 2, 25), js_null_std(1, 2, 25), js_floor(0, 2, 25)), (0.0, 0.0, 0.0));
        // The same values in another order are one histogram.
        let same = js_divergence(&[-3.0, 0.5, 2.0], &[2.0, -3.0, 0.5], 4).unwrap();
        assert_eq!((same.value, same.occupied_bins), (0.0, 3));
        // Bins of [−1, 3] are of width 2: 0.99 is in the first, 1 in the second, as 3 is. p = (2/3, 1/3), q = (1/3, 2/3), m = 1/2:
        // JS = (2/3) ln(4/3) + (1/3) ln(2/3).
        let found = js_divergence(&[-1.0, 0.99, 3.0], &[0.0, 1.0, 2.0], 2).unwrap();
        let expected = 2.0 / 3.0 * (4.0 / 3f64).ln() + (2.0 / 3f64).ln() / 3.0;
        assert!((found.value - expected).abs() < 1e-15 && found.occupied_bins == 2, "{found:?} {expected}");
        assert_eq!(js_divergence(&[1.0], &[2.0], 0), Err(RotationError::Bins(0)));
    }

    #[test]
    fn samples_that_cannot_be_compared_are_refused() {
        assert_eq!(js_divergence(&[1.0], &[1.0, 2.0], 2), Err(RotationError::Sizes(1, 2)));
        assert_eq!(js_divergence(&[], &[], 2), Err(RotationError::Sizes(0, 0)));
        assert_eq!(js_divergence(&[1.0], &[f64::NAN], 2), Err(RotationError::NotFinite));
        assert_eq!(js_divergence(&[f64::MAX], &[-f64::MAX], 2), Err(RotationError::NotFinite));
        assert_eq!(js_divergence(&[1.0], &[2.0], 1), Err(RotationError::Bins(1)));
        assert_eq!(js_divergence(&[1.0], &[1.0], 2), Err(RotationError::OneValue));
    }

    /// Mean and standard deviation of the divergence of two samples of 10 000 values, over `js_floor` and `js_null_std`.
    fn null_ratios(bins: usize, repeats: usize, mut value: impl FnMut() -> f64) -> (f64, f64) {
        let (mut mean, mut variance) = (0.0, 0.0);
        for _ in 0..repeats {
            let mut sample = || -> Vec<f64> { (0..10_000).map(|_| value()).collect() };
            let js = js_divergence(&sample(), &sample(), bins).unwrap();
            let floor = js_floor(js.occupied_bins, 100, 100);
            mean += js.value / floor / repeats as f64;
            variance += ((js.value - floor) / js_null_std(js.occupied_bins, 100, 100)).powi(2) / repeats as f64;
        }
        (mean, variance.sqrt())
    }

    #[test]
    fn in_well_filled_bins_the_null_divergence_has_the_mean_and_spread_of_chi2_within_4_standard_errors() {
        // Uniform values, 20 bins, 1000 pairs: sqrt(2 / 19 / 1000) = 0.0103 on the mean; on the spread
        // sqrt((2 + 12 / 19) / 4 / 1000) = 0.0257, the kurtosis of chi^2_19 being 3 + 12/19.
        let mut rng = ChaCha12Rng::seed_from_u64(7);
        let (mean, spread) = null_ratios(20, 1000, || rng.random());
        assert!((mean - 1.0).abs() < 0.041 && (spread - 1.0).abs() < 0.103, "{mean} {spread}");
    }

    #[test]
    fn for_normal_samples_sparse_tails_put_the_null_mean_above_the_floor_by_at_most_a_tenth() {
        // 60 bins, 1000 pairs: standard error 0.0058 on the mean, 0.024 on the spread.
        let mut rng = ChaCha12Rng::seed_from_u64(8);
        let (mean, spread) = null_ratios(60, 1000, || rng.sample(StandardNormal));
        assert!((1.0..1.1).contains(&mean) && (0.9..1.2).contains(&spread), "{mean} {spread}");
        let (mean, spread) = null_ratios(20, 1000, || rng.sample(StandardNormal));
        assert!((0.97..1.07).contains(&mean) && (0.9..1.15).contains(&spread), "{mean} {spread}");
    }

    #[test]
    fn a_haar_matrix_is_orthogonal_to_rounding() {
        let q = haar_orthogonal(40, &mut ChaCha12Rng::seed_from_u64(9));
        assert!((product(q.transpose(), q.as_ref()) - Mat::<f64>::identity(40, 40)).norm_max() < 1e-14);
    }

    #[test]
    fn haar_matrices_of_size_3_have_trace_0_positive_corners_half_of_the_time_and_corners_of_variance_a_third() {
        // 4000 draws, 4 standard errors: the trace has variance 1, Q_11 is uniform on [-1, 1] (Archimedes),
        // its square has variance 4/45.
        let mut rng = ChaCha12Rng::seed_from_u64(10);
        let (draws, mut trace, mut positive, mut square) = (4000.0_f64, 0.0, 0.0, 0.0);
        for _ in 0..4000 {
            let q = haar_orthogonal(3, &mut rng);
            trace += (q[(0, 0)] + q[(1, 1)] + q[(2, 2)]) / draws;
            positive += if q[(0, 0)] > 0.0 { 1.0 / draws } else { 0.0 };
            square += q[(0, 0)].powi(2) / draws;
        }
        let limit = 4.0 / draws.sqrt();
        assert!(trace.abs() < limit && (positive - 0.5f64).abs() < 0.5 * limit, "{trace} {positive}");
        assert!((square - 1.0 / 3.0).abs() < (4.0f64 / 45.0).sqrt() * limit, "{square}");
    }

    #[test]
    fn rotating_by_a_swap_and_a_sign_gives_the_entries_column_by_column() {
        // Q1 swaps the rows of ((1, 2, 3), (4, 5, 6)), Q2 changes the sign of the last column.
        let w = Mat::from_fn(2, 3, |i, j| (3 * i + j + 1) as f64);
        let swap = Mat::from_fn(2, 2, |i, j| if i != j { 1.0 } else { 0.0 });
        let sign = Mat::from_fn(3, 3, |i, j| {
            if i != j {
                0.0
            } else if i == 2 {
                -1.0
            } else {
                1.0
            }
        });
        assert_eq!(rotate(w.as_ref(), swap.as_ref(), sign.as_ref()), [4.0, 1.0, 5.0, 2.0, -6.0, -3.0]);
    }

    #[test]
    fn both_rotations_are_applied_as_they_are() {
        // by hand: W = (1 0 0; 0 2 0), Q₁ = (0 −1; 1 0), Q₂ moves every column one to the right: (0 0 −2; 0 1 0)
        let w = Mat::from_fn(2, 3, |i, j| if i == j { (i + 1) as f64 } else { 0.0 });
        let q1 = Mat::from_fn(2, 2, |i, j| [[0.0, -1.0], [1.0, 0.0]][i][j]);
        let q2 = Mat::from_fn(3, 3, |i, j| f64::from(u8::from(j == (i + 1) % 3)));
        assert_eq!(rotate(w.as_ref(), q1.as_ref(), q2.as_ref()), [0.0, 0.0, 0.0, 1.0, -2.0, 0.0]); // column by column
    }
}
