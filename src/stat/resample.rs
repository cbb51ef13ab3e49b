//! Permutations and the bootstrap: intervals and tests of statistics whose law is not known.

use super::{StatError, Test, usable};
use crate::evidence::Interval;
use rand::{Rng, RngExt};
use statrs::distribution::{ContinuousCDF, Normal};

/// Two-sample permutation test: p = share of divisions of the pooled values whose `statistic` is at least the observed one.
///
/// Exact: all divisions when there are at most `draws` of them, else `draws` random ones with the observed one counted,
/// p = (1 + #)/(1 + draws). Large values of `statistic` are evidence against one common law (or, more generally, against
/// exchangeable values).
///
/// # Errors
/// An empty sample, or a value that is not finite.
///
/// # Source
/// B. Phipson, G. K. Smyth, Stat. Appl. Genet. Mol. Biol. 9 (2010) 39.
pub fn permutation_test(
    a: &[f64],
    b: &[f64],
    statistic: impl Fn(&[f64], &[f64]) -> f64,
    draws: usize,
    rng: &mut impl Rng,
) -> Result<Test, StatError> {
    let test = "permutation test";
    usable(test, a, 1)?;
    usable(test, b, 1)?;
    let observed = statistic(a, b);
    // Equal up to rounding counts as equal: sums of the same values in another order.
    let reaches = |x: f64| x >= observed - 1e-12 * observed.abs();
    let mut pool = [a, b].concat();
    let total = pool.len();
    let divisions = (1..=a.len()).fold(1.0, |c, i| c * (total - a.len() + i) as f64 / i as f64);
    if divisions <= draws as f64 && total < 64 {
        let (mut count, mut all) = (0.0, 0.0);
        // All words with a.len() ones, by Gosper's step.
        let mut word: u64 = (1 << a.len()) - 1;
        while word < 1 << total {
            let part = |on: bool| -> Vec<f64> {
                (0..total).filter(|&i| (word >> i & 1 == 1) == on).map(|i| pool[i]).collect()
            };
            all += 1.0;
            count += f64::from(u8::from(reaches(statistic(&part(true), &part(false)))));
            let low = word & word.wrapping_neg();
            let up = word + low;
            word = (((word ^ up) >> 2) / low) | up;
        }
        return Ok(Test { statistic: observed, p_value: count / all });
    }
    let mut count = 1.0;
    for _ in 0..draws {
        for i in 0..a.len() {
            let j = rng.random_range(i..total);
            pool.swap(i, j);
        }
        let (left, right) = pool.split_at(a.len());
        count += f64::from(u8::from(reaches(statistic(left, right))));
    }
    Ok(Test { statistic: observed, p_value: count / (1.0 + draws as f64) })
}

/// Bootstrap interval (bias-corrected and accelerated) of a smooth statistic of independent values. Asymptotic: its error of
/// coverage falls as 1/n.
///
/// # Errors
/// Fewer than five values, one that is not finite, or a statistic that does not vary.
///
/// # Source
/// B. Efron, J. Am. Stat. Assoc. 82 (1987) 171.
pub fn bootstrap_interval(
    sample: &[f64],
    statistic: impl Fn(&[f64]) -> f64,
    confidence: f64,
    resamples: usize,
    rng: &mut impl Rng,
) -> Result<Interval, StatError> {
    let test = "bootstrap";
    usable(test, sample, 5)?;
    let n = sample.len();
    let found = statistic(sample);
    let mut values: Vec<f64> = (0..resamples)
        .map(|_| statistic(&(0..n).map(|_| sample[rng.random_range(0..n)]).collect::<Vec<f64>>()))
        .collect();
    values.sort_by(f64::total_cmp);
    if values.first() == values.last() {
        return Err(StatError::Constant { test });
    }
    let left_out: Vec<f64> = (0..n).map(|i| statistic(&[&sample[..i], &sample[i + 1..]].concat())).collect();
    let middle = left_out.iter().sum::<f64>() / n as f64;
    let power = |k: i32| left_out.iter().map(|x| (middle - x).powi(k)).sum::<f64>();
    let acceleration = if power(2) > 0.0 { power(3) / (6.0 * power(2).powf(1.5)) } else { 0.0 };
    let normal = Normal::standard();
    let below =
        values.iter().map(|&x| if x < found { 1.0 } else { f64::from(u8::from(x == found)) / 2.0 }).sum::<f64>();
    let share = (below / resamples as f64).clamp(0.5 / resamples as f64, 1.0 - 0.5 / resamples as f64);
    let bias = normal.inverse_cdf(share);
    let limit = |p: f64| {
        let z = bias + normal.inverse_cdf(p);
        let q = normal.cdf(bias + z / (1.0 - acceleration * z));
        values[((q * resamples as f64) as usize).min(resamples - 1)]
    };
    let tail = (1.0 - confidence) / 2.0;
    Ok(Interval::confidence(limit(tail), limit(1.0 - tail), confidence))
}

#[cfg(test)]
mod tests {
    use super::super::reference;
    use super::*;
    use rand::{SeedableRng, rngs::ChaCha8Rng};

    fn gap(a: &[f64], b: &[f64]) -> f64 {
        let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
        (mean(a) - mean(b)).abs()
    }

    #[test]
    fn all_divisions_agree_with_scipy_and_random_ones_with_all() {
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        reference::agrees("permutation", |a, b| {
            permutation_test(&a[..8], &b[..7], gap, 10_000, &mut ChaCha8Rng::seed_from_u64(1)).expect("finite")
        });
        for set in reference::SETS {
            let (a, b) = reference::samples(set);
            let p = reference::of("permutation", set).1;
            let drawn = permutation_test(&a[..8], &b[..7], gap, 5000, rng).expect("finite").p_value;
            assert!((drawn - p).abs() < 5.0 * (p * (1.0 - p) / 5000.0).sqrt() + 2e-4, "{set}: {drawn} {p}");
        }
    }

    #[test]
    fn unusable_input_is_named() {
        let rng = &mut ChaCha8Rng::seed_from_u64(2);
        assert!(matches!(permutation_test(&[], &[1.0], gap, 10, rng), Err(StatError::TooFew { .. })));
        let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
        assert!(matches!(bootstrap_interval(&[1.0; 9], mean, 0.9, 99, rng), Err(StatError::Constant { .. })));
        assert!(matches!(bootstrap_interval(&[1.0; 4], mean, 0.9, 99, rng), Err(StatError::TooFew { .. })));
    }

    #[test]
    fn the_interval_of_a_skew_sample_is_moved_towards_its_tail() {
        // by hand: of the mean of n values the acceleration is Σ d³/(6 (Σ d²)^(3/2)), d = x − mean: positive here, so that the
        // upper limit lies beyond the plain quantile of the same resamples, and the lower one above it.
        let sample = [0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0, 1.4, 2.2, 4.0, 7.5];
        let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
        let stream = || ChaCha8Rng::seed_from_u64(3);
        let found = bootstrap_interval(&sample, mean, 0.9, 4000, &mut stream()).expect("varies");
        let rng = &mut stream();
        let mut drawn: Vec<f64> =
            (0..4000).map(|_| mean(&std::array::from_fn::<f64, 11, _>(|_| sample[rng.random_range(0..11)]))).collect();
        drawn.sort_by(f64::total_cmp);
        let d = |k: i32| sample.iter().map(|x| (x - mean(&sample)).powi(k)).sum::<f64>();
        let acceleration = d(3) / (6.0 * d(2).powf(1.5));
        let normal = Normal::standard();
        let bias = normal.inverse_cdf(drawn.iter().filter(|x| **x < mean(&sample)).count() as f64 / 4000.0);
        for (p, limit) in [(0.05, found.low), (0.95, found.high)] {
            let z = bias + normal.inverse_cdf(p);
            let share = normal.cdf(bias + z / (1.0 - acceleration * z));
            let rank = drawn.partition_point(|x| *x < limit) as f64 / 4000.0;
            assert!((rank - share).abs() < 2e-3 && rank > p, "{p}: {rank} {share}");
        }
    }
}
