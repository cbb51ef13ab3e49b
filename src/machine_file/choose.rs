//! Which arrays of a file are W, a and b, and how W is turned; whatever else could be a parameter
//! stops the reading.

use super::checks::{matrix, numbers, real, scalar, unreadable};
use super::left_over::{momenta, no_labels, nothing_left};
use super::names::{Role, folder, of_training, order, role, stem, update_of};
use super::said::{self, Names};
use super::units::{COLOURS, Offsets, Parameters, Units};
use super::{Could, Fault, Layers, Reading, Remedy, Used};
use crate::arrays::{Archive, Entry, Kind};

/// What was chosen.
pub(super) struct Chosen {
    pub(super) parameters: Parameters,
    pub(super) offsets: Option<Offsets>,
    /// Inverse temperature that the file gives.
    pub(super) beta: Option<f64>,
    pub(super) update: Option<u64>,
    /// What ln Z as stored is above that of the parameters.
    pub(super) constant: f64,
    /// Values of units that the file says it has, with where.
    pub(super) said: Option<(Units, String)>,
    pub(super) used: Vec<Used>,
    pub(super) notes: Vec<String>,
}

/// An entry with what its name says.
pub(super) struct Named<'a> {
    pub(super) at: usize,
    pub(super) entry: &'a Entry,
    pub(super) stem: String,
    /// Of its folders or of the end of its name.
    pub(super) update: Option<u64>,
}

pub(super) fn listed<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> String {
    const MOST: usize = 20;
    let all: Vec<String> = entries.into_iter().map(|entry| format!("{} {:?}", entry.name, entry.shape)).collect();
    let more = if all.len() > MOST { format!(" and {} more", all.len() - MOST) } else { String::new() };
    format!("{}{more}", all[..all.len().min(MOST)].join(", "))
}

/// Length of an array that is a vector: 12 of [12], [1, 12] and [12, 1].
fn length(shape: &[usize]) -> Option<usize> {
    let long: Vec<usize> = shape.iter().copied().filter(|&n| n != 1).collect();
    match long[..] {
        [] if !shape.is_empty() => Some(1),
        [one] => Some(one),
        _ => None,
    }
}

/// Reads arrays by their names.
///
/// # Errors
/// What is missing, open, contradicts itself or is left over.
pub(super) fn choose(archive: &mut Archive, reading: &Reading) -> Result<Chosen, Fault> {
    let entries = archive.entries.clone();
    let mut notes = Vec::new();
    let within = within_prefix(&entries, reading)?;
    let w = weights(archive, &within, reading, &mut notes)?;
    let said = said::units(archive, Some(w.entry), reading.units)?;
    // Arrays of another number belong to another update, if there is a W of that number.
    let numbered = |update: Option<u64>| within.iter().any(|one| one.update == update && is_weights(one));
    let same = |one: &&Named<'_>| one.update.is_none() || one.update == w.update || !numbered(one.update);
    let set: Vec<&Named<'_>> = within.iter().filter(same).collect();
    real(w.entry)?;
    if let Kind::Other(_) = w.entry.kind {
        archive.values(w.at).map_err(|why| unreadable(w.entry, why))?;
    }
    if let (true, &[n, _, m]) = (said::of_two_colours(archive, w.entry), &w.entry.shape[..]) {
        let found = two_colours(archive, &set, w, (n, m), reading)?;
        return Ok(Chosen { said, notes: [notes, found.notes].concat(), ..found });
    }
    let (rows, columns) = matrix(w.entry)?;
    let parts = Parts::find(&set, w, reading)?;
    parts.whole(&within, w)?;
    if said.is_none() && reading.units.is_none() {
        let beside: Vec<&str> = parts.all().map(|one| one.entry.name.as_str()).collect();
        match said::of_spins(&w.entry.name, &beside) {
            Some(Names::Tool(why)) => return Err((why, Remedy::Units)),
            Some(Names::Like(why)) => notes.push(why),
            None => {}
        }
    }
    if folder(&w.entry.name).trim_end_matches(['.', '/']).ends_with("rbm_ph") {
        notes.push("rbm_ph of QuCumber is the phase of a wave function, and no Boltzmann machine".into());
    }
    if reading.biases_in_weights
        && let Some(beside) = parts.all().next()
    {
        return Err((format!("W holds the biases, and {} stands beside it", beside.entry.name), Remedy::Arrays));
    }
    notes.extend(parts.note.map(String::from));
    let stored = archive.values(w.at).map_err(|why| unreadable(w.entry, why))?;
    numbers(&w.entry.name, &stored, false)?;
    // Such a W is its own transpose: there is nothing to ask.
    let symmetric = rows == columns && (0..rows * rows).all(|at| stored[at] == stored[at % rows * rows + at / rows]);
    let transposed = turned(w, (rows, columns), symmetric, &parts, reading, &mut notes)?;
    let (n, m) = if transposed { (columns, rows) } else { (rows, columns) };
    parts.fit((n, m), &entries)?;
    let beta = parts.beta.map(|one| scalar(archive, one)).transpose()?;
    let chosen: Vec<usize> = parts.all().chain([w]).map(|one| one.at).collect();
    no_labels(&set, &chosen, (n, m), reading)?;
    let assumed = reading.transposed.is_none() && !parts.biased() && order(&w.stem).is_none() && !symmetric;
    nothing_left(archive, &set, &chosen, (n, m), reading).map_err(|left| {
        let vector = |entry: &Entry| length(&entry.shape);
        let could = |entry: &Entry| match (vector(entry), parts.visible, parts.hidden) {
            (Some(length), None, None) if length == n && n == m => Could::Either,
            (Some(length), None, _) if length == n => Could::Visible,
            (Some(length), _, None) if length == m => Could::Hidden,
            (Some(length), None, None) if length == n + m => Could::Both,
            _ => Could::Other,
        };
        let if_so =
            if assumed { format!(" (if the rows of {} are visible ones)", w.entry.name) } else { String::new() };
        let why = format!(
            "of {n} visible and {m} hidden units{if_so}, arrays that could be parameters are not used: {}",
            listed(left.iter().copied())
        );
        (why, Remedy::Left(left.iter().map(|entry| (entry.name.clone(), could(entry))).collect()))
    })?;

    let mut used = vec![Used { role: "W", name: w.entry.name.clone(), shape: w.entry.shape.clone() }];
    let mut take = |one: &Named<'_>, role: &'static str| -> Result<Vec<f64>, Fault> {
        real(one.entry)?;
        let values = archive.values(one.at).map_err(|why| unreadable(one.entry, why))?;
        numbers(&one.entry.name, &values, matches!(role, "a" | "b"))?;
        used.push(Used { role, name: one.entry.name.clone(), shape: one.entry.shape.clone() });
        Ok(values)
    };
    let weights = if transposed { (0..n * m).map(|at| stored[at % m * n + at / m]).collect() } else { stored };
    let mut bias = |one: Option<&Named<'_>>, role: &'static str, name: &str, length: usize| match one {
        Some(one) => take(one, role),
        None => {
            notes.push(format!("no {name} bias: zeros"));
            Ok(vec![0.0; length])
        }
    };
    let visible_bias = bias(parts.visible, "a", "visible", n)?;
    let hidden_bias = bias(parts.hidden, "b", "hidden", m)?;
    let offsets = match (parts.visible_offset, parts.hidden_offset) {
        (None, None) => None,
        (up, down) => {
            let mut of = |one: Option<&Named<'_>>, role: &'static str, length: usize| match one {
                Some(one) => take(one, role),
                None => {
                    notes.push(format!("no {role}: zeros"));
                    Ok(vec![0.0; length])
                }
            };
            let (visible, hidden) = (of(up, "offset of v", n)?, of(down, "offset of h", m)?);
            Some(Offsets { visible, hidden, in_biases: true })
        }
    };
    let parameters = Parameters { visible: n, hidden: m, weights, visible_bias, hidden_bias };
    Ok(Chosen { parameters, offsets, beta, update: w.update, constant: 0.0, said, used, notes })
}

/// A machine of rbms with visible units of two colours: W visible by colours by hidden, with one
/// bias per colour.
fn two_colours(
    archive: &mut Archive,
    set: &[&Named<'_>],
    w: &Named<'_>,
    (n, m): (usize, usize),
    reading: &Reading,
) -> Result<Chosen, Fault> {
    let parts = Parts::find(set, w, reading)?;
    let (Some(visible), Some(hidden)) = (parts.visible, parts.hidden) else {
        let why = format!("{} has two colours, and no biases of both layers stand beside it", w.entry.name);
        return Err((why, Remedy::None));
    };
    let shapes = visible.entry.shape == [n, 2] && length(&hidden.entry.shape) == Some(m) && n > 0 && m > 0;
    if !shapes || parts.all().count() > 2 || reading.transposed.is_some() || reading.biases_in_weights {
        let why = format!(
            "of {n} visible units of two colours and {m} hidden ones, only W, visible biases of [{n}, 2] and hidden ones of [{m}] are read as they stand; it has {}",
            listed(parts.all().map(|one| one.entry))
        );
        return Err((why, Remedy::None));
    }
    let chosen = [w.at, visible.at, hidden.at];
    for units in [(n, m), (2 * n, m)] {
        nothing_left(archive, set, &chosen, units, reading).map_err(|left| {
            let why = format!("arrays that could be parameters are not used: {}", listed(left.iter().copied()));
            (why, Remedy::Ignore(left.iter().map(|entry| entry.name.clone()).collect()))
        })?;
    }
    let mut used = Vec::new();
    let mut take = |one: &Named<'_>, role: &'static str| -> Result<Vec<f64>, Fault> {
        real(one.entry)?;
        let values = archive.values(one.at).map_err(|why| unreadable(one.entry, why))?;
        numbers(&one.entry.name, &values, false)?;
        used.push(Used { role, name: one.entry.name.clone(), shape: one.entry.shape.clone() });
        Ok(values)
    };
    let (weights, visible_bias, hidden_bias) = (take(w, "W")?, take(visible, "a")?, take(hidden, "b")?);
    let stored = Parameters { visible: 2 * n, hidden: m, weights, visible_bias, hidden_bias };
    let (parameters, constant) = stored.bits_from_colours();
    let notes = vec![COLOURS.replace("{}", "visible")];
    Ok(Chosen { parameters, offsets: None, beta: None, update: w.update, constant, said: None, used, notes })
}

/// The entries below `--prefix`, with what their names say, and those in the folders above it that
/// belong to no other W: biases of all machines, an inverse temperature.
fn within_prefix<'a>(entries: &'a [Entry], reading: &Reading) -> Result<Vec<Named<'a>>, Fault> {
    let prefix = reading.prefix.as_ref().map(|prefix| prefix.trim_end_matches(['.', '/']));
    let below = |name: &str| {
        prefix.is_none_or(|prefix| name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(['.', '/'])))
    };
    let named = |(at, entry): (usize, &'a Entry)| {
        let (stem, number) = stem(&entry.name);
        Named { at, entry, stem, update: update_of(&entry.name).or(number) }
    };
    let all: Vec<Named<'_>> = entries.iter().enumerate().map(named).collect();
    if !all.iter().any(|one| below(&one.entry.name)) {
        let what = reading.prefix.as_ref().map_or("it holds no arrays".to_string(), |prefix| {
            format!("no array below {prefix}; it has {}", listed(entries))
        });
        return Err((what, if reading.prefix.is_some() { Remedy::Prefix } else { Remedy::Save }));
    }
    let of_another: Vec<&str> = all.iter().filter(|one| is_weights(one)).map(|one| folder(&one.entry.name)).collect();
    let above = |name: &str| {
        let place = folder(name);
        prefix.is_some_and(|prefix| prefix.starts_with(place)) && !of_another.contains(&place)
    };
    Ok(all.into_iter().filter(|one| below(&one.entry.name) || above(&one.entry.name)).collect())
}

/// Whether an array has a name and shape of weights.
fn is_weights(one: &Named<'_>) -> bool {
    role(&one.stem) == Some(Role::Weights) && !of_training(&one.entry.name) && one.entry.shape.len() >= 2
}

/// Numbers of the updates of which the file holds weights, ascending.
///
/// # Errors
/// No array below the prefix, no numbers, or one array that is named as W.
pub(super) fn updates(archive: &Archive, reading: &Reading) -> Result<Vec<u64>, Fault> {
    if let Some(name) = &reading.weights {
        return Err((format!("{name} is one array, not those of all updates"), Remedy::OneUpdate));
    }
    let within = within_prefix(&archive.entries, reading)?;
    let wanted = |one: &&Named<'_>| is_weights(one) && !reading.ignore.contains(&one.entry.name);
    let mut numbers: Vec<u64> = within.iter().filter(wanted).filter_map(|one| one.update).collect();
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.is_empty() {
        let why = format!("no updates of a training; it has {}", listed(&archive.entries));
        return Err((why, Remedy::OneUpdate));
    }
    Ok(numbers)
}

fn by_name<'a, 'b>(within: &'b [Named<'a>], name: &str, remedy: Remedy) -> Result<&'b Named<'a>, Fault> {
    let found = within.iter().find(|one| one.entry.name == name);
    found.ok_or_else(|| (format!("no array {name}; it has {}", listed(within.iter().map(|one| one.entry))), remedy))
}

/// The array that holds W: the one that is named, or the one of the last update, or of the update
/// that is asked for, at the shallowest place.
fn weights<'a, 'b>(
    archive: &mut Archive,
    within: &'b [Named<'a>],
    reading: &Reading,
    notes: &mut Vec<String>,
) -> Result<&'b Named<'a>, Fault> {
    if let Some(name) = &reading.weights {
        let named = by_name(within, name, Remedy::NameWeights)?;
        if let Some(asked) = reading.update.filter(|asked| named.update != Some(*asked)) {
            return Err((format!("{name} is no array of update {asked}"), Remedy::Update));
        }
        return Ok(named);
    }
    let all = || listed(within.iter().map(|one| one.entry));
    let candidate = |one: &&Named<'_>| is_weights(one) && !reading.ignore.contains(&one.entry.name);
    let mut found: Vec<&Named<'_>> = within.iter().filter(candidate).collect();
    if found.is_empty() {
        let odd = within.iter().find(|one| role(&one.stem) == Some(Role::Weights));
        let unknown = || (format!("no weight matrix recognised among {}", all()), Remedy::NameWeights);
        let Some(one) = odd else { return Err(unknown()) };
        // What it is, if it is no array of numbers, or of what shape.
        archive.values(one.at).map_err(|why| unreadable(one.entry, why))?;
        real(one.entry)?;
        matrix(one.entry)?;
        return Err(unknown());
    }
    let updates: std::collections::BTreeSet<Option<u64>> = found.iter().map(|one| one.update).collect();
    if let Some(asked) = reading.update {
        found.retain(|one| one.update == Some(asked));
        if found.is_empty() {
            let there: Vec<String> = updates.iter().flatten().map(u64::to_string).collect();
            let has =
                if there.is_empty() { "the file numbers none".into() } else { format!("it has {}", there.join(", ")) };
            return Err((format!("no update {asked}; {has}"), Remedy::Update));
        }
    } else if let (true, Some(Some(_))) = (updates.contains(&None), updates.last()) {
        let why = format!("several machines could be meant: {}", listed(found.iter().map(|one| one.entry)));
        return Err((why, Remedy::Several));
    } else if let Some(&Some(last)) = updates.last() {
        // Updates of one machine have one shape; layers of a stack are numbered too.
        if found.iter().any(|one| one.update.is_some() && one.entry.shape != found[found.len() - 1].entry.shape) {
            let why = format!("numbered machines of several shapes: {}", listed(found.iter().map(|one| one.entry)));
            return Err((why, Remedy::Update));
        }
        // W1, W2, W3: layers as well as updates.
        let few = updates.len() as u64;
        let counted = updates.iter().flatten().copied().eq(1..=few) || updates.iter().flatten().copied().eq(0..few);
        if few > 1 && counted && found.iter().all(|one| update_of(&one.entry.name).is_none()) {
            let why = format!("these may be layers or updates: {}", listed(found.iter().map(|one| one.entry)));
            return Err((why, Remedy::Update));
        }
        found.retain(|one| one.update == Some(last));
        let of = if updates.len() > 1 { format!("the last of {}", updates.len()) } else { "the only one".into() };
        notes.push(format!("update {last}, {of}"));
    }
    let depth = |one: &&Named<'_>| one.entry.name.matches(['.', '/']).count();
    let least = found.iter().map(depth).min().unwrap_or_default();
    // The same array under two names is one.
    let first = found.iter().copied().find(|one| depth(one) == least).unwrap_or(found[0]);
    let others: Vec<&Named<'_>> = found.iter().copied().filter(|one| one.at != first.at).collect();
    let values = |archive: &mut Archive, at: usize| archive.values(at).map_err(|why| (why, Remedy::None));
    let own = values(archive, first.at)?;
    for other in others {
        if other.entry.shape != first.entry.shape || values(archive, other.at)? != own {
            return Err((
                format!("several machines could be meant: {}", listed(found.iter().map(|one| one.entry))),
                Remedy::Several,
            ));
        }
    }
    Ok(first)
}

/// The arrays beside W.
struct Parts<'b, 'a> {
    visible: Option<&'b Named<'a>>,
    hidden: Option<&'b Named<'a>>,
    visible_offset: Option<&'b Named<'a>>,
    hidden_offset: Option<&'b Named<'a>>,
    beta: Option<&'b Named<'a>>,
    /// What was recognised by letters.
    note: Option<&'static str>,
}

impl<'b, 'a> Parts<'b, 'a> {
    fn find(set: &[&'b Named<'a>], w: &Named<'a>, reading: &Reading) -> Result<Self, Fault> {
        let asked = |name: &Option<String>, remedy: Remedy| -> Result<Option<&'b Named<'a>>, Fault> {
            let Some(name) = name else { return Ok(None) };
            let found = set.iter().copied().find(|one| one.entry.name == *name && one.at != w.at);
            let has = || listed(set.iter().map(|one| one.entry));
            found
                .map(Some)
                .ok_or_else(|| (format!("no array {name} beside {}; it has {}", w.entry.name, has()), remedy))
        };
        let momenta = momenta(set);
        let ignored = |one: &Named<'_>| {
            reading.ignore.contains(&one.entry.name) || of_training(&one.entry.name) || momenta.contains(&one.at)
        };
        // Beside W, then at the place nearest to it.
        let home = folder(&w.entry.name);
        let find = |wanted: Role| -> Option<&'b Named<'a>> {
            let of_role = |one: &&&'b Named<'a>| {
                // A W without a number has no numbered biases: b1 and b2 are asked about.
                let numbered = one.update == w.update || (w.update.is_some() && one.update.is_none());
                let named = [&reading.visible_bias, &reading.hidden_bias].contains(&&Some(one.entry.name.clone()));
                // One number of Adam is beta1, and no inverse temperature.
                let beta = wanted == Role::Beta && stem(&one.entry.name).1.is_some();
                role(&one.stem) == Some(wanted) && one.at != w.at && !ignored(one) && numbered && !named && !beta
            };
            let mut found: Vec<&'b Named<'a>> = set.iter().filter(of_role).copied().collect();
            let near = |one: &&'b Named<'a>| {
                let place = folder(&one.entry.name);
                (one.update != w.update, place != home, !home.starts_with(place), one.entry.name.len())
            };
            found.sort_by_key(near);
            found.first().copied().filter(|one| {
                let place = folder(&one.entry.name);
                place == home || home.starts_with(place) || place.is_empty()
            })
        };
        let one = |letter: &str| {
            let beside = |name: &str| name.strip_prefix(home) == Some(letter);
            set.iter().copied().find(|one| beside(&one.entry.name) && !ignored(one))
        };
        let mut visible = asked(&reading.visible_bias, Remedy::NameVisibleBias)?;
        let mut hidden = asked(&reading.hidden_bias, Remedy::NameHiddenBias)?;
        let open = visible.is_none() && hidden.is_none();
        visible = visible.or_else(|| find(Role::VisibleBias));
        hidden = hidden.or_else(|| find(Role::HiddenBias));
        let mut note = None;
        if open {
            // Hinton's notation and that of the deep-learning tutorials: b visible, c hidden.
            if let (None, Some(b), Some(c)) = (visible, one("b"), one("c")) {
                (visible, hidden) = (Some(b), Some(c));
                note = Some("biases named b and c: taken as visible and hidden");
            }
            // lzhbrian/MCMC: parameter_a hidden, parameter_b visible.
            let own = |stem: &str| set.iter().copied().find(|one| one.stem == stem);
            if let (Some(a), Some(b)) = (own("parameter_a"), own("parameter_b"))
                && !ignored(a)
                && !ignored(b)
            {
                (visible, hidden) = (Some(b), Some(a));
                note = Some("parameter_a and parameter_b: taken as hidden and visible biases, as their author does");
            }
            // Keras, Flax and PyTorch: the bias beside the kernel is that of its outputs.
            if hidden.is_none() && matches!(w.stem.as_str(), "kernel" | "weight") {
                let beside = |one: &&Named<'_>| one.stem == "bias" && folder(&one.entry.name) == home && !ignored(one);
                hidden = set.iter().copied().find(beside);
            }
        }
        let (visible_offset, hidden_offset) = (find(Role::VisibleOffset), find(Role::HiddenOffset));
        let unit = |scale: Option<&'b Named<'a>>| scale.map(|one| one.entry.name.clone());
        if let Some(name) = unit(find(Role::VisibleScale)).or(unit(find(Role::HiddenScale))) {
            let why = format!("{name}: scales of units, whose energy is not known for this file");
            return Err((why, Remedy::Ignore(vec![name])));
        }
        Ok(Self {
            note,
            visible,
            hidden,
            visible_offset,
            hidden_offset,
            beta: find(Role::Beta).filter(|one| length(&one.entry.shape).is_none_or(|n| n == 1)),
        })
    }

    /// Refuses an update that lacks biases which other updates have: its writing was interrupted.
    fn whole(&self, within: &[Named<'_>], w: &Named<'_>) -> Result<(), Fault> {
        let Some(update) = w.update else { return Ok(()) };
        for (what, one, wanted) in
            [("visible", self.visible, Role::VisibleBias), ("hidden", self.hidden, Role::HiddenBias)]
        {
            let other = |other: &&Named<'_>| {
                let number = other.update.filter(|number| *number != update);
                role(&other.stem) == Some(wanted)
                    && number.is_some_and(|n| within.iter().any(|w| w.update == Some(n) && is_weights(w)))
            };
            if let (None, Some(other)) = (one, within.iter().find(other)) {
                let why = format!("update {update} lacks {what} biases, which others have ({})", other.entry.name);
                return Err((why, Remedy::Update));
            }
        }
        Ok(())
    }

    fn all(&self) -> impl Iterator<Item = &'b Named<'a>> + use<'b, 'a> {
        [self.visible, self.hidden, self.visible_offset, self.hidden_offset, self.beta].into_iter().flatten()
    }

    fn biased(&self) -> bool {
        self.visible.is_some() || self.hidden.is_some()
    }

    /// Whether the biases have one value per unit of n visible and m hidden ones.
    fn fits(&self, n: usize, m: usize) -> bool {
        let is = |one: Option<&Named<'_>>, units: usize| one.is_none_or(|one| length(&one.entry.shape) == Some(units));
        is(self.visible, n) && is(self.hidden, m)
    }

    fn fit(&self, (n, m): (usize, usize), entries: &[Entry]) -> Result<(), Fault> {
        let parts = [
            ("visible biases", self.visible, n),
            ("hidden biases", self.hidden, m),
            ("visible offsets", self.visible_offset, n),
            ("hidden offsets", self.hidden_offset, m),
        ];
        for (what, one, units) in parts {
            if let Some(one) = one.filter(|one| length(&one.entry.shape) != Some(units)) {
                let why = format!(
                    "{} has shape {:?} where the {what} of {n} visible and {m} hidden units need {units} values; it has {}",
                    one.entry.name,
                    one.entry.shape,
                    listed(entries)
                );
                return Err((why, Remedy::Arrays));
            }
        }
        Ok(())
    }
}

/// Whether the stored W has hidden units as rows.
fn turned(
    w: &Named<'_>,
    (rows, columns): (usize, usize),
    symmetric: bool,
    parts: &Parts<'_, '_>,
    reading: &Reading,
    notes: &mut Vec<String>,
) -> Result<bool, Fault> {
    if let Some(transposed) = reading.transposed {
        return Ok(transposed);
    }
    let name = &w.entry.name;
    let by_name = order(&w.stem);
    match (parts.fits(rows, columns), parts.fits(columns, rows)) {
        (true, false) => Ok(false),
        (false, true) => {
            let letters = [(parts.visible, "a"), (parts.hidden, "b")];
            let letters = letters.iter().any(|(one, letter)| one.is_some_and(|one| one.entry.name == *letter));
            let named = reading.visible_bias.is_some() || reading.hidden_bias.is_some();
            if letters && !named && reading.layers == Layers::Ask {
                let why = format!(
                    "{name} is {rows} x {columns}, and a and b have the lengths of its columns and rows: either a holds the hidden biases, or the rows of {name} are hidden units"
                );
                return Err((why, Remedy::Letters));
            }
            // Rows of a kernel are the inputs of its layer, whoever wrote it.
            if let Some(bias) = parts.hidden.filter(|one| one.stem == "bias" && !named && by_name == Some(false)) {
                let why = format!(
                    "{name} is {rows} x {columns}, inputs by outputs, and {} has one value per input",
                    bias.entry.name
                );
                return Err((why, Remedy::Left(vec![(bias.entry.name.clone(), Could::Visible)])));
            }
            notes.push(format!("{name} is stored {rows} x {columns}, hidden by visible: transposed"));
            if letters && !named {
                notes.push(format!(
                    "that follows from the lengths of a and b; if a holds the hidden biases, the layers are exchanged, with the same ln Z ({rows} visible x {columns} hidden)"
                ));
            }
            Ok(true)
        }
        (false, false) => Ok(by_name.unwrap_or(false)), // refused by the lengths
        (true, true) => match by_name {
            Some(transposed) => {
                if transposed {
                    notes.push(format!("{name} is stored {rows} x {columns}, hidden by visible: transposed"));
                }
                Ok(transposed)
            }
            None if symmetric => Ok(false),
            None if !parts.biased()
                && parts.visible_offset.is_none()
                && parts.hidden_offset.is_none()
                && (rows != columns || reading.layers == Layers::Either) =>
            {
                if rows != columns {
                    notes.push(format!(
                        "no bias tells the layers apart: {name} read as {rows} visible x {columns} hidden"
                    ));
                }
                Ok(false)
            }
            None => {
                let why = format!("{name} is {rows} x {columns} and nothing in the file tells rows from columns");
                Err((why, Remedy::Orientation))
            }
        },
    }
}
