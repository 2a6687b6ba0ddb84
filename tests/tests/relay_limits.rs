//! What a relay does not let be done to it: rates, sizes, slowness, and too much of anything.

use omamori_tests::relay::{Client, Household, LocalRelay, Person, at_home_with};
use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

const MAILBOX: &str =
    "/v1/mailbox/11111111111111111111111111111111111111111111111111111111111111aa";

#[test]
fn two_phones_pair_through_a_mailbox() {
    let relay = LocalRelay::start();
    let client = relay.client();
    let put = |slot: u8, body: &[u8]| client.ask("PUT", &format!("{MAILBOX}/{slot}"), &[], body);
    let get = |slot: u8| client.get(&format!("{MAILBOX}/{slot}"));
    assert_eq!((get(1).status, get(1).body.len()), (204, 0));
    assert_eq!(put(1, b"the new phone's keys").status, 201);
    assert_eq!(get(1).body, b"the new phone's keys");
    assert_eq!(put(2, b"the record").status, 201);
    assert_eq!(get(2).body, b"the record");
    // Sent again after a lost answer: fine. Something else: not.
    assert_eq!(put(1, b"the new phone's keys").status, 200);
    assert_eq!(put(1, b"somebody else's keys").problem(), "already-there");
    assert_eq!(get(1).body, b"the new phone's keys");
}

#[test]
fn a_mailbox_takes_two_small_messages_and_nothing_else() {
    let relay = LocalRelay::start();
    let client = relay.client();
    let put = |path: &str, body: &[u8]| client.ask("PUT", path, &[], body);
    assert_eq!(put(&format!("{MAILBOX}/1"), &[0; 4096]).status, 201);
    assert_eq!(
        put(&format!("{MAILBOX}/2"), &[0; 4097]).problem(),
        "too-large"
    );
    assert_eq!(put(&format!("{MAILBOX}/3"), b"x").problem(), "not-found");
    assert_eq!(put("/v1/mailbox/short/1", b"x").problem(), "not-found");
}

#[test]
fn a_message_is_gone_after_its_time() {
    let relay = LocalRelay::with(|config| config.limits.mailbox_life = Duration::from_millis(200));
    let client = relay.client();
    client
        .ask("PUT", &format!("{MAILBOX}/1"), &[], b"keys")
        .good();
    let started = Instant::now();
    while client.get(&format!("{MAILBOX}/1")).status != 204 {
        assert!(started.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(
        client
            .ask("PUT", &format!("{MAILBOX}/1"), &[], b"other")
            .status,
        201
    );
}

#[test]
fn two_phones_far_apart_leave_three_messages_once_each() {
    let relay = LocalRelay::with(|config| config.limits.mailbox_life = Duration::ZERO);
    let client = relay.client();
    let far = MAILBOX.replace("mailbox", "invitations");
    let put = |slot: u8, body: &[u8]| client.ask("PUT", &format!("{far}/{slot}"), &[], body);
    let get = |slot: u8| client.get(&format!("{far}/{slot}"));
    for slot in 1..=3 {
        assert_eq!((get(slot).status, get(slot).body.len()), (204, 0));
        assert_eq!(put(slot, &[slot; 2048]).status, 201);
        assert_eq!(put(slot, &[slot; 2048]).status, 200);
        assert_eq!(put(slot, b"somebody else's").problem(), "already-there");
        assert_eq!(get(slot).body, [slot; 2048]);
    }
    assert_eq!(put(4, b"x").problem(), "not-found");
    assert_eq!(put(0, b"x").problem(), "not-found");
    let other = far.replace("aa", "bb");
    let large = client.ask("PUT", &format!("{other}/1"), &[], &[0; 2049]);
    assert_eq!(large.problem(), "too-large");
    // It is another box than that of phones held together, whose time is over sooner.
    assert_eq!(client.get(&format!("{MAILBOX}/1")).status, 204);
}

#[test]
fn an_invitation_is_gone_after_its_time() {
    let relay = LocalRelay::with(|config| config.limits.invitation_life = Duration::ZERO);
    let client = relay.client();
    let slot = MAILBOX.replace("mailbox", "invitations") + "/1";
    assert_eq!(client.ask("PUT", &slot, &[], b"keys").status, 201);
    assert_eq!(client.get(&slot).status, 204);
    assert_eq!(client.ask("PUT", &slot, &[], b"other").status, 201);
}

#[test]
fn one_network_keeps_only_so_many_invitations_waiting() {
    let relay = LocalRelay::with(|config| config.limits.mailboxes_of_one = 3);
    let client = relay.client();
    let put =
        |n: u8, body: &[u8]| client.ask("PUT", &format!("/v1/invitations/{n:064x}/1"), &[], body);
    let answers: Vec<_> = (0..5).map(|n| put(n, b"x")).collect();
    let left = answers.iter().filter(|answer| answer.status == 201);
    assert_eq!(left.count(), 3);
    assert_eq!(answers[4].problem(), "too-many-requests");
    // What lies there may be left again, after a lost answer.
    assert_eq!(put(0, b"x").status, 200);
}

#[test]
fn one_address_leaves_only_so_many_messages_a_minute() {
    let relay = LocalRelay::with(|config| config.limits.mailbox_puts = 3);
    let client = relay.client();
    let answers: Vec<_> = (0..5)
        .map(|n| client.ask("PUT", &format!("/v1/mailbox/{n:064x}/1"), &[], b"x"))
        .collect();
    assert_eq!(
        answers.iter().filter(|answer| answer.status == 201).count(),
        3
    );
    assert_eq!(answers[4].problem(), "too-many-requests");
    assert_eq!(answers[4].header("retry-after"), "10");
}

#[test]
fn one_address_asks_only_so_often_for_what_needs_no_token() {
    let relay = LocalRelay::with(|config| config.limits.open_requests = 5);
    let (client, mut family) = (relay.client(), Household::begin());
    client.begin(&family).good();
    let token = client.token(&family.record, &family.mother);
    let nonce = client.challenge(&family.record, &family.mother.device());
    assert_eq!(
        client
            .answer(&family.record, &family.mother.keys, &nonce)
            .status,
        200
    );
    let answer = client.answer(&family.record, &family.mother.keys, &nonce);
    assert_eq!(
        (answer.status, answer.problem()),
        (429, "too-many-requests".to_owned())
    );
    // A device that has proven itself goes on.
    for n in 0..10 {
        let entry = family.mothers_chunk(1, &[n]);
        Client::pushed(client.push(&family.record, &token, &[entry]));
    }
}

#[test]
fn an_address_is_what_the_operators_proxy_says_and_nobody_elses_word() {
    let asks = |behind_proxy: bool| {
        let relay = LocalRelay::with(|config| {
            config.behind_proxy = behind_proxy;
            config.limits.mailbox_puts = 2;
        });
        let client = relay.client();
        // Each from another household, as the proxy appends it to whatever the client claimed.
        let statuses = (0..5).map(|n| {
            let from = format!("203.0.113.99, 198.51.100.{n}");
            let path = format!("/v1/mailbox/{n:064x}/1");
            client
                .ask("PUT", &path, &[("x-forwarded-for", &from)], b"x")
                .status
        });
        statuses.filter(|status| *status == 201).count()
    };
    assert_eq!(asks(true), 5);
    assert_eq!(asks(false), 2);
}

/// Announces a body of so many bytes, and sends ten.
fn trickle(relay: &LocalRelay, family: &Household, token: &str, length: usize) -> TcpStream {
    let mut stream = TcpStream::connect(relay.address().replace("http://", "")).unwrap();
    write!(
        stream,
        "POST /v1/records/{}/entries HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Length: {length}\r\n\r\n",
        family.record
    )
    .unwrap();
    stream.write_all(&[0x9f; 10]).unwrap();
    stream
}

#[test]
fn a_body_that_trickles_is_not_waited_for() {
    let relay = LocalRelay::with(|config| config.limits.body_time = Duration::from_millis(300));
    let (client, family) = (relay.client(), Household::begin());
    client.begin(&family).good();
    let token = client.token(&family.record, &family.mother);
    let mut stream = trickle(&relay, &family, &token, 100_000);
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let mut answer = vec![0; 2048];
    let length = stream.read(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]);
    assert!(
        answer.starts_with("HTTP/1.1 408") && answer.contains("too-slow"),
        "{answer}"
    );
}

#[test]
fn whoever_sends_slowly_keeps_nobody_else_from_writing() {
    let (relay, client, mut family, token) = at_home_with(|config| {
        config.limits.appends = 1;
        config.limits.appends_of_one = 1;
    });
    let slow: Vec<_> = (0..20)
        .map(|_| trickle(&relay, &family, &token, 4_000_000))
        .collect();
    for n in 0..10 {
        let entry = family.mothers_chunk(1, &[n]);
        Client::pushed(client.push(&family.record, &token, &[entry]));
    }
    drop(slow);
}

#[test]
fn bodies_hold_so_much_memory_and_no_more() {
    let (_relay, client, mut family, token) =
        at_home_with(|config| config.limits.bodies_of_one = 100_000);
    let large = family.mothers_chunk(1, &[7; 200_000]);
    let answer = client.push(&family.record, &token, std::slice::from_ref(&large));
    assert_eq!(
        (answer.status, answer.problem()),
        (503, "overloaded".to_owned())
    );
    let small = family.mothers_chunk(1, &[7; 50_000]);
    for _ in 0..5 {
        Client::pushed(client.push(&family.record, &token, std::slice::from_ref(&small)));
    }
}

#[test]
fn a_head_that_never_ends_is_not_waited_for() {
    let relay = LocalRelay::start();
    let mut stream = TcpStream::connect(relay.address().replace("http://", "")).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-")
        .unwrap();
    // The relay answers 408 or hangs up; without a limit this read would time out and fail.
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert!(!String::from_utf8_lossy(&answer).contains("200 OK"));
}

#[test]
fn without_a_token_no_large_body_is_read() {
    let relay = LocalRelay::start();
    let path = format!("/v1/records/{}/entries", Household::begin().record);
    let mut stream = TcpStream::connect(relay.address().replace("http://", "")).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    // Announces a body and sends none: the answer comes all the same.
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n"
    )
    .unwrap();
    let mut answer = vec![0; 64];
    let length = stream.read(&mut answer).unwrap();
    assert!(String::from_utf8_lossy(&answer[..length]).starts_with("HTTP/1.1 401"));
}

#[test]
fn garbage_gets_an_answer_or_a_closed_door_and_the_relay_goes_on() {
    let relay = LocalRelay::start();
    let client = relay.client();
    let record = Household::begin().record;
    for body in [
        &b""[..],
        b"{}",
        b"[]",
        b"{\"device\":1}",
        b"{\"device\":\"zz\"}",
        &[0xff; 9000],
    ] {
        for path in ["challenge", "token"] {
            let answer = client.ask("POST", &format!("/v1/records/{record}/{path}"), &[], body);
            assert!(
                ["malformed", "too-large"].contains(&answer.problem().as_str()),
                "{answer:?}"
            );
        }
    }
    for bytes in [
        &b"\0\0\0\0"[..],
        b"GET",
        b"GET / HTTP/9.9\r\n\r\n",
        &[0x16, 3, 1, 2, 0, 1],
        b"\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(relay.address().replace("http://", "")).unwrap();
        stream.write_all(bytes).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        // Whatever comes back: what counts is that the relay lives on.
        let _ = stream.read_to_end(&mut Vec::new());
    }
    assert_eq!(client.get("/readyz").status, 200);
}

#[test]
fn asking_about_records_that_do_not_exist_tells_nothing_and_keeps_nothing() {
    let relay = LocalRelay::start();
    let client = relay.client();
    let (family, stranger) = (Household::begin(), Person::new());
    let nonce = client.challenge(&family.record, &stranger.device());
    let answer = client.answer(&family.record, &stranger.keys, &nonce);
    assert_eq!(
        (answer.status, answer.problem()),
        (404, "not-found".to_owned())
    );
    client.begin(&family).good();
    client.token(&family.record, &family.mother);
}
