//! Checks of block Gibbs sampling of machines of rank one, by enumeration and by chains.

use super::evidence::{BETA, by_scale, drawn, logistic};
use super::langevin::{BATCH, Picture};
use super::names::{columns, tables};
use super::streams;
use crate::bits::States;
use crate::claim::{Case, CheckError};
use crate::evidence::check;
use crate::evidence::{ALPHA, Criterion, Evidence, Measurement, Side, Table, Z_ALPHA};
use crate::exact::rank_one::RankOne;
use crate::lab::Lab;
use crate::lab::Purpose;
use crate::rbm::Rbm;
use crate::rbm::gibbs::Chains;
use crate::stat::interval::Interval;
use crate::stat::mean::{mean, mean_and_error, mean_interval};
use crate::stat::regression::weighted_fit;
use rand::{Rng, RngExt};
use rand_distr::{Binomial, Distribution};
use rayon::prelude::*;

/// A machine of rank one, W = λ p qᵀ with equal entries (up to signs), g = βλ, whose mean-field
/// fixed point has the visible mean `mean` and the hidden mean 1/2.
#[derive(Clone, Copy)]
pub(super) struct Machine {
    pub(super) visible: u64,
    pub(super) hidden: u64,
    pub(super) g: f64,
    pub(super) mean: f64,
}

impl Machine {
    pub(super) fn square(units: u64, g: f64, mean: f64) -> Self {
        Self { visible: units, hidden: units, g, mean }
    }

    fn name(&self) -> String {
        format!("{} x {}, βλ = {}, visible mean {}", self.visible, self.hidden, self.g, self.mean)
    }

    /// Field on a hidden unit, g√(N/M)(k/N − mean), if k visible units are on.
    fn hidden_field(&self, ones: u64) -> f64 {
        self.g * (self.visible as f64 / self.hidden as f64).sqrt() * (ones as f64 / self.visible as f64 - self.mean)
    }

    /// Field on a visible unit, logit(mean) + g√(M/N)(k/M − 1/2), if k hidden units are on.
    fn visible_field(&self, ones: u64) -> f64 {
        let ratio = (self.hidden as f64 / self.visible as f64).sqrt();
        (self.mean / (1.0 - self.mean)).ln() + self.g * ratio * (ones as f64 / self.hidden as f64 - 0.5)
    }

    /// One sweep: from the number of visible units that are on (aligned with p) to their number
    /// after the sweep.
    pub(super) fn sweep(&self, ones: u64, rng: &mut impl Rng) -> Result<u64, CheckError> {
        let mut draw = |units: u64, field: f64| -> Result<u64, CheckError> {
            let law = Binomial::new(units, logistic(field));
            Ok(law.map_err(CheckError::while_doing("binomial"))?.sample(rng))
        };
        let hidden = draw(self.hidden, self.hidden_field(ones))?;
        draw(self.visible, self.visible_field(hidden))
    }

    /// Its exact law, with the centred field logit(mean) on every visible unit and g√(N/M)(1/2 −
    /// mean) on every hidden unit.
    pub(super) fn exact(&self) -> RankOne {
        let root = (self.visible as f64).sqrt();
        let (field_x, field_y) = (root * (self.mean / (1.0 - self.mean)).ln(), root * self.g * (0.5 - self.mean));
        RankOne { field_x, field_y, ..RankOne::new(self.visible as usize, self.hidden as usize, self.g) }
    }

    /// Exact lag-one autocorrelation of x: 1 − E[p(1−p)]/var x, where p = P(v = 1 | h) is a
    /// function of y only.
    #[cfg(test)]
    pub(super) fn autocorrelation(&self) -> f64 {
        let law = self.exact();
        let moments = law.moments();
        let transposed =
            RankOne { visible: law.hidden, hidden: law.visible, field_x: law.field_y, field_y: law.field_x, ..law };
        let slope = |y: f64| {
            let p = logistic((self.g * y + law.field_x) / (self.visible as f64).sqrt());
            p * (1.0 - p)
        };
        let inner: f64 = transposed.law_of_x().iter().map(|(y, weight)| weight * slope(*y)).sum();
        1.0 - inner / (moments.xx - moments.x * moments.x)
    }

    /// Probability that k visible units are on at equilibrium, k = 0 to N.
    pub(super) fn equilibrium(&self) -> Vec<f64> {
        self.exact().law_of_x().into_iter().map(|(_, weight)| weight).collect()
    }

    /// Probability that k visible units are on, for independent units at the fixed point.
    fn independent(&self) -> Vec<f64> {
        binomial(&ln_choose(self.visible), (self.mean / (1.0 - self.mean)).ln()).collect()
    }

    /// Regression of the number of units that are on after 1, 2, ... sweeps on their number at the
    /// start, which follows `law`: the exact chain, by enumeration of both layers.
    pub(super) fn regressions(&self, law: &[f64], lags: usize) -> Vec<f64> {
        let (up, down) = (ln_choose(self.hidden), ln_choose(self.visible));
        let expected = |choose: &[f64], field: f64, values: &[f64]| -> f64 {
            binomial(choose, field).zip(values).map(|(p, value)| p * value).sum()
        };
        let mean: f64 = law.iter().enumerate().map(|(k, p)| p * k as f64).sum();
        let start: Vec<f64> = (0..=self.visible).map(|k| k as f64 - mean).collect();
        let onto = |values: &[f64]| -> f64 { law.iter().zip(&start).zip(values).map(|((p, a), b)| p * a * b).sum() };
        let variance = onto(&start);
        let mut values = start.clone();
        let sweep = |_| {
            let field = |k| self.visible_field(k);
            let inner: Vec<f64> =
                (0..=self.hidden).into_par_iter().map(|k| expected(&down, field(k), &values)).collect();
            values = (0..=self.visible).into_par_iter().map(|k| expected(&up, self.hidden_field(k), &inner)).collect();
            onto(&values) / variance
        };
        (0..lags).map(sweep).collect()
    }

    /// The machine itself, and the signs of p.
    fn rbm(&self, rng: &mut impl Rng) -> Result<(Rbm, Vec<f64>), CheckError> {
        let (n, m) = (self.visible as usize, self.hidden as usize);
        // With biases all units have the same sign.
        let [p, q] = [n, m].map(|units| -> Vec<f64> {
            (0..units).map(|_| if self.mean != 0.5 || rng.random::<bool>() { 1.0 } else { -1.0 }).collect()
        });
        let size = self.g / ((n * m) as f64).sqrt();
        let weights = (0..n * m).map(|at| size * p[at / m] * q[at % m]).collect();
        let mut rbm = Rbm::zero_field(n, m, weights).map_err(CheckError::while_doing("machine"))?;
        let law = self.exact();
        rbm.visible_bias.iter_mut().for_each(|a| *a += law.field_x / (n as f64).sqrt());
        rbm.hidden_bias.iter_mut().for_each(|b| *b += law.field_y / (m as f64).sqrt());
        Ok((rbm, p))
    }

    /// Bit-packed block Gibbs sampling of independent chains, whose number of units that are on
    /// starts from `law`. Returns the regression of the mode after each of `lags` sweeps
    /// (ascending) on its start, with standard errors.
    fn gibbs(&self, case: &Case<'_>, lab: &Lab, what: Purpose, run: Run<'_>) -> Result<Vec<(f64, f64)>, CheckError> {
        let purpose = what.with(self.name());
        let rng = &mut lab.stream(case, purpose.clone(), 0);
        let (rbm, signs) = self.rbm(rng)?;
        let cumulative = cumulative(run.law);
        let ones: Vec<u64> = (0..run.chains).map(|_| inverse(&cumulative, rng)).collect();
        // The law of x after a sweep depends on x only, so that any units may be the aligned ones.
        let start = States::from_fn(run.chains, signs.len(), |row, j| ((j as u64) < ones[row]) == (signs[j] > 0.0));
        let before = start.all_along(&signs);
        let mut sampler = Chains::new(start, lab.key(case, purpose.with("chains")), 0);
        let machine = rbm.to_f32();
        let after = |lag: &usize| {
            sampler.sweep(&machine, *lag - sampler.sweeps as usize);
            slope(&before.iter().copied().zip(sampler.visible.all_along(&signs)).collect::<Vec<_>>())
        };
        Ok(run.lags.iter().map(after).collect())
    }
}

/// Settings of a run: number of chains, law of their initial state, and the sweeps to record.
pub(super) struct Run<'a> {
    pub(super) chains: usize,
    pub(super) law: &'a [f64],
    lags: &'a [usize],
}

/// Logarithms of the binomial coefficients of n.
fn ln_choose(n: u64) -> Vec<f64> {
    let step = |log: &mut f64, k: u64| {
        let here = *log;
        *log += ((n - k) as f64 / (k + 1) as f64).ln();
        Some(here)
    };
    (0..=n).scan(0.0, step).collect()
}

/// Binomial weights of units in the given field.
fn binomial(ln_choose: &[f64], field: f64) -> impl Iterator<Item = f64> {
    let (n, none) = (ln_choose.len() - 1, -field.exp().ln_1p());
    ln_choose.iter().enumerate().map(move |(k, log)| (log + k as f64 * field + n as f64 * none).exp())
}

fn cumulative(weights: &[f64]) -> Vec<f64> {
    let add = |sum: &mut f64, weight: &f64| {
        *sum += weight;
        Some(*sum)
    };
    weights.iter().scan(0.0, add).collect()
}

fn inverse(cumulative: &[f64], rng: &mut impl Rng) -> u64 {
    let at = rng.random::<f64>() * cumulative.last().copied().unwrap_or(1.0);
    cumulative.partition_point(|c| *c < at).min(cumulative.len().saturating_sub(1)) as u64
}

/// Regression of after on before over independent chains: slope and standard error, which is valid
/// also if the variance of the residuals is not constant.
pub(super) fn slope(pairs: &[(f64, f64)]) -> (f64, f64) {
    let (a, b) = (mean(pairs.iter().map(|p| p.0)), mean(pairs.iter().map(|p| p.1)));
    let square: f64 = pairs.iter().map(|p| (p.0 - a).powi(2)).sum();
    let slope = pairs.iter().map(|p| (p.0 - a) * (p.1 - b)).sum::<f64>() / square;
    let scatter: f64 = pairs.iter().map(|p| ((p.0 - a) * (p.1 - b - slope * (p.0 - a))).powi(2)).sum();
    (slope, scatter.sqrt() / square)
}

/// Normal confidence interval at the level of the checks.
pub(super) fn around(value: f64, error: f64) -> Interval {
    let half = Z_ALPHA * error;
    Interval::confidence(value - half, value + half, 1.0 - ALPHA)
}

/// Factors by which one sweep multiplies the displacement of machines with 10¹² units.
pub(super) fn displaced(case: &Case<'_>, lab: &Lab, g: f64, mean: f64) -> Result<Vec<f64>, CheckError> {
    const UNITS: u64 = 1_000_000_000_000;
    const SHIFT: u64 = UNITS / 1000;
    let machine = Machine::square(UNITS, g, mean);
    let rest = (mean * UNITS as f64).round();
    let run = |batch: usize| -> Result<Vec<f64>, CheckError> {
        let rng = &mut lab.stream(case, streams::DISPLACED.with(format_args!("{g} {mean}")), batch);
        let one = |_| Ok((machine.sweep(rest as u64 + SHIFT, rng)? as f64 - rest) / SHIFT as f64);
        (0..BATCH).map(one).collect()
    };
    let runs = (0..drawn(case, lab, 40, 400)).into_par_iter().map(run).collect::<Result<Vec<_>, _>>()?;
    Ok(runs.concat())
}

/// Mean of independent values with its confidence interval.
pub(super) fn mean_within(values: &[f64]) -> Result<(f64, Interval), CheckError> {
    let interval = mean_interval(values, 1.0 - ALPHA).map_err(CheckError::while_doing("mean"))?;
    Ok((mean_and_error(values).0, interval))
}

pub(super) fn displacements(
    case: &Case<'_>,
    lab: &Lab,
    machines: &[(f64, f64)],
    evidence: &mut Evidence,
) -> Result<(), CheckError> {
    let picture = Picture::of(case);
    let mut table =
        Table::new(tables::FACTORS, &[columns::G, columns::MEAN, columns::FACTOR, columns::ERROR, columns::PREDICTED]);
    for &(g, mean) in machines {
        let factors = displaced(case, lab, g, mean)?;
        let (factor, interval) = mean_within(&factors)?;
        let predicted = picture.factor(case, g, mean);
        evidence.measurements.push(check::near(
            &format!("displacement-g{g}"),
            format!("sweep factor of a displacement, βλ = {g}, visible mean {mean}"),
            factor,
            interval,
            predicted,
            predicted * g * 1e-3 * (1.0 + g / 4.0),
            "twice the second order of both logistic functions, relatively at most half the shift of each layer's field",
        ));
        table.rows.push(vec![g, mean, factor, mean_and_error(&factors).1, predicted]);
    }
    evidence.tables.push(table);
    Ok(())
}

/// Lags of the autocorrelations, in sweeps.
const LAGS: [usize; 3] = [1, 2, 5];

/// Smaller autocorrelations are not checked, because they could not be distinguished from even
/// smaller ones.
const LEAST: f64 = 0.2;

/// Checks the autocorrelation of bit-packed block Gibbs sampling, started from the exact law, at
/// several lags against the exact chain.
pub(super) fn block_gibbs(
    case: &Case<'_>,
    lab: &Lab,
    machines: &[Machine],
    evidence: &mut Evidence,
) -> Result<(), CheckError> {
    let picture = Picture::of(case);
    let chains = by_scale(lab, 4_000, 40_000);
    let mut table =
        Table::new(tables::GIBBS, &[columns::G, columns::LAG, columns::FACTOR, columns::ERROR, columns::EXACT]);
    for machine in machines {
        let law = machine.equilibrium();
        let kept =
            |lag: &usize| (machine.g * machine.g * machine.mean * (1.0 - machine.mean) / 4.0).powi(*lag as i32) > LEAST;
        let lags: Vec<usize> = LAGS.into_iter().filter(kept).collect();
        let believed = Machine { g: picture.coupling(machine.g), ..*machine };
        let exact = believed.regressions(&believed.equilibrium(), lags.last().copied().unwrap_or(0));
        let found = machine.gibbs(case, lab, streams::GIBBS, Run { chains, law: &law, lags: &lags })?;
        for (lag, (found, error)) in lags.into_iter().zip(found) {
            let name = format!("autocorrelation of block Gibbs at lag {lag}, {}", machine.name());
            let id = format!("gibbs-g{}-{}-by-{}-lag-{lag}", machine.g, machine.visible, machine.hidden);
            let predicted = exact[lag - 1];
            evidence.measurements.push(check::z(&id, name, found, predicted, error * error));
            table.rows.push(vec![machine.g, lag as f64, found, error, predicted]);
        }
    }
    evidence.tables.push(table);
    Ok(())
}

/// Checks the exact autocorrelation at lags 1 to 10, divided by factor^lag, to order 1/N.
///
/// Let ρ = (g/4)², n = 1/N and m = 1/M. At lag one the cumulants of x and y give 1 − (n + m)r + c
/// with r = ρ/(1 − ρ) and c = ρ[(6ρ − ρ²)m² + (4 + 9ρ − 3ρ²)nm + (8ρ − 3ρ²)n²]/(3(1 − ρ)³). The
/// chain is reversible, so that the autocorrelation at lag t is (1 − w)μ₁ᵗ + wμ₃ᵗ with μ₃ = ρ³ to
/// leading order. E[x'|x] = ρx − (4ρ²/3)(m + ρn)x³ + ... admixes the third Hermite polynomial with
/// the weight w = (2/3)ρ²(m + ρn)²/((1 − ρ)²(1 − ρ²)²). The 1/N term is therefore −t(n + m)r, and
/// the next term is tc + t(t − 1)(n + m)²r²/2 + w(t(1 − ρ²) − 1 + ρ²ᵗ).
pub(super) fn finite_size(case: &Case<'_>, evidence: &mut Evidence) {
    const G: f64 = 3.0;
    let rho = Picture::of(case).factor(case, G, 0.5);
    for (visible, hidden) in [(512, 384)] {
        let at = |visible: u64, hidden: u64| -> Vec<(f64, f64, f64)> {
            let machine = Machine { visible, hidden, g: G, mean: 0.5 };
            let (n, m) = (1.0 / visible as f64, 1.0 / hidden as f64);
            let first = -(n + m) * rho / (1.0 - rho);
            let square = rho * rho;
            let second = rho
                * ((6.0 * rho - square) * m * m
                    + (4.0 + 9.0 * rho - 3.0 * square) * n * m
                    + (8.0 * rho - 3.0 * square) * n * n)
                / (3.0 * (1.0 - rho).powi(3));
            let mixed = 2.0 / 3.0 * square * (m + rho * n).powi(2) / ((1.0 - rho) * (1.0 - square)).powi(2);
            let term = |(at, exact): (usize, f64)| {
                let lag = at as f64 + 1.0;
                let next = lag * second
                    + 0.5 * lag * (lag - 1.0) * first * first
                    + mixed * (lag * (1.0 - square) - 1.0 + square.powf(lag));
                (exact / rho.powf(lag) - 1.0, lag * first, next)
            };
            machine.regressions(&machine.equilibrium(), 10).into_iter().enumerate().map(term).collect()
        };
        let (coarse, fine) = (at(visible / 4, hidden / 4), at(visible, hidden));
        for (lag, (coarse, fine)) in coarse.into_iter().zip(fine).enumerate() {
            if ![1, 10].contains(&(lag + 1)) {
                continue;
            }
            let measured_order = ((coarse.0 - coarse.1) / (fine.0 - fine.1)).abs().log(4.0);
            let name = format!(
                "exact autocorrelation at lag {} divided by (g/4)^(2 lag), minus 1, to order 1/N, {visible} x {hidden}, g = {G}",
                lag + 1
            );
            let rationale = "twice the derived term of order 1/N²";
            let criterion = Criterion::Truncation { order: 2.0, measured_order, bound: 2.0 * fine.2.abs(), rationale };
            let id = format!("exact-chain-lag-{}", lag + 1);
            evidence.measurements.push(Measurement::new(&id, name, fine.0, fine.1, criterion));
        }
    }
}

/// Checks the factor of one sweep of bit-packed block Gibbs sampling with biases, started from
/// independent units at the fixed point.
///
/// For independent units Cov(v_j, F) = p(1 − p)E[F(v_j = 1) − F(v_j = 0)]. Applied to both layers,
/// this gives the regression of one sweep as g²E[σ'(ξ)σ'(η)] without approximation. Here ξ and η
/// are the fields of a hidden and a visible unit, with v_j and h_k replaced by uniform variables in
/// (0, 1). At the fixed point the regression is the factor ρ = g²p(1 − p)/4. The deviation from it
/// is bounded by |σ‴| <= 1/8, σ' <= 1/4, E ξ² = g²p(1 − p)/M, E(η − η*)² = g²(1 + ρ)/(4N) and E(η −
/// η*) = g²(1 − 2p)/(8N). The few chains that start beyond the unstable fixed point (p = 0.165 for
/// g = 6) are included: nothing is assumed about how long chains stay in a basin.
pub(super) fn near_fixed_point(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let picture = Picture::of(case);
    let (scale, chains) = (by_scale(lab, 1, 2) as u64, drawn(case, lab, 80_000, 320_000));
    let mut table = Table::new(
        tables::NEAR,
        &[
            columns::G,
            columns::VISIBLE,
            columns::HIDDEN,
            columns::FACTOR,
            columns::ERROR,
            columns::EXACT,
            columns::PREDICTED,
        ],
    );
    for (g, visible, hidden) in [(6.0, 200, 140), (6.0, 140, 200), (8.0, 200, 140)] {
        let machine = Machine { visible: scale * visible, hidden: scale * hidden, g, mean: 0.1 };
        let law = machine.independent();
        let believed = Machine { g: picture.coupling(g), ..machine };
        let exact = believed.regressions(&law, 1)[0];
        let (found, error) = machine.gibbs(case, lab, streams::NEAR, Run { chains, law: &law, lags: &[1] })?[0];
        let predicted = picture.factor(case, g, machine.mean);
        let name = format!("factor of one sweep of block Gibbs at a fixed point, {}", machine.name());
        let id = format!("near-g{g}-{}-by-{}", machine.visible, machine.hidden);
        let enumerated = format!("{name}, against enumeration");
        evidence.measurements.push(check::z(&format!("{id}-enumerated"), enumerated, found, exact, error * error));
        let variance = machine.mean * (1.0 - machine.mean);
        let rho = g * g * variance / 4.0;
        let skew = 2.0 * variance * (1.0 - 2.0 * machine.mean).powi(2);
        let bound =
            g.powi(4) / 64.0 * ((skew + (1.0 + rho) / 4.0) / machine.visible as f64 + variance / machine.hidden as f64);
        let rationale = "(g⁴/64)[(2p(1−p)(1−2p)² + (1+ρ)/4)/N + p(1−p)/M], from bounds on the derivatives of σ";
        evidence.measurements.push(check::near(&id, name, found, around(found, error), predicted, bound, rationale));
        table.rows.push(vec![g, machine.visible as f64, machine.hidden as f64, found, error, exact, predicted]);
    }
    evidence.tables.push(table);
    Ok(())
}

/// Checks the relaxation time of the mode, in sweeps, against 4 − g.
pub(super) fn relaxation(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    const UNITS: u64 = 1_000_000;
    let picture = Picture::of(case);
    let chains = drawn(case, lab, 100_000, 1_000_000);
    let (mut x, mut y, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    let mut table = Table::new(tables::RELAXATION, &[columns::G, columns::TIME, columns::ERROR, columns::PREDICTED]);
    for gap in [0.1, 0.14, 0.2, 0.28, 0.4, 0.56, 0.8] {
        let machine = Machine::square(UNITS, 4.0 - gap, 0.5);
        // The lag is half a relaxation time, which gives the most precise logarithm of the
        // correlation per computing time.
        let lag = (1.0f64 / gap).round();
        let cumulative = cumulative(&machine.equilibrium());
        let run = |batch: usize| -> Result<Vec<(f64, f64)>, CheckError> {
            let rng = &mut lab.stream(case, streams::RELAXATION.with(gap), batch);
            let one = |_| {
                let start = inverse(&cumulative, rng);
                let mut ones = start;
                for _ in 0..lag as usize {
                    ones = machine.sweep(ones, rng)?;
                }
                Ok((start as f64 - UNITS as f64 / 2.0, ones as f64 - UNITS as f64 / 2.0))
            };
            (0..BATCH).map(one).collect()
        };
        let pairs = (0..chains / BATCH).into_par_iter().map(run).collect::<Result<Vec<_>, _>>()?.concat();
        let (correlation, error) = slope(&pairs);
        let time = -lag / correlation.ln();
        let relative = error / (correlation * correlation.ln().abs());
        let believed = picture.threshold - machine.g / BETA * picture.beta;
        x.push(believed.abs().ln());
        y.push(time.ln());
        errors.push(relative);
        let factor = picture.factor(case, machine.g, 0.5);
        table.rows.push(vec![machine.g, time, time * relative, -1.0 / factor.ln()]);
    }
    let fit = weighted_fit(&x, &y, &errors, 1.0 - ALPHA).map_err(CheckError::while_doing("relaxation"))?;
    evidence.measurements.push(check::near(
        "relaxation-exponent",
        "exponent of the relaxation time in 4 − βλ, window 0.1 to 0.8, 10⁶ units per layer",
        fit.slope,
        fit.slope_interval,
        -1.0,
        0.8 / 8.0 + 16.0 / (UNITS as f64 * 0.01),
        "the local exponent is −1 − ε/8 + 16/(Nε²) at the ends of the window, ε = 4 − βλ",
    ));
    evidence.tables.push(table);
    Ok(())
}

/// Checks the claim of the Gaussian picture that a sweep does not shrink a mode above 4, in a case
/// where it is false.
pub(super) fn not_shrunk(id: &str, name: String, observed: f64, interval: Interval, predicted: f64) -> Measurement {
    let rationale = "a mode that does not converge has a sweep factor of at least 1";
    check::effect(id, name, observed, interval, predicted, 1.0, rationale).refuting(Side::Below)
}
