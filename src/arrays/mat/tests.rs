//! Files made by make_h5mat.py: values are arange / 8 wherever nothing else is said.

use super::super::{Archive, Kind};
use super::*;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
use std::path::PathBuf;

/// A committed test file.
pub(in super::super) fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files").join(name)
}

/// Shape, type and values of an array.
pub(in super::super) fn array(archive: &mut Archive, name: &str) -> (Vec<usize>, Kind, Vec<f64>) {
    let at = archive.entries.iter().position(|entry| entry.name == name);
    let at = at.unwrap_or_else(|| panic!("{name} is not among {:?}", archive.entries));
    let values = archive.values(at).unwrap_or_else(|e| panic!("{name}: {e}"));
    (archive.entries[at].shape.clone(), archive.entries[at].kind.clone(), values)
}

/// Zero, one eighth, and so on.
pub(in super::super) fn eighths(count: usize) -> Vec<f64> {
    (0..count).map(|n| n as f64 / 8.0).collect()
}

/// The same plus a number.
pub(in super::super) fn above(count: usize, first: f64) -> Vec<f64> {
    eighths(count).iter().map(|x| x + first).collect()
}

/// A file with one to three faults: bytes changed (most often), cut out, put in, repeated, or the
/// end lost.
pub(in super::super) fn damaged_copy(bytes: &[u8], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..rng.random_range(1..=3) {
        let at = rng.random_range(0..bytes.len().max(1));
        let long = rng.random_range(1..=16).min(bytes.len() - at.min(bytes.len()));
        match rng.random_range(0..16) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..at + long)),
            2 => drop(bytes.splice(at..at, (0..long).map(|n| (n as u8).wrapping_mul(37)).collect::<Vec<u8>>())),
            3 => bytes.extend_from_slice(&bytes.clone()[at..at + long]),
            4 => bytes[at..at + long].fill(0xff),
            5 => bytes[at..at + long].fill(0),
            6..10 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = rng.random()),
            _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << rng.random_range(0..8)),
        }
    }
    bytes
}

/// Opens damaged copies of files and reads all that they hold; says how many could be opened.
pub(in super::super) fn survive(
    names: &[&str],
    copies: usize,
    open: fn(&Path) -> Result<Archive, String>,
    largest: usize,
) -> usize {
    let rng = &mut ChaCha8Rng::seed_from_u64(25);
    let files: Vec<Vec<u8>> = names.iter().map(|name| std::fs::read(file(name)).expect("file")).collect();
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("damaged");
    let mut opened = 0;
    for copy in 0..copies {
        let bytes = damaged_copy(&files[copy % files.len()], rng);
        std::fs::write(&path, &bytes).expect("write");
        let Ok(mut archive) = open(&path) else { continue };
        opened += 1;
        for at in 0..archive.entries.len() {
            let shape = archive.entries[at].shape.clone();
            if let Ok(values) = archive.values(at) {
                assert_eq!(shape.iter().product::<usize>(), values.len());
                assert!(values.len() <= largest * bytes.len(), "copy {copy}: {shape:?}");
            }
        }
        assert!(archive.texts.iter().map(|(_, text)| text.len()).sum::<usize>() <= largest * bytes.len());
    }
    opened
}

#[test]
fn arrays_have_their_shape_and_stand_row_by_row() {
    for name in ["mat_plain.mat", "mat_packed.mat"] {
        let mut archive = open(&file(name)).expect("opens");
        assert_eq!(archive.format, "MATLAB file (.mat)");
        let double = Kind::Float(64);
        assert_eq!(array(&mut archive, "vishid"), (vec![3, 2], double.clone(), eighths(6)));
        assert_eq!(array(&mut archive, "hidbiases"), (vec![1, 2], Kind::Float(32), eighths(2)));
        assert_eq!(array(&mut archive, "cube"), (vec![2, 3, 4], double.clone(), eighths(24)));
        assert_eq!(array(&mut archive, "x"), (vec![1, 1], double.clone(), vec![0.125]));
        assert_eq!(array(&mut archive, "none"), (vec![0, 3], double, vec![]));
        let whole = |name: &str| Kind::Integer(name.to_string());
        let six = vec![-3.0, -2.0, -1.0, 0.0, 1.0, 2.0];
        assert_eq!(array(&mut archive, "i32"), (vec![2, 3], whole("int32"), six));
        assert_eq!(array(&mut archive, "u8"), (vec![1, 2], whole("uint8"), vec![250.0, 255.0]));
        assert_eq!(array(&mut archive, "u16"), (vec![1, 1], whole("uint16"), vec![65535.0]));
        assert_eq!(array(&mut archive, "i64"), (vec![1, 1], whole("int64"), vec![-1_099_511_627_776.0]));
        assert_eq!(array(&mut archive, "yes"), (vec![2, 2], Kind::Bool, vec![1.0, 0.0, 1.0, 1.0]));
    }
}

#[test]
fn members_of_structs_and_cells_have_paths() {
    for name in ["mat_plain.mat", "mat_packed.mat"] {
        let mut archive = open(&file(name)).expect("opens");
        let double = Kind::Float(64);
        assert_eq!(array(&mut archive, "dbn/sizes"), (vec![1, 2], double.clone(), vec![3.0, 2.0]));
        for (layer, first) in [(1, 0.0), (2, 1.0)] {
            let path = |field: &str| format!("dbn/rbm({layer})/{field}");
            assert_eq!(array(&mut archive, &path("W")), (vec![2, 3], double.clone(), above(6, first)));
            assert_eq!(array(&mut archive, &path("b")), (vec![3, 1], double.clone(), eighths(3)));
            assert_eq!(array(&mut archive, &path("c")), (vec![2, 1], double.clone(), eighths(2)));
            let many = array(&mut archive, &format!("many({layer})/W"));
            assert_eq!(many, (vec![1, 2], double.clone(), above(2, first)));
        }
        let texts =
            [("text", "RBM λ"), ("lines", "ab\ncd\nef"), ("many(1)/name", "layer 0"), ("many(2)/name", "layer 1")];
        assert_eq!(archive.texts, texts.map(|(name, text)| (name.to_string(), text.to_string())));
    }
}

#[test]
fn narrow_storage_and_both_byte_orders_are_read() {
    for name in ["mat_narrow.mat", "mat_big.mat"] {
        let mut archive = open(&file(name)).expect("opens");
        let double = Kind::Float(64);
        // by hand: stored column by column as 1, 2, 3, 4
        assert_eq!(array(&mut archive, "W"), (vec![2, 2], double.clone(), vec![1.0, 3.0, 2.0, 4.0]));
        let narrow = vec![-1.0, 300.0, 5.0, 2.0, 4.0, 6.0];
        assert_eq!(array(&mut archive, "narrow"), (vec![2, 3], double.clone(), narrow));
        assert_eq!(array(&mut archive, "wide"), (vec![3, 1], double, vec![0.125, -1e300, 3.0]));
        assert_eq!(array(&mut archive, "single"), (vec![1, 3], Kind::Float(32), vec![0.125, 2.5, 3.0]));
        assert_eq!(archive.texts, [("t".to_string(), "ok".to_string())]);
    }
}

#[test]
fn what_is_no_array_of_numbers_is_listed_and_not_read() {
    let mut archive = open(&file("mat_plain.mat")).expect("opens");
    let mut refused = |name: &str| {
        let at = archive.entries.iter().position(|entry| entry.name == name).expect("listed");
        archive.values(at).expect_err("refused")
    };
    assert_eq!(refused("z"), "its numbers are complex");
    assert_eq!(refused("sparse"), "it is a sparse matrix (full(...) makes it an array)");
    assert_eq!(archive.values(1000).expect_err("refused"), "there is no such array");
}

#[test]
fn files_of_other_versions_are_told_apart() {
    let refused = |name: &str| open(&file(name)).err().expect("refused");
    assert!(refused("mat_4.mat").contains("version 4"));
    assert_eq!(open(&file("h5_matlab.mat")).expect("HDF5").format, "MATLAB 7.3 file (HDF5)");
    assert_eq!(open(&file("h5_updates.h5")).expect("HDF5").format, "HDF5 file");
}

#[test]
fn damaged_files_are_refused_or_read_without_a_panic() {
    let names = ["mat_plain.mat", "mat_packed.mat", "mat_narrow.mat", "mat_big.mat"];
    let opened = survive(&names, 2000, open, DEFLATE as usize);
    assert!((200..1900).contains(&opened), "{opened}");
}

/// A file of one variable.
fn written(folder: &Path, variable: &[u8]) -> PathBuf {
    let mut bytes = b"MATLAB 5.0 MAT-file".to_vec();
    bytes.resize(124, b' ');
    bytes.extend([0, 1, b'I', b'M']);
    bytes.extend(variable);
    let path = folder.join("written.mat");
    std::fs::write(&path, bytes).expect("write");
    path
}

/// A cell of one member that holds the same, and so on.
fn nested(depth: usize) -> Vec<u8> {
    let mut inside = Vec::new();
    for _ in 0..depth {
        let mut body = Vec::new();
        for part in [[6, 8, 1, 0], [5, 8, 1, 1], [1, 1, u32::from(b'c'), 0]] {
            body.extend(part.iter().flat_map(|word| word.to_le_bytes()));
        }
        // An empty member ends it.
        body.extend(if inside.is_empty() { [14_u32, 0].map(u32::to_le_bytes).concat() } else { inside });
        inside = [14_u32.to_le_bytes().to_vec(), (body.len() as u32).to_le_bytes().to_vec(), body].concat();
    }
    inside
}

#[test]
fn depth_and_sizes_have_limits() {
    let folder = tempfile::tempdir().expect("folder");
    let archive = open(&written(folder.path(), &nested(20))).expect("opens");
    assert_eq!(archive.entries[0].name, format!("c{}", "(1)".repeat(20)));
    let refused = open(&written(folder.path(), &nested(10_000))).err().expect("refused");
    assert_eq!(refused, "structs and cells of the MATLAB file lie more than 32 deep in each other");
    // A compressed variable that says it is longer than its bytes can be.
    let mut stream = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut stream, &[14_u32, u32::MAX].map(u32::to_le_bytes).concat()).expect("write");
    let packed = stream.finish().expect("packed");
    let variable = [&[15_u32, packed.len() as u32].map(u32::to_le_bytes).concat()[..], &packed].concat();
    let refused = open(&written(folder.path(), &variable)).err().expect("refused");
    assert!(refused.ends_with("a compressed variable is no array, or longer than it can be"), "{refused}");
    // A file whose writing was cut short.
    let whole = std::fs::read(file("mat_plain.mat")).expect("file");
    let refused = open(&written(folder.path(), &whole[128..1000])).err().expect("refused");
    assert!(refused.contains("cut short"), "{refused}");
}

#[test]
fn values_are_turned_for_any_shape() {
    // by hand: x[i, j, k] = 100 i + 10 j + k for sizes 2, 3, 2, first index fastest
    let stored = vec![0.0, 100.0, 10.0, 110.0, 20.0, 120.0, 1.0, 101.0, 11.0, 111.0, 21.0, 121.0];
    let turned = vec![0.0, 1.0, 10.0, 11.0, 20.0, 21.0, 100.0, 101.0, 110.0, 111.0, 120.0, 121.0];
    assert_eq!(row_by_row(stored, &[2, 3, 2]), Ok(turned));
    assert_eq!(row_by_row(eighths(4), &[1, 4]), Ok(eighths(4)));
    assert_eq!(row_by_row(vec![], &[0, 5, 3]), Ok(vec![]));
    assert_eq!(row_by_row(vec![7.0], &[]), Ok(vec![7.0]));
    assert!(row_by_row(eighths(5), &[2, 3]).is_err());
    assert!(row_by_row(vec![], &[usize::MAX, 3]).is_err());
}

#[test]
fn every_stored_type_has_its_numbers() {
    let cases: [(Number, &[u8], f64); 12] = [
        (Number::I8, &[0xfe], -2.0),
        (Number::U8, &[0xfe], 254.0),
        (Number::I16, &[0xfe, 0xff], -2.0),
        (Number::U16, &[0xfe, 0xff], 65534.0),
        (Number::I32, &[0xfe, 0xff, 0xff, 0xff], -2.0),
        (Number::U32, &[0xfe, 0xff, 0xff, 0xff], 4_294_967_294.0),
        (Number::I64, &[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], -2.0),
        (Number::U64, &[0, 0, 0, 0, 1, 0, 0, 0], 4_294_967_296.0),
        (Number::F16, &[0x00, 0x3e], 1.5),
        (Number::BF16, &[0xc0, 0x3f], 1.5),
        (Number::F32, &[0, 0, 0xc0, 0x3f], 1.5),
        (Number::F64, &[0, 0, 0, 0, 0, 0, 0xf8, 0x3f], 1.5),
    ];
    for (stored, bytes, value) in cases {
        assert_eq!(stored.width, bytes.len());
        let turned: Vec<u8> = bytes.iter().rev().copied().collect();
        assert_eq!(
            (stored.ordered(false).numbers(bytes), stored.ordered(true).numbers(&turned)),
            (vec![value], vec![value])
        );
    }
}
