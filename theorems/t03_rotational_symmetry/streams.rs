//! Purposes of the random streams of this claim. Each is part of a key: a different word gives
//! different numbers.

use crate::lab::Purpose;

pub(super) const HAAR: Purpose = Purpose::new("haar");
pub(super) const MATRIX: Purpose = Purpose::new("matrix");
pub(super) const ROW: Purpose = Purpose::new("row");
pub(super) const SIGNS: Purpose = Purpose::new("signs");
