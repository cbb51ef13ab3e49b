//! Whether the claim applies to a machine.

use super::{STATEMENT, regimes};
use crate::claim::{Applies, MachineFacts, Regime};

pub(super) fn applies(machine: &MachineFacts) -> Vec<Applies> {
    let (noise, numbers) = machine.noise();
    let (zero, field) = machine.zero_field();
    let numbers = format!("{numbers}, {field}, (βs)⁴NM/256 = {:.3}", machine.glass);
    let below = machine.glass < 1.0;
    // A spike adds to the mean square of the weights; stability is the bulk's.
    let stable = machine.bulk_glass().is_some_and(|glass| glass < 1.0);
    let answer =
        |regime: &Regime, applies: bool, follows: &str| STATEMENT.answer(regime, (applies, numbers.clone()), follows);
    vec![
        answer(
            &regimes::PARAMAGNET,
            zero && noise && below,
            "ln Z and the sweep factors β²λ²/(AB) are those with Onsager's reaction",
        ),
        answer(
            &regimes::SPIKE,
            zero && machine.outliers > 0 && stable,
            "an outlier is unstable from a planted strength βθ = 4 on",
        ),
        answer(&regimes::BEYOND_GLASS_LINE, zero && noise && !below, "a spin glass: no closed form"),
        answer(&regimes::OUTSIDE_ZERO_FIELD, !zero && noise, "the reaction at zero field is off"),
        answer(
            &regimes::FIELDS,
            !zero && noise && below,
            "the reaction with the variances p(1 − p) of the units in the place of 1/4",
        ),
    ]
}
