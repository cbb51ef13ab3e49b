//! `inspect`: what the theory says of a machine.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use super::args::{Common, fits};
use super::machine::MachineArgs;
use super::say as line;
use crate::inspect::{self, Annealing, Inspection, Methods, Mode, Options};
use crate::lab;
use crate::lab::Scale;
use crate::machine_file::Layers;
use crate::memory::Bytes;
use crate::rbm::exact;
use anyhow::{Result, bail};
use clap::Args;
use serde_json::{Value, json};

#[derive(Args)]
pub(super) struct InspectArgs {
    #[command(flatten)]
    machine: MachineArgs,
    /// A singular value counts as an outlier at an edge p-value below this.
    #[arg(long, default_value_t = 0.01)]
    level: f64,
    /// Leaves ln Z by annealing out; chains then start from independent units.
    #[arg(long)]
    no_annealing: bool,
}

/// Annealing that takes about as long as the rest.
const ANNEALING: Annealing = Annealing { chains: 100, betas: 1000, burn: 200 };

pub(super) fn inspect(common: &Common, args: &InspectArgs) -> Result<bool> {
    if !(args.level > 0.0 && args.level < 1.0) {
        bail!("--level {}: a probability between 0 and 1 is needed", args.level);
    }
    if common.out.is_some() {
        bail!("--out: inspect writes no files; take its numbers with --json");
    }
    if common.data != "mnist" || common.threshold != 128 || common.scale != Scale::Quick {
        bail!("--data, --threshold, --scale: inspect looks at the machine alone; leave them out");
    }
    let read = args.machine.read(Layers::Ask)?;
    let machine = &read.stored.machine;
    let (n, m) = (machine.visible, machine.hidden);
    let [rows, columns] = [n, m].map(Bytes::from);
    let smaller = Bytes::from(n.min(m));
    // W in several precisions, copies for shuffling and modes, squares of each layer for rotations
    // and Newton's method, which larger layers go without.
    let [high, wide] = [n, m].map(|size| Bytes::from(size.min(inspect::LARGEST)));
    fits(&format!("a machine of {n} x {m} units"), &[], |_| {
        Bytes(128) * rows * columns + Bytes(64) * smaller * smaller + Bytes(24) * (high * high + wide * wide)
    })?;
    common.start()?;
    let progress = common.progress();
    let methods = if args.no_annealing {
        None
    } else {
        progress("ln Z");
        let key = |purpose: &str| lab::key(common.seed(), &["inspect", purpose]);
        Some(inspect::methods(&read.rbm, read.constant, ANNEALING, None, key)?)
    };
    progress("spectrum, modes, chains");
    let options = Options { beta: args.machine.beta, level: args.level, seed: common.seed() };
    let start = methods.as_ref().map(|methods| methods.states.clone());
    let found = inspect::inspect(machine, start, options)?;
    drop(progress);
    if common.json {
        let mut object = serde_json::to_value(&found)?;
        let stored = &read.stored;
        let more = json!({
            "visible": stored.visible(), "hidden": stored.hidden(), "units": stored.units, "beta": args.machine.beta,
            "stored": read.json(), "log_partition": methods.as_ref().map(log_partition), "notes": stored.notes,
        });
        if let (Value::Object(object), Value::Object(more)) = (&mut object, more) {
            object.extend(more);
        }
        if methods.is_none() {
            object["why"]["log_partition"] = json!("left out by --no-annealing");
        }
        line(object)?;
        return Ok(true);
    }
    read.lines().try_for_each(say)?;
    print(&found, args)?;
    if let Some(methods) = &methods {
        print_log_partition(methods)?;
    }
    Ok(true)
}

fn log_partition(methods: &Methods) -> Value {
    let Methods { exact, forward, backward, bracket, gaussian, onsager, .. } = methods;
    let whys: serde_json::Map<String, Value> = [
        ("exact", exact.is_none().then(no_exact)),
        ("gaussian", gaussian.clone().err()),
        ("onsager", onsager.clone().err()),
    ]
    .into_iter()
    .filter_map(|(key, why)| Some((key.to_string(), json!(why?))))
    .collect();
    json!({
        "exact": exact, "ais": forward, "reverse_ais": backward, "bracket": bracket, "gaussian": gaussian.as_ref().ok(),
        "onsager": onsager.as_ref().ok(), "warnings": methods.warnings(), "why": whys,
    })
}

fn no_exact() -> String {
    format!("both layers have more than {} units", exact::MOST_UNITS)
}

/// A number in few columns; "-" where there is none.
fn short(value: Option<f64>) -> String {
    match value {
        None => "-".into(),
        Some(x) if x != 0.0 && !(0.001..1000.0).contains(&x.abs()) => format!("{x:.2e}"),
        Some(x) if x.abs() < 0.1 => format!("{x:.5}"),
        Some(x) => format!("{x:.3}"),
    }
}

/// A line, or several of at most 80 columns; what goes on is indented.
fn say(text: impl std::fmt::Display) -> Result<()> {
    let text = text.to_string();
    let own = text.len() - text.trim_start_matches(' ').len();
    let next = " ".repeat(own + 2);
    let options = textwrap::Options::new(80).subsequent_indent(&next).break_words(false);
    textwrap::wrap(&text, options.word_splitter(textwrap::WordSplitter::NoHyphenation)).iter().try_for_each(line)
}

/// A probability; those below what its law resolves are all one.
fn chance(p: Option<f64>) -> String {
    if p.is_some_and(|p| p < 1e-15) { "below 1e-15".into() } else { short(p) }
}

fn print(found: &Inspection, args: &InspectArgs) -> Result<()> {
    let Inspection { spectrum, rotation, modes, non_converging, onsager, saturated, uncoupled, why, .. } = found;
    let [low, high] = spectrum.sigma_interval.map_or([None; 2], |interval| interval.map(Some));
    line("")?;
    say(format_args!("Spectrum: σ = {} ({} to {}, 95 %)", short(spectrum.sigma), short(low), short(high)))?;
    say(format_args!(
        "  bulk {} to {}; shape of the bulk p = {}",
        short(spectrum.edge_low),
        short(spectrum.edge_high),
        chance(spectrum.shape_p_value)
    ))?;
    say(format_args!(
        "  largest value p = {}, with entries in random order p = {}",
        chance(spectrum.edge_p_value),
        chance(spectrum.shuffled_p_value)
    ))?;
    say(format_args!("  {} outliers at level {}; {} values are zero", spectrum.outliers, args.level, spectrum.zeros))?;
    for (at, lambda) in spectrum.outlier_lambdas.iter().enumerate().take(8) {
        let (strength, error) = (spectrum.planted_strengths[at], spectrum.planted_errors[at]);
        say(format_args!("  outlier {lambda:.4}: planted strength {} ± at most {}", short(strength), short(error)))?;
    }
    let ratio = rotation.js_divergence.zip(rotation.js_floor).map(|(js, floor)| js / floor);
    say("Rotation (1 for random directions):")?;
    say(format_args!("  divergence / floor {}", short(ratio)))?;
    say(format_args!(
        "  leading mode: IPR / Haar {}, overlap with even {}",
        short(rotation.leading_ipr_over_haar),
        short(rotation.even_overlap)
    ))?;
    say("Modes: autocorrelation of x over one sweep")?;
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED);
    table.set_header(["mode", "λ", "4 − βλ", "Gauss", "Onsager", "exact", "measured"]);
    for Mode {
        index,
        lambda,
        rate_langevin,
        outlier,
        autocorrelation_gaussian,
        autocorrelation_onsager,
        autocorrelation_exact,
        autocorrelation_measured,
        ..
    } in modes
    {
        let name = format!("{index}{}", if *outlier == Some(true) { "*" } else { "" });
        let measured =
            autocorrelation_measured.map_or_else(|| "-".into(), |seen| format!("{:.3} ± {:.3}", seen.mean, seen.se));
        table.add_row([
            name,
            format!("{lambda:.4}"),
            short(Some(*rate_langevin)),
            short(*autocorrelation_gaussian),
            short(*autocorrelation_onsager),
            short(*autocorrelation_exact),
            measured,
        ]);
    }
    line(table)?;
    if spectrum.outliers > 0 {
        say("  * outlier")?;
    }
    say("Modes that do not converge:")?;
    say(format_args!("  λ > 4/β (Gaussian): {}", non_converging.gaussian))?;
    let gains: Vec<String> = non_converging.mean_field_gain.iter().map(|gain| format!("{gain:.4}")).collect();
    let count = |count: Option<usize>| count.map_or_else(|| "-".into(), |count| count.to_string());
    say(format_args!(
        "  mean-field gain above 1: {}; largest gains {}",
        count(non_converging.bias_aware),
        if gains.is_empty() { "-".into() } else { gains.join(", ") }
    ))?;
    say(format_args!("  planted strength > 4/β (Onsager): {}", count(non_converging.onsager)))?;
    if let Some(onsager) = onsager {
        say(format_args!(
            "Onsager: A = {:.4}, B = {:.4}, (βs)⁴NM/256 = {:.4}",
            onsager.visible, onsager.hidden, onsager.glass_parameter
        ))?;
    }
    say(format_args!(
        "Units that no chain changed: {} visible, {} hidden; without couplings: {}, {}",
        saturated.visible, saturated.hidden, uncoupled.visible, uncoupled.hidden
    ))?;
    say("Claims that apply:")?;
    for answer in found.applies.iter().filter(|answer| answer.applies) {
        say(format_args!("  {} {}: {}", answer.claim, answer.regime, answer.why))?;
    }
    let whys = [&spectrum.why, &rotation.why, why];
    whys.iter().flat_map(|why| &why.0).try_for_each(|(what, why)| say(format_args!("note: {what}: {why}")))
}

fn print_log_partition(methods: &Methods) -> Result<()> {
    let Methods { exact, forward, backward, gaussian, onsager, .. } = methods;
    say("ln Z:")?;
    let closed = |name: &str, value: Result<f64, String>| match value {
        Ok(value) => say(format_args!("  {name} {value:.6}")),
        Err(why) => say(format_args!("  {name} -  ({why})")),
    };
    closed("exact              ", exact.ok_or_else(no_exact))?;
    say(format_args!(
        "  annealed, forward   {:.4} ± {:.4}, {} runs count as {:.0}",
        forward.mean, forward.se, forward.chains, forward.effective_samples
    ))?;
    say(format_args!(
        "  annealed, backward  {:.4} ± {:.4}, {} runs count as {:.0}",
        backward.mean, backward.se, backward.chains, backward.effective_samples
    ))?;
    closed("Gaussian modes     ", gaussian.clone())?;
    closed("Onsager's reaction ", onsager.clone())?;
    methods.warnings().iter().try_for_each(|warning| say(format_args!("warning: {warning}")))
}
