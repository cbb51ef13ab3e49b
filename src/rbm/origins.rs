//! States of other origin: where a path should start, and whether an estimate of ln Z has missed
//! some that count.
//!
//! Chains start from hidden units of which all shares are on, or from data, or where a leading mode
//! of W points to and away from, and settle. Each gives a path of its own: from independent units
//! with the means that the chain itself has over a while. Weights of annealing runs have the mean Z
//! whatever the path, and those of the runs that end in a set of states the weight of that set: if
//! it is far above the share that samples have there, these samples have missed it.

use super::annealing::{self, Estimate};
use super::exact::log_sum_exp;
use super::gibbs::{Chains, hidden_means};
use super::kernel::Layers;
use super::path::{Base, Path, sum_on};
use super::{Rbm, stream};
use crate::bits::States;
use crate::math::{logistic, softplus};
use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use rayon::prelude::*;

/// Chains in all.
pub const CHAINS: usize = FAR + 2 * MODES;
/// Chains that start from hidden units or data.
const FAR: usize = 64;
/// Modes from both sides of which the others start, and steps that these are found in.
const MODES: usize = 8;
const STEPS: usize = 30;
/// Sweeps before their means are taken and over which; runs of each annealing.
const SETTLE: usize = 200;
const WHILE: usize = 50;
const RUNS: usize = 16;

/// Runs of an origin that stands out, at least and at most, and the error below which they are
/// enough: of ln of the weight of its states.
const LEAST: usize = 80;
const MOST: usize = 1280;
const SURE: f64 = 0.3;

/// States whose means the biases of independent units are taken from count as so many.
pub const KNOWN: usize = 32;

/// Means of the units of both layers.
#[derive(Clone, Debug)]
pub struct Means {
    /// Of the visible units (N values).
    pub visible: Vec<f64>,
    /// Of the hidden units (M values).
    pub hidden: Vec<f64>,
}

impl Means {
    /// Zeros.
    pub(super) fn none(machine: &Rbm<f32>) -> Self {
        Self { visible: vec![0.0; machine.visible], hidden: vec![0.0; machine.hidden] }
    }

    /// Adds `times` others.
    pub(super) fn add(&mut self, others: &Self, times: f64) {
        let add = |a: &mut [f64], b: &[f64]| a.iter_mut().zip(b).for_each(|(a, b)| *a += times * b);
        add(&mut self.visible, &others.visible);
        add(&mut self.hidden, &others.hidden);
    }

    /// By state: hidden means given the visible units, and visible means given the hidden units
    /// that these draw, which have less noise than the units themselves. The machine is given with
    /// the one of exchanged layers.
    fn by_state(
        (machine, turned): (&Rbm<f32>, &Rbm<f32>),
        states: &States,
        rng: &mut ChaCha8Rng,
    ) -> (Vec<f32>, Vec<f32>) {
        let m = machine.hidden;
        let up = hidden_means(machine, states);
        let hidden = States::from_fn(states.rows(), m, |row, unit| rng.random::<f32>() < up[row * m + unit]);
        let down = hidden_means(turned, &hidden);
        (down, up)
    }

    /// Over states.
    pub(super) fn of(machines: (&Rbm<f32>, &Rbm<f32>), states: &States, rng: &mut ChaCha8Rng) -> Self {
        let (down, up) = Self::by_state(machines, states, rng);
        let mean = |values: &[f32], units: usize| {
            let mut sums = vec![0.0; units];
            for row in values.chunks(units.max(1)) {
                sums.iter_mut().zip(row).for_each(|(sum, p)| *sum += f64::from(*p));
            }
            sums.iter_mut().for_each(|sum| *sum /= states.rows() as f64);
            sums
        };
        Self { visible: mean(&down, machines.0.visible), hidden: mean(&up, machines.0.hidden) }
    }

    /// A path of `betas` (at least 2) even steps from independent units with these means. They are
    /// taken to be known from [`KNOWN`] states, so that none is certain.
    pub fn path(&self, betas: usize) -> Path {
        self.base(KNOWN, betas)
    }

    /// The same with means found from `of` states.
    pub(super) fn base(&self, of: usize, betas: usize) -> Path {
        Path::from_biases(biases(&self.visible, of), biases(&self.hidden, of), betas)
    }
}

/// One chain of other origin.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Annealing from its means.
    pub estimate: Estimate,
    /// Independent units with its means.
    pub base: Base,
    /// ln of its runs' weights, and the states in which they end.
    pub(super) logs: Vec<f64>,
    ends: States,
}

/// Chains of other origin, annealed over `steps` temperatures, and means. 16 chains start from the
/// leading modes, 64 from hidden units, or half of these from `data` where there are some.
///
/// The means are those of the 64 together, as a mode may point to states that weigh nothing. Where
/// they are far from those of the machine the path is longer, but it leads everywhere: weighted by
/// what they weigh it leads to one of several states at times.
pub fn find(machine: &Rbm<f32>, data: Option<&States>, steps: usize, key: [u8; 32]) -> (Vec<Origin>, Means) {
    let n = machine.visible;
    let turned = machine.exchanged();
    let mut rng = stream(key, u64::MAX - 3);
    let far = Chains::from_hidden(machine, FAR, key).visible;
    let data = data.filter(|data| data.rows() > 0);
    let pick =
        data.map(|data| data.select(&std::array::from_fn::<usize, FAR, _>(|_| rng.random_range(0..data.rows()))));
    let modes = leading_modes((machine, &turned), &mut stream(key, u64::MAX - 4));
    let start = |row: usize, unit: usize| match (row.checked_sub(FAR), &pick) {
        (Some(side), _) => (modes[side / 2][unit] > 0.0) == side.is_multiple_of(2),
        (None, Some(pick)) if row % 4 >= 2 => pick.get(row, unit),
        (None, _) => far.get(row, unit),
    };
    let mut chains = Chains::new(States::from_fn(CHAINS, n, start), key, 0);
    chains.sweep(machine, SETTLE);
    let mut means = vec![Means::none(machine); CHAINS];
    for _ in 0..WHILE {
        chains.sweep(machine, 1);
        let (down, up) = Means::by_state((machine, &turned), &chains.visible, &mut rng);
        for (at, means) in means.iter_mut().enumerate() {
            let add = |sums: &mut [f64], values: &[f32]| {
                let row = &values[at * sums.len()..];
                sums.iter_mut().zip(row).for_each(|(sum, p)| *sum += f64::from(*p) / WHILE as f64);
            };
            add(&mut means.visible, &down);
            add(&mut means.hidden, &up);
        }
    }
    let paths: Vec<_> = means.iter().map(|means| means.base(WHILE, steps)).collect();
    let mut own = key;
    own[30] = own[30].wrapping_add(1);
    let runs = annealing::along((machine, &Layers::of(machine)), &paths, RUNS, own);
    let origin =
        |(path, (estimate, logs, ends)): (Path, _)| Origin { estimate, base: path.bases[0].clone(), logs, ends };
    let found = paths.into_iter().zip(runs).map(origin).collect();
    let mut all = Means::none(machine);
    means[..FAR].iter().for_each(|one| all.add(one, 1.0 / FAR as f64));
    (found, all)
}

/// Left singular vectors of about the largest singular values of W (N values each, of any length),
/// by orthogonal iteration; zeros for those that W has not, or whose values are below 10⁻⁶ of the
/// largest. Only their signs are used, and a decomposition of a large W would take more memory than
/// all the chains. The machine is given with the one of exchanged layers.
fn leading_modes((machine, turned): (&Rbm<f32>, &Rbm<f32>), rng: &mut ChaCha8Rng) -> Vec<Vec<f64>> {
    let times = |weights: &[f32], x: &[f64]| -> Vec<f64> {
        let dot = |row: &[f32]| row.iter().zip(x).map(|(w, x)| f64::from(*w) * x).sum();
        weights.chunks(x.len().max(1)).map(dot).collect()
    };
    let all = |weights: &[f32], x: &[Vec<f64>]| -> Vec<Vec<f64>> { x.par_iter().map(|x| times(weights, x)).collect() };
    let random = |_| (0..machine.hidden).map(|_| rng.random::<f64>() - 0.5).collect();
    let mut hidden: Vec<Vec<f64>> = (0..MODES).map(random).collect();
    for _ in 0..STEPS {
        orthonormal(&mut hidden);
        hidden = all(&turned.weights, &all(&machine.weights, &hidden));
    }
    orthonormal(&mut hidden);
    all(&machine.weights, &hidden)
}

/// Makes vectors orthonormal, each to those before it; zeros where nothing is left of one.
fn orthonormal(vectors: &mut [Vec<f64>]) {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    for at in 0..vectors.len() {
        let (before, rest) = vectors.split_at_mut(at);
        let length = dot(&rest[0], &rest[0]).sqrt();
        for other in before {
            let along = dot(other, &rest[0]);
            rest[0].iter_mut().zip(other).for_each(|(x, o)| *x -= along * *o);
        }
        let left = dot(&rest[0], &rest[0]).sqrt();
        let scale = if left > 1e-12 * length { 1.0 / left } else { 0.0 };
        rest[0].iter_mut().for_each(|x| *x *= scale);
    }
}

/// Anneals more runs from an origin, over `steps` temperatures: of the many runs of all origins one
/// may have a weight far above its mean, and what is chosen for it says little alone. All runs
/// count the same, so that a state that few of them reach keeps its weight. As many are added as
/// there are, first up to [`LEAST`].
pub(super) fn more(machine: &Rbm<f32>, origin: &mut Origin, steps: usize, key: [u8; 32]) {
    let before = origin.logs.len();
    let new = before.max(LEAST - RUNS);
    let Base { visible, hidden, .. } = &origin.base;
    let path = Path::from_biases(visible.clone(), hidden.clone(), steps);
    let mut own = key;
    own[27] = own[27].wrapping_add(before.ilog2() as u8);
    let (_, logs, ends) = annealing::runs((machine, &Layers::of(machine)), &path, new, own);
    origin.logs.extend(logs);
    let words = [origin.ends.words(), ends.words()].concat();
    origin.ends = States::from_words(before + new, machine.visible, words).expect("whole states of the machine");
}

impl Origin {
    /// Whether there are runs enough to say that its states, which `missed` tells of, count.
    pub(super) fn is_sure(&self, missed: &Missed) -> bool {
        let runs = self.logs.len();
        runs >= MOST || (runs >= LEAST && missed.se <= SURE)
    }
}

/// States that samples have missed.
#[derive(Clone, Copy, Debug)]
pub struct Missed {
    /// ln of the weight of the states.
    pub log_weight: f64,
    /// Its standard error, from the spread of the runs.
    pub se: f64,
    /// Share of the samples among these states.
    pub share: f64,
    /// ln of the number of times that their weight is above what that share says.
    pub excess: f64,
}

impl Missed {
    /// Whether samples of a machine, whose ln Z they say is `log_partition`, have missed states
    /// that count: by 3 standard errors, and 4 times what the samples say, for these hang
    /// together.
    pub fn counts(&self, log_partition: f64) -> bool {
        let sure = 3.0 * self.se;
        self.excess - sure > libm::log(4.0) && self.log_weight - sure - log_partition > libm::log(0.02)
    }
}

/// For each origin the states that are nearer to it than to biases `bias`; `samples` of the
/// machine, whose ln Z is estimated to be `log_partition`.
pub fn missed(origins: &[Origin], bias: &[f32], samples: &States, log_partition: f64) -> Vec<Missed> {
    let one = |origin: &Origin| {
        let own = &origin.base.visible;
        let change: Vec<f64> = own.iter().zip(bias).map(|(o, c)| f64::from(*o) - f64::from(*c)).collect();
        let norm = |bias: &[f32]| bias.iter().map(|c| softplus(f64::from(*c))).sum::<f64>();
        let constant = norm(own) - norm(bias);
        let near = |states: &States, row: usize| {
            let words = states.row(row).iter().enumerate();
            words.map(|(at, word)| sum_on(&change[at * 64..], *word)).sum::<f64>() > constant
        };
        let count = (0..samples.rows()).filter(|row| near(samples, *row)).count();
        // With one sample more than there are, so that none is no proof.
        let share = (count as f64 + 1.0) / (samples.rows() as f64 + 1.0);
        let inside: Vec<f64> =
            (0..origin.logs.len()).filter(|row| near(&origin.ends, *row)).map(|row| origin.logs[row]).collect();
        let runs = origin.logs.len() as f64;
        let top = inside.iter().copied().fold(f64::NEG_INFINITY, libm::fmaximum);
        let weights: Vec<f64> = inside.iter().map(|log| libm::exp(log - top)).collect();
        let mean = weights.iter().sum::<f64>() / runs;
        let square = weights.iter().map(|w| w * w).sum::<f64>() / runs - mean * mean;
        let log_weight = top + libm::log(mean);
        let se = (square / (runs - 1.0)).sqrt() / mean;
        Missed { log_weight, se, share, excess: log_weight - log_partition - libm::log(share) }
    };
    origins.iter().map(one).collect()
}

/// Bases of the origins that are far from each other: first that of the largest weight, then always
/// the one that is furthest from those before. Half of the states at t = 0 are shared out evenly,
/// half by weight.
pub fn spread(origins: &[Origin]) -> Vec<Base> {
    let bases: Vec<Known> = origins.iter().map(|origin| Known::of(&origin.base)).collect();
    // Of each origin to the nearest chosen one.
    let mut apart = vec![f64::INFINITY; origins.len()];
    let mut chosen: Vec<usize> = Vec::new();
    let mut next = (0..origins.len()).max_by(|a, b| origins[*a].estimate.mean.total_cmp(&origins[*b].estimate.mean));
    let mut furthest = 0.0;
    while let Some(base) = next {
        chosen.push(base);
        let from_it: Vec<f64> = bases.par_iter().map(|other| bases[base].distance(other)).collect();
        apart.iter_mut().zip(from_it).for_each(|(apart, new)| *apart = libm::fminimum(*apart, new));
        next = (0..origins.len()).max_by(|a, b| apart[*a].total_cmp(&apart[*b]));
        furthest = libm::fmaximum(furthest, next.map_or(0.0, |next| apart[next]));
        next = next.filter(|next| chosen.len() < origins.len() && apart[*next] > NEAR * furthest);
    }
    let chosen: Vec<&Origin> = chosen.into_iter().map(|at| &origins[at]).collect();
    let logs: Vec<f64> = chosen.iter().map(|one| one.estimate.mean).collect();
    let (total, even) = (log_sum_exp(&logs), 1.0 / chosen.len() as f64);
    let share = |log: f64| 0.5 * even + 0.5 * libm::exp(log - total);
    chosen.iter().map(|one| Base { share: share(one.estimate.mean), ..one.base.clone() }).collect()
}

/// Share of the largest distance between bases below which they are of one set of states.
const NEAR: f64 = 0.1;

/// Biases and means of a law of independent units, both layers.
struct Known(Vec<(f64, f64)>);

impl Known {
    fn of(base: &Base) -> Self {
        let units = base.visible.iter().chain(&base.hidden).map(|bias| f64::from(*bias));
        Self(units.map(|bias| (bias, logistic(bias))).collect())
    }

    /// Sum of the relative entropies of the two laws.
    fn distance(&self, other: &Self) -> f64 {
        self.0.iter().zip(&other.0).map(|((a, p), (b, q))| (p - q) * (a - b)).sum()
    }
}

/// Biases of independent units with these means, found from `of` states.
pub(crate) fn biases(means: &[f64], of: usize) -> Vec<f32> {
    let of = of as f64;
    let bias = |mean: &f64| {
        // Never more certain than the states can tell.
        let p = (mean * of + 0.1) / (of + 0.2);
        libm::log(p / (1.0 - p)) as f32
    };
    means.iter().map(bias).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::thin_svd;
    use crate::rbm::tempering::tests::ferromagnet;
    use rand::SeedableRng;

    #[test]
    fn modes_are_those_of_the_largest_singular_values() {
        // Three planted modes, each a third of the one before; the noise has singular values below
        // 0.1. In 30 steps the others lose a factor of at least 3^60.
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        let mut machine = Rbm::normal(30, 20, 0.01, rng);
        let sign = |unit: usize, mode: usize| if (unit >> mode).is_multiple_of(2) { 1.0 } else { -1.0 };
        for (mode, strength) in [9.0, 3.0, 1.0].into_iter().enumerate() {
            for (at, w) in machine.weights.iter_mut().enumerate() {
                *w += strength * sign(at / 20, mode) * sign(at % 20, mode) / 600f64.sqrt();
            }
        }
        let svd = thin_svd(machine.weights_view()).expect("finite");
        let machine = machine.to_f32();
        let found = leading_modes((&machine, &machine.exchanged()), rng);
        for (at, found) in found.iter().take(3).enumerate() {
            let length = found.iter().map(|x| x * x).sum::<f64>().sqrt();
            let along = found.iter().zip(svd.u.col_as_slice(at)).map(|(x, u)| x * u).sum::<f64>();
            assert!((along.abs() / length - 1.0).abs() < 1e-6, "{at}: {along} {length}");
        }
        // One hidden unit has one mode, and no weights none.
        let small = Rbm::new(2, 1, vec![3.0, -4.0], vec![0.0; 2], vec![0.0]).expect("finite").to_f32();
        let found = leading_modes((&small, &small.exchanged()), rng);
        assert!((found[0][0] / found[0][1] + 0.75).abs() < 1e-12 && found[1..].iter().flatten().all(|x| *x == 0.0));
        let none = Rbm::new(2, 1, vec![0.0; 2], vec![0.0; 2], vec![0.0]).expect("finite").to_f32();
        assert!(leading_modes((&none, &none.exchanged()), rng).iter().flatten().all(|x| *x == 0.0));
    }

    #[test]
    fn a_heavy_state_to_which_only_a_mode_points_is_found() {
        // Two states of opposite units: ln of their weights is 0 and J N M (1 − θ − θ') = 24, by
        // hand, for W = J, a = −J M θ, b = −J N θ'. Every other unit of both layers is turned over,
        // so that half of the units are on in both, and chains from shares of them settle in the
        // light one.
        let (n, m, j, theta) = (60, 40, 2.0, [0.85, 0.145]);
        let mut w = vec![j; n * m];
        let (mut a, mut b) = (vec![-j * m as f64 * theta[0]; n], vec![-j * n as f64 * theta[1]; m]);
        let mut constant = 0.0; // what the exponents lose
        for unit in (1..n).step_by(2) {
            (0..m).for_each(|k| b[k] += w[unit * m + k]);
            (0..m).for_each(|k| w[unit * m + k] *= -1.0);
            constant += a[unit];
            a[unit] *= -1.0;
        }
        for unit in (1..m).step_by(2) {
            (0..n).for_each(|j| a[j] += w[j * m + unit]);
            (0..n).for_each(|j| w[j * m + unit] *= -1.0);
            constant += b[unit];
            b[unit] *= -1.0;
        }
        let machine = Rbm::new(n, m, w, a, b).expect("finite").to_f32();
        let heavy = |states: &States, row: usize| (0..n).all(|j| states.get(row, j) == (j % 2 == 0));
        let mut far = Chains::from_hidden(&machine, CHAINS, [3; 32]);
        far.sweep(&machine, SETTLE);
        assert!(!(0..CHAINS).any(|row| heavy(&far.visible, row)), "the test needs a state that is hard to find");
        let (origins, _) = find(&machine, None, 150, [3; 32]);
        let found: Vec<&Origin> =
            origins.iter().filter(|one| (0..n).all(|j| (one.base.visible[j] > 0.0) == (j % 2 == 0))).collect();
        assert!(!found.is_empty());
        assert!(found.iter().all(|one| (one.estimate.mean + constant - 24.0).abs() < 0.2), "{:?}", found[0].estimate);
    }

    #[test]
    fn runs_that_are_added_are_new_and_count_beside_those_that_there_are() {
        let machine = Rbm::normal(40, 30, 0.5, &mut ChaCha8Rng::seed_from_u64(5)).to_f32();
        let (mut origins, _) = find(&machine, None, 20, [3; 32]);
        let origin = &mut origins[7];
        let (first, ends) = (origin.logs.clone(), origin.ends.clone());
        let missed = |se: f64| Missed { log_weight: 0.0, se, share: 0.1, excess: 5.0 };
        assert!(!origin.is_sure(&missed(0.0)), "16 runs are too few");
        more(&machine, origin, 20, [4; 32]);
        // Sure with a small error, or when there are 1,280.
        assert!(origin.is_sure(&missed(0.3)) && !origin.is_sure(&missed(0.31)));
        for runs in [80, 160, 320, 640, 1280] {
            assert_eq!((origin.logs.len(), origin.ends.rows()), (runs, runs));
            more(&machine, origin, 20, [4; 32]);
        }
        assert!(origin.is_sure(&missed(9.0)));
        // The first ones stay, and none comes twice.
        assert_eq!(origin.logs[..16], first);
        assert!((0..16).all(|row| origin.ends.row(row) == ends.row(row)));
        let mut all: Vec<u64> = origin.logs.iter().map(|log| log.to_bits()).collect();
        all.sort_unstable();
        all.dedup();
        assert!(all.len() > 2500, "of 2,560 runs {} differ", all.len());
    }

    #[test]
    fn states_that_samples_miss_are_found_and_those_that_they_hold_are_not() {
        // Two states of weight 1 each, all units off or all on; others weigh less than 2^-11.
        let machine = ferromagnet(12, 10).to_f32();
        let (origins, means) = find(&machine, None, 150, [3; 32]);
        assert!(means.visible.iter().all(|mean| (0.1..0.9).contains(mean)), "both are found: {means:?}");
        let most = |samples: &States, bias: f32, log_partition: f64| {
            let found = missed(&origins, &[bias; 12], samples, log_partition);
            let sure = found.iter().map(|one| one.excess - 3.0 * one.se);
            sure.filter(|x| !x.is_nan()).fold(f64::NEG_INFINITY, libm::fmaximum)
        };
        let off = States::zeros(500, 12);
        let both = States::from_fn(500, 12, |row, _| row % 2 == 0);
        // All samples at 0, whose weight alone is 1: at 1 the others miss a weight of 1, of which a
        // share of 1/501 is held.
        let excess = most(&off, -4.0, 0.0);
        assert!((excess - 501f64.ln()).abs() < 0.3, "{excess}");
        assert!(most(&both, 0.0, 2f64.ln()) < 0.1);
    }
}
