//! Tests.
#![deny(clippy::disallowed_methods)]

use super::laws::{
    Model, below, cholesky, critical, dense, dense_pool_size, edge, edges, kolmogorov_of, pool, pool_size, powers,
    reaches, refuted_at, squared_length,
};
use super::{LEVELS, Tail, count, section, try_dense};
use crate::calibration::toolbox::stream;
use crate::spectra::linear_statistics::{POWERS, Wishart};
use crate::spectra::{ensemble, tracy_widom};
use crate::stat::mean::z_test;
use rand::rngs::ChaCha8Rng;
use rand_distr::Distribution;

use crate::spectra::bidiagonal::Bidiagonal;
use crate::stat::mean::mean_and_error;

/// The same matrix, cut after so many rows, and as the model that computes all singular values.
fn cut(model: &Model, at: usize, rows: usize) -> (Vec<(f64, f64)>, Bidiagonal) {
    let mut squares = Vec::new();
    model.draw(&mut stream(1, "test", "tail", at), &mut squares);
    squares.truncate(rows);
    let above = squares[..rows - 1].iter().map(|s| s.1.sqrt()).collect();
    let full = Bidiagonal { diagonal: squares.iter().map(|s| s.0.sqrt()).collect(), above };
    if let Some(last) = squares.last_mut() {
        last.1 = 0.0;
    }
    (squares, full)
}

#[test]
fn the_leading_rows_hold_the_largest_singular_value() {
    for shape in [(784, 32), (784, 64), (784, 128), (211, 313), (251, 251), (784, 500)] {
        let (whole, r) = (Model::new(shape, usize::MAX), shape.0.min(shape.1));
        let rows = Model::leading(shape).diagonal.len();
        let apart = |at: usize| {
            let (squares, _) = cut(&whole, at, rows);
            let (all, full) = cut(&whole, at, r);
            let exact = edge(&whole, &all);
            let dense =
                tracy_widom::edge_statistic(full.singular_values().expect("converges")[0], shape.0, shape.1, 1.0);
            assert!((exact - dense).abs() < 1e-6, "{shape:?}: {exact} {dense}");
            (edge(&whole, &squares) - exact).abs()
        };
        let worst = crate::math::largest((0..50).map(apart));
        assert!(worst < 1e-5, "{shape:?}: {worst}");
    }
}

#[test]
fn counts_and_traces_are_those_of_the_spectrum() {
    let model = Model::new((13, 9), usize::MAX);
    for at in 0..20 {
        let (squares, full) = cut(&model, at, 9);
        let values = full.singular_values().expect("converges");
        for (k, trace) in powers(&squares).into_iter().enumerate() {
            let expected: f64 = values.iter().map(|l| l.powi(2 * (k as i32 + 1))).sum();
            assert!((trace / expected - 1.0).abs() < 1e-12, "{k}: {trace} {expected}");
        }
        for l in [0.5, 1.5, 3.0] {
            assert_eq!(below(&squares, l * l, false), values.iter().filter(|value| **value < l).count());
        }
    }
}

#[test]
fn the_joint_statistic_is_that_of_the_verdict() {
    let (n, m) = (13, 9);
    let law = Wishart::new(n, m, 1.0);
    let model = Model::new((n, m), m);
    let (squares, full) = cut(&model, 0, m);
    let standard: [f64; POWERS] = std::array::from_fn(|k| law.covariance[k][k].sqrt());
    let root =
        cholesky(std::array::from_fn(|j| std::array::from_fn(|k| law.covariance[j][k] / standard[j] / standard[k])));
    let z = std::array::from_fn(|k| (powers(&squares)[k] - law.mean[k]) / standard[k]);
    let expected = law.test(&[full.singular_values().expect("converges")]).expect("finite").statistic;
    assert!((squared_length(&root, z) / expected - 1.0).abs() < 1e-9);
}

#[test]
fn rows_are_counted_printed_and_given_as_they_are() {
    let row = Tail {
        name: "T02: mean".into(),
        draws: 3_000_000,
        pool: Some(9),
        refuted: [30_001, 2999, 301, 2, 0],
        seconds: 1.25,
    };
    // None of n: at most 1 − 0.025^(1/n) = 3.6889/n; by hand. 2 of n: Poisson tables, 0.2422/n to
    // 7.2247/n.
    let (low, high) = row.interval(4);
    assert!(low == 0.0 && (high * 3e6 - 3.6889).abs() < 1e-3, "{low} {high}");
    let (low, high) = row.interval(3);
    assert!((low * 3e6 - 0.2422).abs() < 1e-3 && (high * 3e6 - 7.2247).abs() < 1e-3, "{low} {high}");
    let json = row.json();
    assert_eq!((&json["name"], &json["draws"], &json["pool"]), (&"T02: mean".into(), &3_000_000.into(), &9.into()));
    assert_eq!((&json["seconds"], json["levels"].as_array().map(Vec::len)), (&1.25.into(), Some(5)));
    let level = &json["levels"][3];
    assert_eq!((&level["level"], &level["observed"]), (&1e-5.into(), &2.into()));
    assert!((level["expected"].as_f64().expect("a number") - 30.0).abs() < 1e-9);
    assert_eq!((&level["size"][0], &level["size"][1]), (&low.into(), &high.into()));
    // A pool of 3,000,000/25, whose variance leaves 1700/√120,000 = 4.9 %.
    // A dense pool of 9, whose mean leaves 4400/√9 = 1467 %.
    let page = section(&[row.clone(), Tail { name: "other".into(), seconds: 2.0, ..row.clone() }], &[row]);
    for line in [
        "Verdicts on normal matrices, 3000000 of each",
        "from a pool of 120000 independent ones, whose variance leaves a relative error of 5 % of the size at 10⁻⁶, ",
        "from 9 dense matrices, whose mean leaves one of 1467 %. 4 seconds in all.",
        "\n| *expected* | 30000 | 3000 | 300 | 30 | 3 | 1e-5 | 1e-6 |\n",
        "\n| T02: mean | 30001 | 2999 | 301 | 2 | 0 | 8.1e-8 to 2.4e-6 | 0.0e0 to 1.2e-6 |\n| other | ",
    ] {
        assert!(page.contains(line), "{line}\n{page}");
    }
    assert_eq!([1, 500_000, 1_000_000, 1_000_000_000].map(pool_size), [20_000, 20_000, 40_000, 400_000]);
    assert_eq!([999_999, 1_000_000, 100_000_000].map(dense_pool_size), [0, 2000, 20_000]);
    assert!(try_dense(999_999, 1, &|_| {}).is_empty());
}

#[test]
fn every_verdict_is_drawn_once_and_counted_at_the_levels_that_refute_it() {
    // Not a multiple of the number of streams; the first statistic is refuted at two levels, the
    // second nowhere.
    let judged = std::sync::atomic::AtomicUsize::new(0);
    let criterion = |_: &mut ChaCha8Rng| {
        judged.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        [2, 0]
    };
    let [first, second] = count(["a".into(), "b".into()], 1000, Some(7), 1, criterion);
    assert_eq!((first.refuted, second.refuted, judged.into_inner()), ([1000, 1000, 0, 0, 0], [0; 5], 1000));
    assert_eq!((&*first.name, &*second.name, first.draws, first.pool), ("a", "b", 1000, Some(7)));
    // A p-value at a level is not below it.
    let found = [0.02, 1e-2, 5e-3, 1e-3, 5e-5, 5e-6, 5e-7, 0.0, f64::NAN].map(refuted_at);
    assert_eq!(found, [0, 0, 1, 1, 3, 4, 5, 5, 0]);
}

#[test]
fn seconds_of_a_row_are_its_share_of_the_wall_time() {
    let start = std::time::Instant::now();
    let criterion = |_: &mut ChaCha8Rng| {
        std::thread::sleep(std::time::Duration::from_millis(30));
        [0, 0, 0]
    };
    let rows = count(["a".into(), "b".into(), "c".into()], 1, None, 1, criterion);
    let (all, wall) = (rows.iter().map(|row| row.seconds).sum::<f64>(), start.elapsed().as_secs_f64());
    assert!(all >= 0.03 && all <= wall && rows[0].seconds == rows[2].seconds, "{all} of {wall}");
}

#[test]
fn the_model_has_the_degrees_of_freedom_of_the_bidiagonal_one() {
    // 5 x 3: squares of the diagonal have means 5, 4, 3, those beside it 2, 1; 4000 draws, five
    // standard errors √(2k/4000).
    let model = Model::new((3, 5), usize::MAX);
    let (mut sums, mut squares) = ([(0.0, 0.0); 3], Vec::new());
    for at in 0..4000 {
        model.draw(&mut stream(1, "test", "tail", at), &mut squares);
        assert_eq!((squares.len(), squares[2].1), (3, 0.0));
        sums.iter_mut().zip(&squares).for_each(|(sum, (d, e))| (sum.0, sum.1) = (sum.0 + d, sum.1 + e));
    }
    for (sum, (d, e)) in sums.iter().zip([(5.0, 2.0), (4.0, 1.0), (3.0, 0.0f64)]) {
        assert!((sum.0 / 4000.0 - d).abs() < 5.0 * (d / 2000f64).sqrt(), "{sums:?}");
        assert!((sum.1 / 4000.0 - e).abs() <= 5.0 * (e / 2000.0).sqrt(), "{sums:?}");
    }
    // Ten times the cube root of the smaller side, as far as there are rows; one less stands above
    // the diagonal.
    for (shape, rows) in [((1000, 2000), 100), ((2000, 1000), 100), ((784, 500), 80), ((27, 40), 27), ((9, 9), 9)] {
        let model = Model::leading(shape);
        assert_eq!((model.diagonal.len(), model.above.len()), (rows, rows - 1), "{shape:?}");
        for t in [-12.0, 0.0, 1.5, 20.0] {
            let l = model.square_at(t).sqrt();
            assert!((tracy_widom::edge_statistic(l, shape.0, shape.1, 1.0) - t).abs() < 1e-9 || l.is_nan(), "{t}");
        }
    }
}

#[test]
fn counts_of_diagonal_and_of_coupled_matrices_are_those_by_hand() {
    let diagonal = [(4.0, 0.0), (1.0, 0.0), (9.0, 0.0)];
    let of = |shift: f64| (below(&diagonal, shift, false), below(&diagonal, shift, true), reaches(&diagonal, shift));
    // Up to the first that is not below: none at 2, two at 5, all at 10. What is equal is not
    // below.
    assert_eq!((of(0.5), of(2.0), of(5.0), of(10.0)), ((0, 0, true), (1, 0, true), (2, 2, true), (3, 3, false)));
    assert_eq!((of(9.0), of(4.0)), ((2, 2, true), (1, 0, true)));
    // All entries 1: squares 4cos²(kπ/7): 0.198, 1.555, 3.247; at 1 the first pivot is zero.
    let unit = [(1.0, 1.0), (1.0, 1.0), (1.0, 0.0)];
    let counts = [0.19, 0.2, 1.0, 1.55, 1.56, 3.24, 3.25].map(|shift| below(&unit, shift, false));
    assert_eq!(counts, [0, 1, 1, 1, 2, 2, 3]);
    assert_eq!((reaches(&unit, 3.24), reaches(&unit, 3.25)), (true, false));
    // By bisection, in the units of the law: 2^-37 of 32.
    let model = Model::leading((784, 500));
    for t in [-11.9, -1.2, 3.7, 19.9] {
        let squares = [(0.25, 0.0), (model.square_at(t), 0.0)];
        assert!((edge(&model, &squares) - t).abs() < 1e-8, "{t}: {}", edge(&model, &squares));
    }
    // (1, 2), (3, 4), (5, 0): diagonal 1, 5, 9, squares beside it 2, 12: traces 15, 1 + 25 + 81 +
    // 2·14 and 1 + 125 + 729 + 3 (2·(1 + 5) + 12·(5 + 9)).
    assert_eq!(powers(&[(1.0, 2.0), (3.0, 4.0), (5.0, 0.0)]), [15.0, 135.0, 1395.0]);
}

#[test]
fn critical_distances_are_those_of_the_exact_law() {
    // One value: P(D >= d) = 2(1 − d); two: 2(1 − d)², both for d >= 1/2.
    for (at, level) in LEVELS.into_iter().enumerate() {
        assert!((critical(1)[at] - (1.0 - level / 2.0)).abs() < 1e-12, "{level}");
        assert!((critical(2)[at] - (1.0 - (level / 2.0).sqrt())).abs() < 1e-9, "{level}");
    }
    // 1/4 and 3/4, in any order, have D = 1/4; what is equal is not beyond.
    assert_eq!(kolmogorov_of(&mut [0.75, 0.25], &[0.125, 0.2, 0.25, 0.3, 0.4]), 2);
    assert_eq!(kolmogorov_of(&mut [0.75, 0.25], &[0.5; 5]), 0);
    // 0.9999 of one value: beyond 1 − 0.005 and 1 − 0.0005, not 1 − 0.00005.
    assert_eq!(kolmogorov_of(&mut [0.9999], &critical(1)), 2);
}

#[test]
fn roots_and_lengths_are_those_by_hand() {
    // L = (2 0 0; 1 3 0; 4 5 6).
    let root = cholesky([[4.0, 2.0, 8.0], [2.0, 10.0, 19.0], [8.0, 19.0, 77.0]]);
    assert_eq!(root, [[2.0, 0.0, 0.0], [1.0, 3.0, 0.0], [4.0, 5.0, 6.0]]);
    // L (1, 2, 3) = (2, 7, 32).
    assert_eq!(squared_length(&root, [2.0, 7.0, 32.0]), 14.0);
}

#[test]
fn the_table_of_the_law_is_read_between_its_points() {
    // A wave of period 4/256 about values that spread over hundreds of them: 0, 1/2, 1, 1/2. Read
    // linearly its values are uniform on [0, 1], whatever the law of the edge; 1 % of 2000 are 20 ±
    // 4.5.
    let wave: Vec<f64> = (0..=18 * 256).map(|i| [0.0, 0.5, 1.0, 0.5][i % 4]).collect();
    let model = Model::leading((13, 9));
    let values = pool(&model, "edges", 20_000, 1, |squares| edge(&model, squares));
    let [mean, kolmogorov] = edges(&wave, ", these", &values, (13, 9), 40, 2000, 1);
    assert!(kolmogorov.refuted[0] < 50 && kolmogorov.refuted[3] == 0, "{kolmogorov:?}");
    let name = |what: &str| format!("T02: largest singular value of 40 matrices 13 x 9, these, {what}");
    assert_eq!((mean.name, kolmogorov.name), (name("mean, z"), name("Kolmogorov-Smirnov")));
    assert_eq!((mean.pool, mean.draws), (Some(20_000), 2000));
    // A law that is elsewhere is refuted always.
    let [_, elsewhere] = edges(&vec![0.9; 18 * 256 + 1], "", &values, (13, 9), 40, 300, 1);
    assert_eq!(elsewhere.refuted, [300; 5]);
}

#[test]
fn dense_matrices_and_the_bidiagonal_model_have_one_law() {
    // Normal entries have no fourth cumulant; means of 400 values each, 5 standard errors apart at
    // most.
    let shape = (40, 25);
    let (a, spread) = mean_and_error(&dense(ensemble::normal, 0.0, shape, 400, 1));
    let model = Model::leading(shape);
    let (b, other) = mean_and_error(&pool(&model, "edges", 400, 1, |squares| edge(&model, squares)));
    assert!((a - b).abs() < 5.0 * spread.hypot(other), "{a} {b}");
    // The shift is taken off: −2 (n + k)/(n k ∛(1/n + 1/k)), n = √40, k = √25, by hand −1.0086.
    let all = dense(ensemble::normal, -2.0, shape, 400, 2);
    assert!((mean_and_error(&all).0 - a - 1.0086).abs() < 5.0 * 2f64.sqrt() * spread);
}

#[test]
fn a_wrong_law_is_found() {
    // Values of variance 1.21 judged as standard normal: |z| > 2.576 has probability 0.0192,
    // erfc(2.576/1.1/√2).
    let criterion = |rng: &mut ChaCha8Rng| {
        let z: f64 = rand_distr::StandardNormal.sample(rng);
        [refuted_at(z_test(1.1 * z, 0.0, 1.0).p_value)]
    };
    let [row] = count(["wide".into()], 200_000, None, 1, criterion);
    // Five events have a mean of 1.623 at least (exact limits of a Poisson law at 97.5 %, tables):
    // 2.3e-6 of 700,000, 1.6e-6 of a million.
    let five = |draws: usize| Tail { refuted: [5; LEVELS.len()], draws, ..row.clone() }.is_right();
    assert!(!five(700_000) && five(1_000_000));
    let (low, high) = row.interval(0);
    assert!(low > 0.018 && high < 0.0205 && row.refuted[0] > 3000, "{row:?}");
}
