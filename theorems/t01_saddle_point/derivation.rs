//! The derivation.

use super::evidence::offset_variance;
use super::falsifiers;
use crate::claim::{Case, CheckError};
use crate::symbolic::Derivation;
use crate::symbolic::haar;
use crate::symbolic::matrix::Matrix;
use crate::symbolic::poly::Poly;
use crate::symbolic::ratio::RatFn;

pub(super) fn derive(case: Case<'_>) -> Result<Derivation, CheckError> {
    let [a, b, x, y, l] = ["a", "b", "x", "y", "λ"].map(Poly::var);
    let energy = -(&a * &x + &b * &y + &l * &x * &y);
    let (dx, dy) = (energy.diff("x"), energy.diff("y"));
    let zero = Poly::int(0);

    // The saddle (−b/λ, −a/λ) contains a division by λ, hence rational functions.
    let saddle_x = RatFn::new(-&b, l.clone());
    let saddle_y = RatFn::new(-&a, l.clone());
    let at_saddle = |p: &Poly| RatFn::from(p.clone()).substitute("x", &saddle_x).substitute("y", &saddle_y);
    let mut steps = Derivation::new();
    steps.equal(
        "∂E/∂x vanishes at the saddle (x*, y*) = (−b/λ, −a/λ)",
        "∂[−(ax + by + λxy)]/∂x at (−b/λ, −a/λ)",
        &at_saddle(&dx),
        &RatFn::from(zero.clone()),
    );
    steps.equal(
        "∂E/∂y vanishes at the saddle",
        "∂[−(ax + by + λxy)]/∂y at (−b/λ, −a/λ)",
        &at_saddle(&dy),
        &RatFn::from(zero.clone()),
    );
    steps.equal(
        "the energy at the saddle is ε = ab/λ",
        "−(ax + by + λxy) at (−b/λ, −a/λ)",
        &at_saddle(&energy),
        &RatFn::new(&a * &b, l.clone()),
    );

    // x = x* + (p − m)/2, y = y* + (p + m)/2 with p = √2 u, m = √2 w: u² − w² = (p² − m²)/2.
    let half = Poly::ratio(1, 2);
    let [p, m] = ["p", "m"].map(Poly::var);
    let moved = RatFn::from(energy.clone())
        .substitute("x", &(&saddle_x + &RatFn::from(&half * &(&p - &m))))
        .substitute("y", &(&saddle_y + &RatFn::from(&half * &(&p + &m))));
    let sign = if case.is(&falsifiers::U_AND_W_SWAPPED) { Poly::int(-1) } else { Poly::int(1) };
    let bowl = &sign * &l * Poly::ratio(1, 4) * (&p * &p - &m * &m);
    steps.equal(
        "E = ε − (λ/2)(u² − w²), with p = √2 u and m = √2 w",
        "−(ax + by + λxy) at (−b/λ + (p − m)/2, −a/λ + (p + m)/2)",
        &moved,
        &(&RatFn::new(&a * &b, l.clone()) - &RatFn::from(bowl)),
    );

    let hessian = Matrix::from_rows(vec![vec![dx.diff("x"), dx.diff("y")], vec![dy.diff("x"), dy.diff("y")]]);
    let z = Poly::var("z");
    steps.equal(
        "the Hessian of one mode has eigenvalues +λ and −λ: det(z − H) = z² − λ²",
        "det(z − H) (H the second derivatives of −(ax + by + λxy))",
        &hessian.characteristic_polynomial("z"),
        &(&z * &z - &l * &l),
    );

    // N = 2, M = 3: the whole Hessian −[[0, W], [Wᵀ, 0]] against z^|N−M| det(z² − WWᵀ).
    let w = Matrix::from_rows(
        (0..2)
            .map(|j| (0..3).map(|k| Poly::var(["w₁₁", "w₁₂", "w₁₃", "w₂₁", "w₂₂", "w₂₃"][3 * j + k])).collect())
            .collect(),
    );
    let entry = |r: usize, c: usize| match (r < 2, c < 2) {
        (true, false) => -&w[(r, c - 2)],
        (false, true) => -&w[(c, r - 2)],
        _ => Poly::int(0),
    };
    let whole = Matrix::from_rows((0..5).map(|r| (0..5).map(|c| entry(r, c)).collect()).collect());
    let gram = &w * &w.transpose();
    let paired = gram.characteristic_polynomial("z").substitute("z", &(&z * &z));
    steps.equal(
        "det(z − Hessian) = z^|N−M| det(z² − WWᵀ) for N = 2, M = 3: eigenvalues ±λᵢ and |N−M| zeros, inertia (k, k, N+M−2k)",
        "det(z + (0, W; Wᵀ, 0)) (W of 2 x 3 entries)",
        &whole.characteristic_polynomial("z"),
        &(&z * &paired),
    );

    // The offset of the mean state is (b + λμ)/λ = μ + b t with t = 1/λ; μ and b are independent
    // with mean zero.
    let [mu, n, s] = ["μ", "N", "s"].map(Poly::var);
    let square = (&mu + &(&b * Poly::var("t"))).pow(2);
    let over_b = square.coefficient("b", 0) + square.coefficient("b", 2) * &s * &s;
    // μ = Σⱼ Uⱼᵢ/2, E Uⱼᵢ² = 1/N, different rows uncorrelated: E μ² = N · (1/4) · E Uⱼᵢ².
    let mu_squared = RatFn::from(&n * Poly::ratio(1, 4)) * haar::one_column(&[2]);
    let mean = RatFn::from(over_b.coefficient("μ", 0)) + RatFn::from(over_b.coefficient("μ", 2)) * mu_squared;
    steps.equal(
        "E(μ − x*)² = 1/4 + s²/λ² with t = 1/λ, E μ² = N·(1/4)·E U², E b̃² = s²",
        "E(μ + b·t)² (μ, b independent of mean 0, variances N·(1/4)·E U² and s²)",
        &mean,
        &RatFn::from(offset_variance(false)),
    );
    Ok(steps)
}
