//! Error rates of the claims: every check and falsifier over many root seeds.

use crate::claim::{CheckError, Dossier, Theorem, Verdict, conclude};
use crate::lab::Lab;
use crate::runner;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write;

/// What one root seed gave. Keys are `T01/tall` for regimes and `T01/tall/lambda-squared` for falsifiers and controls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeedOutcome {
    /// The root seed.
    pub seed: u64,
    /// Which program, claims and sizes: outcomes are compared only where this agrees.
    pub made_by: String,
    /// Whether machines were trained; without, what needs them is left out.
    pub training: bool,
    /// Wall time.
    pub seconds: f64,
    /// Whether each regime, as stated, came out with the verdict that theory expects, whatever its falsifiers did.
    pub as_expected: BTreeMap<String, bool>,
    /// Whether each falsifier was refuted.
    pub refuted: BTreeMap<String, bool>,
    /// Whether each positive control held.
    pub held: BTreeMap<String, bool>,
}

impl SeedOutcome {
    /// Regimes with another verdict than the expected one, and controls that did not hold.
    pub fn false_alarms(&self) -> Vec<&str> {
        self.as_expected.iter().chain(&self.held).filter(|(_, right)| !**right).map(|(key, _)| key.as_str()).collect()
    }
}

/// Runs all regimes, falsifiers and controls of the claims in one laboratory.
///
/// # Errors
/// When a check could not run.
pub fn try_seed(
    theorems: &[&dyn Theorem],
    lab: &Lab,
    seed: u64,
    training: bool,
    made_by: &str,
) -> Result<SeedOutcome, CheckError> {
    let start = std::time::Instant::now();
    let dossiers = theorems.iter().map(|theorem| runner::check(*theorem, lab)).collect::<Result<Vec<_>, _>>()?;
    let mut outcome = SeedOutcome {
        seed,
        made_by: made_by.into(),
        training,
        seconds: 0.0,
        as_expected: BTreeMap::new(),
        refuted: BTreeMap::new(),
        held: BTreeMap::new(),
    };
    for dossier in &dossiers {
        record(dossier, &mut outcome);
    }
    outcome.seconds = start.elapsed().as_secs_f64();
    Ok(outcome)
}

fn record(dossier: &Dossier, outcome: &mut SeedOutcome) {
    for regime in &dossier.regimes {
        let key = format!("{}/{}", dossier.statement.id, regime.regime.id);
        let verdict = if regime.derivation.holds() { conclude(&regime.evidence) } else { Verdict::Refuted };
        outcome.as_expected.insert(key.clone(), verdict == regime.regime.expected);
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

/// What many seeds gave.
pub struct Summary {
    /// Seeds run.
    pub seeds: usize,
    /// Seeds among them with trained machines.
    pub trained: usize,
    /// Seeds with any false alarm, and what it was.
    pub alarms: Vec<(u64, Vec<String>)>,
    /// (claim/regime, seeds, seeds with the expected verdict).
    pub regimes: Vec<(String, usize, usize)>,
    /// (claim/regime/falsifier, seeds, seeds in which it was refuted).
    pub falsifiers: Vec<(String, usize, usize)>,
    /// Wall time of one seed, mean.
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
        let named = |one: &SeedOutcome| one.false_alarms().into_iter().map(String::from).collect::<Vec<_>>();
        Self {
            seeds: outcomes.len(),
            trained: outcomes.iter().filter(|one| one.training).count(),
            alarms: outcomes
                .iter()
                .map(|one| (one.seed, named(one)))
                .filter(|(_, alarms)| !alarms.is_empty())
                .collect(),
            regimes: count(&|one| &one.as_expected),
            falsifiers: count(&|one| &one.refuted),
            seconds: outcomes.iter().map(|one| one.seconds).sum::<f64>() / outcomes.len() as f64,
        }
    }

    /// Of 200 seeds at most 4 with any false alarm, and every falsifier refuted in at least 197 (in proportion).
    pub fn passes(&self) -> bool {
        let alarms = self.alarms.len() as f64 <= MOST_ALARMS * self.seeds as f64;
        alarms && self.falsifiers.iter().all(|&(_, all, refuted)| refuted as f64 >= LEAST_REFUTED * all as f64)
    }

    /// The page: a table a claim's regime, and everything that went wrong by name.
    pub fn page(&self) -> String {
        let mut page = String::new();
        // Writing to a string cannot fail.
        let _ = writeln!(
            page,
            "# Calibration of the claims\n\n{} seeds, {} of them with trained machines. Seeds with any false alarm (a regime with another \
             verdict than theory expects, or a control that does not hold): {}. Falsifiers refuted in fewer than all seeds: {}.\n",
            self.seeds,
            self.trained,
            self.alarms.len(),
            self.falsifiers.iter().filter(|(_, all, refuted)| refuted < all).count()
        );
        for (seed, alarms) in &self.alarms {
            let _ = writeln!(page, "- seed {seed}: {}", alarms.join(", "));
        }
        let _ = writeln!(
            page,
            "\n| claim / regime | seeds | as expected | falsifiers | refuted, least often |\n|---|---|---|---|---|"
        );
        for (regime, seeds, right) in &self.regimes {
            let of: Vec<_> =
                self.falsifiers.iter().filter(|(key, _, _)| key.starts_with(&format!("{regime}/"))).collect();
            let worst = of.iter().max_by_key(|(_, all, refuted)| all - refuted);
            let shown = worst.map_or("–".into(), |(_, all, refuted)| format!("{refuted} of {all}"));
            let _ = writeln!(page, "| {regime} | {seeds} | {right} | {} | {shown} |", of.len());
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

#[cfg(test)]
mod tests {
    use super::*;

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
        }
    }

    #[test]
    fn one_false_alarm_in_fifty_passes_and_two_do_not() {
        let with =
            |alarms: u64| Summary::of(&(0..50).map(|seed| outcome(seed, seed < alarms, true)).collect::<Vec<_>>());
        assert!(with(0).passes() && with(1).passes() && !with(2).passes());
        assert!(with(2).page().contains("- seed 1: T01/tall"));
    }

    #[test]
    fn a_falsifier_that_gets_through_is_named_and_counts() {
        let through = Summary::of(&(0..50).map(|seed| outcome(seed, false, seed != 7)).collect::<Vec<_>>());
        assert!(!through.passes() && through.page().contains("T01/tall/wrong: refuted in 49 of 50"));
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
        };
        let regime = RegimeDossier {
            regime: &REGIMES[0],
            verdict: Verdict::Vacuous,
            derivation: Default::default(),
            evidence: Default::default(),
            falsifiers: vec![trial("caught", Verdict::Refuted), trial("open", Verdict::Inconclusive)],
            controls: vec![trial("kept", Verdict::Holds), trial("lost", Verdict::Inconclusive)],
            seconds: 0.0,
        };
        let mut found = outcome(0, false, true);
        record(&Dossier { statement: &STATEMENT, regimes: vec![regime] }, &mut found);
        assert!(found.refuted["T00/only/caught"] && !found.refuted["T00/only/open"]);
        assert!(found.held["T00/only/kept"] && !found.held["T00/only/lost"]);
        assert_eq!(found.as_expected.get("T00/only"), Some(&false)); // a derivation without steps does not hold
    }
}
