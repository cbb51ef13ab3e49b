//! Machines from files, `log-partition`.

use super::{json, program, refuses, run, text};
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::Path;

/// An array in NumPy's format, version 1.
pub(super) fn npy(kind: &str, fortran: &str, shape: &str, values: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{kind}', 'fortran_order': {fortran}, 'shape': ({shape}), }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.into_bytes());
    bytes.extend(values);
    bytes
}

pub(super) fn doubles(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}

pub(super) fn npz(path: &Path, arrays: &[(&str, Vec<u8>)]) {
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
pub(super) const W: [f64; 6] = [1.0, -2.0, 0.5, 0.25, 3.0, -1.0];

pub(super) const A: [f64; 2] = [0.5, -1.0];

pub(super) const B: [f64; 3] = [0.25, 0.0, -0.75];

pub(super) const LN_Z: f64 = 4.1222509169411445;

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
        assert_eq!(found["bracket"]["state"], "agree", "{name}: {}", found["bracket"]);
        let limit = |key: &str| found["bracket"][key].as_f64().expect(key);
        let tempered = |key: &str| found["tempering"][key].as_f64().expect(key);
        assert!((tempered("mean") - LN_Z).abs() < 5.0 * tempered("se") && limit("high") - limit("low") < 0.2);
        // λ₁ = 3.79, near the pole at 4: the form is far off.
        assert!(found["gaussian"].is_null() && found["onsager"].is_null());
        assert!(found["why"]["gaussian"].as_str().is_some_and(|why| why.contains("fourth order")));
        assert!(found["why"]["onsager"].as_str().is_some_and(|why| why.contains("zero field")));
    }
    // W alone: ln Z does not tell the layers apart, even when W is square.
    fs::write(path("alone.npy"), npy("<f8", "False", "2, 2", &doubles(&[1.0, 0.0, 0.0, 0.0]))).expect("write");
    let found = json(&["log-partition", text(&path("alone.npy")), "--json"]);
    let by_hand = (4.0 * (3.0 + 1f64.exp())).ln(); // two free units, and 1 + 1 + 1 + e
    assert!((found["exact"].as_f64().expect("exact") - by_hand).abs() < 1e-12);
    assert_eq!(found["notes"].as_array().expect("notes").len(), 2);
    let plain = String::from_utf8(run(&["log-partition", text(&path("plain.npz"))]).stdout).expect("text");
    assert!(plain.contains("annealed, backward") && plain.contains("(agree)"), "{plain}");
}

#[test]
fn a_file_that_cannot_be_used_is_named_with_its_remedy() {
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
        ("missing.npz", &["missing.npz", "no such file"]),
        ("empty.npz", &["empty"]),
        ("foreign.txt", &["foreign.txt", ".npz"]),
        ("cut.npy", &["ends too early"]),
        ("head.npy", &["ends too early"]),
        ("object.npy", &["Python object"]),
        ("huge.npy", &["no array has the shape"]),
        ("flat.npy", &["two dimensions"]),
        ("none.npy", &["at least one unit"]),
        ("nan.npy", &["not a number", "W"]),
        ("cut.safetensors", &["cut.safetensors", "np.savez"]),
        ("other.npz", &["foo", "--weights-name"]),
        ("short.npz", &["a has shape [3]", "--visible-bias-name"]),
        ("cut.npz", &["ends too early"]),
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

/// The rows of a table in box-drawing characters, cells trimmed.
pub(super) fn rows(plain: &str) -> Vec<Vec<String>> {
    let cells = |line: &str| {
        let inner = line.trim().trim_matches('│');
        inner.split(['│', '┆']).map(|cell| cell.trim().to_string()).collect::<Vec<_>>()
    };
    plain.lines().filter(|line| line.starts_with('│')).map(cells).collect()
}

pub(super) fn plain(args: &[&str]) -> String {
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
pub(super) fn machine(path: &Path, (n, m): (usize, usize), w: &[f64], a: &[f64], b: &[f64]) {
    let arrays = [
        ("W", npy("<f8", "False", &format!("{n}, {m}"), &doubles(w))),
        ("a", npy("<f8", "False", &format!("{n},"), &doubles(a))),
        ("b", npy("<f8", "False", &format!("{m},"), &doubles(b))),
    ];
    npz(path, &arrays);
}

/// One visible and one hidden unit, coupled by w: how the visible one moves. (P(v = 1),
/// autocorrelation over one sweep, P(v = 1) at first)
///
/// By hand: P(1)/P(0) = e^a (1 + e^(b+w))/(1 + e^b); two states, so that ρ(1) = P(1 → 1) − P(0 →
/// 1), ρ(t) = ρ(1)^t; chains start at the bias alone.
pub(super) fn pair(w: f64, a: f64, b: f64) -> (f64, f64, f64) {
    let odds = a + softplus(b + w) - softplus(b);
    let stays = (logistic(b + w) - logistic(b)) * (logistic(a + w) - logistic(a));
    (logistic(odds), stays, logistic(a))
}

#[test]
fn closed_forms_that_cannot_be_held_say_so_and_the_rest_is_printed() {
    // 600 x 600 units: 2.9 MB of weights, of which the closed forms take eight copies, and four
    // squares of a layer.
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("square.npy");
    let n = 600;
    fs::write(&file, npy("<f8", "False", &format!("{n}, {n}"), &doubles(&vec![0.0; n * n]))).expect("write");
    let args = ["log-partition", text(&file), "--json", "--betas", "2", "--chains", "2", "--no-transpose"];
    let exact = 2.0 * n as f64 * std::f64::consts::LN_2; // all states weigh 1
    for (memory, held) in [("20M", false), ("100M", true)] {
        let output = program().args(args).env("RBM_LANDSCAPE_MEMORY", memory).output().expect("starts");
        let found: Value = serde_json::from_slice(&output.stdout).expect("one object");
        let tempered = found["tempering"]["mean"].as_f64().expect("a number");
        // Five standard errors and the rounding of 1,200 terms: a base whose hidden units are
        // those of the machine leaves nothing to chance.
        let se = found["tempering"]["se"].as_f64().expect("a number");
        assert!((tempered - exact).abs() < 5.0 * se + 1e-9, "{tempered} ± {se} {exact}");
        for key in ["gaussian", "onsager"] {
            assert_eq!(found[key].as_f64().is_some_and(|value| (value - exact).abs() < 1e-8), held, "{key}");
            let why = found["why"][key].as_str();
            assert_eq!(why.is_some_and(|why| why.contains("all modes: 34.6 MB of memory")), !held, "{key}: {why:?}");
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
fn log_partition_prints_what_the_library_finds_each_from_its_own_random_numbers() {
    use rbm_landscape::rbm::{Rbm, annealing, gibbs::Chains, origins, tempering::Tempering};
    let (n, m) = (6, 5);
    let w: Vec<f64> = (0..n * m).map(|i| 0.25 * (f64::from((i * 7 % 11) as u8) - 5.0)).collect();
    let (a, b) = (vec![0.5, -1.0, 0.25, 0.0, 0.75, -0.5], vec![0.25, 0.0, -0.75, 0.5, -0.25]);
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("machine.npz");
    machine(&file, (n, m), &w, &a, &b);
    let words = ["log-partition", text(&file), "--chains", "40", "--betas", "5", "--seed", "7", "--burn"];
    // The same with the library, whose estimates have tests of their own: each purpose its key, and
    // as many sweeps as asked for.
    let single = Rbm::new(n, m, w.clone(), a.clone(), b.clone()).expect("finite").to_f32();
    let key = |purpose: &str| rbm_landscape::lab::key(7, &["log-partition", purpose]);
    let keys = ["forward", "backward", "burn", "origins", "tempering"].map(key);
    assert!((0..5).all(|i| (0..i).all(|j| keys[i] != keys[j])));
    let [k1, k2, k3, k4, k5] = keys;
    let (origins, means) = origins::find(&single, None, 150, k4);
    // 40 x 5 sweeps of one chain are fewer than 16 of each of 8 ladders. A path from one base and
    // one from several are tried for a third of them.
    let mut tempering = Tempering::new(&single, &means, 8, 40 * 5 / 8 / 16, k5);
    let trial = |tempering: &mut Tempering<'_>| {
        tempering.extend(16 / 3, 256);
        let trips = tempering.found().round_trips;
        tempering.forget();
        trips
    };
    let trips = trial(&mut tempering);
    let mut several = tempering.with(origins::spread(&origins));
    if trial(&mut several) > 5 * trips {
        tempering = several;
    }
    let drawn = tempering.extend(16, 40);
    let tempered = tempering.found();
    let path = tempering.path.refined(5);
    let (forward, _) = annealing::forward(&single, &path, 40, k1);
    let mut seen = Vec::new();
    for burn in [0, 3] {
        let mut chains = Chains::new(drawn.clone(), k3, 0);
        chains.sweep(&single, burn);
        let backward = annealing::backward(&single, &chains.visible, &path, k2);
        let burn = burn.to_string();
        let args = [&words[..], &[burn.as_str()]].concat();
        let found = json(&[&args[..], &["--json"]].concat());
        for (name, estimate, key) in [("ais", &forward, "forward"), ("reverse_ais", &backward, "backward")] {
            let shown = &found[name];
            let pairs = [("mean", estimate.mean), ("se", estimate.se), ("bound", estimate.bound)];
            let more = [("bound_se", estimate.bound_se), ("effective_samples", estimate.effective_samples)];
            for (key, value) in pairs.into_iter().chain(more) {
                assert_eq!(shown[key].as_f64(), Some(value), "{name} {key}");
            }
            assert_eq!((&shown["betas"], &shown["chains"]), (&5.into(), &40.into()));
            let short = [("mean", "mean"), ("se", "se"), ("effective_samples", "ess"), ("betas", "betas")];
            assert!(short.iter().all(|(long, short)| shown[long] == found[key][short]), "{}", found[key]);
        }
        assert_eq!(found["tempering"]["mean"].as_f64(), Some(tempered.mean));
        assert_eq!(found["tempering"]["round_trips"], tempered.round_trips);
        // Student's 97.5 % for 7 degrees of freedom is 2.36462 (tables).
        for (key, sign) in [("low", -1.0), ("high", 1.0)] {
            let limit = found["bracket"][key].as_f64().expect(key);
            assert!((limit - tempered.mean - sign * 2.36462 * tempered.se).abs() < 1e-4 * tempered.se);
        }
        assert!((found["exact"].as_f64().expect("exact") - enumerated(n, m, &w, &a, &b)).abs() < 1e-11);
        let shown = plain(&args);
        let table = rows(&shown);
        let row = |name: &str| table.iter().find(|row| row[0] == name).unwrap_or_else(|| panic!("{name}: {shown}"));
        let digits = |value: &Value, digits: usize| format!("{:.digits$}", value.as_f64().expect("a number"));
        assert_eq!(row("exact")[1], digits(&found["exact"], 6));
        let estimates =
            [("annealed, forward", "ais"), ("annealed, backward", "reverse_ais"), ("tempered", "tempering")];
        for (name, key) in estimates {
            let (mean, se) = (&found[key]["mean"], &found[key]["se"]);
            assert_eq!(row(name)[1], format!("{} ± {}", digits(mean, 4), digits(se, 4)));
        }
        for (name, key) in &estimates[..2] {
            let count = found[key]["effective_samples"].as_f64().expect("a number");
            assert!(row(name)[2].ends_with(&format!("count as {count:.0}")), "{:?}", row(name));
        }
        let (low, high) = (&found["bracket"]["low"], &found["bracket"]["high"]);
        let limits = format!("tempered, 95 %: {} to {} (", digits(low, 4), digits(high, 4));
        assert!(shown.contains(&limits), "{limits}: {shown}");
        for warning in found["warnings"].as_array().expect("warnings") {
            assert!(shown.contains(warning.as_str().expect("text")), "{warning}: {shown}");
        }
        assert_ne!(forward.mean, backward.mean);
        seen.push(backward.mean);
    }
    assert_ne!(seen[0], seen[1], "sweeps before the backward runs change them");
}

#[test]
fn without_enumeration_two_states_are_found_and_the_answer_says_how_it_is_known() {
    // All units off or all on weigh 1 each, and a wall between them that annealing from the biases
    // does not cross: it says 0 for ln 2.
    let (n, m, w) = (30, 26, 2.0);
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("machine.npz");
    machine(&file, (n, m), &vec![w; n * m], &vec![-0.5 * w * m as f64; n], &vec![-0.5 * w * n as f64; m]);
    let found = json(&["log-partition", text(&file), "--json", "--no-transpose"]);
    assert!(found["exact"].is_null());
    assert_eq!(found["bracket"]["state"], "agree", "{}", found["bracket"]);
    let mean = found["tempering"]["mean"].as_f64().expect("a number");
    assert!((mean - 2f64.ln()).abs() < 0.05, "{found}");
    // Samples at one of the states: ln p = −ln 2 each, by the interval of ln Z.
    let data = folder.path().join("data.npy");
    let values: Vec<f64> = (0..6 * n).map(|at| f64::from(u8::from(at / n % 2 == 0))).collect();
    fs::write(&data, npy("<f8", "False", &format!("6, {n}"), &doubles(&values))).expect("write");
    let words = ["log-likelihood", text(&file), "--no-transpose", "--data", text(&data)];
    let found = json(&[&words[..], &["--json", "--labels"], &[text(&labels(folder.path()))]].concat());
    let set = &found["sets"][0];
    let number = |of: &Value, key: &str| of[key].as_f64().expect("a number");
    assert!((number(set, "mean") + 2f64.ln()).abs() < 0.05 && number(set, "se") < 1e-4, "{set}");
    assert!((number(set, "per_unit") - number(set, "mean") / n as f64).abs() < 1e-12);
    let between = [0, 1].map(|at| set["between"][at].as_f64().expect("a number"));
    assert!(between[0] < number(set, "mean") && number(set, "mean") < between[1]);
    let counts: Vec<_> = set["by_class"].as_array().expect("classes").iter().map(|one| &one["samples"]).collect();
    assert_eq!(counts, [4, 2]);
    assert_eq!((&set["by_class"][0]["label"], &set["by_class"][1]["label"]), (&3.0.into(), &7.0.into()));
    let shown = plain(&words);
    assert!(shown.contains("(agree)") && shown.contains("data.npy"), "{shown}");
    refuses(&["log-likelihood", text(&file)], &["--data"]);
    // Beside enumeration: the exact value, unless it is left out.
    let two = ["log-partition", "--json", "--betas", "50", "--chains", "50", "--no-transpose"];
    machine(&file, (2, 3), &W, &A, &B);
    assert!(json(&[&two[..], &[text(&file)]].concat())["exact"].is_f64());
    let without = json(&[&two[..], &[text(&file), "--no-exact"]].concat());
    assert!(
        without["exact"].is_null() && without["why"]["exact"].as_str().is_some_and(|why| why.contains("--no-exact"))
    );
    for (option, value) in
        [("--within", "0"), ("--within", "nan"), ("--time", "-1"), ("--time", "0"), ("--time", "1e30")]
    {
        refuses(&["log-partition", text(&file), &format!("{option}={value}")], &[option]);
    }
}

/// Classes of six samples: four of one, two of another.
fn labels(folder: &std::path::Path) -> std::path::PathBuf {
    let file = folder.join("labels.csv");
    fs::write(&file, "3\n3\n3\n3\n7\n7\n").expect("write");
    file
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
    // Zero field, a = b = −w/2: Z = 2 + 2 e^(−w/2); Gauss: 2 ln 2 − w/4 − ½ ln(1 − w²/16); Onsager:
    // A = 2 + √(4 + w²), and 2 ln 2 − w/4 + (A − 4)/4 − ½ ln((A² − w²)/16).
    let w = 1.5f64;
    let (found, table) = look(w, -0.5 * w, -0.5 * w);
    let precision = 2.0 + (4.0 + w * w).sqrt();
    let expected = [
        ("exact", "exact", (2.0 + 2.0 * (-0.5 * w).exp()).ln()),
        ("gaussian", "Gaussian modes", 2.0 * ln_2 - 0.25 * w - 0.5 * (1.0 - w * w / 16.0).ln()),
        (
            "onsager",
            "Onsager's reaction",
            2.0 * ln_2 - 0.25 * w + 0.25 * (precision - 4.0) - 0.5 * ((precision * precision - w * w) / 16.0).ln(),
        ),
    ];
    for (key, name, value) in expected {
        assert!((found[key].as_f64().expect(key) - value).abs() < 1e-10, "{key}: {} {value}", found[key]);
        let row = table.iter().find(|row| row[0] == name).expect(name);
        assert_eq!(row[1], format!("{value:.6}"));
    }
    // Without coupling, fields a and b: Gauss 2 ln 2 + (a + b)/2 + (a² + b²)/8, exact ln(1 + e^a)(1
    // + e^b); Onsager has no such field.
    let (found, table) = look(0.0, 0.8, -0.5);
    let gauss = 2.0 * ln_2 + 0.15 + (0.64 + 0.25) / 8.0;
    assert!((found["gaussian"].as_f64().expect("gaussian") - gauss).abs() < 1e-12);
    assert!((found["exact"].as_f64().expect("exact") - softplus(0.8) - softplus(-0.5)).abs() < 1e-12);
    let row = table.iter().find(|row| row[0] == "Onsager's reaction").expect("a row");
    // The remark goes on in the next line of the table.
    assert!(row[1] == "-" && row[2].len() > 20);
    assert!(found["why"]["onsager"].as_str().expect("why").starts_with(row[2].as_str()), "{row:?}");
    // At zero field σ² = 4w²/(16 − w²) on both units, and 6σ⁴/192 nats are left out: 0.83 at w = 3,
    // 20,000 at 3.99, where the form has a value and means nothing; λ = 4 has no Gaussian law.
    let gaussian = |w: f64| {
        let found = look(w, -0.5 * w, -0.5 * w).0;
        (found["gaussian"].is_f64(), found["why"]["gaussian"].as_str().unwrap_or("").to_string())
    };
    assert_eq!(gaussian(3.0), (true, String::new()));
    assert!(!gaussian(3.99).0 && gaussian(3.99).1.contains("fourth order"));
    assert!(!gaussian(4.0).0 && gaussian(4.0).1.contains("not below 4"));
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
    // With a and b in the file a c is something else, which could be a parameter.
    let arrays = [("W", npy("<f8", "False", "2, 2", &doubles(&w))), ("a", two(&visible)), ("b", two(&hidden))];
    npz(&file, &[&arrays[..], &[("c", two(&[9.0, 9.0]))]].concat());
    let command = ["log-partition", text(&file), "--json", "--no-transpose", "--betas", "2", "--burn", "0"];
    refuses(&command, &["not used: c [2]", "--ignore c"]);
    let found = json(&[&command[..], &["--ignore", "c"]].concat());
    assert!((found["exact"].as_f64().expect("exact") - right).abs() < 1e-12);
}

#[test]
fn files_of_other_tools_are_read_as_they_are_meant_and_said() {
    // Spins, E = +: W, a, b = −J, −A, −B of the machine above, ln Z by enumeration of the 32
    // states.
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("spins.npz");
    let minus = |values: &[f64]| doubles(&values.iter().map(|x| -x).collect::<Vec<_>>());
    let arrays = [
        ("weights", npy("<f8", "False", "2, 3", &minus(&W))),
        ("visible_biases", npy("<f8", "False", "2,", &minus(&A))),
        ("hidden_biases", npy("<f8", "False", "3,", &minus(&B))),
    ];
    npz(&file, &arrays);
    let spin = |state: usize, at: usize| if state >> at & 1 == 1 { 1.0 } else { -1.0 };
    let weight = |s: usize| -> f64 {
        let fields: f64 =
            (0..2).map(|j| A[j] * spin(s, j)).sum::<f64>() + (0..3).map(|k| B[k] * spin(s, 2 + k)).sum::<f64>();
        fields + (0..6).map(|at| W[at] * spin(s, at / 3) * spin(s, 2 + at % 3)).sum::<f64>()
    };
    let ln_z = |beta: f64| (0..32).map(|s| (beta * weight(s)).exp()).sum::<f64>().ln();
    let read = ["--units", "spins", "--sign", "plus"];
    for beta in ["1", "0.5"] {
        let command = ["log-partition", text(&file), "--json", "--beta", beta, "--chains", "400", "--betas", "200"];
        let found = json(&[&command[..], &read].concat());
        let expected = ln_z(beta.parse().expect("a number"));
        assert!((found["exact"].as_f64().expect("exact") - expected).abs() < 1e-12, "{found}");
        // Annealing has the constant of the conversion too.
        let near = |key: &str| (found[key]["mean"].as_f64().expect("a number") - expected).abs() < 0.5;
        assert!(near("ais") && near("reverse_ais"), "{found}");
        assert_eq!((&found["stored"]["units"], &found["stored"]["sign"]), (&"spins".into(), &"plus".into()));
        assert_eq!((&found["visible"], &found["hidden"]), (&2.into(), &3.into()));
        assert_eq!(found["stored"]["arrays"][1]["name"], "visible_biases");
    }
    let said = plain(&[&["log-partition", text(&file), "--betas", "2", "--chains", "2"][..], &read].concat());
    assert!(
        said.starts_with("2 visible x 3 hidden units −1 and 1, E = a·v + b·h + vᵀWh; W from weights [2, 3]"),
        "{said}"
    );
    // Samples are in the units of the file: −1 is 255 as a byte.
    let out = folder.path().join("samples");
    json(
        &[&["sample", text(&file), "--json", "--chains", "50", "--steps", "20", "--out", text(&out)][..], &read]
            .concat(),
    );
    let bytes = fs::read(out.join("samples.npy")).expect("samples");
    let values = &bytes[bytes.len() - 100..];
    assert!(values.iter().all(|value| *value == 1 || *value == 255) && values.contains(&255), "{values:?}");
    // A pixel that is never on is fixed at 0, and stands in its place.
    let dead = [f64::NEG_INFINITY, A[1]];
    let arrays = [
        ("W", npy("<f8", "False", "2, 3", &doubles(&W))),
        ("a", npy("<f8", "False", "2,", &doubles(&dead))),
        ("b", npy("<f8", "False", "3,", &doubles(&B))),
    ];
    npz(&file, &arrays);
    json(&["sample", text(&file), "--json", "--force", "--chains", "50", "--steps", "20", "--out", text(&out)]);
    let bytes = fs::read(out.join("samples.npy")).expect("samples");
    let values = &bytes[bytes.len() - 100..];
    assert!(values.chunks(2).all(|state| state[0] == 0) && values.contains(&1));
    // By hand: v₁ = 0 leaves Z = Σ over v₂ of e^(a₂v₂) Π_k (1 + e^(b_k + W_2k v₂)).
    let expected: f64 = [0.0, 1.0]
        .iter()
        .map(|v| (A[1] * v).exp() * (0..3).map(|k| 1.0 + (B[k] + W[3 + k] * v).exp()).product::<f64>())
        .sum();
    let found = json(&["log-partition", text(&file), "--json", "--betas", "2", "--chains", "2"]);
    assert!((found["exact"].as_f64().expect("exact") - expected.ln()).abs() < 1e-12);
    assert_eq!(found["stored"]["fixed"], serde_json::json!([{"layer": "visible", "unit": 0, "up": false}]));
    // What nothing tells is asked.
    refuses(&["log-partition", text(&file), "--update", "third"], &["--update third", "last"]);
    refuses(&["log-partition", text(&file), "--prefix", "rbm"], &["no array below rbm", "--prefix"]);
    refuses(&["log-partition", text(folder.path().join("nothing.h5").as_path())], &["nothing.h5", "no such file"]);
}

#[test]
fn what_is_done_is_said_on_standard_error_unless_quiet() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("machine.npz");
    machine(&file, (3, 2), &[0.5, -1.0, 0.25, 0.0, 1.0, -0.5], &[0.1, -0.2, 0.3], &[0.4, -0.6]);
    let out = folder.path().join("out");
    let effort = ["--chains", "20", "--betas", "20", "--no-exact"];
    let commands = [
        ([&["log-partition", text(&file)][..], &effort].concat(), "ln Z: round 1 of at most 4, tempering"),
        ([&["log-partition", text(&file)][..], &effort].concat(), "ln Z: round 1 of at most 4, annealing backward"),
        ([&["log-partition", text(&file), "--time", "1"][..], &effort].concat(), "ln Z: round 1, tempering"),
        (
            vec!["sample", text(&file), "--out", text(&out), "--steps", "100"],
            "64 chains, 100 sweeps: sweeps of the chains",
        ),
    ];
    for (args, words) in commands {
        let said = run(&args).stderr;
        assert!(String::from_utf8_lossy(&said).contains(words), "{args:?}: {}", String::from_utf8_lossy(&said));
        assert!(run(&[&args[..], &["--quiet"]].concat()).stderr.is_empty(), "{args:?}");
    }
}
