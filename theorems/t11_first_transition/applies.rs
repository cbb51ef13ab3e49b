//! Whether the claim applies to a machine.

use super::{STATEMENT, regimes};
use crate::claim::{Applies, MachineFacts};

pub(super) fn applies(machine: &MachineFacts) -> Vec<Applies> {
    let (zero, field) = machine.zero_field();
    let numbers = format!("rank {}, κ = {:.4}, {field}, βλ₁ = {:.3}", machine.rank, machine.ipr, machine.top);
    // Of entries ±1/√N it is 1/N.
    let spread = machine.ipr * (machine.visible as f64) < 1.1;
    let even = zero && spread;
    let below = machine.top < 4.0;
    let side = if below { "before its first transition" } else { "after its first transition" };
    let training = "about a training, which `inspect --update all` shows and `verify` judges";
    vec![
        STATEMENT.answer(
            &regimes::ONE_PATTERN,
            (even && machine.rank == 1, numbers.clone()),
            &format!("{side}, βλ₁ = 4"),
        ),
        STATEMENT.answer(
            &regimes::TWO_PATTERNS,
            (even && machine.rank == 2, numbers.clone()),
            &format!("{side}, βλ₁ = 4; the second is where the singular values meet"),
        ),
        STATEMENT.answer(&regimes::PCD, (false, training.into()), ""),
        STATEMENT.answer(
            &regimes::ONE_SIDED,
            (!zero && spread && machine.rank == 1, numbers),
            "no symmetry: the transition is rounded, the magnetisation is that in the fields",
        ),
    ]
}
