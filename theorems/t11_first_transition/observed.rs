//! What lies outside the set-up, observed and not judged: a random start, and natural images.

use super::names::{columns, tables};
use super::streams;
use super::trained::{IMAGES, SIZE, along_pattern, follow};
use crate::bits::States;
use crate::claim::{Case, CheckError};
use crate::evidence::{Evidence, Table};
use crate::lab::Lab;
use crate::linalg::thin_svd;
use crate::math::larger;
use crate::rbm::Rbm;
use crate::rbm::mean_field::{FixedPoint, relaxed};
use crate::rbm::optimiser::Optimiser;
use crate::rbm::train::{TrainError, TrainSpec, Trainer};
use crate::spectra::ensemble;
use crate::stat::mean::mean_and_error;
use faer::Mat;
use rayon::prelude::*;

/// Machines from a random start: sizes of pᵀW, and how uneven it is along the hidden units.
pub(super) fn random_start(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    const REPLICAS: usize = 6;
    // Streams beside those of the trainings that are judged.
    const FIRST: usize = 1_000;
    // |pᵀW| has the root mean square 0.5 at first, the λ of the even start.
    let s = 0.5 / (SIZE as f64).sqrt();
    let look = |machine: &Rbm<f32>| {
        let along = along_pattern(machine);
        let square: f64 = along.iter().map(|g| g * g).sum();
        let fourth: f64 = along.iter().map(|g| g.powi(4)).sum();
        (square.sqrt(), SIZE as f64 * fourth / (square * square))
    };
    let run = |replica: usize| {
        let w = ensemble::normal(SIZE, SIZE, s, &mut lab.stream(case, streams::RANDOM_START, replica));
        let weights = (0..SIZE * SIZE).map(|at| w[(at / SIZE, at % SIZE)]).collect();
        follow((case, lab), (FIRST + replica, IMAGES), weights, look)
    };
    let runs: Vec<Vec<(f64, f64)>> = (0..REPLICAS).into_par_iter().map(run).collect::<Result<_, CheckError>>()?;
    let last =
        |of: fn(&(f64, f64)) -> f64| -> Vec<f64> { runs.iter().map(|run| run.last().map_or(f64::NAN, of)).collect() };
    let first: Vec<f64> = runs.iter().map(|run| run.first().map_or(f64::NAN, |seen| seen.1)).collect();
    let of = |what: &str| format!("{what}, random start of s = {s:.4}, mean of {REPLICAS}");
    evidence.observations.extend([
        (of("|pᵀW| at the end of the training"), mean_and_error(&last(|seen| seen.0)).0),
        (of("M Σ q⁴ after one update (even: 1, normal: 3)"), mean_and_error(&first).0),
        (of("M Σ q⁴ at the end"), mean_and_error(&last(|seen| seen.1)).0),
    ]);
    Ok(())
}

/// Images of the lab that a machine learns.
const NATURAL: usize = 1_000;

/// Its hidden units.
const HIDDEN: usize = 32;

/// Passes over the images at most.
const EPOCHS: usize = 100;

/// The leading mode of fluctuations around a mean-field state.
struct Leading {
    singular_value: f64,
    gain: f64,
    /// Variance over the chains, in units of that without couplings.
    variance: f64,
}

/// Variance of Σ e_j (v_j − p_j)/√(p_j(1 − p_j)) over the chains, e the left singular vector of
/// D_v^(1/2) W D_h^(1/2) of its largest singular value, which is the gain g. Without couplings it
/// is 1, and 1/(1 − g²) in the Gaussian approximation around the mean-field state.
fn leading(machine: &Rbm, point: &FixedPoint, chains: &States) -> Result<Leading, CheckError> {
    let w = machine.weights_view();
    let deviation = |p: f64| (p * (1.0 - p)).sqrt();
    let scaled = Mat::from_fn(machine.visible, machine.hidden, |j, k| {
        deviation(point.visible[j]) * w[(j, k)] * deviation(point.hidden[k])
    });
    let failed = || CheckError::while_doing("decomposition");
    let svd = thin_svd(scaled.as_ref()).map_err(failed())?;
    let direction: Vec<f64> = (0..machine.visible).map(|j| svd.u[(j, 0)] / deviation(point.visible[j])).collect();
    let values: Vec<f64> = (0..chains.rows()).map(|chain| chains.along(chain, &direction)).collect();
    let variance = mean_and_error(&values).1.powi(2) * values.len() as f64;
    let plain = thin_svd(w).map_err(failed())?;
    Ok(Leading { singular_value: plain.singular_values[0], gain: svd.singular_values[0], variance })
}

/// A machine that learns the images of the lab: its largest singular value, its mean-field gain and
/// the variance of the leading mode, until the gain has passed its maximum. Natural images have
/// biases, so that the transition is at a gain of 1, from below, and not at λ = 4: a state that the
/// iteration reaches has a gain of at most 1.
pub(super) fn images(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let all = &lab.data().train.images;
    let data = States::from_fn(NATURAL.min(all.rows()), all.units(), |row, unit| all.get(row, unit));
    let batch = data.rows().min(500);
    let spec = TrainSpec {
        batch,
        chains: batch,
        optimiser: Optimiser::Sgd { rate: 0.05 },
        ..TrainSpec::pcd(HIDDEN, EPOCHS, 0.01)
    };
    let mut key = [0; 32];
    rand::Rng::fill_bytes(&mut lab.stream(case, streams::NATURAL, 0), &mut key);
    let failed = || CheckError::while_doing::<TrainError>("training on images");
    let mut trainer = Trainer::new(spec, &data, key).map_err(failed())?;
    let mut table = Table::new(tables::NATURAL, &[columns::UPDATE, columns::LAMBDA, columns::GAIN, columns::VARIANCE]);
    let (mut means, mut largest) = (data.means(), 0.0);
    while trainer.epochs() < EPOCHS as u64 {
        trainer.run_epoch(&data, |_| ()).map_err(failed())?;
        let machine = trainer.machine().to_f64();
        let Some(point) = relaxed(&machine, &means).map_err(CheckError::while_doing("mean field"))? else { break };
        let found = leading(&machine, &point, &trainer.chains().visible)?;
        table.rows.push(vec![trainer.updates() as f64, found.singular_value, found.gain, found.variance]);
        means = point.visible;
        // Early gains are those of noise.
        if largest > 0.5 && found.gain < 0.95 * largest {
            break;
        }
        largest = larger(largest, found.gain);
    }
    let critical = table.rows.iter().max_by(|a, b| a[2].total_cmp(&b[2]));
    if let Some(row) = critical {
        let at = |what: &str| format!("{what}, {} images, {HIDDEN} hidden units, update {}", data.rows(), row[0]);
        evidence.observations.extend([
            (at("λ₁ where the mean-field gain is largest"), row[1]),
            (at("mean-field gain"), row[2]),
            (at("variance of the leading mode over 1/(1 − gain²)"), row[3] * (1.0 - row[2] * row[2])),
        ]);
    }
    evidence.tables.push(table);
    Ok(())
}
