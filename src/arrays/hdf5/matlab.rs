//! What MATLAB 7.3 means by the data sets of its files: sizes in reverse, text as numbers, cells
//! as references into a group of their own.

use super::super::Kind;
use super::super::mat::numbers::lines;
use super::super::numbers::count;
use super::types::{self, Content};
use super::{TEXT, Tree, broken, filters, fits};
use rust_hdf5::format::messages::datatype::ReferenceKind;
use rust_hdf5::{DatatypeMessage, H5Dataset, Reference};

/// Cells may lie so deep in each other.
const CELLS: usize = 16;
/// A cell may have so many members.
const MEMBERS: usize = 100_000;

impl Tree<'_> {
    /// Lists a data set as the array that it is in MATLAB.
    pub(super) fn matlab(
        &mut self,
        name: &str,
        path: &str,
        set: &H5Dataset,
        class: Option<&str>,
        depth: usize,
    ) -> Result<(), String> {
        let of = set.datatype().map_err(|e| broken(&e))?;
        let mut shape = set.shape();
        shape.reverse();
        if count(&shape).is_none() {
            return self.found.other(name, Vec::new(), "damaged");
        }
        let empty = set.attr("MATLAB_empty").is_ok();
        let content = types::content(&of);
        match (class, content) {
            _ if self.sparse(name, path)? => Ok(()),
            (Some("char"), Content::Numbers(..)) if empty => self.found.text(name.to_string(), String::new()),
            (_, Content::Numbers(_, stored, big)) if empty => {
                // The sizes are the values.
                let few = count(&shape).is_some_and(|n| n <= 32) && fits(set, self.length).is_ok();
                let bytes = if few { set.read_raw_bytes().unwrap_or_default() } else { Vec::new() };
                let shape: Vec<usize> = stored.ordered(big).numbers(&bytes).iter().map(|size| *size as usize).collect();
                match shape.contains(&0) && count(&shape).is_some() {
                    true => self.found.push(name, shape, kind(class), None),
                    false => self.found.other(name, Vec::new(), "empty"),
                }
            }
            (Some("char"), Content::Numbers(_, stored, big)) => {
                let few = count(&shape).is_some_and(|n| n <= TEXT) && filters(set).is_ok();
                let bytes = if few && fits(set, self.length).is_ok() { set.read_raw_bytes().ok() } else { None };
                let Some(bytes) = bytes else { return self.found.other(name, shape, "text") };
                let units: Vec<u16> = stored.ordered(big).numbers(&bytes).iter().map(|unit| *unit as u16).collect();
                let letters: Vec<char> = String::from_utf16_lossy(&units).chars().collect();
                self.found.text(name.to_string(), lines(&letters, shape.first().copied().unwrap_or(1)))
            }
            (Some("function_handle"), _) => self.found.other(name, shape, "a function"),
            (Some("logical"), Content::Numbers(_, stored, big)) => {
                self.numbers(name, path, set, (Kind::Bool, stored, big), true)
            }
            (_, Content::Numbers(kind, stored, big)) => self.numbers(name, path, set, (kind, stored, big), true),
            (_, Content::References) => self.cell(name, set, &of, class.is_some(), depth),
            (_, Content::Text) => self.strings(name, set),
            (_, Content::Records(fields)) => {
                self.found.other(name, shape, &format!("a record of {}", fields.join(", ")))
            }
            (_, Content::Other(kind)) => self.found.push(name, shape, kind, None),
        }
    }

    /// Lists the members of a cell, or the fields of an array of structs, which are stored alike:
    /// `dbn/rbm(1)`, `rbm(1)/W`.
    fn cell(
        &mut self,
        name: &str,
        set: &H5Dataset,
        of: &DatatypeMessage,
        cell: bool,
        depth: usize,
    ) -> Result<(), String> {
        let plain = matches!(of, DatatypeMessage::Reference { kind: ReferenceKind::Object1, .. });
        let few = count(&set.shape()).is_some_and(|n| n <= MEMBERS) && fits(set, self.length).is_ok();
        let members = if plain && few && depth < CELLS { set.read_references().ok() } else { None };
        let Some(members) = members else {
            return self.found.other(name, Vec::new(), "a cell whose members cannot be read");
        };
        for (at, member) in (1..).zip(members) {
            self.step()?;
            let Reference::Object { path: Some(path), .. } = member else { continue };
            let path = path.trim_start_matches('/').to_string();
            let name = match name.rsplit_once('/') {
                Some((array, field)) if !cell => format!("{array}({at})/{field}"),
                _ => format!("{name}({at})"),
            };
            if self.sorted.contains(&path) {
                self.list(&name, &path, depth + 1)?;
                continue;
            }
            for inner in self.below(&path) {
                let rest = inner.get(path.len()..).unwrap_or_default();
                self.list(&format!("{name}{rest}"), &inner, depth + 1)?;
            }
        }
        Ok(())
    }

    /// Whether a data set is a part of a sparse matrix, which is listed once, by its last part.
    fn sparse(&mut self, name: &str, path: &str) -> Result<bool, String> {
        let (Some((group, part)), Some((matrix, _))) = (path.rsplit_once('/'), name.rsplit_once('/')) else {
            return Ok(false);
        };
        if !matches!(part, "data" | "ir" | "jc") || !self.sorted.contains(&format!("{group}/jc")) {
            return Ok(false);
        }
        let names = self.file.root_group().group(group).and_then(|group| group.attr_names());
        if !names.is_ok_and(|names| names.iter().any(|name| name == "MATLAB_sparse")) {
            return Ok(false);
        }
        if part == "jc" {
            self.found.other(matrix, Vec::new(), "a sparse matrix (full(...) makes it an array)")?;
        }
        Ok(true)
    }
}

/// The type of an array that has no values, by its class in MATLAB.
fn kind(class: Option<&str>) -> Kind {
    match class {
        Some("double") => Kind::Float(64),
        Some("single") => Kind::Float(32),
        Some("logical") => Kind::Bool,
        Some(name) if name.contains("int") => Kind::Integer(name.to_string()),
        _ => Kind::Other("empty".to_string()),
    }
}
