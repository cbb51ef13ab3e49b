//! Regimes of the claim.

use crate::claim::Regime;

pub(super) const DELOCALISED: Regime = Regime::holds("delocalised", "uniform states, Haar distributed modes");
pub(super) const TRAINED_UNIFORM: Regime =
    Regime::holds("trained-uniform", "uniform states, the modes of a trained machine with κ below 0.05").of_trained();
pub(super) const TRAINED_GIBBS: Regime = Regime::refuted(
    "trained-gibbs",
    "leading mode under a trained machine's own samples",
    "T07: the mean-field free energy, whose minima lie away from the uniform mean above 4/β; given h, x₁ is Gaussian",
)
.of_trained();

/// Regimes to which falsifiers apply.
pub(super) const UNIFORM: &[Regime] = &[DELOCALISED, TRAINED_UNIFORM];

/// Regimes to which falsifiers apply.
pub(super) const HAAR: &[Regime] = &[DELOCALISED];
