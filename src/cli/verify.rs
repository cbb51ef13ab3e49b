//! `verify`: the claims, their checks and falsifiers, and a report.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use super::args::{ClaimArgs, Common, folder, said, select};
use super::say;
use crate::claim::Verdict;
use crate::dossier::Dossier;
use crate::dossier::RegimeDossier;
use crate::lab::{Lab, Scale};
use crate::memory::Bytes;
use crate::report::{self, RunInfo};
use crate::runner;
use crate::theorems::Entry;
use anyhow::{Context, Result, anyhow};
use clap::Args;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::time::Instant;

/// Memory of `verify` at quick scale, of which T08 by itself was measured to take 0.43 GB on two
/// threads; all claims share its machines.
const QUICK_BYTES: u128 = 1 << 30;

/// Memory that the claims take, with some to spare: at quick scale, and the largest of single
/// claims at full scale (docs/reproduce.md).
pub(super) fn verify_bytes(scale: Scale) -> Bytes {
    match scale {
        Scale::Quick => Bytes(QUICK_BYTES),
        Scale::Full => Bytes(3 << 30),
    }
}

pub(super) fn check_all(entries: &[&Entry], lab: &Lab) -> Vec<Dossier> {
    entries.iter().map(|entry| runner::check(entry.theorem, lab)).collect()
}

/// An error where a claim gave no number or could not run.
pub(super) fn refuse_invalid(dossiers: &[Dossier]) -> Result<()> {
    let invalid: Vec<String> = dossiers.iter().filter_map(Dossier::invalid).collect();
    if invalid.is_empty() { Ok(()) } else { Err(anyhow!("{}", invalid.join("; "))) }
}

/// Names on standard error what did not come out as theory expects.
pub(super) fn say_unexpected(dossiers: &[Dossier]) {
    for dossier in dossiers {
        for regime in dossier.regimes.iter().filter(|one| !one.as_expected()) {
            let (id, at) = (dossier.statement.id, regime.regime);
            let expected = regime.expected.unwrap_or(at.expected);
            aside!("{id} {}: {} (expected: {expected}; what differs is named)", at.id, regime.found());
        }
    }
}

#[derive(Args)]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    claims: ClaimArgs,
    /// Folder for the report.
    #[arg(long, default_value = "report")]
    out: PathBuf,
}

impl VerifyArgs {
    /// Options of all commands that compute.
    pub(super) fn common(&self) -> &Common {
        &self.claims.common
    }
}

pub(super) fn verify(args: &VerifyArgs, ids: &[String]) -> Result<bool> {
    let start = Instant::now();
    let entries = select(ids)?;
    let (common, out) = (args.common(), &args.out);
    let (lab, notes) = args.claims.lab()?;
    let _made = folder(out)?;
    common.start()?;
    if !common.quiet && args.claims.images.data.is_some() {
        said((lab.data(), &notes)).iter().for_each(|line| aside!("{line}"));
    }
    let dossiers = check_all(&entries, &lab);
    let (mut figures, mut undrawn) = (Vec::new(), Ok(()));
    for (entry, dossier) in entries.iter().zip(&dossiers) {
        match entry.theorem.figures(dossier) {
            Ok(of_claim) => figures.extend(of_claim),
            // What was not run made no tables; the report says why.
            Err(_) if dossier.invalid().is_some() => {}
            // Said at the end: the verdicts do not need them.
            Err(missing) => {
                undrawn = Err(missing).with_context(|| format!("the figures of {}", dossier.statement.id));
            }
        }
    }
    let info = RunInfo {
        version: env!("CARGO_PKG_VERSION").into(),
        seed: common.seed(),
        scale: args.claims.scale,
        machine: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        threads: rayon::current_num_threads(),
        elapsed_s: start.elapsed().as_secs_f64(),
        false_alarms: dossiers.iter().flat_map(|d| &d.regimes).map(RegimeDossier::false_alarms).sum(),
        dataset: std::iter::once(lab.data().line()).chain(notes).collect::<Vec<_>>().join("; "),
    };
    let pages: Vec<(&str, String)> = entries.iter().map(|entry| (entry.theorem.statement().id, entry.page())).collect();
    drop(lab); // ends the progress line
    let as_expected = dossiers.iter().all(Dossier::as_expected);
    // What was found is said before it is written, and written whether or not anybody listens.
    let printed = if common.json() {
        say(report::to_json(&dossiers, &figures, &info))
    } else {
        let summary = format!(
            "{} in {:.1} s; {}; report: {}",
            match (as_expected, dossiers.iter().flat_map(|of| &of.regimes).all(|one| one.expected == Some(one.verdict)))
            {
                (true, true) => "every verdict is the expected one",
                (true, false) => "every verdict that is expected of these images came out",
                (false, _) => "a verdict is NOT the expected one",
            },
            info.elapsed_s,
            report::false_alarm_words(&info.false_alarms),
            out.join("index.html").display()
        );
        say(verdict_table(&dossiers)).and_then(|()| say_apart(&dossiers)).and_then(|()| say(summary))
    };
    report::write_report(out, &dossiers, &figures, &pages, &info)?;
    refuse_invalid(&dossiers)?;
    undrawn?;
    say_unexpected(&dossiers);
    printed.map(|()| as_expected)
}

/// What the verdict table cannot say: why a claim does not apply to the images, and where nothing
/// is expected of them.
fn say_apart(dossiers: &[Dossier]) -> Result<()> {
    let regimes = || dossiers.iter().flat_map(|of| of.regimes.iter().map(move |regime| (of.statement.id, regime)));
    for (id, regime) in regimes() {
        if let Some(why) = regime.not_applicable() {
            say(format_args!("{id} {} does not apply to these images: {why}", regime.regime.id))?;
        }
    }
    let open: Vec<String> = regimes()
        .filter(|(_, regime)| regime.expected.is_none() && regime.not_applicable().is_none())
        .map(|(id, regime)| format!("{id} {} ({})", regime.regime.id, regime.regime.expected))
        .collect();
    if !open.is_empty() {
        say(format_args!(
            "no verdict is expected of these images, but of MNIST (that in brackets): {}",
            open.join(", ")
        ))?;
    }
    Ok(())
}

fn verdict_table(dossiers: &[Dossier]) -> comfy_table::Table {
    use comfy_table::{Cell, Color};
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED).set_header(report::VERDICT_COLUMNS);
    if std::io::stdout().is_terminal() {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    let verdicts = dossiers.iter().flat_map(|dossier| &dossier.regimes).map(|regime| regime.verdict);
    for (row, verdict) in report::verdict_table(dossiers).into_iter().zip(verdicts) {
        let colour = match verdict {
            Verdict::Holds => Color::Green,
            Verdict::Refuted => Color::Red,
            Verdict::Inconclusive | Verdict::Vacuous | Verdict::Invalid => Color::Yellow,
            Verdict::NotApplicable => Color::Grey,
        };
        let at = report::VERDICT_COLUMNS.iter().position(|&column| column == "verdict");
        table.add_row(row.iter().enumerate().map(|(i, text)| {
            let cell = Cell::new(text);
            if Some(i) == at { cell.fg(colour) } else { cell }
        }));
    }
    table
}
