//! What tempering counts at the pairs of neighbouring rungs of a ladder, and ln Z from it.
//!
//! Of a pair with laws f below and f′ above, Δ = ln f′/f: the ratio of their sums is e^C ⟨σ(Δ − C)⟩
//! below over ⟨σ(C − Δ)⟩ above, for every C, with the least error where C is the logarithm of the
//! ratio itself: C. H. Bennett, J. Comput. Phys. 22, 245 (1976).

use crate::math::logistic;

/// The end of a ladder that a chain was at last.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Neither,
    Low,
    High,
}

impl End {
    /// After a sweep at the upper end.
    pub(super) fn at_high(self) -> Self {
        if self == Self::Low { Self::High } else { self }
    }
}

/// Sums over sweeps, by pair of neighbours.
#[derive(Clone, Default)]
pub(super) struct Sums {
    /// Of σ(Δ − C) below, and of σ(C − Δ) above.
    pub(super) up: Vec<f64>,
    pub(super) down: Vec<f64>,
    /// Of Δ below, and above.
    pub(super) low: Vec<f64>,
    pub(super) high: Vec<f64>,
    /// Of its squares, below and above together.
    pub(super) squares: Vec<f64>,
    /// Of the probability to exchange.
    pub(super) exchanged: Vec<f64>,
    pub(super) sweeps: usize,
    /// Round trips.
    pub(super) trips: usize,
}

impl Sums {
    pub(super) fn new(rungs: usize) -> Self {
        let zeros = || vec![0.0; rungs - 1];
        let (up, down, low, high) = (zeros(), zeros(), zeros(), zeros());
        Self { up, down, low, high, squares: zeros(), exchanged: zeros(), sweeps: 0, trips: 0 }
    }

    /// Those of all ladders together.
    pub(super) fn of<'a>(rungs: usize, ladders: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut sums = Self::new(rungs);
        let add = |a: &mut [f64], b: &[f64]| a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        for one in ladders {
            add(&mut sums.up, &one.up);
            add(&mut sums.down, &one.down);
            add(&mut sums.low, &one.low);
            add(&mut sums.high, &one.high);
            add(&mut sums.squares, &one.squares);
            add(&mut sums.exchanged, &one.exchanged);
            sums.sweeps += one.sweeps;
            sums.trips += one.trips;
        }
        sums
    }

    /// Δ of the states below and above a pair after a sweep, which exchange with probability
    /// `chance`; C is `constant`.
    pub(super) fn count(&mut self, pair: usize, (below, above): (f64, f64), constant: f64, chance: f64) {
        self.up[pair] += logistic(below - constant);
        self.down[pair] += logistic(constant - above);
        self.low[pair] += below;
        self.high[pair] += above;
        self.squares[pair] += below * below + above * above;
        self.exchanged[pair] += chance;
    }

    /// ln Z of every rung over that of the first, with the constants C.
    pub(super) fn log_partitions(&self, constants: &[f64]) -> Vec<f64> {
        let pairs = self.up.iter().zip(&self.down).zip(constants);
        let steps = pairs.map(|((up, down), c)| c + libm::log(up / down));
        let whole = steps.scan(0.0, |sum, step| {
            *sum += step;
            Some(*sum)
        });
        std::iter::once(0.0).chain(whole).collect()
    }

    /// The best C of every pair; where the sums do not tell it, for C was far from it, half the sum
    /// of Δ's means below and above.
    pub(super) fn constants(&self, constants: &[f64]) -> Vec<f64> {
        let n = 2.0 * self.sweeps.max(1) as f64;
        let pair = |at: usize| {
            let found = constants[at] + libm::log(self.up[at] / self.down[at]);
            if found.is_finite() { found } else { (self.low[at] + self.high[at]) / n }
        };
        (0..constants.len()).map(pair).collect()
    }

    /// Share of exchanges that each pair refuses.
    pub(super) fn refused(&self) -> Vec<f64> {
        self.exchanged.iter().map(|sum| 1.0 - sum / self.sweeps.max(1) as f64).collect()
    }
}

/// ln Z of every rung over that of the first, from all ladders together, and its standard error by
/// leaving one ladder out at a time.
pub(super) fn log_partitions(rungs: usize, ladders: &[&Sums], constants: &[f64]) -> Vec<(f64, f64)> {
    let without = |left_out: usize| {
        let kept = ladders.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, sums)| *sums);
        Sums::of(rungs, kept).log_partitions(constants)
    };
    let n = ladders.len() as f64;
    let whole = without(ladders.len());
    let without: Vec<Vec<f64>> = (0..ladders.len()).map(without).collect();
    let rung = |(at, whole): (usize, f64)| {
        let mean = without.iter().map(|one| one[at]).sum::<f64>() / n;
        let square = without.iter().map(|one| (one[at] - mean).powi(2)).sum::<f64>();
        (whole, ((n - 1.0) / n * square).sqrt())
    };
    whole.into_iter().enumerate().map(rung).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two ladders of one pair with one count each: Δ below, Δ above.
    fn ladders(counts: [(f64, f64); 2], constant: f64) -> [Sums; 2] {
        counts.map(|pair| {
            let mut sums = Sums::new(2);
            sums.sweeps = 1;
            sums.count(0, pair, constant, 0.25);
            sums
        })
    }

    #[test]
    fn ratios_and_their_errors_are_as_by_hand() {
        // σ(ln 3) = 3/4, σ(ln 1) = 1/2, σ(−ln 3) = 1/4 at C = 0. Together (3/4 + 1/2)/(1/4 + 1/2) =
        // 5/3; each alone 3 and 1, so that the error is (½ 2 (ln 3/2)²)^½ = ln 3/2.
        let ln_3 = 3f64.ln();
        let both = ladders([(ln_3, ln_3), (0.0, 0.0)], 0.0);
        let found = log_partitions(2, &both.iter().collect::<Vec<_>>(), &[0.0]);
        assert_eq!(found[0], (0.0, 0.0));
        assert!((found[1].0 - (5f64 / 3.0).ln()).abs() < 1e-15 && (found[1].1 - 0.5 * ln_3).abs() < 1e-15);
        let sums = Sums::of(2, &both);
        assert_eq!((sums.sweeps, sums.refused()), (2, vec![0.75]));
        assert!((sums.squares[0] - 2.0 * ln_3 * ln_3).abs() < 1e-15);
        assert!((sums.constants(&[0.0])[0] - (5f64 / 3.0).ln()).abs() < 1e-15);
        // C far away leaves nothing above: half the sum of both means, (2 ln 3 + 0)/4.
        let far = Sums::of(2, &ladders([(ln_3, ln_3), (0.0, 0.0)], -1e4));
        assert!((far.constants(&[-1e4])[0] - 0.5 * ln_3).abs() < 1e-15);
    }

    #[test]
    fn a_pair_of_which_neither_reaches_the_other_has_no_ratio() {
        let mut sums = Sums::new(3);
        (sums.up[1], sums.sweeps) = (1.0, 1);
        let whole = sums.log_partitions(&[0.0; 2]);
        assert!(whole[0] == 0.0 && whole[1].is_nan() && whole[2].is_nan());
    }
}
