//! Whether the claim applies to a machine.

use super::schemes::{Law, Scheme, TWO_AND_A_HALF, Units};
use super::{STATEMENT, regimes};
use crate::claim::{Applies, MachineFacts, Regime};

/// A standard deviation that differs by less than a twentieth counts as that of a scheme: x then
/// differs by less than a quarter.
const CLOSE: f64 = 0.05;

pub(super) fn applies(machine: &MachineFacts) -> Vec<Applies> {
    let (noise, numbers) = machine.noise();
    let (zero, field) = machine.zero_field();
    let (n, m) = (machine.visible, machine.hidden);
    let answer = |regime: &Regime, scheme: Scheme, shape: bool, follows: &str| {
        let expected = scheme.std(n, m);
        let drawn = machine.sigma.is_some_and(|sigma| (sigma / expected - 1.0).abs() < CLOSE);
        let said = machine.sigma.map_or_else(|| "no σ".into(), |sigma| format!("βσ = {sigma:.4}"));
        let numbers = format!("{numbers}, {field}, {said}, {expected:.4} by this scheme, x = {:.3}", machine.glass);
        STATEMENT.answer(regime, (noise && zero && drawn && shape, numbers), follows)
    };
    let spins = Scheme::new(Law::Glorot, Units::Spins);
    let forgets = "a paramagnet: chains forget their start, 1/(N⟨q²⟩) = 1 − x";
    let small = machine.glass < 1.0;
    // Below the line whatever σ within that is.
    let clear = machine.glass * (1.0 + CLOSE).powi(4) < 1.0;
    vec![
        answer(&regimes::HINTON, Scheme::new(Law::Hinton, Units::Bits), small, forgets),
        answer(&regimes::GLOROT, Scheme::new(Law::Glorot, Units::Bits), true, forgets),
        answer(&regimes::GLOROT_SPINS_TALL, spins, n != m && clear, forgets),
        answer(
            &regimes::GLOROT_SPINS_SQUARE,
            spins,
            n == m,
            "on the line: critical, no finite relaxation time for large N",
        ),
        answer(&regimes::PARAMAGNET_2_5, TWO_AND_A_HALF, true, "a spin glass: chains keep an overlap with their start"),
    ]
}
