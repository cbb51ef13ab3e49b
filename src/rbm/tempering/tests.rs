use super::*;
use crate::rbm::exact;
use crate::stat::mean::student_quantile;
use rand::SeedableRng;
use rayon::prelude::*;

/// Two states of weight 1, all units off and all on, with a wall between them: W = 2, and biases
/// that leave 0 for either.
pub(in crate::rbm) fn ferromagnet(n: usize, m: usize) -> Rbm {
    let w = 2.0;
    Rbm::new(n, m, vec![w; n * m], vec![-0.5 * w * m as f64; n], vec![-0.5 * w * n as f64; m]).expect("finite")
}

fn tempered(machine: &Rbm<f32>, sweeps: usize, key: [u8; 32]) -> Tempered {
    let mut tempering = Tempering::new(machine, origins::find(machine, None, 300, key).1, 8, sweeps, key);
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
fn two_states_with_a_wall_between_them_are_both_found() {
    for (n, m, seed) in [(12, 10, 1), (12, 10, 2), (10, 14, 3)] {
        let machine = ferromagnet(n, m);
        let found = tempered(&machine.to_f32(), 1500, [seed; 32]);
        // ln 2 and a little more, by enumeration; a path to one state alone would say 0.
        let exact = exact::log_partition(&machine).expect("small");
        assert!((exact - 2f64.ln()).abs() < 2e-3);
        assert!((found.mean - exact).abs() < 5.0 * found.se && found.se < 0.05, "{n}: {found:?} {exact}");
        assert!(found.round_trips > 80);
    }
}

/// ln f_t of a state given by its bits.
fn log_weight(machine: &Rbm<f32>, path: &Path, t: f64, v: usize) -> f64 {
    let on = |j: &usize| v >> j & 1 == 1;
    let bias = |j: usize| (1.0 - t) * f64::from(path.bias[j]) + t * f64::from(machine.visible_bias[j]);
    let own: f64 = (0..machine.visible).filter(on).map(bias).sum();
    let field = |k: usize| {
        let sum: f64 =
            (0..machine.visible).filter(on).map(|j| f64::from(machine.weights[j * machine.hidden + k])).sum();
        crate::math::softplus(t * (f64::from(machine.hidden_bias[k]) + sum))
    };
    own + (0..machine.hidden).map(field).sum::<f64>()
}

#[test]
fn exact_draws_at_every_rung_stay_independent_and_do_not_drift() {
    // Chains at t = 0, 1/2 and 1 start as independent exact draws; after five sweeps with exchanges
    // the states at 1/2 and 1 are independent draws of both laws still. Chi-square of 64 cells at
    // 1e-6, 63 degrees of freedom: 131.4 (scipy 1.17.1).
    let w = vec![-1.75, 0.5, 1.25, -0.875, 2.0, 0.375];
    let machine = Rbm::new(3, 2, w, vec![0.25, -0.625, 0.125], vec![-0.5, 0.375]).expect("finite").to_f32();
    let path = Path { bias: vec![-0.5, 0.75, 0.0], betas: vec![0.0, 0.5, 1.0] };
    let law = |t: f64| -> Vec<f64> {
        let weights: Vec<f64> = (0..8).map(|v| log_weight(&machine, &path, t, v).exp()).collect();
        let z: f64 = weights.iter().sum();
        weights.iter().map(|weight| weight / z).collect()
    };
    let laws: Vec<Vec<f64>> = path.betas.iter().map(|t| law(*t)).collect();
    let ladders = 60_000;
    let rng = &mut ChaCha8Rng::seed_from_u64(5);
    let mut draw = |law: &[f64]| {
        let u: f64 = rng.random();
        (0..7).find(|v| law[..=*v].iter().sum::<f64>() > u).unwrap_or(7)
    };
    let states: Vec<usize> = (0..3 * ladders).map(|row| draw(&laws[row % 3])).collect();
    let start = States::from_fn(3 * ladders, 3, |row, unit| states[row] >> unit & 1 == 1);
    let mut tempering = Tempering::on_path(&machine, path, vec![0.0; 2], 1, [9; 32]);
    tempering.place(start, [9; 32]);
    tempering.run(5, true);
    let (middle, top) = (tempering.on(1), tempering.on(2));
    let mut counts = vec![0.0; 64];
    for ladder in 0..ladders {
        counts[(middle.row(ladder)[0] * 8 + top.row(ladder)[0]) as usize] += 1.0;
    }
    let chi = |laws: &[Vec<f64>]| -> f64 {
        let expected = |cell: usize| ladders as f64 * laws[1][cell / 8] * laws[2][cell % 8];
        (0..64).map(|cell| (counts[cell] - expected(cell)).powi(2) / expected(cell)).sum()
    };
    assert!(chi(&laws) < 131.4, "{}", chi(&laws));
    assert!(chi(&[laws[0].clone(), laws[2].clone(), laws[1].clone()]) > 131.4);
    // Every pair exchanges, and the ratio of both is that of the enumerated sums.
    let sums = tempering.sums(tempering.ladders.iter());
    assert!(sums.refused().iter().all(|refused| (0.0..0.6).contains(refused)), "{:?}", sums.refused());
    let z = |t: f64| (0..8).map(|v| log_weight(&machine, &tempering.path, t, v).exp()).sum::<f64>();
    assert!((sums.log_ratio(&[0.0; 2]) - (z(1.0) / z(0.0)).ln()).abs() < 0.01);
    // Right for every C: only the error depends on it.
    let ratio = (z(1.0) / z(0.0)).ln();
    let start = tempering.chains.visible.clone();
    tempering.constants = vec![0.5, -0.25];
    let at: Vec<usize> =
        tempering.ladders.iter().enumerate().flat_map(|(i, l)| l.at.iter().map(move |c| 3 * i + c)).collect();
    tempering.place(start.select(&at), [8; 32]);
    tempering.run(5, true);
    let sums = tempering.sums(tempering.ladders.iter());
    assert!((sums.log_ratio(&[0.5, -0.25]) - ratio).abs() < 0.01);
    assert!((sums.log_ratio(&[0.0; 2]) - ratio).abs() > 0.2, "with other constants than those of the sums");
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let machine = Rbm::normal(70, 40, 0.4, &mut ChaCha8Rng::seed_from_u64(2)).to_f32();
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("pool");
        pool.install(|| {
            let mut tempering = Tempering::new(&machine, vec![0.4; 70], 6, 1000, [5; 32]);
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
