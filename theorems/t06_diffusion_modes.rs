//! # T06: modes above 4/β do not converge
//!
//! ## Statement
//! In the Gaussian picture the weight exp(βλu²/2) N(u; μ, 1/4) can be normalised if and only if βλ < 4. Overdamped Langevin
//! motion relaxes at the rate 4/β − λ to the variance 1/(4 − βλ) below, diffuses freely with a drift at βλ = 4, and runs away
//! above. One sweep of block Gibbs multiplies a small deviation by (βλ/4)²; with biases, by the squared singular values of
//! β D_v^(1/2) W D_h^(1/2), D = diag p(1−p).
//!
//! ## Source
//! arXiv 2503.21536, abstract: "there will be some modes for which the diffusion process will not converge to the Boltzmann
//! distribution". The bias-aware condition is ours.
//!
//! ## Hypotheses
//! - Gaussian reciprocal variables of variance 1/4; for the sweep, small deviations from the mean-field fixed point.
//!
//! ## Regimes
//! - `surrogate`: Langevin motion of one Gaussian mode: holds.
//! - `count`: the number of λ > 4/β of a random W: holds, it is the tail of the Marchenko-Pastur law.
//! - `finite-rank`: block Gibbs on machines of rank one at zero field: holds.
//! - `bias-aware`: block Gibbs on machines of rank one with biases, by the bias-aware factor: holds.
//! - `extensive-rank`: random W at zero field with λ₁ > 4 but (βs)⁴NM/256 < 1: refuted, the leading mode converges; replaced by
//!   T09.
//! - `trained`: the rule λ > 4/β where units have biases, in a designed and in a trained machine: refuted; replaced by `bias-aware`.
//!
//! ## Derivation
//! Completion of the square and the log-normaliser; signs at 4 ± δ; mean and variance of the Ornstein-Uhlenbeck process put
//! into their differential equations; the linear map of a Gibbs sweep; det(z − D_v W D_h Wᵀ) = det(z − AAᵀ),
//! A = D_v^(1/2) W D_h^(1/2).
//!
//! ## Evidence
//! - `surrogate`, β = 2, βλ = 2, 4, 6: two Euler-Maruyama paths under the same noise separate at the rate λ − 4/β; mean and
//!   variance of exactly integrated paths in time; Euler-Maruyama and exact paths driven by the same Brownian motion differ in
//!   ⟨u²⟩ by order 1 in the step.
//! - `count`: bidiagonal ensembles at 784 x 500. For real matrices ⟨count⟩ is r times the tail plus
//!   1/4 − arccos((l² − c)/d)/(2π), c and d the centre and half width of the bulk of λ²: at most 1/4, because levels are rigid.
//! - `finite-rank`: in a machine of rank one a sweep is a Markov chain on the number of aligned units, two binomial draws.
//!   Factor of a displacement at 10¹² units; lag-one autocorrelation of bit-packed block Gibbs against its exact value; its 1/N
//!   term −(1/N + 1/M) ρ, ρ = g²/(16 − g²), g = βλ; exponent −1 of the relaxation time in the window
//!   0.1 <= 4 − g <= 0.8, with its corrections (4 − g)/8 and 8/(N(4 − g)²).
//! - `bias-aware`: the same with visible mean p, factor g² p(1−p)/4, on both sides of 1; λ = 6 at p = 0.1 gives 0.81.
//! - `trained`: the designed machine λ = 6 at p = 0.1 contracts; in a trained machine, chains whose units are drawn
//!   independently at a mean-field fixed point, the covariance of u_i·v before and after one sweep over its variance, beside its
//!   bias-aware value u_iᵀ D_v W D_h Wᵀ D_v u_i/(u_iᵀ D_v u_i).
//!
//! ## Falsifiers
//! - `threshold-two`: prior variance 1/2, which moves the threshold to 2.
//! - `noise-without-two`: noise √(1/β) for √(2/β).
//! - `biases-forgotten`: 1/4 for p(1−p) on the visible side.
//! - `at-two`, `at-eight`: threshold 2 or 8 in the predictions.
//! - `half-noise`: the variance of noise √(1/β).
//! - `wrong-temperature`: β = 1 in the predictions, β = 2 in the machine.
//! - `quarter`: 1/4 for p(1−p) in the predictions.
//!
//! ## Limits
//! The binary machine itself is bounded and ergodic: above 4 it settles around other fixed points. An autocorrelation is below 1
//! in any such machine, so that the refuted regimes look at variances and displacements too. All factors are local: the machine
//! with λ = 6 and visible mean 0.1 has a second stable fixed point (visible mean 0.64, hidden mean 0.96), which holds most
//! of the equilibrium weight. In a trained machine likewise the factor at a fixed point is not the autocorrelation of samples,
//! which spread over several basins and may stay there.

use crate::bits::States;
use crate::check;
use crate::claim::{Case, CheckError, Dossier, Falsifier, Regime, Source, Stage, Statement, Theorem, Verdict};
use crate::evidence::{ALPHA, Evidence, Interval, Judge, Measurement, Table};
use crate::figure::{Axis, Figure, Panel, Role, Series, grid};
use crate::lab::{Lab, Scale};
use crate::oracle::rank_one::RankOne;
use crate::rbm::Rbm;
use crate::rbm::gibbs::Chains;
use crate::rbm::linalg::thin_svd;
use crate::rbm::mean_field::{Reaction, fixed_point, glass_parameter};
use crate::spectra::bidiagonal::Bidiagonal;
use crate::spectra::ensemble;
use crate::spectra::marchenko_pastur::MarchenkoPastur;
use crate::stat::StatError;
use crate::stat::mean::mean_interval;
use crate::stat::regression::weighted_fit;
use crate::symbolic::Derivation;
use crate::symbolic::matrix::Matrix;
use crate::symbolic::poly::Poly;
use crate::symbolic::ratio::RatFn;
use rand::{Rng, RngExt};
use rand_distr::{Binomial, Distribution, StandardNormal};
use rayon::prelude::*;

/// The claim.
pub struct DiffusionModes;

static STATEMENT: Statement = Statement {
    id: "T06",
    title: "A mode with βλ above 4 has no Boltzmann law to diffuse to in the Gaussian picture",
    source: Source {
        reference: "arXiv 2503.21536, abstract",
        sentence: "there will be some modes for which the diffusion process will not converge to the Boltzmann distribution",
        stated_there: true,
    },
    hypotheses: &["Gaussian reciprocal variables, variance 1/4"],
    regimes: &[
        Regime {
            id: "surrogate",
            title: "Langevin motion of one Gaussian mode",
            expected: Verdict::Holds,
            replaced_by: None,
        },
        Regime {
            id: "count",
            title: "number of λ above 4/β of a random W",
            expected: Verdict::Holds,
            replaced_by: None,
        },
        Regime {
            id: "finite-rank",
            title: "block Gibbs, rank one, zero field",
            expected: Verdict::Holds,
            replaced_by: None,
        },
        Regime {
            id: "bias-aware",
            title: "block Gibbs, rank one with biases: λ₁(D_v^(1/2) W D_h^(1/2)) against 1/β",
            expected: Verdict::Holds,
            replaced_by: None,
        },
        Regime {
            id: "extensive-rank",
            title: "random W, zero field, λ₁ above 4 below the glass line",
            expected: Verdict::Refuted,
            replaced_by: Some("T09: the Onsager reaction, sweep factor β²λ²/(AB), threshold (βs)⁴NM = 256"),
        },
        Regime {
            id: "trained",
            title: "the rule λ > 4/β in machines with biases",
            expected: Verdict::Refuted,
            replaced_by: Some("T06 bias-aware: β λ₁(D_v^(1/2) W D_h^(1/2)) < 1, D = diag p(1−p)"),
        },
    ],
};

const HOLDING: &[&str] = &["surrogate", "count", "finite-rank", "bias-aware"];
const THRESHOLD: &[&str] = &["surrogate", "count", "finite-rank"];
const LANGEVIN: &[&str] = &["surrogate"];
const BIASED: &[&str] = &["bias-aware"];

const fn falsifier(id: &'static str, title: &'static str, stage: Stage, regimes: &'static [&'static str]) -> Falsifier {
    Falsifier { id, title, stage, regimes }
}

static FALSIFIERS: [Falsifier; 8] = [
    falsifier("threshold-two", "prior variance 1/2 for 1/4", Stage::Derivation, HOLDING),
    falsifier("noise-without-two", "noise √(1/β) for √(2/β)", Stage::Derivation, LANGEVIN),
    falsifier("biases-forgotten", "1/4 for p(1−p) on the visible side", Stage::Derivation, BIASED),
    falsifier("at-two", "threshold 2", Stage::Measurement, THRESHOLD),
    falsifier("at-eight", "threshold 8", Stage::Measurement, THRESHOLD),
    falsifier("half-noise", "variance of noise √(1/β)", Stage::Measurement, LANGEVIN),
    falsifier("wrong-temperature", "β = 1 predicted, β = 2 run", Stage::Measurement, HOLDING),
    falsifier("quarter", "1/4 for p(1−p)", Stage::Measurement, BIASED),
];

impl Theorem for DiffusionModes {
    fn statement(&self) -> &'static Statement {
        &STATEMENT
    }

    fn falsifiers(&self) -> &'static [Falsifier] {
        &FALSIFIERS
    }

    fn derive(&self, case: Case<'_>) -> Result<Derivation, CheckError> {
        let mut steps = Derivation::new();
        let int = Poly::int;
        let half = Poly::ratio(1, 2);
        let [g, u, mu] = ["g", "u", "μ"].map(Poly::var);
        // Exponent of the weight, g = βλ; a normal law of variance 1/4 has −(u − μ)²·2.
        let stiffness = if case.broken("threshold-two") { int(1) } else { int(2) };
        let exponent = &half * &g * &u * &u - stiffness * (&u - &mu).pow(2);
        let gap = int(4) - &g;
        let centre = RatFn::new(int(4) * &mu, gap.clone());
        let shifted = RatFn::from(u.clone()) - &centre;
        let square = RatFn::from(&half * &gap) * (&shifted * &shifted);
        // g μ²/(2(1 − g/4)) = 2 g μ²/(4 − g)
        let constant = RatFn::new(int(2) * &g * &mu * &mu, gap.clone());
        steps.equal(
            "gu²/2 − 2(u − μ)² = −((4 − g)/2)(u − 4μ/(4 − g))² + gμ²/(2(1 − g/4)), g = βλ",
            &RatFn::from(exponent.clone()),
            &(&constant - &square),
        );
        let variance = RatFn::new(int(1), gap.clone());
        steps.equal(
            "variance over the prior's: 1/(1 − g/4), so the log-normaliser has −(1/2) ln(1 − g/4)",
            &(&variance * &RatFn::from(int(4))),
            &RatFn::new(int(1), int(1) - Poly::ratio(1, 4) * &g),
        );
        let d = Poly::var("δ");
        let curvature = |at: &Poly| exponent.coefficient("u", 2).substitute("g", at);
        steps.equal(
            "u² has the coefficient −δ/2 at g = 4 − δ: normalisable",
            &curvature(&(int(4) - &d)),
            &(-&half * &d),
        );
        steps.equal("and +δ/2 at g = 4 + δ: not", &curvature(&(int(4) + &d)), &(&half * &d));
        let at_four = exponent.substitute("g", &int(4)) - exponent.substitute("g", &int(4)).coefficient("u", 0);
        steps.equal("at g = 4 only a drift is left: 4μu", &at_four, &(int(4) * &mu * &u));

        // du = −V' dt + √(2T) dB, V = −(λ/2)u² + 2T(u − μ)², T = 1/β; rate k = 4T − λ; E = e^(−kt), dE/dt = −kE.
        let [temperature, l, e, m0, v0, t] = ["T", "λ", "E", "m₀", "v₀", "t"].map(Poly::var);
        let potential = -&half * &l * &u * &u + int(2) * &temperature * (&u - &mu).pow(2);
        let force = -potential.diff("u");
        let k = int(4) * &temperature - &l;
        let in_time = |f: &RatFn| &f.diff("E") * &RatFn::from(-&k * &e);
        let rest = RatFn::new(int(4) * &temperature * &mu, k.clone());
        let mean = &rest + &(&(&RatFn::from(m0) - &rest) * &RatFn::from(e.clone()));
        steps.equal(
            "mean m(t) = m∞ + (m₀ − m∞)e^(−kt), m∞ = 4μ/(β k): dm/dt is the force at m",
            &in_time(&mean),
            &RatFn::from(force.clone()).substitute("u", &mean),
        );
        let settled = RatFn::new(temperature.clone(), k.clone());
        let spread = &settled * &RatFn::from(int(1) - &e * &e) + &RatFn::from(&v0 * &e * &e);
        let noise = if case.broken("noise-without-two") { temperature.clone() } else { int(2) * &temperature };
        let variance_rate = |v: &RatFn| &RatFn::from(int(-2) * &k) * v + &RatFn::from(noise.clone());
        steps.equal(
            "variance v(t) = (1 − e^(−2kt))/(βk) + v₀e^(−2kt): dv/dt = −2kv + 2/β",
            &in_time(&spread),
            &variance_rate(&spread),
        );
        let g_of = RatFn::new(l.clone(), temperature.clone());
        steps.equal("stationary variance 1/(βk) = 1/(4 − βλ)", &settled, &variance.substitute("g", &g_of));
        let critical = |p: &Poly| p.substitute("λ", &(int(4) * &temperature));
        let free = int(2) * &temperature * &t;
        steps.equal(
            "at βλ = 4: v = 2t/β solves dv/dt = −2kv + 2/β",
            &RatFn::from(free.diff("t")),
            &RatFn::from(critical(&(int(-2) * &k * &free + &noise))),
        );
        steps.equal("and the force is the constant 4μ/β", &critical(&force), &(int(4) * &temperature * &mu));

        // One sweep: mean-field maps m_h = σ(b + βWᵀm_v), m_v = σ(a + βW m_h); σ' = σ(1 − σ).
        let q = Poly::var("q");
        let slope = &q * &(int(1) - &q);
        let at_half = slope.substitute("q", &half);
        let [w11, w12, w21, w22] = ["w₁₁", "w₁₂", "w₂₁", "w₂₂"].map(Poly::var);
        let one_sweep = (&at_half * &g) * (&at_half * &g);
        steps.equal("a sweep without biases multiplies a mode by (g/4)²", &one_sweep, &(Poly::ratio(1, 16) * &g * &g));
        // D_v = diag e_i², D_h = diag f_k², so that their roots are polynomials.
        let [e1, e2, f1, f2] = ["e₁", "e₂", "f₁", "f₂"].map(Poly::var);
        let w = Matrix::from_rows(vec![vec![w11.clone(), w12.clone()], vec![w21.clone(), w22.clone()]]);
        let diagonal = |a: &Poly, b: &Poly| Matrix::from_rows(vec![vec![a * a, int(0)], vec![int(0), b * b]]);
        let visible = if case.broken("biases-forgotten") { diagonal(&half, &half) } else { diagonal(&e1, &e2) };
        let sweep = &(&(&visible * &w) * &diagonal(&f1, &f2)) * &w.transpose();
        let a =
            Matrix::from_rows(vec![vec![&e1 * &w11 * &f1, &e1 * &w12 * &f2], vec![&e2 * &w21 * &f1, &e2 * &w22 * &f2]]);
        steps.equal(
            "Jacobian of a sweep: det(z − D_v W D_h Wᵀ) = det(z − AAᵀ), A = D_v^(1/2) W D_h^(1/2): factors are squared singular \
             values of βA",
            &sweep.characteristic_polynomial("z"),
            &(&a * &a.transpose()).characteristic_polynomial("z"),
        );
        // λ = 6, visible mean 1/10, hidden mean 1/2: 36 · 9/100 · 1/4.
        let example = int(36) * slope.substitute("q", &Poly::ratio(1, 10)) * &at_half;
        steps.equal(
            "λ = 6 with visible mean 1/10 still contracts: 36 · (9/100)(1/4) = 81/100",
            &example,
            &Poly::ratio(81, 100),
        );
        Ok(steps)
    }

    fn measure(&self, case: Case<'_>, lab: &Lab) -> Result<Evidence, CheckError> {
        let mut evidence = Evidence::default();
        match case.regime.id {
            "surrogate" => {
                langevin(&case, lab, &mut evidence)?;
                weak_order(&case, lab, &mut evidence)?;
            }
            "count" => counts(&case, lab, &mut evidence)?,
            "finite-rank" => {
                displacements(
                    &case,
                    lab,
                    &[(1.0, 0.5), (2.0, 0.5), (3.0, 0.5), (4.0, 0.5), (6.0, 0.5)],
                    &mut evidence,
                )?;
                block_gibbs(&case, lab, &[(2.0, 0.5), (3.0, 0.5), (3.6, 0.5)], &mut evidence)?;
                finite_size(&case, &mut evidence);
                relaxation(&case, lab, &mut evidence)?;
            }
            "bias-aware" => {
                displacements(&case, lab, &BIASED_MACHINES, &mut evidence)?;
                block_gibbs(&case, lab, &BIASED_MACHINES[..2], &mut evidence)?;
            }
            "extensive-rank" => extensive(&case, lab, &mut evidence)?,
            _ => {
                designed(&case, lab, &mut evidence)?;
                trained(&case, lab, &mut evidence)?;
            }
        }
        Ok(evidence)
    }

    fn figures(&self, dossier: &Dossier) -> Vec<Figure> {
        figure(dossier).into_iter().collect()
    }
}

/// Inverse temperature of everything that is simulated, unlike 1, so that a forgotten β shows.
const BETA: f64 = 2.0;

/// Mean of the prior.
const MU: f64 = 0.3;

/// (g, visible mean) of the machines with biases; bias-aware factors 0.5625, 0.4275, 0.81, 1.44 and 2.25. The first two have one
/// fixed point only, so that all samples lie around it.
const BIASED_MACHINES: [(f64, f64); 5] = [(5.0, 0.1), (6.0, 0.05), (6.0, 0.1), (8.0, 0.1), (6.0, 0.5)];

fn by_scale(lab: &Lab, quick: usize, full: usize) -> usize {
    if lab.plan().scale == Scale::Quick { quick } else { full }
}

/// What is predicted: the Gaussian picture, or a falsifier's version of it.
struct Picture {
    threshold: f64,
    noise: f64,
    beta: f64,
}

impl Picture {
    fn of(case: &Case<'_>) -> Self {
        let threshold = if case.broken("at-two") {
            2.0
        } else if case.broken("at-eight") {
            8.0
        } else {
            4.0
        };
        let noise = if case.broken("half-noise") { 1.0 } else { 2.0 };
        Self { threshold, noise, beta: if case.broken("wrong-temperature") { 1.0 } else { BETA } }
    }

    /// Rate 4/β − λ.
    fn rate(&self, lambda: f64) -> f64 {
        self.threshold / self.beta - lambda
    }

    /// Mean and variance at time t of a path from 0.
    fn moments(&self, lambda: f64, t: f64) -> (f64, f64) {
        let k = self.rate(lambda);
        (self.threshold * MU / self.beta * decay(k, t), self.noise / self.beta * decay(2.0 * k, t))
    }

    /// Sweep factor at a machine's g = βλ and visible mean, hidden mean 1/2.
    fn factor(&self, case: &Case<'_>, g: f64, mean: f64) -> f64 {
        let variance = if case.broken("quarter") { 0.25 } else { mean * (1.0 - mean) };
        (g / BETA * self.beta).powi(2) * variance * 4.0 / self.threshold.powi(2)
    }
}

/// ∫ e^(−ks) ds over [0, t].
fn decay(k: f64, t: f64) -> f64 {
    if k == 0.0 { t } else { -(-k * t).exp_m1() / k }
}

fn normal(rng: &mut impl Rng) -> f64 {
    StandardNormal.sample(rng)
}

/// Euler-Maruyama and exact integration of du = (λu − (4/β)(u − μ)) dt + √(2/β) dB, driven by the same Brownian motion.
struct Paths {
    lambda: f64,
    step: f64,
}

impl Paths {
    fn euler(&self, u: f64, db: f64) -> f64 {
        u + self.step * (self.lambda * u - 4.0 / BETA * (u - MU)) + (2.0 / BETA).sqrt() * db
    }

    /// The increment of the stochastic integral ∫ e^(−k(h−s)) dB is jointly normal with ΔB.
    fn exact(&self, u: f64, db: f64, rng: &mut impl Rng) -> f64 {
        let (k, h) = (4.0 / BETA - self.lambda, self.step);
        let slope = decay(k, h) / h;
        let rest = (decay(2.0 * k, h) - slope * slope * h).max(0.0).sqrt();
        (-k * h).exp() * u + 4.0 * MU / BETA * decay(k, h) + (2.0 / BETA).sqrt() * (slope * db + rest * normal(rng))
    }
}

/// Paths a stream.
const BATCH: usize = 500;

/// Mean and variance in time, and the rate at which two paths under one noise separate.
fn langevin(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let picture = Picture::of(case);
    let paths = by_scale(lab, 20_000, 200_000);
    let mut table = Table::new("langevin", &["g", "time", "mean", "spread", "predicted", "predicted_spread"]);
    const END: usize = 3;
    const STEPS: usize = 32; // a unit of time
    for g in [2.0, 4.0, 6.0] {
        let lambda = g / BETA;
        let scheme = Paths { lambda, step: 1.0 / STEPS as f64 };
        let run = |batch: usize| -> Vec<Vec<f64>> {
            let rng = &mut lab.stream("T06", case, "langevin", 1000 * g as usize + batch);
            let mut out = vec![Vec::new(); 4 * END];
            for _ in 0..BATCH {
                let mut u = 0.0;
                for step in 1..=END * STEPS {
                    let db = scheme.step.sqrt() * normal(rng);
                    u = scheme.exact(u, db, rng);
                    if step % (STEPS / 4) == 0 {
                        out[step / (STEPS / 4) - 1].push(u);
                    }
                }
            }
            out
        };
        let batches: Vec<Vec<Vec<f64>>> = (0..paths / BATCH).into_par_iter().map(run).collect();
        for at in 0..4 * END {
            let values: Vec<f64> = batches.iter().flat_map(|batch| batch[at].iter().copied()).collect();
            let n = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n;
            let squares: Vec<f64> = values.iter().map(|u| (u - mean).powi(2)).collect();
            let variance = squares.iter().sum::<f64>() / (n - 1.0);
            let t = (at + 1) as f64 / 4.0;
            let (m, v) = picture.moments(lambda, t);
            table.rows.push(vec![g, t, mean, variance.sqrt(), m, v.sqrt()]);
            if t == END as f64 {
                let name = |what: &str| format!("{what} of u at time {END}, βλ = {g}");
                evidence.measurements.push(check::z(name("mean"), mean, m, v / n));
                evidence.measurements.push(check::z(name("variance"), variance, v, 2.0 * v * v / (n - 1.0)));
                let interval = mean_interval(&squares, 1.0 - ALPHA).map_err(CheckError::while_doing("T06 variance"))?;
                let because = "half of what the factor 2 in the noise makes";
                evidence.measurements.push(check::near(name("variance"), variance, interval, v, v / 4.0, because));
            }
        }
        // Two Euler-Maruyama paths from 0 and 1 under one noise: their distance is the flow itself.
        let separation = |steps: usize| {
            let rng = &mut lab.stream("T06", case, "separation", 1000 * g as usize + steps);
            let scheme = Paths { lambda, step: 1.0 / steps as f64 };
            let (mut u, mut v) = (0.0, 1.0);
            for _ in 0..steps {
                let db = scheme.step.sqrt() * normal(rng);
                (u, v) = (scheme.euler(u, db), scheme.euler(v, db));
            }
            let distance: f64 = v - u;
            -distance.ln()
        };
        let k = picture.rate(lambda);
        let (coarse, fine) = (separation(64), separation(128));
        let name = format!("rate at which two paths under one noise approach, βλ = {g}");
        let judge = if g == 4.0 {
            Judge::Rounding {
                factor: 16.0,
                n: 128,
                scale: 1.0,
                because: "128 steps; Euler-Maruyama is exact for a constant force",
            }
        } else {
            Judge::Truncation {
                order: 1.0,
                measured_order: ((coarse - k).abs() / (fine - k).abs()).log2(),
                bound: k * k / 128.0,
                because: "−ln(1 − kh)/h = k + k²h/2 + ..., doubled",
            }
        };
        evidence.measurements.push(Measurement { name, observed: fine, predicted: k, judge });
    }
    evidence.tables.push(table);
    Ok(())
}

/// ⟨u²⟩ of Euler-Maruyama less that of exact paths under the same Brownian motion, against the step.
fn weak_order(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let doing = || CheckError::while_doing::<StatError>("T06 weak order");
    let paths = by_scale(lab, 40_000, 400_000);
    for g in [2.0, 6.0] {
        let (mut x, mut y, mut errors) = (Vec::new(), Vec::new(), Vec::new());
        for steps in [8usize, 16, 32, 64] {
            let scheme = Paths { lambda: g / BETA, step: 1.0 / steps as f64 };
            let run = |batch: usize| -> Vec<f64> {
                let rng = &mut lab.stream("T06", case, "weak", (1000 * g as usize + steps) * 10_000 + batch);
                let one = |_| {
                    let (mut u, mut exact) = (0.0, 0.0);
                    for _ in 0..steps {
                        let db = scheme.step.sqrt() * normal(rng);
                        (u, exact) = (scheme.euler(u, db), scheme.exact(exact, db, rng));
                    }
                    u * u - exact * exact
                };
                (0..BATCH).map(one).collect()
            };
            let differences: Vec<f64> = (0..paths / BATCH).into_par_iter().flat_map_iter(run).collect();
            let one_sigma = mean_interval(&differences, 0.682_689_492_137_085_9).map_err(doing())?;
            let (mean, error) = ((one_sigma.low + one_sigma.high) / 2.0, (one_sigma.high - one_sigma.low) / 2.0);
            x.push(-(steps as f64).ln());
            y.push(mean.abs().ln());
            errors.push(error / mean.abs());
        }
        let fit = weighted_fit(&x, &y, &errors, 1.0 - ALPHA).map_err(doing())?;
        evidence.measurements.push(check::near(
            format!("weak order of Euler-Maruyama in ⟨u²⟩ at time 1, βλ = {g}"),
            fit.slope,
            fit.slope_interval,
            1.0,
            0.25,
            "weak orders are multiples of 1/2: half way to the next",
        ));
    }
    Ok(())
}

/// Number of singular values above 4/β of random matrices of the paper's size.
fn counts(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let picture = Picture::of(case);
    let (n, m) = (784, 500);
    let replicas = by_scale(lab, 4_000, 40_000);
    let critical = 4.0 / ((n as f64).sqrt() + (m as f64).sqrt());
    let mut table = Table::new("count", &["beta_s", "count", "spread", "tail"]);
    for (at, (s, beta)) in [
        (0.01, 1.0),
        (0.07, 1.0),
        (0.0794, 1.0),
        (0.09, 1.0),
        (0.12, 1.0),
        (0.2, 1.0),
        (critical, BETA),
        (0.08, BETA),
        (0.2, BETA),
    ]
    .into_iter()
    .enumerate()
    {
        let draw = |replica: usize| {
            let rng = &mut lab.stream("T06", case, "count", at * 100_000 + replica);
            (m - Bidiagonal::normal(n, m, s, rng).count_below(4.0 / beta)) as f64
        };
        let values: Vec<f64> = (0..replicas).into_par_iter().map(draw).collect();
        let mean = values.iter().sum::<f64>() / replicas as f64;
        let spread = (values.iter().map(|c| (c - mean).powi(2)).sum::<f64>() / replicas as f64).sqrt();
        let believed = if case.broken("wrong-temperature") { 1.0 } else { beta };
        let cut = picture.threshold / believed;
        let law = MarchenkoPastur::new(n, m, s).map_err(CheckError::while_doing("T06 count"))?;
        let tail = m as f64 * (1.0 - law.cdf(cut));
        let interval = mean_interval(&values, 1.0 - ALPHA).map_err(CheckError::while_doing("T06 count"))?;
        evidence.measurements.push(check::near(
            format!("mean number of λ above 4/β, s = {s:.4}, β = {beta}"),
            mean,
            interval,
            tail + real_term(&law, cut),
            0.25,
            "the whole order-one term of a real spectrum is at most 1/4; at the edge the Airy scale smears its step of 1/4",
        ));
        table.rows.push(vec![beta * s, mean, spread, tail]);
    }
    evidence.tables.push(table);
    Ok(())
}

/// Order-one part of the mean number of singular values of a real Gaussian matrix above `l`: densities of λ² have
/// (1/4)(δ(x − a) + δ(x − b)) − 1/(2π √((x − a)(b − x))) beside r times Marchenko-Pastur (I. Dumitriu, A. Edelman, J. Math. Phys.
/// 47 (2006) 063302, β = 1). Its second moment d²/4 = NM is the NM beside NM(N + M) in E tr S².
fn real_term(law: &MarchenkoPastur, l: f64) -> f64 {
    let (low, high) = law.edges();
    if l <= low || l >= high {
        return 0.0;
    }
    let (centre, half) = (0.5 * (high * high + low * low), 0.5 * (high * high - low * low));
    0.25 - ((l * l - centre) / half).clamp(-1.0, 1.0).acos() / std::f64::consts::TAU
}

/// A machine of rank one, N = M, W = λ p qᵀ with equal entries (up to signs), g = βλ, whose mean-field fixed point has the visible
/// mean `mean` and the hidden mean 1/2.
struct Machine {
    units: u64,
    g: f64,
    mean: f64,
}

impl Machine {
    fn logit(&self) -> f64 {
        (self.mean / (1.0 - self.mean)).ln()
    }

    /// One sweep: number of visible ones (aligned with p) to number of visible ones.
    fn sweep(&self, ones: u64, rng: &mut impl Rng) -> Result<u64, CheckError> {
        let n = self.units as f64;
        let hidden = self.draw(self.g * (ones as f64 / n - self.mean), rng)?;
        self.draw(self.logit() + self.g * (hidden as f64 / n - 0.5), rng)
    }

    fn draw(&self, field: f64, rng: &mut impl Rng) -> Result<u64, CheckError> {
        let law = Binomial::new(self.units, 1.0 / (1.0 + (-field).exp()));
        Ok(law.map_err(CheckError::while_doing("T06 binomial"))?.sample(rng))
    }

    /// Its exact law: fields a' = logit(mean) a visible unit and b' = g(1/2 − mean) a hidden unit.
    fn exact(&self) -> RankOne {
        let root = (self.units as f64).sqrt();
        let (field_x, field_y) = (root * self.logit(), root * self.g * (0.5 - self.mean));
        RankOne { field_x, field_y, ..RankOne::new(self.units as usize, self.units as usize, self.g) }
    }

    /// Exact lag-one autocorrelation of x: 1 − E[p(1−p)]/var x, p = P(v = 1 | h) a function of y alone.
    fn autocorrelation(&self) -> f64 {
        let law = self.exact();
        let moments = law.moments();
        let turned = RankOne { field_x: law.field_y, field_y: law.field_x, ..law };
        let slope = |y: f64| {
            let p = 1.0 / (1.0 + (-(self.g * y + law.field_x) / (self.units as f64).sqrt()).exp());
            p * (1.0 - p)
        };
        let inner: f64 = turned.law_of_x().iter().map(|(y, weight)| weight * slope(*y)).sum();
        1.0 - inner / (moments.xx - moments.x * moments.x)
    }

    /// Cumulative weights of the number of visible ones at equilibrium.
    fn cumulative(&self) -> Vec<f64> {
        let mut sum = 0.0;
        let add = |(_, weight): (f64, f64)| {
            sum += weight;
            sum
        };
        self.exact().law_of_x().into_iter().map(add).collect()
    }
}

fn inverse(cumulative: &[f64], rng: &mut impl Rng) -> u64 {
    let at = rng.random::<f64>() * cumulative.last().copied().unwrap_or(1.0);
    cumulative.partition_point(|c| *c < at).min(cumulative.len().saturating_sub(1)) as u64
}

/// Regression of after on before over independent chains: slope and its standard error, whatever the scatter depends on.
fn slope(pairs: &[(f64, f64)]) -> (f64, f64) {
    let n = pairs.len() as f64;
    let (a, b) = (pairs.iter().map(|p| p.0).sum::<f64>() / n, pairs.iter().map(|p| p.1).sum::<f64>() / n);
    let square: f64 = pairs.iter().map(|p| (p.0 - a).powi(2)).sum();
    let slope = pairs.iter().map(|p| (p.0 - a) * (p.1 - b)).sum::<f64>() / square;
    let scatter: f64 = pairs.iter().map(|p| ((p.0 - a) * (p.1 - b - slope * (p.0 - a))).powi(2)).sum();
    (slope, scatter.sqrt() / square)
}

/// Normal interval at the level of the checks.
fn around(value: f64, error: f64) -> Interval {
    let half = 4.892 * error; // normal quantile of the level
    Interval { low: value - half, high: value + half, confidence: 1.0 - ALPHA }
}

/// Displaced machines of 10¹² units: by what one sweep multiplies the displacement.
fn displaced(case: &Case<'_>, lab: &Lab, g: f64, mean: f64) -> Result<(f64, Interval), CheckError> {
    const UNITS: u64 = 1_000_000_000_000;
    const SHIFT: u64 = UNITS / 1000;
    let machine = Machine { units: UNITS, g, mean };
    let rest = (mean * UNITS as f64).round();
    let run = |batch: usize| -> Result<Vec<f64>, CheckError> {
        let rng = &mut lab.stream("T06", case, &format!("displaced {g} {mean}"), batch);
        let one = |_| Ok((machine.sweep(rest as u64 + SHIFT, rng)? as f64 - rest) / SHIFT as f64);
        (0..BATCH).map(one).collect()
    };
    let runs = (0..by_scale(lab, 40, 400)).into_par_iter().map(run).collect::<Result<Vec<_>, _>>()?;
    let factors = runs.concat();
    let interval = mean_interval(&factors, 1.0 - ALPHA).map_err(CheckError::while_doing("T06 displacement"))?;
    Ok((factors.iter().sum::<f64>() / factors.len() as f64, interval))
}

fn displacements(
    case: &Case<'_>,
    lab: &Lab,
    machines: &[(f64, f64)],
    evidence: &mut Evidence,
) -> Result<(), CheckError> {
    let picture = Picture::of(case);
    let mut table = Table::new("factors", &["g", "mean", "factor", "error", "predicted"]);
    for &(g, mean) in machines {
        let (factor, interval) = displaced(case, lab, g, mean)?;
        let predicted = picture.factor(case, g, mean);
        evidence.measurements.push(check::near(
            format!("sweep factor of a displacement, βλ = {g}, visible mean {mean}"),
            factor,
            interval,
            predicted,
            predicted * g * 1e-3 * (1.0 + g / 4.0),
            "second order of both logistic functions: relatively at most half the shift of each layer's field, doubled",
        ));
        table.rows.push(vec![g, mean, factor, (interval.high - interval.low) / 9.784, predicted]);
    }
    evidence.tables.push(table);
    Ok(())
}

/// Bit-packed block Gibbs started from the exact law: lag-one autocorrelation against its exact value.
fn block_gibbs(case: &Case<'_>, lab: &Lab, machines: &[(f64, f64)], evidence: &mut Evidence) -> Result<(), CheckError> {
    let (units, chains) = (by_scale(lab, 200, 800), by_scale(lab, 4_000, 20_000));
    let mut table = Table::new("gibbs", &["g", "autocorrelation", "error", "exact"]);
    for &(g, mean) in machines {
        let machine = Machine { units: units as u64, g, mean };
        let rng = &mut lab.stream("T06", case, &format!("start {g} {mean}"), 0);
        // Signs of p and q; with biases all units are alike.
        let signs: [Vec<f64>; 2] =
            [0, 1].map(|_| (0..units).map(|_| if mean != 0.5 || rng.random::<bool>() { 1.0 } else { -1.0 }).collect());
        let weight = |j: usize, k: usize| g / units as f64 * signs[0][j] * signs[1][k];
        let weights: Vec<f64> = (0..units * units).map(|at| weight(at / units, at % units)).collect();
        let mut rbm = Rbm::zero_field(units, units, weights).map_err(CheckError::while_doing("T06 machine"))?;
        rbm.visible_bias.iter_mut().for_each(|a| *a += machine.logit());
        rbm.hidden_bias.iter_mut().for_each(|b| *b += g * (0.5 - mean));
        let cumulative = machine.cumulative();
        let ones: Vec<u64> = (0..chains).map(|_| inverse(&cumulative, rng)).collect();
        // What a sweep does to x depends on x alone: any units may be the aligned ones.
        let start = States::from_fn(chains, units, |row, j| ((j as u64) < ones[row]) == (signs[0][j] > 0.0));
        let along = |states: &States, row: usize| -> f64 {
            let all: f64 = signs[0].iter().sum();
            (states.ones(row).map(|j| signs[0][j]).sum::<f64>() - 0.5 * all) / (units as f64).sqrt()
        };
        let before: Vec<f64> = (0..chains).map(|row| along(&start, row)).collect();
        let mut sampler = Chains::new(start, lab.key("T06", case, &format!("gibbs {g} {mean}")), 0);
        sampler.sweep(&rbm.to_f32(), 1);
        let pairs: Vec<(f64, f64)> = (0..chains).map(|row| (before[row], along(&sampler.visible, row))).collect();
        let (found, error) = slope(&pairs);
        let exact = machine.autocorrelation();
        let name = format!("lag-one autocorrelation of block Gibbs, {units} units, βλ = {g}, visible mean {mean}");
        evidence.measurements.push(check::z(name, found, exact, error * error));
        table.rows.push(vec![g, found, error, exact]);
    }
    evidence.tables.push(table);
    Ok(())
}

/// The exact autocorrelation over (g/4)², to order 1/N.
fn finite_size(case: &Case<'_>, evidence: &mut Evidence) {
    const G: f64 = 3.0;
    let factor = Picture::of(case).factor(case, G, 0.5);
    let at = |units: u64| {
        let observed = Machine { units, g: G, mean: 0.5 }.autocorrelation() / factor - 1.0;
        (observed, -2.0 * factor / (1.0 - factor) / units as f64)
    };
    let (coarse, fine) = (at(1024), at(4096));
    let order = ((coarse.0 - coarse.1) / (fine.0 - fine.1)).abs().log(4.0);
    evidence.measurements.push(Measurement {
        name: "exact autocorrelation over (g/4)² less 1, g = 3, N = M = 4096, to order 1/N".into(),
        observed: fine.0,
        predicted: fine.1,
        judge: Judge::Truncation {
            order: 2.0,
            measured_order: order,
            bound: 8.0 * fine.1.abs() * 8.0 / 4096.0,
            because: "the expansion is in 8/(N(4 − g)²), with 4 − g = 1; eight times its next term",
        },
    });
}

/// Relaxation time of the mode in sweeps against 4 − g.
fn relaxation(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    const UNITS: u64 = 1_000_000;
    let picture = Picture::of(case);
    let chains = by_scale(lab, 100_000, 1_000_000);
    let (mut x, mut y, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    let mut table = Table::new("relaxation", &["g", "time", "error", "predicted"]);
    for gap in [0.1, 0.14, 0.2, 0.28, 0.4, 0.56, 0.8] {
        let machine = Machine { units: UNITS, g: 4.0 - gap, mean: 0.5 };
        // Half a relaxation time apart: the logarithm of the correlation is then known best for the work.
        let lag = (1.0f64 / gap).round().max(1.0);
        let cumulative = machine.cumulative();
        let run = |batch: usize| -> Result<Vec<(f64, f64)>, CheckError> {
            let rng = &mut lab.stream("T06", case, &format!("relaxation {gap}"), batch);
            let one = |_| {
                let start = inverse(&cumulative, rng);
                let mut ones = start;
                for _ in 0..lag as usize {
                    ones = machine.sweep(ones, rng)?;
                }
                Ok((start as f64 - UNITS as f64 / 2.0, ones as f64 - UNITS as f64 / 2.0))
            };
            (0..BATCH).map(one).collect()
        };
        let pairs = (0..chains / BATCH).into_par_iter().map(run).collect::<Result<Vec<_>, _>>()?.concat();
        let (correlation, error) = slope(&pairs);
        let time = -lag / correlation.ln();
        let relative = error / (correlation * correlation.ln().abs());
        let believed = picture.threshold - machine.g / BETA * picture.beta;
        x.push(believed.abs().ln());
        y.push(time.ln());
        errors.push(relative);
        let factor = picture.factor(case, machine.g, 0.5);
        table.rows.push(vec![machine.g, time, time * relative, -1.0 / factor.ln()]);
    }
    let fit = weighted_fit(&x, &y, &errors, 1.0 - ALPHA).map_err(CheckError::while_doing("T06 relaxation"))?;
    evidence.measurements.push(check::near(
        "exponent of the relaxation time in 4 − βλ, window 0.1 to 0.8, 10⁶ units",
        fit.slope,
        fit.slope_interval,
        -1.0,
        0.8 / 8.0 + 16.0 / (UNITS as f64 * 0.01),
        "local exponent −1 − ε/8 + 16/(Nε²) at the ends of the window, ε = 4 − βλ",
    ));
    evidence.tables.push(table);
    Ok(())
}

/// The Gaussian picture's claim about a mode above 4: a sweep does not shrink it.
fn not_shrunk(name: String, observed: f64, interval: Interval, predicted: f64) -> Measurement {
    let judge = Judge::Effect {
        effect: interval,
        at_least: 1.0,
        because: "a mode that does not converge has a sweep factor of at least 1",
    };
    Measurement { name, observed, predicted, judge }
}

/// Leading mode of a random machine at zero field, λ₁ above 4 but below the glass line.
fn extensive(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let (units, chains) = (by_scale(lab, 200, 800), by_scale(lab, 4_000, 10_000));
    let s = 2.4 / (units as f64).sqrt();
    let w = ensemble::normal(units, units, s, &mut lab.stream("T06", case, "weights", 0));
    let svd = thin_svd(w.as_ref()).map_err(CheckError::while_doing("T06 extensive"))?;
    let weights: Vec<f64> = (0..units * units).map(|at| w[(at / units, at % units)]).collect();
    let machine = Rbm::zero_field(units, units, weights).map_err(CheckError::while_doing("T06 extensive"))?.to_f32();
    let mode: Vec<f64> = (0..units).map(|j| svd.u[(j, 0)]).collect();
    let rng = &mut lab.stream("T06", case, "start", 0);
    let start = States::from_fn(chains, units, |_, _| rng.random::<bool>());
    let mut sampler = Chains::new(start, lab.key("T06", case, "gibbs"), 0);
    let half: f64 = 0.5 * mode.iter().sum::<f64>();
    let mut series: Vec<Vec<f64>> = Vec::new();
    for sweeps in [20, 20, 1] {
        sampler.sweep(&machine, sweeps);
        series.push((0..chains).map(|row| sampler.visible.ones(row).map(|j| mode[j]).sum::<f64>() - half).collect());
    }
    let pairs: Vec<(f64, f64)> = series[1].iter().copied().zip(series[2].iter().copied()).collect();
    let (factor, error) = slope(&pairs);
    let lambda = svd.singular_values[0];
    let gaussian = (lambda / 4.0).powi(2);
    evidence.measurements.push(not_shrunk(
        format!("sweep factor of the leading mode, {units} x {units}, s√N = 2.4"),
        factor,
        around(factor, error),
        gaussian,
    ));
    // Var after 2t sweeps over var after t sweeps, in the Gaussian picture about (λ/4)⁴ᵗ: in logarithms.
    let squares = |values: &[f64]| mean_interval(&values.iter().map(|x| x * x).collect::<Vec<_>>(), 1.0 - ALPHA);
    let doing = || CheckError::while_doing::<StatError>("T06 variance");
    let (early, late) = (squares(&series[0]).map_err(doing())?, squares(&series[1]).map_err(doing())?);
    let middle = |interval: Interval| (interval.low + interval.high) / 2.0;
    evidence.measurements.push(Measurement {
        name: "growth of the variance of the leading mode from sweep 20 to 40".into(),
        observed: middle(late) / middle(early),
        predicted: gaussian.powi(40),
        judge: Judge::Effect {
            effect: Interval { low: late.low / early.high, high: late.high / early.low, confidence: 1.0 - 2.0 * ALPHA },
            at_least: 2.0,
            because: "20 sweeps multiply a variance that runs away by (λ₁/4)⁸⁰, far above 2",
        },
    });
    let reaction = Reaction::of(&svd.singular_values, units, units);
    let mut note = |name: &str, value: f64| evidence.observations.push((name.into(), value));
    note("λ₁", lambda);
    note("(βs)⁴NM/256", glass_parameter(s, units, units));
    note("var x₁ measured", middle(late));
    note("var x₁ of T09", reaction.var_x(lambda));
    note("sweep factor of T09, β²λ²/(AB)", reaction.autocorrelation(lambda));
    Ok(())
}

/// λ = 6 at visible mean 0.1: above 4, yet it contracts.
fn designed(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let (factor, interval) = displaced(case, lab, 6.0, 0.1)?;
    let name = "sweep factor of a displacement, designed machine, λ = 6, visible mean 0.1".into();
    evidence.measurements.push(not_shrunk(name, factor, interval, 2.25));
    Ok(())
}

/// A trained machine: its singular values, the autocorrelation of its samples, and what a sweep makes of deviations from a
/// mean-field fixed point.
fn trained(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let trajectory = lab.trained_from_normal(lab.plan().trained_hidden[0], 0)?;
    let end = trajectory.end()?;
    let machine = end.machine.to_f64();
    let (n, m) = (machine.visible, machine.hidden);
    let svd = thin_svd(machine.weights_view()).map_err(CheckError::while_doing("T06 trained"))?;
    let above = |values: &[f64], least: f64| values.iter().filter(|l| **l > least).count() as f64;
    let along = |states: &States, row: usize, i: usize| states.ones(row).map(|j| svd.u[(j, i)]).sum::<f64>();
    let sweep = |start: States, purpose: &str, i: usize| {
        let mut sampler = Chains::new(start.clone(), lab.key("T06", case, purpose), 0);
        sampler.sweep(&end.machine, 1);
        slope(
            &(0..start.rows()).map(|row| (along(&start, row, i), along(&sampler.visible, row, i))).collect::<Vec<_>>(),
        )
    };
    let mut settled = Chains::new(end.chains.clone(), lab.key("T06", case, "settle"), 0);
    settled.sweep(&end.machine, 50);
    evidence.observations.push(("modes with λ > 4".into(), above(&svd.singular_values, 4.0)));
    for i in 0..2.min(svd.singular_values.len()) {
        evidence.observations.push((format!("λ_{}", i + 1), svd.singular_values[i]));
        let name = format!("lag-one autocorrelation of samples, mode {}", i + 1);
        evidence.observations.push((name, sweep(settled.visible.clone(), "samples", i).0));
    }
    let start = settled.visible.means();
    let Some(point) = fixed_point(&machine, &start).map_err(CheckError::while_doing("T06 fixed point"))? else {
        return Ok(());
    };
    evidence.observations.push(("modes with bias-aware value above 1".into(), above(&point.stability, 1.0)));
    evidence.observations.push(("largest bias-aware value".into(), point.stability[0]));
    let rng = &mut lab.stream("T06", case, "fixed point", 0);
    let local = States::from_fn(by_scale(lab, 4_000, 20_000), n, |_, j| rng.random::<f64>() < point.visible[j]);
    let w = machine.weights_view();
    for i in (0..svd.singular_values.len()).filter(|i| svd.singular_values[*i] > 4.0).take(3) {
        let lambda = svd.singular_values[i];
        let spread = |p: f64| p * (1.0 - p);
        let weighted = |j: usize| spread(point.visible[j]) * svd.u[(j, i)];
        let passed: f64 = (0..m)
            .map(|k| spread(point.hidden[k]) * (0..n).map(|j| w[(j, k)] * weighted(j)).sum::<f64>().powi(2))
            .sum();
        let variance: f64 = (0..n).map(|j| weighted(j) * svd.u[(j, i)]).sum();
        let (factor, error) = sweep(local.clone(), "local", i);
        evidence
            .observations
            .push((format!("bias-aware factor at the fixed point, mode {}", i + 1), passed / variance));
        evidence.measurements.push(not_shrunk(
            format!("sweep factor at a fixed point of a trained machine, mode {}", i + 1),
            factor,
            around(factor, error),
            (lambda / 4.0).powi(2),
        ));
    }
    Ok(())
}

fn figure(dossier: &Dossier) -> Option<Figure> {
    let surrogate = dossier.regime("surrogate")?;
    let finite = dossier.regime("finite-rank")?;
    let count = dossier.regime("count")?;
    let broken = |regime: &'static str, id: &str, table: &str| {
        let trials = &dossier.regime(regime)?.falsifiers;
        trials.iter().find(|trial| trial.id == id)?.evidence.table(table)
    };
    let langevin = surrogate.evidence.table("langevin")?;
    let wrong = broken("surrogate", "half-noise", "langevin")?;
    let mut motion = Vec::new();
    for g in [2.0, 4.0, 6.0] {
        let rows = || langevin.rows.iter().filter(move |row| row[0] == g);
        if g == 4.0 {
            let low = wrong.rows.iter().filter(|row| row[0] == g).map(|row| (row[1], row[5])).collect();
            motion.push(Series::line("βλ = 4, noise √(1/β)", Role::Falsifier, low));
        }
        motion.push(Series::points(
            &format!("spread, βλ = {g}"),
            Role::Measurement,
            rows().map(|row| (row[1], row[3])).collect(),
        ));
        let exact = |t: f64| (t, Picture { threshold: 4.0, noise: 2.0, beta: BETA }.moments(g / BETA, t).1.sqrt());
        motion.push(Series::line(
            &format!("predicted, βλ = {g}"),
            Role::Prediction,
            grid(0.02, 3.0, 100).map(exact).collect(),
        ));
    }
    let mean = [2.0, 4.0, 6.0].into_iter().flat_map(|g| {
        let rows = langevin.rows.iter().filter(move |row| row[0] == g);
        let exact = move |t: f64| (t, Picture { threshold: 4.0, noise: 2.0, beta: BETA }.moments(g / BETA, t).0);
        [
            Series::points(&format!("mean, βλ = {g}"), Role::Measurement, rows.map(|row| (row[1], row[2])).collect()),
            Series::line(&format!("predicted, βλ = {g}"), Role::Prediction, grid(0.02, 3.0, 100).map(exact).collect()),
        ]
    });
    let relaxation = finite.evidence.table("relaxation")?;
    let (g, gibbs) = (relaxation.column("g"), finite.evidence.table("gibbs")?);
    let time = |factor: f64| -1.0 / factor.ln();
    let line = |top: f64| grid(1.0, top, 300).map(|g| (g, time((g / 4.0).powi(2)))).collect::<Vec<_>>();
    let mut biased: Vec<(f64, f64)> = Vec::new();
    let mut biased_errors = Vec::new();
    for row in &dossier.regime("bias-aware")?.evidence.table("factors")?.rows {
        if row[2] < 1.0 {
            biased.push((row[0], time(row[2])));
            biased_errors.push(row[3] / (row[2] * row[2].ln().powi(2)));
        }
    }
    let relax = vec![
        Series {
            errors: relaxation.column("error"),
            ..Series::points(
                "zero field, 10⁶ units",
                Role::Measurement,
                g.iter().copied().zip(relaxation.column("time")).collect(),
            )
        },
        Series::points(
            "zero field, block Gibbs",
            Role::Measurement,
            gibbs.rows.iter().map(|row| (row[0], time(row[1]))).collect(),
        ),
        Series { errors: biased_errors, ..Series::points("visible mean 0.1, 0.05", Role::Measurement, biased) },
        Series::line("Gaussian, (βλ/4)²", Role::Prediction, line(3.97)),
        Series::line(
            "bias-aware, mean 0.1",
            Role::Prediction,
            grid(1.0, 6.6, 300).map(|g| (g, time(g * g * 0.0225))).collect(),
        ),
        Series::line(
            "threshold 8",
            Role::Falsifier,
            grid(1.0, 7.5, 300).map(|g| (g, time((g / 8.0).powi(2)))).collect(),
        ),
    ];
    let counted = count.evidence.table("count")?;
    let against = |table: &Table, column: &str| -> Vec<(f64, f64)> {
        let mut points: Vec<(f64, f64)> = table.column("beta_s").into_iter().zip(table.column(column)).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        points
    };
    let tail = |threshold: f64| -> Vec<(f64, f64)> {
        let above = |s: f64| {
            MarchenkoPastur::new(784, 500, s).map_or((s, f64::NAN), |law| (s, 500.0 * (1.0 - law.cdf(threshold))))
        };
        grid(0.01, 0.42, 200).map(above).collect()
    };
    let modes = vec![
        Series::points("counted, bidiagonal ensemble", Role::Measurement, against(counted, "count")),
        Series::line("Marchenko-Pastur tail above 4", Role::Prediction, tail(4.0)),
        Series::line("tail above 2", Role::Falsifier, tail(2.0)),
    ];
    let panel = |title: &str, x: Axis, y: Axis, series: Vec<Series>| Panel {
        title: title.into(),
        x,
        y,
        series,
        contours: None,
    };
    Some(Figure {
        name: "T06_diffusion",
        title: "Modes that do not converge, in the Gaussian picture".into(),
        caption: "Above: mean and spread of Langevin paths of one Gaussian mode in time, β = 2: relaxation below βλ = 4, free diffusion \
                  with drift at 4, runaway above. Below left: relaxation time of a sweep of block Gibbs on machines of rank one, with \
                  and without biases. Below right: number of modes above 4/β of a random 784 x 500 matrix (β = 1 and 2)."
            .into(),
        panels: vec![
            panel("mean in time", Axis::linear("t, time"), Axis::linear("mean of u"), mean.collect()),
            panel("spread in time", Axis::linear("t, time"), Axis::log("standard deviation of u"), motion),
            panel("relaxation", Axis::linear("βλ, coupling"), Axis::log("τ, relaxation time (sweeps)"), relax),
            panel("modes above 4/β", Axis::linear("βs, scale of the weights"), Axis::linear("number of modes"), modes),
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exact_autocorrelation_agrees_with_the_transition_of_one_unit() {
        // By hand, one unit a side at zero field: v and h agree with probability σ(g/2); autocorrelation tanh²(g/4).
        let machine = Machine { units: 1, g: 2.0, mean: 0.5 };
        assert!((machine.autocorrelation() - 0.5f64.tanh().powi(2)).abs() < 1e-12);
    }

    #[test]
    fn a_large_machine_with_biases_has_the_bias_aware_factor() {
        let found = Machine { units: 1_000_000, g: 5.0, mean: 0.1 }.autocorrelation();
        assert!((found - 0.5625).abs() < 1e-4, "{found}");
    }
}
