//! The images a machine is trained on, and what falsifiers make of them.

use super::streams::{permutation, stream};
use crate::bits::States;
use rand::RngExt;

/// What is done to the images before a machine is trained on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Images {
    /// As they are.
    AsTheyAre,
    /// Every pixel's values permuted across images, a fresh permutation per pixel: all correlation
    /// is gone, C = D up to sampling noise, and every pixel keeps its mean.
    ValuesPermuted,
    /// Every image's pixels permuted, a fresh permutation per image: only the number of pixels that
    /// are on is left.
    PixelsPermuted,
    /// One fixed permutation of the pixels for all images: an exact symmetry of the machine.
    PixelsRelabelled,
    /// Fair bits in the place of the pixels.
    Noise,
}

impl Images {
    /// In words.
    pub(super) fn said(self) -> &'static str {
        match self {
            Self::AsTheyAre => "the images as they are",
            Self::ValuesPermuted => "values of every pixel permuted",
            Self::PixelsPermuted => "pixels of every image permuted",
            Self::PixelsRelabelled => "pixels of all images permuted alike",
            Self::Noise => "fair bits in the place of the pixels",
        }
    }

    /// Its word in keys of random streams; never changed, or numbers move.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::AsTheyAre => "AsTheyAre",
            Self::ValuesPermuted => "ValuesPermuted",
            Self::PixelsPermuted => "PixelsPermuted",
            Self::PixelsRelabelled => "PixelsRelabelled",
            Self::Noise => "Noise",
        }
    }
}

pub(super) fn alter(images: &States, how: Images, key: [u8; 32], set: usize) -> States {
    let (rows, units) = (images.rows(), images.units());
    match how {
        Images::AsTheyAre => images.clone(),
        Images::PixelsRelabelled => {
            let to = permutation(units, &mut stream(key, 0));
            let mut out = States::zeros(rows, units);
            for row in 0..rows {
                for unit in images.ones(row) {
                    set_bit(out.row_mut(row), to[unit] as usize);
                }
            }
            out
        }
        Images::Noise => {
            let mut rng = stream(key, set);
            States::from_fn(rows, units, |_, _| rng.random::<bool>())
        }
        Images::PixelsPermuted => {
            let mut rng = stream(key, set);
            let mut out = States::zeros(rows, units);
            for row in 0..rows {
                // As many ones as before, on a uniform subset: the first of a partial Fisher-Yates
                // shuffle.
                let mut places: Vec<usize> = (0..units).collect();
                for i in 0..images.ones(row).count() {
                    let j = rng.random_range(i..units);
                    places.swap(i, j);
                    set_bit(out.row_mut(row), places[i]);
                }
            }
            out
        }
        Images::ValuesPermuted => {
            let mut rng = stream(key, set);
            let transposed = images.transposed();
            let mut out = States::zeros(units, rows);
            for unit in 0..units {
                let to = permutation(rows, &mut rng);
                for row in transposed.ones(unit) {
                    set_bit(out.row_mut(unit), to[row] as usize);
                }
            }
            out.transposed()
        }
    }
}

fn set_bit(words: &mut [u64], at: usize) {
    words[at / 64] |= 1 << (at % 64);
}
