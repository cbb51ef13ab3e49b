//! Files whose layout is known as a whole: RestrictedBoltzmannMachines.jl, graphs of D-Wave, one
//! vector for all biases.

use super::names::{of_training, stem};
use super::said::{JULIA, POTTS, text};
use super::units::{COLOURS, Offsets, Parameters, Sign, Units};
use super::{Fault, Remedy, Used};
use crate::arrays::{self, Archive};

/// A machine of a layout.
pub(super) struct Laid {
    pub(super) parameters: Parameters,
    pub(super) units: Option<Units>,
    pub(super) sign: Option<Sign>,
    pub(super) offsets: Option<Offsets>,
    /// What ln Z as stored is above that of the parameters.
    pub(super) constant: f64,
    pub(super) used: Vec<Used>,
    pub(super) notes: Vec<String>,
}

/// Reads a file of a layout that is known as a whole; none for any other.
///
/// # Errors
/// A part that is missing or of another shape, or a machine that is not read.
pub(super) fn laid_out(archive: &mut Archive) -> Result<Option<Laid>, Fault> {
    if text(archive, JULIA).is_some() {
        return julia(archive).map(Some);
    }
    let has = |name: &str| archive.entries.iter().any(|entry| stem(&entry.name).0 == name);
    if ["linear", "quadratic", "edge_idx_i", "edge_idx_j"].iter().all(|name| has(name)) {
        return graph(archive).map(Some);
    }
    if has("quadratic_coef") && has("linear_bias") {
        return one_vector(archive).map(Some);
    }
    Ok(None)
}

/// An array of the file by the stem of its name: shape and values.
fn part(archive: &mut Archive, name: &str, used: &mut Vec<Used>) -> Result<(Vec<usize>, Vec<f64>), Fault> {
    let is = |entry: &&(usize, &crate::arrays::Entry)| {
        !of_training(&entry.1.name) && (stem(&entry.1.name).0 == name || entry.1.name == name)
    };
    let entries: Vec<(usize, &crate::arrays::Entry)> = archive.entries.iter().enumerate().collect();
    let found: Vec<&(usize, &crate::arrays::Entry)> = entries.iter().filter(is).collect();
    let at = match found[..] {
        [one] => one.0,
        [] => return Err((format!("no array {name}, which files of this layout have"), Remedy::None)),
        [one, other, ..] => {
            let why = format!(
                "{} and {}: several machines of one file are not read in this layout",
                one.1.name, other.1.name
            );
            return Err((why, Remedy::None));
        }
    };
    let (entry, shape) = (archive.entries[at].name.clone(), archive.entries[at].shape.clone());
    let values = archive.values(at).map_err(|why| (format!("{entry}: {why}"), Remedy::None))?;
    if let Some(first) = values.iter().position(|x| x.is_nan()) {
        return Err((format!("{entry}: value number {first} is not a number"), Remedy::None));
    }
    used.push(Used { role: "parameters", name: entry, shape: shape.clone() });
    Ok((shape, values))
}

/// `save_rbm` of RestrictedBoltzmannMachines.jl: Julia writes the first index fastest, so that a
/// reader of rows sees W as hidden by visible, and visible units of several dimensions in one order
/// for all arrays. Centred and standardised machines have E = −a·v − b·h −
/// ((v − o_v)/s_v)ᵀ W ((h − o_h)/s_h).
fn julia(archive: &mut Archive) -> Result<Laid, Fault> {
    let kind = text(archive, "rbm_type").unwrap_or("RBM").to_string();
    if !["RBM", "CenteredRBM", "StandardizedRBM"].contains(&kind.as_str()) {
        return Err((format!("its rbm_type is {kind}, which is not read"), Remedy::None));
    }
    let mut used = Vec::new();
    let (shape, weights) = part(archive, "weights", &mut used)?;
    let (visible_shape, visible_bias) = part(archive, "visible_par", &mut used)?;
    let (hidden_shape, hidden_bias) = part(archive, "hidden_par", &mut used)?;
    let (n, m) = (visible_bias.len(), hidden_bias.len());
    // Hidden units may have several dimensions too, of which one may be that of the colours.
    let mut first = shape.iter().scan(1, |count: &mut usize, size| {
        *count = count.saturating_mul(*size);
        Some(*count)
    });
    if !first.any(|count| count == m) || weights.len() != n * m {
        let why = format!(
            "weights have shape {shape:?} as rows are read, where {m} hidden and {n} visible units need [{m}, …] with {} values",
            n * m
        );
        return Err((why, Remedy::None));
    }
    let visible_colours = two_colours(archive, "visible_type", &visible_shape)?;
    let hidden_colours = two_colours(archive, "hidden_type", &hidden_shape)?;
    let weights = (0..n * m).map(|at| weights[at % m * n + at / m]).collect();
    let mut parameters = Parameters { visible: n, hidden: m, weights, visible_bias, hidden_bias };
    let mut notes = vec![
        "written by RestrictedBoltzmannMachines.jl: weights are hidden by visible as rows are read, transposed"
            .to_string(),
    ];
    let mut offsets = None;
    if kind == "StandardizedRBM" {
        let (up, down) = (part(archive, "scale_v", &mut used)?.1, part(archive, "scale_h", &mut used)?.1);
        let fits = up.len() == n && down.len() == m && up.iter().chain(&down).all(|s| s.is_finite() && *s != 0.0);
        if !fits {
            return Err(("its scales are not one number other than 0 per unit".into(), Remedy::None));
        }
        parameters = parameters.scaled(&up, &down);
        notes.push("W divided by the scales of its units".into());
    }
    if kind != "RBM" {
        let visible = part(archive, "offset_v", &mut used)?.1;
        let hidden = part(archive, "offset_h", &mut used)?.1;
        if (visible.len(), hidden.len()) != (n, m) {
            return Err(("its offsets are not one number per unit".into(), Remedy::None));
        }
        offsets = Some(Offsets { visible, hidden, in_biases: false });
    }
    let mut constant = 0.0;
    if visible_colours || hidden_colours {
        let biases = || parameters.visible_bias.iter().chain(&parameters.hidden_bias);
        if biases().any(|x| x.is_infinite()) {
            return Err(("infinite fields together with units of two colours are not read".into(), Remedy::None));
        }
        let mut add = |(of, above): (Parameters, f64)| {
            constant += above;
            of
        };
        // An offset is one of a colour.
        if let Some(offsets) = offsets.take() {
            parameters = add(parameters.without_offsets(&offsets));
            notes.push("offsets of units taken into the biases".into());
        }
        if visible_colours {
            parameters = add(parameters.bits_from_colours());
        }
        if hidden_colours {
            parameters = add(parameters.exchanged().bits_from_colours()).exchanged();
        }
        let layers = match (visible_colours, hidden_colours) {
            (true, true) => "visible and hidden",
            (true, false) => "visible",
            _ => "hidden",
        };
        notes.push(COLOURS.replace("{}", layers));
    }
    Ok(Laid { parameters, units: None, sign: Some(Sign::Minus), offsets, constant, used, notes })
}

/// Whether a layer has colours, which are two; its fields have a shape that ends with the colours,
/// or with the colours and the one parameter per colour.
fn two_colours(archive: &Archive, layer: &str, shape: &[usize]) -> Result<bool, Fault> {
    let kind = match text(archive, layer) {
        Some(kind) if POTTS.contains(&kind) => kind,
        _ => return Ok(false),
    };
    let colours = match shape {
        [.., colours, 1] => *colours,
        [.., colours] => *colours,
        [] => 0,
    };
    match colours {
        2 => Ok(true),
        _ => Err((
            format!("its {layer} is {kind} with {colours} colours: only units of two values are read"),
            Remedy::None,
        )),
    }
}

/// D-Wave's graph-restricted machine: fields and couplings of a list of edges, units ±1, E = +.
fn graph(archive: &mut Archive) -> Result<Laid, Fault> {
    let mut used = Vec::new();
    let linear = part(archive, "linear", &mut used)?.1;
    let couplings = part(archive, "quadratic", &mut used)?.1;
    let nodes = linear.len();
    let mut index = |name: &str, archive: &mut Archive| -> Result<Vec<usize>, Fault> {
        let values = part(archive, name, &mut used)?.1;
        let whole = |x: &f64| (x.fract() == 0.0 && *x >= 0.0 && *x < nodes as f64).then_some(*x as usize);
        let all: Option<Vec<usize>> = values.iter().map(whole).collect();
        all.ok_or_else(|| (format!("{name} holds numbers that are none of its {nodes} nodes"), Remedy::None))
    };
    let (from, to) = (index("edge_idx_i", archive)?, index("edge_idx_j", archive)?);
    let has_layers = archive.entries.iter().any(|entry| stem(&entry.name).0 == "hidden_idx");
    if !has_layers {
        let why = "a graph without hidden units (no _hidden_idx): a Boltzmann machine, not a restricted one";
        return Err((why.into(), Remedy::None));
    }
    let (visible, hidden) = (index("visible_idx", archive)?, index("hidden_idx", archive)?);
    let (n, m) = (visible.len(), hidden.len());
    let mut place = vec![None; nodes];
    visible.iter().enumerate().for_each(|(at, &node)| place[node] = Some((true, at)));
    hidden.iter().enumerate().for_each(|(at, &node)| place[node] = Some((false, at)));
    if place.iter().any(Option::is_none)
        || n + m != nodes
        || from.len() != couplings.len()
        || to.len() != couplings.len()
    {
        return Err((
            format!("its lists of nodes and edges do not fit together ({nodes} nodes, {n} visible, {m} hidden)"),
            Remedy::None,
        ));
    }
    // The file holds its edges only.
    arrays::held(n as u128 * m as u128 * arrays::PER_VALUE).map_err(|why| (why, Remedy::None))?;
    let mut weights = vec![0.0; n * m];
    for ((&i, &j), coupling) in from.iter().zip(&to).zip(&couplings) {
        match (place[i], place[j]) {
            (Some((true, row)), Some((false, column))) | (Some((false, column)), Some((true, row))) => {
                weights[row * m + column] += coupling;
            }
            _ => {
                let why =
                    format!("it couples units {i} and {j} of one layer: a Boltzmann machine, not a restricted one");
                return Err((why, Remedy::None));
            }
        }
    }
    let of = |nodes: &[usize]| nodes.iter().map(|&node| linear[node]).collect();
    let parameters =
        Parameters { visible: n, hidden: m, weights, visible_bias: of(&visible), hidden_bias: of(&hidden) };
    let notes = vec![format!(
        "a graph of D-Wave's machine: {} couplings between {n} visible and {m} hidden units",
        couplings.len()
    )];
    Ok(Laid {
        parameters,
        units: Some(Units::Spins),
        sign: Some(Sign::Plus),
        offsets: None,
        constant: 0.0,
        used,
        notes,
    })
}

/// `quadratic_coef` (N x M) and `linear_bias` (N + M, visible units first), as Kaiwu writes them.
fn one_vector(archive: &mut Archive) -> Result<Laid, Fault> {
    let mut used = Vec::new();
    let (shape, weights) = part(archive, "quadratic_coef", &mut used)?;
    let (_, biases) = part(archive, "linear_bias", &mut used)?;
    let &[n, m] = &shape[..] else {
        return Err((format!("quadratic_coef has shape {shape:?} where two dimensions are needed"), Remedy::None));
    };
    if n == 0 || m == 0 || biases.len() != n + m {
        let why =
            format!("linear_bias has {} values where {n} visible and {m} hidden units need {}", biases.len(), n + m);
        return Err((why, Remedy::None));
    }
    let (a, b) = biases.split_at(n);
    let parameters = Parameters { visible: n, hidden: m, weights, visible_bias: a.to_vec(), hidden_bias: b.to_vec() };
    let notes = vec!["linear_bias holds the biases of both layers, visible units first".to_string()];
    Ok(Laid { parameters, units: None, sign: None, offsets: None, constant: 0.0, used, notes })
}
