//! Histograms and grids of points.

/// `steps + 1` equally spaced points from `low` to `high`.
pub(crate) fn grid(low: f64, high: f64, steps: usize) -> impl Iterator<Item = f64> {
    (0..=steps).map(move |i| low + (high - low) * i as f64 / steps as f64)
}

/// (centre, density) of equal bins on [low, high); the density is normalised by the whole sample,
/// also by what lies outside, so that a law with more mass elsewhere shows as less here.
///
/// # Example
/// ```
/// // by hand: half of the sample lies in a bin of width 2, a quarter beyond the range
/// let bars = rbm_landscape::stat::histogram::histogram(&[0.5, 1.0, 3.0, 9.0], 0.0, 4.0, 2);
/// assert_eq!(bars, [(1.0, 0.25), (3.0, 0.125)]);
/// ```
pub fn histogram(sample: &[f64], low: f64, high: f64, bins: usize) -> Vec<(f64, f64)> {
    let width = (high - low) / bins as f64;
    let mut counts = vec![0usize; bins];
    for z in sample.iter().filter(|z| (low..high).contains(*z)) {
        counts[(((z - low) / width) as usize).min(bins - 1)] += 1;
    }
    let density = |count: usize| count as f64 / (sample.len().max(1) as f64 * width);
    counts.iter().enumerate().map(|(i, &count)| (low + (i as f64 + 0.5) * width, density(count))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_is_equally_spaced_and_has_both_ends() {
        // by hand
        assert_eq!(grid(2.0, 5.0, 4).collect::<Vec<_>>(), [2.0, 2.75, 3.5, 4.25, 5.0]);
    }

    #[test]
    fn a_histogram_counts_from_its_lower_limit_up_to_below_its_upper() {
        // by hand: bins [−1, 0.5) and [0.5, 2) of width 3/2; five values, of which −1.5 and 2 lie
        // outside: 1/(5 · 3/2) and twice that
        let bars = histogram(&[-1.5, -1.0, 0.5, 1.75, 2.0], -1.0, 2.0, 2);
        assert_eq!(bars.iter().map(|bar| bar.0).collect::<Vec<_>>(), [-0.25, 1.25]);
        for (bar, density) in bars.iter().zip([2.0 / 15.0, 4.0 / 15.0]) {
            assert!((bar.1 - density).abs() < 1e-15, "{bar:?}");
        }
        // (1 − 2^−53)/(1/3) rounds to 3, past the last of three bins.
        let last = histogram(&[1f64.next_down()], 0.0, 1.0, 3)[2];
        assert!((last.0 - 5.0 / 6.0).abs() < 1e-15 && (last.1 - 3.0).abs() < 1e-14, "{last:?}");
        assert_eq!(histogram(&[], 0.0, 1.0, 2), [(0.25, 0.0), (0.75, 0.0)]);
    }
}
