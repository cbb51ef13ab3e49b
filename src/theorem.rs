//! The trait that every claim implements, and a wrapper that derives once per variant.
#![deny(clippy::disallowed_methods)]

use crate::claim::{Applies, Case, CheckError, Control, Falsifier, MachineFacts, Regime, Statement};
use crate::dossier::Dossier;
use crate::evidence::{Evidence, Missing};
use crate::figure::Figure;
use crate::lab::Lab;
use crate::symbolic::Derivation;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

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

    /// What the images of the laboratory lack for a regime, in one sentence that follows a colon;
    /// asked before anything is run. By default what a training needs, where machines are trained.
    fn lacks(&self, regime: &Regime, lab: &Lab) -> Option<String> {
        if regime.trained { lab.lacks_for_training() } else { None }
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

    /// Checks of regimes that hold which no falsifier fails, each by its id with the reason.
    fn never_failed(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Whether the hypotheses hold for a machine, one answer per regime, and what then follows. By
    /// default no answer.
    fn applies(&self, _: &MachineFacts) -> Vec<Applies> {
        Vec::new()
    }

    /// Pictures of the evidence; no plotting library here. A regime that was not run has none.
    ///
    /// # Errors
    /// What the evidence of a regime that was run lacks.
    fn figures(&self, _: &Dossier) -> Result<Vec<Figure>, Missing> {
        Ok(Vec::new())
    }
}

/// Figures of the regimes that were run, in order: one whose regime was not is left out.
///
/// # Errors
/// Anything else that is missing.
pub fn drawn(figures: impl IntoIterator<Item = Result<Figure, Missing>>) -> Result<Vec<Figure>, Missing> {
    figures.into_iter().filter(|figure| !matches!(figure, Err(Missing::Regime(_)))).collect()
}

/// Derivations by regime and variant, each made at most once.
type Derived = HashMap<(&'static str, String), Arc<OnceLock<Derivation>>>;

/// A claim whose derivations are made once, whatever the number of seeds: they draw nothing.
pub(crate) struct OnceDerived<'a> {
    theorem: &'a dyn Theorem,
    made: Mutex<Derived>,
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

    fn applies(&self, machine: &MachineFacts) -> Vec<Applies> {
        self.theorem.applies(machine)
    }

    fn lacks(&self, regime: &Regime, lab: &Lab) -> Option<String> {
        self.theorem.lacks(regime, lab)
    }

    fn derive(&self, case: Case<'_>) -> Result<Derivation, CheckError> {
        // The map is locked while a place is looked up only; of two threads that derive the same
        // thing at once the first to finish counts.
        let place = {
            let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(made.entry((case.regime.id, case.variant_name().to_string())).or_default())
        };
        if let Some(derivation) = place.get() {
            return Ok(derivation.clone());
        }
        let derivation = self.theorem.derive(case)?;
        Ok(place.get_or_init(|| derivation).clone())
    }

    fn measure(&self, case: Case<'_>, lab: &Lab) -> Result<Evidence, CheckError> {
        self.theorem.measure(case, lab)
    }

    fn never_failed(&self) -> &'static [(&'static str, &'static str)] {
        self.theorem.never_failed()
    }

    fn figures(&self, dossier: &Dossier) -> Result<Vec<Figure>, Missing> {
        self.theorem.figures(dossier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::{Source, Stage, Variant, falsifier};

    const REGIME: Regime = Regime::holds("only", "");

    static STATEMENT: Statement = Statement {
        id: "T00",
        title: "",
        source: Source { reference: "", sentence: "", stated_there: false },
        hypotheses: &[],
        regimes: &[],
    };

    const WRONG: Falsifier = falsifier("wrong", "", Stage::Derivation, &[REGIME]);

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
                steps.equal("1", "2 − 1", &Poly::int(1), &Poly::int(if case.is(&WRONG) { 2 } else { 1 }));
                Ok(steps)
            }
            fn measure(&self, _: Case<'_>, _: &Lab) -> Result<Evidence, CheckError> {
                Ok(Evidence::default())
            }
        }
        let counted = Counted(AtomicUsize::new(0));
        let once = OnceDerived::new(&counted);
        let [one, two] = ["one", "two"].map(|id| Regime::holds(id, ""));
        for _ in 0..2 {
            for (regime, variant) in
                [(&one, Variant::AsStated), (&one, Variant::Falsified(&WRONG)), (&two, Variant::AsStated)]
            {
                let case = Case { claim: "T00", regime, variant };
                assert_eq!(once.derive(case).expect("derives").holds(), !case.is(&WRONG));
            }
        }
        assert_eq!(counted.0.load(Ordering::Relaxed), 3);
    }

    struct Bare;

    impl Theorem for Bare {
        fn statement(&self) -> &'static Statement {
            &STATEMENT
        }
        fn falsifiers(&self) -> &'static [Falsifier] {
            &[]
        }
        fn derive(&self, _: Case<'_>) -> Result<Derivation, CheckError> {
            Err(CheckError::Input("nothing to derive".into()))
        }
        fn measure(&self, _: Case<'_>, _: &Lab) -> Result<Evidence, CheckError> {
            Err(CheckError::Untrained)
        }
    }

    struct Whole;

    impl Theorem for Whole {
        fn statement(&self) -> &'static Statement {
            &STATEMENT
        }
        fn falsifiers(&self) -> &'static [Falsifier] {
            const { &[falsifier("wrong", "", Stage::Measurement, &[REGIME])] }
        }
        fn controls(&self) -> &'static [Control] {
            &[Control { id: "right", title: "", regimes: &[REGIME] }]
        }
        fn derive(&self, _: Case<'_>) -> Result<Derivation, CheckError> {
            Ok(Derivation::new())
        }
        fn measure(&self, case: Case<'_>, lab: &Lab) -> Result<Evidence, CheckError> {
            let observations = vec![(case.variant_name().to_string(), lab.plan().initial_std)];
            Ok(Evidence { observations, ..Evidence::default() })
        }
        fn never_failed(&self) -> &'static [(&'static str, &'static str)] {
            &[("a", "cannot fail")]
        }
        fn figures(&self, dossier: &Dossier) -> Result<Vec<Figure>, Missing> {
            let (title, caption) = (dossier.statement.id.to_string(), String::new());
            Ok(vec![Figure { name: "T00_whole", title, caption, panels: Vec::new() }])
        }
    }

    #[test]
    fn a_claim_whose_derivations_are_kept_is_otherwise_the_claim_itself() {
        let lab = crate::lab::tests::small_lab();
        let once = OnceDerived::new(&Whole);
        assert!(std::ptr::eq(once.statement(), &STATEMENT));
        assert_eq!((once.falsifiers(), once.controls()), (Whole.falsifiers(), Whole.controls()));
        assert_eq!(once.never_failed(), [("a", "cannot fail")]);
        let case = Case { claim: "T00", regime: &REGIME, variant: Variant::Control(&Whole.controls()[0]) };
        let evidence = once.measure(case, &lab).expect("measures");
        assert_eq!(evidence.observations, [("right".to_string(), lab.plan().initial_std)]);
        let dossier = Dossier { statement: &STATEMENT, regimes: Vec::new() };
        let figures = once.figures(&dossier).expect("drawn");
        assert_eq!(figures.iter().map(|f| (f.name, &*f.title)).collect::<Vec<_>>(), [("T00_whole", "T00")]);
        // What a claim does not say is empty, and its errors come through.
        let once = OnceDerived::new(&Bare);
        assert!(
            once.controls().is_empty()
                && once.never_failed().is_empty()
                && once.figures(&dossier).is_ok_and(|figures| figures.is_empty())
        );
        let refused = once
            .derive(Case { claim: "T00", regime: &REGIME, variant: Variant::AsStated })
            .expect_err("is not derived");
        assert_eq!(refused.to_string(), "nothing to derive");
    }
}
