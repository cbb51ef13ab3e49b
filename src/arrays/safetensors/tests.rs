use super::super::open as open_any;
use super::super::tests::{array, file, opened, refused, survives};
use super::*;

/// A file with this header.
fn with(header: &str, values: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), values].concat()
}

#[test]
fn every_type_is_listed_and_numbers_are_read() {
    let mut archive = open_any(&file("types.safetensors")).expect("read");
    let (six, signed) = ([0.0, 1.0, 2.0, 3.0, 4.0, 5.0], [-2.0, -1.0, 0.0, 1.0, 2.0, 3.0]);
    let mut check = |name: &str, kind: Kind, values: &[f64]| {
        assert_eq!(array(&mut archive, name), (vec![2, 3], kind, Ok(values.to_vec())), "{name}");
    };
    for bytes in [1u32, 2, 4, 8] {
        check(&format!("i{bytes}"), Kind::Integer(format!("int{}", 8 * bytes)), &signed);
        check(&format!("u{bytes}"), Kind::Integer(format!("uint{}", 8 * bytes)), &six);
    }
    for (name, bits) in [("f2", 16), ("f4", 32), ("f8", 64), ("bf16", 16)] {
        check(name, Kind::Float(bits), &signed);
    }
    check("bool", Kind::Bool, &[0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
    assert_eq!(array(&mut archive, "scalar"), (vec![], Kind::Float(32), Ok(vec![0.25])));
    assert_eq!(array(&mut archive, "empty"), (vec![0, 3], Kind::Float(32), Ok(vec![])));
    let (_, kind, values) = array(&mut archive, "c8");
    let why = "array c8: its values are complex numbers, not real ones";
    assert_eq!((kind, values), (Kind::Complex, Err(why.into())));
    let (_, kind, values) = array(&mut archive, "f8e4m3");
    assert_eq!(kind, Kind::Other("8-bit floating-point numbers (F8_E4M3)".into()));
    assert_eq!(values, Err("array f8e4m3: values of type F8_E4M3 are not read: save it as float32".into()));
    assert_eq!(archive.texts, [("about".into(), "a test".into()), ("format".into(), "np".into())]);
    assert_eq!(archive.format, "safetensors");
}

#[test]
fn headers_that_are_wrong_are_told_in_a_sentence() {
    let one = |dtype: &str, shape: &str, to: &str| {
        format!("{{\"W\":{{\"dtype\":\"{dtype}\",\"shape\":{shape},\"data_offsets\":[0,{to}]}}}}")
    };
    assert_eq!(opened(&with(&one("F32", "[2]", "8"), &[0; 8])).expect("read").values(0), Ok(vec![0.0; 2]));
    let contradicts = "the header of the safetensors file contradicts itself: copy the file again";
    let short = "the file ends too early: copy it again";
    let cases = [
        (one("F32", "[2]", "8"), 7, short),
        (one("F32", "[2]", "8"), 9, "1 bytes follow the values: copy the file again"),
        (one("F32", "[3]", "8"), 8, contradicts),
        (one("F32", "[4611686018427387904, 4]", "8"), 8, contradicts),
        (one("F4", "[3]", "1"), 1, contradicts),
        (one("F32", "[2305843009213693952]", "9223372036854775808"), 8, contradicts),
        (one("U8", "[9223372036854775808]", "9223372036854775808"), 8, contradicts),
        (
            one("X9", "[2]", "8"),
            8,
            "an array of the safetensors file has the type X9, which is not known: save it as float32",
        ),
        ("{\"W\":".into(), 8, "the header of the safetensors file is damaged: copy the file again"),
        ("{\"W\":{}}".into(), 8, "the header of the safetensors file is damaged: copy the file again"),
    ];
    for (header, there, why) in cases {
        assert_eq!(refused(&with(&header, &vec![0; there])), why, "{header}");
    }
    let whole = with(&one("F32", "[2]", "8"), &[0; 8]);
    assert_eq!(refused(&whole[..20]), short);
    assert_eq!(opened(&with("{}", &[])).expect("no arrays").entries, []);
}

/// Lengths whose sum is 8 less than the largest number: safetensors 0.8.0 adds the length of the
/// header to it, which overflows where overflows are checked.
#[test]
fn lengths_near_the_largest_number_are_refused() {
    let length = (1u64 << 61) - 1;
    let tensor = |at: u64| {
        let (from, to) = (at * length, (at + 1) * length);
        format!("\"x{at}\":{{\"dtype\":\"U8\",\"shape\":[{length}],\"data_offsets\":[{from},{to}]}}")
    };
    let header = format!("{{{}}}", (0..8).map(tensor).collect::<Vec<_>>().join(","));
    assert_eq!(refused(&with(&header, &[0; 8])), "the file ends too early: copy it again");
}

#[test]
fn damaged_files_are_read_or_refused() {
    survives(&std::fs::read(file("types.safetensors")).expect("there"), 2000, 64);
}
