//! Regimes of the claim.

use crate::claim::Regime;

pub(super) const ONE_MODE: Regime = Regime::holds("one-mode", "one mode, all others at zero");
pub(super) const MEAN_FIELD_LN_Z: Regime =
    Regime::holds("mean-field-ln-z", "ln Z over all modes for weak couplings and fields");
pub(super) const PHASES: Regime = Regime::holds("phases", "weights of mean J₀ and standard deviation s, zero field");
pub(super) const TRAINED: Regime = Regime::refuted(
    "trained",
    "ln Z over all modes of a trained machine",
    "the mean-field states of the whole machine, whose variational values are lower bounds of ln Z",
)
.of_trained();
pub(super) const ALONG_TRAINING: Regime = Regime::refuted(
    "along-training",
    "leading mode during training, with the field projected on it",
    "the mixture of mean-field states of the whole machine, which no single mode describes",
)
.of_trained();

/// Regimes to which falsifiers apply.
pub(super) const ALL: &[Regime] = &[ONE_MODE, MEAN_FIELD_LN_Z, PHASES];

/// Regimes to which falsifiers apply.
pub(super) const ONE: &[Regime] = &[ONE_MODE];

/// Regimes to which falsifiers apply.
pub(super) const LN_Z: &[Regime] = &[MEAN_FIELD_LN_Z];

/// Regimes to which falsifiers apply.
pub(super) const ONLY_PHASES: &[Regime] = &[PHASES];
