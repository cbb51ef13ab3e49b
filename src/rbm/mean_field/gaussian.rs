//! ln Z of the Gaussian modes.

use crate::linalg::LinalgError;
use crate::math::shown;
use crate::rbm::Rbm;
use crate::rbm::reciprocal::Reciprocal;
use std::f64::consts::LN_2;

/// A closed form, or why it does not apply.
pub type Closed = Result<f64, String>;

/// ln Z of the Gaussian modes, in the centred form that stays finite for λ = 0: (N+M) ln 2 + c0 +
/// Σ_i { [4ã'² + 4b̃'² + 2λã'b̃']/(2(16 − λ²)) − ½ ln(1 − λ²/16) } + ⅛ Σ over unpaired modes of
/// ã'², b̃'². Applies when every λ < 4.
///
/// # Errors
/// Weights that are not finite, or no convergence.
pub fn gaussian(machine: &Rbm) -> Result<Closed, LinalgError> {
    let modes = Reciprocal::thin(machine)?;
    if let Some(&top) = modes.singular_values().first().filter(|&&l| l >= 4.0) {
        return Ok(Err(format!(
            "the largest singular value times beta is {}, not below 4: no Gaussian law",
            shown(top, 3)
        )));
    }
    Ok(Ok(continued_gaussian(machine, &modes)))
}

/// The expression of [`gaussian`] with ln|1 − λ²/16| for the logarithm, so that it has a value
/// beyond λ = 4 as well, where it is no ln Z: it shows there how far the form is off. `modes` are
/// those of the machine, paired ones suffice.
pub(crate) fn continued_gaussian(machine: &Rbm, modes: &Reciprocal) -> f64 {
    let fields = machine.centred();
    let lambdas = modes.singular_values();
    let (a, b) = modes.centred_fields();
    let (a, b) = (&a[..lambdas.len()], &b[..lambdas.len()]);
    let paired = |(i, l): (usize, &f64)| {
        let (a, b) = (a[i], b[i]);
        let gap = 16.0 - l * l;
        (4.0 * a * a + 4.0 * b * b + 2.0 * l * a * b) / (2.0 * gap) - 0.5 * libm::log((gap / 16.0).abs())
    };
    let squares = |fields: &[f64]| fields.iter().map(|f| f * f).sum::<f64>();
    // Of the unpaired modes only the squares of the fields are needed: what the paired ones leave
    // of all.
    let unpaired = squares(&fields.visible) - squares(a) + squares(&fields.hidden) - squares(b);
    let coupled: f64 = lambdas.iter().enumerate().map(paired).sum();
    uncoupled(machine) + coupled + unpaired / 8.0
}

/// What the Gaussian form leaves out at lowest order, in nats: −Σ (z̄⁴ + 6z̄²σ² + 3σ⁴)/192 over the
/// units of both layers.
///
/// A unit has the fourth cumulant −1/8, and the fields z on all units are normal with mean z̄ and
/// variance σ² in that form. Not-a-number, infinite or without meaning where some λ is not below 4.
/// `modes` are those of the machine, paired ones suffice.
///
/// # Example
/// ```
/// use rbm_landscape::rbm::{Rbm, mean_field, reciprocal::Reciprocal};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // by hand: without weights ln Z = 2 ln 2 + a/2 + ln cosh(a/2), a = 1/2, and the Gaussian form
/// // has a²/8 in the place of the last term
/// let machine = Rbm::new(1, 1, vec![0.0], vec![0.5], vec![0.0])?;
/// let left = mean_field::left_out(&machine, &Reciprocal::thin(&machine)?);
/// assert!((left - (0.25f64.cosh().ln() - 0.25 / 8.0)).abs() < 1e-5);
/// # Ok(())
/// # }
/// ```
pub fn left_out(machine: &Rbm, modes: &Reciprocal) -> f64 {
    let fields = machine.centred();
    let lambdas = modes.singular_values();
    let (a, b) = modes.centred_fields();
    // Mean field and variance of the field on the units of one layer: own fields, those of the
    // other layer, its modes.
    let side = |own: &[f64], own_x: &[f64], other_x: &[f64], u: &faer::Mat<f64>| -> f64 {
        let lift: Vec<f64> = (lambdas.iter().enumerate())
            .map(|(i, l)| 4.0 * (4.0 * own_x[i] + l * other_x[i]) / (16.0 - l * l) - own_x[i])
            .collect();
        let spread: Vec<f64> = lambdas.iter().map(|l| 4.0 * l * l / (16.0 - l * l)).collect();
        (own.iter().enumerate())
            .map(|(j, field)| {
                let mean = field + lift.iter().enumerate().map(|(i, x)| u[(j, i)] * x).sum::<f64>();
                let variance = spread.iter().enumerate().map(|(i, x)| u[(j, i)].powi(2) * x).sum::<f64>();
                mean.powi(4) + 6.0 * mean.powi(2) * variance + 3.0 * variance.powi(2)
            })
            .sum()
    };
    let [u, v] = [modes.visible_modes(), modes.hidden_modes()];
    -(side(&fields.visible, a, b, u) + side(&fields.hidden, b, a, v)) / 192.0
}

/// (N+M) ln 2 + c0, c0 that of [`Rbm::centred`]: ln Z without couplings between centred units and
/// without centred fields.
pub(crate) fn uncoupled(machine: &Rbm) -> f64 {
    (machine.visible + machine.hidden) as f64 * LN_2 + machine.centred().constant
}
