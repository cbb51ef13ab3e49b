//! Restricted Boltzmann Machines: parameters, energy, reciprocal coordinates, sampling, training.
//!
//! E(v, h) = −a·v − b·h − vᵀWh for binary v (N visible units) and h (M hidden units); P ∝ exp(−βE).
//! The table of letters is in `docs/theory.md`; in code `weights` is W (N x M), `visible_bias` a,
//! `hidden_bias` b, `singular_values` λ (descending).

pub mod annealing;
pub mod checkpoint;
mod draws;
pub mod estimate;
pub mod exact;
pub mod gibbs;
pub mod initial;
mod kernel;
mod ladder;
pub mod marginal;
pub mod mean_field;
pub mod modes;
pub mod optimiser;
pub mod origins;
pub mod path;
pub mod reciprocal;
pub mod stationary;
pub mod tempering;
pub mod train;
pub mod trajectory;

use faer::MatRef;
use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};
use rand_distr::{Distribution, StandardNormal};

/// Stream `number` of the random numbers under a key.
pub(crate) fn stream(key: [u8; 32], number: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::from_seed(key);
    rng.set_stream(number);
    rng
}

/// What long work is at, for whoever waits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Now<'a> {
    /// In words.
    pub what: &'a str,
    /// Share of all the work that is done, from 0 to 1; less is left where it may end before.
    pub share: f64,
}

/// Parameters that do not make a machine.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum RbmError {
    /// Lengths that do not fit together.
    #[error("{what} has {got} values where N = {visible} and M = {hidden} need {needed}")]
    Shape {
        /// Which parameter.
        what: &'static str,
        /// Its length.
        got: usize,
        /// The length it should have.
        needed: usize,
        /// N.
        visible: usize,
        /// M.
        hidden: usize,
    },
    /// A NaN or infinite parameter.
    #[error("{what}: value number {at} is not finite")]
    NotFinite {
        /// Which parameter.
        what: &'static str,
        /// Index of the value.
        at: usize,
    },
}

/// A machine; `f32` for training and sampling, `f64` for analysis.
#[derive(Clone, Debug, PartialEq)]
pub struct Rbm<T = f64> {
    /// N, number of visible units.
    pub visible: usize,
    /// M, number of hidden units.
    pub hidden: usize,
    /// W, N x M, row by row.
    pub weights: Vec<T>,
    /// a, length N.
    pub visible_bias: Vec<T>,
    /// b, length M.
    pub hidden_bias: Vec<T>,
}

/// A machine on units centred at ½: −E = c0 + a'·(v − ½) + b'·(h − ½) + (v − ½)ᵀW(h − ½).
#[derive(Clone, Debug, PartialEq)]
pub struct Centred {
    /// Centred fields a' = a + W·½ of the visible units, length N.
    pub visible: Vec<f64>,
    /// Centred fields b' = b + Wᵀ·½ of the hidden units, length M.
    pub hidden: Vec<f64>,
    /// c0 = Σa/2 + Σb/2 + ΣW/4.
    pub constant: f64,
}

impl Rbm<f64> {
    /// A machine from its parameters: W row by row (N x M), a (N), b (M).
    ///
    /// # Errors
    /// Lengths that do not fit, or a value that is not finite.
    pub fn new(
        visible: usize,
        hidden: usize,
        weights: Vec<f64>,
        visible_bias: Vec<f64>,
        hidden_bias: Vec<f64>,
    ) -> Result<Self, RbmError> {
        let parts = [
            ("W", &weights, visible.saturating_mul(hidden)),
            ("a", &visible_bias, visible),
            ("b", &hidden_bias, hidden),
        ];
        for (what, values, needed) in parts {
            if values.len() != needed {
                return Err(RbmError::Shape { what, got: values.len(), needed, visible, hidden });
            }
            if let Some(at) = values.iter().position(|x| !x.is_finite()) {
                return Err(RbmError::NotFinite { what, at });
            }
        }
        Ok(Self { visible, hidden, weights, visible_bias, hidden_bias })
    }

    /// W, a, b independent normal, mean 0, standard deviation `s`; drawn in the order W row by row,
    /// a, b.
    pub fn normal(visible: usize, hidden: usize, s: f64, rng: &mut impl Rng) -> Self {
        let mut draw = |n: usize| -> Vec<f64> {
            (0..n).map(|_| s * <StandardNormal as Distribution<f64>>::sample(&StandardNormal, rng)).collect()
        };
        let (weights, visible_bias, hidden_bias) = (draw(visible * hidden), draw(visible), draw(hidden));
        Self { visible, hidden, weights, visible_bias, hidden_bias }
    }

    /// A machine at zero centred field, a = −W·½ and b = −Wᵀ·½, from W row by row (N x M): both
    /// layers see no field at the uniform mean, and flipping all units changes nothing.
    ///
    /// # Errors
    /// As [`Rbm::new`].
    pub fn zero_field(visible: usize, hidden: usize, weights: Vec<f64>) -> Result<Self, RbmError> {
        let machine = Self::new(visible, hidden, weights, vec![0.0; visible], vec![0.0; hidden])?;
        let fields = machine.centred();
        let opposite = |fields: Vec<f64>| fields.into_iter().map(|field| -field).collect();
        Ok(Self { visible_bias: opposite(fields.visible), hidden_bias: opposite(fields.hidden), ..machine })
    }

    /// The fields on units centred at ½, and the constant that goes with them.
    ///
    /// # Example
    /// ```
    /// // by hand: a' = 1 + 4/2, b' = 2 + 4/2, c0 = 1/2 + 2/2 + 4/4
    /// let centred = rbm_landscape::rbm::Rbm::new(1, 1, vec![4.0], vec![1.0], vec![2.0])?.centred();
    /// assert_eq!((centred.visible[0], centred.hidden[0], centred.constant), (3.0, 4.0, 2.5));
    /// # Ok::<(), rbm_landscape::rbm::RbmError>(())
    /// ```
    pub fn centred(&self) -> Centred {
        let (mut visible, mut hidden) = (self.visible_bias.clone(), self.hidden_bias.clone());
        for (field, row) in visible.iter_mut().zip(self.weights.chunks(self.hidden.max(1))) {
            *field += 0.5 * row.iter().sum::<f64>();
            hidden.iter_mut().zip(row).for_each(|(field, w)| *field += 0.5 * w);
        }
        let sum = |values: &[f64]| values.iter().sum::<f64>();
        let constant = sum(&self.visible_bias) / 2.0 + sum(&self.hidden_bias) / 2.0 + sum(&self.weights) / 4.0;
        Centred { visible, hidden, constant }
    }

    /// E(v, h) = −a·v − b·h − vᵀWh for real v (length N) and h (length M); relative rounding about
    /// eps √(NM).
    ///
    /// # Example
    /// ```
    /// // by hand: −1·1 − 2·1 − 3·1
    /// let machine = rbm_landscape::rbm::Rbm::new(1, 1, vec![3.0], vec![1.0], vec![2.0])?;
    /// assert_eq!(machine.energy(&[1.0], &[1.0]), -6.0);
    /// # Ok::<(), rbm_landscape::rbm::RbmError>(())
    /// ```
    pub fn energy(&self, v: &[f64], h: &[f64]) -> f64 {
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let rows = self.weights.chunks(self.hidden.max(1));
        let coupled: f64 = v.iter().zip(rows).map(|(v, row)| v * dot(row, h)).sum();
        -dot(&self.visible_bias, v) - dot(&self.hidden_bias, h) - coupled
    }

    /// The machine rounded to single precision.
    pub fn to_f32(&self) -> Rbm<f32> {
        self.cast(|x| x as f32)
    }
}

impl<T: Copy> Rbm<T> {
    /// W as a matrix view, N x M.
    pub fn weights_view(&self) -> MatRef<'_, T> {
        MatRef::from_row_major_slice(&self.weights, self.visible, self.hidden)
    }

    fn cast<To>(&self, to: impl Fn(T) -> To) -> Rbm<To> {
        let cast = |values: &[T]| values.iter().map(|&x| to(x)).collect();
        Rbm {
            visible: self.visible,
            hidden: self.hidden,
            weights: cast(&self.weights),
            visible_bias: cast(&self.visible_bias),
            hidden_bias: cast(&self.hidden_bias),
        }
    }
}

impl Rbm<f32> {
    /// The same machine with its layers exchanged: Wᵀ, b, a.
    pub fn exchanged(&self) -> Self {
        Self {
            visible: self.hidden,
            hidden: self.visible,
            weights: kernel::transposed(&self.weights, self.visible, self.hidden),
            visible_bias: self.hidden_bias.clone(),
            hidden_bias: self.visible_bias.clone(),
        }
    }

    /// The same machine in double precision, exactly.
    pub fn to_f64(&self) -> Rbm<f64> {
        self.cast(f64::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exchanged_layers_have_the_same_energies() {
        // Dyadic parameters: exact in any order.
        let weights: Vec<f64> = (0..35).map(|i| f64::from((i * i) % 11) * 0.25 - 1.0).collect();
        let fields = |n: usize| (0..n).map(|i| i as f64 * 0.5 - 1.0).collect::<Vec<_>>();
        let machine = Rbm::new(7, 5, weights, fields(7), fields(5)).expect("fits");
        let exchanged = machine.to_f32().exchanged().to_f64();
        assert_eq!((exchanged.visible, exchanged.hidden), (5, 7));
        for state in 0..1 << 12 {
            let bits: Vec<f64> = (0..12).map(|at| f64::from(state >> at & 1)).collect();
            let (v, h) = bits.split_at(7);
            assert_eq!(machine.energy(v, h), exchanged.energy(h, v));
        }
    }

    #[test]
    fn at_zero_field_flipping_all_units_changes_the_energy_by_nothing() {
        // Dyadic weights: exact.
        let weights: Vec<f64> = (0..35).map(|i| f64::from((i * i) % 11) * 0.25 - 1.0).collect();
        let machine = Rbm::zero_field(7, 5, weights).expect("fits");
        let v: Vec<f64> = (0..7).map(|j| f64::from(j % 3 == 0)).collect();
        let h: Vec<f64> = (0..5).map(|k| f64::from(k % 2 == 0)).collect();
        let flip = |x: &[f64]| x.iter().map(|x| 1.0 - x).collect::<Vec<f64>>();
        assert_eq!(machine.energy(&v, &h), machine.energy(&flip(&v), &flip(&h)));
    }

    #[test]
    fn the_energy_is_that_of_the_centred_units() {
        // Dyadic parameters: exact. −E = c0 + a'·(v − ½) + b'·(h − ½) + (v − ½)ᵀW(h − ½), term by
        // term.
        let dyadic =
            |count: usize, step: usize| (0..count).map(|i| ((i * step) % 11) as f64 * 0.25 - 1.0).collect::<Vec<_>>();
        let (n, m) = (5, 3);
        let machine = Rbm::new(n, m, dyadic(n * m, 7), dyadic(n, 3), dyadic(m, 5)).expect("fits");
        let centred = machine.centred();
        let v: Vec<f64> = (0..n).map(|j| f64::from(j % 2 == 0)).collect();
        let h: Vec<f64> = (0..m).map(|k| f64::from(k % 3 == 1)).collect();
        let visible: f64 = (0..n).map(|j| centred.visible[j] * (v[j] - 0.5)).sum();
        let hidden: f64 = (0..m).map(|k| centred.hidden[k] * (h[k] - 0.5)).sum();
        let pairs = (0..n).flat_map(|j| (0..m).map(move |k| (j, k)));
        let coupled: f64 = pairs.map(|(j, k)| (v[j] - 0.5) * machine.weights[j * m + k] * (h[k] - 0.5)).sum();
        assert_eq!(-machine.energy(&v, &h), centred.constant + visible + hidden + coupled);
    }

    #[test]
    fn at_zero_field_no_centred_field_is_left() {
        let drawn = Rbm::normal(7, 5, 1.0, &mut <rand::rngs::ChaCha8Rng as rand::SeedableRng>::seed_from_u64(2));
        let centred = Rbm::zero_field(7, 5, drawn.weights).expect("fits").centred();
        assert!(centred.visible.iter().chain(&centred.hidden).all(|field| field.abs() < 1e-14));
    }

    #[test]
    fn wrong_shapes_and_values_are_named() {
        let shape = Rbm::new(2, 3, vec![0.0; 5], vec![0.0; 2], vec![0.0; 3]);
        assert!(matches!(shape, Err(RbmError::Shape { what: "W", got: 5, needed: 6, .. })));
        let value = Rbm::new(2, 3, vec![0.0; 6], vec![0.0, f64::NAN], vec![0.0; 3]);
        assert!(matches!(value, Err(RbmError::NotFinite { what: "a", at: 1 })));
    }

    #[test]
    fn drawn_parameters_come_in_the_documented_order() {
        use rand::{SeedableRng, rngs::ChaCha8Rng};
        let machine = Rbm::normal(3, 2, 0.25, &mut ChaCha8Rng::seed_from_u64(9));
        let mut rng = ChaCha8Rng::seed_from_u64(9);
        let mut next = || 0.25 * <StandardNormal as Distribution<f64>>::sample(&StandardNormal, &mut rng);
        let mut draws = |count: usize| -> Vec<f64> { (0..count).map(|_| next()).collect() };
        assert_eq!((machine.visible, machine.hidden), (3, 2));
        assert_eq!([&machine.weights, &machine.visible_bias, &machine.hidden_bias], [&draws(6), &draws(3), &draws(2)]);
        // Mean 0 and variance s² of 40,000 of them, to five standard errors.
        let many = Rbm::normal(200, 200, 2.0, &mut ChaCha8Rng::seed_from_u64(9)).weights;
        let mean = many.iter().sum::<f64>() / 40_000.0;
        let variance = many.iter().map(|w| w * w).sum::<f64>() / 40_000.0;
        assert!(mean.abs() < 5.0 * 2.0 / 200.0 && (variance - 4.0).abs() < 5.0 * 4.0 * 2f64.sqrt() / 200.0);
    }

    #[test]
    fn precisions_and_views_keep_every_parameter_in_its_place() {
        // 0.1 is no single-precision number, the others are.
        let machine =
            Rbm::new(2, 3, vec![1.0, 2.0, 3.0, 4.0, 5.0, 0.1], vec![6.0, 7.0], vec![8.0, 9.0, -1.5]).expect("fits");
        let single = machine.to_f32();
        assert_eq!((single.visible, single.hidden, single.weights[5]), (2, 3, 0.1f32));
        assert_eq!((&single.visible_bias[..], &single.hidden_bias[..]), (&[6.0f32, 7.0][..], &[8.0f32, 9.0, -1.5][..]));
        let double = single.to_f64();
        assert_eq!(double.weights[..5], machine.weights[..5]);
        assert_eq!(double.weights[5], f64::from(0.1f32));
        assert_eq!((double.visible, double.hidden), (2, 3));
        assert_eq!((&double.visible_bias, &double.hidden_bias), (&machine.visible_bias, &machine.hidden_bias));
        let (wide, narrow) = (machine.weights_view(), single.weights_view());
        assert_eq!((wide.shape(), narrow.shape()), ((2, 3), (2, 3)));
        assert_eq!((wide[(0, 2)], wide[(1, 0)], narrow[(0, 2)], narrow[(1, 0)]), (3.0, 4.0, 3.0, 4.0));
    }

    #[test]
    fn centring_and_zero_field_are_as_by_hand() {
        // by hand: W = [[1, 2, 3], [4, 5, 6]], rows 6 and 15, columns 5, 7 and 9, all 21
        let w = vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let centred = Rbm::new(2, 3, w.clone(), vec![10.0, 20.0], vec![1.0, 2.0, 3.0]).expect("fits").centred();
        assert_eq!((centred.visible, centred.hidden), (vec![13.0, 27.5], vec![3.5, 5.5, 7.5]));
        assert_eq!(centred.constant, 15.0 + 3.0 + 21.0 / 4.0);
        let zero = Rbm::zero_field(2, 3, w.clone()).expect("fits");
        assert_eq!((zero.visible, zero.hidden, zero.weights), (2, 3, w));
        assert_eq!((zero.visible_bias, zero.hidden_bias), (vec![-3.0, -7.5], vec![-2.5, -3.5, -4.5]));
        assert!(Rbm::zero_field(2, 3, vec![0.0; 5]).is_err());
    }
}
