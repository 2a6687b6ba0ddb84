//! A relay and the people who talk to it, over real sockets.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper that fails fails its test or bench, at the line where it happens"
)]

mod client;
mod household;
mod liar;
mod line;
mod phone;
mod process;
pub mod town;

pub use client::{Answer, Client, Page, Pushed, batch, numbered, page};
pub use household::{Household, Person};
pub use liar::{Liar, Lie, PageEntry};
pub use line::{Heard, Line};
pub use phone::Phone;
pub use process::RelayProcess;

use omamori_core::log::LogEntry;
use omamori_relay::{
    config::Config,
    startup::{self, Background},
};

/// A relay on a thread of this process, on a free port, with its files in a temporary folder.
pub struct LocalRelay {
    /// The folder: `relay.db` and what lies beside it.
    pub folder: tempfile::TempDir,
    running: Background,
}

impl LocalRelay {
    /// Starts one with the usual limits.
    pub fn start() -> Self {
        Self::with(|_| {})
    }

    /// Starts one configured otherwise.
    pub fn with(configure: impl FnOnce(&mut Config)) -> Self {
        Self::in_folder(tempfile::tempdir().unwrap(), configure)
    }

    /// Starts one over what an earlier one left.
    pub fn in_folder(folder: tempfile::TempDir, configure: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::on_loopback(folder.path().join("relay.db"));
        configure(&mut config);
        Self {
            folder,
            running: startup::spawn(config).unwrap(),
        }
    }

    /// Stops it well; what it keeps stays in the folder.
    pub fn stop(self) -> tempfile::TempDir {
        self.running.stop().unwrap();
        self.folder
    }

    /// Its address: `http://127.0.0.1:PORT`.
    pub fn address(&self) -> String {
        format!("{}://{}", self.running.scheme, self.running.addr)
    }

    /// Somebody who talks to it.
    pub fn client(&self) -> Client {
        Client::new(self.address())
    }
}

/// A family whose record has begun, the mother's token, and the relay it is on.
pub fn at_home() -> (LocalRelay, Client, Household, String) {
    at_home_with(|_| {})
}

/// As [`at_home`], with a relay configured otherwise.
pub fn at_home_with(
    configure: impl FnOnce(&mut Config),
) -> (LocalRelay, Client, Household, String) {
    let relay = LocalRelay::with(configure);
    let client = relay.client();
    let family = Household::begin();
    client.begin(&family).good();
    let token = client.token(&family.record, &family.mother);
    (relay, client, family, token)
}

/// The hashes of entries, in hexadecimal.
pub fn hashes(entries: &[LogEntry]) -> Vec<String> {
    entries
        .iter()
        .map(|entry| entry.hash().to_string())
        .collect()
}
