//! # T07: the mean-field free energy of a mode is Landau's
//!
//! ## Statement
//! The density of states of a mode is exp(−I(x)), I the Legendre transform of Σ_j ln cosh(tU_j/2). Per mode
//! F = (1/2)(4 − βλ)u² + (1/2)(4 + βλ)w² + (2/3)κ(u⁴ + 6u²w² + w⁴) + …: second order at βλ = 4, exponents 1/2, 1, 3.
//!
//! ## Source
//! arXiv 2503.21536, abstract: "reminiscent of Landau theory [...] We derive the corresponding free energy in a mean-field
//! approximation". The coefficients are our reading.
//!
//! ## Hypotheses
//! - One mode; its entries are spread over many units.
//!
//! ## Regimes
//! - `one-mode`: expected to hold.
//!
//! ## Derivation
//! I(x) to order 8 from the cumulant series by a Legendre transform, against the entropy of m = tanh for equal entries, built
//! from artanh' = 1/(1 − m²) alone; the quartic in (u, w), also for unequal κ; the entropy form 1 − g/4, 1/6, 1/15, 1/28;
//! exponents from the stationary points; the threshold for N ≠ M; the 1/N correction of ln Z by two routes.
//!
//! ## Evidence
//! Not yet measured: derived only.
//!
//! ## Falsifiers
//! - `quartic-sign`: the fourth cumulant taken with the wrong sign.
//! - `correction-unsquared`: 16 − g² for its square in the 1/N correction.
//!
//! ## Limits
//! Above 4 only the full entropy form is exact, not the quartic.

use crate::claim::{Case, CheckError, Falsifier, Regime, Source, Stage, Statement, Theorem, Verdict};
use crate::symbolic::Derivation;
use crate::symbolic::poly::Poly;
use crate::symbolic::ratio::RatFn;
use crate::symbolic::series::PowerSeries;

/// The claim.
pub struct LandauFreeEnergy;

static STATEMENT: Statement = Statement {
    id: "T07",
    title: "The mean-field free energy of a mode is Landau's, with a second-order transition at βλ = 4",
    source: Source {
        reference: "arXiv 2503.21536, abstract",
        sentence: "This leads to a symmetry breaking in the energy landscape, reminiscent of Landau theory. [...] We derive the corresponding free energy in a mean-field approximation.",
        stated_there: true,
    },
    hypotheses: &["one mode", "its entries spread over many units"],
    regimes: &[Regime { id: "one-mode", title: "one mode, others quiet", expected: Verdict::Holds, replaced_by: None }],
};

const ALL: &[&str] = &["one-mode"];

static FALSIFIERS: [Falsifier; 2] = [
    Falsifier {
        id: "quartic-sign",
        title: "fourth cumulant with the wrong sign",
        stage: Stage::Derivation,
        regimes: ALL,
    },
    Falsifier {
        id: "correction-unsquared",
        title: "16 − g² for its square in the 1/N correction",
        stage: Stage::Derivation,
        regimes: ALL,
    },
];

impl Theorem for LandauFreeEnergy {
    fn statement(&self) -> &'static Statement {
        &STATEMENT
    }

    fn falsifiers(&self) -> &'static [Falsifier] {
        &FALSIFIERS
    }

    fn measured(&self) -> bool {
        false
    }

    fn derive(&self, case: Case<'_>) -> Result<Derivation, CheckError> {
        let mut steps = Derivation::new();
        let int = Poly::int;
        let ratio = Poly::ratio;
        // Σ_j ln cosh(tU_j/2) with Σ U² = 1, Σ U⁴ = κ, Σ U⁶ = κ₆, Σ U⁸ = κ₈.
        let bit = PowerSeries::cosh(8).ln().compose(&PowerSeries::variable(8).scale(&ratio(1, 2)));
        let [kappa, kappa6, kappa8] = ["κ", "κ₆", "κ₈"].map(Poly::var);
        let sign = if case.broken("quartic-sign") { int(-1) } else { int(1) };
        let weights = [(2, int(1)), (4, &sign * &kappa), (6, kappa6.clone()), (8, kappa8.clone())];
        let coefficient =
            |k: usize| weights.iter().find(|(n, _)| *n == k).map_or(int(0), |(_, sum)| bit.coefficient(k) * sum);
        let cumulants = PowerSeries::new((0..=8).map(coefficient).collect());
        let rate = cumulants.legendre();
        steps.equal("I(x): coefficient of x² is 2", &rate.coefficient(2), &int(2));
        steps.equal("of x⁴: (4/3)κ", &rate.coefficient(4), &(ratio(4, 3) * &kappa));
        let sixth = ratio(32, 45) * (int(5) * &kappa * &kappa - int(2) * &kappa6);
        steps.equal("of x⁶: (32/45)(5κ² − 2κ₆)", &rate.coefficient(6), &sixth);
        // Third-order perturbation: I = 2x² − P + 2P'² − 8P'²P'' at t = 4x for K = t²/8 + P(t).
        let eighth = ratio(128, 9) * kappa.pow(3) - ratio(512, 45) * &kappa * &kappa6 + ratio(544, 315) * &kappa8;
        steps.equal("of x⁸: (128/9)κ³ − (512/45)κκ₆ + (544/315)κ₈", &rate.coefficient(8), &eighth);
        steps.equal("the Legendre transform of I is the cumulant function again", &rate.legendre(), &cumulants);

        // Entropy of a unit of magnetisation m, from artanh' = 1/(1 − m²): S'(m) = −artanh m.
        let geometric = PowerSeries::new((0..=6).map(|k| int(i64::from(k % 2 == 0))).collect());
        let artanh = geometric.integrate();
        let entropy_cost = artanh.integrate();
        // All |U_j| = 1/√N: κ = 1/N, κ₆ = 1/N², κ₈ = 1/N³ and x = √N m/2; with N = 1 the same coefficients, x = m/2.
        let equal = |p: &Poly| ["κ", "κ₆", "κ₈"].iter().fold(p.clone(), |p, var| p.substitute(var, &int(1)));
        let at_half = rate.compose(&PowerSeries::variable(8).scale(&ratio(1, 2)));
        for k in [2usize, 4, 6, 8] {
            let name = format!("equal entries: I(m/2) at order {k} is the entropy cost ∫ artanh");
            steps.equal(&name, &equal(&at_half.coefficient(k)), &entropy_cost.coefficient(k));
        }

        // u = p/√2, w = q/√2: x = (p − q)/2, y = (p + q)/2.
        let [g, p, q, kx, ky] = ["g", "p", "q", "κx", "κy"].map(Poly::var);
        let half = ratio(1, 2);
        let (x, y) = (&half * (&p - &q), &half * (&p + &q));
        let quartic = |z: &Poly, k: &Poly| {
            let fourth = rate.coefficient(4).substitute("κ", k);
            rate.coefficient(2) * z.pow(2) + fourth * z.pow(4)
        };
        let free = quartic(&x, &kx) + quartic(&y, &ky) - &g * &x * &y;
        let quadratic = ratio(1, 4) * ((int(4) - &g) * &p * &p + (int(4) + &g) * &q * &q);
        let even = p.pow(4) + int(6) * p.pow(2) * q.pow(2) + q.pow(4);
        let odd = &p * &q * (&p * &p + &q * &q);
        steps.equal(
            "F = ((4−g)u² + (4+g)w²)/2 + (κx+κy)(u⁴+6u²w²+w⁴)/3 − 4(κx−κy)uw(u²+w²)/3, p = √2 u, q = √2 w",
            &free,
            &(quadratic + ratio(1, 12) * (&kx + &ky) * even - ratio(1, 3) * (&kx - &ky) * odd),
        );

        // N = M, equal entries, u = √(N/2) m: f(m) = 2 · entropy cost − (g/4)m² per visible unit.
        let m = Poly::var("m");
        let f = PowerSeries::new((0..=8).map(|k| int(2) * entropy_cost.coefficient(k)).collect()).to_poly("m")
            - ratio(1, 4) * &g * &m * &m;
        let landau = (int(1) - ratio(1, 4) * &g) * m.pow(2)
            + ratio(1, 6) * m.pow(4)
            + ratio(1, 15) * m.pow(6)
            + ratio(1, 28) * m.pow(8);
        steps.equal("f(m) = (1 − g/4)m² + m⁴/6 + m⁶/15 + m⁸/28 + …", &f, &landau);
        steps.equal(
            "f'(m) = 0 is m = tanh(gm/4): f' = 2(artanh m − gm/4)",
            &f.diff("m"),
            &(int(2) * (artanh.to_poly("m") - ratio(1, 4) * &g * &m)),
        );
        // Exponents of the quartic form, ε = g/4 − 1.
        let eps = Poly::var("ε");
        let near = |p: &Poly| p.substitute("g", &(int(4) + int(4) * &eps));
        let order4 = near(&f).truncate("m", 4);
        let over_m = RatFn::new(order4.diff("m"), m.clone());
        let squared = RatFn::from(int(3) * &eps);
        let stationary = over_m.substitute("m", &RatFn::from(m.clone()));
        let in_square = stationary - RatFn::from(ratio(2, 3)) * (RatFn::from(&m * &m) - &squared);
        steps.equal("m² = 3ε at the minimum, ε = g/4 − 1: exponent 1/2", &in_square, &RatFn::from(int(0)));
        steps.equal(
            "1/χ = f''(0) = −2ε: exponent 1",
            &order4.diff("m").diff("m").coefficient("m", 0),
            &(int(-2) * &eps),
        );
        let isotherm = order4.substitute("ε", &int(0)).diff("m");
        steps.equal("at g = 4 the field is (2/3)m³: exponent 3", &isotherm, &(ratio(2, 3) * m.pow(3)));
        // N ≠ M: m_v = tanh(g r m_h/4), m_h = tanh(g m_v/(4r)), r = √(M/N); linear map of both.
        let r = Poly::var("r");
        let round = RatFn::from(ratio(1, 4) * &g * &r) * RatFn::new(ratio(1, 4) * &g, r);
        steps.equal(
            "N ≠ M: the linear map there and back is (g/4)², threshold 4",
            &round,
            &RatFn::from(ratio(1, 16) * &g * &g),
        );

        // 1/N correction of ln Z to first order in κ, tilted variance of x: 1/(4 − g²/4) = 4/(16 − g²).
        let det = int(16) - &g * &g;
        let tilted = RatFn::new(int(4), det.clone());
        steps.equal(
            "variance of x under both layers: 1/(4 − g²/4) = 4/(16 − g²)",
            &RatFn::new(int(1), int(4) - ratio(1, 4) * &g * &g),
            &tilted,
        );
        let fourth_cumulant = bit.coefficient(4); // times κ: coefficient of t⁴, −1/192
        let power = if case.broken("correction-unsquared") { 1 } else { 2 };
        let claimed = |k: &Poly| RatFn::new(ratio(-1, 4) * k * g.pow(4), det.pow(power));
        // y summed out: ln E e^(g x y) = g²x²/8 + κy g⁴x⁴ · (−1/192); ⟨x⁴⟩ = 3 var².
        let from_y = RatFn::from(&fourth_cumulant * &ky * g.pow(4) * int(3)) * (&tilted * &tilted);
        steps.equal("κy: ⟨x⁴⟩ route gives −(κy/4) g⁴/(16 − g²)²", &from_y, &claimed(&ky));
        // κx: the fourth cumulant acts as ∂⁴ on e^(c x²/2), c = g²/4: c⁴x⁴ + 6c³x² + 3c².
        let c = RatFn::from(ratio(1, 4) * &g * &g);
        let (c2, v) = (&c * &c, &tilted);
        let acted = &c2
            * &(&RatFn::from(int(3)) * &(&(&c2 * v) * v) + &(&RatFn::from(int(6)) * &(&c * v)) + &RatFn::from(int(3)));
        let from_x = RatFn::from(&fourth_cumulant * &kx) * acted;
        steps.equal(
            "κx: the ∂⁴ route gives the mirror image; with κ = 1/N, 1/M: −(1/4)(1/N + 1/M) g⁴/(16 − g²)²",
            &from_x,
            &claimed(&kx),
        );
        Ok(steps)
    }
}
