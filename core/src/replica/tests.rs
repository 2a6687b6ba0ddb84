mod access;
mod handing_on;
mod recovery;
mod removals;
mod separation;
mod staff;

use super::*;
use crate::{
    id::{ChunkId, MemberId},
    log::EntryKind,
    screen::source::Role,
    seeded::Seeded,
    statement::{Body, Fields, How, NewStatement, UnixMillis, Value},
};
use proptest::prelude::*;

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

#[test]
fn a_mother_reads_what_she_wrote_and_so_does_her_phone_after_a_restart() {
    let rng = &mut Seeded::new(1);
    let mut mother = mother(rng);
    say(&mut mother, Compartment::Emergency, "呼吸器を外さない", rng);

    let keys = DeviceKeys::from_secret_bytes(mother.keys().to_secret_bytes().as_slice()).unwrap();
    let mut restarted = Replica::join(keys, mother.record());
    let received = restarted.receive(mother.entries().to_vec());

    assert!(received.refused.is_empty(), "{received:?}");
    assert_eq!(restarted.view(), mother.view());
    assert!(restarted.integrity().intact, "{:?}", restarted.integrity());
    assert_eq!(restarted.readable(), Compartment::ALL);
}

#[test]
fn a_second_phone_of_the_mother_reads_everything_whatever_the_order() {
    let rng = &mut Seeded::new(2);
    let mut mother = mother(rng);
    say(&mut mother, Compartment::Emergency, "胸を押さない", rng);
    let phone = DeviceKeys::generate(rng);
    mother
        .add_device(phone.public(), "母のスマホ2", NOW, rng)
        .unwrap();

    let mut second = Replica::join(phone, mother.record());
    for entry in mother.entries().iter().rev() {
        second.receive(vec![entry.clone()]);
    }

    assert_eq!(second.view(), mother.view());
    assert!(second.integrity().intact, "{:?}", second.integrity());
    let answer = say(&mut second, Compartment::Emergency, "脇を抱えない", rng);
    assert!(mother.receive(answer).changed);
    assert_eq!(second.view(), mother.view());
}

#[test]
fn a_nurse_sees_her_two_compartments_and_nothing_else() {
    let rng = &mut Seeded::new(3);
    let mut mother = mother(rng);
    say(&mut mother, Compartment::Life, "好きな歌", rng);
    say(&mut mother, Compartment::Care, "吸引", rng);
    let keys = DeviceKeys::generate(rng);
    let rights = [
        (Compartment::Care, Right::Write),
        (Compartment::Log, Right::Write),
    ];
    mother
        .grant(keys.public(), &nurse(), &rights, NOW, rng)
        .unwrap();

    let mut nurse = Replica::join(keys, mother.record());
    nurse.receive(mother.entries().to_vec());

    assert_eq!(nurse.readable(), [Compartment::Care, Compartment::Log]);
    assert!(
        nurse
            .view()
            .facts
            .iter()
            .all(|fact| fact.compartment != Compartment::Life)
    );
    assert!(nurse.integrity().intact, "{:?}", nurse.integrity());
    let words = say(&mut nurse, Compartment::Log, "訪問", rng);
    assert!(mother.receive(words).changed);
    let statement = said("must-never", "text", "x");
    let refused = nurse.say(BTreeMap::from([(Compartment::Life, vec![statement])]), rng);
    assert!(matches!(
        refused,
        Err(EditingError::NoKey(Compartment::Life))
    ));
}

#[test]
fn a_nurse_who_may_only_read_cannot_write_even_with_the_key() {
    let rng = &mut Seeded::new(4);
    let mut mother = mother(rng);
    let keys = DeviceKeys::generate(rng);
    mother
        .grant(
            keys.public(),
            &nurse(),
            &[(Compartment::Care, Right::Read)],
            NOW,
            rng,
        )
        .unwrap();
    let mut nurse = Replica::join(keys, mother.record());
    nurse.receive(mother.entries().to_vec());
    let statement = BTreeMap::from([(Compartment::Care, vec![said("must-never", "text", "x")])]);

    assert!(matches!(
        nurse.say(statement, rng),
        Err(EditingError::NoRight(Compartment::Care))
    ));
}

#[test]
fn what_a_nurse_is_granted_later_reaches_both_of_her_tablets() {
    let rng = &mut Seeded::new(11);
    let mut mother = mother(rng);
    let (first, second) = (DeviceKeys::generate(rng), DeviceKeys::generate(rng));
    let care = [(Compartment::Care, Right::Write)];
    mother
        .grant(first.public(), &nurse(), &care, NOW, rng)
        .unwrap();
    let mut tablet = Replica::join(first, mother.record());
    tablet.receive(mother.entries().to_vec());
    let added = tablet
        .add_device(second.public(), "山田", NOW, rng)
        .unwrap();
    mother.receive(added);
    let log = [(Compartment::Log, Right::Write)];
    mother
        .grant(second.public(), &nurse(), &log, NOW, rng)
        .unwrap();

    let mut other = Replica::join(second, mother.record());
    for replica in [&mut tablet, &mut other] {
        replica.receive(mother.entries().to_vec());
        assert_eq!(replica.readable(), [Compartment::Care, Compartment::Log]);
        assert!(replica.integrity().intact, "{:?}", replica.integrity());
    }
}

#[test]
fn nobody_sees_a_secret_by_printing_what_holds_it() {
    let rng = &mut Seeded::new(12);
    let mother = mother(rng);
    let secret = mother.keys().to_secret_bytes();
    let printed = format!("{mother:?} {:?}", mother.keys());
    for seed in secret.chunks(32) {
        assert!(!printed.contains(&hex::encode(seed)) && !printed.contains(&format!("{seed:?}")));
    }
    assert_eq!(
        format!("{:?}", mother.keys()),
        format!("DeviceKeys({}, ..)", mother.device())
    );
    assert_eq!(
        format!("{:?}", crate::epoch::EpochKey::generate(rng)),
        "EpochKey(..)"
    );
}

#[test]
fn new_keys_reach_everybody_and_old_words_stay_readable() {
    let rng = &mut Seeded::new(5);
    let mut mother = mother(rng);
    let keys = DeviceKeys::generate(rng);
    mother
        .grant(
            keys.public(),
            &nurse(),
            &[(Compartment::Care, Right::Write)],
            NOW,
            rng,
        )
        .unwrap();
    say(&mut mother, Compartment::Care, "前", rng);
    let rotated = mother.rotate(&[Compartment::Care], NOW, rng).unwrap();
    let after = say(&mut mother, Compartment::Care, "後", rng);
    assert_eq!(
        rotated
            .iter()
            .filter(|entry| entry.kind == EntryKind::Bundle)
            .count(),
        2
    );

    let mut nurse = Replica::join(keys, mother.record());
    nurse.receive(mother.entries().to_vec());

    assert_eq!(nurse.readable(), [Compartment::Care]);
    assert!(nurse.integrity().intact, "{:?}", nurse.integrity());
    let ParsedEntry::Chunk(chunk) = after[0].parse().unwrap() else {
        panic!("a chunk")
    };
    let state = mother.ledger().unwrap().state();
    assert!(
        state
            .newest_epochs(&chunk.header().compartment)
            .eq([chunk.header().epoch])
    );
}

#[test]
fn a_snapshot_alone_gives_the_same_statements_and_still_proves_their_authors() {
    let rng = &mut Seeded::new(6);
    let mut mother = mother(rng);
    for text in ["一", "二", "三"] {
        say(&mut mother, Compartment::Care, text, rng);
    }
    let tag = mother.keyring.tag(Compartment::Care).unwrap();
    mother.snapshot(Compartment::Care, rng).unwrap();
    let keys = DeviceKeys::from_secret_bytes(mother.keys().to_secret_bytes().as_slice()).unwrap();
    let mut restarted = Replica::join(keys, mother.record());
    let without_chunks = mother
        .entries()
        .iter()
        .filter(|entry| match entry.parse().unwrap() {
            ParsedEntry::Chunk(chunk) => chunk.header().compartment != tag,
            _ => true,
        });
    let received = restarted.receive(without_chunks.cloned().collect());

    assert!(received.refused.is_empty(), "{received:?}");
    assert_eq!(restarted.view(), mother.view());
    assert!(restarted.integrity().intact, "{:?}", restarted.integrity());
}

#[test]
fn a_compartment_that_a_mother_begins_anew_hides_nothing_and_nobody_else_may() {
    let rng = &mut Seeded::new(16);
    let (mut mother, mut nurse) = mother_and(&[(Compartment::Care, Right::Write)], rng);
    let chunks_of_care = say(&mut mother, Compartment::Care, "吸引は浅く", rng);
    nurse.receive(chunks_of_care.clone());
    // Said apart: she does not know of it when she begins anew.
    let beside = say(&mut nurse, Compartment::Care, "仰向けにしない", rng);
    let refused = nurse.restart(Compartment::Care, NOW, rng).unwrap_err();
    assert!(matches!(
        refused,
        CompactingError::Own(EditingError::NoRight(Compartment::Care))
    ));
    let anew = mother.restart(Compartment::Care, NOW, rng).unwrap();
    assert!(mother.deeds().iter().any(|deed| deed.what == "restart"
        && deed.in_force
        && deed.compartments == [Compartment::Care]));
    let care = mother.keyring.tag(Compartment::Care).unwrap();
    let ledger = mother.ledger().unwrap().state();
    let snapshots: Vec<_> = ledger.restarts(&care).map(|(_, of)| of).collect();
    assert_eq!(snapshots.len(), 1);
    assert_eq!(snapshots[0].as_bytes(), &anew[0].hash().0);

    mother.receive(beside);
    nurse.receive(anew);
    let both = ["仰向けにしない", "吸引は浅く"].map(|text| Value::Text(text.to_owned()));
    assert_eq!(texts(&nurse), both.iter().collect::<Vec<_>>());
    assert_eq!(texts(&mother), texts(&nurse));
    // Whoever comes later begins with the snapshot.
    let keys = DeviceKeys::from_secret_bytes(mother.keys().to_secret_bytes().as_slice()).unwrap();
    let mut later = Replica::join(keys, mother.record());
    let before: Vec<_> = chunks_of_care.iter().map(LogEntry::hash).collect();
    let without = mother
        .entries()
        .iter()
        .filter(|it| !before.contains(&it.hash()));
    later.receive(without.cloned().collect());
    assert_eq!(texts(&later), texts(&mother));
}

/// What stands in care, in the order of the alphabet.
fn texts(replica: &Replica) -> Vec<&Value> {
    let facts = replica.view().of_kind(Compartment::Care, "must-never");
    let mut texts: Vec<_> = facts
        .flat_map(|fact| {
            fact.fields["text"]
                .values
                .iter()
                .map(|stands| &stands.value)
        })
        .collect();
    texts.sort_by_key(|value| format!("{value:?}"));
    texts
}

#[test]
fn a_chunk_that_never_came_is_shown_as_missing_and_blocks_nothing() {
    let rng = &mut Seeded::new(7);
    let mut mother = mother(rng);
    let lost = say(&mut mother, Compartment::Care, "一", rng);
    let phone = DeviceKeys::generate(rng);
    mother.add_device(phone.public(), "母", NOW, rng).unwrap();
    say(&mut mother, Compartment::Care, "二", rng);
    say(&mut mother, Compartment::Care, "三", rng);
    let mut second = Replica::join(phone, mother.record());
    second.receive(
        mother
            .entries()
            .iter()
            .filter(|entry| **entry != lost[0])
            .cloned()
            .collect(),
    );

    let integrity = second.integrity();
    assert!(!integrity.intact);
    assert_eq!(
        integrity
            .missing
            .iter()
            .map(|chunk| EntryHash(*chunk.chunk.as_bytes()))
            .collect::<Vec<_>>(),
        [lost[0].hash()]
    );
    let texts = |replica: &Replica| -> Vec<String> {
        let of_care = |fact: &&view::FactView| fact.compartment == Compartment::Care;
        let facts = replica.view().facts.iter().filter(of_care);
        let text = |fact: &view::FactView| fact.text("text").map(ToString::to_string);
        facts.filter_map(text).collect()
    };
    assert_eq!(texts(&mother), ["一", "二", "三"]);
    assert_eq!(texts(&second), ["二", "三"]);
    assert!(second.receive(lost).changed);
    assert!(second.integrity().intact);
    assert_eq!(second.view(), mother.view());
}

#[test]
fn a_restored_backup_forks_its_chain_and_both_branches_are_kept() {
    let rng = &mut Seeded::new(8);
    let mut mother = mother(rng);
    let backup = mother.entries().to_vec();
    let keys = DeviceKeys::from_secret_bytes(mother.keys().to_secret_bytes().as_slice()).unwrap();
    let mut restored = Replica::join(keys, mother.record());
    restored.receive(backup);
    say(&mut mother, Compartment::Care, "前の電話", rng);
    let branch = say(&mut restored, Compartment::Care, "復元した電話", rng);
    let received = mother.receive(branch);

    assert!(
        received.refused.is_empty() && received.changed,
        "{received:?}"
    );
    assert_eq!(mother.integrity().forks.len(), 1);
    restored.receive(mother.entries().to_vec());
    assert_eq!(restored.view(), mother.view());
}

#[test]
fn a_stranger_who_was_never_let_in_is_refused() {
    let rng = &mut Seeded::new(9);
    let mut mother = mother(rng);
    let mut other = self::mother(rng);
    let foreign = say(&mut other, Compartment::Care, "x", rng);
    let received = mother.receive(foreign);

    assert_eq!(received.refused[0].why.code(), "wrong-record");
    assert!(!received.changed);
    let (attacker, before) = (DeviceKeys::generate(rng), mother.view().clone());
    let ledger = mother.ledger().unwrap();
    let operation = crate::ledger::operation::Operation::AddDevice {
        member: ledger.state().founder(),
        device: attacker.public().clone(),
    };
    let record = mother.record();
    let bytes = crate::ledger::operation::sign_operation(
        Some(&record),
        ledger.heads(),
        NOW,
        &operation,
        &attacker.id(),
        attacker.signing(),
    );
    let received = mother.receive(vec![LogEntry {
        kind: EntryKind::Operation,
        bytes,
    }]);
    assert_eq!(received.refused[0].why.code(), "unknown-author");
    assert_eq!(*mother.view(), before);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_order_and_any_repetition_give_the_same_view(order in Just((0..40usize).collect::<Vec<_>>()).prop_shuffle()) {
        let rng = &mut Seeded::new(10);
        let mut mother = mother(rng);
        let phone = DeviceKeys::generate(rng);
        mother.add_device(phone.public(), "母", NOW, rng).unwrap();
        say(&mut mother, Compartment::Emergency, "一", rng);
        say(&mut mother, Compartment::Emergency, "二", rng);
        mother.rotate(&[Compartment::Emergency], NOW, rng).unwrap();
        say(&mut mother, Compartment::Emergency, "三", rng);
        let entries = mother.entries();
        let mut second = Replica::join(phone, mother.record());
        for index in order {
            second.receive(vec![entries[index % entries.len()].clone()]);
        }
        prop_assert_eq!(second.view(), mother.view());
        prop_assert!(second.integrity().intact);
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

/// Two changes: a sound one, and one that numbers its operations wrongly.
fn half_unsound(author: &Replica, rng: &mut Seeded) -> LogEntry {
    let (open, salt) = (&author.compartments[&Compartment::Care], [7; 16]);
    let writer = crate::attestation::actor(&author.record(), &open.tag, &author.device(), &salt);
    let mut document = open.document.clone();
    let text = |text| [said("must-never", "text", text)];
    let first = document.append(&writer, &text("一")).unwrap();
    let second = document.append(&writer, &text("二")).unwrap();
    misnumbered(
        author,
        salt,
        (0, None),
        vec![first.bytes],
        &second.bytes,
        rng,
    )
}

#[test]
fn what_a_mother_says_after_a_half_unsound_chunk_is_there_after_a_restart() {
    let rng = &mut Seeded::new(11);
    let (mut mother, nurse) = mother_and(&[(Compartment::Care, Right::Append)], rng);
    mother.receive(vec![half_unsound(&nurse, rng)]);
    assert_eq!(mother.integrity().set_aside.len(), 1);
    say(&mut mother, Compartment::Care, "吸引は浅く", rng);

    let again = restarted(&mother);

    assert_eq!(again.view(), mother.view());
    assert!(again.integrity().waiting.is_empty());
}

#[test]
fn nobody_can_make_an_author_run_out_of_numbers() {
    let rng = &mut Seeded::new(12);
    let (mut mother, nurse) = mother_and(&[(Compartment::Care, Right::Write)], rng);
    let (open, ledger) = (
        &nurse.compartments[&Compartment::Care],
        nurse.ledger().unwrap(),
    );
    let (epoch, key) = nurse.keyring.to_write(&open.tag, ledger).unwrap();
    let header = crate::sealed::SnapshotHeader {
        record: nurse.record(),
        compartment: open.tag,
        epoch,
        heads: ledger.heads(),
        positions: vec![(mother.device(), u64::MAX, crate::id::ChunkId::new([1; 32]))],
    };
    let proofs: Vec<_> = open.attestations.values().map(Attestation::bytes).collect();
    let save = open.document.save();
    let bytes = crate::snapshot::seal(&header, &save, &proofs, nurse.keys(), key, rng).unwrap();
    let kind = EntryKind::Snapshot;
    let received = mother.receive(vec![LogEntry { kind, bytes }]);
    assert!(received.refused.is_empty(), "{received:?}");

    say(&mut mother, Compartment::Care, "吸引", rng);
    let integrity = mother.integrity();
    assert!(integrity.missing.is_empty() && integrity.forks.is_empty());
    let codes: Vec<_> = integrity.set_aside.iter().map(|it| it.why.code()).collect();
    assert_eq!(codes, ["unproven-position"]);
}

/// A snapshot of `who`'s daily care that claims these positions.
fn claiming(
    who: &Replica,
    positions: Vec<(crate::id::DeviceId, u64, crate::id::ChunkId)>,
    rng: &mut Seeded,
) -> LogEntry {
    let (open, ledger) = (&who.compartments[&Compartment::Care], who.ledger().unwrap());
    let (epoch, key) = who.keyring.to_write(&open.tag, ledger).unwrap();
    let header = crate::sealed::SnapshotHeader {
        record: who.record(),
        compartment: open.tag,
        epoch,
        heads: ledger.heads(),
        positions,
    };
    let proofs: Vec<_> = open.attestations.values().map(Attestation::bytes).collect();
    let save = open.document.save();
    let bytes = crate::snapshot::seal(&header, &save, &proofs, who.keys(), key, rng).unwrap();
    LogEntry {
        kind: EntryKind::Snapshot,
        bytes,
    }
}

#[test]
fn a_snapshot_cannot_claim_to_cover_what_it_leaves_out() {
    let rng = &mut Seeded::new(14);
    let (mut mother, nurse) = mother_and(&[(Compartment::Care, Right::Write)], rng);
    let tag = mother.keyring.tag(Compartment::Care).unwrap();
    // She never received this, and says she has it.
    let said = say(&mut mother, Compartment::Care, "吸引は浅く", rng);
    let own = mother.chains.last(mother.device(), tag).unwrap();
    let lie = claiming(&nurse, vec![(mother.device(), own.0, own.1)], rng);

    let keys = DeviceKeys::from_secret_bytes(mother.keys().to_secret_bytes().as_slice()).unwrap();
    let mut restored = Replica::join(keys, mother.record());
    let all = nurse.entries().iter().chain([&lie]).cloned();
    restored.receive(all.collect());
    let code = |replica: &Replica| replica.integrity().set_aside[0].why.code();
    assert_eq!(code(&restored), "unproven-position");
    // What it does hold is there, and what she says next shows that something is missing.
    let next = say(&mut mother, Compartment::Care, "仰向けにしない", rng);
    restored.receive(next);
    let missing: Vec<_> = restored
        .integrity()
        .missing
        .iter()
        .map(|it| it.chunk)
        .collect();
    assert_eq!(missing, [own.1]);
    // It comes after all, and nothing is missing any more.
    restored.receive(said);
    assert!(restored.integrity().missing.is_empty());
    assert_eq!(restored.view(), mother.view());
}

#[test]
fn an_author_whom_a_snapshot_left_out_sends_again_whatever_it_claims() {
    let rng = &mut Seeded::new(15);
    let (mut mother, nurse) = mother_and(&[(Compartment::Care, Right::Write)], rng);
    let tag = mother.keyring.tag(Compartment::Care).unwrap();
    let said = say(&mut mother, Compartment::Care, "吸引は浅く", rng);
    let own = mother.chains.last(mother.device(), tag).unwrap();
    for positions in [vec![], vec![(mother.device(), own.0, own.1)]] {
        let snapshot = claiming(&nurse, positions, rng);
        let received = mother.receive(vec![snapshot]);
        assert!(
            received.push_again.contains(&said[0].hash()),
            "{received:?}"
        );
    }
}

#[test]
fn a_compartment_keeps_its_name_whoever_rotates_its_key() {
    use crate::ledger::operation::{Operation, sign_operation};
    let rng = &mut Seeded::new(13);
    let (mut mother, nurse) = mother_and(&[(Compartment::Log, Right::Manage)], rng);
    let tags = [Compartment::Log, Compartment::Emergency].map(|name| mother.keyring.tag(name));
    let (log, key) = (tags[0].unwrap(), crate::epoch::EpochKey::generate(rng));
    let operation = Operation::Rotate {
        epochs: vec![(log, key.id(&log, Compartment::Emergency))],
    };
    let (keys, heads) = (nurse.keys(), nurse.ledger().unwrap().heads());
    let bytes = sign_operation(
        Some(&nurse.record()),
        heads,
        NOW,
        &operation,
        &keys.id(),
        keys.signing(),
    );
    let kind = EntryKind::Operation;
    let operation = LogEntry { kind, bytes };
    let heads = vec![crate::id::OperationId::new(operation.hash().0)];
    let keyed = [(Compartment::Emergency, log, &key)];
    let to = mother.keys().public();
    let bytes = crate::bundle::wrap(keys, to, mother.record(), heads, &keyed, rng).unwrap();
    let kind = EntryKind::Bundle;
    mother.receive(vec![operation, LogEntry { kind, bytes }]);

    let now = [Compartment::Log, Compartment::Emergency].map(|name| mother.keyring.tag(name));
    assert_eq!(now, tags);
    say(&mut mother, Compartment::Log, "訪問", rng);
}

/// Would the ledger take this, said by somebody who had seen these operations?
fn judged(
    by: &Replica,
    parents: Vec<crate::id::OperationId>,
    operation: &crate::ledger::operation::Operation,
) -> Result<(), crate::ledger::LedgerError> {
    use crate::ledger::operation::{SignedOperation, sign_operation};
    let (record, keys) = (by.record(), by.keys());
    let (signer, key) = (keys.id(), keys.signing());
    let bytes = sign_operation(Some(&record), parents, NOW, operation, &signer, key);
    by.ledger()
        .unwrap()
        .check(&SignedOperation::parse(&bytes).unwrap())
}

#[test]
fn who_manages_one_compartment_cannot_add_a_device_to_somebody_with_more_rights() {
    use crate::ledger::{LedgerError, operation::Operation};
    let rng = &mut Seeded::new(15);
    let mut mother = mother(rng);
    let (manager, doctor) = (DeviceKeys::generate(rng), DeviceKeys::generate(rng));
    let mut grant = |keys: &DeviceKeys, compartment, right, rng: &mut Seeded| {
        let rights = [(compartment, right)];
        mother
            .grant(keys.public(), &nurse(), &rights, NOW, rng)
            .unwrap();
        mother.ledger().unwrap().heads()
    };
    grant(&manager, Compartment::Log, Right::Manage, rng);
    let then = grant(&doctor, Compartment::Log, Right::Read, rng);
    grant(&doctor, Compartment::Emergency, Right::Confirm, rng);
    let mut manager = Replica::join(manager, mother.record());
    manager.receive(mother.entries().to_vec());

    let added = Operation::AddDevice {
        member: MemberId::from(doctor.id()),
        device: DeviceKeys::generate(rng).public().clone(),
    };
    let refused = judged(&manager, then, &added);
    assert_eq!(refused, Err(LedgerError::NotAllowed("add-device")));
}
