//! Initialisations: their standard deviations, in the units with which they are used, and x.

use super::regimes;
use crate::claim::Regime;
use crate::rbm::mean_field::glass_parameter;

/// Values of the units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Units {
    /// 0 and 1.
    Bits,
    /// −1 and 1.
    Spins,
}

/// How weights are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Law {
    /// s = 0.01, for normal entries: G. Hinton, UTML TR 2010-003.
    Hinton,
    /// s = √(2/(N+M)): X. Glorot and Y. Bengio, AISTATS 2010.
    Glorot,
    /// s = 1/√N: Y. LeCun et al., Efficient BackProp (1998). N units feed a hidden one.
    LeCun,
    /// s = √(2/N): K. He et al., ICCV 2015.
    He,
    /// s = 2.5/(NM)^(1/4): dwave-pytorch-plugin 0.4.0.
    Constant,
}

/// A law of weights, and the units with which it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scheme {
    pub(super) law: Law,
    pub(super) units: Units,
}

impl Scheme {
    pub(super) const fn new(law: Law, units: Units) -> Self {
        Self { law, units }
    }

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
        self.std_of_sizes(visible as f64, hidden as f64)
    }

    fn std_of_sizes(&self, n: f64, m: f64) -> f64 {
        let drawn = match self.law {
            Law::Hinton => 0.01,
            Law::Glorot => (2.0 / (n + m)).sqrt(),
            Law::LeCun => n.sqrt().recip(),
            Law::He => (2.0 / n).sqrt(),
            Law::Constant => 2.5 / (n * m).sqrt().sqrt(),
        };
        match self.units {
            Units::Bits => drawn,
            Units::Spins => 4.0 * drawn,
        }
    }

    /// x = s⁴NM/256.
    pub(super) fn x(&self, visible: usize, hidden: usize) -> f64 {
        glass_parameter(self.std(visible, hidden), visible, hidden)
    }

    /// The same for N and M between whole numbers, on a map.
    pub(super) fn x_of_sizes(&self, n: f64, m: f64) -> f64 {
        self.std_of_sizes(n, m).powi(4) * n * m / 256.0
    }
}

/// The initialisation of the regime `paramagnet-2.5`.
pub(super) const TWO_AND_A_HALF: Scheme = Scheme::new(Law::Constant, Units::Spins);
