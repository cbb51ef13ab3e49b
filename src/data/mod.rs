//! Data sets of binary images: the embedded MNIST set, and what users have on disk.
//!
//! [`idx`] reads one IDX file, [`mnist`] the packed form that is built into the program; both end
//! in a [`Dataset`], as do arrays of samples. [`samples`] reads what users have for a machine of
//! their own.

mod binarise;
mod folder;
pub mod idx;
pub mod mnist;
mod read;
pub mod samples;

pub use binarise::Binarised;
pub use mnist::{PackReport, is_packed, pack};
pub use read::Reading;

use crate::bits::States;
use idx::Kind;
use std::path::{Path, PathBuf};

/// The images and labels of one part of a data set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Binary images, one per row, `height * width` units; unit = row of pixels * width + column.
    pub images: States,
    /// The class of each image, in the order of `images`.
    pub labels: Vec<u8>,
}

/// Binary images with labels, in a training part and a test part of the same image size.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// What reports call it.
    pub name: String,
    /// How values became 0 and 1.
    pub binarised: Binarised,
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
    /// Reads the IDX files of a folder and binarises them: unit = 1 where pixel >= threshold.
    ///
    /// * `dir`: folder with files such as `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`,
    ///   `t10k-images-idx3-ubyte` and `t10k-labels-idx1-ubyte`, known by the words `train`, `t10k`
    ///   or `test`, `images`, `labels` in their names, plain or compressed; its last component
    ///   names the set. Both labels may be absent (all images are then of class 0), and both files
    ///   of the test part (every seventh image is then held back).
    /// * `threshold`: grey value, 1 to 255.
    ///
    /// Returns the images in the order of the files. Labels may be any byte; nothing limits them to
    /// ten classes.
    ///
    /// # Errors
    /// [`DataError`] when a file is missing, damaged or of the wrong kind, when the files do not
    /// belong together, or when all units are constant.
    ///
    /// # Source
    /// The format is described at the foot of the MNIST page of LeCun, Cortes and Burges.
    pub fn from_idx_dir(dir: &Path, threshold: u8) -> Result<Self, DataError> {
        Ok(Self::read_dir(dir, &Reading { threshold: Some(f64::from(threshold)), ..Reading::default() })?.0)
    }

    /// The number of different labels of the images to learn from.
    pub fn class_count(&self) -> usize {
        let mut seen = [false; 256];
        self.train.labels.iter().for_each(|label| seen[usize::from(*label)] = true);
        seen.iter().filter(|seen| **seen).count()
    }
}

/// Why a data set could not be read or written; each message names the file and what to do about
/// it.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A file is not there.
    #[error("{}: not found, neither plain nor with .gz; put the IDX files of images and labels into that folder", path.display())]
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
    #[error("{}: {}", path.display(), not_idx(*magic))]
    NotIdx {
        /// The file.
        path: PathBuf,
        /// Its first four bytes as a big-endian number.
        magic: u32,
    },
    /// A label that is no class.
    #[error("{}: label {row} is {label}: classes are whole numbers from 0 to 255; number them so", path.display())]
    Label {
        /// The file.
        path: PathBuf,
        /// Which, from 1.
        row: usize,
        /// What it says.
        label: i32,
    },
    /// A folder that holds no data set, or several.
    #[error("{}: {what}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What is wrong, and what helps.
        what: String,
    },
    /// A file that cannot be read as a data set, or images that cannot be used.
    #[error("{name}: {what}")]
    Unusable {
        /// The file, or what reports call the images.
        name: String,
        /// What is wrong, and what helps.
        what: String,
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

/// What a file is that does not begin as IDX files do.
fn not_idx(magic: u32) -> String {
    let first = magic.to_be_bytes();
    match first {
        [b'<', ..] => "a web page or XML, not the file that it should be: fetch the file again".into(),
        [0, 0, 0x09 | 0x0b..=0x0e, _] | [0, 0, 8, _] => format!(
            "an IDX file of another kind (magic number {magic}): images are bytes in three dimensions (2051), labels bytes (2049) or whole numbers of 32 bits (3073, 3074)"
        ),
        _ => format!(
            "not an IDX file (magic number {magic}; images have 2051, labels 2049): give the official file, plain or .gz"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn idx(magic: u32, sizes: &[u32], values: &[u8]) -> Vec<u8> {
        let header = [magic].into_iter().chain(sizes.iter().copied()).flat_map(u32::to_be_bytes);
        header.chain(values.iter().copied()).collect()
    }

    /// Grey value of pixel `unit` of image `row`.
    fn grey(row: usize, unit: usize) -> u8 {
        ((row * 77 + unit * 29) % 256) as u8
    }

    fn images(count: usize, height: usize, width: usize) -> Vec<u8> {
        let units = height * width;
        let values: Vec<u8> = (0..count * units).map(|at| grey(at / units, at % units)).collect();
        idx(2051, &[count as u32, height as u32, width as u32], &values)
    }

    /// 4 training and 2 test images of 3 x 5 pixels; some of these files replaced, by their stem.
    fn set(replaced: &[(&str, Vec<u8>)]) -> Result<Dataset, DataError> {
        let folder = tempfile::tempdir().expect("a folder");
        let files = [
            ("train-images-idx3-ubyte", images(4, 3, 5)),
            ("train-labels.idx1-ubyte", idx(2049, &[4], &[3, 255, 0, 7])),
            ("t10k-images.idx3-ubyte", images(2, 3, 5)),
            ("t10k-labels-idx1-ubyte", idx(2049, &[2], &[1, 9])),
        ];
        for (name, bytes) in files {
            let other = replaced.iter().find(|(stem, _)| name.starts_with(stem)).map(|(_, bytes)| bytes.clone());
            std::fs::write(folder.path().join(name), other.unwrap_or(bytes)).expect("writes");
        }
        Dataset::from_idx_dir(folder.path(), 100)
    }

    #[test]
    fn a_unit_is_on_where_its_pixel_reaches_the_threshold_image_by_image() {
        let found = set(&[]).expect("four files");
        assert_eq!((found.binarised, found.height, found.width), (Binarised::From(100.0), 3, 5));
        for (split, rows, labels) in [(&found.train, 4, vec![3, 255, 0, 7]), (&found.test, 2, vec![1, 9])] {
            assert_eq!((split.images.rows(), split.images.units(), &split.labels), (rows, 15, &labels));
            for row in 0..rows {
                for unit in 0..15 {
                    assert_eq!(split.images.get(row, unit), grey(row, unit) >= 100, "{row} {unit}");
                }
            }
        }
        // by hand: the threshold itself is on, one below is off
        let bytes = idx(2051, &[2, 3, 5], &[99u8, 100, 101].repeat(10));
        let found = set(&[("t10k-images", bytes)]).expect("four files");
        assert_eq!(found.test.images.ones(0).collect::<Vec<_>>(), [1, 2, 4, 5, 7, 8, 10, 11, 13, 14]);
    }

    #[test]
    fn the_folder_names_the_set_and_a_missing_file_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = folder.path().join("digits");
        std::fs::create_dir(&dir).expect("a folder");
        let write = |name: &str, bytes: Vec<u8>| std::fs::write(dir.join(name), bytes).expect("writes");
        for stem in ["train", "t10k"] {
            write(&format!("{stem}-images-idx3-ubyte"), images(2, 1, 2));
        }
        write("train-labels-idx1-ubyte", idx(2049, &[2], &[4, 4]));
        let missing = Dataset::from_idx_dir(&dir, 1).expect_err("no test labels");
        assert!(matches!(&missing, DataError::Missing { path } if *path == dir.join("t10k-labels-idx1-ubyte")));
        write("t10k-labels-idx1-ubyte", idx(2049, &[2], &[5, 5]));
        let found = Dataset::from_idx_dir(&dir, 1).expect("four files");
        assert_eq!((found.name.as_str(), found.train.labels[0], found.test.labels[0]), ("digits", 4, 5));
    }

    #[test]
    fn files_that_do_not_belong_together_are_refused() {
        let error = set(&[("train-labels", idx(2049, &[5], &[0; 5]))]).expect_err("five labels");
        assert!(error.to_string().contains("4 images") && error.to_string().contains("has 5 labels"), "{error}");
        let error = set(&[("t10k-labels", idx(2049, &[1], &[0]))]).expect_err("one label");
        assert!(matches!(error, DataError::CountsDiffer { image_count: 2, label_count: 1, .. }), "{error}");
        for (height, width) in [(5, 3), (3, 4), (4, 5)] {
            let error = set(&[("t10k-images", images(2, height, width))]).expect_err("another size");
            assert!(
                matches!(error, DataError::SizesDiffer { train_size: (3, 5), test_size, .. } if test_size == (height, width))
            );
        }
    }
}
