//! Images and samples as users have them, and options where they are used.

use super::{json, refuses, run, small_set, text};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// What `train` of two hidden units says of its images, line by line.
fn said_of(data: &Path, more: &[&str]) -> Vec<String> {
    let out = tempfile::tempdir().expect("folder");
    let words = ["train", "--hidden", "2", "--epochs", "1", "--batch", "20", "--quiet", "--out", text(out.path())];
    let words = [&words[..], &["--data", text(data)], more].concat();
    let found = json(&[&words[..], &["--json"]].concat());
    let notes = found["notes"].as_array().expect("notes").iter();
    let lines: Vec<String> =
        std::iter::once(&found["data"]).chain(notes).map(|line| line.as_str().expect("a line").into()).collect();
    // The same for people, beside the progress.
    let words: Vec<&str> = words.into_iter().filter(|word| *word != "--quiet").collect();
    let said = String::from_utf8(run(&words).stderr).expect("text");
    assert!(said.contains(&format!("data: {}", lines[0])) && lines.iter().all(|line| said.contains(line)), "{said}");
    lines
}

fn refused(data: &Path, more: &[&str], words: &[&str]) {
    let train = ["train", "--hidden", "2", "--epochs", "1", "--quiet", "--out", "nowhere", "--data", text(data)];
    refuses(&[&train[..], more].concat(), words);
    assert!(!Path::new("nowhere").exists(), "something was written");
}

/// An IDX file of a magic number, sizes and values.
fn idx(magic: u32, sizes: &[u32], values: &[u8]) -> Vec<u8> {
    let header = [magic].into_iter().chain(sizes.iter().copied()).flat_map(u32::to_be_bytes);
    header.chain(values.iter().copied()).collect()
}

#[test]
fn one_line_says_what_was_read_of_every_form() {
    let folder = tempfile::tempdir().expect("folder");
    small_set(folder.path());
    let lines = said_of(folder.path(), &[]);
    let name = folder.path().file_name().expect("a name").to_string_lossy();
    let line = format!("{name}, 60 images to learn from and 20 held back, 4 x 5 units; values count as 1 from 128 on;");
    assert!(lines.len() == 1 && lines[0].starts_with(&line) && lines[0].ends_with("4 classes"), "{lines:?}");
    // A text of 28 samples of three units, every seventh held back.
    let file = folder.path().join("x.txt");
    let rows: String = (0..28).map(|row| format!("{} {} {}\n", row % 2, row / 2 % 2, row / 4 % 2)).collect();
    fs::write(&file, rows).expect("write");
    let lines = said_of(&file, &[]).join("\n");
    // by hand: of 28 samples 4 are held back, units 3 are no square
    for words in [
        "x.txt, 24 images to learn from and 4 held back, 1 x 3 units; values are 0 and 1",
        "every seventh",
        "no labels",
    ] {
        assert!(lines.contains(words), "{words}: {lines}");
    }
    // Grey values need a threshold, or are drawn.
    let rows: String = (0..28).map(|row| format!("{} 0.5 {}\n", row % 2, f64::from(row) / 28.0)).collect();
    fs::write(&file, rows).expect("write");
    refused(&file, &[], &["x.txt", "--threshold 0.5"]);
    assert!(said_of(&file, &["--threshold", "0.75"])[0].contains("count as 1 from 0.75 on"));
    assert!(said_of(&file, &["--binarise", "stochastic"])[0].contains("drawn once"));
    refused(&file, &["--binarise", "stochastic", "--threshold", "0.5"], &["--threshold 0.5", "stochastic"]);
}

#[test]
fn folders_of_other_names_kinds_and_directions_are_read() {
    let folder = tempfile::tempdir().expect("folder");
    let write = |name: &str, bytes: Vec<u8>| fs::write(folder.path().join(name), bytes).expect("write");
    // QMNIST: labels of eight whole numbers of 32 bits, the first of which is the class.
    let grey: Vec<u8> =
        (0..40 * 6).map(|at: usize| if (at * 7 + at / 6).is_multiple_of(3) { 200 } else { 0 }).collect();
    let labels: Vec<u8> =
        (0..40).flat_map(|row| [row % 3, 9, 9, 9, 9, 9, 9, 9]).flat_map(|x: i32| x.to_be_bytes()).collect();
    for part in ["train", "test"] {
        write(&format!("qmnist-{part}-images-idx3-ubyte"), idx(2051, &[40, 2, 3], &grey));
        write(&format!("qmnist-{part}-labels-idx2-int"), idx(3074, &[40, 8], &labels));
    }
    let lines = said_of(folder.path(), &[]);
    assert!(
        lines[0].contains("40 images to learn from and 40 held back, 2 x 3 units") && lines[0].ends_with("3 classes")
    );
    assert!(said_of(folder.path(), &["--transpose-images"])[0].contains("3 x 2 units"));
    // Of two sets one is chosen.
    write("emnist-letters-train-images-idx3-ubyte", idx(2051, &[40, 2, 3], &grey));
    refused(folder.path(), &[], &["several data sets", "--data-name emnist-letters"]);
    let lines = said_of(folder.path(), &["--data-name", "emnist-letters"]);
    assert!(lines[0].contains("35 images to learn from and 5 held back"), "{lines:?}");
    assert!(lines[1..].iter().any(|line| line.contains("no labels")), "{lines:?}");
}

#[test]
fn images_that_are_black_alike_or_no_images_are_refused() {
    let folder = tempfile::tempdir().expect("folder");
    small_set(folder.path());
    let write = |bytes: Vec<u8>| fs::write(folder.path().join("train-images-idx3-ubyte"), bytes).expect("write");
    // Pixels of 0 and 1, as some programs store them.
    write(idx(2051, &[60, 4, 5], &[0, 1, 1].repeat(400)));
    refused(folder.path(), &[], &["no value reaches the threshold of 128", "--threshold"]);
    assert!(said_of(folder.path(), &["--threshold", "1"])[0].contains("from 1 on"));
    write(idx(2051, &[60, 4, 5], &[[0; 10], [255; 10]].concat().repeat(60)));
    refused(folder.path(), &[], &["nothing varies"]);
    write(b"<!DOCTYPE html><html>not found</html>".to_vec());
    refused(folder.path(), &[], &["train-images-idx3-ubyte", "a web page"]);
    let file = folder.path().join("x.csv.gz");
    fs::write(&file, [0x1f, 0x8b, 8, 0, 0]).expect("write");
    refused(&file, &[], &["x.csv.gz", "gzip"]);
    refused(&folder.path().join("none"), &[], &["none", "no such file"]);
    // A pipe that nobody writes to is refused, not waited for.
    let pipe = folder.path().join("pipe");
    if std::process::Command::new("mkfifo").arg(&pipe).status().is_ok_and(|made| made.success()) {
        refused(&pipe, &[], &["pipe", "not a regular file"]);
    }
    refused(Path::new("mnist"), &["--threshold", "100"], &["--threshold", "binarised at 128"]);
}

#[test]
fn what_does_not_apply_to_the_images_is_said_and_the_rest_is_verified() {
    let folder = tempfile::tempdir().expect("folder");
    small_set(folder.path());
    let out = folder.path().join("out");
    let words = ["verify", "T01", "T08", "--data", text(folder.path()), "--out", text(&out), "--json", "--quiet"];
    let found = json(&words);
    let claims = found["claims"].as_array().expect("claims");
    let row = |id: &str, regime: &str| {
        claims.iter().find(|one| one["id"] == id && one["regime"] == regime).unwrap_or(&Value::Null)
    };
    for (id, regime) in [("T01", "after-training"), ("T08", "mnist"), ("T08", "bias-aware")] {
        let row = row(id, regime);
        assert_eq!(
            (&row["verdict"], &row["expected"], &row["as_expected"]),
            (&json!("not-applicable"), &Value::Null, &json!(true))
        );
        assert!(row["why"].as_str().expect("a reason").contains("60 training images"), "{row}");
        assert_eq!(row["failure"], Value::Null);
    }
    // By theory: untrained machines do not know the images.
    for regime in ["tall", "wide", "square"] {
        assert_eq!(
            (&row("T01", regime)["verdict"], &row("T01", regime)["expected"]),
            (&json!("holds"), &json!("holds"))
        );
    }
    let page = fs::read_to_string(out.join("index.html")).expect("a report");
    assert!(page.contains("Does not apply") && page.contains("60 training images"));
}

#[test]
fn options_stand_at_the_commands_that_use_them() {
    for words in [
        "list --seed 3",
        "list --threads 1",
        "explain T01 --data mnist",
        "train --scale full",
        "inspect w.npy --scale full",
        "sample w.npy --data mnist",
        "log-partition w.npy --out here",
        "log-partition w.npy --labels y",
        "data pack here --seed 1",
    ] {
        let option = words.split(' ').find(|word| word.starts_with("--")).expect("one");
        refuses(&words.split(' ').collect::<Vec<_>>(), &[option]);
    }
}
