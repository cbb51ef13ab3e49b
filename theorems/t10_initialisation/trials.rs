//! Simulation of one machine: what its chains show.

use super::falsifiers;
use super::schemes::{Law, Scheme, TWO_AND_A_HALF};
use super::sizes::{CHAINS, burn_in, lag, sizes};
use super::streams;
use crate::bits::States;
use crate::claim::{Case, CheckError, Verdict};
use crate::lab::Lab;
use crate::linalg::thin_svd;
use crate::rbm::Rbm;
use crate::rbm::gibbs::{Chains, hidden_means};
use crate::spectra::ensemble;
use crate::stat::mean::mean_and_error;
use faer::Mat;
use rand::RngExt;
use rayon::prelude::*;

/// The results of the chains of one machine.
pub(super) struct Trial {
    /// N and M.
    pub(super) shape: (usize, usize),
    /// N⟨q²⟩, q the overlap of two independent chains.
    pub(super) susceptibility: f64,
    /// E(2p − 1)² of the visible units given the hidden ones, which is their memory over one sweep.
    pub(super) memory: f64,
    /// Overlap of a state with itself after 1, 2, 4, … sweeps.
    pub(super) decay: Vec<f64>,
    /// Only where it is asked for: what the leading mode is in.
    pub(super) leading: Option<Leading>,
}

/// The leading mode of one machine.
pub(super) struct Leading {
    /// var x₁.
    pub(super) variance: f64,
    /// The last overlap of `Trial::decay` without the share of the leading mode.
    pub(super) rest: f64,
}

impl Trial {
    /// Overlap after the longest time.
    pub(super) fn overlap(&self) -> f64 {
        self.decay.last().copied().unwrap_or(f64::NAN)
    }
}

/// All machines of a case, small ones first.
pub(super) fn trials(case: &Case<'_>, lab: &Lab) -> Result<Vec<Trial>, CheckError> {
    let shapes = sizes(case, lab).iter();
    let all: Vec<_> = shapes.flat_map(|&(n, m, count)| (0..count).map(move |index| ((n, m), index))).collect();
    // Large machines start first, so that no thread is left with a large one at the end.
    let mut done: Vec<Trial> = all
        .into_par_iter()
        .rev()
        .with_max_len(1)
        .map(|(shape, index)| trial(case, lab, shape, index))
        .collect::<Result<_, _>>()?;
    done.reverse();
    Ok(done)
}

fn trial(case: &Case<'_>, lab: &Lab, (n, m): (usize, usize), index: usize) -> Result<Trial, CheckError> {
    let stated = Scheme::of(case.regime).ok_or_else(|| CheckError::no_checks(case.regime))?;
    let scheme = if case.is(&falsifiers::TOO_STRONG) { TWO_AND_A_HALF } else { stated };
    // Half of the critical standard deviation of N = M, 4/√N, in these two regimes.
    let half = [&falsifiers::BELOW_THE_LINE, &falsifiers::ORDERED_FOR_FROZEN, &falsifiers::FORGETFUL];
    let weak = half.into_iter().any(|falsifier| case.is(falsifier));
    let s = if weak { Law::Paramagnet(1.0 / 16.0).std(n, m) } else { scheme.std(n, m) };
    let rng = &mut lab.stream(case, streams::MACHINE, [n, index]);
    let mut w = match case.under(&falsifiers::UNIFORM) {
        true => ensemble::uniform(n, m, s, rng),
        false => ensemble::normal(n, m, s, rng),
    };
    let ordered = [&falsifiers::FERROMAGNET, &falsifiers::ORDERED_ON_THE_LINE, &falsifiers::ORDERED_FOR_FROZEN];
    if ordered.into_iter().any(|falsifier| case.is(falsifier)) {
        add_mean(&mut w, 12.0);
    }
    let key = lab.key(case, streams::CHAINS.with(format_args!("{n} {index}")));
    let leading = case.regime.expected == Verdict::Refuted;
    let times = Times { burn_in: burn_in(scheme.x(n, m), s, n, m), lag: lag(case) };
    observe(&w, times, leading, key, |p| rng.random::<f32>() < p)
}

/// Machines without biases that are observed.
pub(super) const WITHOUT_BIASES: usize = 16;

/// Mean overlap of two chains of machines with N = M = `n`, weights of standard deviation `s` and a
/// = b = 0, and its standard error over machines: fields hold every chain near one state.
pub(super) fn without_biases(case: &Case<'_>, lab: &Lab, s: f64, n: usize) -> Result<(f64, f64), CheckError> {
    let of = |index: usize| {
        let rng = &mut lab.stream(case, streams::WITHOUT_BIASES, [n, index]);
        let w = ensemble::normal(n, n, s, rng);
        let weights = (0..n * n).map(|at| w[(at / n, at % n)]).collect();
        let machine =
            Rbm::new(n, n, weights, vec![0.0; n], vec![0.0; n]).map_err(CheckError::while_doing("machine"))?;
        let machine = machine.to_f32();
        let key = lab.key(case, streams::CHAINS.with(format_args!("without biases {index}")));
        let mut chains = Chains::independent(&machine, CHAINS, key);
        let (burn_in, observed) = (8, 32);
        chains.sweep(&machine, burn_in);
        let mut sum = 0.0;
        chains.follow(&machine, 1, observed, |states| sum += mean_overlap(states, |q| q));
        Ok(sum / observed as f64)
    };
    let found: Vec<f64> = (0..WITHOUT_BIASES).into_par_iter().map(of).collect::<Result<_, CheckError>>()?;
    Ok(mean_and_error(&found))
}

/// Adds a constant to every weight, which adds the singular value `strength` to the spectrum.
pub(super) fn add_mean(w: &mut Mat<f64>, strength: f64) {
    let (n, m) = (w.nrows(), w.ncols());
    let mean = strength / ((n * m) as f64).sqrt();
    (0..m).for_each(|k| w.col_mut(k).iter_mut().for_each(|entry| *entry += mean));
}

/// Sweeps that are left out, and sweeps that are observed.
#[derive(Clone, Copy)]
pub(super) struct Times {
    pub(super) burn_in: usize,
    pub(super) lag: usize,
}

/// Sweeps between two measurements of the memory.
const APART: usize = 8;

/// Observes the chains of the machine with these weights at zero centred field.
pub(super) fn observe(
    w: &Mat<f64>,
    Times { burn_in, lag }: Times,
    leading: bool,
    key: [u8; 32],
    mut draw: impl FnMut(f32) -> bool,
) -> Result<Trial, CheckError> {
    let (n, m) = (w.nrows(), w.ncols());
    let weights = (0..n * m).map(|at| w[(at / m, at % m)]).collect();
    let machine = Rbm::zero_field(n, m, weights).map_err(CheckError::while_doing("machine"))?.to_f32();
    let back = machine.exchanged();
    let mode: Option<Vec<f64>> = match leading {
        true => {
            let svd = thin_svd(w.as_ref()).map_err(CheckError::while_doing("decomposition"))?;
            Some((0..n).map(|j| svd.u[(j, 0)]).collect())
        }
        false => None,
    };
    // x₁ of every chain; its mean vanishes at zero field, by symmetry.
    let along = |states: &States| mode.as_ref().map(|mode| centred(states, mode));

    let mut chains = Chains::independent(&machine, CHAINS, key);
    chains.sweep(&machine, burn_in);
    let start = chains.visible.clone();
    let at_start = along(&start);
    let (mut sweep, mut decay, mut replicas, mut memory, mut squares) = (0usize, Vec::new(), 0.0, 0.0, 0.0);
    chains.follow(&machine, 1, lag, |states| {
        sweep += 1;
        replicas += susceptibility(states);
        if sweep.is_power_of_two() {
            decay.push(overlap(&start, states));
        }
        if sweep % APART == 0 {
            let q = hidden_means(&machine, states);
            let hidden = States::from_fn(CHAINS, m, |chain, k| draw(q[chain * m + k]));
            let means = hidden_means(&back, &hidden);
            memory += means.iter().map(|p| f64::from(2.0 * p - 1.0).powi(2)).sum::<f64>() / means.len() as f64;
        }
        squares += along(states).map_or(0.0, |x| x.iter().map(|x| x * x).sum());
    });
    let kept = at_start.zip(along(&chains.visible)).map(|(before, after)| {
        let share: f64 = before.iter().zip(&after).map(|(x, y)| 4.0 * x * y).sum::<f64>() / (n * CHAINS) as f64;
        let rest = decay.last().map_or(f64::NAN, |all| all - share);
        Leading { variance: squares / (CHAINS * lag) as f64, rest }
    });
    let memories = (lag / APART) as f64;
    Ok(Trial { shape: (n, m), susceptibility: replicas / lag as f64, memory: memory / memories, decay, leading: kept })
}

/// Σ_j U_j (v_j − ½) of every chain.
fn centred(states: &States, mode: &[f64]) -> Vec<f64> {
    let half = 0.5 * mode.iter().sum::<f64>();
    (0..states.rows()).map(|chain| states.along(chain, mode) - half).collect()
}

/// 1 − 2/N times the number of units that differ, for two states as words.
fn alike(a: &[u64], b: &[u64], units: usize) -> f64 {
    let differing: u32 = a.iter().zip(b).map(|(a, b)| (a ^ b).count_ones()).sum();
    1.0 - 2.0 * f64::from(differing) / units as f64
}

/// Mean overlap of every chain with itself.
fn overlap(before: &States, after: &States) -> f64 {
    let all = (0..after.rows()).map(|chain| alike(before.row(chain), after.row(chain), after.units()));
    all.sum::<f64>() / after.rows() as f64
}

/// A function of the overlap q averaged over pairs of chains.
fn mean_overlap(states: &States, f: impl Fn(f64) -> f64) -> f64 {
    let (rows, units) = (states.rows(), states.units());
    let pairs = (0..rows).flat_map(|a| (0..a).map(move |b| (a, b)));
    let sum: f64 = pairs.map(|(a, b)| f(alike(states.row(a), states.row(b), units))).sum();
    sum * 2.0 / (rows * (rows - 1)) as f64
}

/// N q² averaged over pairs of chains.
fn susceptibility(states: &States) -> f64 {
    states.units() as f64 * mean_overlap(states, |q| q * q)
}
