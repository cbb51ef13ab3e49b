//! The transition in the time of training: finite-size scaling and exponents.

use super::falsifiers;
use super::flow::{Pattern, SetUp};
use super::limit::scaling;
use super::names::{columns, tables};
use super::one_pattern::{CRITICAL, STRENGTH};
use crate::claim::{Case, CheckError};
use crate::evidence::{Evidence, Table, check};
use crate::exact::rank_one::RankOneMoments;
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
        let predicted = 0.5 * scaling(set_up(1).speed() * z / 4.0);
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
    if !case.falsified() {
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
    let (size, pattern, speed) = (n as f64, set_up(n).pattern(case), set_up(n).speed());
    let window =
        |from: f64, to: f64| -> Vec<f64> { (0..5).map(|i| from * (to / from).powf(f64::from(i) / 4.0)).collect() };
    // Corrections: 4 − λ = vδ(1 − (sech²(m₀)/2)δ) before τ_c; after it, with ε = (λ − 4)/4,
    // m² = 3ε(1 − 9ε/5) and λ − 4 = vδ(1 − (3/m₀² − sech²(m₀))δ/2).
    let sech = STRENGTH.cosh().powi(-2);
    let bend = 0.5 * (3.0 / STRENGTH.powi(2) - sech) + 1.8 * speed / 4.0;
    let (early, late) = (window(0.02, 0.08), window(0.01, 0.04));
    let of = |delays: &[f64], sign: f64| -> Vec<RankOneMoments> {
        let signed: Vec<f64> = delays.iter().map(|delay| sign * delay).collect();
        let lambdas = pattern.at(threshold, &signed, 1e-7);
        lambdas.into_par_iter().map(|lambda| pattern.machine(lambda).moments()).collect()
    };
    let (before, after) = rayon::join(|| of(&early, -1.0), || of(&late, 1.0));
    let slope = |delays: &[f64], values: Vec<f64>| {
        let x: Vec<f64> = delays.iter().map(|delay| delay.ln()).collect();
        let y: Vec<f64> = values.iter().map(|value| value.ln()).collect();
        linear_fit(&x, &y, 0.99).map(|line| line.slope).map_err(CheckError::while_doing("exponents"))
    };
    // Finite size, relative, N = M: 1/(2Nε²) of ⟨u²⟩ below and 1/(4Nε²) of m above.
    let near = |delay: f64| 1.0 / (size * (speed * delay / 4.0).powi(2));
    evidence.measurements.push(check::exactly(
        "exponent-uu",
        "exponent of ⟨u²⟩ in τ_c − τ, 0.02 ≤ τ_c − τ ≤ 0.08",
        slope(&early, before.iter().map(|f| f.uu).collect())?,
        -1.0,
        0.5 * sech * 0.08 + 2.0 * 0.5 * near(0.02),
        "correction (sech² m₀/2)(τ_c − τ) at the upper end of the window, logarithmic slope of 1/(2Nε²) at the lower end",
    ));
    let m: Vec<f64> = after.iter().map(|f| 2.0 * f.abs_x / size.sqrt()).collect();
    let amplitude = 3.0 * STRENGTH.tanh() / STRENGTH;
    let (delay, middle) = (late[2], m[2].powi(2));
    evidence.measurements.push(check::exactly(
        "exponent-m",
        "exponent of m in τ − τ_c, 0.01 ≤ τ − τ_c ≤ 0.04",
        slope(&late, m)?,
        0.5,
        0.5 * bend * 0.04 + 2.0 * 0.25 * near(0.01),
        "correction of m² at the upper end of the window, halved; logarithmic slope of 1/(4Nε²) at the lower end",
    ));
    evidence.measurements.push(check::exactly(
        "amplitude",
        "m²/(τ − τ_c) at τ − τ_c = 0.02 over 3 tanh(m₀)/m₀",
        middle / (amplitude * delay),
        1.0 - bend * delay,
        2.0 * ((bend * delay).powi(2) + 0.5 * near(delay)),
        "twice the square of the derived correction, and twice the finite-size term 1/(2Nε²)",
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
        let mut all = [side(-1.0), vec![(0.0, 4.0)], side(1.0)].concat();
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
