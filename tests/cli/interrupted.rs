//! Ctrl-C: what is kept, what is said, and how a command goes on.
#![cfg(target_os = "linux")]

use super::machine::{A, B, W, machine};
use super::{json, run, small_set, text};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime};

/// A program that does not outlive a test that fails.
struct Running(Option<Child>);

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Begins a command, which signals end: where these tests run in the background of a shell they
/// are ignored, and what is started inherits that.
fn begin(args: &[&str]) -> Running {
    let streams = || Stdio::piped();
    let mut command = Command::new("env");
    command.args(["-u", "COLUMNS", "--default-signal=INT,TERM,HUP", env!("CARGO_BIN_EXE_rbm-landscape")]);
    let child = command.args(args).stdin(Stdio::null()).stdout(streams()).stderr(streams()).spawn();
    Running(Some(child.expect("the program starts")))
}

/// Ends it by a signal, once `ready` says so. It must not end by itself before.
fn interrupt(signal: &str, mut running: Running, ready: impl Fn() -> bool) -> Output {
    let start = Instant::now();
    while !ready() {
        let child = running.0.as_mut().expect("runs");
        assert!(child.try_wait().expect("is asked").is_none(), "ended before it was interrupted");
        assert!(start.elapsed() < Duration::from_secs(300), "never ready");
        std::thread::sleep(Duration::from_millis(2));
    }
    let child = running.0.take().expect("runs");
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
    child.wait_with_output().expect("ends")
}

/// What it says: exit code 2, one line that says these words, nothing on standard output.
fn said(output: &Output, words: &[&str]) {
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{message}");
    assert!(message.starts_with("error: interrupted: ") && message.lines().count() == 1, "{message}");
    for word in words {
        assert!(message.contains(word), "no `{word}` in: {message}");
    }
}

/// Evidence below a folder for reports, with the time when it was written.
fn evidence(out: &Path) -> BTreeMap<PathBuf, SystemTime> {
    let runs = fs::read_dir(out.join("unfinished")).into_iter().flatten().flatten().map(|run| run.path());
    let all = runs.flat_map(|run| fs::read_dir(run).into_iter().flatten().flatten().map(|entry| entry.path()));
    let whole = all.filter(|path| path.extension().is_some_and(|ending| ending == "evidence"));
    whole
        .filter_map(|path| fs::metadata(&path).and_then(|file| file.modified()).ok().map(|time| (path, time)))
        .collect()
}

/// Ends it up to so many milliseconds after `ready`, at a moment that nobody chose; one that has
/// ended by itself is as good.
fn interrupt_at_random(running: Running, ready: impl Fn() -> bool, most: u64, rng: &mut ChaCha8Rng) {
    let (start, mut running) = (Instant::now(), running);
    let child = running.0.as_mut().expect("runs");
    while !ready() && child.try_wait().expect("is asked").is_none() {
        assert!(start.elapsed() < Duration::from_secs(300), "never ready");
        std::thread::sleep(Duration::from_millis(2));
    }
    std::thread::sleep(Duration::from_micros(rng.random_range(0..1000 * most)));
    let child = running.0.take().expect("runs");
    let _ = Command::new("kill").args(["-INT", &child.id().to_string()]).stderr(Stdio::null()).status();
    let output = child.wait_with_output().expect("ends");
    let message = String::from_utf8_lossy(&output.stderr);
    // The system ends what has not begun yet.
    if output.status.signal() != Some(2) && !output.status.success() {
        assert!(output.status.code() == Some(2) && message.contains("error: interrupted: "), "{output:?}");
    }
}

/// No file below a folder is half written: none by a temporary name, every JSON text is whole.
fn all_whole(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            all_whole(&path);
            continue;
        }
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(!name.starts_with(".tmp"), "{}", path.display());
        let values = match path.extension().and_then(|ending| ending.to_str()) {
            Some("json") => vec![fs::read_to_string(&path).expect("text")],
            Some("jsonl") => fs::read_to_string(&path).expect("text").lines().map(String::from).collect(),
            _ => Vec::new(),
        };
        assert!(values.iter().all(|text| serde_json::from_str::<Value>(text).is_ok()), "{}", path.display());
    }
}

#[test]
fn training_goes_on_from_any_moment_to_the_same_bits() {
    let folder = tempfile::tempdir().expect("folder");
    small_set(folder.path());
    let args = |out: &Path, epochs: u64| {
        let words = format!("train --hidden 7 --batch 10 --quiet --epochs {epochs}");
        let words = words.split(' ').map(String::from);
        words.chain(["--data", text(folder.path()), "--out", text(out)].map(String::from)).collect::<Vec<_>>()
    };
    let begun = |args: &[String]| begin(&args.iter().map(String::as_str).collect::<Vec<_>>());
    let (parts, whole) = (folder.path().join("parts"), folder.path().join("whole"));
    let run = parts.join("hidden00007-replica00");
    let rng = &mut ChaCha8Rng::seed_from_u64(1);
    let done = || {
        let record = fs::read_to_string(run.join("checkpoint.json")).ok()?;
        serde_json::from_str::<Value>(&record).expect("whole")["epochs"].as_u64()
    };
    let mut before = 0;
    for _ in 0..10 {
        let had = before;
        interrupt_at_random(begun(&args(&parts, 1_000_000)), || done().is_some_and(|now| now > had), 150, rng);
        all_whole(&parts);
        // No finished epoch is lost.
        let now = done().expect("a run");
        assert!(now > before, "{before} {now}");
        before = now;
    }
    for out in [&parts, &whole] {
        let output = super::run(&args(out, before + 2).iter().map(String::as_str).collect::<Vec<_>>());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let files = |out: &Path| {
        let all = fs::read_dir(out.join("hidden00007-replica00")).expect("a run").flatten();
        all.map(|entry| (entry.file_name(), fs::read(entry.path()).expect("file"))).collect::<BTreeMap<_, _>>()
    };
    let (parts, whole) = (files(&parts), files(&whole));
    assert_eq!(parts.keys().collect::<Vec<_>>(), whole.keys().collect::<Vec<_>>());
    assert!(parts == whole, "{before} epochs in parts are other bits than in one run");
}

#[test]
fn verify_goes_on_with_what_it_had_measured() {
    let folder = tempfile::tempdir().expect("folder");
    let path = |name: &str| folder.path().join(name);
    let (parts, begun) = (path("parts"), ["verify", "T04", "T05", "--quiet", "--out"]);
    let of = |out: &Path, more: &[&str]| -> Value {
        let mut found = json(&[&begun[..], &[text(out), "--json"], more].concat());
        found["elapsed_s"] = Value::Null;
        found["claims"].as_array_mut().expect("claims").iter_mut().for_each(|claim| claim["seconds"] = Value::Null);
        found
    };
    let expected = of(&path("whole"), &[]);
    assert!(!path("whole/unfinished").exists());
    let there = || evidence(&parts).len();
    let args = [&begun[..], &[text(&parts), "--resume"]].concat();
    let said_there = |output: &Output| said(output, &[&format!("{} measurement", there()), "kept in", "--resume"]);
    let mut before = BTreeMap::new();
    for (signal, more) in [("-INT", 1), ("-TERM", 7)] {
        // At first there is nothing to go on with.
        let args = &args[..args.len() - usize::from(before.is_empty())];
        let output = interrupt(signal, begin(args), || there() >= before.len() + more);
        said_there(&output);
        assert!(!parts.join("report.json").exists());
        // What was there was read, not measured and written again.
        let now = evidence(&parts);
        assert!(before.iter().all(|(path, time)| now.get(path) == Some(time)), "{before:?} {now:?}");
        before = now;
    }
    let rng = &mut ChaCha8Rng::seed_from_u64(2);
    for _ in 0..8 {
        let had = there();
        interrupt_at_random(begin(&args), || there() > had, 200, rng);
        all_whole(&parts);
        if parts.join("report.json").exists() {
            // It was done before the signal came, or its report was: there is nothing left to lose.
            break;
        }
        assert!(there() > had);
    }
    if there() == 0 {
        interrupt("-INT", begin(&args), || there() > 2);
    }
    before = evidence(&parts);
    // Another seed has nothing of it and takes nothing away.
    let other = json(&["verify", "T05", "--quiet", "--json", "--seed", "1", "--resume", "--out", text(&parts)]);
    let fresh = json(&["verify", "T05", "--quiet", "--json", "--seed", "1", "--out", text(&path("fresh"))]);
    let checks =
        |of: &Value| of["claims"].as_array().expect("claims").iter().map(|c| c["checks"].clone()).collect::<Vec<_>>();
    assert_eq!(checks(&other), checks(&fresh));
    assert!(there() >= before.len());
    // Without --resume it is said that something is there; one claim takes away its own alone.
    let output = run(&["verify", "T05", "--out", text(&parts)]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("--resume would use them"));
    assert!(there() > 0 && evidence(&parts).keys().all(|path| path.to_string_lossy().contains("/T04 ")));
    assert_eq!(of(&parts, &["--resume"]), expected);
    assert!(!parts.join("unfinished").exists() && parts.join("index.html").exists());
    let output = run(&["verify", "T05", "--quiet", "--resume", "--out", text(&parts)]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("nothing at all is kept") && told.lines().count() == 1, "{told}");
}

#[test]
fn what_is_ignored_does_not_end_a_run() {
    // As under `nohup`: the shell ignores the signal, and what it starts inherits that.
    let folder = tempfile::tempdir().expect("folder");
    let program = env!("CARGO_BIN_EXE_rbm-landscape");
    let words = format!("trap '' HUP; exec {program} verify T05 --quiet --out {}", text(folder.path()));
    let child = Command::new("sh").args(["-c", &words]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let output = interrupt("-HUP", Running(Some(child.expect("sh starts"))), || !evidence(folder.path()).is_empty());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
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
    let output = interrupt("-INT", child, || out.exists());
    said(&output, &["interrupted", "run it again"]);
    assert!(!folder.path().join("a").exists());
}

#[test]
fn calibrate_keeps_the_seeds_that_are_done() {
    let folder = tempfile::tempdir().expect("folder");
    let journal = folder.path().join("calibration-seeds.jsonl");
    let lines = || fs::read_to_string(&journal).map_or(0, |text| text.lines().count());
    let args = ["calibrate", "T05", "--training-seeds", "0", "--quiet", "--out", text(folder.path())];
    let output = interrupt("-INT", begin(&[&args[..], &["--seeds", "200"]].concat()), || lines() >= 2);
    said(&output, &["calibration-seeds.jsonl", "the same command goes on"]);
    let found = json(&[&args[..], &["--seeds", "2", "--json"]].concat());
    assert_eq!(found["claims"][0]["seeds"].as_u64(), Some(2));
    let text = fs::read_to_string(&journal).expect("journal");
    let of = |seed: u64| text.lines().filter(|line| line.starts_with(&format!("{{\"seed\":{seed},"))).count();
    assert_eq!((of(20_000), of(20_001)), (1, 1), "none is tried twice");
    let rng = &mut ChaCha8Rng::seed_from_u64(3);
    let mut before = text.clone();
    for _ in 0..8 {
        let had = lines();
        interrupt_at_random(begin(&[&args[..], &["--seeds", "200"]].concat()), || lines() > had, 300, rng);
        all_whole(folder.path());
        let now = fs::read_to_string(&journal).expect("journal");
        assert!(now.starts_with(&before) && now.len() > before.len(), "what was there stays");
        before = now;
    }
    let seeds: Vec<&str> = before.lines().filter_map(|line| line.split(',').next()).collect();
    let unique: std::collections::BTreeSet<_> = seeds.iter().collect();
    assert_eq!(unique.len(), seeds.len(), "none is tried twice");
}
