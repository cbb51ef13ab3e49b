//! Greatest common divisors of polynomials, for fractions in lowest terms.

use super::poly::Poly;

/// The greatest common divisor of two polynomials over the rationals, up to a rational factor;
/// gcd(0, q) = q.
///
/// Recursive: in one variable at a time, by the primitive remainder sequence.
///
/// # Source
/// D. E. Knuth, The Art of Computer Programming 2, section 4.6.1, algorithm E.
///
/// # Example
/// ```
/// use rbm_landscape::symbolic::{gcd::gcd, poly::Poly};
/// let (x, y) = (Poly::var("x"), Poly::var("y"));
/// // by hand: x² − y² and (x + y)² share x + y
/// let common = gcd(&(&x * &x - &y * &y), &(&x + &y).pow(2));
/// assert_eq!(common.degree("x"), 1);
/// ```
pub fn gcd(a: &Poly, b: &Poly) -> Poly {
    if a.is_zero() {
        return b.clone();
    }
    if b.is_zero() {
        return a.clone();
    }
    let Some(&x) = a.variables().iter().chain(&b.variables()).next() else { return Poly::int(1) };
    let (content_a, content_b) = (content(a, x), content(b, x));
    let contents = gcd(&content_a, &content_b);
    let primitive = |p: &Poly, content: &Poly| divide(p, content).unwrap_or_else(|| p.clone());
    let (mut a, mut b) = (primitive(a, &content_a), primitive(b, &content_b));
    if a.degree(x) < b.degree(x) {
        std::mem::swap(&mut a, &mut b);
    }
    while b.degree(x) > 0 {
        let rest = pseudo_remainder(&a, &b, x);
        if rest.is_zero() {
            return contents * b;
        }
        let content = content(&rest, x);
        (a, b) = (b, primitive(&rest, &content));
    }
    contents
}

/// Common divisor of the coefficients of the powers of x.
fn content(p: &Poly, x: &'static str) -> Poly {
    p.collect(x).values().fold(Poly::int(0), |common, c| gcd(&common, c))
}

/// Remainder of lc(b)^k a by b in x, for whatever k makes it a polynomial.
fn pseudo_remainder(a: &Poly, b: &Poly, x: &'static str) -> Poly {
    let degree = b.degree(x);
    let lead = b.coefficient(x, degree);
    let mut rest = a.clone();
    while !rest.is_zero() && rest.degree(x) >= degree {
        let top = rest.degree(x);
        let step = rest.coefficient(x, top) * Poly::var(x).pow(top - degree);
        rest = &rest * &lead - step * b;
    }
    rest
}

/// p/q when q divides p without remainder.
pub fn divide(p: &Poly, q: &Poly) -> Option<Poly> {
    if q.is_zero() {
        return None;
    }
    if p.is_zero() {
        return Some(p.clone());
    }
    let Some(&x) = q.variables().iter().next() else { return Some(p * q.reciprocal()) };
    let degree = q.degree(x);
    let lead = q.coefficient(x, degree);
    let (mut rest, mut quotient) = (p.clone(), Poly::int(0));
    while !rest.is_zero() {
        let top = rest.degree(x);
        let power = top.checked_sub(degree)?;
        let term = divide(&rest.coefficient(x, top), &lead)? * Poly::var(x).pow(power);
        rest = rest - &term * q;
        quotient = quotient + term;
    }
    Some(quotient)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn poly() -> impl Strategy<Value = Poly> {
        proptest::collection::vec((-3i64..4, 0u32..3, 0u32..3), 1..4).prop_map(|terms| {
            terms
                .into_iter()
                .fold(Poly::int(0), |sum, (c, i, j)| sum + Poly::int(c) * Poly::var("x").pow(i) * Poly::var("y").pow(j))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, rng_algorithm: prop::test_runner::RngAlgorithm::ChaCha, ..ProptestConfig::with_cases(64) })]

        #[test]
        fn a_common_factor_divides_the_gcd_and_the_gcd_divides_both(a in poly(), b in poly(), c in poly()) {
            prop_assume!(!a.is_zero() && !b.is_zero() && !c.is_zero());
            let (p, q) = (&a * &c, &b * &c);
            let common = gcd(&p, &q);
            prop_assert!(divide(&common, &c).is_some());
            prop_assert!(divide(&p, &common).is_some() && divide(&q, &common).is_some());
        }

        #[test]
        fn division_undoes_multiplication(a in poly(), b in poly()) {
            prop_assume!(!b.is_zero());
            prop_assert_eq!(divide(&(&a * &b), &b), Some(a.clone()));
        }
    }

    #[test]
    fn what_does_not_divide_is_said() {
        // by hand
        let (x, y) = (Poly::var("x"), Poly::var("y"));
        assert_eq!(divide(&x, &y), None);
        assert_eq!(divide(&(&x * &x + Poly::int(1)), &(&x + Poly::int(1))), None);
        assert_eq!(divide(&x, &Poly::int(0)), None);
    }
}
