//! Who fetched what: the relay's signed list, for the family to read.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: what fails fails its test"
)]

use omamori_core::{
    access::{Access, SignedAccess, Way, What},
    id::{CompartmentTag, DeviceId},
    ledger::rights::Right,
};
use omamori_tests::relay::{
    Answer, Client, Household, Line, LocalRelay, Person, at_home, at_home_with,
};
use std::time::Duration;

const CARE: usize = 1;
const LIFE: usize = 4;

/// The list as somebody reads it, each entry checked and following the one before it.
fn list(client: &Client, family: &Household, token: &str) -> Vec<SignedAccess> {
    let list: Vec<_> = client
        .accesses(&family.record, token, 0)
        .iter()
        .map(|(number, bytes)| {
            let signed = SignedAccess::read(bytes).unwrap();
            assert_eq!(
                (signed.access.number, signed.access.record),
                (*number, family.record)
            );
            signed
        })
        .collect();
    assert!(list.windows(2).all(|pair| pair[1].follows(&pair[0])));
    list
}

fn of(list: &[SignedAccess], device: DeviceId) -> Vec<&SignedAccess> {
    list.iter()
        .filter(|signed| signed.access.device() == Some(device))
        .collect()
}

/// First and last position, how many entries, and of which compartments.
fn fetched(access: &Access) -> (u64, u64, u64, &[CompartmentTag]) {
    match &access.what {
        What::Fetched {
            first,
            last,
            entries,
            compartments,
            ..
        } => (*first, *last, *entries, compartments),
        other => unreachable!("not fetched: {other:?}"),
    }
}

/// A nurse who may read the daily care, and is in.
fn with_a_nurse(family: &mut Household, client: &Client, token: &str) -> (Person, String) {
    let nurse = Person::new();
    let entries = [
        family.grant(&nurse, &[(CARE, Right::Write)]),
        family.mothers_chunk(CARE, b"care"),
        family.mothers_chunk(LIFE, b"life"),
    ];
    Client::pushed(client.push(&family.record, token, &entries));
    let nurses = client.token(&family.record, &nurse);
    (nurse, nurses)
}

#[test]
fn the_mother_reads_who_fetched_what_and_when() {
    let (_relay, client, mut family, token) = at_home();
    let (nurse, nurses) = with_a_nurse(&mut family, &client, &token);
    client.pull(&family.record, &nurses, 0);
    let list = list(&client, &family, &token);
    let [fetch] = of(&list, nurse.device()).try_into().unwrap();
    let access = &fetch.access;
    // She was shown two operations and what is in the daily care, and nothing of the rest.
    let care = [family.compartments[CARE].0];
    assert_eq!(fetched(access), (1, 3, 3, care.as_slice()));
    assert!(access.began.0 > 1_700_000_000_000 && access.began <= access.ended);
}

#[test]
fn what_she_hears_live_is_noted_too() {
    let (relay, client, mut family, token) = at_home();
    let (nurse, nurses) = with_a_nurse(&mut family, &client, &token);
    let mut line = Line::open(&relay.address(), &family.record, &nurses).unwrap();
    let entry = family.mothers_chunk(CARE, b"live");
    Client::pushed(client.push(&family.record, &token, &[entry]));
    assert_eq!(line.entry(), 5);
    let list = list(&client, &family, &token);
    let [fetch] = of(&list, nurse.device()).try_into().unwrap();
    let (first, last, ..) = fetched(&fetch.access);
    assert_eq!((first, last), (5, 5));
}

#[test]
fn fetches_of_a_short_time_are_one_and_asking_for_nothing_new_is_none() {
    let (_relay, client, mut family, token) = at_home();
    let (nurse, nurses) = with_a_nurse(&mut family, &client, &token);
    for _ in 0..20 {
        client.pull(&family.record, &nurses, 0);
        client.pull(&family.record, &nurses, 4);
    }
    let read = list(&client, &family, &token);
    let [fetch] = of(&read, nurse.device()).try_into().unwrap();
    assert_eq!(fetched(&fetch.access).2, 60);
    client.pull(&family.record, &nurses, 4);
    assert_eq!(list(&client, &family, &token).len(), read.len());
}

#[test]
fn the_list_goes_on_after_a_restart_under_the_same_key() {
    let (relay, client, mut family, token) = at_home();
    let (_nurse, nurses) = with_a_nurse(&mut family, &client, &token);
    client.pull(&family.record, &nurses, 0);
    // Nobody has read the list: it is written down all the same.
    let relay = LocalRelay::in_folder(relay.stop(), |_| {});
    let client = relay.client();
    client.pull(&family.record, &nurses, 0);
    let list = list(&client, &family, &token);
    assert_eq!(list.len(), 2);
    assert_eq!(list[0].relay, list[1].relay);
    assert_eq!(list[0].access.previous, None);
}

#[test]
fn the_oldest_go_when_there_are_more_than_are_kept() {
    let (_relay, client, mut family, token) = at_home_with(|config| {
        config.limits.accesses.keep.record = 3;
        config.limits.accesses.window = Duration::ZERO;
    });
    let (_nurse, nurses) = with_a_nurse(&mut family, &client, &token);
    for _ in 0..6 {
        client.pull(&family.record, &nurses, 0);
        list(&client, &family, &token);
    }
    let numbers: Vec<_> = list(&client, &family, &token)
        .iter()
        .map(|signed| signed.access.number)
        .collect();
    assert_eq!(numbers, [4, 5, 6]);
}

#[test]
fn nobody_outside_the_record_reads_the_list() {
    let (_relay, client, mut family, token) = at_home();
    let (_nurse, nurses) = with_a_nurse(&mut family, &client, &token);
    client.pull(&family.record, &nurses, 0);
    assert_eq!(list(&client, &family, &nurses).len(), 1, "members do");
    let neighbours = Household::begin();
    client.begin(&neighbours).good();
    let theirs = client.token(&neighbours.record, &neighbours.mother);
    let path = format!("/v1/records/{}/accesses", family.record);
    for (header, problem) in [
        (format!("Bearer {theirs}"), "forbidden"),
        (String::new(), "token-needed"),
    ] {
        let answer = client.ask("GET", &path, &[("authorization", &header)], &[]);
        assert_eq!(answer.problem(), problem);
    }
}

fn tells(client: &Client, family: &Household, token: &str, opened: &str) -> Answer {
    let path = format!("/v1/records/{}/accesses", family.record);
    let header = format!("Bearer {token}");
    let body = format!(r#"{{"opened":[{opened}]}}"#);
    client.ask(
        "POST",
        &path,
        &[("authorization", &header)],
        body.as_bytes(),
    )
}

const YESTERDAY: &str = r#"{"way":"handed-over","began":1795000000000,"ended":1795000600000}"#;

#[test]
fn what_a_nurse_opened_without_a_network_is_in_the_list_as_her_own_word() {
    let (_relay, client, mut family, token) = at_home();
    let (nurse, nurses) = with_a_nurse(&mut family, &client, &token);
    assert_eq!(tells(&client, &family, &nurses, YESTERDAY).status, 201);
    client.pull(&family.record, &nurses, 0);
    let list = list(&client, &family, &token);
    let [told, fetch] = of(&list, nurse.device()).try_into().unwrap();
    assert_eq!(fetched(&fetch.access).2, 3);
    let (began, ended) = (told.access.began.0, told.access.ended.0);
    assert_eq!((began, ended), (1_795_000_000_000, 1_795_000_600_000));
    let What::Told { way, heard, .. } = &told.access.what else {
        unreachable!("{told:?}");
    };
    assert_eq!(*way, Way::HandedOver);
    assert!(heard.0 > 1_700_000_000_000 && heard.0 != began);
}

#[test]
fn nobody_tells_for_somebody_else_or_without_end_or_after_having_left() {
    let (_relay, client, mut family, token) = at_home_with(|config| {
        config.limits.accesses.told = 3;
    });
    let (nurse, nurses) = with_a_nurse(&mut family, &client, &token);
    let neighbours = Household::begin();
    client.begin(&neighbours).good();
    let theirs = client.token(&neighbours.record, &neighbours.mother);
    assert_eq!(
        tells(&client, &family, &theirs, YESTERDAY).problem(),
        "forbidden"
    );
    let backwards = r#"{"way":"read","began":2,"ended":1}"#;
    for bent in [backwards, r#"{"way":"read"}"#, "1"] {
        assert_eq!(
            tells(&client, &family, &nurses, bent).problem(),
            "malformed"
        );
    }
    let many = [YESTERDAY; 51].join(",");
    assert_eq!(
        tells(&client, &family, &nurses, &many).problem(),
        "too-many-entries"
    );
    let [two, three] = [2, 3].map(|began| format!(r#"{{"way":"read","began":{began},"ended":9}}"#));
    let three = [YESTERDAY, &two, &three].join(",");
    assert_eq!(tells(&client, &family, &nurses, &three).status, 201);
    let again = tells(&client, &family, &nurses, YESTERDAY);
    assert_eq!(again.problem(), "too-many-requests");
    let removal = family.remove(&nurse, CARE, &[]);
    Client::pushed(client.push(&family.record, &token, &[removal]));
    assert_eq!(
        tells(&client, &family, &nurses, YESTERDAY).problem(),
        "removed"
    );
    assert_eq!(of(&list(&client, &family, &token), nurse.device()).len(), 3);
}

#[test]
fn what_a_nurse_tells_again_because_no_answer_came_is_in_the_list_once() {
    let (_relay, client, mut family, token) = at_home();
    let (nurse, nurses) = with_a_nurse(&mut family, &client, &token);
    let longer = YESTERDAY.replace("1795000600000", "1795000900000");
    assert_eq!(tells(&client, &family, &nurses, "").status, 200);
    for told in [
        YESTERDAY,
        YESTERDAY,
        &[YESTERDAY; 3].join(","),
        &longer,
        YESTERDAY,
    ] {
        assert_eq!(tells(&client, &family, &nurses, told).status, 201);
    }
    let list = list(&client, &family, &token);
    let ended = of(&list, nurse.device()).into_iter();
    let ended: Vec<_> = ended.map(|signed| signed.access.ended.0).collect();
    assert_eq!(ended, [1_795_000_600_000, 1_795_000_900_000]);
}
