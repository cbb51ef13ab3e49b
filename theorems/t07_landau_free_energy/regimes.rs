//! Regimes of the claim.

use crate::claim::Regime;

pub(super) const ONE_MODE: Regime = Regime::holds("one-mode", "one mode, others quiet");
pub(super) const MEAN_FIELD_LN_Z: Regime =
    Regime::holds("mean-field-ln-z", "ln Z over all modes, weak couplings and fields");
pub(super) const PHASES: Regime = Regime::holds("phases", "weights of mean J₀ and spread s, zero field");
pub(super) const TRAINED: Regime = Regime::refuted(
    "trained",
    "ln Z over all modes of a trained machine",
    "the mean-field states of the whole machine: the variational value of each is at most ln Z",
);
pub(super) const ALONG_TRAINING: Regime = Regime::refuted(
    "along-training",
    "leading mode along a training, field projected on it",
    "the mixture of mean-field states of the whole machine; no single mode carries it",
);

/// Regimes that some falsifiers belong to.
pub(super) const ALL: &[Regime] = &[ONE_MODE, MEAN_FIELD_LN_Z, PHASES];

/// Regimes that some falsifiers belong to.
pub(super) const ONE: &[Regime] = &[ONE_MODE];

/// Regimes that some falsifiers belong to.
pub(super) const LN_Z: &[Regime] = &[MEAN_FIELD_LN_Z];

/// Regimes that some falsifiers belong to.
pub(super) const ONLY_PHASES: &[Regime] = &[PHASES];
