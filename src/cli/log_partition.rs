//! `log-partition`: ln Z of a machine.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use super::args::{Common, Images, Labels, at_least, at_most, fits};
use super::given::{Given, given};
use super::machine::{Machine, MachineArgs};
use super::sample::SWEEPS;
use super::say;
use super::table::{PROSE, table};
use crate::bits::States;
use crate::inspect::{self, Methods};
use crate::lab;
use crate::machine_file::{Layers, Stored};
use crate::memory::Bytes;
use crate::rbm::estimate::{Effort, LADDERS, LONGEST};
use crate::rbm::{Now, gibbs, origins, tempering};
use anyhow::{Result, anyhow, bail};
use clap::Args;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

#[derive(Args)]
pub(super) struct LogPartitionArgs {
    #[command(flatten)]
    pub(super) machine: MachineArgs,
    #[command(flatten)]
    pub(super) common: Common,
    #[command(flatten)]
    pub(super) images: Images,
    /// Annealing runs each way, and samples that tempering returns.
    #[arg(long, default_value_t = 500)]
    pub(super) chains: usize,
    /// Temperatures of an annealing run in the first round, twice as many in each that follows;
    /// tempering takes chains x betas sweeps of one chain in the first round.
    #[arg(long, default_value_t = 1000)]
    betas: usize,
    /// Sweeps of the machine between the tempered samples and the backward runs.
    #[arg(long, default_value_t = 0)]
    burn: usize,
    /// Width of the interval of 95 % that is asked for, in nats.
    #[arg(long, value_name = "NATS", default_value_t = 0.2)]
    within: f64,
    /// Goes on until this many seconds are used, for each --beta, if --within is not reached
    /// before: without, four rounds are made at most. The first round is never cut short, and where
    /// ln Z is exact there is no other.
    #[arg(long, value_name = "SECONDS")]
    time: Option<f64>,
    /// Uses no enumeration of states, also where one layer is small.
    #[arg(long)]
    pub(super) no_exact: bool,
}

/// Rounds at most without --time.
const ROUNDS: u32 = 4;

/// What is estimated, and how long that takes.
pub(super) struct Sized {
    pub(super) stored: Arc<Stored>,
    pub(super) effort: Effort,
    /// Why all modes cannot be had, if they cannot.
    pub(super) no_modes: Option<String>,
}

/// Reads the machine and refuses what cannot be held.
pub(super) fn sized(args: &LogPartitionArgs) -> Result<Sized> {
    at_least("chains", args.chains, 2)?;
    at_least("betas", args.betas, 2)?;
    let stored = args.machine.stored(Layers::Either)?;
    let machine = &stored.machine;
    let (n, m) = (machine.visible, machine.hidden);
    if !(args.within > 0.0 && args.within.is_finite()) {
        bail!("--within {}: a width above 0 is needed", args.within);
    }
    let time = args.time.map(|seconds| match Duration::try_from_secs_f64(seconds) {
        Ok(time) if !time.is_zero() => Ok(time),
        _ => Err(anyhow!("--time {seconds}: seconds above 0 are needed, and fewer than 1e19")),
    });
    let time = time.transpose()?;
    at_most("burn", args.burn, gibbs::most_sweeps(n.saturating_add(m)), SWEEPS)?;
    let weights = Bytes::from(n) * Bytes::from(m);
    fits(&format!("a machine of {n} x {m} units"), &[("--chains", args.chains), ("--betas", args.betas)], |sizes| {
        let &[chains, betas] = sizes else { return Bytes(0) };
        let states = States::bytes(chains, Bytes::from(n)) + States::bytes(chains, Bytes::from(m));
        // Tempering has as many rungs as it needs.
        let rungs = Bytes::from(LADDERS * tempering::MOST);
        let tempered = States::bytes(rungs, Bytes::from(n));
        let longest = Bytes(1 << args.time.map_or(ROUNDS - 1, |_| LONGEST));
        let origins = Bytes::from(origins::CHAINS) * (Bytes::from(n) + Bytes::from(m));
        Bytes(40) * weights
            + Bytes(4) * states
            + Bytes(64) * chains
            + Bytes(16) * longest * betas
            + Bytes(2) * tempered
            + Bytes(40) * origins
    })?;
    for beta in &args.machine.beta {
        args.machine.at(&stored, *beta)?; // refused before any is computed
    }
    // The closed forms take the thin decomposition of W: copies of it, U and V as large, and
    // squares of the smaller layer. What is not to be had for lack of memory says so.
    let smaller = Bytes::from(n.min(m));
    let no_modes = fits("all modes", &[], |_| Bytes(32) * smaller * smaller + Bytes(64) * weights).err();
    let &LogPartitionArgs { chains, betas, burn, within, .. } = args;
    let effort = Effort { chains, betas, burn, within, rounds: ROUNDS, time };
    Ok(Sized { stored, effort, no_modes: no_modes.map(|error| error.to_string()) })
}

pub(super) fn log_partition(args: &LogPartitionArgs) -> Result<bool> {
    let common = &args.common;
    let Sized { stored, effort, no_modes } = sized(args)?;
    let given = given(&args.images, &Labels { labels: None }, common.seed(), &stored)?;
    if let Some(why) = given.as_ref().and_then(|given| given.impossible.as_ref()) {
        bail!("--data: {why}; leave it out");
    }
    common.start()?;
    let key = |purpose: &str| lab::key(common.seed(), &["log-partition", purpose]);
    let data = given.as_ref().map(|given| &given.samples.states);
    let lines = given.as_ref().map(Given::lines).unwrap_or_default();
    let given = inspect::Given { data, enumerate: !args.no_exact, no_modes };
    let mut results = Vec::new();
    for (at, beta) in args.machine.beta.iter().enumerate() {
        let read = args.machine.at(&stored, *beta)?;
        let progress = common.progress();
        let of_beta = of_beta(&args.machine.beta, at);
        let tell = |now: Now<'_>| progress.at(&format!("{of_beta}{}", now.what), now.share);
        let found = inspect::methods(&read.rbm, read.constant, given.clone(), effort, key, tell)?;
        drop(progress); // its line ends before results are printed
        if common.json() {
            results.push(json_of(&read, &found, &lines)?);
        } else {
            if at == 0 {
                read.say()?;
                lines.iter().try_for_each(say)?;
            }
            if args.machine.beta.len() > 1 {
                say(format_args!("β = {beta}"))?;
            }
            print(&found)?;
        }
    }
    if common.json() {
        let one = if results.len() == 1 { results.pop() } else { None };
        say(one.unwrap_or_else(|| json!({ "results": results })))?;
    }
    Ok(true)
}

/// Which of several β is at work; nothing where there is one.
pub(super) fn of_beta(betas: &[f64], at: usize) -> String {
    match betas.len() {
        1 => String::new(),
        of => format!("β = {}, {} of {of}: ", betas[at], at + 1),
    }
}

fn json_of(read: &Machine, found: &Methods, lines: &[String]) -> Result<Value> {
    let notes = [&read.stored.notes[..], lines].concat();
    let mut object = json!({
        "visible": read.stored.visible(), "hidden": read.stored.hidden(), "beta": read.beta, "stored": read.json(),
        "notes": notes,
    });
    if let (Value::Object(object), Value::Object(more)) = (&mut object, serde_json::to_value(found.shown())?) {
        object.extend(more);
    }
    Ok(object)
}

fn print(found: &Methods) -> Result<()> {
    let mut table = table(["method", "ln Z", "remark"], Some(PROSE));
    found.rows().into_iter().for_each(|row| {
        table.add_row(row);
    });
    say(table)?;
    say(found.verdict())?;
    found.warnings().iter().try_for_each(say)
}
