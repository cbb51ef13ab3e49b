//! The equations of Thouless, Anderson and Palmer.

use crate::linalg::{LinalgError, product, solve};
use crate::math::logistic;
use crate::rbm::Rbm;
use faer::Mat;

/// A solution of the equations of Thouless, Anderson and Palmer: p = logistic(a + Wq − (p −
/// ½)∘W²D_h) and q likewise, where W² is entry by entry and D = p(1 − p).
#[derive(Clone, Debug, PartialEq)]
pub struct Tap {
    /// p, length N.
    pub visible: Vec<f64>,
    /// q, length M.
    pub hidden: Vec<f64>,
    pub(super) reaction: f64,
}

/// The solution that damped iteration reaches from ½, the free energy to second order in W: right
/// for many independent weak weights. The second-order term is multiplied by `reaction`: 1, or 0
/// for the plain mean field. `None` where it does not converge.
pub fn tap(machine: &Rbm, reaction: f64) -> Option<Tap> {
    let (n, m) = (machine.visible, machine.hidden);
    let mut found = Tap { visible: vec![0.5; n], hidden: vec![0.5; m], reaction };
    for _ in 0..2000 {
        // Field and Σ W²D of the units of one layer, from the other.
        let (mut field, mut square) = (machine.hidden_bias.clone(), vec![0.0; m]);
        for (row, p) in machine.weights.chunks(m).zip(&found.visible) {
            for (k, w) in row.iter().enumerate() {
                field[k] += w * p;
                square[k] += w * w * p * (1.0 - p);
            }
        }
        let up = relax(&mut found.hidden, &field, &square, reaction);
        let (field, square): (Vec<f64>, Vec<f64>) = (machine.weights.chunks(m).zip(&machine.visible_bias))
            .map(|(row, a)| {
                let sum =
                    |f: &dyn Fn(f64, f64) -> f64| row.iter().zip(&found.hidden).map(|(w, q)| f(*w, *q)).sum::<f64>();
                (a + sum(&|w, q| w * q), sum(&|w, q| w * w * q * (1.0 - q)))
            })
            .unzip();
        let down = relax(&mut found.visible, &field, &square, reaction);
        if libm::fmaximum(up, down) < 1e-12 {
            return Some(found);
        }
    }
    None
}

/// Half a step of every unit towards its equation; returns the largest.
fn relax(means: &mut [f64], field: &[f64], square: &[f64], reaction: f64) -> f64 {
    let mut largest = 0.0;
    for ((p, z), square) in means.iter_mut().zip(field).zip(square) {
        let step = 0.5 * (logistic(z - reaction * (*p - 0.5) * square) - *p);
        *p += step;
        largest = libm::fmaximum(largest, step.abs());
    }
    largest
}

impl Tap {
    /// Variances of x = Σ_j u_j v_j by linear response, the inverse of the free energy's second
    /// derivatives, for directions given as N rows with one entry a direction. Precision 1/p(1−p) +
    /// Σ W²D of a unit, −W − 2W²(p − ½)(q − ½) between layers.
    ///
    /// # Errors
    /// A precision that is not finite, where a mean is 0 or 1, or that is singular.
    pub fn variances(&self, machine: &Rbm, directions: &[&[f64]]) -> Result<Vec<f64>, LinalgError> {
        let (n, m, r) = (machine.visible, machine.hidden, self.reaction);
        let w = machine.weights_view();
        let (p, q) = (&self.visible, &self.hidden);
        let spread = |p: f64| p * (1.0 - p);
        let coupling = Mat::from_fn(n, m, |j, k| {
            let w = w[(j, k)];
            -w - 2.0 * r * w * w * (p[j] - 0.5) * (q[k] - 0.5)
        });
        let visible = |j: usize| 1.0 / spread(p[j]) + r * (0..m).map(|k| w[(j, k)].powi(2) * spread(q[k])).sum::<f64>();
        let hidden: Vec<f64> = (0..m)
            .map(|k| 1.0 / spread(q[k]) + r * (0..n).map(|j| w[(j, k)].powi(2) * spread(p[j])).sum::<f64>())
            .collect();
        let scaled = Mat::from_fn(n, m, |j, k| coupling[(j, k)] / hidden[k]);
        let mut precision = product(scaled.as_ref(), coupling.transpose());
        for i in 0..n {
            for j in 0..n {
                precision[(i, j)] = if i == j { visible(j) } else { 0.0 } - precision[(i, j)];
            }
        }
        let count = directions.first().map_or(0, |row| row.len());
        let given = Mat::from_fn(n, count, |j, i| directions[j][i]);
        let solved = solve(precision.as_ref(), given.as_ref())?;
        Ok((0..count).map(|i| (0..n).map(|j| directions[j][i] * solved[(j, i)]).sum()).collect())
    }
}
