//! Regimes of the claim.

use crate::claim::Regime;

pub(super) const PARAMAGNET: Regime =
    Regime::holds("paramagnet", "zero field, independent weights, below the spin-glass transition line");
pub(super) const SPIKE: Regime = Regime::holds("spike", "zero field, a spike on a stable bulk: unstable from βθ = 4");
pub(super) const BEYOND_GLASS_LINE: Regime = Regime::refuted(
    "beyond-glass-line",
    "zero field, independent weights, (βs)⁴NM > 256",
    "no closed form: a spin glass, recognised by (βs)⁴NM/256 >= 1 and never by a missing root",
);
pub(super) const OUTSIDE_ZERO_FIELD: Regime = Regime::refuted(
    "outside-zero-field",
    "a = b = 0 at s√N = 1.5, so that both layers have centred fields",
    "regime fields: the reaction term with variances p(1 − p) instead of 1/4",
);
pub(super) const FIELDS: Regime =
    Regime::holds("fields", "machines of the same kind, with a reaction term in the field of each unit");

/// Regimes to which falsifiers apply.
pub(super) const HOLDS: &[Regime] = &[PARAMAGNET, SPIKE, FIELDS];

/// Regimes to which falsifiers apply.
pub(super) const RANDOM: &[Regime] = &[PARAMAGNET];
