//! Autocorrelations over one sweep, exactly: every state of the hidden layer is visited.

use super::Rbm;
use crate::math::{logistic, softplus};
use rayon::prelude::*;

/// States of the hidden layer times visible units that are visited at most: about a second.
const MOST: u64 = 1 << 26;

/// Hidden units that change by single flips within a block.
const LOW_BITS: usize = 8;

/// Autocorrelation over one sweep v → h → v of x = U·v for each of `modes` (length N each) under
/// the Boltzmann law of `machine`; `None` for one along which nothing moves. `None` in all where
/// 2^M N is above 2^26.
///
/// # Source
/// Given h the visible units are independent, and so are v and the v after it of each other: the
/// covariance of x over a sweep is the variance of E\[x|h\] over h, that of x itself has
/// E\[Var(x|h)\] on top.
///
/// # Example
/// ```
/// use rbm_landscape::rbm::{Rbm, stationary::autocorrelations};
/// // by hand: without weights v forgets itself at once
/// let machine = Rbm::new(1, 1, vec![0.0], vec![0.3], vec![-1.0])?;
/// assert_eq!(autocorrelations(&machine, &[&[1.0]]), Some(vec![Some(0.0)]));
/// # Ok::<(), rbm_landscape::rbm::RbmError>(())
/// ```
pub fn autocorrelations(machine: &Rbm, modes: &[&[f64]]) -> Option<Vec<Option<f64>>> {
    let (n, m) = (machine.visible, machine.hidden);
    let states = 1u64.checked_shl(u32::try_from(m).ok()?)?;
    if states.checked_mul(n as u64)? > MOST {
        return None;
    }
    let low = m.min(LOW_BITS);
    let blocks: Vec<Sums> =
        (0..1usize << (m - low)).into_par_iter().map(|high| block(machine, modes, high, low)).collect();
    let mut all = Sums::new(modes.len());
    blocks.iter().for_each(|block| all.merge(block));
    let of = |&[mean, square, within]: &[f64; 3]| {
        let [mean, square, within] = [mean, square, within].map(|sum| sum / all.weight);
        let between = libm::fmaximum(square - mean * mean, 0.0);
        let total = between + within;
        // Rounding leaves as much of equal values.
        (total > 1e-12 * n as f64).then(|| between / total)
    };
    Some(all.modes.iter().map(of).collect())
}

/// Weighted sums over states, in units of e^top.
struct Sums {
    top: f64,
    weight: f64,
    /// Of E\[x|h\], its square and Var(x|h), by mode.
    modes: Vec<[f64; 3]>,
}

impl Sums {
    fn new(modes: usize) -> Self {
        Self { top: f64::NEG_INFINITY, weight: 0.0, modes: vec![[0.0; 3]; modes] }
    }

    /// Counts in units of e^top from now on, if that is more.
    fn raise(&mut self, top: f64) {
        if top > self.top {
            let factor = libm::exp(self.top - top);
            self.weight *= factor;
            self.modes.iter_mut().flatten().for_each(|sum| *sum *= factor);
            self.top = top;
        }
    }

    fn merge(&mut self, other: &Self) {
        self.raise(other.top);
        let factor = libm::exp(other.top - self.top);
        self.weight += factor * other.weight;
        self.modes.iter_mut().flatten().zip(other.modes.iter().flatten()).for_each(|(sum, more)| *sum += factor * more);
    }
}

/// The states whose high bits are `high`.
fn block(machine: &Rbm, modes: &[&[f64]], high: usize, low: usize) -> Sums {
    let m = machine.hidden;
    let mut sums = Sums::new(modes.len());
    let (mut log, mut z) = (0.0, machine.visible_bias.clone());
    let mut flip = |k: usize, sign: f64, z: &mut [f64]| {
        log += sign * machine.hidden_bias[k];
        z.iter_mut().zip(machine.weights.iter().skip(k).step_by(m)).for_each(|(z, w)| *z += sign * w);
        log
    };
    let mut own = 0.0;
    for k in (low..m).filter(|k| high >> (k - low) & 1 == 1) {
        own = flip(k, 1.0, &mut z);
    }
    let mut p = vec![0.0; z.len()];
    for step in 0..1usize << low {
        if step > 0 {
            // Gray code: the lowest set bit of the step changes.
            let bit = step.trailing_zeros() as usize;
            let on = (step ^ (step >> 1)) >> bit & 1 == 1;
            own = flip(bit, if on { 1.0 } else { -1.0 }, &mut z);
        }
        let weight = own + z.iter().map(|z| softplus(*z)).sum::<f64>();
        p.iter_mut().zip(&z).for_each(|(p, z)| *p = logistic(*z));
        sums.raise(weight);
        let weight = libm::exp(weight - sums.top);
        sums.weight += weight;
        for (mode, [mean, square, within]) in modes.iter().zip(&mut sums.modes) {
            let (mut e, mut s) = (0.0, 0.0);
            for (u, p) in mode.iter().zip(&p) {
                e += u * (p - 0.5);
                s += u * u * p * (1.0 - p);
            }
            *mean += weight * e;
            *square += weight * e * e;
            *within += weight * s;
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    /// By all pairs of states: Σ p(v) p(h|v) p(v'|h) x x'.
    fn plainly(machine: &Rbm, mode: &[f64]) -> f64 {
        let (n, m) = (machine.visible, machine.hidden);
        let bits = |state: usize, units: usize| -> Vec<f64> { (0..units).map(|j| (state >> j & 1) as f64).collect() };
        let joint = |v: usize, h: usize| (-machine.energy(&bits(v, n), &bits(h, m))).exp();
        let x = |v: usize| bits(v, n).iter().zip(mode).map(|(v, u)| v * u).sum::<f64>();
        let (mut z, mut mean, mut square, mut product) = (0.0, 0.0, 0.0, 0.0);
        for h in 0..1 << m {
            let marginal: f64 = (0..1 << n).map(|v| joint(v, h)).sum();
            for v in 0..1 << n {
                let weight = joint(v, h);
                z += weight;
                mean += weight * x(v);
                square += weight * x(v) * x(v);
                product += (0..1 << n).map(|next| weight * joint(next, h) / marginal * x(v) * x(next)).sum::<f64>();
            }
        }
        let mean = mean / z;
        (product / z - mean * mean) / (square / z - mean * mean)
    }

    #[test]
    fn autocorrelations_are_those_of_all_pairs_of_states() {
        let rng = &mut ChaCha8Rng::seed_from_u64(3);
        for (n, m, s) in [(4, 3, 1.0), (2, 5, 3.0), (5, 1, 0.2), (3, 10, 0.8)] {
            let mut machine = Rbm::normal(n, m, s, rng);
            machine.visible_bias = (0..n).map(|j| (j as f64).sin()).collect();
            machine.hidden_bias = (0..m).map(|k| (k as f64).cos()).collect();
            let mode: Vec<f64> = (0..n).map(|j| (j as f64 + 0.5).cos()).collect();
            let found = autocorrelations(&machine, &[&mode]).expect("small")[0].expect("moves");
            assert!((found - plainly(&machine, &mode)).abs() < 1e-11, "{n} x {m}");
        }
    }

    #[test]
    fn blocks_of_states_and_far_apart_weights_are_added_up() {
        // Eleven hidden units: more than one block. Ten are uncoupled and change nothing.
        let mut machine = Rbm::new(2, 11, vec![0.0; 22], vec![-40.0; 2], vec![700.0; 11]).expect("fits");
        (machine.weights[0], machine.weights[11]) = (80.0, 80.0);
        machine.hidden_bias[0] = -80.0;
        // Two wells, v = 0 and v = 1, by symmetry of equal weight: v never leaves its own.
        let found = autocorrelations(&machine, &[&[1.0, 1.0], &[1.0, -1.0]]).expect("small");
        assert!((found[0].expect("moves") - 1.0).abs() < 1e-12);
        assert_eq!(found[1], None); // both units are alike
        assert_eq!(
            autocorrelations(&Rbm::new(2, 30, vec![0.0; 60], vec![0.0; 2], vec![0.0; 30]).expect("fits"), &[]),
            None
        );
        assert_eq!(
            autocorrelations(&Rbm::new(1, 80, vec![0.0; 80], vec![0.0], vec![0.0; 80]).expect("fits"), &[]),
            None
        );
    }
}
