//! # T05: every mode is a pair of coupled oscillators
//!
//! ## Statement
//! If the reciprocal variables are Gaussian, the centred pair `(x, y)` of mode `i` has the
//! precision matrix `(4, −βλ; −βλ, 4)`. Then `var u = 1/(4 − βλ)`, `var w = 1/(4 + βλ)` and
//! `cov(x, y) = βλ/(16 − β²λ²)`. Modes couple through higher cumulants only, and these fall as
//! `1/N`.
//!
//! ## Source
//! arXiv 2503.21536, abstract: "a connection between RBMs, diffusion processes, and coupled
//! Bosons". The formulas are our reading.
//!
//! ## Hypotheses
//! - `x` and `y` are Gaussian with variance `1/4` under the uniform measure; `βλ < 4`; modes are
//!   delocalised over many units.
//!
//! ## Regimes
//! - `finite-rank`: a fixed number of modes while `N` and `M` grow. The claim holds.
//! - `decoupling`: joint cumulants of two modes while `N` grows. The claim holds.
//! - `extensive-rank`: as many modes as units. The claim is refuted, because the error of `ln Z`
//!   grows with `N`. Onsager's reaction term (T09) replaces it.
//!
//! ## Derivation
//! The precision matrix is the negative Hessian of the exponent; its inverse gives the variances
//! along `u` and `w`. The joint cumulants of two modes are derived to order 8. Their Haar mean
//! `−1/(8(N+2))` follows from the moments of Haar matrices, and independently from a point on a
//! sphere.
//!
//! The corrections come from the fourth and sixth cumulant of every unit, `−1/8` and `1/4`, which
//! are added to the Gaussian measure. Let `R = 4C − 1` be four times the Gaussian covariance `C` of
//! the units minus its value for free units. The first-order correction of `ln Z` is
//! `−¼ Σ_j R_jj²`, that is `−¼ Σ_j (Σ_i U_ji² ρ_i)²` per layer with `ρ = β²λ²/(16 − β²λ²)`. The
//! second-order correction is `⅓ Σ_j R_jj³ + ¼ Σ_jl R_jj R_ll R_jl² + Σ_jl R_jl⁴/12`, with sums
//! over the units of both layers. Derivatives give the corrections of `var u`, `var w` and
//! `cov(x, y)`. If the rank is of order `N`, the same sums are extensive: to order `β⁴` the
//! Gaussian `ln Z` is too large by `(β⁴/1024)[Σ_j (WWᵀ)_jj² + Σ_k (WᵀW)_kk² − ⅔ Σ W⁴]`.
//!
//! ## Evidence
//! - One mode with `|U| = 1/√N`: the exact law (`y` summed out) for `N = M` and `N = 2M`. Its
//!   values, extrapolated to infinite `N` with a remainder of order 2 in `1/N`, agree with the
//!   Gaussian ones. The `1/N` amplitude is checked at `N = 10⁵` (`10⁶` at full scale), and `ln Z`
//!   also in a field.
//! - Two modes with entries `±1/√N`, exactly: `ln Z` with its cross terms, and the pair `(x, y)` of
//!   mode 2.
//! - Three Haar modes on small machines: enumeration agrees with the `1/N` prediction.
//! - Two Haar modes on 200 x 150 units: Gibbs chains agree with the Gaussian values.
//! - `decoupling`: the joint cumulants from enumeration of `2¹²` states, their Haar mean for
//!   `N = 8` to 512 with its exponent, sampled states for `N = 15` to 120, and a machine with two
//!   coupled modes.
//! - `extensive-rank`: by enumeration, the exponent in `N` of the error of `ln Z` (claimed to be
//!   `−1`), the size of the error against the derived formula, and its growth with the rank.
//!
//! ## Falsifiers
//! - `covariance-sign`: the derivation has `−βλ` instead of `βλ` in the covariance.
//! - `pairings-uncounted`: the joint cumulants do not count the `(a+b)!` orders of their arguments.
//! - `covariance-negative`: the covariance is predicted with the wrong sign.
//! - `sigma-squared-missing`: the factor `σ² = 1/4` is missing in the exponent of the Gaussian
//!   log-normaliser, as in a public script of the paper.
//! - `cross-terms-dropped`: the `1/N` term of `ln Z` with several modes is taken to be
//!   `−¼ Σ_i κ_i ρ_i²`.
//! - `one-layer`: the `1/N` term contains the cumulants of the visible units only.
//! - `five-units`: the modes have five non-zero entries, however large the machine.
//! - `independent-normal-entries`: the Haar mean is taken to be `−1/(8N)`.
//! - `own-cumulant`: the joint cumulant is given the amplitude `−3/(8(N+2))` of the fourth cumulant
//!   of a single mode.
//!
//! A falsifier that changes one formula is measured only by checks that use this formula.
//!
//! ## Limits
//! The formulas hold for `βλ < 4` and for a field along a mode that is zero or `O(1)`. The
//! corrections are known to second order and diverge near `βλ = 4` (T07). T09 treats modes in the
//! presence of a bulk of many other modes.

mod applies;
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

use crate::claim::{Applies, Case, CheckError, Falsifier, MachineFacts, Source, Statement};
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
    hypotheses: &[
        "reciprocal variables are Gaussian with variance 1/4",
        "βλ < 4",
        "modes are delocalised over many units",
    ],
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

    fn applies(&self, machine: &MachineFacts) -> Vec<Applies> {
        applies::applies(machine)
    }

    fn figures(&self, dossier: &Dossier) -> Result<Vec<Figure>, Missing> {
        figures::figures(dossier)
    }
}
