//! One piece of work a run, its kind and sizes on the command line, timed: what
//! benches/peers/compare.py sets against other tools. Rows of `cargo bench` are in kernels.rs.
#![allow(clippy::print_stdout)]

use faer::MatRef;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
use rayon::prelude::*;
use rbm_landscape::bits::States;
use rbm_landscape::linalg::{singular_values, singular_values_by_gram, thin_svd};
use rbm_landscape::machine_file;
use rbm_landscape::rbm::gibbs::{Chains, hidden_means};
use rbm_landscape::rbm::optimiser::Optimiser;
use rbm_landscape::rbm::{Rbm, annealing, exact, path::Path, train};
use rbm_landscape::spectra::bidiagonal::Bidiagonal;
use serde_json::{Value, json};
use std::hint::black_box;
use std::time::{Duration, Instant};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let result = match args[..] {
        ["sweep", of, chains] => sweep(&machine(of)?, chains.parse()?),
        ["means", of, states] => means(&machine(of)?, states.parse()?),
        ["annealing", of, runs, temperatures] => anneal(&machine(of)?, runs.parse()?, temperatures.parse()?),
        ["exact", of] => exact(&machine(of)?),
        ["epoch", optimiser, hidden, images] => epoch(optimiser, hidden.parse()?, images.parse()?)?,
        ["dense", method, rows, columns, file] => dense(method, rows.parse()?, columns.parse()?, &numbers(file)?)?,
        ["bidiagonal", size, file] => bidiagonal(size.parse()?, &numbers(file)?)?,
        ["histogram", size] => histogram(size.parse()?),
        _ => {
            println!("one piece of work a run, for benches/peers/compare.py; see there");
            return Ok(());
        }
    };
    println!("{result}");
    Ok(())
}

/// Seconds that one call takes, and what the last one returned: the median of as many calls as fit
/// in half a second, at least one, after a first one; the first itself if it takes four seconds.
/// `seconds` of compare.py does the same.
fn timed<T>(mut work: impl FnMut() -> T) -> (f64, T) {
    let mut once = || {
        let start = Instant::now();
        let result = black_box(work());
        (start.elapsed().as_secs_f64(), result)
    };
    let (first, mut last) = once();
    if first > 4.0 {
        return (first, last);
    }
    let (start, mut seconds) = (Instant::now(), Vec::new());
    while seconds.is_empty() || start.elapsed() < Duration::from_millis(500) {
        let (one, result) = once();
        seconds.push(one);
        last = result;
    }
    seconds.sort_by(f64::total_cmp);
    (seconds[seconds.len() / 2], last)
}

/// A sweep v, h, v of all chains, on average over ten that follow each other, after some before.
fn sweep(machine: &Rbm, chains: usize) -> Value {
    let machine = machine.to_f32();
    let mut chains = Chains::new(states(chains, machine.visible), [0; 32], 0);
    chains.sweep(&machine, 20);
    json!({ "seconds": timed(|| chains.sweep(&machine, 10)).0 / 10.0 })
}

/// Means of h given visible states.
fn means(machine: &Rbm, count: usize) -> Value {
    let (machine, states) = (machine.to_f32(), states(count, machine.visible));
    json!({ "seconds": timed(|| hidden_means(&machine, &states)).0 })
}

/// Annealing from the units without W and b.
fn anneal(machine: &Rbm, runs: usize, temperatures: usize) -> Value {
    let machine = machine.to_f32();
    let path = Path::even(&machine, temperatures);
    let (seconds, found) = timed(|| annealing::forward(&machine, &path, runs, [0; 32]).0);
    json!({ "seconds": seconds, "log_partition": found.mean, "se": found.se, "effective": found.effective_samples })
}

/// ln Z by enumeration of the smaller layer.
fn exact(machine: &Rbm) -> Value {
    let (seconds, found) = timed(|| exact::log_partition(machine));
    json!({ "seconds": seconds, "log_partition": found })
}

/// A pass of PCD-1 over images of 784 pixels in batches of 500, with as many chains.
fn epoch(optimiser: &str, hidden: usize, count: usize) -> Outcome<Value> {
    let images = states(count, 784);
    let optimiser = match optimiser {
        "sgd" => Optimiser::Sgd { rate: 1e-3 },
        "adam" => Optimiser::adam(1e-3),
        other => return Err(other.into()),
    };
    let spec = train::TrainSpec { optimiser, ..train::TrainSpec::pcd(hidden, 1, 0.01) };
    let mut trainer = train::Trainer::new(spec, &images, [0; 32])?;
    let (seconds, passed) = timed(|| trainer.run_epoch(&images, |_| ()));
    passed?;
    Ok(json!({ "seconds": seconds }))
}

/// Decompositions of the matrices that a file holds one after another, on all cores.
fn dense(method: &str, rows: usize, columns: usize, matrices: &[f64]) -> Outcome<Value> {
    let all = || matrices.par_chunks_exact(rows * columns).map(|w| MatRef::from_row_major_slice(w, rows, columns));
    let (seconds, values) = match method {
        "values" => timed(|| all().map(singular_values).collect::<Result<Vec<_>, _>>()),
        "gram" => timed(|| all().map(singular_values_by_gram).collect::<Result<Vec<_>, _>>()),
        "thin" => timed(|| all().map(|w| Ok(thin_svd(w)?.singular_values)).collect::<Result<Vec<_>, _>>()),
        other => return Err(other.into()),
    };
    Ok(json!({ "seconds": seconds, "values": values? }))
}

/// Singular values of the bidiagonal matrices that a file holds, each with its diagonal and then
/// with what stands above, on all cores.
fn bidiagonal(size: usize, numbers: &[f64]) -> Outcome<Value> {
    let model = |one: &[f64]| Bidiagonal { diagonal: one[..size].to_vec(), above: one[size..].to_vec() };
    let models: Vec<Bidiagonal> = numbers.chunks_exact(2 * size - 1).map(model).collect();
    let (seconds, values) = timed(|| models.par_iter().map(Bidiagonal::singular_values).collect::<Result<Vec<_>, _>>());
    Ok(json!({ "seconds": seconds, "values": values? }))
}

/// The singular values of a matrix of 2r x r in 60 bins, without computing them.
fn histogram(size: usize) -> Value {
    let model = Bidiagonal::normal(2 * size, size, 1.0, &mut ChaCha8Rng::seed_from_u64(0));
    let edge = (size as f64).sqrt() * (1.0 + 2f64.sqrt()) * 1.05;
    let edges: Vec<f64> = (0..=60).map(|bin| edge * f64::from(bin) / 60.0).collect();
    let (seconds, counts) = timed(|| model.histogram(&edges));
    json!({ "seconds": seconds, "counted": counts.iter().sum::<usize>() })
}

/// A machine of independent normal weights by its size, such as 784x500, or one from a file or a
/// run.
fn machine(of: &str) -> Outcome<Rbm> {
    let size = of.split_once('x').and_then(|(n, m)| Some((n.parse().ok()?, m.parse().ok()?)));
    Ok(match size {
        Some((visible, hidden)) => Rbm::normal(visible, hidden, 0.01, &mut ChaCha8Rng::seed_from_u64(0)),
        None => machine_file::read(of.as_ref(), &machine_file::Reading::default())?.machine,
    })
}

/// Independent units, one in eight on, about as in MNIST.
fn states(rows: usize, units: usize) -> States {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    States::from_fn(rows, units, |_, _| rng.random::<u8>() < 32)
}

/// Doubles, least significant byte first.
fn numbers(file: &str) -> Outcome<Vec<f64>> {
    let bytes = std::fs::read(file)?;
    Ok(bytes.chunks_exact(8).filter_map(|eight| Some(f64::from_le_bytes(eight.try_into().ok()?))).collect())
}
