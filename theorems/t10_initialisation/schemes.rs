//! Initialisations with the units with which they are used, and x.

use super::regimes;
use crate::claim::Regime;
use crate::rbm::mean_field::glass_parameter;

/// How weights are drawn, in the units with which they are used.
pub(super) use crate::rbm::initial::Scheme as Law;

/// Values of the units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Units {
    /// 0 and 1.
    Bits,
    /// −1 and 1.
    Spins,
}

/// A law of weights, and the units with which it is used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scheme {
    /// How they are drawn.
    pub(super) law: Law,
    /// With which units they are used.
    pub(super) units: Units,
}

impl Scheme {
    /// This law with these units.
    pub(super) const fn new(law: Law, units: Units) -> Self {
        Self { law, units }
    }

    /// That of a regime.
    pub(super) fn of(regime: &Regime) -> Option<Self> {
        match *regime {
            regimes::HINTON => Some(Self::new(Law::Hinton, Units::Bits)),
            regimes::GLOROT => Some(Self::new(Law::Glorot, Units::Bits)),
            regimes::GLOROT_SPINS_TALL | regimes::GLOROT_SPINS_SQUARE => Some(Self::new(Law::Glorot, Units::Spins)),
            regimes::PARAMAGNET_2_5 => Some(TWO_AND_A_HALF),
            _ => None,
        }
    }

    /// Standard deviation of W, the weights of {0,1} units.
    pub(super) fn std(&self, visible: usize, hidden: usize) -> f64 {
        let drawn = self.law.std(visible, hidden);
        match self.units {
            Units::Bits => drawn,
            Units::Spins => 4.0 * drawn,
        }
    }

    /// x = s⁴NM/256.
    pub(super) fn x(&self, visible: usize, hidden: usize) -> f64 {
        glass_parameter(self.std(visible, hidden), visible, hidden)
    }
}

/// The initialisation of the regime `paramagnet-2.5`: s = 2.5/(NM)^(1/4) = 4(x/(NM))^(1/4) with
/// x = (2.5/4)⁴ = 625/4096.
pub(super) const TWO_AND_A_HALF: Scheme = Scheme::new(Law::Paramagnet(625.0 / 4096.0), Units::Spins);
