//! Error rates and power over all seeds, as a page and a figure.
#![deny(clippy::disallowed_methods)]

use super::margin::Margin;
use super::outcome::SeedOutcome;
use super::{BLOCK, CHANGED, NEEDED, RELEASE, TUNING, block};
use crate::figure::{Axis, Figure, Panel, Role, Series};
use crate::math::larger;
use crate::stat::proportion::{lower_limit, upper_limit};
use serde::Serialize;
use statrs::statistics::{Data, Median};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Largest share of a claim's seeds with an unexpected verdict.
const LARGEST_SHARE: f64 = 0.01;

/// What the upper limit of their rate must stay below.
const LARGEST_LIMIT: f64 = 0.05;

/// Confidence of the limits, one-sided.
const CONFIDENCE: f64 = 0.95;

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
    /// Upper limit of the rate, 95 %: the larger of that of all seeds and that of the seeds with
    /// trained machines, if there are any.
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
    pub(super) fn missing(&self) -> (usize, usize) {
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
    /// Smallest and largest seed of claims that were not changed.
    pub seeds: Option<(u64, u64)>,
    /// The same of each that was ([`CHANGED`]).
    pub changed: Vec<(&'static str, u64, u64)>,
    /// Number of seeds among them that constants may have been chosen on.
    pub tuning: usize,
    /// Number of outcomes at seeds that are not of their claim's [`block`].
    pub outside: usize,
}

impl Summary {
    /// Counts over outcomes: one per claim and seed, as [`latest`](super::latest) gives them.
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
        let range = |changed: Option<&str>| {
            let own = |claim: &str| CHANGED.iter().map(|(of, _)| *of).find(|of| *of == claim);
            let of = || tried.iter().filter(|one| own(&one.claim) == changed).map(|one| one.seed);
            of().min().zip(of().max())
        };
        let of_changed = |(id, _)| range(Some(id)).map(|(first, last)| (id, first, last));
        Self {
            claims: groups.iter().map(counted).collect(),
            places: places(&tried),
            alarms: alarms.into_iter().collect(),
            seeds: range(None),
            changed: CHANGED.into_iter().filter_map(of_changed).collect(),
            tuning: seeds.iter().filter(|seed| TUNING.contains(seed)).count(),
            outside: tried.iter().filter(|one| !block(&one.claim).contains(&one.seed)).count(),
        }
    }

    /// Whether no claim has an unexpected verdict in more than 1 % of its seeds.
    pub fn rates_are_small(&self) -> bool {
        let few = |unexpected: usize, seeds: usize| unexpected as f64 <= LARGEST_SHARE * seeds as f64;
        self.claims
            .iter()
            .all(|claim| few(claim.unexpected, claim.seeds) && few(claim.unexpected_trained, claim.trained))
    }

    /// The criterion of a release: of every claim at most 1 % of the seeds have an unexpected
    /// verdict, the upper limit of that rate lies below 5 %, the same of the seeds with trained
    /// machines alone, no seed is missing and no claim of `catalogue`, and all are
    /// of the block that was named beforehand.
    pub fn passes(&self, catalogue: &[&str]) -> bool {
        let limits = self.claims.iter().all(|claim| claim.at_most < LARGEST_LIMIT);
        self.rates_are_small() && limits && self.missing(catalogue).is_empty() && !self.claims.is_empty()
    }

    /// What the criterion still needs, in words; of `catalogue` what was not tried at all.
    pub fn missing(&self, catalogue: &[&str]) -> Vec<String> {
        let few = self.claims.iter().filter(|claim| claim.missing() != (0, 0)).map(|claim| {
            let (seeds, trained) = claim.missing();
            format!("{}: {seeds} more seeds, {trained} more with trained machines", claim.id)
        });
        let never = catalogue.iter().filter(|id| self.claims.iter().all(|claim| claim.id != **id));
        let outside = (self.outside > 0).then(|| {
            format!("{} outcomes are of other seeds than those of release {RELEASE} ({})", self.outside, blocks())
        });
        few.chain(never.map(|id| format!("{id}: not tried"))).chain(outside).collect()
    }

    /// The page: every claim's seeds, everything unexpected by name, and every regime, control and
    /// falsifier. `catalogue`: all claims there are.
    pub fn page(&self, sizes: &str, catalogue: &[&str]) -> String {
        let mut page = format!(
            "{PAGE_HEAD}\n\n{}\n\nThis page: {sizes}, {}{}. Seeds without trained machines leave out what needs them: whole regimes, or single checks of a \
             regime. Every claim is shown as the last program left it that tried it, by the hash of its file; another program continues its \
             outcomes where it reproduces one of them. *One seed* is the median wall time, divided by the number of seeds that ran at once.\n",
            seeds_kept_apart(),
            self.tried(),
            if self.tuning > 0 { " (**tuning seeds: not evidence of error rates**)" } else { "" }
        );
        let passes = if self.passes(catalogue) { "met" } else { "not met" };
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

    /// The seeds that were tried, in words.
    fn tried(&self) -> String {
        let unchanged = self.seeds.map(|(first, last)| format!("seeds {first} to {last}"));
        let changed = self.changed.iter().map(|(id, first, last)| format!("{id} {first} to {last}"));
        let all: Vec<String> = unchanged.into_iter().chain(changed).collect();
        if all.is_empty() { "no seeds".into() } else { all.join("; ") }
    }

    /// Margins of every regime, falsifier and control in the seed nearest to the wrong decision,
    /// over the number of its claim.
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
        Figure {
            name: "calibration",
            title: "How near every decision came to its threshold".into(),
            caption: format!(
                "Fraction of the tolerance that the deciding check uses, in the seed nearest to the wrong decision: regimes and controls \
                 are right below 1, falsifiers above. Values beyond {} and {} are drawn there.",
                SHOWN.0, SHOWN.1
            ),
            panels: vec![
                Panel::new(
                    self.tried(),
                    Axis::count("number of the claim"),
                    Axis::log("fraction of the tolerance used, 1 at the threshold"),
                )
                .with(series.into_iter().filter(|series| !series.points.is_empty())),
            ],
        }
    }
}

/// Fractions beyond these are drawn at them.
const SHOWN: (f64, f64) = (1e-3, 1e3);

const PAGE_HEAD: &str = "# Calibration of the claims\n\nMade by `rbm-landscape calibrate`.";

/// Which seeds are for what, in words.
pub fn seeds_kept_apart() -> String {
    format!(
        "Seeds are kept apart. Constants are chosen on the tuning seeds {} to {} only. What was changed after a judged seed is named below, with the seeds that it was tried on since. Error rates are published from a block of seeds that is named \
         before it is run and used once per release; for release {RELEASE}: {}.",
        TUNING.start,
        TUNING.end - 1,
        blocks()
    )
}

/// The seeds of this release, in words.
fn blocks() -> String {
    let changed = CHANGED.map(|(id, next)| format!("{id} {} to {}", next.start, next.end - 1)).join(", ");
    format!(
        "{} to {}; of claims that were changed after they had been tried there, {changed}",
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
pub(super) fn places(outcomes: &[&SeedOutcome]) -> Vec<Place> {
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
            // What is decided wrongly by something beside its checks (a derivation, a falsifier)
            // comes first.
            (!a.2).cmp(&!b.2).then(nearness(a.1.used).total_cmp(&nearness(b.1.used)))
        };
        let &(seed, nearest, _) = seeds.iter().max_by(by)?;
        let at_least = lower_limit(right, seeds.len(), CONFIDENCE);
        Some(Place { key, kind, seeds: seeds.len(), right, at_least, nearest: nearest.clone(), seed })
    };
    all.into_iter().filter_map(place).collect()
}
