//! Machines from the files that others write: `.npz`, `.npy` (W alone), `.safetensors`, and the folders of `train`.

use super::checkpoint::hex;
use super::{Rbm, RbmError};
use crate::memory::{self, Bytes};
use safetensors::{Dtype, SafeTensors};
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::{Path, PathBuf};

/// A weight file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {why}")]
pub struct WeightsError {
    path: PathBuf,
    why: String,
    /// What would help.
    pub mend: Mend,
}

/// What helps where a machine could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mend {
    /// Another file.
    None,
    /// A run folder of a training, or a weight file.
    Source,
    /// The arrays saved in one of the formats that are read.
    Save,
    /// [`Names::weights`].
    NameWeights,
    /// [`Names::visible_bias`].
    NameVisibleBias,
    /// [`Names::hidden_bias`].
    NameHiddenBias,
    /// Other names, or the other orientation.
    Arrays,
    /// [`Orientation::Keep`] or [`Orientation::Transpose`].
    Orientation,
}

/// Why a file cannot be used, and what helps.
type Fault = (String, Mend);

/// Which arrays to take, where their names are not recognised.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Name of W.
    pub weights: Option<String>,
    /// Name of a.
    pub visible_bias: Option<String>,
    /// Name of b.
    pub hidden_bias: Option<String>,
}

/// How rows and columns of the stored W are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Orientation {
    /// From the lengths of the biases; a file that leaves it open is refused.
    Ask,
    /// The same, but a W without biases is taken either way: for quantities that do not tell the layers apart.
    Either,
    /// As stored, N x M.
    Keep,
    /// Stored M x N.
    Transpose,
}

/// A machine and what was assumed in reading it.
#[derive(Clone, Debug)]
pub struct Weights {
    /// The machine.
    pub machine: Rbm,
    /// One line for each convention recognised or default taken.
    pub notes: Vec<String>,
}

/// A named array of the file, row by row.
struct Array {
    name: String,
    shape: Vec<usize>,
    values: Vec<f64>,
}

const WEIGHTS: [&str; 8] = ["w", "weights", "weight", "weight_matrix", "kernel", "components_", "w_vh", "rbm_w"];
const VISIBLE: [&str; 9] =
    ["a", "visible_bias", "vbias", "v_bias", "bias_v", "b_v", "bv", "intercept_visible_", "visible_biases"];
const HIDDEN: [&str; 9] =
    ["b", "hidden_bias", "hbias", "h_bias", "bias_h", "b_h", "bh", "intercept_hidden_", "hidden_biases"];

/// Reads a machine.
///
/// Names are recognised by their last part (`rbm.weight_matrix` is `weight_matrix`), whatever the case; the lengths of the
/// biases say whether W is stored N x M or, as in PyTorch's linear layers, M x N. Missing biases are zeros.
///
/// # Errors
/// A file that cannot be read or held, is not one of the formats, lacks W, holds values that are not finite numbers, or whose
/// orientation is open. The message names the file, [`WeightsError::mend`] what helps.
pub fn read(path: &Path, names: &Names, orientation: Orientation) -> Result<Weights, WeightsError> {
    let fail = |(why, mend): Fault| WeightsError { path: path.to_path_buf(), why, mend };
    if !path.is_dir() {
        return read_file(path, names, orientation).map_err(|(fault, _)| fail(fault));
    }
    // Our own checkpoints are always N x M.
    let own = if orientation == Orientation::Transpose { orientation } else { Orientation::Keep };
    let mut state = last_state(path).map_err(fail)?;
    loop {
        let file = path.join(&state.0);
        let checked = read_file(&file, names, own).and_then(|weights| match checksum_of(&file) {
            Ok(found) if state.1.as_ref().is_none_or(|kept| *kept == found) => Ok(weights),
            Ok(_) => Err((("damaged: its checksum is not the recorded one".into(), Mend::None), true)),
            Err(error) => Err(unreadable(error)),
        });
        let ((why, mend), gone) = match checked {
            Ok(weights) => return Ok(weights),
            Err(error) => error,
        };
        // A training that goes on there has replaced the record, and then removed the state that the old one names.
        let now = if gone { last_state(path).map_err(fail)? } else { state.clone() };
        if now == state {
            return Err(WeightsError { path: file, why, mend });
        }
        state = now;
    }
}

/// A file that cannot be read, and whether it is not there.
fn unreadable(error: std::io::Error) -> (Fault, bool) {
    ((error.to_string(), Mend::Source), error.kind() == std::io::ErrorKind::NotFound)
}

/// SHA-256 of a file as hexadecimal digits.
fn checksum_of(file: &Path) -> std::io::Result<String> {
    Ok(hex(&Sha256::digest(std::fs::read(file)?)))
}

/// The state file that the record of a run names, and its checksum.
fn last_state(run: &Path) -> Result<(String, Option<String>), Fault> {
    let text = std::fs::read_to_string(run.join("checkpoint.json"))
        .map_err(|e| (format!("checkpoint.json: {e}"), Mend::Source))?;
    let record: serde_json::Value =
        serde_json::from_str(&text).map_err(|e| (format!("checkpoint.json is damaged: {e}"), Mend::None))?;
    let state = record["state"].as_str().filter(|name| !name.contains(['/', '\\']));
    let state = state.ok_or_else(|| ("checkpoint.json names no state file".into(), Mend::None))?;
    Ok((state.into(), record["state_sha256"].as_str().map(String::from)))
}

/// Reads a file; with an error, whether it is that the file is not there.
fn read_file(path: &Path, names: &Names, orientation: Orientation) -> Result<Weights, (Fault, bool)> {
    let length = std::fs::metadata(path).map_err(unreadable)?.len();
    held(u128::from(length)).map_err(|why| ((why, Mend::None), false))?;
    let bytes = std::fs::read(path).map_err(unreadable)?;
    let ending = path.extension().and_then(|e| e.to_str()).unwrap_or("").to_ascii_lowercase();
    let arrays = if bytes.starts_with(b"PK") {
        npz(&bytes)
    } else if bytes.starts_with(b"\x93NUMPY") {
        npy(&bytes, "W").map(|array| vec![array])
    } else if ending == "safetensors" {
        tensors(&bytes)
    } else {
        Err(match bytes.is_empty() {
            true => "the file is empty".into(),
            false => "not an .npz, .npy or .safetensors file".into(),
        })
    };
    let fault = |why: String| ((why, Mend::Save), false);
    assemble(&arrays.map_err(fault)?, names, orientation).map_err(|fault| (fault, false))
}

/// Whether so many bytes can be held.
fn held(bytes: u128) -> Result<(), String> {
    let there = memory::available().map_err(|e| e.to_string())?;
    memory::check("its arrays", &[], there, |_| Bytes(bytes)).map_err(|e| e.to_string())
}

/// Memory per value of an array: as it is read, cut, turned, and in the machine, in double precision each.
const PER_VALUE: u128 = 32;

fn assemble(arrays: &[Array], names: &Names, orientation: Orientation) -> Result<Weights, Fault> {
    let listed = || arrays.iter().map(|a| format!("{} {:?}", a.name, a.shape)).collect::<Vec<_>>().join(", ");
    let last = |name: &str| name.rsplit(['.', '/']).next().unwrap_or(name).to_ascii_lowercase();
    let find = |asked: &Option<String>, known: &[&str], mend: Mend| -> Result<Option<&Array>, Fault> {
        if let Some(name) = asked {
            let found = arrays.iter().find(|array| array.name == *name);
            return found.map(Some).ok_or_else(|| (format!("no array {name}; it has {}", listed()), mend));
        }
        // Exact names first: `a` before `rbm.a`.
        let mut found: Vec<&Array> =
            arrays.iter().filter(|a| known.contains(&a.name.to_ascii_lowercase().as_str())).collect();
        if found.is_empty() {
            found = arrays.iter().filter(|a| known.contains(&last(&a.name).as_str())).collect();
        }
        match found[..] {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            _ => Err((format!("several arrays could be meant ({})", listed()), mend)),
        }
    };
    let w = find(&names.weights, &WEIGHTS, Mend::NameWeights)?
        .ok_or_else(|| (format!("no weight matrix recognised among {}", listed()), Mend::NameWeights))?;
    let &[rows, columns] = &w.shape[..] else {
        let why = format!("{} has shape {:?}: the weight matrix needs two dimensions", w.name, w.shape);
        return Err((why, Mend::NameWeights));
    };
    if rows == 0 || columns == 0 {
        let why = format!("{} has shape {:?}: a machine needs at least one unit in each layer", w.name, w.shape);
        return Err((why, Mend::NameWeights));
    }
    let mut visible = find(&names.visible_bias, &VISIBLE, Mend::NameVisibleBias)?;
    let mut hidden = find(&names.hidden_bias, &HIDDEN, Mend::NameHiddenBias)?;
    let mut notes = Vec::new();
    let c = arrays.iter().find(|array| array.name == "c");
    if let (None, Some(b), Some(c)) = (visible, hidden.filter(|b| b.name == "b"), c) {
        (visible, hidden) = (Some(b), Some(c)); // the notation of G. E. Hinton's and the deep-learning tutorials
        notes.push("biases named b and c: taken as visible and hidden".to_string());
    }
    let length = |array: &Array| array.values.len();
    let fits = |n: usize, m: usize| visible.is_none_or(|a| length(a) == n) && hidden.is_none_or(|b| length(b) == m);
    let biased = visible.is_some() || hidden.is_some();
    let transposed = match orientation {
        Orientation::Keep => false,
        Orientation::Transpose => true,
        _ => match (fits(rows, columns), fits(columns, rows)) {
            (true, false) => false,
            (false, true) => {
                notes.push(format!("{} is stored {rows} x {columns}, hidden by visible: transposed", w.name));
                true
            }
            (true, true) if rows != columns && !biased => {
                notes.push(format!(
                    "no bias tells the layers apart: {} read as {rows} visible x {columns} hidden",
                    w.name
                ));
                false
            }
            (true, true) if !biased && orientation == Orientation::Either => false,
            (true, true) => {
                let why = format!("{} is {rows} x {columns} and nothing in the file tells rows from columns", w.name);
                return Err((why, Mend::Orientation));
            }
            (false, false) => false, // refused below, with the lengths
        },
    };
    let (n, m) = if transposed { (columns, rows) } else { (rows, columns) };
    let turn = |at: usize| w.values[(at % m) * n + at / m];
    let weights = if transposed { (0..n * m).map(turn).collect() } else { w.values.clone() };
    let mut bias = |found: Option<&Array>, name: &str, length: usize| match found {
        Some(array) => array.values.clone(),
        None => {
            notes.push(format!("no {name} bias: zeros"));
            vec![0.0; length]
        }
    };
    let (a, b) = (bias(visible, "visible", n), bias(hidden, "hidden", m));
    let machine = Rbm::new(n, m, weights, a, b).map_err(|error| match error {
        RbmError::Shape { .. } => (format!("{error}; it has {}", listed()), Mend::Arrays),
        RbmError::NotFinite { .. } => {
            (format!("{error}: the training that wrote it has diverged, or the file is damaged"), Mend::None)
        }
    })?;
    Ok(Weights { machine, notes })
}

fn npz(bytes: &[u8]) -> Result<Vec<Array>, String> {
    let odd = |e: zip::result::ZipError| format!("not a complete .npz ({e})");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).map_err(odd)?;
    let (mut arrays, mut taken) = (Vec::new(), bytes.len() as u128);
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).map_err(odd)?;
        let name = entry.name().map_err(|e| format!("an array without a readable name ({e})"))?.to_string();
        let Some(name) = name.strip_suffix(".npy") else { continue };
        let name = name.to_string();
        // What the archive says of an array's size is checked, and no more than that is unpacked.
        let size = entry.size();
        taken += u128::from(size);
        held(taken).map_err(|why| format!("array {name}: {why}"))?;
        let mut content = Vec::new();
        entry
            .by_ref()
            .take(size)
            .read_to_end(&mut content)
            .map_err(|e| format!("array {name} cannot be unpacked ({e})"))?;
        // Other things that were saved along, such as texts, do no harm.
        match npy(&content, &name) {
            Ok(array) => arrays.push(array),
            Err(_) if !WEIGHTS.iter().chain(&VISIBLE).chain(&HIDDEN).any(|known| name.eq_ignore_ascii_case(known)) => {}
            Err(why) => return Err(why),
        }
    }
    Ok(arrays)
}

/// NumPy's format, versions 1 to 3: magic, version, length of the header, a Python dictionary, the values.
fn npy(bytes: &[u8], name: &str) -> Result<Array, String> {
    let odd = |what: &str| format!("array {name}: {what}");
    let short = || odd("the file ends too early");
    if !bytes.starts_with(b"\x93NUMPY") {
        return Err(odd("not in .npy format"));
    }
    let (start, length) = match bytes.get(6).ok_or_else(short)? {
        1 => (10, bytes.get(8..10).map(|b| usize::from(u16::from_le_bytes([b[0], b[1]])))),
        2 | 3 => (12, bytes.get(8..12).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize)),
        version => return Err(odd(&format!("version {version} of .npy is not known"))),
    };
    let end = start + length.ok_or_else(short)?;
    let header = std::str::from_utf8(bytes.get(start..end).ok_or_else(short)?).map_err(|_| odd("damaged header"))?;
    let after = |key: &str| header.split_once(&format!("'{key}':")).map(|(_, rest)| rest.trim_start());
    let kind = after("descr").and_then(|rest| rest.strip_prefix('\'')).and_then(|rest| rest.split_once('\''));
    let (kind, _) = kind.ok_or_else(|| odd("no plain numeric type (records and objects are not read)"))?;
    let fortran = after("fortran_order").is_some_and(|rest| rest.starts_with("True"));
    let shape = after("shape").and_then(|rest| rest.strip_prefix('(')).and_then(|rest| rest.split_once(')'));
    let (shape, _) = shape.ok_or_else(|| odd("no shape in the header"))?;
    let shape: Vec<usize> = shape
        .split(',')
        .map(str::trim)
        .filter(|n| !n.is_empty())
        .map(str::parse)
        .collect::<Result<_, _>>()
        .map_err(|_| odd("a shape that is not made of numbers"))?;
    let count = shape
        .iter()
        .try_fold(1usize, |product, &n| product.checked_mul(n))
        .ok_or_else(|| odd("an impossible shape"))?;
    // A type has at least one byte per value.
    if count > bytes.len() {
        return Err(odd(&format!("{count} values in {} bytes: the file ends too early", bytes.len())));
    }
    held(count as u128 * PER_VALUE).map_err(|why| odd(&why))?;
    let values = numbers(kind, &bytes[end..]).map_err(|why| odd(&why))?;
    if values.len() < count {
        return Err(odd(&format!("{} of {count} values: the file ends too early", values.len())));
    }
    let mut values = values[..count].to_vec();
    if let (true, &[rows, columns]) = (fortran, &shape[..]) {
        values = (0..count).map(|at| values[(at % columns) * rows + at / columns]).collect();
    } else if fortran && shape.len() > 2 {
        return Err(odd("more than two dimensions in Fortran order"));
    }
    Ok(Array { name: name.to_string(), shape, values })
}

/// Values of a NumPy type such as `<f4`; incomplete ones at the end are left out.
fn numbers(kind: &str, bytes: &[u8]) -> Result<Vec<f64>, String> {
    macro_rules! read {
        ($type:ty, $width:literal, $convert:expr) => {{
            let chunks = bytes.as_chunks::<$width>().0.iter();
            match kind.starts_with('>') {
                true => chunks.map(|b| $convert(<$type>::from_be_bytes(*b))).collect(),
                false => chunks.map(|b| $convert(<$type>::from_le_bytes(*b))).collect(),
            }
        }};
    }
    Ok(match kind.trim_start_matches(['<', '>', '|', '=']) {
        "f8" => read!(f64, 8, |x| x),
        "f4" => read!(f32, 4, f64::from),
        "f2" => read!(half::f16, 2, f64::from),
        "i8" => read!(i64, 8, |x| x as f64),
        "i4" => read!(i32, 4, f64::from),
        "i2" => read!(i16, 2, f64::from),
        "i1" => read!(i8, 1, f64::from),
        "u8" => read!(u64, 8, |x| x as f64),
        "u4" => read!(u32, 4, f64::from),
        "u2" => read!(u16, 2, f64::from),
        "u1" | "b1" => read!(u8, 1, f64::from),
        _ => return Err(format!("values of type {kind} are not read: convert them to float32 or float64")),
    })
}

fn tensors(bytes: &[u8]) -> Result<Vec<Array>, String> {
    let file = SafeTensors::deserialize(bytes).map_err(|e| format!("not a complete .safetensors file ({e})"))?;
    let kind = |kind: Dtype| match kind {
        Dtype::F64 => Some("<f8"),
        Dtype::F32 => Some("<f4"),
        Dtype::F16 => Some("<f2"),
        _ => None,
    };
    let mut arrays = Vec::new();
    for (name, tensor) in file.tensors() {
        held(tensor.shape().iter().fold(1, |count, n| count * *n as u128) * PER_VALUE)?;
        let values = match (tensor.dtype(), kind(tensor.dtype())) {
            (_, Some(kind)) => numbers(kind, tensor.data())?,
            (Dtype::BF16, _) => {
                let chunks = tensor.data().as_chunks::<2>().0.iter();
                chunks.map(|b| f64::from(half::bf16::from_le_bytes(*b))).collect()
            }
            _ => continue, // such as the packed chains of our own checkpoints
        };
        arrays.push(Array { name, shape: tensor.shape().to_vec(), values });
    }
    arrays.sort_by(|a, b| a.name.cmp(&b.name));
    // A checkpoint of ours holds Adam's moments too; their last parts are W, a, b as well, but exact names win.
    Ok(arrays)
}

#[cfg(test)]
mod tests {
    use super::*;
    use safetensors::tensor::TensorView;
    use std::io::Write;

    const W: [f64; 6] = [1.0, -2.0, 0.5, 0.25, 3.0, -1.0];

    fn doubles(values: &[f64]) -> Vec<u8> {
        values.iter().flat_map(|x| x.to_le_bytes()).collect()
    }

    /// A file in NumPy's format of version 1, 2 or 3.
    fn numpy(version: u8, kind: &str, fortran: &str, shape: &str, values: &[u8]) -> Vec<u8> {
        let header = format!("{{'descr': '{kind}', 'fortran_order': {fortran}, 'shape': ({shape}), }}\n");
        let mut bytes = [b"\x93NUMPY", &[version, 0][..]].concat();
        match version {
            1 => bytes.extend((header.len() as u16).to_le_bytes()),
            _ => bytes.extend((header.len() as u32).to_le_bytes()),
        }
        [bytes, header.into_bytes(), values.to_vec()].concat()
    }

    fn zipped(arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, bytes) in arrays {
            archive.start_file(*name, zip::write::SimpleFileOptions::default()).expect("entry");
            archive.write_all(bytes).expect("memory");
        }
        archive.finish().expect("complete").into_inner()
    }

    fn array(name: &str, shape: &[usize], values: &[f64]) -> Array {
        Array { name: name.into(), shape: shape.to_vec(), values: values.to_vec() }
    }

    fn made(arrays: &[Array], orientation: Orientation) -> Result<Weights, Fault> {
        assemble(arrays, &Names::default(), orientation)
    }

    /// The message and what would help.
    fn refused(arrays: &[Array], orientation: Orientation) -> Fault {
        made(arrays, orientation).expect_err("must be refused")
    }

    #[test]
    fn every_numeric_type_is_read_in_both_byte_orders() {
        // by hand, most significant byte first: 1.5 is 0x3e00, 0x3fc00000, 0x3ff8..., −2 is 0xf...fe, 2^16 − 2 is 0xfffe
        let cases: [(&str, &[u8], f64); 11] = [
            ("f8", &[0x3f, 0xf8, 0, 0, 0, 0, 0, 0], 1.5),
            ("f4", &[0x3f, 0xc0, 0, 0], 1.5),
            ("f2", &[0x3e, 0], 1.5),
            ("i8", &[255, 255, 255, 255, 255, 255, 255, 254], -2.0),
            ("i4", &[255, 255, 255, 254], -2.0),
            ("i2", &[255, 254], -2.0),
            ("i1", &[254], -2.0),
            ("u8", &[0, 0, 0, 0, 0, 0, 255, 254], 65_534.0),
            ("u4", &[0, 0, 255, 254], 65_534.0),
            ("u2", &[255, 254], 65_534.0),
            ("u1", &[254], 254.0),
        ];
        for (kind, bytes, value) in cases {
            let mut turned = bytes.to_vec();
            turned.reverse();
            // Twice, and one byte of a value that is not complete.
            let cut: &[u8] = if bytes.len() > 1 { &[7] } else { &[] };
            let (big, little) = ([bytes, bytes, cut].concat(), [&turned, &turned[..], cut].concat());
            assert_eq!(numbers(&format!(">{kind}"), &big), Ok(vec![value; 2]), "{kind}");
            assert_eq!(numbers(&format!("<{kind}"), &little), Ok(vec![value; 2]), "{kind}");
            assert_eq!(numbers(&format!("={kind}"), &little), Ok(vec![value; 2]), "{kind}");
        }
        assert_eq!(numbers("|b1", &[0, 1]), Ok(vec![0.0, 1.0]));
        assert!(numbers("<c16", &[0; 16]).is_err_and(|why| why.contains("<c16") && why.contains("float64")));
    }

    #[test]
    fn numpy_files_of_three_versions_and_both_orders_are_read() {
        for version in 1..=3 {
            let found = npy(&numpy(version, "<f8", "False", "2, 3", &doubles(&W)), "W").expect("whole");
            assert_eq!((found.name.as_str(), found.shape, found.values), ("W", vec![2, 3], W.to_vec()));
        }
        // by hand, column by column
        let columns = doubles(&[1.0, 0.25, -2.0, 3.0, 0.5, -1.0]);
        let found = npy(&numpy(1, "<f8", "True", "2, 3", &columns), "W").expect("whole");
        assert_eq!((found.shape, found.values), (vec![2, 3], W.to_vec()));
        // One dimension has no order, none is one value; what comes after the values is not read.
        for (fortran, shape, count) in [("True", "4,", 4), ("False", "4,", 4), ("True", "", 1), ("False", "", 1)] {
            let found = npy(&numpy(1, "<f8", fortran, shape, &doubles(&W)), "a").expect("whole");
            assert_eq!(found.values, W[..count]);
        }
        assert_eq!(npy(&numpy(1, "<f8", "False", "1, 2, 3", &doubles(&W)), "T").expect("whole").shape, [1, 2, 3]);
    }

    #[test]
    fn damaged_numpy_files_are_refused_with_their_reason() {
        let why = |bytes: &[u8]| npy(bytes, "W").map(|_| ()).expect_err("damaged");
        let whole = numpy(1, "<f8", "False", "2, 3", &doubles(&W));
        for length in 0..whole.len() {
            let found = why(&whole[..length]);
            assert!(found.starts_with("array W: "), "{found}");
            assert_eq!(found.contains("ends too early"), length >= 6, "{length}: {found}");
        }
        assert!(why(&whole[..whole.len() - 1]).contains("5 of 6 values"));
        assert!(why(&numpy(4, "<f8", "False", "1", &[])).contains("version 4"));
        assert!(why(&numpy(1, "<f8", "True", "1, 2, 3", &doubles(&W))).contains("two dimensions in Fortran order"));
        assert!(why(&numpy(1, "<f8", "False", "2, x", &doubles(&W))).contains("not made of numbers"));
        assert!(why(&numpy(1, "<f8", "False", "4294967296, 4294967296", &[])).contains("impossible shape"));
        assert!(why(&numpy(1, "|O", "False", "1,", &[0; 8])).contains("|O"));
        // No more values than the file has bytes, header included.
        let of = |count: usize| numpy(1, "|u1", "False", &format!("{count:03},"), &[1; 20]);
        let bytes = of(100).len();
        assert_eq!(npy(&of(20), "W").expect("whole").values, [1.0; 20]);
        assert!(why(&of(bytes)).contains(&format!("20 of {bytes} values")));
        assert!(why(&of(bytes + 1)).contains(&format!("{} values in {bytes} bytes", bytes + 1)));
    }

    #[test]
    fn archives_are_unpacked_and_only_what_is_needed_must_be_readable() {
        // Compressed, the archive is smaller than any one of its arrays.
        let zeros = |shape: &str, count: usize| numpy(1, "<f8", "False", shape, &vec![0; 8 * count]);
        let odd = numpy(1, "|O", "False", "1,", &[0; 8]);
        let mut parts = vec![
            ("W.npy", zeros("100, 80", 8000)),
            ("a.npy", zeros("100,", 100)),
            ("b.npy", zeros("80,", 80)),
            ("notes.npy", odd.clone()),
            ("readme.txt", b"not an array".to_vec()),
        ];
        let bytes = zipped(&parts);
        assert!(bytes.len() < 1600, "{}", bytes.len());
        let found: Vec<(String, usize)> =
            npz(&bytes).expect("whole").into_iter().map(|array| (array.name, array.values.len())).collect();
        assert_eq!(found, [("W".into(), 8000), ("a".into(), 100), ("b".into(), 80)]);
        assert!(npz(&bytes[..bytes.len() - 30]).is_err_and(|why| why.contains("not a complete .npz")));
        for name in ["w.npy", "VBIAS.npy", "hidden_bias.npy"] {
            parts[3] = (name, odd.clone());
            assert!(npz(&zipped(&parts)).is_err_and(|why| why.contains("|O")), "{name}");
        }
        assert!(held(u128::MAX).is_err() && held(1).is_ok());
    }

    #[test]
    fn tensors_of_four_types_are_read_and_others_left_out() {
        // by hand: 1.5 is 0x3fc0 in bfloat16, 0x3e00 in half precision
        let parts: [(&str, Dtype, Vec<u8>); 5] = [
            ("double", Dtype::F64, doubles(&[1.5, -1.0])),
            ("single", Dtype::F32, [1.5f32, -1.0].iter().flat_map(|x| x.to_le_bytes()).collect()),
            ("half", Dtype::F16, vec![0, 0x3e, 0, 0xbc]),
            ("brain", Dtype::BF16, vec![0xc0, 0x3f, 0x80, 0xbf]),
            ("chains", Dtype::U64, vec![0; 16]),
        ];
        let views = parts.iter().map(|(name, kind, bytes)| {
            let view = TensorView::new(*kind, vec![1, 2], bytes);
            (*name, view.expect("fits"))
        });
        let bytes = safetensors::serialize(views, None).expect("fits");
        let found = tensors(&bytes).expect("whole");
        assert!(found.iter().all(|array| array.shape == [1, 2] && array.values == [1.5, -1.0]));
        let names: Vec<&str> = found.iter().map(|array| array.name.as_str()).collect();
        assert_eq!(names, ["brain", "double", "half", "single"]);
        assert!(tensors(&bytes[..bytes.len() - 1]).is_err_and(|why| why.contains("not a complete .safetensors")));
    }

    #[test]
    fn the_biases_say_which_way_the_matrix_is_stored() {
        let (a, b) = (array("a", &[2], &[7.0, 8.0]), array("b", &[3], &[4.0, 5.0, 6.0]));
        let columns = [1.0, 0.25, -2.0, 3.0, 0.5, -1.0]; // W turned, by hand
        let copy = |of: &Array| array(&of.name, &of.shape, &of.values);
        // Either bias is enough, and the missing one is zeros.
        for (biases, lengths) in [(vec![&a, &b], 0), (vec![&a], 1), (vec![&b], 1)] {
            for (stored, shape, values) in [("N x M", [2, 3], W), ("M x N", [3, 2], columns)] {
                let arrays: Vec<Array> =
                    [array("W", &shape, &values)].into_iter().chain(biases.iter().map(|bias| copy(bias))).collect();
                let Weights { machine, notes } = made(&arrays, Orientation::Ask).expect("told apart");
                assert_eq!((machine.visible, machine.hidden, &machine.weights[..]), (2, 3, &W[..]), "{stored}");
                let with = |name: &str, values: &[f64], zeros: usize| {
                    if biases.iter().any(|bias| bias.name == name) { values.to_vec() } else { vec![0.0; zeros] }
                };
                assert_eq!(machine.visible_bias, with("a", &a.values, 2));
                assert_eq!(machine.hidden_bias, with("b", &b.values, 3));
                assert_eq!(notes.iter().filter(|note| note.contains("bias: zeros")).count(), lengths, "{notes:?}");
                assert_eq!(notes.iter().any(|note| note.contains("transposed")), shape == [3, 2], "{notes:?}");
            }
        }
        // Without biases it is taken as stored, and said.
        let Weights { machine, notes } = made(&[array("W", &[3, 2], &columns)], Orientation::Ask).expect("as stored");
        assert_eq!((machine.visible, machine.hidden, &machine.weights[..]), (3, 2, &columns[..]));
        assert!(notes[0].contains("W read as 3 visible x 2 hidden") && notes.len() == 3, "{notes:?}");
        // Lengths that fit neither way are named, also where one of them fits.
        for (a, b) in [(5, 3), (2, 2), (3, 3)] {
            let biases = [array("a", &[a], &vec![0.0; a]), array("b", &[b], &vec![0.0; b])];
            let arrays: Vec<Array> = [array("W", &[2, 3], &W)].into_iter().chain(biases).collect();
            let (why, mend) = refused(&arrays, Orientation::Ask);
            assert!(why.contains("values where N = 2 and M = 3") && mend == Mend::Arrays, "{why}");
        }
    }

    #[test]
    fn a_square_matrix_is_read_as_asked() {
        let square = || array("W", &[2, 2], &[1.0, 2.0, 3.0, 4.0]);
        let weights = |orientation: Orientation| made(&[square()], orientation).map(|found| found.machine.weights);
        assert_eq!(weights(Orientation::Keep), Ok(vec![1.0, 2.0, 3.0, 4.0]));
        assert_eq!(weights(Orientation::Transpose), Ok(vec![1.0, 3.0, 2.0, 4.0]));
        assert_eq!(weights(Orientation::Either), Ok(vec![1.0, 2.0, 3.0, 4.0]));
        let either = made(&[square()], Orientation::Either).expect("either way").notes;
        assert!(either.iter().all(|note| note.contains("zeros")), "{either:?}");
        let (why, mend) = weights(Orientation::Ask).expect_err("open");
        assert!(why.contains("W is 2 x 2") && mend == Mend::Orientation, "{why}");
        // With one bias or both the layers are told apart by what is computed, so either way is not enough.
        let (a, b) = (|| array("a", &[2], &[1.0, 2.0]), || array("b", &[2], &[1.0, 2.0]));
        for arrays in [vec![square(), a()], vec![square(), b()], vec![square(), a(), b()]] {
            for orientation in [Orientation::Ask, Orientation::Either] {
                assert_eq!(refused(&arrays, orientation).1, Mend::Orientation);
            }
            assert!(made(&arrays, Orientation::Keep).is_ok());
        }
        // A matrix that is not square needs no asking, and is turned where asked.
        let turned = made(&[array("W", &[2, 3], &W)], Orientation::Transpose).expect("finite").machine;
        assert_eq!((turned.visible, turned.hidden), (3, 2));
        assert_eq!(turned.weights, [1.0, 0.25, -2.0, 3.0, 0.5, -1.0]); // by hand
    }

    #[test]
    fn arrays_are_found_by_name_last_part_or_as_asked() {
        let bias = |name: &str, value: f64, length: usize| array(name, &[length], &vec![value; length]);
        // An exact name before one that ends so; otherwise the last part, whatever the case.
        let arrays =
            [array("rbm/Weight_Matrix", &[2, 3], &W), bias("a", 1.0, 2), bias("x.a", 2.0, 2), bias("HBIAS", 3.0, 3)];
        let machine = made(&arrays, Orientation::Ask).expect("found").machine;
        assert_eq!((machine.visible_bias, machine.hidden_bias), (vec![1.0; 2], vec![3.0; 3]));
        let names = Names { visible_bias: Some("x.a".into()), ..Names::default() };
        let asked = assemble(&arrays, &names, Orientation::Ask).expect("found").machine;
        assert_eq!((asked.visible_bias, asked.hidden_bias), (vec![2.0; 2], vec![3.0; 3]));
        let fault = |names: Names, arrays: &[Array]| assemble(arrays, &names, Orientation::Ask).expect_err("not there");
        let (why, mend) = fault(Names { hidden_bias: Some("q".into()), ..Names::default() }, &arrays);
        assert!(why.contains("no array q") && why.contains("x.a [2]") && mend == Mend::NameHiddenBias, "{why}");
        let (why, mend) = fault(Names::default(), &[array("x.W", &[2, 3], &W), array("y.W", &[2, 3], &W)]);
        assert!(why.contains("several arrays could be meant") && mend == Mend::NameWeights, "{why}");
        let (why, mend) = fault(Names::default(), &[array("foo", &[2, 3], &W)]);
        assert!(why.contains("no weight matrix recognised among foo [2, 3]") && mend == Mend::NameWeights, "{why}");
        // The deep-learning tutorials call the biases b (visible) and c (hidden).
        let tutorial = [array("W", &[2, 3], &W), bias("b", 1.0, 2), bias("c", 2.0, 3)];
        let Weights { machine, notes } = made(&tutorial, Orientation::Ask).expect("found");
        assert_eq!((machine.visible_bias, machine.hidden_bias), (vec![1.0; 2], vec![2.0; 3]));
        assert_eq!(notes, ["biases named b and c: taken as visible and hidden"]);
        // Any other name of the hidden bias is one, whatever else is called c, and a file without c keeps b.
        let other = [array("W", &[2, 3], &W), bias("hbias", 1.0, 3), bias("c", 2.0, 2)];
        let machine = made(&other, Orientation::Ask).expect("found").machine;
        assert_eq!((machine.visible_bias, machine.hidden_bias), (vec![0.0; 2], vec![1.0; 3]));
        let without = [array("W", &[2, 3], &W), bias("b", 1.0, 3), bias("d", 2.0, 3)];
        assert_eq!(made(&without, Orientation::Ask).expect("found").machine.hidden_bias, [1.0; 3]);
    }

    #[test]
    fn what_makes_no_machine_is_refused() {
        let (why, mend) = refused(&[array("W", &[6], &W)], Orientation::Ask);
        assert!(why.contains("W has shape [6]: the weight matrix needs two dimensions") && mend == Mend::NameWeights);
        for shape in [[0, 4], [4, 0]] {
            let (why, mend) = refused(&[array("W", &shape, &[])], Orientation::Ask);
            assert!(why.contains("at least one unit in each layer") && mend == Mend::NameWeights, "{why}");
        }
        let (why, mend) = refused(&[array("W", &[1, 2], &[1.0, f64::NAN])], Orientation::Keep);
        assert!(why.contains("value number 1 is not finite") && mend == Mend::None, "{why}");
    }

    fn put(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
        std::fs::write(folder.join(name), bytes).expect("writes");
        folder.join(name)
    }

    fn tensor_file(name: &str, shape: &[usize], values: &[f64]) -> Vec<u8> {
        let bytes = doubles(values);
        let view = TensorView::new(Dtype::F64, shape.to_vec(), &bytes).expect("fits");
        safetensors::serialize([(name, view)], None).expect("fits")
    }

    #[test]
    fn formats_are_told_apart_and_files_without_one_are_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let array = numpy(1, "<f8", "False", "2, 3", &doubles(&W));
        let files = [
            put(folder.path(), "archive.bin", &zipped(&[("kernel.npy", array.clone())])),
            put(folder.path(), "array.bin", &array),
            put(folder.path(), "model.SafeTensors", &tensor_file("net.weight", &[2, 3], &W)),
        ];
        for path in &files {
            let machine = read(path, &Names::default(), Orientation::Ask).expect("read").machine;
            assert_eq!((machine.visible, machine.hidden, &machine.weights[..]), (2, 3, &W[..]));
        }
        let error = |path: &Path| {
            let error = read(path, &Names::default(), Orientation::Ask).expect_err("refused");
            assert!(error.to_string().starts_with(&format!("{}: ", path.display())), "{error}");
            (error.why, error.mend)
        };
        let (why, mend) = error(&put(folder.path(), "empty.npz", b""));
        assert!(why.contains("the file is empty") && mend == Mend::Save, "{why}");
        let (why, mend) = error(&put(folder.path(), "model.bin", &tensor_file("W", &[2, 3], &W)));
        assert!(why.contains("not an .npz, .npy or .safetensors file") && mend == Mend::Save, "{why}");
        assert_eq!(error(&folder.path().join("missing.npy")).1, Mend::Source);
        assert_eq!(
            error(&put(folder.path(), "flat.npy", &numpy(1, "<f8", "False", "6,", &doubles(&W)))).1,
            Mend::NameWeights
        );
    }

    #[test]
    fn a_run_is_read_by_its_record() {
        let folder = tempfile::tempdir().expect("a folder");
        let record = |text: &str| drop(put(folder.path(), "checkpoint.json", text.as_bytes()));
        let read = |orientation: Orientation| read(folder.path(), &Names::default(), orientation);
        let why = || {
            let error = read(Orientation::Ask).expect_err("refused");
            (error.to_string(), error.mend)
        };
        let (no, mend) = why();
        assert!(no.contains("checkpoint.json: ") && mend == Mend::Source, "{no}");
        record("{");
        assert!(why().0.contains("checkpoint.json is damaged") && why().1 == Mend::None);
        for name in ["\"../s\"", "\"a\\\\s\"", "7"] {
            record(&format!("{{\"state\": {name}}}"));
            assert!(why().0.contains("checkpoint.json names no state file"), "{name}");
        }
        record("{\"state\": \"s.safetensors\"}");
        let (no, mend) = why();
        assert!(no.contains("s.safetensors: ") && mend == Mend::Source, "{no}"); // not there
        // Square and without biases: as stored, since it is our own.
        let state = put(folder.path(), "s.safetensors", &tensor_file("W", &[2, 2], &[1.0, 2.0, 3.0, 4.0]));
        let weights = |orientation: Orientation| read(orientation).expect("a run").machine.weights;
        for orientation in [Orientation::Ask, Orientation::Either, Orientation::Keep] {
            assert_eq!(weights(orientation), [1.0, 2.0, 3.0, 4.0]);
        }
        assert_eq!(weights(Orientation::Transpose), [1.0, 3.0, 2.0, 4.0]);
        let sum = checksum_of(&state).expect("reads");
        record(&format!("{{\"state\": \"s.safetensors\", \"state_sha256\": \"{sum}\"}}"));
        assert_eq!(weights(Orientation::Ask), [1.0, 2.0, 3.0, 4.0]);
        record(&format!("{{\"state\": \"s.safetensors\", \"state_sha256\": \"{}\"}}", "0".repeat(64)));
        let (no, mend) = why();
        assert!(no.contains("its checksum is not the recorded one") && mend == Mend::None, "{no}");
        // FIPS 180-2, appendix B.1: SHA-256 of "abc"
        let abc = checksum_of(&put(folder.path(), "abc", b"abc")).expect("reads");
        assert_eq!(abc, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        use std::io::{Error, ErrorKind};
        assert!(
            unreadable(Error::from(ErrorKind::NotFound)).1 && !unreadable(Error::from(ErrorKind::PermissionDenied)).1
        );
    }
}
