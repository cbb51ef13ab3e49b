//! Whether the claim applies to a machine.

use super::{STATEMENT, regimes};
use crate::claim::{Applies, MachineFacts};

pub(super) fn applies(machine: &MachineFacts) -> Vec<Applies> {
    let follows =
        format!("the uniform mean lies within a fluctuation of a saddle with curvatures ±βλ up to {:.3}", machine.top);
    let shapes = [&regimes::TALL, &regimes::WIDE, &regimes::SQUARE];
    let (noise, numbers) = machine.noise();
    let mut answers = STATEMENT.by_shape(shapes, machine, (noise, numbers.clone()), &follows);
    let trained = (!noise && machine.outliers > 0, numbers);
    answers.push(STATEMENT.answer(
        &regimes::AFTER_TRAINING,
        trained,
        "if training made them, samples have left the saddle along the leading modes",
    ));
    answers
}
