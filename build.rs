//! Tells the program the checksum of its own sources, which reports name: files of one text give
//! one checksum, whatever machine and compiler the program comes from.

use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// What the program is made of, its embedded images apart, whose checksum a report names too. A
/// package has another Cargo.toml than the repository.
const PARTS: [&str; 4] = ["build.rs", "src", "templates", "theorems"];

/// Endings of sources; an editor may leave other files beside them.
const ENDINGS: [&str; 3] = ["rs", "html", "css"];

fn files(path: &Path, into: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if path.is_dir() {
        for entry in std::fs::read_dir(path)? {
            files(&entry?.path(), into)?;
        }
    } else if path.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known)) {
        into.push(path.to_path_buf());
    }
    Ok(())
}

fn main() -> std::io::Result<()> {
    let mut found = Vec::new();
    for part in PARTS {
        println!("cargo::rerun-if-changed={part}");
        files(Path::new(part), &mut found)?;
    }
    // Order and separators are those of no system, line ends those of Unix.
    let name =
        |path: &PathBuf| path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
    found.sort_by_key(name);
    let mut hash = Sha256::new();
    for path in &found {
        let bytes: Vec<u8> = std::fs::read(path)?.into_iter().filter(|byte| *byte != b'\r').collect();
        hash.update(Sha256::digest(name(path)));
        hash.update(Sha256::digest(bytes));
    }
    let sum: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    println!("cargo::rustc-env=RBM_LANDSCAPE_SOURCES={sum}");
    Ok(())
}
