//! Hierarchical clustering: which groups a set of points falls into, from coarse to fine.

/// One split of a group in two: places of the points on either side, ascending.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// One side.
    pub left: Vec<usize>,
    /// The other.
    pub right: Vec<usize>,
    /// What the split adds to the variance between groups, n_l n_r/(n_l + n_r) |m_l − m_r|², n and
    /// m size and mean of each side.
    pub height: f64,
}

/// Ward's tree of `points` (equal lengths): groups of least `height` are joined first. Returns the
/// K − 1 splits, the coarsest first; heights never rise. They are orthogonal: their heights add up
/// to Σ |x − mean|² over all points.
///
/// # Source
/// J. H. Ward, J. Am. Stat. Assoc. 58 (1963) 236.
///
/// # Example
/// ```
/// // by hand: {0, 1} against {10}: 2·1/3·9.5², then 1/2·1²
/// let tree = rbm_landscape::stat::cluster::ward(&[vec![0.0], vec![10.0], vec![1.0]]);
/// assert_eq!((&tree[0].left[..], &tree[0].right[..]), (&[1][..], &[0, 2][..]));
/// assert!((tree[0].height - 2.0 / 3.0 * 90.25).abs() < 1e-12 && tree[1].height == 0.5);
/// ```
pub fn ward(points: &[Vec<f64>]) -> Vec<Split> {
    let mut groups: Vec<(Vec<usize>, Vec<f64>)> =
        points.iter().enumerate().map(|(i, x)| (vec![i], x.clone())).collect();
    let mut splits = Vec::new();
    while groups.len() > 1 {
        let pairs = (0..groups.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
        let priced = pairs.map(|(a, b)| (height(&groups[a], &groups[b]), a, b));
        let Some((least, a, b)) = priced.min_by(|x, y| x.0.total_cmp(&y.0)) else { break };
        let (right, left) = (groups.remove(b), groups.remove(a));
        let (n, m) = (left.0.len() as f64, right.0.len() as f64);
        let mean = left.1.iter().zip(&right.1).map(|(x, y)| (n * x + m * y) / (n + m)).collect();
        let mut both = [left.0.clone(), right.0.clone()].concat();
        both.sort_unstable();
        groups.push((both, mean));
        splits.push(Split { left: left.0, right: right.0, height: least });
    }
    splits.reverse();
    splits
}

fn height((a, x): &(Vec<usize>, Vec<f64>), (b, y): &(Vec<usize>, Vec<f64>)) -> f64 {
    let (n, m) = (a.len() as f64, b.len() as f64);
    n * m / (n + m) * x.iter().zip(y).map(|(x, y)| (x - y).powi(2)).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_that_by_hand() {
        // 0, 1 and 10, 14 in one dimension: 1·1/2·1², then 1·1/2·4², then 2·2/4·(12 − 1/2)².
        let tree = ward(&[vec![10.0], vec![0.0], vec![14.0], vec![1.0]]);
        let split =
            |left: &[usize], right: &[usize], height: f64| Split { left: left.into(), right: right.into(), height };
        assert_eq!(tree, [split(&[1, 3], &[0, 2], 132.25), split(&[0], &[2], 8.0), split(&[1], &[3], 0.5)]);
        // 0, 3 and 7, in order: 9/2 first; then 2·1/3·(7 − 3/2)².
        let tree = ward(&[vec![0.0, 0.0], vec![0.0, 3.0], vec![0.0, 7.0]]);
        assert!((tree[0].height - 2.0 / 3.0 * 30.25).abs() < 1e-12 && tree[1].height == 4.5, "{tree:?}");
        assert!(ward(&[]).is_empty() && ward(&[vec![1.0]]).is_empty());
    }

    #[test]
    fn heights_fall_and_add_up_to_the_whole_variance() {
        let points: Vec<Vec<f64>> =
            (0..11).map(|i| (0..3).map(|k| f64::from((i * i * 7 + i * k * 5 + k) % 13)).collect()).collect();
        let tree = ward(&points);
        assert_eq!(tree.len(), 10);
        assert!(tree.windows(2).all(|w| w[0].height >= w[1].height));
        let mean = |k: usize| points.iter().map(|x| x[k]).sum::<f64>() / 11.0;
        let whole: f64 = (0..3).map(|k| points.iter().map(|x| (x[k] - mean(k)).powi(2)).sum::<f64>()).sum();
        let sum: f64 = tree.iter().map(|split| split.height).sum();
        assert!((sum / whole - 1.0).abs() < 1e-13); // sums of 11 terms
        let mut first = [tree[0].left.clone(), tree[0].right.clone()].concat();
        first.sort_unstable();
        assert_eq!(first, (0..11).collect::<Vec<_>>());
    }
}
