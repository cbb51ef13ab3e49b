//! ln Z by tempering, checked by annealing from both ends and by states of other origin.

use crate::bits::States;
use crate::rbm::annealing::{self, Estimate};
use crate::rbm::gibbs::Chains;
use crate::rbm::origins::{self, Missed, Origin};
use crate::rbm::tempering::{Tempered, Tempering};
use crate::rbm::{Now, Rbm};
use crate::stat::mean::student_quantile;
use serde::Serialize;
use std::time::{Duration, Instant};

/// How long an estimate takes.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Annealing runs each way, at least 2.
    pub chains: usize,
    /// Temperatures of a run in the first round, at least 2; twice as many in each that follows.
    pub betas: usize,
    /// Sweeps of the machine between the tempered samples and the backward runs.
    pub burn: usize,
    /// Width of the interval that is asked for, in nats.
    pub within: f64,
    /// Rounds at most; each tempers as long as all before it together.
    pub rounds: u32,
    /// Goes on instead until this is used up.
    pub time: Option<Duration>,
}

/// Times as many round trips that a path from several bases must make.
const BETTER: usize = 5;

/// Temperatures of each annealing from a state of other origin, at most.
const STEPS: usize = 150;

/// Samples by which it is seen whether a path misses some.
const SAMPLES: usize = 256;

/// Ladders: enough for a standard error, few enough that each goes round often.
pub(crate) const LADDERS: usize = 8;

/// Annealing takes at most 2 to this times the temperatures of the first round.
pub(crate) const LONGEST: u32 = 6;

/// Runs that each direction of annealing must count as.
const RUNS: f64 = 30.0;

/// Round trips that a ladder must have made on average.
pub(crate) const TRIPS: usize = 10;

/// Standard errors that estimates may differ by.
const APART: f64 = 4.0;

/// Whether an estimate is to be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Every check agrees.
    Agree,
    /// Some check fails.
    Open,
    /// The exact value lies elsewhere.
    ContradictsExact,
}

/// What tempering and annealing say together.
#[derive(Clone, Debug, Serialize)]
pub struct Bracket {
    /// Lower end of the interval of 95 %, from the spread between ladders.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// What the checks say.
    pub state: State,
    /// Each check that fails, with what helps.
    pub why: Vec<String>,
}

/// ln Z and what stands behind it.
#[derive(Clone, Debug)]
pub struct Estimates {
    /// Annealed importance sampling on the path that tempering placed.
    pub forward: Estimate,
    /// From tempered samples.
    pub backward: Estimate,
    /// Parallel tempering.
    pub tempering: Tempered,
    /// What they say together.
    pub bracket: Bracket,
    /// Tempered samples, as many as annealing runs.
    pub samples: States,
    /// Whether chains started from data too.
    pub from_data: bool,
    /// Laws of independent units that the path starts from.
    pub bases: usize,
}

impl Estimates {
    /// The same estimates of ln Z + `constant`.
    pub(crate) fn plus(self, constant: f64) -> Self {
        let Self { forward, backward, tempering, bracket, .. } = self;
        Self {
            forward: forward.plus(constant),
            backward: backward.plus(constant),
            tempering: Tempered { mean: tempering.mean + constant, ..tempering },
            bracket: Bracket { low: bracket.low + constant, high: bracket.high + constant, ..bracket },
            ..self
        }
    }
}

/// ln Z of `machine`; `data` are states that the machine should know, in the order of its visible
/// units, `exact` its ln Z where that is known. `key` gives the random numbers of a purpose; `tell`
/// hears what is done next, with the share of all rounds that is done.
pub fn estimate(
    machine: &Rbm<f32>,
    data: Option<&States>,
    exact: Option<f64>,
    effort: Effort,
    key: impl Fn(&str) -> [u8; 32],
    tell: impl Fn(Now<'_>),
) -> Estimates {
    let start = Instant::now();
    let chains = effort.chains.max(2);
    let work = chains.saturating_mul(effort.betas) / LADDERS;
    let least = chains.div_ceil(LADDERS).max(16);
    tell(Now { what: "ln Z: chains of many origins, and where the temperatures go", share: 0.0 });
    let Ready { mut tempering, mut others } = Ready::new(machine, data, (work, least), &key);
    let (mut forward, mut backward): (Option<Estimate>, Option<Estimate>) = (None, None);
    let (mut sweeps, mut round) = ((work / tempering.path.betas.len()).max(least), 0);
    loop {
        let now = |what: &str, done: f64| match effort.time {
            Some(time) => {
                let share = start.elapsed().as_secs_f64() / time.as_secs_f64().max(1e-3);
                tell(Now { what: &format!("ln Z: round {}, {what}", round + 1), share: share.min(1.0) });
            }
            None => {
                let what = format!("ln Z: round {} of at most {}, {what}", round + 1, effort.rounds);
                tell(Now { what: &what, share: done / before(effort.rounds) });
            }
        };
        let (done, tempered) = (before(round), before(round + 1) - before(round) - 2.0 * longer(round));
        now("tempering", done);
        let samples = exactly(chains, tempering.extend(sweeps, chains));
        // Made where it is used only: with time it grows long.
        let path = |way: &str, done: f64| {
            now(way, done);
            tempering.path.refined(effort.betas.saturating_mul(1 << round.min(LONGEST)))
        };
        let ahead = forward.take().unwrap_or_else(|| {
            let path = path("annealing forward", done + tempered);
            annealing::forward(machine, &path, chains, key("forward")).0
        });
        let back = backward.take().unwrap_or_else(|| {
            let mut burnt = Chains::new(samples.clone(), key("burn"), 0);
            burnt.sweep(machine, effort.burn);
            let path = path("annealing backward", done + tempered + longer(round));
            annealing::backward(machine, &burnt.visible, &path, key("backward"))
        });
        let found = tempering.found();
        let missed = others.missed(machine, &samples, found.mean);
        let bracket = judge((&ahead, &back, &found), &missed, (exact, rounding(machine)), effort.within);
        round += 1;
        let used = start.elapsed();
        // A round takes as long as all before it, which a rest of the time may not hold.
        let rest = effort.time.map(|time| time.saturating_sub(used).as_secs_f64() / used.as_secs_f64().max(1e-3));
        let over = match rest {
            Some(rest) => rest < 0.1,
            None => round >= effort.rounds,
        };
        if bracket.state != State::Open || over {
            return Estimates {
                forward: ahead,
                backward: back,
                tempering: found,
                bracket,
                samples,
                from_data: data.is_some(),
                bases: tempering.path.bases.len(),
            };
        }
        // What has runs enough and agrees is not run again.
        let stays = |one: &Estimate| one.effective_samples >= RUNS && apart(one, &found) <= APART;
        (forward, backward) = (Some(ahead).filter(stays), Some(back).filter(stays));
        sweeps = (found.sweeps as f64 * rest.unwrap_or(1.0).min(1.0)).ceil() as usize;
        sweeps = sweeps.max(least);
    }
}

/// Times as long as in the first round that annealing takes in round `round`, from 0.
fn longer(round: u32) -> f64 {
    (1u64 << round.min(LONGEST)) as f64
}

/// Work of so many rounds in units of the first one's tempering, of which settling takes one, and
/// annealing one each way; each round tempers as long as all before it.
fn before(rounds: u32) -> f64 {
    let tempering = if rounds == 0 { 0.0 } else { (1u64 << (rounds - 1).min(50)) as f64 };
    1.0 + tempering + (0..rounds.min(64)).map(|round| 2.0 * longer(round)).sum::<f64>()
}

/// Ladders that have settled on their path, and what they are compared with.
pub(crate) struct Ready<'a> {
    pub(crate) tempering: Tempering<'a>,
    pub(crate) others: Others,
}

/// Chains of other origin.
pub(crate) struct Others {
    origins: Vec<Origin>,
    /// The base that states are told from theirs by.
    base: Vec<f32>,
    /// Random numbers of runs that are added.
    key: [u8; 32],
}

impl Others {
    /// Those of a machine alone.
    pub(crate) fn of(machine: &Rbm<f32>, key: [u8; 32]) -> Self {
        let (origins, means) = origins::find(machine, None, STEPS, key);
        let base = origins::biases(&means.visible, origins::KNOWN);
        Self { origins, base, key: later(key) }
    }

    /// States that samples of the machine have missed, where these say that ln Z is
    /// `log_partition`: that which stands out most has runs enough to be sure.
    pub(crate) fn missed(&mut self, machine: &Rbm<f32>, samples: &States, log_partition: f64) -> Vec<Missed> {
        loop {
            let found = self.suspected(samples, log_partition);
            let counts = (0..found.len()).filter(|at| found[*at].counts(log_partition));
            let Some(most) = counts.max_by(|a, b| found[*a].excess.total_cmp(&found[*b].excess)) else {
                return found;
            };
            let origin = &mut self.origins[most];
            if origin.is_sure(&found[most]) {
                return found;
            }
            let mut own = self.key;
            own[28] = own[28].wrapping_add(most as u8);
            origins::more(machine, origin, STEPS, own);
        }
    }

    /// The same by the runs that there are.
    fn suspected(&self, samples: &States, log_partition: f64) -> Vec<Missed> {
        origins::missed(&self.origins, &self.base, samples, log_partition)
    }
}

impl<'a> Ready<'a> {
    /// Ladders for about `work` sweeps of one chain each, at least `least` times their rungs.
    ///
    /// Where a machine has several sets of states with walls between them, a path from a base for
    /// each is far better than one from their mean. Where it has not, that from the mean has fewer
    /// blind spots. Both are tried.
    pub(crate) fn new(
        machine: &'a Rbm<f32>,
        data: Option<&States>,
        (work, least): (usize, usize),
        key: impl Fn(&str) -> [u8; 32],
    ) -> Self {
        let of_origins = key("origins");
        let (origins, means) = origins::find(machine, data, STEPS, of_origins);
        // As if there were 16 rungs, which only tempering tells.
        let mut tempering = Tempering::new(machine, &means, LADDERS, work / 16, key("tempering"));
        let base = tempering.path.bases[0].visible.clone();
        let mut others = Others { base, origins, key: later(of_origins) };
        let bases = origins::spread(&others.origins);
        let mut trial = |tempering: &mut Tempering<'_>| {
            let sweeps = (work / tempering.path.betas.len()).max(least) / 3;
            let samples = tempering.extend(sweeps, SAMPLES);
            let found = tempering.found();
            tempering.forget();
            let missed = others.missed(machine, &samples, found.mean);
            (found.round_trips, missed.iter().any(|one| one.counts(found.mean)))
        };
        let (trips, missed) = trial(&mut tempering);
        if bases.len() > 1 {
            let mut several = tempering.with(bases);
            let (more, still) = trial(&mut several);
            if !still && (missed || more > BETTER * trips) {
                tempering = several;
            }
        }
        Self { tempering, others }
    }
}

/// The key of runs that are added, from that of the first ones.
fn later(mut key: [u8; 32]) -> [u8; 32] {
    key[29] = key[29].wrapping_add(1);
    key
}

/// Standard errors between annealing and tempering.
fn apart(one: &Estimate, found: &Tempered) -> f64 {
    (one.mean - found.mean).abs() / libm::fmaximum(one.se.hypot(found.se), 1e-3)
}

/// A factor of time in words; beyond a thousand it says nothing but that.
pub(crate) fn times(factor: f64) -> String {
    match factor {
        large if large > 1000.0 => "more than 1,000 times".into(),
        large if large >= 10.0 => format!("about {large:.0} times"),
        small => format!("about {small:.1} times"),
    }
}

/// `count` of the samples, evenly over them.
fn exactly(count: usize, samples: States) -> States {
    let rows: Vec<usize> = (0..count).map(|row| row * samples.rows() / count).collect();
    samples.select(&rows)
}

/// What single precision leaves of ln Z: three standard deviations of the sum of the parameters'
/// errors, each at most 2^-24 of its size.
fn rounding(machine: &Rbm<f32>) -> f64 {
    let parameters = machine.weights.iter().chain(&machine.visible_bias).chain(&machine.hidden_bias);
    let square: f64 = parameters.map(|x| f64::from(*x).powi(2)).sum();
    3.0 * f64::from(f32::EPSILON) / 2.0 * square.sqrt()
}

/// `exact`: ln Z where it is known, and what single precision leaves of it.
fn judge(
    (forward, backward, found): (&Estimate, &Estimate, &Tempered),
    missed: &[Missed],
    (exact, rounding): (Option<f64>, f64),
    within: f64,
) -> Bracket {
    let quantile = |confidence: f64| student_quantile(found.ladders as f64 - 1.0, confidence);
    let half = quantile(0.95) * found.se + rounding;
    let (low, high) = (found.mean - half, found.mean + half);
    let mut why = Vec::new();
    if !half.is_finite() || !forward.mean.is_finite() || !backward.mean.is_finite() {
        why.push("weights or fields are beyond what doubles hold: there is no estimate".to_string());
        return Bracket { low, high, state: State::Open, why };
    }
    let width = high - low;
    // More time does not narrow what single precision leaves open.
    let (own, asked) = (width - 2.0 * rounding, within - 2.0 * rounding);
    if asked <= 0.0 {
        why.push(format!(
            "the interval is {width:.3} nats wide, {within} are asked for, and single precision alone leaves {:.1e} open at weights of this size: a --within above that",
            2.0 * rounding
        ));
    } else if width > within {
        let more = (own / asked).powi(2);
        why.push(format!(
            "the interval is {width:.3} nats wide, {within} are asked for: that takes {} as long (--time), or a larger --within",
            times(more)
        ));
    }
    let trips = TRIPS * found.ladders;
    if found.round_trips < trips {
        let more = match found.round_trips {
            0 => "much longer".into(),
            made => format!("{} as long", times(trips as f64 / made as f64)),
        };
        why.push(format!(
            "{} round trips between independent units and the machine, {trips} are needed: {more} (--time)",
            found.round_trips
        ));
    }
    if found.round_trips >= trips && found.fewest_round_trips == 0 {
        why.push("a ladder made no round trip: it may hold states that the others miss; a longer --time".into());
    }
    for (name, one) in [("forward", forward), ("backward", backward)] {
        if one.effective_samples < RUNS {
            why.push(format!(
                "{name} annealing: {} runs count as {:.1}, {RUNS} are needed: more --chains, --betas or --time",
                one.chains,
                // Less than is needed is not shown as what is needed.
                (10.0 * one.effective_samples).floor() / 10.0
            ));
        } else {
            // Crooks' relation: both have one ln Z.
            let apart = apart(one, found);
            if apart > APART {
                why.push(format!(
                    "{name} annealing says {:.3}, tempering {:.3}: {apart:.1} standard errors apart; more --betas or --time",
                    one.mean, found.mean
                ));
            }
        }
    }
    let counting = missed.iter().filter(|one| one.counts(found.mean));
    if let Some(most) = counting.max_by(|a, b| a.excess.total_cmp(&b.excess)) {
        why.push(format!(
            "states of another origin weigh e^{:.1} times what the samples say: these miss them; --time, or --data with samples that hold them",
            most.excess
        ));
    }
    // One in 10,000 of those that are right.
    let far = libm::fmaximum(quantile(1.0 - 1e-4) * found.se + rounding, 1e-3);
    let contradicts = exact.is_some_and(|exact| (found.mean - exact).abs() > far);
    let state = match (contradicts, why.is_empty()) {
        (true, _) => State::ContradictsExact,
        (false, true) => State::Agree,
        (false, false) => State::Open,
    };
    Bracket { low, high, state, why }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab;
    use crate::rbm::exact;
    use crate::rbm::tempering::tests::ferromagnet;
    use rand::rngs::ChaCha8Rng;
    use rand::{RngExt, SeedableRng};
    use rayon::prelude::*;

    const EFFORT: Effort = Effort { chains: 200, betas: 200, burn: 0, within: 0.2, rounds: 3, time: None };

    /// A machine of one of four kinds: weak, strong, of several states, with strong fields.
    fn machine(kind: usize, rng: &mut ChaCha8Rng) -> Rbm {
        let (n, m) = (rng.random_range(4..=40), rng.random_range(3..=14));
        let mut machine = match kind {
            0 => Rbm::normal(n, m, rng.random_range(0.05..0.5), rng),
            1 => Rbm::normal(n, m, rng.random_range(0.8..2.0), rng),
            2 => {
                // Patterns of ±1 in both layers, at zero centred field up to a little noise.
                let patterns = rng.random_range(1..=3);
                let strength = rng.random_range(4.0..20.0) / (n as f64 * m as f64).sqrt();
                let mut w = vec![0.0; n * m];
                for _ in 0..patterns {
                    let mut sign = |count: usize| -> Vec<f64> {
                        (0..count)
                            .map(|_| if rng.random::<bool>() { strength.sqrt() } else { -strength.sqrt() })
                            .collect()
                    };
                    let (u, v) = (sign(n), sign(m));
                    (0..n * m).for_each(|at| w[at] += u[at / m] * v[at % m]);
                }
                let a = (0..n).map(|j| -0.5 * w[j * m..][..m].iter().sum::<f64>()).collect();
                let b = (0..m).map(|k| -0.5 * (0..n).map(|j| w[j * m + k]).sum::<f64>()).collect();
                Rbm::new(n, m, w, a, b).expect("finite")
            }
            _ => Rbm::normal(n, m, rng.random_range(0.3..1.0), rng),
        };
        if kind == 3 {
            machine.visible_bias.iter_mut().for_each(|a| *a = rng.random_range(-6.0..3.0));
            machine.hidden_bias.iter_mut().for_each(|b| *b = rng.random_range(-3.0..3.0));
        }
        machine
    }

    #[test]
    fn shares_of_the_rounds_grow_to_one() {
        // By hand: 1 to settle, then 1 + 1 + 1, then 1 + 2 + 2, then 2 + 4 + 4, then 4 + 8 + 8.
        assert_eq!([0, 1, 2, 3, 4].map(before), [1.0, 4.0, 9.0, 19.0, 39.0]);
        let machine = machine(0, &mut ChaCha8Rng::seed_from_u64(1)).to_f32();
        let said = std::cell::RefCell::new(Vec::new());
        let effort = Effort { within: 1e-9, rounds: 2, ..EFFORT };
        let key = |purpose: &str| lab::key(1, &["shares", purpose]);
        estimate(&machine, None, None, effort, key, |now| said.borrow_mut().push((now.what.to_string(), now.share)));
        let (words, shares): (Vec<String>, Vec<f64>) = said.into_inner().into_iter().unzip();
        // What agrees is not annealed again: seven at most.
        assert!((5..=7).contains(&shares.len()) && words[1] == "ln Z: round 1 of at most 2, tempering", "{words:?}");
        assert_eq!(shares[..4], [0.0, 1.0 / 9.0, 2.0 / 9.0, 3.0 / 9.0]);
        assert!(shares.is_sorted() && shares.iter().all(|share| *share < 1.0), "{shares:?}");
    }

    /// Machines of the four kinds in turn, from seed `first` on, against enumeration, which the
    /// estimates do not see. How many are open, of the weak ones too, and how many intervals cover.
    fn against_enumeration(first: u64, count: u64) -> [usize; 3] {
        let one = |seed: u64| {
            let machine = machine(seed as usize % 4, &mut ChaCha8Rng::seed_from_u64(seed));
            let exact = exact::log_partition(&machine).expect("small");
            let key = |purpose: &str| lab::key(seed, &["estimate", purpose]);
            let found = estimate(&machine.to_f32(), None, None, EFFORT, key, |_| ());
            let Bracket { low, high, state, .. } = found.bracket;
            let outside = libm::fmaximum(low - exact, exact - high);
            assert!(state == State::Open || outside <= 0.3, "{seed}: {exact} {found:?}");
            let open = state == State::Open;
            [open, open && seed.is_multiple_of(4), outside <= 1e-6]
        };
        let found: Vec<[bool; 3]> = (first..first + count).into_par_iter().map(one).collect();
        std::array::from_fn(|what| found.iter().filter(|one| one[what]).count())
    }

    #[test]
    fn what_agrees_is_right_and_intervals_cover_for_many_kinds_of_machines() {
        // Of 200 machines at most 40 may stay open, 5 of the 50 weak ones: the same shares here.
        let [open, weak, covered] = against_enumeration(0, 40);
        assert!(open <= 8 && weak <= 1, "{open} {weak}");
        // Fewer than 33 of 40 with probability 7e-4 (scipy 1.17.1, binom.cdf(32, 40, 0.95)).
        assert!(covered >= 33, "{covered}");
    }

    #[test]
    fn what_agrees_is_right_on_200_machines() {
        let [open, weak, covered] = against_enumeration(5000, 200);
        assert!(open <= 40 && weak <= 5 && covered >= 180, "{open} {weak} {covered}");
    }

    #[test]
    fn states_count_as_missed_where_the_weights_of_more_runs_are_beyond_chance() {
        // Two states of weight 1 each, all units off or all on.
        let machine = ferromagnet(12, 10).to_f32();
        let (origins, _) = origins::find(&machine, None, STEPS, [3; 32]);
        let both = States::from_fn(500, 12, |row, _| row % 2 == 0);
        let log_partition = std::f64::consts::LN_2;
        let others = |base: f32| Others { origins: origins.clone(), base: vec![base; 12], key: [4; 32] };
        let counts = |missed: Vec<Missed>, log_partition: f64| missed.iter().any(|one| one.counts(log_partition));
        // Samples hold both states, of weight 1 each, and one run of an origin weighs far more.
        // With e^7 times Z the 16 runs weigh 69 Z on average, which by Markov's inequality is so by
        // chance for one origin in 69 at most, and with e^10 for one in 1,400: of 80 origins no
        // evidence. With 1,280 runs it is 1 Z and 17 Z, less the error. With e^12 one run weighs
        // 10,000 times their number.
        for (weight, sure) in [(7.0, false), (10.0, false), (12.0, true)] {
            let mut others = others(0.0);
            others.origins[5].logs[3] = log_partition + weight;
            assert!(counts(others.suspected(&both, log_partition), log_partition), "{weight}");
            assert_eq!(counts(others.missed(&machine, &both, log_partition), log_partition), sure, "{weight}");
        }
        // A state that is missed stays so, however often it is asked.
        let off = States::zeros(500, 12);
        let mut others_of_off = others(-4.0);
        for _ in 0..2 {
            assert!(counts(others_of_off.missed(&machine, &off, 0.0), 0.0));
        }
    }

    #[test]
    fn every_check_that_fails_is_named_with_its_remedy() {
        let machine = machine(1, &mut ChaCha8Rng::seed_from_u64(3)).to_f32();
        let key = |purpose: &str| lab::key(1, &[purpose]);
        let effort = Effort { chains: 20, betas: 2, within: 1e-3, rounds: 1, ..EFFORT };
        let poor = estimate(&machine, None, None, effort, key, |_| ());
        assert_eq!(poor.bracket.state, State::Open);
        let said = poor.bracket.why.join("\n");
        for words in ["nats wide", "--within", "round trips", "forward annealing: 20 runs", "--betas", "--time"] {
            assert!(said.contains(words), "{words}: {said}");
        }
        let fine =
            estimate(&machine, None, None, Effort { within: 1e-9, ..effort }, key, |_| ()).bracket.why.join("\n");
        assert!(
            fine.contains("single precision alone leaves ") && !fine.contains("times as long (--time), or"),
            "{fine}"
        );
        // Another exact value is contradicted, whatever else is open.
        let exact = poor.tempering.mean + 10.0 * poor.tempering.se + 1.0;
        assert_eq!(estimate(&machine, None, Some(exact), effort, key, |_| ()).bracket.state, State::ContradictsExact);
        // Not a number is no agreement.
        let nan = Estimate { mean: f64::NAN, ..poor.forward.clone() };
        let judged = judge((&nan, &poor.backward, &poor.tempering), &[], (None, 0.0), 1e9);
        assert!(judged.state == State::Open && judged.why[0].contains("doubles"));
        // Missed states that count, and the same within their error.
        let missed = |excess: f64, se: f64| Missed { log_weight: poor.tempering.mean - 1.0, se, share: 0.01, excess };
        let judge =
            |missed: Missed| judge((&poor.forward, &poor.backward, &poor.tempering), &[missed], (None, 0.0), 1e9).why;
        assert!(judge(missed(3.0, 0.1)).iter().any(|why| why.contains("another origin")));
        assert!(!judge(missed(3.0, 0.9)).iter().any(|why| why.contains("another origin")));
    }
}
