//! Break-glass at a relay: officers fetch what is sealed for two of them, and the family learns what two of them opened.

use omamori_core::{
    break_glass::{Officer, OfficersList, Reason, Wish, open::agree},
    compartment::Compartment,
    device::DeviceKeys,
    edit::Edit,
    id::{MunicipalityId, RecordId},
    ledger::rights::Right,
    log::{EntryKind, LogEntry},
    replica::Replica,
    statement::{Fields, How, UnixMillis, Value},
};
use omamori_tests::{
    relay::{Answer, Client, LocalRelay, batch, page},
    seeded::Seeded,
};
use std::time::SystemTime;

const SECRET_WORDS: &str = "呼吸器を外さない";
const REASON: &str = "震度6強で避難所へ";

struct Town {
    keys: DeviceKeys,
    officers: Vec<DeviceKeys>,
}

impl Town {
    fn new(rng: &mut Seeded) -> Self {
        let mut officers: Vec<_> = (0..3).map(|_| DeviceKeys::generate(rng)).collect();
        officers.sort_by_key(DeviceKeys::id);
        Self {
            keys: DeviceKeys::generate(rng),
            officers,
        }
    }

    fn list(&self, generation: u64, officers: usize) -> OfficersList {
        let officers = self.officers.iter().take(officers).map(|keys| Officer {
            keys: keys.public().clone(),
            name: "職員".to_owned(),
            office: "危機管理課".to_owned(),
        });
        let key = self.keys.municipality_key();
        OfficersList::sign(&key, generation, now(), "みどり市", officers.collect()).unwrap()
    }

    fn address(&self) -> String {
        format!("/v1/municipalities/{}", self.list(1, 3).municipality())
    }

    fn place(&self) -> RecordId {
        RecordId::new(*self.list(1, 3).municipality().as_bytes())
    }
}

fn now() -> UnixMillis {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap();
    UnixMillis(i64::try_from(since.as_millis()).unwrap())
}

fn family(list: &OfficersList, rng: &mut Seeded) -> Replica {
    let keys = DeviceKeys::generate(rng);
    let (mut mother, _) = Replica::create(keys, "母", now(), rng).unwrap();
    let fields = Fields::from([("text".to_owned(), Value::Text(SECRET_WORDS.to_owned()))]);
    let edit = Edit::Add {
        compartment: Compartment::Emergency,
        kind: "must-never".to_owned(),
        fields,
        how: How::default(),
    };
    mother.edit(&[edit], now(), rng).unwrap();
    mother.consent_to(list, None, now(), rng).unwrap();
    mother
}

/// Everything the mother's phone has goes to the relay, as her app would send it.
fn send(client: &Client, mother: &Replica) -> String {
    let genesis = mother.entries().first().unwrap();
    let begun = client.ask(
        "POST",
        &format!("/v1/records/{}", mother.record()),
        &[],
        &genesis.bytes,
    );
    assert!([200, 201].contains(&begun.status));
    let token = client.token_of(&mother.record(), mother.keys());
    let pushed = Client::pushed(client.push(&mother.record(), &token, mother.entries()));
    assert!(pushed.refused.is_empty());
    token
}

fn officer_asks(client: &Client, town: &Town, officer: &DeviceKeys, path: &str) -> Answer {
    let token = officer_token(client, town, officer);
    let bearer = format!("Bearer {token}");
    let address = format!("{}{path}", town.address());
    client.ask("GET", &address, &[("authorization", &bearer)], b"")
}

fn officer_token(client: &Client, town: &Town, officer: &DeviceKeys) -> String {
    let ask = |path: &str, body: String| {
        let address = format!("{}{path}", town.address());
        client.ask(
            "POST",
            &address,
            &[("content-type", "application/json")],
            body.as_bytes(),
        )
    };
    let asking = format!(r#"{{"device":"{}"}}"#, officer.id());
    let nonce = ask("/challenge", asking).json()["nonce"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut bytes = [0; omamori_core::token::NONCE];
    hex::decode_to_slice(&nonce, &mut bytes).unwrap();
    let signature = hex::encode(omamori_core::token::sign(&town.place(), officer, &bytes));
    let answer = format!(
        r#"{{"device":"{}","nonce":"{nonce}","signature":"{signature}"}}"#,
        officer.id()
    );
    let answer = ask("/token", answer);
    answer.json()["token"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

/// What an officer's device fetched for one child.
fn held(client: &Client, town: &Town, officer: &DeviceKeys, record: RecordId) -> Replica {
    let answer = officer_asks(client, town, officer, &format!("/children/{record}")).good();
    let keys = DeviceKeys::from_secret_bytes(officer.to_secret_bytes().as_slice()).unwrap();
    let mut replica = Replica::join(keys, record);
    let entries = page(&answer.body).log();
    assert!(entries.iter().all(|entry| entry.kind != EntryKind::Bundle));
    replica.receive(entries);
    replica
}

fn opened(first: &Replica, second: &Replica, rng: &mut Seeded) -> LogEntry {
    let wish = Wish {
        reason: Reason::new(REASON).unwrap(),
        from: now(),
        until: UnixMillis(now().0 + 3_600_000),
    };
    let package = first.packages_for(&first.device())[0];
    let release = agree(first.keys(), package, &second.device(), &wish, now(), rng).unwrap();
    let asked = release.look(second.keys(), package).unwrap();
    asked
        .open(second.keys(), package, now(), rng)
        .unwrap()
        .entry
}

fn tell(client: &Client, record: RecordId, opening: &[u8]) -> Answer {
    client.ask(
        "POST",
        &format!("/v1/records/{record}/openings"),
        &[],
        opening,
    )
}

#[test]
fn officers_fetch_what_is_sealed_for_two_and_the_family_learns_who_opened_also_after_a_restart() {
    let rng = &mut Seeded::new(21);
    let relay = LocalRelay::start();
    let client = relay.client();
    let town = Town::new(rng);
    let list = town.list(1, 3);
    assert_eq!(
        client.ask("PUT", &town.address(), &[], list.bytes()).status,
        201
    );
    let mut mother = family(&list, rng);
    send(&client, &mother);
    let record = mother.record();

    let found = officer_asks(&client, &town, &town.officers[0], "/packages").good();
    assert!(found.body.windows(32).any(|part| part == record.as_bytes()));
    let [first, second] = [0, 1].map(|n| held(&client, &town, &town.officers[n], record));
    let entry = opened(&first, &second, rng);
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
fn officers_who_open_all_day_leave_room_for_the_alarm_of_others() {
    let rng = &mut Seeded::new(27);
    let relay = LocalRelay::with(|config| config.limits.mailbox_puts = 10_000);
    let client = relay.client();
    let [busy, other] = [0, 1].map(|_| Town::new(rng));
    for town in [&busy, &other] {
        let list = town.list(1, 3);
        client.ask("PUT", &town.address(), &[], list.bytes()).good();
    }
    let mut mother = family(&busy.list(1, 3), rng);
    mother
        .consent_to(&other.list(1, 3), None, now(), rng)
        .unwrap();
    send(&client, &mother);
    let record = mother.record();
    let pair = |town: &Town| [0, 1].map(|n| held(&client, town, &town.officers[n], record));
    let [first, second] = pair(&busy);
    for _ in 0..40 {
        let entry = opened(&first, &second, rng);
        assert_eq!(tell(&client, record, &entry.bytes).status, 201);
    }
    // Another package of the same town is no new room.
    mother
        .consent_to(&busy.list(2, 3), None, now(), rng)
        .unwrap();
    send(&client, &mother);
    let [first, second] = pair(&busy);
    let one_more = opened(&first, &second, rng);
    assert_eq!(
        tell(&client, record, &one_more.bytes).problem(),
        "record-full"
    );
    let [first, second] = pair(&other);
    let entry = opened(&first, &second, rng);
    assert_eq!(tell(&client, record, &entry.bytes).status, 201);
}

#[test]
fn an_opening_without_two_officers_signatures_is_turned_away() {
    let rng = &mut Seeded::new(22);
    let relay = LocalRelay::start();
    let client = relay.client();
    let town = Town::new(rng);
    let list = town.list(1, 3);
    client.ask("PUT", &town.address(), &[], list.bytes()).good();
    let mother = family(&list, rng);
    let token = send(&client, &mother);
    let record = mother.record();
    let [first, second] = [0, 1].map(|n| held(&client, &town, &town.officers[n], record));
    let entry = opened(&first, &second, rng);
    let mut bent = entry.bytes.clone();
    *bent.last_mut().unwrap() ^= 1;
    assert_eq!(tell(&client, record, &bent).problem(), "forbidden");
    let package = first.packages_for(&first.device())[0];
    let wish = Wish {
        reason: Reason::new(REASON).unwrap(),
        from: now(),
        until: UnixMillis(now().0 + 3_600_000),
    };
    let alone = agree(first.keys(), package, &second.device(), &wish, now(), rng).unwrap();
    assert_eq!(
        tell(&client, record, &alone.to_bytes()).problem(),
        "malformed"
    );
    assert_eq!(tell(&client, record, b"").problem(), "malformed");
    let other = family(&list, rng);
    send(&client, &other);
    assert_eq!(
        tell(&client, other.record(), &entry.bytes).problem(),
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
    let relay = LocalRelay::start();
    let client = relay.client();
    let town = Town::new(rng);
    let list = town.list(1, 3);
    client.ask("PUT", &town.address(), &[], list.bytes()).good();
    let mut mother = family(&list, rng);
    send(&client, &mother);
    let children = format!("/children/{}", mother.record());
    let stranger = DeviceKeys::generate(rng);
    assert_eq!(officer_token(&client, &town, &stranger), "");
    let packages = format!("{}/packages", town.address());
    assert_eq!(client.get(&packages).problem(), "token-needed");
    officer_asks(&client, &town, &town.officers[2], &children).good();
    // The third officer leaves the town's service.
    client
        .ask("PUT", &town.address(), &[], town.list(2, 2).bytes())
        .good();
    assert_eq!(officer_token(&client, &town, &town.officers[2]), "");
    assert_eq!(
        client.ask("PUT", &town.address(), &[], list.bytes()).status,
        200
    );
    // The family moves away.
    let town_id: MunicipalityId = list.municipality();
    mother.withdraw_from(&town_id, "転居", now(), rng).unwrap();
    send(&client, &mother);
    let after = officer_asks(&client, &town, &town.officers[0], &children);
    assert_eq!(after.problem(), "forbidden");
    let found = officer_asks(&client, &town, &town.officers[0], "/packages").good();
    let record = mother.record();
    assert!(!found.body.windows(32).any(|part| part == record.as_bytes()));
}

#[test]
fn a_list_is_put_only_by_its_municipality_and_a_package_only_by_who_manages() {
    let rng = &mut Seeded::new(24);
    let relay = LocalRelay::start();
    let client = relay.client();
    let (town, other) = (Town::new(rng), Town::new(rng));
    let put = client.ask("PUT", &town.address(), &[], other.list(1, 3).bytes());
    assert_eq!(put.problem(), "malformed");
    let list = town.list(1, 3);
    client.ask("PUT", &town.address(), &[], list.bytes()).good();
    let mut mother = family(&list, rng);
    // A package that a nurse made of what she may read.
    let nurse = DeviceKeys::generate(rng);
    let member = omamori_core::replica::Member {
        name: "看護師".to_owned(),
        role: omamori_core::screen::source::Role::Nurse,
        organisation: String::new(),
    };
    let rights = [Compartment::Emergency, Compartment::Evacuation].map(|name| (name, Right::Write));
    mother
        .grant(nurse.public(), &member, &rights, now(), rng)
        .unwrap();
    send(&client, &mother);
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

/// A father who manages what is opened, and who was removed without knowing.
fn removed_father(mother: &mut Replica, rng: &mut Seeded) -> Replica {
    let keys = DeviceKeys::generate(rng);
    let member = omamori_core::replica::Member {
        name: "父".to_owned(),
        role: omamori_core::screen::source::Role::Guardian,
        organisation: String::new(),
    };
    let rights = [
        Compartment::Emergency,
        Compartment::Evacuation,
        Compartment::Consents,
    ];
    let rights = rights.map(|name| (name, Right::Manage));
    mother
        .grant(keys.public(), &member, &rights, now(), rng)
        .unwrap();
    let mut father = Replica::join(keys, mother.record());
    father.receive(mother.entries().to_vec());
    mother.remove_device(&father.device(), now(), rng).unwrap();
    father
}

#[test]
fn a_key_that_was_taken_away_raises_no_false_alarm_with_a_town_of_its_own() {
    let rng = &mut Seeded::new(25);
    let relay = LocalRelay::start();
    let client = relay.client();
    let (town, made_up) = (Town::new(rng), Town::new(rng));
    let list = town.list(1, 3);
    let mut mother = family(&list, rng);
    let mut father = removed_father(&mut mother, rng);
    let token = send(&client, &mother);
    let made = father
        .consent_to(&made_up.list(1, 3), None, now(), rng)
        .unwrap();
    let packages = made.into_iter();
    let packages: Vec<_> = packages
        .filter(|entry| entry.kind == EntryKind::Package)
        .collect();
    // Not even the mother's phone gets his package in.
    let pushed = Client::pushed(client.push(&mother.record(), &token, &packages));
    assert_eq!(pushed.refused[0].1, "forbidden");
    let [first, second] = [0, 1].map(|n| {
        let officer = &made_up.officers[n];
        let keys = DeviceKeys::from_secret_bytes(officer.to_secret_bytes().as_slice()).unwrap();
        let mut replica = Replica::join(keys, father.record());
        let entries = father.entries().iter();
        let entries = entries.filter(|entry| entry.kind != EntryKind::Bundle);
        replica.receive(entries.cloned().collect());
        replica
    });
    let entry = opened(&first, &second, rng);
    let told = tell(&client, mother.record(), &entry.bytes);
    assert_eq!((told.status, told.problem()), (403, "forbidden".to_owned()));
}

#[test]
fn an_opening_that_follows_what_the_relay_does_not_know_yet_may_come_again_later() {
    let rng = &mut Seeded::new(26);
    let relay = LocalRelay::start();
    let client = relay.client();
    let town = Town::new(rng);
    let mut mother = family(&town.list(1, 3), rng);
    send(&client, &mother);
    // Her new keys and package went to the officers by file, and not to the relay.
    mother
        .rotate(&[Compartment::Emergency], now(), rng)
        .unwrap();
    mother.complete(now(), rng).unwrap();
    let entries = mother
        .for_officers(&town.list(1, 3).municipality())
        .unwrap();
    let [first, second] = [0, 1].map(|n| {
        let officer = &town.officers[n];
        let keys = DeviceKeys::from_secret_bytes(officer.to_secret_bytes().as_slice()).unwrap();
        let mut replica = Replica::join(keys, mother.record());
        replica.receive(entries.clone());
        replica
    });
    let entry = opened(&first, &second, rng);
    let told = tell(&client, mother.record(), &entry.bytes);
    assert_eq!(
        (told.status, told.problem()),
        (409, "unknown-heads".to_owned())
    );
    send(&client, &mother);
    assert_eq!(tell(&client, mother.record(), &entry.bytes).status, 201);
}

#[test]
fn a_package_of_before_that_arrives_late_does_not_take_the_place_of_the_one_with_the_new_keys() {
    let rng = &mut Seeded::new(27);
    let relay = LocalRelay::start();
    let client = relay.client();
    let town = Town::new(rng);
    let list = town.list(1, 3);
    client.ask("PUT", &town.address(), &[], list.bytes()).good();
    let mut mother = family(&list, rng);
    mother
        .rotate(&[Compartment::Emergency], now(), rng)
        .unwrap();
    mother.complete(now(), rng).unwrap();
    let mut entries = mother.entries().to_vec();
    let first = entries
        .iter()
        .position(|entry| entry.kind == EntryKind::Package);
    let late = entries.remove(first.unwrap());
    let genesis = &mother.entries().first().unwrap().bytes;
    let record = mother.record();
    client.ask("POST", &format!("/v1/records/{record}"), &[], genesis);
    let token = client.token_of(&record, mother.keys());
    for part in [entries, vec![late]] {
        let pushed = Client::pushed(client.push(&record, &token, &part));
        assert!(pushed.refused.is_empty());
    }
    let found = officer_asks(&client, &town, &town.officers[0], "/packages").good();
    assert!(found.body.windows(32).any(|part| part == record.as_bytes()));
}
