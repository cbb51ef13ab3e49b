//! # T03: the weights of an untrained machine are rotationally symmetric
//!
//! ## Statement
//! For W with independent normal entries, Q₁WQ₂ has the law of W for all orthogonal Q₁, Q₂: the
//! singular vectors are Haar distributed and independent of the singular values.
//!
//! ## Source
//! arXiv 2503.21536, abstract: "whose distribution follows the Marcenko-Pastur law and exhibits
//! rotational symmetry".
//!
//! ## Hypotheses
//! - Independent normal entries of one variance.
//!
//! ## Regimes
//! - `tall` (N > M), `wide` (N < M), `square` (N = M): independent normal entries: holds.
//! - `uniform-iid`: independent uniform entries: refuted, although T02 holds for them; only the
//!   entries of W see it.
//! - `trained`: refuted, in the entries and in the vectors; replaced by hierarchical learning
//!   (T08).
//!
//! ## Derivation
//! The density of W depends on tr WᵀW only, and every tr (WᵀW)ᵏ is unchanged by Q₁, Q₂: shown for 2
//! x 2 matrices with rational rotations, (1 − t², −2t; 2t, 1 − t²)/(1 + t²), by trace and
//! determinant. Haar moments of one and two columns as exact functions of N, tied together by the
//! lengths of rows and columns.
//!
//! ## Evidence
//! Over independent machines, leading mode only, so that values are independent:
//! - One squared entry of u₁ and of v₁ per machine against the law Beta(1/2, (N−1)/2).
//! - The participation ratio κ = Σ_j U_j1⁴ within 10 % of its Haar mean 3/(N+2), by its exact Haar
//!   variance.
//! - The squared overlap of u₁ and of v₁ with the even direction (1, …, 1)/√N follows the same Beta
//!   law.
//! - The first entry of v₁ of 12 x 8 machines is negative half of the time once every pair (u_i,
//!   v_i) has a random sign (`tall` only: it is the same test everywhere).
//! - λ₁ is uncorrelated with κ of u₁ and v₁, by Fisher's transform: values and vectors are
//!   independent.
//! - The paper's measure: Jensen-Shannon divergence between the entries of W and of Q₁WQ₂ over its
//!   floor (k−1)/(4NM).
//! - `uniform-iid`: the divergence carries the refutation; the vectors pass all their tests.
//! - `trained`: divergence, participation ratio and overlap as means over trainings with their
//!   intervals, by hidden size, all refuted, and the slope of the divergence in nats against 1/M.
//!
//! ## Falsifiers
//! - `sheared`: a shear in the place of a rotation.
//! - `independent-normal-entries`: entries of U taken as independent normal, E U⁴ = 3/N².
//! - `uniform-entries`: uniform entries of W; their singular values and vectors pass, the
//!   divergence does not.
//! - `localised-spike`: a rank-one term on one visible and one hidden unit, three times as strong
//!   as the threshold.
//! - `entries-with-mean`: normal entries of a mean that is not 0, a rank-one term on the even
//!   directions of ten times the threshold.
//! - `random-spike`: a rank-one term on two units, one to three times as strong as the threshold by
//!   machine: the stronger, the larger λ₁ and the more localised u₁ and v₁.
//! - `trained-machine`: a machine trained on MNIST presented as untrained.
//! - `blocks`: W without its two off-diagonal blocks.
//! - `diagonal`: W without its off-diagonal entries.
//! - `one-factor`: W = UΛ with Haar U, the factor V not rotated.
//! - `raw-signs`: signs as the decomposition leaves them.
//!
//! Measured falsifiers see ten machines, `entries-with-mean` and `random-spike` 25; the claim sees
//! 150, and 30 for the divergence.
//!
//! ## Limits
//! The entries of W alone do not see the symmetry of vectors: uniform entries pass the law of
//! singular values and are not rotationally symmetric.

mod derivation;
mod entries;
mod evidence;
mod falsifiers;
mod figures;
mod names;
mod regimes;
mod streams;
#[cfg(test)]
mod tests;
mod vectors;

use crate::claim::{Case, CheckError, Falsifier, Source, Statement};
use crate::dossier::Dossier;
use crate::evidence::{Evidence, Missing};
use crate::figure::Figure;
use crate::lab::Lab;
use crate::symbolic::Derivation;
use crate::theorem::Theorem;

/// The claim.
pub struct RotationalSymmetry;

static STATEMENT: Statement = Statement {
    id: "T03",
    title: "The law of an untrained weight matrix is unchanged by rotations of visible and hidden space",
    source: Source {
        reference: "arXiv 2503.21536, abstract",
        sentence: "the singular values, whose distribution follows the Marcenko-Pastur law and exhibits rotational symmetry",
        stated_there: true,
    },
    hypotheses: &["independent normal entries", "Q₁, Q₂ orthogonal"],
    regimes: &[regimes::TALL, regimes::WIDE, regimes::SQUARE, regimes::UNIFORM_IID, regimes::TRAINED],
};

impl Theorem for RotationalSymmetry {
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
