//! # T09: what replaces the product of Gaussians
//!
//! ## Statement
//! With an extensive number of coupled modes the precision 4 of the prior becomes A on visible and B on hidden units, fixed by
//! (1/N)[Σ B/(AB − β²λ²) + (N−r)/A] = 1/4 and its mirror image. Then var x_i = B/(AB − β²λ_i²), and ln Z follows up to a
//! remainder that does not grow with N. For i.i.d. weights A = 4 + β²s²M/4, B = 4 + β²s²N/4, stable up to
//! βs = 4/(NM)^(1/4), not up to βs(√N + √M) = 4. A spike on the bulk is unstable from planted strength βθ = 4.
//!
//! ## Source
//! Our addition to arXiv 2503.21536. Adaptive TAP: M. Opper and O. Winther, Phys. Rev. E 64 (2001) 056131.
//!
//! ## Hypotheses
//! - Zero field: both layers see centred fields of zero. Paramagnet.
//!
//! ## Regimes
//! - `paramagnet`: independent normal weights, s√N = 1 to 3, N = M, 5M/3 and 2M: holds.
//! - `spike`: a spike of strength θ on a bulk with s√N = 2: holds. Finite at θ = 2.5, though its βλ = 4.1 exceeds 4.
//! - `beyond-glass-line`: s√N = 6 and 8: refuted. The equations keep a root, which condenses on one mode; the machine is a spin
//!   glass and has no closed form here.
//! - `outside-zero-field`: a = b = 0 at s√N = 1.5: refuted, the centred fields W½ matter; replaced by `fields`.
//! - `fields`: machines of the same kind with the reaction on every unit's own field, p = logistic(a + Wq − (p − ½) Σ W²q(1−q)): holds.
//!
//! ## Derivation
//! The two conditions as stationarity of the constrained free energy, through the determinant of the coupled precision;
//! N(A − 4) = M(B − 4) from their difference; A and B for i.i.d. weights from the cavity equations, whose expansion is compared
//! with Wick sums; the perfect square at the edge of the bulk and both thresholds; a spike at βθ = 4; the error of the Gaussian
//! product to order β⁴ by enumeration of all 16 states of a 2 x 2 machine with symbolic weights, and its mean; the same error
//! with the reaction, whose mean is no longer extensive. With ρ = (βs)⁴NM/256, the sums over pairs and cycles of units whose mean
//! over weights is ¼ ln(1 − ρ): ln Z of a large machine is (N+M) ln 2 + βc0 + β²s²NM/32 + ¼ ln(1 − ρ). With fields, the order W²
//! of the free energy at given means and what it does to fields, precisions and couplings.
//!
//! Finite sizes: a unit's A_j = 4 + Σ_k W_jk²/4 scatters by O(N^(−1/2)) with mean 0, which moves the precision of a mode in second order,
//! by Σ_i (u₁ᵀ δA u_i)²/(gap) ~ 1/N; A of one spectrum differs from its limit by O(1/N). At the edge λ₁ itself is N^(−2/3) off, so
//! λ₁ of the machine enters every prediction; what is left is extrapolated in 1/N, and the next order is N^(−4/3).
//!
//! Two results are used that the derivation does not contain. The mean over weights of the reaction's ln Z is larger than that of
//! ln Z by −½ ln(1 − ρ) (saddle point of the mean determinant, fluctuations included): its remainder, which at order β⁴ is a step
//! of the derivation. And a unit's field is Gaussian of variance c = s²M/4 in its absence,
//! so that E[p(1−p)] = Q = e^(−c/8) ∫ N(z; 0, c) dz/(4 cosh(z/2)).
//!
//! ## Evidence
//! - ln Z by enumeration of many small machines, square and N:M = 5:3 (20 x 12 among them): the remainders against 1/N; their
//!   limits are −½ ln(1 − ρ) with the reaction (`rbm::mean_field::onsager`, which users call) and ¼ ln(1 − ρ) beyond s²NM/32. The scatter of
//!   orders β² and β⁴, known for every machine, is taken off. Order β⁴ on 24 machines. The same by annealed importance sampling at larger N,
//!   s√N = 3.
//! - Block Gibbs sampling, every matrix with its own 96 chains (spikes 32, 64 at θ = 4); means over matrices against 1/N, limits judged with
//!   Student's intervals of confidence 1 − 10⁻⁶ from independent matrices: 1/var x of the leading mode and of all modes, with the reaction of the drawn
//!   spectrum and with the closed form; autocorrelation over one sweep against 1 − Q/var x, and against the exact form with
//!   E[p(1−p)] from the chains; autocorrelation of x₁ over k sweeps, about as many as it takes to forget, against
//!   (λ²/(AB))^k; overlap of a state with itself 64 sweeps later.
//! - Outside the hypotheses, `beyond-glass-line` and `outside-zero-field`: `onsager` refuses every machine.
//! - `fields`: means and variances of the chains against the solution for each machine.
//! - `spike`: growth of ⟨x₁²⟩ with N: exponents 0, 1/2, 1 at θ = 2.5, 4, 6.
//!
//! ## Falsifiers
//! - `reaction-dropped`: A = 4 in the closed form.
//! - `quartic-dropped`: the error without −(2/3) Σ W⁴.
//! - `cycles-both-ways`: every cycle counted in both directions, in the derivation.
//! - `remainder-dropped`: ln Z of a large machine without ¼ ln(1 − ρ).
//! - `uncorrected-gaussian`: A = B = 4 in every prediction; with fields, the mean field without reaction.
//! - `pairs-counted-twice`: every pair of units counted from both sides: A = 4 + β²s²M/2, B = 4 + β²s²N/2, and s²NM/16 in ln Z.
//! - `exchanged`: A and B exchanged in machines with N ≠ M.
//! - `closed-beyond-limit`: the closed form at s√N = 8.
//! - `edge-added`: a spike on a bulk unstable only from βθ = 4 + βs(√N + √M).
//!
//! They sample fewer and smaller machines than the claim, as an error that grows with N or exceeds its bound several times allows.
//!
//! ## Limits
//! Beyond the threshold the root still exists and means nothing. The remainder of ln Z diverges at the threshold, ρ = 1, and
//! finite-size corrections grow towards it. A and B hold on average over units: single units differ by O(N^(−1/2)). The rate over many
//! sweeps has no closed form: ln(AB/λ²) is that of the linear map, memory of single units apart. The equations with fields are of second
//! order in W, exact for many independent weak weights only, and tested at one strength; their ln Z is not tested.

use crate::bits::States;
use crate::check;
use crate::claim::{
    Case, CheckError, Dossier, Falsifier, Regime, Source, Stage, Statement, Theorem, Verdict, falsifier,
};
use crate::evidence::{ALPHA, Evidence, Judge, Measurement, Side, Table, larger, smaller};
use crate::figure::{Axis, Figure, Panel, Role, Series, grid};
use crate::lab::{Lab, Scale};
use crate::rbm::exact::log_partition;
use crate::rbm::gibbs::{Chains, hidden_means};
use crate::rbm::linalg::{singular_values, thin_svd};
use crate::rbm::mean_field::{self, Reaction};
use crate::rbm::{Rbm, annealing};
use crate::spectra::{ensemble, spike};
use crate::stat::mean::{mean_and_error, mean_interval};
use crate::stat::regression::{LinearFit, linear_fit};
use crate::symbolic::Derivation;
use crate::symbolic::matrix::Matrix;
use crate::symbolic::poly::Poly;
use crate::symbolic::ratio::RatFn;
use crate::symbolic::series::PowerSeries;
use crate::symbolic::wick;
use rand::RngExt;
use rayon::prelude::*;
use std::f64::consts::PI;

/// The claim.
pub struct OnsagerReaction;

static STATEMENT: Statement = Statement {
    id: "T09",
    title: "With many coupled modes the Onsager reaction replaces the product of Gaussians",
    source: Source {
        reference: "our addition to arXiv 2503.21536",
        sentence: "Each reciprocal variable being Gaussian does not make the product of Gaussians right when an extensive number of modes couples.",
        stated_there: false,
    },
    hypotheses: &["zero field", "paramagnet: (βs)⁴NM < 256 for i.i.d. weights"],
    regimes: &[
        Regime {
            id: "paramagnet",
            title: "zero field, independent weights, below the spin-glass line",
            expected: Verdict::Holds,
            replaced_by: None,
        },
        Regime {
            id: "spike",
            title: "zero field, a spike on a stable bulk: unstable from βθ = 4",
            expected: Verdict::Holds,
            replaced_by: None,
        },
        Regime {
            id: "beyond-glass-line",
            title: "zero field, independent weights, (βs)⁴NM > 256",
            expected: Verdict::Refuted,
            replaced_by: Some("no closed form: a spin glass; (βs)⁴NM/256 >= 1 says so, never a missing root"),
        },
        Regime {
            id: "outside-zero-field",
            title: "a = b = 0, so both layers see centred fields, at s√N = 1.5",
            expected: Verdict::Refuted,
            replaced_by: Some("regime fields: the reaction with variances p(1 − p) in the place of 1/4"),
        },
        Regime {
            id: "fields",
            title: "machines of the same kind, with the reaction of each unit's own field",
            expected: Verdict::Holds,
            replaced_by: None,
        },
    ],
};

const HOLDS: &[&str] = &["paramagnet", "spike", "fields"];
const RANDOM: &[&str] = &["paramagnet"];

static FALSIFIERS: [Falsifier; 9] = [
    falsifier("reaction-dropped", "A = 4 in the closed form", Stage::Derivation, HOLDS),
    falsifier("quartic-dropped", "the error without −(2/3) Σ W⁴", Stage::Derivation, HOLDS),
    falsifier("cycles-both-ways", "every cycle counted in both directions", Stage::Derivation, RANDOM),
    falsifier("remainder-dropped", "ln Z of a large machine without ¼ ln(1 − ρ)", Stage::Measurement, RANDOM)
        .killing(&["ln-z-large-s1"]),
    falsifier(
        "pairs-counted-twice",
        "A = 4 + β²s²M/2 and s²NM/16: every pair of units counted from both sides",
        Stage::Measurement,
        RANDOM,
    )
    .killing(&["ln-z-large-s2.4", "ln-z-reaction-s2.4", "ln-z-reaction-s2.4-tall", "annealed-reaction-s3"]),
    falsifier(
        "uncorrected-gaussian",
        "A = B = 4, the product of Gaussians; mean field without reaction",
        Stage::Measurement,
        HOLDS,
    ),
    falsifier("exchanged", "A and B exchanged, N ≠ M", Stage::Measurement, RANDOM)
        .killing(&["ln-z-reaction-s2.4-tall", "precision-all-s2.4-tall"]),
    falsifier("closed-beyond-limit", "the closed form at s√N = 8, beyond its limit 4", Stage::Measurement, RANDOM)
        .killing(&["overlap", "precision-leading-s8"]),
    falsifier("edge-added", "a spike unstable from βθ = 4 + βs(√N + √M)", Stage::Measurement, &["spike"])
        .killing(&["growth-6"]),
];

impl Theorem for OnsagerReaction {
    fn statement(&self) -> &'static Statement {
        &STATEMENT
    }

    fn falsifiers(&self) -> &'static [Falsifier] {
        &FALSIFIERS
    }

    fn measure(&self, case: Case<'_>, lab: &Lab) -> Result<Evidence, CheckError> {
        let mut evidence = Evidence::default();
        match case.regime.id {
            "paramagnet" => {
                log_partitions(&case, lab, &mut evidence)?;
                paramagnet(&case, lab, &mut evidence)?;
            }
            "spike" => spiked(&case, lab, &mut evidence)?,
            "beyond-glass-line" => beyond(&case, lab, &mut evidence)?,
            "outside-zero-field" => outside(&case, lab, &mut evidence)?,
            _ => fields(&case, lab, &mut evidence)?,
        }
        Ok(evidence)
    }

    fn figures(&self, dossier: &Dossier) -> Vec<Figure> {
        figure(dossier).into_iter().collect()
    }

    fn derive(&self, case: Case<'_>) -> Result<Derivation, CheckError> {
        let mut steps = Derivation::new();
        let int = Poly::int;
        let ratio = Poly::ratio;
        let [a, b, n, m] = ["A", "B", "N", "M"].map(Poly::var);

        // Precision [[A, −W], [−Wᵀ, B]] of 3 visible and 2 hidden units with W = diag(l₁, l₂) above a zero row (β in l).
        let [l1, l2] = ["l₁", "l₂"].map(Poly::var);
        let zero = int(0);
        let precision = Matrix::from_rows(vec![
            vec![a.clone(), zero.clone(), zero.clone(), -&l1, zero.clone()],
            vec![zero.clone(), a.clone(), zero.clone(), zero.clone(), -&l2],
            vec![zero.clone(), zero.clone(), a.clone(), zero.clone(), zero.clone()],
            vec![-&l1, zero.clone(), zero.clone(), b.clone(), zero.clone()],
            vec![zero.clone(), -&l2, zero.clone(), zero.clone(), b.clone()],
        ]);
        let mode = |l: &Poly| &a * &b - l * l;
        let det = precision.determinant();
        steps.equal(
            "determinant of the precision: A^(N−r) Π (AB − l²), N = 3, M = r = 2",
            &det,
            &(&a * mode(&l1) * mode(&l2)),
        );
        // ln Z = NA/8 + MB/8 − (1/2) ln det + const. ∂/∂A = 0: (∂ det/∂A)/det = N/4.
        let sum = |p: &Poly| RatFn::new(p.clone(), mode(&l1)) + RatFn::new(p.clone(), mode(&l2));
        steps.equal(
            "stationary in A: ∂ ln det/∂A = Σ B/(AB − l²) + (N−r)/A, to be N/4",
            &RatFn::new(det.diff("A"), det.clone()),
            &(sum(&b) + RatFn::new(int(1), a.clone())),
        );
        steps.equal(
            "stationary in B: ∂ ln det/∂B = Σ A/(AB − l²), to be M/4",
            &RatFn::new(det.diff("B"), det.clone()),
            &sum(&a),
        );
        // Both times their variable, S = Σ AB/(AB − l²).
        let [s, r] = ["S", "r"].map(Poly::var);
        let first = &s + &n - &r - ratio(1, 4) * &n * &a;
        let second = &s + &m - &r - ratio(1, 4) * &m * &b;
        let balance = &n * (&a - int(4)) - &m * (&b - int(4));
        steps.equal("difference of the conditions: N(A−4) = M(B−4)", &(first - second), &(ratio(-1, 4) * balance));

        // i.i.d. weights, σ = β²s²: cavity G_v = 1/(A − σM G_h), G_h = 1/(B − σN G_v). With z = σ/(AB), φ = A G_v, ψ = B G_h.
        let order = 3;
        let z = |p: &Poly| PowerSeries::variable(order).scale(p);
        let inverse = |f: &PowerSeries| (-&(&PowerSeries::constant(order, &int(1)) - f).ln()).exp();
        let mut phi = PowerSeries::constant(order, &int(1));
        let mut psi = phi.clone();
        for _ in 0..=order {
            (phi, psi) = (inverse(&(&z(&m) * &psi)), inverse(&(&z(&n) * &phi)));
        }
        for k in 1..=order {
            // Leading order of E tr (WᵀW)ᵏ/N: its terms of the highest total degree in N and M.
            let moment = wick::trace_moment(&[k]).substitute("s", &int(1));
            let big = Poly::var("L");
            let scaled = moment.substitute("N", &(&big * &n)).substitute("M", &(&big * &m));
            let leading = RatFn::new(scaled.coefficient("L", k as u32 + 1), n.clone());
            let name = format!("cavity expansion at order {k} is the leading Wick sum of tr (WWᵀ)^{k}/N");
            steps.equal(&name, &RatFn::from(phi.coefficient(k)), &leading);
        }
        let sigma = Poly::var("σ");
        let quarter = ratio(1, 4);
        let closed_a = if case.broken("reaction-dropped") { int(4) } else { int(4) + &quarter * &sigma * &m };
        let closed_b = int(4) + &quarter * &sigma * &n;
        steps.equal(
            "G_v = G_h = 1/4 in the cavity equation: A − σM/4 = 4",
            &(&closed_a - &quarter * &sigma * &m),
            &int(4),
        );
        let put = |p: &Poly| p.substitute("A", &closed_a).substitute("B", &closed_b);
        let closed_balance = put(&(&n * (&a - int(4)) - &m * (&b - int(4))));
        steps.equal("A = 4 + σM/4, B = 4 + σN/4 obey N(A−4) = M(B−4), σ = β²s²", &closed_balance, &int(0));
        // N = ν², M = η²: edge of the bulk λ₊ = s(ν + η).
        let [nu, eta] = ["ν", "η"].map(Poly::var);
        let roots = |p: &Poly| p.substitute("N", &(&nu * &nu)).substitute("M", &(&eta * &eta));
        let edge = roots(&(&closed_a * &closed_b)) - &sigma * (&nu + &eta).pow(2);
        let base = int(4) - &quarter * &sigma * &nu * &eta;
        steps.equal("at the edge of the bulk AB − β²λ₊² = (4 − σ√(NM)/4)²", &edge, &(&base * &base));
        let at = |value: &RatFn| RatFn::from(edge.clone()).substitute("σ", value);
        let threshold = RatFn::new(int(16), &nu * &eta);
        steps.equal("it vanishes at βs = 4/(NM)^(1/4)", &at(&threshold), &RatFn::from(int(0)));
        let gaussian = RatFn::new(int(16), (&nu + &eta).pow(2));
        let left = RatFn::new(int(4) * (&nu * &nu + &nu * &eta + &eta * &eta), (&nu + &eta).pow(2));
        steps.equal("and is still positive, a square, at βs(√N + √M) = 4", &at(&gaussian), &(&left * &left));
        // Spike: outlier λ² = (θ² + Ns²)(θ² + Ms²)/θ², all times β², at βθ = 4.
        let theta2 = int(16);
        let outlier = RatFn::new((&theta2 + &n * &sigma) * (&theta2 + &m * &sigma), theta2.clone());
        steps.equal("a spike at βθ = 4 has β²λ² = AB: unstable there", &outlier, &RatFn::from(&closed_a * &closed_b));

        // Gaussian ln Z minus the exact one to order β⁴, 2 x 2, W symbolic, states ±1/2, E = d_vᵀ W d_h.
        let names = [["w₁₁", "w₁₂"], ["w₂₁", "w₂₂"]];
        let w = names.map(|row| row.map(Poly::var));
        let spin = |state: usize, i: usize| if state >> i & 1 == 1 { ratio(1, 2) } else { ratio(-1, 2) };
        let energies: Vec<Poly> = (0..16)
            .map(|state| {
                (0..4).fold(int(0), |sum, jk| sum + spin(state, jk / 2) * spin(state, 2 + jk % 2) * &w[jk / 2][jk % 2])
            })
            .collect();
        let mean = |power: u32| energies.iter().fold(int(0), |sum, e| sum + e.pow(power)) * ratio(1, 16);
        let factorial = [1, 1, 2, 6, 24];
        let weights: Vec<Poly> = (0..=4usize).map(|k| mean(k as u32) * ratio(1, factorial[k])).collect();
        let exact = PowerSeries::new(weights).ln();
        let matrix = Matrix::from_rows(w.iter().map(|row| row.to_vec()).collect());
        let gram = &matrix * &matrix.transpose();
        let trace = |p: &Matrix| &p[(0, 0)] + &p[(1, 1)];
        // −(1/2) Σ ln(1 − β²λ²/16) = Σ (β²λ²/32 + β⁴λ⁴/1024 + …)
        steps.equal("order β² agrees: tr WWᵀ/32", &exact.coefficient(2), &(ratio(1, 32) * trace(&gram)));
        let gaussian_4 = ratio(1, 1024) * trace(&(&gram * &gram));
        let other = &matrix.transpose() * &matrix;
        let squares = gram[(0, 0)].pow(2) + gram[(1, 1)].pow(2) + other[(0, 0)].pow(2) + other[(1, 1)].pow(2);
        let quartic = w.iter().flatten().fold(int(0), |sum, w| sum + w.pow(4));
        let share = if case.broken("quartic-dropped") { int(0) } else { ratio(2, 3) };
        steps.equal(
            "order β⁴: Gaussian − exact = (1/1024)[Σ(WWᵀ)_jj² + Σ(WᵀW)_kk² − (2/3)ΣW⁴]",
            &(gaussian_4 - exact.coefficient(4)),
            &(ratio(1, 1024) * (squares - share * quartic)),
        );
        // Mean over normal W, s = 1: one row is a 1 x M matrix, (WWᵀ)_jj² = (tr)²; E W⁴ = 3.
        let unit = |p: Poly, var: &'static str| p.substitute("s", &int(1)).substitute(var, &int(1));
        let rows = &n * unit(wick::trace_moment(&[1, 1]), "N");
        let columns = &m * unit(wick::trace_moment(&[1, 1]), "M");
        steps.equal(
            "its mean over normal weights: NM(N + M + 2) s⁴/1024",
            &(rows + columns - int(2) * &n * &m),
            &(&n * &m * (&n + &m + int(2))),
        );
        // ln Z with the reaction to order β⁴: stationary in A = 4(1 + α), B = 4(1 + γ); T = tr WWᵀ, T₂ = tr (WWᵀ)².
        let [alpha, gamma, t1, t2] = ["α", "γ", "T", "T₂"].map(Poly::var);
        let action =
            ratio(1, 4) * (&n * &alpha * &alpha + &m * &gamma * &gamma) + ratio(1, 1024) * &t2 + ratio(1, 32) * &t1
                - ratio(1, 32) * &t1 * (&alpha + &gamma);
        let [at_a, at_b] = [&n, &m].map(|size| RatFn::new(t1.clone(), int(16) * size));
        let stationary = |var: &'static str, value: &RatFn| RatFn::from(action.diff(var)).substitute(var, value);
        steps.equal(
            "order β⁴ with the reaction: stationary at α = T/(16N)",
            &stationary("α", &at_a),
            &RatFn::from(int(0)),
        );
        steps.equal("and at γ = T/(16M)", &stationary("γ", &at_b), &RatFn::from(int(0)));
        let value = RatFn::from(action).substitute("α", &at_a).substitute("γ", &at_b);
        let reaction = RatFn::from(ratio(1, 1024) * &t2 + ratio(1, 32) * &t1)
            - RatFn::new(&t1 * &t1 * (&n + &m), int(1024) * &n * &m);
        steps.equal("value there: T/32 + (1/1024)[T₂ − T²(1/N + 1/M)]", &value, &reaction);
        // What is left of the error: (1/1024)[Σ(WWᵀ)_jj² + Σ(WᵀW)_kk² − T²(1/N + 1/M) − (2/3)ΣW⁴]; E T² = NM(NM + 2), s = 1.
        let mean_t2 = wick::trace_moment(&[1, 1]).substitute("s", &int(1));
        let left = RatFn::from(&n * &m * (&n + &m + int(2))) - RatFn::new(mean_t2 * (&n + &m), &n * &m);
        steps.equal(
            "what is left has mean (2NM − 2N − 2M) s⁴/1024: not extensive",
            &left,
            &RatFn::from(int(2) * (&n * &m - &n - &m)),
        );
        // ln Z of i.i.d. weights: Σ ln cosh(W/4) over pairs and ln(1 + X) over cycles, X the product of tanh(W/4) along them, of mean
        // square (s²/16)^length; a large machine has (NM)ᵏ/(2k) cycles of length 2k. s²NM/32 is the order W² of the pairs.
        let order = 6;
        let ln_cosh = PowerSeries::cosh(4).ln();
        let pairs = ln_cosh.coefficient(4) * ratio(1, 256) * int(3); // E W⁴ = 3s⁴; times NM s⁴ = 256ρ below
        let ways = if case.broken("cycles-both-ways") { 1 } else { 2 };
        let cycles = |k: i64| if k < 2 { int(0) } else { ratio(-1, 2) * ratio(1, ways * k) };
        let sum = (0..=order as i64).map(|k| if k == 1 { int(256) * &pairs } else { cycles(k) });
        let logarithm =
            (&PowerSeries::constant(order, &int(1)) - &PowerSeries::variable(order)).ln().scale(&ratio(1, 4));
        for (k, found) in sum.enumerate().skip(1) {
            let name = format!("pairs and cycles at order ρ^{k}: that of ¼ ln(1 − ρ)");
            steps.equal(&name, &found, &logarithm.coefficient(k));
        }
        // With fields: one pair of units of means p, q and covariance c, by its four states. Its weight w is the log odds ratio
        // ln[(pq + c)(p'q' + c)/((pq' − c)(p'q − c))], p' = 1 − p, whose slope in c at 0 is the sum of the reciprocals; so
        // c = w p p' q q' + O(w²), and the free energy at given means, of slope −⟨vh⟩ = −pq − c in w, has the order w² below.
        let [p, q, w] = ["p", "q", "w"].map(Poly::var);
        let other = |p: &Poly| int(1) - p;
        let spread = |p: &Poly| p * other(p);
        let states = [&p * &q, other(&p) * other(&q), &p * other(&q), other(&p) * &q];
        let slope = states.iter().fold(RatFn::from(int(0)), |sum, state| sum + RatFn::new(int(1), state.clone()));
        steps.equal(
            "one pair: the covariance at given means is w p(1−p) q(1−q) to first order",
            &(RatFn::from(spread(&p) * spread(&q)) * slope),
            &RatFn::from(int(1)),
        );
        let energy = ratio(-1, 2) * &w * &w * spread(&p) * spread(&q);
        steps.equal(
            "order w² of the free energy: −½w² p(1−p) q(1−q)",
            &energy.diff("w"),
            &(-&w * spread(&p) * spread(&q)),
        );
        let field = if case.broken("reaction-dropped") { int(0) } else { (&p - ratio(1, 2)) * &w * &w * spread(&q) };
        steps.equal("reaction on a unit's field: (p − ½) Σ W² q(1−q)", &energy.diff("p"), &field);
        let half = |p: &Poly| p.substitute("p", &ratio(1, 2)).substitute("q", &ratio(1, 2));
        steps.equal(
            "on its precision, at p = q = ½: ΣW²/4, as in A = 4 + σM/4",
            &half(&energy.diff("p").diff("p")),
            &(ratio(1, 4) * &w * &w),
        );
        steps.equal(
            "on the coupling: −∂p∂q of it is 2W²(p − ½)(q − ½)",
            &energy.diff("p").diff("q"),
            &(int(-2) * &w * &w * (&p - ratio(1, 2)) * (&q - ratio(1, 2))),
        );
        Ok(steps)
    }
}

/// Of every interval below.
const CONFIDENCE: f64 = 1.0 - ALPHA;
/// Modes that are followed in every machine: the leading one and others spread evenly.
const MODES: usize = 12;
/// Chains per machine.
const CHAINS: usize = 96;
/// Sweeps after which a state is compared with itself.
const LAG: usize = 64;
/// Stretches of `LAG` sweeps that are measured.
const STRETCHES: usize = 2;

/// Visible units and machines of each size.
type Sizes = &'static [(usize, usize)];

/// What is wrong is plain at small sizes: only a claim that should hold goes on to large ones.
fn scale_of(case: &Case<'_>, lab: &Lab) -> Scale {
    if !case.falsified() && case.regime.expected == Verdict::Holds { lab.plan().scale } else { Scale::Quick }
}

fn sizes(kind: &Kind, case: &Case<'_>, lab: &Lab) -> Sizes {
    match scale_of(case, lab) {
        // Nearest to the line machines differ most, and with fields the bounds are narrow.
        Scale::Quick if !kind.zero_field => &[(64, 32), (128, 20), (320, 8)],
        Scale::Quick if case.falsified() => &[(32, 12), (64, 8), (128, 8)],
        Scale::Quick if kind.glass() >= 1.0 => &[(64, 16), (128, 12), (320, 8)],
        Scale::Quick if kind.scale == 3.0 => &[(64, 14), (128, 6), (320, 8)],
        Scale::Quick => &[(64, 12), (128, 8), (320, 4)],
        Scale::Full => &[(100, 32), (200, 24), (400, 16), (800, 6), (1600, 3)],
    }
}

/// The same for spikes, whose growth hangs on the ends: at the instability machines differ by a fixed share, so many are needed.
fn spike_sizes(case: &Case<'_>, lab: &Lab, theta: f64) -> Sizes {
    match (scale_of(case, lab), theta == 4.0) {
        (Scale::Quick, true) if case.falsified() => &[(16, 128), (64, 96)],
        (Scale::Quick, false) if case.falsified() => &[(32, 24), (64, 8), (128, 12)],
        (Scale::Quick, true) => &[(32, 192), (64, 24), (128, 96)],
        (Scale::Quick, false) => &[(32, 96), (64, 24), (128, 48)],
        (Scale::Full, _) => &[(50, 200), (100, 150), (200, 100), (400, 50)],
    }
}

/// One kind of random machine at zero field.
#[derive(Clone, Copy, Debug)]
struct Kind {
    /// s√N.
    scale: f64,
    /// N/M.
    aspect: f64,
    /// Strength of a spike, 0 for none.
    theta: f64,
    /// a = −W½ and b = −Wᵀ½, else a = b = 0.
    zero_field: bool,
    /// Chains per machine.
    chains: usize,
}

/// Visible units of what stands for an infinite machine, of which only s√N and N/M matter.
const LARGE: usize = 1_000_000;

impl Kind {
    const fn random(scale: f64, aspect: f64) -> Self {
        Self { scale, aspect, theta: 0.0, zero_field: true, chains: CHAINS }
    }

    fn hidden(&self, visible: usize) -> usize {
        (visible as f64 / self.aspect).round() as usize
    }

    fn std(&self, visible: usize) -> f64 {
        self.scale / (visible as f64).sqrt()
    }

    /// ρ = s⁴NM/256 of a large machine.
    fn glass(&self) -> f64 {
        mean_field::glass_parameter(self.std(LARGE), LARGE, self.hidden(LARGE))
    }

    /// A and B of a large machine.
    fn closed(&self) -> Reaction {
        Reaction::of_random(self.std(LARGE), LARGE, self.hidden(LARGE))
    }

    /// c = s²M/4, variance of the field on a visible unit in its absence.
    fn field_variance(&self) -> f64 {
        self.scale * self.scale / self.aspect / 4.0
    }

    /// 1/var x of the leading mode of a large machine, at the edge of the bulk: (4 − s²√(NM)/4)²/B.
    fn edge_precision(&self) -> f64 {
        precision(&self.closed(), self.edge())
    }

    /// β λ of the edge of the bulk.
    fn edge(&self) -> f64 {
        self.scale * (1.0 + self.aspect.recip().sqrt())
    }

    /// Rate per sweep at which the leading mode of a large machine relaxes: its deviation shrinks by λ²/(AB).
    fn rate(&self) -> f64 {
        rate(&self.closed(), self.edge())
    }

    /// Sweeps before the first measurement: eight times those in which the leading mode forgets, if that is known.
    fn burn_in(&self) -> usize {
        let known = self.theta == 0.0 && self.glass() < 1.0;
        if known { (8.0 / self.rate()).ceil().clamp(20.0, 100.0) as usize } else { 100 }
    }

    /// Sweeps in which the leading mode forgets about 1 − 1/e, at least two.
    fn memory(&self) -> usize {
        (1.0 / self.rate()).ceil().clamp(2.0, LAG as f64) as usize
    }

    fn label(&self) -> String {
        let shape = if self.aspect == 1.0 { "N = M".into() } else { format!("N = {:.3} M", self.aspect) };
        format!("s√N = {}, {shape}", self.scale)
    }

    /// The same as the end of an identifier.
    fn id(&self, what: &str) -> String {
        format!("{what}-s{}{}", self.scale, if self.aspect == 1.0 { "" } else { "-tall" })
    }
}

/// What the chains of one machine gave.
struct Trial {
    visible: usize,
    /// λ of the modes followed.
    lambdas: Vec<f64>,
    /// From the whole spectrum.
    reaction: Reaction,
    /// var x of the modes.
    variance: Vec<f64>,
    /// Autocorrelation over one sweep.
    lag: Vec<f64>,
    /// The same by the exact form, E[p(1−p)] from the chains.
    exact: Vec<f64>,
    /// Autocorrelation of x₁ over `Kind::memory` sweeps.
    later: f64,
    /// Overlap of a state with itself after `LAG` sweeps: 1 the same, 0 independent.
    overlap: f64,
    /// Away from zero field: what the reaction with fields says.
    tap: Option<WithFields>,
    /// Outside its hypotheses: whether the library refuses the closed form of ln Z.
    refused: bool,
}

/// Means and variances with the reaction of every unit's field.
struct WithFields {
    /// var x of the modes.
    variance: Vec<f64>,
    /// Σ (⟨v⟩ − p)²/Σ (p − ½)²; the square from two independent halves of the chains, so that their noise has mean 0.
    missed: f64,
}

/// −ln of λ²/(AB).
fn rate(reaction: &Reaction, lambda: f64) -> f64 {
    -reaction.autocorrelation(lambda).ln()
}

fn weights(kind: &Kind, visible: usize, rng: &mut impl rand::Rng) -> Vec<f64> {
    let hidden = kind.hidden(visible);
    let mut w = ensemble::normal(visible, hidden, kind.std(visible), rng);
    if kind.theta > 0.0 {
        w = ensemble::spiked(w, kind.theta, rng).0;
    }
    (0..visible * hidden).map(|at| w[(at / hidden, at % hidden)]).collect()
}

fn machine(kind: &Kind, visible: usize, weights: Vec<f64>) -> Result<Rbm, CheckError> {
    let hidden = kind.hidden(visible);
    let made = if kind.zero_field {
        Rbm::zero_field(visible, hidden, weights)
    } else {
        Rbm::new(visible, hidden, weights, vec![0.0; visible], vec![0.0; hidden])
    };
    made.map_err(CheckError::while_doing("T09 machine"))
}

/// The machine with its layers exchanged.
fn turned(machine: &Rbm<f32>) -> Rbm<f32> {
    let (n, m) = (machine.visible, machine.hidden);
    Rbm {
        visible: m,
        hidden: n,
        weights: (0..n * m).map(|at| machine.weights[at % n * m + at / n]).collect(),
        visible_bias: machine.hidden_bias.clone(),
        hidden_bias: machine.visible_bias.clone(),
    }
}

/// x − U·½ of the modes followed (`rows`: one row of `MODES` entries a unit), for every chain.
fn project(states: &States, rows: &[[f64; MODES]], into: &mut [[f64; MODES]]) {
    let mut half = [0.0; MODES];
    rows.iter().for_each(|row| (0..MODES).for_each(|k| half[k] -= 0.5 * row[k]));
    for (chain, x) in into.iter_mut().enumerate() {
        *x = half;
        for j in states.ones(chain) {
            (0..MODES).for_each(|k| x[k] += rows[j][k]);
        }
    }
}

fn trial(kind: &Kind, visible: usize, index: usize, case: &Case<'_>, lab: &Lab) -> Result<Trial, CheckError> {
    let purpose = |what: &str| format!("{what} {} {} {} {visible}", kind.scale, kind.aspect, kind.theta);
    let rng = &mut lab.stream("T09", case, &purpose("machine"), index);
    let exactly = machine(kind, visible, weights(kind, visible, rng))?;
    let svd = thin_svd(exactly.weights_view()).map_err(CheckError::while_doing("T09 decomposition"))?;
    let reaction = Reaction::of(&svd.singular_values, visible, exactly.hidden);
    let followed: [usize; MODES] = std::array::from_fn(|k| k * svd.singular_values.len() / MODES);
    let rows: Vec<[f64; MODES]> = (0..visible).map(|j| followed.map(|i| svd.u[(j, i)])).collect();
    let machine = exactly.to_f32();
    let back = turned(&machine);

    let key = lab.key("T09", case, &format!("{} {index}", purpose("chains")));
    let mut chains = Chains::independent(&machine, kind.chains, key);
    chains.sweep(&machine, kind.burn_in());
    let (mut before, mut now) = (vec![[0.0; MODES]; kind.chains], vec![[0.0; MODES]; kind.chains]);
    let (mut first, mut second, mut product) = ([0.0; MODES], [0.0; MODES], [0.0; MODES]);
    let (mut conditional, mut differing) = (vec![0.0; visible], 0u32);
    let mut halves = [vec![0.0; visible], vec![0.0; visible]];
    let mut history: Vec<Vec<f64>> = Vec::new();
    project(&chains.visible, &rows, &mut before);
    for _ in 0..STRETCHES {
        let start = chains.visible.clone();
        chains.follow(&machine, 1, LAG, |states| {
            project(states, &rows, &mut now);
            history.push(now.iter().map(|x| x[0]).collect());
            if !kind.zero_field {
                for chain in 0..kind.chains {
                    states.ones(chain).for_each(|j| halves[chain % 2][j] += 1.0);
                }
            }
            for (x, y) in before.iter().zip(&now) {
                for k in 0..MODES {
                    first[k] += y[k];
                    second[k] += y[k] * y[k];
                    product[k] += x[k] * y[k];
                }
            }
            std::mem::swap(&mut before, &mut now);
        });
        differing += start.words().iter().zip(chains.visible.words()).map(|(a, b)| (a ^ b).count_ones()).sum::<u32>();
        // E[p(1−p)] over h, drawn once from every visible state.
        let q = hidden_means(&machine, &chains.visible);
        let hidden = States::from_fn(kind.chains, machine.hidden, |chain, k| {
            rng.random::<f32>() < q[chain * machine.hidden + k]
        });
        for p in hidden_means(&back, &hidden).chunks(visible) {
            for (sum, p) in conditional.iter_mut().zip(p) {
                let p = f64::from(*p);
                *sum += p * (1.0 - p) / (kind.chains * STRETCHES) as f64;
            }
        }
    }
    let count = (kind.chains * STRETCHES * LAG) as f64;
    // The means vanish at zero field by symmetry; elsewhere they are taken off.
    let mean = |k: usize| if kind.zero_field { 0.0 } else { first[k] / count };
    let variance: Vec<f64> = (0..MODES).map(|k| second[k] / count - mean(k).powi(2)).collect();
    let pairs = history.iter().zip(&history[kind.memory()..]);
    let later: f64 = pairs.flat_map(|(x, y)| x.iter().zip(y)).map(|(x, y)| x * y).sum();
    let tap = if kind.zero_field { None } else { Some(with_fields(case, &exactly, &rows, &halves, count / 2.0)?) };
    let outside = !kind.zero_field || kind.glass() >= 1.0;
    let refused = outside && mean_field::onsager(&exactly).map_err(CheckError::while_doing("T09 ln Z"))?.is_err();
    if case.broken("uncorrected-gaussian") {
        conditional.fill(0.25); // that of a unit without field, as the prior has it
    }
    let exact = |k: usize| {
        let mode: Vec<f64> = rows.iter().map(|row| row[k]).collect();
        mean_field::autocorrelation(&mode, &conditional, variance[k])
    };
    Ok(Trial {
        visible,
        lambdas: followed.iter().map(|&i| svd.singular_values[i]).collect(),
        reaction,
        lag: (0..MODES).map(|k| (product[k] / count - mean(k).powi(2)) / variance[k]).collect(),
        exact: (0..MODES).map(exact).collect(),
        later: (later / ((history.len() - kind.memory()) * kind.chains) as f64 - mean(0).powi(2)) / variance[0],
        variance,
        tap,
        refused,
        overlap: 1.0 - 2.0 * f64::from(differing) / (kind.chains * STRETCHES * visible) as f64,
    })
}

fn with_fields(
    case: &Case<'_>,
    machine: &Rbm,
    rows: &[[f64; MODES]],
    halves: &[Vec<f64>; 2],
    count: f64,
) -> Result<WithFields, CheckError> {
    let reaction = if case.broken("uncorrected-gaussian") { 0.0 } else { 1.0 };
    let point = mean_field::tap(machine, reaction)
        .ok_or_else(|| CheckError::Input("T09: the equations with fields do not converge".into()))?;
    let p = &point.visible;
    let square: f64 = p.iter().map(|p| (p - 0.5).powi(2)).sum();
    let missed: f64 = (0..p.len()).map(|j| (halves[0][j] / count - p[j]) * (halves[1][j] / count - p[j])).sum();
    let rows: Vec<&[f64]> = rows.iter().map(|row| &row[..]).collect();
    let variance = point.variances(machine, &rows).map_err(CheckError::while_doing("T09 linear response"))?;
    Ok(WithFields { variance, missed: missed / square })
}

/// All machines of a kind, small ones first.
fn trials(kind: &Kind, sizes: Sizes, case: &Case<'_>, lab: &Lab) -> Result<Vec<Trial>, CheckError> {
    let all: Vec<(usize, usize)> = sizes.iter().flat_map(|&(n, count)| (0..count).map(move |i| (n, i))).collect();
    // Large ones first, so that no worker is left alone with one at the end.
    let mut done: Vec<Trial> = all
        .into_par_iter()
        .rev()
        .with_max_len(1)
        .map(|(n, i)| trial(kind, n, i, case, lab))
        .collect::<Result<_, _>>()?;
    done.reverse();
    Ok(done)
}

/// A line through the values of all machines against 1/N. Small machines scatter the more, so that the common scatter of the fit makes the
/// interval of the limit, which hangs on the large ones, too wide rather than too narrow.
fn against_size(trials: &[Trial], value: impl Fn(&Trial) -> f64) -> Result<LinearFit, CheckError> {
    let x: Vec<f64> = trials.iter().map(|trial| 1.0 / trial.visible as f64).collect();
    let y: Vec<f64> = trials.iter().map(value).collect();
    linear_fit(&x, &y, CONFIDENCE).map_err(CheckError::while_doing("T09 extrapolation"))
}

/// The limit of infinite size, which should be 0.
fn vanishes(
    (id, name): (&str, String),
    trials: &[Trial],
    value: impl Fn(&Trial) -> f64,
    bound: f64,
    because: &'static str,
) -> Result<Measurement, CheckError> {
    let fit = against_size(trials, value)?;
    Ok(check::near(id, name, fit.intercept, fit.intercept_interval, 0.0, bound, because))
}

/// 1/var x = A − λ²/B.
fn precision(reaction: &Reaction, lambda: f64) -> f64 {
    reaction.var_x(lambda).recip()
}

const NONE: Reaction = Reaction { visible: 4.0, hidden: 4.0 };

/// The wrong precisions that the case predicts with, if it is wrong about them.
fn wrong(case: &Case<'_>, Reaction { visible, hidden }: Reaction) -> Option<Reaction> {
    let twice = |precision: f64| 4.0 + 2.0 * (precision - 4.0);
    if case.broken("uncorrected-gaussian") {
        Some(NONE)
    } else if case.broken("exchanged") {
        Some(Reaction { visible: hidden, hidden: visible })
    } else if case.broken("pairs-counted-twice") {
        Some(Reaction { visible: twice(visible), hidden: twice(hidden) })
    } else {
        None
    }
}

/// The precisions that the case predicts with.
fn predicted(case: &Case<'_>, reaction: Reaction) -> Reaction {
    wrong(case, reaction).unwrap_or(reaction)
}

fn mean_of(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

/// Q = E[p(1−p)]: the field on a unit is Gaussian of variance c = s²M/4 in its absence, and weighs cosh(z/2) in its presence.
fn conditional_variance(c: f64) -> f64 {
    let step = 0.02;
    let normal = |z: f64| libm::exp(-0.5 * z * z) / (2.0 * PI).sqrt();
    let at = |z: f64| normal(z) / (4.0 * libm::cosh(0.5 * c.sqrt() * z));
    libm::exp(-c / 8.0) * step * grid(-10.0, 10.0, 1000).map(at).sum::<f64>()
}

/// What 1/var x of a mode may be off by.
fn allowed(kind: &Kind, scale: Scale, lambda: f64) -> f64 {
    let shift = precision(&kind.closed(), lambda) - precision(&NONE, lambda);
    let finest = match scale {
        Scale::Quick => kind.edge_precision(),
        Scale::Full => kind.edge_precision() / 4.0,
    };
    smaller(smaller(shift / 4.0, finest), 1.0)
}

const QUARTER: &str = "a quarter of what the reaction changes (half is what it changes by one layer only), at most the smallest 1/var x \
     itself (a quarter of it at full scale) and a quarter of the prior's 4";

/// A sweep is a positive, self-adjoint operator on functions of v: its autocorrelations are moments of a law on [0, 1], so the rate
/// over more sweeps is at most that of one. Nothing bounds it below but the gap, which is what is asked.
const RATE: &str = "what half of the rate itself changes, to first order: a rate of 0 in the limit is excluded";

const TIMES_Q: &str = "Q times the bound on 1/var x₁";

fn paramagnet(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    if case.broken("remainder-dropped") || case.broken("pairs-counted-twice") {
        return Ok(()); // ln Z refutes it
    }
    let square = |scale: f64| Kind::random(scale, 1.0);
    let tall = Kind::random(2.4, 2.0);
    let kinds = if case.broken("closed-beyond-limit") {
        vec![square(8.0)]
    } else if case.broken("exchanged") {
        vec![tall]
    } else {
        vec![square(1.5), square(2.4), square(3.0), tall]
    };
    let mut modes = Table::new(
        "modes",
        &["scale", "lambda", "variance", "variance_error", "lag", "lag_error", "predicted", "predicted_lag"],
    );
    let mut leading = Table::new("leading", &["scale", "size", "variance", "error", "overlap"]);
    let mut all = Vec::new();
    for kind in kinds {
        let trials = trials(&kind, sizes(&kind, case, lab), case, lab)?;
        random(&kind, &trials, case, scale_of(case, lab), evidence)?;
        if kind.aspect == 1.0 {
            tables(&kind, &trials, case, &mut modes, &mut leading);
        }
        all.extend(trials);
    }
    identity(&all, evidence)?;
    evidence.measurements.push(relaxation("overlap", "all machines", &all)?);
    evidence.tables.extend([modes, leading]);
    Ok(())
}

/// Variances and autocorrelations of machines with independent weights of one kind.
fn random(
    kind: &Kind,
    trials: &[Trial],
    case: &Case<'_>,
    scale: Scale,
    evidence: &mut Evidence,
) -> Result<(), CheckError> {
    let label = kind.label();
    let closed = predicted(case, kind.closed());
    let bound = |lambda: f64| allowed(kind, scale, lambda);
    let spectrum =
        |trial: &Trial| if case.broken("closed-beyond-limit") { closed } else { predicted(case, trial.reaction) };
    // Σ λ²/r is s² max(N, M) for independent weights.
    let average = bound(kind.scale * kind.aspect.recip().max(1.0).sqrt());
    let all = |trial: &Trial, reaction: Reaction| {
        mean_of((0..MODES).map(|k| 1.0 / trial.variance[k] - precision(&reaction, trial.lambdas[k])))
    };
    let top = |trial: &Trial, reaction: Reaction| 1.0 / trial.variance[0] - precision(&reaction, trial.lambdas[0]);
    let mut push = |(id, name): (&str, &str), value: &dyn Fn(&Trial) -> f64, bound: f64, because: &'static str| {
        let named = (&kind.id(id)[..], format!("{name}, N → ∞, {label}"));
        evidence.measurements.push(vanishes(named, trials, value, bound, because)?);
        Ok::<(), CheckError>(())
    };
    let name = "1/var x of all modes − (A − λ²/B)";
    push(("precision-all", name), &|t| all(t, spectrum(t)), average, QUARTER)?;
    if kind.scale < 2.4 {
        return Ok(()); // x₁ shows nothing there that all modes do not
    }
    let at_edge = bound(kind.edge());
    push(("precision-leading", "1/var x₁ − (A − λ²/B)"), &|t| top(t, spectrum(t)), at_edge, QUARTER)?;
    let q = conditional_variance(kind.field_variance());
    let q = if case.broken("uncorrected-gaussian") { 0.25 } else { q };
    let lag = |trial: &Trial, k: usize| 1.0 - q * precision(&spectrum(trial), trial.lambdas[k]);
    let times_q = conditional_variance(kind.field_variance()) * at_edge;
    push(("lag", "autocorrelation of x₁ − (1 − Q/var x₁)"), &|t| t.lag[0] - lag(t, 0), times_q, TIMES_Q)?;
    if kind.aspect != 1.0 {
        // N ≠ M alone, where A and B differ: the spectrum of a square machine says the same more sharply.
        push(("precision-closed", "1/var x₁, closed A and B"), &|t| top(t, closed), at_edge, QUARTER)?;
    } else if kind.scale > 2.4 {
        // Where the leading mode forgets slowest. Not its logarithm, which has heavy tails where the chains of one of a few machines show little of it.
        // What does not forget keeps all: no autocorrelation exceeds 1.
        let rate_of = |t: &Trial| larger(rate(&spectrum(t), t.lambdas[0]), 0.0);
        let sweeps = kind.memory() as f64;
        let kept = |t: &Trial| t.later - libm::exp(-sweeps * rate_of(t));
        let name = format!("autocorrelation of x₁ over {sweeps} sweeps − (λ²/(AB))^{sweeps}");
        let exponent = sweeps * kind.rate();
        let bound = 0.5 * exponent * libm::exp(-exponent);
        push(("lag-many", &name), &kept, bound, RATE)?;
    }
    Ok(())
}

/// The autocorrelation against its exact form, all modes.
fn identity(trials: &[Trial], evidence: &mut Evidence) -> Result<(), CheckError> {
    let differences: Vec<f64> = trials.iter().map(|t| mean_of((0..MODES).map(|k| t.lag[k] - t.exact[k]))).collect();
    let interval = mean_interval(&differences, CONFIDENCE).map_err(CheckError::while_doing("T09 exact form"))?;
    let because = "an identity; a hundredth of the variance";
    let name = "autocorrelation of all modes − its exact form, all machines";
    let (mean, _) = mean_and_error(&differences);
    evidence.measurements.push(check::near("lag-exact", name, mean, interval, 0.0, 0.01, because));
    Ok(())
}

/// Overlap of two states of a chain, `LAG` sweeps apart.
fn relaxation(id: &str, label: &str, trials: &[Trial]) -> Result<Measurement, CheckError> {
    let because =
        "below the line every mode forgets: Σ 4 var x ρ^64/N is below 0.01 at s√N = 3, N = 64 and falls with N";
    let name = format!("overlap of a state with itself after {LAG} sweeps, N → ∞, {label}");
    vanishes((id, name), trials, |trial| trial.overlap, 0.05, because)
}

/// How often the library refuses the closed form outside its hypotheses: always.
fn refusals(id: &str, label: &str, trials: &[Trial]) -> Measurement {
    let refused = trials.iter().filter(|trial| trial.refused).count();
    check::count(id, format!("machines without a closed form of ln Z, {label}"), refused, trials.len())
}

fn tables(kind: &Kind, trials: &[Trial], case: &Case<'_>, modes: &mut Table, leading: &mut Table) {
    let mut start = 0;
    while start < trials.len() {
        let n = trials[start].visible;
        let same = trials[start..].iter().take_while(|trial| trial.visible == n).count();
        let group = &trials[start..start + same];
        let over = |value: &dyn Fn(&Trial) -> f64| mean_and_error(&group.iter().map(value).collect::<Vec<_>>());
        let (variance, error) = over(&|trial| trial.variance[0]);
        leading.rows.push(vec![kind.scale, n as f64, variance, error, over(&|trial| trial.overlap).0]);
        if start + same == trials.len() {
            let q = conditional_variance(kind.field_variance());
            for k in 0..MODES {
                let (lambda, _) = over(&|trial| trial.lambdas[k]);
                let (variance, variance_error) = over(&|trial| trial.variance[k]);
                let (lag, lag_error) = over(&|trial| trial.lag[k]);
                let (precision, _) = over(&|trial| precision(&predicted(case, trial.reaction), trial.lambdas[k]));
                modes.rows.push(vec![
                    kind.scale,
                    lambda,
                    variance,
                    variance_error,
                    lag,
                    lag_error,
                    1.0 / precision,
                    1.0 - q * precision,
                ]);
            }
        }
        start += same;
    }
}

/// ln Z as the case has it: by the library's closed form, or with wrong precisions in the same expression.
fn closed_form(case: &Case<'_>, machine: &Rbm, lambdas: &[f64]) -> Result<f64, CheckError> {
    let (n, m) = (machine.visible, machine.hidden);
    if let Some(reaction) = wrong(case, Reaction::of(lambdas, n, m)) {
        return Ok(mean_field::uncoupled(machine) + reaction.coupled(lambdas, n, m));
    }
    let closed = mean_field::onsager(machine).map_err(CheckError::while_doing("T09 ln Z"))?;
    closed.map_err(|why| CheckError::Input(format!("T09: no closed form of ln Z: {why}")))
}

/// Order β⁴ of what the reaction leaves: (1/1024)[Σ(WWᵀ)_jj² + Σ(WᵀW)_kk² − T²(1/N + 1/M) − (2/3)ΣW⁴], T = ΣW².
fn remainder(machine: &Rbm) -> f64 {
    let (n, m) = (machine.visible, machine.hidden);
    let square = |j: usize, k: usize| machine.weights[j * m + k].powi(2);
    let rows: f64 = (0..n).map(|j| (0..m).map(|k| square(j, k)).sum::<f64>().powi(2)).sum();
    let columns: f64 = (0..m).map(|k| (0..n).map(|j| square(j, k)).sum::<f64>().powi(2)).sum();
    let total: f64 = machine.weights.iter().map(|w| w * w).sum();
    let fourth: f64 = machine.weights.iter().map(|w| w.powi(4)).sum();
    let average = total * total * (1.0 / n as f64 + 1.0 / m as f64);
    (rows + columns - average - 2.0 / 3.0 * fourth) / 1024.0
}

/// Machines of 14 x 10 units at two strengths: the error minus its order β⁴ is of order β⁶. Root mean square over machines, because
/// the coefficients of one machine may nearly cancel.
fn fourth_order(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let n = 14;
    // The same normal numbers at both strengths.
    let strongest = Kind::random(0.6, 1.4);
    let drawn: Vec<Vec<f64>> =
        (0..24).map(|i| weights(&strongest, n, &mut lab.stream("T09", case, "fourth order", i))).collect();
    let rms = |share: f64| -> Result<f64, CheckError> {
        let kind = Kind::random(share * strongest.scale, 1.4);
        let machines = drawn.par_iter().map(|drawn| {
            let drawn = drawn.iter().map(|w| share * w).collect();
            let machine = machine(&kind, n, drawn)?;
            let [over, _] = left(case, &kind, &machine, enumerated(&machine)?)?;
            Ok((over - mean_remainder(&kind, n)).powi(2))
        });
        Ok(mean_of(machines.collect::<Result<Vec<f64>, CheckError>>()?.into_iter()).sqrt())
    };
    let (strong, weak) = (rms(1.0)?, rms(0.5)?);
    let kind = strongest;
    let top = kind.scale * (1.0 + kind.aspect.recip().sqrt());
    let judge = Judge::Truncation {
        order: 6.0,
        measured_order: (strong / weak).log2(),
        bound: mean_remainder(&kind, n) * top * top / 16.0,
        because: "mean of order β⁴ times λ₊²/16, the ratio of successive orders in each mode",
    };
    let name = "rms of ln Z − exact ln Z − its order β⁴, 24 machines of 14 x 10";
    evidence.measurements.push(Measurement::new("fourth-order", name, strong, 0.0, judge));
    Ok(())
}

/// The same against annealed importance sampling, near the limit where enumerated machines are too small.
fn annealed(kind: &Kind, case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<Vec<f64>, CheckError> {
    let (sizes, betas, chains): (Sizes, usize, usize) = match scale_of(case, lab) {
        Scale::Quick if case.falsified() => (&[(32, 12), (64, 8), (128, 4)], 200, 64),
        Scale::Quick => (&[(32, 160), (64, 80), (128, 32)], 200, 64),
        Scale::Full => (&[(50, 120), (100, 80), (200, 30), (400, 10)], 1000, 128),
    };
    let all: Vec<(usize, usize)> = sizes.iter().flat_map(|&(n, count)| (0..count).map(move |i| (n, i))).collect();
    let one = |(n, i): (usize, usize)| {
        let purpose = format!("{} {n}", kind.aspect);
        let machine =
            machine(kind, n, weights(kind, n, &mut lab.stream("T09", case, &format!("annealed {purpose}"), i)))?;
        let key = lab.key("T09", case, &format!("annealing {purpose} {i}"));
        let (estimate, _) = annealing::forward(&machine.to_f32(), betas, chains, key);
        Ok((1.0 / n as f64, left(case, kind, &machine, estimate.mean)?))
    };
    let found: Vec<_> = all.into_par_iter().rev().with_max_len(1).map(one).collect::<Result<_, CheckError>>()?;
    let because =
        "the remainder of the reaction, −½ ln(1 − ρ): that none grows with N is judged here, its size by enumeration";
    judge_left(evidence, (kind, "annealed", "by annealing"), &found, ([1.0, 2.0], because), case)
}

fn enumerated(machine: &Rbm) -> Result<f64, CheckError> {
    log_partition(machine).ok_or_else(|| CheckError::Input("T09: too large to enumerate".into()))
}

const THIRD: &str = "a third of the remainder itself";

/// Mean of the remainder over normal weights: 2(NM − N − M)s⁴/1024.
fn mean_remainder(kind: &Kind, visible: usize) -> f64 {
    let (n, m) = (visible as f64, kind.hidden(visible) as f64);
    kind.std(visible).powi(4) * 2.0 * (n * m - n - m) / 1024.0
}

/// What is left of ln Z at its exact value, without the scatter of the orders β² and β⁴, whose means over weights are known: too
/// much with the reaction, and beyond the (N+M) ln 2 + c0 + s²NM/32 of a large machine.
fn left(case: &Case<'_>, kind: &Kind, machine: &Rbm, exact: f64) -> Result<[f64; 2], CheckError> {
    let (visible, hidden) = (machine.visible, machine.hidden);
    let lambdas = singular_values(machine.weights_view()).map_err(CheckError::while_doing("T09 spectrum"))?;
    let (beyond, rest) = (exact - mean_field::uncoupled(machine), remainder(machine));
    let [t1, t2] = [2, 4].map(|power| lambdas.iter().map(|l| l.powi(power)).sum::<f64>());
    let orders = t1 / 32.0 + (t2 - t1 * t1 * (1.0 / visible as f64 + 1.0 / hidden as f64)) / 1024.0 - rest;
    let over = closed_form(case, machine, &lambdas)? - exact - rest + mean_remainder(kind, visible);
    let pairs = kind.std(visible).powi(2) * (visible * hidden) as f64 / 32.0;
    let again = if case.broken("pairs-counted-twice") { pairs } else { 0.0 };
    Ok([over, beyond - orders - kind.glass() / 4.0 - again])
}

/// Both against their limits, −½ ln(1 − ρ) and ¼ ln(1 − ρ); a row of the table `remainder`.
fn judge_left(
    evidence: &mut Evidence,
    (kind, id, how): (&Kind, &str, &str),
    found: &[(f64, [f64; 2])],
    (shares, because): ([f64; 2], &'static str),
    case: &Case<'_>,
) -> Result<Vec<f64>, CheckError> {
    let x: Vec<f64> = found.iter().map(|(x, _)| *x).collect();
    let mut row = vec![kind.scale, kind.aspect, kind.glass()];
    for (at, form, what, factor) in
        [(0, "reaction", "with the reaction − ln Z", -0.5), (1, "large", "ln Z − its large-N form", 0.25)]
    {
        let y: Vec<f64> = found.iter().map(|(_, y)| y[at]).collect();
        let fit = linear_fit(&x, &y, CONFIDENCE).map_err(CheckError::while_doing("T09 ln Z"))?;
        let limit = factor * libm::log(1.0 - kind.glass());
        let name = format!("{what}, {how}, N → ∞, {}", kind.label());
        let bound = shares[at] * limit.abs();
        let limit = if at == 1 && case.broken("remainder-dropped") { 0.0 } else { limit };
        let id = kind.id(&format!("{id}-{form}"));
        let interval = fit.intercept_interval;
        evidence.measurements.push(check::near(&id, name, fit.intercept, interval, limit, bound, because));
        row.extend([fit.intercept, fit.intercept_interval.high - fit.intercept]);
    }
    Ok(row)
}

fn log_partitions(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let square = |scale: f64| Kind::random(scale, 1.0);
    let tall = |scale: f64| Kind::random(scale, 5.0 / 3.0);
    let (kinds, large) = if case.broken("closed-beyond-limit") {
        return Ok(()); // variances refute it
    } else if case.broken("exchanged") {
        (vec![tall(2.4)], vec![])
    } else if case.broken("uncorrected-gaussian") {
        (vec![square(1.0), square(1.5)], vec![]) // beyond, λ₁ exceeds 4 and it has no value
    } else if case.broken("remainder-dropped") {
        (vec![square(1.0)], vec![])
    } else {
        (vec![square(1.0), square(2.4), tall(2.4)], vec![square(3.0)])
    };
    if !case.broken("remainder-dropped") {
        fourth_order(case, lab, evidence)?;
    }
    let full = scale_of(case, lab) == Scale::Full;
    let mut table =
        Table::new("remainder", &["scale", "aspect", "rho", "reaction", "reaction_error", "large_n", "large_n_error"]);
    for kind in &kinds {
        // An error that grows with N shows on few and small machines.
        let few = case.falsified() && !case.broken("remainder-dropped");
        let sizes: &[usize] = match (kind.aspect == 1.0, full) {
            (true, false) if few => &[8, 10, 12],
            (false, false) if few => &[10, 15, 20],
            (true, false) => &[8, 10, 12, 14, 16],
            (true, true) => &[10, 12, 14, 16, 18],
            (false, false) => &[10, 15, 20, 25],
            (false, true) => &[15, 20, 25, 30],
        };
        // Nearest to the line the remainder scatters most.
        let each = match (full, kind.scale > 2.0, kind.aspect == 1.0) {
            (true, ..) => 500,
            (false, ..) if few => 60,
            (false, true, true) => 480,
            (false, true, false) => 280,
            (false, false, _) => 100,
        };
        let found: Vec<_> = (0..sizes.len() * each)
            .into_par_iter()
            .map(|at| {
                let n = sizes[at / each];
                let purpose = format!("small {} {}", kind.scale, kind.aspect);
                let machine = machine(kind, n, weights(kind, n, &mut lab.stream("T09", case, &purpose, at)))?;
                Ok((1.0 / n as f64, left(case, kind, &machine, enumerated(&machine)?)?))
            })
            .collect::<Result<_, CheckError>>()?;
        table.rows.push(judge_left(evidence, (kind, "ln-z", "enumerated"), &found, ([1.0 / 3.0; 2], THIRD), case)?);
    }
    for kind in &large {
        table.rows.push(annealed(kind, case, lab, evidence)?);
    }
    evidence.tables.push(table);
    Ok(())
}

fn spiked(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let mut table = Table::new("spike", &["theta", "size", "square", "error"]);
    let thetas: &[f64] = if case.broken("uncorrected-gaussian") {
        &[2.5, 4.0]
    } else if case.broken("edge-added") {
        &[6.0]
    } else {
        &[2.5, 4.0, 6.0]
    };
    for &theta in thetas {
        let kind = Kind { theta, chains: if theta == 4.0 { 64 } else { 32 }, ..Kind::random(2.0, 1.0) };
        let trials = trials(&kind, spike_sizes(case, lab, theta), case, lab)?;
        let lambda = spike::outlier(theta, LARGE, LARGE, kind.std(LARGE))
            .ok_or_else(|| CheckError::Input(format!("T09: a spike of strength {theta} does not leave the bulk")))?;
        let reaction = predicted(case, kind.closed());
        let gap = if case.broken("edge-added") {
            4.0 + kind.edge() - theta
        } else {
            reaction.visible * reaction.hidden - lambda * lambda
        };
        // Critical to rounding at θ = 4: the derivation's last but one identity.
        let exponent = if gap > 1e-9 {
            0.0
        } else if gap < -1e-9 {
            1.0
        } else {
            0.5
        };
        let x: Vec<f64> = trials.iter().map(|trial| (trial.visible as f64).ln()).collect();
        let y: Vec<f64> = trials.iter().map(|trial| trial.variance[0].ln()).collect();
        let line = linear_fit(&x, &y, CONFIDENCE).map_err(CheckError::while_doing("T09 growth"))?;
        let name = format!("exponent of ⟨x₁²⟩ in N, θ = {theta}");
        let because = "half of the way to the next exponent: 0 stable, 1/2 critical, 1 unstable";
        let (id, limits) = (format!("growth-{theta}"), line.slope_interval);
        evidence.measurements.push(check::near(&id, name, line.slope, limits, exponent, 0.25, because));
        evidence.observations.push((format!("λ of the spike θ = {theta}"), lambda));
        if theta < 4.0 {
            let shift = precision(&kind.closed(), lambda) - precision(&NONE, lambda);
            let value = |t: &Trial| 1.0 / t.variance[0] - precision(&predicted(case, t.reaction), t.lambdas[0]);
            let name = format!("1/var x₁ − (A − λ²/B), N → ∞, θ = {theta}");
            let named = (&format!("precision-spike-{theta}")[..], name);
            evidence.measurements.push(vanishes(named, &trials, value, shift / 4.0, QUARTER)?);
        }
        for &(size, _) in spike_sizes(case, lab, theta) {
            let group: Vec<f64> = trials.iter().filter(|t| t.visible == size).map(|t| t.variance[0]).collect();
            let (mean, error) = mean_and_error(&group);
            table.rows.push(vec![theta, size as f64, mean, error]);
        }
    }
    evidence.tables.push(table);
    Ok(())
}

fn beyond(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let mut leading = Table::new("leading", &["scale", "size", "variance", "error", "overlap"]);
    let mut modes = Table::new("modes", &[]);
    for scale in [6.0, 8.0] {
        let kind = Kind::random(scale, 1.0);
        let trials = trials(&kind, sizes(&kind, case, lab), case, lab)?;
        let share = |variance: f64, t: &Trial| 4.0 * variance / t.visible as f64;
        let root = |t: &Trial| share(t.reaction.var_x(t.lambdas[0]), t);
        let limit = against_size(&trials, root)?.intercept;
        if scale == 8.0 {
            // At 6 the two differ by less than two bounds.
            let name = format!("1/var x₁, closed A and B, N → ∞, {}", kind.label());
            let value = |t: &Trial| 1.0 / t.variance[0] - precision(&kind.closed(), t.lambdas[0]);
            let bound = allowed(&kind, Scale::Quick, kind.edge());
            let named = (&kind.id("precision-closed")[..], name);
            evidence.measurements.push(vanishes(named, &trials, value, bound, QUARTER)?.refuting(Side::Below));
        }
        evidence.measurements.push(relaxation(&kind.id("overlap"), &kind.label(), &trials)?.refuting(Side::Above));
        evidence.measurements.push(refusals(&kind.id("refused"), &kind.label(), &trials));
        evidence.observations.push((format!("share of the root, s√N = {scale}"), limit));
        evidence.observations.push((
            format!("share measured, N → ∞, s√N = {scale}"),
            against_size(&trials, |t| share(t.variance[0], t))?.intercept,
        ));
        tables(&kind, &trials, case, &mut modes, &mut leading);
    }
    evidence.tables.push(leading);
    Ok(())
}

/// a = b = 0: the fields on both layers are W½.
const WITH_FIELDS: Kind = Kind { zero_field: false, ..Kind::random(1.5, 1.0) };

fn outside(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let trials = trials(&WITH_FIELDS, sizes(&WITH_FIELDS, case, lab), case, lab)?;
    random(&WITH_FIELDS, &trials, case, scale_of(case, lab), evidence)?;
    // Fields narrow the conditional variances below 1/4, so every mode is stiffer than A − λ²/B says.
    for check in &mut evidence.measurements {
        *check = check.clone().refuting(Side::Above);
    }
    evidence.measurements.push(refusals("refused", "a = b = 0", &trials));
    Ok(())
}

fn fields(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let trials = trials(&WITH_FIELDS, sizes(&WITH_FIELDS, case, lab), case, lab)?;
    let none = || CheckError::Input("T09: a machine without the equations with fields".into());
    let found: Vec<(&Trial, &WithFields)> =
        trials.iter().map(|t| Ok((t, t.tap.as_ref().ok_or_else(none)?))).collect::<Result<_, CheckError>>()?;
    let with = |value: &dyn Fn(&Trial, &WithFields) -> f64| -> Vec<f64> {
        found.iter().map(|(trial, tap)| value(trial, tap)).collect()
    };
    let x: Vec<f64> = trials.iter().map(|t| 1.0 / t.visible as f64).collect();
    let gap = |t: &Trial, tap: &WithFields, k: usize| 1.0 / t.variance[k] - 1.0 / tap.variance[k];
    let own = WITH_FIELDS.closed().visible / 4.0 - 1.0;
    let scale = scale_of(case, lab);
    for (id, name, y, bound, because) in [
        (
            "means",
            "share of Σ(⟨v⟩ − ½)² that is missed",
            with(&|_, tap| tap.missed),
            own * own / 4.0,
            "a quarter of ((A − 4)/4)², the share of a unit's own field that the reaction takes off",
        ),
        (
            "precision-all",
            "1/var x of all modes − that with fields",
            with(&|t, tap| mean_of((0..MODES).map(|k| gap(t, tap, k)))),
            allowed(&WITH_FIELDS, scale, WITH_FIELDS.scale),
            QUARTER,
        ),
        (
            "precision-leading",
            "1/var x₁ − that with fields",
            with(&|t, tap| gap(t, tap, 0)),
            allowed(&WITH_FIELDS, scale, WITH_FIELDS.edge()),
            QUARTER,
        ),
    ] {
        let fit = linear_fit(&x, &y, CONFIDENCE).map_err(CheckError::while_doing("T09 fields"))?;
        let name = format!("{name}, N → ∞, {}", WITH_FIELDS.label());
        evidence.measurements.push(check::near(id, name, fit.intercept, fit.intercept_interval, 0.0, bound, because));
    }
    Ok(())
}

fn figure(dossier: &Dossier) -> Option<Figure> {
    let regime = dossier.regime("paramagnet")?;
    let of = |id: &str| regime.falsifiers.iter().find(|trial| trial.id == id).map(|trial| &trial.evidence);
    let (modes, logs) = (regime.evidence.table("modes")?, regime.evidence.table("remainder")?);
    let wrong = of("uncorrected-gaussian")?.table("remainder")?;
    let rows = |table: &Table, scale: f64, x: &str, y: &str| -> Vec<(f64, f64)> {
        let at = table.column("scale").into_iter().zip(table.column(x).into_iter().zip(table.column(y)));
        at.filter(|(s, _)| *s == scale).map(|(_, point)| point).collect()
    };
    let bars = |table: &Table, scale: f64, column: &str| -> Vec<f64> {
        rows(table, scale, column, column).into_iter().map(|(_, error)| error).collect()
    };
    let measured = |label: &str, table: &Table, scale: f64, x: &str, y: &str, error: &str| Series {
        errors: bars(table, scale, error),
        ..Series::points(label, Role::Measurement, rows(table, scale, x, y))
    };
    let gaussian = |f: &dyn Fn(f64) -> f64, to: f64| grid(0.0, to, 100).map(|l| (l, f(l))).collect::<Vec<_>>();
    let mut boundary = vec![
        Series::line("Gaussian", Role::Falsifier, grid(0.5, 1.95, 60).map(|g| (g, 1.0 / (4.0 - g * g))).collect()),
        Series::line(
            "closed form",
            Role::Prediction,
            grid(0.5, 3.9, 100).map(|g| (g, (4.0 + g * g / 4.0) / (4.0 - g * g / 4.0).powi(2))).collect(),
        ),
    ];
    let beyond = dossier.regime("beyond-glass-line").and_then(|regime| regime.evidence.table("leading"));
    let leading = [regime.evidence.table("leading"), beyond];
    let mut sizes: Vec<f64> = leading.iter().flatten().flat_map(|table| table.column("size")).collect();
    sizes.sort_by(f64::total_cmp);
    sizes.dedup();
    for size in [sizes.first(), sizes.last()].into_iter().flatten() {
        let found = leading.iter().flatten().flat_map(|table| &table.rows).filter(|row| row[1] == *size);
        let (points, errors) = found.map(|row| ((row[0], row[2]), row[3])).unzip();
        let label = format!("measured, N = M = {size}");
        boundary.push(Series { errors, ..Series::points(&label, Role::Measurement, points) });
    }
    let size = sizes.last()?;
    let panel = |title: &str, x: Axis, y: Axis, series: Vec<Series>| Panel {
        title: title.into(),
        x,
        y,
        series,
        contours: None,
    };
    let lambda = || Axis::linear("λ, singular value of the mode (energy unit)");
    let rho = |to: f64, f: &dyn Fn(f64) -> f64| -> Vec<(f64, f64)> {
        grid(-2.6, to, 60).map(|e| 10f64.powf(e)).map(|rho| (rho, f(rho))).collect()
    };
    let found = |label: &str, role: Role, table: &Table, at: usize, sign: f64, square: bool| {
        let rows = table.rows.iter().filter(|row| (row[1] == 1.0) == square);
        let (points, errors) = rows.map(|row| ((row[2], sign * row[at]), row[at + 1])).unzip();
        Series { errors, ..Series::points(label, role, points) }
    };
    let remainders = vec![
        found("Gaussian", Role::Falsifier, wrong, 3, 1.0, true),
        Series::line("−½ ln(1 − ρ)", Role::Prediction, rho(-0.4, &|rho| -0.5 * (1.0 - rho).ln())),
        found("reaction, N = M", Role::Measurement, logs, 3, 1.0, true),
        found("reaction, N = 5M/3", Role::Measurement, logs, 3, 1.0, false),
        Series::line("−¼ ln(1 − ρ)", Role::Prediction, rho(-0.4, &|rho| -0.25 * (1.0 - rho).ln())),
        found("large-N form, N = M", Role::Measurement, logs, 5, -1.0, true),
        found("large-N form, N = 5M/3", Role::Measurement, logs, 5, -1.0, false),
    ];
    Some(Figure {
        name: "T09_onsager",
        title: "The reaction in the place of the product of Gaussians".into(),
        caption: "Variance and one-sweep autocorrelation of modes at s√N = 2.4 against the theory with the reaction and the Gaussian (grey); \
                  error of ln Z with the reaction and of (N+M) ln 2 + c0 + s²NM/32, which tend to constants; variance of the leading mode across the \
                  spin-glass line s√N = 4, which the Gaussian puts at 2. Bars at what is left of ln Z: intervals of confidence 1 − 10⁻⁶; \
                  others: standard errors."
            .into(),
        panels: vec![
            panel(
                &format!("variance of modes, N = M = {size}, s√N = 2.4"),
                lambda(),
                Axis::linear("var x, variance of the mode"),
                vec![
                    Series::line("Gaussian, 1/(4 − λ²/4)", Role::Falsifier, gaussian(&|l| 1.0 / (4.0 - l * l / 4.0), 3.4)),
                    Series::line("B/(AB − λ²)", Role::Prediction, rows(modes, 2.4, "lambda", "predicted")),
                    measured("Gibbs chains", modes, 2.4, "lambda", "variance", "variance_error"),
                ],
            ),
            panel(
                "autocorrelation over one sweep",
                lambda(),
                Axis::linear("autocorrelation of x"),
                vec![
                    Series::line("Gaussian, λ²/16", Role::Falsifier, gaussian(&|l| l * l / 16.0, 4.0)),
                    Series::line("1 − Q/var x", Role::Prediction, rows(modes, 2.4, "lambda", "predicted_lag")),
                    measured("Gibbs chains", modes, 2.4, "lambda", "lag", "lag_error"),
                ],
            ),
            panel(
                "what is left of ln Z, N → ∞",
                Axis::log("ρ = s⁴NM/256, strength"),
                Axis::log("closed form − exact ln Z"),
                remainders,
            ),
            panel("across the spin-glass line", Axis::linear("s√N, scale of the weights"), Axis::log("var x₁, leading mode"), boundary),
        ],
    })
}
