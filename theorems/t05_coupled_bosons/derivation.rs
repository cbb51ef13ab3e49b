//! The derivation.

use super::falsifiers;
use crate::claim::{Case, CheckError};
use crate::symbolic::Derivation;
use crate::symbolic::cumulant;
use crate::symbolic::haar;
use crate::symbolic::matrix::Matrix;
use crate::symbolic::poly::Poly;
use crate::symbolic::ratio::RatFn;
use crate::symbolic::series::PowerSeries;

pub(super) fn derive(case: Case<'_>) -> Result<Derivation, CheckError> {
    let mut steps = Derivation::new();
    let int = Poly::int;
    let [g, x, y] = ["g", "x", "y"].map(Poly::var);
    // Logarithm of the weight of one mode, g = βλ: e^(gxy) times two normal laws of variance 1/4.
    let exponent = &g * &x * &y - int(2) * (&x * &x + &y * &y);
    let second = |a: &'static str, b: &'static str| -exponent.diff(a).diff(b);
    let precision =
        Matrix::from_rows(vec![vec![second("x", "x"), second("x", "y")], vec![second("y", "x"), second("y", "y")]]);
    let det = int(16) - &g * &g;
    steps.equal(
        "the diagonal element of x in the precision matrix is 4, as that of y",
        "−∂²[gxy − 2(x² + y²)]/∂x²",
        &precision[(0, 0)],
        &int(4),
    );
    steps.equal(
        "the determinant of the precision matrix is 16 − g², g = βλ",
        "det(4, −g; −g, 4)",
        &precision.determinant(),
        &det,
    );
    let covariance = if case.is(&falsifiers::COVARIANCE_SIGN) { -&g } else { g.clone() };
    let adjugate = Matrix::from_rows(vec![vec![int(4), covariance.clone()], vec![covariance.clone(), int(4)]]);
    let product = &precision * &adjugate;
    steps.equal(
        "the product of the precision matrix and (4, g; g, 4) is 16 − g² on the diagonal",
        &format!("row 1 of (4, −g; −g, 4) · column 1 of (4, {covariance}; {covariance}, 4)"),
        &product[(0, 0)],
        &det,
    );
    steps.equal(
        "the product is 0 off the diagonal: cov(x, y) = g/(16 − g²)",
        &format!("row 1 of (4, −g; −g, 4) · column 2 of (4, {covariance}; {covariance}, 4)"),
        &product[(0, 1)],
        &int(0),
    );
    // u = (x + y)/√2 has var u = var x + cov(x, y); for w the sign is the opposite.
    let over = |p: Poly| RatFn::new(p, det.clone());
    let plus = over(int(4) + &covariance);
    let minus = over(int(4) - &covariance);
    steps.equal(
        "var u = 1/(4 − g)",
        &format!("4/(16 − g²) + {covariance}/(16 − g²)"),
        &plus,
        &RatFn::new(int(1), int(4) - &g),
    );
    steps.equal(
        "var w = 1/(4 + g)",
        &format!("4/(16 − g²) − {covariance}/(16 − g²)"),
        &minus,
        &RatFn::new(int(1), int(4) + &g),
    );
    // Joint cumulants of two modes: derivatives of Σ_j ln cosh((t U_ji + s U_jk)/2) at 0, for one
    // unit j.
    let [t, s, u, v] = ["t", "s", "U", "V"].map(Poly::var);
    let bit = PowerSeries::cosh(8).ln().compose(&PowerSeries::variable(8).scale(&Poly::ratio(1, 2)));
    let field = &t * &u + &s * &v;
    let factorial = |n: u32| int((1..=i64::from(n)).product());
    let joint = |a: u32, b: u32| {
        let order = bit.coefficient((a + b) as usize) * field.pow(a + b);
        // The power of the field contains (a + b)!/(a! b!) arrangements of a factors t and b
        // factors s.
        let placements = if case.is(&falsifiers::PAIRINGS_UNCOUNTED) { factorial(a + b).reciprocal() } else { int(1) };
        placements * factorial(a) * factorial(b) * order.coefficient("t", a).coefficient("s", b)
    };
    for (a, b) in [(2, 2), (4, 2), (3, 3), (4, 4), (6, 2)] {
        let name = format!("joint cumulant of order {a} + {b} of one unit: κ_{} U^{a} V^{b}", a + b);
        let before = format!("{a}!·{b}!·[t^{a} s^{b}] ln cosh((t·U + s·V)/2)");
        steps.equal(&name, &before, &joint(a, b), &cumulant::joint(&[(&u, a), (&v, b)]));
    }
    let n = Poly::var("N");
    let entries = haar::two_columns(&[2], &[2]);
    let per_unit = joint(2, 2).coefficient("U", 2).coefficient("V", 2);
    let mean = RatFn::from(&n * &per_unit) * entries;
    let below = int(8) * (&n + int(2));
    steps.equal(
        "the Haar mean of the sum over N units is −1/(8(N+2))",
        &format!("N·({per_unit})·E U_ji² U_jk²"),
        &mean,
        &RatFn::new(int(-1), below),
    );
    let sphere = RatFn::from((&n * Poly::ratio(1, 4)).pow(2)) * haar::one_column(&[2, 2]);
    let gap = sphere - RatFn::from(Poly::ratio(1, 16));
    steps.equal(
        "the same mean, since x is a Haar rotation of a state of squared length N/4",
        "(N/4)²·E e_i² e_k² − 1/16 (e a uniform unit vector)",
        &gap,
        &mean,
    );
    corrections(&mut steps);
    extensive(&mut steps);
    Ok(steps)
}

/// Corrections to the Gaussian ln Z from the cumulants of single units, in Hermite polynomials:
/// ⟨e^(tz − t²/2)⟩ = e^(ρt²/2) for a normal z of variance 1 + ρ.
fn corrections(steps: &mut Derivation) {
    let int = Poly::int;
    let [rho, tau, t, s, g, source, u, v] = ["ρ", "τ", "t", "s", "g", "h", "U", "V"].map(Poly::var);
    // ⟨He_4(z) He_4(z')⟩ and ⟨He_n(z)⟩ from the coefficients of e^(ρt²/2 + ρs²/2 + τts).
    let pair = Poly::ratio(1, 2) * &rho * (&t * &t + &s * &s) + &tau * &t * &s;
    let moments = PowerSeries::variable(4).scale(&pair).exp();
    let factorial = |n: u32| int((1..=i64::from(n)).product());
    let hermite = |a: u32, b: u32| {
        let order = moments.coefficient(((a + b) / 2) as usize);
        factorial(a) * factorial(b) * order.coefficient("t", a).coefficient("s", b)
    };
    // Cumulants of a bit in units of its standard deviation 1/2, divided by n!.
    let fourth = cumulant::fair_bit(4) * int(16) * Poly::ratio(1, 24);
    let sixth = cumulant::fair_bit(6) * int(64) * Poly::ratio(1, 720);
    let first = &fourth * hermite(4, 0);
    let quarter = Poly::ratio(-1, 4);
    steps.equal(
        "the first order in the cumulants of one unit is −ρ²/4, ρ = R_jj",
        "(16κ₄/4!)·⟨He₄(z)⟩ (κ₄ of a fair bit, z normal of variance 1 + ρ)",
        &first,
        &(&quarter * &rho * &rho),
    );
    let [r1, r2] = ["ρ₁", "ρ₂"].map(Poly::var);
    let excess = &u * &u * &r1 + &v * &v * &r2;
    let cross = first.substitute("ρ", &excess).coefficient("ρ₁", 1).coefficient("ρ₂", 1);
    steps.equal(
        "the cross term of two modes is −½ U²V² times ρ₁ρ₂",
        "[ρ₁ρ₂] (−1/4)·(U²ρ₁ + V²ρ₂)²",
        &cross,
        &(Poly::ratio(-1, 2) * u.pow(2) * v.pow(2)),
    );
    let half = Poly::ratio(1, 2);
    let own = sixth * hermite(6, 0) + &half * fourth.pow(2) * (hermite(8, 0) - hermite(4, 0).pow(2));
    let third = Poly::ratio(1, 3);
    let expected = &third * rho.pow(3) + Poly::ratio(1, 3) * rho.pow(4);
    steps.equal(
        "second order, one unit with itself: ρ³/3 + ρ⁴/4 + ρ⁴/12",
        "⟨He₆(z)⟩/45 + ½·(⟨He₈(z)⟩ − ⟨He₄(z)⟩²)/144 (z normal of variance 1 + ρ)",
        &own,
        &expected,
    );
    let mutual = &fourth * &fourth * (hermite(4, 4) - hermite(4, 0).pow(2));
    let expected = &half * rho.pow(2) * tau.pow(2) + Poly::ratio(1, 6) * tau.pow(4);
    steps.equal(
        "second order, two units: 2(ρ²τ²/4 + τ⁴/12), ρ = R_jj = R_ll, τ = R_jl",
        "(⟨He₄(z) He₄(z')⟩ − ⟨He₄(z)⟩²)/144 (normal, variances 1 + ρ, covariance τ)",
        &mutual,
        &expected,
    );
    // One unit per layer has ρ = g²/16 + ... and τ = g/4 + ...; compare order g⁴ with ln cosh(g/4).
    let scaled = PowerSeries::variable(4).scale(&Poly::ratio(1, 4));
    let exact = PowerSeries::cosh(4).ln().compose(&scaled).coefficient(4);
    let gauss = Poly::ratio(1, 1024);
    let sum = gauss + int(2) * &quarter * Poly::ratio(1, 256) + Poly::ratio(1, 6) * Poly::ratio(1, 256);
    steps.equal("one unit per layer: ln cosh(g/4) at order g⁴", "[g⁴] ln cosh(g/4)", &exact, &sum);
    // var u = ∂ ln Z/∂h with a source term h u², which changes 4 − g to 4 − g − 2h in var u.
    let below = int(4) - &g;
    let plus = RatFn::new(int(1), &below - int(2) * &source);
    let minus = RatFn::new(int(1), int(4) + &g);
    let excess = RatFn::from(int(2)) * (plus + minus) - RatFn::from(int(1));
    let squared = RatFn::from(quarter) * &excess * &excess;
    let zero = RatFn::from(int(0));
    let shift = squared.diff("h").substitute("h", &zero);
    let ratio = RatFn::new(&g * &g, int(16) - &g * &g);
    steps.equal(
        "ρ = g²/(16 − g²)",
        "2/(4 − g − 2h) + 2/(4 + g) − 1 (at h = 0)",
        &excess.substitute("h", &zero),
        &ratio,
    );
    let expected = RatFn::new(int(-2), below.pow(2)) * ratio;
    steps.equal(
        "the shift of var u is −2ρ/(4 − g)² times 1/N + 1/M",
        "−¼·∂[2/(4 − g − 2h) + 2/(4 + g) − 1]²/∂h (at h = 0)",
        &shift,
        &expected,
    );
}

/// The error of the Gaussian ln Z to order β⁴ on a machine of 2 x 2 units with any weights.
pub(super) fn extensive(steps: &mut Derivation) {
    let int = Poly::int;
    let w = [["W₁₁", "W₁₂"], ["W₂₁", "W₂₂"]].map(|row| row.map(Poly::var));
    let mut mean = PowerSeries::constant(4, &int(0));
    for state in 0..16u32 {
        let sign = |bit: u32| int(if state >> bit & 1 == 1 { 1 } else { -1 });
        let mut field = int(0);
        for (j, row) in w.iter().enumerate() {
            for (k, entry) in row.iter().enumerate() {
                field = field + Poly::ratio(1, 4) * sign(j as u32) * sign(2 + k as u32) * entry;
            }
        }
        mean = &mean + &PowerSeries::variable(4).scale(&field).exp().scale(&Poly::ratio(1, 16));
    }
    let exact = mean.ln().coefficient(4);
    let dot = |a: [&Poly; 2], b: [&Poly; 2]| a[0] * b[0] + a[1] * b[1];
    let rows = [[&w[0][0], &w[0][1]], [&w[1][0], &w[1][1]]];
    let columns = [[&w[0][0], &w[1][0]], [&w[0][1], &w[1][1]]];
    let squares = |a: &[[&Poly; 2]; 2]| dot(a[0], a[0]).pow(2) + dot(a[1], a[1]).pow(2);
    // −½ ln det(1 − WWᵀ/16) to fourth order: tr (WWᵀ)²/(4·256).
    let trace = squares(&rows) + int(2) * dot(rows[0], rows[1]).pow(2);
    let gauss = Poly::ratio(1, 1024) * trace;
    let fourth = w.iter().flatten().fold(int(0), |sum, entry| sum + entry.pow(4));
    let formula = squares(&rows) + squares(&columns) - Poly::ratio(2, 3) * fourth;
    let name = "Gaussian minus exact ln Z to order β⁴: [Σ(WWᵀ)_jj² + Σ(WᵀW)_kk² − ⅔ΣW⁴]/1024";
    let before = "tr (WWᵀ)²/1024 − [β⁴] ln ⟨e^(βxᵀWy)⟩ (16 states ±1/2 of 2 x 2 units)";
    steps.equal(name, before, &(gauss - exact), &(Poly::ratio(1, 1024) * formula));
    // For normal weights with s = 1, E (Σ_k w²)² = M² + 2M per row and E w⁴ = 3.
    let [n, m] = ["N", "M"].map(Poly::var);
    let total = &n * (&m * &m + int(2) * &m) + &m * (&n * &n + int(2) * &n) - int(2) * &n * &m;
    steps.equal(
        "1024 times the mean of this error for normal weights, s = 1, is NM(N+M+2)",
        "N(M² + 2M) + M(N² + 2N) − 2NM",
        &total,
        &(&n * &m * (&n + &m + int(2))),
    );
}
