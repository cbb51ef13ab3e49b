//! Data sets of binary images: the embedded MNIST set and IDX files from disk.
//!
//! [`idx`] reads the file format, [`mnist`] the packed form that is built into the program; both
//! end in a [`Dataset`]. [`samples`] reads what users have for a machine of their own.

pub mod idx;
pub mod mnist;
pub mod samples;

pub use mnist::{PackReport, is_packed, pack};

use crate::bits::States;
use idx::{IdxFile, Kind};
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
    /// Reads the four official IDX files of a folder and binarises them: unit = 1 where pixel >=
    /// threshold.
    ///
    /// * `dir`: folder with `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`,
    ///   `t10k-images-idx3-ubyte` and `t10k-labels-idx1-ubyte`, each plain or as `.gz`, `.idx`
    ///   accepted for `-idx`; its last component names the set.
    /// * `threshold`: grey value, 1 to 255 (0 turns every pixel on).
    ///
    /// Returns the images in the order of the files. Labels may be any byte; nothing limits them to
    /// ten classes.
    ///
    /// # Errors
    /// [`DataError`] when a file is missing, damaged or of the wrong kind, or when the files do not
    /// belong together.
    ///
    /// # Source
    /// The format is described at the foot of the MNIST page of LeCun, Cortes and Burges.
    pub fn from_idx_dir(dir: &Path, threshold: u8) -> Result<Self, DataError> {
        let name = dir.file_name().map_or_else(|| "idx".into(), |last| last.to_string_lossy().into_owned());
        binarise(&name, &OfficialFiles::read(dir)?, threshold)
    }
}

/// The four files of a data set as read, in the order train images, train labels, test images, test
/// labels.
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

/// Why a data set could not be read or written; each message names the file and what to do about
/// it.
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
        assert_eq!((found.threshold, found.height, found.width), (100, 3, 5));
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
            write(&format!("{stem}-images-idx3-ubyte"), images(1, 1, 2));
        }
        write("train-labels-idx1-ubyte", idx(2049, &[1], &[4]));
        let missing = Dataset::from_idx_dir(&dir, 1).expect_err("no test labels");
        assert!(matches!(&missing, DataError::Missing { path } if *path == dir.join("t10k-labels-idx1-ubyte")));
        write("t10k-labels-idx1-ubyte", idx(2049, &[1], &[5]));
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
