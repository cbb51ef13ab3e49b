//! Samples of a user: which array of a file they are, which values mean 1, and their classes.

use super::idx::{IdxFile, Kind};
use super::{DataError, Dataset, Split};
use crate::arrays::{self, Archive};
use crate::bits::States;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Names that say "samples" where several arrays could be.
const NAMES: [&str; 5] = ["samples", "data", "x", "images", "visible"];

/// Samples of one machine's visible units.
#[derive(Clone, Debug)]
pub struct Samples {
    /// What reports call them.
    pub name: String,
    /// One sample per row.
    pub states: States,
    /// The class of each sample, numbered by its label in ascending order; where labels are known.
    pub classes: Option<Vec<u8>>,
    /// The label of each class.
    pub labels: Vec<f64>,
    /// Lines and columns of one sample, where it is a picture.
    pub picture: Option<(usize, usize)>,
    /// One sentence for each convention recognised, conversion made or array left out.
    pub notes: Vec<String>,
}

/// Which samples of a file, and how they are read where it does not say so itself.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// Units per sample.
    pub units: usize,
    /// Name of the array that holds the samples.
    pub array: Option<&'a str>,
    /// File of the labels, or the name of an array beside the samples.
    pub labels: Option<&'a str>,
    /// A value counts as 1 from here on.
    pub threshold: Option<f64>,
}

/// Samples that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SamplesError {
    /// Not what a sample is.
    #[error("{}: {why}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what helps.
        why: String,
    },
    /// No data set.
    #[error(transparent)]
    Data(#[from] DataError),
}

/// Reads samples from an IDX file of images, or an array of samples x units (further axes are one)
/// of any file that machines are read from.
///
/// # Errors
/// A file that cannot be read or held, an array that is open or of another number of units, values
/// other than 0 and 1 or −1 and 1 without a threshold, labels that do not belong to them.
pub fn read(path: &Path, options: &Options<'_>) -> Result<Samples, SamplesError> {
    let fail = |why: String| SamplesError::Unusable { path: path.to_path_buf(), why };
    if let Some(threshold) = options.threshold.filter(|threshold| !threshold.is_finite()) {
        return Err(fail(format!("a threshold of {threshold}: a finite number is needed")));
    }
    if begins_as(path, Kind::Images) {
        let threshold = options.threshold.unwrap_or(128.0);
        if !(0.0..=255.0).contains(&threshold) || threshold.fract() != 0.0 {
            let why = format!("a threshold of {threshold}: its pixels are whole numbers from 0 to 255");
            return Err(fail(why));
        }
        let file = IdxFile::read(path, Kind::Images)?;
        let units = file.height * file.width;
        fitting(units, options.units).map_err(fail)?;
        let pixels = file.values();
        let ends = |(low, high): (u8, u8), pixel: &u8| (low.min(*pixel), high.max(*pixel));
        let (low, high) = pixels.iter().fold((u8::MAX, 0), ends);
        both_sides(threshold, f64::from(low), f64::from(high)).map_err(fail)?;
        let states = States::from_fn(file.count, units, |row, unit| f64::from(pixels[row * units + unit]) >= threshold);
        let mut notes = vec![format!("grey values count as 1 from {threshold} on")];
        let classes = options.labels.map(|labels| classes(labels, None, file.count, &mut notes)).transpose()?;
        let (classes, labels) = classes.unzip();
        let picture = Some((file.height, file.width));
        return Ok(Samples { name: name(path), states, classes, labels: labels.unwrap_or_default(), picture, notes });
    }
    let mut archive = arrays::open(path).map_err(fail)?;
    let at = chosen(&archive, options).map_err(fail)?;
    let entry = archive.entries[at].clone();
    let values = archive.values(at).map_err(fail)?;
    let rows = if entry.shape.len() == 1 { 1 } else { entry.shape[0] };
    let mut notes = archive.notes.clone();
    let named = |why: String| if archive.entries.len() == 1 { why } else { format!("{}: {why}", entry.name) };
    let on = binary(&values, options.threshold, &mut notes).map_err(|why| fail(named(why)))?;
    let units = options.units;
    let states = States::from_fn(rows, units, |row, unit| values[row * units + unit] >= on);
    drop(values);
    let classes = options.labels.map(|labels| classes(labels, Some(&mut archive), rows, &mut notes)).transpose()?;
    if classes.is_none() {
        let labels = |entry: &arrays::Entry| rows > 1 && entry.count() == Some(rows) && entry.shape[0] == rows;
        let beside = archive.entries.iter().enumerate().filter(|(other, entry)| *other != at && labels(entry));
        notes.extend(beside.map(|(_, entry)| {
            format!("array {0} of {rows} values is not used; if it holds labels, say --labels {0}", entry.name)
        }));
    }
    if entry.shape == [options.units; 2] {
        notes.push(format!("{} is as long as wide: its rows are taken as samples", entry.name));
    }
    let picture = match entry.shape[..] {
        [_, height, width] if height > 1 && width > 1 => Some((height, width)),
        [_, 1, height, width] | [_, height, width, 1] => Some((height, width)),
        _ => None,
    };
    let name = if archive.entries.len() == 1 { name(path) } else { format!("{} of {}", entry.name, name(path)) };
    let (classes, labels) = classes.unzip();
    Ok(Samples { name, states, classes, labels: labels.unwrap_or_default(), picture, notes })
}

impl Samples {
    /// Those of a data set that no machine was trained on.
    ///
    /// # Errors
    /// Images of another number of units.
    pub fn held_back(data: &Dataset, units: usize) -> Result<Self, SamplesError> {
        Self::part("test images", &data.test, data, units)
    }

    /// The images that a training sees.
    ///
    /// # Errors
    /// As for [`Self::held_back`].
    pub fn training(data: &Dataset, units: usize) -> Result<Self, SamplesError> {
        Self::part("training images", &data.train, data, units)
    }

    fn part(part: &str, split: &Split, data: &Dataset, units: usize) -> Result<Self, SamplesError> {
        let path = PathBuf::from(&data.name);
        fitting(data.height * data.width, units).map_err(|why| SamplesError::Unusable { path: path.clone(), why })?;
        let images = &split.images;
        if images.rows() > 0 && (0..images.rows()).all(|row| images.ones(row).next().is_none()) {
            let why = format!("no pixel of its {part} reaches {}: give a lower --threshold, such as 1", data.threshold);
            return Err(SamplesError::Unusable { path, why });
        }
        let labels: Vec<f64> = split.labels.iter().map(|label| f64::from(*label)).collect();
        let (classes, labels) = numbered(&labels);
        Ok(Self {
            name: format!("{part} of {}", data.name),
            states: images.clone(),
            classes: Some(classes),
            labels,
            picture: Some((data.height, data.width)),
            notes: vec![format!("grey values count as 1 from {} on", data.threshold)],
        })
    }

    /// How many classes there are; 0 without labels.
    pub fn class_count(&self) -> usize {
        self.classes.as_ref().and_then(|classes| classes.iter().max()).map_or(0, |last| usize::from(*last) + 1)
    }
}

fn name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |last| last.to_string_lossy().into_owned())
}

/// Whether a file begins as an IDX file of that kind, plain or compressed.
fn begins_as(path: &Path, kind: Kind) -> bool {
    let first = || -> std::io::Result<[u8; 4]> {
        let (mut head, mut bytes) = ([0; 4], [0; 4]);
        std::fs::File::open(path)?.read_exact(&mut head)?;
        if head.starts_with(&[0x1f, 0x8b]) {
            flate2::read::MultiGzDecoder::new(std::fs::File::open(path)?).read_exact(&mut bytes)?;
            return Ok(bytes);
        }
        Ok(head)
    };
    first().is_ok_and(|bytes| u32::from_be_bytes(bytes) == 0x0800 + kind.dimensions() as u32)
}

fn fitting(found: usize, units: usize) -> Result<(), String> {
    if found == units {
        return Ok(());
    }
    Err(format!("samples of {found} units, but the machine has {units} visible units: give samples of that machine"))
}

/// The array that holds the samples.
fn chosen(archive: &Archive, options: &Options<'_>) -> Result<usize, String> {
    let units = options.units;
    let entries = &archive.entries;
    let listed = || {
        let all: Vec<String> = entries.iter().take(20).map(|one| format!("{} {:?}", one.name, one.shape)).collect();
        all.join(", ")
    };
    let fits = |entry: &arrays::Entry| {
        let rows = entry.shape.first().copied().unwrap_or(0);
        entry.shape.len() > 1 && rows > 0 && entry.count() == rows.checked_mul(units)
    };
    if let Some(name) = options.array {
        let Some(at) = entries.iter().position(|entry| entry.name == name) else {
            return Err(format!("no array {name}; it has {}", listed()));
        };
        let entry = &entries[at];
        if fits(entry) || entry.shape == [units] {
            return Ok(at);
        }
        return Err(format!("{name} is {:?}: samples x {units} units are needed{}", entry.shape, turned(entry, units)));
    }
    let found: Vec<usize> = (0..entries.len()).filter(|at| fits(&entries[*at])).collect();
    if let [one] = found[..] {
        return Ok(one);
    }
    let stem = |at: usize| {
        let name = entries[at].name.to_lowercase();
        name.rsplit(['/', '.']).next().unwrap_or_default().to_string()
    };
    let named: Vec<usize> = found.iter().copied().filter(|at| NAMES.contains(&stem(*at).as_str())).collect();
    if let [one] = named[..] {
        return Ok(one);
    }
    if found.is_empty() {
        let turn = entries.iter().find(|one| !turned(one, units).is_empty()).map_or("", |one| turned(one, units));
        return Err(format!(
            "no array of samples x {units} units, which the machine has visible; it has {}{turn}",
            listed()
        ));
    }
    Err(format!(
        "several arrays could be the samples ({}): choose one with --data-name",
        found.iter().map(|at| entries[*at].name.as_str()).collect::<Vec<_>>().join(", ")
    ))
}

/// What helps where units are rows.
fn turned(entry: &arrays::Entry, units: usize) -> &'static str {
    match entry.shape[..] {
        [rows, _] if rows == units => ": rows must be samples, save its transpose",
        _ => "",
    }
}

/// From which value on a unit is 1.
fn binary(values: &[f64], threshold: Option<f64>, notes: &mut Vec<String>) -> Result<f64, String> {
    let odd = values.iter().filter(|x| !x.is_finite()).count();
    if odd > 0 {
        return Err(format!("{odd} of {} values are not finite numbers: leave those samples out", values.len()));
    }
    let low = values.iter().copied().fold(f64::INFINITY, libm::fminimum);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, libm::fmaximum);
    if let Some(threshold) = threshold {
        both_sides(threshold, low, high)?;
        notes.push(format!("values count as 1 from {threshold} on"));
        return Ok(threshold);
    }
    if values.iter().all(|x| *x == 0.0 || *x == 1.0) {
        return Ok(0.5);
    }
    if values.iter().all(|x| *x == -1.0 || *x == 1.0) {
        notes.push("values −1 and 1: read as 0 and 1".into());
        return Ok(0.0);
    }
    let proposed = match (low, high) {
        (0.0.., ..=1.0) => 0.5,
        (0.0.., 128.0..=255.0) => 128.0,
        _ => 0.5 * low + 0.5 * high,
    };
    Err(format!(
        "values from {low:?} to {high:?}, not 0 and 1 or −1 and 1 alone: say from which value on a unit is 1, such as --threshold {proposed:?}"
    ))
}

/// Refuses a threshold that makes all values alike.
fn both_sides(threshold: f64, low: f64, high: f64) -> Result<(), String> {
    let between = 0.5 * low + 0.5 * high;
    if high < threshold {
        return Err(format!(
            "no value reaches the threshold of {threshold:?}, the largest is {high:?}: give a lower --threshold, such as {between:?}"
        ));
    }
    if low >= threshold && low < high {
        return Err(format!(
            "all values reach the threshold of {threshold:?}, the smallest is {low:?}: give a higher --threshold, such as {between:?}"
        ));
    }
    Ok(())
}

/// The classes of the labels in a file, or in an array beside the samples.
fn classes(
    labels: &str,
    beside: Option<&mut Archive>,
    rows: usize,
    notes: &mut Vec<String>,
) -> Result<(Vec<u8>, Vec<f64>), SamplesError> {
    let path = Path::new(labels);
    let fail = |why: String| SamplesError::Unusable { path: path.to_path_buf(), why };
    let inside = match beside {
        Some(archive) => archive.entries.iter().position(|entry| entry.name == labels).map(|at| (archive, at)),
        None => None,
    };
    let values = match inside {
        Some((archive, at)) => archive.values(at).map_err(fail)?,
        None if begins_as(path, Kind::Labels) => {
            IdxFile::read(path, Kind::Labels)?.values().iter().map(|label| f64::from(*label)).collect()
        }
        None if !path.exists() => {
            return Err(fail("no such file, and no array of that name beside the samples".into()));
        }
        None => {
            let mut archive = arrays::open(path).map_err(fail)?;
            let fits = |at: &usize| archive.entries[*at].count() == Some(rows);
            let at = match (0..archive.entries.len()).filter(fits).collect::<Vec<_>>()[..] {
                [one] => one,
                _ if archive.entries.len() == 1 => 0,
                _ => {
                    return Err(fail(format!("not one array of {rows} labels: save the labels alone, one per sample")));
                }
            };
            archive.values(at).map_err(fail)?
        }
    };
    if values.len() != rows {
        return Err(fail(format!("{} labels for {rows} samples: one per sample is needed", values.len())));
    }
    if let Some(odd) = values.iter().find(|x| !x.is_finite() || x.fract() != 0.0) {
        return Err(fail(format!("{odd} is no label: whole numbers are needed, one per sample")));
    }
    let (classes, distinct) = numbered(&values);
    if distinct.len() > 256 {
        return Err(fail(format!("{} different labels: at most 256 classes are told apart", distinct.len())));
    }
    notes.push(format!("{} classes by {labels}", distinct.len()));
    Ok((classes, distinct))
}

/// Labels numbered in ascending order, and the different ones.
fn numbered(labels: &[f64]) -> (Vec<u8>, Vec<f64>) {
    let mut distinct = labels.to_vec();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    let class = |label: &f64| distinct.partition_point(|one| one < label) as u8;
    (labels.iter().map(class).collect(), distinct)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(units: usize) -> Options<'static> {
        Options { units, array: None, labels: None, threshold: None }
    }

    /// Reads a text as samples.
    fn text(text: &str, options: &Options<'_>) -> Result<Samples, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("samples.txt");
        std::fs::write(&path, text).expect("writes");
        read(&path, options).map_err(|error| error.to_string())
    }

    fn rows(samples: &Samples) -> Vec<Vec<f64>> {
        (0..samples.states.rows()).map(|row| samples.states.to_f64(row)).collect()
    }

    #[test]
    fn values_are_0_and_1_or_spins_or_need_a_threshold() {
        let found = text("0 1 1\n1 0 0\n", &options(3)).expect("bits");
        assert_eq!(rows(&found), [[0.0, 1.0, 1.0], [1.0, 0.0, 0.0]]);
        let found = text("-1 1 1\n1 -1 -1\n", &options(3)).expect("spins");
        assert_eq!(rows(&found), [[0.0, 1.0, 1.0], [1.0, 0.0, 0.0]]);
        assert!(found.notes.iter().any(|note| note.contains("−1 and 1")), "{:?}", found.notes);
        for (grey, proposed) in [("0 0.5 0.7", 0.5), ("0 7 255", 128.0), ("-3 0 5", 1.0), ("-1 0 1", 0.0)] {
            let why = text(&format!("{grey}\n{grey}\n"), &options(3)).expect_err("grey");
            assert!(why.contains(&format!("--threshold {proposed}")), "{why}");
        }
        // The threshold itself counts as 1.
        let found = text("0 7 255\n7 6 8\n", &Options { threshold: Some(7.0), ..options(3) }).expect("grey");
        assert_eq!(rows(&found), [[0.0, 1.0, 1.0], [1.0, 0.0, 1.0]]);
        // A threshold that makes all values alike.
        for (threshold, word) in [(256.0, "no value reaches"), (0.0, "all values reach")] {
            let asked = Options { threshold: Some(threshold), ..options(3) };
            let why = text("0 7 255\n7 6 8\n", &asked).expect_err("alike");
            assert!(why.contains(word) && why.contains("--threshold, such as 127.5"), "{why}");
        }
        assert!(text("0 1 0\n", &Options { threshold: Some(f64::NAN), ..options(3) }).is_err());
        let why = text("0 NaN 1\n1 1 0\n", &options(3)).expect_err("NaN");
        assert!(why.contains("1 of 6 values are not finite"), "{why}");
    }

    #[test]
    fn the_array_is_the_one_of_samples_by_units() {
        let held = |arrays: &[(&'static str, Vec<usize>)]| {
            let arrays: Vec<_> =
                arrays.iter().map(|(name, shape)| (*name, shape.clone(), vec![0.0; shape.iter().product()])).collect();
            Archive::of(&arrays, &[])
        };
        let at = |arrays: &[(&'static str, Vec<usize>)], array: Option<&'static str>| {
            chosen(&held(arrays), &Options { array, ..options(6) })
        };
        assert_eq!(at(&[("W", vec![6, 3]), ("v", vec![9, 6])], None), Ok(1));
        assert_eq!(at(&[("pictures", vec![9, 2, 3])], None), Ok(0));
        // Two could be: the name decides, else the user.
        assert_eq!(at(&[("v", vec![9, 6]), ("a/samples", vec![4, 6])], None), Ok(1));
        let why = at(&[("v", vec![9, 6]), ("w", vec![4, 6])], None).expect_err("open");
        assert!(why.contains("v, w") && why.contains("--data-name"), "{why}");
        assert_eq!(at(&[("v", vec![9, 6]), ("w", vec![4, 6])], Some("w")), Ok(1));
        assert_eq!(at(&[("one", vec![6])], Some("one")), Ok(0));
        for array in [None, Some("v")] {
            let why = at(&[("v", vec![6, 9])], array).expect_err("turned");
            assert!(why.contains("save its transpose"), "{why}");
        }
        assert!(at(&[("v", vec![9, 5])], None).expect_err("other units").contains("v [9, 5]"));
        assert!(at(&[("v", vec![0, 6])], None).is_err() && at(&[], None).is_err());
        assert!(at(&[("v", vec![9, 6])], Some("u")).expect_err("no u").contains("no array u"));
    }

    #[test]
    fn labels_are_one_whole_number_per_sample() {
        let folder = tempfile::tempdir().expect("a folder");
        let labels = folder.path().join("labels.txt");
        let name = labels.to_str().expect("text");
        let labelled = |words: &str| {
            std::fs::write(&labels, words).expect("writes");
            text("0 1\n1 0\n1 1\n", &Options { labels: Some(name), ..options(2) })
        };
        let found = labelled("7\n-2\n7\n").expect("labels");
        assert_eq!((found.classes.clone(), found.class_count()), (Some(vec![1, 0, 1]), 2));
        assert_eq!(found.labels.len(), 2);
        assert!(labelled("7\n7\n").expect_err("two").contains("2 labels for 3 samples"));
        assert!(labelled("1\n2\n0.5\n").expect_err("half").contains("0.5 is no label"));
        let idx = [&[0u8, 0, 8, 1, 0, 0, 0, 3][..], &[9, 9, 4]].concat();
        std::fs::write(&labels, idx).expect("writes");
        let found = text("0 1\n1 0\n1 1\n", &Options { labels: Some(name), ..options(2) }).expect("IDX");
        assert_eq!(found.classes, Some(vec![1, 1, 0]));
        let why = text("0 1\n", &Options { labels: Some("nowhere"), ..options(2) }).expect_err("no file");
        assert!(why.contains("nowhere: no such file, and no array"), "{why}");
    }

    #[test]
    fn idx_images_are_samples_plain_or_compressed() {
        use std::io::Write;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("images");
        // Two images of 2 x 1 pixels, by hand.
        let bytes = [&[0u8, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1][..], &[0, 128, 127, 255]].concat();
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(&bytes).expect("memory");
        for bytes in [bytes, packed.finish().expect("memory")] {
            std::fs::write(&path, bytes).expect("writes");
            let found = read(&path, &options(2)).expect("images");
            assert_eq!(rows(&found), [[0.0, 1.0], [0.0, 1.0]]);
            assert_eq!(found.picture, Some((2, 1)));
            let found = read(&path, &Options { threshold: Some(1.0), ..options(2) }).expect("images");
            assert_eq!(rows(&found), [[0.0, 1.0], [1.0, 1.0]]);
            let why = read(&path, &options(3)).expect_err("other units").to_string();
            assert!(why.contains("samples of 2 units, but the machine has 3"), "{why}");
        }
    }
}
