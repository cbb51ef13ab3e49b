//! HDF5 files (h5py, PyTables, Keras, Julia, MATLAB 7.3), read with rust-hdf5.
//!
//! The crate allocates what a file says, so every size is first compared with the length of the
//! file. It reads the whole tree when a file is opened and no values; those are read one data set
//! at a time.

use super::mat::numbers::row_by_row;
use super::numbers::{Number, count};
use super::{Archive, Entry, Kind, held};
use rust_hdf5::{H5Dataset, H5File, H5Group, LinkClass, StorageLayout};
use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::io::Read;
use std::path::Path;

mod matlab;
#[cfg(test)]
mod tests;
mod types;

use types::Content;

/// A file may hold so many objects.
const OBJECTS: usize = 100_000;
/// Groups may lie so deep in each other.
const DEPTH: usize = 64;
/// Attributes and links are looked at in so many groups: the crate looks through all of them for
/// each.
const GROUPS: usize = 2_000;
/// Data sets of more texts are listed and not kept.
const TEXTS: usize = 1_000;
/// A text of more bytes is not kept.
const TEXT: usize = 1 << 16;
/// All texts, and all names, may take so many bytes.
const ALL: usize = 1 << 25;
/// One byte of a compressed chunk stands for at most so many.
const PACKED: u128 = 1032;
/// A chunk may be so large beside the array that it is a part of.
const CHUNK: u128 = 1 << 20;

/// Opens an HDF5 file.
pub(super) fn open(path: &Path) -> Result<Archive, String> {
    let file = File::open(path).map_err(|e| e.to_string())?;
    // A lock kept while values are read would end a training that is to append to the file.
    match file.try_lock_shared() {
        Ok(()) => file.unlock().map_err(|e| e.to_string())?,
        Err(TryLockError::WouldBlock) => {
            return Err("the file is being written: try again when the training is over".to_string());
        }
        // Not every file system knows locks.
        Err(TryLockError::Error(_)) => {}
    }
    let length = file.metadata().map_err(|e| e.to_string())?.len();
    let mut header = Vec::new();
    file.take(512).read_to_end(&mut header).map_err(|e| e.to_string())?;
    let origin = Origin::of(&header);
    let file = H5File::options().no_locking().open(path).map_err(|e| broken(&e))?;
    let mut tree = Tree::of(&file, length, origin)?;
    tree.walk()?;
    let Tree { found: Found { entries, places, texts, mut notes, turned, .. }, .. } = tree;
    if turned {
        notes.push("HDF5 holds the arrays of MATLAB with their sizes in reverse: turned back".to_string());
    }
    let shapes: Vec<_> = entries.iter().map(|entry| (entry.shape.clone(), entry.kind.clone())).collect();
    let read = move |at: usize| {
        let (shape, kind) = shapes.get(at).ok_or("there is no such data set")?;
        match (places.get(at).and_then(Option::as_ref), kind) {
            (Some(place), _) => values(&file, length, place, shape),
            (None, Kind::Complex) => Err("its numbers are complex".to_string()),
            (None, Kind::Other(what)) => Err(format!("it is {what}")),
            (None, _) => Ok(Vec::new()),
        }
    };
    Ok(Archive { format: origin.format(), entries, texts, notes, read: Box::new(read) })
}

/// What the crate says is wrong with a file.
fn broken(error: &rust_hdf5::Hdf5Error) -> String {
    format!("the HDF5 file is damaged, or of a kind that is not read ({error})")
}

/// The program that wrote a file, by what it puts before the HDF5 part.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Matlab,
    Julia,
    Other,
}

impl Origin {
    fn of(header: &[u8]) -> Self {
        match header {
            _ if header.starts_with(b"MATLAB 7.3") => Self::Matlab,
            _ if header.starts_with(b"HDF5-based Julia Data Format") => Self::Julia,
            _ if header.starts_with(b"Julia data file (HDF5)") => Self::Julia,
            _ => Self::Other,
        }
    }

    fn format(self) -> &'static str {
        match self {
            Self::Matlab => "MATLAB 7.3 file (HDF5)",
            Self::Julia => "Julia data file (JLD, HDF5)",
            Self::Other => "HDF5 file",
        }
    }
}

/// Where the values of an entry are.
struct Place {
    /// Path of the data set.
    path: String,
    /// How its numbers are stored.
    stored: Number,
    /// Whether the highest byte is first.
    big: bool,
    /// Whether the order of the sizes is MATLAB's.
    turned: bool,
}

/// The values of a data set, row by row.
fn values(file: &H5File, length: u64, place: &Place, shape: &[usize]) -> Result<Vec<f64>, String> {
    let set = file.dataset(&place.path).map_err(|e| broken(&e))?;
    filters(&set)?;
    let needed = fits(&set, length)?;
    held(needed + 16 * count(shape).ok_or("its shape is too large")? as u128)?;
    let bytes = set.read_raw_bytes().map_err(|e| broken(&e))?;
    let values = place.stored.ordered(place.big).numbers(&bytes);
    drop(bytes);
    match count(shape) == Some(values.len()) {
        true if place.turned => row_by_row(values, shape),
        true => Ok(values),
        false => Err("the number of its values is not that of its shape".to_string()),
    }
}

/// The bytes that reading a data set takes, if the file can hold that much.
fn fits(set: &H5Dataset, length: u64) -> Result<u128, String> {
    let bytes =
        |shape: &[usize]| shape.iter().fold(set.element_size() as u128, |all, size| all.saturating_mul(*size as u128));
    let (all, length) = (bytes(&set.shape()), u128::from(length));
    match set.storage_layout().map_err(|e| broken(&e))? {
        StorageLayout::Virtual => return Err("its values are in other files".to_string()),
        _ if set.external_files().is_ok_and(|files| !files.is_empty()) => {
            return Err("its values are in other files".to_string());
        }
        _ => {}
    }
    let packed = set.filters().map_err(|e| broken(&e))?;
    let most = if packed.is_empty() { length } else { length * PACKED };
    let chunk = set.chunk_dims().map_or(0, |shape| bytes(&shape));
    if all > most || chunk > most || chunk > 4 * all + CHUNK {
        return Err(
            "it has more numbers than the file can hold: they were never written, or the file is damaged".into()
        );
    }
    Ok(all + chunk)
}

/// Whether all filters of a data set are known.
fn filters(set: &H5Dataset) -> Result<(), String> {
    let known = |id: u16| matches!(id, 1..=6 | 32000);
    let name = |id: u16| match id {
        307 => "bzip2",
        32001 => "Blosc",
        32004 => "LZ4",
        32008 => "Bitshuffle",
        32013 => "ZFP",
        32015 => "Zstandard",
        32026 => "Blosc2",
        _ => "a filter that is not known here",
    };
    match set.filters().map_err(|e| broken(&e))?.iter().find(|filter| !known(filter.id)) {
        Some(filter) => Err(format!(
            "it is compressed with {} (HDF5 filter {}): `h5repack -f GZIP=4 old.h5 new.h5` makes a file that is read",
            name(filter.id),
            filter.id
        )),
        None => Ok(()),
    }
}

/// What a file holds.
#[derive(Default)]
struct Found {
    entries: Vec<Entry>,
    places: Vec<Option<Place>>,
    texts: Vec<(String, String)>,
    notes: Vec<String>,
    /// Whether the order of any shape was turned.
    turned: bool,
    /// Bytes of all names and texts.
    bytes: usize,
}

/// The sentence for a file that holds more than any of use does.
fn many() -> String {
    format!("the HDF5 file holds more than {OBJECTS} objects, or longer names and texts than any")
}

impl Found {
    fn room(&mut self, bytes: usize) -> Result<(), String> {
        self.bytes = self.bytes.saturating_add(bytes);
        match self.entries.len() + self.texts.len() < OBJECTS && self.bytes <= ALL {
            true => Ok(()),
            false => Err(many()),
        }
    }

    fn push(&mut self, name: &str, shape: Vec<usize>, kind: Kind, place: Option<Place>) -> Result<(), String> {
        self.room(name.len())?;
        self.entries.push(Entry { name: name.to_string(), shape, kind });
        self.places.push(place);
        Ok(())
    }

    fn other(&mut self, name: &str, shape: Vec<usize>, what: &str) -> Result<(), String> {
        self.push(name, shape, Kind::Other(what.to_string()), None)
    }

    fn text(&mut self, name: String, text: String) -> Result<(), String> {
        self.room(name.len() + text.len())?;
        self.texts.push((name, text));
        Ok(())
    }
}

/// A walk through the tree of a file.
struct Tree<'a> {
    file: &'a H5File,
    length: u64,
    origin: Origin,
    /// Paths of all data sets, in the order of the file.
    sets: Vec<String>,
    /// The same, sorted.
    sorted: BTreeSet<String>,
    /// How many data sets and members of cells were looked at.
    steps: usize,
    found: Found,
}

impl<'a> Tree<'a> {
    fn of(file: &'a H5File, length: u64, origin: Origin) -> Result<Self, String> {
        let sets = file.dataset_names();
        // The name of a group stands in those of all that is in it.
        if sets.len() > OBJECTS || sets.iter().map(String::len).sum::<usize>() > ALL {
            return Err(many());
        }
        let deep = |path: &String| path.bytes().filter(|byte| *byte == b'/').count() >= DEPTH;
        if sets.iter().any(deep) {
            return Err(format!("the groups of the HDF5 file lie more than {DEPTH} deep in each other"));
        }
        let sorted = sets.iter().cloned().collect();
        Ok(Self { file, length, origin, sets, sorted, steps: 0, found: Found::default() })
    }

    /// Lists everything.
    fn walk(&mut self) -> Result<(), String> {
        let hidden = |path: &str| path.starts_with("#refs#/") || path.starts_with("#subsystem#/");
        for path in std::mem::take(&mut self.sets) {
            if !hidden(&path) {
                self.list(&path, &path, 0)?;
            }
        }
        self.groups()
    }

    /// Counts what is looked at: cells that share their members can be more than any file has room
    /// for.
    fn step(&mut self) -> Result<(), String> {
        self.steps += 1;
        if self.steps > 2 * OBJECTS { Err(many()) } else { Ok(()) }
    }

    /// Lists the data set at `path` under a name.
    fn list(&mut self, name: &str, path: &str, depth: usize) -> Result<(), String> {
        self.step()?;
        let set = match self.file.dataset(path) {
            Ok(set) => set,
            Err(e) => return self.found.other(name, Vec::new(), &format!("a data set that cannot be read ({e})")),
        };
        let class = set.attr("MATLAB_class").and_then(|class| class.read_string()).ok();
        if class.is_some() || self.origin == Origin::Matlab {
            return self.matlab(name, path, &set, class.as_deref(), depth);
        }
        let of = set.datatype().map_err(|e| broken(&e))?;
        let shape = set.shape();
        match types::content(&of) {
            _ if set.is_null() => self.found.other(name, Vec::new(), "empty"),
            Content::Text => self.strings(name, &set),
            Content::References => {
                let help = if self.julia() { " (what they refer to is listed under _refs)" } else { "" };
                self.found.other(name, shape, &format!("references to other objects{help}"))
            }
            Content::Records(fields) => self.records(name, shape, &fields),
            Content::Other(kind) => self.found.push(name, shape, kind, None),
            Content::Numbers(kind, stored, big) => self.numbers(name, path, &set, (kind, stored, big), false),
        }
    }

    /// Lists records; Julia's are structs, of which the arrays can be saved one by one.
    fn records(&mut self, name: &str, shape: Vec<usize>, fields: &[String]) -> Result<(), String> {
        let fields: Vec<&str> = fields.iter().map(|field| field.trim_end_matches('_')).collect();
        let all = fields.join(", ");
        if !self.julia() {
            return self.found.other(name, shape, &format!("a record of {all}"));
        }
        let lines = |field: &&str| format!("h5write(\"machine.h5\", \"{field}\", {name}.{field})");
        let lines = fields.iter().map(lines).collect::<Vec<_>>().join("; ");
        self.found.other(name, shape, &format!("a Julia struct of {all}: `using HDF5; {lines}` saves its arrays"))
    }

    /// Whether a file is Julia's, by its header or by what JLD adds to it.
    fn julia(&self) -> bool {
        let below = |group: &str| self.sorted.range(format!("{group}/")..).next().is_some_and(|p| p.starts_with(group));
        self.origin == Origin::Julia || below("_creator") || below("_refs")
    }

    /// Lists a data set of numbers; `turned` says that its sizes are in MATLAB's order.
    fn numbers(
        &mut self,
        name: &str,
        path: &str,
        set: &H5Dataset,
        (kind, stored, big): (Kind, Number, bool),
        turned: bool,
    ) -> Result<(), String> {
        let mut shape = set.shape();
        if turned {
            shape.reverse();
            self.found.turned |= shape.iter().filter(|size| **size != 1).count() > 0;
        }
        // A shape that no file can have is not passed on: products of its sizes would overflow.
        let (wide, elsewhere) = (count(&shape).and_then(|n| n.checked_mul(8)), fits(set, self.length).err());
        match (wide, elsewhere, set.element_size() == stored.width) {
            (_, Some(why), _) => self.found.other(name, Vec::new(), &format!("not there ({why})")),
            (Some(_), None, true) => {
                let place = Place { path: path.to_string(), stored, big, turned };
                self.found.push(name, shape, kind, Some(place))
            }
            _ => self.found.other(name, Vec::new(), "damaged"),
        }
    }

    /// Keeps a data set of texts, or lists it if it is long.
    fn strings(&mut self, name: &str, set: &H5Dataset) -> Result<(), String> {
        let shape = set.shape();
        // Every text may be the same long one of the file.
        let few =
            count(&shape).filter(|n| *n <= TEXTS && (*n <= 1 || n.saturating_mul(self.length as usize) < 1 << 26));
        let kept = few.is_some() && filters(set).is_ok() && fits(set, self.length).is_ok();
        match if kept { set.read_strings_lossy().ok() } else { None } {
            Some(texts) if texts.iter().map(String::len).sum::<usize>() <= TEXT => {
                self.found.text(name.to_string(), texts.join("\n"))
            }
            _ if count(&shape).is_none() => self.found.other(name, Vec::new(), "text"),
            _ => self.found.other(name, shape, "text"),
        }
    }

    /// Attributes and links of the groups.
    fn groups(&mut self) -> Result<(), String> {
        let mut waiting = vec![self.file.root_group()];
        let (mut seen, mut skipped) = (0, Vec::new());
        while let Some(group) = waiting.pop() {
            seen += 1;
            if seen > GROUPS {
                let note = format!("attributes and links were looked at in the first {GROUPS} groups only");
                self.found.notes.push(note);
                break;
            }
            let path = group.name().trim_start_matches('/').to_string();
            self.attributes(&group, &path)?;
            for link in group.link_names().unwrap_or_default() {
                if group.link_class(&link).is_ok_and(|class| class != LinkClass::Hard) {
                    skipped.push(join(&path, &link));
                }
            }
            for child in group.group_names().unwrap_or_default() {
                let Ok(inner) = group.group(&child) else { continue };
                let (here, there) = (join(&path, &child), inner.name().trim_start_matches('/').to_string());
                match there == here {
                    true if here.starts_with('#') => {}
                    true => waiting.push(inner),
                    false => self.alias(&here, &there)?,
                }
            }
        }
        if !skipped.is_empty() {
            let (all, some) =
                (skipped.len(), skipped.iter().take(5).map(String::as_str).collect::<Vec<_>>().join(", "));
            let dots = if all > 5 { ", ..." } else { "" };
            self.found.notes.push(format!("{all} links to other names or files were not followed: {some}{dots}"));
        }
        Ok(())
    }

    /// Lists what is in a group under a second name of it, if the group does not lie in itself.
    fn alias(&mut self, here: &str, there: &str) -> Result<(), String> {
        if there.is_empty() || here.starts_with(&format!("{there}/")) {
            self.found.notes.push(format!("{here} is a group that it lies in itself: not followed"));
            return Ok(());
        }
        for path in self.below(there) {
            self.list(&format!("{here}{}", path.get(there.len()..).unwrap_or_default()), &path, 0)?;
        }
        Ok(())
    }

    /// All data sets in a group and the groups in it.
    fn below(&self, group: &str) -> Vec<String> {
        let start = format!("{group}/");
        let inside = self.sorted.range(start.clone()..).take_while(|path| path.starts_with(&start));
        inside.cloned().collect()
    }

    /// Texts of the attributes of a group. The crate does not tell the type of an attribute of a
    /// group and shows a number as the text of its bytes, so only what can be read is kept.
    fn attributes(&mut self, group: &H5Group, path: &str) -> Result<(), String> {
        for name in group.attr_names().unwrap_or_default() {
            let Ok(text) = group.attr_string(&name) else { continue };
            let readable = |letter: char| !letter.is_control() && letter != '\u{fffd}';
            let long = (3..=TEXT).contains(&text.len());
            if long && !name.starts_with("MATLAB_") && text.chars().all(|c| readable(c) || matches!(c, '\n' | '\t')) {
                self.found.text(join(path, &format!("@{name}")), text)?;
            }
        }
        Ok(())
    }
}

/// A name in a group.
fn join(group: &str, name: &str) -> String {
    if group.is_empty() { name.to_string() } else { format!("{group}/{name}") }
}
