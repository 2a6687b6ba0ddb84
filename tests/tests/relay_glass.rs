//! Break-glass at a relay: officers fetch what is sealed for two of them, and the family learns what two of them opened.

use omamori_core::{
    break_glass::open::agree,
    compartment::Compartment,
    device::DeviceKeys,
    ledger::rights::Right,
    log::{EntryKind, LogEntry},
    replica::{Member, Replica},
    screen::source::Role,
};
use omamori_tests::{
    relay::{
        Client, LocalRelay, batch,
        town::{REASON, Town, Valley, begin, family, now, opened, send, tell, wish},
    },
    seeded::Seeded,
};

#[test]
fn officers_fetch_what_is_sealed_for_two_and_the_family_learns_who_opened_also_after_a_restart() {
    let rng = &mut Seeded::new(21);
    let Valley {
        relay,
        client,
        town,
        list,
        mut mother,
        record,
    } = Valley::new(rng);
    send(&client, &mother);

    let found = town.asks(&client, 0, "/packages").good();
    assert!(found.body.windows(32).any(|part| part == record.as_bytes()));
    let entry = opened(&town.pair(&client, record), rng);
    assert!(
        !entry
            .bytes
            .windows(REASON.len())
            .any(|part| part == REASON.as_bytes())
    );

    assert_eq!(tell(&client, record, &entry.bytes).status, 201);
    assert_eq!(tell(&client, record, &entry.bytes).status, 200);

    let relay = LocalRelay::in_folder(relay.stop(), |_| {});
    let client = relay.client();
    assert_eq!(client.get(&town.address()).good().body, list.bytes());
    let token = client.token_of(&record, mother.keys());
    let page = client.pull(&record, &token, 0);
    assert!(mother.receive(page.log()).refused.is_empty());
    let seen = mother.glass_openings();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].reason.as_deref(), Some(REASON));
    // Who fetched the sealed pages stands in the family's own list.
    let fetched = client.accesses(&record, &token, 0);
    let officers = [0, 1].map(|n| town.officers[n].id());
    for officer in officers {
        assert!(
            fetched
                .iter()
                .any(|(_, access)| access.windows(32).any(|part| part == officer.as_bytes()))
        );
    }
}

#[test]
fn an_opening_without_two_officers_signatures_is_turned_away() {
    let rng = &mut Seeded::new(22);
    let valley = Valley::new(rng);
    let (client, record) = (&valley.client, valley.record);
    let token = send(client, &valley.mother);
    let pair = valley.town.pair(client, record);
    let entry = opened(&pair, rng);
    let mut bent = entry.bytes.clone();
    *bent.last_mut().unwrap() ^= 1;
    assert_eq!(tell(client, record, &bent).problem(), "forbidden");
    let [first, second] = &pair;
    let package = first.packages_for(&first.device())[0];
    let alone = agree(first.keys(), package, &second.device(), &wish(), now(), rng).unwrap();
    assert_eq!(
        tell(client, record, &alone.to_bytes()).problem(),
        "malformed"
    );
    assert_eq!(tell(client, record, b"").problem(), "malformed");
    let other = family(&valley.list, rng);
    send(client, &other);
    assert_eq!(
        tell(client, other.record(), &entry.bytes).problem(),
        "forbidden"
    );
    // The log took nothing of this.
    let kinds = client.pull(&record, &token, 0);
    assert!(
        kinds
            .entries
            .iter()
            .all(|(_, kind, _)| *kind != EntryKind::Opening)
    );
}

#[test]
fn nobody_but_an_officer_of_today_fetches_and_nothing_after_the_consent_was_taken_back() {
    let rng = &mut Seeded::new(23);
    let mut valley = Valley::new(rng);
    let (client, town, record) = (&valley.client, &valley.town, valley.record);
    send(client, &valley.mother);
    let children = format!("/children/{record}");
    let stranger = DeviceKeys::generate(rng);
    assert_eq!(town.token(client, &stranger), "");
    let packages = format!("{}/packages", town.address());
    assert_eq!(client.get(&packages).problem(), "token-needed");
    town.asks(client, 2, &children).good();
    // The third officer leaves the town's service.
    town.puts(client, &town.list(2, 2)).good();
    assert_eq!(town.token(client, &town.officers[2]), "");
    assert_eq!(town.puts(client, &valley.list).status, 200);
    // The family moves away.
    let town_id = valley.list.municipality();
    let mother = &mut valley.mother;
    mother.withdraw_from(&town_id, "転居", now(), rng).unwrap();
    send(client, mother);
    let after = town.asks(client, 0, &children);
    assert_eq!(after.problem(), "forbidden");
    let found = town.asks(client, 0, "/packages").good();
    assert!(!found.body.windows(32).any(|part| part == record.as_bytes()));
}

#[test]
fn a_list_is_put_only_by_its_municipality_and_a_package_only_by_who_manages() {
    let rng = &mut Seeded::new(24);
    let mut valley = Valley::new(rng);
    let (client, mother) = (&valley.client, &mut valley.mother);
    let put = valley.town.puts(client, &Town::new(rng).list(1, 3));
    assert_eq!(put.problem(), "malformed");
    // A package that a nurse made of what she may read.
    let nurse = DeviceKeys::generate(rng);
    let rights = [Compartment::Emergency, Compartment::Evacuation].map(|name| (name, Right::Write));
    mother
        .grant(
            nurse.public(),
            &member("看護師", Role::Nurse),
            &rights,
            now(),
            rng,
        )
        .unwrap();
    send(client, mother);
    let token = client.token_of(&mother.record(), &nurse);
    let package = mother
        .entries()
        .iter()
        .find(|entry| entry.kind == EntryKind::Package)
        .unwrap();
    let mut forged = package.bytes.clone();
    let at = forged.len() / 2;
    forged[at] ^= 1;
    let forged = LogEntry {
        kind: EntryKind::Package,
        bytes: forged,
    };
    let pushed = Client::pushed(client.push_bytes(&mother.record(), &token, &batch(&[forged])));
    assert_eq!(pushed.accepted.len(), 0);
    assert_eq!(pushed.refused[0].1, "not-authentic");
}

fn member(name: &str, role: Role) -> Member {
    Member {
        name: name.to_owned(),
        role,
        organisation: String::new(),
    }
}

/// A father who manages what is opened, and who was removed without knowing.
fn removed_father(mother: &mut Replica, rng: &mut Seeded) -> Replica {
    let keys = DeviceKeys::generate(rng);
    let rights = [
        Compartment::Emergency,
        Compartment::Evacuation,
        Compartment::Consents,
    ];
    let rights = rights.map(|name| (name, Right::Manage));
    mother
        .grant(
            keys.public(),
            &member("父", Role::Guardian),
            &rights,
            now(),
            rng,
        )
        .unwrap();
    let mut father = Replica::join(keys, mother.record());
    father.receive(mother.entries().to_vec());
    mother.remove_device(&father.device(), now(), rng).unwrap();
    father
}

#[test]
fn a_key_that_was_taken_away_raises_no_false_alarm_with_a_town_of_its_own() {
    let rng = &mut Seeded::new(25);
    let mut valley = Valley::new(rng);
    let (client, record) = (&valley.client, valley.record);
    let mut father = removed_father(&mut valley.mother, rng);
    let token = send(client, &valley.mother);
    let made_up = Town::new(rng);
    let made = father
        .consent_to(&made_up.list(1, 3), None, now(), rng)
        .unwrap();
    let packages = made.into_iter();
    let packages: Vec<_> = packages
        .filter(|entry| entry.kind == EntryKind::Package)
        .collect();
    // Not even the mother's phone gets his package in.
    let pushed = Client::pushed(client.push(&record, &token, &packages));
    assert_eq!(pushed.refused[0].1, "forbidden");
    let entries = father.entries().iter();
    let entries = entries.filter(|entry| entry.kind != EntryKind::Bundle);
    let entries: Vec<_> = entries.cloned().collect();
    let entry = opened(
        &[0, 1].map(|officer| made_up.holds(officer, record, entries.clone())),
        rng,
    );
    let told = tell(client, record, &entry.bytes);
    assert_eq!((told.status, told.problem()), (403, "forbidden".to_owned()));
}

#[test]
fn an_opening_that_follows_what_the_relay_does_not_know_yet_may_come_again_later() {
    let rng = &mut Seeded::new(26);
    let mut valley = Valley::new(rng);
    let (client, mother, record) = (&valley.client, &mut valley.mother, valley.record);
    send(client, mother);
    // Her new keys and package went to the officers by file, and not to the relay.
    mother
        .rotate(&[Compartment::Emergency], now(), rng)
        .unwrap();
    mother.complete(now(), rng).unwrap();
    let entries = mother.for_officers(&valley.list.municipality()).unwrap();
    let pair = [0, 1].map(|officer| valley.town.holds(officer, record, entries.clone()));
    let entry = opened(&pair, rng);
    let told = tell(client, record, &entry.bytes);
    assert_eq!(
        (told.status, told.problem()),
        (409, "unknown-heads".to_owned())
    );
    send(client, mother);
    assert_eq!(tell(client, record, &entry.bytes).status, 201);
}

#[test]
fn a_package_of_before_that_arrives_late_does_not_take_the_place_of_the_one_with_the_new_keys() {
    let rng = &mut Seeded::new(27);
    let mut valley = Valley::new(rng);
    let (client, mother, record) = (&valley.client, &mut valley.mother, valley.record);
    mother
        .rotate(&[Compartment::Emergency], now(), rng)
        .unwrap();
    mother.complete(now(), rng).unwrap();
    let mut entries = mother.entries().to_vec();
    let first = entries
        .iter()
        .position(|entry| entry.kind == EntryKind::Package);
    let late = entries.remove(first.unwrap());
    let token = begin(client, mother);
    for part in [entries, vec![late]] {
        let pushed = Client::pushed(client.push(&record, &token, &part));
        assert!(pushed.refused.is_empty());
    }
    let found = valley.town.asks(client, 0, "/packages").good();
    assert!(found.body.windows(32).any(|part| part == record.as_bytes()));
}
