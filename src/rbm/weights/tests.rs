//! Tests.

use super::*;
use safetensors::tensor::TensorView;
use std::io::Write;

const W: [f64; 6] = [1.0, -2.0, 0.5, 0.25, 3.0, -1.0];

fn doubles(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// A file in NumPy's format of version 1, 2 or 3.
fn numpy(version: u8, kind: &str, fortran: &str, shape: &str, values: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{kind}', 'fortran_order': {fortran}, 'shape': ({shape}), }}\n");
    let mut bytes = [b"\x93NUMPY", &[version, 0][..]].concat();
    match version {
        1 => bytes.extend((header.len() as u16).to_le_bytes()),
        _ => bytes.extend((header.len() as u32).to_le_bytes()),
    }
    [bytes, header.into_bytes(), values.to_vec()].concat()
}

fn zipped(arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in arrays {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).expect("entry");
        archive.write_all(bytes).expect("memory");
    }
    archive.finish().expect("complete").into_inner()
}

fn array(name: &str, shape: &[usize], values: &[f64]) -> Array {
    Array { name: name.into(), shape: shape.to_vec(), values: values.to_vec() }
}

fn made(arrays: &[Array], orientation: Orientation) -> Result<Weights, Fault> {
    assemble(arrays, &Names::default(), orientation)
}

/// The message and what would help.
fn refused(arrays: &[Array], orientation: Orientation) -> Fault {
    made(arrays, orientation).expect_err("must be refused")
}

#[test]
fn every_numeric_type_is_read_in_both_byte_orders() {
    // by hand, most significant byte first: 1.5 is 0x3e00, 0x3fc00000, 0x3ff8..., −2 is 0xf...fe,
    // 2^16 − 2 is 0xfffe
    let cases: [(&str, &[u8], f64); 11] = [
        ("f8", &[0x3f, 0xf8, 0, 0, 0, 0, 0, 0], 1.5),
        ("f4", &[0x3f, 0xc0, 0, 0], 1.5),
        ("f2", &[0x3e, 0], 1.5),
        ("i8", &[255, 255, 255, 255, 255, 255, 255, 254], -2.0),
        ("i4", &[255, 255, 255, 254], -2.0),
        ("i2", &[255, 254], -2.0),
        ("i1", &[254], -2.0),
        ("u8", &[0, 0, 0, 0, 0, 0, 255, 254], 65_534.0),
        ("u4", &[0, 0, 255, 254], 65_534.0),
        ("u2", &[255, 254], 65_534.0),
        ("u1", &[254], 254.0),
    ];
    for (kind, bytes, value) in cases {
        let mut transposed = bytes.to_vec();
        transposed.reverse();
        // Twice, and one byte of a value that is not complete.
        let cut: &[u8] = if bytes.len() > 1 { &[7] } else { &[] };
        let (big, little) = ([bytes, bytes, cut].concat(), [&transposed, &transposed[..], cut].concat());
        assert_eq!(numbers(&format!(">{kind}"), &big), Ok(vec![value; 2]), "{kind}");
        assert_eq!(numbers(&format!("<{kind}"), &little), Ok(vec![value; 2]), "{kind}");
        assert_eq!(numbers(&format!("={kind}"), &little), Ok(vec![value; 2]), "{kind}");
    }
    assert_eq!(numbers("|b1", &[0, 1]), Ok(vec![0.0, 1.0]));
    assert!(numbers("<c16", &[0; 16]).is_err_and(|why| why.contains("<c16") && why.contains("float64")));
}

#[test]
fn numpy_files_of_three_versions_and_both_orders_are_read() {
    for version in 1..=3 {
        let found = npy::read(&numpy(version, "<f8", "False", "2, 3", &doubles(&W)), "W").expect("whole");
        assert_eq!((found.name.as_str(), found.shape, found.values), ("W", vec![2, 3], W.to_vec()));
    }
    // by hand, column by column
    let columns = doubles(&[1.0, 0.25, -2.0, 3.0, 0.5, -1.0]);
    let found = npy::read(&numpy(1, "<f8", "True", "2, 3", &columns), "W").expect("whole");
    assert_eq!((found.shape, found.values), (vec![2, 3], W.to_vec()));
    // One dimension has no order, none is one value; what comes after the values is not read.
    for (fortran, shape, count) in [("True", "4,", 4), ("False", "4,", 4), ("True", "", 1), ("False", "", 1)] {
        let found = npy::read(&numpy(1, "<f8", fortran, shape, &doubles(&W)), "a").expect("whole");
        assert_eq!(found.values, W[..count]);
    }
    assert_eq!(npy::read(&numpy(1, "<f8", "False", "1, 2, 3", &doubles(&W)), "T").expect("whole").shape, [1, 2, 3]);
}

#[test]
fn damaged_numpy_files_are_refused_with_their_reason() {
    let why = |bytes: &[u8]| npy::read(bytes, "W").map(|_| ()).expect_err("damaged");
    let whole = numpy(1, "<f8", "False", "2, 3", &doubles(&W));
    for length in 0..whole.len() {
        let found = why(&whole[..length]);
        assert!(found.starts_with("array W: "), "{found}");
        assert_eq!(found.contains("ends too early"), length >= 6, "{length}: {found}");
    }
    assert!(why(&whole[..whole.len() - 1]).contains("5 of 6 values"));
    assert!(why(&numpy(4, "<f8", "False", "1", &[])).contains("version 4"));
    assert!(why(&numpy(1, "<f8", "True", "1, 2, 3", &doubles(&W))).contains("two dimensions in Fortran order"));
    assert!(why(&numpy(1, "<f8", "False", "2, x", &doubles(&W))).contains("not made of numbers"));
    assert!(why(&numpy(1, "<f8", "False", "4294967296, 4294967296", &[])).contains("impossible shape"));
    assert!(why(&numpy(1, "|O", "False", "1,", &[0; 8])).contains("|O"));
    // No more values than the file has bytes, header included.
    let of = |count: usize| numpy(1, "|u1", "False", &format!("{count:03},"), &[1; 20]);
    let bytes = of(100).len();
    assert_eq!(npy::read(&of(20), "W").expect("whole").values, [1.0; 20]);
    assert!(why(&of(bytes)).contains(&format!("20 of {bytes} values")));
    assert!(why(&of(bytes + 1)).contains(&format!("{} values in {bytes} bytes", bytes + 1)));
}

#[test]
fn archives_are_unpacked_and_only_what_is_needed_must_be_readable() {
    // Compressed, the archive is smaller than any one of its arrays.
    let zeros = |shape: &str, count: usize| numpy(1, "<f8", "False", shape, &vec![0; 8 * count]);
    let odd = numpy(1, "|O", "False", "1,", &[0; 8]);
    let mut parts = vec![
        ("W.npy", zeros("100, 80", 8000)),
        ("a.npy", zeros("100,", 100)),
        ("b.npy", zeros("80,", 80)),
        ("notes.npy", odd.clone()),
        ("readme.txt", b"not an array".to_vec()),
    ];
    let bytes = zipped(&parts);
    assert!(bytes.len() < 1600, "{}", bytes.len());
    let found: Vec<(String, usize)> =
        npz(&bytes).expect("whole").into_iter().map(|array| (array.name, array.values.len())).collect();
    assert_eq!(found, [("W".into(), 8000), ("a".into(), 100), ("b".into(), 80)]);
    assert!(npz(&bytes[..bytes.len() - 30]).is_err_and(|why| why.contains("not a complete .npz")));
    for name in ["w.npy", "VBIAS.npy", "hidden_bias.npy"] {
        parts[3] = (name, odd.clone());
        assert!(npz(&zipped(&parts)).is_err_and(|why| why.contains("|O")), "{name}");
    }
    assert!(held(u128::MAX).is_err() && held(1).is_ok());
}

#[test]
fn tensors_of_four_types_are_read_and_others_left_out() {
    // by hand: 1.5 is 0x3fc0 in bfloat16, 0x3e00 in half precision
    let parts: [(&str, Dtype, Vec<u8>); 5] = [
        ("double", Dtype::F64, doubles(&[1.5, -1.0])),
        ("single", Dtype::F32, [1.5f32, -1.0].iter().flat_map(|x| x.to_le_bytes()).collect()),
        ("half", Dtype::F16, vec![0, 0x3e, 0, 0xbc]),
        ("brain", Dtype::BF16, vec![0xc0, 0x3f, 0x80, 0xbf]),
        ("chains", Dtype::U64, vec![0; 16]),
    ];
    let views = parts.iter().map(|(name, kind, bytes)| {
        let view = TensorView::new(*kind, vec![1, 2], bytes);
        (*name, view.expect("fits"))
    });
    let bytes = safetensors::serialize(views, None).expect("fits");
    let found = tensors(&bytes).expect("whole");
    assert!(found.iter().all(|array| array.shape == [1, 2] && array.values == [1.5, -1.0]));
    let names: Vec<&str> = found.iter().map(|array| array.name.as_str()).collect();
    assert_eq!(names, ["brain", "double", "half", "single"]);
    assert!(tensors(&bytes[..bytes.len() - 1]).is_err_and(|why| why.contains("not a complete .safetensors")));
}

#[test]
fn the_biases_say_which_way_the_matrix_is_stored() {
    let (a, b) = (array("a", &[2], &[7.0, 8.0]), array("b", &[3], &[4.0, 5.0, 6.0]));
    let columns = [1.0, 0.25, -2.0, 3.0, 0.5, -1.0]; // W turned, by hand
    let copy = |of: &Array| array(&of.name, &of.shape, &of.values);
    // Either bias is enough, and the missing one is zeros.
    for (biases, lengths) in [(vec![&a, &b], 0), (vec![&a], 1), (vec![&b], 1)] {
        for (stored, shape, values) in [("N x M", [2, 3], W), ("M x N", [3, 2], columns)] {
            let arrays: Vec<Array> =
                [array("W", &shape, &values)].into_iter().chain(biases.iter().map(|bias| copy(bias))).collect();
            let Weights { machine, notes } = made(&arrays, Orientation::Ask).expect("told apart");
            assert_eq!((machine.visible, machine.hidden, &machine.weights[..]), (2, 3, &W[..]), "{stored}");
            let with = |name: &str, values: &[f64], zeros: usize| {
                if biases.iter().any(|bias| bias.name == name) { values.to_vec() } else { vec![0.0; zeros] }
            };
            assert_eq!(machine.visible_bias, with("a", &a.values, 2));
            assert_eq!(machine.hidden_bias, with("b", &b.values, 3));
            assert_eq!(notes.iter().filter(|note| note.contains("bias: zeros")).count(), lengths, "{notes:?}");
            assert_eq!(notes.iter().any(|note| note.contains("transposed")), shape == [3, 2], "{notes:?}");
        }
    }
    // Without biases it is taken as stored, and said.
    let Weights { machine, notes } = made(&[array("W", &[3, 2], &columns)], Orientation::Ask).expect("as stored");
    assert_eq!((machine.visible, machine.hidden, &machine.weights[..]), (3, 2, &columns[..]));
    assert!(notes[0].contains("W read as 3 visible x 2 hidden") && notes.len() == 3, "{notes:?}");
    // Lengths that fit neither way are named, also where one of them fits.
    for (a, b) in [(5, 3), (2, 2), (3, 3)] {
        let biases = [array("a", &[a], &vec![0.0; a]), array("b", &[b], &vec![0.0; b])];
        let arrays: Vec<Array> = [array("W", &[2, 3], &W)].into_iter().chain(biases).collect();
        let (why, remedy) = refused(&arrays, Orientation::Ask);
        assert!(why.contains("values where N = 2 and M = 3") && remedy == Remedy::Arrays, "{why}");
    }
}

#[test]
fn a_square_matrix_is_read_as_asked() {
    let square = || array("W", &[2, 2], &[1.0, 2.0, 3.0, 4.0]);
    let weights = |orientation: Orientation| made(&[square()], orientation).map(|found| found.machine.weights);
    assert_eq!(weights(Orientation::Keep), Ok(vec![1.0, 2.0, 3.0, 4.0]));
    assert_eq!(weights(Orientation::Transpose), Ok(vec![1.0, 3.0, 2.0, 4.0]));
    assert_eq!(weights(Orientation::Either), Ok(vec![1.0, 2.0, 3.0, 4.0]));
    let either = made(&[square()], Orientation::Either).expect("either way").notes;
    assert!(either.iter().all(|note| note.contains("zeros")), "{either:?}");
    let (why, remedy) = weights(Orientation::Ask).expect_err("open");
    assert!(why.contains("W is 2 x 2") && remedy == Remedy::Orientation, "{why}");
    // With one bias or both the layers are told apart by what is computed, so either way is not
    // enough.
    let (a, b) = (|| array("a", &[2], &[1.0, 2.0]), || array("b", &[2], &[1.0, 2.0]));
    for arrays in [vec![square(), a()], vec![square(), b()], vec![square(), a(), b()]] {
        for orientation in [Orientation::Ask, Orientation::Either] {
            assert_eq!(refused(&arrays, orientation).1, Remedy::Orientation);
        }
        assert!(made(&arrays, Orientation::Keep).is_ok());
    }
    // A matrix that is not square needs no asking, and is transposed where asked.
    let transposed = made(&[array("W", &[2, 3], &W)], Orientation::Transpose).expect("finite").machine;
    assert_eq!((transposed.visible, transposed.hidden), (3, 2));
    assert_eq!(transposed.weights, [1.0, 0.25, -2.0, 3.0, 0.5, -1.0]); // by hand
}

#[test]
fn arrays_are_found_by_name_last_part_or_as_asked() {
    let bias = |name: &str, value: f64, length: usize| array(name, &[length], &vec![value; length]);
    // An exact name before one that ends so; otherwise the last part, whatever the case.
    let arrays =
        [array("rbm/Weight_Matrix", &[2, 3], &W), bias("a", 1.0, 2), bias("x.a", 2.0, 2), bias("HBIAS", 3.0, 3)];
    let machine = made(&arrays, Orientation::Ask).expect("found").machine;
    assert_eq!((machine.visible_bias, machine.hidden_bias), (vec![1.0; 2], vec![3.0; 3]));
    let names = Names { visible_bias: Some("x.a".into()), ..Names::default() };
    let asked = assemble(&arrays, &names, Orientation::Ask).expect("found").machine;
    assert_eq!((asked.visible_bias, asked.hidden_bias), (vec![2.0; 2], vec![3.0; 3]));
    let fault = |names: Names, arrays: &[Array]| assemble(arrays, &names, Orientation::Ask).expect_err("not there");
    let (why, remedy) = fault(Names { hidden_bias: Some("q".into()), ..Names::default() }, &arrays);
    assert!(why.contains("no array q") && why.contains("x.a [2]") && remedy == Remedy::NameHiddenBias, "{why}");
    let (why, remedy) = fault(Names::default(), &[array("x.W", &[2, 3], &W), array("y.W", &[2, 3], &W)]);
    assert!(why.contains("several arrays could be meant") && remedy == Remedy::NameWeights, "{why}");
    let (why, remedy) = fault(Names::default(), &[array("foo", &[2, 3], &W)]);
    assert!(why.contains("no weight matrix recognised among foo [2, 3]") && remedy == Remedy::NameWeights, "{why}");
    // The deep-learning tutorials call the biases b (visible) and c (hidden).
    let tutorial = [array("W", &[2, 3], &W), bias("b", 1.0, 2), bias("c", 2.0, 3)];
    let Weights { machine, notes } = made(&tutorial, Orientation::Ask).expect("found");
    assert_eq!((machine.visible_bias, machine.hidden_bias), (vec![1.0; 2], vec![2.0; 3]));
    assert_eq!(notes, ["biases named b and c: taken as visible and hidden"]);
    // Any other name of the hidden bias is one, whatever else is called c, and a file without c
    // keeps b.
    let other = [array("W", &[2, 3], &W), bias("hbias", 1.0, 3), bias("c", 2.0, 2)];
    let machine = made(&other, Orientation::Ask).expect("found").machine;
    assert_eq!((machine.visible_bias, machine.hidden_bias), (vec![0.0; 2], vec![1.0; 3]));
    let without = [array("W", &[2, 3], &W), bias("b", 1.0, 3), bias("d", 2.0, 3)];
    assert_eq!(made(&without, Orientation::Ask).expect("found").machine.hidden_bias, [1.0; 3]);
}

#[test]
fn what_makes_no_machine_is_refused() {
    let (why, remedy) = refused(&[array("W", &[6], &W)], Orientation::Ask);
    assert!(why.contains("W has shape [6]: the weight matrix needs two dimensions") && remedy == Remedy::NameWeights);
    for shape in [[0, 4], [4, 0]] {
        let (why, remedy) = refused(&[array("W", &shape, &[])], Orientation::Ask);
        assert!(why.contains("at least one unit in each layer") && remedy == Remedy::NameWeights, "{why}");
    }
    let (why, remedy) = refused(&[array("W", &[1, 2], &[1.0, f64::NAN])], Orientation::Keep);
    assert!(why.contains("value number 1 is not finite") && remedy == Remedy::None, "{why}");
}

fn put(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    std::fs::write(folder.join(name), bytes).expect("writes");
    folder.join(name)
}

fn tensor_file(name: &str, shape: &[usize], values: &[f64]) -> Vec<u8> {
    let bytes = doubles(values);
    let view = TensorView::new(Dtype::F64, shape.to_vec(), &bytes).expect("fits");
    safetensors::serialize([(name, view)], None).expect("fits")
}

#[test]
fn formats_are_told_apart_and_files_without_one_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let array = numpy(1, "<f8", "False", "2, 3", &doubles(&W));
    let files = [
        put(folder.path(), "archive.bin", &zipped(&[("kernel.npy", array.clone())])),
        put(folder.path(), "array.bin", &array),
        put(folder.path(), "model.SafeTensors", &tensor_file("net.weight", &[2, 3], &W)),
    ];
    for path in &files {
        let machine = read(path, &Names::default(), Orientation::Ask).expect("read").machine;
        assert_eq!((machine.visible, machine.hidden, &machine.weights[..]), (2, 3, &W[..]));
    }
    let error = |path: &Path| {
        let error = read(path, &Names::default(), Orientation::Ask).expect_err("refused");
        assert!(error.to_string().starts_with(&format!("{}: ", path.display())), "{error}");
        (error.why, error.remedy)
    };
    let (why, remedy) = error(&put(folder.path(), "empty.npz", b""));
    assert!(why.contains("the file is empty") && remedy == Remedy::Save, "{why}");
    let (why, remedy) = error(&put(folder.path(), "model.bin", &tensor_file("W", &[2, 3], &W)));
    assert!(why.contains("not an .npz, .npy or .safetensors file") && remedy == Remedy::Save, "{why}");
    assert_eq!(error(&folder.path().join("missing.npy")).1, Remedy::Source);
    assert_eq!(
        error(&put(folder.path(), "flat.npy", &numpy(1, "<f8", "False", "6,", &doubles(&W)))).1,
        Remedy::NameWeights
    );
}

#[test]
fn a_run_is_read_by_its_record() {
    let folder = tempfile::tempdir().expect("a folder");
    let record = |text: &str| drop(put(folder.path(), "checkpoint.json", text.as_bytes()));
    let read = |orientation: Orientation| read(folder.path(), &Names::default(), orientation);
    let why = || {
        let error = read(Orientation::Ask).expect_err("refused");
        (error.to_string(), error.remedy)
    };
    let (no, remedy) = why();
    assert!(no.contains("checkpoint.json: ") && remedy == Remedy::Source, "{no}");
    record("{");
    assert!(why().0.contains("checkpoint.json is damaged") && why().1 == Remedy::None);
    for name in ["\"../s\"", "\"a\\\\s\"", "7"] {
        record(&format!("{{\"state\": {name}}}"));
        assert!(why().0.contains("checkpoint.json names no state file"), "{name}");
    }
    record("{\"state\": \"s.safetensors\"}");
    let (no, remedy) = why();
    assert!(no.contains("s.safetensors: ") && remedy == Remedy::Source, "{no}"); // not there
    // Square and without biases: as stored, since it is our own.
    let state = put(folder.path(), "s.safetensors", &tensor_file("W", &[2, 2], &[1.0, 2.0, 3.0, 4.0]));
    let weights = |orientation: Orientation| read(orientation).expect("a run").machine.weights;
    for orientation in [Orientation::Ask, Orientation::Either, Orientation::Keep] {
        assert_eq!(weights(orientation), [1.0, 2.0, 3.0, 4.0]);
    }
    assert_eq!(weights(Orientation::Transpose), [1.0, 3.0, 2.0, 4.0]);
    let sum = checksum_of(&state).expect("reads");
    record(&format!("{{\"state\": \"s.safetensors\", \"state_sha256\": \"{sum}\"}}"));
    assert_eq!(weights(Orientation::Ask), [1.0, 2.0, 3.0, 4.0]);
    record(&format!("{{\"state\": \"s.safetensors\", \"state_sha256\": \"{}\"}}", "0".repeat(64)));
    let (no, remedy) = why();
    assert!(no.contains("its checksum is not the recorded one") && remedy == Remedy::None, "{no}");
    // FIPS 180-2, appendix B.1: SHA-256 of "abc"
    let abc = checksum_of(&put(folder.path(), "abc", b"abc")).expect("reads");
    assert_eq!(abc, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    use std::io::{Error, ErrorKind};
    assert!(unreadable(Error::from(ErrorKind::NotFound)).1 && !unreadable(Error::from(ErrorKind::PermissionDenied)).1);
}
