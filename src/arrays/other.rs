//! Files that are not read: what they are, and what helps.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

/// What helps where any Python program holds the arrays.
const SAVE: &str = "np.savez('machine.npz', W=W, a=a, b=b)";
/// The same for a machine of scikit-learn.
const SKLEARN: &str = "np.savez('machine.npz', W=rbm.components_.T, a=rbm.intercept_visible_, b=rbm.intercept_hidden_)";
/// The number that torch.save wrote first before it wrote zip archives, as a pickle has it.
const TORCH: &[u8] = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
/// The last bytes of a table of TensorFlow or LevelDB.
const TABLE: [u8; 8] = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];
/// How much of a pickle is searched for the names in it.
const PICKLE: u64 = 1 << 20;

/// What other files begin with, and what is said of them.
const BEGINNINGS: [(&[u8], &str); 33] = [
    (b"\x1f\x8b", "a gzip file: unpack it first with gunzip"),
    (b"\xfd7zXZ\0", "a file packed by xz: unpack it first with unxz"),
    (b"BZh", "a file packed by bzip2: unpack it first with bunzip2"),
    (b"\x28\xb5\x2f\xfd", "a file packed by zstd: unpack it first with unzstd"),
    (b"\x04\x22\x4d\x18", "a file packed by lz4: unpack it first with unlz4"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it first"),
    (b"Rar!\x1a\x07", "a rar archive: unpack it first"),
    (b"\x89PNG", "a picture (PNG), not the arrays it was drawn from"),
    (b"\xff\xd8\xff", "a picture (JPEG), not the arrays it was drawn from"),
    (b"GIF8", "a picture (GIF), not the arrays it was drawn from"),
    (b"II*\0", "a picture (TIFF), not the arrays it was drawn from"),
    (b"%PDF", "a PDF document, not a file of arrays"),
    (b"\x7fELF", "a program, not a file of arrays"),
    (b"CDF\x01", "a NetCDF file: save its arrays with x.to_netcdf('machine.nc', engine='h5netcdf'), which is HDF5"),
    (b"CDF\x02", "a NetCDF file: save its arrays with x.to_netcdf('machine.nc', engine='h5netcdf'), which is HDF5"),
    (b"CDF\x05", "a NetCDF file: save its arrays with x.to_netcdf('machine.nc', engine='h5netcdf'), which is HDF5"),
    (b"7JL", "a file of Julia's Serialization: save its arrays with NPZ.jl or HDF5.jl"),
    (b"RDX3\n", "data of R: write.csv(W, 'W.csv', row.names=FALSE), or save HDF5 with rhdf5"),
    (b"RDX2\n", "data of R: write.csv(W, 'W.csv', row.names=FALSE), or save HDF5 with rhdf5"),
    (b"GGUF", "a language model (GGUF), not a Boltzmann machine"),
    (b"PAR1", "a Parquet table: save its numbers with df.to_csv('W.csv', header=False, index=False)"),
    (b"ARROW1", "an Arrow table: save its numbers with df.to_csv('W.csv', header=False, index=False)"),
    (b"SQLite format 3", "a data base (SQLite), not a file of arrays"),
    (b"version https://git-lfs", "a pointer of Git LFS, not the file it stands for: fetch that with git lfs pull"),
    (b"model_checkpoint_path:", "the record of TensorFlow checkpoints, not one of them"),
    (b"%%MatrixMarket", "a Matrix Market file: save it with np.save('W.npy', scipy.io.mmread(name).toarray())"),
    (b"MATLAB 5.0", super::SHORT),
    (b"\0\0\x08", "an IDX file of bytes: data such as MNIST's, not a machine"),
    (b"\0\0\x09", "an IDX file of bytes: data such as MNIST's, not a machine"),
    (b"\0\0\x0c", "an IDX file of whole numbers: data such as QMNIST's, not a machine"),
    (b"\0\0\x0d", "an IDX file of numbers: save it with np.save('W.npy', W)"),
    (b"\xff\xfe", "a text in UTF-16: save it as UTF-8"),
    (b"\xfe\xff", "a text in UTF-16: save it as UTF-8"),
];

/// What the first bytes of formats that are read are, for files of which no more is there.
const OWN: [&[u8]; 4] = [super::npy::MAGIC, b"PK\x03\x04", b"\x89HDF\r\n\x1a\n", b"MATLAB 5.0 MAT-file"];

/// Whether a file was written by torch.save before version 1.6, or with its old format asked for.
pub(super) fn is_old_torch(head: &[u8]) -> bool {
    is_pickle(head) && head.iter().take(32).copied().collect::<Vec<_>>().windows(TORCH.len()).any(|part| part == TORCH)
}

/// The sentence for a file that is known and not read, or none where it may be a table of numbers.
pub(super) fn what(head: &[u8], file: &mut File, length: u64) -> Option<String> {
    if length < 19 && head.len() > 1 && OWN.iter().any(|magic| magic.starts_with(head)) {
        return Some(super::SHORT.into());
    }
    if is_pickle(head) {
        return Some(pickle(&part(file, 0, PICKLE), "a Python pickle"));
    }
    if let Some((_, sentence)) = BEGINNINGS.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Some((*sentence).into());
    }
    if let [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] = head {
        let mut content = Vec::new();
        // What was unpacked before an error is enough to see what it is.
        let _ = flate2::read::ZlibDecoder::new(head).take(PICKLE).read_to_end(&mut content);
        let packed = "a packed Python pickle (joblib with compress)";
        return Some(match is_pickle(&content) {
            true => pickle(&content, packed),
            false => "data packed by zlib: unpack them first".into(),
        });
    }
    if head.get(257..262) == Some(b"ustar") {
        return Some("a tar archive: unpack it first".into());
    }
    if length >= 8 && part(file, length - 8, 8) == TABLE {
        return Some(tensorflow());
    }
    if is_matlab4(head) {
        return Some("a MATLAB file of version 4: save it with -v7 in MATLAB, or with scipy.io.savemat".into());
    }
    text(head).or_else(|| binary(head, length))
}

/// So many bytes of a file from a place on, as far as they can be read.
fn part(file: &mut File, at: u64, length: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    if file.seek(SeekFrom::Start(at)).is_ok() {
        // What cannot be read is not looked at.
        let _ = file.take(length).read_to_end(&mut bytes);
    }
    bytes
}

/// The sentence for the checkpoints of TensorFlow, whose values lie in another file.
fn tensorflow() -> String {
    "the index of a TensorFlow checkpoint: r = tf.train.load_checkpoint(prefix); np.savez('machine.npz', \
     **{n: r.get_tensor(n) for n in r.get_variable_to_shape_map()})"
        .into()
}

/// Whether a file begins as one of MATLAB's version 4: five numbers (type, rows, columns, imaginary
/// part, length of the name), and a name with a zero behind it.
fn is_matlab4(head: &[u8]) -> bool {
    let of = |from: fn([u8; 4]) -> u32| {
        let numbers: Vec<u32> = head.as_chunks().0.iter().take(5).map(|number| from(*number)).collect();
        let &[kind, rows, columns, imaginary, length] = &numbers[..] else { return false };
        let name = head.get(20..20 + length.clamp(1, 64) as usize).and_then(|name| name.split_last());
        let word = name.is_some_and(|(end, name)| *end == 0 && name.iter().all(u8::is_ascii_graphic));
        kind < 5000 && rows.max(columns) < 1 << 24 && imaginary < 2 && (2..=64).contains(&length) && word
    };
    of(u32::from_le_bytes) || of(u32::from_be_bytes)
}

/// Whether a file begins as a Python pickle: protocols 2 to 5, or the texts of protocols 0 and 1.
fn is_pickle(head: &[u8]) -> bool {
    let texts = ["(lp", "(dp", "(ip", "ccopy_reg\n", "ccopyreg\n", "cnumpy", "c__builtin__\n"];
    matches!(head, [0x80, 2..=5, ..]) || texts.iter().any(|text| head.starts_with(text.as_bytes()))
}

/// The sentence for a pickle that holds these bytes.
fn pickle(content: &[u8], what: &str) -> String {
    let holds = |name: &[u8]| content.windows(name.len()).any(|part| part == name);
    let (of, line) = if holds(b"BernoulliRBM") {
        (" of scikit-learn", SKLEARN)
    } else if holds(b"torch") {
        (" of PyTorch objects", "safetensors.torch.save_file(rbm.state_dict(), 'machine.safetensors')")
    } else {
        ("", SAVE)
    };
    format!(
        "{what}{of}, which may run any program when it is loaded and is not read: \
         load it in Python and save its arrays with {line}"
    )
}

/// The sentence for a text that is no table.
fn text(head: &[u8]) -> Option<String> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let begins = |text: &str| head.get(..text.len()).is_some_and(|start| start.eq_ignore_ascii_case(text.as_bytes()));
    if begins("<!doctype html") || begins("<html") {
        return Some("a web page, not the file: the address may need a login or a confirmation".into());
    }
    if begins("<?xml") || begins("<svg") {
        return Some("an XML file, not a file of arrays".into());
    }
    if begins("{") || begins("[") {
        return Some(format!("a JSON file: load it in Python with json.load and save its arrays with {SAVE}"));
    }
    None
}

/// The sentence for bytes that are no text and of no kind above.
fn binary(head: &[u8], length: u64) -> Option<String> {
    let control = head.iter().any(|byte| *byte < 9 || (14..27).contains(byte) || (28..32).contains(byte));
    if !control && is_text(head) {
        return None;
    }
    let bson = head.first_chunk().map(|size| u64::from(u32::from_le_bytes(*size))) == Some(length);
    if bson && matches!(head.get(4), Some(1..=0x13)) {
        let line = "npzwrite(\"machine.npz\", Dict(\"W\" => w, \"a\" => a, \"b\" => b)) of NPZ.jl";
        return Some(format!("a BSON file (of Julia?): load it with BSON.jl and save its arrays with {line}"));
    }
    if let [0x81..=0x8f, text @ 0xa1..=0xbf, rest @ ..] = head
        && rest.get(..usize::from(text - 0xa0)).is_some_and(|name| name.iter().all(u8::is_ascii_graphic))
    {
        return Some(format!(
            "a MessagePack file (of flax?): load it with flax.serialization.msgpack_restore and \
             save its arrays with {SAVE}"
        ));
    }
    Some(format!("neither a table of numbers nor a format that is known: save the arrays with {SAVE}"))
}

/// The sentence for a zip archive that holds none of the formats that are read, by its members.
pub(super) fn zip(names: &[String]) -> String {
    let has = |name: &str| names.iter().any(|n| n == name || n.rsplit('/').next() == Some(name));
    if has("model.weights.h5") {
        return "a model of Keras (.keras): unpack it and give the file model.weights.h5 in it".into();
    }
    if has("[Content_Types].xml") || has("mimetype") {
        return "an office document: save its numbers as CSV".into();
    }
    if has(".zarray") || has("zarr.json") || has(".zgroup") {
        return format!("a zarr store: load it in Python and save its arrays with {SAVE}");
    }
    match names {
        [] => "an empty zip archive".into(),
        [first, ..] => {
            let first: String = first.chars().filter(|c| !c.is_control()).take(60).collect();
            format!("a zip archive without arrays of NumPy (it holds {first}): unpack it first")
        }
    }
}

/// Whether bytes are UTF-8 but for a character that their end cuts.
fn is_text(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).map_or_else(|e| e.error_len().is_none(), |_| true)
}
