//! `calibrate`: error rates of the claims, or of the toolbox.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use super::args::{ClaimArgs, at_least, at_most, fits, folder, program, said, select};
use super::verify::verify_bytes;
use super::{interrupt, say};
use crate::calibration::toolbox::page;
use crate::calibration::{claims, journal};
use crate::lab::Scale;
use crate::memory::Bytes;
use crate::theorems::CATALOGUE;
use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Args)]
pub(super) struct CalibrateArgs {
    #[command(flatten)]
    pub(super) of: ClaimArgs,
    /// Folder for the page, the figure and the journal of seeds.
    #[arg(long, default_value = "calibration")]
    out: PathBuf,
    /// Claims to calibrate, such as T02; all by default.
    #[arg(conflicts_with = "toolbox")]
    pub(super) ids: Vec<String>,
    /// The toolbox instead of the claims: tests, intervals, laws of random matrices.
    #[arg(long)]
    toolbox: bool,
    /// Number of root seeds to run, starting at --seed, at most 1,000,000 (default 200; 0 only
    /// rebuilds the page from stored results), as many at once as there are threads, each with the
    /// memory of `verify`. Of the toolbox null draws per test (default 2000), and a tenth as many
    /// alternative draws.
    #[arg(long)]
    seeds: Option<usize>,
    /// So many of the seeds also train machines.
    #[arg(long, default_value_t = 60, conflicts_with = "toolbox")]
    training_seeds: usize,
    /// Of the toolbox: verdicts drawn per asymptotic law, for its size in the tail (default 20,000;
    /// at the level 1e-6 ten million are needed).
    #[arg(long, requires = "toolbox")]
    tails: Option<usize>,
}

pub(super) fn calibrate(args: &CalibrateArgs) -> Result<bool> {
    let (common, out) = (&args.of.common, &args.out);
    // Not by clap alone, which drops a requirement that conflicts with another argument that is
    // there.
    if args.tails.is_some() && !args.toolbox {
        bail!("--tails is of the toolbox: give --toolbox, without claims");
    }
    let progress = common.progress();
    let progress = |line: &str| progress.now(line);
    if args.toolbox {
        let (images, labels) = (&args.of.images, &args.of.labels.labels);
        let unused = images.data.as_ref().map(|_| "--data").or_else(|| images.beside());
        let unused = unused.or_else(|| labels.as_ref().map(|_| "--labels"));
        let unused = unused.or_else(|| (args.of.scale != Scale::Quick).then_some("--scale"));
        if let Some(option) = unused {
            bail!("{option}: the toolbox has no images and one size; leave it out");
        }
        let (seeds, tails) = (args.seeds.unwrap_or(2000), args.tails.unwrap_or(page::FEW_TAILS));
        at_least("seeds", seeds, 100)?;
        at_least("tails", tails, 1000)?;
        at_most("seeds", seeds, journal::MOST_SEEDS as u64, "which would take years")?;
        at_most("tails", tails, page::MOST_TAILS as u64, "which take a day on one core")?;
        // What a test keeps of its draws, the largest being five values of each in both forms of
        // the edge law; and a spectrum of 100,000.
        fits("the toolbox", &[("--seeds", seeds)], |sizes| Bytes(512) * sizes[0] + Bytes(256 << 20))?;
        let _made = folder(out)?;
        common.start()?;
        let made = page::make(seeds, tails, common.seed(), &progress)?;
        let path = journal::replace_part(out, false, &made.page)?;
        if common.json() {
            let mut json = made.json;
            json["path"] = json!(path);
            say(json)?;
        } else {
            let summary =
                if made.right { "every exact law is right" } else { "a law that should be exact is NOT right" };
            say(format_args!("{summary}; {}", path.display()))?;
        }
        return Ok(made.right);
    }
    let theorems: Vec<_> = select(&args.ids)?.iter().map(|entry| entry.theorem).collect();
    let catalogue: Vec<&str> = CATALOGUE.iter().map(|entry| entry.theorem.statement().id).collect();
    let (scale, seeds) = (args.of.scale, args.seeds.unwrap_or(claims::NEEDED.0));
    at_most("seeds", seeds, journal::MOST_SEEDS as u64, "which would take years")?;
    at_most("training-seeds", args.training_seeds, journal::MOST_SEEDS as u64, "which would take years")?;
    let (data, notes) = args.of.images.dataset(&args.of.labels, common.seed())?;
    // As many seeds at once as there are threads, each with what `verify` takes, and what is known
    // of every seed.
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if common.threads()? == 0 { cores } else { common.threads()? };
    fits("a seed", &[("--threads", threads.min(seeds))], |sizes| {
        sizes[0] * verify_bytes(scale) + Bytes(4096) * Bytes::from(seeds)
    })?;
    let _made = folder(out)?;
    common.start()?;
    let kept = out.join(journal::JOURNAL);
    interrupt::says(move || format!("seeds that are done are kept in {}; the same command goes on", kept.display()));
    said((&data, &notes)).iter().for_each(|line| progress(line));
    let data = Arc::new(data);
    let finished = journal::run(
        &journal::Request {
            theorems: &theorems,
            catalogue: &catalogue,
            out,
            scale,
            sizes: &format!(
                "{} {}",
                if scale == Scale::Quick { "quick" } else { "full" },
                args.of.images.words(&args.of.labels, common.seed())
            ),
            data,
            program: &claims::digest(&program()?),
            seed: common.seed,
            seeds,
            training_seeds: args.training_seeds,
        },
        &progress,
    )?;
    let (summary, path) = (finished.summary, finished.page);
    let (passes, missing) = (summary.passes(&catalogue), summary.missing(&catalogue));
    if common.json() {
        let alarms: Vec<_> = summary.alarms.iter().map(|(seed, what)| json!({"seed": seed, "what": what})).collect();
        say(json!({
            "path": path, "figures": finished.figures, "passes": passes, "missing": missing, "tuning_seeds": summary.tuning,
            "block": {"release": claims::RELEASE, "first": claims::BLOCK.start, "last": claims::BLOCK.end - 1},
            "changed": claims::CHANGED.map(|(id, block)| json!({"claim": id, "first": block.start, "last": block.end - 1})),
            "claims": summary.claims, "unexpected": alarms, "places": summary.places,
        }))?;
    } else {
        if summary.tuning > 0 {
            say(format_args!("{} tuning seeds: not evidence of error rates", summary.tuning))?;
        }
        missing.iter().try_for_each(|what| say(format_args!("missing: {what}")))?;
        summary.alarms.iter().try_for_each(|(seed, what)| say(format_args!("seed {seed}: {}", what.join("; "))))?;
        let met = if passes { "met" } else { "not met" };
        say(format_args!(
            "{} seeds with an unexpected verdict; criterion of a release {met}; {}",
            summary.alarms.len(),
            path.display()
        ))?;
    }
    if let Some(why) = finished.invalid {
        bail!("{why}");
    }
    Ok(summary.rates_are_small())
}
