use super::super::torch::tests::{damage, damaged_inside, made, named, of, survives, zip_of};
use super::*;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

/// So many numbers 0, 1/8, 2/8, ...
fn eighths(count: u32) -> Vec<f64> {
    (0..count).map(|k| f64::from(k) / 8.0).collect()
}

/// An array of a file.
fn entry(name: &str, shape: &[usize], kind: Kind) -> Entry {
    Entry { name: name.to_string(), shape: shape.to_vec(), kind }
}

/// A plain value of a file.
fn text<'a>(archive: &'a Archive, name: &str) -> Option<&'a str> {
    archive.texts.iter().find(|(found, _)| found == name).map(|(_, text)| &text[..])
}

#[test]
fn a_machine_of_scikit_learn_has_its_attributes() {
    let mut archive = open(&made("rbm.skops")).expect("a machine");
    let right = [
        entry("components_", &[2, 3], Kind::Float(64)),
        entry("intercept_hidden_", &[2], Kind::Float(64)),
        entry("intercept_visible_", &[3], Kind::Float(64)),
        entry("h_samples_", &[4, 2], Kind::Float(32)),
    ];
    assert_eq!(archive.entries, right);
    // Stored in Fortran order: the rows come out as scikit-learn has them.
    assert_eq!(named(&mut archive, "components_"), Ok(eighths(6)));
    assert_eq!(named(&mut archive, "intercept_hidden_"), Ok(eighths(2)));
    assert_eq!(named(&mut archive, "intercept_visible_"), Ok(eighths(3)));
    assert_eq!(named(&mut archive, "h_samples_"), Ok(vec![0.0; 8]));
    assert!(archive.values(4).is_err());
    let texts = [("class", "BernoulliRBM"), ("learning_rate", "0.5"), ("n_components", "2")];
    assert!(texts.into_iter().all(|(name, right)| text(&archive, name) == Some(right)), "{:?}", archive.texts);
    assert_eq!(text(&archive, "_sklearn_version"), Some("1.9.1"));
    assert_eq!(text(&archive, "_skops_version"), Some("0.16.0"));
    assert!(archive.format.contains("skops") && archive.notes.is_empty());
}

#[test]
fn machines_within_others_have_dotted_names() {
    let mut archive = open(&made("pipeline.skops")).expect("a pipeline");
    assert_eq!(named(&mut archive, "steps.0.1.components_"), Ok(eighths(6)));
    assert_eq!(named(&mut archive, "steps.1.1.coef_"), Ok(eighths(4)));
    assert_eq!(named(&mut archive, "steps.1.1.n_iter_"), Ok(vec![0.25]));
    assert_eq!(archive.notes, ["steps.1.1.intercept_ is the same array as steps.1.1.coef_, stored once."]);
    assert!(archive.entries.contains(&entry("steps.1.1.classes_", &[2], Kind::Other("Python objects".to_string()))));
    assert_eq!(text(&archive, "class"), Some("Pipeline"));
    assert_eq!(text(&archive, "steps.0.1.class"), Some("BernoulliRBM"));
    assert_eq!(text(&archive, "steps.0.0"), Some("rbm"));
}

#[test]
fn every_kind_of_array_is_read_or_named() {
    let mut archive = open(&made("odd.skops")).expect("odd arrays");
    let kinds = [("f2", Kind::Float(16)), (">f4", Kind::Float(32)), ("b1", Kind::Bool)];
    let integers = [("i2", "int16"), ("u8", "uint64")].map(|(name, kind)| (name, Kind::Integer(kind.to_string())));
    for (kind, right) in kinds.into_iter().chain(integers) {
        let name = format!("kinds.{kind}");
        let values = if kind == "b1" { [0.0, 1.0, 1.0] } else { [0.0, 1.0, 2.0] };
        assert!(archive.entries.contains(&entry(&name, &[3], right)), "{kind}");
        assert_eq!(named(&mut archive, &name), Ok(values.to_vec()), "{kind}");
    }
    assert_eq!(named(&mut archive, "nested.x"), Ok(eighths(3)));
    assert_eq!(named(&mut archive, "nested.1.data"), Ok(vec![1.0, 2.0]));
    assert_eq!(named(&mut archive, "cube"), Ok((0..24).map(f64::from).collect()));
    let others = [
        ("kinds.c8", &[3][..], Kind::Complex),
        ("words", &[2], Kind::Other("text".to_string())),
        ("objects", &[2, 2], Kind::Other("Python objects".to_string())),
        ("sparse", &[], Kind::Other("a sparse matrix: store x.toarray() instead".to_string())),
    ];
    for (name, shape, kind) in others {
        assert!(archive.entries.contains(&entry(name, shape, kind)), "{name}");
        assert!(named(&mut archive, name).is_err_and(|why| why.contains(name)), "{name}");
    }
    assert!(archive.entries.iter().all(|entry| !entry.name.contains("random")));
    assert_eq!(text(&archive, "default.list.1"), Some("2"));
    let mut archive = open(&made("array.skops")).expect("an array");
    assert_eq!(archive.entries, [entry("W", &[3], Kind::Float(64))]);
    assert_eq!(archive.values(0), Ok(eighths(3)));
}

#[test]
fn other_files_are_refused_in_words() {
    let why = |name: &str| open(&made(name)).map(|archive| archive.entries).expect_err("refused");
    assert!(why("state.pt").contains("schema.json is missing"));
    assert!(why("state_legacy.pt").contains("ends too early"));
    assert!(!why("nothing").is_empty());
}

/// A long name stands in those of all its members: those of the list and of 6 members fit in 2^23
/// bytes, those of the list and of 9 do not.
#[test]
fn names_are_not_longer_than_all_together_may_be() {
    let tried = |members: usize| {
        let inner = vec![r#"{"__loader__":"NdArrayNode"}"#; members].join(",");
        let schema = format!(r#"{{"content":{{"{}":{{"content":[{inner}]}}}}}}"#, "x".repeat(1 << 20));
        of(&zip_of(&[(SCHEMA, schema.as_bytes())], true), open).map(|archive| archive.entries.len())
    };
    assert_eq!(tried(6), Ok(6));
    assert!(tried(9).is_err_and(|why| why.contains("longer than any")));
}

#[test]
fn damaged_files_are_refused_or_read_without_a_panic() {
    let files = ["rbm.skops", "pipeline.skops", "odd.skops", "array.skops"];
    let files: Vec<_> = files.iter().map(|name| std::fs::read(made(name)).expect("a file")).collect();
    let rng = &mut ChaCha8Rng::seed_from_u64(25);
    let mut whole = [0; 3];
    for number in 0..2100 {
        let (kind, bytes) = (number % 3, &files[rng.random_range(0..files.len())]);
        let damaged = match kind {
            0 => damage(bytes, rng),
            1 => damaged_inside(bytes, rng, "schema.json"),
            _ => damaged_inside(bytes, rng, ".npy"),
        };
        whole[kind] += u32::from(survives(&damaged, open));
    }
    assert!(whole.iter().all(|count| *count < 700), "{whole:?}");
    assert!(of(b"", open).is_err());
}
