//! Machines of rank one whose profiles are not even, W = λ p qᵀ with any p and q: the density of x
//! by inverting its characteristic function about a saddle point, y summed out.

use super::rank_one::{NEGLIGIBLE, log_sum};

/// Zero field. Every entry of the two unit vectors stands on `copies` units, divided by √copies.
#[derive(Clone, Debug, PartialEq)]
pub struct Profiled {
    /// p before it is repeated, unit length.
    pub visible: Vec<f64>,
    /// q before it is repeated, unit length.
    pub hidden: Vec<f64>,
    /// Units that share an entry.
    pub copies: usize,
    /// g = βλ.
    pub coupling: f64,
}

/// Moments of the mode.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ProfiledMoments {
    /// ln Z − βc0 − (N+M) ln 2.
    pub log_partition: f64,
    /// ⟨|x|⟩.
    pub abs_x: f64,
    /// ⟨u²⟩, u = (x + y)/√2.
    pub uu: f64,
    /// ⟨u⁴⟩.
    pub uuuu: f64,
    /// ⟨uw⟩, w = (y − x)/√2.
    pub uw: f64,
}

/// First four cumulants of Σ_j p_j d_j in a conjugate field t, and Σ_j ln cosh(t p_j/2), every
/// entry on `copies` units.
///
/// # Example
/// ```
/// // by hand: one unit in a field of 2: mean tanh(1)/2, variance (1 − tanh²(1))/4
/// let (cumulants, log) = rbm_landscape::exact::profile::cumulants(&[1.0], 1, 2.0);
/// assert!((cumulants[0] - 0.5 * 1f64.tanh()).abs() < 1e-15 && (log - 1f64.cosh().ln()).abs() < 1e-15);
/// assert!((cumulants[1] - 0.25 * (1.0 - 1f64.tanh().powi(2))).abs() < 1e-15);
/// ```
pub fn cumulants(profile: &[f64], copies: usize, t: f64) -> ([f64; 4], f64) {
    let many = copies as f64;
    let mut sum = ([0.0; 4], 0.0);
    for entry in profile {
        let u = entry / many.sqrt();
        let half = 0.5 * t * u;
        let mean = half.tanh();
        let free = 1.0 - mean * mean;
        let of = [
            0.5 * u * mean,
            0.25 * u * u * free,
            -0.25 * u.powi(3) * mean * free,
            -0.125 * u.powi(4) * free * (1.0 - 3.0 * mean * mean),
        ];
        sum.0.iter_mut().zip(of).for_each(|(sum, k)| *sum += many * k);
        sum.1 += many * super::rank_one::ln_cosh(half);
    }
    sum
}

impl Profiled {
    /// All moments; from a hundred units a side on, if no few entries carry the profile and the
    /// coupling is at most 5, with relative errors of about 1e-9; ⟨|x|⟩ only well above the
    /// threshold, where the law has no weight at 0.
    pub fn moments(&self) -> ProfiledMoments {
        // A step of 1/2 in t is one of 1/8 in x, whose free deviation is 1/2; units are all but
        // saturated at the end. Without field x and −x are alike.
        let steps = (16.0 * ((self.visible.len() * self.copies) as f64).sqrt()).ceil() as i64;
        let node = |k: i64| {
            let t = 0.5 * k as f64;
            let tilted = cumulants(&self.visible, self.copies, t);
            let hidden = cumulants(&self.hidden, self.copies, self.coupling * tilted.0[0]);
            // Laplace's density, right up to a factor of order 1.
            let rough = tilted.1 - t * tilted.0[0] + 0.5 * tilted.0[1].ln();
            (t, tilted, hidden, rough)
        };
        let nodes: Vec<_> = (0..=steps).map(node).collect();
        let top = |log: &dyn Fn(usize) -> f64| (0..nodes.len()).map(log).fold(f64::NEG_INFINITY, libm::fmaximum);
        let free_top = top(&|k| nodes[k].3);
        let coupled_top = top(&|k| nodes[k].3 + nodes[k].2.1);
        let (mut free, mut coupled) = (Vec::new(), Vec::new());
        for (t, tilted, hidden, rough) in nodes {
            if rough < free_top - 1.5 * NEGLIGIBLE && rough + hidden.1 < coupled_top - 1.5 * NEGLIGIBLE {
                continue;
            }
            let ([x, variance, ..], log) = tilted;
            let both = if t == 0.0 { 0.0 } else { 2f64.ln() };
            let density = log - t * x + (self.inverted(t, x, variance) * variance).max(f64::MIN_POSITIVE).ln() + both;
            free.push((x, density));
            coupled.push(((x, hidden.0), density + hidden.1));
        }
        let total = log_sum(coupled.iter().map(|(_, log)| *log));
        let log_partition = total - log_sum(free.iter().map(|(_, log)| *log));
        let mut sum = ProfiledMoments { log_partition, ..Default::default() };
        for ((x, [k1, k2, k3, k4]), log) in coupled {
            let p = (log - total).exp();
            // Moments of z = x + y given x, from its cumulants.
            let z = x + k1;
            sum.abs_x += p * x.abs();
            sum.uu += p * 0.5 * (z * z + k2);
            sum.uw += p * 0.5 * (k2 + k1 * k1 - x * x);
            sum.uuuu += p * 0.25 * (k4 + 4.0 * k3 * z + 3.0 * k2 * k2 + 6.0 * k2 * z * z + z.powi(4));
        }
        sum
    }

    /// Density at its mean x of the law tilted by t, times π.
    fn inverted(&self, t: f64, x: f64, variance: f64) -> f64 {
        // ∫ Re e^(−isx) φ_t(s) ds over 9 deviations, trapezoidal: exponentially close for the
        // smooth, decaying integrand.
        let step = 0.25 / variance.sqrt();
        let root = (self.copies as f64).sqrt();
        let times = |(a, b): (f64, f64), (c, d): (f64, f64)| (a * c - b * d, a * d + b * c);
        // Of every entry e^(isu/2) and what one step in s multiplies it by: φ_t = Π (cos + i
        // tanh(tu/2) sin), `copies` times.
        let turn = |u: &f64| {
            let (sin, cos) = (0.5 * step * u / root).sin_cos();
            ((0.5 * t * u / root).tanh(), (1.0, 0.0), (cos, sin))
        };
        let mut entries: Vec<_> = self.visible.iter().map(turn).collect();
        let integrand = |k: i32| {
            let mut product = (1.0, 0.0);
            for (tanh, at, by) in &mut entries {
                *at = times(*at, *by);
                product = times(product, (at.0, *tanh * at.1));
            }
            let size = self.copies as f64 * 0.5 * (product.0 * product.0 + product.1 * product.1).ln();
            let phase = self.copies as f64 * product.1.atan2(product.0) - step * f64::from(k) * x;
            size.exp() * phase.cos()
        };
        step * (0.5 + (1..=36).map(integrand).sum::<f64>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::rank_one::RankOne;

    #[test]
    fn even_profiles_are_binomial() {
        for (n, m, g) in [(120usize, 90usize, 2.5), (400, 100, 4.0), (200, 200, 5.0)] {
            let even = |size: usize| vec![1.0 / (size as f64).sqrt(); size];
            let ours = Profiled { visible: even(n / 10), hidden: even(m / 10), copies: 10, coupling: g }.moments();
            let exact = RankOne::new(n, m, g).moments();
            let pairs = [
                (ours.log_partition, exact.log_partition),
                (ours.uu, exact.uu),
                (ours.uuuu, exact.uuuu),
                (ours.uw, 0.5 * (exact.yy - exact.xx)),
            ];
            for (ours, exact) in pairs {
                assert!((ours - exact).abs() < 1e-9 * exact.abs().max(1.0), "{ours} {exact}");
            }
        }
    }

    #[test]
    fn well_above_the_threshold_the_size_of_x_is_that_of_the_binomial_law() {
        // Curie and Weiss: at g/4 = 1.25 states around x = 0 have e^-28 of the weight.
        let even = vec![1.0 / 40f64.sqrt(); 40];
        let ours = Profiled { visible: even.clone(), hidden: even, copies: 10, coupling: 5.0 }.moments();
        let exact = RankOne::new(400, 400, 5.0).moments();
        assert!((ours.abs_x / exact.abs_x - 1.0).abs() < 1e-9, "{} {}", ours.abs_x, exact.abs_x);
    }

    #[test]
    fn cumulants_are_those_of_single_bits() {
        // Of every bit ±u/2 by its two states: mean, variance, third central moment, fourth less 3
        // variances squared.
        let (profile, copies, t) = ([0.6, -0.8], 4, 1.7f64);
        let (mut sums, mut log) = ([0.0; 4], 0.0);
        for entry in profile {
            let u: f64 = entry / 2.0; // over √copies
            let (up, down) = ((0.5 * t * u).exp(), (-0.5 * t * u).exp());
            let (p, q) = (up / (up + down), down / (up + down));
            let mean = 0.5 * u * (p - q);
            let central = |k: i32| p * (0.5 * u - mean).powi(k) + q * (-0.5 * u - mean).powi(k);
            let of = [mean, central(2), central(3), central(4) - 3.0 * central(2).powi(2)];
            sums.iter_mut().zip(of).for_each(|(sum, k)| *sum += 4.0 * k);
            log += 4.0 * (0.5 * (up + down)).ln();
        }
        let found = cumulants(&profile, copies, t);
        assert!(found.0.iter().zip(sums).all(|(ours, plain)| (ours - plain).abs() < 1e-15), "{found:?} {sums:?}");
        assert!((found.1 - log).abs() < 1e-15, "{found:?} {log}");
    }

    #[test]
    fn agrees_with_sums_over_three_classes() {
        // Three visible entries on 60 units each: x from three binomials, plain; y summed out.
        let profile = [0.8, -0.36, 0.48];
        let machine = Profiled { visible: profile.to_vec(), hidden: vec![0.6, 0.8], copies: 60, coupling: 3.5 };
        let log_choose = |k: usize| (1..=k).map(|i| ((61 - i) as f64 / i as f64).ln()).sum::<f64>();
        let logs: Vec<f64> = (0..=60).map(log_choose).collect();
        let (mut z, mut free, mut uu, mut uw, mut uuuu) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for at in 0..61usize.pow(3) {
            let counts = [at % 61, at / 61 % 61, at / 3721];
            let x = counts.iter().zip(profile).map(|(&k, u)| u * (k as f64 - 30.0)).sum::<f64>() / 60f64.sqrt();
            let weight = (counts.iter().map(|&k| logs[k]).sum::<f64>() - 120.0).exp();
            let field = |v: f64| 0.5 * 3.5 * x * v / 60f64.sqrt();
            let p = weight * (60.0 * (field(0.6).cosh().ln() + field(0.8).cosh().ln())).exp();
            let y = [0.6, 0.8].map(|v| 0.5 * 60f64.sqrt() * v * field(v).tanh()).iter().sum::<f64>();
            let spread = [0.6f64, 0.8].map(|v| 0.25 * v * v * (1.0 - field(v).tanh().powi(2))).iter().sum::<f64>();
            free += weight;
            z += p;
            uu += p * 0.5 * ((x + y).powi(2) + spread);
            // Given x: ⟨y²⟩ − x², and the fourth moment of x + y from the third and fourth central
            // moments of its independent bits.
            uw += p * 0.5 * (y * y + spread - x * x);
            let bits = [0.6f64, 0.8].map(|v| (v / 60f64.sqrt(), field(v).tanh()));
            let third = bits.iter().map(|(u, t)| -60.0 * u.powi(3) * 0.25 * t * (1.0 - t * t)).sum::<f64>();
            let fourth =
                bits.iter().map(|(u, t)| 60.0 * (u / 2.0).powi(4) * -2.0 * (1.0 - t * t) * (1.0 - 3.0 * t * t));
            let (mean, fourth) = (x + y, fourth.sum::<f64>() + 3.0 * spread * spread);
            uuuu += p * 0.25 * (mean.powi(4) + 6.0 * mean * mean * spread + 4.0 * mean * third + fourth);
        }
        let ours = machine.moments();
        assert!((ours.log_partition - (z / free).ln()).abs() < 1e-9, "{} {}", ours.log_partition, (z / free).ln());
        assert!((ours.uu / (uu / z) - 1.0).abs() < 1e-9, "{} {}", ours.uu, uu / z);
        assert!((ours.uw / (uw / z) - 1.0).abs() < 1e-8, "{} {}", ours.uw, uw / z);
        assert!((ours.uuuu / (uuuu / z) - 1.0).abs() < 1e-9, "{} {}", ours.uuuu, uuuu / z);
    }
}
