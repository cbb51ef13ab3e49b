//! Runs a claim: derivation, measurement, falsifiers, controls. Knows no theorem by name.

use crate::claim::{
    Case, CheckError, Control, Dossier, Falsifier, RegimeDossier, Stage, Theorem, Trial, Variant, Verdict, conclude,
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
    let regimes = statement
        .regimes
        .iter()
        .map(|regime| {
            let start = Instant::now();
            lab.progress(&format!("{} {}", statement.id, regime.id));
            let case = Case { regime, variant: Variant::AsStated };
            let derivation = theorem.derive(case)?;
            let evidence = if theorem.measured() { theorem.measure(case, lab)? } else { Evidence::default() };
            let falsifiers = theorem
                .falsifiers()
                .iter()
                .filter(|falsifier| falsifier.regimes.contains(&regime.id))
                .filter(|falsifier| theorem.measured() || falsifier.stage == Stage::Derivation)
                .map(|falsifier| {
                    falsified(theorem, Case { regime, variant: Variant::Broken(falsifier) }, falsifier, lab)
                })
                .collect::<Result<Vec<_>, _>>()?;
            let controls = theorem
                .controls()
                .iter()
                .filter(|control| control.regimes.contains(&regime.id))
                .map(|control| controlled(theorem, Case { regime, variant: Variant::Control(control) }, control, lab))
                .collect::<Result<Vec<_>, _>>()?;
            let mut verdict = if derivation.holds() { conclude(&evidence) } else { Verdict::Refuted };
            let trusted = falsifiers.iter().all(|trial| trial.verdict == Verdict::Refuted)
                && controls.iter().all(|trial| trial.verdict == Verdict::Holds);
            if verdict != Verdict::Refuted && (!trusted || falsifiers.is_empty()) {
                verdict = Verdict::Vacuous;
            }
            let seconds = start.elapsed().as_secs_f64();
            Ok(RegimeDossier { regime, verdict, derivation, evidence, falsifiers, controls, seconds })
        })
        .collect::<Result<Vec<_>, CheckError>>()?;
    Ok(Dossier { statement, measured: theorem.measured(), regimes })
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
