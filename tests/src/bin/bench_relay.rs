//! How fast the relay takes and hands on sealed chunks of 400 bytes, over real HTTP and WebSockets on this machine, beside SQLite alone
//! with the same payloads in the same run.
//!
//! Prints JSON lines `{name, value, unit, reference, reference_value}`. With the argument `peer` only what a peer sees: the other
//! side of `tests/bench/cojson.mjs`.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a bench that cannot measure has nothing to say"
)]

use omamori_core::{
    compartment::Compartment,
    device::DeviceKeys,
    edit::Edit,
    id::RecordId,
    log::LogEntry,
    replica::Replica,
    statement::{How, UnixMillis, Value},
};
use omamori_tests::relay::{Heard, Household, Line, LocalRelay, Person, batch};
use rand_core::{TryCryptoRng, TryRng};
use ring::rand::{SecureRandom, SystemRandom};
use rusqlite::{Connection, params};
use serde_json::json;
use std::{
    convert::Infallible,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    sync::Barrier,
    time::{Duration, Instant},
};

/// Bytes of a chunk's sealed content.
const PAYLOAD: usize = 400;
const RECORDS: usize = 100;
const CARE: usize = 1;

fn main() {
    let peer_only = std::env::args().nth(1).as_deref() == Some("peer");
    if !peer_only {
        latency();
        many_phones();
        batches();
        fan_out();
    }
    one_edit_seen_by_a_peer();
    burst_seen_by_a_peer();
}

fn row(name: &str, value: f64, unit: &str, reference: Option<(&str, f64)>) {
    let (reference, reference_value) = reference.unzip();
    println!(
        "{}",
        json!({"name": name, "value": value, "unit": unit, "reference": reference, "reference_value": reference_value})
    );
}

/// One phone, one chunk at a time.
fn latency() {
    let relay = relay();
    let mut phone = Phone::at_home(&relay);
    let (chunks, mut http) = (phone.chunks(500), phone.connect());
    let times = chunks
        .iter()
        .map(|entry| http.timed(&phone.request(&[entry])))
        .collect();
    let raw = raw_sqlite(500, 1);
    row(
        "append one chunk until it is on disk, p50",
        millis(median(times)),
        "ms",
        Some((
            "SQLite alone, a row a flush, p50",
            millis(median(raw.times)),
        )),
    );
}

/// Sixteen phones of as many families, each one chunk at a time: flushes are shared.
fn many_phones() {
    let relay = relay();
    let phones: Vec<_> = (0..16).map(|_| Phone::at_home(&relay)).collect();
    let rate = together(phones, 500, 1);
    let raw = raw_sqlite(8000, 16);
    row(
        "16 phones append one chunk a request",
        rate,
        "chunks/s",
        Some(("SQLite alone, 16 rows a flush", raw.rate)),
    );
}

/// Four phones that come back with much to tell.
fn batches() {
    let relay = relay();
    let phones: Vec<_> = (0..4).map(|_| Phone::at_home(&relay)).collect();
    let rate = together(phones, 5000, 50);
    let raw = raw_sqlite(20_000, 128);
    row(
        "4 phones append 50 chunks a request",
        rate,
        "chunks/s",
        Some(("SQLite alone, 128 rows a flush", raw.rate)),
    );
}

/// One phone writes, thirty listen.
fn fan_out() {
    const READERS: usize = 30;
    const CHUNKS: usize = 2000;
    let relay = relay();
    let mut phone = Phone::at_home(&relay);
    let lines: Vec<_> = (0..READERS).map(|_| phone.line()).collect();
    let requests: Vec<_> = phone
        .chunks(CHUNKS)
        .chunks(50)
        .map(|part| phone.request(&part.iter().collect::<Vec<_>>()))
        .collect();
    let mut http = phone.connect();
    let started = Instant::now();
    let delivered: usize = std::thread::scope(|scope| {
        let readers: Vec<_> = lines
            .into_iter()
            .map(|line| scope.spawn(move || count(line, CHUNKS as u64 + 1)))
            .collect();
        for request in &requests {
            http.timed(request);
        }
        readers
            .into_iter()
            .map(|reader| reader.join().unwrap())
            .sum()
    });
    let rate = delivered as f64 / started.elapsed().as_secs_f64();
    let raw = raw_sqlite(CHUNKS, 50);
    row(
        "one phone writes, 30 listen",
        rate,
        "deliveries/s",
        Some(("SQLite alone, 50 rows a flush, nobody listens", raw.rate)),
    );
}

/// Entries heard until a position. Told to pull, a reader has everything up to there by other means.
fn count(mut line: Line, last: u64) -> usize {
    let mut heard = 0;
    for _ in 0..1_000_000 {
        match line.hear() {
            Heard::Entry(seq, ..) => {
                heard += 1;
                if seq == last {
                    break;
                }
            }
            Heard::Pull => {}
            Heard::Nothing | Heard::Closed(_) => break,
        }
    }
    heard
}

/// From one parent's edit until the other parent's view shows it: signed, sealed, flushed, handed on, opened, checked, merged.
fn one_edit_seen_by_a_peer() {
    let relay = relay();
    let mut rng = System;
    let (mut mother, entries) = Replica::create(
        DeviceKeys::generate(&mut rng),
        "mother",
        UnixMillis(0),
        &mut rng,
    )
    .unwrap();
    let father = DeviceKeys::generate(&mut rng);
    let added = mother
        .add_device(father.public(), "father", UnixMillis(0), &mut rng)
        .unwrap();
    let mut father = Replica::join(father, mother.record());
    father.receive([entries.clone(), added.clone()].concat());
    let client = relay.client();
    client
        .ask(
            "POST",
            &format!("/v1/records/{}", mother.record()),
            &[],
            &entries[0].bytes,
        )
        .good();
    let token = client.token_of(&mother.record(), mother.keys());
    let mut http = Http::connect(&relay.address());
    http.timed(&append(
        &mother.record(),
        &token,
        &[entries, added].concat(),
    ));
    let fathers = client.token_of(&mother.record(), father.keys());
    let mut line = Line::open(&relay.address(), &mother.record(), &fathers).unwrap();
    let mut times = Vec::new();
    let mut arrived = Vec::new();
    for n in 0..200 {
        let edit = note(n);
        let started = Instant::now();
        let entries = mother.edit(&[edit], UnixMillis(n), &mut rng).unwrap();
        http.timed(&append(&mother.record(), &token, &entries));
        let Heard::Entry(_, kind, bytes) = line.hear() else {
            continue;
        };
        arrived.push(started.elapsed());
        let received = father.receive(vec![LogEntry { kind, bytes }]);
        assert!(received.changed, "{received:?}");
        times.push(started.elapsed());
    }
    row(
        "one edit until a peer has its bytes, p50",
        millis(median(arrived)),
        "ms",
        None,
    );
    row(
        "one edit until a peer's view shows it, p50",
        millis(median(times)),
        "ms",
        None,
    );
}

fn note(n: i64) -> Edit {
    let text = format!("{n:0>PAYLOAD$}");
    Edit::Add {
        compartment: Compartment::Log,
        kind: "entry".to_owned(),
        fields: [("situation".to_owned(), Value::Text(text))].into(),
        how: How::default(),
    }
}

/// One phone tells much at once, one listens.
fn burst_seen_by_a_peer() {
    const CHUNKS: usize = 10_000;
    let relay = relay();
    let mut phone = Phone::at_home(&relay);
    let line = phone.line();
    let requests: Vec<_> = phone
        .chunks(CHUNKS)
        .chunks(50)
        .map(|part| phone.request(&part.iter().collect::<Vec<_>>()))
        .collect();
    let mut http = phone.connect();
    let started = Instant::now();
    let heard = std::thread::scope(|scope| {
        let reader = scope.spawn(move || count(line, CHUNKS as u64 + 1));
        for request in &requests {
            http.timed(request);
        }
        reader.join().unwrap()
    });
    let rate = heard as f64 / started.elapsed().as_secs_f64();
    row(
        "sealed chunks in a burst, on disk and at one peer",
        rate,
        "chunks/s",
        None,
    );
}

/// A relay with room for everything the benches do.
fn relay() -> LocalRelay {
    LocalRelay::with(|config| {
        config.limits.open_requests = 1_000_000;
        config.limits.live_queue = 4096;
    })
}

/// A phone with a record and a token.
struct Phone {
    family: Household,
    token: String,
    address: String,
}

impl Phone {
    fn at_home(relay: &LocalRelay) -> Self {
        let (client, family) = (relay.client(), Household::begin());
        client.begin(&family).good();
        let token = client.token(&family.record, &family.mother);
        Self {
            family,
            token,
            address: relay.address(),
        }
    }

    fn chunks(&mut self, count: usize) -> Vec<LogEntry> {
        (0..count)
            .map(|_| self.family.mothers_chunk(CARE, &[7; PAYLOAD]))
            .collect()
    }

    fn request(&self, entries: &[&LogEntry]) -> Vec<u8> {
        let entries: Vec<_> = entries.iter().map(|entry| (*entry).clone()).collect();
        append(&self.family.record, &self.token, &entries)
    }

    /// Only when there is something to say: the relay does not wait for silent connections.
    fn connect(&self) -> Http {
        Http::connect(&self.address)
    }

    fn line(&self) -> Line {
        Line::open(&self.address, &self.family.record, &self.token).unwrap()
    }
}

/// All phones append at once: chunks a second until the last is acknowledged.
fn together(phones: Vec<Phone>, each: usize, a_request: usize) -> f64 {
    let count = phones.len() * each;
    let start = Barrier::new(phones.len() + 1);
    let started = std::thread::scope(|scope| {
        for mut phone in phones {
            let start = &start;
            scope.spawn(move || {
                let chunks = phone.chunks(each);
                let requests: Vec<_> = chunks
                    .chunks(a_request)
                    .map(|part| phone.request(&part.iter().collect::<Vec<_>>()))
                    .collect();
                // The relay does not wait for silent connections, and signing so many chunks takes the others a while.
                start.wait();
                let mut http = phone.connect();
                for request in &requests {
                    http.timed(request);
                }
            });
        }
        start.wait();
        Instant::now()
    });
    count as f64 / started.elapsed().as_secs_f64()
}

fn append(record: &RecordId, token: &str, entries: &[LogEntry]) -> Vec<u8> {
    let body = batch(entries);
    let head = format!(
        "POST /v1/records/{record}/entries HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/cbor\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.into_bytes(), body].concat()
}

/// One kept connection: a phone's, not a load generator's.
struct Http(BufReader<TcpStream>);

impl Http {
    fn connect(address: &str) -> Self {
        let stream = TcpStream::connect(address.strip_prefix("http://").unwrap()).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(BufReader::new(stream))
    }

    /// Sends an append, waits for the answer, and makes sure that nothing was refused.
    fn timed(&mut self, request: &[u8]) -> Duration {
        let started = Instant::now();
        self.0.get_mut().write_all(request).unwrap();
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        assert!(line.starts_with("HTTP/1.1 200"), "{line}");
        let mut length = 0;
        while line != "\r\n" {
            line.clear();
            self.0.read_line(&mut line).unwrap();
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).unwrap();
        let took = started.elapsed();
        assert!(
            body.ends_with(br#""refused":[]}"#),
            "{}",
            String::from_utf8_lossy(&body)
        );
        took
    }
}

struct Raw {
    rate: f64,
    times: Vec<Duration>,
}

/// Rows of the same size into a table of the same shape, with nothing around it.
fn raw_sqlite(rows: usize, a_flush: usize) -> Raw {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = Connection::open(folder.path().join("raw.db")).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;
             CREATE TABLE entries (record INTEGER, seq INTEGER, bytes BLOB);
             CREATE UNIQUE INDEX entries_in_order ON entries (record, seq);",
        )
        .unwrap();
    // A chunk is its content and about 240 bytes of header and signature.
    let chunk = Household::begin()
        .chunk(&mut Person::new(), CARE, &[7; PAYLOAD])
        .bytes;
    let mut times = Vec::new();
    let started = Instant::now();
    for group in 0..rows / a_flush {
        let began = Instant::now();
        let writing = connection.transaction().unwrap();
        for n in 0..a_flush {
            let row = group * a_flush + n;
            writing
                .prepare_cached("INSERT INTO entries VALUES (?1, ?2, ?3)")
                .unwrap()
                .execute(params![
                    (row % RECORDS) as i64,
                    (row / RECORDS) as i64,
                    chunk
                ])
                .unwrap();
        }
        writing.commit().unwrap();
        times.push(began.elapsed());
    }
    Raw {
        rate: rows as f64 / started.elapsed().as_secs_f64(),
        times,
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    *times.get(times.len() / 2).expect("something was measured")
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The system's randomness.
struct System;

impl TryRng for System {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        SystemRandom::new()
            .fill(bytes)
            .expect("the system gives randomness");
        Ok(())
    }
}

impl TryCryptoRng for System {}
