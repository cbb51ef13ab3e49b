//! The checks of every regime.

use super::ensembles::{CONFIDENCE, Kind, LAG, LARGE, MODES, SHOWN, rate, scale_of, sizes, spike_sizes};
use super::falsifiers;
use super::log_partition::log_partitions;
use super::names::{columns, tables};
use super::regimes;
use super::trials::{Trial, WithFields, trials};
use crate::claim::{Case, CheckError};
use crate::evidence::check;
use crate::evidence::{Evidence, Measurement, Side, Table};
use crate::lab::{Lab, Scale};
use crate::math::larger;
use crate::math::smaller;
use crate::rbm::mean_field::Reaction;
use crate::spectra::spike;
use crate::stat::histogram::grid;
use crate::stat::mean::{mean_and_error, mean_interval};
use crate::stat::regression::{LinearFit, linear_fit};
use std::f64::consts::PI;

pub(super) fn measure(case: Case<'_>, lab: &Lab) -> Result<Evidence, CheckError> {
    let mut evidence = Evidence::default();
    match *case.regime {
        regimes::PARAMAGNET => {
            log_partitions(&case, lab, &mut evidence)?;
            paramagnet(&case, lab, &mut evidence)?;
        }
        regimes::SPIKE => spiked(&case, lab, &mut evidence)?,
        regimes::BEYOND_GLASS_LINE => beyond(&case, lab, &mut evidence)?,
        regimes::OUTSIDE_ZERO_FIELD => outside(&case, lab, &mut evidence)?,
        regimes::FIELDS => fields(&case, lab, &mut evidence)?,
        _ => return Err(CheckError::no_checks(case.regime)),
    }
    Ok(evidence)
}

/// Linear fit in 1/N of the values of all machines. The variance is larger for small machines. The
/// fit assumes a common variance, so that the interval of the limit, which depends mostly on the
/// large machines, is too wide rather than too narrow.
fn against_size(trials: &[Trial], value: impl Fn(&Trial) -> f64) -> Result<LinearFit, CheckError> {
    let x: Vec<f64> = trials.iter().map(|trial| 1.0 / trial.visible as f64).collect();
    let y: Vec<f64> = trials.iter().map(value).collect();
    linear_fit(&x, &y, CONFIDENCE).map_err(CheckError::while_doing("extrapolation"))
}

/// Checks that the limit of infinite size is 0.
pub(super) fn vanishes(
    (id, name): (&str, String),
    trials: &[Trial],
    value: impl Fn(&Trial) -> f64,
    bound: f64,
    rationale: &'static str,
) -> Result<Measurement, CheckError> {
    let fit = against_size(trials, value)?;
    Ok(check::near(id, name, fit.intercept, fit.intercept_interval, 0.0, bound, rationale))
}

/// 1/var x = A − λ²/B.
pub(super) fn precision(reaction: &Reaction, lambda: f64) -> f64 {
    reaction.var_x(lambda).recip()
}

const NONE: Reaction = Reaction { visible: 4.0, hidden: 4.0 };

/// The wrong precisions that a falsifier uses, if it concerns them.
pub(super) fn wrong(case: &Case<'_>, Reaction { visible, hidden }: Reaction) -> Option<Reaction> {
    let twice = |precision: f64| 4.0 + 2.0 * (precision - 4.0);
    if case.is(&falsifiers::UNCORRECTED_GAUSSIAN) {
        Some(NONE)
    } else if case.is(&falsifiers::EXCHANGED) {
        Some(Reaction { visible: hidden, hidden: visible })
    } else if case.is(&falsifiers::PAIRS_COUNTED_TWICE) {
        Some(Reaction { visible: twice(visible), hidden: twice(hidden) })
    } else {
        None
    }
}

/// The precisions that the predictions of the case use.
pub(super) fn predicted(case: &Case<'_>, reaction: Reaction) -> Reaction {
    wrong(case, reaction).unwrap_or(reaction)
}

pub(super) fn mean_of(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

/// Q = E[p(1−p)]: the field z on a unit is Gaussian with variance c = s²M/4 in the absence of this
/// unit, and has the additional weight cosh(z/2) in its presence.
pub(super) fn conditional_variance(c: f64) -> f64 {
    let step = 0.02;
    let normal = |z: f64| libm::exp(-0.5 * z * z) / (2.0 * PI).sqrt();
    let at = |z: f64| normal(z) / (4.0 * libm::cosh(0.5 * c.sqrt() * z));
    libm::exp(-c / 8.0) * step * grid(-10.0, 10.0, 1000).map(at).sum::<f64>()
}

/// Tolerance of 1/var x of a mode.
fn allowed(kind: &Kind, scale: Scale, lambda: f64) -> f64 {
    let shift = precision(&kind.closed(), lambda) - precision(&NONE, lambda);
    let finest = match scale {
        Scale::Quick => kind.edge_precision(),
        Scale::Full => kind.edge_precision() / 4.0,
    };
    smaller(smaller(shift / 4.0, finest), 1.0)
}

const QUARTER: &str = "a quarter of the effect of the reaction term (half is the effect of one layer), at most the smallest 1/var x itself (a quarter of it at full scale) and a quarter of the prior's 4";

/// A sweep is a positive, self-adjoint operator on functions of v. Its autocorrelations are moments
/// of a law on [0, 1], so that the rate over several sweeps is at most that over one. A lower bound
/// is given only by the spectral gap, and this is what the check tests.
const RATE: &str = "the first-order effect of half of the rate itself, which excludes a rate of 0 in the limit";
const TIMES_Q: &str = "Q times the bound on 1/var x₁";

pub(super) fn paramagnet(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    if case.is(&falsifiers::REMAINDER_DROPPED) || case.is(&falsifiers::PAIRS_COUNTED_TWICE) {
        return Ok(()); // refuted by ln Z
    }
    let square = |scale: f64| Kind::random(scale, 1.0);
    let tall = Kind::random(2.4, 2.0);
    let kinds = if case.is(&falsifiers::CLOSED_BEYOND_LIMIT) {
        vec![square(8.0)]
    } else if case.is(&falsifiers::EXCHANGED) {
        vec![tall]
    } else {
        vec![square(1.5), square(2.4), square(3.0), tall]
    };
    let mut modes = Table::new(
        tables::MODES,
        &[
            columns::SCALE,
            columns::LAMBDA,
            columns::VARIANCE,
            columns::VARIANCE_ERROR,
            columns::LAG,
            columns::LAG_ERROR,
        ],
    );
    let mut leading = Table::new(
        tables::LEADING,
        &[columns::SCALE, columns::SIZE, columns::VARIANCE, columns::ERROR, columns::OVERLAP],
    );
    let mut all = Vec::new();
    for kind in kinds {
        let trials = trials(&kind, sizes(&kind, case, lab), case, lab)?;
        random(&kind, &trials, case, scale_of(case, lab), evidence)?;
        if kind.aspect == 1.0 {
            tabulate(&kind, &trials, &mut modes, &mut leading);
        }
        all.extend(trials);
    }
    identity(&all, evidence)?;
    evidence.measurements.push(relaxation("overlap", "all machines", &all)?);
    evidence.tables.extend([modes, leading]);
    Ok(())
}

/// Checks variances and autocorrelations of one kind of machine with independent weights.
pub(super) fn random(
    kind: &Kind,
    trials: &[Trial],
    case: &Case<'_>,
    scale: Scale,
    evidence: &mut Evidence,
) -> Result<(), CheckError> {
    let label = kind.label();
    let closed = predicted(case, kind.closed());
    let bound = |lambda: f64| allowed(kind, scale, lambda);
    let spectrum = |trial: &Trial| {
        if case.is(&falsifiers::CLOSED_BEYOND_LIMIT) { closed } else { predicted(case, trial.reaction) }
    };
    // Σ λ²/r is s² max(N, M) for independent weights.
    let average = bound(kind.scale * kind.aspect.recip().max(1.0).sqrt());
    let all = |trial: &Trial, reaction: Reaction| {
        mean_of((0..MODES).map(|k| 1.0 / trial.variance[k] - precision(&reaction, trial.lambdas[k])))
    };
    let top = |trial: &Trial, reaction: Reaction| 1.0 / trial.variance[0] - precision(&reaction, trial.lambdas[0]);
    let mut push = |(id, name): (&str, &str), value: &dyn Fn(&Trial) -> f64, bound: f64, rationale: &'static str| {
        let named = (&kind.id(id)[..], format!("{name}, N → ∞, {label}"));
        evidence.measurements.push(vanishes(named, trials, value, bound, rationale)?);
        Ok::<(), CheckError>(())
    };
    let name = "1/var x of all modes − (A − λ²/B)";
    push(("precision-all", name), &|t| all(t, spectrum(t)), average, QUARTER)?;
    if kind.scale < 2.4 {
        return Ok(()); // here x₁ gives no more information than all modes
    }
    let at_edge = bound(kind.edge());
    push(("precision-leading", "1/var x₁ − (A − λ²/B)"), &|t| top(t, spectrum(t)), at_edge, QUARTER)?;
    let q = conditional_variance(kind.field_variance());
    let q = if case.is(&falsifiers::UNCORRECTED_GAUSSIAN) { 0.25 } else { q };
    let lag = |trial: &Trial, k: usize| 1.0 - q * precision(&spectrum(trial), trial.lambdas[k]);
    let times_q = conditional_variance(kind.field_variance()) * at_edge;
    push(("lag", "autocorrelation of x₁ − (1 − Q/var x₁)"), &|t| t.lag[0] - lag(t, 0), times_q, TIMES_Q)?;
    if kind.aspect != 1.0 {
        // Only for N ≠ M, where A and B differ: for square machines the check with the spectrum is
        // sharper.
        push(
            ("precision-closed", "1/var x₁ − (A − λ²/B) with closed forms of A and B"),
            &|t| top(t, closed),
            at_edge,
            QUARTER,
        )?;
    } else if kind.scale > 2.4 {
        // Only where the leading mode relaxes most slowly. The logarithm of the autocorrelation is
        // not used, because it has heavy tails if it is small in the chains of a machine. The
        // predicted rate is at least 0, since no autocorrelation exceeds 1.
        let rate_of = |t: &Trial| larger(rate(&spectrum(t), t.lambdas[0]), 0.0);
        let sweeps = kind.relaxation() as f64;
        let kept = |t: &Trial| t.later - libm::exp(-sweeps * rate_of(t));
        let name = format!("autocorrelation of x₁ over {sweeps} sweeps − (λ²/(AB))^{sweeps}");
        let exponent = sweeps * kind.rate();
        let bound = 0.5 * exponent * libm::exp(-exponent);
        push(("lag-many", &name), &kept, bound, RATE)?;
    }
    Ok(())
}

/// Checks the autocorrelation of all modes against its exact form.
fn identity(trials: &[Trial], evidence: &mut Evidence) -> Result<(), CheckError> {
    let differences: Vec<f64> = trials.iter().map(|t| mean_of((0..MODES).map(|k| t.lag[k] - t.exact[k]))).collect();
    let interval = mean_interval(&differences, CONFIDENCE).map_err(CheckError::while_doing("exact form"))?;
    let rationale = "an exact identity; a hundredth of the variance";
    let name = "autocorrelation of all modes minus its exact form, all machines";
    let (mean, _) = mean_and_error(&differences);
    evidence.measurements.push(check::near("lag-exact", name, mean, interval, 0.0, 0.01, rationale));
    Ok(())
}

/// Checks that the two-time overlap at a lag of `LAG` sweeps vanishes.
fn relaxation(id: &str, label: &str, trials: &[Trial]) -> Result<Measurement, CheckError> {
    let rationale = "below the transition line every mode relaxes: Σ 4 var x ρ^64/N is below 0.01 at s√N = 3, N = 64, and falls with N";
    let name = format!("two-time overlap at a lag of {LAG} sweeps, N → ∞, {label}");
    vanishes((id, name), trials, |trial| trial.overlap, 0.05, rationale)
}

/// Checks that the library returns an error for the closed form of every machine outside its
/// hypotheses.
fn refusals(id: &str, label: &str, trials: &[Trial]) -> Measurement {
    let refused = trials.iter().filter(|trial| trial.refused).count();
    check::count(id, format!("number of machines without a closed form of ln Z, {label}"), refused, trials.len())
}

pub(super) fn tabulate(kind: &Kind, trials: &[Trial], modes: &mut Table, leading: &mut Table) {
    let mut start = 0;
    while start < trials.len() {
        let n = trials[start].visible;
        let same = trials[start..].iter().take_while(|trial| trial.visible == n).count();
        let group = &trials[start..start + same];
        let over = |value: &dyn Fn(&Trial) -> f64| mean_and_error(&group.iter().map(value).collect::<Vec<_>>());
        let (variance, error) = over(&|trial| trial.variance[0]);
        leading.rows.push(vec![kind.scale, n as f64, variance, error, over(&|trial| trial.overlap).0]);
        if start + same == trials.len() {
            for k in 0..MODES {
                let (lambda, _) = over(&|trial| trial.lambdas[k]);
                let (variance, variance_error) = over(&|trial| trial.variance[k]);
                let (lag, lag_error) = over(&|trial| trial.lag[k]);
                modes.rows.push(vec![kind.scale, lambda, variance, variance_error, lag, lag_error]);
            }
        }
        start += same;
    }
}

pub(super) fn spiked(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let mut table = Table::new(tables::SPIKE, &[columns::THETA, columns::SIZE, columns::SQUARE, columns::ERROR]);
    let thetas: &[f64] = if case.is(&falsifiers::UNCORRECTED_GAUSSIAN) {
        &[2.5, 4.0]
    } else if case.is(&falsifiers::EDGE_ADDED) {
        &[6.0]
    } else {
        &[2.5, 4.0, 6.0]
    };
    for &theta in thetas {
        let kind = Kind { theta, chains: if theta == 4.0 { 64 } else { 32 }, ..Kind::random(2.0, 1.0) };
        let trials = trials(&kind, spike_sizes(case, lab, theta), case, lab)?;
        let lambda = spike::outlier(theta, LARGE, LARGE, kind.std(LARGE))
            .ok_or_else(|| CheckError::Input(format!("T09: a spike of strength {theta} makes no outlier")))?;
        let reaction = predicted(case, kind.closed());
        let gap = if case.is(&falsifiers::EDGE_ADDED) {
            4.0 + kind.edge() - theta
        } else {
            reaction.visible * reaction.hidden - lambda * lambda
        };
        // At θ = 4 the spike is critical to rounding, by the identity for a spike in the
        // derivation.
        let exponent = if gap > 1e-9 {
            0.0
        } else if gap < -1e-9 {
            1.0
        } else {
            0.5
        };
        let x: Vec<f64> = trials.iter().map(|trial| (trial.visible as f64).ln()).collect();
        let y: Vec<f64> = trials.iter().map(|trial| trial.variance[0].ln()).collect();
        let line = linear_fit(&x, &y, CONFIDENCE).map_err(CheckError::while_doing("growth"))?;
        let name = format!("exponent of ⟨x₁²⟩ in N, θ = {theta}");
        let rationale = "half of the distance between the exponents: 0 stable, 1/2 critical, 1 unstable";
        let (id, limits) = (format!("growth-{theta}"), line.slope_interval);
        evidence.measurements.push(check::near(&id, name, line.slope, limits, exponent, 0.25, rationale));
        evidence.observations.push((format!("λ of the spike θ = {theta}"), lambda));
        if theta < 4.0 {
            let shift = precision(&kind.closed(), lambda) - precision(&NONE, lambda);
            let value = |t: &Trial| 1.0 / t.variance[0] - precision(&predicted(case, t.reaction), t.lambdas[0]);
            let name = format!("1/var x₁ − (A − λ²/B), N → ∞, θ = {theta}");
            let named = (&format!("precision-spike-{theta}")[..], name);
            evidence.measurements.push(vanishes(named, &trials, value, shift / 4.0, QUARTER)?);
        }
        for &(size, _) in spike_sizes(case, lab, theta) {
            let group: Vec<f64> = trials.iter().filter(|t| t.visible == size).map(|t| t.variance[0]).collect();
            let (mean, error) = mean_and_error(&group);
            table.rows.push(vec![theta, size as f64, mean, error]);
        }
    }
    evidence.tables.push(table);
    Ok(())
}

pub(super) fn beyond(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let mut leading = Table::new(
        tables::LEADING,
        &[columns::SCALE, columns::SIZE, columns::VARIANCE, columns::ERROR, columns::OVERLAP],
    );
    let mut modes = Table::new(tables::MODES, &[]);
    for scale in [6.0, 8.0] {
        let kind = Kind::random(scale, 1.0);
        let trials = trials(&kind, sizes(&kind, case, lab), case, lab)?;
        let share = |variance: f64, t: &Trial| 4.0 * variance / t.visible as f64;
        let root = |t: &Trial| share(t.reaction.var_x(t.lambdas[0]), t);
        let limit = against_size(&trials, root)?.intercept;
        if scale == 8.0 {
            // At s√N = 6 both differ by less than two bounds.
            let name = format!("1/var x₁ − (A − λ²/B) with closed forms of A and B, N → ∞, {}", kind.label());
            let value = |t: &Trial| 1.0 / t.variance[0] - precision(&kind.closed(), t.lambdas[0]);
            let bound = allowed(&kind, Scale::Quick, kind.edge());
            let named = (&kind.id("precision-closed")[..], name);
            evidence.measurements.push(vanishes(named, &trials, value, bound, QUARTER)?.refuting(Side::Below));
        }
        evidence.measurements.push(relaxation(&kind.id("overlap"), &kind.label(), &trials)?.refuting(Side::Above));
        evidence.measurements.push(refusals(&kind.id("refused"), &kind.label(), &trials));
        evidence.observations.push((format!("predicted 4 var x₁/N of the root, N → ∞, s√N = {scale}"), limit));
        evidence.observations.push((
            format!("measured 4 var x₁/N, N → ∞, s√N = {scale}"),
            against_size(&trials, |t| share(t.variance[0], t))?.intercept,
        ));
        tabulate(&kind, &trials, &mut modes, &mut leading);
    }
    // Between the regimes there is nothing to decide, but something to see.
    for scale in [3.5, 4.0, 5.0].into_iter().filter(|_| !case.falsified() && lab.wants_figures()) {
        let kind = Kind::random(scale, 1.0);
        tabulate(&kind, &trials(&kind, SHOWN, case, lab)?, &mut modes, &mut leading);
    }
    leading.rows.sort_by(|a, b| a[0].total_cmp(&b[0]));
    evidence.tables.push(leading);
    Ok(())
}

/// a = b = 0, so that the centred fields of both layers are W½.
const WITH_FIELDS: Kind = Kind { zero_field: false, ..Kind::random(1.5, 1.0) };

pub(super) fn outside(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let trials = trials(&WITH_FIELDS, sizes(&WITH_FIELDS, case, lab), case, lab)?;
    random(&WITH_FIELDS, &trials, case, scale_of(case, lab), evidence)?;
    // Fields reduce the conditional variances below 1/4, so that the precision of every mode is
    // larger than A − λ²/B.
    for check in &mut evidence.measurements {
        *check = check.clone().refuting(Side::Above);
    }
    evidence.measurements.push(refusals("refused", "a = b = 0", &trials));
    Ok(())
}

pub(super) fn fields(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let trials = trials(&WITH_FIELDS, sizes(&WITH_FIELDS, case, lab), case, lab)?;
    let none = || CheckError::Input("T09: a machine has no solution of the equations with fields".into());
    let found: Vec<(&Trial, &WithFields)> =
        trials.iter().map(|t| Ok((t, t.tap.as_ref().ok_or_else(none)?))).collect::<Result<_, CheckError>>()?;
    let with = |value: &dyn Fn(&Trial, &WithFields) -> f64| -> Vec<f64> {
        found.iter().map(|(trial, tap)| value(trial, tap)).collect()
    };
    let x: Vec<f64> = trials.iter().map(|t| 1.0 / t.visible as f64).collect();
    let gap = |t: &Trial, tap: &WithFields, k: usize| 1.0 / t.variance[k] - 1.0 / tap.variance[k];
    let own = WITH_FIELDS.closed().visible / 4.0 - 1.0;
    let scale = scale_of(case, lab);
    for (id, name, y, bound, rationale) in [
        (
            "means",
            "Σ(⟨v⟩ − p)²/Σ(p − ½)², error of the predicted means p",
            with(&|_, tap| tap.missed),
            own * own / 4.0,
            "a quarter of ((A − 4)/4)², where (A − 4)/4 is the relative effect of the reaction term on the field",
        ),
        (
            "precision-all",
            "1/var x of all modes minus its prediction with fields",
            with(&|t, tap| mean_of((0..MODES).map(|k| gap(t, tap, k)))),
            allowed(&WITH_FIELDS, scale, WITH_FIELDS.scale),
            QUARTER,
        ),
        (
            "precision-leading",
            "1/var x₁ minus its prediction with fields",
            with(&|t, tap| gap(t, tap, 0)),
            allowed(&WITH_FIELDS, scale, WITH_FIELDS.edge()),
            QUARTER,
        ),
    ] {
        let fit = linear_fit(&x, &y, CONFIDENCE).map_err(CheckError::while_doing("fields"))?;
        let name = format!("{name}, N → ∞, {}", WITH_FIELDS.label());
        evidence.measurements.push(check::near(id, name, fit.intercept, fit.intercept_interval, 0.0, bound, rationale));
    }
    Ok(())
}
