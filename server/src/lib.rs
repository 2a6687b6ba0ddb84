//! The relay: keeps and forwards the sealed entries of records it cannot read, and serves the app.
//!
//! It knows lengths, positions, public keys and rights. An append goes
//! [`routes`] → [`wire`] → [`admission`] (by the record's ledger in [`ledgers`]) → [`store`] (one flush for many) → [`live`];
//! a pull comes back from [`store`], filtered by what the device may read ([`live::Sight`]).

pub mod access;
pub mod admission;
pub mod app;
pub mod buffers;
pub mod cli;
pub mod config;
mod hash;
pub mod headers;
pub mod ledgers;
pub mod live;
pub mod logging;
pub mod mailbox;
pub mod openings;
pub mod problem;
pub mod rate;
pub mod relay;
pub mod routes;
pub mod standing;
pub mod startup;
pub mod store;
pub mod tellings;
pub mod tls;
pub mod token;
pub mod turns;
pub mod wire;
