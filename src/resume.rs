//! Evidence kept case by case while claims run, so that a run that was interrupted goes on where it
//! was.
#![deny(clippy::disallowed_methods)]

use crate::claim::{Case, CheckError};
use crate::evidence::Evidence;
use crate::file;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Ending of the files, one per case.
const ENDING: &str = "evidence";

/// Evidence in a folder, by case.
pub struct Kept {
    folder: PathBuf,
    reads: bool,
    used: Mutex<BTreeSet<PathBuf>>,
}

impl Kept {
    /// Evidence of one run in `folder`, in a folder of its own whose name begins as `of` does: a
    /// digest of all that evidence depends on, so that no other run is found there. It is read
    /// where `reads` says so.
    pub fn new(folder: &Path, of: [u8; 32], reads: bool) -> Self {
        Self { folder: folder.join(file::hex(&of)), reads, used: Mutex::default() }
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Cases of this run whose evidence is in the folder, also from an earlier time.
    pub fn there(&self) -> usize {
        self.files().filter(|path| path.extension().is_some_and(|ending| ending == ENDING)).count()
    }

    fn files(&self) -> impl Iterator<Item = PathBuf> {
        std::fs::read_dir(&self.folder).into_iter().flatten().flatten().map(|entry| entry.path())
    }

    fn used(&self) -> MutexGuard<'_, BTreeSet<PathBuf>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The evidence of a case: that of an earlier time, or else what `measure` gives, which is
    /// kept. `unkept` hears why it cannot be.
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
            && let Some(evidence) = read(&path)
        {
            self.used().insert(path);
            return Ok(evidence);
        }
        let evidence = measure()?;
        let packed = rmp_serde::to_vec_named(&evidence).map_err(std::io::Error::other);
        let kept = packed.and_then(|packed| file::replace(&path, &[&Sha256::digest(&packed), &packed[..]].concat()));
        match kept {
            Ok(()) => drop(self.used().insert(path)),
            Err(error) => unkept(&error),
        }
        Ok(evidence)
    }

    /// Takes away what this run read and wrote: it is over. What it did not come to stays, and so
    /// does whatever else is there.
    pub fn clear(&self) {
        self.used().iter().for_each(|path| drop(std::fs::remove_file(path)));
        // What a killed run did not finish to write.
        let begun = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".tmp"));
        self.files().filter(begun).for_each(|path| drop(std::fs::remove_file(path)));
        // Folders that are not empty refuse.
        self.folder.ancestors().take(2).for_each(|dir| drop(std::fs::remove_dir(dir)));
    }
}

/// What a file holds behind the digest of it; none of one that is not there or is damaged.
fn read(path: &Path) -> Option<Evidence> {
    let bytes = std::fs::read(path).ok()?;
    let (digest, packed) = bytes.split_at_checked(32)?;
    if digest != &Sha256::digest(packed)[..] {
        return None;
    }
    rmp_serde::from_slice(packed).ok()
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

    fn run(folder: &Path, of: u8, reads: bool) -> Kept {
        Kept::new(&folder.join("unfinished"), [of; 32], reads)
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
        assert!(!had(&run(dir.path(), 0xaa, true)), "nothing is there");
        assert!(had(&run(dir.path(), 0xaa, true)) && had(&run(dir.path(), 0xaa, true)));
        assert!(!had(&run(dir.path(), 0xaa, false)), "nobody asked for it");
        assert!(!had(&run(dir.path(), 0xbb, true)), "another seed, say");
        assert!(had(&run(dir.path(), 0xaa, true)) && had(&run(dir.path(), 0xbb, true)), "each its own");
        let path = run(dir.path(), 0xaa, true).folder().join("T01 tall as-stated.evidence");
        let whole = std::fs::read(&path).expect("there");
        for damaged in [&whole[..0], &whole[..31], &whole[..whole.len() - 1], &[&whole[..], b"x"].concat()] {
            std::fs::write(&path, damaged).expect("writes");
            assert!(!had(&run(dir.path(), 0xaa, true)));
        }
    }

    #[test]
    fn what_a_run_used_goes_away_and_all_else_stays() {
        let dir = tempfile::tempdir().expect("folder");
        let (mine, other) = (run(dir.path(), 0xaa, true), run(dir.path(), 0xbb, true));
        assert!(!had(&mine) && !had(&other));
        let later = mine.folder().join("T02 tall as-stated.evidence");
        std::fs::write(&later, "of a claim that this run did not come to").expect("writes");
        std::fs::write(mine.folder().join(".tmpXyz"), "half").expect("writes");
        assert_eq!(mine.there(), 2);
        mine.clear();
        assert_eq!((mine.there(), other.there(), later.exists()), (1, 1, true));
        assert_eq!(std::fs::read_dir(mine.folder()).expect("lists").count(), 1);
        std::fs::remove_file(later).expect("removes");
        mine.clear();
        assert!(!mine.folder().exists() && other.folder().exists());
        other.clear();
        assert!(!dir.path().join("unfinished").exists() && dir.path().exists());
        other.clear(); // nothing is no error
    }

    #[test]
    fn what_cannot_be_kept_is_said_and_no_error() {
        let dir = tempfile::tempdir().expect("folder");
        std::fs::write(dir.path().join("unfinished"), "a file").expect("writes");
        let (kept, mut said) = (run(dir.path(), 0xaa, true), 0);
        assert!(kept.measured(&CASE, || Ok(evidence()), |_| said += 1).is_ok());
        assert_eq!((said, kept.there()), (1, 0));
        let failed = kept.measured(&CASE, || Err(CheckError::Untrained), |_| panic!("nothing to keep"));
        assert!(matches!(failed, Err(CheckError::Untrained)));
    }
}
