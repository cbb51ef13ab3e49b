//! # T06: modes above 4/β do not converge
//!
//! ## Statement
//! In the Gaussian picture the weight `exp(βλu²/2) N(u; μ, 1/4)` can be normalised if and only if
//! `βλ < 4`. Below this threshold, overdamped Langevin motion relaxes at the rate `4/β − λ` to the
//! variance `1/(4 − βλ)`. At `βλ = 4` it diffuses freely with a drift, and above the threshold it
//! runs away. One sweep of block Gibbs sampling multiplies a small deviation by the sweep factor
//! `(βλ/4)²`. With biases the sweep factors are the squared mean-field gains, that is the squared
//! singular values of the linearised mean-field map `β D_v^(1/2) W D_h^(1/2)` with
//! `D = diag p(1−p)`.
//!
//! ## Source
//! arXiv 2503.21536, abstract: "there will be some modes for which the diffusion process will not
//! converge to the Boltzmann distribution". The condition for machines with biases is ours.
//!
//! ## Hypotheses
//! - The reciprocal variables are Gaussian with variance `1/4`. For the sweep, deviations from the
//!   mean-field fixed point are small.
//!
//! ## Regimes
//! - `surrogate`: Langevin motion of one Gaussian mode. The claim holds.
//! - `count`: the number of `λ > 4/β` of a random `W`. The claim holds; the number is given by the
//!   tail of the Marchenko-Pastur law.
//! - `finite-rank`: block Gibbs sampling of machines of rank one at zero field. The claim holds.
//! - `bias-aware`: block Gibbs sampling of machines of rank one with biases. The claim holds with
//!   the squared mean-field gain as sweep factor.
//! - `extensive-rank`: random `W` at zero field with `λ₁ > 4` but `(βs)⁴NM/256 < 1`. The claim is
//!   refuted, because the leading mode converges. T09 replaces it.
//! - `trained`: the rule `λ > 4/β` for units with biases, in a designed and in a trained machine.
//!   The claim is refuted. `bias-aware` replaces it.
//!
//! ## Derivation
//! Completing the square gives the log-normaliser, and the sign of the quadratic coefficient at
//! `4 ± δ`. The mean and the variance of the Ornstein-Uhlenbeck process are shown to solve their
//! differential equations. The linear map of a Gibbs sweep has the characteristic polynomial
//! `det(z − D_v W D_h Wᵀ) = det(z − AAᵀ)`, `A = D_v^(1/2) W D_h^(1/2)`.
//!
//! ## Evidence
//! - `surrogate`, for `β = 2` and `βλ = 2, 4, 6`: the variance of the Euler-Maruyama scheme, a
//!   recursion without noise, tends to the closed form with order 1 in the time step. Two
//!   Euler-Maruyama paths with the same noise separate at the rate `λ − 4/β`. The mean and the
//!   variance of exactly integrated paths agree with the closed forms. Euler-Maruyama and exact
//!   paths driven by the same Brownian motion differ in `⟨u²⟩` by order 1 in the time step.
//! - `count`: bidiagonal ensembles at 784 x 500, with scales `s` near and above the one at which
//!   modes pass `4/β`. At the paper's initial scale 0.01 all modes are far below and are counted
//!   for the figure only. For real matrices the mean count is `r` times the tail plus
//!   `1/4 − arccos((l² − c)/d)/(2π)`, where `c` and `d` are the centre and the half-width of the
//!   bulk of `λ²`. The second term is at most `1/4`, because the levels are rigid.
//! - `finite-rank`: in a machine of rank one, a sweep is one step of a Markov chain on the number
//!   of aligned units and consists of two binomial draws. The checks are the sweep factor of a
//!   displacement at `10¹²` units; the autocorrelation of bit-packed block Gibbs sampling against
//!   the exact chain, for `N = M` and `N ≠ M`, at those of the lags 1, 2 and 5 at which it exceeds
//!   0.2; and the ratio of the exact chain to `((g/4)²)^lag` with `g = βλ`, whose `1/N` term is
//!   `−lag (1/N + 1/M) g²/(16 − g²)`, within a bound from its derived `1/N²` term. The relaxation
//!   time has the exponent `−1` in the window `0.1 <= 4 − g <= 0.8`, with the corrections
//!   `(4 − g)/8` and `8/(N(4 − g)²)`.
//! - `bias-aware`: the same with visible mean `p`. The sweep factor is `g² p(1−p)/4`, below and
//!   above 1; `λ = 6` at `p = 0.1` gives 0.81. In block Gibbs chains of 200 x 140 and 140 x 200
//!   units, started from independent units at the fixed point, the regression after one sweep
//!   agrees with enumeration, and with the sweep factor within a bound in `1/N` and `1/M`. Machines
//!   are also examined three times during training, from normal biases and from the data means.
//!   There the leading modes of `δ → D_v W D_h Wᵀ δ` are predicted with the slopes of both layers
//!   averaged over the fields of independent units. A mode is tested if its predicted or measured
//!   factor exceeds five standard errors. The prediction is given a tolerance of twice the scale of
//!   the neglected terms, and only the deviation beyond this tolerance is tested. Newton's method
//!   may lead to an unstable fixed point, where sweeps expand.
//! - `trained`: the designed machine with `λ = 6` and `p = 0.1` contracts. Three times during
//!   training, units are sampled independently at a mean-field fixed point, and the sweep factor of
//!   every singular vector with `λ > 4` is measured: the covariance of `u_i·v` before and after one
//!   sweep, divided by its variance. The mode that shrinks most is a counterexample.
//!
//! ## Falsifiers
//! - `threshold-two`: the prior variance is `1/2`, which moves the threshold to 2.
//! - `noise-without-two`: the noise is `√(1/β)` instead of `√(2/β)`.
//! - `biases-forgotten`: `p(1−p)` is replaced by `1/4` in the visible layer.
//! - `at-two`, `at-eight`: the predictions use the threshold 2 or 8.
//! - `half-noise`: the predicted variance, and the Euler-Maruyama paths that are compared with
//!   exact paths, use the noise `√(1/β)`.
//! - `wrong-temperature`: the predictions use `β = 1`, the machine `β = 2`.
//! - `quarter`: the predictions use `1/4` instead of `p(1−p)`.
//!
//! Measured falsifiers use an eighth of the claim's draws, except for block Gibbs sampling at
//! equilibrium and for machines in training. Checks that contain no threshold are not repeated for
//! a wrong threshold.
//!
//! ## Limits
//! The binary machine itself is bounded and ergodic; above 4 it fluctuates around other fixed
//! points. In any such machine autocorrelations are below 1, and therefore the refuted regimes also
//! check variances and displacements. All sweep factors are local. The machine with `λ = 6` and
//! visible mean 0.1 has a second stable fixed point (visible mean 0.64, hidden mean 0.96), which
//! has most of the equilibrium weight. In a trained machine, too, the sweep factor at a fixed point
//! is not the autocorrelation of samples: these are distributed over several basins of attraction
//! and may stay there.

mod applies;
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

use crate::claim::{Applies, Case, CheckError, Falsifier, MachineFacts, Source, Statement};
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
    hypotheses: &["reciprocal variables are Gaussian with variance 1/4"],
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

    fn applies(&self, machine: &MachineFacts) -> Vec<Applies> {
        applies::applies(machine)
    }

    fn figures(&self, dossier: &Dossier) -> Result<Vec<Figure>, Missing> {
        figures::figures(dossier)
    }
}
