//! Sums of weight rows over the units that are on: the inner loop of sampling and training.
//!
//! For every 4 units the 16 partial sums of their rows are tabulated, 64 columns at a time, so that a state adds one table
//! row for 4 units and multiplies nothing. The order of the additions is fixed (table rows by ascending unit), so a result
//! does not depend on the instruction set, the number of threads or how states are grouped.
#![allow(unsafe_code)] // multiversion's dispatch on the instruction set expands to it; there is none of ours.

use multiversion::multiversion;

/// Columns a block: tables of eight groups take 32 KiB.
const COLUMNS: usize = 64;

/// Units a table.
const GROUP: usize = 4;

/// Tables a pass: 32 units, half a state word.
const TABLES: usize = 8;

type Row = [f32; COLUMNS];

/// Working memory of [`fields`], reused between calls.
pub(super) struct Scratch {
    tables: Box<[[Row; 1 << GROUP]; TABLES]>,
    sums: Vec<Row>,
    bits: Vec<u32>,
}

impl Scratch {
    /// Memory for up to `rows` states.
    pub(super) fn new(rows: usize) -> Self {
        Self {
            tables: Box::new([[[0.0; COLUMNS]; 1 << GROUP]; TABLES]),
            sums: vec![[0.0; COLUMNS]; rows],
            bits: Vec::with_capacity(rows),
        }
    }
}

/// z = bias + Σ of the rows of `weights` (units x columns) whose bit is on, for every state; `states` are packed words,
/// `words_per_row` each, `z` is states x columns.
pub(super) fn fields(
    weights: &[f32],
    bias: &[f32],
    states: &[u64],
    words_per_row: usize,
    z: &mut [f32],
    scratch: &mut Scratch,
) {
    let columns = bias.len();
    let units = weights.len() / columns.max(1);
    let rows = states.len() / words_per_row.max(1);
    for left in (0..columns).step_by(COLUMNS) {
        let width = COLUMNS.min(columns - left);
        let sums = &mut scratch.sums[..rows];
        sums.iter_mut().for_each(|sum| sum[..width].copy_from_slice(&bias[left..left + width]));
        for first in (0..units).step_by(GROUP * TABLES) {
            let last = (first + GROUP * TABLES).min(units);
            for (table, unit) in scratch.tables.iter_mut().zip((first..last).step_by(GROUP)) {
                tabulate(weights, columns, left..left + width, unit..(unit + GROUP).min(units), table);
            }
            let words = states[first / 64..].iter().step_by(words_per_row);
            scratch.bits.clear();
            scratch.bits.extend(words.map(|word| (word >> (first % 64)) as u32));
            add_tables(&scratch.tables, &scratch.bits, sums);
        }
        for (row, sum) in sums.iter().enumerate() {
            z[row * columns + left..][..width].copy_from_slice(&sum[..width]);
        }
    }
}

/// The sums of all subsets of up to four rows: each is the sum without its highest unit plus that unit's row.
fn tabulate(
    weights: &[f32],
    columns: usize,
    block: std::ops::Range<usize>,
    units: std::ops::Range<usize>,
    table: &mut [Row; 1 << GROUP],
) {
    table[0] = [0.0; COLUMNS];
    for (place, unit) in units.enumerate() {
        let row = &weights[unit * columns..][block.clone()];
        let (known, new) = table.split_at_mut(1 << place);
        for (sum, old) in new.iter_mut().zip(known) {
            for ((s, o), w) in sum.iter_mut().zip(old.iter()).zip(row) {
                *s = o + w;
            }
        }
    }
}

/// Adds to every state's sums the table rows of its 32 bits. A group without a unit that is on adds the row of zeros:
/// cheaper than a branch that is mispredicted.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2", "aarch64+neon"))]
fn add_tables(tables: &[[Row; 1 << GROUP]; TABLES], bits: &[u32], sums: &mut [Row]) {
    add_tables_body(tables, bits, sums);
}

#[inline(always)]
fn add_tables_body(tables: &[[Row; 1 << GROUP]; TABLES], bits: &[u32], sums: &mut [Row]) {
    for (sum, &bits) in sums.iter_mut().zip(bits) {
        let mut local = *sum;
        for (group, table) in tables.iter().enumerate() {
            let entry = &table[(bits >> (GROUP * group)) as usize & 15];
            for (s, t) in local.iter_mut().zip(entry) {
                *s += t;
            }
        }
        *sum = local;
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
        for (units, columns, rows) in [(7, 5, 11), (67, 131, 13), (128, 64, 3), (97, 200, 1)] {
            let weights: Vec<f32> = (0..units * columns).map(|_| rng.random::<f32>() - 0.5).collect();
            let bias: Vec<f32> = (0..columns).map(|_| rng.random()).collect();
            let states = States::from_fn(rows, units, |_, _| rng.random::<f32>() < 0.4);
            let mut z = vec![0.0; rows * columns];
            let mut scratch = Scratch::new(rows);
            fields(&weights, &bias, states.words(), states.words_per_row(), &mut z, &mut scratch);
            for row in 0..rows {
                for k in 0..columns {
                    let exact: f64 =
                        f64::from(bias[k]) + states.ones(row).map(|j| f64::from(weights[j * columns + k])).sum::<f64>();
                    // Half a unit in the last place of sums below 32, for each addition.
                    assert!((f64::from(z[row * columns + k]) - exact).abs() < 1e-6 * units as f64, "{row} {k}");
                }
            }
            // One state at a time gives the same bits as all together.
            let mut one = vec![0.0; columns];
            fields(&weights, &bias, states.row(rows - 1), states.words_per_row(), &mut one, &mut scratch);
            assert_eq!(one, z[(rows - 1) * columns..]);
        }
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
        fields(&weights, &bias, state.words(), state.words_per_row(), &mut z, &mut Scratch::new(1));
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
        #[target_feature(enable = "avx2")]
        fn avx2(tables: &[[Row; 1 << GROUP]; TABLES], bits: &[u32], sums: &mut [Row]) {
            add_tables_body(tables, bits, sums);
        }
        #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
        fn avx512(tables: &[[Row; 1 << GROUP]; TABLES], bits: &[u32], sums: &mut [Row]) {
            add_tables_body(tables, bits, sums);
        }
        let rng = &mut ChaCha8Rng::seed_from_u64(3);
        let mut tables = Box::new([[[0.0; COLUMNS]; 1 << GROUP]; TABLES]);
        tables.as_flattened_mut().iter_mut().flatten().for_each(|x| *x = rng.random::<f32>() - 0.5);
        let bits: Vec<u32> = (0..37).map(|_| rng.random()).collect();
        let start = vec![[0.125; COLUMNS]; 37];
        let mut plain = start.clone();
        add_tables_body(&tables, &bits, &mut plain); // what this target always has: SSE2
        let mut sums = start.clone();
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has it.
            unsafe { avx2(&tables, &bits, &mut sums) };
            assert_eq!(sums, plain);
        }
        let mut sums = start;
        if is_x86_feature_detected!("avx512dq") && is_x86_feature_detected!("avx512vl") {
            // SAFETY: the processor has it.
            unsafe { avx512(&tables, &bits, &mut sums) };
            assert_eq!(sums, plain);
        }
    }
}
