//! Verifies what is claimed about the energy landscape of Restricted Boltzmann Machines in arXiv 2503.21536.
//!
//! Claims live in [`theorems`], one file each: an exact derivation ([`symbolic`]), a measurement ([`rbm`], [`spectra`],
//! [`stat`], [`oracle`]) and falsifiers that the same measurement must refute. [`runner::check`] turns one into a
//! [`claim::Dossier`], [`report`] and [`figure`] show it.
//!
//! ```
//! use rbm_landscape::{claim::{Case, Variant}, theorems::CATALOGUE};
//! let claim = CATALOGUE[0].theorem;
//! let regime = &claim.statement().regimes[0];
//! assert!(claim.derive(Case { regime, variant: Variant::AsStated })?.holds());
//! # // runner::check runs the rest
//! # Ok::<(), rbm_landscape::claim::CheckError>(())
//! ```

pub mod bits;
pub mod calibration;
pub mod claim;
pub mod cli;
pub mod data;
pub mod dossier;
pub mod evidence;
pub mod exact;
pub mod figure;
pub mod file;
pub mod lab;
pub mod linalg;
pub mod math;
pub mod memory;
pub mod oracle;
pub mod rbm;
pub mod report;
pub mod runner;
pub mod spectra;
pub mod stat;
pub mod symbolic;
pub mod theorem;
#[path = "../theorems/mod.rs"]
pub mod theorems;
