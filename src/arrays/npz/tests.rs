use super::super::tests::{array, file, opened, refused, survives};
use super::super::{Kind, open};
use super::*;
use std::io::Write;
use zip::write::{SimpleFileOptions, ZipWriter};

/// An archive of these members, packed or not.
fn archive_of(members: &[(&str, &[u8])], packed: bool) -> Vec<u8> {
    let method = if packed { CompressionMethod::Deflated } else { CompressionMethod::Stored };
    let mut writer = ZipWriter::new(io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, SimpleFileOptions::default().compression_method(method)).expect("begun");
        writer.write_all(bytes).expect("written");
    }
    writer.finish().expect("complete").into_inner()
}

/// One array as NumPy writes it.
fn npy() -> Vec<u8> {
    std::fs::read(file("version1.npy")).expect("there")
}

fn changed(name: &str, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = std::fs::read(file(name)).expect("there");
    change(&mut bytes);
    bytes
}

#[test]
fn every_type_of_numpy_is_listed() {
    let mut archive = open(&file("types.npz")).expect("read");
    let mut check = |name: &str, kind: Kind, values: &[f64]| {
        assert_eq!(array(&mut archive, name), (vec![2, 3], kind, Ok(values.to_vec())), "{name}");
    };
    let (six, signed) = ([0.0, 1.0, 2.0, 3.0, 4.0, 5.0], [-2.0, -1.0, 0.0, 1.0, 2.0, 3.0]);
    for order in ["little", "big"] {
        for bytes in [1u32, 2, 4, 8] {
            check(&format!("{order}/i{bytes}"), Kind::Integer(format!("int{}", 8 * bytes)), &signed);
            check(&format!("{order}/u{bytes}"), Kind::Integer(format!("uint{}", 8 * bytes)), &six);
        }
        for bytes in [2u32, 4, 8] {
            check(&format!("{order}/f{bytes}"), Kind::Float(8 * bytes), &signed);
        }
    }
    check("bool", Kind::Bool, &[0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
    check("fortran2", Kind::Float(64), &signed);
    let counted = Ok((0..24).map(f64::from).collect());
    assert_eq!(array(&mut archive, "fortran4"), (vec![2, 3, 1, 4], Kind::Float(64), counted));
    assert_eq!(array(&mut archive, "scalar"), (vec![], Kind::Float(64), Ok(vec![0.1])));
    assert_eq!(array(&mut archive, "empty"), (vec![0, 3], Kind::Float(32), Ok(vec![])));
    let special = array(&mut archive, "special").2.expect("read");
    let bits: Vec<u64> = special.iter().skip(1).map(|value| value.to_bits()).collect();
    assert!(special[0].is_nan());
    assert_eq!(bits, [0x7ff0_0000_0000_0000, 0xfff0_0000_0000_0000, 0x8000_0000_0000_0000, 1]);
    let sentences = [
        ("c8", "complex numbers"),
        ("c16", "complex numbers"),
        ("long", "long double: save it with .astype('float64')"),
        ("object", "a Python object (a list of arrays?): save each array under its own name"),
        ("record", "records of several fields"),
        ("bfloat16", "bfloat16"),
        ("float8", "float8"),
        ("texts", "text"),
    ];
    for (name, part) in sentences {
        let (_, kind, values) = array(&mut archive, name);
        assert!(matches!(kind, Kind::Complex | Kind::Other(_)));
        assert!(values.expect_err(name).contains(part), "{name}");
    }
    assert_eq!(archive.texts, [("unit".into(), "Ising \u{3b2}".into()), ("bytes".into(), "BBRBM".into())]);
    assert_eq!(archive.format, "NumPy archive (.npz)");
}

#[test]
fn stored_packed_and_large_archives_are_read_alike() {
    for name in ["stored.npz", "packed.npz", "zip64.npz"] {
        let mut archive = open(&file(name)).expect("read");
        let names: Vec<&str> = archive.entries.iter().map(|entry| &entry.name[..]).collect();
        assert_eq!(names, ["W", "a", "b"], "{name}");
        let eighths = Ok((0..60).map(|n| f64::from(n) / 8.0).collect());
        for _ in 0..2 {
            assert_eq!(array(&mut archive, "b").2, Ok(vec![0.0, 1.0, 2.0, 3.0, 4.0]));
            assert_eq!(array(&mut archive, "W"), (vec![12, 5], Kind::Float(64), eighths.clone()), "{name}");
        }
    }
    let mixed = open(&file("mixed.npz")).expect("read");
    assert_eq!((&mixed.entries[0].name[..], mixed.entries.len()), ("sub/W", 1));
    assert_eq!(mixed.notes, ["readme.txt in the archive: no array of NumPy, not read"]);
    let why = open(&file("bzip2.npz")).err().expect("another method");
    assert!(why.contains("np.savez_compressed"), "{why}");
}

#[test]
fn damage_is_told_in_a_sentence() {
    let cut = changed("stored.npz", |bytes| bytes.truncate(bytes.len() / 2));
    assert_eq!(refused(&cut), "the file ends too early: copy it again");
    // Another number in the values of W: its checksum is wrong, and only its.
    let place = npy_values("stored.npz");
    let mut flipped = opened(&changed("stored.npz", |bytes| bytes[place] ^= 1)).expect("opened");
    let damaged = "array W: its data are damaged (they contradict their checksum): copy the file again";
    assert_eq!((flipped.values(0), flipped.values(2).map(|b| b.len())), (Err(damaged.into()), Ok(5)));
    let (npy, bytes) = (npy(), b"no array".as_slice());
    let mac = opened(&archive_of(&[("W.npy", &npy), ("__MACOSX/._W.npy", bytes)], true)).expect("read");
    assert_eq!((mac.entries.len(), mac.notes.len()), (1, 1));
    let why = refused(&archive_of(&[("W.npy", bytes)], false));
    assert_eq!(why, "array W: it is not in NumPy's format, though its name says so");
    let why = refused(&archive_of(&[("W.npy", &npy[..npy.len() - 1])], true));
    assert!(why.starts_with("array W: 24 bytes of values are announced and 23 are there"), "{why}");
    let why = refused(&archive_of(&[("W.npy", &[&npy[..], &[0; 7]].concat())], true));
    assert!(why.starts_with("array W: 7 bytes follow the values"), "{why}");
    assert!(refused(&archive_of(&[("photo.jpg", bytes)], false)).contains("it holds photo.jpg"));
    assert_eq!(refused(&archive_of(&[], false)), "an empty zip archive");
}

/// Where the values of the first member begin, as its header says.
fn npy_values(name: &str) -> usize {
    let bytes = std::fs::read(file(name)).expect("there");
    bytes.windows(6).position(|part| part == super::super::npy::MAGIC).expect("an array") + 128 + 80
}

#[test]
fn names_that_stand_there_twice_are_refused() {
    let npy = npy();
    let mut bytes = archive_of(&[("V.npy", &npy), ("W.npy", &npy)], false);
    for at in 0..bytes.len() - 5 {
        if bytes[at..].starts_with(b"V.npy") {
            bytes[at] = b'W';
        }
    }
    let why = refused(&bytes);
    assert!(why.contains("twice") || why.contains("damaged"), "{why}");
}

/// The size of a member stands in the directory, 24 bytes behind its signature.
#[test]
fn sizes_that_cannot_be_are_refused_before_anything_is_allocated() {
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (400000000,), }";
    let npy = [super::super::npy::MAGIC, &[1, 0], &(header.len() as u16).to_le_bytes(), header.as_bytes()].concat();
    for packed in [false, true] {
        let mut bytes = archive_of(&[("W.npy", &npy)], packed);
        let at = bytes.windows(4).position(|part| part == b"PK\x01\x02").expect("a directory");
        bytes[at + 24..at + 28].copy_from_slice(&(3_200_000_000u32 + npy.len() as u32).to_le_bytes());
        let why = refused(&bytes);
        assert!(why.contains("at most") && why.contains("ends too early"), "{why}");
    }
    let bomb = changed("zip64.npz", |bytes| {
        let at = bytes.windows(4).position(|part| part == END64).expect("the record");
        bytes[at + 32..at + 40].copy_from_slice(&(u64::MAX >> 20).to_le_bytes());
    });
    assert!(refused(&bomb).contains("members in"));
}

/// The place of a member stands in the directory, 42 bytes behind its signature (APPNOTE 4.3.12).
#[test]
fn members_that_share_bytes_are_refused() {
    let mut bytes = archive_of(&[("V.npy", &npy()), ("W.npy", &npy())], true);
    let last = bytes.windows(4).rposition(|part| part == b"PK\x01\x02").expect("a directory");
    assert_ne!(bytes[last + 42..last + 46], [0; 4]);
    bytes[last + 42..last + 46].fill(0);
    assert_eq!(refused(&bytes), "a damaged zip archive: copy it again");
}

#[test]
fn long_texts_are_kept_up_to_a_sum() {
    let text = b"{'descr': '|S1048576', 'fortran_order': False, 'shape': (), }";
    let npy = [super::super::npy::MAGIC, &[1, 0, text.len() as u8, 0], text, &[b'x'; 1 << 20]].concat();
    let names: Vec<String> = (0..34).map(|number| format!("{number}.npy")).collect();
    let members: Vec<_> = names.iter().map(|name| (&name[..], &npy[..])).collect();
    let mut archive = opened(&archive_of(&members, true)).expect("read");
    // by hand: 2^25 / 2^20
    assert_eq!((archive.texts.len(), archive.entries.len()), (32, 2));
    assert!(archive.values(1).expect_err("text").contains("text"));
}

#[test]
fn damaged_archives_are_read_or_refused() {
    let read = |name: &str| std::fs::read(file(name)).expect("there");
    survives(&read("stored.npz"), 2000, 64);
    survives(&read("packed.npz"), 2000, 8 * DEFLATE as usize);
    survives(&read("zip64.npz"), 1000, 64);
    survives(&read("types.npz"), 300, 64);
}
