//! The derivation.

use super::falsifiers;
use crate::claim::{Case, CheckError};
use crate::symbolic::Derivation;
use crate::symbolic::matrix::Matrix;
use crate::symbolic::poly::Poly;
use crate::symbolic::ratio::RatFn;

pub(super) fn derive(case: Case<'_>) -> Result<Derivation, CheckError> {
    let mut steps = Derivation::new();
    let int = Poly::int;
    let half = Poly::ratio(1, 2);
    let [g, u, mu] = ["g", "u", "μ"].map(Poly::var);
    // Exponent of the weight, g = βλ; a normal law of variance 1/4 has the exponent −2(u − μ)².
    let stiffness = if case.is(&falsifiers::THRESHOLD_TWO) { int(1) } else { int(2) };
    let exponent = &half * &g * &u * &u - &stiffness * (&u - &mu).pow(2);
    let form = format!("gu²/2 − {stiffness}(u − μ)²");
    let gap = int(4) - &g;
    let centre = RatFn::new(int(4) * &mu, gap.clone());
    let shifted = RatFn::from(u.clone()) - &centre;
    let square = RatFn::from(&half * &gap) * (&shifted * &shifted);
    // g μ²/(2(1 − g/4)) = 2 g μ²/(4 − g)
    let constant = RatFn::new(int(2) * &g * &mu * &mu, gap.clone());
    steps.equal(
        "gu²/2 − 2(u − μ)² = −((4 − g)/2)(u − 4μ/(4 − g))² + gμ²/(2(1 − g/4)), g = βλ",
        &form,
        &RatFn::from(exponent.clone()),
        &(&constant - &square),
    );
    let variance = RatFn::new(int(1), gap.clone());
    steps.equal(
        "the variance is 1/(1 − g/4) times that of the prior: the log-normaliser contains −(1/2) ln(1 − g/4)",
        "4 · 1/(4 − g)",
        &(&variance * &RatFn::from(int(4))),
        &RatFn::new(int(1), int(1) - Poly::ratio(1, 4) * &g),
    );
    let d = Poly::var("δ");
    let curvature = |at: &Poly| exponent.coefficient("u", 2).substitute("g", at);
    steps.equal(
        "at g = 4 − δ the coefficient of u² is −δ/2: normalisable",
        &format!("[u²] of {form} (at g = 4 − δ)"),
        &curvature(&(int(4) - &d)),
        &(-&half * &d),
    );
    steps.equal(
        "at g = 4 + δ the coefficient of u² is +δ/2: not normalisable",
        &format!("[u²] of {form} (at g = 4 + δ)"),
        &curvature(&(int(4) + &d)),
        &(&half * &d),
    );
    let at_four = exponent.substitute("g", &int(4)) - exponent.substitute("g", &int(4)).coefficient("u", 0);
    let before = format!("4u²/2 − {stiffness}(u − μ)² (without its constant term)");
    steps.equal("at g = 4 only the drift term 4μu remains", &before, &at_four, &(int(4) * &mu * &u));
    langevin(&mut steps, case, &variance);
    sweeps(&mut steps, case);
    Ok(steps)
}

/// Mean and variance of one mode under Langevin dynamics, and at the threshold.
fn langevin(steps: &mut Derivation, case: Case<'_>, variance: &RatFn) {
    let int = Poly::int;
    let half = Poly::ratio(1, 2);
    let [u, mu] = ["u", "μ"].map(Poly::var);
    // du = −V' dt + √(2T) dB, V = −(λ/2)u² + 2T(u − μ)², T = 1/β; rate k = 4T − λ; E = e^(−kt),
    // dE/dt = −kE.
    let [temperature, l, e, m0, v0, t] = ["T", "λ", "E", "m₀", "v₀", "t"].map(Poly::var);
    let potential = -&half * &l * &u * &u + int(2) * &temperature * (&u - &mu).pow(2);
    let force = -potential.diff("u");
    let k = int(4) * &temperature - &l;
    let in_time = |f: &RatFn| &f.diff("E") * &RatFn::from(-&k * &e);
    let rest = RatFn::new(int(4) * &temperature * &mu, k.clone());
    let mean = &rest + &(&(&RatFn::from(m0) - &rest) * &RatFn::from(e.clone()));
    steps.equal(
        "m(t) = m∞ + (m₀ − m∞)e^(−kt) with m∞ = 4μ/(β k): dm/dt is the force at m",
        "d[m∞ + (m₀ − m∞)E]/dt (E = e^(−kt), m∞ = 4Tμ/k, k = 4T − λ)",
        &in_time(&mean),
        &RatFn::from(force.clone()).substitute("u", &mean),
    );
    let settled = RatFn::new(temperature.clone(), k.clone());
    let v_at_time = &settled * &RatFn::from(int(1) - &e * &e) + &RatFn::from(&v0 * &e * &e);
    let noise = if case.is(&falsifiers::NOISE_WITHOUT_TWO) { temperature.clone() } else { int(2) * &temperature };
    let variance_rate = |v: &RatFn| &RatFn::from(int(-2) * &k) * v + &RatFn::from(noise.clone());
    steps.equal(
        "v(t) = (1 − e^(−2kt))/(βk) + v₀e^(−2kt) solves dv/dt = −2kv + 2/β",
        "d[(T/k)(1 − E²) + v₀E²]/dt (E = e^(−kt), k = 4T − λ)",
        &in_time(&v_at_time),
        &variance_rate(&v_at_time),
    );
    let g_of = RatFn::new(l.clone(), temperature.clone());
    steps.equal(
        "the stationary variance is 1/(βk) = 1/(4 − βλ)",
        "T/k (k = 4T − λ)",
        &settled,
        &variance.substitute("g", &g_of),
    );
    let critical = |p: &Poly| p.substitute("λ", &(int(4) * &temperature));
    let free = int(2) * &temperature * &t;
    steps.equal(
        "at βλ = 4: v = 2t/β solves dv/dt = −2kv + 2/β",
        "d(2T·t)/dt",
        &RatFn::from(free.diff("t")),
        &RatFn::from(critical(&(int(-2) * &k * &free + &noise))),
    );
    steps.equal(
        "at βλ = 4 the force is the constant 4μ/β",
        "−∂[−λu²/2 + 2T(u − μ)²]/∂u (at λ = 4T)",
        &critical(&force),
        &(int(4) * &temperature * &mu),
    );
}

/// One sweep of the mean-field maps, linearised: the factor of a mode without and with biases.
fn sweeps(steps: &mut Derivation, case: Case<'_>) {
    let int = Poly::int;
    let half = Poly::ratio(1, 2);
    let g = Poly::var("g");
    // One sweep consists of the mean-field maps m_h = σ(b + βWᵀm_v) and m_v = σ(a + βW m_h); σ' =
    // σ(1 − σ).
    let q = Poly::var("q");
    let slope = &q * &(int(1) - &q);
    let at_half = slope.substitute("q", &half);
    let [w11, w12, w21, w22] = ["w₁₁", "w₁₂", "w₂₁", "w₂₂"].map(Poly::var);
    let one_sweep = (&at_half * &g) * (&at_half * &g);
    steps.equal(
        "a sweep without biases multiplies a mode by (g/4)²",
        "q(1 − q)g · q(1 − q)g (at q = 1/2)",
        &one_sweep,
        &(Poly::ratio(1, 16) * &g * &g),
    );
    // D_v = diag e_i² and D_h = diag f_k², so that their square roots are polynomials.
    let [e1, e2, f1, f2] = ["e₁", "e₂", "f₁", "f₂"].map(Poly::var);
    let w = Matrix::from_rows(vec![vec![w11.clone(), w12.clone()], vec![w21.clone(), w22.clone()]]);
    let diagonal = |a: &Poly, b: &Poly| Matrix::from_rows(vec![vec![a * a, int(0)], vec![int(0), b * b]]);
    let visible = if case.is(&falsifiers::BIASES_FORGOTTEN) { diagonal(&half, &half) } else { diagonal(&e1, &e2) };
    let sweep = &(&(&visible * &w) * &diagonal(&f1, &f2)) * &w.transpose();
    let a = Matrix::from_rows(vec![vec![&e1 * &w11 * &f1, &e1 * &w12 * &f2], vec![&e2 * &w21 * &f1, &e2 * &w22 * &f2]]);
    steps.equal(
        "Jacobian of a sweep at β = 1: det(z − D_v W D_h Wᵀ) = det(z − AAᵀ), A = √D_v W √D_h: sweep factors are squared singular values of A",
        "det(z − D_v W D_h Wᵀ) (2 x 2 matrices, D_v and D_h diagonal)",
        &sweep.characteristic_polynomial("z"),
        &(&a * &a.transpose()).characteristic_polynomial("z"),
    );
    // λ = 6, visible mean 1/10 and hidden mean 1/2 give 36 · 9/100 · 1/4.
    let example = int(36) * slope.substitute("q", &Poly::ratio(1, 10)) * &at_half;
    steps.equal(
        "a mode with λ = 6 and visible mean 1/10 still contracts: 36 · (9/100)(1/4) = 81/100",
        "36·(1/10)(1 − 1/10)·(1/2)(1 − 1/2)",
        &example,
        &Poly::ratio(81, 100),
    );
}
