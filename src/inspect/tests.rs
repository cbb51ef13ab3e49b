use super::spectrum::{largest, spectrum};
use super::*;
use crate::linalg::singular_values;
use crate::rbm::estimate::Effort;
use crate::rbm::marginal::log_weights;
use crate::rbm::mean_field;
use crate::spectra::{ensemble, spike};
use faer::Mat;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

fn rows(w: &Mat<f64>) -> Vec<f64> {
    (0..w.nrows()).flat_map(|j| (0..w.ncols()).map(move |k| w[(j, k)])).collect()
}

fn seeded(purpose: &str, draw: usize) -> ChaCha8Rng {
    lab::stream(lab::key(5, &["tests", purpose]), draw)
}

fn of(w: &Mat<f64>, level: f64) -> Spectrum {
    let lambdas = singular_values(w.as_ref()).expect("finite");
    spectrum(&rows(w), (w.nrows(), w.ncols()), &lambdas, level, seeded)
}

/// A machine without samples of the user.
fn look(machine: &Rbm, options: Options) -> Result<Inspection, LinalgError> {
    inspect(machine, &hot(machine, options.beta), None, None, options)
}

fn hot(machine: &Rbm, beta: f64) -> Rbm {
    let times = |values: &[f64]| values.iter().map(|x| x * beta).collect();
    let (n, m) = (machine.visible, machine.hidden);
    Rbm::new(n, m, times(&machine.weights), times(&machine.visible_bias), times(&machine.hidden_bias)).expect("fits")
}

const OPTIONS: Options = Options { beta: 1.0, level: 0.01, seed: 3 };

fn without_fields(w: &Mat<f64>) -> Rbm {
    let (n, m) = (w.nrows(), w.ncols());
    Rbm::new(n, m, rows(w), vec![0.0; n], vec![0.0; m]).expect("fits")
}

#[test]
fn noise_has_outliers_as_often_as_the_level_says() {
    // 200 matrices of each size at level 0.2: 40 are expected, standard deviation 5.7, five of them
    // are 28. One size is judged by drawn spectra, one by the limit law.
    let rng = &mut ChaCha8Rng::seed_from_u64(1);
    for (n, m) in [(23, 17), (61, 43)] {
        let (mut edges, mut outliers) = (0, 0);
        for _ in 0..200 {
            let found = of(&ensemble::normal(n, m, 0.3, rng), 0.2);
            edges += usize::from(found.edge_p_value.expect("a bulk") < 0.2);
            outliers += usize::from(found.outliers > 0);
        }
        assert!((12..=68).contains(&edges) && outliers <= edges, "{n} x {m}: {edges} {outliers}");
    }
}

#[test]
fn a_bulk_has_its_width_and_edges() {
    let rng = &mut ChaCha8Rng::seed_from_u64(2);
    for (n, m) in [(157, 101), (101, 157), (101, 101)] {
        let found = of(&ensemble::normal(n, m, 0.3, rng), 1e-4);
        let sigma = found.sigma.expect("a bulk");
        // The relative error of s is below 1/√(NM) < 1 %.
        assert!((sigma / 0.3 - 1.0).abs() < 0.03 && found.outliers == 0, "{found:?}");
        let root = |x: usize| (x as f64).sqrt();
        let expected = [sigma * (root(n) - root(m)).abs(), sigma * (root(n) + root(m))];
        let edges = [found.edge_low.expect("low"), found.edge_high.expect("high")];
        assert!(edges.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{edges:?} {expected:?}");
        assert_eq!(found.shuffled_p_value, None);
    }
}

#[test]
fn heavy_tails_are_no_outliers_and_spikes_are() {
    let rng = &mut ChaCha8Rng::seed_from_u64(3);
    let (n, m) = (101, 67);
    let mut beyond = 0;
    for _ in 0..6 {
        // Three degrees of freedom: the largest entries stand out of the bulk on their own.
        let found = of(&ensemble::student_t(n, m, 3.0, 0.3, rng).expect("a variance"), 0.01);
        beyond += usize::from(found.edge_p_value.expect("a bulk") < 0.01);
        assert_eq!(found.outliers, 0, "{found:?}");
    }
    assert!(beyond >= 3, "{beyond}: without outliers of the edge test nothing was tested");
    for ratio in [2.0, 4.0, 10.0] {
        let theta = ratio * spike::threshold(n, m, 0.3);
        let (w, p, q) = ensemble::spiked(ensemble::normal(n, m, 0.3, rng), theta, rng);
        let found = of(&w, 0.01);
        // Squared overlaps with the planted vectors; they fluctuate by about 1/√N about the limit.
        let svd = crate::linalg::thin_svd(w.as_ref()).expect("finite");
        let overlap = |u: &[f64], p: &[f64]| u.iter().zip(p).map(|(u, p)| u * p).sum::<f64>().powi(2);
        let seen = [overlap(svd.u.col_as_slice(0), &p), overlap(svd.v.col_as_slice(0), &q)];
        let limit = found.planted_overlaps[0].expect("beyond");
        assert!((0..2).all(|side| (seen[side] - limit[side]).abs() < 0.2), "{ratio}: {seen:?} {limit:?}");
        let (strength, error) = (found.planted_strengths[0].expect("beyond"), found.planted_errors[0].expect("beyond"));
        assert!(found.outliers == 1 && (strength - theta).abs() < 4.0 * error, "{ratio}: {found:?}");
        // Far from the threshold the error is that of one entry.
        assert!(error >= found.sigma.expect("a bulk") && (ratio < 5.0 || error < 0.33), "{ratio}: {error}");
    }
}

#[test]
fn the_largest_value_by_bidiagonalisation_is_that_of_the_decomposition() {
    let rng = &mut ChaCha8Rng::seed_from_u64(4);
    for (n, m) in [(1, 1), (3, 1), (1, 4), (67, 101), (301, 203)] {
        let w = ensemble::normal(n, m, 1.0, rng);
        let single: Vec<f32> = rows(&w).iter().map(|x| *x as f32).collect();
        let (found, expected) = (largest(&single, (n, m), rng), singular_values(w.as_ref()).expect("finite")[0]);
        assert!((found / expected - 1.0).abs() < 1e-5, "{n} x {m}: {found} {expected}");
    }
    assert_eq!(largest(&[0.0; 6], (2, 3), rng), 0.0);
}

/// Lag-1 autocorrelation of u·v by enumeration: Var E[x | h] / Var x.
fn enumerated(machine: &Rbm, u: &[f64]) -> f64 {
    let (n, m) = (machine.visible, machine.hidden);
    let bits = |state: usize, count: usize| (0..count).map(|at| (state >> at & 1) as f64).collect::<Vec<f64>>();
    let (mut z, mut first, mut second, mut given) = (0.0, 0.0, 0.0, 0.0);
    for h in (0..1usize << m).map(|state| bits(state, m)) {
        let (mut weight, mut sum) = (0.0, 0.0);
        for v in (0..1usize << n).map(|state| bits(state, n)) {
            let p = (-machine.energy(&v, &h)).exp();
            let x: f64 = u.iter().zip(&v).map(|(u, v)| u * v).sum();
            (weight, sum) = (weight + p, sum + p * x);
            second += p * x * x;
        }
        (z, first, given) = (z + weight, first + sum, given + sum * sum / weight);
    }
    let mean = first / z;
    (given / z - mean * mean) / (second / z - mean * mean)
}

#[test]
fn chains_show_the_autocorrelation_of_every_mode_as_enumeration_does() {
    for (n, m) in [(7, 5), (5, 7)] {
        let machine = Rbm::normal(n, m, 1.2, &mut ChaCha8Rng::seed_from_u64(6));
        let found = look(&machine, OPTIONS).expect("converges");
        let modes = Reciprocal::thin(&machine).expect("finite");
        assert_eq!(found.modes.len(), 5);
        for mode in &found.modes {
            let expected = enumerated(&machine, modes.visible_modes().col_as_slice(mode.index - 1));
            let measured = mode.autocorrelation_measured.expect("it moves");
            // 30,000 values of ten groups: t with nine degrees of freedom exceeds 6 once in 10⁴.
            assert!((measured.mean - expected).abs() < 6.0 * measured.se, "{mode:?} {expected}");
            assert!((mode.autocorrelation_exact.expect("it moves") - expected).abs() < 0.05, "{mode:?} {expected}");
            assert!(measured.se < 0.03);
        }
    }
}

#[test]
fn modes_saddles_and_counts_are_those_by_hand() {
    // W = (0 2 0; 3 0 0): λ = 3 along the second visible and the first hidden unit, λ = 2 along the
    // first and the second.
    let w = vec![0.0, 2.0, 0.0, 3.0, 0.0, 0.0];
    let machine = Rbm::new(2, 3, w, vec![5.0, 6.0], vec![7.0, 8.0, 9.0]).expect("fits");
    let found = look(&machine, Options { beta: 1.5, ..OPTIONS }).expect("converges");
    assert_eq!(found.non_converging.gaussian, 1); // 4.5 and 3
    let [one, two] = &found.modes[..] else { panic!("two modes") };
    let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    near(one.lambda, 3.0);
    near(one.rate_langevin.expect("β"), 4.0 / 1.5 - 3.0);
    assert!(!one.converges_gaussian && one.autocorrelation_gaussian.is_none() && two.converges_gaussian);
    near(two.autocorrelation_gaussian.expect("converges"), (3.0f64 / 4.0).powi(2));
    near(one.ipr_visible, 1.0);
    // Saddle (−7/3, −6/3) with energy 6 · 7/3; the centred fields are (6 + 3/2, 7 + 3/2).
    let saddle = one.saddle.expect("a saddle");
    near(saddle[0], -7.0 / 3.0);
    near(saddle[1], -2.0);
    near(one.saddle_energy.expect("a saddle"), 14.0);
    let position = one.uniform_mean_position.expect("a saddle");
    near(position[0], (8.5 + 7.5) / 3.0 / 2f64.sqrt());
    near(position[1], (7.5 - 8.5) / 3.0 / 2f64.sqrt());
    // 4/β = ∞ has no rate, and says why.
    for beta in [0.0, 1e-320] {
        let found = look(&machine, Options { beta, ..OPTIONS }).expect("converges");
        assert!(found.modes[0].rate_langevin.is_none() && found.why.0.contains_key("rate_langevin"));
    }
    // The third hidden unit has no coupling.
    assert_eq!(found.uncoupled, PerLayer { visible: 0, hidden: 1 });
    assert!(found.onsager.is_none() && found.why.0.contains_key("onsager"));
}

#[test]
fn one_unit_zero_and_deficient_machines_say_why_and_never_a_wrong_number() {
    let rng = &mut ChaCha8Rng::seed_from_u64(7);
    let (column, row) = (ensemble::normal(23, 2, 1.0, rng), ensemble::normal(2, 17, 1.0, rng));
    let deficient = crate::linalg::product(column.as_ref(), row.as_ref());
    for w in [Mat::from_fn(1, 1, |_, _| 2.0), Mat::zeros(5, 3), Mat::from_fn(1, 7, |_, _| 0.5), deficient] {
        let found = look(&without_fields(&w), OPTIONS).expect("converges");
        let r = w.nrows().min(w.ncols());
        assert_eq!(found.singular_values.len(), r);
        assert!(found.spectrum.sigma.is_none() && found.spectrum.why.0.contains_key("spectrum"), "{found:?}");
        assert_eq!((found.spectrum.outliers, found.modes[0].outlier), (0, None));
        let text = serde_json::to_string(&found).expect("numbers");
        assert!(!text.contains("NaN"));
    }
    let zero = look(&without_fields(&Mat::zeros(5, 3)), OPTIONS).expect("converges");
    assert_eq!((zero.spectrum.zeros, zero.non_converging.gaussian), (3, 0));
    assert!(zero.modes[0].saddle.is_none() && zero.rotation.why.0.contains_key("rotation"));
    assert_eq!(zero.uncoupled, PerLayer { visible: 5, hidden: 3 });
    // Units at ±800 never change: a frozen mode has no autocorrelation.
    let frozen = Rbm::new(2, 2, vec![1.0, 0.5, 0.25, 2.0], vec![800.0, -800.0], vec![-800.0; 2]).expect("fits");
    let found = look(&frozen, OPTIONS).expect("converges");
    assert_eq!(found.saturated, PerLayer { visible: 2, hidden: 2 });
    assert!(found.modes.iter().all(|mode| mode.autocorrelation_measured.is_none()));
}

#[test]
fn the_reaction_is_given_at_zero_field_below_the_glass_line_only() {
    let rng = &mut ChaCha8Rng::seed_from_u64(8);
    let at = |s: f64, rng: &mut ChaCha8Rng| {
        let w = rows(&ensemble::normal(53, 37, s, rng));
        let machine = Rbm::zero_field(53, 37, w).expect("fits");
        (mean_field::glass_parameter(s, 53, 37), look(&machine, OPTIONS).expect("converges"))
    };
    let (glass, found) = at(0.3, rng);
    let onsager = found.onsager.expect("below the line");
    // s⁴ of 1961 entries is known to 2 · √(2/1961) = 6 %, five times that is a third.
    assert!((onsager.glass_parameter / glass - 1.0).abs() < 0.33 && found.non_converging.onsager == Some(0));
    // A = 4 + s²M/4 for independent weights, to 1/N.
    assert!((onsager.visible - (4.0 + 0.09 * 37.0 / 4.0)).abs() < 0.1, "{onsager:?}");
    let (glass, found) = at(0.8, rng);
    assert!(glass > 1.0 && found.onsager.is_none() && found.non_converging.onsager.is_none());
    assert!(found.why.0["onsager"].contains("beyond the limit of the paramagnet"));
}

#[test]
fn closed_forms_are_left_out_where_what_they_leave_out_is_large() {
    let effort = Effort { chains: 20, betas: 20, burn: 5, within: 0.2, rounds: 1, time: None };
    let given = Given { enumerate: true, ..Given::default() };
    let at = |s: f64, field: f64| {
        let machine = Rbm::normal(7, 5, s, &mut ChaCha8Rng::seed_from_u64(9));
        let machine = Rbm { visible_bias: vec![field; 7], ..machine };
        let found =
            methods(&machine, 2.5, given.clone(), effort, |name| lab::key(1, &[name]), |_| ()).expect("converges");
        let modes = Reciprocal::thin(&machine).expect("finite");
        (found, mean_field::left_out(&machine, &modes))
    };
    // The constant is in both. The next order is smaller by about z²/15, z the field on a unit,
    // here below 1/2.
    let (weak, left) = at(0.1, 0.2);
    let (exact, gaussian) = (weak.exact.expect("small"), weak.gaussian.expect("weak fields"));
    assert!((exact - gaussian - left).abs() < 0.05 * left.abs() && left < 0.0, "{exact} {gaussian} {left}");
    let (strong, left) = at(0.3, -6.0);
    assert!(left < -1.0 && strong.gaussian.expect_err("strong fields").contains("fourth order"));
    let without = methods(
        &Rbm::normal(3, 2, 1.0, &mut ChaCha8Rng::seed_from_u64(1)),
        0.0,
        Given { no_modes: Some("no memory".into()), ..given.clone() },
        effort,
        |name| lab::key(1, &[name]),
        |_| (),
    );
    assert_eq!(without.expect("needs no modes").gaussian, Err("no memory".into()));
}

#[test]
fn claims_apply_where_their_hypotheses_hold() {
    let rng = &mut ChaCha8Rng::seed_from_u64(10);
    let of = |machine: &Rbm, beta: f64| -> Vec<String> {
        let found = look(machine, Options { beta, level: 1e-3, ..OPTIONS }).expect("converges");
        found.applies.iter().filter(|one| one.applies).map(|one| format!("{} {}", one.claim, one.regime)).collect()
    };
    let has = |found: &[String], names: &[&str]| {
        for name in names {
            assert!(found.iter().any(|one| one == name), "{name} not in {found:?}");
        }
    };
    let lacks = |found: &[String], names: &[&str]| {
        for name in names {
            assert!(found.iter().all(|one| one != name), "{name} in {found:?}");
        }
    };
    let noise = Rbm::zero_field(53, 37, rows(&ensemble::normal(53, 37, 0.1, rng))).expect("fits");
    let found = of(&noise, 1.0);
    has(
        &found,
        &["T01 tall", "T02 tall", "T03 tall", "T04 delocalised", "T06 count", "T07 mean-field-ln-z", "T09 paramagnet"],
    );
    lacks(
        &found,
        &["T01 wide", "T01 after-training", "T03 trained", "T09 beyond-glass-line", "T09 fields", "T08 mnist"],
    );
    // At β = 7: (βs)⁴NM/256 = 0.24 · 7.7 > 1.
    let cold = of(&noise, 7.0);
    has(&cold, &["T02 tall", "T09 beyond-glass-line"]);
    lacks(&cold, &["T09 paramagnet", "T07 mean-field-ln-z"]);
    // A spike on the same bulk, and fields.
    let (spiked, ..) = ensemble::spiked(ensemble::normal(53, 37, 0.1, rng), 10.0, rng);
    let found = of(&Rbm::zero_field(53, 37, rows(&spiked)).expect("fits"), 1.0);
    has(&found, &["T01 after-training", "T09 spike", "T04 trained-gibbs"]);
    lacks(&found, &["T01 tall", "T02 tall", "T09 paramagnet"]);
    let fields = Rbm { visible_bias: vec![1.0; 53], ..noise };
    has(&of(&fields, 1.0), &["T09 fields", "T09 outside-zero-field", "T02 tall"]);
}

#[test]
fn a_matrix_times_a_power_of_two_has_the_same_chances() {
    // Exact: powers of two change no digit, down to where σ² would vanish and up to where it would
    // overflow.
    let rng = &mut ChaCha8Rng::seed_from_u64(11);
    let (w, ..) = ensemble::spiked(ensemble::normal(47, 41, 1.0, rng), 40.0, rng);
    let plain = of(&w, 0.01);
    for power in [-900.0, 600.0] {
        let unit = libm::exp2(power);
        let found = of(&Mat::from_fn(47, 41, |j, k| unit * w[(j, k)]), 0.01);
        assert_eq!((found.shape_p_value, found.outliers), (plain.shape_p_value, 1), "{power}");
        let near = |found: Option<f64>, plain: Option<f64>| {
            let ratio = found.expect("a number") / unit / plain.expect("a number");
            assert!((ratio - 1.0).abs() < 1e-9, "{power}: {ratio}");
        };
        near(found.sigma, plain.sigma);
        near(found.edge_high, plain.edge_high);
        near(found.planted_strengths[0], plain.planted_strengths[0]);
        near(found.planted_errors[0], plain.planted_errors[0]);
    }
}

#[test]
fn without_a_bulk_no_planted_strengths_are_counted() {
    // Rank one at zero field with λ = 5: 5⁴/(256 NM) is far below 1, and the one mode is unstable.
    // Its strength is not known from a bulk, so that no count is given, least of all 0.
    let w = Mat::from_fn(23, 17, |_, _| 5.0 / (23.0f64 * 17.0).sqrt());
    let machine = Rbm::zero_field(23, 17, rows(&w)).expect("fits");
    let found = look(&machine, OPTIONS).expect("converges");
    assert!(found.why.0["onsager"].contains("planted direction has strength 5.000"), "{:?}", found.why);
    assert!(found.onsager.is_none() && found.non_converging.gaussian == 1);
    // Below 4 the reaction is known.
    assert!(look(&machine, Options { beta: 0.7, ..OPTIONS }).expect("converges").onsager.is_some());
    assert_eq!(found.non_converging.onsager, None);
    assert!(found.why.0["non_converging.onsager"].contains("no bulk"));
}

#[test]
fn the_participation_ratio_varies_as_claim_t04_assumes() {
    // Var κ/mean² = 8/(3N) for a random direction, to order 1/N: 2000 draws at N = 400, of which
    // the variance is known to 5 √(2/2000) = 16 %, and less well for its skewness.
    let rng = &mut ChaCha8Rng::seed_from_u64(12);
    let n = 400;
    let ratios: Vec<f64> = (0..2000)
        .map(|_| ensemble::unit_vector(n, rng).iter().map(|u| u.powi(4)).sum::<f64>() * (n as f64 + 2.0) / 3.0)
        .collect();
    let (mean, error) = crate::stat::mean::mean_and_error(&ratios);
    let variance = error.powi(2) * 2000.0;
    assert!((mean - 1.0).abs() < 5.0 * error, "{mean}");
    assert!((variance * 3.0 * n as f64 / 8.0 - 1.0).abs() < 0.25, "{variance}");
}

/// Bits of `v` as a state.
fn state(v: usize, units: usize) -> Vec<f64> {
    (0..units).map(|j| (v >> j & 1) as f64).collect()
}

#[test]
fn the_likelihood_is_that_of_enumeration_and_positions_are_those_by_hand() {
    let rng = &mut ChaCha8Rng::seed_from_u64(8);
    let mut machine = Rbm::normal(5, 4, 0.9, rng);
    machine.visible_bias = vec![0.3, -0.7, 0.1, 0.0, 1.1];
    machine.hidden_bias = vec![-0.2, 0.4, 0.9, -1.3];
    // All 32 x 16 states: weight of every v, and Z.
    let weight = |v: usize| -> f64 { (0..16).map(|h| (-machine.energy(&state(v, 5), &state(h, 4))).exp()).sum() };
    let z: f64 = (0..32).map(weight).sum();
    let rows = [3usize, 17, 31, 0];
    let states = States::from_fn(4, 5, |row, unit| rows[row] >> unit & 1 == 1);
    let expected = rows.map(|v| (weight(v) / z).ln());
    let mean = expected.iter().sum::<f64>() / 4.0;
    let ln_z = LogPartition { value: z.ln(), between: [z.ln() - 0.5, z.ln() + 0.25] };
    let found = likelihood(&log_weights(&machine, &states), ln_z, 5);
    assert!((found.between[0] - mean + 0.25).abs() < 1e-12 && (found.between[1] - mean - 0.5).abs() < 1e-12);
    assert!((found.mean - mean).abs() < 1e-12 && found.samples == 4, "{found:?} {mean}");
    assert!((found.per_unit - mean / 5.0).abs() < 1e-12);
    // Var/(n(n − 1)) by hand.
    let squares: f64 = expected.iter().map(|x| (x - mean).powi(2)).sum();
    assert!((found.se.expect("four") - (squares / 12.0).sqrt()).abs() < 1e-12);
    assert_eq!(likelihood(&log_weights(&machine, &states.select(&[0])), ln_z, 5).se, None);
    // All states and their probabilities: p sums to 1.
    let all: f64 = (0..32)
        .map(|v| log_weights(&machine, &States::from_fn(1, 5, |_, unit| v >> unit & 1 == 1))[0])
        .map(|weight| (weight - z.ln()).exp())
        .sum();
    assert!((all - 1.0).abs() < 1e-12);

    let data = Data { states: &states, classes: Some(&[0, 1, 1, 0]) };
    let found = inspect(&machine, &machine, None, Some(data), OPTIONS).expect("converges");
    let alone = inspect(&machine, &machine, None, None, OPTIONS).expect("converges");
    assert!(alone.why.0.contains_key("data") && !found.why.0.contains_key("data"));
    for (mode, vector) in found.modes.iter().zip(&found.vectors) {
        let x: Vec<f64> = rows.iter().map(|v| state(*v, 5).iter().zip(vector).map(|(v, u)| v * u).sum()).collect();
        let mean = x.iter().sum::<f64>() / 4.0;
        let total: f64 = x.iter().map(|x| (x - mean).powi(2)).sum();
        let data = mode.data.expect("given");
        assert!((data.mean - mean).abs() < 1e-12);
        assert!((data.sd.expect("four") - (total / 3.0).sqrt()).abs() < 1e-12);
        // Two classes of two: 2 (mean of the class − mean)² each.
        let between = 2.0 * ((x[0] + x[3]) / 2.0 - mean).powi(2) + 2.0 * ((x[1] + x[2]) / 2.0 - mean).powi(2);
        assert!((mode.class_share.expect("varies") - between / total).abs() < 1e-12);
        assert!(mode.samples.is_some());
    }
    assert!(alone.modes.iter().all(|mode| mode.data.is_none() && mode.class_share.is_none()));
}

#[test]
fn a_training_says_when_modes_leave_the_bulk_and_exceed_4() {
    let rng = &mut ChaCha8Rng::seed_from_u64(12);
    let (n, m, s) = (60, 50, 0.02);
    let noise = ensemble::normal(n, m, s, rng);
    let line = |size: usize| move |j: usize| (j as f64 + 1.0).sin() / (size as f64 / 2.0).sqrt();
    // A planted term of strength θ: below the threshold s(NM)^(1/4) = 0.148 it is no outlier,
    // at 1 it is, above 4 it exceeds 4/β at β = 1.
    let grown = |theta: f64| {
        let (u, v) = (line(n), line(m));
        let mut w = noise.clone();
        (0..n).for_each(|j| (0..m).for_each(|k| w[(j, k)] += theta * u(j) * v(k)));
        without_fields(&w)
    };
    let last = grown(6.0);
    let leading = look(&last, OPTIONS).expect("converges").vectors[0].clone();
    let mut training = Training::default();
    for (update, theta) in [(0, 0.0), (10, 1.0), (40, 3.0), (90, 6.0)] {
        let machine = grown(theta);
        training.add(update, (&machine, &machine), 0.5, &leading, OPTIONS).expect("converges");
    }
    training.cross();
    assert_eq!(training.crossings, [Crossing { mode: 1, leaves_bulk: Some(10), exceeds_4: Some(90) }]);
    let updates = &training.updates;
    assert_eq!(updates.iter().map(|update| update.above_4).collect::<Vec<_>>(), [0, 0, 0, 1]);
    assert_eq!(
        updates.iter().map(|update| update.beyond_edge).collect::<Vec<_>>(),
        [Some(0), Some(1), Some(1), Some(1)]
    );
    assert!(updates[0].alignment < 0.2 && updates[1].alignment > 0.9 && (updates[3].alignment - 1.0).abs() < 1e-12);
    // Without fields and at ½, the gain is λ₁/4.
    let zero_field = {
        let mut machine = grown(3.0);
        let half = |sums: Vec<f64>| sums.into_iter().map(|sum: f64| -0.5 * sum).collect::<Vec<f64>>();
        let columns = (0..m).map(|k| (0..n).map(|j| machine.weights[j * m + k]).sum()).collect();
        machine.visible_bias = half(machine.weights.chunks(m).map(|row| row.iter().sum()).collect());
        machine.hidden_bias = half(columns);
        machine
    };
    let mut one = Training::default();
    one.add(7, (&zero_field, &zero_field), 0.0, &leading, OPTIONS).expect("converges");
    let gain = one.updates[0].mean_field_gain.expect("½ is a fixed point");
    assert!((gain - one.updates[0].singular_values[0] / 4.0).abs() < 1e-9, "{gain}");
    assert_eq!(one.updates[0].log_partition, None); // both layers are large
    let small = Rbm::new(2, 1, vec![0.5, -1.0], vec![0.2, 0.0], vec![0.3]).expect("fits");
    one.add(8, (&small, &small), 0.25, &[1.0, 0.0], OPTIONS).expect("converges");
    // by hand: Σ over v of e^{a·v}(1 + e^{b + v·W}) for v = 00, 10, 01, 11.
    let z = 1.0
        + 0.3f64.exp()
        + 0.2f64.exp() * (1.0 + 0.8f64.exp())
        + 1.0
        + (-0.7f64).exp()
        + 0.2f64.exp() * (1.0 + (-0.2f64).exp());
    assert!((one.updates[1].log_partition.expect("small") - z.ln() - 0.25).abs() < 1e-12);
}

#[test]
fn figures_are_drawn_for_every_kind_of_machine() {
    let rng = &mut ChaCha8Rng::seed_from_u64(4);
    for (n, m) in [(1, 1), (1, 6), (9, 2), (36, 30)] {
        let machine = Rbm::normal(n, m, 0.3, rng);
        let found = look(&machine, OPTIONS).expect("converges");
        let states = States::from_fn(3, n, |row, unit| (row + unit) % 2 == 0);
        let data = Data { states: &states, classes: None };
        let mut training = Training::default();
        training.add(1, (&machine, &machine), 0.0, &found.vectors[0], OPTIONS).expect("converges");
        training.cross();
        let drawn = figures(&found, ((n, m), 1.0), Some(data), Some((n, 1)), Some(&training));
        let names: Vec<&str> = drawn.iter().map(|figure| figure.name).collect();
        let expected: &[&str] = if n.min(m) == 1 {
            &["training", "spectrum", "modes", "vectors"]
        } else {
            &["training", "spectrum", "modes", "positions", "vectors"]
        };
        assert_eq!(names, expected);
        for figure in &drawn {
            let picture = figure.to_svg().expect("draws");
            assert!(picture.contains("</svg>") && !picture.contains("NaN"), "{}", figure.name);
        }
    }
}
