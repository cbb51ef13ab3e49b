//! # T04: reciprocal variables are Gaussian up to corrections of order 1/N
//!
//! ## Statement
//! Under the uniform measure over binary states x_i = Σ_j U_ji v_j has covariance exactly I/4, vanishing odd cumulants and
//! excess kurtosis −2κ_i, κ_i = Σ_j U_ji⁴; for Haar distributed U its mean is −6/(N+2), so the kurtosis is 3 − 6/(N+2). The
//! distance of its law to the normal one is 0.0459 κ_i ~ 0.138/N, far below what the Berry-Esseen bound allows.
//!
//! ## Source
//! arXiv 2503.21536, abstract: "in the limit of infinite size RBM, the reciprocal variables are Gaussian distributed".
//!
//! ## Hypotheses
//! - Uniform states, not Boltzmann distributed ones. The mode is not localised.
//!
//! ## Regimes
//! - `delocalised`: uniform states, Haar distributed modes: holds.
//! - `trained-uniform`: uniform states, modes of a trained machine with κ_i below 0.05: holds.
//! - `trained-gibbs`: samples of the trained machine itself: refuted, the leading modes leave the normal law; replaced by the
//!   mean-field free energy (T07). Given the hidden layer x₁ is still Gaussian, of variance Σ U_j1² p_j (1 − p_j).
//!
//! ## Derivation
//! Cumulants of a fair bit from ln cosh(z/2) as a power series to order 8, and again from κ_(n+1) = p(1−p) dκ_n/dp; the joint
//! generating function of two modes; the Haar mean of κ_i.
//!
//! ## Evidence
//! - Variance, third and fourth cumulant, covariance and joint fourth cumulant of two modes by enumeration of all 2¹⁶ states.
//! - Pooled kurtosis against 1/(N+2), N = 100 to 2000, modes centred before pooling: intercept 3, slope −6. Every replica has one mode
//!   of each size and gives one line, with weights N³ as the variances of Haar κ have them: 400 independent slopes and intercepts, so
//!   that Student's intervals have 399 degrees of freedom.
//! - The same in the limit of infinite size from drawn states, each seen by one mode only; errors √(24/n).
//! - sup|F − Φ| exactly, F from the characteristic function Π_j cos(t U_ji/2): exponent −1 in N, amplitude 0.0459 κ_i (the
//!   Edgeworth term (2κ/24)|z³ − 3z|φ(z) at z² = 3 − √6). Berry-Esseen's 0.5606 Σ|U_ji|³ is a theorem and no check: the figure shows it. For
//!   |U_ji| = 1/√N, a lattice, the exponent is −1/2 (binomial law, exactly).
//! - Sampled states: the squared length of a block of eight modes follows χ²₈, so they are jointly normal.
//! - `trained-gibbs`: 4 var x₁ of the machine's own chains against 1. Given the hidden layer, drawn once per chain, sup|F − Φ| of x₁
//!   exactly, F from the characteristic function Π_j (1 − p_j + p_j exp(i t U_j1)): nearer to the normal law than five units
//!   can be, and as far from it as the conditional skewness and kurtosis say.
//!
//! ## Falsifiers
//! - `deviation-for-variance`: 1/2 in the place of the variance 1/4.
//! - `independent-normal-entries`: E U⁴ = 3/N² for the Haar value.
//! - `identity`: U = 1, every mode one unit.
//! - `five-units`: modes that live on five units.
//! - `rare-ones`: states with P(v = 1) = 0.05 judged by the formulas of 1/2.
//! - `raw-pooling`: modes pooled without centring, which gives slope −3.
//! - `lattice-midway`: the binomial law taken halfway up its steps, which leaves the lattice an exponent of −1.
//!
//! Kurtoses of drawn states are taken from a quarter of the claim's.
//!
//! ## Limits
//! A mode localised on one unit stays a Bernoulli variable at every N. `trained-uniform` needs a mode with κ below 0.05, and so more than 20
//! visible units.

use crate::bits::States;
use crate::claim::{
    Case, CheckError, Dossier, Falsifier, Regime, Source, Stage, Statement, Theorem, Verdict, falsifier,
};
use crate::evidence::{ALPHA, Evidence, Interval, Judge, Measurement, Side, Table, larger, largest};
use crate::figure::{Axis, Figure, Panel, Role, Series, grid, histogram};
use crate::lab::{Lab, Scale, Snapshot};
use crate::rbm::Rbm;
use crate::rbm::gibbs::{Chains, hidden_means};
use crate::rbm::linalg::thin_svd;
use crate::spectra::ensemble::unit_vector;
use crate::spectra::rotation;
use crate::symbolic::Derivation;
use crate::symbolic::cumulant;
use crate::symbolic::haar;
use crate::symbolic::poly::Poly;
use crate::symbolic::ratio::RatFn;
use crate::symbolic::series::PowerSeries;
use crate::{check, stat};
use faer::Mat;
use rand::{Rng, RngExt};
use rayon::prelude::*;

/// The claim.
pub struct GaussianVariables;

static STATEMENT: Statement = Statement {
    id: "T04",
    title: "Reciprocal variables are Gaussian up to corrections of order 1/N",
    source: Source {
        reference: "arXiv 2503.21536, abstract",
        sentence: "We show that in the limit of infinite size RBM, the reciprocal variables are Gaussian distributed.",
        stated_there: true,
    },
    hypotheses: &["states uniform", "the mode is spread over many units"],
    regimes: &[
        Regime {
            id: "delocalised",
            title: "uniform states, Haar distributed modes",
            expected: Verdict::Holds,
            replaced_by: None,
        },
        Regime {
            id: "trained-uniform",
            title: "uniform states, modes of a trained machine with κ below 0.05",
            expected: Verdict::Holds,
            replaced_by: None,
        },
        Regime {
            id: "trained-gibbs",
            title: "leading mode of a trained machine's own samples",
            expected: Verdict::Refuted,
            replaced_by: Some(
                "T07: the mean-field free energy, whose minima lie away from the uniform mean above 4/β; given h, x₁ is Gaussian",
            ),
        },
    ],
};

const UNIFORM: &[&str] = &["delocalised", "trained-uniform"];
const HAAR: &[&str] = &["delocalised"];

static FALSIFIERS: [Falsifier; 7] = [
    falsifier("deviation-for-variance", "standard deviation 1/2 for the variance 1/4", Stage::Derivation, UNIFORM),
    falsifier("independent-normal-entries", "E U⁴ = 3/N²", Stage::Derivation, UNIFORM),
    falsifier("identity", "U = 1, every mode one unit", Stage::Measurement, UNIFORM),
    falsifier("five-units", "modes on five units", Stage::Measurement, UNIFORM),
    falsifier("rare-ones", "states with P(v = 1) = 0.05", Stage::Measurement, UNIFORM).killing(&["block"]),
    falsifier("raw-pooling", "modes pooled without centring", Stage::Measurement, HAAR).killing(&["kurtosis-slope"]),
    falsifier("lattice-midway", "binomial law taken halfway up its steps", Stage::Measurement, HAAR)
        .killing(&["lattice-exponent"]),
];

impl Theorem for GaussianVariables {
    fn statement(&self) -> &'static Statement {
        &STATEMENT
    }

    fn falsifiers(&self) -> &'static [Falsifier] {
        &FALSIFIERS
    }

    fn derive(&self, case: Case<'_>) -> Result<Derivation, CheckError> {
        let mut steps = Derivation::new();
        let int = Poly::int;
        let half = Poly::ratio(1, 2);
        // ln cosh(z/2) generates the cumulants of a centred fair bit.
        let bit = PowerSeries::cosh(8).ln().compose(&PowerSeries::variable(8).scale(&half));
        for n in 2..=8u32 {
            let factorial = int((1..=i64::from(n)).product());
            let name = format!("{n}! [z^{n}] ln cosh(z/2) = κ_{n} of a fair bit, by κ_(n+1) = p(1−p) dκ_n/dp");
            steps.equal(&name, &(factorial * bit.coefficient(n as usize)), &cumulant::fair_bit(n));
        }
        // Two modes: Σ_j ln cosh((t U_ji + s U_jk)/2); U and V stand for the entries of one unit.
        let [t, s, u, v] = ["t", "s", "U", "V"].map(Poly::var);
        let field = &t * &u + &s * &v;
        let joint = |order: usize| bit.coefficient(order) * field.pow(order as u32);
        let second = joint(2);
        let sum_over_units = |p: &Poly| {
            // Σ U² = Σ V² = 1 and Σ UV = 0: columns of an orthogonal matrix.
            p.coefficient("U", 2).coefficient("V", 0) + p.coefficient("V", 2).coefficient("U", 0)
        };
        let variance = if case.broken("deviation-for-variance") { half.clone() } else { Poly::ratio(1, 4) };
        steps.equal(
            "second order of Σ_j ln cosh((tU_ji + sU_jk)/2): covariance I/4",
            &sum_over_units(&second),
            &(&half * &variance * (&t * &t + &s * &s)),
        );
        let fourth = int(24) * joint(4).coefficient("t", 4).coefficient("s", 0);
        let kappa = Poly::var("κ");
        let kappa4 = fourth.coefficient("U", 4) * &kappa;
        steps.equal("fourth cumulant of x_i: −κ_i/8, κ_i = Σ_j U_ji⁴", &kappa4, &(Poly::ratio(-1, 8) * &kappa));
        let excess = RatFn::new(kappa4, &variance * &variance);
        steps.equal("excess kurtosis −2κ_i", &excess, &RatFn::from(int(-2) * &kappa));
        let n = Poly::var("N");
        let fourth_moment = if case.broken("independent-normal-entries") {
            RatFn::new(int(3), &n * &n)
        } else {
            haar::one_column(&[4])
        };
        let mean_kappa = RatFn::from(n.clone()) * fourth_moment;
        let below = &n + int(2);
        steps.equal(
            "Haar mean of the kurtosis: 3 − 6/(N+2)",
            &(RatFn::from(int(3)) + excess.substitute("κ", &mean_kappa)),
            &(RatFn::from(int(3)) - RatFn::new(int(6), below)),
        );
        Ok(steps)
    }

    fn measure(&self, case: Case<'_>, lab: &Lab) -> Result<Evidence, CheckError> {
        let mut evidence = Evidence::default();
        match case.regime.id {
            // Nothing but the lattice has steps.
            "delocalised" if case.broken("lattice-midway") => {
                lattice(&case, &mut evidence)?;
            }
            "delocalised" => {
                enumerated(&case, lab, &mut evidence);
                kurtosis(&case, lab, &mut evidence)?;
                sampled_kurtosis(&case, lab, &mut evidence)?;
                distances(&case, lab, &mut evidence)?;
                let n = lab.plan().mode_shapes[0][0].0;
                let rng = &mut lab.stream("T04", &case, "block", 0);
                let modes: Vec<Vec<f64>> = columns(&rotation::haar_orthogonal(n, rng), BLOCK);
                block(&case, lab, modes, &mut evidence)?;
                evidence.tables.push(uniform_densities(&case, lab)?);
            }
            "trained-uniform" => {
                let trajectory = lab.trained_from_normal(lab.plan().trained_hidden[0], 0)?;
                // A falsifier's modes take the place of those that are spread.
                let spread = broken(&case, spread(trained_modes(trajectory.end()?)?)?, lab);
                spread_modes(&spread, &mut evidence);
                block(&case, lab, spread, &mut evidence)?;
            }
            _ => {
                let trajectory = lab.trained_from_normal(lab.plan().trained_hidden[0], 0)?;
                own_samples(&case, lab, trajectory.end()?, &mut evidence)?;
                evidence.tables.push(own_densities(&case, lab, trajectory.end()?)?);
            }
        }
        Ok(evidence)
    }

    fn figures(&self, dossier: &Dossier) -> Vec<Figure> {
        figure(dossier).into_iter().chain(densities_figure(dossier)).collect()
    }
}

/// Modes with a larger participation ratio are not called spread.
const MOST: f64 = 0.05;

/// Modes of the joint check.
const BLOCK: usize = 8;

/// Sizes of the kurtosis and distance checks, the paper's among them.
const SIZES: [usize; 7] = [100, 200, 500, 700, 784, 1200, 2000];

fn case_is_localised(case: &Case<'_>) -> bool {
    case.broken("identity") || case.broken("five-units")
}

fn kappa(mode: &[f64]) -> f64 {
    mode.iter().map(|u| u.powi(4)).sum()
}

/// The modes that are spread over many units, of those given.
fn spread(modes: Vec<Vec<f64>>) -> Result<Vec<Vec<f64>>, CheckError> {
    let units = modes.first().map_or(0, Vec::len);
    let spread: Vec<Vec<f64>> = modes.into_iter().filter(|mode| kappa(mode) < MOST).collect();
    if spread.is_empty() {
        let few = format!(
            "needs a mode that is spread over many visible units (κ = Σ U⁴ below {MOST}, which takes more than 20 units), \
             and the machine trained on these data ({units} visible units) has none; choose data with more units, or verify the other claims"
        );
        return Err(CheckError::Input(few));
    }
    Ok(spread)
}

fn columns(u: &Mat<f64>, count: usize) -> Vec<Vec<f64>> {
    (0..count.min(u.ncols())).map(|i| (0..u.nrows()).map(|j| u[(j, i)]).collect()).collect()
}

/// The modes, or what a falsifier puts in their place.
fn broken(case: &Case<'_>, modes: Vec<Vec<f64>>, lab: &Lab) -> Vec<Vec<f64>> {
    let localised = |(i, mode): (usize, Vec<f64>)| {
        let n = mode.len();
        let mut out = vec![0.0; n];
        if case.broken("identity") {
            out[i % n] = 1.0;
        } else {
            // Blocks of five units apart: the modes stay orthogonal.
            let rng = &mut lab.stream("T04", case, "five", i);
            for (at, u) in unit_vector(5, rng).into_iter().enumerate() {
                out[(5 * i + at) % n] = u;
            }
        }
        out
    };
    if case_is_localised(case) { modes.into_iter().enumerate().map(localised).collect() } else { modes }
}

/// Moments over all states of two modes of 16 units.
fn enumerated(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) {
    const UNITS: usize = 16;
    let rng = &mut lab.stream("T04", case, "enumerated", 0);
    let modes = broken(case, columns(&rotation::haar_orthogonal(UNITS, rng), 2), lab);
    let p: f64 = if case.broken("rare-ones") { 0.05 } else { 0.5 };
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
        let because = "sum over 2¹⁶ states of terms below 1 with weights that add to 1";
        let judge = Judge::Rounding { factor: 4.0, n: 1 << UNITS, scale: 1.0, because };
        evidence.measurements.push(Measurement::new(id, name, observed, predicted, judge));
    }
}

/// Kurtosis of modes pooled, against 1/(N+2).
fn kurtosis(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let doing = || CheckError::while_doing::<stat::StatError>("T04 kurtosis");
    let replicas = 4 * lab.plan().mode_replicas;
    let raw = f64::from(u8::from(case.broken("raw-pooling")));
    // Moments of a mode about its uniform mean are exact: 1/4 and 3/16 − κ/8. Raw pooling adds those of the means μ_i, here by their exact
    // Haar averages E μ² = 1/4 and E μ⁴ = 3N/(16(N+2)). The second moment is the same for all modes, so that the pooled kurtosis is the
    // mean over modes.
    let second = 0.25 + raw * 0.25;
    let one = |n: usize, replica: usize| -> f64 {
        let rng = &mut lab.stream("T04", case, "kurtosis", [n, replica]);
        let mode = broken(case, vec![unit_vector(n, rng)], lab).swap_remove(0);
        let size = n as f64;
        let fourth = 3.0 / 16.0 - kappa(&mode) / 8.0 + raw * (6.0 / 16.0 + 3.0 * size / (16.0 * (size + 2.0)));
        fourth / (second * second)
    };
    let values: Vec<Vec<f64>> =
        (0..replicas).into_par_iter().map(|replica| SIZES.map(|n| one(n, replica)).to_vec()).collect();
    let mut table = Table::new("kurtosis", &["size", "kurtosis", "error"]);
    for (at, n) in SIZES.into_iter().enumerate() {
        let (mean, error) = stat::mean::mean_and_error(&values.iter().map(|row| row[at]).collect::<Vec<_>>());
        table.rows.push(vec![n as f64, mean, error]);
    }
    // Errors in proportion to those of the Haar law, var κ = 24/N³ to leading order, known beforehand: every line is an independent draw.
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
        "a tenth of 6; uncentred pooling is off by 3",
    ));
    evidence.measurements.push(check::near(
        "kurtosis-limit",
        "kurtosis in the limit of infinite size",
        stat::mean::mean_and_error(&limits).0,
        of(&limits)?,
        3.0,
        0.003,
        "the correction 6/(N+2) at the largest size, N = 2000",
    ));
    evidence.tables.push(table);
    Ok(())
}

/// Modes that share the drawn states of one size.
const SAMPLED_MODES: usize = 20;

/// The same by drawing states, each for one mode only: pooled kurtosis about the uniform means.
fn sampled_kurtosis(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let each = 50 * lab.plan().mode_replicas / if case.falsified() { 4 } else { 1 };
    let pooled = |&n: &usize| {
        // The smallest size is the lever of the slope.
        let states = if n == SIZES[0] { 4 * each } else { each };
        let sums = (0..SAMPLED_MODES).into_par_iter().map(|at| {
            let rng = &mut lab.stream("T04", case, "sampled-kurtosis", [n, at]);
            let mode = broken(case, vec![unit_vector(n, rng)], lab).swap_remove(0);
            let mean = if case.broken("raw-pooling") { 0.0 } else { 0.5 * mode.iter().sum::<f64>() };
            let along = ByBytes::new(&mode);
            let one = |rng: &mut _| (along.draw(case.broken("rare-ones"), rng) - mean).powi(2);
            (0..states).map(|_| one(rng)).fold([0.0; 2], |sums, square| [sums[0] + square, sums[1] + square * square])
        });
        let count = (states * SAMPLED_MODES) as f64;
        let [second, fourth] = sums.collect::<Vec<_>>().iter().fold([0.0; 2], |a, b| [a[0] + b[0], a[1] + b[1]]);
        // Variance of the kurtosis of a normal sample: 24/n.
        vec![n as f64, count * fourth / (second * second), (24.0 / count).sqrt()]
    };
    let mut table = Table::new("sampled-kurtosis", &["size", "kurtosis", "error"]);
    table.rows = SIZES.iter().map(pooled).collect();
    let x: Vec<f64> = table.column("size").iter().map(|n| 1.0 / (n + 2.0)).collect();
    let fit = stat::regression::weighted_fit(&x, &table.column("kurtosis"), &table.column("error"), 1.0 - ALPHA)
        .map_err(CheckError::while_doing("T04 sampled kurtosis"))?;
    let name = "sampled kurtosis in the limit of infinite size";
    evidence.measurements.push(check::z("sampled-limit", name, fit.intercept, 3.0, fit.intercept_error.powi(2)));
    evidence.tables.push(table);
    Ok(())
}

/// Sums of one mode's entries over the units that are on, eight units at a time.
struct ByBytes {
    units: usize,
    /// For every eight units, the sum for each of their 256 states.
    sums: Vec<[f64; 256]>,
}

impl ByBytes {
    fn new(mode: &[f64]) -> Self {
        let of = |eight: &[f64]| {
            std::array::from_fn(|state| {
                eight.iter().enumerate().filter(|(j, _)| state >> j & 1 == 1).map(|(_, u)| u).sum()
            })
        };
        Self { units: mode.len(), sums: mode.chunks(8).map(of).collect() }
    }

    /// x = Σ_j U_j v_j of one state, units on with probability 1/2 (0.05 when `rare`).
    fn draw(&self, rare: bool, rng: &mut impl Rng) -> f64 {
        let mut total = 0.0;
        for (at, words) in self.sums.chunks(8).enumerate() {
            let word = if rare {
                (64 * at..self.units.min(64 * at + 64))
                    .fold(0, |word, j| word | u64::from(rng.random::<f64>() < 0.05) << (j % 64))
            } else {
                rng.next_u64()
            };
            total +=
                words.iter().enumerate().map(|(byte, sums)| sums[(word >> (8 * byte)) as usize & 255]).sum::<f64>();
        }
        total
    }
}

/// Largest Edgeworth term over κ: (1/12)|z³ − 3z|φ(z) at z² = 3 − √6, 0.0459.
fn edgeworth() -> f64 {
    let z2 = 3.0 - 6f64.sqrt();
    let density = (-0.5 * z2).exp() / (2.0 * std::f64::consts::PI).sqrt();
    z2.sqrt() * (3.0 - z2) * density / 12.0
}

/// Where sup |F − Φ| is looked for.
fn heights() -> impl Iterator<Item = f64> {
    grid(-4.0, 4.0, 800)
}

fn normal(z: f64) -> f64 {
    0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
}

/// sup |F − Φ| of 2(x − μ) under uniform states.
fn normal_distance(mode: &[f64]) -> f64 {
    sum_distance(mode, &vec![0.5; mode.len()])
}

/// sup |F − Φ| of x = Σ U_j v_j less its mean over its standard deviation, unit j on with probability p_j independently of the others. F by
/// inverting the characteristic function Π_j (1 − p_j + p_j exp(i t U_j)): the trapezoidal rule at midpoints, whose error is the
/// mass beyond 2π/step − |z| and the integral beyond the last t.
/// A sum of at most twelve units is enumerated instead: its characteristic function does not decay.
fn sum_distance(mode: &[f64], means: &[f64]) -> f64 {
    let weighted = mode.iter().zip(means).map(|(&u, &p)| (u, p));
    let mut alive: Vec<(f64, f64)> = weighted.filter(|(u, p)| u * u * p * (1.0 - p) != 0.0).collect();
    let deviation = alive.iter().map(|(u, p)| u * u * p * (1.0 - p)).sum::<f64>().sqrt();
    alive.iter_mut().for_each(|(u, _)| *u /= deviation);
    if alive.len() <= 12 {
        return enumerated_distance(&alive);
    }
    const STEP: f64 = 0.25;
    // t, and the characteristic function of the centred sum there times the weight of the rule.
    let term = |at: u32| {
        let t = STEP * (f64::from(at) + 0.5);
        let factor = |(re, im): (f64, f64), &(u, p): &(f64, f64)| {
            let (up, down) = ((t * u * (1.0 - p)).sin_cos(), (t * u * p).sin_cos());
            let one = (p * up.1 + (1.0 - p) * down.1, p * up.0 - (1.0 - p) * down.0);
            (re * one.0 - im * one.1, re * one.1 + im * one.0)
        };
        let (re, im) = alive.iter().fold((1.0, 0.0), factor);
        let weight = STEP / t / std::f64::consts::PI;
        [t, re * weight, im * weight]
    };
    let terms: Vec<[f64; 3]> = (0..48).map(term).collect();
    let gap = |z: f64| {
        let sum = |[t, re, im]: &[f64; 3]| {
            let (sin, cos) = (t * z).sin_cos();
            re * sin - im * cos
        };
        (0.5 + terms.iter().map(sum).sum::<f64>() - normal(z)).abs()
    };
    largest(heights().map(gap))
}

/// sup |F − Φ| of Σ U_j (v_j − p_j) over all states, from (U_j, p_j).
fn enumerated_distance(units: &[(f64, f64)]) -> f64 {
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

/// What Edgeworth's expansion to order 1/N makes of the same distance: with skewness γ and excess kurtosis δ
/// F − Φ = −φ(z) [γ (z² − 1)/6 + δ (z³ − 3z)/24 + γ² (z⁵ − 10z³ + 15z)/72].
fn expanded_distance(mode: &[f64], means: &[f64]) -> f64 {
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

/// sup |F − Φ| for |U_j| = 1/√N: the binomial law on both sides of its steps, or halfway up.
fn lattice_distance(n: usize, midway: bool) -> f64 {
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

/// Distance of the lattice to the normal law against N, exactly. Returns the distances at [`SIZES`].
fn lattice(case: &Case<'_>, evidence: &mut Evidence) -> Result<[f64; SIZES.len()], CheckError> {
    let found = SIZES.map(|n| lattice_distance(n, case.broken("lattice-midway")));
    let line = stat::regression::linear_fit(&SIZES.map(|n| (n as f64).ln()), &found.map(f64::ln), 1.0 - ALPHA)
        .map_err(CheckError::while_doing("T04 lattice"))?;
    let name = "exponent of sup|F − Φ| in N, |U| = 1/√N (binomial law)";
    let point = Interval::point(line.slope);
    let because = "a tenth of the exponent";
    evidence.measurements.push(check::near("lattice-exponent", name, line.slope, point, -0.5, 0.05, because));
    Ok(found)
}

/// N, sup|F − Φ|, κ and the Berry-Esseen bound of one mode.
type Found = (usize, f64, f64, f64);

/// Distance to the normal law against N.
fn distances(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let doing = || CheckError::while_doing::<stat::StatError>("T04 distances");
    let each = lab.plan().mode_replicas / 5;
    let found: Vec<Found> = (0..SIZES.len() * each)
        .into_par_iter()
        .map(|at| {
            let n = SIZES[at / each];
            let mode = unit_vector(n, &mut lab.stream("T04", case, "distance", at));
            let mode = broken(case, vec![mode], lab).swap_remove(0);
            let cubes: f64 = mode.iter().map(|u| u.abs().powi(3)).sum();
            (n, normal_distance(&mode), kappa(&mode), 0.5606 * cubes)
        })
        .collect();
    let x: Vec<f64> = found.iter().map(|row| (row.0 as f64).ln()).collect();
    let y: Vec<f64> = found.iter().map(|row| row.1.ln()).collect();
    let line = stat::regression::linear_fit(&x, &y, 1.0 - ALPHA).map_err(doing())?;
    evidence.measurements.push(check::near(
        "distance-exponent",
        "exponent of sup|F − Φ| in N, spread modes",
        line.slope,
        line.slope_interval,
        -1.0,
        0.25,
        "half of the way to the exponent −1/2 of lattices",
    ));
    let ratios: Vec<f64> = found.iter().map(|row| row.1 / row.2 / edgeworth()).collect();
    evidence.measurements.push(check::near(
        "distance-over-kappa",
        "sup|F − Φ| over 0.0459 κ",
        stat::mean::mean_and_error(&ratios).0,
        stat::mean::mean_interval(&ratios, 1.0 - ALPHA).map_err(doing())?,
        1.0,
        0.05,
        "the next Edgeworth terms are 0.87 κ of the first for Haar modes, 0.026 at N = 100; twice that",
    ));
    let worst = largest(found.iter().map(|row| row.1 / row.3));
    evidence.observations.push(("sup|F − Φ| over the Berry-Esseen bound, largest".into(), worst));
    let lattice = lattice(case, evidence)?;
    let mut table = Table::new("distance", &["size", "distance", "lattice", "edgeworth", "berry_esseen"]);
    for (i, &n) in SIZES.iter().enumerate() {
        let rows = &found[i * each..(i + 1) * each];
        let mean = |f: &dyn Fn(&Found) -> f64| rows.iter().map(f).sum::<f64>() / each as f64;
        let predicted = edgeworth() * 3.0 / (n as f64 + 2.0);
        table.rows.push(vec![n as f64, mean(&|row| row.1), lattice[i], predicted, mean(&|row| row.3)]);
    }
    evidence.tables.push(table);
    Ok(())
}

/// Squared length of a block of modes over drawn states: χ² if they are jointly normal.
fn block(case: &Case<'_>, lab: &Lab, modes: Vec<Vec<f64>>, evidence: &mut Evidence) -> Result<(), CheckError> {
    let modes: Vec<Vec<f64>> = broken(case, modes, lab).into_iter().take(BLOCK).collect();
    let Some(units) = modes.first().map(Vec::len) else {
        return Err(CheckError::Input("there is no mode whose squared length could be tested".into()));
    };
    let count = modes.len();
    let p = if case.broken("rare-ones") { 0.05 } else { 0.5 };
    let states = 50 * lab.plan().mode_replicas;
    let lengths: Vec<f64> = (0..states)
        .into_par_iter()
        .map(|state| {
            let rng = &mut lab.stream("T04", case, "state", state);
            let v: Vec<f64> = (0..units).map(|_| if rng.random::<f64>() < p { 0.5 } else { -0.5 }).collect();
            let along = |mode: &Vec<f64>| mode.iter().zip(&v).map(|(u, v)| u * v).sum::<f64>();
            modes.iter().map(|mode| 4.0 * along(mode).powi(2)).sum()
        })
        .collect();
    let degrees = count as f64;
    let name = format!("squared length of a block of {count} modes against χ², {states} states");
    let law = |x: f64| 1.0 - stat::goodness::chi_square_survival(x, degrees);
    let measurement = check::kolmogorov("block", name, &lengths, law);
    evidence.measurements.push(measurement.map_err(CheckError::while_doing("T04 block"))?);
    Ok(())
}

/// Left singular vectors of a trained machine.
fn trained_modes(end: &Snapshot) -> Result<Vec<Vec<f64>>, CheckError> {
    let svd = thin_svd(end.machine.to_f64().weights_view()).map_err(CheckError::while_doing("T04 decomposition"))?;
    Ok(columns(&svd.u, svd.u.ncols()))
}

/// Distance to the normal law of every spread mode of a trained machine.
fn spread_modes(modes: &[Vec<f64>], evidence: &mut Evidence) {
    let distances: Vec<f64> = modes.par_iter().map(|mode| normal_distance(mode) / (edgeworth() * MOST)).collect();
    let worst = largest(distances);
    evidence.measurements.push(check::near(
        "distance-of-spread-modes",
        "sup|F − Φ| of the trained modes with κ < 0.05 over 0.0459 · 0.05, largest",
        worst,
        Interval::point(worst),
        0.0,
        1.5,
        "the leading Edgeworth term at κ = 0.05, and half of it for the next ones",
    ));
    evidence.observations.push(("trained modes with κ < 0.05".into(), modes.len() as f64));
}

/// Variance of the leading mode over the machine's own persistent chains.
fn own_samples(case: &Case<'_>, lab: &Lab, end: &Snapshot, evidence: &mut Evidence) -> Result<(), CheckError> {
    let chains = &end.chains;
    let modes = trained_modes(end)?;
    let Some(mode) = modes.first() else {
        return Err(CheckError::Input("the trained machine has no mode, because it has no units".into()));
    };
    let x: Vec<f64> = (0..chains.rows()).map(|row| chains.ones(row).map(|j| mode[j]).sum()).collect();
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    let squares: Vec<f64> = x.iter().map(|x| 4.0 * (x - mean).powi(2)).collect();
    let interval = stat::mean::mean_interval(&squares, 1.0 - ALPHA).map_err(CheckError::while_doing("T04 samples"))?;
    let name = "4 var x₁ over the chains of the trained machine";
    let observed = stat::mean::mean_and_error(&squares).0;
    let because = "a tenth of the variance of uniform states";
    evidence
        .measurements
        .push(check::near("own-variance", name, observed, interval, 1.0, 0.1, because).refuting(Side::Above));
    given_hidden(case, lab, end, mode, evidence);
    let mut table = Table::new("samples", &["x"]);
    table.rows = x.iter().map(|x| vec![2.0 * (x - mean)]).collect();
    evidence.tables.push(table);
    Ok(())
}

/// What is Gaussian instead: x₁ given the hidden layer, a sum of independent units of variance Σ U_j1² p_j (1 − p_j). Its law is
/// computed, not drawn, for a hidden layer drawn once per chain.
fn given_hidden(case: &Case<'_>, lab: &Lab, end: &Snapshot, mode: &[f64], evidence: &mut Evidence) {
    let machine = &end.machine;
    let (rows, n, m) = (end.chains.rows(), machine.visible, machine.hidden);
    let means = hidden_means(machine, &end.chains);
    let mut rngs: Vec<_> = (0..rows).map(|row| lab.stream("T04", case, "given-hidden", row)).collect();
    let hidden = States::from_fn(rows, m, |row, k| rngs[row].random::<f32>() < means[row * m + k]);
    let visible: Vec<f64> = hidden_means(&machine.exchanged(), &hidden).into_iter().map(f64::from).collect();
    let of = |means: &[f64]| (sum_distance(mode, means), expanded_distance(mode, means));
    let found: Vec<(f64, f64)> = visible.par_chunks(n).map(of).collect();
    let worst = largest(found.iter().map(|(exact, _)| *exact));
    evidence.measurements.push(check::near(
        "given-hidden",
        "sup|F − Φ| of x₁ given the hidden layer, with variance Σ U_j1² p_j (1 − p_j), exactly; largest over the chains",
        worst,
        Interval::point(worst),
        0.0,
        1.0 / 64.0,
        "a sum over five units has at most 32 values, a step of at least 1/32, and no continuous law nearer than half of it",
    ));
    let ratios = Interval::envelope(found.iter().map(|(exact, expanded)| exact / expanded));
    evidence.measurements.push(check::near(
        "given-hidden-corrections",
        "the same over what Edgeworth's expansion to order 1/N makes of it, all chains",
        if 1.0 - ratios.low > ratios.high - 1.0 { ratios.low } else { ratios.high },
        ratios,
        1.0,
        0.1,
        "the next terms are smaller by the root of the number of units that weigh in: 0.1 for a hundred",
    ));
}

/// Modes whose densities are drawn, of so many.
fn drawn(lab: &Lab, last: usize) -> Vec<usize> {
    let some = match lab.plan().scale {
        Scale::Quick => vec![1, 2, 3, last / 2, last],
        Scale::Full => vec![1, 2, 3, 4, 9 * last / 10, last],
    };
    let mut modes: Vec<usize> = some.into_iter().filter(|mode| (1..=last).contains(mode)).collect();
    modes.dedup();
    modes
}

const DENSITY: [&str; 5] = ["side", "mode", "z", "density", "error"];

/// Density of one mode in 36 bins, from independent groups of values 2(x − mean), with the standard error over groups.
fn density(side: usize, mode: usize, groups: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let reach = 1.001 * largest(groups.iter().flatten().map(|z| z.abs()));
    let each: Vec<Vec<(f64, f64)>> = groups.iter().map(|group| histogram(group, -reach, reach, 36)).collect();
    let row = |bin: usize| {
        let (mean, error) = stat::mean::mean_and_error(&each.iter().map(|one| one[bin].1).collect::<Vec<_>>());
        vec![side as f64, mode as f64, each[0][bin].0, mean, error]
    };
    (0..each.first().map_or(0, Vec::len)).map(row).collect()
}

/// Densities of x_i and y_i of an untrained machine under uniform states.
fn uniform_densities(case: &Case<'_>, lab: &Lab) -> Result<Table, CheckError> {
    let (n, m) = lab.plan().mode_shapes[0][0];
    let machine = Rbm::normal(n, m, lab.plan().initial_std, &mut lab.stream("T04", case, "densities machine", 0));
    let svd = thin_svd(machine.weights_view()).map_err(CheckError::while_doing("T04 decomposition"))?;
    let last = svd.singular_values.len();
    let mut table = Table::new("densities", &DENSITY);
    for (side, vectors) in [&svd.u, &svd.v].into_iter().enumerate() {
        let modes = broken(case, columns(vectors, last), lab);
        for mode in drawn(lab, last) {
            let (entries, along) = (&modes[mode - 1], ByBytes::new(&modes[mode - 1]));
            let mean = 0.5 * entries.iter().sum::<f64>();
            let group = |group: usize| {
                let rng = &mut lab.stream("T04", case, "densities", [side, mode, group]);
                (0..GROUPS).map(|_| 2.0 * (along.draw(case.broken("rare-ones"), rng) - mean)).collect()
            };
            let groups: Vec<Vec<f64>> = (0..GROUPS).into_par_iter().map(group).collect();
            table.rows.extend(density(side, mode, &groups));
        }
    }
    Ok(table)
}

/// Groups of drawn values, and values per group.
const GROUPS: usize = 150;

/// Densities of x_i and y_i under a machine's own samples: its persistent chains, seen every fifth sweep.
fn own_densities(case: &Case<'_>, lab: &Lab, end: &Snapshot) -> Result<Table, CheckError> {
    let single = &end.machine;
    let svd = thin_svd(single.to_f64().weights_view()).map_err(CheckError::while_doing("T04 decomposition"))?;
    let modes = drawn(lab, svd.singular_values.len());
    let mut chains = Chains::new(end.chains.clone(), lab.key("T04", case, "densities"), 0);
    let rows = chains.visible.rows();
    // [side][mode][chain], values in time.
    let mut seen = vec![vec![vec![Vec::new(); rows]; modes.len()]; 2];
    for time in 0..20 {
        chains.sweep(single, 5);
        let means = hidden_means(single, &chains.visible);
        let rng = &mut lab.stream("T04", case, "densities hidden", time);
        for (row, means) in means.chunks(single.hidden).enumerate() {
            let visible: Vec<usize> = chains.visible.ones(row).collect();
            let hidden: Vec<usize> = (0..single.hidden).filter(|&k| rng.random::<f32>() < means[k]).collect();
            for (at, mode) in modes.iter().enumerate() {
                for (side, on, vectors) in [(0, &visible, &svd.u), (1, &hidden, &svd.v)] {
                    seen[side][at][row].push(on.iter().map(|&unit| vectors[(unit, mode - 1)]).sum::<f64>());
                }
            }
        }
    }
    let mut table = Table::new("densities", &DENSITY);
    for (side, by_mode) in seen.into_iter().enumerate() {
        for (mode, mut chains) in modes.iter().zip(by_mode) {
            let count = chains.iter().map(Vec::len).sum::<usize>() as f64;
            let mean = chains.iter().flatten().sum::<f64>() / count;
            chains.iter_mut().flatten().for_each(|x| *x = 2.0 * (*x - mean));
            table.rows.extend(density(side, *mode, &chains));
        }
    }
    Ok(table)
}

fn densities_figure(dossier: &Dossier) -> Option<Figure> {
    let regime = dossier.regime("delocalised")?;
    let uniform = regime.evidence.table("densities")?;
    let five = regime.falsifiers.iter().find(|trial| trial.id == "five-units")?.evidence.table("densities")?;
    let of = |table: &Table, side: f64, mode: f64| -> (Vec<(f64, f64)>, Vec<f64>) {
        let rows = table.rows.iter().filter(|row| row[0] == side && row[1] == mode);
        rows.map(|row| ((row[2], row[3]), row[4])).unzip()
    };
    let panel = |title: &str, table: &Table, side: f64, grey: Option<&Table>| {
        let mut modes = table.column("mode");
        modes.dedup();
        modes.truncate(modes.len() / 2);
        let normal = |z: f64| (z, (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt());
        let grey = grey.map(|grey| Series::line("mode on five units", Role::Falsifier, of(grey, side, 1.0).0));
        let measured = modes.into_iter().map(|mode| {
            let (points, errors) = of(table, side, mode);
            Series { errors, ..Series::points(&format!("mode {mode}"), Role::Measurement, points) }
        });
        let law = Series::line("normal law", Role::Prediction, grid(-4.0, 4.0, 100).map(normal).collect());
        let x = if side == 0.0 { "2(x − mean), visible coordinate" } else { "2(y − mean), hidden coordinate" };
        Panel {
            title: title.into(),
            x: Axis::linear(x),
            y: Axis::log("density"),
            series: grey.into_iter().chain(measured).chain([law]).collect(),
            contours: None,
        }
    };
    let mut panels = vec![
        panel("untrained, uniform states, visible", uniform, 0.0, Some(five)),
        panel("untrained, uniform states, hidden", uniform, 1.0, Some(five)),
    ];
    if let Some(own) = dossier.regime("trained-gibbs").and_then(|regime| regime.evidence.table("densities")) {
        panels.push(panel("trained, its own samples, visible", own, 0.0, None));
        panels.push(panel("trained, its own samples, hidden", own, 1.0, None));
    }
    Some(Figure {
        name: "T04_densities",
        title: "Densities of reciprocal variables by mode".into(),
        caption: "Above: an untrained machine under uniform states; every mode follows the normal law, one that lives on five units \
                  (grey) does not. Below: a machine trained on MNIST under its own samples; the leading mode has two peaks, and \
                  hidden units hardly move within a peak. Variables in units of the standard deviation 1/2 of uniform states, about \
                  their mean."
            .into(),
        panels,
    })
}

fn figure(dossier: &Dossier) -> Option<Figure> {
    let regime = dossier.regime("delocalised")?;
    let (kurtosis, distance) = (regime.evidence.table("kurtosis")?, regime.evidence.table("distance")?);
    let sampled = regime.evidence.table("sampled-kurtosis")?;
    let falsified = |id: &str| regime.falsifiers.iter().find(|trial| trial.id == id).map(|trial| &trial.evidence);
    let raw = falsified("raw-pooling")?.table("kurtosis")?;
    let five = falsified("five-units")?.table("distance")?;
    let inverse = |table: &Table| -> Vec<(f64, f64)> {
        table.column("size").into_iter().map(|n| 1.0 / n).zip(table.column("kurtosis")).collect()
    };
    let against = |table: &Table, column: &str| -> Vec<(f64, f64)> {
        table.column("size").into_iter().zip(table.column(column)).collect()
    };
    let mut panels = vec![
        Panel {
            title: "kurtosis".into(),
            x: Axis::linear("1/N"),
            y: Axis::linear("kurtosis of x, modes pooled"),
            series: vec![
                Series {
                    errors: raw.column("error"),
                    ..Series::points("modes not centred", Role::Falsifier, inverse(raw))
                },
                Series {
                    errors: sampled.column("error"),
                    ..Series::points("centred, drawn states", Role::Measurement, inverse(sampled))
                },
                Series {
                    errors: kurtosis.column("error"),
                    ..Series::points("centred, exact by mode", Role::Measurement, inverse(kurtosis))
                },
                Series::line(
                    "3 − 6/(N+2)",
                    Role::Prediction,
                    grid(0.0, 0.01, 50).map(|x| (x, 3.0 - 6.0 * x / (1.0 + 2.0 * x))).collect(),
                ),
            ],
            contours: None,
        },
        Panel {
            title: "distance to the normal law".into(),
            x: Axis::log("N, number of visible units"),
            y: Axis::log("sup |F − Φ|"),
            series: vec![
                Series::points("modes on five units", Role::Falsifier, against(five, "distance")),
                Series::points("spread modes", Role::Measurement, against(distance, "distance")),
                Series::points("|U| = 1/√N", Role::Measurement, against(distance, "lattice")),
                Series::line("0.0459 · 3/(N+2)", Role::Prediction, against(distance, "edgeworth")),
                Series::line("Berry-Esseen bound", Role::Prediction, against(distance, "berry_esseen")),
            ],
            contours: None,
        },
    ];
    if let Some(samples) = dossier.regime("trained-gibbs").and_then(|regime| regime.evidence.table("samples")) {
        let x = samples.column("x");
        let reach = largest(x.iter().map(|x| x.abs()).chain([4.0]));
        let normal = |z: f64| (z, (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt());
        panels.push(Panel {
            title: "mode 1 of a trained machine".into(),
            x: Axis::linear("2(x₁ − mean)"),
            y: Axis::linear("density"),
            series: vec![
                Series::bars("its own samples", Role::Measurement, histogram(&x, -reach, reach, 40)),
                Series::line(
                    "normal law of uniform states",
                    Role::Prediction,
                    grid(-reach, reach, 200).map(normal).collect(),
                ),
            ],
            contours: None,
        });
    }
    Some(Figure {
        name: "T04_gaussian",
        title: "Reciprocal variables: where they are Gaussian".into(),
        caption: "Left: kurtosis of Haar modes under uniform states, centred before pooling, and what pooling without centring (grey) \
                  makes of it. Middle: exact distance to the normal law: 1/N for spread modes, 1/√N on a lattice, constant \
                  for modes on five units (grey). Right: the leading mode of a trained machine under its own samples is not \
                  the normal variable of uniform states."
            .into(),
        panels,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::ChaCha8Rng};

    /// Entries over the standard deviation of their sum, all units on with probability p.
    fn scaled(mode: &[f64], p: f64) -> Vec<(f64, f64)> {
        let deviation = (mode.iter().map(|u| u * u).sum::<f64>() * p * (1.0 - p)).sqrt();
        mode.iter().map(|u| (u / deviation, p)).collect()
    }

    #[test]
    fn inversion_agrees_with_enumeration() {
        // 18 units: atoms of weight 2^-18, and a characteristic function that is small beyond t = 12.
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        for _ in 0..5 {
            let mode = unit_vector(18, rng);
            let (inverted, exact) = (normal_distance(&mode), enumerated_distance(&scaled(&mode, 0.5)));
            assert!((inverted / exact - 1.0).abs() < 0.05, "{inverted} {exact}");
        }
    }

    #[test]
    fn distances_have_their_known_values() {
        assert!((edgeworth() - 0.0459).abs() < 5e-5);
        // One unit: Φ(1) − 1/2 = 0.3413; lattices: 0.3989/√N.
        assert!((normal_distance(&[0.0, 1.0, 0.0]) - 0.341_344_746).abs() < 1e-8);
        assert!((lattice_distance(2000, false) * 2000f64.sqrt() - 0.3989).abs() < 2e-3);
    }

    #[test]
    fn sums_of_skewed_units_have_the_distance_of_their_binomial_law() {
        // Equal entries: binomial laws. scipy 1.17.1: largest over k of |binom(n, p).cdf(k) − norm.cdf(z)| and of the left limit, z = (k − np)/√(np(1 − p)).
        for (n, p, expected) in [(12, 0.3, 0.139_787_280_379_363_55), (3, 0.9, 0.447_148_569_174_613_54)] {
            let found = sum_distance(&vec![1.0; n], &vec![p; n]);
            assert!((found - expected).abs() < 1e-12, "{n}: {found}");
        }
        // Twenty units, atoms of at most 0.6²⁰, by inversion and by all states; units that are always on or off, and entries of 0, change nothing.
        let rng = &mut ChaCha8Rng::seed_from_u64(4);
        let mode = unit_vector(20, rng);
        let exact = enumerated_distance(&scaled(&mode, 0.4));
        let found =
            sum_distance(&[&mode[..], &[5.0, -3.0, 0.0]].concat(), &[&[0.4; 20][..], &[0.0, 1.0, 0.5]].concat());
        assert!((found / exact - 1.0).abs() < 0.05, "{found} {exact}");
    }

    #[test]
    fn spread_sums_are_as_far_from_normal_as_their_cumulants_say_and_sums_over_five_units_are_not() {
        let rng = &mut ChaCha8Rng::seed_from_u64(5);
        // Without skewness: 0.0459 κ.
        let mode = unit_vector(300, rng);
        let fair = expanded_distance(&mode, &[0.5; 300]);
        assert!((fair / (edgeworth() * kappa(&mode)) - 1.0).abs() < 1e-3, "{fair}");
        let means: Vec<f64> = (0..300).map(|_| 0.05 + 0.9 * rng.random::<f64>()).collect();
        let ratio = sum_distance(&mode, &means) / expanded_distance(&mode, &means);
        assert!((ratio - 1.0).abs() < 0.1, "{ratio}");
        for _ in 0..100 {
            let mode = unit_vector(5, rng);
            let means: Vec<f64> = (0..5).map(|_| rng.random()).collect();
            let exact = sum_distance(&mode, &means);
            assert!(exact > 1.0 / 64.0, "{exact}");
        }
    }

    #[test]
    fn a_lattice_halfway_up_its_steps_is_one_power_closer() {
        // scipy 1.17.1: F = binom(n, 1/2).cdf(k) − pmf(k)/2 against norm.cdf((2k − n)/√n), largest over k.
        for (n, expected) in [(100, 0.001_224_609_150_100_253_2), (400, 0.000_308_662_176_517_926_5)] {
            let found = lattice_distance(n, true);
            assert!((found / expected - 1.0).abs() < 1e-9, "{n}: {found:e}");
        }
    }

    #[test]
    fn where_no_mode_is_spread_that_is_an_error_with_a_sentence() {
        // κ of one column of 16 units is at least 1/16, above 0.05; that of 30 equal entries is 1/30.
        let equal = |n: usize| vec![(n as f64).sqrt().recip(); n];
        assert_eq!(spread(vec![equal(16), equal(30)]).expect("one is").len(), 1);
        let error = spread(vec![equal(16)]).expect_err("none is").to_string();
        assert!(error.contains("16 visible units") && error.contains("0.05"), "{error}");
        assert!(spread(Vec::new()).is_err());
    }
}
