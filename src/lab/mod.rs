//! The laboratory: how big the checks are, which random streams they draw from, the data, and the
//! trained machines that all claims share. The only source of randomness and of size.

mod images;
mod sizes;
mod streams;
#[cfg(test)]
pub(crate) mod tests;
mod trajectory;

use crate::claim::{Case, CheckError, Regime, Verdict};
use crate::data::Dataset;
use crate::rbm::Rbm;
use crate::rbm::checkpoint::{self, CheckpointError};
use crate::rbm::train::{TrainSpec, Trainer, VisibleBias};
pub use images::Images;
use images::alter;
use rand::rngs::ChaCha8Rng;
use rayon::prelude::*;
pub use sizes::{Plan, Scale};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
pub use streams::{Indices, Purpose, key};
pub(crate) use streams::{stream, training_key, training_keys};
pub use trajectory::{Given, Snapshot, TrainRequest, Trajectory};

/// Training images of MNIST.
const MNIST: usize = 60_000;

/// Updates that one pass over the images must make, so that a training can be followed.
const LEAST_BATCHES: usize = 2;

/// Sizes, streams, data and memoised trainings.
///
/// No lock is held that a worker of a thread pool could wait for: a worker that is in the middle of
/// a computation may be given another task which asks for the same thing, and would wait for
/// itself. Workers that ask at once for one thing which is not made yet each make it, to the same
/// bits; threads outside pools wait for each other.
pub struct Lab {
    plan: Plan,
    seed: u64,
    data: Arc<Dataset>,
    /// Whether these are the images of which verdicts are expected where machines are trained.
    mnist: bool,
    altered: Mutex<HashMap<Images, Arc<Dataset>>>,
    trained: Mutex<Vec<(TrainRequest, Arc<Trajectory>)>>,
    /// Held, while something is made, by a thread outside thread pools.
    making: Mutex<()>,
    given: Option<Mutex<Vec<Given>>>,
    runs: Option<HashMap<(usize, usize), Arc<Trajectory>>>,
    progress: Box<dyn Fn(&str) + Send + Sync>,
    trains: bool,
    draws: bool,
}

impl Lab {
    /// A laboratory for one run: everything random in it follows from `seed`. `progress` is told,
    /// in one short line, what takes long.
    pub fn new(plan: Plan, seed: u64, data: Arc<Dataset>, progress: Box<dyn Fn(&str) + Send + Sync>) -> Self {
        let (altered, trained, making) = (Mutex::default(), Mutex::default(), Mutex::default());
        let mnist = data.is_mnist();
        Self {
            plan,
            seed,
            data,
            mnist,
            altered,
            trained,
            making,
            given: None,
            runs: None,
            progress,
            trains: true,
            draws: true,
        }
    }

    /// The same laboratory, which notes what it gives out for [`Lab::given`].
    pub fn noting_streams(self) -> Self {
        Self { given: Some(Mutex::default()), ..self }
    }

    /// The keys and streams given out so far, sorted. Two draws are independent when no stream is
    /// in this list twice, and none of a key that is there as a whole. Empty unless
    /// [`Lab::noting_streams`] was asked for.
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

    /// The same laboratory, which answers [`CheckError::Untrained`] where a trained machine is
    /// asked for.
    pub fn without_training(self) -> Self {
        Self { trains: false, ..self }
    }

    /// The same laboratory for verdicts alone: claims leave out what only their figures show.
    pub fn without_figures(self) -> Self {
        Self { draws: false, ..self }
    }

    /// Whether figures are made of what is measured.
    pub fn wants_figures(&self) -> bool {
        self.draws
    }

    /// The same laboratory, whose shared training ([`Lab::shared_training`]) is looked up in
    /// folders that `train` filled, at full scale with the paper's training ([`TrainSpec::paper`]).
    /// With it, one line for every run that is absent or not finished.
    ///
    /// # Errors
    /// A folder that is not there or holds no run that is asked for, a run twice, of another
    /// training, or damaged.
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
                snapshots.push(Arc::new(Snapshot::of(trainer)));
            })?;
            if let Some(other) = keys.insert(key, path.clone()) {
                return Err(unusable(path, format!("{} has the same random numbers", other.display())));
            }
            if done < spec.epochs as u64 {
                notes.push(format!("{}: {done} of {} epochs so far", path.display(), spec.epochs));
            }
            runs.insert((hidden, replica), Arc::new(Trajectory { snapshots, spectra: Vec::new() }));
        }
        if let (true, Some(dir)) = (runs.is_empty(), dirs.first()) {
            return Err(unusable(dir, {
                let sizes: Vec<String> = self.plan.trained_hidden.iter().map(ToString::to_string).collect();
                format!("no run of M = {}", sizes.join(", "))
            }));
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

    /// Whether the images are those of MNIST, binarised at half of the grey scale.
    pub fn is_mnist(&self) -> bool {
        self.mnist
    }

    /// The verdict that theory expects in a regime; none of other images than MNIST where machines
    /// are trained.
    pub fn expected(&self, regime: &Regime) -> Option<Verdict> {
        (self.mnist || !regime.trained).then_some(regime.expected)
    }

    /// Passes over the images that make as many updates as `passes` over MNIST, and not fewer
    /// passes; those themselves where the images are too few for a training.
    pub fn passes(&self, passes: usize) -> usize {
        let (spec, rows) = (TrainSpec::pcd(1, 1, 0.0), self.data.train.images.rows());
        if rows < LEAST_BATCHES * spec.batch {
            return passes;
        }
        let per_pass = spec.updates_per_epoch(rows);
        passes.max((passes * spec.updates_per_epoch(MNIST)).div_ceil(per_pass))
    }

    /// What the images lack for a training, in one sentence that follows a colon.
    pub fn lacks_for_training(&self) -> Option<String> {
        let (images, batch) = (&self.data.train.images, TrainSpec::pcd(1, 1, 0.0).batch);
        if images.rows() < LEAST_BATCHES * batch {
            let least = LEAST_BATCHES * batch;
            return Some(format!(
                "{} training images, at least {least} are needed: {LEAST_BATCHES} updates",
                images.rows()
            ));
        }
        if images.means().iter().all(|mean| *mean == 0.0 || *mean == 1.0) {
            return Some("no unit of the training images varies".into());
        }
        None
    }

    /// Says what is going on.
    pub fn progress(&self, line: &str) {
        (self.progress)(line);
    }

    /// The 256-bit key of one purpose: SHA-256 over (root seed, claim, regime, variant, purpose),
    /// so that a new claim moves no other's numbers. All streams of the key belong to the caller:
    /// for chains and annealing runs.
    pub fn key(&self, case: &Case<'_>, purpose: Purpose) -> [u8; 32] {
        let key = key(self.seed, &[case.claim, case.regime.id, case.variant_name(), purpose.name()]);
        self.note(key, None);
        key
    }

    /// Independent stream of one purpose and draw. One index is the number of a stream of the
    /// purpose's key; several are parts of the key themselves, in their order.
    pub fn stream(&self, case: &Case<'_>, purpose: Purpose, indices: impl Indices) -> ChaCha8Rng {
        let parts = [case.claim, case.regime.id, case.variant_name(), purpose.name()];
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

    /// Hidden sizes of which every shared training is there: all, which are made at once, unless
    /// runs are absent.
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

    /// PCD-1 from normal biases, as in the paper, two passes; of runs at full scale the paper's
    /// own.
    fn shared_spec(&self, hidden: usize) -> TrainSpec {
        match (self.plan.scale, &self.runs) {
            (Scale::Full, Some(_)) => TrainSpec::paper(hidden),
            _ => {
                let spec = TrainSpec::pcd(hidden, self.passes(2), self.plan.initial_std);
                TrainSpec { visible_bias: VisibleBias::Normal, ..spec }
            }
        }
    }

    /// Updates in one pass of the shared training.
    pub fn updates_per_epoch(&self, hidden: usize) -> usize {
        self.shared_spec(hidden).updates_per_epoch(self.data.train.images.rows())
    }

    /// The short training that claims share, the untrained machine first, in 16 equal parts; or
    /// what a run on the disk kept of it.
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
        TrainRequest { spec, replica, images: Images::AsTheyAre, record, spectra: Vec::new() }
    }

    /// [`Lab::shared_training`] before the first update, half way (or the last record before) and
    /// at the end.
    ///
    /// # Errors
    /// As there.
    pub fn trained_from_normal(&self, hidden: usize, replica: usize) -> Result<Arc<Trajectory>, CheckError> {
        let all = self.shared_training(hidden, replica)?;
        let half = all.end()?.update / 2;
        let middle = all.snapshots.iter().rfind(|snapshot| snapshot.update <= half);
        let three = [all.snapshots.first(), middle, all.snapshots.last()];
        let mut snapshots: Vec<Arc<Snapshot>> = three.into_iter().flatten().cloned().collect();
        snapshots.dedup_by_key(|snapshot| snapshot.update);
        Ok(Arc::new(Trajectory { snapshots, spectra: Vec::new() }))
    }

    /// The machine at the end of [`Lab::shared_training`], in double precision.
    ///
    /// # Errors
    /// As there.
    pub fn trained_machine(&self, hidden: usize, replica: usize) -> Result<Rbm, CheckError> {
        Ok(self.shared_training(hidden, replica)?.end()?.machine.to_f64())
    }

    /// The trajectory of one training, computed once a process and shared by all claims.
    ///
    /// # Errors
    /// As [`Lab::trained_all`].
    pub fn trained(&self, request: &TrainRequest) -> Result<Arc<Trajectory>, CheckError> {
        Ok(self.trained_all(std::slice::from_ref(request))?.swap_remove(0))
    }

    /// The trajectories of several trainings, in order; those not computed yet run side by side.
    /// Those of altered images are not kept, because each is asked for by one falsifier or control.
    ///
    /// # Errors
    /// When a training diverges, its specification does not fit the data, or this laboratory does
    /// not train.
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
            self.progress(&format!("training M = {}, replica {replica}, {}", spec.hidden, images.said()));
            self.images(*images);
        }
        // Large ones first, so that no worker is left alone with one at the end.
        absent.sort_by_key(|request| std::cmp::Reverse(request.spec.hidden));
        let made: Vec<Result<Trajectory, CheckError>> =
            absent.par_iter().with_max_len(1).map(|request| self.train(request)).collect();
        let mut failed = None;
        let mut once: Vec<(&TrainRequest, Arc<Trajectory>)> = Vec::new();
        for (request, result) in absent.into_iter().zip(made) {
            match result.map(Arc::new) {
                Ok(way) if request.images != Images::AsTheyAre => once.push((request, way)),
                Ok(way) => {
                    let mut trained = lock(&self.trained);
                    // Another worker may have made it too.
                    if trained.iter().all(|(made, _)| made != request) {
                        trained.push((request.clone(), way));
                    }
                }
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        match failed {
            Some(error) => Err(error),
            None => {
                let new = |request: &TrainRequest| once.iter().find(|(made, _)| *made == request);
                let of = |request| there(request).or_else(|| new(request).map(|(_, way)| Arc::clone(way)));
                Ok(requests.iter().filter_map(of).collect())
            }
        }
    }

    fn train(&self, request: &TrainRequest) -> Result<Trajectory, CheckError> {
        let data = self.images(request.images);
        // The image treatment is not part of the key: an altered training starts from the machine
        // of the unaltered one.
        let key = training_key(self.seed, &request.spec, request.replica);
        let what =
            format!("training M = {}, replica {}, {}", request.spec.hidden, request.replica, request.images.said());
        let failed = || CheckError::while_doing::<crate::rbm::train::TrainError>(&what);
        let mut trainer = Trainer::new(request.spec.clone(), &data.train.images, key).map_err(failed())?;
        let mut way = Trajectory::new();
        let mut recorded = way.record(request, &trainer);
        for _ in 0..request.spec.epochs {
            trainer
                .run_epoch(&data.train.images, |trainer| {
                    if recorded.is_ok() {
                        recorded = way.record(request, trainer);
                    }
                })
                .map_err(failed())?;
        }
        recorded.map_err(CheckError::while_doing(&what))?;
        Ok(way)
    }
}

/// A poisoned lock only says that another check panicked; the maps behind these locks are never
/// left half-written.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
