//! What a file says of the values of its units: by its texts, and by names that one tool has.

use super::names::{Role, folder, of_training, role, stem};
use super::{Fault, Remedy, Units};
use crate::arrays::{Archive, Entry, Kind};

/// The text that every file of RestrictedBoltzmannMachines.jl has.
pub(super) const JULIA: &str = "rbm_hdf5_file_format_version";
/// Its types of units with colours; the second only draws samples in another way.
pub(super) const POTTS: [&str; 2] = ["Potts", "PottsGumbel"];
/// Names of texts that say what the values of units are.
const KEYS: [&str; 5] = ["model_type", "variable_type", "visible_type", "hidden_type", "units"];

/// The last part of the name of a text, which may be an attribute, without case; and its folder.
fn key(name: &str) -> (String, String) {
    let plain = name.replace('@', "");
    let place = folder(&plain).to_string();
    (plain[place.len()..].to_ascii_lowercase(), place)
}

/// A text of the file by its name, which may be that of an attribute.
pub(super) fn text<'a>(archive: &'a Archive, name: &str) -> Option<&'a str> {
    archive.texts.iter().find(|(full, _)| key(full).0 == name).map(|(_, text)| text.trim())
}

/// What a text means.
enum Meaning {
    Units(Units),
    /// Nothing of units: `RBM`, a count.
    Nothing,
    /// A type that is not binary, or no type.
    Unknown,
}

/// What a word for a type of units means; its case and what joins its parts do not matter.
fn meaning(text: &str) -> Meaning {
    let lower = text.to_lowercase();
    let values: String = lower.chars().filter(|c| !" {}[]()".contains(*c)).collect();
    let letters: String = lower.chars().filter(|c| c.is_alphanumeric()).collect();
    let letters = letters.strip_suffix("rbm").filter(|rest| rest.len() > 2).unwrap_or(&letters);
    match (values.as_str(), letters) {
        ("0,1" | "0/1", _) => Meaning::Units(Units::Bits),
        ("-1,1" | "-1,+1" | "-1/1" | "-1/+1" | "−1,1" | "±1" | "+-1" | "+/-1", _) => Meaning::Units(Units::Spins),
        (_, "bbrbm" | "binary" | "bernoulli" | "bernoullibernoulli" | "binarybinary" | "bit" | "bits") => {
            Meaning::Units(Units::Bits)
        }
        (_, "iirbm" | "spin" | "spins" | "ising" | "isingising" | "spinspin") => Meaning::Units(Units::Spins),
        (_, "rbm" | "restrictedboltzmannmachine") => Meaning::Nothing,
        (_, digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => Meaning::Nothing,
        _ => Meaning::Unknown,
    }
}

/// The type of rbms whose visible units have colours, W visible by colours by hidden.
const PBRBM: &str = "pbrbm";

/// Whether a machine is one of rbms with visible units of two colours, which the text of its model
/// says.
pub(super) fn of_two_colours(archive: &Archive, weights: &Entry) -> bool {
    let concerns =
        |place: &str| weights.name.starts_with(place) || machines(archive).all(|name| !name.starts_with(place));
    let said = archive.texts.iter().any(|(name, text)| {
        let (found, place) = key(name);
        found == "model_type" && text.trim().eq_ignore_ascii_case(PBRBM) && concerns(&place)
    });
    said && matches!(weights.shape[..], [_, 2, _])
}

/// Names of the arrays that are W of a machine.
fn machines(archive: &Archive) -> impl Iterator<Item = &str> {
    let machine = |name: &str| role(&stem(name).0) == Some(Role::Weights) && !of_training(name);
    let found = archive.entries.iter().filter(move |entry| entry.shape.len() >= 2 && machine(&entry.name));
    found.map(|entry| entry.name.as_str())
}

/// The units that the file says the machine with this W has, with where it says so; of any machine
/// without a W. A text in a folder of another machine says nothing of this one.
///
/// # Errors
/// A type of units that is not binary, by its name, and two that contradict each other; a text that
/// is not known where `asked` does not tell the units.
pub(super) fn units(
    archive: &Archive,
    weights: Option<&Entry>,
    asked: Option<Units>,
) -> Result<Option<(Units, String)>, Fault> {
    let colours = weights.is_some_and(|w| of_two_colours(archive, w));
    let julia = text(archive, JULIA).is_some();
    let concerns = |place: &str| {
        weights.is_none_or(|own| own.name.starts_with(place) || machines(archive).all(|name| !name.starts_with(place)))
    };
    let many = archive.entries.iter().find(|entry| {
        let (found, place) = key(&entry.name);
        matches!(entry.kind, Kind::Other(_)) && KEYS.contains(&found.as_str()) && concerns(&place)
    });
    if let Some(entry) = many.filter(|_| asked.is_none()) {
        let why = format!("its {} is no single text, and is not read as values of units", entry.name);
        return Err((why, Remedy::Units));
    }
    let mut said: Option<(Units, String)> = None;
    for wanted in KEYS {
        for (name, value) in &archive.texts {
            let (found, place) = key(name);
            if found != wanted || !concerns(&place) {
                continue;
            }
            // One text per unit is one if all are the same.
            let mut lines: Vec<&str> = value.split('\n').map(str::trim).collect();
            lines.dedup();
            let (value, name) = (lines.join(", "), name.replace('@', ""));
            let units = match meaning(&value) {
                Meaning::Units(units) => units,
                Meaning::Nothing => continue,
                // Of two colours; the layout sees how many there are.
                Meaning::Unknown if julia && POTTS.contains(&value.as_str()) => Units::Bits,
                Meaning::Unknown if colours && [PBRBM, "categorical"].contains(&value.to_lowercase().as_str()) => {
                    Units::Bits
                }
                Meaning::Unknown if wanted == "units" => match asked {
                    Some(_) => continue,
                    None => {
                        let why = format!("its {name} is {value}, which is not known as values of units");
                        return Err((why, Remedy::Units));
                    }
                },
                Meaning::Unknown => return Err(not_binary(wanted, &name, &value)),
            };
            match &said {
                Some((before, at)) if *before != units => return Err(contradicted(at, &format!("{name} {value}"))),
                Some(_) => {}
                None => said = Some((units, format!("{name} {value}"))),
            }
        }
    }
    Ok(said)
}

fn not_binary(key: &str, name: &str, value: &str) -> Fault {
    let read = match key {
        "model_type" => "machines of binary units are read (BBRBM, IIRBM)",
        "variable_type" => "binary units are read (bernoulli, ising)",
        _ => "binary units are read (Binary, Spin)",
    };
    (format!("its {name} is {value}: only {read}"), Remedy::None)
}

fn contradicted(first: &str, second: &str) -> Fault {
    let layer = |said: &str| ["visible_type", "hidden_type"].iter().any(|key| said.to_ascii_lowercase().contains(key));
    let why = match layer(first) && layer(second) {
        true => "its visible and hidden units are of two kinds, Binary and Spin, which is not read".to_string(),
        false => {
            format!("it says {first} and {second}, which contradict each other: save it with the one that is true")
        }
    };
    (why, Remedy::None)
}

/// What a machine is whose names are those that one tool of spins gives.
pub(super) enum Names {
    /// Those of the tool alone: the question of what its units are.
    Tool(String),
    /// Those of other tools too: what is to be said.
    Like(String),
}

/// Whether a machine has names as one tool of spins gives them.
pub(super) fn of_spins(weights: &str, beside: &[&str]) -> Option<Names> {
    let home = folder(weights);
    let stems: Vec<String> = beside.iter().map(|name| stem(name).0).collect();
    let has = |wanted: &str| stems.iter().any(|stem| stem == wanted);
    // Flax writes the name of a layer as it is given; Keras writes dense or dense_1.
    let dense = weights.rsplit(['.', '/']).nth(1) == Some("Dense");
    let of_netket = |name: &&&str| {
        let parent = &home[..home.len().saturating_sub("Dense/".len())];
        folder(name) == home || (folder(name) == parent && stem(name).0 == "visible_bias")
    };
    if dense && stem(weights).0 == "kernel" && !beside.is_empty() && beside.iter().all(|name| of_netket(&name)) {
        // Flax keeps all variables below params.
        if !weights.split(['.', '/']).any(|part| part == "params") {
            let why = "names as of an RBM of NetKet, a wave function of spins: if it is one, say --units spins";
            return Some(Names::Like(why.into()));
        }
        return Some(Names::Tool(format!(
            "{weights} has the names of NetKet, whose RBM is a wave function ψ of spins −1 and 1, and no Boltzmann \
             machine: spins are the machine with probabilities as ψ; that of ψ² has W=np.hstack([kernel, kernel]), \
             a=2*visible_bias, b=np.hstack([bias, bias])"
        )));
    }
    let thrml = stem(weights).0 == "weights" && has("visible_biases") && has("hidden_biases") && has("beta");
    let why = "has the names and the beta of thrml, whose units are −1 and 1, and no text that says so";
    thrml.then(|| Names::Tool(format!("{weights} {why}")))
}
