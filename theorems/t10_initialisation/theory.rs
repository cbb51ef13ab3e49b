//! What theory gives in numbers: memories and overlaps.

use crate::stat::histogram::grid;
use std::f64::consts::PI;

/// Mean of f(z) over a standard normal z, for f that is smooth and bounded or grows as cosh z: the
/// trapezoidal sum of step 0.02 between −12 and 12.
fn over_normal(f: impl Fn(f64) -> f64) -> f64 {
    let weight = |z: f64| libm::exp(-0.5 * z * z) / (2.0 * PI).sqrt();
    0.02 * grid(-12.0, 12.0, 1200).map(|z| weight(z) * f(z)).sum::<f64>()
}

/// C(1) = 1 − e^(−c/2) E sech(√c z): memory of a unit over one sweep in a large paramagnet, c =
/// s²M/16 for a visible unit.
pub(super) fn memory(c: f64) -> f64 {
    1.0 - libm::exp(-0.5 * c) * over_normal(|z| libm::cosh(c.sqrt() * z).recip())
}

/// The c that gives a memory between 0 and 1/2 over one sweep, by bisection.
pub(super) fn field(found: f64) -> f64 {
    let halved = |(low, high): (f64, f64), _| {
        let middle = 0.5 * (low + high);
        if memory(middle) < found { (middle, high) } else { (low, middle) }
    };
    (0..60).fold((0.0, 1.0), halved).0
}

/// binom(2t, t)/4ᵗ: the overlap that the linear map leaves on the line after t sweeps, N = M.
pub(super) fn linear_map(sweeps: usize) -> f64 {
    (1..=sweeps).map(|k| 1.0 - 0.5 / k as f64).product()
}

/// q = E tanh²(√(cq) z), the overlap of two states of a square machine with c = s²N/16 > 1 in the
/// replica-symmetric theory; 0 for c <= 1. By iteration from q = 1, which decreases towards q.
pub(super) fn overlap(c: f64) -> f64 {
    let next = |q: f64| over_normal(|z| libm::tanh((c * q).sqrt() * z).powi(2));
    if c > 1.0 { (0..400).fold(1.0, |q, _| next(q)) } else { 0.0 }
}
