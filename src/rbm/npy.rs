//! Arrays in NumPy's format, read and written.

use crate::bits::States;
use crate::memory::{self, Bytes};

/// What a file in NumPy's format begins with.
pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// A named array of a file, row by row.
pub(super) struct Array {
    pub(super) name: String,
    pub(super) shape: Vec<usize>,
    pub(super) values: Vec<f64>,
}

/// Whether so many bytes can be held.
pub(super) fn held(bytes: u128) -> Result<(), String> {
    let there = memory::available().map_err(|e| e.to_string())?;
    memory::check("its arrays", &[], there, |_| Bytes(bytes)).map_err(|e| e.to_string())
}

/// Memory per value of an array: as it is read, cut, transposed, and in the machine, in double
/// precision each.
pub(super) const PER_VALUE: u128 = 32;

/// NumPy's format, versions 1 to 3: magic, version, length of the header, a Python dictionary, the
/// values.
pub(super) fn read(bytes: &[u8], name: &str) -> Result<Array, String> {
    let odd = |what: &str| format!("array {name}: {what}");
    let short = || odd("the file ends too early");
    if !bytes.starts_with(MAGIC) {
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
pub(super) fn numbers(kind: &str, bytes: &[u8]) -> Result<Vec<f64>, String> {
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

/// States as an array of bytes 0 and 1, `rows` x `units`: version 1 of the format, the values at a
/// multiple of 64 bytes.
pub(crate) fn of_states(states: &States) -> Vec<u8> {
    let (rows, units) = (states.rows(), states.units());
    let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({rows}, {units}), }}");
    let length = (header.len() + 11).next_multiple_of(64) - 10;
    let mut bytes = [MAGIC, &[1, 0]].concat();
    bytes.extend((length as u16).to_le_bytes());
    bytes.extend(format!("{header:<0$}\n", length - 1).into_bytes());
    bytes.extend((0..rows).flat_map(|row| (0..units).map(move |unit| u8::from(states.get(row, unit)))));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_that_are_written_are_read_again() {
        let states = States::from_fn(3, 67, |row, unit| (row * 5 + unit) % 7 < 3);
        let bytes = of_states(&states);
        assert_eq!((bytes.len() - 3 * 67) % 64, 0);
        let found = read(&bytes, "v").expect("whole");
        assert_eq!((&found.name[..], &found.shape[..]), ("v", &[3, 67][..]));
        let bits: Vec<f64> = (0..3).flat_map(|row| states.to_f64(row)).collect();
        assert_eq!(found.values, bits);
    }
}
