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
fn numbers_that_cannot_be_are_refused_in_one_sentence() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("machine.npz");
    machine(&file, (2, 3), &W, &A, &B);
    let file = text(&file);
    let whole = "a whole number is needed, 0 or larger";
    refuses(&["verify", "--seed", "-3"], &["-3", "--seed", whole]);
    refuses(&["sample", file, "--chains", "-3"], &["-3", "--chains", whole]);
    refuses(&["sample", file, "--chains", "1e3"], &["1e3", "--chains", whole]);
    refuses(&["sample", file, "--chains", "99999999999999999999"], &["--chains", "too large"]);
    refuses(&["log-partition", file, "--within", "-1"], &["--within -1", "above 0"]);
    refuses(&["log-partition", file, "--within", "x"], &["--within", "a number is needed"]);
    refuses(&["log-partition", file, "--time", "-1"], &["--time -1", "above 0"]);
    refuses(&["train", "--hidden", "5", "--lr", "-1"], &["--lr -1", "learning rate"]);
    refuses(&["sample"], &["required", "<MACHINE>", "--help says more"]);
    refuses(&["verify", "--sed", "1"], &["--sed", "--seed"]);
    refuses(&["log-partition", file, "--within", "-1e-3"], &["-1", "--option=value"]);
    // Each is one line.
    for args in [&["sample"][..], &["verify", "--sed", "1"], &["nothing"]] {
        let output = program().args(args).output().expect("the program starts");
        assert_eq!(String::from_utf8_lossy(&output.stderr).lines().count(), 1, "{args:?}");
    }
    // A negative β is a number.
    let exact = |beta: &str| json(&["log-partition", file, "--beta", beta, "--json"])["exact"].as_f64().expect("exact");
    let at = |beta: f64| -> f64 {
        let energy = |state: u32| {
            let on = |unit: usize| f64::from(state >> unit & 1);
            let fields: f64 = (0..2).map(|j| A[j] * on(j)).sum::<f64>() + (0..3).map(|k| B[k] * on(2 + k)).sum::<f64>();
            fields + (0..6).map(|at| W[at] * on(at / 3) * on(2 + at % 3)).sum::<f64>()
        };
        (0..32).map(|state| (beta * energy(state)).exp()).sum::<f64>().ln()
    };
    assert!((exact("-0.5") - at(-0.5)).abs() < 1e-9, "{} {}", exact("-0.5"), at(-0.5));
}

#[test]
fn man_pages_and_completions_are_written_for_every_command() {
    let folder = tempfile::tempdir().expect("folder");
    let out = program().args(["manual", "--out", text(folder.path())]).output().expect("the program starts");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    for command in ["verify", "log-partition", "sample", "inspect", "train", "calibrate"] {
        assert!(read(&format!("rbm-landscape-{command}.1")).contains("\\-\\-seed"), "{command}");
        for file in ["_rbm-landscape", "rbm-landscape.bash", "rbm-landscape.fish", "_rbm-landscape.ps1"] {
            assert!(read(file).contains(command), "{file}: {command}");
        }
    }
    assert!(read("rbm-landscape.1").contains("log\\-partition"));
    refuses(&["manual", "--out", text(&folder.path().join("rbm-landscape.1"))], &["--out"]);
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
