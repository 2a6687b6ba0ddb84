//! Live lines, over real WebSockets: who hears what, how soon a slow one is let go of, and how lines end.

use omamori_core::{ledger::rights::Right, log::EntryKind};
use omamori_tests::relay::{Client, Heard, Household, Line, Person, at_home, at_home_with};
use std::time::{Duration, Instant};

const CARE: usize = 1;
const LIFE: usize = 4;

#[test]
fn what_the_mother_writes_everybody_hears_who_may() {
    let (relay, client, mut family, token) = at_home();
    let nurse = Person::new();
    let grant = family.grant(&nurse, &[(CARE, Right::Write)]);
    Client::pushed(client.push(&family.record, &token, &[grant]));
    let open = |token: &str| Line::open(&relay.address(), &family.record, token).unwrap();
    let mut mother = open(&token);
    let mut nurses = open(&client.token(&family.record, &nurse));
    let care = family.mothers_chunk(CARE, b"care");
    let life = family.mothers_chunk(LIFE, b"life");
    let more = family.mothers_chunk(CARE, b"more care");
    Client::pushed(client.push(&family.record, &token, &[care.clone(), life, more]));
    assert_eq!(mother.hear(), Heard::Entry(3, EntryKind::Chunk, care.bytes));
    assert_eq!((mother.entry(), mother.entry()), (4, 5));
    assert_eq!((nurses.entry(), nurses.entry()), (3, 5));
}

#[test]
fn what_is_sent_again_is_not_heard_again() {
    let (relay, client, mut family, token) = at_home();
    let mut line = Line::open(&relay.address(), &family.record, &token).unwrap();
    let entry = family.mothers_chunk(CARE, b"once");
    Client::pushed(client.push(&family.record, &token, std::slice::from_ref(&entry)));
    Client::pushed(client.push(&family.record, &token, &[entry]));
    assert_eq!(line.entry(), 2);
    assert_eq!(line.hear(), Heard::Nothing);
}

#[test]
fn whoever_is_given_more_is_told_to_pull() {
    let (relay, client, mut family, token) = at_home();
    let nurse = Person::new();
    let grant = family.grant(&nurse, &[(CARE, Right::Write)]);
    Client::pushed(client.push(&family.record, &token, &[grant]));
    let nurses = client.token(&family.record, &nurse);
    let mut line = Line::open(&relay.address(), &family.record, &nurses).unwrap();
    let more = family.grant_more(&nurse, LIFE, Right::Read);
    Client::pushed(client.push(&family.record, &token, &[more]));
    assert_eq!(line.entry(), 3);
    assert_eq!(line.hear(), Heard::Pull);
    let life = family.mothers_chunk(LIFE, b"life");
    Client::pushed(client.push(&family.record, &token, &[life]));
    assert_eq!(line.entry(), 4);
}

#[test]
fn without_a_good_token_there_is_no_line() {
    let (relay, client, family, token) = at_home();
    let neighbours = Household::begin();
    client.begin(&neighbours).good();
    let open = |record, token| Line::open(&relay.address(), record, token).map(|_| ());
    assert_eq!(open(&family.record, "x.y.z"), Err(401));
    assert_eq!(open(&neighbours.record, &token), Err(403));
}

#[test]
fn a_slow_reader_is_told_to_pull_and_the_quick_one_misses_nothing() {
    let (relay, client, mut family, token) = at_home_with(|config| config.limits.live_queue = 4);
    let mut quick = Line::open(&relay.address(), &family.record, &token).unwrap();
    let mut slow = Line::open(&relay.address(), &family.record, &token).unwrap();
    // More than the system buffers between the two ends of a connection hold.
    let sent = 60;
    for n in 0..sent {
        let entry = family.mothers_chunk(CARE, &vec![n; 1_000_000]);
        Client::pushed(client.push(&family.record, &token, &[entry]));
        assert_eq!(quick.entry(), u64::from(n) + 2);
    }
    let (mut entries, mut pulls) = (0, 0);
    loop {
        match slow.hear() {
            Heard::Entry(..) => entries += 1,
            Heard::Pull => pulls += 1,
            Heard::Nothing => break,
            Heard::Closed(code) => panic!("closed: {code:?}"),
        }
    }
    assert!(
        entries < usize::from(sent),
        "the relay held everything for a reader that read nothing"
    );
    assert!(pulls > 0);
    // It is a reader like any other again.
    let entry = family.mothers_chunk(CARE, b"after");
    Client::pushed(client.push(&family.record, &token, &[entry]));
    assert_eq!(slow.entry(), u64::from(sent) + 2);
}

#[test]
fn a_reader_that_never_answers_loses_its_place() {
    let silence = Duration::from_secs(1);
    let (relay, _client, family, token) = at_home_with(|config| {
        config.limits.live_silence = silence;
        config.limits.live_readers = 1;
    });
    let open = || Line::open(&relay.address(), &family.record, &token);
    // Not reading is not answering: pings stay where they are.
    let mut dead = open().unwrap();
    let started = Instant::now();
    while open().is_err() {
        assert!(started.elapsed() < Duration::from_secs(30));
        std::thread::sleep(silence / 4);
    }
    assert!(started.elapsed() >= silence);
    let mut heard = dead.hear();
    while heard == Heard::Nothing {
        assert!(started.elapsed() < Duration::from_secs(60));
        heard = dead.hear();
    }
    assert_eq!(heard, Heard::Closed(None));
    // The connection below ends too: a phone that is gone must not keep a socket for ever.
    while dead.hear() == Heard::Nothing {
        assert!(started.elapsed() < Duration::from_secs(60));
    }
}

#[test]
fn a_line_lives_as_long_as_its_reader_answers() {
    let (relay, client, mut family, token) =
        at_home_with(|config| config.limits.live_silence = Duration::from_secs(1));
    let mut line = Line::open(&relay.address(), &family.record, &token).unwrap();
    for _ in 0..3 {
        assert_eq!(line.hear(), Heard::Nothing);
    }
    let entry = family.mothers_chunk(CARE, b"still there");
    Client::pushed(client.push(&family.record, &token, &[entry]));
    assert_eq!(line.entry(), 2);
}

#[test]
fn a_line_ends_when_its_token_has_served_long_enough() {
    let (relay, _client, family, token) =
        at_home_with(|config| config.limits.live_life = Duration::from_millis(300));
    let mut line = Line::open(&relay.address(), &family.record, &token).unwrap();
    assert_eq!(line.hear(), Heard::Closed(Some(4001)));
}

#[test]
fn a_reader_that_talks_is_cut_off() {
    let (relay, _client, family, token) = at_home();
    let mut line = Line::open(&relay.address(), &family.record, &token).unwrap();
    line.say(tungstenite::Message::text("hello"));
    assert_eq!(line.hear(), Heard::Closed(Some(1003)));
}

#[test]
fn a_record_has_so_many_lines_and_a_place_comes_back() {
    let (relay, _client, family, token) = at_home_with(|config| config.limits.live_readers = 2);
    let open = || Line::open(&relay.address(), &family.record, &token);
    let (first, _second) = (open().unwrap(), open().unwrap());
    assert_eq!(open().map(|_| ()), Err(503));
    drop(first);
    let started = Instant::now();
    while open().is_err() {
        assert!(started.elapsed() < Duration::from_secs(20));
    }
}

#[test]
fn a_stopping_relay_says_so_on_every_line() {
    let (relay, _client, family, token) = at_home();
    let mut lines: Vec<_> = (0..3)
        .map(|_| Line::open(&relay.address(), &family.record, &token).unwrap())
        .collect();
    std::thread::scope(|scope| {
        for line in &mut lines {
            scope.spawn(|| {
                let mut heard = line.hear();
                while heard == Heard::Nothing {
                    heard = line.hear();
                }
                assert_eq!(heard, Heard::Closed(Some(1012)));
            });
        }
        relay.stop();
    });
}
