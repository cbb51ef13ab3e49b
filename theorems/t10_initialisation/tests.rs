//! Tests.

use super::schemes::{Law, Scheme, TWO_AND_A_HALF, Units};
use super::theory::{field, linear_map, memory, overlap, overlap_without_biases};
use super::trials::{Times, add_mean, observe};
use crate::spectra::ensemble;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

#[test]
fn memories_and_overlaps_have_their_known_values() {
    // scipy 1.17: 1 − exp(−c/2) quad(norm.pdf(z)/cosh(√c z), −12, 12).
    for (c, expected) in
        [(1.0, 0.550_400_490_793_327), (2.0 / 17.0, 0.105_920_403_725_593), (0.0625, 0.058_945_975_540_591)]
    {
        assert!((memory(c) - expected).abs() < 1e-12, "{c}: {}", memory(c));
    }
    // The inverse of memory.
    assert!((field(memory(0.2)) - 0.2).abs() < 1e-12);
    // numpy 2: iterated from 0, trapezoidal sums over −10 <= z <= 10.
    for (c, expected) in [(1.0 / 16.0, 0.067_119_250_163_720), (0.25, 0.245_959_177_242_479)] {
        assert!((overlap_without_biases(c) - expected).abs() < 1e-12, "{c}: {}", overlap_without_biases(c));
    }
    // scipy 1.17: brentq of E tanh²(√(6.25 q) z) − q.
    assert!((overlap(6.25) - 0.633_753_797_225_729).abs() < 1e-12 && overlap(1.0) == 0.0);
    // by hand: binom(2, 1)/4 and binom(4, 2)/16 for N = M. scipy 1.17: quad of the density of
    // Marchenko and Pastur in λ², with the weight 'alg' at its ends, N = 16 M and 784 x 500.
    let tall = [(32, (16, 1), 0.049_450_048_820_930), (32, (784, 500), 0.088_771_465_238_519)];
    for (sweeps, shape, expected) in [(1, (5, 5), 0.5), (2, (5, 5), 0.375), tall[0], tall[1]] {
        let found = linear_map(sweeps, shape);
        assert!((found - expected).abs() < 1e-12, "{sweeps} {shape:?}: {found}");
    }
}

#[test]
fn every_scheme_has_its_x() {
    let x = |law: Law, units: Units| Scheme::new(law, units).x(784, 500);
    // by hand, N = 784 and M = 500: NM = 392,000, N + M = 1284
    for (law, expected) in [
        (Law::Hinton, 1e-8 * 392_000.0),
        (Law::Glorot, 4.0 * 392_000.0 / (1284.0 * 1284.0)),
        (Law::Lecun, 500.0 / 784.0),
        (Law::He, 4.0 * 500.0 / 784.0),
        (TWO_AND_A_HALF.law, 39.0625),
    ] {
        assert!((x(law, Units::Spins) / expected - 1.0).abs() < 1e-12, "{law:?}");
        assert!((256.0 * x(law, Units::Bits) / expected - 1.0).abs() < 1e-12, "{law:?}");
    }
}

#[test]
fn a_ferromagnet_keeps_its_overlap_in_one_mode_and_a_spin_glass_in_many() {
    let n = 96;
    let rng = &mut ChaCha8Rng::seed_from_u64(3);
    let mut ferromagnet = ensemble::normal(n, n, 0.5 / (n as f64).sqrt(), rng);
    add_mean(&mut ferromagnet, 12.0);
    let glass = ensemble::normal(n, n, TWO_AND_A_HALF.std(n, n), rng);
    let [ordered, frozen] = [ferromagnet, glass].map(|w| {
        let seen = observe(&w, Times { burn_in: 50, lag: 32 }, true, [9; 32], |p| rng.random::<f32>() < p);
        let seen = seen.expect("a machine");
        (seen.overlap(), seen.leading.expect("was asked for").rest)
    });
    assert!(ordered.0 > 0.9 && ordered.1.abs() < 0.1, "{ordered:?}");
    assert!(frozen.0 > 0.5 && frozen.1 > 0.4, "{frozen:?}");
}
