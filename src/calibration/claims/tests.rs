//! Tests.
#![deny(clippy::disallowed_methods)]

use super::margin::{Margin, of_falsifier, worst};
use super::outcome::{SeedOutcome, digest, latest, of_another, program_that_saw, record, try_seed};
use super::summary::Summary;
use super::{BLOCK, CHANGED, NEEDED, TUNING, block};
use crate::claim::{Stage, Verdict};
use crate::dossier::Dossier;
use crate::dossier::Trial;
use crate::evidence::{Criterion, Evidence, Measurement, Outcome};
use crate::figure::Role;
use crate::lab::Lab;
use crate::theorem::Theorem;
use std::collections::BTreeMap;

use crate::claim::{Regime, Source, Statement};
use crate::dossier::RegimeDossier;
use crate::evidence::{Side, TestKind};
use crate::stat::interval::Interval;

const ONLY: Regime = Regime::holds("only", "");

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

/// Seeds of the claim's block, the last few with an unexpected verdict, sixty with trained
/// machines.
fn seeds(claim: &str, count: u64, unexpected: u64) -> Vec<SeedOutcome> {
    let one =
        |at| SeedOutcome { training: at < 60, ..outcome(claim, block(claim).start + at, at + unexpected >= count) };
    (0..count).map(one).collect()
}

#[test]
fn a_release_passes_with_enough_seeds_of_which_one_in_a_hundred_is_unexpected() {
    let of = |count, unexpected| Summary::of(&seeds("T01", count, unexpected));
    // 2 of 200 is 1 % and at most 3.11 %; 3 are more; 60 of 200 say nothing of the rest.
    assert!(of(200, 0).passes(&[]) && of(200, 2).passes(&[]) && !of(200, 3).passes(&[]) && !of(60, 0).passes(&[]));
    assert!(of(60, 0).rates_are_small() && !of(60, 1).rates_are_small());
    assert_eq!(
        of(60, 0).missing(&["T01", "T02"]),
        ["T01: 140 more seeds, 0 more with trained machines", "T02: not tried"]
    );
    // A claim that nothing was tried of is none that passes.
    assert!(of(200, 0).passes(&["T01"]) && !of(200, 0).passes(&["T01", "T02"]));
    assert!(of(200, 0).page("quick mnist", &["T01", "T02"]).contains("It is **not met**. Missing: T02: not tried."));
    // Two of the 60 with trained machines do not hide among the others, nor do seeds that were not
    // named beforehand.
    let moved = |by: u64, training: u64| {
        let of = |one: SeedOutcome| SeedOutcome { training: one.seed % 200 >= training, seed: one.seed + by, ..one };
        Summary::of(&seeds("T01", 200, 2).into_iter().map(of).collect::<Vec<_>>())
    };
    assert!(!moved(0, 140).passes(&[]) && !moved(0, 140).rates_are_small() && moved(0, 0).passes(&[]));
    assert!(!moved(300, 0).passes(&[]) && moved(300, 0).missing(&[])[0].contains("200 outcomes are of other seeds"));
    // Binomial sums in Python: P(X <= 2) of 200 is 0.05 there.
    assert!((moved(0, 200).claims[0].at_most - 0.031_143).abs() < 1e-5, "{}", moved(0, 200).claims[0].at_most);
    // None of 60 with trained machines: 1 − 0.05^(1/60), the larger.
    assert!((of(200, 2).claims[0].at_most - 0.048_703).abs() < 1e-5, "{}", of(200, 2).claims[0].at_most);
    // Few seeds of one claim do not hide among many of another.
    assert!(!Summary::of(&[seeds("T01", 200, 0), seeds("T02", 60, 1)].concat()).rates_are_small());
    assert!(!Summary::of(&[]).passes(&[]));
}

#[test]
fn a_claim_of_trained_machines_needs_only_those() {
    let mut all = seeds("T08", 60, 0);
    let empty =
        |seed| SeedOutcome { regimes: BTreeMap::new(), falsifiers: BTreeMap::new(), ..outcome("T08", seed, false) };
    assert!(!Summary::of(&all).passes(&[]));
    all.extend((20_660..20_800).map(empty));
    let found = Summary::of(&all);
    assert!(found.passes(&[]) && (found.claims[0].seeds, found.claims[0].trained) == (60, 60));
    assert!((found.claims[0].at_most - (1.0 - 0.05f64.powf(1.0 / 60.0))).abs() < 1e-12); // by hand
    assert_eq!(Summary::of(&all[..59]).missing(&[]).len(), 1);
}

#[test]
fn tuning_seeds_are_no_evidence() {
    let mut all = seeds("T01", 200, 0);
    all[7].seed = 199;
    let found = Summary::of(&all);
    assert!(found.tuning == 1 && !found.passes(&[]));
    assert!(found.page("quick mnist", &["T01"]).contains("tuning seeds: not evidence of error rates"));
    assert!(!Summary::of(&all[8..]).page("quick mnist", &["T01"]).contains("tuning seeds: not evidence"));
    // No seed is of two blocks, or was chosen on.
    let blocks = [TUNING, BLOCK].into_iter().chain(CHANGED.map(|(_, block)| block)).collect::<Vec<_>>();
    assert!(blocks.is_sorted_by(|before, next| before.end <= next.start), "{blocks:?}");
    assert!(blocks[1..].iter().all(|block| block.clone().count() == NEEDED.0));
}

#[test]
fn what_is_unexpected_is_named_with_its_check() {
    let mut all = seeds("T01", 200, 1);
    all[3].wrong.insert("tall/sheared".into(), "holds".into());
    all[3].falsifiers.insert("tall/sheared".into(), margin("edge", 0.25));
    all[4].invalid = Some("T01 tall: of the claim as stated these checks gave no number: mean".into());
    let found = Summary::of(&all);
    assert_eq!((found.claims[0].unexpected, found.passes(&[])), (3, false));
    let page = found.page("quick mnist", &["T01"]);
    for line in [
        "- seed 20199: T01/tall (inconclusive: mean)",
        "- seed 20003: T01/tall/sheared (holds)",
        "- seed 20004: T01 invalid (T01 tall: of the claim as stated these checks gave no number: mean)",
        // Binomial sums in Python: P(X <= 1) of 200 is 0.05 at 1 − 0.976502.
        "| T01/tall/sheared | 200 | 199 | 97.7 | edge | 0.25 | 20003 |",
        "| T01/tall | 200 | 199 | mean | 1.50 | 20199 |",
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
    let criterion =
        Criterion::Equivalence { discrepancy: Interval::exact(low, high), bound: 4.0, rationale: "by hand" };
    Measurement::new(id, id, 0.0, 0.0, criterion)
}

#[test]
fn a_tolerance_is_used_up_at_the_threshold_of_every_judge() {
    let of = |criterion: Criterion| {
        let m = Measurement::new("?", "one", 3.0, 1.0, criterion);
        (m.used(Outcome::Pass), m.used(Outcome::Fail))
    };
    let between = |low: f64, high: f64| Interval::confidence(low, high, 0.95);
    // By hand: the far limit of a discrepancy must stay below its bound, the near one must lie
    // beyond it.
    assert_eq!(of(Criterion::Equivalence { discrepancy: between(1.0, 3.0), bound: 4.0, rationale: "" }), (0.75, 0.25));
    // An effect of 2 to 8: asserted are 4 of its low limit 2, and of its high one 8.
    assert_eq!(of(Criterion::Effect { effect: between(2.0, 8.0), at_least: 4.0, rationale: "" }), (2.0, 0.5));
    // No smallest size: in units of the width, 4/(2 + 4) and 4/(6 + 4); at the threshold 1, beyond
    // the width infinite.
    assert_eq!(of(Criterion::Effect { effect: between(2.0, 6.0), at_least: 0.0, rationale: "" }), (4.0 / 6.0, 0.4));
    assert_eq!(
        of(Criterion::Effect { effect: between(-4.0, 0.0), at_least: 0.0, rationale: "" }),
        (f64::INFINITY, 1.0)
    );
    // An effect that may be as small as −4, of 2 to 8: 4/(2 + 4 + 4) and 4/(8 + 4 + 4).
    assert_eq!(of(Criterion::Effect { effect: between(2.0, 8.0), at_least: -4.0, rationale: "" }), (0.4, 0.25));
    // Neither a smallest size nor a width that could be a unit: 1/(3 + 1), and 1/(1 + 1) where
    // there is no upper limit.
    assert_eq!(of(Criterion::Effect { effect: between(3.0, 3.0), at_least: 0.0, rationale: "" }), (0.25, 0.25));
    assert_eq!(of(Criterion::Effect { effect: between(1.0, f64::INFINITY), at_least: 0.0, rationale: "" }), (0.5, 0.0));
    // |3 − 1| of a tolerance of 2^-52 · √4 · 2^53; the same the other way round.
    let rounding = Criterion::Rounding { factor: 1.0, n: 4, scale: 2f64.powi(53), rationale: "" };
    let back = Measurement::new("?", "one", 1.0, 3.0, rounding.clone());
    assert_eq!((of(rounding), back.used(Outcome::Pass), back.used(Outcome::Fail)), ((0.5, 0.5), 0.5, 0.5));
    // A time that was not reached has no upper limit.
    assert_eq!(of(Criterion::Effect { effect: between(8.0, f64::INFINITY), at_least: 4.0, rationale: "" }), (0.5, 0.0));
    let test = |p_value: f64| {
        of(Criterion::Statistical { test: TestKind::Z, statistic: 0.0, p_value, alpha: 1e-6, detects: String::new() }).0
    };
    assert!((test(1e-6) - 1.0).abs() < 1e-12 && (test(1e-3) - 0.5).abs() < 1e-12);
    assert_eq!((test(0.0), test(1.0)), (f64::INFINITY, 0.0));
    // Size and order: either fails a truncation. |3 − 1| over 4, and (2 − 1/2)/1.
    let truncated =
        |measured_order: f64| of(Criterion::Truncation { order: 2.0, measured_order, bound: 4.0, rationale: "" }).0;
    assert_eq!((truncated(3.0), truncated(1.0), truncated(-1.0)), (0.5, 1.5, f64::INFINITY));
    let count = crate::evidence::check::count("?", "count", 3, 3);
    assert_eq!(
        (count.used(Outcome::Pass), crate::evidence::check::count("?", "count", 3, 4).used(Outcome::Pass)),
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
    static REGIMES: [Regime; 1] = [ONLY];
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
        derivation.equal("1", "2 − 1", &Poly::int(1), &Poly::int(1));
        let evidence = Evidence { measurements: vec![equal("mean", 0.0, 1.0)], ..Evidence::default() };
        let regime = RegimeDossier {
            regime: &REGIMES[0],
            expected: Some(REGIMES[0].expected),
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
    use crate::data::{Binarised, Dataset, Split};
    use crate::lab::{Plan, Scale};
    use crate::symbolic::{Derivation, poly::Poly};
    static REGIMES: [Regime; 1] = [ONLY];
    static STATEMENT: Statement = Statement {
        id: "T07",
        title: "",
        source: Source { reference: "", sentence: "", stated_there: false },
        hypotheses: &[],
        regimes: &REGIMES,
    };
    static FALSIFIERS: [Falsifier; 1] = [falsifier("wrong", "", Stage::Measurement, &[ONLY])];
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
            steps.equal("1", "2 − 1", &Poly::int(1), &Poly::int(1));
            Ok(steps)
        }
        fn measure(&self, case: Case<'_>, _: &Lab) -> Result<Evidence, CheckError> {
            let check = if case.falsified() { equal("mean", 8.0, 9.0) } else { equal("mean", self.0, self.0) };
            Ok(Evidence { measurements: vec![check], ..Evidence::default() })
        }
    }
    let split = || Split { images: States::zeros(1, 4), labels: vec![0] };
    let (train, test) = (split(), split());
    let data = Dataset { name: "none".into(), binarised: Binarised::From(128.0), height: 2, width: 2, train, test };
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
    let mut all = vec![outcome("T01", 20_000, false), outcome("T12", 20_001, false)];
    all[0].falsifiers.insert("tall/sheared".into(), margin("count", f64::INFINITY));
    all[0].regimes.insert("tall".into(), margin("mean", 1e-9));
    all[1].controls.insert("tall/turned".into(), margin("mean", 0.25));
    let figure = Summary::of(&all).figure();
    let [panel] = &figure.panels[..] else { panic!("one panel") };
    assert_eq!((figure.name, &*panel.title), ("calibration", "seeds 20000 to 20001"));
    // By hand: two places of T01 at 1 − 1/4 and 1, three of T12 at 12 − 1/4, 12 − 1/12, 12 + 1/12,
    // in the order of their keys. Fractions end at 1/1000 and 1000.
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
            assert!((found.0 - point.0).abs() < 1e-12 && found.1 == point.1, "{}: {found:?} {point:?}", series.label);
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
        "This page: quick mnist, seeds 20000 to 20199. Seeds without",
        "on the tuning seeds 0 to 199 only.",
        "once per release; for release 0.2: 20000 to 20199; of claims that were changed after they had been tried there, T07 20400 to 20599, T08 20600 to 20799, T10 20800 to 20999, T11 21000 to 21199.",
        "It is **met**.\n",
        // None of 60 with trained machines: 1 − 0.05^(1/60). The median of 99 slow seeds and 101 of
        // a second is a second.
        "| T01 | 200 | 60 | 0 | 4.9 | 1 s | a |",
        "No seed had an unexpected verdict.",
        "| T01/tall | 200 | 200 | mean | 0.50 | ",
        "| T01/tall/turned | 1 | 1 | mean | 999.99 | 20005 |",
    ] {
        assert!(regimes.contains(line), "{line}\n{page}");
    }
    assert!(!regimes.contains("| T01/tall/sheared |") && !falsifiers.contains("| T01/tall |"), "{page}");
    // All of 200 are refuted: at least 0.05^(1/200) = 0.985.
    assert!(falsifiers.contains("| T01/tall/sheared | 200 | 200 | 98.5 | mean | 3.00 | "), "{page}");
    // Far beyond the threshold the fraction is no number that anyone needs.
    let far = Summary::of(&all[5..6]).page("quick mnist", &["T01", "T02"]);
    assert!(far.contains("| T01/tall/sheared | 1 | 1 | 5.0 | count | ≥ 1000 | 20005 |"), "{far}");
    let missing = "It is **not met**. Missing: T01: 199 more seeds, 59 more with trained machines; T02: not tried.";
    assert!(far.contains(missing), "{far}");
    let some = Summary::of(&seeds("T01", 200, 1)).page("quick mnist", &["T01"]);
    assert!(some.contains("\nUnexpected:\n\n- seed 20199: ") && !some.contains("No seed had"), "{some}");
    assert!(Summary::of(&[]).page("quick mnist", &[]).contains("This page: quick mnist, no seeds. Seeds without"));
}

#[test]
fn every_claim_needs_its_seeds_and_its_seeds_with_trained_machines() {
    // 190 of 200 seeds, of which 55 of 60 are trained; all, but none trained.
    let found = Summary::of(&seeds("T01", 190, 0));
    assert_eq!(found.missing(&[]), ["T01: 10 more seeds, 0 more with trained machines"]);
    let untrained = |one: SeedOutcome| SeedOutcome { training: one.training && one.seed >= 20_005, ..one };
    let found = Summary::of(&seeds("T01", 200, 0).into_iter().map(untrained).collect::<Vec<_>>());
    assert_eq!(found.missing(&["T01"]), ["T01: 0 more seeds, 5 more with trained machines"]);
    assert!(!found.passes(&[]) && found.rates_are_small());
    // One seed that was not named beforehand, and one on which constants are chosen: neither of the
    // block.
    let mut all = seeds("T01", 202, 0);
    all[200].seed = 20_200;
    all[201].seed = 199;
    let found = Summary::of(&all);
    assert_eq!((found.tuning, found.outside, found.seeds, found.changed.len()), (1, 2, Some((199, 20_200)), 0));
    let named = "2 outcomes are of other seeds than those of release 0.2 (20000 to 20199; ";
    assert!(found.missing(&[])[0].starts_with(named) && !found.passes(&[]), "{:?}", found.missing(&[]));
    // Seeds of one claim are not those of another.
    let of =
        |claim: &str| Summary::of(&[outcome(claim, 20_000, false), outcome(claim, block(claim).start, false)]).outside;
    assert_eq!((of("T06"), of("T07"), of("T08"), of("T09")), (0, 1, 1, 0));
    let own = [outcome("T06", 20_000, false), outcome("T07", 20_400, false), outcome("T08", 20_601, false)];
    let own = Summary::of(&own);
    assert_eq!(own.outside, 0);
    let page = own.page("quick mnist", &[]);
    assert!(page.contains("seeds 20000 to 20000; T07 20400 to 20400; T08 20601 to 20601. Seeds without"), "{page}");
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
