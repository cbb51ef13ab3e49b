//! Regimes of the claim.

use crate::claim::Regime;

pub(super) const MNIST: Regime = Regime::holds("mnist", "trained on images, visible biases matched to the pixel means");
pub(super) const BIAS_AWARE: Regime = Regime::refuted(
    "bias-aware",
    "the number of modes with λ(D_v^(1/2) W D_h^(1/2)) above 1/β, at a mean-field state, rises in training",
    "T08 mnist: the largest such value rises and does not exceed 1/β; the number above 4/β (λ of W itself) rises",
);

/// Regimes that some falsifiers belong to.
pub(super) const ONLY_MNIST: &[Regime] = &[MNIST];
