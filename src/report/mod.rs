//! Dossiers and figures as a table, JSON, Markdown and one self-contained HTML page; and their
//! short form for snapshots.

mod html;
mod json;
mod markdown;
mod snapshot;
#[cfg(test)]
mod tests;

use crate::claim::Verdict;
use crate::dossier::Dossier;
use crate::dossier::FalseAlarms;
use crate::dossier::RegimeDossier;
use crate::dossier::Trial;
use crate::evidence::{Criterion, Measurement, Outcome, Side};
use crate::figure::{Figure, FigureError};
use crate::file;
use crate::lab::Scale;
use crate::stat::interval::Coverage;
use crate::stat::interval::Interval;
use askama::Template;
use html::Page;
pub use html::gallery;
pub use json::to_json;
pub use markdown::to_markdown;
use serde::Serialize;
pub use snapshot::snapshot;
use snapshot::{number, outcome};
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
    /// SHA-256 of the images and labels as they were used, in hexadecimal.
    pub dataset_sha256: String,
    /// SHA-256 of this program's sources, in hexadecimal: the same wherever it was built.
    pub sources_sha256: String,
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
pub(crate) fn false_alarm_words(alarms: &FalseAlarms) -> String {
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
pub(crate) const VERDICT_COLUMNS: [&str; 8] = [
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
pub(crate) fn verdict_table(dossiers: &[Dossier]) -> Vec<[String; 8]> {
    let row = |dossier: &Dossier, regime: &RegimeDossier| {
        let (all, surprises) = (regime.evidence.measurements.len(), regime.surprises().count());
        [
            dossier.statement.id.to_string(),
            regime.regime.id.to_string(),
            regime.verdict.to_string(),
            regime.expected.map_or_else(|| "–".to_string(), |verdict| verdict.to_string()),
            if regime.not_applicable().is_some() {
                "–"
            } else if regime.derivation.holds() {
                "holds"
            } else {
                "does not hold"
            }
            .to_string(),
            match all {
                0 => "–".to_string(),
                _ => format!("{} of {all}", all - surprises),
            },
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

/// Writes `index.html`, `report.md`, `report.json` and `figures/` into `dir`, each file complete or
/// not at all.
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
    let of = made_of(info.seed, info.scale, &info.dataset);
    for figure in figures {
        figure.write(&dir.join("figures"), &of)?;
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

/// What a figure is made of, in words.
pub fn made_of(seed: u64, scale: Scale, dataset: &str) -> String {
    let sizes = if scale == Scale::Full { "the paper's sizes" } else { "quick scale" };
    format!("seed {seed}, {sizes}; {dataset}")
}

struct Check {
    id: String,
    name: String,
    kind: &'static str,
    observed: String,
    predicted: String,
    criterion: String,
    rationale: String,
    /// Share of the tolerance that is used, 1 at the threshold; none where there is no number.
    used: Option<f64>,
    /// Whether a failure is the expected one.
    calm: bool,
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
        let (criterion, rationale) = match &m.criterion {
            Criterion::Rounding { rationale, .. } => (format!("difference at most {bound}"), rationale.to_string()),
            Criterion::Truncation { order, measured_order, rationale, .. } => {
                let measured = number(*measured_order, 3);
                (format!("difference at most {bound}; order {order}, measured {measured}"), rationale.to_string())
            }
            Criterion::Statistical { statistic, p_value, alpha, detects, .. } => {
                let (statistic, p) = (number(*statistic, 4), number(*p_value, 3));
                (format!("statistic {statistic}, p = {p}, at least {alpha:.0e}"), format!("99 % power for: {detects}"))
            }
            Criterion::Equivalence { discrepancy, rationale, .. } => {
                (format!("discrepancy {} below {bound}", interval(discrepancy)), rationale.to_string())
            }
            Criterion::Effect { effect, rationale, .. } => {
                (format!("effect {} above {bound}", interval(effect)), rationale.to_string())
            }
        };
        Self {
            id: m.id.clone(),
            name: m.name.clone(),
            kind: m.criterion.kind(),
            observed: number(m.observed, 5),
            predicted: number(m.predicted, 5),
            criterion,
            rationale,
            used: Some(m.used(m.expected)).filter(|used| !used.is_nan() && m.outcome() != Outcome::Invalid),
            calm: m.expected == Outcome::Fail && m.as_expected(),
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
