//! Time as people claimed it. No decision of trust is ever taken by a clock.

/// Milliseconds since 1970-01-01T00:00:00Z, as the author's clock claimed them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "card",
    derive(serde::Serialize, serde::Deserialize),
    serde(transparent)
)]
pub struct UnixMillis(pub i64);
