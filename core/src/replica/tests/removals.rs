//! What becomes of words and keys when somebody is removed.

use super::*;
use crate::id::OperationId;

fn exchange(a: &mut Replica, b: &mut Replica) {
    a.receive(b.entries().to_vec());
    b.receive(a.entries().to_vec());
}

fn grant_of(replica: &Replica, device: &DeviceId) -> OperationId {
    let state = replica.ledger().unwrap().state();
    let member = MemberId::from(*device);
    let (_, grants) = state.members().find(|(m, _)| *m == member).unwrap();
    *grants.keys().next().unwrap()
}

fn texts(replica: &Replica, compartment: Compartment) -> Vec<String> {
    let facts = replica.view().of_kind(compartment, "must-never");
    let mut texts: Vec<_> = facts
        .filter(|fact| fact.stands())
        .filter_map(|fact| fact.text("text").map(str::to_owned))
        .collect();
    texts.sort();
    texts
}

const CARE: Compartment = Compartment::Care;

#[test]
fn what_a_nurse_wrote_in_her_time_stays_and_what_she_wrote_after_her_removal_waits_for_a_guardian()
{
    let rng = &mut Seeded::new(30);
    let (mut mother, mut nurse) = mother_and(&[(CARE, Right::Write)], rng);
    say(&mut nurse, CARE, "前", rng);
    mother.receive(nurse.entries().to_vec());
    let grant = grant_of(&mother, &nurse.device());
    mother.revoke(&grant, NOW, rng).unwrap();
    assert_eq!(texts(&mother, CARE), ["前"]);
    // Her tablet is offline and does not know.
    say(&mut nurse, CARE, "後", rng);
    let late = nurse.entries().to_vec();
    let received = mother.receive(late.clone());

    assert!(received.refused.is_empty(), "{received:?}");
    assert_eq!(texts(&mother, CARE), ["前"]);
    let waiting = mother.quarantine();
    assert_eq!(waiting.len(), 1);
    assert_eq!(
        (waiting[0].author, waiting[0].name.as_str()),
        (nurse.device(), "山田")
    );

    // Another phone learns everything in another order, and sees the same.
    let phone = DeviceKeys::generate(rng);
    let added = mother.add_device(phone.public(), "母", NOW, rng).unwrap();
    let mut second = Replica::join(phone, mother.record());
    second.receive(late);
    second.receive(added);
    for entry in mother.entries().iter().rev() {
        second.receive(vec![entry.clone()]);
    }
    assert_eq!(second.view(), mother.view());
    assert_eq!(second.quarantine(), waiting);

    mother.endorse(&[waiting[0].chunk], NOW, rng).unwrap();
    assert_eq!(texts(&mother, CARE), ["前", "後"]);
    assert_eq!(mother.quarantine(), []);
    second.receive(mother.entries().to_vec());
    assert_eq!(second.view(), mother.view());
    assert_eq!(second.quarantine(), []);
    let said = &second
        .view()
        .of_kind(CARE, "must-never")
        .last()
        .unwrap()
        .fields["text"];
    assert!(
        second
            .view()
            .of_kind(CARE, "must-never")
            .flat_map(|fact| &fact.fields["text"].values)
            .filter(|value| value.value == Value::Text("後".to_owned()))
            .all(|value| value.said[0].author.device == mother.device()),
        "{said:?}"
    );
}

#[test]
fn nobody_answers_for_what_does_not_wait_or_without_managing() {
    let rng = &mut Seeded::new(31);
    let (mut mother, mut nurse) = mother_and(&[(CARE, Right::Write)], rng);
    let words = say(&mut nurse, CARE, "前", rng);
    mother.receive(words.clone());
    let chunk = crate::id::ChunkId::new(words[0].hash().0);
    assert!(matches!(
        mother.endorse(&[chunk], NOW, rng),
        Err(PeopleError::NotQuarantined(_))
    ));
}

#[test]
fn a_removed_tablet_with_all_bytes_and_its_old_keys_opens_nothing_sealed_after_its_removal_was_seen()
 {
    let rng = &mut Seeded::new(32);
    let (mut mother, mut nurse) = mother_and(&[(CARE, Right::Write)], rng);
    let (mut mother, doctor) = {
        let keys = DeviceKeys::generate(rng);
        let rights = [(CARE, Right::Confirm)];
        mother
            .grant(keys.public(), &super::nurse(), &rights, NOW, rng)
            .unwrap();
        let mut doctor = Replica::join(keys, mother.record());
        doctor.receive(mother.entries().to_vec());
        (mother, doctor)
    };
    let mut doctor = doctor;
    say(&mut mother, CARE, "前", rng);
    nurse.receive(mother.entries().to_vec());
    mother.remove_device(&nurse.device(), NOW, rng).unwrap();
    doctor.receive(mother.entries().to_vec());
    say(&mut mother, CARE, "母の秘密", rng);
    say(&mut doctor, CARE, "医師の秘密", rng);
    exchange(&mut mother, &mut doctor);

    // All that a relay ever had, bundles for others among it.
    nurse.receive(mother.entries().to_vec());
    assert_eq!(texts(&nurse, CARE), ["前"]);
    let sealed_after: Vec<_> = mother
        .entries()
        .iter()
        .filter_map(|entry| match entry.parse() {
            Ok(ParsedEntry::Chunk(chunk)) => Some(chunk),
            _ => None,
        })
        .filter(|chunk| {
            let seen = mother.ledger().unwrap().state_at(&chunk.header().heads);
            let seen = seen.unwrap();
            // Not those from before she came.
            seen.device(&nurse.device()).is_none() && seen.known_device(&nurse.device()).is_some()
        })
        .collect();
    assert!(sealed_after.len() >= 2);
    for chunk in sealed_after {
        assert!(nurse.keyring.key(&chunk.header().epoch).is_none());
        let authentic = chunk.verify(mother.ledger().unwrap()).unwrap();
        let state = mother.ledger().unwrap().state();
        let public = state.known_device(&authentic.author()).unwrap();
        for compartment in Compartment::ALL {
            let Some(tag) = nurse.keyring.tag(compartment) else {
                continue;
            };
            for (_, _, key) in nurse.keyring.all_of(&tag, state) {
                assert!(crate::chunk::open(&authentic, public, key).is_err());
            }
        }
    }
    assert!(texts(&mother, CARE).contains(&"医師の秘密".to_owned()));
    assert!(mother.ledger().unwrap().owed().is_empty());
}

#[test]
fn a_nurse_who_saw_a_removal_waits_for_the_new_key_and_any_manager_makes_it() {
    let rng = &mut Seeded::new(33);
    let (mut mother, mut nurse) = mother_and(&[(CARE, Right::Write)], rng);
    let father = DeviceKeys::generate(rng);
    let all: Vec<_> = Compartment::ALL.map(|name| (name, Right::Manage)).to_vec();
    mother
        .grant(father.public(), &super::nurse(), &all, NOW, rng)
        .unwrap();
    let mut father = Replica::join(father, mother.record());
    let lost = DeviceKeys::generate(rng);
    mother
        .grant(
            lost.public(),
            &super::nurse(),
            &[(CARE, Right::Read)],
            NOW,
            rng,
        )
        .unwrap();
    father.receive(mother.entries().to_vec());
    let removal = mother.remove_device(&lost.id(), NOW, rng).unwrap();
    // Only the operation that removes gets through.
    nurse.receive(mother.entries()[..3].to_vec());
    for replica in [&mut nurse, &mut father] {
        let before_removal = mother
            .entries()
            .iter()
            .filter(|entry| !removal.contains(entry));
        replica.receive(before_removal.cloned().collect());
        replica.receive(vec![removal[0].clone()]);
    }
    let statement = BTreeMap::from([(CARE, vec![said("must-never", "text", "x")])]);
    assert!(matches!(
        nurse.say(statement, rng),
        Err(EditingError::KeyOwed(CARE))
    ));
    assert_eq!(father.owes(), [CARE]);
    let made = father.complete(NOW, rng).unwrap();
    assert!(father.owes().is_empty());
    nurse.receive(made);
    say(&mut nurse, CARE, "今", rng);
    exchange(&mut mother, &mut father);
    exchange(&mut mother, &mut nurse);
    assert_eq!(texts(&mother, CARE), ["今"]);
    assert!(mother.complete(NOW, rng).unwrap().is_empty());
}

#[test]
fn whoever_is_let_in_while_another_manager_rotates_gets_the_new_key_from_any_manager() {
    let rng = &mut Seeded::new(34);
    let mut mother = mother(rng);
    let second = DeviceKeys::generate(rng);
    mother.add_device(second.public(), "母", NOW, rng).unwrap();
    let mut second = Replica::join(second, mother.record());
    second.receive(mother.entries().to_vec());
    let keys = DeviceKeys::generate(rng);
    let rights = [(CARE, Right::Write)];
    mother
        .grant(keys.public(), &super::nurse(), &rights, NOW, rng)
        .unwrap();
    second.rotate(&[CARE], NOW, rng).unwrap();
    say(&mut second, CARE, "新しい鍵で", rng);
    exchange(&mut mother, &mut second);
    let mut nurse = Replica::join(keys, mother.record());
    nurse.receive(mother.entries().to_vec());
    assert_eq!(texts(&nurse, CARE), Vec::<String>::new());
    let owed = mother.complete(NOW, rng).unwrap();
    assert_eq!(owed.len(), 1);
    nurse.receive(owed);
    assert_eq!(texts(&nurse, CARE), ["新しい鍵で"]);
    assert!(mother.complete(NOW, rng).unwrap().is_empty());
}

#[test]
fn a_name_that_cannot_be_written_down_lets_nobody_in() {
    let rng = &mut Seeded::new(35);
    let mut mother = mother(rng);
    let keys = DeviceKeys::generate(rng);
    let endless = Member {
        name: "あ".repeat(400_000),
        ..super::nurse()
    };
    let before = mother.entries().to_vec();
    let refused = mother.grant(keys.public(), &endless, &[(CARE, Right::Read)], NOW, rng);
    assert!(
        matches!(refused, Err(PeopleError::Editing(_))),
        "{refused:?}"
    );
    assert!(
        mother
            .add_device(keys.public(), &endless.name, NOW, rng)
            .is_err()
    );
    assert_eq!(mother.entries(), before);
    assert!(
        mother
            .ledger()
            .unwrap()
            .state()
            .device(&keys.id())
            .is_none()
    );
}

#[test]
fn a_right_that_was_given_later_lends_nothing_to_what_was_said_before() {
    let rng = &mut Seeded::new(36);
    let (mut mother, mut nurse) = mother_and(&[(CARE, Right::Append)], rng);
    say(&mut mother, CARE, "母の言葉", rng);
    nurse.receive(mother.entries().to_vec());
    let edit = crate::edit::Edit::Set {
        compartment: CARE,
        fact: nurse
            .view()
            .of_kind(CARE, "must-never")
            .next()
            .unwrap()
            .id
            .clone(),
        fields: Fields::from([("text".to_owned(), Value::Text("別の言葉".to_owned()))]),
        clear: Vec::new(),
        how: How::default(),
    };
    nurse.edit(&[edit], NOW, rng).unwrap();
    let rights = [(CARE, Right::Write)];
    mother
        .grant(nurse.keys().public(), &super::nurse(), &rights, NOW, rng)
        .unwrap();
    exchange(&mut mother, &mut nurse);
    // She could not replace it when she said so, and what she may do now does not change that.
    assert_eq!(mother.view().contradictions().count(), 1);
}
