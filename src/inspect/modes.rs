//! The leading modes of a machine by every picture, and how many of them do not converge.

use super::Why;
use super::chains::{LISTED, Observed};
use super::data::Place;
use super::log_partition::unstable;
use super::spectrum::Spectrum;
use crate::rbm::Rbm;
use crate::rbm::mean_field::{self, FixedPoint, Reaction};
use crate::rbm::reciprocal::{Reciprocal, unstable_stable};
use serde::Serialize;

/// A mean of chains and its standard error.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Measured {
    /// Mean.
    pub mean: f64,
    /// Standard error.
    pub se: f64,
}

/// One mode.
#[derive(Clone, Debug, Serialize)]
pub struct Mode {
    /// 1 for the largest λ.
    pub index: usize,
    /// λ, β not included.
    pub lambda: f64,
    /// Whether it stands out of the bulk; `None` where there is no bulk.
    pub outlier: Option<bool>,
    /// βλ below 4 in size: the Gaussian picture has a Boltzmann law.
    pub converges_gaussian: bool,
    /// 4/|β| − λ: rate at which the unstable coordinate returns in Langevin dynamics with unit
    /// mobility; negative, it runs away. `None` where 4/|β| is beyond all numbers.
    pub rate_langevin: Option<f64>,
    /// (βλ/4)², the autocorrelation of x over one sweep in the Gaussian picture.
    pub autocorrelation_gaussian: Option<f64>,
    /// (βλ)²/(AB), with Onsager's reaction.
    pub autocorrelation_onsager: Option<f64>,
    /// From all states where those of the hidden layer can be visited; else by the exact identity
    /// 1 − Σ U² E\[p(1 − p)\]/var x from averages over chains.
    pub autocorrelation_exact: Option<f64>,
    /// As the chains show it; `None` for a mode along which none moved.
    pub autocorrelation_measured: Option<Measured>,
    /// Σ_j U_j⁴.
    pub ipr_visible: f64,
    /// Σ_k V_k⁴.
    pub ipr_hidden: f64,
    /// Saddle (x*, y*) = (−b̃/λ, −ã/λ).
    pub saddle: Option<[f64; 2]>,
    /// Energy of the mode there, ãb̃/λ.
    pub saddle_energy: Option<f64>,
    /// The mean of uniform states from the saddle, along the unstable and the stable direction.
    pub uniform_mean_position: Option<[f64; 2]>,
    /// Where the user's samples lie along it.
    #[serde(rename = "position_data")]
    pub data: Option<Place>,
    /// Where the states of the chains lie at their end.
    #[serde(rename = "position_samples")]
    pub samples: Option<Place>,
    /// Share of the variance of the user's samples along it that lies between their classes.
    pub class_share: Option<f64>,
}

/// The precisions that Onsager's reaction puts in the place of 4.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Onsager {
    /// Of the visible units.
    #[serde(rename = "A")]
    pub visible: f64,
    /// Of the hidden units.
    #[serde(rename = "B")]
    pub hidden: f64,
    /// (βs)⁴NM/256; the paramagnet ends where it is 1.
    pub glass_parameter: f64,
}

/// How many modes do not converge.
#[derive(Clone, Debug, Serialize)]
pub struct NonConverging {
    /// λ above 4/β.
    pub gaussian: usize,
    /// Largest singular value of D_v^(1/2) βW D_h^(1/2) at every mean-field fixed point that was
    /// found, in the order of `mean_field_points`.
    pub mean_field_gain: Vec<f64>,
    /// These points: first the one nearest to the means of the chains.
    pub mean_field_points: Vec<Point>,
    /// Singular values above 1 at the first of them; `None` where it is far from the means.
    pub bias_aware: Option<usize>,
    /// Outliers with planted strengths above 4/β; `None` outside zero field, and where no bulk says
    /// which they are.
    pub onsager: Option<usize>,
}

/// A mean-field fixed point.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Point {
    /// Largest singular value of D_v^(1/2) βW D_h^(1/2): above 1, it is unstable.
    pub gain: f64,
    /// How many are above 1.
    pub above_1: usize,
    /// Root mean square distance of its visible means from those of the chains.
    pub distance: f64,
    /// Its bound on ln Z from below, for units 0 and 1 at β.
    pub below_log_partition: f64,
}

/// The reaction of a machine (β included). `key` draws spectra of noise.
pub(super) fn onsager(machine: &Rbm, lambdas: &[f64], beta: f64, key: [u8; 32], why: &mut Why) -> Option<Onsager> {
    let (n, m) = (machine.visible, machine.hidden);
    let scaled: Vec<f64> = lambdas.iter().map(|l| l * beta.abs()).collect();
    let no = match unstable(machine, &scaled, key) {
        Some(no) => Some(no),
        None => match mean_field::onsager(machine) {
            Ok(closed) => closed.err(),
            Err(error) => Some(error.to_string()),
        },
    };
    if let Some(no) = no {
        why.say("onsager", no);
        return None;
    }
    let reaction = Reaction::of(&scaled, n, m);
    let mean_square = machine.weights.iter().map(|w| w * w).sum::<f64>() / (n * m) as f64;
    let glass_parameter = mean_field::glass_parameter(mean_square.sqrt(), n, m);
    Some(Onsager { visible: reaction.visible, hidden: reaction.hidden, glass_parameter })
}

/// The table of the leading modes.
pub(super) fn table(
    modes: &Reciprocal,
    beta: f64,
    spectrum: &Spectrum,
    onsager: Option<Onsager>,
    seen: &Observed,
) -> Vec<Mode> {
    let lambdas = modes.singular_values();
    let fourth = |of: &faer::Mat<f64>, i: usize| (0..of.nrows()).map(|j| of[(j, i)].powi(4)).sum();
    let (centred_x, centred_y) = modes.centred_fields();
    let one = |i: usize| {
        let lambda = lambdas[i];
        let size = beta.abs() * lambda;
        let saddle = modes.saddle(i);
        let converges = size < 4.0;
        let chains = seen.modes[i];
        Mode {
            index: i + 1,
            lambda,
            outlier: spectrum.judged().then_some(i < spectrum.outliers),
            converges_gaussian: converges,
            rate_langevin: Some(4.0 / beta.abs() - lambda).filter(|rate| rate.is_finite()),
            autocorrelation_gaussian: converges.then(|| (size / 4.0).powi(2)),
            autocorrelation_onsager: onsager.map(|Onsager { visible, hidden, .. }| size * size / (visible * hidden)),
            autocorrelation_exact: match &seen.enumerated {
                Some(enumerated) => enumerated[i],
                None => chains.map(|chains| chains.identity),
            },
            autocorrelation_measured: chains.map(|chains| Measured { mean: chains.measured.0, se: chains.measured.1 }),
            ipr_visible: fourth(modes.visible_modes(), i),
            ipr_hidden: fourth(modes.hidden_modes(), i),
            saddle: saddle.map(|(x, y)| [x, y]),
            saddle_energy: saddle.map(|_| modes.field_x()[i] * modes.field_y()[i] / lambda),
            uniform_mean_position: saddle.map(|_| {
                let (u, w) = unstable_stable(centred_y[i] / lambda, centred_x[i] / lambda);
                [u, w]
            }),
            data: None,
            samples: None,
            class_share: None,
        }
    };
    (0..lambdas.len().min(LISTED)).map(one).collect()
}

/// Operations that one search by Newton's method may take.
const OPERATIONS: f64 = 4e11;

/// Counts of modes that do not converge; `machine` has β included, `lambdas` not.
pub(super) fn non_converging(
    machine: &Rbm,
    lambdas: &[f64],
    beta: f64,
    spectrum: &Spectrum,
    zero_field: bool,
    seen: &Observed,
    why: &mut Why,
) -> NonConverging {
    let above = |values: &mut dyn Iterator<Item = f64>| values.filter(|value| value * beta.abs() > 4.0).count();
    let known = spectrum.sigma.is_some() && !spectrum.why.0.contains_key("outliers");
    let onsager = (zero_field && known).then(|| above(&mut spectrum.planted_strengths.iter().flatten().copied()));
    if !zero_field {
        why.say("non_converging.onsager", "known at zero field below the spin-glass transition line only");
    } else if !known {
        why.say("non_converging.onsager", "no planted strengths: the spectrum has no bulk, or heavy tails");
    }
    let points = fixed_points(machine, &seen.means, why);
    let mean_field_gain = points.iter().map(|point| point.gain).collect();
    let near = points.first().filter(|point| point.distance <= NEAR);
    if let (Some(first), None) = (points.first(), near) {
        why.say(
            "bias_aware",
            format_args!(
                "the nearest fixed point that was found is {:.2} from the means of the chains: they are of several states",
                first.distance
            ),
        );
    }
    let bias_aware = near.map(|point| point.above_1);
    NonConverging {
        gaussian: above(&mut lambdas.iter().copied()),
        mean_field_gain,
        mean_field_points: points,
        bias_aware,
        onsager,
    }
}

/// Means of chains and of a fixed point that differ by less, root mean square, are of one state.
const NEAR: f64 = 0.1;

/// Steps down the mean-field free energy before Newton's method goes on.
const STEPS: usize = 300;

/// The fixed points of the mean-field equations that Newton's method finds from the means of the
/// chains and from ½, and from where the free energy leads from these, by their distance from the
/// means.
fn fixed_points(machine: &Rbm, means: &[f64], why: &mut Why) -> Vec<Point> {
    let (n, m) = (machine.visible as f64, machine.hidden as f64);
    let half = vec![0.5; machine.visible];
    let mut found: Vec<FixedPoint> = Vec::new();
    // About twenty steps of N²M + N³ operations, and the singular values of an N x M matrix.
    if 20.0 * n * n * (n + m) > OPERATIONS {
        why.say("mean_field_gain", format_args!("{n} x {m} units: too many for Newton's method"));
        return Vec::new();
    }
    for start in [means, &half] {
        // From the start itself Newton's method ends at unstable points too, from further down in
        // the nearest state.
        for start in [start, &mean_field::descend(machine, start, STEPS, 1.0).0] {
            match mean_field::fixed_point(machine, start) {
                Ok(Some(point)) if found.iter().all(|known| !same(known, &point)) => found.push(point),
                Ok(_) => {}
                Err(error) => why.say("mean_field_gain", error),
            }
        }
    }
    if found.is_empty() {
        why.say("mean_field_gain", "no fixed point is found from the means of the chains or from 1/2");
    }
    let point = |found: &FixedPoint| {
        let squares: f64 = found.visible.iter().zip(means).map(|(p, mean)| (p - mean).powi(2)).sum();
        Point {
            gain: found.stability.first().copied().unwrap_or(0.0),
            above_1: found.stability.iter().filter(|gain| **gain > 1.0).count(),
            distance: (squares / n).sqrt(),
            below_log_partition: found.below_log_partition(machine),
        }
    };
    let mut points: Vec<Point> = found.iter().map(point).collect();
    points.sort_by(|a, b| a.distance.total_cmp(&b.distance));
    points
}

/// Whether two fixed points are one to the accuracy of Newton's method.
fn same(a: &FixedPoint, b: &FixedPoint) -> bool {
    a.visible.iter().zip(&b.visible).all(|(a, b)| (a - b).abs() < 1e-6)
}
