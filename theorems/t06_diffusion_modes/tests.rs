//! Tests.

use super::evidence::logistic;
use super::gibbs::Machine;
use super::trained::{LEFT_OUT, beyond, local_modes};
use crate::evidence::Criterion;
use crate::rbm::Rbm;
use crate::rbm::mean_field::{FixedPoint, fixed_point};

use crate::evidence::Outcome;

#[test]
fn the_exact_autocorrelation_agrees_with_the_transition_of_one_unit() {
    // By hand, for one unit per layer at zero field: v and h agree with probability σ(g/2), and the
    // autocorrelation is tanh²(g/4).
    let machine = Machine::square(1, 2.0, 0.5);
    assert!((machine.autocorrelation() - 0.5f64.tanh().powi(2)).abs() < 1e-12);
}

#[test]
fn the_enumerated_chain_has_the_exact_autocorrelation() {
    // Two independent formulas: the transitions of both layers, and 1 − E[p(1−p)]/var x.
    for mean in [0.5, 0.2] {
        let machine = Machine { visible: 37, hidden: 23, g: 3.0, mean };
        let (chain, exact) = (machine.regressions(&machine.equilibrium(), 1)[0], machine.autocorrelation());
        assert!((chain - exact).abs() < 1e-11, "{chain} {exact}");
    }
}

#[test]
fn factors_at_a_fixed_point_lack_second_order_in_one_over_the_size_only() {
    // All weights are g/√(NM), the means are p and q. At the fixed point only the sum V of v
    // matters, which is binomial, and the same holds for h given V; the regression of a sweep is
    // therefore a double sum. All terms that are kept are of order 1/N, the neglected ones of order
    // 1/N².
    use statrs::distribution::{Binomial, Discrete};
    let left = |(n, m): (usize, usize), g: f64, (p, q): (f64, f64)| -> [f64; 2] {
        let w = g / ((n * m) as f64).sqrt();
        let logit = |p: f64| (p / (1.0 - p)).ln();
        let (a, b) = (logit(p) - m as f64 * w * q, logit(q) - n as f64 * w * p);
        let machine = Rbm::new(n, m, vec![w; n * m], vec![a; n], vec![b; m]).expect("finite");
        let at = FixedPoint { visible: vec![p; n], hidden: vec![q; m], stability: Vec::new() };
        let found = &local_modes(&machine, &at, 1).expect("decomposes")[0];
        let law = |p: f64, n: usize| -> Vec<f64> {
            let law = Binomial::new(p, n as u64).expect("a probability");
            (0..=n as u64).map(|count| law.pmf(count)).collect()
        };
        let back: Vec<f64> = (0..=m).map(|count| n as f64 * logistic(a + w * count as f64)).collect();
        let returned = |v: usize| -> f64 {
            law(logistic(b + w * v as f64), m).iter().zip(&back).map(|(weight, back)| weight * back).sum()
        };
        let exact: f64 =
            law(p, n).iter().enumerate().map(|(v, weight)| weight * (v as f64 - n as f64 * p) * returned(v)).sum();
        [exact / (n as f64 * p * (1.0 - p)) - found.averaged, found.second]
    };
    let ([small, _], [large, _]) = (left((140, 200), 8.0, (0.1, 0.8)), left((560, 800), 8.0, (0.1, 0.8)));
    let order = (small / large).abs().ln() / 4f64.ln();
    assert!((order - 2.0).abs() < 0.5, "{small:e} {large:e} {order}");
    // The remainder is within the bound of the criterion for shapes and couplings of machines in
    // training. The two constants of the scale and the factor 2 of the bound were chosen here.
    for p in [0.05, 0.1, 0.2, 0.3, 0.5] {
        for q in [0.2, 0.5, 0.8, 0.9] {
            for (shape, g) in [((97, 31), 8.0), ((200, 32), 12.0), ((783, 32), 12.0)] {
                let [off, scale] = left(shape, g, (p, q));
                assert!(off.abs() < LEFT_OUT * scale, "{shape:?}, {g}, {p}, {q}: {off:e} {scale:e}");
            }
        }
    }
}

#[test]
fn factors_at_a_fixed_point_are_those_of_all_states_to_third_order() {
    // By enumeration: one sweep from independent v at the means of the fixed point. For W of scale
    // s the factor is of order s², the shifts of replaced units are of order s³ and the remainder
    // is of order s⁴. Without the shifts the remainder would be of order s³.
    let (n, m) = (4, 3);
    let left = |scale: f64| -> f64 {
        let weights: Vec<f64> = (0..n * m).map(|at| scale * (1.0 + (at * at % 5) as f64 / 5.0)).collect();
        let machine = Rbm::new(n, m, weights, vec![-1.3, -0.4, 0.9, -2.0], vec![0.7, -1.1, 0.3]).expect("finite");
        let point = fixed_point(&machine, &vec![0.4; n]).expect("valid").expect("converges");
        let mode = &local_modes(&machine, &point, 1).expect("decomposes")[0];
        let bit = |word: usize, at: usize| (word >> at & 1) as f64;
        let weight = |word: usize, means: &[f64]| -> f64 {
            means.iter().enumerate().map(|(at, p)| if bit(word, at) == 1.0 { *p } else { 1.0 - p }).product()
        };
        let w = machine.weights_view();
        let back =
            |h: usize, i: usize| logistic(machine.visible_bias[i] + (0..m).map(|k| w[(i, k)] * bit(h, k)).sum::<f64>());
        let mut exact = 0.0;
        for v in 0..1 << n {
            let q: Vec<f64> = (0..m)
                .map(|k| logistic(machine.hidden_bias[k] + (0..n).map(|j| w[(j, k)] * bit(v, j)).sum::<f64>()))
                .collect();
            let sent: f64 = (0..n).map(|j| mode.along[j] * (bit(v, j) - point.visible[j])).sum();
            let mean = |h: usize| (0..n).map(|i| mode.along[i] * back(h, i)).sum::<f64>();
            let returned: f64 = (0..1 << m).map(|h| weight(h, &q) * mean(h)).sum();
            exact += weight(v, &point.visible) * sent * returned;
        }
        (mode.averaged - exact).abs()
    };
    let order = (left(0.02) / left(0.01)).log2();
    assert!((order - 4.0).abs() < 0.1, "{order}");
}

#[test]
fn what_lies_within_the_bound_of_a_prediction_is_no_deviation() {
    // By hand, for the error 0.1 and the bound 0.5 around 1: for 1.3 the deviation beyond the bound
    // is 0, for 2.1 it is 0.6, six errors, and for −0.2 it is −0.7.
    let of = |found: f64| beyond("b", "b".into(), (found, 0.1), 1.0, 0.5);
    for (found, expected) in [(1.3, 0.0), (2.1, 6.0), (-0.2, -7.0)] {
        let m = of(found);
        let Criterion::Statistical { statistic, .. } = m.criterion else { panic!("not a test") };
        assert!((statistic - expected).abs() < 1e-12 && m.predicted == 1.0, "{found}: {statistic}");
    }
    assert_eq!([of(1.3), of(2.1), of(f64::NAN)].map(|m| m.outcome()), [Outcome::Pass, Outcome::Fail, Outcome::Invalid]);
}

#[test]
fn a_large_machine_with_biases_has_the_bias_aware_factor() {
    let found = Machine::square(1_000_000, 5.0, 0.1).autocorrelation();
    assert!((found - 0.5625).abs() < 1e-4, "{found}");
}
