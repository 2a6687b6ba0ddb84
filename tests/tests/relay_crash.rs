//! Power cuts, full disks and shutdowns, on a relay in a process of its own: nothing acknowledged is ever lost.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: what fails fails its test"
)]

use omamori_core::log::LogEntry;
use omamori_tests::relay::{Client, Household, Person, RelayProcess};
use rustix::process::{Resource, Rlimit, prlimit};
use std::{
    collections::HashSet,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

const RELAY: &str = env!("CARGO_BIN_EXE_relay_under_test");
const CARE: usize = 1;

fn start(data: &Path) -> RelayProcess {
    RelayProcess::start(RELAY, data, "")
}

/// Everything of a record that is on disk, by hash.
fn stored(client: &Client, family: &Household) -> Vec<String> {
    let token = client.token(&family.record, &family.mother);
    let entries = client.pull_all(&family.record, &token);
    let seqs: Vec<_> = entries.iter().map(|(seq, ..)| *seq).collect();
    assert_eq!(
        seqs,
        (1..=seqs.len() as u64).collect::<Vec<_>>(),
        "positions have no gaps"
    );
    let hash = |(_, kind, bytes)| LogEntry { kind, bytes }.hash().to_string();
    entries.into_iter().map(hash).collect()
}

#[test]
fn a_thousand_acknowledged_appends_survive_a_relay_that_is_killed_again_and_again() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("relay.db");
    let mut family = Household::begin();
    let mut phones: Vec<_> = (0..3).map(|_| Person::new()).collect();
    {
        let relay = start(&data);
        let client = relay.client();
        client.begin(&family).good();
        let token = client.token(&family.record, &family.mother);
        for phone in &phones {
            let added = family.add_phone(phone);
            Client::pushed(client.push(&family.record, &token, &[added]));
        }
        relay.kill();
    }
    let acknowledged = Mutex::new(HashSet::new());
    let mut kills = 0;
    while acknowledged.lock().unwrap().len() < 1000 {
        kills += 1;
        assert!(kills < 500, "too slow");
        let relay = start(&data);
        append_until_killed(relay, &family, &mut phones, &acknowledged);
        let relay = start(&data);
        let there: HashSet<_> = stored(&relay.client(), &family).into_iter().collect();
        let lost: Vec<_> = acknowledged
            .lock()
            .unwrap()
            .difference(&there)
            .cloned()
            .collect();
        assert!(lost.is_empty(), "after {kills} kills: {lost:?}");
        relay.kill();
    }
    assert!(
        kills >= 5,
        "a relay that is hardly killed proves nothing: {kills}"
    );
}

/// Three phones append as fast as they can; somewhere in the middle the power goes.
fn append_until_killed(
    relay: RelayProcess,
    family: &Household,
    phones: &mut [Person],
    acknowledged: &Mutex<HashSet<String>>,
) {
    let (dead, since) = (AtomicBool::new(false), AtomicUsize::new(0));
    let client = relay.client();
    std::thread::scope(|scope| {
        for phone in phones {
            let (client, dead, since) = (client.clone(), &dead, &since);
            scope.spawn(move || {
                let token = client.token(&family.record, phone);
                while !dead.load(SeqCst) {
                    let entries = [0, 1].map(|n| family.chunk(phone, CARE, &[n; 400]));
                    let body = omamori_tests::relay::batch(&entries);
                    let request = client.push_request(&family.record, &token, &body);
                    // Once the power is gone there is no answer, and nothing was acknowledged.
                    let Ok(answer) = client.try_send(request) else {
                        return;
                    };
                    let pushed = Client::pushed(answer);
                    assert_eq!(pushed.accepted.len(), 2);
                    acknowledged.lock().unwrap().extend(pushed.accepted);
                    since.fetch_add(2, SeqCst);
                }
            });
        }
        let started = Instant::now();
        while since.load(SeqCst) < 120 && started.elapsed() < Duration::from_secs(20) {
            std::thread::yield_now();
        }
        relay.kill();
        dead.store(true, SeqCst);
    });
}

#[test]
fn a_full_disk_is_said_clearly_and_appends_go_on_when_there_is_space_again() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("relay.db");
    let relay = RelayProcess::start(RELAY, &data, "trap '' XFSZ;");
    let (client, mut family) = (relay.client(), Household::begin());
    client.begin(&family).good();
    let token = client.token(&family.record, &family.mother);
    limit_files(&relay, Some(400_000));
    let mut acknowledged = Vec::new();
    let refused = loop {
        let entry = family.mothers_chunk(CARE, &[7; 20_000]);
        let answer = client.push(&family.record, &token, std::slice::from_ref(&entry));
        if answer.status != 200 {
            assert_eq!(
                (answer.status, answer.problem()),
                (507, "storage-full".to_owned())
            );
            break entry;
        }
        acknowledged.extend(Client::pushed(answer).accepted);
        assert!(acknowledged.len() < 100, "the disk never filled");
    };
    assert!(!acknowledged.is_empty());
    // Reading goes on, nothing acknowledged is lost, and nothing refused is there.
    let there = stored(&client, &family);
    assert!(acknowledged.iter().all(|hash| there.contains(hash)));
    assert!(!there.contains(&refused.hash().to_string()));
    assert_eq!(
        client
            .push(&family.record, &token, std::slice::from_ref(&refused))
            .problem(),
        "storage-full"
    );

    limit_files(&relay, None);
    acknowledged.extend(Client::pushed(client.push(&family.record, &token, &[refused])).accepted);
    relay.kill();
    let relay = start(&data);
    let there = stored(&relay.client(), &family);
    assert!(acknowledged.iter().all(|hash| there.contains(hash)));
}

/// What a full disk looks like to one process, for root and for others: no file may grow beyond this.
fn limit_files(relay: &RelayProcess, bytes: Option<u64>) {
    let now = rustix::process::getrlimit(Resource::Fsize);
    let limit = Rlimit {
        current: bytes.or(now.current),
        maximum: now.maximum,
    };
    prlimit(Some(relay.id()), Resource::Fsize, limit).unwrap();
}

#[test]
fn a_relay_that_is_asked_to_stop_finishes_what_it_has_begun() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("relay.db");
    let relay = start(&data);
    let (client, mut family) = (relay.client(), Household::begin());
    client.begin(&family).good();
    let token = client.token(&family.record, &family.mother);
    let entries: Vec<_> = (0..200)
        .map(|n| family.mothers_chunk(CARE, &[n; 4000]))
        .collect();
    let mut acknowledged = HashSet::new();
    let status = std::thread::scope(|scope| {
        let pushing = scope.spawn(|| {
            let mut acknowledged = HashSet::new();
            for pair in entries.chunks(2) {
                let body = omamori_tests::relay::batch(pair);
                match client.try_send(client.push_request(&family.record, &token, &body)) {
                    Ok(answer) if answer.status == 200 => {
                        acknowledged.extend(Client::pushed(answer).accepted);
                    }
                    Ok(answer) => {
                        assert_eq!(answer.problem(), "shutting-down");
                        break;
                    }
                    Err(_) => break,
                }
            }
            acknowledged
        });
        let (status, log) = relay.terminate();
        assert!(log.contains("stopping") && log.contains("stopped"), "{log}");
        acknowledged.extend(pushing.join().unwrap());
        status
    });
    assert!(status.success());
    // A clean stop leaves everything in the one file: a copy of it alone is a backup.
    assert!(!folder.path().join("relay.db-wal").exists());
    let relay = start(&data);
    let there: HashSet<_> = stored(&relay.client(), &family).into_iter().collect();
    assert!(acknowledged.is_subset(&there));
}

#[test]
fn a_relay_without_its_key_file_makes_a_new_one_and_old_tokens_end() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("relay.db");
    let relay = start(&data);
    let family = Household::begin();
    relay.client().begin(&family).good();
    let token = relay.client().token(&family.record, &family.mother);
    relay.kill();
    std::fs::remove_file(folder.path().join("relay.db.key")).unwrap();
    let relay = start(&data);
    let answer = relay
        .client()
        .pull_answer(&family.record, &token, "after=0");
    assert_eq!(answer.problem(), "token-needed");
    assert_eq!(stored(&relay.client(), &family).len(), 1);
}
