//! # T01: the untrained RBM sits at a saddle point
//!
//! ## Statement
//! In reciprocal coordinates x = Uᵀv, y = Vᵀh of the singular value decomposition W = U diag(λ) Vᵀ
//! the energy is a sum of independent saddles, one per paired mode: E = Σᵢ [εᵢ − (λᵢ/2)(uᵢ² − wᵢ²)]
//! minus the fields of unpaired modes. Every mode is unstable along u and stable along w. At
//! initialisation the mean state lies at the saddle up to thermal fluctuations.
//!
//! ## Source
//! arXiv 2503.21536, abstract: "at initialization, the RBM operates at a saddle point, where the
//! local curvature is determined by the singular values". That the offset follows a normal law of
//! variance 1/4 + s²/λ² is our reading, made precise enough to test.
//!
//! ## Hypotheses
//! - W, a, b independent normal, mean 0, standard deviation s.
//! - v and h uniform over binary states: the mean state is the all-halves vector, the thermal
//!   spread of x is 1/2.
//! - The saddle lives in the paired subspace; a mode with λ = 0 has none.
//!
//! ## Regimes
//! - `tall` (N > M), `wide` (N < M), `square` (N = M, with its hard-edge modes, where the offset
//!   reaches O(√N)): holds.
//! - `after-training`: machines trained on MNIST: refuted, the leading modes leave the saddle;
//!   replaced by T08.
//!
//! ## Derivation
//! Gradient and Hessian of −(ax + by + λxy) by differentiation; the saddle (−b/λ, −a/λ) and its
//! energy ab/λ; the form in (u, w), written with p = √2 u and m = √2 w so that no root appears;
//! eigenvalues of the Hessian from its characteristic polynomial; the block structure det(z + [[0,
//! W], [Wᵀ, 0]]) = z^|N−M| det(z² − WWᵀ) that pairs +λ with −λ; the variance of the offset from E
//! Uⱼᵢ² = 1/N.
//!
//! ## Evidence
//! - Energy by modes, and the energy kernel, against the naive triple sum, to rounding: on random
//!   states, and on all states of a machine of 6 x 5 units.
//! - Gradient at the saddle, projected on the paired subspace, to rounding.
//! - Spectrum of the (N+M)-dimensional Hessian by a symmetric eigensolver (not the SVD) against ±λ
//!   and zeros; also for a matrix of rank k = 3 by construction, with its number of flat directions
//!   N+M−2k.
//! - Offsets of the mean state from the saddle in units of √(1/4 + s²/λ²), over modes and machines:
//!   distance to the standard normal law. Modes of one machine are weakly negatively dependent
//!   (their squares add up to at most N/4), which makes the band of the pooled values conservative.
//! - Largest offset of any mode, which learning moves far out, against the same law (Bonferroni);
//!   offsets of the leading mode over machines, whose squares add up to χ².
//!
//! `after-training` keeps the checks of the energy, the gradient and the Hessian, which hold for
//! any weights; the offsets carry the refutation.
//!
//! ## Falsifiers
//! - `u-and-w-swapped`: stable and unstable direction exchanged in the derivation.
//! - `lambda-squared`: λ² for λ in the energy by modes.
//! - `saddle-not-divided`: (−b, −a) for the saddle, the division by λ forgotten.
//! - `biases-halved`: half of both biases in the machine whose energy is taken.
//! - `every-mode-paired`: min(N, M) saddles whatever the rank of W.
//! - `mean-at-origin`: the saddle's own variance s²/λ² for that of its offset from the uniform
//!   mean.
//! - `trained`: a machine trained on MNIST is presented as an untrained one.
//!
//! `mean-at-origin` sees an eighth of the claim's 100 machines, the others one.
//!
//! ## Limits
//! The offset law is asymptotic: the distance of a Haar coordinate to the normal law is about
//! 0.14/N, far below what the samples resolve.

mod derivation;
mod evidence;
mod falsifiers;
mod figures;
mod landscape;
mod names;
mod regimes;
mod streams;
#[cfg(test)]
mod tests;

use crate::claim::{Case, CheckError, Falsifier, Source, Statement};
use crate::dossier::Dossier;
use crate::evidence::{Evidence, Missing};
use crate::figure::Figure;
use crate::lab::Lab;
use crate::symbolic::Derivation;
use crate::theorem::Theorem;

/// The claim.
pub struct SaddlePoint;

static STATEMENT: Statement = Statement {
    id: "T01",
    title: "The untrained RBM sits at a saddle point whose curvature is given by the singular values",
    source: Source {
        reference: "arXiv 2503.21536, abstract",
        sentence: "at initialization, the RBM operates at a saddle point, where the local curvature is determined by \
                   the singular values",
        stated_there: true,
    },
    hypotheses: &[
        "W, a, b independent normal, mean 0, standard deviation s",
        "v, h uniform over binary states",
        "the saddle lives in the paired subspace",
    ],
    regimes: &[regimes::TALL, regimes::WIDE, regimes::SQUARE, regimes::AFTER_TRAINING],
};

impl Theorem for SaddlePoint {
    fn statement(&self) -> &'static Statement {
        &STATEMENT
    }

    fn falsifiers(&self) -> &'static [Falsifier] {
        &falsifiers::ALL
    }

    fn derive(&self, case: Case<'_>) -> Result<Derivation, CheckError> {
        derivation::derive(case)
    }

    fn measure(&self, case: Case<'_>, lab: &Lab) -> Result<Evidence, CheckError> {
        evidence::measure(case, lab)
    }

    fn figures(&self, dossier: &Dossier) -> Result<Vec<Figure>, Missing> {
        figures::figures(dossier)
    }
}
