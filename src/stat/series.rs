//! How much a Markov chain's samples are worth: autocorrelation, integrated autocorrelation time, effective sample size.

/// What the series of one observable on several chains say.
#[derive(Clone, Debug)]
pub struct Mixing {
    /// Autocorrelation at lags 0, 1, ..., up to the window of the sum; 1 at lag 0.
    pub autocorrelation: Vec<f64>,
    /// Integrated autocorrelation time τ = 1 + 2 Σ ρ(t), in steps, at least about 1.
    pub time: f64,
    /// Samples of all chains together divided by τ.
    pub effective_samples: f64,
    /// Whether the chains are at least 50 τ long, so that τ itself can be trusted.
    pub long_enough: bool,
}

/// Autocorrelation of equally long series, deviations taken from the mean of all of them (chains stuck in different places
/// then show as slow); τ is summed up to the first lag of at least 5 τ. `None` for series shorter than 2 or without
/// variance.
///
/// # Source
/// A. D. Sokal, Monte Carlo Methods in Statistical Mechanics (Cargèse lectures, 1996), section 3.
///
/// # Example
/// ```
/// let alternating: Vec<f64> = (0..1000).map(|t| f64::from(t % 2)).collect();
/// let mixing = rbm_landscape::stat::series::mixing(&[alternating]).unwrap();
/// assert!((mixing.autocorrelation[1] + 1.0).abs() < 1e-12);
/// ```
pub fn mixing(chains: &[Vec<f64>]) -> Option<Mixing> {
    let length = chains.iter().map(Vec::len).min()?;
    let count = (length * chains.len()) as f64;
    let mean = chains.iter().flat_map(|chain| &chain[..length]).sum::<f64>() / count;
    let covariance = |lag: usize| {
        let of = |chain: &Vec<f64>| -> f64 {
            let chain = &chain[..length];
            chain.iter().zip(&chain[lag..]).map(|(a, b)| (a - mean) * (b - mean)).sum()
        };
        chains.iter().map(of).sum::<f64>() / ((length - lag) * chains.len()) as f64
    };
    if length < 2 {
        return None;
    }
    let variance = covariance(0);
    if !(variance > 0.0 && variance.is_finite()) {
        return None;
    }
    let (mut autocorrelation, mut time) = (vec![1.0], 1.0);
    for lag in 1..length {
        let rho = covariance(lag) / variance;
        autocorrelation.push(rho);
        time += 2.0 * rho;
        if lag as f64 >= 5.0 * time {
            break;
        }
    }
    let time = time.max(1.0 / length as f64);
    Some(Mixing { autocorrelation, time, effective_samples: count / time, long_enough: length as f64 >= 50.0 * time })
}

/// Mean of equally long series and its standard error, √(variance τ/n): what n correlated values are worth. `None` where
/// [`mixing`] gives none, or where the chains are too short (below 50 τ) for the error to be trusted. Asymptotic.
pub fn mean_and_error(chains: &[Vec<f64>]) -> Option<(f64, f64)> {
    let mixing = mixing(chains)?;
    let length = chains.iter().map(Vec::len).min()?;
    let values = || chains.iter().flat_map(|chain| &chain[..length]);
    let count = (length * chains.len()) as f64;
    let mean = values().sum::<f64>() / count;
    let variance = values().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
    mixing.long_enough.then(|| (mean, (variance / mixing.effective_samples).sqrt()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::ChaCha8Rng};
    use rand_distr::{Distribution, StandardNormal};

    #[test]
    fn an_autoregressive_series_has_its_known_time() {
        // x' = φ x + noise: ρ(t) = φ^t, τ = (1 + φ)/(1 − φ). The estimator's relative variance is about 2 (2·5 + 1) τ/n
        // (Sokal's formula); 5 standard deviations are allowed.
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        for phi in [0.0, 0.8, 0.95f64] {
            let mut chain = || {
                let mut x =
                    <StandardNormal as Distribution<f64>>::sample(&StandardNormal, rng) / (1.0 - phi * phi).sqrt();
                let mut next = || {
                    x = phi * x + <StandardNormal as Distribution<f64>>::sample(&StandardNormal, rng);
                    x
                };
                (0..20_000).map(|_| next()).collect::<Vec<f64>>()
            };
            let chains: Vec<Vec<f64>> = (0..10).map(|_| chain()).collect();
            let found = mixing(&chains).expect("varies");
            let exact = (1.0 + phi) / (1.0 - phi);
            let spread = (22.0 * exact / 200_000.0).sqrt();
            assert!((found.time / exact - 1.0).abs() < 5.0 * spread + 0.01, "{} {exact}", found.time);
            assert!(found.long_enough && (found.effective_samples - 200_000.0 / found.time).abs() < 1e-6);
            assert!((found.autocorrelation[1] - phi).abs() < 0.02);
        }
    }

    #[test]
    fn stuck_chains_are_not_long_enough() {
        let stuck: Vec<Vec<f64>> =
            (0..4).map(|c| (0..200).map(|t| f64::from(c) + 0.01 * f64::from(t % 3)).collect()).collect();
        assert!(!mixing(&stuck).expect("varies").long_enough);
        assert!(mixing(&[vec![1.0; 10]]).is_none() && mixing(&[]).is_none() && mixing(&[vec![1.0]]).is_none());
    }
}
