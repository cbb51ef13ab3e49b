//! Multivariate polynomials with exact rational coefficients.

use dashu_int::{IBig, UBig, ops::Gcd};
use dashu_ratio::RBig;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::{Add, Mul, Neg, Sub};

/// A monomial: total degree first, so that the derived order is graded; then exponents by variable
/// name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Monomial {
    degree: u32,
    exponents: BTreeMap<&'static str, u32>,
}

impl Monomial {
    fn times(&self, other: &Self) -> Self {
        let mut exponents = self.exponents.clone();
        for (&var, &e) in &other.exponents {
            *exponents.entry(var).or_insert(0) += e;
        }
        Self { degree: self.degree + other.degree, exponents }
    }

    /// The exponent of `var`, and the monomial without it.
    fn split(&self, var: &str) -> (u32, Self) {
        let mut rest = self.clone();
        let e = rest.exponents.remove(var).unwrap_or(0);
        rest.degree -= e;
        (e, rest)
    }
}

/// A polynomial in named variables over the rationals, always in canonical form: equal polynomials
/// are `==`.
///
/// # Example
/// ```
/// use rbm_landscape::symbolic::poly::Poly;
/// let (x, y) = (Poly::var("x"), Poly::var("y"));
/// let square = (&x + &y) * (&x - &y);
/// assert_eq!(square, &x * &x - &y * &y); // by hand
/// assert_eq!(square.to_string(), "x² − y²");
/// assert_eq!(square.diff("x"), Poly::int(2) * &x);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Poly {
    terms: BTreeMap<Monomial, RBig>,
}

impl Poly {
    /// The variable of that name.
    pub fn var(name: &'static str) -> Self {
        let monomial = Monomial { degree: 1, exponents: BTreeMap::from([(name, 1)]) };
        Self { terms: BTreeMap::from([(monomial, RBig::ONE)]) }
    }

    /// The constant n.
    pub fn int(n: i64) -> Self {
        Self::constant(RBig::from(n))
    }

    /// The constant p/q; zero for q = 0 is never asked for: q is a literal of the caller.
    pub fn ratio(p: i64, q: i64) -> Self {
        Self::constant(RBig::from(p) / RBig::from(q))
    }

    /// A constant.
    pub(crate) fn constant(value: RBig) -> Self {
        let mut out = Self::default();
        out.add_term(Monomial::default(), value);
        out
    }

    fn add_term(&mut self, monomial: Monomial, value: RBig) {
        if value.is_zero() {
            return;
        }
        match self.terms.entry(monomial) {
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(value);
            }
            std::collections::btree_map::Entry::Occupied(mut entry) => {
                *entry.get_mut() += value;
                if entry.get().is_zero() {
                    entry.remove();
                }
            }
        }
    }

    /// True for the polynomial 0.
    pub fn is_zero(&self) -> bool {
        self.terms.is_empty()
    }

    /// True when it is positive, or never negative, for a reason that one sees: it has terms, all
    /// coefficients are positive, and odd powers are of variables in `positive` only.
    pub(crate) fn is_plainly_positive(&self, positive: &[&str]) -> bool {
        let even = |m: &Monomial| m.exponents.iter().all(|(var, e)| e % 2 == 0 || positive.contains(var));
        !self.is_zero() && self.terms.iter().all(|(monomial, value)| *value > RBig::ZERO && even(monomial))
    }

    /// 1/c for a constant polynomial c.
    ///
    /// # Panics
    /// For zero or a polynomial with a variable in it: a mistake in a derivation.
    pub fn reciprocal(&self) -> Self {
        let constant = self.terms.get(&Monomial::default()).filter(|_| self.terms.len() == 1);
        Self::constant(RBig::ONE / constant.expect("only a rational number other than zero is divided by"))
    }

    /// Names of the variables that occur.
    pub fn variables(&self) -> BTreeSet<&'static str> {
        self.terms.keys().flat_map(|m| m.exponents.keys().copied()).collect()
    }

    /// Largest exponent of `var`; 0 when it does not occur.
    pub fn degree(&self, var: &str) -> u32 {
        self.terms.keys().map(|m| m.split(var).0).max().unwrap_or(0)
    }

    /// n-th power.
    pub fn pow(&self, n: u32) -> Self {
        (0..n).fold(Self::int(1), |product, _| &product * self)
    }

    /// Partial derivative.
    pub fn diff(&self, var: &'static str) -> Self {
        let mut out = Self::default();
        for (monomial, value) in &self.terms {
            let (e, rest) = monomial.split(var);
            if e > 0 {
                let lower = Poly::var(var).pow(e - 1);
                for (power, one) in lower.terms {
                    out.add_term(rest.times(&power), value * RBig::from(e) * one);
                }
            }
        }
        out
    }

    /// Coefficients by power of `var`, themselves polynomials in the other variables.
    pub fn collect(&self, var: &str) -> BTreeMap<u32, Self> {
        let mut out: BTreeMap<u32, Self> = BTreeMap::new();
        for (monomial, value) in &self.terms {
            let (e, rest) = monomial.split(var);
            out.entry(e).or_default().add_term(rest, value.clone());
        }
        out
    }

    /// Coefficient of `var` to the power `degree`.
    pub fn coefficient(&self, var: &str, degree: u32) -> Self {
        self.collect(var).remove(&degree).unwrap_or_default()
    }

    /// Drops every term in which `var` stands to a power above `degree`.
    pub fn truncate(&self, var: &str, degree: u32) -> Self {
        let kept = self.terms.iter().filter(|(m, _)| m.split(var).0 <= degree);
        Self { terms: kept.map(|(m, c)| (m.clone(), c.clone())).collect() }
    }

    /// Puts a polynomial in the place of `var`.
    pub fn substitute(&self, var: &str, value: &Self) -> Self {
        let powers = self.collect(var);
        let mut out = Self::default();
        // Horner, from the highest power down.
        for e in (0..=self.degree(var)).rev() {
            out = &out * value;
            if let Some(c) = powers.get(&e) {
                out = &out + c;
            }
        }
        out
    }

    /// The way out of exact arithmetic: the value at floating-point arguments, for numeric code.
    /// A variable that is not named counts as NaN, so that it cannot be forgotten.
    pub fn evaluate_f64(&self, at: &[(&str, f64)]) -> f64 {
        let value = |var: &str| at.iter().find(|(name, _)| *name == var).map_or(f64::NAN, |(_, x)| *x);
        let term = |(m, c): (&Monomial, &RBig)| -> f64 {
            m.exponents.iter().fold(c.to_f64().value(), |product, (var, &e)| product * value(var).powi(e as i32))
        };
        self.terms.iter().map(term).sum()
    }

    /// The rational number that turns the coefficients into integers without common factor and
    /// makes the constant term, or else the first printed one, positive (4 − g, N² − N); 1 for the
    /// polynomial 0.
    pub(super) fn normaliser(&self) -> Self {
        let printed = self.printed();
        let Some((_, leading)) = printed.iter().find(|(m, _)| m.degree == 0).or(printed.first()) else {
            return Self::int(1);
        };
        let mut values = self.terms.values();
        let one = || RBig::from(IBig::ONE);
        let (numerator, denominator) = values.by_ref().fold((IBig::ZERO, UBig::ONE), |(num, den), c| {
            (IBig::from(num.gcd(c.numerator())), den.clone() * c.denominator() / den.gcd(c.denominator()))
        });
        let size = RBig::from(IBig::from(denominator)) / RBig::from(numerator);
        let sign = if **leading < RBig::ZERO { -one() } else { one() };
        Self::constant(size * sign)
    }

    /// The smallest positive integer that makes all coefficients integers.
    pub(super) fn denominator(&self) -> Self {
        let least =
            self.terms.values().fold(UBig::ONE, |den, c| den.clone() * c.denominator() / den.gcd(c.denominator()));
        Self::constant(RBig::from(IBig::from(least)))
    }

    /// Number of terms.
    pub(crate) fn terms(&self) -> usize {
        self.terms.len()
    }

    /// The polynomial as the inside of a MathML `mrow`, in the order it is printed in.
    pub(crate) fn mathml(&self) -> String {
        if self.is_zero() {
            return "<mn>0</mn>".into();
        }
        let mut out = String::new();
        for (i, (monomial, value)) in self.printed().into_iter().enumerate() {
            let negative = *value < RBig::ZERO;
            let size = if negative { -value.clone() } else { value.clone() };
            match (i, negative) {
                (0, false) => {}
                (_, true) => out += "<mo>−</mo>",
                (_, false) => out += "<mo>+</mo>",
            }
            let denominator = size.denominator();
            if monomial.degree == 0 || size != RBig::ONE {
                let numerator = size.numerator();
                out += &match *denominator == UBig::ONE {
                    true => format!("<mn>{numerator}</mn>"),
                    false => format!("<mfrac><mn>{numerator}</mn><mn>{denominator}</mn></mfrac>"),
                };
            }
            for (var, e) in &monomial.exponents {
                out += &match e {
                    1 => format!("<mi>{var}</mi>"),
                    e => format!("<msup><mi>{var}</mi><mn>{e}</mn></msup>"),
                };
            }
        }
        out
    }

    /// Terms in the order they are printed in: graded lexicographic, highest degree first, then the
    /// highest power of the first variable.
    fn printed(&self) -> Vec<(&Monomial, &RBig)> {
        let mut terms: Vec<_> = self.terms.iter().collect();
        let place = |m: &Monomial| m.exponents.iter().map(|(&var, &e)| (var, Reverse(e))).collect::<Vec<_>>();
        terms.sort_by_key(|(monomial, _)| (Reverse(monomial.degree), place(monomial)));
        terms
    }
}

impl Neg for &Poly {
    type Output = Poly;
    fn neg(self) -> Poly {
        Poly { terms: self.terms.iter().map(|(m, c)| (m.clone(), -c.clone())).collect() }
    }
}

impl Neg for Poly {
    type Output = Poly;
    fn neg(self) -> Poly {
        -&self
    }
}

impl Add for &Poly {
    type Output = Poly;
    fn add(self, other: &Poly) -> Poly {
        let mut out = self.clone();
        for (m, c) in &other.terms {
            out.add_term(m.clone(), c.clone());
        }
        out
    }
}

impl Sub for &Poly {
    type Output = Poly;
    fn sub(self, other: &Poly) -> Poly {
        self + &-other
    }
}

impl Mul for &Poly {
    type Output = Poly;
    fn mul(self, other: &Poly) -> Poly {
        let mut out = Poly::default();
        for (m, c) in &self.terms {
            for (n, d) in &other.terms {
                out.add_term(m.times(n), c * d);
            }
        }
        out
    }
}

/// Forwards an operator on references to all mixtures of values and references.
macro_rules! forward {
    ($type:ty: $($op:ident $method:ident),*) => {$(
        impl $op<$type> for $type {
            type Output = $type;
            fn $method(self, other: $type) -> $type {
                (&self).$method(&other)
            }
        }
        impl $op<&$type> for $type {
            type Output = $type;
            fn $method(self, other: &$type) -> $type {
                (&self).$method(other)
            }
        }
        impl $op<$type> for &$type {
            type Output = $type;
            fn $method(self, other: $type) -> $type {
                self.$method(&other)
            }
        }
    )*};
}
pub(super) use forward;
forward!(Poly: Add add, Sub sub, Mul mul);

impl fmt::Display for Monomial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
        for (i, (var, &e)) in self.exponents.iter().enumerate() {
            write!(f, "{}{var}", if i > 0 { "·" } else { "" })?;
            if e > 1 {
                let power: String =
                    e.to_string().chars().filter_map(|c| digits.get(c.to_digit(10)? as usize)).collect();
                write!(f, "{power}")?;
            }
        }
        Ok(())
    }
}

/// Highest degree first: `x² − 1/2·x·y + 3`.
impl fmt::Display for Poly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return write!(f, "0");
        }
        for (i, (monomial, value)) in self.printed().into_iter().enumerate() {
            let negative = *value < RBig::ZERO;
            let size = if negative { -value.clone() } else { value.clone() };
            write!(
                f,
                "{}",
                match (i, negative) {
                    (0, false) => "",
                    (0, true) => "−",
                    (_, false) => " + ",
                    (_, true) => " − ",
                }
            )?;
            match (monomial.degree, size == RBig::ONE) {
                (0, _) => write!(f, "{size}")?,
                (_, true) => write!(f, "{monomial}")?,
                (_, false) => write!(f, "{size}·{monomial}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn poly() -> impl Strategy<Value = Poly> {
        proptest::collection::vec((-5i64..6, 1i64..4, 0u32..3, 0u32..3), 0..5).prop_map(|terms| {
            terms.into_iter().fold(Poly::int(0), |sum, (p, q, i, j)| {
                sum + Poly::ratio(p, q) * Poly::var("x").pow(i) * Poly::var("y").pow(j)
            })
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, rng_algorithm: prop::test_runner::RngAlgorithm::ChaCha, ..ProptestConfig::with_cases(64) })]

        #[test]
        fn ring_laws(a in poly(), b in poly(), c in poly()) {
            prop_assert_eq!(&a + &b, &b + &a);
            prop_assert_eq!(&a * &b, &b * &a);
            prop_assert_eq!(&(&a * &b) * &c, &a * &(&b * &c));
            prop_assert_eq!(&a * &(&b + &c), &a * &b + &a * &c);
            prop_assert!((&a - &a).is_zero());
        }

        #[test]
        fn product_rule(a in poly(), b in poly()) {
            prop_assert_eq!((&a * &b).diff("x"), a.diff("x") * &b + &a * b.diff("x"));
        }

        #[test]
        fn substitution_is_a_homomorphism(a in poly(), b in poly(), c in poly()) {
            let put = |p: &Poly| p.substitute("x", &c);
            prop_assert_eq!(put(&(&a * &b)), put(&a) * put(&b));
            prop_assert_eq!(put(&(&a + &b)), put(&a) + put(&b));
        }

        #[test]
        fn collecting_and_putting_together_gives_the_same(a in poly()) {
            let again = a.collect("x").iter().fold(Poly::int(0), |sum, (&e, c)| sum + c * Poly::var("x").pow(e));
            prop_assert_eq!(again, a);
        }
    }

    #[test]
    fn printing_is_canonical() {
        let (x, y) = (Poly::var("x"), Poly::var("y"));
        let p = Poly::ratio(-1, 2) * &y * &x + x.pow(12) - Poly::int(3);
        assert_eq!(p.to_string(), "x¹² − 1/2·x·y − 3");
        assert_eq!(Poly::int(0).to_string(), "0");
    }

    #[test]
    fn both_printed_forms_are_those_by_hand() {
        let (x, y, int) = (Poly::var("x"), Poly::var("y"), Poly::int);
        for (p, plain, math) in [
            (int(0), "0", "<mn>0</mn>"),
            (int(1), "1", "<mn>1</mn>"),
            (int(-1), "−1", "<mo>−</mo><mn>1</mn>"),
            (int(1) - &x, "−x + 1", "<mo>−</mo><mi>x</mi><mo>+</mo><mn>1</mn>"),
            (int(2) * &x - &y, "2·x − y", "<mn>2</mn><mi>x</mi><mo>−</mo><mi>y</mi>"),
            (
                Poly::ratio(-3, 2) * &y * &x + x.pow(12),
                "x¹² − 3/2·x·y",
                "<msup><mi>x</mi><mn>12</mn></msup><mo>−</mo><mfrac><mn>3</mn><mn>2</mn></mfrac><mi>x</mi><mi>y</mi>",
            ),
            // The highest degree first, then the highest power of the first variable.
            (
                &y * &y + &x * &x * &y,
                "x²·y + y²",
                "<msup><mi>x</mi><mn>2</mn></msup><mi>y</mi><mo>+</mo><msup><mi>y</mi><mn>2</mn></msup>",
            ),
            (
                &y * &y + &x * &y + &x * &x,
                "x² + x·y + y²",
                "<msup><mi>x</mi><mn>2</mn></msup><mo>+</mo><mi>x</mi><mi>y</mi><mo>+</mo><msup><mi>y</mi><mn>2</mn></msup>",
            ),
        ] {
            assert_eq!((&*p.to_string(), &*p.mathml()), (plain, math));
        }
    }

    #[test]
    fn a_polynomial_is_taken_apart_and_changed_as_by_hand() {
        let (x, y, int) = (Poly::var("x"), Poly::var("y"), Poly::int);
        // p = 3x²y − x² + 2xy³ + 5
        let p = int(3) * &x * &x * &y - &x * &x + int(2) * &x * y.pow(3) + int(5);
        assert_eq!((p.degree("x"), p.degree("y"), p.degree("z"), p.terms()), (2, 3, 0, 4));
        assert_eq!(p.variables().into_iter().collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(p.coefficient("x", 2), int(3) * &y - int(1));
        assert_eq!((p.coefficient("x", 0), p.coefficient("x", 3)), (int(5), int(0)));
        assert_eq!(p.truncate("x", 1), int(2) * &x * y.pow(3) + int(5));
        assert_eq!((p.truncate("y", 3), p.truncate("y", 0)), (p.clone(), int(5) - &x * &x));
        assert_eq!(p.diff("y"), int(3) * &x * &x + int(6) * &x * &y * &y);
        assert_eq!(p.diff("x"), int(6) * &x * &y - int(2) * &x + int(2) * y.pow(3));
        // At x = y + 1: 3(y + 1)² y − (y + 1)² + 2(y + 1) y³ + 5 = 2y⁴ + 5y³ + 5y² + y + 4.
        let put = int(2) * y.pow(4) + int(5) * y.pow(3) + int(5) * y.pow(2) + &y + int(4);
        assert_eq!(p.substitute("x", &(&y + int(1))), put);
        assert_eq!(p.evaluate_f64(&[("x", 2.0), ("y", -1.0)]), -12.0 - 4.0 - 4.0 + 5.0);
        assert_eq!((x.pow(0), x.pow(1), (&x - &x).is_zero(), p.is_zero()), (int(1), x.clone(), true, false));
        assert_eq!((-p.clone(), -&p), (int(0) - &p, int(0) - &p));
        assert_eq!(Poly::ratio(-2, 3).reciprocal(), Poly::ratio(-3, 2));
    }

    #[test]
    fn the_normaliser_makes_the_smallest_integers() {
        let (x, int, ratio) = (Poly::var("x"), Poly::int, Poly::ratio);
        // By hand: 4/3 x − 2/3 has the common factor 2/3, and the constant becomes positive;
        // without a constant the first printed coefficient does.
        for (p, factor, normal) in [
            (ratio(4, 3) * &x - ratio(2, 3), ratio(-3, 2), int(1) - int(2) * &x),
            (ratio(1, 6) * &x + ratio(1, 4), int(12), int(2) * &x + int(3)),
            (ratio(2, 3) * &x + ratio(4, 9), ratio(9, 2), int(3) * &x + int(2)),
            (&x - &x * &x, int(-1), &x * &x - &x),
            (int(6) * &x * &x - int(4) * &x, ratio(1, 2), int(3) * &x * &x - int(2) * &x),
            (int(0), int(1), int(0)),
        ] {
            assert_eq!(p.normaliser(), factor, "{p}");
            assert_eq!(&p * p.normaliser(), normal, "{p}");
        }
    }

    #[test]
    #[should_panic = "only a rational number other than zero"]
    fn a_variable_has_no_reciprocal() {
        Poly::var("x").reciprocal();
    }

    #[test]
    #[should_panic = "only a rational number other than zero"]
    fn a_constant_beside_a_variable_has_no_reciprocal() {
        (Poly::var("x") + Poly::int(1)).reciprocal();
    }

    #[test]
    fn a_forgotten_variable_is_not_a_number() {
        assert!((Poly::var("x") + Poly::var("y")).evaluate_f64(&[("x", 1.0)]).is_nan());
        assert_eq!(Poly::var("x").pow(3).evaluate_f64(&[("x", 2.0)]), 8.0); // by hand
    }
}
