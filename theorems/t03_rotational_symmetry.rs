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
//! - `untrained`: expected to hold.
//!
//! ## Derivation
//! The density of W depends on tr WᵀW only, and tr (WᵀW)ᵏ is unchanged by Q₁, Q₂: shown for 2 x 2 matrices with rational
//! rotations, (1 − t², −2t; 2t, 1 − t²)/(1 + t²). Haar moments of one and two columns as exact functions of N, tied together by
//! the lengths of rows and columns.
//!
//! ## Evidence
//! Over independent machines, leading mode only, so that values are independent:
//! - One squared entry of u₁ and of v₁ a machine against the law Beta(1/2, (N−1)/2).
//! - The participation ratio κ = Σ_j U_j1⁴ within 10 % of its Haar mean 3/(N+2), by its exact Haar variance.
//! - The paper's measure: Jensen-Shannon divergence between the entries of W and of Q₁WQ₂ over its floor (k−1)/(4NM).
//!
//! ## Falsifiers
//! - `sheared`: a shear in the place of a rotation.
//! - `independent-normal-entries`: entries of U taken as independent normal, E U⁴ = 3/N².
//! - `uniform-entries`: uniform entries of W; their singular values and vectors pass, the divergence does not.
//! - `localised-spike`: a rank-one term on one visible and one hidden unit, three times as strong as the threshold.
//! - `trained`: a machine trained on MNIST presented as untrained.
//!
//! ## Limits
//! The entries of W alone do not see the symmetry of vectors: uniform entries pass the law of singular values and are not
//! rotationally symmetric.

use crate::claim::{Case, CheckError, Dossier, Falsifier, Regime, Source, Stage, Statement, Theorem, Verdict};
use crate::evidence::{ALPHA, Evidence, Interval, Judge, Measurement, Table, TestKind};
use crate::figure::{Axis, Figure, Panel, Role, Series};
use crate::lab::{Images, Lab, TrainRequest};
use crate::rbm::linalg::thin_svd;
use crate::rbm::train::{TrainSpec, VisibleBias};
use crate::spectra::{ensemble, rotation, spike};
use crate::stat;
use crate::symbolic::Derivation;
use crate::symbolic::haar;
use crate::symbolic::matrix::Matrix;
use crate::symbolic::poly::Poly;
use crate::symbolic::ratio::RatFn;
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
    regimes: &[Regime { id: "untrained", title: "untrained machine", expected: Verdict::Holds, replaced_by: None }],
};

const ALL: &[&str] = &["untrained"];

static FALSIFIERS: [Falsifier; 5] = [
    Falsifier { id: "sheared", title: "a shear in the place of a rotation", stage: Stage::Derivation, regimes: ALL },
    Falsifier {
        id: "independent-normal-entries",
        title: "entries of U taken as independent normal",
        stage: Stage::Derivation,
        regimes: ALL,
    },
    Falsifier { id: "uniform-entries", title: "uniform entries of W", stage: Stage::Measurement, regimes: ALL },
    Falsifier {
        id: "localised-spike",
        title: "a rank-one term on one visible and one hidden unit",
        stage: Stage::Measurement,
        regimes: ALL,
    },
    Falsifier {
        id: "trained",
        title: "a machine trained on MNIST presented as untrained",
        stage: Stage::Measurement,
        regimes: ALL,
    },
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
        let gram = |w: &Matrix| &w.transpose() * w;
        let trace = |a: &Matrix| &a[(0, 0)] + &a[(1, 1)];
        let (mut before, mut after) = (gram(&w), gram(&turned));
        for k in 1..=3u32 {
            let scale = (length(&t) * length(&s)).pow(k);
            steps.equal(
                &format!(
                    "tr (WᵀW){} is unchanged by W → Q₁WQ₂ (both sides times the denominators)",
                    ["", "²", "³"][k as usize - 1]
                ),
                &trace(&after),
                &(scale * trace(&before)),
            );
            before = &before * &gram(&w);
            after = &after * &gram(&turned);
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
        let (n, m) = plan.mode_shapes[0];
        let s = plan.initial_std;
        let matrices: Vec<Mat<f64>> = if case.broken("trained") {
            let spec = TrainSpec {
                visible_bias: VisibleBias::Normal,
                epochs: 2,
                ..TrainSpec::pcd(plan.trained_hidden[0], plan.epochs, s)
            };
            let end = spec.epochs as u64 * spec.updates_per_epoch(lab.data().train.images.rows()) as u64;
            let request = TrainRequest { spec, replica: 0, images: Images::AsTheyAre, record: vec![end] };
            let trained = lab.trained(&request)?;
            trained.snapshots.iter().map(|snapshot| snapshot.machine.to_f64().weights_view().to_owned()).collect()
        } else {
            let draw = |replica: usize| {
                let rng = &mut lab.stream("T03", &case, "matrix", replica);
                let mut w = match case.broken("uniform-entries") {
                    true => ensemble::uniform(n, m, s, rng),
                    false => ensemble::normal(n, m, s, rng),
                };
                if case.broken("localised-spike") {
                    w[(0, 0)] += 3.0 * spike::threshold(n, m, s);
                }
                w
            };
            (0..plan.mode_replicas).into_par_iter().map(draw).collect()
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
        // A fifth of the machines suffices: one divergence compares NM values.
        let ratios = matrices[..matrices.len().div_ceil(5)]
            .par_iter()
            .enumerate()
            .map(|(replica, w)| divergence_over_floor(w, &mut lab.stream("T03", &case, "haar", replica)))
            .collect::<Result<Vec<_>, _>>()?;
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
        let Some(regime) = dossier.regime("untrained") else { return Vec::new() };
        let runs: Vec<(&str, Role, &Evidence)> = std::iter::once(("untrained", Role::Measurement, &regime.evidence))
            .chain(
                regime
                    .falsifiers
                    .iter()
                    .filter(|trial| trial.stage == Stage::Measurement)
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
        vec![Figure {
            name: "T03_symmetry",
            title: "Two sides of rotational symmetry, and what each of them sees".into(),
            caption: "Left: participation ratio of the leading visible vector, machine by machine in order, with its Haar \
                      mean. Right: Jensen-Shannon divergence between the entries of W and of its random rotation over the \
                      floor. Grey: uniform entries show only on the right, a localised spike mostly on the left, a \
                      trained machine on both."
                .into(),
            panels: vec![
                panel("leading vector", "κ₁ (N + 2)/3, participation ratio / Haar mean", "vectors", "kappa_u", ("Haar mean", 1.0)),
                panel("entries of W", "JS divergence / floor", "divergence", "ratio", ("floor", 1.0)),
            ],
        }]
    }
}

/// What is looked at in the leading vectors of one matrix, visible side first.
struct Leading {
    sizes: [usize; 2],
    /// One squared entry, row at random.
    entry: [f64; 2],
    /// κ = Σ_j U_j1⁴.
    kappa: [f64; 2],
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
            kappa: sides.map(|modes| (0..modes.nrows()).map(|j| modes[(j, 0)].powi(4)).sum()),
        })
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

fn vector_checks(symbol: &str, size: usize, seen: &[Leading], side: usize) -> Result<[Measurement; 2], CheckError> {
    let law = Beta::new(0.5, (size as f64 - 1.0) / 2.0).map_err(CheckError::while_doing("T03 Beta law"))?;
    let entries: Vec<f64> = seen.iter().map(|one| one.entry[side]).collect();
    let ks = stat::goodness::ks_one_sample(&entries, |x| law.cdf(x)).map_err(CheckError::while_doing("T03 entries"))?;
    let kappas: Vec<f64> = seen.iter().map(|one| one.kappa[side]).collect();
    let count = kappas.len() as f64;
    let observed = kappas.iter().sum::<f64>() / count;
    let (mean, variance) = kappa_law(size);
    let spread = (variance / count).sqrt();
    // Normal quantile at 1e-6, two-sided; the mean of 100 skew values has tails up to three times as heavy there.
    let half = 4.892 * spread / mean;
    let off = (observed / mean - 1.0).abs();
    Ok([
        Measurement {
            name: format!("squared entries of {symbol} against Beta(1/2, (N−1)/2)"),
            observed: ks.statistic,
            predicted: 0.0,
            judge: Judge::Statistical {
                test: TestKind::KolmogorovSmirnov,
                statistic: ks.statistic,
                p_value: ks.p_value,
                alpha: ALPHA,
                detects: format!(
                    "sup-distance {:.2}",
                    stat::goodness::dkw_half_width(entries.len(), ALPHA)
                        + stat::goodness::dkw_half_width(entries.len(), 0.02)
                ),
            },
        },
        Measurement {
            name: format!("participation ratio of {symbol}: relative distance from 3/(N+2)"),
            observed: off,
            predicted: 0.0,
            judge: Judge::Equivalence {
                discrepancy: Interval { low: (off - half).max(0.0), high: off + half, confidence: 1.0 - 10.0 * ALPHA },
                bound: 0.1,
                because: "a tenth: what one unit in ten left out of every vector would change",
            },
        },
    ])
}

/// Bins of the histograms: filled well by the NM values of the smallest machine.
const BINS: usize = 60;

fn divergence_over_floor(w: &Mat<f64>, rng: &mut impl rand::Rng) -> Result<f64, CheckError> {
    let (n, m) = (w.nrows(), w.ncols());
    let (q1, q2) = (rotation::haar_orthogonal(n, rng), rotation::haar_orthogonal(m, rng));
    let rotated = rotation::rotate(w.as_ref(), q1.as_ref(), q2.as_ref());
    let entries: Vec<f64> = w.col_iter().flat_map(|column| column.iter().copied()).collect();
    let js = rotation::js_divergence(&entries, &rotated, BINS).map_err(CheckError::while_doing("T03 divergence"))?;
    Ok(js.value / rotation::js_floor(js.occupied_bins, n, m))
}

fn divergence_check(ratios: &[f64]) -> Result<Measurement, CheckError> {
    let observed = ratios.iter().sum::<f64>() / ratios.len().max(1) as f64;
    // A single machine has no scatter of its own: its value is taken as it is.
    let interval = match ratios.len() {
        0 | 1 => Interval { low: observed, high: observed, confidence: 0.5 },
        _ => stat::mean::mean_interval(ratios, 0.999).map_err(CheckError::while_doing("T03 divergence"))?,
    };
    Ok(Measurement {
        name: "Jensen-Shannon divergence from the rotated weights over its floor, mean over machines".into(),
        observed,
        predicted: 1.0,
        judge: Judge::Equivalence {
            discrepancy: Interval { low: (interval.low - 1.0).max(0.0), high: interval.high - 1.0, ..interval },
            bound: 0.5,
            because: "half the floor; bins with few counts in the tails raise the mean by less than a tenth",
        },
    })
}
