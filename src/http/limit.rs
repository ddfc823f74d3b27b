//! Rate and concurrency together, per provider and host.

/// Hands out permits to send.
pub struct Limiter {}
