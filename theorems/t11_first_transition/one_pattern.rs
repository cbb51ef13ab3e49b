//! The flow on one pattern: growth, crossing, speed and end.

use super::falsifiers;
use super::flow::SetUp;
use super::limit::magnetisation;
use super::names::{columns, tables};
use crate::claim::Case;
use crate::evidence::{Criterion, Evidence, Measurement, Table, check};
use crate::lab::{Lab, Scale};
use crate::stat::histogram::grid;
use rayon::prelude::*;

/// m₀ of the patterns.
pub(super) const STRENGTH: f64 = 0.6;

/// λ at τ = 0.
pub(super) const START: f64 = 0.01;

/// Largest error of one step of the flow.
pub(super) const TOLERANCE: f64 = 1e-9;

/// ⟨u²⟩/√N at λ = 4 for N = M: √(3/2) Γ(3/4)/Γ(1/4), and its slope in N^(−1/2) (T07).
pub(super) const CRITICAL: (f64, f64) = (0.413_950, 0.033_281);

/// A discrepancy at one size and at four times that size, judged at the larger one, where it must
/// be below `bound` and fall with `order` in N.
pub(super) fn falling(
    (id, name): (&str, String),
    order: f64,
    at: [(f64, f64); 2],
    bound: f64,
    rationale: &'static str,
) -> Measurement {
    let gap = |(observed, predicted): (f64, f64)| (observed - predicted).abs();
    let measured_order = (gap(at[0]) / gap(at[1])).ln() / 4f64.ln();
    let criterion = Criterion::Truncation { order, measured_order, bound, rationale };
    Measurement::new(id, name, at[1].0, at[1].1, criterion)
}

/// N = M and N = 4M.
fn shapes(n: usize) -> [(&'static str, SetUp); 2] {
    let of = |hidden: usize| SetUp { visible: n, hidden, strength: STRENGTH };
    [("N = M", of(n)), ("N = 4M", of(n / 4))]
}

/// Checks growth, crossing, speed and end of the flow, N = M and N = 4M.
pub(super) fn flow(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) {
    let large: usize = if lab.plan().scale == Scale::Quick { 3_200 } else { 12_800 };
    let sizes = [large / 4, large];
    // λ at the two times and at rest, of both sizes of one shape after the other.
    let along = |i: usize| {
        let (_, set_up) = shapes(sizes[i % 2])[i / 2];
        let (pattern, end) = (set_up.pattern(case), set_up.end().0);
        let times = [2.0, set_up.crossing(START).corrected];
        let rest = || if case.asks(&["end"]) { pattern.rest(0.8 * end, 1.5 * end) } else { f64::NAN };
        let (lambdas, rest) = rayon::join(|| pattern.at(START, &times, TOLERANCE), rest);
        ([lambdas[0], lambdas[1]], rest)
    };
    let flows: Vec<([f64; 2], f64)> = (0..4usize).into_par_iter().with_max_len(1).map(along).collect();
    let mut found: [Vec<Measurement>; 3] = Default::default();
    for shape in 0..2 {
        let of = |size: usize| shapes(size)[shape];
        let (name, set_up) = of(large);
        let [small, big] = [flows[2 * shape], flows[2 * shape + 1]];
        let lambda = START * 2f64.exp();
        found[0].push(check::exactly(
            "growth",
            format!("ln(λ/λ₀)/τ at τ = 2, {name}"),
            (big.0[0] / START).ln() / 2.0,
            1.0,
            0.25 * lambda.powi(2) * (set_up.reduced().powi(2) / 24.0 + 1.0 / (32.0 * set_up.eigenvalue())),
            "twice the term λ² in the rate of ln λ, (m̃²/48 + 1/(64c))λ², integrated over τ and divided by τ = 2",
        ));
        found[1].push(falling(
            ("crossing", format!("λ at the predicted time of crossing 4, {name}")),
            1.5,
            [(small.0[1], 4.0), (big.0[1], 4.0)],
            2.0 * (set_up.speed() * set_up.crossing(START).next).abs(),
            "twice the speed times the term N^(−3/2) of the time",
        ));
        if case.asks(&["end"]) {
            let ends = [(small.1, of(sizes[0]).1.end().0), (big.1, set_up.end().0)];
            let bound = 2.0 * set_up.end().1.abs() / large as f64;
            let rationale = "twice the term 1/N of Laplace's method";
            found[2].push(falling(("end", format!("λ where the flow ends, {name}")), 1.0, ends, bound, rationale));
        }
    }
    evidence.measurements.extend(found.into_iter().filter_map(check::worst));
    evidence.measurements.push(speed(case, large));
    if lab.wants_figures() && (!case.falsified() || case.is(&falsifiers::HALF_PATTERN)) {
        curves(case, evidence);
    }
}

/// The flow is smooth at λ = 4.
fn speed(case: &Case<'_>, large: usize) -> Measurement {
    let at = |n: usize| {
        let (_, set_up) = shapes(n)[0];
        // ⟨xy⟩ = ⟨u²⟩ − (x² + y²)/2 in the model, which is (⟨u²⟩ − ⟨w²⟩)/2 with ⟨w²⟩ = 1/8.
        let per_unit = 16.0 / (n as f64 * STRENGTH.powi(2));
        let term = per_unit * 0.5 * CRITICAL.0 * (n as f64).sqrt();
        let model = 0.5 * (CRITICAL.1 - 0.125);
        let next = set_up.speed() / n as f64 + per_unit * (set_up.data_scatter(4.0) - model);
        ((set_up.pattern(case).rate(4.0), set_up.speed() - term), next.abs())
    };
    let (small, _) = at(large / 4);
    let (big, next) = at(large);
    let name = "dλ/dτ at λ = 4, N = M".into();
    falling(("speed", name), 1.0, [small, big], 2.0 * next, "twice the derived term 1/N")
}

/// Curves of the flow for the figures.
fn curves(case: &Case<'_>, evidence: &mut Evidence) {
    let end = 8.0;
    let mut flow = Table::new(tables::FLOW, &[columns::SIZE, columns::TAU, columns::LAMBDA, columns::M]);
    let sizes = if case.falsified() { vec![800] } else { vec![50, 200, 800] };
    let of = |size: usize| {
        let pattern = shapes(size)[0].1.pattern(case);
        let times: Vec<f64> = grid(0.0, end, 40).skip(1).collect();
        let lambdas = pattern.at(START, &times, 1e-7);
        let row = |(tau, lambda): (f64, f64)| {
            let m = 2.0 * pattern.machine(lambda).moments().abs_x / (pattern.visible as f64).sqrt();
            vec![size as f64, tau, lambda, m]
        };
        std::iter::once((0.0, START)).chain(times.iter().copied().zip(lambdas)).map(row).collect::<Vec<_>>()
    };
    flow.rows = sizes.into_par_iter().flat_map_iter(of).collect();
    let mut limit = Table::new(tables::LIMIT, &[columns::TAU, columns::LAMBDA, columns::M]);
    limit.rows = limiting(&shapes(800)[0].1, end);
    evidence.tables.extend([flow, limit]);
}

/// (τ, λ, m) of the flow for N = M → ∞.
fn limiting(set_up: &SetUp, end: f64) -> Vec<Vec<f64>> {
    let crossing = set_up.crossing(START).limit;
    let below = grid(0.0, crossing, 200).map(|tau| (tau, set_up.closed(START, tau)));
    let mut rows: Vec<(f64, f64)> = below.collect();
    let delays: Vec<f64> = grid(0.0, end - crossing, 200).skip(1).collect();
    rows.extend(delays.iter().map(|delay| crossing + delay).zip(set_up.beyond(&delays)));
    rows.into_iter().map(|(tau, lambda)| vec![tau, lambda, magnetisation(lambda)]).collect()
}
