//! Error rates of the claims: every check and falsifier over many root seeds.

use crate::claim::{CheckError, Dossier, Theorem, Verdict, conclude};
use crate::evidence::{Evidence, Judge, Measurement, Outcome};
use crate::figure::{Axis, Figure, Panel, Role, Series};
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
    /// [`reach`] of what should pass; what is decided by a derivation alone is left out.
    pub used_up: BTreeMap<String, f64>,
    /// [`reach`] of what should fail.
    pub beyond: BTreeMap<String, f64>,
}

/// Where the evidence stands between agreeing and contradicting, 1 at the line: of a check that should pass the share of its bound that is
/// used up (the worst check counts), of one that should fail how many bounds it is off (the clearest check counts). A p-value
/// stands at ln p over ln α. Between 1e-9 and 1e9; none without measurements.
pub fn reach(evidence: &Evidence, should_pass: bool) -> Option<f64> {
    let one = |m: &Measurement| {
        let off = (m.observed - m.predicted).abs();
        let share = match &m.judge {
            Judge::Rounding { .. } if off == 0.0 => 0.0,
            Judge::Truncation { .. } if should_pass && m.outcome() == Outcome::Fail => f64::INFINITY, // its order may be what fails
            Judge::Rounding { .. } | Judge::Truncation { .. } => off / m.bound(),
            Judge::Statistical { p_value, alpha, .. } => p_value.ln() / alpha.ln(),
            Judge::Equivalence { discrepancy, bound, .. } => {
                (if should_pass { discrepancy.high } else { discrepancy.low }) / bound
            }
            Judge::Effect { effect, at_least, .. } => {
                at_least / (if should_pass { effect.low } else { effect.high }).max(f64::MIN_POSITIVE)
            }
        };
        // Not a number fails.
        if share.is_nan() { 1e9 } else { share.clamp(1e-9, 1e9) }
    };
    evidence.measurements.iter().map(one).reduce(f64::max)
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
        used_up: BTreeMap::new(),
        beyond: BTreeMap::new(),
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
        let mut stands = |key: String, evidence: &Evidence, should_pass: bool| {
            let side = if should_pass { &mut outcome.used_up } else { &mut outcome.beyond };
            side.extend(reach(evidence, should_pass).map(|reach| (key, reach)));
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

/// Least power that every regime, falsifier and control must have by design.
const DESIGN_POWER: f64 = 0.9999;

/// Where one regime, falsifier or control stood over the seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct Stand {
    /// `T01/tall`, `T01/tall/lambda-squared`.
    pub key: String,
    /// True where the evidence should pass.
    pub should_pass: bool,
    /// [`reach`] in the seed that came nearest to the other decision.
    pub nearest: f64,
    /// Chance of the right decision, from mean and spread of ln [`reach`] over the seeds, as if it were normal; none from fewer than
    /// ten seeds.
    pub power: Option<f64>,
}

impl Stand {
    fn of(key: &str, should_pass: bool, reaches: &[f64]) -> Self {
        let side = if should_pass { -1.0 } else { 1.0 };
        // How far on the right side of the line, in logarithms.
        let clear: Vec<f64> = reaches.iter().map(|reach| side * reach.ln()).collect();
        let count = clear.len() as f64;
        let mean = clear.iter().sum::<f64>() / count;
        let spread = (clear.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt();
        let power = (clear.len() >= 10).then(|| match spread > 0.0 {
            true => 0.5 * libm::erfc(-mean / spread / 2f64.sqrt()),
            false => f64::from(u8::from(mean > 0.0)),
        });
        let nearest = (side * clear.iter().fold(f64::INFINITY, |least, x| least.min(*x))).exp();
        Self { key: key.into(), should_pass, nearest, power }
    }

    /// ln of the distance to the line, from below for what should pass; larger is nearer.
    fn nearness(&self) -> f64 {
        if self.should_pass { self.nearest.ln() } else { -self.nearest.ln() }
    }
}

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
    /// Where everything stood.
    pub stands: Vec<Stand>,
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
        let mut reaches: BTreeMap<(&str, bool), Vec<f64>> = BTreeMap::new();
        for outcome in outcomes {
            for (side, should_pass) in [(&outcome.used_up, true), (&outcome.beyond, false)] {
                side.iter().for_each(|(key, reach)| reaches.entry((key, should_pass)).or_default().push(*reach));
            }
        }
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
            stands: reaches.iter().map(|(&(key, side), reaches)| Stand::of(key, side, reaches)).collect(),
            seconds: outcomes.iter().map(|one| one.seconds).sum::<f64>() / outcomes.len() as f64,
        }
    }

    /// Of the design powers the least, with its regime, falsifier or control; none from fewer than ten seeds.
    pub fn least_power(&self) -> Option<(&str, f64)> {
        let known = self.stands.iter().filter_map(|stand| Some((stand.key.as_str(), stand.power?)));
        known.min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// Of 200 seeds at most 4 with any false alarm, every falsifier refuted in at least 197 (in proportion), every design power at least
    /// 0.9999 where it is known.
    pub fn passes(&self) -> bool {
        let powerful = self.least_power().is_none_or(|(_, power)| power >= DESIGN_POWER);
        let alarms = self.alarms.len() as f64 <= MOST_ALARMS * self.seeds as f64;
        alarms
            && powerful
            && self.falsifiers.iter().all(|&(_, all, refuted)| refuted as f64 >= LEAST_REFUTED * all as f64)
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
            "\n![Reach of every regime and falsifier](calibration.svg)\n\nHow clear the decisions are: *reach* is the share of its bound that the worst check of a regime uses up, 1 at the line \
             (a p-value stands at ln p over ln α); of what should be refuted, how many bounds the clearest check is off. *Power* is the chance of \
             the right decision if ln reach is normal over the seeds. Least power: {}.\n\n\
             | claim / regime | seeds | as expected | reach, nearest | power | falsifiers | refuted, least often | reach, nearest | power |\n\
             |---|---|---|---|---|---|---|---|---|",
            self.least_power()
                .map_or("not known from so few seeds".into(), |(key, power)| format!("1 − {:.1e}, {key}", 1.0 - power))
        );
        for (regime, seeds, right) in &self.regimes {
            let of: Vec<_> =
                self.falsifiers.iter().filter(|(key, _, _)| key.starts_with(&format!("{regime}/"))).collect();
            let worst = of.iter().max_by_key(|(_, all, refuted)| all - refuted);
            let shown = worst.map_or("–".into(), |(_, all, refuted)| format!("{refuted} of {all}"));
            let of_regime: Vec<&Stand> = self.stands.iter().filter(|stand| stand.key == *regime).collect();
            let inputs: Vec<&Stand> = self
                .stands
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
        let claim = |stand: &Stand| stand.key.get(1..3).and_then(|number| number.parse::<f64>().ok()).unwrap_or(0.0);
        let place = |stand: &Stand| {
            let same: Vec<&Stand> = self.stands.iter().filter(|other| claim(other) == claim(stand)).collect();
            let at = same.iter().position(|other| std::ptr::eq(*other, stand)).unwrap_or(0);
            claim(stand) + 0.5 * (at as f64 / same.len() as f64 - 0.5)
        };
        let of = |pick: &dyn Fn(&Stand) -> bool| -> Vec<(f64, f64)> {
            self.stands.iter().filter(|stand| pick(stand)).map(|stand| (place(stand), stand.nearest)).collect()
        };
        let regime = |stand: &Stand| stand.key.matches('/').count() == 1;
        let panel = Panel {
            title: format!("{} seeds, the nearest to the other decision of each", self.seeds),
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
                Series::line("the line", Role::Guide, vec![(0.5, 1.0), (9.5, 1.0)]),
            ],
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
fn clearness(stands: &[&Stand]) -> String {
    let nearest = stands.iter().max_by(|a, b| a.nearness().total_cmp(&b.nearness()));
    let power = stands.iter().filter_map(|stand| stand.power).reduce(f64::min);
    format!(
        "{} | {}",
        nearest.map_or("–".into(), |stand| format!("{:.2}", stand.nearest)),
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
            used_up: BTreeMap::from([("T01/tall".to_string(), 0.1)]),
            beyond: BTreeMap::new(),
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
    fn reach_is_one_at_the_line_from_either_side() {
        use crate::evidence::{Interval, TestKind};
        let of = |judge: Judge| {
            let measurement = Measurement { name: "one".into(), observed: 3.0, predicted: 1.0, judge };
            let evidence = Evidence { measurements: vec![measurement], ..Evidence::default() };
            [true, false].map(|should_pass| reach(&evidence, should_pass).expect("one measurement"))
        };
        let interval = Interval { low: 1.0, high: 3.0, confidence: 0.9 };
        // by hand: the upper limit is what must stay below the bound, the lower one what must lie above it
        assert_eq!(of(Judge::Equivalence { discrepancy: interval, bound: 2.0, because: "" }), [1.5, 0.5]);
        assert_eq!(of(Judge::Effect { effect: interval, at_least: 2.0, because: "" }), [2.0, 2.0 / 3.0]);
        let statistical = |p_value: f64| {
            of(Judge::Statistical { test: TestKind::Z, statistic: 0.0, p_value, alpha: 1e-6, detects: String::new() })
        };
        assert!(
            (statistical(1e-3)[0] - 0.5).abs() < 1e-15 && statistical(0.0)[1] == 1e9 && statistical(1.0)[0] == 1e-9
        );
        let truncated =
            |measured_order: f64| of(Judge::Truncation { order: 2.0, measured_order, bound: 4.0, because: "" });
        assert_eq!((truncated(2.0), truncated(1.0)), ([0.5, 0.5], [1e9, 0.5]));
        assert_eq!(reach(&Evidence::default(), true), None);
    }

    #[test]
    fn power_is_that_of_a_normal_margin() {
        // by hand: ln reach has mean −2 and spread 1 over ten seeds (five at −2 − c, five at −2 + c, c² = 9/10)
        let c = 0.9f64.sqrt();
        let reaches: Vec<f64> = (0..10).map(|at| (-2.0 + if at % 2 == 0 { c } else { -c }).exp()).collect();
        let stand = Stand::of("T01/tall", true, &reaches);
        assert!((stand.power.expect("ten seeds") - 0.977_249_868).abs() < 1e-8, "{stand:?}");
        assert!((stand.nearest.ln() - (c - 2.0)).abs() < 1e-12);
        // The same numbers on the other side of the line: the right decision is the other one.
        assert!((Stand::of("T01/tall", false, &reaches).power.expect("ten seeds") - 0.022_750_132).abs() < 1e-8);
        assert_eq!(Stand::of("T01/tall", true, &reaches[..9]).power, None);
    }

    #[test]
    fn a_falsifier_that_gets_through_is_named_and_counts() {
        let through = Summary::of(&(0..50).map(|seed| outcome(seed, false, seed != 7)).collect::<Vec<_>>());
        assert!(!through.passes() && through.page().contains("T01/tall/wrong: refuted in 49 of 50"));
    }
}
