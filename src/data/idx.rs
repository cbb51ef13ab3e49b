//! IDX files: a big-endian header and values, plain or gzip-compressed. Two zero bytes, the type of
//! the values and the number of dimensions come first, then the dimensions.

use super::DataError;
use crate::file::hex;
use flate2::bufread::MultiGzDecoder;
use md5::{Digest, Md5};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// No deflate stream grows by more than this factor (RFC 1951: a match of 258 bytes costs at least
/// two bits).
const DEFLATE_RATIO: u64 = 1032;

/// What an IDX file of bytes holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Grey images: magic number 2051, then count, height, width.
    Images,
    /// Class labels: magic number 2049, then count; or whole numbers of 32 bits, one per image
    /// (3073) or several of which the first is the class (3074, as of QMNIST).
    Labels,
}

/// Bytes, and whole numbers of 32 bits.
const BYTES: u32 = 0x0800;
const WORDS: u32 = 0x0c00;

impl Kind {
    /// What a magic number says.
    fn of(magic: u32) -> Option<Self> {
        match (magic & 0xffff_ff00, magic & 0xff) {
            (BYTES, 3) => Some(Kind::Images),
            (BYTES | WORDS, 1) | (WORDS, 2) => Some(Kind::Labels),
            _ => None,
        }
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
    /// The file, up to labels of 32 bits, of which one byte is kept.
    bytes: Vec<u8>,
    /// Where the values begin.
    start: usize,
}

impl IdxFile {
    /// Reads one IDX file; gzip is recognised by its first two bytes, whatever the file is called.
    ///
    /// * `path`: the file.
    /// * `wanted`: what it must hold.
    ///
    /// # Errors
    /// [`DataError`] when the file is missing, unreadable, of another kind, empty, too short or too
    /// long. Memory is only taken for what a file of that length can hold, whatever its header
    /// says.
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

    /// What a file holds by its first bytes, plain or compressed; none for any other file.
    pub(super) fn kind(path: &Path) -> Option<Kind> {
        Self::magic(path).and_then(Kind::of)
    }

    /// Whether a file begins as an IDX file of any type and number of dimensions.
    pub(super) fn is_idx(path: &Path) -> bool {
        let of = |magic: u32| matches!(magic.to_be_bytes(), [0, 0, 0x08 | 0x09 | 0x0b..=0x0e, 1..=8]);
        Self::magic(path).is_some_and(of)
    }

    /// The first four bytes; none of a pipe or a device, which could keep waiting for them.
    fn magic(path: &Path) -> Option<u32> {
        if !path.is_file() {
            return None;
        }
        let first = || -> std::io::Result<[u8; 4]> {
            let (mut head, mut bytes) = ([0; 4], [0; 4]);
            File::open(path)?.read_exact(&mut head)?;
            if head.starts_with(&[0x1f, 0x8b]) {
                MultiGzDecoder::new(BufReader::new(File::open(path)?)).read_exact(&mut bytes)?;
                return Ok(bytes);
            }
            Ok(head)
        };
        first().ok().map(u32::from_be_bytes)
    }

    /// Pixels (image after image, row after row) or labels.
    pub fn values(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    /// MD5 of the whole uncompressed file, in hexadecimal.
    pub(super) fn md5(&self) -> String {
        hex(&Md5::digest(&self.bytes))
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
    let mut bytes = Vec::new();
    source.take(4).read_to_end(&mut bytes).map_err(failed)?;
    let Some(magic) = big_endian(&bytes, 0) else {
        let least = if wanted == Kind::Images { 16 } else { 8 };
        return Err(DataError::Truncated { path, expected: least, found: bytes.len() as u64 });
    };
    match Kind::of(magic) {
        Some(found) if found == wanted => {}
        Some(found) => return Err(DataError::WrongKind { path, found, wanted }),
        None => return Err(DataError::NotIdx { path, magic }),
    }
    let (dimensions, width_of_value) = ((magic & 0xff) as usize, if magic & 0xff00 == WORDS { 4 } else { 1 });
    let start = 4 + 4 * dimensions;

    source.take(start as u64 - 4).read_to_end(&mut bytes).map_err(failed)?;
    let sizes: Option<Vec<u32>> = (1..=dimensions).map(|field| big_endian(&bytes, 4 * field)).collect();
    let Some(sizes) = sizes else {
        return Err(DataError::Truncated { path, expected: start as u128, found: bytes.len() as u64 });
    };
    let size = |field: usize| sizes.get(field).map_or(1, |&size| size as usize);
    let (count, height, width) = (size(0), size(1), size(2));
    if count == 0 {
        return Err(DataError::Empty { path, kind: wanted });
    }
    if height == 0 || width == 0 {
        return Err(DataError::NoPixels { path, height, width });
    }

    // Three 32-bit sizes multiply to 96 bits: in u128 nothing wraps, and nothing is allocated
    // before the comparison.
    let announced = start as u128 + count as u128 * height as u128 * width as u128 * width_of_value;
    let expected = match u64::try_from(announced) {
        Ok(expected) if expected <= ceiling => expected,
        _ => return Err(DataError::Truncated { path, expected: announced, found: ceiling }),
    };
    // One byte more than announced, so that trailing bytes are seen and (for gzip) the checksum is
    // reached.
    source.take(expected - start as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    match (bytes.len() as u64).cmp(&expected) {
        std::cmp::Ordering::Less => {
            return Err(DataError::Truncated { path, expected: announced, found: bytes.len() as u64 });
        }
        std::cmp::Ordering::Greater => return Err(DataError::Trailing { path, expected }),
        std::cmp::Ordering::Equal => {}
    }
    if wanted == Kind::Images || width_of_value == 1 {
        return Ok(IdxFile { path, kind: wanted, count, height, width, bytes, start });
    }
    // Of several numbers per image the first is the class.
    let classes = (0..count).map(|row| {
        let label = big_endian(&bytes, start + 4 * row * height).unwrap_or(u32::MAX) as i32;
        u8::try_from(label).map_err(|_| DataError::Label { path: path.clone(), row: row + 1, label })
    });
    let bytes = classes.collect::<Result<_, _>>()?;
    Ok(IdxFile { path, kind: wanted, count, height: 1, width: 1, bytes, start: 0 })
}

fn big_endian(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at + 4)?;
    Some(four.iter().fold(0, |number, &byte| number << 8 | u32::from(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn idx(magic: u32, sizes: &[u32], values: &[u8]) -> Vec<u8> {
        let header = [magic].into_iter().chain(sizes.iter().copied()).flat_map(u32::to_be_bytes);
        header.chain(values.iter().copied()).collect()
    }

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(plain).expect("memory");
        encoder.finish().expect("memory")
    }

    fn read(bytes: &[u8], wanted: Kind) -> Result<IdxFile, DataError> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), bytes).expect("writes");
        IdxFile::read(file.path(), wanted)
    }

    /// 2 images of 3 x 5 pixels, all of different grey.
    fn images() -> Vec<u8> {
        idx(2051, &[2, 3, 5], &(100..130).collect::<Vec<u8>>())
    }

    #[test]
    fn images_and_labels_are_what_their_headers_say_plain_and_compressed() {
        for bytes in [images(), gzip(&images())] {
            let found = read(&bytes, Kind::Images).expect("two images");
            assert_eq!((found.kind, found.count, found.height, found.width), (Kind::Images, 2, 3, 5));
            assert_eq!(found.values(), (100..130).collect::<Vec<u8>>());
            // md5sum of the same 46 bytes
            assert_eq!(found.md5(), "cf54953cabc596c1e52bef060f516b67");
        }
        // 258 labels: two bytes of the count are not zero.
        let values: Vec<u8> = (0..258).map(|at| (at % 251) as u8).collect();
        for bytes in [idx(2049, &[258], &values), gzip(&idx(2049, &[258], &values))] {
            let found = read(&bytes, Kind::Labels).expect("labels");
            assert_eq!((found.kind, found.count, found.height, found.width), (Kind::Labels, 258, 1, 1));
            assert_eq!(found.values(), values);
        }
        assert_eq!(
            [2051, 2049, 3073, 3074].map(Kind::of),
            [Kind::Images, Kind::Labels, Kind::Labels, Kind::Labels].map(Some)
        );
        // One image of one pixel: the smallest file, 16 + 1 bytes.
        assert_eq!(read(&idx(2051, &[1, 1, 1], &[9]), Kind::Images).expect("one pixel").values(), [9]);
    }

    #[test]
    fn of_labels_of_32_bits_the_first_per_image_is_the_class() {
        // QMNIST: two images of three numbers each, by hand.
        let words = |numbers: &[i32]| numbers.iter().flat_map(|x| x.to_be_bytes()).collect::<Vec<u8>>();
        let file = |numbers: &[i32]| idx(3074, &[2, 3], &words(numbers));
        for bytes in [file(&[7, 1, 2, 9, 3, 4]), idx(3073, &[2], &words(&[7, 9]))] {
            let found = read(&bytes, Kind::Labels).expect("two labels");
            assert_eq!((found.count, found.height, found.width, found.values()), (2, 1, 1, &[7, 9][..]));
        }
        for (label, row) in [(256, 2), (-1, 2)] {
            let error = read(&file(&[7, 1, 2, label, 3, 4]), Kind::Labels).expect_err("no class");
            assert!(
                matches!(error, DataError::Label { row: found, label: of, .. } if (found, of) == (row, label)),
                "{error}"
            );
        }
        // by hand: 4 + 2 · 4 + 6 · 4
        assert!(matches!(
            read(&file(&[7, 1, 2, 9, 3]), Kind::Labels),
            Err(DataError::Truncated { expected: 36, found: 32, .. })
        ));
    }

    #[test]
    fn big_endian_numbers_need_four_bytes() {
        // by hand: 1 · 2^24 + 2 · 2^16 + 3 · 2^8 + 4
        assert_eq!(big_endian(&[9, 1, 2, 3, 4], 1), Some(16_909_060));
        assert_eq!((big_endian(&[1, 2, 3], 0), big_endian(&[1, 2, 3, 4], 1)), (None, None));
    }

    #[test]
    fn files_of_another_kind_are_told_apart() {
        let error = read(&images(), Kind::Labels).expect_err("images");
        assert!(matches!(error, DataError::WrongKind { found: Kind::Images, wanted: Kind::Labels, .. }), "{error}");
        assert!(error.to_string().contains("holds images where labels are expected"), "{error}");
        let error = read(&idx(2049, &[2], &[7, 8]), Kind::Images).expect_err("labels");
        assert!(matches!(error, DataError::WrongKind { found: Kind::Labels, wanted: Kind::Images, .. }), "{error}");
        assert!(error.to_string().contains("holds labels where images are expected"), "{error}");
        assert_eq!(format!("{:>8}|{:<7}", Kind::Images, Kind::Labels), "  images|labels ");
        // 2050 would be two dimensions, 3 or 1 alone no magic number.
        for magic in [2050, 3, 1, 0] {
            for wanted in [Kind::Images, Kind::Labels] {
                let error = read(&idx(magic, &[1, 1, 1], &[1]), wanted).expect_err("neither");
                assert!(matches!(error, DataError::NotIdx { magic: found, .. } if found == magic), "{error}");
            }
        }
        assert!(matches!(
            IdxFile::read(Path::new("no/such/file"), Kind::Images),
            Err(DataError::Missing { path }) if path == Path::new("no/such/file")
        ));
        let folder = tempfile::tempdir().expect("a folder");
        assert!(matches!(IdxFile::read(folder.path(), Kind::Images), Err(DataError::Io { action: "read", .. })));
    }

    #[test]
    fn a_file_that_is_cut_or_goes_on_says_how_long_it_should_be() {
        let whole = images();
        for length in 0..whole.len() {
            // by hand: before the sizes are known the header's 16 bytes, then 16 + 2 · 3 · 5
            let announced = if length < 16 { 16 } else { 46 };
            let error = read(&whole[..length], Kind::Images).expect_err("cut");
            assert!(
                matches!(error, DataError::Truncated { expected, found, .. }
                    if expected == announced && found == length as u64),
                "{error}"
            );
        }
        for length in [0, 3, 15, 16, 45] {
            let error = read(&gzip(&whole[..length]), Kind::Images).expect_err("cut");
            assert!(matches!(error, DataError::Truncated { .. }), "{length}: {error}");
        }
        for more in [1, 2, 40] {
            let longer = [whole.clone(), vec![0; more]].concat();
            for bytes in [longer.clone(), gzip(&longer)] {
                assert!(matches!(read(&bytes, Kind::Images), Err(DataError::Trailing { expected: 46, .. })), "{more}");
            }
        }
        // A label file has a header of 8 bytes.
        assert!(matches!(
            read(&idx(2049, &[], &[0, 0]), Kind::Labels),
            Err(DataError::Truncated { expected: 8, found: 6, .. })
        ));
        assert!(matches!(
            read(&idx(2049, &[5], &[1, 2]), Kind::Labels),
            Err(DataError::Truncated { expected: 13, found: 10, .. })
        ));
        let mut damaged = gzip(&whole);
        let at = damaged.len() - 8; // the checksum
        damaged[at] ^= 1;
        assert!(matches!(read(&damaged, Kind::Images), Err(DataError::Corrupt { .. })));
    }

    #[test]
    fn what_no_file_of_that_length_can_hold_is_refused_unread() {
        // by hand: (2^32 − 1)^3 + 16 needs 96 bits
        let error = read(&idx(2051, &[u32::MAX; 3], &[0; 15]), Kind::Images).expect_err("too much");
        let needed = u128::from(u32::MAX).pow(3) + 16;
        assert!(matches!(error, DataError::Truncated { expected, found: 31, .. } if expected == needed), "{error}");
        // Deflate grows a byte to 1032 at most: the ceiling, not what is really in the file.
        let packed = gzip(&idx(2049, &[u32::MAX], &[0; 11]));
        let ceiling = 1032 * packed.len() as u64;
        let error = read(&packed, Kind::Labels).expect_err("too much");
        assert!(
            matches!(error, DataError::Truncated { expected: 4_294_967_303, found, .. } if found == ceiling),
            "{error}"
        );
    }

    #[test]
    fn no_images_no_labels_and_no_pixels_are_refused() {
        let refused = |sizes: &[u32], kind: Kind| {
            let magic = if kind == Kind::Images { 2051 } else { 2049 };
            read(&idx(magic, sizes, &[]), kind).expect_err("nothing in it")
        };
        let empty = [refused(&[0, 3, 5], Kind::Images), refused(&[0], Kind::Labels)];
        assert!(matches!(&empty[0], DataError::Empty { kind: Kind::Images, .. }), "{}", empty[0]);
        assert!(empty[1].to_string().contains("holds no labels"), "{}", empty[1]);
        for (height, width) in [(0, 5), (3, 0), (0, 0)] {
            let error = refused(&[2, height, width], Kind::Images);
            assert!(error.to_string().contains(&format!("images of {height} x {width} pixels")), "{error}");
        }
    }
}
