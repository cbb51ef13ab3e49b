//! The laboratory: how big the checks are, which random streams they draw from, the data, and the trained machines
//! that all claims share. The only source of randomness and of size.

use crate::bits::States;
use crate::claim::{Case, CheckError};
use crate::data::Dataset;
use crate::rbm::Rbm;
use crate::rbm::checkpoint::{self, CheckpointError};
use crate::rbm::optimiser::Optimiser;
use crate::rbm::train::{Gradient, Method, TrainSpec, Trainer, VisibleBias};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// How big the checks are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// For tests and the main job: one to three minutes on two cores.
    Quick,
    /// The paper's sizes.
    Full,
}

/// Sizes of everything that is drawn or trained.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Which plan this is.
    pub scale: Scale,
    /// Visible x hidden units of tall, wide and square machines for claims about modes, one or more of each.
    pub mode_shapes: [&'static [(usize, usize)]; 3],
    /// Independent machines a shape for claims about modes.
    pub mode_replicas: usize,
    /// Visible x hidden units of tall, wide and square matrices for claims about spectra, one or more of each.
    pub spectrum_shapes: [&'static [(usize, usize)]; 3],
    /// Independent matrices a shape for claims about spectra; T02 judges twice as many where its claim holds.
    pub spectrum_replicas: usize,
    /// Hidden sizes of the trained machines, ascending.
    pub trained_hidden: &'static [usize],
    /// Independent trainings a hidden size; T08 has twice as many of the smallest at quick scale.
    pub trained_replicas: usize,
    /// Independent short trainings a hidden size ([`Lab::trained_from_normal`]): enough for an interval.
    pub short_trainings: usize,
    /// Passes over the training images of T08's machines.
    pub epochs: usize,
    /// Adam's rate there. One step moves the field on a visible unit by about rate · M/2: a tenth of the rate for ten times the hidden units.
    pub rate: f32,
    /// Standard deviation s of the initial weights and biases.
    pub initial_std: f64,
}

/// The paper's sizes: 784 pixels, 500, 784, 1200 and 3000 hidden units.
const PAPER: [&[(usize, usize)]; 3] = [&[(784, 500)], &[(784, 1200), (784, 3000)], &[(784, 784)]];

impl Plan {
    /// The plan of that scale.
    pub fn new(scale: Scale) -> Self {
        match scale {
            Scale::Quick => Self {
                scale,
                mode_shapes: [&[(313, 211)], &[(211, 313)], &[(251, 251)]],
                mode_replicas: 100,
                spectrum_shapes: [&[(784, 500)], &[(211, 313)], &[(251, 251)]],
                spectrum_replicas: 40,
                trained_hidden: &[32, 64, 128],
                trained_replicas: 2,
                short_trainings: 3,
                epochs: 3,
                rate: 1e-3,
                initial_std: 0.01,
            },
            Scale::Full => Self {
                scale,
                mode_shapes: PAPER,
                mode_replicas: 100,
                spectrum_shapes: PAPER,
                spectrum_replicas: 500,
                trained_hidden: &[500, 784, 1200],
                trained_replicas: 2,
                short_trainings: 3,
                epochs: 30,
                rate: 1e-4,
                initial_std: 0.01,
            },
        }
    }
}

/// What is done to the images before a machine is trained on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Images {
    /// As they are.
    AsTheyAre,
    /// Every pixel's values permuted across images, a fresh permutation a pixel: all correlation is gone, C = D up to
    /// sampling noise, and every pixel keeps its mean.
    ValuesPermuted,
    /// Every image's pixels permuted, a fresh permutation an image: only the amount of ink is left.
    PixelsPermuted,
    /// One fixed permutation of the pixels for all images: an exact symmetry of the machine.
    PixelsRelabelled,
    /// Fair bits in the place of the pixels.
    Noise,
}

impl Images {
    /// Its word in keys of random streams and in messages; never changed, or numbers move.
    fn word(self) -> &'static str {
        match self {
            Self::AsTheyAre => "AsTheyAre",
            Self::ValuesPermuted => "ValuesPermuted",
            Self::PixelsPermuted => "PixelsPermuted",
            Self::PixelsRelabelled => "PixelsRelabelled",
            Self::Noise => "Noise",
        }
    }
}

/// Which draw of one purpose: a number, or several such as `[size, replica]`.
pub trait Indices {
    /// The numbers, in order.
    fn numbers(&self) -> &[usize];
}

impl Indices for usize {
    fn numbers(&self) -> &[usize] {
        std::slice::from_ref(self)
    }
}

impl Indices for &[usize] {
    fn numbers(&self) -> &[usize] {
        self
    }
}

impl<const COUNT: usize> Indices for [usize; COUNT] {
    fn numbers(&self) -> &[usize] {
        self
    }
}

/// What a laboratory has given out: a key, and the one stream of it, or `None` for all its streams.
pub type Given = ([u8; 32], Option<u64>);

/// A training that several claims may share.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainRequest {
    /// Size, rule and rates.
    pub spec: TrainSpec,
    /// Which independent repetition.
    pub replica: usize,
    /// What is done to the images first.
    pub images: Images,
    /// Updates at which the machine is recorded, ascending; those past the end of the training are left out.
    pub record: Vec<u64>,
}

/// A machine on its way through a training.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Parameter updates so far.
    pub update: u64,
    /// The machine.
    pub machine: Rbm<f32>,
    /// Visible states of the model's persistent chains.
    pub chains: States,
}

/// A recorded training.
#[derive(Debug)]
pub struct Trajectory {
    /// Snapshots in order, the untrained machine first.
    pub snapshots: Vec<Snapshot>,
}

/// Sizes, streams, data and memoised trainings.
///
/// No lock is held that a worker of a thread pool could wait for: a worker that is in the middle of a computation may be given another task
/// which asks for the same thing, and would wait for itself. Workers that ask at once for one thing which is not made yet each make it, to
/// the same bits; threads outside pools wait for each other.
pub struct Lab {
    plan: Plan,
    seed: u64,
    data: Arc<Dataset>,
    altered: Mutex<HashMap<Images, Arc<Dataset>>>,
    trained: Mutex<Vec<(TrainRequest, Arc<Trajectory>)>>,
    /// Held, while something is made, by a thread outside thread pools.
    making: Mutex<()>,
    given: Option<Mutex<Vec<Given>>>,
    runs: Option<HashMap<(usize, usize), Arc<Trajectory>>>,
    progress: Box<dyn Fn(&str) + Send + Sync>,
    trains: bool,
}

impl Snapshot {
    fn of(trainer: &Trainer) -> Self {
        let chains = trainer.chains().visible.clone();
        Self { update: trainer.updates(), machine: trainer.machine().clone(), chains }
    }
}

impl Trajectory {
    /// The machine and its chains at the end.
    ///
    /// # Errors
    /// When nothing was recorded.
    pub fn end(&self) -> Result<&Snapshot, CheckError> {
        self.snapshots.last().ok_or_else(|| CheckError::Input("a training without a snapshot".into()))
    }
}

impl Lab {
    /// A laboratory for one run: everything random in it follows from `seed`. `progress` is told, in one short line,
    /// what takes long.
    pub fn new(plan: Plan, seed: u64, data: Arc<Dataset>, progress: Box<dyn Fn(&str) + Send + Sync>) -> Self {
        let (altered, trained, making) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self { plan, seed, data, altered, trained, making, given: None, runs: None, progress, trains: true }
    }

    /// The same laboratory, which notes what it gives out for [`Lab::given`].
    pub fn noting_streams(self) -> Self {
        Self { given: Some(Mutex::default()), ..self }
    }

    /// The keys and streams given out so far, sorted. Two draws are independent when no stream is in this list twice, and none of a key
    /// that is there as a whole. Empty unless [`Lab::noting_streams`] was asked for.
    pub fn given(&self) -> Vec<Given> {
        let mut given = self.given.as_ref().map_or(Vec::new(), |given| lock(given).clone());
        given.sort_unstable();
        given
    }

    fn note(&self, key: [u8; 32], stream: Option<u64>) {
        if let Some(given) = &self.given {
            lock(given).push((key, stream));
        }
    }

    /// The gate to what is made once, for a thread outside thread pools.
    fn alone(&self) -> Option<std::sync::MutexGuard<'_, ()>> {
        rayon::current_thread_index().is_none().then(|| lock(&self.making))
    }

    /// The same laboratory, which answers [`CheckError::Untrained`] where a trained machine is asked for.
    pub fn without_training(self) -> Self {
        Self { trains: false, ..self }
    }

    /// The same laboratory, whose shared training ([`Lab::shared_training`]) is looked up in folders that `train` filled, at full scale with
    /// the paper's training ([`TrainSpec::paper`]). With it, one line for every run that is absent or not finished.
    ///
    /// # Errors
    /// A folder that is not there or holds no run that is asked for, a run twice, of another training, or damaged.
    pub fn with_runs(mut self, dirs: &[PathBuf]) -> Result<(Self, Vec<String>), CheckpointError> {
        let unusable = |path: &PathBuf, why: String| CheckpointError::Unusable { path: path.clone(), why };
        let (mut runs, mut keys, mut notes) = (HashMap::new(), HashMap::new(), Vec::new());
        // Known from here on: the specification is that of runs.
        self.runs = Some(HashMap::new());
        for dir in dirs {
            std::fs::read_dir(dir).map_err(|e| unusable(dir, e.to_string()))?;
        }
        for (hidden, replica) in self.shared_trainings() {
            let name = checkpoint::run_name(hidden, replica);
            let places: Vec<PathBuf> = dirs.iter().map(|dir| dir.join(&name)).collect();
            let found: Vec<&PathBuf> = places.iter().filter(|path| path.join(checkpoint::RECORD).exists()).collect();
            let path = match found[..] {
                [] => {
                    notes.push(format!("no {name} in the folders of --runs: what needs it is left out"));
                    continue;
                }
                [one] => one,
                [one, other, ..] => return Err(unusable(other, format!("{} is the same replica", one.display()))),
            };
            let spec = self.shared_spec(hidden);
            let mut snapshots = Vec::new();
            let (done, key) = checkpoint::look(path, &spec, &self.data.train.images, |trainer| {
                snapshots.push(Snapshot::of(trainer));
            })?;
            if let Some(other) = keys.insert(key, path.clone()) {
                return Err(unusable(path, format!("{} has the same random numbers", other.display())));
            }
            if done < spec.epochs as u64 {
                notes.push(format!("{}: {done} of {} epochs so far", path.display(), spec.epochs));
            }
            runs.insert((hidden, replica), Arc::new(Trajectory { snapshots }));
        }
        if let (true, Some(dir)) = (runs.is_empty(), dirs.first()) {
            return Err(unusable(dir, format!("no run of M = {:?}", self.plan.trained_hidden)));
        }
        self.runs = Some(runs);
        Ok((self, notes))
    }

    /// The sizes.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The images.
    pub fn data(&self) -> &Dataset {
        &self.data
    }

    /// Says what is going on.
    pub fn progress(&self, line: &str) {
        (self.progress)(line);
    }

    /// The 256-bit key of one purpose: SHA-256 over (root seed, claim, regime, variant, purpose), so that a new claim
    /// moves no other's numbers. All streams of the key belong to the caller: for chains and annealing runs.
    pub fn key(&self, claim: &str, case: &Case<'_>, purpose: &str) -> [u8; 32] {
        let key = key(self.seed, &[claim, case.regime.id, case.variant_name(), purpose]);
        self.note(key, None);
        key
    }

    /// Independent stream of one purpose and draw. One index is the number of a stream of the purpose's key; several are parts of
    /// the key themselves, in their order.
    pub fn stream(&self, claim: &str, case: &Case<'_>, purpose: &str, indices: impl Indices) -> ChaCha8Rng {
        let parts = [claim, case.regime.id, case.variant_name(), purpose];
        let (key, number) = match indices.numbers() {
            &[one] => (key(self.seed, &parts), one),
            several => {
                let words: Vec<String> = std::iter::once(several.len())
                    .chain(several.iter().copied())
                    .map(|word| word.to_string())
                    .collect();
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                (key(self.seed, &[&parts, &words[..]].concat()), 0)
            }
        };
        self.note(key, Some(number as u64));
        stream(key, number)
    }

    /// The images after `images` was done to them; training and test images are treated alike.
    pub fn images(&self, images: Images) -> Arc<Dataset> {
        if images == Images::AsTheyAre {
            return Arc::clone(&self.data);
        }
        let there = || lock(&self.altered).get(&images).map(Arc::clone);
        if let Some(there) = there() {
            return there;
        }
        let key = key(self.seed, &["images", images.word()]);
        let mut data = Dataset::clone(&self.data);
        // Stream 0 is the relabelling, which training and test images share.
        data.train.images = alter(&data.train.images, images, key, 1);
        data.test.images = alter(&data.test.images, images, key, 2);
        Arc::clone(lock(&self.altered).entry(images).or_insert_with(|| Arc::new(data)))
    }

    /// (hidden size, replica) of the trainings that claims share.
    fn shared_trainings(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let (sizes, replicas) = (self.plan.trained_hidden, self.plan.short_trainings);
        sizes.iter().flat_map(move |&hidden| (0..replicas).map(move |replica| (hidden, replica)))
    }

    /// Hidden sizes of which every shared training is there: all, which are made at once, unless runs are absent.
    ///
    /// # Errors
    /// [`CheckError::Untrained`] when there are none; as [`Lab::trained_all`].
    pub fn trained_sizes(&self) -> Result<Vec<usize>, CheckError> {
        let there = |pair: &(usize, usize)| self.runs.as_ref().is_none_or(|runs| runs.contains_key(pair));
        let absent: Vec<usize> = self.shared_trainings().filter(|pair| !there(pair)).map(|pair| pair.0).collect();
        let sizes: Vec<usize> = self.plan.trained_hidden.iter().copied().filter(|m| !absent.contains(m)).collect();
        if !self.trains || sizes.is_empty() {
            return Err(CheckError::Untrained);
        }
        if self.runs.is_none() {
            let requests: Vec<_> =
                self.shared_trainings().map(|(m, replica)| self.shared_request(m, replica)).collect();
            self.trained_all(&requests)?;
        }
        Ok(sizes)
    }

    /// PCD-1 from normal biases, as in the paper, two passes; of runs at full scale the paper's own.
    fn shared_spec(&self, hidden: usize) -> TrainSpec {
        match (self.plan.scale, &self.runs) {
            (Scale::Full, Some(_)) => TrainSpec::paper(hidden),
            _ => TrainSpec { visible_bias: VisibleBias::Normal, ..TrainSpec::pcd(hidden, 2, self.plan.initial_std) },
        }
    }

    /// Updates in one pass of the shared training.
    pub fn updates_per_epoch(&self, hidden: usize) -> usize {
        self.shared_spec(hidden).updates_per_epoch(self.data.train.images.rows())
    }

    /// The short training that claims share, the untrained machine first, in 16 equal parts; or what a run on the disk kept of it.
    ///
    /// # Errors
    /// As [`Lab::trained`]; [`CheckError::Untrained`] when its run is absent.
    pub fn shared_training(&self, hidden: usize, replica: usize) -> Result<Arc<Trajectory>, CheckError> {
        if let Some(runs) = &self.runs {
            return runs.get(&(hidden, replica)).map(Arc::clone).ok_or(CheckError::Untrained);
        }
        self.trained(&self.shared_request(hidden, replica))
    }

    fn shared_request(&self, hidden: usize, replica: usize) -> TrainRequest {
        let spec = self.shared_spec(hidden);
        let end = (spec.epochs * self.updates_per_epoch(hidden)) as u64;
        let record = (0..=16).map(|part| part * end / 16).collect();
        TrainRequest { spec, replica, images: Images::AsTheyAre, record }
    }

    /// [`Lab::shared_training`] before the first update, half way (or the last record before) and at the end.
    ///
    /// # Errors
    /// As there.
    pub fn trained_from_normal(&self, hidden: usize, replica: usize) -> Result<Arc<Trajectory>, CheckError> {
        let all = self.shared_training(hidden, replica)?;
        let half = all.end()?.update / 2;
        let middle = all.snapshots.iter().rfind(|snapshot| snapshot.update <= half);
        let three = [all.snapshots.first(), middle, all.snapshots.last()];
        let mut snapshots: Vec<Snapshot> = three.into_iter().flatten().cloned().collect();
        snapshots.dedup_by_key(|snapshot| snapshot.update);
        Ok(Arc::new(Trajectory { snapshots }))
    }

    /// The trajectory of one training, computed once a process and shared by all claims.
    ///
    /// # Errors
    /// As [`Lab::trained_all`].
    pub fn trained(&self, request: &TrainRequest) -> Result<Arc<Trajectory>, CheckError> {
        Ok(self.trained_all(std::slice::from_ref(request))?.swap_remove(0))
    }

    /// The trajectories of several trainings, in order; those not computed yet run side by side.
    ///
    /// # Errors
    /// When a training diverges, its specification does not fit the data, or this laboratory does not train.
    pub fn trained_all(&self, requests: &[TrainRequest]) -> Result<Vec<Arc<Trajectory>>, CheckError> {
        if !self.trains {
            return Err(CheckError::Untrained);
        }
        let _alone = self.alone();
        let there = |request: &TrainRequest| {
            lock(&self.trained).iter().find(|(made, _)| made == request).map(|(_, way)| Arc::clone(way))
        };
        let mut absent: Vec<&TrainRequest> = Vec::new();
        for request in requests {
            if there(request).is_none() && !absent.contains(&request) {
                absent.push(request);
            }
        }
        for TrainRequest { spec, replica, images, .. } in &absent {
            self.progress(&format!("training M = {}, replica {replica}, {}", spec.hidden, images.word()));
            self.images(*images);
        }
        // Large ones first, so that no worker is left alone with one at the end.
        absent.sort_by_key(|request| std::cmp::Reverse(request.spec.hidden));
        let made: Vec<Result<Trajectory, CheckError>> =
            absent.par_iter().with_max_len(1).map(|request| self.train(request)).collect();
        let mut failed = None;
        for (request, result) in absent.into_iter().zip(made) {
            match result {
                Ok(way) => {
                    let mut trained = lock(&self.trained);
                    // Another worker may have made it too.
                    if trained.iter().all(|(made, _)| made != request) {
                        trained.push((request.clone(), Arc::new(way)));
                    }
                }
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        match failed {
            Some(error) => Err(error),
            None => Ok(requests.iter().filter_map(there).collect()),
        }
    }

    fn train(&self, request: &TrainRequest) -> Result<Trajectory, CheckError> {
        let data = self.images(request.images);
        // The image treatment is not part of the key: an altered training starts from the machine of the unaltered one.
        let key = training_key(self.seed, &request.spec, request.replica);
        let what =
            format!("training M = {}, replica {}, {}", request.spec.hidden, request.replica, request.images.word());
        let failed = || CheckError::while_doing::<crate::rbm::train::TrainError>(&what);
        let mut trainer = Trainer::new(request.spec.clone(), &data.train.images, key).map_err(failed())?;
        let mut snapshots = Vec::new();
        if request.record.contains(&0) {
            snapshots.push(Snapshot::of(&trainer));
        }
        for _ in 0..request.spec.epochs {
            trainer
                .run_epoch(&data.train.images, |trainer| {
                    if request.record.contains(&trainer.updates()) {
                        snapshots.push(Snapshot::of(trainer));
                    }
                })
                .map_err(failed())?;
        }
        Ok(Trajectory { snapshots })
    }
}

/// SHA-256 over the root seed and the parts, each preceded by its length.
pub fn key(seed: u64, parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

/// Of the encoding in [`training_key`]; another number gives other machines.
const ENCODING: &str = "encoding 2";

/// The key of the training of one specification and replica, for claims and for `train` alike. Every field counts except the number of
/// epochs: more epochs are the same training, continued.
pub fn training_key(seed: u64, spec: &TrainSpec, replica: usize) -> [u8; 32] {
    // By name, so that a field that is added has to be dealt with here; floats by their bits.
    let TrainSpec { hidden, steps, method, optimiser, epochs: _, batch, chains, init_std, visible_bias, gradient } =
        spec;
    let method = match method {
        Method::Pcd => "pcd",
        Method::Cd => "cd",
    };
    let optimiser = match optimiser {
        Optimiser::Adam { rate, beta1, beta2, epsilon } => {
            format!("adam {}", [rate, beta1, beta2, epsilon].map(|x| format!("{:08x}", x.to_bits())).join(" "))
        }
        Optimiser::Sgd { rate } => format!("sgd {:08x}", rate.to_bits()),
    };
    let visible_bias = match visible_bias {
        VisibleBias::Normal => "normal",
        VisibleBias::DataMean => "data-mean",
    };
    let gradient = match gradient {
        Gradient::Plain => "plain",
        Gradient::Centred => "centred",
    };
    let sizes = [hidden, steps, batch, chains].map(usize::to_string).join(" ");
    let init_std = format!("{:016x}", init_std.to_bits());
    let parts = [&*sizes, method, &*optimiser, &*init_std, visible_bias, gradient, &*replica.to_string()];
    key(seed, &[&["training", ENCODING], &parts[..]].concat())
}

/// [`training_key`] and, after it, what was its key in earlier versions of `train`, whose runs go on by theirs.
pub fn training_keys(seed: u64, spec: &TrainSpec, replica: usize) -> Vec<[u8; 32]> {
    let earlier = key(seed, &["train", &spec.hidden.to_string(), &replica.to_string()]);
    vec![training_key(seed, spec, replica), earlier]
}

/// Independent stream number `index` under a key.
pub fn stream(key: [u8; 32], index: usize) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::from_seed(key);
    rng.set_stream(index as u64);
    rng
}

/// A poisoned lock only says that another check panicked; the maps behind these locks are never left half-written.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// A uniform permutation of 0..n (Fisher-Yates).
fn permutation(n: usize, rng: &mut ChaCha8Rng) -> Vec<u32> {
    let mut order: Vec<u32> = (0..n as u32).collect();
    for i in (1..n).rev() {
        order.swap(i, rng.random_range(0..=i));
    }
    order
}

fn alter(images: &States, how: Images, key: [u8; 32], set: usize) -> States {
    let (rows, units) = (images.rows(), images.units());
    match how {
        Images::AsTheyAre => images.clone(),
        Images::PixelsRelabelled => {
            let to = permutation(units, &mut stream(key, 0));
            let mut out = States::zeros(rows, units);
            for row in 0..rows {
                for unit in images.ones(row) {
                    set_bit(out.row_mut(row), to[unit] as usize);
                }
            }
            out
        }
        Images::Noise => {
            let mut rng = stream(key, set);
            States::from_fn(rows, units, |_, _| rng.random::<bool>())
        }
        Images::PixelsPermuted => {
            let mut rng = stream(key, set);
            let mut out = States::zeros(rows, units);
            for row in 0..rows {
                // As many ones as before, on a uniform subset: the first of a partial Fisher-Yates shuffle.
                let mut places: Vec<usize> = (0..units).collect();
                for i in 0..images.ones(row).count() {
                    let j = rng.random_range(i..units);
                    places.swap(i, j);
                    set_bit(out.row_mut(row), places[i]);
                }
            }
            out
        }
        Images::ValuesPermuted => {
            let mut rng = stream(key, set);
            let turned = images.transposed();
            let mut out = States::zeros(units, rows);
            for unit in 0..units {
                let to = permutation(rows, &mut rng);
                for row in turned.ones(unit) {
                    set_bit(out.row_mut(unit), to[row] as usize);
                }
            }
            out.transposed()
        }
    }
}

fn set_bit(words: &mut [u64], at: usize) {
    words[at / 64] |= 1 << (at % 64);
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::claim::{Regime, Variant, Verdict};

    fn images() -> States {
        States::from_fn(53, 13, |row, unit| (row * 7 + unit * unit) % 5 < 2)
    }

    #[test]
    fn values_permuted_keeps_every_pixel_mean_and_changes_images() {
        let before = images();
        let after = alter(&before, Images::ValuesPermuted, [3; 32], 1);
        assert_eq!(after.means(), before.means());
        assert_ne!(after, before);
    }

    #[test]
    fn pixels_permuted_keeps_the_ink_of_every_image() {
        let before = images();
        let after = alter(&before, Images::PixelsPermuted, [3; 32], 1);
        assert!((0..53).all(|row| after.ones(row).count() == before.ones(row).count()));
        assert_ne!(after, before);
    }

    #[test]
    fn relabelling_is_one_permutation_for_training_and_test_images() {
        let before = images();
        let train = alter(&before, Images::PixelsRelabelled, [3; 32], 1);
        let test = alter(&before, Images::PixelsRelabelled, [3; 32], 2);
        assert_eq!(train, test);
        let sorted = |states: &States| {
            let mut means = states.means();
            means.sort_by(f64::total_cmp);
            means
        };
        assert_eq!(sorted(&train), sorted(&before));
        assert_ne!(train, before);
    }

    #[test]
    fn keys_do_not_run_into_each_other() {
        assert_ne!(key(0, &["ab", "c"]), key(0, &["a", "bc"]));
        assert_ne!(key(0, &["a"]), key(1, &["a"]));
    }

    static REGIME: Regime = Regime { id: "tall", title: "", expected: Verdict::Holds, replaced_by: None };
    const CASE: Case<'static> = Case { regime: &REGIME, variant: Variant::AsStated };

    #[test]
    fn streams_are_those_of_the_published_encoding() {
        // SHA-256 of seed and length-prefixed parts, and ChaCha8, by a program of 40 lines in Python (hashlib, RFC 8439 with 8 rounds).
        let lab = small_lab();
        let first = |mut rng: ChaCha8Rng| rng.random::<u64>();
        assert_eq!(first(lab.stream("T01", &CASE, "machine", 3)), 0x523d_66ec_580e_42dd);
        assert_eq!(first(lab.stream("T01", &CASE, "machine", [3])), 0x523d_66ec_580e_42dd);
        assert_eq!(first(lab.stream("T01", &CASE, "machine", [3, 4])), 0x6b05_36ba_5e8d_a9f2);
        let spec = TrainSpec { visible_bias: VisibleBias::Normal, ..TrainSpec::pcd(32, 2, 0.01) };
        let hex: String = training_key(5, &spec, 1).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "49de2f2b75f61fda21d3421ba7002306d2b928bf871d2a4324445b036c21ad71");
        // No arithmetic that could run together: 1000 · 1 + 0 and 1000 · 0 + 1000.
        let lists = [vec![1, 0], vec![0, 1000], vec![10, 0], vec![1, 0, 0], vec![0, 1], vec![]];
        let mut seen: Vec<u64> =
            lists.iter().map(|list| first(lab.stream("T01", &CASE, "machine", &list[..]))).collect();
        seen.push(first(lab.stream("T01", &CASE, "machine", 0)));
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 7);
    }

    #[test]
    fn every_field_of_a_specification_but_the_epochs_is_in_its_key() {
        let spec = TrainSpec::pcd(5, 2, 0.1);
        let adam = |rate, beta1, beta2, epsilon| Optimiser::Adam { rate, beta1, beta2, epsilon };
        let others = [
            TrainSpec { hidden: 6, ..spec.clone() },
            TrainSpec { steps: 2, ..spec.clone() },
            TrainSpec { batch: 501, ..spec.clone() },
            TrainSpec { chains: 501, ..spec.clone() },
            TrainSpec { method: Method::Cd, ..spec.clone() },
            TrainSpec { optimiser: Optimiser::Sgd { rate: 1e-3 }, ..spec.clone() },
            TrainSpec { optimiser: adam(2e-3, 0.9, 0.999, 1e-8), ..spec.clone() },
            TrainSpec { optimiser: adam(1e-3, 0.8, 0.999, 1e-8), ..spec.clone() },
            TrainSpec { optimiser: adam(1e-3, 0.9, 0.998, 1e-8), ..spec.clone() },
            TrainSpec { optimiser: adam(1e-3, 0.9, 0.999, 1e-7), ..spec.clone() },
            TrainSpec { init_std: 0.2, ..spec.clone() },
            TrainSpec { visible_bias: VisibleBias::Normal, ..spec.clone() },
            TrainSpec { gradient: Gradient::Centred, ..spec.clone() },
        ];
        let mut keys: Vec<[u8; 32]> = others.iter().map(|spec| training_key(0, spec, 0)).collect();
        keys.extend([training_key(0, &spec, 0), training_key(0, &spec, 1), training_key(1, &spec, 0)]);
        assert_eq!(training_key(0, &TrainSpec { epochs: 9, ..spec.clone() }, 0), training_key(0, &spec, 0));
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), others.len() + 3);
    }

    #[test]
    fn train_and_the_laboratory_make_one_machine_of_a_specification_seed_and_replica() {
        let spec = TrainSpec { batch: 11, chains: 7, ..TrainSpec::pcd(5, 3, 0.1) };
        let folder = tempfile::tempdir().expect("folder");
        let keys = |first: &TrainSpec| training_keys(0, first, 1);
        let train = |epochs: usize| {
            let spec = TrainSpec { epochs, ..spec.clone() };
            checkpoint::train_resumable(folder.path(), &spec, &images(), &keys, None, |_, _| ()).expect("trains")
        };
        train(1);
        let request = TrainRequest { spec: spec.clone(), replica: 1, images: Images::AsTheyAre, record: vec![15] };
        let end = small_lab().trained(&request).expect("trains");
        // 53 images in batches of 11: five updates an epoch.
        assert_eq!(end.end().expect("recorded").machine, train(3));
        // A run of an earlier version has another key, and is known by it.
        assert_eq!(keys(&spec)[1..], [key(0, &["train", "5", "1"])]);
    }

    #[test]
    fn trainings_can_be_asked_for_by_the_workers_of_a_pool() {
        // A lock held while a training runs in parallel is waited for by a worker that was given another task of the same loop.
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let lab = small_lab();
            let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("pool");
            let of = |_: usize| {
                let spec = TrainSpec { batch: 53, chains: 300, ..TrainSpec::pcd(200, 3, 0.1) };
                let request = TrainRequest { spec, replica: 0, images: Images::ValuesPermuted, record: vec![3] };
                lab.trained(&request).expect("trains").end().expect("recorded").machine.clone()
            };
            let all: Vec<Rbm<f32>> = pool.install(|| (0..16).into_par_iter().map(of).collect());
            sender.send(all).expect("the test waits");
        });
        let all = receiver.recv_timeout(std::time::Duration::from_secs(60)).expect("no worker waits for itself");
        assert!(all.iter().all(|machine| *machine == all[0]));
    }

    #[test]
    fn values_permuted_gives_every_pixel_a_permutation_of_its_own() {
        let twins = States::from_fn(53, 2, |row, _| row * 7 % 5 < 2);
        let after = alter(&twins, Images::ValuesPermuted, [3; 32], 1);
        assert!((0..53).any(|row| after.get(row, 0) != after.get(row, 1)));
    }

    pub(crate) fn small_lab() -> Lab {
        lab_that_says(Box::new(|_| {}))
    }

    pub(crate) fn lab_that_says(progress: Box<dyn Fn(&str) + Send + Sync>) -> Lab {
        let split = || crate::data::Split { images: images(), labels: vec![0; 53] };
        let name = "small".into();
        let data = Dataset { name, threshold: 1, height: 1, width: 13, train: split(), test: split() };
        Lab::new(Plan::new(Scale::Quick), 0, Arc::new(data), progress)
    }

    #[test]
    fn runs_on_the_disk_take_the_place_of_the_shared_training() {
        let folders = [tempfile::tempdir().expect("folder"), tempfile::tempdir().expect("folder")];
        let dirs: Vec<PathBuf> = folders.iter().map(|folder| folder.path().to_path_buf()).collect();
        let train = |dir: &PathBuf, hidden: usize, replica: usize| {
            let path = dir.join(checkpoint::run_name(hidden, replica));
            let (spec, keys) =
                (small_lab().shared_spec(hidden), |_: &TrainSpec| vec![[hidden as u8 + replica as u8; 32]]);
            checkpoint::train_resumable(&path, &spec, &images(), &keys, None, |_, _| ()).expect("trains")
        };
        let ends: Vec<Rbm<f32>> = (0..3).map(|replica| train(&dirs[replica % 2], 32, replica)).collect();
        train(&dirs[0], 64, 0);
        let (lab, notes) = small_lab().with_runs(&dirs).expect("runs");
        // 53 images are one batch an epoch.
        for (replica, end) in ends.iter().enumerate() {
            let way = lab.shared_training(32, replica).expect("a run");
            assert_eq!(way.snapshots.iter().map(|snapshot| snapshot.update).collect::<Vec<_>>(), [0, 1, 2]);
            assert_eq!(way.end().expect("recorded").machine, *end);
            assert_eq!(lab.trained_from_normal(32, replica).expect("a run").snapshots.len(), 3);
        }
        // Of 64 hidden units two replicas are absent, of 128 all three.
        assert_eq!((lab.trained_sizes().expect("one size"), notes.len()), (vec![32], 5));
        assert!(matches!(lab.shared_training(64, 1), Err(CheckError::Untrained)));
        assert_eq!(small_lab().trained_sizes().expect("all"), [32, 64, 128]);

        let words = |dirs: &[PathBuf]| small_lab().with_runs(dirs).map(|_| ()).expect_err("unusable").to_string();
        train(&dirs[1], 64, 0);
        assert!(words(&dirs).contains("same replica"));
        assert!(words(&[dirs[0].join("missing")]).contains("missing"));
        assert!(words(&[dirs[0].join("hidden00064-replica00")]).contains("no run of M"));
    }

    #[test]
    fn a_training_is_run_once_and_repetitions_are_others() {
        let lab = small_lab();
        let of = |replica: usize, images: Images| {
            let spec = TrainSpec { batch: 11, chains: 7, ..TrainSpec::pcd(5, 1, 0.1) };
            lab.trained(&TrainRequest { spec, replica, images, record: vec![0, 5] }).expect("trains")
        };
        let first = of(0, Images::AsTheyAre);
        assert!(Arc::ptr_eq(&first, &of(0, Images::AsTheyAre)));
        let end = |trajectory: &Trajectory| trajectory.end().expect("recorded").machine.clone();
        assert_ne!(end(&first), end(&of(1, Images::AsTheyAre)));
        assert_ne!(end(&first), end(&of(0, Images::ValuesPermuted)));
    }

    /// Three batches of images of three pixels: 1001 to learn from.
    fn lab_of_three_updates(scale: Scale, hidden: &'static [usize], progress: Progress) -> Lab {
        let split = || {
            let images = States::from_fn(1001, 3, |row, unit| (row * 7 + unit * unit) % 5 < 2);
            crate::data::Split { images, labels: vec![0; 1001] }
        };
        let data = Dataset { name: "rows".into(), threshold: 1, height: 1, width: 3, train: split(), test: split() };
        let plan = Plan { trained_hidden: hidden, short_trainings: 2, ..Plan::new(scale) };
        Lab::new(plan, 0, Arc::new(data), progress)
    }

    type Lines = Arc<Mutex<Vec<String>>>;

    type Progress = Box<dyn Fn(&str) + Send + Sync>;

    fn listening() -> (Lines, Progress) {
        let said = Lines::default();
        let heard = Arc::clone(&said);
        (said, Box::new(move |line| lock(&heard).push(line.into())))
    }

    fn updates(way: &Trajectory) -> Vec<u64> {
        way.snapshots.iter().map(|snapshot| snapshot.update).collect()
    }

    #[test]
    fn the_shared_training_is_recorded_in_sixteen_parts_and_its_short_form_in_two() {
        let (said, progress) = listening();
        let lab = lab_of_three_updates(Scale::Quick, &[2, 3], progress);
        // by hand: 1001 images in batches of 500 are three updates, two passes six; 6 k/16 for k = 0 to 16, cut
        assert_eq!(lab.updates_per_epoch(2), 3);
        let request = lab.shared_request(2, 1);
        assert_eq!(request.record, [0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 6]);
        assert_eq!(
            (request.replica, request.images, request.spec.visible_bias),
            (1, Images::AsTheyAre, VisibleBias::Normal)
        );
        assert_eq!(lab.trained_sizes().expect("trains"), [2, 3]);
        // Large ones are not announced first, but all of them once.
        let line = |hidden: usize, replica: usize| format!("training M = {hidden}, replica {replica}, AsTheyAre");
        assert_eq!(*lock(&said), [line(2, 0), line(2, 1), line(3, 0), line(3, 1)]);
        let all = lab.shared_training(2, 1).expect("trained");
        assert_eq!(updates(&all), [0, 1, 2, 3, 4, 5, 6]);
        let short = lab.trained_from_normal(2, 1).expect("trained");
        assert_eq!(updates(&short), [0, 3, 6]);
        assert_eq!(short.snapshots[1].machine, all.snapshots[3].machine);
        assert_ne!(all.snapshots[6].machine, lab.shared_training(2, 0).expect("trained").snapshots[6].machine);
        assert_eq!(lock(&said).len(), 4, "nothing is trained twice");
        let empty = Trajectory { snapshots: Vec::new() };
        assert!(empty.end().is_err_and(|error| error.to_string().contains("without a snapshot")));
    }

    #[test]
    fn a_request_that_is_there_twice_is_trained_once() {
        let (said, progress) = listening();
        let lab = lab_of_three_updates(Scale::Quick, &[2], progress);
        let of = |hidden: usize| TrainRequest {
            spec: TrainSpec::pcd(hidden, 1, 0.1),
            replica: 0,
            images: Images::AsTheyAre,
            record: vec![0, 2, 9],
        };
        let ways = lab.trained_all(&[of(2), of(4), of(2)]).expect("trains");
        assert!(ways.len() == 3 && Arc::ptr_eq(&ways[0], &ways[2]) && !Arc::ptr_eq(&ways[0], &ways[1]));
        assert_eq!(ways[1].snapshots[0].machine.hidden, 4);
        // What lies past the end is left out.
        assert_eq!(updates(&ways[0]), [0, 2]);
        lab.trained_all(&[of(4), of(5)]).expect("trains");
        assert_eq!(lock(&said).len(), 3);
        let none = TrainRequest { record: vec![], ..of(2) };
        assert_eq!(updates(&lab.trained(&none).expect("trains")), [0u64; 0]);
        let unusable = lab.trained(&of(0)).expect_err("no hidden units").to_string();
        assert!(unusable.starts_with("training M = 0, replica 0, AsTheyAre"), "{unusable}");
    }

    #[test]
    fn threads_outside_pools_wait_for_one_another() {
        let (said, progress) = listening();
        let lab = lab_of_three_updates(Scale::Quick, &[2], progress);
        let spec = TrainSpec { chains: 100, ..TrainSpec::pcd(20, 4, 0.1) };
        let request = TrainRequest { spec, replica: 0, images: Images::AsTheyAre, record: vec![12] };
        let start = std::sync::Barrier::new(4);
        let ask = || {
            start.wait();
            lab.trained(&request).expect("trains");
        };
        std::thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(ask))));
        assert_eq!(lock(&said).len(), 1);
        rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("pool").install(|| {
            assert!(lab.alone().is_none(), "a worker never waits");
        });
    }

    #[test]
    fn a_laboratory_that_does_not_train_says_so() {
        let untrained = |result: Result<Vec<usize>, CheckError>| matches!(result, Err(CheckError::Untrained));
        let lab = lab_of_three_updates(Scale::Quick, &[2], Box::new(|_| {})).without_training();
        assert!(untrained(lab.trained_sizes()));
        assert!(matches!(lab.shared_training(2, 0), Err(CheckError::Untrained)));
        assert!(untrained(lab.trained_all(&[]).map(|_| Vec::new())));
        // Nor one with runs on the disk, and none has sizes where none are asked for.
        let with_runs = Lab { runs: Some([((2, 0), Arc::new(Trajectory { snapshots: Vec::new() }))].into()), ..lab };
        assert!(untrained(with_runs.trained_sizes()));
        assert!(untrained(lab_of_three_updates(Scale::Quick, &[], Box::new(|_| {})).trained_sizes()));
    }

    #[test]
    fn runs_at_full_scale_are_of_the_papers_training() {
        let lab = lab_of_three_updates(Scale::Full, &[2], Box::new(|_| {}));
        // The paper: PCD-10, Adam at 1e-4, 100 passes.
        assert_ne!(lab.shared_spec(500), TrainSpec::paper(500));
        let lab = Lab { runs: Some(HashMap::new()), ..lab };
        let spec = lab.shared_spec(500);
        assert_eq!((spec.steps, spec.epochs, spec.optimiser), (10, 100, Optimiser::adam(1e-4)));
        assert_eq!(spec, TrainSpec::paper(500));
        let quick = Lab { runs: Some(HashMap::new()), ..small_lab() }.shared_spec(500);
        assert_eq!((quick.steps, quick.epochs), (1, 2));
    }

    #[test]
    fn a_run_that_is_not_finished_is_noted_and_one_with_the_numbers_of_another_refused() {
        let folder = tempfile::tempdir().expect("folder");
        let dirs = [folder.path().to_path_buf()];
        let lab = || lab_of_three_updates(Scale::Quick, &[2], Box::new(|_| {}));
        // Stopped, as if killed, after so many passes of two.
        let train = |replica: usize, epochs: u64, key: u8| {
            let lab = lab();
            let (spec, images) = (lab.shared_spec(2), &lab.data().train.images);
            let path = dirs[0].join(checkpoint::run_name(2, replica));
            let stop = |done: u64, _: &Rbm<f32>| {
                if done == epochs {
                    std::panic::resume_unwind(Box::new("stopped"));
                }
            };
            let run = || checkpoint::train_resumable(&path, &spec, images, &|_| vec![[key; 32]], None, stop).is_ok();
            assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err());
        };
        train(0, 1, 0);
        train(1, 2, 1);
        let (with_runs, notes) = lab().with_runs(&dirs).expect("runs");
        assert!(
            matches!(&notes[..], [one] if one.ends_with("1 of 2 epochs so far") && one.contains("replica00")),
            "{notes:?}"
        );
        assert_eq!(with_runs.trained_sizes().expect("both"), [2]);
        std::fs::remove_dir_all(dirs[0].join(checkpoint::run_name(2, 1))).expect("removes");
        train(1, 2, 0);
        let same = lab().with_runs(&dirs).map(|_| ()).expect_err("the same key").to_string();
        assert!(same.contains("same random numbers"), "{same}");
    }

    #[test]
    fn streams_that_are_given_out_are_noted_only_when_asked_for() {
        let lab = small_lab();
        lab.key("T01", &CASE, "chains");
        assert!(lab.given().is_empty());
        let lab = small_lab().noting_streams();
        assert!(lab.given().is_empty());
        let whole = lab.key("T01", &CASE, "chains");
        let mut rng = lab.stream("T01", &CASE, "chains", 3);
        lab.stream("T01", &CASE, "machine", [1, 2]);
        // Draw 3 is stream 3 of the purpose's key, which is known to be SHA-256 of seed and words.
        assert_eq!(whole, key(0, &["T01", "tall", "as-stated", "chains"]));
        assert_eq!(rng.random::<u64>(), stream(whole, 3).random::<u64>());
        let several = key(0, &["T01", "tall", "as-stated", "machine", "2", "1", "2"]);
        let mut expected = vec![(whole, None), (whole, Some(3)), (several, Some(0))];
        expected.sort_unstable();
        assert_eq!(lab.given(), expected);
    }

    #[test]
    fn images_are_altered_once_in_training_and_test_alike() {
        let lab = small_lab();
        assert!(std::ptr::eq(&*lab.images(Images::AsTheyAre), lab.data()));
        let all = [Images::ValuesPermuted, Images::PixelsPermuted, Images::PixelsRelabelled, Images::Noise];
        for how in all {
            let altered = lab.images(how);
            assert!(Arc::ptr_eq(&altered, &lab.images(how)), "{how:?}");
            for (after, set) in [(&altered.train, 1), (&altered.test, 2)] {
                assert_eq!(after.images, alter(&images(), how, key(0, &["images", how.word()]), set), "{how:?}");
                assert_ne!(after.images, images());
            }
            assert_eq!((altered.train.images == altered.test.images), how == Images::PixelsRelabelled, "{how:?}");
        }
        // Words of keys are the names, for ever.
        assert!(all.into_iter().chain([Images::AsTheyAre]).all(|how| how.word() == format!("{how:?}")));
    }

    #[test]
    fn noise_is_fair_and_knows_nothing_of_the_images() {
        let noise = alter(&States::zeros(64, 256), Images::Noise, [3; 32], 1);
        let ones: usize = (0..64).map(|row| noise.ones(row).count()).sum();
        // 2^14 fair bits: 8192 with standard deviation 64; five of them either way, of a key that never changes.
        assert!(ones.abs_diff(8192) < 320, "{ones}");
        assert_eq!(noise, alter(&images_of_ones(64, 256), Images::Noise, [3; 32], 1));
    }

    fn images_of_ones(rows: usize, units: usize) -> States {
        States::from_fn(rows, units, |_, _| true)
    }

    #[test]
    fn permutations_and_alterations_reach_past_the_first_word() {
        let mut order = permutation(200, &mut stream([1; 32], 0));
        assert_ne!(order, (0..200).collect::<Vec<u32>>());
        order.sort_unstable();
        assert_eq!(order, (0..200).collect::<Vec<u32>>());
        let full = images_of_ones(3, 130);
        for how in [Images::PixelsPermuted, Images::PixelsRelabelled, Images::ValuesPermuted] {
            assert_eq!(alter(&full, how, [1; 32], 1), full, "{how:?}");
        }
    }
}
