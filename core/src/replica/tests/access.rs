//! Who can see the record, and on what terms.

use super::*;
use crate::{
    consent,
    ledger::operation::UntilDate,
    replica::{Agreed, GrantLine, Holder, Reader, Terms},
};
use jiff::civil::{Date, date};

const TODAY: Date = date(2026, 11, 21);
const CARE: Compartment = Compartment::Care;

fn day_service() -> Agreed {
    Agreed {
        member: Member {
            name: "ひまわり".to_owned(),
            role: Role::DayService,
            organisation: "放デイひまわり".to_owned(),
        },
        rights: vec![
            (Compartment::Emergency, Right::Read),
            (CARE, Right::Read),
            (Compartment::Log, Right::Append),
        ],
        terms: Terms {
            until: Some(UntilDate::of(date(2027, 3, 31))),
            ..Terms::default()
        },
        consent: Fields::from([
            ("to".to_owned(), Value::Text("ひまわり".to_owned())),
            ("given_by".to_owned(), Value::Text("母".to_owned())),
        ]),
    }
}

/// A mother who let a day service in, and the day service's phone.
fn family(rng: &mut Seeded) -> (Replica, Replica) {
    let mut mother = mother(rng);
    let keys = DeviceKeys::generate(rng);
    mother
        .grant_with_consent(keys.public(), &day_service(), NOW, rng)
        .unwrap();
    let mut service = Replica::join(keys, mother.record());
    service.receive(mother.entries().to_vec());
    (mother, service)
}

fn other(replica: &Replica, today: Date) -> Reader {
    let list = replica.access_list(today);
    list.into_iter().find(|reader| !reader.own).unwrap()
}

fn grant(replica: &Replica, today: Date) -> GrantLine {
    let mut grants = other(replica, today).grants;
    assert_eq!(grants.len(), 1, "{grants:?}");
    grants.remove(0)
}

#[test]
fn a_mother_sees_who_can_see_what_until_when_and_that_it_is_what_she_agreed_to() {
    let rng = &mut Seeded::new(40);
    let (mother, service) = family(rng);

    let list = mother.access_list(TODAY);
    assert_eq!(list.len(), 2);
    assert!(list[0].own && list[0].grants[0].founding);
    assert_eq!(list[0].grants[0].rights.len(), 9);

    let reader = other(&mother, TODAY);
    assert_eq!(
        (
            reader.name.as_str(),
            reader.role,
            reader.organisation.as_str()
        ),
        ("ひまわり", Role::DayService, "放デイひまわり")
    );
    assert_eq!(reader.devices.len(), 1);
    assert_eq!(reader.devices[0].device, service.device());
    let line = grant(&mother, TODAY);
    assert_eq!(line.rights.get(&CARE), Some(&Right::Read));
    assert_eq!(line.rights.get(&Compartment::Life), None);
    assert_eq!(line.until.as_deref(), Some("2027-03-31"));
    assert_eq!(line.by.device, mother.device());
    assert_eq!(line.since, NOW);
    let agreed = line.consent.unwrap();
    assert!(agreed.fact.is_some() && !agreed.altered, "{agreed:?}");
}

#[test]
fn the_last_day_still_counts_and_the_day_after_is_said_to_be_over() {
    let rng = &mut Seeded::new(41);
    let (mother, _) = family(rng);
    assert!(!grant(&mother, date(2027, 3, 31)).expired);
    assert!(grant(&mother, date(2027, 4, 1)).expired);
}

#[test]
fn somebody_let_in_learns_of_the_others_and_of_no_consent() {
    let rng = &mut Seeded::new(42);
    let (mother, service) = family(rng);
    let list = service.access_list(TODAY);
    assert_eq!(list.len(), 2);
    assert!(list[0].own);
    let agreed = list[0].grants[0].consent.clone().unwrap();
    assert_eq!(agreed.fact, None);
    // Of the mother's nine compartments the service can name its own three.
    let hers = &list[1].grants[0];
    assert_eq!((hers.rights.len(), hers.unnamed), (3, 6));
    assert_eq!(hers.by.device, mother.device());
}

#[test]
fn a_consent_reworded_afterwards_is_told_from_the_one_agreed_to() {
    let rng = &mut Seeded::new(43);
    let (mut mother, _) = family(rng);
    let fact = grant(&mother, TODAY).consent.unwrap().fact.unwrap();
    let reword = |field: &str, value: &str| crate::edit::Edit::Set {
        compartment: Compartment::Consents,
        fact: fact.clone(),
        fields: Fields::from([(field.to_owned(), Value::Text(value.to_owned()))]),
        clear: Vec::new(),
        how: How::default(),
    };
    mother
        .edit(&[reword("note", "電話でも確認")], NOW, rng)
        .unwrap();
    assert!(!grant(&mother, TODAY).consent.unwrap().altered);
    mother
        .edit(&[reword("to", "別の事業所")], NOW, rng)
        .unwrap();
    let agreed = grant(&mother, TODAY).consent.unwrap();
    assert!(agreed.altered);
    assert_eq!(agreed.fact, Some(fact));
}

#[test]
fn withdrawing_ends_the_grant_says_so_in_the_consent_and_brings_new_keys() {
    let rng = &mut Seeded::new(44);
    let (mut mother, mut service) = family(rng);
    say(&mut mother, CARE, "前", rng);
    service.receive(mother.entries().to_vec());
    let line = grant(&mother, TODAY);
    let fact = line.consent.unwrap().fact.unwrap();
    mother.withdraw(&line.grant, TODAY, NOW, rng).unwrap();
    say(&mut mother, CARE, "後", rng);
    service.receive(mother.entries().to_vec());

    assert_eq!(mother.access_list(TODAY).len(), 1);
    assert_eq!(mother.owes(), []);
    let facts = &mother.view().facts;
    let shown = facts.iter().find(|shown| shown.id == fact).unwrap();
    assert_eq!(shown.text(consent::WITHDRAWN_ON), Some("2026-11-21"));
    // The service keeps what it had, knows that it was let go, and does not get what follows.
    assert!(service.access_list(TODAY).iter().all(|reader| !reader.own));
    let has = |text: &str| {
        let mut said = service.view().of_kind(CARE, "must-never");
        said.any(|fact| fact.text("text") == Some(text))
    };
    assert!(!has("後"));
}

#[test]
fn whoever_manages_and_only_reads_the_consents_takes_a_grant_back_all_the_same() {
    let rng = &mut Seeded::new(144);
    let (mut mother, _) = family(rng);
    let line = grant(&mother, TODAY);
    let keys = DeviceKeys::generate(rng);
    let father = Member {
        name: "父".to_owned(),
        role: Role::Guardian,
        organisation: String::new(),
    };
    let managed = [Compartment::Emergency, CARE, Compartment::Log];
    let mut rights: Vec<_> = managed.map(|name| (name, Right::Manage)).into();
    rights.push((Compartment::Consents, Right::Read));
    mother
        .grant(keys.public(), &father, &rights, NOW, rng)
        .unwrap();
    let mut father = Replica::join(keys, mother.record());
    father.receive(mother.entries().to_vec());

    let made = father.withdraw(&line.grant, TODAY, NOW, rng).unwrap();
    assert!(mother.receive(made).refused.is_empty());
    let names = mother.access_list(TODAY);
    assert!(names.iter().all(|reader| reader.name != "ひまわり"));
    let consents = mother.view().of_kind(Compartment::Consents, consent::KIND);
    for consent in consents {
        assert_eq!(consent.text(consent::WITHDRAWN_ON), None);
    }
}

#[test]
fn somebody_who_may_not_let_others_in_says_no_consent_either() {
    let rng = &mut Seeded::new(45);
    let (_, mut service) = family(rng);
    let before = service.entries().len();
    let keys = DeviceKeys::generate(rng);
    assert!(
        service
            .grant_with_consent(keys.public(), &day_service(), NOW, rng)
            .is_err()
    );
    assert_eq!(service.entries().len(), before);
}

#[test]
fn a_name_that_somebody_gives_themselves_is_not_shown() {
    let rng = &mut Seeded::new(46);
    let (mut mother, mut service) = family(rng);
    let device = service.device();
    let herself = Member {
        name: "院長".to_owned(),
        role: Role::Doctor,
        organisation: String::new(),
    };
    let made = service
        .introduce(&device, &herself, &[Compartment::Log], NOW, rng)
        .unwrap();
    mother.receive(made);
    assert_eq!(other(&mother, TODAY).name, "ひまわり");
}

#[test]
fn an_organisation_that_holds_something_is_listed_beside_the_persons() {
    let rng = &mut Seeded::new(47);
    let mut mother = mother(rng);
    let station = crate::cose::SigningKey::from_seed(&[9; 32]).public();
    let tag = mother.keyring.tag(CARE).unwrap();
    let granted = crate::ledger::operation::Operation::Grant(crate::ledger::operation::Grant {
        grantee: crate::ledger::operation::Grantee::Organisation(station),
        rights: vec![(tag, Right::Read)],
        until: None,
        delegate: false,
        consent: None,
    });
    let entry = mother.sign(&granted, NOW).unwrap();
    mother.take_own(vec![entry]).unwrap();
    let reader = other(&mother, TODAY);
    assert_eq!(reader.holder, Holder::Organisation(station));
    assert_eq!(reader.grants[0].rights.get(&CARE), Some(&Right::Read));
}

#[test]
fn a_paper_recalled_is_withdrawn_and_the_card_made_after_it_is_not() {
    let rng = &mut Seeded::new(48);
    let mut mother = mother(rng);
    say(&mut mother, Compartment::Emergency, "胸を押さない", rng);
    let printed = mother.generation();
    let paper = crate::edit::Edit::Add {
        compartment: Compartment::Consents,
        kind: "paper-copy".to_owned(),
        fields: Fields::from([
            ("to".to_owned(), Value::Text("祖母".to_owned())),
            ("what".to_owned(), Value::Text("card".to_owned())),
            ("generation".to_owned(), Value::Text(printed.to_string())),
        ]),
        how: How::default(),
    };
    mother.edit(&[paper], NOW, rng).unwrap();
    let says = |replica: &Replica| replica.card_notice(None, false, TODAY).says();
    assert_eq!(
        (says(&mother).withdrawn_below, mother.generation()),
        (0, printed)
    );

    let fact = mother
        .view()
        .of_kind(Compartment::Consents, "paper-copy")
        .next()
        .unwrap()
        .id
        .clone();
    let recall = crate::edit::Edit::Set {
        compartment: Compartment::Consents,
        fact,
        fields: Fields::from([("withdrawn_on".to_owned(), Value::Text(TODAY.to_string()))]),
        clear: Vec::new(),
        how: How::default(),
    };
    mother.edit(&[recall], NOW, rng).unwrap();
    let notice = mother.card_notice(None, false, TODAY);
    assert!(printed < notice.says().withdrawn_below);
    assert!(mother.generation() >= notice.says().withdrawn_below);
    assert_eq!(notice.says().stale_below, 0);
    // Nothing that was said is taken back by a later notice.
    let later = mother.card_notice(Some(&notice), true, TODAY).says();
    assert_eq!(later.withdrawn_below, notice.says().withdrawn_below);
    assert!(later.stale_below > 0);

    // Another phone of hers cannot speak for cards that it did not make.
    let phone = DeviceKeys::generate(rng);
    mother.add_device(phone.public(), "母", NOW, rng).unwrap();
    let mut second = Replica::join(phone, mother.record());
    second.receive(mother.entries().to_vec());
    assert_eq!(says(&second).withdrawn_below, 0);
}
