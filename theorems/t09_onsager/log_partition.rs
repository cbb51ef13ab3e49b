//! Checks of ln Z in closed form and of its remainder.

use super::ensembles::{CONFIDENCE, Kind, Sizes, machine, scale_of, weights};
use super::evidence::{mean_of, wrong};
use super::falsifiers;
use super::names::{columns, tables};
use super::streams;
use crate::claim::{Case, CheckError};
use crate::evidence::check;
use crate::evidence::{Criterion, Evidence, Measurement, Table};
use crate::lab::{Lab, Scale};
use crate::linalg::singular_values;
use crate::rbm::exact::log_partition;
use crate::rbm::mean_field::{self, Reaction};
use crate::rbm::path::Path;
use crate::rbm::{Rbm, annealing};
use crate::stat::regression::linear_fit;
use rayon::prelude::*;

/// ln Z as the case predicts it: from the library's closed form, or from the same expression with
/// wrong precisions.
fn closed_form(case: &Case<'_>, machine: &Rbm, lambdas: &[f64]) -> Result<f64, CheckError> {
    let (n, m) = (machine.visible, machine.hidden);
    if let Some(reaction) = wrong(case, Reaction::of(lambdas, n, m)) {
        return Ok(mean_field::uncoupled(machine) + reaction.coupled(lambdas, n, m));
    }
    let closed = mean_field::onsager(machine).map_err(CheckError::while_doing("ln Z"))?;
    closed.map_err(|why| CheckError::Input(format!("T09: no closed form of ln Z: {why}")))
}

/// Order β⁴ of the error with the reaction term: (1/1024)[Σ(WWᵀ)_jj² + Σ(WᵀW)_kk² − T²(1/N + 1/M) −
/// (2/3)ΣW⁴] with T = ΣW².
pub(super) fn remainder(machine: &Rbm) -> f64 {
    let (n, m) = (machine.visible, machine.hidden);
    let square = |j: usize, k: usize| machine.weights[j * m + k].powi(2);
    let rows: f64 = (0..n).map(|j| (0..m).map(|k| square(j, k)).sum::<f64>().powi(2)).sum();
    let columns: f64 = (0..m).map(|k| (0..n).map(|j| square(j, k)).sum::<f64>().powi(2)).sum();
    let total: f64 = machine.weights.iter().map(|w| w * w).sum();
    let fourth: f64 = machine.weights.iter().map(|w| w.powi(4)).sum();
    let average = total * total * (1.0 / n as f64 + 1.0 / m as f64);
    (rows + columns - average - 2.0 / 3.0 * fourth) / 1024.0
}

/// Checks on machines of 14 x 10 units at two strengths that the error minus its order β⁴ is of
/// order β⁶. The root mean square over machines is used, because the coefficients of a single
/// machine may nearly cancel.
fn fourth_order(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let n = 14;
    // Both strengths use the same normal numbers.
    let strongest = Kind::random(0.6, 1.4);
    let drawn: Vec<Vec<f64>> =
        (0..24).map(|i| weights(&strongest, n, &mut lab.stream(case, streams::FOURTH_ORDER, i))).collect();
    let rms = |share: f64| -> Result<f64, CheckError> {
        let kind = Kind::random(share * strongest.scale, 1.4);
        let machines = drawn.par_iter().map(|drawn| {
            let drawn = drawn.iter().map(|w| share * w).collect();
            let machine = machine(&kind, n, drawn)?;
            let [over, _] = left(case, &kind, &machine, enumerated(&machine)?)?;
            Ok((over - mean_remainder(&kind, n)).powi(2))
        });
        Ok(mean_of(machines.collect::<Result<Vec<f64>, CheckError>>()?.into_iter()).sqrt())
    };
    let (strong, weak) = (rms(1.0)?, rms(0.5)?);
    let kind = strongest;
    let top = kind.scale * (1.0 + kind.aspect.recip().sqrt());
    let criterion = Criterion::Truncation {
        order: 6.0,
        measured_order: (strong / weak).log2(),
        bound: mean_remainder(&kind, n) * top * top / 16.0,
        rationale: "mean of order β⁴ times λ₊²/16, the ratio of successive orders of a mode",
    };
    let name = "RMS of the error of ln Z minus its order β⁴, 24 machines of 14 x 10";
    evidence.measurements.push(Measurement::new("fourth-order", name, strong, 0.0, criterion));
    Ok(())
}

/// Checks the same by annealed importance sampling, close to the limit where machines that can be
/// enumerated are too small.
pub(super) fn annealed(
    kind: &Kind,
    case: &Case<'_>,
    lab: &Lab,
    evidence: &mut Evidence,
) -> Result<Vec<f64>, CheckError> {
    let (sizes, betas, chains): (Sizes, usize, usize) = match scale_of(case, lab) {
        Scale::Quick if case.falsified() => (&[(32, 12), (64, 8), (128, 4)], 200, 64),
        Scale::Quick => (&[(32, 160), (64, 80), (128, 32)], 200, 64),
        Scale::Full => (&[(50, 120), (100, 80), (200, 30), (400, 10)], 1000, 128),
    };
    let all: Vec<(usize, usize)> = sizes.iter().flat_map(|&(n, count)| (0..count).map(move |i| (n, i))).collect();
    let one = |(n, i): (usize, usize)| {
        let purpose = format!("{} {n}", kind.aspect);
        let machine = machine(kind, n, weights(kind, n, &mut lab.stream(case, streams::ANNEALED.with(&purpose), i)))?;
        let key = lab.key(case, streams::ANNEALING.with(format_args!("{purpose} {i}")));
        let single = machine.to_f32();
        let (estimate, _) = annealing::forward(&single, &Path::even(&single, betas), chains, key);
        Ok((1.0 / n as f64, left(case, kind, &machine, estimate.mean)?))
    };
    let found: Vec<_> = all.into_par_iter().rev().with_max_len(1).map(one).collect::<Result<_, CheckError>>()?;
    let rationale =
        "the remainder −½ ln(1 − ρ); here it is tested that no error grows with N, its size is tested by enumeration";
    judge_left(evidence, (kind, "annealed", "by annealing"), &found, ([1.0, 2.0], rationale), case)
}

fn enumerated(machine: &Rbm) -> Result<f64, CheckError> {
    log_partition(machine).ok_or_else(|| CheckError::Input("T09: too large to enumerate".into()))
}

const THIRD: &str = "a third of the remainder itself";

/// Mean of the remainder over normal weights: 2(NM − N − M)s⁴/1024.
fn mean_remainder(kind: &Kind, visible: usize) -> f64 {
    let (n, m) = (visible as f64, kind.hidden(visible) as f64);
    kind.std(visible).powi(4) * 2.0 * (n * m - n - m) / 1024.0
}

/// The two remainders of ln Z against its exact value: the excess with the reaction term, and the
/// exact value minus the (N+M) ln 2 + c0 + s²NM/32 of a large machine. The fluctuations of orders
/// β² and β⁴, whose means over weights are known, are subtracted.
pub(super) fn left(case: &Case<'_>, kind: &Kind, machine: &Rbm, exact: f64) -> Result<[f64; 2], CheckError> {
    let (visible, hidden) = (machine.visible, machine.hidden);
    let lambdas = singular_values(machine.weights_view()).map_err(CheckError::while_doing("spectrum"))?;
    let (beyond, rest) = (exact - mean_field::uncoupled(machine), remainder(machine));
    let [t1, t2] = [2, 4].map(|power| lambdas.iter().map(|l| l.powi(power)).sum::<f64>());
    let orders = t1 / 32.0 + (t2 - t1 * t1 * (1.0 / visible as f64 + 1.0 / hidden as f64)) / 1024.0 - rest;
    let over = closed_form(case, machine, &lambdas)? - exact - rest + mean_remainder(kind, visible);
    let pairs = kind.std(visible).powi(2) * (visible * hidden) as f64 / 32.0;
    let again = if case.is(&falsifiers::PAIRS_COUNTED_TWICE) { pairs } else { 0.0 };
    Ok([over, beyond - orders - kind.glass() / 4.0 - again])
}

/// Checks both remainders against their limits, −½ ln(1 − ρ) and ¼ ln(1 − ρ). Returns a row of the
/// table `remainder`.
fn judge_left(
    evidence: &mut Evidence,
    (kind, id, how): (&Kind, &str, &str),
    found: &[(f64, [f64; 2])],
    (shares, rationale): ([f64; 2], &'static str),
    case: &Case<'_>,
) -> Result<Vec<f64>, CheckError> {
    let x: Vec<f64> = found.iter().map(|(x, _)| *x).collect();
    let mut row = vec![kind.scale, kind.aspect, kind.glass()];
    for (at, form, what, factor) in [
        (0, "reaction", "ln Z with the reaction term minus exact ln Z", -0.5),
        (1, "large", "ln Z minus its large-N form", 0.25),
    ] {
        let y: Vec<f64> = found.iter().map(|(_, y)| y[at]).collect();
        let fit = linear_fit(&x, &y, CONFIDENCE).map_err(CheckError::while_doing("ln Z"))?;
        let limit = factor * libm::log(1.0 - kind.glass());
        let name = format!("{what}, {how}, N → ∞, {}", kind.label());
        let bound = shares[at] * limit.abs();
        let limit = if at == 1 && case.is(&falsifiers::REMAINDER_DROPPED) { 0.0 } else { limit };
        let id = kind.id(&format!("{id}-{form}"));
        let interval = fit.intercept_interval;
        evidence.measurements.push(check::near(&id, name, fit.intercept, interval, limit, bound, rationale));
        row.extend([fit.intercept, fit.intercept_error]);
    }
    Ok(row)
}

pub(super) fn log_partitions(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let square = |scale: f64| Kind::random(scale, 1.0);
    let tall = |scale: f64| Kind::random(scale, 5.0 / 3.0);
    let (kinds, large) = if case.is(&falsifiers::CLOSED_BEYOND_LIMIT) {
        return Ok(()); // refuted by variances
    } else if case.is(&falsifiers::EXCHANGED) {
        (vec![tall(2.4)], vec![])
    } else if case.is(&falsifiers::UNCORRECTED_GAUSSIAN) {
        (vec![square(1.0), square(1.5)], vec![]) // at larger s, λ₁ exceeds 4 and it is undefined
    } else if case.is(&falsifiers::REMAINDER_DROPPED) {
        (vec![square(1.0)], vec![])
    } else {
        (vec![square(1.0), square(2.4), tall(2.4)], vec![square(3.0)])
    };
    if !case.is(&falsifiers::REMAINDER_DROPPED) {
        fourth_order(case, lab, evidence)?;
    }
    let full = scale_of(case, lab) == Scale::Full;
    let mut table = Table::new(
        tables::REMAINDER,
        &[
            columns::SCALE,
            columns::ASPECT,
            columns::RHO,
            columns::REACTION,
            columns::REACTION_ERROR,
            columns::LARGE_N,
            columns::LARGE_N_ERROR,
        ],
    );
    for kind in &kinds {
        // Few and small machines are enough to detect an error that grows with N.
        let few = case.falsified() && !case.is(&falsifiers::REMAINDER_DROPPED);
        let sizes: &[usize] = match (kind.aspect == 1.0, full) {
            (true, false) if few => &[8, 10, 12],
            (false, false) if few => &[10, 15, 20],
            (true, false) => &[8, 10, 12, 14, 16],
            (true, true) => &[10, 12, 14, 16, 18],
            (false, false) => &[10, 15, 20, 25],
            (false, true) => &[15, 20, 25, 30],
        };
        // Close to the transition line the variance of the remainder is largest.
        let each = match (full, kind.scale > 2.0, kind.aspect == 1.0) {
            (true, ..) => 500,
            (false, ..) if few => 60,
            (false, true, true) => 480,
            (false, true, false) => 280,
            (false, false, _) => 100,
        };
        let found: Vec<_> = (0..sizes.len() * each)
            .into_par_iter()
            .map(|at| {
                let n = sizes[at / each];
                let purpose = streams::SMALL.with(format_args!("{} {}", kind.scale, kind.aspect));
                let machine = machine(kind, n, weights(kind, n, &mut lab.stream(case, purpose, at)))?;
                Ok((1.0 / n as f64, left(case, kind, &machine, enumerated(&machine)?)?))
            })
            .collect::<Result<_, CheckError>>()?;
        table.rows.push(judge_left(evidence, (kind, "ln-z", "enumerated"), &found, ([1.0 / 3.0; 2], THIRD), case)?);
    }
    for kind in &large {
        table.rows.push(annealed(kind, case, lab, evidence)?);
    }
    evidence.tables.push(table);
    Ok(())
}
