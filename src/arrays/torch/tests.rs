use super::super::{Entry, Kind};
use super::*;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
use std::io::{Cursor, Write};
use zip::CompressionMethod;
use zip::read::{ZipArchive, ZipReadOptions};
use zip::write::{SimpleFileOptions, ZipWriter};

/// A file that make_torch.py has written.
pub(in crate::arrays) fn made(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files").join(name)
}

/// The values of an array by its name.
pub(in crate::arrays) fn named(archive: &mut Archive, name: &str) -> Result<Vec<f64>, String> {
    let at = archive.entries.iter().position(|entry| entry.name == name).expect("a name of the file");
    archive.values(at)
}

/// An array of a file.
fn entry(name: &str, shape: &[usize], kind: Kind) -> Entry {
    Entry { name: name.to_string(), shape: shape.to_vec(), kind }
}

/// So many numbers 0, 1/8, 2/8, ...
fn eighths(count: u32) -> Vec<f64> {
    (0..count).map(|k| f64::from(k) / 8.0).collect()
}

/// Opens bytes as a file.
pub(in crate::arrays) fn of(bytes: &[u8], open: fn(&Path) -> Result<Archive, String>) -> Result<Archive, String> {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(bytes).expect("written");
    open(file.path())
}

/// One to four damages: bytes turned, cut off, put in, put at the end, or a piece repeated.
pub(in crate::arrays) fn damage(bytes: &[u8], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..rng.random_range(1..5) {
        let at = rng.random_range(0..bytes.len().max(1));
        match rng.random_range(0..6) {
            _ if bytes.is_empty() => {}
            0 | 1 => bytes[at] ^= 1 << rng.random_range(0..8),
            2 => bytes[at] = [0, 0xff, b'(', b'R', 0x7f, b'9'][rng.random_range(0..6)],
            3 if rng.random_range(0..4) == 0 => bytes.truncate(at),
            3 => {
                drop(bytes.splice(at..at, (0..rng.random_range(1..9)).map(|_| rng.random::<u8>()).collect::<Vec<_>>()))
            }
            4 => bytes.extend((0..rng.random_range(1..40)).map(|_| rng.random::<u8>())),
            _ => {
                let end = rng.random_range(at..bytes.len().min(at + 64));
                let piece = bytes[at..end].to_vec();
                drop(bytes.splice(at..at, piece));
            }
        }
    }
    bytes
}

/// A zip archive of the same members with one of them damaged, stored or deflated.
pub(in crate::arrays) fn damaged_inside(bytes: &[u8], rng: &mut ChaCha8Rng, often: &str) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).expect("a whole archive");
    let names: Vec<String> = archive.file_names().map(|name| name.expect("a name").into_owned()).collect();
    let first = names.iter().position(|name| name.ends_with(often)).expect("a member of this name");
    let which = if rng.random_range(0..4) > 0 { first } else { rng.random_range(0..names.len()) };
    let members = names.iter().enumerate().map(|(at, name)| {
        let mut content = Vec::new();
        let unchecked = ZipReadOptions::new().ignore_crc32(true);
        archive.by_index_with_options(at, unchecked).expect("a member").read_to_end(&mut content).expect("read");
        (name.clone(), if at == which { damage(&content, rng) } else { content })
    });
    let members: Vec<_> = members.collect();
    zip_of(&members.iter().map(|(name, content)| (&name[..], &content[..])).collect::<Vec<_>>(), rng.random())
}

/// A zip archive of these members.
pub(in crate::arrays) fn zip_of(members: &[(&str, &[u8])], deflated: bool) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let method = if deflated { CompressionMethod::Deflated } else { CompressionMethod::Stored };
    for (name, content) in members {
        zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).expect("started");
        zip.write_all(content).expect("written");
    }
    zip.finish().expect("finished").into_inner()
}

/// Reads all that a damaged file still holds; values are never many more than the file has bytes.
pub(in crate::arrays) fn survives(bytes: &[u8], open: fn(&Path) -> Result<Archive, String>) -> bool {
    let Ok(mut archive) = of(bytes, open) else { return false };
    let mut whole = true;
    for at in 0..archive.entries.len() {
        match archive.values(at) {
            Ok(values) => {
                assert!(values.len() <= bytes.len().max(REPEATED as usize), "{} of {}", values.len(), bytes.len());
                assert_eq!(values.len(), archive.entries[at].shape.iter().product::<usize>());
            }
            Err(why) => {
                assert!(!why.is_empty());
                whole = false;
            }
        }
    }
    assert!(archive.values(archive.entries.len()).is_err());
    whole
}

#[test]
fn a_state_dict_is_read_in_every_format_of_torch() {
    let right = [("W", vec![2, 3]), ("v_bias", vec![3]), ("h_bias", vec![2])];
    let files = ["state.pt", "state_legacy.pt", "state_protocol4.pt"];
    for (file, legacy) in files.into_iter().zip([false, true, false]) {
        let mut archive = open(&made(file)).expect("a state dict");
        assert_eq!(archive.entries, right.clone().map(|(name, shape)| entry(name, &shape, Kind::Float(32))), "{file}");
        assert_eq!(archive.format.contains("before 1.6"), legacy);
        assert!(archive.texts.is_empty() && archive.notes.is_empty());
        assert_eq!(archive.values(0), Ok(eighths(6)));
        assert_eq!((archive.values(1), archive.values(2)), (Ok(eighths(3)), Ok(eighths(2))));
        assert!(archive.values(3).is_err());
    }
}

#[test]
fn views_are_read_as_torch_shows_them() {
    for file in ["views.pt", "views_legacy.pt"] {
        let mut archive = open(&made(file)).expect("views");
        let mut value = |name: &str| named(&mut archive, name).expect("values");
        let at = |rows: &[&[u32]]| rows.concat().iter().map(|k| f64::from(*k) / 8.0).collect::<Vec<_>>();
        // by hand: base[i, j] = (6 i + j) / 8
        assert_eq!((value("all"), value("tied")), (eighths(24), eighths(24)));
        let transposed = (0..6).flat_map(|j| (0..4).map(move |i| 6 * i + j)).collect::<Vec<u32>>();
        assert_eq!(value("transposed"), at(&[&transposed]));
        assert_eq!(value("rows"), at(&[&[6, 7, 8, 9, 10, 11], &[12, 13, 14, 15, 16, 17]]));
        assert_eq!(value("columns"), at(&[&[1, 3], &[7, 9], &[13, 15], &[19, 21]]));
        assert_eq!(value("corner"), at(&[&[15, 21], &[16, 22], &[17, 23]]));
        assert_eq!(value("expanded"), [0.5; 6]);
        // cube[k, i, j] = x[i, j, k] = (12 i + 4 j + k) / 8
        let cube = (0..4).flat_map(|k| (0..2).flat_map(move |i| (0..3).map(move |j| 12 * i + 4 * j + k)));
        assert_eq!(value("cube"), at(&[&cube.collect::<Vec<u32>>()]));
        assert_eq!((value("scalar"), value("empty")), (vec![0.375], vec![]));
        assert_eq!(archive.notes, ["tied is the same tensor as all, stored once."]);
        let shapes: Vec<_> = archive.entries.iter().map(|entry| entry.shape.clone()).collect();
        let right: [&[usize]; 10] =
            [&[4, 6], &[6, 4], &[2, 6], &[4, 2], &[3, 2], &[3, 2], &[4, 2, 3], &[], &[0, 3], &[4, 6]];
        assert_eq!(shapes, right);
    }
}

#[test]
fn every_type_is_read_or_named() {
    for file in ["types.pt", "types_legacy.pt"] {
        types(file);
    }
}

/// What a file with tensors of every type holds.
fn types(file: &str) {
    let mut archive = open(&made(file)).expect("types");
    let whole: Vec<f64> = (0..6).map(f64::from).collect();
    let integers = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"];
    let kinds = [("float16", 16), ("bfloat16", 16), ("float32", 32), ("float64", 64)]
        .map(|(name, bits)| (name, Kind::Float(bits)))
        .into_iter()
        .chain(integers.map(|name| (name, Kind::Integer(name.to_string()))));
    for (at, (name, kind)) in kinds.enumerate() {
        assert_eq!(archive.entries[at], entry(name, &[2, 3], kind));
        assert_eq!(archive.values(at).as_ref(), Ok(&whole), "{name}");
    }
    assert_eq!(archive.entries[12], entry("bool", &[2, 3], Kind::Bool));
    assert_eq!(archive.values(12), Ok(vec![0.0, 1.0, 1.0, 1.0, 1.0, 1.0]));
    for name in ["complex64", "complex128", "complex32"] {
        let Some(found) = archive.entries.iter().find(|entry| entry.name == name) else { continue };
        assert_eq!(found.kind, Kind::Complex);
        assert!(named(&mut archive, name).is_err_and(|why| why.contains("complex numbers")));
    }
    let others = [
        ("float8_e4m3fn", &[2, 3][..], "values of type float8_e4m3fn", "float()"),
        ("conjugate", &[2], "complex numbers with PyTorch's conjugation flag", "resolve_conj()"),
        ("negative", &[2], "a tensor with PyTorch's negation flag", "resolve_neg()"),
        ("sparse", &[3, 3], "a sparse tensor", "to_dense()"),
        ("csr", &[3, 3], "a sparse tensor", "to_dense()"),
        ("quantised", &[2, 3], "a quantised tensor", "dequantize()"),
        ("meta", &[2, 5], "a tensor without values (device meta)", "after its values"),
    ];
    for (name, shape, words, help) in others {
        let Some(found) = archive.entries.iter().find(|entry| entry.name == name) else { continue };
        assert_eq!(*found, entry(name, shape, Kind::Other(words.to_string())));
        let why = named(&mut archive, name).expect_err("no plain values");
        assert!(why.contains(name) && why.contains(words) && why.contains(help), "{why}");
    }
    assert_eq!(archive.entries.len(), if file == "types.pt" { 23 } else { 18 });
}

#[test]
fn nested_dictionaries_have_dotted_names_and_plain_values_are_texts() {
    let mut archive = open(&made("nested.pt")).expect("nested");
    let names: Vec<&str> = archive.entries.iter().map(|entry| &entry.name[..]).collect();
    let layers = ["model.layers.0.W", "model.layers.1.W", "optimizer.state.0.step", "optimizer.state.0.exp_avg"];
    let machine = ["weights", "visible_bias", "hidden_bias"].map(|name| format!("model.rbm_am.{name}"));
    let right: Vec<&str> = machine.iter().map(|name| &name[..]).chain(layers).chain(["numpy"]).collect();
    assert_eq!(names, right);
    assert_eq!(archive.entries[0], entry("model.rbm_am.weights", &[2, 3], Kind::Float(64)));
    assert_eq!(named(&mut archive, "model.rbm_am.weights"), Ok(eighths(6)));
    assert_eq!(named(&mut archive, "model.layers.1.W"), Ok(eighths(2)));
    assert_eq!(named(&mut archive, "optimizer.state.0.step"), Ok(vec![3.0]));
    let numpy = Kind::Other("a NumPy array inside a PyTorch file".to_string());
    assert_eq!(archive.entries[7], entry("numpy", &[2, 3], numpy));
    assert!(named(&mut archive, "numpy").is_err_and(|why| why.contains("numpy.save")));
    let texts = [
        ("optimizer.param_groups.0.lr", "0.01"),
        ("optimizer.param_groups.0.betas", "[0.9, 0.999]"),
        ("optimizer.param_groups.0.params", "[0, 1]"),
        ("epoch", "3"),
        ("beta", "0.5"),
        ("units", "spins"),
        ("done", "true"),
        ("seed", "9223372036854775813"), // by hand: 2^63 + 5
        ("loss", "-1.25"),
        ("size", "[2, 3]"),
        ("dtype", "float32"),
        ("device", "cpu"),
        ("args.lr", "0.1"),
        ("args.name", "run"),
        ("long", "a list of 40 values"),
        ("classes", "[a]"),
    ];
    assert_eq!(archive.texts, texts.map(|(name, text)| (name.to_string(), text.to_string())));
}

#[test]
fn parameters_lists_single_tensors_and_files_without_checksums_are_read() {
    let mut archive = open(&made("parameters.pt")).expect("parameters");
    assert_eq!(archive.entries.iter().map(|entry| &entry.name[..]).collect::<Vec<_>>(), ["W", "plain", "attribute"]);
    assert_eq!([0, 1, 2].map(|at| archive.values(at)), [6, 3, 2].map(|count| Ok(eighths(count))));
    let mut archive = open(&made("list.pt")).expect("a list");
    assert_eq!(archive.entries.iter().map(|entry| &entry.name[..]).collect::<Vec<_>>(), ["0", "1", "2"]);
    assert_eq!(archive.values(0), Ok(eighths(6)));
    let mut archive = open(&made("tensor.pt")).expect("a tensor");
    assert_eq!(archive.entries, [entry("W", &[2, 3], Kind::Float(32))]);
    assert_eq!(archive.values(0), Ok(eighths(6)));
    let mut archive = open(&made("no_crc.pt")).expect("no checksums");
    assert_eq!(archive.values(0), Ok(eighths(6)));
}

/// What is said of a file that is refused.
fn why(result: Result<Archive, String>) -> String {
    result.map(|archive| archive.entries).expect_err("no dictionary of tensors")
}

#[test]
fn whole_objects_are_refused_by_their_class_and_nothing_is_executed() {
    let right = "the file holds a whole object of class __main__.RBM, which only Python can read: save \
                 model.state_dict() instead: torch.save(model.state_dict(), 'machine.pt')";
    assert_eq!(why(open(&made("model.pt"))), right);
    assert_eq!(why(open(&made("model_legacy.pt"))), right);
    assert!(why(open(&made("call.pt"))).contains("class posix.getcwd, which only Python"));
    assert!(why(open(&made("number.pt"))).contains("no tensors"));
    assert!(why(open(&made("rbm.skops"))).contains("without data.pkl"));
    assert!(!why(open(Path::new("/nowhere"))).is_empty());
    let script = zip_of(&[("m/data.pkl", b"\x80\x02c__torch__\nRBM\n)\x81."), ("m/constants.pkl", b"")], false);
    assert!(why(of(&script, open)).contains("torch.jit.load"));
}

/// A text of a pickle.
fn text(text: &str) -> Vec<u8> {
    [b"X", &(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat()
}

/// A whole number of a pickle.
fn int(number: i64) -> Vec<u8> {
    [&[0x8a, 8], &number.to_le_bytes()[..]].concat()
}

/// A tuple of sizes in a pickle.
fn sizes(sizes: &[i64]) -> Vec<u8> {
    [b"(", &sizes.iter().flat_map(|n| int(*n)).collect::<Vec<_>>()[..], b"t"].concat()
}

/// A dictionary with one tensor W of type float32 in a storage 0 of `stored` values.
fn one(stored: i64, start: i64, shape: &[i64], steps: &[i64]) -> Vec<u8> {
    let storage = [b"(", &text("storage")[..], b"ctorch\nFloatStorage\n", &text("0"), &text("cpu"), &int(stored)];
    let tensor = [b"ctorch._utils\n_rebuild_tensor_v2\n(", &storage.concat()[..], b"tQ", &int(start), &sizes(shape)];
    [b"\x80\x02}", &text("W")[..], &tensor.concat(), &sizes(steps), b"\x89)tRs."].concat()
}

/// A file of this pickle, with a storage 0 of these bytes.
fn saved(pickle: &[u8], storage: &[u8]) -> Vec<u8> {
    zip_of(&[("m/data.pkl", pickle), ("m/data/0", storage)], false)
}

#[test]
fn sizes_that_cannot_be_are_refused_before_they_are_read() {
    let floats: Vec<u8> = (0..6u8).flat_map(|k| (f32::from(k) / 8.0).to_le_bytes()).collect();
    let tried = |stored: i64, start: i64, shape: &[i64], steps: &[i64]| {
        of(&saved(&one(stored, start, shape, steps), &floats), open)
    };
    assert_eq!(tried(6, 0, &[2, 3], &[3, 1]).expect("whole").values(0), Ok(eighths(6)));
    assert_eq!(tried(6, 5, &[1, 1], &[i64::MAX, i64::MAX]).expect("whole").values(0), Ok(vec![0.625]));
    // PyTorch takes any start of a tensor without values.
    assert_eq!(tried(6, i64::MAX, &[0, 3], &[3, 1]).expect("whole").values(0), Ok(vec![]));
    assert!(tried(6, 1, &[2, 3], &[3, 1]).is_err_and(|why| why.contains("beyond its storage")));
    assert!(tried(7, 1, &[2, 3], &[3, 1]).is_err_and(|why| why.contains("24 bytes of its storage are too few")));
    let odd: [(i64, i64, &[i64], &[i64]); 7] = [
        (6, 0, &[2, 3], &[3]),
        (6, -1, &[2, 3], &[3, 1]),
        (6, 0, &[2, 3], &[3, -1]),
        (6, i64::MAX, &[2, 3], &[3, 1]),
        (i64::MAX, 0, &[2, 3], &[3, 1]),
        (6, 0, &[1 << 40, 1 << 40], &[0, 0]),
        (6, 0, &[3; 65], &[0; 65]),
    ];
    for (stored, start, shape, steps) in odd {
        assert!(tried(stored, start, shape, steps).is_err(), "{shape:?} {steps:?}");
    }
    let mut repeated = tried(6, 0, &[1 << 30, 2], &[0, 1]).expect("a view");
    assert_eq!(repeated.entries[0].kind, Kind::Other("a view that repeats its values".to_string()));
    assert!(repeated.values(0).is_err_and(|why| why.contains("contiguous()")));
    let missing = zip_of(&[("m/data.pkl", &one(6, 0, &[6], &[1]))], false);
    assert!(of(&missing, open).is_err_and(|why| why.contains("data/0 is missing")));
    let zeros = zip_of(&[("data.pkl", &one(1 << 20, 0, &[1 << 10], &[1])), ("data/0", &vec![0; 4 << 20])], true);
    assert_eq!(of(&zeros, open).expect("deflated").values(0), Ok(vec![0.0; 1 << 10]));
    // A value that was changed is seen by the checksum, also where only others are read.
    let mut turned = saved(&one(6, 0, &[3], &[1]), &floats);
    let last = turned.windows(24).position(|bytes| bytes == floats).expect("stored") + 23;
    turned[last] ^= 1;
    assert!(of(&turned, open).expect("opens").values(0).is_err_and(|why| why.contains("damaged")));
}

#[test]
fn big_endian_files_are_turned() {
    let floats: Vec<u8> = (0..6u8).flat_map(|k| (f32::from(k) / 8.0).to_be_bytes()).collect();
    let pickle = one(6, 0, &[3, 2], &[1, 3]);
    let file = zip_of(&[("m/data.pkl", &pickle), ("m/byteorder", b"big"), ("m/data/0", &floats)], false);
    assert_eq!(of(&file, open).expect("read").values(0), Ok(vec![0.0, 0.375, 0.125, 0.5, 0.25, 0.625]));
}

#[test]
fn pickles_that_repeat_nest_or_contain_themselves_end() {
    let tried = |pickle: &[u8]| why(of(&saved(pickle, &[]), open));
    // Twenty lists, each of ten of the one before; then 10,000 lists, one in the other.
    let mut laughs = b"]q\x00N".to_vec();
    for _ in 0..20 {
        laughs.extend(b"0](h\x00h\x00h\x00h\x00h\x00h\x00h\x00h\x00h\x00h\x00eq\x00N");
    }
    laughs.extend(b"0.");
    assert!(tried(&laughs).contains("too often"));
    assert!(tried(&[&b"]".repeat(100_000)[..], &b"a".repeat(99_999), b"."].concat()).contains("deep"));
    let dictionaries = [&b"}X\x01\x00\x00\x00a".repeat(1000)[..], b"}", &b"s".repeat(1000), b"."].concat();
    assert!(tried(&dictionaries).contains("deep"));
    let own = [b"}q\x00", &text("a")[..], b"h\x00s."].concat();
    assert!(tried(&own).contains("deep"));
    assert!(tried(b"]q\x00h\x00a.").contains("deep"));
    // One long text in many places.
    let long = [b"]", &text(&"x".repeat(100_000))[..], b"q\x000}q\x01", &b"h\x00Ns".repeat(300), b"a."].concat();
    assert!(tried(&long).contains("too often") || tried(&long).contains("no tensors"));
    // A long text 400,000 times in a list that stands in 60 places: minutes where it is copied.
    let many = [b"}(".to_vec(), text("t"), text(&"x".repeat(1000)), b"q\x00".to_vec(), text("l"), b"(".to_vec()];
    let many = [many.concat(), b"h\x00".repeat(400_000), b"lq\x01".to_vec()].concat();
    let places: Vec<u8> = (0..60).flat_map(|at| [text(&at.to_string()), b"h\x01".to_vec()].concat()).collect();
    assert!(tried(&[many, places, b"u.".to_vec()].concat()).contains("no tensors"));
    for odd in ["", ".", "(.", "R.", "a.", "t.", "e.", "0.", "h\x00.", "]]u.", "(N}u.", "\u{3}.", "N)R.", "cos", "NNs."]
    {
        assert!(!tried(odd.as_bytes()).is_empty());
    }
    assert!(tried(b"\x80\x06N.").contains("protocol 6"));
    assert!(tried(b"cos\nsystem\n)R.").contains("class os.system"));
    assert!(tried(b"c\x1b[31m\nx\n.").contains("class \\u{1b}[31m.x,"));
    assert!(tried(b"I1\n.").contains("opcode 0x49"));
    let twice = one(0, 0, &[0], &[1]);
    let twice = [&twice[..twice.len() - 1], &twice[3..]].concat();
    assert!(tried(&twice).contains("two tensors of the file are called W"));
}

#[test]
fn keys_of_several_values_have_names() {
    let tensor = one(1, 0, &[1], &[1]);
    let whole = [b"\x80\x02}K\x00K\x01\x86", &tensor[2..tensor.len() - 1], b"s."].concat();
    let mut archive = of(&saved(&whole, &0.5f32.to_le_bytes()), open).expect("a dictionary of pairs");
    assert_eq!(archive.entries, [entry("(0, 1).W", &[1], Kind::Float(32))]);
    assert_eq!(archive.values(0), Ok(vec![0.5]));
}

#[test]
fn files_of_python_2_and_parts_of_storages_are_read() {
    // As torch 0.3 on Python 2 wrote them: texts of bytes, a dictionary of pairs, a storage that is
    // the part [2..6] of another one, the version of the function without hooks.
    let short = |text: &str| [b"U", &[text.len() as u8][..], text.as_bytes()].concat();
    let part = [b"(", &short("view")[..], b"K\x02K\x04t"].concat();
    let storage = [b"((", &short("storage")[..], b"ctorch\nFloatStorage\n", &short("7"), &short("cpu"), b"K\x06"];
    let tensor = [b"ctorch._utils\n_rebuild_tensor\n", &storage.concat()[..], &part, b"tQK\x01K\x03\x85K\x01\x85tR"];
    let pairs = [b"\x80\x02ccollections\nOrderedDict\n](](", &short("W")[..], &tensor.concat(), b"ee\x85R."];
    let floats: Vec<u8> = (0..6u8).flat_map(|k| (f32::from(k) / 8.0).to_le_bytes()).collect();
    let system = [b"\x80\x02}", &short("little_endian")[..], b"\x88s."].concat();
    let keys = [b"\x80\x02](", &short("7")[..], b"e.", &6u64.to_le_bytes(), &floats].concat();
    let file = [LEGACY, b"\x80\x02M\xe9\x03.", &system, &pairs.concat(), &keys].concat();
    let mut archive = of(&file, open).expect("legacy");
    assert_eq!(archive.entries, [entry("W", &[3], Kind::Float(32))]);
    assert_eq!(archive.values(0), Ok(vec![0.375, 0.5, 0.625]));
    assert!(of(&file[..file.len() - 1], open).is_err_and(|why| why.contains("ends too early")));
    assert!(of(&[&file[..], b"x"].concat(), open).is_err_and(|why| why.contains("1 bytes are left over")));
}

#[test]
fn damaged_files_are_refused_or_read_without_a_panic() {
    let zipped = ["state.pt", "views.pt", "types.pt", "nested.pt", "state_protocol4.pt", "parameters.pt", "no_crc.pt"];
    let plain = ["state_legacy.pt", "views_legacy.pt", "types_legacy.pt", "model_legacy.pt"];
    let read = |name: &&str| std::fs::read(made(name)).expect("a file");
    let (zipped, plain): (Vec<_>, Vec<_>) = (zipped.iter().map(read).collect(), plain.iter().map(read).collect());
    let rng = &mut ChaCha8Rng::seed_from_u64(25);
    let mut whole = [0; 3];
    for number in 0..2400 {
        let (kind, from) = (number % 3, if number % 3 == 2 { &plain } else { &zipped });
        let bytes = &from[rng.random_range(0..from.len())];
        let damaged = match kind {
            0 => damage(bytes, rng),
            1 => damaged_inside(bytes, rng, "data.pkl"),
            _ => damage(bytes, rng),
        };
        whole[kind] += u32::from(survives(&damaged, open));
    }
    // Damage that does not matter exists, as does damage that does.
    assert!(whole.iter().all(|count| (1..700).contains(count)), "{whole:?}");
}
