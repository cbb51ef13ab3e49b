//! Tables for the figures.

use super::history::{CRITICAL, History, LEADING, Machine, Positions, SHOWN};
use super::names::{columns, tables};
use super::quantities::separation;
use crate::claim::CheckError;
use crate::evidence::{Column, Table};

/// Samples and decodings of the largest machine, for the figure.
pub(super) fn pictures(histories: &[History], machines: &[Machine]) -> Result<Vec<Table>, CheckError> {
    let mut samples = Table::new(tables::SAMPLES, &[columns::HIDDEN, columns::IMAGE, columns::PIXEL]);
    let mut decoded =
        Table::new(tables::DECODED, &[columns::HIDDEN, columns::ROW, columns::IMAGE, columns::PIXEL, columns::SHADE]);
    let Some(largest) = machines.iter().map(|machine| machine.hidden).max() else { return Ok(vec![samples, decoded]) };
    for (machine, history) in machines.iter().zip(histories).filter(|(machine, _)| machine.hidden == largest).take(1) {
        let chains = &machine.trajectory.end()?.chains;
        for image in 0..chains.rows().min(4 * SHOWN.len()) {
            samples.rows.extend(chains.ones(image).map(|pixel| vec![largest as f64, image as f64, pixel as f64]));
        }
        for (row, images) in history.probe.iter().flat_map(|probe| probe.rows.iter().enumerate()) {
            for (at, image) in images.iter().enumerate() {
                let dark = image.iter().enumerate().filter(|(_, shade)| **shade > 0.15);
                decoded.rows.extend(
                    dark.map(|(pixel, &shade)| vec![largest as f64, row as f64, at as f64, pixel as f64, shade]),
                );
            }
        }
    }
    Ok(vec![samples, decoded])
}

pub(super) fn tabulated(histories: &[History]) -> Vec<Table> {
    let mut values = Table::new(
        tables::SINGULAR_VALUES,
        &[columns::HIDDEN, columns::REPLICA, columns::UPDATE, columns::MODE, columns::LAMBDA],
    );
    const POSITIONS: [Column; 13] = [
        columns::HIDDEN,
        columns::REPLICA,
        columns::UPDATE,
        columns::DATA_U,
        columns::DATA_W,
        columns::CHAINS_U,
        columns::CHAINS_W,
        columns::SADDLE_U,
        columns::SADDLE_W,
        columns::DATA,
        columns::CHAINS,
        columns::SADDLE,
        columns::APART,
    ];
    let mut positions = Table::new(tables::POSITIONS, &POSITIONS);
    let mut symmetry = Table::new(
        tables::SYMMETRY,
        &[columns::HIDDEN, columns::REPLICA, columns::UPDATE, columns::JS, columns::FLOOR],
    );
    let mut vectors = Table::new(
        tables::VECTORS,
        &[columns::HIDDEN, columns::REPLICA, columns::UPDATE, columns::INSIDE, columns::AWARE, columns::ABOVE],
    );
    let mut captured = Table::new(
        tables::CAPTURED,
        &[columns::HIDDEN, columns::REPLICA, columns::UPDATE, columns::SPLIT, columns::SHARE],
    );
    let mut decoding = Table::new(
        tables::DECODING,
        &[columns::HIDDEN, columns::REPLICA, columns::WHOLE, columns::TRAILING, columns::LEADING, columns::ALL],
    );
    let mut classes = Table::new(tables::CLASSES, &[columns::HIDDEN, columns::REPLICA, columns::MODE, columns::SHARE]);
    let mut roughnesses =
        Table::new(tables::ROUGHNESS, &[columns::HIDDEN, columns::REPLICA, columns::MODE, columns::ROUGHNESS]);
    let mut spectra = Table::new(tables::SPECTRA, &[columns::HIDDEN, columns::SHARE, columns::LAMBDA]);
    let mut pictures = Table::new(tables::MODES, &[columns::HIDDEN, columns::MODE, columns::PIXEL, columns::U]);
    for group in histories.chunk_by(|a, b| a.hidden == b.hidden) {
        for (replica, history) in group.iter().enumerate() {
            let id = [history.hidden as f64, replica as f64];
            for record in &history.records {
                let at = [id[0], id[1], record.update as f64];
                for (i, &lambda) in record.singular_values.iter().take(10).enumerate() {
                    values.rows.push([&at[..], &[(i + 1) as f64, lambda]].concat());
                }
                if let Some(Positions { data, chains, saddle }) = &record.positions {
                    let centre = [[0.0; 2]; LEADING];
                    let lengths = [data, chains, saddle].map(|z| separation(z, &centre));
                    let leading = [&data[0][..], &chains[0], &saddle[0]];
                    positions.rows.push([&at[..], &leading.concat(), &lengths, &[separation(chains, data)]].concat());
                }
                let above = record.singular_values.iter().filter(|&&l| l > CRITICAL).count() as f64;
                vectors.rows.push([&at[..], &[record.inside, record.gain, above]].concat());
                let shares = record.captured.iter().enumerate();
                captured.rows.extend(shares.map(|(k, &share)| [&at[..], &[(k + 1) as f64, share]].concat()));
                if record.js.is_finite() {
                    symmetry.rows.push([&at[..], &[record.js, record.js_floor]].concat());
                }
            }
            if let Some(probe) = &history.probe {
                decoding.rows.push([&id[..], &probe.errors[..4]].concat());
            }
            let rough = history.roughness.iter().enumerate();
            roughnesses.rows.extend(rough.map(|(i, &rough)| vec![id[0], id[1], (i + 1) as f64, rough]));
            if replica == 0 {
                let lambdas = &history.last().singular_values;
                let share = |i: usize| (i + 1) as f64 / lambdas.len() as f64;
                spectra.rows.extend(lambdas.iter().enumerate().map(|(i, &l)| vec![id[0], share(i), l]));
                for (i, mode) in history.modes.iter().enumerate() {
                    let pixel = |(j, &u): (usize, &f64)| vec![id[0], (i + 1) as f64, j as f64, u];
                    pictures.rows.extend(mode.iter().enumerate().map(pixel));
                }
            }
            let shares = history.class_shares.iter().enumerate();
            classes.rows.extend(shares.map(|(i, &share)| vec![id[0], id[1], (i + 1) as f64, share]));
        }
    }
    vec![values, positions, symmetry, classes, roughnesses, spectra, pictures, vectors, captured, decoding]
}
