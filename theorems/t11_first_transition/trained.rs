//! Machines trained by the project's trainer on drawn images of one pattern, against the training
//! with infinitely many chains and images.

use super::flow::SetUp;
use super::names::{columns, tables};
use super::one_pattern::STRENGTH;
use super::pcd::{Persistent, persistent};
use super::streams;
use crate::bits::States;
use crate::claim::{Case, CheckError, Variant};
use crate::evidence::{ALPHA, Evidence, Table, check};
use crate::lab::{Lab, Scale};
use crate::rbm::Rbm;
use crate::rbm::optimiser::Optimiser;
use crate::rbm::train::{TrainSpec, Trainer, VisibleBias};
use crate::stat::mean::{mean_and_error, mean_interval};
use rand::RngExt;
use rayon::prelude::*;

/// N = M.
const SIZE: usize = 64;

/// λ at first: the noise of the chains moves it by less than a hundredth.
const START: f64 = 0.5;

/// Change of τ per update, and updates.
const STEP: f64 = 0.04;
const UPDATES: usize = 75;

/// Sign of a unit in the pattern, or in the direction of the hidden layer: as many of each.
fn sign(unit: usize) -> f64 {
    if unit.is_multiple_of(2) { 1.0 } else { -1.0 }
}

/// λ = pᵀWq after every update of one training.
fn training(case: &Case<'_>, lab: &Lab, replica: usize, images: usize) -> Result<Vec<f64>, CheckError> {
    let strength = if matches!(case.variant, Variant::AsStated) { STRENGTH } else { 0.0 };
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
    let size = SIZE as f64;
    let weights = (0..SIZE * SIZE).map(|at| START * sign(at / SIZE) * sign(at % SIZE) / size).collect();
    let machine = Rbm::zero_field(SIZE, SIZE, weights).map_err(CheckError::while_doing("machine"))?.to_f32();
    let mut key = [0; 32];
    rand::Rng::fill_bytes(&mut lab.stream(case, streams::TRAINING, replica), &mut key);
    let failed = || CheckError::while_doing::<crate::rbm::train::TrainError>("training");
    let mut trainer = Trainer::new(spec, &data, key).map_err(failed())?.starting_at(machine).map_err(failed())?;
    let mut lambdas = Vec::with_capacity(UPDATES);
    for _ in 0..UPDATES {
        trainer
            .run_epoch(&data, |trainer| {
                let weights = trainer.machine().weights.iter().enumerate();
                let along = weights.map(|(at, w)| sign(at / SIZE) * sign(at % SIZE) * f64::from(*w));
                lambdas.push(along.sum::<f64>() / size);
            })
            .map_err(failed())?;
    }
    Ok(lambdas)
}

pub(super) fn trained(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let (replicas, images) = if lab.plan().scale == Scale::Quick { (12, 1_500) } else { (24, 6_000) };
    let runs: Vec<Vec<f64>> = (0..replicas)
        .into_par_iter()
        .map(|replica| training(case, lab, replica, images))
        .collect::<Result<_, CheckError>>()?;
    let set_up = SetUp { visible: SIZE, hidden: SIZE, strength: STRENGTH };
    // What the theory is given; the chains of a machine without biases start at fair units.
    let stated = Case { variant: Variant::AsStated, ..*case };
    let (pattern, of) = (set_up.pattern(&stated), Persistent { start: START, drawn_at: 0.0, step: STEP, sweeps: 1 });
    let predicted = persistent(&pattern, &of, UPDATES);
    let crossing = predicted.iter().position(|lambda| *lambda >= 4.0).unwrap_or(UPDATES - 1);
    let rationale =
        "what an eigenvalue c that is wrong by a twentieth changes at the crossing: the speed there times τ_c/20";
    let bound = set_up.speed() * set_up.crossing(START).limit / 20.0;
    for (id, at) in [("trained-crossing", crossing), ("trained-after", UPDATES - 1)] {
        let values: Vec<f64> = runs.iter().map(|run| run[at]).collect();
        let interval = mean_interval(&values, 1.0 - ALPHA).map_err(CheckError::while_doing("mean"))?;
        let name = format!("λ of trained machines at τ = {:.2}, mean of {replicas}", (at + 1) as f64 * STEP);
        let mean = mean_and_error(&values).0;
        evidence.measurements.push(check::near(id, name, mean, interval, predicted[at], bound, rationale));
    }
    let mut table =
        Table::new(tables::TRAINED, &[columns::TAU, columns::LAMBDA, columns::ERROR, columns::THEORY, columns::EXACT]);
    let times: Vec<f64> = (1..=UPDATES).map(|update| update as f64 * STEP).collect();
    let exact = pattern.at(START, &times, 1e-7);
    for (at, tau) in times.iter().enumerate() {
        let (mean, error) = mean_and_error(&runs.iter().map(|run| run[at]).collect::<Vec<_>>());
        table.rows.push(vec![*tau, mean, error, predicted[at], exact[at]]);
    }
    evidence.tables.push(table);
    Ok(())
}
