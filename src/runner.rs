//! Runs a claim: derivation, measurement, falsifiers, controls. Knows no theorem by name.

use crate::claim::{
    Case, CheckError, Control, Dossier, Falsifier, Regime, RegimeDossier, Stage, Theorem, Trial, Variant, Verdict,
    conclude,
};
use crate::evidence::Evidence;
use crate::lab::Lab;
use std::time::Instant;

/// Verifies one claim in all its regimes.
///
/// A regime holds when its derivation holds, every check passes, at least one of them could support the claim (not
/// only refute it), every falsifier is refuted and every positive control holds. When a falsifier gets through, or a
/// control is refuted, the checks show nothing: the verdict is `Vacuous`.
///
/// # Errors
/// When a derivation or a measurement could not run.
pub fn check(theorem: &dyn Theorem, lab: &Lab) -> Result<Dossier, CheckError> {
    let statement = theorem.statement();
    let mut regimes = Vec::new();
    for regime in statement.regimes {
        regimes.extend(unless_untrained(check_regime(theorem, regime, lab))?);
    }
    Ok(Dossier { statement, regimes })
}

/// What needs a trained machine is left out by a laboratory that does not train.
fn unless_untrained<T>(result: Result<T, CheckError>) -> Result<Option<T>, CheckError> {
    match result {
        Err(CheckError::Untrained) => Ok(None),
        other => other.map(Some),
    }
}

fn check_regime(theorem: &dyn Theorem, regime: &'static Regime, lab: &Lab) -> Result<RegimeDossier, CheckError> {
    let start = Instant::now();
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
    let mut verdict = if derivation.holds() { conclude(&evidence) } else { Verdict::Refuted };
    let trusted = falsifiers.iter().all(|trial| trial.verdict == Verdict::Refuted)
        && controls.iter().all(|trial| trial.verdict == Verdict::Holds);
    if verdict != Verdict::Refuted && (!trusted || falsifiers.is_empty()) {
        verdict = Verdict::Vacuous;
    }
    let seconds = start.elapsed().as_secs_f64();
    Ok(RegimeDossier { regime, verdict, derivation, evidence, falsifiers, controls, seconds })
}

fn falsified(
    theorem: &dyn Theorem,
    case: Case<'_>,
    falsifier: &'static Falsifier,
    lab: &Lab,
) -> Result<Trial, CheckError> {
    let (verdict, evidence) = match falsifier.stage {
        Stage::Derivation => {
            let holds = theorem.derive(case)?.holds();
            (if holds { Verdict::Holds } else { Verdict::Refuted }, Evidence::default())
        }
        Stage::Measurement => {
            let evidence = theorem.measure(case, lab)?;
            (conclude(&evidence), evidence)
        }
    };
    Ok(Trial { id: falsifier.id, title: falsifier.title, stage: falsifier.stage, verdict, evidence })
}

fn controlled(
    theorem: &dyn Theorem,
    case: Case<'_>,
    control: &'static Control,
    lab: &Lab,
) -> Result<Trial, CheckError> {
    let evidence = theorem.measure(case, lab)?;
    let stage = Stage::Measurement;
    Ok(Trial { id: control.id, title: control.title, stage, verdict: conclude(&evidence), evidence })
}
