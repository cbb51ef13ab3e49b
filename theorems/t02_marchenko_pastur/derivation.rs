//! The derivation.

use super::evidence::{choose, density_moment};
use super::falsifiers;
use crate::claim::{Case, CheckError};
use crate::symbolic::Derivation;
use crate::symbolic::poly::Poly;
use crate::symbolic::ratio::RatFn;
use crate::symbolic::wick;

pub(super) fn derive(case: Case<'_>) -> Result<Derivation, CheckError> {
    let [n, m, s] = ["N", "M", "s"].map(Poly::var);
    let one = Poly::int(1);
    let s2 = &s * &s;
    let s4 = &s2 * &s2;
    let crossed = if case.is(&falsifiers::CROSSED_PAIRING_DROPPED) { Poly::int(0) } else { one.clone() };
    let mut steps = Derivation::new();
    steps.equal(
        "E tr S, one pairing",
        "E tr WᵀW (sum over the pairings of 2 factors)",
        &wick::trace_moment(&[1]),
        &(&n * &m * &s2),
    );
    steps.equal(
        "E tr S², three pairings: two planar, one crossed",
        "E tr (WᵀW)² (sum over the pairings of 4 factors)",
        &wick::trace_moment(&[2]),
        &(&n * &m * (&n + &m + &crossed) * &s4),
    );
    steps.equal(
        "Var tr S = E (tr S)² − (E tr S)²",
        "E[(tr WᵀW)²] − E[tr WᵀW]² (sums over pairings)",
        &wick::trace_covariance(1, 1),
        &(Poly::int(2) * &n * &m * &s4),
    );
    steps.equal(
        "Var tr S²",
        "E[(tr (WᵀW)²)²] − E[tr (WᵀW)²]² (sums over pairings)",
        &wick::trace_covariance(2, 2),
        &(Poly::int(4)
            * &n
            * &m
            * (Poly::int(2) * &n * &n
                + Poly::int(5) * &n * &m
                + Poly::int(2) * &m * &m
                + Poly::int(5) * &n
                + Poly::int(5) * &m
                + Poly::int(5))
            * &s4
            * &s4),
    );
    steps.equal(
        "Cov(tr S, tr S²)",
        "E[tr WᵀW · tr (WᵀW)²] − E[tr WᵀW]·E[tr (WᵀW)²] (sums over pairings)",
        &wick::trace_covariance(1, 2),
        &(Poly::int(4) * &n * &m * (&n + &m + &one) * &s4 * &s2),
    );
    // The moments of t = λ²/(s² max) are the leading order of E tr Sᵏ / (r maxᵏ). Put N = L (the
    // larger side), M = qL (the smaller side) and s = 1; the coefficient of the highest power of L
    // is the limit, q m_k.
    let q = Poly::var("q");
    let large = Poly::var("L");
    let limit = |k: usize| {
        let moment = wick::trace_moment(&[k]).substitute("M", &(&q * &large)).substitute("N", &large);
        moment.substitute("s", &Poly::int(1)).coefficient("L", k as u32 + 1)
    };
    for k in 1..=5usize {
        let moment = format!("[L^{}] E tr (WᵀW)^{k} (W of L x qL standard normal entries)", k + 1);
        // The Narayana numbers C(k,i) C(k,i−1)/k, i = 1..k, count the planar pairings with i free
        // hidden indices.
        let narayana = |i: i64| Poly::ratio(choose(k as i64, i) * choose(k as i64, i - 1), k as i64);
        let sum = (1..=k as i64).fold(Poly::int(0), |sum, i| sum + narayana(i) * q.pow(i as u32));
        steps.equal(
            &format!("order {k}: q m_{k} is the sum over planar pairings, counted by Narayana numbers"),
            &moment,
            &limit(k),
            &sum,
        );
        steps.equal(
            &format!("moment method: q m_{k} is q ∫tᵏ of the Marchenko-Pastur density"),
            &format!("q ∫tᵏ ρ(t) dt (k = {k}, ρ the Marchenko-Pastur density)"),
            &(&q * density_moment(k as i64)),
            &limit(k),
        );
    }
    // Resolvent of [[0, W], [Wᵀ, 0]] at z = λ and s = 1, with one additional term for the fourth
    // cumulant κ₄ of the entries. If p is the product of the two diagonal averages, z²p = (1 + Mp +
    // κ₄Mp²)(1 + Np + κ₄Np²). At the edge z² is stationary in p.
    let [nu, eta, p, kappa] = ["ν", "η", "p", "κ₄"].map(Poly::var);
    let side = |size: &Poly| &one + size * &p + &kappa * size * p.pow(2);
    let (n2, m2) = (&nu * &nu, &eta * &eta);
    let square = RatFn::new(side(&m2) * side(&n2), p.clone());
    let none = square.substitute("κ₄", &RatFn::from(Poly::int(0)));
    let at_edge = RatFn::new(one.clone(), &nu * &eta);
    steps.equal(
        "upper edge for κ₄ = 0, s = 1: λ² is stationary at p = 1/√(NM), N = ν², M = η²",
        "∂[(1 + η²p)(1 + ν²p)/p]/∂p (at p = 1/(νη))",
        &none.diff("p").substitute("p", &at_edge),
        &RatFn::from(Poly::int(0)),
    );
    steps.equal(
        "the value of λ² at this edge is λ₊² = (√N + √M)²",
        "(1 + η²p)(1 + ν²p)/p (at p = 1/(νη))",
        &none.substitute("p", &at_edge),
        &RatFn::from((&nu + &eta).pow(2)),
    );
    let slope = square.diff("κ₄").substitute("κ₄", &RatFn::from(Poly::int(0)));
    steps.equal(
        "a fourth cumulant κ₄ of the entries moves λ₊² by κ₄ times (√N + √M)²/√(NM)",
        "∂[(1 + η²p + κ₄η²p²)(1 + ν²p + κ₄ν²p²)/p]/∂κ₄ (at κ₄ = 0, p = 1/(νη))",
        &slope.substitute("p", &at_edge),
        &RatFn::new((&nu + &eta).pow(2), &nu * &eta),
    );
    Ok(steps)
}
