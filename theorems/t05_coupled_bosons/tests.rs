//! Tests.

use super::STATEMENT;
use super::expansion::{Pairs, Quantity};
use crate::claim::Case;

#[test]
fn corrections_agree_with_one_unit_a_side() {
    // Here ln Z is ln cosh(g/4). The expansion is complete to order g⁴, so that its error is of
    // order g⁶; without its second order the error is of order g⁴.
    let case = Case { claim: "T05", regime: &STATEMENT.regimes[0], variant: crate::claim::Variant::AsStated };
    let left = |g: f64, share: f64| {
        let found = Pairs::signs(&case, 1, 1, &[g]).expansion(Quantity::LogPartition);
        found.gaussian + found.first + share * found.second - (g / 4.0).cosh().ln()
    };
    let order = |share: f64| (left(0.2, share) / left(0.1, share)).log2();
    assert!((order(1.0) - 6.0).abs() < 0.05, "{}", order(1.0));
    assert!((order(0.0) - 4.0).abs() < 0.05, "{}", order(0.0));
}
