//! The way from independent units to a machine, along which ln Z is found.
//!
//! f_t(v, h) = e^(t E) Σ_i p_i e^((1 − t) (c_i·v + g_i·h − d_i)) with E = a·v + b·h + vᵀWh and t
//! between 0 and 1. At 0 it is a mixture of laws of independent units, its bases: in a share p_i of
//! the states they are at biases c_i and g_i. d_i is the difference of their ln Z from that of the
//! first base, so that ln Z_0 = Σ ln(1 + e^c_1) + Σ ln(1 + e^g_1). At 1 it is the machine. One with
//! several states and walls between them wants a base for each: a single base, a little off,
//! prefers one of them by a factor that grows exponentially with the number of units.
//!
//! Base rates c: R. Salakhutdinov and I. Murray, ICML 2008.
#![allow(unsafe_code)] // multiversion's dispatch on the instruction set expands to it; there is none of ours.

use super::gibbs::Layer;
use super::{Rbm, stream};
use crate::bits::States;
use crate::math::{self, softplus};
use rand::RngExt;

/// Where a path starts, and the steps on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The laws of independent units that states at t = 0 are drawn from; at least one.
    pub bases: Vec<Base>,
    /// t of every step, from 0 to 1, ascending; at least 2.
    pub betas: Vec<f64>,
}

/// A law of independent units.
#[derive(Clone, Debug, PartialEq)]
pub struct Base {
    /// Its share of the states at t = 0; that of all bases is 1.
    pub share: f64,
    /// c, the biases of the visible units (N values).
    pub visible: Vec<f32>,
    /// g, those of the hidden units (M values).
    pub hidden: Vec<f32>,
}

impl Base {
    /// ln Z.
    fn log_partition(&self) -> f64 {
        let sum = |bias: &[f32]| bias.iter().map(|&c| softplus(f64::from(c))).sum::<f64>();
        let none = self.hidden.iter().all(|g| *g == 0.0);
        let hidden = if none { self.hidden.len() as f64 * std::f64::consts::LN_2 } else { sum(&self.hidden) };
        sum(&self.visible) + hidden
    }
}

impl Path {
    /// `betas` (at least 2) evenly spaced steps from the machine without W and b.
    ///
    /// # Example
    /// ```
    /// use rbm_landscape::rbm::{Rbm, path::Path};
    /// let machine = Rbm::new(1, 1, vec![2.0], vec![0.5], vec![-1.0])?.to_f32();
    /// let path = Path::even(&machine, 5);
    /// assert_eq!(path.betas, [0.0, 0.25, 0.5, 0.75, 1.0]);
    /// assert_eq!((&path.bases[0].visible, &path.bases[0].hidden), (&vec![0.5], &vec![0.0]));
    /// # Ok::<(), rbm_landscape::rbm::RbmError>(())
    /// ```
    pub fn even(machine: &Rbm<f32>, betas: usize) -> Self {
        Self::from_biases(machine.visible_bias.clone(), vec![0.0; machine.hidden], betas)
    }

    /// `betas` (at least 2) evenly spaced steps from independent units at these biases.
    pub fn from_biases(visible: Vec<f32>, hidden: Vec<f32>, betas: usize) -> Self {
        let last = betas.max(2) - 1;
        let betas = (0..=last).map(|t| t as f64 / last as f64).collect();
        Self { bases: vec![Base { share: 1.0, visible, hidden }], betas }
    }

    /// The same path with `betas` (at least 2) steps, as many between any two as now.
    pub fn refined(&self, betas: usize) -> Self {
        let (now, last) = (self.betas.len() - 1, betas.max(2) - 1);
        let at = |step: usize| {
            let place = step as f64 * now as f64 / last as f64;
            let before = (place as usize).min(now - 1);
            self.betas[before] + (self.betas[before + 1] - self.betas[before]) * (place - before as f64)
        };
        Self { bases: self.bases.clone(), betas: (0..=last).map(at).collect() }
    }

    /// ln Z_0.
    pub fn log_partition(&self) -> f64 {
        self.bases[0].log_partition()
    }

    /// Whether there is one base, whose hidden units are on as often as off.
    pub(super) fn is_plain(&self) -> bool {
        self.bases.len() == 1 && self.bases[0].hidden.iter().all(|g| *g == 0.0)
    }

    /// `count` independent visible states at the biases of the first base.
    pub(super) fn start(&self, count: usize, key: [u8; 32]) -> States {
        let mut p = self.bases[0].visible.clone();
        math::logistic_of_all(&mut p);
        let mut rng = stream(key, u64::MAX);
        States::from_fn(count, p.len(), |_, unit| rng.random::<f32>() < p[unit])
    }

    /// The fields of a layer's units from `left` on at t, from those that the machine gives them,
    /// for states that are drawn with base `base`.
    pub(super) fn change(&self, base: usize, (layer, left): (Layer, usize), t: f64, z: &mut [f32]) {
        let bias = match layer {
            Layer::Visible => &self.bases[base].visible,
            Layer::Hidden => &self.bases[base].hidden,
        };
        z.iter_mut().zip(&bias[left..]).for_each(|(z, c)| *z = c + t as f32 * (*z - c));
    }

    /// Gives every base the share of `states` that is its own; of [`KEPT`] all have the same, for
    /// those that no state shows.
    pub(super) fn share_out(&mut self, states: &States) {
        let count = self.bases.len();
        if count == 1 || states.rows() == 0 {
            return;
        }
        let visible = |base: &Base| base.visible.iter().map(|c| f64::from(*c)).collect::<Vec<f64>>();
        let bias: Vec<Vec<f64>> = self.bases.iter().map(visible).collect();
        let norm: Vec<f64> = bias.iter().map(|bias| bias.iter().map(|c| softplus(*c)).sum()).collect();
        // x as in Tilt, of visible units alone.
        let x = |row: usize| -> Vec<f64> { (0..count).map(|i| norm[i] - states.along(row, &bias[i])).collect() };
        let mut own = vec![0.0; count];
        for row in 0..states.rows() {
            let x = x(row);
            let least = x.iter().copied().fold(f64::INFINITY, libm::fminimum);
            let parts: Vec<f64> =
                x.iter().zip(&self.bases).map(|(x, base)| base.share * libm::exp(least - x)).collect();
            let total: f64 = parts.iter().sum();
            own.iter_mut().zip(&parts).for_each(|(own, part)| *own += part / total);
        }
        for (base, own) in self.bases.iter_mut().zip(&own) {
            base.share = (1.0 - KEPT) * own / states.rows() as f64 + KEPT / count as f64;
        }
    }

    /// Leaves out bases with no more than twice the share that none goes below. Returns the states
    /// with the bases that they have now.
    pub(super) fn leave_out(&mut self, (states, bases): (States, Vec<usize>)) -> (States, Vec<usize>) {
        let least = 2.0 * KEPT / self.bases.len() as f64;
        let stays: Vec<bool> = self.bases.iter().map(|base| base.share > least).collect();
        let left = stays.iter().filter(|stays| **stays).count();
        if left == 0 || left == self.bases.len() {
            return (states, bases);
        }
        let place = |base: usize| if stays[base] { stays[..base].iter().filter(|stays| **stays).count() } else { 0 };
        let bases = bases.into_iter().map(place).collect();
        let mut at = 0;
        self.bases.retain(|_| {
            at += 1;
            stays[at - 1]
        });
        let total: f64 = self.bases.iter().map(|base| base.share).sum();
        self.bases.iter_mut().for_each(|base| base.share /= total);
        (states, bases)
    }

    pub(super) fn tilt(&self, machine: &Rbm<f32>) -> Tilt {
        // ln Z of one base alone is not needed: it differs from itself by 0.
        let offsets = match &self.bases[..] {
            [_] => vec![0.0],
            [first, rest @ ..] => {
                let own = first.log_partition();
                std::iter::once(0.0).chain(rest.iter().map(|base| base.log_partition() - own)).collect()
            }
            [] => Vec::new(),
        };
        let change = |bias: &[f32], of: fn(&Base) -> &[f32]| {
            let mut change = Vec::with_capacity(bias.len() * self.bases.len());
            for (unit, own) in bias.iter().enumerate() {
                change.extend(self.bases.iter().map(|base| f64::from(*own) - f64::from(of(base)[unit])));
            }
            // Sums of zeros need not be taken.
            if change.iter().all(|d| *d == 0.0) { Vec::new() } else { change }
        };
        Tilt {
            visible: change(&machine.visible_bias, |base| &base.visible),
            hidden: change(&machine.hidden_bias, |base| &base.hidden),
            offsets,
            shares: self.bases.iter().map(|base| base.share).collect(),
        }
    }
}

/// Share of bases that no state shows.
const KEPT: f64 = 0.02;

/// What the bases say of states, through x_i = (a − c_i)·v + (b − g_i)·h + d_i: f_t is
/// e^(a·v + b·h + t vᵀWh) Σ_i p_i e^(−(1 − t) x_i).
pub(super) struct Tilt {
    /// a − c_i by unit, then by base; empty where all are 0.
    visible: Vec<f64>,
    /// b − g_i likewise.
    hidden: Vec<f64>,
    /// d_i.
    offsets: Vec<f64>,
    /// p_i.
    shares: Vec<f64>,
}

impl Tilt {
    /// x_i of the state with all units off.
    pub(super) fn none(&self) -> &[f64] {
        &self.offsets
    }

    /// Adds to x_i what units of a layer add that are on, the first one, `left`, in the lowest bit.
    pub(super) fn add(&self, x: &mut [f64], (layer, left): (Layer, usize), mut on: u64) {
        let change = match layer {
            Layer::Visible => &self.visible,
            Layer::Hidden => &self.hidden,
        };
        match x {
            _ if change.is_empty() => {}
            [x] => *x += sum_on(&change[left..], on),
            x => {
                while on != 0 {
                    let unit = left + on.trailing_zeros() as usize;
                    let change = &change[unit * x.len()..];
                    x.iter_mut().zip(change).for_each(|(x, change)| *x += change);
                    on &= on - 1;
                }
            }
        }
    }

    /// (a − c)·v of one state, where there is one base.
    pub(super) fn of(&self, states: &States, row: usize) -> f64 {
        let mut x = [0.0];
        states.row(row).iter().enumerate().for_each(|(at, word)| self.add(&mut x, (Layer::Visible, at * 64), *word));
        x[0]
    }

    /// ln of the sum's ratio at `to` and at `from`.
    pub(super) fn log_ratio(&self, x: &[f64], from: f64, to: f64) -> f64 {
        if let [x] = x {
            return (to - from) * x;
        }
        let least = x.iter().copied().fold(f64::INFINITY, libm::fminimum);
        let sum = |t: f64| -> f64 {
            let parts = x.iter().zip(&self.shares);
            parts.map(|(x, share)| share * libm::exp((1.0 - t) * (least - x))).sum()
        };
        (to - from) * least + libm::log(sum(to) / sum(from))
    }

    /// The base of a state at t, drawn by a number between 0 and 1: i with probability proportional
    /// to p_i e^(−(1 − t) x_i). At t = 0, where states are drawn anew, to p_i.
    pub(super) fn base(&self, x: &[f64], t: f64, uniform: f64) -> usize {
        let least = x.iter().copied().fold(f64::INFINITY, libm::fminimum);
        let part = |(x, share): (&f64, &f64)| {
            if t == 0.0 { *share } else { share * libm::exp((1.0 - t) * (least - x)) }
        };
        let total: f64 = x.iter().zip(&self.shares).map(part).sum();
        let mut rest = uniform * total;
        let ends = |pair| {
            rest -= part(pair);
            rest < 0.0
        };
        x.iter().zip(&self.shares).position(ends).unwrap_or(0)
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

/// Σ (field − bias) over the visible units that are on: vᵀWh, with the fields that the machine
/// gives them.
pub(super) fn coupling(fields: &[f32], bias: &[f32], mut on: u64) -> f64 {
    let mut sum = 0.0;
    while on != 0 {
        let unit = on.trailing_zeros() as usize;
        sum += f64::from(fields[unit]) - f64::from(bias[unit]);
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
        assert!((path.log_partition() - 4.0 * 2f64.ln() - 2f64.exp().ln_1p()).abs() < 1e-14);
        let tilted = Path::from_biases(vec![1.0, -1.0], vec![0.0; 3], 2);
        let (tilt, states) = (tilted.tilt(&machine), States::from_fn(4, 2, |row, unit| row >> unit & 1 == 1));
        assert_eq!([0, 1, 2, 3].map(|row| tilt.of(&states, row)), [0.0, -1.0, 3.0, 2.0]);
        assert!(path.is_plain() && tilted.is_plain());
        assert!(!Path::from_biases(vec![1.0, -1.0], vec![0.0, 0.5, 0.0], 2).is_plain());
    }

    #[test]
    fn bases_are_shared_out_by_states_and_left_out_without_any() {
        // Of 8 states 6 have the first unit on, 2 the second one: bases that are sure of either,
        // and one of both that no state shows. By hand: 0.98 times 3/4 and 1/4, and 0.02/3 for
        // each.
        let base = |visible: [f32; 2]| Base { share: 1.0 / 3.0, visible: visible.to_vec(), hidden: vec![] };
        let bases = vec![base([20.0, -20.0]), base([20.0, 20.0]), base([-20.0, 20.0])];
        let mut path = Path { bases, betas: vec![0.0, 1.0] };
        let states = States::from_fn(8, 2, |row, unit| (row < 6) == (unit == 0));
        path.share_out(&states);
        let shares: Vec<f64> = path.bases.iter().map(|base| base.share).collect();
        let expected = [0.98 * 0.75 + 0.02 / 3.0, 0.02 / 3.0, 0.98 * 0.25 + 0.02 / 3.0];
        assert!(shares.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{shares:?}");
        let (_, of) = path.leave_out((states, vec![2, 1, 0, 0, 0, 0, 0, 0]));
        assert_eq!((path.bases.len(), &of[..3]), (2, &[1, 0, 0][..]));
        assert!((path.bases.iter().map(|base| base.share).sum::<f64>() - 1.0).abs() < 1e-12);
        assert_eq!(path.bases[1].visible, [-20.0, 20.0]);
    }

    #[test]
    fn bases_weigh_as_by_hand() {
        // One visible and one hidden unit; the second base has a partition function (1 + e)(1 + 1)
        // to the first one's (1 + 1)(1 + 1).
        let machine = Rbm::new(1, 1, vec![3.0], vec![0.5], vec![-1.0]).expect("fits").to_f32();
        let base = |share: f64, visible: f32| Base { share, visible: vec![visible], hidden: vec![0.0] };
        let path = Path { bases: vec![base(0.25, 0.0), base(0.75, 1.0)], betas: vec![0.0, 1.0] };
        let tilt = path.tilt(&machine);
        let offset = ((1.0 + 1f64.exp()) / 2.0).ln();
        let mut x = tilt.none().to_vec();
        assert!(x[0] == 0.0 && (x[1] - offset).abs() < 1e-15);
        tilt.add(&mut x, (Layer::Visible, 0), 1);
        tilt.add(&mut x, (Layer::Hidden, 0), 1);
        assert!((x[0] + 0.5).abs() < 1e-15 && (x[1] - (offset - 1.5)).abs() < 1e-15);
        let sum = |t: f64| 0.25 * (-(1.0 - t) * x[0]).exp() + 0.75 * (-(1.0 - t) * x[1]).exp();
        assert!((tilt.log_ratio(&x, 0.25, 0.75) - (sum(0.75) / sum(0.25)).ln()).abs() < 1e-14);
        // The first base up to its part of the sum, at t = 0 up to its share.
        let first = 0.25 * (-0.5 * x[0]).exp() / sum(0.5);
        assert_eq!([first - 1e-9, first + 1e-9].map(|u| tilt.base(&x, 0.5, u)), [0, 1]);
        assert_eq!([0.25 - 1e-9, 0.25 + 1e-9].map(|u| tilt.base(&x, 0.0, u)), [0, 1]);
    }
}
