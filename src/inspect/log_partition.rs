//! ln Z of one machine by every method that applies.

use crate::bits::States;
use crate::lab;
use crate::linalg::LinalgError;
use crate::rbm::annealing::{self, Bracket, Estimate};
use crate::rbm::gibbs::Chains;
use crate::rbm::path::Path;
use crate::rbm::reciprocal::Reciprocal;
use crate::rbm::{Rbm, exact, mean_field};
use crate::spectra::fit::{self, FitError};

/// How long annealing takes.
#[derive(Clone, Copy, Debug)]
pub struct Annealing {
    /// Runs, at least 2.
    pub chains: usize,
    /// Temperatures of a run, at least 2.
    pub betas: usize,
    /// Sweeps of the whole machine before the backward runs.
    pub burn: usize,
}

/// ln Z by every method.
#[derive(Clone, Debug)]
pub struct Methods {
    /// By enumeration of the smaller layer.
    pub exact: Option<f64>,
    /// Annealed importance sampling forward and backward.
    pub forward: Estimate,
    /// See `forward`.
    pub backward: Estimate,
    /// What both together say.
    pub bracket: Bracket,
    /// The product of Gaussian modes, or why it is no ln Z here.
    pub gaussian: mean_field::Closed,
    /// With Onsager's reaction, or why it does not apply.
    pub onsager: mean_field::Closed,
    /// States in proportion to their weights after the burn-in: a start for chains.
    pub states: States,
}

/// What helps where annealing has fixed lengths.
pub(crate) const MORE: &str = "log-partition takes more --betas, --chains and --burn";

/// What a closed form may leave out, in nats: a factor of e in Z.
const LEFT_OUT: f64 = 1.0;

/// ln Z of `machine` (β included) plus `constant`. The closed forms are left out with the reason
/// `no_modes` where its modes cannot be had. `key` gives the random numbers of a purpose.
///
/// # Errors
/// A decomposition that does not converge.
pub fn methods(
    machine: &Rbm,
    constant: f64,
    annealing: Annealing,
    no_modes: Option<String>,
    key: impl Fn(&str) -> [u8; 32],
) -> Result<Methods, LinalgError> {
    let exact = exact::log_partition(machine).map(|exact| exact + constant);
    let single = machine.to_f32();
    let Annealing { chains, betas, burn } = annealing;
    let path = Path::even(&single, betas);
    let (forward, states) = annealing::forward(&single, &path, chains, key("forward"));
    let mut chains = Chains::new(states, key("burn"), 0);
    chains.sweep(&single, burn);
    let backward = annealing::backward(&single, &chains.visible, &path, key("backward")).plus(constant);
    let forward = forward.plus(constant);
    let bracket = annealing::bracket(&forward, &backward);
    let (gaussian, onsager) = match no_modes {
        Some(why) => (Err(why.clone()), Err(why)),
        None => {
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
    Ok(Methods { exact, forward, backward, bracket, gaussian, onsager, states: chains.visible })
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

impl Methods {
    /// Whether both estimates miss states that the exact value has.
    pub fn contradicted(&self) -> Option<f64> {
        let Self { exact, forward, backward, .. } = self;
        exact.filter(|exact| {
            let far = |estimate: &Estimate| (estimate.mean - exact).abs() > 5.0 * estimate.se + 1e-3;
            far(forward) && far(backward)
        })
    }

    /// What a reader must know of the estimates; `remedy` is what helps.
    pub fn warnings(&self, remedy: &str) -> Vec<String> {
        let Self { forward, backward, bracket, .. } = self;
        let mut warnings: Vec<String> = [("forward", forward), ("backward", backward)]
            .iter()
            .filter_map(|(name, estimate)| {
                estimate.degenerate().map(|why| format!("{name} annealing: {why}; {remedy}"))
            })
            .collect();
        if bracket.open {
            warnings.push(format!(
                "the bracket is open: forward and backward estimates differ by {:.3}, or one is degenerate; {remedy}",
                (forward.mean - backward.mean).abs()
            ));
        }
        if let Some(exact) = self.contradicted() {
            warnings.push(format!(
                "annealing contradicts the exact value {exact:.6}: its runs miss states that count, in both directions"
            ));
        }
        warnings
    }
}
