//! The derivation of the linear stage and of the stability of mean-field states.

use super::early::minimum_is_stable;
use super::falsifiers;
use super::regimes;
use crate::claim::{Case, CheckError};
use crate::symbolic::Derivation;
use crate::symbolic::poly::Poly;

pub(super) fn derive(case: Case<'_>) -> Result<Derivation, CheckError> {
    Ok(match *case.regime {
        regimes::BIAS_AWARE => minimum_is_stable(),
        regimes::MNIST => linear_stage(!case.is(&falsifiers::BIAS_SHIFT_DROPPED)),
        _ => return Err(CheckError::no_checks(case.regime)),
    })
}

/// dW/dt = (C − D) W diag(q(1−q)) from the exact gradient for N = 3 and M = 2, fully symbolic.
///
/// ε counts the order in W. The data enter through their moments E vᵢ = pᵢ and E vᵢvⱼ = Cᵢⱼ + pᵢpⱼ.
fn linear_stage(bias_shift: bool) -> Derivation {
    const N: usize = 3;
    const M: usize = 2;
    let one = Poly::int(1);
    let eps = Poly::var("ε");
    let p = ["p₁", "p₂", "p₃"].map(Poly::var);
    let q = ["q₁", "q₂"].map(Poly::var);
    let w = [["w₁₁", "w₁₂"], ["w₂₁", "w₂₂"], ["w₃₁", "w₃₂"]].map(|row| row.map(Poly::var));
    let c = [["c₁₁", "c₁₂", "c₁₃"], ["c₁₂", "c₂₂", "c₂₃"], ["c₁₃", "c₂₃", "c₃₃"]].map(|row| row.map(Poly::var));
    // The variance of a binary pixel is p(1−p), so that the diagonal of C equals D.
    let slope = |q: &Poly| q * &(&one - q);
    let mut steps = Derivation::new();

    // logistic(b + z) = q + q(1−q) z + O(z²), from σ' = σ(1−σ) at σ = q. This is checked by the
    // odds, which are exactly σ/(1−σ) = e^z q/(1−q), to first order (1 + z) q/(1−q); the equation
    // is multiplied by the denominators.
    let z = Poly::var("z");
    let sigma = &q[0] + &(slope(&q[0]) * &z);
    steps.equal(
        "logistic(b + z) = q + q(1−q)z + O(z²): the odds grow by the factor 1 + z",
        "(q₁ + q₁(1 − q₁)z)·(1 − q₁) (to order z)",
        &(&sigma * &(&one - &q[0])).truncate("z", 1),
        &((&one + &z) * &q[0] * (&one - &sigma)).truncate("z", 1),
    );

    // Mean of hidden unit k given v, to first order: q_k + q_k(1−q_k) ε Σⱼ w_jk vⱼ.
    let weights_on_hidden = |k: usize| -> Vec<Poly> { (0..N).map(|j| slope(&q[k]) * &w[j][k]).collect() };

    // Data average of vᵢ hₖ in terms of the moments.
    let positive = |i: usize, k: usize| {
        let slopes = weights_on_hidden(k);
        let second = |j: usize| if i == j { p[i].clone() } else { &c[i][j] + &(&p[i] * &p[j]) };
        (0..N).fold(&p[i] * &q[k], |sum, j| sum + &eps * &slopes[j] * second(j))
    };

    // Model law of v to first order: Π Bernoulli(pᵢ) times 1 + ε Σⱼ (shiftⱼ + Σₖ w_jk qₖ)(vⱼ − pⱼ),
    // where shift is the difference between the visible bias and logit p. The law is normalised
    // because E(vⱼ − pⱼ) = 0.
    let model = |shifted: bool, f: &dyn Fn(&[bool]) -> Poly| {
        let tilt = |j: usize| {
            let field = (0..M).fold(Poly::int(0), |sum, k| sum + &w[j][k] * &q[k]);
            let shift = if shifted { -&field } else { Poly::int(0) };
            shift + field
        };
        (0..1usize << N).fold(Poly::int(0), |sum, state| {
            let v: Vec<bool> = (0..N).map(|j| state >> j & 1 == 1).collect();
            let weight = (0..N).fold(one.clone(), |w, j| w * if v[j] { p[j].clone() } else { &one - &p[j] });
            let tilted = (0..N).fold(one.clone(), |t, j| {
                let centred = if v[j] { &one - &p[j] } else { -&p[j] };
                t + &eps * tilt(j) * &centred
            });
            sum + weight * tilted * f(&v)
        })
    };
    let law = "P(v)·[1 + ε Σⱼ tⱼ(vⱼ − pⱼ)] (P Bernoulli, t = a − logit p + Wq)";
    let total = model(bias_shift, &|_| one.clone()).truncate("ε", 1);
    steps.equal("the tilted model law is normalised to first order", &format!("Σ_v {law}"), &total, &one);
    for i in 0..N {
        let mean = model(bias_shift, &|v| if v[i] { one.clone() } else { Poly::int(0) }).truncate("ε", 1);
        let name = format!("with a = logit p − Wq the model has ⟨v{}⟩ = p{}", i + 1, i + 1);
        steps.equal(&name, &format!("Σ_v v{}·{law}", i + 1), &mean, &p[i]);
    }
    let gradient = |i: usize, k: usize, shifted: bool| {
        let slopes = weights_on_hidden(k);
        let negative = model(shifted, &|v| {
            if !v[i] {
                return Poly::int(0);
            }
            (0..N).filter(|&j| v[j]).fold(q[k].clone(), |sum, j| sum + &eps * &slopes[j])
        });
        (positive(i, k) - negative).truncate("ε", 1)
    };
    // (C − D)_ij: off-diagonal Cᵢⱼ, diagonal zero.
    let predicted = |i: usize, k: usize| {
        (0..N).filter(|&j| j != i).fold(Poly::int(0), |sum, j| sum + &eps * &c[i][j] * &w[j][k] * slope(&q[k]))
    };
    for i in 0..N {
        for k in 0..M {
            let name = format!("gradient of w{}{}: [(C − D) W diag(q(1−q))]{}{}", i + 1, k + 1, i + 1, k + 1);
            let before = format!("⟨v{0}h{1}⟩_data − ⟨v{0}h{1}⟩_model (to order ε)", i + 1, k + 1);
            steps.equal(&name, &before, &gradient(i, k, bias_shift), &predicted(i, k));
        }
    }
    let spoilt = (0..M).fold(Poly::int(0), |sum, l| sum - &eps * slope(&p[0]) * &w[0][l] * &q[l] * &q[1]);
    steps.equal(
        "with a = logit p, without −Wq, the error is −[D W q qᵀ]₁₂",
        "⟨v1h2⟩_data − ⟨v1h2⟩_model − [(C − D) W diag(q(1−q))]12 (a = logit p, to order ε)",
        &(gradient(0, 1, false) - predicted(0, 1)),
        &spoilt,
    );
    steps
}
