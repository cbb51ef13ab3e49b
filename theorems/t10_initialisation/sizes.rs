//! Shapes of machines, how many of each are drawn, and how long their chains run.

use super::{falsifiers, regimes};
use crate::claim::{Case, Verdict};
use crate::lab::{Lab, Scale};
use crate::math::larger;
use crate::rbm::mean_field::Reaction;

/// Chains per machine.
pub(super) const CHAINS: usize = 16;

/// Visible units, hidden units, and machines.
pub(super) type Sizes = &'static [(usize, usize, usize)];

/// Four shapes or three per regime, small ones first. Falsifiers use smaller and fewer machines.
pub(super) fn sizes(case: &Case<'_>, lab: &Lab) -> Sizes {
    match (*case.regime, lab.plan().scale) {
        (regimes::HINTON, _) if case.falsified() => &[(49, 31, 24), (98, 63, 24), (196, 125, 24)],
        (regimes::GLOROT, _) if case.falsified() => &[(32, 32, 24), (64, 64, 24), (128, 128, 24)],
        (regimes::GLOROT_SPINS_TALL, _) if case.falsified() => &[(64, 4, 32), (128, 8, 32), (256, 16, 24)],
        // The memory of the linear map is nearer to the truth than what other falsifiers make.
        (regimes::GLOROT_SPINS_SQUARE, _) if case.is(&falsifiers::LINEAR_MEMORY) => {
            &[(16, 16, 800), (32, 32, 320), (64, 64, 160)]
        }
        (regimes::GLOROT_SPINS_SQUARE, _) if case.falsified() => &[(16, 16, 300), (32, 32, 120), (64, 64, 60)],
        (regimes::PARAMAGNET_2_5, _) if case.falsified() => &[(16, 16, 96), (32, 32, 96), (64, 64, 64)],
        (regimes::HINTON, Scale::Quick) => &[(196, 125, 32), (392, 250, 32), (784, 500, 24)],
        (regimes::HINTON, Scale::Full) => &[(392, 250, 48), (784, 500, 48), (1568, 1000, 24)],
        (regimes::GLOROT, Scale::Quick) => &[(64, 64, 80), (128, 128, 64), (256, 256, 48)],
        (regimes::GLOROT, Scale::Full) => &[(128, 128, 96), (256, 256, 64), (512, 512, 48), (1024, 1024, 24)],
        (regimes::GLOROT_SPINS_TALL, Scale::Quick) => &[(128, 8, 128), (256, 16, 96), (512, 32, 64), (1024, 64, 32)],
        (regimes::GLOROT_SPINS_TALL, Scale::Full) => {
            &[(256, 16, 600), (512, 32, 400), (1024, 64, 200), (2048, 128, 100)]
        }
        (regimes::GLOROT_SPINS_SQUARE, Scale::Quick) => {
            &[(16, 16, 1200), (32, 32, 500), (64, 64, 240), (128, 128, 120)]
        }
        (regimes::GLOROT_SPINS_SQUARE, Scale::Full) => {
            &[(32, 32, 4000), (64, 64, 2000), (128, 128, 800), (256, 256, 240), (512, 512, 80)]
        }
        (_, Scale::Quick) => &[(16, 16, 64), (32, 32, 64), (64, 64, 48), (128, 128, 32)],
        (_, Scale::Full) => &[(32, 32, 200), (64, 64, 200), (128, 128, 100), (256, 256, 50)],
    }
}

/// Sweeps over which an overlap is followed: longer where it is expected to stay.
pub(super) fn lag(case: &Case<'_>) -> usize {
    if case.regime.expected == Verdict::Holds { 32 } else { 64 }
}

/// Sweeps before the first measurement. Below the line they are four relaxation times of the
/// leading mode, after which products of two chains, which relax twice as fast, lack e⁻⁸ of their
/// value. On the line the time is of the order N^(2/3): in an independent program N⟨q²⟩ and var x₁
/// at 16, 32 and 64 units were the same within their errors of 2 % after 5, 10, 20 and 40 N^(2/3)
/// sweeps. Beyond it there is no equilibrium to wait for.
pub(super) fn burn_in(x: f64, s: f64, visible: usize, hidden: usize) -> usize {
    if x < 0.99 {
        let edge = s * ((visible as f64).sqrt() + (hidden as f64).sqrt());
        let rate = -libm::log(Reaction::of_random(s, visible, hidden).autocorrelation(edge));
        larger(4.0, 4.0 / rate).ceil() as usize
    } else if x < 1.01 {
        (5.0 * libm::cbrt(visible as f64).powi(2)).ceil() as usize
    } else {
        64
    }
}
