//! Data sets in and out: IDX files, the packed form, the embedded digits.

use flate2::{Compression, write::GzEncoder};
use rbm_landscape::data::idx::{IdxFile, Kind};
use rbm_landscape::data::{Binarised, DataError, Dataset, pack};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const TRAIN_IMAGES: &str = "train-images-idx3-ubyte";
const TRAIN_LABELS: &str = "train-labels-idx1-ubyte";
const TEST_IMAGES: &str = "t10k-images-idx3-ubyte";
const TEST_LABELS: &str = "t10k-labels-idx1-ubyte";
const ALL: [&str; 4] = [TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS];

fn idx(magic: u32, sizes: &[u32], values: &[u8]) -> Vec<u8> {
    let header = std::iter::once(&magic).chain(sizes).flat_map(|number| number.to_be_bytes());
    header.chain(values.iter().copied()).collect()
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

/// Grey value of pixel `unit` of image `row`: visits all 256 values.
fn grey(row: usize, unit: usize) -> u8 {
    ((row * 77 + unit * 29) % 256) as u8
}

fn images(count: usize, height: usize, width: usize) -> Vec<u8> {
    let units = height * width;
    let values: Vec<u8> = (0..count * units).map(|at| grey(at / units, at % units)).collect();
    idx(2051, &[count as u32, height as u32, width as u32], &values)
}

/// 11 training and 7 test images of 3 x 5 pixels; labels beyond nine are allowed.
fn write_set(dir: &Path) {
    fs::write(dir.join(TRAIN_IMAGES), images(11, 3, 5)).unwrap();
    fs::write(dir.join(TRAIN_LABELS), idx(2049, &[11], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 255])).unwrap();
    fs::write(dir.join(TEST_IMAGES), images(7, 3, 5)).unwrap();
    fs::write(dir.join(TEST_LABELS), idx(2049, &[7], &[6, 5, 4, 3, 2, 1, 0])).unwrap();
}

fn small_set() -> (TempDir, Dataset) {
    let dir = tempfile::tempdir().unwrap();
    write_set(dir.path());
    let set = Dataset::from_idx_dir(dir.path(), 100).unwrap();
    (dir, set)
}

/// The error after one file of a good set was replaced; it must name that file.
fn error_with(name: &str, bytes: &[u8]) -> DataError {
    let dir = tempfile::tempdir().unwrap();
    write_set(dir.path());
    fs::write(dir.path().join(name), bytes).unwrap();
    let error = Dataset::from_idx_dir(dir.path(), 128).unwrap_err();
    assert!(error.to_string().contains(&dir.path().join(name).display().to_string()), "no path in: {error}");
    error
}

#[test]
fn a_unit_is_on_where_its_pixel_reaches_the_threshold_row_by_row() {
    let (dir, set) = small_set();
    assert_eq!(set.name, dir.path().file_name().unwrap().to_string_lossy());
    assert_eq!((set.binarised, set.height, set.width), (Binarised::From(100.0), 3, 5));
    assert_eq!((set.train.images.rows(), set.train.images.units(), set.test.images.rows()), (11, 15, 7));
    for row in 0..11 {
        for unit in 0..15 {
            assert_eq!(set.train.images.get(row, unit), grey(row, unit) >= 100);
        }
    }
    assert_eq!(set.train.labels, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 255]);
    assert_eq!(set.test.labels, [6, 5, 4, 3, 2, 1, 0]);
}

#[test]
fn the_threshold_itself_is_on_and_the_value_below_is_off() {
    let dir = tempfile::tempdir().unwrap();
    write_set(dir.path());
    fs::write(dir.path().join(TEST_IMAGES), idx(2051, &[7, 3, 5], &[127u8, 128, 129].repeat(35))).unwrap();
    let set = Dataset::from_idx_dir(dir.path(), 128).unwrap();
    assert_eq!(set.test.images.ones(0).take(4).collect::<Vec<_>>(), [1, 2, 4, 5]);
}

#[test]
fn gzip_and_dotted_names_give_the_same_set_as_plain_files() {
    let (plain, set) = small_set();
    type Rename = fn(&str) -> String;
    let spellings: [Rename; 3] = [
        |name| format!("{name}.gz"),
        |name| name.replace("-idx", ".idx"),
        |name| format!("{}.gz", name.replace("-idx", ".idx")),
    ];
    for rename in spellings {
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join(&set.name);
        fs::create_dir(&dir).unwrap();
        for name in ALL {
            let bytes = fs::read(plain.path().join(name)).unwrap();
            let renamed = rename(name);
            fs::write(dir.join(&renamed), if renamed.ends_with(".gz") { gzip(&bytes) } else { bytes }).unwrap();
        }
        assert_eq!(Dataset::from_idx_dir(&dir, 100).unwrap(), set);
    }
}

#[test]
fn gzip_is_recognised_by_its_bytes_and_not_by_the_name() {
    let (dir, set) = small_set();
    for name in ALL {
        let path = dir.path().join(name);
        fs::write(&path, gzip(&fs::read(&path).unwrap())).unwrap();
    }
    assert_eq!(Dataset::from_idx_dir(dir.path(), 100).unwrap(), set);
    for name in ALL {
        let path = dir.path().join(name);
        let plain = {
            let mut out = Vec::new();
            std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&fs::read(&path).unwrap()[..]), &mut out)
                .unwrap();
            out
        };
        fs::remove_file(&path).unwrap();
        fs::write(dir.path().join(format!("{name}.gz")), plain).unwrap();
    }
    assert_eq!(Dataset::from_idx_dir(dir.path(), 100).unwrap(), set);
}

#[test]
fn each_missing_file_is_named() {
    for name in ALL {
        let (dir, _) = small_set();
        fs::remove_file(dir.path().join(name)).unwrap();
        let error = Dataset::from_idx_dir(dir.path(), 128).unwrap_err();
        assert!(matches!(&error, DataError::Missing { path } if *path == dir.path().join(name)), "{error}");
    }
    let nowhere = PathBuf::from("no/such/folder");
    assert!(matches!(Dataset::from_idx_dir(&nowhere, 128), Err(DataError::Missing { .. })));
    assert!(matches!(IdxFile::read(&nowhere, Kind::Images), Err(DataError::Missing { .. })));
}

#[test]
fn a_folder_with_the_name_of_a_file_is_not_that_file() {
    let (dir, _) = small_set();
    fs::remove_file(dir.path().join(TEST_LABELS)).unwrap();
    fs::create_dir(dir.path().join(TEST_LABELS)).unwrap();
    let error = Dataset::from_idx_dir(dir.path(), 128).unwrap_err();
    assert!(matches!(&error, DataError::Missing { path } if *path == dir.path().join(TEST_LABELS)), "{error}");
}

#[test]
fn other_files_and_swapped_files_are_told_apart() {
    let error = error_with(TRAIN_IMAGES, b"<html>not found</html>");
    assert!(matches!(error, DataError::NotIdx { magic: 0x3c68_746d, .. }), "{error}"); // by hand: "<htm"
    let error = error_with(TEST_LABELS, &idx(2052, &[7, 1, 1, 1], &[0; 7]));
    assert!(matches!(error, DataError::NotIdx { magic: 2052, .. }), "{error}");
    let error = error_with(TRAIN_IMAGES, &idx(2049, &[11], &[0; 11]));
    assert!(matches!(error, DataError::WrongKind { found: Kind::Labels, wanted: Kind::Images, .. }), "{error}");
    let error = error_with(TEST_LABELS, &images(7, 3, 5));
    assert!(matches!(error, DataError::WrongKind { found: Kind::Images, wanted: Kind::Labels, .. }), "{error}");
}

#[test]
fn every_cut_of_a_file_is_an_error_plain_and_compressed() {
    let whole = images(7, 3, 5);
    for length in 0..whole.len() {
        let error = error_with(TEST_IMAGES, &whole[..length]);
        assert!(matches!(error, DataError::Truncated { found, .. } if found == length as u64), "{length}: {error}");
        let error = error_with(TEST_IMAGES, &gzip(&whole[..length]));
        assert!(matches!(error, DataError::Truncated { .. }), "{length}: {error}");
    }
    let packed = gzip(&whole);
    for length in 2..packed.len() {
        let error = error_with(TEST_IMAGES, &packed[..length]);
        assert!(matches!(error, DataError::Corrupt { .. } | DataError::Truncated { .. }), "{length}: {error}");
    }
}

#[test]
fn trailing_bytes_and_wrong_checksums_are_errors() {
    let mut longer = images(7, 3, 5);
    longer.push(0);
    assert!(matches!(error_with(TEST_IMAGES, &longer), DataError::Trailing { expected: 121, .. })); // by hand: 16 + 7*3*5
    assert!(matches!(error_with(TEST_IMAGES, &gzip(&longer)), DataError::Trailing { expected: 121, .. }));
    let mut packed = gzip(&images(7, 3, 5));
    packed.extend(b"garbage");
    assert!(matches!(error_with(TEST_IMAGES, &packed), DataError::Corrupt { .. }));
    let mut packed = gzip(&images(7, 3, 5));
    let crc = packed.len() - 8;
    packed[crc] ^= 1;
    assert!(matches!(error_with(TEST_IMAGES, &packed), DataError::Corrupt { .. }));
}

#[test]
fn files_that_do_not_belong_together_are_refused() {
    let error = error_with(TRAIN_LABELS, &idx(2049, &[13], &[0; 13]));
    assert!(matches!(error, DataError::CountsDiffer { image_count: 11, label_count: 13, .. }), "{error}");
    let error = error_with(TEST_IMAGES, &images(7, 5, 3));
    assert!(matches!(error, DataError::SizesDiffer { train_size: (3, 5), test_size: (5, 3), .. }), "{error}");
}

#[test]
fn no_images_and_no_pixels_are_refused() {
    assert!(matches!(
        error_with(TRAIN_IMAGES, &idx(2051, &[0, 3, 5], &[])),
        DataError::Empty { kind: Kind::Images, .. }
    ));
    assert!(matches!(error_with(TRAIN_LABELS, &idx(2049, &[0], &[])), DataError::Empty { kind: Kind::Labels, .. }));
    assert!(matches!(error_with(TRAIN_IMAGES, &idx(2051, &[11, 0, 5], &[])), DataError::NoPixels { height: 0, .. }));
    assert!(matches!(error_with(TRAIN_IMAGES, &idx(2051, &[11, 3, 0], &[])), DataError::NoPixels { width: 0, .. }));
}

#[test]
fn absurd_header_sizes_are_refused_before_memory_is_taken() {
    // By hand: (2^32 - 1)^3 + 16 bytes overflow 64 bits; 2^32 - 1 labels would take 4 GiB.
    let error = error_with(TRAIN_IMAGES, &idx(2051, &[u32::MAX; 3], &[0; 15]));
    let wanted = u128::from(u32::MAX).pow(3) + 16;
    assert!(matches!(error, DataError::Truncated { expected, found: 31, .. } if expected == wanted), "{error}");
    for bytes in [idx(2049, &[u32::MAX], &[0; 11]), gzip(&idx(2049, &[u32::MAX], &[0; 11]))] {
        let error = error_with(TRAIN_LABELS, &bytes);
        assert!(matches!(error, DataError::Truncated { expected: 4_294_967_303, .. }), "{error}");
    }
}

#[test]
fn the_embedded_set_is_mnist() {
    let set = Dataset::mnist().unwrap();
    assert_eq!((set.name.as_str(), set.binarised, set.height, set.width), ("mnist", Binarised::From(128.0), 28, 28));
    assert_eq!((set.train.images.rows(), set.test.images.rows(), set.train.images.units()), (60_000, 10_000, 784));
    let per_class =
        |labels: &[u8]| (0..10).map(|class| labels.iter().filter(|&&label| label == class).count()).collect();
    let train: Vec<usize> = per_class(&set.train.labels);
    let test: Vec<usize> = per_class(&set.test.labels);
    // The published numbers of digits 0 to 9.
    assert_eq!(train, [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    assert_eq!(test, [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    // Python 3.11 on the official IDX files: number of bytes >= 128 (mean ink 0.132258 and
    // 0.134229).
    let ink =
        |images: &rbm_landscape::bits::States| images.words().iter().map(|word| u64::from(word.count_ones())).sum();
    let (train_ink, test_ink): (u64, u64) = (ink(&set.train.images), ink(&set.test.images));
    assert_eq!((train_ink, test_ink), (6_221_431, 1_052_359));
}

#[test]
fn the_embedded_pixels_are_in_their_places() {
    let set = Dataset::mnist().unwrap();
    // Python 3.11 on the official IDX files: image, label, number of units on, sum of their
    // indices.
    let train = [(0, 5, 111, 45_851), (1, 0, 125, 49_892), (59_999, 8, 82, 34_276)];
    let test = [(0, 7, 71, 29_027), (1, 2, 115, 46_132), (9_999, 6, 165, 66_206)];
    for (split, expected) in [(&set.train, train), (&set.test, test)] {
        for (row, label, on, index_sum) in expected {
            let ones: Vec<usize> = split.images.ones(row).collect();
            assert_eq!((split.labels[row], ones.len(), ones.iter().sum::<usize>()), (label, on, index_sum));
        }
    }
    assert_eq!(set.train.images.ones(0).take(4).collect::<Vec<_>>(), [157, 158, 160, 161]);
}

#[test]
fn the_packed_form_keeps_everything_but_the_name() {
    let (_dir, set) = small_set();
    let packed = set.to_packed().unwrap();
    assert_eq!(packed, set.to_packed().unwrap());
    assert_eq!(packed[4..8], [0; 4]); // RFC 1952: the time stamp
    assert_eq!(Dataset::from_packed(&set.name, &packed).unwrap(), set);
}

#[test]
fn no_cut_or_extension_of_the_packed_form_passes() {
    let (_dir, set) = small_set();
    let packed = set.to_packed().unwrap();
    for length in 0..packed.len() {
        let result = Dataset::from_packed("cut", &packed[..length]);
        assert!(matches!(result, Err(DataError::Packed { .. })), "cut at {length}");
    }
    for tail in [vec![0], b"garbage".to_vec(), gzip(b"more")] {
        let longer = [packed.clone(), tail].concat();
        assert!(matches!(Dataset::from_packed("longer", &longer), Err(DataError::Packed { .. })));
    }
}

#[test]
fn no_bit_flip_of_the_packed_form_passes_for_other_data() {
    let (_dir, set) = small_set();
    let packed = set.to_packed().unwrap();
    for at in 0..packed.len() {
        for bit in 0..8 {
            let mut flipped = packed.clone();
            flipped[at] ^= 1 << bit;
            match Dataset::from_packed(&set.name, &flipped) {
                Err(DataError::Packed { .. }) => {}
                Err(other) => panic!("byte {at}, bit {bit}: {other}"),
                // Hints in gzip's header, unused code lengths and spare bits carry no data; the
                // last eight bytes do.
                Ok(read) => assert!(read == set && at < packed.len() - 8, "byte {at}, bit {bit}"),
            }
        }
    }
}

#[test]
fn a_packed_header_that_lies_is_refused() {
    let honest: [u32; 6] = [1, 128, 1, 3, 1, 1]; // version, threshold, height, width, training images, test images
    let file = |fields: [u32; 6], body: &[u8]| {
        let header = fields.iter().flat_map(|field| field.to_le_bytes());
        gzip(&b"rbm-bits".iter().copied().chain(header).chain(body.iter().copied()).collect::<Vec<_>>())
    };
    let body = [0b101, 0b010, 7, 9];
    let set = Dataset::from_packed("honest", &file(honest, &body)).unwrap();
    assert_eq!(set.train.images.ones(0).collect::<Vec<_>>(), [0, 2]); // by hand: lowest bit first
    assert_eq!((set.test.images.ones(0).collect::<Vec<_>>(), set.test.labels), (vec![1], vec![9]));
    let with = |at: usize, value: u32| {
        let mut fields = honest;
        fields[at] = value;
        Dataset::from_packed("lies", &file(fields, &body))
    };
    for (at, value) in [(0, 2), (1, 256), (2, u32::MAX), (3, 9), (4, u32::MAX), (5, 0)] {
        assert!(matches!(with(at, value), Err(DataError::Packed { .. })), "field {at} = {value}");
    }
    let padding = Dataset::from_packed("padding", &file(honest, &[0b1000, 0, 7, 9]));
    assert!(matches!(padding, Err(DataError::Packed { .. })));
    assert!(matches!(Dataset::from_packed("other", &gzip(&[b'x'; 36])), Err(DataError::Packed { .. })));
}

#[test]
fn a_set_that_contradicts_itself_is_not_packed() {
    let (_dir, set) = small_set();
    let mut fewer_labels = set.clone();
    fewer_labels.train.labels.pop();
    assert!(matches!(fewer_labels.to_packed(), Err(DataError::Packed { .. })));
    let other_shape = Dataset { width: 7, ..set };
    assert!(matches!(other_shape.to_packed(), Err(DataError::Packed { .. })));
}

#[test]
fn only_the_official_files_are_packed() {
    let (dir, _) = small_set();
    let out = tempfile::tempdir().unwrap();
    let error = pack(dir.path(), out.path()).unwrap_err();
    assert!(matches!(&error, DataError::Checksum { expected: "6bbc9ace898e44ae57da46a324031adb", .. }), "{error}");
    assert!(fs::read_dir(out.path()).unwrap().next().is_none(), "something was written");
}
