//! Where a machine with independent weights lies against the spin-glass transition line.

use super::Why;
use crate::claim::MachineFacts;
use crate::rbm::mean_field::glass_parameter;
use serde::Serialize;

/// Side of the line, as far as the interval of σ says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// x below 1 within its interval.
    Paramagnet,
    /// 1 lies in the interval of x.
    OnTheLine,
    /// x above 1 within its interval: a spin glass at zero centred field.
    Beyond,
}

/// x = (βσ)⁴NM/256, 1 on the spin-glass transition line of independent weights of standard
/// deviation σ at zero centred field.
#[derive(Clone, Debug, Serialize)]
pub struct TransitionLine {
    /// x with σ of the bulk; `None` where the weights do not look independent.
    pub x: Option<f64>,
    /// Lower end of its interval of 95 %, by that of σ.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Side of the line.
    pub phase: Option<Phase>,
    /// Whether the centred fields are zero.
    pub zero_field: bool,
    /// Largest centred field in size, β included.
    pub largest_field: f64,
    /// Why something is missing.
    pub why: Why,
}

/// Where a machine lies whose facts are `facts`; `sigma_interval` is that of σ without `beta`.
pub(super) fn line(facts: &MachineFacts, sigma_interval: Option<[f64; 2]>, beta: f64) -> TransitionLine {
    let (noise, numbers) = facts.noise();
    let none = TransitionLine {
        x: None,
        low: None,
        high: None,
        phase: None,
        zero_field: facts.zero_field().0,
        largest_field: facts.field,
        why: Why::default(),
    };
    let why = |reason: String| {
        let mut why = Why::default();
        why.say("transition_line", reason);
        TransitionLine { why, ..none.clone() }
    };
    let (true, Some(sigma), Some(interval)) = (noise, facts.sigma, sigma_interval) else {
        return why(format!("for independent weights only; here: {numbers}"));
    };
    let x = |sigma: f64| glass_parameter(sigma, facts.visible, facts.hidden);
    let [low, high] = interval.map(|end| x(end * beta.abs()));
    // Without a number where the fourth power is beyond all of them.
    if !high.is_finite() {
        return why("(βσ)⁴ is beyond all numbers".into());
    }
    let phase = match (low < 1.0, high < 1.0) {
        (_, true) => Phase::Paramagnet,
        (true, false) => Phase::OnTheLine,
        (false, false) => Phase::Beyond,
    };
    TransitionLine { x: Some(x(sigma)), low: Some(low), high: Some(high), phase: Some(phase), ..none }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 32 x 8 units, so that x is (βσ)⁴, with a σ of the bulk that has β in it.
    fn facts(sigma: f64) -> MachineFacts {
        MachineFacts {
            visible: 32,
            hidden: 8,
            top: 1.0,
            above_four: 0,
            sigma: Some(sigma),
            outliers: 0,
            rank: 8,
            shape_p_value: Some(0.5),
            level: 0.01,
            divergence: None,
            ipr: 0.4,
            even: 0.1,
            field: 0.0,
            glass: 0.1,
            gain: None,
            left_out: None,
        }
    }

    #[test]
    fn the_interval_of_sigma_says_on_which_side_of_the_line_a_machine_is() {
        // by hand: fourth powers of βσ; 1 itself is on the line from above only.
        let cases = [
            (1.0, 0.5, [0.25, 0.75], [0.0625, 1.0 / 256.0, 81.0 / 256.0], Phase::Paramagnet),
            (2.0, 1.0, [0.25, 0.75], [1.0, 0.0625, 81.0 / 16.0], Phase::OnTheLine),
            (1.0, 0.75, [0.5, 1.0], [81.0 / 256.0, 0.0625, 1.0], Phase::OnTheLine),
            (-4.0, 2.0, [0.25, 0.75], [16.0, 1.0, 81.0], Phase::Beyond),
            (0.0, 0.0, [0.25, 0.75], [0.0, 0.0, 0.0], Phase::Paramagnet),
        ];
        for (beta, sigma, interval, expected, phase) in cases {
            let found = line(&facts(sigma), Some(interval), beta);
            assert_eq!([found.x, found.low, found.high], expected.map(Some), "β = {beta}");
            assert!(found.phase == Some(phase) && found.why.0.is_empty(), "{found:?}");
        }
    }

    #[test]
    fn other_weights_have_no_place_and_say_why() {
        let interval = Some([0.4, 0.6]);
        let outlier = line(&MachineFacts { outliers: 2, ..facts(0.5) }, interval, 1.0);
        let other = line(&MachineFacts { shape_p_value: Some(0.005), ..facts(0.5) }, interval, 1.0);
        let none = line(&MachineFacts { sigma: None, shape_p_value: None, ..facts(0.5) }, None, 1.0);
        let large = line(&facts(1e100), Some([1e100, 2e100]), 1.0);
        let whys = ["here: 2 outliers", "p = 0.005: not of independent entries", "here: no bulk", "beyond all numbers"];
        for (found, why) in [outlier, other, none, large].iter().zip(whys) {
            assert!(found.x.is_none() && found.low.is_none() && found.high.is_none() && found.phase.is_none());
            assert!(found.why.0["transition_line"].contains(why), "{found:?}");
        }
    }

    #[test]
    fn whether_there_is_a_field_is_said_of_every_machine() {
        for outliers in [0, 1] {
            for (field, zero) in [(0.0, true), (1e-6, true), (0.01, false), (3.0, false)] {
                let found = line(&MachineFacts { field, outliers, ..facts(0.5) }, Some([0.4, 0.6]), 1.0);
                assert_eq!((found.zero_field, found.largest_field), (zero, field));
            }
        }
    }
}
