//! Chains observed along modes: variance, autocorrelation and overlap.

use super::Rbm;
use super::gibbs::Chains;
use crate::bits::States;

/// How long chains are observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// Stretches, one after another; chains are compared with themselves over each.
    pub stretches: usize,
    /// Sweeps per stretch.
    pub lag: usize,
}

/// What chains showed of K modes: sums over chains and sweeps of x_i = Σ_j U_ji (v_j − 1/2).
pub struct Observed<const K: usize> {
    /// Values of every sum.
    count: f64,
    first: [f64; K],
    second: [f64; K],
    product: [f64; K],
    /// x of the first mode after every sweep, chain by chain.
    leading: Vec<Vec<f64>>,
    differing: u32,
    /// Units times chains times stretches.
    compared: f64,
}

/// Observes chains whose burn-in is over along `modes`, one row of K entries per visible unit.
///
/// `each` sees the states after every sweep, `after` those at the end of every stretch.
///
/// # Example
/// ```
/// use rbm_landscape::rbm::{Rbm, gibbs::Chains, modes::{Times, observe}};
/// // by hand: units without weights are independent, so that x of any mode has variance 1/4
/// let machine = Rbm::new(4, 1, vec![0.0; 4], vec![0.0; 4], vec![0.0]).unwrap().to_f32();
/// let mut chains = Chains::independent(&machine, 2000, [7; 32]);
/// let times = Times { stretches: 2, lag: 10 };
/// let seen = observe(&machine, &mut chains, &[[0.5], [0.5], [0.5], [0.5]], times, |_| (), |_| ());
/// let [variance, overlap] = [seen.variance(0, 0.0), seen.overlap()];
/// assert!((variance - 0.25).abs() < 0.02 && overlap.abs() < 0.05);
/// ```
pub fn observe<const K: usize>(
    machine: &Rbm<f32>,
    chains: &mut Chains,
    modes: &[[f64; K]],
    times: Times,
    mut each: impl FnMut(&States),
    mut after: impl FnMut(&States),
) -> Observed<K> {
    let rows = chains.visible.rows();
    let Times { stretches, lag } = times;
    let mut seen = Observed {
        count: (rows * stretches * lag) as f64,
        first: [0.0; K],
        second: [0.0; K],
        product: [0.0; K],
        leading: Vec::with_capacity(stretches * lag),
        differing: 0,
        compared: (rows * stretches * machine.visible) as f64,
    };
    let (mut before, mut now) = (vec![[0.0; K]; rows], vec![[0.0; K]; rows]);
    project(&chains.visible, modes, &mut before);
    for _ in 0..stretches {
        let start = chains.visible.clone();
        chains.follow(machine, 1, lag, |states| {
            project(states, modes, &mut now);
            seen.leading.push(now.iter().filter_map(|x| x.first().copied()).collect());
            each(states);
            for (x, y) in before.iter().zip(&now) {
                for k in 0..K {
                    seen.first[k] += y[k];
                    seen.second[k] += y[k] * y[k];
                    seen.product[k] += x[k] * y[k];
                }
            }
            std::mem::swap(&mut before, &mut now);
        });
        let words = start.words().iter().zip(chains.visible.words());
        seen.differing += words.map(|(a, b)| (a ^ b).count_ones()).sum::<u32>();
        after(&chains.visible);
    }
    seen
}

/// x of the modes, for every chain.
fn project<const K: usize>(states: &States, modes: &[[f64; K]], into: &mut [[f64; K]]) {
    let mut half = [0.0; K];
    modes.iter().for_each(|row| (0..K).for_each(|k| half[k] -= 0.5 * row[k]));
    for (chain, x) in into.iter_mut().enumerate() {
        *x = half;
        for j in states.ones(chain) {
            (0..K).for_each(|k| x[k] += modes[j][k]);
        }
    }
}

impl<const K: usize> Observed<K> {
    /// Mean of x of mode k; 0 at zero field by symmetry, which is then to be used in its place.
    pub fn mean(&self, k: usize) -> f64 {
        self.first[k] / self.count
    }

    /// Variance of x of mode k about `mean`.
    pub fn variance(&self, k: usize, mean: f64) -> f64 {
        self.second[k] / self.count - mean.powi(2)
    }

    /// Autocorrelation of x of mode k over one sweep.
    pub fn autocorrelation(&self, k: usize, mean: f64) -> f64 {
        (self.product[k] / self.count - mean.powi(2)) / self.variance(k, mean)
    }

    /// Autocorrelation of x of the first mode over `sweeps` sweeps, fewer than were observed.
    pub fn leading_autocorrelation(&self, sweeps: usize, mean: f64) -> f64 {
        let pairs = self.leading.iter().zip(&self.leading[sweeps..]);
        let products: f64 = pairs.flat_map(|(x, y)| x.iter().zip(y)).map(|(x, y)| x * y).sum();
        let chains = self.leading.first().map_or(0, Vec::len);
        let count = ((self.leading.len() - sweeps) * chains) as f64;
        (products / count - mean.powi(2)) / self.variance(0, mean)
    }

    /// Overlap of a state with itself a stretch later: 1 the same, 0 independent at zero field.
    pub fn overlap(&self) -> f64 {
        1.0 - 2.0 * f64::from(self.differing) / self.compared
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_are_seen_as_they_are_projected_one_by_one() {
        let (weights, biases) = ((0..15).map(|at| 0.3 * at as f64 - 2.0).collect(), vec![0.4; 5]);
        let machine = Rbm::new(5, 3, weights, biases, vec![-0.2; 3]).expect("a machine").to_f32();
        let modes: Vec<[f64; 2]> = (0..5).map(|j| [0.1 * j as f64, 1.0 - 0.3 * j as f64]).collect();
        let start = Chains::independent(&machine, 7, [5; 32]);
        let (mut chains, mut states, mut ends) = (start.clone(), vec![start.visible.clone()], Vec::new());
        let times = Times { stretches: 3, lag: 4 };
        let seen = observe(&machine, &mut chains, &modes, times, |s| states.push(s.clone()), |s| ends.push(s.clone()));
        // The same states as plain sweeps give.
        let mut plain = start;
        plain.sweep(&machine, 12);
        assert_eq!((&plain.visible, states.len(), ends.len()), (&states[12], 13, 3));
        assert_eq!([&ends[0], &ends[1], &ends[2]], [&states[4], &states[8], &states[12]]);
        // Every number from its definition.
        let x = |s: usize, chain: usize, k: usize| -> f64 {
            (0..5).map(|j| modes[j][k] * (f64::from(u8::from(states[s].get(chain, j))) - 0.5)).sum()
        };
        let over = |from: usize, f: &dyn Fn(usize, usize) -> f64| -> f64 {
            let values: Vec<f64> =
                (from..=12).flat_map(|s| (0..7).map(move |chain| (s, chain))).map(|(s, c)| f(s, c)).collect();
            values.iter().sum::<f64>() / values.len() as f64
        };
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        for k in 0..2 {
            let mean = over(1, &|s, c| x(s, c, k));
            let variance = over(1, &|s, c| x(s, c, k).powi(2)) - mean * mean;
            close(seen.mean(k), mean);
            close(seen.variance(k, mean), variance);
            close(
                seen.autocorrelation(k, mean),
                (over(1, &|s, c| x(s - 1, c, k) * x(s, c, k)) - mean * mean) / variance,
            );
        }
        let three = over(4, &|s, c| x(s - 3, c, 0) * x(s, c, 0));
        close(seen.leading_autocorrelation(3, 0.0), three / over(1, &|s, c| x(s, c, 0).powi(2)));
        let same =
            |stretch: usize, c: usize, j: usize| states[4 * stretch].get(c, j) == states[4 * stretch + 4].get(c, j);
        let all = (0..3).flat_map(|s| (0..7).flat_map(move |c| (0..5).map(move |j| (s, c, j))));
        let equal = all.filter(|&(s, c, j)| same(s, c, j)).count() as f64;
        close(seen.overlap(), 2.0 * equal / 105.0 - 1.0);
    }
}
