//! Traces of powers of S = WᵀW: linear statistics of the spectrum, whose means and covariances are
//! known exactly at every size.
#![deny(clippy::disallowed_methods)]

use crate::linalg::LinalgError;
use crate::linalg::solve;
use crate::stat::Test;
use crate::stat::goodness::chi_square_survival;
use crate::symbolic::poly::Poly;
use crate::symbolic::wick;
use faer::Mat;
use std::sync::LazyLock;

/// How many traces: tr S, tr S², tr S³.
pub(crate) const POWERS: usize = 3;

static MEANS: LazyLock<[Poly; POWERS]> = LazyLock::new(|| std::array::from_fn(|k| wick::trace_moment(&[k + 1])));
static COVARIANCES: LazyLock<[[Poly; POWERS]; POWERS]> = LazyLock::new(|| {
    std::array::from_fn(|j| std::array::from_fn(|k| wick::trace_covariance(j.min(k) + 1, j.max(k) + 1)))
});

/// Exact mean and covariance of (tr S, tr S², tr S³) for an N x M matrix W of independent normal
/// entries.
#[derive(Clone, Debug)]
pub struct Wishart {
    /// E tr Sᵏ, k = 1, 2, 3.
    pub mean: [f64; POWERS],
    /// Cov(tr Sʲ, tr Sᵏ).
    pub covariance: [[f64; POWERS]; POWERS],
}

impl Wishart {
    /// For `visible` (N) rows, `hidden` (M) columns and standard deviation `s`; sums over all Wick
    /// pairings.
    pub fn new(visible: usize, hidden: usize, s: f64) -> Self {
        let at = [("N", visible as f64), ("M", hidden as f64), ("s", s)];
        Self {
            mean: MEANS.each_ref().map(|poly| poly.evaluate_f64(&at)),
            covariance: COVARIANCES.each_ref().map(|row| row.each_ref().map(|poly| poly.evaluate_f64(&at))),
        }
    }

    /// Joint test of the traces' means over independent matrices; statistic: squared Mahalanobis
    /// distance, χ² with 3 degrees of freedom for many values (traces are sums of many terms:
    /// asymptotic). Sees a wrong variance of the entries, an excess of kurtosis, and outliers, all
    /// at once.
    ///
    /// # Errors
    /// No spectra, or a value that is not finite.
    pub fn test(&self, spectra: &[Vec<f64>]) -> Result<Test, LinalgError> {
        let count = spectra.len() as f64;
        let scale = |k: usize| self.covariance[k][k].sqrt();
        let off = |k: usize| {
            let power = 2 * (k + 1) as i32;
            let sum: f64 = spectra.iter().flatten().map(|l| l.powi(power)).sum();
            (sum / count - self.mean[k]) / scale(k) * count.sqrt()
        };
        let z = Mat::from_fn(POWERS, 1, |k, _| off(k));
        // Correlations: the entries of the covariance range over many powers of N.
        let correlation = Mat::from_fn(POWERS, POWERS, |j, k| self.covariance[j][k] / scale(j) / scale(k));
        let solved = solve(correlation.as_ref(), z.as_ref())?;
        let statistic: f64 = (0..POWERS).map(|k| z[(k, 0)] * solved[(k, 0)]).sum();
        Ok(Test { statistic, p_value: chi_square_survival(statistic, POWERS as f64) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_moments_are_the_known_polynomials() {
        let law = Wishart::new(7, 5, 1.0);
        let (n, m) = (7.0, 5.0);
        // by hand: NM, NM(N+M+1), NM(N²+M²+3NM+3N+3M+4); 2NM, 4NM(N+M+1), 4NM(2N²+5NM+2M²+5N+5M+5)
        assert_eq!(law.mean[..2], [n * m, n * m * (n + m + 1.0)]);
        assert_eq!(law.mean[2], n * m * (n * n + m * m + 3.0 * n * m + 3.0 * n + 3.0 * m + 4.0));
        assert_eq!((law.covariance[0][0], law.covariance[0][1]), (2.0 * n * m, 4.0 * n * m * (n + m + 1.0)));
        let second = 2.0 * n * n + 5.0 * n * m + 2.0 * m * m + 5.0 * n + 5.0 * m + 5.0;
        assert_eq!(law.covariance[1][1], 4.0 * n * m * second);
        // N = M = 1: S = g², tr Sᵏ = g^(2k): E g⁶ = 15, Var g⁶ = 10395 − 225, Cov(g², g⁶) = 105 −
        // 15.
        let one = Wishart::new(1, 1, 1.0);
        assert_eq!((one.mean[2], one.covariance[2][2], one.covariance[0][2]), (15.0, 10_170.0, 90.0));
    }

    #[test]
    fn the_statistic_of_normal_matrices_has_the_mean_of_its_law() {
        use crate::spectra::bidiagonal::Bidiagonal;
        use rand::{SeedableRng, rngs::ChaCha8Rng};
        // The mean of a squared Mahalanobis distance is its dimension, 3, whatever the law. Of 400
        // means over four matrices of 31 x 23 it has a standard error of about √(6/400) = 0.12;
        // five are allowed.
        let (rng, law) = (&mut ChaCha8Rng::seed_from_u64(1), Wishart::new(31, 23, 0.7));
        let mut draw = || Bidiagonal::normal(31, 23, 0.7, rng).singular_values().expect("converges");
        let total: f64 = (0..400).map(|_| law.test(&[draw(), draw(), draw(), draw()]).expect("finite").statistic).sum();
        assert!((total / 400.0 - 3.0).abs() < 0.6, "{}", total / 400.0);
        // The same spectrum twice is twice as far off.
        let one = draw();
        let of = |spectra: &[Vec<f64>]| law.test(spectra).expect("finite").statistic;
        assert!((of(&[one.clone(), one.clone()]) / of(&[one]) - 2.0).abs() < 1e-9);
    }

    #[test]
    fn three_traces_have_three_degrees_of_freedom() {
        // P(χ² >= x) of three: erfc(√(x/2)) + √(2x/π) e^(−x/2), Abramowitz & Stegun 26.4.4
        let found = Wishart::new(3, 2, 1.0).test(&[vec![3.5, 1.0]]).expect("finite");
        let x = found.statistic;
        let p = libm::erfc((x / 2.0).sqrt()) + (2.0 * x / std::f64::consts::PI).sqrt() * (-x / 2.0).exp();
        assert!(x > 0.1 && (found.p_value - p).abs() < 1e-12, "{found:?} {p}");
    }
}
