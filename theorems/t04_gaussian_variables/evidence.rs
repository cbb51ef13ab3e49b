//! The checks of every regime, and the modes that falsifiers use instead.

use super::densities::{own_densities, uniform_densities};
use super::distance::{distances, edgeworth, expanded_distance, lattice, normal_distance, sum_distance};
use super::falsifiers;
use super::moments::{enumerated, kurtosis, sampled_kurtosis};
use super::names::{columns, tables};
use super::regimes;
use super::streams;
use crate::bits::States;
use crate::claim::{Case, CheckError};
use crate::evidence::check;
use crate::evidence::{ALPHA, Evidence, Side, Table};
use crate::lab::{Lab, Snapshot};
use crate::linalg::thin_svd;
use crate::math::largest;
use crate::rbm::gibbs::hidden_means;
use crate::spectra::ensemble::unit_vector;
use crate::spectra::rotation;
use crate::stat;
use crate::stat::interval::Interval;
use faer::Mat;
use rand::RngExt;
use rayon::prelude::*;

pub(super) fn measure(case: Case<'_>, lab: &Lab) -> Result<Evidence, CheckError> {
    let mut evidence = Evidence::default();
    let of_all_states = |evidence: &mut Evidence| {
        enumerated(&case, lab, evidence);
        Ok(())
    };
    let of_kurtosis = |evidence: &mut Evidence| kurtosis(&case, lab, evidence);
    let of_block = |evidence: &mut Evidence| {
        let n = lab.plan().mode_shapes[0][0].0;
        let rng = &mut lab.stream(&case, streams::BLOCK, 0);
        block(&case, lab, leading_columns(&rotation::haar_orthogonal(n, rng), BLOCK), evidence)
    };
    match *case.regime {
        // Of falsifiers that name a check, only what they change most is repeated.
        regimes::DELOCALISED if case.is(&falsifiers::LATTICE_MIDWAY) => {
            lattice(&case, &mut evidence)?;
        }
        regimes::DELOCALISED if case.is(&falsifiers::RARE_ONES) => {
            evidence = Evidence::of_parts(&[&of_all_states, &of_block])?;
        }
        regimes::DELOCALISED if case.is(&falsifiers::RAW_POOLING) => of_kurtosis(&mut evidence)?,
        regimes::DELOCALISED => {
            evidence = Evidence::of_parts(&[
                &of_all_states,
                &of_kurtosis,
                &|evidence| sampled_kurtosis(&case, lab, evidence),
                &|evidence| distances(&case, lab, evidence),
                &of_block,
                // The figure shows the claim and the modes on five units.
                &|evidence| {
                    if !case.is(&falsifiers::IDENTITY) {
                        evidence.tables.push(uniform_densities(&case, lab)?);
                    }
                    Ok(())
                },
            ])?;
            evidence.drawn_from(lab.plan().mode_shapes[0][0], lab.plan().initial_std, 1);
        }
        regimes::TRAINED_UNIFORM => {
            let trajectory = lab.trained_from_normal(lab.plan().trained_hidden[0], 0)?;
            // The modes of a falsifier replace the delocalised ones.
            let delocalised = broken(&case, delocalised(trained_modes(trajectory.end()?)?)?, lab);
            if case.asks(&["distance-of-spread-modes"]) {
                delocalised_modes(&delocalised, &mut evidence);
            }
            block(&case, lab, delocalised, &mut evidence)?;
        }
        regimes::TRAINED_GIBBS => {
            let trajectory = lab.trained_from_normal(lab.plan().trained_hidden[0], 0)?;
            own_samples(&case, lab, trajectory.end()?, &mut evidence)?;
            evidence.tables.push(own_densities(&case, lab, trajectory.end()?)?);
        }
        _ => return Err(CheckError::no_checks(case.regime)),
    }
    Ok(evidence)
}

/// Modes with a larger inverse participation ratio do not count as delocalised.
const MOST: f64 = 0.05;

/// Number of modes in the check of joint normality.
const BLOCK: usize = 8;

/// Sizes of the kurtosis and distance checks, the paper's among them.
pub(super) const SIZES: [usize; 7] = [100, 200, 500, 700, 784, 1200, 2000];

fn case_is_localised(case: &Case<'_>) -> bool {
    case.is(&falsifiers::IDENTITY) || case.is(&falsifiers::FIVE_UNITS)
}

pub(super) fn kappa(mode: &[f64]) -> f64 {
    mode.iter().map(|u| u.powi(4)).sum()
}

/// Those of the given modes that are delocalised over many units.
pub(super) fn delocalised(modes: Vec<Vec<f64>>) -> Result<Vec<Vec<f64>>, CheckError> {
    let units = modes.first().map_or(0, Vec::len);
    let delocalised: Vec<Vec<f64>> = modes.into_iter().filter(|mode| kappa(mode) < MOST).collect();
    if delocalised.is_empty() {
        let few = format!(
            "needs a mode that is delocalised over many visible units (κ = Σ U⁴ below {MOST}, which requires more than 20 units), and the machine trained on these data ({units} visible units) has none"
        );
        return Err(CheckError::NotApplicable(few));
    }
    Ok(delocalised)
}

pub(super) fn leading_columns(u: &Mat<f64>, count: usize) -> Vec<Vec<f64>> {
    (0..count.min(u.ncols())).map(|i| (0..u.nrows()).map(|j| u[(j, i)]).collect()).collect()
}

/// The modes, or the modes by which a falsifier replaces them.
pub(super) fn broken(case: &Case<'_>, modes: Vec<Vec<f64>>, lab: &Lab) -> Vec<Vec<f64>> {
    let localised = |(i, mode): (usize, Vec<f64>)| {
        let n = mode.len();
        let mut out = vec![0.0; n];
        if case.is(&falsifiers::IDENTITY) {
            out[i % n] = 1.0;
        } else {
            // Different modes use different blocks of five units, so that they stay orthogonal.
            let rng = &mut lab.stream(case, streams::FIVE, i);
            for (at, u) in unit_vector(5, rng).into_iter().enumerate() {
                out[(5 * i + at) % n] = u;
            }
        }
        out
    };
    if case_is_localised(case) { modes.into_iter().enumerate().map(localised).collect() } else { modes }
}

/// Checks the squared length of a block of modes over sampled states: it follows χ² if the modes
/// are jointly normal.
pub(super) fn block(
    case: &Case<'_>,
    lab: &Lab,
    modes: Vec<Vec<f64>>,
    evidence: &mut Evidence,
) -> Result<(), CheckError> {
    let modes: Vec<Vec<f64>> = broken(case, modes, lab).into_iter().take(BLOCK).collect();
    let Some(units) = modes.first().map(Vec::len) else {
        return Err(CheckError::Input("there is no mode whose squared length could be tested".into()));
    };
    let count = modes.len();
    let p = if case.is(&falsifiers::RARE_ONES) { 0.05 } else { 0.5 };
    let states = 50 * lab.plan().mode_replicas;
    let lengths: Vec<f64> = (0..states)
        .into_par_iter()
        .map(|state| {
            let rng = &mut lab.stream(case, streams::STATE, state);
            let v: Vec<f64> = (0..units).map(|_| if rng.random::<f64>() < p { 0.5 } else { -0.5 }).collect();
            let along = |mode: &Vec<f64>| mode.iter().zip(&v).map(|(u, v)| u * v).sum::<f64>();
            modes.iter().map(|mode| 4.0 * along(mode).powi(2)).sum()
        })
        .collect();
    let degrees = count as f64;
    let name = format!("squared length of a block of {count} modes against χ², {states} states");
    let law = |x: f64| 1.0 - stat::goodness::chi_square_survival(x, degrees);
    let measurement = check::kolmogorov("block", name, &lengths, law);
    evidence.measurements.push(measurement.map_err(CheckError::while_doing("block"))?);
    Ok(())
}

/// Left singular vectors of a trained machine.
fn trained_modes(end: &Snapshot) -> Result<Vec<Vec<f64>>, CheckError> {
    let svd = thin_svd(end.machine.to_f64().weights_view()).map_err(CheckError::while_doing("decomposition"))?;
    Ok(leading_columns(&svd.u, svd.u.ncols()))
}

/// Checks the distance to the normal law for every delocalised mode of a trained machine.
fn delocalised_modes(modes: &[Vec<f64>], evidence: &mut Evidence) {
    let distances: Vec<f64> = modes.par_iter().map(|mode| normal_distance(mode) / (edgeworth() * MOST)).collect();
    let worst = largest(distances);
    evidence.measurements.push(check::near(
        "distance-of-spread-modes",
        "largest sup|F − Φ| of the trained modes with κ < 0.05, divided by 0.0459 · 0.05",
        worst,
        Interval::point(worst),
        0.0,
        1.5,
        "the leading Edgeworth term at κ = 0.05, and half of it for the following terms",
    ));
    evidence.observations.push(("number of trained modes with κ < 0.05".into(), modes.len() as f64));
}

/// Checks the variance of the leading mode over the machine's own persistent chains.
fn own_samples(case: &Case<'_>, lab: &Lab, end: &Snapshot, evidence: &mut Evidence) -> Result<(), CheckError> {
    let chains = &end.chains;
    let modes = trained_modes(end)?;
    let Some(mode) = modes.first() else {
        return Err(CheckError::Input("the trained machine has no mode, because it has no units".into()));
    };
    let x = chains.all_along(mode);
    let mean = stat::mean::mean(&x);
    let squares: Vec<f64> = x.iter().map(|x| 4.0 * (x - mean).powi(2)).collect();
    let interval = stat::mean::mean_interval(&squares, 1.0 - ALPHA).map_err(CheckError::while_doing("samples"))?;
    let name = "4 var x₁ over the chains of the trained machine";
    let observed = stat::mean::mean_and_error(&squares).0;
    let rationale = "a tenth of the variance of uniform states";
    evidence
        .measurements
        .push(check::near("own-variance", name, observed, interval, 1.0, 0.1, rationale).refuting(Side::Above));
    given_hidden(case, lab, end, mode, evidence);
    let mut table = Table::new(tables::SAMPLES, &[columns::X]);
    table.rows = x.iter().map(|x| vec![2.0 * (x - mean)]).collect();
    evidence.tables.push(table);
    Ok(())
}

/// Checks what is Gaussian instead: x₁ conditional on the hidden layer, a sum of independent units
/// with variance Σ U_j1² p_j (1 − p_j). The hidden layer is sampled once per chain; the conditional
/// law is computed exactly.
fn given_hidden(case: &Case<'_>, lab: &Lab, end: &Snapshot, mode: &[f64], evidence: &mut Evidence) {
    let machine = &end.machine;
    let (rows, n, m) = (end.chains.rows(), machine.visible, machine.hidden);
    let means = hidden_means(machine, &end.chains);
    let mut rngs: Vec<_> = (0..rows).map(|row| lab.stream(case, streams::GIVEN_HIDDEN, row)).collect();
    let hidden = States::from_fn(rows, m, |row, k| rngs[row].random::<f32>() < means[row * m + k]);
    let visible: Vec<f64> = hidden_means(&machine.exchanged(), &hidden).into_iter().map(f64::from).collect();
    let of = |means: &[f64]| (sum_distance(mode, means), expanded_distance(mode, means));
    let found: Vec<(f64, f64)> = visible.par_chunks(n).map(of).collect();
    let worst = largest(found.iter().map(|(exact, _)| *exact));
    evidence.measurements.push(check::near(
        "given-hidden",
        "exact sup|F − Φ| of x₁ given the hidden layer, with variance Σ U_j1² p_j (1 − p_j); largest over the chains",
        worst,
        Interval::point(worst),
        0.0,
        1.0 / 64.0,
        "a sum over five units has at most 32 values, hence a step of at least 1/32, half of which is its least distance to a continuous law",
    ));
    let ratios = Interval::envelope(found.iter().map(|(exact, expanded)| exact / expanded));
    evidence.measurements.push(check::near(
        "given-hidden-corrections",
        "the same divided by its Edgeworth expansion to order 1/N, over all chains",
        if 1.0 - ratios.low > ratios.high - 1.0 { ratios.low } else { ratios.high },
        ratios,
        1.0,
        0.1,
        "the next terms are smaller by the root of the number of contributing units: 0.1 for a hundred",
    ));
}
