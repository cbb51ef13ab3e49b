//! Tests: which array is what, what is asked, and that ln Z is that of the stored machine.

use super::*;
use crate::arrays::Kind;
use crate::rbm::exact::log_partition;

mod layouts;

/// 12 x 5 weights and biases, dyadic.
fn values(count: usize, from: usize) -> Vec<f64> {
    (from..from + count).map(|at| ((at * 37 + 11) % 64) as f64 / 32.0 - 1.0).collect()
}

type Array = (&'static str, Vec<usize>, Vec<f64>);

fn w() -> Array {
    ("W", vec![12, 5], values(60, 0))
}

fn rows_of_hidden(name: &'static str) -> Array {
    let w = values(60, 0);
    (name, vec![5, 12], (0..60).map(|at| w[at % 12 * 5 + at / 12]).collect())
}

fn a(name: &'static str) -> Array {
    (name, vec![12], values(12, 100))
}

fn b(name: &'static str) -> Array {
    (name, vec![5], values(5, 200))
}

fn of(arrays: &[Array], texts: &[(&str, &str)], reading: &Reading) -> Result<Stored, Fault> {
    of_archive(&mut Archive::of(arrays, texts), reading)
}

fn read(arrays: &[Array]) -> Result<Stored, Fault> {
    of(arrays, &[], &Reading::default())
}

/// ln Z of what is stored.
fn ln_z(stored: &Stored) -> f64 {
    log_partition(&stored.machine).expect("small") + stored.constant
}

/// ln Z of the machine that all arrays above mean, from its 32 hidden states.
fn expected() -> f64 {
    let (w, a, b) = (values(60, 0), values(12, 100), values(5, 200));
    let sum: f64 = (0..32)
        .map(|state| {
            let h = |k: usize| f64::from(state >> k & 1);
            let field = |j: usize| a[j] + (0..5).map(|k| w[j * 5 + k] * h(k)).sum::<f64>();
            let up: f64 = (0..12).map(|j| field(j).exp().ln_1p()).sum();
            (up + (0..5).map(|k| b[k] * h(k)).sum::<f64>()).exp()
        })
        .sum();
    sum.ln()
}

fn same(stored: Result<Stored, Fault>) -> Stored {
    let stored = stored.expect("is read");
    assert!((ln_z(&stored) - expected()).abs() < 1e-12, "{} {}", ln_z(&stored), expected());
    assert_eq!((stored.machine.visible, stored.machine.hidden), (12, 5));
    stored
}

fn refused(stored: Result<Stored, Fault>) -> Fault {
    stored.map(|stored| stored.notes).expect_err("is refused")
}

fn left(arrays: &[(&str, Could)]) -> Remedy {
    Remedy::Left(arrays.iter().map(|(name, could)| (name.to_string(), *could)).collect())
}

#[test]
fn every_tool_s_names_give_the_same_machine() {
    let row = |(name, shape, values): Array| (name, [&[1], &shape[..]].concat(), values);
    let c = |(_, shape, values): Array| ("c", shape, values);
    for arrays in [
        vec![w(), a("a"), b("b")],
        vec![w(), a("b"), c(b("c"))],
        vec![w(), a("vb"), b("hb")],
        vec![rows_of_hidden("components_"), a("intercept_visible_"), b("intercept_hidden_")],
        vec![("vishid", vec![12, 5], values(60, 0)), row(a("visbiases")), row(b("hidbiases"))],
        vec![("_weights", vec![12, 5], values(60, 0)), a("_visible_biases"), b("_hidden_biases")],
        vec![("W:0", vec![12, 5], values(60, 0)), a("bv:0"), b("bh:0")],
        vec![("dense/kernel", vec![12, 5], values(60, 0)), b("dense/bias"), a("visible_bias")],
        vec![rows_of_hidden("W"), a("v_bias"), b("h_bias")],
        vec![("parameter_W", vec![12, 5], values(60, 0)), row(b("parameter_a")), row(a("parameter_b"))],
        vec![
            rows_of_hidden("dbn/rbm(1)/W"),
            a("dbn/rbm(1)/b"),
            b("dbn/rbm(1)/c"),
            rows_of_hidden("dbn/rbm(1)/vW"),
            a("dbn/rbm(1)/vb"),
            b("dbn/rbm(1)/vc"),
        ],
        vec![rows_of_hidden("model.fc.weight"), b("model.fc.bias"), a("model.v_bias")],
        vec![
            ("quadratic_coef", vec![12, 5], values(60, 0)),
            ("linear_bias", vec![17], [values(12, 100), values(5, 200)].concat()),
        ],
    ] {
        same(read(&arrays));
    }
}

#[test]
fn the_last_update_is_taken_and_said_and_one_that_is_asked_for_instead() {
    let old = |name: &'static str, shape: &[usize]| (name, shape.to_vec(), vec![0.5; shape.iter().product()]);
    let archive = [
        old("update_1/params/weight_matrix", &[12, 5]),
        old("update_1/params/vbias", &[12]),
        old("update_1/params/hbias", &[5]),
        ("update_100/params/weight_matrix", vec![12, 5], values(60, 0)),
        a("update_100/params/vbias"),
        b("update_100/params/hbias"),
        ("update_100/weight_matrix", vec![12, 5], values(60, 0)),
        a("update_100/vbias"),
        b("update_100/hbias"),
        ("parallel_chains", vec![20, 12], values(240, 0)),
    ];
    let stored = same(read(&archive));
    assert!(stored.update == Some(100) && stored.notes[0] == "update 100, the last of 2", "{:?}", stored.notes);
    let first = of(&archive, &[], &Reading { update: Some(1), ..Reading::default() }).expect("is read");
    assert!(first.update == Some(1) && first.machine.weights == [0.5; 60]);
    let (why, remedy) = refused(of(&archive, &[], &Reading { update: Some(7), ..Reading::default() }));
    assert!(why == "no update 7; it has 1, 100" && remedy == Remedy::Update, "{why}");
    let none = of(&[w(), a("a"), b("b")], &[], &Reading { update: Some(7), ..Reading::default() });
    assert_eq!(refused(none).0, "no update 7; the file numbers none");
    // Layers of a stack are no updates.
    let stack = [("W1", vec![12, 5], values(60, 0)), ("W2", vec![5, 3], values(15, 0))];
    let (why, remedy) = refused(read(&stack));
    assert!(why.contains("W1 [12, 5], W2 [5, 3]") && remedy == Remedy::Update, "{why}");
    assert!(of(&stack, &[], &Reading { update: Some(1), ..Reading::default() }).is_ok());
    // Initial weights beside the trained ones, layers, and an update that was interrupted are asked
    // about.
    let (why, remedy) = refused(read(&[w(), ("W0", vec![12, 5], values(60, 9)), a("a"), b("b")]));
    assert!(why.contains("W [12, 5], W0 [12, 5]") && remedy == Remedy::Several, "{why}");
    let layers = [("W1", vec![6, 6], values(36, 0)), ("W2", vec![6, 6], values(36, 9))];
    assert_eq!(refused(read(&layers)).1, Remedy::Update);
    let cut = [&archive[..6], &[("update_200/params/weight_matrix", vec![12, 5], values(60, 0))]].concat();
    assert!(refused(read(&cut)).0.contains("update 200 lacks visible biases"));
    let network = [("W1", vec![12, 5], values(60, 0)), a("b0"), b("b1")];
    assert_eq!(refused(read(&network)).1, left(&[("b0", Could::Visible)]));
    // The number may stand at the end of every name.
    same(read(&[rows_of_hidden("W1000"), a("vbias1000"), b("hbias1000")]));
}

#[test]
fn two_machines_in_one_file_are_asked_about_and_one_is_chosen_by_its_prefix() {
    let two = [
        rows_of_hidden("rbm_am.weights"),
        a("rbm_am.visible_bias"),
        b("rbm_am.hidden_bias"),
        ("rbm_ph.weights", vec![5, 12], values(60, 7)),
        a("rbm_ph.visible_bias"),
        b("rbm_ph.hidden_bias"),
    ];
    let (why, remedy) = refused(read(&two));
    assert!(why.contains("rbm_am.weights") && why.contains("rbm_ph.weights") && remedy == Remedy::Several, "{why}");
    same(of(&two, &[], &Reading { prefix: Some("rbm_am".into()), ..Reading::default() }));
    same(of(&two, &[], &Reading { prefix: Some("rbm_am.".into()), ..Reading::default() }));
    assert_eq!(refused(of(&two, &[], &Reading { prefix: Some("rbm".into()), ..Reading::default() })).1, Remedy::Prefix);
}

#[test]
fn biases_above_a_prefix_are_those_of_its_machine_unless_another_w_stands_there() {
    let prefix = |prefix: &str| Reading { prefix: Some(prefix.into()), ..Reading::default() };
    let other = ("q/W", vec![12, 5], values(60, 9));
    let w = ("p/W", vec![12, 5], values(60, 0));
    same(of(&[w.clone(), other.clone(), a("a"), b("b")], &[], &prefix("p")));
    same(of(&[w.clone(), other.clone(), a("p/a"), b("b")], &[], &prefix("p")));
    same(of(&[("x/p/W", vec![12, 5], values(60, 0)), other.clone(), a("x/a"), b("b")], &[], &prefix("x/p")));
    // Arrays in the folder of another machine are its own.
    let none = ["no visible bias: zeros", "no hidden bias: zeros"];
    for others in [[a("q/a"), b("q/b")], [a("a"), b("b")]] {
        let above = if others[0].0 == "a" { ("W", vec![12, 5], values(60, 9)) } else { other.clone() };
        let stored = of(&[&others[..], &[w.clone(), above]].concat(), &[], &prefix("p")).expect("is read");
        assert!(none.iter().all(|none| stored.notes.iter().any(|note| note == none)), "{:?}", stored.notes);
    }
    // What could be a parameter stops the reading there too, and an inverse temperature counts.
    let left_over = of(&[w.clone(), other.clone(), a("theta"), b("p/b")], &[], &prefix("p"));
    assert_eq!(refused(left_over).1, left(&[("theta", Could::Visible)]));
    let hot = [w.clone(), other, a("p/a"), b("p/b"), ("beta", vec![], vec![2.0])];
    let stored = of(&hot, &[], &prefix("p")).expect("is read");
    assert_eq!(stored.machine.weights, values(60, 0).iter().map(|x| 2.0 * x).collect::<Vec<_>>());
}

#[test]
fn what_could_be_a_parameter_is_not_left_out() {
    // Names that say nothing, of the right lengths.
    let (why, remedy) = refused(read(&[w(), a("x"), b("y")]));
    assert!(why.contains("x [12], y [5]") && remedy == left(&[("x", Could::Visible), ("y", Could::Hidden)]), "{why}");
    assert!(why.contains("(if the rows of W are visible ones)"), "{why}");
    // One vector beside W, or beside a bias whose name is known.
    assert_eq!(refused(read(&[w(), a("x")])).1, left(&[("x", Could::Visible)]));
    assert_eq!(refused(read(&[w(), b("x")])).1, left(&[("x", Could::Hidden)]));
    let (why, remedy) = refused(read(&[w(), a("vbias"), b("x")]));
    assert!(remedy == left(&[("x", Could::Hidden)]) && !why.contains("(if the rows"), "{why}");
    let only = Reading { hidden_bias: Some("x".into()), ..Reading::default() };
    same(of(&[w(), a("vbias"), b("x")], &[], &only));
    // Its name also says which way W is stored.
    same(of(&[rows_of_hidden("W"), a("vbias"), b("x")], &[], &only));
    let turned = of(&[rows_of_hidden("W"), b("x")], &[], &only).expect("is read");
    assert_eq!((turned.machine.visible, turned.machine.hidden_bias), (12, values(5, 200)));
    let named = Reading { visible_bias: Some("x".into()), hidden_bias: Some("y".into()), ..Reading::default() };
    same(of(&[w(), a("x"), b("y")], &[], &named));
    let dismissed = Reading { ignore: vec!["x".into(), "y".into()], ..Reading::default() };
    let unknown = Reading { ignore: vec!["z".into()], ..Reading::default() };
    assert_eq!(refused(of(&[w(), a("a"), b("b")], &[], &unknown)).0, "no array z to ignore");
    let stored = of(&[w(), a("x"), b("y")], &[], &dismissed).expect("is read");
    assert!(
        stored.machine.visible_bias == [0.0; 12] && stored.notes.iter().any(|note| note == "no visible bias: zeros")
    );
    // Another array under a like name, in the form of a picture, or of pairs of units.
    let double = |values: Vec<f64>| read(&[w(), a("a"), b("b"), ("trained/a", vec![12], values)]);
    assert!(double(values(12, 100)).is_ok());
    assert_eq!(refused(double(values(12, 7))).1, left(&[("trained/a", Could::Other)]));
    assert!(refused(read(&[w(), b("b"), ("theta", vec![3, 4], values(12, 0))])).0.contains("theta [3, 4]"));
    assert!(refused(read(&[w(), a("a"), b("b"), ("L", vec![12, 12], values(144, 0))])).0.contains("L [12, 12]"));
    assert!(refused(read(&[w(), a("a"), b("b"), ("ema/W", vec![12, 5], values(60, 5))])).0.contains("ema/W"));
    // One array is not both biases.
    let one = Reading { visible_bias: Some("b".into()), transposed: Some(false), ..Reading::default() };
    let square = of(&[("W", vec![6, 6], values(36, 0)), ("b", vec![6], values(6, 9))], &[], &one).expect("is read");
    assert!(square.machine.visible_bias == values(6, 9) && square.machine.hidden_bias == [0.0; 6]);
    // Both biases in one vector, whatever its name.
    assert_eq!(refused(read(&[w(), ("all", vec![17], values(17, 0))])).1, left(&[("all", Could::Both)]));
    // Scalars, momenta and chains are none.
    same(read(&[
        w(),
        a("a"),
        b("b"),
        ("lr", vec![], vec![0.1]),
        ("w_momentum", vec![12, 5], values(60, 3)),
        ("h_samples_", vec![100, 5], values(500, 0)),
    ]));
    same(read(&[
        w(),
        a("a"),
        b("b"),
        ("adam.m.a", vec![12], values(12, 0)),
        ("vbias_momentum", vec![12], values(12, 0)),
    ]));
    // A square machine with two vectors.
    let square = [("W", vec![6, 6], values(36, 0)), ("b1", vec![6], values(6, 0)), ("b2", vec![6], values(6, 9))];
    assert!(matches!(refused(read(&square)).1, Remedy::Left(_) | Remedy::Orientation));
    let turned = Reading { transposed: Some(true), ..Reading::default() };
    let one = [("W", vec![6, 6], values(36, 0)), ("x", vec![6], values(6, 0))];
    assert_eq!(refused(of(&one, &[], &turned)).1, left(&[("x", Could::Either)]));
}

#[test]
fn what_is_open_is_asked() {
    let letters = [w(), ("a", vec![5], values(5, 200)), ("b", vec![12], values(12, 100))];
    let (why, remedy) = refused(read(&letters));
    assert!(why.contains("either a holds the hidden biases") && remedy == Remedy::Letters, "{why}");
    let exchanged = Reading { visible_bias: Some("b".into()), hidden_bias: Some("a".into()), ..Reading::default() };
    same(of(&letters, &[], &exchanged));
    let turned = of(&letters, &[], &Reading { transposed: Some(true), ..Reading::default() }).expect("is read");
    assert_eq!((turned.machine.visible, turned.machine.hidden), (5, 12));
    // ln Z does not tell the layers apart.
    let either = of(&letters, &[], &Reading { layers: Layers::Either, ..Reading::default() }).expect("is read");
    assert!((ln_z(&either) - expected()).abs() < 1e-12);
    let exchanged =
        |note: &String| note.contains("the layers are exchanged, with the same ln Z (12 visible x 5 hidden)");
    assert!(either.notes.iter().any(exchanged), "{:?}", either.notes);
    let plain = [rows_of_hidden("W"), a("visible_bias"), b("hidden_bias")];
    let plain = of(&plain, &[], &Reading { layers: Layers::Either, ..Reading::default() }).expect("is read");
    assert_eq!(plain.notes, ["W is stored 5 x 12, hidden by visible: transposed"]);
    let square = [("W", vec![6, 6], values(36, 0)), ("a", vec![6], values(6, 0)), ("b", vec![6], values(6, 9))];
    assert_eq!(refused(read(&square)).1, Remedy::Orientation);
    assert!(of(&square, &[], &Reading { transposed: Some(false), ..Reading::default() }).is_ok());
    // Nothing is asked where both ways are the same machine, or one name settles it.
    let one = [("W", vec![1, 1], vec![0.5]), ("a", vec![1], vec![1.0]), ("b", vec![1], vec![-1.0])];
    assert!(read(&one).is_ok());
    let symmetric =
        [("W", vec![2, 2], vec![1.0, 2.0, 2.0, 3.0]), ("a", vec![2], vec![1.0, 0.0]), ("b", vec![2], vec![0.5; 2])];
    assert!(read(&symmetric).is_ok());
    let sklearn = [
        ("components_", vec![6, 6], values(36, 0)),
        ("intercept_visible_", vec![6], values(6, 0)),
        ("intercept_hidden_", vec![6], values(6, 9)),
    ];
    assert!(read(&sklearn).is_ok_and(|stored| stored.machine.weights[1] == values(36, 0)[6]));
}

#[test]
fn spins_signs_and_betas_are_converted() {
    let arrays = [
        ("weights", vec![3, 2], values(6, 0)),
        ("visible_biases", vec![3], values(3, 50)),
        ("hidden_biases", vec![2], values(2, 70)),
        ("beta", vec![], vec![0.5]),
    ];
    // From all 32 states of units ±1.
    let spin = |state: usize, at: usize| if state >> at & 1 == 1 { 1.0 } else { -1.0 };
    let enumerated = |factor: f64| {
        let (w, a, b) = (values(6, 0), values(3, 50), values(2, 70));
        let energy = |s: usize| {
            let fields: f64 =
                (0..3).map(|j| a[j] * spin(s, j)).sum::<f64>() + (0..2).map(|k| b[k] * spin(s, 3 + k)).sum::<f64>();
            fields + (0..6).map(|at| w[at] * spin(s, at / 2) * spin(s, 3 + at % 2)).sum::<f64>()
        };
        (0..32).map(|s| (factor * energy(s)).exp()).sum::<f64>().ln()
    };
    let spins = Reading { units: Some(Units::Spins), ..Reading::default() };
    let stored = of(&arrays, &[], &spins).expect("is read");
    assert!((ln_z(&stored) - enumerated(0.5)).abs() < 1e-12 && stored.units == Units::Spins);
    let plus = of(&arrays, &[], &Reading { sign: Some(Sign::Plus), ..spins.clone() }).expect("is read");
    assert!((ln_z(&plus) - enumerated(-0.5)).abs() < 1e-12 && plus.sign == Sign::Plus);
    // The file says so itself, and is not contradicted.
    let said = of(&arrays, &[("@model_type", "IIRBM")], &Reading::default()).expect("is read");
    assert!((ln_z(&said) - enumerated(0.5)).abs() < 1e-12);
    let against = of(&arrays, &[("model_type", "BBRBM")], &spins);
    assert!(refused(against).0.contains("0 and 1, by model_type BBRBM, and not −1 and 1"));
    assert!(refused(of(&arrays, &[("model_type", "BGRBM")], &Reading::default())).0.contains("BGRBM"));
}

#[test]
fn texts_say_the_units_of_the_machine_that_they_belong_to() {
    let arrays = [w(), a("a"), b("b")];
    let default = Reading::default();
    let with = |texts: &[(&str, &str)]| of(&arrays, texts, &default);
    for (name, bits, spins) in [
        ("model_type", "bbrbm", "IIrbm"),
        ("@Model_Type", "Bernoulli-Bernoulli RBM", "Ising"),
        ("variable_type", "BERNOULLI", "ising"),
        ("units", "0/1", "±1"),
        ("@units", "{0, 1}", "{-1, 1}"),
        ("units", "bits\nbits", "spins\nspins"),
        ("visible_type", "binary", "SPIN"),
        ("Hidden_Type", "Binary", "Spin"),
    ] {
        assert_eq!(with(&[(name, bits)]).expect("is read").units, Units::Bits, "{name} {bits}");
        assert_eq!(with(&[(name, spins)]).expect("is read").units, Units::Spins, "{name} {spins}");
        let bits = Reading { units: Some(Units::Bits), ..Reading::default() };
        let (why, _) = refused(of(&arrays, &[(name, spins)], &bits));
        let shown = name.replace('@', "");
        assert!(why.contains(&format!("−1 and 1, by {shown} ")) && why.ends_with("and not 0 and 1"), "{why}");
    }
    // Of what is no binary unit, of two that contradict each other, and of what says nothing.
    for (texts, part) in [
        (&[("variable_type", "continuous")][..], "its variable_type is continuous: only binary units"),
        (&[("hidden_type", "relu")], "its hidden_type is relu: only binary units"),
        (&[("x/model_type", "BGRBM")], "its x/model_type is BGRBM: only machines of binary units"),
        (&[("model_type", "BBRBM"), ("variable_type", "ising")], "model_type BBRBM and variable_type ising"),
        (&[("visible_type", "Spin"), ("hidden_type", "Binary")], "of two kinds"),
        (&[("units", "spins\nbits")], "its units is spins, bits"),
    ] {
        let (why, _) = refused(with(texts));
        assert!(why.contains(part), "{why}");
    }
    same(with(&[("model_type", "RBM"), ("units", "500"), ("title", "spins")]));
    let (why, remedy) = refused(with(&[("units", "metres")]));
    assert!(why.contains("its units is metres") && remedy == Remedy::Units, "{why}");
    let said = Reading { units: Some(Units::Spins), ..Reading::default() };
    assert_eq!(of(&arrays, &[("units", "metres")], &said).expect("is read").units, Units::Spins);
    let mut many = Archive::of(&arrays, &[]);
    let kind = Kind::Other("text".into());
    many.entries.push(crate::arrays::Entry { name: "Units".into(), shape: vec![2], kind });
    let (why, remedy) = refused(of_archive(&mut many, &default));
    assert!(why.contains("Units is no single text") && remedy == Remedy::Units, "{why}");
    assert_eq!(of_archive(&mut many, &said).expect("is read").units, Units::Spins);
    // Two machines: a text of the other one says nothing of this one; one of both, or of neither,
    // does.
    let two =
        [w(), a("a"), b("b")].into_iter().zip(["p/W", "p/a", "p/b"]).map(|((_, shape, x), name)| (name, shape, x));
    let other =
        [w(), a("a"), b("b")].into_iter().zip(["q/W", "q/a", "q/b"]).map(|((_, shape, x), name)| (name, shape, x));
    let both: Vec<Array> = two.chain(other).collect();
    let under = |prefix: &str, texts: &[(&str, &str)]| {
        let prefix = Some(prefix.to_string());
        of(&both, texts, &Reading { prefix, ..Reading::default() }).expect("is read").units
    };
    let own = [("p/@units", "spins"), ("q/hidden_type", "binary")];
    assert_eq!((under("p", &own), under("q", &own)), (Units::Spins, Units::Bits));
    let gaussian = [("p/@units", "spins"), ("q/hidden_type", "Gaussian")];
    assert_eq!(under("p", &gaussian), Units::Spins);
    for shared in ["model_type", "about/model_type"] {
        assert_eq!((under("p", &[(shared, "IIRBM")]), under("q", &[(shared, "IIRBM")])), (Units::Spins, Units::Spins));
    }
}

#[test]
fn names_of_tools_of_spins_are_asked_about() {
    let netket =
        [("params/Dense/kernel", vec![12, 5], values(60, 0)), b("params/Dense/bias"), a("params/visible_bias")];
    let thrml =
        [("weights", vec![12, 5], values(60, 0)), a("visible_biases"), b("hidden_biases"), ("beta", vec![], vec![1.0])];
    for (arrays, tool) in [(&netket[..], "NetKet"), (&netket[..2], "NetKet"), (&thrml, "thrml")] {
        let (why, remedy) = refused(read(arrays));
        assert!(why.contains(tool) && remedy == Remedy::Units, "{why}");
        for units in [Units::Bits, Units::Spins] {
            let asked = Reading { units: Some(units), ..Reading::default() };
            assert_eq!(of(arrays, &[], &asked).expect("is read").units, units);
        }
    }
    let bits = Reading { units: Some(Units::Bits), ..Reading::default() };
    same(of(&netket, &[], &bits));
    same(of(&thrml, &[], &bits));
    same(of(&thrml, &[("units", "bits")], &Reading::default()));
    // Without beta they are names of anyone; without params, those of any layer of Flax.
    same(read(&thrml[..3]));
    let flax = [("Dense/kernel", vec![12, 5], values(60, 0)), b("Dense/bias"), a("visible_bias")];
    assert!(same(read(&flax)).notes.iter().any(|note| note.contains("if it is one, say --units spins")));
    assert!(same(of(&flax, &[], &bits)).notes.is_empty());
    // ψ² of NetKet as the sentence says, from all states: ln ψ = a·σ + Σ ln cosh(b + Wᵀσ), and ln Z
    // of the machine with every hidden unit twice is 10 ln 2 above ln Σ ψ².
    let (w, a, b) = (values(60, 0), values(12, 100), values(5, 200));
    let spin = |state: usize, at: usize| if state >> at & 1 == 1 { 1.0 } else { -1.0 };
    let psi = |state: usize| -> f64 {
        let field = |k: usize| b[k] + (0..12).map(|j| w[j * 5 + k] * spin(state, j)).sum::<f64>();
        (0..12).map(|j| a[j] * spin(state, j)).sum::<f64>() + (0..5).map(|k| field(k).cosh().ln()).sum::<f64>()
    };
    let squared: f64 = (0..4096).map(|state| (2.0 * psi(state)).exp()).sum();
    let twice = [
        ("W", vec![12, 10], w.chunks(5).flat_map(|row| [row, row].concat()).collect()),
        ("a", vec![12], a.iter().map(|x| 2.0 * x).collect()),
        ("b", vec![10], [&b[..], &b].concat()),
    ];
    let spins = Reading { units: Some(Units::Spins), ..Reading::default() };
    let found = ln_z(&of(&twice, &[], &spins).expect("is read"));
    let expected = squared.ln() + 10.0 * std::f64::consts::LN_2;
    assert!((found - expected).abs() < 1e-11, "{found} {expected}");
    // The phase of QuCumber is said to be one.
    let phase = [rows_of_hidden("rbm_ph.weights"), self::a("rbm_ph.visible_bias"), self::b("rbm_ph.hidden_bias")];
    assert!(same(read(&phase)).notes.iter().any(|note| note.contains("the phase of a wave function")));
}

#[test]
fn labels_of_a_class_rbm_are_refused_by_name() {
    let (d, by_row) =
        (|name: &'static str| (name, vec![10], values(10, 300)), |name| (name, vec![10, 5], values(50, 400)));
    let by_column = |name: &'static str| (name, vec![5, 10], values(50, 400));
    for labels in [
        vec![by_column("U"), d("d")],
        vec![by_row("U"), d("d")],
        vec![("U", vec![12, 10], values(120, 0)), ("d", vec![1, 10], values(10, 0))],
        vec![by_row("labhid"), d("labbiases")],
        vec![by_column("W_label"), d("label_bias")],
        vec![by_column("w_y")],
        vec![d("b_y")],
    ] {
        let names: Vec<String> = labels.iter().map(|one| one.0.to_string()).collect();
        let arrays = [&[w(), a("a"), b("b")], &labels[..]].concat();
        let (why, remedy) = refused(read(&arrays));
        assert!(why.contains("a class RBM") && remedy == Remedy::Ignore(names.clone()), "{why}");
        assert!(names.iter().all(|name| why.contains(name)), "{why}");
        let without = Reading { ignore: names, ..Reading::default() };
        same(of(&arrays, &[], &without));
    }
    // Any other bias that is left stops the reading too, whatever its length.
    assert_eq!(refused(read(&[w(), a("a"), b("b"), d("third_bias")])).1, left(&[("third_bias", Could::Other)]));
    // Factors of W and the labels of data are no parameters of labels.
    same(read(&[w(), a("a"), b("b"), ("U", vec![12, 4], values(48, 0)), ("s", vec![4], values(4, 0)), d("d")]));
    same(read(&[w(), a("a"), b("b"), ("labels", vec![300], values(300, 0)), ("bias_count", vec![], vec![2.0])]));
}

#[test]
fn the_bias_of_a_kernel_is_that_of_its_outputs() {
    let kernel = ("dense/kernel", vec![12, 5], values(60, 0));
    let (why, remedy) = refused(read(&[kernel.clone(), a("dense/bias")]));
    assert!(why.contains("one value per input") && remedy == left(&[("dense/bias", Could::Visible)]), "{why}");
    // Named, it is read so; and --transpose makes outputs of the inputs.
    let named = Reading { visible_bias: Some("dense/bias".into()), ..Reading::default() };
    same(of(&[kernel.clone(), a("dense/bias"), b("h_bias")], &[], &named));
    let turned = Reading { transposed: Some(true), ..Reading::default() };
    let stored = of(&[kernel, a("dense/bias")], &[], &turned).expect("is read");
    assert_eq!((stored.machine.visible, stored.machine.hidden_bias), (5, values(12, 100)));
    // PyTorch stores outputs by inputs, and scikit-learn's components may have been turned.
    same(read(&[rows_of_hidden("fc.weight"), b("fc.bias"), a("v_bias")]));
    same(read(&[("components_", vec![12, 5], values(60, 0)), a("intercept_visible_"), b("intercept_hidden_")]));
}

#[test]
fn offsets_biases_in_w_and_fixed_units_keep_ln_z() {
    // Offsets of PyDeep, from all states of a 2 x 1 machine.
    let offsets = [
        ("w", vec![2, 1], vec![1.5, -0.5]),
        ("bv", vec![1, 2], vec![0.25, 1.0]),
        ("bh", vec![1, 1], vec![-0.75]),
        ("ov", vec![1, 2], vec![0.5, 0.25]),
        ("oh", vec![1, 1], vec![0.125]),
    ];
    let energy = |v: [f64; 2], h: f64| {
        let (d, e) = ([v[0] - 0.5, v[1] - 0.25], h - 0.125);
        -(0.25 * d[0] + 1.0 * d[1]) + 0.75 * e - (1.5 * d[0] - 0.5 * d[1]) * e
    };
    let bit = |s: usize, at: usize| (s >> at & 1) as f64;
    let z: f64 = (0..8).map(|s| (-energy([bit(s, 0), bit(s, 1)], bit(s, 2))).exp()).sum();
    let stored = read(&offsets).expect("is read");
    assert!((ln_z(&stored) - z.ln()).abs() < 1e-12, "{} {}", ln_z(&stored), z.ln());
    // Biases in the first row and column; the corner is a constant.
    let mut bordered = vec![0.75];
    bordered.extend(values(5, 200));
    for (row, a) in values(60, 0).chunks(5).zip(values(12, 100)) {
        bordered.push(a);
        bordered.extend(row);
    }
    let inside = Reading { biases_in_weights: true, ..Reading::default() };
    let stored = of(&[("W", vec![13, 6], bordered.clone())], &[], &inside).expect("is read");
    assert!((ln_z(&stored) - expected() - 0.75).abs() < 1e-12 && stored.machine.hidden_bias == values(5, 200));
    let beside = of(&[("W", vec![13, 6], bordered.clone()), ("ov", vec![13], values(13, 0))], &[], &inside);
    assert!(refused(beside).0.contains("ov stands beside it"));
    bordered[0] = 0.0;
    let plain = read(&[("W", vec![13, 6], bordered)]).expect("is read");
    assert!(plain.notes.iter().any(|note| note.contains("--biases-in-weights")), "{:?}", plain.notes);
    // A dead pixel.
    let mut dead = a("a");
    dead.2[3] = f64::NEG_INFINITY;
    let stored = read(&[w(), dead, b("b")]).expect("is read");
    assert_eq!((stored.machine.visible, stored.visible(), stored.fixed.len()), (11, 12, 1));
    assert!(stored.notes.iter().any(|note| note.contains("1 visible units have infinite biases")));
    let mut nan = w();
    (nan.2[7], nan.2[9]) = (f64::NAN, f64::NAN);
    let (why, remedy) = refused(read(&[nan, a("a"), b("b")]));
    assert!(
        why.starts_with("W: 2 of 60 values are not a number, the first is number 7") && remedy == Remedy::None,
        "{why}"
    );
}

/// A million visible and a million hidden units: W alone would take 8 TB.
#[test]
fn a_graph_whose_weights_cannot_be_held_is_refused() {
    let half = 1_000_000;
    let nodes = |from: u32| (from..from + half).map(f64::from).collect::<Vec<f64>>();
    let (one, many) = (vec![1], vec![half as usize]);
    let (why, _) = refused(read(&[
        ("_linear", vec![2 * half as usize], vec![0.0; 2 * half as usize]),
        ("_quadratic", one.clone(), vec![1.0]),
        ("_edge_idx_i", one.clone(), vec![0.0]),
        ("_edge_idx_j", one, vec![f64::from(half)]),
        ("_visible_idx", many.clone(), nodes(0)),
        ("_hidden_idx", many, nodes(half)),
    ]));
    assert!(why.contains("of memory would be needed"), "{why}");
}

#[test]
fn a_shape_beyond_all_numbers_is_that_of_no_parameter() {
    let mut archive = Archive::of(&[w(), a("a"), b("b")], &[]);
    let (name, kind) = ("not there".to_string(), Kind::Other("data that were never written".into()));
    archive.entries.push(crate::arrays::Entry { name, shape: vec![usize::MAX, 3], kind });
    for (name, shape) in [("U", vec![5, 10]), ("d", vec![usize::MAX, 3])] {
        let kind = Kind::Other("data that were never written".into());
        archive.entries.push(crate::arrays::Entry { name: name.into(), shape, kind });
    }
    same(of_archive(&mut archive, &Reading::default()));
}

#[test]
fn what_is_no_array_of_real_numbers_is_refused_by_its_kind() {
    let with = |kind: Kind| {
        let mut archive = Archive::of(&[w(), a("a"), b("b")], &[]);
        archive.entries[0].kind = kind;
        refused(of_archive(&mut archive, &Reading::default()))
    };
    assert!(with(Kind::Complex).0.contains("a wave function, not a Boltzmann machine"));
    assert_eq!(with(Kind::Integer("int32".into())).1, Remedy::Float);
    assert!(with(Kind::Bool).0.contains("truth values"));
    assert!(refused(read(&[("W", vec![4, 0], vec![]), a("a")])).0.contains("at least one unit in each layer"));
    assert_eq!(refused(read(&[("x", vec![3], vec![0.0; 3]), ("y", vec![2], vec![0.0; 2])])).1, Remedy::NameWeights);
}
