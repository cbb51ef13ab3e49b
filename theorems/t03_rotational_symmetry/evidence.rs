//! The checks of every regime, and the divergence of trained machines against size.

use super::entries::{Divergence, Entries, divergence_check};
use super::falsifiers;
use super::names::{columns, tables};
use super::regimes;
use super::streams;
use super::vectors::{Leading, SIDES, independence, kappa_law, signs, vector_checks};
use crate::claim::{Case, CheckError, Verdict};
use crate::evidence::check;
use crate::evidence::{Column, Evidence, Side, Table};
use crate::lab::Lab;
use crate::lab::Purpose;
use crate::linalg::singular_values;
use crate::spectra::{ensemble, rotation, spike};
use crate::stat;
use crate::stat::interval::Interval;
use faer::Mat;
use rand::RngExt;
use rayon::prelude::*;

/// Divergence of the entries of one machine over its floor, and of the first their densities.
type Compared = (f64, Option<Table>);

pub(super) fn measure(case: Case<'_>, lab: &Lab) -> Result<Evidence, CheckError> {
    let plan = lab.plan();
    // The paper has wide machines of two sizes; the larger one would only add computing time here.
    let shape = match *case.regime {
        regimes::TRAINED => return after_training(&case, lab),
        regimes::TALL | regimes::UNIFORM_IID => 0,
        regimes::WIDE => 1,
        regimes::SQUARE => 2,
        _ => return Err(CheckError::no_checks(case.regime)),
    };
    let (n, m) = plan.mode_shapes[shape][0];
    let s = plan.initial_std;
    let replicas = match case.is(&falsifiers::TRAINED_MACHINE) {
        true => 1,
        false => machines(&case, plan.mode_replicas),
    };
    // A falsifier is seen by the checks that it names, and by all where the figure shows it.
    let shown = [falsifiers::UNIFORM_ENTRIES, falsifiers::LOCALISED_SPIKE, falsifiers::TRAINED_MACHINE];
    let shown = case.at(&regimes::TALL) && shown.iter().any(|falsifier| case.is(falsifier));
    let of_vectors = ["entries-u", "entries-v", "even-u", "even-v", "ipr-u", "ipr-v", "independence-u"];
    let decomposed = if shown || case.asks(&of_vectors) { replicas } else { 0 };
    // A fifth of the machines, but at least ten, is enough, because each divergence compares NM
    // values.
    let compared = if shown || case.asks(&["js"]) { replicas.div_ceil(5).max(10).min(replicas) } else { 0 };
    // Only one matrix of every thread is in memory.
    let one = |replica: usize| -> Result<(Option<Leading>, Option<Compared>), CheckError> {
        let w = match case.is(&falsifiers::TRAINED_MACHINE) {
            true => trained(lab, plan.trained_hidden[0], 0)?,
            false => drawn(&case, (n, m), s, &mut lab.stream(&case, streams::MATRIX, replica))?,
        };
        let leading = (replica < decomposed).then(|| Leading::of(&w, &mut lab.stream(&case, streams::ROW, replica)));
        let compared = (replica < compared).then(|| {
            let both = Entries::of(&w, &mut lab.stream(&case, streams::HAAR, replica));
            Ok::<_, CheckError>((both.divergence()?.ratio(), (replica == 0).then(|| both.table())))
        });
        Ok((leading.transpose()?, compared.transpose()?))
    };
    let all = (0..decomposed.max(compared)).into_par_iter().with_max_len(1).map(one);
    let (seen, divergences): (Vec<_>, Vec<_>) = all.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
    let seen: Vec<Leading> = seen.into_iter().flatten().collect();
    let mut evidence = Evidence::default();
    evidence.drawn_from((n, m), s, replicas);
    for (side, name) in SIDES.into_iter().enumerate().filter(|_| !seen.is_empty()) {
        let size = seen[0].sizes[side];
        evidence.measurements.extend(vector_checks(name, size, &seen, side)?);
    }
    // The test of the signs draws separate matrices of one shape, so it runs in one regime only;
    // `raw-signs` is the only falsifier that changes it.
    if case.at(&regimes::TALL) && (!case.falsified() || case.is(&falsifiers::RAW_SIGNS)) {
        evidence.measurements.push(signs(&case, lab)?);
    }
    // `random-spike` is the only falsifier that correlates values and vectors; other falsifiers may
    // give all machines the same vectors.
    if !case.falsified() || case.is(&falsifiers::RANDOM_SPIKE) {
        evidence.measurements.extend(independence(&seen)?);
    }
    let (ratios, weights): (Vec<f64>, Vec<_>) = divergences.into_iter().flatten().unzip();
    evidence.tables.extend(weights.into_iter().flatten());
    if !ratios.is_empty() {
        let divergence = divergence_check(&ratios)?;
        let refuted = case.regime.expected == Verdict::Refuted;
        evidence.measurements.push(if refuted { divergence.refuting(Side::Above) } else { divergence });
    }
    let mut table = Table::new(tables::VECTORS, &[columns::KAPPA_U, columns::KAPPA_V]);
    let haar = seen.first().map_or([f64::NAN; 2], |one| one.sizes.map(|size| kappa_law(size).0));
    table.rows = seen.iter().map(|one| vec![one.kappa[0] / haar[0], one.kappa[1] / haar[1]]).collect();
    evidence.tables.push(table);
    let mut table = Table::new(tables::DIVERGENCE, &[columns::RATIO]);
    table.rows = ratios.iter().map(|&ratio| vec![ratio]).collect();
    evidence.tables.push(table);
    Ok(evidence)
}

/// Number of machines. Ten are enough to refute most falsifiers. The test of the correlation needs
/// 25 values, and the Kolmogorov test needs 50, because squared entries that are all close to 1/N
/// have a distance of 0.68 to their law.
pub(super) fn machines(case: &Case<'_>, all: usize) -> usize {
    if case.is(&falsifiers::ENTRIES_WITH_MEAN) {
        all.div_ceil(2)
    } else if case.is(&falsifiers::RANDOM_SPIKE) {
        all.div_ceil(4)
    } else if case.falsified() {
        all.div_ceil(10)
    } else if case.at(&regimes::UNIFORM_IID) {
        // At these sizes κ of uniform entries is lower than the Haar mean by a few per cent, which
        // uses up part of the tolerance.
        all * 3
    } else {
        all * 3 / 2
    }
}

/// One N x M matrix of the regime, as modified by the falsifier.
fn drawn(case: &Case<'_>, (n, m): (usize, usize), s: f64, rng: &mut impl rand::Rng) -> Result<Mat<f64>, CheckError> {
    let mut w = match case.is(&falsifiers::UNIFORM_ENTRIES) || case.at(&regimes::UNIFORM_IID) {
        true => ensemble::uniform(n, m, s, rng),
        false => ensemble::normal(n, m, s, rng),
    };
    if case.is(&falsifiers::BLOCKS) || case.is(&falsifiers::DIAGONAL) {
        let kept = |i: usize, j: usize| match case.is(&falsifiers::DIAGONAL) {
            true => i == j,
            false => (i < n / 2) == (j < m / 2),
        };
        w = Mat::from_fn(n, m, |i, j| if kept(i, j) { w[(i, j)] } else { 0.0 });
    }
    if case.is(&falsifiers::ONE_FACTOR) {
        let values = singular_values(w.as_ref()).map_err(CheckError::while_doing("decomposition"))?;
        let q = rotation::haar_orthogonal(n, rng);
        // Columns beyond the r-th are zero: a wide W has M − r of them.
        let entry = |i: usize, j: usize| values.get(j).map_or(0.0, |value| q[(i, j)] * value);
        w = Mat::from_fn(n, m, entry);
    }
    let threshold = spike::threshold(n, m, s);
    if case.is(&falsifiers::LOCALISED_SPIKE) {
        w[(0, 0)] += 3.0 * threshold;
    }
    if case.is(&falsifiers::RANDOM_SPIKE) {
        w[(0, 0)] += rng.random_range(1.0..3.0) * threshold;
    }
    if case.is(&falsifiers::ENTRIES_WITH_MEAN) {
        // A mean μ is a rank-one term of strength μ√(NM) along the uniform directions, here of ten
        // times the threshold.
        let mean = 10.0 * threshold / ((n * m) as f64).sqrt();
        w = Mat::from_fn(n, m, |i, j| w[(i, j)] + mean);
    }
    Ok(w)
}

/// W of a machine after the shared training run.
pub(super) fn trained(lab: &Lab, hidden: usize, replica: usize) -> Result<Mat<f64>, CheckError> {
    Ok(lab.trained_machine(hidden, replica)?.weights_view().to_owned())
}

/// Divergence, inverse participation ratio and overlap of trained machines for every hidden size,
/// with the range over training runs.
fn after_training(case: &Case<'_>, lab: &Lab) -> Result<Evidence, CheckError> {
    let plan = lab.plan();
    let trainings = plan.short_trainings;
    let doing = || CheckError::while_doing::<stat::StatError>("trainings");
    let mut evidence = Evidence::default();
    let mut table = Table::new(tables::BY_SIZE, &BY_SIZE);
    let (mut inverse, mut divergences) = (Vec::new(), Vec::new());
    let sizes = lab.trained_sizes()?;
    let all: Vec<(usize, usize)> =
        sizes.iter().flat_map(|&hidden| (0..trainings).map(move |replica| (hidden, replica))).collect();
    let run = |(hidden, replica): (usize, usize)| {
        let stream = |purpose: Purpose| lab.stream(case, purpose, [hidden, replica]);
        let w = trained(lab, hidden, replica)?;
        let divergence = Entries::of(&w, &mut stream(streams::HAAR)).divergence()?;
        let one = Leading::of(&w, &mut stream(streams::ROW))?;
        let size = one.sizes[0];
        let (kappa, overlap) = (one.kappa[0] / kappa_law(size).0, size as f64 * one.overlap[0]);
        Ok(Run { divergence, kappa, overlap })
    };
    let all = all.into_par_iter().with_max_len(1).map(run).collect::<Result<Vec<Run>, CheckError>>()?;
    for (&hidden, runs) in sizes.iter().zip(all.chunks(trainings)) {
        type Asked = (&'static str, &'static str, fn(&Run) -> f64, (f64, Side), &'static str);
        let claims: [Asked; 3] = [
            (
                "js",
                "Jensen-Shannon divergence of W and rotated W divided by its floor",
                |run| run.divergence.ratio(),
                (0.5, Side::Above),
                "half the floor, as for untrained machines",
            ),
            (
                "ipr-u",
                "κ of u₁ divided by its Haar mean",
                |run| run.kappa,
                (0.1, Side::Below),
                "a tenth, as for untrained machines",
            ),
            (
                "even-u",
                "N times the squared overlap of u₁ with the uniform direction",
                |run| run.overlap,
                (10.0, Side::Above),
                "χ²₁, which has mean 1, exceeds 11 for one vector in a thousand",
            ),
        ];
        for (id, name, value, (bound, side), rationale) in claims {
            let (id, name) =
                (format!("{id}-m{hidden}"), format!("M = {hidden}: {name}, mean of {trainings} training runs"));
            let values: Vec<f64> = runs.iter().map(value).collect();
            let (mean, _) = stat::mean::mean_and_error(&values);
            // The interval is the range over the runs, all of which lie far beyond the bound.
            let range = Interval::envelope(values);
            evidence.measurements.push(check::near(&id, name, mean, range, 1.0, bound, rationale).refuting(side));
        }
        inverse.extend(runs.iter().map(|_| 1.0 / hidden as f64));
        divergences.extend(runs.iter().map(|run| run.divergence.value));
        table.rows.push(size_row(hidden, runs));
    }
    if sizes.len() > 1 {
        let line = stat::regression::linear_fit(&inverse, &divergences, 0.99).map_err(doing())?;
        evidence.observations.push(("slope of the JS divergence (nats) against 1/M".into(), line.slope));
        evidence.observations.push(("lower 99 % limit of that slope".into(), line.slope_interval.low));
        evidence.observations.push(("upper 99 % limit of that slope".into(), line.slope_interval.high));
    }
    evidence.tables.push(table);
    Ok(evidence)
}

/// The quantities of one trained machine: divergence of its entries, κ of u₁ divided by its Haar
/// mean, and N times the squared overlap of u₁ with the uniform direction.
pub(super) struct Run {
    pub(super) divergence: Divergence,
    pub(super) kappa: f64,
    pub(super) overlap: f64,
}

/// Columns of the table of trained machines: hidden size, divergence with its standard error and
/// its floor (nats), κ, overlap.
pub(super) const BY_SIZE: [Column; 6] =
    [columns::HIDDEN, columns::JS, columns::JS_ERROR, columns::FLOOR, columns::KAPPA, columns::OVERLAP];

/// Means over the training runs of one hidden size, in the order of [`BY_SIZE`].
pub(super) fn size_row(hidden: usize, runs: &[Run]) -> Vec<f64> {
    let over = |of: fn(&Run) -> f64| stat::mean::mean_and_error(&runs.iter().map(of).collect::<Vec<_>>());
    let (js, error) = over(|run| run.divergence.value);
    let [floor, kappa, overlap] =
        [over(|run| run.divergence.floor), over(|run| run.kappa), over(|run| run.overlap)].map(|found| found.0);
    vec![hidden as f64, js, error, floor, kappa, overlap]
}
