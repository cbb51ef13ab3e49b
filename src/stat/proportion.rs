//! Exact limits of a probability from counts.
#![deny(clippy::disallowed_methods)]

use statrs::distribution::{Beta, ContinuousCDF};

/// Upper limit of Clopper and Pearson, one-sided: the probability at which `hits` or fewer of `of`
/// trials have probability 1 − `confidence`; 1 where every trial hits, or of no trials.
/// `confidence` in (0, 1).
///
/// # Source
/// C. J. Clopper, E. S. Pearson, Biometrika 26 (1934) 404.
///
/// # Example
/// ```
/// // by hand: none of 60 at 95 %, 1 − 0.05^(1/60)
/// let high = rbm_landscape::stat::proportion::upper_limit(0, 60, 0.95);
/// assert!((high - (1.0 - 0.05_f64.powf(1.0 / 60.0))).abs() < 1e-12);
/// ```
pub fn upper_limit(hits: usize, of: usize, confidence: f64) -> f64 {
    if hits >= of {
        return 1.0;
    }
    let law = Beta::new(hits as f64 + 1.0, (of - hits) as f64);
    law.map_or(f64::NAN, |law| bisected(|p| law.cdf(p) < confidence)) // the parameters are positive
}

/// Lower limit, one-sided: one less the upper limit of the trials that miss.
pub fn lower_limit(hits: usize, of: usize, confidence: f64) -> f64 {
    1.0 - upper_limit(of.saturating_sub(hits), of, confidence)
}

/// The place in (0, 1) where `below` turns false.
fn bisected(below: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if below(middle) { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_the_limits_the_count_has_the_probability_that_is_left() {
        // The definition, by the binomial sum itself.
        let at_most = |hits: usize, of: usize, p: f64| -> f64 {
            let mut term = (1.0 - p).powi(of as i32);
            let mut sum = term;
            for k in 1..=hits {
                term *= (of - k + 1) as f64 / k as f64 * p / (1.0 - p);
                sum += term;
            }
            sum
        };
        for (hits, of) in [(0, 1), (1, 50), (2, 200), (13, 20)] {
            for confidence in [0.95, 0.975] {
                let high = upper_limit(hits, of, confidence);
                assert!((at_most(hits, of, high) - (1.0 - confidence)).abs() < 1e-9, "{hits} {of}");
                let low = lower_limit(hits + 1, of, confidence);
                assert!((at_most(hits, of, low) - confidence).abs() < 1e-9, "{hits} {of}");
            }
        }
        assert_eq!((upper_limit(7, 7, 0.95), lower_limit(0, 7, 0.95), upper_limit(0, 0, 0.95)), (1.0, 0.0, 1.0));
    }
}
