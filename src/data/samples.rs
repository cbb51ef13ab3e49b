//! Samples of a user: which array of a file they are, which values mean 1, and their classes.

use super::binarise::{self, Binarised, both_sides};
use super::idx::{IdxFile, Kind};
use super::read::pixels;
use super::{DataError, Dataset, Split};
use crate::arrays::{self, Archive};
use crate::bits::States;
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
    /// How values became 0 and 1.
    pub binarised: Binarised,
    /// One sentence for each convention recognised, conversion made or array left out.
    pub notes: Vec<String>,
}

/// Which samples of a file, and how they are read where it does not say so itself.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// Units per sample, where they are known.
    pub units: Option<usize>,
    /// Name of the array that holds the samples.
    pub array: Option<&'a str>,
    /// File of the labels, or the name of an array beside the samples.
    pub labels: Option<&'a str>,
    /// A value counts as 1 from here on.
    pub threshold: Option<f64>,
    /// The key of random numbers with which every value is drawn once instead.
    pub drawn: Option<[u8; 32]>,
    /// Lines and columns of every picture are exchanged.
    pub turned: bool,
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
    let key = options.drawn.unwrap_or_default();
    if IdxFile::kind(path) == Some(Kind::Images) {
        let threshold = options.threshold.unwrap_or(128.0);
        if !(0.0..=255.0).contains(&threshold) || threshold.fract() != 0.0 {
            let why = format!("a threshold of {threshold}: its pixels are whole numbers from 0 to 255");
            return Err(fail(why));
        }
        let file = IdxFile::read(path, Kind::Images)?;
        let units = file.height * file.width;
        fitting(units, options.units).map_err(fail)?;
        let ends = |(low, high): (u8, u8), pixel: &u8| (low.min(*pixel), high.max(*pixel));
        let (low, high) = file.values().iter().fold((u8::MAX, 0), ends);
        let binarised = match options.drawn {
            Some(_) => Binarised::Drawn(binarise::largest((f64::from(low), f64::from(high))).map_err(fail)?),
            None => {
                both_sides(threshold, (f64::from(low), f64::from(high)), 1.0).map_err(fail)?;
                Binarised::From(threshold)
            }
        };
        let states = pixels(&file, binarised, key, options.turned);
        let mut notes = vec![format!("grey {binarised}")];
        let classes = options.labels.map(|labels| classes(labels, None, file.count, &mut notes)).transpose()?;
        let (classes, labels) = classes.unzip();
        let (height, width) = (file.height, file.width);
        let picture = Some(if options.turned { (width, height) } else { (height, width) });
        let labels = labels.unwrap_or_default();
        return Ok(Samples { name: name(path), states, classes, labels, picture, binarised, notes });
    }
    if IdxFile::is_idx(path) {
        IdxFile::read(path, Kind::Images)?; // says what it is instead
    }
    let mut archive = arrays::open(path).map_err(fail)?;
    let at = chosen(&archive, options).map_err(fail)?;
    let entry = archive.entries[at].clone();
    if let Some(column) = archive.notes.iter().find_map(|note| label_column(note)) {
        return Err(fail(format!(
            "its column {column} is no unit but a label: save the units alone, and the labels in a file of their own for --labels"
        )));
    }
    let values = archive.values(at).map_err(fail)?;
    let rows = if entry.shape.len() == 1 { 1 } else { entry.shape[0] };
    let mut notes = archive.notes.clone();
    let units = values.len() / rows.max(1);
    if let Some(which) = options.threshold.is_none().then(|| odd_column(&values, units)).flatten() {
        return Err(fail(format!(
            "its {which} column alone holds other values than units have: if these are labels, save the units without it, and the labels in a file of their own for --labels{}",
            if options.drawn.is_some() { "" } else { "; if not, give --threshold" }
        )));
    }
    let named = |why: String| if archive.entries.len() == 1 { why } else { format!("{}: {why}", entry.name) };
    let binarised = binary(&values, options, &mut notes).map_err(|why| fail(named(why)))?;
    notes.extend(like_labels(&values, units));
    let picture = match entry.shape[..] {
        [_, height, width] if height > 1 && width > 1 => Some((height, width)),
        [_, 1, height, width] | [_, height, width, 1] => Some((height, width)),
        _ => None,
    };
    let turned = match (options.turned, picture) {
        (false, _) => None,
        (true, Some(picture)) => Some(picture),
        (true, None) => match units.isqrt() {
            side if side > 1 && side * side == units => Some((side, side)),
            _ => {
                return Err(fail(named(
                    "--transpose-images: samples of one axis are no pictures; leave it out".into(),
                )));
            }
        },
    };
    let place = |unit: usize| turned.map_or(unit, |(height, width)| unit % height * width + unit / height);
    let value = |row: usize, unit: usize| values[row * units + place(unit)];
    let states = binarise::states((rows, units), value, binarised, key);
    drop(values);
    let classes = options.labels.map(|labels| classes(labels, Some(&mut archive), rows, &mut notes)).transpose()?;
    if classes.is_none() {
        let labels = |entry: &arrays::Entry| rows > 1 && entry.count() == Some(rows) && entry.shape[0] == rows;
        let beside = archive.entries.iter().enumerate().filter(|(other, entry)| *other != at && labels(entry));
        notes.extend(beside.map(|(_, entry)| {
            format!(
                "array {0} of {rows} values is not used; if it holds labels, --labels {0} names them where they are used",
                entry.name
            )
        }));
    }
    if entry.shape == [units; 2] {
        notes.push(format!("{} is as long as wide: its rows are taken as samples", entry.name));
    }
    let picture = picture.map(|(height, width)| if options.turned { (width, height) } else { (height, width) });
    let name = if archive.entries.len() == 1 { name(path) } else { format!("{} of {}", entry.name, name(path)) };
    let (classes, labels) = classes.unzip();
    Ok(Samples { name, states, classes, labels: labels.unwrap_or_default(), picture, binarised, notes })
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
        fitting(data.height * data.width, Some(units))
            .map_err(|why| SamplesError::Unusable { path: path.clone(), why })?;
        let labels: Vec<f64> = split.labels.iter().map(|label| f64::from(*label)).collect();
        let (classes, labels) = numbered(&labels);
        Ok(Self {
            name: format!("{part} of {}", data.name),
            states: split.images.clone(),
            // One class says nothing.
            classes: (labels.len() > 1).then_some(classes),
            labels: if labels.len() > 1 { labels } else { Vec::new() },
            picture: Some((data.height, data.width)),
            binarised: data.binarised,
            notes: vec![format!("grey {}", data.binarised)],
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

fn fitting(found: usize, units: Option<usize>) -> Result<(), String> {
    let Some(units) = units.filter(|units| *units != found) else {
        return Ok(());
    };
    Err(format!("samples of {found} units, but the machine has {units} visible units: give samples of that machine"))
}

/// The array that holds the samples.
fn chosen(archive: &Archive, options: &Options<'_>) -> Result<usize, String> {
    let entries = &archive.entries;
    let listed = || {
        let all: Vec<String> = entries.iter().take(20).map(|one| format!("{} {:?}", one.name, one.shape)).collect();
        all.join(", ")
    };
    let fits = |entry: &arrays::Entry| {
        let rows = entry.shape.first().copied().unwrap_or(0);
        let units = |units: usize| entry.count() == rows.checked_mul(units);
        // Without a machine a column is no array of samples.
        let all = || entry.count().is_some_and(|count| count > rows);
        entry.shape.len() > 1 && rows > 0 && options.units.map_or_else(all, units)
    };
    let wanted = options.units.map_or("samples x units".to_string(), |units| format!("samples x {units} units"));
    let turned = |entry: &arrays::Entry| options.units.map_or("", |units| turned(entry, units));
    if let Some(name) = options.array {
        let Some(at) = entries.iter().position(|entry| entry.name == name) else {
            return Err(format!("no array {name}; it has {}", listed()));
        };
        let entry = &entries[at];
        if fits(entry) || options.units.is_some_and(|units| entry.shape == [units]) {
            return Ok(at);
        }
        return Err(format!("{name} is {:?}: {wanted} are needed{}", entry.shape, turned(entry)));
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
        let turn = entries.iter().find(|one| !turned(one).is_empty()).map_or("", |one| turned(one));
        let of = if options.units.is_some() { ", which the machine has visible" } else { "" };
        return Err(format!("no array of {wanted}{of}; it has {}{turn}", listed()));
    }
    Err(format!(
        "several arrays could be the samples ({}): choose one with --data-name",
        found.iter().map(|at| entries[*at].name.as_str()).collect::<Vec<_>>().join(", ")
    ))
}

/// A first or last column of a table that its header calls a label.
fn label_column(note: &str) -> Option<&'static str> {
    let names = note.split_once("holds names (")?.1.to_lowercase();
    let names = names.split_once(") and was left out")?.0;
    let ends = [names.split(',').next()?, names.split(',').next_back()?].map(|name| name.trim_matches(['"', ' ']));
    ["label", "labels", "class", "target"].into_iter().find(|name| ends.contains(name))
}

/// The first or last column, where it alone holds other values than 0 and 1, or −1 and 1, whole
/// numbers as labels are.
fn odd_column(values: &[f64], units: usize) -> Option<&'static str> {
    let odd = |low: f64| {
        let mut others = values.iter().enumerate().filter(|(_, x)| **x != low && **x != 1.0);
        let column = others.clone().next()?.0 % units;
        others.all(|(at, x)| at % units == column && *x >= 0.0 && x.fract() == 0.0).then_some(column)
    };
    let last = units.checked_sub(1).filter(|last| *last > 1)?;
    match odd(0.0).or_else(|| odd(-1.0))? {
        0 => Some("first"),
        column if column == last => Some("last"),
        _ => None,
    }
}

/// A note on a first or last column that holds every whole number from 0 or 1 to a small one, three
/// or more, where values elsewhere go much further, or not beyond 1: labels without a header look
/// like that.
fn like_labels(values: &[f64], units: usize) -> Option<String> {
    let last = units.checked_sub(1).filter(|last| *last > 1)?;
    let beyond = |column: usize| {
        let others = values.iter().enumerate().filter(|(at, _)| at % units != column);
        others.map(|(_, value)| *value).fold(0.0, libm::fmaximum)
    };
    let of = |column: usize| {
        let mut own: Vec<f64> = values.iter().skip(column).step_by(units).copied().collect();
        own.sort_by(f64::total_cmp);
        own.dedup();
        let (first, most) = (*own.first()?, *own.last()?);
        let counts = own.len() >= 3 && own.iter().enumerate().all(|(at, value)| *value == first + at as f64);
        let others = beyond(column);
        (counts && (first == 0.0 || first == 1.0) && (others <= 1.0 || others >= 4.0 * most)).then_some((first, most))
    };
    let name = |column: usize| if column == 0 { "first" } else { "last" };
    [0, last].into_iter().find_map(|column| of(column).map(|ends| (name(column), ends))).map(|(which, (first, most))| {
        format!(
            "its {which} column holds the whole numbers {first} to {most} alone and is taken as a unit: if it holds labels, save the units without it, and the labels in a file of their own for --labels"
        )
    })
}

/// What helps where units are rows.
fn turned(entry: &arrays::Entry, units: usize) -> &'static str {
    match entry.shape[..] {
        [rows, _] if rows == units => ": rows must be samples, save its transpose",
        _ => "",
    }
}

/// How values become units.
fn binary(values: &[f64], options: &Options<'_>, notes: &mut Vec<String>) -> Result<Binarised, String> {
    let odd = values.iter().filter(|x| !x.is_finite()).count();
    if odd > 0 {
        return Err(format!("{odd} of {} values are not finite numbers: leave those samples out", values.len()));
    }
    let low = values.iter().copied().fold(f64::INFINITY, libm::fminimum);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, libm::fmaximum);
    if let Some(threshold) = options.threshold {
        both_sides(threshold, (low, high), 0.0)?;
        notes.push(format!("values count as 1 from {threshold} on"));
        return Ok(Binarised::From(threshold));
    }
    if values.iter().all(|x| *x == 0.0 || *x == 1.0) {
        return Ok(Binarised::Already);
    }
    if values.iter().all(|x| *x == -1.0 || *x == 1.0) {
        notes.push("values −1 and 1: read as 0 and 1".into());
        return Ok(Binarised::Already);
    }
    if options.drawn.is_some() {
        let drawn = Binarised::Drawn(binarise::largest((low, high))?);
        notes.push(drawn.to_string());
        return Ok(drawn);
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
        None if IdxFile::kind(path) == Some(Kind::Labels) => {
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
        Options { units: Some(units), array: None, labels: None, threshold: None, drawn: None, turned: false }
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
    fn a_column_of_labels_is_not_taken_as_a_unit_in_silence() {
        let any = Options { units: None, ..options(0) };
        for (table, which) in
            [("3 0 1 1\n2 1 0 0\n", "first"), ("0 1 1 3\n1 0 0 2\n", "last"), ("-1 1 1 0\n1 -1 -1 2\n", "last")]
        {
            let why = text(table, &any).expect_err("labels");
            assert!(why.contains(&format!("its {which} column alone")) && why.contains("--labels"), "{why}");
        }
        let why = text("0 1 3 1\n1 0 2 0\n", &any).expect_err("grey");
        assert!(!why.contains("column alone") && why.contains("--threshold"), "{why}");
        let header = "a,b,class\n0,1,1\n1,0,0\n";
        let names: Vec<String> = (0..40).map(|at| format!("pixel{at}")).collect();
        let long = format!("{},label\n{}1\n", names.join(","), "0,".repeat(40));
        for (table, name) in [(header, "class"), (&long, "label")] {
            let why = text(table, &any).expect_err("a label");
            assert!(why.contains(&format!("its column {name} is no unit")), "{why}");
        }
        // Grey values without a header: said, since a unit may be like that.
        let grey = |first: &[f64]| {
            let lines = first.iter().map(|one| format!("{one} 0 200 13\n")).collect::<String>();
            let threshold = Some(100.0);
            text(&lines, &Options { threshold, ..any.clone() }).expect("units").notes.join("; ")
        };
        assert!(grey(&[0.0, 2.0, 1.0]).contains("its first column holds the whole numbers 0 to 2 alone"));
        assert!(!grey(&[0.0, 3.0, 1.0]).contains("column") && !grey(&[0.0, 1.0, 1.0]).contains("column"));
        assert!(!grey(&[0.0, 1.0, 2.5]).contains("column") && !grey(&[2.0, 3.0, 4.0]).contains("column"));
        assert!(grey(&[1.0, 2.0, 3.0]).contains("the whole numbers 1 to 3 alone"));
        // Units in [0, 1] and a threshold: what the labels are counted as is said.
        let unit = Options { threshold: Some(0.5), ..any.clone() };
        let found = text("0.2 1 0\n0.7 0 1\n0.1 1 2\n", &unit).expect("units").notes.join("; ");
        assert!(found.contains("its last column holds the whole numbers 0 to 2 alone"), "{found}");
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
    fn a_column_of_labels_is_no_unit() {
        let why = text("label,pixel0,pixel1\n3,0,1\n4,1,0\n", &options(3)).expect_err("labels");
        assert!(why.contains("column label") && why.contains("--labels"), "{why}");
        assert!(text("\"label\",\"pixel0\"\n3,0\n4,1\n", &options(2)).is_err(), "as R writes it");
        assert!(text("pixel0,pixel1\n0,1\n1,0\n", &options(2)).is_ok());
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
