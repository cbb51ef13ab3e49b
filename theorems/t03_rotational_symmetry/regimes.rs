//! Regimes of the claim.

use crate::claim::Regime;

pub(super) const TALL: Regime = Regime::holds("tall", "untrained, N > M");
pub(super) const WIDE: Regime = Regime::holds("wide", "untrained, N < M");
pub(super) const SQUARE: Regime = Regime::holds("square", "untrained, N = M");
pub(super) const UNIFORM_IID: Regime = Regime::refuted(
    "uniform-iid",
    "independent uniform entries",
    "T02: their singular values still follow the Marchenko-Pastur law, and their leading vectors pass as Haar vectors",
);
pub(super) const TRAINED: Regime =
    Regime::refuted("trained", "machines trained on MNIST", "T08: learning breaks the symmetry one mode at a time")
        .of_trained();

/// Regimes to which falsifiers apply.
pub(super) const ALL: &[Regime] = &[TALL, WIDE, SQUARE];

/// Regimes to which falsifiers apply.
pub(super) const ONLY_TALL: &[Regime] = &[TALL];
