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
//! - MNIST, binarised; PCD-1, Adam, batches of 500; W and b start normal with standard deviation s. Three passes at rate 10⁻³ with up to
//!   128 hidden units; at full scale, 500 to 1200, thirty at 10⁻⁴, the paper's rate. A step of Adam moves the field on a visible unit by about
//!   rate · M/2 with half of the hidden units on, 0.6 at 10⁻³ and M = 1200: three passes there end near independent pixels.
//! - Visible biases start at the logit of the pixel means. With biases near zero instead, the mean image itself drives
//!   a rank-one outlier, whose growth says nothing about structure: it grows alike on independent pixels.
//! - For the linear stage: plain gradient of all images, exact negative phase, a = logit p − Wq.
//!
//! ## Regimes
//! - `mnist`: holds.
//! - `bias-aware`: the number of modes with λ(D_v^(1/2) W D_h^(1/2)) above 1/β, D = diag p(1−p), at a mean-field state, rises in training:
//!   refuted. Alternating p = logistic(a + Wq), q = logistic(b + Wᵀp) descends in a free energy that is convex in each layer, so it ends in
//!   a minimum, where none is above 1, however long the training. Replaced by checks of `mnist`: the largest of these values rises and
//!   does not exceed 1; the number above 4/β of λ(W) itself, which bounds nothing from below, rises.
//!
//! ## Derivation
//! The exact gradient to first order in W for a machine of 3 visible and 2 hidden units with symbolic weights, means
//! and data moments: the hidden means expand as q + q(1−q) W·v, the model's visible law as a product of Bernoulli
//! laws tilted by Wq, and the bias condition a = logit p − Wq cancels the term −D W q qᵀ. For `bias-aware`, two visible and one hidden
//! unit: second derivatives of the free energy have the sign of 1 − λ², a sweep multiplies by λ², and 1/4 − p(1−p) is a square.
//!
//! ## Evidence
//! - Linear stage on MNIST with 8 hidden units against the exact gradient (negative phase by enumeration): the relative
//!   error is first order in W and below 1 % at |W| = 10⁻³.
//! - Untrained: largest singular value against the upper Tracy-Widom tail.
//! - Trained: at least two modes beyond the bulk edge and above 4/β (one mode alone is ink); both numbers grow with the
//!   updates, and with M at equal updates: above 4/β their average over the training, from the smallest M to the largest (at its end they
//!   may be as many); beyond one level, the edge of the largest M, with the logarithm of M. In the linear stage each direction starts at
//!   length s√M, and so reaches any level the sooner the larger M. Beyond the edge of its own bulk, which rises as s(√N + √M), a larger
//!   machine need not have more.
//! - Crossings of 4/β by modes 1 and 3, and of the bulk edge (Tracy-Widom test, in the first sixth of the training at every update, of
//!   thirty passes at every tenth, interpolated in ln λ) by modes 1 and 2, 2 and 8, are apart beyond the scatter of replicas. Modes are
//!   counted, not followed: where vectors are still noise, or two singular values are close, single vectors mix, while the space of the
//!   leading three is kept from record to record.
//! - Largest bias-aware value at the mean-field state of the data's means: rises above 1/2, never above 1.
//! - Leading three left vectors inside the span of the ten principal directions of C − D: more than half when the first mode crosses
//!   4/β, far above Haar vectors at the end.
//! - Jensen-Shannon divergence between W and its Haar rotation above ten standard deviations of its null, and above the floor for M to
//!   infinity by a line in 1/M.
//! - Share of variance between digit classes on test images: leading three modes above the trailing half, and far above chance.
//! - Coarse before fine. Leading three left vectors, seen as images, are smooth: roughness Σ (u_a − u_b)² over neighbouring pixels, below
//!   half of a random vector's 4(1 − 1/√N); roughness rises along the spectrum (rank correlation). Ward's tree of the ten class means
//!   gives nine splits of the classes; of the directions of the coarse ones a sweep keeps more than of the fine ones (modes weighted by the
//!   sweep's factor (βλ/4)², at most 1), by more than what 19 in 20 relabellings of the classes reach (ten classes allow no sharper test).
//! - Probe: test images decoded v → h → v by means, with the trailing three quarters of the left vectors replaced by random ones, or the
//!   leading quarter: the first is still nearer to the images than their pixel means and than the second, by a pixel and more.
//! - Log-likelihood of the test images, bracketed by annealing in both directions, a nat and more above that of independent pixels.
//! - The number of modes beyond the bulk edge grows from a third of the training to its end.
//! - In the space of the leading three modes data leave the uniform mean, and model samples and data are nearer to each other than to
//!   the uniform mean.
//!
//! ## Falsifiers
//! - `bias-shift-dropped`: a = logit p, without −Wq, in the derivation.
//! - `biases-unmatched`: the same in the measurement of the linear stage.
//! - `untrained`: the machine before training presented as trained.
//! - `values-permuted`: each pixel's values permuted across images; C = D, nothing to learn.
//! - `pixels-permuted`: pixels permuted within each image; only the number of pixels that are on is left, one mode at most (above 4/β where M is large).
//! - `noise`: fair bits in the place of pixels.
//! - `labels-permuted`: classes drawn anew; class shares at chance.
//! - `rotated`: trained weights between two Haar rotations. Singular values and their crossings are untouched; divergence, alignment,
//!   smoothness, splits and likelihood fail.
//! - `late-start`: the machine after an eighteenth of the training presented as untrained.
//! - `samples-uniform`: fair bits presented as samples.
//! - `quarter`: variance 1/4 for p(1−p): the bias-aware value would exceed 1.
//! - `equal-strengths`: the leading eight singular values of every record replaced by their mean, so that these modes leave together.
//!
//! Every falsifier names the checks that it must fail, those that it fails by far on every machine; each check is named by at least one.
//!
//! - Positive control `pixels-relabelled`: one fixed permutation of the pixels of all images must change nothing but who is whose
//!   neighbour (roughness is not looked at there).
//!
//! ## Limits
//! Positions are measured from the uniform mean: with biases at logit p the saddle itself starts far away (a/λ with
//! small λ); that training moves the saddle of a machine with small biases is seen in T01. Not every check sees
//! structure: the Jensen-Shannon divergence rises, data leave the uniform mean and samples follow them on independent pixels too, and
//! there a first mode leaves the bulk, now and then a second; 4/β, further modes, alignment, smoothness, splits and class shares tell the difference. Ink
//! alone has class shares, orders the coarse splits of the classes and has a mode, below 4/β where M is small; on images of digits random directions have class shares too. Singular values
//! cannot show that the symmetry is broken, only that the law is not that of independent weights: a rotation leaves them as they are.
//! Which of several mean-field states the chains sit in, and bias-aware values at unstable ones, are not asked. A few epochs at small M, but for full scale. Adam does not follow the linear stage: it takes steps of equal size along coherent
//! gradients however small they are (the cosine between the gradient and its sign, Adam's first step, is among the observations).
//! That more modes lie above 4/β with more hidden units is asked up to M = 1200: after 100 passes of PCD-10 a machine of 3000 had 30 of them, one of 1200 had 34.

use crate::bits::States;
use crate::claim::{
    Case, CheckError, Control, Dossier, Falsifier, Regime, Source, Stage, Statement, Theorem, Variant, Verdict,
    falsifier,
};
use crate::evidence::{ALPHA, Evidence, Interval, Judge, Measurement, Side, Table, TestKind, larger, largest, smaller};
use crate::figure::{Axis, Contours, Figure, Panel, Role, Scale, Series};
use crate::lab::{self, Images, Lab, Snapshot, TrainRequest, Trajectory};
use crate::rbm::Rbm;
use crate::rbm::annealing;
use crate::rbm::gibbs;
use crate::rbm::linalg::{LinalgError, Svd, product, symmetric_eigen, thin_svd};
use crate::rbm::mean_field;
use crate::rbm::reciprocal::unstable_stable;
use crate::rbm::train::{Optimiser, TrainSpec};
use crate::spectra::marchenko_pastur::MarchenkoPastur;
use crate::spectra::{rotation, tracy_widom};
use crate::stat::cluster::{Split, ward};
use crate::symbolic::Derivation;
use crate::symbolic::matrix::Matrix;
use crate::symbolic::poly::Poly;
use crate::{oracle, stat};
use faer::Mat;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use std::collections::BTreeSet;
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
    regimes: &[
        Regime {
            id: "mnist",
            title: "trained on images, visible biases matched to the pixel means",
            expected: Verdict::Holds,
            replaced_by: None,
        },
        Regime {
            id: "bias-aware",
            title: "the number of modes with λ(D_v^(1/2) W D_h^(1/2)) above 1/β, at a mean-field state, rises in training",
            expected: Verdict::Refuted,
            replaced_by: Some(
                "T08 mnist: the largest such value rises and does not exceed 1/β; the number above 4/β (λ of W itself) rises",
            ),
        },
    ],
};

const MNIST: &[&str] = &["mnist"];

/// Every falsifier of the measurement names the checks that it fails by far on every machine, so that chance decides none of them; each check
/// is named by at least one. What it fails besides, now and then or narrowly, is in the kill matrix of the report.
static FALSIFIERS: [Falsifier; 12] = [
    falsifier("bias-shift-dropped", "visible biases logit p without −Wq", Stage::Derivation, MNIST),
    falsifier("biases-unmatched", "linear stage with visible biases logit p without −Wq", Stage::Measurement, MNIST)
        .killing(&[EARLY]),
    falsifier("untrained", "the machine before training presented as trained", Stage::Measurement, MNIST).killing(&[
        SECOND,
        BEYOND,
        GROWTH,
        ABOVE_DOUBLING,
        BEYOND_DOUBLING,
        ABOVE,
        RISES,
        DIVERGENCE,
        DIVERGENCE_LIMIT,
        DISTANCE,
        DECODING,
        LIKELIHOOD,
    ]),
    falsifier("values-permuted", "each pixel's values permuted across images (C = D)", Stage::Measurement, MNIST)
        .killing(&[SECOND, ALIGNED, CLASSES, CLASSES_LEAD, SPLITS, DECODING, LIKELIHOOD]),
    falsifier(
        "pixels-permuted",
        "pixels permuted within each image: only the number of pixels that are on is left",
        Stage::Measurement,
        MNIST,
    )
    .killing(&[SECOND, ROUGHNESS]),
    falsifier("noise", "fair bits for pixels", Stage::Measurement, MNIST).killing(&[
        SECOND,
        ABOVE,
        CLASSES,
        CLASSES_LEAD,
        ROUGHNESS,
        LIKELIHOOD,
    ]),
    falsifier("labels-permuted", "labels of the test images permuted", Stage::Measurement, MNIST)
        .killing(&[CLASSES, CLASSES_LEAD]),
    falsifier(
        "rotated",
        "trained weights between two Haar rotations: the same singular values, random vectors",
        Stage::Measurement,
        MNIST,
    )
    .killing(&[ALIGNED, AT_THE_END, SMOOTH, ROUGHNESS, SPLITS, LIKELIHOOD]),
    falsifier(
        "equal-strengths",
        "the leading eight singular values of every record replaced by their mean: modes leave together",
        Stage::Measurement,
        MNIST,
    )
    .killing(&[CROSSING, LEAVE, EIGHTH]),
    falsifier(
        "late-start",
        "the machine after an eighteenth of the training presented as untrained",
        Stage::Measurement,
        MNIST,
    )
    .killing(&[EDGE]),
    falsifier("samples-uniform", "fair bits presented as samples of the model", Stage::Measurement, MNIST)
        .killing(&[SAMPLES]),
    falsifier("quarter", "variance 1/4 of every unit for p(1−p) in the bias-aware values", Stage::Measurement, MNIST)
        .killing(&[AT_MOST_ONE]),
];

const EARLY: &str = "early-linear-stage";
const EDGE: &str = "untrained-edge";
const SECOND: &str = "second-value";
const BEYOND: &str = "modes-beyond";
const GROWTH: &str = "growth";
const CROSSING: &str = "crossing-order";
const LEAVE: &str = "leaving-order-1-2";
const EIGHTH: &str = "leaving-order-2-8";
const ABOVE: &str = "above-gained";
const ALIGNED: &str = "alignment-at-crossing";
const AT_THE_END: &str = "alignment-at-end";
const ABOVE_DOUBLING: &str = "above-per-doubling";
const BEYOND_DOUBLING: &str = "beyond-per-doubling";
const DIVERGENCE: &str = "divergence";
const DIVERGENCE_LIMIT: &str = "divergence-limit";
const CLASSES: &str = "class-share";
const CLASSES_LEAD: &str = "class-share-lead";
const SMOOTH: &str = "smoothness";
const ROUGHNESS: &str = "roughness-order";
const SPLITS: &str = "coarse-before-fine";
const DECODING: &str = "decoding";
const LIKELIHOOD: &str = "likelihood";
const DISTANCE: &str = "data-leave";
const SAMPLES: &str = "samples-follow";
const RISES: &str = "aware-rises";
const AT_MOST_ONE: &str = "aware-at-most-one";
const AWARE_COUNT: &str = "aware-count";

/// Modes that `equal-strengths` makes equal: all that the checks of order look at.
const EQUAL: usize = 8;

/// Fewest units of either layer: modes 1 to 8 are looked at, and half of the spectrum behind the leading three.
const FEWEST: usize = 8;

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
        Ok(match case.regime.id {
            "bias-aware" => minimum_is_stable(),
            _ => linear_stage(!case.broken("bias-shift-dropped")),
        })
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
        // What is altered, and its control, runs at the smallest size only; the untrained machine has all.
        let all = case.variant == Variant::AsStated || case.broken("untrained");
        let sizes = if all { plan.trained_hidden } else { &plan.trained_hidden[..1] };
        let data = lab.images(images);
        let units = data.train.images.units();
        if units < FEWEST || sizes.iter().any(|&hidden| hidden < FEWEST) {
            return Err(CheckError::Input(format!(
                "modes 1 to 8 are looked at, which needs {FEWEST} visible and hidden units; there are {units} and {sizes:?}"
            )));
        }
        let mut evidence = Evidence::default();
        let mut requests = Vec::new();
        for &hidden in sizes {
            // The scatter between replicas is known from these, the cheapest; a falsifier fails without.
            let more = if case.falsified() || hidden != sizes[0] || plan.scale == lab::Scale::Full { 1 } else { 2 };
            for replica in 0..more * plan.trained_replicas {
                let optimiser = Optimiser::adam(plan.rate);
                let spec = TrainSpec { optimiser, ..TrainSpec::pcd(hidden, plan.epochs, plan.initial_std) };
                let last = plan.epochs as u64 * spec.updates_per_epoch(data.train.images.rows()) as u64;
                let every = |ticks: u64, t: u64| t.is_multiple_of(ticks * tick(last));
                let coarse = |t: u64| every(if t < last / 3 { 10 } else { 20 }, t) || t == last;
                let record = (0..=last).filter(|&t| t <= FINE * tick(last) && every(1, t) || coarse(t)).collect();
                requests.push(TrainRequest { spec, replica, images, record });
            }
        }
        let trained = |(request, trajectory): (&TrainRequest, Arc<Trajectory>)| -> Result<Machine, CheckError> {
            let updates = trajectory.end()?.update;
            let trajectory = altered(&case, lab, trajectory, request.replica)?;
            Ok(Machine { hidden: request.spec.hidden, updates, trajectory })
        };
        let machines: Vec<Machine> =
            requests.iter().zip(lab.trained_all(&requests)?).map(trained).collect::<Result<_, _>>()?;
        lab.progress("T08 modes of the trained machines");
        if case.regime.id == "bias-aware" {
            bias_aware_count(&machines, &data.train.images, &data.train.labels, &mut evidence)?;
            return Ok(evidence);
        }
        let moments = Moments::of(&data.train.images);
        early_stage_check(&case, lab, &data.train.images, &moments, &mut evidence)?;
        let principal = principal_directions(&moments, 10)?;
        let (visible, shape) = (units, (data.height, data.width));
        let classes = data.test.labels.iter().collect::<BTreeSet<_>>().len();
        let haar = rotation::haar_orthogonal(visible, &mut lab.stream("T08", &case, "haar", 0));
        let mut labels = data.test.labels.clone();
        if case.broken("labels-permuted") {
            labels.shuffle(&mut lab.stream("T08", &case, "labels", 0));
        }
        let few: Vec<usize> = (0..data.test.images.rows().min(DECODED)).collect();
        let reference = Reference {
            images: &data.test.images,
            labels: &labels,
            principal: &principal,
            haar: &haar,
            shape,
            means: &moments.means,
            held_back: data.test.images.means(),
            initial_std: plan.initial_std,
            splits: SplitDirections::of(
                &data.train.images,
                &data.train.labels,
                &mut lab.stream("T08", &case, "classes", 0),
            ),
            few: data.test.images.select(&few),
            shown: SHOWN.iter().filter_map(|class| data.test.labels.iter().position(|label| label == class)).collect(),
            quarter: case.broken("quarter"),
        };
        let histories = machines
            .par_iter()
            .enumerate()
            .map(|(at, machine)| {
                let streams =
                    [lab.stream("T08", &case, "haar-hidden", at), lab.stream("T08", &case, "rotated-directions", at)];
                History::of(machine, &reference, streams)
            })
            .collect::<Result<Vec<_>, _>>()?;
        learning_checks(&histories, (&data.test.images, classes as f64), visible, plan.initial_std, &mut evidence)?;
        hierarchy_checks(&histories, visible, &mut evidence)?;
        if !case.control("pixels-relabelled") {
            smoothness_check(&histories, shape, &mut evidence);
        }
        likelihoods(&case, lab, &machines, &moments.means, &data.test.images, &mut evidence)?;
        evidence.tables.extend(tables(&histories));
        let mut image = Table::new("image", &["height", "width"]);
        image.rows.push(vec![shape.0 as f64, shape.1 as f64]);
        evidence.tables.push(image);
        if all {
            evidence.tables.extend(pictures(&histories, &machines)?);
        }
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
            counts_figure(&regime.evidence, grey),
            positions_figure(&regime.evidence),
            likelihood_figure(&regime.evidence),
            digits_figure(&regime.evidence),
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

/// Mean-field states and the bias-aware values: N = 2, M = 1, everything symbolic. Every entry of D_v^(1/2) W D_h^(1/2) is one of a
/// single column, so that its one singular value λ has λ² = e (w₁²d₁ + w₂²d₂), d and e the variances of the units.
fn minimum_is_stable() -> Derivation {
    let (one, zero) = (Poly::int(1), Poly::int(0));
    let [p, w, d] = [["p₁", "p₂"], ["w₁", "w₂"], ["d₁", "d₂"]].map(|pair| pair.map(Poly::var));
    let e = Poly::var("e");
    let square = &e * (&w[0] * &w[0] * &d[0] + &w[1] * &w[1] * &d[1]);
    let mut steps = Derivation::new();

    // The free energy −a·p − b·q − p·Wq − Σ entropies has second derivatives 1/p(1−p) within and −W between layers: over one layer
    // alone it is convex, so that each half step of p = logistic(a + Wq), q = logistic(b + Wᵀp) is its minimum. Rows times variances:
    let rows = vec![
        vec![one.clone(), zero.clone(), -(&d[0] * &w[0])],
        vec![zero.clone(), one.clone(), -(&d[1] * &w[1])],
        vec![-(&e * &w[0]), -(&e * &w[1]), one.clone()],
    ];
    let hessian = Matrix::from_rows(rows);
    steps.equal(
        "second derivatives of the free energy: determinant times variances is 1 − λ²",
        &hessian.determinant(),
        &(&one - &square),
    );

    // One sweep: p → q = b + Wᵀp → p moves p by D_v W D_h Wᵀ, which multiplies D_v W by λ².
    let moved = |i: usize| &d[i] * &w[i] * &e * (&w[0] * &d[0] * &w[0] + &w[1] * &d[1] * &w[1]);
    for i in 0..2 {
        steps.equal(
            &format!("a sweep multiplies the direction D_v W by λ², unit {}", i + 1),
            &moved(i),
            &(&square * &d[i] * &w[i]),
        );
    }

    // λ = 4 is not enough: variances are at most 1/4, λ² = λ_W² d e <= λ_W²/16.
    let spread = |p: &Poly| p * (&one - p);
    let gap = Poly::ratio(1, 4) - spread(&p[0]);
    let half = &p[0] - &Poly::ratio(1, 2);
    steps.equal("1/4 − p(1−p) = (p − 1/2)², never negative: below 4/β nothing is unstable", &gap, &(&half * &half));
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

/// Hidden units of the machine at the beginning of learning: few enough to enumerate.
const EARLY_HIDDEN: usize = 8;

/// The linear stage against the exact gradient, at |W| = 10⁻³ and half of it.
fn early_stage_check(
    case: &Case<'_>,
    lab: &Lab,
    images: &States,
    moments: &Moments,
    evidence: &mut Evidence,
) -> Result<(), CheckError> {
    const M: usize = EARLY_HIDDEN;
    // A pixel that never changes has an infinite bias and decouples: only the others enter.
    let live: Vec<usize> = (0..images.units()).filter(|&j| moments.means[j] > 0.0 && moments.means[j] < 1.0).collect();
    let n = live.len();
    let mut rng = lab.stream("T08", case, "linear-stage", 0);
    let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
    let direction: Vec<f64> = (0..n * M).map(|_| normal()).collect();
    let hidden_bias: [f64; M] = std::array::from_fn(|_| normal());
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
    evidence.measurements.push(Measurement::new(
        EARLY,
        "early linear stage: relative error of (C − D) W diag(q(1−q)) at |W| = 0.001",
        full,
        0.0,
        Judge::Truncation {
            order: 1.0,
            measured_order: (full / half).log2(),
            bound: 0.01,
            because: "the next order is of relative size |W| times the number of lit pixels, root-mean-square",
        },
    ));
    Ok(())
}

/// ⟨vᵢ P(hₖ = 1 | v)⟩ over the images, `live` pixels only, N x M row-major; parallel over images in parts of fixed size.
fn positive_phase(images: &States, live: &[usize], w: &[f64], hidden_bias: &[f64; EARLY_HIDDEN]) -> Vec<f64> {
    const M: usize = EARLY_HIDDEN;
    const PART: usize = 5_000;
    let mut place = vec![usize::MAX; images.units()];
    for (at, &j) in live.iter().enumerate() {
        place[j] = at;
    }
    let rows = w.as_chunks::<M>().0;
    let part = |first: usize| {
        let mut sums = vec![[0.0; M]; live.len()];
        let mut lit = Vec::new();
        for row in first..(first + PART).min(images.rows()) {
            lit.clear();
            lit.extend(images.ones(row).map(|j| place[j]).filter(|&j| j != usize::MAX));
            let mut fields = *hidden_bias;
            for &j in &lit {
                (0..M).for_each(|k| fields[k] += rows[j][k]);
            }
            let means = fields.map(|z| 1.0 / (1.0 + libm::exp(-z)));
            for &j in &lit {
                (0..M).for_each(|k| sums[j][k] += means[k]);
            }
        }
        sums
    };
    let firsts: Vec<usize> = (0..images.rows()).step_by(PART).collect();
    let parts: Vec<Vec<[f64; M]>> = firsts.into_par_iter().map(part).collect();
    let mut total = vec![0.0; live.len() * M];
    for sums in &parts {
        total.iter_mut().zip(sums.as_flattened()).for_each(|(total, sum)| *total += sum / images.rows() as f64);
    }
    total
}

/// Inverse temperature times singular value at which a mode turns unstable in the Gaussian picture (β = 1).
const CRITICAL: f64 = 4.0;

/// Bins of the weight histograms: wide enough that a null histogram has counts in nearly all of them.
const JS_BINS: usize = 200;

/// Number of leading modes whose class share and alignment are looked at.
const LEADING: usize = 3;

/// Every [`tick`] up to this one is recorded: modes leave the bulk there.
const FINE: u64 = 60;

/// Test images that are decoded.
const DECODED: usize = 500;

/// Digits of the pictures.
const SHOWN: [u8; 6] = [0, 1, 2, 3, 4, 7];

/// Relabellings of the ten classes that give the null law of a tree of classes.
const RELABELLINGS: usize = 199;

/// One machine's training, as the case has it.
struct Machine {
    hidden: usize,
    /// Updates of its training, whatever of it a falsifier leaves.
    updates: u64,
    trajectory: Arc<Trajectory>,
}

/// What a falsifier makes of a trained machine.
fn altered(
    case: &Case<'_>,
    lab: &Lab,
    trained: Arc<Trajectory>,
    replica: usize,
) -> Result<Arc<Trajectory>, CheckError> {
    let all = || trained.snapshots.iter();
    let end = trained.end()?.update;
    let snapshots: Vec<Snapshot> = if case.broken("untrained") {
        all().take(1).cloned().collect()
    } else if case.broken("late-start") {
        all().filter(|snapshot| snapshot.update >= 20 * tick(end)).cloned().collect()
    } else if case.broken("samples-uniform") {
        let mut rng = lab.stream("T08", case, "uniform", replica);
        let chains = &trained.end()?.chains;
        let fair = States::from_fn(chains.rows(), chains.units(), |_, _| rng.random::<bool>());
        all().map(|snapshot| Snapshot { chains: fair.clone(), ..snapshot.clone() }).collect()
    } else if case.broken("equal-strengths") {
        let levelled = |snapshot: &Snapshot| -> Result<Snapshot, CheckError> {
            let svd = thin_svd(snapshot.machine.to_f64().weights_view());
            let svd = svd.map_err(CheckError::while_doing("T08 modes of one strength"))?;
            let mean = svd.singular_values[..EQUAL].iter().sum::<f64>() / EQUAL as f64;
            let mut weights = snapshot.machine.weights.clone();
            for (at, weight) in weights.iter_mut().enumerate() {
                let (j, k) = (at / snapshot.machine.hidden, at % snapshot.machine.hidden);
                let change = |i: usize| (mean - svd.singular_values[i]) * svd.u[(j, i)] * svd.v[(k, i)];
                *weight += (0..EQUAL).map(change).sum::<f64>() as f32;
            }
            Ok(Snapshot { machine: Rbm { weights, ..snapshot.machine.clone() }, ..snapshot.clone() })
        };
        trained.snapshots.par_iter().map(levelled).collect::<Result<_, _>>()?
    } else if case.broken("rotated") {
        let machine = &trained.end()?.machine;
        let mut rng = lab.stream("T08", case, "rotated", replica);
        let [left, right] = [machine.visible, machine.hidden].map(|n| rotation::haar_orthogonal(n, &mut rng));
        let rotated = |snapshot: &Snapshot| {
            // Column by column, N x M.
            let turned = rotation::rotate(snapshot.machine.to_f64().weights_view(), left.as_ref(), right.as_ref());
            let (n, m) = (machine.visible, machine.hidden);
            let weights = (0..n * m).map(|at| turned[at % m * n + at / m] as f32).collect();
            Snapshot { machine: Rbm { weights, ..snapshot.machine.clone() }, ..snapshot.clone() }
        };
        all().filter(|snapshot| is_coarse(snapshot.update, end)).map(rotated).collect()
    } else {
        return Ok(trained);
    };
    Ok(Arc::new(Trajectory { snapshots }))
}

/// Singular values as square roots of the eigenvalues of WᵀW: good to √eps λ₁, and four times as fast as a decomposition of W.
fn leading_values(machine: &Rbm) -> Result<Vec<f64>, LinalgError> {
    let w = machine.weights_view();
    let gram = product(w.transpose(), w);
    Ok(symmetric_eigen(gram.as_ref())?.values.iter().rev().map(|square| square.max(0.0).sqrt()).collect())
}

/// The singular value with Tracy-Widom p-value [`ALPHA`], for an untrained N x M machine.
fn beyond_the_bulk(visible: usize, hidden: usize, s: f64) -> f64 {
    let (mut low, mut high) = (0.0, 2.0 * s * ((visible as f64).sqrt() + (hidden as f64).sqrt()));
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        let inside = tracy_widom::survival(tracy_widom::edge_statistic(middle, visible, hidden, s)) >= ALPHA;
        if inside { low = middle } else { high = middle }
    }
    high
}

/// Updates in one part of a training of `end` updates: one in three passes over MNIST, ten where Adam's rate is a tenth and the training
/// ten times as long.
fn tick(end: u64) -> u64 {
    (end / 360).max(1)
}

/// Whether all of a record is analysed, or its singular values only.
fn is_coarse(update: u64, end: u64) -> bool {
    update.is_multiple_of(10 * tick(end)) || update == end
}

/// Pixel space along the tree of the ten class means, and along trees of relabelled classes.
struct SplitDirections {
    /// Unit vectors between the means of both sides of a split, coarsest first, one a column.
    own: Mat<f64>,
    /// The same splits of classes whose names were exchanged, one relabelling after the other.
    relabelled: Mat<f64>,
}

impl SplitDirections {
    fn of(images: &States, labels: &[u8], rng: &mut impl Rng) -> Self {
        let means = class_means(images, labels);
        let tree = ward(&means);
        let along = |names: &[usize]| -> Vec<Vec<f64>> {
            let mean =
                |side: &[usize], j: usize| side.iter().map(|&c| means[names[c]][j]).sum::<f64>() / side.len() as f64;
            let between = |split: &Split| {
                let d: Vec<f64> = (0..means[0].len()).map(|j| mean(&split.left, j) - mean(&split.right, j)).collect();
                let length = d.iter().map(|d| d * d).sum::<f64>().sqrt();
                d.into_iter().map(|d| d / length).collect()
            };
            tree.iter().map(between).collect()
        };
        let mut names: Vec<usize> = (0..means.len()).collect();
        let own = along(&names);
        let relabelled: Vec<Vec<f64>> = (0..RELABELLINGS)
            .flat_map(|_| {
                names.shuffle(rng);
                along(&names)
            })
            .collect();
        let columns = |all: &[Vec<f64>]| Mat::from_fn(means[0].len(), all.len(), |j, k| all[k][j]);
        Self { own: columns(&own), relabelled: columns(&relabelled) }
    }

    /// Share of every direction, a column each, that a sweep keeps: squared overlaps with the left vectors, weighted by the sweep's factor
    /// (βλ/4)², at most 1. A count of modes above 4/β would jump where one is near.
    fn captured(directions: &Mat<f64>, svd: &Svd) -> Vec<f64> {
        let kept: Vec<f64> = svd.singular_values.iter().map(|l| (l / CRITICAL).powi(2).min(1.0)).collect();
        let overlaps = product(svd.u.transpose(), directions.as_ref());
        let share = |k: usize| kept.iter().zip(overlaps.col(k).iter()).map(|(kept, x)| kept * x * x).sum();
        (0..directions.ncols()).map(share).collect()
    }

    /// Mean share of the coarser half of the splits minus that of the finer half.
    fn lead(captured: &[f64]) -> f64 {
        let (coarse, fine) = captured.split_at(captured.len() / 2);
        let mean = |shares: &[f64]| shares.iter().sum::<f64>() / shares.len() as f64;
        mean(coarse) - mean(fine)
    }
}

/// Mean image of each class, in the order of the labels.
fn class_means(images: &States, labels: &[u8]) -> Vec<Vec<f64>> {
    let classes: BTreeSet<u8> = labels.iter().copied().collect();
    let mean = |class: &u8| {
        let rows: Vec<usize> = (0..labels.len()).filter(|&row| labels[row] == *class).collect();
        images.select(&rows).means()
    };
    classes.iter().map(mean).collect()
}

/// Test images sent up and down once by means, with some directions of W turned away.
struct Probe {
    /// Σ over pixels of (mean − pixel)², averaged over images: the whole machine, its trailing three quarters rotated, its leading
    /// quarter rotated, everything rotated; and the pixel means in the place of the decoded.
    errors: [f64; 5],
    /// The images of [`SHOWN`] and their decodings by the first three.
    rows: [Vec<Vec<f64>>; 4],
}

impl Probe {
    fn of(machine: &Rbm, svd: &Svd, reference: &Reference<'_>, rng: &mut impl Rng) -> Self {
        let r = svd.singular_values.len();
        let quarter = r / 4;
        let images = &reference.few;
        let seen = Mat::from_fn(machine.visible, images.rows(), |j, row| f64::from(u8::from(images.get(row, j))));
        let mut rows = [const { Vec::new() }; 4];
        let shown = || reference.shown.iter().filter(|&&row| row < images.rows());
        rows[0] = shown().map(|&row| images.to_f64(row)).collect();
        let mut errors = [0.0; 5];
        for (at, turned) in [0..0, quarter..r, 0..quarter, 0..r].into_iter().enumerate() {
            let u = if turned.is_empty() { svd.u.clone() } else { turned_away(&svd.u, turned, rng) };
            let scaled = Mat::from_fn(machine.visible, r, |j, i| u[(j, i)] * svd.singular_values[i]);
            let weights = product(scaled.as_ref(), svd.v.transpose());
            let decoded = decode(machine, &weights, &seen);
            let square =
                |row: usize| (0..machine.visible).map(|j| (decoded[(j, row)] - seen[(j, row)]).powi(2)).sum::<f64>();
            errors[at] = (0..images.rows()).map(square).sum::<f64>() / images.rows() as f64;
            if let Some(row) = rows.get_mut(at + 1) {
                *row = shown().map(|&row| decoded.col(row).iter().copied().collect()).collect();
            }
        }
        let plain =
            |row: usize| (0..machine.visible).map(|j| (reference.means[j] - seen[(j, row)]).powi(2)).sum::<f64>();
        errors[4] = (0..images.rows()).map(plain).sum::<f64>() / images.rows() as f64;
        Self { errors, rows }
    }
}

/// Means of v after v → h → v by means, N x images.
fn decode(machine: &Rbm, weights: &Mat<f64>, seen: &Mat<f64>) -> Mat<f64> {
    let logistic = |z: f64| 1.0 / (1.0 + libm::exp(-z));
    let fields = product(weights.transpose(), seen.as_ref());
    let hidden =
        Mat::from_fn(machine.hidden, seen.ncols(), |k, row| logistic(machine.hidden_bias[k] + fields[(k, row)]));
    let fields = product(weights.as_ref(), hidden.as_ref());
    Mat::from_fn(machine.visible, seen.ncols(), |j, row| logistic(machine.visible_bias[j] + fields[(j, row)]))
}

/// U with the columns `turned` replaced by random orthonormal ones, orthogonal to the others: a Haar rotation of what the others
/// leave free.
fn turned_away(u: &Mat<f64>, turned: std::ops::Range<usize>, rng: &mut impl Rng) -> Mat<f64> {
    let mut out = u.clone();
    let mut fixed: Vec<usize> = (0..u.ncols()).filter(|i| !turned.contains(i)).collect();
    for i in turned {
        let mut column: Vec<f64> = (0..u.nrows()).map(|_| StandardNormal.sample(rng)).collect();
        // Gram and Schmidt, twice for rounding.
        for _ in 0..2 {
            for &k in &fixed {
                let along: f64 = column.iter().zip(out.col(k).iter()).map(|(c, u)| c * u).sum();
                column.iter_mut().zip(out.col(k).iter()).for_each(|(c, u)| *c -= along * u);
            }
        }
        let length = column.iter().map(|c| c * c).sum::<f64>().sqrt();
        column.iter().enumerate().for_each(|(j, c)| out[(j, i)] = c / length);
        fixed.push(i);
    }
    out
}

/// What one machine did during its training.
struct History {
    hidden: usize,
    /// Updates of the whole training.
    updates: u64,
    /// Where singular values are beyond the untrained bulk.
    edge: f64,
    /// (update, singular values) of every record, between analysed ones from WᵀW.
    values: Vec<(u64, Vec<f64>)>,
    records: Vec<Recorded>,
    /// Reconstructions with directions rotated, at the end.
    probe: Option<Probe>,
    /// [`SplitDirections::lead`] at the end, and that of every relabelling, ascending.
    lead: (f64, Vec<f64>),
    /// Share of the leading left vectors inside the principal directions, when mode 1 crosses 4/β (else at the end).
    alignment: f64,
    /// Between-class share of the variance of each mode on the test images, at the end.
    class_shares: Vec<f64>,
    /// (JS divergence − floor) / standard deviation of the null, at the end.
    js_excess: f64,
    /// Roughness of every left vector, at the end.
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
    saddle: [[f64; 2]; LEADING],
    js: f64,
    js_floor: f64,
    /// Largest singular value of D_v^(1/2) W D_h^(1/2) at the mean-field state reached from the data's means.
    aware: f64,
    /// Share of the leading left vectors inside the principal directions.
    inside: f64,
    /// Share of the leading left vectors inside those of the record before; NaN for the first.
    kept: f64,
    /// [`SplitDirections::captured`] of every split of classes.
    captured: Vec<f64>,
}

/// What the snapshots of all machines are compared with.
struct Reference<'a> {
    images: &'a States,
    labels: &'a [u8],
    principal: &'a Mat<f64>,
    haar: &'a Mat<f64>,
    /// Height and width of an image.
    shape: (usize, usize),
    /// Pixel means of the images to learn from, and of those held back.
    means: &'a [f64],
    held_back: Vec<f64>,
    initial_std: f64,
    splits: SplitDirections,
    /// Images to decode, and which of them are shown.
    few: States,
    shown: Vec<usize>,
    /// Variance 1/4 in the bias-aware values.
    quarter: bool,
}

impl History {
    fn of(
        machine: &Machine,
        reference: &Reference<'_>,
        [mut rng, mut turning]: [ChaCha8Rng; 2],
    ) -> Result<Self, CheckError> {
        let doing = || CheckError::while_doing("T08 modes of a snapshot");
        let (hidden, snapshots) = (machine.hidden, &machine.trajectory.snapshots);
        let end = machine.trajectory.end()?.update;
        let haar_hidden = rotation::haar_orthogonal(hidden, &mut rng);
        let mut before: Option<Mat<f64>> = None;
        let mut history = Self {
            hidden,
            updates: machine.updates,
            edge: beyond_the_bulk(reference.means.len(), hidden, reference.initial_std),
            values: Vec::new(),
            records: Vec::new(),
            probe: None,
            lead: (f64::NAN, Vec::new()),
            alignment: f64::NAN,
            class_shares: Vec::new(),
            js_excess: f64::NAN,
            roughness: Vec::new(),
            modes: Vec::new(),
        };
        let mut crossed = false;
        for (at, snapshot) in snapshots.iter().enumerate() {
            let machine = snapshot.machine.to_f64();
            if !is_coarse(snapshot.update, end) {
                history.values.push((snapshot.update, leading_values(&machine).map_err(doing())?));
                continue;
            }
            let svd = thin_svd(machine.weights_view()).map_err(doing())?;
            let last = at + 1 == snapshots.len();
            if !crossed && (svd.singular_values[0] > CRITICAL || last) {
                crossed = true;
                history.alignment = inside(&svd.u, LEADING, reference.principal);
            }
            // The histogram of a rotated matrix is the dearest step: first, last, and where the figure needs it.
            let (mut js, mut js_floor) = (f64::NAN, f64::NAN);
            if at == 0 || last || snapshot.update.is_multiple_of(60 * tick(end)) {
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
                history.roughness = (0..svd.u.ncols()).map(|i| roughness(&column(i), reference.shape)).collect();
                let means = &reference.held_back;
                let pointed = |i: usize| {
                    let mode = column(i);
                    let along: f64 = mode.iter().zip(means).map(|(u, mean)| u * (mean - 0.5)).sum();
                    mode.into_iter().map(|u| if along < 0.0 { -u } else { u }).collect()
                };
                history.modes = (0..LEADING.min(svd.u.ncols())).map(pointed).collect();
                history.probe = Some(Probe::of(&machine, &svd, reference, &mut turning));
            }
            let [data, chains] = mean_positions(&svd, snapshot, reference);
            let captured = SplitDirections::captured(&reference.splits.own, &svd);
            if last {
                let relabelled = SplitDirections::captured(&reference.splits.relabelled, &svd);
                let mut null: Vec<f64> = relabelled.chunks(captured.len().max(1)).map(SplitDirections::lead).collect();
                null.sort_by(f64::total_cmp);
                history.lead = (SplitDirections::lead(&captured), null);
            }
            // With 1/4 for every variance D_v^(1/2) W D_h^(1/2) is W/4, whatever the state.
            let aware = match reference.quarter {
                true => svd.singular_values[0] / CRITICAL,
                false => mean_field::relaxed(&machine, reference.means)
                    .map_err(CheckError::while_doing("T08 mean-field state"))?
                    .map_or(f64::NAN, |state| state.stability[0]),
            };
            history.values.push((snapshot.update, svd.singular_values.clone()));
            history.records.push(Recorded {
                update: snapshot.update,
                data,
                chains,
                saddle: saddle(&svd, &machine, &reference.held_back),
                js,
                js_floor,
                aware,
                inside: inside(&svd.u, LEADING, reference.principal),
                kept: before.as_ref().map_or(f64::NAN, |before| inside(&svd.u, LEADING, before)),
                captured,
                singular_values: svd.singular_values,
            });
            before = Some(svd.u.subcols(0, LEADING.min(svd.u.ncols())).to_owned());
        }
        Ok(history)
    }

    fn last(&self) -> &Recorded {
        &self.records[self.records.len() - 1]
    }

    /// Update at which singular value `i` crosses 4/β; none when it does not during the training.
    fn crossing(&self, i: usize) -> Option<f64> {
        self.passes(i, CRITICAL)
    }

    /// Update at which singular value `i` first passes `level`, interpolated in ln λ; none when it does not during the training.
    fn passes(&self, i: usize, level: f64) -> Option<f64> {
        let found = self.values.windows(2).find(|w| w[0].1[i] <= level && w[1].1[i] > level);
        found.map(|w| {
            let (low, high) = (w[0].1[i].ln(), w[1].1[i].ln());
            let share = (level.ln() - low) / (high - low);
            w[0].0 as f64 + share * (w[1].0 - w[0].0) as f64
        })
    }

    /// Limits of ln(t_b/t_a) of two updates; what does not happen during the training may happen at any time after it.
    fn apart(&self, a: Option<f64>, b: Option<f64>) -> Interval {
        let end = self.updates as f64;
        match (a, b) {
            (Some(a), Some(b)) => Interval::point((b / a).ln()),
            (Some(a), None) => Interval::exact((end / a).ln(), f64::INFINITY),
            (None, Some(b)) => Interval::exact(f64::NEG_INFINITY, (b / end).ln()),
            (None, None) => Interval::exact(f64::NEG_INFINITY, f64::INFINITY),
        }
    }

    /// True when singular value `l` lies beyond the edge of the untrained bulk, by its Tracy-Widom p-value.
    fn beyond(&self, l: f64) -> bool {
        l > self.edge
    }

    /// Number of singular values beyond the edge of the untrained bulk in one snapshot.
    fn modes_beyond(&self, record: &Recorded) -> usize {
        record.singular_values.iter().take_while(|&&l| self.beyond(l)).count()
    }

    /// The same at the end.
    fn learned_modes(&self) -> usize {
        self.modes_beyond(self.last())
    }

    /// Update at which singular value `i` leaves the untrained bulk, at least one [`tick`]: before, there is nothing to interpolate from. None
    /// when it does not during the training.
    fn leaves_the_bulk(&self, i: usize) -> Option<f64> {
        let least = tick(self.updates) as f64;
        self.passes(i, self.edge).map(|update| if update < least { least } else { update })
    }

    /// Number of singular values above 4/β at every record, with its update.
    fn above(&self) -> Vec<(f64, f64)> {
        let count = |values: &[f64]| values.iter().filter(|&&l| l > CRITICAL).count() as f64;
        self.records.iter().map(|record| (record.update as f64, count(&record.singular_values))).collect()
    }

    /// Its average over all updates, from the crossings.
    fn mean_above(&self) -> f64 {
        let length = self.updates as f64;
        (0..self.last().singular_values.len()).filter_map(|i| self.crossing(i)).map(|t| 1.0 - t / length).sum()
    }

    /// Largest bias-aware value of all records; NaN where a mean-field state was not found.
    fn most_aware(&self) -> f64 {
        largest(self.records.iter().map(|record| record.aware))
    }

    /// Its least-squares slope against updates times the length of the training; 0 for a single record, in which nothing is gained.
    fn gained(&self) -> f64 {
        let (updates, counts): (Vec<f64>, Vec<f64>) = self.above().into_iter().unzip();
        if updates.len() == 1 {
            return 0.0;
        }
        let length = updates[updates.len() - 1] - updates[0];
        stat::regression::linear_fit(&updates, &counts, 0.99).map_or(f64::NAN, |fit| fit.slope * length)
    }
}

/// Where data and model samples lie along the leading modes: (u_c, w_c) of each from the uniform mean; signs: data
/// positive along x.
fn mean_positions(svd: &Svd, snapshot: &Snapshot, reference: &Reference<'_>) -> [[[f64; 2]; LEADING]; 2] {
    let along = |modes: &Mat<f64>, i: usize, values: &[f64]| -> f64 {
        values.iter().enumerate().map(|(j, value)| modes[(j, i)] * (value - 0.5)).sum()
    };
    let data = &reference.held_back;
    let chains = snapshot.chains.means();
    [(reference.images, data), (&snapshot.chains, &chains)].map(|(states, visible)| {
        let hidden = hidden_mean(&snapshot.machine, states);
        std::array::from_fn(|i| {
            let sign = if along(&svd.u, i, data) < 0.0 { -1.0 } else { 1.0 };
            let (x, y) = (sign * along(&svd.u, i, visible), sign * along(&svd.v, i, &hidden));
            let (u, w) = unstable_stable(x, y);
            [u, w]
        })
    })
}

/// (u_c, w_c) of the saddle along the leading modes, measured from the uniform mean; signs as in [`mean_positions`].
fn saddle(svd: &Svd, machine: &Rbm, means: &[f64]) -> [[f64; 2]; LEADING] {
    let (n, m) = (machine.visible, machine.hidden);
    let w = machine.weights_view();
    let half = |values: &mut dyn Iterator<Item = f64>| 0.5 * values.sum::<f64>();
    let field_v: Vec<f64> = (0..n).map(|j| machine.visible_bias[j] + half(&mut (0..m).map(|k| w[(j, k)]))).collect();
    let field_h: Vec<f64> = (0..m).map(|k| machine.hidden_bias[k] + half(&mut (0..n).map(|j| w[(j, k)]))).collect();
    let along = |modes: &Mat<f64>, i: usize, values: &[f64]| -> f64 {
        values.iter().enumerate().map(|(j, value)| modes[(j, i)] * value).sum()
    };
    let data: Vec<f64> = means.iter().map(|mean| mean - 0.5).collect();
    std::array::from_fn(|i| {
        let scale = if along(&svd.u, i, &data) < 0.0 { 1.0 } else { -1.0 } / svd.singular_values[i];
        let (u, w) = unstable_stable(scale * along(&svd.v, i, &field_h), scale * along(&svd.u, i, &field_v));
        [u, w]
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

/// Σ (u_a − u_b)² over pairs of neighbouring pixels of an image of `height` x `width`; a random unit vector has [`random_roughness`].
fn roughness(mode: &[f64], (height, width): (usize, usize)) -> f64 {
    let at = |row: usize, column: usize| mode[row * width + column];
    let across: f64 = (0..height).flat_map(|r| (1..width).map(move |c| (at(r, c) - at(r, c - 1)).powi(2))).sum();
    let down: f64 = (1..height).flat_map(|r| (0..width).map(move |c| (at(r, c) - at(r - 1, c)).powi(2))).sum();
    across + down
}

/// Mean [`roughness`] of a uniform unit vector: E (u_a − u_b)² = 2/N over height(width − 1) + (height − 1)width pairs, N = height · width.
fn random_roughness((height, width): (usize, usize)) -> f64 {
    2.0 * (2.0 - 1.0 / width as f64 - 1.0 / height as f64)
}

/// Leading left vectors as images are smooth.
fn smoothness_check(histories: &[History], shape: (usize, usize), evidence: &mut Evidence) {
    let random = random_roughness(shape);
    let smooth = |h: &History| 1.0 - h.roughness[..LEADING].iter().sum::<f64>() / LEADING as f64 / random;
    evidence.measurements.push(effect(
        SMOOTH,
        "smoothness of the leading three left vectors as images, worst machine",
        range(histories.iter().map(smooth)),
        0.5,
        "more than half of a random vector's roughness gone",
    ));
    evidence.measurements.push(effect(
        ROUGHNESS, "rank correlation of a left vector's roughness with its place in the spectrum, artanh, worst machine",
        range(histories.iter().map(|h| rank_correlation(&h.roughness).atanh())),
        7.0 * 1.03 / (histories.iter().map(|h| h.roughness.len()).min().unwrap_or(4) as f64 - 3.0).sqrt(),
        "seven standard deviations of r values in random order: 1.03/√(r − 3) (Fieller, Hartley and Pearson, Biometrika 44 (1957) 470)",
    ));
}

/// Spearman's correlation of values with their places.
fn rank_correlation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let rank = |x: &f64| values.iter().filter(|y| *y < x).count() as f64;
    let squares: f64 = values.iter().enumerate().map(|(at, x)| (rank(x) - at as f64).powi(2)).sum();
    1.0 - 6.0 * squares / (n * (n * n - 1.0))
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
    machines: &[Machine],
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
    const COLUMNS: [&str; 7] = ["hidden", "update", "middle", "half", "independent", "ln_z", "ln_z_half"];
    let mut table = Table::new("likelihood", &COLUMNS);
    let (mut gains, largest) = (Vec::new(), machines.iter().map(|machine| machine.hidden).max());
    let mut before = None;
    for Machine { hidden, trajectory, .. } in machines {
        if before.replace(*hidden) == Some(*hidden) {
            continue; // a further replica
        }
        let snapshots = &trajectory.snapshots;
        let last = snapshots.len() - 1;
        // The whole training of the largest of several sizes is for the figure.
        let whole = Some(*hidden) == largest && machines[0].hidden != *hidden;
        for (at, snapshot) in snapshots.iter().enumerate() {
            if at != last && !(whole && snapshot.update.is_multiple_of(60 * tick(snapshots[last].update))) {
                continue;
            }
            let key = |way: &str| lab.key("T08", case, &format!("{way} {hidden} {}", snapshot.update));
            let (betas, chains) = (if lab.plan().scale == lab::Scale::Full { 2000 } else { 200 }, 100);
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
                0.5 * (bracket.lower + bracket.upper),
                0.5 * (bracket.upper - bracket.lower).abs(),
            ]);
            if at == last {
                gains.push((smaller(low, high) - independent, larger(low, high) - independent));
                evidence.observations.push((format!("M = {hidden}: log-likelihood of a test image at least"), low));
                evidence.observations.push((format!("M = {hidden}: and at most"), high));
            }
        }
    }
    let gain = Interval { low: range(gains.iter().map(|g| g.0)).low, ..range(gains.iter().map(|g| g.1)) };
    evidence.measurements.push(effect(
        LIKELIHOOD, "log-likelihood of the test images above independent pixels, bracket of annealing over all sizes (nats an image)",
        gain,
        1.0,
        "independent pixels know the means only; where pixels are independent nothing can be above them by a nat",
    ));
    evidence.tables.push(table);
    Ok(())
}

/// Smallest and largest of one value per machine.
fn range(values: impl Iterator<Item = f64>) -> Interval {
    Interval::envelope(values)
}

/// Variance between replicas of one size of a value that not every machine has, pooled over sizes; none where no two replicas have it.
fn replica_variance(histories: &[History], value: &dyn Fn(&History) -> Option<f64>) -> Option<f64> {
    let (mut squares, mut degrees) = (0.0, 0);
    for group in histories.chunk_by(|a, b| a.hidden == b.hidden) {
        let values: Vec<f64> = group.iter().filter_map(value).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        squares += values.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
        degrees += values.len().saturating_sub(1);
    }
    (degrees > 0).then(|| squares / degrees as f64)
}

/// Mean over machines of an update, where all of them have it.
fn mean_update(group: &[History], value: &dyn Fn(&History) -> Option<f64>) -> Option<f64> {
    let values: Vec<f64> = group.iter().map(value).collect::<Option<_>>()?;
    Some(values.iter().sum::<f64>() / values.len() as f64)
}

/// Smallest to largest of limits.
fn hull(limits: impl Iterator<Item = Interval>) -> Interval {
    let limits: Vec<Interval> = limits.collect();
    let high = Interval::envelope(limits.iter().map(|of| of.high)).high;
    Interval { high, ..Interval::envelope(limits.iter().map(|of| of.low)) }
}

fn effect(id: &str, name: &str, values: Interval, at_least: f64, because: &'static str) -> Measurement {
    // The worst machine decides.
    let judge = Judge::Effect { effect: values, at_least, because };
    Measurement::new(id, name, values.low, at_least, judge)
}

/// What a bias-aware value is above 1.
fn at_most_one(name: &str, value: f64, visible: usize) -> Measurement {
    let because = "the iteration descends to a minimum of the free energy, where all are at most 1";
    let judge = Judge::Rounding { factor: 64.0, n: visible, scale: 1.0, because };
    Measurement::new(AT_MOST_ONE, name, larger(value - 1.0, 0.0), 0.0, judge)
}

fn learning_checks(
    histories: &[History],
    (images, classes): (&States, f64),
    visible: usize,
    s: f64,
    evidence: &mut Evidence,
) -> Result<(), CheckError> {
    let images = images.rows();
    // Between-class share of n independent values in k classes: mean (k − 1)/(n − 1), variance close to 2(k − 1)/(n − 1)².
    let chance = (classes - 1.0 + 10.0 * (2.0 * (classes - 1.0)).sqrt()) / (images as f64 - 1.0);
    let of = |f: &dyn Fn(&History) -> f64| range(histories.iter().map(f));
    let length = |z: &[[f64; 2]; LEADING]| separation(z, &[[0.0; 2]; LEADING]);

    let edges = histories
        .iter()
        .map(|history| tracy_widom::edge_statistic(history.records[0].singular_values[0], visible, history.hidden, s));
    let statistic = largest(edges);
    let p_value = smaller(tracy_widom::survival(statistic) * histories.len() as f64, 1.0);
    evidence.measurements.push(Measurement::new(
        EDGE,
        "untrained: largest singular value of all machines, Tracy-Widom units",
        statistic,
        tracy_widom::MEAN,
        Judge::Statistical {
            test: TestKind::TracyWidom,
            statistic,
            p_value,
            alpha: ALPHA,
            detects: "an outlier 10 Tracy-Widom units beyond the edge".into(),
        },
    ));
    evidence.measurements.extend([
        effect(
            SECOND,
            "trained: second singular value, worst machine",
            of(&|h| h.last().singular_values[1]),
            CRITICAL,
            "beta lambda = 4; one mode alone may be the amount of ink",
        ),
        effect(
            BEYOND,
            "trained: modes beyond the untrained bulk edge, worst machine",
            of(&|h| h.learned_modes() as f64),
            1.5,
            "at least two: one mode alone may be the amount of ink",
        ),
    ]);

    // Successive, beyond the scatter of replicas of one size; where no two replicas cross there is none, and any distance counts.
    let scatter = replica_variance(histories, &|h| h.crossing(0).map(f64::ln)).map_or(0.0, f64::sqrt);
    evidence.measurements.push(effect(
        CROSSING,
        "modes 1 and 3 cross 4/β apart, ln(t₃/t₁), worst machine",
        hull(histories.iter().map(|h| h.apart(h.crossing(0), h.crossing(LEADING - 1)))),
        scatter,
        "standard deviation of ln t₁ between replicas of one size",
    ));

    evidence.measurements.extend([
        effect(
            ALIGNED,
            "leading three left vectors inside ten principal directions of C − D, worst machine",
            of(&|h| h.alignment),
            0.5,
            "more than half of each direction; chance is 10/N",
        ),
        effect(
            DIVERGENCE,
            "JS divergence above its floor, in standard deviations of its null, worst machine",
            of(&|h| h.js_excess),
            10.0,
            "far outside the law of an unbroken symmetry",
        ),
        effect(
            CLASSES_LEAD,
            "class share of the leading three modes minus the trailing half, worst machine",
            of(&|h| {
                let mean = |shares: &[f64]| shares.iter().sum::<f64>() / shares.len() as f64;
                mean(&h.class_shares[..LEADING]) - mean(&h.class_shares[h.class_shares.len() / 2..])
            }),
            chance,
            "class information sits in the leading modes; ten standard deviations of a share of meaningless labels",
        ),
        effect(
            CLASSES,
            "class share of the leading three modes, worst machine",
            of(&|h| h.class_shares[..LEADING].iter().sum::<f64>() / LEADING as f64),
            chance,
            "ten standard deviations above chance: Beta((k − 1)/2, (n − k)/2) for n images in k classes",
        ),
        effect(
            GROWTH,
            "modes beyond the bulk edge, growth from a third of the training to its end, worst machine",
            of(&|h| {
                let third = h.last().update / 3;
                let at = h.records.iter().find(|record| record.update >= third).unwrap_or(h.last());
                h.learned_modes() as f64 - h.modes_beyond(at) as f64
            }),
            0.5,
            "at least one mode more",
        ),
        effect(
            DISTANCE,
            "data leave the uniform mean in the leading three modes, growth of the distance, worst machine",
            of(&|h| length(&h.last().data) - length(&h.records[0].data)),
            0.5,
            "one thermal standard deviation of u under the uniform measure",
        ),
    ]);
    let distance = of(&|h| length(&h.last().data)).low;
    // Samples that ignore the data stay where they are in the visible layer; hidden means follow the weights and biases anyway.
    let follow = of(&|h| {
        separation(&h.last().chains, &h.last().data) / smaller(length(&h.last().chains), length(&h.last().data))
    });
    evidence.measurements.push(Measurement::new(SAMPLES, "model samples in the leading three modes: distance from the data over the smaller of both distances from the uniform mean, worst machine", follow.high, 0.0, Judge::Equivalence {
            discrepancy: follow,
            bound: 1.0 - 40.0 * 0.5 / 500f64.sqrt() / distance,
            because: "samples and data are nearer to each other than to the uniform mean, by ten times the error that two means of 500 fair bits give the ratio half way",
        }));

    let sizes: Vec<f64> = histories.iter().map(|h| (h.hidden as f64).log2()).collect();
    if sizes.iter().any(|&size| size != sizes[0]) {
        let ends = range(sizes.iter().copied());
        let doublings = ends.high - ends.low;
        let updates = range(histories.iter().map(|h| h.updates as f64)).high;
        let at = |size: f64| histories.iter().filter(move |h| (h.hidden as f64).log2() == size);
        let pairs = at(ends.high).flat_map(|large| at(ends.low).map(|small| large.mean_above() - small.mean_above()));
        evidence.measurements.push(effect(
            ABOVE_DOUBLING,
            "modes above 4/β a doubling of M, average over equal updates, largest against smallest M, worst pair",
            range(pairs.map(|gained| gained / doublings)),
            1.0 / updates / doublings,
            "one mode more during one update, over the whole range of M, is the least that there can be",
        ));
        let level = range(histories.iter().map(|h| h.edge)).high;
        let beyond = |h: &History| h.last().singular_values.iter().filter(|&&l| l > level).count() as f64;
        let counts: Vec<f64> = histories.iter().map(beyond).collect();
        let fit = stat::regression::linear_fit(&sizes, &counts, 0.99)
            .map_err(CheckError::while_doing("T08 growth with M"))?;
        evidence.measurements.push(Measurement::new(
            BEYOND_DOUBLING,
            "modes beyond the bulk edge of the largest M, a doubling of M",
            fit.slope,
            0.0,
            Judge::Effect {
                effect: fit.slope_interval,
                at_least: 0.5 / doublings,
                because: "a larger hidden layer learns more modes: half a mode over the whole range of M",
            },
        ));
    }
    for group in histories.chunk_by(|a, b| a.hidden == b.hidden) {
        let mean = |f: &dyn Fn(&History) -> f64| group.iter().map(f).sum::<f64>() / group.len() as f64;
        let mut note = |what: String, value: f64| {
            evidence.observations.push((format!("M = {}: {what}, mean over replicas", group[0].hidden), value));
        };
        let above = |h: &History| h.last().singular_values.iter().filter(|&&l| l > CRITICAL).count() as f64;
        note("modes above 4/β at the end".into(), mean(&above));
        note("modes beyond the untrained bulk at the end".into(), mean(&|h| h.learned_modes() as f64));
        note("edge of the untrained bulk".into(), group[0].edge);
        for i in 0..LEADING {
            let mode = i + 1;
            let when = [
                (format!("update at which mode {mode} leaves the bulk"), mean_update(group, &|h| h.leaves_the_bulk(i))),
                (format!("update at which mode {mode} crosses 4/β"), mean_update(group, &|h| h.crossing(i))),
            ];
            when.into_iter().for_each(|(what, mean)| mean.into_iter().for_each(|mean| note(what.clone(), mean)));
        }
    }
    Ok(())
}

/// Vectors, coarse before fine, and what single directions do.
fn hierarchy_checks(histories: &[History], visible: usize, evidence: &mut Evidence) -> Result<(), CheckError> {
    let of = |f: &dyn Fn(&History) -> f64| range(histories.iter().map(f));
    let n = visible as f64;

    let scatter = |mode: usize| replica_variance(histories, &|h| h.leaves_the_bulk(mode).map(f64::ln)).unwrap_or(0.0);
    for (id, a, b) in [(LEAVE, 0, 1), (EIGHTH, 1, 7)] {
        let apart = |h: &History| h.apart(h.leaves_the_bulk(a), h.leaves_the_bulk(b));
        evidence.measurements.push(effect(
            id,
            &format!("modes {} and {} leave the bulk apart, ln(t/t), worst machine", a + 1, b + 1),
            hull(histories.iter().map(apart)),
            (scatter(a) + scatter(b)).sqrt(),
            "standard deviation of the difference between replicas of one size",
        ));
    }
    evidence.measurements.extend([
        effect(
            ABOVE, "modes above 4/β gained in training, slope against updates, worst machine",
            of(&History::gained),
            0.5,
            "at least one mode more",
        ),
        effect(
            RISES, "bias-aware value at the mean-field state of the data's means: the largest of the training rises, worst machine",
            of(&History::most_aware),
            0.5,
            "a mode's variance is raised by 1/(1 − λ²) over that of independent units: by a third at 1/2",
        ),
        effect(
            AT_THE_END, "vectors at the end: share of the leading three inside ten principal directions of C − D, worst machine",
            of(&|h| h.last().inside),
            (10.0 + 10.0 * (20.0f64 / 3.0).sqrt()) / n,
            "ten standard deviations above Haar vectors: each share is Beta(5, (N − 10)/2), mean 10/N, variance 20/N²",
        ),
        effect(
            SPLITS, "coarse before fine: share of the coarse splits of classes that a sweep keeps minus that of the fine ones, \
             less what 1 in 20 relabellings of the classes reach, worst machine",
            of(&|h| h.lead.0 - h.lead.1.get(h.lead.1.len() * 95 / 100).copied().unwrap_or(f64::NAN)),
            10.0 / n,
            "with the ten classes exchanged the splits have no order: mean 0; ten random directions hold 10/N of any",
        ),
        effect(
            DECODING, "decoding with the trailing three quarters of the modes rotated: error below that of the pixel means and of the leading \
             quarter rotated (pixels an image), worst machine",
            of(&|h| {
                let errors = h.probe.as_ref().map_or([f64::NAN; 5], |probe| probe.errors);
                smaller(errors[2] - errors[1], errors[4] - errors[1])
            }),
            1.0,
            "one pixel an image",
        ),
    ]);
    evidence.measurements.push(at_most_one(
        "bias-aware value at the mean-field state of the data's means: what the largest of the training is above 1, worst machine",
        of(&History::most_aware).high,
        visible,
    ));

    let sizes: Vec<f64> = histories.iter().map(|h| 1.0 / h.hidden as f64).collect();
    if sizes.iter().any(|&size| size != sizes[0]) {
        let values: Vec<f64> = histories.iter().map(|h| h.last().js).collect();
        let fit = stat::regression::linear_fit(&sizes, &values, 0.99)
            .map_err(CheckError::while_doing("T08 divergence against 1/M"))?;
        evidence.measurements.push(Measurement::new(DIVERGENCE_LIMIT, "JS divergence for M to infinity, by a line in 1/M (nats)", fit.intercept, 0.0, Judge::Effect {
                effect: fit.intercept_interval,
                at_least: of(&|h| h.last().js_floor).high,
                because: "an unbroken symmetry leaves its floor, which vanishes as 1/M: less than the floor at the smallest M",
            }));
    }

    for group in histories.chunk_by(|a, b| a.hidden == b.hidden) {
        let mean = |f: &dyn Fn(&History) -> f64| group.iter().map(f).sum::<f64>() / group.len() as f64;
        let mut note = |what: &str, value: f64| {
            evidence.observations.push((format!("M = {}: {what}, mean over replicas", group[0].hidden), value));
        };
        for i in [1, 7] {
            let when = mean_update(group, &|h| h.leaves_the_bulk(i));
            when.into_iter().for_each(|mean| note(&format!("update at which mode {} leaves the bulk", i + 1), mean));
        }
        note("modes above 4/β, average over the training", mean(&History::mean_above));
        note("bias-aware value, largest of the training", mean(&History::most_aware));
        note("bias-aware value at the end", mean(&|h| h.last().aware));
        let kept = |h: &History| {
            let late = h.records.iter().filter(|r| r.update > FINE * tick(h.updates));
            late.fold(1.0, |least: f64, r| smaller(least, r.kept))
        };
        note("least share of the leading three left vectors kept from record to record", mean(&kept));
        let half = |h: &History, first: bool| {
            let (coarse, fine) = h.last().captured.split_at(h.last().captured.len() / 2);
            let shares = if first { coarse } else { fine };
            shares.iter().sum::<f64>() / shares.len() as f64
        };
        note("share of the coarser half of the splits that a sweep keeps", mean(&|h| half(h, true)));
        note("share of the finer half of the splits that a sweep keeps", mean(&|h| half(h, false)));
        let reached = |h: &History| h.lead.1.iter().filter(|x| **x >= h.lead.0).count() as f64;
        note(
            "share of relabelled classes with splits as much in order",
            mean(&|h| (1.0 + reached(h)) / (1.0 + RELABELLINGS as f64)),
        );
        let what = [
            "the whole machine",
            "trailing three quarters rotated",
            "leading quarter rotated",
            "all rotated",
            "pixel means",
        ];
        for (at, what) in what.iter().enumerate() {
            let error = |h: &History| h.probe.as_ref().map_or(f64::NAN, |probe| probe.errors[at]);
            note(&format!("error of decoding, {what} (pixels an image)"), mean(&error));
        }
    }
    Ok(())
}

/// The number of modes with bias-aware value above 1 at the mean-field state that the data's means lead to, at both ends of the
/// training, and how many such states the means of the classes lead to.
fn bias_aware_count(
    machines: &[Machine],
    images: &States,
    labels: &[u8],
    evidence: &mut Evidence,
) -> Result<(), CheckError> {
    let means = images.means();
    let classes = class_means(images, labels);
    let state = |snapshot: &Snapshot, start: &[f64]| {
        mean_field::relaxed(&snapshot.machine.to_f64(), start).map_err(CheckError::while_doing("T08 mean-field state"))
    };
    let counted = |machine: &Machine| -> Result<([f64; 4], f64), CheckError> {
        let ends = [machine.trajectory.snapshots.first(), machine.trajectory.snapshots.last()];
        let (mut counts, mut values) = ([f64::NAN, f64::NAN, 0.0, 0.0], Vec::new());
        for (count, snapshot) in counts.iter_mut().zip(ends) {
            let Some(state) = snapshot.map(|snapshot| state(snapshot, &means)).transpose()?.flatten() else { continue };
            *count = state.stability.iter().filter(|&&value| value > 1.0).count() as f64;
            values.push(state.stability[0]);
        }
        let mut states: Vec<Vec<f64>> = Vec::new();
        for start in &classes {
            let Some(found) = state(machine.trajectory.end()?, start)? else {
                counts[3] += 1.0;
                continue;
            };
            values.push(found.stability[0]);
            let near = |other: &Vec<f64>| other.iter().zip(&found.visible).all(|(a, b)| (a - b).abs() < 1e-3);
            if !states.iter().any(near) {
                states.push(found.visible);
            }
        }
        counts[2] = states.len() as f64;
        Ok((counts, largest(values)))
    };
    let counts = machines.par_iter().map(counted).collect::<Result<Vec<_>, _>>()?;
    evidence.measurements.push(effect(
        AWARE_COUNT, "modes with bias-aware value above 1 at the mean-field state of the data's means, gained in training, worst machine",
        range(counts.iter().map(|([first, last, ..], _)| last - first)),
        0.5,
        "at least one mode more",
    )
    .refuting(Side::Below));
    // Near a fold the iteration does not settle in its steps, and the value there is not known; where no class mean settles, none is.
    let settled = |([.., states, _], value): &([f64; 4], f64)| if *states > 0.0 { *value } else { f64::NAN };
    evidence.measurements.push(at_most_one(
        "bias-aware value at the mean-field states of the data's means, first and last, and of the class means that settle, last: what the largest is above 1",
        largest(counts.iter().map(settled)),
        images.units(),
    ));
    for (machine, ([.., states, _], _)) in machines.iter().zip(&counts) {
        evidence.observations.push((
            format!("M = {}: mean-field states reached from the class means at the end", machine.hidden),
            *states,
        ));
    }
    let unsettled = counts.iter().map(|([.., unsettled], _)| unsettled).sum();
    evidence.observations.push(("class means whose iteration did not settle, over all machines".into(), unsettled));
    Ok(())
}

/// Samples and decodings of the largest machine, for pictures.
fn pictures(histories: &[History], machines: &[Machine]) -> Result<Vec<Table>, CheckError> {
    let mut samples = Table::new("samples", &["hidden", "image", "pixel"]);
    let mut decoded = Table::new("decoded", &["hidden", "row", "image", "pixel", "shade"]);
    let Some(largest) = machines.iter().map(|machine| machine.hidden).max() else { return Ok(vec![samples, decoded]) };
    for (machine, history) in machines.iter().zip(histories).filter(|(machine, _)| machine.hidden == largest).take(1) {
        let chains = &machine.trajectory.end()?.chains;
        for image in 0..chains.rows().min(4 * SHOWN.len()) {
            samples.rows.extend(chains.ones(image).map(|pixel| vec![largest as f64, image as f64, pixel as f64]));
        }
        for (row, images) in history.probe.iter().flat_map(|probe| probe.rows.iter().enumerate()) {
            for (at, image) in images.iter().enumerate() {
                let dark = image.iter().enumerate().filter(|(_, shade)| **shade > 0.15);
                decoded.rows.extend(
                    dark.map(|(pixel, &shade)| vec![largest as f64, row as f64, at as f64, pixel as f64, shade]),
                );
            }
        }
    }
    Ok(vec![samples, decoded])
}

fn tables(histories: &[History]) -> Vec<Table> {
    let mut values = Table::new("singular-values", &["hidden", "replica", "update", "mode", "lambda"]);
    const POSITIONS: [&str; 13] = [
        "hidden", "replica", "update", "data_u", "data_w", "chains_u", "chains_w", "saddle_u", "saddle_w", "data",
        "chains", "saddle", "apart",
    ];
    let mut positions = Table::new("positions", &POSITIONS);
    let mut symmetry = Table::new("symmetry", &["hidden", "replica", "update", "js", "floor"]);
    let mut vectors = Table::new("vectors", &["hidden", "replica", "update", "inside", "aware", "above"]);
    let mut captured = Table::new("captured", &["hidden", "replica", "update", "split", "share"]);
    let mut decoding = Table::new("decoding", &["hidden", "replica", "whole", "trailing", "leading", "all"]);
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
                let centre = [[0.0; 2]; LEADING];
                let lengths = [&record.data, &record.chains, &record.saddle].map(|z| separation(z, &centre));
                let apart = [separation(&record.chains, &record.data)];
                let leading = [&record.data[0][..], &record.chains[0], &record.saddle[0]];
                positions.rows.push([&at[..], &leading.concat(), &lengths, &apart].concat());
                let above = record.singular_values.iter().filter(|&&l| l > CRITICAL).count() as f64;
                vectors.rows.push([&at[..], &[record.inside, record.aware, above]].concat());
                let shares = record.captured.iter().enumerate();
                captured.rows.extend(shares.map(|(k, &share)| [&at[..], &[(k + 1) as f64, share]].concat()));
                if record.js.is_finite() {
                    symmetry.rows.push([&at[..], &[record.js, record.js_floor]].concat());
                }
            }
            if let Some(probe) = &history.probe {
                decoding.rows.push([&id[..], &probe.errors[..4]].concat());
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
    vec![values, positions, symmetry, classes, roughnesses, spectra, pictures, vectors, captured, decoding]
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

/// Height and width of an image in pixels.
fn image_shape(evidence: &Evidence) -> Option<(usize, usize)> {
    let row = evidence.table("image")?.rows.first()?;
    Some((row[0] as usize, row[1] as usize))
}

fn modes_figure(evidence: &Evidence, grey: Option<&Evidence>) -> Option<Figure> {
    let [pictures, rough, spectra, captured] =
        ["modes", "roughness", "spectra", "captured"].map(|name| evidence.table(name));
    let (pictures, rough, spectra, captured) = (pictures?, rough?, spectra?, captured?);
    let sizes = distinct(spectra, "hidden");
    let largest = *sizes.last()?;
    let (height, width) = image_shape(evidence)?;
    let mut panels = Vec::new();
    for mode in 1..=LEADING {
        let pixels = pick(pictures, &[("hidden", largest), ("mode", mode as f64)], "pixel", "u");
        let grid = |length: usize| (0..length).map(|at| at as f64).collect::<Vec<f64>>();
        // Rows of an image go down, the axis goes up.
        let z = (0..pixels.len()).map(|at| pixels[(height - 1 - at / width) * width + at % width].1).collect();
        panels.push(Panel {
            title: format!("left vector {mode}, M = {largest}"),
            x: Axis::linear("column (pixels)"),
            y: Axis::linear("row from below (pixels)"),
            series: Vec::new(),
            contours: Some(Contours { label: "u_j".into(), x: grid(width), y: grid(height), z }),
        });
    }
    let mut by_mode: Vec<Series> = grey
        .and_then(|e| e.table("roughness"))
        .map(|table| {
            Series::line("independent pixels", Role::Falsifier, pick(table, &[("replica", 0.0)], "mode", "roughness"))
        })
        .into_iter()
        .collect();
    by_mode.extend(sizes.iter().map(|&hidden| {
        let points = pick(rough, &[("hidden", hidden), ("replica", 0.0)], "mode", "roughness");
        Series::points(&format!("M = {hidden}"), Role::Measurement, points)
    }));
    let random = random_roughness((height, width));
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
    let mut shares: Vec<Series> = Vec::new();
    for split in distinct(captured, "split") {
        let points = pick(captured, &[("hidden", largest), ("replica", 0.0), ("split", split)], "update", "share");
        let coarse = split <= 4.0;
        let role = if coarse { Role::Measurement } else { Role::Guide };
        shares.push(Series { connect: true, ..Series::points(&format!("split {split}"), role, points) });
    }
    panels.push(Panel {
        title: format!("splits of the classes, coarse (1) to fine (9), M = {largest}"),
        x: Axis::linear("t, updates"),
        y: Axis::linear("share that a sweep keeps"),
        series: shares,
        contours: None,
    });
    Some(Figure {
        name: "T08_modes",
        title: "What the modes of a trained machine look like".into(),
        caption: "Top: leading left singular vectors as images. Bottom left: roughness of every left vector, leading modes are smooth; \
                  independent pixels in grey. Middle: singular values after training. Right: how much of the directions that split \
                  the ten classes, by Ward's tree of their means, a sweep keeps, modes weighted by (βλ/4)², at most 1: coarse splits \
                  (solid) before fine ones (dashed)."
            .into(),
        panels,
    })
}

fn symmetry_figure(evidence: &Evidence, grey: Option<&Evidence>) -> Option<Figure> {
    let (symmetry, classes, vectors) =
        (evidence.table("symmetry")?, evidence.table("classes")?, evidence.table("vectors")?);
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
    let last = *distinct(symmetry, "update").last()?;
    let against = |column: &str, fixed: &[(&str, f64)]| -> Vec<(f64, f64)> {
        let ends = pick(symmetry, fixed, "hidden", column);
        ends.into_iter().map(|(hidden, js)| (1.0 / hidden, js)).collect()
    };
    let size = Panel {
        title: format!("against the size, update {last}"),
        x: Axis::linear("1/M"),
        y: Axis::log("JS divergence from rotated W (nats)"),
        series: vec![
            Series::points("trained machines", Role::Measurement, against("js", &[("update", last)])),
            Series::line(
                "floor of an unbroken symmetry",
                Role::Guide,
                against("floor", &[("update", last), ("replica", 0.0)]),
            ),
        ],
        contours: None,
    };
    let updates = distinct(vectors, "update");
    let ends = [*updates.first()?, *updates.last()?];
    let chance = 10.0 / distinct(evidence.table("modes")?, "pixel").len() as f64;
    let mut inside: Vec<Series> = grey
        .and_then(|e| e.table("vectors"))
        .map(|table| pick(table, &[("replica", 0.0)], "update", "inside"))
        .map(|points| Series::line("independent pixels", Role::Falsifier, points))
        .into_iter()
        .collect();
    inside.extend(sizes.iter().map(|&hidden| {
        let points = pick(vectors, &[("hidden", hidden), ("replica", 0.0)], "update", "inside");
        Series { connect: true, ..Series::points(&format!("M = {hidden}"), Role::Measurement, points) }
    }));
    inside.push(Series::line("Haar vectors, 10/N", Role::Guide, ends.map(|t| (t, chance)).to_vec()));
    let vector = Panel {
        title: "vectors".into(),
        x: Axis::linear("t, updates"),
        y: Axis::log("share of u₁ to u₃ in ten directions of C − D"),
        series: inside,
        contours: None,
    };
    Some(Figure {
        name: "T08_symmetry",
        title: "What learning breaks and where it puts information".into(),
        caption:
            "Top: Jensen-Shannon divergence between the entries of W and of its Haar rotation, with its floor for an unbroken \
                  symmetry, during training and against 1/M. Bottom: share of the leading left vectors inside the ten principal \
                  directions of the data, and share of each mode's variance that lies between digit classes, test images."
                .into(),
        panels: vec![js, size, vector, class],
    })
}

fn counts_figure(evidence: &Evidence, grey: Option<&Evidence>) -> Option<Figure> {
    let (vectors, spectra, edges) = (evidence.table("vectors")?, evidence.table("spectra")?, evidence.table("edges")?);
    let sizes = distinct(vectors, "hidden");
    let updates = distinct(vectors, "update");
    let ends = [*updates.first()?, *updates.last()?];
    let traced = |column: &str, label: &str, level: f64| -> Vec<Series> {
        let falsified = grey
            .and_then(|e| e.table("vectors"))
            .map(|table| pick(table, &[("replica", 0.0)], "update", column))
            .map(|points| Series::line("independent pixels", Role::Falsifier, points));
        let own = sizes.iter().map(|&hidden| {
            let points = pick(vectors, &[("hidden", hidden), ("replica", 0.0)], "update", column);
            Series { connect: true, ..Series::points(&format!("M = {hidden}"), Role::Measurement, points) }
        });
        let guide = (!label.is_empty()).then(|| Series::line(label, Role::Guide, ends.map(|t| (t, level)).to_vec()));
        falsified.into_iter().chain(own).chain(guide).collect()
    };
    // Density in ln λ, so that modes far apart are seen alike.
    let density = sizes.iter().map(|&hidden| {
        let logs: Vec<f64> = pick(spectra, &[("hidden", hidden)], "share", "lambda").iter().map(|p| p.1.ln()).collect();
        let bars = crate::figure::histogram(&logs, 0.1f64.ln(), 20f64.ln(), 18);
        let points = bars.into_iter().map(|(x, y)| (x.exp(), y)).collect();
        Series { connect: true, ..Series::points(&format!("M = {hidden}, trained"), Role::Measurement, points) }
    });
    let bulk = pick(edges, &[], "hidden", "edge").into_iter().map(|(hidden, edge)| {
        Series::line(&format!("edge of the untrained bulk, M = {hidden}"), Role::Guide, vec![(edge, 0.0), (edge, 0.8)])
    });
    Some(Figure {
        name: "T08_counts",
        title: "Modes against training and hidden units".into(),
        caption: "Left: density of the singular values of trained machines; untrained ones end at the dashed edges. Middle: number of \
                  modes above 4/β. Right: largest singular value of D_v^(1/2) W D_h^(1/2) at the mean-field state reached from the \
                  data's means; it cannot exceed 1 there. Grey: independent pixels."
            .into(),
        panels: vec![
            Panel {
                title: "singular values after training".into(),
                x: Axis::log("λ, singular value (energy)"),
                y: Axis::linear("density of ln λ"),
                series: density.chain(bulk).collect(),
                contours: None,
            },
            Panel {
                title: "plain count".into(),
                x: Axis::linear("t, updates"),
                y: Axis::linear("modes with λ above 4/β"),
                series: traced("above", "", 0.0),
                contours: None,
            },
            Panel {
                title: "bias-aware value".into(),
                x: Axis::linear("t, updates"),
                y: Axis::linear("λ₁(D_v^(1/2) W D_h^(1/2))"),
                series: traced("aware", "limit of stability", 1.0),
                contours: None,
            },
        ],
    })
}

fn positions_figure(evidence: &Evidence) -> Option<Figure> {
    let positions = evidence.table("positions")?;
    let largest = *distinct(positions, "hidden").last()?;
    let updates = distinct(positions, "update");
    let ends = [*updates.first()?, *updates.last()?];
    let walk = |label: &str, column: &str| {
        let points = pick(positions, &[("hidden", largest), ("replica", 0.0)], "update", column);
        Series { connect: true, ..Series::points(label, Role::Measurement, points) }
    };
    let mean = || Series::line("μ, uniform mean", Role::Guide, ends.map(|t| (t, 0.0)).to_vec());
    let far = |column: &str| {
        let saddle = pick(positions, &[("hidden", largest), ("replica", 0.0)], "update", column);
        let far = saddle.iter().rposition(|(_, z)| z.abs() >= 25.0).map_or(0, |at| at + 1);
        let label = "saddle, once nearer than 25";
        Series { connect: true, ..Series::points(label, Role::Measurement, saddle[far..].to_vec()) }
    };
    let panel = |title: &str, y: Axis, series: Vec<Series>| Panel {
        title: title.into(),
        x: Axis::linear("t, updates"),
        y,
        series,
        contours: None,
    };
    Some(Figure {
        name: "T08_positions",
        title: format!("Where data and model lie, M = {largest}"),
        caption: "Left and middle: mean positions along the leading mode, from the uniform mean μ; jumps are where two singular values \
                  come close and their modes mix. Right: distances in the space of the leading three modes. The saddle starts far away, \
                  at a/λ with small λ, and comes near; data and samples leave μ together."
            .into(),
        panels: vec![
            panel(
                "u₁",
                Axis::linear("u₁ (units of one flipped bit)"),
                vec![walk("test data", "data_u"), walk("Gibbs samples", "chains_u"), far("saddle_u"), mean()],
            ),
            panel(
                "w₁",
                Axis::linear("w₁ (units of one flipped bit)"),
                vec![walk("test data", "data_w"), walk("Gibbs samples", "chains_w"), far("saddle_w"), mean()],
            ),
            panel(
                "leading three modes",
                Axis::log("distance (units of one flipped bit)"),
                vec![
                    walk("test data from μ", "data"),
                    walk("Gibbs samples from μ", "chains"),
                    walk("saddle from μ", "saddle"),
                    walk("samples from data", "apart"),
                ],
            ),
        ],
    })
}

fn likelihood_figure(evidence: &Evidence) -> Option<Figure> {
    let likelihood = evidence.table("likelihood")?;
    let largest = *distinct(likelihood, "hidden").last()?;
    let of = |column: &str| pick(likelihood, &[("hidden", largest)], "update", column);
    let bracketed = |middle: &str, half: &str| Series {
        errors: of(half).into_iter().map(|(_, half)| half).collect(),
        connect: true,
        ..Series::points("between the bounds of annealing", Role::Measurement, of(middle))
    };
    let panel = |title: &str, y: &str, series: Vec<Series>| Panel {
        title: format!("{title}, M = {largest}"),
        x: Axis::linear("t, updates"),
        y: Axis::linear(y),
        series,
        contours: None,
    };
    Some(Figure {
        name: "T08_likelihood",
        title: "Partition function and likelihood during training".into(),
        caption: "ln Z and the mean log-likelihood of test images, every sixth of the training; bars are the bracket of annealing forward (from \
                  independent units) and backward (from the persistent chains). Grey: independent pixels with the images' means."
            .into(),
        panels: vec![
            panel("ln Z", "ln Z (nats)", vec![bracketed("ln_z", "ln_z_half")]),
            panel(
                "log-likelihood",
                "ln p of a test image (nats)",
                vec![
                    Series::line("independent pixels", Role::Falsifier, of("independent")),
                    bracketed("middle", "half"),
                ],
            ),
        ],
    })
}

/// Images and what the machine makes of them.
fn digits_figure(evidence: &Evidence) -> Option<Figure> {
    let (samples, decoded, decoding) =
        (evidence.table("samples")?, evidence.table("decoded")?, evidence.table("decoding")?);
    let largest = *distinct(samples, "hidden").last()?;
    let (height, width) = image_shape(evidence)?;
    let across = SHOWN.len();
    // Place of a pixel in a mosaic of four rows of images, two white pixels between; rows of images go down, the axis goes up.
    let place = |row: usize, column: usize, pixel: f64| {
        let pixel = pixel as usize;
        let down = row * (height + 2) + pixel / width;
        ((column * (width + 2) + pixel % width) as f64, (4 * (height + 2) - 1 - down) as f64)
    };
    let drawn: Vec<(f64, f64, f64)> = pick(samples, &[("hidden", largest)], "image", "pixel")
        .into_iter()
        .map(|(image, pixel)| {
            let (x, y) = place(image as usize / across, image as usize % across, pixel);
            (x, y, 1.0)
        })
        .collect();
    let shown: Vec<(f64, f64, f64)> = decoded
        .rows
        .iter()
        .map(|row| {
            let (x, y) = place(row[1] as usize, row[2] as usize, row[3]);
            (x, y, row[4])
        })
        .collect();
    let mosaic = |title: String, label: &str, pixels: &[(f64, f64, f64)]| Panel {
        title,
        x: Axis::linear("column (pixels)"),
        y: Axis::linear("row from below (pixels)"),
        series: vec![Series::pixels(label, Role::Measurement, pixels)],
        contours: None,
    };
    let error = |label: &str, column: &str| {
        let points = pick(decoding, &[], "hidden", column);
        Series::points(label, Role::Measurement, points)
    };
    Some(Figure {
        name: "T08_digits",
        title: "What the machine draws, and which directions carry it".into(),
        caption: "Left: samples of the persistent chains at the end. Middle, from the top: test images; decoded v → h → v by means; with \
                  the trailing three quarters of the left vectors rotated at random; with the leading quarter rotated. \
                  Right: error of decoding for these, all machines."
            .into(),
        panels: vec![
            mosaic(format!("samples, M = {largest}"), "pixel on", &drawn),
            mosaic(format!("test images decoded, M = {largest}"), "mean of the pixel", &shown),
            Panel {
                title: "error of decoding".into(),
                x: Axis::log("M, hidden units"),
                y: Axis::linear("Σ (mean − pixel)² an image"),
                series: vec![
                    error("as trained", "whole"),
                    error("trailing 3/4 rotated", "trailing"),
                    error("leading 1/4 rotated", "leading"),
                    error("all rotated", "all"),
                ],
                contours: None,
            },
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Outcome;
    use rand::SeedableRng;

    #[test]
    fn rank_correlations_have_their_hand_computed_values() {
        assert_eq!([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0], [2.0, 1.0, 3.0]].map(|x| rank_correlation(&x)), [1.0, -1.0, 0.5]);
    }

    #[test]
    fn directions_turned_away_leave_the_others_and_stay_orthonormal() {
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        let u = rotation::haar_orthogonal(11, rng).subcols(0, 5).to_owned();
        let turned = turned_away(&u, 1..3, rng);
        let dot = |a: &Mat<f64>, i: usize, b: &Mat<f64>, k: usize| (0..11).map(|j| a[(j, i)] * b[(j, k)]).sum::<f64>();
        for i in 0..5 {
            for k in 0..5 {
                assert!((dot(&turned, i, &turned, k) - f64::from(u8::from(i == k))).abs() < 1e-14, "{i} {k}");
            }
            let kept = (dot(&turned, i, &u, i) - 1.0).abs() < 1e-14;
            assert_eq!(kept, !(1..3).contains(&i), "{i}");
        }
    }

    #[test]
    fn splits_inside_a_subspace_lead_by_their_coarse_half() {
        // By hand: the first axis, above 4/β, holds all of one direction and 0.6² of the other; of the second, at half of 4/β, a quarter.
        let axes = || Mat::from_fn(2, 2, |j, i| f64::from(u8::from(i == j)));
        let svd = Svd { u: axes(), v: axes(), singular_values: vec![5.0, 2.0] };
        let directions = Mat::from_fn(2, 2, |j, k| [[1.0, 0.0], [0.6, 0.8]][k][j]);
        let captured = SplitDirections::captured(&directions, &svd);
        assert!((captured[0] - 1.0).abs() < 1e-15 && (captured[1] - 0.52).abs() < 1e-15);
        assert!((SplitDirections::lead(&captured) - 0.48).abs() < 1e-15);
    }

    #[test]
    fn every_falsifier_of_the_measurement_names_what_it_fails() {
        for falsifier in FALSIFIERS.iter().filter(|f| f.stage == Stage::Measurement) {
            assert!(!falsifier.kills.is_empty(), "{}", falsifier.id);
        }
    }

    /// A machine whose two singular values are these at updates 0, 10, 20.
    fn history(values: [[f64; 2]; 3], hidden: usize) -> History {
        let values = values.iter().zip([0, 10, 20]).map(|(of, t)| (t, of.to_vec())).collect();
        History {
            hidden,
            updates: 20,
            edge: 1.0,
            values,
            records: Vec::new(),
            probe: None,
            lead: (0.0, Vec::new()),
            alignment: 0.0,
            class_shares: Vec::new(),
            js_excess: 0.0,
            roughness: Vec::new(),
            modes: Vec::new(),
        }
    }

    #[test]
    fn what_does_not_happen_in_the_training_may_happen_after_it() {
        // ln λ is a line between records: level 4 between 2 and 8 is passed half way.
        let one = history([[2.0, 0.5], [8.0, 0.5], [8.0, 2.0]], 3);
        assert!(one.crossing(0).is_some_and(|t| (t - 5.0).abs() < 1e-12) && one.crossing(1).is_none());
        assert_eq!(one.leaves_the_bulk(0), None); // above 1 from the start: it does not pass the edge
        assert!(one.leaves_the_bulk(1).is_some_and(|t| (t - 15.0).abs() < 1e-12));
        // by hand: ln(20/5), no upper limit
        let apart = one.apart(one.crossing(0), one.crossing(1));
        assert!((apart.low - 4f64.ln()).abs() < 1e-12 && apart.high == f64::INFINITY);
        let before = one.apart(one.crossing(1), one.crossing(0));
        assert!(before.low == f64::NEG_INFINITY && (before.high + 4f64.ln()).abs() < 1e-12);
        let never = one.apart(None, None);
        let judged = |of: Interval| effect("a", "a", of, 1.0, "by hand").outcome();
        assert_eq!((judged(apart), judged(before), judged(never)), (Outcome::Pass, Outcome::Fail, Outcome::Undecided));
        assert_eq!(judged(one.apart(Some(5.0), Some(5.0))), Outcome::Fail);
    }

    #[test]
    fn scatter_is_that_of_the_replicas_that_have_the_value() {
        let all: Vec<History> = [(3, 1.0), (3, 3.0), (5, 7.0)].map(|(m, l)| history([[l; 2]; 3], m)).into();
        let value = |h: &History| Some(h.values[0].1[0]);
        assert_eq!(replica_variance(&all, &value), Some(2.0)); // by hand: 1 and 3 of one size, one of the other
        assert_eq!(replica_variance(&all[1..], &value), None);
        assert_eq!(replica_variance(&all, &|h| value(h).filter(|x| *x > 1.0)), None);
        assert_eq!((mean_update(&all, &value), mean_update(&all, &|_| None)), (Some(11.0 / 3.0), None));
    }
}
