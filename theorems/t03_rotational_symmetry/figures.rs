//! Figures of the claim.

use super::falsifiers;
use super::names::{columns, tables};
use super::regimes;
use crate::dossier::{Dossier, RegimeDossier};
use crate::evidence::{Column, Evidence, Missing, TableId};
use crate::figure::{Axis, Figure, Panel, Role, Series};
use crate::math::largest;
use crate::theorem::drawn;

pub(super) fn figures(dossier: &Dossier) -> Result<Vec<Figure>, Missing> {
    drawn([symmetry_figure(dossier), weights_figure(dossier)])
}

/// The evidence of the falsifier with a trained machine; `None` if no machine was trained.
fn trained_machine(regime: &RegimeDossier) -> Option<&Evidence> {
    regime.falsified(&falsifiers::TRAINED_MACHINE).ok()
}

/// Leading vectors and entries of untrained machines and of falsifiers, and the divergence of
/// trained machines against their size.
fn symmetry_figure(dossier: &Dossier) -> Result<Figure, Missing> {
    let regime = dossier.regime(&regimes::TALL)?;
    let mut runs = vec![("untrained", Role::Measurement, &regime.evidence)];
    for falsifier in [falsifiers::UNIFORM_ENTRIES, falsifiers::LOCALISED_SPIKE] {
        runs.push((falsifier.title, Role::Falsifier, regime.falsified(&falsifier)?));
    }
    runs.extend(trained_machine(regime).map(|trained| (falsifiers::TRAINED_MACHINE.title, Role::Falsifier, trained)));
    let sorted = |evidence: &Evidence, table: TableId, column: Column| -> Result<Vec<(f64, f64)>, Missing> {
        let mut values = evidence.table(table)?.column(column)?;
        values.sort_by(f64::total_cmp);
        let n = values.len() as f64;
        Ok(values.into_iter().enumerate().map(|(i, z)| ((i as f64 + 0.5) / n, z)).collect())
    };
    let panel = |title: &str, y: &str, (table, column): (TableId, Column), law: &str| -> Result<Panel, Missing> {
        let measured = runs
            .iter()
            .map(|&(label, role, evidence)| Ok(Series::points(label, role, sorted(evidence, table, column)?)));
        let law = Series::line(law, Role::Prediction, vec![(0.0, 1.0), (1.0, 1.0)]);
        let series = measured.chain([Ok(law)]).collect::<Result<Vec<_>, _>>()?;
        Ok(Panel::new(title, Axis::linear("fraction of machines"), Axis::log(y)).with(series))
    };
    let kappa = "κ₁ (N + 2)/3, IPR / Haar mean";
    let mut panels = vec![
        panel("leading vector", kappa, (tables::VECTORS, columns::KAPPA_U), "Haar mean")?,
        panel("entries of W", "JS divergence / floor", (tables::DIVERGENCE, columns::RATIO), "floor")?,
    ];
    // This panel needs trained machines.
    if let Ok(trained) = dossier.regime(&regimes::TRAINED) {
        panels.push(size_panel(trained)?);
    }
    Ok(Figure {
        name: "T03_symmetry",
        title: "Two tests of rotational invariance: entries and singular vectors".into(),
        caption: format!(
            "Untrained machines: {}. (a): inverse participation ratio (IPR) of the leading visible vector over its Haar mean, machines in ascending order. (b): Jensen-Shannon divergence between the entries of W and of its random rotation over the floor, its mean for samples of one law; a fifth of the machines. Grey (ten machines each): uniform entries fail only the second test, a localised spike mostly the first{}.{}",
            regime.evidence.sizes()?,
            if trained_machine(regime).is_some() { ", a trained machine both" } else { "" },
            if panels.len() > 2 {
                " (c): divergence of trained machines against 1/M, after the training of T01 (bars: one standard error over training runs)."
            } else {
                ""
            }
        ),
        panels,
    })
}

/// Divergence of trained machines against their hidden size.
fn size_panel(trained: &RegimeDossier) -> Result<Panel, Missing> {
    let sizes = trained.evidence.table(tables::BY_SIZE)?;
    let against = |column: Column| -> Result<Vec<(f64, f64)>, Missing> {
        Ok(sizes.column(columns::HIDDEN)?.into_iter().map(|m| 1.0 / m).zip(sizes.column(column)?).collect())
    };
    let points = Series::points("mean over training runs", Role::Measurement, against(columns::JS)?);
    Ok(Panel::new("trained machines by size", Axis::linear("1/M"), Axis::log("JS divergence (nats)")).with(vec![
        Series { errors: sizes.column(columns::JS_ERROR)?, ..points },
        Series::points("floor (k − 1)/(4NM), k occupied bins", Role::Prediction, against(columns::FLOOR)?),
    ]))
}

/// Entries of one matrix before and after rotation, untrained and trained.
fn weights_figure(dossier: &Dossier) -> Result<Figure, Missing> {
    let regime = dossier.regime(&regimes::TALL)?;
    let of = |evidence: &Evidence, column: Column| -> Result<Vec<(f64, f64)>, Missing> {
        let table = evidence.table(tables::WEIGHTS)?;
        Ok(table.column(columns::WEIGHT)?.into_iter().zip(table.column(column)?).collect())
    };
    let panel = |title: &str, evidence: &Evidence, grey: Option<Series>| -> Result<Panel, Missing> {
        let measured = |label: &str, column: Column, error: Column| -> Result<Series, Missing> {
            let errors = evidence.table(tables::WEIGHTS)?.column(error)?;
            Ok(Series { errors, ..Series::points(label, Role::Measurement, of(evidence, column)?) })
        };
        // The law is cut off far below one entry per bin, where it would only stretch the axis.
        let least = -largest(of(evidence, columns::AFTER)?.iter().map(|p| -p.1).filter(|p| *p < 0.0)) / 10.0;
        let normal = of(evidence, columns::NORMAL)?.into_iter().filter(|p| p.1 > least).collect();
        let rest = [
            measured("entries of W", columns::BEFORE, columns::BEFORE_ERROR)?,
            measured("entries of Q₁WQ₂", columns::AFTER, columns::AFTER_ERROR)?,
            Series::line("normal law of the same variance", Role::Prediction, normal),
        ];
        Ok(Panel::new(title, Axis::linear("weight (energy)"), Axis::log("density (1/energy)"))
            .with(grey.into_iter().chain(rest)))
    };
    let uniform = of(regime.falsified(&falsifiers::UNIFORM_ENTRIES)?, columns::BEFORE)?;
    let uniform = Series::line("uniform entries", Role::Falsifier, uniform);
    let mut panels = vec![panel(&format!("untrained, {}", regime.evidence.size()?), &regime.evidence, Some(uniform))?];
    if let Some(trained) = trained_machine(regime) {
        panels.push(panel("trained on MNIST", trained, None)?);
    }
    Ok(Figure {
        name: "T03_weights",
        title: "Weights before and after a random rotation".into(),
        caption: format!(
            "Density of the entries of one weight matrix before and after Haar rotations Q₁, Q₂ (bars: one standard error of independent entries). Untrained weights are normal before and after; grey: uniform entries before.{}",
            if panels.len() > 1 {
                " The density of a trained machine changes: its rotated leading mode is a product of two normal variables, with heavier tails than the normal law."
            } else {
                ""
            }
        ),
        panels,
    })
}
