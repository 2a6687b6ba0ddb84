//! The frozen bytes: made again they are the same, and what is frozen still opens.

use omamori_core::{
    attachment::{self, AttachmentRef},
    barrier::Scratch,
    break_glass::Release,
    device::DeviceKeys,
    file::{File, FileError},
    id::RecordId,
    log::{EntryKind, LogEntry},
    pairing::Offer,
    pairing_distance::{Invitation, Link},
    recovery,
    replica::Replica,
};
use omamori_tests::{seeded::Seeded, vectors};
use serde_json::Value;
use std::{fs, path::PathBuf};

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("vectors")
        .join(format!("{name}.json"))
}

fn frozen(name: &str) -> Value {
    let text =
        fs::read_to_string(path(name)).expect("a vector file; OMAMORI_WRITE_VECTORS=1 writes them");
    serde_json::from_str(&text).expect("JSON")
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().expect("a text")).expect("hex")
}

fn entries(value: &Value) -> Vec<LogEntry> {
    let entry = |entry: &Value| LogEntry {
        kind: EntryKind::from_code(entry["kind"].as_u64().unwrap()).unwrap(),
        bytes: bytes(&entry["bytes"]),
    };
    value
        .as_array()
        .expect("a list")
        .iter()
        .map(entry)
        .collect()
}

fn reader(record: &Value, who: usize) -> Replica {
    let keys = DeviceKeys::from_secret_bytes(&bytes(&record["readers"][who]["secret"])).unwrap();
    let mut replica = Replica::join(keys, record["record"].as_str().unwrap().parse().unwrap());
    let received = replica.receive(entries(&record["entries"]));
    assert!(received.refused.is_empty(), "{received:?}");
    replica
}

#[test]
fn the_generator_still_makes_the_frozen_bytes() {
    for (name, made) in vectors::all() {
        if std::env::var_os("OMAMORI_WRITE_VECTORS").is_some() {
            let text = serde_json::to_string_pretty(&made).expect("JSON");
            fs::write(path(name), text + "\n").expect("the vector file");
        }
        assert!(
            frozen(name) == made,
            "{name}.json is not what the generator makes: the format has changed"
        );
    }
}

#[test]
fn two_officers_still_open_the_frozen_package_and_the_frozen_opening_still_counts() {
    let glass = frozen("glass");
    let [first, second] = [0, 1].map(|n| {
        let keys = DeviceKeys::from_secret_bytes(&bytes(&glass["officers"][n])).unwrap();
        let mut officer = Replica::join(keys, glass["record"].as_str().unwrap().parse().unwrap());
        assert!(
            officer
                .receive(entries(&glass["entries"]))
                .refused
                .is_empty()
        );
        officer
    });
    let release = Release::from_bytes(&bytes(&glass["release"])).unwrap();
    let package = second.package(&release.package()).unwrap();
    let asked = release.look(second.keys(), package).unwrap();
    assert_eq!(asked.wish.reason.text(), glass["reason"]);
    assert_eq!(asked.by.keys.id(), first.device());
    let from = asked.wish.from;
    let opened = asked
        .open(second.keys(), package, from, &mut Seeded::new(9))
        .unwrap();
    assert_eq!(opened.keys.len(), glass["keys"].as_array().unwrap().len());
    let mut reads = second;
    reads.read_opened(opened, &mut Scratch);
    let told = reads.receive(entries(&Value::Array(vec![glass["opening"].clone()])));
    assert!(told.refused.is_empty());
    let reasons: Vec<_> = reads
        .glass_openings()
        .into_iter()
        .map(|opening| opening.reason)
        .collect();
    assert_eq!(
        reasons,
        [
            Some(glass["reason"].as_str().unwrap().to_owned()),
            Some(glass["reason"].as_str().unwrap().to_owned())
        ]
    );
}

#[test]
fn everybody_in_the_frozen_record_still_sees_what_they_saw() {
    let record = frozen("record");
    for (who, expected) in record["readers"].as_array().unwrap().iter().enumerate() {
        let replica = reader(&record, who);
        assert_eq!(
            serde_json::to_value(replica.view()).unwrap(),
            expected["view"]
        );
        assert_eq!(
            serde_json::to_value(replica.readable()).unwrap(),
            expected["readable"]
        );
        assert_eq!(
            replica.integrity().intact,
            expected["intact"].as_bool().unwrap()
        );
    }
}

#[test]
fn the_frozen_bad_entries_are_refused_with_their_words() {
    let (record, bad) = (frozen("record"), frozen("bad"));
    for case in bad["cases"].as_array().unwrap() {
        let mut replica = reader(&record, 0);
        let received = replica.receive(entries(&Value::Array(vec![case.clone()])));
        let codes: Vec<_> = received
            .refused
            .iter()
            .map(|refused| refused.why.code())
            .collect();
        assert_eq!(codes, [case["code"].as_str().unwrap()], "{}", case["name"]);
        assert!(!received.changed);
    }
}

#[test]
fn the_frozen_file_opens_with_its_passphrase_and_no_other() {
    let record = frozen("record");
    let file = File::read(&bytes(&record["file"]["bytes"])).unwrap();
    assert_eq!(file.entries, entries(&record["entries"]));
    let keys = file
        .open_keys(record["file"]["passphrase"].as_str().unwrap())
        .unwrap();
    assert_eq!(
        keys.id().to_string(),
        record["readers"][0]["device"].as_str().unwrap()
    );
    assert_eq!(
        file.open_keys("合言葉 ").unwrap_err(),
        FileError::WrongPassphrase
    );
}

#[test]
fn a_damaged_file_says_so_and_never_blames_the_passphrase() {
    let whole = bytes(&frozen("record")["file"]["bytes"]);
    for place in (0..whole.len()).step_by(97) {
        let mut damaged = whole.clone();
        damaged[place] ^= 4;
        let error = File::read(&damaged).unwrap_err();
        assert!(
            !matches!(error, FileError::WrongPassphrase | FileError::NoKeys),
            "{place}: {error}"
        );
        assert_eq!(
            File::read(&whole[..place]).unwrap_err(),
            FileError::Truncated,
            "{place}"
        );
    }
    assert_eq!(File::read(b"%PDF-1.7").unwrap_err(), FileError::NotOurs);
}

#[test]
fn the_frozen_pairing_code_leads_to_its_record_and_to_no_other() {
    let keys = frozen("keys");
    let pairing = &keys["pairing"];
    let offer: Offer = pairing["code"].as_str().unwrap().parse().unwrap();
    assert_eq!(
        hex::encode(offer.mailbox()),
        pairing["mailbox"].as_str().unwrap()
    );
    assert_eq!(
        offer
            .accept(&bytes(&keys["device"]["public"]))
            .unwrap()
            .id(),
        offer.device()
    );
    let reply = bytes(&pairing["reply"]);
    assert_eq!(
        offer.read_reply(&reply).unwrap().to_string(),
        pairing["record"].as_str().unwrap()
    );
    for place in 0..reply.len() {
        let mut altered = reply.clone();
        altered[place] ^= 1;
        assert!(offer.read_reply(&altered).is_err(), "{place}");
    }
}

#[test]
fn the_frozen_invitation_at_a_distance_says_its_words_and_no_altered_one_does() {
    let distance = &frozen("keys")["distance"];
    let text = |name: &str| distance[name].as_str().unwrap();
    let [slot_1, slot_2, slot_3] =
        ["slot-1", "slot-2", "slot-3"].map(|slot| bytes(&distance[slot]));
    let link: Link = text("link").parse().unwrap();
    assert_eq!(hex::encode(link.mailbox()), text("mailbox"));
    let invitation = Invitation::from_secret_bytes(&bytes(&distance["kept"])).unwrap();
    assert_eq!(invitation.link(), link);
    let met = invitation.meet(&slot_1).unwrap();
    assert_eq!(met.shown(), slot_2);
    let words = link.words(&slot_1, &slot_2).unwrap();
    let said: Vec<_> = words
        .places()
        .map(|place| recovery::list()[usize::from(place)])
        .into();
    assert_eq!(said.join("\u{3000}"), text("words"));
    let agreed = met.compare(&words).unwrap();
    assert_eq!(agreed.guest.id().to_string(), text("guest"));
    assert_eq!(agreed.answer, slot_3);
    assert_eq!(link.record(&slot_2, &slot_3), Ok(RecordId::new([1; 32])));
    for place in 0..slot_2.len() {
        let mut altered = slot_2.clone();
        altered[place] ^= 1;
        assert!(link.words(&slot_1, &altered).is_err(), "{place}");
    }
}

#[test]
fn the_frozen_attachment_opens_and_no_other_blob_does() {
    let keys = frozen("keys");
    let reference: AttachmentRef = keys["attachment"]["reference"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let mut blob = bytes(&keys["attachment"]["blob"]);
    let content = attachment::open(&reference, &blob).unwrap();
    assert_eq!(
        content.as_slice(),
        keys["attachment"]["content"].as_str().unwrap().as_bytes()
    );
    blob[40] ^= 1;
    assert!(attachment::open(&reference, &blob).is_err());
    assert!(
        !format!("{reference:?}").contains(&reference.to_string()[80..120]),
        "Debug shows no key"
    );
}
