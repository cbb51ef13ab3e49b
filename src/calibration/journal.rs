//! Calibration of the claims as a run that can be interrupted: one line per seed and claim in a
//! journal, as many seeds at once as threads, and the page and the figure from all lines.

mod pace;

use self::pace::Pace;
use super::claims::{self, SeedOutcome, Summary};
use crate::data::Dataset;
use crate::figure::FigureError;
use crate::file;
use crate::lab::{Lab, Plan, Scale};
use crate::theorem::OnceDerived;
use crate::theorem::Theorem;
use std::collections::{BTreeSet, HashMap, HashSet};
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
    #[error("{}: no outcomes of {sizes} there {} to make the page from: give --seeds 1 or more", path.display(), from(*.seed))]
    Nothing {
        /// The journal.
        path: PathBuf,
        /// Scale and data.
        sizes: String,
        /// First seed, if one was asked for.
        seed: Option<u64>,
    },
    /// Nothing to try without trained machines.
    #[error(
        "all that is claimed there needs trained machines, or does not apply to the images: give --training-seeds 1 or more, or other images"
    )]
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

fn from(seed: Option<u64>) -> String {
    seed.map_or("of the seeds of this release".into(), |seed| format!("from seed {seed} on"))
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
    /// First seed; that of every claim's own [`claims::block`] if there is none.
    pub seed: Option<u64>,
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
/// When the folder cannot be written or read, or there is nothing to show. A check that gives no
/// number is an outcome, not an error: [`SeedOutcome::invalid`].
pub fn run(request: &Request<'_>, progress: &(dyn Fn(&str) + Sync)) -> Result<Finished, JournalError> {
    let Request { out, sizes, program, seed, seeds, training_seeds, .. } = *request;
    if seeds > MOST_SEEDS {
        return Err(JournalError::Seeds(seeds));
    }
    let first = |claim: &str| seed.unwrap_or_else(|| claims::block(claim).start);
    let end = |first: u64| if seeds == 0 { u64::MAX } else { first.saturating_add(seeds as u64) };
    if seed.is_some_and(|seed| seed.checked_add(seeds as u64).is_none()) {
        return Err(JournalError::Beyond);
    }
    std::fs::create_dir_all(out).map_err(|source| JournalError::Io { path: out.into(), source })?;
    let mut journal = Journal::open(out.join(JOURNAL), seeds > 0)?;
    let shown = |one: &SeedOutcome| (first(&one.claim)..end(first(&one.claim))).contains(&one.seed);
    if seeds == 0 && !claims::latest(&journal.outcomes, sizes, program).iter().any(shown) {
        return Err(JournalError::Nothing { path: journal.path, sizes: sizes.into(), seed });
    }
    let theorems: Vec<OnceDerived<'_>> = request.theorems.iter().map(|one| OnceDerived::new(*one)).collect();
    let programs = if seeds > 0 { programs(request, &theorems, &journal.outcomes, progress) } else { HashMap::new() };
    let of = |id: &str| programs.get(id).cloned().unwrap_or_else(|| program.into());
    let key = |one: &SeedOutcome| (one.seed, one.training, one.claim.clone(), one.sizes.clone(), one.program.clone());
    let there: HashSet<_> = journal.outcomes.iter().map(key).collect();
    let starts: BTreeSet<u64> = theorems.iter().map(|theorem| first(theorem.statement().id)).collect();
    let all = (0..seeds).flat_map(|at| starts.iter().map(move |start| (at, *start)));
    let missing: Vec<Task<'_>> = all
        .map(|(at, start)| {
            let (seed, training) = (start + at as u64, at < training_seeds);
            let here = theorems.iter().filter(|theorem| first(theorem.statement().id) == start);
            let left = here.map(|theorem| (theorem, of(theorem.statement().id))).filter(|(theorem, by)| {
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
    // Claims that were not asked for are shown as they are; those that were, by the program that
    // was continued.
    let asked = |one: &SeedOutcome| theorems.iter().any(|theorem| theorem.statement().id == one.claim);
    journal.outcomes.retain(|one| shown(one) && (seeds == 0 || !asked(one) || one.program == of(&one.claim)));
    let latest = claims::latest(&journal.outcomes, sizes, program);
    let summary = Summary::of(&latest);
    if summary.claims.is_empty() {
        return Err(JournalError::OnlyTrained);
    }
    let figures = summary.figure().write(out, sizes)?;
    let page = replace_part(out, true, &summary.page(sizes, request.catalogue))?;
    let invalid = |one: &SeedOutcome| one.invalid.as_ref().map(|why| format!("seed {}: {why}", one.seed));
    let invalid: Vec<String> = latest.iter().filter_map(invalid).collect();
    Ok(Finished { summary, page, figures, invalid: (!invalid.is_empty()).then(|| invalid.join("; ")) })
}

/// A seed with the claims that are left to try there, each with the program whose outcomes it
/// continues.
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

/// By claim the program whose outcomes this one continues: another one's, where this one reproduces
/// one of its outcomes.
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
    let lab = Lab::new(Plan::new(request.scale), seed, Arc::clone(&request.data), Box::new(|_| {})).without_figures();
    if training { lab } else { lab.without_training() }
}

/// As many seeds at once as there are threads, each on its share of them: a claim by itself leaves
/// much of two cores idle.
fn try_all(
    request: &Request<'_>,
    tasks: &[Task<'_>],
    journal: &Journal,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Vec<SeedOutcome>, JournalError> {
    let threads = rayon::current_num_threads();
    let at_once = threads.min(tasks.len()).max(1);
    let all = tasks.iter().flat_map(|task| task.left.iter().map(|(one, _)| (one.statement().id, task.training)));
    let pace = Pace::new(all, at_once);
    let (next, fresh) = (AtomicUsize::new(0), Mutex::new((Vec::new(), pace)));
    let try_some = || -> Result<(), JournalError> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads / at_once).build()?;
        while let Some(Task { seed, training, left }) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
            let lab = lab(request, (*seed, *training));
            for (theorem, program) in left {
                let mut outcome =
                    pool.install(|| claims::try_seed(*theorem, &lab, (*seed, *training), program, request.sizes));
                let alarms = outcome.alarms().join("; ");
                let alarms = if alarms.is_empty() { "as expected" } else { &alarms };
                let (claim, seconds) = (outcome.claim.clone(), outcome.seconds);
                let said = format!("seed {seed}, {claim}: {seconds:.1} s, {alarms}");
                outcome.seconds /= at_once as f64;
                let failed =
                    |error: serde_json::Error| JournalError::Io { path: journal.path.clone(), source: error.into() };
                let mut line = serde_json::to_string(&outcome).map_err(failed)?;
                // As it is read again: lines hold few digits, and page and figure must not depend
                // on which outcomes were there before.
                let outcome = serde_json::from_str(&line).map_err(failed)?;
                line.push('\n');
                let mut fresh = fresh.lock().unwrap_or_else(PoisonError::into_inner);
                journal.add(&line)?;
                let (fresh, pace) = &mut *fresh;
                fresh.push(outcome);
                pace.done(&claim, *training, seconds);
                progress(&format!("{said}; {}", pace.words()));
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
    Ok(fresh.into_inner().unwrap_or_else(PoisonError::into_inner).0)
}

/// The lines of calibration.md between its parts: on the toolbox, on the claims, and on constants,
/// which is written by hand.
const PARTS: [&str; 2] = ["<!-- claims -->", "<!-- constants -->"];

/// The text of a file; empty where there is none.
fn read_if_there(path: &Path) -> Result<String, JournalError> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        read => read.map_err(|source| JournalError::Io { path: path.into(), source }),
    }
}

/// Replaces one part of calibration.md, that on the claims or that on the toolbox, and leaves the
/// others as they are.
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
mod tests;
