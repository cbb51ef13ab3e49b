//! Regimes of the claim.

use crate::claim::Regime;

pub(super) const TALL: Regime = Regime::holds("tall", "untrained, N > M");
pub(super) const WIDE: Regime = Regime::holds("wide", "untrained, N < M");
pub(super) const SQUARE: Regime = Regime::holds("square", "untrained, N = M, hard-edge modes included");
pub(super) const AFTER_TRAINING: Regime = Regime::refuted(
    "after-training",
    "machines trained on MNIST",
    "T08: data and model states leave the saddle along the leading modes; the uniform mean stays behind",
)
.of_trained();

/// Regimes to which falsifiers apply.
pub(super) const ALL: &[Regime] = &[TALL, WIDE, SQUARE];
