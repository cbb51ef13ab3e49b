//! Tests.

use super::STATEMENT;
use super::evidence::{fourth_cumulant, hidden_shift};
use crate::claim::Case;

#[test]
fn fourth_cumulants_are_those_of_the_laws() {
    // ⟨x⁴⟩ − 3 at ⟨x²⟩ = 1, from a fine grid of quantiles: x = √3 (2p − 1) for uniform entries, x =
    // ±1 for signs.
    let moment = |quantile: &dyn Fn(f64) -> f64| {
        let n = 100_000;
        (0..n).map(|i| quantile((f64::from(i) + 0.5) / f64::from(n)).powi(4)).sum::<f64>() / f64::from(n) - 3.0
    };
    let of = |id: &str| {
        let regime = STATEMENT.regimes.iter().find(|regime| regime.id == id).expect("a regime of this claim");
        fourth_cumulant(&Case { claim: "T02", regime, variant: crate::claim::Variant::AsStated })
    };
    assert!((of("uniform") - moment(&|p| 3f64.sqrt() * (2.0 * p - 1.0))).abs() < 1e-6);
    assert!((of("rademacher") - moment(&|p| if p < 0.5 { -1.0 } else { 1.0 })).abs() < 1e-6);
    assert_eq!(of("tall"), 0.0);
}

#[test]
fn a_hidden_spike_moves_the_edge_by_what_a_simulation_gives() {
    // by hand: 1/3 (1/2 + 1/4)^(2/3) at τ = 1/2, N = 4, M = 16
    assert!((hidden_shift(0.5, 4, 16) - 0.75f64.powf(2.0 / 3.0) / 3.0).abs() < 1e-15);
    assert_eq!(hidden_shift(0.0, 4, 16), 0.0);
    // numpy: λ₁² of 400 normal 211 x 313 matrices with the spike minus that without it, divided by
    // the Tracy-Widom scale: 0.0931 ± 0.0091
    assert!((hidden_shift(0.5, 211, 313) - 0.0931).abs() < 2.0 * 0.0091);
}
