//! Whether the claim applies to a machine.

use super::{STATEMENT, regimes};
use crate::claim::{Applies, MachineFacts};

pub(super) fn applies(machine: &MachineFacts) -> Vec<Applies> {
    let one = format!(
        "about a whole training, which `inspect --update all` shows and `verify` judges; {} outliers",
        machine.outliers
    );
    vec![
        STATEMENT.answer(&regimes::MNIST, (false, one.clone()), ""),
        STATEMENT.answer(&regimes::BIAS_AWARE, (false, one), ""),
    ]
}
