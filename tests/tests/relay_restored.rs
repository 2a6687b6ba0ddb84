//! A relay that comes back from an older backup: every phone gives it back what it lost, and says so once.

use omamori_core::{compartment::Compartment, view::FactView};
use omamori_tests::{
    home::add,
    relay::{LocalRelay, Phone},
    seeded::Seeded,
};
use std::{fs, path::PathBuf};

/// A mother and a nurse, each with a phone, and the relay between them.
fn a_family(seed: u64) -> (LocalRelay, Phone, Phone, Seeded) {
    let mut rng = Seeded::new(seed);
    let relay = LocalRelay::start();
    let (mut mother, mut nurse) = Phone::of_mother_and_nurse(&relay.client(), &mut rng);
    for _ in 0..2 {
        mother.sync();
        nurse.sync();
    }
    (relay, mother, nurse, rng)
}

fn database(relay: &LocalRelay) -> PathBuf {
    relay.folder.path().join("relay.db")
}

/// Stops the relay for a moment and copies its file, as an operator does.
fn backed_up(relay: LocalRelay, phones: [&mut Phone; 2]) -> (LocalRelay, Vec<u8>) {
    let folder = relay.stop();
    let backup = fs::read(folder.path().join("relay.db")).unwrap();
    let relay = LocalRelay::in_folder(folder, |_| {});
    for phone in phones {
        phone.moves_to(relay.client());
    }
    (relay, backup)
}

/// Puts the backup in the place of the file, byte for byte.
fn restored(relay: LocalRelay, backup: &[u8], phones: [&mut Phone; 2]) -> LocalRelay {
    let file = database(&relay);
    let folder = relay.stop();
    fs::write(&file, backup).unwrap();
    let relay = LocalRelay::in_folder(folder, |_| {});
    for phone in phones {
        phone.moves_to(relay.client());
    }
    relay
}

/// What somebody's phone shows of the daily care.
fn care(phone: &Phone) -> Vec<&FactView> {
    let facts = phone.replica.view().facts.iter();
    facts
        .filter(|fact| fact.compartment == Compartment::Care)
        .collect()
}

fn note(text: &str) -> omamori_core::edit::Edit {
    add(Compartment::Care, "care-task", "name", text)
}

#[test]
fn what_a_restored_relay_lost_comes_back_and_everybody_has_it_again() {
    let (relay, mut mother, mut nurse, mut rng) = a_family(1);
    let (relay, backup) = backed_up(relay, [&mut mother, &mut nurse]);
    for text in ["吸引", "注入", "体位"] {
        nurse.say(note(text), &mut rng);
        nurse.sync();
        mother.sync();
    }
    let relay = restored(relay, &backup, [&mut mother, &mut nurse]);
    // Meanwhile others write on: as much as was lost, and more.
    for text in ["one", "two", "three", "four", "five"] {
        mother.say(note(text), &mut rng);
    }
    mother.sync();
    nurse.sync();
    mother.sync();
    assert_eq!((mother.resent, nurse.resent), (1, 1), "said once");
    assert!(care(&mother) == care(&nurse));
    assert!(mother.replica.integrity().missing.is_empty());

    // Somebody who comes later gets everything from the relay alone.
    let keys = omamori_tests::home::copied_keys(&nurse.replica);
    let later = omamori_core::replica::Replica::join(keys, nurse.replica.record());
    let mut later = Phone::new(later, relay.client());
    later.sync();
    assert!(care(&later) == care(&nurse));
    for phone in [&mut mother, &mut nurse] {
        phone.sync();
        assert_eq!(phone.resent, 1);
    }
}

#[test]
fn a_phone_that_heard_the_relay_say_kept_and_nothing_after_still_misses_it() {
    let (relay, mut mother, mut nurse, mut rng) = a_family(2);
    let (relay, backup) = backed_up(relay, [&mut mother, &mut nurse]);
    nurse.say(note("吸引 10分ごと"), &mut rng);
    nurse.push_only();
    let relay = restored(relay, &backup, [&mut mother, &mut nurse]);
    nurse.sync();
    mother.sync();
    assert_eq!((mother.resent, nurse.resent), (0, 1));
    assert!(care(&mother) == care(&nurse));
    drop(relay);
}

#[test]
fn a_relay_that_only_restarts_is_not_taken_for_an_older_one() {
    let (relay, mut mother, mut nurse, mut rng) = a_family(3);
    nurse.say(note("吸引"), &mut rng);
    nurse.sync();
    let relay = LocalRelay::in_folder(relay.stop(), |_| {});
    for phone in [&mut mother, &mut nurse] {
        phone.moves_to(relay.client());
        phone.sync();
    }
    assert_eq!((mother.resent, nurse.resent), (0, 0));
    assert!(care(&mother) == care(&nurse));
}

#[test]
fn a_relay_that_lost_the_record_altogether_gets_it_back() {
    let (relay, mut mother, mut nurse, mut rng) = a_family(4);
    nurse.say(note("吸引"), &mut rng);
    nurse.sync();
    let folder = relay.stop();
    fs::remove_file(folder.path().join("relay.db")).unwrap();
    let relay = LocalRelay::in_folder(folder, |_| {});
    for phone in [&mut mother, &mut nurse] {
        phone.moves_to(relay.client());
        phone.starts_over();
        phone.sync();
    }
    mother.sync();
    assert!(care(&mother) == care(&nurse));
}
