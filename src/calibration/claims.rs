//! Error rates of the claims: every check and falsifier over many root seeds.

use crate::claim::{CheckError, Dossier, Theorem, Verdict, conclude};
use crate::evidence::{Evidence, Judge, Measurement, Outcome};
use crate::figure::{Axis, Figure, Panel, Role, Series};
use crate::lab::{self, Lab};
use crate::runner;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};
use statrs::statistics::{Data, Median};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// What one root seed gave. Keys are `T01/tall` for regimes and `T01/tall/lambda-squared` for falsifiers and controls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeedOutcome {
    /// The root seed.
    pub seed: u64,
    /// Which program, sizes and data, and claims, by [`made_by`].
    pub made_by: String,
    /// Whether machines were trained; without, what needs them is left out.
    pub training: bool,
    /// Wall time in seconds, divided by the number of seeds that ran at once.
    pub seconds: f64,
    /// Whether each regime, as stated, came out with the verdict that theory expects, whatever its falsifiers did.
    pub as_expected: BTreeMap<String, bool>,
    /// Whether each falsifier was refuted.
    pub refuted: BTreeMap<String, bool>,
    /// Whether each positive control held.
    pub held: BTreeMap<String, bool>,
    /// Where what should pass stood; what is decided by a derivation alone is left out.
    #[serde(default)]
    pub should_pass: BTreeMap<String, Stand>,
    /// Where what should fail stood.
    #[serde(default)]
    pub should_fail: BTreeMap<String, Stand>,
    /// Digits that stand for every measurement of regimes, falsifiers and controls: names, outcomes, bounds, p-values and limits to three
    /// digits. Empty where nothing was measured.
    #[serde(default)]
    pub seen: String,
}

/// Where evidence stands between agreeing and contradicting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stand {
    /// 1 at the line: of what should pass the share of its bound that the worst check uses up, of what should fail how many bounds the
    /// clearest check is off, or the least clear where all must fail; a p-value stands at ln p over ln α. Between 1e-9 and 1e9.
    #[serde(serialize_with = "short")]
    pub reach: f64,
    /// Chance of a wrong decision that has nothing to do with where the evidence stands: the levels of tests of what should pass.
    #[serde(default, skip_serializing_if = "is_default", serialize_with = "short")]
    pub spent: f64,
    /// Whether every check must be decided rightly, or any one suffices.
    #[serde(default, skip_serializing_if = "is_default")]
    pub all: bool,
    /// If all must be right, by eight digits that stand for the name of the check: those with a standard error and those that are wrong. If
    /// one suffices, the clearest in standard errors, none where it is ample.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rooms: BTreeMap<String, Room>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Three significant digits.
fn rounded(x: f64) -> f64 {
    format!("{x:.2e}").parse().unwrap_or(x)
}

fn short<S: serde::Serializer>(x: &f64, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(rounded(*x))
}

/// Between limit and line.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "(f64, f64)", into = "(f64, f64)")]
pub struct Room {
    /// Distance to the line, negative on the wrong side, in units that seeds share: the bound of what should be equal, one standard error
    /// of a p-value.
    pub gap: f64,
    /// Standard error in the same units; 0 for what is judged without one (rounding, truncation, tests that should pass).
    pub error: f64,
}

impl From<(f64, f64)> for Room {
    fn from((gap, error): (f64, f64)) -> Self {
        Self { gap, error }
    }
}

impl From<Room> for (f64, f64) {
    fn from(room: Room) -> Self {
        (rounded(room.gap), rounded(room.error))
    }
}

impl Room {
    /// Decided rightly or not, and nothing in between.
    fn exact(right: bool) -> Self {
        Self { gap: if right { 1.0 } else { -1.0 }, error: 0.0 }
    }

    /// In standard errors, within those that are ample.
    fn units(&self) -> f64 {
        if self.error > 0.0 { (self.gap / self.error).clamp(-AMPLE, AMPLE) } else { AMPLE.copysign(self.gap) }
    }
}

/// Room in standard errors beyond which nothing is ever decided wrongly; what lies beyond counts as this much.
const AMPLE: f64 = 20.0;

/// Key of the room of the clearest check.
const CLEAREST: &str = "clearest";

impl Stand {
    /// None without measurements.
    pub fn of(evidence: &Evidence, should_pass: bool) -> Option<Self> {
        let all = should_pass;
        let stands: Vec<(f64, Room)> = evidence.measurements.iter().map(|m| reach_and_room(m, should_pass)).collect();
        let reaches = stands.iter().map(|stand| stand.0);
        let reach = if should_pass || !all { reaches.reduce(f64::max)? } else { reaches.reduce(f64::min)? };
        if !all {
            let clearest = stands.iter().map(|stand| stand.1.units()).fold(-AMPLE, f64::max);
            let rooms = (clearest < AMPLE).then(|| (CLEAREST.to_string(), Room { gap: clearest, error: 1.0 }));
            return Some(Self { reach, spent: 0.0, all, rooms: rooms.into_iter().collect() });
        }
        let mut rooms = BTreeMap::new();
        for (m, (_, room)) in evidence.measurements.iter().zip(&stands) {
            if room.error == 0.0 && room.gap > 0.0 {
                continue;
            }
            let digits = |copy: usize| -> String {
                let key = lab::key(0, &[&m.name, &copy.to_string()]);
                key[..4].iter().map(|byte| format!("{byte:02x}")).collect()
            };
            // Two checks may share a name.
            let free = (0..).map(digits).find(|name| !rooms.contains_key(name));
            rooms.extend(free.map(|name| (name, *room)));
        }
        let level = |m: &Measurement| match m.judge {
            Judge::Statistical { alpha, .. } if should_pass => alpha,
            _ => 0.0,
        };
        Some(Self { reach, spent: evidence.measurements.iter().map(level).sum(), all, rooms })
    }
}

/// [`Stand::reach`] and room of one measurement.
fn reach_and_room(m: &Measurement, should_pass: bool) -> (f64, Room) {
    let quantile = |tail: f64| -Normal::standard().inverse_cdf(tail);
    let right = if should_pass { Outcome::Pass } else { Outcome::Fail };
    let exact = Room::exact(m.outcome() == right);
    // A limit that is no finite number counts as the judge has it; a finite one of endless width decides nothing.
    let room = |gap: f64, error: f64| match error.is_finite() {
        _ if !gap.is_finite() => exact,
        false => Room::exact(false),
        true if error > 0.0 => Room { gap, error },
        true => Room::exact(gap > 0.0),
    };
    let off = (m.observed - m.predicted).abs();
    let (reach, room) = match &m.judge {
        Judge::Rounding { .. } => (if off == 0.0 { 0.0 } else { off / m.bound() }, exact),
        Judge::Truncation { order, measured_order, bound, .. } => {
            // The order alone can fail a check.
            let by_order = (order - 0.5) / measured_order.max(0.0);
            (if off == 0.0 && *measured_order > order - 0.5 { 0.0 } else { (off / bound).max(by_order) }, exact)
        }
        Judge::Statistical { p_value, alpha, .. } => {
            let reach = p_value.ln() / alpha.ln();
            let beyond = quantile(p_value.max(1e-300) / 2.0) - quantile(alpha / 2.0);
            // What should pass has a p-value without preference: its level is spent, and nothing else while it passes.
            (reach, if should_pass || p_value.is_nan() { exact } else { room(beyond, 1.0) })
        }
        Judge::Equivalence { discrepancy, bound, .. } => {
            let units = quantile(discrepancy.miss().unwrap_or(0.0) / 2.0);
            // An interval that holds the target was folded there: of half its width, between half of the upper limit and all of it, is what
            // the limit lies above the value.
            let width = match discrepancy.low > 0.0 {
                true => (discrepancy.high - discrepancy.low) / 2.0,
                // Not f64::clamp, which panics where an interval lies below 0.
                false => (discrepancy.high - off).max(discrepancy.high / 2.0).min(discrepancy.high),
            };
            let error = if units.is_finite() { width / units / bound } else { 0.0 };
            match should_pass {
                true => (discrepancy.high / bound, room(1.0 - discrepancy.high / bound, error)),
                false => (discrepancy.low / bound, room(discrepancy.low / bound - 1.0, error)),
            }
        }
        Judge::Effect { effect, at_least, .. } => {
            let units = quantile(effect.miss().unwrap_or(0.0) / 2.0);
            let error = if units.is_finite() { (effect.high - effect.low) / 2.0 / units } else { 0.0 };
            let (limit, beyond) = match should_pass {
                true => (effect.low, effect.low - at_least),
                false => (effect.high, at_least - effect.high),
            };
            // On a scale where the line is 1 whatever its sign: shifted by what is asserted and the width.
            let scale = (effect.high - effect.low).abs().max(at_least.abs()).max(f64::MIN_POSITIVE);
            ((-(limit - at_least) / scale).exp(), room(beyond, error))
        }
    };
    // Not a number fails, and so does what is not finite where the judge says so.
    let reach =
        if reach.is_nan() || (!off.is_finite() && m.p_value().is_none()) { 1e9 } else { reach.clamp(1e-9, 1e9) };
    (reach, room)
}

/// The words of [`SeedOutcome::made_by`].
pub fn made_by(program: &str, sizes: &str, claims: &[&str]) -> String {
    format!("{program} {sizes} {}", claims.join(" "))
}

/// Of a claim that `now` has no outcome of: one of the last program that has measured some at these sizes, with trained machines, if
/// `training` allows it, where there is one.
pub fn last_of_another<'a>(
    outcomes: &'a [SeedOutcome],
    sizes: &str,
    claim: &str,
    now: &str,
    training: bool,
) -> Option<&'a SeedOutcome> {
    if outcomes.iter().any(|one| one.program_of(sizes, claim) == Some(now)) {
        return None;
    }
    let measured = |one: &&SeedOutcome| !one.seen.is_empty() && (training || !one.training);
    let last = outcomes.iter().rev().filter(measured).find_map(|one| one.program_of(sizes, claim))?;
    let mut its = outcomes.iter().filter(measured).filter(|one| one.program_of(sizes, claim) == Some(last));
    let first = its.clone().next()?;
    Some(its.find(|one| one.training).unwrap_or(first))
}

/// The last program of these outcomes of a claim that saw what `again` saw, at its seed and with its training.
pub fn program_that_saw<'a>(
    outcomes: &'a [SeedOutcome],
    sizes: &str,
    claim: &str,
    again: &SeedOutcome,
) -> Option<&'a str> {
    let same = |one: &SeedOutcome| one.seed == again.seed && one.training == again.training && one.agrees(again);
    outcomes.iter().rev().filter(|one| same(one)).find_map(|one| one.program_of(sizes, claim))
}

/// Of all outcomes at these sizes those of every claim's last program, one outcome a claim and seed, with trained machines where there is
/// one. `now` is the last program of the claims it has outcomes of; of others the one that comes last.
pub fn latest(outcomes: &[SeedOutcome], sizes: &str, now: &str) -> Vec<SeedOutcome> {
    let split = |one: &SeedOutcome| -> Option<(String, Vec<String>)> {
        let (program, rest) = one.made_by.split_once(' ')?;
        let claims = rest.strip_prefix(sizes)?.strip_prefix(' ')?;
        Some((program.into(), claims.split(' ').map(String::from).collect()))
    };
    let mut last: BTreeMap<String, String> = BTreeMap::new();
    for (program, claims) in outcomes.iter().filter_map(split) {
        for claim in claims {
            if last.get(&claim).is_none_or(|kept| kept != now) {
                last.insert(claim, program.clone());
            }
        }
    }
    let mut chosen: BTreeMap<(String, u64), SeedOutcome> = BTreeMap::new();
    for one in outcomes {
        let Some((program, claims)) = split(one) else { continue };
        for claim in claims.into_iter().filter(|claim| last.get(claim) == Some(&program)) {
            let key = (claim.clone(), one.seed);
            if one.training || !chosen.contains_key(&key) {
                chosen.insert(key, one.restricted(&claim, made_by(&program, sizes, &[&claim])));
            }
        }
    }
    chosen.into_values().collect()
}

impl SeedOutcome {
    fn restricted(&self, claim: &str, made_by: String) -> Self {
        fn of<T: Clone>(map: &BTreeMap<String, T>, claim: &str) -> BTreeMap<String, T> {
            let same = |key: &&String| key.split('/').next() == Some(claim);
            map.iter().filter(|(key, _)| same(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
        }
        let claims = self.as_expected.keys().filter_map(|key| key.split('/').next()).collect::<BTreeSet<_>>().len();
        Self {
            seed: self.seed,
            made_by,
            training: self.training,
            seconds: self.seconds / claims.max(1) as f64,
            as_expected: of(&self.as_expected, claim),
            refuted: of(&self.refuted, claim),
            held: of(&self.held, claim),
            should_pass: of(&self.should_pass, claim),
            should_fail: of(&self.should_fail, claim),
            seen: self.seen.clone(),
        }
    }

    /// Whether both measured the same, to the digits of [`SeedOutcome::seen`], and came to the same verdicts.
    fn agrees(&self, other: &Self) -> bool {
        let verdicts = (&self.as_expected, &self.refuted, &self.held);
        !self.seen.is_empty()
            && self.seen == other.seen
            && verdicts == (&other.as_expected, &other.refuted, &other.held)
    }

    /// The program of an outcome of this claim alone.
    pub fn program_of(&self, sizes: &str, claim: &str) -> Option<&str> {
        self.made_by.strip_suffix(claim)?.strip_suffix(' ')?.strip_suffix(sizes)?.strip_suffix(' ')
    }

    /// Regimes with another verdict than the expected one, and controls that did not hold.
    pub fn false_alarms(&self) -> Vec<&str> {
        self.as_expected.iter().chain(&self.held).filter(|(_, right)| !**right).map(|(key, _)| key.as_str()).collect()
    }
}

/// Runs all regimes, falsifiers and controls of a claim.
///
/// # Errors
/// When a check could not run.
pub fn try_seed(
    theorem: &dyn Theorem,
    lab: &Lab,
    seed: u64,
    training: bool,
    made_by: &str,
) -> Result<SeedOutcome, CheckError> {
    let start = std::time::Instant::now();
    let dossier = runner::check(theorem, lab);
    if let Some(why) = dossier.invalid() {
        return Err(CheckError::Input(why));
    }
    let mut outcome = SeedOutcome {
        seed,
        made_by: made_by.into(),
        training,
        seconds: 0.0,
        as_expected: BTreeMap::new(),
        refuted: BTreeMap::new(),
        held: BTreeMap::new(),
        should_pass: BTreeMap::new(),
        should_fail: BTreeMap::new(),
        seen: String::new(),
    };
    record(&dossier, &mut outcome);
    outcome.seconds = start.elapsed().as_secs_f64();
    Ok(outcome)
}

/// [`SeedOutcome::seen`]. What rounding and truncation leave is no number to be reproduced.
fn seen(dossier: &Dossier) -> String {
    let mut all = String::new();
    for regime in &dossier.regimes {
        let trials = regime.falsifiers.iter().chain(&regime.controls).map(|trial| (trial.id, &trial.evidence));
        for (of, evidence) in std::iter::once((regime.regime.id, &regime.evidence)).chain(trials) {
            for m in &evidence.measurements {
                let numbers = match &m.judge {
                    Judge::Rounding { .. } | Judge::Truncation { .. } => Vec::new(),
                    Judge::Statistical { p_value, alpha, .. } => vec![*p_value, *alpha],
                    Judge::Equivalence { discrepancy, bound, .. } => vec![discrepancy.low, discrepancy.high, *bound],
                    Judge::Effect { effect, at_least, .. } => vec![effect.low, effect.high, *at_least],
                };
                // Writing to a string cannot fail.
                let _ = writeln!(
                    all,
                    "{of} {} {:?} {:?}",
                    m.name,
                    m.outcome(),
                    numbers.into_iter().map(rounded).collect::<Vec<_>>()
                );
            }
        }
    }
    if all.is_empty() { all } else { lab::key(0, &[&all])[..6].iter().map(|byte| format!("{byte:02x}")).collect() }
}

fn record(dossier: &Dossier, outcome: &mut SeedOutcome) {
    outcome.seen = seen(dossier);
    for regime in &dossier.regimes {
        let key = format!("{}/{}", dossier.statement.id, regime.regime.id);
        let verdict = if regime.derivation.holds() { conclude(&regime.evidence) } else { Verdict::Refuted };
        let as_expected =
            verdict == regime.regime.expected && regime.derivation.holds() && regime.surprises().next().is_none();
        outcome.as_expected.insert(key.clone(), as_expected);
        let mut stands = |key: String, evidence: &Evidence, should_pass: bool| {
            let side = if should_pass { &mut outcome.should_pass } else { &mut outcome.should_fail };
            side.extend(Stand::of(evidence, should_pass).map(|stand| (key, stand)));
        };
        stands(key.clone(), &regime.evidence, regime.regime.expected == Verdict::Holds);
        for trial in &regime.falsifiers {
            stands(format!("{key}/{}", trial.id), &trial.evidence, false);
        }
        for trial in &regime.controls {
            stands(format!("{key}/{}", trial.id), &trial.evidence, true);
        }
        for trial in &regime.falsifiers {
            outcome.refuted.insert(format!("{key}/{}", trial.id), trial.verdict == Verdict::Refuted);
        }
        for trial in &regime.controls {
            outcome.held.insert(format!("{key}/{}", trial.id), trial.verdict == Verdict::Holds);
        }
    }
}

/// Most seeds with a false alarm, of 200: at a true rate of 1e-4 a seed more than 4 have probability 3e-11.
const MOST_ALARMS: f64 = 4.0 / 200.0;

/// Fewest seeds in which a falsifier is refuted, of 200.
const LEAST_REFUTED: f64 = 197.0 / 200.0;

/// Seeds from which on the scatter of a gap is taken from the gaps alone: a half-width over the normal quantile overstates the standard error
/// of what has few degrees of freedom.
const FEW: usize = 10;

/// Seeds from which on the chances of the single seeds are averaged where one check suffices: the clearest of several has no normal law, and
/// the average sees a chance of one in ten thousand through the seeds that come near.
const MANY: usize = 100;

/// What every regime and falsifier is designed for.
const DESIGN_POWER: f64 = 0.9999;

/// Law of the gap of one check over seeds.
struct Scatter {
    count: f64,
    centre: f64,
    /// Standard deviation.
    spread: f64,
}

impl Scatter {
    /// Of `few`, the spread is at least the mean standard error.
    fn of(rooms: &[Room], few: bool) -> Self {
        let count = rooms.len() as f64;
        let mean = |of: fn(&Room) -> f64| rooms.iter().map(of).sum::<f64>() / count;
        let (centre, error) = (mean(|room| room.gap), mean(|room| room.error));
        let squares = rooms.iter().map(|room| (room.gap - centre).powi(2)).sum::<f64>();
        let spread = (squares / (count - 1.0).max(1.0)).sqrt();
        Self { count, centre, spread: if few { spread.max(error) } else { spread } }
    }

    /// Chance that another seed has a smaller gap than this one.
    fn below(&self, gap: f64) -> f64 {
        if self.spread == 0.0 {
            return if gap < self.centre { 0.0 } else { 1.0 }; // a count that is the same in every seed
        }
        // The mean is off by the spread over √count.
        let units = (self.centre - gap) / (self.spread * (1.0 + 1.0 / self.count).sqrt());
        // One seed has no spread: as heavy a tail as two have.
        let student = StudentsT::new(0.0, 1.0, (self.count - 1.0).max(1.0)).ok().filter(|_| units.is_finite());
        student.map_or(1.0, |law| law.cdf(-units))
    }
}

/// Where one regime, falsifier or control stood over the seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// `T01/tall`, `T01/tall/lambda-squared`.
    pub key: String,
    /// True where the evidence should pass.
    pub should_pass: bool,
    /// [`Stand::reach`] in the seed that came nearest to the other decision.
    pub nearest: f64,
    /// Chance that another seed decides rightly: the gap of every check to its line scatters as Student's t does with the mean and standard
    /// deviation that it has over the seeds that have it (of fewer than ten, at least their mean standard error). The chance to be wrong
    /// is no smaller than the share of seeds that decided wrongly, nor than that of a seed so near that the others do not lead to expect it,
    /// over their number. Where all checks must be right their chances to be wrong add up, else only the clearest of every seed counts, in
    /// its own standard errors; of a hundred seeds or more the normal chances of the single seeds are averaged.
    pub power: f64,
}

impl Place {
    /// `stands`: whether the seed trained machines, and where it stood; `right`: share of seeds decided rightly.
    fn of(key: &str, should_pass: bool, stands: &[(bool, &Stand)], right: f64) -> Self {
        let reaches = stands.iter().map(|(_, stand)| stand.reach);
        let nearest = if should_pass { reaches.fold(0.0, f64::max) } else { reaches.fold(f64::INFINITY, f64::min) };
        let all = should_pass || stands.iter().any(|(_, stand)| stand.all);
        let mut checks: BTreeSet<&str> =
            stands.iter().flat_map(|(_, stand)| stand.rooms.keys().map(String::as_str)).collect();
        let ample = Room { gap: AMPLE, error: 1.0 };
        if !all {
            checks.insert(CLEAREST); // of every seed
        }
        // Of the seeds that train and of those that do not, whichever has more: a check of trained machines is not thinned out.
        let share = |pick: &dyn Fn(&Stand) -> bool| -> f64 {
            let of = |training: bool| {
                let group = stands.iter().filter(|(trained, _)| *trained == training);
                let picked = group.clone().filter(|(_, stand)| pick(stand)).count();
                picked as f64 / group.count().max(1) as f64
            };
            of(true).max(of(false))
        };
        let chance = |check: &str| {
            let clear = |room: Room| if all { room } else { Room { gap: room.units(), error: 1.0 } };
            let room = |stand: &Stand| stand.rooms.get(check).copied().map(clear).or((!all).then_some(ample));
            let failed = share(&|stand| room(stand).is_some_and(|room| room.gap <= 0.0));
            let judged: Vec<Room> =
                stands.iter().filter_map(|one| room(one.1)).filter(|room| room.error > 0.0).collect();
            if judged.is_empty() {
                return failed;
            }
            let normal = |units: f64| 0.5 * libm::erfc(units / 2f64.sqrt());
            if !all && judged.len() >= MANY {
                return failed.max(judged.iter().map(|room| normal(room.gap)).sum::<f64>() / judged.len() as f64);
            }
            let few = judged.len() < FEW;
            let scatter = Scatter::of(&judged, few);
            // A seed that the others do not lead to expect, at 1 %, counts by itself.
            let (count, nearest) = (judged.len() as f64, judged.iter().copied().min_by(|a, b| a.gap.total_cmp(&b.gap)));
            let alone = nearest.filter(|nearest| {
                let others: Vec<Room> = judged.iter().copied().filter(|room| room != nearest).collect();
                others.len() >= 2 && count * Scatter::of(&others, few).below(nearest.gap) < 0.01
            });
            let closest = alone.map_or(0.0, |room| normal(room.gap / room.error) / count);
            let tail = scatter.below(0.0);
            let has = share(&|stand| room(stand).is_some());
            failed.max(has * tail.max(closest))
        };
        let wrong: f64 = checks.into_iter().map(chance).sum();
        let spent = stands.iter().map(|(_, stand)| stand.spent).fold(0.0, f64::max);
        Self { key: key.into(), should_pass, nearest, power: (1.0 - spent - wrong).clamp(0.0, right) }
    }

    /// ln of the distance to the line, from the right side; larger is nearer.
    fn nearness(&self) -> f64 {
        if self.should_pass { self.nearest.ln() } else { -self.nearest.ln() }
    }
}

/// What many seeds gave.
pub struct Summary {
    /// Seeds run of the claim that has least.
    pub seeds: usize,
    /// Seeds among them with trained machines, of the claim that has least.
    pub trained: usize,
    /// Every claim's own.
    pub claims: Vec<ClaimCount>,
    /// Seeds with any false alarm, and what it was.
    pub alarms: Vec<(u64, Vec<String>)>,
    /// (claim/regime, seeds, seeds with the expected verdict).
    pub regimes: Vec<(String, usize, usize)>,
    /// (claim/regime/control, seeds, seeds in which it held).
    pub controls: Vec<(String, usize, usize)>,
    /// (claim/regime/falsifier, seeds, seeds in which it was refuted).
    pub falsifiers: Vec<(String, usize, usize)>,
    /// Where everything stood.
    pub places: Vec<Place>,
    /// Seconds that one seed takes of the machine ([`SeedOutcome::seconds`]), median of every claim, summed.
    pub seconds: f64,
}

/// What one claim was tried on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClaimCount {
    /// `T01`.
    pub id: String,
    /// Seeds.
    pub seeds: usize,
    /// Seeds among them with trained machines.
    pub trained: usize,
    /// Seeds among them with any false alarm.
    pub alarms: usize,
    /// The program, by its hash.
    pub program: String,
    /// Seconds that one seed takes of the machine ([`SeedOutcome::seconds`]), median.
    pub seconds: f64,
}

impl Summary {
    /// Counts over outcomes.
    pub fn of(outcomes: &[SeedOutcome]) -> Self {
        let count = |pick: &dyn Fn(&SeedOutcome) -> &BTreeMap<String, bool>| {
            let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
            for (key, right) in outcomes.iter().flat_map(pick) {
                let entry = counts.entry(key.clone()).or_default();
                entry.0 += 1;
                entry.1 += usize::from(*right);
            }
            counts.into_iter().map(|(key, (all, right))| (key, all, right)).collect::<Vec<_>>()
        };
        let mut stands: BTreeMap<(&str, bool), Vec<(bool, &Stand)>> = BTreeMap::new();
        for outcome in outcomes {
            for (side, should_pass) in [(&outcome.should_pass, true), (&outcome.should_fail, false)] {
                side.iter().for_each(|(key, stand)| {
                    stands.entry((key, should_pass)).or_default().push((outcome.training, stand));
                });
            }
        }
        let mut alarms: BTreeMap<u64, Vec<String>> = BTreeMap::new();
        for one in outcomes {
            alarms.entry(one.seed).or_default().extend(one.false_alarms().into_iter().map(String::from));
        }
        let mut groups: BTreeMap<&str, Vec<&SeedOutcome>> = BTreeMap::new();
        for one in outcomes {
            groups.entry(one.made_by.rsplit(' ').next().unwrap_or_default()).or_default().push(one);
        }
        let counted = |(id, of): (&&str, &Vec<&SeedOutcome>)| ClaimCount {
            id: id.to_string(),
            seeds: of.len(),
            trained: of.iter().filter(|one| one.training).count(),
            alarms: of.iter().filter(|one| !one.false_alarms().is_empty()).count(),
            program: of[0].made_by.split(' ').next().unwrap_or_default().into(),
            // Sweeps run beside other work: a few seeds take many times as long.
            seconds: Data::new(of.iter().map(|one| one.seconds).collect::<Vec<f64>>()).median(),
        };
        let claims: Vec<ClaimCount> = groups.iter().map(counted).collect();
        let (regimes, controls) = (count(&|one| &one.as_expected), count(&|one| &one.held));
        let falsifiers = count(&|one| &one.refuted);
        let right = |key: &str| -> f64 {
            let of = regimes.iter().chain(&controls).chain(&falsifiers).find(|(name, _, _)| name == key);
            of.map_or(1.0, |(_, all, right)| *right as f64 / *all as f64)
        };
        let places = stands.iter().map(|(&(key, side), stands)| Place::of(key, side, stands, right(key))).collect();
        let least = |of: fn(&ClaimCount) -> usize| claims.iter().map(of).min().unwrap_or(0);
        Self {
            seeds: least(|claim| claim.seeds),
            trained: least(|claim| claim.trained),
            seconds: claims.iter().map(|claim| claim.seconds).sum(),
            alarms: alarms.into_iter().filter(|(_, alarms)| !alarms.is_empty()).collect(),
            regimes,
            controls,
            falsifiers,
            places,
            claims,
        }
    }

    /// Of the design powers the least, with its regime, falsifier or control; none where only derivations decided.
    pub fn least_power(&self) -> Option<(&str, f64)> {
        let of = self.places.iter().map(|place| (place.key.as_str(), place.power));
        of.min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// Of 200 seeds at most 4 with any false alarm, of all claims, of every one and of every regime and control, and every falsifier refuted
    /// in at least 197; each in proportion to the seeds it was tried on. Powers are estimates: they are printed, and decide nothing here.
    pub fn passes(&self) -> bool {
        let few = |alarms: usize, seeds: usize| alarms as f64 <= MOST_ALARMS * seeds as f64;
        let most = self.claims.iter().map(|claim| claim.seeds).max().unwrap_or(0);
        let alarms = few(self.alarms.len(), most)
            && self.claims.iter().all(|claim| few(claim.alarms, claim.seeds))
            && self.regimes.iter().chain(&self.controls).all(|&(_, all, right)| few(all - right, all));
        alarms && self.falsifiers.iter().all(|&(_, all, refuted)| refuted as f64 >= LEAST_REFUTED * all as f64)
    }

    /// The page: every claim's seeds, a table of regimes, and everything that went wrong by name. `catalogue`: all claims there are.
    pub fn page(&self, sizes: &str, catalogue: &[&str]) -> String {
        let mut page = String::new();
        // Writing to a string cannot fail.
        let _ = writeln!(
            page,
            "# Calibration of the claims\n\nMade by `rbm-landscape calibrate`, {sizes}; every claim stands as the last program left it that tried it (by the hash of its \
             file; another program goes on with its outcomes where it gives one of them again). Seeds with any false alarm (a regime with another verdict than theory expects, or a control that does not hold): {}. Falsifiers refuted in fewer than all \
             seeds: {}. Seeds without trained machines leave out what needs them: whole regimes, or single checks of a regime. \
             *One seed* is the median wall time, divided by the number of seeds that ran at once, on whatever machines made the lines.\n\n\
             | claim | seeds | with trained machines | with a false alarm | one seed | program |\n|---|---|---|---|---|---|",
            self.alarms.len(),
            self.falsifiers.iter().filter(|(_, all, refuted)| refuted < all).count()
        );
        for ClaimCount { id, seeds, trained, alarms, program, seconds } in &self.claims {
            let _ = writeln!(page, "| {id} | {seeds} | {trained} | {alarms} | {seconds:.0} s | {program} |");
        }
        let never: Vec<&str> =
            catalogue.iter().copied().filter(|id| self.claims.iter().all(|claim| claim.id != *id)).collect();
        if !never.is_empty() {
            let _ = writeln!(page, "\nNot tried yet: {}.", never.join(", "));
        }
        if !self.alarms.is_empty() {
            let _ = writeln!(page);
        }
        for (seed, alarms) in &self.alarms {
            let _ = writeln!(page, "- seed {seed}: {}", alarms.join(", "));
        }
        let weak: Vec<&str> =
            self.places.iter().filter(|place| place.power < DESIGN_POWER).map(|place| place.key.as_str()).collect();
        let _ = writeln!(
            page,
            "\n![Reach of every regime and falsifier](calibration.svg)\n\nHow clear the decisions are: *reach* is the share of its bound that the worst check of a regime uses up, 1 at the line \
             (a p-value stands at ln p over ln α); of what should be refuted, how many bounds the clearest check is off. *Power* is the chance of the right decision: the gap \
             between limit and line scatters as Student's t with the mean and the spread it has over these seeds (of fewer than ten, at least one standard error), and it is no more than the seeds decided wrongly, or one \
             so near that the others do not lead to expect it, allow; where several checks must agree, their chances to fail add up; where one suffices, the clearest of every seed counts, in its own standard errors (of a hundred seeds or more their normal chances are averaged). What is judged without a standard error counts as it was decided. – where no outcome records them. Least power: {}; below 1 − 1e-4: {}.\n\n\
             | claim / regime | seeds | as expected | reach, nearest | power | falsifiers | refuted, least often | reach, nearest | power |\n\
             |---|---|---|---|---|---|---|---|---|",
            self.least_power().map_or("–".into(), |(key, power)| format!("1 − {:.1e}, {key}", 1.0 - power)),
            if weak.is_empty() { "none".into() } else { weak.join(", ") }
        );
        for (regime, seeds, right) in &self.regimes {
            let of: Vec<_> =
                self.falsifiers.iter().filter(|(key, _, _)| key.starts_with(&format!("{regime}/"))).collect();
            let worst = of.iter().max_by_key(|(_, all, refuted)| all - refuted);
            let shown = worst.map_or("–".into(), |(_, all, refuted)| format!("{refuted} of {all}"));
            let of_regime: Vec<&Place> = self.places.iter().filter(|stand| stand.key == *regime).collect();
            let inputs: Vec<&Place> = self
                .places
                .iter()
                .filter(|stand| !stand.should_pass && stand.key.starts_with(&format!("{regime}/")))
                .collect();
            let (own, wrong) = (clearness(&of_regime), clearness(&inputs));
            let _ = writeln!(page, "| {regime} | {seeds} | {right} | {own} | {} | {shown} | {wrong} |", of.len());
        }
        let survivors: Vec<_> = self.falsifiers.iter().filter(|(_, all, refuted)| refuted < all).collect();
        if !survivors.is_empty() {
            let _ = writeln!(page, "\nFalsifiers that got through:\n");
            for (key, all, refuted) in survivors {
                let _ = writeln!(page, "- {key}: refuted in {refuted} of {all}");
            }
        }
        page
    }
}

impl Summary {
    /// Reach of every regime, falsifier and control in the seed nearest to the line, over the number of its claim.
    pub fn figure(&self) -> Figure {
        // Places of one claim are spread over half a unit, in the order of their keys.
        let claim = |place: &Place| place.key.get(1..3).and_then(|number| number.parse::<f64>().ok()).unwrap_or(0.0);
        let at = |place: &Place| {
            let same: Vec<&Place> = self.places.iter().filter(|other| claim(other) == claim(place)).collect();
            let at = same.iter().position(|other| std::ptr::eq(*other, place)).unwrap_or(0);
            claim(place) + 0.5 * (at as f64 / same.len() as f64 - 0.5)
        };
        let claims: Vec<f64> = self.places.iter().map(claim).collect();
        let ends = (
            claims.iter().fold(f64::INFINITY, |low, c| low.min(*c)) - 0.5,
            claims.iter().fold(f64::NEG_INFINITY, |high, c| high.max(*c)) + 0.5,
        );
        let of = |pick: &dyn Fn(&Place) -> bool| -> Vec<(f64, f64)> {
            self.places.iter().filter(|place| pick(place)).map(|place| (at(place), place.nearest)).collect()
        };
        let regime = |place: &Place| place.key.matches('/').count() == 1;
        let most = self.claims.iter().map(|claim| claim.seeds).max().unwrap_or(0);
        let seeds = if most == self.seeds { most.to_string() } else { format!("{} to {most}", self.seeds) };
        let panel = Panel {
            title: format!("{seeds} seeds, the nearest to the other decision of each"),
            x: Axis::linear("number of the claim"),
            y: Axis::log("reach: share of the bound that is used up, 1 at the line"),
            series: vec![
                Series::points("falsifiers, to be refuted", Role::Falsifier, of(&|s| !regime(s) && !s.should_pass)),
                Series::points("regimes expected to hold", Role::Measurement, of(&|s| regime(s) && s.should_pass)),
                Series::points(
                    "regimes expected to be refuted",
                    Role::Measurement,
                    of(&|s| regime(s) && !s.should_pass),
                ),
                Series::points("controls, to hold", Role::Measurement, of(&|s| !regime(s) && s.should_pass)),
                Series::line("the line", Role::Guide, vec![(ends.0, 1.0), (ends.1, 1.0)]),
            ]
            .into_iter()
            .filter(|series| !series.points.is_empty())
            .collect(),
            contours: None,
        };
        Figure {
            name: "calibration",
            title: "How clearly every claim is decided".into(),
            caption: "Worst seed of every regime, falsifier and control: what should hold lies below the line, what should be refuted above.".into(),
            panels: vec![panel],
        }
    }
}

/// Reach nearest to the line and least power of several, as two cells.
fn clearness(stands: &[&Place]) -> String {
    let nearest = stands.iter().max_by(|a, b| a.nearness().total_cmp(&b.nearness()));
    let power = stands.iter().map(|stand| stand.power).reduce(f64::min);
    format!(
        "{} | {}",
        nearest.map_or("–".into(), |stand| match stand.nearest {
            far if far >= 1000.0 => "≥ 1000".into(),
            near => format!("{near:.2}"),
        }),
        power.map_or("–".into(), |power| if power == 1.0 {
            "1".into()
        } else {
            format!("1 − {:.0e}", 1.0 - power)
        })
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stand(reach: f64, spent: f64, room_of: Option<f64>) -> Stand {
        let room = |gap: f64| Room { gap, error: 1.0 };
        Stand { reach, spent, all: false, rooms: room_of.map(|gap| (CLEAREST.into(), room(gap))).into_iter().collect() }
    }

    fn outcome(seed: u64, alarm: bool, refuted: bool) -> SeedOutcome {
        let map = |key: &str, right: bool| BTreeMap::from([(key.to_string(), right)]);
        SeedOutcome {
            seed,
            made_by: "test".into(),
            training: false,
            seconds: 1.0,
            as_expected: map("T01/tall", !alarm),
            refuted: map("T01/tall/wrong", refuted),
            held: BTreeMap::new(),
            should_pass: BTreeMap::from([("T01/tall".to_string(), stand(0.1, 0.0, None))]),
            should_fail: BTreeMap::new(),
            seen: "ab".into(),
        }
    }

    #[test]
    fn every_claim_has_its_own_seeds_and_few_seeds_of_one_do_not_hide_among_many_of_another() {
        let of = |claim: &str, seeds: u64, alarms: u64| -> Vec<SeedOutcome> {
            let one = |seed| SeedOutcome {
                made_by: made_by("a", "quick mnist", &[claim]),
                training: seed < 3,
                ..outcome(seed, seed < alarms, true)
            };
            (0..seeds).map(one).collect()
        };
        let summary = Summary::of(&[of("T01", 200, 0), of("T02", 10, 2)].concat());
        assert_eq!((summary.seeds, summary.trained, summary.alarms.len()), (10, 3, 2));
        assert!(!summary.passes() && Summary::of(&of("T01", 200, 2)).passes());
        // A regime that only a few seeds have, those with trained machines, is not hidden by the seeds that lack it.
        let mut some = of("T01", 200, 0);
        some[..20].iter_mut().for_each(|one| {
            one.as_expected.insert("T01/trained".into(), one.seed > 0);
        });
        assert!(!Summary::of(&some).passes());
        some[0].as_expected.insert("T01/trained".into(), true);
        assert!(Summary::of(&some).passes());
        let page = summary.page("quick mnist", &["T01", "T02", "T03"]);
        assert!(page.contains("| T02 | 10 | 3 | 2 | 1 s | a |") && page.contains("Not tried yet: T03."), "{page}");
    }

    #[test]
    fn every_claim_stands_as_its_last_program_left_it() {
        let of = |program: &str, claims: &[&str], seed: u64, training: bool| {
            let mut one = outcome(seed, false, true);
            one.made_by = made_by(program, "quick mnist", claims);
            one.training = training;
            one.as_expected = claims.iter().map(|claim| (format!("{claim}/tall"), true)).collect();
            one.refuted = claims.iter().map(|claim| (format!("{claim}/tall/wrong"), true)).collect();
            one
        };
        let mut other = of("c", &["T01"], 9, false);
        other.made_by = made_by("c", "full mnist", &["T01"]);
        let outcomes = [
            of("a", &["T01", "T02"], 0, false),
            of("b", &["T01"], 0, false),
            of("b", &["T01"], 0, true),
            of("b", &["T01"], 1, false),
            of("now", &["T02"], 0, false),
            of("a", &["T02"], 5, false),
            other,
        ];
        let found: Vec<_> = latest(&outcomes, "quick mnist", "now")
            .into_iter()
            .map(|one| (one.made_by, one.seed, one.training))
            .collect();
        let expected =
            [("b quick mnist T01", 0, true), ("b quick mnist T01", 1, false), ("now quick mnist T02", 0, false)];
        assert_eq!(found, expected.map(|(by, seed, training)| (by.to_string(), seed, training)));
        let summary = Summary::of(&latest(&outcomes[..1], "quick mnist", "now"));
        assert_eq!((summary.seeds, summary.regimes.len(), summary.falsifiers.len()), (1, 2, 2));
    }

    #[test]
    fn outcomes_go_on_with_a_program_that_sees_the_same() {
        let of = |program: &str, seed: u64, training: bool, seen: &str| SeedOutcome {
            made_by: made_by(program, "quick mnist", &["T01"]),
            training,
            seen: seen.into(),
            ..outcome(seed, false, true)
        };
        let outcomes = [of("a", 0, false, "x"), of("a", 1, true, "y"), of("b", 1, true, "z"), of("c", 9, false, "")];
        let last = |now: &str, training: bool| {
            last_of_another(&outcomes, "quick mnist", "T01", now, training).map(|one| (one.made_by.as_str(), one.seed))
        };
        // c measured nothing; b has none without training.
        assert_eq!(last("now", true), Some(("b quick mnist T01", 1)));
        assert_eq!(last("now", false), Some(("a quick mnist T01", 0)));
        assert_eq!((last("a", true), last_of_another(&outcomes, "full mnist", "T01", "now", true)), (None, None));
        let same = |again: &SeedOutcome| program_that_saw(&outcomes, "quick mnist", "T01", again);
        assert_eq!((same(&of("", 1, true, "z")), same(&of("", 1, true, "y"))), (Some("b"), Some("a")));
        assert_eq!((same(&of("", 1, false, "z")), same(&of("", 9, false, ""))), (None, None));
        assert_eq!(same(&SeedOutcome { refuted: BTreeMap::new(), ..of("", 1, true, "z") }), None);
    }

    #[test]
    fn what_is_decided_most_narrowly_is_named() {
        let should_fail = BTreeMap::from([
            ("T01/tall/wrong".to_string(), stand(0.9, 0.0, Some(3.0))),
            ("T01/tall/other".into(), stand(0.9, 0.0, None)),
        ]);
        let narrow = Summary::of(&[SeedOutcome { should_fail, ..outcome(0, false, true) }]);
        let (key, power) = narrow.least_power().expect("a power");
        // Cauchy's law, for one seed: ½ + arctan(3/√2)/π
        assert!(key == "T01/tall/wrong" && (power - 0.859_787).abs() < 1e-5, "{power}");
        assert!(narrow.page("quick mnist", &["T01"]).contains("below 1 − 1e-4: T01/tall/other, T01/tall/wrong."));
    }

    #[test]
    fn power_follows_from_the_mean_room_and_its_spread() {
        let of = |all: bool, stands: &[Stand]| {
            let stands: Vec<Stand> = stands.iter().map(|stand| Stand { all, ..stand.clone() }).collect();
            let stands: Vec<(bool, &Stand)> = stands.iter().map(|stand| (false, stand)).collect();
            1.0 - Place::of("T01/tall", all, &stands, 1.0).power
        };
        let with = |error: f64, gaps: &[(&str, f64)]| Stand {
            reach: 0.9,
            spent: 0.0,
            all: true,
            rooms: gaps.iter().map(|&(name, gap)| (name.into(), Room { gap, error })).collect(),
        };
        let rooms = |gaps: &[(&str, f64)]| with(1.0, gaps);
        // Mean 3 of two seeds, spread below 1, itself off by 1/√2: of Cauchy's law above √6, ½ − arctan(√6)/π.
        let cauchy = |t: f64| 0.5 - t.atan() / std::f64::consts::PI;
        let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        near(of(true, &[rooms(&[(CLEAREST, 2.5)]), rooms(&[(CLEAREST, 3.5)])]), cauchy(6f64.sqrt()));
        // The same in other units, and with 1 for the mean error.
        near(of(true, &[with(0.1, &[(CLEAREST, 0.25)]), with(0.1, &[(CLEAREST, 0.35)])]), cauchy(6f64.sqrt()));
        near(of(true, &[with(0.5, &[(CLEAREST, 2.5)]), with(1.5, &[(CLEAREST, 3.5)])]), cauchy(6f64.sqrt()));
        // 2, 4, 6: mean 4, standard deviation 2; t of two degrees of freedom above 4/(2√(4/3)) = √3 is ½(1 − √3/√5).
        let wide = [2.0, 4.0, 6.0].map(|room| rooms(&[(CLEAREST, room)]));
        near(of(true, &wide), 0.5 * (1.0 - (3.0f64 / 5.0).sqrt()));
        near(of(false, &wide), 0.5 * (1.0 - (3.0f64 / 5.0).sqrt()));
        // One seed as two of them: two checks and a level add up; or the clearest counts.
        let (three, two) = (cauchy(3.0 / 2f64.sqrt()), cauchy(2f64.sqrt()));
        near(of(true, &[Stand { spent: 1e-6, ..rooms(&[(CLEAREST, 3.0), ("b", 2.0)]) }]), three + two + 1e-6);
        near(of(false, &[rooms(&[(CLEAREST, 3.0)])]), three);
        // A seed whose clearest check is not written down has 20 there: of 4 and 20 the mean is 12, the standard deviation 8√2.
        near(of(false, &[rooms(&[(CLEAREST, 4.0)]), rooms(&[])]), cauchy(3f64.sqrt() / 2.0));
        // Of ten seeds the spread alone counts: 1 and 3 five times each, mean 2, variance 10/9, t = 2/(√(10/9) √(11/10)); t of nine degrees of
        // freedom beyond it: 0.051944 (scipy 1.17.1, t.sf).
        let ten = [1.0, 3.0].repeat(5).into_iter().map(|gap| with(5.0, &[(CLEAREST, gap)])).collect::<Vec<_>>();
        near(of(true, &ten), 0.051_944_066);
        // A check that one of four seeds has counts a quarter.
        let rare: Vec<Stand> = [rooms(&[(CLEAREST, 3.0)])].into_iter().chain(vec![rooms(&[]); 3]).collect();
        near(of(true, &rare), 0.25 * three);
        // But not where that seed is the only one that trains.
        let trains: Vec<(bool, &Stand)> = rare.iter().enumerate().map(|(at, stand)| (at == 0, stand)).collect();
        near(1.0 - Place::of("T01/tall", true, &trains, 1.0).power, three);
        // One seed of 200 by a hair, Φ(−0.1) = 0.460172, all others far off: that hair over 200.
        let mut seeds = vec![rooms(&[(CLEAREST, 1e3)]); 199];
        seeds.push(rooms(&[(CLEAREST, 0.1)]));
        near(of(true, &seeds), 0.460_172 / 200.0);
        // Where one check suffices, the average over 200: Φ(−3) = 1.349898e-3 in two of them.
        seeds[198] = rooms(&[(CLEAREST, 3.0)]);
        seeds[199] = rooms(&[(CLEAREST, 3.0)]);
        assert!((of(false, &seeds) - 1.349_898e-5).abs() < 1e-10);
        // No better than what was seen: one wrong seed of 200, without an error.
        seeds[198] = seeds[0].clone();
        seeds[199] = with(0.0, &[(CLEAREST, -1.0)]);
        near(of(true, &seeds), 1.0 / 200.0);
        // Of what is judged without an error nothing else is known.
        near(of(true, &[with(0.0, &[(CLEAREST, -1.0)]), rooms(&[])]), 0.5);
        // Nor than what the verdicts say.
        assert!((Place::of("T01/tall", true, &[], 0.9).power - 0.9).abs() < 1e-12);
    }

    #[test]
    fn one_false_alarm_in_fifty_passes_and_two_do_not() {
        let with =
            |alarms: u64| Summary::of(&(0..50).map(|seed| outcome(seed, seed < alarms, true)).collect::<Vec<_>>());
        assert!(with(0).passes() && with(1).passes() && !with(2).passes());
        assert!(with(2).page("quick mnist", &["T01"]).contains("- seed 1: T01/tall"));
    }

    #[test]
    fn where_evidence_stands_is_one_at_the_line_from_either_side() {
        use crate::evidence::{Interval, TestKind};
        let of = |judge: Judge| {
            let measurement = Measurement::new("?", "one", 3.0, 1.0, judge);
            let evidence = Evidence { measurements: vec![measurement], ..Evidence::default() };
            [true, false].map(|should_pass| Stand::of(&evidence, should_pass).expect("one measurement"))
        };
        // 95 %: half a width is 1.96 standard errors, so that this interval's is 0.5.
        let interval = Interval::confidence(2.0 - 0.979_981_992, 2.0 + 0.979_981_992, 0.95);
        // by hand: the upper limit must stay below the bound, the lower one must lie above it
        let [pass, fail] = of(Judge::Equivalence { discrepancy: interval, bound: 4.0, because: "" });
        assert!((pass.reach - 2.979_981_992 / 4.0).abs() < 1e-12 && (fail.reach - 1.020_018_008 / 4.0).abs() < 1e-12);
        // Rooms in standard errors, to two decimals; without an error only their sign counts.
        let room = |stand: &Stand| {
            let units = |room: &Room| if room.error > 0.0 { room.gap / room.error } else { f64::INFINITY * room.gap };
            stand.rooms.values().next().map(|room| (units(room) * 100.0).round() / 100.0)
        };
        // room 1.020018 is 2.040036 standard errors of 0.5; the bound is the unit
        let first = |stand: &Stand| stand.rooms.values().next().copied().expect("one room");
        assert!((first(&pass).gap - 1.020_018_008 / 4.0).abs() < 1e-12);
        assert!((first(&pass).error - 0.125).abs() < 1e-9);
        assert_eq!((room(&pass), room(&fail)), (Some(2.04), Some(-5.96)));
        // Observed 2 off: of an interval of −1.92 to 5.92 folded to (0, 5.92) half the width is 3.92, two standard errors; a limit
        // below the value leaves half the upper limit.
        let folded = |high: f64| Interval::confidence(0.0, high, 0.95);
        let [pass, _] = of(Judge::Equivalence { discrepancy: folded(5.919_927_97), bound: 9.92, because: "" });
        assert_eq!(room(&pass), Some(2.0));
        let [pass, _] = of(Judge::Equivalence { discrepancy: folded(1.0), bound: 2.0, because: "" });
        assert_eq!(room(&pass), Some(3.92));
        // One side of an interval may be all that counts.
        let [pass, _] = of(Judge::Equivalence { discrepancy: folded(-0.5), bound: 2.0, because: "" });
        assert_eq!((pass.reach, room(&pass)), (1e-9, None));
        // Not a number decides nothing.
        let [pass, fail] = of(Judge::Equivalence { discrepancy: folded(f64::NAN), bound: 2.0, because: "" });
        assert_eq!((pass.reach, room(&pass), room(&fail)), (1e9, Some(f64::NEG_INFINITY), Some(-AMPLE)));
        let endless = Interval::confidence(1.0, f64::INFINITY, 0.95);
        let [pass, fail] = of(Judge::Effect { effect: endless, at_least: 0.0, because: "" });
        assert_eq!((room(&pass), room(&fail)), (Some(f64::NEG_INFINITY), Some(-AMPLE)));
        // Without end on one side of the line it is decided there, as the judge has it; so is what is no number, which fails.
        let below = Interval::confidence(f64::NEG_INFINITY, f64::NEG_INFINITY, 0.95);
        let no_number = Interval::confidence(f64::NAN, f64::NAN, 0.95);
        for effect in [below, no_number] {
            let [pass, fail] = of(Judge::Effect { effect, at_least: 0.0, because: "" });
            assert_eq!((room(&pass), room(&fail)), (Some(f64::NEG_INFINITY), None));
        }
        let [pass, fail] = of(Judge::Effect { effect: interval, at_least: 0.0, because: "" });
        assert!(pass.reach < 1.0 && fail.reach < 1.0 && (room(&pass), room(&fail)) == (Some(2.04), Some(-5.96)));
        let negative = Interval::confidence(-3.0, -1.0, 0.95);
        let [pass, fail] = of(Judge::Effect { effect: negative, at_least: 0.0, because: "" });
        assert!(pass.reach > 1.0 && fail.reach > 1.0 && (room(&pass), room(&fail)) == (Some(-5.88), Some(1.96)));
        let agreeing = |reach: f64, spent: f64| Stand { all: true, ..stand(reach, spent, None) };
        let statistical = |p_value: f64| {
            of(Judge::Statistical { test: TestKind::Z, statistic: 0.0, p_value, alpha: 1e-6, detects: String::new() })
        };
        let [pass, fail] = statistical(1e-6);
        assert!((pass.reach - 1.0).abs() < 1e-12 && pass == agreeing(pass.reach, 1e-6));
        assert_eq!((fail.spent, room(&fail)), (0.0, Some(0.0)));
        assert_eq!(statistical(0.0)[1], stand(1e9, 0.0, None));
        assert_eq!(room(&statistical(1e-9)[0]), Some(f64::NEG_INFINITY));
        // Size and order: either fails it.
        let truncated =
            |bound: f64, measured_order: f64| of(Judge::Truncation { order: 2.0, measured_order, bound, because: "" });
        assert_eq!(truncated(4.0, 3.0)[0], agreeing(0.5, 0.0));
        assert_eq!(truncated(4.0, 1.0)[1], stand(1.5, 0.0, None));
        assert_eq!(truncated(1.0, 3.0)[1], stand(2.0, 0.0, None));
        assert_eq!((truncated(1.0, -1.0)[0].reach, room(&truncated(1.0, -1.0)[0])), (1e9, Some(f64::NEG_INFINITY)));
        assert_eq!(Stand::of(&Evidence::default(), true), None);
    }

    #[test]
    fn lines_of_older_programs_are_read() {
        let line = r#"{"seed":3,"made_by":"x","training":false,"seconds":1.5,"as_expected":{},"refuted":{},"held":{}}"#;
        let outcome: SeedOutcome = serde_json::from_str(line).expect("a line without stands");
        assert!(outcome.seed == 3 && outcome.should_pass.is_empty());
        let rooms = BTreeMap::from([("ab".into(), Room { gap: 0.123_46, error: 0.01 })]);
        let line = serde_json::to_string(&Stand { reach: 0.5, spent: 0.0, all: true, rooms }).expect("plain numbers");
        assert_eq!(line, r#"{"reach":0.5,"all":true,"rooms":{"ab":[0.123,0.01]}}"#);
        let read: Stand = serde_json::from_str(&line).expect("our own line");
        assert_eq!(read.rooms["ab"], Room { gap: 0.123, error: 0.01 });
    }

    #[test]
    fn a_falsifier_that_gets_through_is_named_and_counts() {
        let through = Summary::of(&(0..50).map(|seed| outcome(seed, false, seed != 7)).collect::<Vec<_>>());
        assert!(
            !through.passes()
                && through.page("quick mnist", &["test", "T09"]).contains("T01/tall/wrong: refuted in 49 of 50")
        );
    }

    #[test]
    fn only_a_refuted_falsifier_counts_as_refuted() {
        use crate::claim::{Regime, RegimeDossier, Source, Stage, Statement, Trial};
        static REGIMES: [Regime; 1] = [Regime { id: "only", title: "", expected: Verdict::Holds, replaced_by: None }];
        static STATEMENT: Statement = Statement {
            id: "T00",
            title: "",
            source: Source { reference: "", sentence: "", stated_there: false },
            hypotheses: &[],
            regimes: &REGIMES,
        };
        let trial = |id: &'static str, verdict: Verdict| Trial {
            id,
            title: "",
            stage: Stage::Measurement,
            verdict,
            evidence: Default::default(),
            kills: &[],
        };
        let regime = RegimeDossier {
            regime: &REGIMES[0],
            verdict: Verdict::Vacuous,
            derivation: Default::default(),
            evidence: Default::default(),
            falsifiers: vec![trial("caught", Verdict::Refuted), trial("open", Verdict::Inconclusive)],
            controls: vec![trial("kept", Verdict::Holds), trial("lost", Verdict::Inconclusive)],
            failure: None,
            seconds: 0.0,
        };
        let mut found = outcome(0, false, true);
        record(&Dossier { statement: &STATEMENT, regimes: vec![regime] }, &mut found);
        assert!(found.refuted["T00/only/caught"] && !found.refuted["T00/only/open"]);
        assert!(found.held["T00/only/kept"] && !found.held["T00/only/lost"]);
        assert_eq!(found.as_expected.get("T00/only"), Some(&false)); // a derivation without steps does not hold
    }
}
