use super::*;
use rand::{Rng, RngExt, SeedableRng, rngs::ChaCha8Rng};
use std::io::Write;
use std::path::PathBuf;

/// A file that make_np.py has written.
pub(super) fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/np").join(name)
}

/// What opening a file of these bytes gives.
pub(super) fn opened(bytes: &[u8]) -> Result<Archive, String> {
    let mut file = tempfile::NamedTempFile::new().expect("a place for it");
    file.write_all(bytes).expect("written");
    open(file.path())
}

/// The sentence for a file of these bytes that is refused.
pub(super) fn refused(bytes: &[u8]) -> String {
    opened(bytes).err().unwrap_or_else(|| panic!("{:?} was read", String::from_utf8_lossy(bytes)))
}

/// Shape and values of the array of this name.
pub(super) fn array(archive: &mut Archive, name: &str) -> (Vec<usize>, Kind, Result<Vec<f64>, String>) {
    let at = archive.entries.iter().position(|entry| entry.name == name).unwrap_or_else(|| panic!("no {name}"));
    let Entry { shape, kind, .. } = archive.entries[at].clone();
    (shape, kind, archive.values(at))
}

/// One of five kinds of damage: bits flipped, the end cut, bytes put in, bytes behind the end, a
/// length somewhere replaced by a random one.
fn damage(bytes: &[u8], random: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let at = random.random_range(0..bytes.len());
    // Most of what can go wrong stands in the first and the last bytes.
    let near = [at, at % 512 % bytes.len(), bytes.len() - 1 - at % 256 % bytes.len()][random.random_range(0..3)];
    let some: Vec<u8> = (0..random.random_range(1..40)).map(|_| random.next_u32() as u8).collect();
    match random.random_range(0..5) {
        0 => (0..random.random_range(1..4)).for_each(|step| {
            let place = (near + step * 7) % bytes.len();
            bytes[place] ^= 1 << random.random_range(0..8);
        }),
        1 => bytes.truncate(near),
        2 => drop(bytes.splice(near..near, some)),
        3 => bytes.extend(some),
        _ => {
            let width = [1, 2, 4, 8][random.random_range(0..4)];
            let length = random.next_u64() >> random.random_range(0..64);
            let new = length.to_le_bytes().into_iter().take(width);
            bytes.iter_mut().skip(near).zip(new).for_each(|(byte, new)| *byte = new);
        }
    }
    bytes
}

/// Opens so many damaged copies of a file and reads all they hold: it must not panic, and what is
/// read must be as long as its shape says and no longer than `most` bytes of memory per byte of the
/// file and 1 MiB. Returns how many were read to the end.
pub(super) fn survives(bytes: &[u8], copies: usize, most: usize) -> usize {
    let mut random = ChaCha8Rng::seed_from_u64(20_261_129);
    let (mut file, mut read) = (tempfile::NamedTempFile::new().expect("a place for them"), 0);
    for _ in 0..copies {
        let damaged = damage(bytes, &mut random);
        // Some file systems wait for the disk where a file is emptied first.
        file.rewind().and_then(|()| file.write_all(&damaged)).expect("written");
        file.as_file().set_len(damaged.len() as u64).expect("as long");
        let Ok(mut archive) = open(file.path()) else { continue };
        let mut all = true;
        let mut listed = 0;
        for at in 0..archive.entries.len() {
            let shape = archive.entries[at].shape.clone();
            listed += archive.entries[at].name.len() + shape.len() * 8;
            match archive.values(at) {
                Ok(values) => {
                    assert_eq!(Some(values.len()), numbers::count(&shape));
                    assert!(values.len() * 8 <= most * damaged.len() + (1 << 20), "{shape:?}");
                }
                Err(why) => {
                    assert!(!why.is_empty());
                    all = false;
                }
            }
        }
        assert!(archive.values(archive.entries.len()).is_err());
        listed += archive.texts.iter().map(|(name, text)| name.len() + text.len()).sum::<usize>();
        assert!(listed <= 64 * damaged.len() + (1 << 20));
        read += usize::from(all);
    }
    read
}

#[test]
fn other_files_are_named_and_help_is_given() {
    let html = b"\n <!DOCTYPE HTML><html><head></head></html>";
    let joblib = b"\x80\x04\x95\x8a\x01\0\0\0\0\0\0\x8c\x1bsklearn.neural_network._rbm\x94\x8c\x0cBernoulliRBM\x94.";
    let mut packed = Vec::new();
    flate2::read::ZlibEncoder::new(&joblib[..], flate2::Compression::default())
        .read_to_end(&mut packed)
        .expect("packed");
    let (mut tar, mut table) = (vec![b'a'; 512], vec![7; 100]);
    tar[257..262].copy_from_slice(b"ustar");
    table.extend([0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb]);
    let sklearn = "np.savez('machine.npz', W=rbm.components_.T, a=rbm.intercept_visible_, b=rbm.intercept_hidden_)";
    let matlab = b"\0\0\0\0\x01\0\0\0\x01\0\0\0\0\0\0\0\x02\0\0\0W\0\0\0\0\0\0\0\xf0\x3f";
    let cases: [(&[u8], &str); 27] = [
        (matlab, "a MATLAB file of version 4"),
        (b"", "the file is empty"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "a gzip file: unpack it first with gunzip"),
        (html, "a web page"),
        (b"<HTML>", "a web page"),
        (joblib, sklearn),
        (&packed, sklearn),
        (b"\x80\x05]\x94.", "a Python pickle, which may run any program"),
        (b"(dp0\nS'W'\np1\n.", "a Python pickle"),
        (b"cnumpy.core.multiarray\n_reconstruct\n.", "np.savez('machine.npz', W=W, a=a, b=b)"),
        (b"\x80\x02ctorch._utils\n_rebuild\n.", "safetensors.torch.save_file"),
        (b"\x78\x9cabc", "packed by zlib"),
        (b"{\"W\": [[1, 2]]}", "a JSON file"),
        (b"[[1, 2]]", "a JSON file"),
        (b"CDF\x01\0\0\0\0", "a NetCDF file"),
        (&table, "tf.train.load_checkpoint"),
        (b"model_checkpoint_path: \"model\"\n", "TensorFlow"),
        (b"\x14\0\0\0\x01W\0\0\0\0\0\0\0\0\xf0\x3f\0\0\0\0", "a BSON file"),
        (b"\x81\xa6params\x81\xa1W\xc7\x01", "a MessagePack file"),
        (b"\x89PNG\r\n\x1a\n", "a picture (PNG)"),
        (b"\xff\xd8\xff\xe0", "a picture (JPEG)"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (b"\xff\xfe1\0", "a text in UTF-16"),
        (&tar, "a tar archive"),
        (b"\x93NUM", "the file ends too early: copy it again"),
        (b"PK\x03\x04", "the file ends too early: copy it again"),
        (b"\x00\x01\x02", "neither a table of numbers nor a format that is known"),
    ];
    for (bytes, part) in cases {
        let why = refused(bytes);
        assert!(why.contains(part), "{why}");
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_refused_without_reading_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success());
    let zero = Path::new("/dev/zero").to_path_buf();
    for path in [zero].into_iter().chain(made.then_some(pipe)) {
        assert!(open(&path).err().expect("refused").starts_with("not a regular file"));
    }
    assert!(open(folder.path()).err().expect("refused").starts_with("a folder"));
    assert_eq!(open(&folder.path().join("none")).err().expect("refused"), "there is no such file");
}

#[test]
fn files_are_known_by_their_content() {
    let mut hdf5 = vec![0; 2048];
    hdf5.extend(b"\x89HDF\r\n\x1a\n");
    let path = tempfile::NamedTempFile::new().expect("a place");
    for (at, found) in [(0, true), (512, true), (1024, true), (1536, false), (2048, true)] {
        std::fs::write(path.path(), &hdf5[2048 - at..]).expect("written");
        assert_eq!(is_hdf5(&mut File::open(path.path()).expect("there"), at as u64 + 8), found, "{at}");
    }
    assert!(other::is_old_torch(b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03."));
    assert!(other::is_old_torch(b"\x80\x04\x95\r\0\0\0\0\0\0\0\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."));
    assert!(!other::is_old_torch(b"\x80\x04\x95\r\0\0\0\0\0\0\0."));
    assert_eq!(other::zip(&[]), "an empty zip archive");
    assert!(other::zip(&["[Content_Types].xml".into()]).contains("an office document"));
    assert!(other::zip(&["a/model.weights.h5".into()]).contains("Keras"));
    assert!(other::zip(&["photo.jpg".into()]).contains("(it holds photo.jpg): unpack it first"));
}
