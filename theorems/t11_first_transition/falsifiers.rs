//! Falsifiers of the claim.

use super::regimes;
use crate::claim::{Falsifier, Stage, falsifier};

pub(super) const RATE_DOUBLED: Falsifier =
    falsifier("rate-doubled", "growth rate c/2 instead of c/4", Stage::Derivation, regimes::HOLDS);

pub(super) const QUARTIC_HALVED: Falsifier = falsifier(
    "quartic-halved",
    "the quartic term of one layer only in the free energy",
    Stage::Derivation,
    regimes::HOLDS,
);

pub(super) const NO_MAGNETISATION: Falsifier =
    falsifier("no-magnetisation", "data of independent fair pixels, m₀ = 0", Stage::Measurement, regimes::ONE)
        .killing(&["growth", "crossing", "speed"]);

pub(super) const FAIR_IMAGES: Falsifier =
    falsifier("fair-images", "images of independent fair pixels, m₀ = 0", Stage::Measurement, regimes::CHAINS)
        .killing(&["trained-crossing", "trained-after"]);

pub(super) const HALF_PATTERN: Falsifier = falsifier(
    "half-pattern",
    "a pattern in half of the pixels, with the c of all pixels",
    Stage::Measurement,
    regimes::ONE,
)
.killing(&["growth", "crossing", "speed", "end"]);

pub(super) const THRESHOLD_TWO: Falsifier =
    falsifier("threshold-two", "the transition expected at λ = 2", Stage::Measurement, regimes::ONE).killing(&[
        "collapse",
        "binder",
        "exponent-size",
        "exponent-uu",
        "exponent-m",
        "amplitude",
    ]);

pub(super) const EIGENVALUES_EXCHANGED: Falsifier = falsifier(
    "eigenvalues-exchanged",
    "the two eigenvalues exchanged in the predictions",
    Stage::Measurement,
    regimes::TWO,
)
.killing(&["rates", "first-crossing"]);

pub(super) const CONDENSATION_IGNORED: Falsifier = falsifier(
    "condensation-ignored",
    "the second pattern learned as if the first were absent",
    Stage::Measurement,
    regimes::TWO,
)
.killing(&["second-slowed", "end-of-both"]);

pub(super) const SECOND_CONTINUOUS: Falsifier = falsifier(
    "second-continuous",
    "the second order parameter expected to grow from 0 at λ₂(1 − m²) = 4",
    Stage::Measurement,
    regimes::TWO,
)
.killing(&["exchange", "share"]);

pub(super) const HALF_SWEEP: Falsifier =
    falsifier("half-sweep", "λ/4 instead of (λ/4)² over a sweep", Stage::Measurement, regimes::CHAINS)
        .killing(&["sweep-factor", "lag"]);

pub(super) const SWEEPS_IGNORED: Falsifier = falsifier(
    "sweeps-ignored",
    "a lag that depends on the rate alone, whatever the sweeps per update",
    Stage::Measurement,
    regimes::CHAINS,
)
.killing(&["rate-per-sweep", "lead"]);

pub(super) const IN_EQUILIBRIUM: Falsifier =
    falsifier("in-equilibrium", "chains taken to be in equilibrium", Stage::Measurement, regimes::CHAINS).killing(&[
        "hysteresis",
        "lead",
        "trained-after",
    ]);

pub(super) const FIELDS_IGNORED: Falsifier = falsifier(
    "fields-ignored",
    "predictions without the fields that training makes",
    Stage::Measurement,
    regimes::SIDED,
)
.killing(&["rounded", "in-fields"]);

pub(super) static ALL: [Falsifier; 13] = [
    RATE_DOUBLED,
    QUARTIC_HALVED,
    NO_MAGNETISATION,
    FAIR_IMAGES,
    HALF_PATTERN,
    THRESHOLD_TWO,
    EIGENVALUES_EXCHANGED,
    CONDENSATION_IGNORED,
    SECOND_CONTINUOUS,
    HALF_SWEEP,
    SWEEPS_IGNORED,
    IN_EQUILIBRIUM,
    FIELDS_IGNORED,
];
