//! Whether the claim applies to a machine.

use super::{STATEMENT, regimes};
use crate::claim::{Applies, MachineFacts};

pub(super) fn applies(machine: &MachineFacts) -> Vec<Applies> {
    let follows =
        format!("the uniform mean lies within a fluctuation of a saddle with curvatures ±βλ up to {:.3}", machine.top);
    let shapes = [&regimes::TALL, &regimes::WIDE, &regimes::SQUARE];
    let (noise, numbers) = machine.noise();
    let mut answers = STATEMENT.by_shape(shapes, machine, (noise, numbers.clone()), &follows);
    let trained = (!noise && machine.shape_p_value.is_some(), numbers);
    answers.push(STATEMENT.answer(
        &regimes::AFTER_TRAINING,
        trained,
        "samples leave the saddle along the leading modes",
    ));
    answers
}
