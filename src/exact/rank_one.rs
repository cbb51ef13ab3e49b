//! Machines of rank one, W = λ p qᵀ with p_j = ±1/√N, q_k = ±1/√M: exact at any size, because x and
//! y are binomial.

use rayon::prelude::*;

/// The exact law of the only mode, centred: x = Σ_j p_j (v_j − ½), y = Σ_k q_k (h_k − ½), weight
/// e^(g x y + f_x x + f_y y) over uniform states.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankOne {
    /// N.
    pub visible: usize,
    /// M.
    pub hidden: usize,
    /// g = βλ.
    pub coupling: f64,
    /// f_x, the centred visible field along p, times β.
    pub field_x: f64,
    /// f_y, the centred hidden field along q, times β.
    pub field_y: f64,
}

/// Moments of the mode.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RankOneMoments {
    /// ln Z − βc0 − (N+M) ln 2.
    pub log_partition: f64,
    /// ⟨x⟩.
    pub x: f64,
    /// ⟨y⟩.
    pub y: f64,
    /// ⟨x²⟩.
    pub xx: f64,
    /// ⟨xy⟩.
    pub xy: f64,
    /// ⟨y²⟩.
    pub yy: f64,
    /// ⟨u²⟩, u = (x + y)/√2.
    pub uu: f64,
    /// ⟨u⁴⟩.
    pub uuuu: f64,
    /// ⟨w²⟩, w = (y − x)/√2.
    pub ww: f64,
    /// ⟨|x|⟩.
    pub abs_x: f64,
}

impl RankOne {
    /// At zero field.
    pub fn new(visible: usize, hidden: usize, coupling: f64) -> Self {
        Self { visible, hidden, coupling, field_x: 0.0, field_y: 0.0 }
    }

    /// (x, ln of its weight) for the N + 1 values of x ascending, y summed out: O(N) work, −∞ where
    /// it is clear beforehand that their share of the whole is 0 in doubles. `free` is ln of the
    /// weights without coupling and fields.
    fn log_weights(&self, free: &[f64]) -> Vec<(f64, f64)> {
        let (n, m, root) = (self.visible, self.hidden as f64, (self.visible as f64).sqrt());
        let x = |k: usize| (k as f64 - n as f64 / 2.0) / root;
        let log = |k: usize| free[k] + self.field_x * x(k) + m * ln_cosh(self.half_field(x(k)));
        // ln cosh z is at most z²/2 and at most |z|, and by these most values of a large machine
        // have no weight.
        let most = |k: usize| {
            let z = self.half_field(x(k)).abs();
            free[k] + self.field_x * x(k) + m * z.min(0.5 * z * z)
        };
        // Each term is a term of its own: as many threads as there are may find them.
        let terms = || (0..n + 1).into_par_iter().with_min_len(4096);
        let bounds: Vec<f64> = terms().map(most).collect();
        let best = (0..=n).max_by(|&a, &b| bounds[a].total_cmp(&bounds[b])).unwrap_or(0);
        let least = log(best) - NONE;
        let term = |k: usize| (x(k), if bounds[k] < least { f64::NEG_INFINITY } else { log(k) });
        terms().map(term).collect()
    }

    /// Field on one hidden unit, halved: (g x + f_y)/(2√M).
    fn half_field(&self, x: f64) -> f64 {
        (self.coupling * x + self.field_y) / (2.0 * (self.hidden as f64).sqrt())
    }

    /// (x, P(x)) for the N + 1 values of x = (k − N/2)/√N, ascending.
    pub fn law_of_x(&self) -> Vec<(f64, f64)> {
        let logs = self.log_weights(&binomial_logs(self.visible));
        let total = log_sum(logs.iter().map(|(_, log)| *log));
        logs.into_iter().map(|(x, log)| (x, (log - total).exp())).collect()
    }

    /// All moments; relative rounding about 1e-12 to N = 10⁶.
    ///
    /// # Example
    /// ```
    /// use rbm_landscape::exact::rank_one::RankOne;
    /// // by hand: one unit a side, x and y are ±1/2, weights e^(±g/4): ⟨xy⟩ = tanh(g/4)/4
    /// let found = RankOne::new(1, 1, 2.0).moments();
    /// assert!((found.xy - 0.25 * 0.5f64.tanh()).abs() < 1e-15);
    /// assert!((found.log_partition - 0.5f64.cosh().ln()).abs() < 1e-15);
    /// ```
    pub fn moments(&self) -> RankOneMoments {
        let free = binomial_logs(self.visible);
        let logs = self.log_weights(&free);
        let total = log_sum(logs.iter().map(|(_, log)| *log));
        let m = self.hidden as f64;
        let mut sum = RankOneMoments { log_partition: total - log_sum(free.into_iter()), ..Default::default() };
        for (x, log) in logs.into_iter().filter(|(_, log)| *log > total - NEGLIGIBLE) {
            let p = (log - total).exp();
            // Cumulants of y given x: M independent units of mean tanh and size 1/(2√M).
            let t = self.half_field(x).tanh();
            let one = 1.0 - t * t;
            let (k1, k2) = (0.5 * m.sqrt() * t, 0.25 * one);
            let (k3, k4) = (-0.25 * t * one / m.sqrt(), -0.125 * one * (1.0 - 3.0 * t * t) / m);
            let (y1, y2) = (k1, k2 + k1 * k1);
            let y3 = k3 + 3.0 * k2 * k1 + k1.powi(3);
            let y4 = k4 + 4.0 * k3 * k1 + 3.0 * k2 * k2 + 6.0 * k2 * k1 * k1 + k1.powi(4);
            sum.x += p * x;
            sum.y += p * y1;
            sum.xx += p * x * x;
            sum.xy += p * x * y1;
            sum.yy += p * y2;
            sum.uu += p * 0.5 * (x * x + 2.0 * x * y1 + y2);
            sum.ww += p * 0.5 * (x * x - 2.0 * x * y1 + y2);
            sum.uuuu += p * 0.25 * (x.powi(4) + 4.0 * x.powi(3) * y1 + 6.0 * x * x * y2 + 4.0 * x * y3 + y4);
            sum.abs_x += p * x.abs();
        }
        sum
    }
}

/// e^−746 is 0.
const NONE: f64 = 746.0;

/// What is smaller by this factor, as a logarithm, is left out of sums: 10⁶ terms of it are 1e-20
/// of the whole.
pub(super) const NEGLIGIBLE: f64 = 60.0;

/// ln of the binomial weights of n fair bits, relative to the middle: by their ratios, so that
/// rounding grows with the logarithm, not with ln N!.
pub(super) fn binomial_logs(n: usize) -> Vec<f64> {
    let mut logs = vec![0.0; n + 1];
    for k in n / 2..n {
        logs[k + 1] = logs[k] + ((n - k) as f64 / (k + 1) as f64).ln();
    }
    for k in 0..n / 2 {
        logs[k] = logs[n - k];
    }
    logs
}

/// ln Σ e^log.
pub(super) fn log_sum(logs: impl Iterator<Item = f64> + Clone) -> f64 {
    let top = logs.clone().fold(f64::NEG_INFINITY, libm::fmaximum);
    top + logs.filter(|log| *log > top - NEGLIGIBLE).map(|log| (log - top).exp()).sum::<f64>().ln()
}

/// ln cosh z without overflow.
pub(super) fn ln_cosh(z: f64) -> f64 {
    let z = z.abs();
    if z < 0.1 { (2.0 * (0.5 * z).sinh().powi(2)).ln_1p() } else { z + ((-2.0 * z).exp().ln_1p() - 2f64.ln()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_all_states_of_a_small_machine() {
        // All 2¹² states of 7 x 5 units, plain; signs of p and q alternate.
        let (n, m) = (7usize, 5usize);
        let one = RankOne { visible: n, hidden: m, coupling: 3.1, field_x: 0.4, field_y: -0.7 };
        let along = |state: usize, units: usize| -> f64 {
            let sign = |j: usize| if j.is_multiple_of(2) { 1.0 } else { -1.0 };
            (0..units).map(|j| sign(j) * ((state >> j & 1) as f64 - 0.5)).sum::<f64>() / (units as f64).sqrt()
        };
        let (mut z, mut sums) = (0.0, [0.0; 9]);
        for v in 0..1 << n {
            for h in 0..1 << m {
                let (x, y) = (along(v, n), along(h, m));
                let p = (one.coupling * x * y + one.field_x * x + one.field_y * y).exp();
                let (u, w) = ((x + y) / 2f64.sqrt(), (y - x) / 2f64.sqrt());
                z += p;
                let terms = [x, y, x * x, x * y, y * y, u * u, u.powi(4), w * w, x.abs()];
                sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += p * term);
            }
        }
        let f = one.moments();
        let ours = [f.x, f.y, f.xx, f.xy, f.yy, f.uu, f.uuuu, f.ww, f.abs_x];
        for (ours, plain) in ours.iter().zip(sums) {
            assert!((ours - plain / z).abs() < 1e-13, "{ours} {}", plain / z);
        }
        assert!((f.log_partition - (z / f64::from(1 << (n + m))).ln()).abs() < 1e-13);
        assert!((one.law_of_x().iter().map(|(_, p)| p).sum::<f64>() - 1.0).abs() < 1e-13);
    }

    #[test]
    fn what_is_left_out_of_a_large_machine_is_nothing() {
        // The same sums with every term, weights ln C(n, k) from ln k!; far from x = 0 they are
        // below e^-746.
        let (n, m) = (2000usize, 1500usize);
        let mut factorial = vec![0.0; n + 1];
        (1..=n).for_each(|k| factorial[k] = factorial[k - 1] + (k as f64).ln());
        for (coupling, field_x, field_y) in [(5.0, 3.0, 2.0), (3.0, -9.0, 1.0), (8.0, 0.5, -30.0), (0.0, -40.0, 20.0)] {
            let x = |k: usize| (k as f64 - 1000.0) / 2000f64.sqrt();
            let half = |k: usize| (coupling * x(k) + field_y) / (2.0 * 1500f64.sqrt());
            let log = |k: usize| {
                let own = factorial[n] - factorial[k] - factorial[n - k] - 2000.0 * 2f64.ln();
                own + field_x * x(k) + 1500.0 * half(k).cosh().ln()
            };
            let top = (0..=n).map(log).fold(f64::NEG_INFINITY, libm::fmaximum);
            let (mut z, mut sums) = (0.0, [0.0; 3]);
            for k in 0..=n {
                let p = (log(k) - top).exp();
                z += p;
                let y = 0.5 * 1500f64.sqrt() * half(k).tanh();
                sums.iter_mut().zip([x(k), x(k) * x(k), y]).for_each(|(sum, term)| *sum += p * term);
            }
            let one = RankOne { visible: n, hidden: m, coupling, field_x, field_y };
            let found = one.moments();
            // Rounding of 2000 terms whose logarithms are of order 1000.
            for (ours, plain) in [found.x, found.xx, found.y].into_iter().zip(sums) {
                assert!((ours / (plain / z) - 1.0).abs() < 1e-10, "{coupling}: {ours} {}", plain / z);
            }
            assert!((found.log_partition - top - z.ln()).abs() < 1e-9, "{coupling}: {}", found.log_partition);
            let law = one.law_of_x();
            assert_eq!((law.len(), law[0].0, law[n].0), (n + 1, x(0), x(n)));
            let worst = (0..=n).map(|k| (law[k].1 - (log(k) - top).exp() / z).abs()).fold(0.0, libm::fmaximum);
            assert!(worst < 1e-12, "{coupling}: {worst}");
        }
    }

    #[test]
    fn logarithms_keep_their_digits() {
        // By hand: ln cosh z = z²/2 − z⁴/12 + z⁶/45 near 0, |z| − ln 2 far from it.
        for z in [1e-9f64, 1e-3, 0.02] {
            let series = z * z / 2.0 - z.powi(4) / 12.0 + z.powi(6) / 45.0;
            assert!((ln_cosh(z) / series - 1.0).abs() < 1e-11 && ln_cosh(-z) == ln_cosh(z), "{z}");
        }
        for z in [0.0999f64, 0.1, 0.1001, 0.7, 5.0] {
            assert!((ln_cosh(z) / z.cosh().ln() - 1.0).abs() < 1e-13, "{z}");
        }
        assert_eq!((ln_cosh(0.0), ln_cosh(-800.0)), (0.0, 800.0 - 2f64.ln()));
        // ln C(4, k) − ln C(4, 2) and ln C(5, k) − ln C(5, 2).
        for (n, weights) in [(4, vec![1.0, 4.0, 6.0, 4.0, 1.0]), (5, vec![1.0, 5.0, 10.0, 10.0, 5.0, 1.0])] {
            let middle: f64 = weights[2];
            for (ours, weight) in binomial_logs(n).iter().zip(&weights) {
                assert!((ours - (weight / middle).ln()).abs() < 1e-15, "{n}: {ours}");
            }
            assert_eq!(binomial_logs(n).len(), n + 1);
        }
        // ln (1 + e^-1 + e^-59); what is e^-60 of the largest is left out.
        let found = log_sum([700.0, 699.0, 641.0, 600.0].into_iter());
        assert!((found - 700.0 - (-1f64).exp().ln_1p()).abs() < 1e-13, "{found}");
        assert_eq!(log_sum([-1e4].into_iter()), -1e4);
    }

    #[test]
    fn uncoupled_units_are_binomial_at_every_size() {
        for n in [1usize, 2, 1001, 1_000_000] {
            let found = RankOne::new(n, 3, 0.0).moments();
            assert!((found.xx - 0.25).abs() < 1e-11 && (found.yy - 0.25).abs() < 1e-13, "{n}: {found:?}");
            assert!(found.log_partition.abs() < 1e-12 && (found.uu - 0.25).abs() < 1e-11, "{n}: {found:?}");
        }
    }
}
