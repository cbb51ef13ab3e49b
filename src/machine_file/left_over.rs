//! Arrays that are not used although they could be parameters.

use super::choose::{Named, listed};
use super::names::{Role, folder, of_labels, of_training, role};
use super::{Fault, Reading, Remedy};
use crate::arrays::{Archive, Entry};

/// Momenta of DeepLearnToolbox, which stand beside W, b and c as vW, vb and vc.
pub(super) fn momenta(set: &[&Named<'_>]) -> Vec<usize> {
    let beside = |home: &str, stem: &str| set.iter().any(|one| one.stem == stem && folder(&one.entry.name) == home);
    let home = set.iter().find(|one| one.stem == "vw").map(|one| folder(&one.entry.name));
    let home = home.filter(|home| ["b", "c", "vb", "vc"].iter().all(|stem| beside(home, stem)));
    let is =
        |one: &&&Named<'_>| home == Some(folder(&one.entry.name)) && ["vw", "vb", "vc"].contains(&one.stem.as_str());
    set.iter().filter(is).map(|one| one.at).collect()
}

/// Refuses a machine whose labels are units of their own.
pub(super) fn no_labels(
    set: &[&Named<'_>],
    chosen: &[usize],
    units: (usize, usize),
    reading: &Reading,
) -> Result<(), Fault> {
    let open = |one: &&&Named<'_>| {
        !chosen.contains(&one.at) && !reading.ignore.contains(&one.entry.name) && !of_training(&one.entry.name)
    };
    let open: Vec<&Named<'_>> = set.iter().filter(open).copied().collect();
    let arrays: Vec<(&str, &[usize])> = open.iter().map(|one| (one.stem.as_str(), &one.entry.shape[..])).collect();
    let labels = of_labels(units, &arrays);
    let found: Vec<&Entry> = open.iter().zip(labels).filter(|(_, is)| *is).map(|(one, _)| one.entry).collect();
    if found.is_empty() {
        return Ok(());
    }
    let why = format!(
        "{}: parameters of labels, in a class RBM, which is not read; without them it is another machine",
        listed(found.iter().copied())
    );
    Err((why, Remedy::Ignore(found.iter().map(|entry| entry.name.clone()).collect())))
}

/// Refuses to leave out what could be a parameter: an array of as many values as there are units in
/// a layer or in both, or pairs of units, or whose name is one of a parameter or says bias.
pub(super) fn nothing_left<'a>(
    archive: &mut Archive,
    set: &[&Named<'a>],
    chosen: &[usize],
    (n, m): (usize, usize),
    reading: &Reading,
) -> Result<(), Vec<&'a Entry>> {
    let momenta = momenta(set);
    let harmless = |one: &Named<'_>| {
        chosen.contains(&one.at)
            || reading.ignore.contains(&one.entry.name)
            || of_training(&one.entry.name)
            || momenta.contains(&one.at)
    };
    let could_be = |one: &&&Named<'_>| {
        let shape = &one.entry.shape;
        // A count beyond all numbers is that of no parameter.
        let count = one.entry.count().unwrap_or(0);
        let units = !shape.is_empty() && (count > 1 || n == 1 || m == 1) && [n, m, n + m].contains(&count);
        let pairs = [[n, m], [m, n], [n, n], [m, m]].iter().any(|pair| shape[..] == pair[..]);
        let bias = one.stem.contains("bias") && !shape.is_empty();
        let known = bias || role(&one.stem).is_some_and(|role| role != Role::Weights || !shape.is_empty());
        !harmless(one) && (units || pairs || known)
    };
    let mut left = Vec::new();
    for one in set.iter().filter(could_be) {
        // The same array under a second name is no other one.
        let same = |other: &&&Named<'_>| {
            chosen.contains(&other.at) && role(&other.stem) == role(&one.stem) && other.entry.shape == one.entry.shape
        };
        let mut double = false;
        for other in set.iter().filter(same) {
            double |= archive.values(one.at).is_ok_and(|own| archive.values(other.at) == Ok(own));
        }
        if !double {
            left.push(one.entry);
        }
    }
    if left.is_empty() { Ok(()) } else { Err(left) }
}
