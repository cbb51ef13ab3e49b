//! Samples that the user gives with --data.

use super::args::{Images, Labels};
use super::machine::Machine;
use crate::data::Reading;
use crate::data::samples::{self, Samples};
use crate::inspect::{self, Data, Likelihood, LogPartition};
use crate::machine_file::Stored;
use crate::rbm::marginal::log_weights;
use anyhow::{Result, bail};
use std::path::Path;

/// The user's samples: those of the free units, and why they have no likelihood.
pub(super) struct Given {
    pub(super) samples: Samples,
    pub(super) impossible: Option<String>,
    /// Whether they are those of a data set that its training does not see.
    pub(super) held_back: bool,
}

/// The user's samples, of the units that infinite biases do not fix.
pub(super) fn given(images: &Images, labels: &Labels, seed: u64, stored: &Stored) -> Result<Option<Given>> {
    let Some(data) = &images.data else {
        if let Some(option) = images.beside().or_else(|| labels.labels.as_ref().map(|_| "--labels")) {
            bail!("{option}: there are no samples; give them with --data");
        }
        return Ok(None);
    };
    let units = stored.visible();
    let path = Path::new(data);
    let held_back = data == "mnist" || path.is_dir() || crate::data::is_packed(path);
    let samples = if held_back {
        if labels.labels.is_some() {
            bail!("--labels: {data} has labels of its own; leave it out");
        }
        let (set, notes) = images.dataset(labels, seed)?;
        let mut samples = Samples::held_back(&set, units)?;
        samples.notes.extend(notes);
        samples
    } else {
        let Reading { threshold, drawn, name, labels, turned } = images.reading(labels, seed)?;
        let options = samples::Options { units: Some(units), array: name, labels, threshold, drawn, turned };
        let mut samples = samples::read(path, &options)?;
        samples
            .notes
            .push("all of them are taken; train and verify, where they read the same, hold every seventh back".into());
        samples
    };
    Ok(Some(Given { held_back, ..Given::of(samples, stored) }))
}

impl Given {
    /// Samples with the units that infinite biases do not fix.
    pub(super) fn of(mut samples: Samples, stored: &Stored) -> Self {
        let (free, against) = stored.without_fixed(&samples.states);
        samples.states = free;
        let rows = samples.states.rows();
        let impossible = (against > 0).then(|| {
            format!(
                "{against} of {rows} samples have units elsewhere than infinite biases fix them: their probability is 0"
            )
        });
        Self { samples, impossible, held_back: false }
    }

    /// How likely the samples are.
    pub(super) fn likelihood(&self, machine: &Machine, log_partition: LogPartition) -> Likelihood {
        likelihood(&log_weights(&machine.rbm, &self.samples.states), machine, log_partition)
    }

    pub(super) fn data(&self) -> Data<'_> {
        Data { states: &self.samples.states, classes: self.samples.classes.as_deref() }
    }

    /// What was read, in one line and its notes.
    pub(super) fn lines(&self) -> Vec<String> {
        let states = &self.samples.states;
        let means = states.means();
        let constant = means.iter().filter(|mean| **mean == 0.0 || **mean == 1.0).count();
        let ones = means.iter().sum::<f64>() / means.len() as f64;
        let classes = match self.samples.class_count() {
            0 => "no classes".to_string(),
            count => format!("{count} classes"),
        };
        let line = format!(
            "data: {} samples x {} units of {}; share of ones {ones:.4}; {constant} units are constant; {classes}",
            states.rows(),
            states.units(),
            self.samples.name
        );
        let notes = self.samples.notes.iter().map(|note| format!("note: data: {note}"));
        std::iter::once(line).chain(notes).collect()
    }
}

/// How likely samples with the given ln weights are, where ln Z of the machine as stored is
/// `log_partition`.
pub(super) fn likelihood(log_weights: &[f64], machine: &Machine, log_partition: LogPartition) -> Likelihood {
    let LogPartition { value, between } = log_partition;
    let free = |ln_z: f64| ln_z - machine.constant;
    let of_free = LogPartition { value: free(value), between: between.map(free) };
    inspect::likelihood(log_weights, of_free, machine.stored.visible())
}
