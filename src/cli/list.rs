//! `list`: the claims there are.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use super::args::Voice;
use super::say;
use crate::theorems::CATALOGUE;
use anyhow::Result;
use serde_json::json;

pub(super) fn list(voice: &Voice) -> Result<bool> {
    if voice.json {
        let claims: Vec<_> = CATALOGUE
            .iter()
            .map(|entry| {
                let s = entry.theorem.statement();
                let regimes: Vec<_> =
                    s.regimes.iter().map(|r| json!({"regime": r.id, "expected": r.expected})).collect();
                json!({"id": s.id, "title": s.title, "regimes": regimes})
            })
            .collect();
        say(json!({ "claims": claims }))?;
    } else {
        for entry in CATALOGUE {
            let s = entry.theorem.statement();
            say(format_args!("{}  {}", s.id, s.title))?;
            for regime in s.regimes {
                say(format_args!("     {:<11} {} (expected: {})", regime.id, regime.title, regime.expected))?;
            }
        }
    }
    Ok(true)
}
