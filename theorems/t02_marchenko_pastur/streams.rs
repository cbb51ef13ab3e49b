//! Purposes of the random streams of this claim. Each is part of a key: a different word gives
//! different numbers.

use crate::lab::Purpose;

pub(super) const HEAVY: Purpose = Purpose::new("heavy");
pub(super) const MATRIX: Purpose = Purpose::new("matrix");
pub(super) const RIGIDITY: Purpose = Purpose::new("rigidity");
