//! `train`: a machine, resumably.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use super::args::{Common, Images, Labels, fits, said};
use super::machine::with_remedy;
use super::track::{self, track};
use super::{interrupt, say};
use crate::lab::{self};
use crate::linalg;
use crate::math::time;
use crate::memory::Bytes;
use crate::rbm::initial::Scheme;
use crate::rbm::optimiser::Optimiser;
use crate::rbm::train::{Gradient, Method, TrainError, TrainSpec, VisibleBias};
use crate::rbm::{self, Rbm};
use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

#[derive(Args)]
pub(super) struct TrainArgs {
    #[command(flatten)]
    pub(super) common: Common,
    #[command(flatten)]
    images: Images,
    /// Folder for the runs.
    #[arg(long, default_value = "runs")]
    out: PathBuf,
    /// Runs at the paper's sizes: PCD-10, Adam 1e-4, batches of 500, 100 epochs, 500, 784 and 1200
    /// hidden units with three replicas each, 3000 with one. Hours; interrupted, the same command
    /// goes on where it stopped.
    #[arg(long, value_enum, conflicts_with_all = ["hidden", "replicas", "method", "steps", "epochs", "batch", "lr", "optimiser", "init_std", "init", "visible_bias", "gradient"])]
    preset: Option<PresetArg>,
    /// Go on from the last state of this run, of the same seed, size and batch, with other
    /// arguments, such as more --steps; --epochs counts its epochs too. One machine: one size, one
    /// replica.
    #[arg(long, value_name = "RUN", conflicts_with = "preset")]
    from: Option<PathBuf>,
    /// Hidden units; a comma-separated list trains one machine each.
    #[arg(long, value_delimiter = ',', default_value = "500")]
    pub(super) hidden: Vec<usize>,
    /// Independent replicas of each size.
    #[arg(long, default_value_t = 1)]
    replicas: usize,
    /// Only the replica of this number, from 0, whatever --replicas says: another machine can make
    /// it, and its folders are put beside the others. Of a preset, sizes with fewer replicas are
    /// left out.
    #[arg(long, conflicts_with = "replicas")]
    replica: Option<usize>,
    /// Negative phase: persistent chains, or chains restarted at the data.
    #[arg(long, value_enum, default_value_t = Method::Pcd)]
    method: Method,
    /// Gibbs sweeps per update.
    #[arg(long, default_value_t = 1)]
    pub(super) steps: usize,
    /// Passes over the training images.
    #[arg(long, default_value_t = 10)]
    epochs: usize,
    /// Images per update, also the number of chains.
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
    /// Instead of --init-std, their standard deviation s for N visible and M hidden units: hinton
    /// is 0.01, glorot (Xavier) √(2/(N+M)), lecun 1/√N, he (Kaiming) √(2/N), normal:S is S, and
    /// paramagnet:X is 4(X/(NM))^(1/4), so that x = s⁴NM/256 is X. x = 1 is the spin-glass
    /// transition line at zero centred field; biases near 0 are not that, they leave centred fields
    /// of half the sum of the weights of a unit.
    #[arg(long, value_name = "SCHEME", conflicts_with = "init_std")]
    init: Option<Scheme>,
    /// Initial visible biases: normal like the weights, or the logit of the pixel means.
    #[arg(long, value_enum, default_value_t = VisibleBias::Normal)]
    pub(super) visible_bias: VisibleBias,
    /// Gradient in W, a, b, or in the parameters of centred units.
    #[arg(long, value_enum, default_value_t = Gradient::Plain)]
    gradient: Gradient,
    /// Then says how likely the training and test images are under every state that is kept, after
    /// epochs 1, 2, 4, 8, ... and the last: ln Z from state to state by tempering along them, exact
    /// where a layer has at most 24 units, and of the last state beside what log-partition says.
    /// Where chains do not follow the training it is what log-partition says of every state. A
    /// table, also in likelihood.csv of the run. Of a run that is finished the same command says it
    /// afterwards.
    #[arg(long)]
    track_likelihood: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum PresetArg {
    /// The paper's sizes.
    Full,
}

#[derive(Clone, Copy, ValueEnum)]
enum OptimiserArg {
    Adam,
    Sgd,
}

pub(super) fn train(args: &TrainArgs) -> Result<bool> {
    let (common, out) = (&args.common, &args.out);
    if let Some(from) = &args.from {
        let one = args.hidden.len() == 1 && (args.replicas == 1 || args.replica.is_some());
        if !one {
            bail!("--from goes on from one run: give one --hidden, and --replica K or --replicas 1");
        }
        let path = out.join(rbm::checkpoint::run_name(args.hidden[0], args.replica.unwrap_or(0)));
        if from.canonicalize().is_ok_and(|from| path.canonicalize().is_ok_and(|path| path == from)) {
            bail!("{}: --from is where the new run would be: give another folder with --out", from.display());
        }
        if let Some(scheme) = args.init {
            bail!("--init {scheme}: a run that goes on has the weights of --from; leave one of them out");
        }
    }
    if let Some(twice) = (1..args.hidden.len()).find(|at| args.hidden[..*at].contains(&args.hidden[*at])) {
        bail!("--hidden {}: given twice; --replicas 2 makes two machines of one size", args.hidden[twice]);
    }
    if args.epochs == 0 && args.preset.is_none() && args.track_likelihood {
        bail!("--epochs 0: no state is kept whose likelihood could be said; give --epochs 1 or more");
    }
    if args.replica == Some(usize::MAX) {
        bail!("--replica {}: at most {}", usize::MAX, usize::MAX - 1);
    }
    let (data, notes) = args.images.dataset(&Labels { labels: None }, common.seed())?;
    let (images, pixels) = (data.train.images.rows(), data.train.images.units());
    for (hidden, replicas) in args.sizes() {
        args.check(hidden, replicas, (images, pixels))?;
    }
    let machines = args.machines();
    if machines.is_empty() {
        bail!("no machine to train: give --replicas 1 or more, and with --preset full a --replica below 3");
    }
    common.start()?;
    if args.images.data.is_some() && !common.quiet {
        said((&data, &notes)).iter().for_each(|line| aside!("{line}"));
    }
    if images < args.batch && args.preset.is_none() && !common.quiet {
        aside!("note: {images} images are fewer than --batch {}: an epoch is one update of all of them", args.batch);
    }
    args.say_initial(&machines, pixels);
    let kept = out.clone();
    interrupt::says(move || {
        format!("every finished epoch of the runs in {} is kept; the same command goes on", kept.display())
    });
    let (mut runs, mut unwritten) = (Vec::new(), Ok(()));
    for (at, &(hidden, replica)) in machines.iter().enumerate() {
        let spec = args.spec(hidden, pixels);
        let path = out.join(rbm::checkpoint::run_name(hidden, replica));
        let keys = |first: &TrainSpec| lab::training_keys(common.seed(), first, replica);
        let mut watched = Watched::new(&path, (pixels, &spec), (at, machines.len()), common.quiet);
        let mut samples = 0;
        let each = |epoch, machine: &Rbm<f32>| {
            samples += images;
            watched.epoch(epoch, machine);
        };
        rbm::checkpoint::train_resumable(&path, &spec, &data.train.images, &keys, args.from.as_deref(), each)
            .map_err(with_remedy)?;
        let seconds = watched.start.elapsed().as_secs_f64();
        let mut run = json!({
            "path": path, "hidden": hidden, "replica": replica, "epochs": spec.epochs, "seconds": seconds,
            "samples_per_second": if seconds > 0.0 { samples as f64 / seconds } else { 0.0 },
            "init": args.scheme().map(|scheme| Initial::new(scheme, pixels, hidden)),
        });
        if !common.json() {
            say(format_args!("{} ({} epochs)", path.display(), spec.epochs))?;
        }
        // What fails here does not keep the other trainings from being made.
        let found = args.track_likelihood.then(|| track(common, &path, &data, spec.updates_per_epoch(images)));
        match found {
            None => {}
            Some(Err(why)) => unwritten = unwritten.and(Err(why)),
            Some(Ok(found)) => {
                match common.json() {
                    true => found.add_to(&mut run)?,
                    false => found.say()?,
                }
                unwritten = unwritten.and(found.write());
            }
        }
        runs.push(run);
    }
    if common.json() {
        say(json!({ "runs": runs, "data": data.line(), "notes": notes }))?;
    }
    unwritten.map(|()| true)
}

/// What weights start from.
#[derive(Serialize)]
struct Initial {
    scheme: String,
    /// s.
    std: f64,
    /// s⁴NM/256.
    x: f64,
}

impl Initial {
    fn new(scheme: Scheme, visible: usize, hidden: usize) -> Self {
        Self { scheme: scheme.to_string(), std: scheme.std(visible, hidden), x: scheme.x(visible, hidden) }
    }
}

/// A number of at most four digits; with a power of ten where it would be long.
fn rounded(x: f64) -> String {
    let short = format!("{x:.3e}");
    match short.parse::<f64>() {
        Ok(x) if x == 0.0 || (1e-3..1e6).contains(&x) => x.to_string(),
        _ => short,
    }
}

/// A training, epoch by epoch, for whoever waits.
struct Watched<'a> {
    path: &'a Path,
    spec: &'a TrainSpec,
    /// Which of how many machines.
    machine: (usize, usize),
    quiet: bool,
    start: Instant,
    /// Of this session: an earlier one may have had another machine.
    epochs: usize,
    /// λ₁ of a mode as strong as weights of 4 between all units, which leave no unit to chance.
    absurd: f64,
    warned: bool,
}

impl<'a> Watched<'a> {
    fn new(path: &'a Path, (pixels, spec): (usize, &'a TrainSpec), machine: (usize, usize), quiet: bool) -> Self {
        let absurd = 4.0 * ((pixels * spec.hidden) as f64).sqrt();
        Self { path, spec, machine, quiet, start: Instant::now(), epochs: 0, absurd, warned: false }
    }

    /// One more epoch is done; what is absurd is said also where no progress is wanted, at the end.
    fn epoch(&mut self, epoch: u64, machine: &Rbm<f32>) {
        self.epochs += 1;
        let left = self.spec.epochs.saturating_sub(epoch as usize);
        if self.quiet && left > 0 {
            return;
        }
        let top = linalg::singular_values(machine.to_f64().weights_view()).ok();
        let lambda = top.and_then(|values| values.first().copied()).unwrap_or(f64::NAN);
        let path = self.path.display();
        if !self.quiet {
            let (seconds, (at, of)) = (self.start.elapsed().as_secs_f64(), self.machine);
            let (which, of_it) = match of {
                1 => (String::new(), ""),
                _ => (format!("machine {} of {of}, ", at + 1), " of this machine"),
            };
            let left = time(seconds / self.epochs as f64 * left as f64);
            let epochs = self.spec.epochs;
            aside!(
                "{which}{path}: epoch {epoch} of {epochs}, {seconds:.1} s, about {left} left{of_it}, lambda_1 = {lambda:.3}"
            );
        }
        if lambda > self.absurd && !std::mem::replace(&mut self.warned, true) {
            aside!(
                "note: {path}: lambda_1 = {lambda:.0} is beyond 4√(NM) = {:.0}, a mode as strong as weights of 4 between all units, which leave nothing to chance; try a smaller --lr",
                self.absurd
            );
        }
    }
}

impl TrainArgs {
    /// (hidden units, replicas).
    fn sizes(&self) -> Vec<(usize, usize)> {
        match self.preset {
            Some(PresetArg::Full) => vec![(500, 3), (784, 3), (1200, 3), (3000, 1)],
            None => self.hidden.iter().map(|&hidden| (hidden, self.replicas)).collect(),
        }
    }

    /// Hidden units and number of every machine.
    fn machines(&self) -> Vec<(usize, usize)> {
        let numbers = |replicas: usize| match self.replica {
            Some(one) if self.preset.is_some() && one >= replicas => 0..0,
            Some(one) => one..one.saturating_add(1),
            None => 0..replicas,
        };
        self.sizes().iter().flat_map(|(hidden, replicas)| numbers(*replicas).map(|number| (*hidden, number))).collect()
    }

    /// Refuses what cannot be trained or held, by the name of the option.
    pub(super) fn check(&self, hidden: usize, replicas: usize, (images, pixels): (usize, usize)) -> Result<()> {
        let spec = self.spec(hidden, pixels);
        // Besides the training: the singular values that its progress shows, and what is said of
        // every run at the end.
        let states = spec.epochs.max(1).ilog2() as usize + 2;
        let needed = |sizes: &[Bytes]| {
            let &[hidden, batch, replicas] = sizes else { return Bytes(0) };
            let visible = Bytes::from(pixels);
            TrainSpec::bytes(visible, hidden, batch, batch)
                + Bytes(40) * visible * hidden
                + Bytes(1024) * replicas
                + if self.track_likelihood { track::bytes(visible, hidden, states) } else { Bytes(0) }
        };
        let what = format!("a machine of {pixels} x {hidden} units");
        // Memory first: of what it cannot hold, too many random numbers are not the first to say.
        match self.preset {
            Some(_) => fits(&what, &[], |_| needed(&[hidden, spec.batch, replicas].map(Bytes::from))),
            None => fits(&what, &[("--hidden", hidden), ("--batch", self.batch), ("--replicas", replicas)], needed),
        }?;
        spec.check(images, pixels).map_err(|error| {
            let TrainError::Spec { what, .. } = &error else { return error.into() };
            let option = match *what {
                "the number of hidden units" => format!("--hidden {hidden}"),
                "the number of sweeps" => format!("--steps {}", self.steps),
                "the batch" | "the number of chains" => format!("--batch {}", self.batch),
                "the learning rate" => format!("--lr {}", self.lr),
                "the initial standard deviation" => self.initial_option(),
                _ if self.epochs >= self.steps => format!("--epochs {}", self.epochs),
                _ => format!("--steps {}", self.steps),
            };
            anyhow::anyhow!("{option}: {error}")
        })
    }

    /// How the standard deviation of the initial weights was asked for.
    fn initial_option(&self) -> String {
        self.init.map_or_else(|| format!("--init-std {}", self.init_std), |scheme| format!("--init {scheme}"))
    }

    /// Where initial weights are drawn, how wide they are.
    fn scheme(&self) -> Option<Scheme> {
        let of_size = |preset| match preset {
            Some(PresetArg::Full) => Scheme::Normal(TrainSpec::paper(1).init_std),
            None => self.init.unwrap_or(Scheme::Normal(self.init_std)),
        };
        self.from.is_none().then(|| of_size(self.preset))
    }

    /// What initial weights are assumed, size by size, and once, also where no progress is wanted,
    /// that chains may not forget their start.
    fn say_initial(&self, machines: &[(usize, usize)], pixels: usize) {
        let Some(scheme) = self.scheme() else { return };
        let mut sizes: Vec<usize> = machines.iter().map(|(hidden, _)| *hidden).collect();
        sizes.dedup();
        for &hidden in sizes.iter().filter(|_| !self.common.quiet) {
            let Initial { scheme, std, x } = Initial::new(scheme, pixels, hidden);
            let (std, x) = (rounded(std), rounded(x));
            aside!("initial weights: {scheme}, s = {std}, x = s⁴NM/256 = {x} for {pixels} x {hidden} units");
        }
        if let Some(hidden) = sizes.into_iter().find(|&hidden| scheme.x(pixels, hidden) >= 1.0) {
            aside!(
                "warning: {}: x = {} for {pixels} x {hidden} units is not below 1, the spin-glass transition line at zero centred field, beyond which chains keep an overlap with their start; --init paramagnet:0.5 is below it",
                self.initial_option(),
                rounded(scheme.x(pixels, hidden))
            );
        }
    }

    fn spec(&self, hidden: usize, pixels: usize) -> TrainSpec {
        let spec = TrainSpec {
            hidden,
            steps: self.steps,
            method: self.method,
            optimiser: match self.optimiser {
                OptimiserArg::Adam => Optimiser::adam(self.lr),
                OptimiserArg::Sgd => Optimiser::Sgd { rate: self.lr },
            },
            epochs: self.epochs,
            batch: self.batch,
            chains: self.batch,
            init_std: self.init.map_or(self.init_std, |scheme| scheme.std(pixels, hidden)),
            visible_bias: self.visible_bias,
            gradient: self.gradient,
        };
        match self.preset {
            Some(PresetArg::Full) => TrainSpec::paper(hidden),
            None => spec,
        }
    }
}
