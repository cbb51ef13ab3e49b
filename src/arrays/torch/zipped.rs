//! Members of zip archives, as PyTorch and skops write them.

use super::super::{SHORT, failure, held, npz};
use std::borrow::Cow;
use std::collections::HashSet;
use std::fs::File;
use std::io::{BufReader, Read, copy, sink};
use std::path::Path;
use zip::read::ZipReadOptions;
use zip::{CompressionMethod, ZipArchive};

/// Memory for each byte of a pickle or a schema that is taken apart.
const PER_BYTE: u128 = 48;
/// Deflated data become at most so many times larger.
const DEFLATED: u64 = 1032;

/// A zip archive whose members are checked before they are read.
pub(in super::super) struct Zip {
    /// The archive.
    archive: ZipArchive<BufReader<File>>,
    /// The folder that all members are in.
    pub(in super::super) root: String,
    /// Length of the file.
    length: u64,
    /// Members that were read to their end, where their checksum is compared.
    checked: HashSet<usize>,
}

impl Zip {
    /// The archive that a file is.
    ///
    /// # Errors
    /// In one sentence: a directory that is damaged, announces what is not there, or has a name
    /// twice.
    pub(in super::super) fn open(path: &Path) -> Result<Self, String> {
        npz::names(path)?;
        let file = BufReader::new(File::open(path).map_err(|e| failure(&e))?);
        let length = file.get_ref().metadata().map_err(|e| failure(&e))?.len();
        let archive = ZipArchive::new(file).map_err(|e| format!("the zip archive is damaged: {e}"))?;
        Ok(Self { archive, root: String::new(), length, checked: HashSet::new() })
    }

    /// The names of all members.
    pub(in super::super) fn names(&self) -> impl Iterator<Item = String> {
        self.archive.file_names().filter_map(Result::ok).map(Cow::into_owned)
    }

    /// The number of a member.
    pub(in super::super) fn find(&self, name: &str) -> Result<usize, String> {
        let found = self.archive.index_for_name(&format!("{}{name}", self.root));
        found.ok_or_else(|| format!("{name} is missing in the file"))
    }

    /// All bytes of a member of at most `limit` bytes.
    pub(in super::super) fn member(&mut self, name: &str, limit: u64) -> Result<Vec<u8>, String> {
        let at = self.find(name)?;
        let size = self.size(at).map_err(|why| format!("{name}: {why}"))?;
        if size > limit {
            return Err(format!("{name} has {size} bytes: more than {limit} are not read"));
        }
        held(u128::from(size) * PER_BYTE)?;
        self.window(at, 0, size).map_err(|why| format!("{name}: {why}"))
    }

    /// What the archive says of the length of a member, if that can be.
    pub(in super::super) fn size(&mut self, at: usize) -> Result<u64, String> {
        let raw = self.archive.by_index_raw(at).map_err(|e| e.to_string())?;
        let (size, stored) = (raw.size(), raw.compressed_size());
        let most = if raw.compression() == CompressionMethod::Stored { 1 } else { DEFLATED };
        match stored <= self.length && size <= stored.saturating_mul(most) {
            true => Ok(size),
            false => Err(format!("its {size} bytes are not there: the file is damaged")),
        }
    }

    /// Some bytes of a member. A checksum of 0 was not computed
    /// (`torch.serialization.set_crc32_options(False)`).
    pub(in super::super) fn window(&mut self, at: usize, start: u64, length: u64) -> Result<Vec<u8>, String> {
        let unchecked = self.archive.by_index_raw(at).map_err(|e| e.to_string())?.crc32() == 0;
        let options = ZipReadOptions::new().ignore_crc32(unchecked);
        let mut from = self.archive.by_index_with_options(at, options).map_err(|e| e.to_string())?;
        let (mut bytes, whole) = (Vec::new(), !self.checked.contains(&at));
        let mut read = || {
            copy(&mut (&mut from).take(start), &mut sink())?;
            (&mut from).take(length).read_to_end(&mut bytes)?;
            if whole { copy(&mut from, &mut sink()) } else { Ok(0) }
        };
        read().map_err(|e| failure(&e))?;
        self.checked.insert(at);
        if bytes.len() as u64 == length { Ok(bytes) } else { Err(SHORT.to_string()) }
    }
}
