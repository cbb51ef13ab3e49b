//! The bulk of one spectrum: which standard deviation it says, which singular values stand out of
//! it, and whether the rest has the shape of the Marchenko-Pastur law.
//!
//! Singular values of one matrix repel: r times their Kolmogorov distance to the law grows like ln
//! r, not √r. So the interval and the p-value here come from spectra of the same size drawn from
//! the bidiagonal model, never from the law of independent values. Scaling a normal matrix scales
//! its spectrum, so both are exact for normal entries without outliers, up to the number of draws.
#![deny(clippy::disallowed_methods)]

use super::bidiagonal::Bidiagonal;
use super::marchenko_pastur::{MarchenkoPastur, ShapeError};
use super::{spike, tracy_widom};
use crate::linalg::LinalgError;
use crate::stat::interval::Interval;
use crate::stat::{Test, goodness::sup_distance};
use rand::rngs::ChaCha8Rng;
use rayon::prelude::*;

/// A spectrum without a bulk that can be fitted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FitError {
    /// No matrix.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// Not the singular values of such a matrix.
    #[error("{got} singular values for a matrix of {visible} x {hidden}: min(N, M) are needed")]
    Length {
        /// How many there are.
        got: usize,
        /// N.
        visible: usize,
        /// M.
        hidden: usize,
    },
    /// Negative, NaN, infinite, or out of order.
    #[error("singular value number {at} is {value}: finite, not negative, descending ones are needed")]
    Value {
        /// Index.
        at: usize,
        /// The value.
        value: f64,
    },
    /// A drawn spectrum did not converge.
    #[error(transparent)]
    Linalg(#[from] LinalgError),
    /// Rank too low: the middle of the spectrum is zero.
    #[error("three quarters of the singular values are zero (or all but outliers): there is no bulk to fit")]
    NoBulk,
    /// Half of the spectrum or more are outliers, and hardly anything is left.
    #[error(
        "{} singular values are outliers and {left} of the others left: too few for a bulk", outliers.len()
    )]
    FewLeft {
        /// Outliers, largest first, without strengths.
        outliers: Vec<Outlier>,
        /// Singular values below them.
        left: usize,
    },
}

/// How a fit is made.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Confidence of the interval of s, in (0, 1).
    pub confidence: f64,
    /// An edge p-value below this makes an outlier.
    pub alpha: f64,
    /// Spectra drawn for the interval and the p-value; the p-value is at least 1/(1 + draws).
    pub draws: usize,
}

/// A singular value above the bulk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outlier {
    /// λ.
    pub singular_value: f64,
    /// Chance of a largest singular value that high without a spike (Tracy-Widom, those above it
    /// taken out).
    pub p_value: f64,
    /// Strength θ of the spike that puts an outlier there; `None` when the edge is nearer than the
    /// limit law resolves.
    pub strength: Option<f64>,
}

/// What the bulk says.
#[derive(Clone, Debug, PartialEq)]
pub struct Bulk {
    /// Standard deviation of the entries, median-unbiased.
    pub s: f64,
    /// Its interval.
    pub interval: Interval,
    /// Chance of a largest singular value as high as the one found, s fitted to the whole spectrum;
    /// `None` for a single singular value, which is its own bulk.
    pub edge: Option<f64>,
    /// Outliers, largest first.
    pub outliers: Vec<Outlier>,
    /// Kolmogorov distance of what remains to the fitted law, with its Monte Carlo p-value.
    pub shape: Test,
}

/// Fits s to the middle half of the spectrum (by rank, so that outliers and the edges hardly
/// matter), takes out outliers one by one from the top, and judges the rest.
///
/// `singular_values` descending, of an N x M matrix (`visible`, `hidden`); `stream(i)` is the
/// generator of draw i.
///
/// # Errors
/// A spectrum of the wrong length, with values that are not finite, negative or out of order, or
/// without a bulk; a drawn spectrum that does not converge.
///
/// # Source
/// One by one: S. Kritchman, B. Nadler, IEEE Trans. Signal Process. 57 (2009) 3930.
pub fn bulk(
    singular_values: &[f64],
    (visible, hidden): (usize, usize),
    options: Options,
    stream: impl Fn(usize) -> ChaCha8Rng + Sync,
) -> Result<Bulk, FitError> {
    MarchenkoPastur::new(visible, hidden, 1.0)?;
    let r = visible.min(hidden);
    if singular_values.len() != r {
        return Err(FitError::Length { got: singular_values.len(), visible, hidden });
    }
    let wrong = |i: usize| {
        let value = singular_values[i];
        !(value >= 0.0 && value.is_finite()) || (i > 0 && value > singular_values[i - 1])
    };
    if let Some(at) = (0..r).find(|&i| wrong(i)) {
        return Err(FitError::Value { at, value: singular_values[at] });
    }
    // What a decomposition leaves of zero.
    let floor = f64::EPSILON * visible.max(hidden) as f64 * singular_values[0];
    let cleaned: Vec<f64> = singular_values.iter().map(|&l| if l > floor { l } else { 0.0 }).collect();
    let singular_values = &cleaned[..];
    let null = |out: usize| -> Result<Null, FitError> {
        let law = Unit::new(visible - out, hidden - out)?;
        let drawn = (0..options.draws).into_par_iter().map(|draw| {
            let spectrum = Bidiagonal::normal(visible - out, hidden - out, 1.0, &mut stream(draw)).singular_values()?;
            let s = law.estimate(&spectrum);
            Ok((s, law.distance(&spectrum, s), spectrum[0] / s))
        });
        let drawn = drawn.collect::<Result<Vec<(f64, f64, f64)>, LinalgError>>()?;
        let mut estimates: Vec<f64> = drawn.iter().map(|one| one.0).collect();
        estimates.sort_by(f64::total_cmp);
        let of = |value: fn(&(f64, f64, f64)) -> f64| drawn.iter().map(value).collect();
        Ok(Null { law, estimates, distances: of(|one| one.1), tops: of(|one| one.2) })
    };
    let first = null(0)?;
    let centre = quantile(&first.estimates, 0.5);
    let (mut outliers, mut edge) = (Vec::new(), None);
    while outliers.len() + 1 < r {
        let out = outliers.len();
        let (n, m) = (visible - out, hidden - out);
        let raw = Unit::new(n, m)?.estimate(&singular_values[out..]);
        let (s, singular_value) = (raw / centre, singular_values[out]);
        if s == 0.0 {
            return Err(FitError::NoBulk);
        }
        let p_value = if r - out < LIMIT_LAW && options.alpha * (1 + options.draws) as f64 > 1.0 {
            null(out)?.edge(singular_value / raw)
        } else {
            tracy_widom::survival(tracy_widom::edge_statistic(singular_value, n, m, s))
        };
        edge = edge.or(Some(p_value));
        if p_value >= options.alpha {
            break;
        }
        outliers.push(Outlier { singular_value, p_value, strength: None });
    }
    let out = outliers.len();
    if out > 0 && r - out < FEWEST && r - out <= out {
        return Err(FitError::FewLeft { outliers, left: r - out });
    }
    let null = if out == 0 { first } else { null(out)? };
    let rest = &singular_values[out..];
    let raw = null.law.estimate(rest);
    if raw == 0.0 {
        return Err(FitError::NoBulk);
    }
    let at = |p: f64| raw / quantile(&null.estimates, p);
    let s = at(0.5);
    for outlier in &mut outliers {
        outlier.strength = spike::strength(outlier.singular_value, visible, hidden, s);
    }
    let tail = (1.0 - options.confidence) / 2.0;
    let distance = null.law.distance(rest, raw);
    let reached = null.distances.iter().filter(|&&d| d >= distance).count();
    Ok(Bulk {
        s,
        interval: Interval::confidence(at(1.0 - tail), at(tail), options.confidence),
        edge,
        outliers,
        shape: Test { statistic: distance, p_value: (1 + reached) as f64 / (1 + options.draws) as f64 },
    })
}

/// Singular values from which on the limit law of the largest one stands in for drawn spectra: s is
/// fitted to half of them, and of few it is not known well enough for that law. Of few it is used
/// only where the draws are too few for the level.
const LIMIT_LAW: usize = 40;

/// Singular values that a bulk below outliers needs where these are half of the spectrum or more:
/// the middle half of fewer is one value or two.
const FEWEST: usize = 4;

/// What spectra without outliers give.
struct Null {
    law: Unit,
    /// Of s = 1, ascending.
    estimates: Vec<f64>,
    distances: Vec<f64>,
    /// Largest singular values, each divided by its spectrum's estimate of s.
    tops: Vec<f64>,
}

impl Null {
    /// Chance of a largest singular value as high as `top`, both in units of the estimate of s.
    fn edge(&self, top: f64) -> f64 {
        let reached = self.tops.iter().filter(|&&drawn| drawn >= top).count();
        (1 + reached) as f64 / (1 + self.tops.len()) as f64
    }
}

/// Value of ascending `sorted` below which a share `p` lies; 1 of none.
fn quantile(sorted: &[f64], p: f64) -> f64 {
    if sorted.is_empty() {
        return 1.0;
    }
    let at = (p * (sorted.len() + 1) as f64 - 1.0).clamp(0.0, (sorted.len() - 1) as f64);
    let (low, part) = (at as usize, at.fract());
    sorted[low] + part * (sorted[(low + 1).min(sorted.len() - 1)] - sorted[low])
}

/// The law of s = 1 and its quantiles in the middle half.
struct Unit {
    law: MarchenkoPastur,
    middle: Vec<f64>,
    first: usize,
}

impl Unit {
    fn new(visible: usize, hidden: usize) -> Result<Self, FitError> {
        let law = MarchenkoPastur::new(visible, hidden, 1.0)?;
        let r = visible.min(hidden);
        let first = r / 4;
        let middle = (first..r - first).map(|i| law.quantile(1.0 - (i as f64 + 0.5) / r as f64)).collect();
        Ok(Self { law, middle, first })
    }

    /// Least squares of λ = s q over the middle half; not corrected for finite size.
    fn estimate(&self, descending: &[f64]) -> f64 {
        let pairs = || self.middle.iter().zip(&descending[self.first..]);
        pairs().map(|(q, l)| q * l).sum::<f64>() / self.middle.iter().map(|q| q * q).sum::<f64>()
    }

    fn distance(&self, descending: &[f64], s: f64) -> f64 {
        let ascending: Vec<f64> = descending.iter().rev().map(|l| l / s).collect();
        sup_distance(&ascending, |l| self.law.cdf(l))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::singular_values;
    use crate::spectra::ensemble;
    use rand::SeedableRng;

    const OPTIONS: Options = Options { confidence: 0.99, alpha: 1e-6, draws: 200 };

    fn of(w: &faer::Mat<f64>) -> Result<Bulk, FitError> {
        bulk(&singular_values(w.as_ref()).unwrap(), (w.nrows(), w.ncols()), OPTIONS, seeded)
    }

    fn seeded(i: usize) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(1000 + i as u64)
    }

    #[test]
    fn tall_wide_and_square_bulks_are_fitted_and_spikes_found_with_their_strengths() {
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        for (n, m) in [(157, 101), (101, 157), (101, 101)] {
            let plain = of(&ensemble::normal(n, m, 0.3, rng)).expect("a bulk");
            // The relative error of s is below 1/sqrt(N M) < 1 %; the interval is one of 99 %.
            assert!((plain.s / 0.3 - 1.0).abs() < 0.03 && plain.outliers.is_empty(), "{plain:?}");
            assert!(plain.interval.low < plain.s && plain.s < plain.interval.high);
            let theta = 4.0 * spike::threshold(n, m, 0.3);
            let (one, ..) = ensemble::spiked(faer::Mat::zeros(n, m), theta, rng);
            // Two random spikes overlap a little: their strengths are the singular values of their
            // sum.
            let (spikes, ..) = ensemble::spiked(one, 2.0 * theta, rng);
            let found = of(&(ensemble::normal(n, m, 0.3, rng) + &spikes)).expect("a bulk");
            let strengths = singular_values(spikes.as_ref()).unwrap();
            assert_eq!(found.outliers.len(), 2, "{found:?}");
            assert!((found.s / 0.3 - 1.0).abs() < 0.03);
            for (outlier, strength) in found.outliers.iter().zip(&strengths) {
                // An outlier fluctuates by about s.
                assert!((outlier.strength.unwrap() - strength).abs() < 4.0 * 0.3, "{outlier:?} {strength}");
            }
        }
    }

    #[test]
    fn a_foreign_shape_is_refused() {
        let rng = &mut ChaCha8Rng::seed_from_u64(2);
        let w = ensemble::correlated_rows(157, 101, 0.5, 0.3, rng).unwrap();
        assert!(of(&w).expect("a bulk").shape.p_value <= 1.0 / 201.0 + 1e-12);
    }

    #[test]
    fn small_and_degenerate_spectra_are_fitted_or_refused() {
        let one = of(&faer::Mat::from_fn(1, 1, |_, _| 0.7)).expect("one value");
        assert!(one.interval.low < 0.7 && one.interval.high > 0.7 && one.outliers.is_empty(), "{one:?}");
        assert_eq!(of(&faer::Mat::zeros(9, 7)), Err(FitError::NoBulk));
        // Rank one.
        assert_eq!(of(&faer::Mat::from_fn(40, 30, |_, _| 1.0)), Err(FitError::NoBulk));
        let by = |values: &[f64]| bulk(values, (3, 2), OPTIONS, seeded);
        assert!(matches!(by(&[1.0]), Err(FitError::Length { got: 1, .. })));
        assert!(matches!(by(&[1.0, 2.0]), Err(FitError::Value { at: 1, .. })));
        for bad in [f64::NAN, f64::INFINITY, -1.0] {
            assert!(matches!(by(&[bad, 0.5]), Err(FitError::Value { at: 0, .. })), "{bad}");
        }
        // One value far above two others is an outlier of a bulk, three far above one leave none.
        let few = |values: &[f64]| bulk(values, (4000, values.len()), OPTIONS, seeded);
        let two = few(&[500.0, 64.0, 62.5]).expect("two values of 4000 entries each");
        assert!(two.outliers.len() == 1 && (two.s - 1.0).abs() < 0.05, "{two:?}");
        for values in [&[2000.0, 64.0][..], &[4000.0, 2000.0, 1000.0, 63.0]] {
            let Err(FitError::FewLeft { outliers, left: 1 }) = few(values) else { panic!("{values:?}") };
            assert_eq!(outliers.iter().map(|one| one.singular_value).collect::<Vec<_>>(), values[..values.len() - 1]);
        }
        assert!(matches!(bulk(&[], (0, 2), OPTIONS, seeded), Err(FitError::Shape(_))));
    }

    #[test]
    fn places_in_a_sorted_list_are_those_by_hand() {
        // Of n values the k-th lies at p = k/(n + 1); between them linear, beyond them the last.
        let sorted = [1.0, 2.0, 4.0];
        let found = [0.0, 0.25, 0.375, 0.5, 0.625, 0.75, 0.9, 1.0].map(|p| quantile(&sorted, p));
        assert_eq!(found, [1.0, 1.0, 1.5, 2.0, 3.0, 4.0, 4.0, 4.0]);
        assert_eq!((quantile(&[], 0.5), quantile(&[3.0], 0.2)), (1.0, 3.0));
        // The middle half of eight: ranks 2 to 5, and s of a spectrum that is s times the law's.
        let unit = Unit::new(8, 20).expect("a law");
        let expected: Vec<f64> = (2..6).map(|i| unit.law.quantile(1.0 - (f64::from(i) + 0.5) / 8.0)).collect();
        assert_eq!((unit.first, &unit.middle), (2, &expected));
        let spectrum: Vec<f64> = (0..8).map(|i| 0.3 * unit.law.quantile(1.0 - (f64::from(i) + 0.5) / 8.0)).collect();
        assert!((unit.estimate(&spectrum) - 0.3).abs() < 1e-12);
        // Each value stands in the middle of its step.
        assert!((unit.distance(&spectrum, 0.3) - 1.0 / 16.0).abs() < 1e-12);
        // What lies outside the middle does not count.
        assert_eq!(unit.estimate(&[&[90.0, 80.0], &spectrum[2..6], &[0.0, 0.0]].concat()), unit.estimate(&spectrum));
    }

    #[test]
    fn intervals_and_p_values_are_places_among_the_draws() {
        let (n, m) = (12, 9);
        let values = Bidiagonal::normal(n, m, 0.3, &mut seeded(500)).singular_values().expect("converges");
        let options = Options { confidence: 0.9, alpha: 1e-6, draws: 199 };
        let found = bulk(&values, (n, m), options, seeded).expect("a bulk");
        // The same draws by themselves: of 199 the 10th, 100th and 190th are at 5, 50 and 95 %.
        let unit = Unit::new(n, m).expect("a law");
        let (mut estimates, mut distances) = (Vec::new(), Vec::new());
        for i in 0..199 {
            let spectrum = Bidiagonal::normal(n, m, 1.0, &mut seeded(i)).singular_values().expect("converges");
            let s = unit.estimate(&spectrum);
            estimates.push(s);
            distances.push(unit.distance(&spectrum, s));
        }
        estimates.sort_by(f64::total_cmp);
        let raw = unit.estimate(&values);
        let near = |found: f64, expected: f64| assert!((found / expected - 1.0).abs() < 1e-12, "{found} {expected}");
        near(found.s, raw / estimates[99]);
        near(found.interval.low, raw / estimates[189]);
        near(found.interval.high, raw / estimates[9]);
        assert_eq!(found.interval.miss(), Some(1.0 - 0.9));
        near(found.shape.statistic, unit.distance(&values, raw));
        let reached = distances.iter().filter(|d| **d >= found.shape.statistic).count();
        near(found.shape.p_value, (1 + reached) as f64 / 200.0);
        assert!(0 < reached && reached < 199 && found.outliers.is_empty());
        // Without draws nothing is corrected, and no shape is odd.
        let plain = bulk(&values, (n, m), Options { draws: 0, ..options }, seeded).expect("a bulk");
        assert_eq!((plain.s, plain.shape.p_value), (raw, 1.0));
        // Equal values are in order.
        assert!(!matches!(bulk(&[1.0; 9], (n, m), options, seeded), Err(FitError::Value { .. })));
    }

    #[test]
    fn an_outlier_is_told_by_its_p_value_and_strength() {
        let (n, m) = (40, 30);
        let mut values = Bidiagonal::normal(n, m, 1.0, &mut seeded(501)).singular_values().expect("converges");
        values[0] = 20.0;
        let options = Options { confidence: 0.9, alpha: 1e-3, draws: 99 };
        let found = bulk(&values, (n, m), options, seeded).expect("a bulk");
        let [one] = found.outliers[..] else { panic!("{found:?}") };
        assert_eq!((one.singular_value, one.strength), (20.0, spike::strength(20.0, n, m, found.s)));
        // Judged by all 40 x 30, whose draws and middle give s; then by what is left of the next
        // one.
        let (first, rest) = (Unit::new(n, m).expect("a law"), Unit::new(n - 1, m - 1).expect("a law"));
        let mut estimates: Vec<f64> = (0..99)
            .map(|i| {
                first.estimate(&Bidiagonal::normal(n, m, 1.0, &mut seeded(i)).singular_values().expect("converges"))
            })
            .collect();
        estimates.sort_by(f64::total_cmp);
        let s = first.estimate(&values) / estimates[49];
        let p = tracy_widom::survival(tracy_widom::edge_statistic(20.0, n, m, s));
        assert!((one.p_value - p).abs() <= 1e-9 * p && p < 1e-3, "{one:?} {p}");
        assert!((found.shape.statistic - rest.distance(&values[1..], rest.estimate(&values[1..]))).abs() < 1e-12);
    }

    #[test]
    fn what_an_outlier_leaves_is_judged_by_the_smaller_matrix() {
        // Singular values of 7 x 3 below one that is far out, given as 8 x 4: s is median-unbiased.
        // One fit scatters by about 1/√(2·21) = 0.15, the mean of 40 by 0.025.
        let rng = &mut ChaCha8Rng::seed_from_u64(3);
        let options = Options { draws: 100, ..OPTIONS };
        let total: f64 = (0..40)
            .map(|_| {
                let values = [vec![1e3], Bidiagonal::normal(7, 3, 1.0, rng).singular_values().unwrap()].concat();
                let found = bulk(&values, (8, 4), options, seeded).expect("a bulk");
                assert_eq!(found.outliers.len(), 1);
                found.s
            })
            .sum();
        assert!((total / 40.0 - 1.0).abs() < 0.1, "{}", total / 40.0);
    }
}
