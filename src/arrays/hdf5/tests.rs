//! Files made by make_h5mat.py: values are arange / 8 wherever nothing else is said.

use super::super::Kind;
use super::super::mat::tests::{above, array, eighths, file, survive};
use super::*;

/// What stands against reading an array.
fn refused(archive: &mut Archive, name: &str) -> String {
    let at = archive.entries.iter().position(|entry| entry.name == name).expect("listed");
    archive.values(at).expect_err("refused")
}

#[test]
fn arrays_of_all_layouts_and_types_are_read() {
    for name in ["h5_earliest.h5", "h5_latest.h5"] {
        let mut archive = open(&file(name)).expect("opens");
        assert_eq!(archive.format, "HDF5 file");
        let (single, double) = (Kind::Float(32), Kind::Float(64));
        let whole = |name: &str| Kind::Integer(name.to_string());
        let cases = [
            ("update_10/params/weight_matrix", vec![3, 4], single.clone(), eighths(12)),
            ("update_10/weight_matrix", vec![3, 4], single.clone(), eighths(12)),
            ("again/weight_matrix", vec![3, 4], single.clone(), eighths(12)),
            ("types/big", vec![2, 3], double.clone(), eighths(6)),
            ("types/half", vec![2, 3], Kind::Float(16), eighths(6)),
            ("types/i16", vec![2, 3], whole("int16"), vec![-2.0, -1.0, 0.0, 1.0, 2.0, 3.0]),
            ("types/u8", vec![6], whole("uint8"), vec![250.0, 251.0, 252.0, 253.0, 254.0, 255.0]),
            ("types/i64", vec![2], whole("int64"), vec![-1_099_511_627_776.0, 1_099_511_627_776.0]),
            ("types/bool", vec![3], Kind::Bool, vec![1.0, 0.0, 1.0]),
            ("types/scalar", vec![], double.clone(), vec![0.125]),
            ("types/zero", vec![0, 4], single.clone(), vec![]),
            ("store/gzip", vec![7, 5], single, eighths(35)),
            ("store/lzf", vec![7, 5], double.clone(), eighths(35)),
            ("store/chunked", vec![5, 5], double.clone(), eighths(25)),
            ("store/grown", vec![4, 3], double.clone(), eighths(12)),
            ("store/two", vec![3, 3], double, eighths(9)),
            ("store/integers", vec![3, 4], whole("int64"), (0..12).map(f64::from).collect()),
        ];
        for (path, shape, kind, values) in cases {
            assert_eq!(array(&mut archive, path), (shape, kind, values), "{name} {path}");
        }
    }
}

#[test]
fn what_is_no_array_of_numbers_is_listed_and_not_read() {
    for name in ["h5_earliest.h5", "h5_latest.h5"] {
        let mut archive = open(&file(name)).expect("opens");
        let unwritten = "it is not there (it has more numbers than the file can hold: they were never written, or the \
                         file is damaged)";
        let cases = [
            ("types/complex", "its numbers are complex"),
            ("types/longdouble", "it is numbers of an unusual type (long double, or an odd number of bits)"),
            ("types/enum", "it is names (an enumeration)"),
            ("types/record", "it is a record of w, a"),
            ("types/opaque", "it is raw bytes"),
            ("types/ragged", "it is lists of different lengths"),
            ("types/reference", "it is references to other objects"),
            ("types/null", "it is empty"),
            ("store/unwritten", unwritten),
        ];
        for (path, why) in cases {
            assert_eq!(refused(&mut archive, path), why, "{name}");
        }
        assert_eq!(archive.values(1000).expect_err("refused"), "there is no such data set");
    }
}

#[test]
fn texts_attributes_and_links_are_told() {
    for name in ["h5_earliest.h5", "h5_latest.h5"] {
        let archive = open(&file(name)).expect("opens");
        let texts = [
            ("text/vlen", "bernoulli"),
            ("text/fixed", "BBRBM"),
            ("text/list", "one\nzwei\ntrois"),
            ("text/column", "ab\nc"),
            ("@model", "an RBM"),
            ("@fixed", "fixed text"),
        ];
        for (path, text) in texts {
            assert!(archive.texts.contains(&(path.to_string(), text.to_string())), "{path}: {:?}", archive.texts);
        }
        // The bytes of the number 500 are no text; the group of two names has its attribute once.
        assert_eq!(archive.texts.len(), 7);
        assert!(archive.texts.iter().any(|(path, text)| path.ends_with("/@unit") && text == "bits"));
        let notes = [
            "loop/again is a group that it lies in itself: not followed",
            "2 links to other names or files were not followed: other, soft",
        ];
        assert_eq!(archive.notes, notes);
        let all: Vec<&str> = archive.entries.iter().map(|entry| entry.name.as_str()).collect();
        assert!(!all.iter().any(|path| path.starts_with("soft") || path.starts_with("other")), "{all:?}");
    }
}

#[test]
fn a_training_of_many_updates_is_listed_whole() {
    let mut archive = open(&file("h5_updates.h5")).expect("opens");
    assert_eq!(archive.entries.len(), 40);
    for n in [1, 17, 40] {
        let path = format!("update_{n}/params/weight_matrix");
        assert_eq!(array(&mut archive, &path), (vec![2, 2], Kind::Float(32), above(4, f64::from(n))));
    }
}

#[test]
fn matlab_files_have_matlabs_shapes_cells_and_structs() {
    let mut archive = open(&file("h5_matlab.mat")).expect("opens");
    assert_eq!(archive.format, "MATLAB 7.3 file (HDF5)");
    let double = Kind::Float(64);
    let cases = [
        ("W", vec![2, 3], double.clone(), eighths(6)),
        ("row", vec![1, 4], Kind::Float(32), eighths(4)),
        ("cube", vec![2, 3, 4], double.clone(), eighths(24)),
        ("n", vec![1, 2], Kind::Integer("int8".to_string()), vec![1.0, -2.0]),
        ("yes", vec![1, 2], Kind::Bool, vec![1.0, 0.0]),
        ("none", vec![0, 3], double.clone(), vec![]),
        ("s/W", vec![3, 2], double.clone(), eighths(6)),
        ("s/inner/b", vec![1, 2], double.clone(), eighths(2)),
        ("c(1)", vec![1, 2], double.clone(), eighths(2)),
        ("dbn/rbm(1)/W", vec![2, 3], double.clone(), eighths(6)),
        ("dbn/rbm(2)/W", vec![2, 3], double.clone(), above(6, 1.0)),
        ("array(1)/b", vec![1, 2], double.clone(), eighths(2)),
        ("array(2)/b", vec![1, 2], double, above(2, 1.0)),
    ];
    for (path, shape, kind, values) in cases {
        assert_eq!(array(&mut archive, path), (shape, kind, values), "{path}");
    }
    assert_eq!(refused(&mut archive, "z"), "its numbers are complex");
    assert_eq!(refused(&mut archive, "sparse"), "it is a sparse matrix (full(...) makes it an array)");
    // Nothing else is listed: no #refs#, no parts of the sparse matrix.
    assert_eq!(archive.entries.len(), 15, "{:?}", archive.entries);
    let texts = [("c(2)", "two"), ("name", "RBM λ"), ("two", "abc\nxyz")];
    assert_eq!(archive.texts, texts.map(|(name, text)| (name.to_string(), text.to_string())));
    assert_eq!(archive.notes, ["HDF5 holds the arrays of MATLAB with their sizes in reverse: turned back"]);
}

#[test]
fn a_julia_struct_is_told_how_to_save_it() {
    let mut archive = open(&file("h5_julia.jld")).expect("opens");
    assert_eq!(archive.format, "Julia data file (JLD, HDF5)");
    let line = "it is a Julia struct of w, a: `using HDF5; h5write(\"machine.h5\", \"w\", J.w); \
                h5write(\"machine.h5\", \"a\", J.a)` saves its arrays";
    assert_eq!(refused(&mut archive, "J"), line);
    assert_eq!(array(&mut archive, "_refs/00000001"), (vec![2, 3], Kind::Float(64), eighths(6)));
}

#[test]
fn a_file_that_is_being_written_is_left_alone() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("training.h5");
    std::fs::copy(file("h5_updates.h5"), &path).expect("copy");
    let writer = File::options().append(true).open(&path).expect("opens");
    writer.lock().expect("locked");
    let why = "the file is being written: try again when the training is over";
    assert_eq!(open(&path).err().as_deref(), Some(why));
    writer.unlock().expect("unlocked");
    // A training may go on while the file is looked at.
    let archive = open(&path).expect("opens");
    writer.try_lock().expect("locked");
    drop(archive);
}

#[test]
fn a_filter_that_is_not_known_is_named() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("filter.h5");
    let mut bytes = std::fs::read(file("h5_earliest.h5")).expect("file");
    // The message of a filter: its number, and behind three more words its name.
    let at: Vec<usize> = (8..bytes.len() - 8).filter(|at| bytes[*at..].starts_with(b"deflate\0")).collect();
    assert_eq!(at.len(), 2);
    at.iter().for_each(|at| bytes[at - 8..at - 6].copy_from_slice(&32015_u16.to_le_bytes()));
    std::fs::write(&path, bytes).expect("write");
    let mut archive = open(&path).expect("opens");
    let why = "it is compressed with Zstandard (HDF5 filter 32015): `h5repack -f GZIP=4 old.h5 new.h5` makes a file \
               that is read";
    assert_eq!(refused(&mut archive, "store/gzip"), why);
    assert_eq!(array(&mut archive, "store/lzf").2, eighths(35));
}

#[test]
fn sizes_that_no_number_has_do_not_reach_the_crate() {
    let of = rust_hdf5::DatatypeMessage::FloatingPoint {
        size: u32::MAX,
        byte_order: rust_hdf5::ByteOrder::LittleEndian,
        sign_location: 31,
        bit_offset: 0,
        bit_precision: 32,
        exponent_location: 23,
        exponent_size: 8,
        mantissa_location: 0,
        mantissa_size: 23,
        exponent_bias: 127,
    };
    assert!(matches!(types::content(&of), Content::Other(Kind::Other(_))));
}

#[test]
fn damaged_files_are_refused_or_read_without_a_panic() {
    let names = ["h5_earliest.h5", "h5_latest.h5", "h5_matlab.mat", "h5_julia.jld"];
    let opened = survive(&names, 2000, open, PACKED as usize);
    assert!((200..2000).contains(&opened), "{opened}");
}
