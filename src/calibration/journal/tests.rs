//! Tests.

use super::*;
use crate::bits::States;
use crate::claim::{Case, CheckError, Falsifier, Regime, Source, Stage, Statement, falsifier};
use crate::data::{Binarised, Split};
use crate::evidence::{Criterion, Evidence, Measurement};
use crate::stat::interval::Interval;
use crate::symbolic::{Derivation, poly::Poly};
use std::sync::atomic::AtomicBool;

const ONLY: Regime = Regime::holds("only", "");

static REGIMES: [Regime; 1] = [ONLY];
static FALSIFIERS: [Falsifier; 1] = [falsifier("wrong", "", Stage::Measurement, &[ONLY])];

const fn statement(id: &'static str) -> Statement {
    Statement {
        id,
        title: "",
        source: Source { reference: "", sentence: "", stated_there: false },
        hypotheses: &[],
        regimes: &REGIMES,
    }
}

static ONE: Statement = statement("T01");
static TWO: Statement = statement("T02");
static CHANGED: Statement = statement("T07");

/// A claim of one check, whose falsifier fails it by far.
struct Claimed<M> {
    statement: &'static Statement,
    /// Discrepancy of the claim as stated, of which 4 are tolerated; not-a-number is no number,
    /// none needs a trained machine.
    measured: M,
}

impl<M: Fn(&Lab) -> Option<f64> + Sync> Theorem for Claimed<M> {
    fn statement(&self) -> &'static Statement {
        self.statement
    }
    fn falsifiers(&self) -> &'static [Falsifier] {
        &FALSIFIERS
    }
    fn derive(&self, _: Case<'_>) -> Result<Derivation, CheckError> {
        let mut steps = Derivation::new();
        steps.equal("1", "2 − 1", &Poly::int(1), &Poly::int(1));
        Ok(steps)
    }
    fn measure(&self, case: Case<'_>, lab: &Lab) -> Result<Evidence, CheckError> {
        let off = if case.falsified() { 9.0 } else { (self.measured)(lab).ok_or(CheckError::Untrained)? };
        let criterion = Criterion::Equivalence { discrepancy: Interval::point(off), bound: 4.0, rationale: "by hand" };
        Ok(Evidence { measurements: vec![Measurement::new("off", "off", 0.0, 0.0, criterion)], ..Evidence::default() })
    }
}

fn data() -> Arc<Dataset> {
    let split = || Split { images: States::zeros(1, 4), labels: vec![0] };
    let (train, test) = (split(), split());
    Arc::new(Dataset { name: "none".into(), binarised: Binarised::From(128.0), height: 2, width: 2, train, test })
}

/// A run of `program` at that seed and so many seeds and trainings, and what it said.
fn run_of(
    out: &Path,
    theorems: &[&dyn Theorem],
    program: &str,
    (seed, seeds, training_seeds): (u64, usize, usize),
) -> (Result<Finished, JournalError>, Vec<String>) {
    run_from(out, theorems, program, (Some(seed), seeds, training_seeds))
}

/// The same, without a seed at those of every claim's block.
fn run_from(
    out: &Path,
    theorems: &[&dyn Theorem],
    program: &str,
    (seed, seeds, training_seeds): (Option<u64>, usize, usize),
) -> (Result<Finished, JournalError>, Vec<String>) {
    let said = Mutex::new(Vec::new());
    let (catalogue, sizes) = (&["T01", "T02"][..], "quick none");
    let (data, scale) = (data(), Scale::Quick);
    let request = Request { theorems, catalogue, out, scale, sizes, data, program, seed, seeds, training_seeds };
    let found = run(&request, &|line| said.lock().expect("no panic").push(line.to_string()));
    (found, said.into_inner().expect("no panic"))
}

/// Every line of the journal: seed, claim, program, whether machines were trained; sorted, as
/// threads write them in any order.
fn lines(out: &Path) -> Vec<(u64, String, String, bool)> {
    let text = std::fs::read_to_string(out.join(JOURNAL)).expect("journal");
    let outcome = |line: &str| serde_json::from_str::<SeedOutcome>(line).expect("a line is an outcome");
    let mut all: Vec<_> =
        text.lines().map(outcome).map(|one| (one.seed, one.claim, one.program, one.training)).collect();
    all.sort();
    all
}

fn line(seed: u64, claim: &str, program: &str, training: bool) -> (u64, String, String, bool) {
    (seed, claim.into(), program.into(), training)
}

#[test]
fn a_run_tries_what_the_journal_lacks_and_nothing_twice() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let out = dir.path().join("new");
    let one = Claimed { statement: &ONE, measured: |_: &Lab| Some(1.0) };
    let two = Claimed { statement: &TWO, measured: |_: &Lab| Some(2.0) };
    let (found, said) = run_of(&out, &[&one], "a", (5, 2, 0));
    let found = found.expect("runs");
    assert_eq!(lines(&out), [line(5, "T01", "a", false), line(6, "T01", "a", false)]);
    assert_eq!((found.summary.claims[0].seeds, found.summary.seeds, found.invalid), (2, Some((5, 6)), None));
    assert!(said.len() == 2 && said.iter().all(|line| line.contains("as expected")), "{said:?}");
    assert!(found.figures.iter().chain([&found.page]).all(|path| path.starts_with(&out) && path.is_file()));
    let page = std::fs::read_to_string(&found.page).expect("page");
    assert!(page.contains("| T01/only | 2 | 2 | off | 0.25 | ") && page.contains("T02: not tried"), "{page}");
    // The same again: nothing is left to try. With a training at the first seed, that one is; a
    // second claim, all of it.
    assert_eq!(run_of(&out, &[&one], "a", (5, 2, 0)).1, Vec::<String>::new());
    assert_eq!(lines(&out).len(), 2);
    run_of(&out, &[&one], "a", (5, 2, 1)).0.expect("runs");
    assert_eq!(lines(&out)[1], line(5, "T01", "a", true));
    let found = run_of(&out, &[&one, &two], "a", (5, 2, 0)).0.expect("runs");
    assert_eq!((lines(&out).len(), found.summary.claims.len()), (5, 2));
    // Of one claim anew: the other is shown as it is. From seed 6 on, seed 5 is not shown; two
    // seeds from there lack one.
    let found = run_of(&out, &[&one], "a", (6, 2, 0)).0.expect("runs");
    let shown: Vec<_> = found.summary.claims.iter().map(|claim| (&*claim.id, claim.seeds, claim.trained)).collect();
    assert_eq!((shown, lines(&out).len()), (vec![("T01", 2, 0), ("T02", 1, 0)], 6));
    assert_eq!(lines(&out)[5], line(7, "T01", "a", false));
}

#[test]
fn without_seeds_the_page_is_made_anew_of_what_is_there() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let one = Claimed { statement: &ONE, measured: |_: &Lab| Some(1.0) };
    let found = run_of(dir.path(), &[&one], "a", (0, 0, 0)).0;
    assert!(matches!(found, Err(JournalError::Nothing { seed: Some(0), .. })));
    assert!(!dir.path().join(JOURNAL).exists(), "reading makes no journal");
    run_of(dir.path(), &[&one], "a", (3, 2, 0)).0.expect("runs");
    for (from, seeds) in [(0, Some((3, 4))), (4, Some((4, 4)))] {
        // Another program, which tries nothing: outcomes stay as their own program left them.
        let (found, said) = run_of(dir.path(), &[&one], "b", (from, 0, 0));
        let found = found.expect("outcomes are there");
        assert_eq!((found.summary.seeds, said.len(), &*found.summary.claims[0].program), (seeds, 0, "a"));
    }
    assert!(matches!(run_of(dir.path(), &[&one], "a", (5, 0, 0)).0, Err(JournalError::Nothing { seed: Some(5), .. })));
    assert_eq!(lines(dir.path()).len(), 2);
}

#[test]
fn every_claim_is_tried_on_its_own_block() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let one = Claimed { statement: &ONE, measured: |_: &Lab| Some(1.0) };
    let changed = Claimed { statement: &CHANGED, measured: |_: &Lab| Some(1.0) };
    let nothing = run_from(dir.path(), &[&one], "a", (None, 0, 0)).0.err().expect("nothing is there").to_string();
    assert!(nothing.contains("no outcomes of quick none there of the seeds of this release"), "{nothing}");
    // What was tried of it on the first block is kept, and not shown.
    run_of(dir.path(), &[&changed], "a", (20_001, 1, 0)).0.expect("runs");
    let found = run_from(dir.path(), &[&one, &changed], "a", (None, 2, 1)).0.expect("runs");
    let of = |seed, claim, training| line(seed, claim, "a", training);
    let all = [of(20_000, "T01", true), of(20_001, "T01", false), of(20_001, "T07", false)];
    assert_eq!(lines(dir.path()), [&all[..], &[of(20_400, "T07", true), of(20_401, "T07", false)]].concat());
    let again = run_from(dir.path(), &[], "a", (None, 0, 0)).0.expect("outcomes are there");
    for found in [found, again] {
        let shown: Vec<_> = found.summary.claims.iter().map(|claim| (&*claim.id, claim.seeds, claim.trained)).collect();
        assert_eq!((shown, found.summary.outside), (vec![("T01", 2, 1), ("T07", 2, 1)], 0));
    }
}

#[test]
fn numbers_of_seeds_end_at_their_limits() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let one = Claimed { statement: &ONE, measured: |_: &Lab| Some(1.0) };
    let of = |seed: u64, seeds: usize| run_of(dir.path(), &[&one], "a", (seed, seeds, 0)).0;
    assert!(matches!(of(0, MOST_SEEDS + 1), Err(JournalError::Seeds(1_000_001))));
    assert!(matches!(of(0, 2 * MOST_SEEDS), Err(JournalError::Seeds(2_000_000))));
    // A million is no seed too many, but these are beyond the last one.
    assert!(matches!(of(u64::MAX - 999_999, MOST_SEEDS), Err(JournalError::Beyond)));
    assert!(matches!(of(u64::MAX, 1), Err(JournalError::Beyond)));
    let last = of(u64::MAX - 1, 1).expect("2^64 - 2 is the last seed");
    assert_eq!(last.summary.seeds, Some((u64::MAX - 1, u64::MAX - 1)));
}

#[test]
fn another_program_continues_outcomes_that_it_reproduces() {
    let one = Claimed { statement: &ONE, measured: |_: &Lab| Some(1.0) };
    let other = Claimed { statement: &ONE, measured: |_: &Lab| Some(1.5) };
    // Seeds and trainings of the first program, those of the second, whether both measure the same,
    // and who wrote the last line.
    for (before, now, same, wrote) in [
        ((5, 1, 0), (5, 2, 0), true, line(6, "T01", "old", false)),
        ((5, 1, 0), (5, 2, 0), false, line(6, "T01", "new", false)),
        // What was trained is tried again only where training is asked for.
        ((5, 1, 1), (5, 2, 1), true, line(6, "T01", "old", false)),
        ((5, 1, 1), (6, 1, 0), true, line(6, "T01", "new", false)),
    ] {
        let dir = tempfile::tempdir().expect("temporary folder");
        run_of(dir.path(), &[&one], "old", before).0.expect("runs");
        let theorem: &dyn Theorem = if same { &one } else { &other };
        let (found, said) = run_of(dir.path(), &[theorem], "new", now);
        let found = found.expect("runs");
        assert_eq!(lines(dir.path()).last(), Some(&wrote), "{before:?} {now:?} {same}: {said:?}");
        assert_eq!(found.summary.claims[0].program, wrote.2);
        let continued = said.iter().any(|line| line == "T01: yes, that of old, whose outcomes are continued");
        assert_eq!(continued, wrote.2 == "old", "{said:?}");
        // What the other program left is not counted beside that.
        assert_eq!(found.summary.claims[0].seeds, now.1, "{before:?} {now:?} {same}");
    }
}

#[test]
fn what_gave_no_number_is_named_by_its_seed_and_what_was_not_tried_is_an_error() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let blind = Claimed { statement: &ONE, measured: |_: &Lab| Some(f64::NAN) };
    let found = run_of(dir.path(), &[&blind], "a", (3, 2, 0)).0.expect("runs");
    let invalid = found.invalid.expect("no numbers");
    assert!(invalid.starts_with("seed 3: T01 only") && invalid.contains("; seed 4: T01 only"), "{invalid}");
    let dir = tempfile::tempdir().expect("temporary folder");
    let untrained = Claimed { statement: &ONE, measured: |_: &Lab| None };
    assert!(matches!(run_of(dir.path(), &[&untrained], "a", (3, 2, 0)).0, Err(JournalError::OnlyTrained)));
}

#[test]
fn what_cannot_be_read_is_an_error_that_names_it() {
    let dir = tempfile::tempdir().expect("temporary folder");
    std::fs::create_dir(dir.path().join(JOURNAL)).expect("folder in the place of the journal");
    let one = Claimed { statement: &ONE, measured: |_: &Lab| Some(1.0) };
    for seeds in [0, 1] {
        let found = run_of(dir.path(), &[&one], "a", (0, seeds, 0)).0;
        assert!(matches!(found, Err(JournalError::Io { path, .. }) if path == dir.path().join(JOURNAL)), "{seeds}");
    }
    std::fs::create_dir(dir.path().join("calibration.md")).expect("folder in the place of the page");
    assert!(matches!(replace_part(dir.path(), true, "part"), Err(JournalError::Io { .. })));
}

#[test]
fn seconds_of_seeds_that_run_at_once_add_up_to_no_more_than_the_wall_time() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let pause = std::time::Duration::from_millis(40);
    let slow = Claimed {
        statement: &ONE,
        measured: |_: &Lab| {
            std::thread::sleep(pause);
            Some(1.0)
        },
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("pool");
    let start = std::time::Instant::now();
    pool.install(|| run_of(dir.path(), &[&slow], "a", (0, 4, 0)).0.expect("runs"));
    let wall = start.elapsed().as_secs_f64();
    let text = std::fs::read_to_string(dir.path().join(JOURNAL)).expect("journal");
    let outcomes = text.lines().map(|line| serde_json::from_str::<SeedOutcome>(line).expect("outcome"));
    let total: f64 = outcomes.map(|one| one.seconds).sum();
    // Four pauses on two threads.
    assert!(total >= 2.0 * pause.as_secs_f64() && total <= wall, "{total} s of {wall} s");
}

#[test]
fn after_a_panic_no_other_seed_is_begun() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let (first, begun) = (AtomicBool::new(true), AtomicUsize::new(0));
    let panics = Claimed {
        statement: &ONE,
        measured: |_: &Lab| {
            begun.fetch_add(1, Ordering::SeqCst);
            if first.swap(false, Ordering::SeqCst) {
                resume_unwind(Box::new("a panic without its message"));
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
            Some(1.0)
        },
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("pool");
    let run = || pool.install(|| run_of(dir.path(), &[&panics], "a", (0, 12, 0)).0.is_ok());
    assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
    // The other thread ends the seed that it is at.
    assert!(begun.load(Ordering::SeqCst) < 12, "{begun:?}");
}

#[test]
fn a_journal_is_locked_closed_after_half_a_line_and_never_shortened() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let path = dir.path().join(JOURNAL);
    let line =
        r#"{"seed":3,"claim":"T01","program":"x","sizes":"quick mnist","training":false,"seconds":1.5,"seen":"ab"}"#;
    std::fs::write(&path, format!("{line}\n{}", &line[..40])).expect("written");
    let journal = Journal::open(path.clone(), true).expect("a line and half of one");
    assert_eq!(journal.outcomes.iter().map(|one| one.seed).collect::<Vec<_>>(), [3]);
    assert!(matches!(Journal::open(path.clone(), true), Err(JournalError::Locked(_))));
    journal.add(&format!("{line}\n")).expect("room");
    let text = std::fs::read_to_string(&path).expect("text");
    assert_eq!(text, format!("{line}\n{}\n{line}\n", &line[..40]));
    drop(journal);
    std::fs::write(&path, format!("{}\n", line.replace("claim", "made_by"))).expect("written");
    assert!(matches!(Journal::open(path, true), Err(JournalError::Line { line: 1, .. })));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_that_names_the_journal() {
    let path = PathBuf::from("/dev/full");
    let file = OpenOptions::new().append(true).open(&path).expect("a device");
    let journal = Journal { path: path.clone(), file: Some(file), outcomes: Vec::new() };
    let failed = journal.add("line\n").expect_err("no space");
    assert!(
        matches!(&failed, JournalError::Io { path: named, source } if *named == path && source.raw_os_error() == Some(28))
    );
    assert!(failed.to_string().contains("--out"));
}

#[test]
fn one_part_of_the_page_is_replaced_and_the_others_stay() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let path = dir.path().join("calibration.md");
    let read = || std::fs::read_to_string(&path).expect("page");
    let [claims, constants] = PARTS;
    replace_part(dir.path(), true, "claims 1\n").expect("written");
    assert_eq!(read(), format!("{claims}\n\nclaims 1\n"));
    replace_part(dir.path(), false, "toolbox 1\n").expect("written");
    assert_eq!(read(), format!("toolbox 1\n\n{claims}\n\nclaims 1\n"));
    std::fs::write(&path, format!("{}\n{constants}\n\n| by hand |\n", read())).expect("written");
    replace_part(dir.path(), true, "claims 2\n").expect("written");
    replace_part(dir.path(), false, "toolbox 2\n").expect("written");
    assert_eq!(read(), format!("toolbox 2\n\n{claims}\n\nclaims 2\n\n{constants}\n\n| by hand |\n"));
}
