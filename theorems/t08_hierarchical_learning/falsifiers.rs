//! Falsifiers of the claim, and controls.

use super::{
    ABOVE, ABOVE_DOUBLING, ALIGNED, AT_MOST_ONE, AT_THE_END, BEYOND, BEYOND_DOUBLING, CLASSES, CLASSES_LEAD, CROSSING,
    DECODING, DISTANCE, DIVERGENCE, DIVERGENCE_LIMIT, EARLY, EDGE, EIGHTH, GROWTH, LEAVE, LIKELIHOOD, RISES, ROUGHNESS,
    SAMPLES, SECOND, SMOOTH, SPLITS, regimes,
};
use crate::claim::{Control, Falsifier, Stage, falsifier};

pub(super) const BIAS_SHIFT_DROPPED: Falsifier =
    falsifier("bias-shift-dropped", "visible biases logit p without −Wq", Stage::Derivation, regimes::ONLY_MNIST);

pub(super) const BIASES_UNMATCHED: Falsifier = falsifier(
    "biases-unmatched",
    "linear stage measured with visible biases logit p without −Wq",
    Stage::Measurement,
    regimes::ONLY_MNIST,
)
.killing(&[EARLY]);

pub(super) const UNTRAINED: Falsifier = falsifier(
    "untrained",
    "the machine before training, presented as trained",
    Stage::Measurement,
    regimes::ONLY_MNIST,
)
.killing(&[
    SECOND,
    BEYOND,
    GROWTH,
    ABOVE_DOUBLING,
    BEYOND_DOUBLING,
    ABOVE,
    RISES,
    DIVERGENCE,
    DIVERGENCE_LIMIT,
    DISTANCE,
    DECODING,
    LIKELIHOOD,
]);

pub(super) const VALUES_PERMUTED: Falsifier = falsifier(
    "values-permuted",
    "each pixel's values permuted across images (C = D)",
    Stage::Measurement,
    regimes::ONLY_MNIST,
)
.killing(&[SECOND, ALIGNED, CLASSES, CLASSES_LEAD, SPLITS, DECODING, LIKELIHOOD]);

pub(super) const PIXELS_PERMUTED: Falsifier = falsifier(
    "pixels-permuted",
    "pixels permuted within each image, which preserves only the number of pixels that are on",
    Stage::Measurement,
    regimes::ONLY_MNIST,
)
.killing(&[SECOND, ROUGHNESS]);

pub(super) const NOISE: Falsifier =
    falsifier("noise", "fair bits instead of pixels", Stage::Measurement, regimes::ONLY_MNIST).killing(&[
        SECOND,
        ABOVE,
        CLASSES,
        CLASSES_LEAD,
        ROUGHNESS,
        LIKELIHOOD,
    ]);

pub(super) const LABELS_PERMUTED: Falsifier =
    falsifier("labels-permuted", "labels of the test images permuted", Stage::Measurement, regimes::ONLY_MNIST)
        .killing(&[CLASSES, CLASSES_LEAD]);

pub(super) const ROTATED: Falsifier = falsifier(
    "rotated",
    "trained weights between two Haar rotations: the same singular values, random vectors",
    Stage::Measurement,
    regimes::ONLY_MNIST,
)
.killing(&[ALIGNED, AT_THE_END, SMOOTH, ROUGHNESS, SPLITS, LIKELIHOOD]);

pub(super) const EQUAL_STRENGTHS: Falsifier = falsifier(
    "equal-strengths",
    "the leading eight singular values of every record replaced by their mean",
    Stage::Measurement,
    regimes::ONLY_MNIST,
)
.killing(&[CROSSING, LEAVE, EIGHTH]);

pub(super) const LATE_START: Falsifier = falsifier(
    "late-start",
    "the machine after an eighteenth of the training run, presented as untrained",
    Stage::Measurement,
    regimes::ONLY_MNIST,
)
.killing(&[EDGE]);

pub(super) const SAMPLES_UNIFORM: Falsifier = falsifier(
    "samples-uniform",
    "fair bits presented as samples of the model",
    Stage::Measurement,
    regimes::ONLY_MNIST,
)
.killing(&[SAMPLES]);

pub(super) const QUARTER: Falsifier = falsifier(
    "quarter",
    "variance 1/4 instead of p(1−p) in the mean-field gains",
    Stage::Measurement,
    regimes::ONLY_MNIST,
)
.killing(&[AT_MOST_ONE]);

/// Every measured falsifier names the checks that it fails by far on every machine, so that none of
/// them is decided by chance. Each check is named by at least one falsifier. Only what it names is
/// analysed, and shown in the kill matrix of the report.
pub(super) static ALL: [Falsifier; 12] = [
    BIAS_SHIFT_DROPPED,
    BIASES_UNMATCHED,
    UNTRAINED,
    VALUES_PERMUTED,
    PIXELS_PERMUTED,
    NOISE,
    LABELS_PERMUTED,
    ROTATED,
    EQUAL_STRENGTHS,
    LATE_START,
    SAMPLES_UNIFORM,
    QUARTER,
];

pub(super) const PIXELS_RELABELLED: Control = Control {
    id: "pixels-relabelled",
    title: "one fixed permutation of the pixels of all images",
    regimes: regimes::ONLY_MNIST,
};

pub(super) static CONTROLS: [Control; 1] = [PIXELS_RELABELLED];
