//! The checks of every regime.

use super::falsifiers;
use super::names::{columns, tables};
use super::regimes;
use super::schemes::Scheme;
use super::sizes::lag;
use super::theory;
use super::trials::{Leading, Trial, WITHOUT_BIASES, trials, without_biases};
use crate::claim::{Case, CheckError, Variant};
use crate::evidence::check;
use crate::evidence::{ALPHA, Evidence, Measurement, Side, Table};
use crate::lab::Lab;
use crate::math::smaller;
use crate::rbm::mean_field::glass_parameter;
use crate::stat::interval::Interval;
use crate::stat::mean::{mean_and_error, mean_interval};
use crate::stat::regression::{LinearFit, estimated_fit};

/// Confidence of every interval of this claim.
const CONFIDENCE: f64 = 1.0 - ALPHA;

pub(super) fn measure(case: Case<'_>, lab: &Lab) -> Result<Evidence, CheckError> {
    let scheme = Scheme::of(case.regime).ok_or_else(|| CheckError::no_checks(case.regime))?;
    let trials = trials(&case, lab)?;
    let seen = Seen { case: &case, scheme, groups: trials.chunk_by(|a, b| a.shape == b.shape).collect() };
    let mut evidence = Evidence::default();
    match *case.regime {
        regimes::GLOROT_SPINS_SQUARE => {
            evidence.measurements.push(seen.growth()?.refuting(Side::Above));
            evidence.measurements.extend([seen.on_the_line()?, seen.exponent_of_overlap()?]);
            evidence.measurements.extend([seen.exponent_of_variance()?, seen.long_memory()?]);
            for (group, value) in seen.groups.iter().zip(seen.by(|trial| leading(trial, |of| of.variance)).means) {
                let (n, m) = group[0].shape;
                evidence.observations.push((format!("var x₁ at {n} x {m}"), value));
            }
            evidence.tables.push(seen.leading());
        }
        regimes::PARAMAGNET_2_5 => {
            evidence.measurements.push(seen.forgets()?.refuting(Side::Above));
            evidence.measurements.extend(seen.stays()?);
            evidence.observations.push(("exponent of N⟨q²⟩ in N".into(), seen.growth_of_replicas()?.slope));
        }
        _ => {
            evidence.measurements.extend([seen.memory()?, seen.susceptibility()?, seen.forgets()?, seen.growth()?]);
        }
    }
    let (n, m) = seen.largest()?;
    evidence.observations.push((format!("x at {n} x {m}"), scheme.x(n, m)));
    if *case.regime == regimes::GLOROT && matches!(case.variant, Variant::AsStated) {
        let s = scheme.std(n, m);
        let (overlap, error) = without_biases(&case, lab, s, n)?;
        let theory = theory::overlap_without_biases(s * s * n as f64 / 16.0);
        let name = |what: &str| format!("overlap of two chains with a = b = 0, {n} x {n}, {what}");
        let observed = [
            (name(&format!("{WITHOUT_BIASES} machines")), overlap),
            (name("standard error"), error),
            (name("replica-symmetric"), theory),
        ];
        evidence.observations.extend(observed);
    }
    evidence.tables.extend([seen.by_size(), seen.decay()?]);
    Ok(evidence)
}

/// Mean and standard error of one quantity at every size.
struct BySize {
    means: Vec<f64>,
    errors: Vec<f64>,
}

/// The machines of a case, by size.
struct Seen<'a> {
    case: &'a Case<'a>,
    scheme: Scheme,
    groups: Vec<&'a [Trial]>,
}

impl Seen<'_> {
    /// Shape of the largest machines.
    fn largest(&self) -> Result<(usize, usize), CheckError> {
        let last = self.groups.last().and_then(|group| group.first());
        last.map(|trial| trial.shape).ok_or_else(|| CheckError::Input("T10: no machine was drawn".into()))
    }

    /// N of every size.
    fn visible(&self) -> Vec<f64> {
        self.groups.iter().map(|group| group[0].shape.0 as f64).collect()
    }

    fn by(&self, value: impl Fn(&Trial) -> f64) -> BySize {
        let (means, errors) =
            self.groups.iter().map(|group| mean_and_error(&group.iter().map(&value).collect::<Vec<_>>())).unzip();
        BySize { means, errors }
    }

    /// Line through values at several sizes with errors that the machines of each size estimate.
    fn line(&self, x: &[f64], y: &[f64], errors: &[f64]) -> Result<LinearFit, CheckError> {
        let degrees = self.groups.iter().map(|group| group.len() as f64 - 1.0).fold(f64::INFINITY, smaller);
        estimated_fit(x, y, errors, degrees, CONFIDENCE).map_err(CheckError::while_doing("line over sizes"))
    }

    /// Limit of infinite size of values with corrections of order N^(−power).
    fn limit(&self, power: f64, y: &[f64], errors: &[f64]) -> Result<LinearFit, CheckError> {
        let x: Vec<f64> = self.visible().into_iter().map(|n| n.powf(-power)).collect();
        self.line(&x, y, errors)
    }

    /// Power law in N.
    fn exponent(&self, of: &BySize) -> Result<LinearFit, CheckError> {
        let x: Vec<f64> = self.visible().into_iter().map(libm::log).collect();
        let y: Vec<f64> = of.means.iter().copied().map(libm::log).collect();
        let errors: Vec<f64> = of.means.iter().zip(&of.errors).map(|(mean, error)| error / mean).collect();
        self.line(&x, &y, &errors)
    }

    /// The x that the case takes for that of the scheme.
    fn x(&self, n: usize, m: usize) -> f64 {
        if self.case.is(&falsifiers::ONE_LAYER) {
            glass_parameter(self.scheme.std(n, m), m, m)
        } else if self.case.is(&falsifiers::UNITS_CONFUSED) {
            256.0 * self.scheme.x(n, m)
        } else {
            self.scheme.x(n, m)
        }
    }

    /// c = s²M/16, the mean square of the field of a visible unit, of which s²M/4 counts with ½.
    fn stated_field(&self, n: usize, m: usize) -> f64 {
        self.scheme.std(n, m).powi(2) * m as f64 / 16.0
    }

    /// The c that the case takes for it.
    fn field(&self, n: usize, m: usize) -> f64 {
        let c = self.stated_field(n, m);
        if self.case.is(&falsifiers::UNITS_CONFUSED) { 16.0 * c } else { c }
    }

    /// Values minus a prediction at every size.
    fn minus(&self, values: &[f64], prediction: impl Fn(usize, usize) -> f64) -> Vec<f64> {
        let shapes = self.groups.iter().map(|group| group[0].shape);
        values.iter().zip(shapes).map(|(value, (n, m))| value - prediction(n, m)).collect()
    }

    /// Checks the memory over one sweep of a paramagnet.
    fn memory(&self) -> Result<Measurement, CheckError> {
        let found = self.by(|trial| trial.memory);
        let y = self.minus(&found.means, |n, m| theory::memory(self.field(n, m)));
        let fit = self.limit(1.0, &y, &found.errors)?;
        let (n, m) = self.largest()?;
        let bound = 0.25 * theory::memory(self.stated_field(n, m));
        let name = "memory over one sweep − (1 − e^(−c/2) E sech √c z), N → ∞";
        let rationale =
            "a quarter of the predicted memory at the largest size; with W taken for J c is 16 times as large";
        Ok(check::near("memory", name, fit.intercept, fit.intercept_interval, 0.0, bound, rationale))
    }

    /// Checks that x measured by pairs of chains is that of the scheme.
    fn susceptibility(&self) -> Result<Measurement, CheckError> {
        let found = self.by(|trial| trial.susceptibility);
        let inverse: Vec<f64> = found.means.iter().map(|mean| mean.recip()).collect();
        let errors: Vec<f64> =
            found.means.iter().zip(&found.errors).map(|(mean, error)| error / mean.powi(2)).collect();
        let fit = self.limit(1.0, &self.minus(&inverse, |n, m| 1.0 - self.x(n, m)), &errors)?;
        let (n, m) = self.largest()?;
        let name = "1/(N⟨q²⟩) − (1 − x), q the overlap of two chains, N → ∞";
        let x = self.scheme.x(n, m);
        // Chains can see the x of tall machines; in {0,1} units it is at most 1/256.
        let (bound, rationale) = match *self.case.regime {
            regimes::GLOROT_SPINS_TALL => (0.25 * x, "a quarter of x, which 1/(N⟨q²⟩) falls short of 1 by"),
            _ => (0.25 * (1.0 - x), "a quarter of the distance 1 − x from the line, where N⟨q²⟩ diverges"),
        };
        Ok(check::near("susceptibility", name, fit.intercept, fit.intercept_interval, 0.0, bound, rationale))
    }

    /// Checks that chains forget their start.
    fn forgets(&self) -> Result<Measurement, CheckError> {
        let found = self.by(Trial::overlap);
        let fit = self.limit(1.0, &found.means, &found.errors)?;
        let sweeps = lag(self.case);
        let name = format!("overlap of a state with itself {sweeps} sweeps later, N → ∞");
        let bound = 0.5 * theory::linear_map(sweeps, self.largest()?);
        let rationale =
            "half of what the linear map leaves on the line after as many sweeps in a machine of this shape";
        Ok(check::near("overlap", name, fit.intercept, fit.intercept_interval, 0.0, bound, rationale))
    }

    fn growth_of_replicas(&self) -> Result<LinearFit, CheckError> {
        self.exponent(&self.by(|trial| trial.susceptibility))
    }

    /// Checks that N⟨q²⟩ does not grow with N.
    fn growth(&self) -> Result<Measurement, CheckError> {
        let fit = self.growth_of_replicas()?;
        let name = "exponent of N⟨q²⟩ in N, q the overlap of two chains";
        let rationale = "half of the exponent on the line, 1/3; in a paramagnet the exponent is 0";
        Ok(check::near("growth", name, fit.slope, fit.slope_interval, 0.0, 1.0 / 6.0, rationale))
    }

    /// Checks the memory over one sweep on the line, N = M.
    fn on_the_line(&self) -> Result<Measurement, CheckError> {
        let found = self.by(|trial| trial.memory);
        // −∂ ln Z/∂β of order 1/(1 − x) per machine, cut off at 1 − x ~ N^(−1/3).
        let fit = self.limit(2.0 / 3.0, &found.means, &found.errors)?;
        let (critical, linear) = (theory::memory(1.0), theory::linear_map(1, self.largest()?));
        let expected = if self.case.is(&falsifiers::LINEAR_MEMORY) { linear } else { critical };
        let name = "memory over one sweep on the line, N → ∞";
        let rationale = "half of the distance from ½, the memory of the linear map";
        let bound = 0.5 * (critical - linear);
        Ok(check::near("memory-critical", name, fit.intercept, fit.intercept_interval, expected, bound, rationale))
    }

    /// Checks the exponent of the root mean square overlap of two chains on the line.
    fn exponent_of_overlap(&self) -> Result<Measurement, CheckError> {
        let squares = self.by(|trial| trial.susceptibility / trial.shape.0 as f64);
        let fit = self.exponent(&squares)?;
        let half = |x: f64| 0.5 * x;
        let all = fit.slope_interval;
        let interval = Interval { low: half(all.low), high: half(all.high), ..all };
        let name = "exponent of √⟨q²⟩ in N, q the overlap of two chains";
        let rationale = "half of the distance from −1/2, the exponent of a paramagnet; that of a spin glass is 0";
        Ok(check::near("exponent-overlap", name, half(fit.slope), interval, -1.0 / 3.0, 1.0 / 12.0, rationale))
    }

    /// Checks the exponent of the variance of the leading mode on the line.
    fn exponent_of_variance(&self) -> Result<Measurement, CheckError> {
        let fit = self.exponent(&self.by(|trial| leading(trial, |leading| leading.variance)))?;
        let name = "exponent of var x₁ in N";
        let rationale = "half of the distance from 1, the exponent of a condensed mode; that of a paramagnet is 0";
        Ok(check::near("exponent-variance", name, fit.slope, fit.slope_interval, 2.0 / 3.0, 1.0 / 6.0, rationale))
    }

    /// Checks how the memory falls over more sweeps on the line, below N^(2/3) of them, at the
    /// largest size. A ratio, since ln of an overlap that is not above 0 is no number.
    fn long_memory(&self) -> Result<Measurement, CheckError> {
        let machines = self.groups.last().copied().unwrap_or_default();
        let [early, late] = [1, 3].map(|at: usize| machines.iter().map(|trial| trial.decay[at]).collect::<Vec<_>>());
        let mean = mean_and_error(&early).0;
        let ratio = mean_and_error(&late).0 / mean;
        // To first order in the deviations of both means.
        let moved: Vec<f64> = early.iter().zip(&late).map(|(e, l)| ratio + (l - ratio * e) / mean).collect();
        let interval = mean_interval(&moved, CONFIDENCE).map_err(CheckError::while_doing("memory"))?;
        let (n, m) = self.largest()?;
        let name = format!("overlap of a state with itself 8 sweeps later over that 2 sweeps later, {n} x {m}");
        let rationale = "what the exponent −3/4 in the place of −1/2 would change; in a spin glass the ratio is 1";
        let (expected, bound) = (4f64.powf(-0.5), 4f64.powf(-0.5) - 4f64.powf(-0.75));
        Ok(check::near("long-memory", name, ratio, interval, expected, bound, rationale))
    }

    /// Checks that the overlap of a state with itself stays beyond the line, and that it is not
    /// that of one mode.
    fn stays(&self) -> Result<[Measurement; 2], CheckError> {
        let (n, m) = self.largest()?;
        let expected = theory::overlap(self.field(n, m));
        let rationale =
            "half of the overlap of the replica-symmetric theory, q = E tanh²(√(cq) z), which is 0 up to the line";
        let critical = "twice what the linear map leaves on the line, binom(2t, t)/4ᵗ after t sweeps, where it is too low by 10 to 20 % up to 16 sweeps";
        let one =
            |id: &str, name: String, found: BySize, (predicted, at_least, rationale): (f64, f64, &'static str)| {
                let fit = self.limit(1.0, &found.means, &found.errors)?;
                let interval = fit.intercept_interval;
                Ok::<_, CheckError>(check::effect(id, name, fit.intercept, interval, predicted, at_least, rationale))
            };
        let sweeps = lag(self.case);
        // No theory of the overlap without one mode is at hand.
        let at_least = 2.0 * theory::linear_map(sweeps, (n, m));
        let name = format!("overlap of a state with itself {sweeps} sweeps later, N → ∞");
        let rest = self.by(|trial| leading(trial, |leading| leading.rest));
        Ok([
            one("overlap-stays", name.clone(), self.by(Trial::overlap), (expected, 0.5 * expected, rationale))?,
            one(
                "overlap-without-mode",
                format!("{name}, without the leading mode"),
                rest,
                (at_least, at_least, critical),
            )?,
        ])
    }

    /// Means and standard errors by size.
    fn by_size(&self) -> Table {
        let mut table = Table::new(
            tables::BY_SIZE,
            &[
                columns::VISIBLE,
                columns::HIDDEN,
                columns::DRAWS,
                columns::X,
                columns::SUSCEPTIBILITY,
                columns::SUSCEPTIBILITY_ERROR,
                columns::MEMORY,
                columns::MEMORY_ERROR,
            ],
        );
        let (replicas, memory) = (self.by(|trial| trial.susceptibility), self.by(|trial| trial.memory));
        for (at, group) in self.groups.iter().enumerate() {
            let (n, m) = group[0].shape;
            let mut row = vec![n as f64, m as f64, group.len() as f64, self.scheme.x(n, m)];
            for of in [&replicas, &memory] {
                row.extend([of.means[at], of.errors[at]]);
            }
            table.rows.push(row);
        }
        table
    }

    /// Mean variance of the leading mode by size.
    fn leading(&self) -> Table {
        let mut table = Table::new(tables::LEADING, &[columns::VISIBLE, columns::VARIANCE, columns::VARIANCE_ERROR]);
        let found = self.by(|trial| leading(trial, |leading| leading.variance));
        let values = self.visible().into_iter().zip(found.means).zip(found.errors);
        table.rows = values.map(|((n, mean), error)| vec![n, mean, error]).collect();
        table
    }

    /// Overlap of a state with itself against sweeps, at the largest size.
    fn decay(&self) -> Result<Table, CheckError> {
        let mut table = Table::new(tables::DECAY, &[columns::SWEEPS, columns::OVERLAP, columns::OVERLAP_ERROR]);
        let last = self.groups.last().copied().unwrap_or_default();
        let lags = last.first().map_or(0, |trial| trial.decay.len());
        for at in 0..lags {
            let (mean, error) = mean_and_error(&last.iter().map(|trial| trial.decay[at]).collect::<Vec<_>>());
            table.rows.push(vec![(1u64 << at) as f64, mean, error]);
        }
        Ok(table)
    }
}

/// A value of the leading mode, where one was followed.
fn leading(trial: &Trial, value: impl Fn(&Leading) -> f64) -> f64 {
    trial.leading.as_ref().map_or(f64::NAN, value)
}
