//! A grandmother without a network is given what the first screen needs, and nothing of what she may not read.

use super::*;
use crate::{ledger::rights::Right, open_json::OpenRecord};

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
