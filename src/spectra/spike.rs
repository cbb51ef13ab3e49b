//! Where a rank-one spike puts the largest singular value of a random matrix.

/// Strength a spike must exceed to leave the bulk, `s (N M)^(1/4)`, for `visible` (`N`) rows, `hidden` (`M`) columns and
/// standard deviation `s` of the entries; a few ulp, for the limit of large `N` and `M`.
///
/// # Source
/// Benaych-Georges & Nadakuditi, J. Multivariate Anal. 111 (2012) 120.
pub fn threshold(visible: usize, hidden: usize, s: f64) -> f64 {
    s * (visible as f64 * hidden as f64).sqrt().sqrt()
}

/// Limit of the largest singular value of `X + theta p q^T`, `sqrt((theta^2 + N s^2)(theta^2 + M s^2)) / theta`, for a
/// spike of strength `theta` with unit vectors `p`, `q`, and an `X` of `visible` (`N`) rows, `hidden` (`M`) columns and
/// i.i.d. entries of standard deviation `s`. `None` at or below [`threshold`]: the spike stays in the bulk. A few ulp;
/// at finite size the singular value fluctuates about it by the order of `s`.
///
/// # Source
/// Benaych-Georges & Nadakuditi, J. Multivariate Anal. 111 (2012) 120.
pub fn outlier(theta: f64, visible: usize, hidden: usize, s: f64) -> Option<f64> {
    let side = |size: usize| theta.hypot(s * (size as f64).sqrt());
    (theta > threshold(visible, hidden, s)).then(|| side(visible) * (side(hidden) / theta))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectra::{ensemble, marchenko_pastur::MarchenkoPastur};
    use rand::{SeedableRng, rngs::ChaCha12Rng};

    #[test]
    fn at_the_threshold_the_outlier_leaves_the_edge_of_the_bulk() {
        // theta^2 = s^2 sqrt(NM): (sqrt(NM) + N)(sqrt(NM) + M) / sqrt(NM) = (sqrt N + sqrt M)^2; the slope there is 0.
        for (n, m, s) in [(784, 500, 0.01), (211, 313, 1.7), (251, 251, 0.3)] {
            let (at, (_, edge)) = (threshold(n, m, s), MarchenkoPastur::new(n, m, s).unwrap().edges());
            assert_eq!(outlier(at, n, m, s), None);
            assert!((outlier(at * (1.0 + 1e-9), n, m, s).unwrap() / edge - 1.0).abs() < 1e-14);
        }
    }

    #[test]
    fn known_values_are_met() {
        // 16 x 1, s = 1: threshold 2; theta = 3: sqrt(25 * 10)/3. 1 x 1, theta = 2: 5/2.
        assert_eq!(threshold(16, 1, 1.0), 2.0);
        assert!((outlier(3.0, 16, 1, 1.0).unwrap() - 250f64.sqrt() / 3.0).abs() < 1e-14);
        assert!((outlier(2.0, 1, 1, 1.0).unwrap() - 2.5).abs() < 1e-14);
        assert_eq!(outlier(f64::NAN, 1, 1, 1.0), None);
    }

    #[test]
    fn a_drawn_spike_of_twice_the_threshold_puts_the_largest_singular_value_there_within_5_s() {
        let mut rng = ChaCha12Rng::seed_from_u64(5);
        let theta = 2.0 * threshold(200, 150, 0.1);
        let w = ensemble::spiked(ensemble::normal(200, 150, 0.1, &mut rng), theta, &mut rng);
        let top = w.singular_values().unwrap()[0];
        assert!((top - outlier(theta, 200, 150, 0.1).unwrap()).abs() < 0.5, "{top}");
    }
}
