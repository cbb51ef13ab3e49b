//! Regimes of the claim.

use crate::claim::Regime;

pub(super) const SURROGATE: Regime = Regime::holds("surrogate", "Langevin motion of one Gaussian mode");
pub(super) const COUNT: Regime = Regime::holds("count", "number of λ above 4/β of a random W");
pub(super) const FINITE_RANK: Regime = Regime::holds("finite-rank", "block Gibbs sampling, rank one, zero field");
pub(super) const BIAS_AWARE: Regime =
    Regime::holds("bias-aware", "block Gibbs sampling, rank one with biases: λ₁(√D_v W √D_h) against 1/β");
pub(super) const EXTENSIVE_RANK: Regime = Regime::refuted(
    "extensive-rank",
    "random W at zero field, λ₁ above 4, below the spin-glass transition line",
    "T09: Onsager's reaction term, sweep factor β²λ²/(AB), threshold (βs)⁴NM = 256",
);
pub(super) const TRAINED: Regime = Regime::refuted(
    "trained",
    "the rule λ > 4/β in machines with biases",
    "T06 bias-aware: a mean-field gain below 1, β λ₁(√D_v W √D_h) < 1, D = diag p(1−p)",
)
.of_trained();

/// Regimes to which falsifiers apply.
pub(super) const HOLDING: &[Regime] = &[SURROGATE, COUNT, FINITE_RANK, BIAS_AWARE];

/// Regimes to which falsifiers apply.
pub(super) const THRESHOLD: &[Regime] = &[SURROGATE, COUNT, FINITE_RANK];

/// Regimes to which falsifiers apply.
pub(super) const LANGEVIN: &[Regime] = &[SURROGATE];

/// Regimes to which falsifiers apply.
pub(super) const BIASED: &[Regime] = &[BIAS_AWARE];
