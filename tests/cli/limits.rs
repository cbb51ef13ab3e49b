//! What cannot be done, and how it is said.

use super::machine::{A, B, W, machine};
use super::{json, program, refuses, small_set, text};
use std::fs;
use std::process::Stdio;

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
fn what_cannot_be_held_is_refused_by_name_and_leaves_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let dir = folder.path();
    small_set(dir);
    let file = dir.join("machine.npz");
    machine(&file, (2, 3), &W, &A, &B);
    let (data, file, out) = (text(dir), text(&file), dir.join("out/of/this"));
    let out = text(&out);
    let before = fs::read_dir(dir).expect("lists").count();
    let train = ["train", "--data", data, "--out", out];
    let sample = ["sample", file, "--out", out];
    let annealed = ["log-partition", file];
    let calibrate = ["calibrate", "--out", out];
    let toolbox = ["calibrate", "--toolbox", "--out", out];
    // Command, option, and what is said of it: what there is, or the limit.
    let cases: [(&[&str], &str, &str); 14] = [
        (&train, "--hidden", "available"),
        (&train, "--batch", "available"),
        (&train, "--replicas", "available"),
        (&train, "--epochs", "at most 9007199254740992"),
        (&train, "--steps", "at most 9007199254740992"),
        (&sample, "--chains", "available"),
        (&sample, "--steps", "at most 9007199254740992"),
        (&sample, "--width", "at most 2"),
        (&sample, "--modes", "at most 2"),
        (&annealed, "--chains", "available"),
        (&annealed, "--betas", "available"),
        (&annealed, "--burn", "at most 9007199254740992"),
        (&calibrate, "--seeds", "at most 1000000"),
        (&toolbox, "--seeds", "at most 1000000"),
    ];
    for (command, option, why) in cases {
        for value in ["18446744073709551615", "99999999999999999"] {
            refuses(&[command, &[option, value]].concat(), &[&format!("{option} {value}: "), why]);
        }
    }
    refuses(&[&calibrate[..], &["--training-seeds", "1000001"]].concat(), &["--training-seeds 1000001", "1000000"]);
    refuses(&[&calibrate[..], &["--seeds", "1000001"]].concat(), &["--seeds 1000001"]);
    // Threads: four times the cores, at every command, on both sides.
    let most = 4 * std::thread::available_parallelism().expect("cores").get();
    let (most, more) = (most.to_string(), (most + 1).to_string());
    json(&[&annealed[..], &["--json", "--betas", "2", "--threads", &most]].concat());
    let verify = ["verify", "T05", "--out", out];
    let figures = ["figures", "T05", "--out", out];
    for command in [&train[..], &sample, &annealed, &calibrate, &verify, &figures] {
        for value in [&more, "18446744073709551615"] {
            refuses(&[command, &["--threads", value]].concat(), &[&format!("--threads {value}"), "cores"]);
        }
    }
    let output = program().args(["sample", "nowhere"]).env("RAYON_NUM_THREADS", "99999").output().expect("starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("RAYON_NUM_THREADS 99999"));
    assert_eq!(fs::read_dir(dir).expect("lists").count(), before, "something was left behind");
}

#[test]
fn memory_is_compared_with_what_there_is_on_both_sides() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("machine.npz");
    machine(&file, (2, 3), &W, &A, &B);
    let with = |there: &str, args: &[&str]| {
        program().args(args).env("RBM_LANDSCAPE_MEMORY", there).stdin(Stdio::null()).output().expect("starts")
    };
    let annealed = ["log-partition", text(&file), "--json", "--betas", "2", "--chains", "1000"];
    // By hand, per chain: four copies of one word per layer, and 64 bytes: 128; 40 per weight, 16
    // per temperature, of which the fourth round has eight times as many; two copies of one word
    // for 8 ladders of at most 300 rungs, and 40 bytes for each unit of 80 chains of other origin.
    let needed = 128 * 1000 + 40 * 6 + 8 * 16 * 2 + 2 * 8 * 2400 + 40 * 80 * 5;
    assert_eq!(with(&needed.to_string(), &annealed).status.code(), Some(0));
    let refused = with(&(needed - 1).to_string(), &annealed);
    assert_eq!(refused.status.code(), Some(2));
    let message = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(message.contains("--chains 1000: 183 kB of memory would be needed, and 183 kB are available"), "{message}");
    for there in ["much", ""] {
        let odd = with(there, &annealed);
        assert_eq!(odd.status.code(), Some(2), "{there}");
        assert!(String::from_utf8_lossy(&odd.stderr).contains("RBM_LANDSCAPE_MEMORY"), "{there}");
    }
    // A file that is larger than what there is.
    let refused = with("100", &annealed);
    let message = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(2) && message.contains("machine.npz"), "{message}");
    // The claims themselves need room too.
    let out = folder.path().join("report");
    let refused = with("1M", &["verify", "T05", "--out", text(&out)]);
    assert!(refused.status.code() == Some(2) && !out.exists());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("the claims"));
}
