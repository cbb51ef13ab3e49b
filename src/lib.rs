//! Restricted Boltzmann Machines, and tests of the claims of arXiv 2503.21536 about their energy
//! landscape.
//!
//! A Restricted Boltzmann Machine has N visible units v and M hidden units h, each 0 or 1, and the
//! energy E(v, h) = −a·v − b·h − vᵀWh; states have probability exp(−βE)/Z, here with β = 1 unless a
//! function says otherwise. W is stored row by row, N x M. With the singular value decomposition W
//! = U diag(λ) Vᵀ, one triple (λ, column of U, column of V) is a *mode*.
//!
//! # What is here
//! - [`rbm`]: machines, sampling, training, ln Z exactly, by annealing and in closed form.
//! - [`spectra`], [`stat`]: laws of random matrices, tests and intervals; [`linalg`] computes the
//!   decompositions.
//! - [`symbolic`]: exact algebra, without floating point, for derivations.
//! - [`theorems`]: the claims, a folder each. [`runner::check`] runs one: its derivation, its
//!   checks and the falsifiers that the same checks must refute; the result is a
//!   [`dossier::Dossier`], which [`report`] writes and [`figure`] draws.
//! - [`exact`]: models that are solved exactly, against which the rest is tested.
//! - [`machine_file`], [`inspect()`](inspect::inspect): machines of other tools, and what the
//!   theory says of one.
//! - [`data`], [`bits`]: MNIST and files of images, and binary states, packed.
//! - [`cli::main`]: the program. All else is private.
//!
//! # Sampling
//! ```
//! use rbm_landscape::rbm::{Rbm, gibbs::Chains};
//! // by hand: without weights the visible units are independent, on with probability 1/(1 + e^−a)
//! let machine = Rbm::new(2, 1, vec![0.0, 0.0], vec![0.0, 2.0], vec![0.0])?.to_f32();
//! let mut chains = Chains::independent(&machine, 10_000, [7; 32]);
//! chains.sweep(&machine, 10);
//! let means = chains.visible.means();
//! // five standard errors
//! assert!((means[0] - 0.5).abs() < 0.025 && (means[1] - 0.880_797).abs() < 0.017);
//! # Ok::<(), rbm_landscape::rbm::RbmError>(())
//! ```
//!
//! # ln Z
//! ```
//! use rbm_landscape::rbm::{Rbm, exact};
//! // by hand: Z = 1 + e^1 + e^2 + e^(1 + 2 + 3)
//! let machine = Rbm::new(1, 1, vec![3.0], vec![1.0], vec![2.0])?;
//! let z = 1.0 + 1f64.exp() + 2f64.exp() + 6f64.exp();
//! assert!(exact::log_partition(&machine).is_some_and(|found| (found - z.ln()).abs() < 1e-12));
//! # Ok::<(), rbm_landscape::rbm::RbmError>(())
//! ```
//!
//! # A spectrum against the Marchenko-Pastur law
//! ```
//! use rand::{SeedableRng, rngs::ChaCha8Rng};
//! use rbm_landscape::{linalg, spectra::{ensemble, marchenko_pastur::MarchenkoPastur}, stat::goodness};
//! let (n, m, s) = (300, 200, 0.01);
//! let w = ensemble::normal(n, m, s, &mut ChaCha8Rng::seed_from_u64(1));
//! let mut values = linalg::singular_values(w.as_ref())?;
//! values.sort_by(f64::total_cmp);
//! let law = MarchenkoPastur::new(n, m, s)?;
//! // singular values repel each other: the distance of their distribution from the law is of order ln(M)/M, far below 1/√M
//! assert!(goodness::sup_distance(&values, |value| law.cdf(value)) < 0.02);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A verdict
//! ```no_run
//! use rbm_landscape::{claim::Verdict, data::Dataset, lab::{Lab, Plan, Scale}, runner, theorems::CATALOGUE};
//! let lab = Lab::new(Plan::new(Scale::Quick), 0, Dataset::mnist()?.into(), Box::new(|line| eprintln!("{line}")));
//! let dossier = runner::check(CATALOGUE[1].theorem, &lab);
//! assert!(dossier.as_expected() && dossier.regimes[0].verdict == Verdict::Holds);
//! # Ok::<(), rbm_landscape::data::DataError>(())
//! ```

mod arrays;
pub mod bits;
mod calibration;
pub mod claim;
pub mod cli;
pub mod data;
pub mod dossier;
pub mod evidence;
pub mod exact;
pub mod figure;
mod file;
pub mod inspect;
pub mod lab;
pub mod linalg;
pub mod machine_file;
mod math;
mod memory;
mod oracle;
pub mod rbm;
pub mod report;
pub mod resume;
pub mod runner;
pub mod spectra;
pub mod stat;
pub mod symbolic;
pub mod theorem;
#[path = "../theorems/mod.rs"]
pub mod theorems;
