//! Lists, packages and openings by people who may not make them.

use super::*;

#[test]
fn a_nurse_who_manages_nothing_can_neither_agree_nor_forge_a_package() {
    let rng = &mut Seeded::new(9);
    let town = Town::with(2, rng);
    let mut mother = family(&town, rng);
    let keys = DeviceKeys::generate(rng);
    let member = Member {
        name: "看護師".to_owned(),
        role: Role::Nurse,
        organisation: String::new(),
    };
    let rights = [
        Compartment::Emergency,
        Compartment::Evacuation,
        Compartment::Consents,
    ];
    let rights = rights.map(|name| (name, Right::Write));
    mother
        .grant(keys.public(), &member, &rights, NOW, rng)
        .unwrap();
    let mut nurse = Replica::join(keys, mother.record());
    nurse.receive(mother.entries().to_vec());
    let refused = nurse.consent_to(&town.list(2), None, NOW, rng);
    assert!(matches!(refused, Err(GlassError::NotManager)));
}

#[test]
fn an_opening_by_strangers_or_by_one_officer_is_refused_and_one_for_another_child_too() {
    let rng = &mut Seeded::new(10);
    let town = Town::with(2, rng);
    let (mut mother, mut other) = (family(&town, rng), family(&town, rng));
    let (first, second) = (
        held_by(&town.officers[0], &mother),
        held_by(&town.officers[1], &mother),
    );
    let entry = opened(&first, &second, rng).unwrap().entry;
    assert_eq!(
        other.receive(vec![entry.clone()]).refused[0].why.code(),
        "wrong-record"
    );
    // The second signature made anew by the first officer, around their own first one.
    let again = {
        let claimed =
            crate::cose::Claimed::parse(crate::cose::Context::OpeningSecond, &entry.bytes).unwrap();
        let package = second.packages_for(&second.device())[0];
        let header = opening::header(package, &crate::id::EpochId::new([0; 32]));
        let payload = claimed.unproven_payload().to_vec();
        crate::cose::sign(
            crate::cose::Context::OpeningSecond,
            &first.device(),
            first.keys().signing(),
            header,
            payload,
        )
    };
    let alone = LogEntry {
        kind: EntryKind::Opening,
        bytes: again,
    };
    assert_eq!(
        mother.receive(vec![alone]).refused[0].why.code(),
        "malformed"
    );
    assert!(mother.glass_openings().is_empty());
}

#[test]
fn a_list_says_whose_it_is_and_names_two_to_sixteen_people_once() {
    let rng = &mut Seeded::new(11);
    let town = Town::with(3, rng);
    let list = town.list(1);
    assert_eq!(OfficersList::read(list.bytes()), Ok(list.clone()));
    let officer = |n: usize| list.officers()[n].clone();
    let sign = |officers| OfficersList::sign(&town.key, 1, NOW, "みどり市", officers);
    assert_eq!(sign(vec![officer(0)]), Err(ListError::Officers));
    assert_eq!(sign(vec![officer(0), officer(0)]), Err(ListError::Officers));
    let nameless = Officer {
        name: " ".to_owned(),
        ..officer(1)
    };
    assert_eq!(sign(vec![officer(0), nameless]), Err(ListError::Name));
    assert_eq!(municipality::fingerprint(&list.municipality()).len(), 19);
}

#[test]
fn officers_whom_a_removed_father_named_afterwards_get_no_new_keys_from_the_mothers_phone() {
    let rng = &mut Seeded::new(15);
    let town = Town::with(2, rng);
    let his = Town::with(2, rng);
    let mut mother = family(&town, rng);
    let mut father = father_of(&mut mother, rng);
    mother.remove_device(&father.device(), NOW, rng).unwrap();
    let made = father.consent_to(&his.list(9), None, NOW, rng).unwrap();
    mother.receive(made);
    mother.rotate(&[Compartment::Emergency], NOW, rng).unwrap();
    let renewed = packages(&mother.complete(NOW, rng).unwrap());
    assert_eq!(renewed.len(), 1);
    let consents = mother.glass_consents(NOW);
    assert_eq!((consents.len(), consents[0].generation), (1, 1));
    assert!(consents[0].ready);
    let strangers = mother.packages_for(&his.officers[0].id());
    assert!(
        strangers
            .iter()
            .all(|package| package.author() == father.device())
    );
    // The town's next list, which the mother taps, is not too old because of his.
    mother.consent_to(&town.list(2), None, NOW, rng).unwrap();
}

#[test]
fn an_opening_of_a_package_that_a_removed_father_made_for_a_made_up_town_is_not_shown() {
    let rng = &mut Seeded::new(16);
    let (town, made_up) = (Town::with(2, rng), Town::with(2, rng));
    let mut mother = family(&town, rng);
    let mut father = father_of(&mut mother, rng);
    mother.remove_device(&father.device(), NOW, rng).unwrap();
    let made = father.consent_to(&made_up.list(9), None, NOW, rng).unwrap();
    let [first, second] = [0, 1].map(|n| held_by(&made_up.officers[n], &father));
    let entry = opened(&first, &second, rng).unwrap().entry;
    mother.receive(vec![entry]);
    assert!(mother.glass_openings().is_empty());
    assert_eq!(packages(&made).len(), 1);
}
