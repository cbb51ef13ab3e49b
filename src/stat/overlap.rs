//! Whether chains forget where they were: the overlap of each chain with its own past against that
//! between chains.
//!
//! A chain is seen several times, each view being the mean over a while of its units as spins −1
//! and 1; the overlap of two such vectors is q = Σ_j s_j s'_j / N. Where chains forget where they
//! were from one view to the next, whatever they started from, two views of one chain know as much
//! of each other as those of two chains, and both overlaps have one mean. What a chain keeps adds
//! tr Cov(view, later view)/N to the overlap with its own past. That difference does not depend on
//! the origin of the spins: overlaps without the product of the mean states have the same.

use super::StatError;
use rand::Rng;
use rand::seq::SliceRandom;
use serde::Serialize;

/// A mean and its standard error.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Overlap {
    /// Mean overlap, between −1 and 1.
    pub mean: f64,
    /// Its standard error, from chains as a whole: pairs that share a chain know of each other.
    pub se: f64,
}

/// What chains keep of their past.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overlaps {
    /// Of each chain with its own past.
    pub own: Overlap,
    /// Of each chain with the past of all others.
    pub between: Overlap,
    /// Probability of so large a difference between chains that forget, from permutations of the
    /// chains in every view but the first: no law is assumed, and chains that forget are below any
    /// level as often as it says, or less.
    pub p_value: f64,
}

/// Permutations: p-values are at least 1/10,000.
const PERMUTATIONS: usize = 9999;

/// Overlaps of at least three chains from at least two `views`: each has one vector of N spins'
/// means per chain. `rng` draws the permutations.
///
/// A single chain that stays elsewhere is found again in its place by as many permutations as one
/// in C^(views − 1): two views of few chains do not tell it from chance; four do of more than ten
/// chains at a level of 10⁻³.
///
/// Standard errors are √(Σ(q_c − q)²/(C(C − 1))) for the C chains' overlaps with themselves, and by
/// leaving out one chain at a time for those between chains.
///
/// # Errors
/// Fewer than three chains or two views, views of different numbers of chains, or no unit.
///
/// # Source
/// Permutations as an exact test of independence: E. J. G. Pitman, Suppl. J. R. Stat. Soc. 4, 225
/// (1937).
///
/// # Example
/// ```
/// // by hand: chains that stay at −1, 1, 1: with itself 1, with others (−2 − 2 + 2)/6
/// use rand::{SeedableRng, rngs::ChaCha8Rng};
/// let stay = vec![vec![-1.0], vec![1.0], vec![1.0]];
/// let rng = &mut ChaCha8Rng::seed_from_u64(1);
/// let found = rbm_landscape::stat::overlap::overlaps(&[stay.clone(), stay], rng).unwrap();
/// assert!(found.own.mean == 1.0 && (found.between.mean + 1.0 / 3.0).abs() < 1e-15);
/// ```
pub fn overlaps(views: &[Vec<Vec<f64>>], rng: &mut impl Rng) -> Result<Overlaps, StatError> {
    let test = "overlaps";
    if views.len() < 2 {
        return Err(StatError::TooFew { test, needed: 2, got: views.len() });
    }
    let chains = views[0].len();
    let least = views.iter().map(Vec::len).min().unwrap_or(0);
    if least < 3 || views.iter().any(|view| view.len() != chains) || views[0][0].is_empty() {
        return Err(StatError::TooFew { test, needed: 3, got: least });
    }
    let pairs: Vec<(usize, usize)> = (1..views.len()).flat_map(|b| (0..b).map(move |a| (a, b))).collect();
    let products: Vec<Vec<f64>> = pairs.iter().map(|(a, b)| products(&views[*a], &views[*b])).collect();
    // Means over the pairs of views.
    let at = |c: usize, d: usize| products.iter().map(|pair| pair[c * chains + d]).sum::<f64>() / products.len() as f64;
    let count = chains as f64;
    let own: Vec<f64> = (0..chains).map(|c| at(c, c)).collect();
    let mean = own.iter().sum::<f64>() / count;
    let square: f64 = own.iter().map(|one| (one - mean).powi(2)).sum();
    let own = Overlap { mean, se: (square / (count * (count - 1.0))).sqrt() };
    // Sums over the pairs of each chain with the others, either way round.
    let with = |c: usize| (0..chains).filter(|d| *d != c).map(|d| at(c, d) + at(d, c)).sum::<f64>();
    let sums: Vec<f64> = (0..chains).map(with).collect();
    let all = 0.5 * sums.iter().sum::<f64>();
    let without: Vec<f64> = sums.iter().map(|one| (all - one) / ((count - 1.0) * (count - 2.0))).collect();
    let mean = without.iter().sum::<f64>() / count;
    let apart: f64 = without.iter().map(|x| (x - mean).powi(2)).sum();
    let between = Overlap { mean: all / (count * (count - 1.0)), se: ((count - 1.0) / count * apart).sqrt() };
    let mut orders: Vec<Vec<usize>> = vec![(0..chains).collect(); views.len()];
    let sum = |orders: &[Vec<usize>]| -> f64 {
        let pair = |((a, b), products): (&(usize, usize), &Vec<f64>)| {
            orders[*a].iter().zip(&orders[*b]).map(|(c, d)| products[c * chains + d]).sum::<f64>()
        };
        pairs.iter().zip(&products).map(pair).sum()
    };
    // Equal sums that are added in another order are equal.
    let size: f64 = products.iter().flat_map(|pair| (0..chains).map(|c| pair[c * chains + c].abs())).sum();
    let least = sum(&orders) - 1e-12 * (size + 1.0);
    let above = (0..PERMUTATIONS).filter(|_| {
        orders[1..].iter_mut().for_each(|order| order.shuffle(rng));
        sum(&orders) >= least
    });
    let p_value = (above.count() as f64 + 1.0) / (PERMUTATIONS as f64 + 1.0);
    Ok(Overlaps { own, between, p_value })
}

/// Σ_j s_j s'_j / N of every chain in one view with every one in another, chain by chain.
fn products(early: &[Vec<f64>], late: &[Vec<f64>]) -> Vec<f64> {
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>() / x.len() as f64;
    early.iter().flat_map(|x| late.iter().map(move |y| dot(x, y))).collect()
}

/// Standard deviations of the noise that views of two states must be apart, and their least share
/// of the mean distance of all pairs.
const APART: f64 = 8.0;
const SHARE: f64 = 0.125;

/// Which state each chain is in, numbered in the order in which chains show them: one that is
/// further from the first chain of every state before than noise explains shows another. `early`
/// and `late` are two views, or means of views.
///
/// (early_c − early_d)·(late_c − late_d)/N is the squared distance of two chains' means but for
/// noise of mean zero, as large as that of (early_c − late_c)·(early_d − late_d)/N, which has the
/// mean zero wherever chains stay. Eight of its standard deviations are no noise. Nor are states
/// that lie much closer than chains do on average told apart: rare flips of single units, of which
/// too few are seen to know their noise, make no state.
///
/// # Example
/// ```
/// let stay = [vec![-1.0, 1.0], vec![1.0, 1.0], vec![-1.0, 1.0]];
/// assert_eq!(rbm_landscape::stat::overlap::states(&stay, &stay), [0, 1, 0]);
/// ```
pub fn states(early: &[Vec<f64>], late: &[Vec<f64>]) -> Vec<usize> {
    let chains = early.len().min(late.len());
    let product = |of: &dyn Fn(usize) -> f64| {
        let units = early.first().map_or(1, Vec::len).max(1);
        (0..units).map(of).sum::<f64>() / units as f64
    };
    let moved = |c: usize, d: usize| product(&|j| (early[c][j] - late[c][j]) * (early[d][j] - late[d][j]));
    let distance = |c: usize, d: usize| product(&|j| (early[c][j] - early[d][j]) * (late[c][j] - late[d][j]));
    let pairs = || (1..chains).flat_map(|c| (0..c).map(move |d| (c, d)));
    let count = ((chains * chains.saturating_sub(1)) as f64 / 2.0).max(1.0);
    let noise = (pairs().map(|(c, d)| moved(c, d).powi(2)).sum::<f64>() / count).sqrt();
    let mean = pairs().map(|(c, d)| distance(c, d)).sum::<f64>() / count;
    // Rounding leaves as much of equal views.
    let least = libm::fmaximum(libm::fmaximum(APART * noise, SHARE * mean), 1e-12);
    let (mut first, mut of) = (Vec::new(), Vec::new());
    for chain in 0..chains {
        let known = first.iter().position(|leader| distance(chain, *leader) <= least);
        of.push(known.unwrap_or(first.len()));
        if known.is_none() {
            first.push(chain);
        }
    }
    of
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
    use rand_distr::{Distribution, StandardNormal};

    /// `chains` views of `units` spins' means: a part that a chain keeps and a part that it does
    /// not, for every one of `keep` (by chain).
    fn views(chains: usize, units: usize, keep: f64, rng: &mut ChaCha8Rng) -> [Vec<Vec<f64>>; 2] {
        let mut normal = || -> Vec<f64> { (0..units).map(|_| StandardNormal.sample(&mut *rng)).collect() };
        let (mut early, mut late) = (Vec::new(), Vec::new());
        for _ in 0..chains {
            let (kept, new, newer) = (normal(), normal(), normal());
            let view = |new: &[f64]| kept.iter().zip(new).map(|(k, x)| 0.3 + keep * k + x).collect();
            early.push(view(&new));
            late.push(view(&newer));
        }
        [early, late]
    }

    #[test]
    fn overlaps_and_their_errors_are_those_by_hand() {
        // One unit; products, early by late: 1 0 −1 / −1 0 1 / 0 0 0.
        let early = [vec![1.0], vec![-1.0], vec![0.0]];
        let late = [vec![1.0], vec![0.0], vec![-1.0]];
        let found =
            overlaps(&[early.to_vec(), late.to_vec()], &mut ChaCha8Rng::seed_from_u64(1)).expect("three chains");
        assert!((found.own.mean - 1.0 / 3.0).abs() < 1e-15);
        // Σ(q − 1/3)² = 4/9 + 1/9 + 1/9 over 3·2.
        assert!((found.own.se - (1.0f64 / 9.0).sqrt()).abs() < 1e-15);
        // All pairs: −1 − 1 + 1 = −1 over 6; without chain 1 1/2, without 2 or 3 −1/2.
        assert!((found.between.mean + 1.0 / 6.0).abs() < 1e-15);
        // Their mean is −1/6: squares 4/9 + 1/9 + 1/9, times 2/3.
        assert!((found.between.se - (4.0f64 / 9.0).sqrt()).abs() < 1e-15, "{found:?}");
        // The six orders have the sums 1, 2, −1, −1, 1, −2: three reach 1; five standard errors of
        // 9,999 draws.
        assert!((found.p_value - 0.5).abs() < 5.0 * (0.25 / 9999f64).sqrt(), "{found:?}");
        let refused = |views: &[Vec<Vec<f64>>]| overlaps(views, &mut ChaCha8Rng::seed_from_u64(1)).is_err();
        assert!(refused(&[early[..2].to_vec(), late[..2].to_vec()]) && refused(&[early.to_vec(), late[..2].to_vec()]));
        assert!(refused(&[early.to_vec()]) && refused(&[vec![vec![]; 3], vec![vec![]; 3]]) && refused(&[]));
    }

    #[test]
    fn one_chain_elsewhere_is_seen_in_four_views_and_not_in_two() {
        // 20 chains at −1 but for one: of permutations of one view 1/20 leave it in its place, of
        // three views 1/8000; five standard errors.
        let mut view = vec![vec![-1.0; 3]; 20];
        view[4] = vec![1.0; 3];
        let p_value = |views: usize| {
            overlaps(&vec![view.clone(); views], &mut ChaCha8Rng::seed_from_u64(5)).expect("enough").p_value
        };
        assert!((p_value(2) - 0.05).abs() < 5.0 * (0.05f64 * 0.95 / 9999.0).sqrt(), "{}", p_value(2));
        assert!(p_value(4) < 1.0 / 8000.0 + 5.0 * (1.0f64 / 8000.0 / 9999.0).sqrt() + 1e-4, "{}", p_value(4));
    }

    #[test]
    fn the_test_has_its_size_and_sees_what_chains_keep() {
        // 400 draws each; p-values of chains that forget are uniform but for steps of 1/10,000. At
        // 0.05 more than 40 of 400 have probability 1.4e-5, fewer than 4 probability 2.2e-6 (sums
        // of the binomial law).
        let rng = &mut ChaCha8Rng::seed_from_u64(2);
        for (chains, units) in [(5, 1), (24, 1), (24, 30)] {
            let mut below = 0;
            for _ in 0..400 {
                let [early, late] = views(chains, units, 0.0, rng);
                below += usize::from(overlaps(&[early, late], rng).expect("enough").p_value <= 0.05);
            }
            assert!((4..=40).contains(&below), "{chains} x {units}: {below}");
        }
        // What is kept adds keep² to the overlap of a chain with its past, five standard errors; a
        // constant adds to both.
        let [early, late] = views(60, 50, 0.7, rng);
        let found = overlaps(&[early, late], rng).expect("enough");
        let Overlaps { own, between, p_value } = found;
        assert!((own.mean - between.mean - 0.49).abs() < 5.0 * own.se.hypot(between.se), "{found:?}");
        assert!((between.mean - 0.09).abs() < 5.0 * between.se && p_value < 1e-3, "{found:?}");
    }

    #[test]
    fn errors_are_the_spread_over_many_draws() {
        // 2,000 draws: a standard deviation is known to 1/√4,000 of itself, but for heavier tails;
        // the mean of the stated errors to less.
        let rng = &mut ChaCha8Rng::seed_from_u64(3);
        let (mut own, mut between) = (Vec::new(), Vec::new());
        for _ in 0..2000 {
            let [early, late] = views(12, 5, 0.5, rng);
            let products = overlaps(&[early, late], rng).expect("enough");
            own.push(products.own);
            between.push(products.between);
        }
        let ratio = |all: &[Overlap]| {
            let mean = all.iter().map(|one| one.mean).sum::<f64>() / all.len() as f64;
            let square = all.iter().map(|one| (one.mean - mean).powi(2)).sum::<f64>() / all.len() as f64;
            let stated = all.iter().map(|one| one.se * one.se).sum::<f64>() / all.len() as f64;
            (stated / square).sqrt()
        };
        assert!((ratio(&own) - 1.0).abs() < 0.1, "{}", ratio(&own));
        // Leaving out one at a time errs to the safe side (B. Efron and C. Stein, Ann. Stat. 9, 586
        // (1981)).
        assert!((0.95..1.3).contains(&ratio(&between)), "{}", ratio(&between));
    }

    #[test]
    fn states_are_counted_and_noise_is_none() {
        let rng = &mut ChaCha8Rng::seed_from_u64(4);
        // 30 chains in one state, with noise: one, in each of 200 draws.
        for _ in 0..200 {
            let [early, late] = views(30, 20, 0.0, rng);
            assert_eq!(states(&early, &late), [0; 30]);
        }
        // Chains in three states, 2 apart in every unit against noise of 0.1.
        let [mut early, mut late] = views(30, 20, 0.0, rng);
        let place: Vec<usize> = (0..30).map(|_| rng.random_range(0..3)).collect();
        for view in early.iter_mut().chain(&mut late).zip(place.iter().cycle()) {
            view.0.iter_mut().for_each(|x| *x = 0.1 * *x + 2.0 * *view.1 as f64);
        }
        let found = states(&early, &late);
        for c in 0..30 {
            assert!((0..30).all(|d| (found[c] == found[d]) == (place[c] == place[d])), "{found:?} {place:?}");
        }
        assert_eq!((found[0], states(&[], &[])), (0, vec![]));
        // One chain of 30 elsewhere, in all units; another that has one unit of 20 flipped for a
        // hundredth of both views.
        let mut stay = vec![vec![-1.0; 20]; 30];
        stay[7] = vec![1.0; 20];
        stay[3][5] += 0.02;
        let found = states(&stay, &stay);
        assert!((0..30).all(|c| found[c] == usize::from(c == 7)), "{found:?}");
    }
}
