//! What tests and benches share: people, their devices, and the relay they talk to.

pub mod home;
pub mod relay;
pub mod seeded;
pub mod station_vectors;
pub mod vectors;
