//! # T03: the weights of an untrained machine are rotationally symmetric
//!
//! ## Statement
//! For W with independent normal entries, Q₁WQ₂ has the law of W for all orthogonal Q₁, Q₂: the singular vectors are Haar
//! distributed and independent of the singular values.
//!
//! ## Source
//! arXiv 2503.21536, abstract: "whose distribution follows the Marcenko-Pastur law and exhibits rotational symmetry".
//!
//! ## Hypotheses
//! - Independent normal entries of one variance.
//!
//! ## Regimes
//! - `tall` (N > M), `wide` (N < M), `square` (N = M): independent normal entries: holds.
//! - `uniform-iid`: independent uniform entries: refuted, although T02 holds for them; only the entries of W see it.
//! - `trained`: refuted, in the entries and in the vectors; replaced by hierarchical learning (T08).
//!
//! ## Derivation
//! The density of W depends on tr WᵀW only, and every tr (WᵀW)ᵏ is unchanged by Q₁, Q₂: shown for 2 x 2 matrices with rational
//! rotations, (1 − t², −2t; 2t, 1 − t²)/(1 + t²), by trace and determinant. Haar moments of one and two columns as exact functions of N, tied together by
//! the lengths of rows and columns.
//!
//! ## Evidence
//! Over independent machines, leading mode only, so that values are independent:
//! - One squared entry of u₁ and of v₁ a machine against the law Beta(1/2, (N−1)/2).
//! - The participation ratio κ = Σ_j U_j1⁴ within 10 % of its Haar mean 3/(N+2), by its exact Haar variance.
//! - The squared overlap of u₁ and of v₁ with the even direction (1, …, 1)/√N follows the same Beta law.
//! - The first entry of v₁ of small machines is negative half of the time once every pair (u_i, v_i) has a random sign.
//! - λ₁ is uncorrelated with κ of u₁ and v₁: values and vectors are independent.
//! - The paper's measure: Jensen-Shannon divergence between the entries of W and of Q₁WQ₂ over its floor (k−1)/(4NM).
//! - `trained`: divergence, participation ratio and overlap as means over trainings with their intervals, by hidden size, and the slope
//!   of the divergence against 1/M.
//!
//! ## Falsifiers
//! - `sheared`: a shear in the place of a rotation.
//! - `independent-normal-entries`: entries of U taken as independent normal, E U⁴ = 3/N².
//! - `uniform-entries`: uniform entries of W; their singular values and vectors pass, the divergence does not.
//! - `localised-spike`: a rank-one term on one visible and one hidden unit, three times as strong as the threshold.
//! - `trained-machine`: a machine trained on MNIST presented as untrained.
//! - `blocks`: W without its two off-diagonal blocks.
//! - `diagonal`: W without its off-diagonal entries.
//! - `one-factor`: W = UΛ with Haar U, the factor V not rotated.
//! - `raw-signs`: signs as the decomposition leaves them.
//!
//! Measured falsifiers see 25 machines, ten for the divergence; the claim sees 150 and 30.
//!
//! ## Limits
//! The entries of W alone do not see the symmetry of vectors: uniform entries pass the law of singular values and are not
//! rotationally symmetric.

use crate::claim::{
    Case, CheckError, Dossier, Falsifier, Regime, RegimeDossier, Source, Stage, Statement, Theorem, Verdict, falsifier,
};
use crate::evidence::{ALPHA, Evidence, Interval, Judge, Measurement, Table};
use crate::figure::{Axis, Figure, Panel, Role, Series, histogram};
use crate::lab::Lab;
use crate::rbm::linalg::{singular_values, thin_svd};
use crate::spectra::{ensemble, rotation, spike};
use crate::symbolic::Derivation;
use crate::symbolic::haar;
use crate::symbolic::matrix::Matrix;
use crate::symbolic::poly::Poly;
use crate::symbolic::ratio::RatFn;
use crate::{check, stat};
use faer::Mat;
use rand::RngExt;
use rayon::prelude::*;
use statrs::distribution::{Beta, ContinuousCDF};

/// The claim.
pub struct RotationalSymmetry;

static STATEMENT: Statement = Statement {
    id: "T03",
    title: "The law of an untrained weight matrix is unchanged by rotations of visible and hidden space",
    source: Source {
        reference: "arXiv 2503.21536, abstract",
        sentence: "the singular values, whose distribution follows the Marcenko-Pastur law and exhibits rotational symmetry",
        stated_there: true,
    },
    hypotheses: &["independent normal entries", "Q₁, Q₂ orthogonal"],
    regimes: &[
        Regime { id: "tall", title: "untrained, N > M", expected: Verdict::Holds, replaced_by: None },
        Regime { id: "wide", title: "untrained, N < M", expected: Verdict::Holds, replaced_by: None },
        Regime { id: "square", title: "untrained, N = M", expected: Verdict::Holds, replaced_by: None },
        Regime {
            id: "uniform-iid",
            title: "independent uniform entries",
            expected: Verdict::Refuted,
            replaced_by: Some("T02: their singular values follow the law all the same"),
        },
        Regime {
            id: "trained",
            title: "machines trained on MNIST",
            expected: Verdict::Refuted,
            replaced_by: Some("T08: learning breaks the symmetry mode by mode"),
        },
    ],
};

const ALL: &[&str] = &["tall", "wide", "square"];
const TALL: &[&str] = &["tall"];

static FALSIFIERS: [Falsifier; 9] = [
    falsifier("sheared", "a shear in the place of a rotation", Stage::Derivation, ALL),
    falsifier("independent-normal-entries", "entries of U taken as independent normal", Stage::Derivation, ALL),
    falsifier("uniform-entries", "uniform entries of W", Stage::Measurement, ALL),
    falsifier("localised-spike", "a rank-one term on one visible and one hidden unit", Stage::Measurement, ALL),
    falsifier("trained-machine", "a machine trained on MNIST presented as untrained", Stage::Measurement, TALL),
    falsifier("blocks", "W without its off-diagonal blocks", Stage::Measurement, TALL),
    falsifier("diagonal", "W without off-diagonal entries", Stage::Measurement, TALL),
    falsifier("one-factor", "only the visible factor Haar", Stage::Measurement, TALL),
    falsifier("raw-signs", "signs of vectors as the decomposition leaves them", Stage::Measurement, TALL),
];

impl Theorem for RotationalSymmetry {
    fn statement(&self) -> &'static Statement {
        &STATEMENT
    }

    fn falsifiers(&self) -> &'static [Falsifier] {
        &FALSIFIERS
    }

    fn derive(&self, case: Case<'_>) -> Result<Derivation, CheckError> {
        let mut steps = Derivation::new();
        let [n, t, s] = ["N", "t", "s"].map(Poly::var);
        let int = Poly::int;
        // Rotations by rational angles times their common denominator: QᵀQ = (1 + t²)².
        let turn = |t: &Poly| {
            let (c, s) = (int(1) - t * t, int(2) * t);
            Matrix::from_rows(vec![vec![c.clone(), -&s], vec![s, c]])
        };
        let shear =
            Matrix::from_rows(vec![vec![int(1) + &t * &t, &t * (int(1) + &t * &t)], vec![int(0), int(1) + &t * &t]]);
        let q1 = if case.broken("sheared") { shear } else { turn(&t) };
        let q2 = turn(&s);
        let length = |t: &Poly| (int(1) + t * t).pow(2);
        let square = &q1.transpose() * &q1;
        steps.equal("Q₁ᵀQ₁ is diagonal, Q₁ = (1 − t², −2t; 2t, 1 − t²)", &square[(0, 1)], &int(0));
        steps.equal("and equal to (1 + t²)²: Q₁/(1 + t²) is a rotation", &square[(1, 1)], &length(&t));
        let w =
            Matrix::from_rows(vec![vec![Poly::var("w₁₁"), Poly::var("w₁₂")], vec![Poly::var("w₂₁"), Poly::var("w₂₂")]]);
        let turned = &(&q1 * &w) * &q2;
        let trace = |a: &Matrix| &a[(0, 0)] + &a[(1, 1)];
        let squares = |w: &Matrix| trace(&(&w.transpose() * w));
        let scale = length(&t) * length(&s);
        steps.equal(
            "tr WᵀW is unchanged by W → Q₁WQ₂ (both sides times the denominators)",
            &squares(&turned),
            &(&scale * squares(&w)),
        );
        // Its square is det WᵀW.
        steps.equal("and so is det W", &turned.determinant(), &(&scale * w.determinant()));
        let [a, b, d] = ["a", "b", "d"].map(Poly::var);
        let gram = Matrix::from_rows(vec![vec![a, b.clone()], vec![b, d]]);
        let square = &gram * &gram;
        let one = |i: usize, j: usize| if i == j { gram.determinant() } else { int(0) };
        for (i, j) in [(0, 0), (0, 1), (1, 1)] {
            steps.equal(
                &format!("G² = G tr G − det G, G = WᵀW, entry {i}{j}: every tr Gᵏ follows from tr G and det G"),
                &square[(i, j)],
                &(trace(&gram) * &gram[(i, j)] - one(i, j)),
            );
        }
        let over = |p: Poly, factors: &[i64]| RatFn::new(p, factors.iter().fold(int(1), |d, &f| d * (&n + int(f))));
        let fourth = if case.broken("independent-normal-entries") {
            RatFn::new(int(3), &n * &n)
        } else {
            haar::one_column(&[4])
        };
        steps.equal("E U⁴ = 3/(N(N+2))", &fourth, &over(int(3), &[0, 2]));
        steps.equal("E U⁶ = 15/(N(N+2)(N+4))", &haar::one_column(&[6]), &over(int(15), &[0, 2, 4]));
        steps.equal(
            "one row, two columns: E U_ji² U_jk² = 1/(N(N+2))",
            &haar::two_columns(&[2], &[2]),
            &over(int(1), &[0, 2]),
        );
        let different = haar::two_columns(&[2, 0], &[0, 2]);
        steps.equal("two rows, two columns: (N+1)/((N−1)N(N+2))", &different, &over(&n + int(1), &[-1, 0, 2]));
        let n = RatFn::from(n);
        let n_1 = &n - &RatFn::from(int(1));
        steps.equal(
            "a column has length 1: N E U⁴ + N(N−1) E U_j² U_l² = 1",
            &(&n * &fourth + &(&n * &n_1) * &haar::one_column(&[2, 2])),
            &RatFn::from(int(1)),
        );
        steps.equal(
            "a row has length 1 given another column's entry: E U_ji² U_jk² + (N−1) E U_ji² U_lk² = E U_ji²",
            &(haar::two_columns(&[2], &[2]) + &n_1 * &different),
            &haar::one_column(&[2]),
        );
        Ok(steps)
    }

    fn measure(&self, case: Case<'_>, lab: &Lab) -> Result<Evidence, CheckError> {
        let plan = lab.plan();
        // Wide machines of the paper come in two sizes; the larger one adds nothing here but time.
        let (n, m) = plan.mode_shapes[ALL.iter().position(|&id| id == case.regime.id).unwrap_or(0)][0];
        let s = plan.initial_std;
        if case.regime.id == "trained" {
            return self.after_training(&case, lab);
        }
        let matrices: Vec<Mat<f64>> = if case.broken("trained-machine") {
            vec![trained(lab, plan.trained_hidden[0], 0)?]
        } else {
            let draw = |replica: usize| {
                let rng = &mut lab.stream("T03", &case, "matrix", replica);
                let mut w = match case.broken("uniform-entries") || case.regime.id == "uniform-iid" {
                    true => ensemble::uniform(n, m, s, rng),
                    false => ensemble::normal(n, m, s, rng),
                };
                if case.broken("blocks") || case.broken("diagonal") {
                    let kept = |i: usize, j: usize| match case.broken("diagonal") {
                        true => i == j,
                        false => (i < n / 2) == (j < m / 2),
                    };
                    w = Mat::from_fn(n, m, |i, j| if kept(i, j) { w[(i, j)] } else { 0.0 });
                }
                if case.broken("one-factor") {
                    let values = singular_values(w.as_ref()).unwrap_or_default();
                    let q = rotation::haar_orthogonal(n, rng);
                    // Beyond r columns there is nothing: a wide W has M − r empty ones.
                    let entry = |i: usize, j: usize| values.get(j).map_or(0.0, |value| q[(i, j)] * value);
                    w = Mat::from_fn(n, m, entry);
                }
                if case.broken("localised-spike") {
                    w[(0, 0)] += 3.0 * spike::threshold(n, m, s);
                }
                w
            };
            // What is wrong is plain from few machines.
            let all = plan.mode_replicas;
            let as_stated = if case.regime.expected == Verdict::Holds { all * 3 / 2 } else { all };
            let machines = if case.falsified() { all.div_ceil(4) } else { as_stated };
            (0..machines).into_par_iter().map(draw).collect()
        };
        let seen = matrices
            .par_iter()
            .enumerate()
            .map(|(replica, w)| Leading::of(w, &mut lab.stream("T03", &case, "row", replica)))
            .collect::<Result<Vec<_>, _>>()?;
        let mut evidence = Evidence::default();
        for (side, symbol) in [(0, "u₁"), (1, "v₁")] {
            let size = seen.first().map_or(0, |one| one.sizes[side]);
            evidence.measurements.extend(vector_checks(symbol, size, &seen, side)?);
        }
        evidence.measurements.push(signs(&case, lab)?);
        evidence.measurements.extend(independence(&seen));
        // A fifth of the machines suffices, ten at least: one divergence compares NM values.
        let compared = matrices[..matrices.len().div_ceil(5).max(10).min(matrices.len())]
            .par_iter()
            .enumerate()
            .map(|(replica, w)| {
                let both = Entries::of(w, &mut lab.stream("T03", &case, "haar", replica));
                Ok((both.divergence_over_floor()?, (replica == 0).then(|| both.table())))
            })
            .collect::<Result<Vec<_>, CheckError>>()?;
        let ratios: Vec<f64> = compared.iter().map(|one| one.0).collect();
        evidence.tables.extend(compared.into_iter().filter_map(|one| one.1));
        evidence.measurements.push(divergence_check(&ratios)?);
        let mut table = Table::new("vectors", &["kappa_u", "kappa_v"]);
        let ratio = |one: &Leading, side: usize| one.kappa[side] / kappa_law(one.sizes[side]).0;
        table.rows = seen.iter().map(|one| vec![ratio(one, 0), ratio(one, 1)]).collect();
        evidence.tables.push(table);
        let mut table = Table::new("divergence", &["ratio"]);
        table.rows = ratios.iter().map(|&ratio| vec![ratio]).collect();
        evidence.tables.push(table);
        Ok(evidence)
    }

    fn figures(&self, dossier: &Dossier) -> Vec<Figure> {
        let Some(regime) = dossier.regime("tall") else { return Vec::new() };
        let runs: Vec<(&str, Role, &Evidence)> = std::iter::once(("untrained", Role::Measurement, &regime.evidence))
            .chain(
                regime
                    .falsifiers
                    .iter()
                    .filter(|trial| ["uniform-entries", "localised-spike", "trained-machine"].contains(&trial.id))
                    .map(|trial| (trial.title, Role::Falsifier, &trial.evidence)),
            )
            .collect();
        let sorted = |evidence: &Evidence, table: &str, column: &str| -> Vec<(f64, f64)> {
            let mut values = evidence.table(table).map_or(Vec::new(), |table| table.column(column));
            values.sort_by(f64::total_cmp);
            let n = values.len() as f64;
            values.into_iter().enumerate().map(|(i, z)| ((i as f64 + 0.5) / n, z)).collect()
        };
        let panel = |title: &str, y: &str, table: &'static str, column: &'static str, law: (&str, f64)| Panel {
            title: title.into(),
            x: Axis::linear("share of machines"),
            y: Axis::log(y),
            series: runs
                .iter()
                .rev()
                .map(|(label, role, evidence)| Series::points(label, *role, sorted(evidence, table, column)))
                .chain([Series::line(law.0, Role::Prediction, vec![(0.0, law.1), (1.0, law.1)])])
                .collect(),
            contours: None,
        };
        let mut panels = vec![
            panel(
                "leading vector",
                "κ₁ (N + 2)/3, participation ratio / Haar mean",
                "vectors",
                "kappa_u",
                ("Haar mean", 1.0),
            ),
            panel("entries of W", "JS divergence / floor", "divergence", "ratio", ("floor", 1.0)),
        ];
        if let Some(sizes) = dossier.regime("trained").and_then(|regime| regime.evidence.table("by-size")) {
            let against = |column: &str| -> Vec<(f64, f64)> {
                sizes.column("hidden").into_iter().map(|m| 1.0 / m).zip(sizes.column(column)).collect()
            };
            panels.push(Panel {
                title: "trained machines by size".into(),
                x: Axis::linear("1/M"),
                y: Axis::log("JS divergence (nats)"),
                series: vec![
                    Series {
                        errors: sizes.column("js_error"),
                        ..Series::points("trained, mean of 3", Role::Measurement, against("js"))
                    },
                    Series::line("floor (k − 1)/(4NM)", Role::Prediction, against("floor")),
                ],
                contours: None,
            });
        }
        let symmetry = Figure {
            name: "T03_symmetry",
            title: "Two sides of rotational symmetry, and what each of them sees".into(),
            caption: "Left: participation ratio of the leading visible vector, machine by machine in order, with its Haar \
                      mean. Middle: Jensen-Shannon divergence between the entries of W and of its random rotation over the \
                      floor. Grey: uniform entries show only there, a localised spike mostly on the left, a trained machine on both. Right: \
                      the divergence of trained machines against 1/M."
                .into(),
            panels,
        };
        std::iter::once(symmetry).chain(weights_figure(regime)).collect()
    }
}

/// Entries of one matrix before and after rotation, untrained and trained.
fn weights_figure(regime: &RegimeDossier) -> Option<Figure> {
    let falsified = |id: &str| regime.falsifiers.iter().find(|trial| trial.id == id)?.evidence.table("weights");
    let of = |table: &Table, column: &str| -> Vec<(f64, f64)> {
        table.column("weight").into_iter().zip(table.column(column)).collect()
    };
    let panel = |title: &str, table: &Table, grey: Option<&Table>| {
        let measured = |label: &str, column: &str| Series {
            errors: table.column(&format!("{column}_error")),
            ..Series::points(label, Role::Measurement, of(table, column))
        };
        // Where the law is far below one entry a bin, it would only stretch the axis.
        let least = of(table, "after").iter().map(|p| p.1).filter(|p| *p > 0.0).fold(f64::INFINITY, f64::min) / 10.0;
        let normal = of(table, "normal").into_iter().filter(|p| p.1 > least).collect();
        let grey = grey.map(|grey| Series::line("uniform entries", Role::Falsifier, of(grey, "before")));
        let rest = [
            measured("entries of W", "before"),
            measured("entries of Q₁WQ₂", "after"),
            Series::line("normal law of the same variance", Role::Prediction, normal),
        ];
        Panel {
            title: title.into(),
            x: Axis::linear("weight (energy)"),
            y: Axis::log("density (1/energy)"),
            series: grey.into_iter().chain(rest).collect(),
            contours: None,
        }
    };
    let mut panels = vec![panel("untrained", regime.evidence.table("weights")?, falsified("uniform-entries"))];
    panels.extend(falsified("trained-machine").map(|table| panel("trained on MNIST", table, None)));
    Some(Figure {
        name: "T03_weights",
        title: "Weights before and after a random rotation".into(),
        caption: "Density of the entries of one weight matrix and of the same matrix between Haar rotations, with the errors of \
                  independent entries. Untrained ones are normal before and after; grey: independent uniform entries before. The \
                  entries of a trained machine change shape: between rotations its leading mode alone is a product of two normal \
                  variables, with tails above the normal law."
            .into(),
        panels,
    })
}

/// What is looked at in the leading vectors of one matrix, visible side first.
struct Leading {
    sizes: [usize; 2],
    /// One squared entry, row at random.
    entry: [f64; 2],
    /// κ = Σ_j U_j1⁴.
    kappa: [f64; 2],
    /// ⟨u_1, 1/√N⟩², overlap with the direction in which all units are alike.
    overlap: [f64; 2],
    /// λ_1.
    value: f64,
}

impl Leading {
    fn of(w: &Mat<f64>, rng: &mut impl rand::Rng) -> Result<Self, CheckError> {
        let svd = thin_svd(w.as_ref()).map_err(CheckError::while_doing("T03 decomposition"))?;
        let sides = [&svd.u, &svd.v];
        let sizes = sides.map(|modes| modes.nrows());
        let rows = sizes.map(|size| rng.random_range(0..size));
        Ok(Self {
            sizes,
            entry: [svd.u[(rows[0], 0)].powi(2), svd.v[(rows[1], 0)].powi(2)],
            value: svd.singular_values.first().copied().unwrap_or(0.0),
            kappa: sides.map(|modes| (0..modes.nrows()).map(|j| modes[(j, 0)].powi(4)).sum()),
            overlap: sides
                .map(|modes| (0..modes.nrows()).map(|j| modes[(j, 0)]).sum::<f64>().powi(2) / modes.nrows() as f64),
        })
    }
}

/// Share of small machines whose v₁ begins with a negative entry, after one random sign a pair. A decomposition of 12 x 8
/// matrices gives 1 % by itself; at larger sizes its bias moves to other modes.
fn signs(case: &Case<'_>, lab: &Lab) -> Result<Measurement, CheckError> {
    let machines = 4 * lab.plan().mode_replicas;
    let negative = (0..machines)
        .into_par_iter()
        .map(|replica| {
            let rng = &mut lab.stream("T03", case, "signs", replica);
            let svd = thin_svd(ensemble::normal(12, 8, 1.0, rng).as_ref())
                .map_err(CheckError::while_doing("T03 decomposition"))?;
            let svd = if case.broken("raw-signs") { svd } else { svd.with_random_signs(rng) };
            Ok(usize::from(svd.v[(0, 0)] < 0.0))
        })
        .collect::<Result<Vec<_>, CheckError>>()?;
    let count = machines as f64;
    let share = negative.into_iter().sum::<usize>() as f64 / count;
    Ok(check::z("?", "share of 12 x 8 machines with V_11 < 0", share, 0.5, 0.25 / count))
}

/// Correlation of λ₁ with the participation ratios over machines; none for fewer than three.
fn independence(seen: &[Leading]) -> Vec<Measurement> {
    let count = seen.len() as f64;
    if seen.len() < 3 {
        return Vec::new();
    }
    let of = |(side, symbol): (usize, &str)| {
        let pairs = || seen.iter().map(|one| (one.value, one.kappa[side]));
        let (x, y) = (pairs().map(|p| p.0).sum::<f64>() / count, pairs().map(|p| p.1).sum::<f64>() / count);
        let sum = |f: &dyn Fn(f64, f64) -> f64| pairs().map(|(a, b)| f(a - x, b - y)).sum::<f64>();
        let correlation = sum(&|a, b| a * b) / (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt();
        // Values without scatter have no correlation to speak of.
        let correlation = if correlation.is_nan() { 0.0 } else { correlation };
        // Of independent variables it has variance 1/(n − 1).
        check::z("?", format!("correlation of λ₁ with κ of {symbol}"), correlation, 0.0, 1.0 / (count - 1.0))
    };
    [(0, "u₁"), (1, "v₁")].map(of).into()
}

/// W of a machine after the shared training.
fn trained(lab: &Lab, hidden: usize, replica: usize) -> Result<Mat<f64>, CheckError> {
    Ok(lab.trained_from_normal(hidden, replica)?.end()?.machine.to_f64().weights_view().to_owned())
}

impl RotationalSymmetry {
    /// Divergence, participation ratio and overlap of trained machines, by hidden size, with intervals over trainings.
    fn after_training(&self, case: &Case<'_>, lab: &Lab) -> Result<Evidence, CheckError> {
        let plan = lab.plan();
        let trainings = plan.short_trainings;
        let doing = || CheckError::while_doing::<stat::StatError>("T03 trainings");
        let mut evidence = Evidence::default();
        let mut table = Table::new("by-size", &["hidden", "js", "js_error", "floor", "kappa", "overlap"]);
        let (mut inverse, mut divergences) = (Vec::new(), Vec::new());
        let sizes = lab.trained_sizes()?;
        for &hidden in &sizes {
            let mut seen: [Vec<f64>; 3] = Default::default();
            let mut floor = 0.0;
            for replica in 0..trainings {
                let w = trained(lab, hidden, replica)?;
                let stream = |purpose: &str| lab.stream("T03", case, purpose, [hidden, replica]);
                let ratio = Entries::of(&w, &mut stream("haar")).divergence_over_floor()?;
                let one = Leading::of(&w, &mut stream("row"))?;
                let size = one.sizes[0];
                floor = rotation::js_floor(BINS, w.nrows(), w.ncols());
                inverse.push(1.0 / hidden as f64);
                divergences.push(ratio * floor);
                let values = [ratio, one.kappa[0] / kappa_law(size).0, size as f64 * one.overlap[0]];
                seen.iter_mut().zip(values).for_each(|(all, value)| all.push(value));
            }
            let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
            let interval =
                |values: &[f64], confidence: f64| stat::mean::mean_interval(values, confidence).map_err(doing());
            let claims: [(&str, f64, &'static str); 3] = [
                ("Jensen-Shannon divergence over its floor", 0.5, "half the floor, as for untrained machines"),
                ("κ of u₁ over its Haar mean", 0.1, "a tenth, as for untrained machines"),
                (
                    "N times the squared overlap of u₁ with the even direction",
                    10.0,
                    "χ²₁, of mean 1, exceeds 11 once in a thousand vectors",
                ),
            ];
            for ((name, bound, because), values) in claims.into_iter().zip(&seen) {
                let name = format!("M = {hidden}: {name}, mean of {trainings} trainings");
                let range = interval(values, 0.99)?;
                evidence.measurements.push(check::near("?", name, mean(values), range, 1.0, bound, because));
            }
            let error = interval(&seen[0], 0.682_689_492_137_085_9)?;
            let [ratio, kappa, overlap] = seen.each_ref().map(|values| mean(values));
            let half = (error.high - error.low) / 2.0;
            table.rows.push(vec![hidden as f64, ratio * floor, half * floor, floor, kappa, overlap]);
        }
        if sizes.len() > 1 {
            let line = stat::regression::linear_fit(&inverse, &divergences, 0.99).map_err(doing())?;
            evidence.observations.push(("slope of the JS divergence (nats) against 1/M".into(), line.slope));
            evidence.observations.push(("lower 99 % limit of that slope".into(), line.slope_interval.low));
            evidence.observations.push(("upper 99 % limit of that slope".into(), line.slope_interval.high));
        }
        evidence.tables.push(table);
        Ok(evidence)
    }
}

/// Haar mean and variance of κ for vectors of the given length: N E U⁴, and N E U⁸ + N(N−1) E U_j⁴U_l⁴ − mean².
fn kappa_law(size: usize) -> (f64, f64) {
    let n = RatFn::from(Poly::var("N"));
    let mean = &n * &haar::one_column(&[4]);
    let pairs = &n * &(&n - &RatFn::from(Poly::int(1)));
    let second = &n * &haar::one_column(&[8]) + &pairs * &haar::one_column(&[4, 4]);
    let variance = &second - &(&mean * &mean);
    let at = [("N", size as f64)];
    (mean.evaluate_f64(&at), variance.evaluate_f64(&at))
}

fn vector_checks(symbol: &str, size: usize, seen: &[Leading], side: usize) -> Result<[Measurement; 3], CheckError> {
    let law = Beta::new(0.5, (size as f64 - 1.0) / 2.0).map_err(CheckError::while_doing("T03 Beta law"))?;
    let entries: Vec<f64> = seen.iter().map(|one| one.entry[side]).collect();
    let name = format!("squared entries of {symbol} against Beta(1/2, (N−1)/2)");
    let beta =
        check::kolmogorov("?", name, &entries, |x| law.cdf(x)).map_err(CheckError::while_doing("T03 entries"))?;
    let overlaps: Vec<f64> = seen.iter().map(|one| one.overlap[side]).collect();
    let name = format!("squared overlap of {symbol} with the even direction against Beta(1/2, (N−1)/2)");
    let even =
        check::kolmogorov("?", name, &overlaps, |x| law.cdf(x)).map_err(CheckError::while_doing("T03 overlaps"))?;
    let kappas: Vec<f64> = seen.iter().map(|one| one.kappa[side]).collect();
    let count = kappas.len() as f64;
    let observed = kappas.iter().sum::<f64>() / count;
    let (mean, variance) = kappa_law(size);
    let spread = (variance / count).sqrt();
    // Normal quantile at 1e-6, two-sided; the mean of 100 skew values has tails up to three times as heavy there, of 25 seven times.
    let half = 4.892 * spread / mean;
    let off = (observed / mean - 1.0).abs();
    Ok([
        beta,
        even,
        Measurement::new(
            "?",
            format!("participation ratio of {symbol}: relative distance from 3/(N+2)"),
            off,
            0.0,
            Judge::Equivalence {
                discrepancy: Interval::confidence((off - half).max(0.0), off + half, 1.0 - 10.0 * ALPHA),
                bound: 0.1,
                because: "a tenth: what one unit in ten left out of every vector would change",
            },
        ),
    ])
}

/// Bins of the histograms: filled well by the NM values of the smallest machine.
const BINS: usize = 60;

/// Entries of W and of Q₁WQ₂ between Haar rotations.
struct Entries {
    visible: usize,
    hidden: usize,
    before: Vec<f64>,
    after: Vec<f64>,
}

impl Entries {
    fn of(w: &Mat<f64>, rng: &mut impl rand::Rng) -> Self {
        let (visible, hidden) = (w.nrows(), w.ncols());
        let (q1, q2) = (rotation::haar_orthogonal(visible, rng), rotation::haar_orthogonal(hidden, rng));
        let after = rotation::rotate(w.as_ref(), q1.as_ref(), q2.as_ref());
        Self { visible, hidden, before: w.col_iter().flat_map(|column| column.iter().copied()).collect(), after }
    }

    fn divergence_over_floor(&self) -> Result<f64, CheckError> {
        let js = rotation::js_divergence(&self.before, &self.after, BINS)
            .map_err(CheckError::while_doing("T03 divergence"))?;
        Ok(js.value / rotation::js_floor(js.occupied_bins, self.visible, self.hidden))
    }

    /// Densities of both with the errors of independent entries, and the normal law of their common variance.
    fn table(&self) -> Table {
        let mut table = Table::new("weights", &["weight", "before", "before_error", "after", "after_error", "normal"]);
        let count = self.before.len() as f64;
        let reach = 1.001 * self.before.iter().chain(&self.after).fold(0.0f64, |top, w| top.max(w.abs()));
        let width = 2.0 * reach / BINS as f64;
        let variance = self.before.iter().map(|w| w * w).sum::<f64>() / count;
        let error = |density: f64| (density / (count * width)).sqrt();
        let [before, after] = [&self.before, &self.after].map(|entries| histogram(entries, -reach, reach, BINS));
        let row = |((w, p), (_, q)): ((f64, f64), (f64, f64))| {
            let normal = (-w * w / (2.0 * variance)).exp() / (2.0 * std::f64::consts::PI * variance).sqrt();
            vec![w, p, error(p), q, error(q), normal]
        };
        table.rows = before.into_iter().zip(after).map(row).collect();
        table
    }
}

fn divergence_check(ratios: &[f64]) -> Result<Measurement, CheckError> {
    let observed = ratios.iter().sum::<f64>() / ratios.len().max(1) as f64;
    // A single machine has no scatter of its own: its value is taken as it is.
    let interval = match ratios.len() {
        0 | 1 => Interval::point(observed),
        _ => stat::mean::mean_interval(ratios, 0.999).map_err(CheckError::while_doing("T03 divergence"))?,
    };
    Ok(Measurement::new(
        "?",
        "Jensen-Shannon divergence from the rotated weights over its floor, mean over machines",
        observed,
        1.0,
        Judge::Equivalence {
            discrepancy: Interval { low: (interval.low - 1.0).max(0.0), high: interval.high - 1.0, ..interval },
            bound: 0.5,
            because: "half the floor; bins with few counts in the tails raise the mean by less than a tenth",
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn participation_ratios_in_the_plane_have_their_moments() {
        // by hand: cos⁴ + sin⁴ = 3/4 + cos(4θ)/4
        let (mean, variance) = kappa_law(2);
        assert!((mean - 0.75).abs() < 1e-15 && (variance - 1.0 / 32.0).abs() < 1e-15, "{mean} {variance}");
    }

    #[test]
    fn squared_entries_on_the_sphere_have_the_law_of_archimedes() {
        // A coordinate on the unit sphere in three dimensions is uniform in (−1, 1): P(U² < x) = √x.
        let at = |i: usize| [((i as f64 + 0.5) / 50.0).powi(2), 0.0];
        let one = |i: usize| Leading { sizes: [3; 2], entry: at(i), kappa: [0.6; 2], overlap: at(i), value: 1.0 };
        let seen: Vec<Leading> = (0..50).map(one).collect();
        let [entries, overlaps, _] = vector_checks("u", 3, &seen, 0).expect("a law");
        assert!((entries.observed - 0.01).abs() < 1e-9 && (overlaps.observed - 0.01).abs() < 1e-9);
    }
}
