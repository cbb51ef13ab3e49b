//! Verifies what is claimed about the energy landscape of Restricted Boltzmann Machines.

pub mod bits;
pub mod claim;
pub mod data;
pub mod evidence;
pub mod figure;
pub mod file;
pub mod lab;
pub mod oracle;
pub mod rbm;
pub mod report;
pub mod runner;
pub mod spectra;
pub mod stat;
pub mod symbolic;
