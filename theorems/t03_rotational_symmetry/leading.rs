//! The leading mode of a matrix, without the others.

use crate::linalg::product;
use faer::{Mat, MatRef};

/// The largest singular value and its vectors, of length N and M.
pub(super) struct Mode {
    pub(super) value: f64,
    pub(super) left: Vec<f64>,
    pub(super) right: Vec<f64>,
}

/// What may be missing of Wᵀu = λv, relative to λ.
const LEFT_OUT: f64 = 1e-13;

/// The leading mode of W by Lanczos' bidiagonalisation (Golub and Kahan 1965) with full
/// reorthogonalisation, in less than half the time of a decomposition: W V = U B with B of α on the
/// diagonal and β above it, and Wᵀ U = V Bᵀ but for the last column. `None` of a matrix without
/// entries other than 0.
pub(super) fn leading_mode(w: MatRef<'_, f64>) -> Option<Mode> {
    let ((n, m), r) = (w.shape(), w.nrows().min(w.ncols()));
    let (mut u, mut v) = (Mat::<f64>::zeros(n, r), Mat::<f64>::zeros(m, r));
    // Some vector without a direction of its own, in the space of the rows: the golden section
    // spreads its multiples evenly over (0, 1).
    let start = Mat::from_fn(n, 1, |j, _| (0.618_033_988_749_894_9 * (j + 1) as f64).fract() - 0.5);
    let mut next = product(w.transpose(), start.as_ref());
    let (mut alphas, mut betas) = (Vec::new(), Vec::new());
    for k in 0..r {
        let length = next.norm_l2();
        if length == 0.0 || (k > 0 && length <= f64::EPSILON * alphas[0]) {
            break; // nothing is missing
        }
        if k > 0 {
            betas.push(length);
        }
        (0..m).for_each(|i| v[(i, k)] = next[(i, 0)] / length);
        let mut image = product(w, v.as_ref().subcols(k, 1));
        reduce(&mut image, u.as_ref().subcols(0, k));
        let length = image.norm_l2();
        alphas.push(length);
        if length > 0.0 {
            (0..n).for_each(|j| u[(j, k)] = image[(j, 0)] / length);
        }
        next = product(w.transpose(), u.as_ref().subcols(k, 1));
        reduce(&mut next, v.as_ref().subcols(0, k + 1));
        if k % 8 == 7 {
            let (value, [p, _]) = top(&alphas, &betas)?;
            if next.norm_l2() * p[k].abs() <= LEFT_OUT * value {
                break;
            }
        }
    }
    let (value, coefficients) = top(&alphas, &betas)?;
    let [left, right] = [(u, &coefficients[0]), (v, &coefficients[1])].map(|(basis, of)| {
        let of = Mat::from_fn(of.len(), 1, |i, _| of[i]);
        let sum = product(basis.as_ref().subcols(0, of.nrows()), of.as_ref());
        (0..sum.nrows()).map(|j| sum[(j, 0)]).collect()
    });
    Some(Mode { value, left, right })
}

/// Takes away what lies along the orthonormal columns of a basis, twice, since once leaves rounding
/// of what was there.
fn reduce(x: &mut Mat<f64>, basis: MatRef<'_, f64>) {
    for _ in 0..2 {
        let along = product(basis.transpose(), x.as_ref());
        *x -= product(basis, along.as_ref());
    }
}

/// The largest singular value σ of the upper bidiagonal matrix B with these diagonals, and its left
/// and right vector: the largest eigenvalue of BᵀB by bisection, from above, and its eigenvector by
/// inverse iteration. `None` for no or only zero entries.
fn top(alphas: &[f64], betas: &[f64]) -> Option<(f64, [Vec<f64>; 2])> {
    let beta = |i: usize| betas.get(i).copied().unwrap_or(0.0);
    let square = |i: usize| alphas[i].powi(2) + if i > 0 { beta(i - 1).powi(2) } else { 0.0 };
    let beside = |i: usize| alphas[i] * beta(i);
    // Pivots of x − BᵀB, all positive for x above every eigenvalue.
    let pivots = |x: f64| -> Option<Vec<f64>> {
        let mut pivots: Vec<f64> = Vec::with_capacity(alphas.len());
        for i in 0..alphas.len() {
            let before = pivots.last().map_or(0.0, |last| beside(i - 1).powi(2) / last);
            let pivot = x - square(i) - before;
            if pivot <= 0.0 {
                return None;
            }
            pivots.push(pivot);
        }
        Some(pivots)
    };
    // Between the largest element of the diagonal and the largest sum of a row.
    let row = |i: usize| square(i) + beside(i).abs() + if i > 0 { beside(i - 1).abs() } else { 0.0 };
    let most = |of: &dyn Fn(usize) -> f64| (0..alphas.len()).map(of).fold(0.0, crate::math::larger);
    let (mut low, mut high) = (most(&square), most(&row) * (1.0 + 1e-12));
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if pivots(middle).is_some() { high = middle } else { low = middle }
    }
    let pivots = pivots(high)?;
    let last = pivots.len().checked_sub(1)?;
    let mut right = vec![1.0; pivots.len()];
    for _ in 0..3 {
        for i in 1..=last {
            right[i] += beside(i - 1) / pivots[i - 1] * right[i - 1];
        }
        right[last] /= pivots[last];
        for i in (0..last).rev() {
            right[i] = (right[i] + beside(i) * right[i + 1]) / pivots[i];
        }
        let length = right.iter().map(|x| x * x).sum::<f64>().sqrt();
        right.iter_mut().for_each(|x| *x /= length);
    }
    let image = |i: usize| alphas[i] * right[i] + if i < last { beta(i) * right[i + 1] } else { 0.0 };
    let left: Vec<f64> = (0..=last).map(image).collect();
    let value = left.iter().map(|x| x * x).sum::<f64>().sqrt();
    Some((value, [left.into_iter().map(|x| x / value).collect(), right]))
}
