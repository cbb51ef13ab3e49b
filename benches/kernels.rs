//! The kernels that users wait for: singular values, random spectra, block Gibbs sweeps, training.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand::{SeedableRng, rngs::ChaCha8Rng};
use rayon::prelude::*;
use rbm_landscape::bits::States;
use rbm_landscape::rbm::gibbs::Chains;
use rbm_landscape::rbm::linalg::{singular_values, thin_svd};
use rbm_landscape::rbm::{Rbm, train};
use rbm_landscape::spectra::bidiagonal::Bidiagonal;

fn machine(hidden: usize) -> Rbm {
    Rbm::normal(784, hidden, 0.01, &mut ChaCha8Rng::seed_from_u64(0))
}

/// About one pixel in eight is on, as in MNIST.
fn states(rows: usize) -> States {
    States::from_fn(rows, 784, |row, unit| (row * 31 + unit * 7) % 8 == 0)
}

fn decompositions(criterion: &mut Criterion) {
    let machine = machine(500);
    criterion.bench_function("svd_values/784x500", |b| b.iter(|| singular_values(machine.weights_view())));
    criterion.bench_function("svd_thin/784x500", |b| b.iter(|| thin_svd(machine.weights_view())));
}

/// 100 spectra of Gaussian 784 x 500 matrices, on all cores.
fn spectra(criterion: &mut Criterion) {
    let draw = |seed: u64| Bidiagonal::normal(784, 500, 0.01, &mut ChaCha8Rng::seed_from_u64(seed)).singular_values();
    criterion.bench_function("spectrum_draws/784x500", |b| {
        b.iter(|| (0..100u64).into_par_iter().map(draw).collect::<Vec<_>>())
    });
}

/// One full sweep v, h, v of 500 chains.
fn sampling(criterion: &mut Criterion) {
    for hidden in [500, 3000] {
        let machine = machine(hidden).to_f32();
        let mut chains = Chains::new(states(500), [0; 32], 0);
        criterion.bench_function(&format!("gibbs/784x{hidden}x500"), |b| b.iter(|| chains.sweep(&machine, 1)));
    }
}

/// PCD-1, batches of 500; images a second are those of the whole epoch of 60,000.
fn training(criterion: &mut Criterion) {
    let images = states(6000);
    let spec = train::TrainSpec::pcd(500, 1, 0.01);
    let mut trainer = train::Trainer::new(spec, &images, [0; 32]).expect("a good specification");
    let mut group = criterion.benchmark_group("train_epoch_tenth");
    group.throughput(Throughput::Elements(6000));
    group.bench_function("784x500", |b| b.iter(|| trainer.run_epoch(&images, |_| ())));
    group.finish();
}

criterion_group! {
    name = kernels;
    config = Criterion::default().sample_size(10);
    targets = decompositions, spectra, sampling, training
}
criterion_main!(kernels);
