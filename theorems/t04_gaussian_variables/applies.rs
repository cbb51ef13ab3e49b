//! Whether the claim applies to a machine.

use super::{STATEMENT, regimes};
use crate::claim::{Applies, MachineFacts};

pub(super) fn applies(machine: &MachineFacts) -> Vec<Applies> {
    let (n, ipr) = (machine.visible as f64, machine.ipr);
    let haar = 3.0 / (n + 2.0);
    let numbers = format!("κ of the leading mode is {ipr:.4}, {:.2} times that of a random direction", ipr / haar);
    let (noise, _) = machine.noise();
    let follows = format!("x₁ of uniform states is Gaussian but for a fourth cumulant of −κ/8 = {:.5}", -ipr / 8.0);
    // Five standard deviations √(8/3N) of κ over its mean, for large N: of normal x, x⁴ has the
    // variance 96 and the covariance 12 with x², whose mean is 1.
    let even = (ipr / haar - 1.0).abs() < 5.0 * (8.0 / (3.0 * n)).sqrt();
    let delocalised = (noise && even, numbers.clone());
    let trained = (!noise && ipr < 0.05, numbers.clone());
    let gibbs = (!noise && machine.top > 4.0, format!("βλ₁ = {:.3}", machine.top));
    vec![
        STATEMENT.answer(&regimes::DELOCALISED, delocalised, &follows),
        STATEMENT.answer(&regimes::TRAINED_UNIFORM, trained, &follows),
        STATEMENT.answer(&regimes::TRAINED_GIBBS, gibbs, "under the machine's own samples x₁ need not be Gaussian: above 4 its mean-field free energy has minima away from the uniform mean"),
    ]
}
