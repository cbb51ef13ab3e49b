//! The tensors of a pickle by their dotted names, and the plain values beside them.

use super::super::{Entry, Kind, ONLY};
use super::pickle::{Pickle, Value};
use std::collections::{BTreeMap, HashSet};

/// Dictionaries within dictionaries at most.
const DEEPEST: usize = 64;
/// Dimensions of a tensor at most, as in PyTorch.
const MOST_DIMENSIONS: usize = 64;
/// Values of a list that are shown one by one.
const SHOWN: usize = 16;
/// Plain values that are kept.
const MOST_TEXTS: usize = 4096;
/// Characters of a text that are kept.
const KEPT: usize = 1000;

/// Where the values of a tensor stand, in units of values.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    /// Name of the tensor.
    pub(super) name: String,
    /// Its shape.
    pub(super) shape: Vec<usize>,
    /// Name of the storage.
    pub(super) storage: String,
    /// Values before the first.
    pub(super) start: u64,
    /// Steps in the storage along each dimension.
    pub(super) steps: Vec<u64>,
    /// From the first to behind the last value that is touched; 0 without values.
    pub(super) extent: u64,
    /// Number of values.
    pub(super) count: usize,
    /// Name of the type.
    pub(super) kind: &'static str,
    /// Bytes per value.
    pub(super) width: u64,
}

/// What a pickle holds.
#[derive(Default)]
pub(super) struct Found {
    /// The tensors in the order of the dictionary.
    pub(super) entries: Vec<Entry>,
    /// Their values, or why there are none that could be read.
    pub(super) places: Vec<Result<Place, String>>,
    /// Plain values by their names.
    pub(super) texts: Vec<(String, String)>,
    /// Tensors that are stored once.
    pub(super) notes: Vec<String>,
}

/// Type and bytes per value of a type's name; `None` where the values are not read.
fn numbers(kind: &str) -> (Kind, u64) {
    match kind {
        "float64" => (Kind::Float(64), 8),
        "float32" => (Kind::Float(32), 4),
        "float16" | "bfloat16" => (Kind::Float(16), 2),
        "int64" | "uint64" => (Kind::Integer(kind.to_string()), 8),
        "int32" | "uint32" => (Kind::Integer(kind.to_string()), 4),
        "int16" | "uint16" => (Kind::Integer(kind.to_string()), 2),
        "int8" | "uint8" => (Kind::Integer(kind.to_string()), 1),
        "bool" => (Kind::Bool, 1),
        "complex128" => (Kind::Complex, 16),
        "complex64" => (Kind::Complex, 8),
        "complex32" => (Kind::Complex, 4),
        "qint32" => (Kind::Other(kind.to_string()), 4),
        other => (Kind::Other(other.to_string()), 1),
    }
}

/// Bytes per value of the storage that a persistent tuple names, with its name.
pub(super) fn storage(pickle: &Pickle, at: u32) -> Option<(&str, u64)> {
    match pickle.items(at) {
        [_, kind, key, ..] => match (pickle.get(*kind), pickle.get(*key)) {
            (Value::Type(kind), Value::Text(key)) => Some((key, numbers(kind).1)),
            _ => None,
        },
        _ => None,
    }
}

/// All tensors and plain values of a pickle. A view that repeats its values has at most `most`.
///
/// # Errors
/// In one sentence: what is damaged, or that no tensor is there.
pub(super) fn find(pickle: &Pickle, most: usize) -> Result<Found, String> {
    let room = pickle.length.saturating_mul(64).saturating_add(1 << 16);
    let mut walk = Walk { pickle, most, room, found: Found::default() };
    let top = match pickle.get(pickle.root) {
        Value::Call(call, ..) if call.contains("_rebuild") => ONLY,
        _ => "",
    };
    walk.value(top, pickle.root, 0)?;
    let mut found = walk.found;
    if found.entries.is_empty() {
        return Err("the file is from torch.save, but it holds no tensors".to_string());
    }
    let mut names = HashSet::new();
    if let Some(twice) = found.entries.iter().find(|entry| !names.insert(&entry.name)) {
        return Err(format!("two tensors of the file are called {}", twice.name));
    }
    let mut stored = BTreeMap::new();
    for place in found.places.iter().filter_map(|place| place.as_ref().ok()).filter(|place| place.count > 0) {
        let which = (&place.storage, place.start, &place.steps, &place.shape, place.kind);
        match stored.get(&which) {
            Some(first) => found.notes.push(format!("{} is the same tensor as {first}, stored once.", place.name)),
            None => drop(stored.insert(which, &place.name)),
        }
    }
    Ok(found)
}

/// A walk through the dictionaries of a pickle.
struct Walk<'a> {
    /// The pickle.
    pickle: &'a Pickle,
    /// Values of a view that repeats them, at most.
    most: usize,
    /// Bytes of names and texts that may still be made: a pickle can refer to one value many times.
    room: u64,
    /// What was found so far.
    found: Found,
}

impl Walk<'_> {
    /// The value `at` under `name`, with all that is in it.
    fn value(&mut self, name: &str, at: u32, depth: usize) -> Result<(), String> {
        self.take(name.len() + self.pickle.items(at).len() + 16)?;
        if depth > DEEPEST {
            return Err(format!("{} holds dictionaries more than {DEEPEST} deep", shown(name)));
        }
        let pickle = self.pickle;
        match pickle.get(at) {
            Value::None => {}
            Value::Tuple(items) | Value::List(items) if items.iter().all(|at| self.is_plain(*at)) => {
                let text = match items.len() {
                    0..=SHOWN => {
                        format!("[{}]", items.iter().filter_map(|at| self.plain(*at)).collect::<Vec<_>>().join(", "))
                    }
                    many => format!("a list of {many} values"),
                };
                self.text(name, text)?;
            }
            Value::Tuple(items) | Value::List(items) => {
                for (number, item) in items.iter().enumerate() {
                    self.value(&join(name, &number.to_string()), *item, depth + 1)?;
                }
            }
            Value::Dict(pairs) => {
                for [key, value] in pairs {
                    let key = self.key(*key).ok_or_else(|| format!("{} has a key that is no name", shown(name)))?;
                    self.take(key.len())?;
                    self.value(&join(name, &key), *value, depth + 1)?;
                }
            }
            Value::Call("argparse.Namespace", _, state) => {
                state.map_or(Ok(()), |state| self.value(name, state, depth + 1))?;
            }
            Value::Call(function, args, state) => match self.plain(at) {
                Some(text) => self.text(name, text)?,
                None => self.call(name, function, *args, *state, depth)?,
            },
            Value::Stored(_) => {
                let why = "a storage, which has no shape: save the tensor instead";
                self.other(name, &[], "a storage without a shape", why);
            }
            _ => {
                if let Some(text) = self.plain(at) {
                    self.text(name, text)?;
                }
            }
        }
        Ok(())
    }

    /// A key of a dictionary as a text: a plain value, or several as `(0, 1)`.
    fn key(&self, at: u32) -> Option<String> {
        match self.pickle.get(at) {
            Value::Tuple(items) if items.len() <= SHOWN => {
                let items = items.iter().map(|at| self.plain(*at)).collect::<Option<Vec<_>>>()?;
                Some(format!("({})", items.join(", ")))
            }
            _ => self.plain(at),
        }
    }

    /// Whether a value is plain, seen without making its text: many members may be one long text.
    fn is_plain(&self, at: u32) -> bool {
        match self.pickle.get(at) {
            Value::Call("torch.device", args, _) => {
                matches!(self.pickle.items(*args).first().map(|at| self.pickle.get(*at)), Some(Value::Text(_)))
            }
            Value::Call(..) => self.plain(at).is_some(),
            Value::Tuple(_) | Value::List(_) | Value::Dict(_) | Value::Stored(_) => false,
            _ => true,
        }
    }

    /// A plain value as a text; `None` for all that is more.
    fn plain(&self, at: u32) -> Option<String> {
        Some(match self.pickle.get(at) {
            Value::None => "None".to_string(),
            Value::Bool(value) => value.to_string(),
            Value::Int(value) => value.to_string(),
            Value::Float(value) => value.to_string(),
            Value::Text(text) => text.chars().take(KEPT).collect(),
            Value::Bytes(bytes) => format!("{} bytes", bytes.len()),
            Value::Type(kind) => kind.to_string(),
            Value::Name(name) => name.to_string(),
            Value::Call("torch.device", args, _) => match self.pickle.get(*self.pickle.items(*args).first()?) {
                Value::Text(device) => device.chars().take(KEPT).collect(),
                _ => return None,
            },
            Value::Call("numpy.core.multiarray.scalar", args, _) => self.scalar(*args)?,
            Value::Call(name @ ("_codecs.encode" | "numpy.dtype" | "torch.serialization._get_layout"), ..) => {
                name.to_string()
            }
            _ => return None,
        })
    }

    /// A number of NumPy: its type and its bytes.
    fn scalar(&self, args: u32) -> Option<String> {
        let &[kind, bytes] = self.pickle.items(args) else { return None };
        let Value::Call("numpy.dtype", kind, _) = self.pickle.get(kind) else { return None };
        let Value::Text(kind) = self.pickle.get(*self.pickle.items(*kind).first()?) else { return None };
        let bytes: Vec<u8> = match self.pickle.get(bytes) {
            // Many members may refer to one long value.
            Value::Bytes(bytes) => bytes.iter().take(16).copied().collect(),
            Value::Call("_codecs.encode", args, _) => match self.pickle.get(*self.pickle.items(*args).first()?) {
                Value::Text(text) => text.chars().take(16).map(|c| c as u32 as u8).collect(),
                _ => return None,
            },
            _ => return None,
        };
        Some(match (&kind[..], &bytes[..]) {
            ("f8", bytes) => f64::from_le_bytes(bytes.try_into().ok()?).to_string(),
            ("f4", bytes) => f32::from_le_bytes(bytes.try_into().ok()?).to_string(),
            ("i8", bytes) => i64::from_le_bytes(bytes.try_into().ok()?).to_string(),
            ("i4", bytes) => i32::from_le_bytes(bytes.try_into().ok()?).to_string(),
            ("b1", [byte]) => (*byte != 0).to_string(),
            (kind, _) => format!("a number of NumPy's type {kind}"),
        })
    }

    /// What a call stands for.
    fn call(&mut self, name: &str, call: &str, args: u32, state: Option<u32>, depth: usize) -> Result<(), String> {
        let pickle = self.pickle;
        let items = pickle.items(args);
        let item = |at: usize| items.get(at).copied();
        match call {
            "_rebuild_parameter" | "_rebuild_parameter_with_state" => {
                let tensor = item(0).ok_or_else(|| damaged(name))?;
                self.value(name, tensor, depth + 1)
            }
            "torch._tensor._rebuild_from_type_v2" => match (item(0).map(|at| pickle.get(at)), item(2)) {
                (Some(Value::Name(call)), Some(args)) if call.starts_with("_rebuild") => {
                    self.take(64)?;
                    match depth < DEEPEST {
                        true => self.call(name, call, args, None, depth + 1),
                        false => Err(damaged(name)),
                    }
                }
                _ => Err(damaged(name)),
            },
            "_rebuild_tensor" | "_rebuild_tensor_v2" | "_rebuild_tensor_v3" => self.tensor(name, call, items),
            "numpy.core.multiarray._reconstruct" => {
                let shape = state.and_then(|state| pickle.items(state).get(1).copied());
                let shape = shape.and_then(|at| self.sizes(at)).unwrap_or_default();
                let help = "save it with numpy.save, or as torch.from_numpy(array)";
                self.other(name, &shape, "a NumPy array inside a PyTorch file", help);
                Ok(())
            }
            _ => match (self.plain_call(call, items), item(1)) {
                (Some((words, help, at)), inner) => {
                    let at = if call.starts_with("_rebuild_sparse") {
                        let parts = inner.map_or(&[][..], |inner| pickle.items(inner));
                        // Indices, values, shape; or rows, columns, values, shape.
                        parts.iter().skip(2).find(|at| self.sizes(**at).is_some_and(|n| !n.is_empty())).copied()
                    } else {
                        at
                    };
                    let shape = at.and_then(|at| self.sizes(at)).unwrap_or_default();
                    self.other(name, &shape, words, help);
                    Ok(())
                }
                _ => Err(damaged(name)),
            },
        }
    }

    /// Words and help for a tensor without plain values, and where its shape stands.
    fn plain_call(&self, call: &str, items: &[u32]) -> Option<(&'static str, &'static str, Option<u32>)> {
        let item = |at: usize| items.get(at).copied();
        Some(match call {
            "_rebuild_sparse_tensor" | "_rebuild_sparse_csr_tensor" => {
                ("a sparse tensor", "save tensor.to_dense() instead", None)
            }
            "_rebuild_qtensor" => ("a quantised tensor", "save tensor.dequantize() instead", item(2)),
            "_rebuild_meta_tensor_no_storage" => {
                ("a tensor without values (device meta)", "save the model after its values are loaded", item(1))
            }
            "_rebuild_nested_tensor" => ("a nested tensor", "save its parts one by one", None),
            "_rebuild_device_tensor_from_numpy" | "_rebuild_device_tensor_from_cpu_tensor" => {
                ("a tensor of a device that stores NumPy arrays", "save tensor.cpu() instead", None)
            }
            _ => return None,
        })
    }

    /// A tensor of plain values: storage, start, shape, steps, and what its version adds.
    fn tensor(&mut self, name: &str, call: &str, items: &[u32]) -> Result<(), String> {
        let pickle = self.pickle;
        let bad = || damaged(name);
        let &[stored, start, shape, steps, ..] = items else { return Err(bad()) };
        let Value::Stored(stored) = pickle.get(stored) else { return Err(bad()) };
        let &[_, kind, key, _, length, ..] = pickle.items(*stored) else { return Err(bad()) };
        let (Value::Type(stored_as), Value::Text(key)) = (pickle.get(kind), pickle.get(key)) else { return Err(bad()) };
        let (kind, flags) = match call {
            "_rebuild_tensor_v3" => match items.get(6).map(|at| pickle.get(*at)) {
                Some(Value::Type(kind)) => (*kind, items.get(7)),
                _ => return Err(bad()),
            },
            _ => (*stored_as, items.get(6)),
        };
        let (shape, steps) = (self.sizes(shape).ok_or_else(bad)?, self.sizes(steps).ok_or_else(bad)?);
        if shape.len() != steps.len() {
            return Err(bad());
        }
        self.take(key.len() + 32 * shape.len())?;
        let count = shape.iter().try_fold(1usize, |count, &n| count.checked_mul(n)).ok_or_else(bad)?;
        let reach = shape.iter().zip(&steps).try_fold(0u64, |reach, (&n, &step)| {
            reach.checked_add((n as u64).saturating_sub(1).checked_mul(step as u64)?)
        });
        let extent = if count == 0 { 0 } else { reach.and_then(|reach| reach.checked_add(1)).ok_or_else(bad)? };
        let (shown_as, width) = numbers(kind);
        let (start, length) = (self.whole(start).ok_or_else(bad)?, self.whole(length).ok_or_else(bad)?);
        let length = length.checked_mul(numbers(stored_as).1).ok_or_else(bad)? / width;
        if extent > 0 && start.checked_add(extent).is_none_or(|end| end > length) {
            return Err(format!("array {}: it reaches beyond its storage: the file is damaged", shown(name)));
        }
        let (storage, start) = self.view(*stored, key, start).ok_or_else(bad)?;
        let steps = steps.iter().map(|step| *step as u64).collect();
        let place =
            Place { name: name.to_string(), shape: shape.clone(), storage, start, steps, extent, count, kind, width };
        match (flags.and_then(|at| self.flag(*at)), shown_as) {
            (Some((words, help)), _) => self.other(name, &shape, words, help),
            (None, _) if count as u64 > extent && count > self.most => {
                self.other(name, &shape, "a view that repeats its values", "save tensor.contiguous() instead");
            }
            (None, Kind::Other(words)) => {
                self.other(name, &shape, &format!("values of type {words}"), "save tensor.float() instead");
            }
            (None, kind) => {
                self.found.entries.push(Entry { name: name.to_string(), shape, kind });
                self.found.places.push(Ok(place));
            }
        }
        Ok(())
    }

    /// Storage and start of a tensor; in files before PyTorch 0.4 a storage may be part of another.
    fn view(&self, stored: u32, key: &str, start: u64) -> Option<(String, u64)> {
        let part = self.pickle.items(stored).get(5).map_or(&[][..], |at| self.pickle.items(*at));
        Some(match *part {
            [_, before, _] => (key.to_string(), start.checked_add(self.whole(before)?)?),
            _ => (key.to_string(), start),
        })
    }

    /// A flag of a tensor that changes what its values mean.
    fn flag(&self, at: u32) -> Option<(&'static str, &'static str)> {
        let Value::Dict(flags) = self.pickle.get(at) else { return None };
        flags.iter().find_map(|[key, value]| match (self.pickle.get(*key), self.pickle.get(*value)) {
            (_, Value::Bool(false)) => None,
            (Value::Text(key), _) if key == "neg" => {
                Some(("a tensor with PyTorch's negation flag", "save tensor.resolve_neg() instead"))
            }
            (Value::Text(key), _) if key == "conj" => {
                Some(("complex numbers with PyTorch's conjugation flag", "save tensor.resolve_conj() instead"))
            }
            _ => None,
        })
    }

    /// A whole number that is not negative.
    fn whole(&self, at: u32) -> Option<u64> {
        match self.pickle.get(at) {
            Value::Int(value) => u64::try_from(*value).ok(),
            _ => None,
        }
    }

    /// A tuple of sizes.
    fn sizes(&self, at: u32) -> Option<Vec<usize>> {
        let (Value::Tuple(items) | Value::List(items)) = self.pickle.get(at) else { return None };
        let size = |at: &u32| usize::try_from(self.whole(*at)?).ok();
        if items.len() > MOST_DIMENSIONS { None } else { items.iter().map(size).collect() }
    }

    /// A tensor whose values are not read.
    fn other(&mut self, name: &str, shape: &[usize], words: &str, help: &str) {
        let kind = Kind::Other(words.to_string());
        self.found.entries.push(Entry { name: name.to_string(), shape: shape.to_vec(), kind });
        self.found.places.push(Err(format!("array {} holds {words}: {help}", shown(name))));
    }

    /// A plain value.
    fn text(&mut self, name: &str, text: String) -> Result<(), String> {
        self.take(text.len())?;
        if self.found.texts.len() < MOST_TEXTS {
            self.found.texts.push((name.to_string(), text));
        }
        Ok(())
    }

    /// Uses up room for so many bytes.
    fn take(&mut self, bytes: usize) -> Result<(), String> {
        let left = self.room.checked_sub(bytes as u64);
        self.room = left.ok_or("the pickle in the file repeats its values too often: it is damaged")?;
        Ok(())
    }
}

/// The name of a member.
fn join(name: &str, key: &str) -> String {
    if name.is_empty() { key.to_string() } else { format!("{name}.{key}") }
}

/// A name as it stands in a message.
fn shown(name: &str) -> &str {
    if name.is_empty() { "the file" } else { name }
}

/// What is said of a tensor that is none.
fn damaged(name: &str) -> String {
    format!("{}: what the file says of it is damaged", shown(name))
}
