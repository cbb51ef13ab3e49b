use super::*;
use crate::rbm::{exact, origins};
use crate::stat::mean::{mean_and_error, student_quantile};
use rand::SeedableRng;
use rayon::prelude::*;

/// Two states of weight 1, all units off and all on, with a wall between them: W = 2, and biases
/// that leave 0 for either.
pub(in crate::rbm) fn ferromagnet(n: usize, m: usize) -> Rbm {
    let w = 2.0;
    Rbm::new(n, m, vec![w; n * m], vec![-0.5 * w * m as f64; n], vec![-0.5 * w * n as f64; m]).expect("finite")
}

fn tempered(machine: &Rbm<f32>, sweeps: usize, key: [u8; 32]) -> Tempered {
    let mut tempering = Tempering::new(machine, &origins::find(machine, None, 300, key).1, 8, sweeps, key);
    tempering.settle(sweeps / 4);
    tempering.extend(sweeps, 8);
    tempering.found()
}

#[test]
fn intervals_cover_the_exact_value_on_40_random_machines() {
    // 95 % intervals of Student's law with 7 degrees of freedom; of 40 fewer than 33 cover with
    // probability 7e-4 (scipy 1.17.1, binom.cdf(32, 40, 0.95)).
    let quantile = student_quantile(7.0, 0.95);
    let cover = |seed: u64| {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let (n, m) = (rng.random_range(1..=12), rng.random_range(1..=10));
        let machine = Rbm::normal(n, m, rng.random_range(0.2..3.0), rng);
        let exact = exact::log_partition(&machine).expect("small");
        let mut key = [1; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        let found = tempered(&machine.to_f32(), 300, key);
        assert!((found.mean - exact).abs() < 0.3, "{seed}: {found:?} {exact}");
        (found.mean - exact).abs() < quantile * found.se + 1e-6
    };
    let covered = (0..40).into_par_iter().filter(|seed| cover(*seed)).count();
    assert!(covered >= 33, "{covered}");
}

#[test]
fn a_base_for_each_of_two_states_makes_the_way_between_them_short_for_any_number_of_units() {
    // Uniform weights w at zero centred field: Z = Σ_k (N over k) e^(−w M k/2) (1 + e^(w (k −
    // N/2)))^M. At 0.05 neither state is saturated.
    for (n, m, w) in [(12, 10, 2.0), (10, 14, 2.0), (40, 30, 2.0), (200, 150, 2.0), (200, 150, 0.05)] {
        let (visible, hidden) = (vec![-0.5 * w * m as f64; n], vec![-0.5 * w * n as f64; m]);
        let machine = Rbm::new(n, m, vec![w; n * m], visible, hidden).expect("finite").to_f32();
        let ln_choose = |k: usize| (1..=k).map(|i| (((n - k + i) as f64) / i as f64).ln()).sum::<f64>();
        let log = |k: usize| {
            let z = w * (k as f64 - 0.5 * n as f64);
            ln_choose(k) - 0.5 * w * (m * k) as f64 + m as f64 * crate::math::softplus(z)
        };
        let logs: Vec<f64> = (0..=n).map(log).collect();
        let exact = exact::log_sum_exp(&logs);
        let enumerated = exact::log_partition(&machine.to_f64());
        assert!(enumerated.is_none_or(|enumerated| (enumerated - exact).abs() < 1e-9));
        let (origins, means) = origins::find(&machine, None, 300, [1; 32]);
        let bases = origins::spread(&origins);
        assert_eq!(bases.len(), 2, "{n}");
        assert!(bases.iter().all(|base| (base.share - 0.5).abs() < 0.2), "{bases:?}");
        let mut tempering = Tempering::new(&machine, &means, 8, 100, [2; 32]).with(bases);
        tempering.settle(200);
        tempering.extend(1000, 8);
        let found = tempering.found();
        assert!((found.mean - exact).abs() < 5.0 * found.se && found.se < 0.02, "{n}: {found:?} {exact}");
        assert!(found.round_trips > 800 && found.rungs < 10, "{found:?}");
    }
}

/// ln Σ_h f_t of a state given by its bits, by base.
fn log_weights(machine: &Rbm<f32>, path: &Path, t: f64, v: usize) -> Vec<f64> {
    let on = |j: &usize| v >> j & 1 == 1;
    let between = |c: f32, a: f32| (1.0 - t) * f64::from(c) + t * f64::from(a);
    let norm = |base: &Base| -> f64 {
        base.visible.iter().chain(&base.hidden).map(|c| crate::math::softplus(f64::from(*c))).sum()
    };
    let of = |base: &Base| {
        let visible = (0..machine.visible).filter(on);
        let own: f64 = visible.map(|j| between(base.visible[j], machine.visible_bias[j])).sum();
        let field = |k: usize| {
            let weights = (0..machine.visible).filter(on).map(|j| f64::from(machine.weights[j * machine.hidden + k]));
            crate::math::softplus(between(base.hidden[k], machine.hidden_bias[k]) + t * weights.sum::<f64>())
        };
        let offset = norm(base) - norm(&path.bases[0]);
        own + (0..machine.hidden).map(field).sum::<f64>() - (1.0 - t) * offset + base.share.ln()
    };
    path.bases.iter().map(of).collect()
}

#[test]
fn exact_draws_at_every_rung_stay_independent_and_do_not_drift() {
    // Chains at t = 0, 1/2 and 1 start as independent exact draws; after five sweeps with exchanges
    // the states at all three are independent draws of the three laws still. Chi-square of 512
    // cells at 1e-6, 511 degrees of freedom: 677.6 (scipy 1.17.1).
    let w = vec![-1.75, 0.5, 1.25, -0.875, 2.0, 0.375];
    let machine = Rbm::new(3, 2, w, vec![0.25, -0.625, 0.125], vec![-0.5, 0.375]).expect("finite").to_f32();
    let one = Path::from_biases(vec![-0.5, 0.75, 0.0], vec![0.0, 0.5], 3);
    let other = |share: f64, visible: [f32; 3]| Base { share, visible: visible.to_vec(), hidden: vec![1.5, -1.0] };
    let two = Path {
        bases: vec![Base { share: 0.25, ..one.bases[0].clone() }, other(0.75, [1.5, -1.0, 1.0])],
        ..one.clone()
    };
    for path in [one, two] {
        let bases = path.bases.len();
        // Of a state and its base.
        let joint = |t: f64| -> Vec<f64> {
            let weights: Vec<f64> =
                (0..8).flat_map(|v| log_weights(&machine, &path, t, v)).map(|log| log.exp()).collect();
            let z: f64 = weights.iter().sum();
            weights.iter().map(|weight| weight / z).collect()
        };
        let joints: Vec<Vec<f64>> = path.betas.iter().map(|t| joint(*t)).collect();
        let laws: Vec<Vec<f64>> =
            joints.iter().map(|joint| joint.chunks(bases).map(|one| one.iter().sum()).collect()).collect();
        let z = |t: f64| (0..8).flat_map(|v| log_weights(&machine, &path, t, v)).map(|log| log.exp()).sum::<f64>();
        assert!((z(0.0).ln() - path.log_partition()).abs() < 1e-12);
        let ratio = (z(1.0) / z(0.0)).ln();
        let ladders = 100_000;
        let rng = &mut ChaCha8Rng::seed_from_u64(5);
        let mut draw = |law: &[f64]| {
            let mut rest: f64 = rng.random();
            let ends = |p: &f64| {
                rest -= p;
                rest < 0.0
            };
            law.iter().position(ends).unwrap_or(law.len() - 1)
        };
        let drawn: Vec<usize> = (0..3 * ladders).map(|row| draw(&joints[row % 3])).collect();
        let start = States::from_fn(3 * ladders, 3, |row, unit| (drawn[row] / bases) >> unit & 1 == 1);
        let mut tempering = Tempering::on_path(&machine, path.clone(), vec![0.0; 2], 1, [9; 32]);
        tempering.place((start, drawn.iter().map(|one| one % bases).collect()));
        tempering.run(5, true);
        let on: Vec<States> = (0..3).map(|rung| tempering.on(rung)).collect();
        let mut counts = vec![0.0; 512];
        for ladder in 0..ladders {
            let cell = on.iter().fold(0, |cell, states| cell * 8 + states.row(ladder)[0] as usize);
            counts[cell] += 1.0;
        }
        let chi = |laws: [&Vec<f64>; 3]| -> f64 {
            let expected =
                |cell: usize| ladders as f64 * laws[0][cell / 64] * laws[1][cell / 8 % 8] * laws[2][cell % 8];
            (0..512).map(|cell| (counts[cell] - expected(cell)).powi(2) / expected(cell)).sum()
        };
        assert!(chi([&laws[0], &laws[1], &laws[2]]) < 677.6, "{}", chi([&laws[0], &laws[1], &laws[2]]));
        assert!(chi([&laws[0], &laws[2], &laws[1]]) > 677.6 && chi([&laws[1], &laws[0], &laws[2]]) > 677.6);
        // Every pair exchanges, and the ratio of both is that of the enumerated sums.
        let sums = tempering.sums();
        assert!(sums.refused().iter().all(|refused| (0.0..0.7).contains(refused)), "{:?}", sums.refused());
        // The spread of ten groups of ladders gives the standard error.
        let right = |tempering: &Tempering<'_>, constants: &[f64]| {
            let of =
                |group: &[Ladder]| Sums::of(3, group.iter().map(|ladder| &ladder.sums)).log_partitions(constants)[2];
            let (mean, se) = mean_and_error(&tempering.ladders.chunks(ladders / 10).map(of).collect::<Vec<_>>());
            assert!((mean - ratio).abs() < 5.0 * se && se < 0.01, "{mean} ± {se} {ratio}");
        };
        right(&tempering, &[0.0; 2]);
        // Right for every C: only the error depends on it.
        tempering.constants = vec![0.5, -0.25];
        tempering.forget();
        tempering.run(5, true);
        right(&tempering, &[0.5, -0.25]);
        let sums = tempering.sums();
        assert!((sums.log_partitions(&[0.0; 2])[2] - ratio).abs() > 0.2, "with other constants than those of the sums");
    }
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let machine = Rbm::normal(70, 40, 0.4, &mut ChaCha8Rng::seed_from_u64(2)).to_f32();
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("pool");
        pool.install(|| {
            let mut tempering =
                Tempering::new(&machine, &Means { visible: vec![0.4; 70], hidden: vec![0.5; 40] }, 6, 1000, [5; 32]);
            let samples = tempering.extend(30, 20);
            (samples, tempering.found().mean.to_bits(), tempering.path)
        })
    };
    let one = run(1);
    assert_eq!(one.0.rows(), 24); // four looks at six ladders
    assert_eq!(one, run(3));
}

#[test]
fn rungs_are_placed_where_pairs_refuse_alike() {
    // by hand: the way is 0.2 + 0.6 + 0.2, so that a quarter of it ends in the second step, a third
    // of which is then still to come up to the half.
    let placed = place(&[0.0, 0.1, 0.4, 1.0], &[0.2, 0.6, 0.2], 5);
    let expected = [0.0, 0.1 + 0.3 * 0.05 / 0.6, 0.1 + 0.3 * 0.5, 0.1 + 0.3 * 0.55 / 0.6, 1.0];
    assert!(placed.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{placed:?}");
    // Where nothing is refused they are even.
    let even = place(&[0.0, 0.5, 1.0], &[0.0, 0.0], 5);
    assert!(even.iter().zip([0.0, 0.25, 0.5, 0.75, 1.0]).all(|(a, b)| (a - b).abs() < 1e-12));
}

#[test]
fn a_machine_without_couplings_is_right() {
    let bias: Vec<f64> = (0..70).map(|k| 0.125 * f64::from(k) - 4.0).collect();
    let machine = Rbm::new(3, 70, vec![0.0; 210], vec![0.25, -1.0, 2.0], bias.clone()).expect("fits").to_f32();
    let exact: f64 = [0.25, -1.0, 2.0].iter().chain(&bias).map(|b| crate::math::softplus(*b)).sum();
    let found = tempered(&machine, 100, [4; 32]);
    assert!((found.mean - exact).abs() < 5.0 * found.se + 1e-9 && found.se < 0.1, "{found:?} {exact}");
}
