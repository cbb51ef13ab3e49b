//! `train`.

use super::machine::plain;
use super::{json, program, refuses, run, small_set, text};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Stdio;

#[test]
fn a_killed_training_resumes_to_the_same_bits() {
    let folder = tempfile::tempdir().expect("folder");
    let data = folder.path().join("data");
    fs::create_dir(&data).expect("folder");
    small_set(&data);
    let args = |out: &str| {
        let out = text(&folder.path().join(out)).to_string();
        let fixed = "train --hidden 7 --epochs 600 --batch 10 --lr 0.001 --steps 2 --json --quiet";
        let words = fixed.split(' ').map(String::from);
        words.chain(["--data".into(), text(&data).into(), "--out".into(), out]).collect::<Vec<String>>()
    };
    let whole = args("whole");
    let finished = json(&whole.iter().map(String::as_str).collect::<Vec<_>>());
    let run = &finished["runs"][0];
    assert_eq!((&run["hidden"], &run["replica"], &run["epochs"]), (&7.into(), &0.into(), &600.into()));
    assert!(run["seconds"].is_f64() && run["samples_per_second"].as_f64().is_some_and(|rate| rate > 0.0));

    let parts = args("parts");
    let record = folder.path().join("parts/hidden00007-replica00/checkpoint.json");
    let mut child = program().args(&parts).stdout(Stdio::null()).spawn().expect("the program starts");
    while !record.exists() {
        assert!(child.try_wait().expect("alive").is_none(), "ended before it could be killed");
        std::thread::yield_now();
    }
    child.kill().expect("SIGKILL");
    child.wait().expect("gone");
    let done: Value = serde_json::from_slice(&fs::read(&record).expect("record")).expect("complete JSON");
    assert!(done["epochs"].as_u64().is_some_and(|epochs| epochs < 600), "killed too late to show anything");
    json(&parts.iter().map(String::as_str).collect::<Vec<_>>());
    for name in ["checkpoint.json", "state-000600.safetensors"] {
        let read = |out: &str| fs::read(folder.path().join(out).join("hidden00007-replica00").join(name)).expect(name);
        assert_eq!(read("whole"), read("parts"), "{name}");
    }

    let mut other: Vec<&str> = parts.iter().map(String::as_str).collect();
    let at = other.iter().position(|word| *word == "0.001").expect("the rate");
    other[at] = "0.002";
    refuses(&other, &["parts", "other arguments: --lr 0.001 there, 0.002 asked", "--out"]);
}

#[test]
fn a_training_that_diverges_says_so() {
    let folder = tempfile::tempdir().expect("folder");
    small_set(folder.path());
    let out = folder.path().join("runs");
    let mut args = vec!["train", "--hidden", "5", "--optimiser", "sgd", "--lr", "1e7", "--quiet"];
    args.extend(["--data", text(folder.path()), "--out", text(&out)]);
    refuses(&args, &["diverged", "learning rate"]);
}

/// W, a, b of a state file of a run, in single precision.
pub(super) fn state(run: &Path, epoch: u64) -> [Vec<f32>; 3] {
    let bytes = fs::read(run.join(format!("state-{epoch:06}.safetensors"))).expect("a state");
    let file = safetensors::SafeTensors::deserialize(&bytes).expect("complete");
    ["W", "a", "b"].map(|name| {
        let data = file.tensor(name).expect(name).data();
        data.chunks(4).map(|x| f32::from_le_bytes([x[0], x[1], x[2], x[3]])).collect()
    })
}

/// The largest singular value of an N x M matrix, row by row: 1,000 steps of the power method on
/// WᵀW.
fn largest(w: &[f32], m: usize) -> f64 {
    let mut v: Vec<f64> = (0..m).map(|k| 1.0 + 0.1 * k as f64).collect();
    let mut norm = 0.0;
    for _ in 0..1000 {
        let u: Vec<f64> =
            w.chunks(m).map(|row| row.iter().zip(&v).map(|(w, v)| f64::from(*w) * v).sum::<f64>()).collect();
        let mut next = vec![0.0; m];
        w.chunks(m).zip(&u).for_each(|(row, u)| next.iter_mut().zip(row).for_each(|(x, w)| *x += u * f64::from(*w)));
        norm = next.iter().map(|x| x * x).sum::<f64>().sqrt();
        v = next.into_iter().map(|x| x / norm).collect();
    }
    norm.sqrt()
}

#[test]
fn train_prints_what_it_did() {
    let folder = tempfile::tempdir().expect("folder");
    small_set(folder.path());
    let out = folder.path().join("runs");
    let words = ["train", "--hidden", "5,6", "--replicas", "2", "--epochs", "2", "--batch", "10", "--lr", "0.05"];
    let args = [&words[..], &["--data", text(folder.path()), "--out", text(&out)]].concat();
    let output = run(&[&args[..], &["--json"]].concat());
    let found: Value = serde_json::from_slice(&output.stdout).expect("one object");
    let progress = String::from_utf8_lossy(&output.stderr).into_owned();
    let runs = found["runs"].as_array().expect("runs");
    let shapes: Vec<_> = runs.iter().map(|run| (run["hidden"].as_u64(), run["replica"].as_u64())).collect();
    assert_eq!(shapes, [(5, 0), (5, 1), (6, 0), (6, 1)].map(|(m, replica)| (Some(m), Some(replica))));
    for run in runs {
        let (m, path) = (run["hidden"].as_u64().expect("M") as usize, run["path"].as_str().expect("path"));
        assert_eq!(run["epochs"], 2);
        // 60 images, two epochs.
        let samples = run["samples_per_second"].as_f64().expect("rate") * run["seconds"].as_f64().expect("seconds");
        assert!((samples - 120.0).abs() < 1e-6, "{samples}");
        for epoch in [1, 2] {
            let lambda = largest(&state(Path::new(path), epoch)[0], m);
            let line = progress.lines().find(|line| line.contains(&format!("{path}: epoch {epoch} of 2, ")));
            let line = line.unwrap_or_else(|| panic!("{path}, epoch {epoch}: {progress}"));
            assert!(line.ends_with(&format!("lambda_1 = {lambda:.3}")), "{lambda}: {line}");
            let at = 1 + runs.iter().position(|one| one["path"] == path).expect("a run");
            assert!(line.starts_with(&format!("machine {at} of 4, ")), "{line}");
            // As long again after the first of two epochs, and nothing after the last.
            let number = |before: &str| -> f64 {
                let rest = line.split_once(before).expect("there").1;
                rest[..rest.find(" s").expect("seconds")].parse().expect("a number")
            };
            let left = if epoch == 2 { 0.0 } else { number("of 2, ") };
            assert!((number("about ") - left).abs() <= 0.6, "{line}");
        }
    }
    // Replicas differ, and another seed gives other machines.
    let of = |name: &str| state(&out.join(name), 2)[0].clone();
    assert_ne!(of("hidden00005-replica00"), of("hidden00005-replica01"));
    // Run again there is nothing left to do; the plain output names every run.
    let shown = plain(&args);
    for run in runs {
        let line = format!("{} (2 epochs)", run["path"].as_str().expect("path"));
        assert!(shown.lines().any(|shown| shown == line), "{shown}");
    }
}

#[test]
fn a_training_that_goes_on_starts_from_its_parents_state() {
    let folder = tempfile::tempdir().expect("folder");
    small_set(folder.path());
    let dirs = ["first", "second"].map(|name| folder.path().join(name));
    let train = |out: &Path, more: &[&str]| {
        let words = ["train", "--hidden", "5", "--batch", "10", "--quiet", "--json", "--data", text(folder.path())];
        json(&[&words[..], &["--out", text(out)], more].concat());
        out.join("hidden00005-replica00")
    };
    let record = |run: &Path| -> Value {
        serde_json::from_slice(&fs::read(run.join("checkpoint.json")).expect("record")).expect("JSON")
    };
    let parent = train(&dirs[0], &["--epochs", "2", "--lr", "0.05", "--steps", "3"]);
    // Plain ascent by steps far below the last place of single precision moves nothing: W, a and b
    // stay the parent's bits.
    let more = ["--epochs", "4", "--optimiser", "sgd", "--lr", "1e-30", "--steps", "2", "--from", text(&parent)];
    let child = train(&dirs[1], &more);
    assert_eq!(state(&child, 4), state(&parent, 2));
    assert_ne!(state(&parent, 1), state(&parent, 2));
    // Sweeps and updates are counted on: six batches per epoch; two epochs of three sweeps, then
    // two of two.
    let (old, new) = (record(&parent), record(&child));
    assert_eq!((&old["updates"], &old["sweeps"], &old["epochs"]), (&12.into(), &36.into(), &2.into()));
    assert_eq!((&new["updates"], &new["sweeps"], &new["epochs"]), (&24.into(), &60.into(), &4.into()));
    assert_eq!((&new["parent"]["epochs"], &new["parent"]["state_sha256"]), (&2.into(), &old["state_sha256"]));
    // By the same arguments it is the training that was never interrupted, to the bit: chains and
    // moments are the parent's too.
    let same = ["--epochs", "4", "--lr", "0.05", "--steps", "3"];
    let third = folder.path().join("third");
    let on = train(&third, &[&same[..], &["--from", text(&parent)]].concat());
    let whole = train(&folder.path().join("whole"), &same);
    assert_eq!(
        fs::read(on.join("state-000004.safetensors")).ok(),
        fs::read(whole.join("state-000004.safetensors")).ok()
    );
}

#[test]
fn what_no_training_should_be_is_said_or_refused() {
    let folder = tempfile::tempdir().expect("folder");
    small_set(folder.path());
    let out = folder.path().join("runs");
    let with = |words: &str| -> Vec<String> {
        let own = ["--data", text(folder.path()), "--out", text(&out), "--batch", "10"].map(String::from);
        ["train".to_string()].into_iter().chain(words.split(' ').map(String::from)).chain(own).collect()
    };
    let refused = |words: &str, why: &[&str]| {
        refuses(&with(words).iter().map(String::as_str).collect::<Vec<_>>(), why);
    };
    refused("--hidden 4,5,4", &["--hidden 4", "given twice", "--replicas 2"]);
    refused("--hidden 4 --epochs 0 --track-likelihood", &["--epochs 0", "--epochs 1"]);
    refused("--hidden 4 --replica 18446744073709551615", &["--replica 18446744073709551615"]);
    assert!(!out.exists());
    // Twelve steps of up to 20 in every weight, below the 1,000 at which a training ends: 20 x 4
    // units leave nothing to chance at 4√80 = 36. Said once, also where no progress is wanted.
    for quiet in [true, false] {
        let words = format!("--hidden 4 --epochs 2 --lr 20{}", if quiet { " --quiet" } else { "" });
        let fresh = out.join(if quiet { "quiet" } else { "loud" });
        let mut args = with(&words);
        let at = args.iter().position(|word| word == "--out").expect("--out");
        args[at + 1] = text(&fresh).into();
        let output = run(&args.iter().map(String::as_str).collect::<Vec<_>>());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        let notes: Vec<&str> = said.lines().filter(|line| line.contains("beyond 4√(NM) = 36")).collect();
        assert!(notes.len() == 1 && notes[0].contains("smaller --lr"), "{said}");
        let machine = state(&fresh.join("hidden00004-replica00"), 2);
        assert!(largest(&machine[0], 4) > 36.0);
    }
}

#[test]
fn initial_weights_follow_a_scheme_that_is_said() {
    let folder = tempfile::tempdir().expect("folder");
    small_set(folder.path());
    let at = |name: &str| folder.path().join(name);
    // 20 visible units. Plain ascent by steps below single precision keeps the initial weights.
    let args = |out: &Path, words: &str| -> Vec<String> {
        let fixed = "train --batch 10 --epochs 1 --optimiser sgd --lr 1e-30";
        let own = ["--data", text(folder.path()), "--out", text(out)].map(String::from);
        fixed.split(' ').chain(words.split(' ')).map(String::from).chain(own).collect()
    };
    let train = |out: &Path, words: &str| {
        let output = run(&args(out, words).iter().map(String::as_str).collect::<Vec<_>>());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{words}: {said}");
        (serde_json::from_slice::<Value>(&output.stdout).expect("one object"), said)
    };
    // by hand, N = 20 and M = 5: √(2/25), 1/√20, √(2/20), and 4(0.64/100)^(1/4) = 4√0.08;
    // x = s⁴ · 100/256.
    let cases = [
        ("hinton", 0.01, 1e-6 / 256.0, "3.906e-9"),
        ("glorot", 0.08f64.sqrt(), 0.0025, "0.0025"),
        ("lecun", 0.05f64.sqrt(), 1.0 / 1024.0, "9.766e-4"),
        ("he", 0.1f64.sqrt(), 1.0 / 256.0, "0.003906"),
        ("normal:0.5", 0.5, 6.25 / 256.0, "0.02441"),
        ("paramagnet:0.64", 4.0 * 0.08f64.sqrt(), 0.64, "0.64"),
    ];
    for (scheme, s, x, shown) in cases {
        let out = at(&scheme.replace(':', "-"));
        let (found, said) = train(&out, &format!("--hidden 5 --json --init {scheme}"));
        let init = &found["runs"][0]["init"];
        assert_eq!(init["scheme"], scheme);
        let near = |found: &Value, by_hand: f64| {
            assert!((found.as_f64().expect("a number") / by_hand - 1.0).abs() < 1e-14, "{scheme}: {found} {by_hand}");
        };
        near(&init["std"], s);
        near(&init["x"], x);
        let line = format!("initial weights: {scheme}, s = ");
        let line = said.lines().find(|told| told.starts_with(&line)).unwrap_or_else(|| panic!("{said}"));
        assert!(line.ends_with(&format!("x = s⁴NM/256 = {shown} for 20 x 5 units")), "{line}");
        assert!(!said.contains("warning"), "{said}");
        // The record has s alone, as that of --init-std, and the weights are the same bits.
        let own = out.join("hidden00005-replica00");
        let record: Value =
            serde_json::from_slice(&fs::read(own.join("checkpoint.json")).expect("record")).expect("JSON");
        near(&record["spec"]["init_std"], s);
        let std = init["std"].as_f64().expect("a number");
        let by_number = at("number");
        train(&by_number, &format!("--hidden 5 --json --quiet --init-std {std}"));
        assert_eq!(state(&own, 1), state(&by_number.join("hidden00005-replica00"), 1), "{scheme}");
        fs::remove_dir_all(&by_number).expect("a folder");
        // 100 weights know their standard deviation to 1/√200; five times that is 35 %.
        let w = &state(&own, 1)[0];
        let found = (w.iter().map(|w| f64::from(*w).powi(2)).sum::<f64>() / 100.0).sqrt();
        assert!((found / s - 1.0).abs() < 0.35, "{scheme}: {found}");
    }
    // Without an option it is Hinton's, as it ever was.
    let (found, _) = train(&at("plain"), "--hidden 5 --json --quiet");
    assert_eq!(
        (&found["runs"][0]["init"]["scheme"], &found["runs"][0]["init"]["std"]),
        (&"normal:0.01".into(), &0.01.into())
    );
    let same = ["plain", "hinton"].map(|out| fs::read(at(out).join("hidden00005-replica00/checkpoint.json")).ok());
    assert!(same[0].is_some() && same[0] == same[1]);
    // A run goes on with its own scheme only.
    let glorot = at("glorot");
    let (_, said) = train(&glorot, "--hidden 5 --json --quiet --init glorot");
    assert!(said.is_empty(), "{said}");
    let refused = |words: &str, why: &[&str]| {
        refuses(&args(&glorot, words).iter().map(String::as_str).collect::<Vec<_>>(), why);
    };
    let why = ["other arguments", "--init-std (or s of --init) 0.2828427", "there, 0.2236067", "asked", "--out"];
    refused("--hidden 5 --init lecun", &why);
    refused("--hidden 5", &["other arguments", "there, 0.01 asked"]);
    // s⁴ = 4, so that x = 4 · 20 M/256 = 0.3125 M, from M = 4 on above 1: said once for several
    // machines, also where no progress is wanted.
    for quiet in ["", " --quiet"] {
        let words = format!("--hidden 1,4,5 --replicas 2 --json --init normal:1.4142{quiet}");
        let (_, said) = train(&at(&format!("glass{}", quiet.len())), &words);
        let told: Vec<&str> = said.lines().filter(|line| line.starts_with("warning: ")).collect();
        assert!(told.len() == 1 && told[0].contains("--init normal:1.4142: x = 1.25 for 20 x 4 units"), "{said}");
        assert!(told[0].contains("--init paramagnet:0.5"), "{said}");
        assert_eq!(
            said.lines().filter(|line| line.starts_with("initial weights: ")).count(),
            3 * usize::from(quiet.is_empty())
        );
    }
    // On the line it is said too, however roots round.
    let (_, said) = train(&at("on"), "--hidden 5 --json --quiet --init paramagnet:1");
    assert!(said.contains("x = 1 for 20 x 5 units"), "{said}");
}

#[test]
fn what_is_no_scheme_is_refused_in_one_sentence() {
    let folder = tempfile::tempdir().expect("folder");
    small_set(folder.path());
    let out = folder.path().join("runs");
    let refused = |words: &[&str], why: &[&str]| {
        let own = ["--hidden", "5", "--data", text(folder.path()), "--out", text(&out)];
        let args = [&["train"][..], words, &own].concat();
        refuses(&args, why);
        assert_eq!(String::from_utf8_lossy(&run(&args).stderr).lines().count(), 1);
    };
    for scheme in ["xavier", "Glorot", "0.01", ""] {
        refused(&["--init", scheme], &["--init", scheme, "no such scheme; give hinton, glorot, lecun, he, normal:S"]);
    }
    refused(&["--init", "he:2"], &["he:2", "he has no number of its own; give he alone"]);
    for number in ["", ":", ":0", ":-0.5", ":NaN", ":inf", ":half"] {
        let [normal, paramagnet] = ["normal", "paramagnet"].map(|name| format!("{name}{number}"));
        refused(&["--init", &normal], &[&normal, "S must be a positive, finite number; give normal:0.01"]);
        refused(&["--init", &paramagnet], &[&paramagnet, "X must be a positive, finite number; give paramagnet:0.5"]);
    }
    refused(&["--init", "normal:1000"], &["--init normal:1000: the initial standard deviation", "below 1000"]);
    refused(&["--init", "paramagnet:1e20"], &["--init paramagnet:1e20: the initial standard deviation"]);
    refused(&["--init-std", "1000"], &["--init-std 1000: the initial standard deviation"]);
    refused(&["--init", "he", "--init-std", "0.01"], &["--init", "cannot be used with '--init-std"]);
    refused(
        &["--init", "he", "--from", text(folder.path())],
        &["--init he", "weights of --from", "leave one of them out"],
    );
    assert!(!out.exists());
    refuses(&["train", "--preset", "full", "--init", "he"], &["--preset", "cannot be used with '--init"]);
}
