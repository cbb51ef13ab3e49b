//! # T02: the curvature spectrum of an untrained RBM follows the Marchenko-Pastur law
//!
//! ## Statement
//! The singular values of an `N x M` matrix of independent entries with variance `s²` have the
//! density `ρ(λ) = √((λ₊² − λ²)(λ² − λ₋²)) / (π s² r λ)` on `[λ₋, λ₊]`, `λ± = s(√max(N,M) ± √r)`,
//! `r = min(N,M)`.
//!
//! ## Source
//! arXiv 2503.21536, abstract: "the local curvature is determined by the singular values, whose
//! distribution follows the Marcenko-Pastur law". The law is due to V. A. Marčenko and L. A.
//! Pastur, Math. USSR Sbornik 1 (1967) 457; the law of the largest value is due to I. M. Johnstone,
//! Ann. Statist. 29 (2001) 295, and its centring at finite size to Z. Ma, Bernoulli 18 (2012) 322.
//!
//! ## Hypotheses
//! - The entries are independent normal variables of mean 0 and standard deviation `s`.
//! - For the bulk a finite variance is enough; for the edge four moments must be finite.
//!
//! ## Regimes
//! - `tall` (784 x 500, as in the paper), `wide` and `square`: normal entries. The claim holds.
//! - `rademacher` (entries `±s`) and `uniform`: tall matrices of other entries with four finite
//!   moments. The claim holds by universality. The exact traces and the rigidity of the bidiagonal
//!   model are specific to normal entries and are not checked.
//! - `student-t3`: entries follow Student's `t` with 3 degrees of freedom, scaled to variance `s²`.
//!   The claim is refuted at the edge, where the largest entries produce outliers. The bulk follows
//!   the law, with a distance that falls as `r^(−1/2)`.
//!
//! ## Derivation
//! With `S = WᵀW`, `E tr Sᵏ` for `k = 1..5` is a sum over all Wick pairings, exact in `N`, `M` and
//! `s`. The variances and the covariance of `tr S` and `tr S²` are sums of the same kind. The
//! leading orders divided by `r (s² max(N,M))ᵏ` are the Narayana polynomials in `q = r/max(N,M)`.
//! These are the moments of the Marchenko-Pastur density, which are integrated exactly. The
//! resolvent gives the shift of the edge that a fourth cumulant of the entries causes.
//!
//! ## Evidence
//! For large numbers of matrices, the `λ²` are computed as eigenvalues of the smaller of `WWᵀ` and
//! `WᵀW`. This is accurate to about `eps max(N,M) λ₁²` and takes half the time of a decomposition
//! of `W`.
//!
//! - The mean Kolmogorov distance of single spectra to the law is far below `√(π/2) ln 2 / √r`, the
//!   value for `r` *independent* levels, because eigenvalues repel. For the same reason no p-value
//!   of an i.i.d. test is computed for a single spectrum.
//! - Rigidity: `r` times that distance grows as `ln r` for `r = 32` to 512 (Gaussian spectra from
//!   the bidiagonal model). Its slope is close to `√2/π`, the value for the largest fluctuation of
//!   a log-correlated field. For independent levels it would grow as `√r`.
//! - The means of `tr S` and `tr S²` over independent matrices agree with their exact finite-size
//!   values, judged by their exact variances.
//! - The means of `tr S`, `tr S²` and `tr S³` pass a joint `χ²` test with the exact covariances.
//! - The largest singular value follows the Tracy-Widom law (`beta = 1`), in its mean (by a
//!   significance test and by an equivalence test) and in its distribution. The law is shifted by
//!   the effect of the entries' fourth cumulant on the edge (cumulant `−2` for `±s`, `−6/5` for
//!   uniform entries). For entries `±s` this shift is known only in the limit of large matrices:
//!   the p-values are multiplied by 4, because the sizes at `10⁻⁶` were measured to be up to 3.5
//!   times the level.
//! - `square`: the smallest singular value follows the hard-edge law
//!   `P(N λ_r²/s² < t) = 1 − exp(−t/2 − √t)`.
//!
//! ## Falsifiers
//! - `crossed-pairing-dropped`: the derivation counts planar pairings only, `E tr S² = NM(N+M)s⁴`.
//! - `exchanged`: the density is normalised with `max(N,M)` instead of `r`.
//! - `independent-levels`: the singular values are drawn independently from the law, without
//!   repulsion.
//! - `heavy-tails`: the entries follow Student's `t` with 1.5 degrees of freedom and have infinite
//!   variance.
//! - `spike`: a rank-one term of 1.5 times the detectability threshold `s(NM)^(1/4)` is added.
//! - `strong-spike`: a rank-one term of 3 times the threshold is added.
//! - `correlated-rows`: neighbouring entries of a row are correlated with coefficient 0.5.
//! - `trained`: a machine trained on MNIST is presented as an untrained one.
//!
//! Falsifiers that decompose matrices use at most an eighth of the claim's number of matrices, and
//! `spike` at most a quarter. `independent-levels`, which is the hardest to tell from the claim,
//! uses as many spectra as the claim.
//!
//! The positive control `hidden-spike` shows that the test of the edge does *not* detect a rank-one
//! term of half the threshold, once the small shift that this term causes (see Limits) is
//! subtracted. The control checks only the edge, on as many matrices as the claim.
//!
//! ## Limits
//! A spike of `τ < 1` times the threshold `s(NM)^(1/4)` shifts the edge only by
//! `τ²/(1 − τ²)·(1/√N + 1/√M)^(2/3)` Tracy-Widom units (0.06 for `τ = 1/2` and 784 x 500), which
//! the control takes into account. Given enough matrices, the mean of `tr S` does detect the spike.
//! It adds `τ²/√2` standard deviations of one matrix; for `τ = 1/2` these are 1.6 standard errors
//! of the mean over 80 matrices and 5.6 over 1,000.

mod applies;
mod derivation;
mod evidence;
mod falsifiers;
mod figures;
mod names;
mod regimes;
mod rigidity;
mod streams;
#[cfg(test)]
mod tests;

use crate::claim::{Applies, Case, CheckError, Control, Falsifier, MachineFacts, Source, Statement};
use crate::dossier::Dossier;
use crate::evidence::{Evidence, Missing};
use crate::figure::Figure;
use crate::lab::Lab;
use crate::symbolic::Derivation;
use crate::theorem::Theorem;

/// The claim.
pub struct MarchenkoPasturCurvature;

static STATEMENT: Statement = Statement {
    id: "T02",
    title: "The singular values of an untrained RBM follow the Marchenko-Pastur law",
    source: Source {
        reference: "arXiv 2503.21536, abstract",
        sentence: "the local curvature is determined by the singular values, whose distribution follows the \
                   Marcenko-Pastur law",
        stated_there: true,
    },
    hypotheses: &["the entries are independent normal, mean 0, standard deviation s"],
    regimes: &[
        regimes::TALL,
        regimes::WIDE,
        regimes::SQUARE,
        regimes::RADEMACHER,
        regimes::UNIFORM,
        regimes::STUDENT_T3,
    ],
};

impl Theorem for MarchenkoPasturCurvature {
    fn statement(&self) -> &'static Statement {
        &STATEMENT
    }

    fn falsifiers(&self) -> &'static [Falsifier] {
        &falsifiers::ALL
    }

    fn controls(&self) -> &'static [Control] {
        &falsifiers::CONTROLS
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
