//! The report as JSON, for programs.

use super::RunInfo;
use crate::claim::Verdict;
use crate::dossier::Dossier;
use crate::dossier::RegimeDossier;
use crate::dossier::Trial;
use crate::evidence::{Measurement, Outcome};
use crate::figure::Figure;
use serde_json::{Value, json};

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
            "kind": m.criterion.kind(),
            "observed": m.observed,
            "predicted": m.predicted,
            "judge": m.criterion,
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
        let steps =
            regime.derivation.steps.iter().map(
                |s| json!({"name": s.name, "before": s.before, "after": s.after, "shown": s.shown, "holds": s.holds}),
            );
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
            "expected": regime.expected,
            "verdict": regime.verdict,
            "as_expected": regime.as_expected(),
            "failure": regime.failure.as_ref().filter(|_| regime.verdict != Verdict::NotApplicable),
            "why": regime.not_applicable(),
            "replaced_by": regime.regime.replaced_by,
            "derivation": {"holds": regime.not_applicable().is_none().then(|| regime.derivation.holds()), "steps": steps.collect::<Vec<_>>()},
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
        "checks_without_probability": info.false_alarms.without, "dataset": info.dataset,
        "dataset_sha256": info.dataset_sha256, "sources_sha256": info.sources_sha256, "claims": claims,
    })
}

pub(super) fn figures_of<'a>(figures: &'a [Figure], id: &str) -> impl Iterator<Item = &'a Figure> {
    let prefix = format!("{id}_");
    figures.iter().filter(move |figure| figure.name.starts_with(&prefix))
}
