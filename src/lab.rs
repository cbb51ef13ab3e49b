//! Placeholder.
/// Placeholder.
pub struct Lab {}
