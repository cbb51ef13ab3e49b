//! # T03: the weights of an untrained machine are rotationally symmetric
//!
//! ## Statement
//! For W with independent normal entries, Q₁WQ₂ has the law of W for all orthogonal Q₁, Q₂: the singular vectors are Haar
//! distributed and independent of the singular values.
//!
//! ## Source
//! arXiv 2503.21536, abstract: "whose distribution follows the Marcenko-Pastur law and exhibits rotational symmetry".
//!
//! ## Hypotheses
//! - Independent normal entries of one variance.
//!
//! ## Regimes
//! - `untrained`: expected to hold.
//!
//! ## Derivation
//! The density of W depends on tr WᵀW only, and tr (WᵀW)ᵏ is unchanged by Q₁, Q₂: shown for 2 x 2 matrices with rational
//! rotations, (1 − t², −2t; 2t, 1 − t²)/(1 + t²). Haar moments of one and two columns as exact functions of N, tied together by
//! the lengths of rows and columns.
//!
//! ## Evidence
//! Not yet measured: derived only.
//!
//! ## Falsifiers
//! - `sheared`: a shear in the place of a rotation.
//! - `independent-normal-entries`: entries of U taken as independent normal, E U⁴ = 3/N².
//!
//! ## Limits
//! The entries of W alone do not see the symmetry of vectors: uniform entries pass the law of singular values and are not
//! rotationally symmetric.

use crate::claim::{Case, CheckError, Falsifier, Regime, Source, Stage, Statement, Theorem, Verdict};
use crate::symbolic::Derivation;
use crate::symbolic::haar;
use crate::symbolic::matrix::Matrix;
use crate::symbolic::poly::Poly;
use crate::symbolic::ratio::RatFn;

/// The claim.
pub struct RotationalSymmetry;

static STATEMENT: Statement = Statement {
    id: "T03",
    title: "The law of an untrained weight matrix is unchanged by rotations of visible and hidden space",
    source: Source {
        reference: "arXiv 2503.21536, abstract",
        sentence: "the singular values, whose distribution follows the Marcenko-Pastur law and exhibits rotational symmetry",
        stated_there: true,
    },
    hypotheses: &["independent normal entries", "Q₁, Q₂ orthogonal"],
    regimes: &[Regime { id: "untrained", title: "untrained machine", expected: Verdict::Holds, replaced_by: None }],
};

const ALL: &[&str] = &["untrained"];

static FALSIFIERS: [Falsifier; 2] = [
    Falsifier { id: "sheared", title: "a shear in the place of a rotation", stage: Stage::Derivation, regimes: ALL },
    Falsifier {
        id: "independent-normal-entries",
        title: "entries of U taken as independent normal",
        stage: Stage::Derivation,
        regimes: ALL,
    },
];

impl Theorem for RotationalSymmetry {
    fn statement(&self) -> &'static Statement {
        &STATEMENT
    }

    fn falsifiers(&self) -> &'static [Falsifier] {
        &FALSIFIERS
    }

    fn measured(&self) -> bool {
        false
    }

    fn derive(&self, case: Case<'_>) -> Result<Derivation, CheckError> {
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
        let q1 = if case.broken("sheared") { shear } else { turn(&t) };
        let q2 = turn(&s);
        let length = |t: &Poly| (int(1) + t * t).pow(2);
        let square = &q1.transpose() * &q1;
        steps.equal("Q₁ᵀQ₁ is diagonal, Q₁ = (1 − t², −2t; 2t, 1 − t²)", &square[(0, 1)], &int(0));
        steps.equal("and equal to (1 + t²)²: Q₁/(1 + t²) is a rotation", &square[(1, 1)], &length(&t));
        let w =
            Matrix::from_rows(vec![vec![Poly::var("w₁₁"), Poly::var("w₁₂")], vec![Poly::var("w₂₁"), Poly::var("w₂₂")]]);
        let turned = &(&q1 * &w) * &q2;
        let gram = |w: &Matrix| &w.transpose() * w;
        let trace = |a: &Matrix| &a[(0, 0)] + &a[(1, 1)];
        let (mut before, mut after) = (gram(&w), gram(&turned));
        for k in 1..=3u32 {
            let scale = (length(&t) * length(&s)).pow(k);
            steps.equal(
                &format!(
                    "tr (WᵀW){} is unchanged by W → Q₁WQ₂ (both sides times the denominators)",
                    ["", "²", "³"][k as usize - 1]
                ),
                &trace(&after),
                &(scale * trace(&before)),
            );
            before = &before * &gram(&w);
            after = &after * &gram(&turned);
        }
        let over = |p: Poly, factors: &[i64]| RatFn::new(p, factors.iter().fold(int(1), |d, &f| d * (&n + int(f))));
        let fourth = if case.broken("independent-normal-entries") {
            RatFn::new(int(3), &n * &n)
        } else {
            haar::one_column(&[4])
        };
        steps.equal("E U⁴ = 3/(N(N+2))", &fourth, &over(int(3), &[0, 2]));
        steps.equal("E U⁶ = 15/(N(N+2)(N+4))", &haar::one_column(&[6]), &over(int(15), &[0, 2, 4]));
        steps.equal(
            "one row, two columns: E U_ji² U_jk² = 1/(N(N+2))",
            &haar::two_columns(&[2], &[2]),
            &over(int(1), &[0, 2]),
        );
        let different = haar::two_columns(&[2, 0], &[0, 2]);
        steps.equal("two rows, two columns: (N+1)/((N−1)N(N+2))", &different, &over(&n + int(1), &[-1, 0, 2]));
        let n = RatFn::from(n);
        let n_1 = &n - &RatFn::from(int(1));
        steps.equal(
            "a column has length 1: N E U⁴ + N(N−1) E U_j² U_l² = 1",
            &(&n * &fourth + &(&n * &n_1) * &haar::one_column(&[2, 2])),
            &RatFn::from(int(1)),
        );
        steps.equal(
            "a row has length 1 given another column's entry: E U_ji² U_jk² + (N−1) E U_ji² U_lk² = E U_ji²",
            &(haar::two_columns(&[2], &[2]) + &n_1 * &different),
            &haar::one_column(&[2]),
        );
        Ok(steps)
    }
}
