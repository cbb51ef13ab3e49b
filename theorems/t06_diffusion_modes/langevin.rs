//! Checks of the Langevin equation of one mode and its discretisation.

use super::evidence::{BETA, MU, decay, drawn, normal};
use super::falsifiers;
use super::names::{columns, tables};
use super::streams;
use crate::claim::{Case, CheckError};
use crate::evidence::check;
use crate::evidence::{ALPHA, Criterion, Evidence, Measurement, Table};
use crate::lab::Lab;
use crate::math::larger;
use crate::stat::mean::{mean, mean_and_error};
use crate::stat::regression::weighted_fit;
use rand::Rng;
use rayon::prelude::*;

/// The predictions of the Gaussian picture, or of a falsifier's version of it.
pub(super) struct Picture {
    pub(super) threshold: f64,
    pub(super) noise: f64,
    pub(super) beta: f64,
}

impl Picture {
    pub(super) fn of(case: &Case<'_>) -> Self {
        let threshold = if case.is(&falsifiers::AT_TWO) {
            2.0
        } else if case.is(&falsifiers::AT_EIGHT) {
            8.0
        } else {
            4.0
        };
        let noise = if case.is(&falsifiers::HALF_NOISE) { 1.0 } else { 2.0 };
        Self { threshold, noise, beta: if case.is(&falsifiers::WRONG_TEMPERATURE) { 1.0 } else { BETA } }
    }

    /// Rate 4/β − λ.
    fn rate(&self, lambda: f64) -> f64 {
        self.threshold / self.beta - lambda
    }

    /// Derived mean and variance at time t of a path that starts at 0: m∞(1 − e^(−kt)) with m∞ =
    /// 4μ/(βk) and (1 − e^(−2kt))/(βk), or free diffusion with drift. Independent of the
    /// integrators.
    pub(super) fn moments(&self, lambda: f64, t: f64) -> (f64, f64) {
        let k = self.rate(lambda);
        let (drift, diffusion) = (self.threshold * MU / self.beta, self.noise / self.beta);
        if k == 0.0 {
            return (drift * t, diffusion * t);
        }
        (drift / k * (1.0 - (-k * t).exp()), diffusion / (2.0 * k) * (1.0 - (-2.0 * k * t).exp()))
    }

    /// Predicted sweep factor at g = βλ for the given visible mean and hidden mean 1/2.
    pub(super) fn factor(&self, case: &Case<'_>, g: f64, mean: f64) -> f64 {
        let variance = if case.is(&falsifiers::QUARTER) { 0.25 } else { mean * (1.0 - mean) };
        self.coupling(g).powi(2) * variance * 4.0 / self.threshold.powi(2)
    }

    /// The coupling that the prediction uses at the true g = βλ.
    pub(super) fn coupling(&self, g: f64) -> f64 {
        g / BETA * self.beta
    }
}

/// Euler-Maruyama and exact integration of du = (λu − (4/β)(u − μ)) dt + √(2/β) dB, driven by the
/// same Brownian motion.
pub(super) struct Paths {
    pub(super) lambda: f64,
    step: f64,
}

impl Paths {
    /// One step with noise √(`noise`/β); the process has 2.
    fn euler(&self, u: f64, db: f64, noise: f64) -> f64 {
        u + self.step * (self.lambda * u - 4.0 / BETA * (u - MU)) + (noise / BETA).sqrt() * db
    }

    /// The increment of the stochastic integral ∫ e^(−k(h−s)) dB is jointly normal with ΔB.
    pub(super) fn exact(&self, u: f64, db: f64, rng: &mut impl Rng) -> f64 {
        let (k, h) = (4.0 / BETA - self.lambda, self.step);
        let slope = decay(k, h) / h;
        let rest = larger(decay(2.0 * k, h) - slope * slope * h, 0.0).sqrt();
        (-k * h).exp() * u + 4.0 * MU / BETA * decay(k, h) + (2.0 / BETA).sqrt() * (slope * db + rest * normal(rng))
    }
}

/// Paths per stream.
pub(super) const BATCH: usize = 500;

/// Checks mean and variance in time, and the rate at which two paths with the same noise separate.
pub(super) fn langevin(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let picture = Picture::of(case);
    let paths = drawn(case, lab, 20_000, 200_000);
    let mut table =
        Table::new(tables::LANGEVIN, &[columns::G, columns::TIME, columns::MEAN, columns::SPREAD, columns::DRAWS]);
    const END: usize = 3;
    const STEPS: usize = 32; // a unit of time
    for g in [2.0, 4.0, 6.0] {
        let lambda = g / BETA;
        let scheme = Paths { lambda, step: 1.0 / STEPS as f64 };
        let run = |batch: usize| -> Vec<Vec<f64>> {
            let rng = &mut lab.stream(case, streams::LANGEVIN, [g as usize, batch]);
            let mut out = vec![Vec::new(); 4 * END];
            for _ in 0..BATCH {
                let mut u = 0.0;
                for step in 1..=END * STEPS {
                    let db = scheme.step.sqrt() * normal(rng);
                    u = scheme.exact(u, db, rng);
                    if step % (STEPS / 4) == 0 {
                        out[step / (STEPS / 4) - 1].push(u);
                    }
                }
            }
            out
        };
        let batches: Vec<Vec<Vec<f64>>> = (0..paths / BATCH).into_par_iter().map(run).collect();
        for at in 0..4 * END {
            let values: Vec<f64> = batches.iter().flat_map(|batch| batch[at].iter().copied()).collect();
            let n = values.len() as f64;
            let mean = mean(&values);
            let variance = values.iter().map(|u| (u - mean).powi(2)).sum::<f64>() / (n - 1.0);
            let t = (at + 1) as f64 / 4.0;
            let (m, v) = picture.moments(lambda, t);
            table.rows.push(vec![g, t, mean, variance.sqrt(), n]);
            if t == END as f64 {
                let name = |what: &str| format!("{what} of u at time {END}, βλ = {g}");
                let id = |what: &str| format!("{what}-g{g}");
                evidence.measurements.push(check::z(&id("mean"), name("mean"), mean, m, v / n));
                let of_variance = 2.0 * v * v / (n - 1.0);
                evidence.measurements.push(check::z(&id("variance"), name("variance"), variance, v, of_variance));
            }
        }
        euler_variance(&picture, g, END as f64, evidence);
        // The distance of two Euler-Maruyama paths from 0 and 1 with the same noise follows the
        // deterministic flow.
        let separation = |steps: usize| {
            let rng = &mut lab.stream(case, streams::SEPARATION, [g as usize, steps]);
            let scheme = Paths { lambda, step: 1.0 / steps as f64 };
            let (mut u, mut v) = (0.0, 1.0);
            for _ in 0..steps {
                let db = scheme.step.sqrt() * normal(rng);
                (u, v) = (scheme.euler(u, db, 2.0), scheme.euler(v, db, 2.0));
            }
            let distance: f64 = v - u;
            -distance.ln()
        };
        let k = picture.rate(lambda);
        let (coarse, fine) = (separation(64), separation(128));
        let name = format!("rate at which two paths with the same noise approach each other, βλ = {g}");
        let criterion = if g == 4.0 {
            Criterion::Rounding {
                factor: 16.0,
                n: 128,
                scale: 1.0,
                rationale: "128 steps; Euler-Maruyama is exact for a constant force",
            }
        } else {
            Criterion::Truncation {
                order: 1.0,
                measured_order: ((coarse - k).abs() / (fine - k).abs()).log2(),
                bound: k * k / 128.0,
                rationale: "twice the error in −ln(1 − kh)/h = k + k²h/2 + ...",
            }
        };
        evidence.measurements.push(Measurement::new(&format!("separation-g{g}"), name, fine, k, criterion));
    }
    evidence.tables.push(table);
    Ok(())
}

/// Checks the variance of the Euler-Maruyama scheme, a recursion without noise that follows from
/// the equation of motion, against the closed form.
fn euler_variance(picture: &Picture, g: f64, end: f64, evidence: &mut Evidence) {
    const STEPS: usize = 1536;
    let k = (4.0 - g) / BETA;
    let at = |steps: usize| {
        let h = end / steps as f64;
        (0..steps).fold(0.0, |v, _| (1.0 - k * h).powi(2) * v + 2.0 * h / BETA)
    };
    let (coarse, observed, predicted) = (at(STEPS / 2), at(STEPS), picture.moments(g / BETA, end).1);
    let criterion = if k == 0.0 {
        Criterion::Rounding {
            factor: 4.0,
            n: STEPS,
            scale: predicted,
            rationale: "sum of equal steps along a straight line",
        }
    } else {
        let (h, flow) = (end / STEPS as f64, (-k * end).exp());
        let leading = (h / 2.0 * (1.0 - flow * flow) + flow * flow * k * end * h) / BETA;
        Criterion::Truncation {
            order: 1.0,
            measured_order: ((coarse - predicted).abs() / (observed - predicted).abs()).log2(),
            bound: 2.0 * leading.abs(),
            rationale: "twice the leading error ((1 − e^(−2kt))h/2 + e^(−2kt)kth)/β",
        }
    };
    let name = format!("variance of Euler-Maruyama at time {end} in the limit of small steps, βλ = {g}");
    evidence.measurements.push(Measurement::new(&format!("euler-variance-g{g}"), name, observed, predicted, criterion));
}

/// Checks ⟨u²⟩ of Euler-Maruyama minus that of exact paths driven by the same Brownian motion,
/// against the time step.
pub(super) fn weak_order(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    const G: f64 = 6.0;
    let noise = Picture::of(case).noise;
    let paths = drawn(case, lab, 40_000, 400_000);
    let (mut x, mut y, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for steps in [8usize, 16, 32, 64] {
        let scheme = Paths { lambda: G / BETA, step: 1.0 / steps as f64 };
        let run = |batch: usize| -> Vec<f64> {
            let rng = &mut lab.stream(case, streams::WEAK, [steps, batch]);
            let one = |_| {
                let (mut u, mut exact) = (0.0, 0.0);
                for _ in 0..steps {
                    let db = scheme.step.sqrt() * normal(rng);
                    (u, exact) = (scheme.euler(u, db, noise), scheme.exact(exact, db, rng));
                }
                u * u - exact * exact
            };
            (0..BATCH).map(one).collect()
        };
        let (mean, error) =
            mean_and_error(&(0..paths / BATCH).into_par_iter().flat_map_iter(run).collect::<Vec<f64>>());
        x.push(-(steps as f64).ln());
        y.push(mean.abs().ln());
        errors.push(error / mean.abs());
    }
    // With thousands of paths, their variance is known well enough for a normal law.
    let fit = weighted_fit(&x, &y, &errors, 1.0 - ALPHA).map_err(CheckError::while_doing("weak order"))?;
    evidence.measurements.push(check::near(
        "weak-order",
        format!("weak order of Euler-Maruyama in ⟨u²⟩ at time 1, βλ = {G}"),
        fit.slope,
        fit.slope_interval,
        1.0,
        0.25,
        "half of the distance between weak orders, which are multiples of 1/2",
    ));
    Ok(())
}
