//! Purposes of the random streams of this claim. Each is part of a key: a different word gives
//! different numbers.

use crate::lab::Purpose;

pub(super) const IMAGES: Purpose = Purpose::new("images");
pub(super) const TRAINING: Purpose = Purpose::new("training");
