//! Falsifiers of the claim.

use super::regimes;
use crate::claim::{Falsifier, Stage, falsifier};

pub(super) const SHEARED: Falsifier =
    falsifier("sheared", "a shear instead of a rotation", Stage::Derivation, regimes::ALL);

pub(super) const INDEPENDENT_NORMAL_ENTRIES: Falsifier = falsifier(
    "independent-normal-entries",
    "entries of U taken to be independent normal",
    Stage::Derivation,
    regimes::ALL,
);

pub(super) const UNIFORM_ENTRIES: Falsifier =
    falsifier("uniform-entries", "uniform entries of W", Stage::Measurement, regimes::ALL).killing(&["js"]);

pub(super) const LOCALISED_SPIKE: Falsifier = falsifier(
    "localised-spike",
    "a rank-one term on one visible and one hidden unit",
    Stage::Measurement,
    regimes::ALL,
)
.killing(&["ipr-u", "ipr-v"]);

pub(super) const ENTRIES_WITH_MEAN: Falsifier =
    falsifier("entries-with-mean", "normal entries with a non-zero mean", Stage::Measurement, regimes::ALL).killing(&[
        "entries-u",
        "entries-v",
        "even-u",
        "even-v",
    ]);

pub(super) const RANDOM_SPIKE: Falsifier = falsifier(
    "random-spike",
    "a rank-one term on two units, whose strength varies between machines",
    Stage::Measurement,
    regimes::ALL,
)
.killing(&["independence-u", "independence-v"]);

pub(super) const TRAINED_MACHINE: Falsifier = falsifier(
    "trained-machine",
    "a machine trained on MNIST, presented as untrained",
    Stage::Measurement,
    regimes::ONLY_TALL,
)
.killing(&["js"])
.of_trained();

pub(super) const BLOCKS: Falsifier =
    falsifier("blocks", "W without its off-diagonal blocks", Stage::Measurement, regimes::ONLY_TALL).killing(&["js"]);

pub(super) const DIAGONAL: Falsifier =
    falsifier("diagonal", "W without off-diagonal entries", Stage::Measurement, regimes::ONLY_TALL)
        .killing(&["ipr-u", "ipr-v"]);

pub(super) const ONE_FACTOR: Falsifier =
    falsifier("one-factor", "U Haar distributed, V not rotated", Stage::Measurement, regimes::ONLY_TALL)
        .killing(&["ipr-v"]);

pub(super) const RAW_SIGNS: Falsifier =
    falsifier("raw-signs", "signs of vectors as returned by the decomposition", Stage::Measurement, regimes::ONLY_TALL)
        .killing(&["signs"]);

pub(super) static ALL: [Falsifier; 11] = [
    SHEARED,
    INDEPENDENT_NORMAL_ENTRIES,
    UNIFORM_ENTRIES,
    LOCALISED_SPIKE,
    ENTRIES_WITH_MEAN,
    RANDOM_SPIKE,
    TRAINED_MACHINE,
    BLOCKS,
    DIAGONAL,
    ONE_FACTOR,
    RAW_SIGNS,
];
