//! Purposes of the random streams of this claim. Each is part of a key: another word gives other
//! numbers.

use crate::lab::Purpose;

pub(super) const MATRIX: Purpose = Purpose::new("matrix");
