//! `manual`: man pages and completions of shells, for packagers.

use super::args::folder;
use super::say;
use anyhow::{Context, Result};
use clap::{Command, ValueEnum};
use clap_complete::Shell;
use std::path::Path;

pub(super) fn manual(command: Command, out: &Path) -> Result<bool> {
    let _made = folder(out)?;
    let there = || format!("{}: give another folder with --out", out.display());
    clap_mangen::generate_to(command.clone(), out).with_context(there)?;
    for shell in Shell::value_variants() {
        clap_complete::generate_to(*shell, &mut command.clone(), "rbm-landscape", out).with_context(there)?;
    }
    say(out.display())?;
    Ok(true)
}
