//! Whether the claim applies to a machine.

use super::{STATEMENT, regimes};
use crate::claim::{Applies, MachineFacts};

pub(super) fn applies(machine: &MachineFacts) -> Vec<Applies> {
    let count = format!("{} singular values are above 4/β", machine.above_four);
    let (noise, numbers) = machine.noise();
    let (zero, field) = machine.zero_field();
    let glass = format!("(βs)⁴NM/256 = {:.3}", machine.glass);
    let gain =
        machine.gain.map_or_else(|| "no mean-field gain is known".into(), |gain| format!("mean-field gain {gain:.3}"));
    let extensive = zero && noise && machine.top > 4.0 && machine.glass < 1.0;
    vec![
        STATEMENT.answer(
            &regimes::SURROGATE,
            (true, format!("βλ₁ = {:.3}", machine.top)),
            &format!("in the Gaussian picture {} modes run away", machine.above_four),
        ),
        STATEMENT.answer(&regimes::COUNT, (noise, numbers.clone()), &count),
        STATEMENT.answer(
            &regimes::FINITE_RANK,
            (zero && machine.rank == 1, format!("rank {}, {field}", machine.rank)),
            "the mode is slow from βλ = 4 on",
        ),
        STATEMENT.answer(
            &regimes::BIAS_AWARE,
            (!zero && machine.rank == 1 && machine.gain.is_some(), format!("rank {}, {field}, {gain}", machine.rank)),
            "the mode is slow from a gain of 1 on",
        ),
        STATEMENT.answer(
            &regimes::EXTENSIVE_RANK,
            (extensive, format!("{numbers}, {field}, {glass}, βλ₁ = {:.3}", machine.top)),
            "modes above 4 converge all the same: the sweep factor is β²λ²/(AB)",
        ),
        STATEMENT.answer(
            &regimes::TRAINED,
            (
                !zero && machine.above_four > 0 && machine.gain.is_some_and(|gain| gain < 1.0),
                format!("{count}, {field}, {gain}"),
            ),
            "the rule λ > 4/β does not tell: near this mean-field state all modes return",
        ),
    ]
}
