//! A folder of IDX files: which of its files are the images and labels to learn from and those held
//! back, by their names, or by what they hold where a name does not say it.

use super::DataError;
use super::idx::{IdxFile, Kind};
use std::path::{Path, PathBuf};

/// Parts of a data set.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Train,
    Test,
}

/// The files of one data set.
pub(super) struct Files {
    /// Images to learn from.
    pub(super) train: PathBuf,
    /// Their labels.
    pub(super) train_labels: Option<PathBuf>,
    /// Images held back.
    pub(super) test: Option<PathBuf>,
    /// Their labels.
    pub(super) test_labels: Option<PathBuf>,
}

/// A file that may belong to a data set.
struct Candidate {
    path: PathBuf,
    /// What its name begins with, before the word for the part.
    set: String,
    part: Option<Part>,
    kind: Kind,
}

impl Candidate {
    fn of(path: PathBuf) -> Option<Self> {
        let name = path.file_name()?.to_string_lossy().to_lowercase();
        if name.starts_with('.') || !path.is_file() {
            return None;
        }
        let said =
            [("images", Kind::Images), ("labels", Kind::Labels)].into_iter().find(|(word, _)| name.contains(word));
        let kind = said.map(|(_, kind)| kind).or_else(|| IdxFile::kind(&path))?;
        let words = [("train", Part::Train), ("t10k", Part::Test), ("test", Part::Test)];
        let found = words.into_iter().find_map(|(word, part)| Some((name.find(word)?, part)));
        let set = found.map_or("", |(at, _)| name[..at].trim_end_matches(['-', '_', '.']));
        Some(Self { set: set.to_string(), part: found.map(|(_, part)| part), kind, path })
    }
}

impl Files {
    /// Those of the only data set in `dir`, or of that whose names begin with `set`.
    pub(super) fn find(dir: &Path, set: Option<&str>) -> Result<Self, DataError> {
        let read = |source: std::io::Error| match source.kind() {
            std::io::ErrorKind::NotFound => DataError::Missing { path: dir.to_path_buf() },
            _ => DataError::Io { path: dir.to_path_buf(), action: "read", source },
        };
        let entries: Vec<PathBuf> = std::fs::read_dir(dir)
            .map_err(read)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()
            .map_err(read)?;
        let mut all: Vec<Candidate> = entries.into_iter().filter_map(Candidate::of).collect();
        all.sort_by(|a, b| a.path.cmp(&b.path));
        let open = |what: String| DataError::Folder { path: dir.to_path_buf(), what };
        // Labels alone are no set.
        let is_image = |one: &Candidate| IdxFile::kind(&one.path) == Some(Kind::Images);
        let of_set = |set: &str| all.iter().any(|one| one.set == set && is_image(one));
        let some = all.iter().any(is_image);
        // Where there are images, pictures and archives of such names are none.
        let images = all.iter().filter(|one| one.kind == Kind::Images && (!some || of_set(&one.set)));
        let mut sets: Vec<&str> = images.map(|one| one.set.as_str()).collect();
        sets.sort_unstable();
        sets.dedup();
        let named = |sets: &[&str]| match sets.join(", ") {
            names if names.is_empty() => "none with a name of its own: leave --data-name out".to_string(),
            names => names,
        };
        let set = match (set, &sets[..]) {
            (Some(set), _) if sets.iter().any(|one| one.eq_ignore_ascii_case(set)) => set.to_lowercase(),
            (Some(set), _) => {
                return Err(open(format!("no IDX files whose names begin with {set}; it has {}", named(&sets))));
            }
            (None, []) => {
                return Err(open(
                    "no IDX files there, such as train-images-idx3-ubyte: give the folder that holds them, or one file of samples x units".into(),
                ));
            }
            (None, [one]) => (*one).to_string(),
            // The one without a name of its own, as the official files have it.
            (None, ["", ..]) => String::new(),
            (None, _) => {
                return Err(open(format!(
                    "several data sets: choose one with --data-name, such as --data-name {} (there are {})",
                    sets[0],
                    sets.join(", ")
                )));
            }
        };
        all.retain(|one| one.set == set);
        // A lone file of images says nothing of parts.
        if let [only] = &mut all.iter_mut().filter(|one| one.kind == Kind::Images).collect::<Vec<_>>()[..] {
            only.part = only.part.or(Some(Part::Train));
        }
        if let [only] = &mut all.iter_mut().filter(|one| one.kind == Kind::Labels).collect::<Vec<_>>()[..] {
            only.part = only.part.or(Some(Part::Train));
        }
        let one = |part: Part, kind: Kind| -> Result<Option<PathBuf>, DataError> {
            let mut found: Vec<&Candidate> =
                all.iter().filter(|one| one.part == Some(part) && one.kind == kind).collect();
            // Beside tables and pictures of the same names those that are IDX files.
            if found.len() > 1 && found.iter().any(|one| IdxFile::kind(&one.path) == Some(kind)) {
                found.retain(|one| IdxFile::kind(&one.path) == Some(kind));
            }
            // The same file plain and compressed: the plain one.
            let plain = |one: &&&Candidate| {
                let stem = one.path.to_string_lossy().into_owned() + ".gz";
                found.iter().all(|other| other.path == one.path || other.path.to_string_lossy() == stem)
            };
            match found[..] {
                [] => Ok(None),
                [one] => Ok(Some(one.path.clone())),
                _ => match found.iter().find(plain) {
                    Some(one) => Ok(Some(one.path.clone())),
                    None => {
                        let names: Vec<String> = found.iter().map(|one| one.path.display().to_string()).collect();
                        Err(open(format!("several files of the same {kind}: leave one of {}", names.join(", "))))
                    }
                },
            }
        };
        let missing = |stem: &str| DataError::Missing { path: dir.join(stem) };
        let prefix = if set.is_empty() { String::new() } else { format!("{set}-") };
        let files = Self {
            train: one(Part::Train, Kind::Images)?
                .ok_or_else(|| missing(&format!("{prefix}train-images-idx3-ubyte")))?,
            train_labels: one(Part::Train, Kind::Labels)?,
            test: one(Part::Test, Kind::Images)?,
            test_labels: one(Part::Test, Kind::Labels)?,
        };
        // Labels of one part only, or without their images, are a file that is not there.
        let absent = match (&files.train_labels, &files.test, &files.test_labels) {
            (_, None, Some(_)) => "t10k-images-idx3-ubyte",
            (None, _, Some(_)) => "train-labels-idx1-ubyte",
            (Some(_), Some(_), None) => "t10k-labels-idx1-ubyte",
            _ => return Ok(files),
        };
        Err(missing(&format!("{prefix}{absent}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names that are found in a folder of empty files of these names, in the order of
    /// [`Files`].
    fn found(names: &[&str], set: Option<&str>) -> Result<[Option<String>; 4], String> {
        let folder = tempfile::tempdir().expect("a folder");
        for name in names {
            let bytes: &[u8] = match name {
                _ if name.ends_with(".txt") => b"a text",
                _ if name.contains("labels") => &[0, 0, 8, 1],
                _ => &[0, 0, 8, 3],
            };
            std::fs::write(folder.path().join(name), bytes).expect("writes");
        }
        let files = Files::find(folder.path(), set).map_err(|error| error.to_string())?;
        let name = |path: &PathBuf| path.file_name().expect("a name").to_string_lossy().into_owned();
        let all = [Some(&files.train), files.train_labels.as_ref(), files.test.as_ref(), files.test_labels.as_ref()];
        Ok(all.map(|path| path.map(name)))
    }

    #[test]
    fn files_are_known_by_the_words_in_their_names() {
        let names = |all: [&str; 4]| Ok(all.map(|name| (!name.is_empty()).then(|| name.to_string())));
        for all in [
            ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"],
            [
                "train-images.idx3-ubyte",
                "train-labels.idx1-ubyte.gz",
                "t10k-images.idx3-ubyte",
                "t10k-labels.idx1-ubyte",
            ],
            [
                "qmnist-train-images-idx3-ubyte",
                "qmnist-train-labels-idx2-int",
                "qmnist-test-images-idx3-ubyte",
                "qmnist-test-labels-idx2-int",
            ],
            ["TRAIN_Images.idx", "train_labels.idx", "test_images.idx", "test_labels.idx"],
        ] {
            assert_eq!(found(&all, None), names(all));
        }
        // Without labels, without a part that is held back, and one file alone whose name says
        // nothing.
        let images = ["train-images-idx3-ubyte", "t10k-images-idx3-ubyte"];
        assert_eq!(found(&images, None), names([images[0], "", images[1], ""]));
        assert_eq!(
            found(&["train-images", "train-labels", "notes.txt"], None),
            names(["train-images", "train-labels", "", ""])
        );
        assert_eq!(found(&["digits.idx"], None), names(["digits.idx", "", "", ""]));
        // The same plain and compressed.
        let twice = ["train-images-idx3-ubyte", "train-images-idx3-ubyte.gz"];
        assert_eq!(found(&twice, None), names([twice[0], "", "", ""]));
    }

    #[test]
    fn what_is_open_or_absent_is_said() {
        let two = ["a-train-images", "a-test-images", "b-train-images", "b-test-images"];
        let why = found(&two, None).expect_err("two sets");
        assert!(why.contains("--data-name a (there are a, b)"), "{why}");
        assert_eq!(found(&two, Some("B")).expect("b")[0].as_deref(), Some("b-train-images"));
        assert!(found(&two, Some("c")).expect_err("no c").contains("begin with c; it has a, b"));
        assert!(found(&["notes.txt"], None).expect_err("nothing").contains("no IDX files there"));
        // The official files beside another set, and tables beside IDX files.
        let names =
            ["train-images", "test-images", "a-train-images", "train-labels.txt", "train-labels", "test-labels"];
        let all = found(&names, None).expect("the official ones");
        assert_eq!(all.map(Option::unwrap_or_default), ["train-images", "train-labels", "test-images", "test-labels"]);
        let both = ["train-images-idx3-ubyte", "train-images.idx3-ubyte"];
        assert!(found(&both, None).expect_err("both").contains("several files of the same images"));
        let lacks = |names: &[&str], absent: &str| {
            let why = found(names, None).expect_err("absent");
            assert!(why.contains(absent) && why.contains("not found"), "{why}");
        };
        lacks(&["test-images"], "train-images-idx3-ubyte");
        lacks(&["train-images", "train-labels", "test-images"], "t10k-labels-idx1-ubyte");
        lacks(&["train-images", "test-images", "test-labels"], "train-labels-idx1-ubyte");
        lacks(&["train-images", "train-labels", "test-labels"], "t10k-images-idx3-ubyte");
    }
}
