//! # T04: reciprocal variables are Gaussian up to corrections of order 1/N
//!
//! ## Statement
//! Under the uniform measure over binary states x_i = Σ_j U_ji v_j has covariance exactly I/4,
//! vanishing odd cumulants and excess kurtosis −2κ_i, κ_i = Σ_j U_ji⁴; for Haar distributed U its
//! mean is −6/(N+2), so the kurtosis is 3 − 6/(N+2). The distance of its law to the normal one is
//! 0.0459 κ_i ~ 0.138/N, far below what the Berry-Esseen bound allows.
//!
//! ## Source
//! arXiv 2503.21536, abstract: "in the limit of infinite size RBM, the reciprocal variables are
//! Gaussian distributed".
//!
//! ## Hypotheses
//! - Uniform states, not Boltzmann distributed ones. The mode is not localised.
//!
//! ## Regimes
//! - `delocalised`: uniform states, Haar distributed modes: holds.
//! - `trained-uniform`: uniform states, modes of a trained machine with κ_i below 0.05: holds.
//! - `trained-gibbs`: samples of the trained machine itself: refuted, the leading modes leave the
//!   normal law; replaced by the mean-field free energy (T07). Given the hidden layer x₁ is still
//!   Gaussian, of variance Σ U_j1² p_j (1 − p_j).
//!
//! ## Derivation
//! Cumulants of a fair bit from ln cosh(z/2) as a power series to order 8, and again from κ_(n+1) =
//! p(1−p) dκ_n/dp; the joint generating function of two modes; the Haar mean of κ_i.
//!
//! ## Evidence
//! - Variance, third and fourth cumulant, covariance and joint fourth cumulant of two modes by
//!   enumeration of all 2¹⁶ states.
//! - Pooled kurtosis against 1/(N+2), N = 100 to 2000, modes centred before pooling: intercept 3,
//!   slope −6. Every replica has one mode of each size and gives one line, with weights N³ as the
//!   variances of Haar κ have them: 400 independent slopes and intercepts, so that Student's
//!   intervals have 399 degrees of freedom.
//! - The same in the limit of infinite size from drawn states, each seen by one mode only; errors
//!   √(24/n).
//! - sup|F − Φ| exactly, F from the characteristic function Π_j cos(t U_ji/2): exponent −1 in N,
//!   amplitude 0.0459 κ_i (the Edgeworth term (2κ/24)|z³ − 3z|φ(z) at z² = 3 − √6). Berry-Esseen's
//!   0.5606 Σ|U_ji|³ is a theorem and no check: the figure shows it. For
//!   |U_ji| = 1/√N, a lattice, the exponent is −1/2 (binomial law, exactly).
//! - Sampled states: the squared length of a block of eight modes follows χ²₈, so they are jointly
//!   normal.
//! - `trained-gibbs`: 4 var x₁ of the machine's own chains against 1. Given the hidden layer, drawn
//!   once per chain, sup|F − Φ| of x₁ exactly, F from the characteristic function Π_j (1 − p_j +
//!   p_j exp(i t U_j1)): nearer to the normal law than five units can be, and as far from it as the
//!   conditional skewness and kurtosis say.
//!
//! ## Falsifiers
//! - `deviation-for-variance`: 1/2 in the place of the variance 1/4.
//! - `independent-normal-entries`: E U⁴ = 3/N² for the Haar value.
//! - `identity`: U = 1, every mode one unit.
//! - `five-units`: modes that live on five units.
//! - `rare-ones`: states with P(v = 1) = 0.05 judged by the formulas of 1/2.
//! - `raw-pooling`: modes pooled without centring, which gives slope −3.
//! - `lattice-midway`: the binomial law taken halfway up its steps, which leaves the lattice an
//!   exponent of −1.
//!
//! Kurtoses of drawn states are taken from a quarter of the claim's.
//!
//! ## Limits
//! A mode localised on one unit stays a Bernoulli variable at every N. `trained-uniform` needs a
//! mode with κ below 0.05, and so more than 20 visible units.

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

use crate::claim::{Case, CheckError, Falsifier, Source, Statement};
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
    hypotheses: &["states uniform", "the mode is spread over many units"],
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

    fn figures(&self, dossier: &Dossier) -> Result<Vec<Figure>, Missing> {
        figures::figures(dossier)
    }
}
