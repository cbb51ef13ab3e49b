//! Small dense matrices of polynomials.

use super::poly::Poly;
use std::ops::{Index, Mul};

/// A matrix of polynomials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    rows: Vec<Vec<Poly>>,
}

impl Matrix {
    /// From rows of equal length.
    pub fn from_rows(rows: Vec<Vec<Poly>>) -> Self {
        Self { rows }
    }

    /// The transpose.
    pub fn transpose(&self) -> Self {
        let columns = self.rows.first().map_or(0, Vec::len);
        Self { rows: (0..columns).map(|c| self.rows.iter().map(|row| row[c].clone()).collect()).collect() }
    }

    /// Determinant by expansion along the first row; made for sizes up to about 6.
    pub fn determinant(&self) -> Poly {
        let Some(first) = self.rows.first() else { return Poly::int(1) };
        let mut sum = Poly::int(0);
        for (c, entry) in first.iter().enumerate().filter(|(_, entry)| !entry.is_zero()) {
            let without = |row: &Vec<Poly>| {
                row.iter().enumerate().filter(|&(k, _)| k != c).map(|(_, p)| p.clone()).collect::<Vec<_>>()
            };
            let term = entry * Matrix { rows: self.rows[1..].iter().map(without).collect() }.determinant();
            sum = if c % 2 == 0 { sum + term } else { sum - term };
        }
        sum
    }

    /// det(z − A), z the variable of that name.
    ///
    /// # Example
    /// ```
    /// use rbm_landscape::symbolic::{matrix::Matrix, poly::Poly};
    /// let swap = Matrix::from_rows(vec![vec![Poly::int(0), Poly::int(1)], vec![Poly::int(1), Poly::int(0)]]);
    /// assert_eq!(swap.characteristic_polynomial("z").to_string(), "z² − 1"); // by hand: eigenvalues ±1
    /// ```
    pub fn characteristic_polynomial(&self, z: &'static str) -> Poly {
        let entry = |r: usize, c: usize| {
            let a = -&self.rows[r][c];
            if r == c { a + Poly::var(z) } else { a }
        };
        let n = self.rows.len();
        Matrix { rows: (0..n).map(|r| (0..n).map(|c| entry(r, c)).collect()).collect() }.determinant()
    }
}

impl Index<(usize, usize)> for Matrix {
    type Output = Poly;
    fn index(&self, (r, c): (usize, usize)) -> &Poly {
        &self.rows[r][c]
    }
}

impl Mul for &Matrix {
    type Output = Matrix;
    fn mul(self, other: &Matrix) -> Matrix {
        let columns = other.transpose();
        let dot = |row: &[Poly], column: &[Poly]| row.iter().zip(column).fold(Poly::int(0), |sum, (a, b)| sum + a * b);
        let rows = self.rows.iter().map(|row| columns.rows.iter().map(|column| dot(row, column)).collect());
        Matrix { rows: rows.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_and_determinants_are_those_by_hand() {
        let of = |rows: &[&[i64]]| {
            Matrix::from_rows(rows.iter().map(|row| row.iter().map(|&x| Poly::int(x)).collect()).collect())
        };
        let (a, b) = (of(&[&[1, 2, 3], &[4, 5, 6]]), of(&[&[1, 0], &[2, 1], &[0, 3]]));
        assert_eq!(&a * &b, of(&[&[5, 11], &[14, 23]]));
        assert_eq!((a.transpose(), a[(0, 2)].clone()), (of(&[&[1, 4], &[2, 5], &[3, 6]]), Poly::int(3)));
        // z² − trace z + determinant
        let z = Poly::var("z");
        let found = of(&[&[1, 2], &[3, 4]]).characteristic_polynomial("z");
        assert_eq!(found, &z * &z - Poly::int(5) * &z - Poly::int(2));
        assert_eq!(of(&[&[1, 2], &[3, 4]]).determinant(), Poly::int(-2));
        assert_eq!(of(&[&[2, 0, 1], &[1, 3, 0], &[0, 1, 4]]).determinant(), Poly::int(25));
    }
}
