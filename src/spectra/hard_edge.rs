//! The smallest singular value of a square random matrix: its law at the hard edge, λ = 0.
#![deny(clippy::disallowed_methods)]

/// The smallest singular value in the units of the law, t = N λ²/s², for an N x N matrix (`size`)
/// of independent normal entries of standard deviation `s`.
pub fn statistic(smallest: f64, size: usize, s: f64) -> f64 {
    size as f64 * (smallest / s).powi(2)
}

/// Limit law of [`statistic`]: P(below t) = 1 − exp(−t/2 − √t); 0 for t <= 0. For N >= 50 the
/// remaining difference is below the noise of 2,000 draws.
///
/// # Source
/// A. Edelman, SIAM J. Matrix Anal. Appl. 9 (1988) 543.
///
/// # Example
/// ```
/// // by hand: t = 4
/// let p = rbm_landscape::spectra::hard_edge::cdf(4.0);
/// assert!((p - (1.0 - (-4f64).exp())).abs() < 1e-15);
/// ```
pub fn cdf(t: f64) -> f64 {
    if t <= 0.0 { 0.0 } else { -libm::expm1(-0.5 * t - t.sqrt()) }
}

/// Density of the law, (1 + 1/√t) exp(−t/2 − √t)/2; 0 for t <= 0.
pub fn density(t: f64) -> f64 {
    if t <= 0.0 { 0.0 } else { 0.5 * (1.0 + 1.0 / t.sqrt()) * libm::exp(-0.5 * t - t.sqrt()) }
}

/// The t below which probability `p` lies: √t = √(1 − 2 ln(1 − p)) − 1; infinite for p = 1, NaN
/// outside [0, 1].
pub fn quantile(p: f64) -> f64 {
    let depth = -2.0 * libm::log1p(-p);
    if depth == f64::INFINITY {
        return depth;
    }
    // √(1 + d) − 1 without cancellation.
    (depth / (1.0 + (1.0 + depth).sqrt())).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_law_has_its_values_by_hand() {
        // 8 (1/2)²/2² = 1/2; at t = 4: 1 − e^-4 and (1 + 1/2) e^-4/2.
        assert_eq!(statistic(0.5, 8, 2.0), 0.5);
        assert!((cdf(4.0) - (1.0 - (-4f64).exp())).abs() < 1e-15);
        assert!((density(4.0) - 0.75 * (-4f64).exp()).abs() < 1e-16);
        assert!((quantile(1.0 - (-4f64).exp()) - 4.0).abs() < 1e-12 && quantile(1.0) == f64::INFINITY);
    }

    #[test]
    fn quantiles_undo_the_cdf_and_the_density_is_its_slope() {
        for p in [1e-9, 1e-3, 0.3, 0.5, 0.99] {
            let t = quantile(p);
            assert!((cdf(t) / p - 1.0).abs() < 1e-12, "{p}");
            let h = 1e-5 * t;
            assert!(((cdf(t + h) - cdf(t - h)) / (2.0 * h) / density(t) - 1.0).abs() < 1e-6, "{p}");
        }
        assert_eq!((cdf(-1.0), density(0.0), quantile(0.0)), (0.0, 0.0, 0.0));
        assert!(quantile(1.5).is_nan());
    }
}
