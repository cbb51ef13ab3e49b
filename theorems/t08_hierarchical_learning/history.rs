//! The history of a training run: its records and the quantities derived from them.

use super::EQUAL;
use super::falsifiers;
use super::quantities::{class_shares, inside, mean_positions, roughness, saddle};
use super::streams;
use super::wanted::Wanted;
use crate::bits::States;
use crate::claim::{Case, CheckError, Variant};
use crate::evidence::ALPHA;
use crate::lab::{Lab, Snapshot, Trajectory};
use crate::linalg::Svd;
use crate::linalg::product;
use crate::linalg::thin_svd;
use crate::math::largest;
use crate::math::logistic;
use crate::rbm::Rbm;
use crate::rbm::mean_field;
use crate::spectra::{rotation, tracy_widom};
use crate::stat;
use crate::stat::cluster::{Split, ward};
use crate::stat::divergence;
use crate::stat::interval::Interval;
use faer::Mat;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Value of βλ at which a mode becomes unstable in the Gaussian picture (β = 1).
pub(super) const CRITICAL: f64 = 4.0;

/// Number of bins of the weight histograms. They are wide enough that a null histogram has counts
/// in nearly all of them.
const JS_BINS: usize = 200;

/// Number of leading modes for which class share and alignment are checked.
pub(super) const LEADING: usize = 3;

/// Every [`tick`] up to this one is recorded, because modes leave the bulk in this stage.
pub(super) const FINE: u64 = 60;

/// Number of test images that are decoded.
pub(super) const DECODED: usize = 500;

/// Digits shown in the figure.
pub(super) const SHOWN: [u8; 6] = [0, 1, 2, 3, 4, 7];

/// Number of relabellings of the ten classes, which give the null law of the class splits.
pub(super) const RELABELLINGS: usize = 199;

/// One training run, as modified by the case.
pub(super) struct Machine {
    pub(super) hidden: usize,
    /// Number of updates of the whole training run, even if a falsifier keeps only part of its
    /// snapshots.
    pub(super) updates: u64,
    pub(super) trajectory: Arc<Trajectory>,
    /// What is still to be done to each snapshot that is looked at.
    change: Change,
    /// Whether figures show it.
    pub(super) shown: bool,
}

/// A falsifier's change of every snapshot.
enum Change {
    None,
    /// Other states in the place of the chains.
    Chains(States),
    /// The leading [`EQUAL`] singular values replaced by their mean.
    Levelled,
    /// The weights between two orthogonal matrices, N x N and M x M.
    Rotated([Mat<f64>; 2]),
}

impl Machine {
    /// A training run of the case; of the `replica`s of a size figures show the first.
    pub(super) fn of(case: &Case<'_>, lab: &Lab, trained: Arc<Trajectory>, replica: usize) -> Result<Self, CheckError> {
        let end = trained.end()?;
        let (hidden, updates) = (end.machine.hidden, end.update);
        let change = if case.is(&falsifiers::SAMPLES_UNIFORM) {
            let mut rng = lab.stream(case, streams::UNIFORM, replica);
            let (rows, units) = (end.chains.rows(), end.chains.units());
            Change::Chains(States::from_fn(rows, units, |_, _| rng.random::<bool>()))
        } else if case.is(&falsifiers::EQUAL_STRENGTHS) {
            Change::Levelled
        } else if case.is(&falsifiers::ROTATED) {
            let mut rng = lab.stream(case, streams::ROTATED, replica);
            Change::Rotated([end.machine.visible, hidden].map(|n| rotation::haar_orthogonal(n, &mut rng)))
        } else {
            Change::None
        };
        let first = if case.is(&falsifiers::LATE_START) { 20 * tick(updates) } else { 0 };
        let last = if case.is(&falsifiers::UNTRAINED) { 0 } else { updates };
        let trajectory = if (first, last) == (0, updates) {
            trained
        } else {
            let kept = |update: u64| (first..=last).contains(&update);
            let snapshots = trained.snapshots.iter().filter(|one| kept(one.update)).map(Arc::clone).collect();
            let spectra = trained.spectra.iter().filter(|(update, _)| kept(*update)).cloned().collect();
            Arc::new(Trajectory { snapshots, spectra })
        };
        let shown = lab.wants_figures() && case.variant == Variant::AsStated && replica == 0;
        Ok(Self { hidden, updates, trajectory, change, shown })
    }

    /// A snapshot of the trajectory as the case has it.
    pub(super) fn seen<'a>(&self, snapshot: &'a Snapshot) -> Cow<'a, Snapshot> {
        match &self.change {
            Change::None | Change::Levelled => Cow::Borrowed(snapshot),
            Change::Chains(chains) => Cow::Owned(Snapshot { chains: chains.clone(), ..snapshot.clone() }),
            Change::Rotated([left, right]) => {
                let machine = &snapshot.machine;
                // N x M in column-major order.
                let rotated = rotation::rotate(machine.to_f64().weights_view(), left.as_ref(), right.as_ref());
                let (n, m) = (machine.visible, machine.hidden);
                let weights = (0..n * m).map(|at| rotated[at % m * n + at / m] as f32).collect();
                Cow::Owned(Snapshot { machine: Rbm { weights, ..machine.clone() }, ..snapshot.clone() })
            }
        }
    }

    /// Singular values of a record, descending, as the case has them.
    fn values(&self, mut values: Vec<f64>) -> Vec<f64> {
        if let Change::Levelled = self.change {
            let mean = stat::mean::mean(&values[..EQUAL]);
            values[..EQUAL].fill(mean);
        }
        values
    }
}

/// The singular value whose Tracy-Widom p-value is [`ALPHA`], for an untrained N x M machine.
fn beyond_the_bulk(visible: usize, hidden: usize, s: f64) -> f64 {
    let (mut low, mut high) = (0.0, 2.0 * s * ((visible as f64).sqrt() + (hidden as f64).sqrt()));
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        let inside = tracy_widom::survival(tracy_widom::edge_statistic(middle, visible, hidden, s)) >= ALPHA;
        if inside { low = middle } else { high = middle }
    }
    high
}

/// Number of updates per tick in a training run of `end` updates: one for three epochs of MNIST,
/// ten for thirty epochs at a tenth of Adam's learning rate.
pub(super) fn tick(end: u64) -> u64 {
    (end / 360).max(1)
}

/// Directions in pixel space of the tree of the ten class means, and of trees of relabelled
/// classes.
pub(super) struct SplitDirections {
    /// Unit vectors between the means of the two sides of each split, coarsest first, one per
    /// column.
    own: Mat<f64>,
    /// The same splits with relabelled classes, one relabelling after the other.
    relabelled: Mat<f64>,
}

impl SplitDirections {
    pub(super) fn of(images: &States, labels: &[u8], rng: &mut impl Rng) -> Self {
        let means = class_means(images, labels);
        let tree = ward(&means);
        let along = |names: &[usize]| -> Vec<Vec<f64>> {
            let mean = |side: &[usize], j: usize| stat::mean::mean(side.iter().map(|&c| means[names[c]][j]));
            let between = |split: &Split| {
                let d: Vec<f64> = (0..means[0].len()).map(|j| mean(&split.left, j) - mean(&split.right, j)).collect();
                let length = d.iter().map(|d| d * d).sum::<f64>().sqrt();
                d.into_iter().map(|d| d / length).collect()
            };
            tree.iter().map(between).collect()
        };
        let mut names: Vec<usize> = (0..means.len()).collect();
        let own = along(&names);
        let relabelled: Vec<Vec<f64>> = (0..RELABELLINGS)
            .flat_map(|_| {
                names.shuffle(rng);
                along(&names)
            })
            .collect();
        let columns = |all: &[Vec<f64>]| Mat::from_fn(means[0].len(), all.len(), |j, k| all[k][j]);
        Self { own: columns(&own), relabelled: columns(&relabelled) }
    }

    /// Share of every direction, one per column, that a sweep preserves: squared overlaps with the
    /// left vectors, weighted by the sweep factor (βλ/4)², at most 1. A count of modes above 4/β
    /// would jump when a mode is close to 4/β.
    pub(super) fn captured(directions: &Mat<f64>, svd: &Svd) -> Vec<f64> {
        let kept: Vec<f64> = svd.singular_values.iter().map(|l| (l / CRITICAL).powi(2).min(1.0)).collect();
        let overlaps = product(svd.u.transpose(), directions.as_ref());
        let share = |k: usize| kept.iter().zip(overlaps.col(k).iter()).map(|(kept, x)| kept * x * x).sum();
        (0..directions.ncols()).map(share).collect()
    }

    /// Mean share of the coarser half of the splits minus that of the finer half.
    pub(super) fn lead(captured: &[f64]) -> f64 {
        let (coarse, fine) = captured.split_at(captured.len() / 2);
        stat::mean::mean(coarse) - stat::mean::mean(fine)
    }
}

/// Mean image of each class, in the order of the labels.
pub(super) fn class_means(images: &States, labels: &[u8]) -> Vec<Vec<f64>> {
    let classes: BTreeSet<u8> = labels.iter().copied().collect();
    let mean = |class: &u8| {
        let rows: Vec<usize> = (0..labels.len()).filter(|&row| labels[row] == *class).collect();
        images.select(&rows).means()
    };
    classes.iter().map(mean).collect()
}

/// Decodings v → h → v of test images by means, with some directions of W rotated.
pub(super) struct Probe {
    /// Σ over pixels of (mean − pixel)², averaged over images, for: the whole machine; its trailing
    /// three quarters rotated; its leading quarter rotated; all modes rotated; the pixel means
    /// instead of a decoding.
    pub(super) errors: [f64; 5],
    /// The images of [`SHOWN`] and their decodings by the first three.
    pub(super) rows: [Vec<Vec<f64>>; 4],
}

impl Probe {
    pub(super) fn of(machine: &Rbm, svd: &Svd, reference: &Reference<'_>, rng: &mut impl Rng) -> Self {
        let r = svd.singular_values.len();
        let quarter = r / 4;
        let images = &reference.few;
        let seen = Mat::from_fn(machine.visible, images.rows(), |j, row| f64::from(u8::from(images.get(row, j))));
        let mut rows = [const { Vec::new() }; 4];
        let shown = || reference.shown.iter().filter(|&&row| row < images.rows());
        rows[0] = shown().map(|&row| images.to_f64(row)).collect();
        let mut errors = [0.0; 5];
        for (at, rotated) in [0..0, quarter..r, 0..quarter, 0..r].into_iter().enumerate() {
            let u = if rotated.is_empty() { svd.u.clone() } else { rotated_away(&svd.u, rotated, rng) };
            let scaled = Mat::from_fn(machine.visible, r, |j, i| u[(j, i)] * svd.singular_values[i]);
            let weights = product(scaled.as_ref(), svd.v.transpose());
            let decoded = decode(machine, &weights, &seen);
            let square =
                |row: usize| (0..machine.visible).map(|j| (decoded[(j, row)] - seen[(j, row)]).powi(2)).sum::<f64>();
            errors[at] = stat::mean::mean((0..images.rows()).map(square));
            if let Some(row) = rows.get_mut(at + 1) {
                *row = shown().map(|&row| decoded.col(row).iter().copied().collect()).collect();
            }
        }
        let plain =
            |row: usize| (0..machine.visible).map(|j| (reference.means[j] - seen[(j, row)]).powi(2)).sum::<f64>();
        errors[4] = stat::mean::mean((0..images.rows()).map(plain));
        Self { errors, rows }
    }
}

/// Means of v after the decoding v → h → v, N x images.
fn decode(machine: &Rbm, weights: &Mat<f64>, seen: &Mat<f64>) -> Mat<f64> {
    let fields = product(weights.transpose(), seen.as_ref());
    let hidden =
        Mat::from_fn(machine.hidden, seen.ncols(), |k, row| logistic(machine.hidden_bias[k] + fields[(k, row)]));
    let fields = product(weights.as_ref(), hidden.as_ref());
    Mat::from_fn(machine.visible, seen.ncols(), |j, row| logistic(machine.visible_bias[j] + fields[(j, row)]))
}

/// U with the given columns replaced by random orthonormal ones, orthogonal to the other columns: a
/// Haar rotation in the complement of the columns that are kept.
pub(super) fn rotated_away(u: &Mat<f64>, rotated: std::ops::Range<usize>, rng: &mut impl Rng) -> Mat<f64> {
    let mut out = u.clone();
    let mut fixed: Vec<usize> = (0..u.ncols()).filter(|i| !rotated.contains(i)).collect();
    for i in rotated {
        let mut column: Vec<f64> = (0..u.nrows()).map(|_| StandardNormal.sample(rng)).collect();
        // Gram-Schmidt, applied twice because of rounding.
        for _ in 0..2 {
            for &k in &fixed {
                let along: f64 = column.iter().zip(out.col(k).iter()).map(|(c, u)| c * u).sum();
                column.iter_mut().zip(out.col(k).iter()).for_each(|(c, u)| *c -= along * u);
            }
        }
        let length = column.iter().map(|c| c * c).sum::<f64>().sqrt();
        column.iter().enumerate().for_each(|(j, c)| out[(j, i)] = c / length);
        fixed.push(i);
    }
    out
}

/// The history of one machine during its training run.
pub(super) struct History {
    pub(super) hidden: usize,
    /// Number of updates of the whole training run.
    pub(super) updates: u64,
    /// The edge of the untrained bulk: larger singular values are beyond it.
    pub(super) edge: f64,
    /// (update, singular values) of every record that is wanted, in order.
    pub(super) values: Vec<(u64, Vec<f64>)>,
    pub(super) records: Vec<Recorded>,
    /// Decodings with rotated directions, at the end.
    pub(super) probe: Option<Probe>,
    /// [`SplitDirections::lead`] at the end, and its values for all relabellings in ascending
    /// order.
    pub(super) lead: (f64, Vec<f64>),
    /// Share of the leading left vectors in the principal directions, at the record where mode 1
    /// has crossed 4/β (otherwise at the end).
    pub(super) alignment: f64,
    /// Between-class share of the variance of each mode on the test images, at the end.
    pub(super) class_shares: Vec<f64>,
    /// (JS divergence − floor) / standard deviation of the null, at the end.
    pub(super) js_excess: f64,
    /// Roughness of every left vector, at the end.
    pub(super) roughness: Vec<f64>,
    /// Leading left vectors at the end, each of length N, with signs such that the data have
    /// positive coordinates.
    pub(super) modes: Vec<Vec<f64>>,
}

/// Positions (u_c, w_c) along the leading modes, relative to the uniform mean.
pub(super) struct Positions {
    pub(super) data: [[f64; 2]; LEADING],
    pub(super) chains: [[f64; 2]; LEADING],
    pub(super) saddle: [[f64; 2]; LEADING],
}

/// The analysis of one snapshot.
pub(super) struct Recorded {
    pub(super) update: u64,
    pub(super) singular_values: Vec<f64>,
    /// Of the first and the last record, and of those that a figure shows.
    pub(super) positions: Option<Positions>,
    pub(super) js: f64,
    pub(super) js_floor: f64,
    /// Largest singular value of D_v^(1/2) W D_h^(1/2) at the mean-field state reached from the
    /// data's means.
    pub(super) gain: f64,
    /// Share of the leading left vectors in the principal directions.
    pub(super) inside: f64,
    /// Share of the leading left vectors in the space of those of the previous record; NaN for the
    /// first record.
    pub(super) kept: f64,
    /// [`SplitDirections::captured`] of every split of classes.
    pub(super) captured: Vec<f64>,
}

/// The reference data with which the snapshots of all machines are compared.
pub(super) struct Reference<'a> {
    pub(super) images: &'a States,
    pub(super) labels: &'a [u8],
    /// What is analysed.
    pub(super) wanted: Wanted,
    pub(super) principal: Option<&'a Mat<f64>>,
    pub(super) haar: Option<&'a Mat<f64>>,
    /// Height and width of an image.
    pub(super) shape: (usize, usize),
    /// Pixel means of the training images, and of the test images.
    pub(super) means: &'a [f64],
    pub(super) held_back: Vec<f64>,
    pub(super) initial_std: f64,
    pub(super) splits: Option<SplitDirections>,
    /// Images to decode, and the rows that the figure shows.
    pub(super) few: States,
    pub(super) shown: Vec<usize>,
    /// Whether the mean-field gains use the variance 1/4 (falsifier `quarter`).
    pub(super) quarter: bool,
    /// Number of hidden units of the largest machine.
    pub(super) largest: usize,
}

impl History {
    pub(super) fn of(
        seen: &Machine,
        reference: &Reference<'_>,
        [mut rng, mut turning]: [ChaCha8Rng; 2],
    ) -> Result<Self, CheckError> {
        let doing = || CheckError::while_doing("modes of a snapshot");
        let (hidden, snapshots) = (seen.hidden, &seen.trajectory.snapshots);
        let end = seen.trajectory.end()?.update;
        let wanted = reference.wanted;
        let haar = reference.haar.map(|haar| (haar, rotation::haar_orthogonal(hidden, &mut rng)));
        let mut before: Option<Mat<f64>> = None;
        let mut history = Self {
            hidden,
            updates: seen.updates,
            edge: beyond_the_bulk(reference.means.len(), hidden, reference.initial_std),
            values: Vec::new(),
            records: Vec::new(),
            probe: None,
            lead: (f64::NAN, Vec::new()),
            alignment: f64::NAN,
            class_shares: Vec::new(),
            js_excess: f64::NAN,
            roughness: Vec::new(),
            modes: Vec::new(),
        };
        let mut crossed = false;
        if wanted.between {
            let spectra = seen.trajectory.spectra.iter();
            history.values = spectra.map(|(update, values)| (*update, seen.values(values.clone()))).collect();
        }
        for (at, snapshot) in snapshots.iter().enumerate() {
            let last = at + 1 == snapshots.len();
            if at > 0 && !last && !wanted.records {
                continue;
            }
            let snapshot = &*seen.seen(snapshot);
            let machine = snapshot.machine.to_f64();
            let mut svd = thin_svd(machine.weights_view()).map_err(doing())?;
            svd.singular_values = seen.values(svd.singular_values);
            let in_principal = |svd: &Svd| reference.principal.map_or(f64::NAN, |of| inside(&svd.u, LEADING, of));
            if !crossed && (svd.singular_values[0] > CRITICAL || last) {
                crossed = true;
                history.alignment = in_principal(&svd);
            }
            // The histogram of a rotated matrix and the means of the hidden units over all images
            // are the most expensive steps. They are computed for the first and last record, and
            // for those that a figure needs.
            let ends = at == 0 || last;
            let (mut js, mut js_floor) = (f64::NAN, f64::NAN);
            let drawn = ends || seen.shown && snapshot.update.is_multiple_of(60 * tick(end));
            if let Some((haar, haar_hidden)) = haar.as_ref().filter(|_| drawn) {
                let rotated = rotation::rotate(machine.weights_view(), haar.as_ref(), haar_hidden.as_ref());
                let found = divergence::js_divergence(&machine.weights, &rotated, JS_BINS)
                    .map_err(CheckError::while_doing("divergence from the rotated weights"))?;
                js = found.value;
                js_floor = divergence::js_floor(found.occupied_bins, machine.visible, hidden);
                history.js_excess =
                    (js - js_floor) / divergence::js_null_std(found.occupied_bins, machine.visible, hidden);
            }
            if last {
                history.class_shares = match wanted.classes {
                    true => class_shares(&svd.u, reference.images, reference.labels)?,
                    false => vec![f64::NAN; svd.u.ncols()],
                };
                let column = |i: usize| -> Vec<f64> { svd.u.col(i).iter().copied().collect() };
                history.roughness = (0..svd.u.ncols()).map(|i| roughness(&column(i), reference.shape)).collect();
                let means = &reference.held_back;
                let pointed = |i: usize| {
                    let mode = column(i);
                    let along: f64 = mode.iter().zip(means).map(|(u, mean)| u * (mean - 0.5)).sum();
                    mode.into_iter().map(|u| if along < 0.0 { -u } else { u }).collect()
                };
                history.modes = (0..LEADING.min(svd.u.ncols())).map(pointed).collect();
                history.probe = wanted.decodings.then(|| Probe::of(&machine, &svd, reference, &mut turning));
            }
            let positioned = ends || seen.shown && hidden == reference.largest;
            let positions = positioned.then(|| {
                let [data, chains] = mean_positions(&svd, snapshot, reference);
                Positions { data, chains, saddle: saddle(&svd, &machine, &reference.held_back) }
            });
            let splits = reference.splits.as_ref();
            let captured = splits.map_or(Vec::new(), |splits| SplitDirections::captured(&splits.own, &svd));
            if let Some(splits) = splits.filter(|_| last) {
                let relabelled = SplitDirections::captured(&splits.relabelled, &svd);
                let mut null: Vec<f64> = relabelled.chunks(captured.len().max(1)).map(SplitDirections::lead).collect();
                null.sort_by(f64::total_cmp);
                history.lead = (SplitDirections::lead(&captured), null);
            }
            // If every variance is 1/4, D_v^(1/2) W D_h^(1/2) is W/4 in every state.
            let gain = match (wanted.gains, reference.quarter) {
                (false, _) => f64::NAN,
                (true, true) => svd.singular_values[0] / CRITICAL,
                (true, false) => mean_field::relaxed(&machine, reference.means)
                    .map_err(CheckError::while_doing("mean-field state"))?
                    .map_or(f64::NAN, |state| state.stability[0]),
            };
            history.values.push((snapshot.update, svd.singular_values.clone()));
            history.records.push(Recorded {
                update: snapshot.update,
                positions,
                js,
                js_floor,
                gain,
                inside: in_principal(&svd),
                kept: before.as_ref().map_or(f64::NAN, |before| inside(&svd.u, LEADING, before)),
                captured,
                singular_values: svd.singular_values,
            });
            before = Some(svd.u.subcols(0, LEADING.min(svd.u.ncols())).to_owned());
        }
        history.values.sort_by_key(|(update, _)| *update);
        Ok(history)
    }

    pub(super) fn last(&self) -> &Recorded {
        &self.records[self.records.len() - 1]
    }

    /// Update at which singular value `i` crosses 4/β; `None` if it does not during the training
    /// run.
    pub(super) fn crossing(&self, i: usize) -> Option<f64> {
        self.passes(i, CRITICAL)
    }

    /// Update at which singular value `i` first crosses `level`, interpolated in ln λ; `None` if it
    /// does not during the training run.
    fn passes(&self, i: usize, level: f64) -> Option<f64> {
        let found = self.values.windows(2).find(|w| w[0].1[i] <= level && w[1].1[i] > level);
        found.map(|w| {
            let (low, high) = (w[0].1[i].ln(), w[1].1[i].ln());
            let share = (level.ln() - low) / (high - low);
            w[0].0 as f64 + share * (w[1].0 - w[0].0) as f64
        })
    }

    /// Limits of ln(t_b/t_a) of two updates. An event that does not occur during the training run
    /// may occur at any time after it.
    pub(super) fn apart(&self, a: Option<f64>, b: Option<f64>) -> Interval {
        let end = self.updates as f64;
        match (a, b) {
            (Some(a), Some(b)) => Interval::point((b / a).ln()),
            (Some(a), None) => Interval::exact((end / a).ln(), f64::INFINITY),
            (None, Some(b)) => Interval::exact(f64::NEG_INFINITY, (b / end).ln()),
            (None, None) => Interval::exact(f64::NEG_INFINITY, f64::INFINITY),
        }
    }

    /// Whether singular value `l` lies beyond the edge of the untrained bulk, by its Tracy-Widom
    /// p-value.
    fn beyond(&self, l: f64) -> bool {
        l > self.edge
    }

    /// Number of singular values beyond the edge of the untrained bulk in one snapshot.
    pub(super) fn modes_beyond(&self, record: &Recorded) -> usize {
        record.singular_values.iter().take_while(|&&l| self.beyond(l)).count()
    }

    /// The same at the end.
    pub(super) fn learned_modes(&self) -> usize {
        self.modes_beyond(self.last())
    }

    /// Update at which singular value `i` leaves the untrained bulk, but at least one [`tick`],
    /// because there is no earlier record for the interpolation. `None` if it does not during the
    /// training run.
    pub(super) fn leaves_the_bulk(&self, i: usize) -> Option<f64> {
        let least = tick(self.updates) as f64;
        self.passes(i, self.edge).map(|update| if update < least { least } else { update })
    }

    /// (update, number of singular values above 4/β) of every record.
    fn above(&self) -> Vec<(f64, f64)> {
        let count = |values: &[f64]| values.iter().filter(|&&l| l > CRITICAL).count() as f64;
        self.records.iter().map(|record| (record.update as f64, count(&record.singular_values))).collect()
    }

    /// Average over all updates of the number of singular values above 4/β, from their crossings.
    pub(super) fn mean_above(&self) -> f64 {
        let length = self.updates as f64;
        (0..self.last().singular_values.len()).filter_map(|i| self.crossing(i)).map(|t| 1.0 - t / length).sum()
    }

    /// Largest mean-field gain of all records; NaN if a mean-field state was not found.
    pub(super) fn largest_gain(&self) -> f64 {
        largest(self.records.iter().map(|record| record.gain))
    }

    /// Gain in the number of singular values above 4/β: the least-squares slope against updates
    /// times the length of the training run; 0 for a single record.
    pub(super) fn gained(&self) -> f64 {
        let (updates, counts): (Vec<f64>, Vec<f64>) = self.above().into_iter().unzip();
        if updates.len() == 1 {
            return 0.0;
        }
        let length = updates[updates.len() - 1] - updates[0];
        stat::regression::linear_fit(&updates, &counts, 0.99).map_or(f64::NAN, |fit| fit.slope * length)
    }
}
