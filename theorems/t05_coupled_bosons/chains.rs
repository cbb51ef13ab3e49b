//! Checks that use random samples: Gibbs chains, Haar averages, sampled states, trained machines.

use super::evidence::{modes, weights};
use super::expansion::{OF_ONE, Pairs, Quantity, full, placements};
use super::falsifiers;
use super::names::{columns, tables};
use super::streams;
use crate::claim::{Case, CheckError, Variant};
use crate::evidence::check;
use crate::evidence::{ALPHA, Evidence, Table};
use crate::exact::rank_two::RankTwo;
use crate::lab::{Lab, Snapshot};
use crate::linalg::thin_svd;
use crate::rbm::Rbm;
use crate::rbm::gibbs::{Chains, hidden_means};
use crate::spectra::ensemble;
use crate::stat;
use crate::stat::interval::Interval;
use rand::{Rng, RngExt};
use rayon::prelude::*;

/// Checks two Haar modes by independent Gibbs chains.
pub(super) fn chains(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let couplings = [2.5, 1.5];
    let (n, m) = (200, 150);
    let (count, snapshots, apart) = if full(lab) { (4000, 40, 8) } else { (1000, 20, 8) };
    let rng = &mut lab.stream(case, streams::MACHINE, 0);
    let (u, v) = (modes(case, n, 2, rng), modes(case, m, 2, rng));
    let pairs = Pairs::of(case, &couplings, &u, &v);
    let machine = Rbm::zero_field(n, m, weights(&couplings, &u, &v)).map_err(CheckError::while_doing("machine"))?;
    let machine = machine.to_f32();
    let mut chains = Chains::independent(&machine, count, lab.key(case, streams::CHAINS));
    // A deviation shrinks by the factor (2.5/4)² per sweep: 1e-6 of it remains after 30 sweeps,
    // 1e-3 between snapshots.
    chains.sweep(&machine, 30);
    let mut sums = vec![[0.0; 6]; count]; // ⟨u²⟩, ⟨w²⟩, ⟨xy⟩ of both modes, given v
    for _ in 0..snapshots {
        chains.sweep(&machine, apart);
        let means = hidden_means(&machine, &chains.visible);
        sums.par_iter_mut().enumerate().for_each(|(chain, sums)| {
            let means = &means[chain * m..][..m];
            let d: Vec<f64> = chains.visible.to_f64(chain).iter().map(|v| v - 0.5).collect();
            for i in 0..2 {
                let x: f64 = u[i].iter().zip(&d).map(|(u, d)| u * d).sum();
                let y: f64 = v[i].iter().zip(means).map(|(v, &p)| v * (f64::from(p) - 0.5)).sum();
                let variance: f64 = v[i].iter().zip(means).map(|(v, &p)| v * v * f64::from(p * (1.0 - p))).sum();
                let (same, xy) = (0.5 * (x * x + y * y + variance), x * y);
                let terms = [same + xy, same - xy, xy];
                sums[3 * i..].iter_mut().zip(terms).for_each(|(sum, term)| *sum += term / f64::from(snapshots));
            }
        });
    }
    for i in 0..2 {
        for (at, (quantity, (_, id, name))) in
            [Quantity::U(i), Quantity::W(i), Quantity::Xy(i)].into_iter().zip(&OF_ONE[1..]).enumerate()
        {
            let values: Vec<f64> = sums.iter().map(|sums| sums[3 * i + at]).collect();
            let expected = pairs.expansion(quantity);
            let predicted = expected.gaussian + expected.first + expected.second;
            let name = format!("{name} of mode {} by Gibbs chains, 200 x 150, βλ = {}", i + 1, couplings[i]);
            // With a thousand chains or more, their variance is known well enough for a normal law.
            let (mean, error) = stat::mean::mean_and_error(&values);
            let id = format!("chains-{id}-{}", i + 1);
            evidence.measurements.push(check::z(&id, name, mean, predicted, error * error));
        }
    }
    let mut table = Table::new(tables::SCATTER, &[columns::X, columns::Y, columns::FREE_X, columns::FREE_Y]);
    let means = hidden_means(&machine, &chains.visible);
    let rng = &mut lab.stream(case, streams::SCATTER, 0);
    for chain in 0..400 {
        let state = chains.visible.to_f64(chain);
        let x: f64 = u[0].iter().zip(&state).map(|(u, v)| u * (v - 0.5)).sum();
        let mut along = |mode: &[f64], p: &dyn Fn(usize) -> f32| -> f64 {
            mode.iter().enumerate().map(|(k, u)| if rng.random::<f32>() < p(k) { 0.5 * u } else { -0.5 * u }).sum()
        };
        let y = along(&v[0], &|k| means[chain * m + k]);
        let free = (along(&u[0], &|_| 0.5), along(&v[0], &|_| 0.5));
        table.rows.push(vec![x, y, free.0, free.1]);
    }
    evidence.tables.push(table);
    Ok(())
}

/// Two orthonormal vectors, Haar distributed; on five units for the falsifier.
pub(super) fn two_columns(case: &Case<'_>, n: usize, rng: &mut impl Rng) -> [Vec<f64>; 2] {
    let n = if case.is(&falsifiers::FIVE_UNITS) { 5 } else { n };
    let [first, second] = [0; 2].map(|_| ensemble::unit_vector(n, rng));
    let along: f64 = first.iter().zip(&second).map(|(a, b)| a * b).sum();
    let across = (1.0 - along * along).sqrt();
    let second = second.iter().zip(&first).map(|(b, a)| (b - along * a) / across).collect();
    [first, second]
}

/// The predicted Haar mean of the joint cumulant of two modes.
fn haar_cumulant(case: &Case<'_>, n: usize) -> f64 {
    let above = if case.is(&falsifiers::INDEPENDENT_NORMAL_ENTRIES) { 0.0 } else { 2.0 };
    -placements(case) / (8.0 * (n as f64 + above))
}

/// Number of draws of two Haar modes for the larger N.
pub(super) const LEAST_DRAWS: usize = 1000;

/// Checks the Haar mean of −Σ U₁²U₂²/8 against N.
pub(super) fn haar_mean(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let doing = || CheckError::while_doing::<stat::StatError>("Haar mean");
    let mut table = Table::new(tables::HAAR, &[columns::SIZE, columns::CUMULANT, columns::ERROR]);
    for n in [8usize, 16, 32, 128, 512] {
        let draws = if n <= 32 { 20_000 } else { LEAST_DRAWS } * if full(lab) { 10 } else { 1 };
        let values: Vec<f64> = (0..draws)
            .into_par_iter()
            .map(|at| {
                let [a, b] = two_columns(case, n, &mut lab.stream(case, streams::HAAR, [n, at]));
                -a.iter().zip(&b).map(|(a, b)| (a * b).powi(2)).sum::<f64>() / 8.0
            })
            .collect();
        let ratios: Vec<f64> = values.iter().map(|value| value / haar_cumulant(case, n)).collect();
        let interval = stat::mean::mean_interval(&ratios, 1.0 - ALPHA).map_err(doing())?;
        let (mean, error) = stat::mean::mean_and_error(&values);
        if n <= 32 {
            evidence.measurements.push(check::near(
                &format!("haar-mean-{n}"),
                format!("Haar mean of the joint cumulant divided by its prediction, N = {n}"),
                stat::mean::mean(&ratios),
                interval,
                1.0,
                1.0 / n as f64,
                "half of the difference between N + 2 and N",
            ));
        }
        table.rows.push(vec![n as f64, -mean, error]);
    }
    let x: Vec<f64> = table.column(columns::SIZE)?.iter().map(|n| (n + 2.0).ln()).collect();
    let (cumulants, errors) = (table.column(columns::CUMULANT)?, table.column(columns::ERROR)?);
    let y: Vec<f64> = cumulants.iter().map(|c| c.abs().ln()).collect();
    let relative: Vec<f64> = cumulants.iter().zip(&errors).map(|(c, error)| (error / c).abs()).collect();
    let line = stat::regression::estimated_fit(&x, &y, &relative, (LEAST_DRAWS - 1) as f64, 1.0 - ALPHA)
        .map_err(CheckError::while_doing("exponent of the cumulant"))?;
    evidence.measurements.push(check::near(
        "haar-exponent",
        "exponent in N + 2 of the Haar mean of the joint cumulant",
        line.slope,
        line.slope_interval,
        -1.0,
        0.25,
        "a quarter of the exponent, which excludes −1/2 and the absence of decay",
    ));
    evidence.tables.push(table);
    Ok(())
}

/// Checks the joint cumulants of sampled states, over all pairs of modes of a basis: Σ_(i≠k)
/// x_i²x_k² = (Σ x²)² − Σ x⁴.
pub(super) fn sampled(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let doing = || CheckError::while_doing::<stat::StatError>("drawn states");
    let (bases, states) = if full(lab) { (400, 200) } else { (100, 50) };
    let mut table = Table::new(tables::SAMPLED, &[columns::SIZE, columns::CUMULANT, columns::ERROR]);
    for n in [15usize, 30, 60, 120] {
        let values: Vec<f64> = (0..bases)
            .into_par_iter()
            .map(|at| {
                let rng = &mut lab.stream(case, streams::STATES, [n, at]);
                let modes = modes(case, n, n, rng);
                let mut sum = 0.0;
                for _ in 0..states {
                    let d: Vec<f64> = (0..n).map(|_| if rng.random::<bool>() { 0.5 } else { -0.5 }).collect();
                    let along = |mode: &Vec<f64>| mode.iter().zip(&d).map(|(u, d)| u * d).sum::<f64>();
                    let squares: Vec<f64> = modes.iter().map(|mode| along(mode).powi(2)).collect();
                    let (two, four) =
                        squares.iter().fold((0.0, 0.0), |(a, b), square| (a + square, b + square * square));
                    sum += (two * two - four) / (n * (n - 1)) as f64 - 1.0 / 16.0;
                }
                sum / f64::from(states)
            })
            .collect();
        let predicted = haar_cumulant(case, n);
        let interval = stat::mean::mean_interval(&values, 1.0 - ALPHA).map_err(doing())?;
        let (mean, error) = stat::mean::mean_and_error(&values);
        evidence.measurements.push(check::near(
            &format!("drawn-states-{n}"),
            format!("N times the joint cumulant of sampled states, mean over pairs of modes, N = {n}"),
            mean * n as f64,
            Interval { low: interval.low * n as f64, high: interval.high * n as f64, ..interval },
            predicted * n as f64,
            0.25 * predicted.abs() * n as f64,
            "a quarter of the amplitude; the cumulant of a single mode has three times the amplitude",
        ));
        table.rows.push(vec![n as f64, -mean, error]);
    }
    evidence.tables.push(table);
    Ok(())
}

/// Checks the joint cumulant of two coupled modes with entries ±1/√N. At order 1/N every leg of the
/// cumulant of a unit carries a factor 4C.
pub(super) fn coupled(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) {
    let couplings = [2.5, 1.5];
    let size = if full(lab) { 800 } else { 300 };
    let scaled = |n: usize| {
        let units = if case.is(&falsifiers::FIVE_UNITS) { 4 } else { n };
        let found = RankTwo { visible: units, hidden: units, couplings }.moments();
        n as f64 * (found.xxxx - found.xx[0] * found.xx[1])
    };
    let legs = couplings.map(|g| (16.0 / (16.0 - g * g), 4.0 * g / (16.0 - g * g)));
    let predicted = -placements(case) / 8.0 * ((legs[0].0 * legs[1].0).powi(2) + (legs[0].1 * legs[1].1).powi(2));
    let values = [1, 2, 4].map(|scale| scaled(scale * size));
    let name = "N κ(x₁,x₁,x₂,x₂) of two coupled modes, N = M, extrapolated to infinite N".into();
    evidence.measurements.push(check::tends_to("coupled-modes", name, &values, (2.0, 1.0), predicted));
    let mut table = Table::new(tables::COUPLED, &[columns::SIZE, columns::CUMULANT, columns::PREDICTED]);
    for n in [8, 16, 32, 64, 128, 256, 512] {
        table.rows.push(vec![n as f64, -scaled(n) / n as f64, -predicted / n as f64]);
    }
    evidence.tables.push(table);
}

/// A table for the figure only, without checks: the coupling κ(x₁,x₁,x_k,x_k)/(var x₁ var x_k) of
/// mode 1 of a trained machine to the others. It is −2 Σ U_j1²U_jk² for uniform states, before and
/// after training, and is measured for the machine's own samples.
pub(super) fn after_training(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    const SNAPSHOTS: usize = 20;
    let as_stated = matches!(case.variant, Variant::AsStated);
    if lab.lacks_for_training().is_some() {
        return Ok(());
    }
    let trajectory = match lab.trained_from_normal(lab.plan().trained_hidden[0], 0) {
        Ok(trajectory) if as_stated => trajectory,
        Ok(_) | Err(CheckError::Untrained) => return Ok(()),
        Err(error) => return Err(error),
    };
    let [before, .., after] = &trajectory.snapshots[..] else { return Ok(()) };
    let vectors = |snapshot: &Snapshot| {
        thin_svd(snapshot.machine.to_f64().weights_view()).map_err(CheckError::while_doing("modes after training"))
    };
    let uniform = |u: &faer::Mat<f64>, k: usize| -> f64 {
        -2.0 * (0..u.nrows()).map(|j| (u[(j, 0)] * u[(j, k)]).powi(2)).sum::<f64>()
    };
    let (untrained, trained) = (vectors(before)?.u, vectors(after)?.u);
    let mut chains = Chains::new(after.chains.clone(), lab.key(case, streams::AFTER_TRAINING), 0);
    let (modes, rows) = (trained.ncols(), after.chains.rows());
    // [chain][snapshot][mode]: x of every mode, not centred.
    let mut samples: Vec<Vec<Vec<f64>>> = vec![Vec::new(); rows];
    for _ in 0..SNAPSHOTS {
        chains.sweep(&after.machine, 5);
        samples.par_iter_mut().enumerate().for_each(|(chain, samples)| {
            let along = |k: usize| chains.visible.along(chain, trained.col_as_slice(k));
            samples.push((0..modes).map(along).collect());
        });
    }
    let cumulant = |rows: &[usize], k: usize| -> f64 {
        let all = || rows.iter().flat_map(|&row| &samples[row]);
        let mean = |f: &dyn Fn(&Vec<f64>) -> f64| stat::mean::mean(all().map(f));
        let (first, second) = (mean(&|x| x[0]), mean(&|x| x[k]));
        let moment = |a: i32, b: i32| mean(&|x| (x[0] - first).powi(a) * (x[k] - second).powi(b));
        let (variances, covariance) = (moment(2, 0) * moment(0, 2), moment(1, 1));
        (moment(2, 2) - variances - 2.0 * covariance * covariance) / variances
    };
    let rows: Vec<usize> = (0..rows).collect();
    let mut table = Table::new(
        tables::AFTER_TRAINING,
        &[
            columns::MODE,
            columns::UNTRAINED,
            columns::UNIFORM,
            columns::GIBBS,
            columns::ERROR,
            columns::HIDDEN,
            columns::HAAR,
        ],
    );
    let row = |k: usize| {
        // Jackknife errors over ten groups of chains.
        let left: Vec<f64> = (0..10)
            .map(|group| cumulant(&rows.iter().copied().filter(|r| r % 10 != group).collect::<Vec<_>>(), k))
            .collect();
        let middle = stat::mean::mean(&left);
        let error = (0.9 * left.iter().map(|value| (value - middle).powi(2)).sum::<f64>()).sqrt();
        let (hidden, haar) = (modes as f64, -2.0 / (trained.nrows() as f64 + 2.0));
        let found = [uniform(&untrained, k), uniform(&trained, k), cumulant(&rows, k), error];
        [&[k as f64 + 1.0][..], &found, &[hidden, haar]].concat()
    };
    table.rows = (1..modes).into_par_iter().map(row).collect();
    evidence.tables.push(table);
    Ok(())
}
