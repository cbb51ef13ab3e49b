//! The checks of all machines together.

use super::early::{Moments, early_stage_check, principal_directions};
use super::falsifiers;
use super::history::{
    CRITICAL, DECODED, FINE, History, LEADING, Machine, Positions, RELABELLINGS, Recorded, Reference, SHOWN,
    SplitDirections, class_means, tick,
};
use super::names::{columns, tables};
use super::quantities::{likelihoods, separation, smoothness_check};
use super::records::{pictures, tabulated};
use super::regimes;
use super::streams;
use super::wanted::Wanted;
use super::{
    ABOVE, ABOVE_DOUBLING, ALIGNED, AT_MOST_ONE, AT_THE_END, AWARE_COUNT, BEYOND, BEYOND_DOUBLING, CLASSES,
    CLASSES_LEAD, CROSSING, DECODING, DISTANCE, DIVERGENCE, DIVERGENCE_LIMIT, EDGE, EIGHTH, GROWTH, LEAVE, RISES,
    SAMPLES, SECOND, SPLITS,
};
use crate::bits::States;
use crate::claim::{Case, CheckError, Variant};
use crate::evidence::check;
use crate::evidence::{ALPHA, Criterion, Evidence, Measurement, Side, Table, TestKind};
use crate::lab::{self, Images, Lab, Snapshot, TrainRequest};
use crate::math::larger;
use crate::math::largest;
use crate::math::smaller;
use crate::rbm::mean_field;
use crate::rbm::optimiser::Optimiser;
use crate::rbm::train::TrainSpec;
use crate::spectra::marchenko_pastur::MarchenkoPastur;
use crate::spectra::{rotation, tracy_widom};
use crate::stat;
use crate::stat::interval::Interval;
use rand::seq::SliceRandom;
use rayon::prelude::*;
use std::collections::BTreeSet;

pub(super) fn measure(case: Case<'_>, lab: &Lab) -> Result<Evidence, CheckError> {
    let images = if case.is(&falsifiers::VALUES_PERMUTED) {
        Images::ValuesPermuted
    } else if case.is(&falsifiers::PIXELS_PERMUTED) {
        Images::PixelsPermuted
    } else if case.is(&falsifiers::NOISE) {
        Images::Noise
    } else if case.under(&falsifiers::PIXELS_RELABELLED) {
        Images::PixelsRelabelled
    } else {
        Images::AsTheyAre
    };
    let plan = lab.plan();
    // Falsifiers and the control run at the smallest size only, except for the untrained machine,
    // which has all sizes.
    let all = case.variant == Variant::AsStated || case.is(&falsifiers::UNTRAINED);
    let sizes = if all { plan.trained_hidden } else { &plan.trained_hidden[..1] };
    let data = lab.images(images);
    let units = data.train.images.units();
    let mut evidence = Evidence::default();
    let wanted = Wanted::by(&case);
    let requests = requests(&case, lab, images, sizes, wanted);
    let trained = requests.iter().zip(lab.trained_all(&requests)?);
    let machines: Vec<Machine> = trained
        .map(|(request, trajectory)| Machine::of(&case, lab, trajectory, request.replica))
        .collect::<Result<_, _>>()?;
    lab.progress("T08 modes of the trained machines");
    if case.at(&regimes::BIAS_AWARE) {
        bias_aware_count(&machines, &data.train.images, &data.train.labels, &mut evidence)?;
        return Ok(evidence);
    }
    if !case.at(&regimes::MNIST) {
        return Err(CheckError::no_checks(case.regime));
    }
    let means = data.train.images.means();
    let mut principal = None;
    if wanted.early || wanted.principal {
        let moments = Moments::of(&data.train.images);
        if wanted.early {
            early_stage_check(&case, lab, &data.train.images, &moments, &mut evidence)?;
        }
        if wanted.principal {
            principal = Some(principal_directions(&moments, 10)?);
        }
    }
    let (visible, shape) = (units, (data.height, data.width));
    let classes = data.test.labels.iter().collect::<BTreeSet<_>>().len();
    let haar = wanted.divergence.then(|| rotation::haar_orthogonal(visible, &mut lab.stream(&case, streams::HAAR, 0)));
    let mut labels = data.test.labels.clone();
    if case.is(&falsifiers::LABELS_PERMUTED) {
        labels.shuffle(&mut lab.stream(&case, streams::LABELS, 0));
    }
    let few: Vec<usize> = (0..data.test.images.rows().min(DECODED)).collect();
    let reference = Reference {
        images: &data.test.images,
        labels: &labels,
        wanted,
        principal: principal.as_ref(),
        haar: haar.as_ref(),
        shape,
        means: &means,
        held_back: data.test.images.means(),
        initial_std: plan.initial_std,
        splits: wanted.splits.then(|| {
            let rng = &mut lab.stream(&case, streams::CLASSES, 0);
            SplitDirections::of(&data.train.images, &data.train.labels, rng)
        }),
        few: data.test.images.select(&few),
        shown: SHOWN.iter().filter_map(|class| data.test.labels.iter().position(|label| label == class)).collect(),
        quarter: case.is(&falsifiers::QUARTER),
        largest: sizes[sizes.len() - 1],
    };
    let histories = machines
        .par_iter()
        .enumerate()
        .map(|(at, machine)| {
            let streams =
                [lab.stream(&case, streams::HAAR_HIDDEN, at), lab.stream(&case, streams::ROTATED_DIRECTIONS, at)];
            History::of(machine, &reference, streams)
        })
        .collect::<Result<Vec<_>, _>>()?;
    learning_checks(&histories, (&data.test.images, classes as f64), visible, plan.initial_std, &mut evidence)?;
    hierarchy_checks(&histories, visible, &mut evidence)?;
    if !case.under(&falsifiers::PIXELS_RELABELLED) {
        smoothness_check(&histories, shape, &mut evidence);
    }
    if wanted.likelihood {
        likelihoods(&case, lab, &machines, &means, &data.test.images, &mut evidence)?;
    }
    if let Variant::Falsified(falsifier) = case.variant {
        evidence.measurements.retain(|m| falsifier.kills.contains(&m.id.as_str()));
        evidence.observations.clear();
    }
    evidence.tables.extend(tabulated(&histories));
    let mut image = Table::new(tables::IMAGE, &[columns::HEIGHT, columns::WIDTH]);
    image.rows.push(vec![shape.0 as f64, shape.1 as f64]);
    evidence.tables.push(image);
    if all {
        evidence.tables.extend(pictures(&histories, &machines)?);
    }
    let mut edges = Table::new(tables::EDGES, &[columns::HIDDEN, columns::EDGE]);
    for &hidden in sizes {
        let law = MarchenkoPastur::new(visible, hidden, plan.initial_std);
        let (_, edge) = law.map_err(CheckError::while_doing("bulk edge"))?.edges();
        edges.rows.push(vec![hidden as f64, edge]);
    }
    evidence.tables.push(edges);
    Ok(evidence)
}

/// The training runs of the case.
fn requests(case: &Case<'_>, lab: &Lab, images: Images, sizes: &[usize], wanted: Wanted) -> Vec<TrainRequest> {
    let (plan, rows) = (lab.plan(), lab.images(images).train.images.rows());
    let mut requests = Vec::new();
    for &hidden in sizes {
        // The variance between replicas is estimated at the smallest size, which is the cheapest;
        // falsifiers fail without it.
        let more = if case.falsified() || hidden != sizes[0] || plan.scale == lab::Scale::Full { 1 } else { 2 };
        for replica in 0..more * plan.trained_replicas {
            let optimiser = Optimiser::adam(plan.rate);
            let spec = TrainSpec { optimiser, ..TrainSpec::pcd(hidden, lab.passes(plan.epochs), plan.initial_std) };
            let last = spec.epochs as u64 * spec.updates_per_epoch(rows) as u64;
            let every = |ticks: u64, t: u64| t.is_multiple_of(ticks * tick(last));
            let coarse = |t: u64| every(if t < last / 3 { 10 } else { 20 }, t) || t == last;
            let fine = |t: u64| t <= FINE * tick(last) && every(1, t) && !coarse(t);
            // The images as they are give one training run for all cases, which look at all of it.
            let whole = images == Images::AsTheyAre;
            let record = (0..=last).filter(|&t| coarse(t) && (whole || wanted.records || t == 0 || t == last));
            let spectra = (0..=last).filter(|&t| fine(t) && (whole || wanted.between));
            let (record, spectra) = (record.collect(), spectra.collect());
            requests.push(TrainRequest { spec, replica, images, record, spectra });
        }
    }
    requests
}

/// Smallest and largest of one value per machine.
pub(super) fn range(values: impl Iterator<Item = f64>) -> Interval {
    Interval::envelope(values)
}

/// Variance between replicas of one size, pooled over sizes, of a quantity that not every machine
/// has; `None` if no two replicas of one size have it.
pub(super) fn replica_variance(histories: &[History], value: &dyn Fn(&History) -> Option<f64>) -> Option<f64> {
    let (mut squares, mut degrees) = (0.0, 0);
    for group in histories.chunk_by(|a, b| a.hidden == b.hidden) {
        let values: Vec<f64> = group.iter().filter_map(value).collect();
        let mean = stat::mean::mean(&values);
        squares += values.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
        degrees += values.len().saturating_sub(1);
    }
    (degrees > 0).then(|| squares / degrees as f64)
}

/// Mean over machines of an update; `None` unless all of them have it.
pub(super) fn mean_update(group: &[History], value: &dyn Fn(&History) -> Option<f64>) -> Option<f64> {
    let values: Vec<f64> = group.iter().map(value).collect::<Option<_>>()?;
    Some(stat::mean::mean(&values))
}

/// The smallest interval that contains all given intervals.
fn hull(limits: impl Iterator<Item = Interval>) -> Interval {
    let limits: Vec<Interval> = limits.collect();
    let high = Interval::envelope(limits.iter().map(|of| of.high)).high;
    Interval { high, ..Interval::envelope(limits.iter().map(|of| of.low)) }
}

pub(super) fn effect(id: &str, name: &str, values: Interval, at_least: f64, rationale: &'static str) -> Measurement {
    // The worst machine decides.
    check::effect(id, name, values.low, values, at_least, at_least, rationale)
}

/// Checks that a mean-field gain does not exceed 1.
fn at_most_one(name: &str, value: f64, visible: usize) -> Measurement {
    let rationale = "the iteration descends to a minimum of the free energy, where all gains are at most 1";
    let criterion = Criterion::Rounding { factor: 64.0, n: visible, scale: 1.0, rationale };
    Measurement::new(AT_MOST_ONE, name, larger(value - 1.0, 0.0), 0.0, criterion)
}

fn learning_checks(
    histories: &[History],
    (images, classes): (&States, f64),
    visible: usize,
    s: f64,
    evidence: &mut Evidence,
) -> Result<(), CheckError> {
    let images = images.rows();
    // The between-class share of n independent values in k classes has mean (k − 1)/(n − 1) and a
    // variance close to 2(k − 1)/(n − 1)².
    let chance = (classes - 1.0 + 10.0 * (2.0 * (classes - 1.0)).sqrt()) / (images as f64 - 1.0);
    let of = |f: &dyn Fn(&History) -> f64| range(histories.iter().map(f));
    let length = |z: &[[f64; 2]; LEADING]| separation(z, &[[0.0; 2]; LEADING]);
    let along = |record: &Recorded, f: &dyn Fn(&Positions) -> f64| record.positions.as_ref().map_or(f64::NAN, f);

    let edges = histories
        .iter()
        .map(|history| tracy_widom::edge_statistic(history.records[0].singular_values[0], visible, history.hidden, s));
    let statistic = largest(edges);
    let p_value = smaller(tracy_widom::survival(statistic) * histories.len() as f64, 1.0);
    evidence.measurements.push(Measurement::new(
        EDGE,
        "untrained: largest singular value of all machines, in Tracy-Widom units",
        statistic,
        tracy_widom::MEAN,
        Criterion::Statistical {
            test: TestKind::TracyWidom,
            statistic,
            p_value,
            alpha: ALPHA,
            detects: "an outlier 10 Tracy-Widom units beyond the edge".into(),
        },
    ));
    evidence.measurements.extend([
        effect(
            SECOND,
            "trained: second singular value, worst machine",
            of(&|h| h.last().singular_values[1]),
            CRITICAL,
            "βλ = 4; a single outlier may only reflect the number of pixels that are on",
        ),
        effect(
            BEYOND,
            "trained: modes beyond the untrained bulk edge, worst machine",
            of(&|h| h.learned_modes() as f64),
            1.5,
            "at least two, since a single outlier may only reflect the number of pixels that are on",
        ),
    ]);

    // The crossings must differ by more than the standard deviation between replicas of one size.
    // If no two replicas cross, it is unknown and any difference counts.
    let scatter = replica_variance(histories, &|h| h.crossing(0).map(f64::ln)).map_or(0.0, f64::sqrt);
    evidence.measurements.push(effect(
        CROSSING,
        "modes 1 and 3 cross 4/β at different times: ln(t₃/t₁), worst machine",
        hull(histories.iter().map(|h| h.apart(h.crossing(0), h.crossing(LEADING - 1)))),
        scatter,
        "standard deviation of ln t₁ between replicas of one size",
    ));

    evidence.measurements.extend([
        effect(
            ALIGNED,
            "share of the leading three left vectors in ten principal directions of C − D at the first crossing, worst machine",
            of(&|h| h.alignment),
            0.5,
            "more than half of each direction; chance is 10/N",
        ),
        effect(
            DIVERGENCE,
            "JS divergence minus its floor, in standard deviations of its null law, worst machine",
            of(&|h| h.js_excess),
            10.0,
            "far outside the law of an unbroken symmetry",
        ),
        effect(
            CLASSES_LEAD,
            "class share of the leading three modes minus the trailing half, worst machine",
            of(&|h| {
                let all = &h.class_shares;
                stat::mean::mean(&all[..LEADING]) - stat::mean::mean(&all[all.len() / 2..])
            }),
            chance,
            "the leading modes carry the class information; ten standard deviations of the share of random labels",
        ),
        effect(
            CLASSES,
            "class share of the leading three modes, worst machine",
            of(&|h| stat::mean::mean(&h.class_shares[..LEADING])),
            chance,
            "ten standard deviations above chance: Beta((k − 1)/2, (n − k)/2) for n images in k classes",
        ),
        effect(
            GROWTH,
            "increase of the modes beyond the bulk edge from a third of the training run to its end, worst machine",
            of(&|h| {
                let third = h.last().update / 3;
                let at = h.records.iter().find(|record| record.update >= third).unwrap_or(h.last());
                h.learned_modes() as f64 - h.modes_beyond(at) as f64
            }),
            0.5,
            "at least one more mode",
        ),
        effect(
            DISTANCE,
            "increase of the distance between data and uniform mean in the leading three modes, worst machine",
            of(&|h| along(h.last(), &|at| length(&at.data)) - along(&h.records[0], &|at| length(&at.data))),
            0.5,
            "one standard deviation of u under the uniform measure",
        ),
    ]);
    let distance = of(&|h| along(h.last(), &|at| length(&at.data))).low;
    // Samples that ignore the data do not move in the visible layer, although hidden means follow
    // the weights and biases.
    let follow = of(&|h| {
        along(h.last(), &|at| separation(&at.chains, &at.data) / smaller(length(&at.chains), length(&at.data)))
    });
    evidence.measurements.push(check::near(
        SAMPLES,
        "model samples in the leading three modes: distance to the data divided by the smaller of both distances to the uniform mean, worst machine",
        follow.high,
        follow,
        0.0,
        1.0 - 40.0 * 0.5 / 500f64.sqrt() / distance,
        "samples and data are closer to each other than to the uniform mean, by ten times the error that means of 500 fair bits give to this ratio",
    ));

    growth_with_size(histories, evidence)?;
    observed(histories, evidence);
    Ok(())
}

/// Checks the number of modes against the number of hidden units, if there are several sizes.
fn growth_with_size(histories: &[History], evidence: &mut Evidence) -> Result<(), CheckError> {
    let sizes: Vec<f64> = histories.iter().map(|h| (h.hidden as f64).log2()).collect();
    if sizes.iter().any(|&size| size != sizes[0]) {
        let ends = range(sizes.iter().copied());
        let doublings = ends.high - ends.low;
        let updates = range(histories.iter().map(|h| h.updates as f64)).high;
        let at = |size: f64| histories.iter().filter(move |h| (h.hidden as f64).log2() == size);
        let pairs = at(ends.high).flat_map(|large| at(ends.low).map(|small| large.mean_above() - small.mean_above()));
        evidence.measurements.push(effect(
            ABOVE_DOUBLING,
            "modes above 4/β per doubling of M, averaged over equal updates, from smallest to largest M, worst pair",
            range(pairs.map(|gained| gained / doublings)),
            1.0 / updates / doublings,
            "the least possible increase: one more mode during one update over the whole range of M",
        ));
        let level = range(histories.iter().map(|h| h.edge)).high;
        let beyond = |h: &History| h.last().singular_values.iter().filter(|&&l| l > level).count() as f64;
        let counts: Vec<f64> = histories.iter().map(beyond).collect();
        let fit =
            stat::regression::linear_fit(&sizes, &counts, 0.99).map_err(CheckError::while_doing("growth with M"))?;
        evidence.measurements.push(check::effect(
            BEYOND_DOUBLING,
            "modes beyond the bulk edge of the largest M, per doubling of M",
            fit.slope,
            fit.slope_interval,
            0.0,
            0.5 / doublings,
            "half a mode over the whole range of M: a larger hidden layer learns more modes",
        ));
    }
    Ok(())
}

/// Observations for every size that are reported without a check.
fn observed(histories: &[History], evidence: &mut Evidence) {
    for group in histories.chunk_by(|a, b| a.hidden == b.hidden) {
        let mean = |f: &dyn Fn(&History) -> f64| stat::mean::mean(group.iter().map(f));
        let mut note = |what: String, value: f64| {
            evidence.observations.push((format!("M = {}: {what}, mean over replicas", group[0].hidden), value));
        };
        let above = |h: &History| h.last().singular_values.iter().filter(|&&l| l > CRITICAL).count() as f64;
        note("modes above 4/β at the end".into(), mean(&above));
        note("modes beyond the untrained bulk at the end".into(), mean(&|h| h.learned_modes() as f64));
        note("edge of the untrained bulk".into(), group[0].edge);
        for i in 0..LEADING {
            let mode = i + 1;
            let when = [
                (format!("update at which mode {mode} leaves the bulk"), mean_update(group, &|h| h.leaves_the_bulk(i))),
                (format!("update at which mode {mode} crosses 4/β"), mean_update(group, &|h| h.crossing(i))),
            ];
            when.into_iter().for_each(|(what, mean)| mean.into_iter().for_each(|mean| note(what.clone(), mean)));
        }
    }
}

/// Checks of the order in which modes leave the bulk, of singular vectors, of coarse before fine,
/// and of single directions.
fn hierarchy_checks(histories: &[History], visible: usize, evidence: &mut Evidence) -> Result<(), CheckError> {
    let of = |f: &dyn Fn(&History) -> f64| range(histories.iter().map(f));
    let n = visible as f64;

    let scatter = |mode: usize| replica_variance(histories, &|h| h.leaves_the_bulk(mode).map(f64::ln)).unwrap_or(0.0);
    for (id, a, b) in [(LEAVE, 0, 1), (EIGHTH, 1, 7)] {
        let apart = |h: &History| h.apart(h.leaves_the_bulk(a), h.leaves_the_bulk(b));
        evidence.measurements.push(effect(
            id,
            &format!(
                "modes {} and {} leave the bulk at different times: ln of their ratio, worst machine",
                a + 1,
                b + 1
            ),
            hull(histories.iter().map(apart)),
            (scatter(a) + scatter(b)).sqrt(),
            "standard deviation of the difference between replicas of one size",
        ));
    }
    evidence.measurements.extend([
        effect(
            ABOVE, "modes above 4/β gained in training (slope against updates), worst machine",
            of(&History::gained),
            0.5,
            "at least one more mode",
        ),
        effect(
            RISES, "largest mean-field gain of the training run at the mean-field state of the data's means, worst machine",
            of(&History::largest_gain),
            0.5,
            "a gain λ raises the variance of a mode over that of independent units by the factor 1/(1 − λ²): by a third at 1/2",
        ),
        effect(
            AT_THE_END, "share of the leading three left vectors in ten principal directions of C − D at the end, worst machine",
            of(&|h| h.last().inside),
            (10.0 + 10.0 * (20.0f64 / 3.0).sqrt()) / n,
            "ten standard deviations above Haar vectors: each share is Beta(5, (N − 10)/2), mean 10/N, variance 20/N²",
        ),
        effect(
            SPLITS, "coarse before fine: share of coarse minus fine class splits that a sweep preserves, minus the 95 % quantile over relabelled classes, worst machine",
            of(&|h| h.lead.0 - h.lead.1.get(h.lead.1.len() * 95 / 100).copied().unwrap_or(f64::NAN)),
            10.0 / n,
            "for relabelled classes the difference has mean 0; ten random directions contain 10/N of any direction",
        ),
        effect(
            DECODING, "decoding with the trailing 3/4 of the modes rotated: reduction of the error against pixel means and against the leading 1/4 rotated (pixels per image), worst machine",
            of(&|h| {
                let errors = h.probe.as_ref().map_or([f64::NAN; 5], |probe| probe.errors);
                smaller(errors[2] - errors[1], errors[4] - errors[1])
            }),
            1.0,
            "one pixel per image",
        ),
    ]);
    evidence.measurements.push(at_most_one(
        "excess over 1 of the largest mean-field gain at the mean-field state of the data's means, worst machine",
        of(&History::largest_gain).high,
        visible,
    ));

    let sizes: Vec<f64> = histories.iter().map(|h| 1.0 / h.hidden as f64).collect();
    if sizes.iter().any(|&size| size != sizes[0]) {
        let values: Vec<f64> = histories.iter().map(|h| h.last().js).collect();
        let fit = stat::regression::linear_fit(&sizes, &values, 0.99)
            .map_err(CheckError::while_doing("divergence against 1/M"))?;
        evidence.measurements.push(check::effect(
            DIVERGENCE_LIMIT,
            "JS divergence for M to infinity, from a linear fit in 1/M (nats)",
            fit.intercept,
            fit.intercept_interval,
            0.0,
            of(&|h| h.last().js_floor).high,
            "with unbroken symmetry only the floor remains, which vanishes as 1/M and is less than the floor at the smallest M",
        ));
    }

    for group in histories.chunk_by(|a, b| a.hidden == b.hidden) {
        let mean = |f: &dyn Fn(&History) -> f64| stat::mean::mean(group.iter().map(f));
        let mut note = |what: &str, value: f64| {
            evidence.observations.push((format!("M = {}: {what}, mean over replicas", group[0].hidden), value));
        };
        for i in [1, 7] {
            let when = mean_update(group, &|h| h.leaves_the_bulk(i));
            when.into_iter().for_each(|mean| note(&format!("update at which mode {} leaves the bulk", i + 1), mean));
        }
        note("modes above 4/β, average over the training run", mean(&History::mean_above));
        note("mean-field gain, largest of the training run", mean(&History::largest_gain));
        note("mean-field gain at the end", mean(&|h| h.last().gain));
        let kept = |h: &History| {
            let late = h.records.iter().filter(|r| r.update > FINE * tick(h.updates));
            late.fold(1.0, |least: f64, r| smaller(least, r.kept))
        };
        note("least share of the leading three left vectors preserved between records", mean(&kept));
        let half = |h: &History, first: bool| {
            let (coarse, fine) = h.last().captured.split_at(h.last().captured.len() / 2);
            let shares = if first { coarse } else { fine };
            stat::mean::mean(shares)
        };
        note("share of the coarser half of the splits that a sweep preserves", mean(&|h| half(h, true)));
        note("share of the finer half of the splits that a sweep preserves", mean(&|h| half(h, false)));
        let reached = |h: &History| h.lead.1.iter().filter(|x| **x >= h.lead.0).count() as f64;
        note(
            "fraction of relabellings with at least the same difference",
            mean(&|h| (1.0 + reached(h)) / (1.0 + RELABELLINGS as f64)),
        );
        let what = [
            "the whole machine",
            "trailing three quarters rotated",
            "leading quarter rotated",
            "all rotated",
            "pixel means",
        ];
        for (at, what) in what.iter().enumerate() {
            let error = |h: &History| h.probe.as_ref().map_or(f64::NAN, |probe| probe.errors[at]);
            note(&format!("error of decoding, {what} (pixels per image)"), mean(&error));
        }
    }
    Ok(())
}

/// Checks the number of modes with mean-field gain above 1, at the start and the end of the
/// training run, at the mean-field state reached from the data's means. Also counts the mean-field
/// states reached from the class means.
fn bias_aware_count(
    machines: &[Machine],
    images: &States,
    labels: &[u8],
    evidence: &mut Evidence,
) -> Result<(), CheckError> {
    let means = images.means();
    let classes = class_means(images, labels);
    let state = |snapshot: &Snapshot, start: &[f64]| {
        mean_field::relaxed(&snapshot.machine.to_f64(), start).map_err(CheckError::while_doing("mean-field state"))
    };
    let counted = |machine: &Machine| -> Result<([f64; 4], f64), CheckError> {
        let ends = [machine.trajectory.snapshots.first(), machine.trajectory.snapshots.last()];
        let (mut counts, mut values) = ([f64::NAN, f64::NAN, 0.0, 0.0], Vec::new());
        for (count, snapshot) in counts.iter_mut().zip(ends) {
            let Some(state) = snapshot.map(|snapshot| state(snapshot, &means)).transpose()?.flatten() else { continue };
            *count = state.stability.iter().filter(|&&value| value > 1.0).count() as f64;
            values.push(state.stability[0]);
        }
        let mut states: Vec<Vec<f64>> = Vec::new();
        for start in &classes {
            let Some(found) = state(machine.trajectory.end()?, start)? else {
                counts[3] += 1.0;
                continue;
            };
            values.push(found.stability[0]);
            let near = |other: &Vec<f64>| other.iter().zip(&found.visible).all(|(a, b)| (a - b).abs() < 1e-3);
            if !states.iter().any(near) {
                states.push(found.visible);
            }
        }
        counts[2] = states.len() as f64;
        Ok((counts, largest(values)))
    };
    let counts = machines.par_iter().map(counted).collect::<Result<Vec<_>, _>>()?;
    evidence.measurements.push(effect(
        AWARE_COUNT, "increase in training of the modes with mean-field gain above 1 at the mean-field state of the data's means, worst machine",
        range(counts.iter().map(|([first, last, ..], _)| last - first)),
        0.5,
        "at least one more mode",
    )
    .refuting(Side::Below));
    // Near a fold the iteration does not converge in its number of steps, and the gain there is not
    // known. If no class mean converges, the value is not a number.
    let settled = |([.., states, _], value): &([f64; 4], f64)| if *states > 0.0 { *value } else { f64::NAN };
    evidence.measurements.push(at_most_one(
        "excess over 1 of the largest mean-field gain at the states reached from the data's means (start and end) and from class means (end)",
        largest(counts.iter().map(settled)),
        images.units(),
    ));
    for (machine, ([.., states, _], _)) in machines.iter().zip(&counts) {
        evidence.observations.push((
            format!("M = {}: mean-field states reached from the class means at the end", machine.hidden),
            *states,
        ));
    }
    let unsettled = counts.iter().map(|([.., unsettled], _)| unsettled).sum();
    evidence.observations.push(("class means whose iteration did not converge, over all machines".into(), unsettled));
    Ok(())
}
