//! Falsifiers of the claim.

use super::regimes;
use crate::claim::{Falsifier, Stage, falsifier};

pub(super) const THRESHOLD_TWO: Falsifier =
    falsifier("threshold-two", "prior variance 1/2 instead of 1/4", Stage::Derivation, regimes::HOLDING);

pub(super) const NOISE_WITHOUT_TWO: Falsifier =
    falsifier("noise-without-two", "noise √(1/β) instead of √(2/β)", Stage::Derivation, regimes::LANGEVIN);

pub(super) const BIASES_FORGOTTEN: Falsifier =
    falsifier("biases-forgotten", "1/4 instead of p(1−p) in the visible layer", Stage::Derivation, regimes::BIASED);

pub(super) const AT_TWO: Falsifier = falsifier("at-two", "threshold βλ = 2", Stage::Measurement, regimes::THRESHOLD);

pub(super) const AT_EIGHT: Falsifier =
    falsifier("at-eight", "threshold βλ = 8", Stage::Measurement, regimes::THRESHOLD);

pub(super) const HALF_NOISE: Falsifier =
    falsifier("half-noise", "variance predicted with noise √(1/β)", Stage::Measurement, regimes::LANGEVIN)
        .killing(&["weak-order"]);

pub(super) const WRONG_TEMPERATURE: Falsifier = falsifier(
    "wrong-temperature",
    "predictions with β = 1, simulations with β = 2",
    Stage::Measurement,
    regimes::HOLDING,
);

pub(super) const QUARTER: Falsifier =
    falsifier("quarter", "1/4 instead of p(1−p)", Stage::Measurement, regimes::BIASED);

pub(super) static ALL: [Falsifier; 8] =
    [THRESHOLD_TWO, NOISE_WITHOUT_TWO, BIASES_FORGOTTEN, AT_TWO, AT_EIGHT, HALF_NOISE, WRONG_TEMPERATURE, QUARTER];
