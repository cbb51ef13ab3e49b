//! What all targets do with their bytes: a file of them is opened, every array read, and the whole
//! read as a machine. A panic, an array that is not as long as its shape says, and more memory than
//! a small multiple of the file end the process; libFuzzer then keeps the bytes.
//!
//! The readers are compiled into this crate, because `arrays` is private to the program.

#![allow(dead_code, unused_imports)]

#[path = "../../src/arrays/mod.rs"]
mod arrays;
#[path = "../../src/bits.rs"]
mod bits;
#[path = "../../src/data/mod.rs"]
mod data;
#[path = "../../src/file.rs"]
mod file;
#[path = "../../src/machine_file/mod.rs"]
mod machine_file;
#[path = "../../src/memory.rs"]
mod memory;
mod memory_used;
mod rbm;
mod zipped;

use data::idx::{IdxFile, Kind};
use data::samples;
use libfuzzer_sys::Corpus;
use machine_file::{Layers, Reading};
use std::cell::RefCell;
use std::io::{Seek as _, Write as _};
use std::path::Path;
use tempfile::NamedTempFile;
pub use zipped::{of_pickle, of_schema};

/// Reads bytes as a file of arrays, and as a machine and as samples.
///
/// Bytes that do not begin as the format does are not worth keeping: they belong to another target.
pub fn arrays(bytes: &[u8], beginnings: &[&[u8]]) -> Corpus {
    if !beginnings.is_empty() && !beginnings.iter().any(|beginning| bytes.starts_with(beginning)) {
        return Corpus::Reject;
    }
    with_file(bytes, |path| {
        // What is not opened here is not opened there.
        let Ok(mut archive) = arrays::open(path) else { return };
        for at in 0..archive.entries.len() {
            let count = archive.entries[at].count();
            if let Ok(values) = archive.values(at) {
                assert_eq!(Some(values.len()), count, "{:?}", archive.entries[at]);
            }
        }
        assert!(archive.values(archive.entries.len()).is_err());
        drop(archive);
        for layers in [Layers::Ask, Layers::Either] {
            if let Ok(stored) = machine_file::read(path, &Reading { layers, ..Reading::default() }) {
                let (n, m) = (stored.machine.visible, stored.machine.hidden);
                assert!(n > 0 && m > 0 && stored.machine.weights.len() == n * m);
            }
        }
        let options = samples::Options { units: Some(4), array: None, labels: None, threshold: Some(0.5), drawn: None, turned: false };
        if let Ok(samples) = samples::read(path, &options) {
            assert_eq!(samples.states.units(), 4);
        }
    });
    Corpus::Keep
}

/// Reads bytes as IDX files of both kinds.
pub fn idx(bytes: &[u8]) {
    with_file(bytes, |path| {
        for kind in [Kind::Images, Kind::Labels] {
            if let Ok(file) = IdxFile::read(path, kind) {
                assert_eq!(file.values().len(), file.count * file.height * file.width);
            }
        }
        let options = samples::Options { units: Some(4), array: None, labels: path.to_str(), threshold: Some(0.5), drawn: None, turned: false };
        let _ = samples::read(path, &options);
    });
}

/// Reads bytes as a packed data set, as they are and as what is in the gzip stream; a set must come
/// back as it was read.
pub fn packed(bytes: &[u8]) {
    for packed in [bytes.to_vec(), zipped::stream(bytes)] {
        memory_used::limited(packed.len(), || {
            if let Ok(set) = data::Dataset::from_packed("fuzz", &packed) {
                let again = set.to_packed().map(|packed| data::Dataset::from_packed("fuzz", &packed));
                assert!(matches!(again, Ok(Ok(again)) if again == set));
            }
        });
    }
}

/// Gives a file of these bytes; one file serves all, and the limit of memory holds meanwhile.
fn with_file(bytes: &[u8], use_it: impl FnOnce(&Path)) {
    thread_local! {
        static FILE: RefCell<NamedTempFile> = RefCell::new(NamedTempFile::new().expect("a place for it"));
    }
    FILE.with_borrow_mut(|file| {
        let (all, length) = (file.rewind().and_then(|()| file.write_all(bytes)), bytes.len() as u64);
        all.and_then(|()| file.as_file().set_len(length)).expect("written");
        memory_used::limited(bytes.len(), || use_it(file.path()));
    });
}
