//! Decompositions. The only place that calls faer's; concrete functions, sequential inside (run matrices in parallel).
//!
//! faer's results depend in the last bits on the instruction set, so numbers that reach a snapshot are rounded.

use faer::linalg::matmul::triangular::{BlockStructure, matmul};
use faer::{Accum, Mat, MatRef, Par, Side};
use rand::{Rng, RngExt};

/// A decomposition that could not be made.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum LinalgError {
    /// A NaN or infinite entry.
    #[error("the matrix has an entry that is not finite, at row {row}, column {column}")]
    NotFinite {
        /// Its row.
        row: usize,
        /// Its column.
        column: usize,
    },
    /// The iteration did not converge.
    #[error("the {what} of a {rows} x {columns} matrix did not converge")]
    NoConvergence {
        /// Which decomposition.
        what: &'static str,
        /// Rows of the matrix.
        rows: usize,
        /// Columns of the matrix.
        columns: usize,
    },
}

/// W = U diag(λ) Vᵀ.
#[derive(Clone, Debug)]
pub struct Svd {
    /// U: N x r (thin) or N x N (full).
    pub u: Mat<f64>,
    /// λ, descending, length r = min(N, M).
    pub singular_values: Vec<f64>,
    /// V: M x r (thin) or M x M (full).
    pub v: Mat<f64>,
}

impl Svd {
    /// Flips each pair (u_i, v_i), and each unpaired column, with probability 1/2. A decomposition's own signs are not random: of
    /// 12 x 8 normal matrices, 1 % come with V_11 < 0 (measured with faer; LAPACK has 65 % with U_11 < 0). Any statistic that depends
    /// on signs needs this first.
    pub fn with_random_signs(mut self, rng: &mut impl Rng) -> Self {
        for i in 0..self.u.ncols().max(self.v.ncols()) {
            if rng.random::<bool>() {
                for side in [&mut self.u, &mut self.v] {
                    if i < side.ncols() {
                        (0..side.nrows()).for_each(|j| side[(j, i)] = -side[(j, i)]);
                    }
                }
            }
        }
        self
    }
}

/// Eigenvalues, ascending, and the orthonormal eigenvectors as columns in the same order.
#[derive(Clone, Debug)]
pub struct Eigen {
    /// Eigenvalues, ascending.
    pub values: Vec<f64>,
    /// Eigenvectors, column by column.
    pub vectors: Mat<f64>,
}

fn finite(w: MatRef<'_, f64>) -> Result<(), LinalgError> {
    for column in 0..w.ncols() {
        for row in 0..w.nrows() {
            if !w[(row, column)].is_finite() {
                return Err(LinalgError::NotFinite { row, column });
            }
        }
    }
    Ok(())
}

fn unconverged(what: &'static str, w: MatRef<'_, f64>) -> LinalgError {
    LinalgError::NoConvergence { what, rows: w.nrows(), columns: w.ncols() }
}

/// Singular values, descending, length min(N, M).
///
/// # Errors
/// An entry that is not finite, or no convergence.
pub fn singular_values(w: MatRef<'_, f64>) -> Result<Vec<f64>, LinalgError> {
    finite(w)?;
    w.singular_values().map_err(|_| unconverged("singular values", w))
}

/// Singular values, descending, as roots of the eigenvalues of the smaller of WᵀW and WWᵀ: half the time of [`singular_values`], for
/// spectra by the hundred. Squares are accurate to about eps max(N, M) λ_1², so that a value below the root of this is lost.
///
/// # Errors
/// An entry of W, or of the product, that is not finite, or no convergence.
pub fn singular_values_by_gram(w: MatRef<'_, f64>) -> Result<Vec<f64>, LinalgError> {
    finite(w)?;
    let w = if w.nrows() < w.ncols() { w.transpose() } else { w };
    let mut gram = Mat::zeros(w.ncols(), w.ncols());
    let (lower, whole) = (BlockStructure::TriangularLower, BlockStructure::Rectangular);
    matmul(gram.as_mut(), lower, Accum::Replace, w.transpose(), whole, w, whole, 1.0, Par::Seq);
    let squares = symmetric_eigenvalues(gram.as_ref())?;
    Ok(squares.iter().rev().map(|square| square.max(0.0).sqrt()).collect())
}

/// Thin singular value decomposition: U (N x r), V (M x r).
///
/// # Errors
/// An entry that is not finite, or no convergence.
pub fn thin_svd(w: MatRef<'_, f64>) -> Result<Svd, LinalgError> {
    finite(w)?;
    let svd = w.thin_svd().map_err(|_| unconverged("singular value decomposition", w))?;
    let singular_values = svd.S().column_vector().iter().copied().collect();
    Ok(Svd { u: svd.U().to_owned(), singular_values, v: svd.V().to_owned() })
}

/// U (N x r), λ (descending), V (M x r) in single precision.
pub type SingleSvd = (Mat<f32>, Vec<f32>, Mat<f32>);

/// Largest singular values first, and vectors, all in single precision: half the time of [`thin_svd`], relative errors of
/// about 1e-6 λ_1. Returns U (N x r), λ, V (M x r).
///
/// # Errors
/// No convergence, as for an entry that is not finite.
pub fn thin_svd_f32(w: MatRef<'_, f32>) -> Result<SingleSvd, LinalgError> {
    let what = "single-precision singular value decomposition";
    let svd = w.thin_svd().map_err(|_| LinalgError::NoConvergence { what, rows: w.nrows(), columns: w.ncols() })?;
    Ok((svd.U().to_owned(), svd.S().column_vector().iter().copied().collect(), svd.V().to_owned()))
}

/// Full singular value decomposition: U (N x N), V (M x M), unpaired modes last.
///
/// # Errors
/// An entry that is not finite, or no convergence.
pub fn full_svd(w: MatRef<'_, f64>) -> Result<Svd, LinalgError> {
    finite(w)?;
    let svd = w.svd().map_err(|_| unconverged("singular value decomposition", w))?;
    let singular_values = svd.S().column_vector().iter().copied().collect();
    Ok(Svd { u: svd.U().to_owned(), singular_values, v: svd.V().to_owned() })
}

/// Eigenvalues of a symmetric matrix (its lower half is read), ascending.
///
/// # Errors
/// An entry that is not finite, or no convergence.
pub fn symmetric_eigenvalues(a: MatRef<'_, f64>) -> Result<Vec<f64>, LinalgError> {
    finite(a)?;
    a.self_adjoint_eigenvalues(Side::Lower).map_err(|_| unconverged("eigenvalues", a))
}

/// Eigenvalues and eigenvectors of a symmetric matrix (its lower half is read).
///
/// # Errors
/// An entry that is not finite, or no convergence.
pub fn symmetric_eigen(a: MatRef<'_, f64>) -> Result<Eigen, LinalgError> {
    finite(a)?;
    let eigen = a.self_adjoint_eigen(Side::Lower).map_err(|_| unconverged("eigenvectors", a))?;
    Ok(Eigen { values: eigen.S().column_vector().iter().copied().collect(), vectors: eigen.U().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn small_and_degenerate_matrices_work() {
        // by hand
        assert_eq!(singular_values(Mat::from_fn(1, 1, |_, _| -3.0).as_ref()), Ok(vec![3.0]));
        assert_eq!(singular_values(Mat::zeros(3, 2).as_ref()), Ok(vec![0.0, 0.0]));
        let ones = thin_svd(Mat::from_fn(3, 2, |_, _| 1.0).as_ref()).expect("finite");
        assert!((ones.singular_values[0] - 6f64.sqrt()).abs() < 1e-14 && ones.singular_values[1].abs() < 1e-14);
        assert_eq!(
            symmetric_eigenvalues(Mat::from_fn(2, 2, |i, j| f64::from(u8::from(i != j))).as_ref()).map(|v| v.len()),
            Ok(2)
        );
    }

    #[test]
    fn gram_matrices_have_the_squares_of_the_singular_values() {
        let rng = &mut rand::rngs::ChaCha8Rng::from_seed([2; 32]);
        for (n, m) in [(60, 40), (40, 60), (50, 50), (1, 3), (2, 0)] {
            let w = Mat::from_fn(n, m, |_, _| rng.random::<f64>() - 0.5);
            let (plain, ours) = (singular_values(w.as_ref()), singular_values_by_gram(w.as_ref()));
            let (plain, ours) = (plain.expect("finite"), ours.expect("finite"));
            assert_eq!(ours.len(), n.min(m));
            for (ours, exact) in ours.iter().zip(&plain) {
                let bound = f64::EPSILON * n.max(m) as f64 * plain[0].powi(2);
                assert!((ours * ours - exact * exact).abs() <= bound, "{n} x {m}: {ours} {exact}");
            }
            assert!(ours.is_sorted_by(|a, b| a >= b));
        }
    }

    #[test]
    fn an_infinite_entry_is_named() {
        let mut w = Mat::zeros(3, 2);
        w[(2, 1)] = f64::INFINITY;
        assert_eq!(singular_values(w.as_ref()), Err(LinalgError::NotFinite { row: 2, column: 1 }));
        assert!(
            thin_svd(w.as_ref()).is_err()
                && full_svd(w.as_ref()).is_err()
                && singular_values_by_gram(w.as_ref()).is_err()
        );
    }

    #[test]
    fn random_signs_turn_modes_and_leave_their_sum_alone() {
        let w = Mat::from_fn(7, 5, |i, j| ((3 * i + j * j) % 7) as f64 - 2.0);
        let plain = thin_svd(w.as_ref()).expect("finite");
        let turned = plain.clone().with_random_signs(&mut rand::rngs::ChaCha8Rng::from_seed([1; 32]));
        let sum = |i: usize, j: usize| -> f64 {
            (0..5).map(|k| turned.u[(i, k)] * turned.singular_values[k] * turned.v[(j, k)]).sum()
        };
        assert!((0..7).all(|i| (0..5).all(|j| (sum(i, j) - w[(i, j)]).abs() < 1e-13)));
        let flipped = (0..5).filter(|&k| turned.v[(0, k)] * plain.v[(0, k)] < 0.0).count();
        assert!((1..5).contains(&flipped), "{flipped}");
    }
}
