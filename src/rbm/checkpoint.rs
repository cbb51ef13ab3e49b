//! Trainings that survive their process: after every epoch the whole state is on the disk, and a training that is run
//! again goes on where it was, to the same bits as one that was never interrupted.
//!
//! A run is a folder with `checkpoint.json` (what was asked for, how far it is, and the name and SHA-256 of the state
//! file) and `state-<epoch>.safetensors`: `W` (N x M), `a`, `b`, Adam's moments, and the packed chains. The JSON is
//! replaced last, so it always names a complete state. Epochs 1, 2, 4, 8, ... stay on the disk, so that the way of a
//! training can be looked at afterwards; of the others only the last.

use super::Rbm;
use super::gibbs::Chains;
use super::train::{Moments, TrainError, TrainSpec, Trainer};
use crate::bits::States;
use crate::file;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// A training that could not go on.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file system refused.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: std::io::Error,
    },
    /// A file is not what was written.
    #[error("{path} is damaged ({why})")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The folder holds another training.
    #[error("{path} holds a training with {what}")]
    Mismatch {
        /// The folder.
        path: PathBuf,
        /// What differs.
        what: String,
    },
    /// Another process trains there.
    #[error("{path} is in use by another run")]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// There is nothing to go on from.
    #[error("{path} holds no run")]
    NoRun {
        /// The folder.
        path: PathBuf,
    },
    /// A run that cannot be looked at.
    #[error("{path}: {why}")]
    Unusable {
        /// Its folder or file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The training itself failed.
    #[error(transparent)]
    Train(#[from] TrainError),
}

#[derive(Serialize, Deserialize)]
struct Record {
    format: u32,
    spec: TrainSpec,
    key: String,
    data_sha256: String,
    visible: usize,
    #[serde(flatten)]
    last: Kept,
    #[serde(default)]
    earlier: Vec<Kept>,
    /// What the training was until it went on here by its own specification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent: Option<Parent>,
}

/// Where a training came from.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Parent {
    spec: TrainSpec,
    epochs: u64,
    state_sha256: String,
    /// What that one had been before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent: Option<Box<Parent>>,
}

/// One state on the disk.
#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    epochs: u64,
    updates: u64,
    sweeps: u64,
    state: String,
    state_sha256: String,
}

const FORMAT: u32 = 1;

/// The file that makes a folder a run.
pub const RECORD: &str = "checkpoint.json";

/// The name of a run's folder.
pub fn run_name(hidden: usize, replica: usize) -> String {
    format!("hidden{hidden:05}-replica{replica:02}")
}

/// Trains to `spec.epochs` epochs, resuming what `dir` holds, with a checkpoint after every epoch; `after_epoch` is told
/// the number of epochs done and the machine. Returns the trained machine. Where `dir` holds nothing yet and `from` is given, the
/// training goes on from that run's last state, epochs counted on, by `spec`; its record says so, and resumed, a
/// `from` that is given must be the run it came from, or gone.
///
/// `keys` tells, for the specification that a training began with, the key of a new run first, and then every other key that the same
/// seed and replica had in an earlier version. A run that is resumed goes on by the key in its record, which must be one of them.
///
/// # Errors
/// A folder that cannot be written or is in use, a damaged checkpoint, one of another training (other arguments, images
/// or seed), or a training that diverges; the last good checkpoint is kept.
pub fn train_resumable(
    dir: &Path,
    spec: &TrainSpec,
    images: &States,
    keys: &dyn Fn(&TrainSpec) -> Vec<[u8; 32]>,
    from: Option<&Path>,
    mut after_epoch: impl FnMut(u64, &Rbm<f32>),
) -> Result<Rbm<f32>, CheckpointError> {
    let io = |path: &Path| {
        let path = path.to_path_buf();
        move |source| CheckpointError::Io { path, source }
    };
    // What cannot be trained leaves nothing behind.
    spec.check(images.rows(), images.units())?;
    let data_sha256 = digest(images);
    if let (Some(run), false) = (from, dir.join(RECORD).exists()) {
        goes_on(&origin(run)?, run, spec, &data_sha256, keys)?;
    }
    std::fs::create_dir_all(dir).map_err(io(dir))?;
    let lock_path = dir.join("lock");
    let lock = std::fs::File::create(&lock_path).map_err(io(&lock_path))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(std::fs::TryLockError::WouldBlock) => return Err(CheckpointError::Busy { path: dir.to_path_buf() }),
        Err(std::fs::TryLockError::Error(source)) => return Err(io(&lock_path)(source)),
    }
    let (mut trainer, mut earlier, parent) = match (read_record(dir)?, from) {
        (Some(record), from) => {
            // More epochs than before are the same training, continued.
            let wanted = TrainSpec { epochs: record.spec.epochs, ..spec.clone() };
            record.must_be(dir, &wanted, &data_sha256)?;
            let key = record.key_among(keys).ok_or_else(|| mismatch(dir, "another seed".into()))?;
            let done = record.last.epochs;
            if done > spec.epochs as u64 {
                return Err(mismatch(dir, format!("already {done} epochs, more than the {} asked for", spec.epochs)));
            }
            // All that is needed is here. A run that is named and can still be read must be the one it came from.
            match (&record.parent, from.and_then(|run| read_record(run).ok().flatten())) {
                (Some(parent), Some(origin)) => {
                    let same = TrainSpec { epochs: parent.spec.epochs, ..origin.spec.clone() };
                    let kept = origin.kept().find(|one| one.epochs == parent.epochs);
                    let altered = kept.is_some_and(|one| one.state_sha256 != parent.state_sha256);
                    if same != parent.spec {
                        return Err(mismatch(dir, format!("another beginning, {:?}", parent.spec)));
                    }
                    if origin.key != record.key || altered || origin.parent != parent.parent.as_deref().cloned() {
                        return Err(mismatch(dir, "a beginning of the same arguments, but another run's".into()));
                    }
                }
                (None, _) if from.is_some() => {
                    return Err(mismatch(dir, "a beginning of its own, not that of --from".into()));
                }
                _ => {}
            }
            let trainer = Trainer { spec: spec.clone(), ..restore(dir, &record, &record.last, key)? };
            let earlier = record.kept().filter(|one| one.epochs.is_power_of_two()).cloned().collect();
            (trainer, earlier, record.parent)
        }
        (None, Some(run)) => {
            let (trainer, parent) = steady(run, |record| {
                let key = goes_on(record, run, spec, &data_sha256, keys)?;
                let Kept { epochs, state_sha256, .. } = record.last.clone();
                let before = record.parent.clone().map(Box::new);
                let parent = Parent { spec: record.spec.clone(), epochs, state_sha256, parent: before };
                Ok((Trainer { spec: spec.clone(), ..restore(run, record, &record.last, key)? }, parent))
            })?;
            (trainer, Vec::new(), Some(parent))
        }
        (None, None) => {
            let key = keys(spec).first().copied().unwrap_or_default();
            (Trainer::new(spec.clone(), images, key)?, Vec::new(), None)
        }
    };
    while trainer.epochs < spec.epochs as u64 {
        trainer.run_epoch(images, |_| ())?;
        let saved = save(dir, &trainer, &data_sha256, &earlier, &parent)?;
        earlier.extend(saved.epochs.is_power_of_two().then_some(saved));
        after_epoch(trainer.epochs, &trainer.machine);
    }
    Ok(trainer.machine)
}

/// Whether a training can go on from the last state of `record`, the run in `run`: its key, one of those of its first specification.
fn goes_on(
    record: &Record,
    run: &Path,
    spec: &TrainSpec,
    data_sha256: &str,
    keys: &dyn Fn(&TrainSpec) -> Vec<[u8; 32]>,
) -> Result<[u8; 32], CheckpointError> {
    let Record { spec: old, last, .. } = record;
    let same = TrainSpec { hidden: old.hidden, batch: old.batch, chains: old.chains, ..spec.clone() };
    if same != *spec {
        return Err(mismatch(run, format!("another size or batch, {old:?}")));
    }
    record.must_be(run, old, data_sha256)?;
    let key = record.key_among(keys).ok_or_else(|| mismatch(run, "another seed or replica".into()))?;
    if last.epochs >= spec.epochs as u64 {
        let asked = spec.epochs;
        return Err(mismatch(run, format!("{} epochs, which count among the {asked} asked for", last.epochs)));
    }
    Ok(key)
}

/// How often a run is read again that is trained on meanwhile.
const TRIES: usize = 20;

/// Reads a run by its record, without its lock. A training that goes on there meanwhile replaces the record and then removes the
/// state that the old one names: where a file is gone and the record is another one, the new one is read.
fn steady<T>(dir: &Path, mut read: impl FnMut(&Record) -> Result<T, CheckpointError>) -> Result<T, CheckpointError> {
    let mut record = origin(dir)?;
    for _ in 1..TRIES {
        match read(&record) {
            Err(CheckpointError::Io { path, source }) if source.kind() == std::io::ErrorKind::NotFound => {
                let now = origin(dir)?;
                if now.last.state == record.last.state {
                    return Err(CheckpointError::Io { path, source });
                }
                record = now;
            }
            other => return other,
        }
    }
    read(&record)
}

fn origin(run: &Path) -> Result<Record, CheckpointError> {
    read_record(run)?.ok_or_else(|| CheckpointError::NoRun { path: run.to_path_buf() })
}

/// Shows the states of a run in order, the untrained machine first; returns the number of epochs done and the run's key. Nothing is
/// written.
///
/// # Errors
/// A folder without a run, a damaged one, or one of another specification, of other images, or that goes on from another run.
pub fn look(
    dir: &Path,
    spec: &TrainSpec,
    images: &States,
    mut each: impl FnMut(&Trainer),
) -> Result<(u64, [u8; 32]), CheckpointError> {
    let unusable = |error: CheckpointError| match error {
        CheckpointError::Io { path, source } => CheckpointError::Unusable { path, why: source.to_string() },
        CheckpointError::Damaged { path, why } => CheckpointError::Unusable { path, why: format!("damaged ({why})") },
        CheckpointError::Mismatch { path, what } => {
            CheckpointError::Unusable { path, why: format!("a run with {what}") }
        }
        CheckpointError::NoRun { path } => CheckpointError::Unusable { path, why: format!("no {RECORD} in it") },
        other => other,
    };
    let data_sha256 = digest(images);
    // States that were shown are not shown again where the record is read anew: it keeps them, in the same order.
    let mut shown = 0;
    let seen = steady(dir, |record| {
        record.must_be(dir, spec, &data_sha256)?;
        if record.parent.is_some() {
            return Err(mismatch(dir, "the beginning of another one".into()));
        }
        let odd = || damaged(&dir.join(RECORD), "its key is not one of 64 hexadecimal digits".into());
        let key = unhex(&record.key).ok_or_else(odd)?;
        if shown == 0 {
            each(&Trainer::new(spec.clone(), images, key)?);
            shown = 1;
        }
        for kept in record.kept().skip(shown - 1) {
            each(&restore(dir, record, kept, key)?);
            shown += 1;
        }
        Ok((record.last.epochs, key))
    });
    seen.map_err(unusable)
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let pair = |at: usize| u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok();
    let bytes: Vec<u8> = (0..32).map(pair).collect::<Option<_>>()?;
    bytes.try_into().ok().filter(|_| text.len() == 64)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn digest(images: &States) -> String {
    let mut hash = Sha256::new();
    hash.update((images.units() as u64).to_le_bytes());
    images.words().iter().for_each(|word| hash.update(word.to_le_bytes()));
    hex(&hash.finalize())
}

const MOMENTS: [&str; 6] = ["first.W", "first.a", "first.b", "second.W", "second.a", "second.b"];

fn save(
    dir: &Path,
    trainer: &Trainer,
    data_sha256: &str,
    earlier: &[Kept],
    parent: &Option<Parent>,
) -> Result<Kept, CheckpointError> {
    let machine = &trainer.machine;
    let (n, m) = (machine.visible, machine.hidden);
    let bytes = |values: &[f32]| values.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
    let shape = |at: usize| [vec![n, m], vec![n], vec![m]][at % 3].clone();
    let mut tensors: Vec<(&str, Dtype, Vec<usize>, Vec<u8>)> = vec![
        ("W", Dtype::F32, shape(0), bytes(&machine.weights)),
        ("a", Dtype::F32, shape(1), bytes(&machine.visible_bias)),
        ("b", Dtype::F32, shape(2), bytes(&machine.hidden_bias)),
    ];
    let moments = trainer.moments.first.iter().chain(&trainer.moments.second);
    tensors.extend(
        MOMENTS.iter().zip(moments).enumerate().map(|(at, (name, x))| (*name, Dtype::F32, shape(at), bytes(x))),
    );
    let chains = &trainer.chains.visible;
    let words = chains.words().iter().flat_map(|word| word.to_le_bytes()).collect();
    tensors.push(("chains", Dtype::U64, vec![chains.rows(), chains.words_per_row()], words));

    let state = format!("state-{:06}.safetensors", trainer.epochs);
    let path = dir.join(&state);
    let refused = |path: &Path, source: std::io::Error| CheckpointError::Io { path: path.to_path_buf(), source };
    let odd = |e: safetensors::SafeTensorError| refused(&path, std::io::Error::other(e));
    let views = tensors
        .iter()
        .map(|(name, kind, shape, bytes)| Ok((*name, TensorView::new(*kind, shape.clone(), bytes)?)))
        .collect::<Result<Vec<_>, _>>()
        .map_err(odd)?;
    let packed = safetensors::serialize(views, None).map_err(odd)?;
    file::replace(&path, &packed).map_err(|source| refused(&path, source))?;
    let record = Record {
        format: FORMAT,
        spec: trainer.spec.clone(),
        key: hex(&trainer.key),
        data_sha256: data_sha256.to_string(),
        visible: n,
        last: Kept {
            epochs: trainer.epochs,
            updates: trainer.updates,
            sweeps: trainer.chains.sweeps,
            state,
            state_sha256: hex(&Sha256::digest(&packed)),
        },
        earlier: earlier.to_vec(),
        parent: parent.clone(),
    };
    let record_path = dir.join(RECORD);
    let text = serde_json::to_string_pretty(&record).map_err(|e| refused(&record_path, e.into()))?;
    file::replace(&record_path, text.as_bytes()).map_err(|source| refused(&record_path, source))?;
    // Other states are no longer named by anything; one that cannot be removed does no harm.
    for entry in std::fs::read_dir(dir).map_err(|source| refused(dir, source))?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let named = record.kept().any(|kept| kept.state == name);
        if name.starts_with("state-") && name.ends_with(".safetensors") && !named {
            let _ = std::fs::remove_file(entry.path());
        }
    }
    Ok(record.last)
}

fn damaged(path: &Path, why: String) -> CheckpointError {
    CheckpointError::Damaged { path: path.to_path_buf(), why }
}

fn mismatch(dir: &Path, what: String) -> CheckpointError {
    CheckpointError::Mismatch { path: dir.to_path_buf(), what }
}

impl Record {
    /// The states on the disk, in order.
    fn kept(&self) -> impl Iterator<Item = &Kept> {
        self.earlier.iter().chain([&self.last])
    }

    /// Its own key, if it is among those of the specification that the training began with.
    fn key_among(&self, keys: &dyn Fn(&TrainSpec) -> Vec<[u8; 32]>) -> Option<[u8; 32]> {
        let (mut first, mut parent) = (&self.spec, self.parent.as_ref());
        while let Some(one) = parent {
            (first, parent) = (&one.spec, one.parent.as_deref());
        }
        keys(first).into_iter().find(|key| hex(key) == self.key)
    }

    fn must_be(&self, dir: &Path, spec: &TrainSpec, data_sha256: &str) -> Result<(), CheckpointError> {
        if self.spec != *spec {
            return Err(mismatch(dir, format!("other arguments, {:?}", self.spec)));
        }
        if self.data_sha256 != data_sha256 {
            return Err(mismatch(dir, "other images".into()));
        }
        Ok(())
    }
}

fn read_record(dir: &Path) -> Result<Option<Record>, CheckpointError> {
    let path = dir.join(RECORD);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(CheckpointError::Io { path, source }),
    };
    let record: Record = serde_json::from_str(&text).map_err(|e| damaged(&path, e.to_string()))?;
    if record.format != FORMAT {
        return Err(damaged(&path, format!("format {}, this program writes {FORMAT}", record.format)));
    }
    Ok(Some(record))
}

fn restore(dir: &Path, record: &Record, kept: &Kept, key: [u8; 32]) -> Result<Trainer, CheckpointError> {
    let path = dir.join(&kept.state);
    let bytes = std::fs::read(&path).map_err(|source| CheckpointError::Io { path: path.clone(), source })?;
    if hex(&Sha256::digest(&bytes)) != kept.state_sha256 {
        return Err(damaged(&path, "its checksum is not the recorded one".into()));
    }
    // What a training has counted: as many updates in every epoch, and no more sweeps than there are random numbers for.
    let most = super::gibbs::most_sweeps(record.visible.saturating_add(record.spec.hidden));
    let even =
        if kept.epochs == 0 { kept.updates == 0 } else { kept.updates > 0 && kept.updates.is_multiple_of(kept.epochs) };
    if !even || kept.epochs > most || kept.updates > most || kept.sweeps > most {
        let counts = (kept.epochs, kept.updates, kept.sweeps);
        return Err(damaged(&dir.join(RECORD), format!("{counts:?} epochs, updates and sweeps cannot be")));
    }
    let tensors = SafeTensors::deserialize(&bytes).map_err(|e| damaged(&path, e.to_string()))?;
    let (n, m) = (record.visible, record.spec.hidden);
    let weights = n.checked_mul(m).ok_or_else(|| damaged(&dir.join(RECORD), format!("{n} x {m} weights")))?;
    let get = |name: &str, kind: Dtype, length: Option<usize>| {
        let view = tensors.tensor(name).map_err(|e| damaged(&path, e.to_string()))?;
        let width = if kind == Dtype::U64 { 8 } else { 4 };
        let fits = length.is_none_or(|length| length.checked_mul(width) == Some(view.data().len()));
        if view.dtype() != kind || !fits {
            return Err(damaged(&path, format!("{name} has type {:?} and shape {:?}", view.dtype(), view.shape())));
        }
        Ok(view)
    };
    let floats = |name: &str, length: usize| -> Result<Vec<f32>, CheckpointError> {
        let view = get(name, Dtype::F32, Some(length))?;
        Ok(view.data().as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect())
    };
    let machine = Rbm {
        visible: n,
        hidden: m,
        weights: floats("W", weights)?,
        visible_bias: floats("a", n)?,
        hidden_bias: floats("b", m)?,
    };
    let [w1, a1, b1, w2, a2, b2] = MOMENTS;
    let moments = Moments {
        first: [floats(w1, weights)?, floats(a1, n)?, floats(b1, m)?],
        second: [floats(w2, weights)?, floats(a2, n)?, floats(b2, m)?],
    };
    let view = get("chains", Dtype::U64, None)?;
    let words: Vec<u64> = view.data().as_chunks::<8>().0.iter().map(|b| u64::from_le_bytes(*b)).collect();
    let rows = view.shape().first().copied().unwrap_or(0);
    let odd = || damaged(&path, format!("chains of shape {:?} for {n} visible units", view.shape()));
    let visible = States::from_words(rows, n, words).filter(|states| states.rows() > 0).ok_or_else(odd)?;
    let chains = Chains::new(visible, key, kept.sweeps);
    let spec = record.spec.clone();
    Ok(Trainer { spec, machine, moments, chains, updates: kept.updates, epochs: kept.epochs, key })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rbm::optimiser::Optimiser;
    use crate::rbm::train::{Method, VisibleBias};

    fn images() -> States {
        States::from_fn(31, 7, |row, unit| (row * 5 + unit * unit) % 3 == 0)
    }

    fn spec(epochs: usize) -> TrainSpec {
        TrainSpec {
            method: Method::Pcd,
            optimiser: Optimiser::adam(0.01),
            batch: 11,
            chains: 13,
            visible_bias: VisibleBias::Normal,
            ..TrainSpec::pcd(5, epochs, 0.1)
        }
    }

    fn nine(_: &TrainSpec) -> Vec<[u8; 32]> {
        vec![[9; 32]]
    }

    fn run(dir: &Path, epochs: usize) -> Result<Rbm<f32>, CheckpointError> {
        train_resumable(dir, &spec(epochs), &images(), &nine, None, |_, _| ())
    }

    fn state(dir: &Path, epoch: u64) -> Vec<u8> {
        std::fs::read(dir.join(format!("state-{epoch:06}.safetensors"))).expect("a state file")
    }

    #[test]
    fn a_resumed_training_ends_with_the_bits_of_an_uninterrupted_one() {
        let (whole, parts) = (tempfile::tempdir().expect("folder"), tempfile::tempdir().expect("folder"));
        let expected = run(whole.path(), 4).expect("trains");
        run(parts.path(), 1).expect("trains");
        run(parts.path(), 3).expect("resumes");
        assert_eq!(run(parts.path(), 4).expect("resumes"), expected);
        assert_eq!(state(parts.path(), 4), state(whole.path(), 4));
        assert!(!parts.path().join("state-000003.safetensors").exists());
        let left = |dir: &Path, epoch: u64| dir.join(format!("state-{epoch:06}.safetensors")).exists();
        assert!([1, 2].iter().all(|epoch| left(parts.path(), *epoch) && left(whole.path(), *epoch)));
        // Nothing left to do.
        assert_eq!(run(parts.path(), 4).expect("is done"), expected);
    }

    #[test]
    fn other_trainings_and_damage_are_named() {
        let folder = tempfile::tempdir().expect("folder");
        let dir = folder.path();
        run(dir, 2).expect("trains");
        let words = |result: Result<Rbm<f32>, CheckpointError>| result.expect_err("must not resume").to_string();
        assert!(words(run(dir, 1)).contains("already 2 epochs"));
        let slow = TrainSpec { optimiser: Optimiser::adam(0.02), ..spec(3) };
        assert!(words(train_resumable(dir, &slow, &images(), &nine, None, |_, _| ())).contains("other arguments"));
        assert!(
            words(train_resumable(dir, &spec(3), &images(), &|_| vec![[8; 32]], None, |_, _| ()))
                .contains("another seed")
        );
        let fewer = images().select(&[1, 2, 3]);
        assert!(words(train_resumable(dir, &spec(3), &fewer, &nine, None, |_, _| ())).contains("other images"));

        let lock = std::fs::File::create(dir.join("lock")).expect("file");
        lock.lock().expect("lock");
        assert!(words(run(dir, 3)).contains("in use"));
        drop(lock);

        let path = dir.join("state-000002.safetensors");
        let bytes = state(dir, 2);
        std::fs::write(&path, &bytes[..bytes.len() / 2]).expect("write");
        assert!(words(run(dir, 3)).contains("checksum"));
        std::fs::remove_file(&path).expect("remove");
        assert!(words(run(dir, 3)).contains("state-000002"));
        std::fs::write(dir.join(RECORD), "{\"format\": 1").expect("write");
        assert!(words(run(dir, 3)).contains("damaged"));
    }

    #[test]
    fn a_run_shows_its_way_and_nothing_of_another_training() {
        let folder = tempfile::tempdir().expect("folder");
        let dir = folder.path();
        run(dir, 3).expect("trains");
        run(dir, 6).expect("resumes");
        let mut seen = Vec::new();
        let done = look(dir, &spec(6), &images(), |trainer| seen.push(trainer.clone())).expect("a run");
        assert_eq!(done, (6, [9; 32]));
        // The same training, looked at while it runs: 31 images in batches of 11 are three updates an epoch.
        let mut trainer = Trainer::new(spec(6), &images(), [9; 32]).expect("a good specification");
        let mut expected = vec![trainer.clone()];
        for epoch in 1..=6 {
            trainer.run_epoch(&images(), |_| ()).expect("no divergence");
            expected.extend([1, 2, 4, 6].contains(&epoch).then(|| trainer.clone()));
        }
        let shown = |trainers: &[Trainer]| -> Vec<_> {
            trainers.iter().map(|t| (t.updates(), t.machine().clone(), t.chains().clone())).collect()
        };
        assert_eq!(shown(&seen), shown(&expected));

        let words = |spec: &TrainSpec, images: &States| {
            let message = look(dir, spec, images, |_| ()).expect_err("another training").to_string();
            assert!(message.contains(&dir.display().to_string()), "{message}");
            message
        };
        assert!(words(&spec(7), &images()).contains("other arguments"));
        assert!(words(&spec(6), &images().select(&[1, 2])).contains("other images"));
        std::fs::write(dir.join("state-000002.safetensors"), &state(dir, 2)[..99]).expect("write");
        assert!(words(&spec(6), &images()).contains("checksum"));
        std::fs::write(dir.join(RECORD), "{}").expect("write");
        assert!(words(&spec(6), &images()).contains("damaged"));
        std::fs::remove_file(dir.join(RECORD)).expect("remove");
        assert!(words(&spec(6), &images()).contains("no checkpoint.json"));
    }

    #[test]
    fn a_run_can_be_looked_at_while_it_is_trained() {
        // The states of epochs 3, 5, 6, 7, ... are removed one epoch later: the record that was read may name one that is gone.
        let folder = tempfile::tempdir().expect("folder");
        let dir = folder.path();
        run(dir, 3).expect("trains");
        let (mut first, mut seen) = (true, Vec::new());
        let found = steady(dir, |record| {
            if std::mem::take(&mut first) {
                run(dir, 6)?; // the other process, between the record and its state
            }
            seen.push(record.last.epochs);
            restore(dir, record, &record.last, [9; 32]).map(|trainer| trainer.epochs)
        });
        assert_eq!((found.expect("reads again"), seen), (6, vec![3, 6]));
        // A state that is missing for good is said at once.
        std::fs::remove_file(dir.join("state-000006.safetensors")).expect("there");
        let mut tried = 0;
        let gone = steady(dir, |record| {
            tried += 1;
            restore(dir, record, &record.last, [9; 32])
        });
        assert!(gone.is_err_and(|e| e.to_string().contains("state-000006")) && tried == 1);
    }

    #[test]
    fn what_is_refused_leaves_no_folder() {
        let folder = tempfile::tempdir().expect("folder");
        let dir = folder.path().join("runs/new");
        let bad = TrainSpec { hidden: 0, ..spec(3) };
        assert!(train_resumable(&dir, &bad, &images(), &nine, None, |_, _| ()).is_err());
        let nowhere = folder.path().join("nowhere");
        assert!(train_resumable(&dir, &spec(3), &images(), &nine, Some(&nowhere), |_, _| ()).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).expect("lists").count(), 0);
    }

    #[test]
    fn a_training_goes_on_from_another_run() {
        let (first, second) = (tempfile::tempdir().expect("folder"), tempfile::tempdir().expect("folder"));
        run(first.path(), 2).expect("trains");
        let on =
            |dir: &Path, spec: &TrainSpec| train_resumable(dir, spec, &images(), &nine, Some(first.path()), |_, _| ());
        // By the same rule it is the same training.
        assert_eq!(on(second.path(), &spec(4)).expect("goes on"), run(first.path(), 4).expect("resumes"));
        let longer = TrainSpec { steps: 7, ..spec(5) };
        let third = tempfile::tempdir().expect("folder");
        let found = on(third.path(), &longer).expect("goes on");
        assert_ne!(found, run(first.path(), 5).expect("resumes"));
        // There it is resumed as any other, and is not shown as one of its own arguments.
        assert_eq!(on(third.path(), &longer).expect("is done"), found);
        let named = |from: Option<&Path>| train_resumable(third.path(), &longer, &images(), &nine, from, |_, _| ());
        assert_eq!(named(None).expect("is done"), found);
        assert_eq!(named(Some(Path::new("gone"))).expect("is done"), found);
        // The same arguments from another seed are another beginning.
        let fourth = tempfile::tempdir().expect("folder");
        train_resumable(fourth.path(), &spec(5), &images(), &|_| vec![[8; 32]], None, |_, _| ()).expect("trains");
        let other = named(Some(fourth.path())).expect_err("another seed").to_string();
        assert!(other.contains("another run's"), "{other}");
        // What it came from is kept over generations.
        let fifth = tempfile::tempdir().expect("folder");
        let later = TrainSpec { steps: 8, ..spec(6) };
        train_resumable(fifth.path(), &later, &images(), &nine, Some(third.path()), |_, _| ()).expect("goes on");
        let parent = read_record(fifth.path()).expect("reads").and_then(|record| record.parent).expect("a parent");
        assert_eq!((parent.spec.steps, parent.parent.map(|first| first.spec.steps)), (7, Some(spec(4).steps)));
        let shown = look(third.path(), &longer, &images(), |_| ()).expect_err("mixed").to_string();
        assert!(shown.contains("the beginning of another"), "{shown}");
        let own = on(first.path(), &spec(6)).expect_err("its own beginning").to_string();
        assert!(own.contains("a beginning of its own"), "{own}");
        let words = |spec: &TrainSpec| on(&third.path().join("other"), spec).expect_err("refused").to_string();
        assert!(words(&TrainSpec { hidden: 6, ..spec(9) }).contains("another size"));
        assert!(words(&spec(5)).contains("count among the 5 asked for"));
        let nothing = train_resumable(
            third.path().join("a").as_path(),
            &spec(9),
            &images(),
            &nine,
            Some(Path::new("none")),
            |_, _| (),
        );
        assert!(nothing.expect_err("refused").to_string().contains("none holds no run"));
    }

    #[test]
    fn a_run_goes_on_by_its_own_key_where_that_is_one_of_its_seed() {
        let (old, whole) = (tempfile::tempdir().expect("folder"), tempfile::tempdir().expect("folder"));
        run(old.path(), 1).expect("trains");
        let expected = run(whole.path(), 3).expect("trains");
        // A new version gives new runs the key of eights, and knows that of nines as an earlier one.
        let keys = |first: &TrainSpec| match first.steps {
            1 => vec![[8; 32], [9; 32]],
            _ => vec![[7; 32]],
        };
        let on = |dir: &Path, spec: &TrainSpec, from: Option<&Path>| {
            train_resumable(dir, spec, &images(), &keys, from, |_, _| ())
        };
        assert_eq!(on(old.path(), &spec(3), None).expect("resumes"), expected);
        // The key is that of the specification a training began with, over generations.
        let more = TrainSpec { steps: 2, ..spec(4) };
        let (second, third) = (old.path().join("second"), old.path().join("third"));
        on(&second, &more, Some(old.path())).expect("goes on");
        on(&second, &TrainSpec { epochs: 5, ..more.clone() }, None).expect("resumes");
        on(&third, &TrainSpec { steps: 3, ..spec(6) }, Some(&second)).expect("goes on");
        let key = |dir: &Path| read_record(dir).expect("reads").map(|record| record.key);
        assert_eq!([key(&second), key(&third)], [Some("09".repeat(32)), Some("09".repeat(32))]);
        let new = old.path().join("new");
        on(&new, &spec(1), None).expect("trains");
        assert_eq!(key(&new), Some("08".repeat(32)));
    }

    #[test]
    fn a_training_of_several_sweeps_an_update_resumes_to_the_same_bits() {
        // With one sweep an update, updates and sweeps are the same number and cannot be told apart.
        let run = |dir: &Path, epochs: usize| {
            let spec = TrainSpec { steps: 3, ..spec(epochs) };
            train_resumable(dir, &spec, &images(), &nine, None, |_, _| ()).expect("trains")
        };
        let (whole, parts) = (tempfile::tempdir().expect("folder"), tempfile::tempdir().expect("folder"));
        run(parts.path(), 1);
        assert_eq!(run(parts.path(), 2), run(whole.path(), 2));
    }

    #[test]
    fn states_and_counts_that_were_changed_by_hand_are_refused_by_every_reader() {
        use crate::rbm::weights::{Names, Orientation, read};
        let folder = tempfile::tempdir().expect("folder");
        let dir = folder.path();
        run(dir, 3).expect("trains");
        let weights = || read(dir, &Names::default(), Orientation::Ask);
        assert!(weights().is_ok());
        let record = std::fs::read_to_string(dir.join(RECORD)).expect("record");
        // 31 images in batches of 11: three updates per epoch.
        assert!(record.contains("\"updates\": 9") || record.contains("\"updates\":9"), "{record}");
        for (from, to) in [("9", "0"), ("9", "10"), ("9", "18446744073709551615")] {
            let text = record.replace(&format!("\"updates\": {from}"), &format!("\"updates\": {to}"));
            let text = text.replace(&format!("\"updates\":{from}"), &format!("\"updates\":{to}"));
            assert_ne!(text, record);
            std::fs::write(dir.join(RECORD), text).expect("writes");
            assert!(run(dir, 4).expect_err("refused").to_string().contains("epochs, updates and sweeps cannot be"));
        }
        std::fs::write(dir.join(RECORD), &record).expect("writes");
        let state = serde_json::from_str::<serde_json::Value>(&record).expect("JSON")["state"].clone();
        let state = dir.join(state.as_str().expect("a name"));
        let mut bytes = std::fs::read(&state).expect("state");
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        std::fs::write(&state, bytes).expect("writes");
        assert!(weights().expect_err("damaged").to_string().contains("checksum"));
    }

    #[test]
    fn names_keys_and_checksums_are_as_written_out() {
        assert_eq!(
            (run_name(7, 3), run_name(123_456, 100)),
            ("hidden00007-replica03".into(), "hidden123456-replica100".into())
        );
        // by hand
        assert_eq!(hex(&[0, 9, 171, 255]), "0009abff");
        let bytes: [u8; 32] = std::array::from_fn(|i| (i * 8 + 5) as u8);
        let text = hex(&bytes);
        assert_eq!((text.len(), &text[..6], &text[60..]), (64, "050d15", "f5fd"));
        assert_eq!(unhex(&text), Some(bytes));
        let odd =
            [text[..62].to_string(), format!("{text}00"), format!("{text}0"), text.replace("0d", "0g"), String::new()];
        assert!(odd.iter().all(|odd| unhex(odd).is_none()));
        // sha256sum of 08 and seven zeros, then 05 and seven zeros (one image of 8 pixels, 0 and 2 on)
        let image = States::from_fn(1, 8, |_, unit| unit == 0 || unit == 2);
        assert_eq!(digest(&image), "e09b696a691eefa7c3ba2c890ffde7b00dafe6ba431f395edf991bcc2b66125a");
        assert_ne!(digest(&image), digest(&States::from_fn(1, 9, |_, unit| unit == 0 || unit == 2)));
    }

    #[test]
    fn only_states_that_nothing_names_are_removed() {
        let folder = tempfile::tempdir().expect("folder");
        let dir = folder.path();
        run(dir, 1).expect("trains");
        let put = |name: &str| std::fs::write(dir.join(name), "mine").expect("writes");
        ["state-notes.txt", "other.safetensors", "state-000099.safetensors", "notes"].iter().for_each(|name| put(name));
        run(dir, 5).expect("resumes");
        let mut names: Vec<String> = std::fs::read_dir(dir)
            .expect("lists")
            .map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        let states = [1, 2, 4, 5].map(|epoch| format!("state-{epoch:06}.safetensors"));
        let expected: Vec<&str> = ["checkpoint.json", "lock", "notes", "other.safetensors"]
            .into_iter()
            .chain(states.iter().map(String::as_str))
            .chain(["state-notes.txt"])
            .collect();
        assert_eq!(names, expected);
    }

    #[test]
    fn each_epoch_is_told_with_its_machine() {
        let folder = tempfile::tempdir().expect("folder");
        let mut told = Vec::new();
        let all = |told: &mut Vec<_>, epochs: usize| {
            let each = |epoch: u64, machine: &Rbm<f32>| told.push((epoch, machine.clone()));
            train_resumable(folder.path(), &spec(epochs), &images(), &nine, None, each).expect("trains")
        };
        all(&mut told, 2);
        let last = all(&mut told, 3);
        assert_eq!(told.iter().map(|(epoch, _)| *epoch).collect::<Vec<_>>(), [1, 2, 3]);
        assert!(told[2].1 == last && told[1].1 != last);
        assert_eq!(all(&mut told, 3), last);
        assert_eq!(told.len(), 3);
    }

    /// What is wrong with the state of epoch 2 where its tensors were changed and its checksum made to fit.
    fn restored(
        dir: &Path,
        change: impl Fn(&str, &mut Dtype, &mut Vec<usize>, &mut Vec<u8>),
    ) -> Result<Trainer, String> {
        let record = read_record(dir).expect("reads").expect("a run");
        let bytes = state(dir, 2);
        let tensors = SafeTensors::deserialize(&bytes).expect("whole");
        let mut parts = Vec::new();
        for (name, view) in tensors.tensors() {
            let (mut kind, mut shape, mut data) = (view.dtype(), view.shape().to_vec(), view.data().to_vec());
            change(&name, &mut kind, &mut shape, &mut data);
            parts.push((name, kind, shape, data));
        }
        parts.retain(|(_, _, shape, _)| shape != &[usize::MAX]);
        let views: Vec<(&str, TensorView)> = parts
            .iter()
            .map(|(name, kind, shape, data)| (&name[..], TensorView::new(*kind, shape.clone(), data).expect("fits")))
            .collect();
        let packed = safetensors::serialize(views, None).expect("fits");
        std::fs::write(dir.join("changed"), &packed).expect("writes");
        let kept = Kept { state: "changed".into(), state_sha256: hex(&Sha256::digest(&packed)), ..record.last.clone() };
        restore(dir, &record, &kept, [9; 32]).map_err(|error| error.to_string())
    }

    #[test]
    fn tensors_of_another_type_or_size_are_damage() {
        let mut trainer = Trainer::new(spec(2), &images(), [9; 32]).expect("a good specification");
        (0..2).for_each(|_| trainer.run_epoch(&images(), |_| ()).expect("no divergence"));
        let folder = tempfile::tempdir().expect("folder");
        let dir = folder.path();
        run(dir, 2).expect("trains");
        assert_eq!(restored(dir, |_, _, _, _| ()), Ok(trainer));
        // 7 visible and 5 hidden units, 13 chains.
        for name in ["W", "a", "b", "first.W", "first.a", "first.b", "second.W", "second.a", "second.b"] {
            let integers = restored(dir, |found, kind, _, _| {
                if found == name {
                    *kind = Dtype::I32;
                }
            });
            assert!(integers.is_err_and(|why| why.contains(&format!("{name} has type I32"))), "{name}");
            let longer = restored(dir, |found, _, shape, data| {
                if found == name {
                    data.extend([0; 4]);
                    *shape = vec![data.len() / 4];
                }
            });
            assert!(longer.is_err_and(|why| why.contains(&format!("{name} has type F32"))), "{name}");
            let without = restored(dir, |found, _, shape, _| {
                if found == name {
                    *shape = vec![usize::MAX];
                }
            });
            assert!(without.is_err_and(|why| why.contains("is damaged") && why.contains(name)), "{name}");
        }
        let signed = restored(dir, |found, kind, _, _| {
            if found == "chains" {
                *kind = Dtype::I64;
            }
        });
        assert!(signed.is_err_and(|why| why.contains("chains has type I64")));
        let none = restored(dir, |found, _, shape, data| {
            if found == "chains" {
                (*shape, *data) = (vec![0, 1], Vec::new());
            }
        });
        assert!(none.is_err_and(|why| why.contains("chains of shape [0, 1] for 7 visible units")));
        let padding = restored(dir, |found, _, _, data| {
            if found == "chains" {
                data[0] |= 128; // an eighth pixel
            }
        });
        assert!(padding.is_err_and(|why| why.contains("chains of shape [13, 1]")));
    }

    #[test]
    fn counts_are_those_of_whole_epochs_and_of_the_random_numbers_there_are() {
        let folder = tempfile::tempdir().expect("folder");
        run(folder.path(), 2).expect("trains");
        let record = read_record(folder.path()).expect("reads").expect("a run");
        let most = 1u64 << 53; // of 12 units, by `most_sweeps`
        let cases = [
            ((2, 6, 6), true),
            ((2, 4, 0), true),
            ((0, 0, 0), true),
            ((0, 3, 3), false),
            ((2, 0, 6), false),
            ((2, 5, 6), false),
            ((most, most, most), true),
            ((1, most, 1), true),
            ((1, most + 1, 1), false),
            ((most + 1, most + 1, 1), false),
            ((2, 6, most + 1), false),
        ];
        for ((epochs, updates, sweeps), good) in cases {
            let kept = Kept { epochs, updates, sweeps, ..record.last.clone() };
            let found = restore(folder.path(), &record, &kept, [9; 32]);
            let counts = |trainer: &Trainer| (trainer.epochs(), trainer.updates(), trainer.chains().sweeps);
            match (good, found) {
                (true, Ok(trainer)) => assert_eq!(counts(&trainer), (epochs, updates, sweeps)),
                (false, Err(error)) => assert!(error.to_string().contains("updates and sweeps cannot be")),
                (_, other) => panic!("{epochs} {updates} {sweeps}: {:?}", other.map(|trainer| counts(&trainer))),
            }
        }
    }

    #[test]
    fn records_that_cannot_be_read_are_no_new_run() {
        let folder = tempfile::tempdir().expect("folder");
        let dir = folder.path();
        assert!(read_record(dir).is_ok_and(|record| record.is_none()));
        run(dir, 1).expect("trains");
        let text = std::fs::read_to_string(dir.join(RECORD)).expect("record");
        let later = text.replace("\"format\": 1", "\"format\": 2");
        assert_ne!(later, text);
        std::fs::write(dir.join(RECORD), later).expect("writes");
        let error = run(dir, 2).expect_err("a later format").to_string();
        assert!(error.contains("format 2, this program writes 1"), "{error}");
        std::fs::remove_file(dir.join(RECORD)).expect("there");
        std::fs::create_dir(dir.join(RECORD)).expect("a folder");
        assert!(matches!(run(dir, 2), Err(CheckpointError::Io { path, .. }) if path == dir.join(RECORD)));
    }

    #[test]
    fn states_are_shown_once_also_where_the_run_is_trained_on_meanwhile() {
        let folder = tempfile::tempdir().expect("folder");
        let dir = folder.path();
        // A training of six epochs that was interrupted after the third.
        let mut trainer = Trainer::new(spec(6), &images(), [9; 32]).expect("a good specification");
        let mut earlier = Vec::new();
        for _ in 0..3 {
            trainer.run_epoch(&images(), |_| ()).expect("no divergence");
            let saved = save(dir, &trainer, &digest(&images()), &earlier, &None).expect("saves");
            earlier.extend(saved.epochs.is_power_of_two().then_some(saved));
        }
        let mut seen = Vec::new();
        let found = look(dir, &spec(6), &images(), |trainer| {
            seen.push(trainer.epochs());
            if seen.len() == 3 {
                run(dir, 6).expect("goes on"); // the state of epoch 3 is gone
            }
        });
        assert_eq!((found.expect("read anew").0, seen), (6, vec![0, 1, 2, 4, 6]));
        // Other errors are none of a file that was replaced.
        let mut tried = 0;
        let refused: Result<(), _> = steady(dir, |_| {
            tried += 1;
            if tried == 1 {
                run(dir, 9)?;
            }
            let source = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
            Err(CheckpointError::Io { path: dir.into(), source })
        });
        assert!(refused.is_err() && tried == 1);
    }

    #[test]
    fn a_beginning_is_known_by_its_size_its_state_and_its_own_beginning() {
        let folder = tempfile::tempdir().expect("folder");
        let (first, second) = (folder.path().join("first"), folder.path().join("second"));
        run(&first, 2).expect("trains");
        let longer = TrainSpec { steps: 2, ..spec(3) };
        let on = |dir: &Path, spec: &TrainSpec| train_resumable(dir, spec, &images(), &nine, Some(&first), |_, _| ());
        for other in [TrainSpec { batch: 12, ..longer.clone() }, TrainSpec { chains: 14, ..longer.clone() }] {
            let error = on(&second, &other).expect_err("another size").to_string();
            assert!(error.contains("another size or batch"), "{error}");
        }
        let last = on(&second, &longer).expect("goes on");
        assert_eq!(on(&second, &longer).expect("is done"), last);
        // A beginning that counts as many epochs as are asked for leaves none.
        assert!(on(&folder.path().join("none"), &TrainSpec { epochs: 2, ..longer.clone() }).is_err());
        // Of the same arguments and key, but with another state where this one began.
        let record = std::fs::read_to_string(first.join(RECORD)).expect("record");
        let sum = read_record(&first).expect("reads").expect("a run").last.state_sha256;
        std::fs::write(first.join(RECORD), record.replace(&sum, &"0".repeat(64))).expect("writes");
        let error = on(&second, &longer).expect_err("altered").to_string();
        assert!(error.contains("another run's"), "{error}");
        // Another rule is another beginning.
        let other = folder.path().join("other");
        let slow = TrainSpec { optimiser: Optimiser::adam(0.02), ..spec(2) };
        train_resumable(&other, &slow, &images(), &nine, None, |_, _| ()).expect("trains");
        let error = train_resumable(&second, &longer, &images(), &nine, Some(&other), |_, _| ());
        assert!(error.expect_err("another").to_string().contains("another beginning, "));
    }
}
