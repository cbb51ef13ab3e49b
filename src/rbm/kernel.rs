//! Sums of weight rows over the units that are on: the inner loop of sampling and training.
//!
//! For every 5 units the 32 partial sums of their rows are tabulated, 32 columns at a time, so that
//! a state adds one table row for 5 units and multiplies nothing. The order of the additions is
//! fixed (table rows by ascending unit), so a result does not depend on the instruction set, the
//! number of threads or how states are grouped.
#![allow(unsafe_code)] // multiversion's dispatch on the instruction set expands to it; there is none of ours.

use super::Rbm;
use multiversion::multiversion;
use rayon::prelude::*;

/// Columns per block.
const COLUMNS: usize = 32;

/// Blocks whose results are handed over together: 64 columns.
const BLOCKS: usize = 2;

/// Units per table.
const GROUP: usize = 5;

/// Tables per pass; with 32 columns six of them take 24 KiB, and leave room for the sums in a
/// first-level cache of 32 KiB.
const TABLES: usize = 6;

/// Units per pass.
const PASS: usize = GROUP * TABLES;

/// Values of one row in a block of columns; whole cache lines, so that no load takes two of them.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(align(64))]
struct Row([f32; COLUMNS]);

const ZERO: Row = Row([0.0; COLUMNS]);

/// The sums of all subsets of `GROUP` rows; unit 0 of them in the lowest bit of the index.
type Table = [Row; 1 << GROUP];

/// The tables of a pass, one after the other.
type Tables = [Row; TABLES << GROUP];

/// A weight matrix, one row per unit, and a bias, packed for [`fields`]: block by block of columns.
#[derive(Clone, Default)]
pub(super) struct Packed {
    units: usize,
    columns: usize,
    /// Of every block of columns the bias.
    bias: Vec<Row>,
    /// Of every block the rows of all units.
    rows: Vec<Row>,
}

impl Packed {
    /// Weights whose rows, one per unit, are as long as the bias.
    pub(super) fn new(weights: &[f32], bias: &[f32]) -> Self {
        let mut packed = Self::default();
        packed.fill(weights, bias);
        packed
    }

    /// Columns.
    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// Packs other weights as [`Self::new`] does, in the memory that is there.
    pub(super) fn fill(&mut self, weights: &[f32], bias: &[f32]) {
        let columns = bias.len();
        self.fill_by(weights.len() / columns.max(1), bias, |left, width, rows| {
            for (row, values) in rows.iter_mut().zip(weights.chunks_exact(columns)) {
                row.0[..width].copy_from_slice(&values[left..left + width]);
            }
        });
    }

    /// Packs the transpose of a matrix whose rows, one per column here, belong to the entries of
    /// the bias.
    fn fill_transposed(&mut self, weights: &[f32], bias: &[f32]) {
        let units = weights.len() / bias.len().max(1);
        self.fill_by(units, bias, |left, width, rows| {
            // Tiles of a few cache lines either way.
            for (tile, rows) in rows.chunks_mut(16).enumerate() {
                for at in 0..width {
                    let values = &weights[(left + at) * units + tile * 16..];
                    rows.iter_mut().zip(values).for_each(|(row, value)| row.0[at] = *value);
                }
            }
        });
    }

    /// With the rows of the block of columns from the first one on, so many wide, written by
    /// `block`. What lies beyond the last column keeps old values: nobody reads it.
    fn fill_by(&mut self, units: usize, bias: &[f32], block: impl Fn(usize, usize, &mut [Row]) + Sync) {
        (self.units, self.columns) = (units, bias.len());
        self.bias.clear();
        self.bias.extend(bias.chunks(COLUMNS).map(padded));
        self.rows.resize(units * self.bias.len(), ZERO);
        self.rows.par_chunks_mut(units.max(1)).enumerate().for_each(|(at, rows)| {
            let left = at * COLUMNS;
            block(left, COLUMNS.min(bias.len() - left), rows);
        });
    }
}

/// Up to 32 values, and zeros.
fn padded(values: &[f32]) -> Row {
    let mut row = ZERO;
    row.0[..values.len()].copy_from_slice(values);
    row
}

/// A machine, packed for the fields of either layer.
#[derive(Clone, Default)]
pub(super) struct Layers {
    /// Fields of the hidden units, from states of the visible ones.
    pub(super) hidden: Packed,
    /// Fields of the visible units, from states of the hidden ones.
    pub(super) visible: Packed,
}

impl Layers {
    pub(super) fn of(machine: &Rbm<f32>) -> Self {
        let mut layers = Self::default();
        layers.fill(machine);
        layers
    }

    /// Packs another machine in the memory that is there.
    pub(super) fn fill(&mut self, machine: &Rbm<f32>) {
        self.hidden.fill(&machine.weights, &machine.hidden_bias);
        self.visible.fill_transposed(&machine.weights, &machine.visible_bias);
    }
}

/// Working memory of [`fields`], reused between calls.
pub(super) struct Scratch {
    tables: Box<Tables>,
    /// Of every block that is handed over together the sums of all states.
    sums: [Vec<Row>; BLOCKS],
    /// Of every pass the bits of all states.
    codes: Vec<u32>,
}

impl Scratch {
    /// Memory for up to `rows` states.
    pub(super) fn new(rows: usize) -> Self {
        Self {
            tables: Box::new([ZERO; TABLES << GROUP]),
            sums: std::array::from_fn(|_| vec![ZERO; rows]),
            codes: Vec::new(),
        }
    }
}

/// The transpose of a `rows` x `columns` matrix stored row by row.
pub(super) fn transposed(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    // Tiles of a few cache lines either way.
    const TILE: usize = 16;
    let mut out = vec![0.0; values.len()];
    for top in (0..rows).step_by(TILE) {
        for left in (0..columns).step_by(TILE) {
            for column in left..(left + TILE).min(columns) {
                for row in top..(top + TILE).min(rows) {
                    out[column * rows + row] = values[row * columns + column];
                }
            }
        }
    }
    out
}

/// z = bias + Σ of the weight rows whose bit is on, for every state; `states` are packed words,
/// `words_per_row` each.
///
/// Up to 64 columns are ready at a time, and the results of all states for these are handed to
/// `take` as (state, first column, values), so that they never leave the cache; columns ascend,
/// states ascend within.
pub(super) fn fields(
    packed: &Packed,
    states: &[u64],
    words_per_row: usize,
    scratch: &mut Scratch,
    mut take: impl FnMut(usize, usize, &mut [f32]),
) {
    let Packed { units, columns, bias, rows } = packed;
    let Scratch { tables, sums, codes } = scratch;
    let count = states.len() / words_per_row.max(1);
    codes.clear();
    for first in (0..*units).step_by(PASS) {
        codes.extend(states.chunks_exact(words_per_row).map(|words| code(words, first)));
    }
    for (together, biases) in bias.chunks(BLOCKS).enumerate() {
        for (at, (bias, sums)) in biases.iter().zip(sums.iter_mut()).enumerate() {
            let first = (together * BLOCKS + at) * units;
            let sums = &mut sums[..count];
            match *units {
                0 => sums.fill(*bias),
                _ => add_block(&rows[first..first + units], bias, codes, tables, sums),
            }
        }
        let left = together * BLOCKS * COLUMNS;
        let width = (BLOCKS * COLUMNS).min(columns - left);
        let [low, high] = sums;
        for (state, (low, high)) in low[..count].iter().zip(&*high).enumerate() {
            let mut z = [0.0; BLOCKS * COLUMNS];
            z[..COLUMNS].copy_from_slice(&low.0);
            z[COLUMNS..].copy_from_slice(&high.0);
            take(state, left, &mut z[..width]);
        }
    }
}

/// The [`PASS`] bits of a state from unit `first` on.
fn code(words: &[u64], first: usize) -> u32 {
    let (at, shift) = (first / 64, first % 64);
    let high = words.get(at + 1).map_or(0, |next| next << 1 << (63 - shift));
    ((words[at] >> shift | high) & !(!0 << PASS)) as u32
}

/// Sums of all states in one block of columns: `bias`, and the rows of all units that are on. A
/// group without a unit that is on adds the row of zeros: cheaper than a branch that is
/// mispredicted.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2", "aarch64+neon"))]
fn add_block(rows: &[Row], bias: &Row, codes: &[u32], tables: &mut Tables, sums: &mut [Row]) {
    add_block_body(rows, bias, codes, tables, sums);
}

#[inline(always)]
fn add_block_body(rows: &[Row], bias: &Row, codes: &[u32], tables: &mut Tables, sums: &mut [Row]) {
    sums.fill(*bias);
    for (rows, codes) in rows.chunks(PASS).zip(codes.chunks_exact(sums.len().max(1))) {
        for (at, table) in tables.as_chunks_mut().0.iter_mut().enumerate() {
            // Rows of units that do not exist are zeros.
            let row = |unit: usize| rows.get(at * GROUP + unit).unwrap_or(&ZERO);
            tabulate([row(0), row(1), row(2), row(3), row(4)], table);
        }
        for (sum, code) in sums.iter_mut().zip(codes) {
            // At the border of images often no unit is on.
            if *code != 0 {
                // Places in one array: a processor has no registers for a pointer to each table.
                let entry = |at: usize| &tables[(at << GROUP) + ((code >> (GROUP * at)) as usize & ((1 << GROUP) - 1))];
                let [e0, e1, e2, e3, e4, e5] = [entry(0), entry(1), entry(2), entry(3), entry(4), entry(5)];
                for (i, s) in sum.0.iter_mut().enumerate() {
                    *s = *s + e0.0[i] + e1.0[i] + e2.0[i] + e3.0[i] + e4.0[i] + e5.0[i];
                }
            }
        }
    }
}

/// Each subset is the one without its highest unit plus that unit's row.
#[inline(always)]
fn tabulate(rows: [&Row; GROUP], table: &mut Table) {
    for i in 0..COLUMNS {
        let mut sums = [0.0f32; 1 << GROUP];
        for (place, row) in rows.iter().enumerate() {
            for subset in 0..1 << place {
                sums[(1 << place) + subset] = sums[subset] + row.0[i];
            }
        }
        for (entry, sum) in table.iter_mut().zip(sums) {
            entry.0[i] = sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::States;
    use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

    #[test]
    fn fields_are_the_sums_of_the_rows_that_are_on() {
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        for (units, columns, rows) in [(7, 5, 11), (67, 131, 13), (128, 64, 3), (97, 200, 1), (240, 33, 2)] {
            let weights: Vec<f32> = (0..units * columns).map(|_| rng.random::<f32>() - 0.5).collect();
            let bias: Vec<f32> = (0..columns).map(|_| rng.random()).collect();
            let states = States::from_fn(rows, units, |_, _| rng.random::<f32>() < 0.4);
            let mut z = vec![0.0; rows * columns];
            let mut scratch = Scratch::new(rows);
            let per = states.words_per_row();
            let packed = Packed::new(&weights, &bias);
            fields(&packed, states.words(), per, &mut scratch, |row, left, part| {
                z[row * columns + left..][..part.len()].copy_from_slice(part);
            });
            let across = transposed(&weights, units, columns);
            assert!((0..units * columns).all(|at| across[at % columns * units + at / columns] == weights[at]));
            let mut turned = Packed::new(&[1.0; 9], &[2.0; 3]);
            turned.fill_transposed(&across, &bias);
            assert_eq!(turned.units, units);
            fields(&turned, states.words(), per, &mut scratch, |row, left, part| {
                assert_eq!(part, &z[row * columns + left..][..part.len()]);
            });
            for row in 0..rows {
                for k in 0..columns {
                    let exact: f64 =
                        f64::from(bias[k]) + states.ones(row).map(|j| f64::from(weights[j * columns + k])).sum::<f64>();
                    // Half a unit in the last place of sums below 32, for each addition.
                    assert!((f64::from(z[row * columns + k]) - exact).abs() < 1e-6 * units as f64, "{row} {k}");
                }
            }
            // One state at a time gives the same bits as all together.
            fields(&packed, states.row(rows - 1), per, &mut scratch, |_, left, part| {
                assert_eq!(part, &z[(rows - 1) * columns + left..][..part.len()]);
            });
        }
    }

    #[test]
    fn fields_of_no_units_are_the_biases_whatever_was_summed_before() {
        let scratch = &mut Scratch::new(2);
        let one = Packed::new(&[1.0; 70], &[0.5; 70]);
        fields(&one, &[1, 1], 1, scratch, |_, _, part| assert!(part.iter().all(|z| *z == 1.5)));
        let mut seen = 0;
        fields(&Packed::new(&[], &[0.5; 70]), &[0, 0], 1, scratch, |_, _, part| {
            assert!(part.iter().all(|z| *z == 0.5));
            seen += part.len();
        });
        assert_eq!(seen, 140);
    }

    #[test]
    fn a_code_has_the_bits_of_both_words_that_it_lies_in() {
        // by hand
        let words = [1 << 63 | 1 << 60 | 1 << 29, 0b101];
        assert_eq!([0, 30, 60].map(|first| code(&words, first)), [1 << 29, 0, 1 | 1 << 3 | 1 << 4 | 1 << 6]);
        assert_eq!((code(&words, 64), code(&words[..1], 60)), (0b101, 1 | 1 << 3));
    }

    #[test]
    fn every_instruction_set_gives_the_bits_of_the_plain_order() {
        // The dispatched code against the same additions one by one, in the documented order.
        let rng = &mut ChaCha8Rng::seed_from_u64(2);
        let (units, columns) = (131, 97);
        let weights: Vec<f32> = (0..units * columns).map(|_| rng.random::<f32>() - 0.5).collect();
        let bias = vec![0.25f32; columns];
        let state = States::from_fn(1, units, |_, _| rng.random::<f32>() < 0.5);
        let mut z = vec![0.0; columns];
        let per = state.words_per_row();
        fields(&Packed::new(&weights, &bias), state.words(), per, &mut Scratch::new(1), |_, left, part| {
            z[left..left + part.len()].copy_from_slice(part);
        });
        for k in 0..columns {
            let mut plain = bias[k];
            for group in (0..units).step_by(GROUP) {
                let on = (group..(group + GROUP).min(units)).filter(|&unit| state.get(0, unit));
                let mut partial = 0.0;
                for unit in on {
                    partial += weights[unit * columns + k];
                }
                plain += partial;
            }
            assert_eq!(z[k].to_bits(), plain.to_bits(), "{k}");
        }
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn each_forced_level_gives_the_same_bits() {
        type Block = unsafe fn(&[Row], &Row, &[u32], &mut Tables, &mut [Row]);
        #[target_feature(enable = "avx2")]
        fn avx2(rows: &[Row], bias: &Row, codes: &[u32], tables: &mut Tables, sums: &mut [Row]) {
            add_block_body(rows, bias, codes, tables, sums);
        }
        #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
        fn avx512(rows: &[Row], bias: &Row, codes: &[u32], tables: &mut Tables, sums: &mut [Row]) {
            add_block_body(rows, bias, codes, tables, sums);
        }
        let rng = &mut ChaCha8Rng::seed_from_u64(3);
        // Fewer rows than the last pass has.
        let (units, states) = (3 * PASS - 7, 37);
        let rows: Vec<Row> = (0..units).map(|_| Row(std::array::from_fn(|_| rng.random::<f32>() - 0.5))).collect();
        let codes: Vec<u32> = (0..3 * states).map(|_| rng.random::<u32>() >> 2).collect();
        let run = |block: Block| {
            let mut scratch = Scratch::new(states);
            // SAFETY: only called where the processor has the instructions.
            unsafe { block(&rows, &Row([0.125; COLUMNS]), &codes, &mut scratch.tables, &mut scratch.sums[0]) };
            let [sums, _] = scratch.sums;
            sums
        };
        let plain = run(add_block_body); // what every processor of this family has: SSE2
        if is_x86_feature_detected!("avx2") {
            assert_eq!(run(avx2), plain);
        }
        if is_x86_feature_detected!("avx512dq") && is_x86_feature_detected!("avx512vl") {
            assert_eq!(run(avx512), plain);
        }
        assert_ne!(plain[0], Row([0.125; COLUMNS]));
    }
}
