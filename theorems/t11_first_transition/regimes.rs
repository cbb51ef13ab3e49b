//! Regimes of the claim: where it is tested, and the verdict that theory expects.

use crate::claim::Regime;

pub(super) const ONE_PATTERN: Regime = Regime::holds("one-pattern", "exact gradient flow, one pattern and its inverse");
pub(super) const TWO_PATTERNS: Regime =
    Regime::holds("two-patterns", "exact gradient flow, two orthogonal patterns of different strength");
pub(super) const PCD: Regime = Regime::holds("pcd", "persistent chains instead of the exact model average");
pub(super) const ONE_SIDED: Regime = Regime::refuted(
    "one-sided",
    "data of one sign of the pattern",
    "the free energy in the fields that training has made by then",
);

/// All that should hold.
pub(super) const HOLDS: &[Regime] = &[ONE_PATTERN, TWO_PATTERNS, PCD];

/// One pattern.
pub(super) const ONE: &[Regime] = &[ONE_PATTERN];

/// Two patterns.
pub(super) const TWO: &[Regime] = &[TWO_PATTERNS];

/// Persistent chains.
pub(super) const CHAINS: &[Regime] = &[PCD];

/// Data of one sign.
pub(super) const SIDED: &[Regime] = &[ONE_SIDED];
