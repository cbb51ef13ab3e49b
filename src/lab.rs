//! The laboratory: how big the checks are, which random streams they draw from, the data, and the trained machines
//! that all claims share. The only source of randomness and of size.

use crate::bits::States;
use crate::claim::{Case, CheckError};
use crate::data::Dataset;
use crate::rbm::Rbm;
use crate::rbm::checkpoint::{self, CheckpointError};
use crate::rbm::train::{TrainSpec, Trainer, VisibleBias};
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

/// Sizes, streams, data and memoised trainings. Calls of [`Lab::trained_all`] are made from outside parallel regions.
pub struct Lab {
    plan: Plan,
    seed: u64,
    data: Arc<Dataset>,
    altered: Mutex<HashMap<Images, Arc<Dataset>>>,
    trained: Mutex<HashMap<String, Arc<Trajectory>>>,
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
        let (altered, trained) = (Mutex::default(), Mutex::default());
        Self { plan, seed, data, altered, trained, runs: None, progress, trains: true }
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
    /// moves no other's numbers.
    pub fn key(&self, claim: &str, case: &Case<'_>, purpose: &str) -> [u8; 32] {
        key(self.seed, &[claim, case.regime.id, case.variant_name(), purpose])
    }

    /// Independent stream number `index` of one purpose.
    pub fn stream(&self, claim: &str, case: &Case<'_>, purpose: &str, index: usize) -> ChaCha8Rng {
        stream(self.key(claim, case, purpose), index)
    }

    /// The images after `images` was done to them; training and test images are treated alike.
    pub fn images(&self, images: Images) -> Arc<Dataset> {
        if images == Images::AsTheyAre {
            return Arc::clone(&self.data);
        }
        let mut altered = lock(&self.altered);
        let made = altered.entry(images).or_insert_with(|| {
            let key = key(self.seed, &["images", &format!("{images:?}")]);
            let mut data = Dataset::clone(&self.data);
            // Stream 0 is the relabelling, which training and test images share.
            data.train.images = alter(&data.train.images, images, key, 1);
            data.test.images = alter(&data.test.images, images, key, 2);
            Arc::new(data)
        });
        Arc::clone(made)
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
        let mut trained = lock(&self.trained);
        let names: Vec<String> = requests.iter().map(|request| format!("{request:?}")).collect();
        let mut absent: Vec<(&String, &TrainRequest)> = names.iter().zip(requests).collect();
        absent.retain(|(name, _)| !trained.contains_key(*name));
        absent.sort_by_key(|(name, _)| *name);
        absent.dedup_by_key(|(name, _)| *name);
        for (_, TrainRequest { spec, replica, images, .. }) in &absent {
            self.progress(&format!("training M = {}, replica {replica}, {images:?}", spec.hidden));
            self.images(*images);
        }
        // Large ones first, so that no worker is left alone with one at the end.
        absent.sort_by_key(|(_, request)| std::cmp::Reverse(request.spec.hidden));
        let made: Vec<Result<Trajectory, CheckError>> =
            absent.par_iter().with_max_len(1).map(|(_, request)| self.train(request)).collect();
        let mut failed = None;
        for ((name, _), result) in absent.into_iter().zip(made) {
            match result {
                Ok(trajectory) => drop(trained.insert(name.clone(), Arc::new(trajectory))),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        Ok(names.iter().filter_map(|name| trained.get(name).map(Arc::clone)).collect())
    }

    fn train(&self, request: &TrainRequest) -> Result<Trajectory, CheckError> {
        let data = self.images(request.images);
        // The image treatment is not part of the key: an altered training starts from the machine of the unaltered one.
        let key = key(self.seed, &["training", &format!("{:?}", request.spec), &request.replica.to_string()]);
        let what = format!("training M = {}, replica {}, {:?}", request.spec.hidden, request.replica, request.images);
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
mod tests {
    use super::*;

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

    #[test]
    fn values_permuted_gives_every_pixel_a_permutation_of_its_own() {
        let twins = States::from_fn(53, 2, |row, _| row * 7 % 5 < 2);
        let after = alter(&twins, Images::ValuesPermuted, [3; 32], 1);
        assert!((0..53).any(|row| after.get(row, 0) != after.get(row, 1)));
    }

    fn small_lab() -> Lab {
        let split = || crate::data::Split { images: images(), labels: vec![0; 53] };
        let name = "small".into();
        let data = Dataset { name, threshold: 1, height: 1, width: 13, train: split(), test: split() };
        Lab::new(Plan::new(Scale::Quick), 0, Arc::new(data), Box::new(|_| {}))
    }

    #[test]
    fn runs_on_the_disk_take_the_place_of_the_shared_training() {
        let folders = [tempfile::tempdir().expect("folder"), tempfile::tempdir().expect("folder")];
        let dirs: Vec<PathBuf> = folders.iter().map(|folder| folder.path().to_path_buf()).collect();
        let train = |dir: &PathBuf, hidden: usize, replica: usize| {
            let path = dir.join(checkpoint::run_name(hidden, replica));
            let (spec, key) = (small_lab().shared_spec(hidden), [hidden as u8 + replica as u8; 32]);
            checkpoint::train_resumable(&path, &spec, &images(), key, None, |_, _| ()).expect("trains")
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
}
