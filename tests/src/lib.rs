//! What tests and benches share: people, their devices, and the relay they talk to.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "support of tests: what is not as a test set it up ends the test"
)]

pub mod home;
pub mod relay;
pub mod seeded;
pub mod vectors;
