//! Files of `torch.save`: dictionaries of tensors, in the zip format of PyTorch 1.6 and later and
//! in the format before. No pickle is executed.

mod pickle;
mod tensors;
#[cfg(test)]
pub(super) mod tests;
pub(super) mod zipped;

use super::numbers::Number;
use super::{Archive, PER_VALUE, SHORT, absent, failure, held};
use pickle::{Pickle, Value};
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use tensors::{Found, Place};
use zipped::Zip;

/// What a file in the format before PyTorch 1.6 begins with: a pickle of the number
/// 0x1950a86a20f9469cfc6c.
pub(super) const LEGACY: &[u8] = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.";

/// A pickle is not longer than this.
const LONGEST_PICKLE: u64 = 64 << 20;
/// A view that repeats its values may have this many, or as many as the file has bytes.
const REPEATED: u64 = 1 << 16;

/// Where the bytes of the storages are.
enum Container {
    /// In a zip archive.
    Zip(Zip),
    /// In one file, with the first byte and the length of each.
    Plain(BufReader<File>, HashMap<String, (u64, u64)>),
}

/// Opens a file of `torch.save`.
///
/// # Errors
/// In one sentence: what is damaged, is no tensor, or could only be read by Python.
pub(super) fn open(path: &Path) -> Result<Archive, String> {
    let mut file = BufReader::new(File::open(path).map_err(|e| failure(&e))?);
    let length = file.get_ref().metadata().map_err(|e| failure(&e))?.len();
    let legacy = file.fill_buf().map_err(|e| failure(&e))?.starts_with(LEGACY);
    let most = usize::try_from(length.max(REPEATED)).unwrap_or(usize::MAX);
    let format = if legacy { "PyTorch file of the format before 1.6 (.pt)" } else { "PyTorch file (.pt)" };
    let (mut container, pickle, big) = if legacy { plain(file, length)? } else { zipped(path)? };
    let Found { entries, places, texts, notes } = tensors::find(&pickle, most)?;
    let mut sizes = HashMap::new();
    for place in places.iter().filter_map(|place| place.as_ref().ok()) {
        if !sizes.contains_key(&place.storage) {
            sizes.insert(place.storage.clone(), container.size(&place.storage)?);
        }
        let there = sizes.get(&place.storage).copied().unwrap_or(0);
        let end = place.start.checked_add(place.extent).and_then(|end| end.checked_mul(place.width));
        if place.extent > 0 && end.is_none_or(|end| end > there) {
            return Err(format!(
                "array {}: the {there} bytes of its storage are too few: the file is damaged",
                place.name
            ));
        }
    }
    let read = Box::new(move |at: usize| {
        let place = places.get(at).ok_or_else(|| absent(at))?.as_ref().map_err(String::clone)?;
        values(&mut container, place, big).map_err(|why| format!("array {}: {why}", place.name))
    });
    Ok(Archive { format, entries, texts, notes, read })
}

/// The zip format: a folder with `data.pkl`, `byteorder`, and one member for each storage.
fn zipped(path: &Path) -> Result<(Container, Pickle, bool), String> {
    let mut zip = Zip::open(path)?;
    let roots = zip.names().filter_map(|name| {
        let root = name.strip_suffix("data.pkl")?.to_string();
        (root.is_empty() || root.ends_with('/')).then_some(root)
    });
    zip.root = roots.min_by_key(String::len).ok_or("a zip archive without data.pkl: no file of torch.save")?;
    let code = zip.member("data.pkl", LONGEST_PICKLE)?;
    let pickle = pickle::read(&mut &code[..], code.len() as u64).map_err(|why| match zip.find("constants.pkl") {
        Ok(_) => "the file holds a model of TorchScript: save its tensors instead: \
                  torch.save(torch.jit.load('model.pt').state_dict(), 'machine.pt')"
            .to_string(),
        Err(_) => why,
    })?;
    let big = zip.find("byteorder").is_ok() && zip.member("byteorder", 100)?.starts_with(b"big");
    Ok((Container::Zip(zip), pickle, big))
}

/// The format before PyTorch 1.6: five pickles (a number, a version, the system, the tensors, the
/// names of the storages), then each storage after its number of values.
fn plain(mut file: BufReader<File>, length: u64) -> Result<(Container, Pickle, bool), String> {
    let mut next = |skip: bool| {
        let at = if skip { file.seek(SeekFrom::Start(LEGACY.len() as u64)) } else { file.stream_position() };
        let left = length.saturating_sub(at.map_err(|e| failure(&e))?);
        pickle::read(&mut file, left.min(LONGEST_PICKLE))
    };
    let (version, system) = (next(true)?, next(false)?);
    if *version.get(version.root) != Value::Int(1001) {
        return Err("a file of torch.save in a version that is not known".to_string());
    }
    let (pickle, keys) = (next(false)?, next(false)?);
    let big = match system.get(system.root) {
        Value::Dict(pairs) => pairs.iter().any(|[key, value]| {
            matches!(system.get(*key), Value::Text(key) if key == "little_endian")
                && *system.get(*value) == Value::Bool(false)
        }),
        _ => false,
    };
    let stored = pickle.all().iter().filter_map(|value| match value {
        Value::Stored(which) => tensors::storage(&pickle, *which),
        _ => None,
    });
    let widths: HashMap<&str, u64> = stored.collect();
    let mut places = HashMap::new();
    let mut at = file.stream_position().map_err(|e| failure(&e))?;
    for key in keys.items(keys.root) {
        let Value::Text(key) = keys.get(*key) else { return Err("a storage of the file has no name".to_string()) };
        let mut count = [0; 8];
        file.seek(SeekFrom::Start(at)).and_then(|_| file.read_exact(&mut count)).map_err(|_| short(key))?;
        let count = if big { u64::from_be_bytes(count) } else { u64::from_le_bytes(count) };
        let width = widths.get(&key[..]).ok_or_else(|| format!("the storage {key} has no type"))?;
        let bytes = count.checked_mul(*width).filter(|bytes| *bytes <= length).ok_or_else(|| short(key))?;
        places.insert(key.clone(), (at + 8, bytes));
        at += 8 + bytes;
        if at > length {
            return Err(short(key));
        }
    }
    if at < length {
        return Err(format!("{} bytes are left over behind the tensors: save one dictionary per file", length - at));
    }
    Ok((Container::Plain(file, places), pickle, big))
}

/// What is said of a storage that is cut off.
fn short(key: &str) -> String {
    format!("the storage {key} is not whole: {SHORT}")
}

impl Container {
    /// The length of a storage in bytes.
    fn size(&mut self, storage: &str) -> Result<u64, String> {
        match self {
            Self::Zip(zip) => {
                let at = zip.find(&format!("data/{storage}"))?;
                zip.size(at).map_err(|why| format!("data/{storage}: {why}"))
            }
            Self::Plain(_, places) => {
                let found = places.get(storage).map(|(_, bytes)| *bytes);
                found.ok_or_else(|| format!("the storage {storage} is missing in the file"))
            }
        }
    }

    /// Some bytes of a storage.
    fn window(&mut self, storage: &str, start: u64, length: u64) -> Result<Vec<u8>, String> {
        match self {
            Self::Zip(zip) => {
                let at = zip.find(&format!("data/{storage}"))?;
                zip.window(at, start, length)
            }
            Self::Plain(file, places) => {
                let (first, _) = places.get(storage).ok_or("its storage is missing")?;
                let mut bytes = Vec::new();
                file.seek(SeekFrom::Start(first + start)).map_err(|e| failure(&e))?;
                file.take(length).read_to_end(&mut bytes).map_err(|e| failure(&e))?;
                if bytes.len() as u64 == length { Ok(bytes) } else { Err(SHORT.to_string()) }
            }
        }
    }
}

/// The values of a tensor, row by row.
fn values(container: &mut Container, place: &Place, big: bool) -> Result<Vec<f64>, String> {
    let complex = "complex numbers are not read as real ones: save tensor.real and tensor.imag";
    let number = number(place.kind).ok_or(complex)?;
    // Where there are no values the start was compared with nothing, and may be any number.
    if place.count == 0 {
        return Ok(Vec::new());
    }
    let (start, length) = (place.start * place.width, place.extent * place.width);
    held(place.count as u128 * PER_VALUE + 9 * u128::from(length))?;
    let stored = number.ordered(big).numbers(&container.window(&place.storage, start, length)?);
    gather(place, |at| stored.get(at).copied()).ok_or_else(|| "its storage is too short".to_string())
}

/// How PyTorch's numbers of that type are stored.
fn number(kind: &str) -> Option<Number> {
    Some(match kind {
        "float64" => Number::F64,
        "float32" => Number::F32,
        "float16" => Number::F16,
        "bfloat16" => Number::BF16,
        "int64" => Number::I64,
        "int32" => Number::I32,
        "int16" => Number::I16,
        "int8" => Number::I8,
        "uint64" => Number::U64,
        "uint32" => Number::U32,
        "uint16" => Number::U16,
        "uint8" => Number::U8,
        "bool" => Number::BOOL,
        _ => return None,
    })
}

/// Values in the order of the rows; `value` gives the one so many values behind the first.
fn gather(place: &Place, value: impl Fn(usize) -> Option<f64>) -> Option<Vec<f64>> {
    let (mut values, mut index, mut at) = (Vec::with_capacity(place.count), vec![0; place.shape.len()], 0u64);
    for _ in 0..place.count {
        values.push(value(usize::try_from(at).ok()?)?);
        for ((index, &size), &step) in index.iter_mut().zip(&place.shape).zip(&place.steps).rev() {
            (*index, at) = (*index + 1, at.wrapping_add(step));
            if *index < size {
                break;
            }
            (*index, at) = (0, at.wrapping_sub(step.wrapping_mul(size as u64)));
        }
    }
    Some(values)
}
