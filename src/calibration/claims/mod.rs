//! Error rates of the claims over many root seeds: which verdicts were not the expected ones, and
//! how near every check came to its threshold.
#![deny(clippy::disallowed_methods)]

mod margin;
mod outcome;
mod summary;
#[cfg(test)]
mod tests;

pub use outcome::{SeedOutcome, digest, latest, of_another, program_that_saw, try_seed};
use std::ops::Range;
pub use summary::Summary;

/// Seeds on which constants may be chosen. They are no evidence of error rates.
pub const TUNING: Range<u64> = 0..200;

/// The release whose error rates are published from [`BLOCK`].
pub const RELEASE: &str = "0.2";

/// Seeds of this release, named before they were run; no decision is made on them, and the next
/// release has others.
pub const BLOCK: Range<u64> = 20_000..20_200;

/// Claims that were changed after they had been tried on [`BLOCK`], and the seeds that were named
/// for each then. Those between were tried before T08's last changes.
pub const CHANGED: [(&str, Range<u64>); 4] =
    [("T07", 20_400..20_600), ("T08", 20_600..20_800), ("T10", 20_800..21_000), ("T11", 21_000..21_200)];

/// The seeds that the error rates of a claim are published from.
pub fn block(claim: &str) -> Range<u64> {
    CHANGED.into_iter().find(|(changed, _)| *changed == claim).map_or(BLOCK, |(_, next)| next)
}

/// Seeds that every claim needs, and seeds with trained machines among them.
pub const NEEDED: (usize, usize) = (200, 60);
