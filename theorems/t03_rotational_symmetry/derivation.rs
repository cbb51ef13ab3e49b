//! The derivation.

use super::falsifiers;
use crate::claim::{Case, CheckError};
use crate::symbolic::Derivation;
use crate::symbolic::haar;
use crate::symbolic::matrix::Matrix;
use crate::symbolic::poly::Poly;
use crate::symbolic::ratio::RatFn;

pub(super) fn derive(case: Case<'_>) -> Result<Derivation, CheckError> {
    let mut steps = Derivation::new();
    let [n, t, s] = ["N", "t", "s"].map(Poly::var);
    let int = Poly::int;
    // Rotations by rational angles times their common denominator: QᵀQ = (1 + t²)².
    let turn = |t: &Poly| {
        let (c, s) = (int(1) - t * t, int(2) * t);
        Matrix::from_rows(vec![vec![c.clone(), -&s], vec![s, c]])
    };
    let shear =
        Matrix::from_rows(vec![vec![int(1) + &t * &t, &t * (int(1) + &t * &t)], vec![int(0), int(1) + &t * &t]]);
    let q1 = if case.is(&falsifiers::SHEARED) { shear } else { turn(&t) };
    let q2 = turn(&s);
    let length = |t: &Poly| (int(1) + t * t).pow(2);
    let square = &q1.transpose() * &q1;
    steps.equal(
        "Q₁ᵀQ₁ is diagonal for Q₁ = (1 − t², −2t; 2t, 1 − t²)",
        "column 1 · column 2 of Q₁",
        &square[(0, 1)],
        &int(0),
    );
    steps.equal(
        "a diagonal element of Q₁ᵀQ₁ is (1 + t²)², as the other: Q₁/(1 + t²) is a rotation",
        "column 2 · column 2 of Q₁",
        &square[(1, 1)],
        &length(&t),
    );
    let w = Matrix::from_rows(vec![vec![Poly::var("w₁₁"), Poly::var("w₁₂")], vec![Poly::var("w₂₁"), Poly::var("w₂₂")]]);
    let rotated = &(&q1 * &w) * &q2;
    let trace = |a: &Matrix| &a[(0, 0)] + &a[(1, 1)];
    let squares = |w: &Matrix| trace(&(&w.transpose() * w));
    let scale = length(&t) * length(&s);
    steps.equal(
        "tr WᵀW is unchanged by W → Q₁WQ₂ (both sides multiplied by the denominators)",
        "tr (Q₁WQ₂)ᵀ(Q₁WQ₂) (W of 2 x 2 entries)",
        &squares(&rotated),
        &(&scale * squares(&w)),
    );
    // (det W)² is det WᵀW.
    steps.equal(
        "det W is unchanged by W → Q₁WQ₂ (both sides multiplied by the denominators)",
        "det(Q₁WQ₂) (W of 2 x 2 entries)",
        &rotated.determinant(),
        &(&scale * w.determinant()),
    );
    let [a, b, d] = ["a", "b", "d"].map(Poly::var);
    let gram = Matrix::from_rows(vec![vec![a, b.clone()], vec![b, d]]);
    let square = &gram * &gram;
    let one = |i: usize, j: usize| if i == j { gram.determinant() } else { int(0) };
    for (i, j) in [(0, 0), (0, 1), (1, 1)] {
        steps.equal(
            &format!("G² = G tr G − det G, G = WᵀW, entry {i}{j}: every tr Gᵏ follows from tr G and det G"),
            &format!("entry {i}{j} of (a, b; b, d)·(a, b; b, d)"),
            &square[(i, j)],
            &(trace(&gram) * &gram[(i, j)] - one(i, j)),
        );
    }
    let over = |p: Poly, factors: &[i64]| RatFn::new(p, factors.iter().fold(int(1), |d, &f| d * (&n + int(f))));
    let fourth = if case.is(&falsifiers::INDEPENDENT_NORMAL_ENTRIES) {
        RatFn::new(int(3), &n * &n)
    } else {
        haar::one_column(&[4])
    };
    steps.equal("E U⁴ = 3/(N(N+2))", "E U_ji⁴ (one entry of U)", &fourth, &over(int(3), &[0, 2]));
    steps.equal(
        "E U⁶ = 15/(N(N+2)(N+4))",
        "E U_ji⁶ (one entry of U)",
        &haar::one_column(&[6]),
        &over(int(15), &[0, 2, 4]),
    );
    steps.equal(
        "one row, two columns: E U_ji² U_jk² = 1/(N(N+2))",
        "E[U_ji²·(1 − U_ji²)/(N − 1)]",
        &haar::two_columns(&[2], &[2]),
        &over(int(1), &[0, 2]),
    );
    let different = haar::two_columns(&[2, 0], &[0, 2]);
    steps.equal(
        "two rows, two columns: (N+1)/((N−1)N(N+2))",
        "E[U_ji²·(1 − U_li²)/(N − 1)]",
        &different,
        &over(&n + int(1), &[-1, 0, 2]),
    );
    let n = RatFn::from(n);
    let n_1 = &n - &RatFn::from(int(1));
    steps.equal(
        "columns have length 1: N E U⁴ + N(N−1) E U_j² U_l² = 1",
        "N·E U_ji⁴ + N(N − 1)·E U_ji² U_li²",
        &(&n * &fourth + &(&n * &n_1) * &haar::one_column(&[2, 2])),
        &RatFn::from(int(1)),
    );
    steps.equal(
        "column k has length 1, weighted with U_ji²: E U_ji² U_jk² + (N−1) E U_ji² U_lk² = E U_ji²",
        "E U_ji² U_jk² + (N − 1)·E U_ji² U_lk²",
        &(haar::two_columns(&[2], &[2]) + &n_1 * &different),
        &haar::one_column(&[2]),
    );
    Ok(steps)
}
