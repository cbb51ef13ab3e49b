//! Tests.

use super::*;
use crate::rbm::optimiser::Optimiser;
use crate::rbm::train::{Method, VisibleBias};

fn images() -> States {
    States::from_fn(31, 7, |row, unit| (row * 5 + unit * unit) % 3 == 0)
}

fn spec(epochs: usize) -> TrainSpec {
    TrainSpec {
        method: Method::Pcd,
        optimiser: Optimiser::adam(0.01),
        batch: 11,
        chains: 13,
        visible_bias: VisibleBias::Normal,
        ..TrainSpec::pcd(5, epochs, 0.1)
    }
}

fn nine(_: &TrainSpec) -> Vec<[u8; 32]> {
    vec![[9; 32]]
}

fn run(dir: &Path, epochs: usize) -> Result<Rbm<f32>, CheckpointError> {
    train_resumable(dir, &spec(epochs), &images(), &nine, None, |_, _| ())
}

fn state(dir: &Path, epoch: u64) -> Vec<u8> {
    std::fs::read(dir.join(format!("state-{epoch:06}.safetensors"))).expect("a state file")
}

#[test]
fn a_resumed_training_ends_with_the_bits_of_an_uninterrupted_one() {
    let (whole, parts) = (tempfile::tempdir().expect("folder"), tempfile::tempdir().expect("folder"));
    let expected = run(whole.path(), 4).expect("trains");
    run(parts.path(), 1).expect("trains");
    run(parts.path(), 3).expect("resumes");
    assert_eq!(run(parts.path(), 4).expect("resumes"), expected);
    assert_eq!(state(parts.path(), 4), state(whole.path(), 4));
    assert!(!parts.path().join("state-000003.safetensors").exists());
    let left = |dir: &Path, epoch: u64| dir.join(format!("state-{epoch:06}.safetensors")).exists();
    assert!([1, 2].iter().all(|epoch| left(parts.path(), *epoch) && left(whole.path(), *epoch)));
    // Nothing left to do.
    assert_eq!(run(parts.path(), 4).expect("is done"), expected);
}

#[test]
fn other_trainings_and_damage_are_named() {
    let folder = tempfile::tempdir().expect("folder");
    let dir = folder.path();
    run(dir, 2).expect("trains");
    let words = |result: Result<Rbm<f32>, CheckpointError>| result.expect_err("must not resume").to_string();
    assert!(words(run(dir, 1)).contains("already 2 epochs"));
    let slow = TrainSpec { optimiser: Optimiser::adam(0.02), ..spec(3) };
    assert!(
        words(train_resumable(dir, &slow, &images(), &nine, None, |_, _| ()))
            .ends_with("with other arguments: --lr 0.01 there, 0.02 asked")
    );
    assert!(
        words(train_resumable(dir, &spec(3), &images(), &|_| vec![[8; 32]], None, |_, _| ())).contains("another seed")
    );
    let fewer = images().select(&[1, 2, 3]);
    assert!(words(train_resumable(dir, &spec(3), &fewer, &nine, None, |_, _| ())).contains("other images"));

    let lock = std::fs::File::create(dir.join("lock")).expect("file");
    lock.lock().expect("lock");
    assert!(words(run(dir, 3)).contains("in use"));
    drop(lock);

    let path = dir.join("state-000002.safetensors");
    let bytes = state(dir, 2);
    std::fs::write(&path, &bytes[..bytes.len() / 2]).expect("write");
    assert!(words(run(dir, 3)).contains("checksum"));
    std::fs::remove_file(&path).expect("remove");
    assert!(words(run(dir, 3)).contains("state-000002"));
    std::fs::write(dir.join(RECORD), "{\"format\": 1").expect("write");
    assert!(words(run(dir, 3)).contains("damaged"));
}

#[test]
fn a_run_shows_its_way_and_nothing_of_another_training() {
    let folder = tempfile::tempdir().expect("folder");
    let dir = folder.path();
    run(dir, 3).expect("trains");
    run(dir, 6).expect("resumes");
    let mut seen = Vec::new();
    let done = look(dir, &spec(6), &images(), |trainer| seen.push(trainer.clone())).expect("a run");
    assert_eq!(done, (6, [9; 32]));
    // The same training, looked at while it runs: 31 images in batches of 11 are three updates an
    // epoch.
    let mut trainer = Trainer::new(spec(6), &images(), [9; 32]).expect("a good specification");
    let mut expected = vec![trainer.clone()];
    for epoch in 1..=6 {
        trainer.run_epoch(&images(), |_| ()).expect("no divergence");
        expected.extend([1, 2, 4, 6].contains(&epoch).then(|| trainer.clone()));
    }
    let shown = |trainers: &[Trainer]| -> Vec<_> {
        trainers.iter().map(|t| (t.updates(), t.machine().clone(), t.chains().clone())).collect()
    };
    assert_eq!(shown(&seen), shown(&expected));

    let words = |spec: &TrainSpec, images: &States| {
        let message = look(dir, spec, images, |_| ()).expect_err("another training").to_string();
        assert!(message.contains(&dir.display().to_string()), "{message}");
        message
    };
    assert!(words(&spec(7), &images()).contains("other arguments: --epochs 6 there, 7 asked"));
    assert!(words(&spec(6), &images().select(&[1, 2])).contains("other images"));
    std::fs::write(dir.join("state-000002.safetensors"), &state(dir, 2)[..99]).expect("write");
    assert!(words(&spec(6), &images()).contains("checksum"));
    std::fs::write(dir.join(RECORD), "{}").expect("write");
    assert!(words(&spec(6), &images()).contains("damaged"));
    std::fs::remove_file(dir.join(RECORD)).expect("remove");
    assert!(words(&spec(6), &images()).contains("no checkpoint.json"));
}

#[test]
fn a_run_can_be_looked_at_while_it_is_trained() {
    // The states of epochs 3, 5, 6, 7, ... are removed one epoch later: the record that was read
    // may name one that is gone.
    let folder = tempfile::tempdir().expect("folder");
    let dir = folder.path();
    run(dir, 3).expect("trains");
    let (mut first, mut seen) = (true, Vec::new());
    let found = steady(dir, |record| {
        if std::mem::take(&mut first) {
            run(dir, 6)?; // the other process, between the record and its state
        }
        seen.push(record.last.epochs);
        restore(dir, record, &record.last, [9; 32]).map(|trainer| trainer.epochs)
    });
    assert_eq!((found.expect("reads again"), seen), (6, vec![3, 6]));
    // A state that is missing for good is said at once.
    std::fs::remove_file(dir.join("state-000006.safetensors")).expect("there");
    let mut tried = 0;
    let gone = steady(dir, |record| {
        tried += 1;
        restore(dir, record, &record.last, [9; 32])
    });
    assert!(gone.is_err_and(|e| e.to_string().contains("state-000006")) && tried == 1);
}

#[test]
fn what_is_refused_leaves_no_folder() {
    let folder = tempfile::tempdir().expect("folder");
    let dir = folder.path().join("runs/new");
    let bad = TrainSpec { hidden: 0, ..spec(3) };
    assert!(train_resumable(&dir, &bad, &images(), &nine, None, |_, _| ()).is_err());
    let nowhere = folder.path().join("nowhere");
    assert!(train_resumable(&dir, &spec(3), &images(), &nine, Some(&nowhere), |_, _| ()).is_err());
    assert_eq!(std::fs::read_dir(folder.path()).expect("lists").count(), 0);
}

#[test]
fn a_training_goes_on_from_another_run() {
    let (first, second) = (tempfile::tempdir().expect("folder"), tempfile::tempdir().expect("folder"));
    run(first.path(), 2).expect("trains");
    let on = |dir: &Path, spec: &TrainSpec| train_resumable(dir, spec, &images(), &nine, Some(first.path()), |_, _| ());
    // By the same rule it is the same training.
    assert_eq!(on(second.path(), &spec(4)).expect("goes on"), run(first.path(), 4).expect("resumes"));
    let longer = TrainSpec { steps: 7, ..spec(5) };
    let third = tempfile::tempdir().expect("folder");
    let found = on(third.path(), &longer).expect("goes on");
    assert_ne!(found, run(first.path(), 5).expect("resumes"));
    // There it is resumed as any other, and is not shown as one of its own arguments.
    assert_eq!(on(third.path(), &longer).expect("is done"), found);
    let named = |from: Option<&Path>| train_resumable(third.path(), &longer, &images(), &nine, from, |_, _| ());
    assert_eq!(named(None).expect("is done"), found);
    assert_eq!(named(Some(Path::new("gone"))).expect("is done"), found);
    // The same arguments from another seed are another beginning.
    let fourth = tempfile::tempdir().expect("folder");
    train_resumable(fourth.path(), &spec(5), &images(), &|_| vec![[8; 32]], None, |_, _| ()).expect("trains");
    let other = named(Some(fourth.path())).expect_err("another seed").to_string();
    assert!(other.contains("another run's"), "{other}");
    // What it came from is kept over generations.
    let fifth = tempfile::tempdir().expect("folder");
    let later = TrainSpec { steps: 8, ..spec(6) };
    train_resumable(fifth.path(), &later, &images(), &nine, Some(third.path()), |_, _| ()).expect("goes on");
    let parent = read_record(fifth.path()).expect("reads").and_then(|record| record.parent).expect("a parent");
    assert_eq!((parent.spec.steps, parent.parent.map(|first| first.spec.steps)), (7, Some(spec(4).steps)));
    let shown = look(third.path(), &longer, &images(), |_| ()).expect_err("mixed").to_string();
    assert!(shown.contains("the beginning of another"), "{shown}");
    let own = on(first.path(), &spec(6)).expect_err("its own beginning").to_string();
    assert!(own.contains("a beginning of its own"), "{own}");
    let words = |spec: &TrainSpec| on(&third.path().join("other"), spec).expect_err("refused").to_string();
    assert!(words(&TrainSpec { hidden: 6, ..spec(9) }).contains("another size"));
    assert!(words(&spec(5)).contains("count among the 5 asked for"));
    let nothing = train_resumable(
        third.path().join("a").as_path(),
        &spec(9),
        &images(),
        &nine,
        Some(Path::new("none")),
        |_, _| (),
    );
    assert!(nothing.expect_err("refused").to_string().contains("none holds no run"));
}

#[test]
fn a_run_goes_on_by_its_own_key_where_that_is_one_of_its_seed() {
    let (old, whole) = (tempfile::tempdir().expect("folder"), tempfile::tempdir().expect("folder"));
    run(old.path(), 1).expect("trains");
    let expected = run(whole.path(), 3).expect("trains");
    // A new version gives new runs the key of eights, and knows that of nines as an earlier one.
    let keys = |first: &TrainSpec| match first.steps {
        1 => vec![[8; 32], [9; 32]],
        _ => vec![[7; 32]],
    };
    let on = |dir: &Path, spec: &TrainSpec, from: Option<&Path>| {
        train_resumable(dir, spec, &images(), &keys, from, |_, _| ())
    };
    assert_eq!(on(old.path(), &spec(3), None).expect("resumes"), expected);
    // The key is that of the specification a training began with, over generations.
    let more = TrainSpec { steps: 2, ..spec(4) };
    let (second, third) = (old.path().join("second"), old.path().join("third"));
    on(&second, &more, Some(old.path())).expect("goes on");
    on(&second, &TrainSpec { epochs: 5, ..more.clone() }, None).expect("resumes");
    on(&third, &TrainSpec { steps: 3, ..spec(6) }, Some(&second)).expect("goes on");
    let key = |dir: &Path| read_record(dir).expect("reads").map(|record| record.key);
    assert_eq!([key(&second), key(&third)], [Some("09".repeat(32)), Some("09".repeat(32))]);
    let new = old.path().join("new");
    on(&new, &spec(1), None).expect("trains");
    assert_eq!(key(&new), Some("08".repeat(32)));
}

#[test]
fn a_training_of_several_sweeps_an_update_resumes_to_the_same_bits() {
    // With one sweep an update, updates and sweeps are the same number and cannot be told apart.
    let run = |dir: &Path, epochs: usize| {
        let spec = TrainSpec { steps: 3, ..spec(epochs) };
        train_resumable(dir, &spec, &images(), &nine, None, |_, _| ()).expect("trains")
    };
    let (whole, parts) = (tempfile::tempdir().expect("folder"), tempfile::tempdir().expect("folder"));
    run(parts.path(), 1);
    assert_eq!(run(parts.path(), 2), run(whole.path(), 2));
}

#[test]
fn counts_that_were_changed_by_hand_are_refused() {
    let folder = tempfile::tempdir().expect("folder");
    let dir = folder.path();
    run(dir, 3).expect("trains");
    let record = std::fs::read_to_string(dir.join(RECORD)).expect("record");
    // 31 images in batches of 11: three updates per epoch.
    assert!(record.contains("\"updates\": 9") || record.contains("\"updates\":9"), "{record}");
    for (from, to) in [("9", "0"), ("9", "10"), ("9", "18446744073709551615")] {
        let text = record.replace(&format!("\"updates\": {from}"), &format!("\"updates\": {to}"));
        let text = text.replace(&format!("\"updates\":{from}"), &format!("\"updates\":{to}"));
        assert_ne!(text, record);
        std::fs::write(dir.join(RECORD), text).expect("writes");
        assert!(run(dir, 4).expect_err("refused").to_string().contains("epochs, updates and sweeps cannot be"));
    }
}

#[test]
fn names_and_checksums_are_as_written_out() {
    assert_eq!(
        (run_name(7, 3), run_name(123_456, 100)),
        ("hidden00007-replica03".into(), "hidden123456-replica100".into())
    );
    // sha256sum of 08 and seven zeros, then 05 and seven zeros (one image of 8 pixels, 0 and 2 on)
    let image = States::from_fn(1, 8, |_, unit| unit == 0 || unit == 2);
    assert_eq!(digest(&image), "e09b696a691eefa7c3ba2c890ffde7b00dafe6ba431f395edf991bcc2b66125a");
    assert_ne!(digest(&image), digest(&States::from_fn(1, 9, |_, unit| unit == 0 || unit == 2)));
}

#[test]
fn only_states_that_nothing_names_are_removed() {
    let folder = tempfile::tempdir().expect("folder");
    let dir = folder.path();
    run(dir, 1).expect("trains");
    let put = |name: &str| std::fs::write(dir.join(name), "mine").expect("writes");
    ["state-notes.txt", "other.safetensors", "state-000099.safetensors", "notes"].iter().for_each(|name| put(name));
    run(dir, 5).expect("resumes");
    let mut names: Vec<String> = std::fs::read_dir(dir)
        .expect("lists")
        .map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let states = [1, 2, 4, 5].map(|epoch| format!("state-{epoch:06}.safetensors"));
    let expected: Vec<&str> = ["checkpoint.json", "lock", "notes", "other.safetensors"]
        .into_iter()
        .chain(states.iter().map(String::as_str))
        .chain(["state-notes.txt"])
        .collect();
    assert_eq!(names, expected);
}

#[test]
fn each_epoch_is_told_with_its_machine() {
    let folder = tempfile::tempdir().expect("folder");
    let mut told = Vec::new();
    let all = |told: &mut Vec<_>, epochs: usize| {
        let each = |epoch: u64, machine: &Rbm<f32>| told.push((epoch, machine.clone()));
        train_resumable(folder.path(), &spec(epochs), &images(), &nine, None, each).expect("trains")
    };
    all(&mut told, 2);
    let last = all(&mut told, 3);
    assert_eq!(told.iter().map(|(epoch, _)| *epoch).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(told[2].1 == last && told[1].1 != last);
    assert_eq!(all(&mut told, 3), last);
    assert_eq!(told.len(), 3);
}

/// What is wrong with the state of epoch 2 where its tensors were changed and its checksum made to
/// fit.
fn restored(dir: &Path, change: impl Fn(&str, &mut Dtype, &mut Vec<usize>, &mut Vec<u8>)) -> Result<Trainer, String> {
    let record = read_record(dir).expect("reads").expect("a run");
    let bytes = state(dir, 2);
    let tensors = SafeTensors::deserialize(&bytes).expect("whole");
    let mut parts = Vec::new();
    for (name, view) in tensors.tensors() {
        let (mut kind, mut shape, mut data) = (view.dtype(), view.shape().to_vec(), view.data().to_vec());
        change(&name, &mut kind, &mut shape, &mut data);
        parts.push((name, kind, shape, data));
    }
    parts.retain(|(_, _, shape, _)| shape != &[usize::MAX]);
    let views: Vec<(&str, TensorView)> = parts
        .iter()
        .map(|(name, kind, shape, data)| (&name[..], TensorView::new(*kind, shape.clone(), data).expect("fits")))
        .collect();
    let packed = safetensors::serialize(views, None).expect("fits");
    std::fs::write(dir.join("changed"), &packed).expect("writes");
    let kept = Kept { state: "changed".into(), state_sha256: hex(&Sha256::digest(&packed)), ..record.last.clone() };
    restore(dir, &record, &kept, [9; 32]).map_err(|error| error.to_string())
}

#[test]
fn tensors_of_another_type_or_size_are_damage() {
    let mut trainer = Trainer::new(spec(2), &images(), [9; 32]).expect("a good specification");
    (0..2).for_each(|_| trainer.run_epoch(&images(), |_| ()).expect("no divergence"));
    let folder = tempfile::tempdir().expect("folder");
    let dir = folder.path();
    run(dir, 2).expect("trains");
    assert_eq!(restored(dir, |_, _, _, _| ()), Ok(trainer));
    // 7 visible and 5 hidden units, 13 chains.
    for name in ["W", "a", "b", "first.W", "first.a", "first.b", "second.W", "second.a", "second.b"] {
        let integers = restored(dir, |found, kind, _, _| {
            if found == name {
                *kind = Dtype::I32;
            }
        });
        assert!(integers.is_err_and(|why| why.contains(&format!("{name} has type I32"))), "{name}");
        let longer = restored(dir, |found, _, shape, data| {
            if found == name {
                data.extend([0; 4]);
                *shape = vec![data.len() / 4];
            }
        });
        assert!(longer.is_err_and(|why| why.contains(&format!("{name} has type F32"))), "{name}");
        let without = restored(dir, |found, _, shape, _| {
            if found == name {
                *shape = vec![usize::MAX];
            }
        });
        assert!(without.is_err_and(|why| why.contains("is damaged") && why.contains(name)), "{name}");
    }
    let signed = restored(dir, |found, kind, _, _| {
        if found == "chains" {
            *kind = Dtype::I64;
        }
    });
    assert!(signed.is_err_and(|why| why.contains("chains has type I64")));
    let none = restored(dir, |found, _, shape, data| {
        if found == "chains" {
            (*shape, *data) = (vec![0, 1], Vec::new());
        }
    });
    assert!(none.is_err_and(|why| why.contains("chains of shape [0, 1] for 7 visible units")));
    let padding = restored(dir, |found, _, _, data| {
        if found == "chains" {
            data[0] |= 128; // an eighth pixel
        }
    });
    assert!(padding.is_err_and(|why| why.contains("chains of shape [13, 1]")));
}

#[test]
fn counts_are_those_of_whole_epochs_and_of_the_random_numbers_there_are() {
    let folder = tempfile::tempdir().expect("folder");
    run(folder.path(), 2).expect("trains");
    let record = read_record(folder.path()).expect("reads").expect("a run");
    let most = 1u64 << 53; // of 12 units, by `most_sweeps`
    let cases = [
        ((2, 6, 6), true),
        ((2, 4, 0), true),
        ((0, 0, 0), true),
        ((0, 3, 3), false),
        ((2, 0, 6), false),
        ((2, 5, 6), false),
        ((most, most, most), true),
        ((1, most, 1), true),
        ((1, most + 1, 1), false),
        ((most + 1, most + 1, 1), false),
        ((2, 6, most + 1), false),
    ];
    for ((epochs, updates, sweeps), good) in cases {
        let kept = Kept { epochs, updates, sweeps, ..record.last.clone() };
        let found = restore(folder.path(), &record, &kept, [9; 32]);
        let counts = |trainer: &Trainer| (trainer.epochs(), trainer.updates(), trainer.chains().sweeps);
        match (good, found) {
            (true, Ok(trainer)) => assert_eq!(counts(&trainer), (epochs, updates, sweeps)),
            (false, Err(error)) => assert!(error.to_string().contains("updates and sweeps cannot be")),
            (_, other) => panic!("{epochs} {updates} {sweeps}: {:?}", other.map(|trainer| counts(&trainer))),
        }
    }
}

#[test]
fn records_that_cannot_be_read_are_no_new_run() {
    let folder = tempfile::tempdir().expect("folder");
    let dir = folder.path();
    assert!(read_record(dir).is_ok_and(|record| record.is_none()));
    run(dir, 1).expect("trains");
    let text = std::fs::read_to_string(dir.join(RECORD)).expect("record");
    let later = text.replace("\"format\": 1", "\"format\": 2");
    assert_ne!(later, text);
    std::fs::write(dir.join(RECORD), later).expect("writes");
    let error = run(dir, 2).expect_err("a later format").to_string();
    assert!(error.contains("format 2, this program writes 1"), "{error}");
    std::fs::remove_file(dir.join(RECORD)).expect("there");
    std::fs::create_dir(dir.join(RECORD)).expect("a folder");
    std::fs::remove_file(dir.join("state-000001.safetensors")).expect("there");
    assert!(matches!(run(dir, 2), Err(CheckpointError::Io { path, .. }) if path == dir.join(RECORD)));
    // It is there and unreadable: neither a folder without a run, nor trained anew before that is
    // noticed.
    let error = look(dir, &spec(2), &images(), |_| ()).expect_err("not readable");
    assert!(matches!(&error, CheckpointError::Unusable { why, .. } if !why.starts_with("no ")), "{error}");
    assert!(!dir.join("state-000001.safetensors").exists());
}

#[test]
fn states_are_shown_once_also_where_the_run_is_trained_on_meanwhile() {
    let folder = tempfile::tempdir().expect("folder");
    let dir = folder.path();
    // A training of six epochs that was interrupted after the third.
    let mut trainer = Trainer::new(spec(6), &images(), [9; 32]).expect("a good specification");
    let mut earlier = Vec::new();
    for _ in 0..3 {
        trainer.run_epoch(&images(), |_| ()).expect("no divergence");
        let saved = save(dir, &trainer, &digest(&images()), &earlier, &None).expect("saves");
        earlier.extend(saved.epochs.is_power_of_two().then_some(saved));
    }
    let mut seen = Vec::new();
    let found = look(dir, &spec(6), &images(), |trainer| {
        seen.push(trainer.epochs());
        if seen.len() == 3 {
            run(dir, 6).expect("goes on"); // the state of epoch 3 is gone
        }
    });
    assert_eq!((found.expect("read anew").0, seen), (6, vec![0, 1, 2, 4, 6]));
    // Other errors are none of a file that was replaced.
    let mut tried = 0;
    let refused: Result<(), _> = steady(dir, |_| {
        tried += 1;
        if tried == 1 {
            run(dir, 9)?;
        }
        let source = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        Err(CheckpointError::Io { path: dir.into(), source })
    });
    assert!(refused.is_err() && tried == 1);
}

#[test]
fn a_beginning_is_known_by_its_size_its_state_and_its_own_beginning() {
    let folder = tempfile::tempdir().expect("folder");
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    run(&first, 2).expect("trains");
    let longer = TrainSpec { steps: 2, ..spec(3) };
    let on = |dir: &Path, spec: &TrainSpec| train_resumable(dir, spec, &images(), &nine, Some(&first), |_, _| ());
    for other in [TrainSpec { batch: 12, ..longer.clone() }, TrainSpec { chains: 14, ..longer.clone() }] {
        let error = on(&second, &other).expect_err("another size").to_string();
        assert!(error.contains("another size or batch"), "{error}");
    }
    let last = on(&second, &longer).expect("goes on");
    assert_eq!(on(&second, &longer).expect("is done"), last);
    // A beginning that counts as many epochs as are asked for leaves none.
    assert!(on(&folder.path().join("none"), &TrainSpec { epochs: 2, ..longer.clone() }).is_err());
    // Of the same arguments and key, but with another state where this one began.
    let record = std::fs::read_to_string(first.join(RECORD)).expect("record");
    let sum = read_record(&first).expect("reads").expect("a run").last.state_sha256;
    std::fs::write(first.join(RECORD), record.replace(&sum, &"0".repeat(64))).expect("writes");
    let error = on(&second, &longer).expect_err("altered").to_string();
    assert!(error.contains("another run's"), "{error}");
    // Another rule is another beginning.
    let other = folder.path().join("other");
    let slow = TrainSpec { optimiser: Optimiser::adam(0.02), ..spec(2) };
    train_resumable(&other, &slow, &images(), &nine, None, |_, _| ()).expect("trains");
    let error = train_resumable(&second, &longer, &images(), &nine, Some(&other), |_, _| ());
    assert!(error.expect_err("another").to_string().contains("another beginning: --lr 0.01 there, 0.02 asked"));
}
