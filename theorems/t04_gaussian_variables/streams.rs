//! Purposes of the random streams of this claim. Each is part of a key: a different word gives
//! different numbers.

use crate::lab::Purpose;

pub(super) const BLOCK: Purpose = Purpose::new("block");
pub(super) const DENSITIES: Purpose = Purpose::new("densities");
pub(super) const DENSITIES_HIDDEN: Purpose = Purpose::new("densities hidden");
pub(super) const DENSITIES_MACHINE: Purpose = Purpose::new("densities machine");
pub(super) const DISTANCE: Purpose = Purpose::new("distance");
pub(super) const ENUMERATED: Purpose = Purpose::new("enumerated");
pub(super) const FIVE: Purpose = Purpose::new("five");
pub(super) const GIVEN_HIDDEN: Purpose = Purpose::new("given-hidden");
pub(super) const KURTOSIS: Purpose = Purpose::new("kurtosis");
pub(super) const SAMPLED_KURTOSIS: Purpose = Purpose::new("sampled-kurtosis");
pub(super) const STATE: Purpose = Purpose::new("state");
