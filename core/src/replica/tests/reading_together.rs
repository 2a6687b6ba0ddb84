//! People who write and read together, and what each of them may.

use super::*;
use proptest::prelude::*;

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
