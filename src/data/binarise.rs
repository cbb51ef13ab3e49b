//! Grey values and numbers into units that are 0 or 1.

use crate::bits::States;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

/// How values became 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Binarised {
    /// They are 0 and 1, or −1 and 1, as they are stored.
    Already,
    /// A value counts as 1 from this one on.
    From(f64),
    /// Drawn once, with the value divided by this as the probability of 1.
    Drawn(f64),
}

impl std::fmt::Display for Binarised {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Already => f.write_str("values are 0 and 1"),
            Self::From(threshold) => write!(f, "values count as 1 from {threshold} on"),
            Self::Drawn(largest) => {
                write!(f, "values are drawn once, with the value divided by {largest} as the probability of 1")
            }
        }
    }
}

/// Rows of values, `rows` x `units`, with the key of random numbers where they are drawn: a stream
/// per row, so that a row does not depend on those before it.
pub(super) fn states(
    (rows, units): (usize, usize),
    value: impl Fn(usize, usize) -> f64,
    binarised: Binarised,
    key: [u8; 32],
) -> States {
    let mut rng = ChaCha8Rng::from_seed(key);
    let mut of = None;
    States::from_fn(rows, units, |row, unit| match binarised {
        // Of 0 and 1, and of −1 and 1.
        Binarised::Already => value(row, unit) >= 0.5,
        Binarised::From(threshold) => value(row, unit) >= threshold,
        Binarised::Drawn(largest) => {
            if of != Some(row) {
                rng = ChaCha8Rng::from_seed(key);
                rng.set_stream(row as u64);
                of = Some(row);
            }
            rng.random::<f64>() * largest < value(row, unit)
        }
    })
}

/// Which value means certainty where values are drawn: 1 of values from 0 to 1, 255 of grey values.
///
/// # Errors
/// Values of neither kind, in one sentence.
pub(super) fn largest((low, high): (f64, f64)) -> Result<f64, String> {
    match (low, high) {
        (0.0.., ..=1.0) => Ok(1.0),
        (0.0.., 128.0..=255.0) => Ok(255.0),
        _ => Err(format!(
            "values from {low:?} to {high:?} are neither probabilities from 0 to 1 nor grey values from 0 to 255, which --binarise stochastic takes: give --threshold instead"
        )),
    }
}

/// Refuses a threshold that makes all values alike; values are multiples of `step`, or any where it
/// is 0.
pub(super) fn both_sides(threshold: f64, (low, high): (f64, f64), step: f64) -> Result<(), String> {
    let between = 0.5 * low + 0.5 * high;
    let between = if step > 0.0 { (between / step).ceil() * step } else { between };
    if high < threshold {
        return Err(format!(
            "no value reaches the threshold of {threshold:?}, the largest is {high:?}: give a lower --threshold, such as {between:?}"
        ));
    }
    if low >= threshold && low < high {
        return Err(format!(
            "all values reach the threshold of {threshold:?}, the smallest is {low:?}: give a higher --threshold, such as {between:?}"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_units_have_their_values_as_means_row_by_row() {
        let grey = |_: usize, unit: usize| [0.0, 51.0, 204.0, 255.0][unit];
        let drawn = |rows: usize| states((rows, 4), grey, Binarised::Drawn(255.0), [7; 32]);
        let means = drawn(4000).means();
        assert_eq!((means[0], means[3]), (0.0, 1.0));
        // by hand: p = 51/255 = 0.2 and 0.8, standard error 0.4/√4000 = 0.0063
        assert!((means[1] - 0.2).abs() < 0.032 && (means[2] - 0.8).abs() < 0.032, "{means:?}");
        // More rows leave those before as they are.
        let (few, many) = (drawn(5), drawn(9));
        assert!((0..5).all(|row| few.row(row) == many.row(row)));
    }

    #[test]
    fn probabilities_are_told_from_grey_values() {
        assert_eq!([(0.0, 1.0), (0.2, 0.3), (0.0, 255.0), (3.0, 128.0)].map(largest), [1.0, 1.0, 255.0, 255.0].map(Ok));
        // Digits from 0 to 16, and what is a little above 1.
        for ends in [(-1.0, 1.0), (0.0, 256.0), (0.0, 16.0), (0.0, 1.000_001)] {
            assert!(largest(ends).is_err(), "{ends:?}");
        }
    }
}
