//! The transition in the time of training: finite-size scaling and exponents.

use super::falsifiers;
use super::flow::{Pattern, SetUp};
use super::limit::{integral, magnetisation, scaling};
use super::names::{columns, tables};
use super::one_pattern::{CRITICAL, STRENGTH};
use crate::claim::{Case, CheckError};
use crate::evidence::{Evidence, Table, check};
use crate::exact::rank_one::{RankOne, RankOneMoments};
use crate::lab::{Lab, Scale};
use crate::stat::histogram::grid;
use crate::stat::regression::linear_fit;
use rayon::prelude::*;

/// λ at which the transition is expected.
fn threshold(case: &Case<'_>) -> f64 {
    if case.is(&falsifiers::THRESHOLD_TWO) { 2.0 } else { 4.0 }
}

fn set_up(n: usize) -> SetUp {
    SetUp { visible: n, hidden: n, strength: STRENGTH }
}

fn binder(moments: &RankOneMoments) -> f64 {
    1.0 - moments.uuuu / (3.0 * moments.uu * moments.uu)
}

fn moments_at(pattern: &Pattern, start: f64, delay: f64) -> RankOneMoments {
    let lambda = pattern.at(start, &[delay], 1e-9).last().copied().unwrap_or(f64::NAN);
    pattern.machine(lambda).moments()
}

/// Checks the transition in the time of training: collapse, Binder's ratio, exponents, amplitude.
pub(super) fn transition(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let (quick, threshold) = (lab.plan().scale == Scale::Quick, threshold(case));
    let smallest: usize = if quick { 500 } else { 2_000 };
    let sizes = [1, 4, 16].map(|factor| factor * smallest);
    let patterns = sizes.map(|n| set_up(n).pattern(case));
    let root = |n: usize| (n as f64).sqrt();
    let places = [-3.0, -1.5, 0.0, 1.5];
    let collapse = places.into_par_iter().map(|z| {
        let of = |i: usize| moments_at(&patterns[i], threshold, z / root(sizes[i])).uu / root(sizes[i]);
        let values = [0, 1, 2].map(of);
        let predicted = 0.5 * scaling(2, set_up(1).speed() * z / 4.0);
        let name = format!("⟨u²⟩/√N at √N(τ − τ_c) = {z}, limit in N^(−1/2)");
        check::tends_to("collapse", name, &values, (4.0, 0.5), predicted)
    });
    evidence.measurements.extend(check::worst(collapse.collect()));
    let critical: Vec<RankOneMoments> = patterns.iter().map(|p| p.machine(threshold).moments()).collect();
    let quarter = libm::tgamma(0.25);
    let limit = 1.0 - quarter.powi(4) / (24.0 * std::f64::consts::PI.powi(2));
    let values: Vec<f64> = critical.iter().map(binder).collect();
    let name = "Binder's ratio at τ_c, limit in N^(−1/2)".into();
    evidence.measurements.push(check::tends_to("binder", name, &values, (4.0, 0.5), limit));
    let correction = CRITICAL.1 / CRITICAL.0 * (1.0 / root(sizes[1]) - 1.0 / root(sizes[2])) / 4f64.ln();
    evidence.measurements.push(check::exactly(
        "exponent-size",
        format!("exponent of ⟨u²⟩ in N at τ_c, N = {} and {}", sizes[1], sizes[2]),
        (critical[2].uu / critical[1].uu).ln() / 4f64.ln(),
        0.5,
        2.0 * correction,
        "twice the correction N^(−1/2) of ⟨u²⟩/√N",
    ));
    exponents(case, quick, evidence)?;
    if !case.falsified() && lab.wants_figures() {
        evidence.tables.push(curves(case));
    }
    Ok(())
}

/// The exponents 1 before and 1/2 after the transition, and the amplitude of m².
fn exponents(case: &Case<'_>, quick: bool, evidence: &mut Evidence) -> Result<(), CheckError> {
    let threshold = threshold(case);
    // A falsified exponent is wrong by more than the larger bound of a smaller machine.
    let n: usize = match (quick, case.falsified()) {
        (_, true) => 20_000,
        (true, false) => 100_000,
        (false, false) => 1_000_000,
    };
    let (size, limit) = (n as f64, set_up(n));
    let pattern = limit.pattern(case);
    let delays: Vec<f64> = (0..5).map(|i| 0.01 * 4f64.powf(f64::from(i) / 4.0)).collect();
    let of = |sign: f64| -> Vec<RankOneMoments> {
        let signed: Vec<f64> = delays.iter().map(|delay| sign * delay).collect();
        let lambdas = pattern.at(threshold, &signed, 1e-7);
        lambdas.into_par_iter().map(|lambda| pattern.machine(lambda).moments()).collect()
    };
    let (before, after) = rayon::join(|| of(-1.0), || of(1.0));
    let slope = |values: &[f64]| {
        let x: Vec<f64> = delays.iter().map(|delay| delay.ln()).collect();
        let y: Vec<f64> = values.iter().map(|value| value.ln()).collect();
        linear_fit(&x, &y, 0.99).map(|line| line.slope).map_err(CheckError::while_doing("exponents"))
    };
    // What the limit of the flow gives in this window, with the free energy at λ = 4 + 4e/√N; the
    // slopes would be −1 and 1/2 at its lower end for N → ∞.
    let e = |lambda: f64| 0.25 * size.sqrt() * (lambda - 4.0);
    let (early, late) = (limit.before(delays[0]), limit.beyond(&delays));
    let uu: Vec<f64> = delays.iter().map(|delay| 0.5 * size.sqrt() * scaling(2, e(limit.before(*delay)))).collect();
    let m: Vec<f64> =
        late.iter().map(|&lambda| magnetisation(lambda) * scaling(1, e(lambda)) / (3.0 * e(lambda)).sqrt()).collect();
    // What the model's average beyond its limit takes of the time between the lower end of a window
    // and τ_c, as a share of it: the change of ln Z beyond its limit over N tanh² m₀, as in the
    // time of crossing.
    let log_z = |lambda: f64| RankOne::new(n, n, lambda).moments().log_partition;
    let of_limit = size * integral(4.0, late[0], 400, |lambda| 0.25 * magnetisation(lambda).powi(2));
    let taken = |change: f64| change.abs() / (size * STRENGTH.tanh().powi(2) * delays[0]);
    let (missing, gained) = (taken(log_z(4.0) - log_z(early)), taken(log_z(late[0]) - log_z(4.0) - of_limit));
    let rationale = "twice the share that the model's average beyond its limit takes, at finite N, of the time between the lower end of the window and τ_c";
    let observed: Vec<f64> = before.iter().map(|f| f.uu).collect();
    evidence.measurements.push(check::exactly(
        "exponent-uu",
        "exponent of ⟨u²⟩ in τ_c − τ, 0.01 ≤ τ_c − τ ≤ 0.04, −1 for N → ∞ at τ_c",
        slope(&observed)?,
        slope(&uu)?,
        2.0 * missing,
        rationale,
    ));
    let observed: Vec<f64> = after.iter().map(|f| 2.0 * f.abs_x / size.sqrt()).collect();
    evidence.measurements.push(check::exactly(
        "exponent-m",
        "exponent of m in τ − τ_c, 0.01 ≤ τ − τ_c ≤ 0.04, 1/2 for N → ∞ at τ_c",
        slope(&observed)?,
        slope(&m)?,
        2.0 * gained,
        rationale,
    ));
    let (delay, amplitude) = (delays[2], 3.0 * STRENGTH.tanh() / STRENGTH);
    evidence.measurements.push(check::exactly(
        "amplitude",
        "m²/(τ − τ_c) at τ − τ_c = 0.02 over 3 tanh(m₀)/m₀, 1 for N → ∞ at τ_c",
        observed[2].powi(2) / (amplitude * delay),
        m[2].powi(2) / (amplitude * delay),
        4.0 * gained,
        "twice what this share changes in a square",
    ));
    Ok(())
}

/// ⟨u²⟩ and Binder's ratio around the transition.
fn curves(case: &Case<'_>) -> Table {
    let mut table = Table::new(tables::CRITICAL, &[columns::SIZE, columns::Z, columns::UU, columns::BINDER]);
    let of = |n: usize| {
        let pattern = set_up(n).pattern(case);
        let root = (n as f64).sqrt();
        let side = |sign: f64| {
            let places: Vec<f64> = grid(0.0, 3.0, 12).skip(1).map(|z| sign * z).collect();
            let delays: Vec<f64> = places.iter().map(|z| z / root).collect();
            places.into_iter().zip(pattern.at(4.0, &delays, 1e-7)).collect::<Vec<_>>()
        };
        let (before, after) = rayon::join(|| side(-1.0), || side(1.0));
        let mut all = [before, vec![(0.0, 4.0)], after].concat();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let row = |(z, lambda): (f64, f64)| {
            let moments = pattern.machine(lambda).moments();
            vec![n as f64, z, moments.uu / root, binder(&moments)]
        };
        all.into_iter().map(row).collect::<Vec<_>>()
    };
    table.rows = [400usize, 3_200, 25_600].into_par_iter().flat_map_iter(of).collect();
    table
}
