//! Training by (persistent) contrastive divergence with Adam or plain gradient ascent.

use super::gibbs::{Chains, hidden_means};
use super::kernel::{Scratch, fields};
use super::step::{Step, ascend};
use super::{Rbm, math};
use crate::bits::States;
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

/// How a gradient becomes a step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Optimiser {
    /// D. P. Kingma and J. Ba, ICLR 2015, arXiv 1412.6980.
    Adam {
        /// Learning rate.
        rate: f32,
        /// Decay of the first moment.
        beta1: f32,
        /// Decay of the second moment.
        beta2: f32,
        /// Added to the root of the second moment.
        epsilon: f32,
    },
    /// Plain gradient ascent.
    Sgd {
        /// Learning rate.
        rate: f32,
    },
}

impl Optimiser {
    /// Adam with its customary decays 0.9 and 0.999.
    pub fn adam(rate: f32) -> Self {
        Self::Adam { rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    }

    fn rate(self) -> f32 {
        match self {
            Self::Adam { rate, .. } | Self::Sgd { rate } => rate,
        }
    }
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
    /// k, Gibbs sweeps an update.
    pub steps: usize,
    /// Negative phase.
    pub method: Method,
    /// Optimiser.
    pub optimiser: Optimiser,
    /// Passes over the images.
    pub epochs: usize,
    /// Images an update.
    pub batch: usize,
    /// Persistent chains.
    pub chains: usize,
    /// Standard deviation s of the initial weights and biases.
    pub init_std: f64,
    /// Initial visible biases.
    pub visible_bias: VisibleBias,
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
        }
    }

    /// Updates in one pass over `images` images; the last batch may be smaller.
    pub fn updates_per_epoch(&self, images: usize) -> usize {
        images.div_ceil(self.batch.max(1))
    }
}

/// A training that cannot start or go on.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum TrainError {
    /// A size or rate out of range.
    #[error("{what} must be {must}, not {got}")]
    Spec {
        /// Which one.
        what: &'static str,
        /// Its range.
        must: &'static str,
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
    /// A parameter became infinite, NaN, or larger than 1000 in size.
    #[error("the training diverged at update {update}: lower the learning rate; the last checkpoint is kept")]
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

/// Visible units whose gradient one worker takes at a time.
const PIXELS: usize = 56;

// Streams under a training's key; chains use 0, 1, 2, ...
const INITIAL: u64 = u64::MAX;
const CHAIN_START: u64 = u64::MAX - 1;
const EPOCH_ORDER: u64 = 1 << 62;

impl Trainer {
    /// An untrained machine; everything random follows from `key`.
    ///
    /// # Errors
    /// A size of zero, a rate that is not positive, or no images.
    pub fn new(spec: TrainSpec, images: &States, key: [u8; 32]) -> Result<Self, TrainError> {
        let positive = [
            ("the number of hidden units", spec.hidden),
            ("the number of sweeps", spec.steps),
            ("the batch", spec.batch),
            ("the number of chains", spec.chains),
        ];
        for (what, got) in positive {
            if got == 0 {
                return Err(TrainError::Spec { what, must: "at least 1", got: got.to_string() });
            }
        }
        let rate = spec.optimiser.rate();
        if !(rate > 0.0 && rate.is_finite()) {
            return Err(TrainError::Spec { what: "the learning rate", must: "positive", got: rate.to_string() });
        }
        if !(spec.init_std >= 0.0 && spec.init_std.is_finite()) {
            let got = spec.init_std.to_string();
            return Err(TrainError::Spec { what: "the initial standard deviation", must: "at least 0", got });
        }
        let (rows, n, m) = (images.rows(), images.units(), spec.hidden);
        if rows == 0 || n == 0 {
            return Err(TrainError::Data { images: rows, pixels: n, visible: n });
        }
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

        // Σ over images of the pixel times the hidden means, N x M: pixels as states over images, hidden means as weights.
        let zeros = vec![0.0f32; m];
        let (per_pixel, per_chain) = (data.words_per_row().max(1), model.words_per_row().max(1));
        let weights = self.machine.weights.par_chunks_mut(PIXELS * m);
        let moments = first_w.par_chunks_mut(PIXELS * m).zip(second_w.par_chunks_mut(PIXELS * m));
        let states = data.words().par_chunks(PIXELS * per_pixel).zip(model.words().par_chunks(PIXELS * per_chain));
        let scratch = || (Scratch::new(PIXELS), vec![0.0f32; PIXELS * m], vec![0.0f32; PIXELS * m]);
        let sane = weights
            .zip(moments)
            .zip(states)
            .map_init(scratch, |(scratch, positive, negative), ((w, (first, second)), (data, model))| {
                let (positive, negative) = (&mut positive[..w.len()], &mut negative[..w.len()]);
                fields(&data_hidden, &zeros, data, per_pixel, positive, scratch);
                fields(&model_hidden, &zeros, model, per_chain, negative, scratch);
                let gradient = positive;
                gradient.iter_mut().zip(negative).for_each(|(g, n)| *g = *g * per_data - *n * per_model);
                ascend(step, w, gradient, first, second);
                w.iter().all(|w| w.abs() < 1e3) // false for NaN too
            })
            .reduce(|| true, |a, b| a && b);
        let on = |row: &[u64]| row.iter().map(|w| w.count_ones()).sum::<u32>() as f32;
        let pixels = data.words().chunks(per_pixel).zip(model.words().chunks(per_chain));
        let gradient: Vec<f32> = pixels.map(|(data, model)| on(data) * per_data - on(model) * per_model).collect();
        ascend(step, &mut self.machine.visible_bias, &gradient, first_a, second_a);
        let mut gradient = zeros;
        for (rows, per) in [(&data_hidden, per_data), (&model_hidden, -per_model)] {
            rows.chunks_exact(m).for_each(|row| gradient.iter_mut().zip(row).for_each(|(g, p)| *g += p * per));
        }
        ascend(step, &mut self.machine.hidden_bias, &gradient, first_b, second_b);
        let biases = self.machine.visible_bias.iter().chain(&self.machine.hidden_bias);
        if !sane || biases.into_iter().any(|x| !x.is_finite()) {
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
    fn specifications_out_of_range_are_named() {
        let bad = |change: fn(&mut TrainSpec)| {
            let mut spec = spec(Method::Pcd, Optimiser::adam(0.01));
            change(&mut spec);
            Trainer::new(spec, &images(), [0; 32]).map(|_| ()).expect_err("out of range").to_string()
        };
        assert!(bad(|s| s.batch = 0).contains("batch"));
        assert!(bad(|s| s.optimiser = Optimiser::adam(f32::NAN)).contains("learning rate"));
        assert!(bad(|s| s.init_std = -1.0).contains("standard deviation"));
        let empty = Trainer::new(spec(Method::Cd, Optimiser::adam(0.1)), &States::zeros(0, 7), [0; 32]);
        assert!(matches!(empty, Err(TrainError::Data { images: 0, .. })));
    }
}
