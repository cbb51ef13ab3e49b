//! Whether the claim applies to a machine.

use super::{STATEMENT, regimes};
use crate::claim::{Applies, MachineFacts};

pub(super) fn applies(machine: &MachineFacts) -> Vec<Applies> {
    let (noise, numbers) = machine.noise();
    let s = machine.sigma.map_or_else(|| "-".into(), |sigma| format!("{sigma:.4}"));
    vec![
        STATEMENT.answer(
            &regimes::INDEPENDENT,
            (noise, numbers.clone()),
            &format!("the sum of squares is NMs² with s = {s}"),
        ),
        STATEMENT.answer(&regimes::WITH_MEAN, (machine.outliers == 1, numbers), "a mean μ of the entries adds NMμ²"),
    ]
}
