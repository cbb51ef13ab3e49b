//! Numbers as other tools store them, turned into double precision.

use super::Kind;
use std::io::{self, Read};

/// What the bits of a number mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// IEEE 754, of 2, 4 or 8 bytes.
    Float,
    /// The first half of a float of 4 bytes.
    BFloat,
    /// Whole numbers with a sign, two's complement.
    Signed,
    /// Whole numbers without a sign.
    Unsigned,
    /// Truth values, 0 or anything else.
    Bool,
}

/// How one number is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number {
    /// What its bits mean.
    pub(super) form: Form,
    /// Its bytes: 1, 2, 4 or 8, as the form has them.
    pub(super) width: usize,
    /// Whether the most significant byte comes first.
    pub(super) big: bool,
}

impl Number {
    /// Whole numbers of 8 bits with a sign.
    pub(super) const I8: Self = Self::of(Form::Signed, 1);
    /// Whole numbers of 8 bits.
    pub(super) const U8: Self = Self::of(Form::Unsigned, 1);
    /// Whole numbers of 16 bits with a sign.
    pub(super) const I16: Self = Self::of(Form::Signed, 2);
    /// Whole numbers of 16 bits.
    pub(super) const U16: Self = Self::of(Form::Unsigned, 2);
    /// Whole numbers of 32 bits with a sign.
    pub(super) const I32: Self = Self::of(Form::Signed, 4);
    /// Whole numbers of 32 bits.
    pub(super) const U32: Self = Self::of(Form::Unsigned, 4);
    /// Whole numbers of 64 bits with a sign.
    pub(super) const I64: Self = Self::of(Form::Signed, 8);
    /// Whole numbers of 64 bits.
    pub(super) const U64: Self = Self::of(Form::Unsigned, 8);
    /// Half precision.
    pub(super) const F16: Self = Self::of(Form::Float, 2);
    /// The upper half of single precision.
    pub(super) const BF16: Self = Self::of(Form::BFloat, 2);
    /// Single precision.
    pub(super) const F32: Self = Self::of(Form::Float, 4);
    /// Truth values of one byte.
    pub(super) const BOOL: Self = Self::of(Form::Bool, 1);
    /// Double precision.
    pub(super) const F64: Self = Self::of(Form::Float, 8);

    /// Numbers with the least significant byte first.
    const fn of(form: Form, width: usize) -> Self {
        Self { form, width, big: false }
    }

    /// The type as an entry has it.
    pub(super) fn kind(self) -> Kind {
        let bits = self.width as u32 * 8;
        match self.form {
            Form::Float | Form::BFloat => Kind::Float(bits),
            Form::Signed => Kind::Integer(format!("int{bits}")),
            Form::Unsigned => Kind::Integer(format!("uint{bits}")),
            Form::Bool => Kind::Bool,
        }
    }

    /// The numbers in a run of bytes, in double precision. Bytes left over at the end are dropped.
    pub(super) fn numbers(self, bytes: &[u8]) -> Vec<f64> {
        let big = self.big;
        match (self.form, self.width) {
            (Form::Float, 2) => all(bytes, big, |word| half::f16::from_le_bytes(word).to_f64()),
            (Form::Float, 4) => all(bytes, big, |word| f64::from(f32::from_le_bytes(word))),
            (Form::Float, _) => all(bytes, big, f64::from_le_bytes),
            (Form::BFloat, _) => all(bytes, big, |word| half::bf16::from_le_bytes(word).to_f64()),
            (Form::Signed, 1) => all(bytes, big, |word| f64::from(i8::from_le_bytes(word))),
            (Form::Signed, 2) => all(bytes, big, |word| f64::from(i16::from_le_bytes(word))),
            (Form::Signed, 4) => all(bytes, big, |word| f64::from(i32::from_le_bytes(word))),
            (Form::Signed, _) => all(bytes, big, |word| i64::from_le_bytes(word) as f64),
            (Form::Unsigned, 1) => all(bytes, big, |word| f64::from(u8::from_le_bytes(word))),
            (Form::Unsigned, 2) => all(bytes, big, |word| f64::from(u16::from_le_bytes(word))),
            (Form::Unsigned, 4) => all(bytes, big, |word| f64::from(u32::from_le_bytes(word))),
            (Form::Unsigned, _) => all(bytes, big, |word| u64::from_le_bytes(word) as f64),
            (Form::Bool, _) => all(bytes, big, |[byte]| f64::from(u8::from(byte != 0))),
        }
    }

    /// The same type in the other order of bytes, or in this one.
    pub(super) fn ordered(self, big: bool) -> Self {
        Self { big, ..self }
    }

    /// The next `count` numbers of a source; the caller has made sure that they can be held.
    ///
    /// # Errors
    /// A source that fails or ends before.
    pub(super) fn read(self, source: &mut impl Read, count: usize) -> io::Result<Vec<f64>> {
        let (mut values, mut buffer) = (Vec::with_capacity(count), vec![0; self.width * count.min(8192)]);
        while values.len() < count {
            let part = &mut buffer[..self.width * (count - values.len()).min(8192)];
            source.read_exact(part)?;
            values.extend(self.numbers(part));
        }
        Ok(values)
    }
}

/// The numbers in a run of bytes, `N` bytes each.
fn all<const N: usize>(bytes: &[u8], big: bool, number: impl Fn([u8; N]) -> f64) -> Vec<f64> {
    let ordered = |mut word: [u8; N]| {
        if big {
            word.reverse();
        }
        number(word)
    };
    bytes.as_chunks().0.iter().map(|word| ordered(*word)).collect()
}

/// Values that are stored with the first index fastest, in an order with the last index fastest;
/// their number is the product of the shape.
pub(super) fn row_by_row(values: Vec<f64>, shape: &[usize]) -> Vec<f64> {
    if shape.iter().filter(|length| **length != 1).count() < 2 || values.is_empty() {
        return values;
    }
    let strides: Vec<usize> =
        shape.iter().scan(1, |next, length| Some(std::mem::replace(next, *next * length))).collect();
    let (mut index, mut from) = (vec![0; shape.len()], 0);
    let mut turned = Vec::with_capacity(values.len());
    for _ in 0..values.len() {
        turned.push(values[from]);
        for axis in (0..shape.len()).rev() {
            (index[axis], from) = (index[axis] + 1, from + strides[axis]);
            if index[axis] < shape[axis] {
                break;
            }
            (index[axis], from) = (0, from - strides[axis] * shape[axis]);
        }
    }
    turned
}

/// The number of values of a shape, or none where it is beyond all numbers.
pub(super) fn count(shape: &[usize]) -> Option<usize> {
    if shape.contains(&0) {
        return Some(0);
    }
    shape.iter().try_fold(1usize, |product, &length| product.checked_mul(length))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes by hand: 1.5 is 0x3E00, 0x3FC00000 and 0x3FF8000000000000; -2 is 0xFE with a sign.
    #[test]
    fn every_form_is_read_in_both_orders() {
        let cases: [(Form, &[u8], f64); 9] = [
            (Form::Float, &[0x3E, 0], 1.5),
            (Form::Float, &[0x3F, 0xC0, 0, 0], 1.5),
            (Form::Float, &[0x3F, 0xF8, 0, 0, 0, 0, 0, 0], 1.5),
            (Form::BFloat, &[0x3F, 0xC0], 1.5),
            (Form::Signed, &[0xFE], -2.0),
            (Form::Signed, &[0xFF, 0xFE], -2.0),
            (Form::Unsigned, &[1, 2], 258.0),
            (Form::Unsigned, &[0xFF; 8], 18_446_744_073_709_551_615.0),
            (Form::Bool, &[7], 1.0),
        ];
        for (form, bytes, value) in cases {
            let number = Number { form, width: bytes.len(), big: true };
            assert_eq!(number.read(&mut &bytes[..], 1).expect("whole"), [value], "{number:?}");
            let (turned, number) = (bytes.iter().rev().copied().collect::<Vec<u8>>(), Number { big: false, ..number });
            assert_eq!(number.read(&mut &turned[..], 1).expect("whole"), [value], "{number:?}");
            assert!(number.read(&mut &turned[1..], 1).is_err());
        }
    }

    #[test]
    fn the_first_index_becomes_the_slowest() {
        // x[i, j, k] = 100 i + 10 j + k, first index fastest.
        let stored = [0, 100, 10, 110, 20, 120, 1, 101, 11, 111, 21, 121].map(f64::from);
        let turned = [0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121].map(f64::from);
        assert_eq!(row_by_row(stored.to_vec(), &[2, 3, 2]), turned);
        assert_eq!(row_by_row(vec![1.0, 2.0, 3.0], &[1, 3]), [1.0, 2.0, 3.0]);
        assert_eq!(row_by_row(vec![], &[3, 0]), [0.0; 0]);
        assert_eq!((count(&[]), count(&[3, 0, usize::MAX, usize::MAX])), (Some(1), Some(0)));
        assert_eq!(count(&[1 << 40, 1 << 40]), None);
    }
}
