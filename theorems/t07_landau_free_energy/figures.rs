//! Figures of the claim.

use super::log_partition::replica_symmetric;
use super::names::{columns, tables};
use super::training::pairs;
use super::{falsifiers, regimes};
use crate::dossier::Dossier;
use crate::evidence::{Column, Missing, Table};
use crate::figure::{Axis, Contours, Figure, Panel, Role, Series};
use crate::stat::histogram::grid;
use crate::theorem::drawn;
use rayon::prelude::*;

pub(super) fn figures(dossier: &Dossier) -> Result<Vec<Figure>, Missing> {
    drawn([landau_figure(dossier), training_figure(dossier), phase_figure(dossier)])
}

fn landau_figure(dossier: &Dossier) -> Result<Figure, Missing> {
    let regime = dossier.regime(&regimes::ONE_MODE)?;
    let (potential, order) = (regime.evidence.table(tables::POTENTIAL)?, regime.evidence.table(tables::ORDER)?);
    let cubic = regime.falsified(&falsifiers::CUBIC_TERM)?.table(tables::POTENTIAL)?;
    let wrong = regime.falsified(&falsifiers::CRITICAL_POINT)?.table(tables::ORDER)?;
    // The rows are ordered by size. A table without rows counts as missing.
    let sizes = order.column(columns::SIZE)?;
    let [small, .., large] = sizes[..] else { return Err(Missing::Table(order.name)) };
    let at = |table: &Table, free: Column, g: f64| pairs(table, columns::M, free, Some((columns::COUPLING, g)));
    let along = |table: &Table, y: Column, size: f64| pairs(table, columns::COUPLING, y, Some((columns::SIZE, size)));
    let mut first =
        vec![Series::line("f(m) with cubic term, βλ = 6", Role::Falsifier, at(cubic, columns::LANDAU, 6.0)?)];
    for g in [3.0, 4.0, 6.0] {
        let label = format!("f(m), βλ = {g}");
        first.push(Series::line(&label, Role::Prediction, at(potential, columns::LANDAU, g)?));
    }
    for g in [3.0, 4.0, 6.0] {
        let label = format!("exact, βλ = {g}");
        first.push(Series::points(&label, Role::Measurement, at(potential, columns::EXACT, g)?));
    }
    let exact = |y: Column, size: f64| -> Result<Series, Missing> {
        Ok(Series::points(&format!("exact, N = {size}"), Role::Measurement, along(order, y, size)?))
    };
    let panels = vec![
        Panel::new(
            "free energy of a mode, N = M = 200",
            Axis::linear("m, magnetisation along the mode"),
            Axis::linear("f, free energy per unit (kT)"),
        )
        .with(first),
        Panel::new(
            "order parameter",
            Axis::linear("βλ, coupling of the mode"),
            Axis::linear("m, magnetisation along the mode"),
        )
        .with(vec![
            Series::line("threshold 3.9", Role::Falsifier, along(wrong, columns::LANDAU, small)?),
            Series::line("m = tanh(βλ m/4)", Role::Prediction, along(order, columns::LANDAU, small)?),
            exact(columns::EXACT, small)?,
            exact(columns::EXACT, large)?,
        ]),
        Panel::new("Binder's ratio", Axis::linear("βλ, coupling of the mode"), Axis::linear("1 − ⟨u⁴⟩/(3⟨u²⟩²)")).with(
            vec![
                exact(columns::BINDER, small)?,
                exact(columns::BINDER, large)?,
                Series::line("0.270520 at βλ = 4", Role::Guide, vec![(2.5, 0.270_520), (6.5, 0.270_520)]),
            ],
        ),
    ];
    Ok(Figure {
        name: "T07_landau",
        title: "Landau's free energy of a mode against the exact law".into(),
        caption: "Free energy, order parameter and Binder's ratio of a machine of rank one: Landau's free energy (lines) against the exact law (points). Grey: a cubic term, and a threshold of 3.9."
            .into(),
        panels,
    })
}

/// The leading mode of a machine in training, and its Landau free energy.
fn training_figure(dossier: &Dossier) -> Result<Figure, Missing> {
    let evidence = &dossier.regime(&regimes::ALONG_TRAINING)?.evidence;
    let (training, surface) = (evidence.table(tables::TRAINING)?, evidence.table(tables::SURFACE)?);
    // A table without rows counts as missing.
    let hidden = *training.column(columns::HIDDEN)?.first().ok_or(Missing::Table(training.name))?;
    let free = |update: f64| pairs(surface, columns::M, columns::FREE, Some((columns::UPDATE, update)));
    let along = |y: Column| pairs(training, columns::UPDATE, y, None);
    let mut series = Vec::new();
    for update in training.column(columns::UPDATE)? {
        let label = format!("Landau, update {update}");
        series.push(Series::line(&label, Role::Prediction, free(update)?));
    }
    for row in &training.rows {
        let free = free(row[0])?;
        let Some(above) = free.iter().position(|(m, _)| *m > row[2]).filter(|at| *at > 0) else { continue };
        let ((m0, f0), (m1, f1)) = (free[above - 1], free[above]);
        let at = (row[2], f0 + (f1 - f0) * (row[2] - m0) / (m1 - m0));
        series.push(Series::points(&format!("chains, update {}", row[0]), Role::Measurement, vec![at]));
    }
    let panels = vec![
        Panel::new("leading mode during training", Axis::linear("update"), Axis::linear("m of the leading mode")).with(
            vec![
                Series::line("Landau, projected field", Role::Prediction, along(columns::LANDAU)?),
                Series::line("Landau, unprojected biases", Role::Guide, along(columns::BIASES)?),
                Series::line("mean-field states of the whole machine", Role::Guide, along(columns::STATES)?),
                Series {
                    errors: training.column(columns::ERROR)?,
                    ..Series::points("persistent chains", Role::Measurement, along(columns::CHAINS)?)
                },
            ],
        ),
        Panel::new(
            "chains on Landau's free energy",
            Axis::linear("m, magnetisation along the mode"),
            Axis::linear("f − min f, free energy per visible unit (kT)"),
        )
        .with(series),
    ];
    Ok(Figure {
        name: "T07_training",
        title: format!("The leading mode of a machine in training leaves Landau's free energy, M = {hidden}"),
        caption: "(a): magnetisation of the persistent chains along the leading mode, against Landau's free energy with the projected field or with the biases of all units, and against the mean-field states of the whole machine. (b): mean of the chains on the free energy of this mode."
            .into(),
        panels,
    })
}

fn phase_figure(dossier: &Dossier) -> Result<Figure, Missing> {
    let evidence = &dossier.regime(&regimes::PHASES)?.evidence;
    let (strengths, spreads) = (evidence.table(tables::PHASES)?, evidence.table(tables::SPREADS)?);
    let (x, y): (Vec<f64>, Vec<f64>) = (grid(0.0, 8.0, 32).collect(), grid(0.05, 8.0, 32).collect());
    let values: Vec<(f64, f64)> = y
        .par_iter()
        .flat_map_iter(|&std_dev| x.iter().map(move |&theta| replica_symmetric(1.0, theta, std_dev)))
        .collect();
    let axes =
        || [Axis::linear("θ = J₀√(NM), strength of the mean"), Axis::linear("s√N, standard deviation of the weights")];
    let mut measured = pairs(strengths, columns::STRENGTH, columns::SPREAD, None)?;
    measured.extend(pairs(spreads, columns::STRENGTH, columns::SPREAD, None)?);
    let map = |title: &str, label: &str, z: Vec<f64>| {
        let [across, up] = axes();
        let guide = |label: &str, points: Vec<(f64, f64)>| Series::line(label, Role::Guide, points);
        Panel {
            title: title.into(),
            x: across,
            y: up,
            series: vec![
                guide("θ = 4", vec![(4.0, 0.05), (4.0, 4.0)]),
                guide("spin-glass transition line s√N = 4", vec![(0.0, 4.0), (4.0, 4.0)]),
                Series::points("measured", Role::Measurement, measured.clone()),
            ],
            contours: Some(Contours { label: label.into(), x: x.clone(), y: y.clone(), z, pixels: false }),
        }
    };
    let cut = |title: &str, along: Column, axis: Axis, table: &Table| -> Result<Panel, Missing> {
        let of = |y: Column| pairs(table, along, y, None);
        Ok(Panel::new(title, axis, Axis::linear("m, magnetisation; q, overlap")).with(vec![
            Series::line("m at s = 0", Role::Falsifier, of(columns::M_WITHOUT)?),
            Series::line("m", Role::Prediction, of(columns::M_LIMIT)?),
            Series::line("q", Role::Prediction, of(columns::Q_LIMIT)?),
            Series {
                errors: table.column(columns::M_ERROR)?,
                ..Series::points("m by Gibbs chains", Role::Measurement, of(columns::M)?)
            },
            Series::points("q by Gibbs chains", Role::Measurement, of(columns::Q)?),
        ]))
    };
    let [across, up] = axes();
    Ok(Figure {
        name: "T07_phases",
        title: "Phases of machines with weights of mean J₀ and standard deviation s, zero field, N = M".into(),
        caption: "Magnetisation m and Edwards-Anderson overlap q of the replica-symmetric equations, against strength of the mean and standard deviation of the weights. (c), (d): two cuts with Gibbs chains at finite N; grey: s = 0. Beyond the spin-glass transition line the equations are not valid."
            .into(),
        panels: vec![
            map("magnetisation", "m, magnetisation", values.iter().map(|(m, _)| *m).collect()),
            map("Edwards-Anderson overlap", "q, overlap", values.iter().map(|(_, q)| *q).collect()),
            cut("cut at s√N = 2.5", columns::STRENGTH, across, strengths)?,
            cut("cut at θ = 6", columns::SPREAD, up, spreads)?,
        ],
    })
}
