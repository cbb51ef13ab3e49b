//! Ctrl-C: what is kept, what is said, and how a command goes on.
#![cfg(unix)]

use super::machine::{A, B, W, machine};
use super::{json, program, run, text};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Begins a command.
fn begin(args: &[&str]) -> Child {
    let streams = || Stdio::piped();
    let child = program().args(args).stdin(Stdio::null()).stdout(streams()).stderr(streams()).spawn();
    child.expect("the program starts")
}

/// Ends it as Ctrl-C does, once `ready` says so. It must not end by itself before.
fn interrupt(mut child: Child, ready: impl Fn() -> bool) -> Output {
    let start = Instant::now();
    while !ready() {
        assert!(child.try_wait().expect("is asked").is_none(), "ended before it was interrupted");
        assert!(start.elapsed() < Duration::from_secs(300), "never ready");
        std::thread::sleep(Duration::from_millis(2));
    }
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
    child.wait_with_output().expect("ends")
}

/// What it says: exit code 2, one line that says these words, nothing on standard output.
fn said(output: &Output, words: &[&str]) {
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{message}");
    let line = message.lines().last().expect("a message");
    for word in words {
        assert!(line.contains(word), "no `{word}` in: {message}");
    }
}

fn files(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn verify_goes_on_with_what_it_had_measured() {
    let folder = tempfile::tempdir().expect("folder");
    let (whole, parts) = (folder.path().join("whole"), folder.path().join("parts"));
    let of = |out: &Path, more: &[&str]| -> Value {
        let mut found = json(&[&["verify", "T04", "T05", "--json", "--quiet", "--out", text(out)], more].concat());
        found["elapsed_s"] = Value::Null;
        found["claims"].as_array_mut().expect("claims").iter_mut().for_each(|claim| claim["seconds"] = Value::Null);
        found
    };
    let expected = of(&whole, &[]);
    assert!(!whole.join("unfinished").exists());
    let there = || files(&parts.join("unfinished")).iter().filter(|name| name.ends_with(".evidence")).count();
    let mut before = 0;
    for more in [1, 7] {
        let args = ["verify", "T04", "T05", "--quiet", "--resume", "--out", text(&parts)];
        let output = interrupt(begin(&args), || there() >= before + more);
        said(&output, &["interrupted", "measurements are kept", "unfinished", "--resume"]);
        assert!(there() >= before + more && !parts.join("report.json").exists());
        assert!(
            files(&parts.join("unfinished")).iter().all(|name| name.ends_with(".evidence")),
            "nothing half written"
        );
        before = there();
    }
    // Another seed has nothing of it, and a run without --resume says that there is something.
    let output = begin(&["verify", "T05", "--out", text(&parts)]).wait_with_output().expect("ends");
    assert!(String::from_utf8_lossy(&output.stderr).contains("--resume would go on with it"));
    assert!(!parts.join("unfinished").exists(), "finished");
    let output = interrupt(begin(&["verify", "T04", "T05", "--quiet", "--out", text(&parts)]), || there() >= 5);
    said(&output, &["--resume"]);
    assert_ne!(of(&parts, &["--resume", "--seed", "1"])["claims"], expected["claims"]);
    let output = interrupt(begin(&["verify", "T04", "T05", "--quiet", "--out", text(&parts)]), || there() >= 5);
    said(&output, &["--resume"]);
    assert_eq!(of(&parts, &["--resume"]), expected);
    assert!(!parts.join("unfinished").exists() && parts.join("index.html").exists());
}

#[test]
fn verdicts_and_shares_are_said_on_the_way() {
    let folder = tempfile::tempdir().expect("folder");
    let output = run(&["verify", "T05", "T04", "--out", text(folder.path())]);
    let told = String::from_utf8_lossy(&output.stderr);
    for words in ["claim 1 of 2", "T04: ", "claim 2 of 2, 60 % done, about ", " holds"] {
        assert!(told.contains(words), "no `{words}` in {told}");
    }
    let quiet = run(&["verify", "T05", "--quiet", "--out", text(folder.path())]);
    assert!(quiet.stderr.is_empty(), "{}", String::from_utf8_lossy(&quiet.stderr));
}

#[test]
fn what_was_not_written_leaves_no_folder() {
    let folder = tempfile::tempdir().expect("folder");
    let (path, out) = (folder.path().join("machine.npz"), folder.path().join("a/b"));
    machine(&path, (2, 3), &W, &A, &B);
    let child = begin(&["sample", text(&path), "--steps", "100000000", "--quiet", "--out", text(&out)]);
    let output = interrupt(child, || out.exists());
    said(&output, &["interrupted", "nothing was written"]);
    assert!(!folder.path().join("a").exists());
}

#[test]
fn calibrate_keeps_the_seeds_that_are_done() {
    let folder = tempfile::tempdir().expect("folder");
    let journal = folder.path().join("calibration-seeds.jsonl");
    let lines = || fs::read_to_string(&journal).map_or(0, |text| text.lines().count());
    let args = ["calibrate", "T05", "--training-seeds", "0", "--quiet", "--out", text(folder.path())];
    let output = interrupt(begin(&[&args[..], &["--seeds", "200"]].concat()), || lines() >= 2);
    said(&output, &["interrupted", "calibration-seeds.jsonl", "the same command goes on"]);
    let before = lines();
    assert!(before >= 2);
    let found = json(&[&args[..], &["--seeds", "2", "--json"]].concat());
    assert_eq!((found["claims"][0]["seeds"].as_u64(), lines() >= before), (Some(2), true));
}
