//! Sums of weight rows over the units that are on: the inner loop of sampling and training.
//!
//! For every 4 units the 16 partial sums of their rows are tabulated, 64 columns at a time, so that
//! a state adds one table row for 4 units and multiplies nothing. The order of the additions is
//! fixed (table rows by ascending unit), so a result does not depend on the instruction set, the
//! number of threads or how states are grouped.
#![allow(unsafe_code)] // multiversion's dispatch on the instruction set expands to it; there is none of ours.

use multiversion::multiversion;

/// Columns per block.
const COLUMNS: usize = 64;

/// Units per table.
const GROUP: usize = 4;

/// Tables per pass; with 64 columns eight of them take 32 KiB.
const TABLES: usize = 8;

/// Units per pass.
const PASS: usize = GROUP * TABLES;

type Row = [f32; COLUMNS];

/// The sums of all subsets of `GROUP` rows.
type Table = [Row; 1 << GROUP];

/// Working memory of [`fields`], reused between calls.
pub(super) struct Scratch {
    block: Box<[Row; PASS]>,
    tables: Box<[Table; TABLES]>,
    sums: Vec<Row>,
}

impl Scratch {
    /// Memory for up to `rows` states.
    pub(super) fn new(rows: usize) -> Self {
        Self {
            block: Box::new([[0.0; COLUMNS]; PASS]),
            tables: Box::new([[[0.0; COLUMNS]; 1 << GROUP]; TABLES]),
            sums: vec![[0.0; COLUMNS]; rows],
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

/// z = bias + Σ of the weight rows whose bit is on, for every state; `weights` are rows as long as
/// `bias`, one per unit, `states` packed words, `words_per_row` each.
///
/// Up to 64 columns are ready at a time, and the results of all states for these are handed to
/// `take` as (state, first column, values), so that they never leave the cache; columns ascend,
/// states ascend within.
pub(super) fn fields(
    weights: &[f32],
    bias: &[f32],
    states: &[u64],
    words_per_row: usize,
    scratch: &mut Scratch,
    mut take: impl FnMut(usize, usize, &mut [f32]),
) {
    let columns = bias.len();
    let units = weights.len() / columns.max(1);
    let Scratch { block, tables, sums } = scratch;
    let sums = &mut sums[..states.len() / words_per_row.max(1)];
    for left in (0..columns).step_by(COLUMNS) {
        let width = COLUMNS.min(columns - left);
        let mut start = [0.0; COLUMNS];
        start[..width].copy_from_slice(&bias[left..left + width]);
        if units == 0 {
            sums.fill(start);
        }
        for first in (0..units).step_by(PASS) {
            let last = (first + PASS).min(units);
            let rows = &weights[first * columns..last * columns];
            let rows = if width == COLUMNS {
                Rows { values: &rows[left..], length: columns }
            } else {
                // Columns that do not exist keep old values: nobody reads them.
                let rows = rows.chunks(columns);
                block.iter_mut().zip(rows).for_each(|(b, row)| b[..width].copy_from_slice(&row[left..]));
                Rows { values: block[..last - first].as_flattened(), length: COLUMNS }
            };
            let at = Words { words: &states[first / 64..], per_row: words_per_row, shift: first % 64 };
            add_pass(rows, tables, at, (first == 0).then_some(&start), sums);
        }
        sums.iter_mut().enumerate().for_each(|(state, sum)| take(state, left, &mut sum[..width]));
    }
}

/// Up to [`PASS`] weight rows of 64 columns each; the next row starts `length` values after a row.
#[derive(Clone, Copy)]
struct Rows<'a> {
    values: &'a [f32],
    length: usize,
}

/// A word of every state, of which the [`PASS`] bits from bit `shift` on are meant.
#[derive(Clone, Copy)]
struct Words<'a> {
    words: &'a [u64],
    per_row: usize,
    shift: usize,
}

/// Adds to every state's sums, or to `start`, the weight rows whose bit is on. A group without a
/// unit that is on adds the row of zeros: cheaper than a branch that is mispredicted.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2", "aarch64+neon"))]
fn add_pass(rows: Rows<'_>, tables: &mut [Table; TABLES], states: Words<'_>, start: Option<&Row>, sums: &mut [Row]) {
    add_pass_body(rows, tables, states, start, sums);
}

#[inline(always)]
fn add_pass_body(
    rows: Rows<'_>,
    tables: &mut [Table; TABLES],
    states: Words<'_>,
    start: Option<&Row>,
    sums: &mut [Row],
) {
    // Of units that do not exist old sums are kept: no bit selects them.
    let mut rows = rows.values.chunks(rows.length).filter_map(|row| row.first_chunk::<COLUMNS>());
    for table in tables.iter_mut() {
        // Each subset is the one without its highest unit plus that unit's row.
        for (place, row) in rows.by_ref().take(GROUP).enumerate() {
            let (known, new) = table.split_at_mut(1 << place);
            for (sum, old) in new.iter_mut().zip(known) {
                for ((s, o), w) in sum.iter_mut().zip(old).zip(row) {
                    *s = *o + *w;
                }
            }
        }
    }
    for (sum, word) in sums.iter_mut().zip(states.words.iter().step_by(states.per_row)) {
        let bits = word >> states.shift & !(!0 << PASS);
        let mut local = *start.unwrap_or(sum);
        // At the border of images often no unit is on.
        if bits != 0 {
            for (group, table) in tables.iter().enumerate() {
                let entry = &table[(bits >> (GROUP * group)) as usize & ((1 << GROUP) - 1)];
                for (s, t) in local.iter_mut().zip(entry) {
                    *s += t;
                }
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
            let per = states.words_per_row();
            fields(&weights, &bias, states.words(), per, &mut scratch, |row, left, part| {
                z[row * columns + left..][..part.len()].copy_from_slice(part);
            });
            let across = transposed(&weights, units, columns);
            assert!((0..units * columns).all(|at| across[at % columns * units + at / columns] == weights[at]));
            for row in 0..rows {
                for k in 0..columns {
                    let exact: f64 =
                        f64::from(bias[k]) + states.ones(row).map(|j| f64::from(weights[j * columns + k])).sum::<f64>();
                    // Half a unit in the last place of sums below 32, for each addition.
                    assert!((f64::from(z[row * columns + k]) - exact).abs() < 1e-6 * units as f64, "{row} {k}");
                }
            }
            // One state at a time gives the same bits as all together.
            fields(&weights, &bias, states.row(rows - 1), per, &mut scratch, |_, left, part| {
                assert_eq!(part, &z[(rows - 1) * columns + left..][..part.len()]);
            });
        }
    }

    #[test]
    fn fields_of_no_units_are_the_biases_whatever_was_summed_before() {
        let scratch = &mut Scratch::new(2);
        fields(&[1.0; 70], &[0.5; 70], &[1, 1], 1, scratch, |_, _, part| assert!(part.iter().all(|z| *z == 1.5)));
        let mut seen = 0;
        fields(&[], &[0.5; 70], &[0, 0], 1, scratch, |_, _, part| {
            assert!(part.iter().all(|z| *z == 0.5));
            seen += part.len();
        });
        assert_eq!(seen, 140);
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
        fields(&weights, &bias, state.words(), per, &mut Scratch::new(1), |_, left, part| {
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
        type Pass = unsafe fn(Rows<'_>, &mut [Table; TABLES], Words<'_>, Option<&Row>, &mut [Row]);
        #[target_feature(enable = "avx2")]
        fn avx2(r: Rows<'_>, t: &mut [Table; TABLES], states: Words<'_>, start: Option<&Row>, sums: &mut [Row]) {
            add_pass_body(r, t, states, start, sums);
        }
        #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
        fn avx512(r: Rows<'_>, t: &mut [Table; TABLES], states: Words<'_>, start: Option<&Row>, sums: &mut [Row]) {
            add_pass_body(r, t, states, start, sums);
        }
        let rng = &mut ChaCha8Rng::seed_from_u64(3);
        // Rows that go on beyond 64 columns, the last one not, and fewer of them than a pass has.
        let (length, count) = (100, PASS - 2);
        let values: Vec<f32> = (0..(count - 1) * length + COLUMNS).map(|_| rng.random::<f32>() - 0.5).collect();
        let words: Vec<u64> = (0..37).map(|_| rng.random::<u64>() & !0 >> 2).collect();
        let run = |pass: Pass| {
            let mut scratch = Scratch::new(37);
            let rows = Rows { values: &values, length };
            let states = Words { words: &words, per_row: 1, shift: 64 - PASS };
            for start in [Some(&[0.125; COLUMNS]), None] {
                // SAFETY: only called where the processor has the instructions.
                unsafe { pass(rows, &mut scratch.tables, states, start, &mut scratch.sums) };
            }
            scratch.sums
        };
        let plain = run(add_pass_body); // what every processor of this family has: SSE2
        if is_x86_feature_detected!("avx2") {
            assert_eq!(run(avx2), plain);
        }
        if is_x86_feature_detected!("avx512dq") && is_x86_feature_detected!("avx512vl") {
            assert_eq!(run(avx512), plain);
        }
        assert_ne!(plain[0], [0.125; COLUMNS]);
    }
}
