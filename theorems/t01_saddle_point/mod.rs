//! # T01: the untrained RBM sits at a saddle point
//!
//! ## Statement
//! In the reciprocal coordinates `x = Uᵀv` and `y = Vᵀh` of the singular value decomposition
//! `W = U diag(λ) Vᵀ`, the energy is a sum of independent saddles, one per paired mode:
//! `E = Σᵢ [εᵢ − (λᵢ/2)(uᵢ² − wᵢ²)]`, minus the field terms of the unpaired modes. Every mode is
//! unstable along `u` and stable along `w`. At initialisation the mean state lies at the saddle, up
//! to thermal fluctuations.
//!
//! ## Source
//! arXiv 2503.21536, abstract: "at initialization, the RBM operates at a saddle point, where the
//! local curvature is determined by the singular values". The paper gives no law for the offset
//! between mean state and saddle. A normal law of variance `1/4 + s²/λ²` is our reading, which is
//! precise enough to be tested.
//!
//! ## Hypotheses
//! - All entries of `W`, `a` and `b` are independent normal variables of mean 0 and standard
//!   deviation `s`.
//! - `v` and `h` are uniform over all binary states. The mean state is then the vector of halves,
//!   and `x` has the standard deviation `1/2`.
//! - The saddle is defined in the paired subspace; a mode with `λ = 0` has no saddle.
//!
//! ## Regimes
//! - `tall` (`N > M`), `wide` (`N < M`) and `square` (`N = M`; it includes hard-edge modes, whose
//!   offset reaches `O(√N)`): the claim holds.
//! - `after-training`: machines trained on MNIST. The claim is refuted, because the leading modes
//!   leave the saddle. T08 replaces it.
//!
//! ## Derivation
//! The gradient and the Hessian of `−(ax + by + λxy)` follow by differentiation. They give the
//! saddle `(−b/λ, −a/λ)`, its energy `ab/λ`, and the form in `(u, w)`, which is written with
//! `p = √2 u` and `m = √2 w` so that no root appears. The characteristic polynomial gives the
//! eigenvalues of the Hessian. The block structure
//! `det(z + [[0, W], [Wᵀ, 0]]) = z^|N−M| det(z² − WWᵀ)` pairs `+λ` with `−λ`. The variance of the
//! offset follows from `E Uⱼᵢ² = 1/N`.
//!
//! ## Evidence
//! - The energy summed over modes and the energy from the kernel agree with the direct sum to
//!   rounding, on random states and on all states of a machine with 6 x 5 units.
//! - The gradient at the saddle, projected on the paired subspace, vanishes to rounding.
//! - The spectrum of the `(N+M)`-dimensional Hessian, from a symmetric eigensolver and not from the
//!   SVD, consists of `±λ` and zeros. The same holds for a matrix constructed to have rank `k = 3`,
//!   which has `N+M−2k` flat directions.
//! - The offsets of the mean state from the saddle, in units of `√(1/4 + s²/λ²)` and pooled over
//!   modes and machines, are close to the standard normal law. Modes of one machine are weakly
//!   negatively dependent, since their squares add up to at most `N/4`; the confidence band of the
//!   pooled values is therefore conservative.
//! - The largest offset of any mode, which training would make much larger, is compatible with the
//!   same law (with Bonferroni correction). The squared offsets of the leading mode, summed over
//!   machines, follow `χ²`.
//!
//! In `after-training` the checks of the energy, the gradient and the Hessian still pass, because
//! they hold for any weights; the offsets refute the claim.
//!
//! ## Falsifiers
//! - `u-and-w-swapped`: the derivation exchanges the stable and the unstable direction.
//! - `lambda-squared`: the energy summed over modes contains `λ²` instead of `λ`.
//! - `saddle-not-divided`: the saddle is placed at `(−b, −a)`, without the division by `λ`.
//! - `biases-halved`: the energy is evaluated with both biases halved.
//! - `every-mode-paired`: `min(N, M)` saddles are assumed, whatever the rank of `W`.
//! - `mean-at-origin`: the offset is given the variance `s²/λ²` of the saddle itself, as if the
//!   uniform mean lay at the origin.
//! - `trained`: a machine trained on MNIST is presented as an untrained one.
//!
//! `mean-at-origin` uses an eighth of the claim's 100 machines, the other measured falsifiers one
//! machine each. Falsifiers are seen only by the checks that they name, `mean-at-origin` and
//! `trained` by all checks of offsets.
//!
//! ## Limits
//! The law of the offset is asymptotic. The law of a Haar coordinate differs from the normal law by
//! about `0.14/N`, which is far below what the samples resolve.

mod applies;
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

use crate::claim::{Applies, Case, CheckError, Falsifier, MachineFacts, Source, Statement};
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
        "W, a, b are independent normal, mean 0, standard deviation s",
        "v, h are uniform over binary states",
        "the saddle is defined in the paired subspace",
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

    fn applies(&self, machine: &MachineFacts) -> Vec<Applies> {
        applies::applies(machine)
    }

    fn figures(&self, dossier: &Dossier) -> Result<Vec<Figure>, Missing> {
        figures::figures(dossier)
    }
}
