//! Reciprocal coordinates x = Uᵀv, y = Vᵀh of the singular value decomposition of W, and the saddle
//! of every mode.

use super::Rbm;
use crate::linalg::{LinalgError, Svd, full_svd, thin_svd};
use faer::Mat;

/// A machine seen through its modes.
///
/// Signs: every pair (u_i, v_i) is flipped together so that sum_j U_ji >= 0, and unpaired columns
/// likewise, so that saved numbers do not flip. These signs are *not* random: a test of symmetry
/// draws its own.
#[derive(Clone, Debug)]
pub struct Reciprocal {
    svd: Svd,
    field_x: Vec<f64>,
    field_y: Vec<f64>,
    centred_x: Vec<f64>,
    centred_y: Vec<f64>,
}

impl Reciprocal {
    /// Paired modes only: U is N x r, V is M x r, r = min(N, M).
    ///
    /// # Errors
    /// Weights that are not finite, or no convergence.
    pub fn thin(machine: &Rbm) -> Result<Self, LinalgError> {
        Ok(Self::from_svd(machine, thin_svd(machine.weights_view())?))
    }

    /// With the |N − M| unpaired modes: U is N x N, V is M x M.
    ///
    /// # Errors
    /// Weights that are not finite, or no convergence.
    pub fn full(machine: &Rbm) -> Result<Self, LinalgError> {
        Ok(Self::from_svd(machine, full_svd(machine.weights_view())?))
    }

    fn from_svd(machine: &Rbm, mut svd: Svd) -> Self {
        let paired = svd.singular_values.len();
        for i in 0..svd.u.ncols() {
            if column_sum(&svd.u, i) < 0.0 {
                flip(&mut svd.u, i);
                if i < paired {
                    flip(&mut svd.v, i);
                }
            }
        }
        for i in paired..svd.v.ncols() {
            if column_sum(&svd.v, i) < 0.0 {
                flip(&mut svd.v, i);
            }
        }
        let field_x = project(&svd.u, &machine.visible_bias);
        let field_y = project(&svd.v, &machine.hidden_bias);
        let centred = machine.centred();
        let (centred_x, centred_y) = (project(&svd.u, &centred.visible), project(&svd.v, &centred.hidden));
        Self { svd, field_x, field_y, centred_x, centred_y }
    }

    /// λ, descending, length min(N, M).
    pub fn singular_values(&self) -> &[f64] {
        &self.svd.singular_values
    }

    /// U, one mode per column.
    pub fn visible_modes(&self) -> &Mat<f64> {
        &self.svd.u
    }

    /// V, one mode per column.
    pub fn hidden_modes(&self) -> &Mat<f64> {
        &self.svd.v
    }

    /// Uᵀa, the field on each x.
    pub fn field_x(&self) -> &[f64] {
        &self.field_x
    }

    /// Vᵀb, the field on each y.
    pub fn field_y(&self) -> &[f64] {
        &self.field_y
    }

    /// Number of modes with a saddle: λ_i > eps max(N, M) λ_1.
    pub fn rank(&self) -> usize {
        let values = &self.svd.singular_values;
        let size = self.svd.u.nrows().max(self.svd.v.nrows()) as f64;
        let floor = values.first().map_or(0.0, |top| f64::EPSILON * size * top);
        values.iter().take_while(|&&l| l > floor).count()
    }

    /// x = Uᵀv for real v of length N.
    pub fn x(&self, v: &[f64]) -> Vec<f64> {
        project(&self.svd.u, v)
    }

    /// y = Vᵀh for real h of length M.
    pub fn y(&self, h: &[f64]) -> Vec<f64> {
        project(&self.svd.v, h)
    }

    /// Means (Uᵀ1/2, Vᵀ1/2) under the uniform measure over states.
    pub fn uniform_mean(&self) -> (Vec<f64>, Vec<f64>) {
        (self.x(&vec![0.5; self.svd.u.nrows()]), self.y(&vec![0.5; self.svd.v.nrows()]))
    }

    /// Fields on the centred coordinates, Uᵀ(a + W 1/2) = ã + λ μ_y and Vᵀ(b + Wᵀ 1/2) = b̃ + λ
    /// μ_x; λ = 0 for unpaired modes. The uniform mean lies at (b̃', ã')/λ from the saddle.
    pub fn centred_fields(&self) -> (&[f64], &[f64]) {
        (&self.centred_x, &self.centred_y)
    }

    /// Saddle (x*, y*) = (−b̃/λ, −ã/λ) of mode i; `None` for a mode without one.
    pub fn saddle(&self, i: usize) -> Option<(f64, f64)> {
        let l = *self.svd.singular_values.get(i)?;
        (i < self.rank()).then(|| (-self.field_y[i] / l, -self.field_x[i] / l))
    }
}

/// (u, w) = ((x + y)/√2, (y − x)/√2): u is the unstable direction of a mode, w the stable one, when
/// x and y are measured from the saddle; measured from the uniform mean they are u_c and w_c.
pub fn unstable_stable(x: f64, y: f64) -> (f64, f64) {
    ((x + y) / 2f64.sqrt(), (y - x) / 2f64.sqrt())
}

fn column_sum(modes: &Mat<f64>, i: usize) -> f64 {
    (0..modes.nrows()).map(|j| modes[(j, i)]).sum()
}

fn flip(modes: &mut Mat<f64>, i: usize) {
    for j in 0..modes.nrows() {
        modes[(j, i)] = -modes[(j, i)];
    }
}

fn project(modes: &Mat<f64>, z: &[f64]) -> Vec<f64> {
    (0..modes.ncols()).map(|i| z.iter().enumerate().map(|(j, value)| modes[(j, i)] * value).sum()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::ChaCha8Rng};

    #[test]
    fn the_bilinear_energy_is_a_sum_over_modes_for_every_shape() {
        for (n, m) in [(7, 5), (5, 7), (5, 5), (1, 1)] {
            let machine = Rbm::normal(n, m, 1.0, &mut ChaCha8Rng::seed_from_u64(3));
            let modes = Reciprocal::full(&machine).expect("finite");
            let v: Vec<f64> = (0..n).map(|j| f64::from(u8::from(j % 2 == 0))).collect();
            let h: Vec<f64> = (0..m).map(|k| f64::from(u8::from(k % 3 == 0))).collect();
            let naive: f64 = (0..n)
                .flat_map(|j| (0..m).map(move |k| (j, k)))
                .map(|(j, k)| v[j] * machine.weights[j * m + k] * h[k])
                .sum();
            let (x, y) = (modes.x(&v), modes.y(&h));
            let by_modes: f64 = modes.singular_values().iter().enumerate().map(|(i, l)| l * x[i] * y[i]).sum();
            assert!((naive - by_modes).abs() < 1e-13 * (n * m) as f64, "{n} x {m}");
            // Full bases keep lengths, unpaired modes included.
            let length = |z: &[f64]| z.iter().map(|a| a * a).sum::<f64>();
            assert!((length(&x) - length(&v)).abs() < 1e-12 && (length(&y) - length(&h)).abs() < 1e-12);
            assert!((0..n).all(|i| column_sum(modes.visible_modes(), i) >= 0.0));
        }
    }

    #[test]
    fn centred_fields_are_the_fields_and_the_pull_of_the_uniform_mean() {
        for (n, m) in [(7, 5), (5, 7), (5, 5)] {
            let machine = Rbm::normal(n, m, 1.0, &mut ChaCha8Rng::seed_from_u64(4));
            let modes = Reciprocal::full(&machine).expect("finite");
            // ã + λ μ_y and b̃ + λ μ_x mode by mode, λ = 0 for unpaired ones.
            let (mu_x, mu_y) = modes.uniform_mean();
            let (x, y) = modes.centred_fields();
            let close = |found: &[f64], field: &[f64], mean: &[f64]| {
                let lambda = |i: usize| modes.singular_values().get(i).copied().unwrap_or(0.0);
                let expected = |i: usize| field[i] + mean.get(i).map_or(0.0, |mean| lambda(i) * mean);
                found.len() == field.len() && (0..found.len()).all(|i| (found[i] - expected(i)).abs() < 1e-13)
            };
            assert!(close(x, modes.field_x(), &mu_y) && close(y, modes.field_y(), &mu_x), "{n} x {m}");
        }
    }

    #[test]
    fn modes_without_a_singular_value_have_no_saddle() {
        let zero = Rbm::new(3, 2, vec![0.0; 6], vec![1.0; 3], vec![1.0; 2]).expect("finite");
        let modes = Reciprocal::full(&zero).expect("finite");
        assert_eq!((modes.rank(), modes.saddle(0), modes.saddle(9)), (0, None, None));
        // by hand: W = 2, a = 3, b = 5: saddle (−5/2, −3/2)
        let one = Rbm::new(1, 1, vec![2.0], vec![3.0], vec![5.0]).expect("finite");
        assert_eq!(Reciprocal::thin(&one).expect("finite").saddle(0), Some((-2.5, -1.5)));
    }

    #[test]
    fn modes_of_a_diagonal_machine_are_its_axes() {
        // by hand: singular values 3 and 2, u_1 and v_1 the second axes, u_2 and v_2 the first ones
        let w = vec![0.0, 2.0, 0.0, 3.0, 0.0, 0.0];
        let machine = Rbm::new(2, 3, w, vec![5.0, 6.0], vec![7.0, 8.0, 9.0]).expect("finite");
        let thin = Reciprocal::thin(&machine).expect("finite");
        let full = Reciprocal::full(&machine).expect("finite");
        let near = |found: &[f64], expected: &[f64]| {
            assert_eq!(found.len(), expected.len());
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-14), "{found:?} {expected:?}");
        };
        for (modes, unpaired) in [(&thin, 0), (&full, 1)] {
            let with = |paired: [f64; 2], last: f64| [&paired[..], &vec![last; unpaired]].concat();
            near(modes.singular_values(), &[3.0, 2.0]);
            assert_eq!(modes.visible_modes().shape(), (2, 2));
            assert_eq!(modes.hidden_modes().shape(), (3, 2 + unpaired));
            assert!(
                (modes.visible_modes()[(1, 0)] - 1.0).abs() < 1e-14
                    && (modes.hidden_modes()[(1, 1)] - 1.0).abs() < 1e-14
            );
            near(modes.field_x(), &[6.0, 5.0]);
            near(modes.field_y(), &with([7.0, 8.0], 9.0));
            near(&modes.x(&[10.0, 20.0]), &[20.0, 10.0]);
            near(&modes.y(&[10.0, 20.0, 30.0]), &with([10.0, 20.0], 30.0));
            near(&modes.uniform_mean().0, &[0.5, 0.5]);
            near(&modes.uniform_mean().1, &with([0.5, 0.5], 0.5));
            // Uᵀ(a + W½) = (6 + 3/2, 5 + 2/2), Vᵀ(b + Wᵀ½) = (7 + 3/2, 8 + 2/2, 9)
            near(modes.centred_fields().0, &[7.5, 6.0]);
            near(modes.centred_fields().1, &with([8.5, 9.0], 9.0));
            // (−7/3, −6/3) and (−8/2, −5/2)
            let saddles = [0, 1].map(|i| modes.saddle(i).expect("two modes"));
            near(&[saddles[0].0, saddles[0].1, saddles[1].0, saddles[1].1], &[-7.0 / 3.0, -2.0, -4.0, -2.5]);
            assert_eq!((modes.rank(), modes.saddle(2)), (2, None));
        }
    }

    #[test]
    fn a_mode_counts_above_the_rounding_of_the_largest() {
        // by hand: eps · 1000 · 8 = 1.776e-12 is the floor of a 1000 x 2 machine with λ_1 = 8
        let with = |second: f64| {
            let mut w = vec![0.0; 2000];
            (w[0], w[3]) = (8.0, second);
            Reciprocal::thin(&Rbm::new(1000, 2, w, vec![0.0; 1000], vec![1.0; 2]).expect("finite")).expect("finite")
        };
        let (below, above) = (with(1.7e-12), with(1.85e-12));
        assert_eq!((below.rank(), above.rank()), (1, 2));
        assert!(below.saddle(0).is_some() && below.saddle(1).is_none() && above.saddle(1).is_some());
    }

    #[test]
    fn column_sums_are_not_negative_paired_or_not() {
        for seed in 0..6 {
            for (n, m) in [(6, 3), (3, 6)] {
                let machine = Rbm::normal(n, m, 1.0, &mut ChaCha8Rng::seed_from_u64(seed));
                let modes = Reciprocal::full(&machine).expect("finite");
                assert!((0..n).all(|i| column_sum(modes.visible_modes(), i) >= 0.0));
                assert!((3..m).all(|i| column_sum(modes.hidden_modes(), i) >= 0.0));
                // W = U diag(λ) Vᵀ still, so that pairs are turned together.
                let sum = |j: usize, k: usize| -> f64 {
                    let (u, v) = (modes.visible_modes(), modes.hidden_modes());
                    (0..3).map(|i| u[(j, i)] * modes.singular_values()[i] * v[(k, i)]).sum()
                };
                assert!((0..n * m).all(|at| (sum(at / m, at % m) - machine.weights[at]).abs() < 1e-13));
            }
        }
    }

    #[test]
    fn the_unstable_direction_is_the_sum_and_the_stable_one_the_difference() {
        // by hand, with √2 · √2 = 2
        let (u, w) = unstable_stable(3.0, 1.0);
        assert!((u - 2.0 * 2f64.sqrt()).abs() < 1e-15 && (w + 2f64.sqrt()).abs() < 1e-15);
        let (u, w) = unstable_stable(-1.0, 4.0);
        assert!((u * 2f64.sqrt() - 3.0).abs() < 1e-14 && (w * 2f64.sqrt() - 5.0).abs() < 1e-14);
    }
}
