//! Training by (persistent) contrastive divergence with Adam or plain gradient ascent.

use super::gibbs::{Chains, Plain, means, most_sweeps};
use super::kernel::{Layers, Packed, Scratch, fields};
use super::optimiser::Optimiser;
use super::optimiser::{Step, ascend};
use super::{Rbm, stream};
use crate::bits::States;
use crate::math;
use crate::memory::Bytes;
use rand::RngExt;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Where the negative phase starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Persistent chains.
    Pcd,
    /// Chains restarted at the batch.
    Cd,
}

/// How visible biases start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum VisibleBias {
    /// Normal, like the weights.
    Normal,
    /// Logit of the pixel means, these clamped to [1/(n+2), 1 − 1/(n+2)] for n images: independent
    /// pixels (C = D) then drive no growth of W.
    #[value(name = "data")]
    DataMean,
}

/// Size, rule and rates of a training. Its loss is −ln P(images) per image, whose gradient is
/// estimated by persistent or restarted chains; [`Trainer`] ascends the log-likelihood.
///
/// A field that is added also needs a place in the key of the random numbers (`training_key` of
/// `src/lab/streams.rs`), a serde default for checkpoints that lack it, and an option of `train`.
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Gradient {
    /// Of the log-likelihood in W, a, b.
    #[default]
    Plain,
    /// In the parameters of centred units v − μ, h − ν, offsets the averages of batch and chains:
    /// the steps do not depend on which state of a unit is called one. J. Melchior, A. Fischer and
    /// L. Wiskott, J. Mach. Learn. Res. 17 (99), 2016.
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

    /// The paper's training: PCD-10, Adam at 1e-4, batches of 500, 100 passes, everything normal at
    /// first with standard deviation 0.01.
    pub fn paper(hidden: usize) -> Self {
        let optimiser = Optimiser::adam(1e-4);
        Self { steps: 10, optimiser, visible_bias: VisibleBias::Normal, ..Self::pcd(hidden, 100, 0.01) }
    }

    /// Every option of `train` with its value here, in one order.
    fn options(&self) -> Vec<(&'static str, String)> {
        fn word(value: impl clap::ValueEnum) -> String {
            value.to_possible_value().map_or_else(String::new, |value| value.get_name().to_string())
        }
        let Self { hidden, steps, method, optimiser, epochs, batch, chains, init_std, visible_bias, gradient } = self;
        // Decays and chains are no options; they are named where they differ all the same.
        let mut all = vec![
            ("--hidden", hidden.to_string()),
            ("--steps", steps.to_string()),
            ("--method", word(*method)),
            ("--lr", optimiser.rate().to_string()),
            ("--epochs", epochs.to_string()),
            ("--batch", batch.to_string()),
            ("chains", chains.to_string()),
            ("--init-std (or s of --init)", init_std.to_string()),
            ("--visible-bias", word(*visible_bias)),
            ("--gradient", word(*gradient)),
        ];
        match optimiser {
            Optimiser::Sgd { .. } => all.push(("--optimiser", "sgd".into())),
            Optimiser::Adam { beta1, beta2, epsilon, .. } => {
                all.extend([("--optimiser", "adam".into()), ("decays of Adam", format!("{beta1}, {beta2}, {epsilon}"))])
            }
        }
        all
    }

    /// What differs from the specification that is asked for, in words.
    pub(super) fn differs(&self, asked: &Self) -> String {
        let asked = asked.options();
        let same = |name: &str| asked.iter().find(|(other, _)| *other == name).map(|(_, value)| value);
        let of = |(name, value): (&'static str, String)| {
            let other = same(name).filter(|other| **other != value)?;
            // Of `train` as many as images per batch, which are named already.
            let shown = name != "chains" || same("--batch") == Some(&self.batch.to_string());
            shown.then(|| format!("{name} {value} there, {other} asked"))
        };
        self.options().into_iter().filter_map(of).collect::<Vec<_>>().join("; ")
    }

    /// Updates in one pass over `images` images; the last batch may be smaller.
    pub fn updates_per_epoch(&self, images: usize) -> usize {
        images.div_ceil(self.batch.max(1))
    }

    /// Whether this can be trained on `images` images of `pixels` pixels, as [`Trainer::new`] asks;
    /// how much memory that takes is another question.
    ///
    /// # Errors
    /// A size of zero, a rate that is not positive, no images, or more sweeps than a chain has
    /// random numbers for.
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
        if !(0.0..f64::from(LARGEST)).contains(&self.init_std) {
            // No row of zeros, of a huge number.
            let short = self.init_std.abs() < 1e6;
            let got = if short { self.init_std.to_string() } else { format!("{:e}", self.init_std) };
            let what = "the initial standard deviation";
            let must = format!("at least 0 and below {LARGEST}, from where on a training counts as diverged");
            return Err(TrainError::Spec { what, must, got });
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

    /// Memory that a training takes at most, besides its images, in bytes: for every weight 12 of
    /// the machine with Adam's moments and 24 while these are written; for every image and chain of
    /// a batch its states and the means of its hidden units.
    pub(crate) fn bytes(visible: Bytes, hidden: Bytes, batch: Bytes, chains: Bytes) -> Bytes {
        let per_weight = Bytes(36) * (visible + Bytes(1)) * (hidden + Bytes(1));
        let states = Bytes(3) * States::bytes(batch + chains, visible) + States::bytes(chains, hidden);
        per_weight + Bytes(4) * (batch + chains) * hidden + states
    }
}

/// Size of a weight or bias from which on a training counts as diverged.
pub const LARGEST: f32 = 1e3;

/// Whether a parameter is that of a training that has not diverged.
fn is_sane(parameter: f32) -> bool {
    parameter.abs() < LARGEST // false for NaN too
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
        must: String,
        /// Its value.
        got: String,
    },
    /// No images, or images of another size than the machine's.
    #[error("{images} images of {pixels} pixels do not fit a machine of {visible} visible units")]
    Data {
        /// Number of images.
        images: usize,
        /// Pixels per image.
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
pub(crate) struct Moments {
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

/// What updates pack for the kernel, in memory that the next one uses again.
#[derive(Default)]
struct Memory {
    layers: Layers,
    /// Means of hidden units over the batch and over the chains.
    data_rows: Packed,
    model_rows: Packed,
}

/// Visible units whose sums are taken together. A constant: they are the same for every number of
/// threads.
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
        math::logistic_of_all(&mut start);
        let mut rng = stream(key, CHAIN_START);
        let visible = States::from_fn(spec.chains, n, |_, unit| rng.random::<f32>() < start[unit]);
        let zeros = || [vec![0.0; n * m], vec![0.0; n], vec![0.0; m]];
        let moments = Moments { first: zeros(), second: zeros() };
        let chains = Chains::new(visible, key, 0);
        Ok(Self { spec, machine, moments, chains, updates: 0, epochs: 0, key })
    }

    /// A training that has made no update, from a given machine instead of a drawn one; chains stay
    /// where they are.
    ///
    /// # Errors
    /// A machine of another size, or with a parameter that is no number or at least [`LARGEST`] in
    /// size; a training that has made updates.
    pub fn starting_at(self, machine: Rbm<f32>) -> Result<Self, TrainError> {
        let refused = |what, must: String, got: String| Err(TrainError::Spec { what, must, got });
        if self.updates > 0 {
            return refused("the number of updates before a machine is given", "0".into(), self.updates.to_string());
        }
        let sizes = [(machine.visible, self.machine.visible), (machine.hidden, self.machine.hidden)];
        for (what, (got, must)) in ["the number of visible units", "the number of hidden units"].into_iter().zip(sizes)
        {
            if got != must {
                return refused(what, must.to_string(), got.to_string());
            }
        }
        let all = [&machine.weights, &machine.visible_bias, &machine.hidden_bias];
        if let Some(wrong) = all.into_iter().flatten().find(|value| !is_sane(**value)) {
            return refused(
                "every weight and bias of the given machine",
                format!("below {LARGEST} in size"),
                wrong.to_string(),
            );
        }
        Ok(Self { machine, ..self })
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
    #[cfg(test)]
    fn moments(&self) -> &Moments {
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

    /// One pass over the images in a fresh random order; `after_update` sees the trainer after
    /// every update.
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
        let mut memory = Memory::default();
        for batch in order.chunks(self.spec.batch) {
            self.update(&images.select(batch), &mut memory)?;
            after_update(self);
        }
        self.epochs += 1;
        Ok(())
    }

    /// One update from one batch. Positive phase: means of h given the images. Negative phase:
    /// visible samples after k sweeps and means of h given them.
    fn update(&mut self, batch: &States, memory: &mut Memory) -> Result<(), TrainError> {
        if self.spec.method == Method::Cd {
            self.chains.visible = batch.clone();
        }
        let (m, Memory { layers, data_rows, model_rows }) = (self.machine.hidden, memory);
        layers.fill(&self.machine);
        self.chains.run(layers, self.spec.steps, &mut vec![(); self.chains.visible.rows()], &Plain);
        // Both phases together: what the kernel prepares is prepared once.
        let hidden = means(&layers.hidden, m, &batch.followed_by(&self.chains.visible));
        let (data_hidden, model_hidden) = hidden.split_at(batch.rows() * m);
        self.updates += 1;

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
        let (data_h, model_h) = (hidden_means(data_hidden, per_data), hidden_means(model_hidden, per_model));
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

        // Σ over images of the pixel times the hidden means, N x M: pixels as states over images,
        // hidden means as weights.
        let zeros = vec![0.0f32; m];
        data_rows.fill(data_hidden, &zeros);
        model_rows.fill(model_hidden, &zeros);
        // One worker takes as many pixels as it can, which repays the tables.
        let pixels = PIXELS * self.machine.visible.div_ceil(PIXELS).div_ceil(rayon::current_num_threads()).min(4);
        let weights = self.machine.weights.par_chunks_mut(pixels * m);
        let moments = first_w.par_chunks_mut(pixels * m).zip(second_w.par_chunks_mut(pixels * m));
        let states = data.words().par_chunks(pixels * per_pixel).zip(model.words().par_chunks(pixels * per_chain));
        let scratch = || (Scratch::new(pixels), vec![0.0f32; pixels * m]);
        let sane = |x: &f32| is_sane(*x);
        let parts: Vec<(bool, Vec<f32>, Vec<Vec<f32>>)> = weights
            .zip(moments)
            .zip(states)
            .enumerate()
            .map_init(scratch, |(scratch, gradient), (chunk, ((w, (first, second)), (data, model)))| {
                let gradient = &mut gradient[..w.len()];
                fields(data_rows, data, per_pixel, scratch, |row, left, sum| {
                    let gradient = &mut gradient[row * m + left..];
                    gradient.iter_mut().zip(sum).for_each(|(g, s)| *g = *s * per_data);
                });
                fields(model_rows, model, per_chain, scratch, |row, left, sum| {
                    let gradient = &mut gradient[row * m + left..];
                    gradient.iter_mut().zip(sum).for_each(|(g, s)| *g -= *s * per_model);
                });
                let (mut along_h, mut along_v) = (Vec::new(), Vec::new());
                if centred {
                    // ⟨(v−μ)(h−ν)⟩ over data minus model = gradient − Δv νᵀ − μ Δhᵀ; the biases
                    // lose its products with ν, μ.
                    for (row, gradient) in gradient.chunks_exact_mut(m).enumerate() {
                        if row % PIXELS == 0 {
                            along_v.push(vec![0.0; m]);
                        }
                        let (shift, offset) = (shift_v[chunk * pixels + row], offset_v[chunk * pixels + row]);
                        let part = along_v.iter_mut().next_back().into_iter().flatten();
                        let columns = gradient.iter_mut().zip(offset_h.iter().zip(&shift_h)).zip(part);
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
            for along_v in parts.iter().flat_map(|(_, _, along)| along) {
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

#[cfg(test)]
mod tests;
