//! Tests.

use super::evidence::{leading_check, offset_variance, offsets, ordered};
use super::landscape::hessian_check;
use crate::rbm::Rbm;

#[test]
fn offsets_lead_from_the_saddle_to_the_uniform_mean() {
    // by hand: W = 2, a = 3, b = 5: saddle (−5/2, −3/2), mean (1/2, 1/2): offsets 3 and 2, over
    // √(1/4 + 1/4) for s = 1
    let machine = Rbm::new(1, 1, vec![2.0], vec![3.0], vec![5.0]).expect("finite");
    let rng = &mut <rand::rngs::ChaCha8Rng as rand::SeedableRng>::from_seed([1; 32]);
    let [x, y] = offsets(&machine, &offset_variance(false), 1.0, rng).expect("finite");
    assert!((x[0].abs() - 3.0 * 2f64.sqrt()).abs() < 1e-14 && (y[0].abs() - 2.0 * 2f64.sqrt()).abs() < 1e-14);
    assert!(x[0] * y[0] > 0.0);
}

#[test]
fn values_are_ordered_against_quantiles_down_to_none() {
    assert!(ordered(Vec::new()).is_empty());
    assert_eq!(ordered(vec![7.0]), [(0.0, 7.0)]);
    // Normal tables: the quartiles are ±0.674490.
    let two = ordered(vec![3.0, 1.0]);
    assert!(two[0].1 == 1.0 && two[1].1 == 3.0 && (two[1].0 - 0.674_489_75).abs() < 1e-7, "{two:?}");
    let many = ordered((0..1000).map(f64::from).collect());
    assert!(many.len() == 203 && many[202].1 == 999.0);
}

#[test]
fn squares_of_leading_offsets_are_chi_square() {
    use crate::evidence::Outcome;
    let of = |leading: &[f64]| leading_check("x", leading);
    // P(χ²₂ > x) = e^(−x/2); the squares of 3 and 1 add up to 10, the mean square is 5
    let two = of(&[3.0, -1.0]);
    assert!(
        two.p_value().is_some_and(|p| (p - (-5f64).exp()).abs() < 1e-12) && (two.observed - 5f64.sqrt()).abs() < 1e-15
    );
    // e^(−x/2) = 1e-6 at x = 27.63
    assert_eq!([3.71, 3.72].map(|t| of(&[t, t]).outcome()), [Outcome::Pass, Outcome::Fail]);
    assert_eq!((of(&[f64::NAN]).outcome(), of(&[]).outcome()), (Outcome::Invalid, Outcome::Invalid));
}

#[test]
fn a_matrix_without_weights_is_flat_in_all_directions() {
    let (check, flat) = hessian_check("h", "zero matrix", (3, 2), &[0.0; 6], &[0.0; 2]).expect("finite");
    assert_eq!((check.outcome(), flat), (crate::evidence::Outcome::Pass, 5));
    // by hand: the Hessian of W = (2, 0)ᵀ has the eigenvalues −2, 0, 2
    let (check, flat) = hessian_check("h", "column", (2, 1), &[2.0, 0.0], &[2.0]).expect("finite");
    assert_eq!((check.outcome(), flat), (crate::evidence::Outcome::Pass, 1));
}
