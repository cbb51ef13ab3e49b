//! Evidence kept case by case while claims run, so that a run that was interrupted goes on where it
//! was.
#![deny(clippy::disallowed_methods)]

use crate::claim::{Case, CheckError};
use crate::evidence::Evidence;
use crate::file;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Ending of the files, one per case.
const ENDING: &str = "evidence";

/// Bytes before the evidence: a digest of what it was measured by, and one of the evidence.
const HEAD: usize = 64;

/// Evidence in a folder, by case.
pub struct Kept {
    folder: PathBuf,
    of: [u8; 32],
    reads: bool,
    there: AtomicUsize,
}

impl Kept {
    /// Evidence in `folder` of what `words` say: program, sizes, seed, images. That of other words
    /// is never read. It is read at all where `reads` says so.
    pub fn new(folder: PathBuf, words: &[&[u8]], reads: bool) -> Self {
        let mut hash = Sha256::new();
        for part in words {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self { folder, of: hash.finalize().into(), reads, there: AtomicUsize::new(0) }
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Cases of this run whose evidence is in the folder.
    pub fn there(&self) -> usize {
        self.there.load(Ordering::Relaxed)
    }

    /// The evidence of a case: that of an earlier run, or else what `measure` gives, which is kept.
    /// `unkept` hears why it cannot be.
    ///
    /// # Errors
    /// Those of `measure`.
    pub fn measured(
        &self,
        case: &Case<'_>,
        measure: impl FnOnce() -> Result<Evidence, CheckError>,
        unkept: impl FnOnce(&std::io::Error),
    ) -> Result<Evidence, CheckError> {
        let name = format!("{} {} {}.{ENDING}", case.claim, case.regime.id, case.variant_name());
        let path = self.folder.join(name);
        if self.reads
            && let Some(evidence) = self.read(&path)
        {
            self.there.fetch_add(1, Ordering::Relaxed);
            return Ok(evidence);
        }
        let evidence = measure()?;
        let packed = rmp_serde::to_vec_named(&evidence).map_err(std::io::Error::other);
        let kept = packed.and_then(|packed| {
            let head: [[u8; 32]; 2] = [self.of, Sha256::digest(&packed).into()];
            file::replace(&path, &[head.as_flattened(), &packed].concat())
        });
        match kept {
            Ok(()) => drop(self.there.fetch_add(1, Ordering::Relaxed)),
            Err(error) => unkept(&error),
        }
        Ok(evidence)
    }

    /// What a file holds; none of a file that is not there, is damaged, or is of another run.
    fn read(&self, path: &Path) -> Option<Evidence> {
        let bytes = std::fs::read(path).ok()?;
        let (head, packed) = bytes.split_at_checked(HEAD)?;
        let digest: [u8; 32] = Sha256::digest(packed).into();
        (head == [self.of, digest].as_flattened()).then(|| rmp_serde::from_slice(packed).ok())?
    }

    /// Takes all evidence away: the run is over.
    pub fn clear(&self) {
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let own = entries.filter(|path| path.extension().is_some_and(|ending| ending == ENDING));
        own.for_each(|path| drop(std::fs::remove_file(path)));
        let _ = std::fs::remove_dir(&self.folder); // what is not ours stays, with its folder
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::{Regime, Variant};
    use crate::evidence::{Column, Criterion, Measurement, Outcome, Side, Table, TableId, TestKind};
    use crate::stat::interval::Interval;

    const REGIME: Regime = Regime::holds("tall", "");
    const CASE: Case<'_> = Case { claim: "T01", regime: &REGIME, variant: Variant::AsStated };

    /// One check of every kind, numbers that JSON does not have, a table.
    fn evidence() -> Evidence {
        let criteria = [
            Criterion::Rounding { factor: 4.0, n: 9, scale: 0.1, rationale: "by hand: \"4\"" },
            Criterion::Truncation { order: 2.0, measured_order: f64::NAN, bound: 1e-300, rationale: "" },
            Criterion::Statistical {
                test: TestKind::TracyWidom,
                statistic: -0.0,
                p_value: 0.1 + 0.2,
                alpha: 1e-6,
                detects: "much".into(),
            },
            Criterion::Equivalence { discrepancy: Interval::confidence(0.0, 1.0, 0.9), bound: 2.0, rationale: "a" },
            Criterion::Effect { effect: Interval::envelope([1.0, f64::INFINITY]), at_least: 2.0, rationale: "a" },
        ];
        let one = |(at, criterion)| Measurement::new(&format!("m{at}"), "μ", f64::NAN, 5e-324, criterion);
        let mut measurements: Vec<Measurement> = criteria.into_iter().enumerate().map(one).collect();
        measurements[1] = measurements[1].clone().refuting(Side::Below).of_formulas();
        let mut table = Table::new(TableId("t"), &[Column("x"), Column("y")]);
        table.rows.push(vec![f64::NEG_INFINITY, 1.0 / 3.0]);
        Evidence { measurements, observations: vec![("o".into(), f64::NAN)], tables: vec![table] }
    }

    /// All of it, bit by bit where a number is printed.
    fn words(of: &Evidence) -> String {
        format!("{of:?}")
    }

    fn run(folder: &Path, words: &str, reads: bool) -> Kept {
        Kept::new(folder.join("unfinished"), &[words.as_bytes()], reads)
    }

    /// Whether a run has it from the folder; what it gets is right in any case.
    fn had(kept: &Kept) -> bool {
        let mut measured = false;
        let measure = || {
            measured = true;
            Ok(evidence())
        };
        let found = kept.measured(&CASE, measure, |error| panic!("{error}")).expect("measures");
        assert_eq!(words(&found), words(&evidence()));
        assert_eq!((kept.there(), found.measurements[0].outcome()), (1, Outcome::Invalid));
        !measured
    }

    #[test]
    fn evidence_is_kept_to_the_bit_and_read_by_the_same_run_alone() {
        let dir = tempfile::tempdir().expect("folder");
        assert!(!had(&run(dir.path(), "a", true)), "nothing is there");
        assert!(had(&run(dir.path(), "a", true)) && had(&run(dir.path(), "a", true)));
        assert!(!had(&run(dir.path(), "a", false)), "nobody asked for it");
        assert!(!had(&run(dir.path(), "b", true)), "another seed, say; which replaces it");
        assert!(!had(&run(dir.path(), "a", true)) && had(&run(dir.path(), "a", true)));
        let path = dir.path().join("unfinished/T01 tall as-stated.evidence");
        let whole = std::fs::read(&path).expect("there");
        for damaged in [&whole[..0], &whole[..63], &whole[..whole.len() - 1], &[&whole[..], b"x"].concat()] {
            std::fs::write(&path, damaged).expect("writes");
            assert!(!had(&run(dir.path(), "a", true)));
        }
        // Words do not run into each other.
        let of = |words: &[&[u8]]| Kept::new(dir.path().into(), words, true).of;
        assert_ne!(of(&[b"ab", b"c"]), of(&[b"a", b"bc"]));
    }

    #[test]
    fn what_is_ours_goes_away_and_what_is_not_stays() {
        let dir = tempfile::tempdir().expect("folder");
        had(&run(dir.path(), "a", true));
        let other = dir.path().join("unfinished/notes.txt");
        std::fs::write(&other, "x").expect("writes");
        run(dir.path(), "a", true).clear();
        assert_eq!(std::fs::read_dir(dir.path().join("unfinished")).expect("lists").count(), 1);
        std::fs::remove_file(other).expect("removes");
        run(dir.path(), "a", true).clear();
        assert!(!dir.path().join("unfinished").exists());
        run(dir.path(), "a", true).clear(); // nothing is no error
    }

    #[test]
    fn what_cannot_be_kept_is_said_and_no_error() {
        let dir = tempfile::tempdir().expect("folder");
        std::fs::write(dir.path().join("unfinished"), "a file").expect("writes");
        let (kept, mut said) = (run(dir.path(), "a", true), 0);
        assert!(kept.measured(&CASE, || Ok(evidence()), |_| said += 1).is_ok());
        assert_eq!((said, kept.there()), (1, 0));
        let failed = kept.measured(&CASE, || Err(CheckError::Untrained), |_| panic!("nothing to keep"));
        assert!(matches!(failed, Err(CheckError::Untrained)));
    }
}
