//! Random matrices as the null model of a trained weight matrix: ensembles to draw from, the
//! Marchenko-Pastur law of their singular values with its fit, the Tracy-Widom law of the largest
//! one, the hard-edge law of the smallest one of a square matrix, traces of powers, outliers made
//! by rank-one spikes, and the divergence between the entries of a matrix and those of the same
//! matrix between random rotations.

pub mod bidiagonal;
pub mod ensemble;
pub mod fit;
pub mod hard_edge;
pub mod linear_statistics;
pub mod marchenko_pastur;
pub mod rotation;
pub mod spike;
pub mod tracy_widom;
