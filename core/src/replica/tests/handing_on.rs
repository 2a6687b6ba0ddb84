//! A grandmother without a network is given what the first screen needs, and nothing of what she may not read.

use super::*;
use crate::{
    id::OperationId, ledger::rights::Right, open_json::OpenRecord, organisation::OrganisationKeys,
};
use std::collections::BTreeSet;

fn aoi(rng: &mut Seeded) -> Replica {
    let mut mother = mother(rng);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/cases/aoi.json");
    let record = OpenRecord::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
    mother.import(&record, rng).unwrap();
    mother
}

fn let_in(mother: &mut Replica, rights: &[(Compartment, Right)], rng: &mut Seeded) -> DeviceKeys {
    let keys = DeviceKeys::generate(rng);
    mother
        .grant(keys.public(), &nurse(), rights, NOW, rng)
        .unwrap();
    keys
}

#[test]
fn she_reads_the_whole_first_screen_without_ever_having_been_online() {
    let rng = &mut Seeded::new(91);
    let mut mother = aoi(rng);
    let all = Compartment::ALL.map(|compartment| (compartment, Right::Read));
    let keys = let_in(&mut mother, &all, rng);
    let given = mother.for_first_screen(&keys.id(), rng);
    let mut hers = Replica::join(keys, mother.record());
    let received = hers.receive(given.clone());
    assert!(received.refused.is_empty() && received.waiting.is_empty());
    assert_eq!(hers.first_screen(), mother.first_screen());
    // Few enough for codes on a screen, and the rest follows.
    let bytes: usize = given.iter().map(|entry| entry.bytes.len()).sum();
    assert!(bytes < 40_000, "{bytes}");
    assert!(given.len() < mother.entries().len());
    hers.receive(mother.entries().to_vec());
    assert_eq!(hers.view().facts.len(), mother.view().facts.len());
}

#[test]
fn nothing_goes_along_that_she_may_not_read_or_that_is_for_somebody_else() {
    let rng = &mut Seeded::new(92);
    let mut mother = aoi(rng);
    let other = let_in(&mut mother, &[(Compartment::Care, Right::Read)], rng);
    let keys = let_in(&mut mother, &[(Compartment::Emergency, Right::Read)], rng);
    let care = mother.keyring.tag(Compartment::Care).unwrap();
    for entry in mother.for_first_screen(&keys.id(), rng) {
        match entry.parse().unwrap() {
            ParsedEntry::Chunk(chunk) => assert_ne!(chunk.header().compartment, care),
            ParsedEntry::Snapshot(snapshot) => assert_ne!(snapshot.header().compartment, care),
            ParsedEntry::Bundle(bundle) => assert_ne!(bundle.header().recipient, other.id()),
            _ => {}
        }
    }
    let stranger = DeviceKeys::generate(rng);
    let given = mother.for_first_screen(&stranger.id(), rng);
    assert!(given.iter().all(|entry| entry.kind == EntryKind::Operation));
}

#[test]
fn a_record_of_years_is_given_as_short_as_a_new_one() {
    let rng = &mut Seeded::new(93);
    let mut mother = aoi(rng);
    for day in 0..200 {
        say(&mut mother, Compartment::Care, &format!("体温 {day}"), rng);
    }
    let rights =
        [Compartment::Emergency, Compartment::Care].map(|compartment| (compartment, Right::Read));
    let keys = let_in(&mut mother, &rights, rng);
    let before = mother.entries().len();
    let given = mother.for_first_screen(&keys.id(), rng);
    let bytes: usize = given.iter().map(|entry| entry.bytes.len()).sum();
    let whole: usize = mother.entries().iter().map(|entry| entry.bytes.len()).sum();
    assert!(bytes < 60_000 && bytes * 3 < whole, "{bytes} of {whole}");
    // Only handed on: her own log is as it was.
    assert_eq!(mother.entries().len(), before);
    let mut hers = Replica::join(keys, mother.record());
    let received = hers.receive(given);
    assert!(received.refused.is_empty() && received.waiting.is_empty());
    assert_eq!(hers.first_screen(), mother.first_screen());
    // With a network everything comes as it was said, and nothing stands there twice.
    let facts = hers.view().facts.len();
    assert!(hers.receive(mother.entries().to_vec()).refused.is_empty());
    assert_eq!(hers.first_screen(), mother.first_screen());
    assert_eq!(
        hers.view()
            .facts
            .iter()
            .filter(|fact| rights.iter().any(|(c, _)| *c == fact.compartment))
            .count(),
        facts
    );
    assert!(hers.integrity().intact);
}

/// A station whose tablet was never online, the nurse who held it, and what the mother's phone gave it.
struct Tablet {
    station: OrganisationKeys,
    sato: DeviceKeys,
    given: Vec<LogEntry>,
    join: LogEntry,
}

fn station_let_in(
    mother: &mut Replica,
    rights: &[(Compartment, Right)],
    rng: &mut Seeded,
) -> Tablet {
    let station = OrganisationKeys::generate(rng);
    let sato = DeviceKeys::generate(rng);
    let met = [Colleague {
        device: sato.public().clone(),
        member: nurse(),
    }];
    let made = mother
        .grant_organisation(Terms::default(), station.public(), &met, rights, NOW, rng)
        .unwrap();
    let grant = OperationId::new(made[0].hash().0);
    let given =
        mother.for_first_screen_of_staff(&station.public(), &BTreeSet::from([sato.id()]), rng);
    let join = station.join_after(&mother.record(), grant, sato.public(), None, NOW);
    Tablet {
        station,
        sato,
        given,
        join,
    }
}

#[test]
fn a_nurse_and_her_colleague_read_and_write_on_a_tablet_that_was_never_online() {
    let rng = &mut Seeded::new(94);
    let mut mother = aoi(rng);
    let all = Compartment::ALL.map(|compartment| (compartment, Right::Write));
    let tablet = station_let_in(&mut mother, &all, rng);
    let mut sato = Replica::join(tablet.sato, mother.record());
    let received = sato.receive([tablet.given, vec![tablet.join]].concat());
    assert_eq!((received.refused, received.waiting), (vec![], vec![]));
    assert_eq!(sato.first_screen(), mother.first_screen());
    say(&mut sato, Compartment::Care, "佐藤の言葉", rng);

    let keys = DeviceKeys::generate(rng);
    let newcomer = Colleague {
        device: keys.public().clone(),
        member: nurse(),
    };
    sato.staff_join(&tablet.station, &newcomer, None, NOW, rng)
        .unwrap();
    let mut suzuki = Replica::join(keys, mother.record());
    suzuki.receive(sato.entries().to_vec());
    assert_eq!(suzuki.first_screen(), sato.first_screen());
    say(&mut suzuki, Compartment::Care, "鈴木の言葉", rng);

    // Once both have a network: what the tablet made, without what it was given.
    let received = mother.receive(suzuki.entries().to_vec());
    assert_eq!(received.refused, vec![]);
    let words: Vec<_> = mother
        .view()
        .of_kind(Compartment::Care, "must-never")
        .filter_map(|fact| fact.text("text").map(str::to_owned))
        .filter(|text| text.ends_with("の言葉"))
        .collect();
    assert_eq!(words.len(), 2, "{words:?}");
    suzuki.receive(mother.entries().to_vec());
    assert_eq!(suzuki.view().facts.len(), mother.view().facts.len());
    assert!(mother.integrity().intact && suzuki.integrity().intact);
}

#[test]
fn a_tablet_is_given_nothing_that_its_station_may_not_read() {
    let rng = &mut Seeded::new(95);
    let mut mother = aoi(rng);
    let tablet = station_let_in(&mut mother, &[(Compartment::Emergency, Right::Read)], rng);
    let care = mother.keyring.tag(Compartment::Care).unwrap();
    let in_care = |entry: &LogEntry| match entry.parse().unwrap() {
        ParsedEntry::Chunk(chunk) => chunk.header().compartment == care,
        ParsedEntry::Snapshot(snapshot) => snapshot.header().compartment == care,
        _ => false,
    };
    assert!(!tablet.given.iter().any(in_care));
    let other = OrganisationKeys::generate(rng).public();
    let given = mother.for_first_screen_of_staff(
        &other,
        &BTreeSet::from([DeviceKeys::generate(rng).id()]),
        rng,
    );
    assert!(given.iter().all(|entry| entry.kind == EntryKind::Operation));
}
