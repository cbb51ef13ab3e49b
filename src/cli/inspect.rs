//! `inspect`: what the theory says of a machine, or of a training.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use super::args::{Common, Images, Labels, fits, folder};
use super::given::{Given, given};
use super::machine::{Machine, MachineArgs};
use super::say as line;
use super::table::{PROSE, table, wrapped};
use crate::inspect::{self, Inspection, Likelihood, LogPartition, Methods, Options, Page, Section, Training};
use crate::lab;
use crate::machine_file::{Layers, Stored, Updates};
use crate::memory::Bytes;
use crate::rbm::estimate::Effort;
use crate::rbm::{Now, exact};
use anyhow::{Result, bail};
use clap::Args;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(Args)]
pub(super) struct InspectArgs {
    #[command(flatten)]
    machine: MachineArgs,
    #[command(flatten)]
    pub(super) common: Common,
    #[command(flatten)]
    images: Images,
    #[command(flatten)]
    labels: Labels,
    /// Folder for a page with figures and inspect.json; without it nothing is written.
    #[arg(long)]
    out: Option<PathBuf>,
    /// A singular value counts as an outlier at an edge p-value below this.
    #[arg(long, default_value_t = 0.01)]
    level: f64,
    /// Leaves ln Z out; chains then start from independent units.
    #[arg(long)]
    no_annealing: bool,
}

/// ln Z in about as long as the rest takes.
const EFFORT: Effort = Effort { chains: 200, betas: 500, burn: 0, within: 0.2, rounds: 1, time: None };

/// What was found at one β.
struct Found {
    machine: Machine,
    inspection: Inspection,
    methods: Option<Methods>,
    likelihood: Option<Likelihood>,
    training: Option<Training>,
}

pub(super) fn inspect(args: &InspectArgs) -> Result<bool> {
    let common = &args.common;
    if !(args.level > 0.0 && args.level < 1.0) {
        bail!("--level {}: a probability between 0 and 1 is needed", args.level);
    }
    let betas = &args.machine.beta;
    if let Some(twice) = (1..betas.len()).find(|at| betas[..*at].contains(&betas[*at])) {
        bail!("--beta {}: given twice", betas[twice]);
    }
    let mut updates = if args.machine.all() { Some(args.machine.updates()?) } else { None };
    let stored = match &mut updates {
        Some(updates) => MachineArgs::update(updates, updates.numbers().len() - 1)?,
        None => args.machine.stored(Layers::Ask)?,
    };
    let (n, m) = (stored.machine.visible, stored.machine.hidden);
    let [rows, columns] = [n, m].map(Bytes::from);
    let smaller = Bytes::from(n.min(m));
    // W in several precisions, copies for shuffling and modes, squares of each layer for rotations
    // and Newton's method, which larger layers go without.
    let [high, wide] = [n, m].map(|size| Bytes::from(size.min(inspect::LARGEST)));
    fits(&format!("a machine of {n} x {m} units"), &[], |_| {
        Bytes(128) * rows * columns + Bytes(64) * smaller * smaller + Bytes(24) * (high * high + wide * wide)
    })?;
    let held = Bytes(64) * rows * columns;
    fits("the machine at every --beta", &[("--beta", betas.len())], |sizes| held * sizes[0])?;
    let machines = betas.iter().map(|beta| args.machine.at(&stored, *beta)).collect::<Result<Vec<Machine>>>()?;
    let given = given(&args.images, &args.labels, common.seed(), &stored)?;
    if let Some(updates) = &mut updates {
        of_one_machine(args, updates, &stored)?;
    }
    let _made = args.out.as_deref().map(folder).transpose()?;
    common.start()?;
    let mut results = Vec::new();
    for machine in machines {
        let mut found = one(common, args, machine, given.as_ref())?;
        if let Some(updates) = &mut updates {
            found.training = Some(along(common, args, updates, &found)?);
        }
        results.push(found);
    }
    let mut objects: Vec<Value> =
        results.iter().map(|found| json_of(common, args, found, given.as_ref())).collect::<Result<_>>()?;
    if let Some(out) = &args.out {
        for (found, object) in results.iter().zip(&objects) {
            let dir = if betas.len() == 1 { out.clone() } else { out.join(format!("beta{}", found.machine.beta)) };
            write(common, args, (found, object), given.as_ref(), &dir)?;
        }
    }
    if let (Some(out), true) = (&args.out, betas.len() > 1) {
        let pages = betas.iter().map(|beta| (format!("β = {beta}"), format!("beta{beta}/index.html"))).collect();
        let page = Page { pages, ..page(common, args, &results[0], given.as_ref(), betas) };
        inspect::write(out, &page, &format!("{:#}", json!({ "results": objects })))?;
    }
    if common.json() {
        let object = if objects.len() == 1 { objects.remove(0) } else { json!({ "results": objects }) };
        line(object)?;
        return Ok(true);
    }
    for (at, found) in results.iter().enumerate() {
        if at == 0 {
            read(found, given.as_ref()).iter().try_for_each(say)?;
        }
        if betas.len() > 1 {
            say(format_args!("\nβ = {}", found.machine.beta))?;
        }
        line("")?;
        sections(found, given.as_ref(), args.level)
            .iter()
            .chain([&inspect::claims(&found.inspection)])
            .try_for_each(print)?;
    }
    if let Some(out) = &args.out {
        say(out.join("index.html").display())?;
    }
    Ok(true)
}

/// One machine at one β.
fn one(common: &Common, args: &InspectArgs, machine: Machine, given: Option<&Given>) -> Result<Found> {
    let progress = common.progress();
    let methods = if args.no_annealing {
        None
    } else {
        let key = |purpose: &str| lab::key(common.seed(), &["inspect", purpose]);
        let found = inspect::Given { enumerate: true, ..inspect::Given::default() };
        let tell = |now: Now<'_>| progress.at(now.what, now.share);
        Some(inspect::methods(&machine.rbm, machine.constant, found, EFFORT, key, tell)?)
    };
    progress.now("spectrum, modes, chains");
    let start = methods.as_ref().map(|methods| methods.estimates.samples.clone());
    let data = given.map(Given::data);
    let options = options(common, args, machine.beta);
    let inspection = inspect::inspect(&machine.stored.machine, &machine.rbm, start, data, options)?;
    let log_partition = match &methods {
        Some(methods) => Some(methods.best()),
        // Needed for likelihoods only.
        None => given.and_then(|_| exact::log_partition(&machine.rbm)).map(|exact| {
            let value = exact + machine.constant;
            LogPartition { value, between: [value; 2] }
        }),
    };
    let likelihood = match (given, log_partition) {
        (Some(given), Some(log_partition)) if given.impossible.is_none() => {
            Some(given.likelihood(&machine, log_partition))
        }
        _ => None,
    };
    Ok(Found { machine, inspection, methods, likelihood, training: None })
}

fn options(common: &Common, args: &InspectArgs, beta: f64) -> Options {
    Options { beta, level: args.level, seed: common.seed() }
}

/// The training that ends with what was found.
fn along(common: &Common, args: &InspectArgs, updates: &mut Updates, found: &Found) -> Result<Training> {
    let progress = common.progress();
    let mut training = Training::default();
    let numbers = updates.numbers().to_vec();
    let beta = found.machine.beta;
    let last = &found.machine.stored;
    for (at, update) in numbers.iter().enumerate() {
        let share = at as f64 / numbers.len() as f64;
        progress.at(&format!("update {update}, {} of {}", at + 1, numbers.len()), share);
        // A run that goes on elsewhere may have replaced its last state since that was read.
        let stored = if at + 1 == numbers.len() { last.clone() } else { MachineArgs::update(updates, at)? };
        let machine = args.machine.at(&stored, beta)?;
        let leading = found.inspection.vectors.first().map(Vec::as_slice).unwrap_or_default();
        let options = options(common, args, beta);
        training.add(*update, (&stored.machine, &machine.rbm), machine.constant, leading, options)?;
    }
    training.cross();
    Ok(training)
}

/// Refuses a training whose updates cannot be read or are not of one machine, before any work.
fn of_one_machine(args: &InspectArgs, updates: &mut Updates, last: &Stored) -> Result<()> {
    for at in 0..updates.numbers().len() - 1 {
        let stored = MachineArgs::update(updates, at)?;
        let (update, path) = (updates.numbers()[at], args.machine.machine.display());
        let sizes = |stored: &Stored| (stored.visible(), stored.hidden());
        let ((n, m), (rows, columns)) = (sizes(&stored), sizes(last));
        let remedy = "inspect one of them with --update N";
        if (n, m) != (rows, columns) {
            bail!("{path}: update {update} has {n} x {m} units, the last one {rows} x {columns}: {remedy}");
        }
        if stored.fixed != last.fixed {
            bail!("{path}: update {update} has infinite biases of other units than the last one: {remedy}");
        }
    }
    Ok(())
}

/// What was read and assumed.
fn read(found: &Found, given: Option<&Given>) -> Vec<String> {
    let last = found.training.as_ref().and_then(|training| training.updates.last());
    let last =
        last.map(|last| format!("all numbers but those of the training are of update {}, the last one", last.update));
    found.machine.lines().chain(given.map(Given::lines).unwrap_or_default()).chain(last).collect()
}

fn sections(found: &Found, given: Option<&Given>, level: f64) -> Vec<Section> {
    let Found { inspection, methods, likelihood, training, .. } = found;
    let likelihood = given.map(|given| likelihood.ok_or_else(|| no_likelihood(Some(given))));
    let more =
        inspect::More { methods: methods.as_ref(), likelihood: likelihood.as_ref(), training: training.as_ref() };
    inspect::sections(inspection, level, more)
}

fn json_of(common: &Common, args: &InspectArgs, found: &Found, given: Option<&Given>) -> Result<Value> {
    let Found { machine, inspection, methods, likelihood, training } = found;
    let stored = &machine.stored;
    let mut object = serde_json::to_value(inspection)?;
    let mut more = json!({
        "version": env!("CARGO_PKG_VERSION"), "seed": common.seed(), "level": args.level, "visible": stored.visible(),
        "hidden": stored.hidden(), "units": stored.units, "beta": machine.beta, "stored": machine.json(),
        "log_partition": methods.as_ref().map(Methods::shown), "log_likelihood": likelihood, "notes": stored.notes,
    });
    if let Some(given) = given {
        more["data"] = json!({
            "name": given.samples.name, "samples": given.samples.states.rows(), "classes": given.samples.class_count(),
            "notes": given.samples.notes,
        });
    }
    if let (Value::Object(object), Value::Object(more)) = (&mut object, more) {
        object.extend(more);
        if let Value::Object(training) = serde_json::to_value(training)? {
            object.extend(training);
        }
    }
    if methods.is_none() {
        object["why"]["log_partition"] = json!("left out by --no-annealing");
    }
    if likelihood.is_none() {
        object["why"]["log_likelihood"] = json!(no_likelihood(given));
    }
    Ok(object)
}

fn no_likelihood(given: Option<&Given>) -> String {
    match given {
        None => "give samples with --data".into(),
        Some(given) => given.impossible.clone().unwrap_or_else(|| format!("no exact ln Z: {}", inspect::no_exact())),
    }
}

/// The head of a page.
fn page<'a>(common: &Common, args: &InspectArgs, found: &Found, given: Option<&Given>, betas: &[f64]) -> Page<'a> {
    let path = &args.machine.machine;
    let betas: Vec<String> = betas.iter().map(f64::to_string).collect();
    Page {
        name: path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned()),
        meta: format!(
            "rbm-landscape {} · seed {} · β = {}",
            env!("CARGO_PKG_VERSION"),
            common.seed(),
            betas.join(", ")
        ),
        read: read(found, given),
        pages: Vec::new(),
        sections: &[],
        applies: Vec::new(),
        figures: Vec::new(),
    }
}

/// Writes the page with its figures and numbers.
fn write(
    common: &Common,
    args: &InspectArgs,
    (found, object): (&Found, &Value),
    given: Option<&Given>,
    dir: &Path,
) -> Result<()> {
    let stored = &found.machine.stored;
    let shape = (stored.machine.visible, stored.machine.hidden);
    // Without fixed units, a picture has its own lines and columns, or is a square.
    let side = (1..=stored.visible()).find(|side| side * side >= stored.visible()).unwrap_or(1);
    let square = (side * side == stored.visible() && side > 2).then_some((side, side));
    let known = given.and_then(|given| given.samples.picture);
    let picture = if stored.visible() == shape.0 { known.or(square) } else { None };
    let figures = inspect::figures(
        &found.inspection,
        (shape, found.machine.beta),
        given.map(Given::data),
        picture,
        found.training.as_ref(),
    );
    let drawn = figures.iter().map(|figure| Ok((figure, figure.to_svgs()?))).collect::<Result<_>>()?;
    let lines = sections(found, given, args.level);
    let head = page(common, args, found, given, &[found.machine.beta]);
    let page = Page { sections: &lines, applies: inspect::titled(&found.inspection.applies), figures: drawn, ..head };
    Ok(inspect::write(dir, &page, &format!("{object:#}"))?)
}

/// A line, or several as wide as the terminal; what goes on is indented.
fn say(text: impl std::fmt::Display) -> Result<()> {
    let text = text.to_string();
    let own = text.len() - text.trim_start_matches(' ').len();
    wrapped(&text, ("", &" ".repeat(own + 2)), Some(PROSE)).iter().try_for_each(line)
}

fn print(section: &Section) -> Result<()> {
    let Section { title, lines, table: rows, notes } = section;
    say(format_args!("{title}{}", if lines.is_empty() && rows.is_none() { "" } else { ":" }))?;
    lines.iter().try_for_each(|line| say(format_args!("  {line}")))?;
    if let Some(rows) = rows {
        let mut drawn = table(rows.head.iter(), Some(PROSE));
        drawn.add_rows(&rows.rows);
        line(drawn)?;
    }
    notes.iter().try_for_each(|line| say(format_args!("  {line}")))
}
