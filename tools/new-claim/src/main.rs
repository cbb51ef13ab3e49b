//! Begins a claim: copies `templates/claim`, which is complete and holds, under a new id, adds its
//! line to the catalogue, and says what is left to do.
//!
//! `cargo run -p new-claim T10 phase-of-initialisation`

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [id, name] = &args[..] else {
        return Err("usage: cargo run -p new-claim T10 what-it-is-about".into());
    };
    // Of the run and not of the build, which may be another clone's.
    let own = std::env::var("CARGO_MANIFEST_DIR").map_err(|_| "call it as cargo run -p new-claim")?;
    let root = Path::new(&own).ancestors().nth(2).ok_or("this program is in tools/new-claim")?;
    let folder = begin(root, id, name)?;
    let file = folder.file_name().unwrap_or_default().to_string_lossy();
    println!(
        "{}, a line in theorems/mod.rs, headings in docs/theory.md and docs/findings.md\n\n\
         Left to do, in this order; CONTRIBUTING.md says how:\n\
         1. In the folder: mod.rs (the page, the statement), regimes.rs (expected verdicts, from theory), derivation.rs,\n   \
            evidence.rs with falsifiers.rs, figures.rs. `cargo check` finds mistakes.\n\
         2. INSTA_UPDATE=always cargo test --test dossiers {file}\n   \
            writes the snapshot, the figures and the lists, and prints the numbers; look at `git diff` and the pictures.\n\
         3. cargo run --release -- calibrate {id} --seed 0 --seeds 20 --training-seeds 0 --out target/{id}: how much of its bound each check uses.\n\
         4. The sections in docs/theory.md and docs/findings.md, a line in CHANGELOG.md.\n\
         5. cargo test, which tells what is missing, and .ci/run.",
        folder.display()
    );
    Ok(())
}

/// Makes the claim's folder, its line in the catalogue and its headings in the documentation of the
/// repository `root`.
///
/// # Errors
/// An id or a name that is not of the form, an id or name that is taken, or a file that cannot be
/// read or written; nothing is changed then.
pub fn begin(root: &Path, id: &str, name: &str) -> Result<PathBuf, Box<dyn Error>> {
    let number = id.strip_prefix('T').filter(|n| n.len() == 2 && n.bytes().all(|b| b.is_ascii_digit()));
    let number = number.ok_or_else(|| format!("{id}: an id is a T and two digits, such as T10"))?;
    let words: Vec<&str> = name.split(['-', '_']).collect();
    let plain = |w: &&str| {
        w.starts_with(|c: char| c.is_ascii_lowercase())
            && w.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    if !words.iter().all(plain) {
        return Err(format!("{name}: a name is words of small letters and digits, joined by '-'").into());
    }
    let file = format!("t{number}_{}", words.join("_"));
    let capital = |w: &&str| format!("{}{}", w[..1].to_uppercase(), &w[1..]);
    let theorem: String = words.iter().map(capital).collect();

    let at = root.join("theorems/mod.rs");
    let catalogue = std::fs::read_to_string(&at)?;
    if catalogue.contains(&format!("    t{number}_")) {
        return Err(format!("{id} is taken: see `rbm-landscape list`").into());
    }
    let end = catalogue.rfind("\n}").ok_or("theorems/mod.rs does not end with the catalogue")?;
    let with = format!("{}\n    {file}::{theorem},{}", &catalogue[..end], &catalogue[end..]);
    let folder = root.join("theorems").join(&file);
    let parts: Vec<(PathBuf, String)> = std::fs::read_dir(root.join("templates/claim"))?
        .map(|entry| {
            let path = entry?.path();
            let text = std::fs::read_to_string(&path)?;
            let text = text.replace("t00_new_claim", &file).replace("T00", id).replace("NewClaim", &theorem);
            Ok((folder.join(path.file_name().unwrap_or_default()), text))
        })
        .collect::<io::Result<_>>()?;
    let heading = format!("### {id} {}\n\nTo be written.\n\n", words.join(" "));
    let pages =
        [("docs/theory.md", "## Beyond the paper\n"), ("docs/findings.md", "## What holds\n")].map(|(page, part)| {
            let text = std::fs::read_to_string(root.join(page))?;
            let from = text.find(part).map_or(text.len(), |at| at + part.len());
            // Before the next part, which begins with a heading of the same rank.
            let end = text[from..].find("\n## ").map_or(text.len(), |at| from + at + 1);
            Ok::<_, io::Error>((root.join(page), format!("{}{heading}{}", &text[..end], &text[end..])))
        });
    let pages: Vec<(PathBuf, String)> = pages.into_iter().collect::<io::Result<_>>()?;
    std::fs::create_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for (path, text) in parts.into_iter().chain(pages) {
        std::fs::write(path, text)?;
    }
    std::fs::write(&at, with)?;
    Ok(folder)
}
