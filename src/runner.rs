//! Runs a claim: derivation, measurement, falsifiers, controls. Knows no theorem by name.
#![deny(clippy::disallowed_methods)]

use crate::claim::{
    Case, CheckError, Control, Dossier, Falsifier, Regime, RegimeDossier, Stage, Theorem, Trial, Variant, Verdict,
    conclude, conclude_falsified,
};
use crate::evidence::Evidence;
use crate::lab::Lab;
use crate::symbolic::Derivation;
use std::time::Instant;

/// Verifies one claim in all its regimes.
///
/// A regime holds when its derivation holds, every check passes, at least one of them could support the claim (not
/// only refute it), every falsifier is refuted and every positive control holds. When a falsifier gets through, or a
/// control is refuted, the checks show nothing: the verdict is `Vacuous`. Where anything gave no number or could not run, it is `Invalid`.
pub fn check(theorem: &dyn Theorem, lab: &Lab) -> Dossier {
    let statement = theorem.statement();
    let regime = |regime: &'static Regime| {
        let start = Instant::now();
        let found = unless_untrained(check_regime(theorem, regime, lab)).unwrap_or_else(|error| {
            Some(RegimeDossier {
                regime,
                verdict: Verdict::Invalid,
                derivation: Derivation::default(),
                evidence: Evidence::default(),
                falsifiers: Vec::new(),
                controls: Vec::new(),
                failure: Some(format!("{} {}: {error}", statement.id, regime.id)),
                seconds: 0.0,
            })
        });
        found.map(|found| RegimeDossier { seconds: start.elapsed().as_secs_f64(), ..found })
    };
    Dossier { statement, regimes: statement.regimes.iter().filter_map(regime).collect() }
}

/// What needs a trained machine is left out by a laboratory that does not train.
fn unless_untrained<T>(result: Result<T, CheckError>) -> Result<Option<T>, CheckError> {
    match result {
        Err(CheckError::Untrained) => Ok(None),
        other => other.map(Some),
    }
}

fn check_regime(theorem: &dyn Theorem, regime: &'static Regime, lab: &Lab) -> Result<RegimeDossier, CheckError> {
    lab.progress(&format!("{} {}", theorem.statement().id, regime.id));
    let case = Case { regime, variant: Variant::AsStated };
    let derivation = theorem.derive(case)?;
    let evidence = theorem.measure(case, lab)?;
    let (mut falsifiers, mut controls) = (Vec::new(), Vec::new());
    for falsifier in theorem.falsifiers().iter().filter(|falsifier| falsifier.regimes.contains(&regime.id)) {
        let case = Case { regime, variant: Variant::Broken(falsifier) };
        falsifiers.extend(unless_untrained(falsified(theorem, case, falsifier, lab))?);
    }
    for control in theorem.controls().iter().filter(|control| control.regimes.contains(&regime.id)) {
        let case = Case { regime, variant: Variant::Control(control) };
        controls.extend(unless_untrained(controlled(theorem, case, control, lab))?);
    }
    let verdict = verdict(regime, &derivation, &evidence, &falsifiers, &controls);
    Ok(RegimeDossier { regime, verdict, derivation, evidence, falsifiers, controls, failure: None, seconds: 0.0 })
}

fn verdict(
    regime: &Regime,
    derivation: &Derivation,
    evidence: &Evidence,
    falsifiers: &[Trial],
    controls: &[Trial],
) -> Verdict {
    let concluded = conclude(evidence);
    let invalid = |trial: &Trial| trial.verdict == Verdict::Invalid;
    if concluded == Verdict::Invalid || falsifiers.iter().chain(controls).any(invalid) {
        return Verdict::Invalid;
    }
    let concluded = if derivation.holds() { concluded } else { Verdict::Refuted };
    let trusted = falsifiers.iter().all(|trial| trial.verdict == Verdict::Refuted)
        && controls.iter().all(|trial| trial.verdict == Verdict::Holds)
        // Only what theory expects to hold needs to be shown that it can be refuted.
        && (!falsifiers.is_empty() || regime.expected != Verdict::Holds);
    if concluded != Verdict::Refuted && !trusted { Verdict::Vacuous } else { concluded }
}

fn falsified(
    theorem: &dyn Theorem,
    case: Case<'_>,
    falsifier: &'static Falsifier,
    lab: &Lab,
) -> Result<Trial, CheckError> {
    let (verdict, evidence) = match falsifier.stage {
        Stage::Derivation => {
            let derivation = theorem.derive(case)?;
            let verdict = match derivation.steps[..] {
                [] => Verdict::Invalid,
                _ if derivation.holds() => Verdict::Holds,
                _ => Verdict::Refuted,
            };
            (verdict, Evidence::default())
        }
        Stage::Measurement => {
            let evidence = theorem.measure(case, lab)?;
            (conclude_falsified(&evidence, falsifier.kills), evidence)
        }
    };
    let Falsifier { id, title, stage, kills, .. } = *falsifier;
    Ok(Trial { id, title, stage, verdict, evidence, kills })
}

fn controlled(
    theorem: &dyn Theorem,
    case: Case<'_>,
    control: &'static Control,
    lab: &Lab,
) -> Result<Trial, CheckError> {
    let evidence = theorem.measure(case, lab)?;
    let stage = Stage::Measurement;
    Ok(Trial { id: control.id, title: control.title, stage, verdict: conclude(&evidence), evidence, kills: &[] })
}
