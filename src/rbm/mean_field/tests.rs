//! Tests.

use super::autocorrelation::autocorrelation;
use super::fixed_point::{FixedPoint, FixedPointError, dot, fixed_point, relaxed};
use super::gaussian::{continued_gaussian, gaussian, uncoupled};
use super::onsager::{Reaction, glass_parameter, onsager, reaction};
use super::tap::{Tap, tap};
use crate::linalg::singular_values;
use crate::rbm::Rbm;
use crate::rbm::reciprocal::Reciprocal;
use std::f64::consts::LN_2;

use crate::rbm::exact;
use rand::{SeedableRng, rngs::ChaCha8Rng};

fn zero_field(n: usize, m: usize, s: f64, seed: u64) -> Rbm {
    let drawn = Rbm::normal(n, m, s, &mut ChaCha8Rng::seed_from_u64(seed));
    Rbm::zero_field(n, m, drawn.weights).expect("finite")
}

#[test]
fn without_weights_the_gaussian_is_its_second_order_in_the_fields() {
    // ln 2 cosh(a/2) + a/2 = ln 2 + a/2 + a²/8 − a⁴/192, by hand.
    let machine = Rbm::new(2, 1, vec![0.0; 2], vec![0.1, -0.2], vec![0.05]).expect("finite");
    let exact = exact::log_partition(&machine).expect("small");
    let ours = gaussian(&machine).expect("converges").expect("applies");
    let fourth = (0.1f64.powi(4) + 0.2f64.powi(4) + 0.05f64.powi(4)) / 192.0;
    assert!((ours - exact - fourth).abs() < 1e-7, "{ours} {exact}");
}

#[test]
fn at_zero_field_the_reaction_removes_the_leading_error() {
    // The Gaussian is too large by (1/1024)[Σ_j (WWᵀ)_jj² + Σ_k (WᵀW)_kk² − ⅔ ΣW⁴] + O(W⁶); 5 % of
    // it at this scale.
    let machine = zero_field(14, 10, 0.08, 5);
    let exact = exact::log_partition(&machine).expect("small");
    let w = |j: usize, k: usize| machine.weights[j * 10 + k];
    let rows: f64 = (0..14).map(|j| (0..10).map(|k| w(j, k).powi(2)).sum::<f64>().powi(2)).sum();
    let columns: f64 = (0..10).map(|k| (0..14).map(|j| w(j, k).powi(2)).sum::<f64>().powi(2)).sum();
    let fourth: f64 = machine.weights.iter().map(|w| w.powi(4)).sum();
    let predicted = (rows + columns - fourth * 2.0 / 3.0) / 1024.0;
    let error = gaussian(&machine).expect("converges").expect("applies") - exact;
    assert!((error / predicted - 1.0).abs() < 0.05, "{error} {predicted}");
    // With the reaction T²(1/N + 1/M)/1024 of it goes, T = ΣW² (stationary in A and B, to that
    // order).
    let total: f64 = machine.weights.iter().map(|w| w * w).sum();
    let left = predicted - total * total * (1.0 / 14.0 + 1.0 / 10.0) / 1024.0;
    let corrected = onsager(&machine).expect("converges").expect("applies") - exact;
    assert!((corrected - left).abs() < 0.02 * predicted, "{corrected} {left} {predicted}");
}

#[test]
fn the_continued_gaussian_is_the_gaussian_below_4_and_finite_beyond() {
    for (n, m) in [(7, 5), (5, 7)] {
        let machine = Rbm::normal(n, m, 0.3, &mut ChaCha8Rng::seed_from_u64(8));
        let full = Reciprocal::full(&machine).expect("finite");
        let closed = gaussian(&machine).expect("finite").expect("below 4");
        // Unpaired modes by their own fields.
        let (a, b) = full.centred_fields();
        let paired = continued_gaussian(&machine, &full) - uncoupled(&machine);
        let sum = (0..5).map(|i| {
            let l = full.singular_values()[i];
            let gap = 16.0 - l * l;
            (4.0 * a[i] * a[i] + 4.0 * b[i] * b[i] + 2.0 * l * a[i] * b[i]) / (2.0 * gap) - 0.5 * (gap / 16.0).ln()
        });
        let unpaired = a[5..].iter().chain(&b[5..]).map(|f| f * f / 8.0).sum::<f64>();
        assert!((paired - sum.sum::<f64>() - unpaired).abs() < 1e-12, "{n} x {m}");
        assert!((closed - continued_gaussian(&machine, &full)).abs() < 1e-12);
    }
    // by hand: one unit a side at zero field, λ = 5: 2 ln 2 + c0 − ½ ln(9/16), c0 = −5/4
    let strong = Rbm::zero_field(1, 1, vec![5.0]).expect("finite");
    let found = continued_gaussian(&strong, &Reciprocal::thin(&strong).expect("finite"));
    assert!((found - (2.0 * LN_2 - 1.25 - 0.5 * (9.0f64 / 16.0).ln())).abs() < 1e-12, "{found}");
}

#[test]
fn the_reaction_of_a_spectrum_is_the_root_of_both_equations() {
    let lambdas = [5.0, 1.5, 0.7, 0.0];
    let (n, m) = (9.0, 4.0);
    let (a, b) = reaction(n, m, &lambdas);
    let visible: f64 = lambdas.iter().map(|l| b / (a * b - l * l)).sum::<f64>() + 5.0 / a;
    let hidden: f64 = lambdas.iter().map(|l| a / (a * b - l * l)).sum();
    assert!((visible / n - 0.25).abs() < 1e-12 && (hidden / m - 0.25).abs() < 1e-12);
}

#[test]
fn the_reaction_of_random_weights_tends_to_its_closed_form() {
    // Square and tall at s√N = 1.5: A of one matrix differs by O(1/N) of itself.
    for (n, m) in [(400, 400), (400, 250)] {
        let s = 1.5 / 20.0;
        let machine = zero_field(n, m, s, 9);
        let lambdas = singular_values(machine.weights_view()).expect("converges");
        let (found, limit) = (Reaction::of(&lambdas, n, m), Reaction::of_random(s, n, m));
        assert!((found.visible / limit.visible - 1.0).abs() < 0.01, "{found:?} {limit:?}");
        assert!((found.hidden / limit.hidden - 1.0).abs() < 0.01, "{found:?} {limit:?}");
        // AB − β²λ₊² = (4 − s²√(NM)/4)².
        let edge = s * ((n as f64).sqrt() + (m as f64).sqrt());
        let gap = limit.visible * limit.hidden - edge * edge;
        assert!((gap - (4.0 - s * s * ((n * m) as f64).sqrt() / 4.0).powi(2)).abs() < 1e-12);
        assert!((limit.var_x(edge) * limit.visible - limit.var_y(edge) * limit.hidden).abs() < 1e-12);
        assert!((limit.autocorrelation(edge) - (1.0 - limit.visible.recip() / limit.var_x(edge))).abs() < 1e-12);
    }
    // A spike becomes unstable, AB = λ_out², at planted strength θ = 4 (β = 1), wherever the bulk
    // is.
    let out = crate::spectra::spike::outlier(4.0, 400, 250, 0.1).expect("above the threshold");
    let limit = Reaction::of_random(0.1, 400, 250);
    assert!((limit.visible * limit.hidden / (out * out) - 1.0).abs() < 1e-12);
    assert!((limit.autocorrelation(out) - 1.0).abs() < 1e-12);
    // s√N = 4 at N = M is the end of the paramagnet.
    assert!((glass_parameter(0.2, 400, 400) - 1.0).abs() < 1e-12);
}

#[test]
fn the_autocorrelation_is_that_of_the_enumerated_chain() {
    let machine = Rbm::normal(5, 3, 1.1, &mut ChaCha8Rng::seed_from_u64(12));
    let mode = [0.3, -0.5, 0.1, 0.7, 0.4];
    let logistic = |z: f64| 1.0 / (1.0 + (-z).exp());
    let bit = |word: usize, i: usize| (word >> i & 1) as f64;
    let w = |j: usize, k: usize| machine.weights[j * 3 + k];
    let weight = |v: usize, h: usize| {
        let linear = (0..5).map(|j| machine.visible_bias[j] * bit(v, j)).sum::<f64>()
            + (0..3).map(|k| machine.hidden_bias[k] * bit(h, k)).sum::<f64>();
        let pairs = (0..5).flat_map(|j| (0..3).map(move |k| (j, k)));
        (linear + pairs.map(|(j, k)| bit(v, j) * w(j, k) * bit(h, k)).sum::<f64>()).exp()
    };
    let x = |v: usize| (0..5).map(|j| mode[j] * bit(v, j)).sum::<f64>();
    let total: f64 = (0..32).flat_map(|v| (0..8).map(move |h| (v, h))).map(|(v, h)| weight(v, h)).sum();
    let (mut mean, mut second, mut product, mut conditional) = (0.0, 0.0, 0.0, [0.0; 5]);
    for h in 0..8 {
        let of_h: f64 = (0..32).map(|v| weight(v, h)).sum::<f64>();
        let inner = (0..32).map(|v| weight(v, h) * x(v)).sum::<f64>();
        mean += inner / total;
        second += (0..32).map(|v| weight(v, h) * x(v) * x(v)).sum::<f64>() / total;
        product += inner * inner / of_h / total; // both ends of the sweep, given h
        for (j, sum) in conditional.iter_mut().enumerate() {
            let p = logistic(machine.visible_bias[j] + (0..3).map(|k| w(j, k) * bit(h, k)).sum::<f64>());
            *sum += of_h / total * p * (1.0 - p);
        }
    }
    let variance = second - mean * mean;
    let exact = (product - mean * mean) / variance;
    assert!((autocorrelation(&mode, &conditional, variance) - exact).abs() < 1e-12);
}

#[test]
fn a_strong_mode_is_stable_where_the_units_are_biased() {
    // λ = 6 on a flat mode, visible means 0.1, hidden 1/2: λ₁² = 36 · 0.09 · 0.25 = 0.81 (by hand),
    // although 6 > 4.
    let (n, m) = (30, 20);
    let each = 6.0 / ((n * m) as f64).sqrt();
    let logit = (0.1f64 / 0.9).ln();
    let machine =
        Rbm::new(n, m, vec![each; n * m], vec![logit - each * m as f64 / 2.0; n], vec![-each * n as f64 * 0.1; m]);
    let machine = machine.expect("finite");
    let found = fixed_point(&machine, &vec![0.12; n]).expect("valid").expect("converges");
    assert!((found.visible[3] - 0.1).abs() < 1e-9 && (found.hidden[3] - 0.5).abs() < 1e-9, "{found:?}");
    assert!((found.stability[0].powi(2) - 0.81).abs() < 1e-9 && found.stability[1] < 1e-9);
    // At zero field the symmetric point is found although it is unstable: λ/4 = 1.5.
    let symmetric = Rbm::new(n, m, vec![each; n * m], vec![-each * m as f64 / 2.0; n], vec![-each * n as f64 / 2.0; m]);
    let found = fixed_point(&symmetric.expect("finite"), &vec![0.5; n]).expect("valid").expect("converges");
    assert!((found.stability[0] - 1.5).abs() < 1e-9);
    assert_eq!(fixed_point(&machine, &[0.5]), Err(FixedPointError::Start(n)));
}

#[test]
fn alternating_steps_leave_an_unstable_point_for_a_stable_one() {
    // By hand: zero field, λ = 6 on a flat mode, N = M: m = tanh(6m/4), m = 0.85855964, and λ₁ = 6
    // (1 − m²)/4.
    let n = 20;
    let machine = Rbm::new(n, n, vec![6.0 / n as f64; n * n], vec![-3.0; n], vec![-3.0; n]).expect("finite");
    let found = relaxed(&machine, &vec![0.51; n]).expect("valid").expect("converges");
    let m = 0.858_559_636_640_11;
    assert!((found.visible[3] - 0.5 * (1.0 + m)).abs() < 1e-7 && (found.hidden[5] - found.visible[3]).abs() < 1e-7);
    assert!((found.stability[0] - 1.5 * (1.0 - m * m)).abs() < 1e-6 && found.stability[1] < 1e-9);
    assert_eq!(relaxed(&machine, &[0.5]), Err(FixedPointError::Start(n)));
}

#[test]
fn the_reaction_leaves_means_off_by_third_order_and_variances_follow_the_means() {
    // Enumerated 5 x 3 machines at two scales of W: the error of a mean is O(W³) with the second
    // order, O(W²) without.
    let means = |machine: &Rbm| -> Vec<f64> {
        let bit = |word: usize, i: usize| (word >> i & 1) as f64;
        let state = |word: usize, n: usize| (0..n).map(|i| bit(word, i)).collect::<Vec<_>>();
        let weight = |v: usize| {
            let energies = (0..8).map(|h| (-machine.energy(&state(v, 5), &state(h, 3))).exp());
            energies.sum::<f64>()
        };
        let total: f64 = (0..32).map(weight).sum();
        (0..5).map(|j| (0..32).map(|v| weight(v) * bit(v, j)).sum::<f64>() / total).collect()
    };
    let mut base = Rbm::normal(5, 3, 1.0, &mut ChaCha8Rng::seed_from_u64(7));
    let drawn = base.weights.clone();
    let mut error = |scale: f64, reaction: f64| {
        base.weights = drawn.iter().map(|w| scale * w).collect();
        let found = tap(&base, reaction).expect("weak weights converge");
        means(&base).iter().zip(&found.visible).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
    };
    let order = |coarse: f64, fine: f64| (coarse / fine).log2();
    assert!(order(error(0.1, 1.0), error(0.05, 1.0)) > 2.5);
    assert!(order(error(0.1, 0.0), error(0.05, 0.0)) < 2.5);
    // Linear response: C_jk is the derivative of p_j by a_k, by differences.
    let found = tap(&base, 1.0).expect("converges");
    let rows: Vec<Vec<f64>> = (0..5).map(|j| vec![f64::from(j == 2)]).collect();
    let rows: Vec<&[f64]> = rows.iter().map(|row| &row[..]).collect();
    let step = 1e-4;
    let mut moved = |step: f64| {
        base.visible_bias[2] += step;
        let found = tap(&base, 1.0).expect("converges").visible[2];
        base.visible_bias[2] -= step;
        found
    };
    let slope = (moved(step) - moved(-step)) / (2.0 * step);
    let variances = found.variances(&base, &rows).expect("weak weights");
    assert!((variances[0] - slope).abs() < 1e-8, "{slope}");
}

#[test]
fn where_they_do_not_apply_they_say_why() {
    let strong = Rbm::new(1, 1, vec![5.0], vec![0.0], vec![0.0]).expect("finite");
    assert!(gaussian(&strong).expect("converges").is_err_and(|why| why.contains("not below 4")));
    assert!(onsager(&strong).expect("converges").is_err_and(|why| why.contains("zero field")));
    assert!(onsager(&zero_field(20, 20, 1.5, 1)).expect("converges").is_err_and(|why| why.contains("paramagnet")));
}

#[test]
fn the_gaussian_is_exact_to_third_order_in_weak_fields_and_weights() {
    // One unit a side, centred fields and weight of size 0.01: order four is below 1e-9, λãb̃/16 is
    // 6e-8.
    let (w, a, b) = (0.01, 0.01, -0.012);
    let machine = Rbm::new(1, 1, vec![w], vec![a - 0.5 * w], vec![b - 0.5 * w]).expect("finite");
    let exact = (1.0 + (a - 0.5 * w).exp() + (b - 0.5 * w).exp() + (a + b).exp()).ln();
    let closed = gaussian(&machine).expect("finite").expect("below 4");
    assert!((closed - exact).abs() < 2e-9, "{closed} {exact}");
}

#[test]
fn short_forms_have_their_values_by_hand() {
    let reaction = Reaction { visible: 5.0, hidden: 6.0 };
    // AB − λ² = 26
    assert!((reaction.var_x(2.0) - 6.0 / 26.0).abs() < 1e-15 && (reaction.var_y(2.0) - 5.0 / 26.0).abs() < 1e-15);
    assert!((reaction.autocorrelation(2.0) - 4.0 / 30.0).abs() < 1e-15);
    // 4 + 0.16 · 50/4 and 4 + 0.16 · 100/4
    let random = Reaction::of_random(0.4, 100, 50);
    assert!((random.visible - 6.0).abs() < 1e-14 && (random.hidden - 8.0).abs() < 1e-14);
    // 0.5⁴ · 8 · 32/256 and 1.5⁴ · 4 · 16/256
    assert_eq!((glass_parameter(0.5, 8, 32), glass_parameter(1.5, 4, 16)), (0.0625, 1.265_625));
    // 3 ln 2 + 1/2 + 5/2 − 4/4
    let machine = Rbm::new(1, 2, vec![4.0, -8.0], vec![1.0], vec![2.0, 3.0]).expect("finite");
    assert!((uncoupled(&machine) - 3.0 * LN_2 - 2.0).abs() < 1e-14);
    // 1 − (0.36 · 0.2 + 0.64 · 0.1)/0.25
    assert!((autocorrelation(&[0.6, 0.8], &[0.2, 0.1], 0.25) - (1.0 - 0.136 / 0.25)).abs() < 1e-15);
    // 19 terms, two times eight and three more: Σ i (i + 1) = 18 · 19 · 20/3
    let x: Vec<f64> = (0..19).map(f64::from).collect();
    let y: Vec<f64> = (1..20).map(f64::from).collect();
    assert_eq!((dot(&x, &y), dot(&x[..3], &y[..3]), dot(&[], &[])), (2280.0, 8.0, 0.0));
}

#[test]
fn what_the_reaction_adds_is_stationary_and_the_gaussian_at_4() {
    // by hand: 3 · 4/8 + 2 · 12/8 − ½[ln(64/16) + 2 ln 2 + ln 4]
    let found = Reaction { visible: 8.0, hidden: 16.0 }.coupled(&[8.0], 3, 2);
    assert!((found - (4.5 - 3.0 * LN_2)).abs() < 1e-14, "{found}");
    assert!(Reaction { visible: 4.0, hidden: 4.0 }.coupled(&[5.0], 1, 1).is_nan());
    let lambdas = [3.5, 2.0, 0.3];
    let gaussian: f64 = lambdas.iter().map(|l: &f64| -0.5 * (1.0 - l * l / 16.0).ln()).sum();
    for (n, m) in [(5, 3), (3, 7)] {
        let four = Reaction { visible: 4.0, hidden: 4.0 }.coupled(&lambdas, n, m);
        assert!((four - gaussian).abs() < 1e-14, "{four} {gaussian}");
        // Slopes in A and B at the root, by differences: truncated at step² times a third
        // derivative below 1.
        let Reaction { visible, hidden } = Reaction::of(&lambdas, n, m);
        let at = |a: f64, b: f64| Reaction { visible: visible + a, hidden: hidden + b }.coupled(&lambdas, n, m);
        let step = 1e-4;
        let slopes = [(at(step, 0.0) - at(-step, 0.0)) / step, (at(0.0, step) - at(0.0, -step)) / step];
        assert!(slopes.iter().all(|slope| slope.abs() < 1e-7), "{slopes:?}");
        assert!(visible > 4.1 && hidden > 4.1 && ((visible - 4.0) * n as f64 / m as f64 - hidden + 4.0).abs() < 1e-12);
    }
}

#[test]
fn closed_forms_stop_at_their_limits() {
    let one = |w: f64| gaussian(&Rbm::zero_field(1, 1, vec![w]).expect("finite")).expect("converges");
    assert!(one(3.999).is_ok() && one(4.0).is_err_and(|why| why.contains("4.000, not below 4")));
    // by hand: weights ±2 of a 4 x 4 machine are at the line, 2⁴ · 16/256 = 1
    let signs = |w: f64| -> Vec<f64> { (0..16).map(|i| if (i * i) % 3 == 1 { w } else { -w }).collect() };
    let at = |w: f64| onsager(&Rbm::zero_field(4, 4, signs(w)).expect("finite")).expect("converges");
    assert!(at(1.999).is_ok() && at(2.0).is_err_and(|why| why.contains("1.000, not below 1")));
    // Centred fields of either layer and either sign up to 1e-4 count as none.
    for (field, applies) in [(0.9e-4, true), (-0.9e-4, true), (1.1e-4, false), (-1.1e-4, false)] {
        for layer in 0..2 {
            let mut machine = Rbm::zero_field(4, 4, signs(0.5)).expect("finite");
            let biases = if layer == 0 { &mut machine.visible_bias } else { &mut machine.hidden_bias };
            biases[2] += field;
            assert_eq!(onsager(&machine).expect("converges").is_ok(), applies, "{field} {layer}");
        }
    }
    // A 1 x 1 machine at zero field: ln Z = 2 ln 2 − w/4 + ln cosh(w/4) by hand; the error of the
    // reaction is of order w⁴.
    let exact = 2.0 * LN_2 - 0.05 + 0.05f64.cosh().ln();
    let found = onsager(&Rbm::zero_field(1, 1, vec![0.2]).expect("finite")).expect("converges").expect("applies");
    assert!((found - exact).abs() < 0.05f64.powi(4), "{found} {exact}");
}

#[test]
fn below_ln_z_is_the_mean_energy_of_the_product_law_and_its_entropy() {
    // By enumeration of a 3 x 2 machine; units that are always on or off have no entropy.
    let w = vec![0.5, -1.5, 2.0, 0.25, -0.75, 1.0];
    let machine = Rbm::new(3, 2, w, vec![0.3, -0.8, 1.1], vec![-0.4, 0.9]).expect("finite");
    for (p, q) in [([0.2, 0.7, 0.55], [0.9, 0.35]), ([1.0, 0.7, 0.0], [0.0, 0.35])] {
        let chance = |means: &[f64], state: &[f64]| -> f64 {
            means.iter().zip(state).map(|(p, s)| if *s == 1.0 { *p } else { 1.0 - p }).product()
        };
        let bits = |word: usize, n: usize| -> Vec<f64> { (0..n).map(|i| f64::from(word >> i & 1 == 1)).collect() };
        let mut expected = 0.0;
        for (v, h) in (0..8).flat_map(|v| (0..4).map(move |h| (bits(v, 3), bits(h, 2)))) {
            let weight = chance(&p, &v) * chance(&q, &h);
            if weight > 0.0 {
                expected += weight * (-machine.energy(&v, &h) - weight.ln());
            }
        }
        let point = FixedPoint { visible: p.to_vec(), hidden: q.to_vec(), stability: Vec::new() };
        let found = point.below_log_partition(&machine);
        assert!((found - expected).abs() < 1e-14, "{found} {expected}");
        assert!(found < exact::log_partition(&machine).expect("small"));
    }
}

/// Largest difference of the two sides of p = logistic(a + Wq − reaction (p − ½)∘W²D) and of the
/// same for q.
fn violation(machine: &Rbm, p: &[f64], q: &[f64], reaction: f64) -> f64 {
    let (n, m) = (machine.visible, machine.hidden);
    let w = |j: usize, k: usize| machine.weights[j * m + k];
    let side = |bias: f64, own: f64, terms: Vec<(f64, f64)>| {
        let field: f64 = bias + terms.iter().map(|(w, other)| w * other).sum::<f64>();
        let square: f64 = terms.iter().map(|(w, other)| w * w * other * (1.0 - other)).sum();
        (1.0 / (1.0 + (-field + reaction * (own - 0.5) * square).exp()) - own).abs()
    };
    let visible = (0..n).map(|j| side(machine.visible_bias[j], p[j], (0..m).map(|k| (w(j, k), q[k])).collect()));
    let hidden = (0..m).map(|k| side(machine.hidden_bias[k], q[k], (0..n).map(|j| (w(j, k), p[j])).collect()));
    visible.chain(hidden).fold(0.0, libm::fmaximum)
}

/// The largest eigenvalue of D_v W D_h Wᵀ by iteration, a stability of the point squared.
fn top_square(machine: &Rbm, p: &[f64], q: &[f64]) -> f64 {
    let (n, m) = (machine.visible, machine.hidden);
    let w = |j: usize, k: usize| machine.weights[j * m + k];
    let mut x = vec![1.0; n];
    let mut top = 0.0;
    for _ in 0..3000 {
        let y: Vec<f64> = (0..m).map(|k| q[k] * (1.0 - q[k]) * (0..n).map(|j| w(j, k) * x[j]).sum::<f64>()).collect();
        let next: Vec<f64> =
            (0..n).map(|j| p[j] * (1.0 - p[j]) * (0..m).map(|k| w(j, k) * y[k]).sum::<f64>()).collect();
        top = next.iter().map(|z| z * z).sum::<f64>().sqrt();
        x = next.iter().map(|z| z / top).collect();
    }
    top
}

#[test]
fn mean_field_points_solve_their_equations_and_know_their_stability() {
    for (n, m, seed) in [(5, 11, 1), (11, 5, 2), (4, 4, 3), (1, 1, 4)] {
        let machine = Rbm::normal(n, m, 0.8, &mut ChaCha8Rng::seed_from_u64(seed));
        let start: Vec<f64> = (0..n).map(|j| 0.1 + 0.8 * (j as f64 + 0.5) / n as f64).collect();
        let newton = fixed_point(&machine, &start).expect("valid").expect("converges");
        let alternating = relaxed(&machine, &start).expect("valid").expect("converges");
        // Steady to 1e-12 of Newton's method, to 1e-9 and its sum over further steps of the
        // alternation.
        for (found, bound) in [(&newton, 2e-12), (&alternating, 1e-8)] {
            assert!(violation(&machine, &found.visible, &found.hidden, 0.0) < bound, "{n} x {m}");
            assert_eq!(found.stability.len(), n.min(m));
            let top = top_square(&machine, &found.visible, &found.hidden);
            assert!((found.stability[0].powi(2) - top).abs() < 1e-9, "{n} x {m}: {} {top}", found.stability[0]);
        }
    }
    // by hand: without biases and weights all means are ½
    let nothing = Rbm::new(2, 1, vec![0.0; 2], vec![0.0; 2], vec![0.0]).expect("finite");
    let found = fixed_point(&nothing, &[0.0, 1.0]).expect("valid").expect("converges");
    assert_eq!((found.visible, found.hidden, found.stability), (vec![0.5; 2], vec![0.5], vec![0.0]));
}

#[test]
fn newton_finds_an_unstable_point_that_alternation_leaves() {
    // At zero field ½ is a solution, unstable where λ/4 > 1: here for most modes.
    let machine = zero_field(6, 8, 4.0, 11);
    let start: Vec<f64> = (0..6).map(|j| 0.5 + 1e-3 * (j as f64 - 2.2)).collect();
    let found = fixed_point(&machine, &start).expect("valid").expect("converges");
    assert!(found.visible.iter().chain(&found.hidden).all(|p| (p - 0.5).abs() < 1e-11), "{found:?}");
    let lambdas = singular_values(machine.weights_view()).expect("converges");
    assert!(lambdas[0] > 4.0 && found.stability.iter().zip(&lambdas).all(|(s, l)| (s - l / 4.0).abs() < 1e-10));
    let left = relaxed(&machine, &start).expect("valid").expect("converges");
    assert!(left.stability[0] < 1.0 && left.visible.iter().any(|p| (p - 0.5).abs() > 0.1));
    // From anywhere what is found is a solution.
    for far in [0.0, 0.05, 0.3, 0.8, 1.0] {
        let start: Vec<f64> = (0..6).map(|j| if j % 2 == 0 { far } else { 1.0 - far }).collect();
        if let Some(found) = fixed_point(&machine, &start).expect("valid") {
            assert!(violation(&machine, &found.visible, &found.hidden, 0.0) < 2e-12, "{far}");
        }
    }
}

#[test]
fn starts_are_as_many_means_as_visible_units() {
    let machine = Rbm::normal(2, 3, 0.5, &mut ChaCha8Rng::seed_from_u64(1));
    for start in [&[0.5][..], &[0.5; 3], &[-0.01, 0.5], &[0.5, 1.01], &[0.5, f64::NAN]] {
        assert_eq!(fixed_point(&machine, start), Err(FixedPointError::Start(2)), "{start:?}");
        assert_eq!(relaxed(&machine, start), Err(FixedPointError::Start(2)), "{start:?}");
    }
    assert!(fixed_point(&machine, &[0.0, 1.0]).is_ok_and(|found| found.is_some()));
    assert!(relaxed(&machine, &[0.0, 1.0]).is_ok_and(|found| found.is_some()));
}

#[test]
fn tap_solves_its_equations_and_responds_as_they_do() {
    for (n, m) in [(5, 3), (3, 6)] {
        for reaction in [1.0, 0.5, 0.0] {
            let mut machine = Rbm::normal(n, m, 0.7, &mut ChaCha8Rng::seed_from_u64(21));
            let found = tap(&machine, reaction).expect("converges");
            // Half a step below 1e-12 of every unit, before the last one of the other layer.
            assert!(violation(&machine, &found.visible, &found.hidden, reaction) < 1e-11, "{n} x {m} {reaction}");
            let directions: Vec<Vec<f64>> =
                (0..n).map(|j| vec![0.3 * j as f64 - 0.5, if j == 1 { 1.0 } else { 0.0 }]).collect();
            let rows: Vec<&[f64]> = directions.iter().map(|row| &row[..]).collect();
            let variances = found.variances(&machine, &rows).expect("regular");
            assert_eq!(variances.len(), 2);
            // Var Σ u_j v_j is the derivative of Σ u_j p_j where the biases move along u; means
            // accurate to 1e-12, and step² times a third derivative below 1.
            for (i, variance) in variances.into_iter().enumerate() {
                let mut mean = |step: f64| -> f64 {
                    let moved = |machine: &mut Rbm, step: f64| {
                        machine.visible_bias.iter_mut().zip(&rows).for_each(|(a, row)| *a += step * row[i]);
                    };
                    moved(&mut machine, step);
                    let p = tap(&machine, reaction).expect("converges").visible;
                    moved(&mut machine, -step);
                    p.iter().zip(&rows).map(|(p, row)| p * row[i]).sum()
                };
                let slope = (mean(1e-4) - mean(-1e-4)) / 2e-4;
                assert!((variance - slope).abs() < 2e-7, "{n} x {m} {reaction}: {variance} {slope}");
            }
        }
    }
    // A mean of 1 has no finite precision.
    let machine = Rbm::new(1, 1, vec![0.5], vec![0.0], vec![0.0]).expect("finite");
    let certain = Tap { visible: vec![1.0], hidden: vec![0.5], reaction: 1.0 };
    assert!(certain.variances(&machine, &[&[1.0]]).is_err());
    assert_eq!(tap(&machine, 1.0).expect("converges").variances(&machine, &[&[]]), Ok(Vec::new()));
}

#[test]
fn newton_halves_steps_that_overshoot_and_gives_up_at_a_fold() {
    // λ = 8 at zero field: the slope of the round trip at 0.4 is near 1, and the whole step passes
    // by the solution ½ and beyond.
    let strong = Rbm::zero_field(1, 1, vec![8.0]).expect("finite");
    for start in [0.4, 0.6] {
        let found = fixed_point(&strong, &[start]).expect("valid").expect("converges");
        assert!((found.visible[0] - 0.5).abs() < 1e-11 && (found.stability[0] - 2.0).abs() < 1e-10, "{found:?}");
    }
    // λ = 6 with a visible field just beyond the fold: where two solutions have met the gap is
    // least and not zero; one is left, below.
    let folded = Rbm::new(1, 1, vec![6.0], vec![-3.9], vec![-3.0]).expect("finite");
    for start in [0.6, 0.7, 0.8] {
        assert_eq!(fixed_point(&folded, &[start]), Ok(None), "{start}");
    }
    let found = fixed_point(&folded, &[0.05]).expect("valid").expect("converges");
    assert!(found.visible[0] < 0.1 && violation(&folded, &found.visible, &found.hidden, 0.0) < 2e-12);
    let down = relaxed(&folded, &[0.8]).expect("valid").expect("settles");
    assert!((down.visible[0] - found.visible[0]).abs() < 1e-8);
}
