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
//! - One squared entry of u₁ and of v₁ per machine against the law Beta(1/2, (N−1)/2).
//! - The participation ratio κ = Σ_j U_j1⁴ within 10 % of its Haar mean 3/(N+2), by its exact Haar variance.
//! - The squared overlap of u₁ and of v₁ with the even direction (1, …, 1)/√N follows the same Beta law.
//! - The first entry of v₁ of 12 x 8 machines is negative half of the time once every pair (u_i, v_i) has a random sign (`tall` only: it is the
//!   same test everywhere).
//! - λ₁ is uncorrelated with κ of u₁ and v₁, by Fisher's transform: values and vectors are independent.
//! - The paper's measure: Jensen-Shannon divergence between the entries of W and of Q₁WQ₂ over its floor (k−1)/(4NM).
//! - `uniform-iid`: the divergence carries the refutation; the vectors pass all their tests.
//! - `trained`: divergence, participation ratio and overlap as means over trainings with their intervals, by hidden size, all refuted, and the
//!   slope of the divergence in nats against 1/M.
//!
//! ## Falsifiers
//! - `sheared`: a shear in the place of a rotation.
//! - `independent-normal-entries`: entries of U taken as independent normal, E U⁴ = 3/N².
//! - `uniform-entries`: uniform entries of W; their singular values and vectors pass, the divergence does not.
//! - `localised-spike`: a rank-one term on one visible and one hidden unit, three times as strong as the threshold.
//! - `entries-with-mean`: normal entries of a mean that is not 0, a rank-one term on the even directions of ten times the threshold.
//! - `random-spike`: a rank-one term on two units, one to three times as strong as the threshold by machine: the stronger, the larger λ₁ and the
//!   more localised u₁ and v₁.
//! - `trained-machine`: a machine trained on MNIST presented as untrained.
//! - `blocks`: W without its two off-diagonal blocks.
//! - `diagonal`: W without its off-diagonal entries.
//! - `one-factor`: W = UΛ with Haar U, the factor V not rotated.
//! - `raw-signs`: signs as the decomposition leaves them.
//!
//! Measured falsifiers see ten machines, `entries-with-mean` and `random-spike` 25; the claim sees 150, and 30 for the divergence.
//!
//! ## Limits
//! The entries of W alone do not see the symmetry of vectors: uniform entries pass the law of singular values and are not
//! rotationally symmetric.

use crate::claim::{
    Case, CheckError, Dossier, Falsifier, Regime, RegimeDossier, Source, Stage, Statement, Theorem, Verdict, falsifier,
};
use crate::evidence::{ALPHA, Evidence, Interval, Measurement, Side, Table, largest};
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
            replaced_by: Some(
                "T02: their singular values follow the law all the same, and their leading vectors pass as Haar vectors",
            ),
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

static FALSIFIERS: [Falsifier; 11] = [
    falsifier("sheared", "a shear in the place of a rotation", Stage::Derivation, ALL),
    falsifier("independent-normal-entries", "entries of U taken as independent normal", Stage::Derivation, ALL),
    falsifier("uniform-entries", "uniform entries of W", Stage::Measurement, ALL).killing(&["js"]),
    falsifier("localised-spike", "a rank-one term on one visible and one hidden unit", Stage::Measurement, ALL)
        .killing(&["ipr-u", "ipr-v"]),
    falsifier("entries-with-mean", "normal entries whose mean is not 0", Stage::Measurement, ALL).killing(&[
        "entries-u",
        "entries-v",
        "even-u",
        "even-v",
    ]),
    falsifier(
        "random-spike",
        "a rank-one term on two units, of another strength in every machine",
        Stage::Measurement,
        ALL,
    )
    .killing(&["independence-u", "independence-v"]),
    falsifier("trained-machine", "a machine trained on MNIST presented as untrained", Stage::Measurement, TALL)
        .killing(&["js"]),
    falsifier("blocks", "W without its off-diagonal blocks", Stage::Measurement, TALL).killing(&["js"]),
    falsifier("diagonal", "W without off-diagonal entries", Stage::Measurement, TALL).killing(&["ipr-u", "ipr-v"]),
    falsifier("one-factor", "only the visible factor Haar", Stage::Measurement, TALL).killing(&["ipr-v"]),
    falsifier("raw-signs", "signs of vectors as the decomposition leaves them", Stage::Measurement, TALL)
        .killing(&["signs"]),
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
            let draw = |replica: usize| drawn(&case, (n, m), s, &mut lab.stream("T03", &case, "matrix", replica));
            (0..machines(&case, plan.mode_replicas)).into_par_iter().map(draw).collect::<Result<_, _>>()?
        };
        let seen = matrices
            .par_iter()
            .enumerate()
            .map(|(replica, w)| Leading::of(w, &mut lab.stream("T03", &case, "row", replica)))
            .collect::<Result<Vec<_>, _>>()?;
        let mut evidence = Evidence::default();
        for (side, name) in SIDES.into_iter().enumerate() {
            let size = seen.first().map_or(0, |one| one.sizes[side]);
            evidence.measurements.extend(vector_checks(name, size, &seen, side)?);
        }
        // It draws matrices of its own, of one shape: once is enough, and of the falsifiers only that of the signs changes it.
        if case.regime.id == "tall" && (!case.falsified() || case.broken("raw-signs")) {
            evidence.measurements.push(signs(&case, lab)?);
        }
        // Of the falsifiers only this one ties values and vectors together; vectors of others may be the same in all machines.
        if !case.falsified() || case.broken("random-spike") {
            evidence.measurements.extend(independence(&seen)?);
        }
        // A fifth of the machines suffices, ten at least: one divergence compares NM values.
        let compared = matrices[..matrices.len().div_ceil(5).max(10).min(matrices.len())]
            .par_iter()
            .enumerate()
            .map(|(replica, w)| {
                let both = Entries::of(w, &mut lab.stream("T03", &case, "haar", replica));
                Ok((both.divergence()?.ratio(), (replica == 0).then(|| both.table())))
            })
            .collect::<Result<Vec<_>, CheckError>>()?;
        let ratios: Vec<f64> = compared.iter().map(|one| one.0).collect();
        evidence.tables.extend(compared.into_iter().filter_map(|one| one.1));
        let divergence = divergence_check(&ratios)?;
        let refuted = case.regime.expected == Verdict::Refuted;
        evidence.measurements.push(if refuted { divergence.refuting(Side::Above) } else { divergence });
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
        let least = -largest(of(table, "after").iter().map(|p| -p.1).filter(|p| *p < 0.0)) / 10.0;
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

/// Sides of a matrix in the ids of checks, and their leading vectors.
const SIDES: [(&str, &str); 2] = [("u", "u₁"), ("v", "v₁")];

/// Machines of one variant. What is wrong is plain from ten; the tests of Kolmogorov and of the correlation need 25 values.
fn machines(case: &Case<'_>, all: usize) -> usize {
    if case.broken("entries-with-mean") || case.broken("random-spike") {
        all.div_ceil(4)
    } else if case.falsified() {
        all.div_ceil(10)
    } else {
        all * 3 / 2
    }
}

/// One N x M matrix of the regime, or of what its falsifier makes of it.
fn drawn(case: &Case<'_>, (n, m): (usize, usize), s: f64, rng: &mut impl rand::Rng) -> Result<Mat<f64>, CheckError> {
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
        let values = singular_values(w.as_ref()).map_err(CheckError::while_doing("T03 decomposition"))?;
        let q = rotation::haar_orthogonal(n, rng);
        // Beyond r columns there is nothing: a wide W has M − r empty ones.
        let entry = |i: usize, j: usize| values.get(j).map_or(0.0, |value| q[(i, j)] * value);
        w = Mat::from_fn(n, m, entry);
    }
    let threshold = spike::threshold(n, m, s);
    if case.broken("localised-spike") {
        w[(0, 0)] += 3.0 * threshold;
    }
    if case.broken("random-spike") {
        w[(0, 0)] += rng.random_range(1.0..3.0) * threshold;
    }
    if case.broken("entries-with-mean") {
        // A mean μ is a rank-one term of strength μ√(NM) on the even directions: ten times the threshold.
        let mean = 10.0 * threshold / ((n * m) as f64).sqrt();
        w = Mat::from_fn(n, m, |i, j| w[(i, j)] + mean);
    }
    Ok(w)
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
    Ok(check::z("signs", "share of 12 x 8 machines with V_11 < 0", share, 0.5, 0.25 / count))
}

/// Correlation of λ₁ with the participation ratios over machines, judged by Fisher's transform: artanh of the correlation of independent
/// values has variance 1/(n − 3), and that of values tied together grows without limit.
///
/// # Errors
/// Fewer than four machines.
fn independence(seen: &[Leading]) -> Result<[Measurement; 2], CheckError> {
    if seen.len() < 4 {
        return Err(CheckError::Input(format!("T03: {} machines have no correlation, four are needed", seen.len())));
    }
    let count = seen.len() as f64;
    let of = |side: usize| {
        let pairs = || seen.iter().map(|one| (one.value, one.kappa[side]));
        let (x, y) = (pairs().map(|p| p.0).sum::<f64>() / count, pairs().map(|p| p.1).sum::<f64>() / count);
        let sum = |f: &dyn Fn(f64, f64) -> f64| pairs().map(|(a, b)| f(a - x, b - y)).sum::<f64>();
        // Not-a-number where one of both has no scatter.
        let correlation = sum(&|a, b| a * b) / (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt();
        let (id, symbol) = SIDES[side];
        let name = format!("correlation of λ₁ with κ of {symbol}");
        let judged = check::z(&format!("independence-{id}"), name, libm::atanh(correlation), 0.0, 1.0 / (count - 3.0));
        Measurement { observed: correlation, ..judged }
    };
    Ok([of(0), of(1)])
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
        let mut table = Table::new("by-size", &BY_SIZE);
        let (mut inverse, mut divergences) = (Vec::new(), Vec::new());
        let sizes = lab.trained_sizes()?;
        for &hidden in &sizes {
            let runs = (0..trainings)
                .map(|replica| {
                    let stream = |purpose: &str| lab.stream("T03", case, purpose, [hidden, replica]);
                    let w = trained(lab, hidden, replica)?;
                    let divergence = Entries::of(&w, &mut stream("haar")).divergence()?;
                    let one = Leading::of(&w, &mut stream("row"))?;
                    let size = one.sizes[0];
                    let (kappa, overlap) = (one.kappa[0] / kappa_law(size).0, size as f64 * one.overlap[0]);
                    Ok(Run { divergence, kappa, overlap })
                })
                .collect::<Result<Vec<Run>, CheckError>>()?;
            type Asked = (&'static str, &'static str, fn(&Run) -> f64, (f64, Side), &'static str);
            let claims: [Asked; 3] = [
                (
                    "js",
                    "Jensen-Shannon divergence over its floor",
                    |run| run.divergence.ratio(),
                    (0.5, Side::Above),
                    "half the floor, as for untrained machines",
                ),
                (
                    "ipr-u",
                    "κ of u₁ over its Haar mean",
                    |run| run.kappa,
                    (0.1, Side::Below),
                    "a tenth, as for untrained machines",
                ),
                (
                    "even-u",
                    "N times the squared overlap of u₁ with the even direction",
                    |run| run.overlap,
                    (10.0, Side::Above),
                    "χ²₁, of mean 1, exceeds 11 once in a thousand vectors",
                ),
            ];
            for (id, name, value, (bound, side), because) in claims {
                let (id, name) =
                    (format!("{id}-m{hidden}"), format!("M = {hidden}: {name}, mean of {trainings} trainings"));
                let values: Vec<f64> = runs.iter().map(value).collect();
                let (mean, _) = stat::mean::mean_and_error(&values);
                // All trainings lie far beyond the bound.
                let range = Interval::envelope(values);
                evidence.measurements.push(check::near(&id, name, mean, range, 1.0, bound, because).refuting(side));
            }
            inverse.extend(runs.iter().map(|_| 1.0 / hidden as f64));
            divergences.extend(runs.iter().map(|run| run.divergence.value));
            table.rows.push(size_row(hidden, &runs));
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

/// What is looked at in one trained machine: divergence of its entries, κ of u₁ over its Haar mean, N times the squared overlap of u₁ with the
/// even direction.
struct Run {
    divergence: Divergence,
    kappa: f64,
    overlap: f64,
}

/// Columns of the table of trained machines by hidden size: divergence with its standard error and its floor in nats, κ, overlap.
const BY_SIZE: [&str; 6] = ["hidden", "js", "js_error", "floor", "kappa", "overlap"];

/// Means over the trainings of one hidden size, in the order of [`BY_SIZE`].
fn size_row(hidden: usize, runs: &[Run]) -> Vec<f64> {
    let over = |of: fn(&Run) -> f64| stat::mean::mean_and_error(&runs.iter().map(of).collect::<Vec<_>>());
    let (js, error) = over(|run| run.divergence.value);
    let [floor, kappa, overlap] =
        [over(|run| run.divergence.floor), over(|run| run.kappa), over(|run| run.overlap)].map(|found| found.0);
    vec![hidden as f64, js, error, floor, kappa, overlap]
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

fn vector_checks(
    (id, symbol): (&str, &str),
    size: usize,
    seen: &[Leading],
    side: usize,
) -> Result<[Measurement; 3], CheckError> {
    let law = Beta::new(0.5, (size as f64 - 1.0) / 2.0).map_err(CheckError::while_doing("T03 Beta law"))?;
    let entries: Vec<f64> = seen.iter().map(|one| one.entry[side]).collect();
    let name = format!("squared entries of {symbol} against Beta(1/2, (N−1)/2)");
    let beta = check::kolmogorov(&format!("entries-{id}"), name, &entries, |x| law.cdf(x))
        .map_err(CheckError::while_doing("T03 entries"))?;
    let overlaps: Vec<f64> = seen.iter().map(|one| one.overlap[side]).collect();
    let name = format!("squared overlap of {symbol} with the even direction against Beta(1/2, (N−1)/2)");
    let even = check::kolmogorov(&format!("even-{id}"), name, &overlaps, |x| law.cdf(x))
        .map_err(CheckError::while_doing("T03 overlaps"))?;
    let kappas: Vec<f64> = seen.iter().map(|one| one.kappa[side]).collect();
    let count = kappas.len() as f64;
    let observed = kappas.iter().sum::<f64>() / count;
    let (mean, variance) = kappa_law(size);
    let spread = (variance / count).sqrt();
    // Normal quantile at 1e-6, two-sided; the mean of 100 skew values has tails up to three times as heavy there, of 25 seven times.
    let (ratio, half) = (observed / mean, 4.892 * spread / mean);
    let interval = Interval::confidence(ratio - half, ratio + half, 1.0 - 10.0 * ALPHA);
    let name = format!("participation ratio of {symbol} over its Haar mean 3/(N+2), mean over machines");
    let because = "a tenth: what one unit in ten left out of every vector would change";
    let ipr = check::near(&format!("ipr-{id}"), name, ratio, interval, 1.0, 0.1, because);
    Ok([beta, even, ipr])
}

/// Bins of the histograms: filled well by the NM values of the smallest machine.
const BINS: usize = 60;

/// A divergence and its mean for samples of one law with as many occupied bins, in nats.
struct Divergence {
    value: f64,
    floor: f64,
}

impl Divergence {
    /// Divergence over its floor: 1 on average for samples of one law.
    fn ratio(&self) -> f64 {
        self.value / self.floor
    }
}

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

    fn divergence(&self) -> Result<Divergence, CheckError> {
        let js = rotation::js_divergence(&self.before, &self.after, BINS)
            .map_err(CheckError::while_doing("T03 divergence"))?;
        Ok(Divergence { value: js.value, floor: rotation::js_floor(js.occupied_bins, self.visible, self.hidden) })
    }

    /// Densities of both with the errors of independent entries, and the normal law of their common variance.
    fn table(&self) -> Table {
        let mut table = Table::new("weights", &["weight", "before", "before_error", "after", "after_error", "normal"]);
        let count = self.before.len() as f64;
        let reach = 1.001 * largest(self.before.iter().chain(&self.after).map(|w| w.abs()));
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
    let (observed, _) = stat::mean::mean_and_error(ratios);
    // A single machine has no scatter of its own: its value is taken as it is.
    let interval = match ratios.len() {
        0 | 1 => Interval::point(observed),
        _ => stat::mean::mean_interval(ratios, 1.0 - ALPHA).map_err(CheckError::while_doing("T03 divergence"))?,
    };
    let name = "Jensen-Shannon divergence from the rotated weights over its floor, mean over machines";
    let because = "half the floor; bins with few counts in the tails raise the mean by less than a tenth";
    Ok(check::near("js", name, observed, interval, 1.0, 0.5, because))
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
        let [entries, overlaps, _] = vector_checks(SIDES[0], 3, &seen, 0).expect("a law");
        assert!((entries.observed - 0.01).abs() < 1e-9 && (overlaps.observed - 0.01).abs() < 1e-9);
    }

    #[test]
    fn the_table_by_size_holds_the_divergence_that_was_measured() {
        // by hand: disjoint samples have the divergence ln 2; they occupy bins 0, 6, 54 and 59 of 60, and 3/(4·1·2) is their floor
        let both = Entries { visible: 1, hidden: 2, before: vec![0.0, 0.1], after: vec![0.9, 1.0] };
        let measured = both.divergence().expect("two samples");
        assert!((measured.value - 2f64.ln()).abs() < 1e-15 && measured.floor == 0.375);
        let run = |value: f64, floor: f64| Run { divergence: Divergence { value, floor }, kappa: 0.5, overlap: 7.0 };
        // by hand: mean 0.3 of 0.2 and 0.4, standard error 0.1, mean floor 0.002
        let row = size_row(32, &[run(0.2, 0.001), run(0.4, 0.003)]);
        let expected = [32.0, 0.3, 0.1, 0.002, 0.5, 7.0];
        assert!(row.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15) && row.len() == BY_SIZE.len(), "{row:?}");
        let whole = size_row(32, &[Run { divergence: measured, kappa: 1.0, overlap: 1.0 }]);
        assert!((whole[1] - 2f64.ln()).abs() < 1e-15 && whole[3] == 0.375, "{whole:?}");
    }

    #[test]
    fn values_tied_to_vectors_fail_and_values_without_scatter_are_no_evidence() {
        use crate::evidence::Outcome;
        // by hand: κ = ±1 in turn and λ = 0, 0, 1, 1: no correlation; κ = λ: 1
        let outcomes = |kappa: &dyn Fn(usize) -> f64| {
            let value = |i: usize| f64::from(u8::from(i % 4 > 1));
            let one = |i: usize| Leading {
                sizes: [3; 2],
                entry: [0.3; 2],
                kappa: [kappa(i); 2],
                overlap: [0.3; 2],
                value: value(i),
            };
            let seen: Vec<Leading> = (0..28).map(one).collect();
            independence(&seen).expect("28 machines").map(|check| (check.outcome(), check.observed))
        };
        assert_eq!(outcomes(&|i| f64::from(u8::from(i % 2 == 0))), [(Outcome::Pass, 0.0); 2]);
        // One value out of line: artanh 0.931 = 1.665 at 28 machines is 8.3 standard deviations.
        let tied = outcomes(&|i| f64::from(u8::from(i % 4 > 1 && i != 2)));
        assert!(tied.iter().all(|one| one.0 == Outcome::Fail && (one.1 - 0.930_949_3).abs() < 1e-6), "{tied:?}");
        assert!(outcomes(&|_| 1.0).iter().all(|one| one.0 == Outcome::Invalid));
        assert!(independence(&[]).is_err());
    }
}
