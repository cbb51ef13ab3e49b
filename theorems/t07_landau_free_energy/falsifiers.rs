//! Falsifiers of the claim.

use super::regimes;
use crate::claim::{Falsifier, Stage, falsifier};

pub(super) const QUARTIC_SIGN: Falsifier =
    falsifier("quartic-sign", "fourth cumulant with the wrong sign", Stage::Derivation, regimes::ALL);

pub(super) const CORRECTION_UNSQUARED: Falsifier = falsifier(
    "correction-unsquared",
    "16 − g² instead of its square in the 1/N correction",
    Stage::Derivation,
    regimes::ALL,
);

pub(super) const REACTION_LEFT_OUT: Falsifier = falsifier(
    "reaction-left-out",
    "no reaction term: A = 4 along the mean, reduced by the bulk",
    Stage::Derivation,
    regimes::ONLY_PHASES,
);

pub(super) const CUBIC_TERM: Falsifier =
    falsifier("cubic-term", "a term m³/10 per unit in the free energy", Stage::Measurement, regimes::ONE);

pub(super) const HALF_KAPPA: Falsifier =
    falsifier("half-kappa", "κ/2 instead of κ", Stage::Measurement, &[regimes::ONE_MODE, regimes::MEAN_FIELD_LN_Z]);

pub(super) const CRITICAL_POINT: Falsifier =
    falsifier("critical-point", "threshold 3.9 instead of 4", Stage::Measurement, regimes::ONE);

pub(super) const FIELD_SIGN: Falsifier = falsifier(
    "field-sign",
    "field with the wrong sign",
    Stage::Measurement,
    &[regimes::ONE_MODE, regimes::MEAN_FIELD_LN_Z],
);

pub(super) const UNCENTRED_FIELDS: Falsifier = falsifier(
    "uncentred-fields",
    "biases a, b instead of the centred fields a', b'",
    Stage::Measurement,
    regimes::LN_Z,
)
.killing(&["annealed-forward", "annealed-backward", "tempered"]);

pub(super) const OUTLIER_FOR_STRENGTH: Falsifier = falsifier(
    "outlier-for-strength",
    "the outlier's singular value instead of the strength of the mean",
    Stage::Measurement,
    regimes::ONLY_PHASES,
)
.killing(&["along-the-mean"]);

pub(super) const NO_SPREAD: Falsifier =
    falsifier("no-spread", "ferromagnet without fluctuations of the weights", Stage::Measurement, regimes::ONLY_PHASES)
        .killing(&["m-square", "q-square", "m-tall", "q-tall"]);

pub(super) const LINE_OF_SPINS: Falsifier = falsifier(
    "line-of-spins",
    "spin-glass transition line at s(NM)^(1/4) = 1 instead of 4",
    Stage::Measurement,
    regimes::ONLY_PHASES,
)
.killing(&["memory-glass"]);

pub(super) static ALL: [Falsifier; 11] = [
    QUARTIC_SIGN,
    CORRECTION_UNSQUARED,
    REACTION_LEFT_OUT,
    CUBIC_TERM,
    HALF_KAPPA,
    CRITICAL_POINT,
    FIELD_SIGN,
    UNCENTRED_FIELDS,
    OUTLIER_FOR_STRENGTH,
    NO_SPREAD,
    LINE_OF_SPINS,
];
