//! Falsifiers of the claim.

use super::regimes;
use crate::claim::{Falsifier, Stage, falsifier};

pub(super) const U_AND_W_SWAPPED: Falsifier =
    falsifier("u-and-w-swapped", "stable and unstable directions exchanged", Stage::Derivation, regimes::ALL);

pub(super) const LAMBDA_SQUARED: Falsifier =
    falsifier("lambda-squared", "λ² instead of λ in the energy summed over modes", Stage::Measurement, regimes::ALL)
        .killing(&["energy-modes", "energy-modes-small", "hessian", "hessian-rank-3"]);

pub(super) const SADDLE_NOT_DIVIDED: Falsifier =
    falsifier("saddle-not-divided", "saddle at (−b, −a), not divided by λ", Stage::Measurement, regimes::ALL)
        .killing(&["gradient"]);

pub(super) const BIASES_HALVED: Falsifier =
    falsifier("biases-halved", "energy evaluated with both biases halved", Stage::Measurement, regimes::ALL)
        .killing(&["energy-kernel", "energy-kernel-small"]);

pub(super) const EVERY_MODE_PAIRED: Falsifier =
    falsifier("every-mode-paired", "min(N, M) saddles assumed for any rank", Stage::Measurement, regimes::ALL)
        .killing(&["flat-rank-3"]);

pub(super) const MEAN_AT_ORIGIN: Falsifier = falsifier(
    "mean-at-origin",
    "variance s²/λ² for the offset, as if the uniform mean lay at 0",
    Stage::Measurement,
    regimes::ALL,
)
.killing(&["offsets-x", "offsets-y", "leading-x", "leading-y"]);

pub(super) const TRAINED: Falsifier =
    falsifier("trained", "a machine trained on MNIST, presented as untrained", Stage::Measurement, regimes::ALL)
        .killing(&["largest-x", "leading-x"])
        .of_trained();

pub(super) static ALL: [Falsifier; 7] =
    [U_AND_W_SWAPPED, LAMBDA_SQUARED, SADDLE_NOT_DIVIDED, BIASES_HALVED, EVERY_MODE_PAIRED, MEAN_AT_ORIGIN, TRAINED];
