//! Whether the claim applies to a machine.

use super::{STATEMENT, regimes};
use crate::claim::{Applies, MachineFacts};

pub(super) fn applies(machine: &MachineFacts) -> Vec<Applies> {
    let r = machine.visible.min(machine.hidden);
    let numbers =
        format!("{} of {r} singular values are not 0, βλ₁ = {:.3}, κ = {:.4}", machine.rank, machine.top, machine.ipr);
    // Few modes on many units, each below the threshold and spread over units.
    let few = machine.rank * 10 <= r && machine.top < 4.0 && machine.ipr < 0.05;
    let (zero, field) = machine.zero_field();
    let many = zero && machine.rank * 2 > r && machine.top < 4.0;
    vec![
        STATEMENT.answer(
            &regimes::FINITE_RANK,
            (few, numbers.clone()),
            "ln Z is that of independent pairs of oscillators, up to 1/N",
        ),
        STATEMENT.answer(&regimes::DECOUPLING, (few, numbers.clone()), "modes decouple as 1/N"),
        STATEMENT.answer(
            &regimes::EXTENSIVE_RANK,
            (many, format!("{numbers}, {field}")),
            "the product of oscillators is off by an amount that grows with N: T09",
        ),
    ]
}
