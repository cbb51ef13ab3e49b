//! `verify` on images that are not MNIST: scikit-learn's digits, and patterns that were planted.

use super::{json, text};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Claims on these images. What needs no trained machine is as expected there too; of trained ones
/// nothing is expected, and nothing is invalid.
fn verified(claims: &[&str], data: &Path, more: &[&str]) -> Value {
    let out = tempfile::tempdir().expect("folder");
    let words = ["--data", text(data), "--json", "--quiet", "--out", text(out.path())];
    let found = json(&[&["verify"], claims, &words, more].concat());
    for claim in found["claims"].as_array().expect("claims") {
        let entries = rbm_landscape::theorems::CATALOGUE.iter().map(|entry| entry.theorem.statement());
        let statement = entries.into_iter().find(|one| claim["id"] == one.id).expect("a claim");
        let regime = statement.regimes.iter().find(|one| claim["regime"] == one.id).expect("a regime");
        assert_eq!((&claim["as_expected"], &claim["derivation"]["holds"]), (&true.into(), &true.into()));
        if regime.trained {
            assert_eq!(claim["expected"], Value::Null, "{} {}", statement.id, regime.id);
            let verdict = claim["verdict"].as_str().expect("a verdict");
            assert!(["holds", "refuted", "inconclusive", "vacuous"].contains(&verdict), "{verdict}");
            let checks = claim["checks"].as_array().expect("checks");
            assert!(!checks.is_empty(), "{} {}", statement.id, regime.id);
        } else {
            assert_eq!(claim["verdict"].as_str(), Some(&*regime.expected.to_string()));
        }
    }
    for name in ["report.json", "index.html", "figures/T08_digits.svg", "figures/T08_singular_values.svg"] {
        assert!(fs::metadata(out.path().join(name)).is_ok_and(|file| file.len() > 500), "{name}");
    }
    // No picture says that it is of MNIST.
    for entry in fs::read_dir(out.path().join("figures")).expect("figures").flatten() {
        let text = fs::read_to_string(entry.path()).expect("text");
        assert!(!text.contains("MNIST") && !text.contains("NaN"), "{}", entry.path().display());
    }
    found
}

#[test]
fn the_digits_of_scikit_learn_are_verified() {
    let digits = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files/digits"));
    // All that train machines; the others do not look at images.
    let found = verified(&["T01", "T03", "T04", "T06", "T07", "T08"], digits, &["--threshold", "8"]);
    // numpy: mean(x >= 8) of the first 1,500 images is 31,012 of 96,000; ten units never change.
    let line = "digits, 1500 images to learn from and 297 held back, 8 x 8 units; values count as 1 from 8 on; share of \
                ones 0.3230; 10 units are constant; 10 classes";
    assert!(found["dataset"].as_str().expect("a line").starts_with(line), "{}", found["dataset"]);
}

#[test]
fn planted_patterns_are_what_the_modes_learn() {
    // Three orthogonal patterns of ±1 on 6 x 8 units, each with a random sign in every image and of
    // another strength: the field on a unit is the sum of their signs there, and the class of an
    // image is the three signs.
    let pattern = |unit: usize, which: usize| {
        let (row, column) = (unit / 8, unit % 8);
        let first = [column < 4, row < 3, (column / 2).is_multiple_of(2)][which];
        if first { 1.0 } else { -1.0 }
    };
    let product = |a: usize, b: usize| (0..48).map(|unit| pattern(unit, a) * pattern(unit, b)).sum::<f64>();
    assert_eq!([product(0, 1), product(0, 2), product(1, 2)], [0.0; 3], "orthogonal");
    let rng = &mut ChaCha8Rng::seed_from_u64(20);
    let (mut samples, mut labels) = (String::new(), String::new());
    for _ in 0..2000 {
        let signs: [bool; 3] = std::array::from_fn(|_| rng.random());
        for unit in 0..48 {
            let part = |which: usize| [1.6, 1.1, 0.8][which] * if signs[which] { 1.0 } else { -1.0 };
            let field: f64 = (0..3).map(|which| part(which) * pattern(unit, which)).sum();
            let on = rng.random::<f64>() < 1.0 / (1.0 + (-field).exp());
            write!(samples, "{} ", u8::from(on)).expect("writes");
        }
        samples.push('\n');
        writeln!(labels, "{}", (0..3).map(|at| u8::from(signs[at]) << at).sum::<u8>()).expect("writes");
    }
    let folder = tempfile::tempdir().expect("folder");
    let path = |name: &str| folder.path().join(name);
    fs::write(path("planted.txt"), samples).expect("write");
    fs::write(path("labels.txt"), labels).expect("write");
    let found = verified(&["T08"], &path("planted.txt"), &["--labels", text(&path("labels.txt"))]);
    // 285 of 2,000 are every seventh.
    let line = found["dataset"].as_str().expect("a line");
    assert!(
        line.starts_with("planted.txt, 1715 images to learn from and 285 held back, ") && line.contains("8 classes")
    );
    // All correlation lies in the three patterns, which are principal directions and hold the
    // classes; they are of three strengths, so that modes leave the bulk one after another.
    let claims = found["claims"].as_array().expect("claims");
    let regime = claims.iter().find(|one| one["id"] == "T08" && one["regime"] == "mnist").expect("T08");
    for id in ["alignment-at-crossing", "class-share", "class-share-lead", "modes-beyond", "leaving-order-1-2"] {
        let check = regime["checks"].as_array().expect("checks").iter().find(|one| one["id"] == id).expect(id);
        assert_eq!(check["outcome"], "pass", "{check}");
    }
}
