//! A device that speaks HTTP to a relay.

use super::{Household, Person};
use ciborium::Value;
use omamori_core::{
    device::DeviceKeys,
    id::{DeviceId, RecordId},
    log::{EntryKind, LogEntry},
};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use serde_json::json;
use std::{path::Path, sync::Arc, time::Duration};
use ureq::{
    Agent,
    http::{Request, Response},
    tls::{Certificate, RootCerts, TlsConfig},
};

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Body.
    pub body: Vec<u8>,
    headers: ureq::http::HeaderMap,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("{}: {}", self.status, String::from_utf8_lossy(&self.body)))
    }

    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The last part of the problem's type. Panics if this is no problem+json.
    pub fn problem(&self) -> String {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{self:?}"
        );
        assert_eq!(self.json()["status"], self.status);
        name(&self.json()["type"])
    }

    /// Itself, if it is good.
    pub fn good(self) -> Self {
        assert!(
            self.status < 300,
            "{} {}",
            self.status,
            String::from_utf8_lossy(&self.body)
        );
        self
    }
}

/// What became of an append.
#[derive(Debug, PartialEq, Eq)]
pub struct Pushed {
    /// The record's last position.
    pub cursor: u64,
    /// The mark there, in hexadecimal.
    pub mark: String,
    /// The mark at the position asked about.
    pub known: Option<String>,
    /// Hashes.
    pub accepted: Vec<String>,
    /// Hashes and names of the reasons.
    pub refused: Vec<(String, String)>,
}

/// What a pull brought.
#[derive(Debug, PartialEq, Eq)]
pub struct Page {
    /// Where to go on.
    pub cursor: u64,
    /// Is there more?
    pub more: bool,
    /// Names what may be read.
    pub scope: String,
    /// The mark at the cursor, in hexadecimal.
    pub mark: String,
    /// The mark at the position asked about.
    pub known: Option<String>,
    /// Position, kind, bytes.
    pub entries: Vec<(u64, EntryKind, Vec<u8>)>,
}

impl Page {
    /// The positions.
    pub fn seqs(&self) -> Vec<u64> {
        self.entries.iter().map(|(seq, ..)| *seq).collect()
    }

    /// The entries themselves.
    pub fn log(&self) -> Vec<LogEntry> {
        let entries = self.entries.iter();
        entries
            .map(|(_, kind, bytes)| LogEntry {
                kind: *kind,
                bytes: bytes.clone(),
            })
            .collect()
    }
}

/// Somebody on the other side of HTTP.
#[derive(Clone)]
pub struct Client {
    /// `http://HOST:PORT`
    pub base: String,
    agent: Agent,
}

impl Client {
    /// Talks to this address.
    pub fn new(base: String) -> Self {
        Self::over(base, RootCerts::Specific(Arc::new(vec![])))
    }

    /// Talks to this address over TLS and trusts this authority alone.
    pub fn trusting(base: String, authority: &Path) -> Self {
        let der = CertificateDer::from_pem_file(authority).unwrap();
        let roots = vec![Certificate::from_der(&der).to_owned()];
        Self::over(base, RootCerts::Specific(Arc::new(roots)))
    }

    fn over(base: String, roots: RootCerts) -> Self {
        let tls = TlsConfig::builder()
            .root_certs(roots)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .max_redirects(0)
            .proxy(None);
        Self {
            base,
            agent: config.build().new_agent(),
        }
    }

    /// Any request at all.
    pub fn send(&self, request: Request<Vec<u8>>) -> Answer {
        self.try_send(request).unwrap()
    }

    /// As [`Client::send`], where the relay may be gone.
    ///
    /// # Errors
    /// When no answer comes.
    pub fn try_send(&self, request: Request<Vec<u8>>) -> Result<Answer, ureq::Error> {
        let response: Response<ureq::Body> = self.agent.run(request)?;
        let (parts, mut body) = response.into_parts();
        let body = body.with_config().limit(64 << 20).read_to_vec()?;
        Ok(Answer {
            status: parts.status.as_u16(),
            body,
            headers: parts.headers,
        })
    }

    /// A request to a path, with headers.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.send(self.request(method, path, headers, body))
    }

    /// Builds one.
    pub fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Request<Vec<u8>> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base));
        let with = |request: ureq::http::request::Builder, (name, value): &(&str, &str)| {
            request.header(*name, *value)
        };
        headers
            .iter()
            .fold(request, with)
            .body(body.to_vec())
            .unwrap()
    }

    /// GET without headers.
    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], &[])
    }

    /// Begins a record.
    pub fn begin(&self, household: &Household) -> Answer {
        let path = format!("/v1/records/{}", household.record);
        self.ask("POST", &path, &[], &household.genesis().bytes)
    }

    /// Asks for a challenge: the nonce.
    pub fn challenge(&self, record: &RecordId, device: &DeviceId) -> String {
        let path = format!("/v1/records/{record}/challenge");
        let body = json!({ "device": device.to_string() }).to_string();
        let answer = self.ask("POST", &path, &[], body.as_bytes()).good().json();
        answer["nonce"].as_str().unwrap().to_owned()
    }

    /// Answers a challenge.
    pub fn answer(&self, record: &RecordId, keys: &DeviceKeys, nonce: &str) -> Answer {
        let mut bytes = [0; 32];
        hex::decode_to_slice(nonce, &mut bytes).unwrap();
        let signature = omamori_core::token::sign(record, keys, &bytes);
        self.answer_with(record, &keys.id(), nonce, &hex::encode(signature))
    }

    /// Answers a challenge with any signature.
    pub fn answer_with(
        &self,
        record: &RecordId,
        device: &DeviceId,
        nonce: &str,
        signature: &str,
    ) -> Answer {
        let path = format!("/v1/records/{record}/token");
        let body = json!({ "device": device.to_string(), "nonce": nonce, "signature": signature });
        self.ask("POST", &path, &[], body.to_string().as_bytes())
    }

    /// Proves a device: a token.
    pub fn token(&self, record: &RecordId, who: &Person) -> String {
        self.token_of(record, &who.keys)
    }

    /// Proves a device by its keys: a token.
    pub fn token_of(&self, record: &RecordId, keys: &DeviceKeys) -> String {
        let nonce = self.challenge(record, &keys.id());
        let answer = self.answer(record, keys, &nonce).good().json();
        answer["token"].as_str().unwrap().to_owned()
    }

    /// Appends entries.
    pub fn push(&self, record: &RecordId, token: &str, entries: &[LogEntry]) -> Answer {
        self.push_bytes(record, token, &batch(entries))
    }

    /// Appends entries, and asks for the mark at a position.
    pub fn push_known(
        &self,
        record: &RecordId,
        token: &str,
        entries: &[LogEntry],
        known: u64,
    ) -> Answer {
        let path = format!("/v1/records/{record}/entries?known={known}");
        let bearer = format!("Bearer {token}");
        self.ask(
            "POST",
            &path,
            &[("authorization", &bearer)],
            &batch(entries),
        )
    }

    /// Appends any bytes.
    pub fn push_bytes(&self, record: &RecordId, token: &str, body: &[u8]) -> Answer {
        self.send(self.push_request(record, token, body))
    }

    /// The request that appends.
    pub fn push_request(&self, record: &RecordId, token: &str, body: &[u8]) -> Request<Vec<u8>> {
        let path = format!("/v1/records/{record}/entries");
        let bearer = format!("Bearer {token}");
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/cbor"),
        ];
        self.request("POST", &path, &headers, body)
    }

    /// Reads a good answer to an append.
    pub fn pushed(answer: Answer) -> Pushed {
        let json = answer.good().json();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let refused = json["refused"].as_array().unwrap().iter();
        Pushed {
            cursor: json["cursor"].as_u64().unwrap(),
            mark: text(&json["mark"]),
            known: json["known"].as_str().map(str::to_owned),
            accepted: json["accepted"]
                .as_array()
                .unwrap()
                .iter()
                .map(text)
                .collect(),
            refused: refused
                .map(|r| (text(&r["hash"]), name(&r["type"])))
                .collect(),
        }
    }

    /// Asks for entries behind a cursor.
    pub fn pull_answer(&self, record: &RecordId, token: &str, query: &str) -> Answer {
        let path = format!("/v1/records/{record}/entries?{query}");
        self.ask(
            "GET",
            &path,
            &[("authorization", &format!("Bearer {token}"))],
            &[],
        )
    }

    /// One page.
    pub fn pull(&self, record: &RecordId, token: &str, after: u64) -> Page {
        page(
            &self
                .pull_answer(record, token, &format!("after={after}"))
                .good()
                .body,
        )
    }

    /// Who fetched what: number and bytes of each access behind a number.
    pub fn accesses(&self, record: &RecordId, token: &str, after: u64) -> Vec<(u64, Vec<u8>)> {
        let path = format!("/v1/records/{record}/accesses?after={after}");
        let bearer = format!("Bearer {token}");
        let answer = self.ask("GET", &path, &[("authorization", &bearer)], &[]);
        let list: Value = ciborium::from_reader(answer.good().body.as_slice()).unwrap();
        let members = list.as_map().unwrap();
        assert_eq!(members[0].0.as_text(), Some("more"));
        let entries = members[1].1.as_array().unwrap().iter();
        entries
            .map(|entry| {
                let entry = entry.as_array().unwrap();
                (number(&entry[0]), entry[1].as_bytes().unwrap().clone())
            })
            .collect()
    }

    /// All pages.
    pub fn pull_all(&self, record: &RecordId, token: &str) -> Vec<(u64, EntryKind, Vec<u8>)> {
        let (mut after, mut all) = (0, Vec::new());
        loop {
            let page = self.pull(record, token, after);
            all.extend(page.entries);
            after = page.cursor;
            if !page.more {
                return all;
            }
        }
    }
}

/// Entries as the body of an append.
pub fn batch(entries: &[LogEntry]) -> Vec<u8> {
    numbered(
        entries
            .iter()
            .map(|entry| (entry.kind.code().into(), entry.bytes.as_slice())),
    )
}

/// Entries with any kind number.
pub fn numbered<'a>(entries: impl Iterator<Item = (u64, &'a [u8])>) -> Vec<u8> {
    let entries = entries
        .map(|(kind, bytes)| Value::Array(vec![kind.into(), Value::Bytes(bytes.to_vec())]))
        .collect();
    let mut body = Vec::new();
    ciborium::into_writer(&Value::Array(entries), &mut body).unwrap();
    body
}

/// Reads a page.
pub fn page(body: &[u8]) -> Page {
    let value: Value = ciborium::from_reader(body).unwrap();
    let member = |name: &str| {
        let members = value.as_map().unwrap().iter();
        members
            .filter(|(key, _)| key.as_text() == Some(name))
            .map(|(_, v)| v)
            .next()
            .unwrap()
    };
    Page {
        cursor: number(member("cursor")),
        more: member("more").as_bool().unwrap(),
        scope: member("scope").as_text().unwrap().to_owned(),
        mark: hex::encode(member("mark").as_bytes().unwrap()),
        known: member("known").as_bytes().map(hex::encode),
        entries: member("entries")
            .as_array()
            .unwrap()
            .iter()
            .map(entry)
            .collect(),
    }
}

/// `[seq, kind, bytes]`
pub(super) fn entry(value: &Value) -> (u64, EntryKind, Vec<u8>) {
    let [seq, kind, bytes] = value.as_array().unwrap().as_slice() else {
        panic!("{value:?}")
    };
    let kind = EntryKind::from_code(number(kind)).unwrap();
    (number(seq), kind, bytes.as_bytes().unwrap().clone())
}

fn number(value: &Value) -> u64 {
    value.as_integer().unwrap().try_into().unwrap()
}

fn name(urn: &serde_json::Value) -> String {
    let urn = urn.as_str().unwrap();
    urn.strip_prefix("urn:omamori:problem:").unwrap().to_owned()
}
