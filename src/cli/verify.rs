//! `verify`: the claims, their checks and falsifiers, and a report.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use super::args::{ClaimArgs, Common, folder, program, said, select};
use super::progress::{Progress, Run};
use super::table::columns;
use super::{interrupt, say};
use crate::claim::{Case, Verdict};
use crate::data::Dataset;
use crate::dossier::Dossier;
use crate::dossier::RegimeDossier;
use crate::figure::Figure;
use crate::file;
use crate::lab::{Lab, Scale};
use crate::memory::Bytes;
use crate::report::{self, RunInfo};
use crate::resume::Kept;
use crate::runner;
use crate::theorem::Theorem;
use crate::theorems::Entry;
use anyhow::{Context, Result, anyhow};
use clap::{Args, ValueEnum};
use sha2::{Digest, Sha256};
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
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

/// Runs the claims; with `kept` evidence is kept case by case, and taken from there.
pub(super) fn check_all(entries: &[&Entry], lab: &Lab, progress: &Progress, kept: Option<&Kept>) -> Vec<Dossier> {
    let theorems: Vec<&dyn Theorem> = entries.iter().map(|entry| entry.theorem).collect();
    let run = Run::new(&theorems, lab.plan().scale, progress);
    let one = |theorem: &&dyn Theorem| {
        let by = |case: Case<'_>| {
            run.begins(&case);
            let (mut found, measure) = (true, || theorem.measure(case, lab));
            let evidence = match kept {
                None => {
                    found = false;
                    measure()
                }
                Some(kept) => {
                    let measure = || {
                        found = false;
                        measure()
                    };
                    let unkept = |error: &_| progress.note(&format!("not kept for --resume: {error}"));
                    kept.measured(&case, measure, unkept)
                }
            };
            // What could not be measured took no time.
            run.ends(found || evidence.is_err());
            evidence
        };
        let dossier = runner::check_by(*theorem, lab, &by, &|regime| run.concluded(theorem.statement().id, regime));
        run.finished();
        dossier
    };
    theorems.iter().map(one).collect()
}

/// A figure whose words are right for the images that it was made of.
pub(super) fn of_images(figure: Figure, mnist: bool) -> Figure {
    if mnist { figure } else { figure.renamed("MNIST", "these images") }
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
    /// Goes on with a run in --out that was interrupted: what the same program measured there, with
    /// the same options, is not measured again.
    #[arg(long)]
    resume: bool,
    /// Colours of the verdict table; `auto`: in a terminal, unless the environment variable
    /// NO_COLOR is set.
    #[arg(long, value_enum, default_value_t = Colour::Auto)]
    color: Colour,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Colour {
    Auto,
    Always,
    Never,
}

impl Colour {
    fn is_wanted(self) -> bool {
        let asked = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        match self {
            Self::Auto => asked && std::io::stdout().is_terminal(),
            Self::Always => true,
            Self::Never => false,
        }
    }
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
    let progress = Progress::new(common.quiet);
    let (lab, notes) = args.claims.lab(&progress)?;
    let _made = folder(out)?;
    common.start()?;
    let kept = kept(args, &lab)?.map(Arc::new);
    if let Some(kept) = &kept {
        // Said also under --quiet: it is no progress, but what was asked for.
        if args.resume && kept.there() == 0 {
            let folder = out.join(UNFINISHED);
            let there = if folder.exists() { "of this program, seed, sizes and images" } else { "at all" };
            aside!("note: --resume: nothing {there} is kept in {}; everything is measured", folder.display());
        } else if !args.resume && !common.quiet && kept.there() > 0 {
            let (cases, folder) = (kept.there(), kept.folder().display());
            progress.done(&format!("note: {} kept in {folder}; --resume would use them", measurements(cases)));
        }
        let interrupted = Arc::clone(kept);
        interrupt::says(move || match interrupted.there() {
            0 => "nothing was measured yet; run it again".into(),
            cases => format!(
                "{} kept in {}; the same command with --resume goes on",
                measurements(cases),
                interrupted.folder().display()
            ),
        });
    }
    if !common.quiet && args.claims.images.data.is_some() {
        said((lab.data(), &notes)).iter().for_each(|line| progress.done(line));
    }
    let dossiers = check_all(&entries, &lab, &progress, kept.as_deref());
    let (mut figures, mut undrawn) = (Vec::new(), Ok(()));
    for (entry, dossier) in entries.iter().zip(&dossiers) {
        match entry.theorem.figures(dossier) {
            Ok(of_claim) => figures.extend(of_claim.into_iter().map(|figure| of_images(figure, lab.is_mnist()))),
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
        dataset_sha256: file::hex(&digest(lab.data())),
        sources_sha256: env!("RBM_LANDSCAPE_SOURCES").into(),
    };
    let pages: Vec<(&str, String)> = entries.iter().map(|entry| (entry.theorem.statement().id, entry.page())).collect();
    drop((lab, progress)); // ends the progress line
    let as_expected = dossiers.iter().all(Dossier::as_expected);
    // What was found is said before it is written, and written whether or not anybody listens.
    let printed = if common.json() {
        say(report::to_json(&dossiers, &figures, &info))
    } else {
        let summary = format!(
            "{} in {:.1} s; {}",
            said_of(&dossiers),
            info.elapsed_s,
            report::false_alarm_words(&info.false_alarms)
        );
        say(verdict_table(&dossiers, args.color.is_wanted()))
            .and_then(|()| say_apart(&dossiers))
            .and_then(|()| say(summary))
    };
    let written = report::write_report(out, &dossiers, &figures, &pages, &info);
    match kept.as_ref().map_or(0, |kept| kept.there()) {
        0 => written?,
        _ => written.context(
            "the report is not written; what was measured is kept, and the same command with --resume writes it",
        )?,
    }
    interrupt::says(|| "the report is written".into());
    let printed = printed.and_then(|()| match common.json() {
        true => Ok(()),
        false => say(format_args!("report: {}", out.join("index.html").display())),
    });
    if let Some(kept) = kept {
        kept.clear();
    }
    refuse_invalid(&dossiers)?;
    undrawn?;
    say_unexpected(&dossiers);
    printed.map(|()| as_expected)
}

/// Folder below --out for evidence of runs that were interrupted.
const UNFINISHED: &str = "unfinished";

/// Evidence of this very run: program, sizes, seed and images. None where the program's own file
/// cannot be read, which only --resume needs.
fn kept(args: &VerifyArgs, lab: &Lab) -> Result<Option<Kept>> {
    let program = match program() {
        Err(error) if args.resume => return Err(error).context("--resume: leave it out"),
        Err(_) => return Ok(None),
        Ok(program) => program,
    };
    let scale = if args.claims.scale == Scale::Full { "full" } else { "quick" };
    let mut hash = Sha256::new();
    hash.update(Sha256::digest(program));
    hash.update(format!("{scale} {} {}", args.common().seed(), lab.is_mnist()));
    hash.update(digest(lab.data()));
    Ok(Some(Kept::new(&args.out.join(UNFINISHED), hash.finalize().into(), args.resume)))
}

/// Images and labels as they are used.
fn digest(data: &Dataset) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(format!("{} {}", data.height, data.width));
    for split in [&data.train, &data.test] {
        hash.update((split.images.rows() as u64).to_le_bytes());
        split.images.words().iter().for_each(|word| hash.update(word.to_le_bytes()));
        hash.update(&split.labels);
    }
    hash.finalize().into()
}

/// How many there are, up to where.
fn measurements(count: usize) -> String {
    if count == 1 { "1 measurement of this run is".into() } else { format!("{count} measurements of this run are") }
}

/// What came out, in a sentence without its end.
fn said_of(dossiers: &[Dossier]) -> String {
    let regimes = || dossiers.iter().flat_map(|of| of.regimes.iter().map(move |regime| (of.statement.id, regime)));
    let odd: Vec<String> = regimes()
        .filter(|(_, regime)| !regime.as_expected())
        .map(|(id, regime)| format!("{id} {}", regime.regime.id))
        .collect();
    match &odd[..] {
        [] if regimes().all(|(_, one)| one.expected == Some(one.verdict)) => "every verdict is the expected one".into(),
        [] => "every verdict that is expected of these images came out".into(),
        _ => format!("NOT as expected: {}", odd.join(", ")),
    }
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

/// Columns that a narrow terminal goes without, the first at first: the report has them.
const LEFT_OUT: [&str; 3] = ["controls held", "derivation", "falsifiers refuted"];

/// The verdicts, with as many columns as fit.
fn verdict_table(dossiers: &[Dossier], coloured: bool) -> comfy_table::Table {
    let of = |without: usize| table_without(dossiers, coloured, &LEFT_OUT[..without]);
    let natural = |without: usize| {
        let table = table_without(dossiers, false, &LEFT_OUT[..without]).to_string();
        table.lines().map(|line| line.chars().count()).max().unwrap_or(0)
    };
    let Some(columns) = columns() else { return of(0) };
    let mut fitted = of((0..LEFT_OUT.len()).find(|without| natural(*without) <= columns).unwrap_or(LEFT_OUT.len()));
    fitted.set_content_arrangement(comfy_table::ContentArrangement::Dynamic);
    fitted.set_width(u16::try_from(columns).unwrap_or(u16::MAX));
    fitted
}

/// Green where as expected, red and marked where not.
fn table_without(dossiers: &[Dossier], coloured: bool, left_out: &[&str]) -> comfy_table::Table {
    use comfy_table::{Cell, Color};
    let kept = |at: &usize| !left_out.contains(&report::VERDICT_COLUMNS[*at]);
    let shown: Vec<usize> = (0..report::VERDICT_COLUMNS.len()).filter(kept).collect();
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED);
    table.set_header(shown.iter().map(|at| report::VERDICT_COLUMNS[*at]));
    if coloured {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    let regimes = dossiers.iter().flat_map(|dossier| &dossier.regimes);
    for (row, regime) in report::verdict_table(dossiers).into_iter().zip(regimes) {
        let colour = match (regime.verdict, regime.expected) {
            (Verdict::NotApplicable, _) => Color::Grey,
            (_, None) => Color::Yellow,
            _ if regime.as_expected() => Color::Green,
            _ => Color::Red,
        };
        table.add_row(shown.iter().map(|at| {
            let (text, verdict) = (&row[*at], report::VERDICT_COLUMNS[*at] == "verdict");
            match (verdict, regime.as_expected()) {
                (false, _) => Cell::new(text),
                (true, true) => Cell::new(text).fg(colour),
                (true, false) => Cell::new(format!("✗ {text}")).fg(colour),
            }
        }));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::{Regime, Source, Statement};
    use crate::evidence::Evidence;
    use crate::symbolic::{Derivation, poly::Poly};

    static STATEMENT: Statement = Statement {
        id: "T00",
        title: "",
        source: Source { reference: "", sentence: "", stated_there: false },
        hypotheses: &[],
        regimes: &[],
    };
    static REGIME: Regime = Regime::holds("tall", "");

    fn dossier(verdict: Verdict) -> Dossier {
        let mut derivation = Derivation::new();
        derivation.equal("1", "2 − 1", &Poly::int(1), &Poly::int(1));
        let regime = RegimeDossier {
            regime: &REGIME,
            expected: Some(Verdict::Holds),
            verdict,
            derivation,
            evidence: Evidence::default(),
            falsifiers: Vec::new(),
            controls: Vec::new(),
            failure: None,
            seconds: 0.0,
        };
        Dossier { statement: &STATEMENT, regimes: vec![regime] }
    }

    #[test]
    fn what_is_not_as_expected_is_marked_named_and_red_where_colours_are_wanted() {
        let table = |verdict, coloured| table_without(&[dossier(verdict)], coloured, &[]).to_string();
        let narrow = table_without(&[dossier(Verdict::Holds)], false, &LEFT_OUT).to_string();
        assert!(LEFT_OUT.iter().all(|name| !narrow.contains(name) && table(Verdict::Holds, false).contains(name)));
        assert!(narrow.contains("verdict") && narrow.contains("T00"), "{narrow}");
        // ANSI in 256 colours: 9 is red, 10 green.
        let colour = |text: &str| [text.contains("38;5;9m"), text.contains("38;5;10m")];
        let (good, bad) = (table(Verdict::Holds, true), table(Verdict::Vacuous, true));
        assert_eq!((colour(&good), colour(&bad)), ([false, true], [true, false]), "{good:?}");
        assert!(!good.contains('✗') && bad.contains("✗ vacuous"), "{bad}");
        assert!(!table(Verdict::Vacuous, false).contains('\u{1b}'));
        assert_eq!(said_of(&[dossier(Verdict::Holds)]), "every verdict is the expected one");
        let both = [dossier(Verdict::Refuted), dossier(Verdict::Holds)];
        assert_eq!(said_of(&both), "NOT as expected: T00 tall");
    }
}
