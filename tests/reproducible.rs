//! Numbers follow from the seed alone: not from the number of threads, not from a setting of a
//! library, and no random word is used twice.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};
use rbm_landscape::bits::States;
use rbm_landscape::claim::{Case, Regime, Variant};
use rbm_landscape::data::Dataset;
use rbm_landscape::lab::{Given, Lab, Plan, Scale};
use rbm_landscape::rbm::gibbs::Chains;
use rbm_landscape::rbm::optimiser::Optimiser;
use rbm_landscape::rbm::path::Path;
use rbm_landscape::rbm::train::{TrainSpec, Trainer, VisibleBias};
use rbm_landscape::rbm::{Rbm, annealing};
use rbm_landscape::theorem::Theorem;
use rbm_landscape::theorems::CATALOGUE;
use std::sync::{Arc, LazyLock};

/// Visible and hidden units of machines that show which random words they consume: two draws of up
/// to 64, the second not full.
const UNITS: usize = 83;

/// Halves of the words of one stream, the lower one first: its number, the first half and the one
/// after the last.
type Place = (u64, usize, usize);

/// Where a row of fair units took its random words from: a unit is on when the highest bit of its
/// half of a word (at the start of chains: of its word) is 0, and 83 such bits are found by chance
/// at one of 10⁵ places with probability 10⁻²⁰.
fn place(states: &States, row: usize, key: [u8; 32]) -> Place {
    let wanted: Vec<bool> = (0..states.units()).map(|unit| states.get(row, unit)).collect();
    for stream in [0, 1, 2, 3, u64::MAX - 1, u64::MAX] {
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream(stream);
        let words: Vec<u32> = (0..3000).map(|_| rng.next_u32()).collect();
        let halves: Vec<bool> = words.iter().flat_map(|word| [word >> 15 & 1 == 0, word >> 31 == 0]).collect();
        let whole: Vec<bool> = words.iter().map(|word| word >> 31 == 0).collect();
        let of = |bits: &[bool]| bits.windows(wanted.len()).position(|window| window == wanted);
        if let Some(at) = of(&halves) {
            return (stream, at, at + wanted.len());
        }
        if let Some(at) = of(&whole) {
            return (stream, 2 * at, 2 * (at + wanted.len()));
        }
    }
    panic!("these words are in none of the streams that a kernel says it uses");
}

fn assert_disjoint(mut places: Vec<Place>, expected: usize) {
    places.sort_unstable();
    assert_eq!(places.len(), expected);
    for pair in places.windows(2) {
        assert!(pair[0].0 < pair[1].0 || pair[0].2 <= pair[1].1, "used twice: {pair:?}");
    }
}

/// No weights, no biases: every unit is fair.
fn fair() -> Rbm<f32> {
    let machine = Rbm::new(UNITS, UNITS, vec![0.0; UNITS * UNITS], vec![0.0; UNITS], vec![0.0; UNITS]);
    machine.expect("finite").to_f32()
}

/// Given v = 0, hidden units are fair and the visible ones copy them.
fn copying() -> Rbm<f32> {
    let weights = (0..UNITS * UNITS).map(|at| if at / UNITS == at % UNITS { 100.0 } else { 0.0 }).collect();
    Rbm::new(UNITS, UNITS, weights, vec![-50.0; UNITS], vec![0.0; UNITS]).expect("finite").to_f32()
}

#[test]
fn sweeps_chains_layers_and_starts_use_disjoint_random_words() {
    let (key, count, sweeps) = ([3; 32], 3, 4);
    let places = |states: &States| (0..count).map(|row| place(states, row, key)).collect::<Vec<_>>();
    // What the chains start from, then each sweep's visible words, then its hidden ones.
    let mut used = places(&Chains::independent(&fair(), count, key).visible);
    let mut chains = Chains::new(States::zeros(count, UNITS), key, 0);
    for sweep in 0..sweeps {
        chains.sweep(&fair(), 1);
        used.extend(places(&chains.visible));
        let mut at_zero = Chains::new(States::zeros(count, UNITS), key, sweep);
        at_zero.sweep(&copying(), 1);
        used.extend(places(&at_zero.visible));
    }
    let sampled = used.clone();
    assert_disjoint(used, count * (1 + 2 * sweeps as usize));
    // Annealing runs are such chains: a path of t + 2 temperatures ends with sweep t, and equal
    // weights resample every run once.
    let mut annealed = places(&Chains::independent(&fair(), count, key).visible);
    for sweep in 0..sweeps as usize {
        annealed.extend(places(&annealing::forward(&fair(), &Path::even(&fair(), sweep + 2), count, key).1));
    }
    assert!(annealed.iter().all(|place| sampled.contains(place)));
    assert_disjoint(annealed, count * (1 + sweeps as usize));
}

#[test]
fn a_training_uses_disjoint_random_words_from_start_to_end() {
    let (key, chains) = ([4; 32], 3);
    // Weights stay below 1e-27: every unit is fair to the last bit.
    let spec = TrainSpec {
        optimiser: Optimiser::Sgd { rate: 1e-30 },
        visible_bias: VisibleBias::Normal,
        steps: 2,
        batch: 5,
        chains,
        ..TrainSpec::pcd(UNITS, 2, 0.0)
    };
    let images = States::from_fn(13, UNITS, |row, unit| (row * unit) % 3 == 1);
    let mut trainer = Trainer::new(spec, &images, key).expect("a good specification");
    let places = |states: &States| (0..chains).map(|row| place(states, row, key)).collect::<Vec<_>>();
    let mut used = places(&trainer.chains().visible);
    for _ in 0..2 {
        // Three updates an epoch, the second of two sweeps each is seen.
        trainer.run_epoch(&images, |trainer| used.extend(places(&trainer.chains().visible))).expect("no divergence");
    }
    assert_disjoint(used, chains * (1 + 2 * 3));
}

/// Sizes at which every claim runs in seconds; verdicts do not matter here.
fn tiny() -> Plan {
    Plan {
        mode_shapes: [&[(31, 21)], &[(21, 31)], &[(25, 25)]],
        mode_replicas: 10,
        spectrum_shapes: [&[(40, 25)], &[(21, 31)], &[(25, 25)]],
        spectrum_replicas: 6,
        trained_hidden: &[12, 16, 20],
        trained_replicas: 1,
        short_trainings: 2,
        epochs: 1,
        ..Plan::new(Scale::Quick)
    }
}

/// The first images of the embedded set, every fourth pixel of every fourth line: 7 x 7.
fn few() -> Dataset {
    let mut data = Dataset::mnist().expect("the embedded data set is intact");
    (data.height, data.width) = (7, 7);
    for (split, count) in [(&mut data.train, 1000), (&mut data.test, 200)] {
        let images = &split.images;
        split.images = States::from_fn(count, 49, |row, at| images.get(row, (at / 7 * 4 + 2) * 28 + at % 7 * 4 + 2));
        split.labels.truncate(count);
    }
    data
}

/// What was measured, or why it could not be, by regime.
type Words = Vec<(&'static str, Result<String, String>)>;

/// What a claim measured in every regime, word by word, in a pool of that many threads; and the
/// streams it drew from.
fn measured(theorem: &dyn Theorem, threads: usize) -> (Words, Vec<Given>) {
    static DATA: LazyLock<Arc<Dataset>> = LazyLock::new(|| Arc::new(few()));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("pool");
    let lab = Lab::new(tiny(), 7, Arc::clone(&DATA), Box::new(|_| {})).noting_streams();
    let seen = |regime: &'static Regime| {
        let case = Case { claim: theorem.statement().id, regime, variant: Variant::AsStated };
        // Rust writes a float with all digits that tell it from its neighbours, and the sign of
        // zero.
        let evidence = pool.install(|| theorem.measure(case, &lab));
        (regime.id, evidence.map(|evidence| format!("{evidence:?}")).map_err(|error| error.to_string()))
    };
    (theorem.statement().regimes.iter().map(seen).collect(), lab.given())
}

/// One thread and three give the same bits, and no stream is drawn twice.
fn assert_reproducible(id: &str) {
    // Whatever reads faer's global setting of parallelism panics from here on.
    faer::disable_global_parallelism();
    let entry = CATALOGUE.iter().find(|entry| entry.theorem.statement().id == id).expect("a claim");
    let ((one, given), (three, again)) = (measured(entry.theorem, 1), measured(entry.theorem, 3));
    for ((regime, ours), (_, theirs)) in one.iter().zip(&three) {
        // What cannot be checked at this size says so both times.
        let (a, b) = (format!("{ours:?}"), format!("{theirs:?}"));
        let differ = a.bytes().zip(b.bytes()).position(|(a, b)| a != b).unwrap_or(a.len());
        let near = |text: &str| text.chars().skip(differ.saturating_sub(80)).take(160).collect::<String>();
        assert!(a == b, "{id} {regime}: {:?} with one thread, {:?} with three", near(&a), near(&b));
    }
    let failed: Vec<_> = one.iter().filter(|(_, words)| words.is_err()).collect();
    assert!(2 * failed.len() < one.len(), "{failed:?}");
    assert!(given == again && !given.is_empty(), "{} streams, {} with three threads", given.len(), again.len());
    let twice = given.windows(2).filter(|pair| pair[0] == pair[1] || (pair[0].0 == pair[1].0 && pair[0].1.is_none()));
    assert_eq!(twice.count(), 0, "streams that {id} draws twice, of {}", given.len());
}

/// A test for every claim.
macro_rules! claims {
    ($($id:ident),*) => {
        mod same_bits_for_every_number_of_threads {
            $(#[allow(non_snake_case)]
            #[test]
            fn $id() {
                super::assert_reproducible(stringify!($id));
            })*
        }

        #[test]
        fn no_claim_is_left_out() {
            let ids: Vec<&str> = CATALOGUE.iter().map(|entry| entry.theorem.statement().id).collect();
            assert_eq!(ids, [$(stringify!($id)),*]);
        }
    };
}

claims!(T01, T02, T03, T04, T05, T06, T07, T08, T09, T10, T11);
