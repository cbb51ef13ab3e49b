//! What stored parameters mean: units, sign of the energy, offsets, scales; and the same machine
//! with units 0 and 1 and E = −a·v − b·h − vᵀWh.

use crate::rbm::{Rbm, RbmError};
use serde::Serialize;

/// What is said of layers `{}` whose units have two colours.
pub(super) const COLOURS: &str =
    "{} units of two colours: converted to units 0 and 1, 1 for the second colour, W = W₁ − W₀, a = a₁ − a₀";

/// Values of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Units {
    /// 0 and 1.
    Bits,
    /// −1 and 1.
    Spins,
}

/// Sign of the terms of the energy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Sign {
    /// E = −a·v − b·h − vᵀWh.
    Minus,
    /// E = +a·v + b·h + vᵀWh.
    Plus,
}

/// What is subtracted from the units before they are multiplied with W.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Offsets {
    /// One value per visible unit.
    pub(super) visible: Vec<f64>,
    /// One value per hidden unit.
    pub(super) hidden: Vec<f64>,
    /// Whether the biases act on the units less their offsets too, as in PyDeep; in
    /// RestrictedBoltzmannMachines.jl they act on the units themselves.
    pub(super) in_biases: bool,
}

/// Parameters as they are stored, W row by row, N x M.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Parameters {
    pub(super) visible: usize,
    pub(super) hidden: usize,
    pub(super) weights: Vec<f64>,
    pub(super) visible_bias: Vec<f64>,
    pub(super) hidden_bias: Vec<f64>,
}

impl Parameters {
    /// All parameters times `factor`.
    pub(super) fn times(mut self, factor: f64) -> Self {
        for values in [&mut self.weights, &mut self.visible_bias, &mut self.hidden_bias] {
            values.iter_mut().for_each(|x| *x *= factor);
        }
        self
    }

    /// W_jk divided by `visible[j] hidden[k]`.
    pub(super) fn scaled(mut self, visible: &[f64], hidden: &[f64]) -> Self {
        for (row, up) in self.weights.chunks_mut(self.hidden.max(1)).zip(visible) {
            row.iter_mut().zip(hidden).for_each(|(w, down)| *w /= up * down);
        }
        self
    }

    /// W h and Wᵀ v of real vectors.
    fn fields(&self, v: &[f64], h: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let rows = || self.weights.chunks(self.hidden.max(1));
        let dot = |row: &[f64]| row.iter().zip(h).map(|(w, h)| w * h).sum();
        let mut down = vec![0.0; self.hidden];
        for (row, v) in rows().zip(v) {
            down.iter_mut().zip(row).for_each(|(sum, w)| *sum += w * v);
        }
        (rows().map(dot).collect(), down)
    }

    /// The same distribution with offsets 0, and what ln Z of the stored machine is above that of
    /// the new one: with o the offsets, a = a₀ − W o_h, b = b₀ − Wᵀ o_v, and o_vᵀ W o_h, less
    /// a₀·o_v + b₀·o_h where the biases act on the units less their offsets.
    pub(super) fn without_offsets(mut self, offsets: &Offsets) -> (Self, f64) {
        let (up, down) = self.fields(&offsets.visible, &offsets.hidden);
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let mut above = dot(&offsets.visible, &up);
        if offsets.in_biases {
            above -= dot(&self.visible_bias, &offsets.visible) + dot(&self.hidden_bias, &offsets.hidden);
        }
        self.visible_bias.iter_mut().zip(up).for_each(|(a, field)| *a -= field);
        self.hidden_bias.iter_mut().zip(down).for_each(|(b, field)| *b -= field);
        (self, above)
    }

    /// The same distribution of units 0 and 1 from one of units ±1, s = 2v − 1: W = 4J,
    /// a = 2A − 2J1, b = 2B − 2Jᵀ1; and what ln Z of the stored machine is above: −ΣA − ΣB + ΣJ.
    pub(super) fn bits_from_spins(mut self) -> (Self, f64) {
        let sum = |values: &[f64]| values.iter().sum::<f64>();
        let above = sum(&self.weights) - sum(&self.visible_bias) - sum(&self.hidden_bias);
        let (up, down) = self.fields(&vec![1.0; self.visible], &vec![1.0; self.hidden]);
        self.visible_bias.iter_mut().zip(up).for_each(|(a, field)| *a = 2.0 * (*a - field));
        self.hidden_bias.iter_mut().zip(down).for_each(|(b, field)| *b = 2.0 * (*b - field));
        self.weights.iter_mut().for_each(|w| *w *= 4.0);
        (self, above)
    }

    /// The same with layers exchanged.
    pub(super) fn exchanged(self) -> Self {
        let (n, m) = (self.visible, self.hidden);
        Self {
            visible: m,
            hidden: n,
            weights: (0..n * m).map(|at| self.weights[at % n * m + at / n]).collect(),
            visible_bias: self.hidden_bias,
            hidden_bias: self.visible_bias,
        }
    }

    /// The same distribution with visible units 0 and 1 from units of two colours, of which rows
    /// 2j and 2j + 1 stand for the first and the second: v_j = 1 for the second, W = W₁ − W₀,
    /// a = a₁ − a₀, b + Σ_j W₀ⱼ; and what ln Z of the stored machine is above: Σ a₀.
    pub(super) fn bits_from_colours(self) -> (Self, f64) {
        let m = self.hidden.max(1);
        let mut hidden_bias = self.hidden_bias;
        let mut weights = Vec::with_capacity(self.weights.len() / 2);
        for (first, second) in self.weights.chunks_exact(2 * m).map(|pair| pair.split_at(m)) {
            hidden_bias.iter_mut().zip(first).for_each(|(b, w)| *b += w);
            weights.extend(second.iter().zip(first).map(|(second, first)| second - first));
        }
        let (pairs, _) = self.visible_bias.as_chunks::<2>();
        let above = pairs.iter().map(|[first, _]| first).sum();
        let visible_bias = pairs.iter().map(|[first, second]| second - first).collect();
        (Self { visible: pairs.len(), hidden: self.hidden, weights, visible_bias, hidden_bias }, above)
    }

    /// As a machine.
    pub(super) fn machine(self) -> Result<Rbm, RbmError> {
        Rbm::new(self.visible, self.hidden, self.weights, self.visible_bias, self.hidden_bias)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rbm::exact::log_partition;

    fn stored() -> Parameters {
        let value = |at: usize| ((at * 37 + 11) % 23) as f64 / 9.0 - 1.2;
        let list = |from: usize, count: usize| (from..from + count).map(value).collect::<Vec<_>>();
        Parameters { visible: 5, hidden: 3, weights: list(0, 15), visible_bias: list(20, 5), hidden_bias: list(30, 3) }
    }

    /// ln Z of the stored parameters from all states, with the energy that `energy` says.
    fn enumerated(values: [f64; 2], energy: impl Fn(&[f64], &[f64]) -> f64) -> f64 {
        let unit = |state: usize, at: usize| values[state >> at & 1];
        let state = |state: usize| -> ([f64; 5], [f64; 3]) {
            (std::array::from_fn(|j| unit(state, j)), std::array::from_fn(|k| unit(state, 5 + k)))
        };
        let sum: f64 = (0..256).map(state).map(|(v, h)| (-energy(&v, &h)).exp()).sum();
        sum.ln()
    }

    fn plain(of: &Parameters, v: &[f64], h: &[f64]) -> f64 {
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let coupled: f64 = (0..15).map(|at| of.weights[at] * v[at / 3] * h[at % 3]).sum();
        -dot(&of.visible_bias, v) - dot(&of.hidden_bias, h) - coupled
    }

    fn same(found: (Parameters, f64), expected: f64) {
        let (parameters, above) = found;
        let exact = log_partition(&parameters.machine().expect("a machine")).expect("small");
        assert!((exact + above - expected).abs() < 1e-12 * expected.abs().max(1.0), "{} {expected}", exact + above);
    }

    #[test]
    fn spins_become_bits_with_the_same_ln_z() {
        let of = stored();
        same(of.clone().bits_from_spins(), enumerated([-1.0, 1.0], |v, h| plain(&of, v, h)));
        // The other sign of the energy is the negative of all parameters.
        let plus = of.clone().times(-1.0).bits_from_spins();
        same(plus, enumerated([-1.0, 1.0], |v, h| -plain(&of, v, h)));
    }

    #[test]
    fn offsets_and_scales_are_taken_into_the_biases_with_the_same_ln_z() {
        let of = stored();
        let (o_v, o_h) = (vec![0.3, -0.2, 0.9, 0.5, 0.1], vec![0.4, 0.7, -0.6]);
        let less = |x: &[f64], o: &[f64]| x.iter().zip(o).map(|(x, o)| x - o).collect::<Vec<_>>();
        for in_biases in [true, false] {
            let offsets = Offsets { visible: o_v.clone(), hidden: o_h.clone(), in_biases };
            let bare = Parameters { visible_bias: vec![0.0; 5], hidden_bias: vec![0.0; 3], ..of.clone() };
            let biases = Parameters { weights: vec![0.0; 15], ..of.clone() };
            let energy = |v: &[f64], h: &[f64]| {
                let (dv, dh) = (less(v, &o_v), less(h, &o_h));
                let of_biases = if in_biases { plain(&biases, &dv, &dh) } else { plain(&biases, v, h) };
                plain(&bare, &dv, &dh) + of_biases
            };
            same(of.clone().without_offsets(&offsets), enumerated([0.0, 1.0], energy));
        }
        let (s_v, s_h) = ([0.5, 2.0, 1.5, 0.7, 1.1], [0.6, 1.4, 3.0]);
        let scaled = of.clone().scaled(&s_v, &s_h);
        let by_hand: Vec<f64> = (0..15).map(|at| of.weights[at] / (s_v[at / 3] * s_h[at % 3])).collect();
        assert_eq!(scaled.weights.len(), 15);
        assert!(scaled.weights.iter().zip(by_hand).all(|(a, b)| (a - b).abs() < 1e-15));
    }
}
