//! Options that several commands share, and limits of numbers that a user types.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use crate::data::{Dataset, Reading, is_packed};
use crate::file::NewFolder;
use crate::lab::{self, Lab, Plan, Scale};
use crate::memory::{self, Bytes};
use crate::theorems::{CATALOGUE, Entry};
use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use std::path::Path;
use std::sync::Arc;

use super::progress::Progress;
use super::verify::verify_bytes;

/// Options of every command that computes.
#[derive(Args, Clone)]
pub(super) struct Common {
    /// Root seed; everything random follows from it. Default: 0; for calibrate of claims the
    /// first of the seeds that are kept for the error rates of each.
    #[arg(long)]
    pub(super) seed: Option<u64>,
    /// Worker threads, at most four times the cores; results do not depend on them. Default: all
    /// cores.
    #[arg(long)]
    pub(super) threads: Option<usize>,
    #[command(flatten)]
    pub(super) voice: Voice,
    /// No progress on standard error.
    #[arg(long)]
    pub(super) quiet: bool,
}

/// How results are said.
#[derive(Args, Clone)]
pub(super) struct Voice {
    /// Print exactly one JSON object on standard output.
    #[arg(long)]
    pub(super) json: bool,
}

/// How images become units.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Binarise {
    /// A value counts as 1 from --threshold on.
    Threshold,
    /// Every value is drawn once, with the grey value as the probability of 1; by --seed.
    Stochastic,
}

/// Images or samples.
#[derive(Args, Clone)]
pub(super) struct Images {
    /// Images or samples: `mnist` (the embedded set; what claims and train take by default), a
    /// folder of IDX files, plain or .gz (names with train, test or t10k, images, labels), a file
    /// made by `data pack`, or one file of samples x units: .npy, .npz, HDF5, IDX, text of 0 and 1,
    /// and whatever else machines are read from.
    #[arg(long)]
    pub(super) data: Option<String>,
    /// Name of the array of --data that holds the samples, or, of a folder with several sets, what
    /// the names of its files begin with.
    #[arg(long, value_name = "NAME")]
    pub(super) data_name: Option<String>,
    /// A value counts as 1 from this one on: of IDX files 128 by default (as in the embedded
    /// MNIST), of arrays with other values than 0 and 1 or −1 and 1 it must be said.
    #[arg(long, allow_negative_numbers = true)]
    threshold: Option<f64>,
    /// How grey values become 0 and 1.
    #[arg(long, value_enum, default_value_t = Binarise::Threshold)]
    binarise: Binarise,
    /// Exchanges lines and columns of every image, as those of EMNIST are stored.
    #[arg(long)]
    transpose_images: bool,
}

/// Classes of samples.
#[derive(Args, Clone)]
pub(super) struct Labels {
    /// Classes of the samples of a file given with --data: a file with one whole number per sample
    /// (.npy, text, IDX), or the name of an array beside the samples.
    #[arg(long, value_name = "FILE|NAME")]
    pub(super) labels: Option<String>,
}

impl Images {
    /// The first option that is given beside --data.
    pub(super) fn beside(&self) -> Option<&'static str> {
        [
            ("--threshold", self.threshold.is_some()),
            ("--data-name", self.data_name.is_some()),
            ("--binarise", self.binarise != Binarise::Threshold),
            ("--transpose-images", self.transpose_images),
        ]
        .into_iter()
        .find_map(|(option, given)| given.then_some(option))
    }

    /// What the options say.
    pub(super) fn reading<'a>(&'a self, labels: &'a Labels, seed: u64) -> Result<Reading<'a>> {
        if self.data.as_deref() == Some("") {
            bail!("--data: an empty name; give a file, a folder or mnist");
        }
        let stochastic = self.binarise == Binarise::Stochastic;
        if let Some(threshold) = self.threshold.filter(|_| stochastic) {
            bail!("--threshold {threshold}: --binarise stochastic has none; leave one of them out");
        }
        Ok(Reading {
            threshold: self.threshold,
            drawn: stochastic.then(|| lab::key(seed, &["binarise"])),
            name: self.data_name.as_deref(),
            labels: labels.labels.as_deref(),
            turned: self.transpose_images,
        })
    }

    /// The images to learn from and those held back; without --data MNIST. With it a sentence for
    /// each thing that was assumed.
    pub(super) fn dataset(&self, labels: &Labels, seed: u64) -> Result<(Dataset, Vec<String>)> {
        let name = self.data.as_deref().unwrap_or("mnist");
        let path = Path::new(name);
        let own = if name == "mnist" { self.threshold.filter(|threshold| *threshold != 128.0) } else { self.threshold };
        let unused = Self { threshold: own, ..self.clone() }.beside();
        let unused = unused.or_else(|| labels.labels.as_ref().map(|_| "--labels"));
        let reading = self.reading(labels, seed)?;
        Ok(match name {
            "mnist" => {
                if let Some(option) = unused {
                    bail!(
                        "{option}: the embedded MNIST is binarised at 128 and has labels; give --data DIR for other images"
                    );
                }
                (Dataset::mnist()?, Vec::new())
            }
            _ if is_packed(path) => {
                if let Some(option) = unused {
                    bail!("{option}: {name} is a packed file, binarised already and with labels; leave it out");
                }
                let bytes = std::fs::read(path).with_context(|| format!("{}", path.display()))?;
                (Dataset::from_packed(name, &bytes)?.usable()?, Vec::new())
            }
            _ => Dataset::read(path, &reading).context("--data")?,
        })
    }

    /// What was asked for, for a record of what was done with it.
    pub(super) fn words(&self, labels: &Labels, seed: u64) -> String {
        let mut words = vec![self.data.clone().unwrap_or_else(|| "mnist".into())];
        words.extend(self.data_name.as_ref().map(|name| format!("--data-name {name}")));
        words.extend(labels.labels.as_ref().map(|labels| format!("--labels {labels}")));
        words.extend(self.threshold.map(|threshold| format!("--threshold {threshold}")));
        words.extend((self.binarise == Binarise::Stochastic).then(|| format!("--binarise stochastic, seed {seed}")));
        words.extend(self.transpose_images.then(|| "--transpose-images".to_string()));
        words.join(" ")
    }
}

/// Lines on what was read.
pub(super) fn said((set, notes): (&Dataset, &[String])) -> Vec<String> {
    let notes = notes.iter().map(|note| format!("note: data: {note}"));
    std::iter::once(format!("data: {}", set.line())).chain(notes).collect()
}

/// Options of commands that run claims.
#[derive(Args, Clone)]
pub(super) struct ClaimArgs {
    #[command(flatten)]
    pub(super) common: Common,
    #[command(flatten)]
    pub(super) images: Images,
    #[command(flatten)]
    pub(super) labels: Labels,
    /// Sizes of the machines and numbers of draws: quick takes one to three minutes on two cores,
    /// full the paper's sizes.
    #[arg(long, value_enum, default_value_t = Scale::Quick)]
    pub(super) scale: Scale,
}

impl ClaimArgs {
    /// The laboratory, and what was assumed of its images.
    pub(super) fn lab(&self, progress: &Progress) -> Result<(Lab, Vec<String>)> {
        let (what, fixed) = ("the claims", verify_bytes(self.scale));
        fits(what, &[], |_| fixed)?;
        let (dataset, notes) = self.images.dataset(&self.labels, self.common.seed())?;
        // Square matrices over the pixels: Haar rotations, covariances and their decompositions, on
        // a few machines at once.
        let pixels = [("pixels per image", dataset.train.images.units())];
        fits(what, &pixels, |sizes| fixed + Bytes(64) * sizes[0] * sizes[0])?;
        let progress = progress.clone();
        let tell = Box::new(move |line: &str| progress.now(line));
        let lab = Lab::new(Plan::new(self.scale), self.common.seed(), Arc::new(dataset), tell);
        Ok((lab, notes))
    }
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

    /// Whether one JSON object is asked for.
    pub(super) fn json(&self) -> bool {
        self.voice.json
    }

    pub(super) fn progress(&self) -> Progress {
        Progress::new(self.quiet)
    }
}

/// Refuses sizes that cannot be held; `needed` gives bytes for their values in the same order.
pub(super) fn fits(what: &str, sizes: &[(&str, usize)], needed: impl Fn(&[Bytes]) -> Bytes) -> Result<()> {
    Ok(memory::check(what, sizes, memory::available()?, needed)?)
}

/// This very program, as a file holds it.
pub(super) fn program() -> Result<Vec<u8>> {
    let path = std::env::current_exe().context("the program's own file")?;
    std::fs::read(&path).with_context(|| format!("{}", path.display()))
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
