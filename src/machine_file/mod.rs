//! Machines from the files that others write: which array is what, and what it means. The result
//! has units 0 and 1 and E = −a·v − b·h − vᵀWh, whatever is stored; all that was assumed or
//! converted is said.

mod checks;
mod choose;
mod fixed;
mod layouts;
mod left_over;
mod names;
mod run_folder;
mod said;
mod training;
mod units;

#[cfg(test)]
mod tests;

use crate::arrays::{self, Archive};
use crate::bits::States;
use crate::rbm::{Rbm, RbmError};
pub use fixed::{Fixed, Layer};
use serde::Serialize;
use std::path::{Path, PathBuf};
pub use training::Updates;
use units::Parameters;
pub use units::{Sign, Units};

/// How a file is to be read, where it does not say so itself.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// Name of the array that holds W.
    pub weights: Option<String>,
    /// Name of the array that holds a.
    pub visible_bias: Option<String>,
    /// Name of the array that holds b.
    pub hidden_bias: Option<String>,
    /// Folder of all three, such as `rbm_am`.
    pub prefix: Option<String>,
    /// Number of the update in a file that holds several; the last by default.
    pub update: Option<u64>,
    /// Whether the rows of the stored W are hidden units.
    pub transposed: Option<bool>,
    /// Values of the units; 0 and 1 where neither this nor the file says so.
    pub units: Option<Units>,
    /// Sign of the terms of E; minus where neither this nor the file says so.
    pub sign: Option<Sign>,
    /// The first row and column of the stored W are the biases.
    pub biases_in_weights: bool,
    /// Arrays that are left out although they could be parameters.
    pub ignore: Vec<String>,
    /// What happens where rows cannot be told from columns.
    pub layers: Layers,
}

/// What happens where nothing tells visible from hidden units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layers {
    /// The file is refused, with the question.
    #[default]
    Ask,
    /// Rows are taken as visible: for quantities that do not tell the layers apart.
    Either,
}

/// An array that was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Used {
    /// What for: `W`, `a`, `b`.
    pub role: &'static str,
    /// Its name in the file.
    pub name: String,
    /// Its shape there.
    pub shape: Vec<usize>,
}

/// A machine from a file, and what was assumed in reading it.
#[derive(Clone, Debug)]
pub struct Stored {
    /// What kind of file it is, such as `NumPy archive (.npz)`.
    pub format: &'static str,
    /// The machine of the units that are free, with units 0 and 1 and E = −a·v − b·h − vᵀWh.
    pub machine: Rbm,
    /// What ln Z of the machine as it is stored is above that of [`Stored::machine`]; times β at
    /// inverse temperature β.
    pub constant: f64,
    /// Values of the units as stored.
    pub units: Units,
    /// Sign of the terms of E as stored.
    pub sign: Sign,
    /// Which update of a training it is, if the file numbers them.
    pub update: Option<u64>,
    /// Units that infinite biases fix, which are not in [`Stored::machine`].
    pub fixed: Vec<Fixed>,
    /// Arrays that were used.
    pub used: Vec<Used>,
    /// One sentence for each convention recognised, conversion made or default taken.
    pub notes: Vec<String>,
}

impl Stored {
    /// Visible units, fixed ones included.
    pub fn visible(&self) -> usize {
        self.machine.visible + self.fixed.iter().filter(|one| one.layer == Layer::Visible).count()
    }

    /// Hidden units, fixed ones included.
    pub fn hidden(&self) -> usize {
        self.machine.hidden + self.fixed.iter().filter(|one| one.layer == Layer::Hidden).count()
    }

    /// Visible states of all units from those of the free ones.
    pub fn with_fixed(&self, states: &States) -> States {
        fixed::put_back(states, &self.fixed)
    }

    /// The free units of visible states of all units, and how many states have a fixed unit at
    /// another value.
    pub fn without_fixed(&self, states: &States) -> (States, usize) {
        fixed::take_off(states, &self.fixed)
    }
}

/// A file that cannot be used as a machine.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {why}")]
pub struct MachineError {
    path: PathBuf,
    why: String,
    /// What would help.
    pub remedy: Remedy,
}

/// What helps where a machine could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Another file; the message says all.
    None,
    /// A run folder of a training, or a file of one of the formats.
    Source,
    /// W, a and b saved as arrays of their own.
    Save,
    /// Arrays saved as floating-point numbers.
    Float,
    /// [`Reading::weights`].
    NameWeights,
    /// [`Reading::visible_bias`].
    NameVisibleBias,
    /// [`Reading::hidden_bias`].
    NameHiddenBias,
    /// Other names, or the other orientation.
    Arrays,
    /// [`Reading::transposed`].
    Orientation,
    /// [`Reading::transposed`], or both names of biases.
    Letters,
    /// [`Reading::prefix`].
    Prefix,
    /// [`Reading::prefix`], [`Reading::weights`], or one of them in [`Reading::ignore`].
    Several,
    /// [`Reading::update`].
    Update,
    /// One machine instead of all updates.
    OneUpdate,
    /// [`Reading::units`].
    Units,
    /// These arrays dismissed with [`Reading::ignore`].
    Ignore(Vec<String>),
    /// These arrays named as what they could be, or dismissed with [`Reading::ignore`].
    Left(Vec<(String, Could)>),
}

/// What an array that is not used could be, by its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Could {
    /// [`Reading::visible_bias`].
    Visible,
    /// [`Reading::hidden_bias`].
    Hidden,
    /// Either of them: the layers are of one size.
    Either,
    /// The biases of both layers in one array.
    Both,
    /// Something else.
    Other,
}

/// Why a file cannot be used, and what helps.
type Fault = (String, Remedy);

/// Reads a machine.
///
/// # Errors
/// A file that cannot be read or held or is of no known format; arrays that are missing, that
/// contradict each other or that are no real numbers; an array that could be a parameter and is not
/// used. The message names the file, [`MachineError::remedy`] what helps.
pub fn read(path: &Path, reading: &Reading) -> Result<Stored, MachineError> {
    if path.is_dir() {
        return run_folder::read(path, reading);
    }
    read_file(path, reading).map_err(|(why, remedy)| MachineError { path: path.to_path_buf(), why, remedy })
}

/// Reads a file.
fn read_file(path: &Path, reading: &Reading) -> Result<Stored, Fault> {
    std::fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => ("there is no such file".into(), Remedy::Source),
        _ => (error.to_string(), Remedy::Source),
    })?;
    let mut archive = arrays::open(path).map_err(|why| (why, Remedy::None))?;
    of_archive(&mut archive, reading)
}

/// Makes a machine of the arrays of a file.
fn of_archive(archive: &mut Archive, reading: &Reading) -> Result<Stored, Fault> {
    if let Some(name) = reading.ignore.iter().find(|name| archive.entries.iter().all(|entry| entry.name != **name)) {
        return Err((format!("no array {name} to ignore"), Remedy::None));
    }
    let mut notes = archive.notes.clone();
    let laid = if reading.weights.is_none() { layouts::laid_out(archive)? } else { None };
    let (parameters, offsets, beta, update, used, said, sign, above) = match laid {
        Some(laid) => {
            let Reading { visible_bias, hidden_bias, prefix, update, transposed, biases_in_weights, .. } = reading;
            let asked = visible_bias.is_some() || hidden_bias.is_some() || prefix.is_some() || update.is_some();
            if asked || transposed.is_some() || *biases_in_weights {
                let why =
                    "the layout of the file says which array is what: leave out the options that name or turn them";
                return Err((why.into(), Remedy::None));
            }
            let known = |entry: &&arrays::Entry| {
                laid.used.iter().any(|one| one.name == entry.name)
                    || reading.ignore.contains(&entry.name)
                    || names::of_training(&entry.name)
            };
            let (n, m) = (laid.parameters.visible, laid.parameters.hidden);
            let could_be = |entry: &&arrays::Entry| {
                let count = entry.count().unwrap_or(0);
                let beta = names::stem(&entry.name).0 == "beta";
                !known(entry) && (beta || (!entry.shape.is_empty() && [n, m, n + m, n * m].contains(&count)))
            };
            let left: Vec<String> = archive.entries.iter().filter(could_be).map(|entry| entry.name.clone()).collect();
            if !left.is_empty() {
                let why = format!("arrays that could be parameters are not used: {}", left.join(", "));
                return Err((why, Remedy::Ignore(left)));
            }
            notes.extend(laid.notes);
            let said = match laid.units {
                Some(units) => Some((units, "its layout".to_string())),
                None => said::units(archive, None, reading.units)?,
            };
            (laid.parameters, laid.offsets, None, None, laid.used, said, laid.sign, laid.constant)
        }
        None => {
            let found = choose::choose(archive, reading)?;
            notes.extend(found.notes);
            (found.parameters, found.offsets, found.beta, found.update, found.used, found.said, None, found.constant)
        }
    };
    let (mut parameters, corner) = if reading.biases_in_weights {
        out_of_weights(parameters, &mut notes)?
    } else {
        stand_out(&parameters, &mut notes);
        (parameters, 0.0)
    };
    let units = match (reading.units, said) {
        (Some(asked), Some((units, place))) if asked != units => {
            let why = format!("its units are {}, by {place}, and not {}", words(units), words(asked));
            return Err((why, Remedy::None));
        }
        (Some(units), _) | (None, Some((units, _))) => units,
        (None, None) => Units::Bits,
    };
    let sign = reading.sign.or(sign).unwrap_or(Sign::Minus);
    let mut constant = corner + above;
    if sign == Sign::Plus {
        parameters = parameters.times(-1.0);
        constant = -constant;
        notes.push("E = +a·v + b·h + vᵀWh: all parameters negated".into());
    }
    if let Some(beta) = beta.filter(|beta| *beta != 1.0) {
        parameters = parameters.times(beta);
        constant *= beta;
        notes.push(format!("all parameters multiplied by the beta of the file, {beta}"));
    }
    let low = if units == Units::Spins { -1.0 } else { 0.0 };
    let infinite = |values: &[f64]| values.iter().any(|x| x.is_infinite());
    if offsets.is_some() && (infinite(&parameters.visible_bias) || infinite(&parameters.hidden_bias)) {
        return Err(("infinite biases together with offsets of units are not read".into(), Remedy::None));
    }
    if let Some(offsets) = offsets {
        let above;
        (parameters, above) = parameters.without_offsets(&offsets);
        constant += above;
        notes.push("offsets of units taken into the biases".into());
    }
    let (free, fixed, above) = fixed::take_out(parameters, low);
    constant += above;
    notes.extend(fixed_words(&fixed));
    if free.visible == 0 || free.hidden == 0 {
        return Err(("infinite biases fix all units of a layer: nothing is left to compute".into(), Remedy::None));
    }
    let (free, above) = if units == Units::Spins { free.bits_from_spins() } else { (free, 0.0) };
    constant += above;
    if units == Units::Spins {
        notes.push("units ±1: converted to units 0 and 1, W = 4J, a = 2A − 2J1, b = 2B − 2Jᵀ1".into());
    }
    let machine = free.machine().map_err(|error| match error {
        RbmError::Shape { .. } => (error.to_string(), Remedy::Arrays),
        RbmError::NotFinite { .. } => (format!("{error}: its parameters are too large"), Remedy::None),
    })?;
    Ok(Stored { format: archive.format, machine, constant, units, sign, update, fixed, used, notes })
}

fn words(units: Units) -> &'static str {
    match units {
        Units::Bits => "0 and 1",
        Units::Spins => "−1 and 1",
    }
}

fn fixed_words(fixed: &[Fixed]) -> Vec<String> {
    let of = |layer: Layer, name: &str| {
        let units: Vec<&Fixed> = fixed.iter().filter(|one| one.layer == layer).collect();
        let up = units.iter().filter(|one| one.up).count();
        let low = units.len() - up;
        (!units.is_empty()).then(|| {
            format!("{} {name} units have infinite biases ({low} −∞, {up} +∞): fixed and taken out, without their own term of E", units.len())
        })
    };
    [of(Layer::Visible, "visible"), of(Layer::Hidden, "hidden")].into_iter().flatten().collect()
}

/// Biases from the first row and column of the stored W, and the constant W[0, 0], which ln Z of
/// the stored machine contains.
fn out_of_weights(of: Parameters, notes: &mut Vec<String>) -> Result<(Parameters, f64), Fault> {
    let zero = |values: &[f64]| values.iter().all(|x| *x == 0.0);
    if !zero(&of.visible_bias) || !zero(&of.hidden_bias) {
        return Err(("W holds the biases, and there are biases beside it".into(), Remedy::Arrays));
    }
    let (n, m) = (of.visible - 1, of.hidden - 1);
    if n == 0 || m == 0 {
        return Err((
            format!("W is {} x {}: without its first row and column nothing is left", n + 1, m + 1),
            Remedy::None,
        ));
    }
    let row = |at: usize| &of.weights[at * of.hidden..][..of.hidden];
    let corner = row(0)[0];
    notes.retain(|note| !note.ends_with("bias: zeros") && !note.starts_with("no bias tells"));
    notes.push("biases from the first row and column of W".into());
    if corner != 0.0 {
        notes.push(format!("W[0, 0] = {corner} is a constant of E, which ln Z contains"));
    }
    let inner = Parameters {
        visible: n,
        hidden: m,
        weights: (1..=n).flat_map(|at| row(at)[1..].to_vec()).collect(),
        visible_bias: (1..=n).map(|at| row(at)[0]).collect(),
        hidden_bias: row(0)[1..].to_vec(),
    };
    Ok((inner, corner))
}

/// Says so where a W without biases has a first row and column unlike the rest.
fn stand_out(of: &Parameters, notes: &mut Vec<String>) {
    let zero = |values: &[f64]| values.iter().all(|x| *x == 0.0);
    if !zero(&of.visible_bias) || !zero(&of.hidden_bias) || of.visible < 3 || of.hidden < 3 {
        return;
    }
    let at = |row: usize, column: usize| of.weights[row * of.hidden + column];
    let square = |values: Vec<f64>| values.iter().map(|x| x * x).sum::<f64>() / values.len() as f64;
    let border =
        square((1..of.visible).map(|row| at(row, 0)).chain((1..of.hidden).map(|column| at(0, column))).collect());
    let inside = square((1..of.visible).flat_map(|row| (1..of.hidden).map(move |column| at(row, column))).collect());
    // A machine with biases in W has 0 where both biases meet, or biases of another size than
    // weights.
    if (at(0, 0) == 0.0 && border != 0.0 && inside != 0.0) || border > 4.0 * inside {
        notes.push("the first row and column of W stand out: if they are the biases, say --biases-in-weights".into());
    }
}
