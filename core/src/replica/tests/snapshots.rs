//! Snapshots instead of chunks, honest ones and others.

use super::*;

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
