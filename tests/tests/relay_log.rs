//! The log of a record, over real HTTP: what is appended comes back, once, in order, also after a restart.

use omamori_core::ledger::rights::Right;
use omamori_tests::relay::{Client, Household, LocalRelay, Person, at_home, hashes};

const CARE: usize = 1;

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
    let relay = LocalRelay::with(|config| config.limits.quotas.record = 20_000);
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
