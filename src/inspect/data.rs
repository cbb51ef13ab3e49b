//! What samples say of a machine: how likely they are, and where they lie along its modes.

use super::{Mode, Why};
use crate::bits::{LANES, States};
use crate::stat::mean::{class_share, mean_and_error};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeSet;

/// Samples, one per row, and their classes.
#[derive(Clone, Copy, Debug)]
pub struct Data<'a> {
    /// Visible states.
    pub states: &'a States,
    /// The class of each.
    pub classes: Option<&'a [u8]>,
}

/// ln p(v), averaged over samples.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Likelihood {
    /// How many samples.
    pub samples: usize,
    /// Mean of ln p(v), in nats per sample.
    pub mean: f64,
    /// Its standard error over the samples; `None` for one.
    pub se: Option<f64>,
    /// The mean over the number of visible units.
    pub per_unit: f64,
    /// The mean at the ends of the interval of ln Z, lower one first; both are `mean` where ln Z is
    /// exact.
    pub between: [f64; 2],
}

/// ln Z and the ends of its interval.
#[derive(Clone, Copy, Debug)]
pub struct LogPartition {
    /// The value.
    pub value: f64,
    /// Lower and upper end; both the value where it is exact.
    pub between: [f64; 2],
}

/// Where states lie along a mode.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Place {
    /// Mean of x = U·v.
    pub mean: f64,
    /// Standard deviation of x; `None` for one state.
    pub sd: Option<f64>,
}

/// Mean log-likelihood of states with the given ln weights, where ln Z of the same machine is
/// `log_partition`, in nats; `units` are those of the machine as stored.
pub fn likelihood(log_weights: &[f64], log_partition: LogPartition, units: usize) -> Likelihood {
    let LogPartition { value, between: [low, high] } = log_partition;
    let (weight, se) = mean_and_error(log_weights);
    let (samples, mean) = (log_weights.len(), weight - value);
    Likelihood {
        samples,
        mean,
        se: (samples > 1).then_some(se),
        per_unit: mean / units as f64,
        // No probability is above 1.
        between: [weight - high, if mean <= 0.0 { libm::fminimum(weight - low, 0.0) } else { weight - low }],
    }
}

/// Where `values` lie.
fn place(values: &[f64]) -> Option<Place> {
    let (mean, se) = mean_and_error(values);
    let sd = (values.len() > 1).then(|| se * (values.len() as f64).sqrt());
    (!values.is_empty()).then_some(Place { mean, sd })
}

/// Says in `modes` where samples of the machine (`drawn`) and of the user lie, by the visible
/// vectors `along`, and how much of the variance of the latter lies between classes. Returns the
/// share that classes without meaning have on average.
pub(super) fn positions(
    modes: &mut [Mode],
    along: &[Vec<f64>],
    drawn: &States,
    data: Option<Data<'_>>,
    why: &mut Why,
) -> Option<f64> {
    let classes = data.and_then(|data| data.classes).map(|classes| classes.iter().collect::<BTreeSet<_>>().len());
    let samples = data.map_or(0, |data| data.states.rows());
    let told = classes.is_some_and(|classes| classes > 1 && classes < samples);
    // As many at a time as are summed together: all of a large set would be a large table.
    modes.par_chunks_mut(LANES).zip(along.par_chunks(LANES)).for_each(|(modes, along)| {
        modes.iter_mut().zip(drawn.along_modes(along)).for_each(|(mode, x)| mode.samples = place(&x));
        let Some(Data { states, classes }) = data else { return };
        for (mode, x) in modes.iter_mut().zip(states.along_modes(along)) {
            mode.data = place(&x);
            // A mode along which all samples lie at one place has no variance to share out.
            mode.class_share = classes.filter(|_| told).and_then(|classes| class_share(&x, classes).ok());
        }
    });
    match data {
        None => why.say("data", "give samples with --data"),
        Some(Data { classes: None, .. }) => why.say("class_share", "give classes with --labels"),
        Some(_) if modes.iter().any(|mode| mode.class_share.is_none()) => {
            why.say("class_share", "one class, one sample per class, or all samples at one place along the mode");
        }
        Some(_) => {}
    }
    classes.filter(|_| told).map(|classes| (classes - 1) as f64 / (samples - 1) as f64)
}
