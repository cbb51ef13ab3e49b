//! # T08: learning is hierarchical and breaks the rotational symmetry
//!
//! ## Statement
//! When an RBM learns MNIST, singular values leave the Marchenko-Pastur bulk one after another, the
//! more of them the larger the hidden layer; the leading modes carry the principal directions of
//! the data and class information; the rotational symmetry of the weights is broken; the states of
//! data and model leave the uniform mean along the leading mode.
//!
//! ## Source
//! arXiv 2503.21536, abstract: "During training, this rotational symmetry is broken due to
//! hierarchical learning, where different degrees of freedom progressively capture features at
//! multiple levels of abstraction." The early linear stage dW/dt = (C − D) W diag(q(1−q)) is our
//! addition: the exact gradient to first order in W.
//!
//! ## Hypotheses
//! - MNIST, binarised; PCD-1, Adam, batches of 500; W and b start normal with standard deviation s.
//!   Three passes at rate 10⁻³ with up to 128 hidden units; at full scale, 500 to 1200, thirty at
//!   10⁻⁴, the paper's rate. A step of Adam moves the field on a visible unit by about rate · M/2
//!   with half of the hidden units on, 0.6 at 10⁻³ and M = 1200: three passes there end near
//!   independent pixels.
//! - Visible biases start at the logit of the pixel means. With biases near zero instead, the mean
//!   image itself drives a rank-one outlier, whose growth says nothing about structure: it grows
//!   alike on independent pixels.
//! - For the linear stage: plain gradient of all images, exact negative phase, a = logit p − Wq.
//!
//! ## Regimes
//! - `mnist`: holds.
//! - `bias-aware`: the number of modes with λ(D_v^(1/2) W D_h^(1/2)) above 1/β, D = diag p(1−p), at
//!   a mean-field state, rises in training: refuted. Alternating p = logistic(a + Wq), q =
//!   logistic(b + Wᵀp) descends in a free energy that is convex in each layer, so it ends in a
//!   minimum, where none is above 1, however long the training. Replaced by checks of `mnist`: the
//!   largest of these values rises and does not exceed 1; the number above 4/β of λ(W) itself,
//!   which bounds nothing from below, rises.
//!
//! ## Derivation
//! The exact gradient to first order in W for a machine of 3 visible and 2 hidden units with
//! symbolic weights, means and data moments: the hidden means expand as q + q(1−q) W·v, the model's
//! visible law as a product of Bernoulli laws tilted by Wq, and the bias condition a = logit p − Wq
//! cancels the term −D W q qᵀ. For `bias-aware`, two visible and one hidden unit: second
//! derivatives of the free energy have the sign of 1 − λ², a sweep multiplies by λ², and 1/4 −
//! p(1−p) is a square.
//!
//! ## Evidence
//! - Linear stage on MNIST with 8 hidden units against the exact gradient (negative phase by
//!   enumeration): the relative error is first order in W and below 1 % at |W| = 10⁻³.
//! - Untrained: largest singular value against the upper Tracy-Widom tail.
//! - Trained: at least two modes beyond the bulk edge and above 4/β (one mode alone may only be the
//!   number of pixels that are on); both numbers grow with the updates, and with M at equal
//!   updates: above 4/β their average over the training, from the smallest M to the largest (at its
//!   end they may be as many); beyond one level, the edge of the largest M, with the logarithm of
//!   M. In the linear stage each direction starts at length s√M, and so reaches any level the
//!   sooner the larger M. Beyond the edge of its own bulk, which rises as s(√N + √M), a larger
//!   machine need not have more.
//! - Crossings of 4/β by modes 1 and 3, and of the bulk edge (Tracy-Widom test, in the first sixth
//!   of the training at every update, of thirty passes at every tenth, interpolated in ln λ) by
//!   modes 1 and 2, 2 and 8, are apart beyond the scatter of replicas. Modes are counted, not
//!   followed: where vectors are still noise, or two singular values are close, single vectors mix,
//!   while the space of the leading three is kept from record to record.
//! - Largest mean-field gain (singular value of D_v^(1/2) W D_h^(1/2), D = diag p(1−p)) at the
//!   mean-field state of the data's means: rises above 1/2, never above 1.
//! - Leading three left vectors inside the span of the ten principal directions of C − D: more than
//!   half when the first mode crosses 4/β, far above Haar vectors at the end.
//! - Jensen-Shannon divergence between W and its Haar rotation above ten standard deviations of its
//!   null, and above the floor for M to infinity by a line in 1/M.
//! - Share of variance between digit classes on test images: leading three modes above the trailing
//!   half, and far above chance.
//! - Coarse before fine. Leading three left vectors, seen as images, are smooth: roughness Σ (u_a −
//!   u_b)² over neighbouring pixels, below half of a random vector's 4(1 − 1/√N); roughness rises
//!   along the spectrum (rank correlation). Ward's tree of the ten class means gives nine splits of
//!   the classes; of the directions of the coarse ones a sweep keeps more than of the fine ones
//!   (modes weighted by the sweep's factor (βλ/4)², at most 1), by more than what 19 in 20
//!   relabellings of the classes reach (ten classes allow no sharper test).
//! - Probe: test images decoded v → h → v by means, with the trailing three quarters of the left
//!   vectors replaced by random ones, or the leading quarter: the first is still nearer to the
//!   images than their pixel means and than the second, by a pixel and more.
//! - Log-likelihood of the test images, bracketed by annealing in both directions, a nat and more
//!   above that of independent pixels.
//! - The number of modes beyond the bulk edge grows from a third of the training to its end.
//! - In the space of the leading three modes data leave the uniform mean, and model samples and
//!   data are nearer to each other than to the uniform mean.
//!
//! ## Falsifiers
//! - `bias-shift-dropped`: a = logit p, without −Wq, in the derivation.
//! - `biases-unmatched`: the same in the measurement of the linear stage.
//! - `untrained`: the machine before training presented as trained.
//! - `values-permuted`: each pixel's values permuted across images; C = D, nothing to learn.
//! - `pixels-permuted`: pixels permuted within each image; only the number of pixels that are on is
//!   left, one mode at most (above 4/β where M is large).
//! - `noise`: fair bits in the place of pixels.
//! - `labels-permuted`: classes drawn anew; class shares at chance.
//! - `rotated`: trained weights between two Haar rotations. Singular values and their crossings are
//!   untouched; divergence, alignment, smoothness, splits and likelihood fail.
//! - `late-start`: the machine after an eighteenth of the training presented as untrained.
//! - `samples-uniform`: fair bits presented as samples.
//! - `quarter`: variance 1/4 for p(1−p): the mean-field gain would exceed 1.
//! - `equal-strengths`: the leading eight singular values of every record replaced by their mean,
//!   so that these modes leave together.
//!
//! Every falsifier names the checks that it must fail, those that it fails by far on every machine;
//! each check is named by at least one.
//!
//! - Positive control `pixels-relabelled`: one fixed permutation of the pixels of all images must
//!   change nothing but who is whose neighbour (roughness is not looked at there).
//!
//! ## Limits
//! Positions are measured from the uniform mean: with biases at logit p the saddle itself starts
//! far away (a/λ with small λ); that training moves the saddle of a machine with small biases is
//! seen in T01. Not every check sees structure: the Jensen-Shannon divergence rises, data leave the
//! uniform mean and samples follow them on independent pixels too, and there a first mode leaves
//! the bulk, now and then a second; 4/β, further modes, alignment, smoothness, splits and class
//! shares tell the difference. Ink alone has class shares, orders the coarse splits of the classes
//! and has a mode, below 4/β where M is small; on images of digits random directions have class
//! shares too. Singular values cannot show that the symmetry is broken, only that the law is not
//! that of independent weights: a rotation leaves them as they are. Which of several mean-field
//! states the chains sit in, and mean-field gains at unstable ones, are not asked. A few epochs at
//! small M, but for full scale. Adam does not follow the linear stage: it takes steps of equal size
//! along coherent gradients however small they are (the cosine between the gradient and its sign,
//! Adam's first step, is among the observations). That more modes lie above 4/β with more hidden
//! units is asked up to M = 1200: after 100 passes of PCD-10 a machine of 3000 had 30 of them, one
//! of 1200 had 34.

mod derivation;
mod early;
mod evidence;
mod falsifiers;
mod figures;
mod history;
mod names;
mod quantities;
mod records;
mod regimes;
mod streams;
#[cfg(test)]
mod tests;

use crate::claim::{Case, CheckError, Control, Falsifier, Source, Statement};
use crate::dossier::Dossier;
use crate::evidence::{Evidence, Missing};
use crate::figure::Figure;
use crate::lab::Lab;
use crate::symbolic::Derivation;
use crate::theorem::Theorem;

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
    regimes: &[regimes::MNIST, regimes::BIAS_AWARE],
};

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

/// Fewest units of either layer: modes 1 to 8 are looked at, and half of the spectrum behind the
/// leading three.
const FEWEST: usize = 8;

impl Theorem for HierarchicalLearning {
    fn statement(&self) -> &'static Statement {
        &STATEMENT
    }

    fn falsifiers(&self) -> &'static [Falsifier] {
        &falsifiers::ALL
    }

    fn controls(&self) -> &'static [Control] {
        &falsifiers::CONTROLS
    }

    fn derive(&self, case: Case<'_>) -> Result<Derivation, CheckError> {
        derivation::derive(case)
    }

    fn measure(&self, case: Case<'_>, lab: &Lab) -> Result<Evidence, CheckError> {
        evidence::measure(case, lab)
    }

    fn figures(&self, dossier: &Dossier) -> Result<Vec<Figure>, Missing> {
        figures::figures(dossier)
    }
}
