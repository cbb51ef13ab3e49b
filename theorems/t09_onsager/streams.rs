//! Purposes of the random streams of this claim. Each is part of a key: a different word gives
//! different numbers.

use crate::lab::Purpose;

pub(super) const ANNEALED: Purpose = Purpose::new("annealed");
pub(super) const ANNEALING: Purpose = Purpose::new("annealing");
pub(super) const CHAINS: Purpose = Purpose::new("chains");
pub(super) const FOURTH_ORDER: Purpose = Purpose::new("fourth order");
pub(super) const MACHINE: Purpose = Purpose::new("machine");
pub(super) const SMALL: Purpose = Purpose::new("small");
