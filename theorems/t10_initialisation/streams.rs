//! Purposes of the random streams of this claim. Each is part of a key: a different word gives
//! different numbers.

use crate::lab::Purpose;

pub(super) const CHAINS: Purpose = Purpose::new("chains");
pub(super) const MACHINE: Purpose = Purpose::new("machine");
pub(super) const WITHOUT_BIASES: Purpose = Purpose::new("without-biases");
