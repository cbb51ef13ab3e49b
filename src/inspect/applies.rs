//! What claims are asked about a machine, and their answers.

use super::{NonConverging, Rotation, Spectrum};
use crate::claim::{Applies, MachineFacts};
use crate::rbm::Rbm;
use crate::rbm::mean_field;
use crate::rbm::reciprocal::Reciprocal;
use crate::theorems::CATALOGUE;

/// The facts of `machine` (β included), whose modes without β are `modes`.
pub(super) fn facts(
    machine: &Rbm,
    (modes, beta): (&Reciprocal, f64),
    (spectrum, level): (&Spectrum, f64),
    rotation: &Rotation,
    non_converging: &NonConverging,
    ipr: f64,
) -> MachineFacts {
    let (n, m) = (machine.visible, machine.hidden);
    let fields = machine.centred();
    let size = |values: &[f64]| values.iter().fold(0.0, |most, x| libm::fmaximum(most, x.abs()));
    let mean_square = machine.weights.iter().map(|w| w * w).sum::<f64>() / (n * m) as f64;
    let top = modes.singular_values().first().map_or(0.0, |top| top * beta.abs());
    // The modes of β W are those of W where β is 1; elsewhere they are taken anew.
    let left_out = |modes: &Reciprocal| (top < 4.0).then(|| mean_field::left_out(machine, modes));
    MachineFacts {
        visible: n,
        hidden: m,
        top,
        above_four: non_converging.gaussian,
        sigma: spectrum.sigma.map(|sigma| sigma * beta.abs()),
        outliers: spectrum.outliers,
        rank: modes.rank(),
        shape_p_value: spectrum.shape_p_value,
        level,
        divergence: rotation.js_divergence.zip(rotation.js_floor).map(|(js, floor)| js / floor),
        ipr,
        even: rotation.even_overlap.map_or(0.0, |overlap| overlap / n as f64),
        field: libm::fmaximum(size(&fields.visible), size(&fields.hidden)),
        // Of the bulk, which planted directions do not change.
        glass: mean_field::glass_parameter(spectrum.sigma.map_or(mean_square.sqrt(), |s| s * beta.abs()), n, m),
        gain: non_converging.bias_aware.and(non_converging.mean_field_gain.first().copied()),
        left_out: if beta == 1.0 {
            left_out(modes)
        } else {
            Reciprocal::thin(machine).ok().and_then(|modes| left_out(&modes))
        },
    }
}

/// The answers of all claims, in the order of the catalogue.
pub(super) fn of(facts: &MachineFacts) -> Vec<Applies> {
    CATALOGUE.iter().flat_map(|entry| entry.theorem.applies(facts)).collect()
}
