//! `sample`: samples of a machine, and what they are worth.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use super::args::{Common, at_least, at_most, fits, folder};
use super::machine::{Before, Machine, MachineArgs};
use super::table::table;
use super::{interrupt, say, track};
use crate::arrays::states;
use crate::bits::States;
use crate::figure::{self};
use crate::file::{self};
use crate::inspect::{self, COMPARED, DrawError, Drawn, LEVEL, LOOKED_AT, Method, Plan, Seen, least_sweeps};
use crate::lab::{self};
use crate::machine_file::{Layers, Units};
use crate::math::shown;
use crate::memory::Bytes;
use crate::rbm::estimate::LADDERS;
use crate::rbm::{Now, Rbm, gibbs, origins, tempering};
use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

#[derive(Args)]
pub(super) struct SampleArgs {
    #[command(flatten)]
    pub(super) machine: MachineArgs,
    #[command(flatten)]
    pub(super) common: Common,
    /// Folder for samples.npy, samples.svg and samples.json, which says what they are.
    #[arg(long, default_value = "samples")]
    out: PathBuf,
    /// Replaces samples of another machine in --out.
    #[arg(long)]
    force: bool,
    /// `gibbs`: the last state of every chain, from independent units at the visible biases.
    /// `tempering`: states of the machine by parallel tempering, which goes from state to state
    /// where chains of the machine alone stay in one. `trajectory`: the same along the states of
    /// its training, from a run folder or a file that holds several updates.
    #[arg(long, value_enum, default_value_t = MethodArg::Gibbs)]
    method: MethodArg,
    /// Samples: independent chains whose last state is saved, or states taken evenly over the
    /// sweeps of tempering.
    #[arg(long, default_value_t = 64)]
    pub(super) chains: usize,
    /// Sweeps v, h, v of every chain; of gibbs the second half is diagnosed, of tempering all
    /// after the rungs are placed. Beside the chains of gibbs 16 to 32 that start from hidden units
    /// of all kinds show whether the start matters: by the overlap of each chain with its own past
    /// against that between chains, q = Σ (2v_j − 1)(2v'_j − 1)/N.
    #[arg(long, default_value_t = 1000)]
    pub(super) steps: usize,
    /// Leading modes whose autocorrelation is reported, at most min(N, M); default: 5, or all of
    /// fewer.
    #[arg(long)]
    modes: Option<usize>,
    /// Pixels per line of the picture, at most N; default: the root of N.
    #[arg(long)]
    width: Option<usize>,
}

/// Ways of drawing samples.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum MethodArg {
    Gibbs,
    Tempering,
    Trajectory,
}

/// Why sweeps are limited although none is kept.
pub(super) const SWEEPS: &str = "where random numbers would come again, or counts of them no longer be exact";

/// Blocks of a mode's values that are kept of every chain, so that the autocorrelation of any
/// number of sweeps takes 1 GiB at most; of so many chains and modes that 64 blocks of each take
/// more, that.
fn kept_blocks(chains: usize, modes: usize) -> usize {
    ((1usize << 27) / chains.saturating_mul(modes).max(1)).clamp(64, 4096)
}

/// States of a training before the machine that ladders are led along, at most.
const BEFORE: usize = 63;

/// Refuses what cannot be drawn or held; `before` states of the training are read too.
fn plan(args: &SampleArgs, read: &Machine, before: usize, modes: usize) -> Result<Plan> {
    let (n, m, all) = (read.rbm.visible, read.rbm.hidden, read.stored.visible());
    let most = gibbs::most_sweeps(n.saturating_add(m));
    let method = match args.method {
        MethodArg::Gibbs => Method::Gibbs,
        MethodArg::Tempering => Method::Tempering,
        MethodArg::Trajectory => Method::Trajectory,
    };
    let ladders = method != Method::Gibbs;
    let mut plan = Plan { method, count: args.chains, sweeps: args.steps, modes, kept: 0 };
    // Tempering places its rungs and tries its path before, in fewer sweeps than that + 4,096.
    let most = if ladders { (most / 2).saturating_sub(4096) } else { most };
    at_most("steps", args.steps, most, SWEEPS)?;
    let what = match before {
        0 => format!("a machine of {n} x {m} units"),
        _ => format!("a machine of {n} x {m} units and {before} before it, which --method tempering does without,"),
    };
    fits(&what, &[("--chains", args.chains), ("--modes", modes)], |sizes| {
        let &[chains, modes] = sizes else { return Bytes(0) };
        let number = |bytes: Bytes| usize::try_from(bytes.0).unwrap_or(usize::MAX);
        let followed = Plan { count: number(chains), ..plan }.followed();
        let blocks = kept_blocks(followed, number(modes));
        let (units, weights) = (Bytes::from(n), Bytes::from(n) * Bytes::from(m));
        let states = |rows: Bytes| States::bytes(rows, Bytes::from(all));
        // The machine as read, scaled and in single precision with its transpose, its
        // decomposition; states packed, before their last sweep, with fixed units, and as bytes.
        let record = Bytes(160) + Bytes(12) * Bytes::from(blocks.min(plan.recorded()));
        // Four views of the chains that are compared, as bytes, as doubles and in means.
        let views = Bytes::from(4 * (1 + 8 + 4) * 2 * COMPARED) * units;
        let tempered = match method {
            Method::Gibbs => Bytes(0),
            Method::Tempering => {
                let rungs = Bytes::from(LADDERS * tempering::MOST);
                let layers = units + Bytes::from(m);
                let origins = Bytes::from(40 * origins::CHAINS) * layers;
                Bytes(2) * states(rungs) + Bytes(256) * rungs + states(Bytes::from(LOOKED_AT)) + origins
            }
            Method::Trajectory => states(Bytes::from(LOOKED_AT)) + track::bytes(units, Bytes::from(m), before + 2),
        };
        let (bytes, records) = (chains * Bytes::from(all), Bytes::from(followed) * modes * record);
        Bytes(80) * weights + Bytes(4) * states(chains) + bytes + records + views + tempered
    })?;
    plan.kept = kept_blocks(plan.followed(), modes);
    let most = (2 << 53) / plan.followed() as u64;
    at_most("steps", args.steps, most, "so that the values of half of them can be counted")?;
    let least = least_sweeps(args.chains);
    if ladders && args.steps < least {
        bail!(
            "--steps {}: {} samples need {least} sweeps of {LADDERS} ladders: give more, or fewer --chains",
            args.steps,
            args.chains
        );
    }
    Ok(plan)
}

pub(super) fn sample(args: &SampleArgs) -> Result<bool> {
    let (common, out) = (&args.common, &args.out);
    at_least("chains", args.chains, 1)?;
    at_least("steps", args.steps, 1)?;
    let read = args.machine.read_one(Layers::Ask)?;
    let machine = &read.rbm;
    let (n, m, all) = (machine.visible, machine.hidden, read.stored.visible());
    let width = args.width.unwrap_or_else(|| (1..=all).find(|w| w * w >= all).unwrap_or(1));
    at_least("width", width, 1)?;
    at_most("width", width, all as u64, "the number of visible units")?;
    let modes = args.modes.unwrap_or(n.min(m).min(5));
    at_most("modes", modes, n.min(m) as u64, "the units of the smaller layer")?;
    let mut before = match args.method {
        MethodArg::Trajectory => Some(args.machine.before(&read, BEFORE)?),
        _ => None,
    };
    let plan = plan(args, &read, before.as_ref().map_or(0, Before::count), modes)?;
    let training = match &mut before {
        Some(before) => before.read(&args.machine, &read)?,
        None => Vec::new(),
    };
    let of = digest(&read);
    if !args.force {
        not_of_another(out, &of)?;
    }
    let _made = folder(out)?;
    common.start()?;
    let key = |purpose: &[&str]| lab::key(common.seed(), &[&["sample"], purpose].concat());
    let progress = common.progress();
    let how = match args.method {
        MethodArg::Gibbs => format!("{} chains, {} sweeps", args.chains, args.steps),
        MethodArg::Tempering => format!("{LADDERS} ladders, {} sweeps", args.steps),
        MethodArg::Trajectory => format!("{LADDERS} ladders along the training, {} sweeps", args.steps),
    };
    let tell = |now: Now<'_>| progress.at(&format!("{how}: {}", now.what), now.share);
    let drawn = inspect::draw(machine, &training, plan, key, tell).map_err(|error| match error {
        DrawError::Trajectory(error) => anyhow::anyhow!("{error}: --method tempering takes the machine alone"),
        other => other.into(),
    })?;
    drop(progress); // its line ends before results are printed
    let saturated = saturated(&gibbs::hidden_means(&machine.to_f32(), &drawn.states), m);
    let states = &read.stored.with_fixed(&drawn.states);
    let [path, picture, record] = FILES.map(|name| out.join(name));
    let shown: Vec<Vec<bool>> =
        (0..states.rows().min(100)).map(|row| (0..all).map(|unit| states.get(row, unit)).collect()).collect();
    let write = |path: &Path, bytes: &[u8]| {
        file::replace(path, bytes).with_context(|| format!("{}: give another folder with --out", path.display()))
    };
    let said = if common.json() {
        let mut object = json!({
            "path": path, "picture": picture, "visible": all, "hidden": read.stored.hidden(), "stored": read.json(), "chains": args.chains,
            "steps": args.steps, "beta": read.beta, "notes": read.stored.notes, "saturated": { "hidden": saturated },
        });
        if let (Value::Object(object), Value::Object(more)) = (&mut object, json_of(&drawn, plan.method)) {
            object.extend(more);
        }
        if let Some(before) = &before {
            object["trajectory"] = json!({ "states": before.count() + 1, "of": before.all + 1 });
        }
        say(object)
    } else {
        read.say()
            .and_then(|()| before.as_ref().map_or(Ok(()), |before| say_before(before.count(), before.all)))
            .and_then(|()| say_drawn(&drawn))
            .and_then(|()| match saturated {
                0 => Ok(()),
                _ => say(format_args!("{saturated} of {m} hidden units saturated (>= 99.9 %) in every chain")),
            })
            .and_then(|()| say(format_args!("{} ({} x {all}), {}", path.display(), args.chains, picture.display())))
    };
    interrupt::says(|| "samples.json is written last: without it the samples there are not whole; run it again".into());
    match std::fs::remove_file(&record) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("{}: give another folder with --out", record.display()));
        }
        _ => {}
    }
    write(&path, &states::npy(states, read.stored.units == Units::Spins))?;
    let count = match (shown.len(), states.rows()) {
        (_, 1) => "A sample".into(),
        (shown, all) if shown < all => format!("The first {shown} of {all} samples"),
        (_, all) => format!("All {all} samples"),
    };
    let caption = format!(
        "{count} of {} at β = {}: {how}, seed {}. A pixel that is on is dark.",
        args.machine.machine.display(),
        read.beta,
        common.seed()
    );
    write(&picture, figure::tiles(&shown, width, &caption).as_bytes())?;
    // The last: a picture and samples without it are nobody's.
    let words = json!({
        "version": env!("CARGO_PKG_VERSION"), "machine": args.machine.machine.display().to_string(), "machine_sha256": of, "beta": read.beta,
        "method": method_name(plan.method), "chains": args.chains, "steps": args.steps, "seed": common.seed(),
    });
    write(&record, format!("{words:#}\n").as_bytes())?;
    said.map(|()| true)
}

/// What is written: samples, their picture, and what they are.
const FILES: [&str; 3] = ["samples.npy", "samples.svg", "samples.json"];

fn method_name(method: Method) -> &'static str {
    match method {
        Method::Gibbs => "gibbs",
        Method::Tempering => "tempering",
        Method::Trajectory => "trajectory",
    }
}

/// Digest of a machine, by which its samples are known again.
fn digest(read: &Machine) -> String {
    let Rbm { visible, hidden, weights, visible_bias, hidden_bias } = &read.stored.machine;
    let mut hash = Sha256::new();
    hash.update(format!("{visible} {hidden} {:?}", read.stored.fixed));
    weights.iter().chain(visible_bias).chain(hidden_bias).for_each(|x| hash.update(x.to_le_bytes()));
    file::hex(&hash.finalize())
}

/// Refuses a folder with samples of a machine that has another digest, or of none that is known.
fn not_of_another(out: &Path, digest: &str) -> Result<()> {
    let Some(there) = FILES.iter().find(|name| out.join(name).exists()) else { return Ok(()) };
    let record = std::fs::read(out.join(FILES[2])).ok();
    let record: Option<Value> = record.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let of = record.as_ref().and_then(|record| record["machine_sha256"].as_str());
    let path = out.join(there);
    let whose = match of {
        Some(of) if of == digest => return Ok(()),
        Some(_) => "of another machine",
        None => "of a machine that nothing there names",
    };
    bail!("{}: samples {whose} are there: give another folder with --out, or --force to replace them", path.display())
}

/// What was found, for programs.
fn json_of(drawn: &Drawn, method: Method) -> Value {
    let Drawn { mixing, .. } = drawn;
    // The slowest mode, and in it the slowest chain, decides: not their average.
    let long_enough = drawn.modes.iter().all(|mode| mode.series.as_ref().is_ok_and(|series| series.long_enough));
    let modes = drawn.modes.iter().enumerate().map(|(at, mode)| {
        let mut object = match &mode.series {
            Ok(series) => json!({
                "lag_1": series.lag_1, "autocorrelation_time": series.time, "slowest_chain_time": finite(series.slowest_time),
                "effective_values": series.effective_samples, "values": series.values, "variance": series.variance,
                "long_enough": series.long_enough,
            }),
            Err(_) => json!({ "autocorrelation_time": null, "long_enough": false }),
        };
        object["index"] = (at + 1).into();
        object["lambda"] = mode.lambda.into();
        match &mode.effective {
            Ok(count) => object["effective_samples"] = (*count).into(),
            Err(why) => (object["effective_samples"], object["why"]) = (Value::Null, why.as_str().into()),
        }
        object
    });
    let overlap = mixing.overlaps.map(|found| json!({ "own": found.own, "between": found.between }));
    json!({
        "method": method_name(method),
        "recorded": drawn.recorded, "long_enough": long_enough, "modes": modes.collect::<Vec<_>>(),
        "mixing": {
            "state": mixing.seen, "why": mixing.why, "overlap": overlap, "p_value": mixing.overlaps.map(|found| found.p_value),
            "level": LEVEL, "chains": mixing.chains[0], "other_starts": mixing.chains[1], "states": mixing.states,
            "elsewhere": mixing.elsewhere,
        },
        "frozen": { "visible": drawn.frozen, "why": match drawn.frozen {
                None => Some("not measurable: fewer than two sweeps were followed"),
                Some(0) => None,
                Some(_) => Some(FROZEN),
            } },
        "tempering": drawn.tempered.as_ref().map(|found| json!({
            "ladders": found.ladders, "rungs": found.rungs, "round_trips": found.round_trips, "fewest_round_trips": found.fewest_round_trips, "sweeps": found.sweeps,
            "most_refused": found.most_refused,
        })),
    })
}

/// Why nothing is said of units that no chain changed.
const FROZEN: &str = "not measurable: no chain ever changed them while it was followed";

/// JSON has no infinity.
fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// Hidden units whose mean given the visible ones is within 0.1 % of the same end in all states;
/// `means` state by state.
fn saturated(means: &[f32], hidden: usize) -> usize {
    let all = |k: usize, at: &dyn Fn(f32) -> bool| means.iter().skip(k).step_by(hidden).all(|mean| at(*mean));
    (0..hidden).filter(|k| all(*k, &|mean| mean >= 0.999) || all(*k, &|mean| mean <= 0.001)).count()
}

/// What ladders are led along.
fn say_before(count: usize, all: usize) -> Result<()> {
    let of = if count < all { format!(" of {}", all + 1) } else { String::new() };
    say(format_args!("along {}{of} states of the training, the last one the machine", count + 1))
}

/// The table of modes, and what stands beside it.
fn say_drawn(drawn: &Drawn) -> Result<()> {
    let header = ["mode", "λ", "lag-1 autocorrelation", "autocorrelation time / sweeps", "effective samples"];
    let mut table = table(header, None);
    for (at, mode) in drawn.modes.iter().enumerate() {
        let number = |value: f64| format!("{value:.3}");
        let none = || "not measurable".to_string();
        let (lag, time) = match &mode.series {
            Ok(series) => {
                let doubt = if series.long_enough { "" } else { " (a chain shorter than 50 times its own)" };
                (number(series.lag_1), number(series.time) + doubt)
            }
            Err(_) => (none(), none()),
        };
        let effective = mode.effective.as_ref().map_or_else(|_| none(), |count| number(*count));
        table.add_row([(at + 1).to_string(), shown(mode.lambda, 3), lag, time, effective]);
    }
    say(table)?;
    // Each reason once.
    let mut reasons: Vec<&String> = drawn.modes.iter().filter_map(|mode| mode.effective.as_ref().err()).collect();
    reasons.dedup();
    reasons
        .iter()
        .filter(|why| **why != &drawn.mixing.why)
        .try_for_each(|why| say(format_args!("not measurable: {why}")))?;
    if let Some(found) = &drawn.tempered {
        say(format_args!(
            "tempering: {} ladders of {} rungs, {} round trips in {} sweeps, exchanges refused at most {:.0} %",
            found.ladders,
            found.rungs,
            found.round_trips,
            found.sweeps,
            100.0 * found.most_refused
        ))?;
    }
    let state = match drawn.mixing.seen {
        Seen::Mixed => "mixed",
        Seen::SeveralStates => "several states",
        Seen::OneState => "one state",
        Seen::NotMeasurable => "not measurable",
    };
    say(format_args!("mixing: {state}: {}", drawn.mixing.why))?;
    match drawn.frozen {
        None | Some(0) => Ok(()),
        Some(units) => say(format_args!("{units} of {} visible units frozen, {FROZEN}", drawn.states.units())),
    }
}
