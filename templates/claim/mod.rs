//! # T00: the squared singular values of independent weights sum to NMs²
//!
//! ## Statement
//! For W with N x M independent normal entries of mean 0 and standard deviation s, the mean of
//! Σ λ_i² = tr WᵀW is NMs².
//!
//! ## Source
//! An example for contributors: textbook knowledge.
//!
//! ## Hypotheses
//! - Independent entries of mean 0 and standard deviation s.
//!
//! ## Regimes
//! - `independent`: independent normal entries: holds.
//! - `with-mean`: the same entries plus a mean μ = s: refuted; the mean is NM(s² + μ²) there.
//!
//! ## Derivation
//! tr WᵀW of a 3 x 2 matrix of symbols is the sum of its six squared entries; the Wick sum over
//! pairings gives its mean NMs² for every N and M. The scatter that the sample size rests on,
//! Var tr WᵀW = 2NMs⁴, is positive.
//!
//! ## Evidence
//! - 40 matrices of 61 x 37: the mean of Σ λ_i²/(NMs²) with Student's interval of confidence
//!   1 − 10⁻⁶. One value scatters by √(2/NM) = 0.03, the mean of 40 by 0.005: the interval is 0.03
//!   wide on either side, which leaves room below the bound of 0.1.
//! - `with-mean`: the same ratio carries the refutation, and the ratio to NM(s² + μ²) passes.
//!
//! ## Falsifiers
//! - `row-dropped`: the squares of the last row are left out of the sum of entries.
//! - `s-not-squared`: NMs in the place of NMs².
//!
//! ## Limits
//! The mean only: the law of single λ_i is T02's.

mod applies;
mod derivation;
mod evidence;
mod falsifiers;
mod figures;
mod names;
mod regimes;
mod streams;

use crate::claim::{Applies, Case, CheckError, Falsifier, MachineFacts, Source, Statement};
use crate::dossier::Dossier;
use crate::evidence::{Evidence, Missing};
use crate::figure::Figure;
use crate::lab::Lab;
use crate::symbolic::Derivation;
use crate::theorem::Theorem;

/// The claim.
pub struct NewClaim;

static STATEMENT: Statement = Statement {
    id: "T00",
    title: "The squared singular values of independent weights sum to NMs²",
    source: Source {
        reference: "an example for contributors",
        sentence: "The mean of the sum of squared singular values is NMs².",
        stated_there: false,
    },
    hypotheses: &["independent entries of mean 0 and standard deviation s"],
    regimes: &[regimes::INDEPENDENT, regimes::WITH_MEAN],
};

impl Theorem for NewClaim {
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
