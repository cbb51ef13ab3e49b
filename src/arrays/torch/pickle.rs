//! A pickle as a list of values that refer to one another by number. Nothing is executed: the
//! opcodes and the names below are all that is known, and a call stays a name with its arguments.

use std::collections::HashMap;
use std::io::{BufRead, Read, Take};

/// A pickle holds no more values than this, nor more names for them.
const MOST_VALUES: usize = 1 << 22;

/// Names outside of `torch` that may stand in a pickle.
const NAMES: &[&str] = &[
    "_codecs.encode",
    "argparse.Namespace",
    "builtins.dict",
    "builtins.float",
    "builtins.frozenset",
    "builtins.int",
    "builtins.list",
    "builtins.set",
    "builtins.tuple",
    "collections.Counter",
    "collections.OrderedDict",
    "collections.defaultdict",
    "numpy.core.multiarray._reconstruct",
    "numpy.core.multiarray.scalar",
    "numpy.dtype",
    "numpy.ndarray",
    "torch.Size",
    "torch.Tensor",
    "torch._tensor._rebuild_from_type_v2",
    "torch.device",
    "torch.nn.parameter.Buffer",
    "torch.nn.parameter.Parameter",
    "torch.per_channel_affine",
    "torch.per_channel_affine_float_qparams",
    "torch.per_channel_symmetric",
    "torch.per_tensor_affine",
    "torch.per_tensor_symmetric",
    "torch.serialization._get_layout",
];

/// Functions of `torch._utils` that build tensors.
const BUILDERS: &[&str] = &[
    "_rebuild_device_tensor_from_cpu_tensor",
    "_rebuild_device_tensor_from_numpy",
    "_rebuild_meta_tensor_no_storage",
    "_rebuild_nested_tensor",
    "_rebuild_parameter",
    "_rebuild_parameter_with_state",
    "_rebuild_qtensor",
    "_rebuild_sparse_csr_tensor",
    "_rebuild_sparse_tensor",
    "_rebuild_tensor",
    "_rebuild_tensor_v2",
    "_rebuild_tensor_v3",
];

/// Storages and types of `torch`: each stands for the type of its values.
const TYPES: &[(&str, &str)] = &[
    ("BFloat16Storage", "bfloat16"),
    ("BoolStorage", "bool"),
    ("ByteStorage", "uint8"),
    ("CharStorage", "int8"),
    ("ComplexDoubleStorage", "complex128"),
    ("ComplexFloatStorage", "complex64"),
    ("DoubleStorage", "float64"),
    ("FloatStorage", "float32"),
    ("HalfStorage", "float16"),
    ("IntStorage", "int32"),
    ("LongStorage", "int64"),
    ("QInt32Storage", "qint32"),
    ("QInt8Storage", "qint8"),
    ("QUInt2x4Storage", "quint2x4"),
    ("QUInt4x2Storage", "quint4x2"),
    ("QUInt8Storage", "quint8"),
    ("ShortStorage", "int16"),
    ("UntypedStorage", "bytes"),
    ("complex32", "complex32"),
    ("float4_e2m1fn_x2", "float4_e2m1fn_x2"),
    ("float8_e4m3fn", "float8_e4m3fn"),
    ("float8_e4m3fnuz", "float8_e4m3fnuz"),
    ("float8_e5m2", "float8_e5m2"),
    ("float8_e5m2fnuz", "float8_e5m2fnuz"),
    ("float8_e8m0fnu", "float8_e8m0fnu"),
    ("uint16", "uint16"),
    ("uint32", "uint32"),
    ("uint64", "uint64"),
];

/// A value; numbers refer to others.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// Nothing.
    None,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Members that stay.
    Tuple(Vec<u32>),
    /// Members; also those of a set.
    List(Vec<u32>),
    /// Keys and values in their order.
    Dict(Vec<[u32; 2]>),
    /// A type of values: `float32`.
    Type(&'static str),
    /// A function or class of the closed list, without `torch._utils.` in front.
    Name(&'static str),
    /// What a function would be called with, and the state set on its result.
    Call(&'static str, u32, Option<u32>),
    /// Values outside of the pickle, by a tuple that says which.
    Stored(u32),
}

/// A whole pickle.
pub(super) struct Pickle {
    /// All values, in the order in which they were made.
    values: Vec<Value>,
    /// The number of the value that it is.
    pub(super) root: u32,
    /// Its length in bytes.
    pub(super) length: u64,
}

impl Pickle {
    /// The value of a number.
    pub(super) fn get(&self, at: u32) -> &Value {
        self.values.get(at as usize).unwrap_or(&Value::None)
    }

    /// All values, also those that nothing refers to.
    pub(super) fn all(&self) -> &[Value] {
        &self.values
    }

    /// The members of a tuple or list; none of anything else.
    pub(super) fn items(&self, at: u32) -> &[u32] {
        match self.get(at) {
            Value::Tuple(items) | Value::List(items) => items,
            _ => &[],
        }
    }
}

/// The number of nothing; this and the next three need no room of their own.
const NONE: u32 = 0;
/// The number of a truth.
const TRUE: u32 = 1;
/// The number of a falsehood.
const FALSE: u32 = 2;
/// The number of the empty tuple.
const EMPTY: u32 = 3;

/// Reads one pickle of at most `limit` bytes; what follows it is left.
pub(super) fn read(from: &mut dyn BufRead, limit: u64) -> Result<Pickle, String> {
    let values = vec![Value::None, Value::Bool(true), Value::Bool(false), Value::Tuple(Vec::new())];
    let mut machine =
        Machine { from: from.take(limit), values, stack: Vec::new(), marks: Vec::new(), memo: HashMap::new() };
    while machine.step()? {}
    let root = machine.pop()?;
    Ok(Pickle { values: machine.values, root, length: limit - machine.from.limit() })
}

/// What is said of a pickle that is none.
fn damaged(what: &str) -> String {
    format!("the pickle in the file is damaged: {what}")
}

/// The stack machine that a pickle is a program for.
struct Machine<'a> {
    /// What is left of the pickle.
    from: Take<&'a mut dyn BufRead>,
    /// All values.
    values: Vec<Value>,
    /// The stack.
    stack: Vec<u32>,
    /// Heights of the stack at the marks.
    marks: Vec<usize>,
    /// Values by the names that the pickle gives them.
    memo: HashMap<u32, u32>,
}

impl Machine<'_> {
    /// One opcode; `false` after the last.
    fn step(&mut self) -> Result<bool, String> {
        let [code] = self.number()?;
        match code {
            b'.' => return Ok(false),
            0x80 => match self.number()? {
                [0..=5] => {}
                [version] => return Err(format!("protocol {version} of pickle is not known")),
            },
            0x95 => drop(self.number::<8>()?),
            b'(' => self.marks.push(self.stack.len()),
            b'0' if self.marks.last() == Some(&self.stack.len()) => drop(self.marks.pop()),
            b'0' => drop(self.pop()?),
            b'1' => drop(self.above_mark()?),
            b'2' => self.stack.push(self.top()?),
            b'N' => self.stack.push(NONE),
            0x88 => self.stack.push(TRUE),
            0x89 => self.stack.push(FALSE),
            b')' => self.stack.push(EMPTY),
            b'q' | b'r' | 0x94 | b'h' | b'j' => self.memory(code)?,
            b'K' | b'M' | b'J' | b'G' | 0x8a | 0x8b => self.numeric(code)?,
            b'X' | b'U' | b'T' | b'B' | b'C' | 0x8c | 0x8d | 0x8e | 0x96 => self.text(code)?,
            b'c' | 0x93 | b'R' | 0x81 | b'b' | b'Q' => self.object(code)?,
            b']' | b'}' | 0x8f | b't' | b'l' | b'd' | 0x91 | 0x85..=0x87 | b'a' | b'e' | b's' | b'u' | 0x90 => {
                self.container(code)?;
            }
            code => {
                return Err(format!(
                    "the pickle in the file uses the opcode {code:#04x}, which no dictionary of tensors needs, or \
                     it is damaged: save model.state_dict() with the default protocol of torch.save"
                ));
            }
        }
        Ok(true)
    }

    /// The next bytes, of a fixed number.
    fn number<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let mut bytes = [0; N];
        self.from.read_exact(&mut bytes).map_err(|_| damaged("it ends too early"))?;
        Ok(bytes)
    }

    /// The next bytes, so many as the pickle says.
    fn bytes(&mut self, length: u64) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        if length <= self.from.limit() {
            (&mut self.from).take(length).read_to_end(&mut bytes).map_err(|e| e.to_string())?;
        }
        if bytes.len() as u64 == length { Ok(bytes) } else { Err(damaged("it ends too early")) }
    }

    /// A name that ends with a line.
    fn line(&mut self) -> Result<String, String> {
        let mut line = Vec::new();
        (&mut self.from).take(1000).read_until(b'\n', &mut line).map_err(|e| e.to_string())?;
        match line.pop() {
            Some(b'\n') => Ok(String::from_utf8_lossy(&line).into_owned()),
            _ => Err(damaged("a name that does not end")),
        }
    }

    /// A new value on the stack.
    fn push(&mut self, value: Value) -> Result<(), String> {
        if self.values.len() >= MOST_VALUES {
            return Err(format!("the pickle in the file holds more than {MOST_VALUES} values"));
        }
        self.stack.push(self.values.len() as u32);
        self.values.push(value);
        Ok(())
    }

    /// The value on top, above the last mark.
    fn top(&self) -> Result<u32, String> {
        let floor = self.marks.last().copied().unwrap_or(0);
        let above = self.stack.get(floor..).and_then(<[u32]>::last);
        above.copied().ok_or_else(|| damaged("a value is missing"))
    }

    /// Takes the value on top, above the last mark.
    fn pop(&mut self) -> Result<u32, String> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    /// Takes all values above the last mark, and the mark.
    fn above_mark(&mut self) -> Result<Vec<u32>, String> {
        let mark = self.marks.pop().filter(|mark| *mark <= self.stack.len());
        Ok(self.stack.split_off(mark.ok_or_else(|| damaged("a mark is missing"))?))
    }

    /// Names for values within the pickle.
    fn memory(&mut self, code: u8) -> Result<(), String> {
        let name = match code {
            b'q' | b'h' => u32::from(self.number::<1>()?[0]),
            0x94 => self.memo.len() as u32,
            _ => u32::from_le_bytes(self.number()?),
        };
        if matches!(code, b'h' | b'j') {
            self.stack.push(*self.memo.get(&name).ok_or_else(|| damaged("a value is not there"))?);
        } else if self.memo.len() < MOST_VALUES {
            let top = self.top()?;
            self.memo.insert(name, top);
        } else {
            return Err(format!("the pickle in the file names more than {MOST_VALUES} values"));
        }
        Ok(())
    }

    /// A number.
    fn numeric(&mut self, code: u8) -> Result<(), String> {
        let value = match code {
            b'K' => Value::Int(self.number::<1>()?[0].into()),
            b'M' => Value::Int(u16::from_le_bytes(self.number()?).into()),
            b'J' => Value::Int(i32::from_le_bytes(self.number()?).into()),
            b'G' => Value::Float(f64::from_be_bytes(self.number()?)),
            0x8a => {
                let [length] = self.number()?;
                long(&self.bytes(length.into())?)
            }
            _ => {
                let length = u32::from_le_bytes(self.number()?);
                long(&self.bytes(length.into())?)
            }
        };
        self.push(value)
    }

    /// A text, or bytes.
    fn text(&mut self, code: u8) -> Result<(), String> {
        let length = match code {
            b'U' | b'C' | 0x8c => self.number::<1>()?[0].into(),
            b'X' | b'T' | b'B' => u32::from_le_bytes(self.number()?).into(),
            _ => u64::from_le_bytes(self.number()?),
        };
        let bytes = self.bytes(length)?;
        self.push(match code {
            b'B' | b'C' | 0x8e | 0x96 => Value::Bytes(bytes),
            b'U' | b'T' => Value::Text(String::from_utf8_lossy(&bytes).into_owned()),
            _ => Value::Text(String::from_utf8(bytes).map_err(|_| damaged("a text that is none"))?),
        })
    }

    /// A container, or more members for one.
    fn container(&mut self, code: u8) -> Result<(), String> {
        match code {
            b']' | 0x8f => self.push(Value::List(Vec::new())),
            b'}' => self.push(Value::Dict(Vec::new())),
            b't' => {
                let items = self.above_mark()?;
                self.push(Value::Tuple(items))
            }
            b'l' | 0x91 => {
                let items = self.above_mark()?;
                self.push(Value::List(items))
            }
            b'd' => {
                let items = self.above_mark()?;
                self.push(Value::Dict(pairs(&items)?))
            }
            0x85..=0x87 => {
                let mut items = Vec::new();
                for _ in 0x84..code {
                    items.insert(0, self.pop()?);
                }
                self.push(Value::Tuple(items))
            }
            b'a' => {
                let item = self.pop()?;
                self.extend(&[item])
            }
            b's' => {
                let value = self.pop()?;
                let key = self.pop()?;
                self.extend(&[key, value])
            }
            _ => {
                let items = self.above_mark()?;
                self.extend(&items)
            }
        }
    }

    /// More members for the container on top.
    fn extend(&mut self, items: &[u32]) -> Result<(), String> {
        let top = self.top()?;
        match self.values.get_mut(top as usize) {
            Some(Value::List(list)) => list.extend(items),
            Some(Value::Dict(dict)) => dict.extend(pairs(items)?),
            _ => return Err(damaged("members of what has none")),
        }
        Ok(())
    }

    /// A name, a call, a state, or values outside of the pickle.
    fn object(&mut self, code: u8) -> Result<(), String> {
        match code {
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.push(known(&module, &name)?)
            }
            0x93 => {
                let [name, module] = [self.pop()?, self.pop()?].map(|at| self.values.get(at as usize));
                match (module, name) {
                    (Some(Value::Text(module)), Some(Value::Text(name))) => {
                        let value = known(module, name)?;
                        self.push(value)
                    }
                    _ => Err(damaged("a name that is no text")),
                }
            }
            b'Q' => {
                let which = self.pop()?;
                self.push(Value::Stored(which))
            }
            b'b' => self.build(),
            _ => {
                let args = self.pop()?;
                match self.pop().map(|at| self.values.get(at as usize).cloned())? {
                    Some(Value::Name(name)) => self.call(name, args),
                    _ => Err(damaged("a call of what is no function")),
                }
            }
        }
    }

    /// A call: containers are made, all else is noted.
    fn call(&mut self, name: &'static str, args: u32) -> Result<(), String> {
        let Some(Value::Tuple(given)) = self.values.get(args as usize) else {
            return Err(damaged("a call without a tuple of arguments"));
        };
        let first = given.first().copied();
        match (name, first) {
            ("collections.OrderedDict" | "collections.Counter", Some(first)) => self.dictionary(first),
            ("collections.OrderedDict" | "collections.Counter" | "collections.defaultdict" | "builtins.dict", _) => {
                self.push(Value::Dict(Vec::new()))
            }
            ("torch.Size" | "builtins.set" | "builtins.frozenset" | "builtins.list" | "builtins.tuple", first) => {
                self.stack.push(first.unwrap_or(EMPTY));
                Ok(())
            }
            _ => self.push(Value::Call(name, args, None)),
        }
    }

    /// A dictionary of another one, or of the pairs of a list as Python 2 writes them; the list is
    /// used up.
    fn dictionary(&mut self, from: u32) -> Result<(), String> {
        let list = match self.values.get_mut(from as usize) {
            Some(Value::Dict(_)) => {
                self.stack.push(from);
                return Ok(());
            }
            Some(Value::List(list)) => std::mem::take(list),
            _ => return Err(damaged("a dictionary of what holds no pairs")),
        };
        let pair = |at: &u32| match self.values.get(*at as usize) {
            Some(Value::List(pair) | Value::Tuple(pair)) => <[u32; 2]>::try_from(&pair[..]).ok(),
            _ => None,
        };
        let dict: Option<Vec<[u32; 2]>> = list.iter().map(pair).collect();
        self.push(Value::Dict(dict.ok_or_else(|| damaged("a dictionary of what holds no pairs"))?))
    }

    /// A state for the object on top; that of a dictionary holds nothing that is read.
    fn build(&mut self) -> Result<(), String> {
        let given = self.pop()?;
        let top = self.top()?;
        match self.values.get_mut(top as usize) {
            Some(Value::Call(_, _, state)) => *state = Some(given),
            Some(Value::Dict(_)) => {}
            _ => return Err(damaged("a state of what has none")),
        }
        Ok(())
    }
}

/// Keys and values that stand one after the other.
fn pairs(items: &[u32]) -> Result<Vec<[u32; 2]>, String> {
    match items.as_chunks::<2>() {
        (pairs, []) => Ok(pairs.to_vec()),
        _ => Err(damaged("a key without a value")),
    }
}

/// A whole number of any length, the lowest byte first; one that does not fit becomes a text.
fn long(bytes: &[u8]) -> Value {
    let negative = bytes.last().is_some_and(|last| last & 0x80 != 0);
    let mut all = [if negative { 0xff } else { 0 }; 16];
    match all.get_mut(..bytes.len()) {
        Some(low) => low.copy_from_slice(bytes),
        None => return Value::Text(format!("a whole number of {} bytes", bytes.len())),
    }
    let number = i128::from_le_bytes(all);
    i64::try_from(number).map_or_else(|_| Value::Text(number.to_string()), Value::Int)
}

/// A name of the closed list.
///
/// # Errors
/// Any other name.
fn known(module: &str, name: &str) -> Result<Value, String> {
    let module = module.replace("__builtin__", "builtins").replace("numpy._core.", "numpy.core.");
    let types = |name: &str| match TYPES.iter().find(|(storage, _)| *storage == name) {
        Some((_, kind)) => Some(*kind),
        None => TYPES.iter().find(|(_, kind)| *kind == name && name != "bytes").map(|(_, kind)| *kind),
    };
    let found = match &module[..] {
        "torch" | "torch.cuda" | "torch.storage" => types(name).map(Value::Type),
        "torch._utils" => BUILDERS.iter().find(|known| **known == name).map(|name| Value::Name(name)),
        _ => None,
    };
    let full = format!("{module}.{name}");
    let found = found.or_else(|| NAMES.iter().find(|known| **known == full).map(|name| Value::Name(name)));
    found.ok_or_else(|| {
        let shown: String = full.chars().take(100).flat_map(char::escape_debug).collect();
        format!(
            "the file holds a whole object of class {shown}, which only Python can read: save model.state_dict() \
             instead: torch.save(model.state_dict(), 'machine.pt')"
        )
    })
}
