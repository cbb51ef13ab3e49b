//! Random matrices as the null model of a trained weight matrix: ensembles to draw from, the Marchenko-Pastur law of
//! their singular values, the Tracy-Widom law of the largest one, the position of an outlier made by a rank-one spike,
//! and the divergence between the entries of a matrix and those of the same matrix between random rotations.

pub mod bidiagonal;
pub mod ensemble;
pub mod marchenko_pastur;
pub mod rotation;
pub mod spike;
pub mod tracy_widom;
