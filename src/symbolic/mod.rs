//! Exact algebra: rationals, polynomials, rational functions, Wick sums. No floating point inside.
//!
//! A [`Derivation`] is a chain of identities between expressions that are computed on both sides
//! and compared exactly.

pub mod cumulant;
pub mod formula;
pub mod gcd;
pub mod haar;
pub mod matrix;
pub mod poly;
pub mod ratio;
pub mod series;
pub mod wick;

use poly::Poly;
use std::fmt::Display;

/// An expression with exact equality and two printed forms: Unicode (`Display`) and MathML.
pub trait Exact: Display + PartialEq {
    /// Number of terms, by which long expressions are abbreviated.
    fn terms(&self) -> usize;

    /// The inside of a MathML `mrow`.
    fn mathml(&self) -> String;
}

impl Exact for Poly {
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
    /// The left side as it was put, before anything was multiplied out.
    pub before: String,
    /// What it must be, in lowest terms; of very many terms their number.
    pub after: String,
    /// The identity as printed mathematics: `before = after`, or `before = found ≠ after` when it
    /// fails.
    pub shown: String,
    /// The same as a MathML element.
    pub mathml: String,
    /// Whether both sides are exactly equal.
    pub holds: bool,
}

/// One side of a step as text, or its number of terms where they are very many.
fn plain<T: Exact>(side: &T) -> String {
    if side.terms() > MOST_TERMS { format!("[{} terms]", side.terms()) } else { side.to_string() }
}

/// The same as the inside of a MathML `mrow`.
fn math<T: Exact>(side: &T) -> String {
    if side.terms() > MOST_TERMS { format!("<mtext>{}</mtext>", plain(side)) } else { side.mathml() }
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

    /// Adds the step `left = right`, whether it holds or not. `before` says in the field's notation
    /// what `left` was computed from, since both sides print alike once they are multiplied out.
    ///
    /// # Example
    /// ```
    /// use rbm_landscape::symbolic::{Derivation, poly::Poly};
    /// let x = Poly::var("x");
    /// let mut steps = Derivation::new();
    /// steps.equal("product rule", "d(x·x)/dx", &(&x * &x).diff("x"), &(Poly::int(2) * &x));
    /// assert!(steps.holds());
    /// assert_eq!(steps.steps[0].shown, "d(x·x)/dx = 2·x");
    /// ```
    pub fn equal<T: Exact>(&mut self, name: &str, before: &str, left: &T, right: &T) {
        let holds = left == right;
        let (found, mathml) = match holds {
            true => (String::new(), String::new()),
            false => (format!("{} ≠ ", plain(left)), format!("{}<mo>≠</mo>", math(left))),
        };
        self.steps.push(Step {
            name: name.to_string(),
            before: before.to_string(),
            after: plain(right),
            shown: format!("{before} = {found}{}", plain(right)),
            mathml: format!("<math><mrow>{}<mo>=</mo>{mathml}{}</mrow></math>", formula::mathml(before), math(right)),
            holds,
        });
    }

    /// Adds the step `value = Σ weight · root² ≥ 0`, whether it holds or not: the sum must equal
    /// the value, and every weight must be plainly positive, which is to have positive coefficients
    /// and odd powers of the variables in `positive` only. It is `> 0` where some root is a
    /// constant.
    ///
    /// # Example
    /// ```
    /// use rbm_landscape::symbolic::{Derivation, poly::Poly};
    /// let (s, x) = (Poly::var("s"), Poly::var("x"));
    /// let mut steps = Derivation::new();
    /// let value = &s * (&x * &x - Poly::int(2) * &x + Poly::int(1)); // by hand: s(x − 1)²
    /// steps.sum_of_squares("never negative, s > 0", &value, &[(&s, &(&x - Poly::int(1)))], &["s"]);
    /// assert!(steps.holds());
    /// assert_eq!(steps.steps[0].shown, "s·x² − 2·s·x + s = s·(x − 1)² ≥ 0");
    /// ```
    pub fn sum_of_squares(&mut self, name: &str, value: &Poly, squares: &[(&Poly, &Poly)], positive: &[&str]) {
        let sum = squares.iter().fold(Poly::int(0), |sum, (weight, root)| sum + *weight * root.pow(2));
        let weighed = squares.iter().all(|(weight, _)| weight.is_plainly_positive(positive));
        let equal = sum == *value;
        let strict = squares.iter().any(|(_, root)| !root.is_zero() && root.variables().is_empty());
        let sign = if equal { "=" } else { "≠" };
        let compared = match (equal && weighed, strict) {
            (true, true) => "> 0",
            (true, false) => "≥ 0",
            (false, _) => "is not shown to be positive",
        };
        // A weight of 1 is not written, and one term needs no brackets.
        let terms = squares.iter().map(|(weight, root)| {
            let weight = match weight.terms() {
                1 if **weight == Poly::int(1) => String::new(),
                1 => format!("{}·", plain(*weight)),
                _ => format!("({})·", plain(*weight)),
            };
            format!("{weight}({})²", plain(*root))
        });
        let written = squares.iter().map(|(weight, root)| {
            let bracket = |side: &Poly| format!("<mrow><mo>(</mo>{}<mo>)</mo></mrow>", math(side));
            let weight = match weight.terms() {
                1 if **weight == Poly::int(1) => String::new(),
                1 => math(*weight),
                _ => bracket(weight),
            };
            format!("{weight}<msup>{}<mn>2</mn></msup>", bracket(root))
        });
        let (before, after) = (plain(value), terms.collect::<Vec<_>>().join(" + "));
        self.steps.push(Step {
            name: name.to_string(),
            shown: format!("{before} {sign} {after} {compared}"),
            before,
            after,
            mathml: format!(
                "<math><mrow>{}<mo>{sign}</mo>{}<mtext> {}</mtext></mrow></math>",
                math(value),
                written.collect::<Vec<_>>().join("<mo>+</mo>"),
                compared.replace('>', "&gt;"),
            ),
            holds: equal && weighed,
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
        steps.equal("first", "1 + x", &sum(2), &sum(2));
        assert!(steps.holds());
        steps.equal("second", "1·1 & 0 < 1", &sum(1), &sum(2));
        steps.equal("third", "x·x + x + 1", &sum(3), &sum(3));
        assert!(!steps.holds());
        let found: Vec<(&str, &str, bool)> =
            steps.steps.iter().map(|step| (&*step.name, &*step.shown, step.holds)).collect();
        let second = "1·1 & 0 < 1 = 1 ≠ x + 1";
        assert_eq!(found[..2], [("first", "1 + x = x + 1", true), ("second", second, false)]);
        let space = "<mspace width=\"0.17em\"/>";
        let signs = format!("<mn>1</mn>{space}<mo>&amp;</mo>{space}<mn>0</mn>{space}<mo>&lt;</mo>{space}<mn>1</mn>");
        let before = format!("<math><mrow><mn>1</mn><mo>·</mo>{signs}<mo>=</mo>");
        let after = "<mn>1</mn><mo>≠</mo><mi>x</mi><mo>+</mo><mn>1</mn></mrow></math>";
        assert_eq!(steps.steps[1].mathml, format!("{before}{after}"));
        let sides: Vec<(&str, &str)> = steps.steps.iter().map(|step| (&*step.before, &*step.after)).collect();
        assert_eq!(sides[2], ("x·x + x + 1", "x² + x + 1"));
    }

    #[test]
    fn a_sum_of_squares_is_positive_with_positive_weights_only() {
        let [s, x, y] = ["s", "x", "y"].map(Poly::var);
        let one = Poly::int(1);
        let (apart, both) = (&x - &y, &(&x * &x) + &(&y * &y));
        let of = |value: &Poly, squares: &[(&Poly, &Poly)], positive: &[&str]| {
            let mut steps = Derivation::new();
            steps.sum_of_squares("?", value, squares, positive);
            (steps.holds(), steps.steps.remove(0).shown)
        };
        // By hand: x² − 2xy + y² is a square, and may be 0.
        let square = &both - &(Poly::int(2) * &x * &y);
        assert_eq!(of(&square, &[(&one, &apart)], &[]), (true, "x² − 2·x·y + y² = (x − y)² ≥ 0".into()));
        // Even powers need no sign, and a constant root makes it strict.
        let sum = &both + &one;
        assert_eq!(of(&sum, &[(&sum, &one)], &[]), (true, "x² + y² + 1 = (x² + y² + 1)·(1)² > 0".into()));
        // Odd powers need one: s is of either sign unless it is given as positive.
        assert!(of(&s, &[(&s, &one)], &["s"]).0 && !of(&s, &[(&s, &one)], &[]).0 && !of(&s, &[(&s, &one)], &["x"]).0);
        // Another sum, a negative or no weight show nothing.
        let shown = "x² − 2·x·y + y² ≠ (x)² is not shown to be positive";
        assert_eq!(of(&square, &[(&one, &x)], &[]), (false, shown.into()));
        assert!(!of(&-&square, &[(&-&one, &apart)], &[]).0);
        assert!(!of(&(&x - &one), &[(&(&x - &one), &one)], &["x"]).0);
        assert!(!of(&square, &[], &[]).0 && !of(&Poly::int(0), &[(&Poly::int(0), &x)], &[]).0);
    }

    #[test]
    fn sides_of_more_than_thirty_terms_are_given_by_their_number() {
        let mut steps = Derivation::new();
        steps.equal("long", "Σ xᵏ", &sum(31), &sum(30));
        let step = &steps.steps[0];
        let start = "Σ xᵏ = [31 terms] ≠ x²⁹ + x²⁸ + ";
        assert!(step.shown.starts_with(start) && step.shown.ends_with(" + x + 1"), "{step:?}");
        let sum = format!("<math><mrow>{}<mo>=</mo>", formula::mathml("Σ xᵏ"));
        let start = format!("{sum}<mtext>[31 terms]</mtext><mo>≠</mo><msup>");
        assert!(step.mathml.starts_with(&start), "{step:?}");
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
