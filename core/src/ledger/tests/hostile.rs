//! Members who lie in the ledger: what they say is refused, or void, or costs nobody but themselves; and everybody agrees.

use super::*;

fn keys(count: usize) -> Vec<DeviceKeys> {
    let rng = &mut Seeded::new(40);
    (0..count).map(|_| DeviceKeys::generate(rng)).collect()
}

fn everything(to: &DeviceKeys) -> Operation {
    grant(to, &(1..=9).map(|n| (n, Right::Manage)).collect::<Vec<_>>())
}

fn say(ledger: &mut Ledger, operation: &Operation, by: &DeviceKeys) -> OperationId {
    let signed = next(ledger, operation, by);
    let id = signed.id();
    ledger.apply(signed).unwrap();
    id
}

fn removal(ledger: &Ledger, of: &DeviceKeys) -> Operation {
    Operation::RemoveDevice {
        frontier: Frontier {
            device: of.id(),
            operation: ledger.last_signed_by(&of.id()),
            chunks: Vec::new(),
        },
    }
}

/// All of it, tried again and again in this order until nothing more is taken.
fn learnt(begun: &Ledger, operations: impl Iterator<Item = SignedOperation> + Clone) -> Ledger {
    let mut ledger = begun.clone();
    loop {
        let before = ledger.operations().count();
        for operation in operations.clone() {
            let _refused_or_waiting = ledger.apply(operation);
        }
        if ledger.operations().count() == before {
            return ledger;
        }
    }
}

#[test]
fn operations_that_claim_to_follow_each_other_are_never_taken_and_keep_nobody_else_out() {
    let [mother, nurse, _] = people();
    let mut ledger = founded(&mother);
    let root = ledger.heads();
    // Whoever signs cannot know the hash of what they sign, so a circle is always of the wrong hashes: each names a stranger.
    let guess = OperationId::new([7; 32]);
    let one = signed(&ledger, vec![guess], &everything(&nurse), &mother);
    let other = signed(&ledger, vec![one.id()], &everything(&nurse), &mother);
    let both = [root.clone(), vec![other.id()]].concat();
    let third = signed(&ledger, both, &everything(&nurse), &mother);
    for operation in [&one, &other, &third] {
        assert!(matches!(
            ledger.apply(operation.clone()),
            Err(LedgerError::Missing(_))
        ));
    }
    assert_eq!((ledger.operations().count(), ledger.heads()), (1, root));
    say(&mut ledger, &rotate(1, 40), &mother);
}

#[test]
fn a_manager_who_tells_two_people_different_things_is_heard_in_both_and_all_agree_when_they_meet() {
    let people = keys(4);
    let [mother, liar, father, nurse] = people.as_slice() else {
        unreachable!("four were made")
    };
    let mut begun = founded(mother);
    for who in [liar, father] {
        say(&mut begun, &everything(who), mother);
    }
    say(&mut begun, &grant(nurse, &[(2, Right::Write)]), mother);
    // To the father: the nurse is gone. To the nurse: the father is gone. Neither follows the other.
    let to_father = next(&begun, &removal(&begun, nurse), liar);
    let to_nurse = next(&begun, &removal(&begun, father), liar);
    let (mut fathers, mut nurses) = (begun.clone(), begun.clone());
    fathers.apply(to_father.clone()).unwrap();
    nurses.apply(to_nurse.clone()).unwrap();
    assert_ne!(fathers.state(), nurses.state());
    fathers.apply(to_nurse).unwrap();
    nurses.apply(to_father).unwrap();
    assert_eq!(fathers.state(), nurses.state());
    assert_eq!(fathers.heads(), nurses.heads());
    // The mother sees both under the liar's signature, and takes the liar out. He cannot answer in kind any more.
    let out = removal(&fathers, liar);
    say(&mut fathers, &out, mother);
    let retaliation = next(&fathers, &removal(&fathers, mother), liar);
    assert_eq!(
        fathers.check(&retaliation),
        Err(LedgerError::UnknownSigner(liar.id()))
    );
}

#[test]
fn a_removed_manager_who_dates_his_revenge_back_removes_nobody() {
    let [mother, father, nurse] = people();
    let mut ledger = founded(&mother);
    say(&mut ledger, &everything(&father), &mother);
    say(&mut ledger, &grant(&nurse, &[(2, Right::Write)]), &mother);
    let before = ledger.heads();
    let back_dated = |operation: &Operation| signed(&ledger, before.clone(), operation, &father);
    let revenge = [
        back_dated(&removal(&ledger, &mother)),
        back_dated(&removal(&ledger, &nurse)),
        back_dated(&rotate(2, 66)),
    ];
    let out = removal(&ledger, &father);
    say(&mut ledger, &out, &mother);
    let honest = ledger.clone();
    for (first, second) in [(0, 2), (2, 0)] {
        let mut ledger = honest.clone();
        for place in [first, 1, second] {
            ledger.apply(revenge[place].clone()).unwrap();
        }
        let state = ledger.state();
        assert!(revenge.iter().all(|signed| state.is_void(&signed.id())));
        for (who, right) in [(&mother, Right::Manage), (&nurse, Right::Write)] {
            assert_eq!(state.right(&who.id(), &tag(2)), Some(right));
        }
        assert_eq!(state.right(&father.id(), &tag(2)), None);
        assert!(!ledger.is_write_epoch(&tag(2), &EpochId::new([66; 32])));
    }
}

#[test]
fn nobody_becomes_more_by_calling_themselves_an_organisation_or_by_taking_in_somebody_elses_key() {
    let [mother, nurse, friend] = people();
    let mut ledger = founded(&mother);
    say(&mut ledger, &grant(&nurse, &[(2, Right::Append)]), &mother);
    let certificate = Operation::StaffJoin {
        staff: friend.public().clone(),
        until: None,
    };
    let mothers_key = Operation::AddDevice {
        member: MemberId::from(nurse.id()),
        device: mother.public().clone(),
    };
    let to_an_office = Operation::Grant(Grant {
        grantee: Grantee::Organisation(*nurse.public().sign_key()),
        rights: vec![(tag(2), Right::Confirm)],
        until: None,
        delegate: false,
        consent: None,
    });
    for operation in [certificate, mothers_key, to_an_office] {
        assert!(
            ledger.check(&next(&ledger, &operation, &nurse)).is_err(),
            "{operation:?}"
        );
    }
    // An organisation's key is no person's: what it signs as a member would is refused.
    let office = crate::cose::SigningKey::from_seed(&[9; 32]);
    let name = DeviceId::new(office.public());
    let stranger = Operation::StaffJoin {
        staff: friend.public().clone(),
        until: None,
    };
    let record = ledger.record();
    let bytes = sign_operation(
        Some(&record),
        ledger.heads(),
        NOW,
        &stranger,
        &name,
        &office,
    );
    let uninvited = SignedOperation::parse(&bytes).unwrap();
    assert_eq!(
        ledger.check(&uninvited),
        Err(LedgerError::UnknownSigner(name))
    );
}

#[test]
fn a_frontier_that_cuts_somebody_shorter_than_was_seen_or_names_what_nobody_signed_is_refused() {
    let [mother, father, nurse] = people();
    let mut ledger = founded(&mother);
    say(&mut ledger, &everything(&father), &mother);
    say(&mut ledger, &grant(&nurse, &[(2, Right::Write)]), &father);
    let shorter = |operation| Operation::RemoveDevice {
        frontier: Frontier {
            device: father.id(),
            operation,
            chunks: Vec::new(),
        },
    };
    let genesis = ledger.in_order()[0].id();
    for operation in [None, Some(genesis), Some(OperationId::new([5; 32]))] {
        let unfair = next(&ledger, &shorter(operation), &mother);
        assert!(
            matches!(ledger.check(&unfair), Err(LedgerError::Invalid(_))),
            "{operation:?}"
        );
    }
    let fair = shorter(ledger.last_signed_by(&father.id()));
    ledger.check(&next(&ledger, &fair, &mother)).unwrap();
}

#[test]
fn a_huge_ledger_that_arrives_in_the_worst_order_is_the_same_ledger() {
    let [mother, father, nurse] = people();
    let begun = founded(&mother);
    let mut ledger = begun.clone();
    say(&mut ledger, &everything(&father), &mother);
    for n in 0..300_u16 {
        let by = if n % 2 == 0 { &mother } else { &father };
        let mut id = [0; 32];
        id[..2].copy_from_slice(&n.to_be_bytes());
        let operation = Operation::Rotate {
            epochs: vec![(tag(1 + (n % 9) as u8), EpochId::new(id))],
        };
        say(&mut ledger, &operation, by);
    }
    say(&mut ledger, &grant(&nurse, &[(2, Right::Write)]), &father);
    let out = removal(&ledger, &father);
    say(&mut ledger, &out, &mother);
    let mut backwards: Vec<_> = ledger.in_order().into_iter().cloned().collect();
    backwards.remove(0);
    // Halves first, each from its end: most wait for what comes last.
    backwards.reverse();
    let (late, early) = backwards.split_at(backwards.len() / 2);
    let mut anew = begun.clone();
    let mut waiting: Vec<_> = [late, early].concat();
    while !waiting.is_empty() {
        let before = waiting.len();
        for signed in waiting.iter().rev() {
            let _waits = anew.apply(signed.clone());
        }
        waiting.retain(|signed| !anew.contains(&signed.id()));
        assert!(waiting.len() < before, "nothing can follow");
    }
    assert_eq!(anew.state(), ledger.state());
    assert_eq!(anew.heads(), ledger.heads());
    assert_eq!(anew.state().right(&nurse.id(), &tag(2)), Some(Right::Write));
}

#[test]
fn whatever_a_stranger_and_a_nurse_offer_everybody_takes_the_same_of_it() {
    let [mother, nurse, stranger] = people();
    let mut begun = founded(&mother);
    say(&mut begun, &grant(&nurse, &[(2, Right::Write)]), &mother);
    let mut offered = Vec::new();
    for by in [&nurse, &stranger] {
        for operation in [
            everything(&stranger),
            rotate(2, 90),
            removal(&begun, &mother),
            removal(&begun, &nurse),
            grant(&stranger, &[(2, Right::Read)]),
        ] {
            offered.push(next(&begun, &operation, by));
        }
    }
    let follows = signed(&begun, vec![offered[0].id()], &rotate(3, 91), &nurse);
    offered.push(follows);
    let forwards = learnt(&begun, offered.iter().cloned());
    let backwards = learnt(&begun, offered.iter().rev().cloned());
    assert_eq!(forwards.state(), backwards.state());
    // One may take oneself out: nothing else was hers to say.
    let taken = forwards.operations().count() - begun.operations().count();
    assert_eq!(taken, 1);
    assert_eq!(
        forwards.state().right(&mother.id(), &tag(2)),
        Some(Right::Manage)
    );
    assert!(forwards.state().device(&stranger.id()).is_none());
}
