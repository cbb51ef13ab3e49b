//! Error rates of the toolbox: how often each test refutes what is true, and how often what is
//! false.
//!
//! A p-value whose null law is exact or Monte Carlo must be uniform (made continuous where it is
//! discrete); an asymptotic one has a size curve, here down to 0.1 %, and in [`super::tails`] down
//! to the level of the verdicts that use it. Everything follows from one seed.
#![deny(clippy::disallowed_methods)]

pub mod page;
mod spectra;
#[cfg(test)]
mod tests;
mod trials;

use crate::lab;
use crate::stat::goodness::{self};
use crate::stat::mean::z_test;
use rand::rngs::ChaCha8Rng;
use rayon::prelude::*;
pub use spectra::{EdgeBias, edge_bias, large_spectrum, rigidity, sign_bias};
pub use trials::{INTERVALS, TRIALS};

/// Where a null law comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Null {
    /// Known at every size.
    Exact,
    /// Drawn.
    MonteCarlo,
    /// A limit, used at the stated size.
    Asymptotic,
    /// A bound that holds at every size.
    Bound,
}

impl Null {
    /// Whether a departure from the stated level is a mistake.
    pub fn must_be_right(self) -> bool {
        matches!(self, Null::Exact | Null::MonteCarlo)
    }

    /// The word for tables.
    pub fn name(self) -> &'static str {
        match self {
            Null::Exact => "exact",
            Null::MonteCarlo => "Monte Carlo",
            Null::Asymptotic => "asymptotic",
            Null::Bound => "bound",
        }
    }
}

/// Which hypothesis is true of a draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hypothesis {
    /// The one that is tested.
    Null,
    /// The wrong model of the trial.
    Alternative,
}

/// A test, and how its null and alternative samples are drawn.
pub struct Trial {
    /// The test and its size.
    pub name: &'static str,
    /// Its null law.
    pub null: Null,
    /// The wrong model it is shown.
    pub wrong: &'static str,
    /// Level at which its power is counted.
    pub level: f64,
    /// Its p-value on a draw under that hypothesis; NaN when it failed.
    pub p: fn(Hypothesis, &mut ChaCha8Rng) -> f64,
}

/// An interval of 95 % and its coverage.
pub struct Cover {
    /// The interval and its size.
    pub name: &'static str,
    /// Where its law comes from.
    pub null: Null,
    /// Whether it covers the truth in one draw; `None` when it failed.
    pub covers: fn(&mut ChaCha8Rng) -> Option<bool>,
}

/// Levels of the size curve.
pub const LEVELS: [f64; 4] = [0.1, 0.05, 0.01, 0.001];

/// What a trial showed.
#[derive(Clone, Debug)]
pub struct Rates {
    /// p-value of the uniformity of the p-values on true draws (Kolmogorov-Smirnov).
    pub uniform: f64,
    /// Share of them below each of [`LEVELS`].
    pub sizes: [f64; 4],
    /// Share of wrong draws refuted.
    pub power: f64,
    /// Number of wrong draws.
    pub wrong_draws: usize,
}

/// One stream per trial, side and draw.
pub(super) fn stream(seed: u64, name: &str, side: &str, draw: usize) -> ChaCha8Rng {
    lab::stream(lab::key(seed, &["calibration", name, side]), draw)
}

/// Size and power of a test: `seeds` null draws and a tenth as many alternative ones (at least 50).
pub fn try_test(trial: &Trial, seeds: usize, seed: u64) -> Rates {
    let draw = |under: Hypothesis, side: &str, count: usize| -> Vec<f64> {
        (0..count).into_par_iter().map(|i| (trial.p)(under, &mut stream(seed, trial.name, side, i))).collect()
    };
    let values = draw(Hypothesis::Null, "true", seeds);
    let wrong_draws = (seeds / 10).max(50);
    let refuted = draw(Hypothesis::Alternative, "wrong", wrong_draws).into_iter().filter(|&p| p < trial.level).count();
    // A test that failed once is not uniform.
    let uniform = goodness::ks_one_sample(&values, |p| p.clamp(0.0, 1.0)).map_or(0.0, |test| test.p_value);
    let below = |level: f64| values.iter().filter(|&&p| p < level).count() as f64 / seeds as f64;
    Rates { uniform, sizes: LEVELS.map(below), power: refuted as f64 / wrong_draws as f64, wrong_draws }
}

/// Share of `seeds` draws that an interval covers, and the z-test of 95 %. Failures count as
/// misses.
pub fn try_interval(cover: &Cover, seeds: usize, seed: u64) -> (f64, f64) {
    let hits = (0..seeds)
        .into_par_iter()
        .filter(|&i| (cover.covers)(&mut stream(seed, cover.name, "cover", i)) == Some(true))
        .count();
    let share = hits as f64 / seeds as f64;
    (share, z_test(share, 0.95, 0.95 * 0.05 / seeds as f64).p_value)
}
