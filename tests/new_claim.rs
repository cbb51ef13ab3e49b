//! The claim that contributors begin with, `templates/claim`, is complete and holds; `cargo run -p
//! new-claim` copies it.

// A claim refers to the crate's modules as `crate::…`.
use rbm_landscape::{claim, dossier, evidence, figure, lab, linalg, spectra, stat, symbolic, theorem};

#[allow(dead_code, clippy::print_stdout)] // its main
#[path = "../tools/new-claim/src/main.rs"]
mod example;
#[path = "../templates/claim/mod.rs"]
mod t00_new_claim;

use claim::Verdict;
use rbm_landscape::data::Dataset;
use rbm_landscape::lab::{Lab, Plan, Scale};
use rbm_landscape::runner;
use std::path::Path;
use std::sync::Arc;
use theorem::Theorem;

#[test]
fn the_template_of_a_claim_holds_and_every_check_of_it_can_fail() {
    let claim = &t00_new_claim::NewClaim;
    let data = Dataset::mnist().expect("the embedded data set is intact");
    let lab = Lab::new(Plan::new(Scale::Quick), 0, Arc::new(data), Box::new(|_| {}));
    let dossier = runner::check(claim, &lab);
    assert!(dossier.as_expected() && dossier.invalid().is_none(), "{dossier:?}");
    let verdicts: Vec<_> = dossier.regimes.iter().map(|found| (found.regime.id, found.verdict)).collect();
    assert_eq!(verdicts, [("independent", Verdict::Holds), ("with-mean", Verdict::Refuted)]);
    for regime in &dossier.regimes {
        assert!(regime.falsifiers.iter().all(|trial| trial.verdict == Verdict::Refuted));
        let never = regime.kill_matrix().into_iter().filter(|(_, by)| by.is_empty()).count();
        assert!(never == 0 || regime.regime.expected == Verdict::Refuted);
    }
    let figures = claim.figures(&dossier).expect("the evidence is whole");
    let series = |of: &figure::Figure| of.panels.iter().map(|panel| panel.series.len()).collect::<Vec<_>>();
    assert_eq!(figures.iter().map(series).collect::<Vec<_>>(), [[3]]);
    assert!(figures[0].to_svg().is_ok());
}

/// A repository with the template and a catalogue.
fn repository() -> tempfile::TempDir {
    let (root, here) = (tempfile::tempdir().expect("folder"), Path::new(env!("CARGO_MANIFEST_DIR")));
    for folder in ["theorems", "templates/claim", "docs"] {
        std::fs::create_dir_all(root.path().join(folder)).expect("folder");
    }
    for file in ["theorems/mod.rs", "docs/theory.md", "docs/findings.md"] {
        std::fs::copy(here.join(file), root.path().join(file)).expect("copied");
    }
    for file in std::fs::read_dir(here.join("templates/claim")).expect("the template is there") {
        let file = file.expect("a file").path();
        let to = root.path().join("templates/claim").join(file.file_name().expect("a name"));
        std::fs::copy(&file, to).expect("copied");
    }
    root
}

#[test]
fn a_claim_begins_as_the_template_under_its_own_names() {
    let root = repository();
    let folder = example::begin(root.path(), "T98", "edge-of-chaos2").expect("begun");
    assert_eq!(folder, root.path().join("theorems/t98_edge_of_chaos2"));
    let catalogue = std::fs::read_to_string(root.path().join("theorems/mod.rs")).expect("the catalogue");
    assert!(catalogue.ends_with("\n    t98_edge_of_chaos2::EdgeOfChaos2,\n}\n"), "{catalogue}");
    let template = root.path().join("templates/claim");
    for file in std::fs::read_dir(&template).expect("the template") {
        let name = file.expect("a file").file_name();
        let [made, from] = [&folder, &template].map(|at| std::fs::read_to_string(at.join(&name)).expect("a text"));
        assert!(!made.contains("T00") && !made.contains("NewClaim"), "{}", name.display());
        assert_eq!(made.replace("T98", "T00").replace("EdgeOfChaos2", "NewClaim"), from);
    }
    // The documentation has a heading in its part on what is beyond the paper, and on what holds.
    for (page, part) in [("theory.md", "## Beyond the paper"), ("findings.md", "## What holds")] {
        let text = std::fs::read_to_string(root.path().join("docs").join(page)).expect("a page");
        let at = text.find("\n### T98 edge of chaos2\n").expect("the heading");
        let before = text[..at].lines().rfind(|line| line.starts_with("## "));
        assert_eq!(before, Some(part), "{page}");
    }
    // An id that is taken or misspelt, and a name that is none, change nothing.
    let before = std::fs::read_to_string(root.path().join("theorems/mod.rs")).expect("the catalogue");
    for (id, name, why) in [
        ("T98", "other", "T98 is taken"),
        ("T01", "other", "T01 is taken"),
        ("T9", "other", "an id is a T and two digits"),
        ("t97", "other", "an id is a T and two digits"),
        ("T97", "Other", "small letters"),
        ("T97", "a--b", "small letters"),
        ("T97", "../b", "small letters"),
    ] {
        let error = example::begin(root.path(), id, name).expect_err(name).to_string();
        assert!(error.contains(why), "{error}");
    }
    assert_eq!(std::fs::read_to_string(root.path().join("theorems/mod.rs")).expect("the catalogue"), before);
    assert_eq!(std::fs::read_dir(root.path().join("theorems")).expect("the folder").count(), 2);
}
