//! Quantities of one machine: positions, classes, smoothness, likelihood.

use super::evidence::{effect, range};
use super::history::{History, LEADING, Machine, Reference, tick};
use super::names::{columns, tables};
use super::streams;
use super::{LIKELIHOOD, ROUGHNESS, SMOOTH};
use crate::bits::{LANES, States};
use crate::claim::{Case, CheckError};
use crate::evidence::{Column, Evidence, Table};
use crate::lab::{self, Lab, Snapshot};
use crate::linalg::Svd;
use crate::rbm::Rbm;
use crate::rbm::annealing;
use crate::rbm::estimate::{Effort, estimate};
use crate::rbm::gibbs;
use crate::rbm::marginal::log_weights;
use crate::rbm::reciprocal::unstable_stable;
use crate::stat;
use crate::stat::interval::Interval;
use faer::Mat;
use rayon::prelude::*;

/// Ticks between the machines of the figure of the likelihood.
const DRAWN: u64 = 120;

/// Mean positions (u_c, w_c) of data and model samples along the leading modes, relative to the
/// uniform mean. Signs are such that the data are positive along x.
pub(super) fn mean_positions(svd: &Svd, snapshot: &Snapshot, reference: &Reference<'_>) -> [[[f64; 2]; LEADING]; 2] {
    let along = |modes: &Mat<f64>, i: usize, values: &[f64]| -> f64 {
        values.iter().enumerate().map(|(j, value)| modes[(j, i)] * (value - 0.5)).sum()
    };
    let data = &reference.held_back;
    let chains = snapshot.chains.means();
    [(reference.images, data), (&snapshot.chains, &chains)].map(|(states, visible)| {
        let hidden = hidden_mean(&snapshot.machine, states);
        std::array::from_fn(|i| {
            let sign = if along(&svd.u, i, data) < 0.0 { -1.0 } else { 1.0 };
            let (x, y) = (sign * along(&svd.u, i, visible), sign * along(&svd.v, i, &hidden));
            let (u, w) = unstable_stable(x, y);
            [u, w]
        })
    })
}

/// (u_c, w_c) of the saddle along the leading modes, relative to the uniform mean, with signs as in
/// [`mean_positions`].
pub(super) fn saddle(svd: &Svd, machine: &Rbm, means: &[f64]) -> [[f64; 2]; LEADING] {
    let (n, m) = (machine.visible, machine.hidden);
    let w = machine.weights_view();
    let half = |values: &mut dyn Iterator<Item = f64>| 0.5 * values.sum::<f64>();
    let field_v: Vec<f64> = (0..n).map(|j| machine.visible_bias[j] + half(&mut (0..m).map(|k| w[(j, k)]))).collect();
    let field_h: Vec<f64> = (0..m).map(|k| machine.hidden_bias[k] + half(&mut (0..n).map(|j| w[(j, k)]))).collect();
    let along = |modes: &Mat<f64>, i: usize, values: &[f64]| -> f64 {
        values.iter().enumerate().map(|(j, value)| modes[(j, i)] * value).sum()
    };
    let data: Vec<f64> = means.iter().map(|mean| mean - 0.5).collect();
    std::array::from_fn(|i| {
        let scale = if along(&svd.u, i, &data) < 0.0 { 1.0 } else { -1.0 } / svd.singular_values[i];
        let (u, w) = unstable_stable(scale * along(&svd.v, i, &field_h), scale * along(&svd.u, i, &field_v));
        [u, w]
    })
}

/// Distance of two positions in the space of the leading modes. Modes with similar λ mix, so that a
/// position along a single mode has little meaning; the space that they span is well defined.
pub(super) fn separation(a: &[[f64; 2]; LEADING], b: &[[f64; 2]; LEADING]) -> f64 {
    a.iter().flatten().zip(b.iter().flatten()).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

/// Mean of P(hₖ = 1 | v) over states, length M.
fn hidden_mean(machine: &Rbm<f32>, states: &States) -> Vec<f64> {
    let means = gibbs::hidden_means(machine, states);
    let mut sums = vec![0.0; machine.hidden];
    for row in means.chunks_exact(machine.hidden) {
        row.iter().zip(&mut sums).for_each(|(&p, sum)| *sum += f64::from(p));
    }
    sums.iter().map(|sum| sum / states.rows() as f64).collect()
}

/// ‖Pᵀ U_k‖² / k: share of the leading k columns of U in the span of the orthonormal columns of P.
/// For random U its mean is (number of columns of P)/N.
pub(super) fn inside(u: &Mat<f64>, k: usize, principal: &Mat<f64>) -> f64 {
    let k = k.min(u.ncols());
    let overlap = |i: usize, p: usize| (0..u.nrows()).map(|j| u[(j, i)] * principal[(j, p)]).sum::<f64>();
    let total: f64 = (0..k).flat_map(|i| (0..principal.ncols()).map(move |p| overlap(i, p).powi(2))).sum();
    total / k as f64
}

/// Between-class share of the variance of x_i = u_i·v for every mode.
pub(super) fn class_shares(u: &Mat<f64>, images: &States, labels: &[u8]) -> Result<Vec<f64>, CheckError> {
    let modes: Vec<&[f64]> = (0..u.ncols()).map(|i| u.col_as_slice(i)).collect();
    // As many modes at a time as are summed together: all at once are a large table.
    let shares = |modes: &[&[f64]]| -> Vec<_> {
        images.along_modes(modes).iter().map(|x| stat::mean::class_share(x, labels)).collect()
    };
    modes
        .par_chunks(LANES)
        .flat_map_iter(shares)
        .collect::<Result<_, _>>()
        .map_err(CheckError::while_doing("class shares"))
}

/// Σ (u_a − u_b)² over pairs of neighbouring pixels of an image of `height` x `width`; a random
/// unit vector has [`random_roughness`].
pub(super) fn roughness(mode: &[f64], (height, width): (usize, usize)) -> f64 {
    let at = |row: usize, column: usize| mode[row * width + column];
    let across: f64 = (0..height).flat_map(|r| (1..width).map(move |c| (at(r, c) - at(r, c - 1)).powi(2))).sum();
    let down: f64 = (1..height).flat_map(|r| (0..width).map(move |c| (at(r, c) - at(r - 1, c)).powi(2))).sum();
    across + down
}

/// Mean [`roughness`] of a uniform unit vector: E (u_a − u_b)² = 2/N over height(width − 1) +
/// (height − 1)width pairs, N = height · width.
pub(super) fn random_roughness((height, width): (usize, usize)) -> f64 {
    2.0 * (2.0 - 1.0 / width as f64 - 1.0 / height as f64)
}

/// Checks that the leading left vectors are smooth as images, and that roughness rises along the
/// spectrum.
pub(super) fn smoothness_check(histories: &[History], shape: (usize, usize), evidence: &mut Evidence) {
    let random = random_roughness(shape);
    let smooth = |h: &History| 1.0 - stat::mean::mean(&h.roughness[..LEADING]) / random;
    evidence.measurements.push(effect(
        SMOOTH,
        "smoothness of the leading three left vectors as images, worst machine",
        range(histories.iter().map(smooth)),
        0.5,
        "the roughness is less than half of that of a random vector",
    ));
    evidence.measurements.push(effect(
        ROUGHNESS, "artanh of the rank correlation between a left vector's roughness and its rank in the spectrum, worst machine",
        range(histories.iter().map(|h| rank_correlation(&h.roughness).atanh())),
        7.0 * 1.03 / (histories.iter().map(|h| h.roughness.len()).min().unwrap_or(4) as f64 - 3.0).sqrt(),
        "seven standard deviations of r values in random order: 1.03/√(r − 3) (Fieller, Hartley and Pearson, Biometrika 44 (1957) 470)",
    ));
}

/// Spearman's correlation of values with their positions.
pub(super) fn rank_correlation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let rank = |x: &f64| values.iter().filter(|y| *y < x).count() as f64;
    let squares: f64 = values.iter().enumerate().map(|(at, x)| (rank(x) - at as f64).powi(2)).sum();
    1.0 - 6.0 * squares / (n * (n * n - 1.0))
}

/// Checks the log-likelihood of the test images for the first replica of every size against
/// independent pixels with the means of the training images.
pub(super) fn likelihoods(
    case: &Case<'_>,
    lab: &Lab,
    machines: &[Machine],
    means: &[f64],
    images: &States,
    evidence: &mut Evidence,
) -> Result<(), CheckError> {
    let rows = lab.data().train.images.rows() as f64;
    // One additional image per value, so that no pixel value has probability 0.
    let smoothed: Vec<f64> = means.iter().map(|p| (p * rows + 1.0) / (rows + 2.0)).collect();
    let seen = images.means();
    let independent: f64 =
        seen.iter().zip(&smoothed).map(|(m, p)| m * libm::log(*p) + (1.0 - m) * libm::log1p(-p)).sum();
    const COLUMNS: [Column; 7] = [
        columns::HIDDEN,
        columns::UPDATE,
        columns::MIDDLE,
        columns::HALF,
        columns::INDEPENDENT,
        columns::LN_Z,
        columns::LN_Z_HALF,
    ];
    let mut table = Table::new(tables::LIKELIHOOD, &COLUMNS);
    // The first replica of every size; a falsifier fails at the smallest.
    let mut first: Vec<&Machine> = machines.iter().collect();
    first.dedup_by_key(|machine| machine.hidden);
    first.truncate(if case.falsified() { 1 } else { first.len() });
    let largest = first.iter().map(|machine| machine.hidden).max();
    let mut asked: Vec<(&Machine, &Snapshot, bool)> = Vec::new();
    for machine in &first {
        let end = machine.trajectory.end()?;
        // The figure shows the whole training run of the largest of several sizes.
        let whole = machine.shown && Some(machine.hidden) == largest && first.len() > 1;
        let drawn = |update: u64| whole && update < end.update && update.is_multiple_of(DRAWN * tick(end.update));
        let shown = machine.trajectory.snapshots.iter().filter(|snapshot| drawn(snapshot.update));
        asked.extend(shown.map(|snapshot| (*machine, &**snapshot, false)));
        asked.push((*machine, end, true));
    }
    let estimated = |&(machine, snapshot, _): &(&Machine, &Snapshot, bool)| {
        let (hidden, snapshot) = (machine.hidden, machine.seen(snapshot));
        let key =
            |way: &str| lab.key(case, streams::ESTIMATED.with(format_args!("{way} {hidden} {}", snapshot.update)));
        let limits = log_partition(&snapshot.machine, lab.plan().scale, key);
        (limits, stat::mean::mean(log_weights(&snapshot.machine.to_f64(), images)))
    };
    // Each by itself leaves much of two cores idle.
    let found: Vec<_> = asked.par_iter().with_max_len(1).map(estimated).collect();
    let mut gains = Vec::new();
    for ((machine, snapshot, last), ((least, most, failed), weight)) in asked.into_iter().zip(found) {
        let (low, high) = (weight - most, weight - least);
        table.rows.push(vec![
            machine.hidden as f64,
            snapshot.update as f64,
            0.5 * (low + high),
            0.5 * (high - low),
            independent,
            0.5 * (least + most),
            0.5 * (most - least),
        ]);
        if last {
            // States that the estimate may miss would make ln Z larger.
            let least = if failed > 0 { f64::NEG_INFINITY } else { low };
            gains.push((least - independent, high - independent));
            let name = |what: &str| format!("M = {}: {what}", machine.hidden);
            evidence.observations.extend([
                (name("log-likelihood per test image, at least"), low),
                (name("log-likelihood per test image, at most"), high),
                (name("checks of ln Z that fail"), failed as f64),
            ]);
        }
    }
    let gain = Interval { low: range(gains.iter().map(|g| g.0)).low, ..range(gains.iter().map(|g| g.1)) };
    evidence.measurements.push(effect(
        LIKELIHOOD,
        "log-likelihood of test images minus that of independent pixels, bracket over all sizes (nats per image)",
        gain,
        1.0,
        "one nat; independent pixels contain the means only, and on independent pixels no model exceeds them by a nat",
    ));
    evidence.tables.push(table);
    Ok(())
}

/// Limits of ln Z, and the number of checks of it that fail after four rounds: the interval of
/// tempering from chains of many origins, widened by the bracket of annealing in both directions
/// along its path.
fn log_partition(machine: &Rbm<f32>, scale: lab::Scale, key: impl Fn(&str) -> [u8; 32]) -> (f64, f64, usize) {
    let betas = if scale == lab::Scale::Full { 2000 } else { 200 };
    let effort = Effort { chains: 100, betas, burn: 0, within: 0.5, rounds: 4, time: None };
    let found = estimate(machine, None, None, effort, key, |_| ());
    let annealed = annealing::bracket(&found.forward, &found.backward);
    let ends = [found.bracket.low, found.bracket.high, annealed.lower, annealed.upper];
    let Interval { low, high, .. } = Interval::envelope(ends);
    (low, high, found.bracket.why.len())
}
