//! Persistent chains: their lag behind the machine, and what it does to the training.

use super::chain::{Chain, dot};
use super::falsifiers;
use super::flow::{Pattern, SetUp};
use super::names::{columns, tables};
use super::observed;
use super::one_pattern::STRENGTH;
use super::trained::trained;
use crate::claim::{Case, CheckError, Falsifier};
use crate::evidence::{Criterion, Evidence, Measurement, Part, Table, check};
use crate::lab::{Lab, Scale};
use crate::stat::histogram::grid;
use rayon::prelude::*;

/// N = M of the chains that are driven.
const SIZE: usize = 64;

/// Ends of λ where it is driven.
const LOOP: (f64, f64) = (3.4, 4.8);

/// Checks the lag of persistent chains, and the trainings that it moves.
pub(super) fn chains(case: &Case<'_>, lab: &Lab) -> Result<Evidence, CheckError> {
    let quick = lab.plan().scale == Scale::Quick;
    let mut parts: Vec<Part<'_, CheckError>> = Vec::new();
    let of_factors = |evidence: &mut Evidence| {
        sweep_factors(case, if quick { 32 } else { 64 }, evidence);
        Ok(())
    };
    let of_hysteresis = |evidence: &mut Evidence| {
        hysteresis(case, quick, evidence);
        Ok(())
    };
    let of_lead = |evidence: &mut Evidence| {
        evidence.measurements.push(lead(case, quick));
        Ok(())
    };
    let of_trained = |evidence: &mut Evidence| trained(case, lab, evidence);
    let of_random_start = |evidence: &mut Evidence| observed::random_start(case, lab, evidence);
    let of_images = |evidence: &mut Evidence| observed::images(case, lab, evidence);
    let of_lags = |evidence: &mut Evidence| {
        evidence.tables.push(lags());
        Ok(())
    };
    // A falsifier changes what some of the checks look at.
    let concerns = |which: &[&Falsifier]| !case.falsified() || which.iter().any(|falsifier| case.is(falsifier));
    if concerns(&[&falsifiers::HALF_SWEEP]) {
        parts.push(&of_factors);
    }
    if concerns(&[&falsifiers::SWEEPS_IGNORED, &falsifiers::IN_EQUILIBRIUM]) {
        parts.extend([&of_hysteresis as Part<'_, CheckError>, &of_lead]);
    }
    if concerns(&[&falsifiers::FAIR_IMAGES, &falsifiers::IN_EQUILIBRIUM]) {
        parts.push(&of_trained);
    }
    if !case.falsified() {
        parts.extend([&of_random_start as Part<'_, CheckError>, &of_images]);
        if lab.wants_figures() {
            parts.push(&of_lags);
        }
    }
    Evidence::of_parts(&parts)
}

/// Checks the factor of x over one sweep, and the sum of the autocorrelations of x², below λ = 4.
fn sweep_factors(case: &Case<'_>, smallest: usize, evidence: &mut Evidence) {
    let sizes = [1, 2, 4, 8].map(|factor| factor * smallest);
    let power = |lambda: f64| (lambda / 4.0).powi(if case.is(&falsifiers::HALF_SWEEP) { 1 } else { 2 });
    let one = [1.0, 2.0, 3.0].map(|lambda| {
        let of = |&n: &usize| {
            let chain = Chain::new(n, n);
            let (law, x) = (chain.stationary(lambda), chain.values(|x| x));
            let after = chain.sweep(lambda).backward(&x);
            let weighed: Vec<f64> = law.iter().zip(&x).map(|(p, x)| p * x).collect();
            dot(&weighed, &after) / dot(&weighed, &x)
        };
        let values: Vec<f64> = sizes.par_iter().map(of).collect();
        let name = format!("autocorrelation of x over one sweep at λ = {lambda}, limit in 1/N");
        check::tends_to("sweep-factor", name, &values, (2.0, 1.0), power(lambda))
    });
    evidence.measurements.extend(check::worst(one.into()));
    let many = [2.0, 3.0].map(|lambda| {
        let of = |&n: &usize| {
            let chain = Chain::new(n, n);
            let found = chain.correlations(lambda, 1, &chain.values(|x| x * x));
            found[1..].iter().sum::<f64>() / found[0]
        };
        let values: Vec<f64> = sizes.par_iter().map(of).collect();
        let factor = power(lambda).powi(2);
        let name = format!("lag of ⟨x²⟩ in units of its change per update, k = 1, λ = {lambda}, limit in 1/N");
        check::tends_to("lag", name, &values, (2.0, 1.0), factor / (1.0 - factor))
    });
    evidence.measurements.extend(check::worst(many.into()));
}

/// 4⟨x²⟩/N on the way up and back, at each λ the mean of before and after the sweeps.
struct Loop {
    lambdas: Vec<f64>,
    up: Vec<f64>,
    down: Vec<f64>,
}

impl Loop {
    /// λ moves by `step` before every `sweeps` sweeps; the chains start in equilibrium.
    fn driven(step: f64, sweeps: usize) -> Self {
        let chain = Chain::new(SIZE, SIZE);
        let steps = ((LOOP.1 - LOOP.0) / step).round() as usize;
        let lambdas: Vec<f64> = grid(LOOP.0, LOOP.1, steps).collect();
        let square = chain.values(|x| 4.0 * x * x / SIZE as f64);
        let mut law = chain.stationary(LOOP.0);
        let mut visit = |lambda: f64| {
            let (sweep, before) = (chain.sweep(lambda), dot(&law, &square));
            (0..sweeps).for_each(|_| law = sweep.forward(&law));
            0.5 * (before + dot(&law, &square))
        };
        let up = lambdas.iter().map(|&lambda| visit(lambda)).collect();
        let mut down: Vec<f64> = lambdas.iter().rev().map(|&lambda| visit(lambda)).collect();
        down.reverse();
        Self { lambdas, up, down }
    }

    /// ∮⟨4x²/N⟩ dλ, trapezoidal.
    fn area(&self) -> f64 {
        let apart: Vec<f64> = self.down.iter().zip(&self.up).map(|(down, up)| down - up).collect();
        let step = self.lambdas[1] - self.lambdas[0];
        step * (apart.iter().sum::<f64>() - 0.5 * (apart[0] + apart[apart.len() - 1]))
    }
}

/// Of the loop, to first order in the change of λ per sweep: area over this change, and, also per
/// change, what is missing at the ends, where the lag builds up and turns round.
fn linear_response() -> (f64, f64) {
    let chain = Chain::new(SIZE, SIZE);
    let square = chain.values(|x| 4.0 * x * x / SIZE as f64);
    // Sum of the autocovariances by the trapezoidal rule, and their first moment.
    let at = |lambda: f64| {
        let found = chain.correlations(lambda, 1, &square);
        let moment: f64 = found.iter().enumerate().map(|(lag, c)| lag as f64 * c).sum();
        (found.iter().sum::<f64>() - 0.5 * found[0], moment)
    };
    let steps = 56;
    let places: Vec<f64> = grid(LOOP.0, LOOP.1, steps).collect();
    let found: Vec<(f64, f64)> = places.par_iter().map(|&lambda| at(lambda)).collect();
    let (first, last) = (found[0], found[steps]);
    let sum = found.iter().map(|(lag, _)| lag).sum::<f64>() - 0.5 * (first.0 + last.0);
    (2.0 * sum * (LOOP.1 - LOOP.0) / steps as f64, first.1 + 2.0 * last.1)
}

/// Checks that the area of the loop vanishes with the change of λ per sweep, as the response of the
/// chains says, and that it depends on the change per sweep only.
fn hysteresis(case: &Case<'_>, quick: bool, evidence: &mut Evidence) {
    let step = if quick { 0.01 } else { 0.0025 };
    let loops: Vec<Loop> =
        [(4.0 * step, 1), (step, 1), (2.0 * step, 2)].par_iter().map(|&(step, k)| Loop::driven(step, k)).collect();
    let (area, ends) = linear_response();
    let predicted = if case.is(&falsifiers::IN_EQUILIBRIUM) { 0.0 } else { 1.0 };
    let of = |at: usize, step: f64| (loops[at].area() / (step * area), predicted);
    let gap = |(observed, predicted): (f64, f64)| (observed - predicted).abs();
    let (coarse, fine) = (of(0, 4.0 * step), of(1, step));
    let criterion = Criterion::Truncation {
        order: 1.0,
        measured_order: (gap(coarse) / gap(fine)).ln() / 4f64.ln(),
        bound: 2.0 * step * ends / area,
        rationale: "twice what is missing in the area where the lag builds up at the ends, of second order in the step",
    };
    let name = format!("area of the hysteresis loop over that of linear response, {step} in λ per sweep");
    evidence.measurements.push(Measurement::new("hysteresis", name, fine.0, fine.1, criterion));
    // The sum over sweeps by the trapezoidal rule with step k instead of 1: (k² − 1)θ²/12 for a
    // decay e^(−θ) per sweep, and the ends of the loop, which are twice as many sweeps long.
    let theta = -4.0 * (LOOP.0 / 4.0).ln();
    let ratio = if case.is(&falsifiers::SWEEPS_IGNORED) { 2.0 } else { 1.0 };
    evidence.measurements.push(check::exactly(
        "rate-per-sweep",
        "area of the loop for two sweeps per update and twice the step, over that for one",
        loops[2].area() / loops[1].area(),
        ratio,
        3.0 * theta * theta / 12.0 + 2.0 * step * ends / area,
        "trapezoidal sum over every second sweep, 3θ²/12 with θ = 4 ln(4/λ) at the lower end of the loop; lag at the ends",
    ));
    if !case.falsified() {
        let mut table = Table::new(tables::LOOPS, &[columns::RATE, columns::LAMBDA, columns::UP, columns::DOWN]);
        for (at, speed) in [(0, 4.0 * step), (1, step)] {
            let found = &loops[at];
            let rows = found.lambdas.iter().zip(found.up.iter().zip(&found.down));
            table.rows.extend(rows.map(|(lambda, (up, down))| vec![speed, *lambda, *up, *down]));
        }
        evidence.tables.push(table);
    }
}

/// A training with infinitely many persistent chains and images, which is no longer random.
pub(super) struct Persistent {
    /// λ at first.
    pub(super) start: f64,
    /// λ of the machine whose samples the chains are at first.
    pub(super) drawn_at: f64,
    /// Change of τ per update.
    pub(super) step: f64,
    /// k, sweeps per update.
    pub(super) sweeps: usize,
}

/// λ after every update.
pub(super) fn persistent(pattern: &Pattern, of: &Persistent, updates: usize) -> Vec<f64> {
    let &Persistent { start, drawn_at, step, sweeps } = of;
    let chain = Chain::new(pattern.visible, pattern.hidden);
    let (mut lambda, mut law) = (start, chain.stationary(drawn_at));
    let update = |_: usize| {
        let sweep = chain.sweep(lambda);
        (0..sweeps).for_each(|_| law = sweep.forward(&law));
        lambda += step * pattern.per_time * (pattern.data(lambda) - dot(&law, &chain.product(lambda)));
        lambda
    };
    (0..updates).map(update).collect()
}

/// Checks by how much two sweeps per update run ahead of the exact flow at λ = 4.2 or so.
fn lead(case: &Case<'_>, quick: bool) -> Measurement {
    const START: f64 = 1.0;
    const SWEEPS: usize = 2;
    let set_up = SetUp { visible: SIZE, hidden: SIZE, strength: STRENGTH };
    let pattern = set_up.pattern(case);
    let reached = pattern.at(START, &[TIME], 1e-9).last().copied().unwrap_or(f64::NAN);
    let coarse: usize = if quick { 64 } else { 128 };
    let values: Vec<f64> = [1, 2, 4, 8]
        .into_par_iter()
        .map(|factor| {
            let updates = coarse * factor;
            let step = TIME / updates as f64;
            let of = Persistent { start: START, drawn_at: START, step, sweeps: SWEEPS };
            let found = persistent(&pattern, &of, updates);
            (found[updates - 1] - reached) / step
        })
        .collect();
    // Chains that lag by (dλ per update) Σ C(kn) make λ run ahead; a step of Euler's scheme lags
    // by −(step/2) ln(rate/rate at the start). In time: ∫ (4/c)ΣC/rate dλ minus half of this.
    let chain = Chain::new(SIZE, SIZE);
    let sweeps = if case.is(&falsifiers::SWEEPS_IGNORED) { 1 } else { SWEEPS };
    let integrand = |lambda: f64| {
        let found = chain.correlations(lambda, sweeps, &chain.product(lambda));
        pattern.per_time * found[1..].iter().sum::<f64>() / pattern.rate(lambda)
    };
    // Simpson's rule.
    let steps = 120;
    let nodes: Vec<f64> = grid(START, reached, steps).collect();
    let found: Vec<f64> = nodes.par_iter().map(|&lambda| integrand(lambda)).collect();
    let weight = |i: usize| if i == 0 || i == steps { 1.0 } else { 2.0 + 2.0 * (i % 2) as f64 };
    let sum = found.iter().enumerate().map(|(i, value)| weight(i) * value).sum::<f64>();
    let ahead = sum * (reached - START) / (3.0 * steps as f64);
    let lag = if case.is(&falsifiers::IN_EQUILIBRIUM) { 0.0 } else { ahead };
    let predicted = pattern.rate(reached) * (lag - 0.5 * (pattern.rate(reached) / pattern.rate(START)).ln());
    let name =
        format!("(λ of persistent chains − λ of the flow)/(step in τ) at τ = {TIME}, k = {SWEEPS}, limit in the step");
    check::tends_to("lead", name, &values, (2.0, 1.0), predicted)
}

/// τ from λ = 1 at which the lead is measured: λ = 4.2.
const TIME: f64 = 1.6;

/// Sum of the autocorrelations of x² against λ, for the figure.
fn lags() -> Table {
    let mut table = Table::new(tables::LAGS, &[columns::SIZE, columns::LAMBDA, columns::EXACT]);
    let of = |n: usize| {
        let chain = Chain::new(n, n);
        let row = |lambda: f64| {
            let found = chain.correlations(lambda, 1, &chain.values(|x| x * x));
            vec![n as f64, lambda, found[1..].iter().sum::<f64>() / found[0]]
        };
        grid(2.0, 4.6, 13).map(row).collect::<Vec<_>>()
    };
    table.rows = [32usize, 128].into_par_iter().flat_map_iter(of).collect();
    table
}
