//! ln Z without simulation: the smaller layer is enumerated in Gray-code order, the larger one
//! summed out unit by unit.
#![allow(unsafe_code)] // multiversion's dispatch on the instruction set expands to it; there is none of ours.

use super::Rbm;
use crate::bits::States;
use crate::math::{logistic, softplus};
use rand::RngExt;
use rayon::prelude::*;
use std::f64::consts::LN_2;

/// Units of the smaller layer that are still enumerated: 2^24 states.
pub const MOST_UNITS: usize = 24;

/// Gray-code steps from one freshly computed state: rounding grows with them, parallel work needs
/// blocks.
const LOW_BITS: usize = 10;

const LANES: usize = 8;

type Lanes = [f64; LANES];

/// Fields beyond this leave the products of eight factors 1 + e^z no room in the exponent of a
/// double.
const LARGEST_FIELD: f64 = 80.0;

/// Biases of the low units that add up to more, by size, leave the product of their e^b no room.
const LARGEST_BIAS: f64 = 600.0;

/// ln Z = ln Σ exp(−E(v, h)); `None` when both layers have more than [`MOST_UNITS`] units. Error
/// about 1e-11 or less, the same bits for every number of threads.
///
/// A flip of one unit multiplies every e^z of the other layer by e^±w, so a state costs two
/// multiplications and an addition a unit; machines with fields beyond 80 or large biases go a
/// slower way by ln(1 + e^z).
///
/// # Example
/// ```
/// use rbm_landscape::rbm::{Rbm, exact::log_partition};
/// // by hand: states (v, h) weigh 1, 1, 1 and e^3
/// let machine = Rbm::new(1, 1, vec![3.0], vec![0.0], vec![0.0])?;
/// assert!((log_partition(&machine).unwrap() - (3.0 + 3f64.exp()).ln()).abs() < 1e-14);
/// # Ok::<(), rbm_landscape::rbm::RbmError>(())
/// ```
pub fn log_partition(machine: &Rbm) -> Option<f64> {
    (machine.visible.min(machine.hidden) <= MOST_UNITS).then(|| log_sum_exp(&blocks(machine, &smaller(machine))))
}

/// Independent visible states of the Boltzmann law, where ln Z can be had: the smaller layer is
/// drawn from the law of its states, the larger one given that. Same bits for every number of
/// threads; `key` fixes them.
pub fn samples(machine: &Rbm, count: usize, key: [u8; 32]) -> Option<States> {
    let (n, m) = (machine.visible, machine.hidden);
    if n.min(m) > MOST_UNITS || n.min(m) == 0 {
        return None;
    }
    let rows = smaller(machine);
    let (own, other) = layers(machine);
    let (layer, low) = (Layer { rows: &rows, own, other }, own.len().min(LOW_BITS));
    let blocks = blocks(machine, &rows);
    let draw = |at: usize| -> Vec<bool> {
        let mut rng = super::stream(key, at as u64);
        let high = drawn(&blocks, rng.random());
        let step = drawn(&layer.logs(high, low), rng.random());
        let state = high << low | (step ^ (step >> 1));
        let small = (0..own.len()).map(|unit| state >> unit & 1 == 1);
        if n <= m {
            return small.collect();
        }
        let mut fields = machine.visible_bias.clone();
        for (row, _) in rows.iter().zip(small).filter(|(_, on)| *on) {
            fields.iter_mut().zip(row).for_each(|(field, w)| *field += w);
        }
        fields.into_iter().map(|field| rng.random::<f64>() < logistic(field)).collect()
    };
    let drawn: Vec<Vec<bool>> = (0..count).into_par_iter().map(draw).collect();
    Some(States::from_fn(count, n, |row, unit| drawn[row][unit]))
}

/// An index drawn by the weights whose logarithms these are, `uniform` in [0, 1).
fn drawn(logs: &[f64], uniform: f64) -> usize {
    let all = log_sum_exp(logs);
    let mut left = uniform;
    let past = logs.iter().position(|log| {
        left -= libm::exp(log - all);
        left < 0.0
    });
    // Rounding can leave a little of 1: the heaviest then.
    past.unwrap_or_else(|| (0..logs.len()).max_by(|a, b| logs[*a].total_cmp(&logs[*b])).unwrap_or(0))
}

/// Weights of the smaller layer, one row per unit.
fn smaller(machine: &Rbm) -> Vec<Vec<f64>> {
    let (n, m) = (machine.visible, machine.hidden);
    if n.min(m) == 0 {
        Vec::new()
    } else if n <= m {
        machine.weights.chunks(m).map(<[f64]>::to_vec).collect()
    } else {
        (0..m).map(|k| (0..n).map(|j| machine.weights[j * m + k]).collect()).collect()
    }
}

/// Biases of the smaller layer and of the larger one.
fn layers(machine: &Rbm) -> (&[f64], &[f64]) {
    let (visible, hidden) = (&machine.visible_bias[..], &machine.hidden_bias[..]);
    if machine.visible <= machine.hidden { (visible, hidden) } else { (hidden, visible) }
}

/// ln of the summed weight of every block of states.
fn blocks(machine: &Rbm, rows: &[Vec<f64>]) -> Vec<f64> {
    let (own, other) = layers(machine);
    let reach = |k: usize| other[k].abs() + rows.iter().map(|row| row[k].abs()).sum::<f64>();
    let low = own.len().min(LOW_BITS);
    let bias: f64 = own[..low].iter().map(|b| b.abs()).sum();
    let small = (0..other.len()).all(|k| reach(k) <= LARGEST_FIELD) && bias <= LARGEST_BIAS;
    let layer = Layer { rows, own, other };
    let factors: Vec<[Vec<Lanes>; 2]> = if small {
        rows[..low].iter().map(|row| [-1.0, 1.0].map(|sign| lanes(row.iter().map(|w| libm::exp(sign * w))))).collect()
    } else {
        Vec::new()
    };
    let block = |high: usize| if small { layer.by_factors(high, low, &factors) } else { layer.by_fields(high, low) };
    (0..1usize << (own.len() - low)).into_par_iter().map(block).collect()
}

/// ln Σ e^x of a non-empty list of finite numbers.
pub(super) fn log_sum_exp(logs: &[f64]) -> f64 {
    let top = logs.iter().copied().fold(f64::NEG_INFINITY, libm::fmaximum);
    top + libm::log(logs.iter().map(|log| libm::exp(log - top)).sum())
}

/// Values eight at a time, padded with 0 = e^−∞, whose factor is 1.
fn lanes(values: impl Iterator<Item = f64>) -> Vec<Lanes> {
    let values: Vec<f64> = values.collect();
    let pad = |chunk: &[f64]| std::array::from_fn(|lane| chunk.get(lane).copied().unwrap_or(0.0));
    values.chunks(LANES).map(pad).collect()
}

/// The enumerated layer: its weight rows and biases, and the biases of the other one.
struct Layer<'a> {
    rows: &'a [Vec<f64>],
    own: &'a [f64],
    other: &'a [f64],
}

impl Layer<'_> {
    /// Own energy and fields on the other layer with the low units off and the high ones as in
    /// `high`.
    fn start(&self, high: usize, low: usize) -> (f64, Vec<f64>) {
        let (mut log, mut z) = (0.0, self.other.to_vec());
        for unit in (low..self.own.len()).filter(|unit| high >> (unit - low) & 1 == 1) {
            log += self.own[unit];
            z.iter_mut().zip(&self.rows[unit]).for_each(|(z, w)| *z += w);
        }
        (log, z)
    }

    /// ln of the summed weight of all states with these high units, by factors e^±w.
    fn by_factors(&self, high: usize, low: usize, factors: &[[Vec<Lanes>; 2]]) -> f64 {
        let (log, z) = self.start(high, low);
        let mut e = lanes(z.into_iter().map(libm::exp));
        let ones = vec![[1.0; LANES]; e.len()];
        let bias: Vec<[f64; 2]> = self.own[..low].iter().map(|own| [-own, *own].map(libm::exp)).collect();
        let mut own = 1.0;
        let mut sum = Sum::new(multiply(&mut e, &ones));
        for (unit, on) in gray(low) {
            own *= bias[unit][usize::from(on)];
            sum.add(multiply(&mut e, &factors[unit][usize::from(on)]).times(own));
        }
        log + sum.ln()
    }

    /// The same by fields.
    fn by_fields(&self, high: usize, low: usize) -> f64 {
        log_sum_exp(&self.logs(high, low))
    }

    /// ln of the weight of each state with these high units, in the order of [`gray`].
    fn logs(&self, high: usize, low: usize) -> Vec<f64> {
        let (mut log, mut z) = self.start(high, low);
        let mut logs = Vec::with_capacity(1 << low);
        logs.push(log + z.iter().map(|&z| softplus(z)).sum::<f64>());
        for (unit, on) in gray(low) {
            let sign = if on { 1.0 } else { -1.0 };
            log += sign * self.own[unit];
            z.iter_mut().zip(&self.rows[unit]).for_each(|(z, w)| *z += sign * w);
            logs.push(log + z.iter().map(|&z| softplus(z)).sum::<f64>());
        }
        logs
    }
}

/// mantissa · 2^exponent, a positive number far beyond the range of doubles; the mantissa in [1,
/// 2).
#[derive(Clone, Copy, Debug, PartialEq)]
struct Scaled {
    mantissa: f64,
    exponent: i64,
}

impl Scaled {
    /// Of a positive normal number.
    #[inline(always)]
    fn new(value: f64, exponent: i64) -> Self {
        let bits = value.to_bits();
        Self {
            mantissa: f64::from_bits(bits & ((1 << 52) - 1) | 1023 << 52),
            exponent: exponent + (bits >> 52) as i64 - 1023,
        }
    }

    /// Times a number between e^−600 and e^600.
    #[inline(always)]
    fn times(self, factor: f64) -> Self {
        Self::new(self.mantissa * factor, self.exponent)
    }
}

/// A sum of such numbers, `value` · 2^`exponent`; no power of two is taken out of it before one of
/// `value`'s terms comes near the largest double.
struct Sum {
    value: f64,
    exponent: i64,
}

impl Sum {
    /// Powers of two above the sum's own that still go into a term.
    const MOST: i64 = 900;

    fn new(term: Scaled) -> Self {
        Self { value: term.mantissa, exponent: term.exponent }
    }

    /// Up to 2^100 terms.
    #[inline(always)]
    fn add(&mut self, term: Scaled) {
        // Below 2^−1000 no term changes the sum, which is at least 1.
        let two_to_the = |k: i64| f64::from_bits(((1023 + k.max(-1000)) as u64) << 52);
        let mut above = term.exponent - self.exponent;
        if above > Self::MOST {
            self.value *= two_to_the(-above);
            (self.exponent, above) = (term.exponent, 0);
        }
        self.value += term.mantissa * two_to_the(above);
    }

    fn ln(self) -> f64 {
        let Scaled { mantissa, exponent } = Scaled::new(self.value, self.exponent);
        libm::log(mantissa) + exponent as f64 * LN_2
    }
}

/// The flips of a Gray code over `bits` bits that starts with all off: which unit, and whether it
/// is on afterwards.
fn gray(bits: usize) -> impl Iterator<Item = (usize, bool)> {
    (1..1usize << bits).map(|step| {
        let unit = step.trailing_zeros() as usize;
        (unit, (step ^ (step >> 1)) >> unit & 1 == 1)
    })
}

/// Multiplies every e by its factor; returns Π (1 + e). The exponents of the running products are
/// set aside after every eight factors.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2", "aarch64+neon"))]
fn multiply(e: &mut [Lanes], factors: &[Lanes]) -> Scaled {
    multiply_body(e, factors)
}

#[inline(always)]
fn multiply_body(e: &mut [Lanes], factors: &[Lanes]) -> Scaled {
    let (mut product, mut exponent) = ([1.0f64; LANES], [0u64; LANES]);
    for (e, factors) in e.chunks_mut(8).zip(factors.chunks(8)) {
        for (e, factors) in e.iter_mut().zip(factors) {
            for lane in 0..LANES {
                e[lane] *= factors[lane];
                product[lane] *= 1.0 + e[lane];
            }
        }
        for lane in 0..LANES {
            let bits = product[lane].to_bits(); // positive: no sign bit
            exponent[lane] += (bits >> 52).wrapping_sub(1023);
            product[lane] = f64::from_bits(bits & ((1 << 52) - 1) | 1023 << 52);
        }
    }
    Scaled::new(product.iter().product(), exponent.iter().sum::<u64>() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle;
    use rand::{SeedableRng, rngs::ChaCha8Rng};

    fn difference(n: usize, m: usize, s: f64, seed: u64) -> f64 {
        let machine = Rbm::normal(n, m, s, &mut ChaCha8Rng::seed_from_u64(seed));
        let Rbm { weights, visible_bias, hidden_bias, .. } = &machine;
        let plain = oracle::model_moments(n, m, weights, visible_bias, hidden_bias).log_partition;
        (log_partition(&machine).expect("small") - plain).abs()
    }

    #[test]
    fn agrees_with_plain_enumeration_tall_wide_and_square() {
        for (seed, (n, m)) in [(12, 10), (10, 12), (7, 7), (1, 3), (70, 11), (9, 1), (13, 13)].into_iter().enumerate() {
            // Rounding of a few hundred additions of numbers below 1000.
            assert!(difference(n, m, 1.0, seed as u64) < 1e-11, "{n} x {m}");
            assert!(difference(n, m, 40.0, seed as u64) < 1e-9, "{n} x {m}, fields beyond 80");
        }
    }

    #[test]
    fn weights_of_states_may_differ_by_thousands_of_powers_of_ten() {
        // by hand: k of 11 visible units are on in C(11, k) states, each of weight e^(bk) (1 +
        // e^(wk))^200
        let choose = [1.0, 11.0, 55.0, 165.0, 330.0, 462.0, 462.0, 330.0, 165.0, 55.0, 11.0, 1.0];
        for (w, b) in [(7.0, 0.0), (-7.0, 0.0), (7.0, -50.0), (0.5, 50.0), (3.0, -600.0), (0.5, 100.0)] {
            let machine = Rbm::new(11, 200, vec![w; 2200], vec![b; 11], vec![0.0; 200]).expect("finite");
            let log = |k: f64| b * k + 200.0 * softplus(w * k);
            let terms: Vec<f64> = (0..12).map(|k| libm::log(choose[k]) + log(k as f64)).collect();
            let exact = log_sum_exp(&terms);
            // A block's 2^10 flips multiply each of 200 factors e by e^±w, an error of 3/2 eps each
            // at most; ln of a number below e^20,000.
            let found = log_partition(&machine).expect("small");
            assert!(
                (found - exact).abs() < (200.0 * 1024.0 * 1.5 + 20_000.0) * f64::EPSILON,
                "{w} {b}: {found} {exact}"
            );
        }
    }

    #[test]
    fn what_was_summed_before_a_much_heavier_state_still_counts() {
        // by hand: unit 1 weighs e^592.4 (1 + e)^50 against 2^50 where it is off, and unit 2 is
        // free with e^1.4; of the four states in Gray code two are 2^899 times heavier than the
        // first, and one of these 2^901 times
        let weights = [vec![1.0; 50], vec![0.0; 50]].concat();
        let machine = Rbm::new(2, 50, weights, vec![592.4, 1.4], vec![0.0; 50]).expect("finite");
        let exact = softplus(1.4) + log_sum_exp(&[50.0 * LN_2, 592.4 + 50.0 * softplus(1.0)]);
        let found = log_partition(&machine).expect("small");
        // Rounding of 200 factors, each of relative error eps, and of a number below 1000.
        assert!((found - exact).abs() < 400.0 * f64::EPSILON, "{found} {exact}");
    }

    #[test]
    fn more_units_than_can_be_enumerated_give_none() {
        assert_eq!(log_partition(&Rbm::normal(25, 25, 0.1, &mut ChaCha8Rng::seed_from_u64(1))), None);
        assert!(log_partition(&Rbm::normal(25, 2, 0.1, &mut ChaCha8Rng::seed_from_u64(1))).is_some());
    }

    #[test]
    fn every_instruction_set_gives_the_same_bits() {
        let e: Vec<Lanes> = (0..21).map(|i| std::array::from_fn(|k| 0.3 * f64::from(i) + k as f64)).collect();
        let factors: Vec<Lanes> = (0..21).map(|i| std::array::from_fn(|k| 1.1 - 0.001 * (i * k) as f64)).collect();
        let plain = multiply_body(&mut e.clone(), &factors);
        assert_eq!(multiply(&mut e.clone(), &factors), plain);
        #[cfg(target_arch = "x86_64")]
        {
            #[target_feature(enable = "avx2")]
            fn avx2(e: &mut [Lanes], factors: &[Lanes]) -> Scaled {
                multiply_body(e, factors)
            }
            #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
            fn avx512(e: &mut [Lanes], factors: &[Lanes]) -> Scaled {
                multiply_body(e, factors)
            }
            if is_x86_feature_detected!("avx2") {
                // SAFETY: the processor has it.
                assert_eq!(unsafe { avx2(&mut e.clone(), &factors) }, plain);
            }
            if is_x86_feature_detected!("avx512dq") && is_x86_feature_detected!("avx512vl") {
                // SAFETY: the processor has it.
                assert_eq!(unsafe { avx512(&mut e.clone(), &factors) }, plain);
            }
        }
    }

    #[test]
    fn samples_have_the_law_of_the_machine() {
        // Both orders of the layers; 40,000 draws: five standard deviations of a share p are
        // 5 √(p/40,000).
        for (n, m) in [(3, 2), (2, 4), (3, 11), (6, 2)] {
            let mut machine = Rbm::normal(n, m, 1.0, &mut ChaCha8Rng::seed_from_u64(7));
            machine.visible_bias = (0..n).map(|j| (j as f64).sin()).collect();
            machine.hidden_bias = (0..m).map(|k| (k as f64).cos()).collect();
            let count = 40_000;
            let drawn = samples(&machine, count, [3; 32]).expect("small");
            // The weight of v with the hidden units summed out.
            let weight = |v: usize| {
                let field = |k: usize| {
                    machine.hidden_bias[k]
                        + (0..n).filter(|j| v >> j & 1 == 1).map(|j| machine.weights[j * m + k]).sum::<f64>()
                };
                let own: f64 = (0..n).filter(|j| v >> j & 1 == 1).map(|j| machine.visible_bias[j]).sum();
                (own + (0..m).map(|k| softplus(field(k))).sum::<f64>()).exp()
            };
            let z: f64 = (0..1 << n).map(weight).sum();
            let mut counts = vec![0; 1 << n];
            for row in 0..count {
                counts[drawn.ones(row).map(|unit| 1 << unit).sum::<usize>()] += 1;
            }
            for (v, counted) in counts.into_iter().enumerate() {
                let (share, expected) = (f64::from(counted) / count as f64, weight(v) / z);
                assert!((share - expected).abs() <= 5.0 * (expected / count as f64).sqrt() + 1e-4, "{n} x {m}, {v}");
            }
        }
        // More units in the smaller layer than one block has: means of the visible units, summed
        // over all states of both layers one by one.
        for (n, m) in [(11, 12), (12, 11)] {
            let mut machine = Rbm::normal(n, m, 0.8, &mut ChaCha8Rng::seed_from_u64(9));
            machine.visible_bias = (0..n).map(|j| (j as f64).sin()).collect();
            machine.hidden_bias = (0..m).map(|k| (k as f64).cos()).collect();
            let (mut z, mut sums) = (0.0, vec![0.0; n]);
            for v in 0..1usize << n {
                let on = |j: &usize| v >> j & 1 == 1;
                let field = |k: usize| {
                    machine.hidden_bias[k] + (0..n).filter(on).map(|j| machine.weights[j * m + k]).sum::<f64>()
                };
                let own: f64 = (0..n).filter(on).map(|j| machine.visible_bias[j]).sum();
                let weight = (own + (0..m).map(|k| softplus(field(k))).sum::<f64>()).exp();
                z += weight;
                (0..n).filter(on).for_each(|j| sums[j] += weight);
            }
            let found = samples(&machine, 10_000, [5; 32]).expect("small").means();
            for (found, sum) in found.into_iter().zip(sums) {
                let p: f64 = sum / z;
                assert!((found - p).abs() <= 5.0 * (p * (1.0 - p) / 10_000.0).sqrt(), "{n} x {m}: {found} {p}");
            }
        }
        assert!(samples(&Rbm::normal(30, 30, 1.0, &mut ChaCha8Rng::seed_from_u64(7)), 5, [3; 32]).is_none());
    }

    #[test]
    fn logarithms_of_sums_do_not_overflow() {
        // by hand
        assert_eq!((softplus(0.0), softplus(800.0), softplus(-800.0)), (LN_2, 800.0, 0.0));
        assert!((softplus(1.5) - softplus(-1.5) - 1.5).abs() < 1e-15);
        assert_eq!((log_sum_exp(&[1000.0, 1000.0]), log_sum_exp(&[-3.0])), (1000.0 + LN_2, -3.0));
        assert!((log_sum_exp(&[-1000.0, -1000.0 + 3f64.ln()]) + 1000.0 - 4f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn a_gray_code_visits_every_state_once_by_single_flips() {
        for bits in 0..7 {
            let (mut state, mut seen) = (0usize, vec![true]);
            seen.resize(1 << bits, false);
            for (unit, on) in gray(bits) {
                assert!((state >> unit & 1 == 0) == on, "the flip goes the way it says");
                state ^= 1 << unit;
                assert!(!std::mem::replace(&mut seen[state], true));
            }
            assert!(seen.iter().all(|seen| *seen));
        }
    }

    #[test]
    fn both_ways_of_summing_a_block_agree_with_its_states_one_by_one() {
        // 6 low and 2 high units on 11 others, two groups of eight lanes.
        let machine = Rbm::normal(8, 11, 0.7, &mut ChaCha8Rng::seed_from_u64(5));
        let rows: Vec<Vec<f64>> = machine.weights.chunks(11).map(<[f64]>::to_vec).collect();
        let layer = Layer { rows: &rows, own: &machine.visible_bias, other: &machine.hidden_bias };
        let factor = |row: &Vec<f64>, sign: f64| lanes(row.iter().map(|w| libm::exp(sign * w)));
        let factors: Vec<[Vec<Lanes>; 2]> = rows[..6].iter().map(|row| [factor(row, -1.0), factor(row, 1.0)]).collect();
        for high in 0..4 {
            let log = |low: usize| -> f64 {
                let on = |unit: &usize| (high << 6 | low) >> unit & 1 == 1;
                let own: f64 = (0..8).filter(on).map(|unit| machine.visible_bias[unit]).sum();
                let field =
                    |k: usize| machine.hidden_bias[k] + (0..8).filter(on).map(|unit| rows[unit][k]).sum::<f64>();
                own + (0..11).map(|k| field(k).exp().ln_1p()).sum::<f64>()
            };
            let exact = (0..64).map(|low| log(low).exp()).sum::<f64>().ln();
            // 64 states of 11 factors, each rounded a few times.
            for found in [layer.by_factors(high, 6, &factors), layer.by_fields(high, 6)] {
                assert!((found - exact).abs() < 1e-12, "{high}: {found} {exact}");
            }
        }
    }

    #[test]
    fn layers_without_units_and_the_largest_ones_are_summed() {
        // by hand: a layer alone is Π (1 + e^b)
        let alone = |n: usize, m: usize| {
            let machine = Rbm::new(n, m, Vec::new(), vec![0.5; n], vec![0.5; m]).expect("fits");
            log_partition(&machine).expect("nothing to enumerate")
        };
        assert!(
            (alone(3, 0) - 3.0 * softplus(0.5)).abs() < 1e-14 && (alone(0, 30) - 30.0 * softplus(0.5)).abs() < 1e-13
        );
        assert_eq!(alone(0, 0), 0.0);
    }
}
