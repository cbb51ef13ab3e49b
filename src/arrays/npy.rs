//! NumPy's format, versions 1 to 3: magic, version, length of the header, a Python dictionary, the
//! values.

mod literal;
#[cfg(test)]
mod tests;

use super::numbers::{Form, Number, count, row_by_row};
use super::{Archive, Entry, Kind, ONLY, PER_VALUE, SHORT, absent, failure, held};
use literal::Value;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// What a file in NumPy's format begins with.
pub(super) const MAGIC: &[u8] = b"\x93NUMPY";
/// NumPy itself writes a few hundred bytes, and refuses to read more than 10,000.
const HEADER: u64 = 1 << 20;
/// NumPy's arrays have at most so many dimensions.
const DIMENSIONS: usize = 64;
/// Texts of more bytes are listed and not kept.
const TEXT: usize = 1 << 20;

/// What the header of an array says.
pub(super) struct Header {
    /// Where the values begin, in bytes.
    pub(super) start: u64,
    /// The lengths of the dimensions.
    shape: Vec<usize>,
    /// Their product.
    count: usize,
    /// Whether the first index is the fastest.
    fortran: bool,
    /// How the values are stored.
    stored: Stored,
}

/// How the values are stored.
struct Stored {
    /// Their type as the entry has it.
    kind: Kind,
    /// Bytes per value; none where they have no fixed length.
    width: Option<usize>,
    /// What to read them as, or why they are no real numbers and what helps.
    number: Result<Number, String>,
    /// Whether they are texts of four bytes per character.
    wide: bool,
    /// Whether the most significant byte comes first.
    big: bool,
}

/// Opens a file of one array, which has no name of its own.
///
/// # Errors
/// In one sentence: a damaged header, an unknown version, too few or too many bytes.
pub(super) fn open(path: &Path) -> Result<Archive, String> {
    let file = File::open(path).map_err(|e| failure(&e))?;
    let length = file.metadata().map_err(|e| failure(&e))?.len();
    let mut source = BufReader::new(file);
    let header = Header::read(&mut source)?;
    header.fits(length)?;
    let text = header.text(&mut source)?;
    let entries = if text.is_some() { vec![] } else { vec![header.entry(ONLY.into())] };
    let texts = text.map(|text| (ONLY.into(), text)).into_iter().collect();
    let there = entries.len();
    let read = Box::new(move |at| {
        if at >= there {
            return Err(absent(at));
        }
        source.seek(SeekFrom::Start(header.start)).map_err(|e| failure(&e))?;
        header.values(&mut source)
    });
    Ok(Archive { format: "NumPy array (.npy)", entries, texts, notes: vec![], read })
}

impl Header {
    /// The header at the beginning of a source, which stands at the values afterwards.
    ///
    /// # Errors
    /// In one sentence: a source that ends, another format or version, no Python dictionary with
    /// the three keys.
    pub(super) fn read(source: &mut impl Read) -> Result<Self, String> {
        let (mut start, mut length) = ([0; 8], [0; 4]);
        source.read_exact(&mut start).map_err(|e| failure(&e))?;
        if !start.starts_with(MAGIC) {
            return Err("it is not in NumPy's format, though its name says so".into());
        }
        let bytes = match start[6] {
            1 => 2,
            2 | 3 => 4,
            version => return Err(format!("version {version} of NumPy's format is not known")),
        };
        source.read_exact(&mut length[..bytes]).map_err(|e| failure(&e))?;
        let length = u64::from(u32::from_le_bytes(length));
        if length > HEADER {
            return Err(format!("the header is damaged: it would be {length} bytes long"));
        }
        let mut text = Vec::new();
        source.by_ref().take(length).read_to_end(&mut text).map_err(|e| failure(&e))?;
        if (text.len() as u64) < length {
            return Err(SHORT.into());
        }
        let odd = || "the header is damaged: it is no dictionary of descr, fortran_order and shape".to_string();
        let (descr, fortran, shape) = literal::parse(&String::from_utf8_lossy(&text)).and_then(keys).ok_or_else(odd)?;
        if shape.len() > DIMENSIONS {
            return Err(format!("it has {} dimensions, and NumPy's arrays at most {DIMENSIONS}", shape.len()));
        }
        let many = || format!("the header is damaged: no array has the shape {shape:?}");
        let count = count(&shape).ok_or_else(many)?;
        Ok(Self { start: 8 + bytes as u64 + length, count, fortran, stored: Stored::of(&descr)?, shape })
    }

    /// The entry of this name.
    pub(super) fn entry(&self, name: String) -> Entry {
        Entry { name, shape: self.shape.clone(), kind: self.stored.kind.clone() }
    }

    /// Whether header and values take exactly so many bytes.
    ///
    /// # Errors
    /// In one sentence: too few or too many.
    pub(super) fn fits(&self, length: u64) -> Result<(), String> {
        let there = u128::from(length.saturating_sub(self.start));
        let needed = self.count as u128 * self.stored.width.unwrap_or(1) as u128;
        if needed > there {
            return Err(format!("{needed} bytes of values are announced and {there} are there: {SHORT}"));
        }
        match there - needed {
            more if more > 0 && self.stored.width.is_some() => Err(follow(more)),
            _ => Ok(()),
        }
    }

    /// The text that the array is, where it is one; the source stands at the values.
    ///
    /// # Errors
    /// In one sentence: a source that fails or ends.
    pub(super) fn text(&self, source: &mut impl Read) -> Result<Option<String>, String> {
        let Some(width) = self.stored.width.filter(|width| *width <= TEXT) else { return Ok(None) };
        if self.count != 1 || self.stored.kind != Kind::Other("text".into()) {
            return Ok(None);
        }
        let mut bytes = vec![0; width];
        source.read_exact(&mut bytes).map_err(|e| failure(&e))?;
        let code = |b: &[u8; 4]| if self.stored.big { u32::from_be_bytes(*b) } else { u32::from_le_bytes(*b) };
        let wide = || bytes.as_chunks().0.iter().map(|b| char::from_u32(code(b)).unwrap_or('\u{FFFD}')).collect();
        let text: String = if self.stored.wide { wide() } else { String::from_utf8_lossy(&bytes).into() };
        Ok(Some(text.trim_end_matches('\0').into()))
    }

    /// The values row by row; the source stands at them and ends with them.
    ///
    /// # Errors
    /// In one sentence: values that are no real numbers or cannot be held, a source that fails,
    /// ends too early or goes on.
    pub(super) fn values(&self, source: &mut impl Read) -> Result<Vec<f64>, String> {
        let number = self.stored.number.clone()?;
        held(self.count as u128 * PER_VALUE)?;
        let values = number.read(source, self.count).map_err(|e| failure(&e))?;
        // The end of a member of an archive is where its checksum is compared.
        let more = source.by_ref().take(1 << 16).read_to_end(&mut Vec::new()).map_err(|e| failure(&e))?;
        match more {
            0 if self.fortran => Ok(row_by_row(values, &self.shape)),
            0 => Ok(values),
            _ => Err(follow(more as u128)),
        }
    }
}

/// The sentence for what stands behind the values.
fn follow(more: u128) -> String {
    format!("{more} bytes follow the values: save several arrays with np.savez, not one after the other")
}

/// Type, order and shape of a header.
fn keys(header: Value) -> Option<(Value, bool, Vec<usize>)> {
    let Value::Dictionary(pairs) = header else { return None };
    let find = |key: &str| pairs.iter().find(|(name, _)| *name == Value::Text(key.into())).map(|(_, value)| value);
    let (descr, fortran, shape) = (find("descr")?, find("fortran_order")?, find("shape")?);
    let (Value::Bool(fortran), Value::Many(shape), 3) = (fortran, shape, pairs.len()) else { return None };
    let length = |value: &Value| if let Value::Number(length) = value { *length } else { None };
    Some((descr.clone(), *fortran, shape.iter().map(length).collect::<Option<_>>()?))
}

impl Stored {
    /// What a type such as `'<f4'` or a list of fields says.
    fn of(descr: &Value) -> Result<Self, String> {
        let Value::Text(descr) = descr else {
            return Ok(Self::other("records of several fields", None, "save each field under its own name"));
        };
        let (big, rest) = match descr.strip_prefix(['<', '>', '|', '=']) {
            Some(rest) => (descr.starts_with('>'), rest),
            None => (false, &descr[..]),
        };
        let shown: String = descr.chars().filter(|c| !c.is_control()).take(20).collect();
        let odd = || format!("the header is damaged: {shown} is no type of NumPy");
        let digits = rest.get(1..).ok_or_else(odd)?.split('[').next().unwrap_or_default();
        let size: Option<usize> = digits.parse().ok();
        let number = |form, width| Self::number(Number { form, width, big });
        Ok(match (rest.as_bytes()[0], size) {
            (b'O', _) => {
                let number =
                    Err("it is a Python object (a list of arrays?): save each array under its own name".into());
                Self { number, ..Self::other("a Python object", None, "") }
            }
            (b'f', Some(width @ (2 | 4 | 8))) => number(Form::Float, width),
            (b'f', Some(width @ (10 | 12 | 16))) => {
                Self::other("long double", Some(width), "save it with .astype('float64')")
            }
            (b'i', Some(width @ (1 | 2 | 4 | 8))) => number(Form::Signed, width),
            (b'u', Some(width @ (1 | 2 | 4 | 8))) => number(Form::Unsigned, width),
            (b'b', Some(1)) => number(Form::Bool, 1),
            (b'c', Some(width @ (8 | 16 | 20 | 24 | 32))) => Self {
                kind: Kind::Complex,
                number: Err("its values are complex numbers, not real ones".into()),
                ..Self::other("", Some(width), "")
            },
            (b'U', Some(characters)) => {
                let width = characters.checked_mul(4).ok_or_else(odd)?;
                Self { wide: true, big, ..Self::other("text", Some(width), "save numbers") }
            }
            (b'S' | b'a', Some(width)) => Self::other("text", Some(width), "save numbers"),
            (b'V', Some(width @ (1 | 2))) => {
                let what = ["raw bytes (so NumPy saves float8 and int4)", "raw bytes (so NumPy saves bfloat16)"];
                Self::other(what[width - 1], Some(width), "save it with .astype('float32')")
            }
            (b'V', width) => Self::other("raw bytes", width, "save it with a numeric type"),
            (b'M' | b'm', Some(8)) => Self::other("dates or times", Some(8), "save numbers"),
            _ => return Err(odd()),
        })
    }

    /// Values that are numbers.
    fn number(number: Number) -> Self {
        let (kind, width) = (number.kind(), Some(number.width));
        Self { kind, width, number: Ok(number), wide: false, big: number.big }
    }

    /// Values that are not, and what helps.
    fn other(what: &str, width: Option<usize>, help: &str) -> Self {
        let number = Err(format!("its values are {what}: {help}"));
        Self { kind: Kind::Other(what.into()), width, number, wide: false, big: false }
    }
}
