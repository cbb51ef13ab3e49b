//! `data`: data sets into the packed format.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use super::args::Voice;
use super::say;
use crate::data::{self};
use anyhow::Result;
use clap::Subcommand;
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(Subcommand)]
pub(super) enum DataCommand {
    /// Pack the four official MNIST files (checked by MD5) into the embedded form.
    Pack {
        /// Folder with the four IDX files, plain or .gz.
        dir: PathBuf,
        /// Folder for the packed file.
        #[arg(long, default_value = "data")]
        out: PathBuf,
        #[command(flatten)]
        voice: Voice,
    },
}

pub(super) fn pack(voice: &Voice, dir: &Path, out: &Path) -> Result<bool> {
    let report = data::pack(dir, out)?;
    if voice.json {
        say(json!({"path": report.path, "bytes": report.bytes}))?;
    } else {
        say(format_args!("{} ({} bytes)", report.path.display(), report.bytes))?;
    }
    Ok(true)
}
