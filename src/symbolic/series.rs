//! Truncated power series in one variable, coefficients polynomials.

use super::poly::Poly;
use std::ops::{Add, Mul, Neg, Sub};

/// c₀ + c₁ z + … + cₙ zⁿ, everything above order n dropped. Both sides of an operation have the
/// same order.
///
/// # Example
/// ```
/// use rbm_landscape::symbolic::{poly::Poly, series::PowerSeries};
/// // by hand: ln cosh z = z²/2 − z⁴/12 + …
/// let k = PowerSeries::cosh(4).ln();
/// assert_eq!(k.coefficient(4), Poly::ratio(-1, 12));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PowerSeries {
    coefficients: Vec<Poly>,
}

impl PowerSeries {
    /// From c₀, c₁, …, cₙ; the order is one less than their number.
    ///
    /// # Panics
    /// Without any coefficient: that is a mistake in a derivation.
    pub fn new(coefficients: Vec<Poly>) -> Self {
        assert!(!coefficients.is_empty(), "a series has at least a constant term");
        Self { coefficients }
    }

    /// The variable z itself.
    pub fn variable(order: usize) -> Self {
        Self::from_fn(order, |k| Poly::int(i64::from(k == 1)))
    }

    /// A constant.
    pub fn constant(order: usize, value: &Poly) -> Self {
        Self::from_fn(order, |k| if k == 0 { value.clone() } else { Poly::int(0) })
    }

    /// cosh z = 1 + z²/2! + z⁴/4! + …
    pub fn cosh(order: usize) -> Self {
        let exp = Self::variable(order).exp();
        Self::from_fn(order, |k| if k % 2 == 0 { exp.coefficient(k) } else { Poly::int(0) })
    }

    fn from_fn(order: usize, coefficient: impl FnMut(usize) -> Poly) -> Self {
        Self { coefficients: (0..=order).map(coefficient).collect() }
    }

    /// The highest power that is kept.
    pub fn order(&self) -> usize {
        self.coefficients.len() - 1
    }

    /// cₖ; zero above the order.
    pub fn coefficient(&self, k: usize) -> Poly {
        self.coefficients.get(k).cloned().unwrap_or_default()
    }

    /// The series as a polynomial in `var`.
    pub fn to_poly(&self, var: &'static str) -> Poly {
        let z = Poly::var(var);
        self.coefficients.iter().rev().fold(Poly::int(0), |sum, c| sum * &z + c)
    }

    /// The powers of `var` in a polynomial, as a series.
    pub fn of_poly(p: &Poly, var: &str, order: usize) -> Self {
        let powers = p.collect(var);
        Self::from_fn(order, |k| powers.get(&(k as u32)).cloned().unwrap_or_default())
    }

    /// Every coefficient multiplied by `factor`.
    pub fn scale(&self, factor: &Poly) -> Self {
        Self { coefficients: self.coefficients.iter().map(|c| c * factor).collect() }
    }

    /// Derivative; one order lower (order 0 stays).
    pub fn diff(&self) -> Self {
        let n = self.order().max(1);
        Self::from_fn(n - 1, |k| Poly::int(k as i64 + 1) * self.coefficient(k + 1))
    }

    /// Antiderivative without constant; one order higher.
    pub fn integrate(&self) -> Self {
        Self::from_fn(self.order() + 1, |k| match k {
            0 => Poly::int(0),
            k => Poly::ratio(1, k as i64) * self.coefficient(k - 1),
        })
    }

    /// exp f for f without constant term: (eᶠ)' = f' eᶠ, solved coefficient by coefficient.
    ///
    /// # Panics
    /// With a constant term: e to a rational is not rational.
    pub fn exp(&self) -> Self {
        assert!(self.coefficients[0].is_zero(), "exp needs a series without constant term");
        let mut out = vec![Poly::int(1)];
        for n in 1..=self.order() {
            let sum =
                (1..=n).fold(Poly::int(0), |sum, k| sum + Poly::int(k as i64) * &self.coefficients[k] * &out[n - k]);
            out.push(Poly::ratio(1, n as i64) * sum);
        }
        Self { coefficients: out }
    }

    /// ln f for f = 1 + …: f (ln f)' = f', solved coefficient by coefficient.
    ///
    /// # Panics
    /// When the constant term is not 1.
    pub fn ln(&self) -> Self {
        assert_eq!(self.coefficients[0], Poly::int(1), "ln needs a series that starts with 1");
        let mut out = vec![Poly::int(0)];
        for n in 1..=self.order() {
            let known =
                (1..n).fold(Poly::int(0), |sum, k| sum + Poly::int(k as i64) * &out[k] * &self.coefficients[n - k]);
            out.push(&self.coefficients[n] - Poly::ratio(1, n as i64) * known);
        }
        Self { coefficients: out }
    }

    /// f(g) for g without constant term.
    ///
    /// # Panics
    /// When g has a constant term.
    pub fn compose(&self, inner: &Self) -> Self {
        assert!(inner.coefficients[0].is_zero(), "only a series without constant term can be put into another");
        let order = self.order();
        let inner = Self::from_fn(order, |k| inner.coefficient(k));
        let outer = self.coefficients.iter().rev();
        outer.fold(Self::constant(order, &Poly::int(0)), |sum, c| &(&sum * &inner) + &Self::constant(order, c))
    }

    /// The g with f(g(z)) = z, for f = c₁ z + … with c₁ a rational number other than 0.
    ///
    /// # Panics
    /// With a constant term, or when c₁ is not such a number.
    pub fn revert(&self) -> Self {
        assert!(self.coefficients[0].is_zero(), "only a series without constant term can be reverted");
        let slope = self.coefficient(1).reciprocal();
        let mut out = Self::constant(self.order(), &Poly::int(0));
        for n in 1..=self.order() {
            // With gₙ = 0 the coefficient is what is missing, up to the factor c₁.
            let wanted = Poly::int(i64::from(n == 1));
            let missing = wanted - self.compose(&out).coefficient(n);
            out.coefficients[n] = missing * &slope;
        }
        out
    }

    /// Legendre transform sup over t of (t x − K(t)), as a series in x, for K = c₂ t² + … with c₂ a
    /// positive rational. I' is the inverse function of K'.
    ///
    /// # Panics
    /// With a constant or linear term, or when c₂ is not a rational number.
    pub fn legendre(&self) -> Self {
        assert!(self.coefficients[0].is_zero(), "the Legendre transform is made for K(0) = 0");
        self.diff().revert().integrate()
    }
}

impl Add for &PowerSeries {
    type Output = PowerSeries;
    fn add(self, other: &PowerSeries) -> PowerSeries {
        PowerSeries { coefficients: self.coefficients.iter().zip(&other.coefficients).map(|(a, b)| a + b).collect() }
    }
}

impl Sub for &PowerSeries {
    type Output = PowerSeries;
    fn sub(self, other: &PowerSeries) -> PowerSeries {
        self + &-other
    }
}

impl Neg for &PowerSeries {
    type Output = PowerSeries;
    fn neg(self) -> PowerSeries {
        self.scale(&Poly::int(-1))
    }
}

impl Mul for &PowerSeries {
    type Output = PowerSeries;
    fn mul(self, other: &PowerSeries) -> PowerSeries {
        PowerSeries::from_fn(self.order().min(other.order()), |n| {
            let terms = (0..=n).filter(|&k| !self.coefficients[k].is_zero() && !other.coefficients[n - k].is_zero());
            terms.fold(Poly::int(0), |sum, k| sum + &self.coefficients[k] * &other.coefficients[n - k])
        })
    }
}

impl super::Exact for PowerSeries {
    fn terms(&self) -> usize {
        self.coefficients.iter().map(Poly::terms).sum()
    }

    fn mathml(&self) -> String {
        let nonzero = self.coefficients.iter().enumerate().filter(|(_, c)| !c.is_zero());
        let power = |k: usize| match k {
            0 => String::new(),
            1 => "<mi>z</mi>".to_string(),
            k => format!("<msup><mi>z</mi><mn>{k}</mn></msup>"),
        };
        let term = |(k, c): (usize, &Poly)| {
            let factor = match c.terms() {
                1 if k > 0 && *c == Poly::int(1) => String::new(),
                1 => c.mathml(),
                _ => format!("<mo>(</mo>{}<mo>)</mo>", c.mathml()),
            };
            format!("{factor}{}<mo>+</mo>", power(k))
        };
        let sum = nonzero.map(term).collect::<String>().replace("<mo>+</mo><mo>−</mo>", "<mo>−</mo>");
        format!("{sum}<mi>O</mi><mo>(</mo><msup><mi>z</mi><mn>{}</mn></msup><mo>)</mo>", self.coefficients.len())
    }
}

/// Lowest order first: `1/2·z² − … + O(z⁵)`, sums in parentheses.
impl std::fmt::Display for PowerSeries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut sum = String::new();
        for (k, c) in self.coefficients.iter().enumerate().filter(|(_, c)| !c.is_zero()) {
            let power = if k == 0 { Poly::int(1) } else { Poly::var("z").pow(k as u32) };
            sum += &match c.to_string() {
                factor if factor.contains(' ') => format!("({factor})·{power} + "),
                _ => format!("{} + ", c * &power),
            };
        }
        write!(f, "{}O({})", sum.replace("+ −", "− "), Poly::var("z").pow(self.coefficients.len() as u32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ORDER: usize = 7;

    /// PowerSeries without constant term, with the given linear coefficient's range; some
    /// coefficients carry a symbol.
    fn series(first: std::ops::Range<i64>) -> impl Strategy<Value = PowerSeries> {
        (first, proptest::collection::vec((-4i64..5, 1i64..4, proptest::bool::ANY), ORDER - 1)).prop_map(
            |(c1, rest)| {
                let tail = rest
                    .into_iter()
                    .map(|(p, q, symbol)| if symbol { Poly::ratio(p, q) * Poly::var("g") } else { Poly::ratio(p, q) });
                PowerSeries::new([Poly::int(0), Poly::int(c1)].into_iter().chain(tail).collect())
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, rng_algorithm: prop::test_runner::RngAlgorithm::ChaCha, ..ProptestConfig::with_cases(24) })]

        #[test]
        fn ring_laws(a in series(-3..4), b in series(-3..4), c in series(-3..4)) {
            prop_assert_eq!(&a * &b, &b * &a);
            prop_assert_eq!(&(&a * &b) * &c, &a * &(&b * &c));
            prop_assert_eq!(&a * &(&b + &c), &(&a * &b) + &(&a * &c));
            prop_assert_eq!(&a - &a, PowerSeries::constant(ORDER, &Poly::int(0)));
        }

        #[test]
        fn exp_and_ln_undo_each_other(a in series(-3..4), b in series(-3..4)) {
            prop_assert_eq!(a.exp().ln(), a.clone());
            prop_assert_eq!(&a.exp() * &b.exp(), (&a + &b).exp());
        }

        #[test]
        fn product_and_chain_rule(a in series(-3..4), b in series(-3..4)) {
            let lower = |s: &PowerSeries| PowerSeries::from_fn(ORDER - 1, |k| s.coefficient(k));
            prop_assert_eq!((&a * &b).diff(), &(&a.diff() * &lower(&b)) + &(&lower(&a) * &b.diff()));
            prop_assert_eq!(a.compose(&b).diff(), &a.diff().compose(&lower(&b)) * &b.diff());
        }

        #[test]
        fn reversion_is_its_own_inverse(a in series(1..4)) {
            let g = a.revert();
            prop_assert_eq!(a.compose(&g), PowerSeries::variable(ORDER));
            prop_assert_eq!(g.revert(), a);
        }

        #[test]
        fn the_legendre_transform_is_its_own_inverse(a in series(1..4)) {
            let k = a.integrate();
            prop_assert_eq!(k.legendre().legendre(), k);
        }
    }

    fn of(coefficients: &[i64]) -> PowerSeries {
        PowerSeries::new(coefficients.iter().map(|&c| Poly::int(c)).collect())
    }

    #[test]
    fn operations_are_those_by_hand() {
        let (f, g) = (of(&[0, 2, 3]), of(&[1, -1, 4]));
        assert_eq!((&f + &g, &f - &g, -&f), (of(&[1, 1, 7]), of(&[-1, 3, -1]), of(&[0, -2, -3])));
        // (2z + 3z²)(1 − z) = 2z + z²; the lower order counts.
        assert_eq!((&f * &g, &f * &of(&[1, -1])), (of(&[0, 2, 1]), of(&[0, 2])));
        assert_eq!((f.scale(&Poly::int(-2)), PowerSeries::variable(3)), (of(&[0, -4, -6]), of(&[0, 1, 0, 0])));
        assert_eq!((PowerSeries::constant(2, &Poly::int(5)), f.order()), (of(&[5, 0, 0]), 2));
        // f' = 2 + 6z, of an order less, but not below 0; ∫ (2 + 6z) = 2z + 3z².
        assert_eq!((f.diff(), of(&[7]).diff(), of(&[7, 8]).diff()), (of(&[2, 6]), of(&[0]), of(&[8])));
        assert_eq!(f.diff().integrate(), f);
        assert_eq!(f.coefficient(3), Poly::int(0));
        let z = Poly::var("z");
        assert_eq!(g.to_poly("z"), Poly::int(1) - &z + Poly::int(4) * &z * &z);
        assert_eq!(PowerSeries::of_poly(&g.to_poly("z"), "z", 3), of(&[1, -1, 4, 0]));
        assert_eq!(PowerSeries::of_poly(&g.to_poly("z"), "z", 1), of(&[1, -1]));
        // g(f) = 1 − 2z − 3z² + 16z²; to the order of the outer series.
        assert_eq!((g.compose(&f), g.compose(&of(&[0, 2]))), (of(&[1, -2, 13]), of(&[1, -2, 16])));
        // exp(2z + 3z²) = 1 + 2z + 5z²; ln(1 − z + 4z²) = −z + 7/2 z².
        assert_eq!(f.exp(), of(&[1, 2, 5]));
        assert_eq!(g.ln(), PowerSeries::new(vec![Poly::int(0), Poly::int(-1), Poly::ratio(7, 2)]));
        // cosh z = 1 + z²/2.
        assert_eq!(PowerSeries::cosh(3).to_poly("z"), Poly::int(1) + Poly::ratio(1, 2) * &z * &z);
        // 2z + 3z² = w: z = w/2 − 3w²/8.
        assert_eq!(f.revert(), PowerSeries::new(vec![Poly::int(0), Poly::ratio(1, 2), Poly::ratio(-3, 8)]));
    }

    #[test]
    fn series_are_printed_from_the_lowest_order_on() {
        let g = Poly::var("g");
        let coefficients = vec![Poly::int(1), Poly::int(1), Poly::int(0), Poly::int(-2), &g + Poly::int(1), g];
        let series = PowerSeries::new(coefficients);
        // By hand.
        assert_eq!(series.to_string(), "1 + z − 2·z³ + (g + 1)·z⁴ + g·z⁵ + O(z⁶)");
        assert_eq!(crate::symbolic::Exact::terms(&series), 6);
        let power = |k: u32| format!("<msup><mi>z</mi><mn>{k}</mn></msup>");
        let expected = format!(
            "<mn>1</mn><mo>+</mo><mi>z</mi><mo>−</mo><mn>2</mn>{}<mo>+</mo>\
             <mo>(</mo><mi>g</mi><mo>+</mo><mn>1</mn><mo>)</mo>{}<mo>+</mo><mi>g</mi>{}<mo>+</mo>\
             <mi>O</mi><mo>(</mo>{}<mo>)</mo>",
            power(3),
            power(4),
            power(5),
            power(6)
        );
        assert_eq!(crate::symbolic::Exact::mathml(&series), expected);
    }

    #[test]
    fn series_that_an_operation_does_not_exist_for_are_mistakes() {
        type Make = fn() -> PowerSeries;
        let wrong: [(Make, &str); 6] = [
            (|| PowerSeries::new(Vec::new()), "at least a constant term"),
            (|| of(&[1, 1]).exp(), "without constant term"),
            (|| of(&[2, 1]).ln(), "starts with 1"),
            (|| of(&[0, 1]).compose(&of(&[1, 1])), "without constant term"),
            (|| of(&[1, 1]).revert(), "without constant term"),
            (|| of(&[1, 0, 1]).legendre(), "K(0) = 0"),
        ];
        for (make, word) in wrong {
            let panic = std::panic::catch_unwind(make).expect_err(word);
            let said = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
            assert!(said.is_some_and(|said| said.contains(word)), "{word}: {said:?}");
        }
    }

    #[test]
    fn known_series_to_order_twelve() {
        // ln cosh: tangent numbers 1, 2, 16, 272, 7936, 353792 over (2k)!, signs alternating;
        // standard tables.
        let k = PowerSeries::cosh(12).ln();
        let tangent = [1, 2, 16, 272, 7936, 353_792];
        let factorial = |n: i64| (1..=n).product::<i64>();
        for (i, t) in tangent.into_iter().enumerate() {
            let sign = if i % 2 == 0 { 1 } else { -1 };
            assert_eq!(k.coefficient(2 * i + 2), Poly::ratio(sign * t, factorial(2 * i as i64 + 2)));
        }
        // The Legendre transform of ln cosh t is ∫ artanh x = x²/2 + x⁴/12 + … + x^(2i)/(2i(2i−1)),
        // to order 12.
        let entropy = k.legendre();
        for i in 1..=6 {
            assert_eq!(entropy.coefficient(2 * i), Poly::ratio(1, (2 * i * (2 * i - 1)) as i64));
        }
        // by hand: the Legendre transform of t²/2 is x²/2; of c₂ t², x²/(4 c₂)
        let quadratic = PowerSeries::new(vec![Poly::int(0), Poly::int(0), Poly::ratio(1, 8)]);
        assert_eq!(quadratic.legendre().coefficient(2), Poly::int(2));
    }
}
