//! ln Z with Onsager's reaction at zero field.

use super::gaussian::{Closed, uncoupled};
use crate::linalg::{LinalgError, singular_values};
use crate::math::shown;
use crate::rbm::Rbm;

/// Centred fields below this count as zero: single-precision biases at −W/2 leave about 1e-6.
pub(crate) const ZERO_FIELD: f64 = 1e-4;

/// Whether no centred field of a machine is above [`ZERO_FIELD`]: to that accuracy its energy is
/// the same with all units of both layers exchanged for their complements.
pub(crate) fn at_zero_field(machine: &Rbm) -> bool {
    let fields = machine.centred();
    fields.visible.iter().chain(&fields.hidden).all(|field| field.abs() <= ZERO_FIELD)
}

/// ln Z with Onsager's reaction (adaptive TAP), at zero centred field: the precision 4 of the units
/// becomes A (visible) and B (hidden), so that ⟨(v − ½)²⟩ = ¼ holds on average. N(A − 4) = M(B − 4)
/// leaves one monotone equation with one root. Applies at zero field and below the spin-glass
/// transition line s⁴NM/256 = 1 (s² = mean square weight, beta included).
///
/// # Errors
/// Weights that are not finite, or no convergence.
pub fn onsager(machine: &Rbm) -> Result<Closed, LinalgError> {
    let fields = machine.centred();
    let field = fields.visible.iter().chain(&fields.hidden).fold(0.0, |top, f| libm::fmaximum(top, f.abs()));
    if field > ZERO_FIELD {
        let field = if field < 0.01 { format!("{field:.1e}") } else { shown(field, 3) };
        return Ok(Err(format!("the centred field reaches {field}: the reaction is known at zero field only")));
    }
    let (n, m) = (machine.visible as f64, machine.hidden as f64);
    let squares: f64 = machine.weights.iter().map(|w| w * w).sum();
    let glass = glass_parameter((squares / (n * m)).sqrt(), machine.visible, machine.hidden);
    if glass >= 1.0 {
        return Ok(Err(format!("s^4 N M / 256 = {glass:.3}, not below 1: beyond the limit of the paramagnet")));
    }
    let lambdas = singular_values(machine.weights_view())?;
    let reaction = Reaction::of(&lambdas, machine.visible, machine.hidden);
    Ok(Ok(uncoupled(machine) + reaction.coupled(&lambdas, machine.visible, machine.hidden)))
}

/// s⁴NM/256 (s the standard deviation of the weights, β included): the paramagnet ends where it
/// reaches 1. The equations of [`Reaction`] have a root beyond as well, where it means nothing:
/// instability is never inferred from a missing root.
pub fn glass_parameter(s: f64, visible: usize, hidden: usize) -> f64 {
    s.powi(4) * visible as f64 * hidden as f64 / 256.0
}

/// The precisions A (visible) and B (hidden) that Onsager's reaction puts in the place of 4, at
/// zero centred field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reaction {
    /// A >= 4.
    pub visible: f64,
    /// B >= 4.
    pub hidden: f64,
}

impl Reaction {
    /// For the singular values (β included, descending) of an N x M machine: N(A − 4) = M(B − 4)
    /// and (1/N)[Σ B/(AB − λ²) + (N−r)/A] = 1/4, one monotone equation with one root.
    pub fn of(lambdas: &[f64], visible: usize, hidden: usize) -> Self {
        let (visible, hidden) = reaction(visible as f64, hidden as f64, lambdas);
        Self { visible, hidden }
    }

    /// Limit for independent weights of standard deviation `s` below the spin-glass transition
    /// line: A = 4 + s²M/4, B = 4 + s²N/4.
    pub fn of_random(s: f64, visible: usize, hidden: usize) -> Self {
        let lift = |size: usize| 4.0 + s * s * size as f64 / 4.0;
        Self { visible: lift(hidden), hidden: lift(visible) }
    }

    /// What couplings add to ln Z at zero centred field, beyond the (N+M) ln 2 + c0 of uncoupled
    /// units, with these precisions and the singular values of an N x M machine: N(A − 4)/8 +
    /// M(B − 4)/8 − ½[Σ ln((AB − λ²)/16) + (N−r) ln(A/4) + (M−r) ln(B/4)]. Stationary in A and B at
    /// those of [`Reaction::of`], the Gaussian product at A = B = 4; not-a-number where AB < λ².
    pub fn coupled(&self, lambdas: &[f64], visible: usize, hidden: usize) -> f64 {
        let (a, b, n, m) = (self.visible, self.hidden, visible as f64, hidden as f64);
        let r = lambdas.len() as f64;
        let paired: f64 = lambdas.iter().map(|l| libm::log((a * b - l * l) / 16.0)).sum();
        let unpaired = (n - r) * libm::log(a / 4.0) + (m - r) * libm::log(b / 4.0);
        n * (a - 4.0) / 8.0 + m * (b - 4.0) / 8.0 - 0.5 * (paired + unpaired)
    }

    /// var x of a mode, B/(AB − λ²).
    pub fn var_x(&self, lambda: f64) -> f64 {
        self.hidden / (self.visible * self.hidden - lambda * lambda)
    }

    /// var y of a mode, A/(AB − λ²).
    pub fn var_y(&self, lambda: f64) -> f64 {
        self.visible / (self.visible * self.hidden - lambda * lambda)
    }

    /// Autocorrelation of x over one sweep, about λ²/(AB): for leading modes. Bulk modes need
    /// [`super::autocorrelation()`].
    pub fn autocorrelation(&self, lambda: f64) -> f64 {
        lambda * lambda / (self.visible * self.hidden)
    }
}

/// (A, B): A = 4 + t/N, B = 4 + t/M with the one t >= 0 where (1/N)[Σ B/(AB − λ²) + (N−r)/A] = 1/4.
pub(super) fn reaction(n: f64, m: f64, lambdas: &[f64]) -> (f64, f64) {
    let top = lambdas.first().copied().unwrap_or(0.0);
    let at = |t: f64| (4.0 + t / n, 4.0 + t / m);
    let excess = |t: f64| {
        let (a, b) = at(t);
        if a * b <= top * top {
            return f64::INFINITY; // left of the pole, the root lies to the right
        }
        let sum: f64 = lambdas.iter().map(|l| b / (a * b - l * l)).sum();
        (sum + (n - lambdas.len() as f64) / a) / n - 0.25
    };
    let (mut low, mut high) = (0.0, 1.0);
    while excess(high) > 0.0 {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if excess(middle) > 0.0 { low = middle } else { high = middle }
    }
    at(high)
}
