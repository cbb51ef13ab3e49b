//! Trainings that survive their process: after every epoch the whole state is on the disk, and a
//! training that is run again goes on where it was, to the same bits as one that was never
//! interrupted.
//!
//! A run is a folder with `checkpoint.json` (what was asked for, how far it is, and the name and
//! SHA-256 of the state file) and `state-<epoch>.safetensors`: `W` (N x M), `a`, `b`, Adam's
//! moments, and the packed chains. The JSON is replaced last, so it always names a complete state.
//! Epochs 1, 2, 4, 8, ... stay on the disk, so that the way of a training can be looked at
//! afterwards; of the others only the last.

use super::Rbm;
use super::gibbs::Chains;
use super::train::{Moments, TrainError, TrainSpec, Trainer};
use crate::bits::States;
use crate::file::{self, hex, unhex};
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
pub(crate) const RECORD: &str = "checkpoint.json";

/// The name of a run's folder.
pub(crate) fn run_name(hidden: usize, replica: usize) -> String {
    format!("hidden{hidden:05}-replica{replica:02}")
}

/// Trains to `spec.epochs` epochs, resuming what `dir` holds, with a checkpoint after every epoch;
/// `after_epoch` is told the number of epochs done and the machine. Returns the trained machine.
/// Where `dir` holds nothing yet and `from` is given, the training goes on from that run's last
/// state, epochs counted on, by `spec`; its record says so, and resumed, a `from` that is given
/// must be the run it came from, or gone.
///
/// `keys` tells, for the specification that a training began with, the key of a new run first, and
/// then every other key that the same seed and replica had in an earlier version. A run that is
/// resumed goes on by the key in its record, which must be one of them.
///
/// # Errors
/// A folder that cannot be written or is in use, a damaged checkpoint, one of another training
/// (other arguments, images or seed), or a training that diverges; the last good checkpoint is
/// kept.
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
            // All that is needed is here. A run that is named and can still be read must be the one
            // it came from.
            match (&record.parent, from.and_then(|run| read_record(run).ok().flatten())) {
                (Some(parent), Some(origin)) => {
                    let same = TrainSpec { epochs: parent.spec.epochs, ..origin.spec.clone() };
                    let kept = origin.kept().find(|one| one.epochs == parent.epochs);
                    let altered = kept.is_some_and(|one| one.state_sha256 != parent.state_sha256);
                    if same != parent.spec {
                        return Err(mismatch(dir, format!("another beginning: {}", parent.spec.differs(&same))));
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

/// Whether a training can go on from the last state of `record`, the run in `run`: its key, one of
/// those of its first specification.
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
        let asked = TrainSpec { hidden: spec.hidden, batch: spec.batch, chains: spec.chains, ..old.clone() };
        return Err(mismatch(run, format!("another size or batch: {}", old.differs(&asked))));
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

/// Reads a run by its record, without its lock. A training that goes on there meanwhile replaces
/// the record and then removes the state that the old one names: where a file is gone and the
/// record is another one, the new one is read.
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

/// Shows the states of a run in order, the untrained machine first; returns the number of epochs
/// done and the run's key. Nothing is written.
///
/// # Errors
/// A folder without a run, a damaged one, or one of another specification, of other images, or that
/// goes on from another run.
pub(crate) fn look(
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
    // States that were shown are not shown again where the record is read anew: it keeps them, in
    // the same order.
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
            return Err(mismatch(dir, format!("other arguments: {}", self.spec.differs(spec))));
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
    // What a training has counted: as many updates in every epoch, and no more sweeps than there
    // are random numbers for.
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
mod tests;
