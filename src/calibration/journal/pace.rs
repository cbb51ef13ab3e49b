//! How far a calibration is, by how long claims took until now.

use crate::math::time;
use std::collections::BTreeMap;

/// Outcomes of one claim, with trained machines or without.
#[derive(Default)]
struct Kind {
    left: usize,
    done: usize,
    seconds: f64,
}

/// Outcomes that are done and left.
pub(super) struct Pace {
    kinds: BTreeMap<(String, bool), Kind>,
    /// Seeds at once.
    at_once: usize,
}

impl Pace {
    /// Before the first outcome; `left` are claims, and whether machines are trained for them.
    pub(super) fn new<'a>(left: impl Iterator<Item = (&'a str, bool)>, at_once: usize) -> Self {
        let mut kinds: BTreeMap<(String, bool), Kind> = BTreeMap::new();
        left.for_each(|(claim, training)| kinds.entry((claim.into(), training)).or_default().left += 1);
        Self { kinds, at_once }
    }

    /// One more outcome, which took so many seconds.
    pub(super) fn done(&mut self, claim: &str, training: bool, seconds: f64) {
        let kind = self.kinds.entry((claim.into(), training)).or_default();
        *kind = Kind { left: kind.left.saturating_sub(1), done: kind.done + 1, seconds: kind.seconds + seconds };
    }

    /// In words. What was not tried yet counts as the mean of all that was.
    pub(super) fn words(&self) -> String {
        let sum = |of: fn(&Kind) -> usize| self.kinds.values().map(of).sum::<usize>();
        let (done, left) = (sum(|kind| kind.done), sum(|kind| kind.left));
        let seconds: f64 = self.kinds.values().map(|kind| kind.seconds).sum();
        let mean = |kind: &Kind| match kind.done {
            0 => seconds / done.max(1) as f64,
            done => kind.seconds / done as f64,
        };
        let seconds = self.kinds.values().map(|kind| kind.left as f64 * mean(kind)).sum::<f64>() / self.at_once as f64;
        format!("{done} of {} done, about {} left", done + left, time(seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_counts_every_claim_by_its_own() {
        let left = [("T07", true), ("T07", true), ("T08", true), ("T07", false)];
        let mut pace = Pace::new(left.into_iter(), 2);
        pace.done("T07", true, 10.0);
        // By hand: one like it, and two of others that count as the mean: 30 s on two threads.
        assert_eq!(pace.words(), "1 of 4 done, about 15 s left");
        pace.done("T08", true, 50.0);
        // One of 10 s, and one as the mean of 60 s over two.
        assert_eq!(pace.words(), "2 of 4 done, about 20 s left");
        pace.done("T07", false, 500.0);
        assert_eq!(pace.words(), "3 of 4 done, about 5 s left");
        pace.done("T07", true, 0.0);
        assert_eq!(pace.words(), "4 of 4 done, about 0 s left");
        let mut long = Pace::new([("T01", true), ("T01", true)].into_iter(), 1);
        long.done("T01", true, 130.0);
        assert_eq!(long.words(), "1 of 2 done, about 3 min left");
    }
}
