//! A town's officers, a family that agreed to be opened by two of them, and the relay between them.

use super::{Answer, Client, LocalRelay, page};
use crate::seeded::Seeded;
use omamori_core::{
    break_glass::{Officer, OfficersList, Reason, Wish, open::agree},
    compartment::Compartment,
    device::DeviceKeys,
    edit::Edit,
    id::RecordId,
    log::{EntryKind, LogEntry},
    replica::Replica,
    statement::{Fields, How, UnixMillis, Value},
};
use omamori_relay::config::Config;
use std::time::SystemTime;

/// Why they open.
pub const REASON: &str = "震度6強で避難所へ";

/// A municipality, and three people in its service, in the order of their ids.
pub struct Town {
    keys: DeviceKeys,
    /// Their devices.
    pub officers: Vec<DeviceKeys>,
}

/// A town whose list lies at a relay, and a family that agreed to it. What the mother's phone has is on it alone.
pub struct Valley {
    /// The relay.
    pub relay: LocalRelay,
    /// Whoever talks to it.
    pub client: Client,
    /// The town.
    pub town: Town,
    /// Its list.
    pub list: OfficersList,
    /// The mother's phone.
    pub mother: Replica,
    /// Her child's record.
    pub record: RecordId,
}

impl Valley {
    /// With the usual limits.
    pub fn new(rng: &mut Seeded) -> Self {
        Self::with(rng, |_| {})
    }

    /// With a relay configured otherwise.
    pub fn with(rng: &mut Seeded, configure: impl FnOnce(&mut Config)) -> Self {
        let relay = LocalRelay::with(configure);
        let client = relay.client();
        let town = Town::new(rng);
        let list = town.list(1, 3);
        assert_eq!(town.puts(&client, &list).status, 201);
        let mother = family(&list, rng);
        Self {
            record: mother.record(),
            relay,
            client,
            town,
            list,
            mother,
        }
    }
}

impl Town {
    /// One that nobody knows yet.
    pub fn new(rng: &mut Seeded) -> Self {
        let mut officers: Vec<_> = (0..3).map(|_| DeviceKeys::generate(rng)).collect();
        officers.sort_by_key(DeviceKeys::id);
        Self {
            keys: DeviceKeys::generate(rng),
            officers,
        }
    }

    /// Its list with the first so many officers.
    pub fn list(&self, generation: u64, officers: usize) -> OfficersList {
        let officers = self.officers.iter().take(officers).map(|keys| Officer {
            keys: keys.public().clone(),
            name: "職員".to_owned(),
            office: "危機管理課".to_owned(),
        });
        let key = self.keys.municipality_key();
        OfficersList::sign(&key, generation, now(), "みどり市", officers.collect()).unwrap()
    }

    /// Its place at a relay.
    pub fn address(&self) -> String {
        format!("/v1/municipalities/{}", self.list(1, 3).municipality())
    }

    /// Leaves a list in its place.
    pub fn puts(&self, client: &Client, list: &OfficersList) -> Answer {
        client.ask("PUT", &self.address(), &[], list.bytes())
    }

    /// What an officer gets who asks for something of the town's.
    pub fn asks(&self, client: &Client, officer: usize, path: &str) -> Answer {
        let token = self.token(client, &self.officers[officer]);
        let bearer = format!("Bearer {token}");
        let address = format!("{}{path}", self.address());
        client.ask("GET", &address, &[("authorization", &bearer)], b"")
    }

    /// An officer's token; empty if the relay gives none.
    pub fn token(&self, client: &Client, officer: &DeviceKeys) -> String {
        let ask = |path: &str, body: String| {
            let address = format!("{}{path}", self.address());
            let json = [("content-type", "application/json")];
            client.ask("POST", &address, &json, body.as_bytes())
        };
        let device = officer.id();
        let asked = ask("/challenge", format!(r#"{{"device":"{device}"}}"#)).json();
        let nonce = asked["nonce"].as_str().unwrap();
        let mut bytes = [0; omamori_core::token::NONCE];
        hex::decode_to_slice(nonce, &mut bytes).unwrap();
        let place = RecordId::new(*self.list(1, 3).municipality().as_bytes());
        let signature = hex::encode(omamori_core::token::sign(&place, officer, &bytes));
        let answer =
            format!(r#"{{"device":"{device}","nonce":"{nonce}","signature":"{signature}"}}"#);
        let answer = ask("/token", answer).json();
        answer["token"].as_str().unwrap_or_default().to_owned()
    }

    /// What the first two officers' devices fetched for one child.
    pub fn pair(&self, client: &Client, record: RecordId) -> [Replica; 2] {
        [0, 1].map(|officer| {
            let path = format!("/children/{record}");
            let entries = page(&self.asks(client, officer, &path).good().body).log();
            assert!(entries.iter().all(|entry| entry.kind != EntryKind::Bundle));
            self.holds(officer, record, entries)
        })
    }

    /// An officer's device with these entries of a child's, however they came.
    pub fn holds(&self, officer: usize, record: RecordId, entries: Vec<LogEntry>) -> Replica {
        let secret = self.officers[officer].to_secret_bytes();
        let keys = DeviceKeys::from_secret_bytes(secret.as_slice()).unwrap();
        let mut replica = Replica::join(keys, record);
        replica.receive(entries);
        replica
    }
}

/// The time now: officers open for an hour from now.
pub fn now() -> UnixMillis {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap();
    UnixMillis(i64::try_from(since.as_millis()).unwrap())
}

/// A mother with one child, who agreed to a list.
pub fn family(list: &OfficersList, rng: &mut Seeded) -> Replica {
    let keys = DeviceKeys::generate(rng);
    let (mut mother, _) = Replica::create(keys, "母", now(), rng).unwrap();
    let text = Value::Text("呼吸器を外さない".to_owned());
    let edit = Edit::Add {
        compartment: Compartment::Emergency,
        kind: "must-never".to_owned(),
        fields: Fields::from([("text".to_owned(), text)]),
        how: How::default(),
    };
    mother.edit(&[edit], now(), rng).unwrap();
    mother.consent_to(list, None, now(), rng).unwrap();
    mother
}

/// Everything the mother's phone has goes to the relay, as her app would send it. Her token.
pub fn send(client: &Client, mother: &Replica) -> String {
    let token = begin(client, mother);
    let pushed = Client::pushed(client.push(&mother.record(), &token, mother.entries()));
    assert!(pushed.refused.is_empty());
    token
}

/// The record begins at the relay, and holds nothing yet. The mother's token.
pub fn begin(client: &Client, mother: &Replica) -> String {
    let genesis = &mother.entries().first().unwrap().bytes;
    let path = format!("/v1/records/{}", mother.record());
    let begun = client.ask("POST", &path, &[], genesis);
    assert!([200, 201].contains(&begun.status));
    client.token_of(&mother.record(), mother.keys())
}

/// What two officers wish for.
pub fn wish() -> Wish {
    Wish {
        reason: Reason::new(REASON).unwrap(),
        from: now(),
        until: UnixMillis(now().0 + 3_600_000),
    }
}

/// Two officers open.
pub fn opened([first, second]: &[Replica; 2], rng: &mut Seeded) -> LogEntry {
    let package = first.packages_for(&first.device())[0];
    let release = agree(first.keys(), package, &second.device(), &wish(), now(), rng).unwrap();
    let asked = release.look(second.keys(), package).unwrap();
    asked
        .open(second.keys(), package, now(), rng)
        .unwrap()
        .entry
}

/// Whoever has an opening tells it.
pub fn tell(client: &Client, record: RecordId, opening: &[u8]) -> Answer {
    let path = format!("/v1/records/{record}/openings");
    client.ask("POST", &path, &[], opening)
}
