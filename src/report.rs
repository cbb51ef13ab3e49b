//! Dossiers and figures as a table, JSON, Markdown and one self-contained HTML page; and their short form for snapshots.

use crate::claim::{Stage, Verdict};
use crate::dossier::Dossier;
use crate::dossier::FalseAlarms;
use crate::dossier::RegimeDossier;
use crate::dossier::Trial;
use crate::evidence::{Judge, Measurement, Outcome, Side};
use crate::figure::{Figure, FigureError};
use crate::file;
use crate::lab::Scale;
use crate::stat::interval::Coverage;
use crate::stat::interval::Interval;
use askama::Template;
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// What a run was: goes into the head of every report.
#[derive(Clone, Debug, Serialize)]
pub struct RunInfo {
    /// Version of this program.
    pub version: String,
    /// Root seed.
    pub seed: u64,
    /// Sizes.
    pub scale: Scale,
    /// Operating system and processor family.
    pub machine: String,
    /// Worker threads; results do not depend on them.
    pub threads: usize,
    /// Wall time in seconds.
    pub elapsed_s: f64,
    /// How likely chance alone changes a verdict.
    pub false_alarms: FalseAlarms,
    /// The images and how they were binarised.
    pub dataset: String,
}

/// A report that could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A figure failed.
    #[error(transparent)]
    Figure(#[from] FigureError),
    /// The page could not be filled in.
    #[error("the report page cannot be made: {0}")]
    Page(#[from] askama::Error),
    /// A file cannot be written.
    #[error("{path}: {source}: give a folder with --out that can be written and has space left")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: std::io::Error,
    },
}

/// What is known of the probability of a false alarm, in one sentence without a full stop.
pub fn false_alarm_words(alarms: &FalseAlarms) -> String {
    let at_most = format!(
        "the probability that chance alone makes any test or confidence interval of the claims and controls err is at most {:.0e}",
        alarms.at_most
    );
    match alarms.without {
        0 => at_most,
        n => format!("{at_most} ({n} checks have no probability and are not in it)"),
    }
}

/// Heads of the columns of [`verdict_table`].
pub const VERDICT_COLUMNS: [&str; 8] = [
    "claim",
    "regime",
    "verdict",
    "expected",
    "derivation",
    "checks as expected",
    "falsifiers refuted",
    "controls held",
];

/// One row a claim and regime.
pub fn verdict_table(dossiers: &[Dossier]) -> Vec<[String; 8]> {
    let row = |dossier: &Dossier, regime: &RegimeDossier| {
        let (all, surprises) = (regime.evidence.measurements.len(), regime.surprises().count());
        [
            dossier.statement.id.to_string(),
            regime.regime.id.to_string(),
            regime.verdict.to_string(),
            regime.regime.expected.to_string(),
            if regime.derivation.holds() { "holds" } else { "does not hold" }.to_string(),
            format!("{} of {all}", all - surprises),
            tally(&regime.falsifiers, Verdict::Refuted),
            tally(&regime.controls, Verdict::Holds),
        ]
    };
    dossiers.iter().flat_map(|dossier| dossier.regimes.iter().map(move |regime| row(dossier, regime))).collect()
}

fn tally(trials: &[Trial], wanted: Verdict) -> String {
    match trials.len() {
        0 => "–".to_string(),
        all => format!("{} of {all}", trials.iter().filter(|trial| trial.verdict == wanted).count()),
    }
}

/// The run as one JSON object; numbers that are not finite are null.
pub fn to_json(dossiers: &[Dossier], figures: &[Figure], info: &RunInfo) -> Value {
    let check = |m: &Measurement| {
        json!({
            "id": m.id,
            "name": m.name,
            "basis": m.basis,
            "expected": m.expected,
            "expected_side": (m.expected == Outcome::Fail).then_some(m.side),
            "interval": m.interval().map(|of| [of.low, of.high]),
            "kind": m.judge.kind(),
            "observed": m.observed,
            "predicted": m.predicted,
            "judge": m.judge,
            "p_value": m.p_value(),
            "bound": m.bound(),
            "outcome": m.outcome(),
            "pass": m.outcome() == Outcome::Pass,
        })
    };
    let failed = |t: &Trial| -> Vec<String> {
        let failed = t.evidence.measurements.iter().filter(|m| m.outcome() == Outcome::Fail);
        failed.map(|m| m.id.clone()).collect()
    };
    let regime = |dossier: &Dossier, regime: &RegimeDossier| {
        let steps = regime.derivation.steps.iter().map(|s| json!({"name": s.name, "shown": s.shown, "holds": s.holds}));
        let falsifiers = regime.falsifiers.iter().map(|t| {
            json!({"name": t.id, "title": t.title, "stage": t.stage, "refuted": t.verdict == Verdict::Refuted,
                   "verdict": t.verdict, "asked": t.kills, "killed": failed(t), "checks": t.evidence.measurements.iter().map(check).collect::<Vec<_>>()})
        });
        let controls = regime.controls.iter().map(|t| {
            json!({"name": t.id, "title": t.title, "held": t.verdict == Verdict::Holds, "verdict": t.verdict,
                            "checks": t.evidence.measurements.iter().map(check).collect::<Vec<_>>()})
        });
        let id = dossier.statement.id;
        let observations =
            regime.evidence.observations.iter().map(|(name, value)| json!({"name": name, "value": value}));
        json!({
            "id": id,
            "title": dossier.statement.title,
            "regime": regime.regime.id,
            "expected": regime.regime.expected,
            "verdict": regime.verdict,
            "as_expected": regime.as_expected(),
            "failure": regime.failure,
            "replaced_by": regime.regime.replaced_by,
            "derivation": {"holds": regime.derivation.holds(), "steps": steps.collect::<Vec<_>>()},
            "checks": regime.evidence.measurements.iter().map(check).collect::<Vec<_>>(),
            "falsifiers": falsifiers.collect::<Vec<_>>(),
            "kill_matrix": regime.kill_matrix().into_iter().map(|(m, by)| json!({"check": m.id, "failed_by": by})).collect::<Vec<_>>(),
            "controls": controls.collect::<Vec<_>>(),
            "observations": observations.collect::<Vec<_>>(),
            "figures": figures_of(figures, id).map(|figure| figure.name).collect::<Vec<_>>(),
            "seconds": regime.seconds,
        })
    };
    let claims: Vec<Value> =
        dossiers.iter().flat_map(|dossier| dossier.regimes.iter().map(move |r| regime(dossier, r))).collect();
    json!({
        "version": info.version, "seed": info.seed, "scale": info.scale, "machine": info.machine, "threads": info.threads,
        "elapsed_s": info.elapsed_s, "alpha_spent": info.false_alarms.at_most,
        "checks_without_probability": info.false_alarms.without, "dataset": info.dataset, "claims": claims,
    })
}

fn figures_of<'a>(figures: &'a [Figure], id: &str) -> impl Iterator<Item = &'a Figure> {
    let prefix = format!("{id}_");
    figures.iter().filter(move |figure| figure.name.starts_with(&prefix))
}

/// The run as Markdown: verdict table, then every claim with its figures, checks and falsifiers.
pub fn to_markdown(dossiers: &[Dossier], figures: &[Figure], info: &RunInfo) -> String {
    let mut out = String::new();
    let mut line = |text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    line("# Verdicts on the energy landscape of RBMs\n".into());
    line(format!(
        "rbm-landscape {}, seed {}, scale {}, {}, {:.1} s; {}.\n",
        info.version,
        info.seed,
        scale(info.scale),
        info.dataset,
        info.elapsed_s,
        false_alarm_words(&info.false_alarms)
    ));
    line(markdown_row(VERDICT_COLUMNS));
    line(markdown_row(VERDICT_COLUMNS.map(|_| "---")));
    verdict_table(dossiers).iter().for_each(|row| line(markdown_row(row)));
    for dossier in dossiers {
        let statement = dossier.statement;
        line(format!("\n## {}: {}\n", statement.id, statement.title));
        line(format!("{}: \"{}\"\n", statement.source.reference, statement.source.sentence));
        for figure in figures_of(figures, statement.id) {
            line(format!("![{}](figures/{}.svg)\n\n{}\n", figure.title, figure.name, figure.caption));
        }
        for regime in &dossier.regimes {
            line(format!("### {}: {}\n", regime.regime.title, regime.verdict));
            if let Some(why) = &regime.failure {
                line(format!("Could not run: {why}\n"));
            }
            line(markdown_row(["check", "judge", "observed", "predicted", "criterion", "outcome", "expected"]));
            line(markdown_row(["---"; 7]));
            for m in &regime.evidence.measurements {
                let shown = Check::of(m);
                let cells = [&shown.name, &shown.kind, &shown.observed, &shown.predicted, &shown.criterion];
                line(markdown_row(cells.into_iter().map(String::as_str).chain([shown.outcome, shown.expected])));
            }
            line(String::new());
            for trial in regime.falsifiers.iter().chain(&regime.controls) {
                line(format!("- `{}` ({}): {}", trial.id, trial.title, trial.verdict));
            }
            line(String::new());
            if let Some((falsifiers, rows)) = kill_table(regime) {
                line("Which falsifier fails which check:\n".into());
                line(markdown_row(std::iter::once("check").chain(falsifiers.iter().copied())));
                line(markdown_row(vec!["---"; 1 + falsifiers.len()]));
                for (check, marks) in rows {
                    line(markdown_row(std::iter::once(check).chain(marks)));
                }
                line(String::new());
            }
        }
    }
    out
}

/// Ids of falsifiers, and for every check its id and a mark per falsifier.
type KillTable<'a> = (Vec<&'static str>, Vec<(&'a str, Vec<&'static str>)>);

/// Of a regime that should hold: the falsifiers of its measurement, and for every check a mark under those that fail it: `✗` where the
/// falsifier names the check or any one suffices, `(✗)` where it fails beside those that are named.
fn kill_table(regime: &RegimeDossier) -> Option<KillTable<'_>> {
    let trials: Vec<&Trial> = regime.falsifiers.iter().filter(|trial| trial.stage == Stage::Measurement).collect();
    if trials.is_empty() || regime.regime.expected != Verdict::Holds {
        return None;
    }
    let marks = |(m, by): (&'_ Measurement, Vec<&'static str>)| -> Vec<&'static str> {
        let mark = |trial: &&Trial| match by.contains(&trial.id) {
            true if trial.kills.is_empty() || trial.asks(m) => "✗",
            true => "(✗)",
            false => "",
        };
        trials.iter().map(mark).collect()
    };
    let rows = regime.kill_matrix().into_iter().map(|(m, by)| (m.id.as_str(), marks((m, by)))).collect();
    Some((trials.iter().map(|trial| trial.id).collect(), rows))
}

fn markdown_row<S: AsRef<str>>(cells: impl IntoIterator<Item = S>) -> String {
    let cells: Vec<String> = cells.into_iter().map(|cell| cell.as_ref().replace('|', "\\|")).collect();
    format!("| {} |", cells.join(" | "))
}

fn scale(scale: Scale) -> &'static str {
    match scale {
        Scale::Quick => "quick",
        Scale::Full => "full",
    }
}

/// Writes `index.html`, `report.md`, `report.json` and `figures/` into `dir`, each file complete or not at all.
///
/// `pages` holds (id, page in Markdown) of every claim.
///
/// # Errors
/// A figure that cannot be drawn, or a file that cannot be written.
pub fn write_report(
    dir: &Path,
    dossiers: &[Dossier],
    figures: &[Figure],
    pages: &[(&str, String)],
    info: &RunInfo,
) -> Result<(), ReportError> {
    for figure in figures {
        figure.write(&dir.join("figures"))?;
    }
    let html = Page::new(dossiers, figures, pages, info)?.render()?;
    let json = format!("{:#}\n", to_json(dossiers, figures, info));
    let markdown = to_markdown(dossiers, figures, info);
    for (name, text) in [("report.json", json), ("report.md", markdown), ("index.html", html)] {
        let path = dir.join(name);
        file::replace(&path, text.as_bytes()).map_err(|source| ReportError::Write { path, source })?;
    }
    Ok(())
}

/// The gallery of a folder of figures in Markdown: what each shows, which claim it belongs to, how to make it anew. Figures of `before`,
/// an earlier gallery, stay where they are not among `figures`.
pub fn gallery(figures: &[(&str, Figure)], before: &str, scale: Scale) -> String {
    let (how, option) = match scale {
        Scale::Quick => ("at quick scale", ""),
        Scale::Full => ("at the paper's sizes", " --scale full --runs runs"),
    };
    let name_of = |row: &str| row.strip_prefix("| [").and_then(|rest| rest.split(']').next()).map(str::to_string);
    let mut rows: std::collections::BTreeMap<String, String> =
        before.lines().filter_map(|row| Some((name_of(row)?, row.to_string()))).collect();
    for (id, figure) in figures {
        let name = figure.name;
        let row = format!("| [{name}]({name}.svg) | {} | {id} | `rbm-landscape figures {id}{option}` |", figure.title);
        rows.insert(name.to_string(), row);
    }
    let rows: Vec<String> = rows.into_values().collect();
    format!(
        "# Figures\n\nWritten by `rbm-landscape figures`, which makes every picture anew. Each SVG carries its caption and has its numbers beside\n\
         it as CSV: panel, series, role, x, y, error, z; 6 significant digits. Predictions are lines, measurements points with error bars,\n\
         a falsifier is grey. The committed ones are {how}, seed 0.\n\n\
         | picture | shows | claim | made by |\n|---|---|---|---|\n{}\n",
        rows.join("\n")
    )
}

/// The decisions of a dossier, its counts and rounded numbers: the same on every machine, under 60 lines.
pub fn snapshot(dossier: &Dossier) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{}: {}", dossier.statement.id, dossier.statement.title);
    for regime in &dossier.regimes {
        let expected = regime.regime.expected;
        let _ = writeln!(out, "{}: {} (expected: {expected})", regime.regime.id, regime.verdict);
        let holds = regime.derivation.steps.iter().filter(|step| step.holds).count();
        let _ = writeln!(out, "  derivation: {holds} of {} steps hold", regime.derivation.steps.len());
        // Rounding differs from machine to machine, and a p-value that rejects nothing is noise: counted, unless they fail.
        let counted = |m: &Measurement| matches!(m.judge, Judge::Rounding { .. } | Judge::Statistical { .. });
        for kind in ["rounding", "statistical"] {
            let of: Vec<_> = regime.evidence.measurements.iter().filter(|m| m.judge.kind() == kind).collect();
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
                m.judge.kind()
            );
        }
        let observed: Vec<String> =
            regime.evidence.observations.iter().map(|(name, value)| format!("{name} {}", number(*value, 2))).collect();
        if !observed.is_empty() {
            let _ = writeln!(out, "  observed: {}", observed.join("; "));
        }
        for (what, trials) in [("falsifiers", &regime.falsifiers), ("controls", &regime.controls)] {
            for verdict in [Verdict::Holds, Verdict::Refuted, Verdict::Inconclusive, Verdict::Vacuous, Verdict::Invalid]
            {
                let ids: Vec<&str> = trials.iter().filter(|trial| trial.verdict == verdict).map(|t| t.id).collect();
                if !ids.is_empty() {
                    let _ = writeln!(out, "  {what}, {verdict}: {}", ids.join(", "));
                }
            }
        }
    }
    out
}

fn outcome(m: &Measurement) -> &'static str {
    match m.outcome() {
        Outcome::Pass => "pass",
        Outcome::Fail => "fail",
        Outcome::Undecided => "undecided",
        Outcome::Invalid => "invalid",
    }
}

/// A number for people: so many significant digits, plain where that is short.
fn number(x: f64, significant: usize) -> String {
    if !x.is_finite() || x == 0.0 {
        return x.to_string();
    }
    let rounded = format!("{x:.*e}", significant - 1).parse::<f64>().unwrap_or(x);
    if (1e-3..1e6).contains(&x.abs()) { rounded.to_string() } else { format!("{x:.*e}", significant - 1) }
}

struct Check {
    name: String,
    kind: String,
    observed: String,
    predicted: String,
    criterion: String,
    because: String,
    outcome: &'static str,
    expected: &'static str,
}

impl Check {
    fn of(m: &Measurement) -> Self {
        let interval = |i: &Interval| {
            let what = match i.coverage {
                Coverage::Exact => "exact".to_string(),
                Coverage::Confidence { confidence } => format!("at {} %", number(100.0 * confidence, 7)),
                Coverage::Envelope { of } => format!("smallest and largest of {of}"),
            };
            format!("[{}, {}] ({what})", number(i.low, 4), number(i.high, 4))
        };
        let bound = number(m.bound(), 3);
        let (criterion, because) = match &m.judge {
            Judge::Rounding { because, .. } => (format!("difference at most {bound}"), because.to_string()),
            Judge::Truncation { order, measured_order, because, .. } => {
                let measured = number(*measured_order, 3);
                (format!("difference at most {bound}; order {order}, measured {measured}"), because.to_string())
            }
            Judge::Statistical { statistic, p_value, alpha, detects, .. } => {
                let (statistic, p) = (number(*statistic, 4), number(*p_value, 3));
                (format!("statistic {statistic}, p = {p}, at least {alpha:.0e}"), format!("99 % power for: {detects}"))
            }
            Judge::Equivalence { discrepancy, because, .. } => {
                (format!("discrepancy {} below {bound}", interval(discrepancy)), because.to_string())
            }
            Judge::Effect { effect, because, .. } => {
                (format!("effect {} above {bound}", interval(effect)), because.to_string())
            }
        };
        Self {
            name: m.name.clone(),
            kind: m.judge.kind().to_string(),
            observed: number(m.observed, 5),
            predicted: number(m.predicted, 5),
            criterion,
            because,
            outcome: outcome(m),
            expected: match (m.expected, m.side) {
                (Outcome::Fail, Side::Above) => "fail, above",
                (Outcome::Fail, Side::Below) => "fail, below",
                (Outcome::Fail, Side::Either) => "fail",
                _ => "pass",
            },
        }
    }
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    info: &'a RunInfo,
    scale: &'static str,
    elapsed: String,
    false_alarms: String,
    columns: [&'static str; 8],
    verdicts: Vec<VerdictRow>,
    claims: Vec<ClaimSection<'a>>,
}

struct VerdictRow {
    id: String,
    cells: [String; 8],
    verdict_at: usize,
}

struct ClaimSection<'a> {
    id: &'a str,
    title: &'a str,
    reference: &'a str,
    sentence: &'a str,
    stated_there: bool,
    said: String,
    rest: String,
    figures: Vec<FigureSection<'a>>,
    regimes: Vec<RegimeSection<'a>>,
}

struct FigureSection<'a> {
    name: &'a str,
    title: &'a str,
    caption: &'a str,
    svg: String,
}

struct RegimeSection<'a> {
    id: &'a str,
    title: &'a str,
    verdict: Verdict,
    expected: Verdict,
    replaced_by: Option<&'a str>,
    seconds: String,
    failure: Option<&'a str>,
    checks: Vec<Check>,
    killers: Vec<&'static str>,
    kills: Vec<(&'a str, Vec<&'static str>)>,
    trials: Vec<TrialRow<'a>>,
    observations: Vec<(&'a str, String)>,
    steps: &'a [crate::symbolic::Step],
}

struct TrialRow<'a> {
    id: &'a str,
    title: &'a str,
    stage: &'static str,
    wanted: &'static str,
    verdict: Verdict,
    /// Checks that failed, named.
    failed: String,
}

impl<'a> Page<'a> {
    fn new(
        dossiers: &'a [Dossier],
        figures: &'a [Figure],
        pages: &[(&str, String)],
        info: &'a RunInfo,
    ) -> Result<Self, FigureError> {
        let verdict_at = VERDICT_COLUMNS.iter().position(|&column| column == "verdict").unwrap_or(0);
        let claims = dossiers
            .iter()
            .map(|dossier| {
                let statement = dossier.statement;
                let markdown = pages.iter().find(|(id, _)| *id == statement.id).map_or("", |(_, page)| page);
                // The statement stands in the open, the other headings of the claim's page are folded.
                let (_, body) = markdown.split_once("## Statement\n").unwrap_or(("", markdown));
                let (said, rest) = body.find("\n## ").map_or((body, ""), |at| body.split_at(at));
                let [said, rest] = [said, rest].map(|markdown| {
                    let mut html = String::new();
                    pulldown_cmark::html::push_html(&mut html, pulldown_cmark::Parser::new(markdown));
                    // The page's own headings stand below the report's.
                    html.replace("<h2>", "<h4>").replace("</h2>", "</h4>")
                });
                let figures = figures_of(figures, statement.id)
                    .map(|figure| {
                        let svg = figure.to_svg()?;
                        Ok(FigureSection { name: figure.name, title: &figure.title, caption: &figure.caption, svg })
                    })
                    .collect::<Result<_, FigureError>>()?;
                Ok(ClaimSection {
                    id: statement.id,
                    title: statement.title,
                    reference: statement.source.reference,
                    sentence: statement.source.sentence,
                    stated_there: statement.source.stated_there,
                    said,
                    rest,
                    figures,
                    regimes: dossier.regimes.iter().map(RegimeSection::of).collect(),
                })
            })
            .collect::<Result<_, FigureError>>()?;
        let row = |cells: [String; 8]| VerdictRow { id: cells[0].clone(), cells, verdict_at };
        Ok(Self {
            info,
            scale: scale(info.scale),
            elapsed: format!("{:.1}", info.elapsed_s),
            false_alarms: false_alarm_words(&info.false_alarms),
            columns: VERDICT_COLUMNS,
            verdicts: verdict_table(dossiers).into_iter().map(row).collect(),
            claims,
        })
    }
}

impl<'a> RegimeSection<'a> {
    fn of(regime: &'a RegimeDossier) -> Self {
        let trial = |wanted: &'static str| {
            move |trial: &'a Trial| {
                let failed = trial.evidence.measurements.iter().filter(|m| m.outcome() == Outcome::Fail);
                let failed: Vec<&str> = failed.map(|m| m.name.as_str()).collect();
                let stage = match trial.stage {
                    crate::claim::Stage::Derivation => "derivation",
                    crate::claim::Stage::Measurement => "measurement",
                };
                let failed = if failed.is_empty() { String::new() } else { format!("fails {}", failed.join("; ")) };
                TrialRow { id: trial.id, title: trial.title, stage, wanted, verdict: trial.verdict, failed }
            }
        };
        let falsifiers = regime.falsifiers.iter().map(trial("refuted"));
        let (killers, kills) = kill_table(regime).unwrap_or_default();
        Self {
            id: regime.regime.id,
            title: regime.regime.title,
            verdict: regime.verdict,
            expected: regime.regime.expected,
            replaced_by: regime.regime.replaced_by,
            seconds: format!("{:.1}", regime.seconds),
            failure: regime.failure.as_deref(),
            checks: regime.evidence.measurements.iter().map(Check::of).collect(),
            killers,
            kills,
            trials: falsifiers.chain(regime.controls.iter().map(trial("holds"))).collect(),
            observations: regime.evidence.observations.iter().map(|(n, x)| (n.as_str(), number(*x, 4))).collect(),
            steps: &regime.derivation.steps,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        // by hand
        assert_eq!(number(0.123_456, 3), "0.123");
        assert_eq!(number(-1.5e-9, 2), "-1.5e-9");
        assert_eq!(number(0.0, 3), "0");
        assert_eq!(number(123.4, 2), "120");
        assert_eq!(number(f64::NAN, 3), "NaN");
    }

    #[test]
    fn cells_cannot_break_a_markdown_table() {
        assert_eq!(markdown_row(["a|b", "c"]), "| a\\|b | c |");
    }

    use crate::claim::{Regime, Source, Statement};
    use crate::evidence::{Basis, Evidence, Table, TestKind};
    use crate::figure::{Axis, Panel, Role, Series};
    use crate::symbolic::{Derivation, poly::Poly};

    static TALL: Regime = Regime { id: "tall", title: "tall ones", expected: Verdict::Holds, replaced_by: None };
    static WIDE: Regime =
        Regime { id: "wide", title: "wide ones", expected: Verdict::Refuted, replaced_by: Some("a law") };
    static STATEMENT: Statement = Statement {
        id: "T01",
        title: "a sum is one",
        source: Source { reference: "a paper", sentence: "It is one.", stated_there: false },
        hypotheses: &[],
        regimes: &[],
    };

    fn rounding(id: &str, observed: f64) -> Measurement {
        let judge = Judge::Rounding { factor: 4.0, n: 9, scale: 1.0, because: "nine unit terms" };
        Measurement::new(id, format!("the {id}"), observed, 1.0, judge)
    }

    fn interval(id: &str, low: f64, high: f64) -> Measurement {
        let judge =
            Judge::Equivalence { discrepancy: Interval::confidence(low, high, 0.99), bound: 0.5, because: "by hand" };
        Measurement::new(id, format!("the {id}"), 1.25, 1.0, judge)
    }

    fn evidence(measurements: Vec<Measurement>) -> Evidence {
        Evidence { measurements, ..Evidence::default() }
    }

    fn trial(id: &'static str, stage: Stage, verdict: Verdict, kills: &'static [&'static str]) -> Trial {
        Trial { id, title: "wrong", stage, verdict, evidence: Evidence::default(), kills }
    }

    fn derivation() -> Derivation {
        let mut steps = Derivation::new();
        steps.equal("one", &Poly::int(1), &Poly::int(1));
        steps
    }

    /// A claim with a regime that holds and one that is refuted.
    fn dossier() -> Dossier {
        let measured = |id, kills, checks| Trial {
            evidence: evidence(checks),
            ..trial(id, Stage::Measurement, Verdict::Refuted, kills)
        };
        let tall = RegimeDossier {
            regime: &TALL,
            verdict: Verdict::Holds,
            derivation: derivation(),
            evidence: Evidence {
                observations: vec![("size".into(), 12.25)],
                tables: vec![Table::new("none", &[])],
                ..evidence(vec![rounding("sum", 1.0), interval("near", 0.0625, 0.125)])
            },
            falsifiers: vec![
                measured("any", &[], vec![rounding("sum", 2.0), interval("near", 0.1, 0.2)]),
                measured("named", &["near"], vec![rounding("sum", 2.0), interval("near", 0.75, 0.875)]),
                trial("step", Stage::Derivation, Verdict::Holds, &[]),
            ],
            controls: vec![trial("same", Stage::Measurement, Verdict::Holds, &[])],
            failure: None,
            seconds: 1.25,
        };
        let mut derived = derivation();
        derived.equal("two", &Poly::int(1), &Poly::int(2));
        let wide = RegimeDossier {
            regime: &WIDE,
            verdict: Verdict::Refuted,
            derivation: derived,
            evidence: evidence(vec![interval("near", 0.75, 0.875).refuting(Side::Above), rounding("sum", f64::NAN)]),
            falsifiers: vec![trial("open", Stage::Measurement, Verdict::Inconclusive, &[])],
            controls: Vec::new(),
            failure: Some("T01 wide: no memory".into()),
            seconds: 0.0,
        };
        Dossier { statement: &STATEMENT, regimes: vec![tall, wide] }
    }

    fn info(scale: Scale) -> RunInfo {
        RunInfo {
            version: "9.8".into(),
            seed: 7,
            scale,
            machine: "a machine".into(),
            threads: 3,
            elapsed_s: 12.34,
            false_alarms: FalseAlarms { at_most: 0.002, without: 4 },
            dataset: "some images".into(),
        }
    }

    fn figure(name: &'static str) -> Figure {
        let series = vec![Series::line("law", Role::Prediction, vec![(0.0, 1.0), (1.0, 2.0)])];
        let panel = Panel { title: "panel".into(), x: Axis::linear("x"), y: Axis::linear("y"), series, contours: None };
        Figure { name, title: format!("picture {name}"), caption: format!("what {name} shows"), panels: vec![panel] }
    }

    #[test]
    fn verdicts_are_a_row_a_regime() {
        let rows = verdict_table(&[dossier()]);
        assert_eq!(rows[0], ["T01", "tall", "holds", "holds", "holds", "2 of 2", "2 of 3", "1 of 1"]);
        // The refutation came out as expected, what gave no number did not; a step does not hold; no controls.
        assert_eq!(rows[1], ["T01", "wide", "refuted", "refuted", "does not hold", "1 of 2", "0 of 1", "–"]);
        assert_eq!(rows.len(), 2);
    }

    #[test]
    fn false_alarms_are_a_sentence_with_the_checks_that_have_no_probability() {
        let all = false_alarm_words(&FalseAlarms { at_most: 0.002, without: 0 });
        assert!(all.ends_with("at most 2e-3"), "{all}");
        let some = false_alarm_words(&FalseAlarms { at_most: 0.002, without: 4 });
        assert!(some.starts_with(&all) && some.contains("(4 checks"), "{some}");
    }

    #[test]
    fn every_judge_says_its_criterion_and_its_reason() {
        let test = Judge::Statistical {
            test: TestKind::Z,
            statistic: 1.5,
            p_value: 0.25,
            alpha: 1e-6,
            detects: "shift 2".into(),
        };
        let truncation = Judge::Truncation { order: 2.0, measured_order: 1.9, bound: 0.25, because: "a series" };
        let effect = Judge::Effect { effect: Interval::envelope([2.0, 3.0]), at_least: 1.0, because: "a law" };
        let exact =
            Judge::Equivalence { discrepancy: Interval::exact(0.0, f64::INFINITY), bound: 9.0, because: "a bound" };
        let of = |judge: Judge| {
            let shown = Check::of(&Measurement::new("id", "name", 123_456.7, 2.0, judge));
            // by hand: five digits
            assert_eq!((&*shown.name, &*shown.observed, &*shown.predicted), ("name", "123460", "2"));
            (shown.criterion, shown.because)
        };
        let pair = |criterion: &str, because: &str| (criterion.to_string(), because.to_string());
        assert_eq!(of(test), pair("statistic 1.5, p = 0.25, at least 1e-6", "99 % power for: shift 2"));
        assert_eq!(of(truncation), pair("difference at most 0.25; order 2, measured 1.9", "a series"));
        assert_eq!(of(effect), pair("effect [2, 3] (smallest and largest of 2) above 1", "a law"));
        assert_eq!(of(exact), pair("discrepancy [0, inf] (exact) below 9", "a bound"));
        let near = Check::of(&interval("near", 0.0625, 0.125));
        assert_eq!(near.criterion, "discrepancy [0.0625, 0.125] (at 99 %) below 0.5");
        // by hand: 4 · 3 · 2^−52 = 2.6645e-15
        let sum = Check::of(&rounding("sum", 1.0));
        assert_eq!((&*sum.criterion, &*sum.because), ("difference at most 2.66e-15", "nine unit terms"));
    }

    #[test]
    fn outcomes_and_what_is_expected_are_words() {
        let sides = [Side::Above, Side::Below, Side::Either];
        let expected = sides.map(|side| Check::of(&rounding("sum", 1.0).refuting(side)).expected);
        assert_eq!(expected, ["fail, above", "fail, below", "fail"]);
        assert_eq!(Check::of(&rounding("sum", 1.0)).expected, "pass");
        let found = [rounding("sum", 1.0), rounding("sum", 2.0), interval("near", 0.0, 1.0), rounding("sum", f64::NAN)];
        assert_eq!(found.map(|m| outcome(&m)), ["pass", "fail", "undecided", "invalid"]);
    }

    #[test]
    fn kills_are_marked_by_whether_they_were_asked_for() {
        let whole = dossier();
        let (falsifiers, rows) = kill_table(&whole.regimes[0]).expect("a regime that holds");
        assert_eq!(falsifiers, ["any", "named"], "those of the measurement");
        assert_eq!(rows, [("sum", vec!["✗", "(✗)"]), ("near", vec!["", "✗"])]);
        assert!(kill_table(&whole.regimes[1]).is_none(), "refuted ones need no falsifiers");
        let mut none = dossier().regimes.swap_remove(0);
        none.falsifiers.retain(|trial| trial.stage == Stage::Derivation);
        assert!(kill_table(&none).is_none());
    }

    #[test]
    fn the_json_has_every_check_with_what_was_expected() {
        let figures = [figure("T01_one"), figure("T011_other")];
        let json = to_json(&[dossier()], &figures, &info(Scale::Full));
        let head = ["version", "seed", "scale", "machine", "threads", "elapsed_s", "alpha_spent", "dataset"];
        let values = json!(["9.8", 7, "full", "a machine", 3, 12.34, 0.002, "some images"]);
        assert_eq!(Value::from(head.map(|name| json[name].clone()).to_vec()), values);
        assert_eq!(json["checks_without_probability"], 4);
        let [tall, wide] = [&json["claims"][0], &json["claims"][1]];
        assert_eq!(
            (&tall["id"], &tall["regime"], &tall["verdict"], &tall["as_expected"], &tall["figures"]),
            (&json!("T01"), &json!("tall"), &json!("holds"), &json!(true), &json!(["T01_one"]))
        );
        let near = &tall["checks"][1];
        assert_eq!(
            [&near["kind"], &near["bound"], &near["outcome"], &near["pass"], &near["expected_side"], &near["basis"]],
            [&json!("equivalence"), &json!(0.5), &json!("pass"), &json!(true), &Value::Null, &json!("model")]
        );
        assert_eq!(rounding("sum", 1.0).basis, Basis::Model);
        assert_eq!((&near["interval"], &near["p_value"]), (&json!([0.0625, 0.125]), &Value::Null));
        let trials: Vec<_> = (0..3).map(|at| &tall["falsifiers"][at]).collect();
        assert_eq!(trials.iter().map(|t| &t["refuted"]).collect::<Vec<_>>(), [true, true, false]);
        assert_eq!((&trials[0]["killed"], &trials[1]["killed"]), (&json!(["sum"]), &json!(["sum", "near"])));
        assert_eq!((&trials[1]["asked"], &trials[2]["stage"]), (&json!(["near"]), &json!("derivation")));
        let matrix = json!([
            {"check": "sum", "failed_by": ["any", "named"]},
            {"check": "near", "failed_by": ["named"]}
        ]);
        assert_eq!((&tall["kill_matrix"], &tall["controls"][0]["held"]), (&matrix, &json!(true)));
        assert_eq!(tall["observations"], json!([{"name": "size", "value": 12.25}]));
        assert_eq!((&wide["failure"], &wide["replaced_by"]), (&json!("T01 wide: no memory"), &json!("a law")));
        assert_eq!(wide["derivation"]["holds"], false);
        let steps: Vec<&Value> = (0..2).map(|at| &wide["derivation"]["steps"][at]["holds"]).collect();
        assert_eq!(steps, [true, false]);
        let [near, sum] = [&wide["checks"][0], &wide["checks"][1]];
        assert_eq!(
            (&near["expected"], &near["expected_side"], &near["pass"]),
            (&json!("fail"), &json!("above"), &json!(false))
        );
        // What is not a number is null.
        assert_eq!((&sum["observed"], &sum["outcome"]), (&Value::Null, &json!("invalid")));
    }

    #[test]
    fn the_markdown_has_the_table_the_figures_and_every_check() {
        let text = to_markdown(&[dossier()], &[figure("T01_one"), figure("T02_other")], &info(Scale::Quick));
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[2].starts_with("rbm-landscape 9.8, seed 7, scale quick, some images, 12.3 s; the probability"));
        let expected = [
            "| T01 | tall | holds | holds | holds | 2 of 2 | 2 of 3 | 1 of 1 |",
            "## T01: a sum is one",
            "a paper: \"It is one.\"",
            "![picture T01_one](figures/T01_one.svg)",
            "what T01_one shows",
            "### tall ones: holds",
            "| the sum | rounding | 1 | 1 | difference at most 2.66e-15 | pass | pass |",
            "- `step` (wrong): holds",
            "- `same` (wrong): holds",
            "| check | any | named |",
            "| sum | ✗ | (✗) |",
            "### wide ones: refuted",
            "Could not run: T01 wide: no memory",
            "| the near | equivalence | 1.25 | 1 | discrepancy [0.75, 0.875] (at 99 %) below 0.5 | fail | fail, above |",
        ];
        let mut left = lines.iter();
        for line in expected {
            assert!(left.any(|found| *found == line), "{line} in its place in\n{text}");
        }
        assert!(!text.contains("T02_other"));
        assert_eq!(text.matches("Which falsifier").count(), 1);
    }

    #[test]
    fn a_report_is_a_page_a_text_a_table_of_numbers_and_figures() {
        let folder = tempfile::tempdir().expect("folder");
        let dir = folder.path().join("out");
        let page = "# T01\n\n## Statement\nIt *is* one.\n\n## Limits\nNone.\n".to_string();
        let (dossiers, figures) = ([dossier()], [figure("T01_one")]);
        write_report(&dir, &dossiers, &figures, &[("T01", page)], &info(Scale::Quick)).expect("writes");
        let read = |name: &str| std::fs::read_to_string(dir.join(name)).expect("reads");
        assert_eq!(read("report.md"), to_markdown(&dossiers, &figures, &info(Scale::Quick)));
        let json: Value = serde_json::from_str(&read("report.json")).expect("JSON");
        assert_eq!(json, to_json(&dossiers, &figures, &info(Scale::Quick)));
        assert_eq!(read("figures/T01_one.csv"), figures[0].to_csv());
        let html = read("index.html");
        let expected = [
            "scale quick",
            "3 threads · 12.3 s",
            // The verdict's cell is the third and coloured, the claim's a link.
            "<a href=\"#T01\">T01</a>",
            "<span class=\"badge holds\">holds</span>",
            "(our reading)",
            "<p>It <em>is</em> one.</p>",
            "<h4>Limits</h4>",
            "<title>picture T01_one</title>",
            "<b>picture T01_one.</b> what T01_one shows",
            "expected: holds; 1.2 s",
            "difference at most 2.66e-15",
            "<code>any</code>: fails the sum</span></td><td data-head=\"stage\">measurement",
            "<code>named</code>: fails the sum; the near</span>",
            "<code>step</code></span></td><td data-head=\"stage\">derivation</td><td data-head=\"wanted\">refuted",
            "<code>same</code></span></td><td data-head=\"stage\">measurement</td><td data-head=\"wanted\">holds",
            "<td><code>sum</code></td><td>✗</td><td>(✗)</td>",
            "<td>size</td><td class=\"n\">12.25</td>",
            "what holds instead: a law",
            "<b>Could not run:</b> T01 wide: no memory",
        ];
        let mut left = &*html;
        for part in expected {
            let at = left.find(part).unwrap_or_else(|| panic!("{part} in its place in\n{html}"));
            left = &left[at + part.len()..];
        }
        std::fs::write(folder.path().join("file"), "").expect("writes");
        let refused = write_report(&folder.path().join("file"), &dossiers, &[], &[], &info(Scale::Quick));
        let words = refused.expect_err("a file is no folder").to_string();
        assert!(words.contains("report.json") && words.contains("--out"), "{words}");
    }

    #[test]
    fn a_gallery_keeps_the_rows_of_other_figures_in_order_of_their_names() {
        let before =
            "# Figures\n| [T03_old](T03_old.svg) | old | T03 | `x` |\n| [T01_one](T01_one.svg) | old | T01 | `x` |\n";
        let text = gallery(&[("T02", figure("T02_new")), ("T01", figure("T01_one"))], before, Scale::Full);
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| [")).collect();
        let of = |id: &str, name: &str| {
            format!(
                "| [{name}]({name}.svg) | picture {name} | {id} | `rbm-landscape figures {id} --scale full --runs runs` |"
            )
        };
        assert_eq!(
            rows,
            [&*of("T01", "T01_one"), &*of("T02", "T02_new"), "| [T03_old](T03_old.svg) | old | T03 | `x` |"]
        );
        assert!(text.contains("at the paper's sizes"));
        let quick = gallery(&[("T01", figure("T01_one"))], "", Scale::Quick);
        assert!(quick.contains("at quick scale") && quick.contains("`rbm-landscape figures T01` |"));
    }

    #[test]
    fn a_snapshot_counts_what_passes_by_chance_or_rounding_and_rounds_the_rest() {
        let test = |p_value: f64| {
            let judge =
                Judge::Statistical { test: TestKind::Z, statistic: 1.0, p_value, alpha: 1e-6, detects: String::new() };
            Measurement::new("z", "the z", 1.0, 0.0, judge)
        };
        let mut whole = dossier();
        whole.regimes[0].evidence.measurements.extend([test(0.5), test(1e-9), rounding("sum", 2.0)]);
        whole.regimes[0].falsifiers[2].verdict = Verdict::Vacuous;
        // by hand: 12 · 2^−52 = 2.66e-15; 0.0625 to two digits, half to even
        let expected = "T01: a sum is one
tall: holds (expected: holds)
  derivation: 1 of 1 steps hold
  1 of 2 rounding checks pass
  1 of 2 statistical checks pass
  pass: the near (near), equivalence 1.2 in [0.062, 0.12] (criterion 0.5)
  fail, NOT expected: the z (z), statistical 1 (criterion 1.0e-6)
  fail, NOT expected: the sum (sum), rounding 2 (criterion 2.7e-15)
  observed: size 12
  falsifiers, refuted: any, named
  falsifiers, vacuous: step
  controls, holds: same
wide: refuted (expected: refuted)
  derivation: 1 of 2 steps hold
  0 of 1 rounding checks pass
  fail: the near (near), equivalence 1.2 in [0.75, 0.88] (criterion 0.5)
  invalid, NOT expected: the sum (sum), rounding NaN (criterion 2.7e-15)
  falsifiers, inconclusive: open
";
        assert_eq!(snapshot(&whole), expected);
    }

    #[test]
    fn numbers_are_plain_from_a_thousandth_to_a_million() {
        // by hand
        let cases = [(0.001, "0.001"), (0.000_999, "9.99e-4"), (999_999.0, "1000000"), (1e6, "1.00e6"), (-0.5, "-0.5")];
        for (value, shown) in cases {
            assert_eq!(number(value, 3), shown);
        }
        assert_eq!((number(f64::INFINITY, 2), number(-0.0, 2)), ("inf".into(), "-0".into()));
    }
}
