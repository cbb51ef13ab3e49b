//! The derivation.

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
    let int = Poly::int;
    let ratio = Poly::ratio;
    let [a, b, n, m] = ["A", "B", "N", "M"].map(Poly::var);

    // Precision matrix [[A, −W], [−Wᵀ, B]] of 3 visible and 2 hidden units. W is diag(l₁, l₂) with
    // a zero row below; l contains β.
    let [l1, l2] = ["l₁", "l₂"].map(Poly::var);
    let zero = int(0);
    let precision = Matrix::from_rows(vec![
        vec![a.clone(), zero.clone(), zero.clone(), -&l1, zero.clone()],
        vec![zero.clone(), a.clone(), zero.clone(), zero.clone(), -&l2],
        vec![zero.clone(), zero.clone(), a.clone(), zero.clone(), zero.clone()],
        vec![-&l1, zero.clone(), zero.clone(), b.clone(), zero.clone()],
        vec![zero.clone(), -&l2, zero.clone(), zero.clone(), b.clone()],
    ]);
    let mode = |l: &Poly| &a * &b - l * l;
    let det = precision.determinant();
    steps.equal(
        "the determinant of the precision matrix is A^(N−r) Π (AB − l²), N = 3, M = r = 2",
        "det(A, −W; −Wᵀ, B) (W 3 x 2 with l₁ and l₂ on its diagonal)",
        &det,
        &(&a * mode(&l1) * mode(&l2)),
    );
    // ln Z = NA/8 + MB/8 − (1/2) ln det + const. ∂/∂A = 0: (∂ det/∂A)/det = N/4.
    let sum = |p: &Poly| RatFn::new(p.clone(), mode(&l1)) + RatFn::new(p.clone(), mode(&l2));
    steps.equal(
        "∂ ln det/∂A = Σ B/(AB − l²) + (N−r)/A, which is N/4 at the stationary point",
        "∂ ln det(A, −W; −Wᵀ, B)/∂A (W 3 x 2 with l₁ and l₂ on its diagonal)",
        &RatFn::new(det.diff("A"), det.clone()),
        &(sum(&b) + RatFn::new(int(1), a.clone())),
    );
    steps.equal(
        "∂ ln det/∂B = Σ A/(AB − l²), which is M/4 at the stationary point",
        "∂ ln det(A, −W; −Wᵀ, B)/∂B (W 3 x 2 with l₁ and l₂ on its diagonal)",
        &RatFn::new(det.diff("B"), det.clone()),
        &sum(&a),
    );
    // Both conditions times their variable, with S = Σ AB/(AB − l²).
    let [s, r] = ["S", "r"].map(Poly::var);
    let first = &s + &n - &r - ratio(1, 4) * &n * &a;
    let second = &s + &m - &r - ratio(1, 4) * &m * &b;
    let balance = &n * (&a - int(4)) - &m * (&b - int(4));
    steps.equal(
        "the difference of the two conditions is N(A−4) = M(B−4)",
        "(S + N − r − NA/4) − (S + M − r − MB/4)",
        &(first - second),
        &(ratio(-1, 4) * balance),
    );
    independent_weights(&mut steps, case);
    fourth_order(&mut steps, case);
    pairs_and_cycles(&mut steps, case);
    one_pair_with_fields(&mut steps, case);
    Ok(steps)
}

/// The reaction term of i.i.d. weights: the cavity equations, their closed form, the limit of
/// stability.
fn independent_weights(steps: &mut Derivation, case: Case<'_>) {
    let (int, ratio) = (Poly::int, Poly::ratio);
    let [a, b, n, m] = ["A", "B", "N", "M"].map(Poly::var);
    // i.i.d. weights with σ = β²s²: the cavity equations are G_v = 1/(A − σM G_h), G_h = 1/(B − σN
    // G_v). Let z = σ/(AB), φ = A G_v and ψ = B G_h.
    let order = 3;
    let z = |p: &Poly| PowerSeries::variable(order).scale(p);
    let inverse = |f: &PowerSeries| (-&(&PowerSeries::constant(order, &int(1)) - f).ln()).exp();
    let mut phi = PowerSeries::constant(order, &int(1));
    let mut psi = phi.clone();
    for _ in 0..=order {
        (phi, psi) = (inverse(&(&z(&m) * &psi)), inverse(&(&z(&n) * &phi)));
    }
    for k in 1..=order {
        // The leading order of E tr (WᵀW)ᵏ/N consists of its terms of the highest total degree in N
        // and M.
        let moment = wick::trace_moment(&[k]).substitute("s", &int(1));
        let big = Poly::var("L");
        let scaled = moment.substitute("N", &(&big * &n)).substitute("M", &(&big * &m));
        let leading = RatFn::new(scaled.coefficient("L", k as u32 + 1), n.clone());
        let name = format!("order {k} of the cavity expansion is the leading Wick sum of tr (WWᵀ)^{k}/N");
        let before = format!("[z^{k}] φ (φ = 1/(1 − zMψ), ψ = 1/(1 − zNφ))");
        steps.equal(&name, &before, &RatFn::from(phi.coefficient(k)), &leading);
    }
    let sigma = Poly::var("σ");
    let quarter = ratio(1, 4);
    let closed_a = if case.is(&falsifiers::REACTION_DROPPED) { int(4) } else { int(4) + &quarter * &sigma * &m };
    let closed_b = int(4) + &quarter * &sigma * &n;
    steps.equal(
        "G_v = G_h = 1/4 solves the cavity equation: A − σM/4 = 4",
        &format!("A − σM/4 (A = {closed_a})"),
        &(&closed_a - &quarter * &sigma * &m),
        &int(4),
    );
    let put = |p: &Poly| p.substitute("A", &closed_a).substitute("B", &closed_b);
    let closed_balance = put(&(&n * (&a - int(4)) - &m * (&b - int(4))));
    steps.equal(
        "A = 4 + σM/4 and B = 4 + σN/4 satisfy N(A−4) = M(B−4), σ = β²s²",
        &format!("N(A − 4) − M(B − 4) (A = {closed_a}, B = {closed_b})"),
        &closed_balance,
        &int(0),
    );
    // With N = ν² and M = η², the edge of the bulk is λ₊ = s(ν + η).
    let [nu, eta] = ["ν", "η"].map(Poly::var);
    let roots = |p: &Poly| p.substitute("N", &(&nu * &nu)).substitute("M", &(&eta * &eta));
    let edge = roots(&(&closed_a * &closed_b)) - &sigma * (&nu + &eta).pow(2);
    let base = int(4) - &quarter * &sigma * &nu * &eta;
    steps.sum_of_squares("at the edge of the bulk AB − β²λ₊² = (4 − σ√(NM)/4)²", &edge, &[(&int(1), &base)], &[]);
    let at = |value: &RatFn| RatFn::from(edge.clone()).substitute("σ", value);
    let threshold = RatFn::new(int(16), &nu * &eta);
    steps.equal(
        "AB − β²λ₊² vanishes at βs = 4/(NM)^(1/4)",
        "AB − σ(ν + η)² (σ = 16/(νη), N = ν², M = η²)",
        &at(&threshold),
        &RatFn::from(int(0)),
    );
    let gaussian = RatFn::new(int(16), (&nu + &eta).pow(2));
    let left = RatFn::new(int(4) * (&nu * &nu + &nu * &eta + &eta * &eta), (&nu + &eta).pow(2));
    steps.equal(
        "AB − β²λ₊² is a square, hence still positive, at βs(√N + √M) = 4",
        "AB − σ(ν + η)² (σ = 16/(ν + η)², N = ν², M = η²)",
        &at(&gaussian),
        &(&left * &left),
    );
    // A spike has the outlier λ² = (θ² + Ns²)(θ² + Ms²)/θ²; here β²λ² at βθ = 4.
    let theta2 = int(16);
    let outlier = RatFn::new((&theta2 + &n * &sigma) * (&theta2 + &m * &sigma), theta2.clone());
    steps.equal(
        "a spike at βθ = 4 has β²λ² = AB: the limit of stability",
        "(16 + Nσ)(16 + Mσ)/16",
        &outlier,
        &RatFn::from(&closed_a * &closed_b),
    );
}

/// The error of the Gaussian ln Z at order β⁴, and the error that remains with the reaction term.
fn fourth_order(steps: &mut Derivation, case: Case<'_>) {
    let (int, ratio) = (Poly::int, Poly::ratio);
    let [n, m] = ["N", "M"].map(Poly::var);
    // Gaussian minus exact ln Z to order β⁴ for 2 x 2 units with symbolic W, states ±1/2 and the
    // weight exp(β d_vᵀ W d_h).
    let names = [["w₁₁", "w₁₂"], ["w₂₁", "w₂₂"]];
    let w = names.map(|row| row.map(Poly::var));
    let spin = |state: usize, i: usize| if state >> i & 1 == 1 { ratio(1, 2) } else { ratio(-1, 2) };
    let energies: Vec<Poly> = (0..16)
        .map(|state| {
            (0..4).fold(int(0), |sum, jk| sum + spin(state, jk / 2) * spin(state, 2 + jk % 2) * &w[jk / 2][jk % 2])
        })
        .collect();
    let mean = |power: u32| energies.iter().fold(int(0), |sum, e| sum + e.pow(power)) * ratio(1, 16);
    let factorial = [1, 1, 2, 6, 24];
    let weights: Vec<Poly> = (0..=4usize).map(|k| mean(k as u32) * ratio(1, factorial[k])).collect();
    let exact = PowerSeries::new(weights).ln();
    let matrix = Matrix::from_rows(w.iter().map(|row| row.to_vec()).collect());
    let gram = &matrix * &matrix.transpose();
    let trace = |p: &Matrix| &p[(0, 0)] + &p[(1, 1)];
    // −(1/2) Σ ln(1 − β²λ²/16) = Σ (β²λ²/32 + β⁴λ⁴/1024 + …)
    steps.equal(
        "order β² of ln Z is tr WWᵀ/32",
        "[β²] ln ⟨exp(β d_vᵀ W d_h)⟩ (16 states ±1/2 of 2 x 2 units)",
        &exact.coefficient(2),
        &(ratio(1, 32) * trace(&gram)),
    );
    let gaussian_4 = ratio(1, 1024) * trace(&(&gram * &gram));
    let other = &matrix.transpose() * &matrix;
    let squares = gram[(0, 0)].pow(2) + gram[(1, 1)].pow(2) + other[(0, 0)].pow(2) + other[(1, 1)].pow(2);
    let quartic = w.iter().flatten().fold(int(0), |sum, w| sum + w.pow(4));
    let share = if case.is(&falsifiers::QUARTIC_DROPPED) { int(0) } else { ratio(2, 3) };
    steps.equal(
        "order β⁴: Gaussian − exact = (1/1024)[Σ(WWᵀ)_jj² + Σ(WᵀW)_kk² − (2/3)ΣW⁴]",
        "tr (WWᵀ)²/1024 − [β⁴] ln ⟨exp(β d_vᵀ W d_h)⟩ (16 states ±1/2 of 2 x 2 units)",
        &(gaussian_4 - exact.coefficient(4)),
        &(ratio(1, 1024) * (squares - share * quartic)),
    );
    // Mean over normal W with s = 1: one row is a 1 x M matrix, so that (WWᵀ)_jj² = (tr)²; E W⁴ =
    // 3.
    let unit = |p: Poly, var: &'static str| p.substitute("s", &int(1)).substitute(var, &int(1));
    let rows = &n * unit(wick::trace_moment(&[1, 1]), "N");
    let columns = &m * unit(wick::trace_moment(&[1, 1]), "M");
    steps.equal(
        "1024 times the mean of this error over normal weights, s = 1, is NM(N + M + 2)",
        "N·E (Σ_k W_jk²)² + M·E (Σ_j W_jk²)² − 2NM (W standard normal)",
        &(rows + columns - int(2) * &n * &m),
        &(&n * &m * (&n + &m + int(2))),
    );
    // ln Z with the reaction term to order β⁴: stationary in A = 4(1 + α) and B = 4(1 + γ), with T
    // = tr WWᵀ and T₂ = tr (WWᵀ)².
    let [alpha, gamma, t1, t2] = ["α", "γ", "T", "T₂"].map(Poly::var);
    let action =
        ratio(1, 4) * (&n * &alpha * &alpha + &m * &gamma * &gamma) + ratio(1, 1024) * &t2 + ratio(1, 32) * &t1
            - ratio(1, 32) * &t1 * (&alpha + &gamma);
    let [at_a, at_b] = [&n, &m].map(|size| RatFn::new(t1.clone(), int(16) * size));
    let stationary = |var: &'static str, value: &RatFn| RatFn::from(action.diff(var)).substitute(var, value);
    steps.equal(
        "order β⁴ with the reaction term is stationary at α = T/(16N)",
        "∂[(Nα² + Mγ²)/4 + T₂/1024 + T/32 − T(α + γ)/32]/∂α (at α = T/(16N))",
        &stationary("α", &at_a),
        &RatFn::from(int(0)),
    );
    steps.equal(
        "order β⁴ with the reaction term is stationary at γ = T/(16M)",
        "∂[(Nα² + Mγ²)/4 + T₂/1024 + T/32 − T(α + γ)/32]/∂γ (at γ = T/(16M))",
        &stationary("γ", &at_b),
        &RatFn::from(int(0)),
    );
    let value = RatFn::from(action).substitute("α", &at_a).substitute("γ", &at_b);
    let reaction =
        RatFn::from(ratio(1, 1024) * &t2 + ratio(1, 32) * &t1) - RatFn::new(&t1 * &t1 * (&n + &m), int(1024) * &n * &m);
    steps.equal(
        "its value is T/32 + (1/1024)[T₂ − T²(1/N + 1/M)]",
        "(Nα² + Mγ²)/4 + T₂/1024 + T/32 − T(α + γ)/32 (α = T/(16N), γ = T/(16M))",
        &value,
        &reaction,
    );
    // The remaining error is (1/1024)[Σ(WWᵀ)_jj² + Σ(WᵀW)_kk² − T²(1/N + 1/M) − (2/3)ΣW⁴]; E T² =
    // NM(NM + 2) for s = 1.
    let mean_t2 = wick::trace_moment(&[1, 1]).substitute("s", &int(1));
    let left = RatFn::from(&n * &m * (&n + &m + int(2))) - RatFn::new(mean_t2 * (&n + &m), &n * &m);
    steps.equal(
        "1024 times the mean of the remaining error, s = 1, is 2NM − 2N − 2M: not extensive",
        "NM(N + M + 2) − E (tr WWᵀ)²·(N + M)/(NM) (W standard normal)",
        &left,
        &RatFn::from(int(2) * (&n * &m - &n - &m)),
    );
}

/// ln Z of independent weights as a sum over pairs and cycles.
fn pairs_and_cycles(steps: &mut Derivation, case: Case<'_>) {
    let (int, ratio) = (Poly::int, Poly::ratio);
    // ln Z of i.i.d. weights is a sum of ln cosh(W/4) over pairs and of ln(1 + X) over cycles. X is
    // the product of tanh(W/4) along the cycle and has the mean square (s²/16)^length; a large
    // machine has (NM)ᵏ/(2k) cycles of length 2k. Order W² of the pairs is s²NM/32.
    let order = 6;
    let ln_cosh = PowerSeries::cosh(4).ln();
    let pairs = ln_cosh.coefficient(4) * ratio(1, 256) * int(3); // E W⁴ = 3s⁴; times NM s⁴ = 256ρ below
    let ways = if case.is(&falsifiers::CYCLES_BOTH_WAYS) { 1 } else { 2 };
    let cycles = |k: i64| if k < 2 { int(0) } else { ratio(-1, 2) * ratio(1, ways * k) };
    let sum = (0..=order as i64).map(|k| if k == 1 { int(256) * &pairs } else { cycles(k) });
    let logarithm = (&PowerSeries::constant(order, &int(1)) - &PowerSeries::variable(order)).ln().scale(&ratio(1, 4));
    for (k, found) in sum.enumerate().skip(1) {
        let name = format!("order ρ^{k} of pairs and cycles is that of ¼ ln(1 − ρ)");
        let before = match k {
            1 => "256·3·[W⁴] ln cosh(W/4)".to_string(),
            _ => format!("−½·1/({ways}·{k}) (−½⟨X²⟩ from each of (NM)^{k}/({ways}·{k}) cycles)"),
        };
        steps.equal(&name, &before, &found, &logarithm.coefficient(k));
    }
}

/// The reaction term of one pair of units with fields, to second order in its weight.
fn one_pair_with_fields(steps: &mut Derivation, case: Case<'_>) {
    let (int, ratio) = (Poly::int, Poly::ratio);
    // One pair of units with fields has means p, q and covariance c over its four states. Its
    // weight w is the log odds ratio ln[(pq + c)(p'q' + c)/((pq' − c)(p'q − c))] with p' = 1 − p.
    // The derivative of w with respect to c at 0 is the sum of the reciprocals, so that c = w p p'
    // q q' + O(w²). The free energy at given means has the derivative −⟨vh⟩ = −pq − c with respect
    // to w, and therefore the order w² below.
    let [p, q, w] = ["p", "q", "w"].map(Poly::var);
    let other = |p: &Poly| int(1) - p;
    let spread = |p: &Poly| p * other(p);
    let states = [&p * &q, other(&p) * other(&q), &p * other(&q), other(&p) * &q];
    let slope = states.iter().fold(RatFn::from(int(0)), |sum, state| sum + RatFn::new(int(1), state.clone()));
    steps.equal(
        "one pair, second derivatives of its entropy: the covariance is w p(1−p) q(1−q) to first order in w",
        "p p' q q'·[1/(pq) + 1/(p'q') + 1/(pq') + 1/(p'q)] (p' = 1 − p, q' = 1 − q)",
        &(RatFn::from(spread(&p) * spread(&q)) * slope),
        &RatFn::from(int(1)),
    );
    let energy = ratio(-1, 2) * &w * &w * spread(&p) * spread(&q);
    steps.equal(
        "order w² of the free energy is −½w² p(1−p) q(1−q)",
        "∂[−½w²·p(1 − p)·q(1 − q)]/∂w",
        &energy.diff("w"),
        &(-&w * spread(&p) * spread(&q)),
    );
    let field = if case.is(&falsifiers::REACTION_DROPPED) { int(0) } else { (&p - ratio(1, 2)) * &w * &w * spread(&q) };
    steps.equal(
        "the reaction term of one pair in the field of a unit is (p − ½) W² q(1−q)",
        "∂[−½w²·p(1 − p)·q(1 − q)]/∂p",
        &energy.diff("p"),
        &field,
    );
    let half = |p: &Poly| p.substitute("p", &ratio(1, 2)).substitute("q", &ratio(1, 2));
    steps.equal(
        "the reaction term of one pair in its precision at p = q = ½ is W²/4, as in A = 4 + σM/4",
        "∂²[−½w²·p(1 − p)·q(1 − q)]/∂p² (at p = q = ½)",
        &half(&energy.diff("p").diff("p")),
        &(ratio(1, 4) * &w * &w),
    );
    steps.equal(
        "the reaction term in the coupling, −∂p∂q, is 2W²(p − ½)(q − ½)",
        "∂²[−½w²·p(1 − p)·q(1 − q)]/∂p∂q",
        &energy.diff("p").diff("q"),
        &(int(-2) * &w * &w * (&p - ratio(1, 2)) * (&q - ratio(1, 2))),
    );
}
