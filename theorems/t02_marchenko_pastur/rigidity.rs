//! Distance between one spectrum and the law: rigidity of repelling levels, and heavy tails.

use super::falsifiers;
use super::names::{columns, tables};
use super::streams;
use crate::claim::{Case, CheckError};
use crate::evidence::check;
use crate::evidence::{ALPHA, Measurement, Table};
use crate::lab::Lab;
use crate::lab::Purpose;
use crate::linalg::singular_values;
use crate::spectra::bidiagonal::Bidiagonal;
use crate::spectra::ensemble;
use crate::spectra::marchenko_pastur::MarchenkoPastur;
use crate::stat;
use rand::rngs::ChaCha8Rng;
use rayon::prelude::*;

/// r independent draws from the law, in descending order.
pub(super) fn independent_levels(law: &MarchenkoPastur, r: usize, rng: &mut impl rand::Rng) -> Vec<f64> {
    let mut levels: Vec<f64> = (0..r).map(|_| law.sample(rng)).collect();
    levels.sort_by(|a, b| b.total_cmp(a));
    levels
}

/// Kolmogorov distances between single spectra and their law at s = 1: `draws` spectra per rank, in
/// the order of `ranks`. The smaller side of a matrix is the rank; the larger side keeps the aspect
/// ratio of the regime.
fn distances_by_rank(
    lab: &Lab,
    case: &Case<'_>,
    purpose: Purpose,
    (n, m): (usize, usize),
    (ranks, draws): (&[usize], usize),
    levels: impl Fn((usize, usize), &MarchenkoPastur, &mut ChaCha8Rng) -> Result<Vec<f64>, CheckError> + Sync,
) -> Result<Vec<f64>, CheckError> {
    (0..ranks.len() * draws)
        .into_par_iter()
        .map(|at| {
            let [rows, columns] = [n, m].map(|side| side * ranks[at / draws] / n.min(m));
            let law = MarchenkoPastur::new(rows, columns, 1.0).map_err(CheckError::while_doing("law"))?;
            let levels = levels((rows, columns), &law, &mut lab.stream(case, purpose.clone(), at))?;
            Ok(distance(&levels, |l| law.cdf(l)))
        })
        .collect()
}

/// Fits r times the Kolmogorov distance against ln r, at the aspect ratio of the regime.
pub(super) fn rigidity(case: &Case<'_>, lab: &Lab, shape: (usize, usize)) -> Result<(Measurement, Table), CheckError> {
    let (ranks, draws) = ([32usize, 64, 128, 256, 512], lab.plan().spectrum_replicas);
    let free = case.is(&falsifiers::INDEPENDENT_LEVELS);
    let found =
        distances_by_rank(lab, case, streams::RIGIDITY, shape, (&ranks, draws), |(rows, columns), law, rng| {
            Ok(match free {
                true => independent_levels(law, rows.min(columns), rng),
                false => Bidiagonal::normal(rows, columns, 1.0, rng)
                    .singular_values()
                    .map_err(CheckError::while_doing("rigidity"))?,
            })
        })?;
    let rank = |at: usize| ranks[at / draws] as f64;
    let x: Vec<f64> = (0..found.len()).map(|at| rank(at).ln()).collect();
    let y: Vec<f64> = found.iter().enumerate().map(|(at, distance)| rank(at) * distance).collect();
    let line = stat::regression::linear_fit(&x, &y, 1.0 - ALPHA).map_err(CheckError::while_doing("rigidity"))?;
    let mut table = Table::new(tables::RIGIDITY, &[columns::RANK, columns::MEAN, columns::ERROR, columns::LINE]);
    for (&r, values) in ranks.iter().zip(y.chunks(draws)) {
        let (mean, error) = stat::mean::mean_and_error(values);
        table.rows.push(vec![r as f64, mean, error, line.intercept + line.slope * (r as f64).ln()]);
    }
    // The number of levels below a point has the variance ln r/π² (beta = 1) and logarithmic
    // correlations. The largest of r such deviations is √(2 ln r) standard deviations, that is
    // (√2/π) ln r.
    let slope = 2f64.sqrt() / std::f64::consts::PI;
    let check = check::near(
        "rigidity",
        "rigidity: slope of r times the Kolmogorov distance in ln r",
        line.slope,
        line.slope_interval,
        slope,
        slope,
        "the slope itself: slope 0 would be the rigidity of a lattice, twice the slope a less rigid spectrum",
    );
    Ok((check, table))
}

/// Exponent with which the distance of a heavy-tailed bulk to the law falls with the size. Entries
/// of t(3) above the threshold (NM)^(1/4) of a spike produce outliers, and their part of the
/// variance is missing in the bulk: E[t²; |t| > x] ~ 1/x. The distance therefore falls as
/// (NM)^(−1/4), that is as r^(−1/2) at fixed aspect ratio.
pub(super) fn heavy_bulk(case: &Case<'_>, lab: &Lab, shape: (usize, usize)) -> Result<Measurement, CheckError> {
    let (ranks, draws) = ([32usize, 64, 128, 256], lab.plan().spectrum_replicas);
    let found = distances_by_rank(lab, case, streams::HEAVY, shape, (&ranks, draws), |(rows, columns), _, rng| {
        let w = ensemble::student_t(rows, columns, 3.0, 1.0 / 3f64.sqrt(), rng)
            .map_err(CheckError::while_doing("ensemble"))?;
        singular_values(w.as_ref()).map_err(CheckError::while_doing("spectrum"))
    })?;
    let x: Vec<f64> = (0..found.len()).map(|at| (ranks[at / draws] as f64).ln()).collect();
    let y: Vec<f64> = found.iter().map(|distance| distance.ln()).collect();
    let line = stat::regression::linear_fit(&x, &y, 1.0 - ALPHA).map_err(CheckError::while_doing("heavy bulk"))?;
    Ok(check::near(
        "heavy-bulk",
        "bulk: exponent in r of the Kolmogorov distance",
        line.slope,
        line.slope_interval,
        -0.5,
        0.25,
        "half of the exponent; with exponent 0 the bulk would not follow the law",
    ))
}

/// Kolmogorov distance of a spectrum (descending) to a distribution function.
pub(super) fn distance(spectrum: &[f64], cdf: impl Fn(f64) -> f64) -> f64 {
    let ascending: Vec<f64> = spectrum.iter().rev().copied().collect();
    stat::goodness::sup_distance(&ascending, cdf)
}
