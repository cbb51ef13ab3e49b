//! Regimes of the claim.

use crate::claim::Regime;

pub(super) const TALL: Regime = Regime::holds("tall", "i.i.d. normal, N > M");
pub(super) const WIDE: Regime = Regime::holds("wide", "i.i.d. normal, N < M");
pub(super) const SQUARE: Regime = Regime::holds("square", "i.i.d. normal, N = M");
pub(super) const RADEMACHER: Regime = Regime::holds("rademacher", "entries ±s, N > M");
pub(super) const UNIFORM: Regime = Regime::holds("uniform", "uniform entries, N > M");
pub(super) const STUDENT_T3: Regime = Regime::refuted(
    "student-t3",
    "entries from Student's t(3), N > M",
    "the bulk follows the law; the largest entries produce outliers above its edge",
);

/// Regimes with normal entries.
pub(super) const NORMAL: &[Regime] = &[TALL, WIDE, SQUARE];

/// Regimes in which the claim holds.
pub(super) const HOLDS: &[Regime] = &[TALL, WIDE, SQUARE, RADEMACHER, UNIFORM];
