//! ln Z of one machine by every method that applies.

use super::LogPartition;
use crate::bits::States;
use crate::lab;
use crate::linalg::LinalgError;
use crate::math::shown;
use crate::rbm::annealing::Estimate;
use crate::rbm::estimate::{Bracket, Effort, Estimates, State, estimate};
use crate::rbm::reciprocal::Reciprocal;
use crate::rbm::tempering::Tempered;
use crate::rbm::{Now, Rbm, exact, mean_field};
use crate::spectra::fit::{self, FitError};
use serde::Serialize;
use std::collections::BTreeMap;

/// ln Z by every method.
#[derive(Clone, Debug)]
pub struct Methods {
    /// By enumeration of the smaller layer.
    pub exact: Option<f64>,
    /// By tempering and annealing.
    pub estimates: Estimates,
    /// The product of Gaussian modes, or why it is no ln Z here.
    pub gaussian: mean_field::Closed,
    /// With Onsager's reaction, or why it does not apply.
    pub onsager: mean_field::Closed,
    /// Why there is no exact value, if there is none.
    no_exact: Option<String>,
}

/// What ln Z is found from beside the machine.
#[derive(Clone, Debug, Default)]
pub struct Given<'a> {
    /// States that the machine should know.
    pub data: Option<&'a States>,
    /// Whether states are enumerated.
    pub enumerate: bool,
    /// Why its modes cannot be had, if they cannot.
    pub no_modes: Option<String>,
}

/// What a closed form may leave out, in nats: a factor of e in Z.
const LEFT_OUT: f64 = 1.0;

/// ln Z of `machine` (β included) plus `constant`. `key` gives the random numbers of a purpose;
/// `tell` hears what is done next, with the share of the estimates that is done.
///
/// # Errors
/// A decomposition that does not converge.
pub fn methods(
    machine: &Rbm,
    constant: f64,
    given: Given<'_>,
    effort: Effort,
    key: impl Fn(&str) -> [u8; 32],
    tell: impl Fn(Now<'_>),
) -> Result<Methods, LinalgError> {
    let exact = if given.enumerate {
        tell(Now { what: "ln Z: enumeration, where a layer is small", share: 0.0 });
        exact::log_partition(machine)
    } else {
        None
    };
    let no_exact = match (exact, given.enumerate) {
        (Some(_), _) => None,
        (None, true) => Some(super::no_exact()),
        (None, false) => Some("left out by --no-exact".to_string()),
    };
    // What is known needs no second round.
    let effort = if exact.is_some() { Effort { rounds: 1, time: None, ..effort } } else { effort };
    let estimates = estimate(&machine.to_f32(), given.data, exact, effort, &key, &tell).plus(constant);
    let (gaussian, onsager) = match given.no_modes {
        Some(why) => (Err(why.clone()), Err(why)),
        None => {
            tell(Now { what: "ln Z: closed forms", share: 0.0 });
            let gaussian = mean_field::gaussian(machine)?;
            let modes = Reciprocal::thin(machine)?;
            let onsager = match unstable(machine, modes.singular_values(), key("onsager")) {
                Some(no) => Err(no),
                None => mean_field::onsager(machine)?,
            };
            let left = mean_field::left_out(machine, &modes);
            let gaussian = gaussian.and_then(|value| {
                let small = left.abs() <= LEFT_OUT;
                small.then_some(value + constant).ok_or_else(|| {
                    format!("the fourth order, which it leaves out, is {left:.1} nats: the fields are too strong for a Gaussian law")
                })
            });
            (gaussian, onsager.map(|value| value + constant))
        }
    };
    Ok(Methods { exact: exact.map(|exact| exact + constant), estimates, gaussian, onsager, no_exact })
}

/// Why the state of a machine at zero field is not the one with all means at ½, if it is not: a
/// planted direction of strength 4/β or more makes that unstable, whatever noise is around it
/// (claim T09). `lambdas` are the singular values, β included as in `machine`, descending; `key`
/// draws spectra of noise.
pub(super) fn unstable(machine: &Rbm, lambdas: &[f64], key: [u8; 32]) -> Option<String> {
    if !mean_field::at_zero_field(machine) {
        return None;
    }
    let shape = (machine.visible, machine.hidden);
    let options = fit::Options { confidence: 0.95, alpha: 0.01, draws: 199 };
    let strength = match fit::bulk(lambdas, shape, options, |draw| lab::stream(key, draw)) {
        Ok(bulk) => bulk.outliers.first().and_then(|outlier| outlier.strength),
        // Without noise the direction itself, and with little at most that.
        Err(FitError::NoBulk | FitError::FewLeft { .. }) => lambdas.first().copied(),
        Err(_) => None,
    };
    let strength = strength.filter(|theta| *theta >= 4.0)?;
    Some(format!(
        "a planted direction has strength {strength:.3}, not below 4/β: the state with all means at ½ is unstable"
    ))
}

/// Neither where either is no number.
fn with_error(mean: f64, se: f64) -> String {
    if mean.is_finite() && se.is_finite() { format!("{} ± {}", shown(mean, 4), shown(se, 4)) } else { "-".into() }
}

/// One direction of annealing, by the names of JSON.
#[derive(Serialize)]
struct Way {
    mean: f64,
    se: f64,
    ess: f64,
    betas: usize,
    chains: usize,
}

impl Way {
    fn of(estimate: &Estimate) -> Self {
        let &Estimate { mean, se, effective_samples: ess, betas, chains, .. } = estimate;
        Self { mean, se, ess, betas, chains }
    }
}

/// ln Z by every method, as JSON shows it.
#[derive(Serialize)]
pub struct Shown<'a> {
    exact: Option<f64>,
    forward: Way,
    backward: Way,
    tempering: &'a Tempered,
    bracket: &'a Bracket,
    ais: &'a Estimate,
    reverse_ais: &'a Estimate,
    gaussian: Option<f64>,
    onsager: Option<f64>,
    base: String,
    warnings: Vec<String>,
    why: BTreeMap<&'static str, String>,
}

impl Methods {
    /// For JSON.
    pub fn shown(&self) -> Shown<'_> {
        let Estimates { forward, backward, tempering, bracket, from_data, .. } = &self.estimates;
        let whys = [
            ("exact", self.no_exact.clone()),
            ("gaussian", self.gaussian.clone().err()),
            ("onsager", self.onsager.clone().err()),
        ];
        Shown {
            exact: self.exact,
            forward: Way::of(forward),
            backward: Way::of(backward),
            tempering,
            bracket,
            ais: forward,
            reverse_ais: backward,
            gaussian: self.gaussian.as_ref().ok().copied(),
            onsager: self.onsager.as_ref().ok().copied(),
            base: {
                let from = if *from_data { "tempered samples and data" } else { "tempered samples" };
                match self.estimates.bases {
                    1 => format!("one law of independent units, near the means of {from}"),
                    bases => format!("{bases} laws of independent units, near the means of chains of other origin"),
                }
            },
            warnings: self.warnings(),
            why: whys.into_iter().filter_map(|(key, why)| Some((key, why?))).collect(),
        }
    }

    /// The exact value, or else that of tempering with its interval.
    pub fn best(&self) -> LogPartition {
        let Bracket { low, high, .. } = self.estimates.bracket;
        match self.exact {
            Some(value) => LogPartition { value, between: [value; 2] },
            None => LogPartition { value: self.estimates.tempering.mean, between: [low, high] },
        }
    }

    /// Methods by name, with ln Z and a remark; "-" where there is none.
    pub fn rows(&self) -> Vec<[String; 3]> {
        let closed = |name: &str, value: Result<f64, String>| match value {
            Ok(value) => [name.to_string(), shown(value, 6), String::new()],
            Err(why) => [name.to_string(), "-".into(), why],
        };
        let annealed = |name: &str, one: &Estimate| {
            let remark =
                format!("{} runs of {} temperatures count as {:.0}", one.chains, one.betas, one.effective_samples);
            [name.to_string(), with_error(one.mean, one.se), remark]
        };
        let Estimates { forward, backward, tempering, .. } = &self.estimates;
        let remark = format!(
            "{} ladders of {} temperatures from {}, {} round trips",
            tempering.ladders,
            tempering.rungs,
            match self.estimates.bases {
                1 => "one base".to_string(),
                bases => format!("{bases} bases"),
            },
            tempering.round_trips
        );
        vec![
            closed("exact", self.exact.ok_or_else(|| self.no_exact.clone().unwrap_or_default())),
            ["tempered".into(), with_error(tempering.mean, tempering.se), remark],
            annealed("annealed, forward", forward),
            annealed("annealed, backward", backward),
            closed("Gaussian modes", self.gaussian.clone()),
            closed("Onsager's reaction", self.onsager.clone()),
        ]
    }

    /// The interval and what the checks say of it, in words.
    pub fn verdict(&self) -> String {
        let Bracket { low, high, state, .. } = &self.estimates.bracket;
        let word = match state {
            State::Agree => "agree",
            State::Open if self.exact.is_some() => "open; the exact value is the answer",
            State::Open => "open",
            State::ContradictsExact => "contradicts exact",
        };
        match low.is_finite() && high.is_finite() {
            true => format!("tempered, 95 %: {} to {} ({word})", shown(*low, 4), shown(*high, 4)),
            false => format!("tempered: no number ({word})"),
        }
    }

    /// What a reader must know of the estimates.
    pub fn warnings(&self) -> Vec<String> {
        let Bracket { low, high, state, why } = &self.estimates.bracket;
        let mut warnings: Vec<String> = why.iter().map(|why| format!("open: {why}")).collect();
        let Some(exact) = self.exact else { return warnings };
        if *state != State::ContradictsExact {
            warnings.clear(); // the exact value is the answer
        } else {
            warnings.push(format!(
                "the exact value {} lies outside {} to {}: tempering misses states that count",
                shown(exact, 6),
                shown(*low, 4),
                shown(*high, 4)
            ));
        }
        warnings
    }
}
