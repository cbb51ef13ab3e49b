//! Machines trained by the project's trainer on drawn images of one pattern, against the training
//! with infinitely many chains and images.

use super::falsifiers;
use super::flow::SetUp;
use super::names::{columns, tables};
use super::one_pattern::STRENGTH;
use super::pcd::{Persistent, persistent};
use super::streams;
use crate::bits::States;
use crate::claim::{Case, CheckError};
use crate::evidence::{ALPHA, Evidence, Table, check};
use crate::lab::{Lab, Scale};
use crate::rbm::Rbm;
use crate::rbm::optimiser::Optimiser;
use crate::rbm::train::{TrainSpec, Trainer, VisibleBias};
use crate::stat::mean::{mean_and_error, mean_interval};
use rand::RngExt;
use rayon::prelude::*;

/// N = M.
pub(super) const SIZE: usize = 64;

/// λ at first: the noise of the chains moves it by less than a hundredth.
const START: f64 = 0.5;

/// Images of one training at quick scale, three times as many as chains.
pub(super) const IMAGES: usize = 1_500;

/// Change of τ per update, and updates.
const STEP: f64 = 0.04;
const UPDATES: usize = 75;

/// Sign of a unit in the pattern, or in the direction of the hidden layer: as many of each.
fn sign(unit: usize) -> f64 {
    if unit.is_multiple_of(2) { 1.0 } else { -1.0 }
}

/// One training from these weights at zero centred field, looked at after every update.
pub(super) fn follow<T>(
    (case, lab): (&Case<'_>, &Lab),
    (replica, images): (usize, usize),
    weights: Vec<f64>,
    look: impl Fn(&Rbm<f32>) -> T,
) -> Result<Vec<T>, CheckError> {
    let strength = if case.is(&falsifiers::FAIR_IMAGES) { 0.0 } else { STRENGTH };
    let mut rng = lab.stream(case, streams::IMAGES, replica);
    // As many images of either sign.
    let data = States::from_fn(images, SIZE, |row, unit| {
        let agrees = rng.random::<f64>() < 0.5 * (1.0 + strength);
        (sign(row) * sign(unit) > 0.0) == agrees
    });
    let set_up = SetUp { visible: SIZE, hidden: SIZE, strength: STRENGTH };
    let rate = (4.0 * STEP / set_up.eigenvalue()) as f32;
    let spec = TrainSpec {
        batch: images,
        chains: images / 3,
        optimiser: Optimiser::Sgd { rate },
        visible_bias: VisibleBias::Normal,
        ..TrainSpec::pcd(SIZE, UPDATES, 0.0)
    };
    let machine = Rbm::zero_field(SIZE, SIZE, weights).map_err(CheckError::while_doing("machine"))?.to_f32();
    let mut key = [0; 32];
    rand::Rng::fill_bytes(&mut lab.stream(case, streams::TRAINING, replica), &mut key);
    let failed = || CheckError::while_doing::<crate::rbm::train::TrainError>("training");
    let mut trainer = Trainer::new(spec, &data, key).map_err(failed())?.starting_at(machine).map_err(failed())?;
    let mut seen = Vec::with_capacity(UPDATES);
    for _ in 0..UPDATES {
        trainer.run_epoch(&data, |trainer| seen.push(look(trainer.machine()))).map_err(failed())?;
    }
    Ok(seen)
}

/// (pᵀW)_k.
pub(super) fn along_pattern(machine: &Rbm<f32>) -> Vec<f64> {
    let mut sums = vec![0.0; machine.hidden];
    for (unit, row) in machine.weights.chunks_exact(machine.hidden).enumerate() {
        sums.iter_mut().zip(row).for_each(|(sum, w)| *sum += sign(unit) * f64::from(*w));
    }
    let root = (machine.visible as f64).sqrt();
    sums.into_iter().map(|sum| sum / root).collect()
}

/// λ = pᵀWq with the even q.
fn lambda(machine: &Rbm<f32>) -> f64 {
    let along = along_pattern(machine).into_iter().enumerate();
    along.map(|(unit, value)| sign(unit) * value).sum::<f64>() / (machine.hidden as f64).sqrt()
}

/// Checks λ of trained machines at the crossing and after it.
pub(super) fn trained(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let (replicas, images) = match lab.plan().scale {
        _ if case.is(&falsifiers::FAIR_IMAGES) => (6, IMAGES),
        Scale::Quick => (24, IMAGES),
        Scale::Full => (48, 6_000),
    };
    let start = || (0..SIZE * SIZE).map(|at| START * sign(at / SIZE) * sign(at % SIZE) / SIZE as f64).collect();
    let runs: Vec<Vec<f64>> = (0..replicas)
        .into_par_iter()
        .map(|replica| follow((case, lab), (replica, images), start(), lambda))
        .collect::<Result<_, CheckError>>()?;
    let set_up = SetUp { visible: SIZE, hidden: SIZE, strength: STRENGTH };
    // The chains of a machine without biases start at fair units.
    let (pattern, of) = (set_up.pattern(case), Persistent { start: START, drawn_at: 0.0, step: STEP, sweeps: 1 });
    let lagging = persistent(&pattern, &of, UPDATES);
    let times: Vec<f64> = (1..=UPDATES).map(|update| update as f64 * STEP).collect();
    let exact = pattern.at(START, &times, 1e-7);
    let crossing = lagging.iter().position(|lambda| *lambda >= 4.0).unwrap_or(UPDATES - 1);
    // Where chains that lag have carried λ furthest beyond the flow.
    let ahead = |at: usize| lagging[at] - exact[at];
    let furthest = (0..UPDATES).max_by(|&a, &b| ahead(a).total_cmp(&ahead(b))).unwrap_or(UPDATES - 1);
    let predicted = if case.is(&falsifiers::IN_EQUILIBRIUM) { &exact } else { &lagging };
    let one_update = (set_up.speed() * STEP, "what one update changes there: the speed at λ = 4 times its length in τ");
    let half_lag = (0.5 * ahead(furthest), "half of what the lag of the chains and finite steps change there");
    for (id, at, (bound, rationale)) in
        [("trained-crossing", crossing, one_update), ("trained-after", furthest, half_lag)]
    {
        let values: Vec<f64> = runs.iter().map(|run| run[at]).collect();
        let interval = mean_interval(&values, 1.0 - ALPHA).map_err(CheckError::while_doing("mean"))?;
        let name = format!("λ of trained machines at τ = {:.2}, mean of {replicas}", times[at]);
        let mean = mean_and_error(&values).0;
        evidence.measurements.push(check::near(id, name, mean, interval, predicted[at], bound, rationale));
    }
    let mut table =
        Table::new(tables::TRAINED, &[columns::TAU, columns::LAMBDA, columns::ERROR, columns::THEORY, columns::EXACT]);
    for (at, tau) in times.iter().enumerate() {
        let (mean, error) = mean_and_error(&runs.iter().map(|run| run[at]).collect::<Vec<_>>());
        table.rows.push(vec![*tau, mean, error, lagging[at], exact[at]]);
    }
    evidence.tables.push(table);
    Ok(())
}
