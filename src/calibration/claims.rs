//! Error rates of the claims over many root seeds: which verdicts were not the expected ones, and how near every check came to its threshold.
#![deny(clippy::disallowed_methods)]

use crate::claim::{Stage, Verdict};
use crate::dossier::Dossier;
use crate::dossier::Trial;
use crate::evidence::{Evidence, Judge, Measurement, Outcome};
use crate::figure::{Axis, Figure, Panel, Role, Series};
use crate::lab::Lab;
use crate::math::larger;
use crate::runner;
use crate::stat::proportion::{lower_limit, upper_limit};
use crate::theorem::Theorem;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use statrs::statistics::{Data, Median};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::ops::Range;

/// Seeds on which constants may be chosen. They are no evidence of error rates.
pub const TUNING: Range<u64> = 0..200;

/// The release whose error rates are published from [`BLOCK`].
pub const RELEASE: &str = "0.2";

/// Seeds of this release, named before they were run; no decision is made on them, and the next release has others.
pub const BLOCK: Range<u64> = 10_000..10_200;

/// Seeds that every claim needs, and seeds with trained machines among them.
pub const NEEDED: (usize, usize) = (200, 60);

/// Largest share of a claim's seeds with an unexpected verdict.
const LARGEST_SHARE: f64 = 0.01;

/// What the upper limit of their rate must stay below.
const LARGEST_LIMIT: f64 = 0.05;

/// Confidence of the limits, one-sided.
const CONFIDENCE: f64 = 0.95;

/// The check that decides, and the fraction of its tolerance that is used: 1 is the threshold of the decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "(String, Option<f64>)", into = "(String, Option<f64>)")]
pub struct Margin {
    /// Id of the check.
    pub check: String,
    /// Not negative; infinite where nothing is tolerated.
    pub used: f64,
}

impl From<(String, Option<f64>)> for Margin {
    fn from((check, used): (String, Option<f64>)) -> Self {
        Self { check, used: used.unwrap_or(f64::INFINITY) }
    }
}

impl From<Margin> for (String, Option<f64>) {
    fn from(margin: Margin) -> Self {
        (margin.check, margin.used.is_finite().then(|| rounded(margin.used)))
    }
}

/// Three significant digits.
fn rounded(x: f64) -> f64 {
    format!("{x:.2e}").parse().unwrap_or(x)
}

/// What one root seed gave for one claim: a line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeedOutcome {
    /// The root seed.
    pub seed: u64,
    /// The claim, `T01`.
    pub claim: String,
    /// The program, by the hash of its file.
    pub program: String,
    /// Scale and data.
    pub sizes: String,
    /// Whether machines were trained; without, what needs them is left out.
    pub training: bool,
    /// Wall time in seconds, divided by the number of seeds that ran at once.
    pub seconds: f64,
    /// By regime the worst check: the fraction of its tolerance that it uses, below 1 where it is right; of a check that must fail the inverse.
    /// Empty where all regimes need trained machines and none was trained.
    #[serde(default)]
    pub regimes: BTreeMap<String, Margin>,
    /// By `regime/falsifier`, above 1 where it is refuted: the least clear of the checks that it must fail, the clearest where it names none.
    /// Falsifiers of derivations draw nothing and are left out; one that is not refuted makes its regime vacuous.
    #[serde(default)]
    pub falsifiers: BTreeMap<String, Margin>,
    /// By `regime/control`, as regimes.
    #[serde(default)]
    pub controls: BTreeMap<String, Margin>,
    /// What was not as expected, by regime, `regime/falsifier` or `regime/control`, with the verdict and the ids of the checks.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub wrong: BTreeMap<String, String>,
    /// Which check gave no number or could not run. Then nothing else is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invalid: Option<String>,
    /// Digest of every measurement: ids, outcomes, bounds, p-values and limits to three digits. Empty where nothing was measured.
    #[serde(default)]
    pub seen: String,
}

impl SeedOutcome {
    /// Whether a verdict was not the expected one, or there was none.
    pub fn unexpected(&self) -> bool {
        self.invalid.is_some() || !self.wrong.is_empty()
    }

    /// What was not as expected, in words.
    pub fn alarms(&self) -> Vec<String> {
        let wrong = self.wrong.iter().map(|(key, why)| format!("{}/{key} ({why})", self.claim));
        self.invalid.iter().map(|why| format!("{} invalid ({why})", self.claim)).chain(wrong).collect()
    }

    /// Whether both measured the same, to the digits of [`SeedOutcome::seen`], at one seed, and came to the same verdicts.
    fn agrees(&self, other: &Self) -> bool {
        let of = |one: &Self| (one.seed, one.training, one.claim.clone(), one.sizes.clone());
        !self.seen.is_empty() && self.seen == other.seen && self.wrong == other.wrong && of(self) == of(other)
    }

    fn is_empty(&self) -> bool {
        self.regimes.is_empty() && self.invalid.is_none()
    }
}

/// Runs all regimes, falsifiers and controls of a claim at the seed of the laboratory. `program` and `sizes` are those of the outcome.
pub fn try_seed(
    theorem: &dyn Theorem,
    lab: &Lab,
    (seed, training): (u64, bool),
    program: &str,
    sizes: &str,
) -> SeedOutcome {
    let start = std::time::Instant::now();
    let dossier = runner::check(theorem, lab);
    let mut outcome = SeedOutcome {
        seed,
        claim: dossier.statement.id.into(),
        program: program.into(),
        sizes: sizes.into(),
        training,
        seconds: 0.0,
        regimes: BTreeMap::new(),
        falsifiers: BTreeMap::new(),
        controls: BTreeMap::new(),
        wrong: BTreeMap::new(),
        invalid: dossier.invalid(),
        seen: String::new(),
    };
    if outcome.invalid.is_none() {
        record(&dossier, &mut outcome);
    }
    outcome.seconds = start.elapsed().as_secs_f64();
    outcome
}

fn record(dossier: &Dossier, outcome: &mut SeedOutcome) {
    outcome.seen = seen(dossier);
    for regime in &dossier.regimes {
        let id = regime.regime.id.to_string();
        if !regime.as_expected() {
            outcome.wrong.insert(id.clone(), regime.found());
        }
        outcome.regimes.extend(worst(&regime.evidence).map(|margin| (id.clone(), margin)));
        for trial in regime.falsifiers.iter().filter(|trial| trial.stage == Stage::Measurement) {
            let key = format!("{id}/{}", trial.id);
            if trial.verdict != Verdict::Refuted {
                outcome.wrong.insert(key.clone(), trial.verdict.to_string());
            }
            outcome.falsifiers.extend(of_falsifier(trial).map(|margin| (key, margin)));
        }
        for trial in &regime.controls {
            let key = format!("{id}/{}", trial.id);
            if trial.verdict != Verdict::Holds {
                outcome.wrong.insert(key.clone(), trial.verdict.to_string());
            }
            outcome.controls.extend(worst(&trial.evidence).map(|margin| (key, margin)));
        }
    }
}

/// The check of a regime or control that is nearest to the wrong decision, or furthest beyond it.
fn worst(evidence: &Evidence) -> Option<Margin> {
    let margin = |m: &Measurement| Margin {
        check: m.id.clone(),
        used: match m.expected {
            Outcome::Fail => 1.0 / used(m, Outcome::Fail),
            _ => used(m, Outcome::Pass),
        },
    };
    evidence.measurements.iter().map(margin).max_by(|a, b| a.used.total_cmp(&b.used))
}

/// Of the checks that a falsifier must fail the least clear, of any one that suffices the clearest.
fn of_falsifier(trial: &Trial) -> Option<Margin> {
    let margin = |m: &Measurement| Margin { check: m.id.clone(), used: used(m, Outcome::Fail) };
    let checks = trial.evidence.measurements.iter();
    let order = |a: &Margin, b: &Margin| a.used.total_cmp(&b.used);
    match trial.kills {
        [] => checks.map(margin).max_by(order),
        _ => checks.filter(|m| trial.asks(m)).map(margin).min_by(order),
    }
}

/// Fraction of the tolerance that a check uses, seen from the decision `side`: it passes below 1 and fails above. A p-value uses ln p over ln α;
/// an interval is compared by its far limit where the check must pass and by its near one where it must fail; an asserted effect a uses
/// |a|/(limit − a + |a|), which is a/limit for positive ones (the width of the interval for |a| where a is 0).
fn used(m: &Measurement, side: Outcome) -> f64 {
    let share = |off: f64, tolerance: f64| if off <= 0.0 { 0.0 } else { off / tolerance };
    let off = (m.observed - m.predicted).abs();
    match &m.judge {
        Judge::Rounding { .. } => share(off, m.bound()),
        Judge::Truncation { order, measured_order, bound, .. } => {
            // The order alone can fail a check.
            larger(share(off, *bound), share(order - 0.5, larger(*measured_order, 0.0)))
        }
        Judge::Statistical { p_value, alpha, .. } => p_value.ln() / alpha.ln() + 0.0, // no negative zero
        Judge::Equivalence { discrepancy, bound, .. } => {
            share(if side == Outcome::Pass { discrepancy.high } else { discrepancy.low }, *bound)
        }
        Judge::Effect { effect, at_least, .. } => {
            let width = effect.high - effect.low;
            let scale = match at_least.abs() {
                0.0 if width > 0.0 && width.is_finite() => width,
                0.0 => 1.0,
                asserted => asserted,
            };
            let beyond = if side == Outcome::Pass { effect.low } else { effect.high } - at_least + scale;
            if beyond > 0.0 { scale / beyond } else { f64::INFINITY }
        }
    }
}

/// [`SeedOutcome::seen`]: what was measured and by which rules. What rounding and truncation leave is no number to be reproduced.
fn seen(dossier: &Dossier) -> String {
    let mut all = String::new();
    for regime in &dossier.regimes {
        let trials = regime.falsifiers.iter().chain(&regime.controls).map(|trial| (trial.id, &trial.evidence));
        for trial in &regime.falsifiers {
            let _ = writeln!(all, "{} {:?}", trial.id, trial.kills);
        }
        for (of, evidence) in std::iter::once((regime.regime.id, &regime.evidence)).chain(trials) {
            for m in &evidence.measurements {
                let numbers = match &m.judge {
                    Judge::Rounding { factor, .. } => vec![*factor],
                    Judge::Truncation { order, bound, .. } => vec![*order, *bound],
                    Judge::Statistical { p_value, alpha, .. } => vec![*p_value, *alpha],
                    Judge::Equivalence { discrepancy: i, .. } | Judge::Effect { effect: i, .. } => {
                        vec![i.low, i.high, m.bound()]
                    }
                };
                let numbers: Vec<f64> = numbers.into_iter().map(rounded).collect();
                // Writing to a string cannot fail.
                let rule = (m.expected, m.side, m.basis);
                let _ = writeln!(all, "{of} {} {:?} {rule:?} {numbers:?}", m.id, m.outcome());
            }
        }
    }
    if all.is_empty() { all } else { digest(all.as_bytes()) }
}

/// Twelve hexadecimal digits of a SHA-256.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// An outcome of another program to try again, if `program` has none of this claim: of the last program that has measured some at these sizes
/// one with trained machines, if `training` allows it and there is one.
pub fn of_another<'a>(
    outcomes: &'a [SeedOutcome],
    (claim, sizes): (&str, &str),
    program: &str,
    training: bool,
) -> Option<&'a SeedOutcome> {
    let of_claim = || outcomes.iter().filter(|one| one.claim == claim && one.sizes == sizes);
    if of_claim().any(|one| one.program == program) {
        return None;
    }
    let measured = |one: &&SeedOutcome| !one.seen.is_empty() && (training || !one.training);
    let last = &of_claim().rfind(measured)?.program;
    let its = || of_claim().filter(measured).filter(|one| one.program == *last);
    its().find(|one| one.training).or_else(|| its().next())
}

/// The last program that saw what `again` saw, at its seed and with its training, and came to the same verdicts.
pub fn program_that_saw<'a>(outcomes: &'a [SeedOutcome], again: &SeedOutcome) -> Option<&'a str> {
    outcomes.iter().rfind(|one| one.agrees(again)).map(|one| one.program.as_str())
}

/// One outcome per claim and seed, at these sizes, with trained machines where there is one: of `program` for the claims that it has outcomes of,
/// else of the program that comes last.
pub fn latest(outcomes: &[SeedOutcome], sizes: &str, program: &str) -> Vec<SeedOutcome> {
    let mut last: BTreeMap<&str, &str> = BTreeMap::new();
    let mut chosen: BTreeMap<(&str, u64), &SeedOutcome> = BTreeMap::new();
    for one in outcomes.iter().filter(|one| one.sizes == sizes) {
        if last.get(&*one.claim).is_none_or(|kept| *kept != program) {
            last.insert(&one.claim, &one.program);
        }
    }
    for one in outcomes.iter().filter(|one| one.sizes == sizes && last.get(&*one.claim) == Some(&&*one.program)) {
        let kept = chosen.entry((&one.claim, one.seed)).or_insert(one);
        if one.training {
            *kept = one;
        }
    }
    chosen.into_values().cloned().collect()
}

/// What a place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A regime of the claim as stated.
    Regime,
    /// A change that must be refuted.
    Falsifier,
    /// A change that must not matter.
    Control,
}

/// One regime, falsifier or control over all seeds that have it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Place {
    /// `T01/tall`, `T01/tall/lambda-squared`.
    pub key: String,
    /// What it is.
    pub kind: Kind,
    /// Seeds.
    pub seeds: usize,
    /// Seeds in which it came out as it should.
    pub right: usize,
    /// Lower limit of the share that comes out as it should, 95 %.
    pub at_least: f64,
    /// The margin of the seed that came nearest to the wrong decision, or furthest beyond it.
    pub nearest: Margin,
    /// That seed.
    pub seed: u64,
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
    /// Seeds among them with an unexpected verdict, or with a check that gave no number.
    pub unexpected: usize,
    /// The same among the seeds with trained machines, which alone try what needs them.
    pub unexpected_trained: usize,
    /// Upper limit of the rate, 95 %: the larger of that of all seeds and that of the seeds with trained machines, if there are any.
    pub at_most: f64,
    /// Whether there is nothing to try without trained machines.
    pub only_trained: bool,
    /// The program, by its hash.
    pub program: String,
    /// Seconds that one seed takes of the machine ([`SeedOutcome::seconds`]), median.
    pub seconds: f64,
}

impl ClaimCount {
    /// Seeds, and seeds with trained machines, that are missing.
    fn missing(&self) -> (usize, usize) {
        let trained = NEEDED.1.saturating_sub(self.trained);
        (if self.only_trained { trained } else { NEEDED.0.saturating_sub(self.seeds) }, trained)
    }
}

/// What many seeds gave.
pub struct Summary {
    /// Every claim's own.
    pub claims: Vec<ClaimCount>,
    /// Everything that was tried.
    pub places: Vec<Place>,
    /// Seeds with an unexpected verdict, and what it was.
    pub alarms: Vec<(u64, Vec<String>)>,
    /// Smallest and largest seed.
    pub seeds: Option<(u64, u64)>,
    /// Number of seeds among them that constants may have been chosen on.
    pub tuning: usize,
    /// Number of seeds among them that are not of [`BLOCK`].
    pub outside: usize,
}

impl Summary {
    /// Counts over outcomes: one per claim and seed, as [`latest`] gives them.
    pub fn of(outcomes: &[SeedOutcome]) -> Self {
        let tried: Vec<&SeedOutcome> = outcomes.iter().filter(|one| !one.is_empty()).collect();
        let mut alarms: BTreeMap<u64, Vec<String>> = BTreeMap::new();
        let mut groups: BTreeMap<&str, Vec<&SeedOutcome>> = BTreeMap::new();
        for &one in &tried {
            groups.entry(&one.claim).or_default().push(one);
            if one.unexpected() {
                alarms.entry(one.seed).or_default().extend(one.alarms());
            }
        }
        let counted = |(id, of): (&&str, &Vec<&SeedOutcome>)| {
            let unexpected = of.iter().filter(|one| one.unexpected()).count();
            let trained = of.iter().filter(|one| one.training).count();
            let unexpected_trained = of.iter().filter(|one| one.training && one.unexpected()).count();
            let limit = upper_limit(unexpected, of.len(), CONFIDENCE);
            ClaimCount {
                id: id.to_string(),
                seeds: of.len(),
                trained,
                unexpected,
                unexpected_trained,
                at_most: match trained {
                    0 => limit,
                    _ => larger(limit, upper_limit(unexpected_trained, trained, CONFIDENCE)),
                },
                only_trained: outcomes.iter().any(|one| one.claim == **id && one.is_empty()),
                program: of[0].program.clone(),
                // Sweeps run beside other work: a few seeds take many times as long.
                seconds: Data::new(of.iter().map(|one| one.seconds).collect::<Vec<f64>>()).median(),
            }
        };
        let seeds: BTreeSet<u64> = tried.iter().map(|one| one.seed).collect();
        Self {
            claims: groups.iter().map(counted).collect(),
            places: places(&tried),
            alarms: alarms.into_iter().collect(),
            seeds: seeds.first().copied().zip(seeds.last().copied()),
            tuning: seeds.iter().filter(|seed| TUNING.contains(seed)).count(),
            outside: seeds.iter().filter(|seed| !BLOCK.contains(seed)).count(),
        }
    }

    /// Whether no claim has an unexpected verdict in more than 1 % of its seeds.
    pub fn rates_are_small(&self) -> bool {
        let few = |unexpected: usize, seeds: usize| unexpected as f64 <= LARGEST_SHARE * seeds as f64;
        self.claims
            .iter()
            .all(|claim| few(claim.unexpected, claim.seeds) && few(claim.unexpected_trained, claim.trained))
    }

    /// The criterion of a release: of every claim at most 1 % of the seeds have an unexpected verdict, the upper limit of that rate lies below
    /// 5 %, the same of the seeds with trained machines alone, no seed is missing, and all are of the block that was named beforehand.
    pub fn passes(&self) -> bool {
        let limits = self.claims.iter().all(|claim| claim.at_most < LARGEST_LIMIT);
        self.rates_are_small() && limits && self.missing(&[]).is_empty() && !self.claims.is_empty()
    }

    /// What the criterion still needs, in words; of `catalogue` what was not tried at all.
    pub fn missing(&self, catalogue: &[&str]) -> Vec<String> {
        let few = self.claims.iter().filter(|claim| claim.missing() != (0, 0)).map(|claim| {
            let (seeds, trained) = claim.missing();
            format!("{}: {seeds} more seeds, {trained} more with trained machines", claim.id)
        });
        let never = catalogue.iter().filter(|id| self.claims.iter().all(|claim| claim.id != **id));
        let outside = (self.outside > 0).then(|| {
            let (first, last) = (BLOCK.start, BLOCK.end - 1);
            format!("{} of the seeds are not of the block of release {RELEASE}, {first} to {last}", self.outside)
        });
        few.chain(never.map(|id| format!("{id}: not tried"))).chain(outside).collect()
    }

    /// The page: every claim's seeds, everything unexpected by name, and every regime, control and falsifier. `catalogue`: all claims there are.
    pub fn page(&self, sizes: &str, catalogue: &[&str]) -> String {
        let mut page = format!(
            "{PAGE_HEAD}\n\n{}\n\nThis page: {sizes}, {}{}. Seeds without trained machines leave out what needs them: whole regimes, or single checks of a \
             regime. Every claim is shown as the last program left it that tried it, by the hash of its file; another program continues its \
             outcomes where it reproduces one of them. *One seed* is the median wall time, divided by the number of seeds that ran at once.\n",
            seeds_kept_apart(),
            self.seeds.map_or("no seeds".into(), |(first, last)| format!("seeds {first} to {last}")),
            if self.tuning > 0 { " (**tuning seeds: not evidence of error rates**)" } else { "" }
        );
        let passes = if self.passes() { "met" } else { "not met" };
        // Writing to a string cannot fail.
        let _ = writeln!(
            page,
            "\nCriterion of a release: of every claim at most 1 % of the seeds have an unexpected verdict, and the upper 95 % limit of that \
             rate lies below 5 %, with at least {} seeds, {} of them with trained machines. It is **{passes}**{}.\n\n\
             | claim | seeds | with trained machines | with an unexpected verdict | rate at most, % | one seed | program |\n|---|---|---|---|---|---|---|",
            NEEDED.0,
            NEEDED.1,
            match self.missing(catalogue).join("; ") {
                missing if missing.is_empty() => String::new(),
                missing => format!(". Missing: {missing}"),
            }
        );
        for ClaimCount { id, seeds, trained, unexpected, at_most, seconds, program, .. } in &self.claims {
            let at_most = 100.0 * at_most;
            let _ = writeln!(
                page,
                "| {id} | {seeds} | {trained} | {unexpected} | {at_most:.1} | {seconds:.0} s | {program} |"
            );
        }
        let _ = writeln!(
            page,
            "\n{}",
            if self.alarms.is_empty() { "No seed had an unexpected verdict." } else { "Unexpected:\n" }
        );
        for (seed, alarms) in &self.alarms {
            let _ = writeln!(page, "- seed {seed}: {}", alarms.join("; "));
        }
        let _ = writeln!(
            page,
            "\n![Margins of every regime, falsifier and control](calibration.svg)\n\n*Used* is the fraction of its tolerance that the deciding check uses \
             in the seed that came nearest to the wrong decision: 1 is the threshold. Of regimes and controls the worst check decides, \
             right below 1 (of a check that must fail it is the inverse); of falsifiers the least clear of the checks that must fail, or the \
             clearest where any one suffices, right above 1. A p-value uses ln p over ln α. Limits are exact (Clopper and Pearson), \
             one-sided, of 95 %. Falsifiers of derivations draw nothing; `verify` judges them.\n\n\
             | regime or control | seeds | as it should be | deciding check | used | seed |\n|---|---|---|---|---|---|"
        );
        for place in self.places.iter().filter(|place| place.kind != Kind::Falsifier) {
            let Place { key, seeds, right, nearest: Margin { check, .. }, seed, .. } = place;
            let _ = writeln!(page, "| {key} | {seeds} | {right} | {check} | {} | {seed} |", place.shown());
        }
        let _ = writeln!(
            page,
            "\n| falsifier | seeds | refuted | share at least, % | deciding check | used | seed |\n|---|---|---|---|---|---|---|"
        );
        for place in self.places.iter().filter(|place| place.kind == Kind::Falsifier) {
            let Place { key, seeds, right, at_least, nearest: Margin { check, .. }, seed, .. } = place;
            let at_least = 100.0 * at_least;
            let _ =
                writeln!(page, "| {key} | {seeds} | {right} | {at_least:.1} | {check} | {} | {seed} |", place.shown());
        }
        page
    }

    /// Margins of every regime, falsifier and control in the seed nearest to the wrong decision, over the number of its claim.
    pub fn figure(&self) -> Figure {
        // Places of one claim are spread over half a unit, in the order of their keys.
        let claim = |place: &Place| place.key.get(1..3).and_then(|number| number.parse::<f64>().ok()).unwrap_or(0.0);
        let mut at = Vec::new();
        for group in self.places.chunk_by(|a, b| claim(a) == claim(b)) {
            let place = |(i, place): (usize, &Place)| claim(place) + 0.5 * (i as f64 / group.len() as f64 - 0.5);
            at.extend(group.iter().enumerate().map(place));
        }
        let of = |kind: Kind| -> Vec<(f64, f64)> {
            let places = self.places.iter().zip(&at).filter(|(place, _)| place.kind == kind);
            places.map(|(place, &x)| (x, place.nearest.used.clamp(SHOWN.0, SHOWN.1))).collect()
        };
        let ends = self.places.first().map_or(0.0, claim)..self.places.last().map_or(1.0, claim);
        let series = [
            Series::points("falsifiers, to be refuted", Role::Falsifier, of(Kind::Falsifier)),
            Series::points("regimes, as expected", Role::Measurement, of(Kind::Regime)),
            Series::points("controls, to hold", Role::Measurement, of(Kind::Control)),
            Series::line("threshold", Role::Guide, vec![(ends.start - 0.5, 1.0), (ends.end + 0.5, 1.0)]),
        ];
        let range = self.seeds.map_or("no seeds".into(), |(first, last)| format!("seeds {first} to {last}"));
        Figure {
            name: "calibration",
            title: "How near every decision came to its threshold".into(),
            caption: format!(
                "Fraction of the tolerance that the deciding check uses, in the seed nearest to the wrong decision: regimes and controls \
                 are right below 1, falsifiers above. Values beyond {} and {} are drawn there.",
                SHOWN.0, SHOWN.1
            ),
            panels: vec![Panel {
                title: range,
                x: Axis::linear("number of the claim"),
                y: Axis::log("fraction of the tolerance used, 1 at the threshold"),
                series: series.into_iter().filter(|series| !series.points.is_empty()).collect(),
                contours: None,
            }],
        }
    }
}

/// Fractions beyond these are drawn at them.
const SHOWN: (f64, f64) = (1e-3, 1e3);

const PAGE_HEAD: &str = "# Calibration of the claims\n\nMade by `rbm-landscape calibrate`.";

/// Which seeds are for what, in words.
pub fn seeds_kept_apart() -> String {
    format!(
        "Seeds are kept apart. Constants are chosen on the tuning seeds {} to {} only. Error rates are published from a block of seeds that is named \
         before it is run and used once per release: seeds {} to {} for release {RELEASE}.",
        TUNING.start,
        TUNING.end - 1,
        BLOCK.start,
        BLOCK.end - 1
    )
}

impl Place {
    fn shown(&self) -> String {
        match self.nearest.used {
            far if far >= 1000.0 => "≥ 1000".into(),
            used => format!("{used:.2}"),
        }
    }
}

/// A seed, its margin, and whether it came out as it should.
type Seen<'a> = (u64, &'a Margin, bool);

/// All places of these outcomes, ordered by key.
fn places(outcomes: &[&SeedOutcome]) -> Vec<Place> {
    let mut all: BTreeMap<String, (Kind, Vec<Seen<'_>>)> = BTreeMap::new();
    for one in outcomes {
        for (kind, side) in
            [(Kind::Regime, &one.regimes), (Kind::Falsifier, &one.falsifiers), (Kind::Control, &one.controls)]
        {
            for (key, margin) in side {
                let entry = all.entry(format!("{}/{key}", one.claim)).or_insert((kind, Vec::new()));
                entry.1.push((one.seed, margin, !one.wrong.contains_key(key)));
            }
        }
    }
    let place = |(key, (kind, seeds)): (String, (Kind, Vec<Seen<'_>>))| {
        let right = seeds.iter().filter(|(_, _, right)| *right).count();
        let nearness = |used: f64| if kind == Kind::Falsifier { -used } else { used };
        let by = |a: &&Seen<'_>, b: &&Seen<'_>| {
            // What is decided wrongly by something beside its checks (a derivation, a falsifier) comes first.
            (!a.2).cmp(&!b.2).then(nearness(a.1.used).total_cmp(&nearness(b.1.used)))
        };
        let &(seed, nearest, _) = seeds.iter().max_by(by)?;
        let at_least = lower_limit(right, seeds.len(), CONFIDENCE);
        Some(Place { key, kind, seeds: seeds.len(), right, at_least, nearest: nearest.clone(), seed })
    };
    all.into_iter().filter_map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::{Regime, Source, Statement};
    use crate::dossier::RegimeDossier;
    use crate::evidence::{Side, TestKind};
    use crate::stat::interval::Interval;

    fn margin(check: &str, used: f64) -> Margin {
        Margin { check: check.into(), used }
    }

    fn outcome(claim: &str, seed: u64, unexpected: bool) -> SeedOutcome {
        let wrong = unexpected.then(|| ("tall".to_string(), "inconclusive: mean".to_string()));
        SeedOutcome {
            seed,
            claim: claim.into(),
            program: "a".into(),
            sizes: "quick mnist".into(),
            training: false,
            seconds: 1.0,
            regimes: BTreeMap::from([("tall".into(), margin("mean", if unexpected { 1.5 } else { 0.5 }))]),
            falsifiers: BTreeMap::from([("tall/sheared".into(), margin("mean", 3.0))]),
            controls: BTreeMap::new(),
            wrong: wrong.into_iter().collect(),
            invalid: None,
            seen: "ab".into(),
        }
    }

    /// Seeds from 10,000 on, the first few with an unexpected verdict, sixty with trained machines.
    fn seeds(claim: &str, count: u64, unexpected: u64) -> Vec<SeedOutcome> {
        let one = |at| SeedOutcome { training: at < 60, ..outcome(claim, 10_000 + at, at + unexpected >= count) };
        (0..count).map(one).collect()
    }

    #[test]
    fn a_release_passes_with_enough_seeds_of_which_one_in_a_hundred_is_unexpected() {
        let of = |count, unexpected| Summary::of(&seeds("T01", count, unexpected));
        // 2 of 200 is 1 % and at most 3.11 %; 3 are more; 60 of 200 say nothing of the rest.
        assert!(of(200, 0).passes() && of(200, 2).passes() && !of(200, 3).passes() && !of(60, 0).passes());
        assert!(of(60, 0).rates_are_small() && !of(60, 1).rates_are_small());
        assert_eq!(
            of(60, 0).missing(&["T01", "T02"]),
            ["T01: 140 more seeds, 0 more with trained machines", "T02: not tried"]
        );
        // Two of the 60 with trained machines do not hide among the others, nor do seeds that were not named beforehand.
        let moved = |by: u64, training: u64| {
            let of =
                |one: SeedOutcome| SeedOutcome { training: one.seed % 200 >= training, seed: one.seed + by, ..one };
            Summary::of(&seeds("T01", 200, 2).into_iter().map(of).collect::<Vec<_>>())
        };
        assert!(!moved(0, 140).passes() && !moved(0, 140).rates_are_small() && moved(0, 0).passes());
        assert!(
            !moved(300, 0).passes() && moved(300, 0).missing(&[])[0].contains("200 of the seeds are not of the block")
        );
        // Binomial sums in Python: P(X <= 2) of 200 is 0.05 there.
        assert!((moved(0, 200).claims[0].at_most - 0.031_143).abs() < 1e-5, "{}", moved(0, 200).claims[0].at_most);
        // None of 60 with trained machines: 1 − 0.05^(1/60), the larger.
        assert!((of(200, 2).claims[0].at_most - 0.048_703).abs() < 1e-5, "{}", of(200, 2).claims[0].at_most);
        // Few seeds of one claim do not hide among many of another.
        assert!(!Summary::of(&[seeds("T01", 200, 0), seeds("T02", 60, 1)].concat()).rates_are_small());
        assert!(!Summary::of(&[]).passes());
    }

    #[test]
    fn a_claim_of_trained_machines_needs_only_those() {
        let mut all = seeds("T08", 60, 0);
        let empty =
            |seed| SeedOutcome { regimes: BTreeMap::new(), falsifiers: BTreeMap::new(), ..outcome("T08", seed, false) };
        assert!(!Summary::of(&all).passes());
        all.extend((10_060..10_200).map(empty));
        let found = Summary::of(&all);
        assert!(found.passes() && (found.claims[0].seeds, found.claims[0].trained) == (60, 60));
        assert!((found.claims[0].at_most - (1.0 - 0.05f64.powf(1.0 / 60.0))).abs() < 1e-12); // by hand
        assert_eq!(Summary::of(&all[..59]).missing(&[]).len(), 1);
    }

    #[test]
    fn tuning_seeds_are_no_evidence() {
        let mut all = seeds("T01", 200, 0);
        all[7].seed = 199;
        let found = Summary::of(&all);
        assert!(found.tuning == 1 && !found.passes());
        assert!(found.page("quick mnist", &["T01"]).contains("tuning seeds: not evidence of error rates"));
        assert!(!Summary::of(&all[8..]).page("quick mnist", &["T01"]).contains("tuning seeds: not evidence"));
        assert!(TUNING.end <= BLOCK.start && (BLOCK.end - BLOCK.start) as usize == NEEDED.0);
    }

    #[test]
    fn what_is_unexpected_is_named_with_its_check() {
        let mut all = seeds("T01", 200, 1);
        all[3].wrong.insert("tall/sheared".into(), "holds".into());
        all[3].falsifiers.insert("tall/sheared".into(), margin("edge", 0.25));
        all[4].invalid = Some("T01 tall: of the claim as stated these checks gave no number: mean".into());
        let found = Summary::of(&all);
        assert_eq!((found.claims[0].unexpected, found.passes()), (3, false));
        let page = found.page("quick mnist", &["T01"]);
        for line in [
            "- seed 10199: T01/tall (inconclusive: mean)",
            "- seed 10003: T01/tall/sheared (holds)",
            "- seed 10004: T01 invalid (T01 tall: of the claim as stated these checks gave no number: mean)",
            // Binomial sums in Python: P(X <= 1) of 200 is 0.05 at 1 − 0.976502.
            "| T01/tall/sheared | 200 | 199 | 97.7 | edge | 0.25 | 10003 |",
            "| T01/tall | 200 | 199 | mean | 1.50 | 10199 |",
        ] {
            assert!(page.contains(line), "{line}\n{page}");
        }
    }

    #[test]
    fn every_claim_is_shown_as_its_last_program_left_it() {
        let of = |program: &str, claim: &str, seed: u64, training: bool| SeedOutcome {
            program: program.into(),
            training,
            ..outcome(claim, seed, false)
        };
        let other = SeedOutcome { sizes: "full mnist".into(), ..of("c", "T01", 9, false) };
        let outcomes = [
            of("a", "T01", 0, false),
            of("a", "T02", 0, false),
            of("b", "T01", 0, false),
            of("b", "T01", 0, true),
            of("b", "T01", 1, false),
            of("now", "T02", 0, false),
            of("a", "T02", 5, false),
            other,
        ];
        let found = latest(&outcomes, "quick mnist", "now");
        let found: Vec<_> = found.iter().map(|one| (&*one.program, &*one.claim, one.seed, one.training)).collect();
        assert_eq!(found, [("b", "T01", 0, true), ("b", "T01", 1, false), ("now", "T02", 0, false)]);
    }

    #[test]
    fn outcomes_are_continued_by_a_program_that_reproduces_one() {
        let of = |program: &str, seed: u64, training: bool, seen: &str| SeedOutcome {
            program: program.into(),
            training,
            seen: seen.into(),
            ..outcome("T01", seed, false)
        };
        let outcomes = [of("a", 0, false, "x"), of("a", 1, true, "y"), of("b", 1, true, "z"), of("c", 9, false, "")];
        let key = ("T01", "quick mnist");
        let last =
            |now: &str, training: bool| of_another(&outcomes, key, now, training).map(|one| (&*one.program, one.seed));
        // c measured nothing; b has none without training.
        assert_eq!(last("now", true), Some(("b", 1)));
        assert_eq!(last("now", false), Some(("a", 0)));
        assert_eq!((last("a", true), of_another(&outcomes, ("T01", "full mnist"), "now", true)), (None, None));
        let same = |again: &SeedOutcome| program_that_saw(&outcomes, again);
        assert_eq!((same(&of("", 1, true, "z")), same(&of("", 1, true, "y"))), (Some("b"), Some("a")));
        assert_eq!(
            (same(&of("", 1, false, "z")), same(&of("", 9, false, "")), same(&of("", 0, true, "x"))),
            (None, None, None)
        );
        assert_eq!(
            same(&SeedOutcome { wrong: BTreeMap::from([("tall".into(), "vacuous: ".into())]), ..of("", 1, true, "z") }),
            None
        );
    }

    fn equal(id: &str, low: f64, high: f64) -> Measurement {
        let judge = Judge::Equivalence { discrepancy: Interval::exact(low, high), bound: 4.0, because: "by hand" };
        Measurement::new(id, id, 0.0, 0.0, judge)
    }

    #[test]
    fn a_tolerance_is_used_up_at_the_threshold_of_every_judge() {
        let of = |judge: Judge| {
            let m = Measurement::new("?", "one", 3.0, 1.0, judge);
            (used(&m, Outcome::Pass), used(&m, Outcome::Fail))
        };
        let between = |low: f64, high: f64| Interval::confidence(low, high, 0.95);
        // By hand: the far limit of a discrepancy must stay below its bound, the near one must lie beyond it.
        assert_eq!(of(Judge::Equivalence { discrepancy: between(1.0, 3.0), bound: 4.0, because: "" }), (0.75, 0.25));
        // An effect of 2 to 8: asserted are 4 of its low limit 2, and of its high one 8.
        assert_eq!(of(Judge::Effect { effect: between(2.0, 8.0), at_least: 4.0, because: "" }), (2.0, 0.5));
        // No smallest size: in units of the width, 4/(2 + 4) and 4/(6 + 4); at the threshold 1, beyond the width infinite.
        assert_eq!(of(Judge::Effect { effect: between(2.0, 6.0), at_least: 0.0, because: "" }), (4.0 / 6.0, 0.4));
        assert_eq!(of(Judge::Effect { effect: between(-4.0, 0.0), at_least: 0.0, because: "" }), (f64::INFINITY, 1.0));
        // An effect that may be as small as −4, of 2 to 8: 4/(2 + 4 + 4) and 4/(8 + 4 + 4).
        assert_eq!(of(Judge::Effect { effect: between(2.0, 8.0), at_least: -4.0, because: "" }), (0.4, 0.25));
        // Neither a smallest size nor a width that could be a unit: 1/(3 + 1), and 1/(1 + 1) where there is no upper limit.
        assert_eq!(of(Judge::Effect { effect: between(3.0, 3.0), at_least: 0.0, because: "" }), (0.25, 0.25));
        assert_eq!(of(Judge::Effect { effect: between(1.0, f64::INFINITY), at_least: 0.0, because: "" }), (0.5, 0.0));
        // |3 − 1| of a tolerance of 2^-52 · √4 · 2^53; the same the other way round.
        let rounding = Judge::Rounding { factor: 1.0, n: 4, scale: 2f64.powi(53), because: "" };
        let back = Measurement::new("?", "one", 1.0, 3.0, rounding.clone());
        assert_eq!((of(rounding), used(&back, Outcome::Pass), used(&back, Outcome::Fail)), ((0.5, 0.5), 0.5, 0.5));
        // A time that was not reached has no upper limit.
        assert_eq!(of(Judge::Effect { effect: between(8.0, f64::INFINITY), at_least: 4.0, because: "" }), (0.5, 0.0));
        let test = |p_value: f64| {
            of(Judge::Statistical { test: TestKind::Z, statistic: 0.0, p_value, alpha: 1e-6, detects: String::new() }).0
        };
        assert!((test(1e-6) - 1.0).abs() < 1e-12 && (test(1e-3) - 0.5).abs() < 1e-12);
        assert_eq!((test(0.0), test(1.0)), (f64::INFINITY, 0.0));
        // Size and order: either fails a truncation. |3 − 1| over 4, and (2 − 1/2)/1.
        let truncated =
            |measured_order: f64| of(Judge::Truncation { order: 2.0, measured_order, bound: 4.0, because: "" }).0;
        assert_eq!((truncated(3.0), truncated(1.0), truncated(-1.0)), (0.5, 1.5, f64::INFINITY));
        let count = crate::evidence::check::count("?", "count", 3, 3);
        assert_eq!(
            (used(&count, Outcome::Pass), used(&crate::evidence::check::count("?", "count", 3, 4), Outcome::Pass)),
            (0.0, f64::INFINITY)
        );
    }

    #[test]
    fn the_check_that_decides_is_the_worst_of_a_regime_and_the_least_clear_that_a_falsifier_names() {
        let all = vec![equal("a", 0.0, 2.0), equal("b", 0.0, 3.0), equal("c-7x5", 8.0, 9.0).refuting(Side::Either)];
        let evidence = Evidence { measurements: all.clone(), ..Evidence::default() };
        // 3/4 of the tolerance; the check that must fail uses 8/4 of it, the inverse is 1/2.
        assert_eq!(worst(&evidence), Some(margin("b", 0.75)));
        let near = Evidence {
            measurements: vec![equal("a", 0.0, 2.0), equal("c", 5.0, 9.0).refuting(Side::Either)],
            ..Evidence::default()
        };
        assert_eq!(worst(&near), Some(margin("c", 0.8)));
        let trial = |kills: &'static [&'static str]| Trial {
            id: "wrong",
            title: "",
            stage: Stage::Measurement,
            verdict: Verdict::Refuted,
            evidence: Evidence {
                measurements: vec![equal("a", 6.0, 7.0), equal("b", 0.0, 9.0), equal("c-7x5", 8.0, 9.0)],
                ..Evidence::default()
            },
            kills,
        };
        assert_eq!(of_falsifier(&trial(&[])), Some(margin("c-7x5", 2.0)));
        assert_eq!(of_falsifier(&trial(&["a", "c"])), Some(margin("a", 1.5)));
        assert_eq!(of_falsifier(&trial(&["a", "b"])), Some(margin("b", 0.0)));
        assert_eq!(worst(&Evidence::default()), None);
    }

    #[test]
    fn a_seed_records_verdicts_of_verify_and_nothing_that_is_undecided_counts_as_refuted() {
        use crate::symbolic::{Derivation, poly::Poly};
        static REGIMES: [Regime; 1] = [Regime { id: "only", title: "", expected: Verdict::Holds, replaced_by: None }];
        static STATEMENT: Statement = Statement {
            id: "T00",
            title: "",
            source: Source { reference: "", sentence: "", stated_there: false },
            hypotheses: &[],
            regimes: &REGIMES,
        };
        let trial = |id: &'static str, stage: Stage, verdict: Verdict| Trial {
            id,
            title: "",
            stage,
            verdict,
            evidence: Evidence { measurements: vec![equal("mean", 5.0, 6.0)], ..Evidence::default() },
            kills: &[],
        };
        let record_of = |verdict: Verdict, falsifiers: Vec<Trial>, controls: Vec<Trial>| {
            let mut derivation = Derivation::new();
            derivation.equal("1", &Poly::int(1), &Poly::int(1));
            let evidence = Evidence { measurements: vec![equal("mean", 0.0, 1.0)], ..Evidence::default() };
            let regime = RegimeDossier {
                regime: &REGIMES[0],
                verdict,
                derivation,
                evidence,
                falsifiers,
                controls,
                failure: None,
                seconds: 0.0,
            };
            let mut found = SeedOutcome { falsifiers: BTreeMap::new(), ..outcome("T00", 0, false) };
            found.regimes.clear();
            record(&Dossier { statement: &STATEMENT, regimes: vec![regime] }, &mut found);
            found
        };
        use Stage::{Derivation as Derived, Measurement as Measured};
        let fine = record_of(
            Verdict::Holds,
            vec![trial("caught", Measured, Verdict::Refuted), trial("step", Derived, Verdict::Refuted)],
            vec![trial("kept", Measured, Verdict::Holds)],
        );
        assert!(!fine.unexpected() && fine.regimes["only"] == margin("mean", 0.25));
        assert_eq!(fine.falsifiers.keys().collect::<Vec<_>>(), ["only/caught"]);
        assert_eq!(fine.falsifiers["only/caught"], margin("mean", 1.25));
        assert_eq!(fine.controls["only/kept"], margin("mean", 1.5));
        let open = record_of(
            Verdict::Vacuous,
            vec![trial("open", Measured, Verdict::Inconclusive), trial("step", Derived, Verdict::Holds)],
            vec![trial("lost", Measured, Verdict::Inconclusive)],
        );
        let expected =
            [("only", "vacuous: open, step, lost"), ("only/lost", "inconclusive"), ("only/open", "inconclusive")];
        assert_eq!(open.wrong, expected.map(|(key, why)| (key.to_string(), why.to_string())).into());
        // Another id, another digest; the same again, the same.
        assert_eq!(
            (fine.seen.len(), &fine.seen),
            (
                12,
                &record_of(
                    Verdict::Holds,
                    vec![trial("caught", Measured, Verdict::Refuted), trial("step", Derived, Verdict::Refuted)],
                    vec![trial("kept", Measured, Verdict::Holds)]
                )
                .seen
            )
        );
        assert_ne!(fine.seen, open.seen);
    }

    #[test]
    fn a_seed_is_tried_as_verify_does() {
        use crate::bits::States;
        use crate::claim::{Case, CheckError, Falsifier, falsifier};
        use crate::data::{Dataset, Split};
        use crate::lab::{Plan, Scale};
        use crate::symbolic::{Derivation, poly::Poly};
        static REGIMES: [Regime; 1] = [Regime { id: "only", title: "", expected: Verdict::Holds, replaced_by: None }];
        static STATEMENT: Statement = Statement {
            id: "T07",
            title: "",
            source: Source { reference: "", sentence: "", stated_there: false },
            hypotheses: &[],
            regimes: &REGIMES,
        };
        static FALSIFIERS: [Falsifier; 1] = [falsifier("wrong", "", Stage::Measurement, &["only"])];
        /// Discrepancy of the claim as stated; 4 are tolerated, the falsifier has 8 to 9.
        struct Claimed(f64);
        impl Theorem for Claimed {
            fn statement(&self) -> &'static Statement {
                &STATEMENT
            }
            fn falsifiers(&self) -> &'static [Falsifier] {
                &FALSIFIERS
            }
            fn derive(&self, _: Case<'_>) -> Result<Derivation, CheckError> {
                let mut steps = Derivation::new();
                steps.equal("1", &Poly::int(1), &Poly::int(1));
                Ok(steps)
            }
            fn measure(&self, case: Case<'_>, _: &Lab) -> Result<Evidence, CheckError> {
                let check = if case.falsified() { equal("mean", 8.0, 9.0) } else { equal("mean", self.0, self.0) };
                Ok(Evidence { measurements: vec![check], ..Evidence::default() })
            }
        }
        let split = || Split { images: States::zeros(1, 4), labels: vec![0] };
        let (train, test) = (split(), split());
        let data = Dataset { name: "none".into(), threshold: 128, height: 2, width: 2, train, test };
        let lab = Lab::new(Plan::new(Scale::Quick), 3, data.into(), Box::new(|_| {}));
        let of = |off: f64| try_seed(&Claimed(off), &lab, (3, true), "program", "quick none");
        let found = of(1.0);
        assert_eq!((found.seed, &*found.claim, &*found.program, &*found.sizes), (3, "T07", "program", "quick none"));
        assert!(found.training && found.seconds > 0.0 && !found.unexpected() && found.alarms().is_empty());
        assert_eq!(
            (&found.regimes["only"], &found.falsifiers["only/wrong"]),
            (&margin("mean", 0.25), &margin("mean", 2.0))
        );
        let found = of(5.0);
        assert_eq!((found.unexpected(), found.alarms()), (true, vec!["T07/only (refuted: mean)".to_string()]));
        // What gave no number is the only thing that is known.
        let found = of(f64::NAN);
        assert!(found.unexpected() && found.regimes.is_empty() && found.seen.is_empty() && !found.is_empty());
        let alarms = found.alarms();
        assert!(alarms.len() == 1 && alarms[0].starts_with("T07 invalid (T07 only: "), "{alarms:?}");
        let counted = Summary::of(&[found]);
        assert_eq!((counted.claims[0].unexpected, counted.claims[0].seeds, counted.places.len()), (1, 1, 0));
    }

    #[test]
    fn digests_are_those_of_sha_256() {
        // FIPS 180-2, B.1: "abc" has ba7816bf 8f01cfea ...
        assert_eq!(digest(b"abc"), "ba7816bf8f01");
    }

    #[test]
    fn the_figure_spreads_the_places_of_a_claim_about_its_number() {
        let mut all = vec![outcome("T01", 10_000, false), outcome("T12", 10_001, false)];
        all[0].falsifiers.insert("tall/sheared".into(), margin("count", f64::INFINITY));
        all[0].regimes.insert("tall".into(), margin("mean", 1e-9));
        all[1].controls.insert("tall/turned".into(), margin("mean", 0.25));
        let figure = Summary::of(&all).figure();
        let [panel] = &figure.panels[..] else { panic!("one panel") };
        assert_eq!((figure.name, &*panel.title), ("calibration", "seeds 10000 to 10001"));
        // By hand: two places of T01 at 1 − 1/4 and 1, three of T12 at 12 − 1/4, 12 − 1/12, 12 + 1/12, in the order of their keys. Fractions end
        // at 1/1000 and 1000.
        let expected = [
            (Role::Falsifier, vec![(1.0, 1e3), (12.0 - 1.0 / 12.0, 3.0)]),
            (Role::Measurement, vec![(0.75, 1e-3), (11.75, 0.5)]),
            (Role::Measurement, vec![(12.0 + 1.0 / 12.0, 0.25)]),
            (Role::Guide, vec![(0.5, 1.0), (12.5, 1.0)]),
        ];
        assert_eq!(panel.series.len(), 4);
        for (series, (role, points)) in panel.series.iter().zip(expected) {
            assert_eq!((series.role, series.points.len()), (role, points.len()), "{}", series.label);
            for (found, point) in series.points.iter().zip(points) {
                assert!(
                    (found.0 - point.0).abs() < 1e-12 && found.1 == point.1,
                    "{}: {found:?} {point:?}",
                    series.label
                );
            }
        }
        // Without controls there is no series of them.
        assert_eq!(Summary::of(&all[..1]).figure().panels[0].series.len(), 3);
        assert_eq!(Summary::of(&[]).figure().panels[0].title, "no seeds");
    }

    #[test]
    fn the_page_says_what_was_tried_and_what_is_missing() {
        let mut all = seeds("T01", 200, 0);
        all.iter_mut().take(99).for_each(|one| one.seconds = 900.0);
        all[5].falsifiers.insert("tall/sheared".into(), margin("count", 1000.0));
        all[5].controls.insert("tall/turned".into(), margin("mean", 999.99));
        let found = Summary::of(&all);
        let page = found.page("quick mnist", &["T01"]);
        let (regimes, falsifiers) = page.split_once("\n| falsifier |").expect("two tables");
        for line in [
            "This page: quick mnist, seeds 10000 to 10199. Seeds without",
            "on the tuning seeds 0 to 199 only.",
            "once per release: seeds 10000 to 10199 for release 0.2.",
            "It is **met**.\n",
            // None of 60 with trained machines: 1 − 0.05^(1/60). The median of 99 slow seeds and 101 of a second is a second.
            "| T01 | 200 | 60 | 0 | 4.9 | 1 s | a |",
            "No seed had an unexpected verdict.",
            "| T01/tall | 200 | 200 | mean | 0.50 | ",
            "| T01/tall/turned | 1 | 1 | mean | 999.99 | 10005 |",
        ] {
            assert!(regimes.contains(line), "{line}\n{page}");
        }
        assert!(!regimes.contains("| T01/tall/sheared |") && !falsifiers.contains("| T01/tall |"), "{page}");
        // All of 200 are refuted: at least 0.05^(1/200) = 0.985.
        assert!(falsifiers.contains("| T01/tall/sheared | 200 | 200 | 98.5 | mean | 3.00 | "), "{page}");
        // Far beyond the threshold the fraction is no number that anyone needs.
        let far = Summary::of(&all[5..6]).page("quick mnist", &["T01", "T02"]);
        assert!(far.contains("| T01/tall/sheared | 1 | 1 | 5.0 | count | ≥ 1000 | 10005 |"), "{far}");
        let missing = "It is **not met**. Missing: T01: 199 more seeds, 59 more with trained machines; T02: not tried.";
        assert!(far.contains(missing), "{far}");
        let some = Summary::of(&seeds("T01", 200, 1)).page("quick mnist", &["T01"]);
        assert!(some.contains("\nUnexpected:\n\n- seed 10199: ") && !some.contains("No seed had"), "{some}");
        assert!(Summary::of(&[]).page("quick mnist", &[]).contains("This page: quick mnist, no seeds. Seeds without"));
    }

    #[test]
    fn every_claim_needs_its_seeds_and_its_seeds_with_trained_machines() {
        // 190 of 200 seeds, of which 55 of 60 are trained; all, but none trained.
        let found = Summary::of(&seeds("T01", 190, 0));
        assert_eq!(found.missing(&[]), ["T01: 10 more seeds, 0 more with trained machines"]);
        let untrained = |one: SeedOutcome| SeedOutcome { training: one.training && one.seed >= 10_005, ..one };
        let found = Summary::of(&seeds("T01", 200, 0).into_iter().map(untrained).collect::<Vec<_>>());
        assert_eq!(found.missing(&["T01"]), ["T01: 0 more seeds, 5 more with trained machines"]);
        assert!(!found.passes() && found.rates_are_small());
        // One seed that was not named beforehand, and one on which constants are chosen: neither of the block.
        let mut all = seeds("T01", 202, 0);
        all[200].seed = 10_200;
        all[201].seed = 199;
        let found = Summary::of(&all);
        assert_eq!((found.tuning, found.outside, found.seeds), (1, 2, Some((199, 10_200))));
        let named = "2 of the seeds are not of the block of release 0.2, 10000 to 10199";
        assert_eq!((found.missing(&[]), found.passes()), (vec![named.to_string()], false));
    }

    #[test]
    fn lines_are_short_and_read_again() {
        let mut one = outcome("T01", 3, true);
        one.falsifiers.insert("tall/other".into(), margin("count", f64::INFINITY));
        one.regimes.insert("tall".into(), margin("mean", 0.123_456));
        let line = serde_json::to_string(&one).expect("plain numbers");
        let expected = r#""regimes":{"tall":["mean",0.123]},"falsifiers":{"tall/other":["count",null],"tall/sheared":["mean",3.0]},"controls":{},"wrong":{"tall":"inconclusive: mean"},"seen":"ab"}"#;
        assert!(line.ends_with(expected), "{line}");
        one.regimes.insert("tall".into(), margin("mean", 0.123));
        assert_eq!(serde_json::from_str::<SeedOutcome>(&line).expect("our own line"), one);
    }
}
