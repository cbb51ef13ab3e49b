//! The program as a user meets it: exit codes, JSON keys, messages, files, interrupted runs.

mod calibrate;
mod data;
mod inspect;
mod inspect_reference;
mod interrupted;
mod limits;
mod machine;
mod other_images;
mod sample;
mod track;
mod train;
mod verify;

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_rbm-landscape"));
    // Which some shells set, and tables obey.
    program.env_remove("COLUMNS");
    program
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
    striped_set(dir, [4, 5]);
}

/// The same with images of another height and width.
fn striped_set(dir: &Path, [height, width]: [u32; 2]) {
    let pixels = (height * width) as usize;
    let images = |count: u32| {
        let pixel = |at: usize| {
            let (row, unit) = (at / pixels, at % pixels);
            if (unit + row % 4).is_multiple_of(4) != (row * 31 + unit * 17).is_multiple_of(11) { 255 } else { 0 }
        };
        let header: Vec<u8> = [2051, count, height, width].iter().flat_map(|x: &u32| x.to_be_bytes()).collect();
        header.into_iter().chain((0..count as usize * pixels).map(pixel)).collect::<Vec<u8>>()
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
