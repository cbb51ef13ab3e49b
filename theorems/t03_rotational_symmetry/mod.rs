//! # T03: the weights of an untrained machine are rotationally symmetric
//!
//! ## Statement
//! If `W` has independent normal entries, `Q₁WQ₂` has the same law as `W` for all orthogonal `Q₁`
//! and `Q₂`. The singular vectors are then Haar distributed and independent of the singular values.
//!
//! ## Source
//! arXiv 2503.21536, abstract: "whose distribution follows the Marcenko-Pastur law and exhibits
//! rotational symmetry".
//!
//! ## Hypotheses
//! - The entries of `W` are independent normal variables of equal variance.
//!
//! ## Regimes
//! - `tall` (`N > M`), `wide` (`N < M`) and `square` (`N = M`): independent normal entries. The
//!   claim holds.
//! - `uniform-iid`: independent uniform entries. The claim is refuted, although T02 holds for them.
//!   Only the test of the entries of `W` detects this.
//! - `trained`: machines trained on MNIST. The claim is refuted by the entries and by the singular
//!   vectors. Hierarchical learning (T08) replaces it.
//!
//! ## Derivation
//! The density of `W` depends on `tr WᵀW` only, and `Q₁` and `Q₂` leave every `tr (WᵀW)ᵏ`
//! unchanged. This is shown for 2 x 2 matrices and rational rotations
//! `(1 − t², −2t; 2t, 1 − t²)/(1 + t²)`, by trace and determinant. The Haar moments of one and of
//! two columns are exact functions of `N`; the normalisation of the columns confirms them.
//!
//! ## Evidence
//! Only the leading mode of each machine is used, so that the values of different machines are
//! independent:
//! - One squared entry of `u₁` and one of `v₁` per machine follow the law `Beta(1/2, (N−1)/2)`.
//! - The inverse participation ratio `κ = Σ_j U_j1⁴` is within 10 % of its Haar mean `3/(N+2)`,
//!   with a confidence interval from its exact Haar variance.
//! - The squared overlap of `u₁`, and of `v₁`, with the uniform direction `(1, …, 1)/√N` follows
//!   the same Beta law.
//! - Once every pair `(u_i, v_i)` has been given a random sign, the first entry of `v₁` is negative
//!   in half of all 12 x 8 machines. This is checked in `tall` only, since the test is the same in
//!   every regime.
//! - `λ₁` is not correlated with `κ` of `u₁` or of `v₁` (Fisher's transform), as it must be if
//!   values and vectors are independent.
//! - The paper's measure, the Jensen-Shannon divergence between the entries of `W` and of `Q₁WQ₂`,
//!   has the value `(k−1)/(4NM)` expected for two samples of one law with `k` occupied bins, its
//!   floor.
//! - `uniform-iid`: the divergence refutes the claim; the vectors pass all their tests.
//! - `trained`: divergence, inverse participation ratio and overlap all refute the claim at every
//!   hidden size. They are means over training runs, and the range over the runs is the interval.
//!   The slope of the divergence (nats) against `1/M` is reported.
//!
//! ## Falsifiers
//! - `sheared`: the derivation uses a shear instead of a rotation.
//! - `independent-normal-entries`: the entries of `U` are taken to be independent normal,
//!   `E U⁴ = 3/N²`.
//! - `uniform-entries`: the entries of `W` are uniform. Their singular vectors pass, but the
//!   divergence does not.
//! - `localised-spike`: a rank-one term on one visible and one hidden unit, of three times the
//!   threshold, is added.
//! - `entries-with-mean`: the normal entries have a mean that is not 0. The mean is a rank-one term
//!   along the uniform directions, of ten times the threshold.
//! - `random-spike`: a rank-one term on one visible and one hidden unit is added, whose strength
//!   differs between machines, from one to three times the threshold. A stronger term makes `λ₁`
//!   larger and `u₁` and `v₁` more localised.
//! - `trained-machine`: a machine trained on MNIST is presented as an untrained one.
//! - `blocks`: the two off-diagonal blocks of `W` are set to 0.
//! - `diagonal`: the off-diagonal entries of `W` are set to 0.
//! - `one-factor`: `W = UΛ` with Haar distributed `U`, while `V` is not rotated.
//! - `raw-signs`: the singular vectors keep the signs that the decomposition returns.
//!
//! The claim uses 150 machines (300 in `uniform-iid`), and a fifth of them for the divergence.
//! Measured falsifiers use ten machines, `random-spike` 25 and `entries-with-mean` 50, and are seen
//! by the checks that they name, those of the figure by all.
//!
//! ## Limits
//! The tests of singular values and leading vectors alone do not establish the symmetry: uniform
//! entries pass them and are not rotationally symmetric.

mod applies;
mod derivation;
mod entries;
mod evidence;
mod falsifiers;
mod figures;
mod leading;
mod names;
mod regimes;
mod streams;
#[cfg(test)]
mod tests;
mod vectors;

use crate::claim::{Applies, Case, CheckError, Falsifier, MachineFacts, Source, Statement};
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
    hypotheses: &["the entries of W are independent normal", "Q₁, Q₂ are orthogonal"],
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

    fn applies(&self, machine: &MachineFacts) -> Vec<Applies> {
        applies::applies(machine)
    }

    fn figures(&self, dossier: &Dossier) -> Result<Vec<Figure>, Missing> {
        figures::figures(dossier)
    }
}
