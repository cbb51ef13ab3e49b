//! `inspect`.

use super::machine::{A, B, LN_Z, W, doubles, npy, npz};
use super::{json, refuses, run, text};
use std::path::Path;

fn machine(path: &Path) {
    let arrays = [
        ("W", npy("<f8", "False", "2, 3", &doubles(&W))),
        ("a", npy("<f8", "False", "2,", &doubles(&A))),
        ("b", npy("<f8", "False", "3,", &doubles(&B))),
    ];
    npz(path, &arrays);
}

#[test]
fn inspect_gives_the_values_of_an_independent_computation() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("machine.npz");
    machine(&file);
    let found = json(&["inspect", "--json", "--quiet", text(&file)]);
    // by hand: λ² are the eigenvalues of WWᵀ = [[5.25, −6.25], [−6.25, 10.0625]],
    // (15.3125 ± √(4.8125² + 4 · 6.25²))/2.
    let root = (4.8125f64.powi(2) + 4.0 * 6.25f64.powi(2)).sqrt();
    let expected = [((15.3125 + root) / 2.0).sqrt(), ((15.3125 - root) / 2.0).sqrt()];
    let values = found["singular_values"].as_array().expect("values");
    assert_eq!(values.len(), 2);
    for (value, expected) in values.iter().zip(expected) {
        assert!((value.as_f64().expect("a number") - expected).abs() < 1e-12);
    }
    assert!((found["log_partition"]["exact"].as_f64().expect("small") - LN_Z).abs() < 1e-12);
    assert_eq!((found["visible"].as_u64(), found["hidden"].as_u64()), (Some(2), Some(3)));
    assert_eq!(found["modes"][0]["index"], 1);
    assert!(found["onsager"].is_null() && found["why"]["onsager"].is_string());
    // The same numbers for every number of threads.
    let one = json(&["inspect", "--json", "--quiet", "--threads", "1", text(&file)]);
    assert_eq!(one, found);
    let without = json(&["inspect", "--json", "--quiet", "--no-annealing", text(&file)]);
    assert!(without["log_partition"].is_null() && without["why"]["log_partition"].is_string());
    let summary = String::from_utf8(run(&["inspect", "--quiet", text(&file)]).stdout).expect("text");
    assert!(summary.contains("Modes that do not converge:") && summary.contains("4.122251"), "{summary}");
    // Words of more than 80 columns stay whole; here there are none.
    assert_eq!(summary.lines().find(|line| line.chars().count() > 80), None, "{summary}");
}

#[test]
fn inspect_refuses_what_it_cannot_do() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("machine.npz");
    machine(&file);
    for level in ["0", "1", "-0.5", "NaN"] {
        let level = format!("--level={level}");
        refuses(&["inspect", &level, text(&file)], &["a probability between 0 and 1 is needed"]);
    }
    refuses(&["inspect", "--out", "somewhere", text(&file)], &["inspect writes no files"]);
    refuses(&["inspect", "--data", "samples.npy", text(&file)], &["inspect looks at the machine alone"]);
    refuses(&["inspect", "nowhere.npz"], &["there is no such file"]);
}

#[test]
fn a_layer_too_large_for_squares_is_inspected_without_them() {
    // 12,000 x 3: squares of the visible layer would take 3.5 GB. By hand: one entry per column, so
    // that λ = 3, 2, 1.
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("tall.npy");
    let mut w = vec![0.0; 36_000];
    (w[0], w[4], w[8]) = (1.0, 2.0, 3.0);
    std::fs::write(&file, npy("<f8", "False", "12000, 3", &doubles(&w))).expect("write");
    let args = ["inspect", "--json", "--quiet", "--no-annealing", "--no-transpose", text(&file)];
    let output = super::program().args(args).env("RBM_LANDSCAPE_MEMORY", "2G").output().expect("starts");
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one object");
    let values: Vec<f64> = (0..3).map(|at| found["singular_values"][at].as_f64().expect("a number")).collect();
    assert!(values.iter().zip([3.0, 2.0, 1.0]).all(|(found, by_hand)| (found - by_hand).abs() < 1e-12), "{values:?}");
    assert!(found["rotation"]["js_divergence"].is_null() && found["rotation"]["why"]["js_divergence"].is_string());
    assert!(found["why"]["mean_field_gain"].is_string());
}
