//! Purposes of the random streams of this claim. Each is part of a key: a different word gives
//! different numbers.

use crate::lab::Purpose;

pub(super) const ANNEALED: Purpose = Purpose::new("annealed");
pub(super) const BACKWARD: Purpose = Purpose::new("backward");
pub(super) const ESTIMATED: Purpose = Purpose::new("estimated");
pub(super) const FERRO: Purpose = Purpose::new("ferro");
pub(super) const FORWARD: Purpose = Purpose::new("forward");
pub(super) const GLASS: Purpose = Purpose::new("glass");
pub(super) const PARA: Purpose = Purpose::new("para");
pub(super) const PROFILE: Purpose = Purpose::new("profile");
pub(super) const TEMPERING: Purpose = Purpose::new("tempering");
pub(super) const UNEVEN: Purpose = Purpose::new("uneven");
pub(super) const WEAK: Purpose = Purpose::new("weak");
