//! `log-partition`: ln Z of a machine.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use super::args::{Common, at_least, at_most, fits};
use super::machine::{Machine, MachineArgs};
use super::sample::SWEEPS;
use super::say;
use crate::bits::States;
use crate::inspect::{self, Annealing, Methods};
use crate::lab;
use crate::machine_file::Layers;
use crate::memory::Bytes;
use crate::rbm::{annealing, gibbs, mean_field};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

#[derive(Args)]
pub(super) struct LogPartitionArgs {
    #[command(flatten)]
    pub(super) machine: MachineArgs,
    /// Annealing runs.
    #[arg(long, default_value_t = 500)]
    pub(super) chains: usize,
    /// Temperatures of a run.
    #[arg(long, default_value_t = 1000)]
    betas: usize,
    /// Sweeps of the whole machine before the backward runs.
    #[arg(long, default_value_t = 1000)]
    burn: usize,
}

pub(super) fn log_partition(common: &Common, args: &LogPartitionArgs) -> Result<bool> {
    at_least("chains", args.chains, 2)?;
    at_least("betas", args.betas, 2)?;
    let stored = args.machine.stored(Layers::Either)?;
    let machine = &stored.machine;
    let (n, m) = (machine.visible, machine.hidden);
    at_most("burn", args.burn, gibbs::most_sweeps(n.saturating_add(m)), SWEEPS)?;
    let weights = Bytes::from(n) * Bytes::from(m);
    fits(&format!("a machine of {n} x {m} units"), &[("--chains", args.chains), ("--betas", args.betas)], |sizes| {
        let &[chains, betas] = sizes else { return Bytes(0) };
        let states = States::bytes(chains, Bytes::from(n)) + States::bytes(chains, Bytes::from(m));
        Bytes(40) * weights + Bytes(4) * states + Bytes(64) * chains + Bytes(16) * betas
    })?;
    for beta in &args.machine.beta {
        args.machine.at(&stored, *beta)?; // refused before any is computed
    }
    common.start()?;
    // The closed forms take the thin decomposition of W: copies of it, U and V as large, and
    // squares of the smaller layer. What is not to be had for lack of memory says so.
    let smaller = Bytes::from(n.min(m));
    let no_modes = fits("all modes", &[], |_| Bytes(32) * smaller * smaller + Bytes(64) * weights).err();
    let annealing = Annealing { chains: args.chains, betas: args.betas, burn: args.burn };
    let key = |purpose: &str| lab::key(common.seed(), &["log-partition", purpose]);
    let no_modes = no_modes.map(|error| error.to_string());
    let mut results = Vec::new();
    for (at, beta) in args.machine.beta.iter().enumerate() {
        let read = args.machine.at(&stored, *beta)?;
        let found = inspect::methods(&read.rbm, read.constant, annealing, no_modes.clone(), key)?;
        if common.json {
            results.push(json_of(&read, found));
        } else {
            if at == 0 {
                read.say()?;
            }
            if args.machine.beta.len() > 1 {
                say(format_args!("β = {beta}"))?;
            }
            print(found)?;
        }
    }
    if common.json {
        let one = if results.len() == 1 { results.pop() } else { None };
        say(one.unwrap_or_else(|| json!({ "results": results })))?;
    }
    Ok(true)
}

/// What helps against a warning.
const RAISE: &str = "raise --betas, --chains or --burn";

fn json_of(read: &Machine, found: Methods) -> Value {
    let warnings = found.warnings(RAISE);
    let Methods { exact, forward, backward, bracket, gaussian, onsager, .. } = found;
    let mut object = json!({
        "visible": read.stored.visible(), "hidden": read.stored.hidden(), "beta": read.beta, "stored": read.json(), "exact": exact,
        "ais": forward, "reverse_ais": backward, "bracket": bracket, "gaussian": gaussian.as_ref().ok(),
        "onsager": onsager.as_ref().ok(), "notes": read.stored.notes, "warnings": warnings,
    });
    let exact_why = exact.is_none().then(inspect::no_exact);
    let whys = [("exact", exact_why), ("gaussian", gaussian.err()), ("onsager", onsager.err())];
    object["why"] = whys.into_iter().filter_map(|(key, why)| Some((key.to_string(), json!(why?)))).collect();
    object
}

fn print(found: Methods) -> Result<()> {
    let warnings = found.warnings(RAISE);
    let Methods { exact, forward, backward, bracket, gaussian, onsager, .. } = found;
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED).set_header(["method", "ln Z", "remark"]);
    let closed = |found: mean_field::Closed| match found {
        Ok(value) => [format!("{value:.6}"), String::new()],
        Err(why) => ["-".into(), why],
    };
    let estimate = |estimate: &annealing::Estimate| {
        let remark = format!("{} runs count as {:.0}", estimate.chains, estimate.effective_samples);
        [format!("{:.6} ± {:.6}", estimate.mean, estimate.se), remark]
    };
    let rows = [
        ("exact", closed(exact.ok_or_else(inspect::no_exact))),
        ("annealed, forward", estimate(&forward)),
        ("annealed, backward", estimate(&backward)),
        ("Gaussian modes", closed(gaussian)),
        ("with Onsager's reaction", closed(onsager)),
    ];
    for (name, [value, remark]) in rows {
        table.add_row([name.to_string(), value, remark]);
    }
    say(table)?;
    let (lower, upper) = (bracket.lower, bracket.upper);
    say(format_args!(
        "bracket in expectation: {lower:.4} ± {:.4} to {upper:.4} ± {:.4} ({})",
        forward.bound_se,
        backward.bound_se,
        if bracket.open { "open" } else { "closed" }
    ))?;
    warnings.iter().try_for_each(|warning| say(format_args!("warning: {warning}")))
}
