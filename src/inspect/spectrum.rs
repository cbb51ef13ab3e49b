//! The spectrum of one weight matrix against that of noise.

use super::Why;
use crate::spectra::bidiagonal::Bidiagonal;
use crate::spectra::fit::{self, Bulk, FitError, Outlier};
use crate::spectra::marchenko_pastur::MarchenkoPastur;
use crate::spectra::spike;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use serde::Serialize;

/// Spectra and matrices drawn for each p-value, which is at least 1/(1 + draws).
pub(super) const DRAWS: usize = 199;

/// Bulk and outliers of the singular values of one N x M matrix.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Spectrum {
    /// Standard deviation of the entries that the bulk says, median-unbiased.
    pub sigma: Option<f64>,
    /// Its interval of 95 %.
    pub sigma_interval: Option<[f64; 2]>,
    /// σ|√N − √M|, where the bulk of a noise matrix begins.
    pub edge_low: Option<f64>,
    /// σ(√N + √M), where it ends.
    pub edge_high: Option<f64>,
    /// Chance that noise has a largest singular value as high.
    pub edge_p_value: Option<f64>,
    /// Largest distance of the distribution of the bulk from the Marchenko-Pastur law.
    pub ks_distance: Option<f64>,
    /// Chance that the bulk of noise lies as far.
    pub shape_p_value: Option<f64>,
    /// Chance that a matrix of the same entries in random order has a largest singular value as
    /// high; where the edge shows an outlier.
    pub shuffled_p_value: Option<f64>,
    /// Singular values above the bulk; 0 where the entries alone explain the largest one. Where
    /// they leave too few others to be a bulk, those above these.
    pub outliers: usize,
    /// They, descending.
    pub outlier_lambdas: Vec<f64>,
    /// Strengths of the rank-one terms that put outliers there, in the order of the outliers;
    /// `None` at the edge, and without a bulk.
    pub planted_strengths: Vec<Option<f64>>,
    /// At most one standard deviation of each.
    pub planted_errors: Vec<Option<f64>>,
    /// Squared overlaps of the outlier's vectors with the planted ones, visible and hidden.
    pub planted_overlaps: Vec<Option<[f64; 2]>>,
    /// Singular values that are 0 to rounding.
    pub zeros: usize,
    /// Why something is missing.
    pub why: Why,
}

impl Spectrum {
    /// Whether `outliers` is a count.
    pub fn judged(&self) -> bool {
        self.sigma.is_some() || self.outliers > 0
    }
}

/// What the spectrum of W says, N x M (`shape`) row by row (`weights`), its singular values
/// `lambdas` descending. Outliers are judged at `level`; `stream(purpose, i)` is the generator of
/// draw i.
///
/// An outlier of the fit counts only where the largest singular value also exceeds those of
/// matrices with the same entries in random order: in these no structure is left, but heavy tails
/// are.
pub(super) fn spectrum(
    weights: &[f64],
    shape: (usize, usize),
    lambdas: &[f64],
    level: f64,
    stream: impl Fn(&str, usize) -> ChaCha8Rng + Sync,
) -> Spectrum {
    let floor = lambdas.first().map_or(0.0, |top| f64::EPSILON * shape.0.max(shape.1) as f64 * top);
    let zeros = lambdas.iter().filter(|l| **l <= floor).count();
    let mut found = Spectrum { zeros, ..Spectrum::default() };
    if lambdas.len() == 1 {
        found.why.say("spectrum", "one singular value is no bulk: at least 2 units per layer are needed");
        return found;
    }
    let options = fit::Options { confidence: 0.95, alpha: level, draws: DRAWS };
    // In units of a power of two near λ₁: squares of σ neither overflow nor vanish, and no digit
    // changes.
    let unit =
        lambdas.first().map_or(1.0, |top| if *top > 0.0 { libm::exp2(libm::floor(libm::log2(*top))) } else { 1.0 });
    let scaled: Vec<f64> = lambdas.iter().map(|l| l / unit).collect();
    let (outliers, s) = match fit::bulk(&scaled, shape, options, |draw| stream("bulk", draw)) {
        Ok(Bulk { s, interval, edge, outliers, shape: test }) => {
            (found.sigma, found.sigma_interval) = (Some(s * unit), Some([interval.low * unit, interval.high * unit]));
            if let Ok(law) = MarchenkoPastur::new(shape.0, shape.1, s) {
                let (low, high) = law.edges();
                (found.edge_low, found.edge_high) = (Some(low * unit), Some(high * unit));
            }
            found.edge_p_value = edge;
            (found.ks_distance, found.shape_p_value) = (Some(test.statistic), Some(test.p_value));
            let left = lambdas.len() - outliers.len();
            if left < FEW {
                found.why.say("bulk", format_args!("its shape comes from {left} singular values: it says little"));
            }
            (outliers, Some(s))
        }
        Err(FitError::FewLeft { outliers, left }) => {
            found.why.say("spectrum", FitError::FewLeft { outliers: outliers.clone(), left });
            (outliers, None)
        }
        Err(error) => {
            found.why.say("spectrum", error);
            return found;
        }
    };
    if outliers.is_empty() {
        return found;
    }
    let shuffled = shuffled_p_value(weights, shape, lambdas[0], |draw| stream("shuffled", draw));
    found.shuffled_p_value = Some(shuffled);
    // Below the least chance that so many draws can show, none of them may be as high.
    if shuffled > libm::fmaximum(level, 1.0 / (1 + DRAWS) as f64) {
        found.why.say(
            "outliers",
            format_args!(
                "the largest singular value is explained by large single entries (p = {shuffled:.3} with the entries in random order): heavy tails, no outliers are counted"
            ),
        );
        return found;
    }
    found.outliers = outliers.len();
    found.outlier_lambdas = lambdas[..outliers.len()].to_vec();
    found.planted_strengths = outliers.iter().map(|outlier| outlier.strength.map(|theta| theta * unit)).collect();
    let overlaps = |outlier: &Outlier| Some(spike::overlaps(outlier.strength?, shape.0, shape.1, s?).into());
    found.planted_overlaps = outliers.iter().map(overlaps).collect();
    found.planted_errors = outliers.iter().map(|outlier| Some(error(outlier.strength?, shape, s?)? * unit)).collect();
    found
}

/// The shape of a bulk of fewer singular values than this is remarked on.
const FEW: usize = 8;

/// At most one standard deviation of a strength θ that is found from its outlier λ(θ): λ has at
/// most the standard deviation s of one entry, since its gradient by the entries has length 1
/// (Poincaré's inequality), and θ has that over dλ/dθ. `None` at the threshold, where dλ/dθ is 0.
fn error(theta: f64, (n, m): (usize, usize), s: f64) -> Option<f64> {
    let (a, b) = (n as f64 * s * s, m as f64 * s * s);
    // λ² = (θ² + a)(θ² + b)/θ²: 2λ dλ/dθ = 2θ − 2ab/θ³.
    let lambda = spike::outlier(theta, n, m, s)?;
    let slope = (theta - a * b / theta.powi(3)) / lambda;
    (slope > 0.0).then(|| s / slope)
}

/// Chance that the entries in random order have a largest singular value of `top` or above. Their
/// mean is taken out first: it is a rank-one term of its own.
fn shuffled_p_value(
    weights: &[f64],
    (n, m): (usize, usize),
    top: f64,
    stream: impl Fn(usize) -> ChaCha8Rng + Sync,
) -> f64 {
    let mean = weights.iter().sum::<f64>() / weights.len() as f64;
    // Scaled so that single precision holds any entries.
    let scale = weights.iter().fold(0.0, |most, w| libm::fmaximum(most, (w - mean).abs()));
    if scale == 0.0 {
        // Equal entries are the same in any order, and 0 without their mean.
        return 1.0 / (1 + DRAWS) as f64;
    }
    let centred: Vec<f32> = weights.iter().map(|w| ((w - mean) / scale) as f32).collect();
    let reached = (0..DRAWS).into_par_iter().filter(|&draw| {
        let mut rng = stream(draw);
        let mut entries = centred.clone();
        entries.shuffle(&mut rng);
        scale * largest(&entries, (n, m), &mut rng) >= top
    });
    (1 + reached.count()) as f64 / (1 + DRAWS) as f64
}

/// Steps of the bidiagonalisation: the gap at the edge of r singular values is about r^(−2/3) of
/// them, and the error falls by e⁴ per step and root of it, below 10⁻⁶ up to r = 4000.
const STEPS: usize = 60;

/// The largest singular value of an n x m matrix, row by row, by Golub and Kahan's
/// bidiagonalisation. Without reorthogonalisation: the largest one does not need it.
pub(super) fn largest(w: &[f32], (n, m): (usize, usize), rng: &mut ChaCha8Rng) -> f64 {
    let norm = |x: &[f32]| x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
    let scale = |x: &mut [f32], by: f64| x.iter_mut().for_each(|x| *x = (f64::from(*x) / by) as f32);
    // From Wᵀ of a random vector: in the space of the rows, which has as many dimensions as there
    // are steps at most.
    let mut v = vec![0f32; m];
    for row in w.chunks(m) {
        let x: f64 = StandardNormal.sample(rng);
        v.iter_mut().zip(row).for_each(|(v, w)| *v += x as f32 * w);
    }
    let length = norm(&v);
    if length == 0.0 {
        return 0.0;
    }
    scale(&mut v, length);
    let mut u = vec![0f32; n];
    let (mut diagonal, mut above) = (Vec::with_capacity(STEPS), Vec::with_capacity(STEPS));
    let mut beta = 0.0;
    for _ in 0..STEPS.min(n).min(m) {
        // u = (W v − β u)/α, then v = (Wᵀ u − α v)/β.
        for (row, u) in w.chunks(m).zip(u.iter_mut()) {
            *u = dot(row, &v) - beta as f32 * *u;
        }
        let alpha = norm(&u);
        if alpha == 0.0 {
            break;
        }
        scale(&mut u, alpha);
        diagonal.push(alpha);
        v.iter_mut().for_each(|v| *v *= -alpha as f32);
        for (row, u) in w.chunks(m).zip(&u) {
            v.iter_mut().zip(row).for_each(|(v, w)| *v += u * w);
        }
        beta = norm(&v);
        if beta == 0.0 {
            break;
        }
        scale(&mut v, beta);
        above.push(beta);
    }
    above.truncate(diagonal.len().saturating_sub(1));
    Bidiagonal { diagonal, above }.singular_value(0)
}

/// Σ x y in sixteen running sums.
fn dot(x: &[f32], y: &[f32]) -> f32 {
    let ((x, x_rest), (y, y_rest)) = (x.as_chunks::<16>(), y.as_chunks::<16>());
    let mut sums = [0f32; 16];
    for (x, y) in x.iter().zip(y) {
        (0..16).for_each(|lane| sums[lane] += x[lane] * y[lane]);
    }
    sums.iter().sum::<f32>() + x_rest.iter().zip(y_rest).map(|(x, y)| x * y).sum::<f32>()
}

/// How W looks after random rotations of both layers, and how even its leading modes are.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Rotation {
    /// Jensen-Shannon divergence of the entries of W and of rotated W, in nats.
    pub js_divergence: Option<f64>,
    /// What it is on average for two samples of one law.
    pub js_floor: Option<f64>,
    /// κ = Σ U_j1⁴ of the leading visible mode over its mean 3/(N + 2) for a random direction.
    pub leading_ipr_over_haar: Option<f64>,
    /// N times the squared overlap of the leading visible mode with the uniform direction; 1 on
    /// average for a random direction.
    pub even_overlap: Option<f64>,
    /// Why something is missing.
    pub why: Why,
}

/// Bins of the divergence, as in claim T03.
const BINS: usize = 60;

/// Layers up to which W is rotated: a Haar matrix takes n³ operations.
pub(crate) const LARGEST: usize = 4000;

/// Divergence and evenness of W (N x M), with its leading visible mode.
pub(super) fn rotation(w: faer::MatRef<'_, f64>, leading: &[f64], mut rng: ChaCha8Rng) -> Rotation {
    use crate::spectra::rotation::{haar_orthogonal, rotate};
    use crate::stat::divergence::{js_divergence, js_floor};
    let (n, m) = w.shape();
    let mut found = Rotation::default();
    if w.norm_max() == 0.0 {
        found.why.say("rotation", "W is zero");
        return found;
    }
    let kappa: f64 = leading.iter().map(|u| u.powi(4)).sum();
    found.leading_ipr_over_haar = Some(kappa * (n as f64 + 2.0) / 3.0);
    found.even_overlap = Some(leading.iter().sum::<f64>().powi(2));
    if n.max(m) > LARGEST {
        found.why.say("js_divergence", format_args!("a layer of more than {LARGEST} units is not rotated"));
        return found;
    }
    let (q1, q2) = (haar_orthogonal(n, &mut rng), haar_orthogonal(m, &mut rng));
    let after = rotate(w, q1.as_ref(), q2.as_ref());
    let before: Vec<f64> = w.col_iter().flat_map(|column| column.iter().copied()).collect();
    match js_divergence(&before, &after, BINS) {
        Ok(js) => {
            (found.js_divergence, found.js_floor) = (Some(js.value), Some(js_floor(js.occupied_bins, n, m)));
        }
        Err(error) => found.why.say("js_divergence", error),
    }
    found
}
