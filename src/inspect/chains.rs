//! Chains of a machine, observed along its leading modes.

use super::PerLayer;
use crate::bits::States;
use crate::rbm::Rbm;
use crate::rbm::gibbs::{self, Chains};
use crate::rbm::mean_field::{self, autocorrelation};
use crate::rbm::reciprocal::Reciprocal;
use crate::rbm::stationary;
use crate::stat::mean::mean_and_error;

/// Modes that are listed and observed.
pub(super) const LISTED: usize = 12;

/// Chains, and the groups in which they are taken for standard errors.
pub(super) const CHAINS: usize = 100;
const GROUPS: usize = 10;

/// Sweeps before the observation and during it.
const BURN: usize = 300;
const SWEEPS: usize = 300;

/// Every so many sweeps the hidden units are looked at.
const EVERY: usize = 10;

/// What chains show of one mode.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// Autocorrelation of x over one sweep and its standard error over groups of chains.
    pub(super) measured: (f64, f64),
    /// The same by the identity for conditionally independent units, from averages over chains.
    pub(super) identity: f64,
}

/// What chains show.
pub(super) struct Observed {
    /// By mode; `None` for one that no chain moved along, and for a single chain.
    pub(super) modes: Vec<Option<Seen>>,
    /// Autocorrelations by mode from all states, where those of the hidden layer can be visited.
    pub(super) enumerated: Option<Vec<Option<f64>>>,
    /// Units that no chain changed.
    pub(super) frozen: PerLayer,
    /// Means of the visible units.
    pub(super) means: Vec<f64>,
    /// Visible states at the end.
    pub(super) states: States,
}

/// Observes chains of `machine` (β included) along the leading modes.
pub(super) fn observe(machine: &Rbm, modes: &Reciprocal, start: Option<States>, key: [u8; 32]) -> Observed {
    let single = machine.to_f32();
    let exchanged = single.exchanged();
    let (n, m) = (machine.visible, machine.hidden);
    let listed = modes.singular_values().len().min(LISTED);
    let along: Vec<&[f64]> = (0..listed).map(|i| modes.visible_modes().col_as_slice(i)).collect();
    let mut chains = match start {
        // At zero field a state and its complement are as likely, and chains that were cooled down
        // together may all be at one of them.
        Some(states) if mean_field::at_zero_field(machine) => {
            let complement = |row: usize, unit: usize| states.get(row, unit) != (row % 2 == 1);
            Chains::new(States::from_fn(states.rows(), n, complement), key, 0)
        }
        Some(states) => Chains::new(states, key, 0),
        None => Chains::independent(&single, CHAINS, key),
    };
    chains.sweep(&single, BURN);
    let rows = chains.visible.rows();
    // Sums of x, x² and x x' by mode and chain, of deviations from the first state of all.
    let project = |states: &States| -> Vec<Vec<f64>> { states.along_modes(&along) };
    let origin: Vec<f64> = along.iter().map(|mode| chains.visible.along(0, mode)).collect();
    let mut before = project(&chains.visible);
    let mut sums = vec![vec![[0.0; 4]; rows]; listed];
    let (mut means, mut variances) = (vec![0.0; n], vec![0.0; n]);
    let (mut seen_visible, mut seen_hidden) = (Ever::new(n), Ever::new(m));
    let mut looks = 0.0;
    let mut sweep = 0;
    chains.follow(&single, 1, SWEEPS, |states| {
        let now = project(states);
        for (i, (x, y)) in before.iter().zip(&now).enumerate() {
            for (sum, (x, y)) in sums[i].iter_mut().zip(x.iter().zip(y)) {
                let (x, y) = (x - origin[i], y - origin[i]);
                for (sum, part) in sum.iter_mut().zip([x, y, 0.5 * (x * x + y * y), x * y]) {
                    *sum += part;
                }
            }
        }
        before = now;
        seen_visible.add(states);
        sweep += 1;
        if sweep % EVERY == 0 {
            let hidden = gibbs::hidden_means(&single, states);
            let mut rng = crate::rbm::stream(key, u64::MAX - 2 - sweep as u64);
            let drawn = States::from_fn(rows, m, |row, k| rand::RngExt::random::<f32>(&mut rng) < hidden[row * m + k]);
            seen_hidden.add(&drawn);
            for row in gibbs::hidden_means(&exchanged, &drawn).chunks(n) {
                for (j, p) in row.iter().enumerate() {
                    let p = f64::from(*p);
                    means[j] += p;
                    variances[j] += p * (1.0 - p);
                }
            }
            looks += rows as f64;
        }
    });
    means.iter_mut().chain(&mut variances).for_each(|sum| *sum /= looks);
    let seen = |i: usize| {
        let total = |range: std::ops::Range<usize>| {
            let mut total = [0.0; 4];
            sums[i][range].iter().for_each(|sum| total.iter_mut().zip(sum).for_each(|(t, s)| *t += s));
            total
        };
        let count = (SWEEPS * rows) as f64;
        let all = total(0..rows).map(|sum| sum / count);
        let variance = all[2] - all[0] * all[1];
        // Rounding leaves as much of equal values.
        if variance.is_nan() || variance <= 1e-12 || rows < 2 {
            return None;
        }
        // About the mean of all chains, so that chains stuck in different places count as slow.
        let mean = 0.5 * (all[0] + all[1]);
        let of = |range: std::ops::Range<usize>| {
            let count = (SWEEPS * range.len()) as f64;
            let [x, y, square, product] = total(range).map(|sum| sum / count);
            let around = |second: f64| second - mean * (x + y) + mean * mean;
            (around(product), around(square))
        };
        let (product, square) = of(0..rows);
        let per = rows.div_ceil(GROUPS);
        let ratio = product / square;
        // Linearised: the error of a ratio is that of product − ratio · square, over square.
        let parts: Vec<f64> = (0..rows)
            .step_by(per)
            .map(|first| of(first..rows.min(first + per)))
            .map(|(product, group)| (product - ratio * group) / square)
            .collect();
        let identity = autocorrelation(along[i], &variances, square);
        Some(Seen { measured: (ratio, mean_and_error(&parts).1), identity })
    };
    let frozen = PerLayer { visible: seen_visible.frozen(), hidden: seen_hidden.frozen() };
    let enumerated = stationary::autocorrelations(machine, &along);
    Observed { enumerated, modes: (0..listed).map(seen).collect(), frozen, means, states: chains.visible }
}

/// Which units were ever 1, and which ever 0.
struct Ever {
    units: usize,
    ones: Vec<u64>,
    zeros: Vec<u64>,
}

impl Ever {
    fn new(units: usize) -> Self {
        let words = units.div_ceil(64);
        Self { units, ones: vec![0; words], zeros: vec![0; words] }
    }

    fn add(&mut self, states: &States) {
        for row in 0..states.rows() {
            for (at, word) in states.row(row).iter().enumerate() {
                self.ones[at] |= word;
                self.zeros[at] |= !word;
            }
        }
    }

    fn frozen(&self) -> usize {
        let both: u32 = self.ones.iter().zip(&self.zeros).map(|(a, b)| (a & b).count_ones()).sum();
        self.units - both as usize
    }
}
