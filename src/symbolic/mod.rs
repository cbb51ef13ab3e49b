//! Exact algebra: rationals, polynomials, rational functions, Wick sums. No floating point inside.
//!
//! A [`Derivation`] is a chain of identities between expressions that are computed on both sides
//! and compared exactly.

pub mod cumulant;
pub mod gcd;
pub mod haar;
pub mod matrix;
pub mod poly;
pub mod ratio;
pub mod series;
pub mod wick;

use std::fmt::Display;

/// An expression with exact equality and two printed forms: Unicode (`Display`) and MathML.
pub trait Exact: Display + PartialEq {
    /// Number of terms, by which long expressions are abbreviated.
    fn terms(&self) -> usize;

    /// The inside of a MathML `mrow`.
    fn mathml(&self) -> String;
}

impl Exact for poly::Poly {
    fn terms(&self) -> usize {
        self.terms()
    }

    fn mathml(&self) -> String {
        self.mathml()
    }
}

impl Exact for ratio::RatFn {
    fn terms(&self) -> usize {
        self.terms()
    }

    fn mathml(&self) -> String {
        self.mathml()
    }
}

/// Sides with more terms are not written out.
const MOST_TERMS: usize = 30;

/// One identity, checked exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What the step says, in words.
    pub name: String,
    /// The identity as printed mathematics, `left = right` (or `left ≠ right` when it fails); sides
    /// of very many terms are given by their number.
    pub shown: String,
    /// The same as a MathML element.
    pub mathml: String,
    /// Whether both sides are exactly equal.
    pub holds: bool,
}

/// A chain of exactly checked identities.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Derivation {
    /// The steps in order.
    pub steps: Vec<Step>,
}

impl Derivation {
    /// A derivation without steps.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the step `left = right`, whether it holds or not.
    ///
    /// # Example
    /// ```
    /// use rbm_landscape::symbolic::{Derivation, poly::Poly};
    /// let x = Poly::var("x");
    /// let mut steps = Derivation::new();
    /// steps.equal("product rule", &(&x * &x).diff("x"), &(Poly::int(2) * &x));
    /// assert!(steps.holds());
    /// assert_eq!(steps.steps[0].shown, "2·x = 2·x");
    /// ```
    pub fn equal<T: Exact>(&mut self, name: &str, left: &T, right: &T) {
        let holds = left == right;
        let sign = if holds { "=" } else { "≠" };
        let long = |side: &T| side.terms() > MOST_TERMS;
        let count = |side: &T| format!("[{} terms]", side.terms());
        let plain = |side: &T| if long(side) { count(side) } else { side.to_string() };
        let math = |side: &T| {
            if long(side) { format!("<mtext>{}</mtext>", count(side)) } else { side.mathml() }
        };
        self.steps.push(Step {
            name: name.to_string(),
            shown: format!("{} {sign} {}", plain(left), plain(right)),
            mathml: format!("<math><mrow>{}<mo>{sign}</mo>{}</mrow></math>", math(left), math(right)),
            holds,
        });
    }

    /// True when there is at least one step and every step holds.
    pub fn holds(&self) -> bool {
        !self.steps.is_empty() && self.steps.iter().all(|step| step.holds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use poly::Poly;
    use ratio::RatFn;
    use series::PowerSeries;

    /// 1 + x + … with so many terms.
    fn sum(terms: u32) -> Poly {
        (0..terms).fold(Poly::int(0), |sum, k| sum + Poly::var("x").pow(k))
    }

    #[test]
    fn a_derivation_holds_when_it_has_steps_and_all_of_them_do() {
        let mut steps = Derivation::new();
        assert!(!steps.holds());
        steps.equal("first", &sum(2), &sum(2));
        assert!(steps.holds());
        steps.equal("second", &sum(1), &sum(2));
        steps.equal("third", &sum(3), &sum(3));
        assert!(!steps.holds());
        let found: Vec<(&str, &str, bool)> =
            steps.steps.iter().map(|step| (&*step.name, &*step.shown, step.holds)).collect();
        assert_eq!(found[..2], [("first", "x + 1 = x + 1", true), ("second", "1 ≠ x + 1", false)]);
        let math = "<math><mrow><mn>1</mn><mo>≠</mo><mi>x</mi><mo>+</mo><mn>1</mn></mrow></math>";
        assert_eq!(steps.steps[1].mathml, math);
    }

    #[test]
    fn sides_of_more_than_thirty_terms_are_given_by_their_number() {
        let mut steps = Derivation::new();
        steps.equal("long", &sum(31), &sum(30));
        let step = &steps.steps[0];
        assert!(step.shown.starts_with("[31 terms] ≠ x²⁹ + x²⁸ + ") && step.shown.ends_with(" + x + 1"), "{step:?}");
        assert!(step.mathml.starts_with("<math><mrow><mtext>[31 terms]</mtext><mo>≠</mo><msup>"), "{step:?}");
        assert!(step.mathml.ends_with("<mi>x</mi><mo>+</mo><mn>1</mn></mrow></math>"), "{step:?}");
    }

    #[test]
    fn every_kind_of_expression_is_counted_and_written() {
        fn of<T: Exact>(side: &T) -> (usize, String) {
            (side.terms(), side.mathml())
        }
        // By hand.
        assert_eq!(of(&sum(2)), (2, "<mi>x</mi><mo>+</mo><mn>1</mn>".to_string()));
        let fraction = RatFn::new(Poly::int(1), sum(2));
        let written = "<mfrac><mrow><mn>1</mn></mrow><mrow><mi>x</mi><mo>+</mo><mn>1</mn></mrow></mfrac>";
        assert_eq!(of(&fraction), (3, written.to_string()));
        let written = "<mi>z</mi><mo>+</mo><mi>O</mi><mo>(</mo><msup><mi>z</mi><mn>2</mn></msup><mo>)</mo>";
        assert_eq!(of(&PowerSeries::variable(1)), (1, written.to_string()));
    }
}
