//! The laboratory: how big the checks are, which random streams they draw from, the data, and the trained machines
//! that all claims share. The only source of randomness and of size.

use crate::bits::States;
use crate::claim::{Case, CheckError};
use crate::data::Dataset;
use crate::rbm::Rbm;
use crate::rbm::train::{TrainSpec, Trainer, VisibleBias};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// How big the checks are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// For tests and the main job: about a minute on two cores.
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
    /// Independent matrices a shape for claims about spectra.
    pub spectrum_replicas: usize,
    /// Hidden sizes of the trained machines, ascending.
    pub trained_hidden: &'static [usize],
    /// Independent trainings a hidden size.
    pub trained_replicas: usize,
    /// Independent short trainings a hidden size ([`Lab::trained_from_normal`]): enough for an interval.
    pub short_trainings: usize,
    /// Passes over the training images.
    pub epochs: usize,
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
                epochs: 3,
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

/// Sizes, streams, data and memoised trainings. Calls of [`Lab::trained`] are made from outside parallel regions.
pub struct Lab {
    plan: Plan,
    seed: u64,
    data: Arc<Dataset>,
    altered: Mutex<HashMap<Images, Arc<Dataset>>>,
    trained: Mutex<HashMap<String, Arc<Trajectory>>>,
    progress: Box<dyn Fn(&str) + Send + Sync>,
    trains: bool,
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
        Self { plan, seed, data, altered: Mutex::default(), trained: Mutex::default(), progress, trains: true }
    }

    /// The same laboratory, which answers [`CheckError::Untrained`] where a trained machine is asked for.
    pub fn without_training(self) -> Self {
        Self { trains: false, ..self }
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

    /// The short training that claims share: PCD-1 on the images from normal biases, as in the paper, two passes; recorded before the
    /// first update, half way and at the end.
    ///
    /// # Errors
    /// As [`Lab::trained`].
    pub fn trained_from_normal(&self, hidden: usize, replica: usize) -> Result<Arc<Trajectory>, CheckError> {
        let spec = TrainSpec { visible_bias: VisibleBias::Normal, ..TrainSpec::pcd(hidden, 2, self.plan.initial_std) };
        let end = 2 * spec.updates_per_epoch(self.data.train.images.rows()) as u64;
        self.trained(&TrainRequest { spec, replica, images: Images::AsTheyAre, record: vec![0, end / 2, end] })
    }

    /// The trajectory of one training, computed once a process and shared by all claims.
    ///
    /// # Errors
    /// When the training diverges, its specification does not fit the data, or this laboratory does not train.
    pub fn trained(&self, request: &TrainRequest) -> Result<Arc<Trajectory>, CheckError> {
        if !self.trains {
            return Err(CheckError::Untrained);
        }
        let name = format!("{request:?}");
        let mut trained = lock(&self.trained);
        if let Some(done) = trained.get(&name) {
            return Ok(Arc::clone(done));
        }
        let what = format!("training M = {}, replica {}, {:?}", request.spec.hidden, request.replica, request.images);
        self.progress(&what);
        let data = self.images(request.images);
        // The image treatment is not part of the key: an altered training starts from the machine of the unaltered one.
        let key = key(self.seed, &["training", &format!("{:?}", request.spec), &request.replica.to_string()]);
        let failed = || CheckError::while_doing::<crate::rbm::train::TrainError>(&what);
        let mut trainer = Trainer::new(request.spec.clone(), &data.train.images, key).map_err(failed())?;
        let mut snapshots = Vec::new();
        let record = |trainer: &Trainer, snapshots: &mut Vec<Snapshot>| {
            snapshots.push(Snapshot {
                update: trainer.updates(),
                machine: trainer.machine().clone(),
                chains: trainer.chains().visible.clone(),
            });
        };
        if request.record.contains(&0) {
            record(&trainer, &mut snapshots);
        }
        for _ in 0..request.spec.epochs {
            trainer
                .run_epoch(&data.train.images, |trainer| {
                    if request.record.contains(&trainer.updates()) {
                        record(trainer, &mut snapshots);
                    }
                })
                .map_err(failed())?;
        }
        let done = Arc::new(Trajectory { snapshots });
        trained.insert(name, Arc::clone(&done));
        Ok(done)
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

    #[test]
    fn a_training_is_run_once_and_repetitions_are_others() {
        let split = || crate::data::Split { images: images(), labels: vec![0; 53] };
        let name = "small".into();
        let data = Dataset { name, threshold: 1, height: 1, width: 13, train: split(), test: split() };
        let lab = Lab::new(Plan::new(Scale::Quick), 0, Arc::new(data), Box::new(|_| {}));
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
