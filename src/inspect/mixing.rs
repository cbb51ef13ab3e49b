//! Whether chains see every state: the overlap of each with its own past against that between
//! chains of different starts.

use crate::bits::States;
use crate::stat::overlap::{self, Overlaps};
use rand::Rng;
use serde::Serialize;

/// Sweeps that must be recorded before anything is said: ten between two views of a chain.
pub const LEAST: usize = 70;

/// Chains that forget where they were are said not to with this probability.
pub const LEVEL: f64 = 1e-3;

/// Chains of one kind that are looked at, at most.
pub const CHAINS: usize = 64;

/// Looks at a chain in a while, at most: as many as a byte counts.
const LOOKS: usize = 64;

/// Views of every chain: four of seven equal parts of the sweeps, a part between any two of them.
const VIEWS: usize = 4;

/// What is kept of chains that are followed: their states in every second seventh of the sweeps,
/// and which units ever change.
pub struct Watch {
    rows: usize,
    units: usize,
    sweeps: usize,
    seen: usize,
    /// Looks at every chain so far, and how often each of its units was on, by view.
    looks: [usize; VIEWS],
    counts: [Vec<u8>; VIEWS],
    before: Option<States>,
    changed: Vec<u64>,
}

impl Watch {
    /// Of chains of `units` visible units that make `sweeps` sweeps; the first `rows` of them, at
    /// most 64, are compared.
    pub fn new(rows: usize, units: usize, sweeps: usize) -> Self {
        let rows = rows.min(CHAINS);
        let counts = std::array::from_fn(|_| vec![0; rows * units]);
        let changed = vec![0; units.div_ceil(64)];
        Self { rows, units, sweeps, seen: 0, looks: [0; VIEWS], counts, before: None, changed }
    }

    /// The states of all chains after one more sweep.
    pub fn push(&mut self, states: &States) {
        if let Some(before) = &self.before {
            let per_row = states.words_per_row().max(1);
            for (at, (x, y)) in before.words().iter().zip(states.words()).enumerate() {
                self.changed[at % per_row] |= x ^ y;
            }
        }
        self.before = Some(states.clone());
        // What lies between two views is forgotten.
        let part = self.part();
        let every = part.div_ceil(LOOKS).max(1);
        let at = self.seen;
        self.seen += 1;
        // From the end of the sweeps back, so that the last state is seen.
        let back = self.sweeps.saturating_sub(1 + at);
        let (which, inside) = (back / part.max(1), back % part.max(1));
        if which >= 2 * VIEWS - 1 || which % 2 == 1 || inside % every > 0 {
            return;
        }
        let which = VIEWS - 1 - which / 2;
        self.looks[which] += 1;
        for (row, counts) in self.counts[which].chunks_mut(self.units.max(1)).enumerate() {
            states.ones(row).for_each(|unit| counts[unit] += 1);
        }
    }

    /// Sweeps of a view, and between two.
    fn part(&self) -> usize {
        self.sweeps / (2 * VIEWS - 1)
    }

    /// Visible units that no chain ever changed from one sweep to the next; `None` where fewer than
    /// two were seen.
    pub fn frozen(&self) -> Option<usize> {
        (self.seen >= 2).then(|| self.units - self.changed.iter().map(|word| word.count_ones() as usize).sum::<usize>())
    }

    /// Means of the units as spins −1 and 1 by view, chain by chain.
    fn views(&self) -> Vec<Vec<Vec<f64>>> {
        let view = |which: usize| {
            let half = 0.5 * self.looks[which] as f64;
            let spins = |counts: &[u8]| counts.iter().map(|on| f64::from(*on) / half - 1.0).collect();
            self.counts[which].chunks(self.units.max(1)).map(spins).collect()
        };
        (0..VIEWS).map(view).collect()
    }
}

/// What chains say of the states that a machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Seen {
    /// Chains of all starts forget where they were.
    Mixed,
    /// The saved chains stay in several states.
    SeveralStates,
    /// The saved chains all stay in one state.
    OneState,
    /// There is too little to say so.
    NotMeasurable,
}

/// Whether chains see every state.
#[derive(Clone, Debug)]
pub struct Mixing {
    /// The verdict.
    pub seen: Seen,
    /// One sentence that says it, with what helps where it is no `mixed`.
    pub why: String,
    /// What it rests on.
    pub overlaps: Option<Overlaps>,
    /// States that the saved chains stay in, where they stay.
    pub states: Option<usize>,
    /// Chains of other starts that stay in none of these.
    pub elsewhere: usize,
    /// Saved chains that were looked at, and chains of other starts.
    pub chains: [usize; 2],
}

impl Mixing {
    /// Nothing to be said, and why.
    pub(super) fn not_measurable(why: String) -> Self {
        Self { seen: Seen::NotMeasurable, why, overlaps: None, states: None, elsewhere: 0, chains: [0; 2] }
    }
}

/// What `saved` chains and those of `others`, which started elsewhere, say together; `rng` draws
/// permutations.
pub fn mixing(saved: &Watch, others: Option<&Watch>, rng: &mut impl Rng) -> Mixing {
    let chains = [saved.rows, others.map_or(0, |others| others.rows)];
    let of = |seen: Seen, why: String| Mixing { chains, seen, ..Mixing::not_measurable(why) };
    if saved.sweeps < LEAST {
        let why = format!("of {LEAST} recorded sweeps that are needed there are {}: more --steps", saved.sweeps);
        return of(Seen::NotMeasurable, why);
    }
    let mut views = saved.views();
    if let Some(others) = others {
        views.iter_mut().zip(others.views()).for_each(|(view, more)| view.extend(more));
    }
    let Ok(overlaps) = overlap::overlaps(&views, rng) else {
        return of(Seen::NotMeasurable, "there are fewer than three chains or no visible units".into());
    };
    let places = overlap::states(&means(&views[..VIEWS / 2]), &means(&views[VIEWS / 2..]));
    let states = places[..saved.rows].iter().max().map_or(0, |last| last + 1);
    let elsewhere = places[saved.rows..].iter().filter(|place| **place >= states).count();
    let gap = saved.part();
    let what = said(&overlaps);
    let who = if others.is_some() { "chains of all starts" } else { "ladders" };
    let still = |watch: &Watch| watch.frozen() == Some(watch.units);
    let still = still(saved) && others.is_none_or(still);
    // Chains that never move need no statistics.
    let stay = overlaps.p_value <= LEVEL || still;
    let several = states > 1 || elsewhere > 0;
    let (seen, why) = if !stay && elsewhere > 0 {
        // Too few chains for a test that would tell.
        let why = format!(
            "{elsewhere} of {} chains of other starts are where no saved chain is, and too few chains to tell whether they stay; more --chains; {what}",
            chains[1]
        );
        (Seen::NotMeasurable, why)
    } else if !stay {
        (Seen::Mixed, format!("{who} forget where they were; {what}"))
    } else if still && !several {
        (Seen::OneState, format!("nothing moves, and {who} are in one and the same state"))
    } else if states <= 1 && elsewhere > 0 {
        let why = format!(
            "the saved chains all stay in one state, {elsewhere} of {} chains of other starts in others, for more than {gap} sweeps; {what}",
            chains[1]
        );
        (Seen::OneState, why)
    } else {
        let count = match (states, others.is_some()) {
            (0 | 1, _) | (_, false) => format!("{who} keep to where they were"),
            (more, true) => format!("{} chains stay in {more} states, which they do not leave", chains[0]),
        };
        (Seen::SeveralStates, format!("{count} for more than {gap} sweeps; {what}"))
    };
    let known = stay && several || seen == Seen::OneState;
    Mixing { overlaps: Some(overlaps), states: known.then_some(states), elsewhere, ..of(seen, why) }
}

/// Mean of views, chain by chain.
fn means(views: &[Vec<Vec<f64>>]) -> Vec<Vec<f64>> {
    let mut mean = views[0].clone();
    for (at, chain) in mean.iter_mut().enumerate() {
        for (j, x) in chain.iter_mut().enumerate() {
            *x = views.iter().map(|view| view[at][j]).sum::<f64>() / views.len() as f64;
        }
    }
    mean
}

/// Both overlaps in words.
fn said(overlaps: &Overlaps) -> String {
    let Overlaps { own, between, p_value } = overlaps;
    format!(
        "overlap of a chain with its own past {:.3} ± {:.3}, between chains {:.3} ± {:.3} (p = {p_value:.4}, level {LEVEL})",
        own.mean, own.se, between.mean, between.se
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

    /// Watches chains of 10 units that draw them anew each sweep with probability `p` of (chain,
    /// unit).
    fn watched(rows: usize, sweeps: usize, p: impl Fn(usize, usize) -> f64, rng: &mut ChaCha8Rng) -> Watch {
        let mut watch = Watch::new(rows, 10, sweeps);
        for _ in 0..sweeps {
            watch.push(&States::from_fn(rows, 10, |row, unit| rng.random::<f64>() < p(row, unit)));
        }
        watch
    }

    #[test]
    fn every_second_seventh_of_the_sweeps_is_looked_at() {
        // Fifteen sweeps: parts of two, counted from the end: sweeps 1 and 2, 5 and 6, 9 and 10, 13
        // and 14. Unit 0 is on at even sweeps, unit 1 before sweep 6, unit 2 never: frozen.
        let mut watch = Watch::new(1, 3, 15);
        (0..15).for_each(|at| watch.push(&States::from_fn(1, 3, |_, unit| [at % 2 == 0, at < 6, false][unit])));
        let view = |x: f64| vec![vec![0.0, x, -1.0]];
        assert_eq!(watch.views(), [view(1.0), view(0.0), view(-1.0), view(-1.0)]);
        assert_eq!((watch.frozen(), watch.looks), (Some(1), [2; 4]));
        // Of many sweeps at most 64 looks in each part, and of 64 chains: 700 sweeps, parts of 100,
        // every second from the end. The unit is on in the first ten sweeps and in the last ten.
        let mut watch = Watch::new(100, 1, 700);
        (0..700).for_each(|at| watch.push(&States::from_fn(100, 1, |_, _| !(10..690).contains(&at))));
        let views = watch.views();
        let all: Vec<f64> = views.iter().map(|view| view[63][0]).collect();
        assert_eq!((watch.looks, views[0].len(), &all[..]), ([50; 4], CHAINS, &[-0.8, -1.0, -1.0, -0.8][..]));
        let mut long = Watch::new(1, 1, 999_999);
        (0..999_999).for_each(|_| long.push(&States::zeros(1, 1)));
        assert!(long.looks[0] <= LOOKS && long.looks[0] >= LOOKS - 2 && long.looks == [long.looks[0]; 4]);
        // Fewer than two sweeps say nothing of what moves.
        assert_eq!(Watch::new(1, 1, 1).frozen(), None);
    }

    #[test]
    fn every_verdict_has_its_case() {
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        let verdict = |saved: &Watch, others: &Watch, rng: &mut ChaCha8Rng| mixing(saved, Some(others), rng);
        let (free, low, high) =
            (watched(20, 70, |_, _| 0.5, rng), watched(20, 70, |_, _| 0.1, rng), watched(9, 70, |_, _| 0.9, rng));
        let found = verdict(&free, &watched(9, 70, |_, _| 0.5, rng), rng);
        assert_eq!((found.seen, found.states, found.chains), (Seen::Mixed, None, [20, 9]), "{found:?}");
        // All saved chains at 0.1: squared distance of a unit's spin to those at 0.9 is 1.6².
        let found = verdict(&low, &high, rng);
        assert_eq!((found.seen, found.states, found.elsewhere), (Seen::OneState, Some(1), 9), "{found:?}");
        assert!(found.why.contains("9 of 9 chains of other starts in others"), "{}", found.why);
        // Spins' means ±0.8: 0.64 with itself; of 20 and 9 chains 190 + 36 pairs are alike and 180
        // not: 0.64 (226 − 180)/406. Their sum over chains is −8.8, known to √29 0.6/√100 for ten
        // looks at ten units in every view: five standard errors, √2 8.8 0.32/812.
        let overlaps = found.overlaps.expect("found");
        assert!((overlaps.own.mean - 0.64).abs() < 5.0 * overlaps.own.se, "{overlaps:?}");
        assert!((overlaps.between.mean - 0.64 * 46.0 / 406.0).abs() < 0.025, "{overlaps:?}");
        let found = verdict(&watched(20, 70, |row, _| [0.1, 0.9][row % 2], rng), &high, rng);
        assert_eq!((found.seen, found.states, found.elsewhere), (Seen::SeveralStates, Some(2), 0), "{found:?}");
        assert!(found.why.contains("20 chains stay in 2 states"), "{}", found.why);
        // Nothing moves: one state where all agree, several where they do not.
        let still = |on: fn(usize) -> f64, rng: &mut ChaCha8Rng| watched(20, 70, |row, _| on(row), rng);
        let (off, on) = (still(|_| -1.0, rng), still(|_| 2.0, rng));
        let found = verdict(&off, &off, rng);
        assert_eq!((found.seen, found.states, off.frozen()), (Seen::OneState, Some(1), Some(10)), "{found:?}");
        assert_eq!(verdict(&off, &on, rng).elsewhere, 20);
        let mixed = still(|row| if row < 7 { -1.0 } else { 2.0 }, rng);
        assert_eq!((mixed.frozen(), verdict(&mixed, &off, rng).states), (Some(10), Some(2)));
        // One of nine chains of other starts is elsewhere, and one that does not move at all.
        let alone = watched(9, 70, |row, _| if row == 3 { 0.9 } else { 0.1 }, rng);
        let found = verdict(&low, &alone, rng);
        assert_eq!((found.seen, found.states, found.elsewhere), (Seen::OneState, Some(1), 1), "{found:?}");
        let (one, alone) = (watched(1, 70, |_, _| -1.0, rng), watched(2, 70, |row, _| [-1.0, 2.0][row], rng));
        let found = verdict(&one, &alone, rng);
        assert!(found.seen == Seen::OneState && found.elsewhere == 1 && found.why.contains("stay"), "{found:?}");
        // Too short, too few.
        let short = watched(20, LEAST - 1, |_, _| 0.5, rng);
        let found = verdict(&short, &short, rng);
        assert!(found.seen == Seen::NotMeasurable && found.why.contains("there are 69"), "{found:?}");
        let two = watched(2, 70, |_, _| 0.5, rng);
        assert_eq!(mixing(&two, None, rng).seen, Seen::NotMeasurable);
        assert_eq!(mixing(&Watch::new(20, 0, 70), None, rng).seen, Seen::NotMeasurable);
    }
}
