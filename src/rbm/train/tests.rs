//! Tests.

use super::*;
use crate::oracle;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

fn images() -> States {
    States::from_fn(11, 7, |row, unit| (row * 3 + unit * unit) % 5 < 2)
}

fn spec(method: Method, optimiser: Optimiser) -> TrainSpec {
    TrainSpec { method, optimiser, batch: 5, chains: 5, init_std: 0.3, ..TrainSpec::pcd(5, 3, 0.3) }
}

fn trained(spec: &TrainSpec, threads: usize) -> Trainer {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("pool");
    pool.install(|| {
        let mut trainer = Trainer::new(spec.clone(), &images(), [9; 32]).expect("a good specification");
        (0..spec.epochs).for_each(|_| trainer.run_epoch(&images(), |_| ()).expect("no divergence"));
        trainer
    })
}

#[test]
fn a_training_has_the_same_bits_for_every_number_of_threads() {
    for method in [Method::Pcd, Method::Cd] {
        let spec = spec(method, Optimiser::adam(0.01));
        assert_eq!(trained(&spec, 1), trained(&spec, 2));
        assert_eq!(trained(&spec, 1), trained(&spec, 3));
        assert_eq!(trained(&spec, 1).updates(), 9); // 11 images in batches of 5, 5, 1, three times
    }
}

#[test]
fn the_step_is_the_exact_likelihood_gradient_when_the_chains_are_exact() {
    // Finite differences of the mean log-likelihood, ln Z by enumeration, against one
    // plain-gradient update whose negative phase is replaced by 20,000 chains after 200 sweeps:
    // agreement within 5 standard errors.
    let images = images();
    let chains = 20_000;
    let spec = TrainSpec { chains, steps: 200, batch: 11, ..spec(Method::Pcd, Optimiser::Sgd { rate: 1.0 }) };
    let mut trainer = Trainer::new(spec, &images, [4; 32]).expect("a good specification");
    let before = trainer.machine().to_f64();
    trainer.run_epoch(&images, |_| ()).expect("no divergence");
    let after = trainer.machine().to_f64();
    let likelihood = |w: &[f64]| {
        let z = oracle::model_moments(7, 5, w, &before.visible_bias, &before.hidden_bias).log_partition;
        let one = |row: usize| {
            let v = images.to_f64(row);
            let field = |k: usize| before.hidden_bias[k] + (0..7).map(|j| v[j] * w[j * 5 + k]).sum::<f64>();
            let visible: f64 = v.iter().zip(&before.visible_bias).map(|(v, a)| v * a).sum();
            visible + (0..5).map(|k| field(k).exp().ln_1p()).sum::<f64>()
        };
        (0..11).map(one).sum::<f64>() / 11.0 - z
    };
    for at in 0..35 {
        let nudged = |by: f64| {
            let mut w = before.weights.clone();
            w[at] += by;
            likelihood(&w)
        };
        let exact = (nudged(1e-4) - nudged(-1e-4)) / 2e-4;
        let step = after.weights[at] - before.weights[at];
        assert!((step - exact).abs() < 5.0 * 0.5 / f64::from(chains as u32).sqrt(), "weight {at}: {step} {exact}");
    }
}

#[test]
fn a_training_from_a_given_machine_starts_there_and_refuses_another_size() {
    let trainer = || {
        let spec = spec(Method::Pcd, Optimiser::Sgd { rate: 0.1 });
        Trainer::new(spec, &images(), [2; 32]).expect("a good specification")
    };
    let machine = |n: usize, m: usize| Rbm::zero_field(n, m, vec![0.25; n * m]).expect("finite").to_f32();
    let started = trainer().starting_at(machine(7, 5)).expect("the size of the images");
    assert_eq!((started.machine(), started.chains()), (&machine(7, 5), trainer().chains()));
    let refused = |trainer: Trainer, machine| trainer.starting_at(machine).expect_err("refused").to_string();
    assert_eq!(refused(trainer(), machine(5, 5)), "the number of visible units must be 7, not 5");
    assert_eq!(refused(trainer(), machine(7, 7)), "the number of hidden units must be 5, not 7");
    for value in [f32::NAN, f32::INFINITY, -LARGEST] {
        let mut wrong = machine(7, 5);
        wrong.hidden_bias[2] = value;
        assert!(refused(trainer(), wrong).contains("below 1000 in size"), "{value}");
    }
    let mut late = trainer();
    late.run_epoch(&images(), |_| ()).expect("an epoch");
    assert!(refused(late, machine(7, 5)).starts_with("the number of updates"));
}

#[test]
fn a_rate_that_is_too_large_is_reported_as_divergence() {
    let spec = spec(Method::Pcd, Optimiser::Sgd { rate: 1e6 });
    let mut trainer = Trainer::new(spec, &images(), [1; 32]).expect("a good specification");
    assert_eq!(trainer.run_epoch(&images(), |_| ()), Err(TrainError::Diverged { update: 1 }));
}

#[test]
fn a_bias_is_held_to_the_limit_of_the_weights() {
    // A unit that is on in all images and, by such a bias, in all chains: its gradient is zero, so
    // that the bias stays.
    let images = States::from_fn(4, 1, |_, _| true);
    let spec = TrainSpec { batch: 4, chains: 4, ..spec(Method::Pcd, Optimiser::Sgd { rate: 1.0 }) };
    let mut trainer = Trainer::new(spec, &images, [1; 32]).expect("a good specification");
    trainer.machine.weights.fill(0.0);
    for (bias, sane) in [(990.0, true), (1000.0, false), (1001.0, false)] {
        trainer.machine.visible_bias[0] = bias;
        assert_eq!(trainer.run_epoch(&images, |_| ()).is_ok(), sane, "{bias}");
    }
    // Nor do the other parameters move: hidden means of images and chains are the same numbers.
    trainer.machine.visible_bias[0] = 990.0;
    for (value, sane) in [(-990.0, true), (-1000.0, false), (1000.0, false)] {
        trainer.machine.weights[3] = value;
        assert_eq!(trainer.run_epoch(&images, |_| ()).is_ok(), sane, "{value}");
    }
    trainer.machine.weights[3] = 0.0;
    for (bias, sane) in [(-990.0, true), (-1000.0, false), (1000.0, false)] {
        trainer.machine.hidden_bias[4] = bias;
        assert_eq!(trainer.run_epoch(&images, |_| ()).is_ok(), sane, "{bias}");
    }
    trainer.machine.hidden_bias[4] = 0.0;
    trainer.machine.weights[3] = f32::NAN;
    assert!(trainer.run_epoch(&images, |_| ()).is_err());
}

#[test]
fn specifications_out_of_range_are_named() {
    let bad = |change: fn(&mut TrainSpec)| {
        let mut spec = spec(Method::Pcd, Optimiser::adam(0.01));
        change(&mut spec);
        Trainer::new(spec, &images(), [0; 32]).map(|_| ()).expect_err("out of range").to_string()
    };
    assert!(bad(|s| s.batch = 0).contains("batch"));
    assert!(bad(|s| s.optimiser = Optimiser::adam(f32::NAN)).contains("learning rate"));
    assert!(bad(|s| s.init_std = -1.0).contains("standard deviation"));
    assert!(bad(|s| s.init_std = 1e300).ends_with("not 1e300"), "no row of zeros");
    // 11 images in batches of 5 are three updates per epoch: 2^53 sweeps are too many from 2^53/3
    // epochs on.
    let most = (1usize << 53) / 3;
    let at = |epochs: usize| TrainSpec { epochs, ..spec(Method::Pcd, Optimiser::adam(0.01)) }.check(11, 7);
    assert!(at(most).is_ok() && at(most + 1).is_err_and(|e| e.to_string().contains("at most 9007199254740992")));
    assert!(bad(|s| s.steps = usize::MAX).contains("sweeps of all epochs"));
    let empty = Trainer::new(spec(Method::Cd, Optimiser::adam(0.1)), &States::zeros(0, 7), [0; 32]);
    assert!(matches!(empty, Err(TrainError::Data { images: 0, .. })));
}

type Pair = (Vec<f64>, Vec<f64>);

/// One plain-ascent step written out: chains as the trainer left them, sums in double precision.
fn written_out(before: &Rbm, images: &States, after: &Trainer, centred: bool) -> [Vec<f64>; 3] {
    let (n, m) = (before.visible, before.hidden);
    let hidden = |v: &[f64], k: usize| {
        let z = before.hidden_bias[k] + (0..n).map(|j| v[j] * before.weights[j * m + k]).sum::<f64>();
        1.0 / (1.0 + libm::exp(-z))
    };
    let phase = |states: &States| {
        let rows: Vec<Pair> = (0..states.rows())
            .map(|row| states.to_f64(row))
            .map(|v| ((0..m).map(|k| hidden(&v, k)).collect::<Vec<f64>>(), v))
            .map(|(h, v)| (v, h))
            .collect();
        rows
    };
    let (data, model) = (phase(images), phase(&after.chains().visible));
    let mean = |rows: &[Pair], of: &dyn Fn(&Pair) -> f64| rows.iter().map(of).sum::<f64>() / rows.len() as f64;
    let shift = |of: &dyn Fn(&Pair) -> f64| mean(&data, of) - mean(&model, of);
    let offset = |of: &dyn Fn(&Pair) -> f64| match centred {
        true => 0.5 * (mean(&data, of) + mean(&model, of)),
        false => 0.0,
    };
    let mu: Vec<f64> = (0..n).map(|j| offset(&|row| row.0[j])).collect();
    let nu: Vec<f64> = (0..m).map(|k| offset(&|row| row.1[k])).collect();
    let at = |j: usize, k: usize| shift(&|row| (row.0[j] - mu[j]) * (row.1[k] - nu[k]));
    let w: Vec<f64> = (0..n * m).map(|i| at(i / m, i % m)).collect();
    let a = (0..n).map(|j| shift(&|row| row.0[j]) - (0..m).map(|k| w[j * m + k] * nu[k]).sum::<f64>()).collect();
    let b = (0..m).map(|k| shift(&|row| row.1[k]) - (0..n).map(|j| w[j * m + k] * mu[j]).sum::<f64>()).collect();
    [w, a, b]
}

#[test]
fn plain_and_centred_steps_are_those_written_out() {
    // More pixels than one worker takes, and hidden units beyond 64, whose sums come in parts.
    for (n, m) in [(61, 5), (PIXELS + 7, 67)] {
        let images = States::from_fn(70, n, |row, unit| (row * 3 + unit * unit) % 5 < 2);
        for (gradient, adam) in [(Gradient::Plain, false), (Gradient::Centred, false), (Gradient::Centred, true)] {
            let optimiser = if adam { Optimiser::adam(0.01) } else { Optimiser::Sgd { rate: 1.0 } };
            let spec = TrainSpec { hidden: m, gradient, batch: 70, chains: 33, ..spec(Method::Pcd, optimiser) };
            let mut trainer = Trainer::new(spec, &images, [3; 32]).expect("a good specification");
            let before = trainer.machine().to_f64();
            trainer.run_epoch(&images, |_| ()).expect("no divergence");
            let after = trainer.machine().to_f64();
            let expected = written_out(&before, &images, &trainer, gradient == Gradient::Centred);
            let steps = [
                (&before.weights, &after.weights),
                (&before.visible_bias, &after.visible_bias),
                (&before.hidden_bias, &after.hidden_bias),
            ];
            let Moments { first, second } = trainer.moments();
            for (part, ((before, after), expected)) in steps.into_iter().zip(&expected).enumerate() {
                for (at, gradient) in expected.iter().enumerate() {
                    // Single precision: 70 additions for the means and one for every pixel, each
                    // rounded to 2^-24 of the sum.
                    let rounding = (n + 70) as f64 * 6e-8 * (1.0 + gradient.abs());
                    let moved = after[at] - before[at];
                    if adam {
                        // By the rule's first update: (1 - 0.9) g and (1 - 0.999) g², a step of the
                        // rate against the sign.
                        assert!((f64::from(first[part][at]) - 0.1 * gradient).abs() < rounding, "{part} {at}");
                        assert!(
                            (f64::from(second[part][at]) - 1e-3 * gradient * gradient).abs()
                                < 2e-3 * gradient.abs() * rounding + 1e-4 * 1e-3 * gradient * gradient + 1e-9,
                            "{part} {at}"
                        );
                        assert!(gradient.abs() < 1e-3 || (moved - 0.01 * gradient.signum()).abs() < 1e-5);
                    } else {
                        assert!((moved - gradient).abs() < rounding, "{part} {at}: {moved} {gradient}");
                    }
                }
            }
        }
    }
}

#[test]
fn every_pass_takes_all_images_in_an_order_of_its_own() {
    // 11 different images one at a time: the step of the visible biases plus the mean of the chains
    // is the image.
    let images = States::from_fn(11, 7, |row, unit| (row + 1) >> unit & 1 == 1);
    let spec = TrainSpec { batch: 1, ..spec(Method::Pcd, Optimiser::Sgd { rate: 0.5 }) };
    let mut trainer = Trainer::new(spec, &images, [2; 32]).expect("a good specification");
    let mut before = trainer.machine().visible_bias.clone();
    let mut orders = [Vec::new(), Vec::new()];
    for order in &mut orders {
        let seen = |now: &Trainer| {
            let after = now.machine().visible_bias.clone();
            let steps = after.iter().zip(&before).map(|(after, before)| f64::from(2.0 * (after - before)));
            let image = steps.zip(now.chains().visible.means()).map(|(step, mean)| step + mean > 0.5);
            order.push(image.enumerate().map(|(unit, on)| usize::from(on) << unit).sum::<usize>());
            before = after;
        };
        trainer.run_epoch(&images, seen).expect("no divergence");
    }
    let all: Vec<usize> = (1..=11).collect();
    for order in &orders {
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, all);
    }
    // Shuffled from the last place on, by the numbers of stream 2^62 for the first pass and the
    // next one for the second.
    let shuffled = |epoch: u64| {
        let (mut order, mut rng) = (all.clone(), ChaCha8Rng::from_seed([2; 32]));
        rng.set_stream((1 << 62) + epoch);
        (1..11).rev().for_each(|i| order.swap(i, rng.random_range(0..=i)));
        order
    };
    assert_eq!(orders, [shuffled(0), shuffled(1)]);
    assert_ne!(orders[0], orders[1]);
}

#[test]
fn the_paper_s_training_and_the_short_one_are_as_documented() {
    let short = TrainSpec::pcd(7, 20, 0.01);
    let adam = |rate: f32| Optimiser::Adam { rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
    assert_eq!((short.hidden, short.epochs, short.init_std, short.steps), (7, 20, 0.01, 1));
    assert_eq!((short.batch, short.chains, short.method, short.optimiser), (500, 500, Method::Pcd, adam(1e-3)));
    assert_eq!((short.visible_bias, short.gradient), (VisibleBias::DataMean, Gradient::Plain));
    let paper =
        TrainSpec { steps: 10, optimiser: adam(1e-4), epochs: 100, visible_bias: VisibleBias::Normal, ..short.clone() };
    assert_eq!(TrainSpec::paper(7), paper);
    // by hand: 1001 images in batches of 500
    assert_eq!((short.updates_per_epoch(1001), short.updates_per_epoch(1000)), (3, 2));
    assert_eq!(TrainSpec { batch: 0, ..short }.updates_per_epoch(4), 4);
}

#[test]
fn every_limit_of_a_specification_holds_on_both_sides() {
    let check = |change: &dyn Fn(&mut TrainSpec)| {
        let mut spec = spec(Method::Pcd, Optimiser::adam(0.01));
        change(&mut spec);
        spec.check(11, 7).map_err(|error| error.to_string())
    };
    type Change = fn(&mut TrainSpec, usize);
    let sizes: [(&str, Change); 4] = [
        ("hidden units", |s, n| s.hidden = n),
        ("number of sweeps", |s, n| s.steps = n),
        ("batch", |s, n| s.batch = n),
        ("chains", |s, n| s.chains = n),
    ];
    for (what, change) in sizes {
        assert!(check(&|s| change(s, 0)).is_err_and(|why| why.contains(what) && why.contains("at least 1, not 0")));
        assert_eq!(check(&|s| change(s, 1)), Ok(()));
    }
    for optimiser in [Optimiser::adam, |rate| Optimiser::Sgd { rate }] {
        for (rate, good) in
            [(0.0, false), (-1.0, false), (f32::INFINITY, false), (f32::MIN_POSITIVE, true), (3.0, true)]
        {
            let found = check(&|s| s.optimiser = optimiser(rate));
            assert_eq!(found.is_ok(), good, "{rate}");
            assert!(found.is_ok() || found.is_err_and(|why| why.contains("learning rate must be positive")));
        }
    }
    let stds = [(0.0, true), (999.0, true), (1000.0, false), (-1e-9, false), (f64::INFINITY, false), (f64::NAN, false)];
    for (init_std, good) in stds {
        assert_eq!(check(&|s| s.init_std = init_std).is_ok(), good, "{init_std}");
    }
    let good = spec(Method::Pcd, Optimiser::adam(0.01));
    assert_eq!(good.check(1, 1), Ok(()));
    for (images, pixels) in [(0, 7), (11, 0), (0, 0)] {
        assert_eq!(good.check(images, pixels), Err(TrainError::Data { images, pixels, visible: pixels }));
    }
    // Three updates of two sweeps an epoch: half as many epochs as with one.
    let most = (1usize << 53) / 6;
    assert!(check(&|s| (s.steps, s.epochs) = (2, most)).is_ok());
    assert!(check(&|s| (s.steps, s.epochs) = (2, most + 1)).is_err());
}

#[test]
fn memory_is_counted_by_hand() {
    // N = 3, M = 5, batch 7, chains 11: 36 · 4 · 6, three times 18 states and 11 hidden ones of a
    // word each, 4 · 18 · 5
    let found = TrainSpec::bytes(Bytes(3), Bytes(5), Bytes(7), Bytes(11));
    assert_eq!(found, Bytes(864 + 3 * 18 * 8 + 11 * 8 + 360));
}

#[test]
fn parameters_and_chains_start_from_streams_of_their_own() {
    let spec = TrainSpec { visible_bias: VisibleBias::Normal, ..spec(Method::Pcd, Optimiser::adam(0.01)) };
    let of = |id: u64| {
        let mut rng = ChaCha8Rng::from_seed([7; 32]);
        rng.set_stream(id);
        rng
    };
    let trainer = Trainer::new(spec.clone(), &images(), [7; 32]).expect("a good specification");
    assert_eq!(*trainer.machine(), Rbm::normal(7, 5, 0.3, &mut of(u64::MAX)).to_f32());
    assert_eq!((trainer.spec(), trainer.updates(), trainer.epochs()), (&spec, 0, 0));
    // Without biases a pixel is on where its number is below one half, chain after chain.
    let fair = Trainer::new(TrainSpec { init_std: 0.0, ..spec }, &images(), [7; 32]).expect("a good specification");
    let mut rng = of(u64::MAX - 1);
    assert_eq!(fair.chains().visible, States::from_fn(5, 7, |_, _| rng.random::<f32>() < 0.5));
    assert!(fair.moments().first.iter().chain(&fair.moments().second).flatten().all(|x| *x == 0.0));
}

#[test]
fn chains_of_contrastive_divergence_start_at_the_batch_and_passes_are_counted() {
    for (method, chains) in [(Method::Pcd, 8), (Method::Cd, 1)] {
        let spec = TrainSpec { chains: 8, ..spec(method, Optimiser::adam(0.01)) };
        let trainer = trained(&spec, 1);
        // 11 images in batches of 5: the last batch is one image.
        assert_eq!(trainer.chains().visible.rows(), chains);
        assert_eq!((trainer.updates(), trainer.epochs(), trainer.chains().sweeps), (9, 3, 9));
    }
    let mut trainer = trained(&spec(Method::Pcd, Optimiser::adam(0.01)), 1);
    for images in [States::zeros(0, 7), States::zeros(3, 8)] {
        let expected = TrainError::Data { images: images.rows(), pixels: images.units(), visible: 7 };
        assert_eq!(trainer.run_epoch(&images, |_| ()), Err(expected));
    }
    assert_eq!(trainer.epochs(), 3);
}
