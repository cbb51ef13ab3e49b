//! Solutions of the mean-field equations, and whether they are stable.

use crate::linalg::{LinalgError, product, singular_values, solve};
use crate::math::logistic;
use crate::rbm::Rbm;
use faer::Mat;

/// A solution of p = logistic(a + Wq), q = logistic(b + Wᵀp).
#[derive(Clone, Debug, PartialEq)]
pub struct FixedPoint {
    /// p, length N.
    pub visible: Vec<f64>,
    /// q, length M.
    pub hidden: Vec<f64>,
    /// Singular values of D_v^(1/2) W D_h^(1/2), D = diag p(1 − p), descending; the point is stable
    /// when the first is below 1.
    pub stability: Vec<f64>,
}

impl FixedPoint {
    /// The point of these means, with its stability.
    fn at(machine: &Rbm, visible: Vec<f64>, hidden: Vec<f64>) -> Result<Self, FixedPointError> {
        let (w, std_dev) = (machine.weights_view(), |p: f64| (p * (1.0 - p)).sqrt());
        let entry = |j: usize, k: usize| std_dev(visible[j]) * w[(j, k)] * std_dev(hidden[k]);
        let scaled = Mat::from_fn(machine.visible, machine.hidden, entry);
        Ok(Self { stability: singular_values(scaled.as_ref())?, visible, hidden })
    }

    /// a·p + b·q + p·Wq plus the entropies of p and q: at most ln Z of this machine, by the
    /// inequality of Gibbs and Bogoliubov, for the means of any product law.
    ///
    /// # Example
    /// ```
    /// use rbm_landscape::rbm::{Rbm, mean_field::relaxed};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// // by hand: without weights the product law is exact, ln Z = ln(1 + e) + ln 2
    /// let machine = Rbm::new(1, 1, vec![0.0], vec![1.0], vec![0.0])?;
    /// let found = relaxed(&machine, &[0.5])?.ok_or("does not settle")?;
    /// assert!((found.below_log_partition(&machine) - 1f64.exp().ln_1p() - 2f64.ln()).abs() < 1e-12);
    /// # Ok(())
    /// # }
    /// ```
    pub fn below_log_partition(&self, machine: &Rbm) -> f64 {
        let field = |(bias, row): (&f64, &[f64])| bias + dot(row, &self.hidden);
        let rows = machine.visible_bias.iter().zip(machine.weights.chunks(machine.hidden));
        let visible: f64 = rows.map(field).zip(&self.visible).map(|(field, p)| field * p).sum();
        let hidden: f64 = machine.hidden_bias.iter().zip(&self.hidden).map(|(b, q)| b * q).sum();
        // −x ln x is 0 at 0.
        let part = |x: f64| if x > 0.0 { -x * x.ln() } else { 0.0 };
        let entropy: f64 = self.visible.iter().chain(&self.hidden).map(|&p| part(p) + part(1.0 - p)).sum();
        visible + hidden + entropy
    }
}

/// Refuses what are no N visible means.
fn usable(machine: &Rbm, start: &[f64]) -> Result<(), FixedPointError> {
    let fits = start.len() == machine.visible && start.iter().all(|p| (0.0..=1.0).contains(p));
    if fits { Ok(()) } else { Err(FixedPointError::Start(machine.visible)) }
}

/// The mean-field fixed point that Newton's method reaches from the visible means `start` (length
/// N, such as means of data or samples); stable or not. `None` where it does not converge.
///
/// # Errors
/// A `start` of the wrong length or outside [0, 1], or a decomposition that does not converge.
pub fn fixed_point(machine: &Rbm, start: &[f64]) -> Result<Option<FixedPoint>, FixedPointError> {
    let n = machine.visible;
    usable(machine, start)?;
    let variances = |p: &[f64]| -> Vec<f64> { p.iter().map(|p| p * (1.0 - p)).collect() };
    let residual = |p: &[f64]| -> (Vec<f64>, Vec<f64>, Vec<f64>, f64) {
        let q = hidden_of(machine, p);
        let image: Vec<f64> = visible_of(machine, &q).collect();
        let gap: Vec<f64> = image.iter().zip(p).map(|(image, p)| image - p).collect();
        let size = gap.iter().fold(0.0, |top, g| libm::fmaximum(top, g.abs()));
        (q, image, gap, size)
    };
    let mut p = start.to_vec();
    let (mut q, mut image, mut gap, mut size) = residual(&p);
    for _ in 0..100 {
        if size < 1e-12 {
            return FixedPoint::at(machine, p, q).map(Some);
        }
        let step = match newton_step(machine, &variances(&image), &variances(&q), &gap) {
            Ok(step) => step,
            Err(LinalgError::Singular { .. }) => return Ok(None), // Newton's method has no next step
            Err(error) => return Err(error.into()),
        };
        // Halved until the gap shrinks: Newton's step far from a solution may overshoot.
        let mut length = 1.0;
        loop {
            let next: Vec<f64> = (0..n).map(|j| (p[j] + length * step[j]).clamp(0.0, 1.0)).collect();
            let found = residual(&next);
            if found.3 < size {
                p = next;
                (q, image, gap, size) = found;
                break;
            }
            length *= 0.5;
            if length < 1e-6 {
                return Ok(None);
            }
        }
    }
    Ok(None)
}

/// The solution s of (1 − A) s = gap with the Jacobian A = D_v W D_h Wᵀ of the round trip, by a
/// system of the size of the smaller layer: s = gap + D_v W y, where (1 − D_h Wᵀ D_v W) y =
/// D_h Wᵀ gap.
fn newton_step(machine: &Rbm, dv: &[f64], dh: &[f64], gap: &[f64]) -> Result<Vec<f64>, LinalgError> {
    let (n, m, w) = (machine.visible, machine.hidden, machine.weights_view());
    let less = |product: &Mat<f64>| {
        Mat::from_fn(product.nrows(), product.ncols(), |i, j| f64::from(u8::from(i == j)) - product[(i, j)])
    };
    let gap = Mat::from_fn(n, 1, |j, _| gap[j]);
    if n <= m {
        let half = Mat::from_fn(n, m, |j, k| dv[j] * w[(j, k)] * dh[k]);
        let step = solve(less(&product(half.as_ref(), w.transpose())).as_ref(), gap.as_ref())?;
        return Ok((0..n).map(|j| step[(j, 0)]).collect());
    }
    let (left, right) = (Mat::from_fn(n, m, |j, k| w[(j, k)] * dh[k]), Mat::from_fn(n, m, |j, k| dv[j] * w[(j, k)]));
    let pulled = product(left.transpose(), gap.as_ref());
    let through = solve(less(&product(left.transpose(), right.as_ref())).as_ref(), pulled.as_ref())?;
    let back = product(right.as_ref(), through.as_ref());
    Ok((0..n).map(|j| gap[(j, 0)] + back[(j, 0)]).collect())
}

/// logistic(b + Wᵀp).
fn hidden_of(machine: &Rbm, p: &[f64]) -> Vec<f64> {
    let mut field = machine.hidden_bias.clone();
    for (row, p) in machine.weights.chunks(machine.hidden).zip(p) {
        field.iter_mut().zip(row).for_each(|(field, w)| *field += w * p);
    }
    field.into_iter().map(logistic).collect()
}

/// logistic(a + Wq).
fn visible_of(machine: &Rbm, q: &[f64]) -> impl Iterator<Item = f64> {
    let rows = machine.weights.chunks(machine.hidden).zip(&machine.visible_bias);
    rows.map(move |(row, a)| logistic(a + dot(row, q)))
}

/// The mean-field state that alternating p = logistic(a + Wq), q = logistic(b + Wᵀp) reaches from
/// the visible means `start` (length N). Each half step minimises the free energy −a·p − b·q − p·Wq
/// − Σ entropies over one layer, so the iteration descends and ends where `stability` is at most 1,
/// unless it starts on an unstable point. `None` where 10⁵ steps, near a fold, are not enough for
/// means steady to 10⁻⁹.
///
/// # Errors
/// As [`fixed_point`].
pub fn relaxed(machine: &Rbm, start: &[f64]) -> Result<Option<FixedPoint>, FixedPointError> {
    usable(machine, start)?;
    let (p, q, steady) = descend(machine, start, 100_000, 1.0);
    if steady { FixedPoint::at(machine, p, q).map(Some) } else { Ok(None) }
}

/// Visible and hidden means after at most so many steps of [`relaxed`], one at least, and whether
/// they are steady; `share` of the way of each step is gone by the visible means.
pub(crate) fn descend(machine: &Rbm, start: &[f64], steps: usize, share: f64) -> (Vec<f64>, Vec<f64>, bool) {
    let (mut p, mut q) = (start.to_vec(), Vec::new());
    for _ in 0..steps {
        q = hidden_of(machine, &p);
        let of = |(image, p): (f64, &f64)| share * image + (1.0 - share) * p;
        let next: Vec<f64> = visible_of(machine, &q).zip(&p).map(of).collect();
        let step = next.iter().zip(&p).fold(0.0, |top, (a, b)| libm::fmaximum(top, (a - b).abs()));
        p = next;
        if step < 1e-9 {
            return (p, q, true);
        }
    }
    (p, q, false)
}

/// Σ x y in eight running sums, which a processor takes at once.
pub(super) fn dot(x: &[f64], y: &[f64]) -> f64 {
    let ((x, x_rest), (y, y_rest)) = (x.as_chunks::<8>(), y.as_chunks::<8>());
    let mut sums = [0.0; 8];
    for (x, y) in x.iter().zip(y) {
        (0..8).for_each(|lane| sums[lane] += x[lane] * y[lane]);
    }
    sums.iter().sum::<f64>() + x_rest.iter().zip(y_rest).map(|(x, y)| x * y).sum::<f64>()
}

/// A fixed point that cannot be looked for.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum FixedPointError {
    /// Not N means.
    #[error("the start must be {0} visible means between 0 and 1")]
    Start(usize),
    /// A decomposition failed.
    #[error(transparent)]
    Linalg(#[from] LinalgError),
}
