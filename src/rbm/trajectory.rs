//! ln Z and samples by parallel tempering along the states of a training: chains on every machine
//! that a training went through exchange their machines. N. Béreux, A. Decelle, C. Furtlehner, L.
//! Rosset and B. Seoane, arXiv 2405.15376.
//!
//! Paper: there the rungs are states of the training alone, as many as exchange often enough.
//!
//! The rungs of a ladder are the states of the training in order, before them independent units,
//! and between any two of these, where they exchange too seldom, machines whose parameters lie
//! between theirs. Neighbours exchange visible states, the hidden layer summed out, with
//! probability min(1, f_i(v′) f_j(v)/(f_i(v) f_j(v′))); even and odd pairs take turns, and rungs
//! are placed so that all pairs refuse about alike often. ln Z is estimated as in
//! [`super::tempering`], by the acceptance ratio of every pair of neighbours, with the error
//! between independent ladders: that of every state comes out at once.
//!
//! Where a training goes through machines with other heaviest states the way between them is a
//! transition of first order, which few chains pass. Chains start at every state of the training by
//! themselves, so that ladders then differ and the error says so; ln Z is poor there.

mod rungs;

use super::gibbs::{Chains, hidden_means};
use super::ladder::{self, End, Sums};
use super::origins::{KNOWN, biases};
use super::tempering::Tempered;
use super::{Rbm, stream};
use crate::bits::States;
use crate::math::{logistic, softplus};
use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use rayon::prelude::*;
use rungs::{Fields, Group, Knot, Rungs};
use serde::Serialize;

/// States that make no trajectory.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum TrajectoryError {
    /// None at all, or more than rungs.
    #[error("a trajectory takes 1 to {most} states, not {got}", most = MOST - 1)]
    Count {
        /// How many.
        got: usize,
    },
    /// Another shape than that of the first.
    #[error("state number {at} has {got} units (visible x hidden), the first one {first}")]
    Shape {
        /// Which one, from 0.
        at: usize,
        /// Its units.
        got: String,
        /// Those of the first.
        first: String,
    },
    /// A layer without units, or fields that single precision cannot hold.
    #[error("state number {at}: {why}")]
    State {
        /// Which one, from 0.
        at: usize,
        /// What is wrong.
        why: &'static str,
    },
}

/// What a trajectory tells.
#[derive(Clone, Debug, Serialize)]
pub struct Tracked {
    /// Every rung, from independent units to the last state.
    pub rungs: Vec<Rung>,
    /// Times that a chain went from independent units to the last state and back, all ladders
    /// together.
    pub round_trips: usize,
    /// Those of the ladder that made the fewest.
    pub fewest_round_trips: usize,
    /// Ladders.
    pub ladders: usize,
    /// Sweeps of every chain that count.
    pub sweeps: usize,
    /// Largest share of exchanges that a pair of neighbours refuses.
    pub most_refused: f64,
}

/// A machine on the way.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Rung {
    /// 0 for independent units, k for state number k of the training, from 1; between two states a
    /// number between theirs.
    pub place: f64,
    /// ln Z of this machine; not finite from a pair on of which one does not reach the states of
    /// the other. Where no chain went round ([`Tracked::round_trips`]) it is no estimate either.
    pub log_partition: f64,
    /// Its standard error, from the spread between ladders.
    pub se: f64,
}

impl Tracked {
    /// The rungs that are states of the training, in order.
    pub fn states(&self) -> impl Iterator<Item = &Rung> {
        self.rungs.iter().filter(|rung| rung.place >= 1.0 && rung.place.fract() == 0.0)
    }

    /// What it says of the last state.
    pub fn last(&self) -> Tempered {
        let (mean, se) = self.rungs.last().map_or((f64::NAN, f64::NAN), |rung| (rung.log_partition, rung.se));
        let &Self { round_trips, fewest_round_trips, ladders, sweeps, most_refused, .. } = self;
        Tempered { mean, se, round_trips, fewest_round_trips, rungs: self.rungs.len(), ladders, sweeps, most_refused }
    }
}

/// One ladder.
struct Ladder {
    /// The end at which what is on each rung was at last.
    ends: Vec<End>,
    rng: ChaCha8Rng,
    odd: bool,
    sums: Sums,
}

/// Pairs that should be where each pair is, by what it refuses and by the spread of Δ. Where Δ is
/// normal with variance s² at both rungs a pair refuses erf(s/2), and both say the same. Where a
/// state gives way to another, ladders that sit in one of them refuse nothing, and the spread tells
/// alone.
fn wanted(sums: &Sums) -> Vec<f64> {
    let n = sums.sweeps.max(1) as f64;
    let pair = |at: usize| {
        let (low, high) = (sums.low[at] / n, sums.high[at] / n);
        let variance = (sums.squares[at] / n - low * low - high * high) / 2.0;
        let refused = (1.0 - sums.exchanged[at] / n).clamp(0.0, 0.99);
        // Shares that are let pass multiply along the way; a pair that refuses nothing still is
        // some.
        let by_share = libm::log1p(-refused) / libm::log1p(-REFUSED);
        let by_spread = libm::sqrt(libm::fmaximum(variance, 0.0)) / SPREAD;
        libm::fmaximum(libm::fmaximum(by_share, by_spread), 2e-3)
    };
    (0..sums.low.len()).map(pair).collect()
}

impl Ladder {
    /// Exchanges every second pair with its probability, by ln f at the rung above and below over f
    /// at its own of every rung. Returns whose state each rung goes on from.
    fn exchange(&mut self, ratios: &[[f64; 2]], constants: &[f64], counts: bool) -> Vec<usize> {
        let rungs = ratios.len();
        let mut source: Vec<usize> = (0..rungs).collect();
        let Self { ends, rng, odd, sums } = self;
        sums.sweeps += usize::from(counts);
        for low in 0..rungs - 1 {
            let (up, down) = (ratios[low][0], ratios[low + 1][1]);
            let chance = libm::exp(libm::fminimum(up + down, 0.0));
            if counts {
                sums.count(low, (up, -down), constants[low], chance);
            }
            if (low % 2 == 1) == *odd && rng.random::<f64>() < chance {
                source.swap(low, low + 1);
                ends.swap(low, low + 1);
            }
        }
        *odd = !*odd;
        let top = &mut ends[rungs - 1];
        *top = top.at_high();
        sums.trips += usize::from(counts && ends[0] == End::High);
        ends[0] = End::Low;
        source
    }
}

/// Ladders along the states of a training.
pub struct Trajectory {
    rungs: Rungs,
    constants: Vec<f64>,
    ladders: Vec<Ladder>,
    /// Row r · ladders + l is the chain of ladder l on rung r.
    visible: States,
    /// Of each group of ladders.
    found: Vec<Fields>,
    key: [u8; 32],
    /// Of every chain since the beginning.
    sweeps: u64,
}

impl Trajectory {
    /// `ladders` (at least 2) ladders along `machines`, the states of a training in order, from
    /// independent units whose means are near `means`, such as those of the first state (½ where
    /// there are none). Rungs are placed by what exchanges show, in between 248 and 1,240 sweeps of
    /// every chain, about as many as `sweeps`.
    ///
    /// # Errors
    /// No state or too many, states of different shape, or one whose fields single precision cannot
    /// hold.
    pub fn new(
        machines: &[Rbm<f32>],
        means: &[f64],
        ladders: usize,
        sweeps: usize,
        key: [u8; 32],
    ) -> Result<Self, TrajectoryError> {
        let (states, shape) = (machines.len(), check(machines)?);
        let even = |segment: usize| {
            let steps = if segment == 0 { FROM_INDEPENDENT } else { BETWEEN.min(MOST / states).max(1) };
            (1..=steps).map(move |step| segment as f64 + f64::from(step as f32 / steps as f32))
        };
        let places = std::iter::once(0.0).chain((0..states).flat_map(even)).collect();
        let means: Vec<f64> = (0..shape.0).map(|unit| means.get(unit).copied().unwrap_or(0.5)).collect();
        let knot = Knot::independent(biases(&means, KNOWN), shape.1);
        let knots = std::iter::once(knot).chain(machines.iter().map(Knot::machine)).collect();
        let mut new = Self::on(Rungs { knots, places }, ladders.max(2), key);
        new.scatter(machines);
        let first = (sweeps / 40).clamp(LEAST, FIRST);
        let mut seen = vec![0.0; shape.0];
        for round in 0..ROUNDS {
            let now = new.tune(first << round);
            seen.iter_mut().zip(&now).for_each(|(seen, now)| *seen += now);
            if round + 1 < ROUNDS {
                let half = |(mean, seen): (&f64, &f64)| 0.5 * mean + 0.5 * seen / (round as f64 + 1.0);
                let halves: Vec<f64> = means.iter().zip(&seen).map(half).collect();
                let bias = biases(&halves, KNOWN);
                new.rungs.knots[0] = Knot::independent(bias, shape.1);
            }
        }
        Ok(new)
    }

    /// Ladders whose chains start independent.
    fn on(rungs: Rungs, ladders: usize, key: [u8; 32]) -> Self {
        let count = ladders * rungs.places.len();
        let mut rng = stream(key, u64::MAX);
        let p: Vec<f64> = rungs.knots[0].visible_bias().iter().map(|c| logistic(f64::from(*c))).collect();
        let visible = States::from_fn(count, rungs.visible(), |_, unit| rng.random::<f64>() < p[unit]);
        let ladder = |number: usize| Ladder {
            ends: Vec::new(),
            rng: stream(key, (1 << 63) + number as u64),
            odd: false,
            sums: Sums::default(),
        };
        let ladders = (0..ladders).map(ladder).collect();
        let constants = vec![0.0; rungs.places.len() - 1];
        let mut new = Self { rungs, constants, ladders, visible, found: Vec::new(), key, sweeps: 0 };
        new.forget();
        new
    }

    /// Puts the chains around each state of the training on states of their own origin, by ladder:
    /// a training may go through machines whose heaviest states no chain reaches from those before.
    /// Each starts from independent hidden units, of which every ladder has another share on.
    fn scatter(&mut self, machines: &[Rbm<f32>]) {
        let count = self.ladders.len();
        let start = |(at, machine): (usize, &Rbm<f32>)| {
            let (n, m) = (machine.visible, machine.hidden);
            let mut rng = stream(self.key, u64::MAX - 1 - at as u64);
            let share = |row: usize| (row as f64 + 0.5) / count as f64;
            let hidden = States::from_fn(count, m, |row, _| rng.random::<f64>() < share(row));
            let p = hidden_means(&machine.exchanged(), &hidden);
            let visible = States::from_fn(count, n, |row, unit| rng.random::<f32>() < p[row * n + unit]);
            let mut key = self.key;
            key[31] = key[31].wrapping_add(1);
            // Other random numbers for every state.
            key[30] = key[30].wrapping_add(at as u8);
            key[29] = key[29].wrapping_add((at >> 8) as u8);
            let mut chains = Chains::new(visible, key, 0);
            chains.sweep(machine, ALONE);
            chains.visible
        };
        let starts: Vec<States> = machines.iter().enumerate().map(start).collect();
        for (rung, place) in self.rungs.places.iter().enumerate() {
            let Some(state) = (place.round() as usize).checked_sub(1) else { continue };
            let rows = (0..count).map(|ladder| (rung * count + ladder, ladder));
            rows.for_each(|(row, ladder)| self.visible.row_mut(row).copy_from_slice(starts[state].row(ladder)));
        }
    }

    /// Drops what was counted.
    fn forget(&mut self) {
        let rungs = self.rungs.places.len();
        for ladder in &mut self.ladders {
            (ladder.ends, ladder.sums) = (vec![End::Neither; rungs], Sums::new(rungs));
        }
    }

    /// Exchanges, and then a sweep of every chain, so often. Ladders never meet: groups of them are
    /// swept apart, so that no worker waits for another in every sweep.
    fn run(&mut self, sweeps: usize, counts: bool) {
        let (of, rungs) = (self.ladders.len(), self.rungs.places.len());
        let groups = rayon::current_num_threads().clamp(1, GROUPS).min(of.div_ceil(2));
        let size = of.div_ceil(groups);
        self.found.resize_with(of.div_ceil(size), Fields::default);
        let Self { rungs: machines, constants, ladders, visible: whole, found, key, sweeps: before } = self;
        let run = |(at, (ladders, found)): (usize, (&mut [Ladder], &mut Fields))| {
            let group = Group { first: at * size, count: ladders.len(), of };
            let rows = rungs * group.count;
            let mut visible = whole.select(&(0..rows).map(|row| group.row(row)).collect::<Vec<_>>());
            let mut source = vec![0; rows];
            for sweep in 0..sweeps {
                machines.look(group, &visible, found);
                let ratios: Vec<[f64; 2]> =
                    (0..rows).into_par_iter().map(|row| machines.ratios(group, found, row)).collect();
                for (number, ladder) in ladders.iter_mut().enumerate() {
                    let own: Vec<[f64; 2]> = ratios.iter().skip(number).step_by(group.count).copied().collect();
                    let from = ladder.exchange(&own, constants, counts).into_iter().enumerate();
                    from.for_each(|(rung, from)| source[rung * group.count + number] = from * group.count + number);
                }
                machines.sweep(group, (found, &source), (*key, *before + sweep as u64), &mut visible);
            }
            (group, visible)
        };
        let parts: Vec<(Group, States)> =
            ladders.par_chunks_mut(size).zip(found.par_iter_mut()).enumerate().map(run).collect();
        for (group, part) in parts {
            (0..part.rows()).for_each(|row| whole.row_mut(group.row(row)).copy_from_slice(part.row(row)));
        }
        self.sweeps += sweeps as u64;
    }

    /// What all ladders count.
    fn sums(&self) -> Sums {
        Sums::of(self.rungs.places.len(), self.ladders.iter().map(|ladder| &ladder.sums))
    }

    /// States of the ladders' chains on a rung.
    fn at(&self, rung: usize) -> States {
        let count = self.ladders.len();
        self.visible.select(&(rung * count..(rung + 1) * count).collect::<Vec<_>>())
    }

    /// Places the rungs by what `sweeps` sweeps show. Returns the visible means that chains of the
    /// first state have.
    fn tune(&mut self, sweeps: usize) -> Vec<f64> {
        self.run(sweeps / 2, false);
        let first = self.rungs.of_knots()[1];
        let mut seen = vec![0.0; self.rungs.visible()];
        for _ in 0..sweeps / 2 {
            self.run(1, true);
            let means = self.at(first).means();
            seen.iter_mut().zip(means).for_each(|(seen, mean)| *seen += mean / (sweeps / 2) as f64);
        }
        let sums = self.sums();
        let old = &self.rungs.places;
        let places = place(old, &wanted(&sums));
        // Of every new rung the old one before it, and the share of the way to the next.
        let between = |place: f64| {
            let after = old.partition_point(|old| *old < place).clamp(1, old.len() - 1);
            (after - 1, (place - old[after - 1]) / (old[after] - old[after - 1]))
        };
        // The constants are differences of the free energy, which is smooth along the path.
        let mut whole = vec![0.0];
        sums.constants(&self.constants).iter().for_each(|c| whole.push(whole[whole.len() - 1] + c));
        let height = |place: f64| {
            let (before, share) = between(place);
            whole[before] + (whole[before + 1] - whole[before]) * share
        };
        self.constants = places.windows(2).map(|pair| height(pair[1]) - height(pair[0])).collect();
        let count = self.ladders.len();
        let nearest = |place: &f64| {
            let (before, share) = between(*place);
            let rung = before + usize::from(share >= 0.5);
            (0..count).map(move |ladder| rung * count + ladder)
        };
        self.visible = self.visible.select(&places.iter().flat_map(nearest).collect::<Vec<_>>());
        self.rungs.places = places;
        self.forget();
        seen
    }

    /// `sweeps` sweeps of every chain without counting them.
    pub fn settle(&mut self, sweeps: usize) {
        self.run(sweeps, false);
    }

    /// `sweeps` sweeps of every chain; returns about `samples` states of the last machine, evenly
    /// over them.
    pub fn extend(&mut self, sweeps: usize, samples: usize) -> States {
        let count = self.ladders.len();
        let looks = samples.div_ceil(count).clamp(1, sweeps.max(1));
        let mut words = Vec::new();
        for look in 0..looks {
            self.run(sweeps * (look + 1) / looks - sweeps * look / looks, true);
            words.extend_from_slice(self.at(self.rungs.places.len() - 1).words());
        }
        let visible = self.rungs.visible();
        States::from_words(looks * count, visible, words).unwrap_or_else(|| States::zeros(0, visible))
    }

    /// Where the rungs lie, as [`Rung::place`] says.
    pub fn places(&self) -> &[f64] {
        &self.rungs.places
    }

    /// What the sweeps that count say.
    pub fn found(&self) -> Tracked {
        let rungs = self.rungs.places.len();
        let visible = self.rungs.knots[0].visible_bias().iter().map(|c| softplus(f64::from(*c))).sum::<f64>();
        let base = visible + self.rungs.hidden() as f64 * std::f64::consts::LN_2;
        let all = self.sums();
        let ladders: Vec<&Sums> = self.ladders.iter().map(|ladder| &ladder.sums).collect();
        let whole = ladder::log_partitions(rungs, &ladders, &self.constants);
        let rung = |(at, (ratio, se)): (usize, (f64, f64))| Rung {
            place: self.rungs.places[at],
            log_partition: base + ratio,
            se,
        };
        Tracked {
            rungs: whole.into_iter().enumerate().map(rung).collect(),
            round_trips: all.trips,
            fewest_round_trips: self.ladders.iter().map(|ladder| ladder.sums.trips).min().unwrap_or(0),
            ladders: self.ladders.len(),
            sweeps: all.sweeps / self.ladders.len(),
            most_refused: all.refused().into_iter().fold(0.0, libm::fmaximum),
        }
    }
}

/// The units of both layers, where the states make a trajectory.
fn check(machines: &[Rbm<f32>]) -> Result<(usize, usize), TrajectoryError> {
    let (Some(first), true) = (machines.first(), machines.len() < MOST) else {
        return Err(TrajectoryError::Count { got: machines.len() });
    };
    let shape = |machine: &Rbm<f32>| (machine.visible, machine.hidden);
    let units = |machine: &Rbm<f32>| format!("{} x {}", machine.visible, machine.hidden);
    for (at, machine) in machines.iter().enumerate() {
        if shape(machine) != shape(first) {
            return Err(TrajectoryError::Shape { at, got: units(machine), first: units(first) });
        }
        if machine.visible == 0 || machine.hidden == 0 {
            return Err(TrajectoryError::State { at, why: "a layer has no units" });
        }
        // No field is larger, whatever the state.
        let size = |values: &[f32]| values.iter().map(|x| f64::from(x.abs())).sum::<f64>();
        let whole = size(&machine.weights) + size(&machine.visible_bias) + size(&machine.hidden_bias);
        if whole.is_nan() || whole > f64::from(f32::MAX) / 4.0 {
            return Err(TrajectoryError::State { at, why: "its fields are beyond what single precision holds" });
        }
    }
    Ok(shape(first))
}

/// Rungs of which one pair is where one is wanted, from how many are wanted where each pair is now.
/// Knots stay.
fn place(places: &[f64], wanted: &[f64]) -> Vec<f64> {
    let steps = wanted;
    let segments = places[places.len() - 1] as usize;
    let ends: Vec<usize> = (0..=segments).map(|knot| places.partition_point(|place| *place < knot as f64)).collect();
    let want = |scale: f64| -> Vec<usize> {
        let pairs = |ends: &[usize]| scale * steps[ends[0]..ends[1]].iter().sum::<f64>();
        ends.windows(2).map(|ends| (pairs(ends).ceil() as usize).clamp(1, MOST)).collect()
    };
    let (mut scale, mut pairs) = (1.0, want(1.0));
    while pairs.iter().sum::<usize>() >= MOST {
        scale *= 0.9;
        pairs = want(scale);
    }
    let mut placed = vec![0.0];
    for (segment, pairs) in pairs.into_iter().enumerate() {
        let (mut at, mut before) = (ends[segment], 0.0);
        let total = steps[at..ends[segment + 1]].iter().sum::<f64>();
        for k in 1..pairs {
            let want = total * k as f64 / pairs as f64;
            while before + steps[at] < want && at + 1 < ends[segment + 1] {
                before += steps[at];
                at += 1;
            }
            let place = places[at] + (places[at + 1] - places[at]) * ((want - before) / steps[at]).min(1.0);
            // A share in single precision, as fields are mixed by it.
            let share = ((place - segment as f64) as f32).clamp(f32::EPSILON, 1.0 - f32::EPSILON);
            placed.push(segment as f64 + f64::from(share));
        }
        placed.push(segment as f64 + 1.0);
    }
    placed
}

/// Share of exchanges that a pair should refuse.
const REFUSED: f64 = 0.4;

/// The standard deviation s of Δ at which it does: erf(s/2) = 0.4 (scipy 1.17.1, 2 erfinv(0.4)).
const SPREAD: f64 = 0.741_614_3;

/// Rounds in which rungs are placed, sweeps of the first, at least and at most; each has twice as
/// many as that before.
const ROUNDS: usize = 5;
const LEAST: usize = 8;
const FIRST: usize = 40;

/// Sweeps of a state of the training by itself before its chains exchange.
const ALONE: usize = 50;

/// Pairs of rungs at first, from independent units to the first state and between two states.
const FROM_INDEPENDENT: usize = 16;
const BETWEEN: usize = 3;

/// Groups of ladders at most: the kernel's tables repay themselves with several chains per rung.
const GROUPS: usize = 4;

/// Rungs at most.
pub const MOST: usize = 300;

#[cfg(test)]
mod tests;
