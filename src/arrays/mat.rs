//! MATLAB files of version 5 (`save` with `-v6` or `-v7`, scipy, Octave): arrays in their logical
//! shape, members of structs and cells by names such as `dbn/rbm(1)/W`.
//!
//! The crates that read these files skip structs or refuse a file for one variable they do not
//! know (matfile 0.5.0: any int32; mat5 0.1.0: any text, struct or complex array), so this is a
//! reader of its own. Variables are decompressed one at a time, once to see what is in them and
//! again when the values of one of their arrays are asked for.

use super::{Archive, Entry, Kind, held};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

pub(super) mod numbers;
#[cfg(test)]
pub(super) mod tests;

use super::numbers::Number;
use numbers::{count, lines, row_by_row};

/// Structs and cells may lie so deep in each other.
const DEPTH: usize = 32;
/// A file may hold so many arrays, members counted.
const ARRAYS: usize = 100_000;
/// The names and texts of a file may take so many bytes.
const ALL: usize = 1 << 25;
/// MATLAB's own limit on one name is 63.
const NAME: usize = 255;
/// Texts of more characters are listed and not kept.
const TEXT: usize = 1 << 16;
/// One byte of a deflate stream stands for at most so many.
const DEFLATE: u64 = 1032;
/// The type number of an element that is an array.
const MATRIX: u32 = 14;
/// The type number of a compressed element.
const COMPRESSED: u32 = 15;

/// The sentence for a file that contradicts itself.
fn damaged(what: &str) -> String {
    format!("the MATLAB file is damaged: {what}")
}

/// Opens a MATLAB file of version 5; one of version 7.3 is an HDF5 file and is opened as such.
pub(super) fn open(path: &Path) -> Result<Archive, String> {
    let mut file = File::open(path).map_err(|e| e.to_string())?;
    let mut header = [0; 128];
    let cut = "the file is no MATLAB file of version 5: it is shorter than the header of one (one of version 4 has \
               to be saved with -v7 in MATLAB)";
    file.read_exact(&mut header).map_err(|_| cut.to_string())?;
    if header.starts_with(b"MATLAB 7.3") || header.starts_with(b"\x89HDF\r\n\x1a\n") {
        return super::hdf5::open(path);
    }
    let big = match &header[124..] {
        [_, 1, b'I', b'M'] => false,
        [1, _, b'M', b'I'] => true,
        _ => {
            let help = "one of version 4 has to be saved with -v7 in MATLAB";
            return Err(format!("the file is no MATLAB file of version 5 ({help})"));
        }
    };
    let mut source = Source { parts: outline(&mut file, big)?, file, big, kept: None };
    let mut found = Found::default();
    for variable in 0..source.parts.len() {
        let bytes = source.load(variable)?;
        let mut walk = Walk { bytes, big, variable, found: &mut found };
        walk.matrix(0..bytes.len(), None, 0)?;
    }
    let Found { entries, places, texts, .. } = found;
    let shapes: Vec<_> = entries.iter().map(|entry| (entry.shape.clone(), entry.kind.clone())).collect();
    let read = move |at: usize| {
        let (shape, kind) = shapes.get(at).ok_or("there is no such array")?;
        match places.get(at).and_then(Option::as_ref) {
            Some(place) => source.values(place, shape),
            None => Err(match kind {
                Kind::Complex => "its numbers are complex".to_string(),
                Kind::Other(what) => format!("it is {what}"),
                _ => "it holds no numbers".to_string(),
            }),
        }
    };
    Ok(Archive { format: "MATLAB file (.mat)", entries, texts, notes: Vec::new(), read: Box::new(read) })
}

/// One variable as it lies in the file: what stands behind its tag.
struct Part {
    /// Where it starts.
    start: u64,
    /// How many bytes it has there.
    length: u64,
    /// Whether they are compressed.
    packed: bool,
}

/// The variables of a file, from their tags alone.
fn outline(file: &mut File, big: bool) -> Result<Vec<Part>, String> {
    let end = file.metadata().map_err(|e| e.to_string())?.len();
    let (mut parts, mut at) = (Vec::new(), 128);
    while at < end {
        let mut tag = [0; 8];
        file.seek(SeekFrom::Start(at)).map_err(|e| e.to_string())?;
        file.read_exact(&mut tag).map_err(|_| damaged("it ends inside a tag"))?;
        let (kind, length) = (word(&tag[..4], big), u64::from(word(&tag[4..], big)));
        let start = at + 8;
        if start + length > end {
            return Err(damaged("it ends inside a variable, as a file does whose writing was cut short"));
        }
        match kind {
            MATRIX | COMPRESSED => parts.push(Part { start, length, packed: kind == COMPRESSED }),
            // Other elements are allowed and hold nothing that has a name.
            1..=18 => {}
            _ => return Err(damaged("an element has a type that there is not")),
        }
        if parts.len() > ARRAYS {
            return Err(format!("the MATLAB file holds more than {ARRAYS} arrays"));
        }
        at = start + length;
    }
    Ok(parts)
}

/// The first four bytes as a number.
fn word(bytes: &[u8], big: bool) -> u32 {
    let mut four = [0; 4];
    bytes.iter().zip(&mut four).for_each(|(from, to)| *to = *from);
    if big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) }
}

/// The file, with the variable that was read last.
struct Source {
    file: File,
    parts: Vec<Part>,
    big: bool,
    kept: Option<(usize, Vec<u8>)>,
}

impl Source {
    /// What stands in a variable behind its tag, decompressed.
    fn load(&mut self, variable: usize) -> Result<&[u8], String> {
        if self.kept.as_ref().is_none_or(|(at, _)| *at != variable) {
            self.kept = None;
            let bytes = self.unpacked(variable)?;
            self.kept = Some((variable, bytes));
        }
        Ok(self.kept.as_ref().map_or(&[], |(_, bytes)| bytes))
    }

    fn unpacked(&mut self, variable: usize) -> Result<Vec<u8>, String> {
        let part = self.parts.get(variable).ok_or("there is no such variable")?;
        self.file.seek(SeekFrom::Start(part.start)).map_err(|e| e.to_string())?;
        let mut stored = (&mut self.file).take(part.length);
        if !part.packed {
            return bytes_of(&mut stored, part.length);
        }
        let broken = |_| damaged("a compressed variable cannot be unpacked");
        let mut stream = flate2::read::ZlibDecoder::new(stored);
        let mut tag = [0; 8];
        stream.read_exact(&mut tag).map_err(broken)?;
        let length = u64::from(word(&tag[4..], self.big));
        if word(&tag[..4], self.big) != MATRIX || length > part.length * DEFLATE {
            return Err(damaged("a compressed variable is no array, or longer than it can be"));
        }
        let bytes = bytes_of(&mut stream, length)?;
        // The end of the stream holds its checksum, which is compared in reading on.
        match stream.read(&mut [0]).map_err(broken)? {
            0 => Ok(bytes),
            _ => Err(damaged("a compressed variable is longer than it says")),
        }
    }

    /// The numbers of an array, row by row.
    fn values(&mut self, place: &Place, shape: &[usize]) -> Result<Vec<f64>, String> {
        let big = self.big;
        let bytes = self.load(place.variable)?;
        let bytes = bytes.get(place.range.clone()).ok_or_else(|| damaged("an array ends behind its variable"))?;
        held(16 * (bytes.len() / place.stored.width) as u128)?;
        row_by_row(place.stored.ordered(big).numbers(bytes), shape)
    }
}

/// So many bytes of a stream, all of them there.
fn bytes_of(stream: &mut impl Read, length: u64) -> Result<Vec<u8>, String> {
    held(u128::from(length))?;
    let mut bytes = Vec::new();
    stream.take(length).read_to_end(&mut bytes).map_err(|_| damaged("a variable cannot be read to its end"))?;
    match bytes.len() as u64 == length {
        true => Ok(bytes),
        false => Err(damaged("a variable is shorter than it says")),
    }
}

/// The storage type of an element of numbers.
fn stored(kind: u32) -> Option<Number> {
    Some(match kind {
        1 => Number::I8,
        2 => Number::U8,
        3 => Number::I16,
        4 => Number::U16,
        5 => Number::I32,
        6 => Number::U32,
        7 => Number::F32,
        9 => Number::F64,
        12 => Number::I64,
        13 => Number::U64,
        _ => return None,
    })
}

/// Where the numbers of an array are.
struct Place {
    /// In which variable.
    variable: usize,
    /// Where in what it holds.
    range: Range<usize>,
    /// Of which storage type.
    stored: Number,
}

/// What a file holds.
#[derive(Default)]
struct Found {
    entries: Vec<Entry>,
    places: Vec<Option<Place>>,
    texts: Vec<(String, String)>,
    /// Bytes of all names and texts so far.
    bytes: usize,
}

impl Found {
    fn room(&mut self, bytes: usize) -> Result<(), String> {
        self.bytes += bytes;
        match self.entries.len() + self.texts.len() < ARRAYS && self.bytes <= ALL {
            true => Ok(()),
            false => Err(format!("the MATLAB file holds more than {ARRAYS} arrays")),
        }
    }

    fn push(&mut self, name: String, shape: Vec<usize>, kind: Kind, place: Option<Place>) -> Result<(), String> {
        self.room(name.len())?;
        self.entries.push(Entry { name, shape, kind });
        self.places.push(place);
        Ok(())
    }
}

/// A walk through one variable.
struct Walk<'a> {
    bytes: &'a [u8],
    big: bool,
    variable: usize,
    found: &'a mut Found,
}

/// What stands before the content of an array.
struct Head {
    class: u32,
    logical: bool,
    complex: bool,
    shape: Vec<usize>,
    count: usize,
    name: String,
}

impl Walk<'_> {
    /// The next element of a range: its type and where its content is. The range then starts behind
    /// it.
    fn element(&self, range: &mut Range<usize>) -> Result<(u32, Range<usize>), String> {
        let short = || damaged("an array is shorter than its parts");
        let tag = self.bytes.get(range.start..range.end).and_then(|rest| rest.get(..8)).ok_or_else(short)?;
        let (first, second) = (word(&tag[..4], self.big), word(&tag[4..], self.big));
        // Up to four bytes stand within the tag.
        let (kind, start, length, behind) = match first >> 16 {
            0 => {
                let length = second as usize;
                (first, range.start + 8, length, range.start + 8 + length.next_multiple_of(8))
            }
            length => (first & 0xffff, range.start + 4, length.min(4) as usize, range.start + 8),
        };
        if start + length > range.end {
            return Err(short());
        }
        range.start = behind.min(range.end);
        Ok((kind, start..start + length))
    }

    /// The next element as bytes, at most so many.
    fn short(&self, range: &mut Range<usize>, limit: usize) -> Result<&[u8], String> {
        let (_, content) = self.element(range)?;
        let bytes = self.bytes.get(content).unwrap_or_default();
        if bytes.len() > limit { Err(damaged("a name or a shape is too long")) } else { Ok(bytes) }
    }

    fn head(&self, range: &mut Range<usize>) -> Result<Head, String> {
        let flags = word(self.short(range, 8)?, self.big);
        let class = flags & 0xff;
        let (logical, complex) = (flags & 0x200 != 0, flags & 0x800 != 0);
        // An object of a newer class has no shape.
        let shape = if class == 17 { Vec::new() } else { self.shape(range)? };
        let count = count(&shape).ok_or_else(|| damaged("a shape is too large"))?;
        let name = text(self.short(range, NAME)?);
        Ok(Head { class, logical, complex, shape, count, name })
    }

    fn shape(&self, range: &mut Range<usize>) -> Result<Vec<usize>, String> {
        let sizes = self.short(range, 4 * 32)?;
        let size = |bytes: &[u8; 4]| i32::try_from(word(bytes, self.big)).ok().and_then(|n| usize::try_from(n).ok());
        let shape: Option<Vec<usize>> = sizes.as_chunks().0.iter().map(size).collect();
        shape.ok_or_else(|| damaged("a size is negative"))
    }

    /// An array with all that lies in it; `name` is given to members.
    fn matrix(&mut self, mut range: Range<usize>, name: Option<String>, depth: usize) -> Result<(), String> {
        if range.is_empty() {
            return match name {
                Some(name) => self.found.push(name, vec![0, 0], Kind::Other("empty".to_string()), None),
                None => Ok(()),
            };
        }
        if depth > DEPTH {
            return Err(format!("structs and cells of the MATLAB file lie more than {DEPTH} deep in each other"));
        }
        let head = self.head(&mut range)?;
        let name = match name {
            Some(name) => name,
            // What has no name is MATLAB's own.
            None if head.name.is_empty() => return Ok(()),
            None => head.name.clone(),
        };
        let other = |what: &str| Kind::Other(what.to_string());
        match head.class {
            1 => self.cell(range, &name, head.count, depth),
            2 => self.members(range, &name, head.count, depth),
            3 => self.found.push(name, head.shape, other("an object"), None),
            4 => self.text(range, name, head),
            5 => self.found.push(name, head.shape, other("a sparse matrix (full(...) makes it an array)"), None),
            6..=15 => self.array(range, name, head),
            16 => self.found.push(name, head.shape, other("a function"), None),
            17 => self.found.push(name, head.shape, other("an object (a table, a string or a class)"), None),
            _ => Err(damaged("an array has a class that there is not")),
        }
    }

    /// An element that has to be an array, and where its content is.
    fn inner(&self, range: &mut Range<usize>) -> Result<Range<usize>, String> {
        match self.element(range)? {
            (MATRIX, content) => Ok(content),
            _ => Err(damaged("a member of a struct or a cell is no array")),
        }
    }

    fn cell(&mut self, mut range: Range<usize>, name: &str, count: usize, depth: usize) -> Result<(), String> {
        for at in 1..=count {
            let inner = self.inner(&mut range)?;
            self.matrix(inner, Some(format!("{name}({at})")), depth + 1)?;
        }
        Ok(())
    }

    fn members(&mut self, mut range: Range<usize>, name: &str, count: usize, depth: usize) -> Result<(), String> {
        let long = word(self.short(&mut range, 4)?, self.big) as usize;
        let (_, content) = self.element(&mut range)?;
        let fields = self.bytes.get(content).unwrap_or_default();
        if fields.is_empty() {
            return Ok(());
        }
        if !(1..=NAME + 1).contains(&long) || fields.len() % long != 0 {
            return Err(damaged("the names of a struct are not as long as it says"));
        }
        let fields: Vec<String> = fields.chunks_exact(long).map(text).collect();
        for at in 1..=count {
            let place = if count == 1 { name.to_string() } else { format!("{name}({at})") };
            for field in &fields {
                let inner = self.inner(&mut range)?;
                self.matrix(inner, Some(format!("{place}/{field}")), depth + 1)?;
            }
        }
        Ok(())
    }

    fn array(&mut self, mut range: Range<usize>, name: String, head: Head) -> Result<(), String> {
        let (stored, content) = self.element(&mut range).map(|(kind, content)| (stored(kind), content))?;
        let kind = match head.class {
            _ if head.complex => Kind::Complex,
            _ if head.logical => Kind::Bool,
            6 => Kind::Float(64),
            7 => Kind::Float(32),
            class => {
                let names = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"];
                Kind::Integer(names.get(class as usize - 8).copied().unwrap_or_default().to_string())
            }
        };
        let stored = stored.ok_or_else(|| damaged(&format!("{name} has numbers of a type that there is not")))?;
        if head.count.checked_mul(stored.width) != Some(content.len()) {
            return Err(damaged(&format!("{name} has not as many values as its shape says")));
        }
        let place = Place { variable: self.variable, range: content, stored };
        let place = (kind != Kind::Complex).then_some(place);
        self.found.push(name, head.shape, kind, place)
    }

    /// An array of characters: one line for every row.
    fn text(&mut self, mut range: Range<usize>, name: String, head: Head) -> Result<(), String> {
        let (stored, content) = self.element(&mut range)?;
        let bytes = self.bytes.get(content).unwrap_or_default();
        if bytes.len() > 4 * TEXT || head.count > TEXT {
            return self.found.push(name, head.shape, Kind::Other("text".to_string()), None);
        }
        let units = |two: &[u8; 2]| if self.big { u16::from_be_bytes(*two) } else { u16::from_le_bytes(*two) };
        let whole = match stored {
            4 | 17 => String::from_utf16_lossy(&bytes.as_chunks().0.iter().map(units).collect::<Vec<u16>>()),
            1 | 2 | 16 => String::from_utf8_lossy(bytes).into_owned(),
            _ => return Err(damaged(&format!("{name} is text of a kind that there is not"))),
        };
        self.found.room(name.len() + whole.len())?;
        let letters: Vec<char> = whole.chars().collect();
        self.found.texts.push((name, lines(&letters, head.shape.first().copied().unwrap_or(1))));
        Ok(())
    }
}

/// A name up to its first zero.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}
