//! The checks of every regime.

use super::chains::{after_training, chains, coupled, haar_mean, sampled};
use super::expansion::{OF_ONE, Pairs, Quantity, extrapolated, full, placements, rank_one};
use super::falsifiers;
use super::names::{columns, tables};
use super::regimes;
use super::streams;
use crate::claim::{Case, CheckError};
use crate::evidence::check;
use crate::evidence::{ALPHA, Criterion, Evidence, Measurement, Side, Table};
use crate::exact::rank_one::RankOne;
use crate::exact::rank_two::RankTwo;
use crate::lab::Lab;
use crate::math::larger;
use crate::math::largest;
use crate::rbm::mean_field::{gaussian, onsager};
use crate::rbm::{Rbm, exact};
use crate::spectra::{ensemble, rotation};
use crate::stat;
use rand::Rng;
use rayon::prelude::*;

pub(super) fn measure(case: Case<'_>, lab: &Lab) -> Result<Evidence, CheckError> {
    let of_one = |evidence: &mut Evidence| {
        one_mode(&case, lab, evidence);
        Ok(())
    };
    let of_two = |evidence: &mut Evidence| {
        two_modes(&case, lab, evidence);
        Ok(())
    };
    let of_field = |evidence: &mut Evidence| {
        with_field(&case, evidence);
        Ok(())
    };
    let of_small = |evidence: &mut Evidence| {
        small_machines(&case, lab, evidence);
        Ok(())
    };
    let of_all_states = |evidence: &mut Evidence| {
        enumerated(&case, lab, evidence);
        Ok(())
    };
    let of_haar = |evidence: &mut Evidence| haar_mean(&case, lab, evidence);
    let of_samples = |evidence: &mut Evidence| sampled(&case, lab, evidence);
    match *case.regime {
        // Each of these falsifiers changes one formula; checks without this formula are not
        // repeated.
        regimes::FINITE_RANK if case.is(&falsifiers::SIGMA_SQUARED_MISSING) => Evidence::of_parts(&[&of_field]),
        regimes::FINITE_RANK if case.is(&falsifiers::ONE_LAYER) => Evidence::of_parts(&[&of_one, &of_small]),
        regimes::FINITE_RANK
            if case.is(&falsifiers::CROSS_TERMS_DROPPED) || case.is(&falsifiers::COVARIANCE_NEGATIVE) =>
        {
            Evidence::of_parts(&[&of_one, &of_two, &of_small])
        }
        regimes::DECOUPLING if case.is(&falsifiers::INDEPENDENT_NORMAL_ENTRIES) => Evidence::of_parts(&[&of_haar]),
        regimes::DECOUPLING if case.is(&falsifiers::OWN_CUMULANT) => Evidence::of_parts(&[&of_all_states, &of_samples]),
        regimes::FINITE_RANK => {
            Evidence::of_parts(&[&of_one, &of_field, &of_two, &of_small, &|evidence| chains(&case, lab, evidence)])
        }
        regimes::DECOUPLING => Evidence::of_parts(&[
            &of_all_states,
            &of_haar,
            &of_samples,
            &|evidence| {
                coupled(&case, lab, evidence);
                Ok(())
            },
            &|evidence| after_training(&case, lab, evidence),
        ]),
        regimes::EXTENSIVE_RANK => Evidence::of_parts(&[
            &|evidence| growth(&case, lab, evidence),
            &|evidence| formula(&case, lab, evidence),
            &|evidence| ranks(&case, lab, evidence),
        ]),
        _ => Err(CheckError::no_checks(case.regime)),
    }
}

/// Checks of one mode by its exact law: limits and 1/N amplitudes, and errors of ln Z for the
/// figure.
pub(super) fn one_mode(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) {
    let size = if full(lab) { 4000 } else { 1000 };
    for (g, shape) in [(2.0, (1, 1)), (3.0, (2, 1))] {
        let at = |scale: usize| (shape.0 * scale * size, shape.1 * scale * size);
        for (quantity, id, name) in OF_ONE {
            let values = [1, 2, 4].map(|scale| rank_one(case, at(scale), g, quantity));
            let (n, m) = at(2);
            let middle = Pairs::signs(case, n, m, &[g]).expansion(quantity);
            let of = if shape.0 == shape.1 { "N = M" } else { "N = 2M" };
            let name = format!("{name} of one mode, extrapolated to infinite N, {of}, βλ = {g}");
            evidence.measurements.push(extrapolated(&format!("limit-{id}-g{g}"), name, values, &middle));
        }
    }
    let big: usize = if full(lab) { 1_000_000 } else { 100_000 };
    for (quantity, id, name) in OF_ONE {
        let (g, scale) = (3.0, big as f64);
        let expected = Pairs::signs(case, big, big / 2, &[g]).expansion(quantity);
        let found = rank_one(case, (big, big / 2), g, quantity);
        evidence.measurements.push(check::exactly(
            &format!("amplitude-{id}"),
            format!("N({name} − its Gaussian value), one mode, N = {big} = 2M, βλ = {g}"),
            scale * (found - expected.gaussian),
            scale * expected.first,
            scale * (2.0 * expected.size + 4e-12),
            "twice the derived next term, plus 4e-12 for rounding of the exact law",
        ));
    }
    let mut table = Table::new(tables::ONE_MODE, &[columns::SIZE, columns::ERROR, columns::PREDICTED]);
    for n in [8, 16, 32, 64, 128, 256, 512] {
        let expected = Pairs::signs(case, n, n, &[2.0]).expansion(Quantity::LogPartition);
        let found = rank_one(case, (n, n), 2.0, Quantity::LogPartition);
        table.rows.push(vec![n as f64, expected.gaussian - found, -expected.first]);
    }
    evidence.tables.push(table);
}

/// Checks ln Z of one mode in a field against the Gaussian log-normalisers of u and w at the saddle
/// point.
fn with_field(case: &Case<'_>, evidence: &mut Evidence) {
    let (g, field_x, field_y) = (2.0f64, 0.9, -0.4);
    // ∫ e^(k z²/2) N(z; μ, σ²): exponent (μ²/2σ²)(1/(1 − kσ²) − 1), written out below as kμ²/(2(1 −
    // kσ²)).
    let sigma_squared = 0.25;
    let lost = if case.is(&falsifiers::SIGMA_SQUARED_MISSING) { sigma_squared } else { 1.0 };
    let normaliser = |k: f64, mu: f64| {
        let left = 1.0 - k * sigma_squared;
        lost * k * mu * mu / (2.0 * left) - 0.5 * left.ln()
    };
    let root = 2f64.sqrt();
    // Uniform means of u and w relative to the saddle x* = −f_y/g, y* = −f_x/g.
    let (mu_u, mu_w) = ((field_x + field_y) / (g * root), (field_x - field_y) / (g * root));
    let predicted = -field_x * field_y / g + normaliser(g, mu_u) + normaliser(-g, mu_w);
    let gap = 16.0 - g * g;
    let rho = g * g / gap;
    // The first order is −(1/12)⟨He₄⟩ per unit, with the means m of 2x and 2y in the field.
    let mean = |own: f64, other: f64| 2.0 * (4.0 * own + g * other) / gap;
    let hermite = |m: f64| m.powi(4) + 6.0 * m * m * rho + 3.0 * rho * rho;
    let first = |n: f64, m: f64| -(hermite(mean(field_x, field_y)) / n + hermite(mean(field_y, field_x)) / m) / 12.0;
    let found = |n: usize| {
        let (visible, hidden) = if case.is(&falsifiers::FIVE_UNITS) { (5, 5) } else { (2 * n, n) };
        RankOne { visible, hidden, coupling: g, field_x, field_y }.moments().log_partition
    };
    let (early, late) = (found(1000), found(2000));
    let criterion = Criterion::Truncation {
        order: 1.0,
        measured_order: ((early - predicted) / (late - predicted)).abs().log2(),
        bound: 2.0 * first(4000.0, 2000.0).abs(),
        rationale: "twice the derived term of order 1/N",
    };
    let name = "ln Z of one mode in a field against the log-normalisers at the saddle, N = 4000 = 2M";
    evidence.measurements.push(Measurement::new("field-ln-z", name, late, predicted, criterion));
}

/// Exact checks of two modes with entries ±1/√N.
pub(super) fn two_modes(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) {
    let couplings = [2.5, 1.5];
    let size = if full(lab) { 800 } else { 300 };
    let moments = [1, 2, 4].map(|scale| {
        let (visible, hidden) =
            if case.is(&falsifiers::FIVE_UNITS) { (4, 4) } else { (scale * size, scale * size / 2) };
        RankTwo { visible, hidden, couplings }.moments()
    });
    let pairs = Pairs::signs(case, 2 * size, size, &couplings);
    let late = Pairs::signs(case, 4 * size, 2 * size, &couplings);
    let log = moments.map(|found| found.log_partition);
    let expected = late.expansion(Quantity::LogPartition);
    let scale = 4.0 * size as f64;
    evidence.measurements.push(check::exactly(
        "two-modes-amplitude-ln-z",
        format!("N(ln Z − its Gaussian value), two modes including cross terms, N = {scale} = 2M"),
        scale * (log[2] - expected.gaussian),
        scale * expected.first,
        scale * 2.0 * expected.size,
        "twice the derived next term",
    ));
    let rows = [
        (Quantity::LogPartition, "ln-z", "ln Z of two modes", log),
        (Quantity::U(1), "var-u", "var u of mode 2 in the presence of mode 1", moments.map(|found| found.uu[1])),
        (Quantity::W(1), "var-w", "var w of mode 2 in the presence of mode 1", moments.map(|found| found.ww[1])),
        (Quantity::Xy(1), "cov-xy", "cov(x, y) of mode 2 in the presence of mode 1", moments.map(|found| found.xy[1])),
    ];
    for (quantity, id, name, values) in rows {
        let (id, name) = (format!("two-modes-limit-{id}"), format!("{name}, extrapolated to infinite N"));
        evidence.measurements.push(extrapolated(&id, name, values, &pairs.expansion(quantity)));
    }
    let mut table =
        Table::new(tables::TWO_MODES, &[columns::SIZE, columns::ERROR, columns::PREDICTED, columns::WITHOUT_CROSS]);
    for visible in [8, 16, 32, 64, 128, 256, 512] {
        let couplings = [2.0, 2.0];
        let expected = Pairs::signs(case, visible, visible, &couplings).expansion(Quantity::LogPartition);
        let dropped = Pairs { cross_terms: false, ..Pairs::signs(case, visible, visible, &couplings) };
        let found = RankTwo { visible, hidden: visible, couplings }.moments().log_partition;
        let alone = dropped.expansion(Quantity::LogPartition).first;
        table.rows.push(vec![visible as f64, expected.gaussian - found, -expected.first, -alone]);
    }
    evidence.tables.push(table);
}

/// The first `count` columns of a Haar matrix, or modes on five units.
pub(super) fn modes(case: &Case<'_>, n: usize, count: usize, rng: &mut impl Rng) -> Vec<Vec<f64>> {
    let size = if case.is(&falsifiers::FIVE_UNITS) { 5 } else { n };
    let basis = rotation::haar_orthogonal(size, rng);
    let mode = |i: usize| {
        // Blocks of five units each, one after the other.
        let start = i / size * size;
        let mut out = vec![0.0; n];
        (0..size.min(n - start)).for_each(|j| out[start + j] = basis[(j, i % size)]);
        out
    };
    (0..count).map(mode).collect()
}

/// W = Σ g_i u_i v_iᵀ in row-major order.
pub(super) fn weights(couplings: &[f64], u: &[Vec<f64>], v: &[Vec<f64>]) -> Vec<f64> {
    let (n, m) = (u.first().map_or(0, Vec::len), v.first().map_or(0, Vec::len));
    let entry = |at: usize| couplings.iter().zip(u.iter().zip(v)).map(|(g, (u, v))| g * u[at / m] * v[at % m]).sum();
    (0..n * m).map(entry).collect()
}

/// ln Z − βc0 − (N+M) ln 2, and ⟨x²⟩, ⟨xy⟩, ⟨y²⟩ of every mode, by enumeration of all hidden states
/// with the visible units summed out.
pub(super) fn enumerate(weights: &[f64], u: &[Vec<f64>], v: &[Vec<f64>]) -> (f64, Vec<[f64; 3]>) {
    let m = v.first().map_or(0, Vec::len);
    let (mut z, mut sums) = (0.0, vec![[0.0; 3]; u.len()]);
    for state in 0..1usize << m {
        let h: Vec<f64> = (0..m).map(|k| (state >> k & 1) as f64 - 0.5).collect();
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let fields: Vec<f64> = weights.chunks(m).map(|row| 0.5 * dot(row, &h)).collect();
        let p = fields.iter().map(|field| field.cosh()).product::<f64>();
        z += p;
        let means: Vec<f64> = fields.iter().map(|field| 0.5 * field.tanh()).collect();
        for (sum, (u, v)) in sums.iter_mut().zip(u.iter().zip(v)) {
            let (x, y) = (dot(u, &means), dot(v, &h));
            let variance: f64 = u.iter().zip(&means).map(|(u, mean)| u * u * (0.25 - mean * mean)).sum();
            sum.iter_mut().zip([x * x + variance, x * y, y * y]).for_each(|(sum, term)| *sum += p * term);
        }
    }
    let scale = (1u64 << m) as f64;
    ((z / scale).ln(), sums.into_iter().map(|sum| sum.map(|term| term / z)).collect())
}

/// Checks three Haar modes, on machines that can be enumerated, against the Gaussian value plus the
/// 1/N term.
fn small_machines(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) {
    let couplings = [1.6, 1.2, 0.8];
    let shapes = [(40, 11), (13, 13), (29, 12)];
    let each = if full(lab) { 20 } else { 4 };
    let ratios: Vec<[f64; 4]> = (0..shapes.len() * each)
        .into_par_iter()
        .map(|at| {
            let (n, m) = shapes[at % shapes.len()];
            let rng = &mut lab.stream(case, streams::SMALL, at);
            let (u, v) = (modes(case, n, 3, rng), modes(case, m, 3, rng));
            let pairs = Pairs::of(case, &couplings, &u, &v);
            let (log, moments) = enumerate(&weights(&couplings, &u, &v), &u, &v);
            let ratio = |quantity, found: f64| {
                let expected = pairs.expansion(quantity);
                (found - expected.gaussian - expected.first).abs() / expected.size
            };
            let mut worst = [ratio(Quantity::LogPartition, log), 0.0, 0.0, 0.0];
            for (i, [xx, xy, yy]) in moments.into_iter().enumerate() {
                let found = [
                    ratio(Quantity::U(i), 0.5 * (xx + yy) + xy),
                    ratio(Quantity::W(i), 0.5 * (xx + yy) - xy),
                    ratio(Quantity::Xy(i), xy),
                ];
                worst[1..].iter_mut().zip(found).for_each(|(worst, found)| *worst = larger(*worst, found));
            }
            worst
        })
        .collect();
    for (i, (_, id, name)) in OF_ONE.iter().enumerate() {
        evidence.measurements.push(check::exactly(
            &format!("small-{id}"),
            format!("{name} of three modes by enumeration minus (Gaussian value + 1/N term), in units of the next order, largest"),
            largest(ratios.iter().map(|ratio| ratio[i])),
            0.0,
            2.0,
            "the sum of the absolute terms of the derived next order, doubled for all later orders",
        ));
    }
}

/// Checks the joint cumulants of Haar modes of twelve units by enumeration of all states.
fn enumerated(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) {
    const UNITS: usize = 12;
    let rng = &mut lab.stream(case, streams::ENUMERATED, 0);
    let modes = modes(case, UNITS, 3, rng);
    let mut sums = [0.0; 3]; // ⟨x₁²x₂²⟩, ⟨x₁³x₂⟩, ⟨x₁²x₂x₃⟩
    for state in 0..1u32 << UNITS {
        let along = |mode: &Vec<f64>| -> f64 {
            mode.iter().enumerate().map(|(j, u)| u * (f64::from(state >> j & 1) - 0.5)).sum()
        };
        let x: Vec<f64> = modes.iter().map(along).collect();
        let terms = [(x[0] * x[1]).powi(2), x[0].powi(3) * x[1], x[0].powi(2) * x[1] * x[2]];
        sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term / f64::from(1u32 << UNITS));
    }
    let overlap = |powers: [i32; 3]| -> f64 {
        (0..UNITS).map(|j| modes.iter().zip(powers).map(|(mode, power)| mode[j].powi(power)).product::<f64>()).sum()
    };
    let rows = [
        ("joint-2-2", "κ(x₁,x₁,x₂,x₂) by enumeration against −Σ U₁²U₂²/8", sums[0] - 1.0 / 16.0, [2, 2, 0]),
        ("joint-3-1", "κ(x₁,x₁,x₁,x₂) by enumeration against −Σ U₁³U₂/8", sums[1], [3, 1, 0]),
        ("joint-2-1-1", "κ(x₁,x₁,x₂,x₃) by enumeration against −Σ U₁²U₂U₃/8", sums[2], [2, 1, 1]),
    ];
    for (id, name, observed, powers) in rows {
        let rationale = "mean over 2¹² states of terms of order 1";
        let criterion = Criterion::Rounding { factor: 4.0, n: 1 << UNITS, scale: 1.0, rationale };
        let predicted = -placements(case) / 8.0 * overlap(powers);
        evidence.measurements.push(Measurement::new(id, name, observed, predicted, criterion));
    }
}

/// Errors of ln Z at zero field: Gaussian minus exact value, and the value with Onsager's reaction
/// term minus the exact one.
pub(super) fn errors(n: usize, m: usize, weights: Vec<f64>) -> Result<(f64, f64), CheckError> {
    let machine = Rbm::zero_field(n, m, weights).map_err(CheckError::while_doing("machine"))?;
    let gauss = gaussian(&machine).map_err(CheckError::while_doing("Gaussian ln Z"))?.map_err(CheckError::Input)?;
    let reaction = onsager(&machine).map_err(CheckError::while_doing("reaction"))?.map_err(CheckError::Input)?;
    let exact = exact::log_partition(&machine).ok_or_else(|| CheckError::Input("too large to enumerate".into()))?;
    Ok((gauss - exact, reaction - exact))
}

/// Independent normal weights of standard deviation `s`, in row-major order.
fn random_weights(n: usize, m: usize, s: f64, rng: &mut impl Rng) -> Vec<f64> {
    let w = ensemble::normal(n, m, s, rng);
    (0..n * m).map(|at| w[(at / m, at % m)]).collect()
}

/// Random matrices per size.
pub(super) const EACH: usize = 24;

/// s√N of the random weights.
const STRENGTH: f64 = 0.6;

/// Mean of the error of the Gaussian ln Z of these weights at order β⁴, s⁴NM(N + M + 2)/1024 for
/// N = M.
pub(super) fn mean_error(n: f64) -> f64 {
    STRENGTH.powi(4) * (2.0 * n + 2.0) / 1024.0
}

/// Checks the error of the Gaussian ln Z of random weights against N.
pub(super) fn growth(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let sizes: &[usize] = if full(lab) { &[6, 8, 11, 14, 17, 20] } else { &[6, 8, 11, 14] };
    let (each, strength) = (EACH, STRENGTH);
    let (mut x, mut y) = (Vec::new(), Vec::new());
    let mut table = Table::new(tables::GROWTH, &[columns::SIZE, columns::ERROR, columns::BAR]);
    let mut reaction = f64::NAN;
    for &n in sizes {
        let s = strength / (n as f64).sqrt();
        let found = (0..each)
            .map(|at| errors(n, n, random_weights(n, n, s, &mut lab.stream(case, streams::GROWTH, [n, at]))))
            .collect::<Result<Vec<_>, _>>()?;
        let values: Vec<f64> = found.iter().map(|found| found.0).collect();
        reaction = largest(found.iter().map(|found| found.1.abs()));
        x.extend(values.iter().map(|_| (n as f64).ln()));
        y.extend(values.iter().map(|value| value.abs().ln()));
        let (mean, error) = stat::mean::mean_and_error(&values);
        table.rows.push(vec![n as f64, mean, error]);
    }
    let line =
        stat::regression::linear_fit(&x, &y, 1.0 - ALPHA).map_err(CheckError::while_doing("exponent of the error"))?;
    let name = "exponent in N of the error of the Gaussian ln Z at s√N = 0.6";
    let rationale = "half of the difference between the claimed 1/N and a constant error";
    let claimed = check::near("error-exponent", name, line.slope, line.slope_interval, -1.0, 0.5, rationale);
    evidence.measurements.push(claimed.refuting(Side::Above));
    evidence
        .observations
        .push(("largest |error| of ln Z with Onsager's reaction term at the largest N (T09)".into(), reaction));
    evidence.tables.push(table);
    Ok(())
}

/// (1/1024)[Σ (WWᵀ)_jj² + Σ (WᵀW)_kk² − ⅔ Σ W⁴] for W in row-major order.
fn fourth_order(weights: &[f64], m: usize) -> f64 {
    let rows: f64 = weights.chunks(m).map(|row| row.iter().map(|w| w * w).sum::<f64>().powi(2)).sum();
    let column = |k: usize| weights.iter().skip(k).step_by(m).map(|w| w * w).sum::<f64>().powi(2);
    let columns: f64 = (0..m).map(column).sum();
    (rows + columns - 2.0 / 3.0 * weights.iter().map(|w| w.powi(4)).sum::<f64>()) / 1024.0
}

/// The error against the formula of order β⁴, N != M.
pub(super) fn formula(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let (n, m) = (16, 11);
    let root = (n as f64).sqrt();
    let base = random_weights(n, m, 1.0 / root, &mut lab.stream(case, streams::FORMULA, 0));
    let missed = |strength: f64| -> Result<[f64; 2], CheckError> {
        let weights: Vec<f64> = base.iter().map(|w| strength * w).collect();
        let predicted = fourth_order(&weights, m);
        Ok([errors(n, m, weights)?.0, predicted])
    };
    let (weak, strong) = (missed(0.4)?, missed(0.8)?);
    let criterion = Criterion::Truncation {
        order: 6.0,
        measured_order: ((strong[0] - strong[1]) / (weak[0] - weak[1])).abs().log2(),
        bound: 2.0 * weak[1] * next_order(n as f64, m as f64, 0.4 / root),
        rationale: "twice the order β⁶ of the Gaussian ln Z for large N, relative to this one s²(N² + 3NM + M²)/(24(N + M)); the exact ln Z has no extensive term of this order",
    };
    let name = "error of the Gaussian ln Z against the formula of order β⁴, 16 x 11, s√N = 0.4";
    evidence.measurements.push(Measurement::new("error-formula", name, weak[0], weak[1], criterion));
    let (n, m) = (8, 6);
    let draws = if full(lab) { 20_000 } else { 4000 };
    let mean = (n * m * (n + m + 2)) as f64 / 1024.0;
    let ratios: Vec<f64> = (0..draws)
        .into_par_iter()
        .map(|at| fourth_order(&random_weights(n, m, 1.0, &mut lab.stream(case, streams::MEAN, at)), m) / mean)
        .collect();
    let interval =
        stat::mean::mean_interval(&ratios, 1.0 - ALPHA).map_err(CheckError::while_doing("mean of the error"))?;
    evidence.measurements.push(check::near(
        "error-mean",
        "mean of that formula divided by s⁴NM(N+M+2)/1024, normal weights, 8 x 6",
        stat::mean::mean(&ratios),
        interval,
        1.0,
        1.0 / (n + m + 2) as f64,
        "half of the contribution of the 2 in N + M + 2",
    ));
    Ok(())
}

/// Order β⁶ of the Gaussian −½ ln det(1 − WWᵀ/16) divided by its extensive error of order β⁴, for
/// large N: E tr (WWᵀ)³/(6·16³) with E tr (WWᵀ)³ = s⁶NM(N² + 3NM + M²), divided by s⁴NM(N +
/// M)/1024.
fn next_order(n: f64, m: f64, s: f64) -> f64 {
    s * s * (n * n + 3.0 * n * m + m * m) / (24.0 * (n + m))
}

/// Checks the error of the Gaussian ln Z against the rank, for Haar modes of equal strength.
pub(super) fn ranks(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let (n, g) = (if full(lab) { 18 } else { 14 }, 0.8);
    let rng = &mut lab.stream(case, streams::RANKS, 0);
    let (u, v) = (modes(case, n, n, rng), modes(case, n, n, rng));
    let mut table = Table::new(tables::RANKS, &[columns::RANK, columns::ERROR]);
    let mut worst = 0.0f64;
    for rank in [1, 2, 3, 4, 6, 8, 10, n] {
        let couplings = vec![g; rank];
        let (u, v) = (&u[..rank], &v[..rank]);
        let expected = Pairs::of(case, &couplings, u, v).expansion(Quantity::LogPartition);
        let error = errors(n, n, weights(&couplings, u, v))?.0;
        worst = larger(worst, (error + expected.first).abs() / expected.size);
        table.rows.push(vec![rank as f64, error]);
    }
    let mut curve = Table::new(tables::RANK_CURVE, &[columns::RANK, columns::PREDICTED]);
    for rank in 1..=n {
        let expected = Pairs::of(case, &vec![g; rank], &u[..rank], &v[..rank]).expansion(Quantity::LogPartition);
        curve.rows.push(vec![rank as f64, -expected.first - expected.second]);
    }
    evidence.measurements.push(check::exactly(
        "error-by-rank",
        "error minus ¼ Σ_j (Σ_i U_ji² ρ_i)² of both layers, in units of the next order, largest over ranks",
        worst,
        0.0,
        2.0,
        "the sum of the absolute terms of the derived next order, doubled for all later orders",
    ));
    evidence.tables.extend([table, curve]);
    Ok(())
}
