//! Tests.

use super::Purpose;
use super::images::{Images, alter};
use super::sizes::{Plan, Scale};
use super::streams::{key, permutation, stream, training_key, training_keys};
use super::trajectory::{TrainRequest, Trajectory};
use super::{Lab, lock};
use crate::bits::States;
use crate::claim::{Case, CheckError};
use crate::data::{Binarised, Dataset};
use crate::file::hex;
use crate::rbm::Rbm;
use crate::rbm::checkpoint::{self};
use crate::rbm::optimiser::Optimiser;
use crate::rbm::train::{Gradient, Method, TrainSpec, VisibleBias};
use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use rayon::prelude::*;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use crate::claim::{Regime, Variant, Verdict};

fn images() -> States {
    States::from_fn(53, 13, |row, unit| (row * 7 + unit * unit) % 5 < 2)
}

#[test]
fn values_permuted_keeps_every_pixel_mean_and_changes_images() {
    let before = images();
    let after = alter(&before, Images::ValuesPermuted, [3; 32], 1);
    assert_eq!(after.means(), before.means());
    assert_ne!(after, before);
}

#[test]
fn pixels_permuted_keeps_the_ink_of_every_image() {
    let before = images();
    let after = alter(&before, Images::PixelsPermuted, [3; 32], 1);
    assert!((0..53).all(|row| after.ones(row).count() == before.ones(row).count()));
    assert_ne!(after, before);
}

#[test]
fn relabelling_is_one_permutation_for_training_and_test_images() {
    let before = images();
    let train = alter(&before, Images::PixelsRelabelled, [3; 32], 1);
    let test = alter(&before, Images::PixelsRelabelled, [3; 32], 2);
    assert_eq!(train, test);
    let sorted = |states: &States| {
        let mut means = states.means();
        means.sort_by(f64::total_cmp);
        means
    };
    assert_eq!(sorted(&train), sorted(&before));
    assert_ne!(train, before);
}

#[test]
fn keys_do_not_run_into_each_other() {
    assert_ne!(key(0, &["ab", "c"]), key(0, &["a", "bc"]));
    assert_ne!(key(0, &["a"]), key(1, &["a"]));
}

static REGIME: Regime = Regime { id: "tall", title: "", expected: Verdict::Holds, replaced_by: None, trained: false };
const CASE: Case<'static> = Case { claim: "T01", regime: &REGIME, variant: Variant::AsStated };

#[test]
fn streams_are_those_of_the_published_encoding() {
    // SHA-256 of seed and length-prefixed parts, and ChaCha8, by a program of 40 lines in Python
    // (hashlib, RFC 8439 with 8 rounds).
    let lab = small_lab();
    let first = |mut rng: ChaCha8Rng| rng.random::<u64>();
    assert_eq!(first(lab.stream(&CASE, Purpose::new("machine"), 3)), 0x523d_66ec_580e_42dd);
    assert_eq!(first(lab.stream(&CASE, Purpose::new("machine"), [3])), 0x523d_66ec_580e_42dd);
    assert_eq!(first(lab.stream(&CASE, Purpose::new("machine"), [3, 4])), 0x6b05_36ba_5e8d_a9f2);
    let spec = TrainSpec { visible_bias: VisibleBias::Normal, ..TrainSpec::pcd(32, 2, 0.01) };
    assert_eq!(hex(&training_key(5, &spec, 1)), "49de2f2b75f61fda21d3421ba7002306d2b928bf871d2a4324445b036c21ad71");
    // No arithmetic that could run together: 1000 · 1 + 0 and 1000 · 0 + 1000.
    let lists = [vec![1, 0], vec![0, 1000], vec![10, 0], vec![1, 0, 0], vec![0, 1], vec![]];
    let mut seen: Vec<u64> =
        lists.iter().map(|list| first(lab.stream(&CASE, Purpose::new("machine"), &list[..]))).collect();
    seen.push(first(lab.stream(&CASE, Purpose::new("machine"), 0)));
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 7);
}

#[test]
fn every_field_of_a_specification_but_the_epochs_is_in_its_key() {
    let spec = TrainSpec::pcd(5, 2, 0.1);
    let adam = |rate, beta1, beta2, epsilon| Optimiser::Adam { rate, beta1, beta2, epsilon };
    let others = [
        TrainSpec { hidden: 6, ..spec.clone() },
        TrainSpec { steps: 2, ..spec.clone() },
        TrainSpec { batch: 501, ..spec.clone() },
        TrainSpec { chains: 501, ..spec.clone() },
        TrainSpec { method: Method::Cd, ..spec.clone() },
        TrainSpec { optimiser: Optimiser::Sgd { rate: 1e-3 }, ..spec.clone() },
        TrainSpec { optimiser: adam(2e-3, 0.9, 0.999, 1e-8), ..spec.clone() },
        TrainSpec { optimiser: adam(1e-3, 0.8, 0.999, 1e-8), ..spec.clone() },
        TrainSpec { optimiser: adam(1e-3, 0.9, 0.998, 1e-8), ..spec.clone() },
        TrainSpec { optimiser: adam(1e-3, 0.9, 0.999, 1e-7), ..spec.clone() },
        TrainSpec { init_std: 0.2, ..spec.clone() },
        TrainSpec { visible_bias: VisibleBias::Normal, ..spec.clone() },
        TrainSpec { gradient: Gradient::Centred, ..spec.clone() },
    ];
    let mut keys: Vec<[u8; 32]> = others.iter().map(|spec| training_key(0, spec, 0)).collect();
    keys.extend([training_key(0, &spec, 0), training_key(0, &spec, 1), training_key(1, &spec, 0)]);
    assert_eq!(training_key(0, &TrainSpec { epochs: 9, ..spec.clone() }, 0), training_key(0, &spec, 0));
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), others.len() + 3);
}

#[test]
fn train_and_the_laboratory_make_one_machine_of_a_specification_seed_and_replica() {
    let spec = TrainSpec { batch: 11, chains: 7, ..TrainSpec::pcd(5, 3, 0.1) };
    let folder = tempfile::tempdir().expect("folder");
    let keys = |first: &TrainSpec| training_keys(0, first, 1);
    let train = |epochs: usize| {
        let spec = TrainSpec { epochs, ..spec.clone() };
        checkpoint::train_resumable(folder.path(), &spec, &images(), &keys, None, |_, _| ()).expect("trains")
    };
    train(1);
    let request =
        TrainRequest { spec: spec.clone(), replica: 1, images: Images::AsTheyAre, record: vec![15], spectra: vec![] };
    let end = small_lab().trained(&request).expect("trains");
    // 53 images in batches of 11: five updates an epoch.
    assert_eq!(end.end().expect("recorded").machine, train(3));
    // A run of an earlier version has another key, and is known by it.
    assert_eq!(keys(&spec)[1..], [key(0, &["train", "5", "1"])]);
}

#[test]
fn trainings_can_be_asked_for_by_the_workers_of_a_pool() {
    // A lock held while a training runs in parallel is waited for by a worker that was given
    // another task of the same loop.
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let lab = small_lab();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("pool");
        let of = |_: usize| {
            let spec = TrainSpec { batch: 53, chains: 300, ..TrainSpec::pcd(200, 3, 0.1) };
            let request =
                TrainRequest { spec, replica: 0, images: Images::ValuesPermuted, record: vec![3], spectra: vec![] };
            lab.trained(&request).expect("trains").end().expect("recorded").machine.clone()
        };
        let all: Vec<Rbm<f32>> = pool.install(|| (0..16).into_par_iter().map(of).collect());
        sender.send(all).expect("the test waits");
    });
    let all = receiver.recv_timeout(std::time::Duration::from_secs(60)).expect("no worker waits for itself");
    assert!(all.iter().all(|machine| *machine == all[0]));
}

#[test]
fn values_permuted_gives_every_pixel_a_permutation_of_its_own() {
    let twins = States::from_fn(53, 2, |row, _| row * 7 % 5 < 2);
    let after = alter(&twins, Images::ValuesPermuted, [3; 32], 1);
    assert!((0..53).any(|row| after.get(row, 0) != after.get(row, 1)));
}

pub(crate) fn small_lab() -> Lab {
    let split = || crate::data::Split { images: images(), labels: vec![0; 53] };
    let name = "small".into();
    let data = Dataset { name, binarised: Binarised::From(1.0), height: 1, width: 13, train: split(), test: split() };
    Lab::new(Plan::new(Scale::Quick), 0, Arc::new(data), Box::new(|_| {}))
}

#[test]
fn runs_on_the_disk_take_the_place_of_the_shared_training() {
    let folders = [tempfile::tempdir().expect("folder"), tempfile::tempdir().expect("folder")];
    let dirs: Vec<PathBuf> = folders.iter().map(|folder| folder.path().to_path_buf()).collect();
    let train = |dir: &PathBuf, hidden: usize, replica: usize| {
        let path = dir.join(checkpoint::run_name(hidden, replica));
        let (spec, keys) = (small_lab().shared_spec(hidden), |_: &TrainSpec| vec![[hidden as u8 + replica as u8; 32]]);
        checkpoint::train_resumable(&path, &spec, &images(), &keys, None, |_, _| ()).expect("trains")
    };
    let ends: Vec<Rbm<f32>> = (0..3).map(|replica| train(&dirs[replica % 2], 32, replica)).collect();
    train(&dirs[0], 64, 0);
    let (lab, notes) = small_lab().with_runs(&dirs).expect("runs");
    // 53 images are one batch an epoch.
    for (replica, end) in ends.iter().enumerate() {
        let way = lab.shared_training(32, replica).expect("a run");
        assert_eq!(way.snapshots.iter().map(|snapshot| snapshot.update).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(way.end().expect("recorded").machine, *end);
        assert_eq!(lab.trained_from_normal(32, replica).expect("a run").snapshots.len(), 3);
    }
    // Of 64 hidden units two replicas are absent, of 128 all three.
    assert_eq!((lab.trained_sizes().expect("one size"), notes.len()), (vec![32], 5));
    assert!(matches!(lab.shared_training(64, 1), Err(CheckError::Untrained)));
    assert_eq!(small_lab().trained_sizes().expect("all"), [32, 64, 128]);

    let words = |dirs: &[PathBuf]| small_lab().with_runs(dirs).map(|_| ()).expect_err("unusable").to_string();
    train(&dirs[1], 64, 0);
    assert!(words(&dirs).contains("same replica"));
    assert!(words(&[dirs[0].join("missing")]).contains("missing"));
    assert!(words(&[dirs[0].join("hidden00064-replica00")]).contains("no run of M"));
}

#[test]
fn a_training_is_run_once_and_repetitions_are_others() {
    let lab = small_lab();
    let of = |replica: usize, images: Images| {
        let spec = TrainSpec { batch: 11, chains: 7, ..TrainSpec::pcd(5, 1, 0.1) };
        lab.trained(&TrainRequest { spec, replica, images, record: vec![0, 5], spectra: vec![] }).expect("trains")
    };
    let first = of(0, Images::AsTheyAre);
    assert!(Arc::ptr_eq(&first, &of(0, Images::AsTheyAre)));
    let end = |trajectory: &Trajectory| trajectory.end().expect("recorded").machine.clone();
    assert_ne!(end(&first), end(&of(1, Images::AsTheyAre)));
    // Altered images are one falsifier's: their training is not kept, and is the same once more.
    let [once, again] = [0; 2].map(|replica| of(replica, Images::ValuesPermuted));
    assert!(!Arc::ptr_eq(&once, &again) && end(&once) == end(&again));
    assert_ne!(end(&first), end(&once));
}

#[test]
fn spectra_are_the_singular_values_of_the_machine_at_their_updates() {
    let spec = TrainSpec { batch: 11, chains: 7, ..TrainSpec::pcd(5, 1, 0.1) };
    let request = TrainRequest { spec, replica: 0, images: Images::AsTheyAre, record: vec![0, 3], spectra: vec![0, 3] };
    let way = small_lab().trained(&request).expect("trains");
    assert_eq!((updates(&way), way.spectra.len()), (vec![0, 3], 2));
    for (snapshot, (update, values)) in way.snapshots.iter().zip(&way.spectra) {
        let machine = snapshot.machine.to_f64();
        let exact = crate::linalg::singular_values(machine.weights_view()).expect("finite");
        assert_eq!((snapshot.update, exact.len()), (*update, values.len()));
        // Squares are accurate to a few eps of the largest: 13 x 5 of nearly equal values.
        assert!(exact.iter().zip(values).all(|(a, b)| (a - b).abs() < 1e-13 * exact[0]), "{exact:?} {values:?}");
    }
}

/// Three batches of images of three pixels: 1001 to learn from.
fn lab_of_three_updates(scale: Scale, hidden: &'static [usize], progress: Progress) -> Lab {
    let split = || {
        let images = States::from_fn(1001, 3, |row, unit| (row * 7 + unit * unit) % 5 < 2);
        crate::data::Split { images, labels: vec![0; 1001] }
    };
    let data = Dataset {
        name: "rows".into(),
        binarised: Binarised::From(1.0),
        height: 1,
        width: 3,
        train: split(),
        test: split(),
    };
    let plan = Plan { trained_hidden: hidden, short_trainings: 2, ..Plan::new(scale) };
    Lab::new(plan, 0, Arc::new(data), progress)
}

type Lines = Arc<Mutex<Vec<String>>>;

type Progress = Box<dyn Fn(&str) + Send + Sync>;

fn listening() -> (Lines, Progress) {
    let said = Lines::default();
    let heard = Arc::clone(&said);
    (said, Box::new(move |line| lock(&heard).push(line.into())))
}

fn updates(way: &Trajectory) -> Vec<u64> {
    way.snapshots.iter().map(|snapshot| snapshot.update).collect()
}

#[test]
fn the_shared_training_is_recorded_in_sixteen_parts_and_its_short_form_in_two() {
    let (said, progress) = listening();
    let lab = lab_of_three_updates(Scale::Quick, &[2, 3], progress);
    // by hand: 1001 images in batches of 500 are three updates, two passes over MNIST are 240,
    // which is 80 passes here; 240 k/16 for k = 0 to 16
    assert_eq!((lab.updates_per_epoch(2), lab.passes(2), lab.passes(81)), (3, 80, 3240));
    let request = lab.shared_request(2, 1);
    assert_eq!(request.record, [0, 15, 30, 45, 60, 75, 90, 105, 120, 135, 150, 165, 180, 195, 210, 225, 240]);
    assert_eq!(
        (request.replica, request.images, request.spec.visible_bias),
        (1, Images::AsTheyAre, VisibleBias::Normal)
    );
    assert_eq!(lab.trained_sizes().expect("trains"), [2, 3]);
    // Large ones are not announced first, but all of them once.
    let line =
        |hidden: usize, replica: usize| format!("training M = {hidden}, replica {replica}, the images as they are");
    assert_eq!(*lock(&said), [line(2, 0), line(2, 1), line(3, 0), line(3, 1)]);
    let all = lab.shared_training(2, 1).expect("trained");
    assert_eq!(updates(&all), request.record);
    let short = lab.trained_from_normal(2, 1).expect("trained");
    assert_eq!(updates(&short), [0, 120, 240]);
    assert_eq!(short.snapshots[1].machine, all.snapshots[8].machine);
    assert_ne!(all.snapshots[16].machine, lab.shared_training(2, 0).expect("trained").snapshots[16].machine);
    assert_eq!(lock(&said).len(), 4, "nothing is trained twice");
    let empty = Trajectory::new();
    assert!(empty.end().is_err_and(|error| error.to_string().contains("without a snapshot")));
}

#[test]
fn a_request_that_is_there_twice_is_trained_once() {
    let (said, progress) = listening();
    let lab = lab_of_three_updates(Scale::Quick, &[2], progress);
    let of = |hidden: usize| TrainRequest {
        spec: TrainSpec::pcd(hidden, 1, 0.1),
        replica: 0,
        images: Images::AsTheyAre,
        record: vec![0, 2, 9],
        spectra: vec![],
    };
    let ways = lab.trained_all(&[of(2), of(4), of(2)]).expect("trains");
    assert!(ways.len() == 3 && Arc::ptr_eq(&ways[0], &ways[2]) && !Arc::ptr_eq(&ways[0], &ways[1]));
    assert_eq!(ways[1].snapshots[0].machine.hidden, 4);
    // What lies past the end is left out.
    assert_eq!(updates(&ways[0]), [0, 2]);
    lab.trained_all(&[of(4), of(5)]).expect("trains");
    assert_eq!(lock(&said).len(), 3);
    let none = TrainRequest { record: vec![], ..of(2) };
    assert_eq!(updates(&lab.trained(&none).expect("trains")), [0u64; 0]);
    let unusable = lab.trained(&of(0)).expect_err("no hidden units").to_string();
    assert!(unusable.starts_with("training M = 0, replica 0, the images as they are"), "{unusable}");
}

#[test]
fn threads_outside_pools_wait_for_one_another() {
    let (said, progress) = listening();
    let lab = lab_of_three_updates(Scale::Quick, &[2], progress);
    let spec = TrainSpec { chains: 100, ..TrainSpec::pcd(20, 4, 0.1) };
    let request = TrainRequest { spec, replica: 0, images: Images::AsTheyAre, record: vec![12], spectra: vec![] };
    let start = std::sync::Barrier::new(4);
    let ask = || {
        start.wait();
        lab.trained(&request).expect("trains");
    };
    std::thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(ask))));
    assert_eq!(lock(&said).len(), 1);
    rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("pool").install(|| {
        assert!(lab.alone().is_none(), "a worker never waits");
    });
}

#[test]
fn a_laboratory_that_does_not_train_says_so() {
    let untrained = |result: Result<Vec<usize>, CheckError>| matches!(result, Err(CheckError::Untrained));
    let lab = lab_of_three_updates(Scale::Quick, &[2], Box::new(|_| {})).without_training();
    assert!(untrained(lab.trained_sizes()));
    assert!(matches!(lab.shared_training(2, 0), Err(CheckError::Untrained)));
    assert!(untrained(lab.trained_all(&[]).map(|_| Vec::new())));
    // Nor one with runs on the disk, and none has sizes where none are asked for.
    let with_runs = Lab { runs: Some([((2, 0), Arc::new(Trajectory::new()))].into()), ..lab };
    assert!(untrained(with_runs.trained_sizes()));
    assert!(untrained(lab_of_three_updates(Scale::Quick, &[], Box::new(|_| {})).trained_sizes()));
}

#[test]
fn runs_at_full_scale_are_of_the_papers_training() {
    let lab = lab_of_three_updates(Scale::Full, &[2], Box::new(|_| {}));
    // The paper: PCD-10, Adam at 1e-4, 100 passes.
    assert_ne!(lab.shared_spec(500), TrainSpec::paper(500));
    let lab = Lab { runs: Some(HashMap::new()), ..lab };
    let spec = lab.shared_spec(500);
    assert_eq!((spec.steps, spec.epochs, spec.optimiser), (10, 100, Optimiser::adam(1e-4)));
    assert_eq!(spec, TrainSpec::paper(500));
    let quick = Lab { runs: Some(HashMap::new()), ..small_lab() }.shared_spec(500);
    assert_eq!((quick.steps, quick.epochs), (1, 2));
}

#[test]
fn a_run_that_is_not_finished_is_noted_and_one_with_the_numbers_of_another_refused() {
    let folder = tempfile::tempdir().expect("folder");
    let dirs = [folder.path().to_path_buf()];
    let lab = || lab_of_three_updates(Scale::Quick, &[2], Box::new(|_| {}));
    // Stopped, as if killed, after so many passes of 80.
    let train = |replica: usize, epochs: u64, key: u8| {
        let lab = lab();
        let (spec, images) = (lab.shared_spec(2), &lab.data().train.images);
        let path = dirs[0].join(checkpoint::run_name(2, replica));
        let stop = |done: u64, _: &Rbm<f32>| {
            if done == epochs {
                std::panic::resume_unwind(Box::new("stopped"));
            }
        };
        let run = || checkpoint::train_resumable(&path, &spec, images, &|_| vec![[key; 32]], None, stop).is_ok();
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err());
    };
    train(0, 1, 0);
    train(1, 80, 1);
    let (with_runs, notes) = lab().with_runs(&dirs).expect("runs");
    assert!(
        matches!(&notes[..], [one] if one.ends_with("1 of 80 epochs so far") && one.contains("replica00")),
        "{notes:?}"
    );
    assert_eq!(with_runs.trained_sizes().expect("both"), [2]);
    std::fs::remove_dir_all(dirs[0].join(checkpoint::run_name(2, 1))).expect("removes");
    train(1, 2, 0);
    let same = lab().with_runs(&dirs).map(|_| ()).expect_err("the same key").to_string();
    assert!(same.contains("same random numbers"), "{same}");
}

#[test]
fn streams_that_are_given_out_are_noted_only_when_asked_for() {
    let lab = small_lab();
    lab.key(&CASE, Purpose::new("chains"));
    assert!(lab.given().is_empty());
    let lab = small_lab().noting_streams();
    assert!(lab.given().is_empty());
    let whole = lab.key(&CASE, Purpose::new("chains"));
    let mut rng = lab.stream(&CASE, Purpose::new("chains"), 3);
    lab.stream(&CASE, Purpose::new("machine"), [1, 2]);
    // Draw 3 is stream 3 of the purpose's key, which is known to be SHA-256 of seed and words.
    assert_eq!(whole, key(0, &["T01", "tall", "as-stated", "chains"]));
    assert_eq!(rng.random::<u64>(), stream(whole, 3).random::<u64>());
    let several = key(0, &["T01", "tall", "as-stated", "machine", "2", "1", "2"]);
    let mut expected = vec![(whole, None), (whole, Some(3)), (several, Some(0))];
    expected.sort_unstable();
    assert_eq!(lab.given(), expected);
}

#[test]
fn images_are_altered_once_in_training_and_test_alike() {
    let lab = small_lab();
    assert!(std::ptr::eq(&*lab.images(Images::AsTheyAre), lab.data()));
    let all = [Images::ValuesPermuted, Images::PixelsPermuted, Images::PixelsRelabelled, Images::Noise];
    for how in all {
        let altered = lab.images(how);
        assert!(Arc::ptr_eq(&altered, &lab.images(how)), "{how:?}");
        for (after, set) in [(&altered.train, 1), (&altered.test, 2)] {
            assert_eq!(after.images, alter(&images(), how, key(0, &["images", how.word()]), set), "{how:?}");
            assert_ne!(after.images, images());
        }
        assert_eq!((altered.train.images == altered.test.images), how == Images::PixelsRelabelled, "{how:?}");
    }
    // Words of keys are the names, for ever.
    assert!(all.into_iter().chain([Images::AsTheyAre]).all(|how| how.word() == format!("{how:?}")));
}

#[test]
fn noise_is_fair_and_knows_nothing_of_the_images() {
    let noise = alter(&States::zeros(64, 256), Images::Noise, [3; 32], 1);
    let ones: usize = (0..64).map(|row| noise.ones(row).count()).sum();
    // 2^14 fair bits: 8192 with standard deviation 64; five of them either way, of a key that never
    // changes.
    assert!(ones.abs_diff(8192) < 320, "{ones}");
    assert_eq!(noise, alter(&images_of_ones(64, 256), Images::Noise, [3; 32], 1));
}

fn images_of_ones(rows: usize, units: usize) -> States {
    States::from_fn(rows, units, |_, _| true)
}

#[test]
fn permutations_and_alterations_reach_past_the_first_word() {
    let mut order = permutation(200, &mut stream([1; 32], 0));
    assert_ne!(order, (0..200).collect::<Vec<u32>>());
    order.sort_unstable();
    assert_eq!(order, (0..200).collect::<Vec<u32>>());
    let full = images_of_ones(3, 130);
    for how in [Images::PixelsPermuted, Images::PixelsRelabelled, Images::ValuesPermuted] {
        assert_eq!(alter(&full, how, [1; 32], 1), full, "{how:?}");
    }
}
