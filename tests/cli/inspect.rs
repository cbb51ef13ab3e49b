//! `inspect`.

use super::machine::{A, B, LN_Z, W, doubles, npy, npz};
use super::{json, refuses, run, small_set, text};
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

/// A machine of tests/reference/inspect.
fn reference(name: &str) -> String {
    format!("{}/tests/reference/inspect/{name}.npz", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn inspect_says_where_independent_weights_lie_against_the_spin_glass_transition_line() {
    let folder = tempfile::tempdir().expect("folder");
    let out = folder.path().join("page");
    let place = |words: &[&str], name: &str| {
        let file = reference(name);
        json(&[&["inspect", "--json", "--quiet", "--no-annealing"], words, &[file.as_str()]].concat())
    };
    // 40 x 20 units at zero centred field; numpy (tests/reference/inspect.json): mean square of the
    // entries squared, times NM/256, is 0.2059903751124289.
    let x = 0.205_990_375_112_428_9;
    let found = place(&["--out", text(&out)], "paramagnet");
    let line = &found["transition_line"];
    let ends = |line: &serde_json::Value| ["low", "high"].map(|end| line[end].as_f64().expect("a bulk"));
    let [low, high] = ends(line);
    assert!(low < x && x < high && high < 1.0 && line["phase"] == "paramagnet", "{line}");
    // by hand: x is (βσ)⁴ · 800/256, with its interval.
    let of = |sigma: &serde_json::Value| sigma.as_f64().expect("a bulk").powi(4) * 3.125;
    let close = |found: f64, expected: f64| assert!((found / expected - 1.0).abs() < 1e-12, "{found} {expected}");
    close(line["x"].as_f64().expect("a bulk"), of(&found["spectrum"]["sigma"]));
    for (end, at) in [(low, 0), (high, 1)] {
        close(end, of(&found["spectrum"]["sigma_interval"][at]));
    }
    assert!(line["zero_field"] == true && line["largest_field"].as_f64().expect("a number") < 1e-12, "{line}");
    let page = std::fs::read_to_string(out.join("index.html")).expect("a page");
    assert!(page.contains("Spin-glass transition line: x = 0.2") && page.contains("zero: T09 paramagnet applies"));
    // 16 x at twice β, on either side of 1; negative β has the same x.
    for beta in ["--beta=2", "--beta=-2"] {
        let hot = place(&[beta], "paramagnet");
        close(ends(&hot["transition_line"])[0], 16.0 * low);
        assert_eq!(hot["transition_line"]["phase"], "beyond");
    }
    let close_to_one = place(&["--beta", "1.484"], "paramagnet"); // (1/0.206)^(1/4)
    assert_eq!(close_to_one["transition_line"]["phase"], "on-the-line");
    // Fields do not change x and are said; a planted direction has no place.
    let found = place(&[], "noise");
    assert!(found["transition_line"]["x"].is_f64() && found["transition_line"]["zero_field"] == false);
    let said = |name: &str| {
        let output = run(&["inspect", "--quiet", "--no-annealing", &reference(name)]);
        String::from_utf8(output.stdout).expect("text")
    };
    let summary = said("noise");
    assert!(summary.contains("not zero: T09 fields applies"), "{summary}");
    let found = place(&[], "zero_field_spike");
    let line = &found["transition_line"];
    assert!(line["x"].is_null() && line["phase"].is_null() && line["zero_field"] == true, "{line}");
    assert!(line["why"]["transition_line"].as_str().expect("a reason").contains("1 outliers"), "{line}");
    let summary = said("zero_field_spike");
    assert!(summary.contains("Spin-glass transition line: does not apply:"), "{summary}");
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
    for option in [["--threshold", "-3"], ["--labels", "y"], ["--data-name", "x"]] {
        refuses(&[&["inspect"], &option[..], &[text(&file)]].concat(), &[option[0], "there are no samples"]);
    }
    refuses(&["inspect", "--data", "nowhere.npy", text(&file)], &["nowhere.npy", "there is no such file"]);
    refuses(&["inspect", "--data", "mnist", text(&file)], &["samples of 784 units", "2 visible units"]);
    refuses(&["inspect", "--data", "mnist", "--labels", "x", text(&file)], &["--labels", "of its own"]);
    refuses(&["inspect", "--update", "all", text(&file)], &["no updates of a training", "leave out --update all"]);
    refuses(&["log-partition", "--update", "all", text(&file)], &["one machine is needed here"]);
    refuses(&["sample", "--beta", "1,2", text(&file)], &["one inverse temperature is needed here"]);
    refuses(&["inspect", "--beta", "1,NaN", text(&file)], &["--beta NaN: a finite number is needed"]);
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

#[test]
fn inspect_says_how_likely_samples_are_and_writes_a_page() {
    let folder = tempfile::tempdir().expect("folder");
    let at = |name: &str| folder.path().join(name);
    let (file, data, out) = (at("machine.npz"), at("data.npz"), at("page"));
    machine(&file);
    // Three samples of two units, with labels.
    let arrays =
        [("samples", npy("|u1", "False", "3, 2", &[0, 1, 1, 1, 0, 0])), ("y", npy("|u1", "False", "3,", &[1, 0, 1]))];
    npz(&data, &arrays);
    let asked = ["inspect", "--json", "--quiet", "--no-annealing", "--data", text(&data), "--out", text(&out)];
    let found = json(&[&asked[..], &["--labels", "y", text(&file)]].concat());
    // by enumeration: ln p(v) = a·v + Σ_k ln(1 + exp(b_k + Σ_j W_jk v_j)) − ln Z.
    let log_p = |v: [f64; 2]| {
        let own: f64 = (0..2).map(|j| A[j] * v[j]).sum();
        let field = |k: usize| B[k] + W[k] * v[0] + W[3 + k] * v[1];
        own + (0..3).map(|k| field(k).exp().ln_1p()).sum::<f64>() - LN_Z
    };
    let expected = (log_p([0.0, 1.0]) + log_p([1.0, 1.0]) + log_p([0.0, 0.0])) / 3.0;
    let likelihood = &found["log_likelihood"];
    assert!((likelihood["mean"].as_f64().expect("exact") - expected).abs() < 1e-12, "{likelihood}");
    assert!((likelihood["per_unit"].as_f64().expect("exact") - expected / 2.0).abs() < 1e-12);
    assert_eq!((likelihood["samples"].as_u64(), found["data"]["classes"].as_u64()), (Some(3), Some(2)));
    assert!(found["modes"][0]["class_share"].is_f64() && found["modes"][0]["position_data"]["mean"].is_f64());
    let page = std::fs::read_to_string(out.join("index.html")).expect("a page");
    assert!(page.contains("What the theory says of machine.npz") && page.contains("nats per sample"));
    assert!(!page.contains("src=") && !page.contains("http-equiv"), "self-contained");
    let kept: serde_json::Value =
        serde_json::from_slice(&std::fs::read(out.join("inspect.json")).expect("numbers")).expect("JSON");
    assert_eq!(kept, found);
    for name in ["spectrum.svg", "spectrum.csv", "modes.svg", "positions.svg"] {
        assert!(out.join("figures").join(name).exists(), "{name}");
    }
    // Figures of an earlier page go away; a file of the user's stays.
    let figures = out.join("figures");
    for name in ["training.svg", "mine.svg"] {
        std::fs::write(figures.join(name), "earlier").expect("write");
    }
    run(&["inspect", "--quiet", "--no-annealing", "--out", text(&out), text(&file)]);
    assert!(!figures.join("training.svg").exists() && figures.join("mine.svg").exists());
    // Without --labels the array is named.
    let found = json(&["inspect", "--json", "--quiet", "--data", text(&data), text(&file)]);
    assert!(found["data"]["notes"].to_string().contains("--labels y") && found["data"]["classes"] == 0);
    let summary = run(&["inspect", "--quiet", "--data", text(&data), text(&file)]).stdout;
    let summary = String::from_utf8(summary).expect("text");
    assert_eq!(summary.lines().find(|line| line.chars().count() > 80), None, "{summary}");
    // A folder that cannot be written is found before the work.
    refuses(&["inspect", "--out", "/proc/here", text(&file)], &["/proc/here"]);
}

#[test]
fn several_inverse_temperatures_give_results_in_their_order() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("machine.npz");
    machine(&file);
    let commands = [&["inspect", "--no-annealing"][..], &["log-partition", "--chains", "20", "--betas", "50"]];
    for command in commands {
        let asked = |beta: &str| json(&[command, &["--json", "--quiet", "--beta", beta, text(&file)]].concat());
        let both = asked("0.5,-1");
        let results = both["results"].as_array().expect("results");
        for (result, beta) in results.iter().zip(["0.5", "-1"]) {
            assert_eq!(*result, asked(beta), "{command:?} {beta}");
        }
        assert_eq!(results.len(), 2);
    }
    let out = folder.path().join("pages");
    run(&["inspect", "--quiet", "--no-annealing", "--beta", "0.5,1", "--out", text(&out), text(&file)]);
    for beta in ["beta0.5", "beta1"] {
        assert!(out.join(beta).join("index.html").exists(), "{beta}");
    }
    let top = std::fs::read_to_string(out.join("index.html")).expect("a page");
    assert!(top.contains("beta0.5/index.html") && top.contains("beta1/index.html"), "{top}");
    refuses(&["inspect", "--beta", "1,1", text(&file)], &["--beta 1: given twice"]);
}

#[test]
fn inspect_follows_the_updates_of_a_training() {
    let folder = tempfile::tempdir().expect("folder");
    let at = |name: &str| folder.path().join(name);
    // W, 2W, 5W at updates 1, 10, 100: every λ is that many times the one by hand above.
    let scaled = |times: f64| W.map(|w| times * w);
    let names = ["update_1/W", "update_10/W", "update_100/W"];
    let arrays: Vec<(&str, Vec<u8>)> = names
        .into_iter()
        .zip([1.0, 2.0, 5.0])
        .map(|(name, times)| (name, npy("<f8", "False", "2, 3", &doubles(&scaled(times)))))
        .collect();
    npz(&at("training.npz"), &arrays);
    let root = (4.8125f64.powi(2) + 4.0 * 6.25f64.powi(2)).sqrt();
    let top = ((15.3125 + root) / 2.0).sqrt();
    let file = at("training.npz");
    let found = json(&["inspect", "--json", "--quiet", "--no-transpose", "--update", "all", text(&file)]);
    let updates = found["updates"].as_array().expect("updates");
    assert_eq!(updates.len(), 3);
    for (update, (number, times, above)) in updates.iter().zip([(1, 1.0, 0), (10, 2.0, 1), (100, 5.0, 2)]) {
        assert_eq!(update["update"].as_u64(), Some(number));
        let lambda = update["singular_values"][0].as_f64().expect("a number");
        assert!((lambda - times * top).abs() < 1e-10, "{update}");
        assert!((update["alignment"].as_f64().expect("a number") - 1.0).abs() < 1e-12);
        // λ = 3.79 and 0.98 times 1, 2, 5 against 4.
        assert_eq!(update["above_4"].as_u64(), Some(above));
    }
    assert_eq!(found["crossings"][1]["exceeds_4"].as_u64(), Some(100));
    // The rest is that of the last update.
    let last = json(&["inspect", "--json", "--quiet", "--no-transpose", text(&file)]);
    assert_eq!(found["singular_values"], last["singular_values"]);
    assert!(last.get("updates").is_none());
    // A run of train: epochs 1 and 2 and the last are kept.
    small_set(folder.path());
    let (runs, data) = (at("runs"), folder.path());
    let train = [
        "train",
        "--quiet",
        "--hidden",
        "3",
        "--epochs",
        "3",
        "--batch",
        "10",
        "--data",
        text(data),
        "--out",
        text(&runs),
    ];
    assert!(run(&train).status.success());
    let own = runs.join("hidden00003-replica00");
    let out = at("page");
    let asked = ["inspect", "--json", "--quiet", "--no-annealing", "--update", "all", "--out", text(&out), text(&own)];
    let found = json(&asked);
    let updates = found["updates"].as_array().expect("updates");
    let numbers: Vec<u64> = updates.iter().map(|update| update["update"].as_u64().expect("a number")).collect();
    // 60 images in batches of 10.
    assert_eq!(numbers, [6, 12, 18]);
    assert!(out.join("figures/training.svg").exists());
    // One of its states by its number, and one that is not kept.
    let first = json(&["inspect", "--json", "--quiet", "--no-annealing", "--update", "6", text(&own)]);
    assert_eq!(first["singular_values"], updates[0]["singular_values"]);
    assert_eq!(first["stored"]["update"].as_u64(), Some(6));
    refuses(&["inspect", "--update", "7", text(&own)], &["update 7 is not kept; it has 6, 12, 18", "--update"]);
    // Updates of two machines are refused before the work.
    let two = [
        ("update_1/W", npy("<f8", "False", "2, 3", &doubles(&W))),
        ("update_2/W", npy("<f8", "False", "3, 2", &doubles(&W))),
    ];
    npz(&at("two.npz"), &two);
    let asked = ["inspect", "--no-transpose", "--update", "all", text(&at("two.npz"))].map(String::from);
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
    refuses(&asked, &["update 1 has 2 x 3 units, the last one 3 x 2", "--update N"]);
    // The test images of the set, and their classes.
    let found = json(&["inspect", "--json", "--quiet", "--data", text(data), text(&own)]);
    assert_eq!((found["data"]["samples"].as_u64(), found["data"]["classes"].as_u64()), (Some(20), Some(4)));
}
