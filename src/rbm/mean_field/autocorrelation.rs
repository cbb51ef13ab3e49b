//! How block Gibbs sampling forgets, by the Gaussian law.

/// Autocorrelation of x = Σ_j U_j v_j over one sweep v → h → v at stationarity, exact in any
/// machine: 1 − Σ_j U_j² E[p_j(1 − p_j)]/var x, p_j = P(v_j = 1 | h), for one visible mode (length
/// N), the N averages E[p_j(1 − p_j)], and var x.
///
/// Given h the units of v are independent, and v, v' before and after the sweep are independent
/// given h with one law: Cov(x, x') = Var E[x | h] = var x − E Var[x | h].
///
/// # Example
/// ```
/// // by hand: without weights v' knows nothing of v, and p(1 − p) = 1/4 = var v
/// assert_eq!(rbm_landscape::rbm::mean_field::autocorrelation(&[0.6, 0.8], &[0.25; 2], 0.25), 0.0);
/// ```
pub fn autocorrelation(mode: &[f64], conditional_variances: &[f64], variance: f64) -> f64 {
    1.0 - mode.iter().zip(conditional_variances).map(|(u, p)| u * u * p).sum::<f64>() / variance
}
