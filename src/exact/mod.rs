//! Exact models: machines of low rank whose law is known at any size, against which claims measure.

pub mod profile;
pub mod rank_one;
pub mod rank_two;
