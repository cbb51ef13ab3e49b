//! Checks of the linear stage of a training run, and the stability of mean-field states.

use super::EARLY;
use super::falsifiers;
use super::streams;
use crate::bits::States;
use crate::claim::{Case, CheckError};
use crate::evidence::{Criterion, Evidence, Measurement};
use crate::lab::Lab;
use crate::linalg::symmetric_eigen;
use crate::math::logistic;
use crate::oracle;
use crate::symbolic::Derivation;
use crate::symbolic::matrix::Matrix;
use crate::symbolic::poly::Poly;
use faer::Mat;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

/// Mean-field states and mean-field gains for N = 2 and M = 1, fully symbolic. D_v^(1/2) W
/// D_h^(1/2) has a single column, so that its only singular value λ satisfies λ² = e (w₁²d₁ +
/// w₂²d₂), where d and e are the variances of the units.
pub(super) fn minimum_is_stable() -> Derivation {
    let (one, zero) = (Poly::int(1), Poly::int(0));
    let [p, w, d] = [["p₁", "p₂"], ["w₁", "w₂"], ["d₁", "d₂"]].map(|pair| pair.map(Poly::var));
    let e = Poly::var("e");
    let square = &e * (&w[0] * &w[0] * &d[0] + &w[1] * &w[1] * &d[1]);
    let mut steps = Derivation::new();

    // The free energy −a·p − b·q − p·Wq − Σ entropies has the second derivatives 1/(p(1−p)) within
    // a layer and −W between layers. It is convex in each layer, so that each half step of p =
    // logistic(a + Wq), q = logistic(b + Wᵀp) minimises it over that layer. The rows are multiplied
    // by the variances:
    let rows = vec![
        vec![one.clone(), zero.clone(), -(&d[0] * &w[0])],
        vec![zero.clone(), one.clone(), -(&d[1] * &w[1])],
        vec![-(&e * &w[0]), -(&e * &w[1]), one.clone()],
    ];
    let hessian = Matrix::from_rows(rows);
    steps.equal(
        "the determinant of the second derivatives of the free energy, times the variances, is 1 − λ²",
        "det(1, 0, −d₁w₁; 0, 1, −d₂w₂; −ew₁, −ew₂, 1)",
        &hessian.determinant(),
        &(&one - &square),
    );

    // One sweep p → q → p has the linear map D_v W D_h Wᵀ, which multiplies D_v W by λ².
    let moved = |i: usize| &d[i] * &w[i] * &e * (&w[0] * &d[0] * &w[0] + &w[1] * &d[1] * &w[1]);
    for (i, unit) in ["₁", "₂"].into_iter().enumerate() {
        steps.equal(
            &format!("a sweep multiplies the direction D_v W by λ², unit {}", i + 1),
            &format!("d{unit}·w{unit}·e·(w₁·d₁·w₁ + w₂·d₂·w₂)"),
            &moved(i),
            &(&square * &d[i] * &w[i]),
        );
    }

    // λ_W = 4 does not imply instability: variances are at most 1/4, so that λ² = λ_W² d e <=
    // λ_W²/16.
    let spread = |p: &Poly| p * (&one - p);
    let gap = Poly::ratio(1, 4) - spread(&p[0]);
    let half = &p[0] - &Poly::ratio(1, 2);
    steps.equal(
        "1/4 − p(1−p) = (p − 1/2)² is never negative: no mode below 4/β is unstable",
        "1/4 − p₁(1 − p₁)",
        &gap,
        &(&half * &half),
    );
    steps
}

/// Means and covariance of the images.
pub(super) struct Moments {
    /// Pixel means p, length N.
    pub(super) means: Vec<f64>,
    /// C − D, N x N: the covariance without its diagonal p(1−p).
    excess: Mat<f64>,
}

impl Moments {
    pub(super) fn of(images: &States) -> Self {
        let (n, rows) = (images.units(), images.rows() as f64);
        let means = images.means();
        let both = images.coincidences();
        let excess =
            Mat::from_fn(
                n,
                n,
                |i, j| {
                    if i == j { 0.0 } else { f64::from(both[i * n + j]) / rows - means[i] * means[j] }
                },
            );
        Self { means, excess }
    }
}

/// The `k` leading eigenvectors of C − D, N x k.
pub(super) fn principal_directions(moments: &Moments, k: usize) -> Result<Mat<f64>, CheckError> {
    let eigen = symmetric_eigen(moments.excess.as_ref()).map_err(CheckError::while_doing("principal directions"))?;
    // Ascending: the last ones are the largest.
    let n = eigen.values.len();
    Ok(Mat::from_fn(n, k.min(n), |j, i| eigen.vectors[(j, n - 1 - i)]))
}

/// Number of hidden units of the machine in the linear stage, small enough for enumeration.
const EARLY_HIDDEN: usize = 8;

/// |W| at which the linear stage is judged: small, since the next order varies with the direction
/// of W and the hidden biases.
const SIZE: f64 = 5e-4;

/// Checks the linear stage against the exact gradient, at |W| = [`SIZE`] and at half of it.
pub(super) fn early_stage_check(
    case: &Case<'_>,
    lab: &Lab,
    images: &States,
    moments: &Moments,
    evidence: &mut Evidence,
) -> Result<(), CheckError> {
    const M: usize = EARLY_HIDDEN;
    // A pixel that never changes has an infinite bias and decouples; only the other pixels are
    // used.
    let live: Vec<usize> = (0..images.units()).filter(|&j| moments.means[j] > 0.0 && moments.means[j] < 1.0).collect();
    let n = live.len();
    let mut rng = lab.stream(case, streams::LINEAR_STAGE, 0);
    let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
    let direction: Vec<f64> = (0..n * M).map(|_| normal()).collect();
    let hidden_bias: [f64; M] = std::array::from_fn(|_| normal());
    let q: Vec<f64> = hidden_bias.iter().map(|&b| logistic(b)).collect();
    let error_at = |size: f64| -> Result<(f64, f64), CheckError> {
        let w: Vec<f64> = direction.iter().map(|d| size * d).collect();
        let visible_bias: Vec<f64> = (0..n)
            .map(|j| {
                let p = moments.means[live[j]];
                let shift: f64 = (0..M).map(|k| w[j * M + k] * q[k]).sum();
                libm::log(p / (1.0 - p)) - if case.is(&falsifiers::BIASES_UNMATCHED) { 0.0 } else { shift }
            })
            .collect();
        let model = oracle::model_moments(n, M, &w, &visible_bias, &hidden_bias);
        let positive = positive_phase(images, &live, &w, &hidden_bias);
        let (mut wrong, mut size2) = (0.0, 0.0);
        let (mut absolute, mut square) = (0.0, 0.0);
        for i in 0..n {
            for k in 0..M {
                let pull: f64 = (0..n).map(|j| moments.excess[(live[i], live[j])] * w[j * M + k]).sum();
                let predicted = pull * q[k] * (1.0 - q[k]);
                let exact = positive[i * M + k] - model.visible_hidden[i * M + k];
                wrong += (exact - predicted).powi(2);
                size2 += predicted * predicted;
                absolute += exact.abs();
                square += exact * exact;
            }
        }
        Ok(((wrong / size2).sqrt(), absolute / (square * (n * M) as f64).sqrt()))
    };
    let (full, adam) = error_at(SIZE)?;
    let (half, _) = error_at(0.5 * SIZE)?;
    evidence.observations.push(("cosine between the early gradient and its sign (Adam's first step)".into(), adam));
    evidence.measurements.push(Measurement::new(
        EARLY,
        "linear stage: relative error of (C − D) W diag(q(1−q)) at |W| = 0.0005",
        full,
        0.0,
        Criterion::Truncation {
            order: 1.0,
            measured_order: (full / half).log2(),
            bound: 0.01,
            rationale: "the next order has the relative size |W| times the RMS number of pixels that are on",
        },
    ));
    Ok(())
}

/// ⟨vᵢ P(hₖ = 1 | v)⟩ over the images for the `live` pixels, N x M row-major; parallel over blocks
/// of images of fixed size.
fn positive_phase(images: &States, live: &[usize], w: &[f64], hidden_bias: &[f64; EARLY_HIDDEN]) -> Vec<f64> {
    const M: usize = EARLY_HIDDEN;
    const PART: usize = 5_000;
    let mut place = vec![usize::MAX; images.units()];
    for (at, &j) in live.iter().enumerate() {
        place[j] = at;
    }
    let rows = w.as_chunks::<M>().0;
    let part = |first: usize| {
        let mut sums = vec![[0.0; M]; live.len()];
        let mut lit = Vec::new();
        for row in first..(first + PART).min(images.rows()) {
            lit.clear();
            lit.extend(images.ones(row).map(|j| place[j]).filter(|&j| j != usize::MAX));
            let mut fields = *hidden_bias;
            for &j in &lit {
                (0..M).for_each(|k| fields[k] += rows[j][k]);
            }
            let means = fields.map(logistic);
            for &j in &lit {
                (0..M).for_each(|k| sums[j][k] += means[k]);
            }
        }
        sums
    };
    let firsts: Vec<usize> = (0..images.rows()).step_by(PART).collect();
    let parts: Vec<Vec<[f64; M]>> = firsts.into_par_iter().map(part).collect();
    let mut total = vec![0.0; live.len() * M];
    for sums in &parts {
        total.iter_mut().zip(sums.as_flattened()).for_each(|(total, sum)| *total += sum / images.rows() as f64);
    }
    total
}
