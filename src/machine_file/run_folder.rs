//! The folder of a run of `train`.

use super::{Fault, MachineError, Reading, Remedy, Stored, of_archive};
use crate::arrays;
use crate::file::hex;
use sha2::{Digest, Sha256};
use std::path::Path;

/// Reads the last state of a run.
///
/// # Errors
/// No record, a damaged one, or a state that is not what the record says.
pub(super) fn read(path: &Path, reading: &Reading) -> Result<Stored, MachineError> {
    let fail = |(why, remedy): Fault| MachineError { path: path.to_path_buf(), why, remedy };
    let own = own(reading).map_err(fail)?;
    if let Some(number) = reading.update {
        let kept = states(path, reading).map_err(fail)?;
        let there: Vec<String> = kept.iter().map(|state| state.updates.to_string()).collect();
        let none = || (format!("update {number} is not kept; it has {}", there.join(", ")), Remedy::Update);
        let state = kept.iter().find(|state| state.updates == number).ok_or_else(none).map_err(fail)?;
        return read_state(path, state, reading);
    }
    let mut state = last_state(path).map_err(fail)?;
    loop {
        let file = path.join(&state.0);
        let checked = checked(&file, state.1.as_deref(), &own);
        let ((why, remedy), gone) = match checked {
            Ok(stored) => return Ok(Stored { update: state.2, ..stored }),
            Err(error) => error,
        };
        // A training that goes on there has replaced the record, and then removed the state that
        // the old one names.
        let now = if gone { last_state(path).map_err(fail)? } else { state.clone() };
        if now == state {
            return Err(MachineError { path: file, why, remedy });
        }
        state = now;
    }
}

/// How our own checkpoints are read: their arrays, units and energy are known.
fn own(reading: &Reading) -> Result<Reading, Fault> {
    let Reading {
        weights,
        visible_bias,
        hidden_bias,
        prefix,
        update: _,
        transposed,
        units,
        sign,
        biases_in_weights,
        ignore,
        layers,
    } = reading;
    let names = [weights, visible_bias, hidden_bias, prefix].iter().any(|name| name.is_some());
    if names || units.is_some() || sign.is_some() || *biases_in_weights || !ignore.is_empty() {
        let why = "a run of train, whose arrays, units and energy are known: leave out the options that name them";
        return Err((why.into(), Remedy::None));
    }
    // Always N x M.
    Ok(Reading { transposed: transposed.or(Some(false)), layers: *layers, ..Reading::default() })
}

/// A state that is kept.
pub(super) struct State {
    /// Updates until then.
    pub(super) updates: u64,
    file: String,
    sha256: Option<String>,
}

/// The states of a run that are kept, in the order of their updates.
///
/// # Errors
/// No record, a damaged one, or options that our own files do not need.
pub(super) fn states(run: &Path, reading: &Reading) -> Result<Vec<State>, Fault> {
    own(reading)?;
    let record = record(run)?;
    let earlier = record["earlier"].as_array().map(Vec::as_slice).unwrap_or_default();
    let state = |kept: &serde_json::Value| {
        let file = kept["state"].as_str().filter(|name| !name.contains(['/', '\\']))?.to_string();
        Some(State {
            updates: kept["updates"].as_u64()?,
            file,
            sha256: kept["state_sha256"].as_str().map(String::from),
        })
    };
    let all: Option<Vec<State>> = earlier.iter().chain([&record]).map(state).collect();
    let mut all = all.ok_or_else(|| ("checkpoint.json names no state file".to_string(), Remedy::None))?;
    all.sort_by_key(|state| state.updates);
    all.dedup_by_key(|state| state.updates);
    Ok(all)
}

/// Reads one of the states that are kept.
///
/// # Errors
/// A state that is gone, or not what the record says.
pub(super) fn read_state(run: &Path, state: &State, reading: &Reading) -> Result<Stored, MachineError> {
    let path = run.join(&state.file);
    if !path.exists() {
        let why =
            format!("the state of update {} is missing: put it back, or inspect the last one alone", state.updates);
        return Err(MachineError { path, why, remedy: Remedy::None });
    }
    let stored = own(reading).and_then(|own| checked(&path, state.sha256.as_deref(), &own).map_err(|(fault, _)| fault));
    match stored {
        Ok(stored) => Ok(Stored { update: Some(state.updates), ..stored }),
        Err((why, remedy)) => Err(MachineError { path, why, remedy }),
    }
}

/// Reads a state whose checksum is the recorded one; with an error, whether another state may have
/// taken its place.
fn checked(file: &Path, recorded: Option<&str>, reading: &Reading) -> Result<Stored, (Fault, bool)> {
    let gone =
        |error: std::io::Error| ((error.to_string(), Remedy::Source), error.kind() == std::io::ErrorKind::NotFound);
    std::fs::metadata(file).map_err(gone)?;
    let mut archive = arrays::open(file).map_err(|why| ((why, Remedy::None), !file.exists()))?;
    let stored = of_archive(&mut archive, reading).map_err(|fault| (fault, false))?;
    let found = hex(&Sha256::digest(std::fs::read(file).map_err(gone)?));
    match recorded {
        Some(recorded) if recorded != found => {
            Err((("damaged: its checksum is not the recorded one".into(), Remedy::None), true))
        }
        _ => Ok(stored),
    }
}

/// The record of a run.
fn record(run: &Path) -> Result<serde_json::Value, Fault> {
    let text = std::fs::read_to_string(run.join("checkpoint.json")).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => ("a folder without checkpoint.json".into(), Remedy::Source),
        _ => (format!("checkpoint.json: {e}"), Remedy::Source),
    })?;
    serde_json::from_str(&text).map_err(|e| (format!("checkpoint.json is damaged: {e}"), Remedy::None))
}

/// The state file that the record of a run names, its checksum, and updates until then.
fn last_state(run: &Path) -> Result<(String, Option<String>, Option<u64>), Fault> {
    let record = record(run)?;
    let state = record["state"].as_str().filter(|name| !name.contains(['/', '\\']));
    let state = state.ok_or_else(|| ("checkpoint.json names no state file".into(), Remedy::None))?;
    Ok((state.into(), record["state_sha256"].as_str().map(String::from), record["updates"].as_u64()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A .safetensors file with one W of 2 x 2 in double precision, by hand: length of the header,
    /// header, values.
    fn state(values: [f64; 4]) -> Vec<u8> {
        let header = r#"{"W":{"dtype":"F64","shape":[2,2],"data_offsets":[0,32]}}"#;
        let values: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &values].concat()
    }

    #[test]
    fn a_run_is_read_by_its_record() {
        let folder = tempfile::tempdir().expect("a folder");
        let put = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).expect("writes");
        let record = |text: &str| put("checkpoint.json", text.as_bytes());
        let asked = |transposed: Option<bool>| read(folder.path(), &Reading { transposed, ..Reading::default() });
        let why = || {
            let error = asked(None).expect_err("refused");
            (error.to_string(), error.remedy)
        };
        let (no, remedy) = why();
        assert!(no.ends_with(": a folder without checkpoint.json") && remedy == Remedy::Source, "{no}");
        record("{");
        assert!(why().0.contains("checkpoint.json is damaged") && why().1 == Remedy::None);
        for name in ["\"../s\"", "\"a\\\\s\"", "7"] {
            record(&format!("{{\"state\": {name}}}"));
            assert!(why().0.contains("checkpoint.json names no state file"), "{name}");
        }
        record("{\"state\": \"s.safetensors\"}");
        let (no, remedy) = why();
        assert!(no.contains("s.safetensors: ") && remedy == Remedy::Source, "{no}"); // not there
        // Square and without biases: as stored, since it is our own.
        let bytes = state([1.0, 2.0, 3.0, 4.0]);
        put("s.safetensors", &bytes);
        let weights = |transposed: Option<bool>| asked(transposed).expect("a run").machine.weights;
        assert_eq!((weights(None), weights(Some(false))), (vec![1.0, 2.0, 3.0, 4.0], vec![1.0, 2.0, 3.0, 4.0]));
        assert_eq!(weights(Some(true)), [1.0, 3.0, 2.0, 4.0]);
        let sum = hex(&Sha256::digest(&bytes));
        assert_eq!(asked(None).expect("a run").update, None);
        record(&format!("{{\"state\": \"s.safetensors\", \"state_sha256\": \"{sum}\", \"updates\": 7}}"));
        assert_eq!((weights(None), asked(None).expect("a run").update), (vec![1.0, 2.0, 3.0, 4.0], Some(7)));
        put("s.safetensors", &state([1.0, 2.0, 3.0, 5.0]));
        let (no, remedy) = why();
        assert!(no.contains("its checksum is not the recorded one") && remedy == Remedy::None, "{no}");
    }
}
