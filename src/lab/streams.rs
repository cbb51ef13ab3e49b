//! Named streams of random numbers: keys through a versioned encoding.

use crate::rbm::optimiser::Optimiser;
use crate::rbm::train::{Gradient, Method, TrainSpec, VisibleBias};
use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fmt::Display;

/// What random numbers are for, as a part of their key. A claim has a constant for each of its
/// purposes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purpose(Cow<'static, str>);

impl Purpose {
    /// A purpose of that name.
    pub const fn new(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// One of several of a kind: the purpose, a space, and what tells it from the others.
    pub fn with(&self, more: impl Display) -> Self {
        Self(Cow::Owned(format!("{} {more}", self.0)))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0
    }
}

/// Which draw of one purpose: a number, or several such as `[size, replica]`.
pub trait Indices {
    /// The numbers, in order.
    fn numbers(&self) -> &[usize];
}

impl Indices for usize {
    fn numbers(&self) -> &[usize] {
        std::slice::from_ref(self)
    }
}

impl Indices for &[usize] {
    fn numbers(&self) -> &[usize] {
        self
    }
}

impl<const COUNT: usize> Indices for [usize; COUNT] {
    fn numbers(&self) -> &[usize] {
        self
    }
}

/// SHA-256 over the root seed and the parts, each preceded by its length.
pub fn key(seed: u64, parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

/// Of the encoding in [`training_key`]; another number gives other machines.
const ENCODING: &str = "encoding 2";

/// The key of the training of one specification and replica, for claims and for `train` alike.
/// Every field counts except the number of epochs: more epochs are the same training, continued.
pub(crate) fn training_key(seed: u64, spec: &TrainSpec, replica: usize) -> [u8; 32] {
    // By name, so that a field that is added has to be dealt with here; floats by their bits.
    let TrainSpec { hidden, steps, method, optimiser, epochs: _, batch, chains, init_std, visible_bias, gradient } =
        spec;
    let method = match method {
        Method::Pcd => "pcd",
        Method::Cd => "cd",
    };
    let optimiser = match optimiser {
        Optimiser::Adam { rate, beta1, beta2, epsilon } => {
            format!("adam {}", [rate, beta1, beta2, epsilon].map(|x| format!("{:08x}", x.to_bits())).join(" "))
        }
        Optimiser::Sgd { rate } => format!("sgd {:08x}", rate.to_bits()),
    };
    let visible_bias = match visible_bias {
        VisibleBias::Normal => "normal",
        VisibleBias::DataMean => "data-mean",
    };
    let gradient = match gradient {
        Gradient::Plain => "plain",
        Gradient::Centred => "centred",
    };
    let sizes = [hidden, steps, batch, chains].map(usize::to_string).join(" ");
    let init_std = format!("{:016x}", init_std.to_bits());
    let parts = [&*sizes, method, &*optimiser, &*init_std, visible_bias, gradient, &*replica.to_string()];
    key(seed, &[&["training", ENCODING], &parts[..]].concat())
}

/// [`training_key`] and, after it, what was its key in earlier versions of `train`, whose runs go
/// on by theirs.
pub(crate) fn training_keys(seed: u64, spec: &TrainSpec, replica: usize) -> Vec<[u8; 32]> {
    let earlier = key(seed, &["train", &spec.hidden.to_string(), &replica.to_string()]);
    vec![training_key(seed, spec, replica), earlier]
}

/// Independent stream number `index` under a key.
pub(crate) fn stream(key: [u8; 32], index: usize) -> ChaCha8Rng {
    crate::rbm::stream(key, index as u64)
}

/// A uniform permutation of 0..n (Fisher-Yates).
pub(super) fn permutation(n: usize, rng: &mut ChaCha8Rng) -> Vec<u32> {
    let mut order: Vec<u32> = (0..n as u32).collect();
    for i in (1..n).rev() {
        order.swap(i, rng.random_range(0..=i));
    }
    order
}
