//! What is missing, forked or sound only in part hides nothing else.

use super::*;

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
