//! Joint normality of several variables.
#![deny(clippy::disallowed_methods)]

use super::{StatError, Test};
use crate::evidence::smaller;
use crate::rbm::linalg::{cholesky, cholesky_solve, product};
use faer::{Mat, MatRef};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

/// Henze and Zirkler's statistic of `points` (n x d, one point a row), a weighted distance between the empirical and the normal
/// characteristic function, invariant under affine maps: n[mean exp(−β²D_jk/2) − 2(1+β²)^(−d/2) mean exp(−β²D_j/(2(1+β²))) +
/// (1+2β²)^(−d/2)], D squared Mahalanobis distances, β = ((2d+1)n/4)^(1/(d+4))/√2.
///
/// # Errors
/// No more points than twice the dimension, a value that is not finite, or points in a hyperplane.
///
/// # Source
/// N. Henze, B. Zirkler, Commun. Stat. Theory Methods 19 (1990) 3595.
pub fn henze_zirkler(points: MatRef<'_, f64>) -> Result<f64, StatError> {
    let test = "multivariate normality";
    let (n, d) = (points.nrows(), points.ncols());
    if n <= 2 * d || d == 0 {
        return Err(StatError::TooFew { test, needed: 2 * d + 1, got: n });
    }
    let bad = (0..n).find(|&i| (0..d).any(|j| !points[(i, j)].is_finite()));
    if let Some(at) = bad {
        return Err(StatError::NotFinite { test, at });
    }
    let size = n as f64;
    let means: Vec<f64> = (0..d).map(|j| (0..n).map(|i| points[(i, j)]).sum::<f64>() / size).collect();
    let centred = Mat::from_fn(n, d, |i, j| points[(i, j)] - means[j]);
    let squares = product(centred.transpose(), centred.as_ref());
    let covariance = Mat::from_fn(d, d, |i, j| squares[(i, j)] * (1.0 / size));
    // A column that the others determine leaves rounding in its place.
    let smallest = (0..d).map(|j| covariance[(j, j)]).fold(f64::INFINITY, smaller);
    let factor = cholesky(covariance.as_ref()).map_err(|_| StatError::Constant { test })?;
    if smallest <= 0.0 || (0..d).any(|j| factor[(j, j)].powi(2) < 1e-12 * covariance[(j, j)]) {
        return Err(StatError::Constant { test });
    }
    let solved = cholesky_solve(factor.as_ref(), centred.transpose());
    let own: Vec<f64> = (0..n).map(|i| (0..d).map(|j| centred[(i, j)] * solved[(j, i)]).sum()).collect();
    let dimension = d as f64;
    let beta2 = 0.5 * ((2.0 * dimension + 1.0) * size / 4.0).powf(2.0 / (dimension + 4.0));
    let mut pairs = size; // the diagonal
    for i in 0..n {
        for k in 0..i {
            let cross: f64 = (0..d).map(|j| centred[(i, j)] * solved[(j, k)]).sum();
            pairs += 2.0 * libm::exp(-0.5 * beta2 * (own[i] + own[k] - 2.0 * cross));
        }
    }
    let singles: f64 = own.iter().map(|own| libm::exp(-beta2 * own / (2.0 * (1.0 + beta2)))).sum();
    let half = -dimension / 2.0;
    Ok(pairs / size - 2.0 * (1.0 + beta2).powf(half) * singles + size * (1.0 + 2.0 * beta2).powf(half))
}

/// Test of joint normality, mean and covariance unknown: [`henze_zirkler`] against `draws` normal samples of the same shape.
/// Monte Carlo and exact: p = (1 + #)/(1 + draws), which no number of points makes smaller than 1/(1 + draws).
///
/// # Errors
/// Those of [`henze_zirkler`].
pub fn normality_test(points: MatRef<'_, f64>, draws: usize, rng: &mut impl Rng) -> Result<Test, StatError> {
    let statistic = henze_zirkler(points)?;
    let mut reached = 1.0;
    for _ in 0..draws {
        let normal = Mat::from_fn(points.nrows(), points.ncols(), |_, _| StandardNormal.sample(rng));
        reached += f64::from(u8::from(henze_zirkler(normal.as_ref())? >= statistic));
    }
    Ok(Test { statistic, p_value: reached / (1.0 + draws as f64) })
}

#[cfg(test)]
mod tests {
    use super::super::reference;
    use super::*;

    #[test]
    fn the_statistic_agrees_with_numpy_and_ignores_affine_maps() {
        for set in reference::SETS {
            let (a, b) = reference::samples(set);
            let k = a.len().min(b.len());
            let points = Mat::from_fn(k, 2, |i, j| if j == 0 { a[i] } else { b[i] });
            let expected = reference::of("henze_zirkler_statistic", set).0;
            assert!((henze_zirkler(points.as_ref()).expect("full rank") / expected - 1.0).abs() < 1e-9, "{set}");
            let turned =
                Mat::from_fn(k, 2, |i, j| if j == 0 { 3.0 * a[i] - b[i] + 7.0 } else { 0.1 * b[i] + 0.2 * a[i] });
            assert!((henze_zirkler(turned.as_ref()).expect("full rank") / expected - 1.0).abs() < 1e-9, "{set}");
        }
    }

    #[test]
    fn unusable_input_is_named() {
        let line = Mat::from_fn(20, 2, |i, j| (i * (j + 1)) as f64);
        assert!(matches!(henze_zirkler(line.as_ref()), Err(StatError::Constant { .. })));
        assert!(matches!(henze_zirkler(Mat::zeros(4, 2).as_ref()), Err(StatError::TooFew { needed: 5, got: 4, .. })));
        let mut holed = Mat::from_fn(9, 2, |i, j| ((i * i + j * 7) % 5) as f64);
        holed[(3, 1)] = f64::NAN;
        assert!(matches!(henze_zirkler(holed.as_ref()), Err(StatError::NotFinite { at: 3, .. })));
    }
}
