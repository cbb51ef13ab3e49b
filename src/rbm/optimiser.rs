//! Optimisers, and one step of them on a slice of parameters.
#![allow(unsafe_code)] // multiversion's dispatch on the instruction set expands to it; there is none of ours.

use serde::{Deserialize, Serialize};

/// The optimiser's constants at one update.
#[derive(Clone, Copy)]
pub(super) struct Step {
    optimiser: Optimiser,
    correction1: f32,
    correction2: f32,
}

impl Step {
    /// For update number `update`, from 1.
    pub(super) fn new(optimiser: Optimiser, update: u64) -> Self {
        let correction = |beta: f32| (1.0 / (1.0 - libm::pow(f64::from(beta), update as f64))) as f32;
        let (correction1, correction2) = match optimiser {
            Optimiser::Adam { beta1, beta2, .. } => (correction(beta1), correction(beta2)),
            Optimiser::Sgd { .. } => (1.0, 1.0),
        };
        Self { optimiser, correction1, correction2 }
    }
}

/// Moves `parameters` up along `gradient`; `first` and `second` are Adam's moments.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2", "aarch64+neon"))]
pub(super) fn ascend(step: Step, parameters: &mut [f32], gradient: &[f32], first: &mut [f32], second: &mut [f32]) {
    let elements = parameters.iter_mut().zip(gradient);
    match step.optimiser {
        Optimiser::Sgd { rate } => elements.for_each(|(w, g)| *w += rate * g),
        Optimiser::Adam { rate, beta1, beta2, epsilon } => {
            for ((w, g), (first, second)) in elements.zip(first.iter_mut().zip(second)) {
                *first = beta1 * *first + (1.0 - beta1) * g;
                *second = beta2 * *second + (1.0 - beta2) * (g * g);
                *w += rate * (*first * step.correction1) / ((*second * step.correction2).sqrt() + epsilon);
            }
        }
    }
}

/// How a gradient becomes a step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Optimiser {
    /// D. P. Kingma and J. Ba, ICLR 2015, arXiv 1412.6980.
    Adam {
        /// Learning rate.
        rate: f32,
        /// Decay of the first moment.
        beta1: f32,
        /// Decay of the second moment.
        beta2: f32,
        /// Added to the root of the second moment.
        epsilon: f32,
    },
    /// Plain gradient ascent.
    Sgd {
        /// Learning rate.
        rate: f32,
    },
}

impl Optimiser {
    /// Adam with its customary decays 0.9 and 0.999.
    pub fn adam(rate: f32) -> Self {
        Self::Adam { rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    }

    pub(super) fn rate(self) -> f32 {
        match self {
            Self::Adam { rate, .. } | Self::Sgd { rate } => rate,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_gradient_moves_adam_by_its_rate_at_every_update() {
        // by hand: the corrected moments are g and g², so that a step is rate · g/(|g| + ε); single
        // precision of 1 − 0.999
        let (mut w, mut first, mut second) = ([0.0f32; 3], [0.0f32; 3], [0.0f32; 3]);
        let gradient = [2.0, -0.5, 0.125];
        for update in 1..=5u8 {
            let step = Step::new(Optimiser::adam(0.25), u64::from(update));
            ascend(step, &mut w, &gradient, &mut first, &mut second);
            let moved = 0.25 * f32::from(update);
            assert!(w.iter().zip(gradient).all(|(w, g)| (w - moved * g.signum()).abs() < 1e-3), "{update}: {w:?}");
        }
    }

    #[test]
    fn steps_are_those_written_out_by_hand() {
        let (mut w, mut first, mut second) = ([1.0f32, -2.0], [7.0f32; 2], [9.0f32; 2]);
        ascend(Step::new(Optimiser::Sgd { rate: 0.5 }, 3), &mut w, &[3.0, -1.0], &mut first, &mut second);
        assert_eq!((w, first, second), ([2.5, -2.5], [7.0; 2], [9.0; 2]));
        // Decays 1/2 and 3/4, ε = 1/2. Update 1, g = 2: moments 1 and 1, corrected 2 and 4, step
        // 1/2 · 2/(2 + 1/2) = 2/5.
        let adam = Optimiser::Adam { rate: 0.5, beta1: 0.5, beta2: 0.75, epsilon: 0.5 };
        let (mut w, mut first, mut second) = ([0.0f32], [0.0f32], [0.0f32]);
        ascend(Step::new(adam, 1), &mut w, &[2.0], &mut first, &mut second);
        assert_eq!((first, second), ([1.0], [1.0]));
        assert!((w[0] - 0.4).abs() < 1e-7);
        // Update 2, g = −4: moments 1/2 − 2 and 3/4 + 4, corrected by 4/3 and 16/7: −2 and 76/7.
        ascend(Step::new(adam, 2), &mut w, &[-4.0], &mut first, &mut second);
        assert_eq!((first, second), ([-1.5], [4.75]));
        let expected = 0.4 + 0.5 * -2.0 / ((76f64 / 7.0).sqrt() + 0.5);
        assert!((f64::from(w[0]) - expected).abs() < 1e-7, "{} {expected}", w[0]);
    }
}
