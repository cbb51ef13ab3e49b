//! Regimes of the claim.

use crate::claim::Regime;

pub(super) const HINTON: Regime = Regime::holds("hinton", "s = 0.01, {0,1} units at zero centred field");
pub(super) const GLOROT: Regime = Regime::holds("glorot", "s = √(2/(N+M)), {0,1} units at zero centred field");
pub(super) const GLOROT_SPINS_TALL: Regime =
    Regime::holds("glorot-spins-tall", "s = √(2/(N+M)) with ±1 units, four times that in {0,1} units, N = 16 M");
pub(super) const GLOROT_SPINS_SQUARE: Regime = Regime::refuted(
    "glorot-spins-square",
    "the same with N = M",
    "on the line, x = 1 at every size: power laws in N, and the memory over one sweep 1 − e^(−½) E sech z = 0.5504",
);
pub(super) const PARAMAGNET_2_5: Regime = Regime::refuted(
    "paramagnet-2.5",
    "s = 2.5/(NM)^(1/4) with ±1 units, 10/(NM)^(1/4) in {0,1} units",
    "a spin glass, x = 625/16: chains keep an overlap with their own start, in more than one mode",
);

/// Regimes to which falsifiers apply.
pub(super) const HOLDS: &[Regime] = &[HINTON, GLOROT, GLOROT_SPINS_TALL];

/// On the line.
pub(super) const ON_THE_LINE: &[Regime] = &[GLOROT_SPINS_SQUARE];

/// Beyond the line.
pub(super) const BEYOND: &[Regime] = &[PARAMAGNET_2_5];

/// Where N and M differ much.
pub(super) const TALL: &[Regime] = &[GLOROT_SPINS_TALL];

/// Where another law of the entries is drawn by libraries as well.
pub(super) const BY_GLOROT: &[Regime] = &[GLOROT, GLOROT_SPINS_TALL];
