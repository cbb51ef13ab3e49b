//! Densities of modes, for the figure.

use super::evidence::{broken, leading_columns};
use super::moments::ByBytes;
use super::names::{columns, tables};
use super::streams;
use crate::claim::{Case, CheckError};
use crate::evidence::{Column, Table};
use crate::lab::{Lab, Scale, Snapshot};
use crate::linalg::thin_svd;
use crate::math::largest;
use crate::rbm::Rbm;
use crate::rbm::gibbs::{Chains, hidden_means};
use crate::stat;
use crate::stat::histogram::histogram;
use rand::RngExt;
use rayon::prelude::*;

/// Modes whose densities the figure shows, out of `last`.
pub(super) fn drawn(lab: &Lab, last: usize) -> Vec<usize> {
    let some = match lab.plan().scale {
        Scale::Quick => vec![1, 2, 3, last / 2, last],
        Scale::Full => vec![1, 2, 3, 4, 9 * last / 10, last],
    };
    let mut modes: Vec<usize> = some.into_iter().filter(|mode| (1..=last).contains(mode)).collect();
    modes.dedup();
    modes
}

const DENSITY: [Column; 5] = [columns::SIDE, columns::MODE, columns::Z, columns::DENSITY, columns::ERROR];

/// Density of one mode in 36 bins: mean and standard error over independent groups of values 2(x −
/// mean).
pub(super) fn density(side: usize, mode: usize, groups: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let reach = 1.001 * largest(groups.iter().flatten().map(|z| z.abs()));
    let each: Vec<Vec<(f64, f64)>> = groups.iter().map(|group| histogram(group, -reach, reach, 36)).collect();
    let row = |bin: usize| {
        let (mean, error) = stat::mean::mean_and_error(&each.iter().map(|one| one[bin].1).collect::<Vec<_>>());
        vec![side as f64, mode as f64, each[0][bin].0, mean, error]
    };
    (0..each.first().map_or(0, Vec::len)).map(row).collect()
}

/// Densities of x_i and y_i of an untrained machine under uniform states.
pub(super) fn uniform_densities(case: &Case<'_>, lab: &Lab) -> Result<Table, CheckError> {
    let (n, m) = lab.plan().mode_shapes[0][0];
    let machine = Rbm::normal(n, m, lab.plan().initial_std, &mut lab.stream(case, streams::DENSITIES_MACHINE, 0));
    let svd = thin_svd(machine.weights_view()).map_err(CheckError::while_doing("decomposition"))?;
    let last = svd.singular_values.len();
    let mut table = Table::new(tables::DENSITIES, &DENSITY);
    for (side, vectors) in [&svd.u, &svd.v].into_iter().enumerate() {
        let modes = broken(case, leading_columns(vectors, last), lab);
        for mode in drawn(lab, last) {
            let (entries, along) = (&modes[mode - 1], ByBytes::new(&modes[mode - 1]));
            let mean = 0.5 * entries.iter().sum::<f64>();
            let group = |group: usize| {
                let rng = &mut lab.stream(case, streams::DENSITIES, [side, mode, group]);
                (0..GROUPS).map(|_| 2.0 * (along.draw(rng) - mean)).collect()
            };
            let groups: Vec<Vec<f64>> = (0..GROUPS).into_par_iter().map(group).collect();
            table.rows.extend(density(side, mode, &groups));
        }
    }
    Ok(table)
}

/// Number of groups of sampled values, and number of values per group.
const GROUPS: usize = 150;

/// Sampled values per mode.
pub(super) const STATES: usize = GROUPS * GROUPS;

/// Densities of x_i and y_i under a machine's own samples: its persistent chains, recorded at every
/// fifth sweep.
pub(super) fn own_densities(case: &Case<'_>, lab: &Lab, end: &Snapshot) -> Result<Table, CheckError> {
    let single = &end.machine;
    let svd = thin_svd(single.to_f64().weights_view()).map_err(CheckError::while_doing("decomposition"))?;
    let modes = drawn(lab, svd.singular_values.len());
    let mut chains = Chains::new(end.chains.clone(), lab.key(case, streams::DENSITIES), 0);
    let rows = chains.visible.rows();
    // [side][mode][chain]: values in the order of time.
    let mut seen = vec![vec![vec![Vec::new(); rows]; modes.len()]; 2];
    for time in 0..20 {
        chains.sweep(single, 5);
        let means = hidden_means(single, &chains.visible);
        let rng = &mut lab.stream(case, streams::DENSITIES_HIDDEN, time);
        for (row, means) in means.chunks(single.hidden).enumerate() {
            let visible: Vec<usize> = chains.visible.ones(row).collect();
            let hidden: Vec<usize> = (0..single.hidden).filter(|&k| rng.random::<f32>() < means[k]).collect();
            for (at, mode) in modes.iter().enumerate() {
                for (side, on, vectors) in [(0, &visible, &svd.u), (1, &hidden, &svd.v)] {
                    seen[side][at][row].push(on.iter().map(|&unit| vectors[(unit, mode - 1)]).sum::<f64>());
                }
            }
        }
    }
    let mut table = Table::new(tables::DENSITIES, &DENSITY);
    for (side, by_mode) in seen.into_iter().enumerate() {
        for (mode, mut chains) in modes.iter().zip(by_mode) {
            let count = chains.iter().map(Vec::len).sum::<usize>() as f64;
            let mean = chains.iter().flatten().sum::<f64>() / count;
            chains.iter_mut().flatten().for_each(|x| *x = 2.0 * (*x - mean));
            table.rows.extend(density(side, *mode, &chains));
        }
    }
    Ok(table)
}
