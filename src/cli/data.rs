//! `data`: data sets into the packed format.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use super::args::Common;
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
    },
}

pub(super) fn pack(common: &Common, dir: &Path) -> Result<bool> {
    let report = data::pack(dir, &common.out_or("data"))?;
    if common.json {
        say(json!({"path": report.path, "bytes": report.bytes}))?;
    } else {
        say(format_args!("{} ({} bytes)", report.path.display(), report.bytes))?;
    }
    Ok(true)
}
