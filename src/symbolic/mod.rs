//! Exact algebra: rationals, polynomials, rational functions, Wick sums. No floating point inside.
//!
//! A [`Derivation`] is a chain of identities between expressions that are computed on both sides and compared exactly.

pub mod haar;
pub mod matrix;
pub mod poly;
pub mod ratio;
pub mod series;
pub mod wick;

use std::fmt::Display;

/// An expression with exact equality and a printed form.
pub trait Exact: Display + PartialEq {}

impl<T: Display + PartialEq> Exact for T {}

/// One identity, checked exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What the step says, in words.
    pub name: String,
    /// The identity as printed mathematics, `left = right` (or `left ≠ right` when it fails).
    pub shown: String,
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
        self.steps.push(Step { name: name.to_string(), shown: format!("{left} {sign} {right}"), holds });
    }

    /// True when there is at least one step and every step holds.
    pub fn holds(&self) -> bool {
        !self.steps.is_empty() && self.steps.iter().all(|step| step.holds)
    }
}
