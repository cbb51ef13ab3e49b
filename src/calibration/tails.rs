//! Sizes of asymptotic laws down to the level at which verdicts use them.
//!
//! Each row draws what a verdict really judges (a mean of many matrices, a Kolmogorov-Smirnov distance over them, the largest of several
//! machines), from the bidiagonal model of normal matrices, whose law is exact at every size; edges of other entries from dense matrices.
#![deny(clippy::disallowed_methods)]

use super::toolbox::stream;
use crate::evidence::ALPHA;
use crate::lab::{Plan, Scale};
use crate::linalg::singular_values_by_gram;
use crate::spectra::linear_statistics::{POWERS, Wishart};
use crate::spectra::{ensemble, hard_edge, tracy_widom};
use crate::stat::goodness::{self, chi_square_survival};
use crate::stat::mean::z_test;
use crate::stat::proportion::{lower_limit, upper_limit};
use faer::Mat;
use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use rand_distr::{ChiSquared, Distribution};
use rayon::prelude::*;
use std::fmt::Write;

/// Levels at which sizes are counted; the last is that of the verdicts.
pub const LEVELS: [f64; 5] = [1e-2, 1e-3, 1e-4, 1e-5, ALPHA];

/// Streams of one row; results depend on their number, not on that of threads.
const STREAMS: usize = 256;

/// What is the same at the edge after this many times r^(1/3) rows of the bidiagonal model: the vector of the largest singular value lives in the
/// first few r^(1/3). Cut there, the largest value of 313 rows or more moves by less than 1e-6 of the units of its law.
const LEADING: f64 = 10.0;

/// One verdict under its null hypothesis.
#[derive(Clone, Debug)]
pub struct Tail {
    /// The claim, the statistic and its size.
    pub name: String,
    /// Number of verdicts drawn.
    pub draws: usize,
    /// Matrices that they were resampled from; none where each verdict has its own.
    pub pool: Option<usize>,
    /// Verdicts refuted at each of [`LEVELS`].
    pub refuted: [usize; LEVELS.len()],
    /// Wall time, seconds.
    pub seconds: f64,
}

impl Tail {
    /// Exact 95 % interval of the size at the `at`-th level (Clopper and Pearson); it knows of the draws, not of the pool.
    pub fn interval(&self, at: usize) -> (f64, f64) {
        (lower_limit(self.refuted[at], self.draws, 0.975), upper_limit(self.refuted[at], self.draws, 0.975))
    }

    /// False where more than twice as many verdicts are refuted at [`ALPHA`] as it says, beyond the exact limits.
    pub fn is_right(&self) -> bool {
        self.interval(LEVELS.len() - 1).0 <= 2.0 * ALPHA
    }

    /// The row in machine-readable output.
    pub fn json(&self) -> serde_json::Value {
        let levels: Vec<serde_json::Value> = LEVELS
            .iter()
            .enumerate()
            .map(|(at, level)| {
                let (low, high) = self.interval(at);
                let expected = level * self.draws as f64;
                serde_json::json!({"level": level, "expected": expected, "observed": self.refuted[at], "size": [low, high]})
            })
            .collect();
        let Self { name, draws, pool, seconds, .. } = self;
        serde_json::json!({"name": name, "draws": draws, "pool": pool, "seconds": seconds, "levels": levels})
    }
}

/// The section of the page, of normal entries and of others.
pub fn section(rows: &[Tail], dense: &[Tail]) -> String {
    let draws = rows.first().map_or(0, |row| row.draws);
    let seconds: f64 = rows.iter().chain(dense).map(|row| row.seconds).sum();
    // d ln p/dz = z = 4.9, times √80/√pool.
    let others = dense.first().and_then(|row| row.pool).map_or(String::new(), |pool| {
        let percent = 4400.0 / (pool as f64).sqrt();
        format!(
            ", those on entries ±s and uniform ones from {pool} dense matrices, whose mean leaves one of {percent:.0} %"
        )
    });
    let mut page = format!(
        "\n## Tails\n\nVerdicts on normal matrices, {draws} of each, at the sizes and numbers of matrices of the quick scale: how many are refuted \
         at each level, beside the number expected, and the exact 95 % interval of the size (Clopper and Pearson) at 10⁻⁵ and 10⁻⁶. Verdicts over many \
         matrices are resampled from a pool of {} independent ones, whose variance leaves a relative error of {:.0} % of the size at 10⁻⁶{others}. {seconds:.0} \
         seconds in all.\n\n| verdict | 10⁻² | 10⁻³ | 10⁻⁴ | 10⁻⁵ | 10⁻⁶ | size at 10⁻⁵ | size at 10⁻⁶ |\n|---|---|---|---|---|---|---|---|\n",
        pool_size(draws),
        // d ln p/d ln variance = z²/2 = 12 at the level, times √(2/pool).
        1700.0 / (pool_size(draws) as f64).sqrt(),
    );
    // Writing to a string cannot fail.
    let expected = LEVELS.map(|level| format!("{:.0}", level * draws as f64)).join(" | ");
    let _ = writeln!(page, "| *expected* | {expected} | 1e-5 | 1e-6 |");
    for row in rows.iter().chain(dense) {
        let counts = row.refuted.map(|count| count.to_string()).join(" | ");
        let sizes = [3, 4].map(|at| {
            let (low, high) = row.interval(at);
            format!("{low:.1e} to {high:.1e}")
        });
        let _ = writeln!(page, "| {} | {counts} | {} |", row.name, sizes.join(" | "));
    }
    page
}

/// Matrices that `draws` verdicts over many matrices are resampled from.
fn pool_size(draws: usize) -> usize {
    (draws / 25).clamp(20_000, 400_000)
}

/// Dense matrices that `draws` verdicts on other than normal entries are resampled from, each of which takes as long as many of the model.
/// None below 2000, whose mean says too little of the law's.
fn dense_pool_size(draws: usize) -> usize {
    match draws / 500 {
        ..2000 => 0,
        size => size.min(20_000),
    }
}

/// Linear between points 1/256 apart: an error of 1e-6.
fn tracy_widom_table() -> Vec<f64> {
    (-10 * 256..=8 * 256).into_par_iter().map(|i| tracy_widom::cdf(f64::from(i) / 256.0)).collect()
}

/// The rows of T02 with entries ±s and uniform ones, `draws` verdicts each; none below a million.
pub fn try_dense(draws: usize, seed: u64, progress: &dyn Fn(&str)) -> Vec<Tail> {
    let plan = Plan::new(Scale::Quick);
    if dense_pool_size(draws) == 0 {
        return Vec::new();
    }
    let (table, shape) = (tracy_widom_table(), plan.mode_shapes[0][0]);
    let kinds: [(&str, f64, Entries); 2] =
        [(", entries ±s", -2.0, ensemble::rademacher), (", uniform entries", -1.2, ensemble::uniform)];
    let mut rows = Vec::new();
    for (label, kappa4, entries) in kinds {
        progress(&format!("tails, {} x {}{label}", shape.0, shape.1));
        let values = dense(entries, kappa4, shape, dense_pool_size(draws), seed);
        rows.extend(edges(&table, label, &values, shape, 2 * plan.spectrum_replicas, draws, seed));
    }
    rows
}

/// All rows of normal entries with `draws` verdicts each.
pub fn try_all(draws: usize, seed: u64, progress: &dyn Fn(&str)) -> Vec<Tail> {
    let plan = Plan::new(Scale::Quick);
    let matrices = 2 * plan.spectrum_replicas; // as T02 has it where its claim holds
    let table = tracy_widom_table();
    let mut rows = vec![largest_of_machines(&plan, draws, seed)];
    for &(n, m) in plan.spectrum_shapes.into_iter().flatten() {
        progress(&format!("tails, {n} x {m}"));
        let model = Model::leading((n, m));
        let values = pool(&model, "edges", pool_size(draws), seed, |squares| edge(&model, squares));
        rows.extend(edges(&table, "", &values, (n, m), matrices, draws, seed));
        rows.extend(traces((n, m), matrices, draws, seed));
        if n == m {
            rows.push(smallest(n, matrices, draws, seed));
        }
    }
    rows
}

/// Verdicts at once in every stream: those of one add up to a share of `draws`, all to `draws`. `judge` says at how many levels, from the first,
/// each of the statistics of one verdict is refuted.
fn count<const K: usize>(
    names: [String; K],
    draws: usize,
    pool: Option<usize>,
    seed: u64,
    judge: impl Fn(&mut ChaCha8Rng) -> [usize; K] + Sync,
) -> [Tail; K] {
    let start = std::time::Instant::now();
    let purpose = names.join(", ");
    let one = |at: usize| {
        let rng = &mut stream(seed, &purpose, "tail", at);
        let mut refuted = [[0; LEVELS.len()]; K];
        for _ in (at..draws).step_by(STREAMS) {
            for (counts, levels) in refuted.iter_mut().zip(judge(rng)) {
                counts[..levels].iter_mut().for_each(|count| *count += 1);
            }
        }
        refuted
    };
    let parts: Vec<[[usize; LEVELS.len()]; K]> = (0..STREAMS).into_par_iter().map(one).collect();
    let seconds = start.elapsed().as_secs_f64() / K as f64;
    let mut k = 0;
    names.map(|name| {
        let refuted = std::array::from_fn(|level| parts.iter().map(|part| part[k][level]).sum());
        k += 1;
        Tail { name, draws, pool, refuted, seconds }
    })
}

/// Number of levels at which a p-value is refuted.
fn refuted_at(p: f64) -> usize {
    LEVELS.iter().take_while(|&&level| p < level).count()
}

fn chi_squares(degrees: impl Iterator<Item = usize>) -> Vec<ChiSquared<f64>> {
    degrees.filter_map(|degrees| ChiSquared::new(degrees as f64).ok()).collect() // refuses only 0
}

/// Bidiagonal model of an N x M matrix of normal entries of standard deviation 1, its first rows: laws of the squares.
struct Model {
    shape: (usize, usize),
    diagonal: Vec<ChiSquared<f64>>,
    above: Vec<ChiSquared<f64>>,
}

impl Model {
    fn new((n, m): (usize, usize), rows: usize) -> Self {
        let (max, r) = (n.max(m), n.min(m));
        let rows = rows.min(r);
        let above = chi_squares((1..rows).map(|i| r - i));
        Self { shape: (n, m), diagonal: chi_squares((0..rows).map(|i| max - i)), above }
    }

    /// As many rows as the largest singular value needs.
    fn leading((n, m): (usize, usize)) -> Self {
        Self::new((n, m), (LEADING * libm::cbrt(n.min(m) as f64)).ceil() as usize)
    }

    /// Squares of the diagonal and of what stands above it, 0 after the last.
    fn draw(&self, rng: &mut ChaCha8Rng, squares: &mut Vec<(f64, f64)>) {
        squares.clear();
        squares.extend((0..self.diagonal.len()).map(|i| {
            let d = self.diagonal[i].sample(rng);
            (d, self.above.get(i).map_or(0.0, |law| law.sample(rng)))
        }));
    }

    /// The square of the singular value with [`tracy_widom::edge_statistic`] t, which is linear in it.
    fn square_at(&self, t: f64) -> f64 {
        let at = |largest: f64| tracy_widom::edge_statistic(largest, self.shape.0, self.shape.1, 1.0);
        (t - at(0.0)) / (at(1.0) - at(0.0))
    }
}

/// Number of squared singular values below `shift`, up to the first that is not: whether it is all of them is what counts at the edge.
fn below(squares: &[(f64, f64)], shift: f64, stop: bool) -> usize {
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
fn reaches(squares: &[(f64, f64)], shift: f64) -> bool {
    below(squares, shift, true) < squares.len()
}

/// T08's check of untrained machines: the largest of all, its p-value times their number.
fn largest_of_machines(plan: &Plan, draws: usize, seed: u64) -> Tail {
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
    let judge = |rng: &mut ChaCha8Rng| {
        let mut squares = Vec::new();
        let of = |(model, at): &(Model, [f64; LEVELS.len()])| {
            model.draw(rng, &mut squares);
            at.iter().take_while(|&&shift| reaches(&squares, shift)).count()
        };
        [models.iter().map(of).max().unwrap_or(0)]
    };
    let [tail] = count([name], draws, None, seed, judge);
    tail
}

/// Independent draws from the same model, in parallel.
fn pool<T: Send>(
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
fn edge(model: &Model, squares: &[(f64, f64)]) -> f64 {
    let (mut low, mut high) = (-12.0, 20.0);
    for _ in 0..36 {
        let middle = 0.5 * (low + high);
        if reaches(squares, model.square_at(middle)) { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// Sup-distances of n values with Kolmogorov-Smirnov p-value at each of [`LEVELS`].
fn critical(n: usize) -> [f64; LEVELS.len()] {
    LEVELS.map(|level| {
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..50 {
            let middle = 0.5 * (low + high);
            if goodness::kolmogorov(n, middle) < level { high = middle } else { low = middle }
        }
        high
    })
}

/// Kolmogorov-Smirnov test of `size` values whose probabilities under the law are drawn from the pool.
fn kolmogorov_of(probabilities: &mut [f64], critical: &[f64; LEVELS.len()]) -> usize {
    probabilities.sort_unstable_by(f64::total_cmp);
    let distance = goodness::sup_distance(probabilities, |p| p);
    critical.iter().take_while(|&&least| distance > least).count()
}

/// Entries of standard deviation s: N, M, s.
type Entries = fn(usize, usize, f64, &mut ChaCha8Rng) -> Mat<f64>;

/// The largest singular value of dense matrices in the units of its law, less the shift by the fourth cumulant of their entries.
fn dense(entries: Entries, kappa4: f64, (n, m): (usize, usize), size: usize, seed: u64) -> Vec<f64> {
    let shift = tracy_widom::cumulant_shift(kappa4, n, m);
    let draw = |at: usize| {
        let w = entries(n, m, 1.0, &mut stream(seed, &format!("edges {kappa4} {n} {m}"), "pool", at));
        // Not-a-number where it does not converge: every verdict with it is refuted.
        let largest = singular_values_by_gram(w.as_ref()).map_or(f64::NAN, |values| values[0]);
        tracy_widom::edge_statistic(largest, n, m, 1.0) - shift
    };
    (0..size).into_par_iter().map(draw).collect()
}

/// T02's checks of the largest singular value: the mean over matrices, and its law, of which `table` has the values from −10 to 8, 1/256 apart.
/// `values` are those of independent matrices, less the shift of their entries.
fn edges(
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
fn smallest(n: usize, matrices: usize, draws: usize, seed: u64) -> Tail {
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
fn traces(shape: (usize, usize), matrices: usize, draws: usize, seed: u64) -> [Tail; POWERS] {
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
fn powers(squares: &[(f64, f64)]) -> [f64; POWERS] {
    let mut traces = [0.0; POWERS];
    let (mut before, mut beside_before) = (0.0, 0.0);
    for (i, &(d, e)) in squares.iter().enumerate() {
        // Diagonal a_i = d_i² + e_(i−1)², squares of what stands beside it b_i = d_i² e_i²; tr T² = Σ a² + 2 Σ b, and
        // tr T³ = Σ a³ + 3 Σ b_i (a_i + a_(i+1)).
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
fn cholesky(matrix: [[f64; POWERS]; POWERS]) -> [[f64; POWERS]; POWERS] {
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
fn squared_length(root: &[[f64; POWERS]; POWERS], z: [f64; POWERS]) -> f64 {
    let mut solved = [0.0; POWERS];
    for j in 0..POWERS {
        solved[j] = (z[j] - (0..j).map(|k| root[j][k] * solved[k]).sum::<f64>()) / root[j][j];
    }
    solved.iter().map(|x| x * x).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectra::bidiagonal::Bidiagonal;
    use crate::stat::mean::mean_and_error;

    /// The same matrix, cut after so many rows, and as the model that computes all singular values.
    fn cut(model: &Model, at: usize, rows: usize) -> (Vec<(f64, f64)>, Bidiagonal) {
        let mut squares = Vec::new();
        model.draw(&mut stream(1, "test", "tail", at), &mut squares);
        squares.truncate(rows);
        let above = squares[..rows - 1].iter().map(|s| s.1.sqrt()).collect();
        let full = Bidiagonal { diagonal: squares.iter().map(|s| s.0.sqrt()).collect(), above };
        if let Some(last) = squares.last_mut() {
            last.1 = 0.0;
        }
        (squares, full)
    }

    #[test]
    fn the_leading_rows_hold_the_largest_singular_value() {
        for shape in [(784, 32), (784, 64), (784, 128), (211, 313), (251, 251), (784, 500)] {
            let (whole, r) = (Model::new(shape, usize::MAX), shape.0.min(shape.1));
            let rows = Model::leading(shape).diagonal.len();
            let apart = |at: usize| {
                let (squares, _) = cut(&whole, at, rows);
                let (all, full) = cut(&whole, at, r);
                let exact = edge(&whole, &all);
                let dense =
                    tracy_widom::edge_statistic(full.singular_values().expect("converges")[0], shape.0, shape.1, 1.0);
                assert!((exact - dense).abs() < 1e-6, "{shape:?}: {exact} {dense}");
                (edge(&whole, &squares) - exact).abs()
            };
            let worst = crate::math::largest((0..50).map(apart));
            assert!(worst < 1e-5, "{shape:?}: {worst}");
        }
    }

    #[test]
    fn counts_and_traces_are_those_of_the_spectrum() {
        let model = Model::new((13, 9), usize::MAX);
        for at in 0..20 {
            let (squares, full) = cut(&model, at, 9);
            let values = full.singular_values().expect("converges");
            for (k, trace) in powers(&squares).into_iter().enumerate() {
                let expected: f64 = values.iter().map(|l| l.powi(2 * (k as i32 + 1))).sum();
                assert!((trace / expected - 1.0).abs() < 1e-12, "{k}: {trace} {expected}");
            }
            for l in [0.5, 1.5, 3.0] {
                assert_eq!(below(&squares, l * l, false), values.iter().filter(|value| **value < l).count());
            }
        }
    }

    #[test]
    fn the_joint_statistic_is_that_of_the_verdict() {
        let (n, m) = (13, 9);
        let law = Wishart::new(n, m, 1.0);
        let model = Model::new((n, m), m);
        let (squares, full) = cut(&model, 0, m);
        let standard: [f64; POWERS] = std::array::from_fn(|k| law.covariance[k][k].sqrt());
        let root = cholesky(std::array::from_fn(|j| {
            std::array::from_fn(|k| law.covariance[j][k] / standard[j] / standard[k])
        }));
        let z = std::array::from_fn(|k| (powers(&squares)[k] - law.mean[k]) / standard[k]);
        let expected = law.test(&[full.singular_values().expect("converges")]).expect("finite").statistic;
        assert!((squared_length(&root, z) / expected - 1.0).abs() < 1e-9);
    }

    #[test]
    fn rows_are_counted_printed_and_given_as_they_are() {
        let row = Tail {
            name: "T02: mean".into(),
            draws: 3_000_000,
            pool: Some(9),
            refuted: [30_001, 2999, 301, 2, 0],
            seconds: 1.25,
        };
        // None of n: at most 1 − 0.025^(1/n) = 3.6889/n; by hand. 2 of n: Poisson tables, 0.2422/n to 7.2247/n.
        let (low, high) = row.interval(4);
        assert!(low == 0.0 && (high * 3e6 - 3.6889).abs() < 1e-3, "{low} {high}");
        let (low, high) = row.interval(3);
        assert!((low * 3e6 - 0.2422).abs() < 1e-3 && (high * 3e6 - 7.2247).abs() < 1e-3, "{low} {high}");
        let json = row.json();
        assert_eq!((&json["name"], &json["draws"], &json["pool"]), (&"T02: mean".into(), &3_000_000.into(), &9.into()));
        assert_eq!((&json["seconds"], json["levels"].as_array().map(Vec::len)), (&1.25.into(), Some(5)));
        let level = &json["levels"][3];
        assert_eq!((&level["level"], &level["observed"]), (&1e-5.into(), &2.into()));
        assert!((level["expected"].as_f64().expect("a number") - 30.0).abs() < 1e-9);
        assert_eq!((&level["size"][0], &level["size"][1]), (&low.into(), &high.into()));
        // A pool of 3,000,000/25, whose variance leaves 1700/√120,000 = 4.9 %.
        // A dense pool of 9, whose mean leaves 4400/√9 = 1467 %.
        let page = section(&[row.clone(), Tail { name: "other".into(), seconds: 2.0, ..row.clone() }], &[row]);
        for line in [
            "Verdicts on normal matrices, 3000000 of each",
            "from a pool of 120000 independent ones, whose variance leaves a relative error of 5 % of the size at 10⁻⁶, ",
            "from 9 dense matrices, whose mean leaves one of 1467 %. 4 seconds in all.",
            "\n| *expected* | 30000 | 3000 | 300 | 30 | 3 | 1e-5 | 1e-6 |\n",
            "\n| T02: mean | 30001 | 2999 | 301 | 2 | 0 | 8.1e-8 to 2.4e-6 | 0.0e0 to 1.2e-6 |\n| other | ",
        ] {
            assert!(page.contains(line), "{line}\n{page}");
        }
        assert_eq!([1, 500_000, 1_000_000, 1_000_000_000].map(pool_size), [20_000, 20_000, 40_000, 400_000]);
        assert_eq!([999_999, 1_000_000, 100_000_000].map(dense_pool_size), [0, 2000, 20_000]);
        assert!(try_dense(999_999, 1, &|_| {}).is_empty());
    }

    #[test]
    fn every_verdict_is_drawn_once_and_counted_at_the_levels_that_refute_it() {
        // Not a multiple of the number of streams; the first statistic is refuted at two levels, the second nowhere.
        let judged = std::sync::atomic::AtomicUsize::new(0);
        let judge = |_: &mut ChaCha8Rng| {
            judged.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            [2, 0]
        };
        let [first, second] = count(["a".into(), "b".into()], 1000, Some(7), 1, judge);
        assert_eq!((first.refuted, second.refuted, judged.into_inner()), ([1000, 1000, 0, 0, 0], [0; 5], 1000));
        assert_eq!((&*first.name, &*second.name, first.draws, first.pool), ("a", "b", 1000, Some(7)));
        // A p-value at a level is not below it.
        let found = [0.02, 1e-2, 5e-3, 1e-3, 5e-5, 5e-6, 5e-7, 0.0, f64::NAN].map(refuted_at);
        assert_eq!(found, [0, 0, 1, 1, 3, 4, 5, 5, 0]);
    }

    #[test]
    fn seconds_of_a_row_are_its_share_of_the_wall_time() {
        let start = std::time::Instant::now();
        let judge = |_: &mut ChaCha8Rng| {
            std::thread::sleep(std::time::Duration::from_millis(30));
            [0, 0, 0]
        };
        let rows = count(["a".into(), "b".into(), "c".into()], 1, None, 1, judge);
        let (all, wall) = (rows.iter().map(|row| row.seconds).sum::<f64>(), start.elapsed().as_secs_f64());
        assert!(all >= 0.03 && all <= wall && rows[0].seconds == rows[2].seconds, "{all} of {wall}");
    }

    #[test]
    fn the_model_has_the_degrees_of_freedom_of_the_bidiagonal_one() {
        // 5 x 3: squares of the diagonal have means 5, 4, 3, those beside it 2, 1; 4000 draws, five standard errors √(2k/4000).
        let model = Model::new((3, 5), usize::MAX);
        let (mut sums, mut squares) = ([(0.0, 0.0); 3], Vec::new());
        for at in 0..4000 {
            model.draw(&mut stream(1, "test", "tail", at), &mut squares);
            assert_eq!((squares.len(), squares[2].1), (3, 0.0));
            sums.iter_mut().zip(&squares).for_each(|(sum, (d, e))| (sum.0, sum.1) = (sum.0 + d, sum.1 + e));
        }
        for (sum, (d, e)) in sums.iter().zip([(5.0, 2.0), (4.0, 1.0), (3.0, 0.0f64)]) {
            assert!((sum.0 / 4000.0 - d).abs() < 5.0 * (d / 2000f64).sqrt(), "{sums:?}");
            assert!((sum.1 / 4000.0 - e).abs() <= 5.0 * (e / 2000.0).sqrt(), "{sums:?}");
        }
        // Ten times the cube root of the smaller side, as far as there are rows; one less stands above the diagonal.
        for (shape, rows) in [((1000, 2000), 100), ((2000, 1000), 100), ((784, 500), 80), ((27, 40), 27), ((9, 9), 9)] {
            let model = Model::leading(shape);
            assert_eq!((model.diagonal.len(), model.above.len()), (rows, rows - 1), "{shape:?}");
            for t in [-12.0, 0.0, 1.5, 20.0] {
                let l = model.square_at(t).sqrt();
                assert!((tracy_widom::edge_statistic(l, shape.0, shape.1, 1.0) - t).abs() < 1e-9 || l.is_nan(), "{t}");
            }
        }
    }

    #[test]
    fn counts_of_diagonal_and_of_coupled_matrices_are_those_by_hand() {
        let diagonal = [(4.0, 0.0), (1.0, 0.0), (9.0, 0.0)];
        let of =
            |shift: f64| (below(&diagonal, shift, false), below(&diagonal, shift, true), reaches(&diagonal, shift));
        // Up to the first that is not below: none at 2, two at 5, all at 10. What is equal is not below.
        assert_eq!((of(0.5), of(2.0), of(5.0), of(10.0)), ((0, 0, true), (1, 0, true), (2, 2, true), (3, 3, false)));
        assert_eq!((of(9.0), of(4.0)), ((2, 2, true), (1, 0, true)));
        // All entries 1: squares 4cos²(kπ/7): 0.198, 1.555, 3.247; at 1 the first pivot is zero.
        let unit = [(1.0, 1.0), (1.0, 1.0), (1.0, 0.0)];
        let counts = [0.19, 0.2, 1.0, 1.55, 1.56, 3.24, 3.25].map(|shift| below(&unit, shift, false));
        assert_eq!(counts, [0, 1, 1, 1, 2, 2, 3]);
        assert_eq!((reaches(&unit, 3.24), reaches(&unit, 3.25)), (true, false));
        // By bisection, in the units of the law: 2^-37 of 32.
        let model = Model::leading((784, 500));
        for t in [-11.9, -1.2, 3.7, 19.9] {
            let squares = [(0.25, 0.0), (model.square_at(t), 0.0)];
            assert!((edge(&model, &squares) - t).abs() < 1e-8, "{t}: {}", edge(&model, &squares));
        }
        // (1, 2), (3, 4), (5, 0): diagonal 1, 5, 9, squares beside it 2, 12: traces 15, 1 + 25 + 81 + 2·14 and
        // 1 + 125 + 729 + 3 (2·(1 + 5) + 12·(5 + 9)).
        assert_eq!(powers(&[(1.0, 2.0), (3.0, 4.0), (5.0, 0.0)]), [15.0, 135.0, 1395.0]);
    }

    #[test]
    fn critical_distances_are_those_of_the_exact_law() {
        // One value: P(D >= d) = 2(1 − d); two: 2(1 − d)², both for d >= 1/2.
        for (at, level) in LEVELS.into_iter().enumerate() {
            assert!((critical(1)[at] - (1.0 - level / 2.0)).abs() < 1e-12, "{level}");
            assert!((critical(2)[at] - (1.0 - (level / 2.0).sqrt())).abs() < 1e-9, "{level}");
        }
        // 1/4 and 3/4, in any order, have D = 1/4; what is equal is not beyond.
        assert_eq!(kolmogorov_of(&mut [0.75, 0.25], &[0.125, 0.2, 0.25, 0.3, 0.4]), 2);
        assert_eq!(kolmogorov_of(&mut [0.75, 0.25], &[0.5; 5]), 0);
        // 0.9999 of one value: beyond 1 − 0.005 and 1 − 0.0005, not 1 − 0.00005.
        assert_eq!(kolmogorov_of(&mut [0.9999], &critical(1)), 2);
    }

    #[test]
    fn roots_and_lengths_are_those_by_hand() {
        // L = (2 0 0; 1 3 0; 4 5 6).
        let root = cholesky([[4.0, 2.0, 8.0], [2.0, 10.0, 19.0], [8.0, 19.0, 77.0]]);
        assert_eq!(root, [[2.0, 0.0, 0.0], [1.0, 3.0, 0.0], [4.0, 5.0, 6.0]]);
        // L (1, 2, 3) = (2, 7, 32).
        assert_eq!(squared_length(&root, [2.0, 7.0, 32.0]), 14.0);
    }

    #[test]
    fn the_table_of_the_law_is_read_between_its_points() {
        // A wave of period 4/256 about values that spread over hundreds of them: 0, 1/2, 1, 1/2. Read linearly its values are uniform on
        // [0, 1], whatever the law of the edge; 1 % of 2000 are 20 ± 4.5.
        let wave: Vec<f64> = (0..=18 * 256).map(|i| [0.0, 0.5, 1.0, 0.5][i % 4]).collect();
        let model = Model::leading((13, 9));
        let values = pool(&model, "edges", 20_000, 1, |squares| edge(&model, squares));
        let [mean, kolmogorov] = edges(&wave, ", these", &values, (13, 9), 40, 2000, 1);
        assert!(kolmogorov.refuted[0] < 50 && kolmogorov.refuted[3] == 0, "{kolmogorov:?}");
        let name = |what: &str| format!("T02: largest singular value of 40 matrices 13 x 9, these, {what}");
        assert_eq!((mean.name, kolmogorov.name), (name("mean, z"), name("Kolmogorov-Smirnov")));
        assert_eq!((mean.pool, mean.draws), (Some(20_000), 2000));
        // A law that is elsewhere is refuted always.
        let [_, elsewhere] = edges(&vec![0.9; 18 * 256 + 1], "", &values, (13, 9), 40, 300, 1);
        assert_eq!(elsewhere.refuted, [300; 5]);
    }

    #[test]
    fn dense_matrices_and_the_bidiagonal_model_have_one_law() {
        // Normal entries have no fourth cumulant; means of 400 values each, 5 standard errors apart at most.
        let shape = (40, 25);
        let (a, spread) = mean_and_error(&dense(ensemble::normal, 0.0, shape, 400, 1));
        let model = Model::leading(shape);
        let (b, other) = mean_and_error(&pool(&model, "edges", 400, 1, |squares| edge(&model, squares)));
        assert!((a - b).abs() < 5.0 * spread.hypot(other), "{a} {b}");
        // The shift is taken off: −2 (n + k)/(n k ∛(1/n + 1/k)), n = √40, k = √25, by hand −1.0086.
        let all = dense(ensemble::normal, -2.0, shape, 400, 2);
        assert!((mean_and_error(&all).0 - a - 1.0086).abs() < 5.0 * 2f64.sqrt() * spread);
    }

    #[test]
    fn a_wrong_law_is_found() {
        // Values of variance 1.21 judged as standard normal: |z| > 2.576 has probability 0.0192, erfc(2.576/1.1/√2).
        let judge = |rng: &mut ChaCha8Rng| {
            let z: f64 = rand_distr::StandardNormal.sample(rng);
            [refuted_at(z_test(1.1 * z, 0.0, 1.0).p_value)]
        };
        let [row] = count(["wide".into()], 200_000, None, 1, judge);
        // Five events have a mean of 1.623 at least (exact limits of a Poisson law at 97.5 %, tables): 2.3e-6 of 700,000, 1.6e-6 of a million.
        let five = |draws: usize| Tail { refuted: [5; LEVELS.len()], draws, ..row.clone() }.is_right();
        assert!(!five(700_000) && five(1_000_000));
        let (low, high) = row.interval(0);
        assert!(low > 0.018 && high < 0.0205 && row.refuted[0] > 3000, "{row:?}");
    }
}
