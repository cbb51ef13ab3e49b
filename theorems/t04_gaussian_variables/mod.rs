//! # T04: reciprocal variables are Gaussian up to corrections of order 1/N
//!
//! ## Statement
//! Under the uniform measure over binary states, the variables `x_i = Σ_j U_ji v_j` have exactly
//! the covariance `I/4`, vanishing odd cumulants and the excess kurtosis `−2κ_i` with
//! `κ_i = Σ_j U_ji⁴`. For Haar distributed `U` the mean of the latter is `−6/(N+2)`, so that the
//! kurtosis is `3 − 6/(N+2)`. The distance of the law of `x_i` to the normal law is
//! `0.0459 κ_i ~ 0.138/N`, far below the Berry-Esseen bound.
//!
//! ## Source
//! arXiv 2503.21536, abstract: "in the limit of infinite size RBM, the reciprocal variables are
//! Gaussian distributed".
//!
//! ## Hypotheses
//! - The states are uniform, not Boltzmann distributed.
//! - The mode is not localised.
//!
//! ## Regimes
//! - `delocalised`: uniform states and Haar distributed modes. The claim holds.
//! - `trained-uniform`: uniform states and those modes of a trained machine whose `κ_i` is below
//!   0.05. The claim holds.
//! - `trained-gibbs`: samples of the trained machine itself. The claim is refuted, because the
//!   leading modes do not follow the normal law. The mean-field free energy (T07) replaces it.
//!   Conditional on the hidden layer, `x₁` is still Gaussian, with variance
//!   `Σ U_j1² p_j (1 − p_j)`.
//!
//! ## Derivation
//! The cumulants of a fair bit follow from the power series of `ln cosh(z/2)` to order 8, and
//! independently from `κ_(n+1) = p(1−p) dκ_n/dp`. The joint generating function of two modes gives
//! covariance and excess kurtosis. The Haar mean of `κ_i` gives the mean kurtosis.
//!
//! ## Evidence
//! - Variance, third and fourth cumulant, covariance and joint fourth cumulant of two modes have
//!   the derived values, by enumeration of all `2¹⁶` states.
//! - The pooled kurtosis for `N = 100` to 2000, with modes centred before pooling, is a line in
//!   `1/(N+2)` with intercept 3 and slope `−6`. Every replica has one mode of each size and gives
//!   one line, fitted with weights `N³` because the variance of `κ` over Haar modes is proportional
//!   to `N⁻³`. This gives 400 independent slopes and intercepts, hence Student's intervals with 399
//!   degrees of freedom.
//! - The kurtosis of sampled states, each state used for one mode only, also has the limit 3 at
//!   infinite size; its standard error is `√(24/n)`.
//! - `sup|F − Φ|` is computed exactly, with `F` from the characteristic function
//!   `Π_j cos(t U_ji/2)`. It falls with exponent `−1` in `N` and has the amplitude `0.0459 κ_i`,
//!   the Edgeworth term `(2κ/24)|z³ − 3z|φ(z)` at `z² = 3 − √6`. The Berry-Esseen bound
//!   `0.5606 Σ|U_ji|³` is a theorem and therefore not a check; the figure shows it. For a lattice,
//!   `|U_ji| = 1/√N`, the exponent is `−1/2` (exact binomial law).
//! - For sampled states, the squared length of a block of eight modes follows `χ²₈`, as it must if
//!   the modes are jointly normal.
//! - `trained-gibbs`: `4 var x₁` over the machine's own chains differs from 1. Conditional on a
//!   hidden layer, sampled once per chain, `sup|F − Φ|` of `x₁` is computed exactly, with `F` from
//!   the characteristic function `Π_j (1 − p_j + p_j exp(i t U_j1))`. It is smaller than a sum over
//!   five units allows, and agrees with the value expected from the conditional skewness and
//!   kurtosis.
//!
//! ## Falsifiers
//! - `deviation-for-variance`: the standard deviation `1/2` is used instead of the variance `1/4`.
//! - `independent-normal-entries`: `E U⁴ = 3/N²` is used instead of the Haar value.
//! - `identity`: `U = 1`, so that every mode is one unit.
//! - `five-units`: the modes have five non-zero entries.
//! - `rare-ones`: states with `P(v = 1) = 0.05` are judged by the formulas for `1/2`.
//! - `raw-pooling`: the modes are pooled without centring, which gives the slope `−3`.
//! - `lattice-midway`: the binomial law is evaluated halfway up its steps, which changes the
//!   exponent of the lattice to `−1`.
//!
//! Falsifiers use a quarter of the claim's sampled states for the sampled kurtosis. `rare-ones` is
//! seen by enumeration and by the block only, `raw-pooling` by the exact kurtosis.
//!
//! ## Limits
//! A mode localised on one unit is a Bernoulli variable at every `N`. `trained-uniform` needs a
//! mode with `κ` below 0.05, and therefore more than 20 visible units.

mod applies;
mod densities;
mod derivation;
mod distance;
mod evidence;
mod falsifiers;
mod figures;
mod moments;
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
pub struct GaussianVariables;

static STATEMENT: Statement = Statement {
    id: "T04",
    title: "Reciprocal variables are Gaussian up to corrections of order 1/N",
    source: Source {
        reference: "arXiv 2503.21536, abstract",
        sentence: "We show that in the limit of infinite size RBM, the reciprocal variables are Gaussian distributed.",
        stated_there: true,
    },
    hypotheses: &["the states are uniform", "the mode is delocalised over many units"],
    regimes: &[regimes::DELOCALISED, regimes::TRAINED_UNIFORM, regimes::TRAINED_GIBBS],
};

impl Theorem for GaussianVariables {
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
