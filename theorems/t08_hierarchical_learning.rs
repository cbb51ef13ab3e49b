//! # T08: learning is hierarchical and breaks the rotational symmetry
//!
//! ## Statement
//! When an RBM learns MNIST, singular values leave the Marchenko-Pastur bulk one after another, the more of them the
//! larger the hidden layer; the leading modes carry the principal directions of the data and class information; the
//! rotational symmetry of the weights is broken; the states of data and model leave the uniform mean along the leading
//! mode.
//!
//! ## Source
//! arXiv 2503.21536, abstract: "During training, this rotational symmetry is broken due to hierarchical learning, where
//! different degrees of freedom progressively capture features at multiple levels of abstraction." The early linear
//! stage dW/dt = (C − D) W diag(q(1−q)) is our addition: the exact gradient to first order in W.
//!
//! ## Hypotheses
//! - MNIST, binarised; PCD-1, Adam, batches of 500; W and b start normal with standard deviation s.
//! - Visible biases start at the logit of the pixel means. With biases near zero instead, the mean image itself drives
//!   a rank-one outlier, whose growth says nothing about structure: it grows alike on independent pixels.
//! - For the linear stage: plain gradient of all images, exact negative phase, a = logit p − Wq.
//!
//! ## Regimes
//! - `mnist`: holds.
//!
//! ## Derivation
//! The exact gradient to first order in W for a machine of 3 visible and 2 hidden units with symbolic weights, means
//! and data moments: the hidden means expand as q + q(1−q) W·v, the model's visible law as a product of Bernoulli
//! laws tilted by Wq, and the bias condition a = logit p − Wq cancels the term −D W q qᵀ.
//!
//! ## Evidence
//! - Linear stage on MNIST with 8 hidden units against the exact gradient (negative phase by enumeration): the relative
//!   error is first order in W and below 1 % at |W| = 10⁻³.
//! - Untrained: largest singular value against the upper Tracy-Widom tail.
//! - Trained: at least two modes beyond the bulk edge and above 4/β (one mode alone is ink); their number grows with
//!   the logarithm of M; the first three crossings of 4/β are spread beyond the scatter of replicas.
//! - Leading three left vectors, when the first mode crosses 4/β, inside the span of the ten principal directions of
//!   C − D.
//! - Jensen-Shannon divergence between W and its Haar rotation above ten standard deviations of its null.
//! - Share of variance between digit classes on test images: leading three modes above the trailing half, and far above chance.
//! - Leading three left vectors, seen as images, are smooth: roughness Σ (u_a − u_b)² over neighbouring pixels, below half of a
//!   random vector's 4(1 − 1/√N).
//! - Log-likelihood of the test images, bracketed by annealing in both directions, above that of independent pixels.
//! - The number of modes beyond the bulk edge grows from a third of the training to its end.
//! - In the space of the leading three modes data leave the uniform mean, and model samples stay closer to the data than
//!   the uniform mean does.
//!
//! ## Falsifiers
//! - `bias-shift-dropped`: a = logit p, without −Wq, in the derivation.
//! - `biases-unmatched`: the same in the measurement of the linear stage.
//! - `untrained`: the machine before training presented as trained.
//! - `values-permuted`: each pixel's values permuted across images; C = D, nothing to learn.
//! - `pixels-permuted`: pixels permuted within each image; only ink is left, one mode at most.
//! - `noise`: fair bits in the place of pixels.
//! - `labels-permuted`: classes drawn anew; class shares at chance.
//! - Positive control `pixels-relabelled`: one fixed permutation of the pixels of all images must change nothing but who is whose
//!   neighbour (roughness is not looked at there).
//!
//! ## Limits
//! Positions are measured from the uniform mean: with biases at logit p the saddle itself starts far away (a/λ with
//! small λ); that training moves the saddle of a machine with small biases is seen in T01. Not every check sees
//! structure: the Jensen-Shannon divergence rises and data leave the uniform mean on independent pixels too; singular
//! values, alignment and class shares tell the difference. A few epochs at small M. Adam does not follow the linear stage: it takes steps of equal size along coherent
//! gradients however small they are (the cosine between the gradient and its sign, Adam's first step, is among the observations).

use crate::bits::States;
use crate::claim::{Case, CheckError, Control, Dossier, Falsifier, Regime, Source, Stage, Statement, Theorem, Verdict};
use crate::evidence::{ALPHA, Evidence, Interval, Judge, Measurement, Table, TestKind};
use crate::figure::{Axis, Contours, Figure, Panel, Role, Scale, Series};
use crate::lab::{Images, Lab, Snapshot, TrainRequest, Trajectory};
use crate::rbm::annealing;
use crate::rbm::Rbm;
use crate::rbm::gibbs;
use crate::rbm::linalg::{Svd, symmetric_eigen, thin_svd};
use crate::rbm::reciprocal::unstable_stable;
use crate::rbm::train::TrainSpec;
use crate::spectra::marchenko_pastur::MarchenkoPastur;
use crate::spectra::{rotation, tracy_widom};
use crate::symbolic::Derivation;
use crate::symbolic::poly::Poly;
use crate::{oracle, stat};
use faer::Mat;
use rand_distr::{Distribution, StandardNormal};
use rand::seq::SliceRandom;
use rayon::prelude::*;
use std::sync::Arc;

/// The claim.
pub struct HierarchicalLearning;

static STATEMENT: Statement = Statement {
    id: "T08",
    title: "Learning MNIST is hierarchical: modes leave the bulk one after another and break the rotational symmetry",
    source: Source {
        reference: "arXiv 2503.21536, abstract",
        sentence: "During training, this rotational symmetry is broken due to hierarchical learning, where different \
                   degrees of freedom progressively capture features at multiple levels of abstraction.",
        stated_there: true,
    },
    hypotheses: &[
        "binarised images, PCD-1, Adam, batches of 500",
        "visible biases start at the logit of the pixel means",
        "linear stage: plain gradient, exact negative phase, a = logit p − Wq",
    ],
    regimes: &[Regime {
        id: "mnist",
        title: "trained on images, visible biases matched to the pixel means",
        expected: Verdict::Holds,
        replaced_by: None,
    }],
};

const MNIST: &[&str] = &["mnist"];

static FALSIFIERS: [Falsifier; 7] = [
    Falsifier {
        id: "bias-shift-dropped",
        title: "visible biases logit p without −Wq",
        stage: Stage::Derivation,
        regimes: MNIST,
    },
    Falsifier {
        id: "biases-unmatched",
        title: "linear stage with visible biases logit p without −Wq",
        stage: Stage::Measurement,
        regimes: MNIST,
    },
    Falsifier {
        id: "untrained",
        title: "the machine before training presented as trained",
        stage: Stage::Measurement,
        regimes: MNIST,
    },
    Falsifier {
        id: "values-permuted",
        title: "each pixel's values permuted across images (C = D)",
        stage: Stage::Measurement,
        regimes: MNIST,
    },
    Falsifier {
        id: "pixels-permuted",
        title: "pixels permuted within each image (ink only)",
        stage: Stage::Measurement,
        regimes: MNIST,
    },
    Falsifier { id: "noise", title: "fair bits for pixels", stage: Stage::Measurement, regimes: MNIST },
    Falsifier {
        id: "labels-permuted",
        title: "labels of the test images permuted",
        stage: Stage::Measurement,
        regimes: MNIST,
    },
];

static CONTROLS: [Control; 1] =
    [Control { id: "pixels-relabelled", title: "one fixed permutation of the pixels of all images", regimes: MNIST }];

impl Theorem for HierarchicalLearning {
    fn statement(&self) -> &'static Statement {
        &STATEMENT
    }

    fn falsifiers(&self) -> &'static [Falsifier] {
        &FALSIFIERS
    }

    fn controls(&self) -> &'static [Control] {
        &CONTROLS
    }

    fn derive(&self, case: Case<'_>) -> Result<Derivation, CheckError> {
        Ok(linear_stage(!case.broken("bias-shift-dropped")))
    }

    fn measure(&self, case: Case<'_>, lab: &Lab) -> Result<Evidence, CheckError> {
        let images = if case.broken("values-permuted") {
            Images::ValuesPermuted
        } else if case.broken("pixels-permuted") {
            Images::PixelsPermuted
        } else if case.broken("noise") {
            Images::Noise
        } else if case.control("pixels-relabelled") {
            Images::PixelsRelabelled
        } else {
            Images::AsTheyAre
        };
        let plan = lab.plan();
        // What is altered, and its control, runs at the smallest size only.
        let altered = images != Images::AsTheyAre || case.broken("labels-permuted");
        let sizes = if altered { &plan.trained_hidden[..1] } else { plan.trained_hidden };
        let data = lab.images(images);
        let moments = Moments::of(&data.train.images);
        let mut evidence = Evidence::default();
        early_stage_check(&case, lab, &data.train.images, &moments, &mut evidence)?;

        let mut machines = Vec::new();
        for &hidden in sizes {
            for replica in 0..plan.trained_replicas {
                let spec = TrainSpec::pcd(hidden, plan.epochs, plan.initial_std);
                let last = plan.epochs as u64 * spec.updates_per_epoch(data.train.images.rows()) as u64;
                let record =
                    (0..=last).filter(|t| t % if *t < last / 3 { 10 } else { 20 } == 0 || *t == last).collect();
                let request = TrainRequest { spec, replica, images, record };
                let trajectory = lab.trained(&request)?;
                let seen = if case.broken("untrained") { 1 } else { trajectory.snapshots.len() };
                machines.push((hidden, trajectory, seen));
            }
        }
        lab.progress("T08 modes of the trained machines");
        let principal = principal_directions(&moments, 10)?;
        let visible = data.train.images.units();
        let haar = rotation::haar_orthogonal(visible, &mut lab.stream("T08", &case, "haar", 0));
        let mut labels = data.test.labels.clone();
        if case.broken("labels-permuted") {
            labels.shuffle(&mut lab.stream("T08", &case, "labels", 0));
        }
        let reference =
            Reference { images: &data.test.images, labels: &labels, principal: &principal, haar: &haar };
        let histories = machines
            .par_iter()
            .enumerate()
            .map(|(at, (hidden, trajectory, seen))| {
                History::of(
                    *hidden,
                    &trajectory.snapshots[..*seen],
                    &reference,
                    &mut lab.stream("T08", &case, "haar-hidden", at),
                )
            })
            .collect::<Result<Vec<_>, _>>()?;
        learning_checks(&histories, data.test.images.rows(), visible, plan.initial_std, &mut evidence)?;
        if !case.control("pixels-relabelled") {
            smoothness_check(&histories, visible, &mut evidence);
        }
        likelihoods(&case, lab, &machines, &moments.means, &data.test.images, &mut evidence)?;
        evidence.tables.extend(tables(&histories));
        let mut edges = Table::new("edges", &["hidden", "edge"]);
        for &hidden in sizes {
            let law = MarchenkoPastur::new(visible, hidden, plan.initial_std);
            let (_, edge) = law.map_err(CheckError::while_doing("T08 bulk edge"))?.edges();
            edges.rows.push(vec![hidden as f64, edge]);
        }
        evidence.tables.push(edges);
        Ok(evidence)
    }

    fn figures(&self, dossier: &Dossier) -> Vec<Figure> {
        let Some(regime) = dossier.regime("mnist") else { return Vec::new() };
        let grey = regime.falsifiers.iter().find(|trial| trial.id == "values-permuted").map(|trial| &trial.evidence);
        [
            spectrum_figure(&regime.evidence, grey),
            symmetry_figure(&regime.evidence, grey),
            modes_figure(&regime.evidence, grey),
        ]
            .into_iter()
            .flatten()
            .collect()
    }
}

/// dW/dt = (C − D) W diag(q(1−q)) from the exact gradient, N = 3 and M = 2, everything symbolic.
///
/// ε counts the order in W. Data enter through their moments E vᵢ = pᵢ and E vᵢvⱼ = Cᵢⱼ + pᵢpⱼ.
fn linear_stage(bias_shift: bool) -> Derivation {
    const N: usize = 3;
    const M: usize = 2;
    let one = Poly::int(1);
    let eps = Poly::var("ε");
    let p = ["p₁", "p₂", "p₃"].map(Poly::var);
    let q = ["q₁", "q₂"].map(Poly::var);
    let w = [["w₁₁", "w₁₂"], ["w₂₁", "w₂₂"], ["w₃₁", "w₃₂"]].map(|row| row.map(Poly::var));
    let c = [["c₁₁", "c₁₂", "c₁₃"], ["c₁₂", "c₂₂", "c₂₃"], ["c₁₃", "c₂₃", "c₃₃"]].map(|row| row.map(Poly::var));
    // Var of a binary pixel is p(1−p): the diagonal of C equals D.
    let slope = |q: &Poly| q * &(&one - q);
    let mut steps = Derivation::new();

    // logistic(b + z) = q + q(1−q) z + O(z²), from σ' = σ(1−σ) at σ = q; checked on the odds, which are exact:
    // σ/(1−σ) = e^z q/(1−q), to first order (1 + z) q/(1−q), cross-multiplied.
    let z = Poly::var("z");
    let sigma = &q[0] + &(slope(&q[0]) * &z);
    steps.equal(
        "logistic(b + z) = q + q(1−q)z + O(z²): the odds grow by the factor 1 + z",
        &(&sigma * &(&one - &q[0])).truncate("z", 1),
        &((&one + &z) * &q[0] * (&one - &sigma)).truncate("z", 1),
    );

    // Hidden mean of unit k given v, first order: q_k + q_k(1−q_k) ε Σⱼ w_jk vⱼ.
    let weights_on_hidden = |k: usize| -> Vec<Poly> { (0..N).map(|j| slope(&q[k]) * &w[j][k]).collect() };

    // Data average of vᵢ hₖ by moments.
    let positive = |i: usize, k: usize| {
        let slopes = weights_on_hidden(k);
        let second = |j: usize| if i == j { p[i].clone() } else { &c[i][j] + &(&p[i] * &p[j]) };
        (0..N).fold(&p[i] * &q[k], |sum, j| sum + &eps * &slopes[j] * second(j))
    };

    // Model law of v, first order: Π Bernoulli(pᵢ) times 1 + ε Σⱼ (shiftⱼ + Σₖ w_jk qₖ)(vⱼ − pⱼ), where shift is what the
    // visible bias differs by from logit p; its normaliser is 1 because E(vⱼ − pⱼ) = 0.
    let model = |shifted: bool, f: &dyn Fn(&[bool]) -> Poly| {
        let tilt = |j: usize| {
            let field = (0..M).fold(Poly::int(0), |sum, k| sum + &w[j][k] * &q[k]);
            let shift = if shifted { -&field } else { Poly::int(0) };
            shift + field
        };
        (0..1usize << N).fold(Poly::int(0), |sum, state| {
            let v: Vec<bool> = (0..N).map(|j| state >> j & 1 == 1).collect();
            let weight = (0..N).fold(one.clone(), |w, j| w * if v[j] { p[j].clone() } else { &one - &p[j] });
            let tilted = (0..N).fold(one.clone(), |t, j| {
                let centred = if v[j] { &one - &p[j] } else { -&p[j] };
                t + &eps * tilt(j) * &centred
            });
            sum + weight * tilted * f(&v)
        })
    };
    let total = model(bias_shift, &|_| one.clone()).truncate("ε", 1);
    steps.equal("the tilted model law is normalised to first order", &total, &one);
    for i in 0..N {
        let mean = model(bias_shift, &|v| if v[i] { one.clone() } else { Poly::int(0) }).truncate("ε", 1);
        steps.equal(&format!("with a = logit p − Wq the model keeps ⟨v{}⟩ = p{}", i + 1, i + 1), &mean, &p[i]);
    }
    let gradient = |i: usize, k: usize, shifted: bool| {
        let slopes = weights_on_hidden(k);
        let negative = model(shifted, &|v| {
            if !v[i] {
                return Poly::int(0);
            }
            (0..N).filter(|&j| v[j]).fold(q[k].clone(), |sum, j| sum + &eps * &slopes[j])
        });
        (positive(i, k) - negative).truncate("ε", 1)
    };
    // (C − D)_ij: off-diagonal Cᵢⱼ, diagonal zero.
    let predicted = |i: usize, k: usize| {
        (0..N).filter(|&j| j != i).fold(Poly::int(0), |sum, j| sum + &eps * &c[i][j] * &w[j][k] * slope(&q[k]))
    };
    for i in 0..N {
        for k in 0..M {
            let name = format!("gradient of w{}{}: [(C − D) W diag(q(1−q))]{}{}", i + 1, k + 1, i + 1, k + 1);
            steps.equal(&name, &gradient(i, k, bias_shift), &predicted(i, k));
        }
    }
    let spoilt = (0..M).fold(Poly::int(0), |sum, l| sum - &eps * slope(&p[0]) * &w[0][l] * &q[l] * &q[1]);
    steps.equal(
        "with a = logit p alone the error is −[D W q qᵀ]₁₂",
        &(gradient(0, 1, false) - predicted(0, 1)),
        &spoilt,
    );
    steps
}

/// Means and covariance of the images.
struct Moments {
    /// Pixel means p, length N.
    means: Vec<f64>,
    /// C − D, N x N: covariance with its diagonal p(1−p) taken away.
    excess: Mat<f64>,
}

impl Moments {
    fn of(images: &States) -> Self {
        let (n, rows) = (images.units(), images.rows() as f64);
        let means = images.means();
        let both = images.coincidences();
        let excess =
            Mat::from_fn(
                n,
                n,
                |i, j| {
                    if i == j { 0.0 } else { f64::from(both[i * n + j]) / rows - means[i] * means[j] }
                },
            );
        Self { means, excess }
    }
}

/// The `k` leading eigenvectors of C − D, N x k.
fn principal_directions(moments: &Moments, k: usize) -> Result<Mat<f64>, CheckError> {
    let eigen =
        symmetric_eigen(moments.excess.as_ref()).map_err(CheckError::while_doing("T08 principal directions"))?;
    let n = moments.means.len();
    Ok(Mat::from_fn(n, k.min(n), |j, i| eigen.vectors[(j, n - 1 - i)]))
}

/// The linear stage against the exact gradient, at |W| = 10⁻³ and half of it.
fn early_stage_check(
    case: &Case<'_>,
    lab: &Lab,
    images: &States,
    moments: &Moments,
    evidence: &mut Evidence,
) -> Result<(), CheckError> {
    const M: usize = 8;
    // A pixel that never changes has an infinite bias and decouples: only the others enter.
    let live: Vec<usize> = (0..images.units()).filter(|&j| moments.means[j] > 0.0 && moments.means[j] < 1.0).collect();
    let n = live.len();
    let mut rng = lab.stream("T08", case, "linear-stage", 0);
    let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
    let direction: Vec<f64> = (0..n * M).map(|_| normal()).collect();
    let hidden_bias: Vec<f64> = (0..M).map(|_| normal()).collect();
    let q: Vec<f64> = hidden_bias.iter().map(|&b| 1.0 / (1.0 + libm::exp(-b))).collect();
    let error_at = |size: f64| -> Result<(f64, f64), CheckError> {
        let w: Vec<f64> = direction.iter().map(|d| size * d).collect();
        let visible_bias: Vec<f64> = (0..n)
            .map(|j| {
                let p = moments.means[live[j]];
                let shift: f64 = (0..M).map(|k| w[j * M + k] * q[k]).sum();
                libm::log(p / (1.0 - p)) - if case.broken("biases-unmatched") { 0.0 } else { shift }
            })
            .collect();
        let model = oracle::model_moments(n, M, &w, &visible_bias, &hidden_bias);
        let positive = positive_phase(images, &live, &w, &hidden_bias);
        let (mut wrong, mut size2) = (0.0, 0.0);
        let (mut absolute, mut square) = (0.0, 0.0);
        for i in 0..n {
            for k in 0..M {
                let pull: f64 = (0..n).map(|j| moments.excess[(live[i], live[j])] * w[j * M + k]).sum();
                let predicted = pull * q[k] * (1.0 - q[k]);
                let exact = positive[i * M + k] - model.visible_hidden[i * M + k];
                wrong += (exact - predicted).powi(2);
                size2 += predicted * predicted;
                absolute += exact.abs();
                square += exact * exact;
            }
        }
        Ok(((wrong / size2).sqrt(), absolute / (square * (n * M) as f64).sqrt()))
    };
    let (full, _) = error_at(1e-3)?;
    let (half, adam) = error_at(5e-4)?;
    evidence.observations.push(("cosine between the early gradient and its sign, Adam's first step".into(), adam));
    evidence.measurements.push(Measurement {
        name: "early linear stage: relative error of (C − D) W diag(q(1−q)) at |W| = 0.001".into(),
        observed: full,
        predicted: 0.0,
        judge: Judge::Truncation {
            order: 1.0,
            measured_order: (full / half).log2(),
            bound: 0.01,
            because: "the next order is of relative size |W| times the number of lit pixels, root-mean-square",
        },
    });
    Ok(())
}

/// ⟨vᵢ P(hₖ = 1 | v)⟩ over the images, `live` pixels only, N x M row-major; parallel over hidden units.
fn positive_phase(images: &States, live: &[usize], w: &[f64], hidden_bias: &[f64]) -> Vec<f64> {
    let m = hidden_bias.len();
    let mut place = vec![usize::MAX; images.units()];
    for (at, &j) in live.iter().enumerate() {
        place[j] = at;
    }
    let columns: Vec<Vec<f64>> = (0..m)
        .into_par_iter()
        .map(|k| {
            let mut sums = vec![0.0; live.len()];
            for row in 0..images.rows() {
                let field: f64 =
                    images.ones(row).filter(|&j| place[j] != usize::MAX).map(|j| w[place[j] * m + k]).sum();
                let mean = 1.0 / (1.0 + libm::exp(-hidden_bias[k] - field));
                for j in images.ones(row).filter(|&j| place[j] != usize::MAX) {
                    sums[place[j]] += mean;
                }
            }
            sums
        })
        .collect();
    (0..live.len() * m).map(|at| columns[at % m][at / m] / images.rows() as f64).collect()
}

/// Inverse temperature times singular value at which a mode turns unstable in the Gaussian picture (β = 1).
const CRITICAL: f64 = 4.0;

/// Bins of the weight histograms: wide enough that a null histogram has counts in nearly all of them.
const JS_BINS: usize = 200;

/// Number of leading modes whose class share and alignment are looked at.
const LEADING: usize = 3;

/// What one machine did during its training.
struct History {
    hidden: usize,
    records: Vec<Recorded>,
    /// Share of the leading left vectors inside the principal directions, when mode 1 crosses 4/β (else at the end).
    alignment: f64,
    /// Between-class share of the variance of each mode on the test images, at the end.
    class_shares: Vec<f64>,
    /// (JS divergence − floor) / standard deviation of the null, at the end.
    js_excess: f64,
    /// Roughness of every left vector, at the end; empty where the pixels are no square.
    roughness: Vec<f64>,
    /// Leading left vectors at the end, length N each; signs: data positive.
    modes: Vec<Vec<f64>>,
}

/// One snapshot, analysed. Positions are (u_c, w_c) along the leading modes, measured from the uniform mean.
struct Recorded {
    update: u64,
    singular_values: Vec<f64>,
    data: [[f64; 2]; LEADING],
    chains: [[f64; 2]; LEADING],
    js: f64,
    js_floor: f64,
}

/// What the snapshots of all machines are compared with.
struct Reference<'a> {
    images: &'a States,
    labels: &'a [u8],
    principal: &'a Mat<f64>,
    haar: &'a Mat<f64>,
}

impl History {
    fn of(
        hidden: usize,
        snapshots: &[Snapshot],
        reference: &Reference<'_>,
        rng: &mut impl rand::Rng,
    ) -> Result<Self, CheckError> {
        let doing = || CheckError::while_doing("T08 modes of a snapshot");
        let haar_hidden = rotation::haar_orthogonal(hidden, rng);
        let mut history = Self {
            hidden,
            records: Vec::new(),
            alignment: f64::NAN,
            class_shares: Vec::new(),
            js_excess: f64::NAN,
            roughness: Vec::new(),
            modes: Vec::new(),
        };
        let mut crossed = false;
        for (at, snapshot) in snapshots.iter().enumerate() {
            let machine = snapshot.machine.to_f64();
            let svd = thin_svd(machine.weights_view()).map_err(doing())?;
            let last = at + 1 == snapshots.len();
            if !crossed && (svd.singular_values[0] > CRITICAL || last) {
                crossed = true;
                history.alignment = inside(&svd.u, LEADING, reference.principal);
            }
            // The histogram of a rotated matrix is the dearest step: first, last, and where the figure needs it.
            let (mut js, mut js_floor) = (f64::NAN, f64::NAN);
            if at == 0 || last || snapshot.update % 60 == 0 {
                let rotated = rotation::rotate(machine.weights_view(), reference.haar.as_ref(), haar_hidden.as_ref());
                let found = rotation::js_divergence(&machine.weights, &rotated, JS_BINS)
                    .map_err(CheckError::while_doing("T08 divergence from the rotated weights"))?;
                js = found.value;
                js_floor = rotation::js_floor(found.occupied_bins, machine.visible, hidden);
                history.js_excess =
                    (js - js_floor) / rotation::js_null_std(found.occupied_bins, machine.visible, hidden);
            }
            if last {
                history.class_shares = class_shares(&svd.u, reference.images, reference.labels)?;
                let column = |i: usize| -> Vec<f64> { svd.u.col(i).iter().copied().collect() };
                let side = machine.visible.isqrt();
                if side * side == machine.visible {
                    history.roughness = (0..svd.u.ncols()).map(|i| roughness(&column(i), side)).collect();
                }
                let means = reference.images.means();
                let pointed = |i: usize| {
                    let mode = column(i);
                    let along: f64 = mode.iter().zip(&means).map(|(u, mean)| u * (mean - 0.5)).sum();
                    mode.into_iter().map(|u| if along < 0.0 { -u } else { u }).collect()
                };
                history.modes = (0..LEADING.min(svd.u.ncols())).map(pointed).collect();
            }
            let [data, chains] = mean_positions(&svd, snapshot, reference.images);
            history.records.push(Recorded {
                update: snapshot.update,
                singular_values: svd.singular_values,
                data,
                chains,
                js,
                js_floor,
            });
        }
        Ok(history)
    }

    fn last(&self) -> &Recorded {
        &self.records[self.records.len() - 1]
    }

    /// Update at which singular value `i` crosses 4/β, interpolated in ln λ; NaN when it never does.
    fn crossing(&self, i: usize) -> f64 {
        let mut pairs = self.records.windows(2);
        let found = pairs.find(|w| w[0].singular_values[i] <= CRITICAL && w[1].singular_values[i] > CRITICAL);
        found.map_or(f64::NAN, |w| {
            let (low, high) = (w[0].singular_values[i].ln(), w[1].singular_values[i].ln());
            let share = (CRITICAL.ln() - low) / (high - low);
            w[0].update as f64 + share * (w[1].update - w[0].update) as f64
        })
    }

    /// True when singular value `l` lies beyond the edge of the untrained bulk, by its Tracy-Widom p-value.
    fn beyond(&self, l: f64, visible: usize, s: f64) -> bool {
        tracy_widom::survival(tracy_widom::edge_statistic(l, visible, self.hidden, s)) < ALPHA
    }

    /// Number of singular values beyond the edge of the untrained bulk in one snapshot.
    fn modes_beyond(&self, record: &Recorded, visible: usize, s: f64) -> usize {
        record.singular_values.iter().take_while(|&&l| self.beyond(l, visible, s)).count()
    }

    /// The same at the end.
    fn learned_modes(&self, visible: usize, s: f64) -> usize {
        self.modes_beyond(self.last(), visible, s)
    }

    /// First recorded update with singular value `i` beyond the edge of the untrained bulk; NaN when there is none.
    fn leaves_the_bulk(&self, i: usize, visible: usize, s: f64) -> f64 {
        let record = self.records.iter().find(|record| self.beyond(record.singular_values[i], visible, s));
        record.map_or(f64::NAN, |record| record.update as f64)
    }
}

/// Where data and model samples lie along the leading modes: (u_c, w_c) of each from the uniform mean; signs: data
/// positive along x.
fn mean_positions(svd: &Svd, snapshot: &Snapshot, images: &States) -> [[[f64; 2]; LEADING]; 2] {
    let along = |modes: &Mat<f64>, i: usize, values: &[f64]| -> f64 {
        values.iter().enumerate().map(|(j, value)| modes[(j, i)] * (value - 0.5)).sum()
    };
    let data = images.means();
    [images, &snapshot.chains].map(|states| {
        let (visible, hidden) = (states.means(), hidden_mean(&snapshot.machine, states));
        std::array::from_fn(|i| {
            let sign = if along(&svd.u, i, &data) < 0.0 { -1.0 } else { 1.0 };
            let (x, y) = (sign * along(&svd.u, i, &visible), sign * along(&svd.v, i, &hidden));
            let (u, w) = unstable_stable(x, y);
            [u, w]
        })
    })
}

/// Length of the difference of two positions in the space of the leading modes. The modes come close to each other in
/// λ and mix, so that a position along one of them alone means little; the space that they span is well defined.
fn separation(a: &[[f64; 2]; LEADING], b: &[[f64; 2]; LEADING]) -> f64 {
    a.iter().flatten().zip(b.iter().flatten()).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

/// Mean of P(hₖ = 1 | v) over states, length M.
fn hidden_mean(machine: &Rbm<f32>, states: &States) -> Vec<f64> {
    let means = gibbs::hidden_means(machine, states);
    let mut sums = vec![0.0; machine.hidden];
    for row in means.chunks_exact(machine.hidden) {
        row.iter().zip(&mut sums).for_each(|(&p, sum)| *sum += f64::from(p));
    }
    sums.iter().map(|sum| sum / states.rows() as f64).collect()
}

/// ‖Pᵀ U_k‖² / k: share of the leading k columns of U inside the orthonormal columns of P; k/N-chance is columns/N.
fn inside(u: &Mat<f64>, k: usize, principal: &Mat<f64>) -> f64 {
    let k = k.min(u.ncols());
    let overlap = |i: usize, p: usize| (0..u.nrows()).map(|j| u[(j, i)] * principal[(j, p)]).sum::<f64>();
    let total: f64 = (0..k).flat_map(|i| (0..principal.ncols()).map(move |p| overlap(i, p).powi(2))).sum();
    total / k as f64
}

/// Between-class share of the variance of x_i = u_i·v for every mode.
fn class_shares(u: &Mat<f64>, images: &States, labels: &[u8]) -> Result<Vec<f64>, CheckError> {
    (0..u.ncols())
        .into_par_iter()
        .map(|i| {
            let x: Vec<f64> = (0..images.rows()).map(|row| images.ones(row).map(|j| u[(j, i)]).sum()).collect();
            stat::mean::class_share(&x, labels)
        })
        .collect::<Result<_, _>>()
        .map_err(CheckError::while_doing("T08 class shares"))
}

/// Σ (u_a − u_b)² over pairs of neighbouring pixels of a square image of `side` x `side`; a random unit vector has [`random_roughness`].
fn roughness(mode: &[f64], side: usize) -> f64 {
    let at = |row: usize, column: usize| mode[row * side + column];
    let across: f64 = (0..side).flat_map(|r| (1..side).map(move |c| (at(r, c) - at(r, c - 1)).powi(2))).sum();
    let down: f64 = (1..side).flat_map(|r| (0..side).map(move |c| (at(r, c) - at(r - 1, c)).powi(2))).sum();
    across + down
}

/// Mean [`roughness`] of a uniform unit vector: E (u_a − u_b)² = 2/N over 2·side(side − 1) pairs, N = side².
fn random_roughness(side: usize) -> f64 {
    4.0 * (side as f64 - 1.0) / side as f64
}

/// Leading left vectors as images are smooth.
fn smoothness_check(histories: &[History], visible: usize, evidence: &mut Evidence) {
    if histories.iter().any(|h| h.roughness.len() < LEADING) {
        return;
    }
    let random = random_roughness(visible.isqrt());
    let smooth = |h: &History| 1.0 - h.roughness[..LEADING].iter().sum::<f64>() / LEADING as f64 / random;
    evidence.measurements.push(effect(
        "smoothness of the leading three left vectors as images, worst machine",
        range(histories.iter().map(smooth)),
        0.5,
        "more than half of a random vector's roughness gone",
    ));
}

/// Mean over images of ln Σ_h e^(−E(v, h)) = a·v + Σ ln(1 + e^(b + Wᵀv)).
fn mean_log_weight(machine: &Rbm<f32>, images: &States) -> f64 {
    let m = machine.hidden;
    let one = |row: usize| {
        let mut fields: Vec<f64> = machine.hidden_bias.iter().map(|&b| f64::from(b)).collect();
        let mut own = 0.0;
        for j in images.ones(row) {
            own += f64::from(machine.visible_bias[j]);
            fields.iter_mut().zip(&machine.weights[j * m..][..m]).for_each(|(f, &w)| *f += f64::from(w));
        }
        own + fields.iter().map(|&f| f.max(0.0) + libm::log1p(libm::exp(-f.abs()))).sum::<f64>()
    };
    let rows: Vec<f64> = (0..images.rows()).into_par_iter().map(one).collect();
    rows.iter().sum::<f64>() / rows.len() as f64
}

/// Log-likelihood of the test images a machine, first replicas, between the bounds of annealing forward and backward, against
/// independent pixels of the training images' means.
fn likelihoods(
    case: &Case<'_>,
    lab: &Lab,
    machines: &[(usize, Arc<Trajectory>, usize)],
    means: &[f64],
    images: &States,
    evidence: &mut Evidence,
) -> Result<(), CheckError> {
    let rows = lab.data().train.images.rows() as f64;
    // One image more of either value: no pixel is impossible.
    let smoothed: Vec<f64> = means.iter().map(|p| (p * rows + 1.0) / (rows + 2.0)).collect();
    let seen = images.means();
    let independent: f64 =
        seen.iter().zip(&smoothed).map(|(m, p)| m * libm::log(*p) + (1.0 - m) * libm::log1p(-p)).sum();
    let mut table = Table::new("likelihood", &["hidden", "update", "middle", "half", "independent"]);
    let (mut gains, largest) = (Vec::new(), machines.iter().map(|(hidden, ..)| *hidden).max());
    let mut before = None;
    for (hidden, trajectory, seen) in machines {
        if before.replace(*hidden) == Some(*hidden) {
            continue; // a further replica
        }
        let snapshots = &trajectory.snapshots[..*seen];
        let last = snapshots.len() - 1;
        // The whole training of the largest of several sizes is for the figure.
        let whole = Some(*hidden) == largest && machines[0].0 != *hidden;
        for (at, snapshot) in snapshots.iter().enumerate() {
            if at != last && !(whole && snapshot.update % 60 == 0) {
                continue;
            }
            let key = |way: &str| lab.key("T08", case, &format!("{way} {hidden} {}", snapshot.update));
            let (betas, chains) = (200, 100);
            let (ahead, _) = annealing::forward(&snapshot.machine, betas, chains, key("forward"));
            let start = snapshot.chains.select(&(0..chains.min(snapshot.chains.rows())).collect::<Vec<_>>());
            let back = annealing::backward(&snapshot.machine, &start, betas, key("backward"));
            let bracket = annealing::bracket(&ahead, &back);
            let weight = mean_log_weight(&snapshot.machine, images);
            let (low, high) = (weight - bracket.upper, weight - bracket.lower);
            table.rows.push(vec![
                *hidden as f64,
                snapshot.update as f64,
                0.5 * (low + high),
                0.5 * (high - low).abs(),
                independent,
            ]);
            if at == last {
                gains.push((low.min(high) - independent, low.max(high) - independent));
                evidence.observations.push((format!("M = {hidden}: log-likelihood of a test image at least"), low));
                evidence.observations.push((format!("M = {hidden}: and at most"), high));
            }
        }
    }
    let gain = Interval { low: range(gains.iter().map(|g| g.0)).low, high: range(gains.iter().map(|g| g.1)).high, confidence: 1.0 };
    evidence.measurements.push(effect(
        "log-likelihood of the test images above independent pixels, bracket of annealing over all sizes (nats an image)",
        gain,
        0.0,
        "independent pixels know the means only; where pixels are independent nothing can be above them",
    ));
    evidence.tables.push(table);
    Ok(())
}

/// Smallest and largest of one value a machine: a distribution-free interval for the median machine.
fn range(values: impl Iterator<Item = f64>) -> Interval {
    let values: Vec<f64> = values.collect();
    let fold = |pick: fn(f64, f64) -> f64, from: f64| {
        values.iter().fold(from, |a, &b| if b.is_nan() { b } else { pick(a, b) })
    };
    Interval {
        low: fold(|a, b| if a.is_nan() { a } else { a.min(b) }, f64::INFINITY),
        high: fold(|a, b| if a.is_nan() { a } else { a.max(b) }, f64::NEG_INFINITY),
        confidence: 1.0 - 2f64.powi(1 - values.len() as i32),
    }
}

fn effect(name: &str, values: Interval, at_least: f64, because: &'static str) -> Measurement {
    // The worst machine decides.
    let judge = Judge::Effect { effect: values, at_least, because };
    Measurement { name: name.to_string(), observed: values.low, predicted: at_least, judge }
}

fn learning_checks(
    histories: &[History],
    images: usize,
    visible: usize,
    s: f64,
    evidence: &mut Evidence,
) -> Result<(), CheckError> {
    // Between-class share of n independent values in ten classes: mean 9/(n − 1), variance close to 18/(n − 1)².
    let chance = (9.0 + 10.0 * 18f64.sqrt()) / (images as f64 - 1.0);
    let of = |f: &dyn Fn(&History) -> f64| range(histories.iter().map(f));
    let length = |z: &[[f64; 2]; LEADING]| separation(z, &[[0.0; 2]; LEADING]);

    let edges = histories
        .iter()
        .map(|history| tracy_widom::edge_statistic(history.records[0].singular_values[0], visible, history.hidden, s));
    let statistic = edges.fold(f64::NEG_INFINITY, f64::max);
    let p_value = (tracy_widom::survival(statistic) * histories.len() as f64).min(1.0);
    evidence.measurements.push(Measurement {
        name: "untrained: largest singular value of all machines, Tracy-Widom units".into(),
        observed: statistic,
        predicted: tracy_widom::MEAN,
        judge: Judge::Statistical {
            test: TestKind::TracyWidom,
            statistic,
            p_value,
            alpha: ALPHA,
            detects: "an outlier 10 Tracy-Widom units beyond the edge".into(),
        },
    });
    evidence.measurements.extend([
        effect(
            "trained: second singular value, worst machine",
            of(&|h| h.last().singular_values[1]),
            CRITICAL,
            "beta lambda = 4; one mode alone may be the amount of ink",
        ),
        effect(
            "trained: modes beyond the untrained bulk edge, worst machine",
            of(&|h| h.learned_modes(visible, s) as f64),
            1.5,
            "at least two: one mode alone may be the amount of ink",
        ),
    ]);

    // Successive, beyond the scatter of replicas of one size.
    let mut squares = 0.0;
    let mut degrees = 0;
    for group in histories.chunk_by(|a, b| a.hidden == b.hidden) {
        let logs: Vec<f64> = group.iter().map(|h| h.crossing(0).ln()).collect();
        let mean = logs.iter().sum::<f64>() / logs.len() as f64;
        squares += logs.iter().map(|l| (l - mean).powi(2)).sum::<f64>();
        degrees += logs.len() - 1;
    }
    let scatter = (squares / degrees.max(1) as f64).sqrt();
    evidence.measurements.push(effect(
        "modes 1 and 3 cross 4/β apart, ln(t₃/t₁), worst machine",
        of(&|h| (h.crossing(LEADING - 1) / h.crossing(0)).ln()),
        scatter,
        "standard deviation of ln t₁ between replicas of one size",
    ));

    evidence.measurements.extend([
        effect(
            "leading three left vectors inside ten principal directions of C − D, worst machine",
            of(&|h| h.alignment),
            0.5,
            "more than half of each direction; chance is 10/N",
        ),
        effect(
            "JS divergence above its floor, in standard deviations of its null, worst machine",
            of(&|h| h.js_excess),
            10.0,
            "far outside the law of an unbroken symmetry",
        ),
        effect(
            "class share of the leading three modes minus the trailing half, worst machine",
            of(&|h| {
                let mean = |shares: &[f64]| shares.iter().sum::<f64>() / shares.len() as f64;
                mean(&h.class_shares[..LEADING]) - mean(&h.class_shares[h.class_shares.len() / 2..])
            }),
            0.0,
            "class information sits in the leading modes",
        ),
        effect(
            "class share of the leading three modes, worst machine",
            of(&|h| h.class_shares[..LEADING].iter().sum::<f64>() / LEADING as f64),
            chance,
            "ten standard deviations above chance: Beta(9/2, (n − 10)/2) for n images in ten classes",
        ),
        effect(
            "modes beyond the bulk edge, growth from a third of the training to its end, worst machine",
            of(&|h| {
                let third = h.last().update / 3;
                let at = h.records.iter().find(|record| record.update >= third).unwrap_or(h.last());
                h.learned_modes(visible, s) as f64 - h.modes_beyond(at, visible, s) as f64
            }),
            0.5,
            "at least one mode more",
        ),
        effect(
            "data leave the uniform mean in the leading three modes, growth of the distance, worst machine",
            of(&|h| length(&h.last().data) - length(&h.records[0].data)),
            0.5,
            "one thermal standard deviation of u under the uniform measure",
        ),
    ]);
    let follow = of(&|h| separation(&h.last().chains, &h.last().data) / length(&h.last().data));
    evidence.measurements.push(Measurement {
        name: "model samples in the leading three modes: distance from the data over that of the uniform mean, worst machine".into(),
        observed: follow.high,
        predicted: 0.0,
        judge: Judge::Equivalence {
            discrepancy: follow,
            bound: 1.0,
            because: "samples that ignored the data would stay at the uniform mean",
        },
    });

    let sizes: Vec<f64> = histories.iter().map(|h| (h.hidden as f64).log2()).collect();
    if sizes.iter().any(|&size| size != sizes[0]) {
        let counts: Vec<f64> = histories.iter().map(|h| h.learned_modes(visible, s) as f64).collect();
        let fit = stat::regression::linear_fit(&sizes, &counts, 0.99)
            .map_err(CheckError::while_doing("T08 growth with M"))?;
        evidence.measurements.push(Measurement {
            name: "learned modes a doubling of M".into(),
            observed: fit.slope,
            predicted: 0.0,
            judge: Judge::Effect {
                effect: fit.slope_interval,
                at_least: 0.0,
                because: "a larger hidden layer learns more modes",
            },
        });
    }
    for group in histories.chunk_by(|a, b| a.hidden == b.hidden) {
        let mean = |f: &dyn Fn(&History) -> f64| group.iter().map(f).sum::<f64>() / group.len() as f64;
        let mut note = |what: String, value: f64| {
            evidence.observations.push((format!("M = {}: {what}, mean over replicas", group[0].hidden), value));
        };
        let above = |h: &History| h.last().singular_values.iter().filter(|&&l| l > CRITICAL).count() as f64;
        note("modes above 4/β at the end".into(), mean(&above));
        note("modes beyond the untrained bulk at the end".into(), mean(&|h| h.learned_modes(visible, s) as f64));
        for i in 0..LEADING {
            let mode = i + 1;
            note(format!("update at which mode {mode} leaves the bulk"), mean(&|h| h.leaves_the_bulk(i, visible, s)));
            note(format!("update at which mode {mode} crosses 4/β"), mean(&|h| h.crossing(i)));
        }
    }
    Ok(())
}

fn tables(histories: &[History]) -> Vec<Table> {
    let mut values = Table::new("singular-values", &["hidden", "replica", "update", "mode", "lambda"]);
    let mut positions =
        Table::new("positions", &["hidden", "replica", "update", "data_u", "data_w", "chains_u", "chains_w"]);
    let mut symmetry = Table::new("symmetry", &["hidden", "replica", "update", "js", "floor"]);
    let mut classes = Table::new("classes", &["hidden", "replica", "mode", "share"]);
    let mut roughnesses = Table::new("roughness", &["hidden", "replica", "mode", "roughness"]);
    let mut spectra = Table::new("spectra", &["hidden", "share", "lambda"]);
    let mut pictures = Table::new("modes", &["hidden", "mode", "pixel", "u"]);
    for group in histories.chunk_by(|a, b| a.hidden == b.hidden) {
        for (replica, history) in group.iter().enumerate() {
            let id = [history.hidden as f64, replica as f64];
            for record in &history.records {
                let at = [id[0], id[1], record.update as f64];
                for (i, &lambda) in record.singular_values.iter().take(10).enumerate() {
                    values.rows.push([&at[..], &[(i + 1) as f64, lambda]].concat());
                }
                positions.rows.push([&at[..], &record.data[0], &record.chains[0]].concat());
                if record.js.is_finite() {
                    symmetry.rows.push([&at[..], &[record.js, record.js_floor]].concat());
                }
            }
            let rough = history.roughness.iter().enumerate();
            roughnesses.rows.extend(rough.map(|(i, &rough)| vec![id[0], id[1], (i + 1) as f64, rough]));
            if replica == 0 {
                let lambdas = &history.last().singular_values;
                let share = |i: usize| (i + 1) as f64 / lambdas.len() as f64;
                spectra.rows.extend(lambdas.iter().enumerate().map(|(i, &l)| vec![id[0], share(i), l]));
                for (i, mode) in history.modes.iter().enumerate() {
                    let pixel = |(j, &u): (usize, &f64)| vec![id[0], (i + 1) as f64, j as f64, u];
                    pictures.rows.extend(mode.iter().enumerate().map(pixel));
                }
            }
            let shares = history.class_shares.iter().enumerate();
            classes.rows.extend(shares.map(|(i, &share)| vec![id[0], id[1], (i + 1) as f64, share]));
        }
    }
    vec![values, positions, symmetry, classes, roughnesses, spectra, pictures]
}

/// The points (x, y) of the rows whose columns `fixed` have the given values.
fn pick(table: &Table, fixed: &[(&str, f64)], x: &str, y: &str) -> Vec<(f64, f64)> {
    let columns: Vec<(Vec<f64>, f64)> = fixed.iter().map(|&(name, value)| (table.column(name), value)).collect();
    let (xs, ys) = (table.column(x), table.column(y));
    let wanted = |&row: &usize| columns.iter().all(|(column, value)| column[row] == *value);
    (0..xs.len()).filter(wanted).map(|row| (xs[row], ys[row])).collect()
}

/// Distinct values of a column, ascending.
fn distinct(table: &Table, name: &str) -> Vec<f64> {
    let mut values = table.column(name);
    values.sort_by(f64::total_cmp);
    values.dedup();
    values
}

fn spectrum_figure(evidence: &Evidence, grey: Option<&Evidence>) -> Option<Figure> {
    let table = evidence.table("singular-values")?;
    let updates = distinct(table, "update");
    let ends = [*updates.first()?, *updates.last()?];
    let panels = distinct(table, "hidden").into_iter().filter_map(|hidden| {
        let trace = |table: &Table, mode: usize| {
            pick(table, &[("hidden", hidden), ("replica", 0.0), ("mode", mode as f64)], "update", "lambda")
        };
        let mut series = Vec::new();
        let falsified = grey.and_then(|e| e.table("singular-values")).map(|table| trace(table, 1));
        if let Some(points) = falsified.filter(|points| !points.is_empty()) {
            series.push(Series::line("mode 1, independent pixels", Role::Falsifier, points));
        }
        for mode in 1..=4 {
            let points = trace(table, mode);
            series.push(Series { connect: true, ..Series::points(&format!("mode {mode}"), Role::Measurement, points) });
        }
        series.push(Series::line("4/β", Role::Guide, ends.map(|t| (t, CRITICAL)).to_vec()));
        for (_, edge) in pick(evidence.table("edges")?, &[("hidden", hidden)], "hidden", "edge") {
            series.push(Series::line("edge of the untrained bulk", Role::Prediction, ends.map(|t| (t, edge)).to_vec()));
        }
        Some(Panel {
            title: format!("M = {hidden}"),
            x: Axis::linear("t, updates"),
            y: Axis { label: "λ, singular value (energy)".into(), scale: Scale::Log },
            series,
            contours: None,
        })
    });
    Some(Figure {
        name: "T08_singular_values",
        title: "Modes leave the bulk one after another".into(),
        caption: "Leading singular values of W during training on MNIST, replica 0. Grey: the same training on images \
                  whose pixels were made independent, where there is nothing to learn."
            .into(),
        panels: panels.collect(),
    })
}

fn modes_figure(evidence: &Evidence, grey: Option<&Evidence>) -> Option<Figure> {
    let [pictures, rough, spectra, likelihood] =
        ["modes", "roughness", "spectra", "likelihood"].map(|name| evidence.table(name));
    let (pictures, rough, spectra, likelihood) = (pictures?, rough?, spectra?, likelihood?);
    let sizes = distinct(spectra, "hidden");
    let largest = *sizes.last()?;
    let mut panels = Vec::new();
    for mode in 1..=LEADING {
        let pixels = pick(pictures, &[("hidden", largest), ("mode", mode as f64)], "pixel", "u");
        let side = pixels.len().isqrt();
        if side * side != pixels.len() {
            return None;
        }
        let grid: Vec<f64> = (0..side).map(|at| at as f64).collect();
        // Rows of an image go down, the axis goes up.
        let z = (0..pixels.len()).map(|at| pixels[(side - 1 - at / side) * side + at % side].1).collect();
        panels.push(Panel {
            title: format!("left vector {mode}, M = {largest}"),
            x: Axis::linear("column (pixels)"),
            y: Axis::linear("row from below (pixels)"),
            series: Vec::new(),
            contours: Some(Contours { label: "u_j".into(), x: grid.clone(), y: grid, z }),
        });
    }
    let side = distinct(pictures, "pixel").len().isqrt();
    let mut by_mode: Vec<Series> = grey
        .and_then(|e| e.table("roughness"))
        .map(|table| Series::line("independent pixels", Role::Falsifier, pick(table, &[("replica", 0.0)], "mode", "roughness")))
        .into_iter()
        .collect();
    by_mode.extend(sizes.iter().map(|&hidden| {
        let points = pick(rough, &[("hidden", hidden), ("replica", 0.0)], "mode", "roughness");
        Series::points(&format!("M = {hidden}"), Role::Measurement, points)
    }));
    let random = random_roughness(side);
    by_mode.push(Series::line("random vector", Role::Prediction, vec![(1.0, random), (largest, random)]));
    panels.push(Panel {
        title: "spatial frequency by mode".into(),
        x: Axis { label: "i, mode (λ descending)".into(), scale: Scale::Log },
        y: Axis::linear("Σ (u_a − u_b)² over neighbouring pixels"),
        series: by_mode,
        contours: None,
    });
    panels.push(Panel {
        title: "singular values at the end".into(),
        x: Axis::linear("i/M, rank of the singular value"),
        y: Axis { label: "λ, singular value (energy)".into(), scale: Scale::Log },
        series: sizes
            .iter()
            .map(|&hidden| {
                let points = pick(spectra, &[("hidden", hidden)], "share", "lambda");
                Series::points(&format!("M = {hidden}"), Role::Measurement, points)
            })
            .chain([Series::line("4/β", Role::Guide, vec![(0.0, CRITICAL), (1.0, CRITICAL)])])
            .collect(),
        contours: None,
    });
    let of = |column: &str| pick(likelihood, &[("hidden", largest)], "update", column);
    panels.push(Panel {
        title: format!("log-likelihood, M = {largest}"),
        x: Axis::linear("t, updates"),
        y: Axis::linear("ln p of a test image (nats)"),
        series: vec![
            Series::line("independent pixels", Role::Falsifier, of("independent")),
            Series {
                errors: of("half").into_iter().map(|(_, half)| half).collect(),
                connect: true,
                ..Series::points("between the bounds of annealing", Role::Measurement, of("middle"))
            },
        ],
        contours: None,
    });
    Some(Figure {
        name: "T08_modes",
        title: "What the modes of a trained machine look like".into(),
        caption: "Top: leading left singular vectors as images. Bottom left: roughness of every left vector, leading modes are smooth; \
                  independent pixels in grey. Middle: singular values after training. Right: log-likelihood of test images \
                  during training, bars are the bracket of annealing forward and backward."
            .into(),
        panels,
    })
}

fn symmetry_figure(evidence: &Evidence, grey: Option<&Evidence>) -> Option<Figure> {
    let (symmetry, classes, positions) =
        (evidence.table("symmetry")?, evidence.table("classes")?, evidence.table("positions")?);
    let sizes = distinct(symmetry, "hidden");
    let js = Panel {
        title: "rotational symmetry".into(),
        x: Axis::linear("t, updates"),
        y: Axis { label: "JS divergence from rotated W (nats)".into(), scale: Scale::Log },
        series: sizes
            .iter()
            .map(|&hidden| {
                let points = pick(symmetry, &[("hidden", hidden), ("replica", 0.0)], "update", "js");
                Series { connect: true, ..Series::points(&format!("M = {hidden}"), Role::Measurement, points) }
            })
            .chain(sizes.iter().map(|&hidden| {
                let points = pick(symmetry, &[("hidden", hidden), ("replica", 0.0)], "update", "floor");
                Series::line(&format!("floor, M = {hidden}"), Role::Guide, points)
            }))
            .collect(),
        contours: None,
    };
    let mut shares: Vec<Series> = grey
        .and_then(|e| e.table("classes"))
        .map(|table| pick(table, &[("replica", 0.0)], "mode", "share"))
        .map(|points| Series::line("independent pixels", Role::Falsifier, points))
        .into_iter()
        .collect();
    shares.extend(sizes.iter().map(|&hidden| {
        let points = pick(classes, &[("hidden", hidden), ("replica", 0.0)], "mode", "share");
        Series::points(&format!("M = {hidden}"), Role::Measurement, points)
    }));
    let class = Panel {
        title: "class information by mode".into(),
        x: Axis { label: "i, mode (λ descending)".into(), scale: Scale::Log },
        y: Axis::linear("between-class share of var xᵢ"),
        series: shares,
        contours: None,
    };
    let largest = *sizes.last()?;
    let walk = |label: &str, column: &str| {
        let points = pick(positions, &[("hidden", largest), ("replica", 0.0)], "update", column);
        Series { connect: true, ..Series::points(label, Role::Measurement, points) }
    };
    let position = Panel {
        title: format!("mode 1, M = {largest}, from the uniform mean"),
        x: Axis::linear("t, updates"),
        y: Axis::linear("u₁ and w₁ (units of one flipped bit)"),
        series: vec![
            walk("u₁, data", "data_u"),
            walk("u₁, model samples", "chains_u"),
            walk("w₁, data", "data_w"),
            walk("w₁, model samples", "chains_w"),
        ],
        contours: None,
    };
    Some(Figure {
        name: "T08_symmetry",
        title: "What learning breaks and where it puts information".into(),
        caption:
            "Left: Jensen-Shannon divergence between the entries of W and of its Haar rotation, with its floor for \
                  an unbroken symmetry. Middle: share of each mode's variance that lies between digit classes, test \
                  images. Right: mean positions of data and model samples along the leading mode; jumps are where \
                  two singular values come close and their modes mix."
                .into(),
        panels: vec![js, class, position],
    })
}
