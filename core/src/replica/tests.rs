mod access;
mod handing_on;
mod incomplete;
mod keys;
mod reading_together;
mod recovery;
mod removals;
mod separation;
mod snapshots;
mod staff;

use super::*;
use crate::{
    id::{ChunkId, MemberId},
    log::EntryKind,
    screen::source::Role,
    seeded::Seeded,
    statement::{Body, Fields, How, NewStatement, UnixMillis, Value},
};

const NOW: UnixMillis = UnixMillis(1_790_000_000_000);

fn mother(rng: &mut Seeded) -> Replica {
    let (replica, _) = Replica::create(DeviceKeys::generate(rng), "母", NOW, rng).unwrap();
    replica
}

fn said(kind: &str, field: &str, text: &str) -> NewStatement {
    NewStatement {
        fact: None,
        kind: kind.to_owned(),
        body: Body::Set {
            fields: Fields::from([(field.to_owned(), Value::Text(text.to_owned()))]),
            supersedes: BTreeMap::new(),
            again: Vec::new(),
        },
        how: How::default(),
        said_at: NOW,
    }
}

fn say(
    replica: &mut Replica,
    compartment: Compartment,
    text: &str,
    rng: &mut Seeded,
) -> Vec<LogEntry> {
    let statement = said("must-never", "text", text);
    replica
        .say(BTreeMap::from([(compartment, vec![statement])]), rng)
        .unwrap()
}

fn nurse() -> Member {
    Member {
        name: "山田".to_owned(),
        role: Role::Nurse,
        organisation: "かえで".to_owned(),
    }
}

/// A mother, and somebody she let in.
fn mother_and(rights: &[(Compartment, Right)], rng: &mut Seeded) -> (Replica, Replica) {
    let mut mother = mother(rng);
    let keys = DeviceKeys::generate(rng);
    mother
        .grant(keys.public(), &nurse(), rights, NOW, rng)
        .unwrap();
    let mut nurse = Replica::join(keys, mother.record());
    nurse.receive(mother.entries().to_vec());
    (mother, nurse)
}

fn restarted(replica: &Replica) -> Replica {
    let keys = replica.keys().to_secret_bytes();
    let keys = DeviceKeys::from_secret_bytes(keys.as_slice()).unwrap();
    let mut again = Replica::join(keys, replica.record());
    again.receive(replica.entries().to_vec());
    again
}

/// A chunk of two changes' session, the second of which numbers its operations wrongly and was attested all the same.
/// `place`: the author's count and the chunk before it.
fn misnumbered(
    author: &Replica,
    salt: [u8; 16],
    place: (u64, Option<ChunkId>),
    changes: Vec<Vec<u8>>,
    second: &[u8],
    rng: &mut Seeded,
) -> LogEntry {
    use crate::{
        attestation::Attested,
        chunk::{self, ChunkContent},
        document::{change::Draft, first::First},
        sealed::ChunkHeader,
    };
    const CARE: Compartment = Compartment::Care;
    let (record, ledger) = (author.record(), author.ledger().unwrap());
    let tag = author.compartments[&CARE].tag;
    let mut draft = Draft::read(second).unwrap();
    draft.start += 5;
    let change = draft.build(&First::new(&record, CARE)).unwrap();
    let attested = Attested {
        record,
        compartment: tag,
        salt,
        sequence: 2,
        hash: change.hash().0,
        counter: place.0,
    };
    let (epoch, key) = author.keyring.to_write(&tag, ledger).unwrap();
    let header = ChunkHeader {
        record,
        compartment: tag,
        epoch,
        counter: place.0,
        previous: place.1,
        heads: ledger.heads(),
    };
    let content = ChunkContent {
        changes: [changes, vec![change.raw_bytes().to_vec()]].concat(),
        attestation: Attestation::sign(author.keys(), attested),
    };
    LogEntry {
        kind: EntryKind::Chunk,
        bytes: chunk::seal(&header, &content, author.keys(), key, rng).unwrap(),
    }
}
