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
    assert_ne!(panel(&both, trained), panel(&committed, trained), "another machine");
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
