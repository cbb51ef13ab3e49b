//! Tests.

use super::html::{self, gallery};
use super::json::to_json;
use super::markdown::{kill_table, markdown_row, to_markdown};
use super::snapshot::{number, outcome, snapshot};
use super::{Check, RunInfo, false_alarm_words, verdict_table, write_report};
use crate::claim::{Stage, Verdict};
use crate::dossier::Dossier;
use crate::dossier::FalseAlarms;
use crate::dossier::RegimeDossier;
use crate::dossier::Trial;
use crate::evidence::{Criterion, Measurement, Side};
use crate::figure::Figure;
use crate::lab::Scale;
use crate::stat::interval::Interval;
use serde_json::{Value, json};

#[test]
fn numbers_are_short() {
    // by hand
    assert_eq!(number(0.123_456, 3), "0.123");
    assert_eq!(number(-1.5e-9, 2), "-1.5e-9");
    assert_eq!(number(0.0, 3), "0");
    assert_eq!(number(123.4, 2), "120");
    assert_eq!(number(f64::NAN, 3), "NaN");
}

#[test]
fn cells_cannot_break_a_markdown_table() {
    assert_eq!(markdown_row(["a|b", "c"]), "| a\\|b | c |");
}

use crate::claim::{Regime, Source, Statement};
use crate::evidence::{Basis, Evidence, Table, TableId, TestKind};
use crate::figure::{Axis, Panel, Role, Series};
use crate::symbolic::{Derivation, poly::Poly};

static TALL: Regime =
    Regime { id: "tall", title: "tall ones", expected: Verdict::Holds, replaced_by: None, trained: false };
static WIDE: Regime =
    Regime { id: "wide", title: "wide ones", expected: Verdict::Refuted, replaced_by: Some("a law"), trained: false };
static STATEMENT: Statement = Statement {
    id: "T01",
    title: "a sum is one",
    source: Source { reference: "a paper", sentence: "It is one.", stated_there: false },
    hypotheses: &[],
    regimes: &[],
};

fn rounding(id: &str, observed: f64) -> Measurement {
    let criterion = Criterion::Rounding { factor: 4.0, n: 9, scale: 1.0, rationale: "nine unit terms" };
    Measurement::new(id, format!("the {id}"), observed, 1.0, criterion)
}

fn interval(id: &str, low: f64, high: f64) -> Measurement {
    let criterion =
        Criterion::Equivalence { discrepancy: Interval::confidence(low, high, 0.99), bound: 0.5, rationale: "by hand" };
    Measurement::new(id, format!("the {id}"), 1.25, 1.0, criterion)
}

fn evidence(measurements: Vec<Measurement>) -> Evidence {
    Evidence { measurements, ..Evidence::default() }
}

fn trial(id: &'static str, stage: Stage, verdict: Verdict, kills: &'static [&'static str]) -> Trial {
    Trial { id, title: "wrong", stage, verdict, evidence: Evidence::default(), kills }
}

fn derivation() -> Derivation {
    let mut steps = Derivation::new();
    steps.equal("one", "2 − 1", &Poly::int(1), &Poly::int(1));
    steps
}

/// A claim with a regime that holds and one that is refuted.
fn dossier() -> Dossier {
    let measured = |id, kills, checks| Trial {
        evidence: evidence(checks),
        ..trial(id, Stage::Measurement, Verdict::Refuted, kills)
    };
    let tall = RegimeDossier {
        regime: &TALL,
        expected: Some(Verdict::Holds),
        verdict: Verdict::Holds,
        derivation: derivation(),
        evidence: Evidence {
            observations: vec![("size".into(), 12.25)],
            tables: vec![Table::new(TableId("none"), &[])],
            ..evidence(vec![rounding("sum", 1.0), interval("near", 0.0625, 0.125)])
        },
        falsifiers: vec![
            measured("any", &[], vec![rounding("sum", 2.0), interval("near", 0.1, 0.2)]),
            measured("named", &["near"], vec![rounding("sum", 2.0), interval("near", 0.75, 0.875)]),
            trial("step", Stage::Derivation, Verdict::Holds, &[]),
        ],
        controls: vec![trial("same", Stage::Measurement, Verdict::Holds, &[])],
        failure: None,
        seconds: 1.25,
    };
    let mut derived = derivation();
    derived.equal("two", "2 − 1", &Poly::int(1), &Poly::int(2));
    let wide = RegimeDossier {
        regime: &WIDE,
        expected: Some(WIDE.expected),
        verdict: Verdict::Refuted,
        derivation: derived,
        evidence: evidence(vec![interval("near", 0.75, 0.875).refuting(Side::Above), rounding("sum", f64::NAN)]),
        falsifiers: vec![trial("open", Stage::Measurement, Verdict::Inconclusive, &[])],
        controls: Vec::new(),
        failure: Some("T01 wide: no memory".into()),
        seconds: 0.0,
    };
    Dossier { statement: &STATEMENT, regimes: vec![tall, wide] }
}

fn info(scale: Scale) -> RunInfo {
    RunInfo {
        version: "9.8".into(),
        seed: 7,
        scale,
        machine: "a machine".into(),
        threads: 3,
        elapsed_s: 12.34,
        false_alarms: FalseAlarms { at_most: 0.002, without: 4 },
        dataset: "some images".into(),
        dataset_sha256: "12ab".repeat(16),
        sources_sha256: "34cd".repeat(16),
    }
}

fn figure(name: &'static str) -> Figure {
    let series = vec![Series::line("law", Role::Prediction, vec![(0.0, 1.0), (1.0, 2.0)])];
    let panel = Panel::new("panel", Axis::linear("x"), Axis::linear("y")).with(series);
    Figure { name, title: format!("picture {name}"), caption: format!("what {name} shows"), panels: vec![panel] }
}

#[test]
fn verdicts_are_a_row_a_regime() {
    let rows = verdict_table(&[dossier()]);
    assert_eq!(rows[0], ["T01", "tall", "holds", "holds", "holds", "2 of 2", "2 of 3", "1 of 1"]);
    // The refutation came out as expected, what gave no number did not; a step does not hold; no
    // controls.
    assert_eq!(rows[1], ["T01", "wide", "refuted", "refuted", "does not hold", "1 of 2", "0 of 1", "–"]);
    assert_eq!(rows.len(), 2);
    // What does not apply to the images has no derivation and no checks; where nothing is expected
    // of them that column is empty too.
    let mut apart = dossier();
    apart.regimes.truncate(1);
    let tall = &mut apart.regimes[0];
    (tall.verdict, tall.expected) = (Verdict::NotApplicable, None);
    (tall.evidence, tall.derivation) = (Evidence::default(), Derivation::new());
    (tall.falsifiers, tall.controls) = (Vec::new(), Vec::new());
    tall.failure = Some("one class".into());
    let apart = [apart];
    assert_eq!(verdict_table(&apart)[0], ["T01", "tall", "not-applicable", "–", "–", "–", "–", "–"]);
    let row = &to_json(&apart, &[], &info(Scale::Quick))["claims"][0];
    assert_eq!((&row["why"], &row["failure"], &row["expected"]), (&json!("one class"), &Value::Null, &Value::Null));
    assert_eq!((&row["derivation"]["holds"], &row["as_expected"]), (&Value::Null, &json!(true)));
    let text = to_markdown(&apart, &[], &info(Scale::Quick));
    assert!(text.contains("Does not apply: one class") && text.contains("of MNIST: holds"), "{text}");
}

#[test]
fn false_alarms_are_a_sentence_with_the_checks_that_have_no_probability() {
    let all = false_alarm_words(&FalseAlarms { at_most: 0.002, without: 0 });
    assert!(all.ends_with("at most 2e-3"), "{all}");
    let some = false_alarm_words(&FalseAlarms { at_most: 0.002, without: 4 });
    assert!(some.starts_with(&all) && some.contains("(4 checks"), "{some}");
}

#[test]
fn every_judge_says_its_criterion_and_its_reason() {
    let test = Criterion::Statistical {
        test: TestKind::Z,
        statistic: 1.5,
        p_value: 0.25,
        alpha: 1e-6,
        detects: "shift 2".into(),
    };
    let truncation = Criterion::Truncation { order: 2.0, measured_order: 1.9, bound: 0.25, rationale: "a series" };
    let effect = Criterion::Effect { effect: Interval::envelope([2.0, 3.0]), at_least: 1.0, rationale: "a law" };
    let exact =
        Criterion::Equivalence { discrepancy: Interval::exact(0.0, f64::INFINITY), bound: 9.0, rationale: "a bound" };
    let of = |criterion: Criterion| {
        let shown = Check::of(&Measurement::new("id", "name", 123_456.7, 2.0, criterion));
        // by hand: five digits
        assert_eq!((&*shown.name, &*shown.observed, &*shown.predicted), ("name", "123460", "2"));
        (shown.criterion, shown.rationale)
    };
    let pair = |criterion: &str, rationale: &str| (criterion.to_string(), rationale.to_string());
    assert_eq!(of(test), pair("statistic 1.5, p = 0.25, at least 1e-6", "99 % power for: shift 2"));
    assert_eq!(of(truncation), pair("difference at most 0.25; order 2, measured 1.9", "a series"));
    assert_eq!(of(effect), pair("effect [2, 3] (smallest and largest of 2) above 1", "a law"));
    assert_eq!(of(exact), pair("discrepancy [0, inf] (exact) below 9", "a bound"));
    let near = Check::of(&interval("near", 0.0625, 0.125));
    assert_eq!(near.criterion, "discrepancy [0.0625, 0.125] (at 99 %) below 0.5");
    // by hand: 4 · 3 · 2^−52 = 2.6645e-15
    let sum = Check::of(&rounding("sum", 1.0));
    assert_eq!((&*sum.criterion, &*sum.rationale), ("difference at most 2.66e-15", "nine unit terms"));
}

#[test]
fn outcomes_and_what_is_expected_are_words() {
    let sides = [Side::Above, Side::Below, Side::Either];
    let expected = sides.map(|side| Check::of(&rounding("sum", 1.0).refuting(side)).expected);
    assert_eq!(expected, ["fail, above", "fail, below", "fail"]);
    assert_eq!(Check::of(&rounding("sum", 1.0)).expected, "pass");
    let found = [rounding("sum", 1.0), rounding("sum", 2.0), interval("near", 0.0, 1.0), rounding("sum", f64::NAN)];
    assert_eq!(found.map(|m| outcome(&m)), ["pass", "fail", "undecided", "invalid"]);
}

#[test]
fn kills_are_marked_by_whether_they_were_asked_for() {
    let whole = dossier();
    let (falsifiers, rows) = kill_table(&whole.regimes[0]).expect("a regime that holds");
    assert_eq!(falsifiers, ["any", "named"], "those of the measurement");
    assert_eq!(rows, [("sum", vec!["✗", "(✗)"]), ("near", vec!["", "✗"])]);
    // Of one that is refuted, those checks that replace the claim.
    let (_, rows) = kill_table(&whole.regimes[1]).expect("falsifiers too");
    assert_eq!(rows, [("sum", vec![""])]);
    let mut none = dossier().regimes.swap_remove(0);
    none.falsifiers.retain(|trial| trial.stage == Stage::Derivation);
    assert!(kill_table(&none).is_none());
}

#[test]
fn the_json_has_every_check_with_what_was_expected() {
    let figures = [figure("T01_one"), figure("T011_other")];
    let json = to_json(&[dossier()], &figures, &info(Scale::Full));
    let head = ["version", "seed", "scale", "machine", "threads", "elapsed_s", "alpha_spent", "dataset"];
    let values = json!(["9.8", 7, "full", "a machine", 3, 12.34, 0.002, "some images"]);
    assert_eq!(Value::from(head.map(|name| json[name].clone()).to_vec()), values);
    assert_eq!(json["checks_without_probability"], 4);
    let [tall, wide] = [&json["claims"][0], &json["claims"][1]];
    assert_eq!(
        (&tall["id"], &tall["regime"], &tall["verdict"], &tall["as_expected"], &tall["figures"]),
        (&json!("T01"), &json!("tall"), &json!("holds"), &json!(true), &json!(["T01_one"]))
    );
    let near = &tall["checks"][1];
    assert_eq!(
        [&near["kind"], &near["bound"], &near["outcome"], &near["pass"], &near["expected_side"], &near["basis"]],
        [&json!("equivalence"), &json!(0.5), &json!("pass"), &json!(true), &Value::Null, &json!("model")]
    );
    assert_eq!(rounding("sum", 1.0).basis, Basis::Model);
    assert_eq!((&near["interval"], &near["p_value"]), (&json!([0.0625, 0.125]), &Value::Null));
    let trials: Vec<_> = (0..3).map(|at| &tall["falsifiers"][at]).collect();
    assert_eq!(trials.iter().map(|t| &t["refuted"]).collect::<Vec<_>>(), [true, true, false]);
    assert_eq!((&trials[0]["killed"], &trials[1]["killed"]), (&json!(["sum"]), &json!(["sum", "near"])));
    assert_eq!((&trials[1]["asked"], &trials[2]["stage"]), (&json!(["near"]), &json!("derivation")));
    let matrix = json!([
        {"check": "sum", "failed_by": ["any", "named"]},
        {"check": "near", "failed_by": ["named"]}
    ]);
    assert_eq!((&tall["kill_matrix"], &tall["controls"][0]["held"]), (&matrix, &json!(true)));
    assert_eq!(tall["observations"], json!([{"name": "size", "value": 12.25}]));
    assert_eq!((&wide["failure"], &wide["replaced_by"]), (&json!("T01 wide: no memory"), &json!("a law")));
    assert_eq!(wide["derivation"]["holds"], false);
    let steps: Vec<&Value> = (0..2).map(|at| &wide["derivation"]["steps"][at]["holds"]).collect();
    assert_eq!(steps, [true, false]);
    let [near, sum] = [&wide["checks"][0], &wide["checks"][1]];
    assert_eq!(
        (&near["expected"], &near["expected_side"], &near["pass"]),
        (&json!("fail"), &json!("above"), &json!(false))
    );
    // What is not a number is null.
    assert_eq!((&sum["observed"], &sum["outcome"]), (&Value::Null, &json!("invalid")));
}

#[test]
fn the_markdown_has_the_table_the_figures_and_every_check() {
    let text = to_markdown(&[dossier()], &[figure("T01_one"), figure("T02_other")], &info(Scale::Quick));
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[2].starts_with("rbm-landscape 9.8, seed 7, scale quick, some images, 12.3 s; the probability"));
    let expected = [
        "| T01 | tall | holds | holds | holds | 2 of 2 | 2 of 3 | 1 of 1 |",
        "## T01: a sum is one",
        "a paper: \"It is one.\"",
        "![picture T01_one](figures/T01_one.svg)",
        "what T01_one shows",
        "### tall ones: holds",
        "| the sum | rounding | 1 | 1 | difference at most 2.66e-15 | pass | pass |",
        "- `step` (wrong): holds",
        "- `same` (wrong): holds",
        "| check | any | named |",
        "| sum | ✗ | (✗) |",
        "### wide ones: refuted",
        "Could not run: T01 wide: no memory",
        "| the near | equivalence | 1.25 | 1 | discrepancy [0.75, 0.875] (at 99 %) below 0.5 | fail | fail, above |",
    ];
    let mut left = lines.iter();
    for line in expected {
        assert!(left.any(|found| *found == line), "{line} in its place in\n{text}");
    }
    assert!(!text.contains("T02_other"));
    assert_eq!(text.matches("Which falsifier").count(), 2, "of both regimes");
}

#[test]
fn a_report_is_a_page_a_text_a_table_of_numbers_and_figures() {
    let folder = tempfile::tempdir().expect("folder");
    let dir = folder.path().join("out");
    let page = "# T01\n\n## Statement\nIt *is* one.\n\nIt holds `N=M` in `tall`.\n\n## Limits\nNone.\n".to_string();
    let (dossiers, figures) = ([dossier()], [figure("T01_one")]);
    write_report(&dir, &dossiers, &figures, &[("T01", page)], &info(Scale::Quick)).expect("writes");
    let read = |name: &str| std::fs::read_to_string(dir.join(name)).expect("reads");
    assert_eq!(read("report.md"), to_markdown(&dossiers, &figures, &info(Scale::Quick)));
    let json: Value = serde_json::from_str(&read("report.json")).expect("JSON");
    assert_eq!(json, to_json(&dossiers, &figures, &info(Scale::Quick)));
    assert_eq!(read("figures/T01_one.csv"), figures[0].to_csv());
    let html = read("index.html");
    let expected = [
        "scale quick",
        "<a href=\"#made\">how this was made</a>",
        "1 claim in 2 regimes: 1 holds, 1 is not as expected.",
        // The claim is a link, its regimes are below it with their verdicts.
        "<a href=\"#T01\">T01: a sum is one</a>",
        "<a href=\"#T01-tall\">tall ones</a>",
        "<span class=\"badge holds\">holds</span>",
        "<td class=\"n\" data-head=\"checks as expected\">2 of 2</td><td class=\"n\" data-head=\"falsifiers refuted\">2 of 3</td>",
        "<tr class=\"regime of-refuted odd\">",
        "<a href=\"#T01-wide\">wide ones</a><br><span class=\"rationale\">what holds instead: a law</span>",
        "<span class=\"badge refuted\">refuted, not as expected</span>",
        "(our reading)",
        "<p>It <em>is</em> one.</p>",
        "It holds <math><mi>N</mi><mo>=</mo><mi>M</mi></math> in <code>tall</code>.",
        "<h3>Limits</h3>",
        "<title>picture T01_one: panel</title>",
        "<b>picture T01_one.</b> what T01_one shows",
        "expected: holds; 1.2 s",
        // The rule once, then its checks: 0 of the tolerance, the other 0.125 of 0.5.
        "rounding: <span class=\"rationale\">nine unit terms</span>",
        "difference at most 2.66·10⁻¹⁵",
        "<span style=\"width:0%\"></span></span> 0</td>",
        "equivalence: <span class=\"rationale\">by hand</span>",
        "<span style=\"width:12%\"></span></span> 0.25</td>",
        "<code>any</code> fails <code>sum</code></span></td><td data-head=\"stage\">measurement",
        "<code>named</code> fails <code>sum</code>, <code>near</code></span>",
        "<code>step</code></span></td><td data-head=\"stage\">derivation</td><td data-head=\"wanted\">refuted",
        "<code>same</code></span></td><td data-head=\"stage\">measurement</td><td data-head=\"wanted\">holds",
        "<td><code>sum</code></td><td>✗</td><td>(✗)</td>",
        "<td>size</td><td class=\"n\">12.25</td>",
        "what holds instead: a law",
        "<b>Could not run:</b> T01 wide: no memory",
        // What must fail is expected to be beyond its tolerance, here 0.75 of 0.5; what is no
        // number has no share.
        "<span style=\"width:75%\"></span></span> 1.5</td><td data-head=\"outcome\"><span class=\"badge fail calm\">fail</span> <span class=\"rationale\">expected: fail, above",
        "–</td><td data-head=\"outcome\"><span class=\"badge invalid\">invalid</span>",
        "<h2 id=\"made\">",
        &*format!("<code>{}</code>", "34cd".repeat(16)),
        &*format!("<code>{}</code>", "12ab".repeat(16)),
        "12.3 s in all; seconds per claim, beside each other where threads are free: T01 1.2",
    ];
    let mut left = &*html;
    for part in expected {
        let at = left.find(part).unwrap_or_else(|| panic!("{part} in its place in\n{html}"));
        left = &left[at + part.len()..];
    }
    std::fs::write(folder.path().join("file"), "").expect("writes");
    let refused = write_report(&folder.path().join("file"), &dossiers, &[], &[], &info(Scale::Quick));
    let words = refused.expect_err("a file is no folder").to_string();
    assert!(words.contains("report.json") && words.contains("--out"), "{words}");
}

#[test]
fn the_first_screen_counts_every_regime_once() {
    let dir = tempfile::tempdir().expect("folder");
    let page = |change: &dyn Fn(&mut Dossier)| {
        let mut one = dossier();
        // Both as theory expects, to begin with.
        one.regimes[1].derivation = derivation();
        one.regimes[1].evidence = evidence(vec![interval("near", 0.75, 0.875).refuting(Side::Above)]);
        one.regimes[1].failure = None;
        change(&mut one);
        write_report(dir.path(), &[one], &[], &[], &info(Scale::Quick)).expect("writes");
        std::fs::read_to_string(dir.path().join("index.html")).expect("reads")
    };
    let said =
        |html: &str| html.split("class=\"said\">").nth(1).expect("said").split('<').next().expect("text").to_string();
    let good = page(&|_| ());
    assert_eq!(
        said(&good),
        "1 claim in 2 regimes: 1 holds, 1 is refuted where theory expects that, none is other than expected."
    );
    let calm = "badge refuted calm\">refuted, as expected<";
    assert!(good.contains(calm) && !good.contains(" odd\""));
    // On other images nothing may be expected, or a claim not apply.
    let open = page(&|one| one.regimes.iter_mut().for_each(|regime| regime.expected = None));
    let words = "2 have verdicts that nothing is expected of with these images, none is other than expected.";
    assert!(said(&open).ends_with(words) && !open.contains(calm), "{}", said(&open));
    let apart = page(&|one| one.regimes[1].verdict = Verdict::NotApplicable);
    assert!(!apart.contains("not-applicable, as expected"), "{}", said(&apart));
    // What gave no number is odd whatever is expected.
    let odd = page(&|one| {
        one.regimes[1].expected = None;
        one.regimes[1].verdict = Verdict::Invalid;
    });
    assert!(said(&odd).ends_with("1 is not as expected.") && odd.contains("of-invalid odd\""), "{}", said(&odd));
}

#[test]
fn a_derivation_that_regimes_share_is_shown_once() {
    use askama::Template;
    let mut dossiers = [dossier()];
    let shown = |dossiers: &[Dossier]| {
        let info = info(Scale::Quick);
        let page = html::Page::new(dossiers, &[], &[], &info).expect("a page").render().expect("renders");
        let [steps, links] = ["exact steps</summary>", "Derivation: as in <a href=\"#T01-tall\">tall ones</a>"]
            .map(|part| page.matches(part).count());
        (steps, links)
    };
    assert_eq!(shown(&dossiers), (2, 0));
    let [first, second] = &mut dossiers[0].regimes[..] else { panic!("two regimes") };
    second.derivation = first.derivation.clone();
    assert_eq!(shown(&dossiers), (1, 1));
}

#[test]
fn a_gallery_keeps_the_rows_of_other_figures_in_order_of_their_names() {
    let before = "# Figures\n\n## T01\n\nMade by x.\n| [T01_one](T01_one.svg) | old |\n## T03\nMade by y.\n| [T03_old](T03_old.svg) | old |\n";
    let text = gallery(&[("T02", figure("T02_new")), ("T01", figure("T01_one"))], before, Scale::Full);
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| [")).collect();
    let of = |name: &str| format!("| [{name}]({name}.svg) | **picture {name}.** what {name} shows |");
    assert_eq!(rows, [&*of("T01_one"), &*of("T02_new"), "| [T03_old](T03_old.svg) | old |"]);
    let made = |id: &str| format!("## {id}\n\nMade by `rbm-landscape figures {id} --scale full --runs runs`.\n");
    assert!(["T01", "T02"].iter().all(|id| text.contains(&made(id))), "{text}");
    // What stays says how it was made.
    assert!(text.contains("## T03\n\nMade by y.\n") && !text.contains("Made by x."), "{text}");
    assert!(text.contains("at the paper's sizes"));
    let quick = gallery(&[("T01", figure("T01_one"))], "", Scale::Quick);
    assert!(quick.contains("at quick scale") && quick.contains("Made by `rbm-landscape figures T01`.\n"));
}

#[test]
fn a_snapshot_counts_what_passes_by_chance_or_rounding_and_rounds_the_rest() {
    let test = |p_value: f64| {
        let criterion =
            Criterion::Statistical { test: TestKind::Z, statistic: 1.0, p_value, alpha: 1e-6, detects: String::new() };
        Measurement::new("z", "the z", 1.0, 0.0, criterion)
    };
    let mut whole = dossier();
    whole.regimes[0].evidence.measurements.extend([test(0.5), test(1e-9), rounding("sum", 2.0)]);
    whole.regimes[0].falsifiers[2].verdict = Verdict::Vacuous;
    // by hand: 12 · 2^−52 = 2.66e-15; 0.0625 to two digits, half to even
    let expected = "T01: a sum is one
tall: holds (expected: holds)
  derivation: 1 of 1 steps hold
  1 of 2 rounding checks pass
  1 of 2 statistical checks pass
  pass: the near (near), equivalence 1.2 in [0.062, 0.12] (criterion 0.5)
  fail, NOT expected: the z (z), statistical 1 (criterion 1.0e-6)
  fail, NOT expected: the sum (sum), rounding 2 (criterion 2.7e-15)
  observed: size 12
  falsifiers, refuted: any, named
  falsifiers, vacuous: step
  controls, holds: same
wide: refuted (expected: refuted)
  derivation: 1 of 2 steps hold
  0 of 1 rounding checks pass
  fail: the near (near), equivalence 1.2 in [0.75, 0.88] (criterion 0.5)
  invalid, NOT expected: the sum (sum), rounding NaN (criterion 2.7e-15)
  falsifiers, inconclusive: open
";
    assert_eq!(snapshot(&whole), expected);
}

#[test]
fn numbers_are_plain_from_a_thousandth_to_a_million() {
    // by hand
    let cases = [(0.001, "0.001"), (0.000_999, "9.99e-4"), (999_999.0, "1000000"), (1e6, "1.00e6"), (-0.5, "-0.5")];
    for (value, shown) in cases {
        assert_eq!(number(value, 3), shown);
    }
    assert_eq!((number(f64::INFINITY, 2), number(-0.0, 2)), ("inf".into(), "-0".into()));
}
