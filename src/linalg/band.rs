//! Singular values of a dense matrix in two steps: orthogonal transformations from both sides make
//! it a band by products of matrices, and chase the band down to two diagonals in blocks that fit
//! into registers.
//!
//! # Source
//! B. Großer and B. Lang, Parallel Comput. 25 (1999) 969.
#![allow(unsafe_code)] // multiversion's dispatch on the instruction set expands to it; there is none of ours.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par};

/// Diagonals of the band above the main one, and columns that are reduced together.
const WIDTH: usize = 8;

/// Stored entries of a column of the band, from 15 above the diagonal to 8 below it.
const STORED: usize = 24;

/// Sums of squares below it count as 0, so that none is inaccurate for being subnormal.
const NOTHING: f64 = 1e-280;

/// Reflection 1 − τ v vᵀ that takes a vector to a multiple of its first entry.
struct Reflection {
    /// What comes out at the first entry.
    beta: f64,
    tau: f64,
    /// What the entries other than the first are multiplied by to give v, whose first is 1.
    unit: f64,
}

impl Reflection {
    /// For a vector that starts with `first`, with the sum of squares `rest` of all others.
    fn new(first: f64, rest: f64) -> Self {
        if rest < NOTHING {
            return Self { beta: first, tau: 0.0, unit: 0.0 };
        }
        let beta = -(first * first + rest).sqrt().copysign(first);
        Self { beta, tau: (beta - first) / beta, unit: 1.0 / (first - beta) }
    }
}

/// The two diagonals of a bidiagonal matrix with the singular values of `a`, N x M with N >= M.
pub(super) fn bidiagonal(a: MatRef<'_, f64>) -> (Vec<f64>, Vec<f64>) {
    let size = a.ncols();
    let mut band = band(a);
    chase(&mut band, size);
    let diagonal = (0..size).map(|k| band[at(k, k)]).collect();
    (diagonal, (1..size).map(|k| band[at(k - 1, k)]).collect())
}

/// Where the band stores row `i` of column `j`.
fn at(i: usize, j: usize) -> usize {
    j * STORED + i + 15 - j
}

/// `factor` times the product of `a` and `b` into `out`, or added to it.
fn multiply(out: MatMut<'_, f64>, accum: Accum, a: MatRef<'_, f64>, b: MatRef<'_, f64>, factor: f64) {
    matmul(out, accum, a, b, factor, Par::Seq);
}

/// An upper band with the singular values of `a`, and zeros right of its columns.
///
/// Columns from k on, WIDTH of them, become 0 below the diagonal by Q = 1 − V T Vᵀ from the left,
/// and the rows of the diagonal block 0 outside the band by Q' = 1 − U S Uᵀ from the right; what is
/// left of A becomes A − V Yᵀ − X Uᵀ with Y = Aᵀ V T and X = (A − V Yᵀ) U S.
fn band(a: MatRef<'_, f64>) -> Vec<f64> {
    let columns = a.ncols().next_multiple_of(WIDTH);
    let rows = a.nrows().max(columns);
    let mut band = vec![0.0; (columns + 3 * WIDTH) * STORED];
    let mut whole = Mat::zeros(rows, columns);
    whole.as_mut().submatrix_mut(0, 0, a.nrows(), a.ncols()).copy_from(a);
    // V beside X, and Y beside U.
    let (mut left, mut right) = (Mat::zeros(rows, 2 * WIDTH), Mat::zeros(columns, 2 * WIDTH));
    let (mut tall, mut wide) = (Mat::zeros(rows, WIDTH), Mat::zeros(WIDTH, columns));
    let (mut factor, mut small) = (Mat::zeros(WIDTH, WIDTH), Mat::zeros(WIDTH, WIDTH));
    for k in (0..columns).step_by(WIDTH) {
        let (n, m) = (rows - k, columns - k - WIDTH);
        let rest = whole.as_mut().submatrix_mut(k, k, n, m + WIDTH);
        let (mut v, mut x) = left.as_mut().submatrix_mut(0, 0, n, 2 * WIDTH).split_at_col_mut(WIDTH);
        v.copy_from(rest.as_ref().subcols(0, WIDTH));
        let triangle = reflect(v.as_mut(), factor.as_mut());
        for (j, column) in triangle.iter().enumerate() {
            (0..=j).for_each(|i| band[at(k + i, k + j)] = column[i]);
        }
        if m == 0 {
            break;
        }
        let mut rest = rest.submatrix_mut(0, WIDTH, n, m);
        let (mut y, mut u) = right.as_mut().submatrix_mut(0, 0, m, 2 * WIDTH).split_at_col_mut(WIDTH);
        multiply(wide.as_mut().subcols_mut(0, m), Accum::Replace, v.as_ref().transpose(), rest.as_ref(), 1.0);
        multiply(y.as_mut(), Accum::Replace, wide.as_ref().subcols(0, m).transpose(), factor.as_ref(), 1.0);
        multiply(
            rest.as_mut().subrows_mut(0, WIDTH),
            Accum::Add,
            v.as_ref().subrows(0, WIDTH),
            y.as_ref().transpose(),
            -1.0,
        );
        u.copy_from(rest.as_ref().subrows(0, WIDTH).transpose());
        let triangle = reflect(u.as_mut(), factor.as_mut());
        for (i, row) in triangle.iter().enumerate() {
            (0..=i).for_each(|j| band[at(k + i, k + WIDTH + j)] = row[j]);
        }
        let mut rest = rest.subrows_mut(WIDTH, n - WIDTH);
        let v = v.as_ref().subrows(WIDTH, n - WIDTH);
        let mut tall = tall.as_mut().subrows_mut(0, n - WIDTH);
        multiply(tall.as_mut(), Accum::Replace, rest.as_ref(), u.as_ref(), 1.0);
        multiply(small.as_mut(), Accum::Replace, y.as_ref().transpose(), u.as_ref(), 1.0);
        multiply(tall.as_mut(), Accum::Add, v, small.as_ref(), -1.0);
        multiply(x.as_mut().subrows_mut(WIDTH, n - WIDTH), Accum::Replace, tall.as_ref(), factor.as_ref(), 1.0);
        let left = left.as_ref().submatrix(WIDTH, 0, n - WIDTH, 2 * WIDTH);
        multiply(rest.as_mut(), Accum::Add, left, right.as_ref().subrows(0, m).transpose(), -1.0);
    }
    band
}

/// QR of WIDTH columns, at least as long: they become V, unit lower triangular, `factor` the upper
/// triangular T in Q = 1 − V T Vᵀ, and the columns of R are returned.
fn reflect(mut v: MatMut<'_, f64>, mut factor: MatMut<'_, f64>) -> [[f64; WIDTH]; WIDTH] {
    let mut triangle = [[0.0; WIDTH]; WIDTH];
    // Columns of the buffers are contiguous.
    let mut columns: Vec<&mut [f64]> = v
        .as_mut()
        .col_iter_mut()
        .filter_map(|column| column.try_as_col_major_mut())
        .map(|column| column.as_slice_mut())
        .collect();
    for j in 0..WIDTH {
        let (before, others) = columns.split_at_mut(j);
        let Some((own, others)) = others.split_first_mut() else { break };
        let reflection = Reflection::new(own[j], dot(&own[j + 1..], &own[j + 1..]));
        triangle[j][..j].copy_from_slice(&own[..j]);
        triangle[j][j] = reflection.beta;
        own[..j].fill(0.0);
        own[j] = 1.0;
        own[j + 1..].iter_mut().for_each(|x| *x *= reflection.unit);
        for other in others {
            let along = reflection.tau * dot(&own[j..], &other[j..]);
            subtract(&mut other[j..], along, &own[j..]);
        }
        // T grows by the column −τ T (Vᵀ v), and τ below it.
        let overlaps: Vec<f64> = before.iter().map(|earlier| dot(&earlier[j..], &own[j..])).collect();
        for i in 0..WIDTH {
            let sum: f64 = (i..j).map(|l| factor[(i, l)] * overlaps[l]).sum();
            factor[(i, j)] = if i == j { reflection.tau } else { -reflection.tau * sum };
        }
    }
    triangle
}

/// Σ a_i b_i in 32 sums, the same ones for every instruction set.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2", "aarch64+neon"))]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 32];
    let (long_a, short_a) = a.as_chunks::<32>();
    let (long_b, short_b) = b.as_chunks::<32>();
    for (a, b) in long_a.iter().zip(long_b) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    short_a.iter().zip(short_b).zip(&mut sums).for_each(|((a, b), sum)| *sum += a * b);
    for half in [16, 8, 4, 2, 1] {
        let (low, high) = sums.split_at_mut(half);
        low.iter_mut().zip(high).for_each(|(low, high)| *low += *high);
    }
    sums[0]
}

/// Subtracts `factor` times `b` from `a`.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2", "aarch64+neon"))]
fn subtract(a: &mut [f64], factor: f64, b: &[f64]) {
    a.iter_mut().zip(b).for_each(|(a, b)| *a -= factor * b);
}

/// Makes an upper band of `size` columns bidiagonal. Row i is reduced to two entries from the
/// right; what that leaves below the diagonal in the next WIDTH columns is cleared from the left in
/// the first of them, and what this leaves beyond the band in the first of these rows again from
/// the right, down to the end. The other rows and columns keep what is too much until it is their
/// turn.
#[allow(clippy::needless_range_loop)] // by indices it is vectorised better, a sixth of the time
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2", "aarch64+neon"))]
fn chase(band: &mut [f64], size: usize) {
    for i in 0..size.saturating_sub(1) {
        // How far above row s the row with entries beyond the band lies.
        let mut lift = 1;
        for s in (i + 1..size).step_by(WIDTH) {
            let Some(block) = band[s * STORED..].first_chunk_mut::<{ 2 * WIDTH * STORED }>() else { return };
            // Rows s − 8 to s + 7 of columns s to s + 7.
            let mut v = [0.0; WIDTH];
            for k in 0..WIDTH {
                v[k] = block[15 + (STORED - 1) * k - lift];
            }
            let reflection = to_vector(&mut v);
            let mut sums = [0.0; 2 * WIDTH];
            for k in 0..WIDTH {
                for l in 0..2 * WIDTH {
                    sums[l] += v[k] * block[7 + (STORED - 1) * k + l];
                }
            }
            for k in 0..WIDTH {
                let factor = reflection.tau * v[k];
                for l in 0..2 * WIDTH {
                    block[7 + (STORED - 1) * k + l] -= factor * sums[l];
                }
                block[15 + (STORED - 1) * k - lift] = if k == 0 { reflection.beta } else { 0.0 };
            }
            // Rows s to s + 7 of columns s to s + 15.
            v.copy_from_slice(&block[15..15 + WIDTH]);
            let reflection = to_vector(&mut v);
            for k in 1..2 * WIDTH {
                let Some(column) = block[15 + (STORED - 1) * k..].first_chunk_mut::<WIDTH>() else { return };
                *column = reflected(*column, &v, reflection.tau);
            }
            for k in 0..WIDTH {
                block[15 + k] = if k == 0 { reflection.beta } else { 0.0 };
            }
            lift = WIDTH;
        }
    }
}

/// (1 − τ v vᵀ) times a column.
#[inline(always)]
fn reflected(mut column: [f64; WIDTH], v: &[f64; WIDTH], tau: f64) -> [f64; WIDTH] {
    let mut sums = column;
    for (sum, v) in sums.iter_mut().zip(v) {
        *sum *= v;
    }
    let [a, b, c, d] = [sums[0] + sums[4], sums[1] + sums[5], sums[2] + sums[6], sums[3] + sums[7]];
    let along = tau * ((a + c) + (b + d));
    for (x, v) in column.iter_mut().zip(v) {
        *x -= along * v;
    }
    column
}

/// The reflection of a vector, which becomes v.
#[inline(always)]
fn to_vector(v: &mut [f64; WIDTH]) -> Reflection {
    let rest =
        ((v[1] * v[1] + v[2] * v[2]) + (v[3] * v[3] + v[4] * v[4])) + ((v[5] * v[5] + v[6] * v[6]) + v[7] * v[7]);
    let reflection = Reflection::new(v[0], rest);
    for x in v.iter_mut() {
        *x *= reflection.unit;
    }
    v[0] = 1.0;
    reflection
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::{product, singular_values, thin_qr, thin_svd};
    use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
    use rand_distr::StandardNormal;

    fn normal(n: usize, m: usize, rng: &mut ChaCha8Rng) -> Mat<f64> {
        Mat::from_fn(n, m, |_, _| rng.sample::<f64, _>(StandardNormal))
    }

    /// Largest difference, in units of the largest of `exact`.
    fn apart(found: &[f64], exact: &[f64]) -> f64 {
        assert_eq!(found.len(), exact.len());
        assert!(found.is_sorted_by(|a, b| a >= b));
        let scale = exact.first().map_or(1.0, |l| if *l > 0.0 { *l } else { 1.0 });
        found.iter().zip(exact).map(|(a, b)| (a - b).abs() / scale).fold(0.0, libm::fmaximum)
    }

    #[test]
    fn every_shape_has_the_values_of_a_decomposition_with_vectors() {
        // faer's divide and conquer, which goes another way after another reduction.
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        let sides = [1, 2, 3, 7, 8, 9, 15, 16, 17, 23, 24, 25, 40, 67];
        for n in sides {
            for m in sides {
                let w = normal(n, m, rng);
                let (found, exact) = (singular_values(w.as_ref()), thin_svd(w.as_ref()));
                let (found, exact) = (found.expect("finite"), exact.expect("finite").singular_values);
                assert!(apart(&found, &exact) < 1e-13, "{n} x {m}");
            }
        }
        for shape in [(0, 0), (3, 0), (0, 3)] {
            assert_eq!(singular_values(Mat::zeros(shape.0, shape.1).as_ref()), Ok(vec![]));
        }
    }

    #[test]
    fn matrices_made_of_their_values_give_them_back() {
        // P diag(λ) Qᵀ with random orthonormal P and Q: graded, in clusters, of low rank, scaled.
        let rng = &mut ChaCha8Rng::seed_from_u64(2);
        type Law = fn(usize) -> f64;
        let laws: [Law; 5] = [
            |k| 0.7f64.powi(k as i32),
            |k| if k < 20 { 3.0 } else { 1.0 },
            |k| if k < 5 { 2.0 } else { 0.0 },
            |k| 1.0 / (1.0 + k as f64),
            |k| 1.0 - 1e-13 * k as f64,
        ];
        for (n, m) in [(60, 50), (50, 60), (130, 50), (50, 50)] {
            for (number, law) in laws.iter().enumerate() {
                let (p, q) = (thin_qr(normal(n, 50, rng).as_ref()).0, thin_qr(normal(m, 50, rng).as_ref()).0);
                let scaled = Mat::from_fn(n, 50, |i, k| p[(i, k)] * law(k));
                let w = product(scaled.as_ref(), q.transpose());
                let exact: Vec<f64> = (0..50).map(law).collect();
                for unit in [1.0, 2f64.powi(-280), 2f64.powi(290), 2f64.powi(-900)] {
                    let w = Mat::from_fn(n, m, |i, j| w[(i, j)] * unit);
                    let found: Vec<f64> =
                        singular_values(w.as_ref()).expect("finite").iter().map(|l| l / unit).collect();
                    assert!(apart(&found, &exact) < 1e-14, "{n} x {m}, {number}: {}", apart(&found, &exact));
                }
            }
        }
    }

    #[test]
    fn entries_of_all_sizes_do_not_disturb_each_other() {
        // A block diagonal matrix has the values of its blocks, here 1e-160 and 1e-150 beside 1.
        let rng = &mut ChaCha8Rng::seed_from_u64(3);
        let block = normal(12, 12, rng);
        let w = Mat::from_fn(30, 24, |i, j| match (i / 12, j / 12) {
            (0, 0) => block[(i, j)],
            (0, 1) => 1e-160,
            (1, 1) => 1e-150 * (1.0 + (i * j % 7) as f64),
            _ => 0.0,
        });
        let (found, exact) = (singular_values(w.as_ref()), singular_values(block.as_ref()));
        let (found, exact) = (found.expect("finite"), exact.expect("finite"));
        assert!(apart(&found[..12], &exact) < 1e-14);
        assert!(found[12..].iter().all(|l| *l < 1e-16 * exact[0]), "{found:?}");
    }

    #[test]
    fn the_two_diagonals_have_the_norm_of_the_matrix() {
        let rng = &mut ChaCha8Rng::seed_from_u64(4);
        for (n, m) in [(1, 1), (9, 9), (30, 17), (64, 33)] {
            let w = normal(n, m, rng);
            let (diagonal, above) = bidiagonal(w.as_ref());
            assert_eq!((diagonal.len(), above.len()), (m, m - 1));
            let squares: f64 = diagonal.iter().chain(&above).map(|x| x * x).sum();
            assert!((squares / w.squared_norm_l2() - 1.0).abs() < 1e-13, "{n} x {m}");
        }
    }
}
