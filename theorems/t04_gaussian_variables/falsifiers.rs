//! Falsifiers of the claim.

use super::regimes;
use crate::claim::{Falsifier, Stage, falsifier};

pub(super) const DEVIATION_FOR_VARIANCE: Falsifier = falsifier(
    "deviation-for-variance",
    "standard deviation 1/2 instead of the variance 1/4",
    Stage::Derivation,
    regimes::UNIFORM,
);

pub(super) const INDEPENDENT_NORMAL_ENTRIES: Falsifier = falsifier(
    "independent-normal-entries",
    "E U⁴ = 3/N² instead of the Haar value",
    Stage::Derivation,
    regimes::UNIFORM,
);

pub(super) const IDENTITY: Falsifier =
    falsifier("identity", "U = 1, so that every mode is one unit", Stage::Measurement, regimes::UNIFORM);

pub(super) const FIVE_UNITS: Falsifier =
    falsifier("five-units", "modes on five units", Stage::Measurement, regimes::UNIFORM);

pub(super) const RARE_ONES: Falsifier =
    falsifier("rare-ones", "states with P(v = 1) = 0.05", Stage::Measurement, regimes::UNIFORM).killing(&["block"]);

pub(super) const RAW_POOLING: Falsifier =
    falsifier("raw-pooling", "modes pooled without centring", Stage::Measurement, regimes::HAAR)
        .killing(&["kurtosis-slope"]);

pub(super) const LATTICE_MIDWAY: Falsifier =
    falsifier("lattice-midway", "binomial law evaluated halfway up its steps", Stage::Measurement, regimes::HAAR)
        .killing(&["lattice-exponent"]);

pub(super) static ALL: [Falsifier; 7] =
    [DEVIATION_FOR_VARIANCE, INDEPENDENT_NORMAL_ENTRIES, IDENTITY, FIVE_UNITS, RARE_ONES, RAW_POOLING, LATTICE_MIDWAY];
