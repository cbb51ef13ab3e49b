//! # T07: the mean-field free energy of a mode is Landau's
//!
//! ## Statement
//! The density of states of a mode is `exp(−I(x))`, where `I` is the Legendre transform of
//! `Σ_j ln cosh(tU_j/2)`. In coordinates relative to the uniform mean, the free energy of a mode is
//! `F = (1/2)(4 − βλ)u² + (1/2)(4 + βλ)w² + (2/3)κ(u⁴ + 6u²w² + w⁴)` − field terms. It has a
//! second-order transition at `βλ = 4` with the exponents `1/2`, 1 and 3. The field is the centred
//! one, `a + W·1/2`. For many weakly coupled modes, `Z` is the product of the Gaussian values of
//! all modes.
//!
//! ## Source
//! arXiv 2503.21536, abstract: "reminiscent of Landau theory [...] We derive the corresponding free
//! energy in a mean-field approximation". The coefficients are our reading.
//!
//! ## Hypotheses
//! - There is one mode, and it is delocalised over many units. For `ln Z` over all modes, `βλ < 4`
//!   and the fields are small.
//!
//! ## Regimes
//! - `one-mode`: rank one, `W = λpqᵀ`, with `|p_j| = 1/√N` and `|q_k| = 1/√M`, which is exact at
//!   any `N`, and with Haar distributed profiles. The claim holds.
//! - `mean-field-ln-z`: `ln Z` over all modes of machines with weak couplings and fields. The claim
//!   holds, with the derived next order.
//! - `phases`: weights of mean `J₀` and standard deviation `s` at zero field. The claim holds. The
//!   machine orders at `θ = J₀√(NM) = 4`, and the spin-glass transition line is `s⁴NM/256 = 1`
//!   (`β = 1`).
//! - `trained`: `ln Z` over all modes of a trained machine. The claim is refuted, because its
//!   leading modes have `βλ > 4`. It is replaced by the mean-field states in the presence of the
//!   biases, whose variational values are lower bounds of `ln Z`.
//! - `along-training`: the order parameter of the leading mode during training, compared with that
//!   of Landau's free energy with its `λ`, profile and field. The claim is refuted once `λ₁` is far
//!   above 4. Landau's free energy has one deepest minimum, but the machine's chains occupy many
//!   states that differ in other modes. The mixture of mean-field states of the whole machine
//!   replaces it.
//!
//! ## Derivation
//! `I(x)` is derived to order 8 by a Legendre transform of the cumulant series. For equal entries
//! it agrees with the entropy of units of magnetisation `m`, built from `artanh' = 1/(1 − m²)`
//! only. The derivation then gives the quartic form in `(u, w)`, also for unequal `κ`; the
//! coefficients `1 − g/4`, `1/6`, `1/15` and `1/28` of the entropy form; the exponents from the
//! stationary points; the threshold and the next order of `m²` for `N ≠ M`; and `⟨uw⟩` for unequal
//! `κ`. The `1/N` correction of `ln Z` follows in two independent ways. The fourth order of `ln Z`
//! of a 2 x 1 machine with fields, from all of its states, agrees with the Gaussian form and its
//! correction. For weights of mean `J₀` and any standard deviation, the bulk reduces the precision
//! along the mean by exactly the amount that Onsager's reaction term adds.
//!
//! ## Evidence
//! Here `g = βλ`, `ε = g/4 − 1`, and there are `N` units per layer unless stated otherwise. The law
//! of `x` comes from `exact::rank_one`, with `y` summed out.
//! - `−ln P(x)/N` agrees with the free energy including the prefactor `(1 − m²)^(−1/2)`. The
//!   difference falls as `1/N²`, with the next coefficient of Stirling's series.
//! - Above 4, for `N = M` and `N = 4M`, `2⟨|x|⟩/√N` agrees with the solution of `m = tanh(g m/4)`,
//!   or of the pair of equations for `N ≠ M`. The difference is of order `1/N` and at most twice
//!   the coefficient `c₁ = −f'''/(2f''²) + m/((1 − m²)f'')` of Laplace's method. The same holds in
//!   a field.
//! - For `N = M` and `N = 4M`, `m²(1 + c)/(6ε)` with `c = N/M` agrees with `1 − Kε`, and three
//!   exponents follow from linear fits of logarithms; their bounds are the leading corrections at
//!   the ends of the window. The exponent `1/2` is that of `m` for `0.01 ≤ ε ≤ 0.04` (bound `Kε/2`;
//!   `K = 9/5` for `N = M`). The exponent 1 is that of `⟨u²⟩` for `0.01 ≤ −ε ≤ 0.04` (bound
//!   `(1 + c)/(4Nε²)`). The exponent 3 is that of `m` in a visible field at `g = 4` for
//!   `0.15 ≤ m ≤ 0.3` (bound `2m²(3 − 2c²)/(5(1 + c))`).
//! - At `g = 4`, Richardson extrapolation in `N^(−1/2)` gives the limit
//!   `1 − Γ(1/4)⁴/(24π²) = 0.270520` of Binder's ratio and the limit 0.413950 of `⟨u²⟩/√N`. Their
//!   slopes in `N^(−1/2)` are 0.298478 and 0.033281, as derived from the sixth order of the free
//!   energy.
//! - Above 4, on the first-order line where the two minima exchange stability, `⟨m⟩ = m tanh(Nhm)`.
//!   Below 4 the response is linear, with the derived `1/N` correction.
//! - The rate functions of Haar profiles, from a numerical Legendre transform, have the derived
//!   coefficients of `x⁴` and `x⁶`.
//! - Uneven profiles of unequal `κ`, whose law comes from `exact::profile`, have the predicted
//!   limits at `g = 4`, the predicted `⟨|x|⟩` at `g = 5`, and the predicted `⟨uw⟩` at `g = 2`,
//!   which is due to the term `uw(u² + w²)` of the quartic form.
//! - `mean-field-ln-z`: `ln Z` agrees with enumeration order by order in `β`, and at 60 x 40 with
//!   parallel tempering and with annealing along its path, forward and backward from its samples.
//! - `phases`: Gibbs chains on independent matrices. In the paramagnet, below the spin-glass
//!   transition line, `⟨u²⟩` along the mean is `1/(4 − θ)` for any bulk. In the ferromagnet, for
//!   `N = M` and `N = 2M`, `m` and the Edwards-Anderson overlap `q` solve
//!   `m = E tanh(θm/4 + (s√N/4)√q z)` and `q = E tanh²(…)`, the equations of Sherrington and
//!   Kirkpatrick, here for two layers. Beyond the spin-glass transition line the two-time overlap
//!   of the chains does not decay.
//!
//! ## Falsifiers
//! - `quartic-sign`: the fourth cumulant has the wrong sign.
//! - `correction-unsquared`: the `1/N` correction contains `16 − g²` instead of its square.
//! - `reaction-left-out`: the reaction term is missing in `A`, so that `A = 4` along the mean, but
//!   the bulk still reduces it by `σM/4`.
//! - `cubic-term`: the free energy contains a term `m³/10` per unit.
//! - `half-kappa`: the predictions use `κ/2` instead of `κ`.
//! - `critical-point`: the threshold is 3.9 instead of 4.
//! - `field-sign`: the field has the wrong sign (in `ln Z` only that of the hidden layer).
//! - `uncentred-fields`: the biases `a`, `b` are used instead of the centred fields `a'`, `b'`.
//! - `outlier-for-strength`: the singular value of the outlier is used instead of the strength `θ`
//!   of the mean.
//! - `no-spread`: the predictions for the ferromagnet neglect the standard deviation of the
//!   weights.
//! - `line-of-spins`: the spin-glass transition line is put at `s(NM)^(1/4) = 1`, as for spins
//!   `±1`, so that twice its standard deviation is 2.
//!
//! ## Limits
//! The bounds of extrapolated limits come from the convergence of the extrapolated values, not from
//! a derived next order. Above 4 only the full entropy form is exact, not the quartic form. The
//! replica-symmetric equations are not valid in the spin-glass phase, where only the two-time
//! overlap is tested; chains there are not in equilibrium. The phases are measured along two cuts.

mod applies;
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

use crate::claim::{Applies, Case, CheckError, Falsifier, MachineFacts, Source, Statement};
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
    hypotheses: &["there is one mode", "the mode is delocalised over many units"],
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

    fn applies(&self, machine: &MachineFacts) -> Vec<Applies> {
        applies::applies(machine)
    }

    fn figures(&self, dossier: &Dossier) -> Result<Vec<Figure>, Missing> {
        figures::figures(dossier)
    }
}
