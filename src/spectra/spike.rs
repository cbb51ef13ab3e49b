//! Where a rank-one spike puts the largest singular value of a random matrix.

/// Strength a spike must exceed to leave the bulk, `s (N M)^(1/4)`, for `visible` (`N`) rows,
/// `hidden` (`M`) columns and standard deviation `s` of the entries; a few ulp, for the limit of
/// large `N` and `M`.
///
/// # Source
/// Benaych-Georges & Nadakuditi, J. Multivariate Anal. 111 (2012) 120.
pub fn threshold(visible: usize, hidden: usize, s: f64) -> f64 {
    s * (visible as f64 * hidden as f64).sqrt().sqrt()
}

/// Limit of the largest singular value of `X + theta p q^T`,
/// `sqrt((theta^2 + N s^2)(theta^2 + M s^2)) / theta`, for a spike of strength `theta` with unit
/// vectors `p`, `q`, and an `X` of `visible` (`N`) rows, `hidden` (`M`) columns and i.i.d. entries
/// of standard deviation `s`. `None` at or below [`threshold`]: the spike stays in the bulk. A few
/// ulp; at finite size the singular value fluctuates about it by the order of `s`.
///
/// # Source
/// Benaych-Georges & Nadakuditi, J. Multivariate Anal. 111 (2012) 120.
pub fn outlier(theta: f64, visible: usize, hidden: usize, s: f64) -> Option<f64> {
    let side = |size: usize| theta.hypot(s * (size as f64).sqrt());
    (theta > threshold(visible, hidden, s)).then(|| side(visible) * (side(hidden) / theta))
}

/// Strength θ of the spike behind an outlier, the inverse of [`outlier`]: θ² is the larger root of
/// θ⁴ − (λ² − (N + M)s²)θ² + NM s⁴ = 0. `None` for a `singular_value` (λ) not above the edge of the
/// bulk.
///
/// # Example
/// ```
/// use rbm_landscape::spectra::spike::{outlier, strength};
/// let l = outlier(3.0, 16, 1, 1.0).unwrap();
/// assert!((strength(l, 16, 1, 1.0).unwrap() - 3.0).abs() < 1e-13);
/// ```
pub fn strength(singular_value: f64, visible: usize, hidden: usize, s: f64) -> Option<f64> {
    let edge = (visible as f64).sqrt() + (hidden as f64).sqrt();
    let x = singular_value / s;
    // (x − edge)(x + edge) + 2√(NM) = x² − N − M, and its distance from 2√(NM) without
    // cancellation.
    let above = (x - edge) * (x + edge);
    if !(above > 0.0 && above.is_finite()) {
        return None;
    }
    let root = 2.0 * (visible as f64 * hidden as f64).sqrt();
    let sum = above + root;
    Some(s * (0.5 * (sum + (above * (above + 2.0 * root)).sqrt())).sqrt())
}

/// Limits of the squared overlaps |<u_1, p>|² and |<v_1, q>|² of the leading singular vectors with
/// those of a spike of strength θ: 1 − Ns²(θ² + Ms²)/(θ²(θ² + Ns²)), and N, M exchanged; (0, 0) at
/// or below [`threshold`].
///
/// # Source
/// Benaych-Georges & Nadakuditi, J. Multivariate Anal. 111 (2012) 120.
///
/// # Example
/// ```
/// // by hand: N = M = 1, s = 1, θ² = 2: 1 − 3/(2·3) on both sides
/// let (u, v) = rbm_landscape::spectra::spike::overlaps(2f64.sqrt(), 1, 1, 1.0);
/// assert!((u - 0.5).abs() < 1e-15 && (v - 0.5).abs() < 1e-15);
/// ```
pub fn overlaps(theta: f64, visible: usize, hidden: usize, s: f64) -> (f64, f64) {
    if theta.is_nan() || theta <= threshold(visible, hidden, s) {
        return (0.0, 0.0);
    }
    let (n, m, t) = (visible as f64 * s * s, hidden as f64 * s * s, theta * theta);
    let side = |own: f64, other: f64| 1.0 - own * (t + other) / (t * (t + own));
    (side(n, m), side(m, n))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::singular_values;
    use crate::linalg::thin_svd;
    use crate::spectra::{ensemble, marchenko_pastur::MarchenkoPastur};
    use rand::{SeedableRng, rngs::ChaCha12Rng};

    #[test]
    fn at_the_threshold_the_outlier_leaves_the_edge_of_the_bulk() {
        // theta^2 = s^2 sqrt(NM): (sqrt(NM) + N)(sqrt(NM) + M) / sqrt(NM) = (sqrt N + sqrt M)^2;
        // the slope there is 0.
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
    fn overlaps_are_those_by_hand_and_end_at_the_threshold() {
        // 4 x 1, θ² = 4: 1 − 4·5/(4·8) and 1 − 1·8/(4·5); in units of s.
        for s in [1.0, 3.0] {
            let (u, v) = overlaps(2.0 * s, 4, 1, s);
            assert!((u - 0.375).abs() < 1e-15 && (v - 0.6).abs() < 1e-15, "{u} {v}");
        }
        let at = threshold(4, 1, 1.0);
        assert_eq!([at, 0.5 * at, 0.0, f64::NAN].map(|theta| overlaps(theta, 4, 1, 1.0)), [(0.0, 0.0); 4]);
        // Just above it both begin at 0.
        let (u, v) = overlaps(at * (1.0 + 1e-6), 4, 1, 1.0);
        assert!(0.0 < u && u < 1e-5 && 0.0 < v && v < 1e-5, "{u} {v}");
        // θ = 2: λ² = (4 + 4)(4 + 1)/4 = 10 and back.
        let l = 10f64.sqrt();
        assert!((outlier(2.0, 4, 1, 1.0).unwrap() - l).abs() < 1e-15);
        assert!((strength(3.0 * l, 4, 1, 3.0).unwrap() - 6.0).abs() < 1e-13);
    }

    #[test]
    fn the_vectors_of_drawn_spikes_overlap_as_predicted() {
        // 40 draws of 300 x 200: an overlap fluctuates by about 1/sqrt(200) = 0.07, its mean by
        // 0.011.
        let mut rng = ChaCha12Rng::seed_from_u64(6);
        for factor in [1.3, 2.0, 0.7] {
            let theta = factor * threshold(300, 200, 0.1);
            let (mut left, mut right) = (0.0, 0.0);
            for _ in 0..40 {
                let (w, p, q) = ensemble::spiked(ensemble::normal(300, 200, 0.1, &mut rng), theta, &mut rng);
                let svd = thin_svd(w.as_ref()).unwrap();
                let dot = |m: &faer::Mat<f64>, x: &[f64]| -> f64 {
                    x.iter().enumerate().map(|(i, x)| m[(i, 0)] * x).sum::<f64>().powi(2) / 40.0
                };
                left += dot(&svd.u, &p);
                right += dot(&svd.v, &q);
            }
            let (u, v) = overlaps(theta, 300, 200, 0.1);
            assert!((left - u).abs() < 0.06 && (right - v).abs() < 0.06, "{factor}: {left} {u}, {right} {v}");
        }
    }

    #[test]
    fn strengths_undo_outliers_and_end_at_the_edge() {
        for (n, m, s) in [(784, 500, 0.01), (211, 313, 1.7), (251, 251, 0.3)] {
            for factor in [1.001, 1.5, 40.0] {
                let theta = factor * threshold(n, m, s);
                let back = strength(outlier(theta, n, m, s).unwrap(), n, m, s).unwrap();
                assert!((back / theta - 1.0).abs() < 1e-9, "{n} {m} {factor}: {back} {theta}");
            }
            let edge = MarchenkoPastur::new(n, m, s).unwrap().edges().1;
            assert_eq!(strength(0.999 * edge, n, m, s), None);
        }
        assert_eq!((strength(f64::NAN, 3, 3, 1.0), strength(f64::INFINITY, 3, 3, 1.0)), (None, None));
    }

    #[test]
    fn a_drawn_spike_of_twice_the_threshold_puts_the_largest_singular_value_there_within_5_s() {
        let mut rng = ChaCha12Rng::seed_from_u64(5);
        let theta = 2.0 * threshold(200, 150, 0.1);
        let (w, ..) = ensemble::spiked(ensemble::normal(200, 150, 0.1, &mut rng), theta, &mut rng);
        let top = singular_values(w.as_ref()).unwrap()[0];
        assert!((top - outlier(theta, 200, 150, 0.1).unwrap()).abs() < 0.5, "{top}");
    }
}
