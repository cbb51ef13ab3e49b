//! Tests.

use super::entries::{Divergence, Entries};
use super::evidence::{BY_SIZE, Run, size_row};
use super::vectors::{Leading, SIDES, independence, kappa_law, vector_checks};

#[test]
fn participation_ratios_in_the_plane_have_their_moments() {
    // by hand: cos⁴ + sin⁴ = 3/4 + cos(4θ)/4
    let (mean, variance) = kappa_law(2);
    assert!((mean - 0.75).abs() < 1e-15 && (variance - 1.0 / 32.0).abs() < 1e-15, "{mean} {variance}");
}

#[test]
fn squared_entries_on_the_sphere_have_the_law_of_archimedes() {
    // A coordinate on the unit sphere in three dimensions is uniform in (−1, 1): P(U² < x) = √x.
    let at = |i: usize| [((i as f64 + 0.5) / 50.0).powi(2), 0.0];
    let one = |i: usize| Leading { sizes: [3; 2], entry: at(i), kappa: [0.6; 2], overlap: at(i), value: 1.0 };
    let seen: Vec<Leading> = (0..50).map(one).collect();
    let [entries, overlaps, _] = vector_checks(SIDES[0], 3, &seen, 0).expect("a law");
    assert!((entries.observed - 0.01).abs() < 1e-9 && (overlaps.observed - 0.01).abs() < 1e-9);
}

#[test]
fn the_table_by_size_holds_the_divergence_that_was_measured() {
    // by hand: disjoint samples have the divergence ln 2; they occupy bins 0, 6, 54 and 59 of 60,
    // so that their floor is 3/(4·1·2)
    let both = Entries { visible: 1, hidden: 2, before: vec![0.0, 0.1], after: vec![0.9, 1.0] };
    let measured = both.divergence().expect("two samples");
    assert!((measured.value - 2f64.ln()).abs() < 1e-15 && measured.floor == 0.375);
    let run = |value: f64, floor: f64| Run { divergence: Divergence { value, floor }, kappa: 0.5, overlap: 7.0 };
    // by hand: 0.2 and 0.4 have mean 0.3 and standard error 0.1; the mean floor is 0.002
    let row = size_row(32, &[run(0.2, 0.001), run(0.4, 0.003)]);
    let expected = [32.0, 0.3, 0.1, 0.002, 0.5, 7.0];
    assert!(row.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15) && row.len() == BY_SIZE.len(), "{row:?}");
    let whole = size_row(32, &[Run { divergence: measured, kappa: 1.0, overlap: 1.0 }]);
    assert!((whole[1] - 2f64.ln()).abs() < 1e-15 && whole[3] == 0.375, "{whole:?}");
}

#[test]
fn values_tied_to_vectors_fail_and_values_without_scatter_are_no_evidence() {
    use crate::evidence::Outcome;
    // by hand: κ alternating and λ = 0, 0, 1, 1 have no correlation; κ = λ has correlation 1
    let outcomes = |kappa: &dyn Fn(usize) -> f64| {
        let value = |i: usize| f64::from(u8::from(i % 4 > 1));
        let one = |i: usize| Leading {
            sizes: [3; 2],
            entry: [0.3; 2],
            kappa: [kappa(i); 2],
            overlap: [0.3; 2],
            value: value(i),
        };
        let seen: Vec<Leading> = (0..28).map(one).collect();
        independence(&seen).expect("28 machines").map(|check| (check.outcome(), check.observed))
    };
    assert_eq!(outcomes(&|i| f64::from(u8::from(i % 2 == 0))), [(Outcome::Pass, 0.0); 2]);
    // With one deviating value: artanh 0.931 = 1.665 at 28 machines is 8.3 standard deviations.
    let tied = outcomes(&|i| f64::from(u8::from(i % 4 > 1 && i != 2)));
    assert!(tied.iter().all(|one| one.0 == Outcome::Fail && (one.1 - 0.930_949_3).abs() < 1e-6), "{tied:?}");
    assert!(outcomes(&|_| 1.0).iter().all(|one| one.0 == Outcome::Invalid));
    assert!(independence(&[]).is_err());
}
