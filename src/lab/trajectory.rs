//! A training and what was kept of it.

use super::images::Images;
use crate::bits::States;
use crate::claim::CheckError;
use crate::linalg::{LinalgError, singular_values_by_gram};
use crate::rbm::Rbm;
use crate::rbm::train::{TrainSpec, Trainer};
use std::sync::Arc;

/// What a laboratory has given out: a key, and the one stream of it, or `None` for all its streams.
pub type Given = ([u8; 32], Option<u64>);

/// A training that several claims may share.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainRequest {
    /// Size, rule and rates.
    pub spec: TrainSpec,
    /// Which independent repetition.
    pub replica: usize,
    /// What is done to the images first.
    pub images: Images,
    /// Updates at which the machine is recorded, ascending; those past the end of the training are
    /// left out.
    pub record: Vec<u64>,
    /// Updates of which only the singular values of the weights are kept, ascending.
    pub spectra: Vec<u64>,
}

/// A machine on its way through a training.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Parameter updates so far.
    pub update: u64,
    /// The machine.
    pub machine: Rbm<f32>,
    /// Visible states of the model's persistent chains.
    pub chains: States,
}

/// A recorded training.
#[derive(Debug)]
pub struct Trajectory {
    /// Snapshots in order, the untrained machine first; a part of a trajectory shares them.
    pub snapshots: Vec<Arc<Snapshot>>,
    /// Updates of [`TrainRequest::spectra`] in order, each with the singular values of the weights,
    /// descending, by [`singular_values_by_gram`].
    pub spectra: Vec<(u64, Vec<f64>)>,
}

impl Snapshot {
    pub(super) fn of(trainer: &Trainer) -> Self {
        let chains = trainer.chains().visible.clone();
        Self { update: trainer.updates(), machine: trainer.machine().clone(), chains }
    }
}

impl Trajectory {
    /// A trajectory on which nothing is recorded yet.
    pub(super) fn new() -> Self {
        Self { snapshots: Vec::new(), spectra: Vec::new() }
    }

    /// Records what `request` asks for of the present update.
    pub(super) fn record(&mut self, request: &TrainRequest, trainer: &Trainer) -> Result<(), LinalgError> {
        let update = trainer.updates();
        if request.record.contains(&update) {
            self.snapshots.push(Arc::new(Snapshot::of(trainer)));
        }
        if request.spectra.contains(&update) {
            let values = singular_values_by_gram(trainer.machine().to_f64().weights_view())?;
            self.spectra.push((update, values));
        }
        Ok(())
    }

    /// The machine and its chains at the end.
    ///
    /// # Errors
    /// When nothing was recorded.
    pub fn end(&self) -> Result<&Snapshot, CheckError> {
        let last = self.snapshots.last().map(|last| &**last);
        last.ok_or_else(|| CheckError::Input("a training without a snapshot".into()))
    }
}
