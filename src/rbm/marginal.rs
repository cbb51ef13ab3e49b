//! The law of visible states, up to its constant: hidden units are summed out.
#![allow(unsafe_code)] // multiversion's dispatch on the instruction set expands to it; there is none of ours.

use super::Rbm;
use crate::bits::{States, ones};
use crate::math::exp_negative;
use rayon::prelude::*;

/// Hidden units whose fields are summed together.
const COLUMNS: usize = 64;

/// Units whose factors are multiplied side by side: as many doubles as the widest registers hold.
const LANES: usize = 8;

/// States that share what the cache holds of the weights.
const ROWS: usize = 64;

/// ln p(v) + ln Z of each of `states` (units of `machine`, which includes β), in nats; not-a-number
/// or infinite where fields are beyond doubles.
///
/// # Panics
/// Where the states have another number of units than the machine has visible ones.
///
/// # Source
/// ln p(v) + ln Z = a·v + Σ_k ln(1 + exp(b_k + Σ_j W_jk v_j)).
///
/// # Example
/// ```
/// use rbm_landscape::{bits::States, rbm::{Rbm, marginal::log_weights}};
/// // by hand: 2 ln 2 at v = 0, and at v = 1 fields of 0 and 1000
/// let machine = Rbm::new(1, 2, vec![0.0, 1000.0], vec![0.5], vec![0.0, 0.0])?;
/// let states = States::from_fn(2, 1, |row, _| row == 1);
/// let found = log_weights(&machine, &states);
/// assert!((found[0] - 4f64.ln()).abs() < 1e-15 && (found[1] - 1000.5 - 2f64.ln()).abs() < 1e-12);
/// # Ok::<(), rbm_landscape::rbm::RbmError>(())
/// ```
pub fn log_weights(machine: &Rbm, states: &States) -> Vec<f64> {
    assert_eq!(states.units(), machine.visible, "states of this machine");
    let per_row = states.words_per_row();
    let mut logs = vec![0.0; states.rows()];
    logs.par_chunks_mut(ROWS).enumerate().for_each(|(block, logs)| {
        weigh(machine, &states.words()[block * ROWS * per_row..][..logs.len() * per_row], logs);
    });
    logs
}

/// Adds ln of its weight to the number in `logs` that each state of `words` has.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2", "aarch64+neon"))]
fn weigh(machine: &Rbm, words: &[u64], logs: &mut [f64]) {
    weigh_body(machine, words, logs);
}

#[inline(always)]
fn weigh_body(machine: &Rbm, words: &[u64], logs: &mut [f64]) {
    let (m, per_row) = (machine.hidden, machine.visible.div_ceil(64));
    for (at, log) in logs.iter_mut().enumerate() {
        let row = &words[at * per_row..][..per_row];
        ones(row).for_each(|j| *log += machine.visible_bias[j]);
    }
    for left in (0..m).step_by(COLUMNS) {
        let width = COLUMNS.min(m - left);
        // Units that do not exist are off for certain.
        let mut bias = [f64::NEG_INFINITY; COLUMNS];
        bias[..width].copy_from_slice(&machine.hidden_bias[left..left + width]);
        for (at, log) in logs.iter_mut().enumerate() {
            let row = &words[at * per_row..][..per_row];
            let mut z = bias;
            ones(row).for_each(|j| {
                let weights = &machine.weights[j * m + left..][..width];
                match weights.as_array::<COLUMNS>() {
                    Some(weights) => z.iter_mut().zip(weights).for_each(|(z, w)| *z += w),
                    None => z.iter_mut().zip(weights).for_each(|(z, w)| *z += w),
                }
            });
            *log += softplus_sum(&z);
        }
    }
}

/// Σ_k ln(1 + e^z_k): the positive parts add up, the rest is one logarithm of a product of factors
/// between 1 and 2.
#[inline(always)]
fn softplus_sum(z: &[f64; COLUMNS]) -> f64 {
    let (mut factor, mut positive) = ([1.0; LANES], [0.0; LANES]);
    for z in z.as_chunks::<LANES>().0 {
        for lane in 0..LANES {
            factor[lane] *= 1.0 + exp_negative(-z[lane].abs());
            positive[lane] += z[lane].max(0.0);
        }
    }
    positive.iter().sum::<f64>() + libm::log(factor.iter().product())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::softplus;
    use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

    #[test]
    fn log_weights_are_the_plain_sums_on_every_instruction_set() {
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        for (n, m, rows) in [(1, 1, 3), (5, 64, 70), (131, 65, 129), (64, 130, 2), (3, 7, 0), (2, 0, 3)] {
            let machine = Rbm::normal(n, m, 1.5, rng);
            let states = States::from_fn(rows, n, |_, _| rng.random::<f32>() < 0.3);
            let plain = |row: usize| -> f64 {
                let on: Vec<usize> = (0..n).filter(|&j| states.get(row, j)).collect();
                let field = |k: usize| on.iter().fold(machine.hidden_bias[k], |z, j| z + machine.weights[j * m + k]);
                on.iter().map(|&j| machine.visible_bias[j]).sum::<f64>()
                    + (0..m).map(|k| softplus(field(k))).sum::<f64>()
            };
            let found = log_weights(&machine, &states);
            assert_eq!(found.len(), rows);
            for (row, log) in found.iter().enumerate() {
                // Sums of up to 1e3, rounded to 1e-16, of some hundred terms.
                assert!((log - plain(row)).abs() < 1e-10, "{n} {m} {row}: {log} {}", plain(row));
            }
            let words = &states.words()[..rows.min(ROWS) * n.div_ceil(64)];
            let by = |weigh: &dyn Fn(&mut [f64])| {
                let mut logs = vec![0.0; rows.min(ROWS)];
                weigh(&mut logs);
                logs
            };
            assert_eq!(by(&|logs| weigh_body(&machine, words, logs)), found[..rows.min(ROWS)]);
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn avx2(machine: &Rbm, words: &[u64], logs: &mut [f64]) {
                    weigh_body(machine, words, logs);
                }
                if is_x86_feature_detected!("avx2") {
                    // SAFETY: the processor has it.
                    assert_eq!(by(&|logs| unsafe { avx2(&machine, words, logs) }), found[..rows.min(ROWS)]);
                }
            }
        }
    }

    #[test]
    fn fields_that_are_not_numbers_are_no_weight() {
        // by hand: 2 · 1.8e308 is infinite
        let on = States::from_fn(1, 2, |_, _| true);
        let mut machine = Rbm::new(2, 1, vec![f64::MAX; 2], vec![0.0; 2], vec![0.0]).expect("finite");
        assert_eq!(log_weights(&machine, &on), [f64::INFINITY]);
        machine.weights[0] = f64::NAN;
        assert!(log_weights(&machine, &on)[0].is_nan());
    }
}
