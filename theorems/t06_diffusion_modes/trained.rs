//! Checks of the modes of trained machines at the mean-field fixed point of their chains.

use super::evidence::{by_scale, logistic, training};
use super::falsifiers;
use super::gibbs::{around, not_shrunk, slope};
use super::names::{columns, tables};
use super::streams;
use crate::bits::States;
use crate::claim::{Case, CheckError};
use crate::evidence::check;
use crate::evidence::{ALPHA, Column, Evidence, Measurement, Table};
use crate::lab::Purpose;
use crate::lab::{Lab, Snapshot};
use crate::linalg::product;
use crate::linalg::singular_values;
use crate::linalg::thin_svd;
use crate::math::larger;
use crate::math::smaller;
use crate::rbm::Rbm;
use crate::rbm::gibbs::Chains;
use crate::rbm::mean_field::{FixedPoint, fixed_point};
use crate::rbm::train::VisibleBias;
use crate::stat::interval::Coverage;
use crate::stat::interval::Interval;
use faer::Mat;
use rand::RngExt;

/// One mode of the linear map of a sweep, δ → D_v W D_h Wᵀ δ, at a fixed point.
pub(super) struct Local {
    /// Its left eigenvector D_v^(-1/2) a, where a is a left singular vector of A = D_v^(1/2) W
    /// D_h^(1/2). Independent units at their means have variance 1 along it.
    pub(super) along: Vec<f64>,
    /// Its sweep factor, a squared singular value of A.
    pub(super) factor: f64,
    /// The sweep factor if the visible units are independent with the means of the fixed point. The
    /// regression of a sweep is then Σ ℓ_j D_j W_jk E[σ'(ξ_k)σ'(η_i)] W_ik ℓ_i. In the fields ξ_k
    /// and η_i, v_j is replaced by a uniform variable in (0, 1), and in η_i also h_k, because
    /// Cov(v, F) = D[F(1) − F(0)] for independent v. All terms of order 1/N are kept, if every
    /// weight is of this order: σ' averaged over normal fields with the means and variances given
    /// by independent units, the covariance c of the fields (Price's theorem: E f(ξ)g(η) = Ef Eg +
    /// c Ef' Eg' + …), and the shifts ½ − p_j and ½ − h_k of the replaced units. Neglected are c²,
    /// third cumulants, the variances of the replaced units, and products of their shifts.
    pub(super) averaged: f64,
    /// Scale of the neglected terms: the squared sum of the absolute corrections divided by the
    /// factor, plus four times the contribution of c². This is an estimate; [`LEFT_OUT`] times it
    /// is used as a bound.
    pub(super) second: f64,
}

/// Tolerance of the averaged factor, in units of the scale of the neglected terms. In sixty exact
/// double sums (see the unit test) the remainder is at most 1.7 of these units.
pub(super) const LEFT_OUT: f64 = 2.0;

/// Tests an observation with standard error against a prediction that has itself the tolerance
/// `bound`. Only the deviation beyond the tolerance is attributed to chance. The test is two-sided,
/// so that it keeps its size wherever within the tolerance the true value lies.
pub(super) fn beyond(id: &str, name: String, (found, error): (f64, f64), predicted: f64, bound: f64) -> Measurement {
    let nearest = predicted + smaller(larger(found - predicted, -bound), bound);
    Measurement { predicted, ..check::z(id, name, found, nearest, error * error) }
}

/// Mean-field fixed point reached from the means of a snapshot's chains; `None` if Newton's method
/// finds none.
fn found_point(machine: &Rbm, chains: &States) -> Result<Option<FixedPoint>, CheckError> {
    fixed_point(machine, &chains.means()).map_err(CheckError::while_doing("fixed point"))
}

/// The `count` leading modes at a fixed point.
pub(super) fn local_modes(machine: &Rbm, point: &FixedPoint, count: usize) -> Result<Vec<Local>, CheckError> {
    let (n, m, w) = (machine.visible, machine.hidden, machine.weights_view());
    let variances = |means: &[f64]| means.iter().map(|p| p * (1.0 - p)).collect::<Vec<_>>();
    let (dv, dh) = (variances(&point.visible), variances(&point.hidden));
    let scaled = Mat::from_fn(n, m, |j, k| dv[j].sqrt() * w[(j, k)] * dh[k].sqrt());
    let svd = thin_svd(scaled.as_ref()).map_err(CheckError::while_doing("local modes"))?;
    let logit = |p: f64| (p / (1.0 - p)).ln();
    // Means of σ, σ', σ'' and σ‴ of each field.
    let hidden: Vec<[f64; 4]> =
        (0..m).map(|k| averaged(logit(point.hidden[k]), (0..n).map(|j| w[(j, k)].powi(2) * dv[j]).sum())).collect();
    // The mean effect of v_j on η_i, and the covariance of η_i with ξ_k.
    let passed = product(Mat::from_fn(n, m, |i, k| w[(i, k)] * hidden[k][1]).as_ref(), w.transpose());
    let together = product(passed.as_ref(), Mat::from_fn(n, m, |j, k| dv[j] * w[(j, k)]).as_ref());
    let count = count.min(n.min(m));
    let along: Vec<Vec<f64>> = (0..count).map(|at| (0..n).map(|j| svd.u[(j, at)] / dv[j].sqrt()).collect()).collect();
    let moved = |at: usize, j: usize| along[at][j] * dv[j] * (0.5 - point.visible[j]);
    // Squares of what is passed, summed with the variances, and with what each mode moves.
    let squared = Mat::from_fn(n, n, |i, j| passed[(i, j)].powi(2));
    let summed = Mat::from_fn(n, 1 + count, |j, at| if at == 0 { dv[j] } else { moved(at - 1, j) });
    let through = product(squared.as_ref(), summed.as_ref());
    // The fields of visible units fluctuate with the sampled h and with its conditional means.
    let visible: Vec<[f64; 4]> = (0..n)
        .map(|i| {
            let shift: f64 = (0..m).map(|k| w[(i, k)] * (hidden[k][0] - point.hidden[k])).sum();
            let drawn: f64 = (0..m).map(|k| w[(i, k)].powi(2) * hidden[k][1]).sum();
            averaged(logit(point.visible[i]) + shift, drawn + through[(i, 0)])
        })
        .collect();
    let mode = |at: usize| {
        let along = &along[at];
        let moved: Vec<f64> = (0..n).map(|j| moved(at, j)).collect();
        let factor = svd.singular_values[at].powi(2);
        // The contribution of each correction to the factor.
        let [mut diagonal, mut covariance, mut shift] = [-factor, 0.0, 0.0];
        let mut squared = 0.0;
        for k in 0..m {
            let up: f64 = (0..n).map(|j| along[j] * dv[j] * w[(j, k)]).sum();
            let moved_up: f64 = (0..n).map(|j| moved[j] * w[(j, k)].powi(2)).sum();
            let [_, slope, bend, twist] = hidden[k];
            for i in 0..n {
                let [_, v_slope, v_bend, v_twist] = visible[i];
                let back = w[(i, k)] * along[i];
                diagonal += up * slope * v_slope * back;
                covariance += up * (together[(i, k)] + 0.5 * w[(i, k)]) * bend * v_bend * back;
                shift += moved_up * bend * v_slope * back;
                squared += up * 0.5 * together[(i, k)].powi(2) * twist * v_twist * back;
            }
        }
        let back: f64 = (0..n).map(|i| through[(i, 1 + at)] * visible[i][2] * along[i]).sum();
        let kept = [diagonal, covariance, shift, back];
        let size: f64 = kept.iter().map(|part| part.abs()).sum();
        let second = size * size / factor + 4.0 * squared.abs();
        Local { along: along.clone(), factor, averaged: factor + kept.iter().sum::<f64>(), second }
    };
    Ok((0..count).map(mode).collect())
}

/// Means of σ, σ', σ'' and σ‴ over a normally distributed field, by the trapezoidal rule.
pub(super) fn averaged(mean: f64, variance: f64) -> [f64; 4] {
    let mut sums = [0.0; 5];
    for z in (-32..=32).map(|z| f64::from(z) / 4.0) {
        let (w, p) = ((-0.5 * z * z).exp(), logistic(mean + variance.sqrt() * z));
        let s = p * (1.0 - p);
        sums.iter_mut()
            .zip([1.0, p, s, s * (1.0 - 2.0 * p), s * (1.0 - 6.0 * s)])
            .for_each(|(sum, term)| *sum += w * term);
    }
    [1, 2, 3, 4].map(|k| sums[k] / sums[0])
}

/// Regression along a direction over one sweep of chains whose units start independently at the
/// fixed point.
fn local_factor(
    case: &Case<'_>,
    lab: &Lab,
    (purpose, snapshot, point, chains): (&Purpose, &Snapshot, &FixedPoint, usize),
    directions: &[Vec<f64>],
) -> Vec<(f64, f64)> {
    let rng = &mut lab.stream(case, purpose.with("starts"), snapshot.update as usize);
    let start = States::from_fn(chains, point.visible.len(), |_, j| rng.random::<f64>() < point.visible[j]);
    let mut sampler =
        Chains::new(start.clone(), lab.key(case, purpose.with(format_args!("chains {}", snapshot.update))), 0);
    sampler.sweep(&snapshot.machine, 1);
    let (before, after) = (start.along_modes(directions), sampler.visible.along_modes(directions));
    let one = |(before, after): (Vec<f64>, Vec<f64>)| slope(&before.into_iter().zip(after).collect::<Vec<_>>());
    before.into_iter().zip(after).map(one).collect()
}

/// Checks machines in training: the sweep factor along the leading modes of the linear map of a
/// sweep. The table also has the prediction from the singular value of the same rank.
pub(super) fn trained_modes(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    const COLUMNS: [Column; 8] = [
        columns::START,
        columns::UPDATE,
        columns::MODE,
        columns::LAMBDA,
        columns::FACTOR,
        columns::ERROR,
        columns::BIAS_AWARE,
        columns::AVERAGED,
    ];
    let mut table = Table::new(tables::TRAINED, &COLUMNS);
    let mut found_modes = Vec::new();
    let mut missed = 0.0;
    for (at, bias) in [VisibleBias::Normal, VisibleBias::DataMean].into_iter().enumerate() {
        for snapshot in &training(lab, bias)?.snapshots {
            let machine = snapshot.machine.to_f64();
            let Some(point) = found_point(&machine, &snapshot.chains)? else {
                missed += 1.0;
                continue;
            };
            let modes = local_modes(&machine, &point, 3)?;
            let lambdas = singular_values(machine.weights_view()).map_err(CheckError::while_doing("trained"))?;
            let directions: Vec<Vec<f64>> = modes.iter().map(|mode| mode.along.clone()).collect();
            let chains = by_scale(lab, 8_000, 20_000);
            let purpose = streams::TRAINED_FROM.with(["Normal", "DataMean"][at]);
            let found = local_factor(case, lab, (&purpose, snapshot, &point, chains), &directions);
            for (i, (mode, (factor, error))) in modes.iter().zip(found).enumerate() {
                let (lambda, update, rank) = (lambdas[i], snapshot.update as f64, i as f64 + 1.0);
                table.rows.push(vec![at as f64, update, rank, lambda, factor, error, mode.factor, mode.averaged]);
                let name = format!("sweep factor in training from {bias:?} biases, update {update}, mode {rank}");
                let predicted = if case.is(&falsifiers::QUARTER) { (lambda / 4.0).powi(2) } else { mode.averaged };
                // Agreement is no evidence if both factors are within five standard errors of 0.
                let noise = 5.0 * error;
                if !(mode.averaged.abs() <= noise && factor.abs() <= noise) {
                    found_modes.push(beyond(
                        "trained-factor",
                        name,
                        (factor, error),
                        predicted,
                        LEFT_OUT * mode.second,
                    ));
                }
            }
        }
    }
    evidence.observations.push((
        "sweep factors in training, predicted or measured above five standard errors".into(),
        found_modes.len() as f64,
    ));
    evidence.observations.push(("snapshots in training without a mean-field fixed point".into(), missed));
    let nothing = || {
        let no = "needs a mode of a machine in training whose sweep factor is five standard errors above 0, and no snapshot of the training run on these data has one";
        CheckError::NotApplicable(no.into())
    };
    evidence.measurements.push(check::worst(found_modes).ok_or_else(nothing)?);
    evidence.tables.push(table);
    Ok(())
}

/// Checks a machine in training: its singular values, the autocorrelation of its samples, and the
/// sweep factors of deviations from a mean-field fixed point along singular vectors.
pub(super) fn trained(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let mut counts = Table::new(
        tables::MODES,
        &[columns::START, columns::UPDATE, columns::PLAIN, columns::AWARE, columns::VISIBLE, columns::HIDDEN],
    );
    let (mut found_modes, mut missed) = (Vec::new(), 0u32);
    for snapshot in &training(lab, VisibleBias::DataMean)?.snapshots {
        let machine = snapshot.machine.to_f64();
        let Some(point) = found_point(&machine, &snapshot.chains)? else { continue };
        let lambdas = singular_values(machine.weights_view()).map_err(CheckError::while_doing("trained"))?;
        let [plain, gain] = [(&lambdas, 4.0), (&point.stability, 1.0)]
            .map(|(values, cut)| values.iter().filter(|value| **value > cut).count() as f64);
        let [n, m] = [machine.visible, machine.hidden].map(|units| units as f64);
        counts.rows.push(vec![1.0, snapshot.update as f64, plain, gain, n, m]);
    }
    for snapshot in &training(lab, VisibleBias::Normal)?.snapshots {
        let update = snapshot.update;
        let machine = snapshot.machine.to_f64();
        let svd = thin_svd(machine.weights_view()).map_err(CheckError::while_doing("trained"))?;
        let mode = |i: usize| (0..svd.u.nrows()).map(|j| svd.u[(j, i)]).collect::<Vec<_>>();
        let above: Vec<usize> = (0..svd.singular_values.len()).filter(|i| svd.singular_values[*i] > 4.0).collect();
        let Some(point) = found_point(&machine, &snapshot.chains)? else {
            missed += 1;
            continue;
        };
        let gain = point.stability.iter().filter(|value| **value > 1.0).count();
        let [n, m] = [machine.visible, machine.hidden].map(|units| units as f64);
        counts.rows.push(vec![0.0, update as f64, above.len() as f64, gain as f64, n, m]);
        let mut note = |name: &str, value: f64| evidence.observations.push((format!("{name}, update {update}"), value));
        note("modes with λ > 4", above.len() as f64);
        note("modes with mean-field gain above 1", gain as f64);
        note("λ₁", svd.singular_values[0]);
        note("largest mean-field gain", point.stability[0]);
        let mut settled = Chains::new(snapshot.chains.clone(), lab.key(case, streams::SETTLE.with(update)), 0);
        settled.sweep(&snapshot.machine, 50);
        let before = settled.visible.all_along(&mode(0));
        settled.sweep(&snapshot.machine, 1);
        let pairs = before.into_iter().zip(settled.visible.all_along(&mode(0))).collect::<Vec<_>>();
        note("lag-one autocorrelation of samples, mode 1", slope(&pairs).0);
        let chains = by_scale(lab, 8_000, 20_000);
        let directions: Vec<Vec<f64>> = above.iter().take(3).map(|i| mode(*i)).collect();
        let found = local_factor(case, lab, (&streams::SINGULAR_VECTORS, snapshot, &point, chains), &directions);
        let named = |(i, (factor, error))| (factor, error, update, i, svd.singular_values[i]);
        found_modes.extend(found.into_iter().enumerate().map(named));
    }
    evidence.tables.push(counts);
    evidence.observations.push(("records without a mean-field fixed point".into(), f64::from(missed)));
    if found_modes.is_empty() && missed > 0 {
        return Err(CheckError::NotApplicable(format!(
            "no mean-field fixed point was found in {missed} records of the training run"
        )));
    }
    // One counterexample refutes the rule; it is the mode that shrinks most. If no λ exceeds 4,
    // only the designed machine is checked.
    let count = found_modes.len();
    // A value that is not a number sorts first, so that it is reported.
    let order = |a: f64, b: f64| b.is_nan().cmp(&a.is_nan()).then(a.total_cmp(&b));
    if let Some((factor, error, update, i, lambda)) = found_modes.into_iter().min_by(|a, b| order(a.0, b.0)) {
        let name =
            format!("smallest of {count} sweep factors at a fixed point in training: update {update}, mode {}", i + 1);
        // Bonferroni correction for the choice of one mode among all.
        let chosen = Interval {
            coverage: Coverage::Confidence { confidence: 1.0 - count as f64 * ALPHA },
            ..around(factor, error)
        };
        evidence.measurements.push(not_shrunk("training-factor", name, factor, chosen, (lambda / 4.0).powi(2)));
    }
    Ok(())
}
