//! The derivation: identities between exact expressions, both sides computed.

use super::falsifiers;
use crate::claim::{Case, CheckError};
use crate::symbolic::matrix::Matrix;
use crate::symbolic::poly::Poly;
use crate::symbolic::{Derivation, wick};

pub(super) fn derive(case: Case<'_>) -> Result<Derivation, CheckError> {
    let mut steps = Derivation::new();
    let rows = [["a", "b"], ["c", "d"], ["e", "f"]].map(|row| row.map(Poly::var));
    let counted = if case.is(&falsifiers::ROW_DROPPED) { 2 } else { 3 };
    let squares = rows[..counted].iter().flatten().fold(Poly::int(0), |sum, w| sum + w * w);
    let w = Matrix::from_rows(rows.iter().map(|row| row.to_vec()).collect());
    // Of a 2 x 2 matrix, det(z − WᵀW) = z² − z tr WᵀW + det WᵀW.
    let trace = -(&w.transpose() * &w).characteristic_polynomial("z").coefficient("z", 1);
    steps.equal("tr WᵀW is the sum of the squared entries", "−[z] det(z − WᵀW)", &trace, &squares);
    let [n, m, s] = ["N", "M", "s"].map(Poly::var);
    steps.equal("its mean, one pairing", "E tr WᵀW", &wick::trace_moment(&[1]), &(&n * &m * &s * &s));
    let variance = wick::trace_covariance(1, 1);
    steps.sum_of_squares("its variance is positive", &variance, &[(&variance, &Poly::int(1))], &["N", "M"]);
    Ok(steps)
}
