//! Falsifiers of the claim: one wrong step and one wrong input or prediction at least.

use super::regimes;
use crate::claim::{Falsifier, Stage, falsifier};

pub(super) const ROW_DROPPED: Falsifier =
    falsifier("row-dropped", "the squares of the last row are left out", Stage::Derivation, regimes::HOLDS);

pub(super) const S_NOT_SQUARED: Falsifier =
    falsifier("s-not-squared", "NMs in the place of NMs²", Stage::Measurement, regimes::HOLDS).killing(&["ratio"]);

pub(super) static ALL: [Falsifier; 2] = [ROW_DROPPED, S_NOT_SQUARED];
