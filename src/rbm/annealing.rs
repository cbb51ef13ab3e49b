//! ln Z of machines too large to enumerate: annealed importance sampling, forward and backward.
//!
//! R. M. Neal, Statistics and Computing 11, 125 (2001); R. Salakhutdinov and I. Murray, ICML 2008.
//! The path goes from the machine without W and b (independent pixels at their biases a, ln Z_0 = Σ
//! ln(1 + e^a) + M ln 2) to the whole machine: f_t(v) = e^(a·v) Π_k (1 + e^(t (b_k + (Wᵀv)_k))), t
//! from 0 to 1.
//!
//! E\[ln weight\] forward bounds ln Z from below, backward (from exact samples) from above: R. B.
//! Grosse, Z. Ghahramani and R. P. Adams, arXiv 1511.02543.
#![allow(unsafe_code)] // multiversion's dispatch on the instruction set expands to it; there is none of ours.

use super::exact::log_sum_exp;
use super::gibbs::Chains;
use super::{Rbm, stream};
use crate::bits::States;
use crate::math::{self, softplus};
use rand::RngExt;
use serde::Serialize;

/// An estimate of ln Z from independent annealing runs.
#[derive(Clone, Debug, Serialize)]
pub struct Estimate {
    /// ln of the mean weight: consistent for ln Z; in expectation at most ln Z forward, at least ln
    /// Z backward.
    pub mean: f64,
    /// Standard error of `mean`, from the spread of the weights.
    pub se: f64,
    /// Mean of the log weights: in expectation a lower bound of ln Z forward, an upper bound
    /// backward.
    pub bound: f64,
    /// Standard error of `bound`, from the spread of the log weights.
    pub bound_se: f64,
    /// Effective number of runs, (Σ w)²/Σ w², between 1 and `chains`.
    pub effective_samples: f64,
    /// Temperatures on the path, both ends included.
    pub betas: usize,
    /// Independent runs.
    pub chains: usize,
}

impl Estimate {
    /// The same estimate of ln Z + `constant`.
    pub fn plus(self, constant: f64) -> Self {
        Self { mean: self.mean + constant, bound: self.bound + constant, ..self }
    }

    /// `sign` = 1 forward, −1 backward.
    fn new(base: f64, logs: &[f64], sign: f64, betas: usize) -> Self {
        let chains = logs.len();
        let n = chains as f64;
        let log_mean = log_sum_exp(logs) - libm::log(n);
        let relative: Vec<f64> = logs.iter().map(|log| libm::exp(log - log_mean)).collect(); // mean 1
        let square = relative.iter().map(|w| w * w).sum::<f64>();
        let variance = relative.iter().map(|w| (w - 1.0).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
        let bound = logs.iter().sum::<f64>() / n;
        let spread = logs.iter().map(|log| (log - bound).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
        Self {
            mean: base + sign * log_mean,
            se: (variance / n).sqrt(),
            bound: base + sign * bound,
            bound_se: (spread / n).sqrt(),
            effective_samples: n * n / square,
            betas,
            chains,
        }
    }

    /// Why the estimate cannot be trusted: a few runs carry all the weight, so that they count as
    /// fewer than a tenth of their number, or than ten; of fewer than twenty runs, than half of
    /// them. `None` when they do not.
    pub fn degenerate(&self) -> Option<String> {
        let chains = self.chains as f64;
        let least = (0.1 * chains).max((0.5 * chains).min(10.0));
        (self.effective_samples < least).then(|| {
            format!(
                "weight degeneracy: {} runs count as {:.1}, fewer than {least:.1}; its standard error is not to be trusted",
                self.chains, self.effective_samples
            )
        })
    }
}

/// What the two directions together say.
#[derive(Clone, Debug, Serialize)]
pub struct Bracket {
    /// Lower end: mean log weight forward.
    pub lower: f64,
    /// Upper end: mean log weight backward.
    pub upper: f64,
    /// False when the two estimates agree within 4 joint standard errors and neither is degenerate.
    pub open: bool,
}

/// The bracket of a forward and a backward estimate.
pub fn bracket(forward: &Estimate, backward: &Estimate) -> Bracket {
    let spread = 4.0 * forward.se.hypot(backward.se);
    let agree = (forward.mean - backward.mean).abs() <= spread;
    let open = !agree || forward.degenerate().is_some() || backward.degenerate().is_some();
    Bracket { lower: forward.bound, upper: backward.bound, open }
}

/// ln Z of the machine without W and b.
fn base(machine: &Rbm<f32>) -> f64 {
    let visible: f64 = machine.visible_bias.iter().map(|&a| softplus(f64::from(a))).sum();
    visible + machine.hidden as f64 * std::f64::consts::LN_2
}

/// Inverse temperatures 0, ..., 1, evenly spaced.
fn path(betas: usize) -> Vec<f64> {
    let last = betas.max(2) - 1;
    (0..=last).map(|t| t as f64 / last as f64).collect()
}

/// `chains` forward runs over `betas` (at least 2) temperatures. Also returns states resampled in
/// proportion to the weights: a start for chains of the whole machine.
pub fn forward(machine: &Rbm<f32>, betas: usize, chains: usize, key: [u8; 32]) -> (Estimate, States) {
    let mut states = Chains::independent(machine, chains.max(2), key).visible;
    let logs = anneal(machine, &mut states, &path(betas), key);
    let estimate = Estimate::new(base(machine), &logs, 1.0, betas.max(2));
    let mut rng = stream(key, u64::MAX - 1);
    // Systematic resampling: run i is taken as often as its share of the weight.
    let total = log_sum_exp(&logs);
    let (mut at, mut sum, offset) = (0, libm::exp(logs[0] - total), rng.random::<f64>());
    let pick = (0..logs.len()).map(|i| {
        while sum < (i as f64 + offset) / logs.len() as f64 && at + 1 < logs.len() {
            at += 1;
            sum += libm::exp(logs[at] - total);
        }
        at
    });
    let resampled = states.select(&pick.collect::<Vec<_>>());
    (estimate, resampled)
}

/// Backward runs, one from every state of `start`, which should be samples of the machine: the
/// estimate is an upper bound (in expectation) as far as they are.
pub fn backward(machine: &Rbm<f32>, start: &States, betas: usize, key: [u8; 32]) -> Estimate {
    let mut states = start.clone();
    let mut path = path(betas);
    path.reverse();
    let logs = anneal(machine, &mut states, &path, key);
    Estimate::new(base(machine), &logs, -1.0, betas.max(2))
}

/// Runs all states along the temperatures; returns Σ ln f_next(v)/f_previous(v) for each.
fn anneal(machine: &Rbm<f32>, states: &mut States, path: &[f64], key: [u8; 32]) -> Vec<f64> {
    let start = std::mem::replace(states, States::zeros(0, machine.visible));
    let mut chains = Chains::new(start, key, 0);
    let mut logs = vec![0.0; chains.visible.rows()];
    chains.anneal(machine, path, &mut logs, log_ratio);
    *states = chains.visible;
    logs
}

/// Units whose factors, each in [1/2, 2], are multiplied before a logarithm is taken.
const TOGETHER: usize = 512;

const LANES: usize = 8;

/// Σ_k ln (1 + e^(to z_k))/(1 + e^(from z_k)): the positive parts add up, the rest is one logarithm
/// of a product.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2", "aarch64+neon"))]
fn log_ratio(z: &[f32], from: f64, to: f64) -> f64 {
    log_ratio_body(z, from, to)
}

#[inline(always)]
fn log_ratio_body(z: &[f32], from: f64, to: f64) -> f64 {
    let mut log = 0.0;
    for z in z.chunks(TOGETHER) {
        let (mut over, mut under, mut positive) = ([1.0f64; LANES], [1.0f64; LANES], [0.0f64; LANES]);
        let (whole, rest) = z.as_chunks::<LANES>();
        for z in whole {
            for lane in 0..LANES {
                let z = f64::from(z[lane]);
                over[lane] *= 1.0 + math::exp_negative(-(to * z.abs()));
                under[lane] *= 1.0 + math::exp_negative(-(from * z.abs()));
                positive[lane] += z.max(0.0);
            }
        }
        for (lane, &z) in rest.iter().enumerate() {
            let z = f64::from(z);
            over[lane] *= 1.0 + math::exp_negative(-(to * z.abs()));
            under[lane] *= 1.0 + math::exp_negative(-(from * z.abs()));
            positive[lane] += z.max(0.0);
        }
        let (mut ratio, mut sum) = (1.0, 0.0);
        for lane in 0..LANES {
            ratio *= over[lane] / under[lane];
            sum += positive[lane];
        }
        log += (to - from) * sum + libm::log(ratio);
    }
    log
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rbm::exact;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;
    use rayon::prelude::*;

    #[test]
    fn log_ratio_is_the_difference_of_softplus_on_every_instruction_set() {
        let z: Vec<f32> = (0..1031).map(|k| ((k * 7919) % 2003) as f32 * 0.2 - 200.0).collect();
        for (from, to) in [(0.0, 1.0), (0.5, 0.501), (1.0, 0.25)] {
            let plain: f64 = z.iter().map(|&z| softplus(to * f64::from(z)) - softplus(from * f64::from(z))).sum();
            let ours = log_ratio_body(&z, from, to);
            assert!((ours - plain).abs() < 1e-9, "{ours} {plain}"); // sums of 1e5 rounded to 1e-16
            assert_eq!(log_ratio(&z, from, to).to_bits(), ours.to_bits());
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn avx2(z: &[f32], from: f64, to: f64) -> f64 {
                    log_ratio_body(z, from, to)
                }
                if is_x86_feature_detected!("avx2") {
                    // SAFETY: the processor has it.
                    assert_eq!(unsafe { avx2(&z, from, to) }.to_bits(), ours.to_bits());
                }
            }
        }
    }

    /// Exact draws of v by inversion of the enumerated law of a small machine.
    fn exact_draws(machine: &Rbm<f32>, rows: usize, rng: &mut ChaCha8Rng) -> States {
        let (n, m) = (machine.visible, machine.hidden);
        let log = |v: usize| -> f64 {
            let on = |j: &usize| v >> j & 1 == 1;
            let own: f64 = (0..n).filter(on).map(|j| f64::from(machine.visible_bias[j])).sum();
            let field = |k: usize| -> f64 {
                let sum: f64 = (0..n).filter(on).map(|j| f64::from(machine.weights[j * m + k])).sum();
                f64::from(machine.hidden_bias[k]) + sum
            };
            own + (0..m).map(|k| softplus(field(k))).sum::<f64>()
        };
        let logs: Vec<f64> = (0..1 << n).map(log).collect();
        let total = log_sum_exp(&logs);
        let mut cumulative: Vec<f64> = logs.iter().map(|log| (log - total).exp()).collect();
        (1..cumulative.len()).for_each(|i| cumulative[i] += cumulative[i - 1]);
        let draws: Vec<usize> =
            (0..rows).map(|_| rng.random()).map(|u: f64| cumulative.partition_point(|c| *c < u)).collect();
        States::from_fn(rows, n, |row, unit| draws[row].min((1 << n) - 1) >> unit & 1 == 1)
    }

    #[test]
    fn intervals_cover_the_exact_value_on_400_random_machines() {
        // 95 % intervals; of 400, between 92 and 98 % cover (a binomial with p = 0.95 leaves that
        // range with probability 0.008: a mild departure from 0.95 still passes, a wrong standard
        // error by a factor 1.4 does not).
        let cover = |seed: u64| {
            let rng = &mut ChaCha8Rng::seed_from_u64(seed);
            let (n, m) = (rng.random_range(2..=12), rng.random_range(2..=10));
            let machine = Rbm::normal(n, m, rng.random_range(0.2..1.5), rng).to_f32();
            let exact = exact::log_partition(&machine.to_f64()).expect("small");
            let mut key = [1; 32];
            key[..8].copy_from_slice(&seed.to_le_bytes());
            let (ahead, _) = forward(&machine, 40, 400, key);
            key[8] = 2;
            let back = backward(&machine, &exact_draws(&machine, 400, rng), 40, key);
            let inside = |e: &Estimate| (e.mean - exact).abs() < 1.959_964 * e.se;
            // A bound is a mean of 400 log weights: 5 standard errors of that mean.
            assert!(ahead.bound < exact + 5.0 * ahead.bound_se && back.bound > exact - 5.0 * back.bound_se, "{seed}");
            [inside(&ahead), inside(&back)]
        };
        let covered: Vec<[bool; 2]> = (0..400).into_par_iter().map(cover).collect();
        for direction in 0..2 {
            let share = covered.iter().filter(|c| c[direction]).count() as f64 / 400.0;
            assert!((0.92..=0.98).contains(&share), "direction {direction}: {share}");
        }
    }

    #[test]
    fn too_few_temperatures_are_found_out() {
        let machine = Rbm::normal(60, 40, 1.5, &mut ChaCha8Rng::seed_from_u64(3)).to_f32();
        let (estimate, states) = forward(&machine, 2, 200, [1; 32]);
        assert!(estimate.degenerate().is_some_and(|why| why.contains("degeneracy")));
        assert!(bracket(&estimate, &backward(&machine, &states, 2, [2; 32])).open);
    }

    #[test]
    fn runs_count_by_their_weights() {
        // by hand: (Σ w)²/Σ w² of equal weights is their number, of weights 1 and 3 it is 16/10
        let effective = |logs: &[f64]| Estimate::new(0.0, logs, 1.0, 2).effective_samples;
        assert!((effective(&[0.3; 7]) - 7.0).abs() < 1e-12 && (effective(&[0.0, 3f64.ln()]) - 1.6).abs() < 1e-12);
    }

    #[test]
    fn an_estimate_is_what_its_log_weights_say() {
        // by hand, weights 1 and 3 and a base of 5: mean 2, relative weights 1/2 and 3/2 of
        // variance 1/2, error (1/2 / 2)^(1/2); log weights 0 and ln 3 of mean ln 3/2 and variance
        // (ln 3)²/2
        let ln_3 = 3f64.ln();
        for sign in [1.0, -1.0] {
            let found = Estimate::new(5.0, &[0.0, ln_3], sign, 7);
            assert!((found.mean - (5.0 + sign * 2f64.ln())).abs() < 1e-14 && (found.se - 0.5).abs() < 1e-14);
            assert!((found.bound - (5.0 + sign * 0.5 * ln_3)).abs() < 1e-14);
            assert!((found.bound_se - 0.5 * ln_3).abs() < 1e-14 && (found.betas, found.chains) == (7, 2));
        }
    }

    #[test]
    fn few_runs_are_degenerate_below_half_their_number_many_below_a_tenth() {
        // By the rule: of 4 runs 2, of 19 runs 9.5, of 20 to 100 runs 10, of 1000 runs 100.
        for (chains, least) in [(2, 1.0), (4, 2.0), (19, 9.5), (20, 10.0), (100, 10.0), (1000, 100.0)] {
            let of = |effective_samples: f64| {
                Estimate { effective_samples, ..Estimate::new(0.0, &vec![0.0; chains], 1.0, 2) }.degenerate()
            };
            assert!(of(least).is_none() && of(least - 0.01).is_some(), "{chains}");
            assert!(Estimate::new(0.0, &vec![0.7; chains], 1.0, 2).degenerate().is_none(), "equal weights");
        }
    }

    #[test]
    fn a_bracket_is_open_beyond_four_joint_standard_errors() {
        // by hand: hypot(0.3, 0.4) = 0.5
        let of =
            |mean: f64, se: f64| Estimate { mean, se, bound: mean - 1.0, ..Estimate::new(0.0, &[0.0; 50], 1.0, 2) };
        let found = bracket(&of(1.0, 0.3), &of(2.99, 0.4));
        assert_eq!((found.lower, found.upper, found.open), (0.0, 1.9900000000000002, false));
        assert!(bracket(&of(1.0, 0.3), &of(3.01, 0.4)).open && bracket(&of(3.01, 0.3), &of(1.0, 0.4)).open);
        let poor = Estimate { effective_samples: 9.9, ..of(1.0, 0.3) };
        assert!(bracket(&poor, &of(1.0, 0.4)).open && bracket(&of(1.0, 0.4), &poor).open);
    }

    #[test]
    fn the_path_and_its_beginning_are_as_by_hand() {
        assert_eq!((path(2), path(5)), (vec![0.0, 1.0], vec![0.0, 0.25, 0.5, 0.75, 1.0]));
        assert_eq!((path(0), path(1)), (path(2), path(2)));
        // ln(1 + e^0) + ln(1 + e^2) + 3 ln 2
        let machine = Rbm::new(2, 3, vec![0.5; 6], vec![0.0, 2.0], vec![1.0; 3]).expect("fits").to_f32();
        assert!((base(&machine) - 4.0 * 2f64.ln() - 2f64.exp().ln_1p()).abs() < 1e-14);
    }

    #[test]
    fn without_weights_every_run_gives_the_exact_value() {
        // Hidden units see their biases alone: each step adds Σ ln (1 + e^(to b))/(1 + e^(from b)),
        // which is ln Z in the end.
        let bias: Vec<f64> = (0..70).map(|k| 0.125 * f64::from(k) - 4.0).collect();
        let machine = Rbm::new(3, 70, vec![0.0; 210], vec![0.25, -1.0, 2.0], bias.clone()).expect("fits").to_f32();
        let exact = [0.25, -1.0, 2.0].iter().chain(&bias).map(|b| softplus(*b)).sum::<f64>();
        let (ahead, states) = forward(&machine, 5, 33, [1; 32]);
        let back = backward(&machine, &states, 5, [2; 32]);
        for found in [ahead, back] {
            // Sums of 70 numbers below 5 at four temperatures.
            assert!((found.mean - exact).abs() < 1e-11 && (found.bound - exact).abs() < 1e-11, "{found:?} {exact}");
            assert!(found.se < 1e-11 && (found.effective_samples - 33.0).abs() < 1e-9);
            assert_eq!((found.betas, found.chains), (5, 33));
        }
        let least = forward(&machine, 0, 0, [1; 32]).0;
        assert_eq!((least.betas, least.chains), (2, 2));
    }

    #[test]
    fn states_are_resampled_by_their_weights() {
        let machine = Rbm::normal(60, 40, 0.5, &mut ChaCha8Rng::seed_from_u64(3)).to_f32();
        let (key, chains) = ([4; 32], 50);
        let (_, found) = forward(&machine, 3, chains, key);
        let mut states = Chains::independent(&machine, chains, key).visible;
        let logs = anneal(&machine, &mut states, &[0.0, 0.5, 1.0], key);
        // Systematic resampling: of the points (k + u)/n those in the interval of length w_i go to
        // run i; u comes from a stream of its own. Up to the end C_i of an interval there are
        // floor(n C_i - u) + 1 points.
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream(u64::MAX - 1);
        let offset: f64 = rng.random();
        let total: f64 = logs.iter().map(|log| (log - logs[0]).exp()).sum();
        let (mut end, mut before, mut expected) = (0.0, 0, Vec::new());
        for (run, log) in logs.iter().enumerate() {
            end += (log - logs[0]).exp() / total;
            let points =
                if run + 1 == chains { chains } else { ((chains as f64 * end - offset).floor() + 1.0) as usize };
            expected.extend(std::iter::repeat_n(run, points - before));
            before = points;
        }
        assert!(expected.windows(2).any(|pair| pair[0] == pair[1]), "weights differ");
        assert_eq!(found, states.select(&expected));
    }
}
