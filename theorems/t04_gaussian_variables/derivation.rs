//! The derivation.

use super::falsifiers;
use crate::claim::{Case, CheckError};
use crate::symbolic::Derivation;
use crate::symbolic::cumulant;
use crate::symbolic::haar;
use crate::symbolic::poly::Poly;
use crate::symbolic::ratio::RatFn;
use crate::symbolic::series::PowerSeries;

pub(super) fn derive(case: Case<'_>) -> Result<Derivation, CheckError> {
    let mut steps = Derivation::new();
    let int = Poly::int;
    let half = Poly::ratio(1, 2);
    // ln cosh(z/2) generates the cumulants of a centred fair bit.
    let bit = PowerSeries::cosh(8).ln().compose(&PowerSeries::variable(8).scale(&half));
    for n in 2..=8u32 {
        let factorial = int((1..=i64::from(n)).product());
        let name = format!("{n}! [z^{n}] ln cosh(z/2) = κ_{n} of a fair bit, by κ_(n+1) = p(1−p) dκ_n/dp");
        let before = format!("{n}!·[z^{n}] ln cosh(z/2)");
        steps.equal(&name, &before, &(factorial * bit.coefficient(n as usize)), &cumulant::fair_bit(n));
    }
    // Two modes: Σ_j ln cosh((t U_ji + s U_jk)/2); U and V stand for the entries of one unit.
    let [t, s, u, v] = ["t", "s", "U", "V"].map(Poly::var);
    let field = &t * &u + &s * &v;
    let joint = |order: usize| bit.coefficient(order) * field.pow(order as u32);
    let second = joint(2);
    let sum_over_units = |p: &Poly| {
        // Σ U² = Σ V² = 1 and Σ UV = 0: columns of an orthogonal matrix.
        p.coefficient("U", 2).coefficient("V", 0) + p.coefficient("V", 2).coefficient("U", 0)
    };
    let variance = if case.is(&falsifiers::DEVIATION_FOR_VARIANCE) { half.clone() } else { Poly::ratio(1, 4) };
    steps.equal(
        "second order of Σ_j ln cosh((tU_ji + sU_jk)/2): the covariance is I/4",
        "[z²] ln cosh(z/2) · Σ_j (t·U_ji + s·U_jk)² (columns orthonormal)",
        &sum_over_units(&second),
        &(&half * &variance * (&t * &t + &s * &s)),
    );
    let fourth = int(24) * joint(4).coefficient("t", 4).coefficient("s", 0);
    let kappa = Poly::var("κ");
    let kappa4 = fourth.coefficient("U", 4) * &kappa;
    steps.equal(
        "the fourth cumulant of x_i is −κ_i/8, κ_i = Σ_j U_ji⁴",
        "4!·[t⁴s⁰] Σ_j ln cosh((t·U_ji + s·U_jk)/2) (κ for Σ_j U_ji⁴)",
        &kappa4,
        &(Poly::ratio(-1, 8) * &kappa),
    );
    let excess = RatFn::new(kappa4, &variance * &variance);
    steps.equal(
        "the excess kurtosis is −2κ_i",
        "(fourth cumulant of x_i)/(variance of x_i)²",
        &excess,
        &RatFn::from(int(-2) * &kappa),
    );
    let n = Poly::var("N");
    let fourth_moment = if case.is(&falsifiers::INDEPENDENT_NORMAL_ENTRIES) {
        RatFn::new(int(3), &n * &n)
    } else {
        haar::one_column(&[4])
    };
    let mean_kappa = RatFn::from(n.clone()) * fourth_moment;
    let below = &n + int(2);
    steps.equal(
        "the Haar mean of the kurtosis is 3 − 6/(N+2)",
        "3 + (fourth cumulant of x_i)/(variance of x_i)² (N·E U_ji⁴ for κ)",
        &(RatFn::from(int(3)) + excess.substitute("κ", &mean_kappa)),
        &(RatFn::from(int(3)) - RatFn::new(int(6), below)),
    );
    Ok(steps)
}
