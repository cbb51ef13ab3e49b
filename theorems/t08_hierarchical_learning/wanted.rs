//! What of a training run a case looks at: a falsifier that names checks needs what these need.

use super::falsifiers;
use super::{
    ABOVE, ABOVE_DOUBLING, ALIGNED, AT_MOST_ONE, AT_THE_END, CLASSES, CLASSES_LEAD, CROSSING, DECODING, DIVERGENCE,
    DIVERGENCE_LIMIT, EARLY, EIGHTH, GROWTH, LEAVE, LIKELIHOOD, RISES, SPLITS,
};
use crate::claim::{Case, Variant};

/// Parts of the analysis; what is left out is not-a-number or empty.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    /// The linear stage.
    pub(super) early: bool,
    /// Every record, and not only the first and the last one.
    pub(super) records: bool,
    /// Singular values between the records that are analysed in full.
    pub(super) between: bool,
    /// Mean-field gains.
    pub(super) gains: bool,
    /// Shares in the principal directions of C − D.
    pub(super) principal: bool,
    /// Divergence from a rotated matrix.
    pub(super) divergence: bool,
    /// Class shares of the modes.
    pub(super) classes: bool,
    /// Splits of the classes.
    pub(super) splits: bool,
    /// Decodings with rotated directions.
    pub(super) decodings: bool,
    /// Likelihood of the test images.
    pub(super) likelihood: bool,
}

impl Wanted {
    /// Of the claim and the control everything.
    pub(super) fn by(case: &Case<'_>) -> Self {
        let Variant::Falsified(falsifier) = case.variant else { return Self::of(&|_| true, true) };
        let named = |ids: &[&str]| ids.iter().any(|id| falsifier.kills.contains(id));
        // Figures show its singular values, gains and shares.
        Self::of(&named, case.is(&falsifiers::VALUES_PERMUTED))
    }

    fn of(named: &dyn Fn(&[&str]) -> bool, drawn: bool) -> Self {
        let between = named(&[CROSSING, LEAVE, EIGHTH, ABOVE_DOUBLING]);
        let gains = drawn || named(&[RISES, AT_MOST_ONE]);
        Self {
            early: named(&[EARLY]),
            records: drawn || between || gains || named(&[ABOVE, GROWTH, ALIGNED]),
            between,
            gains,
            principal: drawn || named(&[ALIGNED, AT_THE_END]),
            divergence: named(&[DIVERGENCE, DIVERGENCE_LIMIT]),
            classes: drawn || named(&[CLASSES, CLASSES_LEAD]),
            splits: named(&[SPLITS]),
            decodings: named(&[DECODING]),
            likelihood: named(&[LIKELIHOOD]),
        }
    }
}
