//! The kernels that users wait for: singular values, random spectra, block Gibbs sweeps, tempering,
//! training, ln Z.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand::{SeedableRng, rngs::ChaCha8Rng};
use rayon::prelude::*;
use rbm_landscape::bits::States;
use rbm_landscape::linalg::singular_values;
use rbm_landscape::linalg::singular_values_by_gram;
use rbm_landscape::linalg::thin_svd;
use rbm_landscape::rbm::gibbs::{Chains, hidden_means};
use rbm_landscape::rbm::origins::Means;
use rbm_landscape::rbm::tempering::Tempering;
use rbm_landscape::rbm::{Rbm, annealing, exact, path::Path, train};
use rbm_landscape::spectra::bidiagonal::Bidiagonal;
use std::time::Instant;

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
    criterion
        .bench_function("svd_values_by_gram/784x500", |b| b.iter(|| singular_values_by_gram(machine.weights_view())));
    criterion.bench_function("svd_thin/784x500", |b| b.iter(|| thin_svd(machine.weights_view())));
}

/// 100 spectra of Gaussian 784 x 500 matrices, on all cores: from the matrices themselves, and from
/// the bidiagonal model.
fn spectra(criterion: &mut Criterion) {
    let machines: Vec<Rbm> =
        (0..100).map(|seed| Rbm::normal(784, 500, 0.01, &mut ChaCha8Rng::seed_from_u64(seed))).collect();
    let values = |machine: &Rbm| singular_values(machine.weights_view());
    criterion
        .bench_function("svd_values_100/784x500", |b| b.iter(|| machines.par_iter().map(values).collect::<Vec<_>>()));
    let draw = |seed: u64| Bidiagonal::normal(784, 500, 0.01, &mut ChaCha8Rng::seed_from_u64(seed)).singular_values();
    criterion.bench_function("spectrum_draws/784x500", |b| {
        b.iter(|| (0..100u64).into_par_iter().map(draw).collect::<Vec<_>>())
    });
}

/// All singular values of one bidiagonal matrix, the model of 2R x R.
fn bidiagonal(criterion: &mut Criterion) {
    for r in [500, 2000, 5000] {
        let model = Bidiagonal::normal(2 * r, r, 1.0, &mut ChaCha8Rng::seed_from_u64(7));
        criterion.bench_function(&format!("bidiagonal_values/{r}"), |b| b.iter(|| model.singular_values()));
    }
}

/// A histogram in 60 bins of the 100,000 singular values of a 200,000 x 100,000 matrix, by Sturm
/// counts.
fn counts(criterion: &mut Criterion) {
    let model = Bidiagonal::normal(200_000, 100_000, 1.0, &mut ChaCha8Rng::seed_from_u64(7));
    let edges: Vec<f64> = (0..=60).map(|i| f64::from(i) * 13.0).collect(); // up to 780, the edge lies at 763
    criterion.bench_function("sturm_histogram/100000", |b| b.iter(|| model.histogram(&edges)));
}

/// Means of h given 500 visible states; one full sweep v, h, v of 500 chains.
fn sampling(criterion: &mut Criterion) {
    let (machine_500, batch) = (machine(500).to_f32(), states(500));
    criterion.bench_function("fields/784x500x500", |b| b.iter(|| hidden_means(&machine_500, &batch)));
    for hidden in [500, 3000] {
        let machine = machine(hidden).to_f32();
        let mut chains = Chains::new(states(500), [0; 32], 0);
        // One after the other on one machine, as samplers are used.
        criterion.bench_function(&format!("gibbs/784x{hidden}x500"), |b| {
            b.iter_custom(|sweeps| {
                let start = Instant::now();
                chains.sweep(&machine, sweeps as usize);
                start.elapsed()
            })
        });
    }
}

/// A sweep of 784 x 20: of 64 chains, and of tempering's 8 ladders, which has as many chains per
/// ladder as it finds that it needs (printed).
fn tempered(criterion: &mut Criterion) {
    let machine = Rbm::normal(784, 20, 0.2, &mut ChaCha8Rng::seed_from_u64(0)).to_f32();
    let mut chains = Chains::new(states(64), [0; 32], 0);
    criterion.bench_function("gibbs/784x20x64", |b| b.iter(|| chains.sweep(&machine, 1)));
    let mut tempering =
        Tempering::new(&machine, &Means { visible: vec![0.5; 784], hidden: vec![0.5; 20] }, 8, 1000, [0; 32]);
    let name = format!("tempering/784x20x8x{}", tempering.path.betas.len());
    criterion.bench_function(&name, |b| b.iter(|| tempering.extend(1, 8)));
}

/// PCD-1, batches of 500, an epoch of 60,000 images.
fn training(criterion: &mut Criterion) {
    let images = states(60_000);
    let spec = train::TrainSpec::pcd(500, 1, 0.01);
    let mut trainer = train::Trainer::new(spec, &images, [0; 32]).expect("a good specification");
    let mut group = criterion.benchmark_group("train_epoch");
    group.throughput(Throughput::Elements(60_000));
    group.bench_function("784x500", |b| b.iter(|| trainer.run_epoch(&images, |_| ())));
    group.finish();
}

/// Exact ln Z with 20 hidden units; 100 annealing runs over 100 temperatures.
fn log_partition(criterion: &mut Criterion) {
    let small = machine(20);
    criterion.bench_function("exact/784x20", |b| b.iter(|| exact::log_partition(&small)));
    let large = machine(500).to_f32();
    let path = Path::even(&large, 100);
    criterion.bench_function("ais/784x500", |b| b.iter(|| annealing::forward(&large, &path, 100, [0; 32]).0));
}

criterion_group! {
    name = kernels;
    config = Criterion::default().sample_size(10);
    targets = decompositions, spectra, bidiagonal, counts, sampling, tempered, training, log_partition
}
criterion_main!(kernels);
