//! What takes long, on standard error: a line that changes in a terminal, plain lines elsewhere.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use crate::claim::{Case, Stage, Variant};
use crate::dossier::RegimeDossier;
use crate::lab::Scale;
use crate::math::time;
use crate::theorem::Theorem;
use indicatif::{ProgressBar, ProgressFinish};
use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Where lines go.
#[derive(Clone)]
pub(super) struct Progress {
    line: Line,
    start: Instant,
    shares: Arc<Mutex<Shares>>,
}

/// When the work began of which shares are said; what was said last, and when.
struct Shares {
    began: Instant,
    said: Option<(String, Instant)>,
}

/// Time between plain lines that say the same with another share.
const APART: Duration = Duration::from_secs(10);

#[derive(Clone)]
enum Line {
    Quiet,
    Terminal(ProgressBar),
    Plain,
}

impl Progress {
    pub(super) fn new(quiet: bool) -> Self {
        let line = if quiet {
            Line::Quiet
        } else if std::io::stderr().is_terminal() {
            let spinner = ProgressBar::new_spinner().with_finish(ProgressFinish::AndClear);
            spinner.enable_steady_tick(Duration::from_millis(120));
            Line::Terminal(spinner)
        } else {
            Line::Plain
        };
        Self { line, start: Instant::now(), shares: Arc::new(Mutex::new(Shares { began: Instant::now(), said: None })) }
    }

    /// What is being done.
    pub(super) fn now(&self, line: &str) {
        match &self.line {
            Line::Quiet => {}
            Line::Terminal(spinner) => spinner.set_message(line.to_string()),
            Line::Plain => aside!("[{:6.1} s] {line}", self.start.elapsed().as_secs_f64()),
        }
    }

    /// What is being done, when this share of it is done; with a share of 0 the time begins anew.
    pub(super) fn at(&self, what: &str, share: f64) {
        let now = Instant::now();
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        let Shares { began, said } = &mut *shares;
        if share <= 0.0 {
            *began = now;
        }
        let again = said.as_ref().is_some_and(|(last, at)| last == what && now - *at < APART);
        if matches!(self.line, Line::Plain) && again {
            return;
        }
        *said = Some((what.into(), now));
        self.now(&format!("{what}{}", done_and_left(share, share, began.elapsed().as_secs_f64())));
    }

    /// What must be known: it stays, also where no progress is wanted.
    pub(super) fn note(&self, line: &str) {
        match &self.line {
            Line::Quiet => aside!("note: {line}"),
            _ => self.done(&format!("note: {line}")),
        }
    }

    /// What is done: it stays in the terminal.
    pub(super) fn done(&self, line: &str) {
        match &self.line {
            Line::Terminal(spinner) => spinner.suspend(|| aside!("{line}")),
            _ => self.now(line),
        }
    }
}

/// In words: the share that is done, and the time that is left by how long this run took for
/// `worked`, its own share of that; nothing before there is enough to tell.
fn done_and_left(done: f64, worked: f64, seconds: f64) -> String {
    if worked < 0.02 {
        return String::new();
    }
    format!(", {:.0} % done, about {} left", 100.0 * done, time(seconds / worked * (1.0 - done)))
}

/// Shares of the work of a run of all claims: seconds on two cores at quick scale, and at full
/// scale (docs/reproduce.md). A claim that is not named counts as their mean.
const SHARES: [(&str, [f64; 2]); 11] = [
    ("T01", [7.0, 240.0]),
    ("T02", [6.0, 160.0]),
    ("T03", [7.0, 300.0]),
    ("T04", [3.0, 12.0]),
    ("T05", [2.0, 18.0]),
    ("T06", [6.0, 90.0]),
    ("T07", [8.0, 260.0]),
    ("T08", [24.0, 520.0]),
    ("T09", [12.0, 96.0]),
    ("T10", [5.0, 33.0]),
    ("T11", [6.0, 22.0]),
];

/// How far a run of several claims is.
pub(super) struct Run<'a> {
    progress: &'a Progress,
    /// Work of every claim, and its cases.
    claims: Vec<(&'static str, f64, usize)>,
    so_far: Mutex<SoFar>,
}

#[derive(Default)]
struct SoFar {
    /// Number of the claim.
    claim: usize,
    /// Cases of it that are done.
    cases: usize,
    /// Work that was done by this run, and that was there.
    worked: f64,
    found: f64,
}

impl<'a> Run<'a> {
    pub(super) fn new(theorems: &[&dyn Theorem], scale: Scale, progress: &'a Progress) -> Self {
        let at = usize::from(scale == Scale::Full);
        let mean = SHARES.iter().map(|(_, work)| work[at]).sum::<f64>() / SHARES.len() as f64;
        let claim = |theorem: &&dyn Theorem| {
            let id = theorem.statement().id;
            let work = SHARES.iter().find(|(of, _)| *of == id).map_or(mean, |(_, work)| work[at]);
            let measured = theorem.falsifiers().iter().filter(|one| one.stage == Stage::Measurement);
            let cases = measured.map(|one| one.regimes.len()).sum::<usize>()
                + theorem.controls().iter().map(|one| one.regimes.len()).sum::<usize>()
                + theorem.statement().regimes.len();
            (id, work, cases)
        };
        Self { progress, claims: theorems.iter().map(claim).collect(), so_far: Mutex::default() }
    }

    /// A case begins; regimes are said.
    pub(super) fn begins(&self, case: &Case<'_>) {
        if case.variant != Variant::AsStated {
            return;
        }
        let so_far = self.so_far.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed = self.progress.start.elapsed().as_secs_f64();
        let left = self.left(&so_far, elapsed);
        let (claim, regime, of) = (case.claim, case.regime.id, self.claims.len());
        self.progress.now(&format!("{claim} {regime}: claim {} of {of}{left}", so_far.claim + 1));
    }

    /// In words: the share that is done and the time that is left, once enough is done to tell.
    fn left(&self, so_far: &SoFar, elapsed: f64) -> String {
        let all: f64 = self.claims.iter().map(|(_, work, _)| work).sum();
        done_and_left((so_far.worked + so_far.found) / all, so_far.worked / all, elapsed)
    }

    /// A case is done; `found` where its evidence was there.
    pub(super) fn ends(&self, found: bool) {
        let mut so_far = self.so_far.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((_, work, cases)) = self.claims.get(so_far.claim) else { return };
        so_far.cases += 1;
        let share = work / *cases as f64;
        if found { so_far.found += share } else { so_far.worked += share }
    }

    /// A regime of a claim is done.
    pub(super) fn concluded(&self, claim: &str, regime: &RegimeDossier) {
        let note = if regime.as_expected() { "" } else { " (not as expected)" };
        self.progress.done(&format!("{claim}: {} {}{note}", regime.regime.id, regime.verdict));
    }

    /// A claim is done.
    pub(super) fn finished(&self) {
        let mut so_far = self.so_far.lock().unwrap_or_else(PoisonError::into_inner);
        // Cases that a regime has on other images only, or not at all.
        if let Some((_, work, cases)) = self.claims.get(so_far.claim) {
            so_far.found += work * (1.0 - so_far.cases as f64 / *cases as f64);
        }
        (so_far.claim, so_far.cases) = (so_far.claim + 1, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theorems::CATALOGUE;

    #[test]
    fn shares_add_up_and_the_time_left_is_that_of_the_rest() {
        let progress = Progress::new(true);
        let theorems: Vec<&dyn Theorem> = CATALOGUE.iter().map(|entry| entry.theorem).collect();
        let run = Run::new(&theorems[..2], Scale::Quick, &progress);
        let [(_, first, cases), (_, second, _)] = run.claims[..] else { panic!("two claims") };
        assert_eq!((first, second), (7.0, 6.0));
        // By hand: 7 of 13 done in 14 s, 6 left: 12 s.
        let words = |claim, cases, worked, found, elapsed| run.left(&SoFar { claim, cases, worked, found }, elapsed);
        assert_eq!(words(1, 0, 7.0, 0.0, 14.0), ", 54 % done, about 12 s left");
        // What was there took no time: 3.5 of 13 in 7 s, 6 left.
        assert_eq!(words(1, 0, 3.5, 3.5, 7.0), ", 54 % done, about 12 s left");
        assert_eq!(words(1, 0, 7.0, 0.0, 140.0), ", 54 % done, about 2 min left");
        assert_eq!(words(0, 0, 0.0, 7.0, 1.0), "", "nothing was measured yet");
        for _ in 0..cases {
            run.ends(false);
        }
        assert!((run.so_far.lock().expect("free").worked - 7.0).abs() < 1e-9);
    }
}
