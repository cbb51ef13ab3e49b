//! Rational functions: quotients of polynomials, equal when they agree after cross-multiplication.

use super::gcd::{divide, gcd};
use super::poly::{Poly, forward};
use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// num / den in lowest terms; den is not the zero polynomial, and its leading coefficients are the
/// smallest integers.
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
    pub(crate) fn terms(&self) -> usize {
        self.num.terms() + self.den.terms() - usize::from(self.den == Poly::int(1))
    }

    /// The fraction as the inside of a MathML `mrow`, without fractions in it.
    pub(crate) fn mathml(&self) -> String {
        match self.den == Poly::int(1) {
            true => self.num.mathml(),
            false => {
                let whole = self.num.denominator();
                let [num, den] = [&self.num * &whole, &self.den * &whole].map(|side| side.mathml());
                format!("<mfrac><mrow>{num}</mrow><mrow>{den}</mrow></mfrac>")
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

    /// (p, q), both in x, as a fraction.
    fn over(p: Poly, q: Poly) -> RatFn {
        RatFn::new(p, q)
    }

    #[test]
    fn a_fraction_is_written_without_fractions_in_it() {
        let (x, int, ratio) = (Poly::var("x"), Poly::int, Poly::ratio);
        let one = over(ratio(1, 4) * &x + ratio(1, 6), &x * &x + int(1));
        // by hand: (x/4 + 1/6)/(x² + 1) = (3x + 2)/(12x² + 12)
        let above = "<mn>3</mn><mi>x</mi><mo>+</mo><mn>2</mn>";
        let below = "<mn>12</mn><msup><mi>x</mi><mn>2</mn></msup><mo>+</mo><mn>12</mn>";
        assert_eq!(one.mathml(), format!("<mfrac><mrow>{above}</mrow><mrow>{below}</mrow></mfrac>"));
    }

    #[test]
    fn the_four_operations_are_those_by_hand() {
        let (x, int) = (Poly::var("x"), Poly::int);
        let (a, b) = (over(x.clone(), &x + int(1)), over(int(2), &x - int(1)));
        let both = &x * &x - int(1);
        // By hand: (x(x − 1) ± 2(x + 1))/(x² − 1), 2x/(x² − 1), x(x − 1)/(2(x + 1)).
        assert_eq!(&a + &b, over(&x * &x + &x + int(2), both.clone()));
        assert_eq!(&a - &b, over(&x * &x - int(3) * &x - int(2), both.clone()));
        assert_eq!(&a * &b, over(int(2) * &x, both));
        assert_eq!(&a / &b, over(&x * &x - &x, int(2) * &x + int(2)));
        assert_eq!(-&a, over(-&x, &x + int(1)));
        // Of one denominator: (x + 1)/(x + 1).
        assert_eq!((&a + &over(int(1), &x + int(1))).to_string(), "1");
        assert_eq!(RatFn::from(x.clone()), over(&x * &x, x.clone()));
        assert!(a != b && a != over(x.clone(), &x + int(2)) && a != over(int(2) * &x, &x + int(1)));
        // At x = 3: 3/4 and 2/2.
        let at = |f: &RatFn| f.evaluate_f64(&[("x", 3.0)]);
        assert_eq!((at(&a), at(&b), at(&(&a - &b))), (0.75, 1.0, -0.25));
    }

    #[test]
    fn fractions_are_put_into_fractions() {
        let (x, y, int) = (Poly::var("x"), Poly::var("y"), Poly::int);
        let f = over(&x * &x + int(2), &x + int(1));
        // By hand: x = 1/y: (1/y² + 2)/(1/y + 1) = (1 + 2y²)/(y + y²); x = 2: 6/3.
        let found = f.substitute("x", &over(int(1), y.clone()));
        assert_eq!(found, over(int(1) + int(2) * &y * &y, &y + &y * &y));
        assert_eq!(f.substitute("x", &RatFn::from(int(2))), RatFn::from(int(2)));
        assert_eq!(f.substitute("y", &RatFn::from(int(2))), f);
        // By hand: ((x² + 2)/(x + 1))' = (x² + 2x − 2)/(x + 1)²; of another variable 0.
        assert_eq!(f.diff("x"), over(&x * &x + int(2) * &x - int(2), (&x + int(1)).pow(2)));
        assert_eq!(f.diff("y"), RatFn::from(int(0)));
    }

    #[test]
    fn fractions_are_printed_in_lowest_terms_with_as_few_parentheses_as_can_be() {
        let (x, n, int) = (Poly::var("x"), Poly::var("N"), Poly::int);
        // By hand; a number below the bar goes into the coefficients above it.
        for (fraction, shown, terms) in [
            (over(&x * &x - int(1), &x - int(1)), "x + 1", 2),
            (over(int(1), x.clone()), "1/x", 2),
            (over(&x + int(1), x.clone()), "(x + 1)/x", 3),
            (over(x.clone(), &x + int(1)), "x/(x + 1)", 3),
            (over(int(3), int(3) * &n * &x), "1/(N·x)", 2),
            (over(&x + int(1), &x * &n), "(x + 1)/(N·x)", 3),
            (over(int(1), &x * &n + int(1)), "1/(N·x + 1)", 3),
            (over(&x * &x + &x + int(1), x.clone()), "(x² + x + 1)/x", 4),
            (over(x.clone(), int(-2)), "−1/2·x", 1),
            (over(x.clone(), int(1) - int(2) * &x), "x/(−2·x + 1)", 3),
        ] {
            assert_eq!((&*fraction.to_string(), fraction.terms()), (shown, terms));
        }
        assert_eq!(over(&x * &x, x.clone()).mathml(), "<mi>x</mi>");
        let bar = "<mfrac><mrow><mn>1</mn></mrow><mrow><mi>x</mi><mo>+</mo><mn>1</mn></mrow></mfrac>";
        assert_eq!(over(int(1), &x + int(1)).mathml(), bar);
    }

    #[test]
    #[should_panic = "divides by zero"]
    fn nothing_is_divided_by_the_zero_polynomial() {
        over(Poly::var("x"), Poly::int(0));
    }

    #[test]
    fn quotients_have_their_slopes() {
        // by hand: (x/(1 + x))' = 1/(1 + x)²
        let (x, one) = (Poly::var("x"), Poly::int(1));
        let quotient = RatFn::new(x.clone(), &x + &one);
        assert_eq!(quotient.diff("x"), RatFn::new(one.clone(), (&x + &one).pow(2)));
    }
}
