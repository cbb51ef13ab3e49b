//! Checks of moments and kurtoses: by enumeration, from the exact law, and from sampled states.

use super::evidence::{SIZES, broken, kappa, leading_columns};
use super::falsifiers;
use super::names::{columns, tables};
use super::streams;
use crate::claim::{Case, CheckError};
use crate::evidence::check;
use crate::evidence::{ALPHA, Criterion, Evidence, Measurement, Table};
use crate::lab::Lab;
use crate::spectra::ensemble::unit_vector;
use crate::spectra::rotation;
use crate::stat;
use rand::Rng;
use rayon::prelude::*;

/// Checks the moments of two modes of 16 units by enumeration of all states.
pub(super) fn enumerated(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) {
    const UNITS: usize = 16;
    let rng = &mut lab.stream(case, streams::ENUMERATED, 0);
    let modes = broken(case, leading_columns(&rotation::haar_orthogonal(UNITS, rng), 2), lab);
    let p: f64 = if case.is(&falsifiers::RARE_ONES) { 0.05 } else { 0.5 };
    let mut sums = [0.0; 5]; // x², x³, x⁴, xy, x²y², centred at the uniform mean
    for state in 0..1u32 << UNITS {
        let ones = state.count_ones() as i32;
        let weight = p.powi(ones) * (1.0 - p).powi(UNITS as i32 - ones);
        let along =
            |mode: &[f64]| -> f64 { mode.iter().enumerate().map(|(j, u)| u * (f64::from(state >> j & 1) - 0.5)).sum() };
        let (x, y) = (along(&modes[0]), along(&modes[1]));
        for (sum, term) in sums.iter_mut().zip([x * x, x.powi(3), x.powi(4), x * y, x * x * y * y]) {
            *sum += weight * term;
        }
    }
    let [xx, xxx, xxxx, xy, xxyy] = sums;
    let overlap: f64 = modes[0].iter().zip(&modes[1]).map(|(u, v)| u * u * v * v).sum();
    let joint = "joint fourth cumulant against −Σ U_j1² U_j2²/8";
    let rows = [
        ("variance", "variance of x over all 2¹⁶ states", xx, 0.25),
        ("third-cumulant", "third cumulant", xxx, 0.0),
        ("fourth-cumulant", "fourth cumulant against −κ/8", xxxx - 3.0 * xx * xx, -kappa(&modes[0]) / 8.0),
        ("covariance", "covariance of two modes", xy, 0.0),
        ("joint-cumulant", joint, xxyy - xx * xx - 2.0 * xy * xy, -overlap / 8.0),
    ];
    for (id, name, observed, predicted) in rows {
        let rationale = "sum over 2¹⁶ states of terms below 1 with weights that add up to 1";
        let criterion = Criterion::Rounding { factor: 4.0, n: 1 << UNITS, scale: 1.0, rationale };
        evidence.measurements.push(Measurement::new(id, name, observed, predicted, criterion));
    }
}

/// Checks the pooled kurtosis of modes against 1/(N+2).
pub(super) fn kurtosis(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let doing = || CheckError::while_doing::<stat::StatError>("kurtosis");
    let replicas = 4 * lab.plan().mode_replicas;
    let raw = f64::from(u8::from(case.is(&falsifiers::RAW_POOLING)));
    // The moments of a mode about its uniform mean are exactly 1/4 and 3/16 − κ/8. Pooling without
    // centring adds the moments of the means μ_i, here as the exact Haar averages E μ² = 1/4 and E
    // μ⁴ = 3N/(16(N+2)). The second moment is the same for all modes, so that the pooled kurtosis
    // is the mean over modes.
    let second = 0.25 + raw * 0.25;
    let one = |n: usize, replica: usize| -> f64 {
        let rng = &mut lab.stream(case, streams::KURTOSIS, [n, replica]);
        let mode = broken(case, vec![unit_vector(n, rng)], lab).swap_remove(0);
        let size = n as f64;
        let fourth = 3.0 / 16.0 - kappa(&mode) / 8.0 + raw * (6.0 / 16.0 + 3.0 * size / (16.0 * (size + 2.0)));
        fourth / (second * second)
    };
    let values: Vec<Vec<f64>> =
        (0..replicas).into_par_iter().map(|replica| SIZES.map(|n| one(n, replica)).to_vec()).collect();
    let mut table = Table::new(tables::KURTOSIS, &[columns::SIZE, columns::KURTOSIS, columns::ERROR]);
    for (at, n) in SIZES.into_iter().enumerate() {
        let (mean, error) = stat::mean::mean_and_error(&values.iter().map(|row| row[at]).collect::<Vec<_>>());
        table.rows.push(vec![n as f64, mean, error]);
    }
    // The weights follow from the Haar law, var κ = 24/N³ to leading order, and not from the data,
    // so that every line is an independent draw.
    let x = SIZES.map(|n| 1.0 / (n as f64 + 2.0));
    let errors = SIZES.map(|n| (n as f64).powf(-1.5));
    let lines = values
        .iter()
        .map(|row| stat::regression::weighted_fit(&x, row, &errors, 1.0 - ALPHA))
        .collect::<Result<Vec<_>, _>>()
        .map_err(doing())?;
    let slopes: Vec<f64> = lines.iter().map(|line| line.slope).collect();
    let limits: Vec<f64> = lines.iter().map(|line| line.intercept).collect();
    let of = |values: &[f64]| stat::mean::mean_interval(values, 1.0 - ALPHA).map_err(doing());
    evidence.measurements.push(check::near(
        "kurtosis-slope",
        "slope of the pooled kurtosis against 1/(N+2)",
        stat::mean::mean_and_error(&slopes).0,
        of(&slopes)?,
        -6.0,
        0.6,
        "a tenth of 6; pooling without centring gives −3",
    ));
    evidence.measurements.push(check::near(
        "kurtosis-limit",
        "kurtosis in the limit of infinite size",
        stat::mean::mean_and_error(&limits).0,
        of(&limits)?,
        3.0,
        0.003,
        "the correction 6/(N+2) at the largest size N = 2000",
    ));
    evidence.tables.push(table);
    Ok(())
}

/// Number of modes that share the sampled states of one size.
const SAMPLED_MODES: usize = 20;

/// Checks the pooled kurtosis about the uniform means from sampled states, each used for one mode
/// only.
pub(super) fn sampled_kurtosis(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let each = 50 * lab.plan().mode_replicas / if case.falsified() { 4 } else { 1 };
    let pooled = |&n: &usize| {
        // The smallest size has the largest leverage on the fit.
        let states = if n == SIZES[0] { 4 * each } else { each };
        let sums = (0..SAMPLED_MODES).into_par_iter().map(|at| {
            let rng = &mut lab.stream(case, streams::SAMPLED_KURTOSIS, [n, at]);
            let mode = broken(case, vec![unit_vector(n, rng)], lab).swap_remove(0);
            let mean = 0.5 * mode.iter().sum::<f64>();
            let along = ByBytes::new(&mode);
            let one = |rng: &mut _| (along.draw(rng) - mean).powi(2);
            (0..states).map(|_| one(rng)).fold([0.0; 2], |sums, square| [sums[0] + square, sums[1] + square * square])
        });
        let count = (states * SAMPLED_MODES) as f64;
        let [second, fourth] = sums.collect::<Vec<_>>().iter().fold([0.0; 2], |a, b| [a[0] + b[0], a[1] + b[1]]);
        // The variance of the kurtosis of a normal sample is 24/n.
        vec![n as f64, count * fourth / (second * second), (24.0 / count).sqrt()]
    };
    let mut table = Table::new(tables::SAMPLED_KURTOSIS, &[columns::SIZE, columns::KURTOSIS, columns::ERROR]);
    table.rows = SIZES.iter().map(pooled).collect();
    let x: Vec<f64> = table.column(columns::SIZE)?.iter().map(|n| 1.0 / (n + 2.0)).collect();
    let (kurtosis, errors) = (table.column(columns::KURTOSIS)?, table.column(columns::ERROR)?);
    let fit = stat::regression::weighted_fit(&x, &kurtosis, &errors, 1.0 - ALPHA)
        .map_err(CheckError::while_doing("sampled kurtosis"))?;
    let name = "sampled kurtosis in the limit of infinite size";
    evidence.measurements.push(check::z("sampled-limit", name, fit.intercept, 3.0, fit.intercept_error.powi(2)));
    evidence.tables.push(table);
    Ok(())
}

/// Sums of one mode's entries over the units that are on, eight units at a time.
pub(super) struct ByBytes {
    /// For every eight units, the sum for each of their 256 states.
    sums: Vec<[f64; 256]>,
}

impl ByBytes {
    pub(super) fn new(mode: &[f64]) -> Self {
        let of = |eight: &[f64]| {
            std::array::from_fn(|state| {
                eight.iter().enumerate().filter(|(j, _)| state >> j & 1 == 1).map(|(_, u)| u).sum()
            })
        };
        Self { sums: mode.chunks(8).map(of).collect() }
    }

    /// x = Σ_j U_j v_j of one random state, whose units are on with probability 1/2.
    pub(super) fn draw(&self, rng: &mut impl Rng) -> f64 {
        let mut total = 0.0;
        for words in self.sums.chunks(8) {
            let word = rng.next_u64();
            total +=
                words.iter().enumerate().map(|(byte, sums)| sums[(word >> (8 * byte)) as usize & 255]).sum::<f64>();
        }
        total
    }
}
