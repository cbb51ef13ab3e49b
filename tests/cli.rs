//! The program as a user meets it: exit codes, JSON keys, messages, files, interrupted runs.

use serde_json::Value;
use std::fs;
use std::io::Write;
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
            assert_eq!(claim["verdict"], claim["expected"]);
            assert_eq!(claim["derivation"]["holds"], true);
            for key in ["name", "kind", "observed", "predicted", "judge", "bound", "pass"] {
                assert!(!claim["checks"][0][key].is_null(), "{key}");
            }
            assert!(claim["checks"][0].get("p_value").is_some());
            if claim["expected"] == "holds" {
                assert_eq!(claim["falsifiers"][0]["refuted"], true);
            }
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
    let object = json(&["figures", "T05", "--json", "--quiet", "--out", text(folder.path())]);
    let written = object["figures"].as_array().expect("figures");
    assert!(written.len() >= 2);
    for path in written {
        assert!(fs::metadata(path.as_str().expect("a path")).is_ok_and(|file| file.len() > 500));
    }
}

#[test]
fn figures_take_the_machines_that_train_made() {
    let folder = tempfile::tempdir().expect("folder");
    let path = |name: &str| folder.path().join(name);
    let train = |out: &str, more: &str| {
        let out = path(out);
        let words = format!("train --hidden 32 --lr 0.001 --quiet --json {more}");
        json(&words.split(' ').chain(["--out", text(&out)]).collect::<Vec<_>>());
    };
    train("first", "--epochs 2 --replica 0");
    train("second", "--epochs 2 --replica 1");
    let draw = |runs: &[&str], out: &str| {
        let (dirs, out) = (runs.iter().map(|name| path(name)).collect::<Vec<_>>(), path(out));
        let mut args = vec!["figures", "T04", "--quiet", "--json", "--out", text(&out)];
        dirs.iter().for_each(|dir| args.extend(["--runs", text(dir)]));
        let output = run(&args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        (fs::read_to_string(out.join("T04_gaussian.csv")).expect("table"), said)
    };
    let panel = |csv: &str, title: &str| -> Vec<String> {
        csv.lines().filter(|line| line.starts_with(title)).map(String::from).collect()
    };
    let trained = "mode 1 of a trained machine";
    let committed =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/figures/T04_gaussian.csv")).expect("table");
    let (both, said) = draw(&["first", "second"], "both");
    // Three sizes of three replicas each are asked for.
    assert_eq!(said.lines().filter(|line| line.contains("left out")).count(), 7, "{said}");
    assert!(said.contains("hidden00032-replica02") && !said.contains("hidden00032-replica01"), "{said}");
    assert!(panel(&both, trained).len() > 50);
    // The same specification, seed and replica: the very machine that the claims train.
    assert_eq!(panel(&both, trained), panel(&committed, trained));
    assert_eq!(panel(&both, "distance").len(), panel(&committed, "distance").len());
    // T04 looks at the first replica only.
    let (absent, said) = draw(&["second"], "absent");
    assert!(said.contains("hidden00032-replica00") && panel(&absent, trained).is_empty(), "{said}");

    let refused = |runs: &[&str], words: &[&str]| {
        let dirs: Vec<_> = runs.iter().map(|name| path(name)).collect();
        let mut args = vec!["figures", "T04", "--quiet"];
        dirs.iter().for_each(|dir| args.extend(["--runs", text(dir)]));
        refuses(&args, &[words, &["--runs"]].concat());
    };
    refused(&["missing"], &["missing"]);
    refused(&["both"], &["both", "no run of M"]);
    refused(&["first", "first"], &["same replica"]);
    train("short", "--epochs 1 --replica 0");
    refused(&["short"], &["short", "other arguments"]);
    let full = path("first");
    refuses(&["figures", "T04", "--scale", "full", "--runs", text(&full)], &["no run of M", "--preset full"]);
    let run = path("first").join("hidden00032-replica00");
    let state = run.join("state-000001.safetensors");
    fs::write(&state, &fs::read(&state).expect("state")[..1000]).expect("write");
    refused(&["first"], &["state-000001", "checksum"]);
    fs::write(run.join("checkpoint.json"), "{\"model\": \"of another tool\"}").expect("write");
    refused(&["first"], &["checkpoint.json", "damaged"]);
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

/// An array in NumPy's format, version 1.
fn npy(kind: &str, fortran: &str, shape: &str, values: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{kind}', 'fortran_order': {fortran}, 'shape': ({shape}), }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.into_bytes());
    bytes.extend(values);
    bytes
}

fn doubles(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}

fn npz(path: &Path, arrays: &[(&str, Vec<u8>)]) {
    let mut archive = zip::ZipWriter::new(fs::File::create(path).expect("file"));
    for (name, bytes) in arrays {
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file(format!("{name}.npy"), options).expect("entry");
        archive.write_all(bytes).expect("write");
    }
    archive.finish().expect("complete");
}

/// W = [[1, -2, 0.5], [0.25, 3, -1]], a = (0.5, -1), b = (0.25, 0, -0.75): ln Z by an independent
/// enumeration of the 32 states with numpy 2.4.
const W: [f64; 6] = [1.0, -2.0, 0.5, 0.25, 3.0, -1.0];
const A: [f64; 2] = [0.5, -1.0];
const B: [f64; 3] = [0.25, 0.0, -0.75];
const LN_Z: f64 = 4.1222509169411445;

#[test]
fn log_partition_reads_every_format_and_brackets_the_exact_value() {
    let folder = tempfile::tempdir().expect("folder");
    let path = |name: &str| folder.path().join(name);
    let biases = [("a", npy("<f8", "False", "2,", &doubles(&A))), ("b", npy("<f8", "False", "3,", &doubles(&B)))];
    fn with<'a>(biases: &[(&'a str, Vec<u8>)], name: &'a str, w: Vec<u8>) -> Vec<(&'a str, Vec<u8>)> {
        [&[(name, w)][..], biases].concat()
    }
    npz(&path("plain.npz"), &with(&biases, "W", npy("<f8", "False", "2, 3", &doubles(&W))));
    let columns = [1.0, 0.25, -2.0, 3.0, 0.5, -1.0];
    npz(&path("fortran.npz"), &with(&biases, "rbm.weights", npy("<f8", "True", "2, 3", &doubles(&columns))));
    npz(&path("linear.npz"), &with(&biases, "weight", npy("<f8", "False", "3, 2", &doubles(&columns))));
    let big: Vec<u8> = W.iter().flat_map(|x| (*x as f32).to_be_bytes()).collect();
    npz(&path("big.npz"), &with(&biases, "kernel", npy(">f4", "False", "2, 3", &big)));
    let half: Vec<u8> = W.iter().flat_map(|x| half::f16::from_f64(*x).to_le_bytes()).collect();
    npz(&path("half.npz"), &with(&biases, "w", npy("<f2", "False", "2, 3", &half)));
    let parts =
        [("layer.W", vec![2, 3], doubles(&W)), ("vbias", vec![2], doubles(&A)), ("hbias", vec![3], doubles(&B))];
    let views = parts.iter().map(|(name, shape, bytes)| {
        let view = safetensors::tensor::TensorView::new(safetensors::Dtype::F64, shape.clone(), bytes);
        (*name, view.expect("fits"))
    });
    fs::write(path("torch.safetensors"), safetensors::serialize(views, None).expect("fits")).expect("write");
    for name in ["plain.npz", "fortran.npz", "linear.npz", "big.npz", "half.npz", "torch.safetensors"] {
        let found = json(&["log-partition", text(&path(name)), "--json", "--betas", "200"]);
        assert!((found["exact"].as_f64().expect("exact") - LN_Z).abs() < 1e-12, "{name}: {}", found["exact"]);
        for direction in ["ais", "reverse_ais"] {
            let number = |key: &str| found[direction][key].as_f64().expect(key);
            // Five standard errors; 500 runs of a machine this small all count.
            assert!((number("mean") - LN_Z).abs() < 5.0 * number("se"), "{name} {direction}");
            assert!(number("effective_samples") > 400.0 && number("se") < 0.05);
            assert_eq!((&found[direction]["betas"], &found[direction]["chains"]), (&200.into(), &500.into()));
        }
        assert_eq!(found["bracket"]["open"], false);
        assert!(found["gaussian"].is_f64() && found["onsager"].is_null());
        assert!(found["why"]["onsager"].as_str().is_some_and(|why| why.contains("zero field")));
    }
    // W alone: ln Z does not tell the layers apart, even when W is square.
    fs::write(path("alone.npy"), npy("<f8", "False", "2, 2", &doubles(&[1.0, 0.0, 0.0, 0.0]))).expect("write");
    let found = json(&["log-partition", text(&path("alone.npy")), "--json"]);
    let by_hand = (4.0 * (3.0 + 1f64.exp())).ln(); // two free units, and 1 + 1 + 1 + e
    assert!((found["exact"].as_f64().expect("exact") - by_hand).abs() < 1e-12);
    assert_eq!(found["notes"].as_array().expect("notes").len(), 2);
    let plain = String::from_utf8(run(&["log-partition", text(&path("plain.npz"))]).stdout).expect("text");
    assert!(plain.contains("annealed, backward") && plain.contains("closed"));
}

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
    assert_eq!(json(&["sample", &trained, "--json", "--out", text(&out)])["visible"], 20);
}

#[test]
fn a_weight_file_that_cannot_be_used_is_named_with_its_mend() {
    let folder = tempfile::tempdir().expect("folder");
    let path = |name: &str| folder.path().join(name);
    let put = |name: &str, bytes: &[u8]| fs::write(path(name), bytes).expect("write");
    let square = npy("<f8", "False", "2, 2", &doubles(&W[..4]));
    put("square.npy", &square);
    put("empty.npz", b"");
    put("foreign.txt", b"hello");
    put("cut.npy", &square[..square.len() - 9]);
    put("head.npy", &square[..40]);
    put("object.npy", &npy("|O", "False", "2, 2", &[0; 32]));
    put("huge.npy", &npy("<f8", "False", "99999999999, 99999999999", &[0; 32]));
    put("flat.npy", &npy("<f8", "False", "4,", &doubles(&W[..4])));
    put("none.npy", &npy("<f8", "False", "0, 4", &[]));
    put("nan.npy", &npy("<f8", "False", "1, 2", &doubles(&[1.0, f64::NAN])));
    put("cut.safetensors", b"\xff\xff\xff\xff\xff\xff\xff\x00{}");
    npz(&path("other.npz"), &[("foo", square.clone())]);
    npz(&path("short.npz"), &[("W", square.clone()), ("a", npy("<f8", "False", "3,", &doubles(&B)))]);
    npz(&path("biased.npz"), &[("W", square), ("b", npy("<f8", "False", "2,", &doubles(&A)))]);
    let whole = fs::read(path("other.npz")).expect("read");
    put("cut.npz", &whole[..whole.len() / 2]);
    let cases: [(&str, &[&str]); 14] = [
        ("missing.npz", &["missing.npz", "weight file"]),
        ("empty.npz", &["empty"]),
        ("foreign.txt", &["foreign.txt", ".npz"]),
        ("cut.npy", &["ends too early"]),
        ("head.npy", &["ends too early"]),
        ("object.npy", &["|O", "float"]),
        ("huge.npy", &["impossible shape"]),
        ("flat.npy", &["two dimensions"]),
        ("none.npy", &["at least one unit"]),
        ("nan.npy", &["not finite", "W"]),
        ("cut.safetensors", &["not a complete"]),
        ("other.npz", &["foo", "--weights-name"]),
        ("short.npz", &["a has 3 values", "--visible-bias-name"]),
        ("cut.npz", &["not a complete"]),
    ];
    for (name, words) in cases {
        refuses(&["log-partition", text(&path(name))], &[&[name], words].concat());
    }
    refuses(&["log-partition", text(&path("biased.npz"))], &["--transpose", "--no-transpose"]);
    json(&["log-partition", text(&path("biased.npz")), "--transpose", "--json"]);
    refuses(&["sample", text(&path("square.npy"))], &["--transpose"]);
    refuses(&["sample", text(folder.path())], &["checkpoint.json", "train"]);
    let out = path("foreign.txt");
    refuses(&["sample", text(&path("square.npy")), "--no-transpose", "--out", text(&out)], &["foreign.txt", "--out"]);
    refuses(&["sample", text(&path("square.npy")), "--no-transpose", "--chains", "0"], &["--chains"]);
    refuses(&["log-partition", text(&path("square.npy")), "--betas", "1"], &["--betas"]);
    refuses(&["log-partition", text(&path("square.npy")), "--beta", "nan"], &["--beta"]);
}

#[test]
fn every_command_has_help() {
    for args in [&["--help"][..], &["verify", "--help"], &["train", "--help"], &["data", "pack", "--help"]] {
        let output = run(args);
        assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).contains("Usage"));
    }
}

#[test]
fn the_toolbox_is_calibrated_and_its_page_written() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let out = folder.path().join("docs");
    let words = "calibrate --toolbox --seeds 100 --tails 1000 --quiet --json --out".split(' ');
    let found = json(&words.chain([text(&out)]).collect::<Vec<_>>());
    assert!(found["right"] == true && found["tests"].as_array().expect("tests").len() >= 15, "{found}");
    let tails = found["tails"].as_array().expect("tails");
    // 1,000 verdicts: 10 are expected at 1 %, 50 have probability below 1e-15 and more than 3 at 1e-6 below 1e-13.
    assert!(tails.len() >= 15 && tails.iter().all(|row| row["levels"][0]["observed"].as_u64() < Some(50)), "{tails:?}");
    assert!(tails.iter().all(|row| row["levels"][4]["observed"].as_u64() <= Some(3)), "{tails:?}");
    let page = fs::read_to_string(out.join("calibration.md")).expect("page");
    for heading in ["## Tests", "## Intervals", "## Rigidity", "## Signs", "## Tails", "edge law"] {
        assert!(page.contains(heading), "{heading}");
    }
    assert!(!page.contains("NaN") && !page.contains("**wrong**"), "{page}");
    refuses(&["calibrate", "--toolbox", "--seeds", "3"], &["--seeds"]);
    refuses(&["calibrate", "--toolbox", "--tails", "999"], &["--tails 999", "1000"]);
    refuses(&["calibrate", "T04", "--tails", "1000"], &["--toolbox"]);
    let blocked = folder.path().join("file");
    fs::write(&blocked, "x").expect("written");
    refuses(&["calibrate", "--toolbox", "--seeds", "100", "--out", text(&blocked)], &["file", "--out"]);
}

#[test]
fn tuning_seeds_say_that_they_are_no_evidence() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let words = "calibrate T05 --seed 199 --seeds 2 --training-seeds 0 --quiet --out".split(' ');
    let output = run(&words.chain([text(dir.path())]).collect::<Vec<_>>());
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.contains("1 tuning seeds: not evidence of error rates"), "{said}");
    let page = fs::read_to_string(dir.path().join("calibration.md")).expect("page");
    assert!(
        page.contains("**tuning seeds: not evidence of error rates**") && page.contains("It is **not met**"),
        "{page}"
    );
}

#[test]
fn claims_are_calibrated_seed_by_seed_and_resumed() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let out = dir.path().join("docs");
    let run = |seeds: &str| {
        json(&["calibrate", "T04", "--seeds", seeds, "--training-seeds", "0", "--quiet", "--json", "--out", text(&out)])
    };
    let first = run("1");
    let tried = |found: &serde_json::Value| found["claims"][0]["seeds"].as_u64();
    assert_eq!((tried(&first), first["claims"][0]["trained"].as_u64()), (Some(1), Some(0)));
    // Without training only one regime is left.
    let places = first["places"].as_array().expect("places");
    assert_eq!(places.iter().filter(|place| place["kind"] == "regime").count(), 1);
    // One seed of the block is no evidence, and says so.
    assert!(
        first["passes"] == false
            && first["tuning_seeds"] == 0
            && first["missing"][0].as_str().is_some_and(|what| what.starts_with("T04: 199 "))
    );
    assert_eq!(first["places"][0]["seed"].as_u64(), first["block"]["first"].as_u64());
    let lines = out.join("calibration-seeds.jsonl");
    let before = fs::read_to_string(&lines).expect("lines");
    // An interrupted run leaves half a line: that seed is run again, the other is not.
    fs::write(&lines, format!("{before}{}", &before[..before.len() / 2])).expect("write");
    assert_eq!(tried(&run("2")), Some(2));
    let after = fs::read_to_string(&lines).expect("lines");
    assert!(after.starts_with(&before) && after.lines().count() == 3);
    assert!(fs::read_to_string(out.join("calibration.md")).expect("page").contains("T04/delocalised"));
    // Seeds at once, in whatever order their lines come, are what they are one by one.
    let other = dir.path().join("at-once");
    let words = "calibrate T04 --seeds 2 --training-seeds 0 --threads 2 --quiet --json --out".split(' ');
    json(&words.chain([text(&other)]).collect::<Vec<_>>());
    let outcomes = |text: &str| {
        let mut all: Vec<serde_json::Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        all.sort_by_key(|one| one["seed"].as_u64());
        all.iter_mut().for_each(|one| one["seconds"] = 0.into());
        all
    };
    let at_once = fs::read_to_string(other.join("calibration-seeds.jsonl")).expect("lines");
    assert_eq!((outcomes(&at_once), at_once.lines().count()), (outcomes(&after), 2));
    // Another program that gives the same goes on with them; one that does not starts anew, and loses nothing.
    let program = after.split_once("\"program\":\"").expect("a program").1[..12].to_string();
    fs::write(&lines, after.replace(&program, "0123456789ab")).expect("write");
    assert_eq!(run("3")["claims"][0]["program"].as_str(), Some("0123456789ab"));
    let went_on = fs::read_to_string(&lines).expect("lines");
    assert_eq!(went_on.lines().count(), 4); // three seeds and the half line
    let seen = &went_on.split_once("\"seen\":\"").expect("what was seen").1[..12];
    fs::write(&lines, went_on.replacen(seen, "0123456789ab", 1)).expect("write");
    let anew = run("1");
    assert_eq!((anew["claims"][0]["program"].as_str(), tried(&anew)), (Some(&*program), Some(1)));
    assert_eq!(fs::read_to_string(&lines).expect("lines").lines().count(), 5);
    let old = after.replacen("\"claim\":", "\"made_by\":", 1);
    fs::write(&lines, old).expect("write");
    refuses(&["calibrate", "T04", "--out", text(&out)], &["calibration-seeds.jsonl, line 1", "--out"]);
    fs::write(&lines, &after).expect("write");
    // Another set of claims neither uses nor loses them.
    json(&["calibrate", "T05", "--seeds", "1", "--training-seeds", "0", "--quiet", "--json", "--out", text(&out)]);
    assert!(fs::read_to_string(&lines).expect("lines").starts_with(&after));
    refuses(&["calibrate", "T99"], &["T99"]);
    let empty = tempfile::tempdir().expect("folder");
    refuses(&["calibrate", "--seeds", "0", "--out", text(empty.path())], &["no outcomes", "--seeds"]);
    refuses(&["calibrate", "--seed", "18446744073709551615", "--out", text(empty.path())], &["--seed", "2^64"]);
    assert_eq!(std::fs::read_dir(empty.path()).expect("folder").count(), 0);
    let lines = std::fs::File::create(empty.path().join("calibration-seeds.jsonl")).expect("writable");
    lines.lock().expect("free");
    refuses(&["calibrate", "--out", text(empty.path())], &["calibration-seeds.jsonl", "another calibrate"]);
    lines.unlock().expect("locked");
    let untrained = ["calibrate", "T08", "--seeds", "1", "--training-seeds", "0", "--out", text(empty.path())];
    refuses(&untrained, &["--training-seeds"]);
    let from = ["train", "--from", "elsewhere", "--out", text(empty.path()), "--hidden"];
    refuses(&[&from[..], &["5,6"]].concat(), &["one --hidden"]);
    refuses(&[&from[..], &["5", "--replicas", "2"]].concat(), &["--replica"]);
    let own = empty.path().join("hidden00005-replica00");
    std::fs::create_dir(&own).expect("writable");
    refuses(
        &["train", "--from", text(&own), "--hidden", "5", "--out", text(empty.path())],
        &["--from", "another folder"],
    );
    refuses(&["calibrate", "T04", "--toolbox"], &["--toolbox"]);
    refuses(&["calibrate", "--seeds", "1000001", "--out", text(empty.path())], &["--seeds 1000001", "1000000"]);
}

/// The rows of a table in box-drawing characters, cells trimmed.
fn rows(plain: &str) -> Vec<Vec<String>> {
    let cells = |line: &str| {
        let inner = line.trim().trim_matches('│');
        inner.split(['│', '┆']).map(|cell| cell.trim().to_string()).collect::<Vec<_>>()
    };
    plain.lines().filter(|line| line.starts_with('│')).map(cells).collect()
}

fn plain(args: &[&str]) -> String {
    let output = run(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn logistic(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

fn softplus(z: f64) -> f64 {
    z.exp().ln_1p()
}

/// A machine file: W row by row, N x M, a and b.
fn machine(path: &Path, (n, m): (usize, usize), w: &[f64], a: &[f64], b: &[f64]) {
    let arrays = [
        ("W", npy("<f8", "False", &format!("{n}, {m}"), &doubles(w))),
        ("a", npy("<f8", "False", &format!("{n},"), &doubles(a))),
        ("b", npy("<f8", "False", &format!("{m},"), &doubles(b))),
    ];
    npz(path, &arrays);
}

/// One visible and one hidden unit, coupled by w: how the visible one moves. (P(v = 1), autocorrelation over one sweep, P(v = 1) at first)
///
/// By hand: P(1)/P(0) = e^a (1 + e^(b+w))/(1 + e^b); two states, so that ρ(1) = P(1 → 1) − P(0 → 1), ρ(t) = ρ(1)^t; chains start at the
/// bias alone.
fn pair(w: f64, a: f64, b: f64) -> (f64, f64, f64) {
    let odds = a + softplus(b + w) - softplus(b);
    let stays = (logistic(b + w) - logistic(b)) * (logistic(a + w) - logistic(a));
    (logistic(odds), stays, logistic(a))
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
    json(&["list", "--json", "--threads", &most]);
    json(&[&annealed[..], &["--json", "--betas", "2", "--threads", &most]].concat());
    let verify = ["verify", "T05", "--out", out];
    let figures = ["figures", "T05", "--out", out];
    for command in [&train[..], &sample, &annealed, &calibrate, &verify, &figures, &["list"], &["explain", "T01"]] {
        for value in [&more, "18446744073709551615"] {
            refuses(&[command, &["--threads", value]].concat(), &[&format!("--threads {value}"), "cores"]);
        }
    }
    let output = program().arg("list").env("RAYON_NUM_THREADS", "99999").output().expect("starts");
    assert_eq!(output.status.code(), Some(2));
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
    // By hand, per chain: four copies of one word per layer, and 64 bytes: 128; 40 per weight, 16 per temperature.
    let needed = 128 * 1000 + 40 * 6 + 16 * 2;
    assert_eq!(with(&needed.to_string(), &annealed).status.code(), Some(0));
    let refused = with(&(needed - 1).to_string(), &annealed);
    assert_eq!(refused.status.code(), Some(2));
    let message = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(message.contains("--chains 1000: 128 kB of memory would be needed, and 128 kB are available"), "{message}");
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

#[test]
fn closed_forms_that_cannot_be_held_say_so_and_the_rest_is_printed() {
    // One visible and 100,000 hidden units: 0.8 MB of weights, of which the closed forms take eight copies and no square of the larger layer.
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("long.npy");
    let m = 100_000;
    fs::write(&file, npy("<f8", "False", &format!("1, {m}"), &doubles(&vec![0.0; m]))).expect("write");
    let args = ["log-partition", text(&file), "--json", "--betas", "2", "--chains", "2", "--burn", "0"];
    let exact = (m + 1) as f64 * std::f64::consts::LN_2; // all states weigh 1
    for (memory, held) in [("5M", false), ("100M", true)] {
        let output = program().args(args).env("RBM_LANDSCAPE_MEMORY", memory).output().expect("starts");
        let found: Value = serde_json::from_slice(&output.stdout).expect("one object");
        assert!((found["exact"].as_f64().expect("exact") - exact).abs() < 1e-8);
        for key in ["gaussian", "onsager"] {
            assert_eq!(found[key].as_f64().is_some_and(|value| (value - exact).abs() < 1e-8), held, "{key}");
            let why = found["why"][key].as_str();
            assert_eq!(why.is_some_and(|why| why.contains("all modes: 6.4 MB of memory")), !held, "{key}: {why:?}");
        }
    }
}

#[test]
fn sample_prints_what_is_known_of_two_pairs_of_units() {
    // Two pairs that know nothing of each other, and a third visible unit: mode 1 is the pair of the larger weight, the second one here, so
    // that modes cannot be confused with units.
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
        // Bartlett: 5 standard errors of a correlation of so many values; of a variance; relative variance 22 τ/n of τ (Sokal).
        assert!((number("lag_1") - rho).abs() < 5.0 * (time / values).sqrt(), "{mode}: {} {rho}", number("lag_1"));
        let variance = p * (1.0 - p);
        let spread = 5.0 * (1.0 - 2.0 * p).abs().max(0.02) * (variance * time / values).sqrt();
        assert!((number("variance") - variance).abs() < spread, "{mode}: {} {variance}", number("variance"));
        let found_time = number("autocorrelation_time");
        assert!((found_time / time - 1.0).abs() < 5.0 * (22.0 * time / values).sqrt(), "{mode}: {found_time} {time}");
        assert!((number("effective_samples") - values / found_time).abs() < 1e-6 * values);
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
    // Inverse temperature multiplies everything: λ, and the pair at twice its parameters.
    let cold = json(&[&words[..], &["--json", "--beta", "0.5", "--modes", "1"]].concat());
    let (_, rho, _) = pair(0.5 * second.0, 0.5 * second.1, 0.5 * second.2);
    assert_eq!((&cold["beta"], cold["modes"].as_array().map(Vec::len)), (&0.5.into(), Some(1)));
    assert!((cold["modes"][0]["lambda"].as_f64().expect("λ") - 0.5 * second.0).abs() < 1e-12);
    assert!((cold["modes"][0]["lag_1"].as_f64().expect("lag 1") - rho).abs() < 5.0 * (2.0 / values).sqrt());
}

#[test]
fn sample_diagnoses_the_second_half_only() {
    // Slow chains far from equilibrium: P(v = 1) after t sweeps is p + (p0 − p) ρ^t, and all values of sweeps 7 to 12 together have the variance
    // of their mean probability. With sweeps 1 to 6, or all twelve, in it, it is smaller by 40 and by 20 per cent.
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
    // Of 20,000 chains the mean probability is known to 0.5/√20,000, times the slope 1 − 2m below 1/2: 5 standard errors.
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
}

#[test]
fn sample_counts_no_more_effective_samples_than_values() {
    // Independent units: every sweep is a fresh draw, τ = 1 but for noise, which must not be counted as samples.
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("free.npz");
    machine(&file, (2, 3), &[0.1, 0.0, 0.0, 0.0, 0.05, 0.0], &[0.0; 2], &[0.0; 3]);
    let out = folder.path().join("out");
    for seed in ["0", "1", "2", "3", "4"] {
        let words = ["sample", text(&file), "--chains", "1", "--steps", "40", "--json", "--seed", seed, "--out"];
        let found = json(&[&words[..], &[text(&out)]].concat());
        for mode in found["modes"].as_array().expect("modes") {
            assert!(mode["effective_samples"].as_f64().is_some_and(|count| count <= 20.0), "seed {seed}: {mode}");
        }
    }
}

#[test]
fn singular_values_of_a_dense_machine_are_those_of_its_square() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("machine.npz");
    machine(&file, (2, 3), &W, &A, &B);
    let found = json(&["sample", text(&file), "--json", "--steps", "2", "--out", text(&folder.path().join("out"))]);
    // by hand: λ² are the roots of x² − (tr WWᵀ) x + det WWᵀ
    let dot = |i: usize, j: usize| (0..3).map(|k| W[3 * i + k] * W[3 * j + k]).sum::<f64>();
    let (trace, det) = (dot(0, 0) + dot(1, 1), dot(0, 0) * dot(1, 1) - dot(0, 1).powi(2));
    for (mode, sign) in [(0, 1.0), (1, -1.0)] {
        let lambda = (0.5 * (trace + sign * (trace * trace - 4.0 * det).sqrt())).sqrt();
        assert!((found["modes"][mode]["lambda"].as_f64().expect("λ") - lambda).abs() < 1e-12, "{mode}");
    }
}

#[test]
fn log_partition_prints_both_directions_each_from_its_own_random_numbers() {
    use rbm_landscape::rbm::{Rbm, annealing, gibbs::Chains};
    let (n, m) = (6, 5);
    let w: Vec<f64> = (0..n * m).map(|i| 0.25 * (f64::from((i * 7 % 11) as u8) - 5.0)).collect();
    let (a, b) = (vec![0.5, -1.0, 0.25, 0.0, 0.75, -0.5], vec![0.25, 0.0, -0.75, 0.5, -0.25]);
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("machine.npz");
    machine(&file, (n, m), &w, &a, &b);
    let words = ["log-partition", text(&file), "--chains", "40", "--betas", "5", "--seed", "7", "--burn"];
    // The same with the library, whose estimates have tests of their own: three purposes, three keys, and as many sweeps as asked for.
    let single = Rbm::new(n, m, w.clone(), a.clone(), b.clone()).expect("finite").to_f32();
    let key = |purpose: &str| rbm_landscape::lab::key(7, &["log-partition", purpose]);
    let [k1, k2, k3] = ["forward", "backward", "burn"].map(key);
    assert!(k1 != k2 && k2 != k3 && k1 != k3);
    let (forward, states) = annealing::forward(&single, 5, 40, k1);
    let mut seen = Vec::new();
    for burn in [0, 3] {
        let mut chains = Chains::new(states.clone(), k3, 0);
        chains.sweep(&single, burn);
        let backward = annealing::backward(&single, &chains.visible, 5, k2);
        let burn = burn.to_string();
        let args = [&words[..], &[burn.as_str()]].concat();
        let found = json(&[&args[..], &["--json"]].concat());
        for (name, estimate) in [("ais", &forward), ("reverse_ais", &backward)] {
            let shown = &found[name];
            let pairs = [("mean", estimate.mean), ("se", estimate.se), ("bound", estimate.bound)];
            let more = [("bound_se", estimate.bound_se), ("effective_samples", estimate.effective_samples)];
            for (key, value) in pairs.into_iter().chain(more) {
                assert_eq!(shown[key].as_f64(), Some(value), "{name} {key}");
            }
            assert_eq!((&shown["betas"], &shown["chains"]), (&5.into(), &40.into()));
        }
        assert_eq!(found["bracket"]["lower"].as_f64(), Some(forward.bound));
        assert_eq!(found["bracket"]["upper"].as_f64(), Some(backward.bound));
        assert!((found["exact"].as_f64().expect("exact") - enumerated(n, m, &w, &a, &b)).abs() < 1e-11);
        let shown = plain(&args);
        let table = rows(&shown);
        let row = |name: &str| table.iter().find(|row| row[0] == name).unwrap_or_else(|| panic!("{name}: {shown}"));
        let six = |value: &Value| format!("{:.6}", value.as_f64().expect("a number"));
        assert_eq!(row("exact")[1], six(&found["exact"]));
        for (name, key) in [("annealed, forward", "ais"), ("annealed, backward", "reverse_ais")] {
            assert_eq!(row(name)[1], format!("{} ± {}", six(&found[key]["mean"]), six(&found[key]["se"])));
            let count = found[key]["effective_samples"].as_f64().expect("a number");
            assert_eq!(row(name)[2], format!("40 runs count as {count:.0}"));
        }
        let limits = format!(
            "{:.4} ± {:.4} to {:.4} ± {:.4}",
            forward.bound, forward.bound_se, backward.bound, backward.bound_se
        );
        assert!(shown.contains(&limits), "{limits}: {shown}");
        assert_ne!(forward.mean, backward.mean);
        seen.push(backward.mean);
    }
    assert_ne!(seen[0], seen[1], "sweeps before the backward runs change them");
}

/// ln Z by all states of both layers.
fn enumerated(n: usize, m: usize, w: &[f64], a: &[f64], b: &[f64]) -> f64 {
    let on = |state: usize, unit: usize| state >> unit & 1 == 1;
    let weight = |v: usize, h: usize| {
        let own = (0..n).filter(|&j| on(v, j)).map(|j| a[j]).sum::<f64>();
        let other = (0..m).filter(|&k| on(h, k)).map(|k| b[k]).sum::<f64>();
        let both = (0..n).filter(|&j| on(v, j)).flat_map(|j| (0..m).filter(|&k| on(h, k)).map(move |k| w[j * m + k]));
        (own + other + both.sum::<f64>()).exp()
    };
    let sum: f64 = (0..1 << n).flat_map(|v| (0..1 << m).map(move |h| (v, h))).map(|(v, h)| weight(v, h)).sum();
    sum.ln()
}

#[test]
fn closed_forms_are_printed_as_by_hand() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("one.npz");
    let look = |w: f64, a: f64, b: f64| {
        machine(&file, (1, 1), &[w], &[a], &[b]);
        let words = ["log-partition", text(&file), "--no-transpose", "--betas", "2", "--burn", "0"];
        let found = json(&[&words[..], &["--json"]].concat());
        (found, rows(&plain(&words)))
    };
    let ln_2 = std::f64::consts::LN_2;
    // Zero field, a = b = −w/2: Z = 2 + 2 e^(−w/2); Gauss: 2 ln 2 − w/4 − ½ ln(1 − w²/16); Onsager: A = 2 + √(4 + w²), and
    // 2 ln 2 − w/4 + (A − 4)/4 − ½ ln((A² − w²)/16).
    let w = 1.5f64;
    let (found, table) = look(w, -0.5 * w, -0.5 * w);
    let precision = 2.0 + (4.0 + w * w).sqrt();
    let expected = [
        ("exact", "exact", (2.0 + 2.0 * (-0.5 * w).exp()).ln()),
        ("gaussian", "Gaussian modes", 2.0 * ln_2 - 0.25 * w - 0.5 * (1.0 - w * w / 16.0).ln()),
        (
            "onsager",
            "with Onsager's reaction",
            2.0 * ln_2 - 0.25 * w + 0.25 * (precision - 4.0) - 0.5 * ((precision * precision - w * w) / 16.0).ln(),
        ),
    ];
    for (key, name, value) in expected {
        assert!((found[key].as_f64().expect(key) - value).abs() < 1e-10, "{key}: {} {value}", found[key]);
        let row = table.iter().find(|row| row[0] == name).expect(name);
        assert_eq!(row[1], format!("{value:.6}"));
    }
    // Without coupling, fields a and b: Gauss 2 ln 2 + (a + b)/2 + (a² + b²)/8, exact ln(1 + e^a)(1 + e^b); Onsager has no such field.
    let (found, table) = look(0.0, 0.8, -0.5);
    let gauss = 2.0 * ln_2 + 0.15 + (0.64 + 0.25) / 8.0;
    assert!((found["gaussian"].as_f64().expect("gaussian") - gauss).abs() < 1e-12);
    assert!((found["exact"].as_f64().expect("exact") - softplus(0.8) - softplus(-0.5)).abs() < 1e-12);
    let row = table.iter().find(|row| row[0] == "with Onsager's reaction").expect("a row");
    assert_eq!((row[1].as_str(), row[2].as_str()), ("-", found["why"]["onsager"].as_str().expect("why")));
    // λ = 4 has no Gaussian law any more, just below it there is one.
    assert!(look(4.0, -2.0, -2.0).0["gaussian"].is_null() && look(3.99, -2.0, -2.0).0["gaussian"].is_f64());
}

#[test]
fn one_layer_of_24_units_is_enumerated_and_one_of_25_is_not() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("machine.npz");
    // One coupling; ln Z by hand: the pair, and all other units by themselves.
    let look = |n: usize, m: usize| {
        let mut w = vec![0.0; n * m];
        w[0] = 1.25;
        let bias = |count: usize, by: f64| (0..count).map(|i| by * (i as f64 - 3.0)).collect::<Vec<f64>>();
        let (a, b) = (bias(n, 0.125), bias(m, -0.0625));
        machine(&file, (n, m), &w, &a, &b);
        let words = ["log-partition", text(&file), "--betas", "2", "--chains", "2", "--burn", "0", "--no-transpose"];
        let pair = (1.0 + a[0].exp() + b[0].exp() + (a[0] + b[0] + 1.25).exp()).ln();
        let others = a[1..].iter().chain(&b[1..]).map(|x| softplus(*x)).sum::<f64>();
        (json(&[&words[..], &["--json"]].concat()), pair + others)
    };
    for (n, m) in [(24, 25), (25, 24)] {
        let (found, exact) = look(n, m);
        assert!((found["exact"].as_f64().expect("enumerated") - exact).abs() < 1e-10, "{n} x {m}: {}", found["exact"]);
    }
    let (found, _) = look(25, 25);
    assert!(found["exact"].is_null());
    assert!(found["why"]["exact"].as_str().is_some_and(|why| why.contains("more than 24 units")));
}

#[test]
fn biases_named_b_and_c_are_the_visible_and_the_hidden_ones() {
    // A square machine, where only the names tell: exchanged biases would give another ln Z.
    let (w, visible, hidden) = ([1.5, -0.5, 0.75, 2.0], [0.5, -1.0], [-2.0, 1.0]);
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("tutorial.npz");
    let two = |values: &[f64; 2]| npy("<f8", "False", "2,", &doubles(values));
    npz(&file, &[("W", npy("<f8", "False", "2, 2", &doubles(&w))), ("b", two(&visible)), ("c", two(&hidden))]);
    let found = json(&["log-partition", text(&file), "--json", "--no-transpose", "--betas", "2", "--burn", "0"]);
    let (right, exchanged) = (enumerated(2, 2, &w, &visible, &hidden), enumerated(2, 2, &w, &hidden, &visible));
    assert!((right - exchanged).abs() > 0.1);
    assert!((found["exact"].as_f64().expect("exact") - right).abs() < 1e-12);
    assert!(found["notes"][0].as_str().is_some_and(|note| note.contains("b and c")), "{}", found["notes"]);
    // With a and b in the file a c is something else.
    let arrays = [("W", npy("<f8", "False", "2, 2", &doubles(&w))), ("a", two(&visible)), ("b", two(&hidden))];
    npz(&file, &[&arrays[..], &[("c", two(&[9.0, 9.0]))]].concat());
    let found = json(&["log-partition", text(&file), "--json", "--no-transpose", "--betas", "2", "--burn", "0"]);
    assert!((found["exact"].as_f64().expect("exact") - right).abs() < 1e-12);
}

/// W, a, b of a state file of a run, in single precision.
fn state(run: &Path, epoch: u64) -> [Vec<f32>; 3] {
    let bytes = fs::read(run.join(format!("state-{epoch:06}.safetensors"))).expect("a state");
    let file = safetensors::SafeTensors::deserialize(&bytes).expect("complete");
    ["W", "a", "b"].map(|name| {
        let data = file.tensor(name).expect(name).data();
        data.chunks(4).map(|x| f32::from_le_bytes([x[0], x[1], x[2], x[3]])).collect()
    })
}

/// The largest singular value of an N x M matrix, row by row: 1,000 steps of the power method on WᵀW.
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
            let left = if epoch == 2 { "about 0 min left" } else { "about 1 min left" };
            assert!(line.contains(left), "{line}");
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
    // Plain ascent by steps far below the last place of single precision moves nothing: W, a and b stay the parent's bits.
    let more = ["--epochs", "4", "--optimiser", "sgd", "--lr", "1e-30", "--steps", "2", "--from", text(&parent)];
    let child = train(&dirs[1], &more);
    assert_eq!(state(&child, 4), state(&parent, 2));
    assert_ne!(state(&parent, 1), state(&parent, 2));
    // Sweeps and updates are counted on: six batches per epoch; two epochs of three sweeps, then two of two.
    let (old, new) = (record(&parent), record(&child));
    assert_eq!((&old["updates"], &old["sweeps"], &old["epochs"]), (&12.into(), &36.into(), &2.into()));
    assert_eq!((&new["updates"], &new["sweeps"], &new["epochs"]), (&24.into(), &60.into(), &4.into()));
    assert_eq!((&new["parent"]["epochs"], &new["parent"]["state_sha256"]), (&2.into(), &old["state_sha256"]));
    // By the same arguments it is the training that was never interrupted, to the bit: chains and moments are the parent's too.
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
fn list_prints_the_catalogue() {
    let found = json(&["list", "--json"]);
    let shown = plain(&["list"]);
    let mut lines = shown.lines();
    for (claim, entry) in found["claims"].as_array().expect("claims").iter().zip(rbm_landscape::theorems::CATALOGUE) {
        let statement = entry.theorem.statement();
        assert_eq!((claim["id"].as_str(), claim["title"].as_str()), (Some(statement.id), Some(statement.title)));
        assert_eq!(lines.next(), Some(&*format!("{}  {}", statement.id, statement.title)));
        let regimes = claim["regimes"].as_array().expect("regimes");
        assert_eq!(regimes.len(), statement.regimes.len());
        for (shown, regime) in regimes.iter().zip(statement.regimes) {
            let expected = regime.expected.to_string();
            assert_eq!((shown["regime"].as_str(), shown["expected"].as_str()), (Some(regime.id), Some(&*expected)));
            let line = lines.next().expect("a line per regime");
            assert!(line.contains(regime.id) && line.contains(regime.title), "{line}");
            assert!(line.ends_with(&format!("(expected: {expected})")), "{line}");
        }
    }
    assert_eq!(lines.next(), None);
}

#[test]
fn verify_prints_numbers_that_follow_from_each_other_and_from_the_claim() {
    use rbm_landscape::lab::{Lab, Plan, Scale};
    let folder = tempfile::tempdir().expect("folder");
    let out = folder.path().join("report");
    let found = json(&["verify", "T05", "--json", "--quiet", "--seed", "3", "--out", text(&out)]);
    let claims = found["claims"].as_array().expect("claims");
    // The same claim, run here.
    let data = std::sync::Arc::new(rbm_landscape::data::Dataset::mnist().expect("embedded"));
    let lab = Lab::new(Plan::new(Scale::Quick), 3, data, Box::new(|_| {}));
    let entry = rbm_landscape::theorems::CATALOGUE.iter().find(|entry| entry.theorem.statement().id == "T05");
    let dossier = rbm_landscape::runner::check(entry.expect("T05").theorem, &lab);
    assert_eq!(claims.len(), dossier.regimes.len());
    for (claim, regime) in claims.iter().zip(&dossier.regimes) {
        assert_eq!((claim["id"].as_str(), claim["regime"].as_str()), (Some("T05"), Some(regime.regime.id)));
        assert_eq!(claim["verdict"].as_str(), Some(&*regime.verdict.to_string()));
        let (checks, measured) = (claim["checks"].as_array().expect("checks"), &regime.evidence.measurements);
        assert_eq!(checks.len(), measured.len());
        for (check, measurement) in checks.iter().zip(measured) {
            let number = |key: &str| check[key].as_f64();
            assert_eq!(check["name"].as_str(), Some(&*measurement.name));
            // To the bit, whatever the number of threads.
            let same = |shown: Option<f64>, value: f64| shown == Some(value).filter(|value| value.is_finite());
            assert!(same(number("observed"), measurement.observed), "{check}: {}", measurement.observed);
            assert!(same(number("predicted"), measurement.predicted), "{check}: {}", measurement.predicted);
            assert_eq!(check["pass"], check["outcome"] == "pass");
            // The judge says what decides, and its numbers decide.
            let judge = &check["judge"];
            let of = |key: &str| judge[key].as_f64().unwrap_or_else(|| panic!("{key} of {judge}"));
            let side = |key: &str| {
                let limit = |end: &str| judge[key][end].as_f64().unwrap_or_else(|| panic!("{end} of {judge}"));
                (limit("low"), limit("high"))
            };
            let difference = (measurement.observed - measurement.predicted).abs();
            let (bound, outcome) = match judge["kind"].as_str().expect("kind") {
                "rounding" => {
                    let bound = of("factor") * f64::EPSILON * of("n").sqrt() * of("scale");
                    (bound, if difference <= bound { "pass" } else { "fail" })
                }
                "truncation" => {
                    let pass = difference <= of("bound") && of("measured_order") > of("order") - 0.5;
                    (of("bound"), if pass { "pass" } else { "fail" })
                }
                "statistical" => {
                    assert_eq!(number("p_value"), judge["p_value"].as_f64());
                    (of("alpha"), if of("p_value") >= of("alpha") { "pass" } else { "fail" })
                }
                "equivalence" => {
                    let ((low, high), bound) = (side("discrepancy"), of("bound"));
                    (
                        bound,
                        if high < bound {
                            "pass"
                        } else if low > bound {
                            "fail"
                        } else {
                            "undecided"
                        },
                    )
                }
                "effect" => {
                    let ((low, high), least) = (side("effect"), of("at_least"));
                    (
                        least,
                        if low > least {
                            "pass"
                        } else if high < least {
                            "fail"
                        } else {
                            "undecided"
                        },
                    )
                }
                other => panic!("a judge that this test does not know: {other}"),
            };
            assert_eq!(check["kind"], judge["kind"]);
            assert!((number("bound").expect("bound") - bound).abs() <= 1e-15 * bound.abs(), "{check}");
            assert_eq!(check["outcome"].as_str(), Some(outcome), "{check}");
        }
    }
    // The table counts what the JSON holds.
    let table = rows(&plain(&["verify", "T05", "--quiet", "--seed", "3", "--out", text(&out)]));
    assert_eq!(table.len(), claims.len() + 1);
    for (row, claim) in table[1..].iter().zip(claims) {
        let share = |list: &str, key: &str| {
            let all = claim[list].as_array().expect(list);
            format!("{} of {}", all.iter().filter(|one| one[key] == true).count(), all.len())
        };
        // Of falsifiers and controls that there are none of, a dash.
        let trials =
            |list: &str, key: &str| Some(share(list, key)).filter(|share| share != "0 of 0").unwrap_or("–".into());
        let cell = |title: &str| {
            let at =
                table[0].iter().position(|cell| cell == title).unwrap_or_else(|| panic!("{title}: {:?}", table[0]));
            row[at].as_str()
        };
        assert_eq!(Some(cell("regime")), claim["regime"].as_str());
        assert_eq!(Some(cell("verdict")), claim["verdict"].as_str());
        assert_eq!(Some(cell("expected")), claim["expected"].as_str());
        let checks = claim["checks"].as_array().expect("checks");
        let right = |check: &&Value| {
            let apart = check["observed"].as_f64().zip(check["predicted"].as_f64()).map_or(f64::NAN, |(o, p)| o - p);
            let side = match check["expected_side"].as_str() {
                Some("above") => apart > 0.0,
                Some("below") => apart < 0.0,
                _ => true,
            };
            check["outcome"] == check["expected"] && side
        };
        let right = checks.iter().filter(right).count();
        assert_eq!(cell("checks as expected"), format!("{right} of {}", checks.len()));
        assert_eq!(cell("falsifiers refuted"), trials("falsifiers", "refuted"));
        assert_eq!(cell("controls held"), trials("controls", "held"));
    }
}

#[test]
fn figures_exits_as_verify_does_and_names_what_is_not_as_expected() {
    // A set of 60 images of 4 x 5 pixels is far from what the claims on trained machines are about.
    let folder = tempfile::tempdir().expect("folder");
    small_set(folder.path());
    let out = folder.path().join("out");
    let words = ["T03", "--json", "--quiet", "--data", text(folder.path()), "--out", text(&out)];
    let [verify, figures] = ["verify", "figures"].map(|command| run(&[&[command][..], &words].concat()));
    let found: Value = serde_json::from_slice(&verify.stdout).expect("one object");
    let drawn: Value = serde_json::from_slice(&figures.stdout).expect("one object");
    let said = String::from_utf8_lossy(&figures.stderr).into_owned();
    let claims = found["claims"].as_array().expect("claims");
    let odd: Vec<&Value> = claims.iter().filter(|claim| claim["as_expected"] != true).collect();
    assert_eq!(figures.status.code(), verify.status.code(), "{said}");
    assert_eq!(drawn["as_expected"], odd.is_empty());
    assert_eq!(figures.status.code(), Some(if odd.is_empty() { 0 } else { 1 }), "{said}");
    assert_eq!(said.lines().count(), odd.len(), "{said}");
    for claim in odd {
        let line =
            format!("T03 {}: {}", claim["regime"].as_str().expect("id"), claim["verdict"].as_str().expect("one"));
        assert!(said.contains(&line), "{line}: {said}");
    }
}
