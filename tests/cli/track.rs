//! `train --track-likelihood`.

use super::machine::plain;
use super::train::state;
use super::{json, run, small_set, striped_set, text};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// ln(1 + e^z).
fn softplus(z: f64) -> f64 {
    z.max(0.0) + (-z.abs()).exp().ln_1p()
}

/// ln Z over all hidden states, and the mean of ln p(v) over each set of images, of the state of an
/// epoch: by the sums that define them.
fn exactly(run: &Path, epoch: u64, data: &Path) -> [f64; 3] {
    let [w, a, b] = state(run, epoch).map(|values| values.into_iter().map(f64::from).collect::<Vec<f64>>());
    let (n, m) = (a.len(), b.len());
    let log = |h: usize| -> f64 {
        let on = |k: &usize| h >> k & 1 == 1;
        let own: f64 = (0..m).filter(on).map(|k| b[k]).sum();
        let field = |j: usize| a[j] + (0..m).filter(on).map(|k| w[j * m + k]).sum::<f64>();
        own + (0..n).map(|j| softplus(field(j))).sum::<f64>()
    };
    let logs: Vec<f64> = (0..1 << m).map(log).collect();
    let top = logs.iter().copied().fold(f64::NEG_INFINITY, |top, log| if log > top { log } else { top });
    let log_partition = top + logs.iter().map(|log| (log - top).exp()).sum::<f64>().ln();
    let mean = |name: &str| {
        let bytes = fs::read(data.join(name)).expect("images");
        let images = bytes[16..].chunks(n);
        let count = images.len() as f64;
        let weight = |image: &[u8]| -> f64 {
            let on = |j: &usize| image[*j] >= 128;
            let own: f64 = (0..n).filter(on).map(|j| a[j]).sum();
            let field = |k: usize| b[k] + (0..n).filter(on).map(|j| w[j * m + k]).sum::<f64>();
            own + (0..m).map(|k| softplus(field(k))).sum::<f64>()
        };
        images.map(weight).sum::<f64>() / count - log_partition
    };
    [log_partition, mean("train-images-idx3-ubyte"), mean("t10k-images-idx3-ubyte")]
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn the_likelihood_along_a_training_is_the_enumerated_one_and_the_training_is_as_ever() {
    let folder = tempfile::tempdir().expect("folder");
    let (data, outs) = (folder.path(), ["tracked", "plain"].map(|name| folder.path().join(name)));
    small_set(data);
    let train = |out: &Path, more: &[&str]| {
        let words = ["train", "--hidden", "6", "--epochs", "5", "--batch", "10", "--lr", "0.05", "--quiet"];
        let words = words.map(String::from).into_iter().chain(more.iter().map(|word| word.to_string()));
        words.chain(["--data", text(data), "--out", text(out)].map(String::from)).collect::<Vec<String>>()
    };
    let words = |args: &[String]| json(&args.iter().map(String::as_str).collect::<Vec<_>>());
    let found = words(&train(&outs[0], &["--track-likelihood", "--json"]));
    words(&train(&outs[1], &["--json"]));
    let runs = outs.clone().map(|out| out.join("hidden00006-replica00"));
    for name in ["checkpoint.json", "state-000001.safetensors", "state-000004.safetensors", "state-000005.safetensors"]
    {
        assert_eq!(fs::read(runs[0].join(name)).expect(name), fs::read(runs[1].join(name)).expect(name), "{name}");
    }
    let rows = found["runs"][0]["likelihood"].as_array().expect("states");
    let epochs: Vec<_> = rows.iter().map(|row| row["epoch"].as_u64()).collect();
    assert_eq!(epochs, [1, 2, 4, 5].map(Some));
    let table = fs::read_to_string(runs[0].join("likelihood.csv")).expect("a table");
    let mut lines = table.lines();
    assert_eq!(lines.next(), Some("epoch,log_partition,se,by,open,trajectory,trajectory_se,train,test"));
    for row in rows {
        let [log_partition, train, test] = exactly(&runs[0], row["epoch"].as_u64().expect("epoch"), data);
        assert_eq!((&row["by"], number(&row["se"])), (&"exact".into(), 0.0));
        // Sums of at most 60 numbers below 1000, rounded to 1e-16 each.
        for (key, expected) in [("log_partition", log_partition), ("train", train), ("test", test)] {
            assert!((number(&row[key]) - expected).abs() < 1e-9, "{key}: {row} {expected}");
        }
        // Student's law with 7 degrees of freedom lies beyond 5.4 with probability 1e-3.
        let (along, se) = (number(&row["trajectory"]["log_partition"]), number(&row["trajectory"]["se"]));
        assert!((along - log_partition).abs() < 5.4 * se + 1e-5 && se < 0.1, "{row} {log_partition}");
        let line = lines.next().expect("a line per state");
        let values: Vec<f64> = line.split(',').map(|value| value.parse().unwrap_or(f64::NAN)).collect();
        assert!(line.contains(",exact,false,"), "{line}");
        let expected = [number(&row["epoch"]), number(&row["log_partition"]), 0.0, f64::NAN, f64::NAN, along, se];
        let expected = [&expected[..], &[number(&row["train"]), number(&row["test"])]].concat();
        let bits = |values: &[f64]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&values), bits(&expected), "{line}");
    }
    assert_eq!(lines.next(), None);
    let last = &found["runs"][0]["trajectory"]["last_state_alone"];
    assert_eq!((&last["exact"], &last["state"]), (&true.into(), &"agree".into()));
    assert_eq!(last["log_partition"], rows[3]["log_partition"]);
    let difference = number(&rows[3]["trajectory"]["log_partition"]) - number(&rows[3]["log_partition"]);
    assert!((number(&last["difference"]) - difference).abs() < 1e-12);

    // A run that was made without is tracked afterwards, with the same numbers.
    let args = train(&outs[1], &["--track-likelihood"]);
    let shown = plain(&args.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(fs::read_to_string(runs[1].join("likelihood.csv")).expect("a table"), table);
    for row in rows {
        let exact = format!("{:.6}", number(&row["log_partition"]));
        let line = shown.lines().find(|line| line.contains(&exact)).unwrap_or_else(|| panic!("{exact}: {shown}"));
        for (key, digits) in [("train", 3), ("test", 3), ("epoch", 0)] {
            assert!(line.contains(&format!("{:.digits$}", number(&row[key]))), "{key}: {line}");
        }
    }
    for words in ["exact", "round trips", "likelihood.csv", "standard errors"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
}

#[test]
fn states_of_many_units_are_compared_with_what_log_partition_says_of_the_last() {
    let folder = tempfile::tempdir().expect("folder");
    striped_set(folder.path(), [5, 6]);
    let out = folder.path().join("runs");
    let words = ["train", "--hidden", "27", "--epochs", "3", "--batch", "20", "--lr", "0.02", "--json", "--quiet"];
    let found =
        json(&[&words[..], &["--track-likelihood", "--data", text(folder.path()), "--out", text(&out)]].concat());
    let (rows, trajectory) = (&found["runs"][0]["likelihood"], &found["runs"][0]["trajectory"]);
    let epochs: Vec<_> = rows.as_array().expect("states").iter().map(|row| row["epoch"].as_u64()).collect();
    assert_eq!(epochs, [1, 2, 3].map(Some));
    assert_eq!((&rows[2]["by"], &trajectory["why"]), (&"trajectory".into(), &Value::Array(Vec::new())));
    let run = out.join("hidden00027-replica00");
    let (run, samples) = (text(&run), folder.path().join("samples"));
    let sample = ["sample", run, "--method", "trajectory", "--json", "--out", text(&samples)];
    let drawn = json(&sample);
    assert_eq!((&drawn["trajectory"]["states"], &drawn["mixing"]["state"]), (&3.into(), &"mixed".into()), "{drawn}");
    let update = drawn["stored"]["update"].as_u64().expect("that of the run") / 3 * 2;
    let drawn = json(&[&sample[..], &["--force", "--update", &update.to_string()]].concat());
    assert_eq!(drawn["trajectory"]["states"], 2, "{drawn}");
    let (along, last) = (&rows[2]["trajectory"], &trajectory["last_state_alone"]);
    assert_eq!((&rows[2]["log_partition"], &rows[2]["se"]), (&along["log_partition"], &along["se"]));
    let run = out.join("hidden00027-replica00");
    let alone = json(&["log-partition", text(&run), "--json"]);
    assert_eq!(
        (&last["log_partition"], &last["se"]),
        (&alone["tempering"]["mean"], &alone["tempering"]["se"]),
        "the same numbers"
    );
    let (mine, other) = (number(&along["log_partition"]), number(&last["log_partition"]));
    let error = number(&along["se"]).hypot(number(&last["se"]));
    assert!((number(&last["difference"]) - (mine - other)).abs() < 1e-12);
    let of_errors = (mine - other) / if error > 1e-3 { error } else { 1e-3 };
    assert!((number(&last["standard_errors"]) - of_errors).abs() < 1e-9 && of_errors.abs() < 4.0);
    assert_eq!(last["state"], "agree", "{last}");
}

#[test]
fn a_state_that_is_gone_or_changed_is_named() {
    let folder = tempfile::tempdir().expect("folder");
    small_set(folder.path());
    let out = folder.path().join("runs");
    let words = ["train", "--hidden", "5", "--epochs", "2", "--batch", "10", "--quiet"];
    let args = [&words[..], &["--data", text(folder.path()), "--out", text(&out)]].concat();
    plain(&args);
    let gone = out.join("hidden00005-replica00/state-000001.safetensors");
    fs::remove_file(&gone).expect("removes");
    // The training itself is said: it is there.
    let output = run(&[&args[..], &["--track-likelihood"]].concat());
    let (said, message) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(said.contains("hidden00005-replica00") && !said.contains("ln Z"), "{said}");
    for words in ["state-000001.safetensors", "missing"] {
        assert!(message.contains(words) && !message.contains("panicked"), "{message}");
    }
}
