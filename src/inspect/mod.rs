//! What the theory says of one machine: its spectrum against noise, its modes by every picture and
//! as chains show them, ln Z, samples of the user, a training, and which claims apply: numbers
//! first, then sentences, figures and a page.

mod applies;
mod chains;
mod data;
mod figures;
mod log_partition;
mod mixing;
mod modes;
mod page;
mod samples;
mod spectrum;
mod summary;
mod tracking;
mod training;
mod transition;

pub use data::{Data, Likelihood, LogPartition, Place, likelihood};
pub use figures::figures;
pub use log_partition::{Given, Methods, methods};
pub use mixing::{CHAINS as COMPARED, LEAST, LEVEL, Mixing, Seen, Watch, mixing};
pub use modes::{Mode, NonConverging, Onsager};
pub use page::{Page, titled, write};
pub use samples::{DrawError, Drawn, Followed, LOOKED_AT, Method, Plan, draw, least_sweeps, others};
pub(crate) use spectrum::LARGEST;
pub use spectrum::{Rotation, Spectrum};
pub(crate) use summary::no_exact;
pub use summary::{More, Section, Table, claims, sections};
pub use tracking::{APART, By, Compared, KeptState, Tracking, WithError, compare, track};
pub use training::{Crossing, Training, Update};
pub use transition::{Phase, TransitionLine};

use crate::bits::States;
use crate::claim::Applies;
use crate::lab;
use crate::linalg::LinalgError;
use crate::rbm::reciprocal::Reciprocal;
use crate::rbm::{Rbm, exact, mean_field};
use serde::Serialize;
use std::collections::BTreeMap;

/// Reasons of what is missing, by name.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Why(pub BTreeMap<&'static str, String>);

impl Why {
    pub(crate) fn say(&mut self, what: &'static str, why: impl std::fmt::Display) {
        self.0.insert(what, why.to_string());
    }
}

/// How a machine is inspected.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Inverse temperature, finite: multiplies E.
    pub beta: f64,
    /// A singular value is an outlier at an edge p-value below this.
    pub level: f64,
    /// Root seed of all random numbers.
    pub seed: u64,
}

/// Units of both layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PerLayer {
    /// Of the visible layer.
    pub visible: usize,
    /// Of the hidden layer.
    pub hidden: usize,
}

/// Where chains start. From all but exact samples they may never visit states that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum From {
    /// Independent samples of the Boltzmann law.
    Law,
    /// Parallel tempering.
    Tempering,
    /// States without couplings.
    IndependentUnits,
}

/// What an autocorrelation is computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExactBy {
    /// All states of the hidden layer.
    AllStates,
    /// Averages over chains, put into the exact identity.
    Chains,
}

/// What the theory says of a machine.
#[derive(Clone, Debug, Serialize)]
pub struct Inspection {
    /// λ of W, descending, β not included.
    pub singular_values: Vec<f64>,
    /// Bulk and outliers.
    pub spectrum: Spectrum,
    /// Rotational symmetry.
    pub rotation: Rotation,
    /// Paramagnet or spin glass, of machines whose weights look independent.
    pub transition_line: TransitionLine,
    /// The leading modes.
    pub modes: Vec<Mode>,
    /// Where the chains start.
    pub chains_from: From,
    /// Class share that classes without meaning have on average, (K − 1)/(n − 1).
    pub class_share_by_chance: Option<f64>,
    /// Where `autocorrelation_exact` comes from.
    pub exact_by: ExactBy,
    /// How many modes do not converge, by each picture.
    pub non_converging: NonConverging,
    /// The reaction; `None` outside zero field or beyond the spin-glass transition line.
    pub onsager: Option<Onsager>,
    /// Units that no chain ever changed.
    pub saturated: PerLayer,
    /// Units without couplings.
    pub uncoupled: PerLayer,
    /// For every claim and regime whether its hypotheses hold, and what then follows.
    pub applies: Vec<Applies>,
    /// Why something is missing.
    pub why: Why,
    /// For pictures: visible vectors of the listed modes, of length N.
    #[serde(skip)]
    pub vectors: Vec<Vec<f64>>,
    /// For pictures: visible states of the chains at their end.
    #[serde(skip)]
    pub drawn: States,
}

/// Inspects `machine` (β not included; `hot` is the same with it), which has units in both layers.
/// Chains start from `start` where there are samples of the machine at this β (two at least, else
/// no autocorrelation is measured), else from independent units; where exact samples can be drawn,
/// from these. `data` are the user's samples.
///
/// # Errors
/// A decomposition that does not converge.
pub fn inspect(
    machine: &Rbm,
    hot: &Rbm,
    start: Option<States>,
    data: Option<Data<'_>>,
    options: Options,
) -> Result<Inspection, LinalgError> {
    let Options { beta, level, seed } = options;
    let key = |purpose: &str| lab::key(seed, &["inspect", purpose]);
    let reciprocal = Reciprocal::thin(machine)?;
    let lambdas = reciprocal.singular_values().to_vec();
    let shape = (machine.visible, machine.hidden);
    let stream = |purpose: &str, draw: usize| lab::stream(key(purpose), draw);
    let spectrum = spectrum::spectrum(&machine.weights, shape, &lambdas, level, stream);
    let leading: Vec<f64> = (0..machine.visible).map(|j| reciprocal.visible_modes()[(j, 0)]).collect();
    let rotation = spectrum::rotation(machine.weights_view(), &leading, lab::stream(key("rotation"), 0));
    let (start, from) = match (exact::samples(hot, chains::CHAINS, key("samples")), start) {
        (Some(exact), _) => (Some(exact), From::Law),
        (None, Some(states)) => (Some(states), From::Tempering),
        (None, None) => (None, From::IndependentUnits),
    };
    let seen = chains::observe(hot, &reciprocal, start, key("chains"));
    let mut why = Why::default();
    let onsager = modes::onsager(hot, &lambdas, beta, key("onsager"), &mut why);
    let mut modes = modes::table(&reciprocal, beta, &spectrum, onsager, &seen);
    let vectors: Vec<Vec<f64>> =
        (0..modes.len()).map(|i| reciprocal.visible_modes().col_as_slice(i).to_vec()).collect();
    if modes.iter().any(|mode| mode.autocorrelation_gaussian.is_none()) {
        why.say("autocorrelation_gaussian", "none where βλ is not below 4: the Gaussian picture has no law there");
    }
    if modes.iter().any(|mode| mode.rate_langevin.is_none()) {
        why.say("rate_langevin", "none where 4/β is beyond all numbers");
    }
    if modes.iter().any(|mode| mode.autocorrelation_exact.is_none()) {
        why.say("autocorrelation_exact", "none along which nothing moves");
    }
    if modes.iter().any(|mode| mode.saddle.is_none()) {
        why.say("saddle", "none where λ is 0");
    }
    if modes.iter().any(|mode| mode.autocorrelation_measured.is_none()) {
        why.say("autocorrelation_measured", "none along which no chain moved");
    }
    let class_share_by_chance = data::positions(&mut modes, &vectors, &seen.states, data, &mut why);
    let bulk = spectrum.sigma.map(|sigma| mean_field::glass_parameter(sigma * beta.abs(), shape.0, shape.1));
    let zero_field = mean_field::at_zero_field(hot) && bulk.is_none_or(|glass| glass < 1.0);
    let non_converging = modes::non_converging(hot, &lambdas, beta, &spectrum, zero_field, &seen, &mut why);
    let zero = |row: &[f64]| row.iter().all(|w| *w == 0.0);
    let rows = machine.weights.chunks(machine.hidden).filter(|row| zero(row)).count();
    let columns = (0..machine.hidden)
        .filter(|k| machine.weights.iter().skip(*k).step_by(machine.hidden).all(|w| *w == 0.0))
        .count();
    let ipr = modes.first().map_or(0.0, |mode| mode.ipr_visible);
    let facts = applies::facts(hot, (&reciprocal, beta), (&spectrum, level), &rotation, &non_converging, ipr);
    Ok(Inspection {
        applies: applies::of(&facts),
        transition_line: transition::line(&facts, spectrum.sigma_interval, beta),
        singular_values: lambdas,
        spectrum,
        rotation,
        modes,
        chains_from: from,
        class_share_by_chance,
        exact_by: if seen.enumerated.is_some() { ExactBy::AllStates } else { ExactBy::Chains },
        non_converging,
        onsager,
        saturated: seen.frozen,
        uncoupled: PerLayer { visible: rows, hidden: columns },
        why,
        vectors,
        drawn: seen.states,
    })
}

#[cfg(test)]
mod tests;
