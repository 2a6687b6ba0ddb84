//! The log of a record, over real HTTP: what is appended, by whom, and who gets to see it.

use omamori_core::{
    ledger::{operation::Operation, rights::Right},
    log::{EntryKind, LogEntry},
};
use omamori_tests::relay::{Client, Household, LocalRelay, Person, batch, numbered};

const CARE: usize = 1;
const LIFE: usize = 4;

/// A family whose record has begun, the mother's token, and the relay it is on.
fn at_home() -> (LocalRelay, Client, Household, String) {
    let relay = LocalRelay::start();
    let client = relay.client();
    let family = Household::begin();
    assert_eq!(client.begin(&family).status, 201);
    let token = client.token(&family.record, &family.mother);
    (relay, client, family, token)
}

fn hashes(entries: &[LogEntry]) -> Vec<String> {
    entries
        .iter()
        .map(|entry| entry.hash().to_string())
        .collect()
}

#[test]
fn what_the_mother_appends_comes_back_byte_for_byte_in_order() {
    let (_relay, client, mut family, token) = at_home();
    let entries: Vec<_> = (0..5)
        .map(|n| family.mothers_chunk(CARE, &[n; 400]))
        .collect();
    let pushed = Client::pushed(client.push(&family.record, &token, &entries));
    assert_eq!((pushed.cursor, pushed.refused.len()), (6, 0));
    assert_eq!(pushed.accepted, hashes(&entries));
    let page = client.pull(&family.record, &token, 1);
    assert_eq!(
        (page.cursor, page.more, page.seqs()),
        (6, false, vec![2, 3, 4, 5, 6])
    );
    assert_eq!(page.log(), entries);
}

#[test]
fn a_record_begins_once() {
    let (_relay, client, family, token) = at_home();
    assert_eq!(client.begin(&family).status, 200);
    assert_eq!(client.pull(&family.record, &token, 0).seqs(), [1]);
}

#[test]
fn a_record_does_not_begin_with_anything_but_its_own_genesis() {
    let relay = LocalRelay::start();
    let client = relay.client();
    let (mut ours, theirs) = (Household::begin(), Household::begin());
    let path = format!("/v1/records/{}", ours.record);
    let chunk = ours.mothers_chunk(CARE, b"x");
    for (bytes, reason) in [
        (theirs.genesis().bytes, "wrong-record"),
        (chunk.bytes, "not-understood"),
        (vec![], "truncated"),
        (ours.genesis().bytes[..500].to_vec(), "truncated"),
    ] {
        let answer = client.ask("POST", &path, &[], &bytes);
        assert_eq!(answer.problem(), "malformed");
        assert!(
            answer.json()["reason"].as_str().unwrap().ends_with(reason),
            "{answer:?}"
        );
    }
    assert_eq!(
        client.ask("POST", &path, &[], &vec![0; 20_000]).problem(),
        "too-large"
    );
    assert_eq!(
        client
            .answer_with(&ours.record, &ours.mother.device(), &"0".repeat(64), "")
            .problem(),
        "challenge-failed"
    );
}

#[test]
fn sending_twice_changes_nothing() {
    let (_relay, client, mut family, token) = at_home();
    let entries = [
        family.mothers_chunk(CARE, b"a"),
        family.mothers_chunk(CARE, b"b"),
    ];
    let first = Client::pushed(client.push(&family.record, &token, &entries));
    let more = family.mothers_chunk(CARE, b"c");
    let all = [entries[1].clone(), more.clone(), entries[0].clone(), more];
    let second = Client::pushed(client.push(&family.record, &token, &all));
    assert_eq!((first.cursor, second.cursor), (3, 4));
    // The same entry twice in a batch is one entry.
    assert_eq!(second.accepted, hashes(&all[..3]));
    assert_eq!(client.pull(&family.record, &token, 0).seqs(), [1, 2, 3, 4]);
}

#[test]
fn phones_that_write_at_once_share_one_order_without_gaps() {
    let (_relay, client, mut family, token) = at_home();
    let phones: Vec<_> = (0..4).map(|_| Person::new()).collect();
    for phone in &phones {
        let added = family.add_phone(phone);
        Client::pushed(client.push(&family.record, &token, &[added]));
    }
    let family = &family;
    std::thread::scope(|scope| {
        for mut phone in phones {
            let client = client.clone();
            scope.spawn(move || {
                let token = client.token(&family.record, &phone);
                for n in 0..25_u8 {
                    let entry = family.chunk(&mut phone, CARE, &[n]);
                    let pushed = Client::pushed(client.push(&family.record, &token, &[entry]));
                    assert_eq!(pushed.accepted.len(), 1);
                }
            });
        }
    });
    let seqs: Vec<_> = client
        .pull_all(&family.record, &token)
        .iter()
        .map(|(seq, ..)| *seq)
        .collect();
    assert_eq!(seqs, (1..=105).collect::<Vec<_>>());
}

#[test]
fn a_nurse_reads_the_compartments_she_was_given_and_her_own_keys() {
    let (_relay, client, mut family, token) = at_home();
    let (nurse, teacher) = (Person::new(), Person::new());
    let entries = [
        family.grant(&nurse, &[(CARE, Right::Write)]),
        family.grant(&teacher, &[(LIFE, Right::Read)]),
        family.mothers_chunk(CARE, b"care"),
        family.mothers_chunk(LIFE, b"life"),
        family.bundle(&nurse),
        family.bundle(&teacher),
        family.snapshot(&family.mother, CARE),
        family.snapshot(&family.mother, LIFE),
    ];
    assert_eq!(
        Client::pushed(client.push(&family.record, &token, &entries))
            .accepted
            .len(),
        8
    );
    let nurses = client.token(&family.record, &nurse);
    let page = client.pull(&family.record, &nurses, 0);
    let kinds: Vec<_> = page
        .entries
        .iter()
        .map(|(seq, kind, _)| (*seq, *kind))
        .collect();
    assert_eq!(
        kinds,
        [
            (1, EntryKind::Operation),
            (2, EntryKind::Operation),
            (3, EntryKind::Operation),
            (4, EntryKind::Chunk),
            (6, EntryKind::Bundle),
            (8, EntryKind::Snapshot),
        ]
    );
    assert_eq!((page.cursor, page.more), (9, false));
}

#[test]
fn whoever_is_given_more_later_is_told_to_read_again_from_the_start() {
    let (_relay, client, mut family, token) = at_home();
    let nurse = Person::new();
    let first = [
        family.grant(&nurse, &[(CARE, Right::Write)]),
        family.mothers_chunk(LIFE, b"life"),
    ];
    Client::pushed(client.push(&family.record, &token, &first));
    let nurses = client.token(&family.record, &nurse);
    let before = client.pull(&family.record, &nurses, 0);
    assert_eq!(before.seqs(), [1, 2]);
    let more = family.grant_more(&nurse, LIFE, Right::Read);
    Client::pushed(client.push(&family.record, &token, &[more]));
    // Her old token goes on: rights are looked up, not carried.
    let after = client.pull(&family.record, &nurses, before.cursor);
    assert_ne!(after.scope, before.scope);
    assert_eq!(client.pull(&family.record, &nurses, 0).seqs(), [1, 2, 3, 4]);
}

#[test]
fn whoever_may_only_read_cannot_write_and_the_others_entries_still_arrive() {
    let (_relay, client, mut family, token) = at_home();
    let mut teacher = Person::new();
    let grant = family.grant(&teacher, &[(LIFE, Right::Read)]);
    Client::pushed(client.push(&family.record, &token, &[grant]));
    let forbidden = family.chunk(&mut teacher, LIFE, b"not allowed");
    let elsewhere = family.chunk(&mut teacher, CARE, b"not allowed at all");
    let good = family.mothers_chunk(LIFE, b"allowed");
    let batch = [forbidden.clone(), good.clone(), elsewhere.clone()];
    let pushed = Client::pushed(client.push(&family.record, &token, &batch));
    assert_eq!(pushed.accepted, hashes(&[good]));
    assert_eq!(
        pushed.refused,
        [
            (forbidden.hash().to_string(), "forbidden".to_owned()),
            (elsewhere.hash().to_string(), "forbidden".to_owned()),
        ]
    );
}

#[test]
fn the_mother_may_carry_what_the_nurse_wrote_without_signal() {
    let (_relay, client, mut family, token) = at_home();
    let mut nurse = Person::new();
    let grant = family.grant(&nurse, &[(CARE, Right::Append)]);
    let written = family.chunk(&mut nurse, CARE, b"at the bedside");
    let pushed = Client::pushed(client.push(&family.record, &token, &[written, grant]));
    assert_eq!((pushed.accepted.len(), pushed.refused.len()), (2, 0));
}

#[test]
fn a_stranger_gets_no_token_and_nothing_without_one() {
    let (_relay, client, family, _token) = at_home();
    let stranger = Person::new();
    let nonce = client.challenge(&family.record, &stranger.device());
    assert_eq!(
        client
            .answer(&family.record, &stranger.keys, &nonce)
            .problem(),
        "forbidden"
    );
    for (method, path) in [("GET", "entries"), ("POST", "entries"), ("GET", "live")] {
        let path = format!("/v1/records/{}/{path}", family.record);
        for header in ["", "Bearer", "Bearer x.y.z", "Basic dTpw"] {
            let answer = client.ask(method, &path, &[("authorization", header)], &[]);
            assert_eq!(
                (answer.status, answer.problem()),
                (401, "token-needed".to_owned())
            );
        }
    }
}

#[test]
fn a_token_opens_no_other_record() {
    let (_relay, client, _family, token) = at_home();
    let neighbours = Household::begin();
    client.begin(&neighbours).good();
    let answer = client.pull_answer(&neighbours.record, &token, "after=0");
    assert_eq!(
        (answer.status, answer.problem()),
        (403, "forbidden".to_owned())
    );
}

#[test]
fn a_challenge_is_answered_once_by_the_one_who_was_asked() {
    let (_relay, client, mut family, token) = at_home();
    let phone = Person::new();
    let added = family.add_phone(&phone);
    Client::pushed(client.push(&family.record, &token, &[added]));
    let (record, mother) = (family.record, &family.mother);
    let nonce = client.challenge(&record, &mother.device());
    // Her own second phone cannot answer for her, nor can anybody with a made-up nonce or signature.
    assert_eq!(
        client.answer(&record, &phone.keys, &nonce).problem(),
        "challenge-failed"
    );
    let made_up = "00".repeat(32);
    assert_eq!(
        client.answer(&record, &mother.keys, &made_up).problem(),
        "challenge-failed"
    );
    let no_signature = client.answer_with(&record, &mother.device(), &nonce, &"00".repeat(64));
    assert_eq!(no_signature.problem(), "challenge-failed");
    assert_eq!(client.answer(&record, &mother.keys, &nonce).status, 200);
    assert_eq!(
        client.answer(&record, &mother.keys, &nonce).problem(),
        "challenge-failed"
    );
}

#[test]
fn entries_that_follow_unknown_operations_name_what_is_missing() {
    let (_relay, client, mut family, token) = at_home();
    let nurse = Person::new();
    let known = family.mothers_chunk(CARE, b"before");
    let grant = family.grant(&nurse, &[(CARE, Right::Write)]);
    let later = family.mothers_chunk(CARE, b"after");
    let alone = client.push(&family.record, &token, std::slice::from_ref(&later));
    assert_eq!(
        (alone.status, alone.problem()),
        (409, "unknown-heads".to_owned())
    );
    assert_eq!(
        alone.json()["missing"],
        serde_json::json!(hashes(std::slice::from_ref(&grant)))
    );
    let some = Client::pushed(client.push(&family.record, &token, &[later.clone(), known.clone()]));
    assert_eq!(some.accepted, hashes(&[known]));
    assert_eq!(
        some.refused,
        [(later.hash().to_string(), "unknown-heads".to_owned())]
    );
    let both = Client::pushed(client.push(&family.record, &token, &[later, grant]));
    assert_eq!((both.accepted.len(), both.cursor), (2, 4));
}

#[test]
fn operations_are_stored_after_those_they_follow_whatever_order_they_come_in() {
    let (relay, client, mut family, token) = at_home();
    let mut operations: Vec<_> = (0..6)
        .map(|_| family.grant(&Person::new(), &[(CARE, Right::Read)]))
        .collect();
    let in_order = operations.clone();
    operations.reverse();
    Client::pushed(client.push(&family.record, &token, &operations));
    assert_eq!(client.pull(&family.record, &token, 1).log(), in_order);
    // A relay that starts again reads the ledger in the order of the log.
    let relay = LocalRelay::in_folder(relay.stop(), |_| {});
    let chunk = family.mothers_chunk(CARE, b"x");
    Client::pushed(relay.client().push(&family.record, &token, &[chunk]));
}

#[test]
fn the_ledger_is_kept_by_its_own_rules() {
    let (_relay, client, mut family, token) = at_home();
    let nurse = Person::new();
    let grant = family.grant(&nurse, &[(CARE, Right::Write)]);
    Client::pushed(client.push(&family.record, &token, &[grant]));
    let (tag, _) = family.compartments[CARE];
    let rotate = Operation::Rotate {
        epochs: vec![(tag, omamori_core::id::EpochId::new([9; 32]))],
    };
    let restart = Operation::Restart {
        compartment: tag,
        snapshot: omamori_core::id::SnapshotId::new([1; 32]),
    };
    let stranger = Person::new();
    let cases = [
        (family.operation_by(&nurse, &rotate), "forbidden"),
        (family.operation_by(&stranger, &rotate), "unknown-device"),
        (
            family.operation_by(&family.mother, &restart),
            "not-yet-in-force",
        ),
        (Household::begin().genesis(), "wrong-record"),
    ];
    let entries: Vec<_> = cases.iter().map(|(entry, _)| entry.clone()).collect();
    let pushed = Client::pushed(client.push(&family.record, &token, &entries));
    let expected = cases.map(|(entry, name)| (entry.hash().to_string(), name.to_owned()));
    assert_eq!(
        (pushed.accepted.len(), pushed.refused),
        (0, expected.to_vec())
    );
}

#[test]
fn bad_entries_are_refused_by_name_and_the_good_one_between_them_is_kept() {
    let (_relay, client, mut family, token) = at_home();
    let mut neighbours = Household::begin();
    let whole = family.mothers_chunk(CARE, b"whole").bytes;
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let cases: Vec<(u64, Vec<u8>, &str)> = vec![
        (1, whole[..whole.len() - 1].to_vec(), "entry-truncated"),
        (1, vec![], "entry-truncated"),
        (1, flipped, "not-authentic"),
        (1, [whole.as_slice(), &[0]].concat(), "entry-not-understood"),
        (1, b"\xa1\x01\x02".to_vec(), "entry-not-understood"),
        (2, whole.clone(), "entry-not-understood"),
        (99, whole.clone(), "future-version"),
        (1, family.mother.sign_future_chunk(), "future-version"),
        (
            1,
            neighbours.mothers_chunk(CARE, b"theirs").bytes,
            "wrong-record",
        ),
        (1, vec![0; (1 << 20) + 1], "entry-too-large"),
        (3, family.bundle(&Person::new()).bytes, "unknown-device"),
    ];
    let good = family.mothers_chunk(CARE, b"good");
    let (before, after) = cases.split_at(5);
    let in_batch = |(kind, bytes, _): &'_ (u64, Vec<u8>, &str)| (*kind, bytes.clone());
    let mut all: Vec<_> = before.iter().map(in_batch).collect();
    all.push((1, good.bytes.clone()));
    all.extend(after.iter().map(in_batch));
    let body = numbered(all.iter().map(|(kind, bytes)| (*kind, bytes.as_slice())));
    let pushed = Client::pushed(client.push_bytes(&family.record, &token, &body));
    assert_eq!(pushed.accepted, hashes(&[good]));
    let mut named: Vec<_> = pushed
        .refused
        .iter()
        .map(|(_, name)| name.as_str())
        .collect();
    named.sort_unstable();
    let mut expected: Vec<_> = cases.iter().map(|(.., name)| *name).collect();
    expected.sort_unstable();
    assert_eq!(named, expected);
    assert_eq!(client.pull(&family.record, &token, 0).seqs(), [1, 2]);
}

#[test]
fn no_flipped_bit_of_a_chunk_is_taken() {
    let (_relay, client, mut family, token) = at_home();
    let whole = family.mothers_chunk(CARE, b"whole").bytes;
    let flipped: Vec<_> = (0..whole.len() * 8)
        .map(|bit| {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            LogEntry {
                kind: EntryKind::Chunk,
                bytes,
            }
        })
        .collect();
    let answer = client.push(&family.record, &token, &flipped);
    // A flipped bit in the cited heads names operations that do not exist: nothing was accepted, and those are missing.
    assert_eq!(
        (answer.status, answer.problem()),
        (409, "unknown-heads".to_owned())
    );
    assert_eq!(
        answer.json()["refused"].as_array().unwrap().len(),
        flipped.len()
    );
    assert_eq!(client.pull(&family.record, &token, 0).seqs(), [1]);
}

#[test]
fn bodies_that_are_no_batch_are_refused_whole() {
    let (_relay, client, mut family, token) = at_home();
    let good = batch(&[family.mothers_chunk(CARE, b"good")]);
    let answers = [
        client.push_bytes(&family.record, &token, &[]),
        client.push_bytes(&family.record, &token, b"[]"),
        client.push_bytes(&family.record, &token, &good[..good.len() - 1]),
        client.push_bytes(&family.record, &token, &[good.as_slice(), &[0]].concat()),
    ];
    for answer in answers {
        assert_eq!(
            (answer.status, answer.problem()),
            (400, "malformed".to_owned())
        );
    }
    let large = client.push_bytes(&family.record, &token, &vec![0; (4 << 20) + 1]);
    assert_eq!(
        (large.status, large.problem()),
        (413, "too-large".to_owned())
    );
    let many = numbered((0..10_001).map(|_| (1, [].as_slice())));
    let many = client.push_bytes(&family.record, &token, &many);
    assert_eq!(
        (many.status, many.problem()),
        (413, "too-many-entries".to_owned())
    );
    assert_eq!(client.pull(&family.record, &token, 0).seqs(), [1]);
}

#[test]
fn a_long_log_is_read_page_by_page() {
    let (_relay, client, mut family, token) = at_home();
    // Two of these fit a page of 1 MiB, and more a request.
    let chunks: Vec<_> = (0..6_u8)
        .map(|n| family.mothers_chunk(CARE, &vec![n; 500_000]))
        .collect();
    Client::pushed(client.push(&family.record, &token, &chunks));
    let (mut after, mut pages) = (0, Vec::new());
    loop {
        let page = client.pull(&family.record, &token, after);
        let bytes = page.entries.iter().map(|(.., bytes)| bytes.len());
        assert!(bytes.sum::<usize>() <= 1 << 20);
        pages.push(page.seqs());
        after = page.cursor;
        if !page.more {
            break;
        }
    }
    assert_eq!(pages, [vec![1, 2, 3], vec![4, 5], vec![6, 7]]);
    let answer = client.pull_answer(&family.record, &token, "after=0&limit=nine");
    assert_eq!(answer.problem(), "malformed");
}

#[test]
fn after_a_restart_everything_is_there_and_tokens_go_on() {
    let (relay, client, mut family, token) = at_home();
    let entries = [
        family.mothers_chunk(CARE, b"a"),
        family.mothers_chunk(CARE, b"b"),
    ];
    Client::pushed(client.push(&family.record, &token, &entries));
    let relay = LocalRelay::in_folder(relay.stop(), |_| {});
    let page = relay.client().pull(&family.record, &token, 1);
    assert_eq!(page.log(), entries);
}

#[test]
fn a_full_record_refuses_by_name_and_keeps_what_it_has() {
    let relay = LocalRelay::with(|config| config.limits.record = 20_000);
    let (client, mut family) = (relay.client(), Household::begin());
    client.begin(&family).good();
    let token = client.token(&family.record, &family.mother);
    let large = family.mothers_chunk(CARE, &[7; 15_000]);
    let too_much = family.mothers_chunk(CARE, &[8; 15_000]);
    Client::pushed(client.push(&family.record, &token, std::slice::from_ref(&large)));
    let answer = client.push(&family.record, &token, &[too_much]);
    assert_eq!(
        (answer.status, answer.problem()),
        (507, "record-full".to_owned())
    );
    // Sending again what is there always works: a phone that does not know whether it arrived must be able to ask.
    Client::pushed(client.push(&family.record, &token, &[large]));
}
