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
    crossing(&mut steps);
    before(&mut steps);
    chains(&mut steps);
    two(&mut steps);
    Ok(steps)
}

/// tanh z to [`ORDER`], the derivative of ln cosh z.
fn tanh() -> PowerSeries {
    PowerSeries::cosh(ORDER + 1).ln().diff()
}

/// Entropy per unit of the magnetisation m, −((1 + m) ln(1 + m) + (1 − m) ln(1 − m))/2, to order
/// m⁸: its derivative is −artanh m.
fn entropy(m: &Poly) -> Poly {
    let artanh = tanh().revert();
    let of = |power: usize| Poly::ratio(-1, power as i64) * artanh.coefficient(power - 1) * m.pow(power as u32);
    of(2) + of(4) + of(6) + of(8)
}

/// ln cosh z to order z⁸.
fn ln_cosh(z: &Poly) -> Poly {
    let series = PowerSeries::cosh(ORDER + 1).ln();
    (1..=4u32).fold(Poly::int(0), |sum, half| sum + series.coefficient(2 * half as usize) * z.pow(2 * half))
}

/// Both averages of xy to first order in λ.
fn growth(steps: &mut Derivation, case: Case<'_>) {
    let (int, ratio) = (Poly::int, Poly::ratio);
    let [lambda, x, root, m0, n] = ["λ", "x", "μ", "m₀", "N"].map(Poly::var);
    // y given x is (μ/2) tanh(λx/(2μ)), M = μ².
    let argument = RatFn::new(&lambda * &x, int(2) * &root);
    let cube = &(&argument * &argument) * &argument;
    let tanh = tanh();
    let series = &(&RatFn::from(tanh.coefficient(1)) * &argument) + &(&RatFn::from(tanh.coefficient(3)) * &cube);
    let field = &lambda * &x;
    steps.equal(
        "⟨y⟩ given x is λx/4 to first order, whatever M, and −(λx)³/(48M) to third",
        "(√M/2) tanh(λx/(2√M)) to order λ³",
        &(&RatFn::from(ratio(1, 2) * &root) * &series),
        &(&RatFn::from(ratio(1, 4) * &field) - &RatFn::new(field.pow(3), int(48) * &root * &root)),
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
    // The model below 4: Z = E e^(λxy) over independent normal x and y of variance 1/4, whose
    // moments are E x^(2k) = (2k − 1)!!/4ᵏ. ⟨xy⟩ = Z'/Z = λ/(16 − λ²) where (16 − λ²)Z' = λZ.
    let mut moment = int(1);
    let mut factorial = int(1);
    let z = (0..=4i64).fold(int(0), |sum, k| {
        if k > 0 {
            moment = &moment * ratio(2 * k - 1, 4);
            factorial = &factorial * ratio(1, 2 * k * (2 * k - 1));
        }
        sum + &moment * &moment * &factorial * lambda.pow(2 * k as u32)
    });
    let equation = (int(16) - &lambda * &lambda) * z.diff("λ") - &lambda * &z;
    steps.equal(
        "below 4 the model has ⟨xy⟩ = ∂ ln Z/∂λ = λ/(16 − λ²), of order 1 where the data has N",
        "(16 − λ²) ∂Z/∂λ − λZ to order λ⁷ (Z = Σ λ^(2k) (E x^(2k))²/(2k)!, E x^(2k) = (2k − 1)!!/4^k)",
        &equation.truncate("λ", 7),
        &int(0),
    );
}

/// What the data give at λ = 4.
struct Limit {
    /// tanh m₀ and its derivative, as t and 1 − t².
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
    // ln of the weight of m per unit, N = M, at K = λm/4; ∂/∂m of it at fixed λ is F_m + (K/m)F_K.
    let k = Poly::var("K");
    let artanh = tanh().revert();
    let slope = &m * entropy(&m).diff("m") + &k * ln_cosh(&k).diff("K");
    steps.equal(
        "m = tanh(λm/4) is stationary in the free energy",
        "m ∂F/∂m + K ∂F/∂K to order m⁷ (F = entropy(m) + ln cosh K, K = λm/4 = artanh m)",
        &slope.substitute("K", &artanh.to_poly("m")).truncate("m", 7),
        &int(0),
    );
    // Rest: m = m₀ and t = tanh(λm₀/4) = m₀, hence λ = 4 artanh(m₀)/m₀.
    steps.equal(
        "the flow for N = M rests at λ = 4 artanh(m₀)/m₀: the data's tanh(λm₀/4) is m₀ there, the model's m too",
        "m₀ tanh(λm₀/4) − m₀² to order m₀⁸ (λm₀/4 = artanh m₀)",
        &(&m0 * tanh().compose(&artanh).to_poly("m₀") - &m0 * &m0).truncate("m₀", 8),
        &int(0),
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
    let bend = RatFn::from(limit.data[1].clone()) - RatFn::new(first.clone(), &m0 * &m0);
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
    // Below τ_c the model has no magnetisation, and the term −3/m₀² is not there.
    let twice = |way: &RatFn| way.diff("δ").diff("δ").substitute("δ", &RatFn::from(int(0)));
    let below =
        &line + &(&(&RatFn::from(ratio(1, 8) * &v) * &RatFn::from(limit.data[1].clone())) * &RatFn::from(delay.pow(2)));
    steps.equal(
        "d²λ/dτ² jumps by −3v/m₀² at τ_c",
        "4 ∂²ε/∂δ² after τ_c − 4 ∂²ε/∂δ² before it, at δ = 0",
        &(&RatFn::from(int(4)) * &(twice(&way) - twice(&below))),
        &RatFn::new(int(-3) * &v, &m0 * &m0),
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
    let e = Poly::var("E");
    // z = λm̃/4: dz/dτ = tanh z, hence d sinh z/dτ = cosh z tanh z = sinh z. As series:
    let order = ORDER;
    let cosh = PowerSeries::cosh(order);
    let product = &cosh * &tanh();
    let sinh = PowerSeries::cosh(order + 1).diff();
    for n in [1usize, 3, 5] {
        steps.equal(
            &format!("cosh z tanh z = sinh z at order {n}: sinh(λm̃/4) grows as e^τ"),
            &format!("[z^{n}] cosh z · d ln cosh z/dz"),
            &product.coefficient(n),
            &sinh.coefficient(n),
        );
    }
    // d²z/dτ² = tanh'(z) tanh z, so that d²λ/dτ² over dλ/dτ is tanh' z = 1 − tanh² z.
    let slope = tanh().diff();
    let square = &tanh() * &tanh();
    for n in [0usize, 2, 4] {
        steps.equal(
            &format!("d²λ/dτ² over dλ/dτ is 1 − tanh² z below 4, z = λm̃/4, at order {n}"),
            &format!("[z^{n}] d tanh z/dz + tanh² z"),
            &(slope.coefficient(n) + square.coefficient(n)),
            &int(i64::from(n == 0)),
        );
    }
    // γ = 1 with its correction: 4 − λ = vE(1 − bE/2), b = 1 − tanh² m̃ the ratio above at λ = 4.
    let [v, b] = ["v", "b"].map(Poly::var);
    let left = &v * &e * (int(1) - ratio(1, 2) * &b * &e);
    let claimed = int(1) + ratio(1, 2) * &b * &e;
    steps.equal(
        "⟨u²⟩ = 1/(4 − λ) diverges as (1 + bE/2)/(vE), E = τ_c − τ, b = 1 − tanh² m̃: γ = 1",
        "(4 − λ)(1 + bE/2) to order E² (λ = 4 − vE + vbE²/2)",
        &(left * claimed).truncate("E", 2),
        &(&v * &e),
    );
}

/// The time of crossing at finite N: what the model's average takes, and Z at λ = 4.
fn crossing(steps: &mut Derivation) {
    let (int, ratio) = (Poly::int, Poly::ratio);
    let [n, hidden, m0, t, g, nu, s, m, r] = ["N", "M", "m₀", "t", "G", "ν", "s", "m", "r"].map(Poly::var);
    // dτ = c/(4(D − G)) dλ with D = √(NM)m₀t/4 over the data and G in the model; squares only.
    let c = ratio(1, 4) * &n * &m0 * &m0;
    let square = RatFn::from(ratio(1, 16) * &n * &hidden * &m0 * &m0 * &t * &t);
    let d = Poly::var("D");
    let slope = RatFn::new(c, int(4) * (&d - &g)).diff("G").substitute("G", &RatFn::from(int(0)));
    steps.equal(
        "the model's ⟨xy⟩ = G slows the flow: dτ/dλ is larger by G/(M tanh²(λm̃/4)) to first order",
        "D²·∂/∂G of c/(4(D − G)) at G = 0, over D² (D² = NM m₀² t²/16, c = Nm₀²/4, t = tanh(λm̃/4))",
        &(&(&RatFn::from(&d * &d) * &slope) / &square),
        &RatFn::new(int(1), &hidden * &t * &t),
    );
    // ln of the weight of m per N at λ = 4: entropy of the visible units, and (M/N) ln cosh of
    // m√(N/M), r = N/M. ln cosh is even, so that only whole powers of r are left.
    let series = ln_cosh(&Poly::var("z"));
    let hidden_units = series.coefficient("z", 2) * m.pow(2) + series.coefficient("z", 4) * m.pow(4) * &r;
    let weight = entropy(&m).truncate("m", 4) + hidden_units;
    steps.equal(
        "at λ = 4 the weight of m is exp(−(1 + N/M)Nm⁴/12): the square cancels",
        "entropy(m) + (M/N) ln cosh(m√(N/M)) to order m⁴ (r = N/M)",
        &weight,
        &(ratio(-1, 12) * (int(1) + &r) * m.pow(4)),
    );
    // √N dm e^(−(1 + r)Nm⁴/12) with N = ν⁴ and m = s/ν: ν ds e^(−(1 + r)s⁴/12), so that Z ~ ν.
    let scaled = RatFn::new(s.clone(), nu.clone());
    let exponent = &RatFn::from(nu.pow(4)) * &RatFn::from(weight).substitute("m", &scaled);
    steps.equal(
        "with m = s/N^(1/4) the weight does not depend on N",
        "N·weight(m) (m = s/ν, N = ν⁴)",
        &exponent,
        &RatFn::from(ratio(-1, 12) * (int(1) + &r) * s.pow(4)),
    );
    steps.equal(
        "and Z ~ √N dm ~ N^(1/4): ln Z = (ln N)/4 + …, and τ_c is later by ln N/(4M tanh² m̃)",
        "√N ∂m/∂s (m = s/ν, N = ν⁴)",
        &(&RatFn::from(nu.pow(2)) * &scaled.diff("s")),
        &RatFn::from(nu),
    );
}

/// Chains: factors over one sweep, and their sum over sweeps.
fn chains(steps: &mut Derivation) {
    let int = Poly::int;
    let [lambda, r, x] = ["λ", "r", "x"].map(Poly::var);
    let half = Poly::ratio(1, 4) * &lambda;
    // x/√N → (1/2) tanh((λ/2)(1/2) tanh((λ/2)x/√N)), N = M, by the series of tanh in itself.
    let tanh = tanh();
    let layer = |inner: &PowerSeries| {
        let field = inner.scale(&(Poly::ratio(1, 2) * &lambda));
        tanh.compose(&field).scale(&Poly::ratio(1, 2))
    };
    let swept = layer(&layer(&PowerSeries::variable(ORDER)));
    steps.equal(
        "x falls by (λ/4)² over a sweep, to first order in x",
        "[x] (1/2) tanh((λ/4) tanh(λx/2))",
        &(swept.coefficient(1) * &x),
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
        "the mean of the lags before and after the sweeps is odd in ln ρ",
        "ρ/(1 − ρ) + 1/2 (ρ = 1/ρ)",
        &inverse,
        &-&centre,
    );
    // (1/2)(1 + e^(−z))/(1 − e^(−z)) = 1/z + z/12 + O(z³), z = kθ.
    let z = Poly::var("z");
    let falling = PowerSeries::variable(ORDER).scale(&int(-1)).exp().to_poly("z");
    let claimed = (int(1) - &falling) * (int(1) + Poly::ratio(1, 12) * &z * &z);
    steps.equal(
        "it is 1/(kθ) + kθ/12 up to third order, ρ = e^(−kθ)",
        "(z/2)(1 + e^(−z)) − (1 − e^(−z))(1 + z²/12) to order z⁴ (z = kθ)",
        &(Poly::ratio(1, 2) * &z * (int(1) + &falling) - claimed).truncate("z", 4),
        &int(0),
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
        "at λ₁ = λ₂ the two classes of units decouple into machines of one pattern each",
        "(a + b)(c + d) + (a − b)(c − d)",
        &coupled,
        &(int(2) * (&a * &c + &b * &d)),
    );
    // Near it, −E of the states x_a = y_a = √N m/2 of the one and of the other pattern; N = ν².
    let [nu, m, one, two] = ["ν", "m", "λ₁", "λ₂"].map(Poly::var);
    let state = |lambda: &Poly| lambda * (ratio(1, 2) * &nu * &m).pow(2);
    steps.equal(
        "near it the states of both patterns have the weights exp(Nm²(λ₁ − λ₂)/4) relative to each other",
        "λ₁x₁y₁ − λ₂x₂y₂ (x = y = νm/2, N = ν²)",
        &(state(&one) - state(&two)),
        &(ratio(1, 4) * nu.pow(2) * &m * &m * (&one - &two)),
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
