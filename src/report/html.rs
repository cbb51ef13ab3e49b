//! The report as one HTML page.

use super::json::figures_of;
use super::markdown::{kill_table, scale};
use super::snapshot::number;
use super::{Check, RunInfo, false_alarm_words};
use crate::claim::Verdict;
use crate::dossier::Trial;
use crate::dossier::{Dossier, RegimeDossier};
use crate::evidence::Outcome;
use crate::figure::{Figure, FigureError};
use crate::lab::Scale;
use crate::math::typeset;
use crate::symbolic::formula;
use askama::Template;
use pulldown_cmark::Event;

/// The gallery of a folder of figures in Markdown, by claim: what each shows, and how to make it
/// anew. Figures of `before`, an earlier gallery, stay where they are not among `figures`; names
/// begin with the claim's id.
pub fn gallery(figures: &[(&str, Figure)], before: &str, scale: Scale) -> String {
    let (how, option) = match scale {
        Scale::Quick => ("at quick scale", ""),
        Scale::Full => ("at the paper's sizes", " --scale full --runs runs"),
    };
    let name_of = |row: &str| row.strip_prefix("| [").and_then(|rest| rest.split(']').next()).map(str::to_string);
    let mut rows: std::collections::BTreeMap<String, String> =
        before.lines().filter_map(|row| Some((name_of(row)?, row.to_string()))).collect();
    for (_, figure) in figures {
        let Figure { name, title, caption, .. } = figure;
        // A bar would end the cell.
        let shows = format!("**{title}.** {caption}").replace('|', "\\|");
        rows.insert(name.to_string(), format!("| [{name}]({name}.svg) | {shows} |"));
    }
    let mut text = format!(
        "# Figures\n\nWritten by `rbm-landscape figures`, which makes every picture anew. Each SVG carries its caption, what it was made of and the checksum of its\n\
         numbers, which are beside it as CSV: panel, series, role, x, y, error, z; 6 significant digits. Predictions are lines (rings\n\
         where theory has a value at single places only), measurements points with bars of one standard error, a falsifier is grey. The committed ones are {how}, seed 0.\n"
    );
    let claim = |name: &str| name.split('_').next().unwrap_or(name).to_string();
    // How figures that stay were made.
    let earlier = |id: &str| {
        let mut lines = before.lines().skip_while(|line| *line != format!("## {id}"));
        lines.find(|line| line.starts_with("Made by ")).map(str::to_string)
    };
    let rows: Vec<(String, String)> = rows.into_iter().collect();
    for group in rows.chunk_by(|a, b| claim(&a.0) == claim(&b.0)) {
        let (id, rows) = (claim(&group[0].0), group.iter().map(|(_, row)| row.as_str()).collect::<Vec<_>>());
        let made = format!("Made by `rbm-landscape figures {id}{option}`.");
        let drawn = figures.iter().any(|(of, _)| **of == id);
        let made = if drawn { made } else { earlier(&id).unwrap_or(made) };
        text += &format!("\n## {id}\n\n{made}\n\n| picture | shows |\n|---|---|\n{}\n", rows.join("\n"));
    }
    text
}

#[derive(Template)]
#[template(path = "report.html")]
pub(super) struct Page<'a> {
    pub(super) info: &'a RunInfo,
    pub(super) scale: &'static str,
    elapsed: String,
    pub(super) false_alarms: String,
    /// What came out, in one sentence.
    pub(super) said: String,
    pub(super) claims: Vec<ClaimSection<'a>>,
    /// Claims with the time that they took.
    times: Vec<(&'a str, String)>,
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
    /// How many panels it has.
    count: usize,
    /// One picture per panel, and the legend that they share.
    pub(super) panels: Vec<String>,
}

pub(super) struct RegimeSection<'a> {
    pub(super) id: &'a str,
    pub(super) title: &'a str,
    pub(super) verdict: Verdict,
    /// Beside it on the first screen: what it is beside what theory expects.
    pub(super) note: &'static str,
    /// What was drawn, where that is said.
    sizes: Option<String>,
    /// Checks as expected and falsifiers refuted, of how many.
    pub(super) counts: [String; 2],
    /// In words.
    expected: String,
    pub(super) replaced_by: Option<&'a str>,
    pub(super) seconds: String,
    pub(super) failure: Option<&'a str>,
    groups: Vec<Group>,
    killers: Vec<&'static str>,
    pub(super) kills: Vec<(&'a str, Vec<&'static str>)>,
    pub(super) trials: Vec<TrialRow<'a>>,
    pub(super) observations: Vec<(&'a str, String)>,
    pub(super) steps: &'a [crate::symbolic::Step],
    /// Id and title of an earlier regime of the claim with the same derivation, which shows it.
    derived_at: Option<(&'a str, &'a str)>,
}

/// Checks of one rule, whose reason is said once.
pub(super) struct Group {
    kind: &'static str,
    rationale: String,
    checks: Vec<Check>,
}

impl Group {
    /// Groups in the order in which their first checks come.
    fn of(checks: impl Iterator<Item = Check>) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for mut check in checks {
            for words in [&mut check.observed, &mut check.predicted, &mut check.criterion, &mut check.rationale] {
                *words = typeset(words);
            }
            match groups.iter_mut().find(|of| of.kind == check.kind && of.rationale == check.rationale) {
                Some(group) => group.checks.push(check),
                None => groups.push(Self { kind: check.kind, rationale: check.rationale.clone(), checks: vec![check] }),
            }
        }
        groups
    }
}

impl Check {
    /// Width of a bar that is full at twice the tolerance, in per cent, and the share itself.
    fn bar(&self) -> Option<(String, String)> {
        self.used.map(|used| {
            (
                format!("{:.0}", 50.0 * used.clamp(0.0, 2.0)),
                if used.is_finite() { typeset(&number(used, 2)) } else { "∞".into() },
            )
        })
    }
}

pub(super) struct TrialRow<'a> {
    pub(super) id: &'a str,
    pub(super) title: &'a str,
    pub(super) stage: &'static str,
    pub(super) wanted: &'static str,
    pub(super) verdict: Verdict,
    /// Ids of the checks that failed.
    failed: Vec<&'a str>,
    /// Whether it came out as wanted.
    calm: bool,
}

impl<'a> Page<'a> {
    pub(super) fn new(
        dossiers: &'a [Dossier],
        figures: &'a [Figure],
        pages: &[(&str, String)],
        info: &'a RunInfo,
    ) -> Result<Self, FigureError> {
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
                    // Formulas are typeset where the page has them in typewriter letters.
                    let events = pulldown_cmark::Parser::new(markdown).map(|event| match event {
                        Event::Code(words) if formula::is_formula(&words) => {
                            Event::InlineHtml(formula::within_text(&words).into())
                        }
                        event => event,
                    });
                    pulldown_cmark::html::push_html(&mut html, events);
                    // The page's own headings stand below the claim's.
                    html.replace("<h2>", "<h3>").replace("</h2>", "</h3>")
                });
                let figures = figures_of(figures, statement.id)
                    .map(|figure| {
                        let panels = figure.to_svgs()?;
                        let (count, title, caption) = (figure.panels.len(), &*figure.title, &*figure.caption);
                        Ok(FigureSection { name: figure.name, title, caption, count, panels })
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
        Ok(Self {
            info,
            scale: scale(info.scale),
            elapsed: format!("{:.1}", info.elapsed_s),
            false_alarms: typeset(&false_alarm_words(&info.false_alarms)),
            said: said(dossiers),
            claims,
            times: dossiers
                .iter()
                .map(|of| {
                    let seconds = of.regimes.iter().map(|regime| regime.seconds).sum::<f64>();
                    (of.statement.id, format!("{seconds:.1}"))
                })
                .collect(),
        })
    }
}

/// How many claims and regimes there are, and what came out of these, each counted once.
fn said(dossiers: &[Dossier]) -> String {
    let regimes = || dossiers.iter().flat_map(|dossier| &dossier.regimes);
    let part = |regime: &RegimeDossier| match (regime.as_expected(), regime.verdict, regime.expected) {
        (false, ..) => 4,
        (_, Verdict::NotApplicable, _) => 3,
        (_, _, None) => 2,
        (_, Verdict::Refuted, _) => 1,
        _ => 0,
    };
    let words = [
        ("holds", "hold"),
        ("is refuted where theory expects that", "are refuted where theory expects that"),
        (
            "has a verdict that nothing is expected of with these images",
            "have verdicts that nothing is expected of with these images",
        ),
        ("does not apply to these images", "do not apply to these images"),
        ("is not as expected", "are not as expected"),
    ];
    let counts: Vec<usize> = (0..5).map(|of| regimes().filter(|regime| part(regime) == of).count()).collect();
    let mut parts: Vec<String> = counts
        .iter()
        .zip(words)
        .filter(|(count, _)| **count > 0)
        .map(|(count, (one, many))| format!("{count} {}", if *count == 1 { one } else { many }))
        .collect();
    if counts[4] == 0 {
        parts.push("none is other than expected".into());
    }
    let many = |count: usize, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
    format!("{} in {}: {}.", many(dossiers.len(), "claim"), many(regimes().count(), "regime"), parts.join(", "))
}

impl<'a> RegimeSection<'a> {
    pub(super) fn of(dossier: &'a Dossier, at: usize) -> Self {
        let regime = &dossier.regimes[at];
        let same = dossier.regimes[..at].iter().find(|other| other.derivation == regime.derivation);
        let trial = |wanted: &'static str| {
            move |trial: &'a Trial| {
                let failed = trial.evidence.measurements.iter().filter(|m| m.outcome() == Outcome::Fail);
                let failed: Vec<&str> = failed.map(|m| m.id.as_str()).collect();
                let stage = match trial.stage {
                    crate::claim::Stage::Derivation => "derivation",
                    crate::claim::Stage::Measurement => "measurement",
                };
                let calm = trial.verdict.to_string() == wanted;
                TrialRow { id: trial.id, title: trial.title, stage, wanted, verdict: trial.verdict, failed, calm }
            }
        };
        let falsifiers = regime.falsifiers.iter().map(trial("refuted"));
        let (killers, kills) = kill_table(regime).unwrap_or_default();
        Self {
            id: regime.regime.id,
            title: regime.regime.title,
            verdict: regime.verdict,
            sizes: regime.evidence.sizes().ok(),
            note: match regime.expected {
                _ if !regime.as_expected() => "not as expected",
                Some(Verdict::Refuted) if regime.verdict == Verdict::Refuted => "as expected",
                _ => "",
            },
            counts: {
                let (all, odd) = (regime.evidence.measurements.len(), regime.surprises().count());
                let refuted = regime.falsifiers.iter().filter(|trial| trial.verdict == Verdict::Refuted).count();
                [(all - odd, all), (refuted, regime.falsifiers.len())].map(|(part, all)| match all {
                    0 => "–".to_string(),
                    _ => format!("{part} of {all}"),
                })
            },
            expected: match regime.expected {
                Some(verdict) => verdict.to_string(),
                None => format!("nothing of these images; of MNIST: {}", regime.regime.expected),
            },
            replaced_by: regime.regime.replaced_by,
            seconds: format!("{:.1}", regime.seconds),
            failure: regime.failure.as_deref(),
            groups: Group::of(regime.evidence.measurements.iter().map(Check::of)),
            killers,
            kills,
            trials: falsifiers.chain(regime.controls.iter().map(trial("holds"))).collect(),
            observations: regime
                .evidence
                .observations
                .iter()
                .map(|(n, x)| (n.as_str(), typeset(&number(*x, 4))))
                .collect(),
            steps: &regime.derivation.steps,
            derived_at: same.map(|other| (other.regime.id, other.regime.title)),
        }
    }
}
