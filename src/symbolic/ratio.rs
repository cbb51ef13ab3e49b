//! Rational functions: quotients of polynomials, equal when they agree after cross-multiplication.

use super::poly::{Poly, forward};
use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// num / den with den not the zero polynomial. Common single-term factors are cancelled, common sums are not.
///
/// # Example
/// ```
/// use rbm_landscape::symbolic::{poly::Poly, ratio::RatFn};
/// let x = Poly::var("x");
/// let one = Poly::int(1);
/// // by hand: (x² − 1)/(x − 1) = x + 1
/// assert_eq!(RatFn::new(&x * &x - &one, &x - &one), RatFn::from(&x + &one));
/// ```
#[derive(Clone, Debug)]
pub struct RatFn {
    num: Poly,
    den: Poly,
}

impl RatFn {
    /// num / den.
    ///
    /// # Panics
    /// When `den` is the zero polynomial: that is a mistake in a derivation, never a user's input.
    pub fn new(num: Poly, den: Poly) -> Self {
        assert!(!den.is_zero(), "a derivation divides by zero");
        let common = num.common_monomial(&den);
        let cancel = |p: Poly| p.divided_by_term(&common).unwrap_or(p);
        let (num, den) = (cancel(num), cancel(den));
        match num.divided_by_term(&den) {
            Some(quotient) => Self { num: quotient, den: Poly::int(1) },
            None => Self { num, den },
        }
    }

    /// Partial derivative, by the quotient rule.
    pub fn diff(&self, var: &'static str) -> Self {
        let top = self.num.diff(var) * &self.den - &self.num * self.den.diff(var);
        Self::new(top, &self.den * &self.den)
    }

    /// Puts a rational function in the place of `var`.
    pub fn substitute(&self, var: &str, value: &RatFn) -> Self {
        let put = |p: &Poly| {
            let powers = p.collect(var);
            (0..=p.degree(var)).rev().fold(RatFn::from(Poly::int(0)), |sum, e| {
                let shifted = &sum * value;
                powers.get(&e).map_or(shifted.clone(), |c| &shifted + &RatFn::from(c.clone()))
            })
        };
        &put(&self.num) / &put(&self.den)
    }
}

impl From<Poly> for RatFn {
    fn from(num: Poly) -> Self {
        Self { num, den: Poly::int(1) }
    }
}

impl PartialEq for RatFn {
    fn eq(&self, other: &Self) -> bool {
        &self.num * &other.den == &other.num * &self.den
    }
}

impl Neg for &RatFn {
    type Output = RatFn;
    fn neg(self) -> RatFn {
        RatFn { num: -&self.num, den: self.den.clone() }
    }
}

impl Add for &RatFn {
    type Output = RatFn;
    fn add(self, other: &RatFn) -> RatFn {
        if self.den == other.den {
            return RatFn::new(&self.num + &other.num, self.den.clone());
        }
        RatFn::new(&self.num * &other.den + &other.num * &self.den, &self.den * &other.den)
    }
}

impl Sub for &RatFn {
    type Output = RatFn;
    fn sub(self, other: &RatFn) -> RatFn {
        self + &-other
    }
}

impl Mul for &RatFn {
    type Output = RatFn;
    fn mul(self, other: &RatFn) -> RatFn {
        RatFn::new(&self.num * &other.num, &self.den * &other.den)
    }
}

impl Div for &RatFn {
    type Output = RatFn;
    fn div(self, other: &RatFn) -> RatFn {
        RatFn::new(&self.num * &other.den, &self.den * &other.num)
    }
}

forward!(RatFn: Add add, Sub sub, Mul mul, Div div);

impl fmt::Display for RatFn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.den == Poly::int(1) { write!(f, "{}", self.num) } else { write!(f, "({})/({})", self.num, self.den) }
    }
}
