//! # T09: what replaces the product of Gaussians
//!
//! ## Statement
//! With an extensive number of coupled modes the precision 4 of the prior becomes A on visible and
//! B on hidden units, fixed by (1/N)[Σ B/(AB − β²λ²) + (N−r)/A] = 1/4 and its mirror image. Then
//! var x_i = B/(AB − β²λ_i²), and ln Z follows up to a remainder that does not grow with N. For
//! i.i.d. weights A = 4 + β²s²M/4, B = 4 + β²s²N/4, stable up to βs = 4/(NM)^(1/4), not up to βs(√N
//! + √M) = 4. A spike on the bulk is unstable from planted strength βθ = 4.
//!
//! ## Source
//! Our addition to arXiv 2503.21536. Adaptive TAP: M. Opper and O. Winther, Phys. Rev. E 64 (2001)
//! 056131.
//!
//! ## Hypotheses
//! - Zero field: both layers see centred fields of zero. Paramagnet.
//!
//! ## Regimes
//! - `paramagnet`: independent normal weights, s√N = 1 to 3, N = M, 5M/3 and 2M: holds.
//! - `spike`: a spike of strength θ on a bulk with s√N = 2: holds. Finite at θ = 2.5, though its βλ
//!   = 4.1 exceeds 4.
//! - `beyond-glass-line`: s√N = 6 and 8: refuted. The equations keep a root, which condenses on one
//!   mode; the machine is a spin glass and has no closed form here.
//! - `outside-zero-field`: a = b = 0 at s√N = 1.5: refuted, the centred fields W½ matter; replaced
//!   by `fields`.
//! - `fields`: machines of the same kind with the reaction on every unit's own field, p =
//!   logistic(a + Wq − (p − ½) Σ W²q(1−q)): holds.
//!
//! ## Derivation
//! The two conditions as stationarity of the constrained free energy, through the determinant of
//! the coupled precision; N(A − 4) = M(B − 4) from their difference; A and B for i.i.d. weights
//! from the cavity equations, whose expansion is compared with Wick sums; the perfect square at the
//! edge of the bulk and both thresholds; a spike at βθ = 4; the error of the Gaussian product to
//! order β⁴ by enumeration of all 16 states of a 2 x 2 machine with symbolic weights, and its mean;
//! the same error with the reaction, whose mean is no longer extensive. With ρ = (βs)⁴NM/256, the
//! sums over pairs and cycles of units whose mean over weights is ¼ ln(1 − ρ): ln Z of a large
//! machine is (N+M) ln 2 + βc0 + β²s²NM/32 + ¼ ln(1 − ρ). With fields, the order W² of the free
//! energy at given means and what it does to fields, precisions and couplings.
//!
//! Finite sizes: a unit's A_j = 4 + Σ_k W_jk²/4 scatters by O(N^(−1/2)) with mean 0, which moves
//! the precision of a mode in second order, by Σ_i (u₁ᵀ δA u_i)²/(gap) ~ 1/N; A of one spectrum
//! differs from its limit by O(1/N). At the edge λ₁ itself is N^(−2/3) off, so λ₁ of the machine
//! enters every prediction; what is left is extrapolated in 1/N, and the next order is N^(−4/3).
//!
//! Two results are used that the derivation does not contain. The mean over weights of the
//! reaction's ln Z is larger than that of ln Z by −½ ln(1 − ρ) (saddle point of the mean
//! determinant, fluctuations included): its remainder, which at order β⁴ is a step of the
//! derivation. And a unit's field is Gaussian of variance c = s²M/4 in its absence, so that
//! E[p(1−p)] = Q = e^(−c/8) ∫ N(z; 0, c) dz/(4 cosh(z/2)).
//!
//! ## Evidence
//! - ln Z by enumeration of many small machines, square and N:M = 5:3 (20 x 12 among them): the
//!   remainders against 1/N; their limits are −½ ln(1 − ρ) with the reaction
//!   (`rbm::mean_field::onsager`, which users call) and ¼ ln(1 − ρ) beyond s²NM/32. The scatter of
//!   orders β² and β⁴, known for every machine, is taken off. Order β⁴ on 24 machines. The same by
//!   annealed importance sampling at larger N, s√N = 3.
//! - Block Gibbs sampling, every matrix with its own 96 chains (spikes 32, 64 at θ = 4); means over
//!   matrices against 1/N, limits judged with Student's intervals of confidence 1 − 10⁻⁶ from
//!   independent matrices: 1/var x of the leading mode and of all modes, with the reaction of the
//!   drawn spectrum and with the closed form; autocorrelation over one sweep against 1 − Q/var x,
//!   and against the exact form with E[p(1−p)] from the chains; autocorrelation of x₁ over k
//!   sweeps, about as many as it takes to forget, against (λ²/(AB))^k; overlap of a state with
//!   itself 64 sweeps later.
//! - Outside the hypotheses, `beyond-glass-line` and `outside-zero-field`: `onsager` refuses every
//!   machine.
//! - `fields`: means and variances of the chains against the solution for each machine.
//! - `spike`: growth of ⟨x₁²⟩ with N: exponents 0, 1/2, 1 at θ = 2.5, 4, 6.
//!
//! ## Falsifiers
//! - `reaction-dropped`: A = 4 in the closed form.
//! - `quartic-dropped`: the error without −(2/3) Σ W⁴.
//! - `cycles-both-ways`: every cycle counted in both directions, in the derivation.
//! - `remainder-dropped`: ln Z of a large machine without ¼ ln(1 − ρ).
//! - `uncorrected-gaussian`: A = B = 4 in every prediction; with fields, the mean field without
//!   reaction.
//! - `pairs-counted-twice`: every pair of units counted from both sides: A = 4 + β²s²M/2, B = 4 +
//!   β²s²N/2, and s²NM/16 in ln Z.
//! - `exchanged`: A and B exchanged in machines with N ≠ M.
//! - `closed-beyond-limit`: the closed form at s√N = 8.
//! - `edge-added`: a spike on a bulk unstable only from βθ = 4 + βs(√N + √M).
//!
//! They sample fewer and smaller machines than the claim, as an error that grows with N or exceeds
//! its bound several times allows.
//!
//! ## Limits
//! Beyond the threshold the root still exists and means nothing. The remainder of ln Z diverges at
//! the threshold, ρ = 1, and finite-size corrections grow towards it. A and B hold on average over
//! units: single units differ by O(N^(−1/2)). The rate over many sweeps has no closed form:
//! ln(AB/λ²) is that of the linear map, memory of single units apart. The equations with fields are
//! of second order in W, exact for many independent weak weights only, and tested at one strength;
//! their ln Z is not tested.

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

use crate::claim::{Case, CheckError, Falsifier, Source, Statement};
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
    hypotheses: &["zero field", "paramagnet: (βs)⁴NM < 256 for i.i.d. weights"],
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

    fn figures(&self, dossier: &Dossier) -> Result<Vec<Figure>, Missing> {
        figures::figures(dossier)
    }

    fn derive(&self, case: Case<'_>) -> Result<Derivation, CheckError> {
        derivation::derive(case)
    }
}
