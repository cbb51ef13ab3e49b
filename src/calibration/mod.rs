//! Calibration: error rates of the claims over many seeds, and size, power and coverage of the
//! statistical toolbox.

pub mod claims;
pub mod journal;
pub mod tails;
pub mod toolbox;
