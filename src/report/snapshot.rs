//! What a snapshot test keeps of a claim: decisions, counts, rounded numbers and limits.

use crate::claim::Verdict;
use crate::dossier::{Dossier, RegimeDossier};
use crate::evidence::{Criterion, Measurement, Outcome};
use std::fmt::Write;

/// The decisions of a dossier, its counts and rounded numbers: the same on every machine, under 60
/// lines.
pub fn snapshot(dossier: &Dossier) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{}: {}", dossier.statement.id, dossier.statement.title);
    let derivation = |regime: &RegimeDossier| {
        let steps = &regime.derivation.steps;
        format!("  derivation: {} of {} steps hold", steps.iter().filter(|step| step.holds).count(), steps.len())
    };
    let mut before = String::new();
    for regime in &dossier.regimes {
        let expected = regime.regime.expected;
        let _ = writeln!(out, "{}: {} (expected: {expected})", regime.regime.id, regime.verdict);
        // Once where regimes share theirs.
        let derived = derivation(regime);
        if derived != before {
            let _ = writeln!(out, "{derived}");
        }
        before = derived;
        // Rounding differs from machine to machine, and a p-value that rejects nothing is noise:
        // counted, unless they fail.
        let counted =
            |m: &Measurement| matches!(m.criterion, Criterion::Rounding { .. } | Criterion::Statistical { .. });
        for kind in ["rounding", "statistical"] {
            let of: Vec<_> = regime.evidence.measurements.iter().filter(|m| m.criterion.kind() == kind).collect();
            let passed = of.iter().filter(|m| m.outcome() == Outcome::Pass).count();
            if !of.is_empty() {
                let _ = writeln!(out, "  {passed} of {} {kind} checks pass", of.len());
            }
        }
        for m in regime.evidence.measurements.iter().filter(|m| !counted(m) || m.outcome() != Outcome::Pass) {
            let (observed, bound) = (number(m.observed, 2), number(m.bound(), 2));
            let limits =
                m.interval().map_or(String::new(), |of| format!(" in [{}, {}]", number(of.low, 2), number(of.high, 2)));
            let surprise = if m.as_expected() { "" } else { ", NOT expected" };
            let _ = writeln!(
                out,
                "  {}{surprise}: {} ({}), {} {observed}{limits} (criterion {bound})",
                outcome(m),
                m.name,
                m.id,
                m.criterion.kind()
            );
        }
        let observed: Vec<String> =
            regime.evidence.observations.iter().map(|(name, value)| format!("{name} {}", number(*value, 2))).collect();
        if !observed.is_empty() {
            let _ = writeln!(out, "  observed: {}", observed.join("; "));
        }
        for (what, trials) in [("falsifiers", &regime.falsifiers), ("controls", &regime.controls)] {
            for verdict in Verdict::ALL {
                let ids: Vec<&str> = trials.iter().filter(|trial| trial.verdict == verdict).map(|t| t.id).collect();
                if !ids.is_empty() {
                    let _ = writeln!(out, "  {what}, {verdict}: {}", ids.join(", "));
                }
            }
        }
    }
    out
}

pub(super) fn outcome(m: &Measurement) -> &'static str {
    match m.outcome() {
        Outcome::Pass => "pass",
        Outcome::Fail => "fail",
        Outcome::Undecided => "undecided",
        Outcome::Invalid => "invalid",
    }
}

/// A number for people: so many significant digits, plain where that is short.
pub(super) fn number(x: f64, significant: usize) -> String {
    if !x.is_finite() || x == 0.0 {
        return x.to_string();
    }
    let rounded = format!("{x:.*e}", significant - 1).parse::<f64>().unwrap_or(x);
    if (1e-3..1e6).contains(&x.abs()) { rounded.to_string() } else { format!("{x:.*e}", significant - 1) }
}
