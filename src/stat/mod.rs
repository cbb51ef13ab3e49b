//! Statistical tests and intervals, each checked against an independent tool (`tests/reference`)
//! and calibrated (`docs/calibration.md`).
//!
//! Every p-value says in its documentation whether its null law is exact, Monte Carlo or
//! asymptotic. Values of one sample are independent unless a function says otherwise; [`series`] is
//! for those that are not. No function here belongs on the singular values of one matrix: they
//! repel, see [`crate::spectra::fit`].

pub mod cluster;
pub mod divergence;
pub mod goodness;
pub mod histogram;
pub mod interval;
pub mod mean;
pub mod overlap;
pub mod proportion;
pub mod regression;
pub mod series;

/// Input that a test cannot use.
#[derive(Debug, Clone, thiserror::Error, PartialEq)]
pub enum StatError {
    /// Too few values.
    #[error("{test} needs at least {needed} values, got {got}")]
    TooFew {
        /// Which test.
        test: &'static str,
        /// How many it needs.
        needed: usize,
        /// How many there are.
        got: usize,
    },
    /// A value is NaN or infinite.
    #[error("{test}: value number {at} is not finite")]
    NotFinite {
        /// Which test.
        test: &'static str,
        /// Index of the value.
        at: usize,
    },
    /// All values are equal where they have to vary.
    #[error("{test}: all values are equal")]
    Constant {
        /// Which test.
        test: &'static str,
    },
    /// A value outside its range.
    #[error("{test}: value number {at} is {value}, {range} is needed")]
    Range {
        /// Which test.
        test: &'static str,
        /// Index of the value.
        at: usize,
        /// The value.
        value: f64,
        /// What it should be.
        range: &'static str,
    },
}

/// A test's statistic and its p-value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Test {
    /// The statistic; the function says which.
    pub statistic: f64,
    /// Probability, under the null law, of a statistic at least as extreme; in [0, 1].
    pub p_value: f64,
}

fn usable(test: &'static str, sample: &[f64], needed: usize) -> Result<(), StatError> {
    if sample.len() < needed {
        return Err(StatError::TooFew { test, needed, got: sample.len() });
    }
    match sample.iter().position(|x| !x.is_finite()) {
        Some(at) => Err(StatError::NotFinite { test, at }),
        None => Ok(()),
    }
}

/// Mean and unbiased variance of at least two values.
fn moments(sample: &[f64]) -> (f64, f64) {
    let (n, mean) = (sample.len() as f64, mean::mean(sample));
    (mean, sample.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0))
}

/// P(|Z| >= |z|) of a standard normal Z.
fn normal_two_sided(z: f64) -> f64 {
    libm::erfc(z.abs() / std::f64::consts::SQRT_2)
}

#[cfg(test)]
mod reference {
    //! What scipy, numpy and mpmath say: `tests/reference`.

    use std::path::Path;

    fn read(name: &str) -> csv::Reader<std::fs::File> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(name);
        csv::Reader::from_path(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    pub const SETS: [&str; 3] = ["small", "middle", "large"];

    /// Samples a and b of one set.
    pub fn samples(set: &str) -> (Vec<f64>, Vec<f64>) {
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for row in read("samples.csv").deserialize::<(String, String, f64)>() {
            let (name, which, value) = row.expect("readable row");
            if name == set {
                if which == "a" { a.push(value) } else { b.push(value) }
            }
        }
        (a, b)
    }

    /// (statistic, p-value) of one test on one set.
    pub fn of(test: &str, set: &str) -> (f64, f64) {
        read("p_values.csv")
            .deserialize::<(String, String, f64, f64)>()
            .map(|row| row.expect("readable row"))
            .find(|(name, of, ..)| name == test && of == set)
            .map(|(_, _, statistic, p)| (statistic, p))
            .unwrap_or_else(|| panic!("no reference for {test} on {set}"))
    }

    /// (n, argument, value) of one law.
    pub fn law(name: &str) -> Vec<(usize, f64, f64)> {
        let rows =
            read("laws.csv").into_deserialize::<(String, usize, f64, f64)>().map(|row| row.expect("readable row"));
        rows.filter(|row| row.0 == name).map(|(_, n, at, value)| (n, at, value)).collect()
    }

    /// Asserts statistic and p-value of `test` on all sets, to 1e-6 relative.
    pub fn agrees(test: &str, ours: impl Fn(&[f64], &[f64]) -> super::Test) {
        for set in SETS {
            let (a, b) = samples(set);
            let (found, (statistic, p)) = (ours(&a, &b), of(test, set));
            assert!((found.statistic / statistic - 1.0).abs() < 1e-6, "{test} {set}: {found:?} {statistic}");
            assert!((found.p_value / p - 1.0).abs() < 1e-6, "{test} {set}: {found:?} {p}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_few_values_and_what_is_not_finite_are_named() {
        assert_eq!(usable("t", &[1.0, 2.0], 2), Ok(()));
        assert_eq!(usable("t", &[1.0], 2), Err(StatError::TooFew { test: "t", needed: 2, got: 1 }));
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(usable("t", &[1.0, bad, bad], 1), Err(StatError::NotFinite { test: "t", at: 1 }));
        }
    }

    #[test]
    fn moments_are_those_by_hand() {
        // 1, 2, 6: mean 3, (4 + 1 + 9)/2. Normal tables: 2 (1 − Φ(1.5)).
        assert_eq!(moments(&[1.0, 2.0, 6.0]), (3.0, 7.0));
        assert!((normal_two_sided(-1.5) - 0.133_614_402_537_716_1).abs() < 1e-14 && normal_two_sided(0.0) == 1.0);
    }
}
