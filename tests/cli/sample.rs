//! `sample`.

use super::machine::{A, B, LN_Z, W, doubles, machine, npy, npz, pair, plain, rows};
use super::{json, refuses, run, small_set, text};
use serde_json::Value;
use std::fs;
use std::path::Path;

#[test]
fn sample_writes_states_of_the_right_law() {
    let folder = tempfile::tempdir().expect("folder");
    let path = |name: &str| folder.path().join(name);
    let arrays = [
        ("W", npy("<f8", "False", "2, 3", &doubles(&W))),
        ("a", npy("<f8", "False", "2,", &doubles(&A))),
        ("b", npy("<f8", "False", "3,", &doubles(&B))),
    ];
    npz(&path("machine.npz"), &arrays);
    let (machine, out) = (path("machine.npz"), path("out"));
    let args = ["sample", text(&machine), "--json", "--chains", "20000", "--steps", "40", "--out", text(&out)];
    let found = json(&args);
    let bytes = fs::read(out.join("samples.npy")).expect("samples");
    assert!(bytes.starts_with(b"\x93NUMPY") && bytes[..128].windows(10).any(|w| w == b"(20000, 2)"));
    let states = &bytes[bytes.len() - 40_000..];
    // P(v) = e^(a.v) prod_k (1 + e^(b_k + (v W)_k)) / Z.
    let weight = |v: [f64; 2]| {
        let field = |k: usize| B[k] + v[0] * W[k] + v[1] * W[3 + k];
        (A[0] * v[0] + A[1] * v[1]).exp() * (0..3).map(|k| 1.0 + field(k).exp()).product::<f64>()
    };
    for (v, one) in [([0.0, 0.0], [0, 0]), ([1.0, 0.0], [1, 0]), ([0.0, 1.0], [0, 1]), ([1.0, 1.0], [1, 1])] {
        let p = weight(v) / LN_Z.exp();
        let share = states.chunks(2).filter(|state| *state == one).count() as f64 / 20_000.0;
        assert!((share - p).abs() < 5.0 * (p * (1.0 - p) / 20_000.0).sqrt(), "{one:?}: {share} {p}");
    }
    assert_eq!(found["modes"].as_array().map(Vec::len), Some(2));
    assert!(found["modes"][0]["autocorrelation_time"].as_f64().is_some_and(|time| time > 0.5 && time < 20.0));
    assert!(fs::read_to_string(out.join("samples.svg")).expect("picture").starts_with("<svg"));
    let again = json(&[&args[..], &["--threads", "1"]].concat());
    assert_eq!(fs::read(out.join("samples.npy")).expect("samples"), bytes, "for every number of threads");
    assert_eq!(found["modes"], again["modes"]);
    // A run folder is a machine as well.
    small_set(folder.path());
    let runs = path("runs");
    let train = ["train", "--hidden", "5", "--epochs", "2", "--quiet", "--json", "--gradient", "centred"];
    let trained = json(&[&train[..], &["--data", text(folder.path()), "--out", text(&runs)]].concat());
    let trained = trained["runs"][0]["path"].as_str().expect("path").to_string();
    assert_eq!(json(&["sample", &trained, "--json", "--force", "--out", text(&out)])["visible"], 20);
}

#[test]
fn sample_prints_what_is_known_of_two_pairs_of_units() {
    // Two pairs that know nothing of each other, and a third visible unit: mode 1 is the pair of
    // the larger weight, the second one here, so that modes cannot be confused with units.
    let (first, second) = ((1.8, -0.4, -0.7), (4.0, -2.0, -2.0));
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("pairs.npz");
    let w = [first.0, 0.0, 0.0, second.0, 0.0, 0.0];
    machine(&file, (3, 2), &w, &[first.1, second.1, 0.3], &[first.2, second.2]);
    let out = folder.path().join("out");
    let words = ["sample", text(&file), "--chains", "100", "--steps", "2000", "--out", text(&out)];
    let found = json(&[&words[..], &["--json"]].concat());
    assert_eq!((&found["recorded"], &found["steps"], &found["chains"]), (&1000.into(), &2000.into(), &100.into()));
    assert_eq!((&found["visible"], &found["hidden"], &found["long_enough"]), (&3.into(), &2.into(), &true.into()));
    let values = 100_000.0;
    for (mode, (w, a, b)) in [second, first].into_iter().enumerate() {
        let (p, rho, _) = pair(w, a, b);
        let number = |key: &str| found["modes"][mode][key].as_f64().unwrap_or_else(|| panic!("{mode} {key}"));
        assert_eq!((number("index"), number("values")), (mode as f64 + 1.0, values));
        assert!((number("lambda") - w).abs() < 1e-12);
        let time = (1.0 + rho) / (1.0 - rho);
        // Bartlett: 5 standard errors of a correlation of so many values; of a variance; relative
        // variance 22 τ/n of τ (Sokal).
        assert!((number("lag_1") - rho).abs() < 5.0 * (time / values).sqrt(), "{mode}: {} {rho}", number("lag_1"));
        let variance = p * (1.0 - p);
        let spread = 5.0 * (1.0 - 2.0 * p).abs().max(0.02) * (variance * time / values).sqrt();
        assert!((number("variance") - variance).abs() < spread, "{mode}: {} {variance}", number("variance"));
        let found_time = number("autocorrelation_time");
        assert!((found_time / time - 1.0).abs() < 5.0 * (22.0 * time / values).sqrt(), "{mode}: {found_time} {time}");
        assert!((number("effective_values") - values / found_time).abs() < 1e-6 * values);
        // One state is saved of each of 100 chains, which are independent of each other.
        assert_eq!(number("effective_samples"), 100.0);
        assert!(number("slowest_chain_time") > found_time && number("slowest_chain_time") < 20.0);
    }
    // The table has the same numbers, three decimals.
    let shown = plain(&words);
    let table = rows(&shown);
    assert_eq!(table.len(), 3, "{shown}");
    for (row, mode) in table[1..].iter().zip(found["modes"].as_array().expect("modes")) {
        let three = |key: &str| format!("{:.3}", mode[key].as_f64().expect(key));
        let numbers = ["lambda", "lag_1", "autocorrelation_time", "effective_samples"].map(three);
        assert_eq!(row[..], [&[mode["index"].to_string()][..], &numbers].concat()[..]);
    }
    assert!(shown.contains("samples.npy (100 x 3)"), "{shown}");
    // Chains of both starts forget where they were: three units of exact means 2p − 1, uncoupled
    // from one chain to another, so that the overlap between chains is the mean of their squares.
    let (mixing, [p, q]) = (&found["mixing"], [second, first].map(|(w, a, b)| pair(w, a, b).0));
    let r = 1.0 / (1.0 + (-0.3f64).exp());
    let expected = [p, q, r].map(|p| (2.0 * p - 1.0).powi(2)).iter().sum::<f64>() / 3.0;
    let overlap = |of: &str, key: &str| mixing["overlap"][of][key].as_f64().expect("overlap");
    assert_eq!(
        (&mixing["state"], &mixing["chains"], &mixing["other_starts"]),
        (&"mixed".into(), &64.into(), &32.into())
    );
    for of in ["own", "between"] {
        assert!((overlap(of, "mean") - expected).abs() < 5.0 * overlap(of, "se"), "{of}: {mixing} {expected}");
        assert!(overlap(of, "se") < 0.02, "{mixing}");
        assert!(shown.contains(&format!("{:.3} ± {:.3}", overlap(of, "mean"), overlap(of, "se"))), "{shown}");
    }
    assert!(shown.contains("mixing: mixed: ") && found["frozen"]["visible"] == 0, "{shown}");
    // Inverse temperature multiplies everything: λ, and the pair at twice its parameters.
    let cold = json(&[&words[..], &["--json", "--beta", "0.5", "--modes", "1"]].concat());
    let (_, rho, _) = pair(0.5 * second.0, 0.5 * second.1, 0.5 * second.2);
    assert_eq!((&cold["beta"], cold["modes"].as_array().map(Vec::len)), (&0.5.into(), Some(1)));
    assert!((cold["modes"][0]["lambda"].as_f64().expect("λ") - 0.5 * second.0).abs() < 1e-12);
    assert!((cold["modes"][0]["lag_1"].as_f64().expect("lag 1") - rho).abs() < 5.0 * (2.0 / values).sqrt());
}

#[test]
fn sample_diagnoses_the_second_half_only() {
    // Slow chains far from equilibrium: P(v = 1) after t sweeps is p + (p0 − p) ρ^t, and all values
    // of sweeps 7 to 12 together have the variance of their mean probability. With sweeps 1 to 6,
    // or all twelve, in it, it is smaller by 40 and by 20 per cent.
    let (w, a, b) = (8.0, -4.0, -4.0);
    let (p, rho, start) = pair(w, a, b);
    let variance = |sweeps: std::ops::RangeInclusive<i32>| {
        let count = f64::from(sweeps.end() - sweeps.start() + 1);
        let mean = sweeps.map(|t| p + (start - p) * rho.powi(t)).sum::<f64>() / count;
        mean * (1.0 - mean)
    };
    assert!(variance(1..=6) < 0.6 * variance(7..=12) && variance(1..=12) < 0.85 * variance(7..=12));
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("slow.npz");
    machine(&file, (1, 1), &[w], &[a], &[b]);
    let out = folder.path().join("out");
    let words = ["sample", text(&file), "--no-transpose", "--chains", "20000", "--steps", "12", "--out", text(&out)];
    let found = json(&[&words[..], &["--json"]].concat());
    let mode = &found["modes"][0];
    assert_eq!((&found["recorded"], &mode["values"]), (&6.into(), &120_000.into()));
    // Of 20,000 chains the mean probability is known to 0.5/√20,000, times the slope 1 − 2m below
    // 1/2: 5 standard errors.
    let expected = variance(7..=12);
    assert!((mode["variance"].as_f64().expect("variance") - expected).abs() < 5.0 * 0.5 * 0.5 / 20_000f64.sqrt());
    assert_eq!((&found["long_enough"], &mode["long_enough"]), (&false.into(), &false.into()));
    assert!(plain(&words).contains("a chain shorter than 50 times its own"));
    // An odd number of sweeps records the smaller half; of one sweep nothing, which is said.
    let one =
        |steps: &str| json(&["sample", text(&file), "--no-transpose", "--steps", steps, "--json", "--out", text(&out)]);
    assert_eq!(one("7")["recorded"], 3);
    let none = one("1");
    assert!(none["modes"][0]["autocorrelation_time"].is_null() && none["modes"][0]["why"].is_string());
    assert_eq!((&none["long_enough"], &none["modes"][0]["lambda"].as_f64()), (&false.into(), &Some(8.0)));
    assert_eq!((&none["mixing"]["state"], &none["mixing"]["overlap"]), (&"not-measurable".into(), &Value::Null));
    let said = plain(&["sample", text(&file), "--no-transpose", "--steps", "1", "--out", text(&out)]);
    assert!(said.contains("not measurable: fewer than two values") && said.contains("more --steps"), "{said}");
}

#[test]
fn sample_counts_no_more_effective_samples_than_values() {
    // Independent units: every sweep is a fresh draw, τ = 1 but for noise, which must not be
    // counted as samples.
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("free.npz");
    machine(&file, (2, 3), &[0.1, 0.0, 0.0, 0.0, 0.05, 0.0], &[0.0; 2], &[0.0; 3]);
    let out = folder.path().join("out");
    for seed in ["0", "1", "2", "3", "4"] {
        let words = ["sample", text(&file), "--chains", "1", "--steps", "140", "--json", "--seed", seed, "--out"];
        let found = json(&[&words[..], &[text(&out)]].concat());
        for mode in found["modes"].as_array().expect("modes") {
            // 70 recorded sweeps of one chain, of which one state is saved.
            assert!(mode["effective_values"].as_f64().is_some_and(|count| count <= 70.0), "seed {seed}: {mode}");
            assert!(mode["effective_samples"].as_f64().is_some_and(|count| count <= 1.0), "seed {seed}: {mode}");
        }
    }
}

#[test]
fn sample_counts_saturated_hidden_units() {
    // Without weights the means are logistic(b).
    let folder = tempfile::tempdir().expect("folder");
    let (file, out) = (folder.path().join("machine.npz"), folder.path().join("out"));
    machine(&file, (2, 4), &[0.0; 8], &[0.1, 0.2], &[40.0, 0.0, -7.0, 6.0]);
    let words = ["sample", text(&file), "--chains", "10", "--steps", "20", "--out", text(&out)];
    let found = json(&[&words[..], &["--json"]].concat());
    // by hand: 1/(1 + e⁷) = 0.00091 counts, 1/(1 + e⁻⁶) = 0.9975 does not.
    assert_eq!(found["saturated"]["hidden"].as_u64(), Some(2));
    let said = String::from_utf8(run(&words).stdout).expect("text");
    assert!(said.contains("2 of 4 hidden units saturated (>= 99.9 %)"), "{said}");
}

#[test]
fn samples_of_another_machine_are_not_replaced_unasked() {
    let folder = tempfile::tempdir().expect("folder");
    let [first, second, out] = ["first.npz", "second.npz", "out"].map(|name| folder.path().join(name));
    machine(&first, (2, 3), &W, &A, &B);
    machine(&second, (2, 3), &W, &[0.5, 1.0], &B);
    let bytes = || fs::read(out.join("samples.npy")).expect("samples");
    let of = |file: &Path, more: &[&str]| -> Vec<String> {
        let args = ["sample", text(file), "--steps", "20", "--quiet", "--out", text(&out)];
        args.iter().chain(more).map(ToString::to_string).collect()
    };
    let draws = |file: &Path, more: &[&str]| {
        let args = of(file, more);
        plain(&args.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let refused = |file: &Path, words: &[&str]| {
        let args = of(file, &[]);
        refuses(&args.iter().map(String::as_str).collect::<Vec<_>>(), &[words, &["--force", "--out"]].concat());
    };
    draws(&first, &[]);
    let record: Value = serde_json::from_slice(&fs::read(out.join("samples.json")).expect("record")).expect("JSON");
    let shown = [("method", "gibbs".into()), ("chains", 64.into()), ("steps", 20.into()), ("seed", 0.into())];
    shown.iter().for_each(|(key, value): &(&str, Value)| assert_eq!(&record[*key], value));
    assert!(record["machine_sha256"].as_str().is_some_and(|digest| digest.len() == 64), "{record}");
    // The same machine again, with another seed.
    let before = bytes();
    draws(&first, &["--seed", "1"]);
    assert_ne!(bytes(), before);
    let before = bytes();
    refused(&second, &["samples.npy", "another machine"]);
    assert_eq!(bytes(), before);
    draws(&second, &["--force"]);
    refused(&first, &["another machine"]);
    // Whatever else has these names is nobody's to replace.
    fs::remove_file(out.join("samples.json")).expect("removed");
    refused(&second, &["nothing there names"]);
    fs::write(out.join("samples.json"), "[]").expect("written");
    refused(&second, &["nothing there names"]);
}

#[test]
fn sample_says_that_chains_stay_in_one_state_and_tempering_draws_from_both() {
    // Two states of weight 1, all units off and all on: W = 2 and biases that leave 0 for either.
    // Chains start at the visible biases −10: all off.
    let folder = tempfile::tempdir().expect("folder");
    let (file, out) = (folder.path().join("ferromagnet.npz"), folder.path().join("out"));
    machine(&file, (12, 10), &[2.0; 120], &[-10.0; 12], &[-12.0; 10]);
    let words = ["sample", text(&file), "--out", text(&out)];
    let samples = || {
        let bytes = fs::read(out.join("samples.npy")).expect("samples");
        bytes[bytes.len() - 64 * 12..].to_vec()
    };
    let share = || samples().iter().filter(|unit| **unit == 1).count() as f64 / (64.0 * 12.0);
    let found = json(&[&words[..], &["--json"]].concat());
    assert_eq!((&found["method"], &found["mixing"]["state"]), (&"gibbs".into(), &"one-state".into()));
    assert!(share() < 0.005, "{}", share()); // a unit is on with probability 5e-5
    assert!(found["mixing"]["elsewhere"].as_u64().is_some_and(|chains| chains >= 12), "{found}");
    let own = found["mixing"]["overlap"]["own"]["mean"].as_f64().expect("overlap");
    let between = found["mixing"]["overlap"]["between"]["mean"].as_f64().expect("overlap");
    assert!(own > 0.99 && between < 0.6 && found["mixing"]["p_value"].as_f64().expect("p") <= 1e-3, "{found}");
    let shown = plain(&words);
    for part in ["mixing: one state: ", "--method tempering", "overlap of a chain with its own past"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let tempered = [&words[..], &["--method", "tempering", "--steps", "4000"]].concat();
    let found = json(&[&tempered[..], &["--json"]].concat());
    let number = |key: &str| found["tempering"][key].as_u64().expect("number");
    assert_eq!((&found["mixing"]["state"], number("ladders"), number("sweeps")), (&"mixed".into(), 8, 4000));
    assert!(number("round_trips") >= 80 && number("rungs") >= 6, "{found}");
    let worth = found["modes"][0]["effective_samples"].as_f64().expect("worth");
    // Five standard errors of so many independent states; one state alone would be 0.5 off.
    assert!((40.0..=64.0).contains(&worth) && (share() - 0.5).abs() < 2.5 / worth.sqrt(), "{worth} {}", share());
    // Either state, whole, up to a unit or two.
    let ones: Vec<usize> = samples().chunks(12).map(|row| row.iter().filter(|unit| **unit == 1).count()).collect();
    assert!(ones.iter().all(|count| *count <= 2 || *count >= 10), "{ones:?}");
    // The same bytes for every number of threads, and in words what is in JSON.
    let before = samples();
    let shown = plain(&[&tempered[..], &["--threads", "1"]].concat());
    assert_eq!(samples(), before);
    assert!(shown.contains(&format!("8 ladders of {} rungs, {} round trips", number("rungs"), number("round_trips"))));
    assert!(shown.contains("mixing: mixed: "), "{shown}");
}

#[test]
fn sample_goes_along_the_training_that_a_file_holds() {
    // The same two states, after updates in which the couplings grow to theirs.
    let folder = tempfile::tempdir().expect("folder");
    let (file, out) = (folder.path().join("training.npz"), folder.path().join("out"));
    let update = |number: u32, n: usize, first: f64| {
        let scale = f64::from(number) / 70.0;
        let array = |name: &str, shape: &str, values: &[f64]| {
            let values: Vec<f64> = values.iter().map(|x| scale * x).collect();
            (format!("update_{number}/{name}"), npy("<f8", "False", shape, &doubles(&values)))
        };
        let mut a = vec![-10.0; n];
        a[0] = first;
        let w = vec![2.0; 10 * n];
        [array("W", &format!("{n}, 10"), &w), array("a", &format!("{n},"), &a), array("b", "10,", &[-12.0; 10])]
    };
    let write = |arrays: Vec<[(String, Vec<u8>); 3]>| {
        let all: Vec<(&str, Vec<u8>)> = arrays.iter().flatten().map(|(name, all)| (&name[..], all.clone())).collect();
        npz(&file, &all);
    };
    write([7, 20, 70].map(|number| update(number, 12, -10.0)).to_vec());
    let words = ["sample", text(&file), "--out", text(&out), "--method", "trajectory", "--steps", "4000"];
    let found = json(&[&words[..], &["--json"]].concat());
    assert_eq!((&found["method"], &found["mixing"]["state"]), (&"trajectory".into(), &"mixed".into()), "{found}");
    assert_eq!((&found["trajectory"]["states"], &found["trajectory"]["of"]), (&3.into(), &3.into()));
    let number = |key: &str| found["tempering"][key].as_u64().expect("number");
    assert!(number("ladders") == 8 && number("round_trips") >= 80 && number("rungs") >= 4, "{found}");
    let bytes = fs::read(out.join("samples.npy")).expect("samples");
    let samples = &bytes[bytes.len() - 64 * 12..];
    let worth = found["modes"][0]["effective_samples"].as_f64().expect("worth");
    let share = samples.iter().filter(|unit| **unit == 1).count() as f64 / (64.0 * 12.0);
    assert!((40.0..=64.0).contains(&worth) && (share - 0.5).abs() < 2.5 / worth.sqrt(), "{worth} {share}");
    // The same bytes for every number of threads; up to an update, those before it.
    let shown = plain(&[&words[..], &["--threads", "1"]].concat());
    assert!(fs::read(out.join("samples.npy")).expect("samples") == bytes);
    assert!(shown.contains("along 3 states of the training"), "{shown}");
    let shown = plain(&[&words[..], &["--update", "20", "--force"]].concat());
    assert!(shown.contains("along 2 states of the training") && shown.contains("mixing: mixed"), "{shown}");
    refuses(&[&words[..], &["--update", "7"]].concat(), &["no state before update 7", "--method tempering"]);
    let named = [&words[..], &["--weights-name", "update_70/W"]].concat();
    refuses(&named, &["leave out --weights-name", "--update"]);
    // Every state is a rung, and independent units before them.
    write((1..=70).map(|number| update(number, 12, -10.0)).collect());
    let found = json(&[
        "sample",
        text(&file),
        "--out",
        text(&out),
        "--method",
        "trajectory",
        "--steps",
        "16",
        "--json",
        "--force",
    ]);
    assert_eq!((&found["trajectory"]["states"], &found["trajectory"]["of"]), (&64.into(), &70.into()));
    assert!(found["tempering"]["rungs"].as_u64().is_some_and(|rungs| rungs >= 65), "{found}");
    // States with other units fixed are none of its training.
    write(vec![update(1, 12, f64::NEG_INFINITY), update(70, 12, -10.0)]);
    refuses(&words, &["infinite biases fix other units", "--method tempering"]);
    // A state that single precision does not hold is named by its update.
    write(vec![update(1, 12, 1e32), update(70, 12, -10.0)]);
    refuses(&words, &["update 1: ", "parameters beyond 1e30", "--method tempering"]);
    // Of one machine there is no training.
    machine(&file, (12, 10), &[2.0; 120], &[-10.0; 12], &[-12.0; 10]);
    refuses(&words, &["no updates of a training", "--method tempering"]);
}

#[test]
fn sample_refuses_what_tempering_cannot_give() {
    let folder = tempfile::tempdir().expect("folder");
    let (file, out) = (folder.path().join("machine.npz"), folder.path().join("out"));
    machine(&file, (2, 3), &W, &A, &B);
    let words = ["sample", text(&file), "--out", text(&out), "--method", "tempering"];
    let refused = |more: &[&str], says: &[&str]| refuses(&[&words[..], more].concat(), says);
    refused(&["--steps", "7"], &["--steps 7", "64 samples", "8 sweeps", "--chains"]);
    refused(&["--steps", "99999999999999999"], &["--steps 99999999999999999", "at most"]);
    for value in ["18446744073709551615", "99999999999999999"] {
        refused(&["--chains", value], &[&format!("--chains {value}"), "available"]);
    }
    refuses(&[&words[..5], &["annealing"]].concat(), &["annealing", "gibbs", "tempering"]);
    assert!(!out.exists());
    // The least that can be had.
    let least = json(&[&words[..], &["--chains", "1", "--steps", "1", "--json"]].concat());
    assert_eq!((&least["chains"], &least["recorded"]), (&1.into(), &1.into()));
    assert_eq!(
        (&least["mixing"]["state"], &least["modes"][0]["effective_samples"]),
        (&"not-measurable".into(), &Value::Null)
    );
    assert!(fs::read(out.join("samples.npy")).expect("samples").windows(6).any(|w| w == b"(1, 2)"));
}

#[test]
fn sample_says_what_does_not_move() {
    // Field 100 and more at every unit: all on, whatever the start.
    let folder = tempfile::tempdir().expect("folder");
    let (file, out) = (folder.path().join("machine.npz"), folder.path().join("out"));
    machine(&file, (2, 3), &[1000.0; 6], &[100.0; 2], &[100.0; 3]);
    let words = ["sample", text(&file), "--out", text(&out)];
    let found = json(&[&words[..], &["--json"]].concat());
    assert_eq!((&found["frozen"]["visible"], &found["mixing"]["state"]), (&2.into(), &"one-state".into()));
    assert!(
        found["frozen"]["why"].is_string()
            && found["modes"][0]["why"].as_str().is_some_and(|why| why.contains("frozen"))
    );
    let shown = plain(&words);
    for part in ["2 of 2 visible units frozen", "mixing: one state: nothing moves", "not measurable: frozen"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}
