//! Regimes of the claim.

use crate::claim::Regime;

pub(super) const FINITE_RANK: Regime = Regime::holds("finite-rank", "a fixed number of modes, N and M growing");
pub(super) const DECOUPLING: Regime = Regime::holds("decoupling", "joint fourth cumulants of two modes, N growing");
pub(super) const EXTENSIVE_RANK: Regime = Regime::refuted(
    "extensive-rank",
    "as many modes as units, independent weights at zero field",
    "T09: Onsager's reaction; the error here is the derived one, extensive in N",
);

/// Regimes that some falsifiers belong to.
pub(super) const BOTH: &[Regime] = &[FINITE_RANK, DECOUPLING];

/// Regimes that some falsifiers belong to.
pub(super) const FINITE: &[Regime] = &[FINITE_RANK];

/// Regimes that some falsifiers belong to.
pub(super) const ONLY_DECOUPLING: &[Regime] = &[DECOUPLING];
