//! What one seed gave, by claim, and which program said so.
#![deny(clippy::disallowed_methods)]

use super::margin::{Margin, of_falsifier, seen, worst};
use crate::claim::{Stage, Verdict};
use crate::dossier::Dossier;
use crate::file::hex;
use crate::lab::Lab;
use crate::runner;
use crate::theorem::Theorem;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

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
    /// By regime the worst check: the fraction of its tolerance that it uses, below 1 where it is
    /// right; of a check that must fail the inverse. Empty where all regimes need trained machines
    /// and none was trained.
    #[serde(default)]
    pub regimes: BTreeMap<String, Margin>,
    /// By `regime/falsifier`, above 1 where it is refuted: the least clear of the checks that it
    /// must fail, the clearest where it names none. Falsifiers of derivations draw nothing and are
    /// left out; one that is not refuted makes its regime vacuous.
    #[serde(default)]
    pub falsifiers: BTreeMap<String, Margin>,
    /// By `regime/control`, as regimes.
    #[serde(default)]
    pub controls: BTreeMap<String, Margin>,
    /// What was not as expected, by regime, `regime/falsifier` or `regime/control`, with the
    /// verdict and the ids of the checks.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub wrong: BTreeMap<String, String>,
    /// Which check gave no number or could not run. Then nothing else is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invalid: Option<String>,
    /// Digest of every measurement: ids, outcomes, bounds, p-values and limits to three digits.
    /// Empty where nothing was measured.
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

    /// Whether both measured the same, to the digits of [`SeedOutcome::seen`], at one seed, and
    /// came to the same verdicts.
    fn agrees(&self, other: &Self) -> bool {
        let of = |one: &Self| (one.seed, one.training, one.claim.clone(), one.sizes.clone());
        !self.seen.is_empty() && self.seen == other.seen && self.wrong == other.wrong && of(self) == of(other)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.regimes.is_empty() && self.invalid.is_none()
    }
}

/// Runs all regimes, falsifiers and controls of a claim at the seed of the laboratory. `program`
/// and `sizes` are those of the outcome.
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

pub(super) fn record(dossier: &Dossier, outcome: &mut SeedOutcome) {
    outcome.seen = seen(dossier);
    for regime in &dossier.regimes {
        let id = regime.regime.id.to_string();
        if !regime.as_expected() {
            outcome.wrong.insert(id.clone(), regime.found());
        }
        outcome.regimes.extend(worst(&regime.evidence).map(|margin| (id.clone(), margin)));
        for trial in regime.falsifiers.iter().filter(|trial| trial.stage == Stage::Measurement) {
            let key = format!("{id}/{}", trial.id);
            if trial.verdict != Verdict::Refuted && regime.expected.is_some() {
                outcome.wrong.insert(key.clone(), trial.verdict.to_string());
            }
            outcome.falsifiers.extend(of_falsifier(trial).map(|margin| (key, margin)));
        }
        for trial in &regime.controls {
            let key = format!("{id}/{}", trial.id);
            if trial.verdict != Verdict::Holds && regime.expected.is_some() {
                outcome.wrong.insert(key.clone(), trial.verdict.to_string());
            }
            outcome.controls.extend(worst(&trial.evidence).map(|margin| (key, margin)));
        }
    }
}

/// Twelve hexadecimal digits of a SHA-256.
pub fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes)[..6])
}

/// An outcome of another program to try again, if `program` has none of this claim: of the last
/// program that has measured some at these sizes one with trained machines, if `training` allows it
/// and there is one.
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

/// The last program that saw what `again` saw, at its seed and with its training, and came to the
/// same verdicts.
pub fn program_that_saw<'a>(outcomes: &'a [SeedOutcome], again: &SeedOutcome) -> Option<&'a str> {
    outcomes.iter().rfind(|one| one.agrees(again)).map(|one| one.program.as_str())
}

/// One outcome per claim and seed, at these sizes, with trained machines where there is one: of
/// `program` for the claims that it has outcomes of, else of the program that comes last.
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
