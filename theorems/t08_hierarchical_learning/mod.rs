//! # T08: learning is hierarchical and breaks the rotational symmetry
//!
//! ## Statement
//! When an RBM learns MNIST, singular values leave the Marchenko-Pastur bulk one after another, and
//! more of them leave it if the hidden layer is larger. The leading modes carry the principal
//! directions of the data and information on the classes. The rotational symmetry of the weights is
//! broken. The states of data and model leave the uniform mean along the leading mode.
//!
//! ## Source
//! arXiv 2503.21536, abstract: "During training, this rotational symmetry is broken due to
//! hierarchical learning, where different degrees of freedom progressively capture features at
//! multiple levels of abstraction." The early linear stage `dW/dt = (C − D) W diag(q(1−q))`, the
//! exact gradient to first order in `W`, is our addition.
//!
//! ## Hypotheses
//! - The data are binarised MNIST images. Training uses PCD-1 and Adam with minibatches of 500. `W`
//!   and `b` start as normal variables of standard deviation `s`. There are up to 128 hidden units
//!   and three epochs at the learning rate `10⁻³`; at full scale there are 500 to 1200 hidden units
//!   and thirty epochs at `10⁻⁴`, the rate of the paper. With half of the hidden units on, a step
//!   of Adam changes the field on a visible unit by about `rate · M/2`, which is 0.6 for `10⁻³` and
//!   `M = 1200`; three epochs with these settings would end close to independent pixels.
//! - Visible biases start at the logit of the pixel means. With biases near zero instead, the mean
//!   image itself would drive a rank-one outlier. Its growth gives no information on structure in
//!   the data, because it is the same for independent pixels.
//! - The linear stage assumes the plain gradient over all images, the exact negative phase, and
//!   `a = logit p − Wq`.
//!
//! ## Regimes
//! - `mnist`: machines trained on MNIST. The claim holds.
//! - `bias-aware`: the number of modes whose mean-field gain at a mean-field state exceeds 1 rises
//!   during training. The mean-field gains are the singular values of the linearised mean-field map
//!   `β D_v^(1/2) W D_h^(1/2)` with `D = diag p(1−p)`, and `β = 1`. The claim is refuted. The
//!   iteration of `p = logistic(a + Wq)` and `q = logistic(b + Wᵀp)` descends in a free energy that
//!   is convex in each layer. It therefore ends in a minimum, where no gain exceeds 1, however long
//!   the training run. Checks of `mnist` replace the claim: the largest mean-field gain rises but
//!   does not exceed 1, and the number of `λ(W)` above `4/β` rises. The latter number is not a
//!   lower bound on the number of unstable modes.
//!
//! ## Derivation
//! The exact gradient is derived to first order in `W` for a machine of 3 visible and 2 hidden
//! units with symbolic weights, means and data moments. The hidden means expand as
//! `q + q(1−q) W·v`, and the visible law of the model is a product of Bernoulli laws tilted by
//! `Wq`. The bias condition `a = logit p − Wq` cancels the term `−D W q qᵀ`. For `bias-aware` there
//! are two visible units and one hidden unit: the determinant of the second derivatives of the free
//! energy has the sign of `1 − λ²`, a sweep multiplies the mode by `λ²`, and `1/4 − p(1−p)` is a
//! square.
//!
//! ## Evidence
//! - The linear stage on MNIST with 8 hidden units is compared with the exact gradient, whose
//!   negative phase is enumerated. The relative error is of first order in `W` and below 1 % at
//!   `|W| = 5·10⁻⁴`.
//! - The largest singular value of the untrained machine is compatible with the upper Tracy-Widom
//!   tail.
//! - In trained machines at least two modes lie beyond the bulk edge and above `4/β`. (A single
//!   outlier may only reflect the overall intensity of the images, that is the number of pixels
//!   that are on.) Both numbers grow with the updates, and with `M` at equal updates. For the
//!   number above `4/β` this is checked for its average over the training run, from the smallest to
//!   the largest `M`, because at the end the numbers may be equal. The number beyond a common
//!   level, the edge of the largest `M`, grows with the logarithm of `M`. In the linear stage each
//!   direction starts at length `s√M` and therefore reaches any level earlier if `M` is larger. The
//!   edge of a machine's own bulk rises as `s(√N + √M)`; beyond it a larger machine need not have
//!   more modes.
//! - Modes 1 and 3 cross `4/β`, and modes 1 and 2 as well as 2 and 8 cross the bulk edge, at times
//!   that differ by more than the standard deviation between replicas. The bulk edge is the
//!   critical value of a Tracy-Widom test. In the first sixth of the training run every update is
//!   recorded (every tenth one for thirty epochs), and crossings are interpolated in `ln λ`. Modes
//!   are ranked by `λ` and not followed: while vectors are still noise, or when two singular values
//!   are close, single vectors mix, but the space of the leading three is preserved between
//!   records.
//! - The largest mean-field gain (singular value of `D_v^(1/2) W D_h^(1/2)`, `D = diag p(1−p)`) at
//!   the mean-field state reached from the data's means rises above `1/2` and never exceeds 1.
//! - More than half of the squared length of the leading three left vectors lies in the span of the
//!   ten principal directions of `C − D` when the first mode crosses `4/β`. At the end this
//!   fraction is far above that of Haar vectors.
//! - The Jensen-Shannon divergence between `W` and its Haar rotation exceeds its null law by more
//!   than ten standard deviations. Its limit for infinite `M`, from a linear fit in `1/M`, is above
//!   the floor.
//! - The fraction of variance between digit classes, on test images, is higher for the leading
//!   three modes than for the trailing half, and far above chance.
//! - Coarse features are learned before fine ones. The leading three left vectors, viewed as
//!   images, are smooth: their roughness `Σ (u_a − u_b)²` over neighbouring pixels is below half of
//!   the value `4(1 − 1/√N)` of a random vector. The roughness rises along the spectrum (rank
//!   correlation). Ward's tree of the ten class means gives nine splits of the classes. A sweep
//!   preserves a larger fraction of the directions of the coarse splits than of the fine ones, with
//!   modes weighted by the sweep factor `(βλ/4)²`, at most 1. The difference is larger than for 19
//!   in 20 relabellings of the classes; ten classes allow no sharper test.
//! - Test images are decoded `v → h → v` by means, after either the trailing three quarters or the
//!   leading quarter of the left vectors have been replaced by random ones. In the first case the
//!   decoding is closer to the images than the pixel means are, and closer than in the second case,
//!   in both comparisons by more than one pixel per image.
//! - The log-likelihood of the test images exceeds that of independent pixels by more than one nat
//!   per image. `ln Z` is bracketed by tempering from chains of many origins and by annealing in
//!   both directions, for every size; where a check of that estimate fails, this one decides
//!   nothing.
//! - The number of modes beyond the bulk edge grows from a third of the training run to its end.
//! - In the space of the leading three modes, the data leave the uniform mean, and model samples
//!   and data are closer to each other than to the uniform mean.
//!
//! ## Falsifiers
//! - `bias-shift-dropped`: the derivation uses `a = logit p`, without `−Wq`.
//! - `biases-unmatched`: the measurement of the linear stage uses `a = logit p`, without `−Wq`.
//! - `untrained`: the machine before training is presented as trained.
//! - `values-permuted`: the values of each pixel are permuted across images, so that `C = D` and
//!   there is nothing to learn.
//! - `pixels-permuted`: pixels are permuted within each image. Only the number of pixels that are
//!   on is preserved, which gives one mode at most (above `4/β` for large `M`).
//! - `noise`: the pixels are replaced by fair bits.
//! - `labels-permuted`: the class labels are permuted, so that class information is at chance
//!   level.
//! - `rotated`: the trained weights are multiplied by Haar rotations on both sides. Singular values
//!   and their crossings do not change; divergence, alignment, smoothness, splits and likelihood
//!   fail.
//! - `late-start`: the machine after an eighteenth of the training run is presented as untrained.
//! - `samples-uniform`: fair bits are presented as samples of the model.
//! - `quarter`: the variance is taken to be `1/4` instead of `p(1−p)`, so that the mean-field gain
//!   exceeds 1.
//! - `equal-strengths`: the leading eight singular values of every record are replaced by their
//!   mean, so that these modes leave the bulk together.
//!
//! Every falsifier names the checks that it must fail, namely those that it fails by far on every
//! machine. Each check is named by at least one falsifier.
//!
//! - Positive control `pixels-relabelled`: one fixed permutation of the pixels of all images must
//!   leave every check unchanged except those that use the image geometry. The checks of roughness
//!   are therefore left out.
//!
//! ## Limits
//! Positions are measured from the uniform mean, because with biases at `logit p` the saddle itself
//! starts far away (at `a/λ` with small `λ`). T01 shows that training moves the saddle of a machine
//! with small biases.
//!
//! Not every check detects structure in the data. For independent pixels, too, the Jensen-Shannon
//! divergence rises, the data leave the uniform mean, the samples follow them, and a first mode
//! leaves the bulk, occasionally also a second one. The threshold `4/β`, further modes, alignment,
//! smoothness, splits and class information distinguish this case. The overall intensity of the
//! images alone carries class information, orders the coarse splits of the classes and gives one
//! mode, which is below `4/β` for small `M`. On images of digits, random directions carry class
//! information too.
//!
//! Singular values cannot show that the symmetry is broken, only that the law is not that of
//! independent weights, because a rotation does not change them. The claim does not ask which of
//! several mean-field states the chains occupy, or for the mean-field gains at unstable states.
//! Except at full scale, training runs have few epochs and small `M`. Adam does not follow the
//! linear stage: along coherent gradients it takes steps of equal size, however small the gradients
//! are. (The cosine between the gradient and its sign, which is Adam's first step, is among the
//! observations.) That a larger hidden layer has more modes above `4/β` is checked up to `M = 1200`
//! only: after 100 epochs of PCD-10 a machine with `M = 3000` had 30 of them, one with `M = 1200`
//! had 34.

mod applies;
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
mod wanted;

use crate::claim::{Applies, Case, CheckError, Control, Falsifier, MachineFacts, Regime, Source, Statement};
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
        "binarised images, PCD-1, Adam, minibatches of 500",
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

/// Number of modes that `equal-strengths` makes equal: all modes used by the checks of order.
const EQUAL: usize = 8;

/// Least number of visible units: ten principal directions are looked at, modes 1 to 8, and the
/// half of the spectrum after the leading three.
const FEWEST: usize = 10;

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

    fn lacks(&self, regime: &Regime, lab: &Lab) -> Option<String> {
        let data = lab.data();
        let units = data.train.images.units();
        let classes = |labels: &[u8]| labels.iter().collect::<std::collections::BTreeSet<_>>().len();
        let fewest = classes(&data.train.labels).min(classes(&data.test.labels));
        if !regime.trained {
            None
        } else if let Some(why) = lab.lacks_for_training() {
            Some(why)
        } else if units < FEWEST {
            Some(format!("{units} units: the checks use modes 1 to 8 and {FEWEST} directions of the images"))
        } else if fewest < 3 {
            Some(format!("{fewest} classes: the checks ask which of at least 3 the modes tell apart first"))
        } else {
            None
        }
    }

    fn measure(&self, case: Case<'_>, lab: &Lab) -> Result<Evidence, CheckError> {
        evidence::measure(case, lab)
    }

    fn applies(&self, machine: &MachineFacts) -> Vec<Applies> {
        applies::applies(machine)
    }

    fn figures(&self, dossier: &Dossier) -> Result<Vec<Figure>, Missing> {
        figures::figures(dossier)
    }
}
