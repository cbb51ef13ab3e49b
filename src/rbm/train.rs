//! Training by (persistent) contrastive divergence with Adam or plain gradient ascent.

use super::Rbm;
use super::gibbs::{Chains, hidden_means, most_sweeps};
use super::kernel::{Scratch, fields};
use super::optimiser::Optimiser;
use super::optimiser::{Step, ascend};
use crate::bits::States;
use crate::math;
use crate::memory::Bytes;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Where the negative phase starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Persistent chains.
    Pcd,
    /// Chains restarted at the batch.
    Cd,
}

/// How visible biases start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VisibleBias {
    /// Normal, like the weights.
    Normal,
    /// Logit of the pixel means, these clamped to [1/(n+2), 1 − 1/(n+2)] for n images: independent pixels (C = D) then
    /// drive no growth of W.
    DataMean,
}

/// Size, rule and rates of a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainSpec {
    /// M, hidden units.
    pub hidden: usize,
    /// k, Gibbs sweeps per update.
    pub steps: usize,
    /// Negative phase.
    pub method: Method,
    /// Optimiser.
    pub optimiser: Optimiser,
    /// Passes over the images.
    pub epochs: usize,
    /// Images per update.
    pub batch: usize,
    /// Persistent chains.
    pub chains: usize,
    /// Standard deviation s of the initial weights and biases.
    pub init_std: f64,
    /// Initial visible biases.
    pub visible_bias: VisibleBias,
    /// Whether the gradient is that of centred units.
    #[serde(default)]
    pub gradient: Gradient,
}

/// The parametrisation in which the gradient is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gradient {
    /// Of the log-likelihood in W, a, b.
    #[default]
    Plain,
    /// In the parameters of centred units v − μ, h − ν, offsets the averages of batch and chains: the steps do not depend
    /// on which state of a unit is called one. J. Melchior, A. Fischer and L. Wiskott, J. Mach. Learn. Res. 17 (99), 2016.
    Centred,
}

impl TrainSpec {
    /// PCD-1, Adam at 1e-3, batches of 500, visible biases at the data means.
    pub fn pcd(hidden: usize, epochs: usize, init_std: f64) -> Self {
        Self {
            hidden,
            steps: 1,
            method: Method::Pcd,
            optimiser: Optimiser::adam(1e-3),
            epochs,
            batch: 500,
            chains: 500,
            init_std,
            visible_bias: VisibleBias::DataMean,
            gradient: Gradient::Plain,
        }
    }

    /// The paper's training: PCD-10, Adam at 1e-4, batches of 500, 100 passes, everything normal at first with standard deviation 0.01.
    pub fn paper(hidden: usize) -> Self {
        let optimiser = Optimiser::adam(1e-4);
        Self { steps: 10, optimiser, visible_bias: VisibleBias::Normal, ..Self::pcd(hidden, 100, 0.01) }
    }

    /// Updates in one pass over `images` images; the last batch may be smaller.
    pub fn updates_per_epoch(&self, images: usize) -> usize {
        images.div_ceil(self.batch.max(1))
    }

    /// Whether this can be trained on `images` images of `pixels` pixels, as [`Trainer::new`] asks; memory is
    /// [`TrainSpec::bytes`].
    ///
    /// # Errors
    /// A size of zero, a rate that is not positive, no images, or more sweeps than a chain has random numbers for.
    pub fn check(&self, images: usize, pixels: usize) -> Result<(), TrainError> {
        let positive = [
            ("the number of hidden units", self.hidden),
            ("the number of sweeps", self.steps),
            ("the batch", self.batch),
            ("the number of chains", self.chains),
        ];
        for (what, got) in positive {
            if got == 0 {
                return Err(TrainError::Spec { what, must: "at least 1".into(), got: got.to_string() });
            }
        }
        let rate = self.optimiser.rate();
        if !(rate > 0.0 && rate.is_finite()) {
            return Err(TrainError::Spec { what: "the learning rate", must: "positive".into(), got: rate.to_string() });
        }
        if !(self.init_std >= 0.0 && self.init_std.is_finite()) {
            let (what, got) = ("the initial standard deviation", self.init_std.to_string());
            return Err(TrainError::Spec { what, must: "at least 0".into(), got });
        }
        if images == 0 || pixels == 0 {
            return Err(TrainError::Data { images, pixels, visible: pixels });
        }
        let updates = Bytes::from(self.epochs) * Bytes::from(self.updates_per_epoch(images));
        let (sweeps, most) = (updates * Bytes::from(self.steps), most_sweeps(pixels.saturating_add(self.hidden)));
        if sweeps.0 > u128::from(most) {
            let what = "the number of sweeps of all epochs together";
            return Err(TrainError::Spec { what, must: format!("at most {most}"), got: sweeps.0.to_string() });
        }
        Ok(())
    }

    /// Memory that a training takes at most, besides its images, in bytes: for every weight 12 of the machine with Adam's moments and 24
    /// while these are written; for every image and chain of a batch its states and the means of its hidden units.
    pub fn bytes(visible: Bytes, hidden: Bytes, batch: Bytes, chains: Bytes) -> Bytes {
        let per_weight = Bytes(36) * (visible + Bytes(1)) * (hidden + Bytes(1));
        let states = Bytes(3) * States::bytes(batch + chains, visible) + States::bytes(chains, hidden);
        per_weight + Bytes(4) * (batch + chains) * hidden + states
    }
}

/// Size of a weight or bias from which on a training counts as diverged.
pub const LARGEST: f32 = 1e3;

/// A training that cannot start or go on.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum TrainError {
    /// A size or rate out of range.
    #[error("{what} must be {must}, not {got}")]
    Spec {
        /// Which one.
        what: &'static str,
        /// Its range.
        must: String,
        /// Its value.
        got: String,
    },
    /// No images, or images of another size than the machine's.
    #[error("{images} images of {pixels} pixels do not fit a machine of {visible} visible units")]
    Data {
        /// Number of images.
        images: usize,
        /// Pixels an image.
        pixels: usize,
        /// N.
        visible: usize,
    },
    /// A weight or bias became infinite, NaN, or as large as [`LARGEST`] in size.
    #[error(
        "the training diverged at update {update}: a weight or bias is no number, or 1000 or larger in size; the learning rate is too high"
    )]
    Diverged {
        /// The update that did it.
        update: u64,
    },
}

/// Adam's moments of all parameters, in the order W, a, b; zeros and unused for plain ascent.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// First moments of W, a, b.
    pub first: [Vec<f32>; 3],
    /// Second moments of W, a, b.
    pub second: [Vec<f32>; 3],
}

/// A training under way. Same bits for every number of threads.
#[derive(Clone, Debug, PartialEq)]
pub struct Trainer {
    pub(super) spec: TrainSpec,
    pub(super) machine: Rbm<f32>,
    pub(super) moments: Moments,
    pub(super) chains: Chains,
    pub(super) updates: u64,
    pub(super) epochs: u64,
    pub(super) key: [u8; 32],
}

/// Visible units whose gradient one worker takes at a time: enough to repay the tables. A constant, because sums over the
/// visible units are taken chunk by chunk.
const PIXELS: usize = 196;

// Streams under a training's key; chains use 0, 1, 2, ...
const INITIAL: u64 = u64::MAX;

const CHAIN_START: u64 = u64::MAX - 1;

const EPOCH_ORDER: u64 = 1 << 62;

impl Trainer {
    /// An untrained machine; everything random follows from `key`.
    ///
    /// # Errors
    /// As [`TrainSpec::check`].
    pub fn new(spec: TrainSpec, images: &States, key: [u8; 32]) -> Result<Self, TrainError> {
        let (rows, n, m) = (images.rows(), images.units(), spec.hidden);
        spec.check(rows, n)?;
        let mut machine = Rbm::normal(n, m, spec.init_std, &mut stream(key, INITIAL)).to_f32();
        if spec.visible_bias == VisibleBias::DataMean {
            let least = 1.0 / (rows as f64 + 2.0);
            let logit = |p: f64| libm::log(p / (1.0 - p)) as f32;
            machine.visible_bias = images.means().iter().map(|p| logit(p.clamp(least, 1.0 - least))).collect();
        }
        // Chains start in the machine without weights: independent pixels at their biases.
        let mut start = machine.visible_bias.clone();
        math::logistic(&mut start);
        let mut rng = stream(key, CHAIN_START);
        let visible = States::from_fn(spec.chains, n, |_, unit| rng.random::<f32>() < start[unit]);
        let zeros = || [vec![0.0; n * m], vec![0.0; n], vec![0.0; m]];
        let moments = Moments { first: zeros(), second: zeros() };
        let chains = Chains::new(visible, key, 0);
        Ok(Self { spec, machine, moments, chains, updates: 0, epochs: 0, key })
    }

    /// Size, rule and rates.
    pub fn spec(&self) -> &TrainSpec {
        &self.spec
    }

    /// The machine as it is now.
    pub fn machine(&self) -> &Rbm<f32> {
        &self.machine
    }

    /// The persistent chains; for CD those of the last update.
    pub fn chains(&self) -> &Chains {
        &self.chains
    }

    /// Adam's moments.
    pub fn moments(&self) -> &Moments {
        &self.moments
    }

    /// Updates so far.
    pub fn updates(&self) -> u64 {
        self.updates
    }

    /// Complete passes so far.
    pub fn epochs(&self) -> u64 {
        self.epochs
    }

    /// One pass over the images in a fresh random order; `after_update` sees the trainer after every update.
    ///
    /// # Errors
    /// Images that do not fit, or divergence.
    pub fn run_epoch(&mut self, images: &States, mut after_update: impl FnMut(&Trainer)) -> Result<(), TrainError> {
        let rows = images.rows();
        if rows == 0 || images.units() != self.machine.visible {
            return Err(TrainError::Data { images: rows, pixels: images.units(), visible: self.machine.visible });
        }
        let mut order: Vec<usize> = (0..rows).collect();
        let mut rng = stream(self.key, EPOCH_ORDER + self.epochs);
        for i in (1..rows).rev() {
            order.swap(i, rng.random_range(0..=i));
        }
        for batch in order.chunks(self.spec.batch) {
            self.update(&images.select(batch))?;
            after_update(self);
        }
        self.epochs += 1;
        Ok(())
    }

    /// One update from one batch. Positive phase: means of h given the images. Negative phase: visible samples after
    /// k sweeps and means of h given them.
    fn update(&mut self, batch: &States) -> Result<(), TrainError> {
        if self.spec.method == Method::Cd {
            self.chains.visible = batch.clone();
        }
        let data_hidden = hidden_means(&self.machine, batch);
        self.chains.sweep(&self.machine, self.spec.steps);
        let model_hidden = hidden_means(&self.machine, &self.chains.visible);
        self.updates += 1;

        let m = self.machine.hidden;
        let (data, model) = (batch.transposed(), self.chains.visible.transposed());
        let (per_data, per_model) = (1.0 / batch.rows() as f32, 1.0 / self.chains.visible.rows() as f32);
        let step = Step::new(self.spec.optimiser, self.updates);
        let [first_w, first_a, first_b] = &mut self.moments.first;
        let [second_w, second_a, second_b] = &mut self.moments.second;

        // Means of every unit over the batch and over the chains.
        let (per_pixel, per_chain) = (data.words_per_row().max(1), model.words_per_row().max(1));
        let visible_means = |words: &[u64], per_row: usize, per: f32| -> Vec<f32> {
            let on = |row: &[u64]| row.iter().map(|w| w.count_ones()).sum::<u32>() as f32;
            words.chunks(per_row).map(|row| on(row) * per).collect()
        };
        let hidden_means = |rows: &[f32], per: f32| -> Vec<f32> {
            let mut sum = vec![0.0; m];
            rows.chunks_exact(m).for_each(|row| sum.iter_mut().zip(row).for_each(|(sum, p)| *sum += p));
            sum.iter().map(|sum| sum * per).collect()
        };
        let (data_v, model_v) =
            (visible_means(data.words(), per_pixel, per_data), visible_means(model.words(), per_chain, per_model));
        let (data_h, model_h) = (hidden_means(&data_hidden, per_data), hidden_means(&model_hidden, per_model));
        let minus = |a: &[f32], b: &[f32]| -> Vec<f32> { a.iter().zip(b).map(|(a, b)| a - b).collect() };
        let average = |a: &[f32], b: &[f32]| -> Vec<f32> { a.iter().zip(b).map(|(a, b)| 0.5 * (a + b)).collect() };
        let (mut gradient_a, mut gradient_b) = (minus(&data_v, &model_v), minus(&data_h, &model_h));
        // Offsets; without centring they are zero.
        let centred = self.spec.gradient == Gradient::Centred;
        let (offset_v, offset_h) = match centred {
            true => (average(&data_v, &model_v), average(&data_h, &model_h)),
            false => (Vec::new(), Vec::new()),
        };
        let (shift_v, shift_h) = (gradient_a.clone(), gradient_b.clone());

        // Σ over images of the pixel times the hidden means, N x M: pixels as states over images, hidden means as weights.
        let zeros = vec![0.0f32; m];
        let weights = self.machine.weights.par_chunks_mut(PIXELS * m);
        let moments = first_w.par_chunks_mut(PIXELS * m).zip(second_w.par_chunks_mut(PIXELS * m));
        let states = data.words().par_chunks(PIXELS * per_pixel).zip(model.words().par_chunks(PIXELS * per_chain));
        let scratch = || (Scratch::new(PIXELS), vec![0.0f32; PIXELS * m]);
        let sane = |x: &f32| x.abs() < LARGEST; // false for NaN too
        let parts: Vec<(bool, Vec<f32>, Vec<f32>)> = weights
            .zip(moments)
            .zip(states)
            .enumerate()
            .map_init(scratch, |(scratch, gradient), (chunk, ((w, (first, second)), (data, model)))| {
                let gradient = &mut gradient[..w.len()];
                fields(&data_hidden, &zeros, data, per_pixel, scratch, |row, left, sum| {
                    let gradient = &mut gradient[row * m + left..];
                    gradient.iter_mut().zip(sum).for_each(|(g, s)| *g = *s * per_data);
                });
                fields(&model_hidden, &zeros, model, per_chain, scratch, |row, left, sum| {
                    let gradient = &mut gradient[row * m + left..];
                    gradient.iter_mut().zip(sum).for_each(|(g, s)| *g -= *s * per_model);
                });
                let (mut along_h, mut along_v) = (Vec::new(), Vec::new());
                if centred {
                    // ⟨(v−μ)(h−ν)⟩ over data minus model = gradient − Δv νᵀ − μ Δhᵀ; the biases lose its products with ν, μ.
                    along_v = vec![0.0; m];
                    for (row, gradient) in gradient.chunks_exact_mut(m).enumerate() {
                        let (shift, offset) = (shift_v[chunk * PIXELS + row], offset_v[chunk * PIXELS + row]);
                        let columns = gradient.iter_mut().zip(offset_h.iter().zip(&shift_h)).zip(&mut along_v);
                        let mut along = 0.0;
                        for ((g, (nu, delta)), along_v) in columns {
                            *g -= shift * nu + offset * delta;
                            along += *g * nu;
                            *along_v += *g * offset;
                        }
                        along_h.push(along);
                    }
                }
                ascend(step, w, gradient, first, second);
                (w.iter().all(sane), along_h, along_v)
            })
            .collect();
        if centred {
            let along_h = parts.iter().flat_map(|(_, along, _)| along);
            gradient_a.iter_mut().zip(along_h).for_each(|(g, along)| *g -= along);
            for (_, _, along_v) in &parts {
                gradient_b.iter_mut().zip(along_v).for_each(|(g, along)| *g -= along);
            }
        }
        let weights_sane = parts.iter().all(|(sane, _, _)| *sane);
        ascend(step, &mut self.machine.visible_bias, &gradient_a, first_a, second_a);
        ascend(step, &mut self.machine.hidden_bias, &gradient_b, first_b, second_b);
        let mut biases = self.machine.visible_bias.iter().chain(&self.machine.hidden_bias);
        if !weights_sane || !biases.all(sane) {
            return Err(TrainError::Diverged { update: self.updates });
        }
        Ok(())
    }
}

fn stream(key: [u8; 32], id: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::from_seed(key);
    rng.set_stream(id);
    rng
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle;

    fn images() -> States {
        States::from_fn(11, 7, |row, unit| (row * 3 + unit * unit) % 5 < 2)
    }

    fn spec(method: Method, optimiser: Optimiser) -> TrainSpec {
        TrainSpec { method, optimiser, batch: 5, chains: 5, init_std: 0.3, ..TrainSpec::pcd(5, 3, 0.3) }
    }

    fn trained(spec: &TrainSpec, threads: usize) -> Trainer {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("pool");
        pool.install(|| {
            let mut trainer = Trainer::new(spec.clone(), &images(), [9; 32]).expect("a good specification");
            (0..spec.epochs).for_each(|_| trainer.run_epoch(&images(), |_| ()).expect("no divergence"));
            trainer
        })
    }

    #[test]
    fn a_training_has_the_same_bits_for_every_number_of_threads() {
        for method in [Method::Pcd, Method::Cd] {
            let spec = spec(method, Optimiser::adam(0.01));
            assert_eq!(trained(&spec, 1), trained(&spec, 2));
            assert_eq!(trained(&spec, 1), trained(&spec, 3));
            assert_eq!(trained(&spec, 1).updates(), 9); // 11 images in batches of 5, 5, 1, three times
        }
    }

    #[test]
    fn the_step_is_the_exact_likelihood_gradient_when_the_chains_are_exact() {
        // Finite differences of the mean log-likelihood, ln Z by enumeration, against one plain-gradient update whose
        // negative phase is replaced by 20,000 chains after 200 sweeps: agreement within 5 standard errors.
        let images = images();
        let chains = 20_000;
        let spec = TrainSpec { chains, steps: 200, batch: 11, ..spec(Method::Pcd, Optimiser::Sgd { rate: 1.0 }) };
        let mut trainer = Trainer::new(spec, &images, [4; 32]).expect("a good specification");
        let before = trainer.machine().to_f64();
        trainer.run_epoch(&images, |_| ()).expect("no divergence");
        let after = trainer.machine().to_f64();
        let likelihood = |w: &[f64]| {
            let z = oracle::model_moments(7, 5, w, &before.visible_bias, &before.hidden_bias).log_partition;
            let one = |row: usize| {
                let v = images.to_f64(row);
                let field = |k: usize| before.hidden_bias[k] + (0..7).map(|j| v[j] * w[j * 5 + k]).sum::<f64>();
                let visible: f64 = v.iter().zip(&before.visible_bias).map(|(v, a)| v * a).sum();
                visible + (0..5).map(|k| field(k).exp().ln_1p()).sum::<f64>()
            };
            (0..11).map(one).sum::<f64>() / 11.0 - z
        };
        for at in 0..35 {
            let nudged = |by: f64| {
                let mut w = before.weights.clone();
                w[at] += by;
                likelihood(&w)
            };
            let exact = (nudged(1e-4) - nudged(-1e-4)) / 2e-4;
            let step = after.weights[at] - before.weights[at];
            assert!((step - exact).abs() < 5.0 * 0.5 / f64::from(chains as u32).sqrt(), "weight {at}: {step} {exact}");
        }
    }

    #[test]
    fn a_rate_that_is_too_large_is_reported_as_divergence() {
        let spec = spec(Method::Pcd, Optimiser::Sgd { rate: 1e6 });
        let mut trainer = Trainer::new(spec, &images(), [1; 32]).expect("a good specification");
        assert_eq!(trainer.run_epoch(&images(), |_| ()), Err(TrainError::Diverged { update: 1 }));
    }

    #[test]
    fn a_bias_is_held_to_the_limit_of_the_weights() {
        // A unit that is on in all images and, by such a bias, in all chains: its gradient is zero, so that the bias stays.
        let images = States::from_fn(4, 1, |_, _| true);
        let spec = TrainSpec { batch: 4, chains: 4, ..spec(Method::Pcd, Optimiser::Sgd { rate: 1.0 }) };
        let mut trainer = Trainer::new(spec, &images, [1; 32]).expect("a good specification");
        trainer.machine.weights.fill(0.0);
        for (bias, sane) in [(990.0, true), (1000.0, false), (1001.0, false)] {
            trainer.machine.visible_bias[0] = bias;
            assert_eq!(trainer.run_epoch(&images, |_| ()).is_ok(), sane, "{bias}");
        }
        // Nor do the other parameters move: hidden means of images and chains are the same numbers.
        trainer.machine.visible_bias[0] = 990.0;
        for (value, sane) in [(-990.0, true), (-1000.0, false), (1000.0, false)] {
            trainer.machine.weights[3] = value;
            assert_eq!(trainer.run_epoch(&images, |_| ()).is_ok(), sane, "{value}");
        }
        trainer.machine.weights[3] = 0.0;
        for (bias, sane) in [(-990.0, true), (-1000.0, false), (1000.0, false)] {
            trainer.machine.hidden_bias[4] = bias;
            assert_eq!(trainer.run_epoch(&images, |_| ()).is_ok(), sane, "{bias}");
        }
        trainer.machine.hidden_bias[4] = 0.0;
        trainer.machine.weights[3] = f32::NAN;
        assert!(trainer.run_epoch(&images, |_| ()).is_err());
    }

    #[test]
    fn specifications_out_of_range_are_named() {
        let bad = |change: fn(&mut TrainSpec)| {
            let mut spec = spec(Method::Pcd, Optimiser::adam(0.01));
            change(&mut spec);
            Trainer::new(spec, &images(), [0; 32]).map(|_| ()).expect_err("out of range").to_string()
        };
        assert!(bad(|s| s.batch = 0).contains("batch"));
        assert!(bad(|s| s.optimiser = Optimiser::adam(f32::NAN)).contains("learning rate"));
        assert!(bad(|s| s.init_std = -1.0).contains("standard deviation"));
        // 11 images in batches of 5 are three updates per epoch: 2^53 sweeps are too many from 2^53/3 epochs on.
        let most = (1usize << 53) / 3;
        let at = |epochs: usize| TrainSpec { epochs, ..spec(Method::Pcd, Optimiser::adam(0.01)) }.check(11, 7);
        assert!(at(most).is_ok() && at(most + 1).is_err_and(|e| e.to_string().contains("at most 9007199254740992")));
        assert!(bad(|s| s.steps = usize::MAX).contains("sweeps of all epochs"));
        let empty = Trainer::new(spec(Method::Cd, Optimiser::adam(0.1)), &States::zeros(0, 7), [0; 32]);
        assert!(matches!(empty, Err(TrainError::Data { images: 0, .. })));
    }

    type Pair = (Vec<f64>, Vec<f64>);

    /// One plain-ascent step written out: chains as the trainer left them, sums in double precision.
    fn written_out(before: &Rbm, images: &States, after: &Trainer, centred: bool) -> [Vec<f64>; 3] {
        let (n, m) = (before.visible, before.hidden);
        let hidden = |v: &[f64], k: usize| {
            let z = before.hidden_bias[k] + (0..n).map(|j| v[j] * before.weights[j * m + k]).sum::<f64>();
            1.0 / (1.0 + libm::exp(-z))
        };
        let phase = |states: &States| {
            let rows: Vec<Pair> = (0..states.rows())
                .map(|row| states.to_f64(row))
                .map(|v| ((0..m).map(|k| hidden(&v, k)).collect::<Vec<f64>>(), v))
                .map(|(h, v)| (v, h))
                .collect();
            rows
        };
        let (data, model) = (phase(images), phase(&after.chains().visible));
        let mean = |rows: &[Pair], of: &dyn Fn(&Pair) -> f64| rows.iter().map(of).sum::<f64>() / rows.len() as f64;
        let shift = |of: &dyn Fn(&Pair) -> f64| mean(&data, of) - mean(&model, of);
        let offset = |of: &dyn Fn(&Pair) -> f64| match centred {
            true => 0.5 * (mean(&data, of) + mean(&model, of)),
            false => 0.0,
        };
        let mu: Vec<f64> = (0..n).map(|j| offset(&|row| row.0[j])).collect();
        let nu: Vec<f64> = (0..m).map(|k| offset(&|row| row.1[k])).collect();
        let at = |j: usize, k: usize| shift(&|row| (row.0[j] - mu[j]) * (row.1[k] - nu[k]));
        let w: Vec<f64> = (0..n * m).map(|i| at(i / m, i % m)).collect();
        let a = (0..n).map(|j| shift(&|row| row.0[j]) - (0..m).map(|k| w[j * m + k] * nu[k]).sum::<f64>()).collect();
        let b = (0..m).map(|k| shift(&|row| row.1[k]) - (0..n).map(|j| w[j * m + k] * mu[j]).sum::<f64>()).collect();
        [w, a, b]
    }

    #[test]
    fn plain_and_centred_steps_are_those_written_out() {
        // More pixels than one worker takes, and hidden units beyond 64, whose sums come in parts.
        for (n, m) in [(61, 5), (PIXELS + 7, 67)] {
            let images = States::from_fn(70, n, |row, unit| (row * 3 + unit * unit) % 5 < 2);
            for (gradient, adam) in [(Gradient::Plain, false), (Gradient::Centred, false), (Gradient::Centred, true)] {
                let optimiser = if adam { Optimiser::adam(0.01) } else { Optimiser::Sgd { rate: 1.0 } };
                let spec = TrainSpec { hidden: m, gradient, batch: 70, chains: 33, ..spec(Method::Pcd, optimiser) };
                let mut trainer = Trainer::new(spec, &images, [3; 32]).expect("a good specification");
                let before = trainer.machine().to_f64();
                trainer.run_epoch(&images, |_| ()).expect("no divergence");
                let after = trainer.machine().to_f64();
                let expected = written_out(&before, &images, &trainer, gradient == Gradient::Centred);
                let steps = [
                    (&before.weights, &after.weights),
                    (&before.visible_bias, &after.visible_bias),
                    (&before.hidden_bias, &after.hidden_bias),
                ];
                let Moments { first, second } = trainer.moments();
                for (part, ((before, after), expected)) in steps.into_iter().zip(&expected).enumerate() {
                    for (at, gradient) in expected.iter().enumerate() {
                        // Single precision: 70 additions for the means and one for every pixel, each rounded to 2^-24 of the sum.
                        let rounding = (n + 70) as f64 * 6e-8 * (1.0 + gradient.abs());
                        let moved = after[at] - before[at];
                        if adam {
                            // By the rule's first update: (1 - 0.9) g and (1 - 0.999) g², a step of the rate against the sign.
                            assert!((f64::from(first[part][at]) - 0.1 * gradient).abs() < rounding, "{part} {at}");
                            assert!(
                                (f64::from(second[part][at]) - 1e-3 * gradient * gradient).abs()
                                    < 2e-3 * gradient.abs() * rounding + 1e-4 * 1e-3 * gradient * gradient + 1e-9,
                                "{part} {at}"
                            );
                            assert!(gradient.abs() < 1e-3 || (moved - 0.01 * gradient.signum()).abs() < 1e-5);
                        } else {
                            assert!((moved - gradient).abs() < rounding, "{part} {at}: {moved} {gradient}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn every_pass_takes_all_images_in_an_order_of_its_own() {
        // 11 different images one at a time: the step of the visible biases plus the mean of the chains is the image.
        let images = States::from_fn(11, 7, |row, unit| (row + 1) >> unit & 1 == 1);
        let spec = TrainSpec { batch: 1, ..spec(Method::Pcd, Optimiser::Sgd { rate: 0.5 }) };
        let mut trainer = Trainer::new(spec, &images, [2; 32]).expect("a good specification");
        let mut before = trainer.machine().visible_bias.clone();
        let mut orders = [Vec::new(), Vec::new()];
        for order in &mut orders {
            let seen = |now: &Trainer| {
                let after = now.machine().visible_bias.clone();
                let steps = after.iter().zip(&before).map(|(after, before)| f64::from(2.0 * (after - before)));
                let image = steps.zip(now.chains().visible.means()).map(|(step, mean)| step + mean > 0.5);
                order.push(image.enumerate().map(|(unit, on)| usize::from(on) << unit).sum::<usize>());
                before = after;
            };
            trainer.run_epoch(&images, seen).expect("no divergence");
        }
        let all: Vec<usize> = (1..=11).collect();
        for order in &orders {
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, all);
        }
        // Shuffled from the last place on, by the numbers of stream 2^62 for the first pass and the next one for the second.
        let shuffled = |epoch: u64| {
            let (mut order, mut rng) = (all.clone(), ChaCha8Rng::from_seed([2; 32]));
            rng.set_stream((1 << 62) + epoch);
            (1..11).rev().for_each(|i| order.swap(i, rng.random_range(0..=i)));
            order
        };
        assert_eq!(orders, [shuffled(0), shuffled(1)]);
        assert_ne!(orders[0], orders[1]);
    }

    #[test]
    fn the_paper_s_training_and_the_short_one_are_as_documented() {
        let short = TrainSpec::pcd(7, 20, 0.01);
        let adam = |rate: f32| Optimiser::Adam { rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
        assert_eq!((short.hidden, short.epochs, short.init_std, short.steps), (7, 20, 0.01, 1));
        assert_eq!((short.batch, short.chains, short.method, short.optimiser), (500, 500, Method::Pcd, adam(1e-3)));
        assert_eq!((short.visible_bias, short.gradient), (VisibleBias::DataMean, Gradient::Plain));
        let paper = TrainSpec {
            steps: 10,
            optimiser: adam(1e-4),
            epochs: 100,
            visible_bias: VisibleBias::Normal,
            ..short.clone()
        };
        assert_eq!(TrainSpec::paper(7), paper);
        // by hand: 1001 images in batches of 500
        assert_eq!((short.updates_per_epoch(1001), short.updates_per_epoch(1000)), (3, 2));
        assert_eq!(TrainSpec { batch: 0, ..short }.updates_per_epoch(4), 4);
    }

    #[test]
    fn every_limit_of_a_specification_holds_on_both_sides() {
        let check = |change: &dyn Fn(&mut TrainSpec)| {
            let mut spec = spec(Method::Pcd, Optimiser::adam(0.01));
            change(&mut spec);
            spec.check(11, 7).map_err(|error| error.to_string())
        };
        type Change = fn(&mut TrainSpec, usize);
        let sizes: [(&str, Change); 4] = [
            ("hidden units", |s, n| s.hidden = n),
            ("number of sweeps", |s, n| s.steps = n),
            ("batch", |s, n| s.batch = n),
            ("chains", |s, n| s.chains = n),
        ];
        for (what, change) in sizes {
            assert!(check(&|s| change(s, 0)).is_err_and(|why| why.contains(what) && why.contains("at least 1, not 0")));
            assert_eq!(check(&|s| change(s, 1)), Ok(()));
        }
        for optimiser in [Optimiser::adam, |rate| Optimiser::Sgd { rate }] {
            for (rate, good) in
                [(0.0, false), (-1.0, false), (f32::INFINITY, false), (f32::MIN_POSITIVE, true), (3.0, true)]
            {
                let found = check(&|s| s.optimiser = optimiser(rate));
                assert_eq!(found.is_ok(), good, "{rate}");
                assert!(found.is_ok() || found.is_err_and(|why| why.contains("learning rate must be positive")));
            }
        }
        for (init_std, good) in [(0.0, true), (-1e-9, false), (f64::INFINITY, false), (f64::NAN, false)] {
            assert_eq!(check(&|s| s.init_std = init_std).is_ok(), good, "{init_std}");
        }
        let good = spec(Method::Pcd, Optimiser::adam(0.01));
        assert_eq!(good.check(1, 1), Ok(()));
        for (images, pixels) in [(0, 7), (11, 0), (0, 0)] {
            assert_eq!(good.check(images, pixels), Err(TrainError::Data { images, pixels, visible: pixels }));
        }
        // Three updates of two sweeps an epoch: half as many epochs as with one.
        let most = (1usize << 53) / 6;
        assert!(check(&|s| (s.steps, s.epochs) = (2, most)).is_ok());
        assert!(check(&|s| (s.steps, s.epochs) = (2, most + 1)).is_err());
    }

    #[test]
    fn memory_is_counted_by_hand() {
        // N = 3, M = 5, batch 7, chains 11: 36 · 4 · 6, three times 18 states and 11 hidden ones of a word each, 4 · 18 · 5
        let found = TrainSpec::bytes(Bytes(3), Bytes(5), Bytes(7), Bytes(11));
        assert_eq!(found, Bytes(864 + 3 * 18 * 8 + 11 * 8 + 360));
    }

    #[test]
    fn parameters_and_chains_start_from_streams_of_their_own() {
        let spec = TrainSpec { visible_bias: VisibleBias::Normal, ..spec(Method::Pcd, Optimiser::adam(0.01)) };
        let of = |id: u64| {
            let mut rng = ChaCha8Rng::from_seed([7; 32]);
            rng.set_stream(id);
            rng
        };
        let trainer = Trainer::new(spec.clone(), &images(), [7; 32]).expect("a good specification");
        assert_eq!(*trainer.machine(), Rbm::normal(7, 5, 0.3, &mut of(u64::MAX)).to_f32());
        assert_eq!((trainer.spec(), trainer.updates(), trainer.epochs()), (&spec, 0, 0));
        // Without biases a pixel is on where its number is below one half, chain after chain.
        let fair = Trainer::new(TrainSpec { init_std: 0.0, ..spec }, &images(), [7; 32]).expect("a good specification");
        let mut rng = of(u64::MAX - 1);
        assert_eq!(fair.chains().visible, States::from_fn(5, 7, |_, _| rng.random::<f32>() < 0.5));
        assert!(fair.moments().first.iter().chain(&fair.moments().second).flatten().all(|x| *x == 0.0));
    }

    #[test]
    fn chains_of_contrastive_divergence_start_at_the_batch_and_passes_are_counted() {
        for (method, chains) in [(Method::Pcd, 8), (Method::Cd, 1)] {
            let spec = TrainSpec { chains: 8, ..spec(method, Optimiser::adam(0.01)) };
            let trainer = trained(&spec, 1);
            // 11 images in batches of 5: the last batch is one image.
            assert_eq!(trainer.chains().visible.rows(), chains);
            assert_eq!((trainer.updates(), trainer.epochs(), trainer.chains().sweeps), (9, 3, 9));
        }
        let mut trainer = trained(&spec(Method::Pcd, Optimiser::adam(0.01)), 1);
        for images in [States::zeros(0, 7), States::zeros(3, 8)] {
            let expected = TrainError::Data { images: images.rows(), pixels: images.units(), visible: 7 };
            assert_eq!(trainer.run_epoch(&images, |_| ()), Err(expected));
        }
        assert_eq!(trainer.epochs(), 3);
    }
}
