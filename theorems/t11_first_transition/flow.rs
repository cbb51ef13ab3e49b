//! The exact gradient flow of a machine of rank one on data of one pattern, at any size.

use super::falsifiers;
use crate::claim::Case;
use crate::exact::rank_one::RankOne;
use crate::math::{larger, largest, smaller};

/// Strength of a pattern and sizes of the machine that learns it: what the theory is given.
#[derive(Clone, Copy)]
pub(super) struct SetUp {
    /// N.
    pub(super) visible: usize,
    /// M.
    pub(super) hidden: usize,
    /// m₀, mean of S ξ_j (2v_j − 1).
    pub(super) strength: f64,
}

impl SetUp {
    /// Eigenvalue c of C − D along the pattern.
    pub(super) fn eigenvalue(&self) -> f64 {
        (self.visible as f64 - 1.0) * self.strength.powi(2) / 4.0
    }

    /// The machine and its data; falsifiers draw other data than the theory is told.
    pub(super) fn pattern(&self, case: &Case<'_>) -> Pattern {
        let half = case.is(&falsifiers::HALF_PATTERN);
        let visible = if half { self.visible / 2 } else { self.visible };
        let strength = if case.is(&falsifiers::NO_MAGNETISATION) { 0.0 } else { self.strength };
        let data = binomial(visible, strength).into_iter();
        Pattern {
            visible,
            hidden: self.hidden,
            per_time: 4.0 / self.eigenvalue(),
            data: data.map(|(count, p)| (along(count, visible), p)).collect(),
        }
    }
}

/// x or y of a layer of `units` units of which `count` agree with the pattern.
pub(super) fn along(count: usize, units: usize) -> f64 {
    (count as f64 - units as f64 / 2.0) / (units as f64).sqrt()
}

/// (number of units that agree with a sign, probability) of independent units of mean `m` along
/// it; what is below 10⁻²⁰ of the largest is left out.
pub(super) fn binomial(units: usize, m: f64) -> Vec<(usize, f64)> {
    let odds = (1.0 + m) / (1.0 - m);
    let mode = ((units as f64 * (1.0 + m) / 2.0) as usize).min(units);
    let mut law = vec![(mode, 1.0)];
    let mut weight = 1.0;
    for k in mode..units {
        weight *= odds * (units - k) as f64 / (k + 1) as f64;
        law.push((k + 1, weight));
        if weight < 1e-20 {
            break;
        }
    }
    weight = 1.0;
    for k in (1..=mode).rev() {
        weight *= k as f64 / (odds * (units - k + 1) as f64);
        law.push((k - 1, weight));
        if weight < 1e-20 {
            break;
        }
    }
    let total: f64 = law.iter().map(|(_, weight)| weight).sum();
    law.into_iter().map(|(k, weight)| (k, weight / total)).collect()
}

/// A machine W = λ p qᵀ along a pattern, at zero centred field, and the law of x over its data;
/// of both signs one is enough, because the flow of λ is even in x.
pub(super) struct Pattern {
    /// N.
    pub(super) visible: usize,
    /// M.
    pub(super) hidden: usize,
    /// 4/c: dt/dτ.
    pub(super) per_time: f64,
    data: Vec<(f64, f64)>,
}

impl Pattern {
    /// ⟨xy⟩ over the data.
    pub(super) fn data(&self, lambda: f64) -> f64 {
        self.over_data(|x| x * self.response(lambda * x))
    }

    /// Mean over the data of one sign.
    pub(super) fn over_data(&self, f: impl Fn(f64) -> f64) -> f64 {
        self.data.iter().map(|&(x, p)| p * f(x)).sum()
    }

    /// ⟨y⟩ in a field along q.
    pub(super) fn response(&self, field: f64) -> f64 {
        let root = (self.hidden as f64).sqrt();
        0.5 * root * (field / (2.0 * root)).tanh()
    }

    /// The machine.
    pub(super) fn machine(&self, lambda: f64) -> RankOne {
        RankOne::new(self.visible, self.hidden, lambda)
    }

    /// dλ/dτ = (4/c)(⟨xy⟩ of the data − ⟨xy⟩ of the model), τ = ct/4.
    pub(super) fn rate(&self, lambda: f64) -> f64 {
        self.per_time * (self.data(lambda) - self.machine(lambda).moments().xy)
    }

    /// (τ, λ) from `start` at τ = 0 to `to`, which may be negative.
    pub(super) fn follow(&self, start: f64, to: f64, tolerance: f64) -> Vec<(f64, f64)> {
        let way = integrate(&|[lambda]: [f64; 1]| [self.rate(lambda)], [start], to, tolerance);
        way.into_iter().map(|(tau, [lambda])| (tau, lambda)).collect()
    }

    /// λ at ascending distances in τ from `start`, all of one sign.
    pub(super) fn at(&self, start: f64, times: &[f64], tolerance: f64) -> Vec<f64> {
        let (mut lambda, mut now) = (start, 0.0);
        let mut each = |&time: &f64| {
            lambda = self.follow(lambda, time - now, tolerance).last().map_or(f64::NAN, |last| last.1);
            now = time;
            lambda
        };
        times.iter().map(&mut each).collect()
    }

    /// λ between `low` and `high` where the flow comes to rest; `low` if it rests below.
    pub(super) fn rest(&self, low: f64, high: f64) -> f64 {
        bisect(low, high, |lambda| self.rate(lambda))
    }
}

/// The place where a function changes from positive to negative.
pub(super) fn bisect(mut low: f64, mut high: f64, f: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..48 {
        let middle = 0.5 * (low + high);
        if f(middle) > 0.0 { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// Largest step of [`integrate`] in τ.
const STEP: f64 = 0.25;

/// Points of the solution of dy/dτ = rate(y) from y = `start` at τ = 0 to `to`: the classical
/// scheme of Runge and Kutta. Every step is made once whole and once as two halves; a fifteenth of
/// the difference is the error of the halves. It must be at most `tolerance`, and is then added.
pub(super) fn integrate<const D: usize>(
    rate: &impl Fn([f64; D]) -> [f64; D],
    start: [f64; D],
    to: f64,
    tolerance: f64,
) -> Vec<(f64, [f64; D])> {
    let plus = |y: [f64; D], h: f64, k: [f64; D]| std::array::from_fn(|i| y[i] + h * k[i]);
    let step = |y: [f64; D], first: [f64; D], h: f64| {
        let second = rate(plus(y, 0.5 * h, first));
        let third = rate(plus(y, 0.5 * h, second));
        let fourth = rate(plus(y, h, third));
        let mean = std::array::from_fn(|i| (first[i] + 2.0 * second[i] + 2.0 * third[i] + fourth[i]) / 6.0);
        plus(y, h, mean)
    };
    let mut way = vec![(0.0, start)];
    let (mut tau, mut y, mut size) = (0.0, start, 0.1 * STEP);
    while tau < to.abs() {
        let last = to.abs() - tau <= size;
        let h = smaller(size, to.abs() - tau).copysign(to);
        let first = rate(y);
        let whole = step(y, first, h);
        let middle = step(y, first, 0.5 * h);
        let halves = step(middle, rate(middle), 0.5 * h);
        let error = largest((0..D).map(|i| (halves[i] - whole[i]).abs() / 15.0));
        if error <= tolerance || size < 1e-9 {
            tau = if last { to.abs() } else { tau + h.abs() };
            y = std::array::from_fn(|i| halves[i] + (halves[i] - whole[i]) / 15.0);
            way.push((tau.copysign(to), y));
        }
        let better = 0.9 * (tolerance / larger(error, 1e-300)).powf(0.2);
        size = smaller(h.abs() * smaller(larger(better, 0.2), 4.0), STEP);
    }
    way
}
