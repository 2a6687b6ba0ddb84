//! The frozen bytes: what a seeded generator makes of every structure of the format. All byte strings are hex.
//!
//! `tests/vectors/*.json` hold these values. A test compares; running it with `OMAMORI_WRITE_VECTORS=1` writes them anew, which
//! is a change of the format and has to be meant.

use crate::{
    home::{NOW, add, mother, nurse, say},
    seeded::Seeded,
    station_vectors::station,
};
use omamori_core::{
    attachment,
    attestation::actor,
    break_glass::{Officer, OfficersList, Reason, Wish, municipality::fingerprint, open::agree},
    compartment::Compartment,
    device::DeviceKeys,
    document::CompartmentDocument,
    epoch::EpochKey,
    file::{Cost, File},
    id::{CompartmentTag, RecordId},
    log::{EntryKind, LogEntry, ParsedEntry},
    pairing::Offer,
    pairing_distance::Invitation,
    recovery::{self, Recovery},
    replica::Replica,
    time::UnixMillis,
    token,
};
use serde_json::{Value, json};

/// The files, by name without ending.
pub fn all() -> Vec<(&'static str, Value)> {
    vec![
        ("keys", keys()),
        ("record", record()),
        ("bad", bad()),
        ("station", station()),
        ("glass", glass()),
    ]
}

/// What is derived from keys: ids, commitments, actors, challenges, first changes, pairing codes.
fn keys() -> Value {
    let mut rng = Seeded::new(1);
    let device = DeviceKeys::generate(&mut rng);
    let (record, tag) = (RecordId::new([1; 32]), CompartmentTag::new([2; 16]));
    let key = EpochKey::from_bytes(&[3; 32]);
    let commitments = Compartment::ALL
        .map(|name| json!({"compartment": name, "epoch": key.id(&tag, name).to_string()}));
    let first = Compartment::ALL.map(|name| {
        let document = CompartmentDocument::begin(&record, name).expect("an empty document");
        json!({"compartment": name, "heads": document.heads(), "document": hex::encode(document.save())})
    });
    let nonce = [4; token::NONCE];
    let offer = Offer::new(device.public(), &mut rng);
    let (reference, blob) = attachment::seal("吸引の姿勢".as_bytes(), "text/plain", &mut rng)
        .expect("a small attachment");
    json!({
        "device": {
            "secret": hex::encode(device.to_secret_bytes().as_slice()),
            "public": hex::encode(device.public().to_bytes()),
            "id": device.id(),
        },
        "epoch": {"key": hex::encode([3; 32]), "tag": tag, "commitments": commitments},
        "actor": {
            "record": record, "tag": tag, "device": device.id(), "session": hex::encode([5; 16]),
            "actor": actor(&record, &tag, &device.id(), &[5; 16]),
        },
        "token": {
            "record": record, "nonce": hex::encode(nonce),
            "challenge": hex::encode(token::challenge(&record, &device.id(), &nonce)),
            "signature": hex::encode(token::sign(&record, &device, &nonce)),
        },
        "pairing": {
            "code": offer.to_string(), "mailbox": hex::encode(offer.mailbox()), "record": record,
            "reply": hex::encode(offer.reply(&record)),
        },
        "distance": distance(),
        "attachment": {
            "reference": reference.to_string(), "blob": hex::encode(blob), "content": "吸引の姿勢",
        },
        "recovery": recovery(),
        "first-changes": {"record": record, "compartments": first},
    })
}

/// An invitation at a distance: what the link stands for, the three messages, and the four words.
fn distance() -> Value {
    let rng = &mut Seeded::new(44);
    let invitation = Invitation::new(RecordId::new([1; 32]), rng);
    let (link, guest) = (invitation.link(), DeviceKeys::generate(rng));
    let slot_1 = link.reply(guest.public(), rng);
    let kept = invitation.to_secret_bytes();
    let met = invitation.meet(&slot_1).expect("an answer");
    let slot_2 = met.shown();
    let words = link.words(&slot_1, &slot_2);
    let words = words.expect("what belongs to the link");
    let (places, agreed) = (words.places(), met.compare(&words).expect("the same words"));
    json!({
        "kept": hex::encode(kept.as_slice()),
        "link": link.to_string(), "mailbox": hex::encode(link.mailbox()),
        "guest": guest.id(), "slot-1": hex::encode(&slot_1),
        "slot-2": hex::encode(slot_2), "slot-3": hex::encode(agreed.answer),
        "places": places, "words": places.map(|place| recovery::list()[usize::from(place)]).join("\u{3000}"),
    })
}

/// Words on paper, the devices they are in a family's first two records, and the answer to a relay that is asked for them.
fn recovery() -> Value {
    let kit = Recovery::generate(&mut Seeded::new(24));
    let nonce = [6; token::NONCE];
    let devices = [0, 1].map(|index| {
        let keys = kit.device_keys(index);
        json!({
            "index": index,
            "secret": hex::encode(keys.to_secret_bytes().as_slice()),
            "id": keys.id(),
            "proof": hex::encode(recovery::prove(&keys, &nonce)),
        })
    });
    json!({"words": kit.words().join("\u{3000}"), "nonce": hex::encode(nonce), "devices": devices})
}

/// A whole record as two people left it, with what each of them sees.
fn record() -> Value {
    let rng = &mut Seeded::new(2);
    let (mother, nurse) = family(rng);
    let passphrase = "合言葉";
    let cost = Cost {
        memory: 1024,
        passes: 1,
        lanes: 1,
    };
    let file = File::write(
        &mother.record(),
        mother.entries(),
        Some((mother.keys(), passphrase)),
        cost,
        rng,
    );
    json!({
        "record": mother.record(),
        "readers": [reader("mother", &mother), reader("nurse", &nurse)],
        "entries": mother.entries().iter().map(entry).collect::<Vec<_>>(),
        "file": {"bytes": hex::encode(file.expect("a small file")), "passphrase": passphrase},
    })
}

/// A list of officers, a package for them, what one gave the other, and what both signed.
fn glass() -> Value {
    let rng = &mut Seeded::new(4);
    let (mut mother, _) = family(rng);
    let mut officers = [(); 3].map(|()| DeviceKeys::generate(rng));
    officers.sort_by_key(DeviceKeys::id);
    let town = DeviceKeys::generate(rng);
    let named = officers.iter().zip(["佐藤", "鈴木", "高橋"]);
    let named = named.map(|(keys, name)| Officer {
        keys: keys.public().clone(),
        name: name.to_owned(),
        office: "危機管理課".to_owned(),
    });
    let list = OfficersList::sign(
        &town.municipality_key(),
        1,
        NOW,
        "みどり市",
        named.collect(),
    );
    let list = list.expect("a sound list");
    mother.consent_to(&list, None, NOW, rng).expect("a consent");
    let entries = mother
        .for_officers(&list.municipality())
        .expect("a package");
    let [first, second, _] = officers.map(|keys| {
        let mut replica = Replica::join(keys, mother.record());
        replica.receive(entries.clone());
        replica
    });
    let package = *second
        .packages_for(&second.device())
        .first()
        .expect("a package");
    let wish = Wish {
        reason: Reason::new("震度6強で避難所へ").expect("a reason"),
        from: NOW,
        until: UnixMillis(NOW.0 + 86_400_000),
    };
    let release =
        agree(first.keys(), package, &second.device(), &wish, NOW, rng).expect("two officers");
    let asked = release
        .look(second.keys(), package)
        .expect("for the second");
    let opened = asked
        .open(second.keys(), package, NOW, rng)
        .expect("two halves");
    let secrets =
        [&first, &second].map(|officer| hex::encode(officer.keys().to_secret_bytes().as_slice()));
    json!({
        "municipality": {
            "id": list.municipality(), "fingerprint": fingerprint(&list.municipality()),
            "list": hex::encode(list.bytes()),
        },
        "record": mother.record(),
        "entries": entries.iter().map(entry).collect::<Vec<_>>(),
        "officers": secrets,
        "package": package.id(),
        "release": hex::encode(release.to_bytes()),
        "opening": entry(&opened.entry),
        "reason": wish.reason.text(), "from": wish.from, "until": wish.until,
        "keys": opened.keys.iter().map(|key| json!({"compartment": key.compartment, "epoch": key.epoch})).collect::<Vec<_>>(),
    })
}

fn family(rng: &mut Seeded) -> (Replica, Replica) {
    let mut mother = mother(rng);
    say(
        &mut mother,
        add(
            Compartment::Emergency,
            "must-never",
            "text",
            "呼吸器を外さない",
        ),
        rng,
    );
    let mut nurse = nurse(&mut mother, rng);
    mother
        .rotate(&[Compartment::Care], NOW, rng)
        .expect("new keys");
    say(
        &mut mother,
        add(Compartment::Care, "care-task", "name", "吸引"),
        rng,
    );
    nurse.receive(mother.entries().to_vec());
    let words = say(
        &mut nurse,
        add(Compartment::Log, "entry", "situation", "SpO2 97"),
        rng,
    );
    mother.receive(vec![words]);
    mother.snapshot(Compartment::Care, rng).expect("a snapshot");
    nurse.receive(mother.entries().to_vec());
    (mother, nurse)
}

fn reader(name: &str, replica: &Replica) -> Value {
    json!({
        "name": name,
        "secret": hex::encode(replica.keys().to_secret_bytes().as_slice()),
        "device": replica.device(),
        "readable": replica.readable(),
        "intact": replica.integrity().intact,
        "view": replica.view(),
    })
}

fn entry(entry: &LogEntry) -> Value {
    let mut told = json!({
        "kind": entry.kind.code(),
        "hash": entry.hash(),
        "bytes": hex::encode(&entry.bytes),
    });
    told["says"] = match entry.parse().expect("an entry of this version") {
        ParsedEntry::Operation(operation) => json!({
            "operation": operation.operation().name(),
            "signer": operation.signer(),
            "parents": operation.parents(),
            "at": operation.at(),
        }),
        ParsedEntry::Chunk(chunk) => json!({
            "author": chunk.author(),
            "compartment": chunk.header().compartment,
            "epoch": chunk.header().epoch,
            "counter": chunk.header().counter,
            "previous": chunk.header().previous,
            "heads": chunk.header().heads,
        }),
        ParsedEntry::Snapshot(snapshot) => json!({
            "author": snapshot.author(),
            "compartment": snapshot.header().compartment,
            "epoch": snapshot.header().epoch,
            "heads": snapshot.header().heads,
            "positions": snapshot.header().positions,
        }),
        ParsedEntry::Bundle(bundle) => json!({
            "sender": bundle.author(),
            "recipient": bundle.header().recipient,
            "heads": bundle.header().heads,
            "epochs": bundle.header().epochs,
        }),
        ParsedEntry::Package(package) => json!({
            "sender": package.author(),
            "municipality": package.header().municipality,
            "heads": package.header().heads,
            "epochs": package.header().epochs,
        }),
        ParsedEntry::Opening(opening) => json!({
            "record": opening.record(),
            "second": opening.second(),
        }),
    };
    told
}

/// Entries that the record of `record.json` must refuse, each with the word for why.
fn bad() -> Value {
    let rng = &mut Seeded::new(2);
    let (mother, _) = family(rng);
    let chunk = mother
        .entries()
        .iter()
        .rev()
        .find(|entry| entry.kind == EntryKind::Chunk)
        .expect("a chunk");
    let mut of_another_child = self::mother(&mut Seeded::new(3));
    let foreign = say(
        &mut of_another_child,
        add(Compartment::Care, "care-task", "name", "x"),
        &mut Seeded::new(4),
    );
    let changed = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = chunk.bytes.clone();
        change(&mut bytes);
        bytes
    };
    let last = chunk.bytes.len() - 1;
    let version = version_place(&chunk.bytes);
    let cases = [
        (
            "a chunk cut in half",
            1,
            changed(&|bytes| bytes.truncate(bytes.len() / 2)),
            "truncated",
        ),
        (
            "a byte after the end",
            1,
            changed(&|bytes| bytes.push(0)),
            "malformed",
        ),
        (
            "a flipped bit in the signature",
            1,
            changed(&|bytes| bytes[last] ^= 1),
            "not-authentic",
        ),
        (
            "a flipped bit in the content",
            1,
            changed(&|bytes| bytes[last - 70] ^= 1),
            "not-authentic",
        ),
        (
            "a future version",
            1,
            changed(&|bytes| bytes[version] = 2),
            "future-version",
        ),
        ("a chunk of another child", 1, foreign.bytes, "wrong-record"),
        (
            "a chunk offered as a bundle",
            3,
            chunk.bytes.clone(),
            "malformed",
        ),
        ("nothing", 1, Vec::new(), "truncated"),
    ];
    let case = |(name, kind, bytes, code): (&str, u8, Vec<u8>, &str)| json!({"name": name, "kind": kind, "bytes": hex::encode(bytes), "code": code});
    json!({ "cases": cases.map(case) })
}

/// The version is the first item of the header array, right after its label.
fn version_place(bytes: &[u8]) -> usize {
    let label = [0x3a, 0x00, 0x01, 0x00, 0x00];
    bytes
        .windows(label.len())
        .position(|window| window == label)
        .expect("a header")
        + label.len()
        + 1
}
