//! Runs a claim: derivation, measurement, falsifiers, controls. Knows no theorem by name.
#![deny(clippy::disallowed_methods)]

use crate::claim::{Case, CheckError, Control, Falsifier, Regime, Stage, Variant, Verdict};
use crate::dossier::Dossier;
use crate::dossier::RegimeDossier;
use crate::dossier::Trial;
use crate::dossier::{conclude, conclude_falsified};
use crate::evidence::Evidence;
use crate::lab::Lab;
use crate::symbolic::Derivation;
use crate::theorem::Theorem;
use std::time::Instant;

/// Verifies one claim in all its regimes.
///
/// A regime holds when its derivation holds, every check passes, at least one of them could support
/// the claim (not only refute it), every falsifier is refuted and every positive control holds.
/// When a falsifier gets through, or a control is refuted, the checks show nothing, also those of a
/// refutation that is expected: the verdict is `Vacuous`. Where anything gave no number or could
/// not run, it is `Invalid`; where the images lack what the claim assumes, `NotApplicable`.
pub fn check(theorem: &dyn Theorem, lab: &Lab) -> Dossier {
    check_by(theorem, lab, &|case| theorem.measure(case, lab), &|_| ())
}

/// What is measured of a case.
pub type Measured<'a> = dyn Fn(Case<'_>) -> Result<Evidence, CheckError> + 'a;

/// The same with evidence that `measure` gives, which may have it from an earlier run; `concluded`
/// sees every regime as soon as its verdict is known.
pub fn check_by(
    theorem: &dyn Theorem,
    lab: &Lab,
    measure: &Measured<'_>,
    concluded: &dyn Fn(&RegimeDossier),
) -> Dossier {
    let statement = theorem.statement();
    let regime = |regime: &'static Regime| {
        let start = Instant::now();
        let found = unless_untrained(check_regime(theorem, regime, lab, measure)).unwrap_or_else(|error| {
            let (verdict, why) = match error {
                // MNIST meets every hypothesis: there it is a check that could not run.
                CheckError::NotApplicable(why) if !lab.is_mnist() => (Verdict::NotApplicable, why),
                error => (Verdict::Invalid, format!("{} {}: {error}", statement.id, regime.id)),
            };
            Some(RegimeDossier {
                regime,
                expected: lab.expected(regime),
                verdict,
                derivation: Derivation::default(),
                evidence: Evidence::default(),
                falsifiers: Vec::new(),
                controls: Vec::new(),
                failure: Some(why),
                seconds: 0.0,
            })
        });
        let found = found.map(|found| RegimeDossier { seconds: start.elapsed().as_secs_f64(), ..found });
        found.inspect(concluded)
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

fn check_regime(
    theorem: &dyn Theorem,
    regime: &'static Regime,
    lab: &Lab,
    measure: &Measured<'_>,
) -> Result<RegimeDossier, CheckError> {
    if let Some(why) = theorem.lacks(regime, lab) {
        return Err(CheckError::NotApplicable(why));
    }
    let case = Case { claim: theorem.statement().id, regime, variant: Variant::AsStated };
    let derivation = theorem.derive(case)?;
    let evidence = measure(case)?;
    let (mut falsifiers, mut controls) = (Vec::new(), Vec::new());
    let of_regime = |one: &&Falsifier| one.regimes.contains(regime) && (lab.is_mnist() || !one.trained);
    for falsifier in theorem.falsifiers().iter().filter(of_regime) {
        let case = Case { variant: Variant::Falsified(falsifier), ..case };
        falsifiers.extend(unless_untrained(falsified(theorem, case, falsifier, measure))?);
    }
    for control in theorem.controls().iter().filter(|control| control.regimes.contains(regime)) {
        let case = Case { variant: Variant::Control(control), ..case };
        controls.extend(unless_untrained(controlled(case, control, measure))?);
    }
    let verdict = verdict(regime, &derivation, &evidence, &falsifiers, &controls);
    let expected = lab.expected(regime);
    Ok(RegimeDossier {
        regime,
        expected,
        verdict,
        derivation,
        evidence,
        falsifiers,
        controls,
        failure: None,
        seconds: 0.0,
    })
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
        // Only a regime that should hold must have falsifiers.
        && (!falsifiers.is_empty() || regime.expected != Verdict::Holds);
    // A refutation where the claim should hold stands by itself; one that is expected, with what
    // replaces the claim, is shown by checks that falsifiers must fail too.
    let stands = trusted || (concluded != Verdict::Holds && concluded != regime.expected);
    if concluded == Verdict::Inconclusive || stands { concluded } else { Verdict::Vacuous }
}

fn falsified(
    theorem: &dyn Theorem,
    case: Case<'_>,
    falsifier: &'static Falsifier,
    measure: &Measured<'_>,
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
            let evidence = measure(case)?;
            (conclude_falsified(&evidence, falsifier.kills), evidence)
        }
    };
    let Falsifier { id, title, stage, kills, .. } = *falsifier;
    Ok(Trial { id, title, stage, verdict, evidence, kills })
}

fn controlled(case: Case<'_>, control: &'static Control, measure: &Measured<'_>) -> Result<Trial, CheckError> {
    let evidence = measure(case)?;
    let stage = Stage::Measurement;
    Ok(Trial { id: control.id, title: control.title, stage, verdict: conclude(&evidence), evidence, kills: &[] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::{Source, Statement};
    use crate::evidence::{Criterion, Measurement, Outcome};
    use crate::stat::interval::Interval;
    use crate::symbolic::poly::Poly;

    fn step(holds: bool) -> Derivation {
        let mut steps = Derivation::new();
        steps.equal("step", "2 − 1", &Poly::int(1), &Poly::int(if holds { 1 } else { 2 }));
        steps
    }

    /// One check of that outcome, of a bound of 1.
    fn evidence(outcome: Outcome) -> Evidence {
        let discrepancy = match outcome {
            Outcome::Pass => Interval::point(0.0),
            Outcome::Fail => Interval::point(5.0),
            Outcome::Undecided => Interval::exact(0.0, 5.0),
            Outcome::Invalid => Interval::point(f64::NAN),
        };
        let criterion = Criterion::Equivalence { discrepancy, bound: 1.0, rationale: "by hand" };
        Evidence { measurements: vec![Measurement::new("a", "a", 0.0, 0.0, criterion)], ..Evidence::default() }
    }

    const fn regime(id: &'static str, expected: Verdict) -> Regime {
        Regime { id, title: "", expected, replaced_by: None, trained: false }
    }

    #[test]
    fn a_verdict_needs_falsifiers_that_are_refuted_and_controls_that_hold() {
        use Verdict::{Holds, Inconclusive, Invalid, Refuted, Vacuous};
        let trial = |verdict: &Verdict| Trial {
            id: "trial",
            title: "",
            stage: Stage::Measurement,
            verdict: *verdict,
            evidence: Evidence::default(),
            kills: &[],
        };
        let of = |expected, derived, outcome, falsifiers: &[Verdict], controls: &[Verdict]| {
            let [falsifiers, controls] = [falsifiers, controls].map(|all| all.iter().map(trial).collect::<Vec<_>>());
            verdict(&regime("r", expected), &step(derived), &evidence(outcome), &falsifiers, &controls)
        };
        use Outcome::{Fail, Pass, Undecided};
        assert_eq!(of(Holds, true, Pass, &[Refuted, Refuted], &[Holds]), Holds);
        // One falsifier that gets through, one control that is lost, or no falsifier at all:
        // nothing is shown.
        assert_eq!(of(Holds, true, Pass, &[Refuted, Holds], &[]), Vacuous);
        assert_eq!(of(Holds, true, Pass, &[Refuted, Inconclusive], &[Holds]), Vacuous);
        assert_eq!(of(Holds, true, Pass, &[Refuted], &[Holds, Refuted]), Vacuous);
        assert_eq!(of(Holds, true, Pass, &[], &[]), Vacuous);
        // Undecided checks pass for nothing, whatever the falsifiers do.
        assert_eq!(of(Holds, true, Undecided, &[], &[]), Inconclusive);
        assert_eq!(of(Holds, true, Undecided, &[Refuted], &[]), Inconclusive);
        assert_eq!(of(Holds, true, Undecided, &[Holds], &[Refuted]), Inconclusive);
        // What theory expects to be refuted needs none.
        assert_eq!((of(Refuted, true, Pass, &[], &[]), of(Refuted, true, Pass, &[Holds], &[])), (Holds, Vacuous));
        assert_eq!(
            (of(Refuted, true, Fail, &[Refuted], &[]), of(Refuted, true, Fail, &[Holds], &[])),
            (Refuted, Vacuous)
        );
        // Where it should hold a refutation stands, by a check or by the derivation.
        assert_eq!((of(Holds, true, Fail, &[], &[]), of(Holds, true, Fail, &[Holds], &[])), (Refuted, Refuted));
        assert_eq!((of(Holds, false, Pass, &[Refuted], &[]), of(Refuted, true, Fail, &[], &[])), (Refuted, Refuted));
        // Where anything is invalid, all is.
        assert_eq!(of(Holds, false, Outcome::Invalid, &[Refuted], &[Holds]), Invalid);
        assert_eq!(of(Holds, true, Fail, &[Invalid, Refuted], &[Holds]), Invalid);
        assert_eq!(of(Holds, true, Fail, &[Refuted], &[Holds, Invalid]), Invalid);
    }

    static STATEMENT: Statement = Statement {
        id: "T00",
        title: "",
        source: Source { reference: "", sentence: "", stated_there: false },
        hypotheses: &[],
        regimes: &[
            FINE,
            regime("trained", Verdict::Holds),
            regime("broken", Verdict::Holds),
            regime("bare", Verdict::Refuted),
            regime("apart", Verdict::Holds),
            regime("lacking", Verdict::Holds),
        ],
    };

    const FINE: Regime = regime("fine", Verdict::Holds);

    const fn falsifier(id: &'static str, stage: Stage) -> Falsifier {
        Falsifier { id, title: "wrong", stage, regimes: &[FINE], kills: &["a"], trained: false }
    }

    static FALSIFIERS: [Falsifier; 5] = [
        falsifier("step", Stage::Derivation),
        falsifier("same step", Stage::Derivation),
        falsifier("no step", Stage::Derivation),
        falsifier("input", Stage::Measurement),
        falsifier("untrained", Stage::Measurement),
    ];
    static CONTROLS: [Control; 2] = [
        Control { id: "turned", title: "the same", regimes: &[FINE] },
        Control { id: "untrained", title: "", regimes: &[FINE] },
    ];

    /// A claim of one check that does what the names of its regimes and variants say.
    struct Named;

    impl Theorem for Named {
        fn statement(&self) -> &'static Statement {
            &STATEMENT
        }
        fn falsifiers(&self) -> &'static [Falsifier] {
            &FALSIFIERS
        }
        fn controls(&self) -> &'static [Control] {
            &CONTROLS
        }
        fn lacks(&self, regime: &Regime, _: &Lab) -> Option<String> {
            (regime.id == "lacking").then(|| "5 images".into())
        }
        fn derive(&self, case: Case<'_>) -> Result<Derivation, CheckError> {
            assert_ne!(case.regime.id, "lacking", "nothing is run");
            std::thread::sleep(std::time::Duration::from_millis(1));
            Ok(if case.is(&FALSIFIERS[2]) { Derivation::new() } else { step(!case.is(&FALSIFIERS[0])) })
        }
        fn measure(&self, case: Case<'_>, _: &Lab) -> Result<Evidence, CheckError> {
            match (case.regime.id, case.variant_name()) {
                ("trained", _) | (_, "untrained") => Err(CheckError::Untrained),
                ("broken", _) => Err(CheckError::Input("no numbers".into())),
                ("apart", _) => Err(CheckError::NotApplicable("one class".into())),
                (_, "input") => Ok(evidence(Outcome::Fail)),
                _ => Ok(evidence(Outcome::Pass)),
            }
        }
    }

    #[test]
    fn a_claim_is_run_in_every_regime_with_the_falsifiers_and_controls_of_it() {
        let (lab, asked) = (crate::lab::tests::small_lab(), std::cell::RefCell::new(Vec::new()));
        let told = std::cell::RefCell::new(Vec::new());
        let measured = |case: Case<'_>| {
            asked.borrow_mut().push((case.regime.id, case.variant_name().to_string()));
            Named.measure(case, &lab)
        };
        let dossier = check_by(&Named, &lab, &measured, &|regime| told.borrow_mut().push(regime.regime.id));
        assert_eq!(told.into_inner(), dossier.regimes.iter().map(|found| found.regime.id).collect::<Vec<_>>());
        // What needs a trained machine is left out, what cannot run is there with the reason.
        let verdicts: Vec<_> = dossier.regimes.iter().map(|found| (found.regime.id, found.verdict)).collect();
        let expected = [
            ("fine", Verdict::Invalid),
            ("broken", Verdict::Invalid),
            ("bare", Verdict::Holds),
            ("apart", Verdict::NotApplicable),
            ("lacking", Verdict::NotApplicable),
        ];
        assert_eq!((verdicts, dossier.statement.id), (expected.to_vec(), "T00"));
        let failures: Vec<_> = dossier.regimes.iter().map(|found| found.failure.as_deref()).collect();
        assert_eq!(failures, [None, Some("T00 broken: no numbers"), None, Some("one class"), Some("5 images")]);
        assert_eq!(dossier.invalid().map(|why| why.contains("class")), Some(false));
        // In order; what derivations judge is not measured, nor what the images lack.
        let asked = asked.into_inner();
        let of_fine: Vec<&str> = asked.iter().filter(|(id, _)| *id == "fine").map(|(_, by)| by.as_str()).collect();
        assert_eq!(of_fine, ["as-stated", "input", "untrained", "turned", "untrained"]);
        let others: Vec<&str> = asked.iter().filter(|(id, _)| *id != "fine").map(|(id, _)| *id).collect();
        assert_eq!(others, ["trained", "broken", "bare", "apart"]);
        // Each derivation took a millisecond at least.
        assert!(dossier.regimes.iter().all(|found| found.seconds >= 1e-3 || found.regime.id == "lacking"));
        let fine = &dossier.regimes[0];
        assert!(fine.derivation.holds() && fine.evidence.measurements.len() == 1);
        let trials: Vec<_> = fine.falsifiers.iter().map(|t| (t.id, t.stage, t.verdict)).collect();
        let expected = [
            ("step", Stage::Derivation, Verdict::Refuted),
            ("same step", Stage::Derivation, Verdict::Holds),
            // No steps are no derivation.
            ("no step", Stage::Derivation, Verdict::Invalid),
            ("input", Stage::Measurement, Verdict::Refuted),
        ];
        assert_eq!(trials, expected);
        assert!(fine.falsifiers.iter().all(|t| t.kills == ["a"] && t.title == "wrong"));
        let measured: Vec<usize> = fine.falsifiers.iter().map(|t| t.evidence.measurements.len()).collect();
        assert_eq!(measured, [0, 0, 0, 1]);
        let [control] = &fine.controls[..] else { panic!("one control") };
        assert_eq!((control.id, control.title, control.stage), ("turned", "the same", Stage::Measurement));
        assert!(
            control.verdict == Verdict::Holds && control.kills.is_empty() && control.evidence.measurements.len() == 1
        );
        // The others have none of their own.
        assert!(dossier.regimes[2].falsifiers.is_empty() && dossier.regimes[2].controls.is_empty());
    }
}
