//! Verdicts of the asymptotic laws, drawn.
#![deny(clippy::disallowed_methods)]

use super::{LEADING, LEVELS, Tail, count};
use crate::calibration::toolbox::stream;
use crate::lab::Plan;
use crate::linalg::singular_values_by_gram;
use crate::spectra::linear_statistics::{POWERS, Wishart};
use crate::spectra::{hard_edge, tracy_widom};
use crate::stat::goodness::{self, chi_square_survival};
use crate::stat::mean::z_test;
use faer::Mat;
use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use rand_distr::{ChiSquared, Distribution};
use rayon::prelude::*;

/// Matrices that `draws` verdicts over many matrices are resampled from.
pub(super) fn pool_size(draws: usize) -> usize {
    (draws / 25).clamp(20_000, 400_000)
}

/// Dense matrices that `draws` verdicts on other than normal entries are resampled from, each of
/// which takes as long as many of the model. None below 2000, whose mean says too little of the
/// law's.
pub(super) fn dense_pool_size(draws: usize) -> usize {
    match draws / 500 {
        ..2000 => 0,
        size => size.min(20_000),
    }
}

/// Linear between points 1/256 apart: an error of 1e-6.
pub(super) fn tracy_widom_table() -> Vec<f64> {
    (-10 * 256..=8 * 256).into_par_iter().map(|i| tracy_widom::cdf(f64::from(i) / 256.0)).collect()
}

/// Number of levels at which a p-value is refuted.
pub(super) fn refuted_at(p: f64) -> usize {
    LEVELS.iter().take_while(|&&level| p < level).count()
}

fn chi_squares(degrees: impl Iterator<Item = usize>) -> Vec<ChiSquared<f64>> {
    degrees.filter_map(|degrees| ChiSquared::new(degrees as f64).ok()).collect() // refuses only 0
}

/// Bidiagonal model of an N x M matrix of normal entries of standard deviation 1, its first rows:
/// laws of the squares.
pub(super) struct Model {
    pub(super) shape: (usize, usize),
    pub(super) diagonal: Vec<ChiSquared<f64>>,
    pub(super) above: Vec<ChiSquared<f64>>,
}

impl Model {
    pub(super) fn new((n, m): (usize, usize), rows: usize) -> Self {
        let (max, r) = (n.max(m), n.min(m));
        let rows = rows.min(r);
        let above = chi_squares((1..rows).map(|i| r - i));
        Self { shape: (n, m), diagonal: chi_squares((0..rows).map(|i| max - i)), above }
    }

    /// As many rows as the largest singular value needs.
    pub(super) fn leading((n, m): (usize, usize)) -> Self {
        Self::new((n, m), (LEADING * libm::cbrt(n.min(m) as f64)).ceil() as usize)
    }

    /// Squares of the diagonal and of what stands above it, 0 after the last.
    pub(super) fn draw(&self, rng: &mut ChaCha8Rng, squares: &mut Vec<(f64, f64)>) {
        squares.clear();
        squares.extend((0..self.diagonal.len()).map(|i| {
            let d = self.diagonal[i].sample(rng);
            (d, self.above.get(i).map_or(0.0, |law| law.sample(rng)))
        }));
    }

    /// The square of the singular value with [`tracy_widom::edge_statistic`] t, which is linear in
    /// it.
    pub(super) fn square_at(&self, t: f64) -> f64 {
        let at = |largest: f64| tracy_widom::edge_statistic(largest, self.shape.0, self.shape.1, 1.0);
        (t - at(0.0)) / (at(1.0) - at(0.0))
    }
}

/// Number of squared singular values below `shift`, up to the first that is not: whether it is all
/// of them is what counts at the edge.
pub(super) fn below(squares: &[(f64, f64)], shift: f64, stop: bool) -> usize {
    let (mut rest, mut count) = (-shift, 0);
    for &(d, e) in squares {
        let pivot = d + rest;
        if pivot < 0.0 {
            count += 1;
        } else if stop {
            return count;
        }
        // A pivot of zero counts as a tiny positive one.
        let pivot = if pivot.abs() < 1e-280 { 1e-280 } else { pivot };
        rest = e * (rest / pivot) - shift;
    }
    count
}

/// Whether the largest squared singular value reaches `shift`.
pub(super) fn reaches(squares: &[(f64, f64)], shift: f64) -> bool {
    below(squares, shift, true) < squares.len()
}

/// T08's check of untrained machines: the largest of all, its p-value times their number.
pub(super) fn largest_of_machines(plan: &Plan, draws: usize, seed: u64) -> Tail {
    // Twice as many of the smallest, as T08 trains at quick scale.
    let smallest = plan.trained_hidden[0];
    let machines: Vec<usize> = plan
        .trained_hidden
        .iter()
        .flat_map(|&m| vec![m; if m == smallest { 2 } else { 1 } * plan.trained_replicas])
        .collect();
    let share = machines.len() as f64;
    let models: Vec<(Model, [f64; LEVELS.len()])> = machines
        .iter()
        .map(|&m| {
            let model = Model::leading((784, m));
            let squares = LEVELS.map(|level| model.square_at(tracy_widom::quantile(1.0 - level / share)));
            (model, squares)
        })
        .collect();
    let name = format!("T08: largest singular value of {} machines 784 x {machines:?}", machines.len());
    let criterion = |rng: &mut ChaCha8Rng| {
        let mut squares = Vec::new();
        let of = |(model, at): &(Model, [f64; LEVELS.len()])| {
            model.draw(rng, &mut squares);
            at.iter().take_while(|&&shift| reaches(&squares, shift)).count()
        };
        [models.iter().map(of).max().unwrap_or(0)]
    };
    let [tail] = count([name], draws, None, seed, criterion);
    tail
}

/// Independent draws from the same model, in parallel.
pub(super) fn pool<T: Send>(
    model: &Model,
    purpose: &str,
    size: usize,
    seed: u64,
    of: impl Fn(&[(f64, f64)]) -> T + Sync,
) -> Vec<T> {
    let draw = |at: usize| {
        let mut squares = Vec::new();
        model.draw(&mut stream(seed, &format!("{purpose} {:?}", model.shape), "pool", at), &mut squares);
        of(&squares)
    };
    (0..size).into_par_iter().map(draw).collect()
}

/// The largest singular value in the units of its law.
pub(super) fn edge(model: &Model, squares: &[(f64, f64)]) -> f64 {
    let (mut low, mut high) = (-12.0, 20.0);
    for _ in 0..36 {
        let middle = 0.5 * (low + high);
        if reaches(squares, model.square_at(middle)) { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// Sup-distances of n values with Kolmogorov-Smirnov p-value at each of [`LEVELS`].
pub(super) fn critical(n: usize) -> [f64; LEVELS.len()] {
    LEVELS.map(|level| {
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..50 {
            let middle = 0.5 * (low + high);
            if goodness::kolmogorov(n, middle) < level { high = middle } else { low = middle }
        }
        high
    })
}

/// Kolmogorov-Smirnov test of `size` values whose probabilities under the law are drawn from the
/// pool.
pub(super) fn kolmogorov_of(probabilities: &mut [f64], critical: &[f64; LEVELS.len()]) -> usize {
    probabilities.sort_unstable_by(f64::total_cmp);
    let distance = goodness::sup_distance(probabilities, |p| p);
    critical.iter().take_while(|&&least| distance > least).count()
}

/// Entries of standard deviation s: N, M, s.
pub(super) type Entries = fn(usize, usize, f64, &mut ChaCha8Rng) -> Mat<f64>;

/// The largest singular value of dense matrices in the units of its law, less the shift by the
/// fourth cumulant of their entries.
pub(super) fn dense(entries: Entries, kappa4: f64, (n, m): (usize, usize), size: usize, seed: u64) -> Vec<f64> {
    let shift = tracy_widom::cumulant_shift(kappa4, n, m);
    let draw = |at: usize| {
        let w = entries(n, m, 1.0, &mut stream(seed, &format!("edges {kappa4} {n} {m}"), "pool", at));
        // Not-a-number where it does not converge: every verdict with it is refuted.
        let largest = singular_values_by_gram(w.as_ref()).map_or(f64::NAN, |values| values[0]);
        tracy_widom::edge_statistic(largest, n, m, 1.0) - shift
    };
    (0..size).into_par_iter().map(draw).collect()
}

/// T02's checks of the largest singular value: the mean over matrices, and its law, of which
/// `table` has the values from −10 to 8, 1/256 apart. `values` are those of independent matrices,
/// less the shift of their entries.
pub(super) fn edges(
    table: &[f64],
    label: &str,
    values: &[f64],
    (n, m): (usize, usize),
    matrices: usize,
    draws: usize,
    seed: u64,
) -> [Tail; 2] {
    let size = values.len();
    let probability = |t: f64| {
        let at = (256.0 * (t + 10.0)).clamp(0.0, (table.len() - 2) as f64);
        let (low, share) = (at as usize, at.fract());
        table[low] + share * (table[low + 1] - table[low])
    };
    let values: Vec<(f64, f64)> = values.iter().map(|&t| (t, probability(t))).collect();
    let critical = critical(matrices);
    let names = ["mean, z", "Kolmogorov-Smirnov"]
        .map(|what| format!("T02: largest singular value of {matrices} matrices {n} x {m}{label}, {what}"));
    count(names, draws, Some(size), seed, |rng| {
        let mut probabilities = Vec::with_capacity(matrices);
        let mut sum = 0.0;
        for _ in 0..matrices {
            let (t, p) = values[rng.random_range(0..size)];
            sum += t;
            probabilities.push(p);
        }
        let mean = sum / matrices as f64;
        let test = z_test(mean, tracy_widom::MEAN, tracy_widom::VARIANCE / matrices as f64);
        [refuted_at(test.p_value), kolmogorov_of(&mut probabilities, &critical)]
    })
}

/// T02's check of the smallest singular value of square matrices.
pub(super) fn smallest(n: usize, matrices: usize, draws: usize, seed: u64) -> Tail {
    let model = Model::new((n, n), n);
    let size = pool_size(draws);
    let of = |squares: &[(f64, f64)]| {
        // t = N λ², up to 200 with all but 1e-43 of the law.
        let (mut low, mut high) = (0.0, 200.0);
        for _ in 0..40 {
            let middle = 0.5 * (low + high);
            if below(squares, middle / n as f64, false) > 0 { high = middle } else { low = middle }
        }
        hard_edge::cdf(0.5 * (low + high))
    };
    let values = pool(&model, "smallest", size, seed, of);
    let critical = critical(matrices);
    let name = format!("T02: smallest singular value of {matrices} matrices {n} x {n}, Kolmogorov-Smirnov");
    let [tail] = count([name], draws, Some(size), seed, |rng| {
        let mut probabilities: Vec<f64> = (0..matrices).map(|_| values[rng.random_range(0..size)]).collect();
        [kolmogorov_of(&mut probabilities, &critical)]
    });
    tail
}

/// T02's checks of tr S, tr S², tr S³: each of the first two alone, and all jointly.
pub(super) fn traces(shape: (usize, usize), matrices: usize, draws: usize, seed: u64) -> [Tail; POWERS] {
    let (n, m) = shape;
    let model = Model::new(shape, n.min(m));
    let size = pool_size(draws);
    let law = Wishart::new(n, m, 1.0);
    let standard: [f64; POWERS] = std::array::from_fn(|k| law.covariance[k][k].sqrt());
    let root =
        cholesky(std::array::from_fn(|j| std::array::from_fn(|k| law.covariance[j][k] / standard[j] / standard[k])));
    let values = pool(&model, "traces", size, seed, |squares| {
        let traces = powers(squares);
        std::array::from_fn::<f64, POWERS, _>(|k| (traces[k] - law.mean[k]) / standard[k])
    });
    let names = ["mean of tr S, z", "mean of tr S², z", "tr S, tr S², tr S³, χ²"]
        .map(|what| format!("T02: {what}, {matrices} matrices {n} x {m}"));
    count(names, draws, Some(size), seed, |rng| {
        let mut sums = [0.0; POWERS];
        for _ in 0..matrices {
            let one = &values[rng.random_range(0..size)];
            sums.iter_mut().zip(one).for_each(|(sum, z)| *sum += z);
        }
        let z = sums.map(|sum| sum / (matrices as f64).sqrt());
        let p = |k: usize| refuted_at(z_test(z[k], 0.0, 1.0).p_value);
        [p(0), p(1), refuted_at(chi_square_survival(squared_length(&root, z), POWERS as f64))]
    })
}

/// tr T, tr T², tr T³ of T = BᵀB, which is tridiagonal.
pub(super) fn powers(squares: &[(f64, f64)]) -> [f64; POWERS] {
    let mut traces = [0.0; POWERS];
    let (mut before, mut beside_before) = (0.0, 0.0);
    for (i, &(d, e)) in squares.iter().enumerate() {
        // Diagonal a_i = d_i² + e_(i−1)², squares of what stands beside it b_i = d_i² e_i²; tr T² =
        // Σ a² + 2 Σ b, and tr T³ = Σ a³ + 3 Σ b_i (a_i + a_(i+1)).
        let a = d + before;
        let b = d * e;
        traces[0] += a;
        traces[1] += a * a + 2.0 * b;
        traces[2] += a * a * a + 3.0 * a * (b + if i > 0 { beside_before } else { 0.0 });
        (before, beside_before) = (e, b);
    }
    traces
}

/// Lower triangular root of a positive matrix.
pub(super) fn cholesky(matrix: [[f64; POWERS]; POWERS]) -> [[f64; POWERS]; POWERS] {
    let mut root = [[0.0; POWERS]; POWERS];
    for j in 0..POWERS {
        for k in 0..=j {
            let rest = matrix[j][k] - (0..k).map(|i| root[j][i] * root[k][i]).sum::<f64>();
            root[j][k] = if j == k { rest.sqrt() } else { rest / root[k][k] };
        }
    }
    root
}

/// zᵀ C⁻¹ z for C = L Lᵀ.
pub(super) fn squared_length(root: &[[f64; POWERS]; POWERS], z: [f64; POWERS]) -> f64 {
    let mut solved = [0.0; POWERS];
    for j in 0..POWERS {
        solved[j] = (z[j] - (0..j).map(|k| root[j][k] * solved[k]).sum::<f64>()) / root[j][j];
    }
    solved.iter().map(|x| x * x).sum()
}
