//! Checks of ln Z for weakly coupled and trained machines, and the replica-symmetric equations.

use super::evidence::STATES;
use super::falsifiers;
use super::streams;
use super::training::settled;
use crate::claim::{Case, CheckError};
use crate::evidence::check;
use crate::evidence::{ALPHA, Criterion, Evidence, Measurement, Side};
use crate::lab::{Lab, Scale};
use crate::math::larger;
use crate::math::largest;
use crate::rbm::estimate::{Effort, estimate};
use crate::rbm::origins::Means;
use crate::rbm::reciprocal::Reciprocal;
use crate::rbm::tempering::Tempering;
use crate::rbm::{Rbm, annealing, exact, mean_field};
use crate::stat::histogram::grid;
use crate::stat::interval::Interval;
use crate::stat::mean::{mean, student_quantile};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

/// A machine with independent normal weights (standard deviation `s`) and centred fields (standard
/// deviation `field`), all multiplied by β.
struct Weak {
    weights: Vec<f64>,
    field_v: Vec<f64>,
    field_h: Vec<f64>,
}

impl Weak {
    pub(super) fn draw(n: usize, m: usize, s: f64, field: f64, rng: &mut impl Rng) -> Self {
        let mut normal = |count: usize, s: f64| -> Vec<f64> {
            (0..count).map(|_| s * <StandardNormal as Distribution<f64>>::sample(&StandardNormal, rng)).collect()
        };
        Self { weights: normal(n * m, s), field_v: normal(n, field), field_h: normal(m, field) }
    }

    /// The machine at β with the fields of `self` plus `lift` times W·½ and Wᵀ·½. The hidden fields
    /// are multiplied by `sign`.
    pub(super) fn machine(&self, beta: f64, lift: f64, sign: f64) -> Result<Rbm, CheckError> {
        let scaled = |x: &[f64]| -> Vec<f64> { x.iter().map(|x| beta * x).collect() };
        let (n, m) = (self.field_v.len(), self.field_h.len());
        let mut machine = Rbm::zero_field(n, m, scaled(&self.weights)).map_err(CheckError::while_doing("machine"))?;
        // a = a' − W·½, where `zero_field` gives −W·½.
        let fill = |bias: &mut [f64], field: &[f64], sign: f64| {
            for (bias, field) in bias.iter_mut().zip(field) {
                *bias = (1.0 + lift) * *bias + sign * beta * field;
            }
        };
        fill(&mut machine.visible_bias, &self.field_v, 1.0);
        fill(&mut machine.hidden_bias, &self.field_h, sign);
        Ok(machine)
    }

    /// Gaussian ln Z − βc0 as the claim or its falsifier states it.
    fn gaussian(&self, case: &Case<'_>, beta: f64) -> Result<f64, CheckError> {
        let lift = f64::from(u8::from(case.is(&falsifiers::UNCENTRED_FIELDS)));
        let sign = if case.is(&falsifiers::FIELD_SIGN) { -1.0 } else { 1.0 };
        let machine = self.machine(beta, lift, sign)?;
        let closed = mean_field::gaussian(&machine).map_err(CheckError::while_doing("mean field"))?;
        closed.map(|value| value - machine.centred().constant).map_err(|why| CheckError::Input(format!("T07: {why}")))
    }

    /// Order β⁴ of the error of the Gaussian ln Z: −Σ (μ⁴ + 6μ²v + 3v²)/192 over units + ΣW⁴/1536
    /// with v = (WWᵀ)_jj/4.
    fn next_order(&self) -> f64 {
        let (n, m) = (self.field_v.len(), self.field_h.len());
        let w = |j: usize, k: usize| self.weights[j * m + k].powi(2);
        let unit = |f: f64, v: f64| -(f.powi(4) + 6.0 * f * f * v + 3.0 * v * v) / 192.0;
        let rows = (0..n).map(|j| unit(self.field_v[j], (0..m).map(|k| w(j, k)).sum::<f64>() / 4.0)).sum::<f64>();
        let columns = (0..m).map(|k| unit(self.field_h[k], (0..n).map(|j| w(j, k)).sum::<f64>() / 4.0)).sum::<f64>();
        rows + columns + self.weights.iter().map(|w| w.powi(4)).sum::<f64>() / 1536.0
    }
}

/// Checks the Gaussian ln Z and its next order against enumeration.
pub(super) fn enumerated(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let kappa = if case.is(&falsifiers::HALF_KAPPA) { 0.5 } else { 1.0 };
    let count = 20usize;
    let drawn = |at: usize| {
        let (n, m) = if at.is_multiple_of(2) { (12, 9) } else { (8, 13) };
        Weak::draw(n, m, 0.3, 0.3, &mut lab.stream(case, streams::WEAK, at))
    };
    let machines: Vec<Weak> = (0..count).map(drawn).collect();
    let of = |beta: f64| -> Result<Vec<[f64; 2]>, CheckError> {
        let one = |weak: &Weak| {
            let machine = weak.machine(beta, 0.0, 1.0)?;
            let exact = exact::log_partition(&machine)
                .ok_or_else(|| CheckError::Input("too large to enumerate".into()))?
                - machine.centred().constant;
            let next = kappa * weak.next_order() * beta.powi(4);
            Ok([exact - weak.gaussian(case, beta)? - next, next])
        };
        machines.par_iter().map(one).collect()
    };
    let (coarse, fine) = (of(0.25)?, of(0.125)?);
    let mean = |rows: &[[f64; 2]], i: usize| mean(rows.iter().map(|row| row[i].abs()));
    let criterion = Criterion::Truncation {
        order: 5.0,
        measured_order: (mean(&coarse, 0) / mean(&fine, 0)).log2(),
        bound: 2.0 * 0.125 * mean(&fine, 1) / kappa,
        rationale: "the next order has one more factor β; its relative size is about |W||b'|/|a'| < 2",
    };
    let name = format!("ln Z minus its Gaussian value and β⁴ term, β = 1/8, {count} machines");
    evidence.measurements.push(Measurement::new("enumerated", name, mean(&fine, 0), 0.0, criterion));
    let share = mean(&fine, 1);
    evidence.observations.push(("β⁴ term of ln Z at β = 1/8".into(), share));
    Ok(())
}

/// Checks the same for machines that cannot be enumerated: by tempering, and by annealing both ways
/// along its path, backward from its samples.
pub(super) fn annealed(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let kappa = if case.is(&falsifiers::HALF_KAPPA) { 0.5 } else { 1.0 };
    let (n, m) = (60, 40);
    let weak = Weak::draw(n, m, 0.12, 0.3, &mut lab.stream(case, streams::ANNEALED, 0));
    let machine = weak.machine(1.0, 0.0, 1.0)?;
    let single = machine.to_f32();
    let c0 = machine.centred().constant;
    let next = weak.next_order();
    let predicted = weak.gaussian(case, 1.0)? + kappa * next;
    let (betas, chains, ladders) = (200, 2000, 64);
    let halves = Means { visible: vec![0.5; n], hidden: vec![0.5; m] };
    let mut tempering = Tempering::new(&single, &halves, ladders, 300, lab.key(case, streams::TEMPERING));
    let samples = tempering.extend(500, chains);
    let (path, found) = (tempering.path.refined(betas), tempering.found());
    let (ahead, _) = annealing::forward(&single, &path, chains, lab.key(case, streams::FORWARD));
    let back = annealing::backward(&single, &samples, &path, lab.key(case, streams::BACKWARD));
    // Errors from 2,000 runs, and between 64 ladders: Student's t.
    let errors = |count: usize| student_quantile(count as f64 - 1.0, 1.0 - ALPHA);
    for (id, name, mean, half) in [
        ("annealed-forward", "forward annealing", ahead.mean, errors(chains) * ahead.se),
        ("annealed-backward", "backward annealing", back.mean, errors(samples.rows()) * back.se),
        ("tempered", "tempering", found.mean, errors(ladders) * found.se),
    ] {
        let interval = Interval::confidence(mean - c0 - half, mean - c0 + half, 1.0 - ALPHA);
        let rationale = "the derived next order itself; higher orders are smaller by (λ₁/4)², about 0.2";
        let name = format!("ln Z of {n} x {m} by {name} against the Gaussian and its next order");
        evidence.measurements.push(check::near(id, name, mean - c0, interval, predicted, next.abs(), rationale));
    }
    Ok(())
}

/// A machine with weights of mean θ/√(NM) and standard deviation `std_dev`/(NM)^(1/4) at zero
/// field.
pub(super) fn mean_and_std_dev(
    n: usize,
    m: usize,
    theta: f64,
    std_dev: f64,
    rng: &mut impl Rng,
) -> Result<Rbm<f32>, CheckError> {
    let root = ((n * m) as f64).sqrt();
    let (mean, s) = (theta / root, std_dev / root.sqrt());
    let draw = |_| mean + s * <StandardNormal as Distribution<f64>>::sample(&StandardNormal, rng);
    let weights: Vec<f64> = (0..n * m).map(draw).collect();
    Ok(Rbm::zero_field(n, m, weights).map_err(CheckError::while_doing("weights"))?.to_f32())
}

/// Magnetisation m and Edwards-Anderson overlap q of the visible units in the limit of infinite
/// size, iterated from the ordered state; `shape` = M/N, `std_dev` = s(NM)^(1/4). With ρ = √shape,
/// m = E tanh(θρ m_h/4 + (s√M/4)√q_h z) and q = E tanh²(…), and the mirror image for the hidden
/// layer. For N = M these are the equations of D. Sherrington and S. Kirkpatrick, Phys. Rev. Lett.
/// 35 (1975) 1792, with J₀/T = θ/4 and J/T = s√N/4. NaN if the iteration does not converge.
pub(super) fn replica_symmetric(shape: f64, theta: f64, std_dev: f64) -> (f64, f64) {
    let (nodes, total) = normal_nodes();
    let layer = |rho: f64, (m, q): (f64, f64)| {
        let field = |z: f64| (theta * rho * m / 4.0 + std_dev * rho.sqrt() / 4.0 * larger(q, 0.0).sqrt() * z).tanh();
        let mean = |f: &dyn Fn(f64) -> f64| nodes.iter().map(|(z, w)| w * f(*z)).sum::<f64>() / total;
        (mean(&field), mean(&|z| field(z).powi(2)))
    };
    let (mut visible, mut moved) = ((0.99f64, 0.99f64), f64::INFINITY);
    for _ in 0..20_000 {
        if moved < 1e-10 {
            break;
        }
        let next = layer(shape.sqrt(), layer(shape.sqrt().recip(), visible));
        moved = (next.0 - visible.0).abs() + (next.1 - visible.1).abs();
        visible = next;
    }
    // On the transition line itself m falls as the inverse square root of the number of steps, to
    // less than 0.01.
    if moved < 1e-6 { visible } else { (f64::NAN, f64::NAN) }
}

/// Places and weights of the standard normal law, and the sum of the weights.
fn normal_nodes() -> (Vec<(f64, f64)>, f64) {
    let nodes: Vec<(f64, f64)> = grid(-5.0, 5.0, 60).map(|z| (z, (-0.5 * z * z).exp())).collect();
    let total = nodes.iter().map(|(_, w)| w).sum();
    (nodes, total)
}

/// The s(NM)^(1/4) up to which the replica-symmetric equations are stable, for N = M: there
/// (s√N/4)² E sech⁴(θm/4 + (s√N/4)√q z) = 1. This is the line of J. R. L. de Almeida and D. J.
/// Thouless, J. Phys. A 11 (1978) 983; for θ below 4 it is s√N = 4.
pub(super) fn limit_of_stability(theta: f64) -> f64 {
    let (nodes, total) = normal_nodes();
    let stable = |std_dev: f64| {
        let (m, q) = replica_symmetric(1.0, theta, std_dev);
        let field = |z: f64| theta * m / 4.0 + std_dev / 4.0 * larger(q, 0.0).sqrt() * z;
        let mean = nodes.iter().map(|(z, w)| w * field(*z).cosh().powi(-4)).sum::<f64>() / total;
        (std_dev / 4.0).powi(2) * mean < 1.0
    };
    let (mut low, mut high) = (0.0, 16.0);
    for _ in 0..30 {
        let middle = 0.5 * (low + high);
        if stable(middle) { low = middle } else { high = middle }
    }
    low
}

/// Checks that the mean-field ln Z of a trained machine is undefined, and that its continuation
/// with ln|1 − λ²/16| is below a lower bound of ln Z.
pub(super) fn trained(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let trajectory = lab.trained_from_normal(lab.plan().trained_hidden[0], 0)?;
    let end = trajectory.end()?;
    let machine = end.machine.to_f64();
    let modes = Reciprocal::thin(&machine).map_err(CheckError::while_doing("modes"))?;
    let lambdas = modes.singular_values();
    let above = lambdas.iter().filter(|&&l| l >= 4.0).count();
    let without = "number of modes with βλ ≥ 4, which have no Gaussian law";
    evidence.measurements.push(check::count("modes-above-4", without, above, 0).refuting(Side::Above));
    let closed = mean_field::gaussian(&machine).map_err(CheckError::while_doing("mean field"))?;
    let refused = usize::from(closed.is_err());
    evidence.measurements.push(check::count(
        "refused",
        "number of machines whose mean-field ln Z is undefined",
        refused,
        1,
    ));
    let formal = mean_field::continued_gaussian(&machine, &modes);
    // The variational value of any product law is a lower bound of ln Z. The mean-field states are
    // those reached from the machine's own chains.
    let value = |row: usize| -> Result<f64, CheckError> {
        Ok(settled(&machine, &end.chains.to_f64(row))?.below_log_partition(&machine))
    };
    let values: Vec<f64> =
        (0..STATES.min(end.chains.rows())).into_par_iter().map(value).collect::<Result<_, CheckError>>()?;
    let least = largest(values);
    let rationale = "the variational value is a lower bound of ln Z; the derived 1/N terms of r delocalised modes add up to less than one nat";
    let name = "mean-field ln Z continued with ln|1 − λ²/16| minus the largest variational value of a mean-field state";
    let (beyond, effect) = (formal - least, Interval::point(formal - least));
    evidence
        .measurements
        .push(check::effect("continued-ln-z", name, beyond, effect, 0.0, -1.0, rationale).refuting(Side::Below));
    let (betas, chains) = if lab.plan().scale == Scale::Quick { (300, 200) } else { (1000, 500) };
    let effort = Effort { chains, betas, burn: 0, within: 0.2, rounds: 4, time: None };
    let key = |purpose: &str| lab.key(case, streams::ESTIMATED.with(purpose));
    let found = estimate(&end.machine, None, None, effort, key, |_| ());
    for (name, value) in [
        ("ln Z, continued mean-field form", formal),
        ("ln Z, tempering", found.tempering.mean),
        ("its standard error", found.tempering.se),
        ("checks of it that fail", found.bracket.why.len() as f64),
        ("lower bound of ln Z from a mean-field state", least),
        ("largest singular value", lambdas.first().copied().unwrap_or(0.0)),
    ] {
        evidence.observations.push((name.into(), value));
    }
    Ok(())
}

/// Mean along the mode and Σ ln cosh of a layer, in its own fields and the field t U_j that the
/// other layer exerts on each unit.
pub(super) fn layer(mode: &[f64], field: &[f64], t: f64) -> (f64, f64) {
    mode.iter().zip(field).fold((0.0, 0.0), |(mean, log), (u, f)| {
        let half = 0.5 * (f + t * u);
        // ln cosh without overflow, up to a constant per unit.
        (mean + 0.5 * u * half.tanh(), log + half.abs() + (-2.0 * half.abs()).exp().ln_1p())
    })
}

/// The largest possible |x|.
pub(super) fn reach(mode: &[f64]) -> f64 {
    mode.iter().map(|u| 0.5 * u.abs()).sum()
}

/// Landau's free energy I(x) − Σ ln cosh(½(g_k + λV_k x)) minus its minimum, where I(x) = t x − Σ
/// ln cosh(½(f_j + tU_j)) at x = x(t). Returns rows (x, F).
pub(super) fn surface(u: &[f64], v: &[f64], lambda: f64, f: &[f64], g: &[f64]) -> Vec<(f64, f64)> {
    // Equal steps in the conjugate field t, centred where it compensates the mode's own field, so
    // that x covers about 95 % of its range.
    let end = 2.5 * u.len() as f64 / reach(u);
    let own: f64 = u.iter().zip(f).map(|(u, f)| u * f).sum();
    let at = |pull: f64| {
        let t = pull - own;
        let (x, log_v) = layer(u, f, t);
        (x, t * x - log_v - layer(v, g, lambda * x).1)
    };
    let rows: Vec<(f64, f64)> = grid(-end, end, 80).map(at).collect();
    let least = -largest(rows.iter().map(|(_, free)| -free));
    rows.into_iter().map(|(x, free)| (x, free - least)).collect()
}
