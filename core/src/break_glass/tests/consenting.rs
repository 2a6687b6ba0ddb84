//! What a family agrees to, takes back, and what its phones make of it.

use super::*;

#[test]
fn new_keys_owe_a_new_package_and_any_managers_phone_makes_it() {
    let rng = &mut Seeded::new(6);
    let town = Town::with(2, rng);
    let mut mother = family(&town, rng);
    assert!(mother.glass_consents(NOW)[0].ready);
    mother.rotate(&[Compartment::Emergency], NOW, rng).unwrap();
    assert!(!mother.glass_consents(NOW)[0].ready);
    let made = mother.complete(NOW, rng).unwrap();
    assert_eq!(
        made.iter()
            .filter(|entry| entry.kind == EntryKind::Package)
            .count(),
        1
    );
    assert!(mother.glass_consents(NOW)[0].ready);
    assert!(mother.complete(NOW, rng).unwrap().is_empty());
    mother
        .edit(&[never("右腕で血圧を測らない")], NOW, rng)
        .unwrap();
    let (first, mut second) = (
        held_by(&town.officers[0], &mother),
        held_by(&town.officers[1], &mother),
    );
    let opened = opened(&first, &second, rng).unwrap();
    second.read_opened(opened, &mut Scratch);
    assert!(says(&second, "呼吸器を外さない") && says(&second, "右腕で血圧を測らない"));
}

#[test]
fn after_a_withdrawal_two_officers_read_what_they_kept_and_nothing_later() {
    let rng = &mut Seeded::new(7);
    let town = Town::with(2, rng);
    let mut mother = family(&town, rng);
    mother
        .withdraw_from(&town.list(1).municipality(), "転居", NOW, rng)
        .unwrap();
    assert!(!mother.glass_consents(NOW)[0].stands);
    mother.edit(&[never("新しい約束")], NOW, rng).unwrap();
    assert!(mother.complete(NOW, rng).unwrap().is_empty());
    let (first, mut second) = (
        held_by(&town.officers[0], &mother),
        held_by(&town.officers[1], &mother),
    );
    let opened = opened(&first, &second, rng).unwrap();
    second.read_opened(opened, &mut Scratch);
    assert!(says(&second, "呼吸器を外さない"));
    assert!(!says(&second, "新しい約束"));
    let gone = mother.withdraw_from(&town.list(1).municipality(), "転居", NOW, rng);
    assert!(matches!(gone, Err(GlassError::NoConsent)));
}

#[test]
fn an_older_list_does_not_take_the_place_of_a_newer_one() {
    let rng = &mut Seeded::new(8);
    let town = Town::with(2, rng);
    let mut mother = family(&town, rng);
    mother.consent_to(&town.list(3), None, NOW, rng).unwrap();
    let back = mother.consent_to(&town.list(2), None, NOW, rng);
    assert!(matches!(back, Err(GlassError::OldList)));
    assert_eq!(mother.glass_consents(NOW).len(), 1);
    assert_eq!(mother.glass_consents(NOW)[0].generation, 3);
}

#[test]
fn what_two_guardians_agreed_to_while_apart_one_of_them_takes_back_whole() {
    let rng = &mut Seeded::new(13);
    let town = Town::with(2, rng);
    let keys = DeviceKeys::generate(rng);
    let (mut mother, _) = Replica::create(keys, "母", NOW, rng).unwrap();
    let mut father = father_of(&mut mother, rng);
    for guardian in [&mut mother, &mut father] {
        guardian.consent_to(&town.list(1), None, NOW, rng).unwrap();
    }
    mother.receive(father.entries().to_vec());
    assert_eq!(mother.glass_consents(NOW).len(), 2);
    let made = mother
        .withdraw_from(&town.list(1).municipality(), "転居", NOW, rng)
        .unwrap();
    assert!(packages(&made).is_empty());
    father.receive(mother.entries().to_vec());
    for guardian in [&mut mother, &mut father] {
        let consents = guardian.glass_consents(NOW);
        assert!(consents.iter().all(|consent| !consent.stands));
        assert!(packages(&guardian.complete(NOW, rng).unwrap()).is_empty());
    }
}

#[test]
fn a_phone_that_waits_for_the_new_keys_makes_no_package_of_the_old_ones() {
    let rng = &mut Seeded::new(14);
    let town = Town::with(2, rng);
    let mut mother = family(&town, rng);
    let mut father = father_of(&mut mother, rng);
    let made = mother.rotate(&[Compartment::Emergency], NOW, rng).unwrap();
    let (keys, others): (Vec<_>, Vec<_>) = made
        .into_iter()
        .partition(|entry| entry.kind == EntryKind::Bundle);
    father.receive(others);
    assert!(!father.glass_consents(NOW)[0].ready);
    for _ in 0..2 {
        assert!(packages(&father.complete(NOW, rng).unwrap()).is_empty());
    }
    father.receive(keys);
    father.complete(NOW, rng).unwrap();
    assert!(father.glass_consents(NOW)[0].ready);
}
