//! Checks of the singular vectors: signs, independence, inverse participation ratios.

use super::falsifiers;
use super::leading::leading_mode;
use super::streams;
use crate::claim::{Case, CheckError};
use crate::evidence::check;
use crate::evidence::{ALPHA, Measurement, Z_ALPHA};
use crate::lab::Lab;
use crate::linalg::thin_svd;
use crate::spectra::ensemble;
use crate::stat::interval::Interval;
use crate::stat::mean::mean;
use crate::symbolic::haar;
use crate::symbolic::poly::Poly;
use crate::symbolic::ratio::RatFn;
use faer::Mat;
use rand::RngExt;
use rayon::prelude::*;
use statrs::distribution::{Beta, ContinuousCDF};

/// The two sides of a matrix: their name in the ids of checks, and their leading vector.
pub(super) const SIDES: [(&str, &str); 2] = [("u", "u₁"), ("v", "v₁")];

/// The quantities of the leading vectors of one matrix, visible side first.
pub(super) struct Leading {
    pub(super) sizes: [usize; 2],
    /// One squared entry, from a random row.
    pub(super) entry: [f64; 2],
    /// κ = Σ_j U_j1⁴.
    pub(super) kappa: [f64; 2],
    /// ⟨u_1, (1, …, 1)/√N⟩², the squared overlap with the uniform direction.
    pub(super) overlap: [f64; 2],
    /// λ_1.
    pub(super) value: f64,
}

impl Leading {
    pub(super) fn of(w: &Mat<f64>, rng: &mut impl rand::Rng) -> Result<Self, CheckError> {
        let mode = leading_mode(w.as_ref()).ok_or_else(|| CheckError::Input("T03: a matrix of zeros".into()))?;
        let sides = [&mode.left, &mode.right];
        let sizes = sides.map(Vec::len);
        let rows = sizes.map(|size| rng.random_range(0..size));
        Ok(Self {
            sizes,
            entry: [mode.left[rows[0]].powi(2), mode.right[rows[1]].powi(2)],
            value: mode.value,
            kappa: sides.map(|mode| mode.iter().map(|u| u.powi(4)).sum()),
            overlap: sides.map(|mode| mode.iter().sum::<f64>().powi(2) / mode.len() as f64),
        })
    }
}

/// Fraction of small machines whose v₁ begins with a negative entry, after one random sign per pair
/// of vectors. For 12 x 8 matrices the decomposition by itself gives 1 %; at larger sizes its bias
/// affects other modes.
pub(super) fn signs(case: &Case<'_>, lab: &Lab) -> Result<Measurement, CheckError> {
    let machines = 4 * lab.plan().mode_replicas;
    let negative = (0..machines)
        .into_par_iter()
        .map(|replica| {
            let rng = &mut lab.stream(case, streams::SIGNS, replica);
            let svd = thin_svd(ensemble::normal(12, 8, 1.0, rng).as_ref())
                .map_err(CheckError::while_doing("decomposition"))?;
            let svd = if case.is(&falsifiers::RAW_SIGNS) { svd } else { svd.with_random_signs(rng) };
            Ok(usize::from(svd.v[(0, 0)] < 0.0))
        })
        .collect::<Result<Vec<_>, CheckError>>()?;
    let count = machines as f64;
    let share = negative.into_iter().sum::<usize>() as f64 / count;
    Ok(check::z("signs", "fraction of 12 x 8 machines with V_11 < 0", share, 0.5, 0.25 / count))
}

/// Correlation over machines between λ₁ and the inverse participation ratios, judged by Fisher's
/// transform: artanh of the correlation has variance 1/(n − 3) for independent values and grows
/// without limit for dependent ones.
///
/// # Errors
/// Fewer than four machines.
pub(super) fn independence(seen: &[Leading]) -> Result<[Measurement; 2], CheckError> {
    if seen.len() < 4 {
        return Err(CheckError::Input(format!("T03: a correlation needs at least four machines, got {}", seen.len())));
    }
    let count = seen.len() as f64;
    let of = |side: usize| {
        let pairs = || seen.iter().map(|one| (one.value, one.kappa[side]));
        let (x, y) = (pairs().map(|p| p.0).sum::<f64>() / count, pairs().map(|p| p.1).sum::<f64>() / count);
        let sum = |f: &dyn Fn(f64, f64) -> f64| pairs().map(|(a, b)| f(a - x, b - y)).sum::<f64>();
        // Not a number if one of the two quantities does not vary.
        let correlation = sum(&|a, b| a * b) / (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt();
        let (id, symbol) = SIDES[side];
        let name = format!("correlation between λ₁ and κ of {symbol}");
        let judged = check::z(&format!("independence-{id}"), name, libm::atanh(correlation), 0.0, 1.0 / (count - 3.0));
        Measurement { observed: correlation, ..judged }
    };
    Ok([of(0), of(1)])
}

/// Haar mean and variance of κ for vectors with N = `size` entries: N E U⁴, and N E U⁸ + N(N−1) E
/// U_j⁴U_l⁴ − mean².
pub(super) fn kappa_law(size: usize) -> (f64, f64) {
    let n = RatFn::from(Poly::var("N"));
    let mean = &n * &haar::one_column(&[4]);
    let pairs = &n * &(&n - &RatFn::from(Poly::int(1)));
    let second = &n * &haar::one_column(&[8]) + &pairs * &haar::one_column(&[4, 4]);
    let variance = &second - &(&mean * &mean);
    let at = [("N", size as f64)];
    (mean.evaluate_f64(&at), variance.evaluate_f64(&at))
}

pub(super) fn vector_checks(
    (id, symbol): (&str, &str),
    size: usize,
    seen: &[Leading],
    side: usize,
) -> Result<[Measurement; 3], CheckError> {
    let law = Beta::new(0.5, (size as f64 - 1.0) / 2.0).map_err(CheckError::while_doing("Beta law"))?;
    let entries: Vec<f64> = seen.iter().map(|one| one.entry[side]).collect();
    let name = format!("squared entries of {symbol} against Beta(1/2, (N−1)/2)");
    let beta = check::kolmogorov(&format!("entries-{id}"), name, &entries, |x| law.cdf(x))
        .map_err(CheckError::while_doing("entries"))?;
    let overlaps: Vec<f64> = seen.iter().map(|one| one.overlap[side]).collect();
    let name = format!("squared overlap of {symbol} with the uniform direction against Beta(1/2, (N−1)/2)");
    let even = check::kolmogorov(&format!("even-{id}"), name, &overlaps, |x| law.cdf(x))
        .map_err(CheckError::while_doing("overlaps"))?;
    let kappas: Vec<f64> = seen.iter().map(|one| one.kappa[side]).collect();
    let count = kappas.len() as f64;
    let observed = mean(&kappas);
    let (mean, variance) = kappa_law(size);
    let standard_error = (variance / count).sqrt();
    // Two-sided normal quantile at 1e-6. There the tails of the mean of 100 skewed values are up to
    // three times as heavy, of 25 values up to seven times.
    let (ratio, half) = (observed / mean, Z_ALPHA * standard_error / mean);
    let interval = Interval::confidence(ratio - half, ratio + half, 1.0 - 10.0 * ALPHA);
    let name = format!("IPR of {symbol} divided by its Haar mean 3/(N+2), mean over machines");
    let rationale = "a tenth: the change if every vector left out one unit in ten";
    let ipr = check::near(&format!("ipr-{id}"), name, ratio, interval, 1.0, 0.1, rationale);
    Ok([beta, even, ipr])
}
