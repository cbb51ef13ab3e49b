//! ln Z in closed form: the product of Gaussian modes, and its correction by Onsager's reaction at zero field.

use super::Rbm;
use super::linalg::LinalgError;
use super::reciprocal::Reciprocal;
use std::f64::consts::LN_2;

/// A closed form, or why it does not apply.
pub type Closed = Result<f64, String>;

/// ln Z of the Gaussian modes, in the centred form that stays finite for λ = 0:
/// (N+M) ln 2 + c0 + Σ_i { [4ã'² + 4b̃'² + 2λã'b̃']/(2(16 − λ²)) − ½ ln(1 − λ²/16) } + ⅛ Σ over unpaired modes of ã'², b̃'².
/// Applies when every λ < 4.
///
/// # Errors
/// Weights that are not finite, or no convergence.
pub fn gaussian(machine: &Rbm) -> Result<Closed, LinalgError> {
    let modes = Reciprocal::full(machine)?;
    let lambdas = modes.singular_values();
    if let Some(&top) = lambdas.first().filter(|&&l| l >= 4.0) {
        return Ok(Err(format!("the largest singular value times beta is {top:.3}, not below 4: no Gaussian law")));
    }
    let (a, b) = modes.centred_fields();
    let paired = |(i, l): (usize, &f64)| {
        let (a, b) = (a[i], b[i]);
        let gap = 16.0 - l * l;
        (4.0 * a * a + 4.0 * b * b + 2.0 * l * a * b) / (2.0 * gap) - 0.5 * libm::log(gap / 16.0)
    };
    let squares = |fields: &[f64]| fields[lambdas.len()..].iter().map(|f| f * f).sum::<f64>();
    let coupled: f64 = lambdas.iter().enumerate().map(paired).sum();
    Ok(Ok(uncoupled(machine) + coupled + (squares(&a) + squares(&b)) / 8.0))
}

/// (N+M) ln 2 + c0, with c0 = Σa/2 + Σb/2 + ΣW/4.
fn uncoupled(machine: &Rbm) -> f64 {
    let sum = |x: &[f64]| x.iter().sum::<f64>();
    let c0 = sum(&machine.visible_bias) / 2.0 + sum(&machine.hidden_bias) / 2.0 + sum(&machine.weights) / 4.0;
    (machine.visible + machine.hidden) as f64 * LN_2 + c0
}

/// Centred fields below this count as zero: single-precision biases at −W/2 leave about 1e-6.
const ZERO_FIELD: f64 = 1e-4;

/// ln Z with Onsager's reaction (adaptive TAP), at zero centred field: the precision 4 of the units becomes A (visible) and
/// B (hidden), so that ⟨(v − ½)²⟩ = ¼ holds on average. N(A − 4) = M(B − 4) leaves one monotone equation with one root.
/// Applies at zero field and below the spin-glass line s⁴NM/256 = 1 (s² = mean square weight, beta included).
///
/// # Errors
/// Weights that are not finite, or no convergence.
pub fn onsager(machine: &Rbm) -> Result<Closed, LinalgError> {
    let modes = Reciprocal::full(machine)?;
    let (a, b) = modes.centred_fields();
    let field = a.iter().chain(&b).fold(0.0f64, |top, f| top.max(f.abs()));
    if field > ZERO_FIELD {
        return Ok(Err(format!("the centred field reaches {field:.3}: the reaction is known at zero field only")));
    }
    let (n, m) = (machine.visible as f64, machine.hidden as f64);
    let squares: f64 = machine.weights.iter().map(|w| w * w).sum();
    let glass = squares * squares / (n * m) / 256.0;
    if glass >= 1.0 {
        return Ok(Err(format!("s^4 N M / 256 = {glass:.3}, not below 1: beyond the limit of the paramagnet")));
    }
    let lambdas = modes.singular_values();
    let r = lambdas.len() as f64;
    let (precision_a, precision_b) = reaction(n, m, lambdas);
    let product = precision_a * precision_b;
    let paired: f64 = lambdas.iter().map(|l| libm::log((product - l * l) / 16.0)).sum();
    let unpaired = (n - r) * libm::log(precision_a / 4.0) + (m - r) * libm::log(precision_b / 4.0);
    let shift = n * (precision_a - 4.0) / 8.0 + m * (precision_b - 4.0) / 8.0;
    Ok(Ok(uncoupled(machine) + shift - 0.5 * (paired + unpaired)))
}

/// (A, B): A = 4 + t/N, B = 4 + t/M with the one t >= 0 where (1/N)[Σ B/(AB − λ²) + (N−r)/A] = 1/4.
fn reaction(n: f64, m: f64, lambdas: &[f64]) -> (f64, f64) {
    let top = lambdas.first().copied().unwrap_or(0.0);
    let at = |t: f64| (4.0 + t / n, 4.0 + t / m);
    let excess = |t: f64| {
        let (a, b) = at(t);
        if a * b <= top * top {
            return f64::INFINITY; // left of the pole, the root lies to the right
        }
        let sum: f64 = lambdas.iter().map(|l| b / (a * b - l * l)).sum();
        (sum + (n - lambdas.len() as f64) / a) / n - 0.25
    };
    let (mut low, mut high) = (0.0, 1.0);
    while excess(high) > 0.0 {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if excess(middle) > 0.0 { low = middle } else { high = middle }
    }
    at(high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rbm::exact;
    use rand::{SeedableRng, rngs::ChaCha8Rng};

    fn zero_field(n: usize, m: usize, s: f64, seed: u64) -> Rbm {
        let mut machine = Rbm::normal(n, m, s, &mut ChaCha8Rng::seed_from_u64(seed));
        for j in 0..n {
            machine.visible_bias[j] = -machine.weights[j * m..][..m].iter().sum::<f64>() / 2.0;
        }
        for k in 0..m {
            machine.hidden_bias[k] = -(0..n).map(|j| machine.weights[j * m + k]).sum::<f64>() / 2.0;
        }
        machine
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
        // The Gaussian is too large by (1/1024)[Σ_j (WWᵀ)_jj² + Σ_k (WᵀW)_kk² − ⅔ ΣW⁴] + O(W⁶); 5 % of it at this scale.
        let machine = zero_field(14, 10, 0.08, 5);
        let exact = exact::log_partition(&machine).expect("small");
        let w = |j: usize, k: usize| machine.weights[j * 10 + k];
        let rows: f64 = (0..14).map(|j| (0..10).map(|k| w(j, k).powi(2)).sum::<f64>().powi(2)).sum();
        let columns: f64 = (0..10).map(|k| (0..14).map(|j| w(j, k).powi(2)).sum::<f64>().powi(2)).sum();
        let fourth: f64 = machine.weights.iter().map(|w| w.powi(4)).sum();
        let predicted = (rows + columns - fourth * 2.0 / 3.0) / 1024.0;
        let error = gaussian(&machine).expect("converges").expect("applies") - exact;
        assert!((error / predicted - 1.0).abs() < 0.05, "{error} {predicted}");
        let corrected = onsager(&machine).expect("converges").expect("applies") - exact;
        assert!(corrected.abs() < 0.3 * error.abs(), "{corrected} {error}");
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
    fn where_they_do_not_apply_they_say_why() {
        let strong = Rbm::new(1, 1, vec![5.0], vec![0.0], vec![0.0]).expect("finite");
        assert!(gaussian(&strong).expect("converges").is_err_and(|why| why.contains("not below 4")));
        assert!(onsager(&strong).expect("converges").is_err_and(|why| why.contains("zero field")));
        assert!(onsager(&zero_field(20, 20, 1.5, 1)).expect("converges").is_err_and(|why| why.contains("paramagnet")));
    }
}
