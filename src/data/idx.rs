//! IDX files: a big-endian header and bytes, plain or gzip-compressed.

use super::DataError;
use flate2::bufread::MultiGzDecoder;
use md5::{Digest, Md5};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// No deflate stream grows by more than this factor (RFC 1951: a match of 258 bytes costs at least two bits).
const DEFLATE_RATIO: u64 = 1032;

/// What an IDX file of bytes holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Grey images: magic number 2051, then count, height, width.
    Images,
    /// Class labels: magic number 2049, then count.
    Labels,
}

impl Kind {
    /// Number of dimensions, the last digit of the magic number: 3 or 1.
    pub fn dimensions(self) -> usize {
        match self {
            Kind::Images => 3,
            Kind::Labels => 1,
        }
    }

    /// The magic number: two zero bytes, 8 for unsigned bytes, the number of dimensions.
    fn magic(self) -> u32 {
        0x0800 + self.dimensions() as u32
    }

    fn header_len(self) -> usize {
        4 + 4 * self.dimensions()
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Kind::Images => "images",
            Kind::Labels => "labels",
        })
    }
}

/// An IDX file in memory, its length checked against its header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdxFile {
    /// Where it came from.
    pub path: PathBuf,
    /// Images or labels.
    pub kind: Kind,
    /// Number of images or labels, at least 1.
    pub count: usize,
    /// Pixels from top to bottom; 1 for labels.
    pub height: usize,
    /// Pixels from left to right; 1 for labels.
    pub width: usize,
    bytes: Vec<u8>,
}

impl IdxFile {
    /// Reads one IDX file; gzip is recognised by its first two bytes, whatever the file is called.
    ///
    /// * `path`: the file.
    /// * `wanted`: what it must hold.
    ///
    /// # Errors
    /// [`DataError`] when the file is missing, unreadable, of another kind, empty, too short or too long. Memory is
    /// only taken for what a file of that length can hold, whatever its header says.
    pub fn read(path: &Path, wanted: Kind) -> Result<Self, DataError> {
        let io = |source: std::io::Error| match source.kind() {
            std::io::ErrorKind::NotFound => DataError::Missing { path: path.to_path_buf() },
            _ => DataError::Io { path: path.to_path_buf(), action: "read", source },
        };
        let file = File::open(path).map_err(io)?;
        let length = file.metadata().map_err(io)?.len();
        let mut file = BufReader::new(file);
        if file.fill_buf().map_err(io)?.starts_with(&[0x1f, 0x8b]) {
            let corrupt = |source| DataError::Corrupt { path: path.to_path_buf(), source };
            let ceiling = length.saturating_mul(DEFLATE_RATIO);
            parse(&mut MultiGzDecoder::new(file), ceiling, path, wanted, &corrupt)
        } else {
            parse(&mut file, length, path, wanted, &io)
        }
    }

    /// The bytes after the header: pixels (image after image, row after row) or labels.
    pub fn values(&self) -> &[u8] {
        &self.bytes[self.kind.header_len()..]
    }

    /// MD5 of the whole uncompressed file, in hexadecimal.
    pub fn md5(&self) -> String {
        Md5::digest(&self.bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Reads header and body; `ceiling` is the largest number of bytes that `source` can give.
fn parse(
    source: &mut dyn Read,
    ceiling: u64,
    path: &Path,
    wanted: Kind,
    failed: &dyn Fn(std::io::Error) -> DataError,
) -> Result<IdxFile, DataError> {
    let path = path.to_path_buf();
    let header_len = wanted.header_len();
    let mut bytes = Vec::new();
    source.take(4).read_to_end(&mut bytes).map_err(failed)?;
    let Some(magic) = big_endian(&bytes, 0) else {
        return Err(DataError::Truncated { path, expected: header_len as u128, found: bytes.len() as u64 });
    };
    if let Some(found) = [Kind::Images, Kind::Labels].into_iter().find(|&kind| kind != wanted && magic == kind.magic())
    {
        return Err(DataError::WrongKind { path, found, wanted });
    }
    if magic != wanted.magic() {
        return Err(DataError::NotIdx { path, magic });
    }

    source.take(header_len as u64 - 4).read_to_end(&mut bytes).map_err(failed)?;
    let sizes: Option<Vec<u32>> = (1..=wanted.dimensions()).map(|field| big_endian(&bytes, 4 * field)).collect();
    let Some(sizes) = sizes else {
        return Err(DataError::Truncated { path, expected: header_len as u128, found: bytes.len() as u64 });
    };
    let size = |field: usize| sizes.get(field).map_or(1, |&size| size as usize);
    let (count, height, width) = (size(0), size(1), size(2));
    if count == 0 {
        return Err(DataError::Empty { path, kind: wanted });
    }
    if height == 0 || width == 0 {
        return Err(DataError::NoPixels { path, height, width });
    }

    // Three 32-bit sizes multiply to 96 bits: in u128 nothing wraps, and nothing is allocated before the comparison.
    let announced = header_len as u128 + count as u128 * height as u128 * width as u128;
    let expected = match u64::try_from(announced) {
        Ok(expected) if expected <= ceiling => expected,
        _ => return Err(DataError::Truncated { path, expected: announced, found: ceiling }),
    };
    // One byte more than announced, so that trailing bytes are seen and (for gzip) the checksum is reached.
    source.take(expected - header_len as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    match (bytes.len() as u64).cmp(&expected) {
        std::cmp::Ordering::Less => Err(DataError::Truncated { path, expected: announced, found: bytes.len() as u64 }),
        std::cmp::Ordering::Greater => Err(DataError::Trailing { path, expected }),
        std::cmp::Ordering::Equal => Ok(IdxFile { path, kind: wanted, count, height, width, bytes }),
    }
}

fn big_endian(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at + 4)?;
    Some(four.iter().fold(0, |number, &byte| number << 8 | u32::from(byte)))
}
