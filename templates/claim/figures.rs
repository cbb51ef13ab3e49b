//! Figures of the claim: numbers first, drawn by `figure`.

use super::names::{columns, tables};
use super::{falsifiers, regimes};
use crate::dossier::Dossier;
use crate::evidence::Missing;
use crate::figure::{Axis, Figure, Panel, Role, Series};
use crate::theorem::drawn;

pub(super) fn figures(dossier: &Dossier) -> Result<Vec<Figure>, Missing> {
    drawn([sums(dossier)])
}

fn sums(dossier: &Dossier) -> Result<Figure, Missing> {
    let regime = dossier.regime(&regimes::INDEPENDENT)?;
    let points = |ratios: Vec<f64>| ratios.into_iter().zip(1..).map(|(ratio, matrix)| (f64::from(matrix), ratio));
    let right = regime.evidence.table(tables::RATIOS)?.column(columns::RATIO)?;
    let wrong = regime.falsified(&falsifiers::S_NOT_SQUARED)?.table(tables::RATIOS)?.column(columns::RATIO)?;
    let last = right.len() as f64;
    let panel = Panel::new("61 x 37", Axis::linear("matrix"), Axis::linear("Σ λ²/(NMs²)")).with([
        Series::points("independent entries", Role::Measurement, points(right).collect()),
        Series::points("NMs in the place of NMs²", Role::Falsifier, points(wrong).collect()),
        Series::line("theory", Role::Prediction, vec![(1.0, 1.0), (last, 1.0)]),
    ]);
    Ok(Figure {
        name: "T00_sums",
        title: "Sum of the squared singular values of single matrices".into(),
        caption: "Every matrix of independent entries has the predicted sum within its scatter (points); a prediction \
                  that forgets a square does not (grey)."
            .into(),
        panels: vec![panel],
    })
}
