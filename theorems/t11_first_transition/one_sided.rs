//! Data of one sign of the pattern: no symmetry, so that fields grow with λ.

use super::falsifiers;
use super::flow::{Pattern, SetUp, bisect, integrate};
use super::limit::in_fields;
use super::names::{columns, tables};
use super::one_pattern::{CRITICAL, STRENGTH};
use crate::claim::{Case, CheckError};
use crate::evidence::{Evidence, Side, Table, check};
use crate::exact::rank_one::{RankOne, RankOneMoments};
use crate::lab::{Lab, Scale};

/// λ at τ = 0; both fields are 0 there.
const START: f64 = 0.01;

/// Distance in τ of the states that are kept.
const EVERY: f64 = 1.0 / 15.0;

/// λ and both centred fields along the mode, and the moments of the machine.
type State = (f64, [f64; 3], RankOneMoments);

/// The flow of one size, with the gradient of centred units.
struct OneSided {
    size: usize,
    pattern: Pattern,
    way: Vec<State>,
}

impl OneSided {
    /// The flow to the end, or only `to_crossing`.
    fn new(size: usize, case: &Case<'_>, to_crossing: bool) -> Self {
        let pattern = SetUp { visible: size, hidden: size, strength: STRENGTH }.pattern(case);
        let mut found = Self { size, pattern, way: Vec::with_capacity(120) };
        let mut y = [START, 0.0, 0.0];
        for at in 1..=120u32 {
            y = found.after(y, EVERY);
            found.way.push((EVERY * f64::from(at), y, found.moments(y)));
            if to_crossing && y[0] >= 4.0 {
                break;
            }
        }
        found
    }

    fn moments(&self, [coupling, field_x, field_y]: [f64; 3]) -> RankOneMoments {
        RankOne { visible: self.size, hidden: self.size, coupling, field_x, field_y }.moments()
    }

    fn rate(&self, y: [f64; 3]) -> [f64; 3] {
        let (model, pattern) = (self.moments(y), &self.pattern);
        let response = |x: f64| pattern.response(y[0] * x + y[2]);
        let data = [pattern.over_data(|x| x * response(x)), pattern.over_data(|x| x), pattern.over_data(response)];
        [data[0] - model.xy, data[1] - model.x, data[2] - model.y].map(|gradient| pattern.per_time * gradient)
    }

    /// The state a time `delay` later.
    fn after(&self, y: [f64; 3], delay: f64) -> [f64; 3] {
        integrate(&|y| self.rate(y), y, delay, 1e-7).last().map_or([f64::NAN; 3], |last| last.1)
    }

    /// Where λ reaches 4.
    fn crossing(&self) -> Result<State, CheckError> {
        let pair = self.way.array_windows().find(|[before, after]| before.1[0] < 4.0 && after.1[0] >= 4.0);
        let never = || CheckError::Input(format!("T11: λ does not reach 4 at N = {} on data of one sign", self.size));
        let &[(tau, before, _), _] = pair.ok_or_else(never)?;
        let more = bisect(0.0, EVERY, |delay| 4.0 - self.after(before, delay)[0]);
        let y = self.after(before, more);
        Ok((tau + more, y, self.moments(y)))
    }
}

/// Magnetisation of the visible layer for N = M at λ with fields h per unit of both layers, and
/// its correction 1/N by Laplace's method, times N.
fn magnetisation(lambda: f64, [visible, hidden]: [f64; 2]) -> (f64, f64) {
    let k = lambda / 4.0;
    let pull = |m: f64| (0.5 * hidden + k * m).tanh();
    let m = bisect(0.0, 1.0 - 1e-15, |m| 0.5 * visible + k * pull(m) - m.atanh());
    let t = pull(m);
    let second = 1.0 / (1.0 - m * m) - k * k * (1.0 - t * t);
    let third = 2.0 * m / (1.0 - m * m).powi(2) + 2.0 * k.powi(3) * t * (1.0 - t * t);
    (m, -third / (2.0 * second * second) + m / ((1.0 - m * m) * second))
}

/// Checks where λ reaches 4 on data of one sign.
pub(super) fn one_sided(case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let n: usize = if lab.plan().scale == Scale::Quick { 800 } else { 3_200 };
    let fields_ignored = case.is(&falsifiers::FIELDS_IGNORED);
    // Only the figure shows what follows the crossing.
    let to_crossing = case.falsified() || !lab.wants_figures();
    let (way, root) = (OneSided::new(n, case, to_crossing), (n as f64).sqrt());
    let (tau, y, moments) = way.crossing()?;
    let name = format!("⟨u²⟩/√N at λ = 4, τ = {tau:.2}, N = M = {n}");
    let rationale = "twice the correction N^(−1/2) of the symmetric machine";
    let check =
        check::exactly("critical-size", name, moments.uu / root, CRITICAL.0, 2.0 * CRITICAL.1 / root, rationale);
    evidence.measurements.push(check.refuting(Side::Above));
    // The free energy of the symmetric machine in these fields says how far it is rounded.
    let quarter = (n as f64).powf(0.25);
    let scaled = if fields_ignored { [0.0; 2] } else { [quarter * y[1], quarter * y[2]] };
    let theory = in_fields(0.0, scaled);
    evidence.measurements.push(check::exactly(
        "rounded",
        format!("⟨u²⟩/√N at λ = 4 in fields {:.3} and {:.3} over N^(1/4)", quarter * y[1], quarter * y[2]),
        moments.uu / root,
        theory.limit + theory.next / root,
        theory.sizes / n as f64,
        "the sum of the sizes of the derived terms N^(−1/2), taken as the coefficient of 1/N",
    ));
    let fields = [y[1] / root, y[2] / root];
    let (m, first) = magnetisation(y[0], fields);
    let predicted = if fields_ignored { 0.0 } else { m };
    let name = format!("2⟨x⟩/√N at λ = 4, centred fields {:.3} and {:.3} per unit", fields[0], fields[1]);
    let rationale = "twice the term 1/N of Laplace's method";
    let bound = 2.0 * first.abs() / n as f64;
    evidence.measurements.push(check::exactly("in-fields", name, 2.0 * moments.x / root, predicted, bound, rationale));
    let mut table = Table::new(tables::SIDED, &[columns::LAMBDA, columns::M, columns::THEORY]);
    table.rows = way
        .way
        .iter()
        .map(|(_, y, moments)| vec![y[0], 2.0 * moments.x / root, magnetisation(y[0], [y[1] / root, y[2] / root]).0])
        .collect();
    evidence.tables.push(table);
    Ok(())
}
