//! The program as a user meets it: exit codes, JSON keys, messages, files, interrupted runs.

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_rbm-landscape"))
}

fn run(args: &[&str]) -> Output {
    program().args(args).stdin(Stdio::null()).output().expect("the program starts")
}

fn json(args: &[&str]) -> Value {
    let output = run(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("exactly one JSON object on standard output")
}

/// Exit code 2 and one message that says these words.
fn refuses(args: &[&str], words: &[&str]) {
    let output = run(args);
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {message}");
    for word in words {
        assert!(message.contains(word), "{args:?}: no `{word}` in: {message}");
    }
    assert!(output.stdout.is_empty() && !message.contains("panicked"), "{message}");
}

fn text(path: &Path) -> &str {
    path.to_str().expect("temporary folders have plain names")
}

/// A small IDX set: 60 training and 20 test images of 4 x 5 pixels with four classes of stripes.
fn small_set(dir: &Path) {
    let images = |count: u32| {
        let pixel = |at: usize| {
            let (row, unit) = (at / 20, at % 20);
            if (unit + row % 4).is_multiple_of(4) != (row * 31 + unit * 17).is_multiple_of(11) { 255 } else { 0 }
        };
        let header: Vec<u8> = [2051, count, 4, 5].iter().flat_map(|x: &u32| x.to_be_bytes()).collect();
        header.into_iter().chain((0..count as usize * 20).map(pixel)).collect::<Vec<u8>>()
    };
    let labels = |count: u32| {
        let header: Vec<u8> = [2049, count].iter().flat_map(|x: &u32| x.to_be_bytes()).collect();
        header.into_iter().chain((0..count).map(|row| (row % 4) as u8)).collect::<Vec<u8>>()
    };
    fs::write(dir.join("train-images-idx3-ubyte"), images(60)).expect("write");
    fs::write(dir.join("train-labels-idx1-ubyte"), labels(60)).expect("write");
    fs::write(dir.join("t10k-images-idx3-ubyte"), images(20)).expect("write");
    fs::write(dir.join("t10k-labels-idx1-ubyte"), labels(20)).expect("write");
}

#[test]
fn list_names_every_claim_and_regime() {
    let list = json(&["list", "--json"]);
    let ids: Vec<&str> = list["claims"].as_array().expect("claims").iter().filter_map(|c| c["id"].as_str()).collect();
    assert_eq!(ids, rbm_landscape::theorems::CATALOGUE.iter().map(|e| e.theorem.statement().id).collect::<Vec<_>>());
    let plain = String::from_utf8(run(&["list"]).stdout).expect("text");
    assert!(ids.iter().all(|id| plain.contains(id)) && plain.contains("expected: holds"));
}

#[test]
fn explain_shows_the_page_and_the_derivation_step_by_step() {
    let shown = String::from_utf8(run(&["explain", "t02"]).stdout).expect("text");
    assert!(shown.contains("Marchenko-Pastur") && shown.contains("✓ E tr S²") && !shown.contains('✗'));
    let object = json(&["explain", "T01", "--json"]);
    assert!(object["derivations"][0]["steps"].as_array().is_some_and(|steps| steps.len() > 3));
}

#[test]
fn verify_writes_the_report_and_says_the_same_for_every_number_of_threads() {
    let folder = tempfile::tempdir().expect("folder");
    let verify = |threads: &str| {
        let out = folder.path().join(threads);
        let mut run = json(&["verify", "T02", "--json", "--quiet", "--threads", threads, "--out", text(&out)]);
        for name in ["index.html", "report.md", "report.json", "figures/T02_density.svg", "figures/T02_density.csv"] {
            assert!(fs::metadata(out.join(name)).is_ok_and(|file| file.len() > 500), "{name}");
        }
        for claim in run["claims"].as_array_mut().expect("claims") {
            for key in ["id", "title", "regime", "expected", "figures"] {
                assert!(!claim[key].is_null(), "{key}");
            }
            assert_eq!(claim["verdict"], "holds");
            assert_eq!(claim["derivation"]["holds"], true);
            for key in ["name", "kind", "observed", "predicted", "judge", "bound", "pass"] {
                assert!(!claim["checks"][0][key].is_null(), "{key}");
            }
            assert!(claim["checks"][0].get("p_value").is_some());
            assert_eq!(claim["falsifiers"][0]["refuted"], true);
            claim["seconds"] = Value::Null; // the only thing that may differ
        }
        assert_eq!((&run["seed"], &run["scale"]), (&Value::from(0), &Value::from("quick")));
        assert!(run["elapsed_s"].is_f64() && run["version"].is_string() && run["threads"].is_u64());
        run["claims"].take()
    };
    assert_eq!(verify("1"), verify("2"));
}

#[test]
fn figures_writes_pictures_with_their_data_where_it_is_told() {
    let folder = tempfile::tempdir().expect("folder");
    let object = json(&["figures", "T02", "--json", "--quiet", "--out", text(folder.path())]);
    let written = object["figures"].as_array().expect("figures");
    assert!(written.len() >= 2);
    for path in written {
        assert!(fs::metadata(path.as_str().expect("a path")).is_ok_and(|file| file.len() > 500));
    }
}

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
    refuses(&other, &["parts", "other arguments", "--out"]);
}

#[test]
fn what_a_user_can_get_wrong_is_named_with_its_mend() {
    let folder = tempfile::tempdir().expect("folder");
    let dir = folder.path();
    let file = dir.join("file");
    fs::write(&file, b"not a packed set").expect("write");
    refuses(&["verify", "T99"], &["T99", "T01, T02"]);
    refuses(&["explain", "nothing"], &["nothing", "T01"]);
    refuses(&["verify", "--threads", "0"], &["--threads 0"]);
    refuses(&["verify", "--seed", "minus"], &["--seed"]);
    refuses(&["verify", "--data", text(&dir.join("missing"))], &["missing"]);
    refuses(&["verify", "--data", text(&file)], &["file", "--data"]);
    refuses(&["verify", "--threshold", "7"], &["--threshold", "--data"]);
    refuses(&["verify", "T02", "--out", text(&file)], &["file", "--out"]);
    refuses(&["figures", "T02", "--out", text(&file)], &["file", "--out"]);
    let out = text(dir);
    refuses(&["train", "--hidden", "0", "--out", out], &["hidden units", "at least 1"]);
    refuses(&["train", "--hidden", "5", "--lr", "nan", "--out", out], &["learning rate"]);
    refuses(&["train", "--hidden", "5", "--out", text(&file)], &["file", "--out"]);
    refuses(&["data", "pack", text(&dir.join("missing")), "--out", out], &["missing"]);
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

#[test]
fn every_command_has_help() {
    for args in [&["--help"][..], &["verify", "--help"], &["train", "--help"], &["data", "pack", "--help"]] {
        let output = run(args);
        assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).contains("Usage"));
    }
}
