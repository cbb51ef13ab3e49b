//! Haar distributed orthogonal matrices, and the entries of a matrix between two of them.
#![deny(clippy::disallowed_methods)]

use crate::linalg::product;
use crate::linalg::thin_qr;
use faer::{Mat, MatRef};
use rand::Rng;

/// Uniform (Haar) random orthogonal `n x n` matrix: `Q` of the QR decomposition of a Gaussian
/// matrix, column `i` times the sign of `R_ii`. Orthogonal to rounding, about `1e-15 n`.
///
/// # Source
/// Mezzadri, Notices of the AMS 54 (2007) 592.
pub fn haar_orthogonal(n: usize, rng: &mut impl Rng) -> Mat<f64> {
    let (q, r) = thin_qr(super::ensemble::normal(n, n, 1.0, rng).as_ref());
    Mat::from_fn(n, n, |i, j| if r[j] < 0.0 { -q[(i, j)] } else { q[(i, j)] })
}

/// Entries of `Q1 W Q2`, column by column, for `w` (`W`, `N x M`), `q1` (`N x N`) and `q2`
/// (`M x M`); sequential, to rounding.
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
    use rand::{SeedableRng, rngs::ChaCha12Rng};

    #[test]
    fn a_haar_matrix_is_orthogonal_to_rounding() {
        let q = haar_orthogonal(40, &mut ChaCha12Rng::seed_from_u64(9));
        assert!((product(q.transpose(), q.as_ref()) - Mat::<f64>::identity(40, 40)).norm_max() < 1e-14);
    }

    #[test]
    fn haar_matrices_of_size_3_have_trace_0_positive_corners_half_of_the_time_and_corners_of_variance_a_third() {
        // 4000 draws, 4 standard errors: the trace has variance 1, Q_11 is uniform on [-1, 1]
        // (Archimedes), its square has variance 4/45.
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
        // by hand: W = (1 0 0; 0 2 0), Q₁ = (0 −1; 1 0), Q₂ moves every column one to the right: (0
        // 0 −2; 0 1 0)
        let w = Mat::from_fn(2, 3, |i, j| if i == j { (i + 1) as f64 } else { 0.0 });
        let q1 = Mat::from_fn(2, 2, |i, j| [[0.0, -1.0], [1.0, 0.0]][i][j]);
        let q2 = Mat::from_fn(3, 3, |i, j| f64::from(u8::from(j == (i + 1) % 3)));
        assert_eq!(rotate(w.as_ref(), q1.as_ref(), q2.as_ref()), [0.0, 0.0, 0.0, 1.0, -2.0, 0.0]); // column by column
    }
}
