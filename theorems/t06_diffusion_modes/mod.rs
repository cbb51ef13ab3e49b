//! # T06: modes above 4/β do not converge
//!
//! ## Statement
//! In the Gaussian picture the weight exp(βλu²/2) N(u; μ, 1/4) can be normalised if and only if βλ
//! < 4. Overdamped Langevin motion relaxes at the rate 4/β − λ to the variance 1/(4 − βλ) below,
//! diffuses freely with a drift at βλ = 4, and runs away above. One sweep of block Gibbs multiplies
//! a small deviation by (βλ/4)²; with biases, by the squared singular values of β D_v^(1/2) W
//! D_h^(1/2), D = diag p(1−p).
//!
//! ## Source
//! arXiv 2503.21536, abstract: "there will be some modes for which the diffusion process will not
//! converge to the Boltzmann distribution". The bias-aware condition is ours.
//!
//! ## Hypotheses
//! - Gaussian reciprocal variables of variance 1/4; for the sweep, small deviations from the
//!   mean-field fixed point.
//!
//! ## Regimes
//! - `surrogate`: Langevin motion of one Gaussian mode: holds.
//! - `count`: the number of λ > 4/β of a random W: holds, it is the tail of the Marchenko-Pastur
//!   law.
//! - `finite-rank`: block Gibbs on machines of rank one at zero field: holds.
//! - `bias-aware`: block Gibbs on machines of rank one with biases, by the bias-aware factor:
//!   holds.
//! - `extensive-rank`: random W at zero field with λ₁ > 4 but (βs)⁴NM/256 < 1: refuted, the leading
//!   mode converges; replaced by T09.
//! - `trained`: the rule λ > 4/β where units have biases, in a designed and in a trained machine:
//!   refuted; replaced by `bias-aware`.
//!
//! ## Derivation
//! Completion of the square and the log-normaliser; signs at 4 ± δ; mean and variance of the
//! Ornstein-Uhlenbeck process put into their differential equations; the linear map of a Gibbs
//! sweep; det(z − D_v W D_h Wᵀ) = det(z − AAᵀ), A = D_v^(1/2) W D_h^(1/2).
//!
//! ## Evidence
//! - `surrogate`, β = 2, βλ = 2, 4, 6: the variance of Euler-Maruyama, a recursion without noise,
//!   tends to the closed form with order 1 in the step; two Euler-Maruyama paths under the same
//!   noise separate at the rate λ − 4/β; mean and variance of exactly integrated paths in time;
//!   Euler-Maruyama and exact paths driven by the same Brownian motion differ in ⟨u²⟩ by order 1 in
//!   the step.
//! - `count`: bidiagonal ensembles at 784 x 500, around and above the scale at which modes pass
//!   4/β; at the paper's initial scale 0.01 all lie far below, and are counted for the figure
//!   alone. For real matrices ⟨count⟩ is r times the tail plus 1/4 − arccos((l² − c)/d)/(2π), c and
//!   d the centre and half width of the bulk of λ²: at most 1/4, because levels are rigid.
//! - `finite-rank`: in a machine of rank one a sweep is a Markov chain on the number of aligned
//!   units, two binomial draws. Factor of a displacement at 10¹² units; autocorrelation of
//!   bit-packed block Gibbs against the exact chain, N = M and not, at lags 1, 2 and 5 as far as it
//!   stays above 0.2; the exact chain over ((g/4)²)^lag, g = βλ: 1/N term −lag (1/N + 1/M) g²/(16 −
//!   g²), bounded by its derived 1/N² term; exponent −1 of the relaxation time in the window 0.1 <=
//!   4 − g <= 0.8, with its corrections (4 − g)/8 and 8/(N(4 − g)²).
//! - `bias-aware`: the same with visible mean p, factor g² p(1−p)/4, on both sides of 1; λ = 6 at p
//!   = 0.1 gives 0.81. Block Gibbs of 200 x 140 and 140 x 200 units from independent units at the
//!   fixed point: regression after one sweep, against enumeration and against the factor within a
//!   bound in 1/N and 1/M. Machines in training, from normal biases and from the data means, three
//!   times on the way: leading modes of δ → D_v W D_h Wᵀ δ, with the slopes of both layers averaged
//!   over the fields that independent units make. Factors that are predicted or found above five
//!   standard errors are judged: they may differ from the prediction by twice the scale of what it
//!   leaves out, and what they differ by beyond that is tested. Newton's method may lead to an
//!   unstable fixed point, where sweeps expand.
//! - `trained`: the designed machine λ = 6 at p = 0.1 contracts; three times in a training, chains
//!   whose units are drawn independently at a mean-field fixed point, the covariance of u_i·v
//!   before and after one sweep over its variance, for singular vectors with λ > 4: the one that
//!   shrinks most is a counterexample.
//!
//! ## Falsifiers
//! - `threshold-two`: prior variance 1/2, which moves the threshold to 2.
//! - `noise-without-two`: noise √(1/β) for √(2/β).
//! - `biases-forgotten`: 1/4 for p(1−p) on the visible side.
//! - `at-two`, `at-eight`: threshold 2 or 8 in the predictions.
//! - `half-noise`: noise √(1/β) in the predicted variance and in Euler-Maruyama beside exact paths.
//! - `wrong-temperature`: β = 1 in the predictions, β = 2 in the machine.
//! - `quarter`: 1/4 for p(1−p) in the predictions.
//!
//! Those that are measured see an eighth of the claim's draws, but for block Gibbs at equilibrium
//! and machines in training. What no threshold enters is not measured anew for a wrong threshold.
//!
//! ## Limits
//! The binary machine itself is bounded and ergodic: above 4 it settles around other fixed points.
//! An autocorrelation is below 1 in any such machine, so that the refuted regimes look at variances
//! and displacements too. All factors are local: the machine with λ = 6 and visible mean 0.1 has a
//! second stable fixed point (visible mean 0.64, hidden mean 0.96), which holds most of the
//! equilibrium weight. In a trained machine likewise the factor at a fixed point is not the
//! autocorrelation of samples, which spread over several basins and may stay there.

mod derivation;
mod evidence;
mod falsifiers;
mod figures;
mod gibbs;
mod langevin;
mod names;
mod regimes;
mod streams;
#[cfg(test)]
mod tests;
mod trained;

use crate::claim::{Case, CheckError, Falsifier, Source, Statement};
use crate::dossier::Dossier;
use crate::evidence::{Evidence, Missing};
use crate::figure::Figure;
use crate::lab::Lab;
use crate::symbolic::Derivation;
use crate::theorem::Theorem;

/// The claim.
pub struct DiffusionModes;

static STATEMENT: Statement = Statement {
    id: "T06",
    title: "A mode with βλ above 4 has no Boltzmann law to diffuse to in the Gaussian picture",
    source: Source {
        reference: "arXiv 2503.21536, abstract",
        sentence: "there will be some modes for which the diffusion process will not converge to the Boltzmann distribution",
        stated_there: true,
    },
    hypotheses: &["Gaussian reciprocal variables, variance 1/4"],
    regimes: &[
        regimes::SURROGATE,
        regimes::COUNT,
        regimes::FINITE_RANK,
        regimes::BIAS_AWARE,
        regimes::EXTENSIVE_RANK,
        regimes::TRAINED,
    ],
};

impl Theorem for DiffusionModes {
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
