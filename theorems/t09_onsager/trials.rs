//! Simulation of one machine: its chains and the measured quantities.

use super::ensembles::{Kind, LAG, MODES, STRETCHES, Sizes, machine, weights};
use super::falsifiers;
use super::streams;
use crate::bits::States;
use crate::claim::{Case, CheckError};
use crate::lab::Lab;
use crate::lab::Purpose;
use crate::linalg::thin_svd;
use crate::rbm::Rbm;
use crate::rbm::gibbs::{Chains, hidden_means};
use crate::rbm::mean_field::{self, Reaction};
use crate::rbm::modes::{Times, observe};
use rand::RngExt;
use rayon::prelude::*;

/// The results of the chains of one machine.
pub(super) struct Trial {
    pub(super) visible: usize,
    /// λ of the recorded modes.
    pub(super) lambdas: Vec<f64>,
    /// A and B from the whole spectrum.
    pub(super) reaction: Reaction,
    /// var x of the modes.
    pub(super) variance: Vec<f64>,
    /// Autocorrelation over one sweep.
    pub(super) lag: Vec<f64>,
    /// The same from the exact form, with E[p(1−p)] from the chains.
    pub(super) exact: Vec<f64>,
    /// Autocorrelation of x₁ over `Kind::memory` sweeps.
    pub(super) later: f64,
    /// Two-time overlap at a lag of `LAG` sweeps: 1 for equal states, 0 for independent ones.
    pub(super) overlap: f64,
    /// Only if the field is not zero: predictions with the reaction term of every unit.
    pub(super) tap: Option<WithFields>,
    /// Whether the library returns an error for the closed form of ln Z, outside its hypotheses.
    pub(super) refused: bool,
}

/// Means and variances predicted with the reaction term in the field of every unit.
pub(super) struct WithFields {
    /// var x of the modes.
    pub(super) variance: Vec<f64>,
    /// Σ (⟨v⟩ − p)²/Σ (p − ½)². The square is the product of two independent halves of the chains,
    /// so that their noise has mean 0.
    pub(super) missed: f64,
}

pub(super) fn trial(
    kind: &Kind,
    visible: usize,
    index: usize,
    case: &Case<'_>,
    lab: &Lab,
) -> Result<Trial, CheckError> {
    let purpose = |what: Purpose| what.with(format_args!("{} {} {} {visible}", kind.scale, kind.aspect, kind.theta));
    let rng = &mut lab.stream(case, purpose(streams::MACHINE), index);
    let exactly = machine(kind, visible, weights(kind, visible, rng))?;
    let svd = thin_svd(exactly.weights_view()).map_err(CheckError::while_doing("decomposition"))?;
    let reaction = Reaction::of(&svd.singular_values, visible, exactly.hidden);
    let followed: [usize; MODES] = std::array::from_fn(|k| k * svd.singular_values.len() / MODES);
    let rows: Vec<[f64; MODES]> = (0..visible).map(|j| followed.map(|i| svd.u[(j, i)])).collect();
    let machine = exactly.to_f32();
    let back = machine.exchanged();

    let key = lab.key(case, purpose(streams::CHAINS).with(index));
    let mut chains = Chains::independent(&machine, kind.chains, key);
    chains.sweep(&machine, kind.burn_in());
    let mut conditional = vec![0.0; visible];
    let mut halves = [vec![0.0; visible], vec![0.0; visible]];
    let each = |states: &States| {
        if !kind.zero_field {
            for chain in 0..kind.chains {
                states.ones(chain).for_each(|j| halves[chain % 2][j] += 1.0);
            }
        }
    };
    let after = |states: &States| {
        // E[p(1−p)] over h, sampled once for every visible state.
        let q = hidden_means(&machine, states);
        let hidden = States::from_fn(kind.chains, machine.hidden, |chain, k| {
            rng.random::<f32>() < q[chain * machine.hidden + k]
        });
        for p in hidden_means(&back, &hidden).chunks(visible) {
            for (sum, p) in conditional.iter_mut().zip(p) {
                let p = f64::from(*p);
                *sum += p * (1.0 - p) / (kind.chains * STRETCHES) as f64;
            }
        }
    };
    let seen = observe(&machine, &mut chains, &rows, Times { stretches: STRETCHES, lag: LAG }, each, after);
    let count = (kind.chains * STRETCHES * LAG) as f64;
    // The means vanish at zero field by symmetry; elsewhere they are subtracted.
    let mean = |k: usize| if kind.zero_field { 0.0 } else { seen.mean(k) };
    let variance: Vec<f64> = (0..MODES).map(|k| seen.variance(k, mean(k))).collect();
    let tap = if kind.zero_field { None } else { Some(with_fields(case, &exactly, &rows, &halves, count / 2.0)?) };
    let outside = !kind.zero_field || kind.glass() >= 1.0;
    let refused = outside && mean_field::onsager(&exactly).map_err(CheckError::while_doing("ln Z"))?.is_err();
    if case.is(&falsifiers::UNCORRECTED_GAUSSIAN) {
        conditional.fill(0.25); // the variance of a unit without field, as in the prior
    }
    let exact = |k: usize| {
        let mode: Vec<f64> = rows.iter().map(|row| row[k]).collect();
        mean_field::autocorrelation(&mode, &conditional, variance[k])
    };
    Ok(Trial {
        visible,
        lambdas: followed.iter().map(|&i| svd.singular_values[i]).collect(),
        reaction,
        lag: (0..MODES).map(|k| seen.autocorrelation(k, mean(k))).collect(),
        exact: (0..MODES).map(exact).collect(),
        later: seen.leading_autocorrelation(kind.relaxation(), mean(0)),
        variance,
        tap,
        refused,
        overlap: seen.overlap(),
    })
}

fn with_fields(
    case: &Case<'_>,
    machine: &Rbm,
    rows: &[[f64; MODES]],
    halves: &[Vec<f64>; 2],
    count: f64,
) -> Result<WithFields, CheckError> {
    let reaction = if case.is(&falsifiers::UNCORRECTED_GAUSSIAN) { 0.0 } else { 1.0 };
    let point = mean_field::tap(machine, reaction)
        .ok_or_else(|| CheckError::Input("T09: the equations with fields do not converge".into()))?;
    let p = &point.visible;
    let square: f64 = p.iter().map(|p| (p - 0.5).powi(2)).sum();
    let missed: f64 = (0..p.len()).map(|j| (halves[0][j] / count - p[j]) * (halves[1][j] / count - p[j])).sum();
    let rows: Vec<&[f64]> = rows.iter().map(|row| &row[..]).collect();
    let variance = point.variances(machine, &rows).map_err(CheckError::while_doing("linear response"))?;
    Ok(WithFields { variance, missed: missed / square })
}

/// All machines of a kind, small ones first.
pub(super) fn trials(kind: &Kind, sizes: Sizes, case: &Case<'_>, lab: &Lab) -> Result<Vec<Trial>, CheckError> {
    let all: Vec<(usize, usize)> = sizes.iter().flat_map(|&(n, count)| (0..count).map(move |i| (n, i))).collect();
    // Large machines start first, so that no thread is left with a large one at the end.
    let mut done: Vec<Trial> = all
        .into_par_iter()
        .rev()
        .with_max_len(1)
        .map(|(n, i)| trial(kind, n, i, case, lab))
        .collect::<Result<_, _>>()?;
    done.reverse();
    Ok(done)
}
