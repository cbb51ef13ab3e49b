//! Tests.

use super::entries::{Divergence, Entries};
use super::evidence::{BY_SIZE, Run, size_row};
use super::leading::leading_mode;
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
fn the_leading_mode_is_that_of_a_whole_decomposition() {
    use crate::linalg::thin_svd;
    use crate::spectra::ensemble;
    use faer::Mat;
    use rand::{SeedableRng, rngs::ChaCha8Rng};
    let rng = &mut ChaCha8Rng::seed_from_u64(7);
    // Noise, one mode that stands out, a diagonal whose values lie close together, and rows of
    // zeros; the last is what N = 1 leaves.
    let mut all: Vec<Mat<f64>> =
        [(90, 60), (60, 90), (75, 75), (2, 3)].map(|(n, m)| ensemble::normal(n, m, 0.01, rng)).to_vec();
    all.push(Mat::from_fn(40, 30, |j, k| all[0][(j, k)] + if (j, k) == (0, 0) { 5.0 } else { 0.0 }));
    all.push(Mat::from_fn(40, 50, |j, k| if j == k { 1.0 + 0.01 * (j * 7 % 40) as f64 } else { 0.0 }));
    all.push(Mat::from_fn(30, 20, |j, k| if j < 3 { all[0][(j, k)] } else { 0.0 }));
    all.push(Mat::from_fn(1, 4, |_, k| k as f64));
    for w in all {
        let (mode, svd) = (leading_mode(w.as_ref()).expect("not zero"), thin_svd(w.as_ref()).expect("finite"));
        let shape = w.shape();
        assert!((mode.value / svd.singular_values[0] - 1.0).abs() < 1e-13, "{shape:?}");
        for (found, whole) in [(&mode.left, &svd.u), (&mode.right, &svd.v)] {
            assert_eq!(found.len(), whole.nrows());
            let along: f64 = found.iter().enumerate().map(|(j, x)| x * whole[(j, 0)]).sum();
            let across = |j: usize| (found[j] - along * whole[(j, 0)]).abs();
            assert!((along.abs() - 1.0).abs() < 1e-12 && (0..found.len()).all(|j| across(j) < 1e-9), "{shape:?}");
        }
    }
    assert!(leading_mode(Mat::zeros(3, 2).as_ref()).is_none());
    // by hand: W = 3 e₂ e₁ᵀ
    let mode = leading_mode(Mat::from_fn(2, 1, |j, _| 3.0 * j as f64).as_ref()).expect("not zero");
    assert!(
        (mode.value - 3.0).abs() < 1e-15 && mode.left[0].abs() < 1e-15 && (mode.right[0].abs() - 1.0).abs() < 1e-15
    );
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
