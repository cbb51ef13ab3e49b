//! The command line. The only place that prints.
#![allow(clippy::print_stdout, clippy::print_stderr)]

/// A line on standard error, lost where nobody reads it any more: the work goes on.
macro_rules! aside {
    ($($words:tt)*) => {{
        let _ = writeln!(std::io::stderr(), $($words)*);
    }};
}

use anyhow::{Context, Result, anyhow, bail};
use clap::{Args, Parser, Subcommand, ValueEnum};
use rbm_landscape::bits::States;
use rbm_landscape::calibration::{claims, journal, toolbox_page};
use rbm_landscape::claim::{Case, Variant, Verdict};
use rbm_landscape::data::{self, Dataset};
use rbm_landscape::dossier::Dossier;
use rbm_landscape::dossier::RegimeDossier;
use rbm_landscape::figure::{self, Figure};
use rbm_landscape::file::{self, NewFolder};
use rbm_landscape::lab::{self, Lab, Plan, Scale};
use rbm_landscape::linalg;
use rbm_landscape::memory::{self, Bytes};
use rbm_landscape::rbm::checkpoint::CheckpointError;
use rbm_landscape::rbm::optimiser::Optimiser;
use rbm_landscape::rbm::train::{Gradient, Method, TrainError, TrainSpec, VisibleBias};
use rbm_landscape::rbm::weights::{self, Mend, Names, Orientation, WeightsError};
use rbm_landscape::rbm::{Rbm, annealing, exact, gibbs, gibbs::Chains, mean_field};
use rbm_landscape::report::{self, RunInfo};
use rbm_landscape::stat::series::{self, Recorder};
use rbm_landscape::theorems::{CATALOGUE, Entry};
use rbm_landscape::{rbm, runner};
use serde_json::json;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

/// Verifies what is claimed about the energy landscape of Restricted Boltzmann Machines.
///
/// Without a command it runs `verify` at quick scale: every claim, its derivation, evidence and falsifiers, on MNIST.
///
/// Sizes that cannot be held in memory are refused. Linux says how much there is; elsewhere 8 GiB are assumed, unless the environment
/// variable RBM_LANDSCAPE_MEMORY says otherwise, such as 64G.
#[derive(Parser)]
#[command(name = "rbm-landscape", version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    common: Common,
}

#[derive(Args, Clone)]
struct Common {
    /// Root seed; everything random follows from it. Default: 0; for calibrate of claims the first of the block that is kept for error rates.
    #[arg(long, global = true)]
    seed: Option<u64>,
    /// Worker threads, at most four times the cores; results do not depend on them. Default: all cores.
    #[arg(long, global = true)]
    threads: Option<usize>,
    /// Folder for what the command writes. Default: report/ for verify, figures/ or figures/full/ for figures, runs/ for train, docs/ for calibrate, data/ for data pack.
    #[arg(long, global = true)]
    out: Option<PathBuf>,
    /// Print exactly one JSON object on standard output.
    #[arg(long, global = true)]
    json: bool,
    /// No progress on standard error.
    #[arg(long, global = true)]
    quiet: bool,
    /// Sizes: one to three minutes on two cores, or the paper's.
    #[arg(long, global = true, value_enum, default_value_t = ScaleArg::Quick)]
    scale: ScaleArg,
    /// Images: `mnist` (embedded), a folder with an IDX set, plain or .gz (Fashion-MNIST too), or a packed file.
    #[arg(long, global = true, default_value = "mnist")]
    data: String,
    /// A pixel of an IDX set counts as one from this value on (the embedded MNIST is binarised at 128).
    #[arg(long, global = true, default_value_t = 128)]
    threshold: u8,
}

#[derive(Clone, Copy, ValueEnum)]
enum ScaleArg {
    Quick,
    Full,
}

#[derive(Subcommand)]
enum Command {
    /// Run the claims: verdict table, report with figures. Exit code 1 when a verdict is not the expected one.
    Verify {
        /// Claims to run, such as T02; all by default.
        ids: Vec<String>,
    },
    /// List the claims.
    List,
    /// One claim: statement, derivation step by step, regimes, falsifiers, sources.
    Explain {
        /// Claim, such as T02.
        id: String,
    },
    /// Regenerate the figures: SVG and CSV. Exit code 1 when a verdict is not the expected one.
    Figures {
        /// Claims whose figures to draw; all by default.
        ids: Vec<String>,
        /// Folder that `train --out` filled, may be given several times: the machines that claims share are its runs (at full scale
        /// those of `train --preset full`), and what needs a run that is not there is left out.
        #[arg(long)]
        runs: Vec<PathBuf>,
    },
    /// Train machines; a checkpoint every epoch. Run again with the same arguments it resumes.
    Train(TrainArgs),
    /// Draw Gibbs samples from a machine: samples.npy, a picture, and how far they are independent.
    Sample(SampleArgs),
    /// ln Z of a machine: exact where one layer has at most 24 units, annealed importance sampling forward and backward,
    /// and the closed forms of the theory.
    LogPartition(LogPartitionArgs),
    /// Error rates, written to calibration.md: of the claims over many seeds (unexpected verdicts, falsifiers refuted), or of the
    /// statistical toolbox. Run again it resumes the claims' seeds.
    Calibrate(CalibrateArgs),
    /// The embedded data set.
    Data {
        #[command(subcommand)]
        command: DataCommand,
    },
}

#[derive(Subcommand)]
enum DataCommand {
    /// Pack the four official MNIST files (checked by MD5) into the embedded form.
    Pack {
        /// Folder with the four IDX files, plain or .gz.
        dir: PathBuf,
    },
}

#[derive(Args)]
struct TrainArgs {
    /// Runs at the paper's sizes: PCD-10, Adam 1e-4, batches of 500, 100 epochs, 500, 784 and 1200 hidden units with three
    /// replicas each, 3000 with one. Hours; interrupted, the same command goes on where it stopped.
    #[arg(long, value_enum, conflicts_with_all = ["hidden", "replicas", "method", "steps", "epochs", "batch", "lr", "optimiser", "init_std", "visible_bias", "gradient"])]
    preset: Option<PresetArg>,
    /// Go on from the last state of this run, of the same seed, size and batch, with other arguments, such as more --steps; --epochs counts
    /// its epochs too. One machine: one size, one replica.
    #[arg(long, value_name = "RUN", conflicts_with = "preset")]
    from: Option<PathBuf>,
    /// Hidden units; a comma-separated list trains one machine each.
    #[arg(long, value_delimiter = ',', default_value = "500")]
    hidden: Vec<usize>,
    /// Independent replicas of each size.
    #[arg(long, default_value_t = 1)]
    replicas: usize,
    /// Only the replica of this number, from 0, whatever --replicas says: another machine can make it, and its folders are put beside the
    /// others. Of a preset, sizes with fewer replicas are left out.
    #[arg(long, conflicts_with = "replicas")]
    replica: Option<usize>,
    /// Negative phase: persistent chains, or chains restarted at the data.
    #[arg(long, value_enum, default_value_t = MethodArg::Pcd)]
    method: MethodArg,
    /// Gibbs sweeps an update.
    #[arg(long, default_value_t = 1)]
    steps: usize,
    /// Passes over the training images.
    #[arg(long, default_value_t = 10)]
    epochs: usize,
    /// Images an update, also the number of chains.
    #[arg(long, default_value_t = 500)]
    batch: usize,
    /// Learning rate.
    #[arg(long, default_value_t = 1e-4)]
    lr: f32,
    /// Optimiser.
    #[arg(long, value_enum, default_value_t = OptimiserArg::Adam)]
    optimiser: OptimiserArg,
    /// Standard deviation of the initial weights and biases.
    #[arg(long, default_value_t = 0.01)]
    init_std: f64,
    /// Initial visible biases: normal like the weights, or the logit of the pixel means.
    #[arg(long, value_enum, default_value_t = BiasArg::Normal)]
    visible_bias: BiasArg,
    /// Gradient in W, a, b, or in the parameters of centred units.
    #[arg(long, value_enum, default_value_t = GradientArg::Plain)]
    gradient: GradientArg,
}

/// Which machine, and how its file is read.
#[derive(Args)]
struct MachineArgs {
    /// Run folder made by `train`, or a weight file: .npz, .npy (W alone), .safetensors. W is N x M (visible by hidden);
    /// the other order is recognised by the lengths of the biases.
    machine: PathBuf,
    /// The stored W has hidden units as rows.
    #[arg(long, conflicts_with = "no_transpose")]
    transpose: bool,
    /// The stored W has visible units as rows.
    #[arg(long)]
    no_transpose: bool,
    /// Name of the array that holds W.
    #[arg(long)]
    weights_name: Option<String>,
    /// Name of the array that holds a.
    #[arg(long)]
    visible_bias_name: Option<String>,
    /// Name of the array that holds b.
    #[arg(long)]
    hidden_bias_name: Option<String>,
    /// Inverse temperature: multiplies W, a and b.
    #[arg(long, default_value_t = 1.0)]
    beta: f64,
}

#[derive(Args)]
struct SampleArgs {
    #[command(flatten)]
    machine: MachineArgs,
    /// Independent chains; the last state of each is a sample.
    #[arg(long, default_value_t = 64)]
    chains: usize,
    /// Sweeps v, h, v of every chain, from independent units at the visible biases. The second half is diagnosed.
    #[arg(long, default_value_t = 1000)]
    steps: usize,
    /// Leading modes whose autocorrelation is reported, at most min(N, M); default: 5, or all of fewer.
    #[arg(long)]
    modes: Option<usize>,
    /// Pixels per line of the picture, at most N; default: the root of N.
    #[arg(long)]
    width: Option<usize>,
}

#[derive(Args)]
struct LogPartitionArgs {
    #[command(flatten)]
    machine: MachineArgs,
    /// Annealing runs.
    #[arg(long, default_value_t = 500)]
    chains: usize,
    /// Temperatures of a run.
    #[arg(long, default_value_t = 1000)]
    betas: usize,
    /// Sweeps of the whole machine before the backward runs.
    #[arg(long, default_value_t = 1000)]
    burn: usize,
}

#[derive(Args)]
struct CalibrateArgs {
    /// Claims on trial, such as T02; all by default.
    #[arg(conflicts_with = "toolbox")]
    ids: Vec<String>,
    /// The toolbox instead of the claims: tests, intervals, laws of random matrices.
    #[arg(long)]
    toolbox: bool,
    /// Number of root seeds to run, starting at --seed, at most 1,000,000 (default 200; 0 only rebuilds the page from stored results), as many at
    /// once as there are threads, each with the memory of `verify`. Of the toolbox null draws per test (default 2000), and a tenth as many
    /// alternative draws.
    #[arg(long)]
    seeds: Option<usize>,
    /// So many of the seeds also train machines.
    #[arg(long, default_value_t = 60, conflicts_with = "toolbox")]
    training_seeds: usize,
    /// Of the toolbox: verdicts drawn per asymptotic law, for its size in the tail (default 20,000; at the level 1e-6 ten million are needed).
    #[arg(long, requires = "toolbox")]
    tails: Option<usize>,
}

#[derive(Clone, Copy, ValueEnum)]
enum GradientArg {
    Plain,
    Centred,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum PresetArg {
    /// The paper's sizes.
    Full,
}

#[derive(Clone, Copy, ValueEnum)]
enum MethodArg {
    Pcd,
    Cd,
}

#[derive(Clone, Copy, ValueEnum)]
enum OptimiserArg {
    Adam,
    Sgd,
}

#[derive(Clone, Copy, ValueEnum)]
enum BiasArg {
    Normal,
    Data,
}

/// Memory of `verify` at quick scale, of which T08 by itself was measured to take 0.43 GB on two threads; all claims share its machines.
const QUICK_BYTES: u128 = 1 << 30;

/// Exit codes: 0 done and as expected, 1 a verdict differs from the expected one, 2 it could not run.
fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            // A reader that closed the pipe early is no failure.
            if error
                .chain()
                .any(|e| e.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe))
            {
                return ExitCode::SUCCESS;
            }
            aside!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Prints a line; a closed pipe is an error here, not a panic.
fn say(line: impl std::fmt::Display) -> Result<()> {
    Ok(writeln!(std::io::stdout().lock(), "{line}")?)
}

fn run(cli: Cli) -> Result<bool> {
    let common = cli.common;
    common.threads()?;
    match cli.command.unwrap_or(Command::Verify { ids: Vec::new() }) {
        Command::Verify { ids } => verify(&common, &ids),
        Command::List => list(&common),
        Command::Explain { id } => explain(&common, &id),
        Command::Figures { ids, runs } => figures(&common, &ids, &runs),
        Command::Train(args) => train(&common, &args),
        Command::Sample(args) => sample(&common, &args),
        Command::LogPartition(args) => log_partition(&common, &args),
        Command::Calibrate(args) => calibrate(&common, &args),
        Command::Data { command: DataCommand::Pack { dir } } => pack(&common, &dir),
    }
}

impl Common {
    /// Threads asked for; 0 where that is left open.
    fn threads(&self) -> Result<usize> {
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
    fn start(&self) -> Result<()> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.threads()?).build_global();
        pool.context("starting the worker threads: give fewer with --threads")
    }

    fn scale(&self) -> Scale {
        match self.scale {
            ScaleArg::Quick => Scale::Quick,
            ScaleArg::Full => Scale::Full,
        }
    }

    fn seed(&self) -> u64 {
        self.seed.unwrap_or(0)
    }

    fn out_or(&self, default: &str) -> PathBuf {
        self.out.clone().unwrap_or_else(|| PathBuf::from(default))
    }

    fn dataset(&self) -> Result<Dataset> {
        if self.data == "mnist" {
            if self.threshold != 128 {
                bail!(
                    "--threshold {}: the embedded MNIST is binarised at 128; give --data DIR for another threshold",
                    self.threshold
                );
            }
            return Ok(Dataset::mnist()?);
        }
        let path = Path::new(&self.data);
        if path.is_file() {
            let bytes = std::fs::read(path).with_context(|| format!("{}", path.display()))?;
            let packed = Dataset::from_packed(&self.data, &bytes);
            return packed.with_context(|| {
                format!(
                    "{}: --data wants `mnist`, a folder of IDX files, or a file made by `data pack`",
                    path.display()
                )
            });
        }
        Ok(Dataset::from_idx_dir(path, self.threshold)?)
    }

    fn progress(&self) -> Box<dyn Fn(&str) + Send + Sync> {
        if self.quiet {
            Box::new(|_| {})
        } else if std::io::stderr().is_terminal() {
            let spinner = indicatif::ProgressBar::new_spinner();
            let spinner = spinner.with_finish(indicatif::ProgressFinish::AndClear);
            spinner.enable_steady_tick(std::time::Duration::from_millis(120));
            Box::new(move |line| spinner.set_message(line.to_string()))
        } else {
            let start = Instant::now();
            Box::new(move |line| aside!("[{:6.1} s] {line}", start.elapsed().as_secs_f64()))
        }
    }

    fn lab(&self) -> Result<Lab> {
        let (what, fixed) = ("the claims", verify_bytes(self.scale()));
        fits(what, &[], |_| fixed)?;
        let dataset = self.dataset()?;
        // Square matrices over the pixels: Haar rotations, covariances and their decompositions, on a few machines at once.
        let pixels = [("pixels per image", dataset.train.images.units())];
        fits(what, &pixels, |sizes| fixed + Bytes(64) * sizes[0] * sizes[0])?;
        Ok(Lab::new(Plan::new(self.scale()), self.seed(), Arc::new(dataset), self.progress()))
    }
}

/// Memory that the claims take, with some to spare: at quick scale, and the largest of single claims at full scale (docs/reproduce.md).
fn verify_bytes(scale: Scale) -> Bytes {
    match scale {
        Scale::Quick => Bytes(QUICK_BYTES),
        Scale::Full => Bytes(3 << 30),
    }
}

/// Refuses sizes that cannot be held; `needed` gives bytes for their values in the same order.
fn fits(what: &str, sizes: &[(&str, usize)], needed: impl Fn(&[Bytes]) -> Bytes) -> Result<()> {
    Ok(memory::check(what, sizes, memory::available()?, needed)?)
}

/// A folder that cannot be written is found out before the work, not after it; one that stays empty goes away again.
fn folder(out: &Path) -> Result<NewFolder> {
    NewFolder::make(out).with_context(|| format!("{}: give another folder with --out", out.display()))
}

/// What the command line can do about an error of a run.
fn mended(error: CheckpointError) -> anyhow::Error {
    let mend = match &error {
        CheckpointError::Io { .. } => {
            "give a folder with --out that can be written and has space left; what was saved is kept"
        }
        CheckpointError::Damaged { .. } => "move the folder away to start again",
        CheckpointError::Mismatch { .. } => "resume it with the same arguments, or give another folder with --out",
        CheckpointError::Busy { .. } => "wait for it, or give another folder with --out",
        CheckpointError::NoRun { .. } => {
            "--from takes one folder that `train` filled, such as runs/hidden00500-replica00"
        }
        CheckpointError::Unusable { .. } => {
            "--runs takes folders that `train --out` filled, for --scale full with --preset full"
        }
        CheckpointError::Train(TrainError::Diverged { .. }) => "lower it with --lr; epochs that were finished are kept",
        CheckpointError::Train(_) => return error.into(),
    };
    anyhow::anyhow!("{error}: {mend}")
}

/// What the command line can do about a weight file.
fn read_with(error: WeightsError) -> anyhow::Error {
    let mend = match error.mend {
        Mend::None => return error.into(),
        Mend::Source => "give a run folder made by `train`, or a weight file",
        Mend::Save => "save W, a, b with numpy.savez (.npz), numpy.save (.npy) or as .safetensors",
        Mend::NameWeights => "name the weight matrix with --weights-name",
        Mend::NameVisibleBias => "name the visible biases with --visible-bias-name",
        Mend::NameHiddenBias => "name the hidden biases with --hidden-bias-name",
        Mend::Arrays => {
            "choose arrays with --weights-name, --visible-bias-name, --hidden-bias-name, or turn W with --transpose"
        }
        Mend::Orientation => "say --no-transpose when rows are visible units, --transpose when they are hidden ones",
    };
    anyhow::anyhow!("{error}: {mend}")
}

fn select(ids: &[String]) -> Result<Vec<&'static Entry>> {
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

fn check_all(entries: &[&Entry], lab: &Lab) -> Vec<Dossier> {
    entries.iter().map(|entry| runner::check(entry.theorem, lab)).collect()
}

/// An error where a claim gave no number or could not run.
fn refuse_invalid(dossiers: &[Dossier]) -> Result<()> {
    let invalid: Vec<String> = dossiers.iter().filter_map(Dossier::invalid).collect();
    if invalid.is_empty() { Ok(()) } else { Err(anyhow!("{}", invalid.join("; "))) }
}

/// Names on standard error what did not come out as theory expects.
fn say_unexpected(dossiers: &[Dossier]) {
    for dossier in dossiers {
        for regime in dossier.regimes.iter().filter(|one| !one.as_expected()) {
            let (id, at) = (dossier.statement.id, regime.regime);
            aside!("{id} {}: {} (expected: {}; what differs is named)", at.id, regime.found(), at.expected);
        }
    }
}

fn verify(common: &Common, ids: &[String]) -> Result<bool> {
    let start = Instant::now();
    let entries = select(ids)?;
    let out = common.out_or("report");
    let lab = common.lab()?;
    let _made = folder(&out)?;
    common.start()?;
    let dossiers = check_all(&entries, &lab);
    let figures: Vec<_> =
        entries.iter().zip(&dossiers).flat_map(|(entry, dossier)| entry.theorem.figures(dossier)).collect();
    let info = RunInfo {
        version: env!("CARGO_PKG_VERSION").into(),
        seed: common.seed(),
        scale: common.scale(),
        machine: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        threads: rayon::current_num_threads(),
        elapsed_s: start.elapsed().as_secs_f64(),
        false_alarms: dossiers.iter().flat_map(|d| &d.regimes).map(RegimeDossier::false_alarms).sum(),
        dataset: format!("{}, binarised at {}", lab.data().name, lab.data().threshold),
    };
    let pages: Vec<(&str, String)> = entries.iter().map(|entry| (entry.theorem.statement().id, entry.page())).collect();
    drop(lab); // ends the progress line
    let as_expected = dossiers.iter().all(Dossier::as_expected);
    // What was found is said before it is written, and written whether or not anybody listens.
    let said = if common.json {
        say(report::to_json(&dossiers, &figures, &info))
    } else {
        let summary = format!(
            "{} in {:.1} s; {}; report: {}",
            if as_expected { "every verdict is the expected one" } else { "a verdict is NOT the expected one" },
            info.elapsed_s,
            report::false_alarm_words(&info.false_alarms),
            out.join("index.html").display()
        );
        say(verdict_table(&dossiers)).and_then(|()| say(summary))
    };
    report::write_report(&out, &dossiers, &figures, &pages, &info)?;
    refuse_invalid(&dossiers)?;
    say_unexpected(&dossiers);
    said.map(|()| as_expected)
}

fn verdict_table(dossiers: &[Dossier]) -> comfy_table::Table {
    use comfy_table::{Cell, Color};
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED).set_header(report::VERDICT_COLUMNS);
    if std::io::stdout().is_terminal() {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    let verdicts = dossiers.iter().flat_map(|dossier| &dossier.regimes).map(|regime| regime.verdict);
    for (row, verdict) in report::verdict_table(dossiers).into_iter().zip(verdicts) {
        let colour = match verdict {
            Verdict::Holds => Color::Green,
            Verdict::Refuted => Color::Red,
            Verdict::Inconclusive | Verdict::Vacuous | Verdict::Invalid => Color::Yellow,
        };
        let at = report::VERDICT_COLUMNS.iter().position(|&column| column == "verdict");
        table.add_row(row.iter().enumerate().map(|(i, text)| {
            let cell = Cell::new(text);
            if Some(i) == at { cell.fg(colour) } else { cell }
        }));
    }
    table
}

fn list(common: &Common) -> Result<bool> {
    if common.json {
        let claims: Vec<_> = CATALOGUE
            .iter()
            .map(|entry| {
                let s = entry.theorem.statement();
                let regimes: Vec<_> =
                    s.regimes.iter().map(|r| json!({"regime": r.id, "expected": r.expected})).collect();
                json!({"id": s.id, "title": s.title, "regimes": regimes})
            })
            .collect();
        say(json!({ "claims": claims }))?;
    } else {
        for entry in CATALOGUE {
            let s = entry.theorem.statement();
            say(format_args!("{}  {}", s.id, s.title))?;
            for regime in s.regimes {
                say(format_args!("     {:<11} {} (expected: {})", regime.id, regime.title, regime.expected))?;
            }
        }
    }
    Ok(true)
}

fn explain(common: &Common, id: &str) -> Result<bool> {
    let entry = select(&[id.to_string()])?[0];
    let statement = entry.theorem.statement();
    let derivations = statement
        .regimes
        .iter()
        .map(|regime| entry.theorem.derive(Case { regime, variant: Variant::AsStated }).map(|d| (regime, d)))
        .collect::<Result<Vec<_>, _>>()?;
    if common.json {
        let shown: Vec<_> = derivations
            .iter()
            .map(|(regime, d)| {
                let steps: Vec<_> =
                    d.steps.iter().map(|s| json!({"name": s.name, "shown": s.shown, "holds": s.holds})).collect();
                json!({"regime": regime.id, "holds": d.holds(), "steps": steps})
            })
            .collect();
        let page = entry.page();
        say(json!({"id": statement.id, "title": statement.title, "page": page, "derivations": shown}))?;
        return Ok(derivations.iter().all(|(_, d)| d.holds()));
    }
    say(format_args!("{}\n", entry.page()))?;
    say(format_args!("Derivation, step by step"))?;
    // Regimes that share their derivation show it once.
    let mut shown: Vec<&rbm_landscape::symbolic::Derivation> = Vec::new();
    for (regime, derivation) in &derivations {
        if shown.contains(&derivation) {
            say(format_args!("\n[{}] as above", regime.id))?;
            continue;
        }
        say(format_args!("\n[{}]", regime.id))?;
        for (i, step) in derivation.steps.iter().enumerate() {
            say(format_args!(
                "{:3}. {} {}\n     {}",
                i + 1,
                if step.holds { "✓" } else { "✗" },
                step.name,
                step.shown
            ))?;
        }
        shown.push(derivation);
    }
    Ok(derivations.iter().all(|(_, d)| d.holds()))
}

fn figures(common: &Common, ids: &[String], runs: &[PathBuf]) -> Result<bool> {
    let entries = select(ids)?;
    let out = common.out_or(if common.scale() == Scale::Full { "figures/full" } else { "figures" });
    let mut lab = common.lab()?;
    let _made = folder(&out)?;
    common.start()?;
    if !runs.is_empty() {
        let (with_runs, notes) = lab.with_runs(runs).map_err(mended)?;
        notes.iter().for_each(|note| aside!("note: {note}"));
        lab = with_runs;
    }
    let dossiers = check_all(&entries, &lab);
    refuse_invalid(&dossiers)?;
    let drawn: Vec<(&str, Figure)> = entries
        .iter()
        .zip(&dossiers)
        .flat_map(|(entry, dossier)| entry.theorem.figures(dossier).into_iter().map(|f| (dossier.statement.id, f)))
        .collect();
    let mut written = Vec::new();
    for (_, figure) in &drawn {
        written.extend(figure.write(&out)?);
    }
    let page = out.join("README.md");
    let before = match std::fs::read_to_string(&page) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("{}: the gallery there cannot be read", page.display()));
        }
        text => text.unwrap_or_default(),
    };
    file::replace(&page, report::gallery(&drawn, &before, common.scale()).as_bytes())
        .with_context(|| format!("{}: give another folder with --out", page.display()))?;
    written.push(page);
    // A picture of a claim that did not come out as expected is drawn, and said to be one.
    let as_expected = dossiers.iter().all(Dossier::as_expected);
    say_unexpected(&dossiers);
    if common.json {
        say(json!({ "figures": written, "as_expected": as_expected }))?;
    } else {
        for path in &written {
            say(path.display())?;
        }
    }
    Ok(as_expected)
}

fn train(common: &Common, args: &TrainArgs) -> Result<bool> {
    let out = common.out_or("runs");
    if let Some(from) = &args.from {
        let one = args.hidden.len() == 1 && (args.replicas == 1 || args.replica.is_some());
        if !one {
            bail!("--from goes on from one run: give one --hidden, and --replica K or --replicas 1");
        }
        let path = out.join(rbm::checkpoint::run_name(args.hidden[0], args.replica.unwrap_or(0)));
        if from.canonicalize().is_ok_and(|from| path.canonicalize().is_ok_and(|path| path == from)) {
            bail!("{}: --from is where the new run would be: give another folder with --out", from.display());
        }
    }
    let data = common.dataset()?;
    let (images, pixels) = (data.train.images.rows(), data.train.images.units());
    for (hidden, replicas) in args.sizes() {
        args.check(hidden, replicas, (images, pixels))?;
    }
    common.start()?;
    let mut runs = Vec::new();
    for (hidden, replicas) in args.sizes() {
        let numbers: Box<dyn Iterator<Item = usize>> = match args.replica {
            Some(one) if args.preset.is_some() && one >= replicas => continue,
            Some(one) => Box::new(std::iter::once(one)),
            None => Box::new(0..replicas),
        };
        for replica in numbers {
            let spec = args.spec(hidden);
            let path = out.join(rbm::checkpoint::run_name(hidden, replica));
            let keys = |first: &TrainSpec| lab::training_keys(common.seed(), first, replica);
            let start = Instant::now();
            let (mut samples, mut epochs) = (0usize, 0usize);
            rbm::checkpoint::train_resumable(
                &path,
                &spec,
                &data.train.images,
                &keys,
                args.from.as_deref(),
                |epoch, machine| {
                    samples += data.train.images.rows();
                    if !common.quiet {
                        let top = linalg::singular_values(machine.to_f64().weights_view()).ok();
                        let lambda = top.and_then(|values| values.first().copied()).unwrap_or(f64::NAN);
                        // From the epochs of this session: an earlier one may have had another machine.
                        epochs += 1;
                        let seconds = start.elapsed().as_secs_f64();
                        let left = seconds / epochs as f64 * spec.epochs.saturating_sub(epoch as usize) as f64;
                        aside!(
                            "{}: epoch {epoch} of {}, {seconds:.1} s, about {:.0} min left of this machine, lambda_1 = {lambda:.3}",
                            path.display(),
                            spec.epochs,
                            (left / 60.0).ceil(),
                        );
                    }
                },
            )
            .map_err(mended)?;
            let seconds = start.elapsed().as_secs_f64();
            runs.push(json!({
                "path": path, "hidden": hidden, "replica": replica, "epochs": spec.epochs, "seconds": seconds,
                "samples_per_second": if seconds > 0.0 { samples as f64 / seconds } else { 0.0 },
            }));
        }
    }
    if runs.is_empty() {
        bail!("no machine to train: give --replicas 1 or more, and with --preset full a --replica below 3");
    }
    if common.json {
        say(json!({ "runs": runs }))?;
    } else {
        for run in &runs {
            say(format_args!("{} ({} epochs)", run["path"].as_str().unwrap_or_default(), run["epochs"]))?;
        }
    }
    Ok(true)
}

impl TrainArgs {
    /// (hidden units, replicas).
    fn sizes(&self) -> Vec<(usize, usize)> {
        match self.preset {
            Some(PresetArg::Full) => vec![(500, 3), (784, 3), (1200, 3), (3000, 1)],
            None => self.hidden.iter().map(|&hidden| (hidden, self.replicas)).collect(),
        }
    }

    /// Refuses what cannot be trained or held, by the name of the option.
    fn check(&self, hidden: usize, replicas: usize, (images, pixels): (usize, usize)) -> Result<()> {
        let spec = self.spec(hidden);
        spec.check(images, pixels).map_err(|error| {
            let TrainError::Spec { what, .. } = &error else { return error.into() };
            let option = match *what {
                "the number of hidden units" => format!("--hidden {hidden}"),
                "the number of sweeps" => format!("--steps {}", self.steps),
                "the batch" | "the number of chains" => format!("--batch {}", self.batch),
                "the learning rate" => format!("--lr {}", self.lr),
                "the initial standard deviation" => format!("--init-std {}", self.init_std),
                _ if self.epochs >= self.steps => format!("--epochs {}", self.epochs),
                _ => format!("--steps {}", self.steps),
            };
            anyhow::anyhow!("{option}: {error}")
        })?;
        // Besides the training: the singular values that its progress shows, and what is said of every run at the end.
        let needed = |sizes: &[Bytes]| {
            let &[hidden, batch, replicas] = sizes else { return Bytes(0) };
            let visible = Bytes::from(pixels);
            TrainSpec::bytes(visible, hidden, batch, batch) + Bytes(40) * visible * hidden + Bytes(1024) * replicas
        };
        let what = format!("a machine of {pixels} x {hidden} units");
        match self.preset {
            Some(_) => fits(&what, &[], |_| needed(&[hidden, spec.batch, replicas].map(Bytes::from))),
            None => fits(&what, &[("--hidden", hidden), ("--batch", self.batch), ("--replicas", replicas)], needed),
        }
    }

    fn spec(&self, hidden: usize) -> TrainSpec {
        let spec = TrainSpec {
            hidden,
            steps: self.steps,
            method: match self.method {
                MethodArg::Pcd => Method::Pcd,
                MethodArg::Cd => Method::Cd,
            },
            optimiser: match self.optimiser {
                OptimiserArg::Adam => Optimiser::adam(self.lr),
                OptimiserArg::Sgd => Optimiser::Sgd { rate: self.lr },
            },
            epochs: self.epochs,
            batch: self.batch,
            chains: self.batch,
            init_std: self.init_std,
            visible_bias: match self.visible_bias {
                BiasArg::Normal => VisibleBias::Normal,
                BiasArg::Data => VisibleBias::DataMean,
            },
            gradient: match self.gradient {
                GradientArg::Plain => Gradient::Plain,
                GradientArg::Centred => Gradient::Centred,
            },
        };
        match self.preset {
            Some(PresetArg::Full) => TrainSpec::paper(hidden),
            None => spec,
        }
    }
}

impl MachineArgs {
    /// The machine at its inverse temperature, and what was assumed in reading it.
    fn read(&self, open: Orientation) -> Result<(Rbm, Vec<String>)> {
        if !self.beta.is_finite() {
            bail!("--beta {}: a finite number is needed", self.beta);
        }
        let names = Names {
            weights: self.weights_name.clone(),
            visible_bias: self.visible_bias_name.clone(),
            hidden_bias: self.hidden_bias_name.clone(),
        };
        let orientation = match (self.transpose, self.no_transpose) {
            (true, _) => Orientation::Transpose,
            (_, true) => Orientation::Keep,
            _ => open,
        };
        let weights::Weights { machine, notes } =
            weights::read(&self.machine, &names, orientation).map_err(read_with)?;
        let scaled = |values: &[f64]| values.iter().map(|x| x * self.beta).collect();
        let machine = Rbm::new(
            machine.visible,
            machine.hidden,
            scaled(&machine.weights),
            scaled(&machine.visible_bias),
            scaled(&machine.hidden_bias),
        )
        .with_context(|| format!("--beta {}", self.beta))?;
        // Sampling is done in single precision.
        if [&machine.weights, &machine.visible_bias, &machine.hidden_bias]
            .iter()
            .any(|x| x.iter().any(|x| x.abs() > 1e30))
        {
            bail!("{}: parameters beyond 1e30 do not make a machine", self.machine.display());
        }
        Ok((machine, notes))
    }
}

fn at_least(what: &str, got: usize, least: usize) -> Result<()> {
    if got < least {
        bail!("--{what} {got}: at least {least} needed");
    }
    Ok(())
}

fn at_most(what: &str, got: usize, most: u64, why: &str) -> Result<()> {
    if got as u64 > most {
        bail!("--{what} {got}: at most {most}, {why}");
    }
    Ok(())
}

/// Why sweeps are limited although none is kept.
const SWEEPS: &str = "where random numbers would come again, or counts of them no longer be exact";

/// Blocks of a mode's values that are kept of every chain, so that the autocorrelation of any number of sweeps takes 1 GiB at most; of so many
/// chains and modes that 64 blocks of each take more, that.
fn kept_blocks(chains: usize, modes: usize) -> usize {
    ((1usize << 27) / chains.saturating_mul(modes).max(1)).clamp(64, 4096)
}

fn sample(common: &Common, args: &SampleArgs) -> Result<bool> {
    at_least("chains", args.chains, 1)?;
    at_least("steps", args.steps, 1)?;
    let (machine, notes) = args.machine.read(Orientation::Ask)?;
    let (n, m) = (machine.visible, machine.hidden);
    let width = args.width.unwrap_or_else(|| (1..=n).find(|w| w * w >= n).unwrap_or(1));
    at_least("width", width, 1)?;
    at_most("width", width, n as u64, "the number of visible units")?;
    let modes = args.modes.unwrap_or(n.min(m).min(5));
    at_most("modes", modes, n.min(m) as u64, "the units of the smaller layer")?;
    at_most("steps", args.steps, gibbs::most_sweeps(n.saturating_add(m)), SWEEPS)?;
    let half = args.steps / 2;
    fits(&format!("a machine of {n} x {m} units"), &[("--chains", args.chains), ("--modes", modes)], |sizes| {
        let &[chains, modes] = sizes else { return Bytes(0) };
        let blocks =
            kept_blocks(usize::try_from(chains.0).unwrap_or(usize::MAX), usize::try_from(modes.0).unwrap_or(1));
        let (weights, states) = (Bytes::from(n) * Bytes::from(m), States::bytes(chains, Bytes::from(n)));
        // The machine as read, scaled and in single precision with its transpose, its decomposition; states packed and as bytes.
        let record = Bytes(160) + Bytes(12) * Bytes::from(blocks.min(half));
        Bytes(80) * weights + Bytes(2) * states + chains * Bytes::from(n) + chains * modes * record
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
                trace.push(states.ones(chain).map(|j| svd.u[(j, mode)]).sum::<f64>());
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
    let states = &chains.visible;
    let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({}, {n}), }}", states.rows());
    let length = (header.len() + 11).next_multiple_of(64) - 10;
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((length as u16).to_le_bytes());
    bytes.extend(format!("{header:<0$}\n", length - 1).into_bytes());
    bytes.extend((0..states.rows()).flat_map(|row| (0..n).map(move |unit| u8::from(states.get(row, unit)))));
    let (path, picture) = (out.join("samples.npy"), out.join("samples.svg"));
    let shown: Vec<Vec<bool>> =
        (0..states.rows().min(100)).map(|row| (0..n).map(|unit| states.get(row, unit)).collect()).collect();
    let write = |path: &Path, bytes: &[u8]| {
        file::replace(path, bytes).with_context(|| format!("{}: give another folder with --out", path.display()))
    };
    let said = if common.json {
        say(json!({
            "path": path, "picture": picture, "visible": n, "hidden": m, "chains": args.chains,
            "steps": args.steps, "recorded": half, "beta": args.machine.beta, "notes": notes, "modes": found,
            "long_enough": long_enough,
        }))
    } else {
        say_sampled(&notes, &found)
            .and_then(|()| say(format_args!("{} ({} x {n}), {}", path.display(), args.chains, picture.display())))
    };
    write(&path, &bytes)?;
    write(&picture, figure::tiles(&shown, width).as_bytes())?;
    said.map(|()| true)
}

/// The table of modes.
fn say_sampled(notes: &[String], modes: &[serde_json::Value]) -> Result<()> {
    notes.iter().try_for_each(|note| say(format_args!("note: {note}")))?;
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

fn log_partition(common: &Common, args: &LogPartitionArgs) -> Result<bool> {
    at_least("chains", args.chains, 2)?;
    at_least("betas", args.betas, 2)?;
    let (machine, notes) = args.machine.read(Orientation::Either)?;
    let (n, m) = (machine.visible, machine.hidden);
    at_most("burn", args.burn, gibbs::most_sweeps(n.saturating_add(m)), SWEEPS)?;
    let weights = Bytes::from(n) * Bytes::from(m);
    fits(&format!("a machine of {n} x {m} units"), &[("--chains", args.chains), ("--betas", args.betas)], |sizes| {
        let &[chains, betas] = sizes else { return Bytes(0) };
        let states = States::bytes(chains, Bytes::from(n)) + States::bytes(chains, Bytes::from(m));
        Bytes(40) * weights + Bytes(4) * states + Bytes(64) * chains + Bytes(16) * betas
    })?;
    common.start()?;
    let exact = exact::log_partition(&machine);
    let single = machine.to_f32();
    let key = |purpose: &str| lab::key(common.seed(), &["log-partition", purpose]);
    let (forward, states) = annealing::forward(&single, args.betas, args.chains, key("forward"));
    let mut chains = Chains::new(states, key("burn"), 0);
    chains.sweep(&single, args.burn);
    let backward = annealing::backward(&single, &chains.visible, args.betas, key("backward"));
    let bracket = annealing::bracket(&forward, &backward);
    // The closed forms take the thin decomposition of W: copies of it, U and V as large, and squares of the smaller layer. What is not to be
    // had for lack of memory says so.
    let smaller = Bytes::from(n.min(m));
    let decomposed = fits("all modes", &[], |_| Bytes(32) * smaller * smaller + Bytes(64) * weights);
    let (gaussian, onsager) = match decomposed {
        Ok(()) => (mean_field::gaussian(&machine)?, mean_field::onsager(&machine)?),
        Err(error) => (Err(error.to_string()), Err(error.to_string())),
    };
    let mut warnings: Vec<String> = [("forward", &forward), ("backward", &backward)]
        .iter()
        .filter_map(|(name, estimate)| {
            estimate.degenerate().map(|why| format!("{name} annealing: {why}; raise --betas"))
        })
        .collect();
    if bracket.open {
        warnings.push(format!(
            "the bracket is open: forward and backward estimates differ by {:.3}, or one is degenerate; raise --betas, --chains or --burn",
            (forward.mean - backward.mean).abs()
        ));
    }
    if common.json {
        let mut object = json!({
            "visible": machine.visible, "hidden": machine.hidden, "beta": args.machine.beta, "exact": exact,
            "ais": forward, "reverse_ais": backward, "bracket": bracket, "gaussian": gaussian.as_ref().ok(),
            "onsager": onsager.as_ref().ok(), "notes": notes, "warnings": warnings,
        });
        let exact_why = exact.is_none().then(|| format!("both layers have more than {} units", exact::MOST_UNITS));
        let whys = [("exact", exact_why), ("gaussian", gaussian.err()), ("onsager", onsager.err())];
        object["why"] = whys.into_iter().filter_map(|(key, why)| Some((key.to_string(), json!(why?)))).collect();
        say(object)?;
        return Ok(true);
    }
    notes.iter().try_for_each(|note| say(format_args!("note: {note}")))?;
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
    let none = || format!("both layers have more than {} units", exact::MOST_UNITS);
    let rows = [
        ("exact", closed(exact.ok_or_else(none))),
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
    warnings.iter().try_for_each(|warning| say(format_args!("warning: {warning}")))?;
    Ok(true)
}

/// Digest of this very program.
fn build_id() -> Result<String> {
    let path = std::env::current_exe().context("the program's own file")?;
    Ok(claims::digest(&std::fs::read(&path).with_context(|| format!("{}", path.display()))?))
}

fn calibrate(common: &Common, args: &CalibrateArgs) -> Result<bool> {
    // Not by clap alone, which drops a requirement that conflicts with another argument that is there.
    if args.tails.is_some() && !args.toolbox {
        bail!("--tails is of the toolbox: give --toolbox, without claims");
    }
    let (out, progress) = (common.out_or("docs"), common.progress());
    if args.toolbox {
        let (seeds, tails) = (args.seeds.unwrap_or(2000), args.tails.unwrap_or(toolbox_page::FEW_TAILS));
        at_least("seeds", seeds, 100)?;
        at_least("tails", tails, 1000)?;
        at_most("seeds", seeds, journal::MOST_SEEDS as u64, "which would take years")?;
        at_most("tails", tails, toolbox_page::MOST_TAILS as u64, "which take a day on one core")?;
        // What a test keeps of its draws, the largest being five values of each in both forms of the edge law; and a spectrum of 100,000.
        fits("the toolbox", &[("--seeds", seeds)], |sizes| Bytes(512) * sizes[0] + Bytes(256 << 20))?;
        let _made = folder(&out)?;
        common.start()?;
        let made = toolbox_page::make(seeds, tails, common.seed(), &progress)?;
        let path = journal::replace_part(&out, false, &made.page)?;
        if common.json {
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
    let (scale, seeds) = (common.scale(), args.seeds.unwrap_or(claims::NEEDED.0));
    at_most("seeds", seeds, journal::MOST_SEEDS as u64, "which would take years")?;
    at_most("training-seeds", args.training_seeds, journal::MOST_SEEDS as u64, "which would take years")?;
    let data = Arc::new(common.dataset()?);
    // As many seeds at once as there are threads, each with what `verify` takes, and what is known of every seed.
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if common.threads()? == 0 { cores } else { common.threads()? };
    fits("a seed", &[("--threads", threads.min(seeds))], |sizes| {
        sizes[0] * verify_bytes(scale) + Bytes(4096) * Bytes::from(seeds)
    })?;
    let _made = folder(&out)?;
    common.start()?;
    let finished = journal::run(
        &journal::Request {
            theorems: &theorems,
            catalogue: &catalogue,
            out: &out,
            scale,
            sizes: &format!("{} {}", if scale == Scale::Quick { "quick" } else { "full" }, common.data),
            data,
            program: &build_id()?,
            seed: common.seed.unwrap_or(claims::BLOCK.start),
            seeds,
            training_seeds: args.training_seeds,
        },
        &progress,
    )?;
    let (summary, path) = (finished.summary, finished.page);
    let (passes, missing) = (summary.passes(), summary.missing(&catalogue));
    if common.json {
        let alarms: Vec<_> = summary.alarms.iter().map(|(seed, what)| json!({"seed": seed, "what": what})).collect();
        say(json!({
            "path": path, "figures": finished.figures, "passes": passes, "missing": missing, "tuning_seeds": summary.tuning,
            "block": {"release": claims::RELEASE, "first": claims::BLOCK.start, "last": claims::BLOCK.end - 1},
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

fn pack(common: &Common, dir: &Path) -> Result<bool> {
    let report = data::pack(dir, &common.out_or("data"))?;
    if common.json {
        say(json!({"path": report.path, "bytes": report.bytes}))?;
    } else {
        say(format_args!("{} ({} bytes)", report.path.display(), report.bytes))?;
    }
    Ok(true)
}
