//! Predictions for machines of finite rank: Gaussian value and corrections of first and second
//! order.

use super::falsifiers;
use crate::claim::Case;
use crate::evidence::{Criterion, Measurement};
use crate::exact::rank_one::RankOne;
use crate::lab::{Lab, Scale};

/// A class of equal units of one layer, and their entry in every mode.
pub(super) struct Units {
    pub(super) count: f64,
    pub(super) visible: bool,
    entries: Vec<f64>,
}

/// A predicted quantity of a machine of finite rank at zero field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Quantity {
    LogPartition,
    U(usize),
    W(usize),
    Xy(usize),
}

/// The Gaussian value, its corrections of first and second order, and the sum of the absolute
/// values of the second-order terms.
pub(super) struct Expansion {
    pub(super) gaussian: f64,
    pub(super) first: f64,
    pub(super) second: f64,
    pub(super) size: f64,
}

/// Coupled pairs (x_i, y_i) with couplings g_i = βλ_i, on classes of equal units.
pub(super) struct Pairs {
    pub(super) couplings: Vec<f64>,
    pub(super) units: Vec<Units>,
    pub(super) cross_terms: bool,
    /// Whether the cumulants of hidden units enter the first order.
    pub(super) both_layers: bool,
    pub(super) sign: f64,
}

impl Pairs {
    pub(super) fn new(case: &Case<'_>, couplings: &[f64], units: Vec<Units>) -> Self {
        let sign = if case.is(&falsifiers::COVARIANCE_NEGATIVE) { -1.0 } else { 1.0 };
        let [cross_terms, both_layers] =
            [falsifiers::CROSS_TERMS_DROPPED, falsifiers::ONE_LAYER].map(|one| !case.is(&one));
        Self { couplings: couplings.to_vec(), units, cross_terms, both_layers, sign }
    }

    /// One or two modes with entries ±1/√N and ±1/√M.
    pub(super) fn signs(case: &Case<'_>, visible: usize, hidden: usize, couplings: &[f64]) -> Self {
        let mut units = Vec::new();
        for (size, visible) in [(visible as f64, true), (hidden as f64, false)] {
            let entry = 1.0 / size.sqrt();
            if couplings.len() == 1 {
                units.push(Units { count: size, visible, entries: vec![entry] });
            } else {
                units.extend([entry, -entry].map(|second| Units {
                    count: size / 2.0,
                    visible,
                    entries: vec![entry, second],
                }));
            }
        }
        Self::new(case, couplings, units)
    }

    /// Modes given entry by entry: `u[i][j]`, `v[i][k]`.
    pub(super) fn of(case: &Case<'_>, couplings: &[f64], u: &[Vec<f64>], v: &[Vec<f64>]) -> Self {
        let layer = |modes: &[Vec<f64>], visible: bool| -> Vec<Units> {
            let size = modes.first().map_or(0, Vec::len);
            let unit = |j: usize| Units { count: 1.0, visible, entries: modes.iter().map(|mode| mode[j]).collect() };
            (0..size).map(unit).collect()
        };
        let units = layer(u, true).into_iter().chain(layer(v, false)).collect();
        Self::new(case, couplings, units)
    }

    /// (var u, var w) of the Gaussian pair.
    fn pair(&self, i: usize) -> (f64, f64) {
        (1.0 / (4.0 - self.couplings[i]), 1.0 / (4.0 + self.couplings[i]))
    }

    pub(super) fn expansion(&self, quantity: Quantity) -> Expansion {
        // Derivatives of var x and cov(x, y) of one mode with respect to a source of u², w² or xy.
        let (mode, slopes, gaussian) = match quantity {
            Quantity::LogPartition => {
                let log = |i| 0.5 * (16.0 * self.pair(i).0 * self.pair(i).1).ln();
                (0, (0.0, 0.0), (0..self.couplings.len()).map(log).sum())
            }
            Quantity::U(i) => (i, (self.pair(i).0.powi(2), self.pair(i).0.powi(2)), self.pair(i).0),
            Quantity::W(i) => (i, (self.pair(i).1.powi(2), -self.pair(i).1.powi(2)), self.pair(i).1),
            Quantity::Xy(i) => {
                let (u, w) = self.pair(i);
                (i, (0.5 * (u * u - w * w), 0.5 * (u * u + w * w)), self.sign * 0.5 * (u - w))
            }
        };
        let value = quantity == Quantity::LogPartition;
        let excess = |i: usize, same: bool| {
            let (u, w) = self.pair(i);
            if same { 2.0 * (u + w) - 1.0 } else { 2.0 * (u - w) }
        };
        // R of two classes and its derivative.
        let between = |c: &Units, d: &Units| {
            let same = c.visible == d.visible;
            let all = (0..self.couplings.len()).map(|i| c.entries[i] * d.entries[i] * excess(i, same)).sum::<f64>();
            let slope = 4.0 * if same { slopes.0 } else { slopes.1 };
            (all, c.entries[mode] * d.entries[mode] * slope)
        };
        let own: Vec<(f64, f64)> = self.units.iter().map(|c| between(c, c)).collect();
        let (mut first, mut second, mut size) = (0.0, 0.0, 0.0);
        let mut add = |term: f64| {
            second += term;
            size += term.abs();
        };
        for (c, &(r, dr)) in self.units.iter().zip(&own) {
            let alone = |i: usize| c.entries[i].powi(2) * excess(i, true);
            let (squared, seen) = if self.cross_terms {
                (r * r, r)
            } else {
                ((0..self.couplings.len()).map(|i| alone(i).powi(2)).sum(), alone(mode))
            };
            if self.both_layers || c.visible {
                first -= c.count * if value { 0.25 * squared } else { 0.5 * seen * dr };
            }
            add(c.count * if value { r.powi(3) / 3.0 } else { r * r * dr });
            for (d, &(q, dq)) in self.units.iter().zip(&own) {
                let (p, dp) = between(c, d);
                let weight = c.count * d.count;
                if value {
                    add(weight * 0.25 * r * q * p * p);
                    add(weight * p.powi(4) / 12.0);
                } else {
                    add(weight * 0.25 * (dr * q + r * dq) * p * p);
                    add(weight * 0.5 * r * q * p * dp);
                    add(weight * p.powi(3) * dp / 3.0);
                }
            }
        }
        Expansion { gaussian, first, second, size }
    }
}

pub(super) fn full(lab: &Lab) -> bool {
    lab.plan().scale == Scale::Full
}

/// Exact value for one mode with entries ±1/√N, or for five units instead.
pub(super) fn rank_one(case: &Case<'_>, (n, m): (usize, usize), g: f64, quantity: Quantity) -> f64 {
    let (n, m) = if case.is(&falsifiers::FIVE_UNITS) { (5, 5) } else { (n, m) };
    let found = RankOne::new(n, m, g).moments();
    match quantity {
        Quantity::LogPartition => found.log_partition,
        Quantity::U(_) => found.uu,
        Quantity::W(_) => found.ww,
        Quantity::Xy(_) => found.xy,
    }
}

pub(super) const OF_ONE: [(Quantity, &str, &str); 4] = [
    (Quantity::LogPartition, "ln-z", "ln Z"),
    (Quantity::U(0), "var-u", "var u"),
    (Quantity::W(0), "var-w", "var w"),
    (Quantity::Xy(0), "cov-xy", "cov(x, y)"),
];

const EXTRAPOLATED: &str =
    "twice the remainder of extrapolation in 1/N, which is half of the derived term of order 1/N²";

/// Checks values at relative sizes 1, 2 and 4, extrapolated in 1/N, against the Gaussian value.
pub(super) fn extrapolated(id: &str, name: String, values: [f64; 3], middle: &Expansion) -> Measurement {
    let [early, late] = [2.0 * values[1] - values[0], 2.0 * values[2] - values[1]];
    let measured_order = ((early - middle.gaussian) / (late - middle.gaussian)).abs().log2();
    let criterion = Criterion::Truncation { order: 2.0, measured_order, bound: middle.size, rationale: EXTRAPOLATED };
    Measurement::new(id, name, late, middle.gaussian, criterion)
}

/// Number of pairings of the four arguments in the predicted joint cumulant: one, or three as in
/// the cumulant of a single mode.
pub(super) fn placements(case: &Case<'_>) -> f64 {
    if case.is(&falsifiers::OWN_CUMULANT) { 3.0 } else { 1.0 }
}
