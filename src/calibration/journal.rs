//! Calibration of the claims as a run that can be interrupted: one line per seed and claim in a journal, as many seeds at once as threads, and
//! the page and the figure from all lines.

use super::claims::{self, SeedOutcome, Summary};
use crate::data::Dataset;
use crate::figure::FigureError;
use crate::file;
use crate::lab::{Lab, Plan, Scale};
use crate::theorem::OnceDerived;
use crate::theorem::Theorem;
use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Name of the journal in its folder.
pub const JOURNAL: &str = "calibration-seeds.jsonl";

/// Most seeds of one run: each takes a line in memory.
pub const MOST_SEEDS: usize = 1_000_000;

/// Why a calibration could not run.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// A file or folder cannot be read or written.
    #[error("{}: give another folder with --out", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A figure cannot be written.
    #[error("the figure of the calibration: give another folder with --out")]
    Figure(#[from] FigureError),
    /// Two runs with one journal.
    #[error("{}: another calibrate is writing there; wait for it, or give another folder with --out", .0.display())]
    Locked(PathBuf),
    /// A line of another version.
    #[error("{}, line {line}: no outcome that this version reads ({source}): take the line out, or give another folder with --out", path.display())]
    Line {
        /// The journal.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A page was asked for and there is nothing to put on it.
    #[error("{}: no outcomes of {sizes} there from seed {seed} on to make the page from: give --seeds 1 or more", path.display())]
    Nothing {
        /// The journal.
        path: PathBuf,
        /// Scale and data.
        sizes: String,
        /// First seed.
        seed: u64,
    },
    /// Nothing to try without trained machines.
    #[error("all that is claimed there needs trained machines: give --training-seeds 1 or more")]
    OnlyTrained,
    /// More seeds than a run may have.
    #[error("--seeds {0}: at most {MOST_SEEDS} in one run")]
    Seeds(usize),
    /// Seeds beyond the last.
    #[error("--seed and --seeds: their sum is beyond 2^64 - 1")]
    Beyond,
    /// The worker threads could not be started.
    #[error("starting the worker threads")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

/// What to calibrate, and where.
pub struct Request<'a> {
    /// Claims to try.
    pub theorems: &'a [&'a dyn Theorem],
    /// Ids of all claims there are.
    pub catalogue: &'a [&'a str],
    /// Folder of the journal, the page and the figure.
    pub out: &'a Path,
    /// Sizes.
    pub scale: Scale,
    /// Scale and data in words; outcomes of other words are left alone.
    pub sizes: &'a str,
    /// The data.
    pub data: Arc<Dataset>,
    /// The program, by [`claims::digest`] of its file.
    pub program: &'a str,
    /// First seed.
    pub seed: u64,
    /// Number of seeds; 0 makes the page anew of all outcomes from the first seed on.
    pub seeds: usize,
    /// So many of them train machines.
    pub training_seeds: usize,
}

/// What a run left.
pub struct Finished {
    /// Counts over all outcomes.
    pub summary: Summary,
    /// The page.
    pub page: PathBuf,
    /// The figure's files.
    pub figures: [PathBuf; 2],
    /// Checks that gave no number or could not run, by seed; none is right.
    pub invalid: Option<String>,
}

/// Runs the seeds that the journal lacks, and writes page and figure.
///
/// # Errors
/// When the folder cannot be written or read, or there is nothing to show. A check that gives no number is an outcome, not an error:
/// [`SeedOutcome::invalid`].
pub fn run(request: &Request<'_>, progress: &(dyn Fn(&str) + Sync)) -> Result<Finished, JournalError> {
    let Request { out, sizes, program, seed, seeds, training_seeds, .. } = *request;
    if seeds > MOST_SEEDS {
        return Err(JournalError::Seeds(seeds));
    }
    let end = if seeds == 0 { Some(u64::MAX) } else { seed.checked_add(seeds as u64) }.ok_or(JournalError::Beyond)?;
    std::fs::create_dir_all(out).map_err(|source| JournalError::Io { path: out.into(), source })?;
    let mut journal = Journal::open(out.join(JOURNAL), seeds > 0)?;
    let shown = |one: &SeedOutcome| one.seed >= seed && one.seed < end;
    if seeds == 0 && !claims::latest(&journal.outcomes, sizes, program).iter().any(shown) {
        return Err(JournalError::Nothing { path: journal.path, sizes: sizes.into(), seed });
    }
    let theorems: Vec<OnceDerived<'_>> = request.theorems.iter().map(|one| OnceDerived::new(*one)).collect();
    let programs = if seeds > 0 { programs(request, &theorems, &journal.outcomes, progress) } else { HashMap::new() };
    let of = |id: &str| programs.get(id).cloned().unwrap_or_else(|| program.into());
    let key = |one: &SeedOutcome| (one.seed, one.training, one.claim.clone(), one.sizes.clone(), one.program.clone());
    let there: HashSet<_> = journal.outcomes.iter().map(key).collect();
    let missing: Vec<Task<'_>> = (0..seeds)
        .map(|at| {
            let (seed, training) = (seed + at as u64, at < training_seeds);
            let left = theorems.iter().map(|theorem| (theorem, of(theorem.statement().id))).filter(|(theorem, by)| {
                let id = theorem.statement().id.to_string();
                !there.contains(&(seed, training, id, sizes.to_string(), by.clone()))
            });
            Task { seed, training, left: left.collect() }
        })
        .filter(|task| !task.left.is_empty())
        .collect();
    let fresh = try_all(request, &missing, &journal, progress)?;
    drop(missing);
    journal.outcomes.extend(fresh);
    // Claims that were not asked for are shown as they are; those that were, by the program that was continued.
    let asked = |one: &SeedOutcome| theorems.iter().any(|theorem| theorem.statement().id == one.claim);
    journal.outcomes.retain(|one| shown(one) && (seeds == 0 || !asked(one) || one.program == of(&one.claim)));
    let latest = claims::latest(&journal.outcomes, sizes, program);
    let summary = Summary::of(&latest);
    if summary.claims.is_empty() {
        return Err(JournalError::OnlyTrained);
    }
    let figures = summary.figure().write(out)?;
    let page = replace_part(out, true, &summary.page(sizes, request.catalogue))?;
    let invalid = |one: &SeedOutcome| one.invalid.as_ref().map(|why| format!("seed {}: {why}", one.seed));
    let invalid: Vec<String> = latest.iter().filter_map(invalid).collect();
    Ok(Finished { summary, page, figures, invalid: (!invalid.is_empty()).then(|| invalid.join("; ")) })
}

/// A seed with the claims that are left to try there, each with the program whose outcomes it continues.
struct Task<'a> {
    seed: u64,
    training: bool,
    left: Vec<(&'a OnceDerived<'a>, String)>,
}

/// The journal's file, locked while it is written, and the outcomes that it held.
struct Journal {
    path: PathBuf,
    file: Option<File>,
    outcomes: Vec<SeedOutcome>,
}

impl Journal {
    fn open(path: PathBuf, write: bool) -> Result<Self, JournalError> {
        let failed = |source| JournalError::Io { path: path.clone(), source };
        let mut file = None;
        if write {
            let opened = OpenOptions::new().append(true).create(true).open(&path).map_err(failed)?;
            match opened.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(JournalError::Locked(path)),
                Err(TryLockError::Error(source)) => return Err(failed(source)),
            }
            file = Some(opened);
        }
        let text = read_if_there(&path)?;
        let mut outcomes = Vec::new();
        for (at, line) in text.lines().enumerate() {
            match serde_json::from_str(line) {
                Ok(outcome) => outcomes.push(outcome),
                // An interruption cut it short: its seed is run again.
                Err(error) if error.is_eof() => {}
                Err(source) => return Err(JournalError::Line { path, line: at + 1, source }),
            }
        }
        let journal = Self { path, file, outcomes };
        if !text.is_empty() && !text.ends_with('\n') {
            journal.add("\n")?; // lines are added, never taken away
        }
        Ok(journal)
    }

    fn add(&self, text: &str) -> Result<(), JournalError> {
        let Some(file) = &self.file else { return Ok(()) };
        let added = || -> std::io::Result<()> {
            let (end, mut to) = (file.metadata()?.len(), file);
            // A full disk leaves no half line: another thread would write on behind it.
            to.write_all(text.as_bytes()).and_then(|()| to.sync_data()).inspect_err(|_| drop(file.set_len(end)))
        };
        added().map_err(|source| JournalError::Io { path: self.path.clone(), source })
    }
}

/// By claim the program whose outcomes this one continues: another one's, where this one reproduces one of its outcomes.
fn programs(
    request: &Request<'_>,
    theorems: &[OnceDerived<'_>],
    outcomes: &[SeedOutcome],
    progress: &dyn Fn(&str),
) -> HashMap<&'static str, String> {
    let (mut programs, mut labs) = (HashMap::new(), HashMap::new());
    for theorem in theorems {
        let id = theorem.statement().id;
        let key = (id, request.sizes);
        let Some(old) = claims::of_another(outcomes, key, request.program, request.training_seeds > 0) else {
            continue;
        };
        progress(&format!("{id}: does this program reproduce the outcome of another one at seed {}?", old.seed));
        let at = (old.seed, old.training);
        let lab = labs.entry(at).or_insert_with(|| lab(request, at));
        let again = claims::try_seed(theorem, lab, at, "", request.sizes);
        let same = claims::program_that_saw(outcomes, &again);
        progress(&match same {
            Some(other) => format!("{id}: yes, that of {other}, whose outcomes are continued"),
            None => format!("{id}: no, its outcomes start anew"),
        });
        programs.extend(same.map(|other| (id, other.to_string())));
    }
    programs
}

fn lab(request: &Request<'_>, (seed, training): (u64, bool)) -> Lab {
    let lab = Lab::new(Plan::new(request.scale), seed, Arc::clone(&request.data), Box::new(|_| {}));
    if training { lab } else { lab.without_training() }
}

/// As many seeds at once as there are threads, each on its share of them: a claim by itself leaves much of two cores idle.
fn try_all(
    request: &Request<'_>,
    tasks: &[Task<'_>],
    journal: &Journal,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Vec<SeedOutcome>, JournalError> {
    let threads = rayon::current_num_threads();
    let at_once = threads.min(tasks.len()).max(1);
    let (next, fresh) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let try_some = || -> Result<(), JournalError> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads / at_once).build()?;
        while let Some(Task { seed, training, left }) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
            let lab = lab(request, (*seed, *training));
            for (theorem, program) in left {
                let mut outcome =
                    pool.install(|| claims::try_seed(*theorem, &lab, (*seed, *training), program, request.sizes));
                let alarms = outcome.alarms().join("; ");
                let alarms = if alarms.is_empty() { "as expected" } else { &alarms };
                progress(&format!("seed {seed}, {}: {:.1} s, {alarms}", outcome.claim, outcome.seconds));
                outcome.seconds /= at_once as f64;
                let mut line = serde_json::to_string(&outcome)
                    .map_err(|error| JournalError::Io { path: journal.path.clone(), source: error.into() })?;
                line.push('\n');
                let mut fresh = fresh.lock().unwrap_or_else(PoisonError::into_inner);
                journal.add(&line)?;
                fresh.push(outcome);
            }
        }
        Ok(())
    };
    std::thread::scope(|scope| -> Result<(), JournalError> {
        let work = || {
            let tried = catch_unwind(AssertUnwindSafe(&try_some));
            // After an error or a panic no other seed is begun.
            if !matches!(tried, Ok(Ok(()))) {
                next.store(tasks.len(), Ordering::Relaxed);
            }
            tried.unwrap_or_else(|panic| resume_unwind(panic))
        };
        let workers: Vec<_> = (0..at_once).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|one| one.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })?;
    Ok(fresh.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// The lines of calibration.md between its parts: on the toolbox, on the claims, and on constants, which is written by hand.
const PARTS: [&str; 2] = ["<!-- claims -->", "<!-- constants -->"];

/// The text of a file; empty where there is none.
fn read_if_there(path: &Path) -> Result<String, JournalError> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        read => read.map_err(|source| JournalError::Io { path: path.into(), source }),
    }
}

/// Replaces one part of calibration.md, that on the claims or that on the toolbox, and leaves the others as they are.
///
/// # Errors
/// When the page cannot be read or written.
pub fn replace_part(out: &Path, claims: bool, part: &str) -> Result<PathBuf, JournalError> {
    let path = out.join("calibration.md");
    let before = read_if_there(&path)?;
    let (before, constants) = before.split_once(PARTS[1]).unwrap_or((&before, ""));
    let (toolbox, rest) = before.split_once(PARTS[0]).unwrap_or((before, ""));
    let (toolbox, rest) = if claims { (toolbox, part) } else { (part, rest) };
    let mut page = format!("{}\n", toolbox.trim());
    for (line, part) in PARTS.into_iter().zip([rest, constants]).filter(|(_, part)| !part.trim().is_empty()) {
        page += &format!("\n{line}\n\n{}\n", part.trim());
    }
    file::replace(&path, page.trim_start().as_bytes())
        .map_err(|source| JournalError::Io { path: path.clone(), source })?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::States;
    use crate::claim::{Case, CheckError, Falsifier, Regime, Source, Stage, Statement, Verdict, falsifier};
    use crate::data::Split;
    use crate::evidence::{Evidence, Judge, Measurement};
    use crate::stat::interval::Interval;
    use crate::symbolic::{Derivation, poly::Poly};
    use std::sync::atomic::AtomicBool;

    static REGIMES: [Regime; 1] = [Regime { id: "only", title: "", expected: Verdict::Holds, replaced_by: None }];
    static FALSIFIERS: [Falsifier; 1] = [falsifier("wrong", "", Stage::Measurement, &["only"])];

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

    /// A claim of one check, whose falsifier fails it by far.
    struct Claimed<M> {
        statement: &'static Statement,
        /// Discrepancy of the claim as stated, of which 4 are tolerated; not-a-number is no number, none needs a trained machine.
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
            steps.equal("1", &Poly::int(1), &Poly::int(1));
            Ok(steps)
        }
        fn measure(&self, case: Case<'_>, lab: &Lab) -> Result<Evidence, CheckError> {
            let off = if case.falsified() { 9.0 } else { (self.measured)(lab).ok_or(CheckError::Untrained)? };
            let judge = Judge::Equivalence { discrepancy: Interval::point(off), bound: 4.0, because: "by hand" };
            Ok(Evidence { measurements: vec![Measurement::new("off", "off", 0.0, 0.0, judge)], ..Evidence::default() })
        }
    }

    fn data() -> Arc<Dataset> {
        let split = || Split { images: States::zeros(1, 4), labels: vec![0] };
        let (train, test) = (split(), split());
        Arc::new(Dataset { name: "none".into(), threshold: 128, height: 2, width: 2, train, test })
    }

    /// A run of `program` at that seed and so many seeds and trainings, and what it said.
    fn run_of(
        out: &Path,
        theorems: &[&dyn Theorem],
        program: &str,
        (seed, seeds, training_seeds): (u64, usize, usize),
    ) -> (Result<Finished, JournalError>, Vec<String>) {
        let said = Mutex::new(Vec::new());
        let (catalogue, sizes) = (&["T01", "T02"][..], "quick none");
        let (data, scale) = (data(), Scale::Quick);
        let request = Request { theorems, catalogue, out, scale, sizes, data, program, seed, seeds, training_seeds };
        let found = run(&request, &|line| said.lock().expect("no panic").push(line.to_string()));
        (found, said.into_inner().expect("no panic"))
    }

    /// Every line of the journal: seed, claim, program, whether machines were trained; sorted, as threads write them in any order.
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
        // The same again: nothing is left to try. With a training at the first seed, that one is; a second claim, all of it.
        assert_eq!(run_of(&out, &[&one], "a", (5, 2, 0)).1, Vec::<String>::new());
        assert_eq!(lines(&out).len(), 2);
        run_of(&out, &[&one], "a", (5, 2, 1)).0.expect("runs");
        assert_eq!(lines(&out)[1], line(5, "T01", "a", true));
        let found = run_of(&out, &[&one, &two], "a", (5, 2, 0)).0.expect("runs");
        assert_eq!((lines(&out).len(), found.summary.claims.len()), (5, 2));
        // Of one claim anew: the other is shown as it is. From seed 6 on, seed 5 is not shown; two seeds from there lack one.
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
        assert!(matches!(found, Err(JournalError::Nothing { seed: 0, .. })));
        assert!(!dir.path().join(JOURNAL).exists(), "reading makes no journal");
        run_of(dir.path(), &[&one], "a", (3, 2, 0)).0.expect("runs");
        for (from, seeds) in [(0, Some((3, 4))), (4, Some((4, 4)))] {
            // Another program, which tries nothing: outcomes stay as their own program left them.
            let (found, said) = run_of(dir.path(), &[&one], "b", (from, 0, 0));
            let found = found.expect("outcomes are there");
            assert_eq!((found.summary.seeds, said.len(), &*found.summary.claims[0].program), (seeds, 0, "a"));
        }
        assert!(matches!(run_of(dir.path(), &[&one], "a", (5, 0, 0)).0, Err(JournalError::Nothing { seed: 5, .. })));
        assert_eq!(lines(dir.path()).len(), 2);
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
        // Seeds and trainings of the first program, those of the second, whether both measure the same, and who wrote the last line.
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
        let line = r#"{"seed":3,"claim":"T01","program":"x","sizes":"quick mnist","training":false,"seconds":1.5,"seen":"ab"}"#;
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
}
