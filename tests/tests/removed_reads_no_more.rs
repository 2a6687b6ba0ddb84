//! A removed device with all bytes the relay ever had and its own old keys tries to open what was sealed after its removal.

use omamori_core::{
    bundle, chunk,
    compartment::Compartment::{Care, Log},
    device::DeviceKeys,
    epoch::EpochKey,
    id::{ChunkId, OperationId},
    ledger::rights::Right,
    log::{EntryKind, LogEntry, ParsedEntry},
    replica::{Member, Replica},
    screen::source::Role,
};
use omamori_tests::{
    home::{NOW, add, copied_keys, mother, nurse},
    relay::{Phone, RelayProcess},
    seeded::Seeded,
};
use std::{collections::BTreeSet, fs, path::Path};

const RELAY: &str = env!("CARGO_BIN_EXE_relay_under_test");
const BEFORE: [&str; 2] = ["朝の吸引は三回でした", "夜間の見守りをお願いします"];
const AFTER: [&str; 4] = [
    "新しい住所は言いません",
    "学校を変わりました",
    "父も読みます",
    "もう一度鍵を替えました",
];

/// What a thief has who was a member: everything the relay ever stored, and the keys of her device.
struct Haul {
    keys: DeviceKeys,
    entries: Vec<LogEntry>,
    /// The nurse's app as it was.
    app: Replica,
    mother: Replica,
    /// The chunks sealed before she was removed, and after.
    before: BTreeSet<ChunkId>,
    after: BTreeSet<ChunkId>,
    /// The operation by which she was removed.
    removal: OperationId,
}

/// A nurse reads along, is removed, and the family goes on: new keys, a father, more new keys.
fn haul(seed: u64) -> Haul {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("relay.db");
    let relay = RelayProcess::start(RELAY, &path, "");
    let rng = &mut Seeded::new(seed);
    let mut hers = mother(rng);
    let nurses = nurse(&mut hers, rng);
    let mut mother = Phone::new(hers, relay.client());
    let mut nurse = Phone::new(nurses, relay.client());
    mother.sync();
    let say = |phone: &mut Phone, text: &str, rng: &mut Seeded| {
        let said = phone.say(add(Care, "must-never", "text", text), rng);
        phone.sync();
        ChunkId::new(said.hash().0)
    };
    let before = BTreeSet::from([
        say(&mut nurse, BEFORE[0], rng),
        say(&mut mother, BEFORE[1], rng),
    ]);
    nurse.sync();

    let made = mother
        .replica
        .remove_device(&nurse.replica.device(), NOW, rng);
    let removal = OperationId::new(made.expect("a removal")[0].hash().0);
    let mut after = BTreeSet::from([
        say(&mut mother, AFTER[0], rng),
        say(&mut mother, AFTER[1], rng),
    ]);
    let keys = DeviceKeys::generate(rng);
    let father = Member {
        name: "父".to_owned(),
        role: Role::Guardian,
        organisation: String::new(),
    };
    let rights = [(Care, Right::Manage), (Log, Right::Manage)];
    let granted = mother
        .replica
        .grant(keys.public(), &father, &rights, NOW, rng);
    granted.expect("a grant");
    mother.sync();
    let mut father = Phone::new(Replica::join(keys, mother.replica.record()), relay.client());
    father.sync();
    after.insert(say(&mut father, AFTER[2], rng));
    mother.sync();
    mother
        .replica
        .rotate(&[Care, Log], NOW, rng)
        .expect("new keys");
    after.insert(say(&mut mother, AFTER[3], rng));
    assert_eq!(texts(&mother.replica).len(), BEFORE.len() + AFTER.len());

    Haul {
        keys: copied_keys(&nurse.replica),
        entries: stored(&path),
        app: nurse.replica,
        mother: mother.replica,
        before,
        after,
        removal,
    }
}

/// All rows of the relay's file, whomever they are for.
fn stored(path: &Path) -> Vec<LogEntry> {
    let file = rusqlite::Connection::open(path).expect("the relay's file");
    let mut rows = file
        .prepare("SELECT kind, bytes FROM entries ORDER BY seq")
        .expect("its entries");
    let rows = rows.query_map([], |row| Ok((row.get::<_, u32>(0)?, row.get(1)?)));
    rows.expect("its rows")
        .map(|row| {
            let (kind, bytes) = row.expect("a row");
            let kind = EntryKind::from_code(kind.into()).expect("a kind");
            LogEntry { kind, bytes }
        })
        .collect()
}

/// What somebody reads of the daily care, shown or not.
fn texts(replica: &Replica) -> Vec<String> {
    let said = replica.document(Care).expect("care").statements();
    let said = serde_json::to_string(said).expect("statements");
    let all = BEFORE.iter().chain(&AFTER);
    all.filter(|text| said.contains(**text))
        .map(|text| (*text).to_owned())
        .collect()
}

#[test]
fn her_app_reads_what_she_could_read_before_and_nothing_more() {
    let mut haul = haul(1);
    haul.app.receive(haul.entries.clone());
    assert_eq!(texts(&haul.app), BEFORE);
    let mut anew = Replica::join(copied_keys(&haul.app), haul.mother.record());
    for entry in haul.entries.iter().rev() {
        anew.receive(vec![entry.clone()]);
    }
    assert_eq!(texts(&anew), BEFORE);
}

#[test]
fn an_app_that_hides_her_removal_from_itself_reads_nothing_more_either() {
    let haul = haul(2);
    let mut anew = Replica::join(copied_keys(&haul.app), haul.mother.record());
    let is_removal = |entry: &&LogEntry| entry.hash().0 == *haul.removal.as_bytes();
    let others = haul.entries.iter().filter(|entry| !is_removal(entry));
    anew.receive(others.cloned().collect());
    assert_eq!(texts(&anew), BEFORE);
    assert!(
        anew.ledger()
            .expect("a ledger")
            .state()
            .device(&anew.device())
            .is_some(),
        "it believes that she is a member"
    );
}

#[test]
fn no_key_she_was_ever_sent_opens_it() {
    let haul = haul(3);
    let ledger = haul.mother.ledger().expect("a ledger");
    let (mut keys, mut others): (Vec<EpochKey>, usize) = (Vec::new(), 0);
    for entry in &haul.entries {
        let Ok(ParsedEntry::Bundle(bundle)) = entry.parse() else {
            continue;
        };
        let hers = bundle.header().recipient == haul.keys.id();
        let authentic = bundle.verify(ledger).expect("a sound bundle");
        match bundle::unwrap(&authentic, &haul.keys) {
            Ok(opened) => {
                assert!(hers, "a bundle for somebody else opened");
                keys.extend(opened.into_iter().map(|bundled| bundled.key));
            }
            Err(_) => {
                assert!(!hers, "she cannot even open her own");
                others += 1;
            }
        }
    }
    assert!(!keys.is_empty() && others >= 2, "{others}");

    let mut opened = BTreeSet::new();
    let mut tried = BTreeSet::new();
    for entry in &haul.entries {
        let Ok(ParsedEntry::Chunk(chunk)) = entry.parse() else {
            continue;
        };
        let (id, author) = (chunk.id(), chunk.author());
        let public = ledger.state().known_device(&author).expect("an author");
        let authentic = chunk.verify(ledger).expect("a sound chunk");
        tried.insert(id);
        if keys
            .iter()
            .any(|key| chunk::open(&authentic, public, key).is_ok())
        {
            opened.insert(id);
        }
    }
    assert!(tried.is_superset(&haul.before) && tried.is_superset(&haul.after));
    assert!(
        opened.is_superset(&haul.before),
        "what she could read she still can"
    );
    assert!(
        opened.is_disjoint(&haul.after),
        "and nothing of what came after"
    );
}

#[test]
fn the_relays_file_holds_none_of_it_in_the_clear() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("relay.db");
    let relay = RelayProcess::start(RELAY, &path, "");
    let rng = &mut Seeded::new(4);
    let mut mother = Phone::new(mother(rng), relay.client());
    let said = mother.say(add(Care, "must-never", "text", AFTER[0]), rng);
    mother.sync();
    let mut bytes = Vec::new();
    for file in fs::read_dir(folder.path()).expect("a folder") {
        bytes.extend(fs::read(file.expect("a file").path()).expect("its bytes"));
    }
    let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|part| part == needle);
    assert!(holds(&said.bytes), "the sealed words are there");
    assert!(!holds(AFTER[0].as_bytes()));
}
