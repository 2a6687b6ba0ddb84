use super::*;
use crate::{
    barrier::Scratch,
    compartment::Compartment,
    cose::SigningKey,
    device::DeviceKeys,
    edit::Edit,
    id::DeviceId,
    ledger::rights::Right,
    log::{EntryKind, LogEntry},
    replica::{GlassError, Member, Replica},
    screen::source::Role,
    seeded::Seeded,
    statement::{Fields, How, UnixMillis, Value},
};
use proptest::prelude::*;

/// 2026-11-21T09:00 in Japan.
const NOW: UnixMillis = UnixMillis(1_795_219_200_000);
const HOUR: i64 = 3_600_000;

struct Town {
    key: SigningKey,
    officers: Vec<DeviceKeys>,
}

impl Town {
    fn with(count: usize, rng: &mut Seeded) -> Self {
        let mut officers: Vec<_> = (0..count).map(|_| DeviceKeys::generate(rng)).collect();
        officers.sort_by_key(DeviceKeys::id);
        Self {
            key: SigningKey::from_seed(&[7; 32]),
            officers,
        }
    }

    fn list(&self, generation: u64) -> OfficersList {
        let officers = self.officers.iter().enumerate().map(|(n, keys)| Officer {
            keys: keys.public().clone(),
            name: format!("職員{n}"),
            office: "危機管理課".to_owned(),
        });
        OfficersList::sign(&self.key, generation, NOW, "みどり市", officers.collect()).unwrap()
    }
}

fn wish() -> Wish {
    Wish {
        reason: Reason::new("震度6強。避難所で呼吸器の設定が要る").unwrap(),
        from: NOW,
        until: UnixMillis(NOW.0 + 24 * HOUR),
    }
}

fn never(text: &str) -> Edit {
    Edit::Add {
        compartment: Compartment::Emergency,
        kind: "must-never".to_owned(),
        fields: Fields::from([("text".to_owned(), Value::Text(text.to_owned()))]),
        how: How::default(),
    }
}

/// A mother with one line on the first screen, who agreed to the town's list.
fn family(town: &Town, rng: &mut Seeded) -> Replica {
    let keys = DeviceKeys::generate(rng);
    let (mut mother, _) = Replica::create(keys, "母", NOW, rng).unwrap();
    mother.edit(&[never("呼吸器を外さない")], NOW, rng).unwrap();
    mother.consent_to(&town.list(1), None, NOW, rng).unwrap();
    mother
}

/// What an officer's device holds beforehand: everything that a relay may show, and none of the family's bundles.
fn held_by(officer: &DeviceKeys, family: &Replica) -> Replica {
    let keys = DeviceKeys::from_secret_bytes(officer.to_secret_bytes().as_slice()).unwrap();
    let mut replica = Replica::join(keys, family.record());
    let entries = family.entries().iter();
    replica.receive(
        entries
            .filter(|entry| entry.kind != EntryKind::Bundle)
            .cloned()
            .collect(),
    );
    replica
}

fn release(first: &Replica, second: &DeviceId, rng: &mut Seeded) -> Result<Release, OpenError> {
    let package = first.packages_for(&first.device())[0];
    agree(first.keys(), package, second, &wish(), NOW, rng)
}

use super::open::agree;

fn opened(first: &Replica, second: &Replica, rng: &mut Seeded) -> Result<Opened, OpenError> {
    let release = Release::from_bytes(&release(first, &second.device(), rng)?.to_bytes())?;
    let package = second.package(&release.package()).unwrap();
    release
        .look(second.keys(), package)?
        .open(second.keys(), package, NOW, rng)
}

fn says(replica: &Replica, text: &str) -> bool {
    let said = Value::Text(text.to_owned());
    let facts = replica.view().of_kind(Compartment::Emergency, "must-never");
    facts.into_iter().any(|fact| {
        fact.fields
            .values()
            .any(|field| field.values[0].value == said)
    })
}

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
    let held: Vec<_> = town
        .officers
        .iter()
        .map(|officer| held_by(officer, &mother))
        .collect();
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
    let held: Vec<_> = town
        .officers
        .iter()
        .map(|officer| held_by(officer, &mother))
        .collect();
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
    let held: Vec<_> = town
        .officers
        .iter()
        .map(|officer| held_by(officer, &mother))
        .collect();
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

/// A municipality with another key.
fn other_town(rng: &mut Seeded) -> Town {
    Town {
        key: SigningKey::from_seed(&[8; 32]),
        ..Town::with(2, rng)
    }
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

/// A father who manages what is opened and the consents, too.
fn father_of(mother: &mut Replica, rng: &mut Seeded) -> Replica {
    let keys = DeviceKeys::generate(rng);
    let member = Member {
        name: "父".to_owned(),
        role: Role::Guardian,
        organisation: String::new(),
    };
    let rights = [
        Compartment::Emergency,
        Compartment::Evacuation,
        Compartment::Consents,
    ];
    let rights = rights.map(|name| (name, Right::Manage));
    mother
        .grant(keys.public(), &member, &rights, NOW, rng)
        .unwrap();
    let mut father = Replica::join(keys, mother.record());
    father.receive(mother.entries().to_vec());
    father
}

fn packages(entries: &[LogEntry]) -> Vec<LogEntry> {
    let entries = entries.iter();
    entries
        .filter(|entry| entry.kind == EntryKind::Package)
        .cloned()
        .collect()
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
