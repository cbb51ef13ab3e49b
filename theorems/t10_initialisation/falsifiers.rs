//! Falsifiers and the control of the claim.

use super::regimes;
use crate::claim::{Control, Falsifier, Stage, falsifier};

pub(super) const EDGE_RULE: Falsifier =
    falsifier("edge-rule", "the line at βs(√N + √M) = 4", Stage::Derivation, regimes::HOLDS);

pub(super) const UNITS_NOT_SCALED: Falsifier =
    falsifier("units-not-scaled", "W = J in the map from ±1 to {0,1} units", Stage::Derivation, regimes::HOLDS);

pub(super) const ONE_LAYER: Falsifier =
    falsifier("one-layer", "x without the size of one layer, (βs)⁴M²/256", Stage::Measurement, regimes::TALL)
        .killing(&["susceptibility"]);

pub(super) const UNITS_CONFUSED: Falsifier =
    falsifier("units-confused", "W taken for J in every prediction", Stage::Measurement, regimes::HOLDS)
        .killing(&["memory"]);

pub(super) const TOO_STRONG: Falsifier = falsifier(
    "too-strong",
    "weights of 2.5/(NM)^(1/4) in ±1 units presented as the scheme",
    Stage::Measurement,
    regimes::HOLDS,
)
.killing(&["memory", "susceptibility", "overlap"]);

pub(super) const FERROMAGNET: Falsifier = falsifier(
    "ferromagnet",
    "a mean 12/√(NM) added to every weight of {0,1} units, three times what a mode needs",
    Stage::Measurement,
    regimes::HOLDS,
)
.killing(&["susceptibility", "overlap", "growth"]);

pub(super) const BELOW_THE_LINE: Falsifier = falsifier(
    "below-the-line",
    "weights of half the standard deviation presented as those on the line",
    Stage::Measurement,
    regimes::ON_THE_LINE,
)
.killing(&["memory-critical", "exponent-overlap", "exponent-variance"]);

pub(super) const ORDERED_ON_THE_LINE: Falsifier = falsifier(
    "ordered-on-the-line",
    "a mean 12/√(NM) added to every weight on the line",
    Stage::Measurement,
    regimes::ON_THE_LINE,
)
.killing(&["memory-critical", "exponent-overlap", "exponent-variance", "long-memory"]);

pub(super) const LINEAR_MEMORY: Falsifier = falsifier(
    "linear-memory",
    "the memory of the linear map, 1/2, in the place of 0.5504",
    Stage::Measurement,
    regimes::ON_THE_LINE,
)
.killing(&["memory-critical"]);

pub(super) const ORDERED_FOR_FROZEN: Falsifier = falsifier(
    "ordered-for-frozen",
    "weak weights with a mean 12/√(NM), a ferromagnet, presented as the spin glass",
    Stage::Measurement,
    regimes::BEYOND,
)
.killing(&["overlap-without-mode"]);

pub(super) const FORGETFUL: Falsifier = falsifier(
    "forgetful",
    "weights of half the critical standard deviation presented as the spin glass",
    Stage::Measurement,
    regimes::BEYOND,
)
.killing(&["overlap-stays", "overlap-without-mode"]);

pub(super) static ALL: [Falsifier; 11] = [
    EDGE_RULE,
    UNITS_NOT_SCALED,
    ONE_LAYER,
    UNITS_CONFUSED,
    TOO_STRONG,
    FERROMAGNET,
    BELOW_THE_LINE,
    ORDERED_ON_THE_LINE,
    LINEAR_MEMORY,
    ORDERED_FOR_FROZEN,
    FORGETFUL,
];

pub(super) const UNIFORM: Control = Control {
    id: "uniform",
    title: "uniform entries of the same standard deviation, Glorot's other law",
    regimes: regimes::BY_GLOROT,
};

pub(super) static CONTROLS: [Control; 1] = [UNIFORM];
