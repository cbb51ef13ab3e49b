//! Falsifiers of the claim, and controls.

use super::regimes;
use crate::claim::{Control, Falsifier, Stage, falsifier};

pub(super) const CROSSED_PAIRING_DROPPED: Falsifier =
    falsifier("crossed-pairing-dropped", "only planar pairings counted", Stage::Derivation, regimes::HOLDS);

// For N = M the exchange has no effect.
pub(super) const EXCHANGED: Falsifier = falsifier(
    "exchanged",
    "max(N,M) instead of min(N,M) in the density",
    Stage::Measurement,
    &[regimes::TALL, regimes::WIDE],
)
.killing(&["distance"]);

pub(super) const INDEPENDENT_LEVELS: Falsifier = falsifier(
    "independent-levels",
    "singular values drawn independently from the law",
    Stage::Measurement,
    regimes::HOLDS,
)
.killing(&["distance"]);

pub(super) const HEAVY_TAILS: Falsifier =
    falsifier("heavy-tails", "entries from Student's t(1.5), of infinite variance", Stage::Measurement, regimes::HOLDS)
        .killing(&["distance", "edge-mean"]);

pub(super) const SPIKE: Falsifier =
    falsifier("spike", "a rank-one term of 1.5 times the threshold s(NM)^(1/4)", Stage::Measurement, regimes::HOLDS)
        .killing(&["edge-mean"]);

pub(super) const STRONG_SPIKE: Falsifier = falsifier(
    "strong-spike",
    "a rank-one term of 3 times the threshold s(NM)^(1/4)",
    Stage::Measurement,
    regimes::HOLDS,
)
.killing(&["edge-mean"]);

pub(super) const TRAINED: Falsifier =
    falsifier("trained", "a machine trained on MNIST, presented as untrained", Stage::Measurement, &[regimes::TALL])
        .killing(&["edge-mean", "traces"])
        .of_trained();

pub(super) const CORRELATED_ROWS: Falsifier = falsifier(
    "correlated-rows",
    "neighbouring entries of a row with correlation 0.5",
    Stage::Measurement,
    regimes::HOLDS,
)
.killing(&["edge-mean"]);

pub(super) static ALL: [Falsifier; 8] = [
    CROSSED_PAIRING_DROPPED,
    EXCHANGED,
    INDEPENDENT_LEVELS,
    HEAVY_TAILS,
    SPIKE,
    STRONG_SPIKE,
    TRAINED,
    CORRELATED_ROWS,
];

pub(super) const HIDDEN_SPIKE: Control = Control {
    id: "hidden-spike",
    title: "a rank-one term of half the threshold s(NM)^(1/4) makes no outlier; the edge follows the law up to a derived shift",
    regimes: regimes::NORMAL,
};

pub(super) static CONTROLS: [Control; 1] = [HIDDEN_SPIKE];
