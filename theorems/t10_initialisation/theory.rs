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

/// The overlap of a state with itself that the linear map leaves on the line after t > 0 sweeps:
/// (4/N) Σ B/(AB − λ²) (λ²/(AB))ᵗ with A = 4(1 + 1/r), B = 4(1 + r), r = √(N/M), and the spectrum
/// of Marchenko and Pastur, λ² = 16(r + 1/r + 2 cos φ). For N = M it is binom(2t, t)/4ᵗ. The
/// integrand is periodic in φ, so that the midpoint rule converges exponentially.
pub(super) fn linear_map(sweeps: usize, (visible, hidden): (usize, usize)) -> f64 {
    let r = (visible as f64 / hidden as f64).sqrt();
    let (centre, nodes) = (r + r.recip(), 16 * (sweeps + 16));
    let at = |k: usize| {
        let cosine = libm::cos(PI * (k as f64 + 0.5) / nodes as f64);
        let square = centre + 2.0 * cosine;
        (1.0 + cosine) / square * (square / (centre + 2.0)).powi(sweeps as i32)
    };
    (1.0 + r.recip()) * (0..nodes).map(at).sum::<f64>() / nodes as f64
}

/// Overlap q of two states of a square machine of {0,1} units without biases, c = s²N/16 < 1, in
/// the replica-symmetric theory. In ±1 units the field on a unit is Σ J(1 + τ) with c = s_J²N: its
/// fluctuation has the variance c(1 + 2m + q) with the mean m of the units, and since every τ also
/// follows the part J of its own field, its mean is c(1 − q). By iteration from m = q = 0.
pub(super) fn overlap_without_biases(c: f64) -> f64 {
    let next = |(m, q): (f64, f64)| {
        let value = |z: f64| libm::tanh(c * (1.0 - q) + (c * (1.0 + 2.0 * m + q)).sqrt() * z);
        (over_normal(value), over_normal(|z| value(z).powi(2)))
    };
    (0..200).fold((0.0, 0.0), |at, _| next(at)).1
}

/// q = E tanh²(√(cq) z), the overlap of two states of a square machine with c = s²N/16 > 1 in the
/// replica-symmetric theory; 0 for c <= 1. By iteration from q = 1, which decreases towards q.
pub(super) fn overlap(c: f64) -> f64 {
    let next = |q: f64| over_normal(|z| libm::tanh((c * q).sqrt() * z).powi(2));
    if c > 1.0 { (0..400).fold(1.0, |q, _| next(q)) } else { 0.0 }
}
