//! The derivation.

use super::falsifiers;
use crate::claim::{Case, CheckError, Falsifier};
use crate::evidence::{Criterion, Measurement};
use crate::exact::rank_one::RankOne;
use crate::symbolic::Derivation;
use crate::symbolic::matrix::Matrix;
use crate::symbolic::poly::Poly;
use crate::symbolic::ratio::RatFn;
use crate::symbolic::series::PowerSeries;

pub(super) fn derive(case: Case<'_>) -> Result<Derivation, CheckError> {
    let mut steps = Derivation::new();
    let int = Poly::int;
    let ratio = Poly::ratio;
    // Σ_j ln cosh(tU_j/2) with Σ U² = 1, Σ U⁴ = κ, Σ U⁶ = κ₆, Σ U⁸ = κ₈.
    let bit = PowerSeries::cosh(8).ln().compose(&PowerSeries::variable(8).scale(&ratio(1, 2)));
    let [kappa, kappa6, kappa8] = ["κ", "κ₆", "κ₈"].map(Poly::var);
    let sign = if case.is(&falsifiers::QUARTIC_SIGN) { int(-1) } else { int(1) };
    let weights = [(2, int(1)), (4, &sign * &kappa), (6, kappa6.clone()), (8, kappa8.clone())];
    let coefficient =
        |k: usize| weights.iter().find(|(n, _)| *n == k).map_or(int(0), |(_, sum)| bit.coefficient(k) * sum);
    let cumulants = PowerSeries::new((0..=8).map(coefficient).collect());
    let rate = cumulants.legendre();
    steps.equal(
        "the coefficient of x² in I(x) is 2",
        "[x²] sup_t [tx − Σ_j ln cosh(tU_j/2)]",
        &rate.coefficient(2),
        &int(2),
    );
    steps.equal(
        "the coefficient of x⁴ in I(x) is (4/3)κ",
        "[x⁴] sup_t [tx − Σ_j ln cosh(tU_j/2)]",
        &rate.coefficient(4),
        &(ratio(4, 3) * &kappa),
    );
    let sixth = ratio(32, 45) * (int(5) * &kappa * &kappa - int(2) * &kappa6);
    steps.equal(
        "the coefficient of x⁶ in I(x) is (32/45)(5κ² − 2κ₆)",
        "[x⁶] sup_t [tx − Σ_j ln cosh(tU_j/2)]",
        &rate.coefficient(6),
        &sixth,
    );
    // Third-order perturbation: I = 2x² − P + 2P'² − 8P'²P'' at t = 4x for K = t²/8 + P(t).
    let eighth = ratio(128, 9) * kappa.pow(3) - ratio(512, 45) * &kappa * &kappa6 + ratio(544, 315) * &kappa8;
    steps.equal(
        "the coefficient of x⁸ in I(x) is (128/9)κ³ − (512/45)κκ₆ + (544/315)κ₈",
        "[x⁸] sup_t [tx − Σ_j ln cosh(tU_j/2)]",
        &rate.coefficient(8),
        &eighth,
    );
    steps.equal(
        "the Legendre transform of I is the cumulant function",
        "sup_x [zx − I(x)] (I to order 8)",
        &rate.legendre(),
        &cumulants,
    );

    // Entropy of a unit of magnetisation m, from artanh' = 1/(1 − m²): S'(m) = −artanh m.
    let geometric = PowerSeries::new((0..=6).map(|k| int(i64::from(k % 2 == 0))).collect());
    let artanh = geometric.integrate();
    let entropy_cost = artanh.integrate();
    // All |U_j| = 1/√N: κ = 1/N, κ₆ = 1/N², κ₈ = 1/N³ and x = √N m/2. N = 1 gives the same
    // coefficients with x = m/2.
    let equal = |p: &Poly| ["κ", "κ₆", "κ₈"].iter().fold(p.clone(), |p, var| p.substitute(var, &int(1)));
    let at_half = rate.compose(&PowerSeries::variable(8).scale(&ratio(1, 2)));
    for k in [2usize, 4, 6, 8] {
        let name = format!("equal entries: order {k} of I(m/2) is that of the entropy cost ∫ artanh");
        let before = format!("[m^{k}] I(m/2) (κ = κ₆ = κ₈ = 1)");
        steps.equal(&name, &before, &equal(&at_half.coefficient(k)), &entropy_cost.coefficient(k));
    }
    landau_form(&mut steps, &rate);
    equal_entries(&mut steps, &artanh);
    unequal_layers(&mut steps, &entropy_cost);
    first_order_in_kappa(&mut steps, case, bit.coefficient(4));
    fourth_order(&mut steps);
    phase_steps(&mut steps, case);
    Ok(steps)
}

/// The free energy of one mode in u and w, to fourth order. `rate` is I of one layer.
fn landau_form(steps: &mut Derivation, rate: &PowerSeries) {
    let (int, ratio) = (Poly::int, Poly::ratio);
    // u = p/√2, w = q/√2: x = (p − q)/2, y = (p + q)/2.
    let [g, p, q, kx, ky] = ["g", "p", "q", "κx", "κy"].map(Poly::var);
    let half = ratio(1, 2);
    let (x, y) = (&half * (&p - &q), &half * (&p + &q));
    let quartic = |z: &Poly, k: &Poly| {
        let fourth = rate.coefficient(4).substitute("κ", k);
        rate.coefficient(2) * z.pow(2) + fourth * z.pow(4)
    };
    let free = quartic(&x, &kx) + quartic(&y, &ky) - &g * &x * &y;
    let quadratic = ratio(1, 4) * ((int(4) - &g) * &p * &p + (int(4) + &g) * &q * &q);
    let even = p.pow(4) + int(6) * p.pow(2) * q.pow(2) + q.pow(4);
    let odd = &p * &q * (&p * &p + &q * &q);
    steps.equal(
        "F = ((4−g)u² + (4+g)w²)/2 + (κx+κy)(u⁴+6u²w²+w⁴)/3 − 4(κx−κy)uw(u²+w²)/3, p = √2 u, q = √2 w",
        "I(x) + I(y) − gxy (I to order 4, x = (p − q)/2, y = (p + q)/2)",
        &free,
        &(quadratic + ratio(1, 12) * (&kx + &ky) * even - ratio(1, 3) * (&kx - &ky) * odd),
    );
}

/// The free energy per visible unit for equal entries, its exponents, and the threshold for N ≠ M.
fn equal_entries(steps: &mut Derivation, artanh: &PowerSeries) {
    let (int, ratio) = (Poly::int, Poly::ratio);
    let (g, entropy_cost) = (Poly::var("g"), artanh.integrate());
    // For N = M, equal entries and u = √(N/2) m, f(m) = 2 · entropy cost − (g/4)m² per visible
    // unit.
    let m = Poly::var("m");
    let f = PowerSeries::new((0..=8).map(|k| int(2) * entropy_cost.coefficient(k)).collect()).to_poly("m")
        - ratio(1, 4) * &g * &m * &m;
    let landau = (int(1) - ratio(1, 4) * &g) * m.pow(2)
        + ratio(1, 6) * m.pow(4)
        + ratio(1, 15) * m.pow(6)
        + ratio(1, 28) * m.pow(8);
    steps.equal(
        "f(m) = (1 − g/4)m² + m⁴/6 + m⁶/15 + m⁸/28 + …",
        "2 ∫₀ᵐ artanh(s) ds − gm²/4 (to order 8)",
        &f,
        &landau,
    );
    steps.equal(
        "f'(m) = 2(artanh m − gm/4), so that f' = 0 is m = tanh(gm/4)",
        "∂[2 ∫₀ᵐ artanh(s) ds − gm²/4]/∂m (to order 7)",
        &f.diff("m"),
        &(int(2) * (artanh.to_poly("m") - ratio(1, 4) * &g * &m)),
    );
    // Exponents of the quartic form, ε = g/4 − 1.
    let eps = Poly::var("ε");
    let near = |p: &Poly| p.substitute("g", &(int(4) + int(4) * &eps));
    let order4 = near(&f).truncate("m", 4);
    let over_m = RatFn::new(order4.diff("m"), m.clone());
    let squared = RatFn::from(int(3) * &eps);
    let stationary = over_m.substitute("m", &RatFn::from(m.clone()));
    let in_square = stationary - RatFn::from(ratio(2, 3)) * (RatFn::from(&m * &m) - &squared);
    steps.equal(
        "at the minimum m² = 3ε with ε = g/4 − 1: exponent 1/2",
        "f'(m)/m − (2/3)(m² − 3ε) (f to order 4, g = 4 + 4ε)",
        &in_square,
        &RatFn::from(int(0)),
    );
    steps.equal(
        "1/χ = f''(0) = −2ε: exponent 1",
        "∂²f/∂m² at 0 (g = 4 + 4ε)",
        &order4.diff("m").diff("m").coefficient("m", 0),
        &(int(-2) * &eps),
    );
    let isotherm = order4.substitute("ε", &int(0)).diff("m");
    steps.equal(
        "at g = 4 the field is (2/3)m³: exponent 3",
        "f'(m) (f to order 4, g = 4)",
        &isotherm,
        &(ratio(2, 3) * m.pow(3)),
    );
    // For N ≠ M, m_v = tanh(g r m_h/4) and m_h = tanh(g m_v/(4r)) with r = √(M/N); the product of
    // both linear maps.
    let r = Poly::var("r");
    let round = RatFn::from(ratio(1, 4) * &g * &r) * RatFn::new(ratio(1, 4) * &g, r);
    steps.equal(
        "N ≠ M: the product of the linear maps of both layers is (g/4)², threshold 4",
        "(gr/4)·(g/(4r))",
        &round,
        &RatFn::from(ratio(1, 16) * &g * &g),
    );
}

/// The order parameter for layers of different size, to second order above the threshold.
fn unequal_layers(steps: &mut Derivation, entropy_cost: &PowerSeries) {
    let (int, m) = (Poly::int, Poly::var("m"));
    let eps = Poly::var("ε");
    // With k = g/4 = 1 + ε, c = N/M and s = m², and the hidden layer summed out, f'/m = (1 − k²) +
    // s(1 + k⁴c)/3 + s²(3 − 2k⁶c²)/15.
    let [c, size] = ["c", "s"].map(Poly::var);
    let even = entropy_cost.to_poly("m");
    let both = PowerSeries::cosh(8).ln().compose(&PowerSeries::variable(8).scale(&Poly::var("k"))).to_poly("m");
    // In M/N ln cosh(k m √(N/M)), order n of ln cosh has the factor c^(n/2 − 1).
    let hidden =
        (2..=6u32).step_by(2).fold(int(0), |sum, n| sum + both.coefficient("m", n) * m.pow(n) * c.pow(n / 2 - 1));
    let slope = (even.truncate("m", 6) - hidden).diff("m");
    let by_square = (0..3u32).fold(int(0), |sum, n| sum + slope.coefficient("m", 2 * n + 1) * size.pow(n));
    let [first, second] = ["s₁", "s₂"].map(Poly::var);
    let in_eps = by_square.substitute("k", &(int(1) + &eps)).substitute("s", &(&eps * &first + eps.pow(2) * &second));
    let one = int(1) + &c;
    let leading = RatFn::new(int(6), one);
    let next = -&(&leading * &square_correction());
    for k in [1u32, 2] {
        let order = RatFn::from(in_eps.coefficient("ε", k)).substitute("s₁", &leading).substitute("s₂", &next);
        let name = format!("N ≠ M: m² = (6ε/(1 + c))(1 − Kε) with c = N/M solves f' = 0 at order {k} in ε");
        let before = format!("[ε^{k}] f'(m)/m (m² = (6ε/(1 + c))(1 − Kε), g = 4 + 4ε)");
        steps.equal(&name, &before, &order, &RatFn::from(int(0)));
    }
}

/// Effects of first order in κ: ⟨uw⟩ for unequal κ, and the 1/N correction of ln Z.
/// `fourth_cumulant` is that of a fair bit divided by 4!.
fn first_order_in_kappa(steps: &mut Derivation, case: Case<'_>, fourth_cumulant: Poly) {
    let (int, ratio) = (Poly::int, Poly::ratio);
    let [g, kx, ky] = ["g", "κx", "κy"].map(Poly::var);
    // ⟨uw⟩ for unequal κ, Δ = κx − κy: the quartic form contains +(4/3)Δ uw(u² + w²), and the
    // prefactor √I'' ∝ 1 + 2κx² of each layer gives −2Δ uw.
    let (a, b) = (RatFn::new(int(1), int(4) - &g), RatFn::new(int(1), int(4) + &g));
    let product = &a * &b;
    let tilt = &(&RatFn::from(int(4)) * &product) * &(&a + &b) - &RatFn::from(int(2)) * &product;
    let claimed_uw = RatFn::new(int(2) * g.pow(2), (int(16) - &g * &g).pow(2));
    steps.equal(
        "κx ≠ κy: ⟨uw⟩ is κx − κy times 2g²/(16 − g²)², below the threshold",
        "4ab(a + b) − 2ab (a = 1/(4 − g), b = 1/(4 + g))",
        &tilt,
        &claimed_uw,
    );

    // 1/N correction of ln Z to first order in κ; with y summed out, the variance of x is 1/(4 −
    // g²/4) = 4/(16 − g²).
    let det = int(16) - &g * &g;
    let tilted = RatFn::new(int(4), det.clone());
    steps.equal(
        "the variance of x with y summed out is 1/(4 − g²/4) = 4/(16 − g²)",
        "1/(4 − g²/4)",
        &RatFn::new(int(1), int(4) - ratio(1, 4) * &g * &g),
        &tilted,
    );
    // The fourth cumulant times κ is the coefficient of t⁴: −1/192.
    let power = if case.is(&falsifiers::CORRECTION_UNSQUARED) { 1 } else { 2 };
    let claimed = |k: &Poly| RatFn::new(ratio(-1, 4) * k * g.pow(4), det.pow(power));
    // y summed out: ln E e^(g x y) = g²x²/8 + κy g⁴x⁴ · (−1/192); ⟨x⁴⟩ = 3 var².
    let from_y = RatFn::from(&fourth_cumulant * &ky * g.pow(4) * int(3)) * (&tilted * &tilted);
    steps.equal(
        "the κy term from ⟨x⁴⟩ is −(κy/4) g⁴/(16 − g²)²",
        "(−1/192)·κy·g⁴·3·(4/(16 − g²))²",
        &from_y,
        &claimed(&ky),
    );
    // κx: the fourth cumulant acts as ∂⁴ on e^(c x²/2), c = g²/4: c⁴x⁴ + 6c³x² + 3c².
    let c = RatFn::from(ratio(1, 4) * &g * &g);
    let (c2, v) = (&c * &c, &tilted);
    let acted =
        &c2 * &(&RatFn::from(int(3)) * &(&(&c2 * v) * v) + &(&RatFn::from(int(6)) * &(&c * v)) + &RatFn::from(int(3)));
    let from_x = RatFn::from(&fourth_cumulant * &kx) * acted;
    steps.equal(
        "the κx term from ∂⁴, whose mirror image is that of κy: κ = 1/N, 1/M give −(1/4)(1/N + 1/M) g⁴/(16 − g²)²",
        "(−1/192)·κx·c²(3c²v² + 6cv + 3) (c = g²/4, v = 4/(16 − g²))",
        &from_x,
        &claimed(&kx),
    );
}

/// The fourth order in β of ln Z of a 2 x 1 machine with centred fields, from its eight states,
/// equals the Gaussian form plus the correction that [`next_order`] evaluates.
fn fourth_order(steps: &mut Derivation) {
    let (int, ratio) = (Poly::int, Poly::ratio);
    let [a1, a2, b, w1, w2] = ["a1", "a2", "b", "w1", "w2"].map(Poly::var);
    // Σ over states of (βX)^n/n! with X = a·d_v + b d_h + d_v W d_h and d = ±1/2; fields and
    // couplings have the same factor β, as in E.
    let mut moments = vec![int(0); 5];
    for state in 0..8u32 {
        let half = |bit: u32| ratio(if state >> bit & 1 == 1 { 1 } else { -1 }, 2);
        let (v1, v2, h) = (half(0), half(1), half(2));
        let x = &a1 * &v1 + &a2 * &v2 + &b * &h + &v1 * &w1 * &h + &v2 * &w2 * &h;
        let mut factorial = 1;
        for (n, moment) in moments.iter_mut().enumerate() {
            factorial *= (n as i64).max(1);
            *moment = &*moment + &(ratio(1, 8 * factorial) * x.pow(n as u32));
        }
    }
    let fourth = PowerSeries::new(moments).ln().coefficient(4);
    let (rows, column) = ([&w1 * &w1, &w2 * &w2], &w1 * &w1 + &w2 * &w2);
    let along = &w1 * &a1 + &w2 * &a2;
    let gaussian = ratio(1, 128) * (along.pow(2) + &b * &b * &column) + ratio(1, 1024) * column.pow(2);
    let unit = |f: &Poly, v: &Poly| {
        // μ⁴ + 6μ²v + 3v², where μ is the field and v = (WWᵀ)_jj/4.
        let v = ratio(1, 4) * v;
        ratio(-1, 192) * (f.pow(4) + int(6) * f.pow(2) * &v + int(3) * v.pow(2))
    };
    let pairs = ratio(1, 1536) * (w1.pow(4) + w2.pow(4));
    let correction = unit(&a1, &rows[0]) + unit(&a2, &rows[1]) + unit(&b, &column) + pairs;
    steps.equal(
        "order β⁴ of ln Z, 2 x 1 with fields: Gaussian − Σ (μ⁴ + 6μ²v + 3v²)/192 over units + Σ W⁴/1536",
        "[β⁴] ln ⟨exp β(a1·v1 + a2·v2 + b·h + w1·v1·h + w2·v2·h)⟩ (8 states ±1/2)",
        &fourth,
        &(gaussian + correction),
    );
}

/// The assumptions of a prediction, which falsifiers change.
pub(super) struct Theory {
    pub(super) critical: f64,
    pub(super) cubic: f64,
    pub(super) kappa: f64,
    pub(super) sign: f64,
}

impl Theory {
    pub(super) fn of(case: &Case<'_>) -> Self {
        let pick = |wrong_one: &Falsifier, wrong: f64, right: f64| if case.is(wrong_one) { wrong } else { right };
        Self {
            critical: pick(&falsifiers::CRITICAL_POINT, 3.9, 4.0),
            cubic: pick(&falsifiers::CUBIC_TERM, 0.1, 0.0),
            kappa: pick(&falsifiers::HALF_KAPPA, 0.5, 1.0),
            sign: pick(&falsifiers::FIELD_SIGN, -1.0, 1.0),
        }
    }

    /// Free energy per visible unit at zero field as a function of the visible magnetisation m,
    /// with the hidden layer summed out: f(m) = ∫ artanh − (M/N) ln cosh(g m √(N/M)/4).
    pub(super) fn free_energy(&self, shape: f64, g: f64, m: f64) -> f64 {
        let cost = 0.5 * ((1.0 + m) * m.ln_1p() + (1.0 - m) * (-m).ln_1p());
        cost - shape * (g * m / (self.critical * shape.sqrt())).cosh().ln() + self.cubic * m.powi(3)
    }

    /// The minimum m of the free energy, and c₁ of ⟨m⟩ = m + c₁/N + O(1/N²). `shape` is M/N, `h`
    /// the field on every unit of both layers along the mode.
    pub(super) fn minimum(&self, shape: f64, g: f64, h: f64) -> (f64, f64) {
        let (h, side) = (self.sign * h, (self.sign * h).signum());
        let (h, rho) = (h.abs(), shape.sqrt());
        let pull = |m: f64| (0.5 * h + g * m / (self.critical * rho)).tanh();
        let slope = |m: f64| m.atanh() - 0.5 * h - g / self.critical * rho * pull(m) + 3.0 * self.cubic * m * m;
        let (mut low, mut high) = (1e-12, 1.0 - 1e-15);
        for _ in 0..200 {
            let middle = 0.5 * (low + high);
            if slope(middle) < 0.0 { low = middle } else { high = middle }
        }
        let (m, t, k) = (high, pull(high), g / self.critical);
        let second = 1.0 / (1.0 - m * m) - k * k * (1.0 - t * t) + 6.0 * self.cubic * m;
        let third = 2.0 * m / (1.0 - m * m).powi(2) + 2.0 * k.powi(3) / rho * t * (1.0 - t * t) + 6.0 * self.cubic;
        let first = -third / (2.0 * second * second) + m / ((1.0 - m * m) * second);
        (side * m, first)
    }
}

/// K(c) in m² = (6ε/(1 + c))(1 − Kε) above the threshold, c = N/M.
pub(super) fn square_correction() -> RatFn {
    let c = Poly::var("c");
    RatFn::new(
        Poly::int(31) + Poly::int(30) * &c + Poly::int(11) * c.pow(2),
        Poly::int(10) * (Poly::int(1) + &c).pow(2),
    )
}

/// Weights of mean J₀ = θ/√(NM) and variance σ: the bulk reduces the precision along the mean by
/// the amount that Onsager's reaction term, with A and B of T09, adds.
fn phase_steps(steps: &mut Derivation, case: Case<'_>) {
    let int = Poly::int;
    let [a, b, c, d, theta, sigma, n, m] = ["A", "B", "c", "d", "θ", "σ", "N", "M"].map(Poly::var);
    // One direction of x and one unit of y with coupling c = d: integrating out y leaves the
    // determinant divided by B.
    let pair = Matrix::from_rows(vec![vec![a.clone(), -&c], vec![-&d, b.clone()]]);
    let taken = RatFn::from(a) - RatFn::new(pair.determinant(), b.clone());
    steps.equal(
        "one unit of the other layer reduces the precision by c²/B",
        "A − det(A, −c; −d, B)/B",
        &taken,
        &RatFn::new(&c * &d, b),
    );
    // For a whole layer c² = σ on average. In the absence of x, B = 4, because each unit has the
    // variance 1/4 of a unit at zero field.
    let one = taken
        .substitute("B", &RatFn::from(int(4)))
        .substitute("c", &RatFn::from(sigma.clone()))
        .substitute("d", &RatFn::from(int(1)));
    let precision = |size: &Poly| {
        // A = 4 + σM/4 and B = 4 + σN/4 as in T09.
        let reaction = Poly::ratio(1, 4) * &sigma * size;
        if case.is(&falsifiers::REACTION_LEFT_OUT) { int(4) } else { int(4) + reaction }
    };
    let left = |size: &Poly| RatFn::from(precision(size)) - &RatFn::from(size.clone()) * &one;
    steps.equal(
        "the bulk reduces A to 4: a unit keeps its variance 1/4",
        &format!("A − M·σ/4 (A = {})", precision(&m)),
        &left(&m),
        &RatFn::from(int(4)),
    );
    steps.equal(
        "the bulk reduces B to 4",
        &format!("B − N·σ/4 (B = {})", precision(&n)),
        &left(&n),
        &RatFn::from(int(4)),
    );
    // The same bulk acts along the direction of the mean, which has the additional coupling θ.
    let det = &left(&m) * &left(&n) - RatFn::from(&theta * &theta);
    let half = &RatFn::from(Poly::ratio(1, 2)) * &(left(&m) + left(&n));
    let claimed = RatFn::new(int(1), int(4) - &theta);
    steps.equal(
        "⟨u²⟩ along the mean, numerator over determinant, is 1/(4 − θ), whatever the variance of the weights",
        "½[(A − M·σ/4) + (B − N·σ/4)] + θ",
        &(half + RatFn::from(theta)),
        &(&claimed * &det),
    );
}

/// A check of a discrepancy that should fall as a power of the size. It is measured at one size and
/// at four times that size, and judged at the larger one.
pub(super) fn falling(
    id: &str,
    name: String,
    order: f64,
    at: [(f64, f64); 2],
    bound: f64,
    rationale: &'static str,
) -> Measurement {
    let gap = |(observed, predicted): (f64, f64)| (observed - predicted).abs();
    let measured_order = (gap(at[0]) / gap(at[1])).ln() / 4f64.ln();
    let criterion = Criterion::Truncation { order, measured_order, bound, rationale };
    Measurement::new(id, name, at[1].0, at[1].1, criterion)
}

/// One mode with a field h on every unit along the mode: f_x = √N h and f_y = √M h.
pub(super) fn in_field(n: usize, m: usize, g: f64, h: f64) -> RankOne {
    RankOne { field_x: (n as f64).sqrt() * h, field_y: (m as f64).sqrt() * h, ..RankOne::new(n, m, g) }
}
