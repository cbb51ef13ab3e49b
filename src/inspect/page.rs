//! What was found as one self-contained page, with its figures and numbers beside it.

use super::Section;
use crate::claim::Applies;
use crate::figure::{Figure, FigureError};
use crate::file;
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
    pub name: &'a str,
    /// Version, seed, β.
    pub meta: String,
    /// How it was read.
    pub read: Vec<String>,
    /// What was found.
    pub sections: &'a [Section],
    /// Claims and regimes, with what they say.
    pub applies: &'a [Applies],
    /// Pictures, each with its SVG.
    pub figures: Vec<(&'a Figure, String)>,
}

/// Writes `index.html`, `inspect.json` and `figures/` into `dir`, each file complete or not at all.
///
/// # Errors
/// A figure that cannot be drawn, or a file that cannot be written.
pub fn write(dir: &Path, page: &Page<'_>, json: &str) -> Result<(), PageError> {
    for (figure, _) in &page.figures {
        figure.write(&dir.join("figures"))?;
    }
    for (name, text) in [("inspect.json", format!("{json}\n")), ("index.html", page.render()?)] {
        let path = dir.join(name);
        file::replace(&path, text.as_bytes()).map_err(|source| PageError::Write { path, source })?;
    }
    Ok(())
}
