//! Tests.

use super::chain::{Chain, dot};
use super::flow::{binomial, integrate};
use super::limit::{in_fields, magnetisation, scaling};
use super::one_pattern::CRITICAL;
use crate::exact::rank_one::RankOne;

#[test]
fn the_scheme_has_its_tolerance_forward_and_backward() {
    // by hand: y' = y and z' = −2z, e and e⁻² at 1, e⁻¹ and e² at −1
    for to in [1f64, -1.0] {
        let way = integrate(&|[y, z]: [f64; 2]| [y, -2.0 * z], [1.0, 1.0], to, 1e-10);
        let (tau, [y, z]) = way[way.len() - 1];
        assert!(tau == to && (y - to.exp()).abs() < 1e-8 && (z - (-2.0 * to).exp()).abs() < 1e-8, "{tau} {y} {z}");
    }
}

#[test]
fn a_binomial_law_has_its_mean_and_variance() {
    // by hand: n(1 + m)/2 and n(1 − m²)/4
    for (n, m) in [(1usize, 0.6), (7, -0.3), (400, 0.6), (90, 0.0)] {
        let law = binomial(n, m);
        let moment = |power: i32| law.iter().map(|&(k, p)| p * (k as f64).powi(power)).sum::<f64>();
        let (mean, size) = (0.5 * n as f64 * (1.0 + m), n as f64);
        assert!((moment(0) - 1.0).abs() < 1e-12 && (moment(1) - mean).abs() < 1e-10, "{n} {m}");
        assert!((moment(2) - mean * mean - size * (1.0 - m * m) / 4.0).abs() < 1e-8, "{n} {m}");
    }
}

#[test]
fn a_sweep_leaves_the_law_of_the_machine_as_it_is() {
    let chain = Chain::new(11, 7);
    for lambda in [0.0, 2.5, 5.0] {
        let law = chain.stationary(lambda);
        let after = chain.sweep(lambda).forward(&law);
        assert!(law.iter().zip(&after).all(|(p, q)| (p - q).abs() < 1e-13), "{lambda}");
        // The mean of x times ⟨y⟩ given x is ⟨xy⟩.
        let xy = RankOne::new(11, 7, lambda).moments().xy;
        assert!((dot(&law, &chain.product(lambda)) - xy).abs() < 1e-13, "{lambda}");
        // Forward on the law and backward on a function are the same mean.
        let values = chain.values(|x| x.powi(3) + x);
        let start: Vec<f64> = (0..12u8).map(|k| f64::from(k) / 66.0).collect();
        let sweep = chain.sweep(lambda);
        let (one, two) = (dot(&sweep.forward(&start), &values), dot(&start, &sweep.backward(&values)));
        assert!((one - two).abs() < 1e-13, "{lambda}: {one} {two}");
    }
}

#[test]
fn the_covariance_with_the_weight_is_the_derivative_in_lambda() {
    let chain = Chain::new(8, 6);
    let square = chain.values(|x| x * x);
    let at = |lambda: f64| dot(&chain.stationary(lambda), &square);
    let slope = (at(3.0 + 1e-5) - at(3.0 - 1e-5)) / 2e-5;
    let found = chain.correlations(3.0, 1, &square)[0];
    assert!((slope - found).abs() < 1e-9, "{slope} {found}");
}

#[test]
fn limits_are_those_known_by_hand() {
    // s² under e^(−s⁴/6): √6 Γ(3/4)/Γ(1/4); m = tanh(λm/4) at λ = 4 artanh(0.6)/0.6.
    let critical = 6f64.sqrt() * libm::tgamma(0.75) / libm::tgamma(0.25);
    assert!((scaling(2, 0.0) - critical).abs() < 1e-9, "{}", scaling(2, 0.0));
    // numpy 2: trapezoidal sums over 200,001 values of |s| up to 16.
    for (power, e, expected) in [(2, -6.0, 0.082_216_508_388_598_16), (1, 22.0, 8.121_937_627_626_233)] {
        let found = scaling(power, e);
        assert!((found / expected - 1.0).abs() < 1e-9, "{power} {e}: {found}");
    }
    // The same sum with cosh(1.3 s): half of ⟨s²⟩ at e = 0.7.
    let limit = in_fields(0.7, [1.6, 1.0]).limit;
    assert!((2.0 * limit / 2.775_926_908_197_565_3 - 1.0).abs() < 1e-9, "{limit}");
    // Without fields at λ = 4 the correction is that of T07.
    assert!((in_fields(0.0, [0.0; 2]).next - CRITICAL.1).abs() < 1e-6);
    let m = magnetisation(4.0 * 0.6f64.atanh() / 0.6);
    assert!((m - 0.6).abs() < 1e-9 && magnetisation(3.9) == 0.0, "{m}");
}

#[test]
fn the_correction_in_fields_leaves_a_remainder_of_order_one_over_n() {
    // Exact sums at λ = 4 + 0.6/√N in fields, minus the limit and its correction.
    let remainder = |n: usize| {
        let size = n as f64;
        let (fields, lambda) = ([0.2, 0.15], 4.0 + 0.6 / size.sqrt());
        let scaled = fields.map(|field| field / size.powf(0.25));
        let machine = RankOne { visible: n, hidden: n, coupling: lambda, field_x: scaled[0], field_y: scaled[1] };
        let theory = in_fields(0.15, fields);
        machine.moments().uu / size.sqrt() - theory.limit - theory.next / size.sqrt()
    };
    let order = (remainder(400) / remainder(1600)).ln() / 4f64.ln();
    assert!((0.9..1.1).contains(&order), "{order}");
}
