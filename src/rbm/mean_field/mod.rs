//! ln Z in closed form: the product of Gaussian modes, and its correction by Onsager's reaction at
//! zero field.

mod autocorrelation;
mod fixed_point;
mod gaussian;
mod onsager;
mod tap;
#[cfg(test)]
mod tests;

pub use autocorrelation::autocorrelation;
pub(crate) use fixed_point::descend;
pub use fixed_point::{FixedPoint, FixedPointError, fixed_point, relaxed};
pub use gaussian::{Closed, gaussian, left_out};
pub(crate) use gaussian::{continued_gaussian, uncoupled};
pub(crate) use onsager::at_zero_field;
pub use onsager::{Reaction, glass_parameter, onsager};
pub use tap::{Tap, tap};
