//! Two patterns: the order of their transitions, and what the first changes for the second.

use super::falsifiers;
use super::flow::{SetUp, binomial, bisect, integrate};
use super::limit::magnetisation;
use super::names::{columns, tables};
use super::one_pattern::falling;
use crate::claim::Case;
use crate::evidence::{Evidence, Measurement, Table, check};
use crate::exact::rank_two::{RankTwo, RankTwoMoments};
use crate::lab::{Lab, Scale};
use rayon::prelude::*;

/// m₁ and m₂; their sum must be below 1.
const STRENGTHS: [f64; 2] = [0.6, 0.35];

/// λ₁ and λ₂ at τ = 0.
const START: f64 = 0.1;

/// Largest error of one step.
const TOLERANCE: f64 = 1e-7;

/// Time at which the flow has come to rest.
const END: f64 = 24.0;

/// A machine of rank two, N = M, and the law of the two classes of pixels, on which the signs of
/// the patterns agree or differ. Of the four signs of the data one is enough, because the flow is
/// even in x₁ and in x₂.
struct Patterns {
    size: usize,
    states: Vec<([f64; 2], f64)>,
}

/// (c₁, c₂), eigenvalues of C − D along the patterns.
fn eigenvalues(size: usize) -> [f64; 2] {
    let own: f64 = STRENGTHS.iter().map(|m| m * m / 4.0).sum();
    STRENGTHS.map(|m| size as f64 * m * m / 4.0 - own)
}

impl Patterns {
    fn new(size: usize) -> Self {
        let (half, root) = (size / 2, (size as f64).sqrt());
        let class =
            |m: f64| binomial(half, m).into_iter().map(move |(k, p)| ((k as f64 - half as f64 / 2.0) / root, p));
        let (agree, differ) = (STRENGTHS[0] + STRENGTHS[1], STRENGTHS[0] - STRENGTHS[1]);
        let of = |(a, p): (f64, f64)| class(differ).map(move |(b, q)| ([a + b, a - b], p * q));
        // What is below 10⁻¹⁴ adds less than the tolerance of the flow.
        let states = class(agree).flat_map(of).filter(|(_, p)| *p > 1e-14).collect();
        Self { size, states }
    }

    fn data(&self, [first, second]: [f64; 2]) -> [f64; 2] {
        let root = (self.size as f64).sqrt();
        self.states.iter().fold([0.0; 2], |sum, &([x1, x2], p)| {
            let [a, b] =
                [first * x1 + second * x2, first * x1 - second * x2].map(|field| (field / (2.0 * root)).tanh());
            [sum[0] + p * x1 * 0.25 * root * (a + b), sum[1] + p * x2 * 0.25 * root * (a - b)]
        })
    }

    fn model(&self, couplings: [f64; 2]) -> RankTwoMoments {
        RankTwo { visible: self.size, hidden: self.size, couplings }.moments()
    }

    /// dλ/dτ with τ = c₁t/4.
    fn rate(&self, lambdas: [f64; 2]) -> [f64; 2] {
        let (data, model) = rayon::join(|| self.data(lambdas), || self.model(lambdas).xy);
        let per_time = 4.0 / eigenvalues(self.size)[0];
        [0, 1].map(|a| per_time * (data[a] - model[a]))
    }
}

/// Growth of both for N → ∞ without the model: (4/m₁²) m_a ⟨y_a⟩, with tanh of the two classes.
fn drive([first, second]: [f64; 2]) -> [f64; 2] {
    let [m1, m2] = STRENGTHS;
    let [a, b] = [first * m1 + second * m2, first * m1 - second * m2].map(|field| (0.25 * field).tanh());
    [m1 * 0.5 * (a + b), m2 * 0.5 * (a - b)].map(|xy| 4.0 * xy / (m1 * m1))
}

/// The flow for N → ∞ while λ₂ < λ₁: only the states of the first pattern have weight.
fn first_condensed(lambdas: [f64; 2]) -> [f64; 2] {
    let [first, second] = drive(lambdas);
    [first - 4.0 * (magnetisation(lambdas[0]) / STRENGTHS[0]).powi(2), second]
}

/// The limit: when λ₁ = 4, when λ₂ = λ₁, and where both end with which share of the first.
struct Limit {
    way: Vec<(f64, [f64; 2])>,
    first: f64,
    meeting: (f64, f64),
    end: f64,
    share: f64,
}

impl Limit {
    fn new() -> Self {
        let mut way: Vec<(f64, [f64; 2])> = integrate(&first_condensed, [START; 2], 30.0, 1e-9);
        let between = |f: &dyn Fn([f64; 2]) -> f64, from: f64| -> (f64, [f64; 2]) {
            let late = way.iter().position(|&(tau, y)| tau > from && f(y) >= 0.0).unwrap_or(way.len() - 1).max(1);
            let ((t0, y0), (t1, y1)) = (way[late - 1], way[late]);
            // Steps of 0.25 at most: from the last point below, integrate to the place itself.
            let at = |tau: f64| integrate(&first_condensed, y0, tau - t0, 1e-9).last().map_or(y1, |last| last.1);
            let tau = bisect(t0, t1, |tau| if tau > t0 { -f(at(tau)) } else { 1.0 });
            (tau, at(tau))
        };
        let first = between(&|y| y[0] - 4.0, 0.0).0;
        let (time, at) = between(&|y| y[1] - y[0], first);
        way.retain(|(tau, _)| *tau < time);
        let drive = |lambda: f64| drive([lambda; 2]);
        let end = bisect(4.0001, 40.0, |lambda| {
            drive(lambda).iter().sum::<f64>() - 4.0 * (magnetisation(lambda) / STRENGTHS[0]).powi(2)
        });
        let [one, two] = drive(end);
        Self { way, first, meeting: (time, at[0]), end, share: one / (one + two) }
    }
}

/// ⟨x₁²⟩/(⟨x₁²⟩ + ⟨x₂²⟩).
fn share(moments: &RankTwoMoments) -> f64 {
    moments.xx[0] / (moments.xx[0] + moments.xx[1])
}

/// The flow of one size from the start to [`END`], and the states at the times that are judged.
struct Way {
    size: usize,
    at: [[f64; 2]; 3],
    all: Vec<(f64, [f64; 2])>,
}

impl Way {
    fn new(size: usize, times: [f64; 3]) -> Self {
        let patterns = Patterns::new(size);
        let rate = |lambdas: [f64; 2]| patterns.rate(lambdas);
        let mut all = vec![(0.0, [START; 2])];
        let at = times.map(|to| {
            let (from, start) = all[all.len() - 1];
            let next = integrate(&rate, start, to - from, TOLERANCE).into_iter().skip(1);
            all.extend(next.map(|(tau, lambdas)| (from + tau, lambdas)));
            all[all.len() - 1].1
        });
        Self { size, at, all }
    }
}

/// Checks both transitions of two patterns.
pub(super) fn two_patterns(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) {
    let is = |falsifier| case.is(falsifier);
    let (exchanged, ignored) = (is(&falsifiers::EIGENVALUES_EXCHANGED), is(&falsifiers::CONDENSATION_IGNORED));
    let continuous = is(&falsifiers::SECOND_CONTINUOUS);
    // What is falsified is wrong at smaller sizes too.
    let largest: usize = match (lab.plan().scale, case.falsified()) {
        (_, true) => 64,
        (Scale::Quick, false) => 128,
        (Scale::Full, false) => 256,
    };
    let sizes = [largest / 4, largest / 2, largest];
    let limit = Limit::new();
    // Along the flow: where the limit crosses 4, midway to the meeting, and at rest.
    let midway = 0.5 * (limit.first + limit.meeting.0);
    let times = [limit.first, midway, END];
    let mut found: Vec<Way> = sizes.into_par_iter().rev().map(|size| Way::new(size, times)).collect();
    found.reverse();
    if !ignored && !continuous {
        rates(case, largest, evidence);
        first_crossing(usize::from(exchanged), &found, evidence);
    }
    if !exchanged && !continuous {
        learned_second(ignored, &limit, midway, &found, evidence);
    }
    if !exchanged && !ignored {
        let share = |way: &Way| share(&Patterns::new(way.size).model(way.at[2]));
        let shares: Vec<f64> = found.iter().map(share).collect();
        let predicted = if continuous { 1.0 } else { limit.share };
        let name = "share of the first pattern in ⟨x₁²⟩ + ⟨x₂²⟩ where the flow ends, limit in 1/N".into();
        evidence.measurements.push(check::tends_to("share", name, &shares, (2.0, 1.0), predicted));
        let four = [sizes[0], sizes[1], sizes[2], 2 * sizes[2]];
        evidence.measurements.push(exchange(continuous, &four));
    }
    if !case.falsified() && lab.wants_figures() {
        curves(&limit, [&found[0], &found[2]], evidence);
    }
}

/// Checks that the pattern of the larger eigenvalue comes first, when one pattern alone would.
fn first_crossing(which: usize, found: &[Way], evidence: &mut Evidence) {
    let crossing = SetUp { visible: found[2].size, hidden: found[2].size, strength: STRENGTHS[0] }.crossing(START);
    let speed = first_condensed([4.0, 0.3])[0];
    evidence.measurements.push(falling(
        ("first-crossing", "λ of the stronger pattern when it reaches 4 for N → ∞".into()),
        1.0,
        [(found[0].at[0][which], 4.0), (found[2].at[0][which], 4.0)],
        2.0 * speed * (crossing.corrected - crossing.limit),
        "twice the speed times the derived terms ln N/N and 1/N of the time for one pattern",
    ));
}

/// Checks the growth of the second pattern between the transitions, and where both end.
fn learned_second(ignored: bool, limit: &Limit, midway: f64, found: &[Way], evidence: &mut Evidence) {
    let beside = integrate(&first_condensed, [START; 2], midway, 1e-9).last().map_or(f64::NAN, |last| last.1[1]);
    // Alone, the second would grow by the law of one pattern.
    let alone = |strength: f64| SetUp { visible: 1, hidden: 1, strength };
    let by_itself = alone(STRENGTHS[1]).closed(START, midway * (STRENGTHS[1] / STRENGTHS[0]).powi(2));
    let predicted = if ignored { by_itself } else { beside };
    let [first, second] = eigenvalues(found[2].size);
    let ratio = (STRENGTHS[1] / STRENGTHS[0]).powi(2) - second / first;
    evidence.measurements.push(falling(
        ("second-slowed", format!("λ₂ at τ = {midway:.2}, between the transitions")),
        1.0,
        [0, 2].map(|i: usize| (found[i].at[1][1], predicted)),
        beside * midway * ratio,
        "what the term 1/N of c₂/c₁ changes in ln λ₂ over this time; other terms of order 1/N reduce it",
    ));
    let ends: Vec<f64> = found.iter().map(|way| 0.5 * (way.at[2][0] + way.at[2][1])).collect();
    let apart = 0.5 * (alone(STRENGTHS[0]).end().0 + alone(STRENGTHS[1]).end().0);
    let rest = if ignored { apart } else { limit.end };
    let name = "(λ₁ + λ₂)/2 where the flow ends, limit in 1/N".into();
    evidence.measurements.push(check::tends_to("end-of-both", name, &ends, (2.0, 1.0), rest));
}

/// Checks that λ_a grows with the rate c_a/c₁ in τ.
fn rates(case: &Case<'_>, size: usize, evidence: &mut Evidence) {
    let small = 1e-3;
    let found = Patterns::new(size).rate([small; 2]);
    let mut eigenvalues = eigenvalues(size);
    let [unit, weaker] = eigenvalues;
    if case.is(&falsifiers::EIGENVALUES_EXCHANGED) {
        eigenvalues.swap(0, 1);
    }
    let of = |a: usize| {
        let rationale = "term λ² of tanh for both patterns, (λ/4)²(m₁² + m₂²), and of the model, λ²/(64c₂); doubled";
        let total = STRENGTHS[0].powi(2) + STRENGTHS[1].powi(2);
        let bound = 2.0 * small * small * (total / 16.0 + 1.0 / (64.0 * weaker));
        let name = format!("d ln λ/dτ of pattern {}, N = M = {size}", a + 1);
        check::exactly("rates", name, found[a] / small, eigenvalues[a] / unit, bound, rationale)
    };
    evidence.measurements.extend(check::worst(vec![of(0), of(1)]));
}

/// Checks that the states of the two patterns exchange their weights as the exponential of
/// N m²(λ₁ − λ₂)/4: within 1/N of λ₁ = λ₂ and far below λ₂(1 − m²) = 4.
fn exchange(continuous: bool, sizes: &[usize]) -> Measurement {
    let middle = 5.5;
    let m = magnetisation(middle);
    let of = |log_odds: f64| {
        let values: Vec<f64> = sizes
            .par_iter()
            .map(|&size| {
                let apart = 2.0 * log_odds / (size as f64 * m * m);
                let moments =
                    RankTwo { visible: size, hidden: size, couplings: [middle + apart, middle - apart] }.moments();
                share(&moments)
            })
            .collect();
        let predicted = if continuous { 1.0 } else { 1.0 / (1.0 + (-log_odds).exp()) };
        let name = format!("share of the first pattern at N m²(λ₁ − λ₂)/4 = {log_odds}, λ₁ + λ₂ = 11, limit in 1/N");
        check::tends_to("exchange", name, &values, (2.0, 1.0), predicted)
    };
    // A list of two is never empty.
    let (first, second) = (of(1.0), of(-0.5));
    check::worst(vec![first.clone(), second]).unwrap_or(first)
}

/// Curves for the figure.
fn curves(limit: &Limit, found: [&Way; 2], evidence: &mut Evidence) {
    let mut table = Table::new(
        tables::CASCADE,
        &[columns::SIZE, columns::TAU, columns::FIRST, columns::SECOND, columns::SHARE, columns::M],
    );
    for way in found {
        let (patterns, mut next) = (Patterns::new(way.size), 0.0);
        for &(tau, lambdas) in way.all.iter() {
            if tau >= next {
                let moments = patterns.model(lambdas);
                let [one, two] = moments.xx.map(|xx| 4.0 * xx / way.size as f64);
                table.rows.push(vec![way.size as f64, tau, lambdas[0], lambdas[1], one, two]);
                next = tau + 0.4;
            }
        }
    }
    let mut theory =
        Table::new(tables::CASCADE_LIMIT, &[columns::TAU, columns::FIRST, columns::SECOND, columns::SHARE, columns::M]);
    let row = |&(tau, [a, b]): &(f64, [f64; 2])| vec![tau, a, b, magnetisation(a).powi(2), 0.0];
    theory.rows = limit.way.iter().chain(&[(limit.meeting.0, [limit.meeting.1; 2])]).map(row).collect();
    // From the meeting on both are equal, and the weights of the states make them grow alike.
    let together = |[lambda]: [f64; 1]| {
        let both = drive([lambda; 2]).iter().sum::<f64>();
        [0.5 * (both - 4.0 * (magnetisation(lambda) / STRENGTHS[0]).powi(2))]
    };
    let late = integrate(&together, [limit.meeting.1], END - limit.meeting.0, 1e-8);
    theory.rows.extend(late.into_iter().map(|(tau, [lambda])| {
        let m = magnetisation(lambda).powi(2);
        // dλ₁/dτ = dλ₂/dτ: the share w of the first in m² has D₁ − wm² = D₂ − (1 − w)m².
        let [one, two] = drive([lambda; 2]).map(|rate| rate * STRENGTHS[0].powi(2) / 4.0);
        vec![limit.meeting.0 + tau, lambda, lambda, 0.5 * (one - two + m), 0.5 * (two - one + m)]
    }));
    evidence.tables.extend([table, theory]);
    evidence.observations.push(("τ at which λ₁ = 4, N → ∞".into(), limit.first));
    evidence.observations.push(("τ at which λ₂ = λ₁, N → ∞".into(), limit.meeting.0));
    evidence.observations.push(("λ₁ = λ₂ there".into(), limit.meeting.1));
}
