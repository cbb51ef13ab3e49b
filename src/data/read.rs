//! Data sets as users have them: a folder of IDX files, one IDX file, or arrays of samples x units.

use super::binarise::{self, Binarised, both_sides};
use super::folder::Files;
use super::idx::{IdxFile, Kind};
use super::samples::{self, Options, Samples};
use super::{DataError, Dataset, Split};
use crate::arrays;
use crate::bits::States;
use std::path::Path;

/// How a data set is read where its files do not say it.
#[derive(Clone, Debug, Default)]
pub struct Reading<'a> {
    /// A value counts as 1 from here on; of IDX files 128 by default.
    pub threshold: Option<f64>,
    /// The key of random numbers with which every value is drawn once instead, with the grey value
    /// as the probability of 1.
    pub drawn: Option<[u8; 32]>,
    /// Name of the array that holds the samples, or what the names of the set's files begin with.
    pub name: Option<&'a str>,
    /// File of the labels, or the name of an array beside the samples.
    pub labels: Option<&'a str>,
    /// Lines and columns of every image are exchanged, as those of EMNIST are stored.
    pub turned: bool,
}

/// Of a set without a part that is held back, every so many-th sample is.
const HELD_BACK: usize = 7;

impl Dataset {
    /// Reads a folder of IDX files ([`Dataset::from_idx_dir`]) or a file of samples, and says what
    /// was assumed, one sentence each.
    ///
    /// # Errors
    /// [`DataError`]: what cannot be read or is open, values that are not 0 and 1 or −1 and 1
    /// without a threshold, units that are all constant.
    pub fn read(path: &Path, reading: &Reading<'_>) -> Result<(Self, Vec<String>), DataError> {
        if path.is_dir() { Self::read_dir(path, reading) } else { Self::read_file(path, reading) }
    }

    pub(super) fn read_dir(dir: &Path, reading: &Reading<'_>) -> Result<(Self, Vec<String>), DataError> {
        let name = dir.file_name().map_or_else(|| "idx".into(), |last| last.to_string_lossy().into_owned());
        let unusable = |what: String| DataError::Unusable { name: dir.display().to_string(), what };
        if reading.labels.is_some() {
            return Err(unusable("--labels is for one file of samples: a folder has labels of its own".into()));
        }
        Self::of_files(name, &Files::find(dir, reading.name)?, reading)
    }

    /// Reads the files of one set.
    pub(super) fn of_files(
        name: String,
        files: &Files,
        reading: &Reading<'_>,
    ) -> Result<(Self, Vec<String>), DataError> {
        let unusable = |what: String| DataError::Unusable { name: files.train.display().to_string(), what };
        let (train, test) = (IdxFile::read(&files.train, Kind::Images)?, files.test.as_deref());
        let test = test.map(|path| IdxFile::read(path, Kind::Images)).transpose()?;
        if let Some(test) = test.as_ref().filter(|test| (test.height, test.width) != (train.height, train.width)) {
            return Err(DataError::SizesDiffer {
                train: train.path,
                train_size: (train.height, train.width),
                test: test.path.clone(),
                test_size: (test.height, test.width),
            });
        }
        let mut notes = Vec::new();
        let binarised = of_pixels(&train, reading).map_err(unusable)?;
        let part = |images: &IdxFile, labels: Option<&Path>, part: u8| -> Result<Split, DataError> {
            let labels = labels.map(|path| labels_of(images, path)).transpose()?;
            let key = reading.drawn.map(|key| later(key, part)).unwrap_or_default();
            Ok(Split {
                labels: labels.unwrap_or_else(|| vec![0; images.count]),
                images: pixels(images, binarised, key, reading.turned),
            })
        };
        if files.train_labels.is_none() {
            notes.push("no labels: all images are of one class".into());
        }
        let all = part(&train, files.train_labels.as_deref(), 0)?;
        let (train_part, test_part) = match &test {
            Some(test) => (all, part(test, files.test_labels.as_deref(), 1)?),
            None => held_back(all, &mut notes).map_err(unusable)?,
        };
        let (height, width) = match reading.turned {
            true => (train.width, train.height),
            false => (train.height, train.width),
        };
        let set = Self { name, binarised, height, width, train: train_part, test: test_part };
        Ok((set.usable()?, notes))
    }

    fn read_file(path: &Path, reading: &Reading<'_>) -> Result<(Self, Vec<String>), DataError> {
        let unusable = |what: String| DataError::Unusable { name: path.display().to_string(), what };
        let of_samples = |error: samples::SamplesError| match error {
            samples::SamplesError::Data(error) => error,
            samples::SamplesError::Unusable { path, why } => {
                DataError::Unusable { name: path.display().to_string(), what: why }
            }
        };
        let options = Options {
            units: None,
            array: reading.name,
            labels: reading.labels,
            threshold: reading.threshold,
            drawn: reading.drawn,
            turned: reading.turned,
        };
        let parts = match reading.name.is_none() && reading.labels.is_none() {
            true => parts(path),
            false => None,
        };
        let mut notes = Vec::new();
        let read = |array: Option<&str>, labels: Option<&str>, part: u8| {
            let drawn = reading.drawn.map(|key| later(key, part));
            samples::read(
                path,
                &Options {
                    array: array.or(options.array),
                    labels: labels.or(options.labels),
                    drawn,
                    ..options.clone()
                },
            )
            .map_err(of_samples)
        };
        let (first, second) = match &parts {
            None => (read(None, None, 0)?, None),
            Some([train, test]) => {
                let first = read(Some(&train.0), train.1.as_deref(), 0)?;
                (first, Some(read(Some(&test.0), test.1.as_deref(), 1)?))
            }
        };
        let said = |note: &&String| !note.ends_with(&first.binarised.to_string());
        notes.extend(first.notes.iter().filter(said).cloned());
        let (height, width) = first.picture.unwrap_or_else(|| {
            let units = first.states.units();
            let side = units.isqrt();
            match side * side == units && side > 1 {
                true => {
                    notes.push(format!("units are taken as pictures of {side} x {side}"));
                    (side, side)
                }
                false => {
                    let side = (units - 1).isqrt();
                    if side > 1 && side * side == units - 1 {
                        notes.push(format!(
                            "{units} units are one more than a picture of {side} x {side}: if a column holds labels, leave it out"
                        ));
                    }
                    (1, units)
                }
            }
        });
        let labels = labels_of_all(&[Some(&first), second.as_ref()]).map_err(unusable)?;
        if first.classes.is_none() {
            notes.push("no labels: all samples are of one class".into());
        }
        let binarised = first.binarised;
        let name = first.name.clone();
        let [train_labels, test_labels] = labels;
        let all = Split { images: first.states, labels: train_labels };
        let (train, test) = match second {
            Some(second) if second.states.units() == all.images.units() => {
                (all, Split { images: second.states, labels: test_labels })
            }
            Some(second) => {
                let (one, other) = (all.images.units(), second.states.units());
                return Err(unusable(format!(
                    "{} has {one} units and {} {other}: take both from the same set",
                    name, second.name
                )));
            }
            None => held_back(all, &mut notes).map_err(unusable)?,
        };
        let set = Self { name, binarised, height, width, train, test };
        Ok((set.usable()?, notes))
    }

    /// What was read, in one line.
    pub fn line(&self) -> String {
        let images = &self.train.images;
        let means = images.means();
        let constant = means.iter().filter(|mean| **mean == 0.0 || **mean == 1.0).count();
        let classes = match self.class_count() {
            1 => "1 class".to_string(),
            count => format!("{count} classes"),
        };
        format!(
            "{}, {} images to learn from and {} held back, {} x {} units; {}; share of ones {:.4}; {constant} units are constant; {classes}",
            self.name,
            images.rows(),
            self.test.images.rows(),
            self.height,
            self.width,
            self.binarised,
            means.iter().sum::<f64>() / means.len().max(1) as f64,
        )
    }

    /// Refuses images of which nothing can be learnt.
    ///
    /// # Errors
    /// [`DataError::Unusable`] where all images to learn from are alike, or those held back empty.
    pub fn usable(self) -> Result<Self, DataError> {
        let unusable = |what: String| Err(DataError::Unusable { name: self.name.clone(), what });
        let means = self.train.images.means();
        if means.iter().all(|mean| *mean == 0.0 || *mean == 1.0) {
            let rows = self.train.images.rows();
            return unusable(format!("all {rows} images to learn from are alike: nothing varies; give other images"));
        }
        let by_threshold = matches!(self.binarised, Binarised::From(_));
        if by_threshold && self.test.images.means().iter().all(|mean| *mean == 0.0) {
            let rows = self.test.images.rows();
            return unusable(format!("all {rows} images that are held back are empty: give a lower --threshold"));
        }
        Ok(self)
    }
}

/// The key of another part of the set.
fn later(mut key: [u8; 32], part: u8) -> [u8; 32] {
    key[31] = key[31].wrapping_add(part);
    key
}

/// How grey values become units.
fn of_pixels(images: &IdxFile, reading: &Reading<'_>) -> Result<Binarised, String> {
    let ends = |(low, high): (u8, u8), pixel: &u8| (low.min(*pixel), high.max(*pixel));
    let (low, high) = images.values().iter().fold((u8::MAX, 0), ends);
    let ends = (f64::from(low), f64::from(high));
    if reading.drawn.is_some() {
        return binarise::largest(ends).map(Binarised::Drawn);
    }
    let threshold = reading.threshold.unwrap_or(128.0);
    if !(0.0..=255.0).contains(&threshold) || threshold.fract() != 0.0 {
        return Err(format!("a threshold of {threshold}: its pixels are whole numbers from 0 to 255"));
    }
    both_sides(threshold, ends, 1.0)?;
    Ok(Binarised::From(threshold))
}

/// The units of images.
pub(super) fn pixels(images: &IdxFile, binarised: Binarised, key: [u8; 32], turned: bool) -> States {
    let (height, width, units) = (images.height, images.width, images.height * images.width);
    let values = images.values();
    let at = |unit: usize| if turned { unit % height * width + unit / height } else { unit };
    let value = |row: usize, unit: usize| f64::from(values[row * units + at(unit)]);
    binarise::states((images.count, units), value, binarised, key)
}

/// The labels of images from an IDX file.
fn labels_of(images: &IdxFile, path: &Path) -> Result<Vec<u8>, DataError> {
    let labels = IdxFile::read(path, Kind::Labels)?;
    if images.count != labels.count {
        return Err(DataError::CountsDiffer {
            images: images.path.clone(),
            image_count: images.count,
            labels: labels.path,
            label_count: labels.count,
        });
    }
    Ok(labels.values().to_vec())
}

/// Holds every seventh sample back.
fn held_back(all: Split, notes: &mut Vec<String>) -> Result<(Split, Split), String> {
    let rows = all.images.rows();
    if rows < 2 {
        return Err(format!("{rows} sample: at least 2 are needed, of which one is held back; give more"));
    }
    let step = HELD_BACK.min(rows);
    let of = |held: bool| {
        let rows: Vec<usize> = (0..rows).filter(|row| (row % step == step - 1) == held).collect();
        let labels = rows.iter().map(|row| all.labels[*row]).collect();
        Split { images: all.images.select(&rows), labels }
    };
    notes.push(format!("no part is held back in it: every {} sample is", if step == 7 { "seventh" } else { "last" }));
    Ok((of(false), of(true)))
}

/// Names of the samples and labels of both parts, of an archive such as Keras' `mnist.npz`: two
/// arrays of more than one dimension whose names differ in `train` and `test`.
fn parts(path: &Path) -> Option<[(String, Option<String>); 2]> {
    let archive = arrays::open(path).ok()?;
    let named = |word: &str, labels: bool| {
        let mut found = archive.entries.iter().filter(|one| {
            let count = one.shape.iter().filter(|size| **size > 1).count();
            one.name.to_lowercase().contains(word) && if labels { count == 1 } else { count > 1 }
        });
        let first = found.next()?;
        found.next().is_none().then(|| first.name.clone())
    };
    let (train, test) = (named("train", false)?, named("test", false)?);
    let labels = [named("train", true), named("test", true)];
    let [first, second] = if labels.iter().all(Option::is_some) { labels } else { [None, None] };
    Some([(train, first), (test, second)])
}

/// Classes of both parts as bytes: the labels themselves where they are, else numbered in ascending
/// order.
fn labels_of_all(parts: &[Option<&Samples>; 2]) -> Result<[Vec<u8>; 2], String> {
    let mut distinct: Vec<f64> = parts.iter().flatten().flat_map(|part| part.labels.iter().copied()).collect();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    if distinct.len() > 256 {
        return Err(format!("{} different labels: at most 256 classes are told apart", distinct.len()));
    }
    let bytes = distinct.iter().all(|label| (0.0..=255.0).contains(label) && label.fract() == 0.0);
    let class = |label: f64| if bytes { label as u8 } else { distinct.partition_point(|one| *one < label) as u8 };
    let of = |part: &Option<&Samples>| match part {
        None => Vec::new(),
        Some(Samples { classes: Some(classes), labels, .. }) => {
            classes.iter().map(|at| class(labels[usize::from(*at)])).collect()
        }
        Some(samples) => vec![0; samples.states.rows()],
    };
    Ok([of(&parts[0]), of(&parts[1])])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn idx(magic: u32, sizes: &[u32], values: &[u8]) -> Vec<u8> {
        let header = [magic].into_iter().chain(sizes.iter().copied()).flat_map(u32::to_be_bytes);
        header.chain(values.iter().copied()).collect()
    }

    fn rows(states: &States) -> Vec<Vec<f64>> {
        (0..states.rows()).map(|row| states.to_f64(row)).collect()
    }

    #[test]
    fn a_text_of_units_is_a_data_set_of_which_every_seventh_is_held_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.txt");
        // Fifteen samples of four units: the number of the sample in binary.
        let line = |row: usize| (0..4).map(|bit| (row >> bit & 1).to_string()).collect::<Vec<_>>().join(" ");
        std::fs::write(&path, (0..15).map(line).collect::<Vec<_>>().join("\n")).expect("writes");
        let (set, notes) = Dataset::read(&path, &Reading::default()).expect("samples");
        let number = |states: &States| -> Vec<u64> { (0..states.rows()).map(|row| states.row(row)[0]).collect() };
        assert_eq!(number(&set.test.images), [6, 13]);
        assert_eq!(number(&set.train.images), [0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 14]);
        assert_eq!((set.height, set.width, set.binarised, set.class_count()), (2, 2, Binarised::Already, 1));
        assert!(
            ["no labels", "every seventh", "2 x 2"].iter().all(|word| notes.iter().any(|note| note.contains(word))),
            "{notes:?}"
        );
        // by hand: of 13 samples 6, 6, 5 and 6 have a bit on, of 52 units 23
        assert!(
            set.line().starts_with(
                "x.txt, 13 images to learn from and 2 held back, 2 x 2 units; values are 0 and 1; share of ones 0.4423;"
            ),
            "{}",
            set.line()
        );
        // Labels from a file of their own; bytes are kept as they are, others numbered.
        let labels = folder.path().join("y.txt");
        for (text, expected) in [("3\n9\n".repeat(7) + "3", [3, 9]), ("-3\n900\n".repeat(7) + "-3", [0, 1])] {
            std::fs::write(&labels, text).expect("writes");
            let reading = Reading { labels: labels.to_str(), ..Reading::default() };
            let (set, _) = Dataset::read(&path, &reading).expect("labelled");
            assert_eq!((&set.train.labels[..2], set.test.labels), (&expected[..], vec![expected[0], expected[1]]));
        }
        std::fs::write(&path, "1 0\n1 0\n1 0\n").expect("writes");
        let why = Dataset::read(&path, &Reading::default()).expect_err("alike").to_string();
        assert!(why.contains("x.txt") && why.contains("nothing varies"), "{why}");
    }

    #[test]
    fn an_archive_of_both_parts_with_labels_is_read_as_keras_saves_it() {
        use std::io::Write;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("mnist.npz");
        let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).expect("a file"));
        // NumPy's format 1.0, by hand: magic, version, length of the header, header, values.
        let mut add = |name: &str, shape: &str, values: &[u8]| {
            let mut header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({shape}), }}");
            header += &" ".repeat((64 - (10 + header.len() + 1) % 64) % 64);
            header.push('\n');
            let length = (header.len() as u16).to_le_bytes();
            let bytes = [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), values].concat();
            zip.start_file(format!("{name}.npy"), zip::write::SimpleFileOptions::default()).expect("a member");
            zip.write_all(&bytes).expect("written");
        };
        add("x_test", "2, 2, 3", &[0, 200, 0, 0, 200, 200, 200, 0, 0, 0, 0, 0]);
        add("x_train", "3, 2, 3", &[0, 255, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255]);
        add("y_test", "2,", &[9, 5]);
        add("y_train", "3,", &[5, 0, 9]);
        zip.finish().expect("a file");
        let reading = Reading { threshold: Some(128.0), ..Reading::default() };
        let (set, notes) = Dataset::read(&path, &reading).expect("both parts");
        assert_eq!((set.height, set.width, set.train.images.rows(), set.test.images.rows()), (2, 3, 3, 2));
        assert_eq!((&set.train.labels[..], &set.test.labels[..]), (&[5, 0, 9][..], &[9, 5][..]));
        assert_eq!(rows(&set.train.images)[2], [0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
        assert_eq!(rows(&set.test.images)[1], [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert!(!notes.iter().any(|note| note.contains("seventh") || note.contains("no labels")), "{notes:?}");
    }

    #[test]
    fn images_are_turned_drawn_and_refused_where_no_pixel_reaches_the_threshold() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, bytes: Vec<u8>| std::fs::write(folder.path().join(name), bytes).expect("writes");
        // Three images of 2 x 3 pixels: 0 to 5 times 50, of the second in the other order.
        let grey: Vec<u8> = (0..18).map(|at| if at / 6 == 1 { 5 - at % 6 } else { at % 6 } * 50).collect();
        write("train-images-idx3-ubyte", idx(2051, &[3, 2, 3], &grey));
        write("test-images-idx3-ubyte", idx(2051, &[3, 2, 3], &grey));
        let read = |reading: &Reading<'_>| Dataset::read(folder.path(), reading).map_err(|error| error.to_string());
        let (plain, notes) = read(&Reading::default()).expect("two parts");
        assert_eq!(
            (rows(&plain.train.images)[0].clone(), plain.height, plain.width),
            (vec![0.0, 0.0, 0.0, 1.0, 1.0, 1.0], 2, 3)
        );
        assert_eq!(notes, ["no labels: all images are of one class"]);
        // by hand: pixel (line, column) 0 1 2 / 3 4 5 becomes 0 3 / 1 4 / 2 5
        let (turned, _) = read(&Reading { turned: true, ..Reading::default() }).expect("turned");
        assert_eq!(
            (rows(&turned.train.images)[0].clone(), turned.height, turned.width),
            (vec![0.0, 1.0, 0.0, 1.0, 0.0, 1.0], 3, 2)
        );
        let (drawn, _) = read(&Reading { drawn: Some([5; 32]), ..Reading::default() }).expect("drawn");
        assert_eq!(drawn.binarised, Binarised::Drawn(255.0));
        assert_ne!(drawn.train.images, drawn.test.images, "each part has random numbers of its own");
        assert!(
            read(&Reading { threshold: Some(251.0), ..Reading::default() })
                .expect_err("black")
                .contains("no value reaches")
        );
        assert!(
            read(&Reading { threshold: Some(0.5), ..Reading::default() }).expect_err("half").contains("whole numbers")
        );
        assert!(read(&Reading { labels: Some("y"), ..Reading::default() }).expect_err("labels").contains("of its own"));
        write("test-images-idx3-ubyte", idx(2051, &[3, 3, 2], &grey));
        assert!(read(&Reading::default()).expect_err("other size").contains("3 x 2"));
    }
}
