//! Entries that are damaged, foreign, too large, too new or too early: refused by name, and the good ones beside them are kept.

use omamori_core::{
    ledger::rights::Right,
    log::{EntryKind, LogEntry},
};
use omamori_tests::relay::{
    Client, Household, LocalRelay, Person, at_home, batch, hashes, numbered,
};

const CARE: usize = 1;

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
