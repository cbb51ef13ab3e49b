//! # T05: every mode is a pair of coupled oscillators
//!
//! ## Statement
//! With Gaussian reciprocal variables mode i has precision (4, −βλ; −βλ, 4) on its centred (x, y),
//! so var u = 1/(4 − βλ), var w = 1/(4 + βλ), cov(x, y) = βλ/(16 − β²λ²). Modes couple through
//! higher cumulants only, which fall as 1/N.
//!
//! ## Source
//! arXiv 2503.21536, abstract: "a connection between RBMs, diffusion processes, and coupled
//! Bosons". The formulas are our reading.
//!
//! ## Hypotheses
//! - x and y Gaussian of variance 1/4 under the uniform measure; βλ < 4; modes spread over many
//!   units.
//!
//! ## Regimes
//! - `finite-rank`: a fixed number of modes, N and M growing: holds.
//! - `decoupling`: joint cumulants of two modes, N growing: holds.
//! - `extensive-rank`: as many modes as units: refuted, the error of ln Z grows with N; replaced by
//!   Onsager's reaction (T09).
//!
//! ## Derivation
//! Precision as the negative Hessian of the exponent; its inverse; variances along u and w; joint
//! cumulants of two modes to order 8; their Haar mean −1/(8(N+2)), from the moments of Haar
//! matrices and again from a point on a sphere. Corrections: every unit adds −1/8 and 1/4, its
//! fourth and sixth cumulant, to the Gaussian measure. With R = 4C − 1, the excess of the Gaussian
//! covariance of two units (times 4) over that of free ones, ln Z gains −¼ Σ_j R_jj² at first
//! order, that is −¼ Σ_j (Σ_i U_ji² ρ_i)² a layer, ρ = β²λ²/(16 − β²λ²), and ⅓ Σ_j R_jj³ + ¼ Σ_jl
//! R_jj R_ll R_jl² + Σ_jl R_jl⁴/12 at second, sums over units of both layers. Derivatives give the
//! corrections of var u, var w and cov(x, y). At rank of order N the same sums are extensive: to
//! order β⁴ the Gaussian ln Z is too large by (β⁴/1024)[Σ_j (WWᵀ)_jj² + Σ_k (WᵀW)_kk² − ⅔ Σ W⁴].
//!
//! ## Evidence
//! - One mode, |U| = 1/√N: the exact law (y summed out) for N = M and N = 2M. Values extrapolated
//!   to infinite N against the Gaussian ones, with order 2 in 1/N left; the 1/N amplitude at N =
//!   10⁵ (10⁶ at full scale); ln Z with a field.
//! - Two modes of signs, exactly: ln Z with its cross terms, and the pair of mode 2.
//! - Three Haar modes on small machines by enumeration, against the 1/N prediction.
//! - Two Haar modes on 200 x 150 units by Gibbs chains.
//! - `decoupling`: enumeration of 2¹² states; Haar mean for N = 8 to 512, and its exponent; drawn
//!   states at N = 15 to 120; the coupled two-mode machine.
//! - `extensive-rank`: exponent of the error of ln Z in N by enumeration (claimed −1), its size
//!   against the derived formula, its growth with the rank.
//!
//! ## Falsifiers
//! - `covariance-sign`: −βλ for βλ in the covariance of the derivation.
//! - `pairings-uncounted`: joint cumulants without the (a+b)! orders of their arguments.
//! - `covariance-negative`: the covariance predicted with the wrong sign.
//! - `sigma-squared-missing`: Gaussian log-normaliser with σ² = 1/4 missing in the exponent, as in
//!   a public script of the paper.
//! - `cross-terms-dropped`: −¼ Σ_i κ_i ρ_i² for the 1/N term of ln Z with several modes.
//! - `one-layer`: the 1/N term from the cumulants of the visible units alone.
//! - `five-units`: modes that live on five units however large the machine.
//! - `independent-normal-entries`: Haar mean −1/(8N).
//! - `own-cumulant`: the amplitude −3/(8(N+2)) of one mode's own fourth cumulant for the joint one.
//!
//! A falsifier that changes one formula is measured where this formula is used.
//!
//! ## Limits
//! βλ < 4 and zero or O(1) field along a mode. Corrections are known to second order; near βλ = 4
//! they diverge (T07). Modes on a bulk of many others belong to T09.

mod chains;
mod derivation;
mod evidence;
mod expansion;
mod falsifiers;
mod figures;
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
pub struct CoupledBosons;

static STATEMENT: Statement = Statement {
    id: "T05",
    title: "Every mode is a pair of coupled oscillators, one of them inverted, and modes decouple as 1/N",
    source: Source {
        reference: "arXiv 2503.21536, abstract",
        sentence: "By introducing a reciprocal space formulation, we reveal a connection between RBMs, diffusion processes, and coupled Bosons.",
        stated_there: true,
    },
    hypotheses: &["Gaussian reciprocal variables, variance 1/4", "βλ < 4", "modes spread over many units"],
    regimes: &[regimes::FINITE_RANK, regimes::DECOUPLING, regimes::EXTENSIVE_RANK],
};

impl Theorem for CoupledBosons {
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
