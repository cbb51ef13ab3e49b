//! Checks of the phases of machines whose weights have a mean and a standard deviation.

use super::falsifiers;
use super::log_partition::{mean_and_std_dev, replica_symmetric};
use super::names::{columns, tables};
use super::streams;
use crate::bits::States;
use crate::claim::{Case, CheckError};
use crate::evidence::check;
use crate::evidence::{ALPHA, Evidence, Table};
use crate::lab::Purpose;
use crate::lab::{Lab, Scale};
use crate::rbm::gibbs::{Chains, hidden_means};
use crate::spectra::spike;
use crate::stat;
use rand::RngExt;
use rayon::prelude::*;

/// Averages over chains on one matrix: ⟨u²⟩ along the mean, |m|, the overlap of pairs of chains,
/// and the squared two-time overlap of each chain.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen {
    pub(super) uu: f64,
    pub(super) m: f64,
    pub(super) q: f64,
    two_time: f64,
}

/// One point of the phase diagram. Chains start from the fully aligned state if `aligned`,
/// otherwise from uniform states.
pub(super) struct Point {
    pub(super) n: usize,
    pub(super) m: usize,
    pub(super) theta: f64,
    pub(super) std_dev: f64,
    pub(super) chains: usize,
    sweeps: usize,
    aligned: bool,
}

impl Point {
    fn seen(&self, case: &Case<'_>, lab: &Lab, purpose: &Purpose, at: usize) -> Result<Seen, CheckError> {
        let rng = &mut lab.stream(case, purpose.clone(), at);
        let machine = mean_and_std_dev(self.n, self.m, self.theta, self.std_dev, rng)?;
        let start = States::from_fn(self.chains, self.n, |_, _| self.aligned || rng.random::<bool>());
        let mut chains = Chains::new(start, lab.key(case, purpose.with(at)), 0);
        let n = self.n as f64;
        chains.sweep(&machine, self.sweeps);
        let past = chains.visible.clone();
        let mut sum = Seen::default();
        const DRAWS: usize = 6;
        for _ in 0..DRAWS {
            chains.sweep(&machine, self.sweeps / 4);
            let hidden = hidden_means(&machine, &chains.visible);
            let signs: Vec<Vec<f64>> = (0..self.chains)
                .map(|row| chains.visible.to_f64(row).into_iter().map(|v| 2.0 * v - 1.0).collect())
                .collect();
            let overlap = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / n;
            for (row, v) in signs.iter().enumerate() {
                let x = v.iter().sum::<f64>() / (2.0 * n.sqrt());
                let means = &hidden[row * self.m..][..self.m];
                let m = self.m as f64;
                let y = means.iter().map(|q| f64::from(*q) - 0.5).sum::<f64>() / m.sqrt();
                let var = means.iter().map(|q| f64::from(q * (1.0 - q))).sum::<f64>() / m;
                sum.uu += 0.5 * ((x + y).powi(2) + var);
                sum.m += (2.0 * x / n.sqrt()).abs();
                sum.q += overlap(v, &signs[(row + 1) % self.chains]);
                let before: Vec<f64> = past.to_f64(row).into_iter().map(|v| 2.0 * v - 1.0).collect();
                sum.two_time += overlap(v, &before).powi(2);
            }
        }
        let count = (DRAWS * self.chains) as f64;
        Ok(Seen { uu: sum.uu / count, m: sum.m / count, q: sum.q / count, two_time: sum.two_time / count })
    }

    fn all(&self, case: &Case<'_>, lab: &Lab, purpose: &Purpose, matrices: usize) -> Result<Vec<Seen>, CheckError> {
        (0..matrices).into_par_iter().map(|at| self.seen(case, lab, purpose, at)).collect()
    }
}

/// Matrices per point of the figure.
pub(super) const DRAWN: usize = 12;

/// Chains per matrix there, and their sweeps before the first look.
pub(super) const CHAINS: usize = 8;
pub(super) const SWEEPS: usize = 40;

/// Checks the paramagnet, the ferromagnet and the spin glass of machines whose weights have a mean
/// and a standard deviation.
pub(super) fn phases(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let quick = lab.plan().scale == Scale::Quick;
    let n = if quick { 128 } else { 512 };
    // Fewer matrices are enough for falsifiers, which deviate by at least two bounds.
    let matrices = match (quick, case.falsified()) {
        (true, false) => 96,
        (true, true) => 48,
        (false, _) => 200,
    };
    let interval = |values: Vec<f64>| {
        let mean = stat::mean::mean(&values);
        stat::mean::mean_interval(&values, 1.0 - ALPHA)
            .map(|interval| (mean, interval))
            .map_err(CheckError::while_doing("phases"))
    };
    if !case.is(&falsifiers::NO_SPREAD) && !case.is(&falsifiers::LINE_OF_SPINS) {
        // Paramagnet: ⟨u²⟩ along the mean of the weights is the same as without a bulk.
        let (theta, std_dev) = (2.0, 1.5);
        let para = Point { n, m: n, theta, std_dev, chains: 32, sweeps: 16, aligned: false }.all(
            case,
            lab,
            &streams::PARA,
            matrices * 5 / 4,
        )?;
        let strength = if case.is(&falsifiers::OUTLIER_FOR_STRENGTH) {
            spike::outlier(theta, n, n, std_dev / (n as f64).sqrt())
                .ok_or_else(|| CheckError::Input("T07: the mean of the weights makes no outlier".into()))?
        } else {
            theta
        };
        let (mean, limits) = interval(para.iter().map(|seen| seen.uu * (4.0 - strength)).collect())?;
        evidence.measurements.push(check::near(
            "along-the-mean",
            "⟨u²⟩(4 − θ) along the mean, θ = 2, s√N = 1.5",
            mean,
            limits,
            1.0,
            0.5 * (1.0 - (4.0 - theta) / (4.0 - theta + 0.25 * std_dev * std_dev)),
            "half of the difference to A = 4 + s²M/4 without its reduction by the bulk; 1/N terms: one mode 2/(3N), bulk (s√N)²/(4 − θ)²/N = 0.6/N",
        ));
        let forgotten = stat::mean::mean(para.iter().map(|seen| seen.two_time));
        evidence.observations.push(("squared two-time overlap in the paramagnet".into(), forgotten));
    }
    if case.is(&falsifiers::OUTLIER_FOR_STRENGTH) {
        return Ok(());
    }
    // Ferromagnet.
    let (theta, std_dev) = (6.0, 2.5);
    let rationale = "half of the effect of the standard deviation; terms of order 1/N are below 0.02";
    let shapes: &[(usize, &str, &str)] =
        if case.is(&falsifiers::LINE_OF_SPINS) { &[] } else { &[(n, "square", "N = M"), (2 * n, "tall", "N = 2M")] };
    for &(visible, id, shape) in shapes {
        let point = Point { n: visible, m: n, theta, std_dev, chains: 8, sweeps: 24, aligned: true };
        let ferro = point.all(case, lab, &streams::FERRO.with(visible), matrices)?;
        let ratio = n as f64 / visible as f64;
        let (right, plain) = (replica_symmetric(ratio, theta, std_dev), replica_symmetric(ratio, theta, 0.0));
        let predicted = if case.is(&falsifiers::NO_SPREAD) { plain } else { right };
        let magnetisation: Vec<f64> = ferro.iter().map(|seen| seen.m).collect();
        let overlap: Vec<f64> = ferro.iter().map(|seen| seen.q).collect();
        for (name, values, predicted, bound) in [
            ("m", magnetisation, predicted.0, 0.5 * (plain.0 - right.0)),
            ("q", overlap, predicted.1, 0.5 * (plain.1 - right.1)),
        ] {
            let (mean, limits) = interval(values)?;
            let id = format!("{name}-{id}");
            let name = format!("{name} in the ferromagnet, θ = 6, s(NM)^(1/4) = 2.5, {shape}");
            evidence.measurements.push(check::near(&id, name, mean, limits, predicted, bound, rationale));
        }
    }
    if case.is(&falsifiers::NO_SPREAD) {
        return Ok(());
    }
    // Spin glass: twice the standard deviation of the transition line.
    let line = if case.is(&falsifiers::LINE_OF_SPINS) { 1.0 } else { 4.0 };
    let glass = Point { n, m: n, theta: 0.0, std_dev: 2.0 * line, chains: 8, sweeps: 200, aligned: false }.all(
        case,
        lab,
        &streams::GLASS,
        24,
    )?;
    let (mean, effect) = interval(glass.iter().map(|seen| seen.two_time).collect())?;
    let rationale = "a tenth of the largest possible overlap; in the paramagnet it is a constant times 1/N";
    let name = "squared two-time overlap in the spin glass, at twice the s of the transition line";
    evidence.measurements.push(check::effect("memory-glass", name, mean, effect, 0.1, 0.1, rationale));
    if case.falsified() || !lab.wants_figures() {
        return Ok(());
    }
    // Tables for the figure: cuts along the strength of the mean and along the standard deviation.
    let along_strength = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0].map(|theta| (theta, 2.5));
    let along_spread = [0.5, 1.5, 2.5, 3.5, 5.0, 6.0, 7.0].map(|std_dev| (6.0, std_dev));
    for (cut, points) in [(tables::PHASES, along_strength), (tables::SPREADS, along_spread)] {
        let mut table = Table::new(
            cut,
            &[
                columns::STRENGTH,
                columns::SPREAD,
                columns::SIZE,
                columns::M,
                columns::M_ERROR,
                columns::Q,
                columns::Q_ERROR,
            ],
        );
        for (at, (theta, std_dev)) in points.into_iter().enumerate() {
            let point = Point { n, m: n, theta, std_dev, chains: CHAINS, sweeps: SWEEPS, aligned: true };
            let seen = point.all(case, lab, &Purpose::new(cut.0).with(at), DRAWN)?;
            let of = |pick: fn(&Seen) -> f64| stat::mean::mean_and_error(&seen.iter().map(pick).collect::<Vec<_>>());
            let ((m, m_error), (q, q_error)) = (of(|seen| seen.m), of(|seen| seen.q));
            table.rows.push(vec![theta, std_dev, n as f64, m, m_error, q, q_error]);
        }
        evidence.tables.push(table);
    }
    Ok(())
}
