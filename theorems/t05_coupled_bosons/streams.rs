//! Purposes of the random streams of this claim. Each is part of a key: a different word gives
//! different numbers.

use crate::lab::Purpose;

pub(super) const AFTER_TRAINING: Purpose = Purpose::new("after training");
pub(super) const CHAINS: Purpose = Purpose::new("chains");
pub(super) const ENUMERATED: Purpose = Purpose::new("enumerated");
pub(super) const FORMULA: Purpose = Purpose::new("formula");
pub(super) const GROWTH: Purpose = Purpose::new("growth");
pub(super) const HAAR: Purpose = Purpose::new("haar");
pub(super) const MACHINE: Purpose = Purpose::new("machine");
pub(super) const MEAN: Purpose = Purpose::new("mean");
pub(super) const RANKS: Purpose = Purpose::new("ranks");
pub(super) const SCATTER: Purpose = Purpose::new("scatter");
pub(super) const SMALL: Purpose = Purpose::new("small");
pub(super) const STATES: Purpose = Purpose::new("states");
