//! Data of one sign of the pattern: no symmetry, so that fields grow with λ.

use super::flow::{SetUp, bisect, integrate};
use super::limit::scaling;
use super::names::{columns, tables};
use super::one_pattern::{CRITICAL, STRENGTH};
use crate::claim::Case;
use crate::evidence::{Evidence, Side, Table, check};
use crate::exact::rank_one::{RankOne, RankOneMoments};
use crate::lab::{Lab, Scale};

/// λ at τ = 0; both fields are 0 there.
const START: f64 = 0.01;

/// Distance in τ of the states that are kept.
const EVERY: f64 = 1.0 / 15.0;

/// The flow in λ and in both centred fields along the mode, with the gradient of centred units.
fn path(n: usize, case: &Case<'_>) -> Vec<(f64, [f64; 3], RankOneMoments)> {
    let pattern = SetUp { visible: n, hidden: n, strength: STRENGTH }.pattern(case);
    let machine =
        |[coupling, field_x, field_y]: [f64; 3]| RankOne { visible: n, hidden: n, coupling, field_x, field_y };
    let rate = |y: [f64; 3]| {
        let model = machine(y).moments();
        let response = |x: f64| pattern.response(y[0] * x + y[2]);
        let data = [pattern.over_data(|x| x * response(x)), pattern.over_data(|x| x), pattern.over_data(response)];
        [data[0] - model.xy, data[1] - model.x, data[2] - model.y].map(|gradient| pattern.per_time * gradient)
    };
    let mut y = [START, 0.0, 0.0];
    let each = |at: u32| {
        y = integrate(&rate, y, EVERY, 1e-7).last().map_or([f64::NAN; 3], |last| last.1);
        (EVERY * f64::from(at), y, machine(y).moments())
    };
    (1..=120).map(each).collect()
}

/// Magnetisation of the visible layer for N = M at λ with fields h per unit of both layers, and
/// its correction 1/N by Laplace's method, times N.
fn magnetisation(lambda: f64, [visible, hidden]: [f64; 2]) -> (f64, f64) {
    let k = lambda / 4.0;
    let pull = |m: f64| (0.5 * hidden + k * m).tanh();
    let m = bisect(0.0, 1.0 - 1e-15, |m| 0.5 * visible + k * pull(m) - m.atanh());
    let t = pull(m);
    let second = 1.0 / (1.0 - m * m) - k * k * (1.0 - t * t);
    let third = 2.0 * m / (1.0 - m * m).powi(2) + 2.0 * k.powi(3) * t * (1.0 - t * t);
    (m, -third / (2.0 * second * second) + m / ((1.0 - m * m) * second))
}

pub(super) fn one_sided(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) {
    let n: usize = if lab.plan().scale == Scale::Quick { 800 } else { 3_200 };
    let (way, root) = (path(n, case), (n as f64).sqrt());
    let crossing = way.iter().position(|(_, y, _)| y[0] >= 4.0).unwrap_or(way.len() - 1);
    let (tau, y, moments) = &way[crossing];
    let symmetric = 0.5 * scaling(0.25 * root * (y[0] - 4.0));
    let name = format!("⟨u²⟩/√N at λ = {:.3}, τ = {tau:.2}, N = M = {n}", y[0]);
    let rationale = "twice the correction N^(−1/2) of the symmetric machine";
    let check = check::exactly("critical-size", name, moments.uu / root, symmetric, 2.0 * CRITICAL.1 / root, rationale);
    evidence.measurements.push(check.refuting(Side::Above));
    let fields = [y[1] / root, y[2] / root];
    let (m, first) = magnetisation(y[0], fields);
    let name = format!("2⟨x⟩/√N at λ = {:.3}, centred fields {:.3} and {:.3} per unit", y[0], fields[0], fields[1]);
    let rationale = "twice the term 1/N of Laplace's method";
    let bound = 2.0 * first.abs() / n as f64;
    evidence.measurements.push(check::exactly("in-fields", name, 2.0 * moments.x / root, m, bound, rationale));
    let mut table = Table::new(tables::SIDED, &[columns::LAMBDA, columns::M, columns::THEORY]);
    table.rows = way
        .iter()
        .map(|(_, y, moments)| vec![y[0], 2.0 * moments.x / root, magnetisation(y[0], [y[1] / root, y[2] / root]).0])
        .collect();
    evidence.tables.push(table);
}
