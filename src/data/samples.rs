//! Samples of a user: which array of a file they are, which values mean 1, and their classes.

use super::idx::{IdxFile, Kind};
use super::{DataError, Dataset};
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
/// of any file that [`arrays::open`] knows.
///
/// # Errors
/// A file that cannot be read or held, an array that is open or of another number of units, values
/// other than 0 and 1 or −1 and 1 without a threshold, labels that do not belong to them.
pub fn read(path: &Path, options: &Options<'_>) -> Result<Samples, SamplesError> {
    let fail = |why: String| SamplesError::Unusable { path: path.to_path_buf(), why };
    if begins_as(path, Kind::Images) {
        let threshold = options.threshold.unwrap_or(128.0);
        let file = IdxFile::read(path, Kind::Images)?;
        let units = file.height * file.width;
        fitting(units, options.units).map_err(fail)?;
        let pixels = file.values();
        let states = States::from_fn(file.count, units, |row, unit| f64::from(pixels[row * units + unit]) >= threshold);
        let mut notes = vec![format!("grey values count as 1 from {threshold} on")];
        let classes = options.labels.map(|labels| classes(labels, None, file.count, &mut notes)).transpose()?;
        return Ok(Samples { name: name(path), states, classes, picture: Some((file.height, file.width)), notes });
    }
    let mut archive = arrays::open(path).map_err(fail)?;
    let at = chosen(&archive, options).map_err(fail)?;
    let entry = archive.entries[at].clone();
    let values = archive.values(at).map_err(fail)?;
    let rows = if entry.shape.len() == 1 { 1 } else { entry.shape[0] };
    let mut notes = archive.notes.clone();
    let on = binary(&values, options.threshold, &mut notes).map_err(|why| fail(format!("{}: {why}", entry.name)))?;
    let units = options.units;
    let states = States::from_fn(rows, units, |row, unit| values[row * units + unit] >= on);
    drop(values);
    let classes =
        options.labels.map(|labels| classes(labels, Some((path, &mut archive)), rows, &mut notes)).transpose()?;
    if classes.is_none() {
        let labels = |entry: &&arrays::Entry| rows > 1 && entry.count() == Some(rows) && entry.shape[0] == rows;
        notes.extend(archive.entries.iter().filter(labels).map(|entry| {
            format!("array {0} of {rows} values is not used; if it holds labels, say --labels {0}", entry.name)
        }));
    }
    let picture = match entry.shape[..] {
        [_, height, width] if height > 1 && width > 1 => Some((height, width)),
        [_, 1, height, width] | [_, height, width, 1] => Some((height, width)),
        _ => None,
    };
    let name = if archive.entries.len() == 1 { name(path) } else { format!("{} of {}", entry.name, name(path)) };
    Ok(Samples { name, states, classes, picture, notes })
}

impl Samples {
    /// Those of a data set that no machine was trained on.
    ///
    /// # Errors
    /// Images of another number of units.
    pub fn held_back(data: &Dataset, units: usize) -> Result<Self, SamplesError> {
        let path = PathBuf::from(&data.name);
        fitting(data.height * data.width, units).map_err(|why| SamplesError::Unusable { path, why })?;
        Ok(Self {
            name: format!("test images of {}", data.name),
            states: data.test.images.clone(),
            classes: Some(numbered(&data.test.labels.iter().map(|label| f64::from(*label)).collect::<Vec<_>>()).0),
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
    if let Some(threshold) = threshold {
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
    let low = values.iter().copied().fold(f64::INFINITY, libm::fminimum);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, libm::fmaximum);
    let proposed = match (low, high) {
        (0.0.., ..=1.0) => 0.5,
        (0.0.., ..=255.0) => 128.0,
        _ => 0.5 * low + 0.5 * high,
    };
    Err(format!(
        "values from {low} to {high}, not 0 and 1 or −1 and 1 alone: say from which value on a unit is 1, such as --threshold {proposed}"
    ))
}

/// The classes of the labels in a file, or in an array beside the samples.
fn classes(
    labels: &str,
    beside: Option<(&Path, &mut Archive)>,
    rows: usize,
    notes: &mut Vec<String>,
) -> Result<Vec<u8>, SamplesError> {
    let path = Path::new(labels);
    let fail = |why: String| SamplesError::Unusable { path: path.to_path_buf(), why };
    let inside = match beside {
        Some((_, archive)) => archive.entries.iter().position(|entry| entry.name == labels).map(|at| (archive, at)),
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
    Ok(classes)
}

/// Labels numbered in ascending order, and the different ones.
fn numbered(labels: &[f64]) -> (Vec<u8>, Vec<f64>) {
    let mut distinct = labels.to_vec();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    let class = |label: &f64| distinct.partition_point(|one| one < label) as u8;
    (labels.iter().map(class).collect(), distinct)
}
