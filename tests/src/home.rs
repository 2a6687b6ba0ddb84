//! People with a record: a mother who began it, and whom she let in.

use crate::seeded::Seeded;
use omamori_core::{
    bundle::{self, BundledKey},
    compartment::Compartment,
    cose::SigningKey,
    device::DeviceKeys,
    edit::Edit,
    ledger::rights::Right,
    log::{LogEntry, ParsedEntry},
    replica::{Member, Replica},
    screen::source::Role,
    statement::{Fields, How, Value},
    time::UnixMillis,
};

/// When everything in these tests is said.
pub const NOW: UnixMillis = UnixMillis(1_790_000_000_000);

/// A mother with a new record.
///
/// # Panics
/// If the core cannot begin one.
pub fn mother(rng: &mut Seeded) -> Replica {
    Replica::create(DeviceKeys::generate(rng), "母", NOW, rng)
        .expect("a new record")
        .0
}

/// A visiting nurse who may write in care and log, and has everything the mother has.
///
/// # Panics
/// If the mother cannot let her in.
pub fn nurse(mother: &mut Replica, rng: &mut Seeded) -> Replica {
    let keys = DeviceKeys::generate(rng);
    let member = Member {
        name: "山田".to_owned(),
        role: Role::Nurse,
        organisation: "かえで".to_owned(),
    };
    let rights = [
        (Compartment::Care, Right::Write),
        (Compartment::Log, Right::Write),
    ];
    mother
        .grant(keys.public(), &member, &rights, NOW, rng)
        .expect("a grant");
    let mut nurse = Replica::join(keys, mother.record());
    nurse.receive(mother.entries().to_vec());
    nurse
}

/// An edit that begins a fact with one text.
pub fn add(compartment: Compartment, kind: &str, field: &str, text: &str) -> Edit {
    Edit::Add {
        compartment,
        kind: kind.to_owned(),
        fields: Fields::from([(field.to_owned(), Value::Text(text.to_owned()))]),
        how: How::default(),
    }
}

/// Somebody says one thing: the chunk that carries it.
///
/// # Panics
/// If they may not.
pub fn say(who: &mut Replica, edit: Edit, rng: &mut Seeded) -> LogEntry {
    who.edit(&[edit], NOW, rng).expect("an edit").remove(0)
}

/// A copy of somebody's keys, as a thief or a backup has them.
///
/// # Panics
/// Never for keys that were made.
pub fn copied_keys(who: &Replica) -> DeviceKeys {
    DeviceKeys::from_secret_bytes(who.keys().to_secret_bytes().as_slice()).expect("64 bytes")
}

/// The key somebody signs with, taken out of their device.
///
/// # Panics
/// Never for keys that were made.
pub fn signing_key(keys: &DeviceKeys) -> SigningKey {
    SigningKey::from_seed(keys.to_secret_bytes().first_chunk().expect("64 bytes"))
}

/// The epoch keys that somebody was sent, as a misbehaving member has them.
///
/// # Panics
/// If a bundle for them does not open.
pub fn epoch_keys(who: &Replica) -> Vec<BundledKey> {
    let ledger = who.ledger().expect("a ledger");
    let bundles = who
        .entries()
        .iter()
        .filter_map(|entry| match entry.parse() {
            Ok(ParsedEntry::Bundle(bundle)) if bundle.header().recipient == who.device() => {
                Some(bundle)
            }
            _ => None,
        });
    bundles
        .flat_map(|bundle| {
            let authentic = bundle.verify(ledger).expect("a bundle of this record");
            bundle::unwrap(&authentic, who.keys()).expect("a bundle for these keys")
        })
        .collect()
}
