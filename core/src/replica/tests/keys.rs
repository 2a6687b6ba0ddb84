//! New keys, and who may be given them.

use super::*;

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
