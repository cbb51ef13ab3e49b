//! # T10: which initialisations are paramagnetic
//!
//! ## Statement
//! A machine that is drawn by this scheme is in the paramagnetic phase. With independent weights of
//! standard deviation `s` this is so where `x = (βs)⁴NM/256 < 1`, that is `βs < 4/(NM)^(1/4)` in
//! {0,1} units and `βs < 1/(NM)^(1/4)` in ±1 units. Block Gibbs chains then forget their start, the
//! overlap `q` of two independent chains has `N⟨q²⟩ = 1/(1 − x)`, and a visible unit keeps
//! `1 − e^(−c/2) E sech(√c z)` of itself over one sweep, `c = (βs)²M/16`, `z` standard normal.
//!
//! ## Source
//! This is our addition to arXiv 2503.21536. The initialisations are those of G. Hinton,
//! A Practical Guide to Training Restricted Boltzmann Machines, UTML TR 2010-003 (2010); X. Glorot
//! and Y. Bengio, AISTATS 2010; Y. LeCun et al., Efficient BackProp (1998); K. He et al., ICCV
//! 2015; and of dwave-pytorch-plugin 0.4.0, whose class `GraphRestrictedBoltzmannMachine` draws
//! `2.5/(NM)^(1/4)` on a complete bipartite graph, by its documentation "in a paramagnetic regime".
//! M. Yasuda, R. Maeno and C. Takahashi (arXiv 2409.07708) choose the standard deviation of the
//! largest correlation between the layers, which for ±1 units without biases and `N = M` is
//! Glorot's: the critical one.
//!
//! ## Hypotheses
//! - Zero field: the centred fields of both layers are zero. For ±1 units this is no bias; for
//!   {0,1} units it is `a = −W½`, `b = −Wᵀ½`, and not the `a = b = 0` of libraries.
//! - Independent weights of one variance, and `β = 1`.
//!
//! ## Regimes
//! - `hinton`: `s = 0.01` in {0,1} units, up to 784 x 500. The claim holds, `x = 1.5·10⁻⁵`. At
//!   fixed `s` it ends at `NM = 2.56·10¹⁰`.
//! - `glorot`: `s = √(2/(N+M))` in {0,1} units. The claim holds at every shape, `x <= 1/256`.
//! - `glorot-spins-tall`: the same `s` in ±1 units, which is `4s` in {0,1} units, at `N = 16 M`.
//!   The claim holds, `x = 4NM/(N+M)² = 0.22`.
//! - `glorot-spins-square`: the same at `N = M`. The claim is refuted: `x = 1` at every size, and
//!   the machine is on the line. It has power laws there: `√⟨q²⟩ ~ N^(−1/3)` and
//!   `var x₁ ~ N^(2/3)`. The memory over one sweep is that of the paramagnet up to the line,
//!   `1 − e^(−½) E sech z = 0.5504`.
//! - `paramagnet-2.5`: `s = 2.5/(NM)^(1/4)` in ±1 units, 2.5 times the critical value. The claim is
//!   refuted, `x = 625/16`: chains keep an overlap with their own start, in more than one mode.
//!
//! ## Derivation
//! *Units.* Enumeration of 2 x 1 units with symbolic parameters: ±1 units with the coupling `J` are
//! {0,1} units with `W = 4J`, `a = 2A − 2J1`, `b = 2B − 2Jᵀ1`. No field is no centred field.
//!
//! *The line, first route.* Onsager's `A = 4 + β²s²M/4` and `B = 4 + β²s²N/4` solve the cavity
//! equations. At the edge of the bulk `AB − β²λ₊² = (4 − β²s²√(NM)/4)²`, which vanishes at `x = 1`.
//! The derivative of the cavity equations gives `(1/N) tr (4 cov v)² = 1/(1 − x)`, which is
//! `N⟨q²⟩`: the overlap of two chains measures `x`.
//!
//! *Second route.* The replica-symmetric equations are `q_v = E tanh²(√(s²M q_h) z)` and
//! `q_h = E tanh²(√(s²N q_v) z)`, `s` that of `J`. By series `E tanh²(√u z) = u − 2u² + …`, so
//! that `q = 0` is marginal at `1 − s⁴NM = 0`, the same line. For `N = M` the overlap is
//! `q = (c − 1)/(2c²)` beyond it, to first order.
//!
//! *Schemes.* `x` of every scheme, exactly, in both units.
//!
//! *Memory.* The field `z` on a unit is normal with variance `c` in the absence of this unit, and
//! has the additional weight `cosh z` in its presence; `cosh z tanh² z = cosh z − sech z`.
//!
//! *On the line*, `N = M`. At `A = B = 8 + ε` the bulk gives a unit the variance `1/4 − √ε/8`; the
//! leading mode must give the rest, `1/(2Nε)`. Hence `ε ~ N^(−2/3)`, which is also the spacing of
//! Tracy and Widom at this edge. Then `var x₁ = 1/(2ε) ~ N^(2/3)` and
//! `N⟨q²⟩ = −16 dg/dA = ε^(−1/2) ~ N^(1/3)`. The second route agrees: the term `−2u²` is a cubic
//! term of the free energy, and `N q³ ~ 1` gives `q ~ N^(−1/3)`. Only exponents follow, since the
//! modes on the line are coupled by terms of the same order.
//!
//! *The linear map* on the line forgets `½ C_k/4ᵏ` of a state in sweep `k + 1`, `C_k` the leading
//! Wick sum of `tr (WWᵀ)ᵏ`: after `t` sweeps `binom(2t, t)/4ᵗ ≈ 1/√(πt)` is left. The exponent is
//! that of the edge, where the number of modes at the distance `η` is `∝ √η dη`, their variance is
//! `∝ 1/η` and they relax as `e^(−tη)` up to a constant; it holds below `N^(2/3)` sweeps.
//!
//! ## Evidence
//! Block Gibbs chains, 16 per matrix, means over independent matrices at three to five sizes,
//! intervals of confidence `1 − 10⁻⁶`. In the regimes that hold:
//! - `memory`: `E(2p − 1)²` over the visible units given sampled hidden ones, which is exactly the
//!   overlap over one sweep at equilibrium, minus its formula, extrapolated in `1/N`;
//! - `susceptibility`: `1/(N⟨q²⟩) − (1 − x)`, extrapolated in `1/N`: the distance from the line,
//!   measured by chains, for tall machines within a quarter of `x`, otherwise of `1 − x`;
//! - `overlap`: of a state with itself 32 sweeps later, against half of what the linear map leaves
//!   on the line in a machine of this shape, `((1 + 1/r)/π) ∫ (1 + cos φ)/z (z/z₀)ᵗ dφ` with `r =
//!   √(N/M)`, `z = r + 1/r + 2 cos φ` and its largest value `z₀`: `binom(2t, t)/4ᵗ` for `N = M`;
//! - `growth`: the exponent of `N⟨q²⟩` in `N`, 0 in a paramagnet and 1/3 on the line.
//!
//! `glorot-spins-square`: `growth` carries the refutation. `exponent-overlap` and
//! `exponent-variance` must lie nearer to the line's exponents than half way to the next one.
//! `memory-critical` is extrapolated in `N^(−2/3)`: the energy of a machine has a term of order
//! `1/(1 − x)` (T09), cut off at `1 − x ~ N^(−1/3)`, which is `N^(−2/3)` per unit. `long-memory`:
//! the overlap with the start falls to ½ from 2 to 8 sweeps, `t^(−½)`, within what the exponent −¾
//! would change (set). The linear map has 0.524 there; the memory of spins is larger, and the end
//! of the power law at `N^(2/3)` sweeps, 25 for `N = 128`, lowers the ratio at small sizes.
//!
//! `paramagnet-2.5`: `overlap`, here after 64 sweeps, carries the refutation. `overlap-stays` must
//! exceed half of the replica-symmetric overlap 0.634, and `overlap-without-mode` twice what the
//! linear map leaves on the line (set): without the leading mode a ferromagnet would keep nothing.
//!
//! Observed, not judged: with `a = b = 0` in {0,1} units two chains of a machine of `glorot` have a
//! mean overlap. In ±1 units the field on a unit is `Σ J(1 + τ)`, of mean `c(1 − q)` by the
//! reaction and of variance `c(1 + 2m + q)`, so that `q = E tanh²` of it: 0.0671 at `c = 1/16`.
//!
//! Control `uniform`: Glorot's other law, uniform entries of the same standard deviation.
//!
//! ## Falsifiers
//! - `edge-rule`: the line is taken at `βs(√N + √M) = 4`, where `λ₊` reaches 4.
//! - `units-not-scaled`: `W = J` in the map of units.
//! - `one-layer`: `x = (βs)⁴M²/256` in tall machines.
//! - `units-confused`: `W` is taken for `J` in every prediction, so that `x` is 256 times and `c`
//!   16 times as large.
//! - `too-strong`: weights of `2.5/(NM)^(1/4)` in ±1 units are presented as the scheme.
//! - `ferromagnet`: a mean is added to the weights, whose mode is three times above its threshold.
//!   Chains keep an overlap for a reason other than the line.
//! - On the line: `below-the-line`, weights half as strong; `ordered-on-the-line`, the mean of
//!   `ferromagnet` added; `linear-memory`, the memory ½ of the linear map.
//! - Beyond it: `ordered-for-frozen`, a ferromagnet of weak weights presented as the spin glass;
//!   `forgetful`, weights of half the critical standard deviation.
//!
//! Falsifiers use fewer and smaller machines than the claim. Where the claim is refuted they must
//! fail what replaces it.
//!
//! ## Limits
//! Zero field and untrained weights. With `a = b = 0` in {0,1} units there are fields:
//! T09 `fields` and the observation above. On the line amplitudes and the decay over many sweeps
//! have no closed form here: the linear map is too low, by 10 to 20 % up to 16 sweeps. Exponents at
//! 16 to 128 units deviate from their limits by corrections that the bounds allow for and the
//! checks do not measure. Beyond the line nothing is said about equilibrium: chains of so few
//! sweeps do not reach it.

mod applies;
mod derivation;
mod evidence;
mod falsifiers;
mod figures;
mod names;
mod regimes;
mod schemes;
mod sizes;
mod streams;
#[cfg(test)]
mod tests;
mod theory;
mod trials;

use crate::claim::{Applies, Case, CheckError, Control, Falsifier, MachineFacts, Source, Statement};
use crate::dossier::Dossier;
use crate::evidence::{Evidence, Missing};
use crate::figure::Figure;
use crate::lab::Lab;
use crate::symbolic::Derivation;
use crate::theorem::Theorem;

/// The claim.
pub struct Initialisation;

static STATEMENT: Statement = Statement {
    id: "T10",
    title: "Hinton's and Glorot's initialisations are paramagnetic in {0,1} units at zero field",
    source: Source {
        reference: "our addition to arXiv 2503.21536",
        sentence: "Weights that are drawn by this scheme make a machine in the paramagnetic phase.",
        stated_there: false,
    },
    hypotheses: &["zero field", "independent weights of one variance"],
    regimes: &[
        regimes::HINTON,
        regimes::GLOROT,
        regimes::GLOROT_SPINS_TALL,
        regimes::GLOROT_SPINS_SQUARE,
        regimes::PARAMAGNET_2_5,
    ],
};

impl Theorem for Initialisation {
    fn statement(&self) -> &'static Statement {
        &STATEMENT
    }

    fn falsifiers(&self) -> &'static [Falsifier] {
        &falsifiers::ALL
    }

    fn controls(&self) -> &'static [Control] {
        &falsifiers::CONTROLS
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
