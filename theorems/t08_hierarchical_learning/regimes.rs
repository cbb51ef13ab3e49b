//! Regimes of the claim.

use crate::claim::Regime;

pub(super) const MNIST: Regime =
    Regime::holds("mnist", "machines trained on images, with visible biases matched to the pixel means").of_trained();
pub(super) const BIAS_AWARE: Regime = Regime::refuted(
    "bias-aware",
    "the number of modes with mean-field gain βλ(√D_v W √D_h) above 1 at a mean-field state rises in training",
    "T08 mnist: the largest mean-field gain rises but does not exceed 1; the number of λ(W) above 4/β rises",
)
.of_trained();

/// Regimes to which falsifiers apply.
pub(super) const ONLY_MNIST: &[Regime] = &[MNIST];
