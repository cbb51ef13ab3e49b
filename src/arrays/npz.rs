//! NumPy's archives: zip files of arrays, packed or not.

#[cfg(test)]
mod tests;

use super::npy::Header;
use super::{Archive, SHORT, absent, failure, held};
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

/// A zip archive whose directory was read.
type Zip = ZipArchive<BufReader<File>>;

/// One byte of a deflate stream stands for at most so many.
const DEFLATE: u128 = 1032;
/// The record at the end of an archive with more than 65,535 members or 4 GiB.
const END64: &[u8] = b"PK\x06\x06";
/// Bytes of one member in the directory of an archive, at least.
const MEMBER: u128 = 46;
/// Memory per member as the crate zip keeps it, generously.
const KEPT: u128 = 1024;
/// All texts may take so many bytes; what is beyond is listed and not kept.
const TEXTS: usize = 1 << 25;
/// Where macOS puts what it knows of the other members, under their names.
const MAC: &str = "__MACOSX/";
/// The sentence for another method.
const METHOD: &str = "it is packed by a method other than deflate: save it with np.savez_compressed";

/// The names of the members of a zip archive, in the order of its directory.
///
/// # Errors
/// In one sentence: a directory that is damaged or not there.
pub(super) fn names(path: &Path) -> Result<Vec<String>, String> {
    let archive = archive(path)?;
    let names = archive.file_names().map(|name| name.map(|name| name.into_owned()));
    names.collect::<Result<_, _>>().map_err(|e| sentence(&e))
}

/// Opens an archive of arrays: the headers are read, the values when they are asked for.
///
/// # Errors
/// In one sentence: a damaged archive, names that stand there twice, a damaged header, a size that
/// the archive cannot have.
pub(super) fn open(path: &Path) -> Result<Archive, String> {
    let mut archive = archive(path)?;
    let (mut entries, mut texts, mut other, mut arrays, mut kept) = (vec![], vec![], vec![], vec![], 0);
    for at in 0..archive.len() {
        let mut member = archive.by_index(at).map_err(|e| sentence(&e))?;
        let full = member.name().map_err(|e| sentence(&e))?.into_owned();
        let Some(name) = full.strip_suffix(".npy").filter(|_| !full.starts_with(MAC)).map(String::from) else {
            other.extend((!full.ends_with('/')).then_some(full));
            continue;
        };
        let named = |why: String| format!("array {name}: {why}");
        if !matches!(member.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
            return Err(named(METHOD.into()));
        }
        let (packed, size) = (u128::from(member.compressed_size()), u128::from(member.size()));
        let most = if member.compression() == CompressionMethod::Stored { packed } else { packed * DEFLATE };
        if size > most {
            return Err(named(format!("{size} bytes are announced, and at most {most} are there: {SHORT}")));
        }
        let header = Header::read(&mut member).map_err(named)?;
        header.fits(member.size()).map_err(named)?;
        match header.text(&mut member).map_err(named)? {
            Some(text) if kept + text.len() <= TEXTS => {
                kept += text.len();
                texts.push((name, text));
            }
            _ => {
                entries.push(header.entry(name));
                arrays.push((at, header));
            }
        }
    }
    let notes = note(&other);
    let named: Vec<String> = entries.iter().map(|entry| entry.name.clone()).collect();
    let read = Box::new(move |at: usize| {
        let (member, header) = arrays.get(at).ok_or_else(|| absent(at))?;
        values(&mut archive, *member, header).map_err(|why| format!("array {}: {why}", named[at]))
    });
    Ok(Archive { format: "NumPy archive (.npz)", entries, texts, notes, read })
}

/// The values of the member of this number, row by row.
fn values(archive: &mut Zip, at: usize, header: &Header) -> Result<Vec<f64>, String> {
    let mut member = archive.by_index(at).map_err(|e| sentence(&e))?;
    io::copy(&mut member.by_ref().take(header.start), &mut io::sink()).map_err(|e| failure(&e))?;
    header.values(&mut member)
}

/// The sentence about members that are no arrays.
fn note(other: &[String]) -> Vec<String> {
    let more = if other.len() > 3 { format!(" and {} more", other.len() - 3) } else { String::new() };
    let names = other.iter().take(3).map(|name| &name[..]).collect::<Vec<_>>().join(", ");
    let note = || format!("{names}{more} in the archive: no array of NumPy, not read");
    (!other.is_empty()).then(note).into_iter().collect()
}

/// The directory of a zip archive, whose names are all different and whose members do not share
/// bytes: a small file could hold any amount of data otherwise.
fn archive(path: &Path) -> Result<Zip, String> {
    let mut file = File::open(path).map_err(|e| failure(&e))?;
    members_fit(&mut file)?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|e| sentence(&e))?;
    // Where one of them is not there, that is said when it is read.
    let shared = archive.has_overlapping_files().is_ok_and(|shared| shared);
    let mut names = HashSet::new();
    let twice = archive.file_names().filter_map(Result::ok).find(|name| !names.insert(name.clone()));
    match twice {
        Some(name) => Err(format!("the archive holds {name} twice: save it again")),
        None if archive.has_duplicate_names() => Err("the archive holds one name twice: save it again".into()),
        None if shared => Err(sentence(&ZipError::InvalidArchive("members that share bytes".into()))),
        None => Ok(archive),
    }
}

/// Whether the number of members that a large archive announces has room in it: the crate zip
/// allocates for them before it reads them.
fn members_fit(file: &mut File) -> Result<(), String> {
    let length = file.seek(SeekFrom::End(0)).map_err(|e| failure(&e))?;
    let mut end = Vec::new();
    file.seek(SeekFrom::Start(length.saturating_sub(1 << 17))).map_err(|e| failure(&e))?;
    file.read_to_end(&mut end).map_err(|e| failure(&e))?;
    file.rewind().map_err(|e| failure(&e))?;
    let counts = end.windows(40).filter(|record| record.starts_with(END64)).map(|record| &record[32..]);
    let most =
        counts.filter_map(|count| count.first_chunk()).map(|count| u64::from_le_bytes(*count)).max().unwrap_or(0);
    if u128::from(most) * MEMBER > u128::from(length) {
        return Err(format!("a damaged zip archive ({most} members in {length} bytes): copy it again"));
    }
    held(u128::from(most) * KEPT)
}

/// The sentence for what the crate zip finds wrong.
fn sentence(error: &ZipError) -> String {
    match error {
        ZipError::Io(error) => failure(error),
        ZipError::InvalidArchive(what) if what.contains("EOCD") => SHORT.into(),
        ZipError::InvalidPassword | ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => {
            "the archive is protected by a password: unpack it first".into()
        }
        ZipError::CompressionMethodNotSupported(_) => METHOD.into(),
        ZipError::UnsupportedArchive(_) => {
            "the zip archive is of a kind that is not read: save it with np.savez".into()
        }
        _ => "a damaged zip archive: copy it again".into(),
    }
}
