use super::super::tests::{array, file, opened, refused, survives};
use super::*;
use proptest::prelude::*;

/// A file of version 1 with this header.
fn with(header: &str, values: &[u8]) -> Vec<u8> {
    let length = (header.len() as u16).to_le_bytes();
    [MAGIC, &[1, 0], &length[..], header.as_bytes(), values].concat()
}

/// A file of values of a type, in a shape.
fn of(descr: &str, shape: &str, values: &[u8]) -> Vec<u8> {
    with(&format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n"), values)
}

#[test]
fn the_three_versions_are_read() {
    for version in 1..=3 {
        let mut archive = super::super::open(&file(&format!("version{version}.npy"))).expect("read");
        let expected = Ok(vec![-2.0, -1.0, 0.0, 1.0, 2.0, 3.0]);
        assert_eq!(array(&mut archive, "W"), (vec![2, 3], Kind::Float(32), expected));
        assert_eq!(archive.format, "NumPy array (.npy)");
    }
    let mut next = of("'<f8'", "(1,)", &[0; 8]);
    next[6] = 4;
    assert_eq!(refused(&next), "version 4 of NumPy's format is not known");
}

#[test]
fn headers_are_read_as_python_writes_them() {
    let values = [1.0f64, 2.0, 3.0, 4.0, 5.0, 6.0].map(f64::to_le_bytes).concat();
    for header in [
        "{'shape': (2L, 3L), 'fortran_order': True, 'descr': '<f8'}",
        "{\"descr\":\"<f8\",\"fortran_order\":True,\"shape\":(2,3,),}   \n",
        " { 'descr' : u'<f8' , 'fortran_order' : True , 'shape' : [ 2 , 3 ] } ",
    ] {
        let mut archive = opened(&with(header, &values)).expect("read");
        let expected = Ok(vec![1.0, 3.0, 5.0, 2.0, 4.0, 6.0]);
        assert_eq!(array(&mut archive, "W"), (vec![2, 3], Kind::Float(64), expected), "{header}");
        assert_eq!(archive.values(1), Err("the file has no array of number 1".into()));
    }
    for header in [
        "{'descr': '<f8', 'fortran_order': False}",
        "{'descr': '<f8', 'fortran_order': 0, 'shape': (2, 3)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (6)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (-6,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (6,), 'more': 1}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (6,)",
        "'descr': '<f8', 'fortran_order': False, 'shape': (6,)",
        "",
    ] {
        assert!(refused(&with(header, &values)).starts_with("the header is damaged"), "{header}");
    }
}

#[test]
fn what_is_too_long_or_too_short_is_said() {
    let short = refused(&of("'<f8'", "(2, 3)", &[0; 47]));
    assert_eq!(short, "48 bytes of values are announced and 47 are there: the file ends too early: copy it again");
    assert!(refused(&of("'<f8'", "(2, 3)", &[0; 50])).starts_with("2 bytes follow the values"));
    assert!(refused(&of("'<f8'", "(4294967296, 4294967296)", &[])).contains("no array has the shape"));
    assert!(refused(&of("'<f8'", "(2305843009213693952,)", &[0; 8])).contains("ends too early"));
    assert!(refused(&of("'|O'", "(2305843009213693952,)", &[0; 8])).contains("ends too early"));
    assert!(refused(&of("'<f8'", &format!("({})", "1, ".repeat(65)), &[0; 8])).contains("65 dimensions"));
    assert!(refused(&of("'x'", "()", &[])).contains("x is no type of NumPy"));
    assert!(refused(&of("'<f3'", "()", &[0; 3])).contains("is no type of NumPy"));
    assert_eq!(refused(&of("'<f8'", "()", &[])[..60]), "the file ends too early: copy it again");
    let mut long = [MAGIC, &[2, 0], &u32::MAX.to_le_bytes()[..]].concat();
    assert!(refused(&long).contains("4294967295 bytes long"));
    long[8..].copy_from_slice(&1000u32.to_le_bytes());
    assert_eq!(refused(&long), "the file ends too early: copy it again");
    let mut empty = opened(&of("'<f8'", "(0, 9223372036854775808)", &[])).expect("nothing in it");
    assert_eq!(empty.values(0), Ok(vec![]));
}

#[test]
fn a_text_stands_beside_the_arrays() {
    let archive = opened(&of("'<U3'", "()", b"a\0\0\0\xb2\x03\0\0\0\0\0\0")).expect("read");
    assert_eq!((archive.texts, archive.entries), (vec![("W".into(), "a\u{3b2}".into())], vec![]));
    let archive = opened(&of("'>U1'", "(1, 1)", b"\0\0\x03\xb2")).expect("read");
    assert_eq!(archive.texts, [("W".into(), "\u{3b2}".into())]);
    let mut archive = opened(&of("'|S2'", "(2,)", b"abcd")).expect("read");
    assert_eq!(array(&mut archive, "W").1, Kind::Other("text".into()));
    assert!(archive.values(0).expect_err("no numbers").contains("text"));
}

#[test]
fn damaged_files_are_read_or_refused() {
    let values: Vec<u8> = (0..60).flat_map(|n| f64::from(n).to_le_bytes()).collect();
    assert!(survives(&of("'<f8'", "(12, 5)", &values), 2000, 64) > 100);
    survives(&with("{'descr': '|u1', 'fortran_order': True, 'shape': (3, 5, 4), }", &[7; 60]), 2000, 64);
    survives(&of("[('a', '<f8'), ('b', '<U7', (2, 3))]", "(1,)", &[1; 176]), 2000, 64);
}

proptest! {
    #[test]
    fn any_header_is_read_or_refused(header in "[{}()'\": ,0-9a-zL<>|\\[\\]]{0,80}", more in any::<Vec<u8>>()) {
        let _ = opened(&with(&header, &more)).map(|mut archive| archive.values(0));
    }

    #[test]
    fn values_come_back_whatever_the_order(shape in prop::collection::vec(0usize..5, 0..5), fortran in any::<bool>()) {
        let count: usize = shape.iter().product();
        let place = |at: usize| {
            // The number of an entry, last index fastest, from that in the file.
            let (mut rest, mut index) = (at, vec![0; shape.len()]);
            for axis in 0..shape.len() {
                (index[axis], rest) = (rest % shape[axis], rest / shape[axis]);
            }
            index.iter().zip(&shape).fold(0, |number, (i, length)| number * length + i)
        };
        let number = |at: usize| if fortran { place(at) } else { at } as u16;
        let values: Vec<u8> = (0..count).flat_map(|at| number(at).to_be_bytes()).collect();
        let order = if fortran { "True" } else { "False" };
        let lengths: String = shape.iter().map(|length| format!("{length},")).collect();
        let header = format!("{{'descr': '>u2', 'fortran_order': {order}, 'shape': ({lengths})}}");
        let found = opened(&with(&header, &values)).expect("read").values(0);
        prop_assert_eq!(found, Ok((0..count).map(|n| n as f64).collect::<Vec<_>>()));
    }
}
