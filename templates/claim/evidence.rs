//! The checks.

use super::names::{columns, tables};
use super::{falsifiers, regimes, streams};
use crate::claim::{Case, CheckError};
use crate::evidence::{ALPHA, Evidence, Side, Table, check};
use crate::lab::Lab;
use crate::linalg::singular_values;
use crate::spectra::ensemble;
use crate::stat::mean::{mean_and_error, mean_interval};
use rayon::prelude::*;

/// Matrices, and their visible x hidden units.
const MATRICES: usize = 40;
const SHAPE: (usize, usize) = (61, 37);

pub(super) fn measure(case: Case<'_>, lab: &Lab) -> Result<Evidence, CheckError> {
    let s = lab.plan().initial_std;
    let (n, m) = SHAPE;
    let shift = if case.at(&regimes::WITH_MEAN) { s } else { 0.0 };
    let sums = (0..MATRICES)
        .into_par_iter()
        .map(|replica| {
            let mut w = ensemble::normal(n, m, s, &mut lab.stream(&case, streams::MATRIX, replica));
            (0..m).for_each(|k| w.col_mut(k).iter_mut().for_each(|entry| *entry += shift));
            let lambdas = singular_values(w.as_ref()).map_err(CheckError::while_doing("decomposition"))?;
            Ok(lambdas.iter().map(|lambda| lambda * lambda).sum())
        })
        .collect::<Result<Vec<f64>, CheckError>>()?;

    let size = (n * m) as f64;
    let predicted = if case.is(&falsifiers::S_NOT_SQUARED) { size * s } else { size * s * s };
    let mut evidence = Evidence::default();
    // A check that must be refuted says so, and on which side.
    let check = mean_ratio("ratio", "mean of Σ λ² over NMs²", &sums, predicted)?;
    evidence.measurements.push(if case.at(&regimes::WITH_MEAN) { check.refuting(Side::Above) } else { check });
    // What holds in the place of the claim must pass.
    if case.at(&regimes::WITH_MEAN) {
        let replaced = size * (s * s + shift * shift);
        evidence.measurements.push(mean_ratio("with-mean", "mean of Σ λ² over NM(s² + μ²)", &sums, replaced)?);
    }
    let mut table = Table::new(tables::RATIOS, &[columns::RATIO]);
    table.rows = sums.iter().map(|sum| vec![sum / predicted]).collect();
    evidence.tables.push(table);
    Ok(evidence)
}

/// A mean over its prediction, which should be 1.
fn mean_ratio(id: &str, name: &str, sums: &[f64], predicted: f64) -> Result<crate::evidence::Measurement, CheckError> {
    let ratios: Vec<f64> = sums.iter().map(|sum| sum / predicted).collect();
    let interval = mean_interval(&ratios, 1.0 - ALPHA).map_err(CheckError::while_doing("mean"))?;
    let (mean, _) = mean_and_error(&ratios);
    let rationale = "a tenth: what one unit in ten left out of W would change";
    Ok(check::near(id, name, mean, interval, 1.0, 0.1, rationale))
}
