//! Moments of Wishart traces by summing over all Wick pairings.

use super::poly::Poly;

/// E[Πᵢ tr S^kᵢ], S = WᵀW, W an N x M matrix of independent normal entries of standard deviation s:
/// an exact polynomial in `N`, `M` and `s`.
///
/// A trace tr S^k is a ring of 2k factors W; neighbours share, in turn, a visible and a hidden
/// index. A pairing identifies both indices of the factors it joins, so it contributes N^(classes
/// of visible indices) M^(classes of hidden indices) s^(2K), K = Σ kᵢ. There are (2K − 1)!!
/// pairings: 945 for K = 5.
///
/// # Source
/// L. Isserlis, Biometrika 12 (1918) 134.
///
/// # Example
/// ```
/// // by hand: E tr WᵀW = Σ E w² = NM s²
/// assert_eq!(rbm_landscape::symbolic::wick::trace_moment(&[1]).to_string(), "M·N·s²");
/// ```
pub fn trace_moment(powers: &[usize]) -> Poly {
    let factors = 2 * powers.iter().sum::<usize>();
    // Factor f = 2t or 2t + 1 carries the visible index t shared by the two, and a hidden index
    // shared with the neighbour across: factor 2t + 1 with 2t + 2, closing the ring within its
    // trace.
    let visible: Vec<usize> = (0..factors).map(|f| f / 2).collect();
    let mut hidden = vec![0; factors];
    let mut start = 0;
    for &k in powers {
        for t in 0..k {
            let next = start + 2 * ((t + 1) % k);
            hidden[start + 2 * t + 1] = start / 2 + t;
            hidden[next] = start / 2 + t;
        }
        start += 2 * k;
    }
    let mut counts = std::collections::BTreeMap::new();
    for_each_pairing(&mut (0..factors).collect(), &mut Vec::new(), &mut |pairs| {
        let key = (classes(&visible, pairs), classes(&hidden, pairs));
        *counts.entry(key).or_insert(0i64) += 1;
    });
    let [n, m, s] = ["N", "M", "s"].map(Poly::var);
    let scale = s.pow(factors as u32);
    counts
        .into_iter()
        .fold(Poly::int(0), |sum, ((v, h), count)| sum + Poly::int(count) * n.pow(v as u32) * m.pow(h as u32) * &scale)
}

/// Cov(tr S^j, tr S^k) = E tr S^j tr S^k − E tr S^j E tr S^k.
pub fn trace_covariance(j: usize, k: usize) -> Poly {
    trace_moment(&[j, k]) - trace_moment(&[j]) * trace_moment(&[k])
}

fn for_each_pairing(left: &mut Vec<usize>, pairs: &mut Vec<(usize, usize)>, visit: &mut impl FnMut(&[(usize, usize)])) {
    let Some(first) = left.pop() else { return visit(pairs) };
    for at in 0..left.len() {
        let second = left.remove(at);
        pairs.push((first, second));
        for_each_pairing(left, pairs, visit);
        pairs.pop();
        left.insert(at, second);
    }
    left.push(first);
}

/// Number of classes of indices after the paired factors' indices are identified.
fn classes(index: &[usize], pairs: &[(usize, usize)]) -> usize {
    let count = index.iter().max().map_or(0, |top| top + 1);
    let mut parent: Vec<usize> = (0..count).collect();
    fn root(parent: &[usize], mut i: usize) -> usize {
        while parent[i] != i {
            i = parent[i];
        }
        i
    }
    for &(a, b) in pairs {
        let (a, b) = (root(&parent, index[a]), root(&parent, index[b]));
        parent[a] = b;
    }
    (0..count).filter(|&i| parent[i] == i).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nm() -> [Poly; 3] {
        [Poly::var("N"), Poly::var("M"), Poly::int(1)]
    }

    fn at_s_1(p: Poly) -> Poly {
        p.substitute("s", &Poly::int(1))
    }

    #[test]
    fn third_moment_is_the_published_one() {
        // E tr S³ = NM(N² + M² + 3NM + 3N + 3M + 4), Wishart literature
        let [n, m, _] = nm();
        let inner = &n * &n + &m * &m + Poly::int(3) * (&n * &m + &n + &m) + Poly::int(4);
        assert_eq!(at_s_1(trace_moment(&[3])), &n * &m * inner);
    }

    #[test]
    fn covariance_of_the_first_two_traces() {
        // 4NM(N + M + 1): by homogeneity, Cov(tr S, f) = 2 deg(f)/2 · E f for f of degree 4 in W
        let [n, m, one] = nm();
        assert_eq!(at_s_1(trace_covariance(1, 2)), Poly::int(4) * &n * &m * (&n + &m + one));
    }

    #[test]
    fn one_by_one_matrices_give_normal_moments() {
        let scalar = |p: Poly| at_s_1(p).substitute("N", &Poly::int(1)).substitute("M", &Poly::int(1));
        // by hand: E w^(2k) = (2k − 1)!!
        for (k, expected) in [(1, 1), (2, 3), (3, 15), (4, 105), (5, 945)] {
            assert_eq!(scalar(trace_moment(&[k])), Poly::int(expected));
        }
        assert_eq!(scalar(trace_covariance(2, 2)), Poly::int(96)); // by hand: Var w⁴ = 105 − 9
    }

    #[test]
    fn leading_orders_are_narayana_numbers() {
        // Narayana numbers N(4, j) = 1, 6, 6, 1, standard table
        let top = at_s_1(trace_moment(&[4]));
        for (j, expected) in [(1, 1), (2, 6), (3, 6), (4, 1)] {
            assert_eq!(top.coefficient("N", 5 - j).coefficient("M", j), Poly::int(expected));
        }
    }

    #[test]
    fn two_by_two_matrices_agree_with_entrywise_moments() {
        // E tr S² written out in the entries: a word of four entries has a nonzero mean only when
        // every entry occurs an even number of times, E w⁴ = 3, E w² = 1. Independent of pairings
        // and classes.
        let mut total = 0;
        for (j, l) in (0..4).map(|i| (i / 2, i % 2)) {
            for (k, n) in (0..4).map(|i| (i / 2, i % 2)) {
                let mut counts = [0; 4];
                for (v, h) in [(j, k), (l, k), (l, n), (j, n)] {
                    counts[2 * v + h] += 1;
                }
                total += counts.iter().map(|c| [1, 0, 1, 0, 3][*c as usize]).product::<i64>();
            }
        }
        let ours = at_s_1(trace_moment(&[2])).substitute("N", &Poly::int(2)).substitute("M", &Poly::int(2));
        assert_eq!(ours, Poly::int(total));
    }
}
