//! The checks of every regime: the energy landscape, the offsets of untrained machines, and the
//! saddles during training.

use super::falsifiers;
use super::landscape::{drawn, energy_checks, landscape_checks, landscapes};
use super::names::{columns, tables};
use super::regimes;
use super::streams;
use crate::claim::{Case, CheckError, Verdict};
use crate::evidence::check;
use crate::evidence::{ALPHA, Column, Criterion, Evidence, Measurement, Side, Table, TestKind};
use crate::lab::Lab;
use crate::math::larger;
use crate::math::largest;
use crate::math::smaller;
use crate::rbm::Rbm;
use crate::rbm::reciprocal::Reciprocal;
use crate::stat;
use crate::stat::interval::Interval;
use crate::symbolic::poly::Poly;
use rand::RngExt;
use rayon::prelude::*;
use statrs::distribution::{ContinuousCDF, Normal};

pub(super) fn measure(case: Case<'_>, lab: &Lab) -> Result<Evidence, CheckError> {
    let plan = lab.plan();
    if case.is(&falsifiers::TRAINED) {
        return machine_checks(&case, lab, 1, &|_| lab.trained_machine(plan.trained_hidden[0], 0));
    }
    let Some(regime) = regimes::ALL.iter().position(|one| one == case.regime) else {
        if !case.at(&regimes::AFTER_TRAINING) {
            return Err(CheckError::no_checks(case.regime));
        }
        let sizes = lab.trained_sizes()?;
        let each = |&hidden: &usize| (0..plan.short_trainings).map(move |replica| (hidden, replica));
        let all: Vec<(usize, usize)> = sizes.iter().flat_map(each).collect();
        let machine = |at: usize| lab.trained_machine(all[at].0, all[at].1);
        let (evidence, (landscapes, training)) = rayon::join(
            || machine_checks(&case, lab, all.len(), &machine),
            || rayon::join(|| landscapes(&case, lab, sizes[0]), || along_training(lab, sizes[0])),
        );
        let mut evidence = evidence?;
        evidence.tables.extend(landscapes?);
        evidence.tables.push(training?);
        return Ok(evidence);
    };
    // One machine is enough to refute falsified energies and curvatures; falsified offsets need an
    // eighth of the machines.
    let replicas = match case.falsified() {
        true if case.is(&falsifiers::MEAN_AT_ORIGIN) => plan.mode_replicas.div_ceil(8),
        true => 1,
        false => plan.mode_replicas,
    };
    Evidence::of_shapes(plan.mode_shapes[regime], |at, (n, m)| {
        let stream = |replica: usize| lab.stream(&case, streams::MACHINE, [at, replica]);
        let draw = |replica: usize| Ok(Rbm::normal(n, m, plan.initial_std, &mut stream(replica)));
        let mut evidence = machine_checks(&case, lab, replicas, &draw)?;
        evidence.drawn_from((n, m), plan.initial_std, replicas);
        Ok(evidence)
    })
}

/// Pairs of normal quantile and ordered value, thinned to about 200; the last three are always
/// kept.
pub(super) fn ordered(mut sample: Vec<f64>) -> Vec<(f64, f64)> {
    sample.sort_by(f64::total_cmp);
    let (n, normal) = (sample.len(), Normal::standard());
    let at = |rank: usize| (normal.inverse_cdf((rank as f64 + 0.5) / n as f64), sample[rank]);
    let shown = n.min(200);
    let last = if n > 200 { n - 3..n } else { n..n };
    (0..shown).map(|i| i * n / shown).chain(last).map(at).collect()
}

/// Makes one machine of several.
type Made<'a> = dyn Fn(usize) -> Result<Rbm, CheckError> + Sync + 'a;

/// All checks of `count` independent machines of one shape, or those that a falsifier names. Only
/// the machines that threads are at, and the first, are in memory.
fn machine_checks(case: &Case<'_>, lab: &Lab, count: usize, machine: &Made<'_>) -> Result<Evidence, CheckError> {
    let s = lab.plan().initial_std;
    let first = machine(0)?;
    let landscape = || {
        let mut evidence = Evidence::default();
        landscape_checks(case, lab, &first, &mut evidence)?;
        if case.asks(&["energy-modes-small", "energy-kernel-small"]) {
            evidence.measurements.extend(small_machine(case, lab)?);
        }
        Ok::<_, CheckError>(evidence)
    };
    let one = |replica: usize| {
        let rng = &mut lab.stream(case, streams::SIGNS, replica);
        // A machine is drawn once: its random numbers are given out once.
        let other = if replica == 0 { None } else { Some(machine(replica)?) };
        let machine = other.as_ref().unwrap_or(&first);
        offsets(machine, &offset_variance(case.is(&falsifiers::MEAN_AT_ORIGIN)), s, rng)
    };
    let asked = case.asks(&["offsets-x", "offsets-y", "largest-x", "largest-y", "leading-x", "leading-y"]);
    let (landscape, offsets) = rayon::join(landscape, || {
        let all = if asked { count } else { 0 };
        (0..all).into_par_iter().with_max_len(1).map(one).collect::<Result<Vec<_>, _>>()
    });
    let (mut evidence, offsets) = (landscape?, offsets?);
    if !asked {
        return Ok(evidence);
    }
    let refuted = case.regime.expected == Verdict::Refuted;
    for (which, symbol) in ["x", "y"].into_iter().enumerate() {
        let pooled: Vec<f64> = offsets.iter().flat_map(|o| o[which].iter().copied()).collect();
        let leading: Vec<f64> = offsets.iter().filter_map(|o| o[which].first().copied()).collect();
        let carrying = [extreme(symbol, &pooled), leading_check(symbol, &leading)];
        // After training only a few modes have moved, so that the law of all modes together is
        // neither clearly satisfied nor clearly violated: it is not checked.
        match refuted {
            true => evidence.measurements.extend(carrying.map(|check| check.refuting(Side::Above))),
            false => {
                evidence.measurements.push(normality(symbol, &pooled)?);
                evidence.measurements.extend(carrying);
            }
        }
    }
    let mut table = Table::new(tables::OFFSETS, &[columns::OFFSET_X, columns::OFFSET_Y]);
    table.rows = offsets.iter().flat_map(|o| o[0].iter().zip(&o[1]).map(|(&x, &y)| vec![x, y])).collect();
    evidence.tables.push(table);
    Ok(evidence)
}

/// Checks the energies of all states of a machine of 6 x 5 units.
fn small_machine(case: &Case<'_>, lab: &Lab) -> Result<Vec<Measurement>, CheckError> {
    let small = Rbm::normal(6, 5, 1.0, &mut lab.stream(case, streams::SMALL, 0));
    let bits = |state: u32, from: u32, count: u32| -> Vec<f64> {
        (from..from + count).map(|i| f64::from(state >> i & 1)).collect()
    };
    let all: Vec<_> = (0..1 << 11).map(|state| (bits(state, 0, 6), bits(state, 6, 5))).collect();
    let seen = Seen::of(case, &small)?;
    Ok(energy_checks("-small", &small, &seen, &all, "largest error over all states of a 6 x 5 machine"))
}

/// Variance of the offset of the mean state from the saddle, 1/4 + s²t² with t = 1/λ. Without the
/// first term it is the variance of the saddle itself.
pub(super) fn offset_variance(of_saddle: bool) -> Poly {
    let [s, t] = ["s", "t"].map(Poly::var);
    let mean = if of_saddle { Poly::int(0) } else { Poly::ratio(1, 4) };
    mean + (&s * &t).pow(2)
}

/// A machine as the claim or its falsifier describes it: its biases, its modes, and the curvature
/// of each mode.
pub(super) struct Seen {
    pub(super) machine: Rbm,
    pub(super) modes: Reciprocal,
    pub(super) curvature: Vec<f64>,
}

impl Seen {
    pub(super) fn of(case: &Case<'_>, machine: &Rbm) -> Result<Self, CheckError> {
        let mut machine = machine.clone();
        if case.is(&falsifiers::BIASES_HALVED) {
            machine.visible_bias.iter_mut().chain(&mut machine.hidden_bias).for_each(|bias| *bias *= 0.5);
        }
        let modes = Reciprocal::full(&machine).map_err(CheckError::while_doing("decomposition"))?;
        let curvature = curvature(case, modes.singular_values());
        Ok(Self { machine, modes, curvature })
    }
}

/// λ of every paired mode, or its square for the falsifier `lambda-squared`.
pub(super) fn curvature(case: &Case<'_>, values: &[f64]) -> Vec<f64> {
    values.iter().map(|&l| if case.is(&falsifiers::LAMBDA_SQUARED) { l * l } else { l }).collect()
}

/// The quantities recorded for every plotted mode during training, and the standard errors of their
/// means over training runs.
const TRAINED_VALUES: [Column; 7] =
    [columns::X, columns::MU_X, columns::Y, columns::MU_Y, columns::ENERGY, columns::OFF_X, columns::OFF_Y];
const TRAINED_ERRORS: [Column; 7] = [
    columns::X_ERROR,
    columns::MU_X_ERROR,
    columns::Y_ERROR,
    columns::MU_Y_ERROR,
    columns::ENERGY_ERROR,
    columns::OFF_X_ERROR,
    columns::OFF_Y_ERROR,
];

/// Saddles of the plotted modes during the shared training runs: means over replicas with standard
/// errors. The signs of the singular vectors are chosen such that the uniform mean has x ≥ 0.
fn along_training(lab: &Lab, hidden: usize) -> Result<Table, CheckError> {
    let mut table = Table::new(
        tables::TRAINING,
        &[&[columns::MODE, columns::EPOCH][..], &TRAINED_VALUES, &TRAINED_ERRORS, &[columns::HIDDEN, columns::RUNS]]
            .concat(),
    );
    let s = lab.plan().initial_std;
    let variance = offset_variance(false);
    let replicas = lab.plan().short_trainings;
    let trainings = (0..replicas).map(|replica| lab.shared_training(hidden, replica)).collect::<Result<Vec<_>, _>>()?;
    // Training runs may be unfinished: only the snapshots that all of them have are used.
    let length = trainings.iter().map(|training| training.snapshots.len()).min().unwrap_or(0);
    let of_snapshot = |at: usize| -> Result<Vec<Vec<f64>>, CheckError> {
        let seen = trainings
            .iter()
            .map(|training| Reciprocal::thin(&training.snapshots[at].machine.to_f64()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(CheckError::while_doing("training"))?;
        let update = trainings[0].snapshots[at].update;
        let epoch = update as f64 / lab.updates_per_epoch(hidden) as f64;
        let row = |mode: usize| {
            let i = mode - 1;
            let of = |modes: &Reciprocal| -> [f64; TRAINED_VALUES.len()] {
                let (l, a, b) = (modes.singular_values()[i], modes.field_x()[i], modes.field_y()[i]);
                let (mu_x, mu_y) = modes.uniform_mean();
                let sign = if mu_x[i] < 0.0 { -1.0 } else { 1.0 };
                let (x, y, mu_x, mu_y) = (-sign * b / l, -sign * a / l, sign * mu_x[i], sign * mu_y[i]);
                let std_dev = variance.evaluate_f64(&[("s", s), ("t", 1.0 / l)]).sqrt();
                [x, mu_x, y, mu_y, a * b / l, (mu_x - x).abs() / std_dev, (mu_y - y).abs() / std_dev]
            };
            let values: Vec<_> = seen.iter().map(of).collect();
            let over = |k: usize| stat::mean::mean_and_error(&values.iter().map(|v| v[k]).collect::<Vec<_>>());
            let (means, errors): (Vec<f64>, Vec<f64>) = (0..TRAINED_VALUES.len()).map(over).unzip();
            [vec![mode as f64, epoch], means, errors, vec![hidden as f64, replicas as f64]].concat()
        };
        Ok(drawn(seen[0].singular_values().len()).into_iter().map(row).collect())
    };
    table.rows = (0..length).into_par_iter().map(of_snapshot).collect::<Result<Vec<_>, _>>()?.concat();
    Ok(table)
}

/// Offsets (μ_x − x*, μ_y − y*) of all modes with a saddle. Each is divided by the square root of
/// its predicted variance, a polynomial in s and t = 1/λ, and multiplied by one random sign per
/// mode, because the signs of an SVD are arbitrary and biased.
pub(super) fn offsets(
    machine: &Rbm,
    variance: &Poly,
    s: f64,
    rng: &mut impl rand::Rng,
) -> Result<[Vec<f64>; 2], CheckError> {
    let modes = Reciprocal::thin(machine).map_err(CheckError::while_doing("decomposition"))?;
    let (centred_x, centred_y) = modes.centred_fields();
    let mut out = [Vec::new(), Vec::new()];
    for i in 0..modes.rank() {
        let l = modes.singular_values()[i];
        let sign = if rng.random::<bool>() { 1.0 } else { -1.0 };
        let std_dev = variance.evaluate_f64(&[("s", s), ("t", 1.0 / l)]).sqrt();
        out[0].push(sign * centred_y[i] / l / std_dev);
        out[1].push(sign * centred_x[i] / l / std_dev);
    }
    Ok(out)
}

/// Distance of the pooled offsets to the standard normal law, with the confidence band of
/// Dvoretzky, Kiefer and Wolfowitz.
fn normality(symbol: &str, sample: &[f64]) -> Result<Measurement, CheckError> {
    let name = format!("offset of the mean state from the saddle along {symbol}: distance to the normal law");
    let cdf = |z: f64| 0.5 * libm::erfc(-z / 2f64.sqrt());
    let found = stat::goodness::ks_one_sample(sample, cdf).map_err(CheckError::while_doing(&name))?.statistic;
    let half = stat::goodness::dkw_half_width(sample.len(), ALPHA);
    let interval = Interval::confidence(larger(found - half, 0.0), found + half, 1.0 - ALPHA);
    // sup |Φ(z) − Φ(z/1.2)| = 0.0441, at z² = 2 ln 1.2 / (1 − 1/1.44).
    let rationale = "distance between offset laws whose standard deviations differ by 20 %";
    Ok(check::near(&format!("offsets-{symbol}"), name, found, interval, 0.0, 0.044, rationale))
}

/// Tests the largest offset of any mode against the normal law, with a Bonferroni correction over
/// modes and machines.
fn extreme(symbol: &str, sample: &[f64]) -> Measurement {
    let top = largest(sample.iter().map(|t| t.abs()));
    let count = sample.len() as f64;
    // Half of the largest of n normal values lies above about √(2 ln n).
    let typical = (2.0 * count.ln()).sqrt();
    Measurement::new(
        &format!("largest-{symbol}"),
        format!("largest offset along {symbol} of any mode, in predicted standard deviations"),
        top,
        typical,
        Criterion::Statistical {
            test: TestKind::Bonferroni,
            statistic: top,
            p_value: smaller(count * libm::erfc(top / 2f64.sqrt()), 1.0),
            alpha: ALPHA,
            // erfc(z/√2) n = 1e-6 at a z below √(2 ln(1e6 n)); a mode that lies beyond it by the 99
            // % quantile 2.326 is detected with 99 % power.
            detects: format!(
                "one mode displaced by {:.1} standard deviations",
                (2.0 * (1e6 * count).ln()).sqrt() + 2.326
            ),
        },
    )
}

/// Tests the offsets of the leading mode over machines: the sum of their squares follows χ² if each
/// offset follows its law, and is larger if the mode has moved.
pub(super) fn leading_check(symbol: &str, leading: &[f64]) -> Measurement {
    let count = leading.len() as f64;
    let squares: f64 = leading.iter().map(|t| t * t).sum();
    // Factor on the offsets at which 99 of 100 samples exceed the critical value. The quantiles of
    // √χ² are those of a normal law of variance 1/2 about √(n − 1/2) (R. A. Fisher). For a single
    // machine this approximation gives no such factor.
    let at = |z: f64| (count - 0.5).sqrt() + z / 2f64.sqrt();
    let detects = match at(-2.326) > 0.0 {
        true => format!("offsets {:.1} times as large", at(4.753) / at(-2.326)),
        false => format!("one offset of {:.1}", check::FOUND),
    };
    Measurement::new(
        &format!("leading-{symbol}"),
        format!("RMS over machines of the leading mode's offset along {symbol}, in predicted standard deviations"),
        (squares / count).sqrt(),
        1.0,
        Criterion::Statistical {
            test: TestKind::ChiSquare,
            statistic: squares,
            p_value: stat::goodness::chi_square_survival(squares, count),
            alpha: ALPHA,
            detects,
        },
    )
}
