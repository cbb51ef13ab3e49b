//! Falsifiers of the claim.

use super::regimes;
use crate::claim::{Falsifier, Stage, falsifier};

pub(super) const REACTION_DROPPED: Falsifier =
    falsifier("reaction-dropped", "A = 4 in the closed form", Stage::Derivation, regimes::HOLDS);

pub(super) const QUARTIC_DROPPED: Falsifier =
    falsifier("quartic-dropped", "the error without −(2/3) Σ W⁴", Stage::Derivation, regimes::HOLDS);

pub(super) const CYCLES_BOTH_WAYS: Falsifier =
    falsifier("cycles-both-ways", "every cycle counted in both directions", Stage::Derivation, regimes::RANDOM);

pub(super) const REMAINDER_DROPPED: Falsifier =
    falsifier("remainder-dropped", "ln Z of a large machine without ¼ ln(1 − ρ)", Stage::Measurement, regimes::RANDOM)
        .killing(&["ln-z-large-s1"]);

pub(super) const PAIRS_COUNTED_TWICE: Falsifier = falsifier(
    "pairs-counted-twice",
    "every pair of units counted from both sides: A = 4 + β²s²M/2 and s²NM/16",
    Stage::Measurement,
    regimes::RANDOM,
)
.killing(&["ln-z-large-s2.4", "ln-z-reaction-s2.4", "ln-z-reaction-s2.4-tall", "annealed-reaction-s3"]);

pub(super) const UNCORRECTED_GAUSSIAN: Falsifier = falsifier(
    "uncorrected-gaussian",
    "A = B = 4, the product of Gaussians; mean field without reaction term",
    Stage::Measurement,
    regimes::HOLDS,
);

pub(super) const EXCHANGED: Falsifier =
    falsifier("exchanged", "A and B exchanged for N ≠ M", Stage::Measurement, regimes::RANDOM)
        .killing(&["ln-z-reaction-s2.4-tall", "precision-all-s2.4-tall"]);

pub(super) const CLOSED_BEYOND_LIMIT: Falsifier = falsifier(
    "closed-beyond-limit",
    "the closed form used at s√N = 8, beyond its limit 4",
    Stage::Measurement,
    regimes::RANDOM,
)
.killing(&["overlap", "precision-leading-s8"]);

pub(super) const EDGE_ADDED: Falsifier =
    falsifier("edge-added", "a spike unstable only from βθ = 4 + βs(√N + √M)", Stage::Measurement, &[regimes::SPIKE])
        .killing(&["growth-6"]);

pub(super) static ALL: [Falsifier; 9] = [
    REACTION_DROPPED,
    QUARTIC_DROPPED,
    CYCLES_BOTH_WAYS,
    REMAINDER_DROPPED,
    PAIRS_COUNTED_TWICE,
    UNCORRECTED_GAUSSIAN,
    EXCHANGED,
    CLOSED_BEYOND_LIMIT,
    EDGE_ADDED,
];
