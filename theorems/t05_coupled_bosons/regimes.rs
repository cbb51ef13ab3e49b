//! Regimes of the claim.

use crate::claim::Regime;

pub(super) const FINITE_RANK: Regime = Regime::holds("finite-rank", "a fixed number of modes while N and M grow");
pub(super) const DECOUPLING: Regime = Regime::holds("decoupling", "joint fourth cumulants of two modes while N grows");
pub(super) const EXTENSIVE_RANK: Regime = Regime::refuted(
    "extensive-rank",
    "as many modes as units, independent weights at zero field",
    "T09: Onsager's reaction term; the error here is extensive in N, as derived",
);

/// Regimes to which falsifiers apply.
pub(super) const BOTH: &[Regime] = &[FINITE_RANK, DECOUPLING];

/// Regimes to which falsifiers apply.
pub(super) const FINITE: &[Regime] = &[FINITE_RANK];

/// Regimes to which falsifiers apply.
pub(super) const ONLY_DECOUPLING: &[Regime] = &[DECOUPLING];
