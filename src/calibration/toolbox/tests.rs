//! Tests.
#![deny(clippy::disallowed_methods)]

use super::spectra::{rigidity, sign_bias};
use super::trials::{INTERVALS, TRIALS, continuous, line, normal, normal_cdf, shifted};
use super::{Cover, Hypothesis, Null, Trial, stream, try_interval, try_test};
use crate::stat::mean::{mean_and_error, z_test};
use rand::RngExt;
use rand::rngs::ChaCha8Rng;

// 200 seeds; limit 1e-4 for each of the about 25 p-values: a right toolbox fails one suite in 400,
// and this suite has one seed.
const SEEDS: usize = 200;

#[test]
fn exact_and_monte_carlo_nulls_give_uniform_p_values() {
    for trial in TRIALS.iter().filter(|trial| trial.null.must_be_right()) {
        let rates = try_test(trial, SEEDS, 1);
        assert!(rates.uniform > 1e-4, "{}: {rates:?}", trial.name);
    }
    for cover in INTERVALS.iter().filter(|cover| cover.null.must_be_right()) {
        let (share, p) = try_interval(cover, SEEDS, 1);
        assert!(p > 1e-4, "{}: covers {share}", cover.name);
        // That all of 200 are covered has probability 0.95^200 = 3.5e-5.
        assert!(share < 1.0, "{}: covers everything", cover.name);
    }
}

#[test]
fn a_wrong_null_is_not_uniform() {
    // The tester tested: p-values of a test whose values are 20 % too wide.
    let broken = Trial { p: |_, rng| z_test(1.2 * normal(rng), 0.0, 1.0).p_value, ..z_trial() };
    assert!(try_test(&broken, 2000, 3).uniform < 1e-4);
    assert!(try_test(&z_trial(), 2000, 3).uniform > 1e-4);
}

fn z_trial() -> Trial {
    let p = |_, rng: &mut ChaCha8Rng| z_test(normal(rng), 0.0, 1.0).p_value;
    Trial { name: "z", null: Null::Exact, wrong: "", level: 1e-6, p }
}

#[test]
fn raw_signs_are_biased_and_random_ones_are_not() {
    let [raw, random] = sign_bias(2000, 4);
    // Four binomial standard errors: 0.045.
    assert!((raw - 0.5).abs() > 0.045 && (random - 0.5).abs() < 0.045, "{raw} {random}");
}

#[test]
fn spectra_are_rigid() {
    let found = rigidity(60, 5).expect("enough draws");
    assert!(found.line.slope_interval.low > 0.0, "{found:?}");
    assert!(found.power.slope_interval.high < 0.5, "{found:?}"); // √r is refuted
}

#[test]
fn an_interval_that_covers_too_little_is_found_out() {
    // 80 % for 95 %, and the right one.
    let cover = |covers| Cover { name: "normal", null: Null::Exact, covers };
    assert!(try_interval(&cover(|rng| Some(normal(rng).abs() < 1.2816)), 200, 6).1 < 1e-6);
    assert!(try_interval(&cover(|rng| Some(normal(rng).abs() < 1.9600)), 200, 6).1 > 1e-4);
}

#[test]
fn rates_are_shares_of_the_draws() {
    // p-values 0.03 of what is true and 0.0005 of what is wrong: below 10 % and 5 % all, below 1 %
    // and 0.1 % none.
    let trial = |level: f64| Trial {
        p: |under, _| if under == Hypothesis::Alternative { 0.0005 } else { 0.03 },
        level,
        ..z_trial()
    };
    let rates = try_test(&trial(1e-3), 1010, 1);
    assert_eq!((rates.sizes, rates.power, rates.wrong_draws), ([1.0, 1.0, 0.0, 0.0], 1.0, 101));
    assert!(rates.uniform < 1e-6, "{rates:?}");
    // A p-value at a level is not below it.
    assert_eq!(try_test(&trial(0.0005), 200, 1).power, 0.0);
    assert_eq!(try_test(&Trial { p: |_, _| 0.05, ..z_trial() }, 200, 1).sizes, [1.0, 0.0, 0.0, 0.0]);
    assert_eq!((try_test(&trial(1e-3), 200, 1).wrong_draws, try_test(&trial(1e-3), 519, 1).wrong_draws), (50, 51));
    // A test that fails is not uniform, and refutes nothing.
    let failed = try_test(&Trial { p: |_, _| f64::NAN, ..z_trial() }, 20, 1);
    assert_eq!((failed.uniform, failed.sizes, failed.power), (0.0, [0.0; 4], 0.0));
    // 19 of 19: z = 0.05/√(0.95·0.05/19) = 1; normal tables. What failed does not cover.
    let cover = |covers| Cover { name: "constant", null: Null::Exact, covers };
    let (share, p) = try_interval(&cover(|_| Some(true)), 19, 1);
    assert!(share == 1.0 && (p - 0.317_310_507_862_914).abs() < 1e-12, "{share} {p}");
    assert_eq!((try_interval(&cover(|_| None), 19, 1).0, try_interval(&cover(|_| Some(false)), 19, 1).0), (0.0, 0.0));
}

#[test]
fn laws_that_are_known_must_be_right() {
    let of = |null: Null| (null.name(), null.must_be_right());
    assert_eq!((of(Null::Exact), of(Null::MonteCarlo)), (("exact", true), ("Monte Carlo", true)));
    assert_eq!((of(Null::Asymptotic), of(Null::Bound)), (("asymptotic", false), ("bound", false)));
}

#[test]
fn what_trials_draw_is_that_by_hand() {
    let rng = &mut stream(1, "test", "true", 0);
    assert_eq!(shifted(3, 1.5, 0.0, rng), [1.5; 3]);
    assert_eq!(line(Hypothesis::Alternative, 3, &[0.0; 3], rng), (vec![0.0, 1.0, 2.0], vec![1.0, 2.0, 3.0]));
    assert_eq!(line(Hypothesis::Null, 3, &[0.0; 3], rng).1, [1.0; 3]);
    // Normal tables.
    assert!((normal_cdf(1.959_963_984_540_054) - 0.975).abs() < 1e-14 && normal_cdf(0.0) == 0.5);
    // 100 draws of scale 2 and a shift of 10: mean 10 ± 0.2, five standard errors; variance 4 ±
    // 0.57, four.
    let (mean, error) = mean_and_error(&shifted(100, 10.0, 2.0, rng));
    assert!((mean - 10.0).abs() < 1.0 && (100.0 * error * error - 4.0).abs() < 2.3, "{mean} {error}");
    // 3/(1 + 9) less what is drawn from its step of 1/10.
    for _ in 0..100 {
        let p = continuous(0.3, 9, rng);
        assert!(0.2 < p && p <= 0.3, "{p}");
    }
    let all: Vec<f64> = (0..100).map(|_| continuous(0.3, 9, rng)).collect();
    assert!(all.iter().any(|p| *p < 0.22) && all.iter().any(|p| *p > 0.28)); // each missed with probability 0.8^100
}

#[test]
fn every_draw_has_a_stream_of_its_own() {
    let first = |name: &str, side: &str, draw: usize| stream(1, name, side, draw).random::<u64>();
    let all: std::collections::BTreeSet<u64> =
        [("a", "true", 0), ("a", "true", 1), ("a", "wrong", 0), ("b", "true", 0)]
            .map(|(name, side, draw)| first(name, side, draw))
            .into();
    assert_eq!(all.len(), 4);
}
