//! The likelihood of images along a training: ln Z of the states that are kept, from one to the
//! next or, where chains do not go round, of each by itself, and at the end against an estimate
//! that knows the last state alone.

use crate::bits::States;
use crate::rbm::estimate::{Effort, Estimates, LADDERS, State};
use crate::rbm::marginal::log_weights;
use crate::rbm::tempering::Tempered;
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

/// What ln Z of a state is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// Enumeration: one layer has at most 24 units.
    Exact,
    /// Tempering along the training.
    Trajectory,
    /// Tempering of this state alone, since chains do not go round along the training.
    Alone,
}

/// A state of a training.
#[derive(Clone, Debug, Serialize)]
pub struct KeptState {
    /// Epochs until then.
    pub epoch: u64,
    /// ln Z.
    #[serde(flatten)]
    pub log_partition: WithError,
    /// What it is from.
    pub by: By,
    /// What is open about it.
    pub why: Vec<String>,
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
/// takes chains x betas sweeps of one chain, and every other one as many as all before it. `alone`
/// estimates ln Z of the state of an epoch by itself, which is asked for where the trajectory gives
/// none: where chains do not go round.
///
/// # Errors
/// States that make no trajectory.
pub fn track(
    kept: &[(u64, Rbm<f32>)],
    (train, test): (&States, &States),
    effort: Effort,
    key: impl Fn(&str) -> [u8; 32],
    alone: impl Fn(u64, &Rbm<f32>) -> Estimates,
) -> Result<Tracking, TrajectoryError> {
    let machines: Vec<Rbm<f32>> = kept.iter().map(|(_, machine)| machine.clone()).collect();
    let found = temper(&machines, effort, key)?;
    let (void, why) = (void(&found), open(&found, effort.within));
    let one = |((epoch, single), rung): (&(u64, Rbm<f32>), &Rung)| {
        let machine = single.to_f64();
        let trajectory = WithError { log_partition: rung.log_partition, se: rung.se };
        let (by, log_partition, why) = match exact::log_partition(&machine) {
            Some(log_partition) => (By::Exact, WithError { log_partition, se: 0.0 }, Vec::new()),
            // A wide interval is one.
            None if void.is_empty() => (By::Trajectory, trajectory, why.clone()),
            None => {
                let found = alone(*epoch, single);
                let Tempered { mean, se, .. } = found.tempering;
                (By::Alone, WithError { log_partition: mean, se }, found.bracket.why)
            }
        };
        let of = |images: &States| mean(log_weights(&machine, images)) - log_partition.log_partition;
        let (train, test) = (of(train), of(test));
        KeptState { epoch: *epoch, log_partition, by, why, trajectory, train, test }
    };
    let states: Vec<KeptState> = kept.iter().zip(found.states()).map(one).collect();
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

/// Why there is no estimate of ln Z along the training, if there is none.
fn void(found: &Tracked) -> Vec<String> {
    if found.states().any(|state| !state.log_partition.is_finite() || !state.se.is_finite()) {
        return vec![
            "two neighbouring states have no samples in common: there is no ln Z beyond them along the training".into(),
        ];
    }
    let (trips, made) = (TRIPS * found.ladders, found.round_trips);
    if made < trips {
        return vec![format!(
            "{made} round trips between independent units and the last state, {trips} are needed: states may be missed"
        )];
    }
    if found.fewest_round_trips == 0 {
        return vec!["a ladder made no round trip: it may hold states that the others miss".into()];
    }
    Vec::new()
}

/// What leaves the estimates open.
fn open(found: &Tracked, within: f64) -> Vec<String> {
    let mut why = void(found);
    let most = found.states().map(|state| state.se).fold(0.0, libm::fmaximum);
    let width = 2.0 * student_quantile(found.ladders as f64 - 1.0, 0.95) * most;
    // Without an estimate its width says nothing.
    if why.is_empty() && width > within {
        why.push(format!("an interval of ln Z of 95 % is {width:.3} nats wide, {within} are asked for"));
    }
    why
}

/// The trajectory's ln Z of the last state, a `machine`, beside the exact one, or else beside that
/// of this machine alone, which is estimated by `alone` where it has not been.
pub fn compare(
    tracking: &Tracking,
    machine: &Rbm<f32>,
    alone: impl Fn(u64, &Rbm<f32>) -> Estimates,
) -> Option<Compared> {
    let last = tracking.states.last()?;
    let (with, why) = match last.by {
        By::Exact | By::Alone => (last.log_partition, last.why.clone()),
        By::Trajectory => {
            let found = alone(last.epoch, machine);
            (WithError { log_partition: found.tempering.mean, se: found.tempering.se }, found.bracket.why)
        }
    };
    let exact = last.by == By::Exact;
    let difference = last.trajectory.log_partition - with.log_partition;
    // Not below what single precision and sums leave.
    let standard_errors = difference / libm::fmaximum(last.trajectory.se.hypot(with.se), 1e-3);
    let apart = standard_errors.is_nan() || standard_errors.abs() > APART;
    let state = match (apart, exact) {
        (true, true) if difference.is_finite() => State::ContradictsExact,
        (false, _) if tracking.why.is_empty() && why.is_empty() => State::Agree,
        _ => State::Open,
    };
    Some(Compared { with, exact, difference, standard_errors, state, why })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab;
    use crate::rbm::estimate::estimate;

    /// All units off and all on, weights 1 and e^field, with a wall between: W = 2, b = −N, and
    /// a = −M + field/N.
    fn two_states(n: usize, m: usize, field: f64) -> Rbm<f32> {
        let a = vec![-(m as f64) + field / n as f64; n];
        Rbm::new(n, m, vec![2.0; n * m], a, vec![-(n as f64); m]).expect("finite").to_f32()
    }

    /// Its ln Z over the numbers i of visible units that are on: Σ C(n, i) e^(ia)
    /// (1 + e^(2i − n))^m.
    fn counted(n: usize, m: usize, field: f64) -> f64 {
        let a = field / n as f64 - m as f64;
        let mut log_choices = 0.0;
        let term = |i: usize| {
            if i > 0 {
                log_choices += ((n - i + 1) as f64 / i as f64).ln();
            }
            log_choices + i as f64 * a + m as f64 * crate::math::softplus(2.0 * i as f64 - n as f64)
        };
        let logs: Vec<f64> = (0..=n).map(term).collect();
        let top = logs.iter().copied().fold(f64::NEG_INFINITY, libm::fmaximum);
        top + logs.iter().map(|log| (log - top).exp()).sum::<f64>().ln()
    }

    #[test]
    fn states_that_no_way_leads_to_are_estimated_each_by_itself() {
        // The heaviest state changes twice, by e^±30: chains along the training do not follow. Each
        // layer has more than 24 units, so that nothing is enumerated.
        let (n, m, fields) = (26, 25, [-30.0, 30.0, -30.0]);
        let kept: Vec<(u64, Rbm<f32>)> = (1..).zip(fields.map(|field| two_states(n, m, field))).collect();
        let images = States::from_fn(4, n, |row, unit| row > 1 || unit == 0);
        let effort = Effort { chains: 100, betas: 100, burn: 0, within: 0.2, rounds: 1, time: None };
        let alone = |epoch: u64, machine: &Rbm<f32>| {
            estimate(machine, None, None, effort, |purpose| lab::key(epoch, &["alone", purpose]), |_| ())
        };
        let key = |purpose: &str| lab::key(3, &["along", purpose]);
        let tracking = track(&kept, (&images, &images), effort, key, alone).expect("a trajectory");
        assert!(!tracking.why.is_empty(), "{tracking:?}");
        for (state, field) in tracking.states.iter().zip(fields) {
            let WithError { log_partition, se } = state.log_partition;
            let exact = counted(n, m, field);
            assert_eq!(state.by, By::Alone);
            // Student's law with 7 degrees of freedom lies beyond 5.4 with probability 1e-3.
            assert!((log_partition - exact).abs() < 5.4 * se + 1e-3 && se < 0.1, "{state:?} {exact}");
            let weights = mean(log_weights(&kept[state.epoch as usize - 1].1.to_f64(), &images));
            assert!((state.train - (weights - log_partition)).abs() < 1e-9 && state.train == state.test);
        }
        // The last state's value is used again.
        let again = |_: u64, _: &Rbm<f32>| -> Estimates { unreachable!("estimated already") };
        let compared = compare(&tracking, &kept[2].1, again).expect("a last state");
        let last = &tracking.states[2];
        assert_eq!(compared.with.log_partition, last.log_partition.log_partition);
        let difference = last.trajectory.log_partition - last.log_partition.log_partition;
        assert!(compared.difference == difference || difference.is_nan() && compared.difference.is_nan());
    }

    #[test]
    fn few_round_trips_and_a_ladder_without_any_void_an_estimate_and_a_wide_interval_leaves_it_open() {
        let found = |round_trips: usize, fewest_round_trips: usize, se: f64| Tracked {
            rungs: [0.0, 1.0].map(|place| Rung { place, log_partition: 3.0, se }).to_vec(),
            round_trips,
            fewest_round_trips,
            ladders: 8,
            sweeps: 100,
            most_refused: 0.4,
        };
        assert!(open(&found(80, 1, 0.04), 0.2).is_empty());
        // 2 · 2.3646 standard errors are 0.189 and 0.236: Student's law with 7 degrees of freedom.
        let wide = open(&found(80, 1, 0.05), 0.2);
        assert!(wide.len() == 1 && wide[0].contains("0.236 nats wide"), "{wide:?}");
        assert!(void(&found(80, 1, 0.05)).is_empty());
        assert!(void(&found(79, 1, 0.01))[0].contains("79 round trips"));
        assert!(void(&found(84, 0, 0.01))[0].contains("a ladder made no round trip"));
        assert!(void(&found(80, 1, f64::INFINITY))[0].contains("no samples in common"));
    }
}
