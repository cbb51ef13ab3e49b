//! Moments of the entries of a Haar-distributed orthogonal matrix, exact in its size N.

use super::poly::Poly;
use super::ratio::RatFn;

const ROWS: [&str; 6] = ["u₁", "u₂", "u₃", "u₄", "u₅", "u₆"];

/// E Πⱼ U_j^(aⱼ) over one column, different rows j: zero for an odd power, else Π (aⱼ − 1)!! /
/// (N(N+2)…(N+d−2)), d = Σ aⱼ.
///
/// # Source
/// A column is uniform on the unit sphere: a normal vector over its length, which is independent of
/// its direction.
///
/// # Example
/// ```
/// use rbm_landscape::symbolic::{haar, poly::Poly, ratio::RatFn};
/// let n = Poly::var("N");
/// // by hand: N E U² = 1
/// assert_eq!(RatFn::from(n.clone()) * haar::one_column(&[2]), RatFn::from(Poly::int(1)));
/// ```
pub fn one_column(powers: &[u32]) -> RatFn {
    on_sphere(powers, &Poly::var("N"))
}

/// The same on the unit sphere of a space of the given dimension.
fn on_sphere(powers: &[u32], dimension: &Poly) -> RatFn {
    if powers.iter().any(|a| a % 2 == 1) {
        return RatFn::from(Poly::int(0));
    }
    let odd = |a: u32| (1..i64::from(a)).step_by(2).product::<i64>();
    RatFn::new(Poly::int(powers.iter().map(|&a| odd(a)).product()), lengths(powers.iter().sum::<u32>() / 2, dimension))
}

/// D(D+2)…(D+2(k−1)): E |g|^(2k) of a normal vector in dimension D.
fn lengths(k: u32, dimension: &Poly) -> Poly {
    (0..k).fold(Poly::int(1), |product, i| product * (dimension + Poly::int(2 * i64::from(i))))
}

/// E Πⱼ U_ji^(aⱼ) U_jk^(bⱼ) over two different columns i, k, rows j in common; up to six rows.
///
/// Given the first column u, the second is uniform on the unit sphere of the space orthogonal to u,
/// dimension N − 1: its moments are sums over pairings of δ_jl − u_j u_l over (N−1)(N+1)…; then the
/// mean over u.
///
/// # Panics
/// With more than six rows, or lists of different lengths: a mistake in a derivation.
///
/// # Example
/// ```
/// use rbm_landscape::symbolic::{haar, poly::Poly, ratio::RatFn};
/// let n = Poly::var("N");
/// // E U_ji² U_jk² = 1/(N(N+2))
/// assert_eq!(haar::two_columns(&[2], &[2]), RatFn::new(Poly::int(1), &n * (&n + Poly::int(2))));
/// ```
pub fn two_columns(first: &[u32], second: &[u32]) -> RatFn {
    assert!(first.len() == second.len() && first.len() <= ROWS.len(), "two columns share at most six rows");
    let places: Vec<usize> = second.iter().enumerate().flat_map(|(j, &b)| std::iter::repeat_n(j, b as usize)).collect();
    if places.len() % 2 == 1 {
        return RatFn::from(Poly::int(0));
    }
    let weight = ROWS.iter().zip(first).fold(Poly::int(1), |product, (&u, &a)| product * Poly::var(u).pow(a));
    let over_second = weight * pairings(&places);
    let n_1 = Poly::var("N") - Poly::int(1);
    over_column(&over_second, 0, &mut Vec::new()) / RatFn::from(lengths(places.len() as u32 / 2, &n_1))
}

/// Σ over pairings of Π (δ_jl − u_j u_l).
fn pairings(places: &[usize]) -> Poly {
    let Some((&j, rest)) = places.split_first() else { return Poly::int(1) };
    (0..rest.len()).fold(Poly::int(0), |sum, at| {
        let l = rest[at];
        let projector = Poly::int(i64::from(j == l)) - Poly::var(ROWS[j]) * Poly::var(ROWS[l]);
        sum + projector * pairings(&[&rest[..at], &rest[at + 1..]].concat())
    })
}

/// Mean of a polynomial in u₁…u₆ over a column.
fn over_column(p: &Poly, row: usize, powers: &mut Vec<u32>) -> RatFn {
    if row == ROWS.len() {
        return RatFn::from(p.clone()) * one_column(powers);
    }
    p.collect(ROWS[row]).into_iter().fold(RatFn::from(Poly::int(0)), |sum, (power, c)| {
        powers.push(power);
        let term = over_column(&c, row + 1, powers);
        powers.pop();
        sum + term
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n() -> Poly {
        Poly::var("N")
    }

    fn over(num: Poly, factors: &[i64]) -> RatFn {
        RatFn::new(num, factors.iter().fold(Poly::int(1), |product, &f| product * (n() + Poly::int(f))))
    }

    #[test]
    fn moments_are_the_published_ones() {
        // Collins & Śniady, Commun. Math. Phys. 264 (2006) 773, tables for the orthogonal group
        assert_eq!(one_column(&[4]), over(Poly::int(3), &[0, 2]));
        assert_eq!(one_column(&[6]), over(Poly::int(15), &[0, 2, 4]));
        assert_eq!(two_columns(&[2], &[2]), over(Poly::int(1), &[0, 2]));
        assert_eq!(two_columns(&[2, 0], &[0, 2]), over(n() + Poly::int(1), &[-1, 0, 2]));
        assert_eq!(two_columns(&[1, 1], &[1, 1]), over(Poly::int(-1), &[-1, 0, 2]));
        assert!(
            one_column(&[1, 3]) == RatFn::from(Poly::int(0)) && two_columns(&[1], &[1]) == RatFn::from(Poly::int(0))
        );
    }

    #[test]
    fn orthonormality_holds_in_the_mean() {
        // Σ_j U_ji² = 1 times any moment is that moment: N rows, one of them special.
        let rest = n() - Poly::int(1);
        for (a, b) in [(2, 2), (4, 0), (0, 4), (2, 0)] {
            let whole = two_columns(&[a + 2, 0], &[b, 0]) + RatFn::from(rest.clone()) * two_columns(&[a, 2], &[b, 0]);
            assert_eq!(whole, two_columns(&[a], &[b]), "{a} {b}");
        }
        // Columns are orthogonal: Σ_j U_ji U_jk times U_1i U_1k vanishes.
        let dot = two_columns(&[2, 0], &[2, 0]) + RatFn::from(rest) * two_columns(&[1, 1], &[1, 1]);
        assert_eq!(dot, RatFn::from(Poly::int(0)));
    }

    #[test]
    fn rotations_of_the_plane_agree() {
        // N = 2, U = (cos, −sin; sin, cos) up to reflections; means over the angle by hand:
        // cos⁴: 3/8, cos² sin²: 1/8, cos⁶: 5/16, cos⁴ sin²: 1/16.
        let at_2 = |r: RatFn| r.substitute("N", &RatFn::from(Poly::int(2)));
        let value = |p: i64, q: i64| RatFn::from(Poly::ratio(p, q));
        assert_eq!(at_2(one_column(&[4])), value(3, 8));
        assert_eq!(at_2(one_column(&[6])), value(5, 16));
        assert_eq!(at_2(two_columns(&[2], &[2])), value(1, 8));
        assert_eq!(at_2(two_columns(&[2, 0], &[0, 2])), value(3, 8));
        assert_eq!(at_2(two_columns(&[4], &[2])), value(1, 16));
    }
}
