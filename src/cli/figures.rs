//! `figures`: the figures of the claims.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use super::args::{Common, folder, select};
use super::machine::with_remedy;
use super::say;
use super::verify::{check_all, refuse_invalid, say_unexpected};
use crate::dossier::Dossier;
use crate::figure::Figure;
use crate::file::{self};
use crate::lab::Scale;
use crate::report::{self};
use anyhow::{Context, Result};
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;

pub(super) fn figures(common: &Common, ids: &[String], runs: &[PathBuf]) -> Result<bool> {
    let entries = select(ids)?;
    let out = common.out_or(if common.scale == Scale::Full { "figures/full" } else { "figures" });
    let mut lab = common.lab()?;
    let _made = folder(&out)?;
    common.start()?;
    if !runs.is_empty() {
        let (with_runs, notes) = lab.with_runs(runs).map_err(with_remedy)?;
        notes.iter().for_each(|note| aside!("note: {note}"));
        lab = with_runs;
    }
    let dossiers = check_all(&entries, &lab);
    refuse_invalid(&dossiers)?;
    let mut drawn: Vec<(&str, Figure)> = Vec::new();
    for (entry, dossier) in entries.iter().zip(&dossiers) {
        let id = dossier.statement.id;
        let figures = entry.theorem.figures(dossier).with_context(|| format!("the figures of {id}"))?;
        drawn.extend(figures.into_iter().map(|figure| (id, figure)));
    }
    let mut written = Vec::new();
    for (_, figure) in &drawn {
        written.extend(figure.write(&out)?);
    }
    let page = out.join("README.md");
    let before = match std::fs::read_to_string(&page) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("{}: the gallery there cannot be read", page.display()));
        }
        text => text.unwrap_or_default(),
    };
    file::replace(&page, report::gallery(&drawn, &before, common.scale).as_bytes())
        .with_context(|| format!("{}: give another folder with --out", page.display()))?;
    written.push(page);
    // A picture of a claim that did not come out as expected is drawn, and said to be one.
    let as_expected = dossiers.iter().all(Dossier::as_expected);
    say_unexpected(&dossiers);
    if common.json {
        say(json!({ "figures": written, "as_expected": as_expected }))?;
    } else {
        for path in &written {
            say(path.display())?;
        }
    }
    Ok(as_expected)
}
