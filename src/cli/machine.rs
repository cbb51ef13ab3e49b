//! A machine from a file, and what was assumed in reading it.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use super::say;
use crate::machine_file::{self, Could, Layers, MachineError, Reading, Remedy, Sign, Stored, Units, Updates};
use crate::rbm::Rbm;
use crate::rbm::checkpoint::CheckpointError;
use crate::rbm::train::TrainError;
use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;

/// Which machine, and how its file is read.
#[derive(Args)]
pub(super) struct MachineArgs {
    /// Run folder made by `train`, or a file with the arrays W, a, b, seen by its content: .npz,
    /// .npy (W alone), .safetensors, text, MATLAB's .mat, HDF5, a state dict of PyTorch. What was
    /// read is said; what is open is asked.
    pub(super) machine: PathBuf,
    /// The rows of the stored W are hidden units.
    #[arg(long, conflicts_with = "no_transpose")]
    transpose: bool,
    /// The rows of the stored W are visible units.
    #[arg(long)]
    no_transpose: bool,
    /// Name of the array that holds W.
    #[arg(long, value_name = "NAME")]
    weights_name: Option<String>,
    /// Name of the array that holds a.
    #[arg(long, value_name = "NAME")]
    visible_bias_name: Option<String>,
    /// Name of the array that holds b.
    #[arg(long, value_name = "NAME")]
    hidden_bias_name: Option<String>,
    /// Folder of all three in the file, such as `rbm_am` of `rbm_am.weights`.
    #[arg(long)]
    prefix: Option<String>,
    /// Update of a training, by its number in the file; the last by default. `inspect` takes all.
    #[arg(long, value_name = "N|last|all")]
    update: Option<String>,
    /// Values of the stored units: bits 0 and 1 (default, unless the file says so), or spins −1 and
    /// 1.
    #[arg(long)]
    units: Option<Units>,
    /// Sign of the terms of the stored E: minus (default), E = −a·v − b·h − vᵀWh, or plus.
    #[arg(long)]
    sign: Option<Sign>,
    /// The first row and column of the stored W are the biases.
    #[arg(long)]
    biases_in_weights: bool,
    /// Leaves an array out that could be a parameter; may be given several times.
    #[arg(long, value_name = "NAME")]
    ignore: Vec<String>,
    /// Inverse temperature: multiplies E. Several, such as 0.5,1, for inspect and log-partition.
    #[arg(long, value_name = "B[,B...]", value_delimiter = ',', allow_negative_numbers = true, default_value = "1")]
    pub(super) beta: Vec<f64>,
}

/// A machine that was read, at its inverse temperature.
pub(super) struct Machine {
    /// It multiplies E.
    pub(super) beta: f64,
    /// With units 0 and 1, without units that are fixed.
    pub(super) rbm: Rbm,
    /// What was stored.
    pub(super) stored: Arc<Stored>,
    /// What ln Z of the machine as stored is above that of `rbm`.
    pub(super) constant: f64,
}

/// `most` places of `all`, from the first on, or all of fewer.
fn evenly(all: usize, most: usize) -> Vec<usize> {
    let count = all.min(most);
    (0..count).map(|at| at * all / count).collect()
}

/// Machines of a training before another.
pub(super) struct Before {
    updates: Updates,
    places: Vec<usize>,
    /// Those that are stored.
    pub(super) all: usize,
}

impl Before {
    /// How many are taken.
    pub(super) fn count(&self) -> usize {
        self.places.len()
    }

    /// Those that are taken, in order, in single precision and with the inverse temperature of
    /// `machine`, as `args` say.
    pub(super) fn read(&mut self, args: &MachineArgs, machine: &Machine) -> Result<Vec<Rbm<f32>>> {
        const ALONE: &str = "--method tempering takes the machine alone";
        let Self { updates, places, .. } = self;
        let mut one = |at: &usize| {
            let stored = MachineArgs::update(updates, *at).map_err(|error| anyhow::anyhow!("{error:#}: {ALONE}"))?;
            let number = updates.numbers()[*at];
            if stored.fixed != machine.stored.fixed {
                bail!(
                    "{}: update {number}: infinite biases fix other units than those of the machine: {ALONE}",
                    args.machine.display()
                );
            }
            let one = args.at(&stored, machine.beta);
            Ok(one.map_err(|error| anyhow::anyhow!("update {number}: {error:#}: {ALONE}"))?.rbm.to_f32())
        };
        places.iter().map(&mut one).collect()
    }
}

/// What the command line can do about an error of a run.
pub(super) fn with_remedy(error: CheckpointError) -> anyhow::Error {
    let remedy = match &error {
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
    anyhow::anyhow!("{error}: {remedy}")
}

/// What the command line can do about a file.
pub(super) fn read_with(error: MachineError) -> anyhow::Error {
    let remedy = match &error.remedy {
        Remedy::None => return error.into(),
        Remedy::Source => "give a run folder made by `train`, or a file with W, a, b".to_string(),
        Remedy::Save => "save W, a, b as arrays of their own: np.savez('machine.npz', W=W, a=a, b=b)".into(),
        Remedy::Float => "save it as float32 or float64 if it is one".into(),
        Remedy::NameWeights => "name the weight matrix with --weights-name".into(),
        Remedy::NameVisibleBias => "name the visible biases with --visible-bias-name".into(),
        Remedy::NameHiddenBias => "name the hidden biases with --hidden-bias-name".into(),
        Remedy::Arrays => {
            "choose arrays with --weights-name, --visible-bias-name, --hidden-bias-name, or turn W with --transpose"
                .into()
        }
        Remedy::Orientation => {
            "say --no-transpose when rows are visible units, --transpose when they are hidden ones".into()
        }
        Remedy::Letters => "say --visible-bias-name b --hidden-bias-name a, or --transpose".into(),
        Remedy::Prefix => {
            "choose one with --prefix, such as --prefix rbm_am for rbm_am.weights, or with --weights-name".into()
        }
        Remedy::Several => {
            "choose one with --prefix, such as --prefix rbm_am for rbm_am.weights, with --weights-name, or dismiss the others with --ignore"
                .into()
        }
        Remedy::Units => "say --units bits for units 0 and 1, or --units spins for −1 and 1".into(),
        Remedy::Update => "choose one with --update".into(),
        Remedy::OneUpdate => "leave out --update all for a file with one machine".into(),
        Remedy::Ignore(names) => format!("dismiss what is no parameter: {}", dismissed(names.iter())),
        Remedy::Left(left) => named_or_dismissed(left),
    };
    anyhow::anyhow!("{error}: {remedy}")
}

/// The options that leave arrays out.
fn dismissed<'a>(names: impl Iterator<Item = &'a String>) -> String {
    names.map(|name| format!("--ignore {name}")).collect::<Vec<_>>().join(" ")
}

/// The options that name arrays as what they could be, and those that leave them out.
fn named_or_dismissed(left: &[(String, Could)]) -> String {
    let of = |wanted: Could| left.iter().filter(move |(_, could)| *could == wanted).map(|(name, _)| name);
    let options = |wanted: Could, option: &str| {
        of(wanted).map(|name| format!("{option} {name}")).collect::<Vec<_>>().join(" or ")
    };
    let named = [options(Could::Visible, "--visible-bias-name"), options(Could::Hidden, "--hidden-bias-name")];
    let named: Vec<String> = named.into_iter().filter(|option| !option.is_empty()).collect();
    let mut says = Vec::new();
    if !named.is_empty() {
        says.push(format!("name biases with {}", named.join(" and ")));
    }
    let either: Vec<&str> = of(Could::Either).map(String::as_str).collect();
    if !either.is_empty() {
        let word = if either.len() > 1 { "and" } else { "or" };
        says.push(format!("name {} with --visible-bias-name {word} --hidden-bias-name", either.join(" and ")));
    }
    says.extend(of(Could::Both).map(|name| format!("save {name} as two arrays if it holds the biases of both layers")));
    says.push(format!("dismiss what is no parameter: {}", dismissed(left.iter().map(|(name, _)| name))));
    says.join(", or ")
}

impl MachineArgs {
    /// How the file is read.
    fn reading(&self, layers: Layers) -> Result<Reading> {
        if let Some(beta) = self.beta.iter().find(|beta| !beta.is_finite()) {
            bail!("--beta {beta}: a finite number is needed");
        }
        let update = match self.update.as_deref() {
            None | Some("last" | "all") => None,
            Some(number) => match number.parse() {
                Ok(number) => Some(number),
                Err(_) => bail!("--update {number}: a number of an update, or last, is needed"),
            },
        };
        Ok(Reading {
            weights: self.weights_name.clone(),
            visible_bias: self.visible_bias_name.clone(),
            hidden_bias: self.hidden_bias_name.clone(),
            prefix: self.prefix.clone(),
            update,
            transposed: (self.transpose || self.no_transpose).then_some(self.transpose),
            units: self.units,
            sign: self.sign,
            biases_in_weights: self.biases_in_weights,
            ignore: self.ignore.clone(),
            layers,
        })
    }

    /// Whether all updates of a training are asked for.
    pub(super) fn all(&self) -> bool {
        self.update.as_deref() == Some("all")
    }

    /// The machine at its only inverse temperature, and what was assumed in reading it.
    pub(super) fn read_one(&self, layers: Layers) -> Result<Machine> {
        let &[beta] = &self.beta[..] else { bail!("--beta: one inverse temperature is needed here") };
        self.at(&self.stored(layers)?, beta)
    }

    /// The machine as it is stored, and what was assumed in reading it.
    pub(super) fn stored(&self, layers: Layers) -> Result<Arc<Stored>> {
        if self.all() {
            bail!("--update all: one machine is needed here, by the number of its update or as the last");
        }
        Ok(Arc::new(machine_file::read(&self.machine, &self.reading(layers)?).map_err(read_with)?))
    }

    /// The machines of a training.
    pub(super) fn updates(&self) -> Result<Updates> {
        Updates::open(&self.machine, &self.reading(Layers::Ask)?).map_err(read_with)
    }

    /// The machines of the training that `machine` ends, without itself: at most `most` of those
    /// before it, evenly taken. They are read by [`Before::read`].
    pub(super) fn before(&self, machine: &Machine, most: usize) -> Result<Before> {
        let updates =
            Updates::open(&self.machine, &self.reading(Layers::Ask)?).map_err(|error| match error.remedy {
                Remedy::OneUpdate if self.weights_name.is_some() => {
                    anyhow::anyhow!("{error}: leave out --weights-name, and choose the last one with --update")
                }
                Remedy::OneUpdate => anyhow::anyhow!("{error}: --method tempering is for a file with one machine"),
                _ => read_with(error),
            })?;
        let last = machine.stored.update.or_else(|| updates.numbers().last().copied()).unwrap_or(0);
        let all = updates.numbers().iter().take_while(|number| **number < last).count();
        if all == 0 {
            bail!(
                "{}: no state before update {last} is kept: --method tempering takes the machine alone",
                self.machine.display()
            );
        }
        Ok(Before { updates, places: evenly(all, most), all })
    }

    /// One machine of a training, by its place.
    pub(super) fn update(updates: &mut Updates, at: usize) -> Result<Arc<Stored>> {
        Ok(Arc::new(updates.read(at).map_err(read_with)?))
    }

    /// A machine at an inverse temperature.
    pub(super) fn at(&self, stored: &Arc<Stored>, beta: f64) -> Result<Machine> {
        let machine = &stored.machine;
        let scaled = |values: &[f64]| values.iter().map(|x| x * beta).collect();
        let rbm = Rbm::new(
            machine.visible,
            machine.hidden,
            scaled(&machine.weights),
            scaled(&machine.visible_bias),
            scaled(&machine.hidden_bias),
        )
        .with_context(|| format!("--beta {beta}"))?;
        // Sampling is done in single precision.
        if [&rbm.weights, &rbm.visible_bias, &rbm.hidden_bias].iter().any(|x| x.iter().any(|x| x.abs() > 1e30)) {
            bail!("{}: parameters beyond 1e30 do not make a machine", self.machine.display());
        }
        if beta < 0.0 && !stored.fixed.is_empty() {
            bail!("--beta {beta}: infinite biases fix units, which a negative beta would turn over");
        }
        let constant = stored.constant * beta;
        Ok(Machine { beta, rbm, stored: stored.clone(), constant })
    }
}

impl Machine {
    /// Says what was read: sizes, units, energy, which array is what, and every assumption.
    pub(super) fn say(&self) -> Result<()> {
        self.lines().try_for_each(say)
    }

    /// The lines of [`Self::say`].
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        std::iter::once(self.line()).chain(self.stored.notes.iter().map(|note| format!("note: {note}")))
    }

    fn line(&self) -> String {
        let Stored { units, sign, used, .. } = &*self.stored;
        let units = match units {
            Units::Bits => "0 and 1",
            Units::Spins => "−1 and 1",
        };
        let energy = match sign {
            Sign::Minus => "E = −a·v − b·h − vᵀWh",
            Sign::Plus => "E = a·v + b·h + vᵀWh",
        };
        let from: Vec<String> =
            used.iter().map(|one| format!("{} from {} {:?}", one.role, one.name, one.shape)).collect();
        let (n, m) = (self.stored.visible(), self.stored.hidden());
        let format = self.stored.format;
        format!("{n} visible x {m} hidden units {units}, {energy}; {}; {format}", from.join(", "))
    }

    /// The same for programs.
    pub(super) fn json(&self) -> Value {
        let Stored { format, units, sign, used, fixed, update, .. } = &*self.stored;
        json!({
            "format": format, "units": units, "sign": sign, "arrays": used, "fixed": fixed, "update": update, "constant": self.constant,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_spread_evenly_from_the_first_on() {
        assert_eq!(evenly(3, 63), [0, 1, 2]);
        assert_eq!(evenly(7, 3), [0, 2, 4]);
        assert_eq!(evenly(1000, 63).len(), 63);
        assert!(evenly(1000, 63).windows(2).all(|pair| (15..=16).contains(&(pair[1] - pair[0]))));
        assert!(evenly(0, 63).is_empty());
    }

    #[test]
    fn an_array_that_is_left_is_named_with_the_option_for_its_length() {
        let says = |left: &[(&str, Could)]| {
            named_or_dismissed(&left.iter().map(|(name, could)| (name.to_string(), *could)).collect::<Vec<_>>())
        };
        assert_eq!(
            says(&[("x", Could::Visible), ("y", Could::Hidden)]),
            "name biases with --visible-bias-name x and --hidden-bias-name y, \
             or dismiss what is no parameter: --ignore x --ignore y"
        );
        assert_eq!(
            says(&[("x", Could::Hidden), ("z", Could::Hidden)]),
            "name biases with --hidden-bias-name x or --hidden-bias-name z, \
             or dismiss what is no parameter: --ignore x --ignore z"
        );
        assert!(says(&[("x", Could::Either)]).starts_with("name x with --visible-bias-name or --hidden-bias-name, or"));
        assert!(
            says(&[("x", Could::Either), ("y", Could::Either)])
                .starts_with("name x and y with --visible-bias-name and --hidden-bias-name, or")
        );
        assert!(says(&[("x", Could::Both)]).starts_with("save x as two arrays"));
        assert_eq!(says(&[("L", Could::Other)]), "dismiss what is no parameter: --ignore L");
    }
}
