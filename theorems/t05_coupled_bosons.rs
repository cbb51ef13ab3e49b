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
//! - x and y Gaussian of variance 1/4 under the uniform measure; βλ < 4.
//!
//! ## Regimes
//! - `gaussian`: expected to hold.
//!
//! ## Derivation
//! Precision as the negative Hessian of the exponent; its inverse; variances along u and w; joint cumulants of two modes
//! to order 8; the Haar mean of the fourth, −1/(8(N+2)).
//!
//! ## Evidence
//! Not yet measured: derived only.
//!
//! ## Falsifiers
//! - `covariance-sign`: −βλ for βλ in the covariance.
//! - `pairings-uncounted`: joint cumulants without the (a+b)! orders of their arguments.
//!
//! ## Limits
//! Where many modes couple the product of Gaussians fails; T09 replaces it.

use crate::claim::{Case, CheckError, Falsifier, Regime, Source, Stage, Statement, Theorem, Verdict};
use crate::symbolic::Derivation;
use crate::symbolic::cumulant;
use crate::symbolic::haar;
use crate::symbolic::matrix::Matrix;
use crate::symbolic::poly::Poly;
use crate::symbolic::ratio::RatFn;
use crate::symbolic::series::PowerSeries;

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
    hypotheses: &["Gaussian reciprocal variables, variance 1/4", "βλ < 4"],
    regimes: &[Regime {
        id: "gaussian",
        title: "Gaussian reciprocal variables",
        expected: Verdict::Holds,
        replaced_by: None,
    }],
};

const ALL: &[&str] = &["gaussian"];

static FALSIFIERS: [Falsifier; 2] = [
    Falsifier {
        id: "covariance-sign", title: "−βλ for βλ in the covariance", stage: Stage::Derivation, regimes: ALL
    },
    Falsifier {
        id: "pairings-uncounted",
        title: "orders of the arguments of a joint cumulant not counted",
        stage: Stage::Derivation,
        regimes: ALL,
    },
];

impl Theorem for CoupledBosons {
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
}
