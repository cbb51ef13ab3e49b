//! The report as Markdown.

use super::json::figures_of;
use super::{Check, RunInfo, VERDICT_COLUMNS, false_alarm_words, verdict_table};
use crate::claim::{Stage, Verdict};
use crate::dossier::Dossier;
use crate::dossier::RegimeDossier;
use crate::dossier::Trial;
use crate::evidence::Measurement;
use crate::figure::Figure;
use crate::lab::Scale;

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
    line("\nWhat the verdicts mean:\n".into());
    Verdict::ALL.iter().for_each(|verdict| line(format!("- *{verdict}*: {}", verdict.meaning())));
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
                let what = if regime.not_applicable().is_some() { "Does not apply" } else { "Could not run" };
                line(format!("{what}: {why}\n"));
            }
            if regime.expected.is_none() {
                line(format!("{}\n", nothing_expected(regime)));
            }
            line(markdown_row(["check", "kind", "observed", "predicted", "criterion", "outcome", "expected"]));
            line(markdown_row(["---"; 7]));
            for m in &regime.evidence.measurements {
                let shown = Check::of(m);
                let cells = [&shown.name, shown.kind, &shown.observed, &shown.predicted, &shown.criterion];
                line(markdown_row(cells.into_iter().chain([shown.outcome, shown.expected])));
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

/// Why no verdict is expected of other images.
pub(super) fn nothing_expected(regime: &RegimeDossier) -> String {
    format!("Of these images no verdict is expected; of MNIST: {}.", regime.regime.expected)
}

/// Ids of falsifiers, and for every check its id and a mark per falsifier.
type KillTable<'a> = (Vec<&'static str>, Vec<(&'a str, Vec<&'static str>)>);

/// Of a regime with falsifiers: those of its measurement, and for every check that must pass a mark
/// under those that fail it: `✗` where the falsifier names the check or any one suffices, `(✗)`
/// where it fails beside those that are named.
pub(super) fn kill_table(regime: &RegimeDossier) -> Option<KillTable<'_>> {
    let trials: Vec<&Trial> = regime.falsifiers.iter().filter(|trial| trial.stage == Stage::Measurement).collect();
    if trials.is_empty() {
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

pub(super) fn markdown_row<S: AsRef<str>>(cells: impl IntoIterator<Item = S>) -> String {
    let cells: Vec<String> = cells.into_iter().map(|cell| cell.as_ref().replace('|', "\\|")).collect();
    format!("| {} |", cells.join(" | "))
}

pub(super) fn scale(scale: Scale) -> &'static str {
    match scale {
        Scale::Quick => "quick",
        Scale::Full => "full",
    }
}
