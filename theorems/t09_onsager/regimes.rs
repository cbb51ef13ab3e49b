//! Regimes of the claim.

use crate::claim::Regime;

pub(super) const PARAMAGNET: Regime =
    Regime::holds("paramagnet", "zero field, independent weights, below the spin-glass line");
pub(super) const SPIKE: Regime = Regime::holds("spike", "zero field, a spike on a stable bulk: unstable from βθ = 4");
pub(super) const BEYOND_GLASS_LINE: Regime = Regime::refuted(
    "beyond-glass-line",
    "zero field, independent weights, (βs)⁴NM > 256",
    "no closed form: a spin glass; (βs)⁴NM/256 >= 1 says so, never a missing root",
);
pub(super) const OUTSIDE_ZERO_FIELD: Regime = Regime::refuted(
    "outside-zero-field",
    "a = b = 0, so both layers see centred fields, at s√N = 1.5",
    "regime fields: the reaction with variances p(1 − p) in the place of 1/4",
);
pub(super) const FIELDS: Regime =
    Regime::holds("fields", "machines of the same kind, with the reaction of each unit's own field");

/// Regimes that some falsifiers belong to.
pub(super) const HOLDS: &[Regime] = &[PARAMAGNET, SPIKE, FIELDS];

/// Regimes that some falsifiers belong to.
pub(super) const RANDOM: &[Regime] = &[PARAMAGNET];
