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
    let of_flow = |evidence: &mut Evidence| {
        flow(&case, lab, evidence);
        Ok(())
    };
    let of_transition = |evidence: &mut Evidence| transition(&case, lab, evidence);
    let mut evidence = Evidence::default();
    match *case.regime {
        // Each falsifier concerns the flow or the transition in it.
        regimes::ONE_PATTERN if case.is(&falsifiers::THRESHOLD_TWO) => return Evidence::of_parts(&[&of_transition]),
        regimes::ONE_PATTERN if case.falsified() => return Evidence::of_parts(&[&of_flow]),
        regimes::ONE_PATTERN => return Evidence::of_parts(&[&of_flow, &of_transition]),
        regimes::TWO_PATTERNS => two_patterns(&case, lab, &mut evidence),
        regimes::PCD => return chains(&case, lab),
        regimes::ONE_SIDED => one_sided(&case, lab, &mut evidence)?,
        _ => return Err(CheckError::no_checks(case.regime)),
    }
    Ok(evidence)
}
