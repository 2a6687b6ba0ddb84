//! How many openings officers may tell of one child: enough for a disaster, and not so many that they fill what is for others.

use omamori_core::{id::RecordId, log::LogEntry};
use omamori_relay::store::{Admitted, Audience, Batch, Store, quotas::Quotas, sqlite::SqliteStore};
use omamori_tests::{
    relay::{
        LocalRelay,
        town::{Town, Valley, now, opened, send, tell},
    },
    seeded::Seeded,
};

const YEAR: u64 = 365 * 24 * 60 * 60;

#[test]
fn officers_who_open_all_day_leave_room_for_the_alarm_of_others() {
    let rng = &mut Seeded::new(27);
    let mut valley = Valley::with(rng, |config| config.limits.mailbox_puts = 10_000);
    let (client, record) = (&valley.client, valley.record);
    let (busy, other) = (&valley.town, Town::new(rng));
    other.puts(client, &other.list(1, 3)).good();
    let mother = &mut valley.mother;
    mother
        .consent_to(&other.list(1, 3), None, now(), rng)
        .unwrap();
    send(client, mother);
    let pair = busy.pair(client, record);
    let all_day: Vec<_> = (0..40).map(|_| opened(&pair, rng)).collect();
    for entry in &all_day {
        assert_eq!(tell(client, record, &entry.bytes).status, 201);
    }
    // Another package of the same town is no new room.
    mother
        .consent_to(&busy.list(2, 3), None, now(), rng)
        .unwrap();
    send(client, mother);
    let one_more = opened(&busy.pair(client, record), rng);
    let told = tell(client, record, &one_more.bytes);
    assert_eq!(
        (told.status, told.problem()),
        (429, "too-many-requests".to_owned())
    );
    // What is there already may be told again: whoever did not hear the answer is not kept waiting.
    assert_eq!(tell(client, record, &all_day[0].bytes).status, 200);
    let entry = opened(&other.pair(client, record), rng);
    assert_eq!(tell(client, record, &entry.bytes).status, 201);
}

#[test]
fn forty_openings_of_years_ago_keep_nobody_from_telling_todays_and_the_family_still_sees_them() {
    let rng = &mut Seeded::new(28);
    let Valley {
        relay,
        client,
        town,
        mut mother,
        record,
        ..
    } = Valley::new(rng);
    send(&client, &mother);
    let pair = town.pair(&client, record);
    let long_ago: Vec<_> = (0..40).map(|_| opened(&pair, rng)).collect();
    let folder = relay.stop();
    for (number, entry) in long_ago.into_iter().enumerate() {
        let years = number as u64 % 10 + 1;
        keep(&folder, record, entry, this_second() - years * YEAR);
    }

    let relay = LocalRelay::in_folder(folder, |_| {});
    let client = relay.client();
    let today = opened(&pair, rng);
    assert_eq!(tell(&client, record, &today.bytes).status, 201);
    let token = client.token_of(&record, mother.keys());
    mother.receive(client.pull(&record, &token, 0).log());
    assert_eq!(mother.glass_openings().len(), 41);
}

/// Seconds since 1970.
fn this_second() -> u64 {
    now().0.unsigned_abs() / 1000
}

/// What a relay took at that time.
fn keep(folder: &tempfile::TempDir, record: RecordId, entry: LogEntry, taken: u64) {
    let store = SqliteStore::open(&folder.path().join("relay.db"), Quotas::NONE).unwrap();
    let batch = Batch {
        record,
        begins: false,
        taken,
        entries: vec![Admitted {
            hash: entry.hash(),
            kind: entry.kind,
            audience: Audience::Everyone,
            bytes: entry.bytes,
            late: false,
        }],
    };
    assert!(store.append(&[batch]).unwrap()[0].is_ok());
    store.close();
}
