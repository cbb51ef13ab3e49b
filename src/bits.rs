//! Bit-packed binary states: one bit per unit, 64 units per word.
//!
//! Shared by `data` (images) and `rbm` (visible and hidden states), so it depends on no other
//! module but sizes of memory.
#![allow(unsafe_code)] // multiversion's dispatch on the instruction set expands to it; there is none of ours.

use crate::memory::Bytes;
use rayon::prelude::*;

/// A `rows` x `units` matrix of bits; row = one image or one chain, unit 0 in the lowest bit of
/// word 0.
///
/// Bits past `units` in the last word of a row are always zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct States {
    rows: usize,
    units: usize,
    words_per_row: usize,
    words: Vec<u64>,
}

impl States {
    /// All bits zero: `rows` states of `units` units, in 8 ⌈units/64⌉ bytes per row.
    ///
    /// # Panics
    /// Where so many words have no address; a caller with numbers from outside compares them with
    /// the memory that there is.
    pub fn zeros(rows: usize, units: usize) -> Self {
        let words_per_row = units.div_ceil(64);
        Self { rows, units, words_per_row, words: vec![0; rows * words_per_row] }
    }

    /// Memory of `rows` states of `units` units, in bytes.
    pub(crate) fn bytes(rows: Bytes, units: Bytes) -> Bytes {
        rows * Bytes(8 * units.0.div_ceil(64))
    }

    /// Bit (row, unit) = `bit(row, unit)`.
    ///
    /// # Example
    /// ```
    /// let s = rbm_landscape::bits::States::from_fn(2, 3, |row, unit| row == unit);
    /// assert!(s.get(1, 1) && !s.get(1, 2));
    /// ```
    pub fn from_fn(rows: usize, units: usize, mut bit: impl FnMut(usize, usize) -> bool) -> Self {
        let mut states = Self::zeros(rows, units);
        for (row, words) in states.words.chunks_mut(states.words_per_row.max(1)).enumerate() {
            for (word, bits) in words.iter_mut().enumerate() {
                let units = word * 64..units.min((word + 1) * 64);
                *bits = units.enumerate().fold(0, |bits, (at, unit)| bits | u64::from(bit(row, unit)) << at);
            }
        }
        states
    }

    /// The packed words themselves, row after row; `None` when their number does not fit or a
    /// padding bit is set.
    pub fn from_words(rows: usize, units: usize, words: Vec<u64>) -> Option<Self> {
        let words_per_row = units.div_ceil(64);
        let padding = if units.is_multiple_of(64) { 0 } else { !0u64 << (units % 64) };
        let clean = words.chunks(words_per_row.max(1)).all(|row| row.last().is_some_and(|last| last & padding == 0));
        (rows.checked_mul(words_per_row) == Some(words.len()) && clean).then_some(Self {
            rows,
            units,
            words_per_row,
            words,
        })
    }

    /// These states, and after them others of as many units.
    pub(crate) fn followed_by(&self, others: &Self) -> Self {
        let words = [self.words(), others.words()].concat();
        Self { rows: self.rows + others.rows, words, ..*self }
    }

    /// Number of states.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Units per state.
    pub fn units(&self) -> usize {
        self.units
    }

    /// 64-bit words per row: `units` / 64, rounded up.
    pub fn words_per_row(&self) -> usize {
        self.words_per_row
    }

    /// All words, row after row.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// All words, row after row, for writing. The caller leaves bits past `units` zero.
    pub(crate) fn words_mut(&mut self) -> &mut [u64] {
        &mut self.words
    }

    /// The words of one state.
    pub fn row(&self, row: usize) -> &[u64] {
        &self.words[row * self.words_per_row..(row + 1) * self.words_per_row]
    }

    /// The words of one state, for writing. The caller leaves bits past `units` zero.
    pub(crate) fn row_mut(&mut self, row: usize) -> &mut [u64] {
        &mut self.words[row * self.words_per_row..(row + 1) * self.words_per_row]
    }

    /// One bit.
    pub fn get(&self, row: usize, unit: usize) -> bool {
        self.row(row)[unit / 64] >> (unit % 64) & 1 == 1
    }

    /// Indices of the units that are on in one state, ascending.
    pub fn ones(&self, row: usize) -> impl Iterator<Item = usize> + '_ {
        ones(self.row(row))
    }

    /// Σ_j U_j v_j of one state for the entries U of a mode, one per unit; they are added in the
    /// order of the units.
    pub fn along(&self, row: usize, mode: &[f64]) -> f64 {
        self.ones(row).map(|unit| mode[unit]).sum()
    }

    /// [`States::along`] of every state, in order; in parallel over states.
    ///
    /// # Example
    /// ```
    /// // by hand: the states 101 and 010
    /// let s = rbm_landscape::bits::States::from_fn(2, 3, |row, unit| (row + unit) % 2 == 0);
    /// assert_eq!(s.all_along(&[1.0, 2.0, 4.0]), [5.0, 2.0]);
    /// ```
    pub fn all_along(&self, mode: &[f64]) -> Vec<f64> {
        (0..self.rows).into_par_iter().with_min_len(ROWS).map(|row| self.along(row, mode)).collect()
    }

    /// [`States::all_along`] for each of several modes (as many values each as there are units), in
    /// parallel over blocks of modes.
    pub fn along_modes<T: AsRef<[f64]> + Sync>(&self, modes: &[T]) -> Vec<Vec<f64>> {
        let block = |modes: &[T]| {
            let entry = |unit| std::array::from_fn(|at| modes.get(at).map_or(0.0, |mode| mode.as_ref()[unit]));
            let by_unit: Vec<[f64; LANES]> = (0..self.units).map(entry).collect();
            let mut along = vec![Vec::with_capacity(self.rows); modes.len()];
            for first in (0..self.rows).step_by(ROWS) {
                let mut sums = [[0.0; LANES]; ROWS];
                let sums = &mut sums[..ROWS.min(self.rows - first)];
                add_along(&self.words[first * self.words_per_row..], &by_unit, sums);
                for (at, along) in along.iter_mut().enumerate() {
                    along.extend(sums.iter().map(|sums| sums[at]));
                }
            }
            along
        };
        modes.par_chunks(LANES).flat_map_iter(block).collect()
    }

    /// The states listed in `rows`, in that order.
    pub fn select(&self, rows: &[usize]) -> Self {
        let words = rows.iter().flat_map(|&row| self.row(row)).copied().collect();
        Self { rows: rows.len(), units: self.units, words_per_row: self.words_per_row, words }
    }

    /// The `units` x `rows` transpose: bit (unit, row).
    pub fn transposed(&self) -> Self {
        let mut out = Self::zeros(self.units, self.rows);
        self.blocks(|left, top, block| {
            for (at, bits) in block.iter().enumerate() {
                out.words[(left + at) * out.words_per_row + top / 64] = *bits;
            }
        });
        out
    }

    /// Mean of each unit over the states, length `units`, in [0, 1]; zeros when there are no
    /// states.
    pub fn means(&self) -> Vec<f64> {
        let mut counts = vec![0u64; self.units];
        self.blocks(|left, _, block| {
            counts[left..].iter_mut().zip(block).for_each(|(count, bits)| *count += u64::from(bits.count_ones()));
        });
        counts.iter().map(|&c| c as f64 / self.rows.max(1) as f64).collect()
    }

    /// Shows `look` the transpose by blocks of 64 states and up to 64 units: the first unit, the
    /// first state, and for each unit a word with the states. States that do not exist are off.
    fn blocks(&self, mut look: impl FnMut(usize, usize, &[u64])) {
        for top in (0..self.rows).step_by(64) {
            let rows = (self.rows - top).min(64);
            for word in 0..self.words_per_row {
                let mut block = [0; 64];
                for (at, bits) in block[..rows].iter_mut().enumerate() {
                    *bits = self.words[(top + at) * self.words_per_row + word];
                }
                transpose(&mut block);
                let units = (self.units - word * 64).min(64);
                look(word * 64, top, &block[..units]);
            }
        }
    }

    /// How often each pair of units is on together: `units` x `units` row-major, the diagonal
    /// counts each unit.
    pub fn coincidences(&self) -> Vec<u32> {
        let transposed = self.transposed();
        let mut counts = vec![0u32; self.units * self.units];
        // A row of the transpose that has come from memory is compared with several others, which
        // stay in the first-level cache. Where j < i the count is that of (j, i).
        counts.par_chunks_mut((TOGETHER * self.units).max(1)).enumerate().for_each(|(block, rows)| {
            let first = block * TOGETHER;
            for j in first..self.units {
                let other = transposed.row(j);
                for (i, row) in (first..=j).zip(rows.chunks_mut(self.units)) {
                    row[j] = both(transposed.row(i), other);
                }
            }
        });
        for i in 0..self.units {
            for j in 0..i {
                counts[i * self.units + j] = counts[j * self.units + i];
            }
        }
        counts
    }

    /// One state as 0.0 and 1.0, length `units`.
    pub fn to_f64(&self, row: usize) -> Vec<f64> {
        (0..self.units).map(|unit| f64::from(u8::from(self.get(row, unit)))).collect()
    }
}

/// Modes whose sums over the same units are taken together, and states whose sums are kept apart
/// until they are sorted by mode.
pub(crate) const LANES: usize = 8;
const ROWS: usize = 64;

/// Units whose coincidences with one other are counted together.
const TOGETHER: usize = 4;

/// Adds to each row's sums the entries of its units that are on.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2", "aarch64+neon"))]
fn add_along(words: &[u64], by_unit: &[[f64; LANES]], sums: &mut [[f64; LANES]]) {
    let per_row = by_unit.len().div_ceil(64).max(1);
    for (sum, row) in sums.iter_mut().zip(words.chunks(per_row)) {
        for (word, entries) in row.iter().zip(by_unit.chunks(64)) {
            let mut left = *word;
            while left != 0 {
                let entry = &entries[left.trailing_zeros() as usize];
                sum.iter_mut().zip(entry).for_each(|(sum, entry)| *sum += entry);
                left &= left - 1;
            }
        }
    }
}

/// The number of bits that are on in both rows.
#[multiversion::multiversion(targets(
    "x86_64+avx512f+avx512vl+avx512bw+avx512dq+avx512vpopcntdq",
    "x86_64+avx2+popcnt",
    "aarch64+neon"
))]
fn both(a: &[u64], b: &[u64]) -> u32 {
    a.iter().zip(b).map(|(a, b)| (a & b).count_ones()).sum()
}

/// Transposes 64 x 64 bits, bit 0 of word 0 in the corner: blocks off the diagonal change places,
/// from half of the size down to single bits.
fn transpose(block: &mut [u64; 64]) {
    let (mut half, mut low) = (32, 0xffff_ffff_u64);
    while half > 0 {
        for at in (0..64).filter(|at| at & half == 0) {
            let moved = (block[at] >> half ^ block[at + half]) & low;
            block[at] ^= moved << half;
            block[at + half] ^= moved;
        }
        half /= 2;
        low ^= low << half;
    }
}

/// Indices of the set bits of a packed row, ascending.
pub(crate) fn ones(words: &[u64]) -> impl Iterator<Item = usize> + '_ {
    words.iter().enumerate().flat_map(|(w, &word)| {
        let mut left = word;
        std::iter::from_fn(move || {
            (left != 0).then(|| {
                let bit = left.trailing_zeros() as usize;
                left &= left - 1;
                w * 64 + bit
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transpose_and_ones_agree_with_single_bits() {
        let states = States::from_fn(11, 131, |row, unit| (row * 37 + unit * 11) % 7 < 3);
        let transposed = states.transposed();
        for row in 0..11 {
            let by_bit: Vec<usize> = (0..131).filter(|&unit| states.get(row, unit)).collect();
            assert_eq!(states.ones(row).collect::<Vec<_>>(), by_bit);
            assert!((0..131).all(|unit| transposed.get(unit, row) == states.get(row, unit)));
        }
    }

    #[test]
    fn blocks_of_all_sizes_are_transposed() {
        for (rows, units) in [(64, 64), (63, 65), (130, 1), (1, 130), (200, 150), (0, 5), (5, 0)] {
            let states = States::from_fn(rows, units, |row, unit| (row * row + unit * 13 + row * unit) % 11 < 5);
            let transposed = states.transposed();
            assert_eq!((transposed.rows(), transposed.units()), (units, rows));
            assert_eq!(transposed, States::from_fn(units, rows, |unit, row| states.get(row, unit)));
        }
    }

    #[test]
    fn sums_along_several_modes_are_those_of_each_alone() {
        // More than two blocks of rows.
        let states = States::from_fn(171, 131, |row, unit| (row * 37 + unit * 11) % 7 < 3);
        // 19 modes: more than two blocks, not a multiple of 8
        let modes: Vec<Vec<f64>> =
            (0..19).map(|i| (0..131).map(|unit| 1.0 / f64::from(1 + i + unit)).collect()).collect();
        let alone: Vec<Vec<f64>> = modes.iter().map(|mode| states.all_along(mode)).collect();
        assert_eq!(states.along_modes(&modes), alone);
        assert_eq!(states.along_modes::<Vec<f64>>(&[]).len(), 0);
        assert_eq!(States::zeros(2, 0).along_modes(&[[0.0; 0]]), [[0.0; 2]]);
    }

    #[test]
    fn coincidences_count_pairs() {
        // 35 words of rows: whole vectors of 4 and of 8 words, and a rest.
        for rows in [0, 67, 2200] {
            let states = States::from_fn(rows, 5, |row, unit| (row * 5 + unit * unit * 3 + row / 64 * unit) % 7 < 3);
            let counts = states.coincidences();
            for i in 0..5 {
                for j in 0..5 {
                    let naive = (0..rows).filter(|&row| states.get(row, i) && states.get(row, j)).count();
                    assert_eq!(counts[i * 5 + j] as usize, naive);
                }
            }
        }
    }

    #[test]
    fn words_with_a_padding_bit_are_refused() {
        assert!(States::from_words(1, 3, vec![0b111]).is_some());
        assert!(States::from_words(1, 3, vec![0b1000]).is_none());
        assert!(States::from_words(2, 3, vec![0b111]).is_none());
        // Rows and words per row of a damaged file, whose product is beyond 2^64.
        assert!(States::from_words(usize::MAX, 129, vec![0b111]).is_none());
    }

    #[test]
    fn means_and_selected_states_are_those_of_single_bits() {
        let states = States::from_fn(11, 131, |row, unit| (row * 37 + unit * 11) % 7 < 3);
        for (unit, mean) in states.means().into_iter().enumerate() {
            assert_eq!(mean, (0..11).filter(|&row| states.get(row, unit)).count() as f64 / 11.0);
        }
        let rows = [7, 2, 7];
        let picked = states.select(&rows);
        for (at, &row) in rows.iter().enumerate() {
            assert!((0..131).all(|unit| picked.get(at, unit) == states.get(row, unit)), "{at}");
        }
    }

    #[test]
    fn words_are_row_after_row_with_unit_64_in_the_second() {
        // by hand: units 0, 63 and 64 of row 0, unit 1 of row 2
        let states = States::from_fn(3, 65, |row, unit| [(0, 0), (0, 63), (0, 64), (2, 1)].contains(&(row, unit)));
        let words = [1 | 1 << 63, 1, 0, 0, 2, 0];
        assert_eq!((states.rows(), states.units(), states.words_per_row()), (3, 65, 2));
        assert_eq!(states.words(), words);
        assert_eq!((0..3).map(|row| states.row(row).to_vec()).collect::<Vec<_>>(), words.chunks(2).collect::<Vec<_>>());
        assert_eq!(states.ones(0).collect::<Vec<_>>(), [0, 63, 64]);
        assert_eq!(States::from_words(3, 65, words.to_vec()), Some(states.clone()));
        let mut written = States::zeros(3, 65);
        assert_eq!(written.words(), [0; 6]);
        written.row_mut(2)[0] = 2;
        written.words_mut()[..2].copy_from_slice(&words[..2]);
        assert_eq!(written, states);
        let row = states.to_f64(0);
        assert_eq!((row.len(), row[0], row[1], row[64], row.iter().sum::<f64>()), (65, 1.0, 0.0, 1.0, 3.0));
        // by hand: rows of two words of 8 bytes
        assert_eq!(States::bytes(Bytes(3), Bytes(65)), Bytes(48));
        assert_eq!(States::bytes(Bytes(3), Bytes(64)), Bytes(24));
    }

    #[test]
    fn padding_is_what_lies_past_the_units_of_every_row() {
        let of = |rows: usize, units: usize, words: &[u64]| States::from_words(rows, units, words.to_vec()).is_some();
        // All 64 bits of a row of 64; of one of 65 all of the first word and the lowest of the
        // second.
        assert!(of(2, 64, &[!0; 2]) && of(2, 65, &[!0, 1, !0, 1]));
        assert!(!of(2, 65, &[0, 2, 0, 0]) && !of(2, 65, &[0, 0, 0, 1 << 63]));
        assert!(of(2, 70, &[!0, 63, !0, 63]) && !of(2, 70, &[!0, 64, !0, 63]));
        assert!(!of(2, 65, &[0; 3]) && !of(1, 65, &[0; 1]) && !of(1, 3, &[0; 2]));
        assert!(of(0, 3, &[]) && of(3, 0, &[]));
    }

    #[test]
    fn no_states_have_means_of_zero() {
        assert_eq!(States::zeros(0, 2).means(), [0.0; 2]);
        assert!(States::zeros(2, 0).coincidences().is_empty());
        // by hand: both on in one of three rows, the first alone in another
        let states = States::from_fn(3, 2, |row, unit| row + unit < 2);
        assert_eq!(states.means(), [2.0 / 3.0, 1.0 / 3.0]);
        assert_eq!(states.coincidences(), [2, 1, 1, 1]);
    }
}
