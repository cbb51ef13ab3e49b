//! What an array must be to hold parameters.

use super::choose::Named;
use super::{Fault, Remedy};
use crate::arrays::{Archive, Entry, Kind};

/// The sentence of an array that cannot be read, which names it once.
pub(super) fn unreadable(entry: &Entry, why: String) -> Fault {
    (if why.contains(&entry.name) { why } else { format!("{}: {why}", entry.name) }, Remedy::None)
}

/// Refuses what is no array of real numbers, in words.
pub(super) fn real(entry: &Entry) -> Result<(), Fault> {
    let name = &entry.name;
    Err(match &entry.kind {
        Kind::Float(_) => return Ok(()),
        Kind::Complex => (format!("{name} is complex: a wave function, not a Boltzmann machine"), Remedy::None),
        Kind::Bool => (format!("{name} holds truth values, which are hardly parameters of a machine"), Remedy::Float),
        Kind::Integer(kind) => {
            (format!("{name} is {kind}, whole numbers, which are hardly parameters of a machine"), Remedy::Float)
        }
        // Reading it says what it is.
        Kind::Other(_) => return Ok(()),
    })
}

pub(super) fn matrix(entry: &Entry) -> Result<(usize, usize), Fault> {
    let why = match entry.shape[..] {
        [rows, columns] if rows > 0 && columns > 0 => return Ok((rows, columns)),
        [_, _] => {
            let why =
                format!("{} has shape {:?}: a machine needs at least one unit in each layer", entry.name, entry.shape);
            return Err((why, Remedy::None));
        }
        [_, _, 2] | [_, 2, _] => {
            "two numbers per pair of units: colours of a Potts machine, read where model_type says PBRBM, or real and imaginary parts"
        }
        _ => "the weight matrix needs two dimensions",
    };
    Err((format!("{} has shape {:?}: {why}", entry.name, entry.shape), Remedy::NameWeights))
}

/// Refuses not-a-number and, except for biases, infinite values.
pub(super) fn numbers(name: &str, values: &[f64], bias: bool) -> Result<(), Fault> {
    let odd = |x: &f64| x.is_nan() || (!bias && x.is_infinite());
    let count = values.iter().filter(|x| odd(x)).count();
    let Some(first) = values.iter().position(odd) else { return Ok(()) };
    let what = if values[first].is_nan() { "not a number" } else { "infinite" };
    let why = format!(
        "{name}: {count} of {} values are {what}, the first is number {first}: the training that wrote it has diverged, or the file is damaged",
        values.len()
    );
    Err((why, Remedy::None))
}

pub(super) fn scalar(archive: &mut Archive, one: &Named<'_>) -> Result<f64, Fault> {
    let values = archive.values(one.at).map_err(|why| unreadable(one.entry, why))?;
    match values[..] {
        [beta] if beta.is_finite() => Ok(beta),
        _ => Err((
            format!("{} is no single finite number", one.entry.name),
            Remedy::Ignore(vec![one.entry.name.clone()]),
        )),
    }
}
