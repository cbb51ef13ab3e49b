//! Options that several commands share, and limits of numbers that a user types.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use crate::data::Dataset;
use crate::file::NewFolder;
use crate::lab::{Lab, Plan, Scale};
use crate::memory::{self, Bytes};
use crate::theorems::{CATALOGUE, Entry};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::verify::verify_bytes;

#[derive(Args, Clone)]
pub(super) struct Common {
    /// Root seed; everything random follows from it. Default: 0; for calibrate of claims the first
    /// of the block that is kept for error rates.
    #[arg(long, global = true)]
    pub(super) seed: Option<u64>,
    /// Worker threads, at most four times the cores; results do not depend on them. Default: all
    /// cores.
    #[arg(long, global = true)]
    pub(super) threads: Option<usize>,
    /// Folder for what the command writes. Default: report/ for verify, figures/ or figures/full/
    /// for figures, runs/ for train, docs/ for calibrate, data/ for data pack.
    #[arg(long, global = true)]
    pub(super) out: Option<PathBuf>,
    /// Print exactly one JSON object on standard output.
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// No progress on standard error.
    #[arg(long, global = true)]
    pub(super) quiet: bool,
    /// Sizes: one to three minutes on two cores, or the paper's.
    #[arg(long, global = true, value_enum, default_value_t = Scale::Quick)]
    pub(super) scale: Scale,
    /// Images: `mnist` (embedded, the default), a folder with an IDX set, plain or .gz
    /// (Fashion-MNIST too), or a packed file. inspect takes none by default, and arrays of samples
    /// x units too.
    #[arg(long, global = true)]
    pub(super) data: Option<String>,
    /// A pixel of an IDX set counts as one from this value on, 128 by default (as in the embedded
    /// MNIST); so does a value of an array.
    #[arg(long, global = true, allow_negative_numbers = true)]
    pub(super) threshold: Option<f64>,
}

impl Common {
    /// Threads asked for; 0 where that is left open.
    pub(super) fn threads(&self) -> Result<usize> {
        let most = 4 * std::thread::available_parallelism().map_or(1, usize::from);
        let variable = "RAYON_NUM_THREADS"; // which Rayon reads
        let asked = || std::env::var(variable).ok()?.parse().ok().filter(|threads| *threads > 0);
        let (name, threads) = match (self.threads, asked()) {
            (Some(threads), _) => ("--threads", threads),
            (None, Some(threads)) => (variable, threads),
            (None, None) => return Ok(0),
        };
        if threads == 0 {
            bail!("{name} 0: at least one thread is needed");
        }
        if threads > most {
            bail!("{name} {threads}: at most {most} threads, four times the cores of this machine");
        }
        Ok(threads)
    }

    /// Starts the worker threads: after everything that can be refused was.
    pub(super) fn start(&self) -> Result<()> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.threads()?).build_global();
        pool.context("starting the worker threads: give fewer with --threads")
    }

    pub(super) fn seed(&self) -> u64 {
        self.seed.unwrap_or(0)
    }

    pub(super) fn out_or(&self, default: &str) -> PathBuf {
        self.out.clone().unwrap_or_else(|| PathBuf::from(default))
    }

    pub(super) fn dataset(&self) -> Result<Dataset> {
        let data = self.data_name();
        if data == "mnist" {
            if let Some(threshold) = self.threshold.filter(|threshold| *threshold != 128.0) {
                bail!(
                    "--threshold {threshold}: the embedded MNIST is binarised at 128; give --data DIR for another threshold"
                );
            }
            return Ok(Dataset::mnist()?);
        }
        let path = Path::new(data);
        if path.is_file() {
            if let Some(threshold) = self.threshold {
                bail!("--threshold {threshold}: a packed file is binarised already; leave it out");
            }
            let bytes = std::fs::read(path).with_context(|| format!("{}", path.display()))?;
            let packed = Dataset::from_packed(data, &bytes);
            return packed.with_context(|| {
                format!(
                    "{}: --data wants `mnist`, a folder of IDX files, or a file made by `data pack`",
                    path.display()
                )
            });
        }
        let threshold = self.threshold.unwrap_or(128.0);
        if !(0.0..=255.0).contains(&threshold) || threshold.fract() != 0.0 {
            bail!("--threshold {threshold}: pixels of IDX files are whole numbers from 0 to 255");
        }
        Ok(Dataset::from_idx_dir(path, threshold as u8)?)
    }

    /// Which images.
    pub(super) fn data_name(&self) -> &str {
        self.data.as_deref().unwrap_or("mnist")
    }

    pub(super) fn progress(&self) -> Box<dyn Fn(&str) + Send + Sync> {
        if self.quiet {
            Box::new(|_| {})
        } else if std::io::stderr().is_terminal() {
            let spinner = indicatif::ProgressBar::new_spinner();
            let spinner = spinner.with_finish(indicatif::ProgressFinish::AndClear);
            spinner.enable_steady_tick(std::time::Duration::from_millis(120));
            Box::new(move |line| spinner.set_message(line.to_string()))
        } else {
            let start = Instant::now();
            Box::new(move |line| aside!("[{:6.1} s] {line}", start.elapsed().as_secs_f64()))
        }
    }

    pub(super) fn lab(&self) -> Result<Lab> {
        let (what, fixed) = ("the claims", verify_bytes(self.scale));
        fits(what, &[], |_| fixed)?;
        let dataset = self.dataset()?;
        // Square matrices over the pixels: Haar rotations, covariances and their decompositions, on
        // a few machines at once.
        let pixels = [("pixels per image", dataset.train.images.units())];
        fits(what, &pixels, |sizes| fixed + Bytes(64) * sizes[0] * sizes[0])?;
        Ok(Lab::new(Plan::new(self.scale), self.seed(), Arc::new(dataset), self.progress()))
    }
}

/// Refuses sizes that cannot be held; `needed` gives bytes for their values in the same order.
pub(super) fn fits(what: &str, sizes: &[(&str, usize)], needed: impl Fn(&[Bytes]) -> Bytes) -> Result<()> {
    Ok(memory::check(what, sizes, memory::available()?, needed)?)
}

/// A folder that cannot be written is found out before the work, not after it; one that stays empty
/// goes away again.
pub(super) fn folder(out: &Path) -> Result<NewFolder> {
    NewFolder::make(out).with_context(|| format!("{}: give another folder with --out", out.display()))
}

pub(super) fn select(ids: &[String]) -> Result<Vec<&'static Entry>> {
    let known = || CATALOGUE.iter().map(|entry| entry.theorem.statement().id).collect::<Vec<_>>().join(", ");
    for id in ids {
        if !CATALOGUE.iter().any(|entry| entry.theorem.statement().id.eq_ignore_ascii_case(id)) {
            bail!("no claim {id}: known claims are {}", known());
        }
    }
    let wanted =
        |entry: &&Entry| ids.is_empty() || ids.iter().any(|id| entry.theorem.statement().id.eq_ignore_ascii_case(id));
    Ok(CATALOGUE.iter().filter(wanted).collect())
}

pub(super) fn at_least(what: &str, got: usize, least: usize) -> Result<()> {
    if got < least {
        bail!("--{what} {got}: at least {least} needed");
    }
    Ok(())
}

pub(super) fn at_most(what: &str, got: usize, most: u64, why: &str) -> Result<()> {
    if got as u64 > most {
        bail!("--{what} {got}: at most {most}, {why}");
    }
    Ok(())
}
