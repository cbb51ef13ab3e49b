//! Exact algebra: rationals, polynomials, rational functions, Wick sums. No floating point inside.
//!
//! A [`Derivation`] is a chain of identities between expressions that are computed on both sides and compared exactly.

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
    /// The identity as printed mathematics, `left = right` (or `left ≠ right` when it fails); sides of very many terms are
    /// given by their number.
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
