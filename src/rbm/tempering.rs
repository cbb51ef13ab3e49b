//! ln Z and samples by parallel tempering: chains on every step of a path exchange their steps, so
//! that states which one temperature never leaves are left at another.
//!
//! One ladder is one chain per step of the path, its rungs. After each sweep neighbours exchange
//! rungs with probability min(1, e^((t − t')(u' − u))), u as in [`super::path`]; even and odd pairs
//! take turns: S. Syed, A. Bouchard-Côté, G. Deligiannidis and A. Doucet, J. R. Stat. Soc. B 84,
//! 321 (2022), where also the rungs are placed so that every pair refuses alike often.
//!
//! ln Z is the sum over neighbours of the acceptance-ratio estimate, C. H. Bennett, J. Comput.
//! Phys. 22, 245 (1976), with the hidden layer summed out: e^C ⟨σ(Δ − C)⟩ / ⟨σ(C − Δ)⟩ for Δ = ln
//! f_t'(v)/f_t(v), which is right for every C. Ladders are independent of each other, and the
//! standard error is that between them.

use super::gibbs::{Chains, Layer, Rule, hidden_means};
use super::kernel::transposed;
use super::origins::{self, biases};
use super::path::{Path, Tilt, log_ratio, sum_on};
use super::{Rbm, stream};
use crate::bits::States;
use crate::math::logistic;
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
    /// (a − c)·v of the state that a sweep starts from, and of the one that it ends in.
    along: f64,
    next: f64,
    /// ln f at the rung above, and below, over f at its own.
    up: f64,
    down: f64,
    /// u of both layers after the sweep.
    u: f64,
    /// The end of the ladder that it was at last.
    end: End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Neither,
    Low,
    High,
}

/// One ladder; sums are by pair of neighbours.
struct Ladder {
    seats: Vec<Seat>,
    /// Which chain is on each rung.
    at: Vec<usize>,
    rng: ChaCha8Rng,
    odd: bool,
    sums: Sums,
}

#[derive(Clone, Default)]
struct Sums {
    /// Of σ(Δ − C) at the lower rung, and of σ(C − Δ) at the upper one.
    up: Vec<f64>,
    down: Vec<f64>,
    /// Of Δ at the lower rung, and at the upper one.
    low: Vec<f64>,
    high: Vec<f64>,
    /// Of the probability to exchange.
    exchanged: Vec<f64>,
    sweeps: usize,
    trips: usize,
}

impl Sums {
    fn new(rungs: usize) -> Self {
        let zeros = || vec![0.0; rungs - 1];
        Self { up: zeros(), down: zeros(), low: zeros(), high: zeros(), exchanged: zeros(), sweeps: 0, trips: 0 }
    }

    fn add(&mut self, other: &Self) {
        let add = |a: &mut [f64], b: &[f64]| a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        add(&mut self.up, &other.up);
        add(&mut self.down, &other.down);
        add(&mut self.low, &other.low);
        add(&mut self.high, &other.high);
        add(&mut self.exchanged, &other.exchanged);
        self.sweeps += other.sweeps;
        self.trips += other.trips;
    }

    /// ln Z_1/Z_0, with the constants C.
    fn log_ratio(&self, constants: &[f64]) -> f64 {
        let pairs = self.up.iter().zip(&self.down).zip(constants);
        pairs.map(|((up, down), c)| c + libm::log(up / down)).sum()
    }

    /// Half the sum of Δ's means at both rungs: Bennett's C up to third cumulants.
    fn constants(&self) -> Vec<f64> {
        let n = 2.0 * self.sweeps.max(1) as f64;
        self.low.iter().zip(&self.high).map(|(low, high)| (low + high) / n).collect()
    }

    /// Share of exchanges that each pair refuses.
    fn refused(&self) -> Vec<f64> {
        self.exchanged.iter().map(|sum| 1.0 - sum / self.sweeps.max(1) as f64).collect()
    }
}

struct Exchange<'a> {
    path: &'a Path,
    tilt: &'a Tilt,
    hidden_bias: &'a [f64],
    constants: &'a [f64],
    /// Whether sums are taken.
    counts: bool,
}

impl Rule<Ladder> for Exchange<'_> {
    fn change(&self, ladder: &mut Ladder, member: usize, (_, layer, left): (usize, Layer, usize), z: &mut [f32]) {
        let seat = &mut ladder.seats[member];
        let betas = &self.path.betas;
        let t = betas[seat.rung];
        match layer {
            Layer::Hidden => {
                if self.counts {
                    if let Some(above) = betas.get(seat.rung + 1) {
                        seat.up += log_ratio(z, t, *above);
                    }
                    if seat.rung > 0 {
                        seat.down += log_ratio(z, t, betas[seat.rung - 1]);
                    }
                }
                z.iter_mut().for_each(|z| *z *= t as f32);
            }
            Layer::Visible => {
                let bias = &self.path.bias[left..];
                z.iter_mut().zip(bias).for_each(|(z, c)| *z = c + t as f32 * (*z - c));
            }
        }
    }

    fn drawn(&self, ladder: &mut Ladder, member: usize, (layer, left): (Layer, usize), fields: &[f32], mut on: u64) {
        let seat = &mut ladder.seats[member];
        match layer {
            Layer::Hidden => seat.u += sum_on(&self.hidden_bias[left..], on),
            Layer::Visible => {
                seat.next += self.tilt.sum(left, on);
                let bias = &self.path.bias[left..];
                while on != 0 {
                    let unit = on.trailing_zeros() as usize;
                    seat.u += f64::from(fields[unit]) - f64::from(bias[unit]);
                    on &= on - 1;
                }
            }
        }
    }

    fn swept(&self, ladder: &mut Ladder) {
        let betas = &self.path.betas;
        let Ladder { seats, at, rng, odd, sums } = ladder;
        if self.counts {
            sums.sweeps += 1;
            for (low, pair) in betas.windows(2).enumerate() {
                let (below, above) = (&seats[at[low]], &seats[at[low + 1]]);
                let by = pair[1] - pair[0];
                let (up, down) = (below.up + by * below.along, above.down - by * above.along);
                sums.up[low] += logistic(up - self.constants[low]);
                sums.down[low] += logistic(down + self.constants[low]);
                sums.low[low] += up;
                sums.high[low] -= down;
            }
        }
        for (low, pair) in betas.windows(2).enumerate() {
            let (below, above) = (at[low], at[low + 1]);
            let chance = libm::exp(((pair[0] - pair[1]) * (seats[above].u - seats[below].u)).min(0.0));
            sums.exchanged[low] += if self.counts { chance } else { 0.0 };
            if (low % 2 == 1) == *odd && rng.random::<f64>() < chance {
                at.swap(low, low + 1);
                (seats[below].rung, seats[above].rung) = (low + 1, low);
            }
        }
        *odd = !*odd;
        for seat in seats.iter_mut() {
            (seat.along, seat.next, seat.up, seat.down, seat.u) = (seat.next, 0.0, 0.0, 0.0, 0.0);
        }
        seats[at[betas.len() - 1]].end = match seats[at[betas.len() - 1]].end {
            End::Low => End::High,
            end => end,
        };
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
    transposed: Vec<f32>,
    hidden_bias: Vec<f64>,
    /// The path: its biases are close to the mean visible state.
    pub path: Path,
    constants: Vec<f64>,
    chains: Chains,
    ladders: Vec<Ladder>,
}

impl<'a> Tempering<'a> {
    /// `ladders` (at least 2) ladders on a path that starts from biases near `bias` and is placed
    /// by what tempering shows: in about twice `sweeps` sweeps, between 500 and 2,520.
    pub fn new(machine: &'a Rbm<f32>, means: Vec<f64>, ladders: usize, sweeps: usize, key: [u8; 32]) -> Self {
        let first = (sweeps / 32).clamp(8, FIRST);
        let mut key = key;
        let path = Path { bias: biases(means.iter().copied(), 32), ..Path::even(machine, 24) };
        let mut seen = vec![0.0; machine.visible];
        let mut new = Self::on_path(machine, path, vec![0.0; 23], ladders.max(2), key);
        for round in 0..ROUNDS {
            let (now, states) = new.tune(first << round);
            seen.iter_mut().zip(&now).for_each(|(seen, now)| *seen += now);
            if round + 1 < ROUNDS {
                let half = |(mean, seen): (&f64, &f64)| 0.5 * mean + 0.5 * seen / (round as f64 + 1.0);
                new.path.bias = biases(means.iter().zip(&seen).map(half), 32);
            }
            // Other random numbers in every round.
            key[31] = key[31].wrapping_add(1);
            new.place(states, key);
        }
        new
    }

    fn on_path(machine: &'a Rbm<f32>, path: Path, constants: Vec<f64>, ladders: usize, key: [u8; 32]) -> Self {
        let transposed = transposed(&machine.weights, machine.visible, machine.hidden);
        let hidden_bias = machine.hidden_bias.iter().map(|b| f64::from(*b)).collect();
        let chains = Chains::new(States::zeros(0, machine.visible), key, 0);
        let mut new = Self { machine, transposed, hidden_bias, path, constants, chains, ladders: Vec::new() };
        new.restart(ladders, key);
        new
    }

    /// Ladders whose chains start independent.
    fn restart(&mut self, ladders: usize, key: [u8; 32]) {
        let states = self.path.start(ladders * self.path.betas.len(), key);
        self.place(states, key);
    }

    /// Ladders whose chains start from `states`, as many per ladder as the path has rungs, from t =
    /// 0 on.
    fn place(&mut self, states: States, key: [u8; 32]) {
        let rungs = self.path.betas.len();
        let tilt = self.path.tilt(self.machine);
        let seat = |row: usize| Seat {
            rung: row % rungs,
            along: tilt.of(&states, row),
            next: 0.0,
            up: 0.0,
            down: 0.0,
            u: 0.0,
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
        let Self { machine, transposed, path, hidden_bias, constants, chains, ladders } = self;
        let rule = Exchange { path, tilt: &tilt, hidden_bias, constants, counts };
        chains.run((machine, transposed), sweeps, ladders, &rule);
    }

    /// States of the ladders' chains on a rung.
    fn on(&self, rung: usize) -> States {
        let rungs = self.path.betas.len();
        let rows = self.ladders.iter().enumerate().map(|(number, ladder)| number * rungs + ladder.at[rung]);
        self.chains.visible.select(&rows.collect::<Vec<_>>())
    }

    fn sums<'b>(&'b self, of: impl Iterator<Item = &'b Ladder>) -> Sums {
        let mut sums = Sums::new(self.path.betas.len());
        of.for_each(|ladder| sums.add(&ladder.sums));
        sums
    }

    /// ln Z and its standard error by leaving one ladder out at a time.
    fn estimate(&self, ladders: &[&Ladder]) -> (f64, f64) {
        let base = self.path.log_partition(self.machine.hidden);
        let of = |left_out: usize| {
            let kept = ladders.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, ladder)| *ladder);
            base + self.sums(kept).log_ratio(&self.constants)
        };
        let n = ladders.len() as f64;
        let without: Vec<f64> = (0..ladders.len()).map(of).collect();
        let mean = without.iter().sum::<f64>() / n;
        let square = without.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
        (of(ladders.len()), ((n - 1.0) / n * square).sqrt())
    }

    /// Places the rungs by what `sweeps` sweeps show. Returns the visible means that the chains of
    /// the machine have, and the chains at the nearest rung, for [`Self::place`].
    fn tune(&mut self, sweeps: usize) -> (Vec<f64>, States) {
        const LOOKS: usize = 8;
        let now = self.path.betas.len();
        self.run(sweeps / 2, false);
        let turned = origins::turned(self.machine);
        let mut sum = vec![0.0; self.machine.visible];
        for look in 0..LOOKS {
            self.run((sweeps / 2 / LOOKS).max(1), true);
            let top = self.on(now - 1);
            let with = look % self.ladders.len();
            let seen = means(self.machine, &turned, &top, &mut self.ladders[with].rng);
            sum.iter_mut().zip(&seen).for_each(|(sum, mean)| *sum += mean / LOOKS as f64);
        }
        let sums = self.sums(self.ladders.iter());
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
        let states = self.chains.visible.select(&rows.collect::<Vec<_>>());
        // The constants are differences of the free energy, which is smooth along the path.
        let mut whole = vec![0.0];
        sums.constants().iter().for_each(|c| whole.push(whole[whole.len() - 1] + c));
        let height = |t: f64| {
            let (after, before) = (after(t), after(t) - 1);
            whole[before] + (whole[after] - whole[before]) * (t - old[before]) / (old[after] - old[before])
        };
        self.constants = betas.windows(2).map(|pair| height(pair[1]) - height(pair[0])).collect();
        self.path.betas = betas;
        (sum, states)
    }

    /// `sweeps` sweeps of every chain without counting them.
    pub fn settle(&mut self, sweeps: usize) {
        self.run(sweeps, false);
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
        let all: Vec<&Ladder> = self.ladders.iter().collect();
        let sums = self.sums(self.ladders.iter());
        let (mean, se) = self.estimate(&all);
        Tempered {
            mean,
            se,
            round_trips: sums.trips,
            rungs: self.path.betas.len(),
            ladders: self.ladders.len(),
            sweeps: sums.sweeps / self.ladders.len(),
            most_refused: sums.refused().into_iter().fold(0.0, libm::fmaximum),
        }
    }
}

/// Visible means given the hidden units that states draw: of P(v = 1) with less noise than of v.
fn means(machine: &Rbm<f32>, turned: &Rbm<f32>, states: &States, rng: &mut ChaCha8Rng) -> Vec<f64> {
    let m = machine.hidden;
    let up = hidden_means(machine, states);
    let hidden = States::from_fn(states.rows(), m, |row, unit| rng.random::<f32>() < up[row * m + unit]);
    let down = hidden_means(turned, &hidden);
    let mut sums = vec![0.0; machine.visible];
    for row in down.chunks(machine.visible.max(1)) {
        sums.iter_mut().zip(row).for_each(|(sum, p)| *sum += f64::from(*p));
    }
    sums.iter().map(|sum| sum / states.rows() as f64).collect()
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

/// Rungs at most.
pub const MOST: usize = 300;

#[cfg(test)]
pub(super) mod tests;
