//! Taking back, by one person and by several who did not see each other.

use super::*;
use crate::ledger::operation::UntilDate;

fn keys(count: usize) -> Vec<DeviceKeys> {
    let rng = &mut Seeded::new(20);
    (0..count).map(|_| DeviceKeys::generate(rng)).collect()
}

/// What was seen of a device.
fn seen(ledger: &Ledger, device: &DeviceKeys) -> Frontier {
    let signed = ledger.in_order();
    let last = signed.iter().rfind(|by| by.signer() == device.id());
    Frontier {
        device: device.id(),
        operation: last.map(|operation| operation.id()),
        chunks: Vec::new(),
    }
}

fn remove(ledger: &Ledger, device: &DeviceKeys) -> Operation {
    Operation::RemoveDevice {
        frontier: seen(ledger, device),
    }
}

fn revoke(ledger: &Ledger, grant: OperationId, who: &DeviceKeys) -> Operation {
    Operation::Revoke {
        grant,
        frontiers: vec![seen(ledger, who)],
    }
}

fn say(ledger: &mut Ledger, operation: &Operation, by: &DeviceKeys) -> OperationId {
    let signed = next(ledger, operation, by);
    let id = signed.id();
    ledger.apply(signed).unwrap();
    id
}

fn everything(to: &DeviceKeys) -> Operation {
    grant(to, &(1..=9).map(|n| (n, Right::Manage)).collect::<Vec<_>>())
}

fn both_orders(ledger: &Ledger, a: &SignedOperation, b: &SignedOperation) -> Ledger {
    let (mut one, mut other) = (ledger.clone(), ledger.clone());
    one.apply(a.clone()).unwrap();
    one.apply(b.clone()).unwrap();
    other.apply(b.clone()).unwrap();
    other.apply(a.clone()).unwrap();
    assert_eq!(one.state(), other.state());
    one
}

#[test]
fn a_nurse_whose_grant_is_taken_back_is_nobody() {
    let [mother, nurse, friend] = people();
    let mut ledger = founded(&mother);
    let given = say(&mut ledger, &grant(&nurse, &[(2, Right::Write)]), &mother);
    let taken = revoke(&ledger, given, &nurse);
    say(&mut ledger, &taken, &mother);

    assert_eq!(ledger.state().right(&nurse.id(), &tag(2)), None);
    assert!(ledger.state().device(&nurse.id()).is_none());
    assert!(ledger.state().known_device(&nurse.id()).is_some());
    let phone = Operation::AddDevice {
        member: MemberId::from(nurse.id()),
        device: friend.public().clone(),
    };
    assert_eq!(
        ledger.check(&next(&ledger, &phone, &nurse)),
        Err(LedgerError::UnknownSigner(nurse.id()))
    );
}

#[test]
fn a_nurse_who_comes_back_gets_a_new_grant_under_her_old_key() {
    let [mother, nurse, _] = people();
    let mut ledger = founded(&mother);
    let given = say(&mut ledger, &grant(&nurse, &[(2, Right::Write)]), &mother);
    let taken = revoke(&ledger, given, &nurse);
    say(&mut ledger, &taken, &mother);
    let again = Operation::Grant(Grant {
        grantee: Grantee::Member(MemberId::from(nurse.id())),
        rights: vec![(tag(2), Right::Append)],
        until: None,
        delegate: false,
        consent: None,
    });
    say(&mut ledger, &again, &mother);
    assert_eq!(
        ledger.state().right(&nurse.id(), &tag(2)),
        Some(Right::Append)
    );
}

#[test]
fn who_manages_one_compartment_removes_nobody_who_sees_more() {
    let [mother, manager, _] = people();
    let mut ledger = founded(&mother);
    say(
        &mut ledger,
        &grant(&manager, &[(2, Right::Manage)]),
        &mother,
    );
    let coup = remove(&ledger, &mother);
    assert_eq!(
        ledger.check(&next(&ledger, &coup, &manager)),
        Err(LedgerError::NotAllowed("remove-device"))
    );
    let genesis = ledger.in_order()[0].id();
    let coup = revoke(&ledger, genesis, &mother);
    assert_eq!(
        ledger.check(&next(&ledger, &coup, &manager)),
        Err(LedgerError::NotAllowed("revoke"))
    );
}

#[test]
fn the_last_who_manages_cannot_go() {
    let [mother, father, _] = people();
    let mut ledger = founded(&mother);
    let away = remove(&ledger, &mother);
    assert!(matches!(
        ledger.check(&next(&ledger, &away, &mother)),
        Err(LedgerError::Invalid(_))
    ));
    say(&mut ledger, &everything(&father), &mother);
    let away = remove(&ledger, &mother);
    say(&mut ledger, &away, &mother);
    assert_eq!(
        ledger.state().right(&father.id(), &tag(9)),
        Some(Right::Manage)
    );
}

#[test]
fn two_who_go_without_seeing_each_other_leave_the_younger_behind() {
    let [mother, father, _] = people();
    let mut ledger = founded(&mother);
    say(&mut ledger, &everything(&father), &mother);
    let hers = next(&ledger, &remove(&ledger, &mother), &mother);
    let his = next(&ledger, &remove(&ledger, &father), &father);
    let after = both_orders(&ledger, &hers, &his);
    assert!(after.state().device(&mother.id()).is_none());
    assert!(after.state().device(&father.id()).is_some());
    assert!(after.state().is_void(&his.id()));
}

#[test]
fn parents_who_remove_each_other_leave_the_senior_whatever_came_first() {
    let [mother, father, _] = people();
    let mut ledger = founded(&mother);
    say(&mut ledger, &everything(&father), &mother);
    let hers = next(&ledger, &remove(&ledger, &father), &mother);
    let his = next(&ledger, &remove(&ledger, &mother), &father);
    let after = both_orders(&ledger, &hers, &his);
    assert!(after.state().device(&mother.id()).is_some());
    assert!(after.state().device(&father.id()).is_none());
    assert!(after.state().is_void(&his.id()));
}

#[test]
fn who_began_the_record_is_taken_out_like_anybody_and_stays_if_both_do_it_at_once() {
    let [mother, father, _] = people();
    let mut ledger = founded(&mother);
    let genesis = ledger.in_order()[0].id();
    let given = say(&mut ledger, &everything(&father), &mother);
    let hers = next(&ledger, &revoke(&ledger, given, &father), &mother);
    let his = next(&ledger, &revoke(&ledger, genesis, &mother), &father);
    let mut alone = ledger.clone();
    alone.apply(his.clone()).unwrap();
    assert!(!alone.state().has_member(&MemberId::from(mother.id())));
    assert_eq!(
        alone.state().right(&father.id(), &tag(9)),
        Some(Right::Manage)
    );
    let after = both_orders(&ledger, &hers, &his);
    assert!(after.state().has_member(&MemberId::from(mother.id())));
    assert!(!after.state().has_member(&MemberId::from(father.id())));
    assert!(after.state().is_void(&his.id()));
}

#[test]
fn what_somebody_signed_after_they_were_removed_is_void_and_so_is_what_rests_on_it() {
    let keys = keys(4);
    let [mother, father, friend, stranger] = keys.as_slice() else {
        panic!("four")
    };
    let mut ledger = founded(mother);
    say(&mut ledger, &everything(father), mother);
    let mut his = ledger.clone();
    let removal = next(&ledger, &remove(&ledger, father), mother);
    ledger.apply(removal.clone()).unwrap();
    // He has not seen it, or says so.
    let accomplice = next(&his, &everything(friend), father);
    his.apply(accomplice.clone()).unwrap();
    let further = next(&his, &grant(stranger, &[(1, Right::Read)]), friend);
    let coup = next(&his, &remove(&his, mother), friend);
    for late in [&accomplice, &further, &coup] {
        ledger.apply(late.clone()).unwrap();
        his.apply(late.clone()).unwrap();
        assert!(ledger.state().is_void(&late.id()));
    }
    his.apply(removal).unwrap();
    assert_eq!(his.state(), ledger.state());
    assert!(ledger.state().device(&friend.id()).is_none());
    assert!(ledger.state().device(&mother.id()).is_some());
}

#[test]
fn what_a_removed_manager_granted_in_his_time_stays() {
    let [mother, father, nurse] = people();
    let mut ledger = founded(&mother);
    say(&mut ledger, &everything(&father), &mother);
    say(&mut ledger, &grant(&nurse, &[(2, Right::Write)]), &father);
    let removal = remove(&ledger, &father);
    say(&mut ledger, &removal, &mother);
    assert_eq!(
        ledger.state().right(&nurse.id(), &tag(2)),
        Some(Right::Write)
    );
}

#[test]
fn a_removal_names_what_its_signer_had_seen_no_more_and_no_less() {
    let [mother, father, nurse] = people();
    let mut ledger = founded(&mother);
    say(&mut ledger, &everything(&father), &mother);
    say(&mut ledger, &grant(&nurse, &[(2, Right::Write)]), &father);
    let mut shortened = seen(&ledger, &father);
    shortened.operation = None;
    let shortened = Operation::RemoveDevice {
        frontier: shortened,
    };
    assert!(matches!(
        ledger.check(&next(&ledger, &shortened, &mother)),
        Err(LedgerError::Invalid(_))
    ));
    let nameless = Operation::Revoke {
        grant: ledger.in_order()[1].id(),
        frontiers: Vec::new(),
    };
    assert!(matches!(
        ledger.check(&next(&ledger, &nameless, &mother)),
        Err(LedgerError::Invalid(_))
    ));
}

#[test]
fn only_who_manages_a_compartment_begins_it_anew_or_answers_for_it() {
    let [mother, nurse, grandmother] = people();
    let mut ledger = founded(&mother);
    say(&mut ledger, &grant(&nurse, &[(2, Right::Confirm)]), &mother);
    let managing = grant(&grandmother, &[(3, Right::Manage)]);
    say(&mut ledger, &managing, &mother);
    let restart = |compartment| Operation::Restart {
        compartment: tag(compartment),
        snapshot: SnapshotId::new([3; 32]),
    };
    let endorse = |compartment| Operation::Endorse {
        compartment: tag(compartment),
        chunks: vec![ChunkId::new([1; 32])],
    };
    for (operation, who) in [
        (restart(2), &nurse),
        (endorse(2), &nurse),
        (restart(2), &grandmother),
    ] {
        let refused = ledger.clone().apply(next(&ledger, &operation, who));
        assert!(
            matches!(refused, Err(LedgerError::NotAllowed(_))),
            "{operation:?}"
        );
    }
    for operation in [restart(3), endorse(3)] {
        say(&mut ledger, &operation, &grandmother);
    }
    let began: Vec<_> = ledger.state().restarts(&tag(3)).map(|(_, of)| of).collect();
    assert_eq!(began, [SnapshotId::new([3; 32])]);
    assert_eq!(ledger.state().restarts(&tag(2)).count(), 0);
}

#[test]
fn only_what_has_an_end_is_closed() {
    let [mother, nurse, _] = people();
    let mut ledger = founded(&mother);
    let open = say(&mut ledger, &grant(&nurse, &[(2, Right::Write)]), &mother);
    let ending = Operation::Grant(Grant {
        grantee: Grantee::Member(MemberId::from(nurse.id())),
        rights: vec![(tag(3), Right::Read)],
        until: Some(UntilDate(20_000)),
        delegate: false,
        consent: None,
    });
    let ending = say(&mut ledger, &ending, &mother);
    let (today, later) = (Some(UntilDate(20_000)), Some(UntilDate(20_001)));
    let state = ledger.state();
    assert_eq!(
        state.right_on(&nurse.id(), &tag(3), today),
        Some(Right::Read)
    );
    assert_eq!(state.right_on(&nurse.id(), &tag(3), later), None);
    assert_eq!(state.right(&nurse.id(), &tag(3)), Some(Right::Read));
    let close = |grant| Operation::Close {
        grant,
        frontiers: vec![seen(&ledger, &nurse)],
    };
    assert!(matches!(
        ledger.check(&next(&ledger, &close(open), &mother)),
        Err(LedgerError::Invalid(_))
    ));
    let closed = next(&ledger, &close(ending), &mother);
    ledger.apply(closed).unwrap();
    assert_eq!(ledger.state().right(&nurse.id(), &tag(3)), None);
    assert_eq!(
        ledger.state().right(&nurse.id(), &tag(2)),
        Some(Right::Write)
    );
}

#[test]
fn what_was_passed_on_is_no_more_than_what_was_held_and_ends_with_it() {
    let [mother, chief, nurse] = people();
    let mut ledger = founded(&mother);
    let passable = Operation::Grant(Grant {
        grantee: Grantee::Person(chief.public().clone()),
        rights: vec![(tag(2), Right::Write)],
        until: None,
        delegate: true,
        consent: None,
    });
    let held = say(&mut ledger, &passable, &mother);
    let confirm = grant(&nurse, &[(2, Right::Confirm)]);
    assert_eq!(
        ledger.check(&next(&ledger, &confirm, &chief)),
        Err(LedgerError::NotAllowed("grant"))
    );
    say(&mut ledger, &grant(&nurse, &[(2, Right::Write)]), &chief);
    assert_eq!(
        ledger.state().right(&nurse.id(), &tag(2)),
        Some(Right::Write)
    );
    let mut frontiers = vec![seen(&ledger, &chief), seen(&ledger, &nurse)];
    frontiers.sort_by_key(|frontier| frontier.device);
    let revoked = Operation::Revoke {
        grant: held,
        frontiers,
    };
    say(&mut ledger, &revoked, &mother);
    assert_eq!(ledger.state().right(&chief.id(), &tag(2)), None);
    assert_eq!(ledger.state().right(&nurse.id(), &tag(2)), None);
}

#[test]
fn an_organisation_certifies_its_staff_and_does_nothing_else() {
    let keys = keys(3);
    let [mother, nurse, colleague] = keys.as_slice() else {
        panic!("three")
    };
    let station = crate::cose::SigningKey::from_seed(&[9; 32]);
    let name = DeviceId::new(station.public());
    let mut ledger = founded(mother);
    let by_station = |ledger: &Ledger, operation: &Operation| {
        let record = ledger.record();
        let heads = ledger.heads();
        let bytes = sign_operation(Some(&record), heads, NOW, operation, &name, &station);
        SignedOperation::parse(&bytes).unwrap()
    };
    let join = |who: &DeviceKeys| Operation::StaffJoin {
        staff: who.public().clone(),
        until: None,
    };
    let early = by_station(&ledger, &join(nurse));
    assert_eq!(ledger.check(&early), Err(LedgerError::UnknownSigner(name)));
    let to_station = Operation::Grant(Grant {
        grantee: Grantee::Organisation(station.public()),
        rights: vec![(tag(2), Right::Write)],
        until: None,
        delegate: false,
        consent: None,
    });
    let given = say(&mut ledger, &to_station, mother);
    for who in [nurse, colleague] {
        let joined = by_station(&ledger, &join(who));
        ledger.apply(joined).unwrap();
        assert_eq!(ledger.state().right(&who.id(), &tag(2)), Some(Right::Write));
    }
    for beyond in [rotate(2, 99), grant(nurse, &[(2, Right::Read)])] {
        assert!(ledger.check(&by_station(&ledger, &beyond)).is_err());
    }
    let leaves = Operation::StaffEnd {
        frontiers: vec![seen(&ledger, nurse)],
    };
    let left = by_station(&ledger, &leaves);
    ledger.apply(left).unwrap();
    assert_eq!(ledger.state().right(&nurse.id(), &tag(2)), None);
    assert_eq!(
        ledger.state().right(&colleague.id(), &tag(2)),
        Some(Right::Write)
    );
    let revoked = revoke(&ledger, given, colleague);
    say(&mut ledger, &revoked, mother);
    assert_eq!(ledger.state().right(&colleague.id(), &tag(2)), None);
}

#[test]
fn nobody_who_manages_nothing_fills_the_ledger() {
    let [mother, nurse, _] = people();
    let mut ledger = founded(&mother);
    say(&mut ledger, &grant(&nurse, &[(2, Right::Write)]), &mother);
    let rng = &mut Seeded::new(5);
    let mut taken = 0;
    loop {
        let phone = Operation::AddDevice {
            member: MemberId::from(nurse.id()),
            device: DeviceKeys::generate(rng).public().clone(),
        };
        match ledger.apply(next(&ledger, &phone, &nurse)) {
            Ok(_) => taken += 1,
            Err(error) => {
                assert_eq!(error, LedgerError::Quota("devices"));
                break;
            }
        }
    }
    assert_eq!(taken, MAX_DEVICES_OF_A_PERSON - 1);
    say(&mut ledger, &rotate(1, 77), &mother);
}

#[test]
fn who_floods_the_ledger_with_branches_loses_them_and_nobody_else_loses_anything() {
    let [mother, nurse, friend] = people();
    let mut ledger = founded(&mother);
    say(&mut ledger, &grant(&nurse, &[(2, Right::Write)]), &mother);
    let (rng, root) = (&mut Seeded::new(6), ledger.heads());
    let mut branch = |ledger: &Ledger| {
        let phone = Operation::AddDevice {
            member: MemberId::from(nurse.id()),
            device: DeviceKeys::generate(rng).public().clone(),
        };
        signed(ledger, root.clone(), &phone, &nurse)
    };
    let branches: Vec<SignedOperation> = (0..40).map(|_| branch(&ledger)).collect();
    let (mut first, mut last) = (ledger.clone(), ledger.clone());
    for branch in &branches {
        let _crowded = first.apply(branch.clone());
    }
    for branch in branches.iter().rev() {
        let _crowded = last.apply(branch.clone());
    }
    assert!(first.operations().count() < 20);
    assert_eq!(first.check(&branches[39]), Err(LedgerError::Crowded));
    let devices = |ledger: &Ledger| ledger.state().devices().count();
    assert_eq!((devices(&first), devices(&last)), (2, 2));
    for ledger in [&mut first, &mut last] {
        say(ledger, &grant(&friend, &[(1, Right::Read)]), &mother);
    }
    // Somebody built on a branch that the other replica had turned away: it is let in there, and stands on both.
    let followed = signed(&first, vec![branches[0].id()], &rotate(3, 50), &mother);
    first.apply(followed.clone()).unwrap();
    assert_eq!(
        last.apply(followed.clone()),
        Err(LedgerError::Missing(vec![branches[0].id()]))
    );
    last.apply_followed(branches[0].clone()).unwrap();
    last.apply(followed).unwrap();
    assert!(!first.state().is_void(&branches[0].id()));
    assert!(!last.state().is_void(&branches[0].id()));
}

#[test]
fn a_key_that_a_removed_nurse_knows_is_owed_a_successor_and_seals_nothing_more() {
    let [mother, nurse, friend] = people();
    let mut ledger = founded(&mother);
    let given = say(&mut ledger, &grant(&nurse, &[(2, Right::Write)]), &mother);
    assert_eq!(ledger.owed(), []);
    let taken = revoke(&ledger, given, &nurse);
    // Somebody rotates without having seen the removal: the nurse gets that key too.
    let unaware = next(&ledger, &rotate(2, 60), &mother);
    say(&mut ledger, &taken, &mother);
    assert_eq!(ledger.owed(), [tag(2)]);
    ledger.apply(unaware).unwrap();
    assert_eq!(ledger.owed(), [tag(2)]);
    assert!(!ledger.is_write_epoch(&tag(2), &EpochId::new([60; 32])));
    let late = signed(
        &ledger,
        vec![given],
        &grant(&friend, &[(2, Right::Read)]),
        &mother,
    );
    say(&mut ledger, &rotate(2, 61), &mother);
    assert_eq!(ledger.owed(), []);
    assert!(ledger.is_write_epoch(&tag(2), &EpochId::new([61; 32])));
    // A grant that nobody had seen takes nothing away: its holder may read.
    ledger.apply(late).unwrap();
    assert_eq!(ledger.owed(), []);
}

#[test]
fn whoever_was_taken_out_does_not_let_their_later_words_back_in_by_leaving_a_second_time() {
    let [mother, nurse, _] = people();
    let mut ledger = founded(&mother);
    let given = say(&mut ledger, &grant(&nurse, &[(2, Right::Write)]), &mother);
    let taken = next(&ledger, &revoke(&ledger, given, &nurse), &mother);
    let mut far = seen(&ledger, &nurse);
    far.chunks = vec![(tag(2), 100, ChunkId::new([9; 32]))];
    let leaving = Operation::Revoke {
        grant: given,
        frontiers: vec![far],
    };
    let back_dated = next(&ledger, &leaving, &nurse);
    let joined = both_orders(&ledger, &taken, &back_dated);
    assert!(joined.state().is_void(&back_dated.id()));
    assert!(!joined.state().is_void(&taken.id()));
    // Alone it is hers to give back.
    ledger.apply(back_dated.clone()).unwrap();
    assert!(!ledger.state().is_void(&back_dated.id()));
}

/// The same said again and again, with another signature each time.
fn tries(
    ledger: &Ledger,
    operation: &Operation,
    by: &DeviceKeys,
) -> impl Iterator<Item = SignedOperation> {
    (0..12).map(move |n| {
        let (record, time) = (ledger.record(), UnixMillis(NOW.0 + n));
        let (heads, key) = (ledger.heads(), by.signing());
        let bytes = sign_operation(Some(&record), heads, time, operation, &by.id(), key);
        SignedOperation::parse(&bytes).unwrap()
    })
}

#[test]
fn a_thief_with_a_mothers_newer_phone_cannot_try_signatures_until_hers_loses() {
    let keys = keys(3);
    let [mother, phone, stolen] = keys.as_slice() else {
        panic!("three")
    };
    let mut ledger = founded(mother);
    for device in [phone, stolen] {
        let add = Operation::AddDevice {
            member: MemberId::from(mother.id()),
            device: device.public().clone(),
        };
        say(&mut ledger, &add, mother);
    }
    let hers = next(&ledger, &remove(&ledger, stolen), phone);
    for theirs in tries(&ledger, &remove(&ledger, phone), stolen) {
        let both = both_orders(&ledger, &hers, &theirs);
        assert!(both.state().device(&phone.id()).is_some());
        assert!(both.state().device(&stolen.id()).is_none());
    }
}

#[test]
fn parents_who_give_themselves_up_at_once_bring_nobody_back_who_was_removed_long_before() {
    let keys = keys(4);
    let [mother, father, uncle, aunt] = keys.as_slice() else {
        panic!("four")
    };
    let mut ledger = founded(mother);
    for manager in [father, uncle] {
        say(&mut ledger, &everything(manager), mother);
    }
    for gone in tries(&ledger, &remove(&ledger, uncle), father) {
        let mut ledger = ledger.clone();
        let taken = gone.id();
        ledger.apply(gone).unwrap();
        let leaves = [mother, father].map(|who| next(&ledger, &remove(&ledger, who), who));
        let mut after = both_orders(&ledger, &leaves[0], &leaves[1]);
        assert!(!after.state().is_void(&taken));
        assert!(after.state().device(&uncle.id()).is_none());
        assert!(after.state().device(&father.id()).is_some());
        // Who stayed lets somebody in and leaves after all: that stands as well.
        say(&mut after, &everything(aunt), father);
        let leaves = remove(&after, father);
        say(&mut after, &leaves, father);
        assert!(after.state().device(&father.id()).is_none());
        assert!(after.state().device(&aunt.id()).is_some());
        let all = Places::all_below(after.graph.len());
        assert_eq!(**after.resolved(), Resolved::of(&after.graph, all));
    }
}
