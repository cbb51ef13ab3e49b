//! Every test of the toolbox with draws for which its null hypothesis is true, and others.
#![deny(clippy::disallowed_methods)]

use super::{Cover, Hypothesis, Null, Trial};
use crate::lab;
use crate::linalg::thin_svd;
use crate::spectra::bidiagonal::Bidiagonal;
use crate::spectra::linear_statistics::Wishart;
use crate::spectra::{ensemble, fit, hard_edge, spike, tracy_widom};
use crate::stat::divergence;
use crate::stat::goodness::{self, sup_distance};
use crate::stat::mean::{mean_interval, z_test};
use crate::stat::regression;
use faer::Mat;
use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use statrs::distribution::{Beta, ContinuousCDF};

pub(super) fn normal(rng: &mut ChaCha8Rng) -> f64 {
    StandardNormal.sample(rng)
}

fn normals(n: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    (0..n).map(|_| normal(rng)).collect()
}

pub(super) fn shifted(n: usize, shift: f64, scale: f64, rng: &mut ChaCha8Rng) -> Vec<f64> {
    (0..n).map(|_| shift + scale * normal(rng)).collect()
}

pub(super) fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x / std::f64::consts::SQRT_2)
}

fn p_of(test: Result<crate::stat::Test, crate::stat::StatError>) -> f64 {
    test.map_or(f64::NAN, |test| test.p_value)
}

/// A Monte Carlo p-value k/(1 + draws), made continuous.
pub(super) fn continuous(p: f64, draws: usize, rng: &mut ChaCha8Rng) -> f64 {
    p - rng.random::<f64>() / (1 + draws) as f64
}

fn kolmogorov(n: usize, scale: f64, rng: &mut ChaCha8Rng) -> f64 {
    p_of(goodness::ks_one_sample(&shifted(n, 0.0, scale, rng), normal_cdf))
}

pub(super) fn line(under: Hypothesis, n: usize, errors: &[f64], rng: &mut ChaCha8Rng) -> (Vec<f64>, Vec<f64>) {
    let x: Vec<f64> = (0..n).map(|i| i as f64).collect();
    let slope = if under == Hypothesis::Alternative { 1.0 } else { 0.0 };
    let y = x.iter().zip(errors).map(|(x, e)| 1.0 + slope * x + e * normal(rng)).collect();
    (x, y)
}

const ERRORS: [f64; 11] = [0.5, 1.0, 2.0, 0.7, 1.3, 0.5, 1.0, 2.0, 0.7, 1.3, 0.9];

pub(super) fn edge(visible: usize, hidden: usize, under: Hypothesis, rng: &mut ChaCha8Rng) -> f64 {
    let largest = match under {
        Hypothesis::Null => Bidiagonal::normal(visible, hidden, 1.0, rng).singular_value(0),
        Hypothesis::Alternative => {
            let w = ensemble::normal(visible, hidden, 1.0, rng);
            let (w, ..) = ensemble::spiked(w, 2.0 * spike::threshold(visible, hidden, 1.0), rng);
            crate::linalg::singular_values(w.as_ref()).map_or(f64::NAN, |values| values[0])
        }
    };
    tracy_widom::survival(tracy_widom::edge_statistic(largest, visible, hidden, 1.0))
}

fn hard(size: usize, under: Hypothesis, rng: &mut ChaCha8Rng) -> f64 {
    let rows = if under == Hypothesis::Alternative { size + 2 } else { size };
    let values: Vec<f64> = (0..40)
        .map(|_| hard_edge::statistic(Bidiagonal::normal(rows, size, 1.0, rng).singular_value(size - 1), size, 1.0))
        .collect();
    p_of(goodness::ks_one_sample(&values, hard_edge::cdf))
}

const FIT_DRAWS: usize = 99;

fn fitted(values: &[f64], shape: (usize, usize), alpha: f64, draws: usize, rng: &mut ChaCha8Rng) -> Option<fit::Bulk> {
    let key: [u8; 32] = rng.random();
    let options = fit::Options { confidence: 0.95, alpha, draws };
    fit::bulk(values, shape, options, |i| lab::stream(key, i)).ok()
}

/// Squared entries of the leading visible vectors of independent matrices, one entry each, against
/// their Beta law.
fn beta_law(under: Hypothesis, rng: &mut ChaCha8Rng) -> f64 {
    let (n, m) = (20, 13);
    let Ok(law) = Beta::new(0.5, (n as f64 - 1.0) / 2.0) else { return f64::NAN };
    let squares: Vec<f64> = (0..50)
        .filter_map(|_| {
            let mut w = ensemble::normal(n, m, 1.0, rng);
            if under == Hypothesis::Alternative {
                w[(0, 0)] += 4.0 * spike::threshold(n, m, 1.0);
            }
            let row = if under == Hypothesis::Alternative { 0 } else { rng.random_range(0..n) };
            Some(thin_svd(w.as_ref()).ok()?.u[(row, 0)].powi(2))
        })
        .collect();
    p_of(goodness::ks_one_sample(&squares, |x| law.cdf(x)))
}

/// Whether the leading hidden vector of a normal matrix begins with a negative entry: as the
/// decomposition leaves it, or after random signs.
pub(super) fn signs(random: bool, rng: &mut ChaCha8Rng) -> Option<bool> {
    let w = ensemble::normal(12, 8, 1.0, rng);
    let svd = thin_svd(w.as_ref()).ok()?;
    let svd = if random { svd.with_random_signs(rng) } else { svd };
    Some(svd.v[(0, 0)] < 0.0)
}

fn divergence(uniform: bool, under: Hypothesis, rng: &mut ChaCha8Rng) -> f64 {
    let (n, m) = (101, 67);
    let draw = |uniform: bool, rng: &mut ChaCha8Rng| -> Vec<f64> {
        (0..n * m).map(|_| if uniform { 12f64.sqrt() * (rng.random::<f64>() - 0.5) } else { normal(rng) }).collect()
    };
    let (a, b) = (draw(uniform, rng), draw(uniform == (under == Hypothesis::Null), rng));
    let Ok(js) = divergence::js_divergence(&a, &b, 20) else { return f64::NAN };
    // χ²_(k−1)/(4NM), see js_floor.
    goodness::chi_square_survival(4.0 * (n * m) as f64 * js.value, js.occupied_bins as f64 - 1.0)
}

fn traces(under: Hypothesis, rng: &mut ChaCha8Rng) -> f64 {
    let (n, m) = (113, 71);
    let s = if under == Hypothesis::Alternative { 1.02 } else { 1.0 };
    let spectra: Result<Vec<_>, _> = (0..20).map(|_| Bidiagonal::normal(n, m, s, rng).singular_values()).collect();
    spectra.and_then(|spectra| Wishart::new(n, m, 1.0).test(&spectra)).map_or(f64::NAN, |test| test.p_value)
}

/// All tests.
pub static TRIALS: &[Trial] = &[
    Trial {
        name: "Kolmogorov-Smirnov, n = 23",
        null: Null::Exact,
        wrong: "shifted by 1.5 standard deviations",
        level: 1e-3,
        p: |under, rng| {
            p_of(goodness::ks_one_sample(
                &shifted(23, if under == Hypothesis::Alternative { 1.5 } else { 0.0 }, 1.0, rng),
                normal_cdf,
            ))
        },
    },
    Trial {
        name: "Kolmogorov-Smirnov, n = 100",
        null: Null::Exact,
        wrong: "standard deviation 4",
        level: 1e-6,
        p: |under, rng| kolmogorov(100, if under == Hypothesis::Alternative { 4.0 } else { 1.0 }, rng),
    },
    Trial {
        name: "Kolmogorov-Smirnov, n = 20,000",
        null: Null::Asymptotic,
        wrong: "standard deviation 1.1",
        level: 1e-6,
        p: |under, rng| kolmogorov(20_000, if under == Hypothesis::Alternative { 1.1 } else { 1.0 }, rng),
    },
    Trial {
        name: "z, one normal value",
        null: Null::Exact,
        wrong: "shifted by 8 standard deviations",
        level: 1e-6,
        p: |under, rng| {
            z_test(normal(rng) + if under == Hypothesis::Alternative { 8.0 } else { 0.0 }, 0.0, 1.0).p_value
        },
    },
    Trial {
        name: "slope of 11 points, errors unknown",
        null: Null::Exact,
        wrong: "slope 1 of errors 1",
        level: 1e-4,
        p: |under, rng| {
            let (x, y) = line(under, 11, &[1.0; 11], rng);
            regression::linear_fit(&x, &y, 0.95).map_or(f64::NAN, |fit| fit.no_slope.p_value)
        },
    },
    Trial {
        name: "slope of 11 points, errors known",
        null: Null::Exact,
        wrong: "slope 1 of errors 0.5 to 2",
        level: 1e-6,
        p: |under, rng| {
            let (x, y) = line(under, 11, &ERRORS, rng);
            regression::weighted_fit(&x, &y, &ERRORS, 0.95).map_or(f64::NAN, |fit| fit.no_slope.p_value)
        },
    },
    Trial {
        name: "straightness of 11 points, errors known",
        null: Null::Exact,
        wrong: "a parabola, 6 errors deep",
        level: 1e-6,
        p: |under, rng| {
            let (x, mut y) = line(Hypothesis::Null, 11, &ERRORS, rng);
            if under == Hypothesis::Alternative {
                y.iter_mut().zip(&x).for_each(|(y, x)| *y += 0.25 * (x - 5.0).powi(2));
            }
            let fit = regression::weighted_fit(&x, &y, &ERRORS, 0.95);
            fit.ok().and_then(|fit| fit.straight).map_or(f64::NAN, |test| test.p_value)
        },
    },
    Trial {
        name: "Tracy-Widom edge, 50 x 32",
        null: Null::Asymptotic,
        wrong: "a spike twice the threshold",
        level: 0.05,
        p: |under, rng| edge(50, 32, under, rng),
    },
    Trial {
        name: "Tracy-Widom edge, 200 x 128",
        null: Null::Asymptotic,
        wrong: "a spike twice the threshold",
        level: 1e-6,
        p: |under, rng| edge(200, 128, under, rng),
    },
    Trial {
        name: "Tracy-Widom edge, 784 x 500",
        null: Null::Asymptotic,
        wrong: "a spike twice the threshold",
        level: 1e-6,
        p: |under, rng| edge(784, 500, under, rng),
    },
    Trial {
        name: "hard edge, 40 matrices of 50 x 50",
        null: Null::Asymptotic,
        wrong: "52 x 50",
        level: 1e-6,
        p: |under, rng| hard(50, under, rng),
    },
    Trial {
        name: "traces of S, S², S³, 20 matrices of 113 x 71",
        null: Null::Asymptotic,
        wrong: "standard deviation 2 % too large",
        level: 1e-6,
        p: traces,
    },
    Trial {
        name: "shape of one bulk, 60 x 40, 99 draws",
        null: Null::MonteCarlo,
        wrong: "rows correlated, 0.5",
        level: 0.02,
        p: |under, rng| {
            let w = match under {
                Hypothesis::Alternative => {
                    ensemble::correlated_rows(60, 40, 0.5, 1.0, rng).unwrap_or_else(|_| Mat::zeros(60, 40))
                }
                Hypothesis::Null => ensemble::normal(60, 40, 1.0, rng),
            };
            let Ok(values) = crate::linalg::singular_values(w.as_ref()) else { return f64::NAN };
            let p = fitted(&values, (60, 40), 1e-6, FIT_DRAWS, rng).map_or(f64::NAN, |bulk| bulk.shape.p_value);
            continuous(p, FIT_DRAWS, rng)
        },
    },
    Trial {
        name: "Beta law of leading vectors, 50 matrices of 20 x 13",
        null: Null::Exact,
        wrong: "a spike on one unit",
        level: 1e-6,
        p: beta_law,
    },
    Trial {
        name: "Jensen-Shannon, 101 x 67 uniform values, 20 bins",
        null: Null::Asymptotic,
        wrong: "normal against uniform",
        level: 1e-6,
        p: |under, rng| divergence(true, under, rng),
    },
    Trial {
        name: "Jensen-Shannon, 101 x 67 normal values, 20 bins",
        null: Null::Asymptotic,
        wrong: "uniform against normal",
        level: 1e-6,
        p: |under, rng| divergence(false, under, rng),
    },
];

/// All intervals.
pub static INTERVALS: &[Cover] = &[
    Cover {
        name: "Student's interval of a mean, n = 7",
        null: Null::Exact,
        covers: |rng| mean_interval(&normals(7, rng), 0.95).ok().map(|i| i.low <= 0.0 && 0.0 <= i.high),
    },
    Cover {
        name: "slope of 11 points, errors unknown",
        null: Null::Exact,
        covers: |rng| {
            let (x, y) = line(Hypothesis::Alternative, 11, &[1.0; 11], rng);
            let i = regression::linear_fit(&x, &y, 0.95).ok()?.slope_interval;
            Some(i.low <= 1.0 && 1.0 <= i.high)
        },
    },
    Cover {
        name: "intercept of 11 points, errors known",
        null: Null::Exact,
        covers: |rng| {
            let (x, y) = line(Hypothesis::Alternative, 11, &ERRORS, rng);
            let i = regression::weighted_fit(&x, &y, &ERRORS, 0.95).ok()?.intercept_interval;
            Some(i.low <= 1.0 && 1.0 <= i.high)
        },
    },
    Cover {
        name: "s of a bulk, 60 x 40, 199 draws",
        null: Null::MonteCarlo,
        covers: |rng| {
            let values = Bidiagonal::normal(60, 40, 1.0, rng).singular_values().ok()?;
            let i = fitted(&values, (60, 40), 1e-6, 199, rng)?.interval;
            Some(i.low <= 1.0 && 1.0 <= i.high)
        },
    },
    Cover {
        name: "s of a bulk, 60 x 40, beside two spikes of 4 times the threshold",
        null: Null::Asymptotic,
        covers: |rng| {
            let mut w = ensemble::normal(60, 40, 1.0, rng);
            for _ in 0..2 {
                w = ensemble::spiked(w, 4.0 * spike::threshold(60, 40, 1.0), rng).0;
            }
            let values = crate::linalg::singular_values(w.as_ref()).ok()?;
            let i = fitted(&values, (60, 40), 1e-6, 199, rng)?.interval;
            Some(i.low <= 1.0 && 1.0 <= i.high)
        },
    },
    Cover {
        name: "no outlier found at level 5 % in a bulk of 157 x 101",
        null: Null::Asymptotic,
        covers: |rng| {
            let values = Bidiagonal::normal(157, 101, 1.0, rng).singular_values().ok()?;
            Some(fitted(&values, (157, 101), 0.05, 49, rng)?.outliers.is_empty())
        },
    },
    Cover {
        name: "Kolmogorov distance of 100 values inside the band of Dvoretzky, Kiefer and Wolfowitz",
        null: Null::Bound,
        covers: |rng| {
            let mut sample: Vec<f64> = (0..100).map(|_| rng.random()).collect();
            sample.sort_by(f64::total_cmp);
            Some(sup_distance(&sample, |x| x) <= goodness::dkw_half_width(100, 0.05))
        },
    },
];
