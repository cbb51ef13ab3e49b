//! Falsifiers of the claim.

use super::regimes;
use crate::claim::{Falsifier, Stage, falsifier};

pub(super) const COVARIANCE_SIGN: Falsifier =
    falsifier("covariance-sign", "−βλ instead of βλ in the covariance", Stage::Derivation, regimes::BOTH);

pub(super) const PAIRINGS_UNCOUNTED: Falsifier = falsifier(
    "pairings-uncounted",
    "orders of the arguments of a joint cumulant not counted",
    Stage::Derivation,
    regimes::BOTH,
);

pub(super) const COVARIANCE_NEGATIVE: Falsifier =
    falsifier("covariance-negative", "covariance predicted with the wrong sign", Stage::Measurement, regimes::FINITE);

pub(super) const SIGMA_SQUARED_MISSING: Falsifier = falsifier(
    "sigma-squared-missing",
    "σ² missing in the exponent of the Gaussian log-normaliser",
    Stage::Measurement,
    regimes::FINITE,
);

pub(super) const CROSS_TERMS_DROPPED: Falsifier = falsifier(
    "cross-terms-dropped",
    "1/N term of ln Z without its cross terms between modes",
    Stage::Measurement,
    regimes::FINITE,
);

pub(super) const ONE_LAYER: Falsifier =
    falsifier("one-layer", "1/N term from the visible units only", Stage::Measurement, regimes::FINITE)
        .killing(&["amplitude-ln-z", "small-ln-z"]);

pub(super) const FIVE_UNITS: Falsifier =
    falsifier("five-units", "modes on five units", Stage::Measurement, regimes::BOTH);

pub(super) const INDEPENDENT_NORMAL_ENTRIES: Falsifier = falsifier(
    "independent-normal-entries",
    "Haar mean −1/(8N) instead of −1/(8(N+2))",
    Stage::Measurement,
    regimes::ONLY_DECOUPLING,
);

pub(super) const OWN_CUMULANT: Falsifier = falsifier(
    "own-cumulant",
    "amplitude −3/(8(N+2)) of a single mode's cumulant",
    Stage::Measurement,
    regimes::ONLY_DECOUPLING,
)
.killing(&["joint-2-2", "joint-3-1", "joint-2-1-1"]);

pub(super) static ALL: [Falsifier; 9] = [
    COVARIANCE_SIGN,
    PAIRINGS_UNCOUNTED,
    COVARIANCE_NEGATIVE,
    SIGMA_SQUARED_MISSING,
    CROSS_TERMS_DROPPED,
    ONE_LAYER,
    FIVE_UNITS,
    INDEPENDENT_NORMAL_ENTRIES,
    OWN_CUMULANT,
];
