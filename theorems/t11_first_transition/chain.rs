//! The law of x of infinitely many block Gibbs chains of a machine of rank one, exactly: x decides
//! the law of y, and y that of the next x.

use super::flow::along;
use crate::exact::rank_one::RankOne;
use crate::math::{logistic, softplus};

/// Sizes of a machine of rank one, and logarithms of binomial coefficients.
pub(super) struct Chain {
    /// N.
    pub(super) visible: usize,
    /// M.
    pub(super) hidden: usize,
    choose_visible: Vec<f64>,
    choose_hidden: Vec<f64>,
}

/// ln of the binomial coefficients of n.
fn choose(n: usize) -> Vec<f64> {
    let mut logs = vec![0.0; n + 1];
    for k in 0..n {
        logs[k + 1] = logs[k] + ((n - k) as f64 / (k + 1) as f64).ln();
    }
    logs
}

/// One sweep at one λ, as two matrices row by row: of y given x, and of the next x given y.
pub(super) struct Sweep {
    up: Vec<f64>,
    down: Vec<f64>,
    hidden: usize,
    visible: usize,
}

/// Law of the units of one layer that agree, given the `from` states of the other.
fn conditional(from: usize, to: &[f64], lambda: f64) -> Vec<f64> {
    let n = to.len() - 1;
    let row = |count: usize| {
        let field = lambda * along(count, from) / (n as f64).sqrt();
        let free = n as f64 * softplus(field);
        to.iter().enumerate().map(move |(k, log)| (log + k as f64 * field - free).exp())
    };
    (0..=from).flat_map(row).collect()
}

impl Chain {
    /// A machine of these sizes.
    pub(super) fn new(visible: usize, hidden: usize) -> Self {
        Self { visible, hidden, choose_visible: choose(visible), choose_hidden: choose(hidden) }
    }

    /// One sweep at λ.
    pub(super) fn sweep(&self, lambda: f64) -> Sweep {
        Sweep {
            up: conditional(self.visible, &self.choose_hidden, lambda),
            down: conditional(self.hidden, &self.choose_visible, lambda),
            hidden: self.hidden + 1,
            visible: self.visible + 1,
        }
    }

    /// The machine's own law of x.
    pub(super) fn stationary(&self, lambda: f64) -> Vec<f64> {
        RankOne::new(self.visible, self.hidden, lambda).law_of_x().into_iter().map(|(_, p)| p).collect()
    }

    /// Values of a function of x.
    pub(super) fn values(&self, f: impl Fn(f64) -> f64) -> Vec<f64> {
        (0..=self.visible).map(|count| f(along(count, self.visible))).collect()
    }

    /// x times the mean of y given x: the derivative of ln of the weight of x in λ.
    pub(super) fn product(&self, lambda: f64) -> Vec<f64> {
        let root = (self.hidden as f64).sqrt();
        self.values(|x| x * root * (logistic(lambda * x / root) - 0.5))
    }

    /// Autocovariances C(k), C(2k), ... of a function with d ln P/dλ in equilibrium, `sweeps` = k
    /// apart, until they are below 10⁻¹⁰ of C(0), which comes first.
    pub(super) fn correlations(&self, lambda: f64, sweeps: usize, f: &[f64]) -> Vec<f64> {
        let (law, product, sweep) = (self.stationary(lambda), self.product(lambda), self.sweep(lambda));
        let mean = dot(&law, f);
        let weighed: Vec<f64> = law.iter().zip(&product).map(|(p, xy)| p * xy).collect();
        let mut values: Vec<f64> = f.iter().map(|f| f - mean).collect();
        let mut found = vec![dot(&weighed, &values)];
        for _ in 0..100_000 {
            (0..sweeps).for_each(|_| values = sweep.backward(&values));
            found.push(dot(&weighed, &values));
            if found[found.len() - 1].abs() < 1e-10 * found[0].abs() {
                break;
            }
        }
        found
    }
}

/// Σ a b.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Vector times matrix, row by row.
fn left(vector: &[f64], matrix: &[f64], columns: usize) -> Vec<f64> {
    let mut product = vec![0.0; columns];
    for (v, row) in vector.iter().zip(matrix.chunks_exact(columns)) {
        product.iter_mut().zip(row).for_each(|(sum, entry)| *sum += v * entry);
    }
    product
}

impl Sweep {
    /// Law of x after the sweep.
    pub(super) fn forward(&self, law: &[f64]) -> Vec<f64> {
        left(&left(law, &self.up, self.hidden), &self.down, self.visible)
    }

    /// Mean of a function after the sweep, given x before it.
    pub(super) fn backward(&self, values: &[f64]) -> Vec<f64> {
        let given: Vec<f64> = self.down.chunks_exact(self.visible).map(|row| dot(row, values)).collect();
        self.up.chunks_exact(self.hidden).map(|row| dot(row, &given)).collect()
    }
}
