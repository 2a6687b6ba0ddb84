//! The manual: what the bytes mean, who may attack, and why things are as they are.

#[doc = include_str!("../manual/format.md")]
pub mod format {}

#[doc = include_str!("../manual/threats.md")]
pub mod threats {}

#[doc = include_str!("../manual/decisions.md")]
pub mod decisions {}
