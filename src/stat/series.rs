//! How much a Markov chain's samples are worth: autocorrelation, integrated autocorrelation time,
//! effective sample size.

use std::f64::consts::PI;

/// What the series of one observable on several chains say.
#[derive(Clone, Debug)]
pub struct Mixing {
    /// Values of all chains together.
    pub values: u64,
    /// Mean of all values.
    pub mean: f64,
    /// Variance of all values about their mean, divided by their number.
    pub variance: f64,
    /// Autocorrelation at lag 1, over all chains.
    pub lag_1: f64,
    /// Integrated autocorrelation time τ = 1 + 2 Σ ρ(t) over all chains, in steps, at least 1.
    pub time: f64,
    /// τ of the chain for which it is largest, in steps, at least 1; infinite for a chain that
    /// never left the mean of all.
    pub slowest_time: f64,
    /// Values of all chains together divided by τ: at most as many as there are values.
    pub effective_samples: f64,
    /// Whether every chain is at least 50 times its own τ long, so that τ itself can be trusted.
    pub long_enough: bool,
}

/// Why series say nothing of their autocorrelation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unmeasurable {
    /// Fewer than two values of each chain, or no chain.
    #[error("fewer than two values of every chain")]
    TooShort,
    /// All values of all chains are equal.
    #[error("frozen: all values of all chains are equal")]
    Frozen,
    /// All values of each chain are equal, but not those of different chains.
    #[error("frozen: every chain stays at one value, and not all at the same")]
    Apart,
}

/// One chain's values of one observable, of any number, in bounded memory: means of blocks of 1, 2,
/// 4, ... steps, so that at most as many are kept as asked for. The mean of the blocks and its
/// error are those of the values, whatever the length of a block; variance and autocorrelation at
/// lag 1 are summed beside them.
#[derive(Clone, Debug)]
pub struct Recorder {
    most: usize,
    block: u64,
    blocks: Vec<f64>,
    open: (u64, f64),
    count: u64,
    origin: f64,
    last: f64,
    sum: f64,
    squares: f64,
    products: f64,
}

impl Recorder {
    /// No values yet; `most` blocks are kept, rounded up to an even number of at least 2.
    pub fn new(most: usize) -> Self {
        let most = most.max(2).next_multiple_of(2);
        let (blocks, open) = (Vec::new(), (0, 0.0));
        let (origin, last, sum, squares, products) = (0.0, 0.0, 0.0, 0.0, 0.0);
        Self { most, block: 1, blocks, open, count: 0, origin, last, sum, squares, products }
    }

    /// The next value of the series.
    pub fn push(&mut self, value: f64) {
        // Deviations from the first value: a constant series then has no variance at all.
        if self.count == 0 {
            self.origin = value;
        }
        let x = value - self.origin;
        self.count += 1;
        self.sum += x;
        self.squares += x * x;
        self.products += self.last * x; // the first value's deviation is zero
        self.last = x;
        let (values, sum) = (self.open.0 + 1, self.open.1 + x);
        if values < self.block {
            self.open = (values, sum);
            return;
        }
        self.open = (0, 0.0);
        self.blocks.push(sum / self.block as f64);
        if self.blocks.len() == self.most {
            self.blocks = self.blocks.chunks_exact(2).map(|pair| 0.5 * (pair[0] + pair[1])).collect();
            self.block *= 2;
        }
    }

    /// Number of values so far.
    pub fn count(&self) -> u64 {
        self.count
    }

    fn mean(&self) -> f64 {
        self.origin + self.sum / self.count as f64
    }

    /// Σ (x − mean)² and Σ (x_t − mean)(x_{t+1} − mean).
    fn about(&self, mean: f64) -> [f64; 2] {
        let (shift, n) = (mean - self.origin, self.count as f64);
        let squares = self.squares - shift * (2.0 * self.sum - n * shift);
        let products = self.products - shift * (2.0 * self.sum - self.last - (n - 1.0) * shift);
        [squares.max(0.0), products]
    }
}

/// What equally long series say together. Deviations are taken from the mean of all of them: chains
/// that are stuck in different places then show as slow.
///
/// τ is the initial monotone sequence: sums of the autocorrelation at lags 2k and 2k + 1, which are
/// positive and fall with k for a reversible chain, are added until one is not positive, each no
/// larger than the one before. A lag's products are divided by the number of values, not of
/// products. τ is at least 1: for one layer of a block Gibbs sampler, v → h → v, no autocorrelation
/// is negative (the step from v to h times its own adjoint), so that an estimate below 1 is noise;
/// for a series that does alternate, more effective samples than values would be right, and as many
/// as values is the cautious side.
///
/// # Errors
/// No series, fewer than two values each, or no chain that ever changes.
///
/// # Example
/// ```
/// use rbm_landscape::stat::series::{Recorder, mixing_of};
/// let mut alternating = Recorder::new(1000);
/// (0..1000).for_each(|t| alternating.push(f64::from(t % 2)));
/// let mixing = mixing_of(&[alternating]).unwrap();
/// assert!((mixing.lag_1 + 1.0).abs() < 1e-12 && mixing.effective_samples == 1000.0);
/// ```
///
/// # Source
/// C. J. Geyer, Statistical Science 7, 473 (1992), section 3.3. J. S. Liu, W. H. Wong and A. Kong,
/// Biometrika 81, 27 (1994): the autocorrelation of one block of a two-block Gibbs sampler is not
/// negative. Blocks: H. Flyvbjerg and H. G. Petersen, J. Chem. Phys. 91, 461 (1989).
pub fn mixing_of(chains: &[Recorder]) -> Result<Mixing, Unmeasurable> {
    let length = chains.iter().map(|chain| chain.count).min().unwrap_or(0);
    if length < 2 {
        return Err(Unmeasurable::TooShort);
    }
    let count = chains.iter().map(|chain| chain.count).sum::<u64>() as f64;
    let mean = chains.iter().map(|chain| chain.mean() * (chain.count as f64 / count)).sum::<f64>();
    let about: Vec<[f64; 2]> = chains.iter().map(|chain| chain.about(mean)).collect();
    let squares = about.iter().map(|[squares, _]| squares).sum::<f64>();
    let variance = squares / count;
    // What rounding leaves of the mean of equal values is no variance.
    let largest = chains.iter().map(|chain| chain.origin.abs()).fold(0.0, |top, x| if x > top { x } else { top });
    if !(variance > (8.0 * f64::EPSILON * largest).powi(2) && variance.is_finite()) {
        return Err(Unmeasurable::Frozen);
    }
    // Deviations are from the first value, so that those of a chain that stays are zero.
    if chains.iter().all(|chain| chain.squares == 0.0) {
        return Err(Unmeasurable::Apart);
    }
    let products = about.iter().map(|[_, products]| products).sum::<f64>();
    let lag_1 = products / (count - chains.len() as f64) / variance;
    let mut all: Vec<f64> = Vec::new();
    let (mut slowest, mut long_enough) = (1.0f64, true);
    for (chain, [squares, _]) in chains.iter().zip(&about) {
        let sums = chain.covariances(mean);
        // Σ over blocks of one chain in units of one value's variance: block · C(t)/n_blocks over Σ
        // (x − mean)²/n.
        let unit = squares / chain.count as f64;
        let time = (chain.block as f64 / chain.blocks.len() as f64 * initial_monotone(&sums) / unit).max(1.0);
        // A chain that stays at the mean of all has no variance of its own and says nothing of its
        // time.
        let time = if unit > 0.0 { time } else { f64::INFINITY };
        slowest = if time > slowest { time } else { slowest };
        long_enough &= chain.count as f64 >= 50.0 * time;
        all.resize(all.len().max(sums.len()), 0.0);
        let weight = chain.block as f64 * chain.count as f64 / (chain.blocks.len() as f64 * count);
        all.iter_mut().zip(&sums).for_each(|(all, one)| *all += weight * one);
    }
    let time = (initial_monotone(&all) / variance).max(1.0);
    long_enough &= length as f64 >= 50.0 * time;
    let values = chains.iter().map(|chain| chain.count).sum();
    let effective_samples = count / time;
    Ok(Mixing { values, mean, variance, lag_1, time, slowest_time: slowest, effective_samples, long_enough })
}

impl Recorder {
    /// Σ_j (y_j − mean)(y_{j+t} − mean) over the blocks, for every lag t from 0, by a Fourier
    /// transform: n log n operations.
    fn covariances(&self, mean: f64) -> Vec<f64> {
        let (n, shift) = (self.blocks.len(), mean - self.origin);
        // Zeros behind the series keep its end from meeting its beginning.
        let size = (2 * n).next_power_of_two();
        let mut values: Vec<[f64; 2]> = self.blocks.iter().map(|y| [y - shift, 0.0]).collect();
        values.resize(size, [0.0; 2]);
        transform(&mut values);
        values.iter_mut().for_each(|[re, im]| (*re, *im) = (*re * *re + *im * *im, 0.0));
        transform(&mut values); // of an even real sequence: the inverse but for 1/size
        values[..n].iter().map(|[re, _]| re / size as f64).collect()
    }
}

/// Σ over all lags, both signs, of covariances at lags 0, 1, ... by the initial monotone sequence.
fn initial_monotone(covariances: &[f64]) -> f64 {
    let (mut sum, mut least) = (0.0, f64::INFINITY);
    for pair in covariances.chunks(2) {
        let both = pair.iter().sum::<f64>();
        if both <= 0.0 {
            break;
        }
        least = if both < least { both } else { least };
        sum += least;
    }
    2.0 * sum - covariances.first().copied().unwrap_or(0.0)
}

/// The discrete Fourier transform of complex numbers, as many as a power of two, in place.
fn transform(values: &mut [[f64; 2]]) {
    let n = values.len();
    let bits = n.trailing_zeros();
    for i in (0..n).filter(|_| n > 1) {
        let j = i.reverse_bits() >> (usize::BITS - bits);
        if i < j {
            values.swap(i, j);
        }
    }
    let mut half = 1;
    while half < n {
        let turns: Vec<[f64; 2]> =
            (0..half).map(|k| PI * k as f64 / half as f64).map(|angle| [libm::cos(angle), -libm::sin(angle)]).collect();
        for part in values.chunks_exact_mut(2 * half) {
            let (low, high) = part.split_at_mut(half);
            for ((a, b), [c, s]) in low.iter_mut().zip(high).zip(&turns) {
                let transposed = [b[0] * c - b[1] * s, b[0] * s + b[1] * c];
                (*a, *b) = ([a[0] + transposed[0], a[1] + transposed[1]], [a[0] - transposed[0], a[1] - transposed[1]]);
            }
        }
        half *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::ChaCha8Rng};
    use rand_distr::{Distribution, StandardNormal};

    /// Of series that are kept as a whole, each cut to the length of the shortest.
    fn mixing(chains: &[Vec<f64>]) -> Result<Mixing, Unmeasurable> {
        let length = chains.iter().map(Vec::len).min().unwrap_or(0);
        let record = |chain: &Vec<f64>| {
            let mut recorder = Recorder::new(length + 1);
            chain[..length].iter().for_each(|x| recorder.push(*x));
            recorder
        };
        mixing_of(&chains.iter().map(record).collect::<Vec<_>>())
    }

    /// x' = φ x + noise, stationary from the start.
    fn autoregressive(phi: f64, length: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
        let mut normal = || <StandardNormal as Distribution<f64>>::sample(&StandardNormal, rng);
        let mut x = normal() / (1.0 - phi * phi).sqrt();
        let mut next = || {
            x = phi * x + normal();
            x
        };
        (0..length).map(|_| next()).collect()
    }

    #[test]
    fn an_autoregressive_series_has_its_known_time() {
        // ρ(t) = φ^t, τ = (1 + φ)/(1 − φ). The estimator's relative variance is about 2 (2·5 + 1)
        // τ/n (Sokal's formula for a window of 5 τ); 5 standard deviations are allowed.
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        for phi in [0.0, 0.8, 0.95f64] {
            let chains: Vec<Vec<f64>> = (0..10).map(|_| autoregressive(phi, 20_000, rng)).collect();
            let found = mixing(&chains).expect("varies");
            let exact = (1.0 + phi) / (1.0 - phi);
            let spread = (22.0 * exact / 200_000.0).sqrt();
            assert!((found.time / exact - 1.0).abs() < 5.0 * spread + 0.01, "{} {exact}", found.time);
            assert!(found.long_enough && (found.effective_samples - 200_000.0 / found.time).abs() < 1e-6);
            assert!((found.lag_1 - phi).abs() < 0.02);
            // var x = 1/(1 − φ²), mean 0: 5 standard errors, of correlated squares (τ of x² is
            // below that of x).
            let variance = 1.0 / (1.0 - phi * phi);
            assert!((found.variance / variance - 1.0).abs() < 5.0 * (2.0 * exact / 200_000.0).sqrt());
            assert!(found.mean.abs() < 5.0 * (variance * exact / 200_000.0).sqrt());
        }
    }

    #[test]
    fn there_are_never_more_effective_samples_than_values() {
        // φ = −1/2: τ = (1 + φ)/(1 − φ) = 1/3, three effective samples per value; as many as values
        // are counted.
        let rng = &mut ChaCha8Rng::seed_from_u64(2);
        let chains: Vec<Vec<f64>> = (0..3).map(|_| autoregressive(-0.5, 10_000, rng)).collect();
        let found = mixing(&chains).expect("varies");
        assert_eq!((found.time, found.effective_samples, found.long_enough), (1.0, 30_000.0, true));
        assert!((found.lag_1 + 0.5).abs() < 0.03);
        // White noise, 20 values: 200 draws.
        for _ in 0..200 {
            let few = mixing(&[autoregressive(0.0, 20, rng)]).expect("varies");
            assert!(few.time >= 1.0 && few.effective_samples <= 20.0 && few.values == 20);
        }
    }

    #[test]
    fn the_sequence_ends_at_the_first_pair_that_is_not_positive_and_never_rises() {
        // by hand: pairs 1.5, 0.5, 0.75 -> 0.5, then -0.25: 2 (1.5 + 0.5 + 0.5) - 1
        let covariances = [1.0, 0.5, 0.25, 0.25, 0.5, 0.25, 0.0, -0.25, 3.0, 3.0];
        assert_eq!(initial_monotone(&covariances), 4.0);
        assert_eq!(initial_monotone(&[1.0, -0.75]), -0.5);
        assert_eq!(initial_monotone(&[]), 0.0);
    }

    #[test]
    fn covariances_by_transform_are_the_plain_sums() {
        let rng = &mut ChaCha8Rng::seed_from_u64(3);
        for length in [2, 3, 64, 100] {
            let series = autoregressive(0.6, length, rng);
            let mut recorder = Recorder::new(length + 1);
            series.iter().for_each(|x| recorder.push(*x));
            let found = recorder.covariances(0.25);
            assert_eq!(found.len(), length);
            for (lag, found) in found.iter().enumerate() {
                let plain: f64 = series.iter().zip(&series[lag..]).map(|(a, b)| (a - 0.25) * (b - 0.25)).sum();
                assert!((found - plain).abs() < 1e-12 * length as f64, "{lag}: {found} {plain}");
            }
            // Mean, variance and lag 1 by their definitions.
            let n = length as f64;
            let mean = series.iter().sum::<f64>() / n;
            let squares: f64 = series.iter().map(|x| (x - mean).powi(2)).sum();
            let products: f64 = series.windows(2).map(|w| (w[0] - mean) * (w[1] - mean)).sum();
            let mixing = mixing(std::slice::from_ref(&series)).expect("varies");
            assert!((mixing.mean - mean).abs() < 1e-13 && (mixing.variance - squares / n).abs() < 1e-12);
            assert!((mixing.lag_1 - products / (n - 1.0) / (squares / n)).abs() < 1e-11);
        }
    }

    #[test]
    fn a_recorder_keeps_what_it_is_asked_to() {
        // 1, 2, 4, 8, 5: of at most 4 blocks; at the fourth, means of two: 3/2 and 6, less the
        // first value, and the fifth is open.
        let mut recorder = Recorder::new(3);
        assert_eq!((recorder.most, Recorder::new(0).most, Recorder::new(4).most), (4, 2, 4));
        [1.0, 2.0, 4.0, 8.0, 5.0].into_iter().for_each(|x| recorder.push(x));
        assert_eq!((recorder.block, &recorder.blocks[..], recorder.open), (2, &[0.5, 5.0][..], (1, 4.0)));
        assert_eq!((recorder.count(), recorder.mean()), (5, 4.0));
        // About 4: 9 + 4 + 0 + 16 + 1, and 6 + 0 + 0 + 4; about 3: 4 + 1 + 1 + 25 + 4, and 2 − 1 +
        // 5 + 10.
        assert_eq!((recorder.about(4.0), recorder.about(3.0)), ([30.0, 10.0], [35.0, 16.0]));
        // By definition: variance 30/5, lag 1 (10/4)/6. Blocks about 4: −5/2 and 2, covariances
        // 41/4 and −5: only the first of a pair that is positive counts, 2 (41/4 − 5) − 41/4 = 1/4,
        // and no time is below 1.
        let found = mixing_of(&[recorder]).expect("varies");
        assert_eq!((found.values, found.mean, found.variance), (5, 4.0, 6.0));
        assert!((found.lag_1 - 2.5 / 6.0).abs() < 1e-15 && found.time == 1.0 && found.effective_samples == 5.0);
        assert!(!found.long_enough);
    }

    #[test]
    fn fourier_transforms_are_those_by_hand() {
        // 1, 2, 3, 4: 10, −2 + 2i, −2, −2 − 2i.
        let mut values = [1.0, 2.0, 3.0, 4.0].map(|x| [x, 0.0]);
        transform(&mut values);
        let expected = [[10.0, 0.0], [-2.0, 2.0], [-2.0, 0.0], [-2.0, -2.0]];
        for (found, expected) in values.iter().zip(expected) {
            assert!((found[0] - expected[0]).abs() < 1e-15 && (found[1] - expected[1]).abs() < 1e-15, "{values:?}");
        }
        // i alone at place 1 of two: i, −i; one value is its own transform.
        let (mut two, mut one) = ([[0.0, 0.0], [0.0, 1.0]], [[3.0, 4.0]]);
        transform(&mut two);
        transform(&mut one);
        assert_eq!((two, one), ([[0.0, 1.0], [0.0, -1.0]], [[3.0, 4.0]]));
    }

    #[test]
    fn a_chain_is_long_enough_at_fifty_of_its_times() {
        // Alternating values have the least time, 1: 50 of them are enough, 49 or 48 are not.
        let of = |length: usize| mixing(&[(0..length).map(|t| (t % 2) as f64).collect()]).expect("varies").long_enough;
        assert_eq!([48, 49, 50, 51].map(of), [false, false, true, true]);
        // The shortest of several counts: cut to 40.
        let alternating = |length: usize| (0..length).map(|t| (t % 2) as f64).collect::<Vec<f64>>();
        assert!(!mixing(&[alternating(100), alternating(40)]).expect("varies").long_enough);
        // Two values are the least.
        assert!(mixing(&[vec![0.0, 1.0]]).is_ok());
        assert_eq!(mixing(&[vec![0.0]]).err(), Some(Unmeasurable::TooShort));
    }

    #[test]
    fn blocks_keep_the_time_in_little_memory() {
        // τ = 9 of φ = 0.8: from blocks of 64 steps as from all values, within 5 standard
        // deviations of either (relative variance of block means 2/n_blocks per chain; of the
        // window as above).
        let rng = &mut ChaCha8Rng::seed_from_u64(4);
        let chains: Vec<Vec<f64>> = (0..10).map(|_| autoregressive(0.8, 16_384, rng)).collect();
        let record = |most: usize| -> Vec<Recorder> {
            let one = |chain: &Vec<f64>| {
                let mut recorder = Recorder::new(most);
                chain.iter().for_each(|x| recorder.push(*x));
                assert!(recorder.blocks.len() < recorder.most && recorder.count() == 16_384);
                recorder
            };
            chains.iter().map(one).collect()
        };
        let (whole, blocks) = (mixing(&chains).expect("varies"), record(512));
        assert_eq!((blocks[0].block, blocks[0].blocks.len()), (64, 256));
        let blocked = mixing_of(&blocks).expect("varies");
        // The mean of a block of 64 has the whole time but for its ends: 9 (1 − (9² − 1)/(2·9·64))
        // = 8.4 and what lag 1 adds.
        assert!((blocked.time - 9.0).abs() < 5.0 * 9.0 * (2.0 * 3.0 / 2560f64).sqrt(), "{}", blocked.time);
        assert!((whole.time - 9.0).abs() < 5.0 * 9.0 * (22.0 * 9.0 / 163_840f64).sqrt(), "{}", whole.time);
        assert_eq!((blocked.lag_1, blocked.variance, blocked.mean), (whole.lag_1, whole.variance, whole.mean));
        assert!(blocked.long_enough && whole.long_enough);
    }

    #[test]
    fn one_slow_chain_among_many_is_not_long_enough() {
        // Nine chains of independent values and one of φ = 0.99 (τ = 199, 2,000 values: 10 τ), all
        // of variance 1.
        let rng = &mut ChaCha8Rng::seed_from_u64(5);
        let mut chains: Vec<Vec<f64>> = (0..9).map(|_| autoregressive(0.0, 2000, rng)).collect();
        assert!(mixing(&chains).expect("varies").long_enough);
        let slow = autoregressive(0.99, 2000, rng);
        chains.push(slow.iter().map(|x| x * (1.0 - 0.99f64 * 0.99).sqrt()).collect());
        let found = mixing(&chains).expect("varies");
        assert!(50.0 * found.time < 2000.0, "together they would seem long enough: {}", found.time);
        assert!(!found.long_enough && found.slowest_time > 40.0, "{}", found.slowest_time);
    }

    #[test]
    fn stuck_chains_are_not_long_enough() {
        let stuck: Vec<Vec<f64>> =
            (0..4).map(|c| (0..200).map(|t| f64::from(c) + 0.01 * f64::from(t % 3)).collect()).collect();
        assert!(!mixing(&stuck).expect("varies").long_enough);
        let why = |chains: &[Vec<f64>]| mixing(chains).err();
        assert_eq!(why(&[vec![1.0; 10]]), Some(Unmeasurable::Frozen));
        assert_eq!([why(&[]), why(&[vec![1.0]])], [Some(Unmeasurable::TooShort); 2]);
        // Rounding of the mean of three equal values is no variance.
        assert_eq!(why(&[vec![0.1; 10], vec![0.1; 10], vec![0.1; 10]]), Some(Unmeasurable::Frozen));
        // Two chains that never move, each at a place of its own: not even as slow.
        assert_eq!(why(&[vec![0.1; 10], vec![0.3; 10]]), Some(Unmeasurable::Apart));
        assert!(mixing(&[vec![0.1; 10], (0..10).map(f64::from).collect()]).is_ok());
        // A chain that never moves, exactly at the mean of the others.
        let frozen = vec![vec![0.5; 200], (0..200).map(|t| f64::from(t * 7919 % 100 >= 50)).collect()];
        let found = mixing(&frozen).expect("varies");
        assert!(!found.long_enough && found.slowest_time.is_infinite());
    }

    #[test]
    fn a_long_stuck_series_is_not_long_enough() {
        // A chain that never leaves its place: every lag counts. Lag by lag these would be four
        // thousand million products.
        let stuck: Vec<f64> = (0..1 << 16).map(|t| f64::from(t) / 65_536.0).collect();
        assert!(!mixing(&[stuck]).expect("varies").long_enough);
    }
}
