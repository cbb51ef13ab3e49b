//! # T03: the weights of an untrained machine are rotationally symmetric
//!
//! ## Statement
//! For W with independent normal entries, Q₁WQ₂ has the law of W for all orthogonal Q₁, Q₂: the singular vectors are Haar
//! distributed and independent of the singular values.
//!
//! ## Source
//! arXiv 2503.21536, abstract: "whose distribution follows the Marcenko-Pastur law and exhibits rotational symmetry".
//!
//! ## Hypotheses
//! - Independent normal entries of one variance.
//!
//! ## Regimes
//! - `tall` (N > M), `wide` (N < M), `square` (N = M): independent normal entries: holds.
//! - `uniform-iid`: independent uniform entries: refuted, although T02 holds for them; only the entries of W see it.
//! - `trained`: refuted, in the entries and in the vectors; replaced by hierarchical learning (T08).
//!
//! ## Derivation
//! The density of W depends on tr WᵀW only, and every tr (WᵀW)ᵏ is unchanged by Q₁, Q₂: shown for 2 x 2 matrices with rational
//! rotations, (1 − t², −2t; 2t, 1 − t²)/(1 + t²), by trace and determinant. Haar moments of one and two columns as exact functions of N, tied together by
//! the lengths of rows and columns.
//!
//! ## Evidence
//! Over independent machines, leading mode only, so that values are independent:
//! - One squared entry of u₁ and of v₁ per machine against the law Beta(1/2, (N−1)/2).
//! - The participation ratio κ = Σ_j U_j1⁴ within 10 % of its Haar mean 3/(N+2), by its exact Haar variance.
//! - The squared overlap of u₁ and of v₁ with the even direction (1, …, 1)/√N follows the same Beta law.
//! - The first entry of v₁ of 12 x 8 machines is negative half of the time once every pair (u_i, v_i) has a random sign (`tall` only: it is the
//!   same test everywhere).
//! - λ₁ is uncorrelated with κ of u₁ and v₁, by Fisher's transform: values and vectors are independent.
//! - The paper's measure: Jensen-Shannon divergence between the entries of W and of Q₁WQ₂ over its floor (k−1)/(4NM).
//! - `uniform-iid`: the divergence carries the refutation; the vectors pass all their tests.
//! - `trained`: divergence, participation ratio and overlap as means over trainings with their intervals, by hidden size, all refuted, and the
//!   slope of the divergence in nats against 1/M.
//!
//! ## Falsifiers
//! - `sheared`: a shear in the place of a rotation.
//! - `independent-normal-entries`: entries of U taken as independent normal, E U⁴ = 3/N².
//! - `uniform-entries`: uniform entries of W; their singular values and vectors pass, the divergence does not.
//! - `localised-spike`: a rank-one term on one visible and one hidden unit, three times as strong as the threshold.
//! - `entries-with-mean`: normal entries of a mean that is not 0, a rank-one term on the even directions of ten times the threshold.
//! - `random-spike`: a rank-one term on two units, one to three times as strong as the threshold by machine: the stronger, the larger λ₁ and the
//!   more localised u₁ and v₁.
//! - `trained-machine`: a machine trained on MNIST presented as untrained.
//! - `blocks`: W without its two off-diagonal blocks.
//! - `diagonal`: W without its off-diagonal entries.
//! - `one-factor`: W = UΛ with Haar U, the factor V not rotated.
//! - `raw-signs`: signs as the decomposition leaves them.
//!
//! Measured falsifiers see ten machines, `entries-with-mean` and `random-spike` 25; the claim sees 150, and 30 for the divergence.
//!
//! ## Limits
//! The entries of W alone do not see the symmetry of vectors: uniform entries pass the law of singular values and are not
//! rotationally symmetric.

mod derivation;
mod entries;
mod evidence;
mod figures;
#[cfg(test)]
mod tests;
mod vectors;

use crate::claim::{Case, CheckError, Falsifier, Regime, Source, Stage, Statement, Verdict, falsifier};
use crate::dossier::Dossier;
use crate::evidence::Evidence;
use crate::figure::Figure;
use crate::lab::Lab;
use crate::symbolic::Derivation;
use crate::theorem::Theorem;

/// The claim.
pub struct RotationalSymmetry;

static STATEMENT: Statement = Statement {
    id: "T03",
    title: "The law of an untrained weight matrix is unchanged by rotations of visible and hidden space",
    source: Source {
        reference: "arXiv 2503.21536, abstract",
        sentence: "the singular values, whose distribution follows the Marcenko-Pastur law and exhibits rotational symmetry",
        stated_there: true,
    },
    hypotheses: &["independent normal entries", "Q₁, Q₂ orthogonal"],
    regimes: &[
        Regime { id: "tall", title: "untrained, N > M", expected: Verdict::Holds, replaced_by: None },
        Regime { id: "wide", title: "untrained, N < M", expected: Verdict::Holds, replaced_by: None },
        Regime { id: "square", title: "untrained, N = M", expected: Verdict::Holds, replaced_by: None },
        Regime {
            id: "uniform-iid",
            title: "independent uniform entries",
            expected: Verdict::Refuted,
            replaced_by: Some(
                "T02: their singular values follow the law all the same, and their leading vectors pass as Haar vectors",
            ),
        },
        Regime {
            id: "trained",
            title: "machines trained on MNIST",
            expected: Verdict::Refuted,
            replaced_by: Some("T08: learning breaks the symmetry mode by mode"),
        },
    ],
};

const ALL: &[&str] = &["tall", "wide", "square"];
const TALL: &[&str] = &["tall"];

static FALSIFIERS: [Falsifier; 11] = [
    falsifier("sheared", "a shear in the place of a rotation", Stage::Derivation, ALL),
    falsifier("independent-normal-entries", "entries of U taken as independent normal", Stage::Derivation, ALL),
    falsifier("uniform-entries", "uniform entries of W", Stage::Measurement, ALL).killing(&["js"]),
    falsifier("localised-spike", "a rank-one term on one visible and one hidden unit", Stage::Measurement, ALL)
        .killing(&["ipr-u", "ipr-v"]),
    falsifier("entries-with-mean", "normal entries whose mean is not 0", Stage::Measurement, ALL).killing(&[
        "entries-u",
        "entries-v",
        "even-u",
        "even-v",
    ]),
    falsifier(
        "random-spike",
        "a rank-one term on two units, of another strength in every machine",
        Stage::Measurement,
        ALL,
    )
    .killing(&["independence-u", "independence-v"]),
    falsifier("trained-machine", "a machine trained on MNIST presented as untrained", Stage::Measurement, TALL)
        .killing(&["js"]),
    falsifier("blocks", "W without its off-diagonal blocks", Stage::Measurement, TALL).killing(&["js"]),
    falsifier("diagonal", "W without off-diagonal entries", Stage::Measurement, TALL).killing(&["ipr-u", "ipr-v"]),
    falsifier("one-factor", "only the visible factor Haar", Stage::Measurement, TALL).killing(&["ipr-v"]),
    falsifier("raw-signs", "signs of vectors as the decomposition leaves them", Stage::Measurement, TALL)
        .killing(&["signs"]),
];

impl Theorem for RotationalSymmetry {
    fn statement(&self) -> &'static Statement {
        &STATEMENT
    }

    fn falsifiers(&self) -> &'static [Falsifier] {
        &FALSIFIERS
    }

    fn derive(&self, case: Case<'_>) -> Result<Derivation, CheckError> {
        derivation::derive(case)
    }

    fn measure(&self, case: Case<'_>, lab: &Lab) -> Result<Evidence, CheckError> {
        evidence::measure(case, lab)
    }

    fn figures(&self, dossier: &Dossier) -> Vec<Figure> {
        figures::figures(dossier)
    }
}
