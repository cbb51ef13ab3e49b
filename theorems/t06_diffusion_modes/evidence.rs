//! The checks of every regime.

use super::falsifiers;
use super::gibbs::{
    Machine, around, block_gibbs, displaced, displacements, finite_size, mean_within, near_fixed_point, not_shrunk,
    relaxation, slope,
};
use super::langevin::{Picture, langevin, weak_order};
use super::names::{columns, tables};
use super::regimes;
use super::streams;
use super::trained::{trained, trained_modes};
use crate::bits::States;
use crate::claim::{Case, CheckError};
use crate::evidence::check;
use crate::evidence::{ALPHA, Evidence, Side, Table};
use crate::lab::{Images, Lab, Scale, TrainRequest, Trajectory};
use crate::linalg::thin_svd;
use crate::rbm::Rbm;
use crate::rbm::gibbs::Chains;
use crate::rbm::mean_field::{Reaction, glass_parameter};
use crate::rbm::train::{TrainSpec, VisibleBias};
use crate::spectra::bidiagonal::Bidiagonal;
use crate::spectra::ensemble;
use crate::spectra::marchenko_pastur::MarchenkoPastur;
use crate::stat::interval::Interval;
use crate::stat::mean::{mean, mean_interval};
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use std::sync::Arc;

pub(super) fn measure(case: Case<'_>, lab: &Lab) -> Result<Evidence, CheckError> {
    let machine = |visible, hidden, (g, mean)| Machine { visible, hidden, g, mean };
    match *case.regime {
        regimes::SURROGATE => Evidence::of_parts(&[&|evidence| langevin(&case, lab, evidence), &|evidence| {
            // The integrators contain no threshold, and only the temperature of the process itself.
            match !case.falsified() || case.is(&falsifiers::HALF_NOISE) {
                true => weak_order(&case, lab, evidence),
                false => Ok(()),
            }
        }]),
        regimes::COUNT => Evidence::of_parts(&[&|evidence| counts(&case, lab, evidence)]),
        regimes::FINITE_RANK => Evidence::of_parts(&[
            &|evidence| displacements(&case, lab, &[(3.0, 0.5), (6.0, 0.5)], evidence),
            &|evidence| {
                // The exact chain contains no threshold.
                if case.is(&falsifiers::AT_TWO) || case.is(&falsifiers::AT_EIGHT) {
                    return Ok(());
                }
                let machines =
                    [machine(200, 200, (2.0, 0.5)), machine(240, 150, (3.0, 0.5)), machine(150, 240, (3.6, 0.5))];
                block_gibbs(&case, lab, &machines, evidence)
            },
            &|evidence| {
                finite_size(&case, evidence);
                Ok(())
            },
            &|evidence| relaxation(&case, lab, evidence),
        ]),
        regimes::BIAS_AWARE => Evidence::of_parts(&[
            &|evidence| displacements(&case, lab, &BIASED_MACHINES, evidence),
            &|evidence| {
                if case.is(&falsifiers::QUARTER) {
                    return Ok(());
                }
                let machines = [machine(240, 150, BIASED_MACHINES[0]), machine(150, 240, BIASED_MACHINES[0])];
                block_gibbs(&case, lab, &machines, evidence)
            },
            &|evidence| near_fixed_point(&case, lab, evidence),
            &|evidence| {
                // This check contains no temperature.
                match case.is(&falsifiers::WRONG_TEMPERATURE) || lab.lacks_for_training().is_some() {
                    true => Ok(()),
                    false => in_training(&case, lab, evidence),
                }
            },
        ]),
        regimes::EXTENSIVE_RANK => Evidence::of_parts(&[&|evidence| extensive(&case, lab, evidence)]),
        regimes::TRAINED => {
            Evidence::of_parts(&[&|evidence| designed(&case, lab, evidence), &|evidence| trained(&case, lab, evidence)])
        }
        _ => Err(CheckError::no_checks(case.regime)),
    }
}

/// [`trained_modes`], where machines are trained.
fn in_training(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let mut trained = Evidence::default();
    match trained_modes(case, lab, &mut trained) {
        // Without a trained machine, the other checks of the regime still run.
        Err(CheckError::Untrained) => return Ok(()),
        Err(CheckError::NotApplicable(_)) if !lab.is_mnist() => return Ok(()),
        other => other?,
    }
    // Of other images than MNIST nothing is expected of trained machines: they are shown, and not
    // judged.
    if lab.is_mnist() {
        evidence.measurements.extend(trained.measurements);
    }
    evidence.observations.extend(trained.observations);
    evidence.tables.extend(trained.tables);
    Ok(())
}

/// Inverse temperature of all simulations. It differs from 1 so that a missing factor β is
/// detected.
pub(super) const BETA: f64 = 2.0;

/// Mean of the prior.
pub(super) const MU: f64 = 0.3;

/// (g, visible mean) of the machines with biases; their sweep factors are 0.5625, 0.81 and 1.44.
/// The first has only one fixed point, so that all samples lie around it.
const BIASED_MACHINES: [(f64, f64); 3] = [(5.0, 0.1), (6.0, 0.1), (8.0, 0.1)];

pub(super) fn by_scale(lab: &Lab, quick: usize, full: usize) -> usize {
    if lab.plan().scale == Scale::Quick { quick } else { full }
}

/// Number of draws; a falsifier uses an eighth.
pub(super) fn drawn(case: &Case<'_>, lab: &Lab, quick: usize, full: usize) -> usize {
    by_scale(lab, quick, full) / if case.falsified() { 8 } else { 1 }
}

/// ∫ e^(−ks) ds over [0, t], for exact steps.
pub(super) fn decay(k: f64, t: f64) -> f64 {
    if k == 0.0 { t } else { -(-k * t).exp_m1() / k }
}

pub(super) fn normal(rng: &mut impl Rng) -> f64 {
    StandardNormal.sample(rng)
}

/// Checks the number of singular values above 4/β of random matrices of the paper's size.
pub(super) fn counts(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    /// Scale of the weights before training.
    const INITIAL: f64 = 0.01;
    let picture = Picture::of(case);
    let (n, m) = (784, 500);
    let replicas = drawn(case, lab, 4_000, 40_000);
    let critical = 4.0 / ((n as f64).sqrt() + (m as f64).sqrt());
    let mut table =
        Table::new(tables::COUNT, &[columns::BETA_S, columns::COUNT, columns::SPREAD, columns::TAIL, columns::DRAWS]);
    for (at, (s, beta)) in
        [(INITIAL, 1.0), (0.0794, 1.0), (0.12, 1.0), (critical, BETA), (0.2, BETA)].into_iter().enumerate()
    {
        let draw = |replica: usize| {
            let rng = &mut lab.stream(case, streams::COUNT, [at, replica]);
            (m - Bidiagonal::normal(n, m, s, rng).count_below(4.0 / beta)) as f64
        };
        let values: Vec<f64> = (0..replicas).into_par_iter().map(draw).collect();
        let mean = mean(&values);
        let std_dev = (values.iter().map(|c| (c - mean).powi(2)).sum::<f64>() / replicas as f64).sqrt();
        let believed = if case.is(&falsifiers::WRONG_TEMPERATURE) { 1.0 } else { beta };
        let cut = picture.threshold / believed;
        let law = MarchenkoPastur::new(n, m, s).map_err(CheckError::while_doing("count"))?;
        let tail = m as f64 * (1.0 - law.cdf(cut));
        table.rows.push(vec![beta * s, mean, std_dev, tail, replicas as f64]);
        // At the initial scale no λ is close to any of the thresholds.
        if s == INITIAL {
            continue;
        }
        let interval = mean_interval(&values, 1.0 - ALPHA).map_err(CheckError::while_doing("count"))?;
        evidence.measurements.push(check::near(
            &format!("count-s{s:.4}-b{beta}"),
            format!("mean number of λ above 4/β, s = {s:.4}, β = {beta}"),
            mean,
            interval,
            tail + real_term(&law, cut),
            0.25,
            "the order-one term of a real spectrum is at most 1/4; at the edge its step of 1/4 is smeared over the Airy scale",
        ));
    }
    evidence.tables.push(table);
    Ok(())
}

/// Order-one part of the mean number of singular values of a real Gaussian matrix above `l`. The
/// density of λ² is r times the Marchenko-Pastur density plus (1/4)(δ(x − a) + δ(x − b)) − 1/(2π
/// √((x − a)(b − x))) (I. Dumitriu, A. Edelman, J. Math. Phys. 47 (2006) 063302, β = 1). The second
/// moment of the additional term is d²/4 = NM, the term next to NM(N + M) in E tr S².
fn real_term(law: &MarchenkoPastur, l: f64) -> f64 {
    let (low, high) = law.edges();
    if l <= low || l >= high {
        return 0.0;
    }
    let (centre, half) = (0.5 * (high * high + low * low), 0.5 * (high * high - low * low));
    0.25 - ((l * l - centre) / half).clamp(-1.0, 1.0).acos() / std::f64::consts::TAU
}

pub(super) fn logistic(field: f64) -> f64 {
    1.0 / (1.0 + (-field).exp())
}

/// Checks the leading mode of random machines at zero field. The claim is judged at s√N = 2.4,
/// where λ₁ is above 4 but the machine is below the spin-glass transition line.
pub(super) fn extensive(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let (units, chains) = (by_scale(lab, 200, 800), by_scale(lab, 4_000, 10_000));
    let mut table = Table::new(
        tables::EXTENSIVE,
        &[columns::LAMBDA, columns::FACTOR, columns::ERROR, columns::GAUSSIAN, columns::ONSAGER, columns::VISIBLE],
    );
    for (at, scaled) in [1.5, 2.4, 3.0].into_iter().enumerate() {
        let s = scaled / (units as f64).sqrt();
        let w = ensemble::normal(units, units, s, &mut lab.stream(case, streams::WEIGHTS, at));
        let svd = thin_svd(w.as_ref()).map_err(CheckError::while_doing("extensive"))?;
        let weights: Vec<f64> = (0..units * units).map(|at| w[(at / units, at % units)]).collect();
        let machine = Rbm::zero_field(units, units, weights).map_err(CheckError::while_doing("extensive"))?.to_f32();
        let mode: Vec<f64> = (0..units).map(|j| svd.u[(j, 0)]).collect();
        let rng = &mut lab.stream(case, streams::START, at);
        let start = States::from_fn(chains, units, |_, _| rng.random::<bool>());
        let mut sampler = Chains::new(start, lab.key(case, streams::GIBBS.with(scaled)), 0);
        let half: f64 = 0.5 * mode.iter().sum::<f64>();
        let series = [20, 20, 1].map(|sweeps| -> Vec<f64> {
            sampler.sweep(&machine, sweeps);
            sampler.visible.all_along(&mode).into_iter().map(|x| x - half).collect()
        });
        let (factor, error) = slope(&series[1].iter().copied().zip(series[2].iter().copied()).collect::<Vec<_>>());
        let lambda = svd.singular_values[0];
        let gaussian = (lambda / 4.0).powi(2);
        let reaction = Reaction::of(&svd.singular_values, units, units);
        table.rows.push(vec![lambda, factor, error, gaussian, reaction.autocorrelation(lambda), units as f64]);
        // At s√N = 2.4 and 200 units λ₁ is 4.8 − 0.04, with a Tracy-Widom width of 0.05 s√N; it is
        // well above 4.
        if scaled != 2.4 {
            continue;
        }
        evidence.measurements.push(not_shrunk(
            "leading-factor",
            format!("sweep factor of the leading mode, {units} x {units}, s√N = {scaled}"),
            factor,
            around(factor, error),
            gaussian,
        ));
        // The ratio of the variances after 2t and after t sweeps is about (λ/4)⁴ᵗ in the Gaussian
        // picture; it is judged by its logarithm.
        let squares = |values: &[f64]| mean_within(&values.iter().map(|x| x * x).collect::<Vec<_>>());
        let ((early, before), (late, after)) = (squares(&series[0])?, squares(&series[1])?);
        let interval = Interval::confidence(after.low / before.high, after.high / before.low, 1.0 - 2.0 * ALPHA);
        let rationale = "20 sweeps multiply a diverging variance by (λ₁/4)⁸⁰, far above 2";
        let name = format!("growth of the variance of the leading mode from sweep 20 to 40, s√N = {scaled}");
        let (grown, predicted) = (late / early, gaussian.powi(40));
        let growth = check::effect("variance-growth", name, grown, interval, predicted, 2.0, rationale);
        evidence.measurements.push(growth.refuting(Side::Below));
        evidence.measurements.push(check::near(
            "leading-factor-reaction",
            format!("sweep factor of the leading mode with Onsager's reaction term, β²λ²/(AB), s√N = {scaled}"),
            factor,
            around(factor, error),
            reaction.autocorrelation(lambda),
            0.5 * (1.0 - reaction.autocorrelation(lambda)),
            "half of the difference to 1, the factor of a mode that does not shrink",
        ));
        let mut note = |name: &str, value: f64| evidence.observations.push((format!("{name}, s√N = {scaled}"), value));
        note("λ₁", lambda);
        note("(βs)⁴NM/256", glass_parameter(s, units, units));
        note("var x₁ measured", late);
        note("var x₁ of T09", reaction.var_x(lambda));
        note("sweep factor of T09, β²λ²/(AB)", reaction.autocorrelation(lambda));
    }
    evidence.tables.push(table);
    Ok(())
}

/// Checks the machine with λ = 6 and visible mean 0.1: λ is above 4, but the mode contracts.
fn designed(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let (factor, interval) = mean_within(&displaced(case, lab, 6.0, 0.1)?)?;
    let name = "sweep factor of a displacement in the designed machine, λ = 6, visible mean 0.1".into();
    evidence.measurements.push(not_shrunk("designed-factor", name, factor, interval, 2.25));
    Ok(())
}

/// Records of a training run, from updates with unsaturated units to the end of two epochs.
pub(super) fn training(lab: &Lab, visible_bias: VisibleBias) -> Result<Arc<Trajectory>, CheckError> {
    let hidden = lab.plan().trained_hidden[0];
    let spec = TrainSpec { visible_bias, ..TrainSpec::pcd(hidden, lab.passes(2), lab.plan().initial_std) };
    let end = spec.epochs as u64 * spec.updates_per_epoch(lab.data().train.images.rows()) as u64;
    let record = vec![end / 4, end / 2, end];
    lab.trained(&TrainRequest { spec, replica: 0, images: Images::AsTheyAre, record, spectra: Vec::new() })
}
