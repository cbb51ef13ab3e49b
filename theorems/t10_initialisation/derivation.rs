//! The derivation: the map of units, two routes to the line, x of every scheme, and what holds on
//! the line.

use super::falsifiers;
use crate::claim::{Case, CheckError};
use crate::symbolic::Derivation;
use crate::symbolic::matrix::Matrix;
use crate::symbolic::poly::Poly;
use crate::symbolic::ratio::RatFn;
use crate::symbolic::series::PowerSeries;
use crate::symbolic::wick;

pub(super) fn derive(case: Case<'_>) -> Result<Derivation, CheckError> {
    let mut steps = Derivation::new();
    units(&mut steps, case);
    onsager(&mut steps, case);
    replicas(&mut steps);
    schemes(&mut steps);
    memory(&mut steps);
    critical_sizes(&mut steps);
    linear_map(&mut steps);
    Ok(steps)
}

/// x = σ²NM/256 with σ = β²s².
fn x_of(sigma: &RatFn) -> RatFn {
    let [n, m, s] = ["N", "M", "σ"].map(Poly::var);
    RatFn::from(Poly::ratio(1, 256) * &s * &s * n * m).substitute("σ", sigma)
}

/// Units ±1 with the coupling J and fields A and B are {0,1} units with W = 4J.
fn units(steps: &mut Derivation, case: Case<'_>) {
    let (int, ratio) = (Poly::int, Poly::ratio);
    let [j1, j2, a1, a2, b, t] = ["J₁", "J₂", "A₁", "A₂", "B", "t"].map(Poly::var);
    let factor = if case.is(&falsifiers::UNITS_NOT_SCALED) { int(1) } else { int(4) };
    let weights = [&factor * &j1, &factor * &j2];
    let biases = [int(2) * &a1 - int(2) * &j1, int(2) * &a2 - int(2) * &j2];
    let hidden_bias = int(2) * &b - int(2) * (&j1 + &j2);
    // All eight states of two visible and one hidden unit; state k has the tag tᵏ.
    let bit = |state: u32, unit: u32| int(i64::from(state >> unit & 1));
    let spin = |state: u32, unit: u32| int(2 * i64::from(state >> unit & 1) - 1);
    let mut difference = int(0);
    let mut tags = int(0);
    for state in 0..8 {
        let (h, tau) = (bit(state, 2), spin(state, 2));
        let mut of_bits = &hidden_bias * &h;
        let mut of_spins = &b * &tau;
        for (unit, (field, coupling)) in [(&a1, &j1), (&a2, &j2)].into_iter().enumerate() {
            let (v, sigma) = (bit(state, unit as u32), spin(state, unit as u32));
            of_bits = of_bits + &biases[unit] * &v + &weights[unit] * &v * &h;
            of_spins = of_spins + field * &sigma + coupling * &sigma * &tau;
        }
        difference = difference + (of_bits - of_spins) * t.pow(state);
        tags = tags + t.pow(state);
    }
    let constant = &a1 + &a2 + &b - &j1 - &j2;
    steps.equal(
        "±1 units are {0,1} units with W = 4J, a = 2A − 2J1, b = 2B − 2Jᵀ1: every −E is larger by ΣA + ΣB − ΣJ",
        "Σ_k tᵏ (a·v + b·h + vᵀWh − A·σ − B·τ − σᵀJτ) (8 states of 2 x 1 units)",
        &difference,
        &(&constant * &tags),
    );
    steps.equal(
        "no field on ±1 units is no centred field on {0,1} units",
        "a + W1/2 (a = 2A − 2J1, W = 4J, A = 0)",
        &(&biases[0] - int(2) * &a1 + ratio(1, 2) * &weights[0]),
        &int(0),
    );
    let [n, m, s] = ["N", "M", "s"].map(Poly::var);
    let drawn = &factor * &s;
    steps.equal(
        "x = s⁴NM/256 is s⁴NM with the standard deviation s of J, W = 4J",
        "(4s)⁴NM/256",
        &x_of(&RatFn::from(&drawn * &drawn)),
        &RatFn::from(s.pow(4) * &n * &m),
    );
}

/// The line from the cavity equations of Onsager's reaction, and the overlap of two chains below
/// it.
fn onsager(steps: &mut Derivation, case: Case<'_>) {
    let (int, ratio) = (Poly::int, Poly::ratio);
    let [n, m, sigma, nu, eta] = ["N", "M", "σ", "ν", "η"].map(Poly::var);
    let quarter = ratio(1, 4);
    // Cavity: G_v = 1/(A − σM G_h), G_h = 1/(B − σN G_v), all variances 1/4.
    let a = int(4) + &quarter * &sigma * &m;
    let b = int(4) + &quarter * &sigma * &n;
    steps.equal(
        "A = 4 + σM/4 gives a visible unit the variance 1/4, σ = β²s²",
        "A − σM G_h (A = 4 + σM/4, G_h = 1/4)",
        &(&a - &sigma * &m * &quarter),
        &int(4),
    );
    steps.equal(
        "B = 4 + σN/4 gives a hidden unit the variance 1/4",
        "B − σN G_v (B = 4 + σN/4, G_v = 1/4)",
        &(&b - &sigma * &n * &quarter),
        &int(4),
    );
    let roots = |p: &Poly| p.substitute("N", &(&nu * &nu)).substitute("M", &(&eta * &eta));
    let edge = roots(&(&a * &b)) - &sigma * (&nu + &eta).pow(2);
    let base = int(4) - &quarter * &sigma * &nu * &eta;
    steps.sum_of_squares("AB − β²λ₊² = (4 − σ√(NM)/4)² at the edge, N = ν², M = η²", &edge, &[(&int(1), &base)], &[]);
    let line = if case.is(&falsifiers::EDGE_RULE) {
        RatFn::new(int(16), (&nu + &eta).pow(2))
    } else {
        RatFn::new(int(16), &nu * &eta)
    };
    steps.equal(
        "the first mode becomes unstable on the line",
        &format!("AB − σ(ν + η)² (σ = {line})"),
        &RatFn::from(edge).substitute("σ", &line),
        &RatFn::from(int(0)),
    );
    let x = x_of(&line).substitute("N", &RatFn::from(&nu * &nu)).substitute("M", &RatFn::from(&eta * &eta));
    steps.equal("the line is x = 1", &format!("σ²NM/256 (σ = {line})"), &x, &RatFn::from(int(1)));

    // dG_v = −G_v²(dA − σM dG_h), dG_h = G_h² σN dG_v. −dG_v/dA is (1/N) tr of the square of the
    // visible covariance, of which 16 times is N⟨q²⟩ for two independent states.
    let x = x_of(&RatFn::from(sigma.clone()));
    let one = RatFn::from(int(1));
    let slope = &RatFn::from(ratio(1, 16)) / &(&one - &x);
    let hidden = &RatFn::from(ratio(1, 16) * &sigma * &n) * &slope;
    let again = &RatFn::from(ratio(1, 16)) * &(&one + &(&RatFn::from(&sigma * &m) * &hidden));
    steps.equal(
        "−dG_v/dA = (1/N) tr (cov v)² = 1/(16(1 − x)) solves the cavity equations, hence N⟨q²⟩ = 1/(1 − x)",
        "G_v²[1 + σM G_h² σN/(16(1 − x))] − 1/(16(1 − x)) (G_v = G_h = 1/4, x = σ²NM/256)",
        &(&again - &slope),
        &RatFn::from(int(0)),
    );
}

/// E f(√u z) over a standard normal z of the even powers of a series f, as a polynomial in u.
fn over_normal(f: &PowerSeries) -> Poly {
    let u = Poly::var("u");
    let mut moment = 1;
    (0..=f.order() / 2).fold(Poly::int(0), |sum, k| {
        moment *= 2 * (k as i64).max(1) - 1;
        sum + Poly::int(moment) * f.coefficient(2 * k) * u.pow(k as u32)
    })
}

/// tanh² z to the given order.
fn tanh_squared(order: usize) -> PowerSeries {
    let tanh = PowerSeries::cosh(order + 1).ln().diff();
    &tanh * &tanh
}

/// The line from the stability of q = 0 in the replica-symmetric equations.
fn replicas(steps: &mut Derivation) {
    let (int, ratio) = (Poly::int, Poly::ratio);
    let [n, m, s, u] = ["N", "M", "s", "u"].map(Poly::var);
    steps.equal(
        "overlap of a unit in a field of variance u: E tanh² = u − 2u² + (17/3)u³ − …",
        "E tanh²(√u z) to order u³ (z standard normal)",
        &over_normal(&tanh_squared(6)),
        &(&u - int(2) * &u * &u + ratio(17, 3) * u.pow(3)),
    );
    // q_v = E tanh²(√(s²M q_h) z), q_h = E tanh²(√(s²N q_v) z), s that of J; to first order q_v =
    // s²M q_h and q_h = s²N q_v.
    let stability = Matrix::from_rows(vec![vec![int(1), -(&s * &s * &m)], vec![-(&s * &s * &n), int(1)]]).determinant();
    let sigma = Poly::var("σ");
    steps.equal(
        "q = 0 is marginal where 1 − s⁴NM = 0, s the standard deviation of J",
        "det(1, −s²M; −s²N, 1)",
        &stability,
        &(int(1) - s.pow(4) * &n * &m),
    );
    steps.equal(
        "which is 1 − x: both routes give one line",
        "1 − (σ/16)²NM (s² = σ/16)",
        &RatFn::from(int(1) - (ratio(1, 16) * &sigma).pow(2) * &n * &m),
        &(&RatFn::from(int(1)) - &x_of(&RatFn::from(sigma))),
    );
    // N = M: q = cq − 2c²q² + …, c = √x. The quadratic term is a cubic term of the free energy.
    let [c, q] = ["c", "q"].map(Poly::var);
    let beyond = RatFn::new(&c - int(1), int(2) * &c * &c);
    let equation = &c * &q - int(2) * &c * &c * &q * &q - &q;
    steps.equal(
        "beyond the line, N = M, q = (c − 1)/(2c²) to first order in c − 1, c = √x",
        "cq − 2(cq)² − q (q = (c − 1)/(2c²))",
        &RatFn::from(equation).substitute("q", &beyond),
        &RatFn::from(int(0)),
    );
}

/// x of every scheme.
fn schemes(steps: &mut Derivation) {
    let (int, ratio) = (Poly::int, Poly::ratio);
    let [n, m, nu, eta] = ["N", "M", "ν", "η"].map(Poly::var);
    let spins = |sigma: RatFn| &RatFn::from(int(16)) * &sigma;
    let total = &n + &m;
    let hinton = RatFn::from(ratio(1, 10_000));
    steps.equal(
        "s = 0.01: x = NM/(2.56·10¹⁰) in {0,1} units",
        "(10⁻⁴)²NM/256",
        &x_of(&hinton),
        &RatFn::from(ratio(1, 25_600_000_000) * &n * &m),
    );
    steps.equal("s = 0.01: x = NM/10⁸ in ±1 units", "(16·10⁻⁴)²NM/256", &x_of(&spins(hinton)), &{
        RatFn::from(ratio(1, 100_000_000) * &n * &m)
    });
    let glorot = RatFn::new(int(2), total.clone());
    let x = RatFn::new(int(4) * &n * &m, total.pow(2));
    steps.equal("s = √(2/(N+M)): x = 4NM/(N+M)² in ±1 units", "(32/(N + M))²NM/256", &x_of(&spins(glorot.clone())), &x);
    steps.sum_of_squares(
        "(N+M)²(1 − x) = (N − M)²: paramagnetic for N ≠ M, on the line for N = M",
        &(total.pow(2) - int(4) * &n * &m),
        &[(&int(1), &(&n - &m))],
        &[],
    );
    steps.equal(
        "s = √(2/(N+M)): 256 times less in {0,1} units, at most 1/256",
        "256·(2/(N + M))²NM/256",
        &(&RatFn::from(int(256)) * &x_of(&glorot)),
        &x,
    );
    let lecun = RatFn::new(int(1), n.clone());
    steps.equal(
        "s = 1/√N: x = M/N in ±1 units",
        "(16/N)²NM/256",
        &x_of(&spins(lecun)),
        &RatFn::new(m.clone(), n.clone()),
    );
    let he = RatFn::new(int(2), n.clone());
    steps.equal("s = √(2/N): x = 4M/N in ±1 units", "(32/N)²NM/256", &x_of(&spins(he)), &{
        RatFn::new(int(4) * &m, n.clone())
    });
    let constant = RatFn::new(ratio(25, 4), &nu * &eta);
    let at = |x: RatFn| x.substitute("N", &RatFn::from(&nu * &nu)).substitute("M", &RatFn::from(&eta * &eta));
    steps.equal(
        "s = 2.5/(NM)^(1/4): x = 625/16 in ±1 units",
        "(16·(5/2)²/(νη))²NM/256 (N = ν², M = η²)",
        &at(x_of(&spins(constant.clone()))),
        &RatFn::from(ratio(625, 16)),
    );
    steps.equal(
        "s = 2.5/(NM)^(1/4): x = 625/4096 in {0,1} units",
        "((5/2)²/(νη))²NM/256 (N = ν², M = η²)",
        &at(x_of(&constant)),
        &RatFn::from(ratio(625, 4096)),
    );
}

/// The memory over one sweep of a paramagnet.
fn memory(steps: &mut Derivation) {
    let int = Poly::int;
    let u = Poly::var("u");
    let order = 8;
    let cosh = PowerSeries::cosh(order);
    let sech = (-&cosh.ln()).exp();
    let weighted = &cosh * &tanh_squared(order);
    // The field z on a unit has variance u in its absence, and the additional weight cosh z in its
    // presence.
    steps.equal("cosh z tanh² z = cosh z − sech z, to order z⁸", "cosh z·tanh² z", &weighted, &(&cosh - &sech));
    let exponential = |sign: i64| {
        let argument = PowerSeries::variable(order / 2).scale(&Poly::ratio(sign, 2));
        argument.exp().to_poly("u")
    };
    steps.equal(
        "E cosh(√u z) = e^(u/2), to order u⁴",
        "E cosh(√u z) (z standard normal)",
        &over_normal(&cosh),
        &exponential(1),
    );
    let low = |p: Poly| p.truncate("u", 4);
    let memory = low(exponential(-1) * over_normal(&weighted));
    steps.equal(
        "the memory over one sweep is 1 − e^(−u/2) E sech(√u z), to order u⁴",
        "e^(−u/2) E cosh(√u z) tanh²(√u z)",
        &memory,
        &(int(1) - low(exponential(-1) * over_normal(&sech))),
    );
    steps.equal(
        "for weak weights the memory is u − u²",
        "1 − e^(−u/2) E sech(√u z) to order u²",
        &memory.truncate("u", 2),
        &(&u - &u * &u),
    );
}

/// How the distance of the leading mode from its instability scales on the line, N = M.
fn critical_sizes(steps: &mut Derivation) {
    let (int, ratio) = (Poly::int, Poly::ratio);
    let [n, e] = ["N", "e"].map(Poly::var);
    // On the line σN = 16 and A = B = 8. With A = B = 8 + e² the variance g of a unit due to the
    // bulk solves 16g² − (8 + e²)g + 1 = 0.
    let g = ratio(1, 4) - ratio(1, 8) * &e + ratio(1, 32) * &e * &e - ratio(1, 256) * e.pow(3);
    let equation = int(16) * &g * &g - (int(8) + &e * &e) * &g + int(1);
    steps.equal(
        "on the line the edge is a square root: g = 1/4 − e/8 + … at A = B = 8 + e²",
        "16g² − (8 + e²)g + 1 to order e⁴ (g = 1/4 − e/8 + e²/32 − e³/256)",
        &equation.truncate("e", 4),
        &int(0),
    );
    // The leading mode, with λ₁ = 8 at the edge, has the variance A/(A² − λ₁²) = 1/(2e²) to leading
    // order, of which a share 1/N counts. Both must add up to 1/4.
    let balance = RatFn::new(int(1), int(2) * &n * &e * &e) - RatFn::from(ratio(1, 8) * &e);
    steps.equal(
        "the share of the leading mode fills what the bulk lacks at Ne³ = 4, e² = (4/N)^(2/3)",
        "1/(2Ne²) − e/8 (N = 4/e³)",
        &balance.substitute("N", &RatFn::new(int(4), e.pow(3))),
        &RatFn::from(int(0)),
    );
    // At A = 8 − e², Im g is e/8; it is π/2 times the density of singular values.
    let within = ratio(1, 6) * &n * e.pow(3);
    steps.equal(
        "π times the number of modes within e² of the edge is Ne³/6: the spacing there is of order N^(−2/3) too",
        "∂(Ne³/6)/∂e − 2N·(e/8)·∂(e²)/∂e",
        &(within.diff("e") - int(2) * &n * ratio(1, 8) * &e * (&e * &e).diff("e")),
        &int(0),
    );
    steps.equal(
        "N⟨q²⟩ = −16 dg/dA = 1/e + …: it grows as N^(1/3), where var x₁ = 1/(2e²) grows as N^(2/3)",
        "e·(−16 dg/de)/(2e) at e = 0",
        &(int(-8) * g.diff("e")).substitute("e", &int(0)),
        &int(1),
    );
}

/// binom(2t, t)/4ᵗ, t small.
fn central_binomial(t: usize) -> Poly {
    (1..=t as i64).fold(Poly::int(1), |product, k| product * Poly::ratio(2 * k - 1, 2 * k))
}

/// The overlap with its start that the linear map leaves of a state on the line, N = M.
fn linear_map(steps: &mut Derivation) {
    let (int, ratio) = (Poly::int, Poly::ratio);
    let n = Poly::var("N");
    // σN = 16, A = B = 8: after t sweeps (4/N) Σ B/(AB − λ²) (λ²/(AB))ᵗ = (1/2) Σ_{k >= t} C_k/4ᵏ,
    // C_k the leading order of tr (WWᵀ)ᵏ/(N (σN)ᵏ).
    let mut left = int(1);
    for k in 0..=4usize {
        let number = match k {
            0 => int(1),
            k => {
                let moment = wick::trace_moment(&[k]).substitute("s", &int(1)).substitute("M", &n);
                moment.coefficient("N", k as u32 + 1)
            }
        };
        let forgotten = ratio(1, 2) * &number * ratio(1, 4).pow(k as u32);
        steps.equal(
            &format!("the linear map on the line forgets in sweep {} what binom(2t, t)/4ᵗ loses", k + 1),
            &format!("½·[N^{}] E tr (WWᵀ)^{k}/4^{k} (W N x N, standard normal)", k + 1),
            &forgotten,
            &(central_binomial(k) - central_binomial(k + 1)),
        );
        left = left - forgotten;
    }
    steps.equal("after 5 sweeps binom(10, 5)/4⁵ is left", "1 − ½ Σ C_k/4ᵏ (k = 0 to 4)", &left, &ratio(252, 1024));
    // binom(2t + 2, t + 1)/(4 binom(2t, t)) is what sweep t + 1 leaves.
    let t = Poly::var("t");
    let kept = RatFn::new((int(2) * &t + int(2)) * (int(2) * &t + int(1)), int(4) * (&t + int(1)).pow(2));
    steps.equal(
        "sweep t + 1 loses the share 1/(2(t + 1)) of what is left: it falls as t^(−1/2)",
        "1 − (2t + 2)(2t + 1)/(4(t + 1)²)",
        &(RatFn::from(int(1)) - kept),
        &RatFn::new(int(1), int(2) * (&t + int(1))),
    );
}
