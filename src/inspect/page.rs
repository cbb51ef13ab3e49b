//! What was found as one self-contained page, with its figures and numbers beside it.

use super::Section;
use crate::claim::Applies;
use crate::figure::{Figure, FigureError};
use crate::file;
use crate::theorems::CATALOGUE;
use askama::Template;
use std::path::{Path, PathBuf};

/// A page that could not be written.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// A figure failed.
    #[error(transparent)]
    Figure(#[from] FigureError),
    /// The page could not be filled in.
    #[error("the page cannot be made: {0}")]
    Page(#[from] askama::Error),
    /// A file cannot be written.
    #[error("{path}: {source}: give a folder with --out that can be written and has space left")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: std::io::Error,
    },
}

/// What the page says.
#[derive(Template)]
#[template(path = "inspect.html")]
pub struct Page<'a> {
    /// What was inspected: a file or folder.
    pub name: String,
    /// Version, seed, β.
    pub meta: String,
    /// How it was read.
    pub read: Vec<String>,
    /// Pages of their own: what they show, and where they are.
    pub pages: Vec<(String, String)>,
    /// What was found.
    pub sections: &'a [Section],
    /// Claims and regimes, with what they say, and the titles of the claims.
    pub applies: Vec<(&'a Applies, &'static str)>,
    /// Pictures, each with its SVG.
    pub figures: Vec<(&'a Figure, Vec<String>)>,
}

/// Answers with the titles of their claims.
pub fn titled(applies: &[Applies]) -> Vec<(&Applies, &'static str)> {
    let title = |id: &str| {
        let entry = CATALOGUE.iter().find(|entry| entry.theorem.statement().id == id);
        entry.map_or("", |entry| entry.theorem.statement().title)
    };
    applies.iter().map(|answer| (answer, title(answer.claim))).collect()
}

/// Figures that a page can have.
const NAMES: [&str; 5] = ["training", "spectrum", "modes", "positions", "vectors"];

/// Writes `index.html`, `inspect.json` and `figures/` into `dir`, each file complete or not at all;
/// figures of an earlier page are removed.
///
/// # Errors
/// A figure that cannot be drawn, or a file that cannot be written.
pub fn write(dir: &Path, page: &Page<'_>, json: &str) -> Result<(), PageError> {
    for (figure, _) in &page.figures {
        figure.write(&dir.join("figures"), &page.name)?;
    }
    // What an earlier page showed and this one does not would be taken for its own.
    for name in NAMES.iter().filter(|name| page.figures.iter().all(|(figure, _)| figure.name != **name)) {
        for ending in ["svg", "csv"] {
            let path = dir.join("figures").join(format!("{name}.{ending}"));
            match std::fs::remove_file(&path) {
                Err(source) if source.kind() != std::io::ErrorKind::NotFound && path.exists() => {
                    return Err(PageError::Write { path, source });
                }
                _ => {}
            }
        }
    }
    for (name, text) in [("inspect.json", format!("{json}\n")), ("index.html", page.render()?)] {
        let path = dir.join(name);
        file::replace(&path, text.as_bytes()).map_err(|source| PageError::Write { path, source })?;
    }
    Ok(())
}
