//! The testers on trial: how often what is true is refuted, and how often what is false is not.

pub mod claims;
pub mod toolbox;
