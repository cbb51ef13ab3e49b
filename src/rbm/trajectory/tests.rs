use super::*;
use crate::rbm::exact;
use crate::rbm::tempering::tests::ferromagnet;
use crate::stat::mean::student_quantile;
use rand::SeedableRng;

/// The machine at a place of the way, from independent units at biases c, by hand.
fn machine_at(machines: &[Rbm<f32>], bias: &[f32], place: f64) -> Rbm {
    let (n, m) = (machines[0].visible, machines[0].hidden);
    let base = Rbm {
        visible: n,
        hidden: m,
        weights: vec![0.0; n * m],
        visible_bias: bias.iter().map(|c| f64::from(*c)).collect(),
        hidden_bias: vec![0.0; m],
    };
    let knot = |k: usize| if k == 0 { base.clone() } else { machines[k - 1].to_f64() };
    let (before, share) = (place.floor() as usize, place.fract());
    let (from, to) = (knot(before), knot((before + 1).min(machines.len())));
    let mix = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a + share * (b - a)).collect();
    Rbm {
        visible: n,
        hidden: m,
        weights: mix(&from.weights, &to.weights),
        visible_bias: mix(&from.visible_bias, &to.visible_bias),
        hidden_bias: mix(&from.hidden_bias, &to.hidden_bias),
    }
}

/// ln Z of every rung by enumeration.
fn enumerated(trajectory: &Trajectory, machines: &[Rbm<f32>]) -> Vec<f64> {
    let bias = trajectory.rungs.knots[0].visible_bias();
    let exact = |place: &f64| exact::log_partition(&machine_at(machines, bias, *place)).expect("small");
    trajectory.places().iter().map(exact).collect()
}

fn tracked(machines: &[Rbm<f32>], sweeps: usize, key: [u8; 32]) -> Trajectory {
    let mut trajectory = Trajectory::new(machines, &[], 8, sweeps, key).expect("one shape");
    trajectory.settle(sweeps / 4);
    trajectory.extend(sweeps, 8);
    trajectory
}

/// States of a made-up training: from nearly nothing to a machine of one of four kinds.
fn training(kind: usize, rng: &mut ChaCha8Rng) -> Vec<Rbm<f32>> {
    let (n, m) = (rng.random_range(2..=11), rng.random_range(1..=9));
    let mut normal = |s: f64| Rbm::normal(n, m, s, rng).to_f32();
    match kind {
        // Weak, strong, and three states that have nothing in common.
        0 => vec![normal(0.05), normal(0.2), normal(0.5)],
        1 => vec![normal(0.1), normal(2.0)],
        2 => vec![normal(2.0), normal(2.0), normal(2.0)],
        // Growing towards two states with a wall between them.
        _ => {
            let end = ferromagnet(n, m);
            let part = |share: f64| {
                let of = |values: &[f64]| values.iter().map(|x| share * x).collect();
                Rbm::new(n, m, of(&end.weights), of(&end.visible_bias), of(&end.hidden_bias)).expect("finite").to_f32()
            };
            vec![part(0.25), part(0.5), part(1.0)]
        }
    }
}

#[test]
fn every_rung_has_its_enumerated_ln_z_within_its_error() {
    // Intervals of 95 % of Student's law with 7 degrees of freedom, of the last state, of the first
    // and of the rung in the middle: of 40 each fewer than 33 cover with probability 7e-4 (scipy
    // 1.17.1, binom.cdf(32, 40, 0.95)).
    let quantile = student_quantile(7.0, 0.95);
    let cover = |seed: u64| {
        let machines = training(seed as usize % 4, &mut ChaCha8Rng::seed_from_u64(seed));
        let mut key = [1; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        let trajectory = tracked(&machines, 300, key);
        let (found, exact) = (trajectory.found(), enumerated(&trajectory, &machines));
        assert_eq!(found.states().count(), machines.len());
        let error = |at: usize| (found.rungs[at].log_partition - exact[at]).abs();
        for (at, rung) in found.rungs.iter().enumerate() {
            // Beyond 5.4 standard errors with probability 1e-3.
            let far = if rung.se < 0.1 { 0.3 } else { 5.4 * rung.se };
            assert!(error(at) < far, "{seed}: {rung:?} {}", exact[at]);
        }
        let last = found.rungs[exact.len() - 1];
        assert!(last.se < 0.2, "{seed}: {last:?}");
        let last = exact.len() - 1;
        [last, trajectory.rungs.of_knots()[1], last / 2].map(|at| error(at) < quantile * found.rungs[at].se + 1e-5)
    };
    let covered: Vec<[bool; 3]> = (0..40).into_par_iter().map(cover).collect();
    for which in 0..3 {
        let count = covered.iter().filter(|one| one[which]).count();
        assert!(count >= 33, "{which}: {count}");
    }
}

#[test]
fn two_states_with_a_wall_between_them_are_both_found() {
    for (n, m, seed) in [(12, 10, 1), (10, 14, 2)] {
        let end = ferromagnet(n, m).to_f32();
        // The first state prefers one of both: by e^1.2 and e^1, a field of 1/10 on every unit.
        let mut first = end.clone();
        first.weights.iter_mut().for_each(|w| *w *= 0.25);
        first.visible_bias.iter_mut().for_each(|a| *a = 0.25 * *a + 0.1);
        first.hidden_bias.iter_mut().for_each(|b| *b *= 0.25);
        let machines = [first, end];
        let trajectory = tracked(&machines, 1500, [seed; 32]);
        let (found, exact) = (trajectory.found(), enumerated(&trajectory, &machines));
        // ln 2 and a little more; a path to one state alone would say 0.
        let last = exact.len() - 1;
        assert!((exact[last] - 2f64.ln()).abs() < 2e-3);
        let Rung { log_partition, se, .. } = found.rungs[last];
        assert!(
            (log_partition - exact[last]).abs() < 5.0 * se && se < 0.1,
            "{n}: {:?} {}",
            found.rungs[last],
            exact[last]
        );
        assert!(found.round_trips > 80, "{}", found.round_trips);
    }
}

#[test]
fn heavy_states_that_a_training_goes_through_are_not_missed() {
    // At the second state "all on" outweighs "all off", the state of the first and of the third, by
    // e^30; chains of either get there by no way of exchanges.
    let (n, m) = (12, 10);
    let machines = [-30.0, 30.0, -30.0].map(|field| {
        let mut machine = ferromagnet(n, m);
        machine.visible_bias.iter_mut().for_each(|a| *a += field / n as f64);
        machine.to_f32()
    });
    let trajectory = tracked(&machines, 600, [7; 32]);
    for (rung, machine) in trajectory.found().states().zip(&machines) {
        let exact = exact::log_partition(&machine.to_f64()).expect("small");
        // Both transitions are of first order: the error is large, and says so. A state that all
        // chains miss would be 30 nats off at an error of nothing.
        assert!((rung.log_partition - exact).abs() < 3.0 * rung.se + 0.3, "{rung:?} {exact}");
    }
}

/// A law of 8 states of three units, from ln f.
fn law(machine: &Rbm) -> Vec<f64> {
    let log = |v: usize| -> f64 {
        let on = |j: &usize| v >> j & 1 == 1;
        let own: f64 = (0..3).filter(on).map(|j| machine.visible_bias[j]).sum();
        let field = |k: usize| -> f64 {
            machine.hidden_bias[k] + (0..3).filter(on).map(|j| machine.weights[j * 2 + k]).sum::<f64>()
        };
        own + (0..2).map(|k| softplus(field(k))).sum::<f64>()
    };
    let weights: Vec<f64> = (0..8).map(|v| log(v).exp()).collect();
    let z: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / z).collect()
}

#[test]
fn exact_draws_at_every_rung_stay_independent_and_do_not_drift() {
    // Chains of five rungs start as independent exact draws; after five sweeps with exchanges the
    // states at the last state and half way to it are independent draws of both laws still, and so
    // are those at the first state and half way to it. Chi-square of 64 cells at 1e-6, 63 degrees
    // of freedom: 131.4 (scipy 1.17.1).
    let w = [vec![-1.0, 0.25, 0.5, -0.5, 0.75, 0.125], vec![1.75, -0.5, 1.25, 0.875, -2.0, 0.375]];
    let a = [vec![0.25, -0.625, 0.125], vec![-1.0, 0.5, 0.75]];
    let b = [vec![-0.5, 0.375], vec![0.75, -1.25]];
    let machine = |i: usize| Rbm::new(3, 2, w[i].clone(), a[i].clone(), b[i].clone()).expect("finite").to_f32();
    let machines = [machine(0), machine(1)];
    let bias = vec![-0.5, 0.75, 0.0];
    let places = vec![0.0, 0.5, 1.0, 1.5, 2.0];
    let laws: Vec<Vec<f64>> = places.iter().map(|place| law(&machine_at(&machines, &bias, *place))).collect();
    let ladders = 40_000;
    let knots = vec![Knot::independent(bias, 2), Knot::machine(&machines[0]), Knot::machine(&machines[1])];
    let mut trajectory = Trajectory::on(Rungs { knots, places }, ladders, [9; 32]);
    let rng = &mut ChaCha8Rng::seed_from_u64(5);
    let mut draw = |law: &[f64]| {
        let u: f64 = rng.random();
        (0..7).find(|v| law[..=*v].iter().sum::<f64>() > u).unwrap_or(7)
    };
    let states: Vec<usize> = (0..5 * ladders).map(|row| draw(&laws[row / ladders])).collect();
    let start = States::from_fn(5 * ladders, 3, |row, unit| states[row] >> unit & 1 == 1);
    trajectory.visible = start.clone();
    trajectory.run(5, true);
    let chi = |trajectory: &Trajectory, rungs: [usize; 2], laws: [&[f64]; 2]| -> f64 {
        let states = rungs.map(|rung| trajectory.at(rung));
        let mut counts = [0.0; 64];
        (0..ladders).for_each(|l| counts[(states[0].row(l)[0] * 8 + states[1].row(l)[0]) as usize] += 1.0);
        let expected = |cell: usize| ladders as f64 * laws[0][cell / 8] * laws[1][cell % 8];
        (0..64).map(|cell| (counts[cell] - expected(cell)).powi(2) / expected(cell)).sum()
    };
    for rungs in [[3, 4], [1, 2], [2, 3], [0, 4]] {
        let found = chi(&trajectory, rungs, rungs.map(|rung| &laws[rung][..]));
        assert!(found < 131.4, "{rungs:?}: {found}");
    }
    // The same test refuses a machine one of whose biases is off.
    let mut wrong = machines.clone();
    wrong[1].visible_bias[0] += 0.2;
    let off = law(&wrong[1].to_f64());
    assert!(chi(&trajectory, [3, 4], [&laws[3], &off]) > 131.4);
    // Every pair exchanges, and the ratios are those of the enumerated sums.
    let sums = trajectory.sums();
    assert!(sums.refused().iter().all(|refused| (0.0..0.6).contains(refused)), "{:?}", sums.refused());
    let exact = enumerated(&trajectory, &machines);
    let far =
        |ours: &[f64]| ours.iter().zip(&exact).map(|(ours, z)| (ours - (z - exact[0])).abs()).fold(0.0, libm::fmaximum);
    assert!(far(&sums.log_partitions(&[0.0; 4])) < 0.015, "{}", far(&sums.log_partitions(&[0.0; 4])));
    // Right for every C: only the error depends on it.
    let constants = vec![0.5, -0.25, 0.75, -0.5];
    (trajectory.constants, trajectory.visible) = (constants.clone(), start);
    trajectory.forget();
    trajectory.run(5, true);
    let sums = trajectory.sums();
    assert!(far(&sums.log_partitions(&constants)) < 0.015);
    assert!(far(&sums.log_partitions(&[0.0; 4])) > 0.2, "with other constants than those of the sums");
    // Exchanges that are accepted whatever the states lose the laws.
    let swapped = |row: usize| match row / ladders {
        3 => row + ladders,
        4 => row - ladders,
        _ => row,
    };
    trajectory.visible = trajectory.visible.select(&(0..5 * ladders).map(swapped).collect::<Vec<_>>());
    assert!(chi(&trajectory, [3, 4], [&laws[3], &laws[4]]) > 131.4);
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let machines = [0.1, 0.3, 0.5].map(|s| Rbm::normal(70, 67, s, &mut ChaCha8Rng::seed_from_u64(2)).to_f32());
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("pool");
        pool.install(|| {
            let mut trajectory = Trajectory::new(&machines, &[0.4; 70], 6, 500, [5; 32]).expect("one shape");
            let samples = trajectory.extend(30, 20);
            let found: Vec<_> =
                trajectory.found().rungs.iter().map(|r| (r.log_partition.to_bits(), r.se.to_bits())).collect();
            (samples, found, trajectory.places().to_vec())
        })
    };
    let one = run(1);
    assert_eq!(one.0.rows(), 24); // four looks at six ladders
    assert_eq!(one, run(2));
    assert_eq!(one, run(5));
}

#[test]
fn samples_are_of_the_last_machine() {
    let rng = &mut ChaCha8Rng::seed_from_u64(4);
    let machines = [0.5, 1.5].map(|s| Rbm::normal(3, 2, s, rng).to_f32());
    let mut trajectory = Trajectory::new(&machines, &[], 8, 100, [3; 32]).expect("one shape");
    let samples = trajectory.extend(4000, 8000);
    assert_eq!((samples.rows(), samples.units()), (8000, 3));
    let law = law(&machines[1].to_f64());
    for unit in 0..3 {
        let mean: f64 = (0..8).filter(|v| v >> unit & 1 == 1).map(|v| law[v]).sum();
        // Four sweeps apart: at most twice the error of independent ones, five of these.
        let error = (mean * (1.0 - mean) / 8000.0).sqrt();
        assert!((samples.means()[unit] - mean).abs() < 10.0 * error, "{unit}: {} {mean}", samples.means()[unit]);
    }
}

#[test]
fn a_trajectory_of_one_state_is_tempering() {
    // Without couplings ln Z is a sum over the units.
    let bias: Vec<f64> = (0..70).map(|k| 0.125 * f64::from(k) - 4.0).collect();
    let machine = Rbm::new(3, 70, vec![0.0; 210], vec![0.25, -1.0, 2.0], bias.clone()).expect("fits").to_f32();
    let exact: f64 = [0.25, -1.0, 2.0].iter().chain(&bias).map(|b| softplus(*b)).sum();
    let found = tracked(&[machine], 100, [4; 32]).found();
    let states: Vec<&Rung> = found.states().collect();
    assert_eq!((states.len(), states[0].place), (1, 1.0));
    let Rung { log_partition, se, .. } = *states[0];
    assert!((log_partition - exact).abs() < 5.0 * se + 1e-9 && se < 0.1, "{log_partition} {se} {exact}");
    assert!(found.round_trips > 0);
}

#[test]
fn states_that_make_no_trajectory_are_refused() {
    let machine = |n: usize, m: usize, w: f32| Rbm {
        visible: n,
        hidden: m,
        weights: vec![w; n * m],
        visible_bias: vec![0.0; n],
        hidden_bias: vec![0.0; m],
    };
    let refused = |machines: &[Rbm<f32>]| {
        Trajectory::new(machines, &[], 2, 10, [0; 32]).err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert_eq!(refused(&[]), "a trajectory takes 1 to 299 states, not 0");
    assert_eq!(refused(&vec![machine(1, 1, 0.0); 300]), "a trajectory takes 1 to 299 states, not 300");
    let shapes = refused(&[machine(3, 2, 1.0), machine(3, 2, 1.0), machine(2, 3, 1.0)]);
    assert_eq!(shapes, "state number 2 has 2 x 3 units (visible x hidden), the first one 3 x 2");
    assert!(refused(&[machine(3, 0, 1.0)]).contains("no units"));
    for w in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e38] {
        assert_eq!(
            refused(&[machine(3, 2, 1.0), machine(3, 2, w)]),
            "state number 1: its fields are beyond what single precision holds"
        );
    }
}

#[test]
fn states_that_grow_are_right_and_leaps_beyond_all_rungs_are_seen() {
    // "All off" weighs 1 and "all on" e^w.
    let machine = |w: f64| Rbm::new(3, 2, vec![w; 6], vec![-w; 3], vec![-w; 2]).expect("finite");
    let found = |weights: [f64; 4]| {
        let machines: Vec<Rbm<f32>> = weights.iter().map(|w| machine(*w).to_f32()).collect();
        tracked(&machines, 200, [6; 32]).found()
    };
    let right = |rung: &Rung, w: f64| {
        let exact = exact::log_partition(&machine(w)).expect("small");
        assert!((rung.log_partition - exact).abs() < 5.4 * rung.se && rung.se < 0.1, "{rung:?} {exact}");
    };
    let grown = found([1.0, 2.0, 4.0, 8.0]);
    grown.states().zip([1.0, 2.0, 4.0, 8.0]).for_each(|(rung, w)| right(rung, w));
    assert!(grown.round_trips >= 80, "{}", grown.round_trips);
    // From 1 to 1e8 rungs do not reach: no chain goes round, which is what says that there is no
    // estimate, and the last one is no number.
    let leapt = found([1.0, 100.0, 1e4, 1e8]);
    let states: Vec<&Rung> = leapt.states().collect();
    right(states[0], 1.0);
    assert!(leapt.round_trips == 0 && !states[3].log_partition.is_finite(), "{leapt:?}");
}

#[test]
fn rungs_are_placed_where_pairs_refuse_alike_and_every_state_stays() {
    // by hand: three pairs are wanted on the way to the first state, one of them in its first half,
    // and fewer than one on the way to the second.
    let placed = place(&[0.0, 0.5, 1.0, 1.5, 2.0], &[1.0, 2.0, 0.1, 0.2]);
    assert_eq!(placed.len(), 5, "{placed:?}");
    assert!(placed.iter().zip([0.0, 0.5, 0.75, 1.0, 2.0]).all(|(a, b)| (a - b).abs() < 1e-6), "{placed:?}");
    // by hand, of two sweeps: Δ = 1 and 3 below, 2 and 4 above, variance 1, and a share of 0.36 let
    // pass, 0.6²; without a spread the share tells alone, and where all pass the spread.
    let sums = |squares: f64, exchanged: f64| Sums {
        low: vec![4.0],
        high: vec![6.0],
        squares: vec![squares],
        exchanged: vec![exchanged],
        sweeps: 2,
        ..Sums::new(2)
    };
    assert!((wanted(&sums(26.0, 0.72))[0] - 2.0).abs() < 1e-12);
    assert!((wanted(&sums(30.0, 2.0))[0] - 1.0 / SPREAD).abs() < 1e-12);
    // Never more rungs than there may be, and every state stays one.
    let places: Vec<f64> = (0..=600).map(|rung| f64::from(rung) / 3.0).collect();
    let many = place(&places, &[5.0; 600]);
    assert!(many.len() <= MOST && many.windows(2).all(|pair| pair[0] < pair[1]), "{}", many.len());
    assert!((0..=200).all(|state| many.contains(&f64::from(state))));
}
