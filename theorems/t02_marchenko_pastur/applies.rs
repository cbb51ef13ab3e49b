//! Whether the claim applies to a machine.

use super::{STATEMENT, regimes};
use crate::claim::{Applies, MachineFacts};

pub(super) fn applies(machine: &MachineFacts) -> Vec<Applies> {
    let edge = |sigma: f64| sigma * ((machine.visible as f64).sqrt() + (machine.hidden as f64).sqrt());
    let follows = format!("singular values end near {:.3}", machine.sigma.map_or(f64::NAN, edge));
    let shapes = [&regimes::TALL, &regimes::WIDE, &regimes::SQUARE];
    let (noise, numbers) = machine.noise();
    let mut answers = STATEMENT.by_shape(shapes, machine, (noise, numbers.clone()), &follows);
    // The law is the same for all entries with a fourth moment.
    let tall = machine.visible > machine.hidden;
    for regime in [&regimes::RADEMACHER, &regimes::UNIFORM] {
        let numbers = format!("{numbers}, of whichever law: the spectrum does not tell");
        answers.push(STATEMENT.answer(regime, (noise && tall, numbers), &follows));
    }
    let heavy = (machine.outliers == 0 && !noise && machine.shape_p_value.is_some(), numbers);
    answers.push(STATEMENT.answer(
        &regimes::STUDENT_T3,
        heavy,
        "a bulk of another shape without outliers beyond its own entries: heavy tails are one cause",
    ));
    answers
}
