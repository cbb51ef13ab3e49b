//! Random matrices `W`, `N x M`, drawn row by row: the same generator gives the same matrix.

use faer::Mat;
use rand::{Rng, RngExt};
use rand_distr::{StandardNormal, StudentT};
use thiserror::Error;

/// Why an ensemble cannot be drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum EnsembleError {
    /// Student's t needs a positive finite number of degrees of freedom.
    #[error("Student's t with {0} degrees of freedom does not exist: the number must be positive and finite")]
    Degrees(f64),
    /// A stationary AR(1) sequence needs `-1 < rho < 1`.
    #[error("rows with correlation {0} are not stationary: it must lie strictly between -1 and 1")]
    Correlation(f64),
}

fn by_rows(visible: usize, hidden: usize, mut entry: impl FnMut(usize) -> f64) -> Mat<f64> {
    let mut w = Mat::zeros(visible, hidden);
    for i in 0..visible {
        for j in 0..hidden {
            w[(i, j)] = entry(j);
        }
    }
    w
}

/// Independent normal entries, `W_ij = s g`, for `visible` (`N`) rows, `hidden` (`M`) columns and
/// standard deviation `s`.
pub fn normal(visible: usize, hidden: usize, s: f64, rng: &mut impl Rng) -> Mat<f64> {
    by_rows(visible, hidden, |_| s * rng.sample::<f64, _>(StandardNormal))
}

/// Independent entries uniform on `(-s sqrt 3, s sqrt 3)`, for `visible` (`N`) rows, `hidden` (`M`)
/// columns and standard deviation `s`.
pub fn uniform(visible: usize, hidden: usize, s: f64, rng: &mut impl Rng) -> Mat<f64> {
    let half_width = s * 3f64.sqrt();
    by_rows(visible, hidden, |_| half_width * (2.0 * rng.random::<f64>() - 1.0))
}

/// Independent heavy-tailed entries, `W_ij = s t_nu`, for `visible` (`N`) rows, `hidden` (`M`)
/// columns, `degrees` (`nu`) of freedom and scale `s`. The variance is `s^2 nu / (nu - 2)` for
/// `nu > 2`, else infinite or undefined.
///
/// # Errors
/// `degrees` that are not positive and finite.
pub fn student_t(
    visible: usize,
    hidden: usize,
    degrees: f64,
    s: f64,
    rng: &mut impl Rng,
) -> Result<Mat<f64>, EnsembleError> {
    let refused = EnsembleError::Degrees(degrees);
    if !degrees.is_finite() {
        return Err(refused);
    }
    let law = StudentT::new(degrees).map_err(|_| refused)?;
    Ok(by_rows(visible, hidden, |_| s * rng.sample(law)))
}

/// Independent rows, each a stationary AR(1) sequence: `W_i1 = s g`,
/// `W_ij = rho W_i,j-1 + s sqrt(1 - rho^2) g`, for `visible` (`N`) rows, `hidden` (`M`) columns,
/// correlation `rho` of neighbours and standard deviation `s` of every entry.
/// `E[W_ij W_ik] = s^2 rho^|j - k|`.
///
/// # Errors
/// `rho` outside `(-1, 1)`.
pub fn correlated_rows(
    visible: usize,
    hidden: usize,
    rho: f64,
    s: f64,
    rng: &mut impl Rng,
) -> Result<Mat<f64>, EnsembleError> {
    if !(rho > -1.0 && rho < 1.0) {
        return Err(EnsembleError::Correlation(rho));
    }
    let (fresh, mut last) = (((1.0 - rho) * (1.0 + rho)).sqrt(), 0.0);
    Ok(by_rows(visible, hidden, |j| {
        let g: f64 = rng.sample(StandardNormal);
        last = if j == 0 { g } else { rho * last + fresh * g };
        s * last
    }))
}

/// Independent entries `+s` or `-s` with equal probability (Rademacher), for `visible` (`N`) rows,
/// `hidden` (`M`) columns and standard deviation `s`.
pub fn rademacher(visible: usize, hidden: usize, s: f64, rng: &mut impl Rng) -> Mat<f64> {
    by_rows(visible, hidden, |_| if rng.random::<bool>() { s } else { -s })
}

/// `W + theta p q^T` for `w` (`W`, `N x M`) and strength `theta`, with `p` (`N`, drawn first) and
/// `q` (`M`) independent and uniform on their unit spheres; returned with `p` and `q`.
pub fn spiked(mut w: Mat<f64>, theta: f64, rng: &mut impl Rng) -> (Mat<f64>, Vec<f64>, Vec<f64>) {
    let (p, q) = (unit_vector(w.nrows(), rng), unit_vector(w.ncols(), rng));
    for (j, qj) in q.iter().enumerate() {
        for (i, pi) in p.iter().enumerate() {
            w[(i, j)] += theta * pi * qj;
        }
    }
    (w, p, q)
}

/// A uniform point on the unit sphere in `n` dimensions: one column of a Haar matrix.
pub fn unit_vector(n: usize, rng: &mut impl Rng) -> Vec<f64> {
    let g: Vec<f64> = (0..n).map(|_| rng.sample(StandardNormal)).collect();
    let norm = g.iter().map(|x| x * x).sum::<f64>().sqrt();
    g.into_iter().map(|x| x / norm).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::ChaCha12Rng};

    fn mean(n: usize, f: impl Fn(usize) -> f64) -> f64 {
        (0..n).map(f).sum::<f64>() / n as f64
    }

    #[test]
    fn second_moments_are_s2_and_s2_nu_over_nu_minus_2_and_neighbours_correlate_as_rho() {
        let (n, s) = (100_000, 0.5);
        let mut rng = ChaCha12Rng::seed_from_u64(1);
        let w = normal(n, 1, s, &mut rng);
        // Standard deviation of the mean of g^2: sqrt(2/n) = 0.0045; of t_10^2: sqrt((6.25 -
        // 1.5625)/n) = 0.0069.
        assert!((mean(n, |i| w[(i, 0)].powi(2)) / (s * s) - 1.0).abs() < 0.018);
        // Of the square of a uniform value: sqrt((9/5 - 1)/n) = 0.0028.
        let w = uniform(n, 1, s, &mut rng);
        assert!((mean(n, |i| w[(i, 0)].powi(2)) / (s * s) - 1.0).abs() < 0.012);
        let w = rademacher(n, 1, s, &mut rng);
        // Every square is s^2; the mean has standard deviation s/sqrt n.
        assert!(mean(n, |i| w[(i, 0)]).abs() < 4.0 * s / (n as f64).sqrt() && mean(n, |i| w[(i, 0)].powi(2)) == s * s);
        let w = student_t(n, 1, 10.0, s, &mut rng).unwrap();
        assert!((mean(n, |i| w[(i, 0)].powi(2)) / (s * s) - 1.25).abs() < 0.028);
        let w = correlated_rows(n, 3, 0.6, s, &mut rng).unwrap();
        // Standard deviation of the mean of x y: sqrt((1 + rho^2)/n) < 0.0045.
        for (j, k, expected) in [(0, 0, 1.0), (2, 2, 1.0), (0, 1, 0.6), (1, 2, 0.6), (0, 2, 0.36)] {
            assert!((mean(n, |i| w[(i, j)] * w[(i, k)]) / (s * s) - expected).abs() < 0.018);
        }
    }

    #[test]
    fn a_spike_on_the_zero_matrix_has_frobenius_norm_theta_and_rank_one() {
        let (w, ..) = spiked(Mat::zeros(7, 5), 3.0, &mut ChaCha12Rng::seed_from_u64(2));
        assert!((w.norm_l2() - 3.0).abs() < 1e-14);
        assert!((w[(0, 0)] * w[(6, 4)] - w[(0, 4)] * w[(6, 0)]).abs() < 1e-15);
    }

    #[test]
    fn matrices_are_drawn_row_by_row() {
        let rng = || ChaCha12Rng::seed_from_u64(4);
        let values = |count: usize| {
            let mut rng = rng();
            (0..count).map(|_| rng.sample::<f64, _>(StandardNormal)).collect::<Vec<_>>()
        };
        let (w, g) = (normal(2, 3, 0.5, &mut rng()), values(6));
        assert_eq!((w.nrows(), w.ncols()), (2, 3));
        assert!((0..6).all(|i| w[(i / 3, i % 3)] == 0.5 * g[i]));
        // A stationary sequence begins anew in every row: s g, then s (ρ g + √(1 − ρ²) g').
        let w = correlated_rows(2, 2, 0.6, 0.5, &mut rng()).expect("stationary");
        for (i, expected) in [g[0], 0.6 * g[0] + 0.8 * g[1], g[2], 0.6 * g[2] + 0.8 * g[3]].into_iter().enumerate() {
            assert!((w[(i / 2, i % 2)] - 0.5 * expected).abs() < 1e-15, "{i}");
        }
        // Uniform values lie within s √3 on either side, and come near it: each miss has
        // probability 0.95^1000.
        let w = uniform(1000, 1, 0.5, &mut rng());
        let (low, high) = (0..1000).fold((0.0f64, 0.0f64), |(low, high), i| (low.min(w[(i, 0)]), high.max(w[(i, 0)])));
        let end = 0.75f64.sqrt();
        assert!((-end..-0.9 * end).contains(&low) && (0.9 * end..end).contains(&high), "{low} {high}");
    }

    #[test]
    fn a_spike_is_returned_with_its_unit_vectors() {
        let before = normal(4, 3, 1.0, &mut ChaCha12Rng::seed_from_u64(5));
        let (w, p, q) = spiked(before.clone(), 2.0, &mut ChaCha12Rng::seed_from_u64(6));
        for x in [&p, &q] {
            assert!((x.iter().map(|x| x * x).sum::<f64>() - 1.0).abs() < 1e-15);
        }
        assert_eq!((p.len(), q.len()), (4, 3));
        for (i, j) in (0..12).map(|at| (at / 3, at % 3)) {
            assert!((w[(i, j)] - before[(i, j)] - 2.0 * p[i] * q[j]).abs() < 1e-15, "{i} {j}");
        }
        // p first.
        assert_eq!(p, unit_vector(4, &mut ChaCha12Rng::seed_from_u64(6)));
    }

    #[test]
    fn laws_that_do_not_exist_are_refused() {
        let mut rng = ChaCha12Rng::seed_from_u64(3);
        assert!([0.0, -1.0, f64::NAN, f64::INFINITY].iter().all(|&d| student_t(2, 2, d, 1.0, &mut rng).is_err()));
        assert!([1.0, -1.0, f64::NAN].iter().all(|&r| correlated_rows(2, 2, r, 1.0, &mut rng).is_err()));
    }
}
