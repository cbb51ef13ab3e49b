//! # T05: every mode is a pair of coupled oscillators
//!
//! ## Statement
//! With Gaussian reciprocal variables mode i has precision (4, −βλ; −βλ, 4) on its centred (x, y), so var u = 1/(4 − βλ),
//! var w = 1/(4 + βλ), cov(x, y) = βλ/(16 − β²λ²). Modes couple through higher cumulants only, which fall as 1/N.
//!
//! ## Source
//! arXiv 2503.21536, abstract: "a connection between RBMs, diffusion processes, and coupled Bosons". The formulas are our reading.
//!
//! ## Hypotheses
//! - Zero centred field, or a field of order 1 along the mode; βλ < 4.
//! - The entries of a mode are spread over many units.
//!
//! ## Regimes
//! - `finite-rank`: one or two modes, the others quiet: holds, up to corrections of order 1/N that are derived.
//! - `decoupling`: two modes under uniform states: holds, their joint fourth cumulant has the Haar mean −1/(8(N+2)).
//! - `extensive-rank`: independent weights, all modes at work: refuted. The error of ln Z grows with the number of units; replaced by
//!   T09.
//!
//! ## Derivation
//! Precision as the negative Hessian of the exponent; its inverse; variances along u and w; what the fourth cumulant −κ/8 of a
//! mode, as the operator −(κ/192) ∂⁴, does to ⟨x²⟩, ⟨xy⟩, var u and var w at first order; joint cumulants of two modes to order 8;
//! the Haar mean of the fourth, −1/(8(N+2)).
//!
//! ## Evidence
//! - All 2¹¹ states of a machine of rank one against the binomial oracle, to rounding.
//! - Amplitudes of the 1/N corrections of var u, var w, cov(x, y) and ln Z (with and without fields) of rank one, N : M = 3 : 2, from
//!   the exact law at growing N: they converge to the derived ones with order 1.
//! - The same for ln Z of two modes: −(1/4)(1/N + 1/M)(ρ₁ + ρ₂)², ρ = g²/(16 − g²), cross term included.
//! - Gibbs chains of a machine of rank one: ⟨x²⟩ and ⟨xy⟩ within a tenth of the oscillators'.
//! - Joint fourth cumulant of two Haar modes: exponent −1 in N, amplitude −1/8, and from drawn states.
//! - `extensive-rank`: exact ln Z at fixed s√N: exponent of the Gaussian's error in N, which vanishing corrections would leave at −1 or
//!   below; the error itself against (β⁴/1024)[Σ(WWᵀ)²_jj + Σ(WᵀW)²_kk − (2/3)ΣW⁴].
//!
//! ## Falsifiers
//! - `covariance-sign`: −βλ for βλ in the covariance, in the derivation.
//! - `pairings-uncounted`: joint cumulants without the (a+b)! orders of their arguments.
//! - `sigma-squared-missing`: the exponent of the Gaussian normaliser, which fields enter, times σ² = 1/4.
//! - `wrong-sign`: −βλ for βλ in the predicted covariance.
//! - `cross-terms-dropped`: ρ₁² + ρ₂² for (ρ₁ + ρ₂)².
//! - `five-units`: modes on five units, which never decouple.
//!
//! ## Limits
//! At fixed size the corrections grow as (4 − βλ)^(−3) towards βλ = 4.

use crate::claim::{Case, CheckError, Dossier, Falsifier, Regime, Source, Stage, Statement, Theorem, Verdict};
use crate::evidence::{ALPHA, Evidence, Judge, Measurement, Table};
use crate::figure::{Axis, Figure, Panel, Role, Series, grid};
use crate::lab::{Lab, Scale};
use crate::oracle::rank_one::{RankOne, two_modes_log_partition};
use crate::rbm::gibbs::{Chains, hidden_means};
use crate::rbm::{Rbm, exact, mean_field};
use crate::spectra::{ensemble, rotation};
use crate::symbolic::Derivation;
use crate::symbolic::cumulant;
use crate::symbolic::haar;
use crate::symbolic::matrix::Matrix;
use crate::symbolic::poly::Poly;
use crate::symbolic::ratio::RatFn;
use crate::symbolic::series::PowerSeries;
use crate::{check, stat};
use faer::Mat;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

/// The claim.
pub struct CoupledBosons;

static STATEMENT: Statement = Statement {
    id: "T05",
    title: "Every mode is a pair of coupled oscillators, one of them inverted, and modes decouple as 1/N",
    source: Source {
        reference: "arXiv 2503.21536, abstract",
        sentence: "By introducing a reciprocal space formulation, we reveal a connection between RBMs, diffusion processes, and coupled Bosons.",
        stated_there: true,
    },
    hypotheses: &["few modes at work", "βλ < 4", "modes spread over many units"],
    regimes: &[
        Regime {
            id: "finite-rank",
            title: "one or two modes, others quiet",
            expected: Verdict::Holds,
            replaced_by: None,
        },
        Regime {
            id: "decoupling",
            title: "two Haar distributed modes under uniform states",
            expected: Verdict::Holds,
            replaced_by: None,
        },
        Regime {
            id: "extensive-rank",
            title: "independent weights, all modes at work, zero field",
            expected: Verdict::Refuted,
            replaced_by: Some("T09: Onsager's reaction; the product of Gaussians errs by an extensive amount"),
        },
    ],
};

const ALL: &[&str] = &["finite-rank", "decoupling"];
const FINITE: &[&str] = &["finite-rank"];
const DECOUPLING: &[&str] = &["decoupling"];

static FALSIFIERS: [Falsifier; 6] = [
    Falsifier {
        id: "covariance-sign", title: "−βλ for βλ in the covariance", stage: Stage::Derivation, regimes: ALL
    },
    Falsifier {
        id: "pairings-uncounted",
        title: "orders of the arguments of a joint cumulant not counted",
        stage: Stage::Derivation,
        regimes: ALL,
    },
    Falsifier {
        id: "sigma-squared-missing",
        title: "exponent of the Gaussian normaliser times σ² = 1/4",
        stage: Stage::Measurement,
        regimes: FINITE,
    },
    Falsifier {
        id: "wrong-sign",
        title: "−βλ for βλ in the predicted covariance",
        stage: Stage::Measurement,
        regimes: FINITE,
    },
    Falsifier {
        id: "cross-terms-dropped",
        title: "ρ₁² + ρ₂² for (ρ₁ + ρ₂)² in ln Z of two modes",
        stage: Stage::Measurement,
        regimes: FINITE,
    },
    Falsifier { id: "five-units", title: "modes on five units", stage: Stage::Measurement, regimes: DECOUPLING },
];

impl Theorem for CoupledBosons {
    fn statement(&self) -> &'static Statement {
        &STATEMENT
    }

    fn falsifiers(&self) -> &'static [Falsifier] {
        &FALSIFIERS
    }

    fn derive(&self, case: Case<'_>) -> Result<Derivation, CheckError> {
        let mut steps = Derivation::new();
        let int = Poly::int;
        let [g, x, y] = ["g", "x", "y"].map(Poly::var);
        // ln of the weight of one mode, g = βλ: e^(gxy) times two normal laws of variance 1/4.
        let exponent = &g * &x * &y - int(2) * (&x * &x + &y * &y);
        let second = |a: &'static str, b: &'static str| -exponent.diff(a).diff(b);
        let precision =
            Matrix::from_rows(vec![vec![second("x", "x"), second("x", "y")], vec![second("y", "x"), second("y", "y")]]);
        let det = int(16) - &g * &g;
        steps.equal("diagonal of the precision", &precision[(0, 0)], &int(4));
        steps.equal("its determinant is 16 − g², g = βλ", &precision.determinant(), &det);
        let covariance = if case.broken("covariance-sign") { -&g } else { g.clone() };
        let adjugate = Matrix::from_rows(vec![vec![int(4), covariance.clone()], vec![covariance.clone(), int(4)]]);
        let product = &precision * &adjugate;
        steps.equal("precision times (4, g; g, 4) is 16 − g² on the diagonal", &product[(0, 0)], &det);
        steps.equal("and 0 beside it: cov(x, y) = g/(16 − g²)", &product[(0, 1)], &int(0));
        // u = (x + y)/√2: var u = var x + cov(x, y); w with the opposite sign.
        let over = |p: Poly| RatFn::new(p, det.clone());
        let plus = over(int(4) + &covariance);
        let minus = over(int(4) - &covariance);
        steps.equal("var u = 1/(4 − g)", &plus, &RatFn::new(int(1), int(4) - &g));
        steps.equal("var w = 1/(4 + g)", &minus, &RatFn::new(int(1), int(4) + &g));
        // Fourth cumulant −κ/8 of x as the operator −(κ/192) ∂⁴ under the tilted law of variance v and covariance c:
        // ⟨∂⁴(x² e^(gxy))⟩ and ⟨∂⁴(xy e^(gxy))⟩ over ⟨e^(gxy)⟩, minus what the normaliser takes back, by Wick sums.
        let (v, c) = (over(int(4)), over(covariance.clone()));
        let f = |k: i64| RatFn::from(int(k));
        let pow = |r: &RatFn, k: u32| (0..k).fold(f(1), |p, _| &p * r);
        let g_ = RatFn::from(g.clone());
        let first = RatFn::from(Poly::ratio(-1, 192));
        // ∂x⁴ x²e^(gxy) = (g⁴x²y⁴ + 8g³xy³ + 12g²y²)e^(gxy); ⟨x²y⁴⟩ − ⟨x²⟩⟨y⁴⟩ = 12vc², ⟨xy³⟩ = 3vc.
        let xx_x = &first
            * &(&(&(&pow(&g_, 4) * &f(12)) * &(&v * &pow(&c, 2)) + &(&pow(&g_, 3) * &f(24)) * &(&v * &c))
                + &(&pow(&g_, 2) * &f(12)) * &v);
        // ∂y⁴ x²e^(gxy) = g⁴x⁶e^(gxy); ⟨x⁶⟩ − ⟨x²⟩⟨x⁴⟩ = 12v³.
        let xx_y = &first * &(&(&pow(&g_, 4) * &f(12)) * &pow(&v, 3));
        // ∂x⁴ xy e^(gxy) = (g⁴xy⁵ + 4g³y⁴)e^(gxy); ⟨xy⁵⟩ − ⟨xy⟩⟨y⁴⟩ = 12v²c.
        let xy_x = &first * &(&(&pow(&g_, 4) * &f(12)) * &(&pow(&v, 2) * &c) + &(&pow(&g_, 3) * &f(12)) * &pow(&v, 2));
        let [used_xx, used_xy_side, used_xy] = corrections();
        steps.equal("κx moves ⟨x²⟩ by −κx 64g²/(16 − g²)³", &xx_x, &used_xx);
        steps.equal("κy moves ⟨x²⟩ by −κy 4g⁴/(16 − g²)³", &xx_y, &used_xy_side);
        steps.equal("κx and κy move ⟨xy⟩ by −16(κx + κy)g³/(16 − g²)³", &xy_x, &used_xy);
        let squares = RatFn::from(Poly::ratio(1, 2)) * (&xx_x + &xx_y);
        let apart = int(4) - &g;
        let along_u = RatFn::new(int(-2) * g.pow(2), apart.pow(3) * (int(4) + &g));
        steps.equal("var u = 1/(4 − g) − 2(κx + κy)g²/((4 − g)³(4 + g))", &(&squares + &xy_x), &along_u);
        let along_w = RatFn::new(int(-2) * g.pow(2), apart * (int(4) + &g).pow(3));
        steps.equal("var w = 1/(4 + g) − 2(κx + κy)g²/((4 + g)³(4 − g))", &(&squares - &xy_x), &along_w);
        let log = RatFn::new(Poly::ratio(-1, 4) * g.pow(4), det.pow(2));
        steps.equal("⟨xy⟩ is the derivative of ln Z's correction −¼(κx + κy)g⁴/(16 − g²)²", &log.diff("g"), &xy_x);
        // Joint cumulants of two modes: derivatives of Σ_j ln cosh((t U_ji + s U_jk)/2) at 0, one unit j.
        let [t, s, u, v] = ["t", "s", "U", "V"].map(Poly::var);
        let bit = PowerSeries::cosh(8).ln().compose(&PowerSeries::variable(8).scale(&Poly::ratio(1, 2)));
        let field = &t * &u + &s * &v;
        let factorial = |n: u32| int((1..=i64::from(n)).product());
        let joint = |a: u32, b: u32| {
            let order = bit.coefficient((a + b) as usize) * field.pow(a + b);
            // (a + b)!/(a! b!) placements of a factors t and b factors s stand in the power of the field.
            let placements = if case.broken("pairings-uncounted") { factorial(a + b).reciprocal() } else { int(1) };
            placements * factorial(a) * factorial(b) * order.coefficient("t", a).coefficient("s", b)
        };
        for (a, b) in [(2, 2), (4, 2), (3, 3), (4, 4), (6, 2)] {
            let name = format!("joint cumulant of order {a} + {b} of one unit: κ_{} U^{a} V^{b}", a + b);
            steps.equal(&name, &joint(a, b), &cumulant::joint(&[(&u, a), (&v, b)]));
        }
        let n = Poly::var("N");
        let entries = haar::two_columns(&[2], &[2]);
        let mean = RatFn::from(&n * joint(2, 2).coefficient("U", 2).coefficient("V", 2)) * entries;
        let below = int(8) * (&n + int(2));
        steps.equal("summed over N units, Haar mean: −1/(8(N+2))", &mean, &RatFn::new(int(-1), below));
        Ok(steps)
    }

    fn measure(&self, case: Case<'_>, lab: &Lab) -> Result<Evidence, CheckError> {
        let mut evidence = Evidence::default();
        match case.regime.id {
            "finite-rank" => {
                enumerated(&mut evidence)?;
                amplitudes(&case, lab, &mut evidence);
                sampled(&case, lab, &mut evidence)?;
            }
            "decoupling" => decoupling(&case, lab, &mut evidence)?,
            _ => extensive(&case, lab, &mut evidence)?,
        }
        Ok(evidence)
    }

    fn figures(&self, dossier: &Dossier) -> Vec<Figure> {
        figure(dossier).into_iter().collect()
    }
}

/// First-order corrections of (⟨x²⟩, ⟨xy⟩) over κx and κy, as functions of g: (x² κx, x² κy, xy κx), from the derivation.
fn corrections() -> [RatFn; 3] {
    let g = Poly::var("g");
    let det = Poly::int(16) - &g * &g;
    let over = |p: Poly, power: u32| RatFn::new(p, det.pow(power));
    [over(Poly::int(-64) * g.pow(2), 3), over(Poly::int(-4) * g.pow(4), 3), over(Poly::int(-16) * g.pow(3), 3)]
}

/// What the oscillators predict for one mode at coupling g, fields along it, and the 1/N amplitude at first order.
struct Predicted {
    /// var u, var w, cov(x, y), ln Z without and with fields.
    limits: [f64; 5],
    /// Their corrections over 1/N + 1/M.
    amplitudes: [f64; 5],
}

/// Fields along both sides of a mode in the check of ln Z with fields; equal, so that κx and κy enter alike.
const FIELD: f64 = 0.7;

fn predicted(case: &Case<'_>, g: f64) -> Predicted {
    let det = 16.0 - g * g;
    let sign = if case.broken("wrong-sign") { -1.0 } else { 1.0 };
    let exponent = if case.broken("sigma-squared-missing") { 0.25 } else { 1.0 };
    let (variance, rho) = (4.0 / det, g * g / det);
    // Mean of x and of y for equal fields f: f/(4 − g). The exponent is 8f² + 2gf² over 2(16 − g²) = f²/(4 − g).
    let mean = FIELD / (4.0 - g);
    let free = -0.5 * (1.0 - g * g / 16.0).ln();
    // −(1/192)⟨(gy + f)⟩⁴ with gy + f of mean 4x̄ and variance g² var y.
    let (m, s) = (4.0 * mean, g * g * variance);
    let with_field = -(m.powi(4) + 6.0 * m * m * s + 3.0 * s * s) / 192.0;
    let both = |c: &RatFn| c.evaluate_f64(&[("g", g)]);
    let [xx, xy_side, xy] = corrections();
    // u² = (x² + y²)/2 + xy: half of both sides' κx and κy terms, symmetric in κx and κy.
    let squares = 0.5 * (both(&xx) + both(&xy_side));
    Predicted {
        limits: [
            1.0 / (4.0 - sign * g),
            1.0 / (4.0 + sign * g),
            sign * g / det,
            free,
            free + exponent * FIELD * FIELD / (4.0 - g),
        ],
        amplitudes: [squares + both(&xy), squares - both(&xy), both(&xy), -0.25 * rho * rho, with_field],
    }
}

/// All states of a machine of rank one against its binomial law.
fn enumerated(evidence: &mut Evidence) -> Result<(), CheckError> {
    let (n, m, g) = (6usize, 5usize, 2.3);
    let machine = rank_one(n, m, g)?;
    let (p, q) = (1.0 / (n as f64).sqrt(), 1.0 / (m as f64).sqrt());
    let (mut z, mut sums) = (0.0, [0.0; 3]);
    for state in 0..1u32 << (n + m) {
        let bit = |at: usize| f64::from(state >> at & 1);
        let (v, h): (Vec<f64>, Vec<f64>) = ((0..n).map(bit).collect(), (n..n + m).map(bit).collect());
        let weight = (-machine.energy(&v, &h)).exp();
        let along = |states: &[f64], size: f64| states.iter().map(|one| size * (one - 0.5)).sum::<f64>();
        let (x, y) = (along(&v, p), along(&h, q));
        z += weight;
        sums.iter_mut().zip([0.5 * (x + y).powi(2), 0.5 * (y - x).powi(2), x * y]).for_each(|(s, t)| *s += weight * t);
    }
    let found = RankOne::new(n, m, g).moments();
    let c0 = 0.5 * machine.visible_bias.iter().chain(&machine.hidden_bias).sum::<f64>()
        + 0.25 * machine.weights.iter().sum::<f64>();
    let rows = [
        ("var u over all 2¹¹ states of rank one against the binomial law", sums[0] / z, found.uu),
        ("var w", sums[1] / z, found.ww),
        ("cov(x, y)", sums[2] / z, found.xy),
        ("ln Z", z.ln() - c0 - (n + m) as f64 * std::f64::consts::LN_2, found.log_partition),
    ];
    for (name, observed, predicted) in rows {
        let because = "sums over 2¹¹ states of terms of the size of their mean";
        let judge = Judge::Rounding { factor: 4.0, n: 1 << (n + m), scale: 1.0, because };
        evidence.measurements.push(Measurement { name: name.into(), observed, predicted, judge });
    }
    Ok(())
}

/// W = g p qᵀ with equal entries, at zero field.
fn rank_one(n: usize, m: usize, g: f64) -> Result<Rbm, CheckError> {
    let weight = g / ((n * m) as f64).sqrt();
    Rbm::zero_field(n, m, vec![weight; n * m]).map_err(CheckError::while_doing("T05 machine"))
}

const COUPLINGS: [f64; 3] = [1.0, 2.0, 3.0];

/// Amplitudes of the corrections over 1/N + 1/M from the exact law at growing size.
fn amplitudes(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) {
    // Two modes cost N² each.
    let (one, two): (&[usize], &[usize]) = match lab.plan().scale {
        Scale::Quick => (&[3_000, 6_000, 12_000], &[120, 240, 480]),
        Scale::Full => (&[60_000, 240_000, 960_000], &[480, 960, 1_920]),
    };
    let names = ["var u", "var w", "cov(x, y)", "ln Z", "ln Z with fields"];
    let mut table = Table::new("log-partition", &["size", "one", "one_predicted", "two", "two_predicted"]);
    let measured = |g: f64, n: usize| {
        let (m, quiet) = (2 * n / 3, RankOne::new(n, 2 * n / 3, g));
        let (found, fields) = (quiet.moments(), RankOne { field_x: FIELD, field_y: FIELD, ..quiet }.moments());
        let seen = [found.uu, found.ww, found.xy, found.log_partition, fields.log_partition];
        let small = 1.0 / n as f64 + 1.0 / m as f64;
        let Predicted { limits, .. } = predicted(case, g);
        std::array::from_fn::<f64, 5, _>(|i| (seen[i] - limits[i]) / small)
    };
    let tasks: Vec<(f64, usize)> = COUPLINGS.iter().flat_map(|&g| one.iter().map(move |&n| (g, n))).collect();
    let found: Vec<[f64; 5]> = tasks.par_iter().map(|&(g, n)| measured(g, n)).collect();
    for (i, name) in names.iter().enumerate() {
        // The coupling that is furthest off at the largest size speaks for the quantity.
        let of = |at: usize| {
            let g = COUPLINGS[at];
            let amplitude = predicted(case, g).amplitudes[i];
            let series: Vec<f64> = (0..one.len()).map(|k| found[at * one.len() + k][i]).collect();
            (g, amplitude, series)
        };
        let off = |(_, amplitude, series): &(f64, f64, Vec<f64>)| (series[series.len() - 1] / amplitude - 1.0).abs();
        let Some((g, amplitude, series)) = (0..COUPLINGS.len()).map(of).max_by(|a, b| off(a).total_cmp(&off(b))) else {
            continue;
        };
        evidence.measurements.push(amplitude_check(
            format!("1/N amplitude of {name} of rank one, worst of g = 1, 2, 3 (g = {g})"),
            amplitude,
            &series,
            one,
        ));
    }
    let couplings = [2.0, 1.5];
    let rho = couplings.map(|g: f64| g * g / (16.0 - g * g));
    let squares =
        if case.broken("cross-terms-dropped") { rho[0] * rho[0] + rho[1] * rho[1] } else { (rho[0] + rho[1]).powi(2) };
    let limit: f64 = couplings.iter().map(|g| -0.5 * (1.0 - g * g / 16.0).ln()).sum();
    let series: Vec<f64> = two
        .par_iter()
        .map(|&n| {
            let m = 2 * (n / 3);
            (two_modes_log_partition(n, m, couplings) - limit) / (1.0 / n as f64 + 1.0 / m as f64)
        })
        .collect();
    evidence.measurements.push(amplitude_check(
        "1/N amplitude of ln Z of two modes, g = 2 and 1.5".into(),
        -0.25 * squares,
        &series,
        two,
    ));
    for (k, &n) in two.iter().enumerate() {
        let small = 1.0 / n as f64 + 1.0 / (2 * (n / 3)) as f64;
        let single = measured(couplings[0], n)[3];
        table.rows.push(vec![
            n as f64,
            -single * small,
            0.25 * rho[0] * rho[0] * small,
            -series[k] * small,
            0.25 * squares * small,
        ]);
    }
    evidence.tables.push(table);
}

/// Amplitudes that approach the predicted one with order 1 in 1/N.
fn amplitude_check(name: String, predicted: f64, series: &[f64], sizes: &[usize]) -> Measurement {
    let off = |k: usize| (series[k] - predicted).abs();
    let last = series.len() - 1;
    let measured_order = (off(0) / off(last)).ln() / (sizes[last] as f64 / sizes[0] as f64).ln();
    let judge = Judge::Truncation {
        order: 1.0,
        measured_order,
        bound: 0.05 * predicted.abs(),
        because: "a twentieth of the derived amplitude; what is left is of second order in 1/N",
    };
    Measurement { name, observed: series[last], predicted, judge }
}

/// Gibbs chains of a machine of rank one.
fn sampled(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let (n, m, g) = (300usize, 200usize, 2.0);
    let machine = rank_one(n, m, g)?.to_f32();
    let chains = 200 * lab.plan().mode_replicas;
    let mut run = Chains::independent(&machine, chains, lab.key("T05", case, "chains"));
    // A sweep multiplies a deviation by (g/4)² = 1/4: 4^(−20) is left of the start.
    run.sweep(&machine, 20);
    let means = hidden_means(&machine, &run.visible);
    let (p, q) = (1.0 / (n as f64).sqrt(), 1.0 / (m as f64).sqrt());
    let rng = &mut lab.stream("T05", case, "hidden", 0);
    let mut table = Table::new("pairs", &["x", "y"]);
    let (mut squares, mut products) = (Vec::with_capacity(chains), Vec::with_capacity(chains));
    for (chain, means) in means.chunks(m).enumerate() {
        let x = p * (run.visible.ones(chain).count() as f64 - 0.5 * n as f64);
        // ⟨xy⟩ needs the mean of y given the chain's state only; the picture shows a drawn one.
        let y = q * means.iter().map(|mean| f64::from(*mean) - 0.5).sum::<f64>();
        squares.push(x * x);
        products.push(x * y);
        if table.rows.len() < 600 {
            let drawn = means.iter().filter(|mean| rng.random::<f32>() < **mean).count() as f64;
            table.rows.push(vec![x, q * (drawn - 0.5 * m as f64)]);
        }
    }
    let det = 16.0 - g * g;
    let sign = if case.broken("wrong-sign") { -1.0 } else { 1.0 };
    for (name, values, predicted) in [("⟨x²⟩", squares, 4.0 / det), ("⟨xy⟩", products, sign * g / det)] {
        let interval =
            stat::mean::mean_interval(&values, 1.0 - ALPHA).map_err(CheckError::while_doing("T05 chains"))?;
        evidence.measurements.push(check::near(
            format!("{name} over {chains} Gibbs chains of rank one, g = 2"),
            values.iter().sum::<f64>() / chains as f64,
            interval,
            predicted,
            0.1 * predicted.abs(),
            "a tenth; the 1/N correction is below one part in a hundred",
        ));
    }
    evidence.tables.push(table);
    Ok(())
}

/// A uniform point on the unit sphere, and another one orthogonal to it.
fn haar_pair(n: usize, rng: &mut impl Rng) -> [Vec<f64>; 2] {
    let mut draw = || -> Vec<f64> { (0..n).map(|_| StandardNormal.sample(rng)).collect() };
    let (mut u, mut v) = (draw(), draw());
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let scale = |a: &mut Vec<f64>| {
        let norm = dot(a, a).sqrt();
        a.iter_mut().for_each(|x| *x /= norm);
    };
    scale(&mut u);
    let along = dot(&u, &v);
    v.iter_mut().zip(&u).for_each(|(v, u)| *v -= along * u);
    scale(&mut v);
    [u, v]
}

/// Two modes on n units, or on five of them.
fn modes(case: &Case<'_>, n: usize, rng: &mut impl Rng) -> [Vec<f64>; 2] {
    if case.broken("five-units") { haar_pair(5, rng) } else { haar_pair(n, rng) }
}

/// Joint fourth cumulant of two modes against N, exactly and from drawn states.
fn decoupling(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let doing = || CheckError::while_doing::<stat::StatError>("T05 decoupling");
    let sizes = [50usize, 100, 200, 400, 800, 1600];
    let draws = lab.plan().mode_replicas;
    let cumulants: Vec<Vec<f64>> = sizes
        .iter()
        .map(|&n| {
            let one = |draw: usize| {
                let [u, v] = modes(case, n, &mut lab.stream("T05", case, "pair", n * draws + draw));
                -0.125 * u.iter().zip(&v).map(|(u, v)| (u * v).powi(2)).sum::<f64>()
            };
            (0..draws).into_par_iter().map(one).collect()
        })
        .collect();
    let (x, y): (Vec<f64>, Vec<f64>) = sizes
        .iter()
        .zip(&cumulants)
        .flat_map(|(&n, of)| of.iter().map(move |k| ((n as f64 + 2.0).ln(), (-k).ln())))
        .unzip();
    let line = stat::regression::linear_fit(&x, &y, 1.0 - ALPHA).map_err(doing())?;
    evidence.measurements.push(check::near(
        "exponent of the joint fourth cumulant of two modes in N + 2",
        line.slope,
        line.slope_interval,
        -1.0,
        0.25,
        "a quarter: a slower decay than N^(−3/4) is none of 1/N",
    ));
    let scaled: Vec<f64> =
        sizes.iter().zip(&cumulants).flat_map(|(&n, of)| of.iter().map(move |k| k * (n as f64 + 2.0))).collect();
    let interval = stat::mean::mean_interval(&scaled, 1.0 - ALPHA).map_err(doing())?;
    evidence.measurements.push(check::near(
        "joint fourth cumulant times N + 2, mean over modes and sizes",
        scaled.iter().sum::<f64>() / scaled.len() as f64,
        interval,
        -0.125,
        0.0125,
        "a tenth of the Haar amplitude −1/8",
    ));
    let mut table = Table::new("cumulant", &["size", "cumulant", "error", "predicted"]);
    for (&n, of) in sizes.iter().zip(&cumulants) {
        let interval = stat::mean::mean_interval(of, 0.682_689_492_137_085_9).map_err(doing())?;
        let middle = -0.5 * (interval.low + interval.high);
        let half = 0.5 * (interval.high - interval.low);
        table.rows.push(vec![n as f64, middle, half, 0.125 / (n as f64 + 2.0)]);
    }
    evidence.tables.push(table);

    // Drawn states on 30 units, where the cumulant stands out. Over all pairs of a basis Σ_(i≠k) x_i²x_k² = (N/4)² − Σ x⁴, since
    // Σ x² = N/4 in every state; ⟨x²⟩² = 1/16 is exact too.
    let n = 30;
    let bases = 4 * lab.plan().mode_replicas;
    let of_basis = |basis: usize| {
        let rng = &mut lab.stream("T05", case, "drawn-states", basis);
        let q = if case.broken("five-units") {
            let blocks: Vec<Mat<f64>> = (0..n / 5).map(|_| rotation::haar_orthogonal(5, rng)).collect();
            Mat::from_fn(n, n, |j, i| if j / 5 == i / 5 { blocks[j / 5][(j % 5, i % 5)] } else { 0.0 })
        } else {
            rotation::haar_orthogonal(n, rng)
        };
        let states = 50;
        let signs: Vec<u64> = (0..states).map(|_| rng.next_u64()).collect();
        let half = Mat::from_fn(n, states, |j, state| if signs[state] >> j & 1 == 1 { 0.5 } else { -0.5 });
        let x = q.transpose() * half;
        let fourth: f64 = x.col_iter().flat_map(|state| state.iter().map(|x| x.powi(4))).sum::<f64>() / states as f64;
        let size = n as f64;
        (size * size / 16.0 - fourth) / (size * (size - 1.0)) - 1.0 / 16.0
    };
    let means: Vec<f64> = (0..bases).into_par_iter().map(of_basis).collect();
    let predicted = -0.125 / (n as f64 + 2.0);
    let interval = stat::mean::mean_interval(&means, 1.0 - ALPHA).map_err(doing())?;
    evidence.measurements.push(check::near(
        format!("joint fourth cumulant over all pairs of modes, {bases} bases of 30 units, 50 drawn states each"),
        means.iter().sum::<f64>() / bases as f64,
        interval,
        predicted,
        0.25 * predicted.abs(),
        "a quarter: a cumulant of zero is four bounds away",
    ));
    Ok(())
}

/// ln Z of independent weights at zero field against the Gaussian's, exactly.
fn extensive(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let doing = || CheckError::while_doing::<stat::StatError>("T05 extensive rank");
    let (sizes, draws): (&[usize], usize) = match lab.plan().scale {
        Scale::Quick => (&[8, 12, 16], 20),
        Scale::Full => (&[8, 12, 16, 20], 40),
    };
    // s√N = 0.6: the order β⁶ that the formula leaves out is a few per cent of it.
    let strength = 0.6;
    let found = (0..sizes.len() * draws)
        .map(|at| {
            let n = sizes[at / draws];
            let s = strength / (n as f64).sqrt();
            let w = ensemble::normal(n, n, s, &mut lab.stream("T05", case, "machine", at));
            let weights: Vec<f64> = (0..n * n).map(|at| w[(at / n, at % n)]).collect();
            let machine = Rbm::zero_field(n, n, weights).map_err(CheckError::while_doing("T05 machine"))?;
            let gaussian = mean_field::gaussian(&machine)
                .map_err(CheckError::while_doing("T05 Gaussian ln Z"))?
                .map_err(CheckError::Input)?;
            let exact = exact::log_partition(&machine)
                .ok_or_else(|| CheckError::Input("T05: a machine too large to enumerate".into()))?;
            let (rows, columns) = (&w * w.transpose(), w.transpose() * &w);
            let squares = (0..n).map(|j| rows[(j, j)].powi(2) + columns[(j, j)].powi(2)).sum::<f64>();
            let quartic = machine.weights.iter().map(|w| w.powi(4)).sum::<f64>();
            Ok((n as f64, gaussian - exact, (squares - 2.0 / 3.0 * quartic) / 1024.0))
        })
        .collect::<Result<Vec<_>, CheckError>>()?;
    let x: Vec<f64> = found.iter().map(|row| row.0.ln()).collect();
    let y: Vec<f64> = found.iter().map(|row| row.1.abs().ln()).collect();
    let line = stat::regression::linear_fit(&x, &y, 1.0 - ALPHA).map_err(doing())?;
    evidence.measurements.push(check::near(
        "exponent in N of the Gaussian's error of ln Z at fixed s√N",
        line.slope,
        line.slope_interval,
        -1.0,
        0.5,
        "half of the way to an error that does not vanish; extensive is +1",
    ));
    let ratios: Vec<f64> = found.iter().map(|row| row.1 / row.2).collect();
    let interval = stat::mean::mean_interval(&ratios, 1.0 - ALPHA).map_err(doing())?;
    evidence.measurements.push(check::near(
        "that error over (β⁴/1024)[Σ(WWᵀ)²_jj + Σ(WᵀW)²_kk − (2/3)ΣW⁴]",
        ratios.iter().sum::<f64>() / ratios.len() as f64,
        interval,
        1.0,
        0.1,
        "the next order is β²s²(N+M)/16 of it at most, 0.045 at s√N = 0.6; twice that",
    ));
    let mut table = Table::new("extensive", &["size", "error", "scatter", "predicted"]);
    for (k, &n) in sizes.iter().enumerate() {
        let rows = &found[k * draws..(k + 1) * draws];
        let values: Vec<f64> = rows.iter().map(|row| row.1).collect();
        let interval = stat::mean::mean_interval(&values, 0.682_689_492_137_085_9).map_err(doing())?;
        let size = n as f64;
        let predicted = (strength * strength / size).powi(2) * size * size * (2.0 * size + 2.0) / 1024.0;
        let (middle, half) = (0.5 * (interval.low + interval.high), 0.5 * (interval.high - interval.low));
        table.rows.push(vec![size, middle, half, predicted]);
    }
    evidence.tables.push(table);
    Ok(())
}

fn figure(dossier: &Dossier) -> Option<Figure> {
    let finite = dossier.regime("finite-rank")?;
    let (pairs, logs) = (finite.evidence.table("pairs")?, finite.evidence.table("log-partition")?);
    let dropped = finite.falsifiers.iter().find(|trial| trial.id == "cross-terms-dropped")?;
    let dropped = dropped.evidence.table("log-partition")?;
    let decoupling = dossier.regime("decoupling")?;
    let cumulant = decoupling.evidence.table("cumulant")?;
    let five = decoupling.falsifiers.iter().find(|trial| trial.id == "five-units")?.evidence.table("cumulant")?;
    let extensive = dossier.regime("extensive-rank")?.evidence.table("extensive")?;
    let against = |table: &Table, x: &str, y: &str| -> Vec<(f64, f64)> {
        table.column(x).into_iter().zip(table.column(y)).collect()
    };
    // One standard deviation of the coupled law, an ellipse along u and w, and of uniform states, a circle.
    let ellipse = |u: f64, w: f64| -> Vec<(f64, f64)> {
        grid(0.0, 2.0 * std::f64::consts::PI, 120)
            .map(|t| (u * t.cos(), w * t.sin()))
            .map(|(u, w)| ((u - w) / 2f64.sqrt(), (u + w) / 2f64.sqrt()))
            .collect()
    };
    let panels = vec![
        Panel {
            title: "one mode, βλ = 2".into(),
            x: Axis::linear("x, visible coordinate, centred"),
            y: Axis::linear("y, hidden coordinate, centred"),
            series: vec![
                Series::points("Gibbs chains", Role::Measurement, against(pairs, "x", "y")),
                Series::line(
                    "oscillators, 2 standard deviations",
                    Role::Prediction,
                    ellipse(2.0 * (1.0f64 / 2.0).sqrt(), 2.0 * (1.0f64 / 6.0).sqrt()),
                ),
                Series::line("uniform states", Role::Falsifier, ellipse(1.0, 1.0)),
            ],
            contours: None,
        },
        Panel {
            title: "two modes decouple".into(),
            x: Axis::log("N, number of visible units"),
            y: Axis::log("−κ₄(x₁, x₁, x₂, x₂)"),
            series: vec![
                Series {
                    errors: five.column("error"),
                    ..Series::points("modes on five units", Role::Falsifier, against(five, "size", "cumulant"))
                },
                Series {
                    errors: cumulant.column("error"),
                    ..Series::points("Haar modes", Role::Measurement, against(cumulant, "size", "cumulant"))
                },
                Series::line("1/(8(N+2))", Role::Prediction, against(cumulant, "size", "predicted")),
            ],
            contours: None,
        },
        Panel {
            title: "error of the Gaussian ln Z".into(),
            x: Axis::log("N, number of visible units"),
            y: Axis::log("Gaussian ln Z − exact ln Z"),
            series: vec![
                Series::points("one mode", Role::Measurement, against(logs, "size", "one")),
                Series::points("two modes", Role::Measurement, against(logs, "size", "two")),
                Series {
                    errors: extensive.column("scatter"),
                    ..Series::points("all modes, s√N = 0.6", Role::Measurement, against(extensive, "size", "error"))
                },
                Series::line("¼(1/N + 1/M)ρ²", Role::Prediction, against(logs, "size", "one_predicted")),
                Series::line("¼(1/N + 1/M)(ρ₁ + ρ₂)²", Role::Prediction, against(logs, "size", "two_predicted")),
                Series::line("s⁴NM(N+M+2)/1024", Role::Prediction, against(extensive, "size", "predicted")),
                Series::line("cross terms dropped", Role::Falsifier, against(dropped, "size", "two_predicted")),
            ],
            contours: None,
        },
    ];
    Some(Figure {
        name: "T05_bosons",
        title: "Modes as coupled oscillators".into(),
        caption: "Left: states of Gibbs chains of a machine of rank one with the law of two coupled oscillators, and uniform states \
                  (grey). Middle: joint fourth cumulant of two modes, which falls as 1/N unless the modes live on five units (grey). \
                  Right: what the Gaussian ln Z is too large by: falling as 1/N for one and two modes, growing with N when all modes are at \
                  work; grey: two modes without their cross term."
            .into(),
        panels,
    })
}
