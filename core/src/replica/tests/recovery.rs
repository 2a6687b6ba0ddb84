//! A phone is lost, and the words on paper bring its records back.

use super::*;
use crate::recovery::Recovery;

const CARE: Compartment = Compartment::Care;

fn texts(replica: &Replica) -> Vec<String> {
    let facts = replica.view().of_kind(CARE, "must-never");
    facts
        .filter_map(|fact| fact.text("text").map(str::to_owned))
        .collect()
}

/// A mother whose kit was let in, and the words on paper.
fn with_kit(rng: &mut Seeded) -> (Replica, String) {
    let mut mother = mother(rng);
    let kit = Recovery::generate(rng);
    mother
        .add_device(kit.device_keys(0).public(), "回復のことば", NOW, rng)
        .unwrap();
    (mother, kit.words().join("　"))
}

#[test]
fn from_the_words_alone_a_new_phone_reads_writes_and_takes_the_lost_one_out() {
    let rng = &mut Seeded::new(40);
    let (mut lost, words) = with_kit(rng);
    say(&mut lost, CARE, "ことばの後に書いた", rng);
    lost.rotate(&Compartment::ALL, NOW, rng).unwrap();
    say(&mut lost, CARE, "新しい鍵で書いた", rng);

    // Nothing is left but the paper and what a relay keeps.
    let kit = Recovery::read(&words).unwrap();
    let mut kit = Replica::join(kit.device_keys(0), lost.record());
    let received = kit.receive(lost.entries().to_vec());
    assert!(received.refused.is_empty(), "{received:?}");
    assert_eq!(texts(&kit), texts(&lost));

    let keys = DeviceKeys::generate(rng);
    let public = keys.public().clone();
    kit.add_device(&public, "母", NOW, rng).unwrap();
    let mut phone = Replica::join(keys, lost.record());
    phone.receive(kit.entries().to_vec());
    assert_eq!(texts(&phone), texts(&lost));
    let mut own = vec![lost.device(), kit.device(), phone.device()];
    own.sort_unstable();
    assert_eq!(phone.own_devices(), own);

    phone.remove_device(&lost.device(), NOW, rng).unwrap();
    say(&mut phone, CARE, "新しい電話から", rng);
    lost.receive(phone.entries().to_vec());
    assert!(!texts(&lost).contains(&"新しい電話から".to_owned()));
    assert!(!phone.own_devices().contains(&lost.device()));
    for compartment in Compartment::ALL {
        assert_eq!(phone.right(compartment), Some(Right::Manage));
    }

    // The paper still works: it was given the new keys too.
    kit.receive(phone.entries().to_vec());
    assert_eq!(texts(&kit), texts(&phone));
    assert_eq!(kit.right(CARE), Some(Right::Manage));
}

#[test]
fn another_parent_goes_on_after_a_phone_was_recovered() {
    let rng = &mut Seeded::new(41);
    let (mut lost, words) = with_kit(rng);
    let keys = DeviceKeys::generate(rng);
    let member = Member {
        name: "父".to_owned(),
        role: Role::Guardian,
        organisation: String::new(),
    };
    let rights = Compartment::ALL.map(|compartment| (compartment, Right::Manage));
    lost.grant(keys.public(), &member, &rights, NOW, rng)
        .unwrap();
    let mut father = Replica::join(keys, lost.record());
    father.receive(lost.entries().to_vec());
    // He makes new keys: the kit is a device like any, and is given them.
    father.rotate(&[CARE], NOW, rng).unwrap();
    say(&mut father, CARE, "父から", rng);

    let kit = Recovery::read(&words).unwrap();
    let mut kit = Replica::join(kit.device_keys(0), lost.record());
    kit.receive(father.entries().to_vec());
    assert_eq!(texts(&kit), ["父から"]);
    let phone = DeviceKeys::generate(rng);
    let public = phone.public().clone();
    kit.add_device(&public, "母", NOW, rng).unwrap();
    let mut phone = Replica::join(phone, lost.record());
    phone.receive(kit.entries().to_vec());
    phone.remove_device(&lost.device(), NOW, rng).unwrap();
    say(&mut phone, CARE, "母から", rng);
    father.receive(phone.entries().to_vec());
    assert_eq!(father.view(), phone.view());
}

#[test]
fn a_person_who_is_taken_out_does_not_come_back_by_the_words() {
    let rng = &mut Seeded::new(42);
    let mut mother = mother(rng);
    let keys = DeviceKeys::generate(rng);
    let member = Member {
        name: "父".to_owned(),
        role: Role::Guardian,
        organisation: String::new(),
    };
    let rights = Compartment::ALL.map(|compartment| (compartment, Right::Manage));
    mother
        .grant(keys.public(), &member, &rights, NOW, rng)
        .unwrap();
    let mut father = Replica::join(keys, mother.record());
    father.receive(mother.entries().to_vec());
    let kit = Recovery::generate(rng);
    father
        .add_device(kit.device_keys(0).public(), "回復のことば", NOW, rng)
        .unwrap();
    mother.receive(father.entries().to_vec());
    let state = mother.ledger().unwrap().state();
    let (_, grants) = state
        .members()
        .find(|(member, _)| *member == MemberId::from(father.device()))
        .unwrap();
    let grant = *grants.keys().next().unwrap();
    mother.revoke(&grant, NOW, rng).unwrap();
    say(&mut mother, CARE, "あとで書いた", rng);

    let mut kit = Replica::join(kit.device_keys(0), mother.record());
    kit.receive(mother.entries().to_vec());
    assert_eq!(kit.right(CARE), None);
    assert_eq!(texts(&kit), Vec::<String>::new());
}
