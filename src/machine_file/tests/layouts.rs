//! Files whose layout says which array is what.

use super::*;

#[test]
fn a_graph_of_d_wave_is_read_as_it_is_meant() {
    // Nodes 0, 2, 4 visible, 1, 3 hidden; E = + on spins, from all 32 states.
    let linear = [0.5, -0.25, 1.0, 0.75, -0.5];
    let edges = [(0, 1, 0.5), (3, 0, -1.0), (2, 1, 0.25), (4, 3, 0.75)];
    let column = |f: &dyn Fn(&(usize, usize, f64)) -> f64| edges.iter().map(f).collect::<Vec<f64>>();
    let arrays: Vec<Array> = vec![
        ("_linear", vec![5], linear.to_vec()),
        ("_quadratic", vec![4], column(&|e| e.2)),
        ("_edge_idx_i", vec![4], column(&|e| e.0 as f64)),
        ("_edge_idx_j", vec![4], column(&|e| e.1 as f64)),
        ("_visible_idx", vec![3], vec![0.0, 2.0, 4.0]),
        ("_hidden_idx", vec![2], vec![1.0, 3.0]),
    ];
    let spin = |s: usize, at: usize| if s >> at & 1 == 1 { 1.0 } else { -1.0 };
    let energy = |s: usize| {
        (0..5).map(|at| linear[at] * spin(s, at)).sum::<f64>()
            + edges.iter().map(|e| e.2 * spin(s, e.0) * spin(s, e.1)).sum::<f64>()
    };
    let z: f64 = (0..32).map(|s| (-energy(s)).exp()).sum();
    let stored = read(&arrays).expect("is read");
    assert!((ln_z(&stored) - z.ln()).abs() < 1e-12 && (stored.units, stored.sign) == (Units::Spins, Sign::Plus));
    let more = [&arrays[..], &[("beta", vec![], vec![2.0])]].concat();
    assert_eq!(refused(read(&more)).1, Remedy::Ignore(vec!["beta".into()]));
    let turned = of(&arrays, &[], &Reading { transposed: Some(true), ..Reading::default() });
    assert!(refused(turned).0.contains("leave out the options"));
    let mut within = arrays.clone();
    within[3].2[0] = 2.0;
    assert!(refused(read(&within)).0.contains("couples units 0 and 2 of one layer"));
}

#[test]
fn files_of_julia_are_hidden_by_visible_with_their_types_offsets_and_scales() {
    let texts = [
        ("rbm_hdf5_file_format_version", "1.0.0"),
        ("rbm_type", "RBM"),
        ("visible_type", "Binary"),
        ("hidden_type", "Binary"),
    ];
    let arrays = vec![rows_of_hidden("weights"), a("visible_par"), b("hidden_par")];
    let default = Reading::default();
    same(of(&arrays, &texts, &default));
    let kind = |at: usize, text: &'static str| {
        let mut with = texts;
        with[at].1 = text;
        with
    };
    assert!(refused(of(&arrays, &kind(2, "Gaussian"), &default)).0.contains("visible_type is Gaussian"));
    assert!(refused(of(&arrays, &kind(2, "Potts"), &default)).0.contains("visible_type is Potts with 12 colours"));
    assert!(refused(of(&arrays, &kind(3, "Spin"), &default)).0.contains("two kinds"));
    assert!(refused(of(&arrays, &kind(1, "DBM"), &default)).0.contains("rbm_type is DBM"));
    // By hand, one unit each: E = −a v − b h − (v − o)/s w (h − p)/t, four states.
    let (o, s, p, t) = (0.25, 0.5, 0.125, 2.0);
    let one = |name: &'static str, value: f64| (name, vec![1], vec![value]);
    let standard = vec![
        ("weights", vec![1, 1], vec![1.5]),
        one("visible_par", 0.75),
        one("hidden_par", -0.5),
        one("offset_v", o),
        one("scale_v", s),
        one("offset_h", p),
        one("scale_h", t),
    ];
    let energy = |v: f64, h: f64| -0.75 * v + 0.5 * h - (v - o) / s * 1.5 * (h - p) / t;
    let z: f64 = [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)].iter().map(|&(v, h)| (-energy(v, h)).exp()).sum();
    let stored = of(&standard, &kind(1, "StandardizedRBM"), &default).expect("is read");
    assert!((ln_z(&stored) - z.ln()).abs() < 1e-14, "{} {}", ln_z(&stored), z.ln());
}

#[test]
fn potts_units_of_two_colours_in_a_file_of_julia_are_bits_with_the_same_ln_z() {
    // Julia writes fields (1, colour, unit) and weights (colour, visible unit, colour, hidden
    // unit): rows are read in reverse. E = −Σ θ[j, x_j] − Σ η[k, y_k] − Σ (W[y_k, k, x_j, j] with
    // offsets and scales of every colour), from all states of colours x, y.
    let (n, m) = (3, 2);
    let texts = |kind: &'static str, visible: &'static str, hidden: &'static str| {
        [
            ("rbm_hdf5_file_format_version", "1.0.0"),
            ("rbm_type", kind),
            ("visible_type", visible),
            ("hidden_type", hidden),
        ]
    };
    let (theta, eta) = (values(2 * n, 100), values(2 * m, 200));
    let w = values(4 * n * m, 0);
    let positive = |count: usize, from: usize| values(count, from).iter().map(|x| x.exp()).collect::<Vec<f64>>();
    let (o, p, s, t) = (values(2 * n, 300), values(2 * m, 400), positive(2 * n, 500), positive(2 * m, 600));
    let standard = [
        ("weights", vec![m, 2, n, 2], w.clone()),
        ("visible_par", vec![n, 2, 1], theta.clone()),
        ("hidden_par", vec![m, 2, 1], eta.clone()),
        ("offset_v", vec![n, 2], o.clone()),
        ("offset_h", vec![m, 2], p.clone()),
        ("scale_v", vec![n, 2], s.clone()),
        ("scale_h", vec![m, 2], t.clone()),
    ];
    let one_hot = |state: usize, from: usize, units: usize| -> Vec<f64> {
        let colour = |at: usize| state >> (from + at / 2) & 1;
        (0..2 * units).map(|at| if colour(at) == at % 2 { 1.0 } else { 0.0 }).collect()
    };
    let enumerated = |plain: bool| -> f64 {
        let sum: f64 = (0..1 << (n + m))
            .map(|state| {
                let (x, y) = (one_hot(state, 0, n), one_hot(state, n, m));
                let fields: f64 = x.iter().zip(&theta).chain(y.iter().zip(&eta)).map(|(x, f)| x * f).sum();
                let of = |x: f64, o: f64, s: f64| if plain { x } else { (x - o) / s };
                let pair = |i: usize, k: usize| w[k * 2 * n + i] * of(x[i], o[i], s[i]) * of(y[k], p[k], t[k]);
                let pairs: f64 = (0..2 * n).flat_map(|i| (0..2 * m).map(move |k| pair(i, k))).sum();
                (fields + pairs).exp()
            })
            .sum();
        sum.ln()
    };
    for (kind, visible, plain) in
        [("RBM", "Potts", true), ("RBM", "PottsGumbel", true), ("StandardizedRBM", "Potts", false)]
    {
        let arrays = if plain { &standard[..3] } else { &standard[..] };
        let stored = of(arrays, &texts(kind, visible, "Potts"), &Reading::default()).expect("is read");
        assert_eq!((stored.machine.visible, stored.machine.hidden, stored.units), (n, m, Units::Bits));
        let expected = enumerated(plain);
        assert!((ln_z(&stored) - expected).abs() < 1e-12, "{kind}: {} {expected}", ln_z(&stored));
        assert!(stored.notes.iter().any(|note| note.starts_with("visible and hidden units of two colours")));
    }
    // Colours of visible units only, without the dimension of parameters, by hand: two hidden units
    // see fields η + Σ_j W[x_j], Z = Σ_x e^{θ[x]} Π_k (1 + e^{η_k + ...}).
    let one = [
        ("weights", vec![2, 1, 2], vec![0.5, -0.25, 1.0, 0.75]),
        ("visible_par", vec![1, 2], vec![0.125, -0.5]),
        ("hidden_par", vec![2], vec![0.25, -1.0]),
    ];
    let stored = of(&one, &texts("RBM", "Potts", "Binary"), &Reading::default()).expect("is read");
    let sum = |theta: f64, first: f64, second: f64| theta.exp() * (1.0 + first.exp()) * (1.0 + second.exp());
    let z = sum(0.125, 0.75, 0.0) + sum(-0.5, 0.0, -0.25);
    assert!((ln_z(&stored) - z.ln()).abs() < 1e-14 && stored.machine.weights == [-0.75, -0.25]);
    // The colour of index 1 is v = 1.
    assert_eq!((stored.machine.visible_bias[0], stored.machine.hidden_bias.clone()), (-0.625, vec![0.75, 0.0]));
    let (why, _) = refused(of(&one, &texts("RBM", "Potts", "Spin"), &Reading::default()));
    assert!(why.contains("two kinds"), "{why}");
    let three = [
        ("weights", vec![2, 1, 3], values(6, 0)),
        ("visible_par", vec![1, 3, 1], values(3, 0)),
        ("hidden_par", vec![2, 1], values(2, 0)),
    ];
    let (why, _) = refused(of(&three, &texts("RBM", "Potts", "Binary"), &Reading::default()));
    assert!(why.contains("visible_type is Potts with 3 colours"), "{why}");
    let mut never = one.clone();
    never[1].2[0] = f64::NEG_INFINITY;
    assert!(refused(of(&never, &texts("RBM", "Potts", "Binary"), &Reading::default())).0.contains("infinite fields"));
}

#[test]
fn rbms_of_two_colours_are_bits_with_the_same_ln_z() {
    // W visible by colours by hidden (rbms/potts_bernoulli/implement.py at 095d627):
    // E = −Σ_j a[j, x_j] − b·h − Σ_jk W[j, x_j, k] h_k, from all colours x and states h.
    let (n, m) = (4, 3);
    let of_update = |two: usize| {
        [
            ("update_7/params/weight_matrix", vec![n, two, m], values(n * two * m, 0)),
            ("update_7/params/vbias", vec![n, two], values(n * two, 100)),
            ("update_7/params/hbias", vec![m], values(m, 200)),
            ("parallel_chains", vec![20, n], values(20 * n, 0)),
        ]
    };
    let (w, a, b) = (values(2 * n * m, 0), values(2 * n, 100), values(m, 200));
    let z: f64 = (0..1 << (n + m))
        .map(|state| {
            let at = |j: usize| 2 * j + (state >> j & 1);
            let h = |k: usize| (state >> (n + k) & 1) as f64;
            let fields: f64 = (0..n).map(|j| a[at(j)]).sum::<f64>() + (0..m).map(|k| b[k] * h(k)).sum::<f64>();
            let pairs = (0..n).flat_map(|j| (0..m).map(move |k| (j, k)));
            (fields + pairs.map(|(j, k)| w[at(j) * m + k] * h(k)).sum::<f64>()).exp()
        })
        .sum();
    let texts = [("model_type", "PBRBM"), ("variable_type", "categorical")];
    let read = |arrays: &[Array], reading: &Reading| of(arrays, &texts, reading);
    let stored = read(&of_update(2), &Reading::default()).expect("is read");
    assert_eq!((stored.machine.visible, stored.machine.hidden, stored.update), (n, m, Some(7)));
    assert!((ln_z(&stored) - z.ln()).abs() < 1e-12, "{} {}", ln_z(&stored), z.ln());
    assert!(stored.notes.iter().any(|note| note.starts_with("visible units of two colours")), "{:?}", stored.notes);
    // More colours, other shapes, and what is left over or not said are refused.
    assert!(refused(read(&of_update(3), &Reading::default())).0.contains("its model_type is PBRBM"));
    let turned = Reading { transposed: Some(true), ..Reading::default() };
    assert!(refused(read(&of_update(2), &turned)).0.contains("as they stand"));
    let mut short = of_update(2);
    short[1].1 = vec![2, n];
    assert!(refused(read(&short, &Reading::default())).0.contains("visible biases of [4, 2]"));
    assert!(refused(read(&short[..1], &Reading::default())).0.contains("no biases of both layers"));
    let more = |count: usize| [&of_update(2)[..], &[("update_7/params/x", vec![count], values(count, 0))]].concat();
    for count in [n, m, 2 * n] {
        let (_, remedy) = refused(read(&more(count), &Reading::default()));
        assert_eq!(remedy, Remedy::Ignore(vec!["update_7/params/x".into()]));
    }
    let (why, _) = refused(of(&of_update(2), &[], &Reading::default()));
    assert!(why.contains("two numbers per pair of units"), "{why}");
}
