//! Entries of the matrix before and after a rotation.

use super::names::{columns, tables};
use crate::claim::CheckError;
use crate::evidence::check;
use crate::evidence::{ALPHA, Measurement, Table};
use crate::math::largest;
use crate::spectra::rotation;
use crate::stat;
use crate::stat::divergence;
use crate::stat::histogram::histogram;
use crate::stat::interval::Interval;
use faer::Mat;

/// Number of histogram bins. The NM values of the smallest machine fill them well.
const BINS: usize = 60;

/// A divergence, and its expected value (`floor`) for two samples of one law with the same number
/// of occupied bins, in nats.
pub(super) struct Divergence {
    pub(super) value: f64,
    pub(super) floor: f64,
}

impl Divergence {
    /// The divergence divided by its floor: 1 on average for samples of one law.
    pub(super) fn ratio(&self) -> f64 {
        self.value / self.floor
    }
}

/// Entries of W and of Q₁WQ₂ with Haar distributed Q₁ and Q₂.
pub(super) struct Entries {
    pub(super) visible: usize,
    pub(super) hidden: usize,
    pub(super) before: Vec<f64>,
    pub(super) after: Vec<f64>,
}

impl Entries {
    pub(super) fn of(w: &Mat<f64>, rng: &mut impl rand::Rng) -> Self {
        let (visible, hidden) = (w.nrows(), w.ncols());
        let (q1, q2) = (rotation::haar_orthogonal(visible, rng), rotation::haar_orthogonal(hidden, rng));
        let after = rotation::rotate(w.as_ref(), q1.as_ref(), q2.as_ref());
        Self { visible, hidden, before: w.col_iter().flat_map(|column| column.iter().copied()).collect(), after }
    }

    pub(super) fn divergence(&self) -> Result<Divergence, CheckError> {
        let js = divergence::js_divergence(&self.before, &self.after, BINS)
            .map_err(CheckError::while_doing("divergence"))?;
        Ok(Divergence { value: js.value, floor: divergence::js_floor(js.occupied_bins, self.visible, self.hidden) })
    }

    /// The densities before and after rotation, with the errors of independent entries, and the
    /// normal law of the same variance.
    pub(super) fn table(&self) -> Table {
        let mut table = Table::new(
            tables::WEIGHTS,
            &[
                columns::WEIGHT,
                columns::BEFORE,
                columns::BEFORE_ERROR,
                columns::AFTER,
                columns::AFTER_ERROR,
                columns::NORMAL,
            ],
        );
        let count = self.before.len() as f64;
        let reach = 1.001 * largest(self.before.iter().chain(&self.after).map(|w| w.abs()));
        let width = 2.0 * reach / BINS as f64;
        let variance = self.before.iter().map(|w| w * w).sum::<f64>() / count;
        let error = |density: f64| (density / (count * width)).sqrt();
        let [before, after] = [&self.before, &self.after].map(|entries| histogram(entries, -reach, reach, BINS));
        let row = |((w, p), (_, q)): ((f64, f64), (f64, f64))| {
            let normal = (-w * w / (2.0 * variance)).exp() / (2.0 * std::f64::consts::PI * variance).sqrt();
            vec![w, p, error(p), q, error(q), normal]
        };
        table.rows = before.into_iter().zip(after).map(row).collect();
        table
    }
}

pub(super) fn divergence_check(ratios: &[f64]) -> Result<Measurement, CheckError> {
    let (observed, _) = stat::mean::mean_and_error(ratios);
    // A single machine gives no standard error; its value is used without an interval.
    let interval = match ratios.len() {
        0 | 1 => Interval::point(observed),
        _ => stat::mean::mean_interval(ratios, 1.0 - ALPHA).map_err(CheckError::while_doing("divergence"))?,
    };
    let name = "Jensen-Shannon divergence of W and rotated W divided by its floor, mean over machines";
    let rationale = "half the floor; sparse bins in the tails raise the mean by less than a tenth";
    Ok(check::near("js", name, observed, interval, 1.0, 0.5, rationale))
}
