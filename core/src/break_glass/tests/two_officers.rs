//! Two officers open, and nobody opens alone.

use super::*;
use proptest::prelude::*;

#[test]
fn two_officers_read_the_first_screen_without_a_network_and_the_family_sees_who_why_and_until_when()
{
    let rng = &mut Seeded::new(1);
    let town = Town::with(3, rng);
    let mut mother = family(&town, rng);
    let (first, mut second) = (
        held_by(&town.officers[2], &mother),
        held_by(&town.officers[0], &mother),
    );
    assert!(!says(&second, "呼吸器を外さない"));
    let opened = opened(&first, &second, rng).unwrap();
    let entry = opened.entry.clone();
    second.read_opened(opened, &mut Scratch);
    assert!(says(&second, "呼吸器を外さない"));
    assert_eq!(
        second.readable(),
        [Compartment::Emergency, Compartment::Evacuation]
    );
    assert!(mother.receive(vec![entry]).refused.is_empty());
    let seen = mother.glass_openings();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].name, "みどり市");
    assert_eq!(
        seen[0].reason.as_deref(),
        Some("震度6強。避難所で呼吸器の設定が要る")
    );
    assert_eq!(
        (seen[0].from, seen[0].until),
        (NOW, UnixMillis(NOW.0 + 24 * HOUR))
    );
    let names: Vec<_> = seen[0]
        .officers
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names, ["職員2", "職員0"]);
}

#[test]
fn every_pair_of_officers_opens_and_no_officer_alone() {
    let rng = &mut Seeded::new(2);
    let town = Town::with(4, rng);
    let mother = family(&town, rng);
    let held = town.held_by_each(&mother);
    for first in &held {
        for second in &held {
            let outcome = opened(first, second, rng);
            if first.device() == second.device() {
                assert_eq!(outcome.unwrap_err(), OpenError::Alone);
            } else {
                assert_eq!(outcome.unwrap().keys.len(), 2);
            }
        }
    }
}

#[test]
fn one_half_is_no_key_and_neither_are_halves_of_two_pairs() {
    let rng = &mut Seeded::new(3);
    let town = Town::with(3, rng);
    let mother = family(&town, rng);
    let held = town.held_by_each(&mother);
    let package = held[0].packages_for(&held[0].device())[0];
    let purse = Purse::of(package).unwrap();
    let half = |of: usize, for_whom: usize| {
        let (keys, other) = (held[of].keys(), held[for_whom].device());
        shares::half_for(
            keys,
            &other,
            &purse.list,
            &purse.shares,
            package.protected(),
        )
        .unwrap()
    };
    let opens = |key: &crate::epoch::EpochKey| {
        crate::content::open(key, &package::place(package.protected()), &purse.content).is_ok()
    };
    assert!(opens(&half(0, 1).join(&half(1, 0))));
    let own = [half(0, 1), half(0, 2)];
    assert!(!opens(&own[0].join(&own[1])));
    assert!(!opens(&own[0].join(&half(2, 0))));
    for alone in &own {
        assert!(!opens(&crate::epoch::EpochKey::from_bytes(alone.expose())));
    }
    // Nor does the other one's block open with one's own keys.
    let theirs = crate::bundle::open_for(held[0].keys(), b"", &purse.shares[1]);
    assert!(theirs.is_err());
}

#[test]
fn a_release_serves_only_the_officer_it_was_made_for() {
    let rng = &mut Seeded::new(4);
    let town = Town::with(3, rng);
    let mother = family(&town, rng);
    let held = town.held_by_each(&mother);
    let release = release(&held[0], &held[1].device(), rng).unwrap();
    let package = held[2].package(&release.package()).unwrap();
    assert_eq!(
        release.look(held[2].keys(), package).unwrap_err(),
        OpenError::NotForThis
    );
    let stranger = DeviceKeys::generate(rng).id();
    let package = held[0].packages_for(&held[0].device())[0];
    let to_stranger = agree(held[0].keys(), package, &stranger, &wish(), NOW, rng);
    assert_eq!(to_stranger.unwrap_err(), OpenError::NotAnOfficer);
}

#[test]
fn what_the_officers_agreed_to_ends_and_the_familys_consent_ends() {
    let rng = &mut Seeded::new(5);
    let town = Town::with(2, rng);
    let mut mother = family(&town, rng);
    let held = |mother: &Replica| [0, 1].map(|n| held_by(&town.officers[n], mother));
    let [first, second] = held(&mother);
    let asked = |first: &Replica, second: &Replica, rng: &mut Seeded| {
        let release = release(first, &second.device(), rng).unwrap();
        let package = second.package(&release.package()).unwrap();
        release.look(second.keys(), package).unwrap()
    };
    let package = second.packages_for(&second.device())[0];
    let later = UnixMillis(NOW.0 + 25 * HOUR);
    let ended = asked(&first, &second, rng).open(second.keys(), package, later, rng);
    assert_eq!(ended.unwrap_err(), OpenError::Ended);
    let endless = Wish {
        until: UnixMillis(NOW.0 + opening::LONGEST + 1),
        ..wish()
    };
    let endless = agree(first.keys(), package, &second.device(), &endless, NOW, rng);
    assert_eq!(endless.unwrap_err(), OpenError::NoEnd);
    let yesterday = "2026-11-20".parse().unwrap();
    mother
        .consent_to(&town.list(2), Some(yesterday), NOW, rng)
        .unwrap();
    let [first, second] = held(&mother);
    assert_eq!(
        release(&first, &second.device(), rng).unwrap_err(),
        OpenError::ConsentEnded
    );
    assert!(!mother.glass_consents(NOW)[0].stands);
}

#[test]
fn nothing_opens_before_it_begins_and_nobody_asks_for_what_is_over() {
    let rng = &mut Seeded::new(17);
    let town = Town::with(2, rng);
    let mother = family(&town, rng);
    let [first, second] = [0, 1].map(|n| held_by(&town.officers[n], &mother));
    let release = release(&first, &second.device(), rng).unwrap();
    let package = second.package(&release.package()).unwrap();
    let asked = |at: i64, rng: &mut Seeded| {
        let asked = release.look(second.keys(), package).unwrap();
        asked.open(second.keys(), package, UnixMillis(at), rng)
    };
    let early = asked(NOW.0 - HOUR, rng);
    assert_eq!(early.unwrap_err(), OpenError::NotYet);
    // A clock that is some minutes slow is no reason to wait.
    assert!(asked(NOW.0 - 5 * 60_000, rng).is_ok());
    let tomorrow = UnixMillis(NOW.0 + 25 * HOUR);
    let over = agree(
        first.keys(),
        package,
        &second.device(),
        &wish(),
        tomorrow,
        rng,
    );
    assert_eq!(over.unwrap_err(), OpenError::Ended);
}

fn bent(bytes: &[u8], at: usize, bit: u8) -> Vec<u8> {
    let mut bent = bytes.to_vec();
    let place = at % bent.len();
    bent[place] ^= 1 << (bit % 8);
    bent
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn one_flipped_bit_anywhere_and_it_is_no_list_no_package_no_release_and_no_opening(at in 0..100_000_usize, bit in 0..8_u8) {
        let rng = &mut Seeded::new(12);
        let town = Town::with(2, rng);
        let mother = family(&town, rng);
        let (first, second) = (held_by(&town.officers[0], &mother), held_by(&town.officers[1], &mother));
        prop_assert!(OfficersList::read(&bent(town.list(1).bytes(), at, bit)).is_err());
        let entry = mother.entries().iter().find(|entry| entry.kind == EntryKind::Package).unwrap();
        let package = LogEntry { kind: entry.kind, bytes: bent(&entry.bytes, at, bit) };
        let mut fresh = held_by(&town.officers[0], &mother);
        prop_assert!(fresh.receive(vec![package]).accepted.is_empty());
        let release = release(&first, &second.device(), rng).unwrap();
        let read = Release::from_bytes(&bent(&release.to_bytes(), at, bit));
        let package = second.packages_for(&second.device())[0];
        let looked = read.and_then(|release| release.look(second.keys(), package));
        prop_assert!(looked.is_err());
        let opening = release.look(second.keys(), package).unwrap().open(second.keys(), package, NOW, rng).unwrap().entry;
        let opening = LogEntry { kind: opening.kind, bytes: bent(&opening.bytes, at, bit) };
        prop_assert!(fresh.receive(vec![opening]).accepted.is_empty());
    }
}
