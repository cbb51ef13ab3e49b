//! Machines from the files that others write: `.npz`, `.npy` (W alone), `.safetensors`, and the
//! folders of `train`.

use super::npy::{self, Array, PER_VALUE, held, numbers};
use super::{Rbm, RbmError};
use crate::file::hex;
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
    pub remedy: Remedy,
}

/// What helps where a machine could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
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
type Fault = (String, Remedy);

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
    /// The same, but a W without biases is taken either way: for quantities that do not tell the
    /// layers apart.
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

const WEIGHTS: [&str; 8] = ["w", "weights", "weight", "weight_matrix", "kernel", "components_", "w_vh", "rbm_w"];
const VISIBLE: [&str; 9] =
    ["a", "visible_bias", "vbias", "v_bias", "bias_v", "b_v", "bv", "intercept_visible_", "visible_biases"];
const HIDDEN: [&str; 9] =
    ["b", "hidden_bias", "hbias", "h_bias", "bias_h", "b_h", "bh", "intercept_hidden_", "hidden_biases"];

/// Reads a machine.
///
/// Names are recognised by their last part (`rbm.weight_matrix` is `weight_matrix`), whatever the
/// case; the lengths of the biases say whether W is stored N x M or, as in PyTorch's linear layers,
/// M x N. Missing biases are zeros.
///
/// # Errors
/// A file that cannot be read or held, is not one of the formats, lacks W, holds values that are
/// not finite numbers, or whose orientation is open. The message names the file,
/// [`WeightsError::remedy`] what helps.
pub fn read(path: &Path, names: &Names, orientation: Orientation) -> Result<Weights, WeightsError> {
    let fail = |(why, remedy): Fault| WeightsError { path: path.to_path_buf(), why, remedy };
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
            Ok(_) => Err((("damaged: its checksum is not the recorded one".into(), Remedy::None), true)),
            Err(error) => Err(unreadable(error)),
        });
        let ((why, remedy), gone) = match checked {
            Ok(weights) => return Ok(weights),
            Err(error) => error,
        };
        // A training that goes on there has replaced the record, and then removed the state that
        // the old one names.
        let now = if gone { last_state(path).map_err(fail)? } else { state.clone() };
        if now == state {
            return Err(WeightsError { path: file, why, remedy });
        }
        state = now;
    }
}

/// A file that cannot be read, and whether it is not there.
fn unreadable(error: std::io::Error) -> (Fault, bool) {
    ((error.to_string(), Remedy::Source), error.kind() == std::io::ErrorKind::NotFound)
}

/// SHA-256 of a file as hexadecimal digits.
fn checksum_of(file: &Path) -> std::io::Result<String> {
    Ok(hex(&Sha256::digest(std::fs::read(file)?)))
}

/// The state file that the record of a run names, and its checksum.
fn last_state(run: &Path) -> Result<(String, Option<String>), Fault> {
    let text = std::fs::read_to_string(run.join("checkpoint.json"))
        .map_err(|e| (format!("checkpoint.json: {e}"), Remedy::Source))?;
    let record: serde_json::Value =
        serde_json::from_str(&text).map_err(|e| (format!("checkpoint.json is damaged: {e}"), Remedy::None))?;
    let state = record["state"].as_str().filter(|name| !name.contains(['/', '\\']));
    let state = state.ok_or_else(|| ("checkpoint.json names no state file".into(), Remedy::None))?;
    Ok((state.into(), record["state_sha256"].as_str().map(String::from)))
}

/// Reads a file; with an error, whether it is that the file is not there.
fn read_file(path: &Path, names: &Names, orientation: Orientation) -> Result<Weights, (Fault, bool)> {
    let length = std::fs::metadata(path).map_err(unreadable)?.len();
    held(u128::from(length)).map_err(|why| ((why, Remedy::None), false))?;
    let bytes = std::fs::read(path).map_err(unreadable)?;
    let ending = path.extension().and_then(|e| e.to_str()).unwrap_or("").to_ascii_lowercase();
    let arrays = if bytes.starts_with(b"PK") {
        npz(&bytes)
    } else if bytes.starts_with(npy::MAGIC) {
        npy::read(&bytes, "W").map(|array| vec![array])
    } else if ending == "safetensors" {
        tensors(&bytes)
    } else {
        Err(match bytes.is_empty() {
            true => "the file is empty".into(),
            false => "not an .npz, .npy or .safetensors file".into(),
        })
    };
    let fault = |why: String| ((why, Remedy::Save), false);
    assemble(&arrays.map_err(fault)?, names, orientation).map_err(|fault| (fault, false))
}

fn assemble(arrays: &[Array], names: &Names, orientation: Orientation) -> Result<Weights, Fault> {
    let listed = || arrays.iter().map(|a| format!("{} {:?}", a.name, a.shape)).collect::<Vec<_>>().join(", ");
    let last = |name: &str| name.rsplit(['.', '/']).next().unwrap_or(name).to_ascii_lowercase();
    let find = |asked: &Option<String>, known: &[&str], remedy: Remedy| -> Result<Option<&Array>, Fault> {
        if let Some(name) = asked {
            let found = arrays.iter().find(|array| array.name == *name);
            return found.map(Some).ok_or_else(|| (format!("no array {name}; it has {}", listed()), remedy));
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
            _ => Err((format!("several arrays could be meant ({})", listed()), remedy)),
        }
    };
    let w = find(&names.weights, &WEIGHTS, Remedy::NameWeights)?
        .ok_or_else(|| (format!("no weight matrix recognised among {}", listed()), Remedy::NameWeights))?;
    let &[rows, columns] = &w.shape[..] else {
        let why = format!("{} has shape {:?}: the weight matrix needs two dimensions", w.name, w.shape);
        return Err((why, Remedy::NameWeights));
    };
    if rows == 0 || columns == 0 {
        let why = format!("{} has shape {:?}: a machine needs at least one unit in each layer", w.name, w.shape);
        return Err((why, Remedy::NameWeights));
    }
    let mut visible = find(&names.visible_bias, &VISIBLE, Remedy::NameVisibleBias)?;
    let mut hidden = find(&names.hidden_bias, &HIDDEN, Remedy::NameHiddenBias)?;
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
                return Err((why, Remedy::Orientation));
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
        RbmError::Shape { .. } => (format!("{error}; it has {}", listed()), Remedy::Arrays),
        RbmError::NotFinite { .. } => {
            (format!("{error}: the training that wrote it has diverged, or the file is damaged"), Remedy::None)
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
        match npy::read(&content, &name) {
            Ok(array) => arrays.push(array),
            Err(_) if !WEIGHTS.iter().chain(&VISIBLE).chain(&HIDDEN).any(|known| name.eq_ignore_ascii_case(known)) => {}
            Err(why) => return Err(why),
        }
    }
    Ok(arrays)
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
    // A checkpoint of ours holds Adam's moments too; their last parts are W, a, b as well, but
    // exact names win.
    Ok(arrays)
}

#[cfg(test)]
mod tests;
