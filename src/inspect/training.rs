//! The modes of a machine along its training.

use super::spectrum::spectrum;
use super::{Options, Why};
use crate::lab;
use crate::linalg::LinalgError;
use crate::math::logistic;
use crate::rbm::mean_field::FixedPoint;
use crate::rbm::reciprocal::Reciprocal;
use crate::rbm::{Rbm, exact, mean_field};
use serde::Serialize;

/// Layers of more units are not summed for every update.
const CHEAP: usize = 20;

/// Operations that Newton's method may take at every update.
const OPERATIONS: f64 = 4e10;

/// Steps down the mean-field free energy before Newton's method goes on.
const STEPS: usize = 300;

/// One update of a training.
#[derive(Clone, Debug, Serialize)]
pub struct Update {
    /// Its number.
    pub update: u64,
    /// λ, descending, β not included.
    pub singular_values: Vec<f64>,
    /// λ above 4/β.
    pub above_4: usize,
    /// Outliers of the bulk; `None` where there is none.
    pub beyond_edge: Option<usize>,
    /// Where the bulk ends.
    pub edge_high: Option<f64>,
    /// Largest singular value of D_v^(1/2) βW D_h^(1/2) at the mean-field state of the highest
    /// bound on ln Z that was found.
    pub mean_field_gain: Option<f64>,
    /// Σ_j U_j⁴ of the leading mode.
    pub ipr_visible: f64,
    /// Σ_k V_k⁴ of the leading mode.
    pub ipr_hidden: f64,
    /// Squared overlap of its leading visible vector with that of the last update.
    pub alignment: f64,
    /// Exact ln Z of the machine as stored, where one layer has at most 20 units.
    pub log_partition: Option<f64>,
    /// Why something is missing.
    pub why: Why,
}

/// When a mode first lies beyond the bulk, and when first above 4/β.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Crossing {
    /// 1 for the largest λ.
    pub mode: usize,
    /// First update at which it is an outlier.
    pub leaves_bulk: Option<u64>,
    /// First update at which λ > 4/β.
    pub exceeds_4: Option<u64>,
}

/// A training, update by update.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Training {
    /// In ascending order.
    pub updates: Vec<Update>,
    /// By mode, of those that cross something.
    pub crossings: Vec<Crossing>,
    /// Visible means of the mean-field state of the last update that was added.
    #[serde(skip)]
    state: Option<Vec<f64>>,
}

impl Training {
    /// Adds the machine of an update (β not included; `hot` is the same with it), whose ln Z as
    /// stored is `constant` above that of `hot`. `last` is the leading visible vector of the last
    /// update, of length N.
    ///
    /// # Errors
    /// A decomposition that does not converge.
    pub fn add(
        &mut self,
        update: u64,
        (machine, hot): (&Rbm, &Rbm),
        constant: f64,
        last: &[f64],
        options: Options,
    ) -> Result<(), LinalgError> {
        let reciprocal = Reciprocal::thin(machine)?;
        let lambdas = reciprocal.singular_values().to_vec();
        let (n, m) = (machine.visible, machine.hidden);
        let stream = |purpose: &str, draw: usize| lab::stream(lab::key(options.seed, &["inspect", purpose]), draw);
        let bulk = spectrum(&machine.weights, (n, m), &lambdas, options.level, stream);
        let (visible, hidden) = (reciprocal.visible_modes(), reciprocal.hidden_modes());
        let overlap: f64 = last.iter().enumerate().map(|(j, u)| u * visible[(j, 0)]).sum();
        let mut why = Why::default();
        let point = self.mean_field(hot, &mut why);
        if let Some(no) = bulk.why.0.get("spectrum") {
            why.say("beyond_edge", no);
        }
        let exact = if n.min(m) <= CHEAP { exact::log_partition(hot).map(|z| z + constant) } else { None };
        if exact.is_none() {
            why.say("log_partition", format_args!("both layers have more than {CHEAP} units"));
        }
        self.updates.push(Update {
            update,
            above_4: lambdas.iter().filter(|l| **l * options.beta.abs() > 4.0).count(),
            singular_values: lambdas,
            beyond_edge: bulk.judged().then_some(bulk.outliers),
            edge_high: bulk.edge_high,
            mean_field_gain: point.and_then(|point| point.stability.first().copied()),
            ipr_visible: (0..n).map(|j| visible[(j, 0)].powi(4)).sum(),
            ipr_hidden: (0..m).map(|k| hidden[(k, 0)].powi(4)).sum(),
            alignment: overlap * overlap,
            log_partition: exact,
            why,
        });
        Ok(())
    }

    /// The mean-field state of the highest bound on ln Z among those found from ½, from the units
    /// without couplings and from the state of the update before.
    fn mean_field(&mut self, hot: &Rbm, why: &mut Why) -> Option<FixedPoint> {
        let (n, m) = (hot.visible, hot.hidden);
        if 20.0 * (n as f64).powi(2) * (n + m) as f64 > OPERATIONS {
            why.say("mean_field_gain", "too many units for Newton's method");
            return None;
        }
        let uncoupled = hot.visible_bias.iter().map(|a| logistic(*a)).collect();
        let starts = [vec![0.5; n], uncoupled].into_iter().chain(self.state.take());
        // Whole steps can jump over a state that half steps find.
        let starts = starts.flat_map(|start| [(start.clone(), 1.0), (start, 0.5)]);
        let found = starts.filter_map(|(start, share)| {
            let start = mean_field::descend(hot, &start, STEPS, share).0;
            let point = mean_field::fixed_point(hot, &start).ok().flatten()?;
            Some((point.below_log_partition(hot), point))
        });
        let best = found.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, point)| point);
        if best.is_none() {
            why.say("mean_field_gain", "Newton's method finds no fixed point");
        }
        self.state = best.as_ref().map(|point| point.visible.clone());
        best
    }

    /// Finds when modes cross; once all updates are there.
    pub fn cross(&mut self) {
        let first = |count: &dyn Fn(&Update) -> usize, mode: usize| {
            self.updates.iter().find(|update| count(update) >= mode).map(|update| update.update)
        };
        let most = |count: &dyn Fn(&Update) -> usize| self.updates.iter().map(count).max().unwrap_or(0);
        let beyond = |update: &Update| update.beyond_edge.unwrap_or(0);
        let above = |update: &Update| update.above_4;
        self.crossings = (1..=most(&beyond).max(most(&above)))
            .map(|mode| Crossing { mode, leaves_bulk: first(&beyond, mode), exceeds_4: first(&above, mode) })
            .collect();
    }
}
