//! ln Z and samples by parallel tempering: chains on every step of a path exchange their steps, so
//! that states which one temperature never leaves are left at another.
//!
//! One ladder is one chain per step of the path, its rungs. After each sweep neighbours exchange
//! rungs with probability min(1, r), r the ratio of both rungs' laws of visible and hidden units
//! after and before; even and odd pairs take turns: S. Syed, A. Bouchard-Côté, G. Deligiannidis and
//! A. Doucet, J. R. Stat. Soc. B 84, 321 (2022), where also the rungs are placed so that every pair
//! refuses alike often.
//!
//! ln Z is the sum over neighbours of Bennett's estimate from the acceptance ratio (`ladder.rs`).
//! Ladders are independent of each other, and the standard error is that between them.

use super::gibbs::{Chains, Layer, Rule};
use super::kernel::Layers;
use super::ladder::{self, End, Sums};
use super::origins::Means;
use super::path::{Base, Path, Tilt, coupling};
use super::{Rbm, stream};
use crate::bits::States;
use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use serde::Serialize;

/// What tempering finds.
#[derive(Clone, Debug, Serialize)]
pub struct Tempered {
    /// ln Z.
    pub mean: f64,
    /// Its standard error, from the spread between ladders.
    pub se: f64,
    /// Times that a chain went from t = 0 to t = 1 and back, all ladders together.
    pub round_trips: usize,
    /// Those of the ladder that made the fewest.
    pub fewest_round_trips: usize,
    /// Rungs of a ladder.
    pub rungs: usize,
    /// Ladders.
    pub ladders: usize,
    /// Sweeps of every chain that count.
    pub sweeps: usize,
    /// Largest share of exchanges that a pair of rungs refuses.
    pub most_refused: f64,
}

/// One chain.
struct Seat {
    rung: usize,
    /// x as in [`Tilt`], and vᵀWh, of what the sweep has drawn so far.
    x: Vec<f64>,
    coupling: f64,
    /// The base that it is drawn with.
    base: usize,
    /// The end of the ladder that it was at last.
    end: End,
}

/// One ladder.
struct Ladder {
    seats: Vec<Seat>,
    /// Which chain is on each rung.
    at: Vec<usize>,
    rng: ChaCha8Rng,
    odd: bool,
    sums: Sums,
}

struct Exchange<'a> {
    path: &'a Path,
    tilt: &'a Tilt,
    visible_bias: &'a [f32],
    constants: &'a [f64],
    /// Whether sums are taken.
    counts: bool,
}

impl Rule<Ladder> for Exchange<'_> {
    fn change(&self, ladder: &mut Ladder, member: usize, (_, layer, left): (usize, Layer, usize), z: &mut [f32]) {
        let seat = &ladder.seats[member];
        self.path.change(seat.base, (layer, left), self.path.betas[seat.rung], z);
    }

    fn drawn(&self, ladder: &mut Ladder, member: usize, at: (Layer, usize), fields: &[f32], on: u64) {
        let seat = &mut ladder.seats[member];
        self.tilt.add(&mut seat.x, at, on);
        if let (Layer::Visible, left) = at {
            seat.coupling += coupling(fields, &self.visible_bias[left..], on);
        }
    }

    fn swept(&self, ladder: &mut Ladder) {
        let betas = &self.path.betas;
        let Ladder { seats, at, rng, odd, sums } = ladder;
        sums.sweeps += usize::from(self.counts);
        for (low, pair) in betas.windows(2).enumerate() {
            let (below, above) = (at[low], at[low + 1]);
            // Δ of a state.
            let up = |seat: &Seat| (pair[1] - pair[0]) * seat.coupling + self.tilt.log_ratio(&seat.x, pair[0], pair[1]);
            let (from_below, from_above) = (up(&seats[below]), up(&seats[above]));
            let chance = libm::exp(libm::fminimum(from_below - from_above, 0.0));
            if self.counts {
                sums.count(low, (from_below, from_above), self.constants[low], chance);
            }
            if (low % 2 == 1) == *odd && rng.random::<f64>() < chance {
                at.swap(low, low + 1);
                (seats[below].rung, seats[above].rung) = (low + 1, low);
            }
        }
        *odd = !*odd;
        for seat in seats.iter_mut() {
            if seat.x.len() > 1 {
                seat.base = self.tilt.base(&seat.x, betas[seat.rung], rng.random());
            }
            seat.x.copy_from_slice(self.tilt.none());
            seat.coupling = 0.0;
        }
        let highest = &mut seats[at[betas.len() - 1]];
        highest.end = highest.end.at_high();
        let lowest = &mut seats[at[0]];
        if self.counts && lowest.end == End::High {
            sums.trips += 1;
        }
        lowest.end = End::Low;
    }
}

/// Ladders on one path.
pub struct Tempering<'a> {
    machine: &'a Rbm<f32>,
    layers: Layers,
    /// The path; its first base has about the means of the machine's units.
    pub path: Path,
    constants: Vec<f64>,
    chains: Chains,
    ladders: Vec<Ladder>,
    /// Random numbers of the chains since they were placed.
    key: [u8; 32],
    /// Sweeps of the first round of placing.
    first: usize,
}

impl<'a> Tempering<'a> {
    /// `ladders` (at least 2) ladders on a path that starts from units with means near `means` and
    /// is placed by what tempering shows: in about twice `sweeps` sweeps, between 570 and 2,510.
    pub fn new(machine: &'a Rbm<f32>, means: &Means, ladders: usize, sweeps: usize, key: [u8; 32]) -> Self {
        let path = means.path(24);
        let mut seen = Means::none(machine);
        let mut new = Self::on_path(machine, path, vec![0.0; 23], ladders.max(2), key);
        new.first = (sweeps / 32).clamp(8, FIRST);
        for round in 0..ROUNDS {
            let (now, states) = new.tune(new.first << round);
            seen.add(&now, 1.0);
            if round + 1 < ROUNDS {
                let mut half = Means::none(machine);
                half.add(means, 0.5);
                half.add(&seen, 0.5 / (round as f64 + 1.0));
                new.path.bases = half.path(2).bases;
            }
            new.place(states);
        }
        new
    }

    /// Ladders on a path that starts from these bases (at least one), placed anew from the states
    /// of these ladders.
    pub fn with(&self, bases: Vec<Base>) -> Self {
        let path = Path { bases, betas: self.path.betas.clone() };
        let rungs = path.betas.len();
        let by_rung =
            |(number, ladder): (usize, &Ladder)| ladder.at.iter().map(move |at| number * rungs + at).collect();
        let rows: Vec<Vec<usize>> = self.ladders.iter().enumerate().map(by_rung).collect();
        let mut key = self.key;
        key[30] = key[30].wrapping_add(1);
        let mut new = Self {
            machine: self.machine,
            layers: self.layers.clone(),
            path,
            constants: self.constants.clone(),
            chains: self.chains.clone(),
            ladders: Vec::new(),
            key,
            first: self.first,
        };
        // Which base a state belongs to is not known yet.
        let bases = (0..rungs * self.ladders.len()).map(|row| row % new.path.bases.len()).collect();
        let mut states = (self.chains.visible.select(&rows.concat()), bases);
        for round in AGAIN {
            new.place(states);
            states = new.tune(new.first << round).1;
        }
        // Bases that hardly a state shows are left out: each takes time.
        let first = new.path.log_partition();
        let states = new.path.leave_out(states);
        // All are in units of the first one.
        let moved = first - new.path.log_partition();
        let pairs = new.constants.iter_mut().zip(new.path.betas.windows(2));
        pairs.for_each(|(constant, pair)| *constant += (pair[1] - pair[0]) * moved);
        new.place(states);
        new
    }

    fn on_path(machine: &'a Rbm<f32>, path: Path, constants: Vec<f64>, ladders: usize, key: [u8; 32]) -> Self {
        let layers = Layers::of(machine);
        let chains = Chains::new(States::zeros(0, machine.visible), key, 0);
        let states = path.start(ladders * path.betas.len(), key);
        let bases = vec![0; states.rows()];
        let mut new = Self { machine, layers, path, constants, chains, ladders: Vec::new(), key, first: FIRST };
        new.place((states, bases));
        new
    }

    /// Ladders whose chains start from `states` drawn with `bases`, as many per ladder as the path
    /// has rungs, from t = 0 on; every time with other random numbers.
    fn place(&mut self, (states, bases): (States, Vec<usize>)) {
        self.key[31] = self.key[31].wrapping_add(1);
        let key = self.key;
        let rungs = self.path.betas.len();
        let tilt = self.path.tilt(self.machine);
        let seat = |row: usize| Seat {
            rung: row % rungs,
            x: tilt.none().to_vec(),
            coupling: 0.0,
            base: bases[row],
            end: End::Neither,
        };
        let ladder = |number: usize| Ladder {
            seats: (0..rungs).map(|rung| seat(number * rungs + rung)).collect(),
            at: (0..rungs).collect(),
            rng: stream(key, (1 << 63) + number as u64),
            odd: false,
            sums: Sums::new(rungs),
        };
        self.ladders = (0..states.rows() / rungs).map(ladder).collect();
        self.chains = Chains::new(states, key, 0);
    }

    fn run(&mut self, sweeps: usize, counts: bool) {
        let tilt = self.path.tilt(self.machine);
        let Self { machine, layers, path, constants, chains, ladders, .. } = self;
        let rule = Exchange { path, tilt: &tilt, visible_bias: &machine.visible_bias, constants, counts };
        chains.run(layers, sweeps, ladders, &rule);
    }

    /// States of the ladders' chains on a rung.
    fn on(&self, rung: usize) -> States {
        let rungs = self.path.betas.len();
        let rows = self.ladders.iter().enumerate().map(|(number, ladder)| number * rungs + ladder.at[rung]);
        self.chains.visible.select(&rows.collect::<Vec<_>>())
    }

    /// What all ladders count.
    fn sums(&self) -> Sums {
        Sums::of(self.path.betas.len(), self.ladders.iter().map(|ladder| &ladder.sums))
    }

    /// Places the rungs by what `sweeps` sweeps show, and shares the bases out by the states of the
    /// machine that these reach. Returns the means of the machine's units, and the chains at the
    /// nearest rung, for [`Self::place`].
    fn tune(&mut self, sweeps: usize) -> (Means, (States, Vec<usize>)) {
        const LOOKS: usize = 32;
        let now = self.path.betas.len();
        self.run(sweeps / 2, false);
        let turned = self.machine.exchanged();
        let (mut sum, mut seen) = (Means::none(self.machine), Vec::new());
        for look in 0..LOOKS {
            self.run((sweeps / 2 / LOOKS).max(1), true);
            let top = self.on(now - 1);
            let with = look % self.ladders.len();
            seen.extend_from_slice(top.words());
            sum.add(&Means::of((self.machine, &turned), &top, &mut self.ladders[with].rng), 1.0 / LOOKS as f64);
        }
        let sums = self.sums();
        let refused = sums.refused();
        let most = refused.iter().copied().fold(0.0, libm::fmaximum);
        // A pair that refuses nearly all is further apart than its share says.
        let wide = if most > 0.9 { 2 * now } else { 0 };
        let rungs = ((refused.iter().sum::<f64>() / REFUSED).ceil() as usize + 1).max(wide).clamp(6, MOST);
        let betas = place(&self.path.betas, &refused, rungs);
        let old = &self.path.betas;
        let after = |t: f64| old.partition_point(|beta| *beta < t).clamp(1, now - 1);
        let nearest = |t: f64| {
            let after = after(t);
            if t - old[after - 1] < old[after] - t { after - 1 } else { after }
        };
        let ladders = self.ladders.iter().enumerate();
        let rows =
            ladders.flat_map(|(number, ladder)| betas.iter().map(move |t| number * now + ladder.at[nearest(*t)]));
        let rows: Vec<usize> = rows.collect();
        let base = |row: &usize| self.ladders[row / now].seats[row % now].base;
        let states = (self.chains.visible.select(&rows), rows.iter().map(base).collect());
        // The constants are differences of the free energy, which is smooth along the path.
        let mut whole = vec![0.0];
        sums.constants(&self.constants).iter().for_each(|c| whole.push(whole[whole.len() - 1] + c));
        let height = |t: f64| {
            let (after, before) = (after(t), after(t) - 1);
            whole[before] + (whole[after] - whole[before]) * (t - old[before]) / (old[after] - old[before])
        };
        self.constants = betas.windows(2).map(|pair| height(pair[1]) - height(pair[0])).collect();
        self.path.betas = betas;
        let seen = States::from_words(LOOKS * self.ladders.len(), self.machine.visible, seen);
        self.path.share_out(&seen.unwrap_or_else(|| States::zeros(0, self.machine.visible)));
        (sum, states)
    }

    /// `sweeps` sweeps of every chain without counting them.
    pub fn settle(&mut self, sweeps: usize) {
        self.run(sweeps, false);
    }

    /// Sweeps so far no longer count.
    pub fn forget(&mut self) {
        let rungs = self.path.betas.len();
        self.ladders.iter_mut().for_each(|ladder| ladder.sums = Sums::new(rungs));
    }

    /// `sweeps` sweeps of every chain; returns about `samples` states of the machine, evenly over
    /// them.
    pub fn extend(&mut self, sweeps: usize, samples: usize) -> States {
        let looks = samples.div_ceil(self.ladders.len()).clamp(1, sweeps.max(1));
        let mut words = Vec::new();
        for look in 0..looks {
            self.run(sweeps * (look + 1) / looks - sweeps * look / looks, true);
            words.extend_from_slice(self.on(self.path.betas.len() - 1).words());
        }
        States::from_words(looks * self.ladders.len(), self.machine.visible, words)
            .unwrap_or_else(|| States::zeros(0, self.machine.visible))
    }

    /// What the sweeps that count say.
    pub fn found(&self) -> Tempered {
        let (sums, rungs) = (self.sums(), self.path.betas.len());
        let ladders: Vec<&Sums> = self.ladders.iter().map(|ladder| &ladder.sums).collect();
        let (log_ratio, se) = ladder::log_partitions(rungs, &ladders, &self.constants)[rungs - 1];
        Tempered {
            mean: self.path.log_partition() + log_ratio,
            se,
            round_trips: sums.trips,
            fewest_round_trips: self.ladders.iter().map(|ladder| ladder.sums.trips).min().unwrap_or(0),
            rungs,
            ladders: self.ladders.len(),
            sweeps: sums.sweeps / self.ladders.len(),
            most_refused: sums.refused().into_iter().fold(0.0, libm::fmaximum),
        }
    }
}

/// Rungs at which every pair refuses alike often, from what pairs refuse now.
fn place(betas: &[f64], refused: &[f64], rungs: usize) -> Vec<f64> {
    // A pair that refuses nothing still is some way.
    let steps: Vec<f64> = refused.iter().map(|r| r.max(1e-3)).collect();
    let total: f64 = steps.iter().sum();
    let (mut at, mut before) = (0, 0.0);
    let mut placed = vec![0.0];
    for k in 1..rungs - 1 {
        let want = total * k as f64 / (rungs - 1) as f64;
        while before + steps[at] < want && at + 1 < steps.len() {
            before += steps[at];
            at += 1;
        }
        placed.push(betas[at] + (betas[at + 1] - betas[at]) * ((want - before) / steps[at]).min(1.0));
    }
    placed.push(1.0);
    placed
}

/// Share of exchanges that a pair should refuse.
const REFUSED: f64 = 0.4;

/// Rounds in which the path is placed, and sweeps of the first at most; each has twice as many as
/// that before.
const ROUNDS: usize = 6;
const FIRST: usize = 40;

/// The rounds that are run again when the path has got another base.
const AGAIN: std::ops::Range<usize> = 2..5;

/// Rungs at most.
pub const MOST: usize = 300;

#[cfg(test)]
pub(super) mod tests;
