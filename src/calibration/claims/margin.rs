//! How much of its tolerance a check used.
#![deny(clippy::disallowed_methods)]

use super::outcome::digest;
use crate::dossier::Dossier;
use crate::dossier::Trial;
use crate::evidence::{Criterion, Evidence, Measurement, Outcome};
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// The check that decides, and the fraction of its tolerance that is used: 1 is the threshold of
/// the decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "(String, Option<f64>)", into = "(String, Option<f64>)")]
pub struct Margin {
    /// Id of the check.
    pub check: String,
    /// Not negative; infinite where nothing is tolerated.
    pub used: f64,
}

impl From<(String, Option<f64>)> for Margin {
    fn from((check, used): (String, Option<f64>)) -> Self {
        Self { check, used: used.unwrap_or(f64::INFINITY) }
    }
}

impl From<Margin> for (String, Option<f64>) {
    fn from(margin: Margin) -> Self {
        (margin.check, margin.used.is_finite().then(|| rounded(margin.used)))
    }
}

/// Three significant digits.
fn rounded(x: f64) -> f64 {
    format!("{x:.2e}").parse().unwrap_or(x)
}

/// The check of a regime or control that is nearest to the wrong decision, or furthest beyond it.
pub(super) fn worst(evidence: &Evidence) -> Option<Margin> {
    let margin = |m: &Measurement| Margin {
        check: m.id.clone(),
        used: match m.expected {
            Outcome::Fail => 1.0 / m.used(Outcome::Fail),
            _ => m.used(Outcome::Pass),
        },
    };
    evidence.measurements.iter().map(margin).max_by(|a, b| a.used.total_cmp(&b.used))
}

/// Of the checks that a falsifier must fail the least clear, of any one that suffices the clearest.
pub(super) fn of_falsifier(trial: &Trial) -> Option<Margin> {
    let margin = |m: &Measurement| Margin { check: m.id.clone(), used: m.used(Outcome::Fail) };
    let checks = trial.evidence.measurements.iter();
    let order = |a: &Margin, b: &Margin| a.used.total_cmp(&b.used);
    match trial.kills {
        [] => checks.map(margin).max_by(order),
        _ => checks.filter(|m| trial.asks(m)).map(margin).min_by(order),
    }
}

/// [`SeedOutcome::seen`]: what was measured and by which rules. What rounding and truncation leave
/// is no number to be reproduced.
pub(super) fn seen(dossier: &Dossier) -> String {
    let mut all = String::new();
    for regime in &dossier.regimes {
        let trials = regime.falsifiers.iter().chain(&regime.controls).map(|trial| (trial.id, &trial.evidence));
        for trial in &regime.falsifiers {
            let _ = writeln!(all, "{} {:?}", trial.id, trial.kills);
        }
        for (of, evidence) in std::iter::once((regime.regime.id, &regime.evidence)).chain(trials) {
            for m in &evidence.measurements {
                let numbers = match &m.criterion {
                    Criterion::Rounding { factor, .. } => vec![*factor],
                    Criterion::Truncation { order, bound, .. } => vec![*order, *bound],
                    Criterion::Statistical { p_value, alpha, .. } => vec![*p_value, *alpha],
                    Criterion::Equivalence { discrepancy: i, .. } | Criterion::Effect { effect: i, .. } => {
                        vec![i.low, i.high, m.bound()]
                    }
                };
                let numbers: Vec<f64> = numbers.into_iter().map(rounded).collect();
                // Writing to a string cannot fail.
                let rule = (m.expected, m.side, m.basis);
                let _ = writeln!(all, "{of} {} {:?} {rule:?} {numbers:?}", m.id, m.outcome());
            }
        }
    }
    if all.is_empty() { all } else { digest(all.as_bytes()) }
}
