//! What verification found of one claim: regimes, trials of falsifiers and controls, and how checks
//! compose to a verdict.
#![deny(clippy::disallowed_methods)]

use crate::claim::{Falsifier, Regime, Stage, Statement, Verdict};
use crate::evidence::{Basis, Evidence, Measurement, Missing, Outcome};
use crate::symbolic::Derivation;
use serde::Serialize;

/// A falsifier or control after it was run.
#[derive(Debug)]
pub struct Trial {
    /// Its id.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// The stage that judged it.
    pub stage: Stage,
    /// What that stage concluded: `Refuted` is wanted of a falsifier, `Holds` of a control.
    pub verdict: Verdict,
    /// What was measured, for the stage `Measurement`.
    pub evidence: Evidence,
    /// Ids of the checks that it was asked to fail: all of these, or any one where none is named.
    pub kills: &'static [&'static str],
}

impl Trial {
    /// Whether a check was asked to fail.
    pub fn asks(&self, check: &Measurement) -> bool {
        self.kills.iter().any(|id| names(id, check))
    }
}

/// The id of a check without the shape that [`Evidence::of_shapes`] appends.
fn without_shape(id: &str) -> &str {
    let is_shape = |shape: &str| {
        shape.split_once('x').is_some_and(|(n, m)| n.parse::<usize>().is_ok() && m.parse::<usize>().is_ok())
    };
    id.rsplit_once('-').filter(|(_, shape)| is_shape(shape)).map_or(id, |(id, _)| id)
}

/// Whether a check has that id, whatever its shape.
fn names(id: &str, check: &Measurement) -> bool {
    without_shape(&check.id) == id
}

/// Everything that was found about one claim in one regime.
#[derive(Debug)]
pub struct RegimeDossier {
    /// The regime.
    pub regime: &'static Regime,
    /// The verdict that theory expects there of the images that were given; none of other images
    /// than MNIST where machines are trained.
    pub expected: Option<Verdict>,
    /// The conclusion.
    pub verdict: Verdict,
    /// The exact derivation.
    pub derivation: Derivation,
    /// What was measured.
    pub evidence: Evidence,
    /// Falsifiers of this regime.
    pub falsifiers: Vec<Trial>,
    /// Positive controls of this regime.
    pub controls: Vec<Trial>,
    /// Why it could not run or does not apply, where that is so; then nothing else is here.
    pub failure: Option<String>,
    /// Wall time in seconds.
    pub seconds: f64,
}

/// Everything that was found about one claim.
#[derive(Debug)]
pub struct Dossier {
    /// The claim.
    pub statement: &'static Statement,
    /// One entry a regime, in the statement's order.
    pub regimes: Vec<RegimeDossier>,
}

impl Dossier {
    /// True when every regime came out as expected.
    pub fn as_expected(&self) -> bool {
        self.regimes.iter().all(RegimeDossier::as_expected)
    }

    /// What gave no number or could not run, in one sentence per regime; none where everything did.
    pub fn invalid(&self) -> Option<String> {
        let words: Vec<String> = self.regimes.iter().filter_map(|regime| regime.invalid(self.statement.id)).collect();
        (!words.is_empty()).then(|| words.join("; "))
    }

    /// The dossier of one regime.
    ///
    /// # Errors
    /// When it was not run, or could not be.
    pub fn regime(&self, regime: &Regime) -> Result<&RegimeDossier, Missing> {
        self.regimes.iter().find(|of| of.regime == regime && of.failure.is_none()).ok_or(Missing::Regime(regime.id))
    }
}

/// How likely it is that chance alone changes the verdict of a claim that is true.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct FalseAlarms {
    /// Sum over the tests and confidence intervals of claims and positive controls: an upper bound
    /// of the probability that any of them errs. Falsifiers are not in it, nor tests that theory
    /// expects to reject.
    pub at_most: f64,
    /// Number of checks without a probability: judged by the smallest and largest of several
    /// results, or by an order of convergence.
    pub without: usize,
}

impl std::ops::Add for FalseAlarms {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { at_most: self.at_most + other.at_most, without: self.without + other.without }
    }
}

impl std::iter::Sum for FalseAlarms {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |a, b| a + b)
    }
}

impl RegimeDossier {
    /// The evidence of one falsifier.
    ///
    /// # Errors
    /// When it was not run.
    pub fn falsified(&self, falsifier: &Falsifier) -> Result<&Evidence, Missing> {
        let trial = self.falsifiers.iter().find(|trial| trial.id == falsifier.id);
        trial.map(|trial| &trial.evidence).ok_or(Missing::Falsifier(falsifier.id))
    }

    /// The verdict is the expected one, the derivation holds, and every check came out as theory
    /// expects; or nothing is expected, and it could run.
    pub fn as_expected(&self) -> bool {
        match (self.verdict, self.expected) {
            (Verdict::NotApplicable, _) => true,
            (Verdict::Invalid, _) => false,
            (_, None) => self.derivation.holds(),
            (verdict, Some(expected)) => {
                verdict == expected && self.derivation.holds() && self.surprises().next().is_none()
            }
        }
    }

    /// Why the claim does not apply to the images there, where that is so.
    pub fn not_applicable(&self) -> Option<&str> {
        self.failure.as_deref().filter(|_| self.verdict == Verdict::NotApplicable)
    }

    /// The verdict, and after it by their ids what is not as expected: derivation, checks,
    /// falsifiers, controls.
    pub fn found(&self) -> String {
        let through = self.falsifiers.iter().filter(|trial| trial.verdict != Verdict::Refuted);
        let lost = self.controls.iter().filter(|trial| trial.verdict != Verdict::Holds);
        let odd: Vec<&str> = (!self.derivation.holds())
            .then_some("derivation")
            .into_iter()
            .chain(self.surprises().map(|m| m.id.as_str()))
            .chain(through.chain(lost).map(|trial| trial.id))
            .collect();
        format!("{}: {}", self.verdict, odd.join(", "))
    }

    /// Checks that came out otherwise than theory expects.
    pub fn surprises(&self) -> impl Iterator<Item = &Measurement> {
        self.evidence.measurements.iter().filter(|m| !m.as_expected())
    }

    /// What gave no number or could not run in this regime of the claim with that id.
    fn invalid(&self, claim: &str) -> Option<String> {
        if self.verdict != Verdict::Invalid {
            return None;
        }
        if let Some(why) = &self.failure {
            return Some(why.clone());
        }
        let wrong = |evidence: &Evidence| {
            let checks = evidence.measurements.iter().filter(|m| m.outcome() == Outcome::Invalid);
            checks.map(|m| format!("\"{}\" ({})", m.name, m.id)).collect::<Vec<_>>()
        };
        let own = ("the claim as stated", &self.evidence, &[][..], wrong(&self.evidence));
        let trials = self.falsifiers.iter().chain(&self.controls).filter(|trial| trial.verdict == Verdict::Invalid);
        let all = std::iter::once(own).chain(trials.map(|t| (t.id, &t.evidence, t.kills, wrong(&t.evidence))));
        let words = all.filter_map(|(of, evidence, kills, wrong)| {
            let absent = |id: &&&str| !evidence.measurements.iter().any(|m| names(id, m));
            let absent: Vec<&str> = kills.iter().filter(absent).copied().collect();
            if !wrong.is_empty() {
                Some(format!("of {of} these checks gave no number: {}", wrong.join(", ")))
            } else if evidence.measurements.is_empty() {
                Some(format!("of {of} nothing was measured"))
            } else if !absent.is_empty() {
                Some(format!("of {of} these checks were not made: {}", absent.join(", ")))
            } else {
                None
            }
        });
        Some(format!("{claim} {}: {}", self.regime.id, words.collect::<Vec<_>>().join("; ")))
    }

    /// Chance of a false alarm in this regime and its controls.
    pub fn false_alarms(&self) -> FalseAlarms {
        let of = |m: &Measurement| match m.false_alarm() {
            // A rejection that is expected is no false alarm; an interval that misses may hide it.
            Some(_) if m.expected == Outcome::Fail && m.p_value().is_some() => FalseAlarms::default(),
            Some(at_most) => FalseAlarms { at_most, without: 0 },
            None => FalseAlarms { at_most: 0.0, without: 1 },
        };
        let controls = self.controls.iter().flat_map(|trial| &trial.evidence.measurements);
        self.evidence.measurements.iter().chain(controls).map(of).sum()
    }

    /// The kill matrix: of every check of the claim that must pass, in order, which falsifiers of
    /// its measurement fail it.
    pub fn kill_matrix(&self) -> Vec<(&Measurement, Vec<&'static str>)> {
        let kills = |m: &Measurement| {
            let failed = |trial: &&Trial| {
                trial
                    .evidence
                    .measurements
                    .iter()
                    .any(|one| names(without_shape(&m.id), one) && one.outcome() == Outcome::Fail)
            };
            self.falsifiers.iter().filter(failed).map(|trial| trial.id).collect()
        };
        let must_pass = self.evidence.measurements.iter().filter(|m| m.expected == Outcome::Pass);
        must_pass.map(|m| (m, kills(m))).collect()
    }
}

/// The conclusion from measurements alone: invalid when one gave no number or nothing was measured;
/// refuted when one fails; inconclusive when one is undecided or none could support the claim
/// (tests only refute, and formulas compared with one another support nothing); otherwise holds.
///
/// Where theory expects checks to fail, those carry the refutation: all of them must fail. A check
/// beside them that fails is a surprise ([`RegimeDossier::surprises`]), not a refutation.
pub(crate) fn conclude(evidence: &Evidence) -> Verdict {
    let checks = &evidence.measurements;
    if checks.is_empty() || checks.iter().any(|m| m.outcome() == Outcome::Invalid) {
        return Verdict::Invalid;
    }
    let refuting = checks.iter().any(|m| m.expected == Outcome::Fail);
    let deciding = || checks.iter().filter(|m| !refuting || m.expected == Outcome::Fail);
    let any = |outcome: Outcome| deciding().any(|m| m.outcome() == outcome);
    let refuted = if refuting { !any(Outcome::Pass) && !any(Outcome::Undecided) } else { any(Outcome::Fail) };
    let supported = checks.iter().any(|m| m.p_value().is_none() && m.basis == Basis::Model);
    if refuted {
        Verdict::Refuted
    } else if any(Outcome::Undecided) || any(Outcome::Fail) || !supported {
        Verdict::Inconclusive
    } else {
        Verdict::Holds
    }
}

/// The conclusion about a falsifier: refuted when every check that it is asked to fail fails, or
/// any one where none is named.
pub(crate) fn conclude_falsified(evidence: &Evidence, kills: &[&str]) -> Verdict {
    let checks = &evidence.measurements;
    let asked = |id: &&str| checks.iter().filter(|m| names(id, m)).map(Measurement::outcome).collect::<Vec<_>>();
    let asked: Vec<Vec<Outcome>> = kills.iter().map(asked).collect();
    let any = |outcome: Outcome| checks.iter().any(|m| m.outcome() == outcome);
    // A check that is asked for and not there is a mistake of the claim's, not evidence.
    if checks.is_empty() || any(Outcome::Invalid) || asked.iter().any(Vec::is_empty) {
        return Verdict::Invalid;
    }
    let asked: Vec<Outcome> = asked.concat();
    match kills {
        [] if any(Outcome::Fail) => Verdict::Refuted,
        [] if any(Outcome::Undecided) => Verdict::Inconclusive,
        [] => Verdict::Holds,
        _ if asked.iter().all(|outcome| *outcome == Outcome::Fail) => Verdict::Refuted,
        _ if asked.contains(&Outcome::Pass) => Verdict::Holds,
        _ => Verdict::Inconclusive,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::{Source, Stage};
    use crate::evidence::Side;
    use Outcome::{Fail, Invalid, Pass, Undecided};

    static REGIME: Regime =
        Regime { id: "only", title: "", expected: Verdict::Holds, replaced_by: None, trained: false };

    static STATEMENT: Statement = Statement {
        id: "T00",
        title: "",
        source: Source { reference: "", sentence: "", stated_there: false },
        hypotheses: &[],
        regimes: &[],
    };

    #[test]
    fn a_claim_is_as_expected_when_all_its_regimes_are() {
        let regime = |verdict: Verdict| RegimeDossier { verdict, ..dossier(&REGIME, vec![check("a", Pass)]) };
        let with = |verdicts: [Verdict; 2]| Dossier { statement: &STATEMENT, regimes: verdicts.map(regime).into() };
        assert!(with([Verdict::Holds, Verdict::Holds]).as_expected());
        assert!(!with([Verdict::Holds, Verdict::Vacuous]).as_expected());
    }

    /// A check with that id that comes out so.
    fn check(id: &str, outcome: Outcome) -> Measurement {
        let interval = match outcome {
            Outcome::Pass => crate::stat::interval::Interval::point(0.0),
            Outcome::Fail => crate::stat::interval::Interval::point(5.0),
            Outcome::Undecided => crate::stat::interval::Interval::exact(0.0, 5.0),
            Outcome::Invalid => crate::stat::interval::Interval::point(f64::NAN),
        };
        let criterion =
            crate::evidence::Criterion::Equivalence { discrepancy: interval, bound: 1.0, rationale: "by hand" };
        let made = Measurement::new(id, id, 0.0, 0.0, criterion);
        assert_eq!(made.outcome(), outcome);
        made
    }

    fn evidence(measurements: Vec<Measurement>) -> Evidence {
        Evidence { measurements, ..Evidence::default() }
    }

    #[test]
    fn a_claim_holds_when_all_pass_and_one_of_them_looks_at_a_model() {
        let of = |outcomes: &[Outcome]| conclude(&evidence(outcomes.iter().map(|o| check("a", *o)).collect()));
        assert_eq!(of(&[Pass, Pass]), Verdict::Holds);
        assert_eq!(of(&[Pass, Fail, Undecided]), Verdict::Refuted);
        assert_eq!(of(&[Pass, Undecided]), Verdict::Inconclusive);
        assert_eq!(
            (of(&[Fail, Invalid]), of(&[Pass, Invalid]), of(&[])),
            (Verdict::Invalid, Verdict::Invalid, Verdict::Invalid)
        );
        assert_eq!(conclude(&evidence(vec![check("a", Pass).of_formulas()])), Verdict::Inconclusive);
        assert_eq!(conclude(&evidence(vec![check("a", Fail).of_formulas()])), Verdict::Refuted);
        assert_eq!(conclude(&evidence(vec![check("a", Pass).of_formulas(), check("b", Pass)])), Verdict::Holds);
    }

    #[test]
    fn where_a_refutation_is_expected_the_checks_that_carry_it_decide() {
        let of = |carry: &[Outcome], beside: Outcome| {
            let carry = carry.iter().map(|o| check("a", *o).refuting(Side::Either));
            conclude(&evidence(carry.chain([check("b", beside)]).collect()))
        };
        assert_eq!((of(&[Fail], Pass), of(&[Fail], Fail)), (Verdict::Refuted, Verdict::Refuted));
        // A check beside them that fails refutes nothing in their place.
        assert_eq!((of(&[Pass], Fail), of(&[Undecided], Fail)), (Verdict::Holds, Verdict::Inconclusive));
        assert_eq!(
            (of(&[Fail, Pass], Pass), of(&[Fail, Undecided], Pass)),
            (Verdict::Inconclusive, Verdict::Inconclusive)
        );
        assert_eq!((of(&[Invalid], Pass), of(&[Fail], Invalid)), (Verdict::Invalid, Verdict::Invalid));
    }

    #[test]
    fn a_falsifier_is_refuted_by_the_checks_that_it_names() {
        let of = |outcomes: [Outcome; 2], kills: &[&str]| {
            conclude_falsified(&evidence(vec![check("a-12x8", outcomes[0]), check("b", outcomes[1])]), kills)
        };
        assert_eq!((of([Pass, Fail], &[]), of([Pass, Pass], &[])), (Verdict::Refuted, Verdict::Holds));
        assert_eq!((of([Pass, Undecided], &[]), of([Invalid, Fail], &[])), (Verdict::Inconclusive, Verdict::Invalid));
        assert_eq!((of([Fail, Pass], &["a"]), of([Fail, Pass], &["b"])), (Verdict::Refuted, Verdict::Holds));
        assert_eq!((of([Fail, Fail], &["a", "b"]), of([Fail, Pass], &["a", "b"])), (Verdict::Refuted, Verdict::Holds));
        assert_eq!(
            (of([Fail, Undecided], &["a", "b"]), of([Fail, Invalid], &["a"])),
            (Verdict::Inconclusive, Verdict::Invalid)
        );
        // A check that is not there is no failure.
        assert_eq!(of([Fail, Fail], &["a", "c"]), Verdict::Invalid);
        assert_eq!(conclude_falsified(&Evidence::default(), &[]), Verdict::Invalid);
    }

    fn dossier(expected: &'static Regime, checks: Vec<Measurement>) -> RegimeDossier {
        use crate::symbolic::poly::Poly;
        let mut derivation = Derivation::new();
        derivation.equal("1", "2 − 1", &Poly::int(1), &Poly::int(1));
        let evidence = evidence(checks);
        RegimeDossier {
            regime: expected,
            expected: Some(expected.expected),
            verdict: conclude(&evidence),
            derivation,
            evidence,
            falsifiers: Vec::new(),
            controls: Vec::new(),
            failure: None,
            seconds: 0.0,
        }
    }

    #[test]
    fn a_regime_is_as_expected_when_every_check_and_the_derivation_are() {
        static REFUTED: Regime =
            Regime { id: "no", title: "", expected: Verdict::Refuted, replaced_by: Some("b"), trained: false };
        let of = |a: Outcome, b: Outcome| dossier(&REFUTED, vec![check("a", a).refuting(Side::Either), check("b", b)]);
        assert!(of(Fail, Pass).as_expected());
        // The replacement is a claim of its own.
        let lost = of(Fail, Fail);
        assert!(lost.verdict == Verdict::Refuted && !lost.as_expected());
        assert_eq!(lost.surprises().map(|m| m.id.as_str()).collect::<Vec<_>>(), ["b"]);
        assert!(!of(Pass, Pass).as_expected() && !of(Fail, Undecided).as_expected());
        // Of other images nothing is expected, but no derivation fails by them; what does not apply
        // is no surprise, and what could not run is one.
        let other = |a: Outcome, b: Outcome| RegimeDossier { expected: None, ..of(a, b) };
        assert!(other(Pass, Fail).as_expected() && other(Fail, Undecided).as_expected());
        assert!(!RegimeDossier { derivation: Derivation::new(), ..other(Pass, Pass) }.as_expected());
        assert!(!RegimeDossier { verdict: Verdict::Invalid, ..other(Pass, Pass) }.as_expected());
        let failure = Some("one class".to_string());
        let apart =
            RegimeDossier { verdict: Verdict::NotApplicable, derivation: Derivation::new(), failure, ..of(Pass, Pass) };
        assert!(apart.as_expected() && apart.not_applicable() == Some("one class"));
        assert_eq!(RegimeDossier { verdict: Verdict::Invalid, ..apart }.not_applicable(), None);
        let underived = RegimeDossier { derivation: Derivation::new(), ..of(Fail, Pass) };
        assert!(!underived.as_expected());
    }

    #[test]
    fn the_kill_matrix_says_which_falsifier_fails_which_check() {
        let trial = |id: &'static str, outcomes: [Outcome; 2]| Trial {
            id,
            title: "",
            stage: Stage::Measurement,
            verdict: Verdict::Refuted,
            evidence: evidence(vec![check("a-3x2", outcomes[0]), check("b", outcomes[1])]),
            kills: &[],
        };
        let falsifiers = vec![trial("one", [Fail, Undecided]), trial("two", [Fail, Pass])];
        let of = RegimeDossier { falsifiers, ..dossier(&REGIME, vec![check("a-5x3", Pass), check("b", Pass)]) };
        let matrix: Vec<(&str, Vec<&str>)> = of.kill_matrix().into_iter().map(|(m, by)| (m.id.as_str(), by)).collect();
        assert_eq!(matrix, [("a-5x3", vec!["one", "two"]), ("b", vec![])]);
    }

    #[test]
    fn false_alarms_add_up_over_tests_intervals_and_controls() {
        let near = |confidence: f64| {
            let interval = crate::stat::interval::Interval::confidence(0.0, 0.0, confidence);
            crate::evidence::check::near("n", "n", 0.0, interval, 0.0, 1.0, "by hand")
        };
        let test = crate::evidence::check::z("z", "z", 0.0, 0.0, 1.0); // level 1e-6
        let all = vec![near(0.99), test.clone(), test.clone().refuting(Side::Either), check("exact", Pass)];
        let mut of = dossier(&REGIME, all);
        of.controls.push(Trial {
            id: "same",
            title: "",
            stage: Stage::Measurement,
            verdict: Verdict::Holds,
            evidence: evidence(vec![near(0.999), test]),
            kills: &[],
        });
        let envelope = crate::stat::interval::Interval::envelope([0.0, 0.1]);
        of.evidence.measurements.push(crate::evidence::check::near("e", "e", 0.0, envelope, 0.0, 1.0, "by hand"));
        let found = of.false_alarms();
        // by hand: 0.01 + 1e-6 + 0.001 + 1e-6
        assert!((found.at_most - 0.011_002).abs() < 1e-12 && found.without == 1, "{found:?}");
    }

    #[test]
    fn a_shape_is_two_numbers_after_the_last_hyphen() {
        let cases = [
            ("a-12x8", "a"),
            ("a-b-3x2", "a-b"),
            ("a-3x2-b", "a-3x2-b"),
            ("a-12x", "a-12x"),
            ("a-x8", "a-x8"),
            ("a-12xb", "a-12xb"),
            ("a-bx8", "a-bx8"),
            ("a-12", "a-12"),
            ("12x8", "12x8"),
        ];
        for (id, short) in cases {
            assert_eq!(without_shape(id), short);
        }
        let trial = |kills: &'static [&'static str]| Trial {
            id: "wrong",
            title: "",
            stage: Stage::Measurement,
            verdict: Verdict::Refuted,
            evidence: Evidence::default(),
            kills,
        };
        let asked = |kills| ["a-3x2", "a", "b"].map(|id| trial(kills).asks(&check(id, Fail)));
        assert_eq!((asked(&["c", "a"]), asked(&[])), ([true, true, false], [false; 3]));
    }

    fn trial(id: &'static str, verdict: Verdict, checks: Vec<Measurement>, kills: &'static [&'static str]) -> Trial {
        Trial { id, title: "", stage: Stage::Measurement, verdict, evidence: evidence(checks), kills }
    }

    #[test]
    fn what_is_invalid_is_named_with_its_reason() {
        static OTHER: Regime =
            Regime { id: "other", title: "", expected: Verdict::Holds, replaced_by: None, trained: false };
        let named = |id: &str, outcome: Outcome| Measurement { name: format!("the {id}"), ..check(id, outcome) };
        let own = RegimeDossier {
            falsifiers: vec![
                trial("one", Verdict::Invalid, vec![named("a-3x2", Pass)], &["a", "c", "d"]),
                trial("two", Verdict::Refuted, vec![named("e", Invalid)], &[]),
            ],
            controls: vec![trial("three", Verdict::Invalid, Vec::new(), &[])],
            ..dossier(&REGIME, vec![named("a", Pass), named("b", Invalid)])
        };
        assert_eq!(own.verdict, Verdict::Invalid);
        let holds = || dossier(&OTHER, vec![check("a", Pass)]);
        let mut whole = Dossier { statement: &STATEMENT, regimes: vec![own, holds()] };
        // Of what is invalid only, in order; a trial that is judged in spite of a check without a
        // number is not.
        let words = whole.invalid().expect("invalid");
        let [first, second, third] = words.split("; ").collect::<Vec<_>>()[..] else { panic!("{words}") };
        assert!(first.starts_with("T00 only: ") && first.contains("the claim as stated"), "{first}");
        assert!(first.ends_with("gave no number: \"the b\" (b)"), "{first}");
        assert!(second.contains("of one ") && second.ends_with("not made: c, d"), "{second}");
        assert!(third.contains("of three nothing was measured"), "{third}");
        // What could not run at all says so and nothing else; both regimes are told.
        let failed = |id: &str| Some(format!("T00 {id}: no memory"));
        whole.regimes[0].failure = failed("only");
        let verdict = Verdict::Invalid;
        whole.regimes[1] = RegimeDossier { failure: failed("other"), verdict, ..holds() };
        assert_eq!(whole.invalid(), Some("T00 only: no memory; T00 other: no memory".into()));
        let regime = |whole: &Dossier, id| whole.regime(&Regime::holds(id, "")).map(|found| found.regime.id);
        assert_eq!(regime(&whole, "other"), Err(Missing::Regime("other")));
        whole.regimes[1].failure = None;
        assert_eq!(regime(&whole, "other"), Ok("other"));
        assert_eq!(regime(&whole, "none"), Err(Missing::Regime("none")));
        whole.regimes = vec![holds()];
        assert_eq!(whole.invalid(), None);
    }

    #[test]
    fn what_was_found_names_all_that_is_not_as_expected() {
        let of = RegimeDossier {
            derivation: Derivation::new(),
            falsifiers: vec![
                trial("refuted", Verdict::Refuted, Vec::new(), &[]),
                trial("through", Verdict::Holds, Vec::new(), &[]),
            ],
            controls: vec![
                trial("held", Verdict::Holds, Vec::new(), &[]),
                trial("lost", Verdict::Refuted, Vec::new(), &[]),
            ],
            ..dossier(&REGIME, vec![check("fine", Pass), check("odd", Fail)])
        };
        assert_eq!(of.found(), "refuted: derivation, odd, through, lost");
        assert_eq!(dossier(&REGIME, vec![check("odd", Undecided)]).found(), "inconclusive: odd");
        // A failed derivation alone is not as expected, nor a verdict alone.
        let mut alone = dossier(&REGIME, vec![check("fine", Pass)]);
        assert!(alone.as_expected());
        alone.derivation = Derivation::new();
        assert!(!alone.as_expected());
    }

    #[test]
    fn tests_alone_support_nothing() {
        let test = || crate::evidence::check::z("z", "z", 0.0, 0.0, 1.0);
        assert_eq!(conclude(&evidence(vec![test()])), Verdict::Inconclusive);
        assert_eq!(conclude(&evidence(vec![test(), check("a", Pass).of_formulas()])), Verdict::Inconclusive);
        assert_eq!(conclude(&evidence(vec![test(), check("a", Pass)])), Verdict::Holds);
    }

    #[test]
    fn an_interval_that_is_expected_to_fail_may_still_miss() {
        let interval = crate::stat::interval::Interval::confidence(5.0, 6.0, 0.75);
        let far = crate::evidence::check::near("n", "n", 5.5, interval, 0.0, 1.0, "by hand").refuting(Side::Above);
        let test = crate::evidence::check::z("z", "z", 9.0, 0.0, 1.0).refuting(Side::Above);
        // by hand: 1 − 3/4, and nothing of a test that has to reject
        let found = dossier(&REGIME, vec![far, test]).false_alarms();
        assert_eq!(found, FalseAlarms { at_most: 0.25, without: 0 });
        let two = [FalseAlarms { at_most: 0.25, without: 1 }, FalseAlarms { at_most: 0.5, without: 2 }];
        assert_eq!(two.into_iter().sum::<FalseAlarms>(), FalseAlarms { at_most: 0.75, without: 3 });
    }
}
