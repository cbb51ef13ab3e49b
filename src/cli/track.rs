//! `train --track-likelihood`: how likely images are under the states of a training that are kept.

use super::args::Common;
use super::machine::read_with;
use super::say;
use super::table::table;
use crate::data::Dataset;
use crate::file;
use crate::inspect::{self, APART, By, Compared, KeptState, Tracking, WithError};
use crate::lab;
use crate::machine_file::{Reading, Updates};
use crate::memory::Bytes;
use crate::rbm::estimate::{Effort, LADDERS, State, estimate};
use crate::rbm::{Now, Rbm, origins, trajectory};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::cell::Cell;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The defaults of `log-partition`.
const ALONE: Effort = Effort { chains: 500, betas: 1000, burn: 0, within: 0.2, rounds: 4, time: None };

/// Along the training a quarter of that in the first round, as many sweeps in the last.
const ALONG: Effort = Effort { betas: 250, rounds: 6, ..ALONE };

/// What was found of one run.
pub(super) struct Tracked {
    tracking: Tracking,
    compared: Compared,
    /// Where the table is.
    csv: PathBuf,
    /// Seconds that tempering along the training took, and that estimates of states alone took.
    seconds: [f64; 2],
}

/// Tracks the states that the run in `path` keeps, of which an epoch is so many updates.
pub(super) fn track(common: &Common, path: &Path, data: &Dataset, updates: usize) -> Result<Tracked> {
    let kept = states(path, updates)?;
    let Some((last, machine)) = kept.last() else { bail!("{}: a run without states", path.display()) };
    let progress = common.progress();
    progress.now(&format!("{}: ln Z of {} states up to epoch {last}", path.display(), kept.len()));
    let (start, by_itself) = (Instant::now(), Cell::new(0.0));
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let key = |purpose: &str| lab::key(common.seed(), &["track-likelihood", &name, purpose]);
    let images = (&data.train.images, &data.test.images);
    let alone = |epoch: u64, machine: &Rbm<f32>| {
        let tell =
            |now: Now<'_>| progress.at(&format!("{}: epoch {epoch} alone: {}", path.display(), now.what), now.share);
        let start = Instant::now();
        // The random numbers of `log-partition`, so that it prints the same value.
        let key = |purpose: &str| lab::key(common.seed(), &["log-partition", purpose]);
        let found = estimate(machine, None, None, ALONE, key, tell);
        by_itself.set(by_itself.get() + start.elapsed().as_secs_f64());
        found
    };
    let tracking = inspect::track(&kept, images, ALONG, key, alone).with_context(|| format!("{}", path.display()))?;
    let Some(compared) = inspect::compare(&tracking, machine, alone) else {
        bail!("{}: a run without states", path.display());
    };
    let csv = path.join("likelihood.csv");
    let seconds = [start.elapsed().as_secs_f64() - by_itself.get(), by_itself.get()];
    Ok(Tracked { tracking, compared, csv, seconds })
}

/// Memory that this takes besides the images: of every state the machine with W and its transpose,
/// of every chain its fields at three states, and what the estimate of the last state alone takes.
pub(super) fn bytes(visible: Bytes, hidden: Bytes, states: usize) -> Bytes {
    let (weights, states) = (visible * hidden, Bytes::from(states));
    let chains = Bytes::from(LADDERS * trajectory::MOST);
    let origins = Bytes::from(40 * origins::CHAINS) * (visible + hidden);
    origins + Bytes(16) * states * weights + chains * (Bytes(16) * hidden + visible + Bytes(64)) + Bytes(40) * weights
}

/// The states of a run: epochs until then, and the machine.
fn states(path: &Path, updates: usize) -> Result<Vec<(u64, Rbm<f32>)>> {
    let mut kept = Updates::open(path, &Reading::default()).map_err(read_with)?;
    let numbers = kept.numbers().to_vec();
    let one = |(at, number): (usize, &u64)| {
        let stored = kept.read(at).map_err(read_with)?;
        Ok((number / updates.max(1) as u64, stored.machine.to_f32()))
    };
    numbers.iter().enumerate().map(one).collect()
}

/// What ln Z is from, as JSON says it.
fn word(by: By) -> &'static str {
    match by {
        By::Exact => "exact",
        By::Trajectory => "trajectory",
        By::Alone => "alone",
    }
}

impl Tracked {
    /// Writes the table into the folder of the run.
    pub(super) fn write(&self) -> Result<()> {
        let written = file::replace(&self.csv, self.table().as_bytes());
        written.with_context(|| format!("{}: give a folder with --out that can be written", self.csv.display()))
    }

    /// One line per state; what is no number is left empty.
    fn table(&self) -> String {
        let mut text = "epoch,log_partition,se,by,open,trajectory,trajectory_se,train,test\n".to_string();
        let number = |x: f64| if x.is_finite() { x.to_string() } else { String::new() };
        for KeptState { epoch, log_partition, by, why, trajectory, train, test } in &self.tracking.states {
            let (by, open) = (word(*by), !why.is_empty());
            let numbers = [log_partition.log_partition, log_partition.se].map(number).join(",");
            let rest = [trajectory.log_partition, trajectory.se, *train, *test].map(number).join(",");
            let _ = writeln!(text, "{epoch},{numbers},{by},{open},{rest}");
        }
        text
    }

    /// Adds what was found to the object of a run.
    pub(super) fn add_to(&self, run: &mut Value) -> Result<()> {
        run["likelihood"] = serde_json::to_value(&self.tracking.states)?;
        let Tracking { rungs, ladders, sweeps, round_trips, most_refused, why, .. } = &self.tracking;
        run["trajectory"] = json!({
            "rungs": rungs, "ladders": ladders, "sweeps": sweeps, "round_trips": round_trips,
            "most_refused": most_refused, "why": why, "csv": self.csv, "seconds": self.seconds[0],
            "last_state_alone": self.compared, "states_alone_seconds": self.seconds[1],
        });
        Ok(())
    }

    pub(super) fn say(&self) -> Result<()> {
        let Tracking { states, rungs, ladders, round_trips, why, .. } = &self.tracking;
        // One column of ln Z where it is all from the trajectory.
        let other = states.iter().find(|state| state.by != By::Trajectory).map(|state| state.by);
        let header = ["epoch", "ln Z"].into_iter().chain(other.map(|_| "along the training"));
        let mut table = table(header.chain(["training images, nats", "test images"]), None);
        for state in states {
            let shown = |WithError { log_partition, se }: WithError| match log_partition.is_finite() {
                true => format!("{log_partition:.4} ± {se:.4}"),
                false => "-".into(),
            };
            let along = shown(state.trajectory);
            let other = match state.by {
                By::Exact => Some(format!("{:.6}", state.log_partition.log_partition)),
                By::Alone => Some(shown(state.log_partition)),
                By::Trajectory => None,
            };
            let number = |mean: f64| if mean.is_finite() { format!("{mean:.3}") } else { "-".into() };
            let images = [state.train, state.test].map(number);
            table.add_row(std::iter::once(state.epoch.to_string()).chain(other).chain([along]).chain(images));
        }
        say(table)?;
        say(format_args!(
            "{ladders} ladders of {rungs} machines, {round_trips} round trips, {:.1} s; {}",
            self.seconds[0],
            self.csv.display()
        ))?;
        why.iter().try_for_each(|why| say(format_args!("open: {why}")))?;
        if other == Some(By::Alone) {
            say("ln Z is therefore of each state by itself, as log-partition says it")?;
        }
        let open = states.iter().filter(|state| state.by == By::Alone && !state.why.is_empty());
        for KeptState { epoch, why, .. } in open.clone() {
            why.iter().try_for_each(|why| say(format_args!("open, epoch {epoch}: {why}")))?;
        }
        if open.count() > 0 {
            say(format_args!("more time for one state: log-partition {} --update N --time 600", self.run().display()))?;
        }
        self.say_compared(states.last().map_or(0, |state| state.epoch))
    }

    /// The difference between both ways to ln Z of the last state.
    fn say_compared(&self, epoch: u64) -> Result<()> {
        let Compared { with, exact, difference, standard_errors, state, why } = &self.compared;
        let reused = self.tracking.states.last().is_some_and(|state| state.by == By::Alone);
        let other = match exact {
            true => format!("exact {:.6}", with.log_partition),
            false => {
                let seconds = if reused { String::new() } else { format!(" ({:.1} s)", self.seconds[1]) };
                format!("{:.4} ± {:.4} from this state alone{seconds}", with.log_partition, with.se)
            }
        };
        if !difference.is_finite() {
            return say(format_args!("epoch {epoch}: no ln Z along the training; {other}"));
        }
        say(format_args!(
            "epoch {epoch}: ln Z along the training is {difference:+.4} nats off {other}, {:.1} standard errors",
            standard_errors.abs()
        ))?;
        // Said with the others where it is one of them.
        if !reused {
            why.iter().try_for_each(|why| say(format_args!("open, this state alone: {why}")))?;
        }
        match state {
            State::Agree => say("both agree"),
            State::ContradictsExact => say("contradicts exact: tempering along the training misses states that count"),
            State::Open if standard_errors.abs() > APART => say(format_args!(
                "contradiction, by more than {APART} standard errors: one of both misses states that count; see log-partition {} --time 600",
                self.run().display()
            )),
            State::Open => say("which says nothing while one of both is open"),
        }
    }

    /// The folder of the run.
    fn run(&self) -> &Path {
        self.csv.parent().unwrap_or(Path::new("."))
    }
}
