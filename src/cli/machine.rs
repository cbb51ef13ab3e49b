//! A machine from a file, and what was assumed in reading it.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use crate::rbm::Rbm;
use crate::rbm::checkpoint::CheckpointError;
use crate::rbm::train::TrainError;
use crate::rbm::weights::{self, Names, Orientation, Remedy, WeightsError};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::path::PathBuf;

/// Which machine, and how its file is read.
#[derive(Args)]
pub(super) struct MachineArgs {
    /// Run folder made by `train`, or a weight file: .npz, .npy (W alone), .safetensors. W is N x M
    /// (visible by hidden); the other order is recognised by the lengths of the biases.
    pub(super) machine: PathBuf,
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
    pub(super) beta: f64,
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

/// What the command line can do about a weight file.
fn read_with(error: WeightsError) -> anyhow::Error {
    let remedy = match error.remedy {
        Remedy::None => return error.into(),
        Remedy::Source => "give a run folder made by `train`, or a weight file",
        Remedy::Save => "save W, a, b with numpy.savez (.npz), numpy.save (.npy) or as .safetensors",
        Remedy::NameWeights => "name the weight matrix with --weights-name",
        Remedy::NameVisibleBias => "name the visible biases with --visible-bias-name",
        Remedy::NameHiddenBias => "name the hidden biases with --hidden-bias-name",
        Remedy::Arrays => {
            "choose arrays with --weights-name, --visible-bias-name, --hidden-bias-name, or turn W with --transpose"
        }
        Remedy::Orientation => "say --no-transpose when rows are visible units, --transpose when they are hidden ones",
    };
    anyhow::anyhow!("{error}: {remedy}")
}

impl MachineArgs {
    /// The machine at its inverse temperature, and what was assumed in reading it.
    pub(super) fn read(&self, open: Orientation) -> Result<(Rbm, Vec<String>)> {
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
