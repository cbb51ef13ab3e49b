//! Figures of the claim.

use super::log_partition::{limit_of_stability, replica_symmetric};
use super::names::{columns, tables};
use super::phases::{CHAINS, DRAWN, SWEEPS};
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
    let (curves, line) = (regime.evidence.table(tables::CURVES)?, regime.evidence.table(tables::ORDER_CURVE)?);
    let cubic = regime.falsified(&falsifiers::CUBIC_TERM)?.table(tables::CURVES)?;
    let wrong = regime.falsified(&falsifiers::CRITICAL_POINT)?.table(tables::ORDER_CURVE)?;
    // The rows are ordered by size. A table without rows counts as missing.
    let sizes = order.column(columns::SIZE)?;
    let [small, .., large] = sizes[..] else { return Err(Missing::Table(order.name)) };
    let at = |table: &Table, free: Column, g: f64| pairs(table, columns::M, free, Some((columns::COUPLING, g)));
    let along = |y: Column, size: f64| pairs(order, columns::COUPLING, y, Some((columns::SIZE, size)));
    let mut first = vec![Series::line("with a cubic term, βλ = 6", Role::Falsifier, at(cubic, columns::LANDAU, 6.0)?)];
    for g in [3.0, 4.0, 6.0] {
        let label = format!("βλ = {g}");
        first.push(Series::line(&label, Role::Prediction, at(curves, columns::LANDAU, g)?));
        first.push(Series::points(&label, Role::Measurement, at(potential, columns::EXACT, g)?));
    }
    let exact = |y: Column, size: f64| -> Result<Series, Missing> {
        Ok(Series::points(&format!("exact, N = M = {size}"), Role::Measurement, along(y, size)?))
    };
    let minimum = |table: &Table| pairs(table, columns::COUPLING, columns::LANDAU, None);
    let panels = vec![
        Panel::new(
            "free energy of a mode, N = M = 200",
            Axis::linear("m, magnetisation along the mode"),
            Axis::linear("f, free energy per unit (kT)"),
        )
        .with(first),
        Panel::new("order parameter", Axis::linear("βλ, coupling of the mode"), Axis::linear("m; exact: 2⟨|x|⟩/√N"))
            .with(vec![
                Series::line("threshold 3.9", Role::Falsifier, minimum(wrong)?),
                Series::line("m = tanh(βλ m/4)", Role::Prediction, minimum(line)?),
                exact(columns::EXACT, small)?,
                exact(columns::EXACT, large)?,
            ]),
        Panel::new("Binder's ratio", Axis::linear("βλ, coupling of the mode"), Axis::linear("1 − ⟨u⁴⟩/(3⟨u²⟩²)")).with(
            vec![
                exact(columns::BINDER, small)?,
                exact(columns::BINDER, large)?,
                Series::line("0.270520, limit at βλ = 4", Role::Guide, vec![(2.5, 0.270_520), (6.5, 0.270_520)]),
            ],
        ),
    ];
    Ok(Figure {
        name: "T07_landau",
        title: "Landau's free energy of a mode against the exact law".into(),
        caption: "Free energy, order parameter and Binder's ratio of a machine of rank one: Landau's free energy (lines in (a), (b)) against the exact law (points, without an error). At finite N the order parameter is rounded at βλ = 4; Binder's ratio of u tends to one value there. Grey: a cubic term, and a threshold of 3.9."
            .into(),
        panels,
    })
}

/// The leading mode of a machine in training, and its Landau free energy.
fn training_figure(dossier: &Dossier) -> Result<Figure, Missing> {
    let evidence = &dossier.regime(&regimes::ALONG_TRAINING)?.evidence;
    let (training, surface) = (evidence.table(tables::TRAINING)?, evidence.table(tables::SURFACE)?);
    // A table without rows counts as missing.
    let first = |column: Column| training.column(column)?.first().copied().ok_or(Missing::Table(training.name));
    let (visible, hidden) = (first(columns::VISIBLE)?, first(columns::HIDDEN)?);
    let free = |update: f64| pairs(surface, columns::M, columns::FREE, Some((columns::UPDATE, update)));
    let along = |y: Column| pairs(training, columns::UPDATE, y, None);
    let mut series = Vec::new();
    for (at, update) in training.column(columns::UPDATE)?.into_iter().enumerate() {
        let label = format!("update {update}");
        series.push(Series::line(&label, Role::Prediction, free(update)?).coloured(at));
    }
    for (place, row) in training.rows.iter().enumerate() {
        let free = free(row[0])?;
        let Some(above) = free.iter().position(|(m, _)| *m > row[2]).filter(|at| *at > 0) else { continue };
        let ((m0, f0), (m1, f1)) = (free[above - 1], free[above]);
        let at = (row[2], f0 + (f1 - f0) * (row[2] - m0) / (m1 - m0));
        series.push(Series::points(&format!("update {}", row[0]), Role::Measurement, vec![at]).coloured(place));
    }
    let panels = vec![
        Panel::new("leading mode during training", Axis::linear("update"), Axis::linear("m of the leading mode")).with(
            vec![
                Series::points("Landau, projected field", Role::Prediction, along(columns::LANDAU)?).coloured(1),
                Series::points("Landau, unprojected biases", Role::Prediction, along(columns::BIASES)?).coloured(2),
                Series::points("mean-field states of the whole machine", Role::Prediction, along(columns::STATES)?)
                    .coloured(3),
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
        title: format!("The leading mode of a machine in training leaves Landau's free energy, {visible} x {hidden}"),
        caption: "(a): magnetisation of the persistent chains along the leading mode (bars: one standard error over chains), and what is predicted of it (rings) where the machine was kept: by Landau's free energy with the projected field or with the biases of all units, and by the mean-field states of the whole machine. (b): Landau's free energy of this mode with the projected field (lines) and the mean of the chains on it (points)."
            .into(),
        panels,
    })
}

/// Places of the measured points and their values of one column.
fn measured(cuts: [&Table; 2], column: Column) -> Result<Series, Missing> {
    let (mut points, mut values) = (Vec::new(), Vec::new());
    for cut in cuts {
        points.extend(pairs(cut, columns::STRENGTH, columns::SPREAD, None)?);
        values.extend(cut.column(column)?);
    }
    Ok(Series { values, ..Series::points("measured, by its colour", Role::Measurement, points) })
}

/// Mean of |m| of N units in the paramagnet, where x of the uniform mode is normal with the
/// variance (1/(4 − θ) + 1/(4 + θ))/2, whatever the standard deviation of the weights.
fn finite_size(n: f64, theta: f64) -> f64 {
    let variance = 4.0 / (16.0 - theta * theta);
    2.0 * (2.0 * variance / (std::f64::consts::PI * n)).sqrt()
}

fn phase_figure(dossier: &Dossier) -> Result<Figure, Missing> {
    let evidence = &dossier.regime(&regimes::PHASES)?.evidence;
    let (strengths, spreads) = (evidence.table(tables::PHASES)?, evidence.table(tables::SPREADS)?);
    let size = *strengths.column(columns::SIZE)?.first().ok_or(Missing::Table(strengths.name))?;
    let (x, y): (Vec<f64>, Vec<f64>) = (grid(0.0, 8.0, 40).collect(), grid(0.05, 8.0, 40).collect());
    let values: Vec<(f64, f64)> = y
        .par_iter()
        .flat_map_iter(|&std_dev| x.iter().map(move |&theta| replica_symmetric(1.0, theta, std_dev)))
        .collect();
    let axes =
        || [Axis::linear("θ = J₀√(NM), strength of the mean"), Axis::linear("s√N, standard deviation of the weights")];
    let thetas: Vec<f64> = grid(4.0, 8.0, 16).collect();
    let unstable: Vec<(f64, f64)> = thetas.par_iter().map(|&theta| (theta, limit_of_stability(theta))).collect();
    let map = |title: &str, label: &str, z: Vec<f64>, column: Column| -> Result<Panel, Missing> {
        let [across, up] = axes();
        let glass = [(0.0, 4.0)].into_iter().chain(unstable.iter().copied().filter(|(_, s)| *s <= 8.0)).collect();
        let panel = Panel::new(title, across, up).with([
            Series::line("order sets in, θ = 4", Role::Guide, vec![(4.0, 0.05), (4.0, 4.0)]).coloured(1),
            Series::line("replica symmetry broken above", Role::Guide, glass).coloured(3),
            measured([strengths, spreads], column)?,
        ]);
        let regions = [((2.0, 1.2), "paramagnet"), ((6.2, 4.25), "ferromagnet"), ((2.0, 6.2), "spin glass")];
        let regions = regions.map(|(at, name)| (at, name.to_string())).to_vec();
        let z = Contours { label: label.into(), x: x.clone(), y: y.clone(), z, pixels: false };
        Ok(Panel { regions, ..panel.over(z) })
    };
    let cut = |title: &str,
               along: Column,
               axis: Axis,
               table: &Table,
               line: Vec<(f64, f64)>|
     -> Result<Panel, Missing> {
        let fixed = |t: f64| if along == columns::STRENGTH { (t, 2.5) } else { (6.0, t) };
        let of = |&(t, _): &(f64, f64)| {
            let (theta, std_dev) = fixed(t);
            (t, replica_symmetric(1.0, theta, std_dev), replica_symmetric(1.0, theta, 0.0).0)
        };
        let theory: Vec<(f64, (f64, f64), f64)> = line.par_iter().map(of).collect();
        let found = |label: &str, y: Column, error: Column| -> Result<Series, Missing> {
            Ok(Series {
                errors: table.column(error)?,
                ..Series::points(label, Role::Measurement, pairs(table, along, y, None)?)
            })
        };
        let (m, q) = ("m, magnetisation", "q, Edwards-Anderson overlap");
        let mut series = vec![
            Series::line("m at s = 0", Role::Falsifier, theory.iter().map(|(t, _, without)| (*t, *without)).collect()),
            Series::line(m, Role::Prediction, theory.iter().map(|(t, (m, _), _)| (*t, *m)).collect()),
            Series::line(q, Role::Prediction, theory.iter().map(|(t, (_, q), _)| (*t, *q)).collect()),
        ];
        let finite = |theta: f64| (theta, finite_size(size, theta));
        let end = if along == columns::STRENGTH { 3.8 } else { 0.0 };
        let paramagnet = grid(0.5, 3.8, 60).map(finite).filter(|(theta, _)| *theta <= end).collect();
        series.push(Series::line(&format!("⟨|m|⟩ of {size} units in the paramagnet"), Role::Guide, paramagnet));
        if along == columns::SPREAD {
            let limit = limit_of_stability(6.0);
            series.push(Series::line("replica symmetry broken beyond", Role::Guide, vec![(limit, 0.0), (limit, 0.9)]));
        }
        series.extend([found(m, columns::M, columns::M_ERROR)?, found(q, columns::Q, columns::Q_ERROR)?]);
        series.retain(|series| !series.points.is_empty());
        Ok(Panel::new(title, axis, Axis::linear("m, measured ⟨|m|⟩; q")).with(series))
    };
    let [across, up] = axes();
    let dense = |low: f64, high: f64| grid(low, high, 160).map(|t| (t, 0.0)).collect();
    Ok(Figure {
        name: "T07_phases",
        title: "Phases of machines with weights of mean J₀ and standard deviation s at zero field".into(),
        caption: format!(
            "Magnetisation m and Edwards-Anderson overlap q (of two chains on the same weights) by the replica-symmetric equations for N → ∞, which fail above the line of de Almeida and Thouless. Points: Gibbs chains that start aligned, N = M = {size}, {DRAWN} matrices of {CHAINS} chains each; a point has the colour of what was measured. (c), (d): two cuts, with one standard error; grey: s = 0. In the paramagnet m of a finite machine is its fluctuation (dashed); where replica symmetry is broken chains do not forget the aligned start in the {SWEEPS} sweeps before they are looked at."
        ),
        panels: vec![
            map("magnetisation", "m, magnetisation", values.iter().map(|(m, _)| *m).collect(), columns::M)?,
            map("overlap", "q, Edwards-Anderson overlap", values.iter().map(|(_, q)| *q).collect(), columns::Q)?,
            cut("cut at s√N = 2.5", columns::STRENGTH, across, strengths, dense(0.5, 8.5))?,
            cut("cut at θ = 6", columns::SPREAD, up, spreads, dense(0.25, 7.5))?,
        ],
    })
}
