//! What an operator decides, and the limits that hold whatever a client does.

use crate::{
    access::Span,
    openings::Openings,
    store::{Keep, quotas::Quotas},
};
use std::{net::SocketAddr, path::PathBuf, time::Duration};

/// How a relay is run.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// The database file. Beside it lie `.key` (signs tokens) and `.lock`.
    pub data: PathBuf,
    /// Folder of the built web app, if it is served.
    pub app: Option<PathBuf>,
    /// Encryption of the connection.
    pub tls: Tls,
    /// Does everything come through a proxy of the operator's? Then an address is what the proxy says in `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// Limits.
    pub limits: Limits,
}

impl Config {
    /// A relay on a free port of this machine, without an app, without TLS, with the usual limits.
    pub fn on_loopback(data: PathBuf) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            data,
            app: None,
            tls: Tls::Off,
            behind_proxy: false,
            limits: Limits::default(),
        }
    }
}

/// Where the certificate comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// Plain HTTP: on this machine, or behind something that ends TLS.
    Off,
    /// PEM files of an operator.
    Files {
        /// Certificate chain, leaf first.
        certificate: PathBuf,
        /// Private key.
        key: PathBuf,
    },
    /// Made by the relay itself, for development: a folder that keeps `ca.pem`, `cert.pem` and `key.pem`.
    SelfSigned(PathBuf),
}

/// Bounds on what clients can ask for.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of one append request.
    pub body: usize,
    /// Entries of one append request.
    pub batch: usize,
    /// What is kept.
    pub quotas: Quotas,
    /// Bytes of one append request of a removed device, and of what nobody had seen of its words when it was removed.
    pub lane: usize,
    /// Certificates of an organisation that nobody had seen when its grant ended, until the relay restarts: each may make
    /// families change their keys once more.
    pub late_certificates: usize,
    /// Time for the whole body of a request to arrive.
    pub body_time: Duration,
    /// Append requests worked on at once; others wait.
    pub appends: usize,
    /// Of these, from one network.
    pub appends_of_one: usize,
    /// Pages read at once; others wait.
    pub pulls: usize,
    /// Of these, from one network.
    pub pulls_of_one: usize,
    /// Bytes of append requests that are still arriving or wait for their turn.
    pub bodies: usize,
    /// Of these, from one network.
    pub bodies_of_one: usize,
    /// How long a token is good for.
    pub token_life: Duration,
    /// How long a challenge is good for.
    pub challenge_life: Duration,
    /// Requests a minute from one address to what needs no token.
    pub open_requests: u32,
    /// Mailbox messages a minute from one address.
    pub mailbox_puts: u32,
    /// How long a mailbox keeps its messages.
    pub mailbox_life: Duration,
    /// How long it does so for an invitation at a distance.
    pub invitation_life: Duration,
    /// Messages of one network kept at once, of each kind.
    pub mailboxes_of_one: usize,
    /// What becomes one noted access, how many are kept, and how many openings a device may tell.
    pub accesses: Span,
    /// How many openings by officers are taken of one record.
    pub openings: Openings,
    /// Entries waiting for one live reader before it is told to pull.
    pub live_queue: usize,
    /// Live readers of one record.
    pub live_readers: usize,
    /// How long a live reader may stay before it must prove itself again.
    pub live_life: Duration,
    /// How long a live reader may leave a message or a ping unanswered.
    pub live_silence: Duration,
    /// Open connections for each worker thread.
    pub connections: usize,
    /// Time for requests to finish at shutdown.
    pub shutdown: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 4 << 20,
            lane: 1 << 20,
            late_certificates: 32,
            batch: 10_000,
            quotas: Quotas {
                record: 1 << 30,
                record_ledger: 16 << 20,
                total: u64::MAX,
                reserve: 512 << 20,
            },
            body_time: Duration::from_secs(60),
            appends: 64,
            appends_of_one: 16,
            pulls: 64,
            pulls_of_one: 32,
            bodies: 256 << 20,
            bodies_of_one: 64 << 20,
            token_life: Duration::from_secs(10 * 60),
            challenge_life: Duration::from_secs(2 * 60),
            open_requests: 600,
            mailbox_puts: 60,
            mailbox_life: Duration::from_secs(15 * 60),
            invitation_life: Duration::from_secs(24 * 60 * 60),
            mailboxes_of_one: 1024,
            accesses: Span {
                window: Duration::from_secs(60),
                of_cards: Duration::from_secs(15 * 60),
                keep: Keep {
                    record: 50_000,
                    card: 2_000,
                },
                told: 200,
            },
            openings: Openings {
                within: Duration::from_secs(7 * 24 * 60 * 60),
                of_record: 400,
                of_town: 40,
            },
            live_queue: 256,
            live_readers: 256,
            live_life: Duration::from_secs(60 * 60),
            live_silence: Duration::from_secs(60),
            connections: 8192,
            shutdown: Duration::from_secs(10),
        }
    }
}
