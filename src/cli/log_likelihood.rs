//! `log-likelihood`: how likely samples are under a machine.

use super::args::Labels;
use super::given::{Given, given, likelihood};
use super::log_partition::{LogPartitionArgs, Sized, of_beta, sized};
use super::machine::Machine;
use super::say;
use super::table::{PROSE, table};
use crate::data::samples::Samples;
use crate::inspect::{self, Likelihood, Methods};
use crate::lab;
use crate::math::shown;
use crate::rbm::Now;
use crate::rbm::marginal::log_weights;
use anyhow::{Result, bail};
use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

#[derive(Args)]
pub(super) struct LogLikelihoodArgs {
    #[command(flatten)]
    pub(super) log_partition: LogPartitionArgs,
    #[command(flatten)]
    labels: Labels,
}

/// One set of samples, and its classes by themselves.
#[derive(Serialize)]
struct Set {
    name: String,
    #[serde(flatten)]
    likelihood: Likelihood,
    by_class: Vec<Class>,
}

/// The samples with one label.
#[derive(Serialize)]
struct Class {
    label: f64,
    #[serde(flatten)]
    likelihood: Likelihood,
}

pub(super) fn log_likelihood(args: &LogLikelihoodArgs) -> Result<bool> {
    let of = &args.log_partition;
    let common = &of.common;
    if of.images.data.is_none() {
        bail!("--data: the samples are missing; give `mnist`, a folder of IDX files, or a file of samples x units");
    }
    let Sized { stored, effort, no_modes } = sized(of)?;
    let Some(first) = given(&of.images, &args.labels, common.seed(), &stored)? else {
        return Ok(true); // refused above
    };
    let mut sets = vec![first];
    if sets[0].held_back {
        let mut training = Given::of(
            {
                let (set, notes) = of.images.dataset(&args.labels, common.seed())?;
                let mut samples = Samples::training(&set, stored.visible())?;
                samples.notes.extend(notes);
                samples
            },
            &stored,
        );
        training.held_back = true;
        sets.push(training);
    }
    if let Some(why) = sets.iter().find_map(|set| set.impossible.as_ref()) {
        bail!("{why}");
    }
    common.start()?;
    let key = |purpose: &str| lab::key(common.seed(), &["log-partition", purpose]);
    let mut results = Vec::new();
    for (at, beta) in of.machine.beta.iter().enumerate() {
        let read = of.machine.at(&stored, *beta)?;
        let data = Some(&sets[sets.len() - 1].samples.states);
        let from = inspect::Given { data, enumerate: !of.no_exact, no_modes: no_modes.clone() };
        let progress = common.progress();
        let of_beta = of_beta(&of.machine.beta, at);
        let tell = |now: Now<'_>| progress.at(&format!("{of_beta}{}", now.what), now.share);
        let methods = inspect::methods(&read.rbm, read.constant, from, effort, key, tell)?;
        drop(progress); // its line ends before results are printed
        let found: Vec<Set> = sets.iter().map(|set| of_set(set, &read, &methods)).collect();
        if common.json() {
            results.push(json_of(&read, &methods, &found, &sets)?);
        } else {
            if at == 0 {
                read.say()?;
                sets.iter().flat_map(Given::lines).try_for_each(say)?;
            }
            if of.machine.beta.len() > 1 {
                say(format_args!("β = {beta}"))?;
            }
            print(&methods, &found)?;
        }
    }
    if common.json() {
        let one = if results.len() == 1 { results.pop() } else { None };
        say(one.unwrap_or_else(|| json!({ "results": results })))?;
    }
    Ok(true)
}

fn of_set(set: &Given, read: &Machine, methods: &Methods) -> Set {
    let weights = log_weights(&read.rbm, &set.samples.states);
    let of = |weights: &[f64]| likelihood(weights, read, methods.best());
    let classes = set.samples.classes.as_deref().unwrap_or_default();
    let of_class = |class: usize| {
        let own = weights.iter().zip(classes).filter(|(_, own)| usize::from(**own) == class);
        let likelihood = of(&own.map(|(weight, _)| *weight).collect::<Vec<_>>());
        Class { label: set.samples.labels[class], likelihood }
    };
    Set {
        name: set.samples.name.clone(),
        likelihood: of(&weights),
        by_class: (0..set.samples.labels.len()).map(of_class).collect(),
    }
}

fn json_of(read: &Machine, methods: &Methods, found: &[Set], sets: &[Given]) -> Result<Value> {
    let lines: Vec<String> = sets.iter().flat_map(Given::lines).collect();
    let notes = [&read.stored.notes[..], &lines].concat();
    Ok(json!({
        "visible": read.stored.visible(), "hidden": read.stored.hidden(), "beta": read.beta, "stored": read.json(),
        "notes": notes, "log_likelihood": found[0], "sets": found,
        "log_partition": serde_json::to_value(methods.shown())?,
    }))
}

fn print(methods: &Methods, found: &[Set]) -> Result<()> {
    let best = methods.best();
    match methods.exact {
        Some(_) => say(format_args!("ln Z = {}, exact", shown(best.value, 6)))?,
        None => {
            let state = methods.verdict();
            say(format_args!("ln Z = {}; {state}", shown(best.value, 4)))?;
            methods.warnings().iter().try_for_each(say)?;
        }
    }
    let mut table = table(["samples", "number", "ln p(v), nats", "per unit", "by the interval of ln Z"], Some(PROSE));
    let row = |name: String, one: &Likelihood| {
        let error = one.se.map_or_else(String::new, |se| format!(" ± {}", shown(se, 3)));
        let [low, high] = one.between;
        let between = if low == high { "exact".into() } else { format!("{} to {}", shown(low, 3), shown(high, 3)) };
        [name, one.samples.to_string(), format!("{}{error}", shown(one.mean, 3)), shown(one.per_unit, 5), between]
    };
    for set in found {
        table.add_row(row(set.name.clone(), &set.likelihood));
        set.by_class.iter().for_each(|class| {
            table.add_row(row(format!("label {}", class.label), &class.likelihood));
        });
    }
    say(table)
}
