//! Whether the claim applies to a machine.

use super::{STATEMENT, regimes};
use crate::claim::{Applies, MachineFacts};

pub(super) fn applies(machine: &MachineFacts) -> Vec<Applies> {
    let shapes = [&regimes::TALL, &regimes::WIDE, &regimes::SQUARE];
    let (noise, numbers) = machine.noise();
    let Some(ratio) = machine.divergence else {
        let unknown = || (false, "the divergence from rotated W is not known".to_string());
        let mut answers = STATEMENT.by_shape(shapes, machine, unknown(), "");
        answers
            .extend([&regimes::UNIFORM_IID, &regimes::TRAINED].map(|regime| STATEMENT.answer(regime, unknown(), "")));
        return answers;
    };
    // Over its floor the divergence in 60 bins has the standard deviation √(2/59) = 0.18 in samples
    // of one law.
    let symmetric = ratio < 2.0;
    let numbers = format!("divergence from rotated W {ratio:.2} times its floor, {numbers}");
    let mut answers =
        STATEMENT.by_shape(shapes, machine, (noise && symmetric, numbers.clone()), "no direction is special");
    let uniform = (noise && !symmetric, numbers.clone());
    answers.push(STATEMENT.answer(
        &regimes::UNIFORM_IID,
        uniform,
        "independent entries that are not normal: the law of W changes under rotations, its spectrum does not show it",
    ));
    let trained = (!noise && !symmetric, numbers);
    answers.push(STATEMENT.answer(
        &regimes::TRAINED,
        trained,
        "the symmetry is broken, by learning if the machine was trained",
    ));
    answers
}
