//! The Marchenko-Pastur law, for singular values.

use rand::{Rng, RngExt};
use std::f64::consts::PI;
use thiserror::Error;

/// Why a law cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum ShapeError {
    /// One of the two sizes is zero.
    #[error("a matrix of {visible} x {hidden} has no singular values")]
    Empty {
        /// Number of rows `N`.
        visible: usize,
        /// Number of columns `M`.
        hidden: usize,
    },
    /// The standard deviation of the entries is not a positive finite number.
    #[error("the standard deviation of the entries is {0}: it must be positive and finite")]
    Scale(f64),
}

/// Limit law of the `r = min(N, M)` singular values of an `N x M` matrix with i.i.d. entries of
/// mean 0 and variance `s^2`. Its mass is 1: multiply by `r` for a number of singular values.
///
/// # Source
/// Marchenko & Pastur, Math. USSR-Sbornik 1 (1967) 457, with `eigenvalue = l^2`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MarchenkoPastur {
    s: f64,
    rank: f64,
    // Edges in units of s.
    low: f64,
    high: f64,
}

impl MarchenkoPastur {
    /// Law for `visible` (`N`) rows, `hidden` (`M`) columns and standard deviation `s` of the
    /// entries.
    ///
    /// # Errors
    /// A size of zero; an `s` that is not positive and finite.
    pub fn new(visible: usize, hidden: usize, s: f64) -> Result<Self, ShapeError> {
        if visible == 0 || hidden == 0 {
            return Err(ShapeError::Empty { visible, hidden });
        }
        if !(s > 0.0 && s.is_finite()) {
            return Err(ShapeError::Scale(s));
        }
        let (rank, max) = (visible.min(hidden), visible.max(hidden));
        let high = (max as f64).sqrt() + (rank as f64).sqrt();
        // sqrt(max) - sqrt(r), without the cancellation.
        Ok(Self { s, rank: rank as f64, low: (max - rank) as f64 / high, high })
    }

    /// Edges of the support, `s (sqrt(max(N, M)) -+ sqrt(r))`; a few ulp.
    pub fn edges(&self) -> (f64, f64) {
        (self.s * self.low, self.s * self.high)
    }

    /// Density at the singular value `l`: `sqrt((l+^2 - l^2)(l^2 - l-^2)) / (pi s^2 r l)` on the
    /// support, 0 elsewhere. At `l = 0` in the square case it is the limit, `l+ / (pi s^2 r)`. A
    /// few ulp, times `1/distance` to an edge there.
    pub fn density(&self, l: f64) -> f64 {
        let x = l / self.s;
        if x < self.low || x > self.high {
            return 0.0;
        }
        let upper = (self.high - x) * (self.high + x);
        let root = if self.low == 0.0 { upper.sqrt() } else { (upper * (x - self.low) * (x + self.low)).sqrt() / x };
        root / (PI * self.rank * self.s)
    }

    /// Probability of a singular value below `l`. With `a = l^2 - l-^2` and `b = l+^2 - l^2`,
    /// `(sqrt(a b) + (l-^2 + l+^2) atan2(sqrt a, sqrt b) - 2 l- l+ atan2(l+ sqrt a, l- sqrt b))`
    /// over `2 pi s^2 r`; 0 below the support, 1 above.
    ///
    /// It is the integral of [`Self::density`] usually written with `asin(x) + pi/2`, here as
    /// `2 atan2(sqrt(1 + x), sqrt(1 - x))`, which loses no digits near the edges. 1e-12 absolute
    /// for sizes below 1000.
    pub fn cdf(&self, l: f64) -> f64 {
        let x = l / self.s;
        if x <= self.low {
            return 0.0;
        }
        if x >= self.high {
            return 1.0;
        }
        let a = ((x - self.low) * (x + self.low)).sqrt();
        let b = ((self.high - x) * (self.high + x)).sqrt();
        let mean = (self.low * self.low + self.high * self.high) * libm::atan2(a, b);
        let product = 2.0 * self.low * self.high * libm::atan2(self.high * a, self.low * b);
        ((a * b + mean - product) / (2.0 * PI * self.rank)).clamp(0.0, 1.0)
    }
}

impl MarchenkoPastur {
    /// The singular value below which the probability `p` lies, by Newton's method on [`Self::cdf`]
    /// as far as that resolves it; the edges for `p` outside (0, 1).
    pub fn quantile(&self, p: f64) -> f64 {
        let (mut low, mut high) = self.edges();
        if p <= 0.0 {
            return low;
        }
        if p >= 1.0 {
            return high;
        }
        // Newton's steps, or the middle where they leave the bracket.
        let mut l = 0.5 * (low + high);
        for _ in 0..64 {
            let beyond = self.cdf(l) - p;
            if beyond < 0.0 {
                low = l;
            } else {
                high = l;
            }
            let newton = l - beyond / self.density(l);
            let next = if (low..=high).contains(&newton) { newton } else { 0.5 * (low + high) };
            let step = (next - l).abs();
            l = next;
            if step <= 4.0 * f64::EPSILON * l {
                break;
            }
        }
        l
    }

    /// One independent draw. Singular values of one matrix are *not* independent draws: they repel.
    pub fn sample(&self, rng: &mut impl Rng) -> f64 {
        self.quantile(rng.random())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Simpson's rule for `integral of l^power density(l) dl`,
    /// `l^2 = l+^2 cos^2(h) + l-^2 sin^2(h)`, `h` from `pi/2` (the lower edge) down to `end`.
    fn quadrature(law: &MarchenkoPastur, power: i32, end: f64) -> f64 {
        let ((low, high), n) = (law.edges(), 20_000);
        let step = (PI / 2.0 - end) / n as f64;
        let term = |i: usize| {
            let (sin, cos) = (end + step * i as f64).sin_cos();
            let l = (high * cos).hypot(low * sin);
            let weight = if i == 0 || i == n { 1.0 } else { 2.0 + 2.0 * (i % 2) as f64 };
            weight * l.powi(power) * law.density(l) * (high - low) * (high + low) * sin * cos / l
        };
        (0..=n).map(term).sum::<f64>() * step / 3.0
    }

    #[test]
    fn the_cdf_is_the_integral_of_the_density_and_the_second_moment_is_s2_max() {
        for (n, m, s) in [(784, 500, 0.01), (211, 313, 1.7), (251, 251, 0.3)] {
            let law = MarchenkoPastur::new(n, m, s).unwrap();
            let (low, high) = law.edges();
            for end in [0.0, 0.02, 0.3, 0.8, 1.2, 1.5, 1.56_f64] {
                let l = (high * end.cos()).hypot(low * end.sin());
                let expected = quadrature(&law, 0, end);
                assert!((law.cdf(l) - expected).abs() < 1e-12, "{n} {m} {end}: {} {expected}", law.cdf(l));
            }
            let second = s * s * n.max(m) as f64;
            assert!((quadrature(&law, 2, 0.0) / second - 1.0).abs() < 1e-12);
            assert_eq!((law.cdf(0.9 * low), law.cdf(1.1 * high), law.density(1.1 * high)), (0.0, 1.0, 0.0));
        }
    }

    #[test]
    fn edges_and_the_square_limit_have_their_hand_computed_values() {
        let (low, high) = MarchenkoPastur::new(784, 500, 0.01).unwrap().edges();
        assert!((low - 0.056393).abs() < 5e-7 && (high - 0.503607).abs() < 5e-7);
        // N = M = 1, s = 1: sqrt(4 - l^2)/pi, 2/pi at 0; its cdf at 1 is (sqrt 3 + 4 pi/6)/(2 pi).
        let law = MarchenkoPastur::new(1, 1, 1.0).unwrap();
        assert!((law.density(0.0) - 2.0 / PI).abs() < 1e-15);
        assert!((law.cdf(1.0) - (3f64.sqrt() / (2.0 * PI) + 1.0 / 3.0)).abs() < 1e-15);
    }

    #[test]
    fn quantiles_undo_the_cdf() {
        for (n, m) in [(784, 500), (251, 251), (3, 7)] {
            let law = MarchenkoPastur::new(n, m, 0.7).unwrap();
            for i in 1..100 {
                let p = f64::from(i) / 100.0;
                assert!((law.cdf(law.quantile(p)) - p).abs() < 1e-12, "{n} {m} {p}");
            }
            assert_eq!((law.quantile(0.0), law.quantile(1.0)), law.edges());
        }
    }

    #[test]
    fn outside_the_support_there_is_nothing() {
        let law = MarchenkoPastur::new(784, 500, 0.7).unwrap();
        let (low, high) = law.edges();
        assert_eq!([-1.0, 0.0, 0.9 * low, 1.1 * high].map(|l| law.density(l)), [0.0; 4]);
        assert_eq!([-1.0, 0.0, 0.9 * low, low].map(|l| law.cdf(l)), [0.0; 4]);
        assert_eq!([high, 1.1 * high, f64::INFINITY].map(|l| law.cdf(l)), [1.0; 3]);
        assert_eq!([-0.5, 0.0, 1.0, 1.5].map(|p| law.quantile(p)), [low, low, high, high]);
        // Near the edges the density grows like a root: four times the distance, twice the density,
        // up to the distance over the edge.
        for (from, to) in [(low, 1.0), (high, -1.0)] {
            let at = |distance: f64| law.density(from + to * distance);
            assert!((at(4e-6) / at(1e-6) - 2.0).abs() < 1e-4 && at(1e-6) > 0.0);
        }
    }

    #[test]
    fn draws_are_quantiles_of_uniform_ones() {
        use rand::{SeedableRng, rngs::ChaCha8Rng};
        let law = MarchenkoPastur::new(7, 3, 1.0).unwrap();
        let (rng, again) = (&mut ChaCha8Rng::seed_from_u64(1), &mut ChaCha8Rng::seed_from_u64(1));
        for _ in 0..20 {
            let p: f64 = again.random();
            assert!((law.cdf(law.sample(rng)) - p).abs() < 1e-12);
        }
    }

    #[test]
    fn zero_sizes_and_bad_scales_are_refused() {
        assert_eq!(MarchenkoPastur::new(0, 3, 1.0), Err(ShapeError::Empty { visible: 0, hidden: 3 }));
        for s in [0.0, -1.0, f64::INFINITY, f64::NAN] {
            assert!(matches!(MarchenkoPastur::new(2, 3, s), Err(ShapeError::Scale(_))));
        }
    }
}
