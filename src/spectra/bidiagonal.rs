//! Singular values of Gaussian matrices from the bidiagonal model: the same law, without the matrix.

use rand::Rng;
use rand_distr::{ChiSquared, Distribution};

/// An upper bidiagonal matrix: `diagonal` (length r) and `above` (length r − 1).
#[derive(Clone, Debug, PartialEq)]
pub struct Bidiagonal {
    /// d_1, …, d_r.
    pub diagonal: Vec<f64>,
    /// e_1, …, e_(r−1).
    pub above: Vec<f64>,
}

impl Bidiagonal {
    /// A draw whose singular values have the joint law of those of an N x M matrix (`visible`, `hidden`) of independent
    /// normal entries of standard deviation `s`: independent diagonal s χ_max, s χ_(max−1), …, s χ_(max−r+1) and
    /// off-diagonal s χ_(r−1), …, s χ_1. O(r) time and memory.
    ///
    /// # Source
    /// I. Dumitriu and A. Edelman, J. Math. Phys. 43 (2002) 5830.
    pub fn normal(visible: usize, hidden: usize, s: f64, rng: &mut impl Rng) -> Self {
        let (max, r) = (visible.max(hidden), visible.min(hidden));
        // A whole number of degrees of freedom, at least 1, is always accepted.
        let mut chi = |degrees: usize| ChiSquared::new(degrees as f64).map_or(0.0, |law| s * law.sample(rng).sqrt());
        let diagonal = (0..r).map(|i| chi(max - i)).collect();
        let above = (1..r).map(|i| chi(r - i)).collect();
        Self { diagonal, above }
    }

    /// BᵀB as a tridiagonal matrix: its diagonal and the squares of what stands beside it.
    fn gram(&self) -> (Vec<f64>, Vec<f64>) {
        let (d, e) = (&self.diagonal, &self.above);
        let diagonal = (0..d.len()).map(|i| d[i] * d[i] + if i > 0 { e[i - 1] * e[i - 1] } else { 0.0 }).collect();
        let beside = e.iter().zip(d).map(|(e, d)| (d * e) * (d * e)).collect();
        (diagonal, beside)
    }

    /// Singular values, descending; their squares are accurate to eps r λ_1². O(r²) time, O(r) memory.
    ///
    /// The root-free QL iteration on BᵀB.
    ///
    /// # Source
    /// C. H. Reinsch, Comm. ACM 16 (1973) 689, algorithm 464 (tqlrat).
    ///
    /// # Example
    /// ```
    /// use rbm_landscape::spectra::bidiagonal::Bidiagonal;
    /// // by hand: (1 1; 0 1) has BᵀB with trace 3 and determinant 1
    /// let values = Bidiagonal { diagonal: vec![1.0, 1.0], above: vec![1.0] }.singular_values();
    /// assert!((values[0] * values[1] - 1.0).abs() < 1e-15 && (values[0].powi(2) + values[1].powi(2) - 3.0).abs() < 1e-14);
    /// ```
    pub fn singular_values(&self) -> Vec<f64> {
        let (mut d, mut e2) = self.gram();
        root_free_ql(&mut d, &mut e2);
        d.sort_by(|a, b| b.total_cmp(a));
        d.iter().map(|l| l.max(0.0).sqrt()).collect()
    }
}

/// Eigenvalues of a symmetric tridiagonal matrix in place: diagonal `d`, squares `e2` of what stands beside it.
fn root_free_ql(d: &mut [f64], e2: &mut Vec<f64>) {
    let n = d.len();
    e2.push(0.0);
    for l in 0..n {
        // Block from l to the first negligible neighbour; every eigenvalue takes a few rounds.
        for _ in 0..60 {
            let small = |m: usize, d: &[f64], e2: &[f64]| {
                let scale = f64::EPSILON * (d[m].abs() + d[m + 1].abs());
                e2[m] <= scale * scale
            };
            let m = (l..n - 1).find(|&m| small(m, d, e2)).unwrap_or(n - 1);
            if m == l {
                break;
            }
            // Shift: the eigenvalue of the leading 2 x 2 nearest to d_l.
            let root = e2[l].sqrt();
            let half = (d[l + 1] - d[l]) / (2.0 * root);
            let shift = d[l] - root / (half + half.hypot(1.0).copysign(half));
            let (mut c, mut s) = (1.0, 0.0);
            let mut gamma = d[m] - shift;
            let mut p = gamma * gamma;
            for i in (l..m).rev() {
                let r = p + e2[i];
                if i + 1 < m {
                    e2[i + 1] = s * r;
                }
                let old_c = c;
                c = p / r;
                s = e2[i] / r;
                let old_gamma = gamma;
                gamma = c * (d[i] - shift) - s * old_gamma;
                d[i + 1] = old_gamma + (d[i] - gamma);
                p = if c != 0.0 { gamma * gamma / c } else { old_c * e2[i] };
            }
            e2[l] = s * p;
            d[l] = shift + gamma;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectra::ensemble;
    use faer::Mat;
    use rand::{SeedableRng, rngs::ChaCha8Rng};

    fn dense(b: &Bidiagonal) -> Mat<f64> {
        let r = b.diagonal.len();
        Mat::from_fn(r, r, |i, j| match j.wrapping_sub(i) {
            0 => b.diagonal[i],
            1 => b.above[i],
            _ => 0.0,
        })
    }

    #[test]
    fn singular_values_agree_with_a_dense_decomposition() {
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        for (n, m) in [(1, 1), (2, 1), (7, 5), (67, 101), (211, 211), (400, 3)] {
            let b = Bidiagonal::normal(n, m, 0.7, rng);
            let (ours, theirs) = (b.singular_values(), dense(&b).singular_values().expect("finite"));
            assert_eq!(ours.len(), theirs.len());
            for (a, b) in ours.iter().zip(&theirs) {
                let bound = f64::EPSILON * (4 + ours.len()) as f64 * theirs[0].powi(2);
                assert!((a * a - b * b).abs() < bound, "{n} x {m}: {a} {b}");
            }
        }
    }

    #[test]
    fn degenerate_matrices_work() {
        let zero = Bidiagonal { diagonal: vec![0.0; 3], above: vec![0.0; 2] };
        assert_eq!(zero.singular_values(), [0.0; 3]);
        let diagonal = Bidiagonal { diagonal: vec![2.0, 3.0, 1.0], above: vec![0.0; 2] };
        assert_eq!(diagonal.singular_values(), [3.0, 2.0, 1.0]);
        assert!(Bidiagonal { diagonal: vec![], above: vec![] }.singular_values().is_empty());
    }

    #[test]
    fn the_model_has_the_moments_of_the_dense_ensemble() {
        // E tr S = NM and E tr S² = NM(N + M + 1) by Wick; 2000 draws of 31 x 23, standard errors √(2NM/2000) and
        // √(4NM(2N² + 5NM + 2M² + 5N + 5M + 5)/2000).
        let rng = &mut ChaCha8Rng::seed_from_u64(3);
        let (n, m, draws) = (31.0, 23.0, 2000.0);
        let (mut first, mut second) = (0.0, 0.0);
        for _ in 0..2000 {
            let values = Bidiagonal::normal(31, 23, 1.0, rng).singular_values();
            first += values.iter().map(|l| l.powi(2)).sum::<f64>() / draws;
            second += values.iter().map(|l| l.powi(4)).sum::<f64>() / draws;
        }
        let variance_2 = 4.0 * n * m * (2.0 * n * n + 5.0 * n * m + 2.0 * m * m + 5.0 * n + 5.0 * m + 5.0);
        assert!((first - n * m).abs() < 4.0 * (2.0 * n * m / draws).sqrt(), "{first}");
        assert!((second - n * m * (n + m + 1.0)).abs() < 4.0 * (variance_2 / draws).sqrt(), "{second}");
        let w = ensemble::normal(31, 23, 1.0, rng);
        assert_eq!(w.singular_values().expect("finite").len(), 23);
    }
}
