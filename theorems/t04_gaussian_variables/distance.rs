//! Distance between the law of a sum of independent units and the normal law.

use super::evidence::{SIZES, broken, kappa};
use super::falsifiers;
use super::names::{columns, tables};
use super::streams;
use crate::claim::{Case, CheckError};
use crate::evidence::check;
use crate::evidence::{ALPHA, Evidence, Table};
use crate::lab::Lab;
use crate::math::larger;
use crate::math::largest;
use crate::spectra::ensemble::unit_vector;
use crate::stat;
use crate::stat::histogram::grid;
use crate::stat::interval::Interval;
use rayon::prelude::*;
use std::sync::LazyLock;

/// Largest value of the Edgeworth term divided by κ: (1/12)|z³ − 3z|φ(z) = 0.0459 at z² = 3 − √6.
pub(super) fn edgeworth() -> f64 {
    let z2 = 3.0 - 6f64.sqrt();
    let density = (-0.5 * z2).exp() / (2.0 * std::f64::consts::PI).sqrt();
    z2.sqrt() * (3.0 - z2) * density / 12.0
}

/// Grid of z on which the largest |F − Φ| is searched.
fn heights() -> impl Iterator<Item = f64> {
    grid(-4.0, 4.0, 800)
}

pub(super) fn normal(z: f64) -> f64 {
    0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
}

/// sup |F − Φ| of 2(x − μ) under uniform states.
pub(super) fn normal_distance(mode: &[f64]) -> f64 {
    sum_distance(mode, &vec![0.5; mode.len()])
}

/// sup |F − Φ| of the standardised sum x = Σ U_j v_j, where unit j is on with probability p_j
/// independently of the others. F is the inverse of the characteristic function Π_j (1 − p_j + p_j
/// exp(i t U_j)), by the midpoint rule; its error is the mass beyond 2π/step − |z| and the integral
/// beyond the last t. A sum of at most twelve units is enumerated instead, because its
/// characteristic function does not decay.
pub(super) fn sum_distance(mode: &[f64], means: &[f64]) -> f64 {
    let weighted = mode.iter().zip(means).map(|(&u, &p)| (u, p));
    let mut alive: Vec<(f64, f64)> = weighted.filter(|(u, p)| u * u * p * (1.0 - p) != 0.0).collect();
    let deviation = alive.iter().map(|(u, p)| u * u * p * (1.0 - p)).sum::<f64>().sqrt();
    alive.iter_mut().for_each(|(u, _)| *u /= deviation);
    if alive.len() <= 12 {
        return enumerated_distance(&alive);
    }
    // The characteristic function of the centred sum at every t, times the quadrature weight.
    let term = |at: usize| {
        let t = STEP * (at as f64 + 0.5);
        let factor = |(re, im): (f64, f64), &(u, p): &(f64, f64)| {
            let up = (t * u * (1.0 - p)).sin_cos();
            let down = if p == 0.5 { up } else { (t * u * p).sin_cos() };
            let one = (p * up.1 + (1.0 - p) * down.1, p * up.0 - (1.0 - p) * down.0);
            (re * one.0 - im * one.1, re * one.1 + im * one.0)
        };
        let (re, im) = alive.iter().fold((1.0, 0.0), factor);
        let weight = STEP / t / std::f64::consts::PI;
        [re * weight, im * weight]
    };
    let terms: [[f64; 2]; TERMS] = std::array::from_fn(term);
    let gap = |(waves, normal): &(Waves, f64)| {
        let sum = |([re, im], (sin, cos)): (&[f64; 2], &(f64, f64))| re * sin - im * cos;
        (0.5 + terms.iter().zip(waves).map(sum).sum::<f64>() - normal).abs()
    };
    largest(INVERSION.iter().map(gap))
}

/// Distance of the points t of [`sum_distance`], and their number.
const STEP: f64 = 0.25;
const TERMS: usize = 48;

/// sin tz and cos tz at every t.
type Waves = [(f64, f64); TERMS];

/// At every height z: the waves, which are those of all sums, and Φ(z).
static INVERSION: LazyLock<Vec<(Waves, f64)>> = LazyLock::new(|| {
    let waves = |z: f64| std::array::from_fn(|at| (STEP * (at as f64 + 0.5) * z).sin_cos());
    heights().map(|z| (waves(z), normal(z))).collect()
});

/// sup |F − Φ| of Σ U_j (v_j − p_j) by enumeration of all states, from pairs (U_j, p_j).
pub(super) fn enumerated_distance(units: &[(f64, f64)]) -> f64 {
    let one = |state: u32| {
        units.iter().enumerate().fold((0.0, 1.0), |(sum, weight), (j, &(u, p))| {
            if state >> j & 1 == 1 { (sum + u * (1.0 - p), weight * p) } else { (sum - u * p, weight * (1.0 - p)) }
        })
    };
    let mut values: Vec<(f64, f64)> = (0..1u32 << units.len()).map(one).collect();
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut below = 0.0;
    let sides = values.into_iter().map(|(z, weight)| {
        let before = below;
        below += weight;
        larger((before - normal(z)).abs(), (below - normal(z)).abs())
    });
    largest(sides)
}

/// The same distance by the Edgeworth expansion to order 1/N. With skewness γ and excess kurtosis δ
/// it is F − Φ = −φ(z) [γ (z² − 1)/6 + δ (z³ − 3z)/24 + γ² (z⁵ − 10z³ + 15z)/72].
pub(super) fn expanded_distance(mode: &[f64], means: &[f64]) -> f64 {
    let sum = |term: &dyn Fn(f64, f64) -> f64| mode.iter().zip(means).map(|(&u, &p)| term(u, p)).sum::<f64>();
    let variance = sum(&|u, p| u * u * p * (1.0 - p));
    let skewness = sum(&|u, p| u.powi(3) * p * (1.0 - p) * (1.0 - 2.0 * p)) / variance.powf(1.5);
    let excess = sum(&|u, p| u.powi(4) * p * (1.0 - p) * (1.0 - 6.0 * p * (1.0 - p))) / variance.powi(2);
    let gap = |z: f64| {
        let terms = skewness * (z * z - 1.0) / 6.0
            + excess * (z.powi(3) - 3.0 * z) / 24.0
            + skewness * skewness * (z.powi(5) - 10.0 * z.powi(3) + 15.0 * z) / 72.0;
        (terms * (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt()).abs()
    };
    largest(heights().map(gap))
}

/// sup |F − Φ| for |U_j| = 1/√N: the binomial law on both sides of its steps, or halfway up each
/// step.
pub(super) fn lattice_distance(n: usize, midway: bool) -> f64 {
    let size = n as f64;
    let (mut log_p, mut below, mut worst) = (-size * std::f64::consts::LN_2, 0.0f64, 0.0f64);
    for k in 0..=n {
        let z = (2.0 * k as f64 - size) / size.sqrt();
        let upto = below + log_p.exp();
        let sides = if midway { [0.5 * (below + upto); 2] } else { [below, upto] };
        worst = sides.iter().fold(worst, |worst, f| larger(worst, (f - normal(z)).abs()));
        below = upto;
        log_p += ((n - k) as f64 / (k + 1) as f64).ln();
    }
    worst
}

/// Checks the exponent of the exact distance between the lattice and the normal law. Returns the
/// distances at [`SIZES`].
pub(super) fn lattice(case: &Case<'_>, evidence: &mut Evidence) -> Result<[f64; SIZES.len()], CheckError> {
    let found = SIZES.map(|n| lattice_distance(n, case.is(&falsifiers::LATTICE_MIDWAY)));
    let line = stat::regression::linear_fit(&SIZES.map(|n| (n as f64).ln()), &found.map(f64::ln), 1.0 - ALPHA)
        .map_err(CheckError::while_doing("lattice"))?;
    let name = "exponent in N of sup|F − Φ| for |U| = 1/√N (binomial law)";
    let point = Interval::point(line.slope);
    let rationale = "a tenth of the exponent";
    evidence.measurements.push(check::near("lattice-exponent", name, line.slope, point, -0.5, 0.05, rationale));
    Ok(found)
}

/// The bound is this times Σ |U_j|³ (I. S. Tyurin, 2010), for summands of different spread.
const BERRY_ESSEEN: f64 = 0.5606;

/// The mean of that bound for a Haar mode: N E|U|³ = N Γ(N/2)/(√π Γ((N + 3)/2)).
pub(super) fn berry_esseen(n: f64) -> f64 {
    BERRY_ESSEEN * n * libm::exp(libm::lgamma(0.5 * n) - libm::lgamma(0.5 * (n + 3.0))) / std::f64::consts::PI.sqrt()
}

/// N, sup|F − Φ|, κ and the Berry-Esseen bound of a mode.
type Found = (usize, f64, f64, f64);

/// Checks the distance to the normal law against N.
pub(super) fn distances(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let doing = || CheckError::while_doing::<stat::StatError>("distances");
    let each = lab.plan().mode_replicas / 5;
    let found: Vec<Found> = (0..SIZES.len() * each)
        .into_par_iter()
        .map(|at| {
            let n = SIZES[at / each];
            let mode = unit_vector(n, &mut lab.stream(case, streams::DISTANCE, at));
            let mode = broken(case, vec![mode], lab).swap_remove(0);
            let cubes: f64 = mode.iter().map(|u| u.abs().powi(3)).sum();
            (n, normal_distance(&mode), kappa(&mode), BERRY_ESSEEN * cubes)
        })
        .collect();
    let x: Vec<f64> = found.iter().map(|row| (row.0 as f64).ln()).collect();
    let y: Vec<f64> = found.iter().map(|row| row.1.ln()).collect();
    let line = stat::regression::linear_fit(&x, &y, 1.0 - ALPHA).map_err(doing())?;
    evidence.measurements.push(check::near(
        "distance-exponent",
        "exponent in N of sup|F − Φ| for delocalised modes",
        line.slope,
        line.slope_interval,
        -1.0,
        0.25,
        "half of the difference to the exponent −1/2 of lattices",
    ));
    let ratios: Vec<f64> = found.iter().map(|row| row.1 / row.2 / edgeworth()).collect();
    evidence.measurements.push(check::near(
        "distance-over-kappa",
        "sup|F − Φ| divided by 0.0459 κ",
        stat::mean::mean_and_error(&ratios).0,
        stat::mean::mean_interval(&ratios, 1.0 - ALPHA).map_err(doing())?,
        1.0,
        0.05,
        "twice the next Edgeworth terms, which are 0.87 κ of the first for Haar modes, 0.026 at N = 100",
    ));
    let worst = largest(found.iter().map(|row| row.1 / row.3));
    evidence.observations.push(("largest ratio of sup|F − Φ| to the Berry-Esseen bound".into(), worst));
    let lattice = lattice(case, evidence)?;
    let mut table = Table::new(tables::DISTANCE, &[columns::SIZE, columns::DISTANCE, columns::ERROR, columns::LATTICE]);
    for (i, &n) in SIZES.iter().enumerate() {
        let rows = &found[i * each..(i + 1) * each];
        let (mean, error) = stat::mean::mean_and_error(&rows.iter().map(|row| row.1).collect::<Vec<_>>());
        table.rows.push(vec![n as f64, mean, error, lattice[i]]);
    }
    evidence.tables.push(table);
    Ok(())
}
