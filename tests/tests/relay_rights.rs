//! Who gets in, who reads what, and who may write, over real HTTP.

use omamori_core::{
    id::{ChunkId, SnapshotId},
    ledger::{operation::Operation, rights::Right},
    log::EntryKind,
};
use omamori_tests::relay::{Client, Household, Person, at_home, hashes};

const CARE: usize = 1;
const LIFE: usize = 4;

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
fn only_who_manages_answers_for_words_and_begins_a_compartment_anew() {
    let (_relay, client, mut family, token) = at_home();
    let nurse = Person::new();
    let grant = family.grant(&nurse, &[(CARE, Right::Confirm)]);
    let chunk = family.mothers_chunk(CARE, b"care");
    let snapshot = family.snapshot(&family.mother, CARE);
    let all = [grant, chunk.clone(), snapshot.clone()];
    Client::pushed(client.push(&family.record, &token, &all));
    let compartment = family.compartments[CARE].0;
    let acts = [
        Operation::Endorse {
            compartment,
            chunks: vec![ChunkId::new(chunk.hash().0)],
        },
        Operation::Restart {
            compartment,
            snapshot: SnapshotId::new(snapshot.hash().0),
        },
    ];
    let nurses = client.token(&family.record, &nurse);
    for act in &acts {
        let hers = family.operation_by(&nurse, act);
        let pushed =
            Client::pushed(client.push(&family.record, &nurses, std::slice::from_ref(&hers)));
        let forbidden = (hers.hash().to_string(), "forbidden".to_owned());
        assert_eq!(pushed.refused, [forbidden]);
        let mothers = family.operate(act);
        let pushed =
            Client::pushed(client.push(&family.record, &token, std::slice::from_ref(&mothers)));
        assert_eq!(pushed.accepted, hashes(&[mothers]));
    }
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
fn the_ledger_is_kept_by_its_own_rules() {
    let (_relay, client, mut family, token) = at_home();
    let nurse = Person::new();
    let grant = family.grant(&nurse, &[(CARE, Right::Write)]);
    Client::pushed(client.push(&family.record, &token, &[grant]));
    let (tag, _) = family.compartments[CARE];
    let rotate = Operation::Rotate {
        epochs: vec![(tag, omamori_core::id::EpochId::new([9; 32]))],
    };
    let closed = Operation::Close {
        grant: omamori_core::id::OperationId::new([1; 32]),
        frontiers: Vec::new(),
    };
    let stranger = Person::new();
    let cases = [
        (family.operation_by(&nurse, &rotate), "forbidden"),
        (family.operation_by(&stranger, &rotate), "unknown-device"),
        (
            family.operation_by(&family.mother, &closed),
            "ledger-invalid",
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
