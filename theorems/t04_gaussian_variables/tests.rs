//! Tests.

use super::distance::{
    edgeworth, enumerated_distance, expanded_distance, lattice_distance, normal_distance, sum_distance,
};
use super::evidence::{delocalised, kappa};
use crate::spectra::ensemble::unit_vector;
use rand::RngExt;

use rand::{SeedableRng, rngs::ChaCha8Rng};

/// Entries divided by the standard deviation of their sum, where all units are on with probability
/// p.
fn scaled(mode: &[f64], p: f64) -> Vec<(f64, f64)> {
    let deviation = (mode.iter().map(|u| u * u).sum::<f64>() * p * (1.0 - p)).sqrt();
    mode.iter().map(|u| (u / deviation, p)).collect()
}

#[test]
fn inversion_agrees_with_enumeration() {
    // 18 units have atoms of weight 2^-18 and a characteristic function that is small beyond t =
    // 12.
    let rng = &mut ChaCha8Rng::seed_from_u64(1);
    for _ in 0..5 {
        let mode = unit_vector(18, rng);
        let (inverted, exact) = (normal_distance(&mode), enumerated_distance(&scaled(&mode, 0.5)));
        assert!((inverted / exact - 1.0).abs() < 0.05, "{inverted} {exact}");
    }
}

#[test]
fn distances_have_their_known_values() {
    assert!((edgeworth() - 0.0459).abs() < 5e-5);
    // One unit: Φ(1) − 1/2 = 0.3413; lattices: 0.3989/√N.
    assert!((normal_distance(&[0.0, 1.0, 0.0]) - 0.341_344_746).abs() < 1e-8);
    assert!((lattice_distance(2000, false) * 2000f64.sqrt() - 0.3989).abs() < 2e-3);
}

#[test]
fn sums_of_skewed_units_have_the_distance_of_their_binomial_law() {
    // Equal entries give binomial laws. scipy 1.17.1: maximum over k of |binom(n, p).cdf(k) −
    // norm.cdf(z)| and of the same at the left limit, z = (k − np)/√(np(1 − p)).
    for (n, p, expected) in [(12, 0.3, 0.139_787_280_379_363_55), (3, 0.9, 0.447_148_569_174_613_54)] {
        let found = sum_distance(&vec![1.0; n], &vec![p; n]);
        assert!((found - expected).abs() < 1e-12, "{n}: {found}");
    }
    // Twenty units, with atoms of at most 0.6²⁰, by inversion and by enumeration. Units that are
    // always on or off and entries of 0 change nothing.
    let rng = &mut ChaCha8Rng::seed_from_u64(4);
    let mode = unit_vector(20, rng);
    let exact = enumerated_distance(&scaled(&mode, 0.4));
    let found = sum_distance(&[&mode[..], &[5.0, -3.0, 0.0]].concat(), &[&[0.4; 20][..], &[0.0, 1.0, 0.5]].concat());
    assert!((found / exact - 1.0).abs() < 0.05, "{found} {exact}");
}

#[test]
fn spread_sums_are_as_far_from_normal_as_their_cumulants_say_and_sums_over_five_units_are_not() {
    let rng = &mut ChaCha8Rng::seed_from_u64(5);
    // Without skewness: 0.0459 κ.
    let mode = unit_vector(300, rng);
    let fair = expanded_distance(&mode, &[0.5; 300]);
    assert!((fair / (edgeworth() * kappa(&mode)) - 1.0).abs() < 1e-3, "{fair}");
    // scipy 1.17.1: skewness and kurtosis of binom(40, 0.1), the three terms on two million points.
    // The value would be 0.02827 without the square of the skewness, 0.02926 without the kurtosis,
    // and 0.03046 with the wrong sign of the kurtosis.
    let skewed = expanded_distance(&[1.0; 40], &[0.1; 40]);
    assert!((skewed / 0.028_445_005 - 1.0).abs() < 1e-3, "{skewed}");
    let means: Vec<f64> = (0..300).map(|_| 0.05 + 0.9 * rng.random::<f64>()).collect();
    let ratio = sum_distance(&mode, &means) / expanded_distance(&mode, &means);
    assert!((ratio - 1.0).abs() < 0.1, "{ratio}");
    for _ in 0..100 {
        let mode = unit_vector(5, rng);
        let means: Vec<f64> = (0..5).map(|_| rng.random()).collect();
        let exact = sum_distance(&mode, &means);
        assert!(exact > 1.0 / 64.0, "{exact}");
    }
}

#[test]
fn a_lattice_halfway_up_its_steps_is_one_power_closer() {
    // scipy 1.17.1: F = binom(n, 1/2).cdf(k) − pmf(k)/2 against norm.cdf((2k − n)/√n), maximum over
    // k.
    for (n, expected) in [(100, 0.001_224_609_150_100_253_2), (400, 0.000_308_662_176_517_926_5)] {
        let found = lattice_distance(n, true);
        assert!((found / expected - 1.0).abs() < 1e-9, "{n}: {found:e}");
    }
}

#[test]
fn where_no_mode_is_spread_that_is_an_error_with_a_sentence() {
    // κ of one column of 16 units is at least 1/16, above 0.05; that of 30 equal entries is 1/30.
    let equal = |n: usize| vec![(n as f64).sqrt().recip(); n];
    assert_eq!(delocalised(vec![equal(16), equal(30)]).expect("one is").len(), 1);
    let error = delocalised(vec![equal(16)]).expect_err("none is").to_string();
    assert!(error.contains("16 visible units") && error.contains("0.05"), "{error}");
    assert!(delocalised(Vec::new()).is_err());
}
