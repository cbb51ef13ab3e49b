//! Plan, sizes and named random streams.

/// Placeholder.
pub struct Lab {}
