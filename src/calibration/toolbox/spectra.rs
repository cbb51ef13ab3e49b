//! What finite size leaves of the laws of spectra.
#![deny(clippy::disallowed_methods)]

use super::stream;
use super::trials::signs;
use crate::lab;
use crate::math::larger;
use crate::spectra::bidiagonal::Bidiagonal;
use crate::spectra::marchenko_pastur::MarchenkoPastur;
use crate::spectra::tracy_widom;
use crate::stat::goodness::sup_distance;
use crate::stat::mean::mean_and_error;
use crate::stat::regression;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rayon::prelude::*;

/// Largest singular value of normal matrices against the Tracy-Widom law.
#[derive(Clone, Debug)]
pub struct EdgeBias {
    /// N, M.
    pub shape: (usize, usize),
    /// Mean of [`tracy_widom::edge_statistic`] minus that of the law.
    pub mean: f64,
    /// The same with N − 1 and M for N − 1/2 and M − 1/2.
    pub mean_one_sided: f64,
    /// Variance over that of the law, minus 1.
    pub variance: f64,
    /// Standard error of both means.
    pub error: f64,
}

/// What remains between finite matrices and the edge law at N = 50, 200, 784, square and at 784 :
/// 500.
pub fn edge_bias(draws: usize, seed: u64) -> Vec<EdgeBias> {
    let shapes = [(50, 32), (50, 50), (200, 128), (200, 200), (784, 500), (784, 784)];
    let of = |(n, m): (usize, usize)| {
        let pairs: Vec<(f64, f64)> = (0..draws)
            .into_par_iter()
            .map(|draw| {
                let rng = &mut stream(seed, "edge", &format!("{n} x {m}"), draw);
                let l = Bidiagonal::normal(n, m, 1.0, rng).singular_value(0);
                let (a, b) = ((n as f64 - 1.0).sqrt(), (m as f64).sqrt());
                let one_sided = (l * l - (a + b).powi(2)) / ((a + b) * libm::cbrt(1.0 / a + 1.0 / b));
                (tracy_widom::edge_statistic(l, n, m, 1.0), one_sided)
            })
            .collect();
        let count = draws as f64;
        let mean = pairs.iter().map(|pair| pair.0).sum::<f64>() / count;
        let variance = pairs.iter().map(|pair| (pair.0 - mean).powi(2)).sum::<f64>() / (count - 1.0);
        EdgeBias {
            shape: (n, m),
            mean: mean - tracy_widom::MEAN,
            mean_one_sided: pairs.iter().map(|pair| pair.1).sum::<f64>() / count - tracy_widom::MEAN,
            variance: variance / tracy_widom::VARIANCE - 1.0,
            error: (variance / count).sqrt(),
        }
    };
    shapes.into_iter().map(of).collect()
}

/// Growth of r times the Kolmogorov distance of one spectrum to its law.
#[derive(Clone, Debug)]
pub struct Rigidity {
    /// (r, mean of r D, standard error).
    pub points: Vec<(usize, f64, f64)>,
    /// Line a + b ln r through them.
    pub line: regression::LinearFit,
    /// Line through ln(r D) against ln r: its slope is 1/2 for independent values.
    pub power: regression::LinearFit,
}

/// Rigidity of square Gaussian spectra, r = 32 to 1024.
///
/// # Errors
/// Too few draws for a fit.
pub fn rigidity(draws: usize, seed: u64) -> Result<Rigidity, crate::stat::StatError> {
    let ranks = [32usize, 64, 128, 256, 512, 1024];
    let mut points = Vec::new();
    for r in ranks {
        let Ok(law) = MarchenkoPastur::new(r, r, 1.0) else { continue };
        let distances: Vec<f64> = (0..draws)
            .into_par_iter()
            .map(|draw| {
                let mut values = Bidiagonal::normal(r, r, 1.0, &mut stream(seed, "rigidity", &r.to_string(), draw))
                    .singular_values()
                    .map_err(|_| crate::stat::StatError::NotFinite { test: "rigidity", at: draw })?;
                values.reverse();
                Ok(r as f64 * sup_distance(&values, |l| law.cdf(l)))
            })
            .collect::<Result<_, crate::stat::StatError>>()?;
        let (mean, error) = mean_and_error(&distances);
        points.push((r, mean, error));
    }
    let x: Vec<f64> = points.iter().map(|point| (point.0 as f64).ln()).collect();
    let (y, errors): (Vec<f64>, Vec<f64>) = points.iter().map(|point| (point.1, point.2)).unzip();
    let logs: Vec<f64> = y.iter().map(|y| y.ln()).collect();
    let relative: Vec<f64> = y.iter().zip(&errors).map(|(y, e)| e / y).collect();
    let line = regression::weighted_fit(&x, &y, &errors, 0.99)?;
    let power = regression::weighted_fit(&x, &logs, &relative, 0.99)?;
    Ok(Rigidity { points, line, power })
}

/// Share of 12 x 8 normal matrices with V_11 < 0: as the decomposition leaves it, and after random
/// signs.
pub fn sign_bias(draws: usize, seed: u64) -> [f64; 2] {
    [false, true].map(|random| {
        let negative = (0..draws)
            .into_par_iter()
            .filter(|&draw| signs(random, &mut stream(seed, "signs", "", draw)) == Some(true))
            .count();
        negative as f64 / draws as f64
    })
}

/// Largest difference between the share of singular values below a place and the law, at 200
/// places, of one spectrum with r = 100,000 from counts alone, times r.
pub fn large_spectrum(seed: u64) -> f64 {
    let r = 100_000;
    let spectrum = Bidiagonal::normal(2 * r, r, 1.0, &mut ChaCha8Rng::from_seed(lab::key(seed, &["large spectrum"])));
    let Ok(law) = MarchenkoPastur::new(2 * r, r, 1.0) else { return f64::NAN };
    let edges: Vec<f64> = (0..=200).map(|i| law.quantile(f64::from(i) / 200.0)).collect();
    let mut below = spectrum.count_below(edges[0]) as f64;
    let mut worst = 0.0;
    for (count, edge) in spectrum.histogram(&edges).into_iter().zip(&edges[1..]) {
        below += count as f64;
        worst = larger(worst, (below - r as f64 * law.cdf(*edge)).abs());
    }
    worst
}
