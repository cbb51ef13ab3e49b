//! The way from independent units to a machine, along which ln Z is found.
//!
//! f_t(v) = e^((1 − t) c·v + t a·v) Π_k (1 + e^(t (b_k + (Wᵀv)_k))), t from 0 to 1: at 0 the units
//! are independent, the visible ones at biases c, with ln Z_0 = Σ ln(1 + e^c) + M ln 2; at 1 it is
//! the machine. Of both layers together it is e^(c·v + t u), u = (a − c)·v + b·h + vᵀWh.
//!
//! Base rates c: R. Salakhutdinov and I. Murray, ICML 2008.
#![allow(unsafe_code)] // multiversion's dispatch on the instruction set expands to it; there is none of ours.

use super::{Rbm, stream};
use crate::bits::States;
use crate::math::{self, softplus};
use rand::RngExt;

/// Where a path starts, and the steps on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// c, the biases of the visible units at t = 0 (N values).
    pub bias: Vec<f32>,
    /// t of every step, from 0 to 1, ascending; at least 2.
    pub betas: Vec<f64>,
}

impl Path {
    /// `betas` (at least 2) evenly spaced steps from the machine without W and b.
    ///
    /// # Example
    /// ```
    /// use rbm_landscape::rbm::{Rbm, path::Path};
    /// let machine = Rbm::new(1, 1, vec![2.0], vec![0.5], vec![-1.0])?.to_f32();
    /// let path = Path::even(&machine, 5);
    /// assert_eq!((path.bias, path.betas), (vec![0.5], vec![0.0, 0.25, 0.5, 0.75, 1.0]));
    /// # Ok::<(), rbm_landscape::rbm::RbmError>(())
    /// ```
    pub fn even(machine: &Rbm<f32>, betas: usize) -> Self {
        let last = betas.max(2) - 1;
        let betas = (0..=last).map(|t| t as f64 / last as f64).collect();
        Self { bias: machine.visible_bias.clone(), betas }
    }

    /// The same path with `betas` (at least 2) steps, as many between any two as now.
    pub fn refined(&self, betas: usize) -> Self {
        let (now, last) = (self.betas.len() - 1, betas.max(2) - 1);
        let at = |step: usize| {
            let place = step as f64 * now as f64 / last as f64;
            let before = (place as usize).min(now - 1);
            self.betas[before] + (self.betas[before + 1] - self.betas[before]) * (place - before as f64)
        };
        Self { bias: self.bias.clone(), betas: (0..=last).map(at).collect() }
    }

    /// ln Z_0 with `hidden` hidden units.
    pub fn log_partition(&self, hidden: usize) -> f64 {
        let visible: f64 = self.bias.iter().map(|&c| softplus(f64::from(c))).sum();
        visible + hidden as f64 * std::f64::consts::LN_2
    }

    /// `count` independent states at t = 0.
    pub(super) fn start(&self, count: usize, key: [u8; 32]) -> States {
        let mut p = self.bias.clone();
        math::logistic_of_all(&mut p);
        let mut rng = stream(key, u64::MAX);
        States::from_fn(count, self.bias.len(), |_, unit| rng.random::<f32>() < p[unit])
    }

    pub(super) fn tilt(&self, machine: &Rbm<f32>) -> Tilt {
        let pairs = machine.visible_bias.iter().zip(&self.bias);
        let change: Vec<f64> = pairs.map(|(&a, &c)| f64::from(a) - f64::from(c)).collect();
        // Sums of zeros need not be taken.
        Tilt(if change.iter().all(|d| *d == 0.0) { Vec::new() } else { change })
    }
}

/// a − c by visible unit; empty where all are 0.
pub(super) struct Tilt(Vec<f64>);

impl Tilt {
    /// Its sum over the units that are on, the first one, `left`, in the lowest bit.
    pub(super) fn sum(&self, left: usize, on: u64) -> f64 {
        if self.0.is_empty() { 0.0 } else { sum_on(&self.0[left..], on) }
    }

    /// (a − c)·v of one state.
    pub(super) fn of(&self, states: &States, row: usize) -> f64 {
        states.row(row).iter().enumerate().map(|(at, word)| self.sum(at * 64, *word)).sum()
    }
}

/// Σ of the values whose bit is on.
pub(super) fn sum_on(values: &[f64], mut on: u64) -> f64 {
    let mut sum = 0.0;
    while on != 0 {
        sum += values[on.trailing_zeros() as usize];
        on &= on - 1;
    }
    sum
}

/// Units whose factors, each in [1/2, 2], are multiplied before a logarithm is taken.
const TOGETHER: usize = 512;

const LANES: usize = 8;

/// Σ_k ln (1 + e^(to z_k))/(1 + e^(from z_k)): the positive parts add up, the rest is one logarithm
/// of a product.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2", "aarch64+neon"))]
pub(super) fn log_ratio(z: &[f32], from: f64, to: f64) -> f64 {
    log_ratio_body(z, from, to)
}

#[inline(always)]
fn log_ratio_body(z: &[f32], from: f64, to: f64) -> f64 {
    let mut log = 0.0;
    for z in z.chunks(TOGETHER) {
        let (mut over, mut under, mut positive) = ([1.0f64; LANES], [1.0f64; LANES], [0.0f64; LANES]);
        let (whole, rest) = z.as_chunks::<LANES>();
        for z in whole {
            for lane in 0..LANES {
                let z = f64::from(z[lane]);
                over[lane] *= 1.0 + math::exp_negative(-(to * z.abs()));
                under[lane] *= 1.0 + math::exp_negative(-(from * z.abs()));
                positive[lane] += z.max(0.0);
            }
        }
        for (lane, &z) in rest.iter().enumerate() {
            let z = f64::from(z);
            over[lane] *= 1.0 + math::exp_negative(-(to * z.abs()));
            under[lane] *= 1.0 + math::exp_negative(-(from * z.abs()));
            positive[lane] += z.max(0.0);
        }
        let (mut ratio, mut sum) = (1.0, 0.0);
        for lane in 0..LANES {
            ratio *= over[lane] / under[lane];
            sum += positive[lane];
        }
        log += (to - from) * sum + libm::log(ratio);
    }
    log
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_ratio_is_the_difference_of_softplus_on_every_instruction_set() {
        let z: Vec<f32> = (0..1031).map(|k| ((k * 7919) % 2003) as f32 * 0.2 - 200.0).collect();
        for (from, to) in [(0.0, 1.0), (0.5, 0.501), (1.0, 0.25)] {
            let plain: f64 = z.iter().map(|&z| softplus(to * f64::from(z)) - softplus(from * f64::from(z))).sum();
            let ours = log_ratio_body(&z, from, to);
            assert!((ours - plain).abs() < 1e-9, "{ours} {plain}"); // sums of 1e5 rounded to 1e-16
            assert_eq!(log_ratio(&z, from, to).to_bits(), ours.to_bits());
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn avx2(z: &[f32], from: f64, to: f64) -> f64 {
                    log_ratio_body(z, from, to)
                }
                if is_x86_feature_detected!("avx2") {
                    // SAFETY: the processor has it.
                    assert_eq!(unsafe { avx2(&z, from, to) }.to_bits(), ours.to_bits());
                }
            }
        }
    }

    #[test]
    fn the_path_and_its_beginning_are_as_by_hand() {
        let machine = Rbm::new(2, 3, vec![0.5; 6], vec![0.0, 2.0], vec![1.0; 3]).expect("fits").to_f32();
        let betas = |steps: usize| Path::even(&machine, steps).betas;
        assert_eq!((betas(2), betas(5)), (vec![0.0, 1.0], vec![0.0, 0.25, 0.5, 0.75, 1.0]));
        assert_eq!((betas(0), betas(1)), (betas(2), betas(2)));
        // ln(1 + e^0) + ln(1 + e^2) + 3 ln 2
        let path = Path::even(&machine, 2);
        assert!((path.log_partition(3) - 4.0 * 2f64.ln() - 2f64.exp().ln_1p()).abs() < 1e-14);
        let tilted = Path { bias: vec![1.0, -1.0], ..path };
        let (tilt, states) = (tilted.tilt(&machine), States::from_fn(4, 2, |row, unit| row >> unit & 1 == 1));
        assert_eq!([0, 1, 2, 3].map(|row| tilt.of(&states, row)), [0.0, -1.0, 3.0, 2.0]);
    }
}
