//! The vocabulary of a claim: statement, regimes, falsifiers, verdicts, and the trait every theorem implements.

use crate::evidence::{Evidence, Outcome};
use crate::figure::Figure;
use crate::lab::Lab;
use crate::symbolic::Derivation;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// What a claim says and where it says so.
#[derive(Debug)]
pub struct Statement {
    /// Permanent identifier, `T01` and so on.
    pub id: &'static str,
    /// A sentence that can be false.
    pub title: &'static str,
    /// Where the claim comes from.
    pub source: Source,
    /// What is assumed.
    pub hypotheses: &'static [&'static str],
    /// Where it is tested, with the verdict that theory expects in each.
    pub regimes: &'static [Regime],
}

/// Where a claim comes from.
#[derive(Debug)]
pub struct Source {
    /// A reference that a reader can find.
    pub reference: &'static str,
    /// The sentence of that reference which is tested.
    pub sentence: &'static str,
    /// True when the statement is the reference's own claim, false when it is our reading or an addition.
    pub stated_there: bool,
}

/// One set of conditions under which a claim is tested.
#[derive(Debug, PartialEq)]
pub struct Regime {
    /// Short identifier, unique within the claim.
    pub id: &'static str,
    /// The conditions, in words.
    pub title: &'static str,
    /// The verdict that theory expects.
    pub expected: Verdict,
    /// For regimes expected to be refuted: what holds there instead.
    pub replaced_by: Option<&'static str>,
}

/// Which half of the verification a falsifier attacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// A wrong step: the derivation must not hold.
    Derivation,
    /// A wrong input or prediction: the measurement must refute the claim.
    Measurement,
}

/// Something for which the claim is false, sent through the same code as the claim.
#[derive(Debug, PartialEq)]
pub struct Falsifier {
    /// Short identifier, unique within the claim.
    pub id: &'static str,
    /// What is wrong, in words.
    pub title: &'static str,
    /// Where it must be caught.
    pub stage: Stage,
    /// Regimes it belongs to, each expected to hold.
    pub regimes: &'static [&'static str],
}

/// A change that must *not* matter: the same check must still come out as holding.
#[derive(Debug, PartialEq)]
pub struct Control {
    /// Short identifier, unique within the claim.
    pub id: &'static str,
    /// What is changed, in words.
    pub title: &'static str,
    /// Regimes it belongs to.
    pub regimes: &'static [&'static str],
}

/// The claim as stated, or one deliberate change of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Variant<'a> {
    /// As stated.
    AsStated,
    /// Made false.
    Broken(&'a Falsifier),
    /// Changed in a way that must not matter.
    Control(&'a Control),
}

/// A claim's regime together with the variant that is run: the same code path for all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Case<'a> {
    /// The regime.
    pub regime: &'a Regime,
    /// The variant.
    pub variant: Variant<'a>,
}

impl Case<'_> {
    /// True when the falsifier with this id is switched on.
    pub fn broken(&self, id: &str) -> bool {
        matches!(self.variant, Variant::Broken(falsifier) if falsifier.id == id)
    }

    /// True for any falsifier.
    pub fn falsified(&self) -> bool {
        matches!(self.variant, Variant::Broken(_))
    }

    /// True when the positive control with this id is switched on.
    pub fn control(&self, id: &str) -> bool {
        matches!(self.variant, Variant::Control(control) if control.id == id)
    }

    /// Name of the variant, part of the key of its random streams.
    pub fn variant_name(&self) -> &str {
        match self.variant {
            Variant::AsStated => "as-stated",
            Variant::Broken(falsifier) => falsifier.id,
            Variant::Control(control) => control.id,
        }
    }
}

/// What a verification concludes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Derivation and all checks agree, at least one of them could have failed by itself, every falsifier was refuted.
    Holds,
    /// A check contradicts the claim, or the derivation does not hold.
    Refuted,
    /// Nothing contradicts the claim, but the evidence does not suffice.
    Inconclusive,
    /// The checks pass, and pass for something false as well: they show nothing.
    Vacuous,
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Verdict::Holds => "holds",
            Verdict::Refuted => "refuted",
            Verdict::Inconclusive => "inconclusive",
            Verdict::Vacuous => "vacuous",
        })
    }
}

/// A check could not run at all. That is no verdict.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// A kernel or decomposition failed on its input.
    #[error("{what}: {source}")]
    Failed {
        /// What was being computed.
        what: String,
        /// Why it failed.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The laboratory does not train, and the check needs a trained machine.
    #[error("needs a trained machine, and this laboratory does not train")]
    Untrained,
    /// The input of a check is unusable.
    #[error("{0}")]
    Input(String),
}

impl CheckError {
    /// Wraps an error with what was being computed; made for `map_err(CheckError::while_doing("..."))`.
    pub fn while_doing<E: std::error::Error + Send + Sync + 'static>(what: &str) -> impl FnOnce(E) -> CheckError {
        let what = what.to_string();
        move |source| CheckError::Failed { what, source: Box::new(source) }
    }
}

/// One claim: exact derivation, numeric measurement, falsifiers, figures.
pub trait Theorem: Sync {
    /// Id, title, source, hypotheses, regimes with their expected verdicts.
    fn statement(&self) -> &'static Statement;

    /// What must be refuted; at least one a stage.
    fn falsifiers(&self) -> &'static [Falsifier];

    /// What must not matter.
    fn controls(&self) -> &'static [Control] {
        &[]
    }

    /// The exact derivation; a wrong step is an outcome, not an error.
    ///
    /// # Errors
    /// When it cannot be carried out at all.
    fn derive(&self, case: Case<'_>) -> Result<Derivation, CheckError>;

    /// Kernels against oracle or prediction.
    ///
    /// # Errors
    /// When a kernel fails on its input.
    fn measure(&self, case: Case<'_>, lab: &Lab) -> Result<Evidence, CheckError>;

    /// Pictures of the evidence; no plotting library here.
    fn figures(&self, _: &Dossier) -> Vec<Figure> {
        Vec::new()
    }
}

/// A claim whose derivations are made once, whatever the number of seeds: they draw nothing.
pub struct OnceDerived<'a> {
    theorem: &'a dyn Theorem,
    made: Mutex<HashMap<(&'static str, String), Derivation>>,
}

impl<'a> OnceDerived<'a> {
    /// Nothing is derived yet.
    pub fn new(theorem: &'a dyn Theorem) -> Self {
        Self { theorem, made: Mutex::default() }
    }
}

impl Theorem for OnceDerived<'_> {
    fn statement(&self) -> &'static Statement {
        self.theorem.statement()
    }

    fn falsifiers(&self) -> &'static [Falsifier] {
        self.theorem.falsifiers()
    }

    fn controls(&self) -> &'static [Control] {
        self.theorem.controls()
    }

    fn derive(&self, case: Case<'_>) -> Result<Derivation, CheckError> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (case.regime.id, case.variant_name().to_string());
        if let Some(derivation) = made.get(&key) {
            return Ok(derivation.clone());
        }
        let derivation = self.theorem.derive(case)?;
        made.insert(key, derivation.clone());
        Ok(derivation)
    }

    fn measure(&self, case: Case<'_>, lab: &Lab) -> Result<Evidence, CheckError> {
        self.theorem.measure(case, lab)
    }

    fn figures(&self, dossier: &Dossier) -> Vec<Figure> {
        self.theorem.figures(dossier)
    }
}

/// A falsifier or control after it was run.
#[derive(Debug)]
pub struct Trial {
    /// Its id.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// The stage that judged it.
    pub stage: Stage,
    /// What that stage concluded: `Refuted` is wanted of a falsifier, `Holds` of a control.
    pub verdict: Verdict,
    /// What was measured, for the stage `Measurement`.
    pub evidence: Evidence,
}

/// Everything that was found about one claim in one regime.
#[derive(Debug)]
pub struct RegimeDossier {
    /// The regime.
    pub regime: &'static Regime,
    /// The conclusion.
    pub verdict: Verdict,
    /// The exact derivation.
    pub derivation: Derivation,
    /// What was measured.
    pub evidence: Evidence,
    /// Falsifiers of this regime.
    pub falsifiers: Vec<Trial>,
    /// Positive controls of this regime.
    pub controls: Vec<Trial>,
    /// Wall time in seconds.
    pub seconds: f64,
}

/// Everything that was found about one claim.
#[derive(Debug)]
pub struct Dossier {
    /// The claim.
    pub statement: &'static Statement,
    /// One entry a regime, in the statement's order.
    pub regimes: Vec<RegimeDossier>,
}

impl Dossier {
    /// True when every regime came out as expected.
    pub fn as_expected(&self) -> bool {
        self.regimes.iter().all(|regime| regime.verdict == regime.regime.expected)
    }

    /// The dossier of one regime.
    pub fn regime(&self, id: &str) -> Option<&RegimeDossier> {
        self.regimes.iter().find(|r| r.regime.id == id)
    }
}

impl RegimeDossier {
    /// Sum of the levels of the statistical checks: an upper bound on this regime's false-alarm rate.
    pub fn alpha_spent(&self) -> f64 {
        self.evidence
            .measurements
            .iter()
            .map(|m| match m.judge {
                crate::evidence::Judge::Statistical { alpha, .. } => alpha,
                _ => 0.0,
            })
            .sum()
    }
}

/// The conclusion from measurements alone: refuted when one fails, inconclusive when one is undecided or none could
/// support the claim (statistical checks only refute), otherwise holds. Where all must fail, refuted when all do.
pub fn conclude(evidence: &Evidence) -> Verdict {
    let outcomes: Vec<Outcome> = evidence.measurements.iter().map(|m| m.outcome()).collect();
    let supports = evidence.measurements.iter().any(|m| m.p_value().is_none());
    let refuted = match evidence.all_must_fail {
        true => !outcomes.is_empty() && outcomes.iter().all(|outcome| *outcome == Outcome::Fail),
        false => outcomes.contains(&Outcome::Fail),
    };
    if refuted {
        Verdict::Refuted
    } else if outcomes.contains(&Outcome::Undecided) || !supports {
        Verdict::Inconclusive
    } else {
        Verdict::Holds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static REGIME: Regime = Regime { id: "only", title: "", expected: Verdict::Holds, replaced_by: None };
    static STATEMENT: Statement = Statement {
        id: "T00",
        title: "",
        source: Source { reference: "", sentence: "", stated_there: false },
        hypotheses: &[],
        regimes: &[],
    };

    #[test]
    fn every_variant_has_a_name_of_its_own() {
        let falsifier = Falsifier { id: "wrong", title: "", stage: Stage::Measurement, regimes: &["only"] };
        let control = Control { id: "right", title: "", regimes: &["only"] };
        let variants = [Variant::AsStated, Variant::Broken(&falsifier), Variant::Control(&control)];
        let names = variants.map(|variant| Case { regime: &REGIME, variant }.variant_name().to_string());
        assert_eq!(names, ["as-stated", "wrong", "right"]);
        let falsified = variants.map(|variant| Case { regime: &REGIME, variant }.falsified());
        assert_eq!(falsified, [false, true, false]);
    }

    #[test]
    fn a_claim_is_as_expected_when_all_its_regimes_are() {
        let regime = |verdict: Verdict| RegimeDossier {
            regime: &REGIME,
            verdict,
            derivation: Derivation::new(),
            evidence: Evidence::default(),
            falsifiers: Vec::new(),
            controls: Vec::new(),
            seconds: 0.0,
        };
        let with = |verdicts: [Verdict; 2]| Dossier { statement: &STATEMENT, regimes: verdicts.map(regime).into() };
        assert!(with([Verdict::Holds, Verdict::Holds]).as_expected());
        assert!(!with([Verdict::Holds, Verdict::Vacuous]).as_expected());
    }

    #[test]
    fn derivations_are_made_once_for_every_variant() {
        use crate::symbolic::poly::Poly;
        use std::sync::atomic::{AtomicUsize, Ordering};
        struct Counted(AtomicUsize);
        impl Theorem for Counted {
            fn statement(&self) -> &'static Statement {
                &STATEMENT
            }
            fn falsifiers(&self) -> &'static [Falsifier] {
                &[]
            }
            fn derive(&self, case: Case<'_>) -> Result<Derivation, CheckError> {
                self.0.fetch_add(1, Ordering::Relaxed);
                let mut steps = Derivation::new();
                steps.equal("1", &Poly::int(1), &Poly::int(if case.broken("wrong") { 2 } else { 1 }));
                Ok(steps)
            }
            fn measure(&self, _: Case<'_>, _: &Lab) -> Result<Evidence, CheckError> {
                Ok(Evidence::default())
            }
        }
        let counted = Counted(AtomicUsize::new(0));
        let once = OnceDerived::new(&counted);
        let [one, two] = ["one", "two"].map(|id| Regime { id, title: "", expected: Verdict::Holds, replaced_by: None });
        let wrong = Falsifier { id: "wrong", title: "", stage: Stage::Derivation, regimes: &["one"] };
        for _ in 0..2 {
            for (regime, variant) in
                [(&one, Variant::AsStated), (&one, Variant::Broken(&wrong)), (&two, Variant::AsStated)]
            {
                let case = Case { regime, variant };
                assert_eq!(once.derive(case).expect("derives").holds(), !case.broken("wrong"));
            }
        }
        assert_eq!(counted.0.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn where_all_must_fail_one_failure_is_not_enough() {
        let check = |observed: f64| {
            let interval = crate::evidence::Interval { low: observed, high: observed, confidence: 0.99 };
            crate::check::near("one", observed, interval, 0.0, 1.0, "by hand")
        };
        let of = |observed: &[f64], all_must_fail: bool| {
            let measurements = observed.iter().copied().map(check).collect();
            conclude(&Evidence { measurements, all_must_fail, ..Evidence::default() })
        };
        assert_eq!((of(&[0.0, 5.0], false), of(&[0.0, 5.0], true)), (Verdict::Refuted, Verdict::Holds));
        assert_eq!((of(&[5.0, 5.0], true), of(&[], true)), (Verdict::Refuted, Verdict::Inconclusive));
    }
}
