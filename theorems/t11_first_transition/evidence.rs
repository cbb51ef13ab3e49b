//! The checks of every regime.

use super::cascade::two_patterns;
use super::falsifiers;
use super::one_pattern::flow;
use super::one_sided::one_sided;
use super::pcd::chains;
use super::regimes;
use super::scaling::transition;
use crate::claim::{Case, CheckError};
use crate::evidence::Evidence;
use crate::lab::Lab;

pub(super) fn measure(case: Case<'_>, lab: &Lab) -> Result<Evidence, CheckError> {
    let mut evidence = Evidence::default();
    match *case.regime {
        regimes::ONE_PATTERN => {
            // Each falsifier concerns the flow or the transition in it.
            if !case.is(&falsifiers::THRESHOLD_TWO) {
                flow(&case, lab, &mut evidence);
            }
            if !case.falsified() || case.is(&falsifiers::THRESHOLD_TWO) {
                transition(&case, lab, &mut evidence)?;
            }
        }
        regimes::TWO_PATTERNS => two_patterns(&case, lab, &mut evidence),
        regimes::PCD => chains(&case, lab, &mut evidence)?,
        regimes::ONE_SIDED => one_sided(&case, lab, &mut evidence)?,
        _ => return Err(CheckError::no_checks(case.regime)),
    }
    Ok(evidence)
}
