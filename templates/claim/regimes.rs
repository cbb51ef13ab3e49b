//! Regimes of the claim: where it is tested, and the verdict that theory expects.

use crate::claim::Regime;

pub(super) const INDEPENDENT: Regime = Regime::holds("independent", "independent normal entries");
pub(super) const WITH_MEAN: Regime =
    Regime::refuted("with-mean", "normal entries of mean s", "the mean is NM(s² + μ²)");

/// Regimes that the falsifiers belong to: those that should hold.
pub(super) const HOLDS: &[Regime] = &[INDEPENDENT];
