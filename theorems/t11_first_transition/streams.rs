//! Purposes of the random streams of this claim. Each is part of a key: a different word gives
//! different numbers.

use crate::lab::Purpose;

pub(super) const IMAGES: Purpose = Purpose::new("images");
pub(super) const TRAINING: Purpose = Purpose::new("training");
pub(super) const RANDOM_START: Purpose = Purpose::new("random-start");
pub(super) const NATURAL: Purpose = Purpose::new("natural-images");
