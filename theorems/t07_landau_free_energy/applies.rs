//! Whether the claim applies to a machine.

use super::{STATEMENT, regimes};
use crate::claim::{Applies, MachineFacts};

pub(super) fn applies(machine: &MachineFacts) -> Vec<Applies> {
    let (zero, field) = machine.zero_field();
    let rank = format!("rank {}, κ = {:.4}", machine.rank, machine.ipr);
    let left = machine.left_out.map_or_else(
        || format!("βλ₁ = {:.3}", machine.top),
        |left| format!("{left:.2} nats are left out at fourth order"),
    );
    let weak = machine.left_out.is_some_and(|left| left.abs() <= 1.0);
    let (noise, numbers) = machine.noise();
    // Noise, or noise and the one mode of a mean weight, which is the uniform direction.
    let phases = zero && (noise || (machine.outliers == 1 && machine.even > 0.5));
    let strong = !weak && !noise && machine.shape_p_value.is_some();
    vec![
        STATEMENT.answer(
            &regimes::ONE_MODE,
            (machine.rank == 1 && machine.ipr < 0.05, rank),
            "Landau's free energy with its transition at βλ = 4",
        ),
        STATEMENT.answer(
            &regimes::MEAN_FIELD_LN_Z,
            (weak, left.clone()),
            "ln Z is that of the Gaussian modes, corrected at fourth order",
        ),
        STATEMENT.answer(
            &regimes::PHASES,
            (phases, format!("{field}, {numbers}, (βs)⁴NM/256 = {:.3}", machine.glass)),
            "paramagnet, ferromagnet or spin glass by β times mean and standard deviation of the weights",
        ),
        STATEMENT.answer(
            &regimes::TRAINED,
            (strong, left),
            "mean-field states of the whole machine bound ln Z from below; the expression by modes is no ln Z",
        ),
        STATEMENT.answer(
            &regimes::ALONG_TRAINING,
            (false, "about a whole training, which `inspect --update all` shows and `verify` judges".into()),
            "",
        ),
    ]
}
