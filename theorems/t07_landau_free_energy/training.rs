//! The leading mode during training.

use super::evidence::{STATES, mode_equation};
use super::log_partition::{reach, surface};
use super::names::{columns, tables};
use crate::claim::CheckError;
use crate::evidence::{ALPHA, Column, Evidence, Missing, Side, Table, check};
use crate::lab::{Lab, Snapshot};
use crate::rbm::reciprocal::Reciprocal;
use crate::rbm::{Rbm, mean_field};
use crate::stat;
use rayon::prelude::*;

/// Order parameter m = 2x/Σ|U_j| of the leading mode of one snapshot.
pub(super) struct Leading {
    pub(super) lambda: f64,
    /// For every chain.
    pub(super) chains: Vec<f64>,
    /// From Landau's free energy with the projected field.
    landau: f64,
    /// The same with the individual bias of every unit.
    biased: f64,
    /// For the mean-field states of the whole machine that are reached from the first chains.
    pub(super) states: Vec<f64>,
    /// Landau's free energy per visible unit against m.
    pub(super) surface: Vec<(f64, f64)>,
}

/// The mean-field state reached from the given visible means.
pub(super) fn settled(machine: &Rbm, start: &[f64]) -> Result<mean_field::FixedPoint, CheckError> {
    let found = mean_field::relaxed(machine, start).map_err(CheckError::while_doing("mean-field state"))?;
    found.ok_or_else(|| CheckError::NotApplicable("the iteration of a mean-field state does not converge".into()))
}

/// The leading mode of one snapshot.
pub(super) fn leading(snapshot: &Snapshot) -> Result<Leading, CheckError> {
    let machine = snapshot.machine.to_f64();
    let modes = Reciprocal::thin(&machine).map_err(CheckError::while_doing("modes"))?;
    let (n, m) = (machine.visible, machine.hidden);
    let column = |matrix: &faer::Mat<f64>, size: usize| -> Vec<f64> { (0..size).map(|j| matrix[(j, 0)]).collect() };
    let (u, v) = (column(modes.visible_modes(), n), column(modes.hidden_modes(), m));
    let lambda = modes.singular_values().first().copied().unwrap_or(0.0);
    let full = reach(&u);
    let chains = &snapshot.chains;
    let along = |p: &[f64]| p.iter().zip(&u).map(|(p, u)| (p - 0.5) * u).sum::<f64>() / full;
    let seen: Vec<f64> = (0..chains.rows()).map(|row| along(&chains.to_f64(row))).collect();
    let (a, b) = modes.centred_fields();
    let times = |mode: &[f64], field: f64| -> Vec<f64> { mode.iter().map(|u| u * field).collect() };
    let (projected_v, projected_h) = (times(&u, a[0]), times(&v, b[0]));
    let landau = mode_equation(&u, &v, lambda, &projected_v, &projected_h)? / full;
    let per_unit = |(x, free): (f64, f64)| (x / full, free / n as f64);
    let surface = surface(&u, &v, lambda, &projected_v, &projected_h).into_iter().map(per_unit).collect();
    let own = machine.centred();
    let biased = mode_equation(&u, &v, lambda, &own.visible, &own.hidden)? / full;
    let state = |row: usize| -> Result<f64, CheckError> { Ok(along(&settled(&machine, &chains.to_f64(row))?.visible)) };
    let count = STATES.min(chains.rows());
    let states = (0..count).into_par_iter().map(state).collect::<Result<_, _>>()?;
    Ok(Leading { lambda, chains: seen, landau, biased, states, surface })
}

/// Checks Landau's order parameter during training.
pub(super) fn along_training(lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    const COLUMNS: [Column; 9] = [
        columns::UPDATE,
        columns::LAMBDA,
        columns::CHAINS,
        columns::ERROR,
        columns::LANDAU,
        columns::BIASES,
        columns::STATES,
        columns::VISIBLE,
        columns::HIDDEN,
    ];
    let mut table = Table::new(tables::TRAINING, &COLUMNS);
    let mut surface = Table::new(tables::SURFACE, &[columns::UPDATE, columns::M, columns::FREE]);
    for &hidden in &lab.plan().trained_hidden[..1] {
        let trajectory = lab.trained_from_normal(hidden, 0)?;
        for snapshot in &trajectory.snapshots {
            let Leading { lambda, chains, landau, biased, states, surface: free } = leading(snapshot)?;
            let of = |values: &[f64]| {
                let limits = stat::mean::mean_interval(values, 1.0 - ALPHA);
                let limits = limits.map_err(CheckError::while_doing("chains along the leading mode"))?;
                Ok::<_, CheckError>((stat::mean::mean_and_error(values), limits))
            };
            let ((mean, error), limits) = of(&chains)?;
            let (update, rationale) = (snapshot.update, "a twentieth of full order");
            let name = format!("m of the leading mode, M = {hidden}, update {update}");
            let landaus = check::near(&format!("landau-{update}"), name, mean, limits, landau, 0.05, rationale);
            // Before the first update the mode is only noise, and there is only one minimum. Later
            // Landau's free energy predicts too little or too much order, and the sign of m is that
            // of the singular vectors.
            evidence.measurements.push(if update == 0 { landaus } else { landaus.refuting(Side::Either) });
            let apart: Vec<f64> = states.iter().zip(&chains).map(|(state, chain)| state - chain).collect();
            let ((observed, _), limits) = of(&apart)?;
            let name = format!("m of the mean-field states minus m of their chains, M = {hidden}, update {update}");
            let id = format!("states-{update}");
            evidence.measurements.push(check::near(&id, name, observed, limits, 0.0, 0.05, rationale));
            let (states, _) = stat::mean::mean_and_error(&states);
            let [update, n, m] = [snapshot.update as f64, snapshot.machine.visible as f64, hidden as f64];
            table.rows.push(vec![update, lambda, mean, error, landau, biased, states, n, m]);
            surface.rows.extend(free.into_iter().map(|(m, free)| vec![snapshot.update as f64, m, free]));
            for (name, value) in [
                ("λ₁", lambda),
                ("m of Landau's free energy with unprojected biases", biased),
                ("m, mean over the mean-field states reached from the chains", states),
            ] {
                evidence.observations.push((format!("{name}, update {}", snapshot.update), value));
            }
        }
    }
    evidence.tables.push(table);
    evidence.tables.push(surface);
    Ok(())
}

/// Pairs of values from two columns, for the rows in which a third column has the given value.
///
/// # Errors
/// When the table lacks one of the columns.
pub(super) fn pairs(
    table: &Table,
    x: Column,
    y: Column,
    only: Option<(Column, f64)>,
) -> Result<Vec<(f64, f64)>, Missing> {
    let keep: Vec<bool> = match only {
        Some((column, value)) => table.column(column)?.iter().map(|v| *v == value).collect(),
        None => vec![true; table.rows.len()],
    };
    let points = table.column(x)?.into_iter().zip(table.column(y)?);
    Ok(points.zip(keep).filter(|(_, keep)| *keep).map(|(point, _)| point).collect())
}
