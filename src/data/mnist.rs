//! The packed form of a data set, and MNIST in that form inside the program.
//!
//! One gzip stream holds, all numbers as little-endian u32: the eight bytes `rbm-bits`, version (1), threshold, height,
//! width, number of training images, number of test images; then the training images, the test images, the training
//! labels and the test labels. An image takes `height * width` / 8 bytes, rounded up: unit u is bit `u % 8` (0 = lowest)
//! of byte `u / 8`, unused bits are zero. A label takes one byte. Gzip's checksum guards the whole.

use super::{DataError, Dataset, OfficialFiles, Split, binarise};
use crate::bits::States;
use crate::file;
use flate2::bufread::MultiGzDecoder;
use flate2::{Compression, GzBuilder};
use serde::Serialize;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

const EMBEDDED: &[u8] = include_bytes!("../../data/mnist.bin.gz");
const FILE_NAME: &str = "mnist.bin.gz";
const MAGIC: &[u8; 8] = b"rbm-bits";
const VERSION: u32 = 1;
const HEADER_LEN: usize = 32;

/// MD5 of the uncompressed official files, in the order of `OfficialFiles`.
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
/// * `out`: folder for `mnist.bin.gz`, made when missing; an older file is replaced in one step. The same input gives
///   the same bytes.
///
/// # Errors
/// [`DataError`] as for [`Dataset::from_idx_dir`]; `Checksum` when a file is not the official one byte for byte; `Io`
/// when `out` cannot be written.
pub fn pack(dir: &Path, out: &Path) -> Result<PackReport, DataError> {
    let official = OfficialFiles::read(dir)?;
    for (file, expected) in official.files.iter().zip(OFFICIAL_MD5) {
        let found = file.md5();
        if found != expected {
            return Err(DataError::Checksum { path: file.path.clone(), found, expected });
        }
    }
    let dataset = binarise("mnist", &official, OFFICIAL_THRESHOLD)?;
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

impl Dataset {
    /// The MNIST digits, binarised at half of the grey scale: 60,000 training and 10,000 test images of 28 x 28 pixels.
    ///
    /// Decodes the set that is built into the program; keep the result rather than calling twice.
    ///
    /// # Errors
    /// `Packed` when the program was built from a damaged `data/mnist.bin.gz`.
    ///
    /// # Source
    /// LeCun, Cortes, Burges, The MNIST database of handwritten digits (CC BY-SA 3.0; changed: binarised, packed).
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

    /// The data set in packed form, see the module's first lines; the same set gives the same bytes.
    ///
    /// # Errors
    /// `Packed` when the set contradicts itself (sizes, numbers of labels) or has more than u32 images or pixels.
    pub fn to_packed(&self) -> Result<Vec<u8>, DataError> {
        let broken = |what: &str| DataError::Packed { name: self.name.clone(), what: what.to_string() };
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
        plain.extend(u32::from(self.threshold).to_le_bytes());
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

        // No time stamp: the file depends on the images only.
        let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
        let written = encoder.write_all(&plain).and_then(|()| encoder.finish());
        written.map_err(|source| broken(&source.to_string()))
    }

    /// Reads a packed data set, the inverse of [`Dataset::to_packed`].
    ///
    /// * `name`: what to call it; the packed form holds no name.
    /// * `packed`: the bytes of the file.
    ///
    /// # Errors
    /// `Packed` when the bytes are not what `to_packed` writes: damaged, cut off, continued, or of another version.
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
        // The sizes are not trusted: take() lets the buffers grow only with bytes that are really there.
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
            threshold,
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
