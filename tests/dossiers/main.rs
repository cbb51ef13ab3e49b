//! One test per claim of the catalogue, which compares its verdicts and numbers with the committed
//! snapshot and figures: `cargo test --test dossiers t01`. With `INSTA_UPDATE=always` it writes
//! them, and the lists of claims and figures.

mod lists;

use libtest_mimic::{Arguments, Trial};
use rbm_landscape::claim::Verdict;
use rbm_landscape::data::Dataset;
use rbm_landscape::dossier::{Dossier, RegimeDossier};
use rbm_landscape::lab::{Lab, Plan, Scale};
use rbm_landscape::theorem::Theorem;
use rbm_landscape::theorems::{CATALOGUE, Entry};
use rbm_landscape::{report, runner};
use std::collections::{BTreeSet, HashMap};
use std::process::ExitCode;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

fn main() -> ExitCode {
    let claims = CATALOGUE.iter().map(|entry| test(entry.file, || snapshot_test(entry)));
    let tables = test("tables_of_figures_differ_where_a_number_does", tables_of_figures_differ_where_a_number_does);
    let lists = test("lists_are_those_of_the_catalogue", lists::lists_are_those_of_the_catalogue);
    libtest_mimic::run(&Arguments::from_args(), claims.chain([tables, lists]).collect()).exit_code()
}

/// Prints the numbers of a claim that is being written.
#[allow(clippy::print_stdout)]
fn say(line: &str) {
    println!("{line}");
}

/// A test that fails by a panic.
fn test(name: &str, run: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(name, || {
        run();
        Ok(())
    })
}

/// Runs one claim at quick scale with seed 0 and compares its dossier with the committed snapshot.
fn snapshot_test(entry: &Entry) {
    // One laboratory for all: claims share the trained machines.
    static LAB: LazyLock<Lab> = LazyLock::new(|| {
        let data = Dataset::mnist().expect("the embedded data set is intact");
        Lab::new(Plan::new(Scale::Quick), 0, Arc::new(data), Box::new(|_| {}))
    });
    let dossier = runner::check(entry.theorem, &LAB);
    assert_eq!(dossier.invalid(), None);
    // Also where everything is written anew.
    let odd = |found: &RegimeDossier| (!found.as_expected()).then(|| format!("{}: {}", found.regime.id, found.found()));
    let odd: Vec<String> = dossier.regimes.iter().filter_map(odd).collect();
    assert!(odd.is_empty(), "{} is not as theory expects: {odd:#?}", dossier.statement.id);
    checks_can_fail(entry.theorem, &dossier);
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(entry.file, report::snapshot(&dossier));
    });
    let figures = entry.theorem.figures(&dossier).expect("the evidence is whole");
    for figure in &figures {
        for (panel, series) in figure.panels.iter().flat_map(|panel| panel.series.iter().map(move |of| (panel, of))) {
            let drawn = series.points.iter().any(|(x, y)| x.is_finite() && y.is_finite());
            assert!(drawn, "{}, {}: nothing is drawn of {}", figure.name, panel.title, series.label);
        }
    }
    // Of tests that run at once only one may write the lists.
    static LISTS: Mutex<()> = Mutex::new(());
    let _alone = LISTS.lock().unwrap_or_else(PoisonError::into_inner);
    let id = dossier.statement.id;
    if lists::update() {
        for (regime, m) in dossier
            .regimes
            .iter()
            .flat_map(|found| found.evidence.measurements.iter().map(move |m| (found.regime.id, m)))
        {
            let interval = m.interval().map_or(String::new(), |of| format!(" in [{:.6e}, {:.6e}]", of.low, of.high));
            say(&format!(
                "{id} {regime} {}: {:.6e} against {:.6e}{interval}, bound {:.3e}",
                m.id,
                m.observed,
                m.predicted,
                m.bound()
            ));
        }
        let old = lists::committed(id, ".csv").into_iter().chain(lists::committed(id, ".svg"));
        old.for_each(|path| std::fs::remove_file(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())));
        let of = report::made_of(0, Scale::Quick, &LAB.data().line());
        for figure in &figures {
            figure.write(&lists::root().join("figures"), &of).expect("figures/ can be written");
        }
        lists::lists_are_those_of_the_catalogue();
    }
    lists::gallery_lists(id, &figures);
    assert_eq!(lists::committed(id, ".csv").len(), figures.len(), "pictures of {id} that are not made");
    for figure in figures {
        let path = format!("{}/figures/{}.csv", env!("CARGO_MANIFEST_DIR"), figure.name);
        let remedy = format!("`INSTA_UPDATE=always cargo test --test dossiers {}` writes it", id.to_lowercase());
        let committed = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}; {remedy}"));
        if let Some(difference) = csv_difference(&committed, &figure.to_csv()) {
            panic!("{path}: {difference}; {remedy}");
        }
        // Titles, labels and scales stand in the picture only.
        let picture = path.replace(".csv", ".svg");
        let committed = std::fs::read_to_string(&picture).unwrap_or_else(|e| panic!("{picture}: {e}; {remedy}"));
        let drawn = figure.to_svg().expect("it can be drawn");
        assert_eq!(words(&committed), words(&drawn), "{picture}: another text; {remedy}");
    }
}

/// All texts of a picture, in order: title, caption, labels, ticks; not what it was made of.
fn words(svg: &str) -> Vec<&str> {
    svg.split('<')
        .filter(|part| !part.starts_with("metadata"))
        .filter_map(|part| part.split_once('>'))
        .map(|(_, text)| text.trim())
        .filter(|t| !t.is_empty())
        .collect()
}

/// Every check of every regime that should hold is failed by a falsifier, or excused by the claim;
/// ids are there and are unique.
fn checks_can_fail(theorem: &dyn Theorem, dossier: &Dossier) {
    let excused: BTreeSet<&str> = theorem.never_failed().iter().map(|(id, _)| *id).collect();
    let mut survivors = BTreeSet::new();
    for regime in &dossier.regimes {
        let trials = regime.falsifiers.iter().chain(&regime.controls).map(|trial| (trial.id, &trial.evidence));
        for (of, evidence) in std::iter::once(("as stated", &regime.evidence)).chain(trials) {
            let ids: Vec<&str> = evidence.measurements.iter().map(|m| m.id.as_str()).collect();
            let unique: BTreeSet<&str> = ids.iter().copied().collect();
            let of = format!("{} {} {of}", dossier.statement.id, regime.regime.id);
            assert_eq!(unique.len(), ids.len(), "{of}: an id stands twice among {ids:?}");
            let plain = |id: &&str| {
                !id.is_empty() && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c))
            };
            assert!(ids.iter().all(plain), "{of}: {ids:?}");
        }
        if regime.regime.expected == Verdict::Holds || !regime.falsifiers.is_empty() {
            let never = regime.kill_matrix().into_iter().filter(|(_, by)| by.is_empty()).map(|(m, _)| m.id.clone());
            survivors.extend(never.map(|id| (regime.regime.id, id)));
        }
    }
    let open: Vec<_> = survivors.iter().filter(|(_, id)| !excused.contains(id.as_str())).collect();
    assert!(open.is_empty(), "{}: failed by no falsifier: {open:?}", dossier.statement.id);
    for id in excused {
        assert!(
            survivors.iter().any(|(_, survivor)| survivor == id),
            "{id} is failed by a falsifier: no excuse is needed"
        );
    }
}

/// Where two tables of a figure differ: heads and words must be equal, numbers to 1e-4 of
/// themselves or 1e-9 of the largest of their column in the same series.
fn csv_difference(committed: &str, made: &str) -> Option<String> {
    let read = |text: &str| -> Vec<Vec<String>> {
        let rows = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes()).into_records();
        rows.map(|row| row.expect("a table").iter().map(String::from).collect()).collect()
    };
    let (ours, theirs) = (read(made), read(committed));
    if ours.len() != theirs.len() {
        return Some(format!("{} rows are committed, {} were made", theirs.len(), ours.len()));
    }
    let number = |word: &String| word.parse::<f64>().ok().filter(|x| x.is_finite());
    let mut largest: HashMap<(&[String], usize), f64> = HashMap::new();
    for row in &theirs {
        for (at, word) in row.iter().enumerate().skip(3) {
            let top = largest.entry((&row[..3], at)).or_default();
            *top = top.max(number(word).map_or(0.0, f64::abs));
        }
    }
    let alike = |row: &[String], at: usize, ours: &String| match (number(&row[at]), number(ours)) {
        (Some(a), Some(b)) if at >= 3 => {
            (a - b).abs() <= 1e-4 * a.abs().max(b.abs()) + 1e-9 * largest[&(&row[..3], at)]
        }
        _ => row[at] == *ours,
    };
    theirs.iter().zip(&ours).enumerate().find_map(|(line, (theirs, ours))| {
        let agree = theirs.len() == ours.len() && (0..theirs.len()).all(|at| alike(theirs, at, &ours[at]));
        (!agree).then(|| format!("line {}: {} is committed, {} was made", line + 1, theirs.join(","), ours.join(",")))
    })
}

fn tables_of_figures_differ_where_a_number_does() {
    let head = "panel,series,role,x,y,error,z\n";
    let table = |y: f64| format!("{head}a,b,line,1,{y},,\na,b,line,2,100,,\n");
    assert_eq!(csv_difference(&table(3.0), &table(3.0002)), None);
    assert!(csv_difference(&table(3.0), &table(3.002)).is_some_and(|words| words.starts_with("line 2: ")));
    assert!(csv_difference(&table(3.0), &table(-3.0)).is_some());
    assert_eq!(csv_difference(&table(f64::NAN), &table(f64::NAN)), None);
    assert!(csv_difference(&table(3.0), &table(3.0).replace("error", "bar")).is_some());
    assert!(csv_difference(&table(3.0), head).is_some());
    assert!(csv_difference(&table(3.0), &table(3.0).replace("line", "points")).is_some());
}
