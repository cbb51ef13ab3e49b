//! Samples by ladders of chains that exchange, between temperatures or along a training.

use super::{Chained, PIECE, Plan, follow, least_sweeps};
use crate::bits::States;
use crate::inspect::mixing::{self, Mixing, Seen, Watch};
use crate::rbm::estimate::{LADDERS, Others, Ready, TRIPS, times};
use crate::rbm::origins::{self, Missed};
use crate::rbm::tempering::{Tempered, Tempering};
use crate::rbm::trajectory::{Trajectory, TrajectoryError};
use crate::rbm::{Now, Rbm, stream};
use crate::stat::series::Recorder;

/// States of the machine that are looked at for those that the ladders have missed, at most.
pub const LOOKED_AT: usize = 2048;

/// Ladders that have settled.
enum Ladders<'a> {
    Temperatures(Tempering<'a>),
    Training(Trajectory),
}

impl Ladders<'_> {
    /// States of the machine after one more sweep, one per ladder.
    fn sweep(&mut self) -> States {
        match self {
            Self::Temperatures(ladders) => ladders.extend(1, LADDERS),
            Self::Training(ladders) => ladders.extend(1, LADDERS),
        }
    }

    /// Share of all sweeps before those that count, about.
    fn settling(&self) -> f64 {
        match self {
            Self::Temperatures(_) => 0.5,
            Self::Training(_) => 0.3,
        }
    }

    /// What helps where they do not go round, or miss states.
    fn remedy(&self) -> &'static str {
        match self {
            Self::Temperatures(_) => "more --steps",
            Self::Training(_) => "more --steps, or --method tempering, which does without the training",
        }
    }

    fn found(&self) -> Tempered {
        match self {
            Self::Temperatures(ladders) => ladders.found(),
            Self::Training(ladders) => ladders.found().last(),
        }
    }
}

pub(super) fn between_temperatures(
    machine: &Rbm<f32>,
    plan: Plan,
    lines: &[&[f64]],
    key: impl Fn(&[&str]) -> [u8; 32],
    tell: impl Fn(Now<'_>),
) -> Chained {
    tell(Now { what: "where the temperatures go", share: 0.0 });
    // As many sweeps as there will be, of as many rungs as one would expect.
    let work = plan.sweeps.saturating_mul(RUNGS);
    let Ready { tempering, others } = Ready::new(machine, None, (work, 1), |purpose| key(&[purpose]));
    drawn(machine, (Ladders::Temperatures(tempering), others), plan, lines, key, tell)
}

pub(super) fn along_training(
    machine: &Rbm<f32>,
    before: &[Rbm<f32>],
    plan: Plan,
    lines: &[&[f64]],
    key: impl Fn(&[&str]) -> [u8; 32],
    tell: impl Fn(Now<'_>),
) -> Result<Chained, TrajectoryError> {
    tell(Now { what: "where the machines of the ladders lie", share: 0.0 });
    let others = Others::of(machine, key(&["origins"]));
    let machines: Vec<Rbm<f32>> = before.iter().chain([machine]).cloned().collect();
    // Independent units before the first state: only the means of its chains are used.
    let means = origins::find(&machines[0], None, 2, key(&["first"])).1.visible;
    let mut trajectory = Trajectory::new(&machines, &means, LADDERS, plan.sweeps, key(&["trajectory"]))?;
    trajectory.settle(plan.sweeps / 3);
    Ok(drawn(machine, (Ladders::Training(trajectory), others), plan, lines, key, tell))
}

/// Samples of the machine.
fn drawn(
    machine: &Rbm<f32>,
    (mut ladders, mut others): (Ladders<'_>, Others),
    plan: Plan,
    lines: &[&[f64]],
    key: impl Fn(&[&str]) -> [u8; 32],
    tell: impl Fn(Now<'_>),
) -> Chained {
    let (visible, Plan { count, sweeps, .. }) = (machine.visible, plan);
    let mut traces = vec![vec![Recorder::new(plan.kept); LADDERS]; plan.modes];
    let mut watch = Watch::new(LADDERS, visible, sweeps);
    // Samples evenly over the sweeps, and as many states as are looked at for those missed.
    let (looks, most) = (least_sweeps(count).max(1), LOOKED_AT / LADDERS);
    let every = sweeps.div_ceil(most).max(1);
    let (mut saved, mut seen) = (Vec::new(), Vec::new());
    let settling = ladders.settling();
    for sweep in 1..=sweeps {
        if (sweep - 1).is_multiple_of(PIECE) {
            let share = settling + (1.0 - settling) * (sweep - 1) as f64 / sweeps as f64;
            tell(Now { what: "sweeps that count", share });
        }
        let states = ladders.sweep();
        follow(&mut traces, lines, &states);
        watch.push(&states);
        let due = |sweep: usize| (sweep as u128 * looks as u128 / sweeps as u128) as usize;
        if due(sweep) > due(sweep - 1) {
            saved.extend_from_slice(states.words());
        }
        if sweep % every == 0 {
            seen.extend_from_slice(states.words());
        }
    }
    let gather = |words: Vec<u64>| {
        let rows = words.len() / visible.div_ceil(64).max(1);
        States::from_words(rows, visible, words).unwrap_or_else(|| States::zeros(0, visible))
    };
    let (saved, seen) = (gather(saved), gather(seen));
    let rows: Vec<usize> = (0..count).map(|row| row * saved.rows() / count).collect();
    let states = saved.select(&rows);
    let found = ladders.found();
    let missed = others.missed(machine, &seen, found.mean);
    let mixing = mixing::mixing(&watch, None, &mut stream(key(&["permutations"]), 0));
    let mixing = judged(mixing, &found, &missed, ladders.remedy());
    let missed = missed.iter().any(|one| one.counts(found.mean));
    let apart = Some(sweeps as f64 / looks as f64);
    Chained { states, traces, apart, mixing, missed, frozen: watch.frozen(), tempered: Some(found) }
}

/// Rungs that a path may need; only tempering tells.
const RUNGS: usize = 16;

/// What ladders say of the states that they see is void where few chains went from end to end or
/// where states that count are missing.
fn judged(mixing: Mixing, found: &Tempered, missed: &[Missed], remedy: &str) -> Mixing {
    let needed = TRIPS * found.ladders;
    let counting = missed.iter().filter(|one| one.counts(found.mean));
    let most = counting.max_by(|a, b| a.excess.total_cmp(&b.excess));
    let Mixing { chains, overlaps, .. } = mixing;
    let other = |seen: Seen, why: String| Mixing { chains, overlaps, seen, ..Mixing::not_measurable(why) };
    match (mixing.seen, most) {
        (Seen::NotMeasurable, _) => mixing,
        (_, Some(most)) => other(
            Seen::SeveralStates,
            format!(
                "states of another origin weigh e^{:.1} times what the samples say, which miss them: {remedy}",
                most.excess
            ),
        ),
        (Seen::Mixed, None) if found.fewest_round_trips == 0 && found.round_trips >= needed => other(
            Seen::NotMeasurable,
            format!("a ladder made no round trip: it may hold states that the others miss; {remedy}"),
        ),
        (Seen::Mixed, None) if found.round_trips < needed => {
            let more = match found.round_trips {
                0 => "far".into(),
                made => times(needed as f64 / made as f64),
            };
            let as_many = if found.round_trips == 0 { "more" } else { "as many" };
            other(
                Seen::NotMeasurable,
                format!(
                    "{} round trips between independent units and the machine, {needed} are needed: {more} {as_many} --steps{}",
                    found.round_trips,
                    remedy.strip_prefix("more --steps").unwrap_or_default()
                ),
            )
        }
        (Seen::SeveralStates, None) => {
            // A ladder that goes round goes from state to state: its samples are worth what its
            // autocorrelation says.
            let states = if found.round_trips < needed { mixing.states } else { None };
            Mixing { why: format!("{}: {remedy}", mixing.why), states, ..mixing }
        }
        _ => mixing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_that_are_missed_and_few_round_trips_make_a_verdict_void() {
        let mixed = || Mixing { seen: Seen::Mixed, ..Mixing::not_measurable("fine".into()) };
        let found = |round_trips: usize| Tempered {
            mean: 10.0,
            se: 0.01,
            round_trips,
            fewest_round_trips: round_trips / 8,
            rungs: 9,
            ladders: 8,
            sweeps: 100,
            most_refused: 0.5,
        };
        let judged =
            |mixing: Mixing, found: &Tempered, missed: &[Missed]| judged(mixing, found, missed, "more --steps");
        let missed = |excess: f64, log_weight: f64| [Missed { log_weight, se: 0.1, share: 0.01, excess }];
        assert_eq!(judged(mixed(), &found(80), &[]).seen, Seen::Mixed);
        let few = judged(mixed(), &found(79), &[]);
        assert!(few.seen == Seen::NotMeasurable && few.why.contains("about 1.0 times"), "{few:?}");
        assert!(judged(mixed(), &found(0), &[]).why.contains("80 are needed: far more --steps"));
        let one = judged(mixed(), &Tempered { fewest_round_trips: 0, ..found(90) }, &[]);
        assert!(one.seen == Seen::NotMeasurable && one.why.contains("a ladder made no round trip"));
        // e^1.69 − 0.3 is above 4, and below; ln of the share of Z: ln 0.02 = −3.91.
        let seen = |excess: f64, log_weight: f64| judged(mixed(), &found(80), &missed(excess, log_weight)).seen;
        assert_eq!((seen(1.7, 9.0), seen(1.68, 9.0)), (Seen::SeveralStates, Seen::Mixed));
        assert_eq!((seen(3.0, 6.4), seen(3.0, 6.3)), (Seen::SeveralStates, Seen::Mixed));
        assert_eq!(seen(f64::NAN, 9.0), Seen::Mixed);
        // Chains that stay in two states say as much as these until ladders go round.
        let stay = || Mixing { seen: Seen::SeveralStates, states: Some(2), ..Mixing::not_measurable("two".into()) };
        assert_eq!([79, 80].map(|trips| judged(stay(), &found(trips), &[]).states), [Some(2), None]);
        assert_eq!(judged(stay(), &found(80), &[]).why, "two: more --steps");
        let more = "more --steps, or another way";
        let few = super::judged(mixed(), &found(8), &[], more).why;
        assert!(few.ends_with("about 10 times as many --steps, or another way"), "{few}");
        let short = || Mixing::not_measurable("short".into());
        assert_eq!(judged(short(), &found(0), &missed(9.0, 9.0)).why, "short");
    }
}
