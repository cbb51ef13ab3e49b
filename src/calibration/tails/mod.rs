//! Sizes of asymptotic laws down to the level at which verdicts use them.
//!
//! Each row draws what a verdict really judges (a mean of many matrices, a Kolmogorov-Smirnov
//! distance over them, the largest of several machines), from the bidiagonal model of normal
//! matrices, whose law is exact at every size; edges of other entries from dense matrices.
#![deny(clippy::disallowed_methods)]

mod laws;
#[cfg(test)]
mod tests;

use crate::calibration::toolbox::stream;
use crate::evidence::ALPHA;
use crate::lab::{Plan, Scale};
use crate::spectra::ensemble;
use crate::stat::proportion::{lower_limit, upper_limit};
use laws::{
    Entries, Model, dense, dense_pool_size, edge, edges, largest_of_machines, pool, pool_size, smallest, traces,
    tracy_widom_table,
};
use rand::rngs::ChaCha8Rng;
use rayon::prelude::*;
use std::fmt::Write;

/// Levels at which sizes are counted; the last is that of the verdicts.
pub const LEVELS: [f64; 5] = [1e-2, 1e-3, 1e-4, 1e-5, ALPHA];

/// Streams of one row; results depend on their number, not on that of threads.
const STREAMS: usize = 256;

/// What is the same at the edge after this many times r^(1/3) rows of the bidiagonal model: the
/// vector of the largest singular value lives in the first few r^(1/3). Cut there, the largest
/// value of 313 rows or more moves by less than 1e-6 of the units of its law.
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
    /// Exact 95 % interval of the size at the `at`-th level (Clopper and Pearson); it knows of the
    /// draws, not of the pool.
    pub fn interval(&self, at: usize) -> (f64, f64) {
        (lower_limit(self.refuted[at], self.draws, 0.975), upper_limit(self.refuted[at], self.draws, 0.975))
    }

    /// False where more than twice as many verdicts are refuted at [`ALPHA`] as it says, beyond the
    /// exact limits.
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

/// Verdicts at once in every stream: those of one add up to a share of `draws`, all to `draws`.
/// `criterion` says at how many levels, from the first, each of the statistics of one verdict is
/// refuted.
fn count<const K: usize>(
    names: [String; K],
    draws: usize,
    pool: Option<usize>,
    seed: u64,
    criterion: impl Fn(&mut ChaCha8Rng) -> [usize; K] + Sync,
) -> [Tail; K] {
    let start = std::time::Instant::now();
    let purpose = names.join(", ");
    let one = |at: usize| {
        let rng = &mut stream(seed, &purpose, "tail", at);
        let mut refuted = [[0; LEVELS.len()]; K];
        for _ in (at..draws).step_by(STREAMS) {
            for (counts, levels) in refuted.iter_mut().zip(criterion(rng)) {
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
