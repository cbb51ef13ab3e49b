//! Reference solutions by brute force. Shares no helper with `rbm` or `spectra`.

/// E(v, h) = −a·v − b·h − vᵀWh by a plain double loop; W is N x M, row by row.
pub fn energy(weights: &[f64], visible_bias: &[f64], hidden_bias: &[f64], v: &[f64], h: &[f64]) -> f64 {
    let mut energy = 0.0;
    for (j, vj) in v.iter().enumerate() {
        energy -= visible_bias[j] * vj;
        for (k, hk) in h.iter().enumerate() {
            energy -= vj * weights[j * h.len() + k] * hk;
        }
    }
    for (k, hk) in h.iter().enumerate() {
        energy -= hidden_bias[k] * hk;
    }
    energy
}

/// Exact averages of a machine.
#[cfg_attr(not(test), expect(dead_code, reason = "the tests compare all four, the claims one"))]
#[derive(Clone, Debug)]
pub struct ModelMoments {
    /// ⟨v_i h_k⟩, N x M row by row.
    pub visible_hidden: Vec<f64>,
    /// ⟨v_i⟩, length N.
    pub visible: Vec<f64>,
    /// ⟨h_k⟩, length M.
    pub hidden: Vec<f64>,
    /// ln Z.
    pub log_partition: f64,
}

/// Averages and ln Z by enumerating all 2^M hidden states, visible units summed out one by one;
/// beta = 1, M <= 20.
pub fn model_moments(n: usize, m: usize, weights: &[f64], visible_bias: &[f64], hidden_bias: &[f64]) -> ModelMoments {
    let field = |j: usize, state: usize| {
        (0..m).filter(|k| state >> k & 1 == 1).fold(visible_bias[j], |sum, k| sum + weights[j * m + k])
    };
    let log_weight = |state: usize| {
        let own: f64 = (0..m).filter(|k| state >> k & 1 == 1).map(|k| hidden_bias[k]).sum();
        own + (0..n).map(|j| field(j, state)).map(|z| z.max(0.0) + (-z.abs()).exp().ln_1p()).sum::<f64>()
    };
    let logs: Vec<f64> = (0..1 << m).map(log_weight).collect();
    let top = logs.iter().copied().fold(f64::NEG_INFINITY, libm::fmaximum);
    let total: f64 = logs.iter().map(|l| (l - top).exp()).sum();
    let (mut visible_hidden, mut visible, mut hidden) = (vec![0.0; n * m], vec![0.0; n], vec![0.0; m]);
    for (state, log) in logs.iter().enumerate() {
        let p = (log - top).exp() / total;
        for j in 0..n {
            let on = p / (1.0 + (-field(j, state)).exp());
            visible[j] += on;
            for k in (0..m).filter(|k| state >> k & 1 == 1) {
                visible_hidden[j * m + k] += on;
            }
        }
        for k in (0..m).filter(|k| state >> k & 1 == 1) {
            hidden[k] += p;
        }
    }
    ModelMoments { visible_hidden, visible, hidden, log_partition: top + total.ln() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_agree_with_the_sum_over_all_states() {
        let (n, m) = (3, 2);
        let w: Vec<f64> = (0..6).map(|i| 0.7 * f64::from(i) - 1.3).collect();
        let (a, b) = ([0.3, -0.2, 0.5], [-0.4, 0.1]);
        let found = model_moments(n, m, &w, &a, &b);
        let (mut z, mut vh, mut v_mean, mut h_mean) = (0.0, [0.0; 6], [0.0; 3], [0.0; 2]);
        for state in 0..32 {
            let bit = |i: usize| f64::from(u8::try_from(state >> i & 1).expect("one bit"));
            let (v, h) = ([bit(0), bit(1), bit(2)], [bit(3), bit(4)]);
            let p = (-energy(&w, &a, &b, &v, &h)).exp();
            z += p;
            (0..6).for_each(|i| vh[i] += p * v[i / 2] * h[i % 2]);
            (0..3).for_each(|i| v_mean[i] += p * v[i]);
            (0..2).for_each(|i| h_mean[i] += p * h[i]);
        }
        assert!((found.log_partition - z.ln()).abs() < 1e-13);
        let all = [(found.visible_hidden, &vh[..]), (found.visible, &v_mean[..]), (found.hidden, &h_mean[..])];
        for (found, plain) in all {
            assert_eq!(found.len(), plain.len());
            assert!(found.iter().zip(plain).all(|(ours, plain)| (ours - plain / z).abs() < 1e-14), "{found:?}");
        }
    }

    #[test]
    fn the_energy_of_unlike_layers_is_that_by_hand() {
        // −1·1 − 2·1 − 3·1
        assert_eq!(energy(&[3.0], &[1.0], &[2.0], &[1.0], &[1.0]), -6.0);
        // W = (1 2; 3 4; 5 6): −(1·1 + 2·2) − (10·3 + 20·1) − (1·(1·3 + 2·1) + 2·(3·3 + 4·1))
        let weights = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        assert_eq!(energy(&weights, &[1.0, 2.0, 3.0], &[10.0, 20.0], &[1.0, 2.0, 0.0], &[3.0, 1.0]), -86.0);
    }

    #[test]
    fn fields_whose_exponentials_overflow_are_summed() {
        // By hand, without weights: Z = 2 (1 + e^800)(1 + e^−800); a unit in a field of ±800 is on
        // or off.
        let found = model_moments(2, 1, &[0.0, 0.0], &[800.0, -800.0], &[0.0]);
        assert!((found.log_partition - (800.0 + 2f64.ln())).abs() < 1e-12, "{found:?}");
        assert!(found.visible[0] == 1.0 && found.visible[1] < 1e-300 && found.hidden == [0.5], "{found:?}");
    }
}
