//! `list`: the claims there are.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use super::args::Voice;
use super::say;
use super::table::wrapped;
use crate::theorems::CATALOGUE;
use anyhow::Result;
use serde_json::json;

/// As wide as the id of a claim and the space behind it.
const CLAIM: &str = "     ";

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
        let regimes = || CATALOGUE.iter().flat_map(|entry| entry.theorem.statement().regimes);
        let longest = regimes().map(|regime| regime.id.len()).max().unwrap_or(0);
        let next = " ".repeat(CLAIM.len() + longest + 2);
        for entry in CATALOGUE {
            let s = entry.theorem.statement();
            wrapped(&format!("{}  {}", s.id, s.title), ("", CLAIM), None).iter().try_for_each(say)?;
            for regime in s.regimes {
                let text = format!("{} (expected: {})", regime.title, regime.expected);
                wrapped(&text, (&format!("{CLAIM}{:<longest$}  ", regime.id), &next), None).iter().try_for_each(say)?;
            }
        }
    }
    Ok(true)
}
