//! Machines on the way through a training, and sweeps of chains on all of them.
//!
//! Knots are machines of equal shape in order, the first of independent units: W = 0, a = c, b = 0.
//! Between two neighbours the parameters are linear, and so are the fields of both layers: those of
//! a chain anywhere between two knots are mixtures of its fields at both. The kernel finds these
//! for all chains between the knots at once, and no machine between them is ever written out.
#![allow(unsafe_code)] // multiversion's dispatch on the instruction set expands to it; there is none of ours.

use crate::bits::States;
use crate::math;
use crate::rbm::Rbm;
use crate::rbm::draws::{Draws, draws};
use crate::rbm::kernel::{Layers, Scratch, fields};
use crate::rbm::path::sum_on;
use rayon::prelude::*;

/// Chains that one worker takes at a time: enough to repay the kernel's tables.
const CHUNK: usize = 128;

/// A machine that is passed.
pub(super) struct Knot {
    /// None where W = 0 and b = 0.
    layers: Option<Layers>,
    visible_bias: Vec<f32>,
    /// The same in double precision.
    bias: Vec<f64>,
    /// M.
    hidden: usize,
}

impl Knot {
    /// Independent units at biases c, and hidden ones at 0.
    pub(super) fn independent(bias: Vec<f32>, hidden: usize) -> Self {
        Self::of(None, bias, hidden)
    }

    pub(super) fn machine(machine: &Rbm<f32>) -> Self {
        Self::of(Some(Layers::of(machine)), machine.visible_bias.clone(), machine.hidden)
    }

    fn of(layers: Option<Layers>, visible_bias: Vec<f32>, hidden: usize) -> Self {
        let bias = visible_bias.iter().map(|a| f64::from(*a)).collect();
        Self { layers, visible_bias, bias, hidden }
    }

    /// Its visible biases.
    pub(super) fn visible_bias(&self) -> &[f32] {
        &self.visible_bias
    }
}

/// The machines of all rungs.
pub(super) struct Rungs {
    /// In order; at least two.
    pub(super) knots: Vec<Knot>,
    /// Where each rung lies, ascending from 0: k is knot k, which is a rung.
    pub(super) places: Vec<f64>,
}

/// Ladders whose chains are swept together: row r · count + l of their states is the chain of the
/// l-th of them on rung r.
#[derive(Clone, Copy)]
pub(super) struct Group {
    /// The first one's number.
    pub(super) first: usize,
    pub(super) count: usize,
    /// Ladders of all groups.
    pub(super) of: usize,
}

impl Group {
    /// The row of a chain among those of all groups.
    pub(super) fn row(&self, row: usize) -> usize {
        row / self.count * self.of + self.first + row % self.count
    }
}

/// Hidden fields of all chains at the knots around them.
#[derive(Default)]
pub(super) struct Fields(Vec<Around>);

/// Of the chains between the knot before one and the knot after it.
#[derive(Default)]
struct Around {
    /// The first of them.
    first: usize,
    /// Fields of the hidden units at this knot.
    z: Vec<f32>,
    /// a·v at this knot.
    along: Vec<f64>,
}

impl Fields {
    fn at(&self, knot: usize, row: usize, hidden: usize) -> &[f32] {
        let Around { first, z, .. } = &self.0[knot];
        &z[(row - first) * hidden..][..hidden]
    }
}

/// The part of the way in which a place lies, from knot `segment` to the next, and the share of it
/// that is behind: 0 at the very first place alone.
fn part(place: f64) -> (usize, f64) {
    let segment = (place.ceil() as usize).saturating_sub(1);
    (segment, place - segment as f64)
}

impl Rungs {
    pub(super) fn visible(&self) -> usize {
        self.knots[0].visible_bias.len()
    }

    pub(super) fn hidden(&self) -> usize {
        self.knots[0].hidden
    }

    /// The rung of every knot.
    pub(super) fn of_knots(&self) -> Vec<usize> {
        (0..self.knots.len()).map(|knot| self.places.partition_point(|place| *place < knot as f64)).collect()
    }

    /// Finds the hidden fields of chains at the given visible states.
    pub(super) fn look(&self, group: Group, visible: &States, found: &mut Fields) {
        let (m, per_row, ladders) = (self.hidden(), visible.words_per_row(), group.count);
        let ends = self.of_knots();
        found.0.resize_with(self.knots.len(), Around::default);
        found.0.par_iter_mut().zip(&self.knots).enumerate().for_each(|(knot_at, (around, knot))| {
            let last = (knot_at + 1).min(ends.len() - 1);
            around.first = ends[knot_at.saturating_sub(1)] * ladders;
            let rows = (ends[last] + 1) * ladders - around.first;
            around.z.resize(rows * m, 0.0);
            around.along.resize(rows, 0.0);
            let words = &visible.words()[around.first * per_row..][..rows * per_row];
            let parts = around.z.par_chunks_mut(CHUNK * m).zip(around.along.par_chunks_mut(CHUNK));
            parts.zip(words.par_chunks(CHUNK * per_row)).for_each_init(
                || Scratch::new(CHUNK),
                |scratch, ((z, along), words)| {
                    for (along, row) in along.iter_mut().zip(words.chunks(per_row)) {
                        let on = row.iter().enumerate();
                        *along = on.map(|(at, word)| sum_on(&knot.bias[at * 64..], *word)).sum();
                    }
                    let Some(layers) = &knot.layers else {
                        z.fill(0.0);
                        return;
                    };
                    fields(&layers.hidden, words, per_row, scratch, |row, left, fields| {
                        z[row * m + left..][..fields.len()].copy_from_slice(fields);
                    });
                },
            );
        });
    }

    /// ln f at the rung above a chain's own, and at the one below, over f at its own; 0 where there
    /// is none.
    pub(super) fn ratios(&self, group: Group, found: &Fields, row: usize) -> [f64; 2] {
        let rung = row / group.count;
        let log = |segment: usize, place: f64| {
            let share = place - segment as f64;
            let along = |knot: usize| found.0[knot].along[row - found.0[knot].first];
            let (from, to) = (segment, segment + 1);
            let z = |knot: usize| found.at(knot, row, self.hidden());
            along(from) + share * (along(to) - along(from)) + softplus_sum(z(from), z(to), share)
        };
        let segment = part(self.places[rung]).0;
        let own = log(segment, self.places[rung]);
        let above = self.places.get(rung + 1).map_or(own, |place| log(part(*place).0, *place));
        let below = if rung > 0 { log(segment, self.places[rung - 1]) } else { own };
        [above - own, below - own]
    }

    /// One sweep v → h → v of every chain at its rung, from the state of chain `source` of it: its
    /// own, or that of a neighbouring rung, whose fields were found. What is drawn depends only on
    /// the key, rung and ladder, and the number of the sweep.
    pub(super) fn sweep(&self, group: Group, from: (&Fields, &[usize]), by: ([u8; 32], u64), visible: &mut States) {
        let (ends, per_row, ladders) = (self.of_knots(), visible.words_per_row(), group.count);
        let (first, mut rest) = visible.words_mut().split_at_mut(ladders * per_row);
        let mut tasks = vec![Task { first: 0, segment: 0, between: 0, words: first }];
        for segment in 0..self.knots.len() - 1 {
            let (mut row, end) = ((ends[segment] + 1) * ladders, (ends[segment + 1] + 1) * ladders);
            while row < end {
                let rows = CHUNK.min(end - row);
                let (words, left) = rest.split_at_mut(rows * per_row);
                // The last ones are at the next knot itself.
                let between = rows.min((end - ladders).saturating_sub(row));
                tasks.push(Task { first: row, segment, between, words });
                (rest, row) = (left, row + rows);
            }
        }
        let memory = || (Scratch::new(CHUNK), vec![0.0; CHUNK * self.visible()]);
        tasks.into_par_iter().for_each_init(memory, |(scratch, low), task| {
            self.run(group, task, from, by, (scratch, low));
        });
    }

    fn run(
        &self,
        group: Group,
        Task { first, segment, between, words }: Task<'_>,
        (found, source): (&Fields, &[usize]),
        (key, number): ([u8; 32], u64),
        (scratch, from): (&mut Scratch, &mut [f32]),
    ) {
        let (n, m) = (self.visible(), self.hidden());
        let (per_row, per_hidden) = (n.div_ceil(64), m.div_ceil(64));
        let rows = words.len() / per_row;
        let before = u128::from(number) * u128::from(draws(n) + draws(m));
        let mut chains: Vec<Draws> =
            (first..first + rows).map(|row| Draws::new(key, group.row(row) as u64, before)).collect();
        let share = |row: usize| (self.places[(first + row) / group.count] - segment as f64) as f32;
        let (low, high) = (&self.knots[segment], &self.knots[segment + 1]);
        if first == 0 {
            for (draws, row) in chains.iter_mut().zip(words.chunks_mut(per_row)) {
                row.iter_mut().zip(low.visible_bias.chunks(64)).for_each(|(word, bias)| *word = draws.draw(bias));
            }
            return;
        }
        let mut hidden = vec![0u64; rows * per_hidden];
        for (row, (draws, words)) in chains.iter_mut().zip(hidden.chunks_mut(per_hidden)).enumerate() {
            let to = found.at(segment + 1, source[first + row], m);
            let from = if row < between { found.at(segment, source[first + row], m) } else { to };
            for (word, (from, to)) in words.iter_mut().zip(from.chunks(64).zip(to.chunks(64))) {
                let mut z = [0.0; 64];
                mix(from, to, share(row), &mut z[..to.len()]);
                *word = draws.draw(&z[..to.len()]);
            }
        }
        match &low.layers {
            None => from[..between * n].chunks_mut(n).for_each(|row| row.copy_from_slice(&low.visible_bias)),
            Some(layers) => {
                let states = &hidden[..between * per_hidden];
                fields(&layers.visible, states, per_hidden, scratch, |row, left, fields| {
                    from[row * n + left..][..fields.len()].copy_from_slice(fields);
                });
            }
        }
        // Only the first knot is of independent units, and nothing ends there.
        let Some(high) = &high.layers else { return };
        fields(&high.visible, &hidden, per_hidden, scratch, |row, left, fields| {
            let mut z = [0.0; 64];
            let z = &mut z[..fields.len()];
            let from = if row < between { &from[row * n + left..][..fields.len()] } else { &*fields };
            mix(from, fields, share(row), z);
            words[row * per_row + left / 64] = chains[row].draw(z);
        });
    }
}

/// Chains that one worker sweeps.
struct Task<'a> {
    /// The first of them; of those of independent units 0.
    first: usize,
    /// The part of the way in which they lie.
    segment: usize,
    /// How many lie between its knots; the others are at its end.
    between: usize,
    words: &'a mut [u64],
}

fn mix(from: &[f32], to: &[f32], share: f32, z: &mut [f32]) {
    if share == 1.0 {
        z.copy_from_slice(to);
        return;
    }
    z.iter_mut().zip(from.iter().zip(to)).for_each(|(z, (from, to))| *z = from + share * (to - from));
}

/// Units whose factors, each in [1, 2], are multiplied before a logarithm is taken.
const TOGETHER: usize = 512;

const LANES: usize = 8;

/// Σ_k ln(1 + e^z_k) of fields between two: the positive parts add up, the rest is one logarithm of
/// a product.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2", "aarch64+neon"))]
fn softplus_sum(from: &[f32], to: &[f32], share: f64) -> f64 {
    softplus_sum_body(from, to, share)
}

#[inline(always)]
fn softplus_sum_body(from: &[f32], to: &[f32], share: f64) -> f64 {
    let mut log = 0.0;
    for (from, to) in from.chunks(TOGETHER).zip(to.chunks(TOGETHER)) {
        let (mut factor, mut positive) = ([1.0f64; LANES], [0.0f64; LANES]);
        let add = |factor: &mut f64, positive: &mut f64, from: f32, to: f32| {
            let z = f64::from(from) + share * (f64::from(to) - f64::from(from));
            *factor *= 1.0 + math::exp_negative(-z.abs());
            *positive += z.max(0.0);
        };
        let ((whole, rest), (whole_to, rest_to)) = (from.as_chunks::<LANES>(), to.as_chunks::<LANES>());
        for (from, to) in whole.iter().zip(whole_to) {
            for lane in 0..LANES {
                add(&mut factor[lane], &mut positive[lane], from[lane], to[lane]);
            }
        }
        for (lane, (from, to)) in rest.iter().zip(rest_to).enumerate() {
            add(&mut factor[lane], &mut positive[lane], *from, *to);
        }
        log += positive.iter().sum::<f64>() + libm::log(factor.iter().product::<f64>());
    }
    log
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::softplus;

    #[test]
    fn softplus_sum_is_the_sum_on_every_instruction_set() {
        let from: Vec<f32> = (0..1031).map(|k| ((k * 7919) % 2003) as f32 * 0.2 - 200.0).collect();
        let to: Vec<f32> = (0..1031).map(|k| ((k * 104_729) % 2011) as f32 * 0.01 - 10.0).collect();
        for share in [0.0, 0.3, 1.0] {
            let z = |k: usize| f64::from(from[k]) + share * (f64::from(to[k]) - f64::from(from[k]));
            let plain: f64 = (0..1031).map(|k| softplus(z(k))).sum();
            let ours = softplus_sum_body(&from, &to, share);
            assert!((ours - plain).abs() < 1e-9, "{ours} {plain}"); // sums of 1e5 rounded to 1e-16
            assert_eq!(softplus_sum(&from, &to, share).to_bits(), ours.to_bits());
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn avx2(from: &[f32], to: &[f32], share: f64) -> f64 {
                    softplus_sum_body(from, to, share)
                }
                if is_x86_feature_detected!("avx2") {
                    // SAFETY: the processor has it.
                    assert_eq!(unsafe { avx2(&from, &to, share) }.to_bits(), ours.to_bits());
                }
            }
        }
    }

    #[test]
    fn places_belong_to_the_part_that_they_end() {
        // by hand
        assert_eq!([0.0, 0.25, 1.0, 1.5, 3.0].map(part), [(0, 0.0), (0, 0.25), (0, 1.0), (1, 0.5), (2, 1.0)]);
    }
}
