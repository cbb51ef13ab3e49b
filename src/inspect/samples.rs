//! Samples of a machine by a Markov chain, and how much they are worth.

mod tempered;

use super::mixing::{self, Mixing, Seen, Watch};
use crate::bits::States;
use crate::linalg::{self, LinalgError};
use crate::rbm::estimate::LADDERS;
use crate::rbm::gibbs::Chains;
use crate::rbm::tempering::Tempered;
use crate::rbm::trajectory::TrajectoryError;
use crate::rbm::{Now, Rbm, stream};
use crate::stat::series::{self, Recorder, Unmeasurable};

/// How samples are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Independent chains of the machine from independent units at its visible biases.
    Gibbs,
    /// Parallel tempering from independent units to the machine.
    Tempering,
    /// Parallel tempering from independent units to the machine along the states of its training.
    Trajectory,
}

/// Why no samples can be drawn.
#[derive(Debug, thiserror::Error)]
pub enum DrawError {
    /// W has no singular value decomposition.
    #[error(transparent)]
    Linalg(#[from] LinalgError),
    /// States that make no trajectory.
    #[error(transparent)]
    Trajectory(#[from] TrajectoryError),
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How samples are drawn.
    pub method: Method,
    /// Samples, at least 1.
    pub count: usize,
    /// Sweeps of every chain, at least 1; for either kind of tempering at least [`least_sweeps`].
    pub sweeps: usize,
    /// Leading modes whose autocorrelation is followed.
    pub modes: usize,
    /// Values of a mode that are kept of every chain.
    pub kept: usize,
}

impl Plan {
    /// Sweeps that are followed: of Gibbs chains the second half.
    pub fn recorded(&self) -> usize {
        match self.method {
            Method::Gibbs => self.sweeps / 2,
            Method::Tempering | Method::Trajectory => self.sweeps,
        }
    }

    /// Chains that are followed.
    pub fn followed(&self) -> usize {
        match self.method {
            Method::Gibbs => self.count,
            Method::Tempering | Method::Trajectory => LADDERS,
        }
    }
}

/// Samples and what the chains that drew them show.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// Visible states, as many as asked for.
    pub states: States,
    /// Sweeps that were followed.
    pub recorded: usize,
    /// By mode, in descending order of λ.
    pub modes: Vec<Followed>,
    /// Whether the chains see every state.
    pub mixing: Mixing,
    /// Visible units that no chain ever changed; `None` where fewer than two sweeps were followed.
    pub frozen: Option<usize>,
    /// What tempering of either kind found, if it was used.
    pub tempered: Option<Tempered>,
}

/// One mode.
#[derive(Clone, Debug)]
pub struct Followed {
    /// Its singular value.
    pub lambda: f64,
    /// What the chains show along it.
    pub series: Result<series::Mixing, Unmeasurable>,
    /// What the saved samples are worth along it, in independent ones; or why that is not known.
    pub effective: Result<f64, String>,
}

/// Sweeps that tempering needs for so many samples: every ladder gives one per sweep.
pub fn least_sweeps(count: usize) -> usize {
    count.div_ceil(LADDERS)
}

/// Chains of other starts beside so many that are saved.
pub fn others(count: usize) -> usize {
    count.clamp(16, 32)
}

pub use tempered::LOOKED_AT;

/// Draws samples of `machine`. `before` are the states of its training before it, in order, which
/// only [`Method::Trajectory`] uses. `key` gives the random numbers of a purpose, none for the
/// chains that are saved; `tell` hears what is done, with the share of all sweeps that is done.
///
/// # Errors
/// W has no singular value decomposition, or the states make no trajectory.
pub fn draw(
    machine: &Rbm,
    before: &[Rbm<f32>],
    plan: Plan,
    key: impl Fn(&[&str]) -> [u8; 32],
    tell: impl Fn(Now<'_>),
) -> Result<Drawn, DrawError> {
    let svd = linalg::thin_svd(machine.weights_view())?;
    let lines: Vec<&[f64]> = (0..plan.modes).map(|mode| svd.u.col_as_slice(mode)).collect();
    let single = machine.to_f32();
    let Chained { states, traces, apart, mixing, missed, frozen, tempered } = match plan.method {
        Method::Gibbs => gibbs(&single, plan, &lines, key, tell),
        Method::Tempering => tempered::between_temperatures(&single, plan, &lines, key, tell),
        Method::Trajectory => tempered::along_training(&single, before, plan, &lines, key, tell)?,
    };
    let followed = |(traces, lambda): (&Vec<Recorder>, &f64)| {
        let series = series::mixing_of(traces);
        let effective = match (&series, mixing.seen) {
            (Err(why), _) => Err(why.to_string()),
            (_, Seen::NotMeasurable) => Err(mixing.why.clone()),
            _ if missed => Err(mixing.why.clone()),
            (Ok(series), _) => {
                let worth = worth(series, states.rows() as f64, apart);
                // Chains that stay say as much as the states that they are in.
                Ok(mixing.states.map_or(worth, |places| worth.min(places.max(1) as f64)))
            }
        };
        Followed { lambda: *lambda, series, effective }
    };
    let modes = traces.iter().zip(&svd.singular_values).map(followed).collect();
    Ok(Drawn { states, recorded: plan.recorded(), modes, mixing, frozen, tempered })
}

/// What `saved` states are worth that are `apart` sweeps from each other in one chain, or in a
/// chain each: one independent state per τ_s, the autocorrelation time of the states saved, which
/// is 2/(1 − φ^apart) − 1 where the autocorrelation falls as φ^t, with φ such that it is τ at one
/// sweep. Never more than one per τ sweeps.
fn worth(series: &series::Mixing, saved: f64, apart: Option<f64>) -> f64 {
    let phi = (series.time - 1.0) / (series.time + 1.0);
    let kept = apart.map_or(0.0, |apart| libm::pow(phi, apart));
    (saved * (1.0 - kept) / (1.0 + kept)).min(series.effective_samples)
}

/// What chains of either kind give.
struct Chained {
    states: States,
    /// x along every mode after every recorded sweep, by chain.
    traces: Vec<Vec<Recorder>>,
    /// Sweeps between states that one chain gives; `None` where each gives one.
    apart: Option<f64>,
    mixing: Mixing,
    /// Whether states that count were not seen at all: no number says what the others are worth.
    missed: bool,
    frozen: Option<usize>,
    tempered: Option<Tempered>,
}

/// Sweeps between two lines on what is done.
const PIECE: usize = 64;

fn follow(traces: &mut [Vec<Recorder>], lines: &[&[f64]], states: &States) {
    for (traces, line) in traces.iter_mut().zip(lines) {
        traces.iter_mut().enumerate().for_each(|(chain, trace)| trace.push(states.along(chain, line)));
    }
}

fn gibbs(
    machine: &Rbm<f32>,
    plan: Plan,
    lines: &[&[f64]],
    key: impl Fn(&[&str]) -> [u8; 32],
    tell: impl Fn(Now<'_>),
) -> Chained {
    let half = plan.recorded();
    // Chains of other starts take their share of the sweeps.
    let of = if half >= mixing::LEAST { [plan.count, others(plan.count)] } else { [plan.count, 0] };
    let all = (of[0] + of[1]) as f64 * plan.sweeps as f64;
    let now = |which: usize, sweep: usize| {
        let what = ["sweeps of the chains", "sweeps of chains of other starts"][which];
        let before = if which == 0 { 0 } else { of[0] * plan.sweeps };
        tell(Now { what, share: (before as f64 + of[which] as f64 * sweep as f64) / all });
    };
    let settle = |chains: &mut Chains, which: usize| {
        let (settling, mut done) = (plan.sweeps - half, 0);
        while done < settling {
            now(which, done);
            let some = PIECE.min(settling - done);
            chains.sweep(machine, some);
            done += some;
        }
    };
    let seen = |which: usize, recorded: &mut usize| {
        if recorded.is_multiple_of(PIECE) {
            now(which, plan.sweeps - half + *recorded);
        }
        *recorded += 1;
    };
    let mut traces = vec![vec![Recorder::new(plan.kept); plan.count]; plan.modes];
    let mut chains = Chains::independent(machine, plan.count, key(&[]));
    let mut watch = Watch::new(plan.count, machine.visible, half);
    settle(&mut chains, 0);
    let mut recorded = 0;
    chains.follow(machine, 1, half, |states| {
        seen(0, &mut recorded);
        follow(&mut traces, lines, states);
        watch.push(states);
    });
    // What chains of one start do not show: where those of others go.
    let mut others = Chains::from_hidden(machine, others(plan.count), key(&["others"]));
    let mut theirs = Watch::new(others.visible.rows(), machine.visible, half);
    if half >= mixing::LEAST {
        settle(&mut others, 1);
        let mut recorded = 0;
        others.follow(machine, 1, half, |states| {
            seen(1, &mut recorded);
            theirs.push(states);
        });
    }
    let mut mixing = mixing::mixing(&watch, Some(&theirs), &mut stream(key(&["permutations"]), 0));
    if matches!(mixing.seen, Seen::SeveralStates) || mixing.elsewhere > 0 {
        mixing.why += ": how many chains are in which state follows from their starts, not from the machine; --method tempering goes from state to state";
    }
    Chained {
        states: chains.visible,
        traces,
        apart: None,
        mixing,
        missed: false,
        frozen: watch.frozen(),
        tempered: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab;
    use crate::math::softplus;
    use crate::stat::goodness::chi_square_survival;
    use rand::rngs::ChaCha8Rng;
    use rand::{RngExt, SeedableRng};
    use rayon::prelude::*;

    fn drawn(machine: &Rbm, method: Method, (count, sweeps): (usize, usize), seed: u64) -> Drawn {
        let modes = machine.visible.min(machine.hidden).min(3);
        let plan = Plan { method, count, sweeps, modes, kept: 4096 };
        let key = |purpose: &[&str]| lab::key(seed, &[&["samples"], purpose].concat());
        let shares = std::cell::RefCell::new(Vec::new());
        let found = draw(machine, &[], plan, key, |now| shares.borrow_mut().push(now.share)).expect("decomposes");
        let shares = shares.into_inner();
        assert!(shares.is_sorted() && shares.iter().all(|share| (0.0..1.0).contains(share)), "{shares:?}");
        found
    }

    /// Two states of weight 1, all units off and all on, with a wall between them: W = ±2, and
    /// biases that leave 0 for either. With `flipped`, every second hidden unit is off where the
    /// others are on, and the visible biases are 0.
    fn ferromagnet(n: usize, m: usize, flipped: bool) -> Rbm {
        let w = |k: usize| if flipped && k % 2 == 1 { -2.0 } else { 2.0 };
        let row: f64 = (0..m).map(w).sum();
        let b = (0..m).map(|k| -0.5 * n as f64 * w(k)).collect();
        Rbm::new(n, m, (0..n * m).map(|at| w(at % m)).collect(), vec![-0.5 * row; n], b).expect("finite")
    }

    /// P(v) of every visible state, unit 0 in the lowest bit, by enumeration.
    fn law(machine: &Rbm) -> Vec<f64> {
        let (n, m) = (machine.visible, machine.hidden);
        let weight = |v: usize| {
            let on: Vec<usize> = (0..n).filter(|j| v >> j & 1 == 1).collect();
            let field = |k: usize| machine.hidden_bias[k] + on.iter().map(|j| machine.weights[j * m + k]).sum::<f64>();
            let own: f64 = on.iter().map(|j| machine.visible_bias[*j]).sum();
            (own + (0..m).map(|k| softplus(field(k))).sum::<f64>()).exp()
        };
        let weights: Vec<f64> = (0..1 << n).map(weight).collect();
        let z: f64 = weights.iter().sum();
        weights.iter().map(|weight| weight / z).collect()
    }

    /// p-value of Pearson's χ² of independent states against a law of which no cell expects fewer
    /// than five.
    fn chi_square(states: &States, law: &[f64]) -> f64 {
        let mut counts = vec![0.0; law.len()];
        (0..states.rows()).for_each(|row| counts[states.row(row)[0] as usize] += 1.0);
        let rows = states.rows() as f64;
        assert!(law.iter().all(|p| rows * p >= 5.0), "{law:?}");
        let chi = counts.iter().zip(law).map(|(count, p)| (count - rows * p).powi(2) / (rows * p)).sum();
        chi_square_survival(chi, law.len() as f64 - 1.0)
    }

    #[test]
    fn tempered_samples_have_the_law_of_small_machines() {
        // States that one ladder gives are 10 sweeps apart: nothing is left of the correlation of a
        // weak machine, 0.2 and less over one sweep, so that Pearson's χ² has its law. Level 1e-6
        // for each of three machines.
        let one = |seed: u64| {
            let rng = &mut ChaCha8Rng::seed_from_u64(seed);
            let (n, m) = (3 + seed as usize, rng.random_range(2..=4));
            let mut machine = Rbm::normal(n, m, 0.6, rng);
            machine.visible_bias.iter_mut().for_each(|a| *a = rng.random_range(-0.5..0.5));
            machine.hidden_bias.iter_mut().for_each(|b| *b = rng.random_range(-0.5..0.5));
            let found = drawn(&machine, Method::Tempering, (4000, 5000), seed);
            assert_eq!(found.states.rows(), 4000);
            let p_value = chi_square(&found.states, &law(&machine));
            assert!(p_value > 1e-6, "{seed}, {n} x {m}: {p_value}");
            assert_eq!(found.mixing.seen, Seen::Mixed, "{:?}", found.mixing);
            // Another machine is seen: one bias 0.4 off, or no couplings.
            let mut other = machine.clone();
            other.visible_bias[0] += 0.4;
            assert!(chi_square(&found.states, &law(&other)) < 1e-6, "{seed}");
            other = Rbm { weights: vec![0.0; n * m], ..machine };
            assert!(chi_square(&found.states, &law(&other)) < 1e-6, "{seed}");
        };
        (0..3u64).into_par_iter().for_each(one);
    }

    #[test]
    fn gibbs_chains_that_stay_in_one_state_say_so_and_tempering_finds_both() {
        for (n, m) in [(12, 10), (30, 26)] {
            let machine = ferromagnet(n, m, false);
            for seed in 0..3 {
                let found = drawn(&machine, Method::Gibbs, (64, 300), seed);
                let mixing = &found.mixing;
                assert_eq!((mixing.seen, mixing.states), (Seen::OneState, Some(1)), "{mixing:?}");
                // Of other starts those with more than half of the hidden units on go to the other
                // state: 32 shares evenly, 16 of them.
                assert!((12..=20).contains(&mixing.elsewhere), "{mixing:?}");
                assert!(mixing.why.contains("--method tempering"), "{mixing:?}");
                // A unit is on with probability 5e-5.
                assert!(found.states.words().iter().map(|word| word.count_ones()).sum::<u32>() <= 3);
                // Worth one state, or nothing moves at all.
                assert!(found.modes.iter().all(|mode| mode.effective.as_ref().map_or(true, |count| *count <= 1.0)));
                if seed > 0 {
                    continue;
                }
                // Tempering: as many in one as in the other, up to 5 standard errors of as many
                // independent states as the samples are said to be worth.
                let found = drawn(&machine, Method::Tempering, (400, 2500), seed);
                assert_eq!(found.mixing.seen, Seen::Mixed, "{:?}", found.mixing);
                let worth = *found.modes[0].effective.as_ref().expect("moves");
                assert!((20.0..=400.0).contains(&worth), "{worth}");
                let on = (0..400).filter(|row| 2 * found.states.ones(*row).count() > n).count();
                let share = on as f64 / 400.0;
                assert!((share - 0.5).abs() < 5.0 * 0.5 / worth.sqrt(), "{n} x {m}: {share}, worth {worth}");
            }
        }
    }

    #[test]
    fn ladders_along_a_training_draw_from_both_states_of_its_end() {
        let (n, m) = (12, 10);
        let end = ferromagnet(n, m, false);
        // Before, weaker couplings, at first with a field of 0.1 on every unit: chains of these
        // machines go from state to state.
        let weaker = |scale: f64, field: f64| {
            let mut machine = end.clone();
            machine.weights.iter_mut().for_each(|w| *w *= scale);
            machine.visible_bias.iter_mut().for_each(|a| *a = scale * *a + field);
            machine.hidden_bias.iter_mut().for_each(|b| *b *= scale);
            machine.to_f32()
        };
        let before = [weaker(0.1, 0.1), weaker(0.3, 0.0)];
        let along = |before: &[Rbm<f32>], (count, sweeps): (usize, usize), seed: u64| {
            let plan = Plan { method: Method::Trajectory, count, sweeps, modes: 1, kept: 4096 };
            draw(&end, before, plan, |purpose| lab::key(seed, &[&["samples"], purpose].concat()), |_| ())
        };
        for seed in 0..3 {
            let found = along(&before, (400, 2500), seed).expect("draws");
            assert_eq!((found.states.rows(), found.mixing.seen), (400, Seen::Mixed), "{:?}", found.mixing);
            let worth = *found.modes[0].effective.as_ref().expect("moves");
            assert!((20.0..=400.0).contains(&worth), "{worth}");
            let on = (0..400).filter(|row| 2 * found.states.ones(*row).count() > n).count();
            let share = on as f64 / 400.0;
            assert!((share - 0.5).abs() < 5.0 * 0.5 / worth.sqrt(), "{share}, worth {worth}");
            // Two states of weight 1: ln 2, and 0.0006 of all others, by enumeration.
            let ladders = found.tempered.expect("ladders");
            assert!((ladders.mean - 0.69375).abs() < 5.0 * ladders.se && ladders.se < 0.1, "{ladders:?}");
        }
        let other = Rbm::zero_field(n, m + 1, vec![0.0; n * (m + 1)]).expect("a machine").to_f32();
        let error = along(&[other], (8, 16), 0).expect_err("refused").to_string();
        assert_eq!(error, "state number 1 has 12 x 10 units (visible x hidden), the first one 12 x 11");
    }

    #[test]
    fn gibbs_chains_that_stay_in_several_states_count_once_per_state() {
        // Chains start at random units and go to the nearer state.
        for (n, m) in [(12, 10), (30, 26)] {
            let machine = ferromagnet(n, m, true);
            for seed in 0..3 {
                let found = drawn(&machine, Method::Gibbs, (40, 300), seed);
                let mixing = &found.mixing;
                assert_eq!(
                    (mixing.seen, mixing.states, mixing.elsewhere),
                    (Seen::SeveralStates, Some(2), 0),
                    "{mixing:?}"
                );
                let overlaps = mixing.overlaps.expect("found");
                assert!(overlaps.own.mean > 0.99 && overlaps.between.mean < 0.3, "{overlaps:?}");
                // One chain in a state is alone in it: the other start says that there is another.
                let one = drawn(&machine, Method::Gibbs, (1, 300), seed).mixing;
                assert_eq!((one.seen, one.states), (Seen::OneState, Some(1)), "{one:?}");
            }
        }
    }

    #[test]
    fn chains_that_mix_are_said_to_forget() {
        // Weak machines of several sizes. By sums of the binomial law more than 14 of 80 p-values
        // are below 0.05 with probability 1e-5, more than 4 of 10 with 6e-5; more than one of 80 is
        // below the level of the verdict, 0.001, with probability 3e-3.
        let one = |seed: u64, method: Method, plan: (usize, usize)| {
            let rng = &mut ChaCha8Rng::seed_from_u64(seed);
            let sizes = [(3, 2), (7, 5), (1, 1), (40, 11), (90, 30)];
            let (n, m) = sizes[seed as usize % if method == Method::Gibbs { 5 } else { 2 }];
            let machine = Rbm::normal(n, m, rng.random_range(0.5..2.0) / ((n.max(m)) as f64).sqrt(), rng);
            let mixing = drawn(&machine, method, plan, seed).mixing;
            (mixing.overlaps.expect("long enough").p_value, mixing.seen)
        };
        for (method, plan, seeds, low) in [(Method::Gibbs, (24, 240), 80, 14), (Method::Tempering, (24, 200), 10, 4)] {
            let found: Vec<(f64, Seen)> = (0..seeds).into_par_iter().map(|seed| one(seed, method, plan)).collect();
            let below = |level: f64| found.iter().filter(|one| one.0 <= level).count();
            assert!(below(0.05) <= low && below(0.001) <= 1, "{method:?}: {} {}", below(0.05), below(0.001));
            // Tempering may have made few round trips.
            let other = found.iter().filter(|one| matches!(one.1, Seen::SeveralStates | Seen::OneState)).count();
            assert!(other <= 1, "{method:?}: {found:?}");
        }
    }

    #[test]
    fn what_cannot_be_measured_is_said_with_its_reason() {
        let machine = Rbm::normal(5, 4, 0.3, &mut ChaCha8Rng::seed_from_u64(1));
        let short = drawn(&machine, Method::Gibbs, (20, 20), 1);
        assert_eq!((short.mixing.seen, short.recorded), (Seen::NotMeasurable, 10));
        assert!(short.modes.iter().all(|mode| mode.series.is_ok()));
        assert!(short.modes[0].effective.as_ref().is_err_and(|why| why.contains("there are 10: more --steps")));
        let none = drawn(&machine, Method::Gibbs, (20, 1), 1);
        assert_eq!((none.modes[0].series.as_ref().err(), none.frozen), (Some(&Unmeasurable::TooShort), None));
        // Weights so large that nothing moves, in one state for all starts: v = 1, h = 1.
        let strong = Rbm::new(5, 4, vec![1000.0; 20], vec![100.0; 5], vec![100.0; 4]).expect("finite");
        let frozen = drawn(&strong, Method::Gibbs, (20, 140), 1);
        assert_eq!((frozen.mixing.seen, frozen.frozen), (Seen::OneState, Some(5)), "{:?}", frozen.mixing);
        assert_eq!(frozen.modes[0].series.as_ref().err(), Some(&Unmeasurable::Frozen));
        assert!(frozen.modes[0].effective.as_ref().is_err_and(|why| why.contains("frozen")));
    }

    #[test]
    fn samples_are_worth_what_their_distance_says() {
        let series = |time: f64| {
            let (values, mean, variance) = (1000, 0.0, 1.0);
            let effective_samples = values as f64 / time;
            series::Mixing {
                values,
                mean,
                variance,
                lag_1: 0.0,
                time,
                slowest_time: time,
                effective_samples,
                long_enough: true,
            }
        };
        // by hand: φ = 1/3 at τ = 2, 1/9 after two sweeps: τ_s = (10/9)/(8/9); and φ = 0 at τ = 1.
        assert!((worth(&series(2.0), 100.0, Some(2.0)) - 80.0).abs() < 1e-12);
        assert!((worth(&series(2.0), 500.0, Some(1.0)) - 250.0).abs() < 1e-9);
        assert_eq!((worth(&series(1.0), 100.0, Some(1.0)), worth(&series(2.0), 100.0, None)), (100.0, 100.0));
        // Never more than one per τ sweeps.
        assert_eq!(worth(&series(100.0), 64.0, None), 10.0);
    }
}
