//! `explain`: the page of a claim and its derivation.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use super::args::{Voice, select};
use super::say;
use crate::claim::{Case, Variant};
use anyhow::Result;
use serde_json::json;

pub(super) fn explain(voice: &Voice, id: &str) -> Result<bool> {
    let entry = select(&[id.to_string()])?[0];
    let statement = entry.theorem.statement();
    let derivations = statement
        .regimes
        .iter()
        .map(|regime| {
            let case = Case { claim: entry.theorem.statement().id, regime, variant: Variant::AsStated };
            entry.theorem.derive(case).map(|d| (regime, d))
        })
        .collect::<Result<Vec<_>, _>>()?;
    if voice.json {
        let shown: Vec<_> = derivations
            .iter()
            .map(|(regime, d)| {
                let steps: Vec<_> =
                    d.steps.iter().map(|s| json!({"name": s.name, "before": s.before, "after": s.after, "shown": s.shown, "holds": s.holds})).collect();
                json!({"regime": regime.id, "holds": d.holds(), "steps": steps})
            })
            .collect();
        let page = entry.page();
        say(json!({"id": statement.id, "title": statement.title, "page": page, "derivations": shown}))?;
        return Ok(derivations.iter().all(|(_, d)| d.holds()));
    }
    // Marks of typewriter letters say nothing in a terminal.
    say(format_args!("{}\n", entry.page().replace('`', "")))?;
    say(format_args!("Derivation, step by step"))?;
    // Regimes that share their derivation show it once.
    let mut shown: Vec<&crate::symbolic::Derivation> = Vec::new();
    for (regime, derivation) in &derivations {
        if shown.contains(&derivation) {
            say(format_args!("\n[{}] as above", regime.id))?;
            continue;
        }
        say(format_args!("\n[{}]", regime.id))?;
        for (i, step) in derivation.steps.iter().enumerate() {
            say(format_args!(
                "{:3}. {} {}\n     {}",
                i + 1,
                if step.holds { "✓" } else { "✗" },
                step.name,
                step.shown
            ))?;
        }
        shown.push(derivation);
    }
    Ok(derivations.iter().all(|(_, d)| d.holds()))
}
