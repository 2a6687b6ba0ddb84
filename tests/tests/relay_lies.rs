//! A relay that drops, replays, reorders, alters and shows different people different things: what a phone can notice, it
//! notices, and nothing that reaches it is lost or changed.
use omamori_core::{
    compartment::Compartment,
    edit::Edit,
    log::{EntryHash, EntryKind, LogEntry},
    view::FactView,
};
use omamori_tests::{
    home::add,
    relay::{Liar, Lie, LocalRelay, PageEntry, Phone},
    seeded::Seeded,
};

/// A nurse who has said five things, and a mother who has not been online since.
struct Day {
    relay: LocalRelay,
    mother: Phone,
    nurse: Phone,
    said: Vec<EntryHash>,
    rng: Seeded,
}

fn a_day(seed: u64) -> Day {
    let mut rng = Seeded::new(seed);
    let relay = LocalRelay::start();
    let (mut mother, mut nurse) = Phone::of_mother_and_nurse(&relay.client(), &mut rng);
    mother.sync();
    let said = ["吸引", "注入", "体位", "検温", "入浴"]
        .map(|text| nurse.say(note(text), &mut rng).hash())
        .to_vec();
    nurse.sync();
    Day {
        relay,
        mother,
        nurse,
        said,
        rng,
    }
}

impl Day {
    /// The mother comes online, and what she takes for the relay lies.
    fn told(&mut self, lie: impl Fn(Vec<PageEntry>) -> Vec<PageEntry> + Send + Sync + 'static) {
        let lie: Lie = Box::new(lie);
        let liar = Liar::before(self.relay.client(), lie);
        self.mother.moves_to(liar.client());
        self.mother.sync();
        self.mother.moves_to(self.relay.client());
    }
}

fn note(text: &str) -> Edit {
    add(Compartment::Care, "care-task", "name", text)
}

/// What somebody's phone shows of the daily care.
fn care(phone: &Phone) -> Vec<&FactView> {
    let facts = phone.replica.view().facts.iter();
    facts
        .filter(|fact| fact.compartment == Compartment::Care)
        .collect()
}

fn hash((_, kind, bytes): &PageEntry) -> EntryHash {
    let (kind, bytes) = (*kind, bytes.clone());
    LogEntry { kind, bytes }.hash()
}

#[test]
fn relay_drops_one_chunk_and_the_phone_names_it() {
    let mut day = a_day(1);
    let dropped = day.said[2];
    day.told(move |mut entries| {
        entries.retain(|entry| hash(entry) != dropped);
        entries
    });
    let integrity = day.mother.replica.integrity();
    assert!(!integrity.intact);
    let missing: Vec<_> = integrity
        .missing
        .iter()
        .map(|it| EntryHash(*it.chunk.as_bytes()))
        .collect();
    assert_eq!(missing, [dropped]);
    assert_eq!(
        integrity.missing[0].author,
        day.nurse.replica.device(),
        "and says whose it is"
    );
    // Who has it can bring it, by whatever way.
    let entries = day.nurse.replica.entries().to_vec();
    day.mother.replica.receive(entries);
    assert!(day.mother.replica.integrity().intact);
    assert!(care(&day.mother) == care(&day.nurse));
}

#[test]
fn relay_replays_and_reorders_and_nothing_comes_of_it() {
    let mut day = a_day(2);
    day.told(|mut entries| {
        entries.reverse();
        let again = entries.clone();
        entries.extend(again.iter().rev().cloned());
        entries.extend(again);
        entries
    });
    assert!(day.mother.replica.integrity().intact);
    assert!(care(&day.mother) == care(&day.nurse));
    let before = day.mother.replica.entries().len();
    let old = day.mother.replica.entries()[..before / 2].to_vec();
    let received = day.mother.replica.receive(old);
    assert!(!received.changed && received.accepted.is_empty());
    assert_eq!(day.mother.replica.entries().len(), before);
}

#[test]
fn relay_alters_a_chunk_and_it_is_set_aside_and_missed() {
    let mut day = a_day(3);
    let altered = day.said[1];
    day.told(move |mut entries| {
        for entry in &mut entries {
            if hash(entry) == altered {
                let middle = entry.2.len() / 2;
                entry.2[middle] ^= 1;
            }
        }
        entries
    });
    let integrity = day.mother.replica.integrity();
    assert_eq!(integrity.set_aside.len(), 1);
    assert_eq!(integrity.set_aside[0].why.code(), "not-authentic");
    let missing: Vec<_> = integrity
        .missing
        .iter()
        .map(|it| EntryHash(*it.chunk.as_bytes()))
        .collect();
    assert_eq!(missing, [altered]);
}

#[test]
fn relay_hides_who_was_let_in_and_what_they_wrote_waits_in_sight() {
    let mut day = a_day(4);
    let new = omamori_core::device::DeviceKeys::generate(&mut day.rng);
    let added = day
        .mother
        .replica
        .add_device(
            new.public(),
            "母のタブレット",
            omamori_tests::home::NOW,
            &mut day.rng,
        )
        .unwrap();
    let operation = added
        .iter()
        .find(|entry| entry.kind == EntryKind::Operation)
        .unwrap()
        .hash();
    day.mother.sync();
    let later = day.mother.say(note("夜間の見守り"), &mut day.rng);
    day.mother.sync();
    let lie: Lie = Box::new(move |mut entries: Vec<PageEntry>| {
        entries.retain(|entry| hash(entry) != operation);
        entries
    });
    let liar = Liar::before(day.relay.client(), lie);
    day.nurse.moves_to(liar.client());
    day.nurse.sync();
    let integrity = day.nurse.replica.integrity();
    assert!(!integrity.intact);
    assert!(integrity.waiting.contains(&later.hash()));
}

#[test]
fn relay_shows_two_people_different_things_and_they_see_all_when_they_meet() {
    let mut day = a_day(5);
    let (first, second) = (day.said[3], day.said[4]);
    // The mother is never shown the nurse's last two words, the nurse nothing of the mother's.
    day.told(move |mut entries| {
        entries.retain(|entry| hash(entry) != first && hash(entry) != second);
        entries
    });
    let hers = day.mother.say(note("母の観察"), &mut day.rng);
    day.mother.sync();
    let hidden = hers.hash();
    let lie: Lie = Box::new(move |mut entries: Vec<PageEntry>| {
        entries.retain(|entry| hash(entry) != hidden);
        entries
    });
    let liar = Liar::before(day.relay.client(), lie);
    day.nurse.moves_to(liar.client());
    day.nurse.sync();
    assert!(care(&day.mother) != care(&day.nurse));
    // Silence and absence look alike: neither can know yet. What either says next names what came before it.
    assert!(day.mother.replica.integrity().missing.is_empty());
    let next = day.nurse.say(note("交代"), &mut day.rng);
    day.mother.replica.receive(vec![next]);
    let missing: Vec<_> = day
        .mother
        .replica
        .integrity()
        .missing
        .iter()
        .map(|it| it.counter)
        .collect();
    assert_eq!(missing.len(), 1);

    let (from_mother, from_nurse) = (
        day.mother.replica.entries().to_vec(),
        day.nurse.replica.entries().to_vec(),
    );
    day.mother.replica.receive(from_nurse);
    day.nurse.replica.receive(from_mother);
    assert!(care(&day.mother) == care(&day.nurse));
    assert!(day.mother.replica.integrity().intact);
}

#[test]
fn relay_keeps_an_old_state_for_one_phone_and_is_found_out_by_its_own_mark() {
    let mut day = a_day(6);
    day.mother.sync();
    let later = day.nurse.say(note("夜間の見守り"), &mut day.rng);
    day.nurse.sync();
    // Another relay with the same beginning, as an old copy has: what the nurse was acknowledged is not in it.
    let elsewhere = LocalRelay::start();
    day.mother.starts_over();
    day.mother.moves_to(elsewhere.client());
    day.mother.sync();
    day.nurse.moves_to(elsewhere.client());
    day.nurse.sync();
    assert_eq!(day.nurse.resent, 1);
    day.mother.sync();
    assert_eq!(day.mother.replica.is_accepted(&later), Some(true));
}
