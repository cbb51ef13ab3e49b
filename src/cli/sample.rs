//! `sample`: Gibbs samples of a machine.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use super::args::{Common, at_least, at_most, fits, folder};
use super::machine::MachineArgs;
use super::say;
use crate::arrays::states;
use crate::bits::States;
use crate::figure::{self};
use crate::file::{self};
use crate::lab::{self};
use crate::linalg;
use crate::machine_file::{Layers, Units};
use crate::memory::Bytes;
use crate::rbm::{gibbs, gibbs::Chains};
use crate::stat::series::{self, Recorder};
use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;
use std::path::Path;

#[derive(Args)]
pub(super) struct SampleArgs {
    #[command(flatten)]
    pub(super) machine: MachineArgs,
    /// Independent chains; the last state of each is a sample.
    #[arg(long, default_value_t = 64)]
    pub(super) chains: usize,
    /// Sweeps v, h, v of every chain, from independent units at the visible biases. The second half
    /// is diagnosed.
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

/// Why sweeps are limited although none is kept.
pub(super) const SWEEPS: &str = "where random numbers would come again, or counts of them no longer be exact";

/// Blocks of a mode's values that are kept of every chain, so that the autocorrelation of any
/// number of sweeps takes 1 GiB at most; of so many chains and modes that 64 blocks of each take
/// more, that.
fn kept_blocks(chains: usize, modes: usize) -> usize {
    ((1usize << 27) / chains.saturating_mul(modes).max(1)).clamp(64, 4096)
}

pub(super) fn sample(common: &Common, args: &SampleArgs) -> Result<bool> {
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
    at_most("steps", args.steps, gibbs::most_sweeps(n.saturating_add(m)), SWEEPS)?;
    let half = args.steps / 2;
    fits(&format!("a machine of {n} x {m} units"), &[("--chains", args.chains), ("--modes", modes)], |sizes| {
        let &[chains, modes] = sizes else { return Bytes(0) };
        let blocks =
            kept_blocks(usize::try_from(chains.0).unwrap_or(usize::MAX), usize::try_from(modes.0).unwrap_or(1));
        let (weights, states) = (Bytes::from(n) * Bytes::from(m), States::bytes(chains, Bytes::from(all)));
        // The machine as read, scaled and in single precision with its transpose, its
        // decomposition; states packed, with fixed units, and as bytes.
        let record = Bytes(160) + Bytes(12) * Bytes::from(blocks.min(half));
        Bytes(80) * weights + Bytes(3) * states + chains * Bytes::from(all) + chains * modes * record
    })?;
    at_most("steps", args.steps, (2 << 53) / args.chains as u64, "so that the values of half of them can be counted")?;
    let out = common.out_or("samples");
    let _made = folder(&out)?;
    common.start()?;
    let svd = linalg::thin_svd(machine.weights_view())?;
    let single = machine.to_f32();
    let mut chains = Chains::independent(&single, args.chains, lab::key(common.seed(), &["sample"]));
    chains.sweep(&single, args.steps - half);
    // x_i of every chain after every sweep of the second half.
    let mut traces = vec![vec![Recorder::new(kept_blocks(args.chains, modes)); args.chains]; modes];
    chains.follow(&single, 1, half, |states| {
        for (mode, traces) in traces.iter_mut().enumerate() {
            for (chain, trace) in traces.iter_mut().enumerate() {
                trace.push(states.along(chain, svd.u.col_as_slice(mode)));
            }
        }
    });
    let mixing: Vec<Option<series::Mixing>> = traces.iter().map(|traces| series::mixing_of(traces)).collect();
    // The slowest mode, and in it the slowest chain, decides: not their average.
    let long_enough = mixing.iter().all(|one| one.as_ref().is_some_and(|one| one.long_enough));
    let found: Vec<serde_json::Value> = mixing
        .iter()
        .enumerate()
        .map(|(mode, mixing)| match mixing {
            Some(mixing) => json!({
                "index": mode + 1, "lambda": svd.singular_values[mode], "lag_1": mixing.lag_1,
                "autocorrelation_time": mixing.time, "slowest_chain_time": mixing.slowest_time,
                "effective_samples": mixing.effective_samples, "values": mixing.values, "variance": mixing.variance,
                "long_enough": mixing.long_enough,
            }),
            None => json!({
                "index": mode + 1, "lambda": svd.singular_values[mode], "autocorrelation_time": null,
                "why": "no variance in fewer than two recorded sweeps, or a frozen mode",
            }),
        })
        .collect();
    let saturated = saturated(&gibbs::hidden_means(&single, &chains.visible), m);
    let states = &read.stored.with_fixed(&chains.visible);
    let (path, picture) = (out.join("samples.npy"), out.join("samples.svg"));
    let shown: Vec<Vec<bool>> =
        (0..states.rows().min(100)).map(|row| (0..all).map(|unit| states.get(row, unit)).collect()).collect();
    let write = |path: &Path, bytes: &[u8]| {
        file::replace(path, bytes).with_context(|| format!("{}: give another folder with --out", path.display()))
    };
    let said = if common.json {
        say(json!({
            "path": path, "picture": picture, "visible": all, "hidden": read.stored.hidden(), "stored": read.json(), "chains": args.chains,
            "steps": args.steps, "recorded": half, "beta": read.beta, "notes": read.stored.notes, "modes": found,
            "long_enough": long_enough, "saturated": { "hidden": saturated },
        }))
    } else {
        read.say()
            .and_then(|()| say_sampled(&found))
            .and_then(|()| match saturated {
                0 => Ok(()),
                _ => say(format_args!("{saturated} of {m} hidden units saturated (>= 99.9 %) in every chain")),
            })
            .and_then(|()| say(format_args!("{} ({} x {all}), {}", path.display(), args.chains, picture.display())))
    };
    write(&path, &states::npy(states, read.stored.units == Units::Spins))?;
    write(&picture, figure::tiles(&shown, width).as_bytes())?;
    said.map(|()| true)
}

/// Hidden units whose mean given the visible ones is within 0.1 % of the same end in all states;
/// `means` state by state.
fn saturated(means: &[f32], hidden: usize) -> usize {
    let all = |k: usize, at: &dyn Fn(f32) -> bool| means.iter().skip(k).step_by(hidden).all(|mean| at(*mean));
    (0..hidden).filter(|k| all(*k, &|mean| mean >= 0.999) || all(*k, &|mean| mean <= 0.001)).count()
}

/// The table of modes.
fn say_sampled(modes: &[serde_json::Value]) -> Result<()> {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED);
    table.set_header(["mode", "λ", "lag-1 autocorrelation", "autocorrelation time / sweeps", "effective samples"]);
    for mode in modes {
        let number = |key: &str| mode[key].as_f64().map_or("-".into(), |x| format!("{x:.3}"));
        let doubt = if mode["long_enough"] == false { " (a chain shorter than 50 times its own)" } else { "" };
        let time = number("autocorrelation_time") + doubt;
        table.add_row([
            mode["index"].to_string(),
            number("lambda"),
            number("lag_1"),
            time,
            number("effective_samples"),
        ]);
    }
    say(table)
}
