//! Draws of units with given fields, 64 at a time, from one stream of random numbers.
//!
//! A unit is on when a uniform number in [0, 1) is below its probability. The first 16 bits of that
//! number decide almost always; where they do not, 32 more are taken from the second half of the
//! stream, and the comparison is made in double precision.
#![allow(unsafe_code)] // multiversion's dispatch on the instruction set expands to it; there is none of ours.

use super::stream;
use crate::math;
use multiversion::multiversion;
use rand::Rng;
use rand::rngs::ChaCha8Rng;

/// Units per draw.
const UNITS: usize = 64;

/// Words of the stream that a draw takes: 16 bits per unit.
const WORDS: u128 = UNITS as u128 / 2;

/// The word at which the second half of a stream begins: a stream has 2^68.
const SECOND: u128 = 1 << 67;

/// Draws that one stream has numbers for: the second half holds a word for each of their units.
const MOST: u128 = (1 << 67) / UNITS as u128;

/// Draws that `units` units in one layer take.
pub(super) fn draws(units: usize) -> u64 {
    units.div_ceil(UNITS) as u64
}

/// Sweeps that a chain can make before its random numbers come again, of a machine with `units`
/// units in both layers together: never more than 2^53, up to which doubles count exactly.
///
/// # Example
/// ```
/// // by hand: two draws per sweep at most, and 2^18 + 1 of the 2^61 that there are
/// assert_eq!(rbm_landscape::rbm::gibbs::most_sweeps(16), 1 << 53);
/// assert_eq!(rbm_landscape::rbm::gibbs::most_sweeps(16 << 20), (1 << 61) / ((1 << 18) + 1));
/// ```
pub fn most_sweeps(units: usize) -> u64 {
    // Either layer may end with a draw of its own that is not full.
    (MOST / (units.div_ceil(UNITS) as u128 + 1)).min(1 << 53) as u64
}

/// The draws of one chain, which depend only on its key and number and on how many came before.
pub(super) struct Draws {
    key: [u8; 32],
    number: u64,
    /// Draws so far.
    count: u128,
    rng: ChaCha8Rng,
}

impl Draws {
    /// Those after the first `count` ones of stream `number` under a key.
    pub(super) fn new(key: [u8; 32], number: u64, count: u128) -> Self {
        let mut rng = stream(key, number);
        rng.set_word_pos(count * WORDS);
        Self { key, number, count, rng }
    }

    /// Draws up to 64 units with these fields, the first one in the lowest bit.
    ///
    /// |P(unit = 1) − logistic(z)| <= 2^−48 for every finite field z, and what double precision
    /// rounds.
    pub(super) fn draw(&mut self, z: &[f32]) -> u64 {
        let mut bytes = [0u8; 2 * UNITS];
        self.rng.fill_bytes(&mut bytes);
        let (mut on, mut close) = match z.as_array::<UNITS>() {
            Some(z) => compare(z, &bytes),
            None => {
                let mut padded = [0.0; UNITS];
                padded[..z.len()].copy_from_slice(z);
                let (on, close) = compare(&padded, &bytes);
                let there = !(!0 << z.len());
                (on & there, close & there)
            }
        };
        while close != 0 {
            let unit = close.trailing_zeros() as usize;
            close &= close - 1;
            let mut rest = stream(self.key, self.number);
            rest.set_word_pos(SECOND + self.count * UNITS as u128 + unit as u128);
            let first = u16::from_le_bytes([bytes[2 * unit], bytes[2 * unit + 1]]);
            let one = is_on(z[unit], first, rest.next_u32());
            on = on & !(1 << unit) | u64::from(one) << unit;
        }
        self.count += 1;
        on
    }
}

/// Whether the number with these first 16 and next 32 bits is below logistic(z); half a unit of the
/// last bit is added, so that the probability is logistic(z) rounded to a multiple of 2^−48.
fn is_on(z: f32, first: u16, rest: u32) -> bool {
    let number = f64::from(first) + (f64::from(rest) + 0.5) / 4_294_967_296.0;
    number < 65_536.0 * math::logistic(f64::from(z))
}

/// Distance from the middle of 16 bits, in units of the last of them, within which they do not
/// decide: half a unit, and a margin for the errors of [`exp2`] and of single precision.
const CLOSE: f32 = 0.6;

/// Which units are on by their 16 bits, little-endian, and for which these do not decide.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2", "aarch64+neon"))]
fn compare(z: &[f32; UNITS], bytes: &[u8; 2 * UNITS]) -> (u64, u64) {
    compare_body(z, bytes)
}

#[inline(always)]
fn compare_body(z: &[f32; UNITS], bytes: &[u8; 2 * UNITS]) -> (u64, u64) {
    const HALF: usize = UNITS / 2;
    let (mut on, mut close) = ([0u32; UNITS], [0u32; UNITS]);
    let numbers = bytes.as_chunks::<2>().0;
    for i in 0..UNITS {
        // Both sides of u < 1/(1 + e^−z) times 1 + e^−z: no division.
        let inverse = 1.0 + exp2(z[i] * -std::f32::consts::LOG2_E);
        let gap = 65_536.0 - (f32::from(u16::from_le_bytes(numbers[i])) + 0.5) * inverse;
        on[i] = u32::from(gap > 0.0) << (i % HALF);
        close[i] = u32::from(gap.abs() < CLOSE * inverse) << (i % HALF);
    }
    let joined = |lanes: &[u32; UNITS]| {
        let half = |lanes: &[u32]| u64::from(lanes.iter().fold(0, |all, lane| all | lane));
        half(&lanes[HALF..]) << HALF | half(&lanes[..HALF])
    };
    (joined(&on), joined(&close))
}

/// 2^x for x clamped to [−126, 126], relative error below 5e-6: the polynomial of degree 4 with the
/// least relative error on [−1/2, 1/2], 2.6e-6 (least squares, weights by Lawson's iteration),
/// after splitting off the power of two.
#[inline(always)]
fn exp2(x: f32) -> f32 {
    let x = x.clamp(-126.0, 126.0);
    // Adding 1.5 · 2^23 rounds to the nearest integer, which then sits in the low bits.
    let n = x + 12_582_912.0;
    let r = x - (n - 12_582_912.0);
    let p = 9.570_069e-3f32;
    let p = p * r + 5.591_780_7e-2;
    let p = p * r + 2.402_474_4e-1;
    let p = p * r + 6.931_218_5e-1;
    let p = p * r + 9.999_993e-1;
    p * f32::from_bits(((n.to_bits() as i32).wrapping_add(127) << 23) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logistic(z: f32) -> f64 {
        1.0 / (1.0 + libm::exp(-f64::from(z)))
    }

    /// What `compare` says of a unit with this field and these bits, among others that are off.
    fn compared(z: f32, number: u16, unit: usize) -> (bool, bool) {
        let (mut fields, mut bytes) = ([-1e3; UNITS], [0xff; 2 * UNITS]);
        fields[unit] = z;
        bytes[2 * unit..][..2].copy_from_slice(&number.to_le_bytes());
        let (on, close) = compare(&fields, &bytes);
        assert!((on | close) & !(1 << unit) == 0);
        (on != 0, close != 0)
    }

    #[test]
    fn sixteen_bits_decide_only_where_all_numbers_that_begin_with_them_agree() {
        let extremes = [12.0, 15.0, 80.0, 88.0, 89.0, 103.0, 1e3, 1e10, f32::MAX];
        let grid = (0..4000).map(|i| i as f32 * 0.0031);
        for (at, z) in grid.chain(extremes).flat_map(|z| [z, -z]).enumerate() {
            let p = 65_536.0 * logistic(z);
            let middle = p.min(65_535.0) as i64;
            let near = (middle - 3..=middle + 3).chain([0, 1, 1000, 40_000, 65_534, 65_535]);
            for number in near.filter_map(|number| u16::try_from(number).ok()) {
                let (on, close) = compared(z, number, at % UNITS);
                let low = f64::from(number);
                if !close {
                    assert!(if on { low + 1.0 <= p + 1e-9 } else { low >= p - 1e-9 }, "{z}: {number} {p}");
                }
                // Bits whose middle is a whole unit away always decide.
                assert!(!close || (low + 0.5 - p).abs() < 1.0, "{z}: {number} {p}");
            }
        }
    }

    #[test]
    fn the_bits_that_follow_decide_to_2_to_the_minus_48() {
        // By bisection, of all 2^48 numbers those that turn the unit on: logistic(z) times 2^48,
        // rounded, up to the few roundings of double precision.
        let count = |z: f32| {
            let (mut low, mut high) = (0u64, 1 << 48);
            while low < high {
                let middle = (low + high) / 2;
                if is_on(z, (middle >> 32) as u16, middle as u32) { low = middle + 1 } else { high = middle }
            }
            low as f64
        };
        for z in (-300..=300).map(|i| i as f32 * 0.1).chain([1e3, -1e3]) {
            let exact = logistic(z) * 281_474_976_710_656.0;
            assert!((count(z) - exact).abs() <= 0.5 + 4.0 * f64::EPSILON * exact, "{z}");
        }
    }

    #[test]
    fn units_are_on_as_often_as_they_should_be() {
        // One field with all its 64 units, 40,000 draws; the sum of the squares of 64 standardised
        // counts is chi-square with 64 degrees of freedom: at 1e-6 it is 132.8 (scipy 1.17.1).
        for z in [0.0, 1.0, -3.0, 9.0] {
            let (mut draws, mut counts) = (Draws::new([4; 32], 7, 0), [0u32; UNITS]);
            for _ in 0..40_000 {
                let on = draws.draw(&[z; UNITS]);
                counts.iter_mut().enumerate().for_each(|(unit, count)| *count += (on >> unit & 1) as u32);
            }
            let p = logistic(z);
            let (mean, variance) = (40_000.0 * p, 40_000.0 * p * (1.0 - p));
            let chi: f64 = counts.iter().map(|count| (f64::from(*count) - mean).powi(2) / variance).sum();
            assert!(chi < 132.8, "{z}: {chi}");
        }
    }

    #[test]
    fn what_the_first_bits_leave_open_is_decided_by_a_word_of_its_own() {
        // Draws until a unit is close; then that word is found in the stream by hand.
        let (mut draws, mut seen) = (Draws::new([4; 32], 3, 0), 0);
        let mut plain = stream([4; 32], 3);
        for count in 0..20_000u128 {
            let z: [f32; UNITS] = std::array::from_fn(|i| (i as f32 - 31.5) * 0.1);
            let mut bytes = [0u8; 2 * UNITS];
            plain.fill_bytes(&mut bytes);
            let on = draws.draw(&z);
            for (unit, z) in z.into_iter().enumerate() {
                let number = u16::from_le_bytes([bytes[2 * unit], bytes[2 * unit + 1]]);
                let mut rest = stream([4; 32], 3);
                let p = 65_536.0 * logistic(z);
                let one = if f64::from(number) + 1.0 <= p || f64::from(number) >= p {
                    f64::from(number) < p
                } else {
                    seen += 1;
                    rest.set_word_pos((1 << 67) + 64 * count + unit as u128);
                    f64::from(number) + (f64::from(rest.next_u32()) + 0.5) / 2f64.powi(32) < p
                };
                assert_eq!(on >> unit & 1 == 1, one, "{count} {unit}");
            }
        }
        // One unit in 65,536 on average: 1,280,000 / 65,536 = 19.5, and four standard deviations of
        // 4.4.
        assert!((2..38).contains(&seen), "{seen}");
    }

    #[test]
    fn draws_go_on_where_others_ended_and_leave_out_what_does_not_exist() {
        let z: [f32; UNITS] = std::array::from_fn(|i| (i as f32 - 31.5) * 0.1);
        let mut all = Draws::new([5; 32], 1, 0);
        let words: Vec<u64> = (0..9).map(|_| all.draw(&z)).collect();
        let mut later = Draws::new([5; 32], 1, 4);
        assert_eq!(
            [later.draw(&z), later.draw(&z[..63]), later.draw(&z[..1])],
            [words[4], words[5] & !(1 << 63), words[6] & 1]
        );
        assert_eq!(later.draw(&z), words[7]);
    }

    #[test]
    fn powers_of_two_agree_with_double_precision() {
        for i in -125_999..=125_999 {
            let x = i as f32 * 0.001;
            assert!((f64::from(exp2(x)) / libm::exp2(f64::from(x)) - 1.0).abs() < 5e-6, "{x}");
        }
        assert_eq!((exp2(-1e9), exp2(1e9), exp2(f32::INFINITY)), (exp2(-126.0), exp2(126.0), exp2(126.0)));
    }

    #[test]
    fn every_instruction_set_draws_the_same_bits() {
        let z: [f32; UNITS] = std::array::from_fn(|i| (i as f32 - 31.0) * 0.2);
        for round in 0..200u32 {
            let bytes: [u8; 2 * UNITS] =
                std::array::from_fn(|i| ((i as u32 + 977 * round).wrapping_mul(2_654_435_761) >> 23) as u8);
            let plain = compare_body(&z, &bytes);
            assert_eq!(compare(&z, &bytes), plain);
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn avx2(z: &[f32; UNITS], bytes: &[u8; 2 * UNITS]) -> (u64, u64) {
                    compare_body(z, bytes)
                }
                #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
                fn avx512(z: &[f32; UNITS], bytes: &[u8; 2 * UNITS]) -> (u64, u64) {
                    compare_body(z, bytes)
                }
                if is_x86_feature_detected!("avx2") {
                    // SAFETY: the processor has it.
                    assert_eq!(unsafe { avx2(&z, &bytes) }, plain);
                }
                if is_x86_feature_detected!("avx512dq") && is_x86_feature_detected!("avx512vl") {
                    // SAFETY: the processor has it.
                    assert_eq!(unsafe { avx512(&z, &bytes) }, plain);
                }
            }
        }
    }
}
