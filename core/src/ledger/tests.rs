mod histories;
mod hostile;
mod removals;

use super::{
    operation::{Frontier, Genesis, Grant, Grantee, Operation, SignedOperation, sign_operation},
    *,
};
use crate::{
    device::DeviceKeys,
    id::{ChunkId, CompartmentTag, EpochId, MemberId, SnapshotId},
    seeded::Seeded,
    time::UnixMillis,
};
use proptest::prelude::*;

const NOW: UnixMillis = UnixMillis(1_790_000_000_000);

fn tag(number: u8) -> CompartmentTag {
    CompartmentTag::new([number; 16])
}

fn genesis_with(keys: &DeviceKeys, tags: impl Iterator<Item = u8>) -> SignedOperation {
    let compartments = tags.map(|n| (tag(n), EpochId::new([n; 32]))).collect();
    let body = Genesis {
        device: keys.public().clone(),
        compartments,
        salt: [0; 16],
    };
    let bytes = sign_operation(
        None,
        Vec::new(),
        NOW,
        &Operation::Genesis(body),
        &keys.id(),
        keys.signing(),
    );
    SignedOperation::parse(&bytes).unwrap()
}

/// A record founded by somebody, with compartments 1 to 9.
fn founded(keys: &DeviceKeys) -> Ledger {
    Ledger::begin(genesis_with(keys, 1..=9)).unwrap()
}

fn signed(
    ledger: &Ledger,
    parents: Vec<OperationId>,
    operation: &Operation,
    by: &DeviceKeys,
) -> SignedOperation {
    let record = ledger.record();
    let bytes = sign_operation(
        Some(&record),
        parents,
        NOW,
        operation,
        &by.id(),
        by.signing(),
    );
    SignedOperation::parse(&bytes).unwrap()
}

fn next(ledger: &Ledger, operation: &Operation, by: &DeviceKeys) -> SignedOperation {
    signed(ledger, ledger.heads(), operation, by)
}

fn grant(to: &DeviceKeys, rights: &[(u8, Right)]) -> Operation {
    Operation::Grant(Grant {
        grantee: Grantee::Person(to.public().clone()),
        rights: rights.iter().map(|(n, right)| (tag(*n), *right)).collect(),
        until: None,
        delegate: false,
        consent: None,
    })
}

fn rotate(compartment: u8, epoch: u8) -> Operation {
    Operation::Rotate {
        epochs: vec![(tag(compartment), EpochId::new([epoch; 32]))],
    }
}

fn people() -> [DeviceKeys; 3] {
    let rng = &mut Seeded::new(1);
    std::array::from_fn(|_| DeviceKeys::generate(rng))
}

#[test]
fn the_founder_manages_everything_and_a_stranger_nothing() {
    let [mother, stranger, _] = people();
    let ledger = founded(&mother);
    assert!(
        ledger
            .state()
            .compartments()
            .all(|tag| ledger.state().right(&mother.id(), &tag) == Some(Right::Manage))
    );
    assert_eq!(ledger.state().right(&stranger.id(), &tag(1)), None);
}

#[test]
fn a_record_without_exactly_nine_compartments_is_none() {
    let [mother, ..] = people();
    for tags in [1..=8, 1..=10] {
        assert!(matches!(
            Ledger::begin(genesis_with(&mother, tags)),
            Err(LedgerError::Invalid(_))
        ));
    }
}

#[test]
fn only_who_manages_a_compartment_grants_it() {
    let [mother, nurse, friend] = people();
    let mut ledger = founded(&mother);
    ledger
        .apply(next(
            &ledger,
            &grant(&nurse, &[(2, Right::Confirm)]),
            &mother,
        ))
        .unwrap();
    for right in [Right::Read, Right::Manage] {
        let promotion = next(&ledger, &grant(&friend, &[(2, right)]), &nurse);
        assert_eq!(
            ledger.check(&promotion),
            Err(LedgerError::NotAllowed("grant"))
        );
    }
    let to_herself = Operation::Grant(Grant {
        grantee: Grantee::Member(MemberId::from(nurse.id())),
        rights: vec![(tag(2), Right::Manage)],
        until: None,
        delegate: false,
        consent: None,
    });
    assert_eq!(
        ledger.check(&next(&ledger, &to_herself, &nurse)),
        Err(LedgerError::NotAllowed("grant"))
    );
    assert_eq!(
        ledger.check(&next(&ledger, &rotate(2, 99), &nurse)),
        Err(LedgerError::NotAllowed("rotate"))
    );
}

#[test]
fn nobody_adds_a_phone_to_somebody_else_whose_compartments_they_do_not_manage() {
    let [mother, nurse, phone] = people();
    let mut ledger = founded(&mother);
    ledger
        .apply(next(&ledger, &grant(&nurse, &[(2, Right::Write)]), &mother))
        .unwrap();
    let add = |member: &DeviceKeys| Operation::AddDevice {
        member: MemberId::from(member.id()),
        device: phone.public().clone(),
    };
    assert_eq!(
        ledger.check(&next(&ledger, &add(&mother), &nurse)),
        Err(LedgerError::NotAllowed("add-device"))
    );
    ledger.check(&next(&ledger, &add(&nurse), &mother)).unwrap();
    ledger.apply(next(&ledger, &add(&nurse), &nurse)).unwrap();
    assert_eq!(
        ledger.state().right(&phone.id(), &tag(2)),
        Some(Right::Write)
    );
    assert_eq!(ledger.state().right(&phone.id(), &tag(3)), None);
}

#[test]
fn what_somebody_may_do_is_judged_by_what_they_had_seen() {
    let [mother, nurse, friend] = people();
    let mut ledger = founded(&mother);
    let before = ledger.heads();
    ledger
        .apply(next(
            &ledger,
            &grant(&nurse, &[(2, Right::Manage)]),
            &mother,
        ))
        .unwrap();
    // She manages now, but this operation pretends to have been made before she was anybody.
    let back_dated = signed(
        &ledger,
        before,
        &grant(&friend, &[(2, Right::Read)]),
        &nurse,
    );
    assert_eq!(
        ledger.check(&back_dated),
        Err(LedgerError::UnknownSigner(nurse.id()))
    );
}

#[test]
fn an_operation_signed_with_another_key_than_its_signers_is_forged() {
    let [mother, nurse, friend] = people();
    let ledger = founded(&mother);
    let record = ledger.record();
    let operation = grant(&friend, &[(2, Right::Manage)]);
    let bytes = sign_operation(
        Some(&record),
        ledger.heads(),
        NOW,
        &operation,
        &mother.id(),
        nurse.signing(),
    );
    let forged = SignedOperation::parse(&bytes).unwrap();
    assert_eq!(
        ledger.check(&forged),
        Err(LedgerError::Envelope(EnvelopeError::NotAuthentic))
    );
}

#[test]
fn an_operation_of_another_record_and_one_with_unknown_parents_are_not_taken() {
    let [mother, nurse, _] = people();
    let ledger = founded(&mother);
    let other = founded(&nurse);
    assert_eq!(
        ledger.check(&next(&other, &rotate(1, 99), &nurse)),
        Err(LedgerError::WrongRecord)
    );
    let unknown = OperationId::new([7; 32]);
    let orphan = signed(&ledger, vec![unknown], &rotate(1, 99), &mother);
    assert_eq!(
        ledger.check(&orphan),
        Err(LedgerError::Missing(vec![unknown]))
    );
}

#[test]
fn every_operation_can_be_written_and_read() {
    let [mother, nurse, _] = people();
    let ledger = founded(&mother);
    let frontier = Frontier {
        device: nurse.id(),
        operation: None,
        chunks: vec![(tag(2), 3, ChunkId::new([1; 32]))],
    };
    let grant = OperationId::new([2; 32]);
    let all = [
        Operation::RemoveDevice {
            frontier: frontier.clone(),
        },
        Operation::Revoke {
            grant,
            frontiers: vec![frontier.clone()],
        },
        Operation::Close {
            grant,
            frontiers: Vec::new(),
        },
        Operation::Endorse {
            compartment: tag(2),
            chunks: vec![ChunkId::new([1; 32]), ChunkId::new([2; 32])],
        },
        Operation::Restart {
            compartment: tag(2),
            snapshot: SnapshotId::new([3; 32]),
        },
        Operation::StaffJoin {
            staff: nurse.public().clone(),
            until: Some(operation::UntilDate(20_000)),
        },
        Operation::StaffEnd {
            frontiers: vec![frontier],
        },
    ];
    for operation in all {
        assert_eq!(next(&ledger, &operation, &mother).operation(), &operation);
    }
}

#[test]
fn two_rotations_that_did_not_see_each_other_both_stand_until_a_third_replaces_them() {
    let [mother, ..] = people();
    let mut ledger = founded(&mother);
    let (a, b) = (
        next(&ledger, &rotate(1, 50), &mother),
        next(&ledger, &rotate(1, 51), &mother),
    );
    ledger.apply(a).unwrap();
    ledger.apply(b).unwrap();
    assert!(
        ledger
            .state()
            .newest_epochs(&tag(1))
            .eq([EpochId::new([50; 32]), EpochId::new([51; 32])])
    );
    ledger
        .apply(next(&ledger, &rotate(1, 52), &mother))
        .unwrap();
    assert!(
        ledger
            .state()
            .newest_epochs(&tag(1))
            .eq([EpochId::new([52; 32])])
    );
    assert_eq!(ledger.state().epochs(&tag(1)).count(), 4);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn the_same_operations_give_the_same_state_in_any_order(order in Just((0..7usize).collect::<Vec<_>>()).prop_shuffle()) {
        let [mother, nurse, friend] = people();
        let mut ledger = founded(&mother);
        let root = ledger.heads();
        let mut all = vec![
            signed(&ledger, root.clone(), &grant(&nurse, &[(2, Right::Manage)]), &mother),
            signed(&ledger, root.clone(), &rotate(2, 60), &mother),
            signed(&ledger, root.clone(), &rotate(2, 61), &mother),
            signed(&ledger, root.clone(), &grant(&nurse, &[(3, Right::Read)]), &mother),
        ];
        let granted = vec![all[0].id()];
        all.push(signed(&ledger, granted.clone(), &grant(&friend, &[(2, Right::Write)]), &nurse));
        all.push(signed(&ledger, granted, &rotate(2, 62), &nurse));
        all.push(signed(&ledger, vec![all[5].id(), all[1].id()], &rotate(2, 63), &mother));
        let mut shuffled = ledger.clone();
        for operation in &all {
            ledger.apply(operation.clone()).unwrap();
        }
        while shuffled.operations().count() < ledger.operations().count() {
            for index in &order {
                match shuffled.apply(all[*index].clone()) {
                    Ok(_) | Err(LedgerError::Missing(_)) => {}
                    Err(error) => return Err(TestCaseError::fail(error.to_string())),
                }
            }
        }
        prop_assert_eq!(shuffled.state(), ledger.state());
        prop_assert_eq!(shuffled.heads(), ledger.heads());
        let past = vec![all[6].id()];
        let seen = ledger.state_at(&past).unwrap();
        prop_assert_eq!(seen, shuffled.state_at(&past).unwrap());
    }
}
