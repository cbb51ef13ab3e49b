//! Block Gibbs sampling of many chains on bit-packed states.
//!
//! A field is the bias plus the weight rows of the units that are on (`kernel.rs`): additions in
//! one fixed order for every output, so the same bits for every thread count and instruction set.

pub use super::draws::most_sweeps;
use super::draws::{Draws, draws};
use super::kernel::{Layers, Packed, Scratch, fields};
use super::{Rbm, stream};
use crate::bits::States;
use crate::math;
use rand::RngExt;
use rayon::prelude::*;

/// P(h_k = 1 | v) for every state: rows x M, row by row.
pub fn hidden_means(machine: &Rbm<f32>, states: &States) -> Vec<f32> {
    means(&Packed::new(&machine.weights, &machine.hidden_bias), machine.hidden, states)
}

/// The same with the machine's hidden side packed.
pub(super) fn means(packed: &Packed, m: usize, states: &States) -> Vec<f32> {
    let per_row = states.words_per_row().max(1);
    let mut means = vec![0.0; states.rows() * m];
    let chunk = chunk(states.rows());
    means.par_chunks_mut((chunk * m).max(1)).zip(states.words().par_chunks(chunk * per_row)).for_each_init(
        || Scratch::new(chunk),
        |scratch, (means, words)| {
            fields(packed, words, per_row, scratch, |row, left, z| {
                math::logistic_of_all(z);
                means[row * m + left..][..z.len()].copy_from_slice(z);
            });
        },
    );
    means
}

/// States that one worker takes at a time: enough to repay the tables, few enough to share out.
fn chunk(rows: usize) -> usize {
    rows.div_ceil(rayon::current_num_threads()).clamp(32, 512)
}

/// Independent chains of one machine. What a chain draws depends only on (key, chain, sweep).
#[derive(Clone, Debug, PartialEq)]
pub struct Chains {
    /// Visible states, one chain per row.
    pub visible: States,
    /// Sweeps so far.
    pub sweeps: u64,
    key: [u8; 32],
}

impl Chains {
    /// Chains at the given visible states; their randomness follows from `key` and continues after
    /// `sweeps`.
    pub fn new(visible: States, key: [u8; 32], sweeps: u64) -> Self {
        Self { visible, sweeps, key }
    }

    /// `count` chains whose units start independent, at their biases: samples of the machine
    /// without W and b.
    pub fn independent(machine: &Rbm<f32>, count: usize, key: [u8; 32]) -> Self {
        let mut p = machine.visible_bias.clone();
        math::logistic_of_all(&mut p);
        let mut rng = stream(key, u64::MAX);
        Self::new(States::from_fn(count, machine.visible, |_, unit| rng.random::<f32>() < p[unit]), key, 0)
    }

    /// `count` chains of other starts: visible units drawn from independent hidden ones, of which
    /// shares evenly between 0 and 1 are on. Chains come in pairs: of the second just those hidden
    /// units are on that are off for the first.
    pub fn from_hidden(machine: &Rbm<f32>, count: usize, key: [u8; 32]) -> Self {
        let (n, m, pairs) = (machine.visible, machine.hidden, count.div_ceil(2));
        let mut rng = stream(key, u64::MAX - 1);
        let share = |pair: usize| (pair as f64 + 0.5) / pairs as f64;
        let first = States::from_fn(pairs, m, |pair, _| rng.random::<f64>() < share(pair));
        let hidden = States::from_fn(count, m, |row, unit| first.get(row / 2, unit) != (row % 2 == 1));
        let p = hidden_means(&machine.exchanged(), &hidden);
        Self::new(States::from_fn(count, n, |row, unit| rng.random::<f32>() < p[row * n + unit]), key, 0)
    }

    /// `count` sweeps v → h → v of all chains, in parallel over chains.
    ///
    /// |P(unit = 1) − logistic(z)| <= 2^−48 for every field z, and what double precision rounds.
    pub fn sweep(&mut self, machine: &Rbm<f32>, count: usize) {
        self.follow(machine, count, 1, |_| ());
    }

    /// `times` times `count` sweeps, as [`Self::sweep`] makes them; `look` sees the visible states
    /// after each time.
    pub fn follow(&mut self, machine: &Rbm<f32>, count: usize, times: usize, mut look: impl FnMut(&States)) {
        let layers = Layers::of(machine);
        for _ in 0..times {
            self.run(&layers, count, &mut vec![(); self.visible.rows()], &Plain);
            look(&self.visible);
        }
    }

    /// `count` sweeps of the packed machine by a rule that keeps one `T` for as many chains in a
    /// row as there are chains per entry of `kept`.
    pub(super) fn run<T: Send>(&mut self, layers: &Layers, count: usize, kept: &mut [T], rule: &impl Rule<T>) {
        let m = layers.hidden.columns();
        let per_sweep = draws(self.visible.units()) + draws(m);
        let (key, before) = (self.key, u128::from(self.sweeps) * u128::from(per_sweep));
        let (per_row, per_hidden) = (self.visible.words_per_row().max(1), m.div_ceil(64).max(1));
        let group = (self.visible.rows() / kept.len().max(1)).max(1);
        let chunk = chunk(self.visible.rows()).next_multiple_of(group);
        let scratch = || (Scratch::new(chunk), vec![0u64; chunk * per_hidden], Vec::new());
        let rows = self.visible.words_mut().par_chunks_mut(chunk * per_row).zip(kept.par_chunks_mut(chunk / group));
        rows.enumerate().for_each_init(scratch, |(scratch, hidden, chains), (at, (visible, kept))| {
            let rows = visible.len() / per_row;
            chains.clear();
            chains.extend((0..rows).map(|row| Draws::new(key, (at * chunk + row) as u64, before)));
            let hidden = &mut hidden[..rows * per_hidden];
            for sweep in 0..count {
                let mut draw = |layer: Layer, chain: usize, left: usize, z: &mut [f32]| {
                    let draws = &mut chains[chain];
                    let (kept, member) = (&mut kept[chain / group], chain % group);
                    rule.draw(kept, member, (sweep, layer, left), z, |z| draws.draw(z))
                };
                fields(&layers.hidden, visible, per_row, scratch, |chain, left, z| {
                    hidden[chain * per_hidden + left / 64] = draw(Layer::Hidden, chain, left, z);
                });
                fields(&layers.visible, hidden, per_hidden, scratch, |chain, left, z| {
                    visible[chain * per_row + left / 64] = draw(Layer::Visible, chain, left, z);
                });
                kept.iter_mut().for_each(|kept| rule.swept(kept));
            }
        });
        self.sweeps += count as u64;
    }
}

/// What is done to the fields of chains during a sweep. The chains of one entry of type `T` follow
/// each other; `member` counts them.
pub(super) trait Rule<T>: Sync {
    /// Up to 64 units at (sweep, layer, first unit) with these fields, the first one in the lowest
    /// bit; `draw` draws them.
    fn draw(
        &self,
        kept: &mut T,
        member: usize,
        (sweep, layer, left): (usize, Layer, usize),
        z: &mut [f32],
        draw: impl FnOnce(&[f32]) -> u64,
    ) -> u64 {
        let mut fields = [0.0; 64];
        fields[..z.len()].copy_from_slice(z);
        self.change(kept, member, (sweep, layer, left), z);
        let on = draw(z);
        self.drawn(kept, member, (layer, left), &fields[..z.len()], on);
        on
    }
    /// Before a draw of up to 64 units at (sweep, layer, first unit): `z` are their fields.
    fn change(&self, _kept: &mut T, _member: usize, _at: (usize, Layer, usize), _z: &mut [f32]) {}
    /// After it: the fields before [`Self::change`], and which units are on, the first one in the
    /// lowest bit.
    fn drawn(&self, _kept: &mut T, _member: usize, _at: (Layer, usize), _fields: &[f32], _on: u64) {}
    /// After a sweep of all chains of the entry.
    fn swept(&self, _kept: &mut T) {}
}

/// Sweeps of the machine itself.
pub(super) struct Plain;

impl Rule<()> for Plain {
    fn draw(
        &self,
        (): &mut (),
        _: usize,
        _: (usize, Layer, usize),
        z: &mut [f32],
        draw: impl FnOnce(&[f32]) -> u64,
    ) -> u64 {
        draw(z)
    }
}

#[derive(Clone, Copy)]
pub(super) enum Layer {
    Visible,
    Hidden,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    fn machine() -> Rbm<f32> {
        let w: Vec<f64> = (0..6).map(|i| 0.8 * f64::from(i) - 1.7).collect();
        Rbm::new(3, 2, w, vec![0.3, -0.6, 0.1], vec![-0.5, 0.4]).expect("finite").to_f32()
    }

    fn bits(state: usize, n: usize) -> Vec<f64> {
        (0..n).map(|i| f64::from(u8::from(state >> i & 1 == 1))).collect()
    }

    /// Marginal law of v from the naive energy: 8 probabilities.
    fn visible_law(machine: &Rbm<f32>) -> Vec<f64> {
        let exact = machine.to_f64();
        let weight = |v: usize| -> f64 {
            let energy = |h: usize| {
                oracle::energy(&exact.weights, &exact.visible_bias, &exact.hidden_bias, &bits(v, 3), &bits(h, 2))
            };
            (0..4).map(|h| (-energy(h)).exp()).sum()
        };
        let weights: Vec<f64> = (0..8).map(weight).collect();
        let z: f64 = weights.iter().sum();
        weights.iter().map(|w| w / z).collect()
    }

    /// A two-layer sweep as an 8 x 8 matrix, from the conditionals that the sampler itself uses.
    fn transition(machine: &Rbm<f32>) -> Vec<Vec<f64>> {
        let logistic = |z: f32| 1.0 / (1.0 + libm::exp(-f64::from(z)));
        let on = |state: usize, i: usize| state >> i & 1 == 1;
        let chance = |p: f64, on: bool| if on { p } else { 1.0 - p };
        let up = States::from_fn(8, 3, on);
        let down = States::from_fn(4, 2, on);
        let (mut z_hidden, mut z_visible) = (vec![0.0; 16], vec![0.0; 12]);
        let scratch = &mut Scratch::new(8);
        let layers = Layers::of(machine);
        fields(&layers.hidden, up.words(), 1, scratch, |v, _, z| {
            z_hidden[v * 2..][..2].copy_from_slice(z);
        });
        fields(&layers.visible, down.words(), 1, scratch, |h, _, z| {
            z_visible[h * 3..][..3].copy_from_slice(z);
        });
        let step = |v: usize, w: usize| -> f64 {
            let through = |h: usize| -> f64 {
                let up: f64 = (0..2).map(|k| chance(logistic(z_hidden[v * 2 + k]), on(h, k))).product();
                let down: f64 = (0..3).map(|j| chance(logistic(z_visible[h * 3 + j]), on(w, j))).product();
                up * down
            };
            (0..4).map(through).sum()
        };
        (0..8).map(|v| (0..8).map(|w| step(v, w)).collect()).collect()
    }

    #[test]
    fn the_boltzmann_law_is_invariant_to_1e_12() {
        // Parameters are multiples of 1/8, so that single-precision sums are exact.
        let w = vec![-1.75, 0.5, 1.25, -0.875, 2.0, 0.375];
        let machine = Rbm::new(3, 2, w, vec![0.25, -0.625, 0.125], vec![-0.5, 0.375]).expect("finite").to_f32();
        let (law, step) = (visible_law(&machine), transition(&machine));
        for w in 0..8 {
            let after: f64 = (0..8).map(|v| law[v] * step[v][w]).sum();
            assert!((after - law[w]).abs() < 1e-12, "{w}: {after} {}", law[w]);
        }
        let mut wrong = machine.clone();
        wrong.visible_bias[0] += 0.04; // one conditional off by 1 %
        let moved = transition(&wrong);
        let drift = (0..8).map(|w| ((0..8).map(|v| law[v] * moved[v][w]).sum::<f64>() - law[w]).abs());
        assert!(drift.fold(0.0, libm::fmaximum) > 1e-4);
    }

    #[test]
    fn exact_draws_do_not_drift() {
        // Chains start distributed as the Boltzmann law, stratified; after three sweeps they still
        // are: chi-square with 7 degrees of freedom at 1e-6 is 40.5 (scipy 1.17.1). A conditional
        // wrong by 1 % moves it by far more.
        let machine = machine();
        let law = visible_law(&machine);
        let rows = 400_000;
        let mut cumulative = law.clone();
        (1..8).for_each(|i| cumulative[i] += cumulative[i - 1]);
        let state = |row: usize| cumulative.iter().take(7).filter(|&&c| (row as f64 + 0.5) / rows as f64 > c).count();
        let mut chains = Chains::new(States::from_fn(rows, 3, |row, unit| state(row) >> unit & 1 == 1), [7; 32], 0);
        chains.sweep(&machine, 3);
        let chi = |law: &[f64]| -> f64 {
            let mut counts = [0.0; 8];
            (0..rows).for_each(|row| counts[chains.visible.row(row)[0] as usize] += 1.0);
            counts.iter().zip(law).map(|(c, p)| (c - rows as f64 * p).powi(2) / (rows as f64 * p)).sum()
        };
        assert!(chi(&law) < 40.5, "{}", chi(&law));
        let mut wrong = machine.clone();
        wrong.visible_bias[0] += 0.05; // P(v = 1) moves by about 1 %
        assert!(chi(&visible_law(&wrong)) > 40.5, "{}", chi(&visible_law(&wrong)));
    }

    #[test]
    fn results_do_not_depend_on_the_number_of_threads_or_on_how_sweeps_are_split() {
        let machine = Rbm::normal(67, 31, 0.5, &mut ChaCha8Rng::seed_from_u64(1)).to_f32();
        let start = States::from_fn(53, 67, |row, unit| (row * unit) % 3 == 1);
        let run = |threads: usize, parts: &[usize]| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("pool");
            pool.install(|| {
                let mut chains = Chains::new(start.clone(), [5; 32], 0);
                parts.iter().for_each(|&count| chains.sweep(&machine, count));
                chains
            })
        };
        assert_eq!(run(1, &[5]), run(2, &[5]));
        assert_eq!(run(1, &[5]), run(3, &[1, 3, 1]));
        assert_ne!(run(1, &[5]).visible, start);
        let (mut chains, mut seen) = (Chains::new(start.clone(), [5; 32], 0), Vec::new());
        chains.follow(&machine, 2, 3, |states| seen.push(states.clone()));
        assert_eq!(seen, [2, 4, 6].map(|count| run(1, &[count]).visible));
        assert_eq!(chains, run(2, &[6]));
    }

    #[test]
    fn consecutive_sweeps_of_a_chain_use_disjoint_random_words() {
        // Without weights and biases a unit is on where its 16 bits are below one half, the highest
        // off: they can be read from the states. A draw takes 32 words for up to 64 units; M = 36
        // hidden units take one and N = 67 visible ones two, 96 words per sweep, hidden units
        // first.
        let (n, m, key) = (67, 36, [6; 32]);
        let machine = Rbm::new(n, m, vec![0.0; n * m], vec![0.0; n], vec![0.0; m]).expect("finite").to_f32();
        let mut chains = Chains::new(States::zeros(5, n), key, 0);
        let mut sweep = 0;
        chains.follow(&machine, 1, 4, |states| {
            for chain in 0..5 {
                let mut rng = ChaCha8Rng::from_seed(key);
                rng.set_stream(chain as u64);
                let words: Vec<u32> = (0..(sweep + 1) * 96).map(|_| rng.random()).collect();
                for unit in 0..n {
                    let word = words[sweep * 96 + 32 + unit / 2];
                    let low = word >> (15 + 16 * (unit % 2)) & 1 == 0;
                    assert_eq!(states.get(chain, unit), low, "chain {chain}, sweep {sweep}, unit {unit}");
                }
            }
            sweep += 1;
        });
        assert_eq!((sweep, chains.sweeps), (4, 4));
    }

    #[test]
    fn sweeps_are_counted_up_to_the_end_of_the_random_stream() {
        // by hand: 2^61 draws are enough for 2^53 sweeps of 2^8; 255 full ones and one for the
        // other layer are that many; one unit more takes 257, and python says 2**61 // 257 =
        // 8972151786823711
        let most = [0, 1, 64 * 255, 64 * 255 + 1].map(most_sweeps);
        assert_eq!(most, [1 << 53, 1 << 53, 1 << 53, 8_972_151_786_823_711]);
    }

    #[test]
    fn chains_from_hidden_units_start_with_all_shares_of_them() {
        // Hidden unit k alone decides visible unit k: field −30 or 30. Of 400 pairs the i-th has a
        // share (i + 1/2)/400 of its three units on in the first chain, and the others in the
        // second; in the first half 1/4 on average, five standard errors of at most 1/2 each.
        let mut w = vec![0.0; 9];
        (0..3).for_each(|k| w[4 * k] = 60.0);
        let machine = Rbm::new(3, 3, w, vec![-30.0; 3], vec![0.0; 3]).expect("finite").to_f32();
        let states = Chains::from_hidden(&machine, 800, [2; 32]).visible;
        let mean = |pairs: std::ops::Range<usize>| {
            let count = pairs.len() * 3;
            pairs.map(|pair| states.ones(2 * pair).count()).sum::<usize>() as f64 / count as f64
        };
        for (pairs, expected) in [(0..200, 0.25), (200..400, 0.75), (380..400, 0.975)] {
            let spread = 5.0 * (expected * (1.0 - expected) / (3 * pairs.len()) as f64).sqrt();
            assert!((mean(pairs.clone()) - expected).abs() < spread, "{pairs:?}: {}", mean(pairs.clone()));
        }
        for pair in 0..400 {
            assert!((0..3).all(|unit| states.get(2 * pair, unit) != states.get(2 * pair + 1, unit)), "{pair}");
        }
        assert_eq!(Chains::from_hidden(&machine, 5, [2; 32]).visible.rows(), 5);
    }

    #[test]
    fn hidden_means_are_the_exact_conditional() {
        let machine = machine();
        let states = States::from_fn(8, 3, |row, unit| row >> unit & 1 == 1);
        let means = hidden_means(&machine, &states);
        for v in 0..8 {
            for k in 0..2 {
                let z = machine.hidden_bias[k]
                    + (0..3).filter(|j| v >> j & 1 == 1).map(|j| machine.weights[j * 2 + k]).sum::<f32>();
                let exact = 1.0 / (1.0 + libm::exp(-f64::from(z)));
                assert!((f64::from(means[v * 2 + k]) - exact).abs() < 3e-7);
            }
        }
    }

    #[test]
    fn hidden_means_of_many_units_and_states_are_in_their_places() {
        // More than 256 states and more than 64 hidden units, whose means come in parts.
        let machine = Rbm::normal(70, 69, 0.3, &mut ChaCha8Rng::seed_from_u64(2)).to_f32();
        let states = States::from_fn(301, 70, |row, unit| (row * 7 + unit * unit) % 5 < 2);
        let means = hidden_means(&machine, &states);
        assert_eq!(means.len(), 301 * 69);
        for row in 0..301 {
            for k in 0..69 {
                let sum: f64 = states.ones(row).map(|j| f64::from(machine.weights[j * 69 + k])).sum();
                let exact = 1.0 / (1.0 + libm::exp(-f64::from(machine.hidden_bias[k]) - sum));
                // 70 additions of numbers below 8 in single precision, a quarter of that in the
                // mean.
                assert!((f64::from(means[row * 69 + k]) - exact).abs() < 70.0 * 4e-7, "{row} {k}");
            }
        }
    }

    #[test]
    fn independent_chains_start_at_the_biases() {
        let bias = vec![30.0, -30.0, 0.0];
        let machine = Rbm::new(3, 2, vec![9.0; 6], bias, vec![5.0; 2]).expect("finite").to_f32();
        let chains = Chains::independent(&machine, 1000, [3; 32]);
        assert_eq!((chains.visible.rows(), chains.sweeps), (1000, 0));
        let means = chains.visible.means();
        // Of a fair unit five standard errors.
        assert!(means[0] == 1.0 && means[1] == 0.0 && (means[2] - 0.5).abs() < 5.0 * 0.5 / 1000f64.sqrt(), "{means:?}");
    }
}
