//! Singular values of Gaussian matrices from the bidiagonal model: the same law, without the
//! matrix.

use crate::linalg::LinalgError;
use rand::Rng;
use rand_distr::{ChiSquared, Distribution};
use rayon::prelude::*;

/// An upper bidiagonal matrix: `diagonal` (length r) and `above` (length r − 1).
#[derive(Clone, Debug, PartialEq)]
pub struct Bidiagonal {
    /// d_1, …, d_r.
    pub diagonal: Vec<f64>,
    /// e_1, …, e_(r−1).
    pub above: Vec<f64>,
}

impl Bidiagonal {
    /// A draw whose singular values have the joint law of those of an N x M matrix (`visible`,
    /// `hidden`) of independent normal entries of standard deviation `s`: independent diagonal s
    /// χ_max, s χ_(max−1), …, s χ_(max−r+1) and off-diagonal s χ_(r−1), …, s χ_1. O(r) time and
    /// memory.
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

    /// Singular values, descending; their squares are accurate to eps r λ_1². O(r²) time, O(r)
    /// memory.
    ///
    /// The root-free QL iteration on BᵀB.
    ///
    /// # Errors
    /// An entry whose square is not finite, or no convergence: an eigenvalue of BᵀB that takes more
    /// than 60 rounds, where 30 are ample.
    ///
    /// # Source
    /// C. H. Reinsch, Comm. ACM 16 (1973) 689, algorithm 464 (tqlrat).
    ///
    /// # Example
    /// ```
    /// use rbm_landscape::spectra::bidiagonal::Bidiagonal;
    /// // by hand: (1 1; 0 1) has BᵀB with trace 3 and determinant 1
    /// let values = Bidiagonal { diagonal: vec![1.0, 1.0], above: vec![1.0] }.singular_values()?;
    /// assert!((values[0] * values[1] - 1.0).abs() < 1e-15 && (values[0].powi(2) + values[1].powi(2) - 3.0).abs() < 1e-14);
    /// # Ok::<(), rbm_landscape::linalg::LinalgError>(())
    /// ```
    pub fn singular_values(&self) -> Result<Vec<f64>, LinalgError> {
        self.values_within(60)
    }

    fn values_within(&self, rounds: usize) -> Result<Vec<f64>, LinalgError> {
        let (mut d, mut e2) = self.gram();
        if let Some(row) = (0..d.len()).find(|&i| !(d[i].is_finite() && e2.get(i).is_none_or(|e| e.is_finite()))) {
            return Err(LinalgError::NotFinite { row, column: row });
        }
        if !root_free_ql(&mut d, &mut e2, rounds) {
            let (what, r) = ("root-free QL iteration", self.diagonal.len());
            return Err(LinalgError::NoConvergence { what, rows: r, columns: r });
        }
        d.sort_by(|a, b| b.total_cmp(a));
        Ok(d.iter().map(|l| libm::fmaximum(*l, 0.0).sqrt()).collect())
    }

    /// Number of singular values below `l`, by the signs of the pivots of BᵀB − l² (Sturm's count).
    /// O(r) time, nothing allocated; exact for a matrix whose entries differ from these by a few
    /// eps, relatively.
    ///
    /// # Source
    /// K. V. Fernando, B. N. Parlett, Numer. Math. 67 (1994) 191 (stationary differential form).
    ///
    /// # Example
    /// ```
    /// use rbm_landscape::spectra::bidiagonal::Bidiagonal;
    /// // by hand: (1 1; 0 1) has the golden ratio and its inverse
    /// let b = Bidiagonal { diagonal: vec![1.0, 1.0], above: vec![1.0] };
    /// assert_eq!([0.6, 0.7, 1.6, 1.7].map(|l| b.count_below(l)), [0, 1, 1, 2]);
    /// ```
    pub fn count_below(&self, l: f64) -> usize {
        let shift = l * l;
        let mut rest = -shift;
        let mut count = 0;
        for (i, d) in self.diagonal.iter().enumerate() {
            let pivot = d * d + rest;
            count += usize::from(pivot < 0.0);
            if let Some(e) = self.above.get(i) {
                // A pivot of zero counts as a tiny positive one.
                let pivot = if pivot.abs() < 1e-280 { 1e-280 } else { pivot };
                rest = e * e * (rest / pivot) - shift;
                if !rest.is_finite() {
                    rest = -1e280;
                }
            }
        }
        count
    }

    /// Number of singular values in each of the half-open intervals between ascending `edges`; O(r)
    /// memory, in parallel over the edges. A million singular values take seconds where computing
    /// them takes a day.
    pub fn histogram(&self, edges: &[f64]) -> Vec<usize> {
        let below: Vec<usize> = edges.par_iter().map(|&edge| self.count_below(edge)).collect();
        below.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).collect()
    }

    /// Singular value number `rank` (0 is the largest) by bisection of [`Self::count_below`], to a
    /// few eps of the largest. O(r). 0 where there is none.
    pub fn singular_value(&self, rank: usize) -> f64 {
        let r = self.diagonal.len();
        if rank >= r {
            return 0.0;
        }
        let beside = |i: usize| self.above.get(i).map_or(0.0, |e| e.abs());
        let (mut low, mut high) = (0.0, (0..r).map(|i| self.diagonal[i].abs() + beside(i)).fold(0.0, libm::fmaximum));
        high *= 1.0 + 4.0 * f64::EPSILON;
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if r - self.count_below(middle) > rank {
                low = middle;
            } else {
                high = middle;
            }
        }
        0.5 * (low + high)
    }
}

/// Eigenvalues of a symmetric tridiagonal matrix in place: diagonal `d`, squares `e2` of what
/// stands beside it. False if one of them takes more than `rounds` rounds: `d` then holds no
/// eigenvalues.
fn root_free_ql(d: &mut [f64], e2: &mut Vec<f64>, rounds: usize) -> bool {
    let n = d.len();
    e2.push(0.0);
    for l in 0..n {
        // Block from l to the first negligible neighbour; every eigenvalue takes a few rounds.
        for round in 0.. {
            let small = |m: usize, d: &[f64], e2: &[f64]| {
                let scale = f64::EPSILON * (d[m].abs() + d[m + 1].abs());
                e2[m] <= scale * scale
            };
            let m = (l..n - 1).find(|&m| small(m, d, e2)).unwrap_or(n - 1);
            if m == l {
                break;
            }
            if round == rounds {
                return false;
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
    d.iter().all(|l| l.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::singular_values;
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
            let (ours, theirs) = (b.singular_values(), singular_values(dense(&b).as_ref()));
            let (ours, theirs) = (ours.expect("converges"), theirs.expect("finite"));
            assert_eq!(ours.len(), theirs.len());
            // 30 rounds are ample.
            assert_eq!(b.values_within(30).as_ref(), Ok(&ours), "{n} x {m}");
            for (a, b) in ours.iter().zip(&theirs) {
                let bound = f64::EPSILON * (4 + ours.len()) as f64 * theirs[0].powi(2);
                assert!((a * a - b * b).abs() < bound, "{n} x {m}: {a} {b}");
            }
        }
    }

    #[test]
    fn counts_agree_with_the_values() {
        let rng = &mut ChaCha8Rng::seed_from_u64(2);
        for (n, m) in [(1, 1), (7, 5), (67, 101), (211, 211)] {
            let b = Bidiagonal::normal(n, m, 0.7, rng);
            let values = singular_values(dense(&b).as_ref()).expect("finite");
            let r = values.len();
            for (rank, value) in values.iter().enumerate() {
                assert_eq!(b.count_below(value * (1.0 - 1e-9) - 1e-14), r - rank - 1, "{n} x {m}: {rank}");
                assert!((b.singular_value(rank) - value).abs() < 1e-13 * values[0], "{n} x {m}: {rank}");
            }
            let edges = [0.0, 0.3 * values[0], 0.6 * values[0], 1.1 * values[0]];
            let expected: Vec<usize> =
                edges.windows(2).map(|pair| values.iter().filter(|&&l| pair[0] <= l && l < pair[1]).count()).collect();
            assert_eq!(b.histogram(&edges), expected);
        }
        // Zero pivots and zero matrices.
        let zero = Bidiagonal { diagonal: vec![0.0; 5], above: vec![0.0; 4] };
        assert_eq!((zero.count_below(0.0), zero.count_below(1e-9), zero.singular_value(0)), (0, 5, 0.0));
        let unit = Bidiagonal { diagonal: vec![1.0; 3], above: vec![1.0; 2] };
        assert_eq!((unit.count_below(1.0), unit.count_below(1.0 + 1e-12)), (1, 1)); // 4cos²(kπ/7): 0.198, 1.555, 3.247
    }

    #[test]
    fn a_large_spectrum_has_its_edges_by_counts_alone() {
        // r = 20,000: every singular value within 5 times the fluctuation r^(−2/3) of the
        // Marchenko-Pastur edges.
        let b = Bidiagonal::normal(80_000, 20_000, 1.0, &mut ChaCha8Rng::seed_from_u64(4));
        let (low, high) = (80_000f64.sqrt() - 20_000f64.sqrt(), 80_000f64.sqrt() + 20_000f64.sqrt());
        assert_eq!((b.count_below(0.99 * low), b.count_below(1.01 * high)), (0, 20_000));
        let law = crate::spectra::marchenko_pastur::MarchenkoPastur::new(80_000, 20_000, 1.0).unwrap();
        // Counts deviate by about (1/π²) ln r in variance: below 10 at any place.
        for p in [0.1, 0.5, 0.9] {
            assert!((b.count_below(law.quantile(p)) as f64 - 20_000.0 * p).abs() < 10.0, "{p}");
        }
    }

    #[test]
    fn the_model_and_its_gram_matrix_are_those_by_hand() {
        // 5 x 3: squares of the diagonal have means 5, 4, 3 and those above it 2, 1, times s²; 4000
        // draws, five standard errors √(2k/4000).
        let rng = &mut ChaCha8Rng::seed_from_u64(5);
        let (mut diagonal, mut above) = ([0.0; 3], [0.0; 2]);
        for _ in 0..4000 {
            let b = Bidiagonal::normal(3, 5, 2.0, rng);
            assert_eq!((b.diagonal.len(), b.above.len()), (3, 2));
            diagonal.iter_mut().zip(&b.diagonal).for_each(|(sum, x)| *sum += x * x / 4.0 / 4000.0);
            above.iter_mut().zip(&b.above).for_each(|(sum, x)| *sum += x * x / 4.0 / 4000.0);
        }
        for (mean, k) in diagonal.iter().chain(&above).zip([5.0, 4.0, 3.0, 2.0, 1.0f64]) {
            assert!((mean - k).abs() < 5.0 * (k / 2000.0).sqrt(), "{diagonal:?} {above:?}");
        }
        // (1 2 0; 0 3 4; 0 0 5): BᵀB = (1 2 0; 2 13 12; 0 12 41).
        let b = Bidiagonal { diagonal: vec![1.0, 3.0, 5.0], above: vec![2.0, 4.0] };
        assert_eq!(b.gram(), (vec![1.0, 13.0, 41.0], vec![4.0, 144.0]));
        // There is no fourth singular value; edges that fall leave no room.
        assert_eq!((b.singular_value(3), b.singular_value(9)), (0.0, 0.0));
        assert_eq!(b.histogram(&[9.0, 0.0, 9.0]), [0, 3]);
    }

    #[test]
    fn eigenvalues_of_tridiagonal_matrices_are_the_known_ones() {
        let of = |d: &[f64], e2: &[f64]| {
            let (mut d, mut e2) = (d.to_vec(), e2.to_vec());
            assert!(root_free_ql(&mut d, &mut e2, 30));
            d.sort_by(f64::total_cmp);
            d
        };
        let near = |found: Vec<f64>, expected: Vec<f64>| {
            assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-13), "{found:?} {expected:?}");
            assert_eq!(found.len(), expected.len());
        };
        // 2 and −1 beside it: 2 − 2 cos(kπ/(n + 1)).
        let angle = |k: i32, n: i32| std::f64::consts::PI * f64::from(k) / f64::from(n + 1);
        near(of(&[2.0; 9], &[1.0; 8]), (1..=9).map(|k| 2.0 - 2.0 * angle(k, 9).cos()).collect());
        // (0 1 0; 1 0 1; 0 1 −1): λ³ + λ² − 2λ − 1, whose roots are 2 cos(2kπ/7). The first shift
        // is −1, and the first pivot zero.
        near(of(&[0.0, 0.0, -1.0], &[1.0, 1.0]), [3, 2, 1].map(|k| 2.0 * angle(2 * k, 6).cos()).into());
        near(of(&[3.0, 1.0], &[0.0]), vec![1.0, 3.0]);
    }

    #[test]
    fn values_scale_with_the_matrix() {
        // Powers of two change no digit.
        let b = Bidiagonal::normal(23, 17, 1.0, &mut ChaCha8Rng::seed_from_u64(6));
        let values = b.singular_values().expect("converges");
        for scale in [2f64.powi(-100), 2f64.powi(100)] {
            let times = |x: &Vec<f64>| x.iter().map(|x| x * scale).collect::<Vec<_>>();
            let scaled = Bidiagonal { diagonal: times(&b.diagonal), above: times(&b.above) };
            assert_eq!(scaled.singular_values().expect("converges"), times(&values));
            let middle = 0.5 * (values[7] + values[8]);
            assert_eq!((b.count_below(middle), scaled.count_below(scale * middle)), (9, 9));
            assert_eq!(scaled.singular_value(3), scale * b.singular_value(3));
        }
    }

    #[test]
    fn degenerate_matrices_work() {
        let zero = Bidiagonal { diagonal: vec![0.0; 3], above: vec![0.0; 2] };
        assert_eq!(zero.singular_values(), Ok(vec![0.0; 3]));
        let diagonal = Bidiagonal { diagonal: vec![2.0, 3.0, 1.0], above: vec![0.0; 2] };
        assert_eq!(diagonal.singular_values(), Ok(vec![3.0, 2.0, 1.0]));
        assert_eq!(Bidiagonal { diagonal: vec![], above: vec![] }.singular_values(), Ok(vec![]));
    }

    #[test]
    fn what_does_not_converge_is_an_error_and_no_spectrum() {
        // A coupled pair needs one round at least; a diagonal matrix none.
        let unit = Bidiagonal { diagonal: vec![1.0; 3], above: vec![1.0; 2] };
        let failed = LinalgError::NoConvergence { what: "root-free QL iteration", rows: 3, columns: 3 };
        assert_eq!(unit.values_within(1), Err(failed));
        let diagonal = Bidiagonal { diagonal: vec![2.0, 3.0, 1.0], above: vec![0.0; 2] };
        assert_eq!(diagonal.values_within(0), Ok(vec![3.0, 2.0, 1.0]));
        // Not a number, and a square beyond 1.8e308.
        for (entry, row) in [(f64::NAN, 1), (f64::INFINITY, 1), (1e200, 1)] {
            let odd = Bidiagonal { diagonal: vec![1.0, entry, 1.0], above: vec![0.5; 2] };
            assert_eq!(odd.singular_values(), Err(LinalgError::NotFinite { row, column: row }), "{entry}");
        }
    }

    #[test]
    fn the_model_has_the_moments_of_the_dense_ensemble() {
        // E tr S = NM and E tr S² = NM(N + M + 1) by Wick; 2000 draws of 31 x 23, standard errors
        // √(2NM/2000) and √(4NM(2N² + 5NM + 2M² + 5N + 5M + 5)/2000).
        let rng = &mut ChaCha8Rng::seed_from_u64(3);
        let (n, m, draws) = (31.0, 23.0, 2000.0);
        let (mut first, mut second) = (0.0, 0.0);
        for _ in 0..2000 {
            let values = Bidiagonal::normal(31, 23, 1.0, rng).singular_values().expect("converges");
            first += values.iter().map(|l| l.powi(2)).sum::<f64>() / draws;
            second += values.iter().map(|l| l.powi(4)).sum::<f64>() / draws;
        }
        let variance_2 = 4.0 * n * m * (2.0 * n * n + 5.0 * n * m + 2.0 * m * m + 5.0 * n + 5.0 * m + 5.0);
        assert!((first - n * m).abs() < 4.0 * (2.0 * n * m / draws).sqrt(), "{first}");
        assert!((second - n * m * (n + m + 1.0)).abs() < 4.0 * (variance_2 / draws).sqrt(), "{second}");
        let w = ensemble::normal(31, 23, 1.0, rng);
        assert_eq!(singular_values(w.as_ref()).expect("finite").len(), 23);
    }
}
