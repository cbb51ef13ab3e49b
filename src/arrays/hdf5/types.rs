//! What the types of HDF5 say about the numbers of a data set.

use super::super::Kind;
use super::super::numbers::Number;
use rust_hdf5::format::messages::datatype::{CompoundMember, EnumMember, IeeeFormat};
use rust_hdf5::{ByteOrder, DatatypeMessage as Type};

/// What a data set holds, by its type.
pub(super) enum Content {
    /// Numbers, and whether the highest byte is first.
    Numbers(Kind, Number, bool),
    /// Text.
    Text,
    /// References to other objects of the file.
    References,
    /// Records, by the names of their fields.
    Records(Vec<String>),
    /// Something that is listed and not read.
    Other(Kind),
}

/// What is read of a type.
pub(super) fn content(of: &Type) -> Content {
    match of {
        Type::FixedString { .. } | Type::VarLenString { .. } => Content::Text,
        Type::Reference { .. } => Content::References,
        Type::Compound { members, .. } if complex(members) => Content::Other(Kind::Complex),
        Type::Compound { members, .. } => {
            Content::Records(members.iter().take(16).map(|member| member.name.clone()).collect())
        }
        Type::VarLenSequence { .. } => other("lists of different lengths".to_string()),
        Type::Array { .. } => other("arrays within an array".to_string()),
        Type::Opaque { tag, .. } => {
            let tag: String = tag.chars().filter(|letter| !letter.is_control()).take(40).collect();
            other(format!("raw bytes {tag}").trim_end().to_string())
        }
        Type::Enum { base, members } => match numbers(base) {
            Some((_, stored, big)) if truth(members) => Content::Numbers(Kind::Bool, stored, big),
            _ => other("names (an enumeration)".to_string()),
        },
        _ => match numbers(of) {
            Some((kind, stored, big)) => Content::Numbers(kind, stored, big),
            None => other("numbers of an unusual type (long double, or an odd number of bits)".to_string()),
        },
    }
}

fn other(what: String) -> Content {
    Content::Other(Kind::Other(what))
}

/// Plain numbers: their kind, how they are stored, and whether the highest byte is first.
fn numbers(of: &Type) -> Option<(Kind, Number, bool)> {
    let big = |order: &ByteOrder| *order == ByteOrder::BigEndian;
    match of {
        Type::FixedPoint { size, byte_order, signed, bit_offset, bit_precision } => {
            let stored = whole(*size, *signed, *bit_offset, *bit_precision)?;
            let name = format!("{}int{}", if *signed { "" } else { "u" }, 8 * size);
            Some((Kind::Integer(name), stored, big(byte_order)))
        }
        // PyTables writes truth values as fields of 8 bits.
        Type::BitField { size: 1, byte_order, bit_offset: 0, .. } => Some((Kind::Bool, Number::U8, big(byte_order))),
        Type::BitField { size, byte_order, bit_offset, bit_precision } => {
            let stored = whole(*size, false, *bit_offset, *bit_precision)?;
            Some((Kind::Integer(format!("uint{}", 8 * size)), stored, big(byte_order)))
        }
        Type::FloatingPoint { size, byte_order, exponent_size, mantissa_size, .. } => {
            // rust-hdf5 0.7.9 multiplies the size by 8 without looking: a damaged one overflows.
            let format = if *size <= 8 { of.ieee_format() } else { None };
            let (bits, stored) = match format {
                Some(IeeeFormat::Binary16) => (16, Number::F16),
                Some(IeeeFormat::Binary32) => (32, Number::F32),
                Some(IeeeFormat::Binary64) => (64, Number::F64),
                None if (*size, *exponent_size, *mantissa_size) == (2, 8, 7) => (16, Number::BF16),
                None => return None,
            };
            Some((Kind::Float(bits), stored, big(byte_order)))
        }
        _ => None,
    }
}

/// Whole numbers that fill their bytes.
fn whole(size: u32, signed: bool, offset: u16, precision: u16) -> Option<Number> {
    if offset != 0 || u32::from(precision) != size.checked_mul(8)? {
        return None;
    }
    Some(match (size, signed) {
        (1, true) => Number::I8,
        (1, false) => Number::U8,
        (2, true) => Number::I16,
        (2, false) => Number::U16,
        (4, true) => Number::I32,
        (4, false) => Number::U32,
        (8, true) => Number::I64,
        (8, false) => Number::U64,
        _ => return None,
    })
}

/// Whether the members of a record are the two parts of a complex number, as h5py, MATLAB and Julia
/// name them.
fn complex(members: &[CompoundMember]) -> bool {
    let [first, second] = members else { return false };
    let pairs = [("r", "i"), ("real", "imag"), ("re", "im"), ("r_", "i_")];
    let plain = |member: &CompoundMember| matches!(numbers(&member.datatype), Some((Kind::Float(_), ..)));
    pairs.contains(&(first.name.as_str(), second.name.as_str())) && plain(first) && plain(second)
}

/// Whether an enumeration is that of truth values.
fn truth(members: &[EnumMember]) -> bool {
    let named = |name: &str, value: u8| {
        let is = |member: &EnumMember| member.name.eq_ignore_ascii_case(name) && member.value == [value];
        members.iter().any(is)
    };
    members.len() == 2 && named("FALSE", 0) && named("TRUE", 1)
}
