//! The flow for N → ∞ in closed form, and its first corrections.

use super::flow::{SetUp, bisect, integrate};
use crate::exact::rank_one::RankOne;
use crate::math::larger;
use crate::stat::histogram::grid;
use std::f64::consts::PI;

/// Time at which λ = 4 is reached.
pub(super) struct Crossing {
    /// N → ∞.
    pub(super) limit: f64,
    /// With the terms ln N/N and 1/N.
    pub(super) corrected: f64,
    /// The terms of order N^(−3/2), from the exact model average.
    pub(super) next: f64,
}

/// Midpoint rule.
pub(super) fn integral(low: f64, high: f64, steps: usize, f: impl Fn(f64) -> f64) -> f64 {
    let step = (high - low) / steps as f64;
    (0..steps).map(|i| f(low + (i as f64 + 0.5) * step)).sum::<f64>() * step
}

impl SetUp {
    /// m̃ = m₀√(N/M).
    pub(super) fn reduced(&self) -> f64 {
        self.strength * (self.visible as f64 / self.hidden as f64).sqrt()
    }

    /// λ(τ) below 4 for N → ∞: sinh(λm̃/4) = sinh(λ₀m̃/4) e^τ.
    pub(super) fn closed(&self, start: f64, tau: f64) -> f64 {
        let m = self.reduced();
        4.0 / m * ((start * m / 4.0).sinh() * tau.exp()).asinh()
    }

    /// λ at τ_c − `early` for N → ∞.
    pub(super) fn before(&self, early: f64) -> f64 {
        self.closed(4.0, -early)
    }

    /// λ at ascending delays after τ_c, for N = M → ∞: dλ/dτ = (4/m₀²)(m₀ tanh(λm₀/4) − m²).
    pub(super) fn beyond(&self, delays: &[f64]) -> Vec<f64> {
        let rate = |[lambda]: [f64; 1]| {
            let model = magnetisation(lambda).powi(2);
            [4.0 / self.strength.powi(2) * (self.strength * (lambda * self.strength / 4.0).tanh() - model)]
        };
        let (mut lambda, mut now) = (4.0, 0.0);
        let mut each = |&delay: &f64| {
            lambda = integrate(&rate, [lambda], delay - now, 1e-9).last().map_or(f64::NAN, |last| last.1[0]);
            now = delay;
            lambda
        };
        delays.iter().map(&mut each).collect()
    }

    /// dλ/dτ at λ = 4 for N → ∞.
    pub(super) fn speed(&self) -> f64 {
        4.0 * self.reduced().tanh() / self.reduced()
    }

    /// Half of the curvature of ⟨y⟩x at the mean of x, times the variance of x: the part of ⟨xy⟩
    /// over the data that does not grow with N.
    pub(super) fn data_scatter(&self, lambda: f64) -> f64 {
        let (n, m) = (self.visible as f64, self.hidden as f64);
        let (x, a) = (0.5 * n.sqrt() * self.strength, lambda / (2.0 * m.sqrt()));
        let t = (a * x).tanh();
        let curvature = 0.5 * m.sqrt() * (2.0 * a - 2.0 * x * a * a * t) * (1.0 - t * t);
        curvature * (1.0 - self.strength.powi(2)) / 8.0
    }

    /// Time from `start` to λ = 4. With c₀ = Nm₀²/4, ⟨xy⟩ = D + D₁ over the data and G in the
    /// model, dτ = c₀(1 − 1/N)/(4D) (1 − D₁/D + G/D) dλ, where c₀/(4D²) = 1/(M tanh²(λm̃/4)) and
    /// ∫ G dλ = ln Z.
    pub(super) fn crossing(&self, start: f64) -> Crossing {
        let (n, m, reduced) = (self.visible as f64, self.hidden as f64, self.reduced());
        let limit = (reduced.sinh() / (start * reduced / 4.0).sinh()).ln();
        let inverse = |lambda: f64| (lambda * reduced / 4.0).tanh().powi(-2);
        let rest = |lambda: f64| inverse(lambda) - inverse(4.0);
        let gaussian = |lambda: f64| lambda / (16.0 - lambda * lambda);
        let scatter = integral(start.ln(), 4f64.ln(), 4000, |log| {
            let lambda = log.exp();
            lambda * self.data_scatter(lambda) * inverse(lambda)
        });
        // Z at λ = 4 from the weight e^(−(1 + N/M)Nm⁴/12) of m.
        let critical = (12.0 / (1.0 + n / m)).powf(0.25) * libm::tgamma(0.25) / (8.0 * PI).sqrt();
        let log_z = 0.25 * n.ln() + critical.ln();
        let log_z_start = -0.5 * (-start * start / 16.0).ln_1p();
        let regular = integral(start, 4.0, 4000, |lambda| gaussian(lambda) * rest(lambda));
        let first = (inverse(4.0) * (log_z - log_z_start) + regular - scatter) / m;
        // Next order, all of it from the neighbourhood of λ = 4 (λ = 4 − 3s²).
        let next = integral(0.0, 1.0, 48, |s| {
            let lambda = 4.0 - 3.0 * s * s;
            let exact = RankOne::new(self.visible, self.hidden, lambda).moments().xy;
            let data = (n * m).sqrt() * self.strength / 4.0 * (lambda * reduced / 4.0).tanh();
            6.0 * s * (inverse(lambda) * exact * exact / data + (exact - gaussian(lambda)) * rest(lambda))
        });
        let exact = RankOne::new(self.visible, self.hidden, 4.0).moments().log_partition;
        let next = (next + inverse(4.0) * (exact - log_z)) / m;
        Crossing { limit, corrected: limit * (1.0 - 1.0 / n) + first, next }
    }

    /// Where the flow ends for N → ∞, λ√(M/N) tanh(λm̃/4) = 4 artanh m₀, and N times the
    /// correction 1/N, by Laplace's method.
    pub(super) fn end(&self) -> (f64, f64) {
        let (m, rho) = (self.strength, (self.hidden as f64 / self.visible as f64).sqrt());
        let end = bisect(1.0, 40.0, |lambda| 4.0 * m.atanh() - lambda * rho * (lambda * m / (4.0 * rho)).tanh());
        let k = end / 4.0;
        let t = (k * m / rho).tanh();
        let bend = 1.0 - t * t;
        // f is the free energy of the model, φ = m tanh(km/ρ) is ⟨xy⟩ in units of √(NM)/4.
        let (second, third) =
            (1.0 / (1.0 - m * m) - k * k * bend, 2.0 * m / (1.0 - m * m).powi(2) + 2.0 * k.powi(3) / rho * t * bend);
        let moved = -third / (2.0 * second * second) + m / ((1.0 - m * m) * second);
        let (slope, curvature) =
            (t + k * m / rho * bend, 2.0 * (k / rho) * bend - 2.0 * (k / rho).powi(2) * m * t * bend);
        let missing = curvature * (0.5 * (1.0 - m * m) - 0.5 / second) - slope * moved;
        let along = (rho * t + k * m * bend) / (4.0 * second);
        (end, missing / (slope * along))
    }
}

/// Mean of f(s) under the weight e^(e s² − s⁴/6 + hs) of the mode for N = M at λ = 4 + 4e/√N: its
/// magnetisation is s/N^(1/4), and h is N^(1/4)/2 times the sum of the fields along x and y.
fn over_mode(e: f64, field: f64, f: impl Fn(f64) -> f64) -> f64 {
    // Largest near s² = 3e; a field moves it by (3h/2)^(1/3) at most.
    let top = larger(e, 0.0);
    let end = 8.0 + (3.0 * top).sqrt() + libm::cbrt(1.5 * field.abs());
    let weigh = |s: f64| (e * s * s - s.powi(4) / 6.0 + field * s - 1.5 * top * top).exp();
    let sum = |f: &dyn Fn(f64) -> f64| grid(-end, end, 4800).map(|s| f(s) * weigh(s)).sum::<f64>();
    sum(&f) / sum(&|_| 1.0)
}

/// ⟨|s|ᵖ⟩ without a field; ⟨u²⟩ is √N⟨s²⟩/2.
pub(super) fn scaling(power: i32, e: f64) -> f64 {
    over_mode(e, 0.0, |s| s.abs().powi(power))
}

/// ⟨u²⟩/√N in fields for N = M.
pub(super) struct InFields {
    /// N → ∞.
    pub(super) limit: f64,
    /// √N times the correction.
    pub(super) next: f64,
    /// Sum of the sizes of the terms of `next`.
    pub(super) sizes: f64,
}

/// ⟨u²⟩/√N at λ = 4 + 4e/√N in fields h_x, h_y along x and y, each times N^(1/4). The terms of the
/// correction are the next order of the entropy of x, of ln cosh of the fields on hidden units, and
/// of y given x.
pub(super) fn in_fields(e: f64, [h_x, h_y]: [f64; 2]) -> InFields {
    let field = 0.5 * (h_x + h_y);
    let mean = |f: &dyn Fn(f64) -> f64| over_mode(e, field, f);
    let square = mean(&|s| s * s);
    let weight = [(2, 0.5 + 0.5 * e * e), (6, -1.0 / 90.0), (4, -e / 3.0), (3, -h_y / 6.0), (1, 0.5 * e * h_y)];
    let moved =
        weight.map(|(power, factor)| 0.5 * factor * (mean(&|s| s.powi(power + 2)) - square * mean(&|s| s.powi(power))));
    let given = [-mean(&|s| s.powi(4)) / 6.0, 0.5 * e * square, 0.125, 0.25 * h_y * mean(&|s| s)];
    let terms = || moved.into_iter().chain(given);
    InFields { limit: 0.5 * square, next: terms().sum(), sizes: terms().map(f64::abs).sum() }
}

/// m = tanh(λm/4) for N = M, 0 up to λ = 4.
pub(super) fn magnetisation(lambda: f64) -> f64 {
    if lambda <= 4.0 {
        return 0.0;
    }
    bisect(0.0, 1.0, |m| if m == 0.0 { 1.0 } else { (lambda * m / 4.0).tanh() - m })
}
