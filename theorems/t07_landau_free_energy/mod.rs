//! # T07: the mean-field free energy of a mode is Landau's
//!
//! ## Statement
//! The density of states of a mode is exp(−I(x)), I the Legendre transform of Σ_j ln cosh(tU_j/2).
//! Per mode, from the uniform mean, F = (1/2)(4 − βλ)u² + (1/2)(4 + βλ)w² + (2/3)κ(u⁴ + 6u²w² + w⁴)
//! − field terms: second order at βλ = 4, exponents 1/2, 1, 3, and the field is the centred one, a
//! + W·1/2. ln Z of many weakly coupled modes is the product of the Gaussian ones.
//!
//! ## Source
//! arXiv 2503.21536, abstract: "reminiscent of Landau theory [...] We derive the corresponding free
//! energy in a mean-field approximation". The coefficients are our reading.
//!
//! ## Hypotheses
//! - One mode; its entries are spread over many units. For ln Z over all modes: βλ < 4 and small
//!   fields.
//!
//! ## Regimes
//! - `one-mode`: rank one, W = λpqᵀ with |p_j| = 1/√N, |q_k| = 1/√M, exact at any N; and Haar
//!   distributed profiles: holds.
//! - `mean-field-ln-z`: ln Z over all modes of machines with weak couplings and fields: holds, with
//!   the derived next order.
//! - `phases`: weights of mean J₀ and spread s at zero field: holds; θ = J₀√(NM) orders at 4, the
//!   spin-glass line is s⁴NM/256 = 1 (β = 1).
//! - `trained`: ln Z over all modes of a trained machine: refuted, its leading modes have βλ > 4;
//!   replaced by the mean-field states in the presence of the biases, whose variational values ln Z
//!   is never below.
//! - `along-training`: the leading mode's order parameter along a training against Landau's at its
//!   λ, profile and field: refuted once λ₁ is far above 4: Landau has one deepest minimum, the
//!   machine's chains live in many states that other modes tell apart; replaced by the mixture of
//!   mean-field states of the whole machine.
//!
//! ## Derivation
//! I(x) to order 8 from the cumulant series by a Legendre transform, against the entropy of m =
//! tanh for equal entries, built from artanh' = 1/(1 − m²) alone; the quartic in (u, w), also for
//! unequal κ; the entropy form 1 − g/4, 1/6, 1/15, 1/28; exponents from the stationary points; the
//! threshold and the next order of m² for N ≠ M; ⟨uw⟩ of unequal κ; the 1/N correction of ln Z by
//! two routes; the fourth order of ln Z of a 2 x 1 machine with fields, from all states, against
//! the Gaussian form and its correction; weights of mean J₀ and any spread: what the bulk takes off
//! the precision along the mean is the reaction.
//!
//! ## Evidence
//! With g = βλ, ε = g/4 − 1, N units a side unless said; the law of x comes from `exact::rank_one`,
//! y summed out.
//! - −ln P(x)/N against the free energy, prefactor (1 − m²)^(−1/2) included: the rest falls as 1/N²
//!   at Stirling's next coefficient.
//! - 2⟨|x|⟩/√N above 4, N = M and N = 4M, against the root m of m = tanh(g m/4) or its pair for N ≠
//!   M: 1/N, at most twice the coefficient c₁ = −f'''/(2f''²) + m/((1 − m²)f'') of Laplace's
//!   method; the same in a field.
//! - m²(1 + c)/(6ε), c = N/M, against 1 − Kε, and three exponents by lines in logarithms, N = M and
//!   N = 4M; the bounds are the leading corrections at the end of the window: 1/2 from m in 0.01 ≤
//!   ε ≤ 0.04 (Kε/2; K = 9/5 for N = M); 1 from ⟨u²⟩ in 0.01 ≤ −ε ≤ 0.04 ((1 + c)/(4Nε²)); 3 from m
//!   in the visible field at g = 4 in 0.15 ≤ m ≤ 0.3 (2m²(3 − 2c²)/(5(1 + c))).
//! - At g = 4, Richardson extrapolation in N^(−1/2): Binder's ratio to 1 − Γ(1/4)⁴/(24π²) =
//!   0.270520, ⟨u²⟩/√N to 0.413950, and their slopes 0.298478 and 0.033281, derived from the sixth
//!   order of the free energy.
//! - The first-order line: ⟨m⟩ = m tanh(Nhm) where the two minima exchange above 4; below 4 linear
//!   response, with the derived 1/N.
//! - Rate functions of Haar profiles by a numeric Legendre transform: coefficients of x⁴ and x⁶.
//! - Uneven profiles of unequal κ, their law from `exact::profile`: the limits at g = 4, ⟨|x|⟩ at g
//!   = 5, and ⟨uw⟩ at g = 2, the trace of the quartic's uw(u² + w²).
//! - `mean-field-ln-z`: enumeration, order by order in β; annealing forward and backward at 60 x
//!   40.
//! - `phases`: Gibbs chains on independent matrices: ⟨u²⟩ along the mean is 1/(4 − θ) for any bulk
//!   below the spin-glass line; m and the overlap q in the ferromagnet, N = M and N = 2M, solve m =
//!   E tanh(θm/4 + (s√N/4)√q z), q = E tanh²(…) (Sherrington and Kirkpatrick's equations, here for
//!   two layers); beyond the spin-glass line the overlap of chains with their earlier states does
//!   not decay.
//!
//! ## Falsifiers
//! - `quartic-sign`: the fourth cumulant taken with the wrong sign.
//! - `correction-unsquared`: 16 − g² for its square in the 1/N correction.
//! - `reaction-left-out`: A = 4 along the mean, from which the bulk takes σM/4 all the same.
//! - `cubic-term`: a term m³/10 per unit in the free energy.
//! - `half-kappa`: κ/2 for κ.
//! - `critical-point`: 3.9 for 4.
//! - `field-sign`: the field with the wrong sign (of the hidden layer in ln Z).
//! - `uncentred-fields`: a, b in the place of a', b'.
//! - `outlier-for-strength`: the singular value of the outlier in the place of the strength θ of
//!   the mean.
//! - `no-spread`: the spread of the weights left out of the ferromagnet.
//! - `line-of-spins`: the spin-glass line at s(NM)^(1/4) = 1, as for spins ±1, so that twice its
//!   spread is 2.
//!
//! ## Limits
//! Bounds of extrapolated limits come from the convergence of the extrapolated values themselves,
//! not from a derived next order. Above 4 only the full entropy form is exact, not the quartic. The
//! replica-symmetric equations are not valid in the glass, where only memory is tested; chains
//! there are not in equilibrium. The phases are measured along two cuts.

mod derivation;
mod evidence;
mod falsifiers;
mod figures;
mod log_partition;
mod names;
mod phases;
mod regimes;
mod streams;
#[cfg(test)]
mod tests;
mod training;

use crate::claim::{Case, CheckError, Falsifier, Source, Statement};
use crate::dossier::Dossier;
use crate::evidence::{Evidence, Missing};
use crate::figure::Figure;
use crate::lab::Lab;
use crate::symbolic::Derivation;
use crate::theorem::Theorem;

/// The claim.
pub struct LandauFreeEnergy;

static STATEMENT: Statement = Statement {
    id: "T07",
    title: "The mean-field free energy of a mode is Landau's, with a second-order transition at βλ = 4",
    source: Source {
        reference: "arXiv 2503.21536, abstract",
        sentence: "This leads to a symmetry breaking in the energy landscape, reminiscent of Landau theory. [...] We derive the corresponding free energy in a mean-field approximation.",
        stated_there: true,
    },
    hypotheses: &["one mode", "its entries spread over many units"],
    regimes: &[regimes::ONE_MODE, regimes::MEAN_FIELD_LN_Z, regimes::PHASES, regimes::TRAINED, regimes::ALONG_TRAINING],
};

impl Theorem for LandauFreeEnergy {
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
