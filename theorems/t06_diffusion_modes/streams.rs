//! Purposes of the random streams of this claim. Each is part of a key: a different word gives
//! different numbers.

use crate::lab::Purpose;

pub(super) const COUNT: Purpose = Purpose::new("count");
pub(super) const DISPLACED: Purpose = Purpose::new("displaced");
pub(super) const GIBBS: Purpose = Purpose::new("gibbs");
pub(super) const LANGEVIN: Purpose = Purpose::new("langevin");
pub(super) const NEAR: Purpose = Purpose::new("near");
pub(super) const RELAXATION: Purpose = Purpose::new("relaxation");
pub(super) const SEPARATION: Purpose = Purpose::new("separation");
pub(super) const SETTLE: Purpose = Purpose::new("settle");
pub(super) const SINGULAR_VECTORS: Purpose = Purpose::new("singular vectors");
pub(super) const START: Purpose = Purpose::new("start");
pub(super) const TRAINED_FROM: Purpose = Purpose::new("trained from");
pub(super) const WEAK: Purpose = Purpose::new("weak");
pub(super) const WEIGHTS: Purpose = Purpose::new("weights");
