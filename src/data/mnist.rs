//! The packed form of a data set, and MNIST in that form inside the program.
//!
//! One gzip stream holds, all numbers as little-endian u32: the eight bytes `rbm-bits`, version
//! (1), threshold, height, width, number of training images, number of test images; then the
//! training images, the test images, the training labels and the test labels. An image takes
//! `height * width` / 8 bytes, rounded up: unit u is bit `u % 8` (0 = lowest) of byte `u / 8`,
//! unused bits are zero. A label takes one byte. Gzip's checksum guards the whole.

use super::folder::Files;
use super::idx::{IdxFile, Kind};
use super::{Binarised, DataError, Dataset, Reading, Split};
use crate::bits::States;
use crate::file::{self, hex};
use flate2::bufread::MultiGzDecoder;
use flate2::{Compression, GzBuilder};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

const EMBEDDED: &[u8] = include_bytes!("../../data/mnist.bin.gz");
const FILE_NAME: &str = "mnist.bin.gz";
/// SHA-256 of the embedded set before compression (`zcat data/mnist.bin.gz | sha256sum`).
const EMBEDDED_SHA256: &str = "7134ff62760a533770a36653ceba3b2b97e2aea1e15f73b6356034186b72e176";
const MAGIC: &[u8; 8] = b"rbm-bits";
const VERSION: u32 = 1;
const HEADER_LEN: usize = 32;

/// Names of the official files without `-idx3-ubyte` and so on, and what they hold.
const OFFICIAL: [(&str, Kind); 4] = [
    ("train-images", Kind::Images),
    ("train-labels", Kind::Labels),
    ("t10k-images", Kind::Images),
    ("t10k-labels", Kind::Labels),
];

/// MD5 of the uncompressed official files, in that order.
const OFFICIAL_MD5: [&str; 4] = [
    "6bbc9ace898e44ae57da46a324031adb",
    "a25bea736e30d166cdddb491f175f624",
    "2646ac647ad5339dbf082846283269ea",
    "27ae3e4e09519cfbb04c329615203637",
];

/// Half of the grey scale: pixel / 255 >= 1/2 exactly when pixel >= 128.
const OFFICIAL_THRESHOLD: u8 = 128;

/// What [`pack`] wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PackReport {
    /// The file.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// Number of training images.
    pub train: usize,
    /// Number of test images.
    pub test: usize,
}

/// Packs the official MNIST files into the form that is embedded in the program.
///
/// * `dir`: folder with the four official IDX files, plain or `.gz`.
/// * `out`: folder for `mnist.bin.gz`, made when missing; an older file is replaced in one step.
///   The same input gives the same bytes.
///
/// # Errors
/// [`DataError`] as for [`Dataset::from_idx_dir`]; `Checksum` when a file is not the official one
/// byte for byte; `Io` when `out` cannot be written.
pub fn pack(dir: &Path, out: &Path) -> Result<PackReport, DataError> {
    for ((stem, kind), expected) in OFFICIAL.into_iter().zip(OFFICIAL_MD5) {
        let file = IdxFile::read(&official(dir, stem, kind)?, kind)?;
        let found = file.md5();
        if found != expected {
            return Err(DataError::Checksum { path: file.path, found, expected });
        }
    }
    let path = |at: usize| official(dir, OFFICIAL[at].0, OFFICIAL[at].1);
    let files =
        Files { train: path(0)?, train_labels: Some(path(1)?), test: Some(path(2)?), test_labels: Some(path(3)?) };
    let reading = Reading { threshold: Some(f64::from(OFFICIAL_THRESHOLD)), ..Reading::default() };
    let (dataset, _) = Dataset::of_files("mnist".into(), &files, &reading)?;
    let packed = dataset.to_packed()?;
    let path = out.join(FILE_NAME);
    file::replace(&path, &packed).map_err(|source| DataError::Io { path: path.clone(), action: "written", source })?;
    Ok(PackReport {
        path,
        bytes: packed.len() as u64,
        train: dataset.train.labels.len(),
        test: dataset.test.labels.len(),
    })
}

/// The first of `stem-idxD-ubyte`, `stem.idxD-ubyte` and the same with `.gz` that exists.
fn official(dir: &Path, stem: &str, kind: Kind) -> Result<PathBuf, DataError> {
    let dimensions = if kind == Kind::Images { 3 } else { 1 };
    let name = format!("{stem}-idx{dimensions}-ubyte");
    let dotted = format!("{stem}.idx{dimensions}-ubyte");
    [name.clone(), dotted.clone(), format!("{name}.gz"), format!("{dotted}.gz")]
        .iter()
        .map(|name| dir.join(name))
        .find(|path| path.is_file())
        .ok_or(DataError::Missing { path: dir.join(name) })
}

/// Whether a file begins as a packed data set; a pipe or a device is not opened, which could wait
/// for ever.
pub fn is_packed(path: &Path) -> bool {
    if !path.is_file() {
        return false;
    }
    let mut head = [0; MAGIC.len()];
    let read = |file: std::fs::File| MultiGzDecoder::new(std::io::BufReader::new(file)).read_exact(&mut head);
    std::fs::File::open(path).and_then(read).is_ok() && head == *MAGIC
}

impl Dataset {
    /// The MNIST digits, binarised at half of the grey scale: 60,000 training and 10,000 test
    /// images of 28 x 28 pixels.
    ///
    /// Decodes the set that is built into the program; keep the result rather than calling twice.
    ///
    /// # Errors
    /// `Packed` when the program was built from a damaged `data/mnist.bin.gz`.
    ///
    /// # Source
    /// LeCun, Cortes, Burges, The MNIST database of handwritten digits (CC BY-SA 3.0; changed:
    /// binarised, packed).
    ///
    /// # Example
    /// ```
    /// let mnist = rbm_landscape::data::Dataset::mnist()?;
    /// assert_eq!((mnist.train.images.rows(), mnist.train.images.units()), (60_000, 784));
    /// assert_eq!(mnist.train.labels[..5], [5, 0, 4, 1, 9]); // the first five digits of the published set
    /// # Ok::<(), rbm_landscape::data::DataError>(())
    /// ```
    pub fn mnist() -> Result<Self, DataError> {
        Self::from_packed("mnist", EMBEDDED)
    }

    /// Whether these are the images and labels of [`Dataset::mnist`], whatever the name.
    pub fn is_mnist(&self) -> bool {
        let sizes = [self.height, self.width, self.train.images.rows(), self.test.images.rows()];
        sizes == [28, 28, 60_000, 10_000]
            && self.plain().is_ok_and(|plain| hex(&Sha256::digest(&plain)) == EMBEDDED_SHA256)
    }

    /// The data set in packed form, see the module's first lines; the same set gives the same
    /// bytes.
    ///
    /// # Errors
    /// `Packed` when the set contradicts itself (sizes, numbers of labels) or has more than u32
    /// images or pixels.
    pub fn to_packed(&self) -> Result<Vec<u8>, DataError> {
        let plain = self.plain()?;
        // No time stamp: the file depends on the images only.
        let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
        let written = encoder.write_all(&plain).and_then(|()| encoder.finish());
        written.map_err(|source| DataError::Packed { name: self.name.clone(), what: source.to_string() })
    }

    /// The packed form before it is compressed.
    fn plain(&self) -> Result<Vec<u8>, DataError> {
        let broken = |what: &str| DataError::Packed { name: self.name.clone(), what: what.to_string() };
        let threshold = match self.binarised {
            Binarised::From(value) if (0.0..=255.0).contains(&value) && value.fract() == 0.0 => value as u32,
            _ => return Err(broken("only images that are binarised at a whole grey value can be packed")),
        };
        let number = |n: usize| u32::try_from(n).map_err(|_| broken("a size does not fit 32 bits"));
        for split in [&self.train, &self.test] {
            if split.images.units() != self.height * self.width {
                return Err(broken("units are not height x width"));
            }
            if split.labels.len() != split.images.rows() {
                return Err(broken("images and labels differ in number"));
            }
        }
        let mut plain = MAGIC.to_vec();
        let sizes = [self.height, self.width, self.train.images.rows(), self.test.images.rows()];
        plain.extend(VERSION.to_le_bytes());
        plain.extend(threshold.to_le_bytes());
        for size in sizes {
            plain.extend(number(size)?.to_le_bytes());
        }
        let row_len = (self.height * self.width).div_ceil(8);
        for images in [&self.train.images, &self.test.images] {
            for row in 0..images.rows() {
                plain.extend(images.row(row).iter().flat_map(|word| word.to_le_bytes()).take(row_len));
            }
        }
        plain.extend(&self.train.labels);
        plain.extend(&self.test.labels);
        Ok(plain)
    }

    /// Reads a packed data set, the inverse of [`Dataset::to_packed`].
    ///
    /// * `name`: what to call it; the packed form holds no name.
    /// * `packed`: the bytes of the file.
    ///
    /// # Errors
    /// `Packed` when the bytes are not what `to_packed` writes: damaged, cut off, continued, or of
    /// another version.
    pub fn from_packed(name: &str, packed: &[u8]) -> Result<Self, DataError> {
        let broken = |what: String| DataError::Packed { name: name.to_string(), what };
        let damaged = |source: std::io::Error| broken(format!("damaged gzip data ({source})"));
        let mut source = MultiGzDecoder::new(packed);
        let mut header = [0; HEADER_LEN];
        source.read_exact(&mut header).map_err(damaged)?;
        let (magic, fields) = header.split_at(MAGIC.len());
        if magic != MAGIC {
            return Err(broken("does not begin with `rbm-bits`".into()));
        }
        let field =
            |at: usize| fields[4 * at..4 * at + 4].iter().rev().fold(0, |n: u32, &byte| n << 8 | u32::from(byte));
        if field(0) != VERSION {
            return Err(broken(format!("version {} is not the known version {VERSION}", field(0))));
        }
        let threshold = u8::try_from(field(1)).map_err(|_| broken("the threshold is no byte".into()))?;
        let (height, width, train, test) = (field(2) as usize, field(3) as usize, field(4) as usize, field(5) as usize);
        let row_len = (height as u64 * width as u64).div_ceil(8);
        // The sizes are not trusted: take() lets the buffers grow only with bytes that are really
        // there.
        let mut bytes = |wanted: u128| -> Result<Vec<u8>, DataError> {
            let mut out = Vec::new();
            let limit = u64::try_from(wanted).unwrap_or(u64::MAX);
            source.by_ref().take(limit).read_to_end(&mut out).map_err(damaged)?;
            let complete = out.len() as u128 == wanted;
            complete.then_some(out).ok_or_else(|| broken("ends before its header says".into()))
        };
        let train_rows = bytes(row_len as u128 * train as u128)?;
        let test_rows = bytes(row_len as u128 * test as u128)?;
        let train_labels = bytes(train as u128)?;
        let test_labels = bytes(test as u128)?;
        // Reading past the end is also what makes gzip compare its checksum.
        if source.read(&mut [0]).map_err(damaged)? != 0 {
            return Err(broken("goes on after its header says it ends".into()));
        }
        let images = |rows: &[u8], count: usize| {
            let row_len = row_len as usize;
            let words = rows.chunks(row_len.max(1)).flat_map(|row| row.chunks(8).map(little_endian)).collect();
            States::from_words(count, height * width, words).ok_or_else(|| broken("an unused bit is set".into()))
        };
        Ok(Self {
            name: name.to_string(),
            binarised: Binarised::From(f64::from(threshold)),
            height,
            width,
            train: Split { images: images(&train_rows, train)?, labels: train_labels },
            test: Split { images: images(&test_rows, test)?, labels: test_labels },
        })
    }
}

/// Up to eight bytes as one word, lowest byte first.
fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzBuilder::new().write(Vec::new(), Compression::default());
        encoder.write_all(plain).expect("memory");
        encoder.finish().expect("memory")
    }

    /// A packed file by the module's first lines.
    fn file(fields: [u32; 6], body: &[u8]) -> Vec<u8> {
        let header = fields.iter().flat_map(|field| field.to_le_bytes());
        gzip(&b"rbm-bits".iter().copied().chain(header).chain(body.iter().copied()).collect::<Vec<u8>>())
    }

    fn unpacked(packed: &[u8]) -> Vec<u8> {
        let mut plain = Vec::new();
        MultiGzDecoder::new(packed).read_to_end(&mut plain).expect("whole");
        plain
    }

    /// 3 training and 2 test images of 5 x 15 pixels: 75 units in two words, ten bytes packed.
    fn small() -> Dataset {
        let images = |rows: usize, step: usize| States::from_fn(rows, 75, |row, unit| (row * 5 + unit * step) % 7 < 3);
        Dataset {
            name: "small".into(),
            binarised: Binarised::From(200.0),
            height: 5,
            width: 15,
            train: Split { images: images(3, 2), labels: vec![1, 255, 3] },
            test: Split { images: images(2, 3), labels: vec![4, 0] },
        }
    }

    fn why(packed: &[u8]) -> String {
        Dataset::from_packed("odd", packed).expect_err("must be refused").to_string()
    }

    #[test]
    fn the_packed_form_is_the_documented_one_and_comes_back() {
        let set = small();
        let packed = set.to_packed().expect("consistent");
        assert_eq!(packed[4..8], [0; 4]); // RFC 1952: the time stamp
        // Bit by bit after the documentation: unit u is bit u % 8 of byte u / 8.
        let mut plain = b"rbm-bits".to_vec();
        [1u32, 200, 5, 15, 3, 2].iter().for_each(|field| plain.extend(field.to_le_bytes()));
        for split in [&set.train, &set.test] {
            for row in 0..split.images.rows() {
                let mut bytes = [0u8; 10];
                (0..75).filter(|unit| split.images.get(row, *unit)).for_each(|unit| bytes[unit / 8] |= 1 << (unit % 8));
                plain.extend(bytes);
            }
        }
        plain.extend([1, 255, 3, 4, 0]);
        assert_eq!(unpacked(&packed), plain);
        assert_eq!(Dataset::from_packed("small", &packed).expect("as written"), set);
        assert_eq!(Dataset::from_packed("small", &gzip(&plain)).expect("by hand"), set);
    }

    #[test]
    fn bits_count_from_the_lowest_and_sizes_may_exceed_a_byte() {
        // by hand: 0b101 are units 0 and 2, 0b010 is unit 1
        let set = Dataset::from_packed("hand", &file([1, 128, 1, 3, 1, 1], &[0b101, 0b010, 7, 9])).expect("honest");
        assert_eq!((set.binarised, set.height, set.width), (Binarised::From(128.0), 1, 3));
        assert_eq!(set.train.images.ones(0).collect::<Vec<_>>(), [0, 2]);
        assert_eq!((set.test.images.ones(0).collect::<Vec<_>>(), set.test.labels), (vec![1], vec![9]));
        // by hand: 258 = 0x0102 images of one pixel, the last one on; one test image
        let mut body = vec![0; 2 * 259];
        body[257] = 1;
        body[259 + 257] = 6; // the label of the last training image
        let set = Dataset::from_packed("many", &file([1, 1, 1, 1, 258, 1], &body)).expect("honest");
        assert_eq!((set.train.images.rows(), set.test.images.rows()), (258, 1));
        assert!(set.train.images.get(257, 0) && !set.train.images.get(256, 0));
        assert_eq!((set.train.labels[257], &set.test.labels), (6, &vec![0]));
        // by hand: 0x0807060504030201 lowest byte first; fewer bytes are the low ones
        assert_eq!(little_endian(&[1, 2, 3, 4, 5, 6, 7, 8]), 0x0807_0605_0403_0201);
        assert_eq!((little_endian(&[0xff, 3]), little_endian(&[])), (0x3ff, 0));
    }

    #[test]
    fn a_header_that_lies_is_refused_with_its_reason() {
        let honest = [1, 128, 1, 3, 1, 1];
        let with = |at: usize, value: u32| {
            let mut fields = honest;
            fields[at] = value;
            why(&file(fields, &[0b101, 0b010, 7, 9]))
        };
        assert!(with(0, 2).contains("version 2 is not the known version 1"));
        assert!(with(1, 256).contains("the threshold is no byte"));
        for (at, value) in [(2, 5), (3, 9), (4, 2), (5, 2), (4, u32::MAX), (2, u32::MAX)] {
            assert!(with(at, value).contains("ends before its header says"), "field {at} = {value}");
        }
        for (at, value) in [(4, 0), (5, 0), (3, 0)] {
            assert!(with(at, value).contains("goes on after its header says it ends"), "field {at} = {value}");
        }
        assert!(why(&file(honest, &[0b1000, 0, 7, 9])).contains("an unused bit is set"));
        assert!(why(&gzip(&[b'x'; 36])).contains("does not begin with `rbm-bits`"));
        assert!(why(b"no gzip at all").contains("damaged gzip data"));
        assert!(why(&gzip(b"rbm-bits")).contains("damaged gzip data"));
        let packed = file(honest, &[0b101, 0b010, 7, 9]);
        for length in 0..packed.len() {
            assert!(why(&packed[..length]).starts_with("packed data set odd: "), "cut at {length}");
        }
    }

    #[test]
    fn a_set_that_contradicts_itself_is_not_packed() {
        let why = |set: &Dataset| set.to_packed().expect_err("inconsistent").to_string();
        for (height, width) in [(5, 14), (4, 15), (75, 2), (10, 10)] {
            assert!(why(&Dataset { height, width, ..small() }).contains("units are not height x width"));
        }
        let (mut fewer, mut more) = (small(), small());
        fewer.train.labels.truncate(2);
        more.test.labels.push(1);
        for set in [fewer, more] {
            assert!(why(&set).contains("images and labels differ in number"));
        }
        assert!(why(&Dataset { binarised: Binarised::Already, ..small() }).contains("whole grey value"));
        // The same pixels in another shape are consistent.
        assert!(Dataset { height: 25, width: 3, ..small() }.to_packed().is_ok());
    }

    #[test]
    fn mnist_is_known_by_its_images_and_labels() {
        let mnist = Dataset { name: "another".into(), ..Dataset::mnist().expect("embedded") };
        assert!(mnist.is_mnist() && !small().is_mnist());
        let mut other = mnist.clone();
        other.test.labels[9_999] ^= 1;
        assert!(!other.is_mnist());
        let mut other = mnist;
        other.train.images.row_mut(0)[0] ^= 1;
        assert!(!other.is_mnist());
    }

    #[test]
    fn files_that_are_not_the_official_ones_are_not_packed() {
        let (folder, out) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        for (stem, bytes) in [("images-idx3", vec![0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 9])]
            .into_iter()
            .chain([("labels-idx1", vec![0, 0, 8, 1, 0, 0, 0, 1, 4])])
        {
            for part in ["train", "t10k"] {
                std::fs::write(folder.path().join(format!("{part}-{stem}-ubyte")), &bytes).expect("writes");
            }
        }
        let error = pack(folder.path(), out.path()).expect_err("not the official files");
        // md5sum of the official first file
        assert!(
            matches!(&error, DataError::Checksum { path, expected: "6bbc9ace898e44ae57da46a324031adb", .. }
                if path.ends_with("train-images-idx3-ubyte")),
            "{error}"
        );
        assert_eq!(std::fs::read_dir(out.path()).expect("lists").count(), 0, "something was written");
    }
}
