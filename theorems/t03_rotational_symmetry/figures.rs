//! Figures of the claim.

use crate::evidence::Missing;
use super::names::{columns, tables};
use super::regimes;
use crate::dossier::Dossier;
use crate::dossier::RegimeDossier;
use crate::evidence::{Evidence, Table};
use crate::figure::{Axis, Figure, Panel, Role, Series};
use crate::math::largest;

pub(super) fn figures(dossier: &Dossier) -> Result<Vec<Figure>, Missing> {
    let Some(regime) = dossier.regime(&regimes::TALL) else { return Vec::new() };
    let runs: Vec<(&str, Role, &Evidence)> = std::iter::once(("untrained", Role::Measurement, &regime.evidence))
        .chain(
            regime
                .falsifiers
                .iter()
                .filter(|trial| ["uniform-entries", "localised-spike", "trained-machine"].contains(&trial.id))
                .map(|trial| (trial.title, Role::Falsifier, &trial.evidence)),
        )
        .collect();
    let sorted = |evidence: &Evidence, table: &str, column: &str| -> Vec<(f64, f64)> {
        let mut values = evidence.table(table).map_or(Vec::new(), |table| table.column(column)?);
        values.sort_by(f64::total_cmp);
        let n = values.len() as f64;
        values.into_iter().enumerate().map(|(i, z)| ((i as f64 + 0.5) / n, z)).collect()
    };
    let panel = |title: &str, y: &str, table: &'static str, column: &'static str, law: (&str, f64)| Panel {
        title: title.into(),
        x: Axis::linear("share of machines"),
        y: Axis::log(y),
        series: runs
            .iter()
            .rev()
            .map(|(label, role, evidence)| Series::points(label, *role, sorted(evidence, table, column)))
            .chain([Series::line(law.0, Role::Prediction, vec![(0.0, law.1), (1.0, law.1)])])
            .collect(),
        contours: None,
    };
    let mut panels = vec![
        panel(
            "leading vector",
            "κ₁ (N + 2)/3, participation ratio / Haar mean",
            "vectors",
            "kappa_u",
            ("Haar mean", 1.0),
        ),
        panel("entries of W", "JS divergence / floor", "divergence", "ratio", ("floor", 1.0)),
    ];
    if let Some(sizes) = dossier.regime(&regimes::TRAINED).and_then(|regime| regime.evidence.table(tables::BY_SIZE)) {
        let against = |column: &str| -> Vec<(f64, f64)> {
            sizes.column(columns::HIDDEN)?.into_iter().map(|m| 1.0 / m).zip(sizes.column(column)?).collect()
        };
        panels.push(Panel {
            title: "trained machines by size".into(),
            x: Axis::linear("1/M"),
            y: Axis::log("JS divergence (nats)"),
            series: vec![
                Series {
                    errors: sizes.column(columns::JS_ERROR)?,
                    ..Series::points("trained, mean of 3", Role::Measurement, against("js"))
                },
                Series::line("floor (k − 1)/(4NM)", Role::Prediction, against("floor")),
            ],
            contours: None,
        });
    }
    let symmetry = Figure {
        name: "T03_symmetry",
        title: "Two sides of rotational symmetry, and what each of them sees".into(),
        caption: "Left: participation ratio of the leading visible vector, machine by machine in order, with its Haar \
                  mean. Middle: Jensen-Shannon divergence between the entries of W and of its random rotation over the \
                  floor. Grey: uniform entries show only there, a localised spike mostly on the left, a trained machine on both. Right: \
                  the divergence of trained machines against 1/M."
            .into(),
        panels,
    };
    std::iter::once(symmetry).chain(weights_figure(regime)).collect()
}

/// Entries of one matrix before and after rotation, untrained and trained.
fn weights_figure(regime: &RegimeDossier) -> Result<Figure, Missing> {
    let falsified = |id: &str| regime.falsifiers.iter().find(|trial| trial.id == id)?.evidence.table(tables::WEIGHTS);
    let of = |table: &Table, column: &str| -> Vec<(f64, f64)> {
        table.column(columns::WEIGHT)?.into_iter().zip(table.column(column)?).collect()
    };
    let panel = |title: &str, table: &Table, grey: Option<&Table>| {
        let measured = |label: &str, column: &str| Series {
            errors: table.column(&format!("{column}_error")),
            ..Series::points(label, Role::Measurement, of(table, column))
        };
        // Where the law is far below one entry a bin, it would only stretch the axis.
        let least = -largest(of(table, "after").iter().map(|p| -p.1).filter(|p| *p < 0.0)) / 10.0;
        let normal = of(table, "normal").into_iter().filter(|p| p.1 > least).collect();
        let grey = grey.map(|grey| Series::line("uniform entries", Role::Falsifier, of(grey, "before")));
        let rest = [
            measured("entries of W", "before"),
            measured("entries of Q₁WQ₂", "after"),
            Series::line("normal law of the same variance", Role::Prediction, normal),
        ];
        Panel {
            title: title.into(),
            x: Axis::linear("weight (energy)"),
            y: Axis::log("density (1/energy)"),
            series: grey.into_iter().chain(rest).collect(),
            contours: None,
        }
    };
    let mut panels = vec![panel("untrained", regime.evidence.table(tables::WEIGHTS)?, falsified("uniform-entries"))];
    panels.extend(falsified("trained-machine").map(|table| panel("trained on MNIST", table, None)));
    Ok(Figure {
        name: "T03_weights",
        title: "Weights before and after a random rotation".into(),
        caption: "Density of the entries of one weight matrix and of the same matrix between Haar rotations, with the errors of \
                  independent entries. Untrained ones are normal before and after; grey: independent uniform entries before. The \
                  entries of a trained machine change shape: between rotations its leading mode alone is a product of two normal \
                  variables, with tails above the normal law."
            .into(),
        panels,
    })
}
