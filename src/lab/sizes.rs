//! Sizes of the measurements, by scale.

use serde::{Deserialize, Serialize};

/// How big the checks are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// For tests and the main job: one to three minutes on two cores.
    Quick,
    /// The paper's sizes.
    Full,
}

/// Sizes that claims share, or that the calibration and tests change; those of one claim alone
/// stand in the claim.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Which plan this is.
    pub scale: Scale,
    /// Visible x hidden units of tall, wide and square machines for claims about modes, one or more
    /// of each.
    pub mode_shapes: [&'static [(usize, usize)]; 3],
    /// Independent machines per shape for claims about modes.
    pub mode_replicas: usize,
    /// Visible x hidden units of tall, wide and square matrices for claims about spectra, one or
    /// more of each.
    pub spectrum_shapes: [&'static [(usize, usize)]; 3],
    /// Independent matrices per shape for claims about spectra.
    pub spectrum_replicas: usize,
    /// Hidden sizes of the trained machines, ascending.
    pub trained_hidden: &'static [usize],
    /// Independent trainings per hidden size.
    pub trained_replicas: usize,
    /// Independent short trainings per hidden size ([`crate::lab::Lab::trained_from_normal`]):
    /// enough for an interval.
    pub short_trainings: usize,
    /// Passes over the training images of machines that are followed from their start.
    pub epochs: usize,
    /// Adam's rate there. One step moves the field on a visible unit by about rate · M/2: a tenth
    /// of the rate for ten times the hidden units.
    pub rate: f32,
    /// Standard deviation s of the initial weights and biases.
    pub initial_std: f64,
}

/// The paper's sizes: 784 pixels, 500, 784, 1200 and 3000 hidden units.
const PAPER: [&[(usize, usize)]; 3] = [&[(784, 500)], &[(784, 1200), (784, 3000)], &[(784, 784)]];

impl Plan {
    /// The plan of that scale.
    pub fn new(scale: Scale) -> Self {
        match scale {
            Scale::Quick => Self {
                scale,
                mode_shapes: [&[(313, 211)], &[(211, 313)], &[(251, 251)]],
                mode_replicas: 100,
                spectrum_shapes: [&[(784, 500)], &[(211, 313)], &[(251, 251)]],
                spectrum_replicas: 40,
                trained_hidden: &[32, 64, 128],
                trained_replicas: 2,
                short_trainings: 3,
                epochs: 3,
                rate: 1e-3,
                initial_std: 0.01,
            },
            Scale::Full => Self {
                scale,
                mode_shapes: PAPER,
                mode_replicas: 100,
                spectrum_shapes: PAPER,
                spectrum_replicas: 500,
                trained_hidden: &[500, 784, 1200],
                trained_replicas: 2,
                short_trainings: 3,
                epochs: 30,
                rate: 1e-4,
                initial_std: 0.01,
            },
        }
    }
}
