//! The relay: keeps and forwards the sealed entries of records it cannot read, and serves the app.
pub mod store;
