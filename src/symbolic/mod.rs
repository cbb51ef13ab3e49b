//! Exact algebra: rationals, polynomials, rational functions, Wick sums. No floating point inside.

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
    /// True when there is at least one step and every step holds.
    pub fn holds(&self) -> bool {
        !self.steps.is_empty() && self.steps.iter().all(|step| step.holds)
    }
}
