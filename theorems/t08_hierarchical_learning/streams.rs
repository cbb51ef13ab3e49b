//! Purposes of the random streams of this claim. Each is part of a key: a different word gives
//! different numbers.

use crate::lab::Purpose;

pub(super) const CLASSES: Purpose = Purpose::new("classes");
pub(super) const ESTIMATED: Purpose = Purpose::new("estimated");
pub(super) const HAAR: Purpose = Purpose::new("haar");
pub(super) const HAAR_HIDDEN: Purpose = Purpose::new("haar-hidden");
pub(super) const LABELS: Purpose = Purpose::new("labels");
pub(super) const LINEAR_STAGE: Purpose = Purpose::new("linear-stage");
pub(super) const ROTATED: Purpose = Purpose::new("rotated");
pub(super) const ROTATED_DIRECTIONS: Purpose = Purpose::new("rotated-directions");
pub(super) const UNIFORM: Purpose = Purpose::new("uniform");
