//! `figures`: the figures of the claims.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use super::args::{ClaimArgs, folder, said, select};
use super::machine::with_remedy;
use super::progress::Progress;
use super::verify::{check_all, of_images, refuse_invalid, say_unexpected};
use super::{interrupt, say};
use crate::dossier::Dossier;
use crate::figure::Figure;
use crate::file::{self};
use crate::lab::Scale;
use crate::report::{self};
use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct FiguresArgs {
    /// Claims whose figures to draw; all by default.
    ids: Vec<String>,
    #[command(flatten)]
    pub(super) claims: ClaimArgs,
    /// Folder for the figures. Default: figures, and figures/full at full scale.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Folder that `train --out` filled, may be given several times: the machines that claims share
    /// are its runs (at full scale those of `train --preset full`), and what needs a run that is
    /// not there is left out.
    #[arg(long)]
    runs: Vec<PathBuf>,
}

pub(super) fn figures(args: &FiguresArgs) -> Result<bool> {
    let FiguresArgs { ids, claims, runs, .. } = args;
    let (common, full) = (&claims.common, claims.scale == Scale::Full);
    let entries = select(ids)?;
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from(if full { "figures/full" } else { "figures" }));
    let progress = Progress::new(common.quiet);
    let (mut lab, notes) = claims.lab(&progress)?;
    let _made = folder(&out)?;
    common.start()?;
    if !common.quiet && claims.images.data.is_some() {
        said((lab.data(), &notes)).iter().for_each(|line| progress.done(line));
    }
    if !runs.is_empty() {
        let (with_runs, notes) = lab.with_runs(runs).map_err(with_remedy)?;
        notes.iter().for_each(|note| aside!("note: {note}"));
        lab = with_runs;
    }
    let of = report::made_of(common.seed(), claims.scale, &lab.data().line());
    let dossiers = check_all(&entries, &lab, &progress, None);
    let mnist = lab.is_mnist();
    drop((lab, progress)); // ends the progress line
    refuse_invalid(&dossiers)?;
    let mut drawn: Vec<(&str, Figure)> = Vec::new();
    for (entry, dossier) in entries.iter().zip(&dossiers) {
        let id = dossier.statement.id;
        match entry.theorem.figures(dossier) {
            Ok(figures) => drawn.extend(figures.into_iter().map(|figure| (id, of_images(figure, mnist)))),
            Err(missing) => return Err(missing).with_context(|| format!("the figures of {id}")),
        }
    }
    interrupt::says(|| "each file there is whole; the same command draws all of them again".into());
    let mut written = Vec::new();
    for (_, figure) in &drawn {
        written.extend(figure.write(&out, &of)?);
    }
    let page = out.join("README.md");
    let before = match std::fs::read_to_string(&page) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("{}: the gallery there cannot be read", page.display()));
        }
        text => text.unwrap_or_default(),
    };
    file::replace(&page, report::gallery(&drawn, &before, claims.scale).as_bytes())
        .with_context(|| format!("{}: give another folder with --out", page.display()))?;
    written.push(page);
    // A picture of a claim that did not come out as expected is drawn, and said to be one.
    let as_expected = dossiers.iter().all(Dossier::as_expected);
    say_unexpected(&dossiers);
    if common.json() {
        say(json!({ "figures": written, "as_expected": as_expected }))?;
    } else {
        for path in &written {
            say(path.display())?;
        }
    }
    Ok(as_expected)
}
