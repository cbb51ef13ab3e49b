//! # T09: what replaces the product of Gaussians
//!
//! ## Statement
//! If an extensive number of modes is coupled, Onsager's reaction term changes the precision 4 of
//! the prior to `A` on visible and `B` on hidden units. `A` and `B` are fixed by
//! `(1/N)[Σ B/(AB − β²λ²) + (N−r)/A] = 1/4` and its mirror image. Then `var x_i = B/(AB − β²λ_i²)`,
//! and `ln Z` follows up to a remainder that does not grow with `N`. For i.i.d. weights
//! `A = 4 + β²s²M/4` and `B = 4 + β²s²N/4`. The machine is then stable up to `βs = 4/(NM)^(1/4)`,
//! and not only up to `βs(√N + √M) = 4`. A spike on the bulk becomes unstable at the planted
//! strength `βθ = 4`.
//!
//! ## Source
//! This is our addition to arXiv 2503.21536. The method is adaptive TAP: M. Opper and O. Winther,
//! Phys. Rev. E 64 (2001) 056131.
//!
//! ## Hypotheses
//! - Zero field: the centred fields of both layers are zero.
//! - The machine is in the paramagnetic phase.
//!
//! ## Regimes
//! - `paramagnet`: independent normal weights with `s√N = 1` to 3 and `N = M`, `5M/3` and `2M`. The
//!   claim holds.
//! - `spike`: a spike of strength `θ` on a bulk with `s√N = 2`. The claim holds. The variance is
//!   finite at `θ = 2.5`, although `βλ = 4.1` exceeds 4.
//! - `beyond-glass-line`: `s√N = 6` and 8. The claim is refuted. The equations still have a root,
//!   in which one mode condenses, but the machine is a spin glass and has no closed form here.
//! - `outside-zero-field`: `a = b = 0` at `s√N = 1.5`. The claim is refuted, because the centred
//!   fields `W½` matter. `fields` replaces it.
//! - `fields`: machines of the same kind, with a reaction term in the field of every unit,
//!   `p = logistic(a + Wq − (p − ½) Σ W²q(1−q))`. The claim holds.
//!
//! ## Derivation
//! The two conditions express that the constrained free energy is stationary, and are derived from
//! the determinant of the coupled precision matrix. Their difference gives `N(A − 4) = M(B − 4)`.
//! For i.i.d. weights `A` and `B` follow from the cavity equations, whose expansion is compared
//! with Wick sums. At the edge of the bulk `AB − β²λ₊²` is a perfect square, which gives both
//! thresholds; a spike is marginal at `βθ = 4`. The error of the Gaussian product to order `β⁴`,
//! and its mean, follow from enumeration of all 16 states of a 2 x 2 machine with symbolic weights.
//! With the reaction term the mean of this error is no longer extensive.
//!
//! With `ρ = (βs)⁴NM/256`, the sums over pairs and cycles of units have the mean `¼ ln(1 − ρ)` over
//! weights. `ln Z` of a large machine is therefore `(N+M) ln 2 + βc0 + β²s²NM/32 + ¼ ln(1 − ρ)`.
//! For machines with fields, order `W²` of the free energy at given means determines the
//! corrections of fields, precisions and couplings.
//!
//! At finite size, `A_j = 4 + Σ_k W_jk²/4` of a single unit fluctuates about `A` by `O(N^(−1/2))`.
//! This changes the precision of a mode in second order only, by `Σ_i (u₁ᵀ δA u_i)²/(gap) ~ 1/N`.
//! `A` of a given spectrum differs from its limit by `O(1/N)`. At the edge `λ₁` itself deviates
//! from its limit by `O(N^(−2/3))`; therefore every prediction uses `λ₁` of the machine. The
//! remaining differences are extrapolated in `1/N`, and the next order is `N^(−4/3)`.
//!
//! Two results are used that the derivation does not contain. First, the `ln Z` with the reaction
//! term exceeds the exact `ln Z`, in the mean over weights, by the remainder `−½ ln(1 − ρ)` (saddle
//! point of the mean determinant with its fluctuations); its order `β⁴` is a step of the
//! derivation. Second, the field on a unit is Gaussian with variance `c = s²M/4` in the absence of
//! this unit, so that `E[p(1−p)] = Q = e^(−c/8) ∫ N(z; 0, c) dz/(4 cosh(z/2))`.
//!
//! ## Evidence
//! - `ln Z` by enumeration of many small machines, square and `N:M = 5:3` (including 20 x 12). The
//!   remainders are extrapolated in `1/N`. Their limits are `−½ ln(1 − ρ)` with the reaction term
//!   (`rbm::mean_field::onsager`, the function that users call) and `¼ ln(1 − ρ)` beyond `s²NM/32`.
//!   The fluctuations of orders `β²` and `β⁴`, which are known for every machine, are subtracted.
//!   Order `β⁴` is checked on 24 machines. Annealed importance sampling gives the same limits at
//!   larger `N` and `s√N = 3`.
//! - Block Gibbs sampling, with 96 chains per matrix (spikes: 32, and 64 at `θ = 4`). Means over
//!   independent matrices are extrapolated in `1/N`, with Student's intervals of confidence
//!   `1 − 10⁻⁶`. The checks are `1/var x` of the leading mode and of all modes, with `A` and `B`
//!   from the spectrum and in closed form; the autocorrelation over one sweep against
//!   `1 − Q/var x`, and against the exact form with `E[p(1−p)]` from the chains; the
//!   autocorrelation of `x₁` over `k` sweeps, about its relaxation time, against `(λ²/(AB))^k`; and
//!   the two-time overlap at a lag of 64 sweeps.
//! - Outside the hypotheses, in `beyond-glass-line` and `outside-zero-field`, `onsager` returns an
//!   error for every machine.
//! - `fields`: means and variances of the chains agree with the solution for each machine.
//! - `spike`: `⟨x₁²⟩` grows with `N` with the exponents 0, `1/2` and 1 at `θ = 2.5`, 4 and 6.
//!
//! ## Falsifiers
//! - `reaction-dropped`: the closed form has `A = 4`.
//! - `quartic-dropped`: the error lacks the term `−(2/3) Σ W⁴`.
//! - `cycles-both-ways`: the derivation counts every cycle in both directions.
//! - `remainder-dropped`: `ln Z` of a large machine lacks the term `¼ ln(1 − ρ)`.
//! - `uncorrected-gaussian`: every prediction uses `A = B = 4`; with fields, the mean-field
//!   equations have no reaction term.
//! - `pairs-counted-twice`: every pair of units is counted from both sides, `A = 4 + β²s²M/2`,
//!   `B = 4 + β²s²N/2`, and `s²NM/16` in `ln Z`.
//! - `exchanged`: `A` and `B` are exchanged in machines with `N ≠ M`.
//! - `closed-beyond-limit`: the closed form is used at `s√N = 8`.
//! - `edge-added`: a spike on a bulk is taken to be unstable only from `βθ = 4 + βs(√N + √M)`.
//!
//! Falsifiers use fewer and smaller machines than the claim. This is possible because their errors
//! grow with `N` or exceed the bound several times.
//!
//! ## Limits
//! Beyond the threshold the root still exists but has no meaning. The remainder of `ln Z` diverges
//! at the threshold `ρ = 1`, and finite-size corrections grow towards it. `A` and `B` are averages
//! over units; single units differ by `O(N^(−1/2))`. The relaxation rate over many sweeps has no
//! closed form: `ln(AB/λ²)` is that of the linear map and neglects the memory of single units. The
//! equations with fields are of second order in `W`. They are exact only for many independent weak
//! weights and are tested at one strength; their `ln Z` is not tested.

mod applies;
mod derivation;
mod ensembles;
mod evidence;
mod falsifiers;
mod figures;
mod log_partition;
mod names;
mod regimes;
mod streams;
mod trials;

use crate::claim::{Applies, Case, CheckError, Falsifier, MachineFacts, Source, Statement};
use crate::dossier::Dossier;
use crate::evidence::{Evidence, Missing};
use crate::figure::Figure;
use crate::lab::Lab;
use crate::symbolic::Derivation;
use crate::theorem::Theorem;

/// The claim.
pub struct OnsagerReaction;

static STATEMENT: Statement = Statement {
    id: "T09",
    title: "With many coupled modes the Onsager reaction replaces the product of Gaussians",
    source: Source {
        reference: "our addition to arXiv 2503.21536",
        sentence: "Each reciprocal variable being Gaussian does not make the product of Gaussians right when an extensive number of modes couples.",
        stated_there: false,
    },
    hypotheses: &["zero field", "paramagnetic phase: (βs)⁴NM < 256 for i.i.d. weights"],
    regimes: &[
        regimes::PARAMAGNET,
        regimes::SPIKE,
        regimes::BEYOND_GLASS_LINE,
        regimes::OUTSIDE_ZERO_FIELD,
        regimes::FIELDS,
    ],
};

impl Theorem for OnsagerReaction {
    fn statement(&self) -> &'static Statement {
        &STATEMENT
    }

    fn falsifiers(&self) -> &'static [Falsifier] {
        &falsifiers::ALL
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

    fn derive(&self, case: Case<'_>) -> Result<Derivation, CheckError> {
        derivation::derive(case)
    }
}
