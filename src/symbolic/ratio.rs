//! Rational functions: quotients of polynomials, equal when they agree after cross-multiplication.

use super::gcd::{divide, gcd};
use super::poly::{Poly, forward};
use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// num / den in lowest terms; den is not the zero polynomial, and its leading coefficients are the smallest integers.
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
        let common = gcd(&num, &den);
        let cancel = |p: Poly| divide(&p, &common).unwrap_or(p);
        let (num, den) = (cancel(num), cancel(den));
        let scale = den.normaliser();
        Self { num: num * &scale, den: den * scale }
    }

    /// Number of terms above and below the bar.
    pub fn terms(&self) -> usize {
        self.num.terms() + self.den.terms() - usize::from(self.den == Poly::int(1))
    }

    /// The fraction as the inside of a MathML `mrow`.
    pub fn mathml(&self) -> String {
        match self.den == Poly::int(1) {
            true => self.num.mathml(),
            false => {
                format!("<mfrac><mrow>{}</mrow><mrow>{}</mrow></mfrac>", self.num.mathml(), self.den.mathml())
            }
        }
    }

    /// The value at floating-point arguments, for numeric code; see [`Poly::evaluate_f64`].
    pub fn evaluate_f64(&self, at: &[(&str, f64)]) -> f64 {
        self.num.evaluate_f64(at) / self.den.evaluate_f64(at)
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
        let side = |p: &Poly| if p.terms() > 1 { format!("({p})") } else { p.to_string() };
        match self.den == Poly::int(1) {
            true => write!(f, "{}", self.num),
            // A product below the bar needs its parentheses: 1/(8·N).
            false if self.den.to_string().contains('·') => write!(f, "{}/({})", side(&self.num), self.den),
            false => write!(f, "{}/{}", side(&self.num), side(&self.den)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotients_have_their_slopes() {
        // by hand: (x/(1 + x))' = 1/(1 + x)²
        let (x, one) = (Poly::var("x"), Poly::int(1));
        let quotient = RatFn::new(x.clone(), &x + &one);
        assert_eq!(quotient.diff("x"), RatFn::new(one.clone(), (&x + &one).pow(2)));
    }
}
