//! Machines of rank two, W = Σ_i λ_i p_i q_iᵀ with entries ±1/√N and ±1/√M: exact at any even size,
//! because units that carry the same two signs form a class, and the sum over a class is binomial.

use super::rank_one::{NEGLIGIBLE, binomial_logs, ln_cosh, log_sum};

/// Two modes at zero field. The signs of p₁ and p₂ agree on one half of the visible units and
/// differ on the other; likewise the hidden ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankTwo {
    /// N, even.
    pub visible: usize,
    /// M, even.
    pub hidden: usize,
    /// g_i = βλ_i.
    pub couplings: [f64; 2],
}

/// Moments of both modes; first moments and ⟨x₁x₂⟩ vanish by symmetry.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RankTwoMoments {
    /// ln Z − βc0 − (N+M) ln 2.
    pub log_partition: f64,
    /// ⟨x_i²⟩.
    pub xx: [f64; 2],
    /// ⟨x_i y_i⟩.
    pub xy: [f64; 2],
    /// ⟨u_i²⟩, u = (x + y)/√2.
    pub uu: [f64; 2],
    /// ⟨w_i²⟩, w = (y − x)/√2.
    pub ww: [f64; 2],
    /// ⟨x₁² x₂²⟩.
    pub xxxx: f64,
}

impl RankTwo {
    /// All moments, hidden units summed out: (N/2 + 1)² terms.
    ///
    /// # Example
    /// ```
    /// use rbm_landscape::exact::rank_two::RankTwo;
    /// // by hand: uncoupled, κ(x₁,x₁,x₂,x₂) = −1/(8N)
    /// let found = RankTwo { visible: 6, hidden: 4, couplings: [0.0, 0.0] }.moments();
    /// assert!((found.xxxx - found.xx[0] * found.xx[1] + 1.0 / 48.0).abs() < 1e-14);
    /// ```
    pub fn moments(&self) -> RankTwoMoments {
        let half = self.visible / 2;
        let (n, m) = (2.0 * half as f64, self.hidden as f64);
        let [g1, g2] = self.couplings;
        let logs = binomial_logs(half);
        let modes = |at: usize| {
            let (a, b) = (at / (half + 1), at % (half + 1));
            let [class_a, class_b] = [a, b].map(|k| (k as f64 - half as f64 / 2.0) / n.sqrt());
            let (x1, x2) = (class_a + class_b, class_a - class_b);
            // Halved field on a hidden unit of either class.
            let fields = [g1 * x1 + g2 * x2, g1 * x1 - g2 * x2].map(|field| field / (2.0 * m.sqrt()));
            (logs[a] + logs[b], [x1, x2], fields)
        };
        let states = (half + 1) * (half + 1);
        let weigh = |at: usize| {
            let (log, _, fields) = modes(at);
            log + 0.5 * m * (ln_cosh(fields[0]) + ln_cosh(fields[1]))
        };
        let coupled: Vec<f64> = (0..states).map(weigh).collect();
        let total = log_sum(coupled.iter().copied());
        // Both classes are binomial.
        let free = 2.0 * log_sum(logs.iter().copied());
        let mut sum = RankTwoMoments { log_partition: total - free, ..Default::default() };
        for (at, log) in coupled.iter().enumerate().filter(|(_, log)| **log > total - NEGLIGIBLE) {
            let p = (log - total).exp();
            let (_, x, fields) = modes(at);
            let [a, b] = fields.map(f64::tanh);
            // Mean and variance of y_i given x: M/2 units a class.
            let y = [a + b, a - b].map(|t| 0.25 * m.sqrt() * t);
            let spread = 0.125 * (2.0 - a * a - b * b);
            for i in 0..2 {
                let (xx, xy, yy) = (x[i] * x[i], x[i] * y[i], y[i] * y[i] + spread);
                sum.xx[i] += p * xx;
                sum.xy[i] += p * xy;
                sum.uu[i] += p * 0.5 * (xx + 2.0 * xy + yy);
                sum.ww[i] += p * 0.5 * (xx - 2.0 * xy + yy);
            }
            sum.xxxx += p * (x[0] * x[1]).powi(2);
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_all_states_of_a_small_machine() {
        // All 2¹⁰ states of 6 x 4 and of 4 x 6 units, plain.
        agrees_with_all_states(6, 4);
        agrees_with_all_states(4, 6);
    }

    fn agrees_with_all_states(n: usize, m: usize) {
        let two = RankTwo { visible: n, hidden: m, couplings: [2.3, 1.1] };
        let along = |state: usize, units: usize, mode: usize| -> f64 {
            let sign = |j: usize| if mode == 1 && j >= units / 2 { -1.0 } else { 1.0 };
            (0..units).map(|j| sign(j) * ((state >> j & 1) as f64 - 0.5)).sum::<f64>() / (units as f64).sqrt()
        };
        let (mut z, mut sums) = (0.0, [0.0; 9]);
        for v in 0..1 << n {
            for h in 0..1 << m {
                let [x, y] = [(v, n), (h, m)].map(|(state, units)| [0, 1].map(|mode| along(state, units, mode)));
                let p = (2.3 * x[0] * y[0] + 1.1 * x[1] * y[1]).exp();
                z += p;
                let of = |i: usize| {
                    let (plus, minus) = (x[i] + y[i], y[i] - x[i]);
                    [x[i] * x[i], x[i] * y[i], 0.5 * plus * plus, 0.5 * minus * minus]
                };
                let terms = of(0).into_iter().chain(of(1)).chain([(x[0] * x[1]).powi(2)]);
                sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += p * term);
            }
        }
        let f = two.moments();
        let of = |i: usize| [f.xx[i], f.xy[i], f.uu[i], f.ww[i]];
        for (ours, plain) in of(0).into_iter().chain(of(1)).chain([f.xxxx]).zip(sums) {
            assert!((ours - plain / z).abs() < 1e-13, "{ours} {}", plain / z);
        }
        assert!((f.log_partition - (z / f64::from(1 << (n + m))).ln()).abs() < 1e-13);
    }
}
