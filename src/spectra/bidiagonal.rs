//! Singular values of Gaussian matrices from the bidiagonal model: the same law, without the
//! matrix.

use crate::linalg::LinalgError;
use crate::linalg::bidiagonal::Sturm;
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

    /// Singular values, descending, to a few eps of the largest. O(r²) time, over all cores, and
    /// O(r) memory.
    ///
    /// Intervals that hold one each are found by Sturm's counts, at many places at once, and
    /// narrowed by interpolation of the characteristic polynomial.
    ///
    /// # Errors
    /// An entry whose square is not finite.
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
        let squared = |x: f64| (x * x).is_finite();
        let fits = |i: usize| squared(self.diagonal[i]) && self.above.get(i).is_none_or(|&e| squared(e));
        if let Some(row) = (0..self.diagonal.len()).find(|&i| !fits(i)) {
            return Err(LinalgError::NotFinite { row, column: row });
        }
        Ok(Sturm::new(&self.diagonal, &self.above).values())
    }

    /// Number of singular values below `l`, by the changes of sign along the leading minors of
    /// BᵀB − l² (Sturm's count). O(r) time and memory; exact for a matrix whose entries differ from
    /// these by a few eps, relatively.
    ///
    /// # Source
    /// J. H. Wilkinson, The Algebraic Eigenvalue Problem (Oxford, 1965), chapter 5.
    ///
    /// # Example
    /// ```
    /// use rbm_landscape::spectra::bidiagonal::Bidiagonal;
    /// // by hand: (1 1; 0 1) has the golden ratio and its inverse
    /// let b = Bidiagonal { diagonal: vec![1.0, 1.0], above: vec![1.0] };
    /// assert_eq!([0.6, 0.7, 1.6, 1.7].map(|l| b.count_below(l)), [0, 1, 1, 2]);
    /// ```
    pub fn count_below(&self, l: f64) -> usize {
        Sturm::new(&self.diagonal, &self.above).counts(&[l])[0]
    }

    /// Number of singular values in each of the half-open intervals between ascending `edges`; O(r)
    /// memory, in parallel over the edges. A million singular values take seconds where computing
    /// them takes a day.
    pub fn histogram(&self, edges: &[f64]) -> Vec<usize> {
        let below = Sturm::new(&self.diagonal, &self.above).counts(edges);
        below.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).collect()
    }

    /// Singular value number `rank` (0 is the largest) to a few eps of the largest, by the same
    /// counts and interpolation as all of them. O(r). 0 where there is none.
    pub fn singular_value(&self, rank: usize) -> f64 {
        if rank < self.diagonal.len() { Sturm::new(&self.diagonal, &self.above).value(rank) } else { 0.0 }
    }
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
        // (1 2 0; 0 3 4; 0 0 5): BᵀB = (1 2 0; 2 13 12; 0 12 41), of trace 55 and determinant 15².
        let b = Bidiagonal { diagonal: vec![1.0, 3.0, 5.0], above: vec![2.0, 4.0] };
        let values = b.singular_values().expect("finite");
        assert!((values.iter().map(|l| l * l).sum::<f64>() - 55.0).abs() < 1e-13);
        assert!((values.iter().product::<f64>() - 15.0).abs() < 1e-13);
        // There is no fourth singular value; edges that fall leave no room.
        assert_eq!((b.singular_value(3), b.singular_value(9)), (0.0, 0.0));
        assert_eq!(b.histogram(&[9.0, 0.0, 9.0]), [0, 3]);
    }

    #[test]
    fn eigenvalues_of_tridiagonal_matrices_are_the_known_ones() {
        // BᵀB of a diagonal d and e above it, from its own diagonal and the squares beside it.
        let of = |diagonal: &[f64], beside: &[f64]| {
            let (mut d, mut e) = (vec![diagonal[0].sqrt()], vec![]);
            for (i, square) in beside.iter().enumerate() {
                e.push(square.sqrt() / d[i]);
                d.push((diagonal[i + 1] - e[i] * e[i]).sqrt());
            }
            let values = Bidiagonal { diagonal: d, above: e }.singular_values().expect("finite");
            values.iter().rev().map(|l| l * l).collect::<Vec<_>>()
        };
        let near = |found: Vec<f64>, expected: Vec<f64>| {
            assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-13), "{found:?} {expected:?}");
            assert_eq!(found.len(), expected.len());
        };
        // 2 and −1 beside it: 2 − 2 cos(kπ/(n + 1)).
        let angle = |k: i32, n: i32| std::f64::consts::PI * f64::from(k) / f64::from(n + 1);
        near(of(&[2.0; 9], &[1.0; 8]), (1..=9).map(|k| 2.0 - 2.0 * angle(k, 9).cos()).collect());
        // (0 1 0; 1 0 1; 0 1 −1): λ³ + λ² − 2λ − 1, whose roots are 2 cos(2kπ/7); 3 is added.
        near(of(&[3.0, 3.0, 2.0], &[1.0, 1.0]), [3, 2, 1].map(|k| 3.0 + 2.0 * angle(2 * k, 6).cos()).into());
        near(of(&[1.0, 3.0], &[0.0]), vec![1.0, 3.0]);
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
    fn what_is_not_finite_is_an_error_and_no_spectrum() {
        // Not a number, and a square beyond 1.8e308.
        for (entry, row) in [(f64::NAN, 1), (f64::INFINITY, 1), (1e200, 1)] {
            let odd = Bidiagonal { diagonal: vec![1.0, entry, 1.0], above: vec![0.5; 2] };
            assert_eq!(odd.singular_values(), Err(LinalgError::NotFinite { row, column: row }), "{entry}");
        }
    }

    #[test]
    fn rows_that_grow_downwards_have_no_value_beyond_the_largest_row() {
        // by hand: (1 1; 0 4) has BᵀB with trace 18 and determinant 16, and λ_1 > 4, which is the
        // largest sum of a row; so does the same matrix behind a row of its own.
        let largest = (9.0 + 65f64.sqrt()).sqrt();
        let b = Bidiagonal { diagonal: vec![1.0, 4.0], above: vec![1.0] };
        let cut = Bidiagonal { diagonal: vec![3.0, 1.0, 4.0], above: vec![0.0, 1.0] };
        for b in [&b, &cut] {
            assert!((b.singular_value(0) - largest).abs() < 4e-15 && b.count_below(4.0) + 1 == b.diagonal.len());
            assert!((b.singular_values().expect("finite")[0] - largest).abs() < 4e-15);
        }
        assert!((cut.singular_value(1) - 3.0).abs() < 1e-15);
    }

    #[test]
    fn clusters_and_graded_matrices_keep_all_their_values() {
        // Entries that fall by a factor: the product and the sum of squares by hand.
        let d: Vec<f64> = (0..40).map(|i| 0.7f64.powi(i)).collect();
        let b = Bidiagonal { above: d[1..].to_vec(), diagonal: d };
        let values = b.singular_values().expect("finite");
        let logs: f64 = values.iter().map(|l| l.ln()).sum();
        assert!((logs / (0.7f64.ln() * 780.0) - 1.0).abs() < 1e-9, "{logs}");
        let squares: f64 = b.diagonal.iter().chain(&b.above).map(|x| x * x).sum();
        assert!((values.iter().map(|l| l * l).sum::<f64>() / squares - 1.0).abs() < 1e-14);
        // Glued with 1e-11: all come in clusters of nine, as near as that.
        let part = [2.0, 1.0, 3.0, 2.0, 1.0];
        let alone = Bidiagonal { diagonal: part.to_vec(), above: vec![1.0; 4] }.singular_values().expect("finite");
        let above = (1..45).map(|i| if i % 5 == 0 { 1e-11 } else { 1.0 }).collect();
        let glued = Bidiagonal { diagonal: part.repeat(9), above }.singular_values().expect("finite");
        assert!(glued.iter().enumerate().all(|(k, l)| (l - alone[k / 9]).abs() < 3e-11), "{glued:?}");
    }

    #[test]
    fn every_number_of_threads_gives_the_same_bits() {
        let b = Bidiagonal::normal(1500, 900, 1.0, &mut ChaCha8Rng::seed_from_u64(8));
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| (b.singular_values().expect("finite"), [0, 1, 450, 899].map(|k| b.singular_value(k))))
        };
        let (all, some) = with(1);
        assert_eq!((all.clone(), some), with(3));
        assert!([0, 1, 450, 899].iter().zip(some).all(|(&k, l)| (l - all[k]).abs() < 1e-13), "{some:?}");
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
