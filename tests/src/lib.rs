//! What tests and benches share: people, their devices, and the relay they talk to.

pub mod relay;
