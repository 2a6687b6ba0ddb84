//! A consent comes to its last day.

use super::*;

#[test]
fn after_a_consents_last_day_a_managers_phone_makes_new_keys_and_two_officers_read_nothing_later() {
    let rng = &mut Seeded::new(17);
    let (town, next) = (Town::with(2, rng), other_town(rng));
    let mut mother = family(&town, rng);
    let last_day = "2026-11-21".parse().unwrap();
    mother
        .consent_to(&town.list(2), Some(last_day), NOW, rng)
        .unwrap();
    mother.consent_to(&next.list(1), None, NOW, rng).unwrap();
    assert!(
        mother.complete(NOW, rng).unwrap().is_empty(),
        "it still stands"
    );

    let after = UnixMillis(NOW.0 + 48 * HOUR);
    let made = mother.complete(after, rng).unwrap();
    assert!(made.iter().any(|entry| entry.kind == EntryKind::Operation));
    assert!(mother.complete(after, rng).unwrap().is_empty());
    mother.edit(&[never("新しい約束")], after, rng).unwrap();

    // Two who kept everything that came before and after, and set their clocks back.
    let held = |town: &Town, n: usize| held_by(&town.officers[n], &mother);
    let (first, mut second) = (held(&town, 0), held(&town, 1));
    let read = opened(&first, &second, rng).unwrap();
    second.read_opened(read, &mut Scratch);
    assert!(says(&second, "呼吸器を外さない") && !says(&second, "新しい約束"));
    // The other town's officers go on: they have a new package.
    let (first, mut second) = (held(&next, 0), held(&next, 1));
    let read = opened(&first, &second, rng).unwrap();
    second.read_opened(read, &mut Scratch);
    assert!(says(&second, "新しい約束"));
}

#[test]
fn a_consent_renewed_before_its_last_day_makes_no_new_keys() {
    let rng = &mut Seeded::new(18);
    let town = Town::with(2, rng);
    let mut mother = family(&town, rng);
    for last_day in ["2026-11-21", "2027-11-21"] {
        let last_day = last_day.parse().unwrap();
        mother
            .consent_to(&town.list(2), Some(last_day), NOW, rng)
            .unwrap();
    }
    let after = UnixMillis(NOW.0 + 48 * HOUR);
    assert!(mother.complete(after, rng).unwrap().is_empty());
}

#[test]
fn two_phones_of_which_one_has_passed_the_last_day_come_to_rest_with_the_consent_ended() {
    let rng = &mut Seeded::new(19);
    let town = Town::with(2, rng);
    let keys = DeviceKeys::generate(rng);
    let (mut mother, _) = Replica::create(keys, "母", NOW, rng).unwrap();
    let mut father = father_of(&mut mother, rng);
    let last_day = "2026-11-21".parse().unwrap();
    mother
        .consent_to(&town.list(2), Some(last_day), NOW, rng)
        .unwrap();
    // His clock says the last day; hers the day after next.
    let after = UnixMillis(NOW.0 + 48 * HOUR);
    let mut made = Vec::new();
    for _ in 0..4 {
        let hers = mother.complete(after, rng).unwrap();
        father.receive(mother.entries().to_vec());
        let his = father.complete(NOW, rng).unwrap();
        mother.receive(father.entries().to_vec());
        made.push((hers.is_empty(), his.is_empty()));
    }
    assert_eq!(made[1..], [(true, true); 3]);
    for phone in [&mother, &father] {
        assert!(!phone.glass_consents(NOW)[0].stands);
    }
    // Whoever is told so and knows better agrees again.
    father
        .consent_to(&town.list(2), Some(last_day), NOW, rng)
        .unwrap();
    assert!(father.glass_consents(NOW)[0].stands);
}

#[test]
fn a_consent_that_was_prolonged_on_another_phone_goes_on_though_this_one_found_the_old_day_past() {
    let rng = &mut Seeded::new(20);
    let town = Town::with(2, rng);
    let keys = DeviceKeys::generate(rng);
    let (mut mother, _) = Replica::create(keys, "母", NOW, rng).unwrap();
    let mut father = father_of(&mut mother, rng);
    let [short, long] = ["2026-11-21", "2027-11-21"].map(|day| Some(day.parse().unwrap()));
    mother.consent_to(&town.list(2), short, NOW, rng).unwrap();
    father.receive(mother.entries().to_vec());
    father.consent_to(&town.list(2), long, NOW, rng).unwrap();
    let after = UnixMillis(NOW.0 + 48 * HOUR);
    assert!(!mother.complete(after, rng).unwrap().is_empty());
    mother.receive(father.entries().to_vec());
    mother.complete(after, rng).unwrap();
    let consents = mother.glass_consents(after);
    assert!(consents.iter().any(|it| it.stands && it.ready));
    assert!(mother.complete(after, rng).unwrap().is_empty());
}

#[test]
fn after_the_last_day_both_pages_get_new_keys_also_where_one_had_them_for_another_reason() {
    let rng = &mut Seeded::new(21);
    let town = Town::with(2, rng);
    let mut mother = family(&town, rng);
    let nurse = DeviceKeys::generate(rng);
    let member = Member {
        name: "看護師".to_owned(),
        role: Role::Nurse,
        organisation: String::new(),
    };
    let rights = [(Compartment::Emergency, Right::Read)];
    mother
        .grant(nurse.public(), &member, &rights, NOW, rng)
        .unwrap();
    let last_day = Some("2026-11-21".parse().unwrap());
    mother
        .consent_to(&town.list(2), last_day, NOW, rng)
        .unwrap();
    let after = UnixMillis(NOW.0 + 48 * HOUR);
    mother.remove_device(&nurse.id(), after, rng).unwrap();
    mother.complete(after, rng).unwrap();
    let state = mother.ledger().unwrap().state();
    for package in mother.packages_for(&town.officers[0].id()) {
        for (tag, held) in &package.header().epochs {
            let mut newest = state.newest_epochs(tag);
            assert!(newest.all(|epoch| !held.contains(&epoch)));
        }
    }
}
