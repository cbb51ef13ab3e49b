//! Data sets of binary images: the embedded MNIST set and IDX files from disk.
//!
//! [`idx`] reads the file format, [`mnist`] the packed form that is built into the program; both end in a [`Dataset`].

pub mod idx;
pub mod mnist;

pub use mnist::{PackReport, pack};

use crate::bits::States;
use idx::{IdxFile, Kind};
use std::path::{Path, PathBuf};

/// The images and labels of one part of a data set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Binary images, one a row, `height * width` units; unit = row of pixels * width + column.
    pub images: States,
    /// The class of each image, in the order of `images`.
    pub labels: Vec<u8>,
}

/// Binary images with labels, in a training part and a test part of the same image size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// What reports call it.
    pub name: String,
    /// A pixel is on when its grey value (0 to 255) is at least this.
    pub threshold: u8,
    /// Pixels from top to bottom.
    pub height: usize,
    /// Pixels from left to right.
    pub width: usize,
    /// The images to learn from.
    pub train: Split,
    /// The images held back.
    pub test: Split,
}

impl Dataset {
    /// Reads the four official IDX files of a folder and binarises them: unit = 1 where pixel >= threshold.
    ///
    /// * `dir`: folder with `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte` and
    ///   `t10k-labels-idx1-ubyte`, each plain or as `.gz`, `.idx` accepted for `-idx`; its last component names the set.
    /// * `threshold`: grey value, 1 to 255 (0 turns every pixel on).
    ///
    /// Returns the images in the order of the files. Labels may be any byte; nothing limits them to ten classes.
    ///
    /// # Errors
    /// [`DataError`] when a file is missing, damaged or of the wrong kind, or when the files do not belong together.
    ///
    /// # Source
    /// The format is described at the foot of the MNIST page of LeCun, Cortes and Burges.
    pub fn from_idx_dir(dir: &Path, threshold: u8) -> Result<Self, DataError> {
        let name = dir.file_name().map_or_else(|| "idx".into(), |last| last.to_string_lossy().into_owned());
        binarise(&name, &OfficialFiles::read(dir)?, threshold)
    }
}

/// The four files of a data set as read, in the order train images, train labels, test images, test labels.
struct OfficialFiles {
    files: [IdxFile; 4],
}

impl OfficialFiles {
    const STEMS: [(&str, Kind); 4] = [
        ("train-images", Kind::Images),
        ("train-labels", Kind::Labels),
        ("t10k-images", Kind::Images),
        ("t10k-labels", Kind::Labels),
    ];

    fn read(dir: &Path) -> Result<Self, DataError> {
        let read = |(stem, kind): (&str, Kind)| IdxFile::read(&find(dir, stem, kind)?, kind);
        let [a, b, c, d] = Self::STEMS;
        Ok(Self { files: [read(a)?, read(b)?, read(c)?, read(d)?] })
    }
}

/// The first of `stem-idxD-ubyte`, `stem.idxD-ubyte` and the same with `.gz` that exists.
fn find(dir: &Path, stem: &str, kind: Kind) -> Result<PathBuf, DataError> {
    let dimensions = kind.dimensions();
    let official = format!("{stem}-idx{dimensions}-ubyte");
    let dotted = format!("{stem}.idx{dimensions}-ubyte");
    [official.clone(), dotted.clone(), format!("{official}.gz"), format!("{dotted}.gz")]
        .iter()
        .map(|name| dir.join(name))
        .find(|path| path.exists())
        .ok_or(DataError::Missing { path: dir.join(official) })
}

fn binarise(name: &str, official: &OfficialFiles, threshold: u8) -> Result<Dataset, DataError> {
    let [train_images, train_labels, test_images, test_labels] = &official.files;
    if (train_images.height, train_images.width) != (test_images.height, test_images.width) {
        return Err(DataError::SizesDiffer {
            train: train_images.path.clone(),
            train_size: (train_images.height, train_images.width),
            test: test_images.path.clone(),
            test_size: (test_images.height, test_images.width),
        });
    }
    Ok(Dataset {
        name: name.to_string(),
        threshold,
        height: train_images.height,
        width: train_images.width,
        train: split(train_images, train_labels, threshold)?,
        test: split(test_images, test_labels, threshold)?,
    })
}

fn split(images: &IdxFile, labels: &IdxFile, threshold: u8) -> Result<Split, DataError> {
    if images.count != labels.count {
        return Err(DataError::CountsDiffer {
            images: images.path.clone(),
            image_count: images.count,
            labels: labels.path.clone(),
            label_count: labels.count,
        });
    }
    let units = images.height * images.width;
    let pixels = images.values();
    let bits = States::from_fn(images.count, units, |row, unit| pixels[row * units + unit] >= threshold);
    Ok(Split { images: bits, labels: labels.values().to_vec() })
}

/// Why a data set could not be read or written; each message names the file and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A file is not there.
    #[error("{}: not found, neither plain nor with .gz; put the four official IDX files into that folder", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("{}: cannot be {action} ({source}); check the path, its permissions and the free space", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// `read` or `written`.
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// A compressed file does not decompress.
    #[error("{}: damaged gzip data ({source}); fetch or decompress the file again", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What the decompressor said.
        source: std::io::Error,
    },
    /// The first four bytes are no known magic number.
    #[error("{}: not an IDX file of bytes (magic number {magic}; images have 2051, labels 2049); give the official file, plain or .gz", path.display())]
    NotIdx {
        /// The file.
        path: PathBuf,
        /// Its first four bytes as a big-endian number.
        magic: u32,
    },
    /// Labels where images belong, or the other way round.
    #[error("{}: holds {found} where {wanted} are expected; its name belongs to the other file, rename or swap them", path.display())]
    WrongKind {
        /// The file.
        path: PathBuf,
        /// What it holds.
        found: Kind,
        /// What should be there.
        wanted: Kind,
    },
    /// The file ends before its header says so.
    #[error("{}: ends early: {expected} bytes are announced and at most {found} are there; fetch the file again", path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Bytes that there must be, header included.
        expected: u128,
        /// Bytes that there can be.
        found: u64,
    },
    /// The file goes on after its header says it ends.
    #[error("{}: goes on after the {expected} bytes that its header announces; fetch the file again", path.display())]
    Trailing {
        /// The file.
        path: PathBuf,
        /// Bytes that there should be, header included.
        expected: u64,
    },
    /// A file of no images or no labels.
    #[error("{}: holds no {kind}; give a file with at least one", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
        /// What is missing.
        kind: Kind,
    },
    /// Images without pixels.
    #[error("{}: images of {height} x {width} pixels have no units; give images of at least 1 x 1", path.display())]
    NoPixels {
        /// The file.
        path: PathBuf,
        /// Pixels from top to bottom.
        height: usize,
        /// Pixels from left to right.
        width: usize,
    },
    /// Images and labels of the same part do not pair up.
    #[error("{}: {image_count} images, but {} has {label_count} labels; take both from the same data set", images.display(), labels.display())]
    CountsDiffer {
        /// File of the images.
        images: PathBuf,
        /// Number of images.
        image_count: usize,
        /// File of the labels.
        labels: PathBuf,
        /// Number of labels.
        label_count: usize,
    },
    /// Training and test images have different shapes.
    #[error("{}: images of {} x {} pixels, but {} has {} x {}; take both from the same data set",
        train.display(), train_size.0, train_size.1, test.display(), test_size.0, test_size.1)]
    SizesDiffer {
        /// File of the training images.
        train: PathBuf,
        /// Its height and width in pixels.
        train_size: (usize, usize),
        /// File of the test images.
        test: PathBuf,
        /// Its height and width in pixels.
        test_size: (usize, usize),
    },
    /// Readable, but not the official file.
    #[error("{}: MD5 of the uncompressed bytes is {found}, the official MNIST file has {expected}; fetch the original file", path.display())]
    Checksum {
        /// The file.
        path: PathBuf,
        /// Its MD5, hexadecimal.
        found: String,
        /// The MD5 of the official file, hexadecimal.
        expected: &'static str,
    },
    /// A packed data set is damaged or inconsistent.
    #[error("packed data set {name}: {what}; write it again with `data pack DIR`")]
    Packed {
        /// Name of the data set.
        name: String,
        /// What is wrong.
        what: String,
    },
}
