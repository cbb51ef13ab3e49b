//! ln Z of machines too large to enumerate: annealed importance sampling, forward and backward.
//!
//! R. M. Neal, Statistics and Computing 11, 125 (2001); R. Salakhutdinov and I. Murray, ICML 2008.
//! Along a [`Path`] from independent units to the machine.
//!
//! E\[ln weight\] forward bounds ln Z from below, backward (from exact samples) from above: R. B.
//! Grosse, Z. Ghahramani and R. P. Adams, arXiv 1511.02543.

use super::exact::log_sum_exp;
use super::gibbs::{Chains, Layer, Rule};
use super::kernel::Layers;
use super::path::{Path, Tilt, coupling, log_ratio};
use super::{Rbm, stream};
use crate::bits::States;
use rand::RngExt;
use rand::rngs::ChaCha8Rng;
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

/// `chains` forward runs along `path`. Also returns states resampled in proportion to the weights:
/// a start for chains of the whole machine.
pub fn forward(machine: &Rbm<f32>, path: &Path, chains: usize, key: [u8; 32]) -> (Estimate, States) {
    let (estimate, logs, states) = runs((machine, &Layers::of(machine)), path, chains, key);
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

/// The estimate of forward runs, ln of their weights, whose mean is Z, and the states in which they
/// end. The machine is given with its layers packed.
pub(super) fn runs(
    machine: (&Rbm<f32>, &Layers),
    path: &Path,
    chains: usize,
    key: [u8; 32],
) -> (Estimate, Vec<f64>, States) {
    along(machine, std::slice::from_ref(path), chains, key).remove(0)
}

/// The same along each of several paths (at least one, at most 256) with the same steps, all
/// together: what the kernel prepares for a block of states is prepared for runs of many paths.
pub(super) fn along(
    machine: (&Rbm<f32>, &Layers),
    paths: &[Path],
    chains: usize,
    key: [u8; 32],
) -> Vec<(Estimate, Vec<f64>, States)> {
    let chains = chains.max(2);
    let mut words = Vec::new();
    for (at, path) in paths.iter().enumerate() {
        let mut key = key;
        key[30] = key[30].wrapping_add(at as u8);
        words.extend_from_slice(path.start(chains, key).words());
    }
    let mut states =
        States::from_words(paths.len() * chains, machine.0.visible, words).expect("whole states of the machine");
    let logs = anneal(machine, paths, &mut states, &paths[0].betas, key);
    let one = |(at, path): (usize, &Path)| {
        let rows = at * chains..(at + 1) * chains;
        let (base, own) = (path.log_partition(), &logs[rows.clone()]);
        let estimate = Estimate::new(base, own, 1.0, path.betas.len());
        (estimate, own.iter().map(|log| log + base).collect(), states.select(&rows.collect::<Vec<_>>()))
    };
    paths.iter().enumerate().map(one).collect()
}

/// Backward runs, one from every state of `start`, which should be samples of the machine: the
/// estimate is an upper bound (in expectation) as far as they are.
pub fn backward(machine: &Rbm<f32>, start: &States, path: &Path, key: [u8; 32]) -> Estimate {
    let mut states = start.clone();
    let back: Vec<f64> = path.betas.iter().rev().copied().collect();
    let logs = anneal((machine, &Layers::of(machine)), std::slice::from_ref(path), &mut states, &back, key);
    Estimate::new(path.log_partition(), &logs, -1.0, back.len())
}

/// Runs all states, as many on each path (at least one), along the temperatures, one sweep each;
/// returns Σ ln f_next/f_previous for each.
fn anneal(
    machine: (&Rbm<f32>, &Layers),
    paths: &[Path],
    states: &mut States,
    betas: &[f64],
    key: [u8; 32],
) -> Vec<f64> {
    let start = std::mem::replace(states, States::zeros(0, machine.0.visible));
    let ways: Vec<Way<'_>> = paths.iter().map(|path| Way { path, tilt: path.tilt(machine.0) }).collect();
    let each = start.rows() / paths.len();
    let (logs, end) = if paths.iter().all(Path::is_plain) {
        let run = |row: usize| {
            let way = &ways[row / each];
            Run { way, log: 0.0, along: way.tilt.of(&start, row), next: 0.0 }
        };
        let mut runs: Vec<Run<'_>> = (0..start.rows()).map(run).collect();
        let mut chains = Chains::new(start, key, 0);
        chains.run(machine.1, betas.len().saturating_sub(1), &mut runs, &Along { betas });
        (runs.into_iter().map(|run| run.log).collect(), chains.visible)
    } else {
        let run = |row: usize| {
            let way = &ways[row / each];
            let mut rng = stream(key, (1 << 63) + row as u64);
            let x = way.tilt.none().to_vec();
            let base = way.tilt.base(&x, 0.0, rng.random());
            Both { way, log: 0.0, at: 0, x, coupling: 0.0, base, rng }
        };
        let mut runs: Vec<Both<'_>> = (0..start.rows()).map(run).collect();
        let mut chains = Chains::new(start, key, 0);
        chains.run(machine.1, betas.len(), &mut runs, &AlongBoth { betas, visible_bias: &machine.0.visible_bias });
        (runs.into_iter().map(|run| run.log).collect(), chains.visible)
    };
    *states = end;
    logs
}

/// A path, and what its bases say of states.
struct Way<'a> {
    path: &'a Path,
    tilt: Tilt,
}

/// One run on a path with one base, whose hidden units are summed out.
struct Run<'a> {
    way: &'a Way<'a>,
    log: f64,
    /// (a − c)·v of the state that a sweep starts from.
    along: f64,
    /// That of the state that it ends in.
    next: f64,
}

/// Before the sweep at a step's end, the ratio of both factors is added to the log weight.
struct Along<'a> {
    betas: &'a [f64],
}

impl Rule<Run<'_>> for Along<'_> {
    fn change(&self, run: &mut Run<'_>, _: usize, (step, layer, left): (usize, Layer, usize), z: &mut [f32]) {
        let (from, to) = (self.betas[step], self.betas[step + 1]);
        if let Layer::Hidden = layer {
            if left == 0 {
                run.log += (to - from) * run.along;
                run.next = 0.0;
            }
            run.log += log_ratio(z, from, to);
        }
        run.way.path.change(0, (layer, left), to, z);
    }

    fn drawn(&self, run: &mut Run<'_>, _: usize, (layer, left): (Layer, usize), _: &[f32], on: u64) {
        if let Layer::Visible = layer {
            run.way.tilt.add(std::slice::from_mut(&mut run.next), (layer, left), on);
        }
    }

    fn swept(&self, run: &mut Run<'_>) {
        run.along = run.next;
    }
}

/// One run on any path, in both layers.
struct Both<'a> {
    way: &'a Way<'a>,
    log: f64,
    /// The step that it is at.
    at: usize,
    /// x as in [`Tilt`], and vᵀWh, of what the sweep has drawn so far.
    x: Vec<f64>,
    coupling: f64,
    /// The base that it is drawn with.
    base: usize,
    rng: ChaCha8Rng,
}

/// After the sweep at each step the ratio of both factors is added to the log weight.
struct AlongBoth<'a> {
    betas: &'a [f64],
    visible_bias: &'a [f32],
}

impl Rule<Both<'_>> for AlongBoth<'_> {
    fn change(&self, run: &mut Both<'_>, _: usize, (step, layer, left): (usize, Layer, usize), z: &mut [f32]) {
        run.way.path.change(run.base, (layer, left), self.betas[step], z);
    }

    fn drawn(&self, run: &mut Both<'_>, _: usize, at: (Layer, usize), fields: &[f32], on: u64) {
        run.way.tilt.add(&mut run.x, at, on);
        if let (Layer::Visible, left) = at {
            run.coupling += coupling(fields, &self.visible_bias[left..], on);
        }
    }

    fn swept(&self, run: &mut Both<'_>) {
        let tilt = &run.way.tilt;
        if let [from, to, ..] = self.betas[run.at..] {
            run.log += (to - from) * run.coupling + tilt.log_ratio(&run.x, from, to);
            // The base given the state, at the step that the next sweep is at.
            if run.x.len() > 1 {
                run.base = tilt.base(&run.x, to, run.rng.random());
            }
        }
        run.at += 1;
        run.x.copy_from_slice(tilt.none());
        run.coupling = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::softplus;
    use crate::rbm::exact;
    use crate::rbm::path::Base;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;
    use rayon::prelude::*;

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
            let mut path = Path::even(&machine, 40);
            // Paths with one base of the machine's own biases, with another one, and with two.
            let mut moved = |bias: &mut Vec<f32>| bias.iter_mut().for_each(|c| *c += rng.random_range(-1.0..1.0));
            if seed % 2 == 1 {
                moved(&mut path.bases[0].visible);
            }
            if seed % 4 == 3 {
                let mut other = Base { share: 0.75, ..path.bases[0].clone() };
                moved(&mut other.visible);
                moved(&mut other.hidden);
                path.bases[0].share = 0.25;
                path.bases.push(other);
            }
            let mut key = [1; 32];
            key[..8].copy_from_slice(&seed.to_le_bytes());
            let (ahead, _) = forward(&machine, &path, 400, key);
            key[8] = 2;
            let back = backward(&machine, &exact_draws(&machine, 400, rng), &path, key);
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
        let path = Path::even(&machine, 2);
        let (estimate, states) = forward(&machine, &path, 200, [1; 32]);
        assert!(estimate.degenerate().is_some_and(|why| why.contains("degeneracy")));
        assert!(bracket(&estimate, &backward(&machine, &states, &path, [2; 32])).open);
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
    fn annealing_scales_weights_and_hidden_biases_and_draws_visible_ones_to_the_base() {
        let share = |a: f64, w: f64, b: f64, c: f32, betas: &[f64]| {
            let machine = Rbm::new(1, 1, vec![w], vec![a], vec![b]).expect("finite").to_f32();
            let path = Path { betas: betas.to_vec(), ..Path::from_biases(vec![c], vec![0.0], 2) };
            let mut states = States::zeros(4000, 1);
            let logs =
                anneal((&machine, &Layers::of(&machine)), std::slice::from_ref(&path), &mut states, betas, [8; 32]);
            (states.means()[0], logs)
        };
        // by hand, at 1/4: the hidden unit is on, 160/4 = 40, and the field 60 - 120/4 = 30 of the
        // visible one is too; then 60 - 400/4 = -40, and with a base of 200: 150 + 15 - 100 = 65
        let (on, logs) = share(60.0, -120.0, 160.0, 60.0, &[0.0, 0.25]);
        // From v = 0: ln (1 + e^40)/2.
        assert!(on == 1.0 && logs.iter().all(|log| (log - 40.0 + 2f64.ln()).abs() < 1e-12));
        assert_eq!(share(60.0, -400.0, 160.0, 60.0, &[0.0, 0.25]).0, 0.0);
        assert_eq!(share(60.0, -400.0, 160.0, 200.0, &[0.0, 0.25]).0, 1.0);
        // At 1/100 the hidden unit is on with p = logistic(-0.4), and the visible one, -30 + 60,
        // with it; once on, it stays. Five standard errors.
        let p = 1.0 / (1.0 + 0.4f64.exp());
        let (once, _) = share(-30.0, 6000.0, -40.0, -30.0, &[0.5, 0.01]);
        assert!((once - p).abs() < 5.0 * 0.5 / 4000f64.sqrt(), "{once}");
        let (twice, _) = share(-30.0, 6000.0, -40.0, -30.0, &[0.5, 0.01, 0.01]);
        assert!((twice - p * (2.0 - p)).abs() < 5.0 * 0.5 / 4000f64.sqrt(), "{twice}");
        // From v = 1 to 0 with a base 3 above: (1/4)(60 - 63) and ln (1 + e^(z/4))/2 for z = -20.
        let machine = Rbm::new(1, 1, vec![20.0], vec![60.0], vec![-40.0]).expect("finite").to_f32();
        let path = Path { betas: vec![0.0, 0.25], ..Path::from_biases(vec![63.0], vec![0.0], 2) };
        let logs = anneal(
            (&machine, &Layers::of(&machine)),
            std::slice::from_ref(&path),
            &mut States::from_fn(3, 1, |_, _| true),
            &path.betas,
            [8; 32],
        );
        let expected = -0.75 + (-5f64).exp().ln_1p() - 2f64.ln();
        assert!(logs.iter().all(|log| (log - expected).abs() < 1e-12), "{logs:?} {expected}");
    }

    #[test]
    fn without_weights_every_run_gives_the_exact_value() {
        // Hidden units see their biases alone: each step adds Σ ln (1 + e^(to b))/(1 + e^(from b)),
        // which is ln Z in the end.
        let bias: Vec<f64> = (0..70).map(|k| 0.125 * f64::from(k) - 4.0).collect();
        let machine = Rbm::new(3, 70, vec![0.0; 210], vec![0.25, -1.0, 2.0], bias.clone()).expect("fits").to_f32();
        let exact = [0.25, -1.0, 2.0].iter().chain(&bias).map(|b| softplus(*b)).sum::<f64>();
        let path = Path::even(&machine, 5);
        let (ahead, states) = forward(&machine, &path, 33, [1; 32]);
        let back = backward(&machine, &states, &path, [2; 32]);
        for found in [ahead, back] {
            // Sums of 70 numbers below 5 at four temperatures.
            assert!((found.mean - exact).abs() < 1e-11 && (found.bound - exact).abs() < 1e-11, "{found:?} {exact}");
            assert!(found.se < 1e-11 && (found.effective_samples - 33.0).abs() < 1e-9);
            assert_eq!((found.betas, found.chains), (5, 33));
        }
        let least = forward(&machine, &Path::even(&machine, 0), 0, [1; 32]).0;
        assert_eq!((least.betas, least.chains), (2, 2));
    }

    #[test]
    fn states_are_resampled_by_their_weights() {
        let machine = Rbm::normal(60, 40, 0.5, &mut ChaCha8Rng::seed_from_u64(3)).to_f32();
        let (key, chains) = ([4; 32], 50);
        let path = Path::even(&machine, 3);
        let (_, found) = forward(&machine, &path, chains, key);
        let mut states = path.start(chains, key);
        let logs =
            anneal((&machine, &Layers::of(&machine)), std::slice::from_ref(&path), &mut states, &[0.0, 0.5, 1.0], key);
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

    #[test]
    fn runs_along_several_paths_are_those_of_each() {
        let machine = Rbm::normal(9, 5, 0.8, &mut ChaCha8Rng::seed_from_u64(4));
        let exact = exact::log_partition(&machine).expect("small");
        let machine = machine.to_f32();
        let layers = Layers::of(&machine);
        let given = (&machine, &layers);
        let plain = |c: f32| Path::from_biases(vec![c; 9], vec![0.0; 5], 60);
        let other = |c: f32| Path::from_biases(vec![c; 9], vec![-c; 5], 60);
        for paths in [[plain(0.1), plain(-0.4)], [other(0.3), other(-0.2)], [plain(0.1), other(0.3)]] {
            let found = along(given, &paths, 300, [9; 32]);
            let alone = runs(given, &paths[0], 300, [9; 32]);
            if paths.iter().all(Path::is_plain) || !paths.iter().any(Path::is_plain) {
                // The first one has the random numbers that it has alone.
                assert_eq!((&found[0].1, &found[0].2), (&alone.1, &alone.2));
            }
            for (estimate, logs, states) in &found {
                // Five standard errors of a mean of 300 nearly normal weights.
                assert!((estimate.mean - exact).abs() < 5.0 * estimate.se, "{estimate:?} {exact}");
                assert_eq!((logs.len(), states.rows()), (300, 300));
            }
            assert_ne!(found[0].2, found[1].2);
        }
    }
}
