//! Files of skops, the format of scikit-learn without pickles: a zip archive of `schema.json`,
//! which has the names, and of arrays in NumPy's format.

#[cfg(test)]
mod tests;

use super::npy::Header;
use super::torch::zipped::Zip;
use super::{Archive, Entry, Kind, ONLY, absent, held};
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

/// What tells a file of skops from other zip archives: the name of a member.
pub(super) const SCHEMA: &str = "schema.json";

/// The schema is not longer than this.
const LONGEST_SCHEMA: u64 = 32 << 20;
/// A header of an array ends before this.
const LONGEST_HEADER: u64 = 1 << 16;
/// All names may take so many bytes: that of a node stands in those of all that is in it.
const NAMES: usize = 1 << 23;
/// Plain values that are kept.
const MOST_TEXTS: usize = 4096;

/// An array of the schema: its name, and its member or why it is not read.
type Named = (String, Result<String, (Vec<usize>, &'static str)>);

/// Opens a file of skops.
///
/// # Errors
/// In one sentence: what is damaged, or that no array is there.
pub(super) fn open(path: &Path) -> Result<Archive, String> {
    let mut zip = Zip::open(path)?;
    let schema: Value = serde_json::from_slice(&zip.member(SCHEMA, LONGEST_SCHEMA)?)
        .map_err(|e| format!("{SCHEMA} is no JSON: {e}: the file is damaged"))?;
    let mut walk = Walk::default();
    walk.node("", &schema);
    if walk.bytes > NAMES {
        return Err(format!("the names in {SCHEMA} are longer than any: more than {NAMES} bytes are not read"));
    }
    if let Some(version) = schema.get("_skops_version").and_then(Value::as_str) {
        walk.text("", "_skops_version", version.to_string());
    }
    // JSON has no order here; the members are in that of the attributes.
    walk.arrays
        .sort_by_key(|(_, array)| array.as_ref().map_or(usize::MAX, |file| zip.find(file).unwrap_or(usize::MAX)));
    let (mut entries, mut members, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    let (mut first, mut notes) = (HashMap::new(), Vec::new());
    for (name, array) in walk.arrays {
        if !seen.insert(name.clone()) {
            return Err(format!("two arrays of the file are called {name}"));
        }
        let (entry, member) = match array {
            Ok(file) => {
                let (at, header) = match first.get(&file) {
                    Some((other, at, header)) => {
                        notes.push(format!("{name} is the same array as {other}, stored once."));
                        (*at, Arc::clone(header))
                    }
                    None => {
                        let (at, header) = header(&mut zip, &file).map_err(|why| format!("array {name}: {why}"))?;
                        let header = Arc::new(header);
                        first.insert(file, (name.clone(), at, Arc::clone(&header)));
                        (at, header)
                    }
                };
                (header.entry(name.clone()), Ok((at, header)))
            }
            Err((shape, words)) => {
                let kind = Kind::Other(words.to_string());
                (Entry { name: name.clone(), shape, kind }, Err(words))
            }
        };
        entries.push(entry);
        members.push((name, member));
    }
    if entries.is_empty() {
        return Err("the file is from skops, but it holds no arrays".to_string());
    }
    let read = Box::new(move |at: usize| match members.get(at).ok_or_else(|| absent(at))? {
        (name, Ok((at, header))) => values(&mut zip, *at, header).map_err(|why| format!("array {name}: {why}")),
        (name, Err(words)) => Err(format!("array {name} holds {words}")),
    });
    Ok(Archive { format: "scikit-learn model by skops (.skops)", entries, texts: walk.texts, notes, read })
}

/// The number of a member and the header of its array, whose values are there.
fn header(zip: &mut Zip, file: &str) -> Result<(usize, Header), String> {
    let at = zip.find(file)?;
    let size = zip.size(at)?;
    let header = Header::read(&mut &zip.window(at, 0, size.min(LONGEST_HEADER))?[..])?;
    header.fits(size)?;
    Ok((at, header))
}

/// The values of an array, row by row.
fn values(zip: &mut Zip, at: usize, header: &Header) -> Result<Vec<f64>, String> {
    let size = zip.size(at)?;
    held(u128::from(size))?;
    header.values(&mut &zip.window(at, header.start, size.saturating_sub(header.start))?[..])
}

/// A walk through the schema.
#[derive(Default)]
struct Walk {
    /// The arrays so far.
    arrays: Vec<Named>,
    /// Plain values by their names.
    texts: Vec<(String, String)>,
    /// Bytes of all names.
    bytes: usize,
}

impl Walk {
    /// A node by its name, with all that is in it. The depth of JSON is limited by its reader.
    fn node(&mut self, name: &str, node: &Value) {
        let (content, array) = (node.get("content"), if name.is_empty() { ONLY } else { name });
        match node.get("__loader__").and_then(Value::as_str) {
            Some("JsonNode") => self.plain(name, content.and_then(Value::as_str)),
            Some("NdArrayNode") => self.arrays.push((array.to_string(), found(node))),
            Some("SparseMatrixNode") => {
                self.arrays.push((array.to_string(), Err((Vec::new(), "a sparse matrix: store x.toarray() instead"))));
            }
            Some("RandomStateNode" | "RandomGeneratorNode" | "DTypeNode" | "TypeNode" | "FunctionNode") => {}
            Some("ObjectNode") => {
                if let Some(class) = node.get("__class__").and_then(Value::as_str) {
                    self.text(name, "class", class.to_string());
                }
                content.into_iter().for_each(|content| self.node(name, content));
            }
            Some("DefaultDictNode") => {
                let main = content.and_then(|content| content.get("main"));
                main.into_iter().for_each(|main| self.node(name, main));
            }
            _ => match content {
                Some(Value::Object(content)) if content.contains_key("__loader__") => self.node(name, &node["content"]),
                Some(Value::Object(content)) => {
                    content.iter().for_each(|(key, node)| self.member(name, key, node));
                }
                Some(Value::Array(items)) => {
                    items.iter().enumerate().for_each(|(at, node)| self.member(name, &at.to_string(), node));
                }
                _ => {}
            },
        }
    }

    /// A node within another.
    fn member(&mut self, name: &str, key: &str, node: &Value) {
        self.bytes += name.len() + key.len() + 1;
        if self.bytes <= NAMES {
            self.node(&join(name, key), node);
        }
    }

    /// A plain value, which is JSON within the JSON.
    fn plain(&mut self, name: &str, json: Option<&str>) {
        match json.map(serde_json::from_str) {
            Some(Ok(Value::String(text))) => self.text(name, "", text),
            Some(Ok(Value::Null)) | None => {}
            Some(_) => self.text(name, "", json.unwrap_or_default().to_string()),
        }
    }

    /// A plain value.
    fn text(&mut self, name: &str, key: &str, text: String) {
        if self.texts.len() < MOST_TEXTS {
            let name = if key.is_empty() { name.to_string() } else { join(name, key) };
            self.texts.push((name, text));
        }
    }
}

/// The member of an array, or its shape where its values are objects.
fn found(node: &Value) -> Result<String, (Vec<usize>, &'static str)> {
    let file = node.get("file").and_then(Value::as_str);
    file.map(str::to_string).ok_or_else(|| {
        let sizes = node.pointer("/shape/content").and_then(Value::as_array).map_or(&[][..], |sizes| sizes);
        let size = |size: &Value| size.get("content")?.as_str()?.parse().ok();
        (sizes.iter().filter_map(size).collect(), "Python objects")
    })
}

/// The name of a member.
fn join(name: &str, key: &str) -> String {
    if name.is_empty() { key.to_string() } else { format!("{name}.{key}") }
}
