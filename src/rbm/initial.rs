//! Standard deviations of initial weights: the schemes of the literature, and one by distance from
//! the spin-glass transition line.

use super::mean_field::glass_parameter;
use std::fmt;
use std::str::FromStr;

/// How the standard deviation s of normal initial weights follows from the sizes N (visible units)
/// and M (hidden units).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scheme {
    /// s = 0.01.
    ///
    /// # Source
    /// G. E. Hinton, A Practical Guide to Training Restricted Boltzmann Machines, section 8, 2012.
    Hinton,
    /// s = √(2/(N + M)), also called Xavier.
    ///
    /// # Source
    /// X. Glorot, Y. Bengio, AISTATS 2010.
    Glorot,
    /// s = 1/√N, by the fan-in of a hidden unit.
    ///
    /// # Source
    /// Y. LeCun, L. Bottou, G. Orr, K.-R. Müller, Efficient BackProp, section 4.6, 1998.
    Lecun,
    /// s = √(2/N), also called Kaiming.
    ///
    /// # Source
    /// K. He, X. Zhang, S. Ren, J. Sun, ICCV 2015.
    He,
    /// This s.
    Normal(f64),
    /// s = 4(x/(NM))^(1/4) with this x = s⁴NM/256: 1 on the spin-glass transition line at zero
    /// centred field.
    Paramagnet(f64),
}

impl Scheme {
    /// s of weights between `visible` and `hidden` units of values 0 and 1. Sums, products and
    /// square roots only, so that it has the same bits on every machine.
    ///
    /// # Example
    /// ```
    /// use rbm_landscape::rbm::initial::Scheme;
    /// // by hand: 4(0.5/(8 · 4))^(1/4) = 4 · (1/64)^(1/4) = √2
    /// let s = Scheme::Paramagnet(0.5).std(8, 4);
    /// assert!((s - std::f64::consts::SQRT_2).abs() < 1e-15);
    /// ```
    pub fn std(self, visible: usize, hidden: usize) -> f64 {
        let (n, m) = (visible as f64, hidden as f64);
        match self {
            Self::Hinton => 0.01,
            Self::Glorot => (2.0 / (n + m)).sqrt(),
            Self::Lecun => 1.0 / n.sqrt(),
            Self::He => (2.0 / n).sqrt(),
            Self::Normal(s) => s,
            Self::Paramagnet(x) => 4.0 * (x / (n * m)).sqrt().sqrt(),
        }
    }

    /// x = s⁴NM/256. At zero centred field the machine is a paramagnet below 1, on the transition
    /// line at 1 and a spin glass beyond.
    pub fn x(self, visible: usize, hidden: usize) -> f64 {
        match self {
            // As it was given, without the rounding of roots and powers.
            Self::Paramagnet(x) => x,
            _ => glass_parameter(self.std(visible, hidden), visible, hidden),
        }
    }
}

/// As it is given on the command line.
impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, number) = match *self {
            Self::Hinton => return f.write_str("hinton"),
            Self::Glorot => return f.write_str("glorot"),
            Self::Lecun => return f.write_str("lecun"),
            Self::He => return f.write_str("he"),
            Self::Normal(s) => ("normal", s),
            Self::Paramagnet(x) => ("paramagnet", x),
        };
        // All digits, and no row of zeros.
        let short = number == 0.0 || (1e-4..1e6).contains(&number);
        if short { write!(f, "{name}:{number}") } else { write!(f, "{name}:{number:e}") }
    }
}

/// Words that are no scheme.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum SchemeError {
    /// Another name.
    #[error("no such scheme; give hinton, glorot, lecun, he, normal:S or paramagnet:X")]
    Unknown,
    /// A number where there is none.
    #[error("{0} has no number of its own; give {0} alone, or normal:S")]
    NoNumber(String),
    /// No number, or one that is not positive and finite.
    #[error("{letter} must be a positive, finite number; give {remedy}")]
    Number {
        /// Its letter.
        letter: &'static str,
        /// What would do.
        remedy: &'static str,
    },
}

impl FromStr for Scheme {
    type Err = SchemeError;

    fn from_str(words: &str) -> Result<Self, SchemeError> {
        let (name, number) = match words.split_once(':') {
            Some((name, number)) => (name, Some(number)),
            None => (words, None),
        };
        let positive = |letter, remedy| {
            let value = number.and_then(|number| number.parse::<f64>().ok());
            value.filter(|value| *value > 0.0 && value.is_finite()).ok_or(SchemeError::Number { letter, remedy })
        };
        let scheme = match name {
            "hinton" => Self::Hinton,
            "glorot" => Self::Glorot,
            "lecun" => Self::Lecun,
            "he" => Self::He,
            "normal" => return Ok(Self::Normal(positive("S", "normal:0.01, for instance")?)),
            "paramagnet" => {
                let remedy = "paramagnet:0.5, for instance, below 1 for a paramagnet";
                return Ok(Self::Paramagnet(positive("X", remedy)?));
            }
            _ => return Err(SchemeError::Unknown),
        };
        if number.is_some() { Err(SchemeError::NoNumber(name.into())) } else { Ok(scheme) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, by_hand: f64) {
        assert!((found - by_hand).abs() <= 4.0 * f64::EPSILON * by_hand, "{found} {by_hand}");
    }

    #[test]
    fn every_scheme_has_its_standard_deviation_and_its_x() {
        // by hand, N = 25 and M = 7: 2/32 = 1/16; NM = 175.
        let of = |scheme: Scheme| (scheme.std(25, 7), scheme.x(25, 7));
        let cases = [
            (Scheme::Hinton, 0.01, 175e-8 / 256.0),
            (Scheme::Glorot, 0.25, 175.0 / 65_536.0),
            // x = M/(256 N) and M/(64 N).
            (Scheme::Lecun, 0.2, 7.0 / 6_400.0),
            (Scheme::He, 0.08f64.sqrt(), 7.0 / 1_600.0),
            (Scheme::Normal(2.0), 2.0, 175.0 / 16.0),
        ];
        for (scheme, s, x) in cases {
            near(of(scheme).0, s);
            // A fourth power has four times the rounding of s.
            assert!((of(scheme).1 / x - 1.0).abs() < 1e-14, "{scheme}: {}", of(scheme).1);
        }
        // 4(x/(NM))^(1/4), N = 8 and M = 2: x = 1 gives 2, x = 1/16 gives 1.
        assert_eq!((Scheme::Paramagnet(1.0).std(8, 2), Scheme::Paramagnet(0.0625).std(8, 2)), (2.0, 1.0));
        assert_eq!(glass_parameter(2.0, 8, 2), 1.0);
        // Also where roots and powers round: x is what was asked for, and not just below it.
        for (n, m) in [(784, 500), (37, 53), (1, 3)] {
            let line = Scheme::Paramagnet(1.0);
            assert_eq!(line.x(n, m), 1.0);
            assert!((glass_parameter(line.std(n, m), n, m) - 1.0).abs() < 1e-14);
        }
    }

    #[test]
    fn the_largest_x_of_the_schemes_by_size_is_known() {
        // 4NM/(N + M)² is 1 at N = M and below elsewhere, so that x of Glorot is 1/256 at most;
        // LeCun's and He's reach 1 at M = 256 N and 64 N only.
        assert!((Scheme::Glorot.x(53, 53) * 256.0 - 1.0).abs() < 1e-14);
        assert!(Scheme::Glorot.x(53, 37) * 256.0 < 1.0);
        assert!((Scheme::Lecun.x(3, 768) - 1.0).abs() < 1e-14 && (Scheme::He.x(3, 192) - 1.0).abs() < 1e-14);
    }

    #[test]
    fn words_are_schemes_and_schemes_their_words() {
        for words in ["hinton", "glorot", "lecun", "he", "normal:0.05", "paramagnet:0.5", "paramagnet:2", "normal:1e-9"]
        {
            assert_eq!(words.parse::<Scheme>().expect(words).to_string(), words);
        }
        assert_eq!("normal:1e-2".parse(), Ok(Scheme::Normal(0.01)));
        for words in ["", "xavier", "Glorot", "0.01", ":0.5", " he"] {
            assert_eq!(words.parse::<Scheme>(), Err(SchemeError::Unknown), "{words}");
        }
        assert_eq!("he:2".parse::<Scheme>(), Err(SchemeError::NoNumber("he".into())));
        for name in ["normal", "paramagnet"] {
            for number in ["", ":", ":0", ":-0", ":-1", ":NaN", ":inf", ":1e999", ":0,5", ":0.5:1", ": 1"] {
                let error = format!("{name}{number}").parse::<Scheme>().expect_err(number);
                assert!(matches!(error, SchemeError::Number { .. }), "{name}{number}: {error}");
            }
        }
        let remedies = ["normal", "paramagnet:0"].map(|words| words.parse::<Scheme>().expect_err("no number"));
        assert!(remedies[0].to_string().contains("S must be") && remedies[1].to_string().contains("X must be"));
    }
}
