//! The format safetensors: the length of a header, the header in JSON, the values.

#[cfg(test)]
mod tests;

use super::numbers::{Form, Number};
use super::{Archive, Entry, Kind, PER_VALUE, SHORT, absent, failure, held};
use safetensors::tensor::{Dtype, Metadata, TensorInfo};
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// The crate safetensors takes headers up to 100 MB.
const HEADER: u64 = 100_000_000;
/// Bytes of memory per byte of a header, as long as it is parsed.
const PARSED: u128 = 32;

/// Whether a file begins as one in this format: eight bytes of length, and JSON.
pub(super) fn begins(head: &[u8]) -> bool {
    head.get(8) == Some(&b'{') && head[5..8] == [0; 3]
}

/// Opens a file: its header is read, the values when they are asked for.
///
/// # Errors
/// In one sentence: a header that is damaged or contradicts itself or the length of the file.
pub(super) fn open(path: &Path) -> Result<Archive, String> {
    let mut source = BufReader::new(File::open(path).map_err(|e| failure(&e))?);
    let length = source.get_ref().metadata().map_err(|e| failure(&e))?.len();
    let mut start = [0; 8];
    source.read_exact(&mut start).map_err(|e| failure(&e))?;
    let size = u64::from_le_bytes(start);
    let there = length.saturating_sub(8).checked_sub(size).ok_or(SHORT)?;
    if size > HEADER {
        return Err(format!("the header of the safetensors file is damaged: it would be {size} bytes long"));
    }
    held(u128::from(size) * PARSED)?;
    let mut header = Vec::new();
    source.by_ref().take(size).read_to_end(&mut header).map_err(|e| failure(&e))?;
    // The crate checks that the arrays lie one behind the other and are as long as their shapes
    // say. Its own comparison with the length of the file overflows (0.8.0), so here is another.
    let about: Metadata = serde_json::from_slice(&header).map_err(|e| wrong(&e))?;
    match (about.data_len() as u64).cmp(&there) {
        std::cmp::Ordering::Greater => return Err(SHORT.into()),
        std::cmp::Ordering::Less => {
            return Err(format!("{} bytes follow the values: copy the file again", there - about.data_len() as u64));
        }
        std::cmp::Ordering::Equal => {}
    }
    let mut arrays: Vec<_> = about.tensors().into_iter().map(|(name, info)| (info.clone(), name)).collect();
    arrays.sort_by(|(left, first), (right, second)| (left.data_offsets, first).cmp(&(right.data_offsets, second)));
    let entry = |(info, name): &(TensorInfo, String)| Entry {
        name: name.clone(),
        shape: info.shape.clone(),
        kind: number(info.dtype).map_or_else(|other| other, Number::kind),
    };
    let entries = arrays.iter().map(entry).collect();
    let mut texts: Vec<_> = about.metadata().clone().unwrap_or_default().into_iter().collect();
    texts.sort();
    let read = Box::new(move |at| {
        let (info, name) = arrays.get(at).ok_or_else(|| absent(at))?;
        let begin = 8 + size + info.data_offsets.0 as u64;
        values(&mut source, info, begin).map_err(|why| format!("array {name}: {why}"))
    });
    Ok(Archive { format: "safetensors", entries, texts, notes: vec![], read })
}

/// The values of one array, which begin at this byte of the file.
fn values(source: &mut BufReader<File>, info: &TensorInfo, begin: u64) -> Result<Vec<f64>, String> {
    let number = match number(info.dtype) {
        Ok(number) => number,
        Err(Kind::Complex) => return Err("its values are complex numbers, not real ones".into()),
        Err(_) => return Err(format!("values of type {} are not read: save it as float32", info.dtype)),
    };
    // The header is only taken where this product is the length of the values.
    let count = (info.data_offsets.1 - info.data_offsets.0) / number.width;
    held(count as u128 * PER_VALUE)?;
    source.seek(SeekFrom::Start(begin)).map_err(|e| failure(&e))?;
    number.read(source, count).map_err(|e| failure(&e))
}

/// How a type is read, or the kind of one that is no real number.
fn number(dtype: Dtype) -> Result<Number, Kind> {
    let (form, width) = match dtype {
        Dtype::F64 => (Form::Float, 8),
        Dtype::F32 => (Form::Float, 4),
        Dtype::F16 => (Form::Float, 2),
        Dtype::BF16 => (Form::BFloat, 2),
        Dtype::I64 => (Form::Signed, 8),
        Dtype::I32 => (Form::Signed, 4),
        Dtype::I16 => (Form::Signed, 2),
        Dtype::I8 => (Form::Signed, 1),
        Dtype::U64 => (Form::Unsigned, 8),
        Dtype::U32 => (Form::Unsigned, 4),
        Dtype::U16 => (Form::Unsigned, 2),
        Dtype::U8 => (Form::Unsigned, 1),
        Dtype::BOOL => (Form::Bool, 1),
        Dtype::C64 => return Err(Kind::Complex),
        other => return Err(Kind::Other(format!("{}-bit floating-point numbers ({other})", other.bitsize()))),
    };
    Ok(Number { form, width, big: false })
}

/// The sentence for what the crate safetensors finds wrong with a header.
fn wrong(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if let Some((dtype, _)) = text.split_once("unknown variant `").and_then(|(_, rest)| rest.split_once('`')) {
        let dtype: String = dtype.chars().filter(|c| !c.is_control()).take(20).collect();
        return format!(
            "an array of the safetensors file has the type {dtype}, which is not known: save it as float32"
        );
    }
    let contradicts =
        ["invalid offset", "invalid shape", "overflow", "sub-byte", "slic"].iter().any(|w| text.contains(w));
    match contradicts {
        true => "the header of the safetensors file contradicts itself: copy the file again".into(),
        false => "the header of the safetensors file is damaged: copy the file again".into(),
    }
}
