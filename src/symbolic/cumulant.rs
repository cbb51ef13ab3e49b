//! Cumulants of bits and of linear forms in independent bits.

use super::poly::Poly;

/// κ_n of a Bernoulli variable of mean `p`, a polynomial in `p`, n >= 1: κ₁ = p, κ_(n+1) = p(1−p)
/// dκ_n/dp.
///
/// The variance of an exponential family is the derivative of its mean, and so on for every further
/// cumulant.
///
/// # Example
/// ```
/// use rbm_landscape::symbolic::cumulant::bernoulli;
/// assert_eq!(bernoulli(2).to_string(), "−p² + p"); // by hand: p(1 − p)
/// ```
pub fn bernoulli(n: u32) -> Poly {
    let p = Poly::var("p");
    let slope = &p * (Poly::int(1) - &p);
    (1..n).fold(p, |kappa, _| &slope * kappa.diff("p"))
}

/// κ_n of a fair bit: 1/2, 1/4, 0, −1/8, 0, 1/4, 0, −17/16 for n = 1..8.
pub fn fair_bit(n: u32) -> Poly {
    bernoulli(n).substitute("p", &Poly::ratio(1, 2))
}

/// Joint cumulant of linear forms Σ_j c_j b_j in independent fair bits, per bit: κ_n Π c^a for the
/// forms' coefficients c at that bit, each taken `a` times, n = Σ a >= 2. Summed over bits it is
/// the joint cumulant.
///
/// # Example
/// ```
/// use rbm_landscape::symbolic::{cumulant::joint, poly::Poly};
/// let (u, v) = (Poly::var("U"), Poly::var("V"));
/// assert_eq!(joint(&[(&u, 2), (&v, 2)]).to_string(), "−1/8·U²·V²"); // κ₄ = −1/8
/// ```
pub fn joint(forms: &[(&Poly, u32)]) -> Poly {
    let n = forms.iter().map(|(_, a)| a).sum();
    forms.iter().fold(fair_bit(n), |product, (c, a)| product * c.pow(*a))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cumulants_agree_with_moments() {
        // κ₄ = m₄ − 4m₃m₁ − 3m₂² + 12m₂m₁² − 6m₁⁴ (standard), all moments of a bit equal p.
        let p = Poly::var("p");
        let int = Poly::int;
        let by_moments = &p - int(4) * &p * &p - int(3) * &p * &p + int(12) * &p * p.pow(2) - int(6) * p.pow(4);
        assert_eq!(bernoulli(4), by_moments);
    }

    #[test]
    fn joint_cumulants_take_every_form_as_often_as_asked() {
        // By hand: κ₂ = 1/4 and κ₄ = −1/8 of a fair bit, κ₃ = 0; κ₆ = 1/4.
        let (u, v) = (Poly::var("U"), Poly::var("V"));
        assert_eq!(joint(&[(&u, 1), (&v, 1)]), Poly::ratio(1, 4) * &u * &v);
        assert_eq!(joint(&[(&u, 3), (&v, 1)]), Poly::ratio(-1, 8) * u.pow(3) * &v);
        assert_eq!(joint(&[(&u, 2), (&v, 4)]), Poly::ratio(1, 4) * u.pow(2) * v.pow(4));
        assert_eq!(joint(&[(&u, 2), (&v, 1)]), Poly::int(0));
    }

    #[test]
    fn a_fair_bit_has_the_cumulants_of_the_tables() {
        // 1/2^n times 1, 1, 0, −2, 0, 16, 0, −272: tangent numbers, Abramowitz & Stegun 4.5.64
        for (n, (p, q)) in
            [(1, 2), (1, 4), (0, 1), (-2, 16), (0, 1), (16, 64), (0, 1), (-272, 256)].into_iter().enumerate()
        {
            assert_eq!(fair_bit(n as u32 + 1), Poly::ratio(p, q));
        }
    }
}
