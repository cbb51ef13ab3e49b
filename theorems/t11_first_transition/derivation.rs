//! The derivation.

use super::falsifiers;
use crate::claim::{Case, CheckError};
use crate::symbolic::Derivation;
use crate::symbolic::poly::Poly;
use crate::symbolic::ratio::RatFn;
use crate::symbolic::series::PowerSeries;

/// Order to which series are taken.
const ORDER: usize = 7;

pub(super) fn derive(case: Case<'_>) -> Result<Derivation, CheckError> {
    let mut steps = Derivation::new();
    growth(&mut steps, case);
    let limit = limit(&mut steps);
    pitchfork(&mut steps, case, &limit);
    before(&mut steps);
    chains(&mut steps);
    two(&mut steps);
    Ok(steps)
}

/// tanh z to [`ORDER`], the derivative of ln cosh z.
fn tanh() -> PowerSeries {
    PowerSeries::cosh(ORDER + 1).ln().diff()
}

/// Both averages of xy to first order in λ.
fn growth(steps: &mut Derivation, case: Case<'_>) {
    let (int, ratio) = (Poly::int, Poly::ratio);
    let [lambda, x, root, m0, n] = ["λ", "x", "μ", "m₀", "N"].map(Poly::var);
    // y given x is (μ/2) tanh(λx/(2μ)), M = μ².
    let first = ratio(1, 2) * &root * tanh().coefficient(1);
    let response = RatFn::new(&first * &lambda * &x, int(2) * &root);
    steps.equal(
        "⟨y⟩ given x is λx/4 to first order, whatever M",
        "[λ] (√M/2) tanh(λx/(2√M))",
        &response,
        &RatFn::from(ratio(1, 4) * &lambda * &x),
    );
    // N⟨x²⟩ of N units of mean m₀/2 and of mean 0: N²m²/4 + N(1 − m²)/4, over N.
    let square = |m: &Poly| ratio(1, 4) * &n * m * m + ratio(1, 4) * (int(1) - m * m);
    let excess = square(&m0) - square(&int(0));
    let c = ratio(1, 4) * (&n - int(1)) * &m0 * &m0;
    steps.equal("⟨x²⟩ of the data exceeds 1/4 by c = (N − 1)m₀²/4", "⟨x²⟩ − 1/4", &excess, &c);
    let rate = if case.is(&falsifiers::RATE_DOUBLED) { ratio(1, 2) } else { ratio(1, 4) };
    steps.equal(
        "λ grows with the rate c/4 while it is small",
        "[λ] (⟨xy⟩ of the data − ⟨xy⟩ of the model)",
        &(ratio(1, 4) * &excess),
        &(rate * &c),
    );
    // The model to third order, from its Gaussian form: ⟨xy⟩ = λ/(16 − λ²) = ∂ ln Z/∂λ.
    let half_log = RatFn::new(lambda.clone(), int(16) - &lambda * &lambda);
    let own = RatFn::new(int(1), int(4) - &lambda) - RatFn::new(int(1), int(4) + &lambda);
    steps.equal(
        "below 4 the model has ⟨xy⟩ = (⟨u²⟩ − ⟨w²⟩)/2 = λ/(16 − λ²), of order 1 where the data has N",
        "(1/2)(1/(4 − λ) − 1/(4 + λ))",
        &(&RatFn::from(ratio(1, 2)) * &own),
        &half_log,
    );
}

/// The law of the flow for N = M → ∞ over 4/m₀²: m₀ tanh(λm₀/4) in powers of k − 1, at k = λ/4.
struct Limit {
    /// tanh m₀ and 1 − tanh² m₀, as symbols t and 1 − t².
    data: [Poly; 2],
}

/// (4/c)⟨xy⟩ for N → ∞ in closed form, and that λ passes 4 with finite speed.
fn limit(steps: &mut Derivation) -> Limit {
    let (int, ratio) = (Poly::int, Poly::ratio);
    let [n, m0, t, m] = ["N", "m₀", "t", "m"].map(Poly::var);
    // x = √N m₀/2 and y = √N t/2 over the data, x = y = √N m/2 in the model; N = M.
    let products = ratio(1, 4) * &n * (&m0 * &t - &m * &m);
    let rate = RatFn::new(int(4) * products, ratio(1, 4) * &n * &m0 * &m0);
    let claimed = RatFn::new(int(4) * (&m0 * &t - &m * &m), &m0 * &m0);
    steps.equal(
        "for N = M → ∞ dλ/dτ = (4/m₀²)(m₀ tanh(λm₀/4) − m²), m = tanh(λm/4)",
        "(4/c)(N/4)(m₀t − m²) (c = Nm₀²/4, t = tanh(λm₀/4))",
        &rate,
        &claimed,
    );
    steps.equal(
        "the speed at λ = 4 is (4/m₀) tanh m₀, where m = 0",
        "(4/m₀²)(m₀t − m²) (m = 0)",
        &rate.substitute("m", &RatFn::from(int(0))),
        &RatFn::new(int(4) * &t, m0.clone()),
    );
    Limit { data: [t.clone(), int(1) - &t * &t] }
}

/// m² above λ = 4 in λ and in τ, to second order.
fn pitchfork(steps: &mut Derivation, case: Case<'_>, limit: &Limit) {
    let (int, ratio) = (Poly::int, Poly::ratio);
    let [k, eps, s, delay] = ["k", "ε", "s", "δ"].map(Poly::var);
    // artanh m − k tanh(km) over m, in powers of s = m², for N = M; artanh reverts tanh.
    let (tanh, artanh) = (tanh(), tanh().revert());
    let layers = if case.is(&falsifiers::QUARTIC_HALVED) { int(0) } else { int(1) };
    let of = |power: u32| {
        let order = 2 * power as usize + 1;
        let hidden = tanh.coefficient(order) * k.pow(2 * power + 2);
        let weight = if power == 0 { int(1) } else { layers.clone() };
        (artanh.coefficient(order) - weight * hidden) * s.pow(power)
    };
    let slope = of(0) + of(1) + of(2);
    let [first, second] = [int(3), ratio(-27, 5)];
    let square = &eps * &first + eps.pow(2) * &second;
    let put = slope.substitute("k", &(int(1) + &eps)).substitute("s", &square);
    for order in [1u32, 2] {
        steps.equal(
            &format!("m² = 3ε(1 − 9ε/5) with λ = 4 + 4ε is stationary to order {order}: m² = (3/4)(λ − 4) + ..."),
            &format!("[ε^{order}] (artanh m − k tanh(km))/m (k = 1 + ε, m² = 3ε − 27ε²/5)"),
            &put.coefficient("ε", order),
            &int(0),
        );
    }
    // ε(τ): dε/dτ = (1/m₀²)(m₀ tanh(m₀(1 + ε)) − m²) = v/4 + (1 − t² − 3/m₀²)ε, v = 4t/m₀.
    let [m0, v] = ["m₀", "v"].map(Poly::var);
    let bend = RatFn::from(limit.data[1].clone()) - RatFn::new(int(3), &m0 * &m0);
    let line = &RatFn::from(ratio(1, 4) * &v) * &RatFn::from(delay.clone());
    let curve = &(&RatFn::from(ratio(1, 8) * &v) * &bend) * &RatFn::from(delay.pow(2));
    let way = &line + &curve;
    let found = way.diff("δ") - &bend * &line;
    steps.equal(
        "after τ_c λ − 4 = vδ + (v/2)(1 − tanh² m₀ − 3/m₀²)δ² to second order in δ = τ − τ_c",
        "dε/dδ − (1 − t² − 3/m₀²)vδ/4 (ε = vδ/4 + (v/8)(1 − t² − 3/m₀²)δ²)",
        &found,
        &RatFn::from(ratio(1, 4) * &v),
    );
    let amplitude = &RatFn::from(first) * &RatFn::from(ratio(1, 4) * &v);
    let speed = RatFn::new(int(4) * &limit.data[0], m0.clone());
    steps.equal(
        "m² = (3 tanh(m₀)/m₀)(τ − τ_c) to first order",
        "3v/4 (v = 4t/m₀)",
        &amplitude.substitute("v", &speed),
        &RatFn::new(int(3) * &limit.data[0], m0),
    );
}

/// Before the transition: the closed form of the flow, and the divergence of ⟨u²⟩.
fn before(steps: &mut Derivation) {
    let (int, ratio) = (Poly::int, Poly::ratio);
    let [m, e] = ["m", "E"].map(Poly::var);
    // z = λm̃/4: dz/dτ = tanh z, hence d sinh z/dτ = cosh z tanh z = sinh z. As series:
    let order = ORDER;
    let cosh = PowerSeries::cosh(order);
    let product = &cosh * &tanh_to(order);
    let sinh = PowerSeries::cosh(order + 1).diff();
    for n in [1usize, 3, 5] {
        steps.equal(
            &format!("cosh z tanh z = sinh z at order {n}: sinh(λm̃/4) grows as e^τ"),
            &format!("[z^{n}] cosh z · d ln cosh z/dz"),
            &product.coefficient(n),
            &sinh.coefficient(n),
        );
    }
    // With t = tanh, d/dτ of 4t/m̃ is (1 − t²)(m̃/4)(4/m̃)(4t/m̃): the curvature of 4 − λ.
    let t = Poly::var("t");
    let speed = RatFn::new(int(4) * &t, m.clone());
    let along = RatFn::from(int(1) - &t * &t);
    let bend = &(&along * &RatFn::from(ratio(1, 4) * &m)) * &speed;
    steps.equal(
        "d²λ/dτ² over dλ/dτ is 1 − tanh²(λm̃/4) below 4",
        "(4/m̃)(1 − t²)(m̃/4)v/v (v = 4t/m̃)",
        &(&(&RatFn::new(int(4), m.clone()) * &bend) * &RatFn::new(m.clone(), int(4) * &t)),
        &along,
    );
    // γ = 1: ⟨u²⟩(4 − λ) = 1 with 4 − λ = vE.
    let v = Poly::var("v");
    steps.equal(
        "⟨u²⟩ = 1/(4 − λ) diverges as 1/(v(τ_c − τ)), γ = 1",
        "1/(4 − λ) (λ = 4 − vE, E = τ_c − τ)",
        &RatFn::new(int(1), int(4) - Poly::var("λ")).substitute("λ", &RatFn::from(int(4) - &v * &e)),
        &RatFn::new(int(1), &v * &e),
    );
}

/// tanh to the given order.
fn tanh_to(order: usize) -> PowerSeries {
    PowerSeries::cosh(order + 1).ln().diff()
}

/// Chains: factors over one sweep, and their sum over sweeps.
fn chains(steps: &mut Derivation) {
    let int = Poly::int;
    let [lambda, r, x] = ["λ", "r", "x"].map(Poly::var);
    let half = Poly::ratio(1, 4) * &lambda;
    steps.equal(
        "x falls by (λ/4)² over a sweep, to first order in x",
        "(λ/4)((λ/4)x)",
        &(&half * &(&half * &x)),
        &(Poly::ratio(1, 16) * lambda.pow(2) * &x),
    );
    // Variance over one sweep: V' = (1 + r²)/4 + r⁴V, since each unit has the variance 1/4.
    let square = &r * &r;
    let fixed = RatFn::new(int(1), int(4) * (int(1) - &square));
    let machine = RatFn::new(int(4), int(16) - &lambda * &lambda);
    let factor = RatFn::from(half);
    steps.equal(
        "a sweep adds the variance (1 + (λ/4)²)/4 and multiplies by (λ/4)⁴: in equilibrium 4/(16 − λ²)",
        "1/(4(1 − r²)) (r = λ/4)",
        &fixed.substitute("r", &factor),
        &machine,
    );
    let fourth = RatFn::from(r.pow(4));
    let added = &RatFn::from(Poly::ratio(1, 4) * (int(1) + &square)) + &(&fourth * &fixed);
    steps.equal("the variance of x that a sweep leaves as it is", "(1 + r²)/4 + r⁴/(4(1 − r²))", &added, &fixed);
    // Lag −Δ Σ_{n ≥ 1} ρⁿ solves δ = (δ − Δ)ρ.
    let [rho, step] = ["ρ", "Δ"].map(Poly::var);
    let lag = RatFn::new(-(&step * &rho), int(1) - &rho);
    let next = &(&lag - &RatFn::from(step.clone())) * &RatFn::from(rho.clone());
    steps.equal(
        "an average that relaxes by ρ per update and moves by Δ lags by Δρ/(1 − ρ), ρ = (λ/4)^(4k)",
        "(−Δρ/(1 − ρ) − Δ)ρ",
        &next,
        &lag,
    );
    // Middle of before and after the sweeps: (1/2)(1 + ρ)/(1 − ρ) is odd in ln ρ, ~ 1/|ln ρ|.
    let centre = &RatFn::new(rho.clone(), int(1) - &rho) + &RatFn::from(Poly::ratio(1, 2));
    let inverse = centre.substitute("ρ", &RatFn::new(int(1), rho));
    steps.equal(
        "the mean of the lags before and after the sweeps is odd in ln ρ: it is 1/(kθ) up to kθ/12, ρ = e^(−kθ)",
        "ρ/(1 − ρ) + 1/2 (ρ = 1/ρ)",
        &inverse,
        &-&centre,
    );
}

/// Two patterns: growth of the second beside the first, and the exchange of their states.
fn two(steps: &mut Derivation) {
    let (int, ratio) = (Poly::int, Poly::ratio);
    let [n, m1, m2, a, b] = ["N", "m₁", "m₂", "a", "b"].map(Poly::var);
    // Classes of N/2 pixels of means m₁ + m₂ and m₁ − m₂: ⟨x₂²⟩ from means and variances.
    let mean = ratio(1, 4) * &n * &m2 * &m2;
    let scatter = ratio(1, 8) * (int(2) - (&m1 + &m2).pow(2) - (&m1 - &m2).pow(2));
    steps.equal(
        "two patterns: the excess of ⟨x₂²⟩ is c₂ = (Nm₂² − m₁² − m₂²)/4, the eigenvalue of C − D",
        "Nm₂²/4 + (2 − (m₁ + m₂)² − (m₁ − m₂)²)/8 − 1/4",
        &(&mean + &scatter - ratio(1, 4)),
        &(ratio(1, 4) * (&n * &m2 * &m2 - &m1 * &m1 - &m2 * &m2)),
    );
    // tanh(A ± B) with a = tanh A, b = tanh B: half the difference to first order in b.
    let plus = RatFn::new(&a + &b, int(1) + &a * &b);
    let minus = RatFn::new(&a - &b, int(1) - &a * &b);
    let difference = &RatFn::from(ratio(1, 2)) * &(plus - minus);
    steps.equal(
        "beside the first the second grows slower by 1 − tanh²(λ₁m₁/4)",
        "[b] (1/2)((a + b)/(1 + ab) − (a − b)/(1 − ab)) (a = tanh(λ₁m₁/4), b = tanh(λ₂m₂/4))",
        &difference.diff("b").substitute("b", &RatFn::from(int(0))),
        &RatFn::from(int(1) - &a * &a),
    );
    // At λ₁ = λ₂ the classes decouple: with x₁ = a + b and x₂ = a − b, λ(x₁y₁ + x₂y₂).
    let [c, d] = ["c", "d"].map(Poly::var);
    let coupled = (&a + &b) * (&c + &d) + (&a - &b) * (&c - &d);
    steps.equal(
        "at λ₁ = λ₂ the two classes of units decouple, and the states of both patterns have equal weight",
        "(a + b)(c + d) + (a − b)(c − d)",
        &coupled,
        &(int(2) * (&a * &c + &b * &d)),
    );
    // Stability of the states of the first: 4/(1 − m²) exceeds λ₁ = 4 artanh(m)/m, by the series.
    let artanh = tanh().revert();
    for power in [1i64, 2, 3] {
        let order = 2 * power as usize;
        let excess = int(1) - artanh.coefficient(order + 1);
        steps.equal(
            &format!("the states of the first stay stable beyond λ₂ = λ₁: order {order} of 1/(1 − m²) − artanh(m)/m"),
            &format!("[m^{order}] (1/(1 − m²) − artanh(m)/m)"),
            &excess,
            &ratio(2 * power, 2 * power + 1),
        );
    }
}
