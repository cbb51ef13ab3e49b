//! The kernels that users wait for: singular values, block Gibbs sweeps, one epoch of training.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand::{SeedableRng, rngs::ChaCha8Rng};
use rbm_landscape::bits::States;
use rbm_landscape::rbm::gibbs::Chains;
use rbm_landscape::rbm::linalg::{singular_values, thin_svd};
use rbm_landscape::rbm::{Rbm, train};

/// 784 x 500, the paper's size of MNIST machines.
fn machine() -> Rbm {
    Rbm::normal(784, 500, 0.01, &mut ChaCha8Rng::seed_from_u64(0))
}

fn decompositions(criterion: &mut Criterion) {
    let machine = machine();
    let mut group = criterion.benchmark_group("svd 784x500");
    group.sample_size(20);
    group.bench_function("singular values", |b| b.iter(|| singular_values(machine.weights_view())));
    group.bench_function("thin", |b| b.iter(|| thin_svd(machine.weights_view())));
    group.finish();
}

fn sampling(criterion: &mut Criterion) {
    let machine = machine().to_f32();
    let start = States::from_fn(500, 784, |row, unit| (row * 31 + unit * 7) % 8 == 0);
    let mut chains = Chains::new(start, [0; 32], 0);
    let mut group = criterion.benchmark_group("gibbs 784x500");
    group.throughput(Throughput::Elements(500));
    group.bench_function("one sweep of 500 chains", |b| b.iter(|| chains.sweep(&machine, 1)));
    group.finish();
}

fn training(criterion: &mut Criterion) {
    let images = States::from_fn(2000, 784, |row, unit| (row * 31 + unit * 7) % 8 == 0);
    let mut trainer =
        train::Trainer::new(train::TrainSpec::pcd(128, 1, 0.01), &images, [0; 32]).expect("a good specification");
    let mut group = criterion.benchmark_group("pcd-1 784x128");
    group.sample_size(10);
    group.throughput(Throughput::Elements(2000));
    group.bench_function("one epoch of 2000 images", |b| b.iter(|| trainer.run_epoch(&images, |_| ())));
    group.finish();
}

criterion_group!(kernels, decompositions, sampling, training);
criterion_main!(kernels);
