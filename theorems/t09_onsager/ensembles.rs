//! Kinds of random machines: predicted laws, sizes, and sampling.

use super::evidence::precision;
use crate::claim::{Case, CheckError, Verdict};
use crate::evidence::ALPHA;
use crate::lab::{Lab, Scale};
use crate::rbm::Rbm;
use crate::rbm::mean_field::{self, Reaction};
use crate::spectra::ensemble;

/// Confidence of every interval of this claim.
pub(super) const CONFIDENCE: f64 = 1.0 - ALPHA;

/// Number of modes recorded in every machine: the leading one and others at equal distances in
/// rank.
pub(super) const MODES: usize = 12;

/// Chains per machine.
const CHAINS: usize = 96;

/// Lag of the two-time overlap in sweeps.
pub(super) const LAG: usize = 64;

/// Number of intervals of `LAG` sweeps that are measured.
pub(super) const STRETCHES: usize = 2;

/// Pairs of the number of visible units and the number of machines of this size.
pub(super) type Sizes = &'static [(usize, usize)];

/// Only regimes that should hold use large sizes; small sizes are enough to refute the others.
pub(super) fn scale_of(case: &Case<'_>, lab: &Lab) -> Scale {
    if !case.falsified() && case.regime.expected == Verdict::Holds { lab.plan().scale } else { Scale::Quick }
}

pub(super) fn sizes(kind: &Kind, case: &Case<'_>, lab: &Lab) -> Sizes {
    match scale_of(case, lab) {
        // Close to the transition line machines differ most, and with fields the bounds are narrow.
        Scale::Quick if !kind.zero_field => &[(64, 32), (128, 20), (320, 8)],
        Scale::Quick if case.falsified() => &[(32, 12), (64, 8), (128, 8)],
        Scale::Quick if kind.glass() >= 1.0 => &[(64, 16), (128, 12), (320, 8)],
        Scale::Quick if kind.scale == 3.0 => &[(64, 14), (128, 6), (320, 8)],
        Scale::Quick => &[(64, 12), (128, 8), (320, 4)],
        Scale::Full => &[(100, 32), (200, 24), (400, 16), (800, 6), (1600, 3)],
    }
}

/// Machines of the figure across the transition line: the sizes that it shows at quick scale.
pub(super) const SHOWN: Sizes = &[(64, 8), (320, 3)];

/// The same for spikes. The exponent of their growth depends mostly on the smallest and largest
/// sizes. At the instability the relative variance over machines does not decrease with N, so that
/// many machines are needed.
pub(super) fn spike_sizes(case: &Case<'_>, lab: &Lab, theta: f64) -> Sizes {
    match (scale_of(case, lab), theta == 4.0) {
        (Scale::Quick, true) if case.falsified() => &[(16, 128), (64, 96)],
        (Scale::Quick, false) if case.falsified() => &[(32, 24), (64, 8), (128, 12)],
        (Scale::Quick, true) => &[(32, 192), (64, 24), (128, 96)],
        (Scale::Quick, false) => &[(32, 96), (64, 24), (128, 48)],
        (Scale::Full, _) => &[(50, 200), (100, 150), (200, 100), (400, 50)],
    }
}

/// One kind of random machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    /// s√N.
    pub(super) scale: f64,
    /// N/M.
    pub(super) aspect: f64,
    /// Strength of the spike; 0 for none.
    pub(super) theta: f64,
    /// Whether a = −W½ and b = −Wᵀ½; otherwise a = b = 0.
    pub(super) zero_field: bool,
    /// Chains per machine.
    pub(super) chains: usize,
}

/// Number of visible units that represents an infinite machine, for which only s√N and N/M matter.
pub(super) const LARGE: usize = 1_000_000;

impl Kind {
    pub(super) const fn random(scale: f64, aspect: f64) -> Self {
        Self { scale, aspect, theta: 0.0, zero_field: true, chains: CHAINS }
    }

    pub(super) fn hidden(&self, visible: usize) -> usize {
        (visible as f64 / self.aspect).round() as usize
    }

    pub(super) fn std(&self, visible: usize) -> f64 {
        self.scale / (visible as f64).sqrt()
    }

    /// ρ = s⁴NM/256 of a large machine.
    pub(super) fn glass(&self) -> f64 {
        mean_field::glass_parameter(self.std(LARGE), LARGE, self.hidden(LARGE))
    }

    /// A and B of a large machine.
    pub(super) fn closed(&self) -> Reaction {
        Reaction::of_random(self.std(LARGE), LARGE, self.hidden(LARGE))
    }

    /// c = s²M/4, the variance of the field on a visible unit in the absence of this unit.
    pub(super) fn field_variance(&self) -> f64 {
        self.scale * self.scale / self.aspect / 4.0
    }

    /// 1/var x of the leading mode of a large machine, at the edge of the bulk: (4 − s²√(NM)/4)²/B.
    pub(super) fn edge_precision(&self) -> f64 {
        precision(&self.closed(), self.edge())
    }

    /// βλ at the edge of the bulk.
    pub(super) fn edge(&self) -> f64 {
        self.scale * (1.0 + self.aspect.recip().sqrt())
    }

    /// Relaxation rate per sweep of the leading mode of a large machine, whose sweep factor is
    /// λ²/(AB).
    pub(super) fn rate(&self) -> f64 {
        rate(&self.closed(), self.edge())
    }

    /// Sweeps before the first measurement: eight relaxation times of the leading mode, if this
    /// time is known.
    pub(super) fn burn_in(&self) -> usize {
        let known = self.theta == 0.0 && self.glass() < 1.0;
        if known { (8.0 / self.rate()).ceil().clamp(20.0, 100.0) as usize } else { 100 }
    }

    /// Relaxation time of the leading mode in sweeps, rounded up, at least two.
    pub(super) fn relaxation(&self) -> usize {
        (1.0 / self.rate()).ceil().clamp(2.0, LAG as f64) as usize
    }

    pub(super) fn label(&self) -> String {
        let shape = if self.aspect == 1.0 { "N = M".into() } else { format!("N = {:.3} M", self.aspect) };
        format!("s√N = {}, {shape}", self.scale)
    }

    /// The id of a check: `what` followed by the kind.
    pub(super) fn id(&self, what: &str) -> String {
        format!("{what}-s{}{}", self.scale, if self.aspect == 1.0 { "" } else { "-tall" })
    }
}

/// −ln of λ²/(AB).
pub(super) fn rate(reaction: &Reaction, lambda: f64) -> f64 {
    -reaction.autocorrelation(lambda).ln()
}

pub(super) fn weights(kind: &Kind, visible: usize, rng: &mut impl rand::Rng) -> Vec<f64> {
    let hidden = kind.hidden(visible);
    let mut w = ensemble::normal(visible, hidden, kind.std(visible), rng);
    if kind.theta > 0.0 {
        w = ensemble::spiked(w, kind.theta, rng).0;
    }
    (0..visible * hidden).map(|at| w[(at / hidden, at % hidden)]).collect()
}

pub(super) fn machine(kind: &Kind, visible: usize, weights: Vec<f64>) -> Result<Rbm, CheckError> {
    let hidden = kind.hidden(visible);
    let made = if kind.zero_field {
        Rbm::zero_field(visible, hidden, weights)
    } else {
        Rbm::new(visible, hidden, weights, vec![0.0; visible], vec![0.0; hidden])
    };
    made.map_err(CheckError::while_doing("machine"))
}
