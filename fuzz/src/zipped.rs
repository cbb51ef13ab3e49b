//! Zip archives around what is fuzzed: a mutation of the archive itself seldom has the right
//! checksum.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A gzip stream of these bytes, not packed.
pub fn stream(bytes: &[u8]) -> Vec<u8> {
    let mut stream = GzEncoder::new(Vec::new(), Compression::none());
    stream.write_all(bytes).expect("memory");
    stream.finish().expect("memory")
}

/// A file of PyTorch with this pickle, and eight storages of 256 bytes.
pub fn of_pickle(pickle: &[u8]) -> Vec<u8> {
    let storages = ["0", "1", "2", "3", "4", "5", "6", "7"].map(|name| format!("a/data/{name}"));
    let small = [("a/byteorder", &b"little"[..]), ("a/version", b"3\n")];
    let large = storages.iter().map(|name| (&name[..], &[1; 256][..]));
    archive([("a/data.pkl", pickle)].into_iter().chain(small).chain(large))
}

/// A file of skops with this schema, and arrays `0.npy` (2 x 3), `1.npy` (3) and `2.npy` (2).
pub fn of_schema(schema: &[u8]) -> Vec<u8> {
    let array = |shape: &str, count: usize| {
        let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n");
        let length = (header.len() as u16).to_le_bytes();
        [&b"\x93NUMPY\x01\0"[..], &length, header.as_bytes(), &[0; 64][..8 * count]].concat()
    };
    let (weights, hidden, visible) = (array("(2, 3)", 6), array("(3,)", 3), array("(2,)", 2));
    archive([("0.npy", &weights[..]), ("1.npy", &hidden), ("2.npy", &visible), ("schema.json", schema)].into_iter())
}

/// An archive of these members, not packed.
fn archive<'a>(members: impl Iterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in members {
        archive.start_file(name, stored).and_then(|()| Ok(archive.write_all(bytes)?)).expect("memory");
    }
    archive.finish().expect("memory").into_inner()
}
