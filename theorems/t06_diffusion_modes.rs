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
//! - `finite-rank`: block Gibbs of a machine of rank one at zero field: holds.
//! - `random-weights`: how many modes of a random W lie above 4/β: holds, the tail of the Marchenko-Pastur law.
//! - `extensive-rank`: independent weights with modes above 4/β, zero field: refuted, they converge; replaced by T09.
//! - `biased`: modes above 4/β of machines with biases, one made and one trained: refuted, they converge where the bias-aware factor is below 1.
//!
//! ## Derivation
//! Completion of the square and the log-normaliser; signs at 4 ± δ; mean and variance of the Ornstein-Uhlenbeck process put
//! into their differential equations; the linear map of a Gibbs sweep; det(z − D_v W D_h Wᵀ) = det(z − AAᵀ),
//! A = D_v^(1/2) W D_h^(1/2).
//!
//! ## Evidence
//! - Euler-Maruyama paths of the potential at βλ = 2, 4, 6 and β = 2: mean and variance at four times, the rate of the mean. The weak error of the
//!   scheme, whose mean and variance obey exact recursions, has order 1.
//! - Mean deviation after one sweep from two mirrored starts, bit-packed Gibbs chains, βλ = 2, 3, 3.6: factor (βλ/4)².
//! - The counts of aligned units of rank one are a Markov chain of binomials: relaxation time at N = 10⁶ diverges with exponent −1 in
//!   ε = 1 − βλ/4 for ε = 0.02 to 0.2 (leading correction 1 − ε/2), and a deviation at βλ = 5 grows by (5/4)² a sweep.
//! - Number of singular values above 4/β of 784 x 500 normal matrices at four pairs (s, β), s = 0.0794 among them, against r(1 − F(4/β)).
//! - `extensive-rank`: autocorrelation of the leading mode over one sweep at stationarity, N = M = 200, s√N = 2.4, against (βλ/4)², and
//!   against λ²/(AB) of T09.
//! - `biased`: λ = 6 at visible mean 0.1: factor 2.25 by the plain rule, 0.81 by the bias-aware one. A machine trained on MNIST:
//!   autocorrelation over one sweep of its leading mode against (βλ/4)²: it stays in its basin, and does not run away.
//!
//! ## Falsifiers
//! - `threshold-two`: prior variance 1/2, which moves the threshold to 2, in the derivation.
//! - `noise-without-two`: noise √(1/β) for √(2/β), in the derivation; `half-noise`: the same in the motion.
//! - `biases-forgotten`: 1/4 for p(1−p) on the visible side, in the derivation.
//! - `two-for-four`, `eight-for-four`: thresholds 2/β and 8/β in every prediction.
//! - `wrong-temperature`: predictions at half of the temperature.
//!
//! ## Limits
//! The binary machine itself is bounded and ergodic. With an extensive number of coupled modes T09 replaces this picture.

use crate::bits::States;
use crate::claim::{Case, CheckError, Dossier, Falsifier, Regime, Source, Stage, Statement, Theorem, Verdict};
use crate::evidence::{ALPHA, Evidence, Interval, Judge, Measurement, Table};
use crate::figure::{Axis, Figure, Panel, Role, Series, grid};
use crate::lab::{Lab, Scale};
use crate::rbm::Rbm;
use crate::rbm::gibbs::Chains;
use crate::rbm::linalg::thin_svd;
use crate::rbm::mean_field::{Reaction, fixed_point};
use crate::spectra::bidiagonal::Bidiagonal;
use crate::spectra::ensemble;
use crate::spectra::marchenko_pastur::MarchenkoPastur;
use crate::symbolic::Derivation;
use crate::symbolic::matrix::Matrix;
use crate::symbolic::poly::Poly;
use crate::symbolic::ratio::RatFn;
use crate::{check, stat};
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
    hypotheses: &["Gaussian reciprocal variables, variance 1/4", "few modes at work", "zero centred field"],
    regimes: &[
        Regime {
            id: "surrogate",
            title: "Langevin motion of one Gaussian mode",
            expected: Verdict::Holds,
            replaced_by: None,
        },
        Regime {
            id: "finite-rank",
            title: "block Gibbs of a machine of rank one, zero field",
            expected: Verdict::Holds,
            replaced_by: None,
        },
        Regime {
            id: "random-weights",
            title: "number of modes of random weights above 4/β",
            expected: Verdict::Holds,
            replaced_by: None,
        },
        Regime {
            id: "extensive-rank",
            title: "independent weights with modes above 4/β, zero field",
            expected: Verdict::Refuted,
            replaced_by: Some(
                "T09: with Onsager's reaction the sweep factor is λ²/(AB), below 1 in the whole paramagnet",
            ),
        },
        Regime {
            id: "biased",
            title: "machines with biases, modes above 4/β",
            expected: Verdict::Refuted,
            replaced_by: Some("the bias-aware factor: β λ₁(D_v^(1/2) W D_h^(1/2)) < 1 converges, D = diag p(1−p)"),
        },
    ],
};

const HOLDS: &[&str] = &["surrogate", "finite-rank", "random-weights"];

static FALSIFIERS: [Falsifier; 7] = [
    Falsifier { id: "threshold-two", title: "prior variance 1/2 for 1/4", stage: Stage::Derivation, regimes: HOLDS },
    Falsifier {
        id: "noise-without-two", title: "noise √(1/β) for √(2/β)", stage: Stage::Derivation, regimes: HOLDS
    },
    Falsifier {
        id: "biases-forgotten",
        title: "1/4 for p(1−p) on the visible side",
        stage: Stage::Derivation,
        regimes: HOLDS,
    },
    Falsifier { id: "two-for-four", title: "threshold 2/β", stage: Stage::Measurement, regimes: HOLDS },
    Falsifier { id: "eight-for-four", title: "threshold 8/β", stage: Stage::Measurement, regimes: HOLDS },
    Falsifier {
        id: "wrong-temperature",
        title: "predictions at half of the temperature",
        stage: Stage::Measurement,
        regimes: HOLDS,
    },
    Falsifier {
        id: "half-noise",
        title: "motion with noise √(1/β) for √(2/β)",
        stage: Stage::Measurement,
        regimes: &["surrogate"],
    },
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
            "surrogate" => langevin(&case, lab, &mut evidence)?,
            "finite-rank" => {
                sweep_factors(&case, lab, &mut evidence)?;
                relaxation(&case, lab, &mut evidence)?;
            }
            "random-weights" => counts(&case, lab, &mut evidence)?,
            "extensive-rank" => extensive(&case, lab, &mut evidence)?,
            _ => {
                made_with_bias(&case, lab, &mut evidence)?;
                trained(&case, lab, &mut evidence)?;
            }
        }
        Ok(evidence)
    }

    fn figures(&self, dossier: &Dossier) -> Vec<Figure> {
        figure(dossier).into_iter().collect()
    }
}

/// β times the threshold in the predictions.
fn threshold(case: &Case<'_>) -> f64 {
    match () {
        () if case.broken("two-for-four") => 2.0,
        () if case.broken("eight-for-four") => 8.0,
        () => 4.0,
    }
}

/// β as the predictions take it.
fn assumed(case: &Case<'_>, beta: f64) -> f64 {
    if case.broken("wrong-temperature") { 2.0 * beta } else { beta }
}

/// Mean and variance at time t of the motion from `start` (a point): rate k = 4/β − λ.
fn ornstein_uhlenbeck(case: &Case<'_>, beta: f64, lambda: f64, mu: f64, start: f64, t: f64) -> (f64, f64) {
    let beta = assumed(case, beta);
    let stiffness = threshold(case) / beta;
    let k = stiffness - lambda;
    if k.abs() < 1e-12 {
        return (start + stiffness * mu * t, 2.0 * t / beta);
    }
    let (decay, rest) = ((-k * t).exp(), stiffness * mu / k);
    (rest + (start - rest) * decay, (1.0 - decay * decay) / (beta * k))
}

/// Inverse temperature of the motion: not 1, where an error of β could not be seen.
const BETA: f64 = 2.0;
const MU: f64 = 0.3;
const START: f64 = 2.0;
const TIMES: [f64; 4] = [0.25, 0.5, 0.75, 1.0];

/// Euler-Maruyama paths of V = −(λ/2)u² + (2/β)(u − μ)² against the closed mean and variance.
fn langevin(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let doing = || CheckError::while_doing::<stat::StatError>("T06 motion");
    let paths = 200 * lab.plan().mode_replicas;
    let step = 1.0 / 512.0;
    let each = (TIMES[0] / step).round() as usize;
    let noise = (if case.broken("half-noise") { 1.0 } else { 2.0 } / BETA * step).sqrt();
    let mut table = Table::new("motion", &["coupling", "time", "mean", "mean_law", "variance", "variance_law"]);
    for (at, coupling) in [2.0, 4.0, 6.0].into_iter().enumerate() {
        let lambda = coupling / BETA;
        let force = |u: f64| lambda * u - 4.0 / BETA * (u - MU);
        let walk = |path: usize| {
            let rng = &mut lab.stream("T06", case, "path", at * paths + path);
            let mut u = START;
            TIMES.map(|_| {
                for _ in 0..each {
                    let kick: f64 = StandardNormal.sample(rng);
                    u += step * force(u) + noise * kick;
                }
                u
            })
        };
        let seen: Vec<[f64; 4]> = (0..paths).into_par_iter().map(walk).collect();
        let (mut means, mut variances) = (Vec::new(), Vec::new());
        for (k, &t) in TIMES.iter().enumerate() {
            let values: Vec<f64> = seen.iter().map(|path| path[k]).collect();
            let mean = values.iter().sum::<f64>() / paths as f64;
            let squares: Vec<f64> = values.iter().map(|u| (u - mean).powi(2)).collect();
            let (mean_law, variance_law) = ornstein_uhlenbeck(case, BETA, lambda, MU, START, t);
            let variance = squares.iter().sum::<f64>() / paths as f64;
            table.rows.push(vec![coupling, t, mean, mean_law, variance, variance_law]);
            means.push((values, mean, mean_law));
            variances.push((squares, variance, variance_law));
        }
        for (what, mut rows) in [("mean", means), ("variance", variances)] {
            // The last time has seen the most of the motion.
            let Some((values, observed, law)) = rows.pop() else { continue };
            let interval = stat::mean::mean_interval(&values, 1.0 - ALPHA).map_err(doing())?;
            evidence.measurements.push(check::near(
                format!("βλ = {coupling}: {what} of the motion at t = 1"),
                observed,
                interval,
                law,
                0.1 * law.abs(),
                "a tenth; the weak error of the step 1/512 is a few parts in a thousand",
            ));
        }
        evidence.measurements.push(weak_order(case, coupling));
    }
    evidence.tables.push(table);
    Ok(())
}

/// Mean m and variance v of the scheme obey m ← m + hk(m∞ − m), v ← (1 − hk)²v + 2h/β exactly: their weak error, without sampling.
fn weak_order(case: &Case<'_>, coupling: f64) -> Measurement {
    let lambda = coupling / BETA;
    let scheme = |steps: usize| {
        let h = 1.0 / steps as f64;
        (0..steps).fold((START, 0.0), |(m, v), _| {
            let slope = lambda - 4.0 / BETA;
            (m + h * (lambda * m - 4.0 / BETA * (m - MU)), (1.0 + h * slope).powi(2) * v + 2.0 * h / BETA)
        })
    };
    let (mean, variance) = ornstein_uhlenbeck(case, BETA, lambda, MU, START, 1.0);
    let off = |steps: usize| {
        let (m, v) = scheme(steps);
        (m - mean).abs() + (v - variance).abs()
    };
    let (coarse, fine) = (off(128), off(1024));
    // At the threshold force and noise are constant: no error but rounding, and no order.
    let exact = fine < 1e-11;
    Measurement {
        name: format!("βλ = {coupling}: weak error of Euler-Maruyama at t = 1, 1024 steps"),
        observed: fine,
        predicted: 0.0,
        judge: Judge::Truncation {
            order: 1.0,
            measured_order: if exact { 1.0 } else { (coarse / fine).ln() / 8f64.ln() },
            bound: 0.02 * (mean.abs() + variance),
            because: "k²/2 times the step is below 2 % for the rates used",
        },
    }
}

/// Mean projection on the pattern `p` (entries ±1/√N, centred) after one sweep from two mirrored starts, over its value before: the
/// factor of a small deviation. Returns one value a pair of chains.
fn factor_of_a_sweep(
    machine: &Rbm<f32>,
    starts: [States; 2],
    pattern: &[f64],
    before: f64,
    keys: [[u8; 32]; 2],
) -> Vec<f64> {
    let along = |states: &States, row: usize| states.ones(row).map(|j| pattern[j]).sum::<f64>();
    let [up, down] = [0, 1].map(|side: usize| {
        let mut chains = Chains::new(starts[side].clone(), keys[side], 0);
        chains.sweep(machine, 1);
        chains.visible
    });
    // Half the difference: the fixed point and all even orders of the deviation drop out.
    (0..up.rows()).map(|row| (along(&up, row) - along(&down, row)) / (2.0 * before)).collect()
}

/// Factor of one sweep at rank one and zero field, bit-packed chains.
fn sweep_factors(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let (n, m) = (1500usize, 1000usize);
    let chains = 10 * lab.plan().mode_replicas;
    let excess = 150;
    let pattern = vec![1.0 / (n as f64).sqrt(); n];
    let before = excess as f64 / (n as f64).sqrt();
    let mut table = Table::new("factors", &["coupling", "factor", "error"]);
    for g in [2.0, 3.0, 3.6] {
        let machine = Rbm::zero_field(n, m, vec![g / ((n * m) as f64).sqrt(); n * m])
            .map_err(CheckError::while_doing("T06 machine"))?
            .to_f32();
        let start = |ones: usize| States::from_fn(chains, n, |row, unit| (unit + 7 * row) % n < ones);
        let keys = [0, 1].map(|side| lab.key("T06", case, &format!("sweep {g} {side}")));
        let starts = [start(n / 2 + excess), start(n / 2 - excess)];
        let values = factor_of_a_sweep(&machine, starts, &pattern, before, keys);
        let found = values.iter().sum::<f64>() / values.len() as f64;
        let interval = stat::mean::mean_interval(&values, 1.0 - ALPHA).map_err(CheckError::while_doing("T06 sweep"))?;
        let predicted = (assumed(case, g) / threshold(case)).powi(2);
        evidence.measurements.push(check::near(
            format!("βλ = {g}: factor of a deviation over one sweep, {chains} pairs of chains"),
            found,
            interval,
            predicted,
            0.1 * predicted,
            "a tenth; the cubic terms of both layers take 3 % at this deviation",
        ));
        table.rows.push(vec![g, found, 0.5 * (interval.high - interval.low) / 4.892]);
    }
    evidence.tables.push(table);
    Ok(())
}

/// Mean of x after `sweeps` sweeps of the binomial chain of rank one from x = `start`, N = M = 10⁶, over many chains.
fn deviation(
    case: &Case<'_>,
    lab: &Lab,
    g: f64,
    start: f64,
    sweeps: usize,
    chains: usize,
) -> Result<Vec<f64>, CheckError> {
    const N: u64 = 1_000_000;
    let root = (N as f64).sqrt();
    let one = |chain: usize| {
        let rng = &mut lab.stream("T06", case, &format!("relaxation {g}"), chain);
        let mut x = start;
        for _ in 0..2 * sweeps {
            // Every unit of the other layer is on with P = logistic(g x/√N) − all alike.
            let p = 1.0 / (1.0 + (-g * x / root).exp());
            let law = Binomial::new(N, p).map_err(CheckError::while_doing("T06 binomial law"))?;
            x = (law.sample(rng) as f64 - 0.5 * N as f64) / root;
        }
        Ok(x)
    };
    (0..chains).into_par_iter().map(one).collect()
}

/// Relaxation time against 1 − βλ/4, and growth above.
fn relaxation(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let doing = || CheckError::while_doing::<stat::StatError>("T06 relaxation");
    let chains = 20 * lab.plan().mode_replicas;
    let start = 20.0;
    let mut table = Table::new("relaxation", &["coupling", "time", "error"]);
    let (mut logs, mut times, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for epsilon in [0.02f64, 0.04, 0.08, 0.12, 0.2] {
        let g = 4.0 * (1.0 - epsilon);
        // About one relaxation time.
        let sweeps = (0.5 / epsilon).round() as usize;
        let values = deviation(case, lab, g, start, sweeps, chains)?;
        let interval = stat::mean::mean_interval(&values, 0.682_689_492_137_085_9).map_err(doing())?;
        let (mean, half) = (0.5 * (interval.low + interval.high), 0.5 * (interval.high - interval.low));
        let time = sweeps as f64 / (start / mean).ln();
        let error = time * half / mean / (start / mean).ln();
        let distance = (1.0 - assumed(case, g) / threshold(case)).abs();
        logs.push(distance.ln());
        times.push(time.ln());
        errors.push(error / time);
        table.rows.push(vec![g, time, error]);
        let predicted = -1.0 / (2.0 * (assumed(case, g) / threshold(case)).ln());
        evidence.measurements.push(check::z(
            format!("ε = {epsilon}: relaxation time in sweeps, N = 10⁶"),
            time,
            predicted,
            // The cubic term slows the decay by x²/(3N) against ε: below a thousandth.
            error.powi(2) + (0.001 * predicted).powi(2),
        ));
    }
    let line = stat::regression::weighted_fit(&logs, &times, &errors, 1.0 - ALPHA).map_err(doing())?;
    evidence.measurements.push(check::near(
        "exponent of the relaxation time in 1 − βλ/4, window 0.02 to 0.2",
        line.slope,
        line.slope_interval,
        -1.0,
        0.1,
        "the leading correction 1 − ε/2 at the far end of the window",
    ));
    let values = deviation(case, lab, 5.0, 1.0, 4, chains)?;
    let interval = stat::mean::mean_interval(&values, 1.0 - ALPHA).map_err(doing())?;
    let predicted = (assumed(case, 5.0) / threshold(case)).powi(8);
    evidence.measurements.push(check::near(
        "βλ = 5: a deviation over four sweeps over (βλ/4)⁸",
        values.iter().sum::<f64>() / values.len() as f64 / predicted,
        Interval { low: interval.low / predicted, high: interval.high / predicted, ..interval },
        1.0,
        0.1,
        "a tenth; far below the size √N at which growth ends",
    ));
    evidence.tables.push(table);
    Ok(())
}

/// Singular values of normal weights above 4/β.
fn counts(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let (n, m) = (784usize, 500usize);
    let draws = lab.plan().mode_replicas;
    let mut table = Table::new("counts", &["scale", "count", "error", "law"]);
    for (at, (s, beta)) in [(0.0794, 1.0), (0.1, 1.0), (0.15, 1.0), (0.1, 2.0)].into_iter().enumerate() {
        let one = |draw: usize| {
            let rng = &mut lab.stream("T06", case, "spectrum", at * draws + draw);
            (m - Bidiagonal::normal(n, m, s, rng).count_below(4.0 / beta)) as f64
        };
        let found: Vec<f64> = (0..draws).into_par_iter().map(one).collect();
        let law = MarchenkoPastur::new(n, m, s).map_err(CheckError::while_doing("T06 law"))?;
        let expected = m as f64 * (1.0 - law.cdf(threshold(case) / assumed(case, beta)));
        let interval = stat::mean::mean_interval(&found, 1.0 - ALPHA).unwrap_or({
            // Not one matrix differs from another.
            let all = found.first().copied().unwrap_or(f64::NAN);
            Interval { low: all, high: all, confidence: 1.0 - ALPHA }
        });
        let mean = found.iter().sum::<f64>() / draws as f64;
        evidence.measurements.push(check::near(
            format!("s = {s}, β = {beta}: number of singular values above 4/β, mean of {draws} matrices"),
            mean,
            interval,
            expected,
            1.0,
            "one level: counts of repelling levels differ from the law by O(1)",
        ));
        table.rows.push(vec![beta * s, mean, 0.5 * (interval.high - interval.low) / 4.892, expected]);
    }
    evidence.tables.push(table);
    Ok(())
}

/// Correlation of two equally long series, with its normal interval by Fisher's transformation.
fn correlation(a: &[f64], b: &[f64]) -> (f64, Interval) {
    let count = a.len() as f64;
    let (x, y) = (a.iter().sum::<f64>() / count, b.iter().sum::<f64>() / count);
    let sum = |f: &dyn Fn(f64, f64) -> f64| a.iter().zip(b).map(|(a, b)| f(a - x, b - y)).sum::<f64>();
    let found = sum(&|a, b| a * b) / (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt();
    let half = 4.892 / (count - 3.0).sqrt();
    let at = |shift: f64| (found.atanh() + shift).tanh();
    (found, Interval { low: at(-half), high: at(half), confidence: 1.0 - ALPHA })
}

/// x = Σ_j U_j v_j of every chain.
fn project(states: &States, mode: &[f64]) -> Vec<f64> {
    (0..states.rows()).map(|row| states.ones(row).map(|j| mode[j]).sum()).collect()
}

/// Autocorrelation of the leading mode of independent weights at zero field.
fn extensive(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let n = if lab.plan().scale == Scale::Quick { 200usize } else { 400 };
    let s = 2.4 / (n as f64).sqrt();
    let chains = 20 * lab.plan().mode_replicas;
    let w = ensemble::normal(n, n, s, &mut lab.stream("T06", case, "machine", 0));
    let svd = thin_svd(w.as_ref()).map_err(CheckError::while_doing("T06 decomposition"))?;
    let weights: Vec<f64> = (0..n * n).map(|at| w[(at / n, at % n)]).collect();
    let machine = Rbm::zero_field(n, n, weights).map_err(CheckError::while_doing("T06 machine"))?.to_f32();
    let mut run = Chains::independent(&machine, chains, lab.key("T06", case, "chains"));
    // The slowest factor is about 0.9: 150 sweeps leave 1e-7 of the start.
    run.sweep(&machine, 150);
    let mode: Vec<f64> = (0..n).map(|j| svd.u[(j, 0)]).collect();
    let before = project(&run.visible, &mode);
    run.sweep(&machine, 1);
    let (found, interval) = correlation(&before, &project(&run.visible, &mode));
    let lambda = svd.singular_values[0];
    evidence.measurements.push(check::near(
        "autocorrelation of the leading mode over one sweep against (βλ/4)²",
        found,
        interval,
        (lambda / 4.0).powi(2),
        0.1,
        "a tenth; the Gaussian picture has no stationary law above 4/β",
    ));
    let reaction = Reaction::of(&svd.singular_values, n, n);
    evidence.measurements.push(check::near(
        "the same against λ²/(AB) of the corrected theory",
        found,
        interval,
        reaction.autocorrelation(lambda),
        0.1,
        "a tenth; finite-size corrections at N = 200 are half of it",
    ));
    let above = svd.singular_values.iter().filter(|&&l| l > 4.0).count();
    evidence.observations.push(("λ₁".into(), lambda));
    evidence.observations.push(("modes above 4/β".into(), above as f64));
    Ok(())
}

/// A mode of λ = 6 at visible mean 0.1 and hidden mean 1/2: plain factor 2.25, bias-aware 36 · 0.09 · 0.25 = 0.81.
fn made_with_bias(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let (n, m, lambda, mean) = (1500usize, 1000usize, 6.0, 0.1f64);
    let chains = 10 * lab.plan().mode_replicas;
    // Signs cancel in both layers: the fields at the fixed point are the biases alone.
    let sign = |unit: usize| if unit.is_multiple_of(2) { 1.0 } else { -1.0 };
    let size = lambda / ((n * m) as f64).sqrt();
    let weights = (0..n * m).map(|at| size * sign(at / m) * sign(at % m)).collect();
    let logit = (mean / (1.0 - mean)).ln();
    let machine =
        Rbm::new(n, m, weights, vec![logit; n], vec![0.0; m]).map_err(CheckError::while_doing("T06 machine"))?;
    let pattern: Vec<f64> = (0..n).map(|j| sign(j) / (n as f64).sqrt()).collect();
    // 75 units on in each half on average; 45 more in one half and 45 fewer in the other.
    let (half, shift) = (n / 2, 45usize);
    let usual = (mean * half as f64).round() as usize;
    let start = |even: usize, odd: usize| {
        States::from_fn(chains, n, |row, unit| {
            (unit / 2 + 3 * row) % half < if unit.is_multiple_of(2) { even } else { odd }
        })
    };
    let starts = [start(usual + shift, usual - shift), start(usual - shift, usual + shift)];
    let before = 2.0 * shift as f64 / (n as f64).sqrt();
    let keys = [0, 1].map(|side| lab.key("T06", case, &format!("biased sweep {side}")));
    let values = factor_of_a_sweep(&machine.to_f32(), starts, &pattern, before, keys);
    let found = values.iter().sum::<f64>() / values.len() as f64;
    let interval = stat::mean::mean_interval(&values, 1.0 - ALPHA).map_err(CheckError::while_doing("T06 sweep"))?;
    let aware = lambda * lambda * mean * (1.0 - mean) * 0.25;
    for (name, predicted) in [("by the plain rule (βλ/4)²", (lambda / 4.0).powi(2)), ("by the bias-aware rule", aware)]
    {
        evidence.measurements.push(check::near(
            format!("λ = 6 at visible mean 0.1: factor over one sweep {name}"),
            found,
            interval,
            predicted,
            0.1 * predicted,
            "a tenth; the cubic terms take 3 % at this deviation",
        ));
    }
    let point = fixed_point(&machine, &vec![mean; n]).map_err(CheckError::while_doing("T06 fixed point"))?;
    let stability = point.and_then(|point| point.stability.first().copied()).unwrap_or(f64::NAN);
    let because = "singular value of a rank-one matrix, N + M terms";
    evidence.measurements.push(Measurement {
        name: "λ₁(D_v^(1/2) W D_h^(1/2)) squared at the fixed point".into(),
        observed: stability * stability,
        predicted: aware,
        judge: Judge::Rounding { factor: 16.0, n: (n + m).pow(2), scale: 1.0, because },
    });
    Ok(())
}

/// Leading mode of a machine trained on MNIST, in its own persistent chains.
fn trained(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let trajectory = lab.trained_from_normal(lab.plan().trained_hidden[0], 0)?;
    let end = trajectory.end()?;
    let double = end.machine.to_f64();
    let svd = thin_svd(double.weights_view()).map_err(CheckError::while_doing("T06 decomposition"))?;
    let mut run = Chains::new(end.chains.clone(), lab.key("T06", case, "trained"), 0);
    run.sweep(&end.machine, 100);
    let start = run.visible.clone();
    let mode: Vec<f64> = (0..double.visible).map(|j| svd.u[(j, 0)]).collect();
    run.sweep(&end.machine, 1);
    let (found, interval) = correlation(&project(&start, &mode), &project(&run.visible, &mode));
    run.sweep(&end.machine, 9);
    let (later, _) = correlation(&project(&start, &mode), &project(&run.visible, &mode));
    let lambda = svd.singular_values[0];
    evidence.measurements.push(check::near(
        "trained machine: autocorrelation of its leading mode over one sweep against (βλ/4)²",
        found,
        interval,
        (lambda / 4.0).powi(2),
        0.1,
        "a tenth, as for independent weights",
    ));
    let above = |values: &[f64], limit: f64| values.iter().filter(|&&l| l > limit).count() as f64;
    evidence.observations.push(("trained machine: λ₁".into(), lambda));
    evidence.observations.push(("trained machine: autocorrelation of its leading mode over ten sweeps".into(), later));
    evidence.observations.push(("trained machine: modes above 4/β".into(), above(&svd.singular_values, 4.0)));
    let point = fixed_point(&double, &end.chains.means()).map_err(CheckError::while_doing("T06 fixed point"))?;
    if let Some(point) = point {
        let name = "trained machine: bias-aware factors above 1 at the fixed point";
        evidence.observations.push((name.into(), above(&point.stability, 1.0)));
    }
    Ok(())
}

fn figure(dossier: &Dossier) -> Option<Figure> {
    let surrogate = dossier.regime("surrogate")?;
    let motion = surrogate.evidence.table("motion")?;
    let half = surrogate.falsifiers.iter().find(|trial| trial.id == "half-noise")?.evidence.table("motion")?;
    let finite = dossier.regime("finite-rank")?;
    let (relaxation, factors) = (finite.evidence.table("relaxation")?, finite.evidence.table("factors")?);
    let counts = dossier.regime("random-weights")?;
    let wrong = counts.falsifiers.iter().find(|trial| trial.id == "two-for-four")?.evidence.table("counts")?;
    let counts = counts.evidence.table("counts")?;
    let of = |table: &Table, coupling: f64, column: &str| -> Vec<(f64, f64)> {
        let (all, times, values) = (table.column("coupling"), table.column("time"), table.column(column));
        let rows = all.iter().zip(times).zip(values);
        rows.filter(|((g, _), _)| **g == coupling).map(|((_, t), value)| (t, value)).collect()
    };
    let mut series = vec![Series::points("noise halved, βλ = 2", Role::Falsifier, of(half, 2.0, "variance"))];
    for (coupling, name, law) in
        [(2.0, "βλ = 2", "relaxes"), (4.0, "βλ = 4", "diffuses, 2t/β"), (6.0, "βλ = 6", "runs away")]
    {
        series.push(Series::points(name, Role::Measurement, of(motion, coupling, "variance")));
        series.push(Series::line(law, Role::Prediction, of(motion, coupling, "variance_law")));
    }
    let time = |g: f64| (g, -1.0 / (2.0 * (g / 4.0).ln()));
    let measured: Vec<(f64, f64)> = relaxation.column("coupling").into_iter().zip(relaxation.column("time")).collect();
    let by_factor: Vec<(f64, f64)> = factors
        .column("coupling")
        .into_iter()
        .zip(factors.column("factor"))
        .map(|(g, factor)| (g, -1.0 / factor.ln()))
        .collect();
    let against = |table: &Table, column: &str| -> Vec<(f64, f64)> {
        let mut points: Vec<(f64, f64)> = table.column("scale").into_iter().zip(table.column(column)).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        points
    };
    let law = |scale: f64| {
        let tail = MarchenkoPastur::new(784, 500, scale).map_or(f64::NAN, |law| 1.0 - law.cdf(4.0));
        (scale, 500.0 * tail)
    };
    let panels = vec![
        Panel {
            title: "Langevin motion, β = 2".into(),
            x: Axis::linear("t, time"),
            y: Axis::log("variance of u"),
            series,
            contours: None,
        },
        Panel {
            title: "block Gibbs, rank one".into(),
            x: Axis::linear("βλ"),
            y: Axis::log("relaxation time (sweeps)"),
            series: vec![
                Series::line(
                    "threshold 8",
                    Role::Falsifier,
                    grid(1.6, 3.95, 100).map(|g| (g, -1.0 / (2.0 * (g / 8.0).ln()))).collect(),
                ),
                Series {
                    errors: relaxation.column("error"),
                    ..Series::points("N = 10⁶, decay", Role::Measurement, measured)
                },
                Series::points("1500 x 1000, one sweep", Role::Measurement, by_factor),
                Series::line("−1/(2 ln(βλ/4))", Role::Prediction, grid(1.6, 3.95, 100).map(time).collect()),
            ],
            contours: None,
        },
        Panel {
            title: "modes of random weights above 4/β".into(),
            x: Axis::linear("βs"),
            y: Axis::linear("number of modes above 4/β, 784 x 500"),
            series: vec![
                Series::points("threshold 2", Role::Falsifier, against(wrong, "law")),
                Series {
                    errors: Vec::new(),
                    ..Series::points("measured", Role::Measurement, against(counts, "count"))
                },
                Series::line("Marchenko-Pastur tail", Role::Prediction, grid(0.06, 0.21, 80).map(law).collect()),
            ],
            contours: None,
        },
    ];
    Some(Figure {
        name: "T06_diffusion",
        title: "Where a mode stops converging".into(),
        caption: "Left: variance in time of Langevin motion below, at and above βλ = 4 (points: paths, lines: closed form; grey: noise without \
                  its factor 2). Middle: relaxation time of block Gibbs at rank one, which diverges at 4. Right: number of modes of random \
                  weights above 4/β."
            .into(),
        panels,
    })
}
