//! Purposes of the random streams of this claim. Each is part of a key: a different word gives
//! different numbers.

use crate::lab::Purpose;

pub(super) const HIDDEN_STATES: Purpose = Purpose::new("hidden states");
pub(super) const MACHINE: Purpose = Purpose::new("machine");
pub(super) const RANK_DEFICIENT: Purpose = Purpose::new("rank-deficient");
pub(super) const SAMPLED: Purpose = Purpose::new("samples");
pub(super) const SAMPLED_HIDDEN: Purpose = Purpose::new("hidden units of samples");
pub(super) const SIGNS: Purpose = Purpose::new("signs");
pub(super) const SMALL: Purpose = Purpose::new("small");
pub(super) const STATES: Purpose = Purpose::new("states");
