//! Tests of the catalogue and of the tester itself.

use rbm_landscape::claim::{
    Case, CheckError, Control, Dossier, Falsifier, Regime, Source, Stage, Statement, Theorem, Variant, Verdict,
};
use rbm_landscape::data::Dataset;
use rbm_landscape::evidence::{Evidence, Judge, Measurement};
use rbm_landscape::figure::Figure;
use rbm_landscape::lab::{Lab, Plan, Scale};
use rbm_landscape::runner;
use rbm_landscape::symbolic::Derivation;
use rbm_landscape::symbolic::poly::Poly;
use rbm_landscape::theorems::CATALOGUE;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

const HEADINGS: [&str; 8] =
    ["Statement", "Source", "Hypotheses", "Regimes", "Derivation", "Evidence", "Falsifiers", "Limits"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_claim_file_is_catalogued_and_named_after_its_id() {
    let listed: BTreeSet<String> = CATALOGUE.iter().map(|entry| format!("{}.rs", entry.file)).collect();
    let on_disk: BTreeSet<String> = std::fs::read_dir(root().join("theorems"))
        .expect("theorems/ exists")
        .map(|entry| entry.expect("readable entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".rs") && name != "mod.rs")
        .collect();
    assert_eq!(listed, on_disk);
    for entry in CATALOGUE {
        let id = entry.theorem.statement().id;
        assert!(entry.file.starts_with(&format!("{}_", id.to_lowercase())), "{} holds {id}", entry.file);
    }
    let ids: BTreeSet<&str> = CATALOGUE.iter().map(|entry| entry.theorem.statement().id).collect();
    assert_eq!(ids.len(), CATALOGUE.len(), "ids are unique");
}

#[test]
fn every_page_has_its_headings_and_names_every_regime_and_falsifier() {
    for entry in CATALOGUE {
        let page = entry.page();
        let statement = entry.theorem.statement();
        for heading in HEADINGS {
            assert!(page.contains(&format!("\n## {heading}\n")), "{}: no heading {heading}", statement.id);
        }
        let names = statement.regimes.iter().map(|regime| regime.id);
        let falsifiers = entry.theorem.falsifiers().iter().map(|falsifier| falsifier.id);
        let controls = entry.theorem.controls().iter().map(|control| control.id);
        for name in names.chain(falsifiers).chain(controls) {
            assert!(page.contains(&format!("`{name}`")), "{}: the page does not mention `{name}`", statement.id);
        }
    }
}

#[test]
fn every_regime_that_should_hold_has_a_falsifier_for_each_stage() {
    for entry in CATALOGUE {
        let statement = entry.theorem.statement();
        for regime in statement.regimes {
            let stages: Vec<Stage> =
                entry.theorem.falsifiers().iter().filter(|f| f.regimes.contains(&regime.id)).map(|f| f.stage).collect();
            match regime.expected {
                Verdict::Holds => {
                    for stage in [Stage::Derivation, Stage::Measurement] {
                        assert!(stages.contains(&stage), "{} {}: no falsifier for {stage:?}", statement.id, regime.id);
                    }
                }
                Verdict::Refuted => assert!(regime.replaced_by.is_some(), "{} {}", statement.id, regime.id),
                other => panic!("{} {}: theory cannot expect {other}", statement.id, regime.id),
            }
        }
        let known: BTreeSet<&str> = statement.regimes.iter().map(|regime| regime.id).collect();
        let named = entry.theorem.falsifiers().iter().flat_map(|f| f.regimes);
        for regime in named.chain(entry.theorem.controls().iter().flat_map(|c| c.regimes)) {
            assert!(known.contains(regime), "{}: unknown regime {regime}", statement.id);
        }
    }
}

#[test]
fn every_claim_has_committed_figures_and_a_snapshot_and_there_are_no_orphans() {
    let ids: Vec<&str> = CATALOGUE.iter().map(|entry| entry.theorem.statement().id).collect();
    let files = |dir: &str, ending: &str| -> Vec<String> {
        let dir = root().join(dir);
        std::fs::read_dir(&dir)
            .unwrap_or_else(|e| panic!("{}: {e}", dir.display()))
            .map(|entry| entry.expect("readable entry").file_name().to_string_lossy().into_owned())
            .filter(|name| name.ends_with(ending))
            .collect()
    };
    let pictures = files("figures", ".svg");
    for id in &ids {
        assert!(pictures.iter().any(|name| name.starts_with(&format!("{id}_"))), "{id} has no figure in figures/");
    }
    for picture in &pictures {
        assert!(ids.iter().any(|id| picture.starts_with(&format!("{id}_"))), "orphan figures/{picture}");
        let data = root().join("figures").join(picture.replace(".svg", ".csv"));
        assert!(data.exists(), "{} is missing", data.display());
    }
    let snapshots: BTreeSet<String> = files("tests/snapshots", ".snap").into_iter().collect();
    let expected: BTreeSet<String> = CATALOGUE.iter().map(|entry| format!("{}.snap", entry.file)).collect();
    assert_eq!(snapshots, expected);
}

#[test]
fn the_readme_says_what_theory_expects() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md exists");
    let rows = CATALOGUE.iter().flat_map(|entry| {
        let statement = entry.theorem.statement();
        statement.regimes.iter().map(move |r| format!("| {} | {} | {} |", statement.id, r.id, r.expected))
    });
    let rows: Vec<String> = rows.collect();
    assert!(rows.iter().all(|row| readme.contains(row)), "{rows:#?}");
    assert_eq!(readme.matches("\n| T").count(), rows.len());
}

#[test]
fn every_wrong_derivation_step_is_caught() {
    for entry in CATALOGUE {
        for regime in entry.theorem.statement().regimes {
            let right = entry.theorem.derive(Case { regime, variant: Variant::AsStated }).expect("can be derived");
            assert!(right.holds(), "{} {}", entry.theorem.statement().id, regime.id);
            for falsifier in entry.theorem.falsifiers() {
                if falsifier.stage == Stage::Derivation && falsifier.regimes.contains(&regime.id) {
                    let variant = Variant::Broken(falsifier);
                    let wrong = entry.theorem.derive(Case { regime, variant }).expect("can be derived");
                    assert!(!wrong.holds(), "{} {} {}", entry.theorem.statement().id, regime.id, falsifier.id);
                }
            }
        }
    }
}

/// A theorem made to fool the runner: `derives` and `measures` say what the falsified case gives.
struct Fake {
    falsified_derivation_holds: bool,
    falsified_measurement_passes: bool,
    supporting: bool,
    control_holds: Option<bool>,
}

const HONEST: Fake = Fake {
    falsified_derivation_holds: false,
    falsified_measurement_passes: false,
    supporting: true,
    control_holds: None,
};

static FAKE_REGIMES: [Regime; 1] =
    [Regime { id: "only", title: "the only one", expected: Verdict::Holds, replaced_by: None }];
static FAKE: Statement = Statement {
    id: "T00",
    title: "one equals one",
    source: Source { reference: "made for a test", sentence: "1 = 1", stated_there: false },
    hypotheses: &[],
    regimes: &FAKE_REGIMES,
};
static FAKE_FALSIFIERS: [Falsifier; 2] = [
    falsifier("wrong-step", "1 = 2 derived", Stage::Derivation, &["only"]),
    falsifier("wrong-input", "1 = 2 measured", Stage::Measurement, &["only"]),
];
static FAKE_CONTROLS: [Control; 1] = [Control { id: "one-again", title: "1 = 1 once more", regimes: &["only"] }];

impl Theorem for Fake {
    fn statement(&self) -> &'static Statement {
        &FAKE
    }

    fn falsifiers(&self) -> &'static [Falsifier] {
        &FAKE_FALSIFIERS
    }

    fn controls(&self) -> &'static [Control] {
        if self.control_holds.is_some() { &FAKE_CONTROLS } else { &[] }
    }

    fn derive(&self, case: Case<'_>) -> Result<Derivation, CheckError> {
        let right = if case.broken("wrong-step") && !self.falsified_derivation_holds { 2 } else { 1 };
        let mut steps = Derivation::new();
        steps.equal("one is one", &Poly::int(1), &Poly::int(right));
        Ok(steps)
    }

    fn measure(&self, case: Case<'_>, _: &Lab) -> Result<Evidence, CheckError> {
        let wrong = case.broken("wrong-input") && !self.falsified_measurement_passes;
        let lost = case.control("one-again") && self.control_holds == Some(false);
        let observed = if wrong || lost { 2.0 } else { 1.0 };
        let rounding = Judge::Rounding { factor: 1.0, n: 1, scale: 1.0, because: "one term" };
        let statistical = Judge::Statistical {
            test: rbm_landscape::evidence::TestKind::Z,
            statistic: 0.0,
            p_value: if observed == 1.0 { 0.5 } else { 0.0 },
            alpha: 1e-6,
            detects: String::new(),
        };
        let judge = if self.supporting { rounding } else { statistical };
        let measurement = Measurement::new("?", "one", observed, 1.0, judge);
        Ok(Evidence { measurements: vec![measurement], ..Evidence::default() })
    }

    fn figures(&self, _: &Dossier) -> Vec<Figure> {
        Vec::new()
    }
}

fn verdict(fake: Fake) -> Verdict {
    let data = Dataset::mnist().expect("the embedded data set is intact");
    let lab = Lab::new(Plan::new(Scale::Quick), 0, Arc::new(data), Box::new(|_| {}));
    runner::check(&fake, &lab).regimes[0].verdict
}

#[test]
fn an_honest_claim_holds() {
    assert_eq!(verdict(HONEST), Verdict::Holds);
    assert_eq!(verdict(Fake { control_holds: Some(true), ..HONEST }), Verdict::Holds);
}

#[test]
fn a_check_that_always_passes_is_vacuous() {
    assert_eq!(verdict(Fake { falsified_measurement_passes: true, ..HONEST }), Verdict::Vacuous);
}

#[test]
fn a_falsifier_that_equals_the_claim_is_vacuous() {
    assert_eq!(verdict(Fake { falsified_derivation_holds: true, ..HONEST }), Verdict::Vacuous);
}

#[test]
fn a_control_that_is_refuted_is_vacuous() {
    assert_eq!(verdict(Fake { control_holds: Some(false), ..HONEST }), Verdict::Vacuous);
}

#[test]
fn not_rejected_is_not_evidence() {
    assert_eq!(verdict(Fake { supporting: false, ..HONEST }), Verdict::Inconclusive);
}
