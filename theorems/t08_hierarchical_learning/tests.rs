//! Tests.

use super::evidence::{effect, mean_update, replica_variance};
use super::falsifiers;
use super::history::{History, SplitDirections, rotated_away};
use super::quantities::rank_correlation;
use crate::claim::Stage;
use crate::linalg::Svd;
use crate::spectra::rotation;
use crate::stat::interval::Interval;
use faer::Mat;
use rand::rngs::ChaCha8Rng;

use crate::evidence::Outcome;
use rand::SeedableRng;

#[test]
fn rank_correlations_have_their_hand_computed_values() {
    assert_eq!([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0], [2.0, 1.0, 3.0]].map(|x| rank_correlation(&x)), [1.0, -1.0, 0.5]);
}

#[test]
fn directions_turned_away_leave_the_others_and_stay_orthonormal() {
    let rng = &mut ChaCha8Rng::seed_from_u64(1);
    let u = rotation::haar_orthogonal(11, rng).subcols(0, 5).to_owned();
    let rotated = rotated_away(&u, 1..3, rng);
    let dot = |a: &Mat<f64>, i: usize, b: &Mat<f64>, k: usize| (0..11).map(|j| a[(j, i)] * b[(j, k)]).sum::<f64>();
    for i in 0..5 {
        for k in 0..5 {
            assert!((dot(&rotated, i, &rotated, k) - f64::from(u8::from(i == k))).abs() < 1e-14, "{i} {k}");
        }
        let kept = (dot(&rotated, i, &u, i) - 1.0).abs() < 1e-14;
        assert_eq!(kept, !(1..3).contains(&i), "{i}");
    }
}

#[test]
fn splits_inside_a_subspace_lead_by_their_coarse_half() {
    // By hand: the first axis, above 4/β, contains all of one direction and 0.6² of the other; the
    // second axis, at half of 4/β, is preserved to a quarter.
    let axes = || Mat::from_fn(2, 2, |j, i| f64::from(u8::from(i == j)));
    let svd = Svd { u: axes(), v: axes(), singular_values: vec![5.0, 2.0] };
    let directions = Mat::from_fn(2, 2, |j, k| [[1.0, 0.0], [0.6, 0.8]][k][j]);
    let captured = SplitDirections::captured(&directions, &svd);
    assert!((captured[0] - 1.0).abs() < 1e-15 && (captured[1] - 0.52).abs() < 1e-15);
    assert!((SplitDirections::lead(&captured) - 0.48).abs() < 1e-15);
}

#[test]
fn every_falsifier_of_the_measurement_names_what_it_fails() {
    for falsifier in falsifiers::ALL.iter().filter(|f| f.stage == Stage::Measurement) {
        assert!(!falsifier.kills.is_empty(), "{}", falsifier.id);
    }
}

/// A machine with the given two singular values at updates 0, 10, 20.
fn history(values: [[f64; 2]; 3], hidden: usize) -> History {
    let values = values.iter().zip([0, 10, 20]).map(|(of, t)| (t, of.to_vec())).collect();
    History {
        hidden,
        updates: 20,
        edge: 1.0,
        values,
        records: Vec::new(),
        probe: None,
        lead: (0.0, Vec::new()),
        alignment: 0.0,
        class_shares: Vec::new(),
        js_excess: 0.0,
        roughness: Vec::new(),
        modes: Vec::new(),
    }
}

#[test]
fn what_does_not_happen_in_the_training_may_happen_after_it() {
    // ln λ is interpolated linearly between records: from 2 to 8 it crosses the level 4 half way.
    let one = history([[2.0, 0.5], [8.0, 0.5], [8.0, 2.0]], 3);
    assert!(one.crossing(0).is_some_and(|t| (t - 5.0).abs() < 1e-12) && one.crossing(1).is_none());
    assert_eq!(one.leaves_the_bulk(0), None); // above 1 from the start: it does not cross the edge
    assert!(one.leaves_the_bulk(1).is_some_and(|t| (t - 15.0).abs() < 1e-12));
    // by hand: ln(20/5), no upper limit
    let apart = one.apart(one.crossing(0), one.crossing(1));
    assert!((apart.low - 4f64.ln()).abs() < 1e-12 && apart.high == f64::INFINITY);
    let before = one.apart(one.crossing(1), one.crossing(0));
    assert!(before.low == f64::NEG_INFINITY && (before.high + 4f64.ln()).abs() < 1e-12);
    let never = one.apart(None, None);
    let judged = |of: Interval| effect("a", "a", of, 1.0, "by hand").outcome();
    assert_eq!((judged(apart), judged(before), judged(never)), (Outcome::Pass, Outcome::Fail, Outcome::Undecided));
    assert_eq!(judged(one.apart(Some(5.0), Some(5.0))), Outcome::Fail);
}

#[test]
fn scatter_is_that_of_the_replicas_that_have_the_value() {
    let all: Vec<History> = [(3, 1.0), (3, 3.0), (5, 7.0)].map(|(m, l)| history([[l; 2]; 3], m)).into();
    let value = |h: &History| Some(h.values[0].1[0]);
    assert_eq!(replica_variance(&all, &value), Some(2.0)); // by hand: 1 and 3 of one size
    assert_eq!(replica_variance(&all[1..], &value), None);
    assert_eq!(replica_variance(&all, &|h| value(h).filter(|x| *x > 1.0)), None);
    assert_eq!((mean_update(&all, &value), mean_update(&all, &|_| None)), (Some(11.0 / 3.0), None));
}
