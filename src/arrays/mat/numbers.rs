//! Numbers as files store them, and the order of the values of an array.

/// Type of one stored number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::arrays) enum Stored {
    /// Whole number of 8 bits with a sign.
    I8,
    /// Whole number of 8 bits.
    U8,
    /// Whole number of 16 bits with a sign.
    I16,
    /// Whole number of 16 bits.
    U16,
    /// Whole number of 32 bits with a sign.
    I32,
    /// Whole number of 32 bits.
    U32,
    /// Whole number of 64 bits with a sign.
    I64,
    /// Whole number of 64 bits.
    U64,
    /// Half precision.
    F16,
    /// The upper half of single precision.
    BF16,
    /// Single precision.
    F32,
    /// Double precision.
    F64,
}

impl Stored {
    /// Bytes of one number.
    pub(in crate::arrays) fn width(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 | Self::F16 | Self::BF16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }

    /// The numbers in a run of bytes, in double precision; `big` says that the highest byte is
    /// first. Bytes left over at the end are dropped.
    pub(in crate::arrays) fn numbers(self, bytes: &[u8], big: bool) -> Vec<f64> {
        match self {
            Self::I8 => all(bytes, big, |word| f64::from(i8::from_le_bytes(word))),
            Self::U8 => all(bytes, big, |word| f64::from(u8::from_le_bytes(word))),
            Self::I16 => all(bytes, big, |word| f64::from(i16::from_le_bytes(word))),
            Self::U16 => all(bytes, big, |word| f64::from(u16::from_le_bytes(word))),
            Self::I32 => all(bytes, big, |word| f64::from(i32::from_le_bytes(word))),
            Self::U32 => all(bytes, big, |word| f64::from(u32::from_le_bytes(word))),
            Self::I64 => all(bytes, big, |word| i64::from_le_bytes(word) as f64),
            Self::U64 => all(bytes, big, |word| u64::from_le_bytes(word) as f64),
            Self::F16 => all(bytes, big, |word| half::f16::from_le_bytes(word).to_f64()),
            Self::BF16 => all(bytes, big, |word| half::bf16::from_le_bytes(word).to_f64()),
            Self::F32 => all(bytes, big, |word| f64::from(f32::from_le_bytes(word))),
            Self::F64 => all(bytes, big, f64::from_le_bytes),
        }
    }
}

/// The numbers in a run of bytes, `N` bytes each.
fn all<const N: usize>(bytes: &[u8], big: bool, number: impl Fn([u8; N]) -> f64) -> Vec<f64> {
    let turned = |mut word: [u8; N]| {
        if big {
            word.reverse();
        }
        number(word)
    };
    bytes.as_chunks().0.iter().map(|word| turned(*word)).collect()
}

/// How many values a shape has.
pub(in crate::arrays) fn count(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1_usize, |all, next| all.checked_mul(*next))
}

/// Values of an array from column by column (first index fastest) to row by row (last index
/// fastest).
pub(in crate::arrays) fn row_by_row(values: Vec<f64>, shape: &[usize]) -> Result<Vec<f64>, String> {
    if count(shape) != Some(values.len()) {
        return Err("the number of its values is not that of its shape".to_string());
    }
    // With fewer than two sizes that are not 1 both orders are the same.
    if shape.iter().filter(|size| **size != 1).count() < 2 {
        return Ok(values);
    }
    let steps: Vec<usize> = shape.iter().scan(1, |step, size| Some(std::mem::replace(step, *step * size))).collect();
    let (mut index, mut from) = (vec![0; shape.len()], 0);
    let mut out = Vec::with_capacity(values.len());
    for _ in 0..values.len() {
        out.push(values.get(from).copied().unwrap_or(f64::NAN));
        for axis in (0..shape.len()).rev() {
            (index[axis], from) = (index[axis] + 1, from + steps[axis]);
            if index[axis] < shape[axis] {
                break;
            }
            (index[axis], from) = (0, from - steps[axis] * shape[axis]);
        }
    }
    Ok(out)
}

/// An array of characters that are stored column by column as text, one line for every row.
pub(in crate::arrays) fn lines(letters: &[char], rows: usize) -> String {
    let rows = rows.max(1);
    let line = |row: usize| letters.iter().skip(row).step_by(rows).collect::<String>();
    (0..rows.min(letters.len())).map(line).collect::<Vec<String>>().join("\n")
}
