//! Parents who part: what the one learns after the other was removed, and two managers who do the same at once.

use super::*;
use crate::{
    file::{Cost, File},
    id::{DeviceId, OperationId},
    screen::label::Language,
};
use jiff::civil::date;
use std::collections::BTreeSet;

const OLD: &str = "みどり町1-2-3";
const NEW: &str = "さくら台9-8-7 コーポ朝日205";

fn father_of(mother: &mut Replica, rng: &mut Seeded) -> Replica {
    let keys = DeviceKeys::generate(rng);
    let father = Member {
        name: "父".to_owned(),
        role: Role::Guardian,
        organisation: String::new(),
    };
    let all = Compartment::ALL.map(|name| (name, Right::Manage));
    mother
        .grant(keys.public(), &father, &all, NOW, rng)
        .unwrap();
    let mut father = Replica::join(keys, mother.record());
    father.receive(mother.entries().to_vec());
    father
}

fn grant_of(replica: &Replica, device: &DeviceId) -> OperationId {
    let state = replica.ledger().unwrap().state();
    let member = MemberId::from(*device);
    let (_, grants) = state.members().find(|(m, _)| *m == member).unwrap();
    *grants.keys().next().unwrap()
}

/// Where she lives, as she says it in three places: whom to call, the emergency page, and the shared sheet.
fn lives_at(mother: &mut Replica, address: &str, rng: &mut Seeded) {
    let contact = said("contact", "note", address);
    let home = said("must-never", "text", address);
    let sheet = said("entry", "situation", address);
    let words = BTreeMap::from([
        (Compartment::People, vec![contact]),
        (Compartment::Emergency, vec![home]),
        (Compartment::Log, vec![sheet]),
    ]);
    mother.say(words, rng).unwrap();
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|part| part == text.as_bytes())
}

/// Everything a device can be made to tell, in words.
fn all_it_tells(replica: &Replica) -> String {
    let today = date(2026, 11, 21);
    let host = "https://omamori.example/c#";
    let parts = [
        serde_json::to_string(replica.view()).unwrap(),
        replica.export().to_json(),
        serde_json::to_string(&replica.first_screen()).unwrap(),
        serde_json::to_string(&replica.sheet(host, today, Language::Ja)).unwrap(),
        serde_json::to_string(&replica.quarantine()).unwrap(),
        serde_json::to_string(&replica.deeds()).unwrap(),
        serde_json::to_string(&replica.integrity()).unwrap(),
    ];
    parts.concat()
}

fn tags(entries: &[LogEntry]) -> BTreeSet<CompartmentTag> {
    let parsed = entries.iter().filter_map(|entry| entry.parse().ok());
    parsed
        .filter_map(|entry| match entry {
            ParsedEntry::Chunk(chunk) => Some(chunk.header().compartment),
            _ => None,
        })
        .collect()
}

#[test]
fn a_new_address_is_in_nothing_that_the_removed_parent_can_open() {
    let rng = &mut Seeded::new(60);
    let mut mother = mother(rng);
    let mut father = father_of(&mut mother, rng);
    lives_at(&mut mother, OLD, rng);
    father.receive(mother.entries().to_vec());
    let grant = grant_of(&mother, &father.device());
    mother.revoke(&grant, NOW, rng).unwrap();
    let before = mother.entries().len();
    lives_at(&mut mother, NEW, rng);
    assert!(all_it_tells(&mother).contains(NEW));

    // He gets every byte a relay ever had, and asks his own phone in every way there is.
    father.receive(mother.entries().to_vec());
    let told = all_it_tells(&father);
    assert!(told.contains(OLD) && !told.contains(NEW));
    let again = restarted(&father);
    assert!(!all_it_tells(&again).contains(NEW));
    let card = father.card("https://omamori.example/c#", date(2026, 11, 21));
    let card = crate::card::open(&card.unwrap().url).unwrap();
    assert!(!serde_json::to_string(&card.screen).unwrap().contains(NEW));

    // His backup, opened by whoever has its passphrase.
    let sealed = Some((father.keys(), "合言葉"));
    let file = File::write(
        &father.record(),
        father.entries(),
        sealed,
        Cost {
            memory: 8,
            passes: 1,
            lanes: 1,
        },
        rng,
    )
    .unwrap();
    assert!(!contains(&file, NEW));
    let keys = File::read(&file).unwrap().open_keys("合言葉").unwrap();
    let mut from_backup = Replica::join(keys, father.record());
    from_backup.receive(mother.entries().to_vec());
    assert!(!all_it_tells(&from_backup).contains(NEW));

    // What passes him by: no word in the open, no new place that would tell what kind of word it was.
    let (old, new) = mother.entries().split_at(before);
    assert!(new.iter().all(|entry| !contains(&entry.bytes, NEW)));
    assert!(tags(new).is_subset(&tags(old)));
}

#[test]
fn what_is_said_of_an_old_card_is_the_same_wherever_she_moved() {
    let moved_to = |address: &str| {
        let rng = &mut Seeded::new(61);
        let mut mother = mother(rng);
        lives_at(&mut mother, OLD, rng);
        lives_at(&mut mother, address, rng);
        mother.card_notice(None, true, date(2026, 11, 21))
    };
    let [here, there] = [NEW, "みなと町4-5-6 朝凪荘"].map(moved_to);
    assert_eq!(here.bytes(), there.bytes());
    assert!(here.says().stale_below > 0);
}

#[test]
fn two_managers_who_complete_the_same_at_once_leave_nothing_owed_and_never_answer_each_other() {
    let rng = &mut Seeded::new(62);
    let mut mother = mother(rng);
    let mut father = father_of(&mut mother, rng);
    let phone = DeviceKeys::generate(rng);
    mother.add_device(phone.public(), "母", NOW, rng).unwrap();
    let mut second = Replica::join(phone, mother.record());
    let school = DeviceKeys::generate(rng);
    let rights = [
        (Compartment::Care, Right::Write),
        (Compartment::Log, Right::Write),
    ];
    mother
        .grant(school.public(), &nurse(), &rights, NOW, rng)
        .unwrap();
    father.receive(mother.entries().to_vec());
    second.receive(mother.entries().to_vec());
    let removal = mother.remove_device(&school.id(), NOW, rng).unwrap();

    // Her battery dies after the removal itself was sent: the new keys are owed, and both others make them.
    for other in [&mut father, &mut second] {
        other.receive(removal[..1].to_vec());
        assert!(!other.complete(NOW, rng).unwrap().is_empty());
        assert!(other.complete(NOW, rng).unwrap().is_empty());
    }
    let all: Vec<LogEntry> = [&mother, &father, &second]
        .iter()
        .flat_map(|replica| replica.entries().to_vec())
        .collect();
    for replica in [&mut mother, &mut father, &mut second] {
        replica.receive(all.clone());
        assert_eq!(replica.complete(NOW, rng).unwrap(), []);
        assert!(replica.owes().is_empty());
    }
    // Everybody writes and reads, under whichever of the keys.
    for (replica, text) in [(&mut father, "父から"), (&mut second, "母から")] {
        say(replica, Compartment::Care, text, rng);
    }
    let words = [father.entries().to_vec(), second.entries().to_vec()].concat();
    for replica in [&mut mother, &mut father, &mut second] {
        replica.receive(words.clone());
        assert!(all_it_tells(replica).contains("父から"));
        assert!(all_it_tells(replica).contains("母から"));
        assert_eq!(replica.complete(NOW, rng).unwrap(), []);
    }
}

/// A mother who began the record, her second phone, and a father who manages too.
fn parting() -> (Replica, Replica, Replica, Seeded) {
    let mut rng = Seeded::new(63);
    let mut mother = mother(&mut rng);
    let mut father = father_of(&mut mother, &mut rng);
    let phone = DeviceKeys::generate(&mut rng);
    mother
        .add_device(phone.public(), "母", NOW, &mut rng)
        .unwrap();
    let mut second = Replica::join(phone, mother.record());
    lives_at(&mut mother, OLD, &mut rng);
    father.receive(mother.entries().to_vec());
    second.receive(mother.entries().to_vec());
    (mother, second, father, rng)
}

/// Who manages, by name.
fn managers(replica: &Replica) -> Vec<String> {
    let readers = replica.access_list(date(2026, 11, 21));
    let manages = |reader: &crate::replica::Reader| {
        let mut rights = reader.grants.iter().flat_map(|line| line.rights.values());
        rights.any(|right| *right == Right::Manage)
    };
    let managing = readers.into_iter().filter(manages);
    managing.map(|reader| reader.name).collect()
}

#[test]
fn a_father_takes_out_the_mother_who_began_the_record_with_all_her_phones() {
    let (mut mother, mut second, mut father, mut rng) = parting();
    let rng = &mut rng;
    let founding = grant_of(&father, &mother.device());
    father
        .withdraw(&founding, date(2026, 11, 21), NOW, rng)
        .unwrap();
    lives_at(&mut father, NEW, rng);
    for phone in [&mut mother, &mut second] {
        phone.receive(father.entries().to_vec());
        assert!(!phone.entries().is_empty());
        let state = phone.ledger().unwrap().state();
        assert!(state.device(&phone.device()).is_none());
        assert!(!all_it_tells(phone).contains(NEW));
        assert!(all_it_tells(phone).contains(OLD));
    }
    assert_eq!(managers(&father), ["父"]);
    // He goes on alone: lets somebody in, and takes them out again.
    let school = DeviceKeys::generate(rng);
    father
        .grant(
            school.public(),
            &nurse(),
            &[(Compartment::Care, Right::Write)],
            NOW,
            rng,
        )
        .unwrap();
    father.remove_device(&school.id(), NOW, rng).unwrap();
    // And is now the last who manages.
    let own = grant_of(&father, &father.device());
    assert!(father.revoke(&own, NOW, rng).is_err());
}

#[test]
fn parents_who_take_each_other_out_without_a_network_agree_in_either_order_and_who_began_it_stays()
{
    let (mut mother, mut second, mut father, mut rng) = parting();
    let rng = &mut rng;
    // He writes something she has not seen, then takes her out, then writes on.
    let before = say(
        &mut father,
        Compartment::Emergency,
        "外す前に書いたこと",
        rng,
    );
    let founding = grant_of(&father, &mother.device());
    let his = father
        .withdraw(&founding, date(2026, 11, 21), NOW, rng)
        .unwrap();
    let after = say(
        &mut father,
        Compartment::Emergency,
        "外した後に書いたこと",
        rng,
    );
    let theirs = grant_of(&mother, &father.device());
    let known = mother.entries().len();
    mother
        .withdraw(&theirs, date(2026, 11, 21), NOW, rng)
        .unwrap();
    lives_at(&mut mother, NEW, rng);
    let hers = mother.entries().split_at(known).1.to_vec();
    let his = [before, his, after].concat();

    let mut elsewhere = restarted(&second);
    for (phone, first, then) in [(&mut second, &his, &hers), (&mut elsewhere, &hers, &his)] {
        phone.receive(first.clone());
        phone.receive(then.clone());
    }
    mother.receive(his.clone());
    father.receive(hers.clone());
    let all = [&mother, &second, &elsewhere, &father];
    for phone in all {
        assert_eq!(managers(phone)[..], ["母"]);
        assert_eq!(
            phone.ledger().unwrap().state(),
            mother.ledger().unwrap().state()
        );
    }
    for phone in [&mother, &second, &elsewhere] {
        assert!(phone.owes().is_empty());
        let shown = serde_json::to_string(phone.view()).unwrap();
        assert!(shown.contains(NEW) && !shown.contains("外す前") && !shown.contains("外した後"));
        let waiting = serde_json::to_string(&phone.quarantine()).unwrap();
        assert!(waiting.contains("外す前に書いたこと"));
    }
    assert_eq!(second.view(), elsewhere.view());
    assert!(!all_it_tells(&father).contains(NEW));
    // She writes on, and everybody of hers reads it.
    say(&mut mother, Compartment::Care, "続き", rng);
    second.receive(mother.entries().to_vec());
    assert!(all_it_tells(&second).contains("続き"));
}
