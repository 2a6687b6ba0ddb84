//! The relay in between cannot read a byte: a family's whole day goes through it, and then everything it keeps is searched.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: what fails fails its test"
)]

use omamori_core::{
    compartment::Compartment,
    device::DeviceKeys,
    edit::Edit,
    ledger::rights::Right,
    log::LogEntry,
    open_json::OpenRecord,
    replica::{Member, Replica},
    screen::source::Role,
    statement::{How, UnixMillis, Value},
};
use omamori_tests::relay::{Client, RelayProcess};
use rand_core::{TryCryptoRng, TryRng};
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::Value as Json;
use std::{collections::BTreeSet, convert::Infallible, fs, path::Path};

const RELAY: &str = env!("CARGO_BIN_EXE_relay_under_test");
const AOI: &str = include_str!("../cases/aoi.json");
const NOW: UnixMillis = UnixMillis(1_795_000_000_000);
const NURSES_NAME: &str = "山田 花子（訪問看護）";
const NURSES_WORDS: &str = "気切部の発赤なし、吸引回数はいつもどおり。";
/// Shorter words would be found in noise by chance.
const TELLING: usize = 6;

/// Remembers everything it ever gave away: every secret key is among it.
#[derive(Default)]
struct Remembering(Vec<Vec<u8>>);

impl TryRng for Remembering {
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
        SystemRandom::new().fill(bytes).unwrap();
        self.0.push(bytes.to_vec());
        Ok(())
    }
}

impl TryCryptoRng for Remembering {}

#[test]
fn after_a_day_of_two_devices_nothing_the_relay_keeps_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let relay = RelayProcess::start(RELAY, &folder.path().join("relay.db"), "");
    let mut rng = Remembering::default();
    let day = a_day(&relay.client(), &mut rng);

    // While it runs, so that the write-ahead log is full.
    let mut kept = Vec::new();
    let mut files = BTreeSet::new();
    for file in fs::read_dir(folder.path()).unwrap() {
        let path = file.unwrap().path();
        files.insert(path.file_name().unwrap().to_str().unwrap().to_owned());
        kept.push(fs::read(path).unwrap());
    }
    assert!(
        files.contains("relay.db") && files.contains("relay.db-wal"),
        "{files:?}"
    );
    let (_, log) = relay.terminate();
    assert!(
        log.contains("/v1/records/{record}/entries"),
        "the log was on"
    );
    let log = log.into_bytes();

    // What is public is found, so a secret would be found too.
    let on_disk = |needle: &[u8]| kept.iter().any(|file| contains(file, needle));
    assert!(on_disk(day.mother.keys().public().sign_key()));
    assert!(on_disk(day.mother.record().as_bytes()));
    assert!(
        day.words.len() > 100 && day.words.contains("あおい"),
        "{:?}",
        day.words
    );
    for word in &day.words {
        assert!(!on_disk(word.as_bytes()), "on disk: {word}");
        // A date may be the day of the log line, and an English word of the format a word of the log.
        let is_common = word
            .bytes()
            .all(|b| b.is_ascii() && !b.is_ascii_uppercase() && b != b' ');
        assert!(
            is_common || !contains(&log, word.as_bytes()),
            "in the log: {word}"
        );
    }
    let secrets: Vec<_> = rng
        .0
        .iter()
        .flat_map(|bytes| bytes.chunks_exact(32))
        .collect();
    // Two devices with two seeds each, and a key for each compartment.
    assert!(secrets.len() >= 4 + Compartment::ALL.len());
    for secret in secrets {
        assert!(
            !on_disk(secret) && !contains(&log, secret),
            "a secret is on disk"
        );
        assert!(
            !contains(&log, hex::encode(secret).as_bytes()),
            "a secret is in the log"
        );
    }
    // The log does not even say whose record it was.
    for id in [
        day.mother.record().to_string(),
        day.mother.device().to_string(),
        day.nurse.device().to_string(),
    ] {
        assert!(!contains(&log, id.as_bytes()), "an id is in the log");
    }
}

struct Day {
    mother: Replica,
    nurse: Replica,
    /// Everything a person said or is called, and the words of the format.
    words: BTreeSet<String>,
}

/// The mother takes in her notes, lets the nurse in, both write, both read.
fn a_day(client: &Client, rng: &mut Remembering) -> Day {
    let (mut mother, mut log) =
        Replica::create(DeviceKeys::generate(rng), "お母さん", NOW, rng).unwrap();
    log.extend(
        mother
            .import(&OpenRecord::parse(AOI).unwrap(), rng)
            .unwrap(),
    );
    let nurse = DeviceKeys::generate(rng);
    let member = Member {
        name: NURSES_NAME.to_owned(),
        role: Role::Nurse,
        organisation: "みどり訪問看護ステーション".to_owned(),
    };
    let rights = [
        (Compartment::Emergency, Right::Read),
        (Compartment::Care, Right::Write),
        (Compartment::Log, Right::Write),
    ];
    log.extend(
        mother
            .grant(nurse.public(), &member, &rights, NOW, rng)
            .unwrap(),
    );
    let begin = format!("/v1/records/{}", mother.record());
    client
        .ask("POST", &begin, &[], &log.first().unwrap().bytes)
        .good();
    push(client, &mother, &log);

    let mut nurse = Replica::join(nurse, mother.record());
    pull(client, &mut nurse);
    let fields = [("situation".to_owned(), Value::Text(NURSES_WORDS.to_owned()))].into();
    let note = Edit::Add {
        compartment: Compartment::Log,
        kind: "entry".to_owned(),
        fields,
        how: How::default(),
    };
    let written = nurse.edit(&[note], NOW, rng).unwrap();
    push(client, &nurse, &written);
    pull(client, &mut mother);
    let view = serde_json::to_string(mother.view()).unwrap();
    assert!(
        view.contains(NURSES_WORDS) && view.contains(NURSES_NAME),
        "it all went through"
    );

    let mut words = BTreeSet::new();
    collect(&serde_json::to_value(mother.view()).unwrap(), &mut words);
    collect(&serde_json::from_str(AOI).unwrap(), &mut words);
    // Ids are no secrets: the ledger shows them to the relay.
    words.retain(|word| word.len() >= TELLING && !word.contains('@') && hex::decode(word).is_err());
    words.extend(
        Compartment::ALL
            .map(|name| name.to_string())
            .into_iter()
            .filter(|n| n.len() >= TELLING),
    );
    Day {
        mother,
        nurse,
        words,
    }
}

/// All texts of a document: values, kinds, names.
fn collect(json: &Json, words: &mut BTreeSet<String>) {
    match json {
        Json::String(text) => {
            words.insert(text.clone());
        }
        Json::Array(items) => items.iter().for_each(|item| collect(item, words)),
        Json::Object(members) => members.values().for_each(|member| collect(member, words)),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

fn push(client: &Client, replica: &Replica, entries: &[LogEntry]) {
    let token = client.token_of(&replica.record(), replica.keys());
    for batch in entries.chunks(20) {
        let pushed = Client::pushed(client.push(&replica.record(), &token, batch));
        assert_eq!(pushed.refused, []);
    }
}

fn pull(client: &Client, replica: &mut Replica) {
    let token = client.token_of(&replica.record(), replica.keys());
    let entries = client.pull_all(&replica.record(), &token).into_iter();
    let entries = entries
        .map(|(_, kind, bytes)| LogEntry { kind, bytes })
        .collect();
    let received = replica.receive(entries);
    assert!(
        received.refused.is_empty() && received.waiting.is_empty(),
        "{received:?}"
    );
}

fn contains(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn the_search_finds_what_is_there() {
    let file = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/aoi.json")).unwrap();
    assert!(contains(&file, "あおい".as_bytes()) && !contains(&file, "あおい。。".as_bytes()));
}
