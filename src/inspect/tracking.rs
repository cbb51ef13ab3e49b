//! The likelihood of images along a training: ln Z of the states that are kept, from one to the
//! next, and at the end against an estimate that knows the last state alone.

use super::data::log_weights;
use crate::bits::States;
use crate::rbm::estimate::{Effort, LADDERS, State, estimate};
use crate::rbm::trajectory::{Rung, Tracked, Trajectory, TrajectoryError};
use crate::rbm::{Rbm, exact, origins};
use crate::stat::mean::{mean, student_quantile};
use serde::Serialize;

/// ln Z, and its standard error.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct WithError {
    /// ln Z.
    pub log_partition: f64,
    /// Its standard error.
    pub se: f64,
}

/// A state of a training.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct KeptState {
    /// Epochs until then.
    pub epoch: u64,
    /// ln Z: exact where one layer has at most 24 units, else along the trajectory.
    #[serde(flatten)]
    pub log_partition: WithError,
    /// Whether it is exact.
    pub exact: bool,
    /// ln Z along the trajectory.
    pub trajectory: WithError,
    /// Mean of ln p(v) over the training images, in nats per image.
    pub train: f64,
    /// The same over the test images.
    pub test: f64,
}

/// A training, state by state.
#[derive(Clone, Debug, Serialize)]
pub struct Tracking {
    /// In order.
    pub states: Vec<KeptState>,
    /// Rungs, from independent units to the last state.
    pub rungs: usize,
    /// Ladders.
    pub ladders: usize,
    /// Sweeps of every chain that count.
    pub sweeps: usize,
    /// Times that a chain went from independent units to the last state and back.
    pub round_trips: usize,
    /// Largest share of exchanges that a pair of neighbours refuses.
    pub most_refused: f64,
    /// What leaves the trajectory's ln Z open.
    pub why: Vec<String>,
}

/// What the trajectory says of the last state, beside an estimate of this state alone.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// The other one: exact, or by tempering between temperatures as `log-partition` does it.
    #[serde(flatten)]
    pub with: WithError,
    /// Whether it is exact.
    pub exact: bool,
    /// The trajectory's less the other.
    pub difference: f64,
    /// The same in standard errors of both together.
    pub standard_errors: f64,
    /// What that says: open where either value is open itself.
    pub state: State,
    /// What is open about the other one.
    pub why: Vec<String>,
}

/// Standard errors that two estimates may differ by.
pub const APART: f64 = 4.0;

/// Round trips that a ladder must have made on average.
const TRIPS: usize = 10;

/// ln Z of the `kept` states of a training (epoch, machine), in order, and how likely the training
/// and test images are. `key` gives the random numbers of a purpose. Of `effort` the first round
/// takes chains x betas sweeps of one chain, and every other one as many as all before it.
///
/// # Errors
/// States that make no trajectory.
pub fn track(
    kept: &[(u64, Rbm<f32>)],
    (train, test): (&States, &States),
    effort: Effort,
    key: impl Fn(&str) -> [u8; 32],
) -> Result<Tracking, TrajectoryError> {
    let machines: Vec<Rbm<f32>> = kept.iter().map(|(_, machine)| machine.clone()).collect();
    let found = temper(&machines, effort, key)?;
    let one = |((epoch, machine), rung): (&(u64, Rbm<f32>), &Rung)| {
        let machine = machine.to_f64();
        let trajectory = WithError { log_partition: rung.log_partition, se: rung.se };
        let exact = exact::log_partition(&machine);
        let log_partition = exact.map_or(trajectory, |log_partition| WithError { log_partition, se: 0.0 });
        let of = |images: &States| mean(log_weights(&machine, images)) - log_partition.log_partition;
        let (train, test) = (of(train), of(test));
        KeptState { epoch: *epoch, log_partition, exact: exact.is_some(), trajectory, train, test }
    };
    let states: Vec<KeptState> = kept.iter().zip(found.states()).map(one).collect();
    let why = open(&found, effort.within);
    let Tracked { rungs, round_trips, ladders, sweeps, most_refused, .. } = found;
    Ok(Tracking { states, rungs: rungs.len(), ladders, sweeps, round_trips, most_refused, why })
}

/// Rounds of tempering, each as long as all before it, until nothing is open.
fn temper(machines: &[Rbm<f32>], effort: Effort, key: impl Fn(&str) -> [u8; 32]) -> Result<Tracked, TrajectoryError> {
    // Of the chains of other origin only the means are used.
    let means = machines.first().map_or_else(Vec::new, |first| origins::find(first, None, 2, key("origins")).1.visible);
    let work = effort.chains.max(2).saturating_mul(effort.betas) / LADDERS;
    let mut trajectory = Trajectory::new(machines, &means, LADDERS, work / 16, key("trajectory"))?;
    let first = (work / trajectory.places().len()).max(16);
    trajectory.settle(first / 3);
    let mut sweeps = first;
    for _ in 1..effort.rounds {
        trajectory.extend(sweeps, 0);
        let found = trajectory.found();
        if open(&found, effort.within).is_empty() {
            return Ok(found);
        }
        sweeps = found.sweeps;
    }
    trajectory.extend(sweeps, 0);
    Ok(trajectory.found())
}

/// What leaves the estimates open.
fn open(found: &Tracked, within: f64) -> Vec<String> {
    if found.states().any(|state| !state.log_partition.is_finite() || !state.se.is_finite()) {
        return vec![
            "two neighbouring states have no samples in common: there is no ln Z beyond them along the training".into(),
        ];
    }
    let mut why = Vec::new();
    let most = found.states().map(|state| state.se).fold(0.0, libm::fmaximum);
    let width = 2.0 * student_quantile(found.ladders as f64 - 1.0, 0.95) * most;
    if width > within {
        why.push(format!("an interval of ln Z of 95 % is {width:.3} nats wide, {within} are asked for"));
    }
    let trips = TRIPS * found.ladders;
    if found.round_trips < trips {
        let made = found.round_trips;
        why.push(format!(
            "{made} round trips between independent units and the last state, {trips} are needed: states may be missed"
        ));
    }
    why
}

/// The trajectory's ln Z of the last state, a `machine`, beside the exact one, or else beside that
/// of tempering and annealing of this machine alone.
pub fn compare(
    tracking: &Tracking,
    machine: &Rbm<f32>,
    effort: Effort,
    key: impl Fn(&str) -> [u8; 32],
) -> Option<Compared> {
    let last = tracking.states.last()?;
    let (with, why) = match last.exact {
        true => (last.log_partition, Vec::new()),
        false => {
            let found = estimate(machine, None, None, effort, key);
            (WithError { log_partition: found.tempering.mean, se: found.tempering.se }, found.bracket.why)
        }
    };
    let difference = last.trajectory.log_partition - with.log_partition;
    // Not below what single precision and sums leave.
    let standard_errors = difference / libm::fmaximum(last.trajectory.se.hypot(with.se), 1e-3);
    let apart = standard_errors.is_nan() || standard_errors.abs() > APART;
    let state = match (apart, last.exact) {
        (true, true) if difference.is_finite() => State::ContradictsExact,
        (false, _) if tracking.why.is_empty() && why.is_empty() => State::Agree,
        _ => State::Open,
    };
    Some(Compared { with, exact: last.exact, difference, standard_errors, state, why })
}
