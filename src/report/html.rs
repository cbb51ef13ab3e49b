//! The report as one HTML page.

use super::json::figures_of;
use super::markdown::{kill_table, scale};
use super::snapshot::number;
use super::{Check, RunInfo, VERDICT_COLUMNS, false_alarm_words, verdict_table};
use crate::claim::Verdict;
use crate::dossier::Dossier;
use crate::dossier::Trial;
use crate::evidence::Outcome;
use crate::figure::{Figure, FigureError};
use crate::lab::Scale;
use askama::Template;

/// The gallery of a folder of figures in Markdown: what each shows, which claim it belongs to, how
/// to make it anew. Figures of `before`, an earlier gallery, stay where they are not among
/// `figures`.
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

#[derive(Template)]
#[template(path = "report.html")]
pub(super) struct Page<'a> {
    pub(super) info: &'a RunInfo,
    pub(super) scale: &'static str,
    elapsed: String,
    pub(super) false_alarms: String,
    columns: [&'static str; 8],
    verdicts: Vec<VerdictRow>,
    pub(super) claims: Vec<ClaimSection<'a>>,
}

pub(super) struct VerdictRow {
    pub(super) id: String,
    pub(super) cells: [String; 8],
    verdict_at: usize,
}

pub(super) struct ClaimSection<'a> {
    pub(super) id: &'a str,
    pub(super) title: &'a str,
    pub(super) reference: &'a str,
    pub(super) sentence: &'a str,
    pub(super) stated_there: bool,
    said: String,
    rest: String,
    pub(super) figures: Vec<FigureSection<'a>>,
    pub(super) regimes: Vec<RegimeSection<'a>>,
}

pub(super) struct FigureSection<'a> {
    pub(super) name: &'a str,
    pub(super) title: &'a str,
    pub(super) caption: &'a str,
    pub(super) svg: String,
}

pub(super) struct RegimeSection<'a> {
    pub(super) id: &'a str,
    pub(super) title: &'a str,
    pub(super) verdict: Verdict,
    /// In words.
    expected: String,
    pub(super) replaced_by: Option<&'a str>,
    pub(super) seconds: String,
    pub(super) failure: Option<&'a str>,
    checks: Vec<Check>,
    killers: Vec<&'static str>,
    pub(super) kills: Vec<(&'a str, Vec<&'static str>)>,
    pub(super) trials: Vec<TrialRow<'a>>,
    pub(super) observations: Vec<(&'a str, String)>,
    pub(super) steps: &'a [crate::symbolic::Step],
    /// Id and title of an earlier regime of the claim with the same derivation, which shows it.
    derived_at: Option<(&'a str, &'a str)>,
}

pub(super) struct TrialRow<'a> {
    pub(super) id: &'a str,
    pub(super) title: &'a str,
    pub(super) stage: &'static str,
    pub(super) wanted: &'static str,
    pub(super) verdict: Verdict,
    /// Checks that failed, named.
    failed: String,
}

impl<'a> Page<'a> {
    pub(super) fn new(
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
                // The statement stands in the open, the other headings of the claim's page are
                // folded.
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
                    regimes: (0..dossier.regimes.len()).map(|at| RegimeSection::of(dossier, at)).collect(),
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
    pub(super) fn of(dossier: &'a Dossier, at: usize) -> Self {
        let regime = &dossier.regimes[at];
        let same = dossier.regimes[..at].iter().find(|other| other.derivation == regime.derivation);
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
            expected: match regime.expected {
                Some(verdict) => verdict.to_string(),
                None => format!("nothing of these images; of MNIST: {}", regime.regime.expected),
            },
            replaced_by: regime.regime.replaced_by,
            seconds: format!("{:.1}", regime.seconds),
            failure: regime.failure.as_deref(),
            checks: regime.evidence.measurements.iter().map(Check::of).collect(),
            killers,
            kills,
            trials: falsifiers.chain(regime.controls.iter().map(trial("holds"))).collect(),
            observations: regime.evidence.observations.iter().map(|(n, x)| (n.as_str(), number(*x, 4))).collect(),
            steps: &regime.derivation.steps,
            derived_at: same.map(|other| (other.regime.id, other.regime.title)),
        }
    }
}
