//! Named arrays from the files of other tools, one file per format. What they mean is not known
//! here.

mod hdf5;
mod mat;
mod npy;
mod npz;
mod numbers;
mod other;
mod safetensors;
mod skops;
pub(crate) mod states;
#[cfg(test)]
mod tests;
mod text;
mod torch;

use crate::memory::{self, Bytes};
use std::fs::File;
use std::io::{Read as _, Seek, SeekFrom};
use std::path::Path;

/// Type of the values as they are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Floating-point numbers of so many bits.
    Float(u32),
    /// Whole numbers, the name of the type: `int32`, `uint8`.
    Integer(String),
    /// Truth values.
    Bool,
    /// Complex numbers.
    Complex,
    /// Anything else, in words: `a Python object`, `text`, `bfloat8`.
    Other(String),
}

/// One array of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its name; groups are joined by `/` where the format has groups, dots stay.
    pub(crate) name: String,
    /// Its shape as the tool that wrote it means it: `x[i, j]` has shape `[rows, columns]`.
    pub(crate) shape: Vec<usize>,
    /// Its type.
    pub(crate) kind: Kind,
}

impl Entry {
    /// The number of its values, or none where it is beyond all numbers.
    pub(crate) fn count(&self) -> Option<usize> {
        numbers::count(&self.shape)
    }
}

/// A file that is open: what it holds, read on demand.
pub(crate) struct Archive {
    /// What kind of file it is, such as `NumPy archive (.npz)`.
    pub(crate) format: &'static str,
    /// Its arrays, in the order of the file.
    pub(crate) entries: Vec<Entry>,
    /// Texts beside the arrays by their names: attributes, scalars and data sets that hold text.
    pub(crate) texts: Vec<(String, String)>,
    /// What was done to the arrays in reading them, one sentence for each.
    pub(crate) notes: Vec<String>,
    read: Read,
}

/// Values of one entry by its number, row by row (last index fastest).
type Read = Box<dyn FnMut(usize) -> Result<Vec<f64>, String> + Send>;

impl Archive {
    /// The values of an entry, row by row (last index fastest), in double precision.
    ///
    /// # Errors
    /// In one sentence: values that are no real numbers, cannot be held, or are not there.
    pub(crate) fn values(&mut self, at: usize) -> Result<Vec<f64>, String> {
        (self.read)(at)
    }
}

#[cfg(test)]
impl Archive {
    /// Arrays of floating-point numbers that are held, and texts.
    pub(crate) fn of(arrays: &[(&'static str, Vec<usize>, Vec<f64>)], texts: &[(&str, &str)]) -> Self {
        let entry = |(name, shape, _): &(&'static str, Vec<usize>, Vec<f64>)| Entry {
            name: name.to_string(),
            shape: shape.clone(),
            kind: Kind::Float(64),
        };
        let values: Vec<Vec<f64>> = arrays.iter().map(|(.., values)| values.clone()).collect();
        Self {
            format: "held",
            entries: arrays.iter().map(entry).collect(),
            texts: texts.iter().map(|(name, text)| (name.to_string(), text.to_string())).collect(),
            notes: Vec::new(),
            read: Box::new(move |at| Ok(values[at].clone())),
        }
    }
}

/// Memory per value of an array: as it is read, cut, transposed, and in the machine, in double
/// precision each.
pub(crate) const PER_VALUE: u128 = 32;

/// The name of the one array of a file that gives it none.
const ONLY: &str = "W";

/// The sentence for a file that was cut.
const SHORT: &str = "the file ends too early: copy it again";

/// Whether so many bytes can be held.
pub(crate) fn held(bytes: u128) -> Result<(), String> {
    let there = memory::available().map_err(|e| e.to_string())?;
    memory::check("its arrays", &[], there, |_| Bytes(bytes)).map_err(|e| e.to_string())
}

/// The sentence for an entry that is not there.
fn absent(at: usize) -> String {
    format!("the file has no array of number {at}")
}

/// The sentence for a failure of the system, or for a file that ends.
fn failure(error: &std::io::Error) -> String {
    use std::io::ErrorKind::{InvalidData, InvalidInput, NotFound, PermissionDenied, UnexpectedEof};
    match error.kind() {
        NotFound => "there is no such file".into(),
        PermissionDenied => "this user may not read the file".into(),
        UnexpectedEof => SHORT.into(),
        InvalidData | InvalidInput => {
            "its data are damaged (they contradict their checksum): copy the file again".into()
        }
        _ => error.to_string(),
    }
}

/// How much of the beginning of a file is looked at.
const HEAD: u64 = 1 << 16;

/// Opens a file of any format that is known, seen by its content and not by its ending.
///
/// # Errors
/// In one sentence, without the path: what the file is instead, or what is wrong with it, and what
/// helps.
pub(crate) fn open(path: &Path) -> Result<Archive, String> {
    let mut archive = of_format(path)?;
    // Names and texts are shown: what moves a terminal's cursor is not.
    let plain = |text: &mut String| {
        if text.chars().any(char::is_control) {
            *text = text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        }
    };
    archive.entries.iter_mut().for_each(|entry| plain(&mut entry.name));
    archive.texts.iter_mut().for_each(|(name, _)| plain(name));
    Ok(archive)
}

/// Opens a file of any format.
fn of_format(path: &Path) -> Result<Archive, String> {
    let about = std::fs::metadata(path).map_err(|e| failure(&e))?;
    if about.is_dir() {
        return Err("a folder, not a file: give the file in it that holds the arrays".into());
    }
    if !about.is_file() {
        return Err("not a regular file but a device, a pipe or a socket: copy what it gives to a file first".into());
    }
    if about.len() == 0 {
        return Err("the file is empty".into());
    }
    let (mut file, mut head) = (File::open(path).map_err(|e| failure(&e))?, Vec::new());
    file.by_ref().take(HEAD).read_to_end(&mut head).map_err(|e| failure(&e))?;
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return zipped(path);
    }
    if head.starts_with(npy::MAGIC) {
        return npy::open(path);
    }
    if safetensors::begins(&head) {
        return safetensors::open(path);
    }
    if is_hdf5(&mut file, about.len()) {
        return hdf5::open(path);
    }
    if head[..head.len().min(116)].windows(19).any(|part| part == b"MATLAB 5.0 MAT-file") {
        return if head.len() < 128 { Err(SHORT.into()) } else { mat::open(path) };
    }
    if other::is_old_torch(&head) {
        return torch::open(path);
    }
    match other::what(&head, &mut file, about.len()) {
        Some(sentence) => Err(sentence),
        None => text::open(path),
    }
}

/// Opens a zip archive by what it holds.
fn zipped(path: &Path) -> Result<Archive, String> {
    let names = npz::names(path)?;
    let named = |name: &str| names.iter().any(|n| n == name || n.strip_suffix(name).is_some_and(|n| n.ends_with('/')));
    if names.iter().any(|name| name == "schema.json") {
        return skops::open(path);
    }
    if named("data.pkl") {
        return torch::open(path);
    }
    if names.iter().any(|name| name.ends_with(".npy")) {
        return npz::open(path);
    }
    Err(other::zip(&names))
}

/// Whether the signature of HDF5 stands at byte 0, 512, 1024, 2048 and so on.
fn is_hdf5(file: &mut File, length: u64) -> bool {
    let mut found = [0; 8];
    std::iter::successors(Some(0), |at| Some(u64::max(512, at * 2))).take_while(|at| at + 8 <= length).any(|at| {
        file.seek(SeekFrom::Start(at)).is_ok() && file.read_exact(&mut found).is_ok() && found == *b"\x89HDF\r\n\x1a\n"
    })
}
